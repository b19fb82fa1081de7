"""The pictures of one event: price, sum, ordinary days, yardsticks, markets, clock."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.event.paths import PricePath
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.moves import Move, Ordinary
from analysis.chapters.shared.svg import (
    Axis,
    Drawing,
    area,
    circle,
    dots,
    label_width,
    line,
    path,
    rect,
    text,
)
from analysis.chapters.shared.voice import sum_words, summed
from analysis.wording import day, number, sentence_case, short_day, signed_percent

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

WIDE, NARROW = 760, 358
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_BOLD = 1.08
"""How much wider bold letters are."""
_END_LETTERS = 20
"""Letters of a line of the words at the right end of a picture."""
_BINS = 0.25
"""Width of a column of ordinary days, usual swings."""


def tone(value: float) -> str:
    """Return the colour of a move that stands out."""
    return "up" if value > 0 else "down"


# -- price ----------------------------------------------------------------------------------------


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
    if mark is not None and x + 9 + _BOLD * label_width(words) > mark - 6:
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


# -- sum ------------------------------------------------------------------------------------------


def sum_chart(move: Move, benchmark: str, source: str) -> Chart:
    """Draw how a move divides into what was expected and what is left."""
    whole, expected, beyond = summed(move)
    label = f"Sum: {expected} expected and {beyond} beyond make {whole}."
    return Chart(
        name="sum",
        title=sum_words(move),
        reading=f"How {move.short}’s move of {day(move.day0)} divides.",
        drawings=tuple(_sum_drawing(move, benchmark, w, label) for w in (WIDE, NARROW)),
        source=source,
        table=pd.DataFrame(
            {
                "part": ["expected", "beyond", "moved"],
                "value": [move.expected, move.beyond, move.ret],
            }
        ),
    )


def expected_words(move: Move, benchmark: str) -> str:
    """Say what the expected move is made of: drift, beta times the benchmark."""
    if not isfinite(move.beta):
        if move.yardstick.symbol:
            return f"the move of {benchmark}"
        return f"average day {signed_percent(move.expected, 2)}"
    drift = f"{signed_percent(move.alpha, 2)} usual drift"
    return f"{drift}, {move.beta:.1f} × {benchmark}’s {signed_percent(move.benchmark_ret, 2)}"


def _sum_drawing(move: Move, benchmark: str, width: int, label: str) -> Drawing:
    wide = width == WIDE
    left = 290 if wide else 8
    row, top, bar = (44, 8, 20) if wide else (64, 26, 18)
    shown = (move.expected, move.beyond, move.ret)
    ends = [0.0, move.expected, move.ret]
    room = max(max(ends) - min(ends), 0.002)
    whole, expected, beyond = summed(move)
    labels = (expected, beyond, f"= {whole}")
    wide_labels = {True: 0.0, False: 0.0}
    for words, value in zip(labels, shown, strict=True):
        wide_labels[value >= 0] = max(wide_labels[value >= 0], _BOLD * label_width(words) + 8)
    x = Axis(min(ends) - room * 0.04, max(ends) + room * 0.04, left + wide_labels[False],
             width - 4 - wide_labels[True])  # fmt: skip
    bottom = top + 3 * row - (6 if wide else 22)
    parts = []
    digits = 0 if room > 0.03 else 1
    ticks = x.ticks(5 if wide else 4)
    widest = max((label_width(signed_percent(tick, digits)) for tick in ticks), default=0.0)
    apart = abs(x(ticks[1]) - x(ticks[0])) if len(ticks) > 1 else widest
    for tick in ticks[:: max(1, ceil((widest + 4) / max(apart, 1)))]:
        parts.append(line(x(tick), top - 4, x(tick), bottom, "rule"))
        parts.append(text(x(tick), bottom + 16, signed_percent(tick, digits), "s m"))
    heads = (
        (sentence_case(f"what {move.yardstick.explains}"), expected_words(move, benchmark)),
        ("Beyond it", "what is left for the news, and for all else"),
        (
            f"What {move.short} did",
            f"{short_day(move.before)} to {short_day(move.day0)}, close to close",
        )
        if move.before
        else (f"What {move.short} did", day(move.day0)),
    )
    starts = (0.0, move.expected, 0.0)
    kinds = ("mid", tone(move.beyond), "ink")
    for n, (value, (head, sub), start, kind) in enumerate(
        zip(shown, heads, starts, kinds, strict=True)
    ):
        y = top + n * row
        if wide:
            parts += [text(0, y + 9, head, "b"), text(0, y + 25, sub, "s")]
        else:
            parts += [text(0, y - 10, head, "b halo"), text(0, y + bar + 14, sub, "s halo")]
        parts.append(rect(x(start), y, x(start + value) - x(start), bar, kind))
        words = labels[n]
        edge = x(start + value)
        side = "b halo" if value >= 0 else "b e halo"
        parts.append(text(edge + (6 if value >= 0 else -6), y + 15, words, side))
    return Drawing(width, bottom + 24, label, tuple(p for p in parts if p))


# -- ordinary days --------------------------------------------------------------------------------


def ordinary_chart(move: Move, ordinary: Ordinary, span: int, source: str) -> Chart | None:
    """Draw every ordinary day as a dot, the day itself, and those as unusual; None without any."""
    days = ordinary.days(move.market, span)
    if move.count is None or not len(days) or not isfinite(move.count.statistic):
        return None
    found = move.count
    verb = "was" if found.k <= 1 else "were"
    title = sentence_case(
        f"{number(found.k, none='none')} of {found.n} ordinary days {verb} as unusual"
    )
    named = 0 < found.k <= 6
    label = f"{title}: a dot for every ordinary day of {move.short}, and {day(move.day0)}."
    reading = (
        f"Each grey dot is one ordinary day of {move.short}, placed by its distance from what was "
        "expected, in usual swings of the time. "
        + ("Strong: those as unusual." if found.k else "None lies as far out.")
    )
    table = days[["session", "ar", "statistic"]].assign(kind="ordinary day")
    own = pd.DataFrame(
        [{"session": move.day0, "ar": move.beyond, "statistic": found.statistic, "kind": "the day"}]
    )
    return Chart(
        name="ordinary",
        title=title,
        reading=reading,
        drawings=tuple(
            _ordinary_drawing(move, days, w, label, named=named) for w in (WIDE, NARROW)
        ),
        source=source,
        table=pd.concat([own, table], ignore_index=True),
    )


def _ordinary_drawing(
    move: Move, days: pd.DataFrame, width: int, label: str, *, named: bool
) -> Drawing:
    wide = width == WIDE
    values = days["statistic"].to_numpy(dtype=float)
    sessions = days["session"].astype(str).to_numpy()
    known = np.isfinite(values)
    values, sessions = values[known], sessions[known]
    moves = days["ar"].to_numpy(dtype=float)[known]
    reach = max(3.0, float(np.ceil(max(np.abs(values).max(initial=0), abs(move.statistic)) + 0.3)))
    reach = min(reach, 8.0)
    shown = np.clip(values, -reach + _BINS / 2, reach - _BINS / 2)
    bins = np.floor(shown / _BINS).astype(int)
    x = Axis(-reach, reach, 6, width - 6)
    tallest = int(np.bincount(bins - bins.min()).max()) if len(bins) else 1
    radius = min(3.4 if wide else 1.9, (x(_BINS) - x(0)) / 2 - 0.2)
    step = min(2 * radius + 0.6, (250 if wide else 200) / max(tallest, 1))
    floor_ = 56 + tallest * step
    height = int(floor_ + 44)
    extreme = np.abs(values) >= abs(move.statistic) - 1e-12
    grey, black = list[tuple[float, float]](), list[tuple[float, float]]()
    level = dict[int, int]()
    spots = {}
    for place in np.argsort(np.abs(values), kind="stable"):
        b = int(bins[place])
        level[b] = level.get(b, 0) + 1
        spot = (x((b + 0.5) * _BINS), floor_ - (level[b] - 0.5) * step)
        (black if extreme[place] else grey).append(spot)
        spots[int(place)] = spot
    parts = [line(0, floor_ + 0.5, width, floor_ + 0.5, "axis")]
    for tick in range(-int(reach), int(reach) + 1):
        if tick % 2 and not wide:
            continue
        parts.append(line(x(tick), floor_, x(tick), floor_ + 5, "axis"))
        words = "as expected" if tick == 0 else f"{abs(tick)}×"
        parts.append(text(x(tick), floor_ + 19, words, "s m"))
    parts.append(text(0, floor_ + 36, "← fell more than expected" if wide else "← fell more", "s"))
    parts.append(text(width, floor_ + 36, "rose more than expected →" if wide else "rose more →",
                      "s e"))  # fmt: skip
    parts += [dots(grey, radius, "dot"), dots(black, radius, "ink")]
    parts += _day_mark(move, x, floor_, reach)
    if named:
        parts += _as_unusual(values, moves, sessions, extreme, spots, x, wide, move.statistic)
    return Drawing(width, height, label, tuple(p for p in parts if p))


def _day_mark(move: Move, x: Axis, floor_: float, reach: float) -> list[str]:
    at = x(float(np.clip(move.statistic, -reach, reach)))
    kind = tone(move.beyond) if move.stands_out else ""
    stroke = f"{kind}s" if kind else "thin"
    words = f"{short_day(move.day0)}: {signed_percent(move.ret)}"
    middle = min(max(at, label_width(words) / 2), x(reach) - label_width(words) / 2)
    return [
        line(at, 24, at, floor_, stroke),
        circle(at, floor_ - 5, 5, kind or "open"),
        text(middle, 16, words, "b m halo"),
    ]


def _as_unusual(
    values: np.ndarray,
    moves: np.ndarray,
    sessions: np.ndarray,
    extreme: np.ndarray,
    spots: dict[int, tuple[float, float]],
    x: Axis,
    wide: bool,
    own: float,
) -> list[str]:
    """Date the ordinary days that were as unusual and say how far they went, where there is room.

    A label that would meet the line of the day itself moves to its own side of it.
    """
    parts, last, day_ = [], -99.0, x(own)
    for place in sorted(np.flatnonzero(extreme), key=lambda n: values[n]):
        px, py = spots[int(place)]
        date, gone = sessions[place], f"{signed_percent(moves[place])} beyond"
        words = f"{short_day(date)} {date[:4]}" if wide else short_day(date)
        half = max(label_width(words), label_width(gone) if wide else 0.0) / 2
        middle = min(max(px, half), x(x.high) - half)
        if abs(middle - day_) < half + 8:
            middle = day_ + (half + 8 if px >= day_ else -half - 8)
        if middle - half < last or middle + half > x(x.high) + 2:
            continue
        last = middle + half + 6
        lift = 15 if wide else 0
        parts.append(text(middle, py - 10 - lift, words, "b m halo" if wide else "s m halo"))
        if wide:
            parts.append(text(middle, py - 10, gone, "s m halo"))
    return parts
