"""All reactions against what ordinary days do: one dot each, in usual swings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.event.charts import tone
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.fewer import MOST_NAMES
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.ordinary import Ordinary
from analysis.chapters.shared.svg import (
    Axis,
    Drawing,
    circle,
    label_width,
    line,
    link,
    rect,
    text,
)
from analysis.engine.models import TOTAL_REACTION
from analysis.wording import count, id_list, sentence_case, short_day, signed_percent, tie

if TYPE_CHECKING:
    from analysis.chapters.shared.telling import Telling

WIDTHS = (1140, 720, 358)
BIN = 0.25
_FARTHEST = 6.0
_MOST, _FEW = 150, 60
"""Reactions up to which each is a dot with a link, and the widest pages have their own drawing;
beyond, this many of the most unusual are dots, and columns count the others."""
_LABELS = 10
"""Marked dots that get a label; the grid names all."""
_BOLD, _APART = 1.1, 17.0
"""Width of bold letters against plain ones; pixels from which two numbers stand side by side."""


@dataclass(frozen=True, slots=True)
class _Dot:
    """One reaction as drawn: its number among all, where it stands and what it says."""

    number: int
    move: Move
    statistic: float
    marked: bool


def reactions_charts(told: Telling, address: Callable[[str], str | None]) -> tuple[Chart, ...]:
    """Draw what is left beyond the expected, and whole moves; one chart where both are the same.

    Parameters
    ----------
    told
        The study.
    address
        Address of the page of an event; None where there is none.
    """
    found = told.moves.distinct()
    views = [_view(told, found, address, whole=False)]
    if told.store.spec.study.model != TOTAL_REACTION:
        views.append(_view(told, found, address, whole=True))
    return tuple(view for view in views if view)


def _view(
    told: Telling,
    found: Sequence[Move],
    address: Callable[[str], str | None],
    *,
    whole: bool,
) -> Chart | None:
    dots = [
        _Dot(n, move, tally.statistic, tally.stands_out)
        for n, move in enumerate(found)
        if (tally := move.tally(whole=whole)) and isfinite(tally.statistic)
    ]
    if not dots:
        return None
    grey, beyond = _ordinary(told.whole if whole else told.ordinary, dots)
    reach = _reach(dots, grey)
    title = _title(dots, grey, whole=whole)
    label = f"Dot plot of {len(dots)} reactions over the spread of ordinary days. {title}."
    drawings = tuple(_drawing(dots, grey, reach, w, label, address) for w in _widths(dots))
    far = count(beyond, "ordinary day lies", "ordinary days lie")
    rest = f" {sentence_case(far)} beyond the edge." if beyond else ""
    what = "the whole move" if whole else f"after taking out what {told.stick.explains}"
    return Chart(
        name="reactions-whole" if whole else "reactions",
        title=title,
        reading=f"A dot is one reaction, {what}; coloured, it stands out. {_counted(len(dots))}"
        f"Grey: how {len(dots)} ordinary days would fall. Sideways: distance from what was "
        "expected, in usual swings.",
        drawings=drawings,
        source=f"{told.source}{rest}",
        table=_table([dot for dot in dots if dot.number in _alone(dots)]),
        below=_below(dots, address),
        kind="if-raw" if whole else "if-beyond" if told.stick.symbol else "",
    )


def _counted(n: int) -> str:
    if n <= _MOST:
        return ""
    return (
        f"Of {n:,} reactions the {_FEW} most unusual are dots, columns count the others; "
        "placebo.csv has all. "
    )


def _alone(dots: Sequence[_Dot]) -> set[int]:
    """Return the numbers of the reactions that are a dot each."""
    far = sorted(dots, key=lambda d: (not d.marked, -abs(d.statistic), d.number))
    return {dot.number for dot in (far if len(dots) <= _MOST else far[:_FEW])}


def _widths(dots: Sequence[_Dot]) -> tuple[int, ...]:
    return WIDTHS if len(dots) <= _MOST else WIDTHS[1:]


def _table(dots: Sequence[_Dot]) -> pd.DataFrame:
    rows = [
        (d.move.market, d.move.day0,
         id_list((d.move.event_id, *d.move.shared), most=MOST_NAMES), d.move.ret,
         d.move.expected, d.move.beyond, d.statistic, d.marked)
        for d in dots
    ]  # fmt: skip
    columns = ["market", "day0", "events", "ret", "expected", "beyond", "statistic", "stands_out"]
    return pd.DataFrame(rows, columns=columns)


def _ordinary(ordinary: Ordinary, dots: Sequence[_Dot]) -> tuple[dict[int, float], int]:
    """Return the height of the grey area by bin, in dots, and how many days are off the edge."""
    heights: dict[int, float] = {}
    beyond = 0
    for market in dict.fromkeys(d.move.market for d in dots):
        n = sum(d.move.market == market for d in dots)
        values = ordinary.days(market)["statistic"].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        for value in values:
            heights[_bin(value)] = heights.get(_bin(value), 0.0) + n / len(values)
        beyond += int((np.abs(values) > _FARTHEST).sum())
    return heights, beyond


def _bin(statistic: float) -> int:
    return floor(min(max(statistic, -_FARTHEST), _FARTHEST - 1e-9) / BIN)


def _reach(dots: Sequence[_Dot], grey: dict[int, float]) -> float:
    far = [abs(d.statistic) for d in dots] + [abs(b) * BIN for b, h in grey.items() if h > 0.02]
    return float(min(max(ceil(max(far, default=3) + 0.3), 3), _FARTHEST))


def _title(dots: Sequence[_Dot], grey: dict[int, float], *, whole: bool) -> str:
    """Say how the reactions lie against ordinary days."""
    size = float(np.mean([abs(d.statistic) for d in dots]))
    total = sum(grey.values())
    usual = sum(abs((b + 0.5) * BIN) * h for b, h in grey.items()) / total if total else size
    what = "Whole moves" if whole else "Reactions to the news"
    ratio = size / usual if usual else 1.0
    if ratio > 1.25:
        return f"{what} are spread wider than ordinary days"
    if ratio < 0.8:
        return f"{what} are spread less widely than ordinary days"
    return f"{what} are spread much as ordinary days are"


def _below(dots: Sequence[_Dot], address: Callable[[str], str | None]) -> str:
    """List the marked dots, for narrow pages whose drawing numbers them."""
    marked = _marked(dots)
    if not marked:
        return ""
    items = "".join(
        f'<li>{_linked(d.move, address)} <a class="row" href="'
        f'#{escape(d.move.event_id)}.{escape(d.move.market)}">'
        f"{escape(tie(signed_percent(d.move.ret)))}</a></li>"
        for d in marked
    )
    return f'<ol class="marks">{items}</ol>'


def _linked(move: Move, address: Callable[[str], str | None]) -> str:
    words = escape(f"{move.short}, {short_day(move.day0)}")
    href = address(move.event_id)
    return f'<a href="{escape(href)}">{words}</a>' if href else words


def _marked(dots: Sequence[_Dot]) -> list[_Dot]:
    """Return the marked dots that are named, from left to right."""
    far = sorted((d for d in dots if d.marked), key=lambda d: -abs(d.statistic))[:_LABELS]
    return sorted(far, key=lambda d: d.statistic)


def _drawing(
    dots: Sequence[_Dot],
    grey: dict[int, float],
    reach: float,
    width: int,
    label: str,
    address: Callable[[str], str | None],
) -> Drawing:
    narrow = width == WIDTHS[-1]
    x = Axis(-reach, reach, 4, width - 4)
    column = x(BIN) - x(0)
    bins: dict[int, list[_Dot]] = {}
    for dot in sorted(dots, key=lambda d: (d.marked, d.number)):
        bins.setdefault(_bin(dot.statistic), []).append(dot)
    tallest = max(max(map(len, bins.values())), max(grey.values(), default=1))
    radius = min(5.2, column / 2 - 0.4)
    step = min(2 * radius + 0.8, (150 if narrow else 190) / tallest)
    named = _marked(dots)
    levels = _levels(named, x, width) if not narrow else []
    top = 20 + (34 * (max(levels, default=-1) + 1) if not narrow else 10)
    base = top + tallest * step
    parts = [rect(x(b * BIN), base - h * step, column + 0.3, h * step, "band")
             for b, h in sorted(grey.items()) if -reach <= b * BIN < reach]  # fmt: skip
    parts += _axis(x, reach, base, width, narrow=narrow)
    shapes, spots, alone = [], {}, _alone(dots)
    leads = address if width == _widths(dots)[0] else None
    for b, column_ in sorted(bins.items()):
        counted = [dot for dot in column_ if dot.number not in alone]
        if counted:
            high = len(counted) * step
            shapes.append(rect(x(b * BIN) + 0.4, base - high, column - 0.8, high, "dot"))
        for n, dot in enumerate(counted + [dot for dot in column_ if dot.number in alone]):
            spot = (x((b + 0.5) * BIN), base - (n + 0.5) * step)
            spots[dot.number] = spot
            if dot.number in alone:
                shapes.append(_shape(dot, spot, radius, leads))
    parts += _labels(named, levels, spots, x, width, address, narrow=narrow)
    return Drawing(width, int(base + 40), label, (*parts, *shapes))


def _axis(x: Axis, reach: float, base: float, width: int, *, narrow: bool) -> list[str]:
    parts = [line(0, base + 0.5, width, base + 0.5, "axis")]
    for tick in range(-int(reach), int(reach) + 1):
        if narrow and tick % 2:
            continue
        parts.append(line(x(tick), base, x(tick), base + 5, "axis"))
        parts.append(text(x(tick), base + 18, f"{abs(tick)}×" if tick else "as expected", "s m"))
    more = "" if narrow else " than expected"
    parts.append(text(0, base + 35, f"← fell more{more}", "s"))
    parts.append(text(width, base + 35, f"rose more{more} →", "s e"))
    return parts


def _shape(
    dot: _Dot,
    spot: tuple[float, float],
    radius: float,
    address: Callable[[str], str | None] | None,
) -> str:
    """Draw a mark; only the widest drawing carries addresses, the page's script copies them."""
    kind = tone(dot.statistic) if dot.marked else "dot"
    shape = circle(*spot, round(radius, 1), kind)
    move = dot.move
    if address is None:
        return f'<a data-c="{dot.number}">{shape}</a>'
    href = address(move.event_id) or f"#{move.event_id}.{move.market}"
    words = f"{move.short}, {short_day(move.day0)}: {signed_percent(move.ret)}"
    return link(href, shape, label=words, more=f'data-c="{dot.number}"')


