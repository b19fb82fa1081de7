"""The price around the news as a chart: the path, what the benchmark led one to expect, the gap."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from analysis.chapters.event.charts import BOLD, tone
from analysis.chapters.event.paths import PricePath
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.svg import (
    Axis,
    Drawing,
    area,
    circle,
    label_width,
    line,
    path,
    text,
)
from analysis.wording import day, short_day, signed_percent

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

WIDE, NARROW = 760, 358

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}


_END_LETTERS = 20
"""Letters of a line of the words at the right end of a picture."""


def path_chart(found: PricePath, market: Market, source: str, news: str = "") -> Chart:
    """Draw the price, where the expected moves would have put it, and the band of the verdict.

    ``news`` says when the news came, where that is known to the minute.
    """
    move = found.move
    since = short_day(move.before) if move.before else "the last close before the news"
    label = (
        f"Price of {move.short} around {day(move.day0)}: it {_moved(move)}, where "
        f"{signed_percent(move.expected)} was expected."
    )
    return Chart(
        name="path",
        title=path_title(found),
        reading=f"{move.short}’s close, and where {move.yardstick.name} would have put it from "
        f"{since} on (dashed). Grey: 19 of 20 ordinary stretches end inside.",
        drawings=tuple(_path_drawing(found, market, w, label, news) for w in (WIDE, NARROW)),
        source=source,
        table=found.table(),
    )


def path_title(found: PricePath) -> str:
    """Say what the price did, and what became of it within a week."""
    move = found.move
    if not move.decided:
        return f"{move.short} around {day(move.day0)}"
    if not move.stands_out:
        return f"{move.short} stayed within the range of ordinary days"
    side = "jumped clear of" if move.beyond > 0 else "dropped below"
    gone = found.gone_by()
    after = f"; by {short_day(gone)} the {_what(move)} was gone" if gone else ""
    return f"{move.short} {side} what {move.yardstick.explains}{after}"


def _moved(move: Move) -> str:
    return f"moved {signed_percent(move.ret)}"


def _path_drawing(found: PricePath, market: Market, width: int, label: str, when: str) -> Drawing:
    wide = width == WIDE
    height, least = (340, 62) if wide else (300, 52)
    right = width - (150 if wide else 8)
    top, bottom = 30, height - 28
    values = np.concatenate([found.price, found.low, found.high])
    values = values[np.isfinite(values)]
    pad = (values.max() - values.min()) * 0.06 or 1.0
    y = Axis(values.min() - pad, values.max() + pad, bottom, top)
    prices = _price_ticks(y, market, found.known_price)
    left = max(least, *(label_width(words) + 8 for _, words in prices))
    x = Axis(0, max(len(found.day) - 1, 1), left, right)
    at = [x(n) for n in range(len(found.day))]
    parts = []
    for value, words in prices:
        parts.append(line(left, y(value), right, y(value), "rule"))
        parts.append(text(left - 6, y(value) + 4, words, "s e"))
    parts.append(area(_line(at, found.high, y), _line(at, found.low, y), "band"))
    zero = int(np.flatnonzero(found.day == 0)[0])
    news = (at[max(zero - 1, 0)] + at[zero]) / 2
    parts.append(line(news, top - 8, news, bottom, "rule"))
    words = f"the news: {when}" if when else "the news"
    half = label_width(words) / 2
    parts.append(text(min(max(news, half), width - half), top - 12, words, "s m"))
    parts += [path(_line(at, found.expected, y), "dash"), path(_line(at, found.price, y), "line")]
    parts += [*_gap(found, at, y, zero, right), *_gone(found, at, y, bottom)]
    parts += _ends(found, at, y, wide)
    parts += _dates(found, at, bottom, every=5)
    return Drawing(width, height, label, tuple(parts))


def _line(at: Sequence[float], values: np.ndarray, y: Axis) -> list[tuple[float, float]]:
    return [(px, y(v) if isfinite(v) else float("nan")) for px, v in zip(at, values, strict=True)]


def _price_ticks(y: Axis, market: Market, known: bool) -> list[tuple[float, str]]:
    """Return the round prices of an axis, each with how it is written."""
    ticks = y.ticks(4)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1
    digits = 0 if step >= 1 else 1 if step >= 0.1 else 2
    sign = ""
    if known and market.kind != "index":
        sign = _SIGNS.get(market.currency, f"{market.currency} ")
    return [(value, f"{sign}{value:,.{digits}f}") for value in ticks]


def _gap(found: PricePath, at: Sequence[float], y: Axis, zero: int, right: float) -> list[str]:
    """Mark day 0: the bracket from the expected to the price, and the words beside it."""
    x, place = at[zero], _gone_place(found)
    mark = None if place is None else at[place]
    move, price, expected = found.move, found.price[zero], found.expected[zero]
    kind = tone(move.beyond) if move.stands_out else ""
    parts = [line(x, y(expected), x, y(price), f"{kind}s" if kind else "thin")]
    parts.append(circle(x, y(price), 5, kind or "open"))
    words = f"{signed_percent(move.beyond)} beyond"
    if mark is not None and x + 9 + BOLD * label_width(words) > mark - 6:
        words = signed_percent(move.beyond)  # or it would run into the ring
    middle = (y(price) + y(expected)) / 2 + 4
    if abs(y(price) - y(expected)) < 14:
        middle = min(y(price), y(expected)) - 9
    side = "b halo" if x + 9 + label_width(words) < right else "b halo e"
    parts.append(text(x + (9 if side == "b halo" else -9), middle, words, side))
    return parts


def _gone(found: PricePath, at: Sequence[float], y: Axis, bottom: float) -> list[str]:
    """Mark the session by which the lead was gone."""
    place = _gone_place(found)
    if place is None:
        return []
    px, py, low = at[place], y(found.price[place]), bottom - 14
    words = f"{short_day(found.session[place])}: {_what(found.move)} gone"
    half = label_width(words) / 2
    middle = min(max(px, at[0] + half), at[-1] - half)
    return [line(px, py, px, low - 14, "thin"), circle(px, py, 4, "open"),
            text(middle, low, words, "s m halo")]  # fmt: skip


def _what(move: Move) -> str:
    return "lead" if move.beyond > 0 else "gap"


def _gone_place(found: PricePath) -> int | None:
    gone = found.gone_by() if found.move.stands_out else ""
    return found.session.index(gone) if gone else None


def _ends(found: PricePath, at: Sequence[float], y: Axis, wide: bool) -> list[str]:
    """Name the lines at their right ends, apart from each other."""
    if not wide:
        return []
    short = found.move.short
    names = [
        (found.price, f"{short}’s price", "b"),
        (found.expected, f"what {found.move.yardstick.explains}", "s"),
        (found.high, "19 of 20 ordinary stretches end below", "s"),
    ]
    placed = []
    for values, words, kind in names:
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            placed.append((y(values[known[-1]]), at[known[-1]] + 8, words, kind))
    placed.sort()
    parts, last = [], -99.0
    for height, x, words, kind in placed:
        for n, part in enumerate(wrap(words, _END_LETTERS)):
            last = max(height, last + 16) if n == 0 else last + 14
            parts.append(text(x, last + 4, part, f"{kind} halo"))
    return parts


def _dates(found: PricePath, at: Sequence[float], bottom: float, every: int) -> list[str]:
    parts = []
    for place, number_ in enumerate(found.day):
        if number_ % every == 0:
            parts.append(line(at[place], bottom, at[place], bottom + 5, "axis"))
            parts.append(text(at[place], bottom + 19, short_day(found.session[place]), "s m"))
    return parts
