"""The smallest move that would be noticed, by the time of day, beside that of a whole day."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analysis.chapters.minutes.tables import table_names
from analysis.chapters.minutes.words import TOTAL, told_rows
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.svg import Axis, Drawing, circle, line, rect, text
from analysis.engine import LEVEL
from analysis.engine import minutes as engine
from analysis.engine.minutes import PREVIOUS, Interval
from analysis.reactions.minute_windows import horizons
from analysis.wording import size

if TYPE_CHECKING:
    from analysis.reactions.minute_pairs import MinuteSeries, Pair
    from analysis.reactions.minute_paths import MinutePaths
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_WIDTHS = (720, 358)
_MINUTE = np.timedelta64(60, "s")


class Noticed(NamedTuple):
    """What would be noticed in a series four times in five: medians of its ordinary sessions.

    Attributes
    ----------
    series
        Name.
    minutes
        Length of the windows.
    least, most
        Over windows of that length inside the session.
    opening
        From the close before to the first mark that long after the opening; NaN day and night.
    day
        Close to close.
    """

    series: str
    minutes: int
    least: float
    most: float
    opening: float
    day: float


def noticed_rows(store: StudyStore, seeds: Seeds, paths: MinutePaths) -> list[Noticed]:
    """Return what would be noticed in every series that pages speak of."""
    names, told = table_names(seeds), told_rows(store, seeds)
    lead = told.groupby("series", sort=False)["benchmark"].first()
    rows = []
    for one in paths.series:
        if one.symbol in lead.index:
            pair = paths.pair(one.symbol, str(lead[one.symbol]))
            name = names.get(one.symbol, one.symbol)
            beyond = names.get(pair.benchmark, pair.benchmark)
            label = name if pair.benchmark == TOTAL else f"{name} beyond {beyond}"
            rows.append(_row(label, one, pair))
    return [row for row in rows if np.isfinite(row.least)]


def _row(label: str, one: MinuteSeries, pair: Pair) -> Noticed:
    h, close = horizons(one.grid).default, len(one.grid.clock)
    inside = [_effect(pair, window) for window in _windows(one.grid.clock, h)]
    known = [effect for effect in inside if np.isfinite(effect)] or [np.nan]
    first = int(np.median((one.grid.open_at - one.grid.session) / _MINUTE))
    local = int(np.median((one.grid.at[:, 0] - one.grid.session) / _MINUTE)) - one.grid.clock[0]
    after = np.flatnonzero(one.grid.clock + local >= first + h)
    opening = np.nan if one.grid.round_the_clock or not len(after) else _effect(
        pair, Interval(0, PREVIOUS, int(after[0]))
    )  # fmt: skip
    whole = _effect(pair, Interval(0, PREVIOUS, close))
    return Noticed(label, h, min(known), max(known), opening, whole)


def _windows(clock: np.ndarray, h: int) -> list[Interval]:
    """Return windows of so many minutes, one after the other."""
    found, start = [], 0
    while start < len(clock):
        end = int(np.searchsorted(clock, clock[start] + h))
        if end < len(clock) and clock[end] == clock[start] + h:
            found.append(Interval(0, start, end))
        start = max(end, start + 1)
    return found


def _effect(pair: Pair, window: Interval) -> float:
    """Return the smallest effect noticed in a window, the median of ordinary sessions."""
    found = pair.statistics(window)
    ordinary = pair.admissible(window.reach) & np.isfinite(found.z)
    if ordinary.sum() < engine.MIN_PLACEBO:
        return float("nan")
    z = found.z[ordinary]
    q95 = float(np.quantile(np.abs(z), 1.0 - LEVEL))
    return float(engine.minimum_effect(z, q95) * np.median(found.sigma[ordinary]))


def noticed_chart(store: StudyStore, seeds: Seeds, paths: MinutePaths) -> Chart | None:
    """Draw what would be noticed; None without bars."""
    rows = noticed_rows(store, seeds, paths)
    if not rows:
        return None
    lead = rows[0]
    title = (
        f"{lead.series}: a whole day notices {size(lead.day)}, {lead.minutes} minutes in trading "
        f"{size(lead.least)} to {size(lead.most)}"
    )
    return Chart(
        name="noticed",
        title=title,
        reading="The smallest move that would be noticed four times in five. Bar: windows of "
        f"{_lengths(rows)} in trading hours, the least and the most by the time of day. Ring: from "
        "the close before to as long after the opening. Dot: the whole day.",
        drawings=tuple(_drawing(rows, width, title) for width in _WIDTHS),
        source="Source: Market reaction; medians of ordinary sessions.",
        table=pd.DataFrame(rows),
    )


def _lengths(rows: list[Noticed]) -> str:
    return " or ".join(str(m) for m in sorted({row.minutes for row in rows})) + " minutes"


def _drawing(rows: list[Noticed], width: int, title: str) -> Drawing:
    wide = width == _WIDTHS[0]
    left, high, top, y0 = (230.0, 36.0, 12.0, 14.0) if wide else (8.0, 52.0, 12.0, 30.0)
    most = np.nanmax([[row.most, row.opening, row.day] for row in rows])
    x, bottom = Axis(0.0, float(most) * 1.12, left, width - 20.0), top + len(rows) * high
    parts = []
    for tick in x.ticks(6 if wide else 4):
        parts.append(line(x(tick), top, x(tick), bottom, "rule"))
        parts.append(text(x(tick), bottom + 16, "0" if tick == 0 else size(tick), "s m"))
    for n, row in enumerate(rows):
        y = top + n * high + y0
        parts.append(text(0, y + 4, row.series, "b") if wide else text(8, y - 14, row.series, "b"))
        parts.append(rect(x(row.least), y - 6, max(x(row.most) - x(row.least), 2.0), 12, "mid"))
        if np.isfinite(row.opening):
            parts.append(circle(x(row.opening), y, 5, "open"))
        if np.isfinite(row.day):
            parts.append(circle(x(row.day), y, 5, "ink"))
    return Drawing(width, round(bottom) + 24, f"{title}: one line per series.", tuple(parts))