def _levels(named: Sequence[_Dot], x: Axis, width: int) -> list[int]:
    """Return the row of each label, so that none runs into another."""
    taken: list[list[tuple[float, float]]] = []
    out = []
    for dot in named:
        left, right = _extent(dot, x, width)
        level = 0
        while level < len(taken) and any(left < b and a < right for a, b in taken[level]):
            level += 1
        if level == len(taken):
            taken.append([])
        taken[level].append((left - 10, right + 10))
        out.append(level)
    return out


def _extent(dot: _Dot, x: Axis, width: int) -> tuple[float, float]:
    half = _BOLD * label_width(f"{dot.move.short}, {short_day(dot.move.day0)}") / 2 + 4
    middle = min(max(x((_bin(dot.statistic) + 0.5) * BIN), half), width - half)
    return middle - half, middle + half


def _labels(
    named: Sequence[_Dot],
    levels: Sequence[int],
    spots: dict[int, tuple[float, float]],
    x: Axis,
    width: int,
    address: Callable[[str], str | None],
    *,
    narrow: bool,
) -> list[str]:
    lines, parts = [], []
    last = (-99.0, 0.0)
    for place, dot in enumerate(named):
        px, py = spots[dot.number]
        if narrow:
            y = min(py - 9, last[1] - 13) if px - last[0] < _APART else py - 9
            last = (px, y)
            parts.append(text(px, y, str(place + 1), "b m halo"))
            continue
        left, right = _extent(dot, x, width)
        y = 12 + 34 * levels[place]
        move = dot.move
        words = f"{move.short}, {short_day(move.day0)}"
        href = address(move.event_id)
        name = text((left + right) / 2, y, words, "b m halo")
        lines.append(line(px, y + 20, px, py, f"{tone(dot.statistic)}s"))
        parts.append(
            link(href, name, label=f"{words}, its page", more='class="label"') if href else name
        )
        parts.append(text((left + right) / 2, y + 15, signed_percent(move.ret), "s m halo"))
    return lines + parts
