"""Prices through the span of the news, with every news item as a tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.event.charts import tone
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.fewer import MOST_ROWS
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.svg import Axis, Drawing, circle, label_width, line, path, text
from analysis.wording import (
    SHORT_MONTHS,
    count,
    day,
    number,
    sentence_case,
    short_day,
    signed_percent,
)

if TYPE_CHECKING:
    from analysis.chapters.shared.telling import Telling

WIDTHS = (1140, 720, 358)
_MOST, _CROWD, _DOTS = 8, 12, 24
_FEW_WIDTHS = 4
"""Markets up to which the widest pages have a drawing of their own."""
_WHICH = {True: "with the most dots", False: "that come first"}
_BEFORE = pd.Timedelta(days=14)


def year_chart(told: Telling) -> Chart | None:
    """Draw the price of every market as a line; None without prices."""
    events = told.ordered()
    markets = [m for m in told.moves.markets if m in told.closes]
    if not events or not markets:
        return None
    first = pd.Timestamp(events[0].announced_at.date()) - _BEFORE
    last = pd.Timestamp(events[-1].announced_at.date()) + _BEFORE
    prices = told.closes.loc[first:last, markets].astype(float)
    prices = prices.loc[:, prices.notna().sum() >= 2]
    if prices.empty or len(prices) < 3:
        return None
    index = prices / prices.bfill().iloc[0] * 100
    out = [m for m in told.moves.distinct() if m.stands_out and m.market in index]
    ends = {str(m): float(index[m].dropna().iloc[-1] / 100 - 1) for m in index}
    stories = {a.headline_event for a in told.seeds.articles}
    ticks = [(pd.Timestamp(e.announced_at.date()), e.id in stories) for e in events]
    if len(ticks) > MOST_ROWS:  # one for each day
        ticks = list(dict.fromkeys(ticks))
    most = _MOST if len(ends) <= _CROWD else _MOST // 2
    shown = _shown(ends, out, most)
    names = {m: told.seeds.market(m).short for m in shown}
    days = pd.DatetimeIndex(index.index)
    title = _title(ends, days)
    label = f"{title}: a line for each market with {count(len(events), 'news item')} as ticks."
    thick = ", thick for the headline stories" if any(s for _, s in ticks) else ""
    dots = ". Dots: the days that stand out" if out else ""
    part = f" Of {len(ends)} markets the {number(most)} {_WHICH[bool(out)]}."
    return Chart(
        name="year",
        title=title,
        reading=f"Price, {day(days[0].date())} = 100, all on one scale. Ticks: the "
        f"{count(len(events), 'news item')}{thick}{dots}.{part if len(ends) > most else ''}",
        drawings=tuple(
            _drawing(index[shown], names, ends, ticks, out[:_DOTS], w, label)
            for w in (WIDTHS if len(shown) <= _FEW_WIDTHS else WIDTHS[1:])
        ),
        source=told.source,
        table=index[shown]
        .round(3)
        .rename_axis("date")
        .reset_index()
        .assign(date=lambda f: f["date"].dt.strftime("%Y-%m-%d")),
    )


def _shown(ends: dict[str, float], out: Sequence[Move], most: int) -> list[str]:
    """Return the markets that are drawn: where there are too many, those with the most dots."""
    dots = {m: sum(move.market == m for move in out) for m in ends}
    chosen = sorted(ends, key=lambda m: -dots[m])[:most]
    return [m for m in ends if m in chosen]


def _title(ends: dict[str, float], days: pd.DatetimeIndex) -> str:
    up = sum(value > 0 for value in ends.values())
    span = f"between {day(days[0].date())} and {day(days[-1].date())}"
    if len(ends) == 1:
        value = next(iter(ends.values()))
        return f"The market {'rose' if value > 0 else 'fell'} {span}"
    if up == len(ends):
        return f"All {number(len(ends))} markets rose {span}"
    if not up:
        return f"All {number(len(ends))} markets fell {span}"
    return sentence_case(f"{number(up)} of {len(ends)} markets rose {span}")


def _drawing(
    index: pd.DataFrame,
    names: dict[str, str],
    ends: dict[str, float],
    ticks: Sequence[tuple[pd.Timestamp, bool]],
    out: Sequence[Move],
    width: int,
    label: str,
) -> Drawing:
    narrow = width == WIDTHS[-1]
    left = 8 if narrow else max(120.0, 1.2 * max(map(label_width, names.values())) + 10)
    days = pd.DatetimeIndex(index.index)
    x = Axis(0, float((days[-1] - days[0]).days or 1), left, width - 10)
    ranges = {m: (float(index[m].min()), float(index[m].max())) for m in names}
    total = sum(high - low for low, high in ranges.values()) or 1.0
    unit = (230 if narrow else 260) / total
    parts, top = _news_ticks(ticks, x, days, left, narrow=narrow), 48.0
    for market, (low, high) in ranges.items():
        tall = max((high - low) * unit, 14)
        y = Axis(low, high, top + tall, top)
        values = index[market].to_numpy(dtype=float)
        at = [x(float((d - days[0]).days)) for d in days]
        known = np.isfinite(values)
        spots = [(px, y(v)) for px, v, ok in zip(at, values, known, strict=True) if ok]
        parts.append(path(spots, "thin"))
        change = f"{signed_percent(ends[market], 0)}"
        if narrow:
            parts.append(text(left, top - 3, f"{names[market]} {change}", "b halo"))
        else:
            parts.append(text(0, spots[0][1] + 4, names[market], "b"))
            parts.append(text(0, spots[0][1] + 20, change, "s"))
        parts += _dots(out, market, index, x, y, width, narrow=narrow)
        top += tall + (22 if narrow else 26)
    parts += _months(days, x, top, narrow=narrow)
    return Drawing(width, int(top + 22), label, tuple(p for p in parts if p))


def _news_ticks(
    ticks: Sequence[tuple[pd.Timestamp, bool]],
    x: Axis,
    days: pd.DatetimeIndex,
    left: float,
    *,
    narrow: bool,
) -> list[str]:
    parts, last = [] if narrow else [text(0, 28, "news", "s")], left
    for at, story in ticks:
        px = x(float((at - days[0]).days))
        if left <= px <= x.end:
            parts.append(line(px, 16 if story else 22, px, 32, "line" if story else "thin"))
            words = short_day(str(at.date()))
            half = label_width(words) / 2
            if story and last <= px - half and px + half <= x.end + 10:
                parts.append(text(px, 12, words, "s m"))
                last = px + half + 4
    return parts


def _dots(
    out: Sequence[Move],
    market: str,
    index: pd.DataFrame,
    x: Axis,
    y: Axis,
    width: int,
    *,
    narrow: bool,
) -> list[str]:
    parts = []
    for move in out:
        at = pd.Timestamp(move.day0)
        if move.market != market or at not in index.index:
            continue
        value = float(index[market].to_numpy(dtype=float)[index.index.get_loc(at)])
        px, py = x(float((at - index.index[0]).days)), y(value)
        parts.append(circle(px, py, 4.5, tone(move.beyond)))
        words = f"{short_day(move.day0)}: {signed_percent(move.ret)}"
        half = label_width(words) / 2
        if not narrow:
            parts.append(text(min(max(px, half), width - half), py + 18, words, "s m halo"))
    return parts


def _months(days: pd.DatetimeIndex, x: Axis, top: float, *, narrow: bool) -> list[str]:
    months = pd.period_range(days[0], days[-1], freq="M")
    every = max(1, -(-len(months) // (5 if narrow else 12)))
    parts = []
    for n, month in enumerate(months):
        at = (month.start_time - days[0]).days
        if n % every == 0 and at >= 0:
            year = f" {month.year}" if month.month == 1 or n == 0 else ""
            parts.append(line(x(float(at)), top - 4, x(float(at)), top + 1, "axis"))
            parts.append(
                text(x(float(at)), top + 15, f"{SHORT_MONTHS[month.month - 1]}{year}", "s m")
            )
    return parts
