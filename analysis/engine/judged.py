"""How a study is judged: ladders, the band of its path, groups, the table, unusual events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.group_means import Groups, group_by
from analysis.engine.inference.alternative import one_tail, rank_p
from analysis.engine.journal import JournalTable, journal_table
from analysis.engine.ladder import Ladder, ladder
from analysis.engine.panel import Window
from analysis.engine.placebo_calendars import (
    Calendars,
    calendar_statistics,
    car_surface,
    draw_calendars,
    surfaces,
    why_none,
)
from analysis.engine.plots import path_band
from analysis.engine.results import EventStudyResult, window_label
from analysis.errors import InputError

Surfaces = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
#: Enough for the shape of a distribution that a picture draws in some 40 columns.
QUANTILES = 2001


@dataclass(frozen=True, eq=False, repr=False)
class Judged:
    """Everything a page says of a study beyond its estimates.

    Attributes
    ----------
    window : tuple of int
        The window the page is about: the longest that was asked for.
    ladders : dict of window to Ladder
        One for every window; how often the slow tests err is counted for ``window`` alone.
    path : DataFrame
        As :func:`~analysis.engine.plots.path_band` gives it, summed from the first day of
        ``window`` on, with the days before it.
    groups : tuple of Groups
        For every column that groups events and every window.
    table : JournalTable
        The table of a paper, its stars from placebo calendars where there are any.
    as_unusual : DataFrame
        Index: positions of the usable events; columns ``as_unusual`` and ``ordinary``: how many
        other stretches of the same security had a SCAR at least as large, and how many there are.
    why_no_calendars : str
        Why there are no placebo calendars; empty if there are.
    stretches : ndarray
        `QUANTILES` quantiles of the CARs of all those ordinary stretches; empty without calendars.
    """

    window: Window
    ladders: dict[Window, Ladder]
    path: pd.DataFrame
    groups: tuple[Groups, ...]
    table: JournalTable
    as_unusual: pd.DataFrame
    why_no_calendars: str = ""
    stretches: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def main(self) -> Ladder:
        """The ladder of the window the page is about."""
        return self.ladders[self.window]

    def ladder_frame(self) -> pd.DataFrame:
        """Return one row for each window and way to judge."""
        return pd.concat([found.to_frame() for found in self.ladders.values()], ignore_index=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return ladder, path and, where events have groups, groups, as they are written."""
        tables = {"ladder": self.ladder_frame(), "path": self.path.reset_index()}
        parts = []
        for groups in self.groups:
            rows = groups.table.rename_axis("group").reset_index()
            rows.insert(0, "column", groups.column)
            rows.insert(0, "window", window_label(groups.window))
            parts.append(rows)
        return tables | ({"groups": pd.concat(parts, ignore_index=True)} if parts else {})


def judge_result(
    result: EventStudyResult, columns: Sequence[str] = (), *, estimated: bool = True
) -> Judged:
    """Judge every window of a study.

    Parameters
    ----------
    result
        A finished study.
    columns
        Columns of its events that put them into groups.
    estimated
        As in :func:`~analysis.engine.ladder.ladder`, for the longest window.
    """
    spec = result.spec
    windows = spec.windows or ((0, 0),)
    window = max(windows, key=lambda w: w[1] - w[0])
    why = why_none(result)
    calendars = None if why else draw_calendars(result, seed=spec.seed)
    ladders = {
        w: ladder(result, w, calendars=calendars, seed=spec.seed,
                  estimated=estimated and w == window)
        for w in windows
    }  # fmt: skip
    groups = tuple(_groups(result, columns, windows))
    surface = surfaces(result.panel, spec, window) if calendars is not None else None
    as_unusual, stretches = _as_unusual(result, window, surface)
    return Judged(
        window=window,
        ladders=ladders,
        path=path_band(result, calendars, first=window[0]),
        groups=groups,
        table=_table(result, ladders, groups, calendars),
        as_unusual=as_unusual,
        why_no_calendars=why,
        stretches=stretches,
    )


def _groups(
    result: EventStudyResult, columns: Sequence[str], windows: tuple[Window, ...]
) -> list[Groups]:
    found = []
    for column in columns:
        for window in windows:
            try:
                found.append(group_by(result, column, window, seed=result.spec.seed))
            except InputError:  # all usable events are of one group
                break
    return found


def _table(
    result: EventStudyResult,
    ladders: dict[Window, Ladder],
    groups: tuple[Groups, ...],
    calendars: Calendars | None,
) -> JournalTable:
    by = groups[0].column if groups and len(groups[0].members) <= 4 else None
    if calendars is None:
        return journal_table(result, by=by)
    p_values = {("All", w): found["placebo"].p_value for w, found in ladders.items()
                if np.isfinite(found["placebo"].p_value)}  # fmt: skip
    for group in groups:
        if group.column == by:
            for name, inside in group.members.items():
                p_values[name, group.window] = _placebo_p(result, calendars, group.window, inside)
    return journal_table(
        result, by=by, inference="placebo", p_values=p_values, n_calendars=len(calendars)
    )


def _placebo_p(
    result: EventStudyResult, calendars: Calendars, window: Window, inside: npt.NDArray[np.bool_]
) -> float:
    """Rank the t by date of some events among that of the same events on placebo calendars."""
    from analysis.engine.inference.clustered import clustered_mean

    car, row = result.window_sums_of_distinct(window).car, result.dates
    found = clustered_mean(car[inside], row[inside])
    keep = inside[calendars.order]
    date = calendars.date[keep]
    part = Calendars(
        calendars.rows, date, calendars.column[keep], calendars.order[keep],
        np.flatnonzero(np.r_[True, date[1:] != date[:-1]]),
    )  # fmt: skip
    t, _, _ = calendar_statistics(part, car_surface(result.panel, result.spec, window))
    t = t[np.isfinite(t)]
    if not np.isfinite(found.statistic) or not len(t):
        return one_tail(found.p_value, found.statistic, result.spec.alternative)
    return rank_p(found.statistic, t, result.spec.alternative)


def _as_unusual(
    result: EventStudyResult, window: Window, surface: Surfaces | None
) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Count the other stretches of each event's security that moved as much in usual swings.

    The usual swing of a stretch is the standard error of its CAR, as that of an event is: months
    that were wild anyway do not make an event unusual. Also returned: quantiles of their CARs.
    """
    sums = result.sums(window)
    known = bool(np.isfinite(sums.scar).any())  # without an estimation day there is no swing
    swings = sums.scar if known else sums.car
    n = np.zeros(len(swings), dtype=np.int64)
    of = np.zeros(len(swings), dtype=np.int64)
    every: list[npt.NDArray[np.float64]] = []
    if surface is not None:
        column = result.abnormal.column
        for security in np.unique(column):
            mine = np.flatnonzero((column == security) & np.isfinite(swings))
            sizes = surface[known][:, security]
            there = np.isfinite(sizes)
            every.append(surface[0][there, security])
            size = np.sort(np.abs(sizes[there]))
            own = there[result.abnormal.row[mine]]
            of[mine] = len(size) - own
            least = np.abs(swings[mine]) * (1 - 1e-9)
            n[mine] = len(size) - np.searchsorted(size, least) - own
    pooled = np.concatenate(every) if every else np.empty(0)
    shape = np.quantile(pooled, np.linspace(0, 1, QUANTILES)) if len(pooled) else pooled
    return pd.DataFrame({"as_unusual": n, "ordinary": of}), shape
