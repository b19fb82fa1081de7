"""The hours around one piece of news: trading sessions, the news within its bounds, other news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.svg import Axis, Drawing, label_width, line, rect, text
from analysis.wording import listing, number, short_day

if TYPE_CHECKING:
    from analysis.seeds.events import Event
    from analysis.sessions import MarketSessions

WIDE, NARROW = 760, 358
_HOUR = np.timedelta64(3600, "s")
_LONGEST = 12 * 24
"""Hours a clock can show; news in doubt over more days gets none."""
_MOST, _ROOM = 12, 30

Bars = list[tuple[float, float]]


def clock_chart(
    event: Event, moves: Sequence[Move], sessions: Mapping[str, MarketSessions], source: str
) -> Chart | None:
    """Draw when markets traded around the news; None if unknown, or if it takes weeks."""
    shown = [m for m in moves if m.day0 and m.market in sessions]
    if not shown:
        return None
    origin = _at(event.announced_at)
    start, end = _span(event, shown, sessions)
    hours = float((end - start) / _HOUR)
    if hours > _LONGEST:
        return None
    label = f"Clock around the news: {_title(event, shown, sessions)}."
    every = _same_hours(shown, sessions, start, end)
    drawn = every[:_MOST]
    part = f" The first {number(_MOST)} of {len(every)} such hours." if len(every) > _MOST else ""
    table = pd.DataFrame(
        [
            (names, str(start + np.timedelta64(int(a * 3600), "s")) + "Z",
             str(start + np.timedelta64(int(b * 3600), "s")) + "Z")
            for names, bars in drawn
            for a, b in bars
        ],
        columns=["market", "trading_from", "trading_to"],
    )  # fmt: skip
    bounds = tuple(float((_at(t) - start) / _HOUR) for t in (event.earliest, event.latest))
    best = float((origin - start) / _HOUR)
    return Chart(
        name="clock",
        title=_title(event, shown, sessions),
        reading="Trading hours, UTC. Shaded: when the news can have come at the earliest and the "
        f"latest. Line: the best guess.{part}",
        drawings=tuple(
            _drawing(drawn, width, label, start, hours, bounds, best) for width in (WIDE, NARROW)
        ),
        source=source,
        table=table,
    )


def _at(moment: datetime) -> np.datetime64:
    return np.datetime64(moment.replace(tzinfo=None), "s")


def _same_hours(
    moves: Sequence[Move],
    sessions: Mapping[str, MarketSessions],
    start: np.datetime64,
    end: np.datetime64,
) -> list[tuple[str, Bars]]:
    """Return the hours of trading, each once, with the names of the markets that keep them."""
    found: dict[tuple[tuple[float, float], ...], list[str]] = {}
    for move in moves:
        bars = _bars(sessions[move.market], start, end)
        found.setdefault(tuple(bars), []).append(move.short)
    return [(_short(names), list(bars)) for bars, names in found.items()]


def _short(names: Sequence[str]) -> str:
    """Name markets in little room."""
    whole = listing(names, most=2)
    return whole if len(whole) <= _ROOM else listing(names, most=1)


def _span(
    event: Event, moves: Sequence[Move], sessions: Mapping[str, MarketSessions]
) -> tuple[np.datetime64, np.datetime64]:
    instants = [_at(event.earliest - timedelta(hours=3)), _at(event.latest + timedelta(hours=3))]
    for move in moves:
        market = sessions[move.market]
        row = market.rows([move.day0])[0]
        if row >= 0:
            instants += [market.open_at[row] - _HOUR, market.close_at[row] + _HOUR]
    return min(instants), max(instants)


def _bars(market: MarketSessions, start: np.datetime64, end: np.datetime64) -> Bars:
    """Return the hours of trading, counted from the start, split at the lunch break."""
    out: Bars = []
    for n in np.flatnonzero((market.close_at > start) & (market.open_at < end)):
        edges = [market.open_at[n], market.break_start[n], market.break_end[n], market.close_at[n]]
        if np.isnat(edges[1]) or np.isnat(edges[2]):
            edges = [edges[0], edges[3]]
        hours = [float((at - start) / _HOUR) for at in edges]
        out += list(zip(hours[::2], hours[1::2], strict=True))
    return out


def _title(event: Event, moves: Sequence[Move], sessions: Mapping[str, MarketSessions]) -> str:
    """Say which markets were trading when the news came, by the best guess."""
    at = _at(event.announced_at)
    trading = [m.short for m in moves if _trades(sessions[m.market], at)]
    shut = [m.short for m in moves if m.short not in trading]
    if not trading:
        return "Every market was shut when the news came"
    if not shut:
        return "Every market was trading when the news came"
    if len(trading) > 3:
        return f"{len(trading)} of {len(moves)} markets were trading when the news came"
    return f"{listing(trading)} {'was' if len(trading) == 1 else 'were'} trading when the news came"


def _trades(market: MarketSessions, at: np.datetime64) -> bool:
    inside = (market.open_at <= at) & (at < market.close_at)
    lunch = (market.break_start <= at) & (at < market.break_end)
    return bool((inside & ~lunch).any())


def _drawing(
    drawn: Sequence[tuple[str, Bars]],
    width: int,
    label: str,
    start: np.datetime64,
    hours: float,
    bounds: Sequence[float],
    best: float,
) -> Drawing:
    wide = width == WIDE
    widest = max(label_width(names) for names, _ in drawn)
    left = min(max(150.0, 1.1 * widest + 12), 250.0) if wide else 8
    row = 28 if wide else 44
    top = 34 if wide else 46
    bottom = top + row * len(drawn)
    x = Axis(0, hours, left, width - 10)
    parts = [rect(x(bounds[0]), 20, max(x(bounds[1]) - x(bounds[0]), 1.5), bottom - 20, "news")]
    for tick, words in _hour_ticks(start, hours, 8 if wide else 4):
        parts.append(line(x(tick), 20, x(tick), bottom, "rule"))
        parts.append(text(x(tick), bottom + 17, words, "s m"))
    for place, (names, bars) in enumerate(drawn):
        y = top + place * row
        if wide:
            parts.append(text(0, y + 13, names[:34], "b"))
        for a, b in bars:
            a, b = max(a, 0.0), min(b, hours)
            parts.append(rect(x(a), y + 4, x(b) - x(a), 11, "mid"))
        if not wide:
            parts.append(text(0, y - 4, names[:46], "b halo"))
    words = "best guess"
    half = label_width(words) / 2
    middle = min(max(x(best), left + half), width - half)
    parts.append(line(x(best), 18, x(best), bottom, "ups"))
    parts.append(text(middle, 13, words, "s m"))
    return Drawing(width, int(bottom + 26), label, tuple(parts))


def _hour_ticks(start: np.datetime64, hours: float, most: int) -> list[tuple[float, str]]:
    step = next((s for s in (1, 2, 3, 4, 6, 12, 24, 48, 72) if hours / s <= most), 96)
    begin = pd.Timestamp(start)
    first = begin.normalize()
    out = []
    at = first
    while at <= begin + pd.Timedelta(hours=hours):
        if at >= begin:
            words = f"{at:%H:%M}" if step < 24 else short_day(at)
            if step < 24 and at.hour == 0:
                words = short_day(at)
            out.append(((at - begin) / pd.Timedelta(hours=1), words))
        at += pd.Timedelta(hours=step)
    return out
