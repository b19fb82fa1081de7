"""A series of bars beside a benchmark, on common marks: what windows are measured on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analysis.engine import minutes as engine
from analysis.engine.minutes import Interval, Marks, WindowStatistics
from analysis.reactions.minute_windows import (
    Clock,
    Moment,
)
from analysis.sessions.marks import MarkGrid, aligned_marks

TOTAL = "total"


_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, eq=False)
class MinuteSeries:
    """A series with marks.

    Attributes
    ----------
    grid
        Its marks.
    stock
        True for a single share: its windows at the open are flagged.
    against
        What it is measured against: ``total``, or symbols of other series.
    stands_for
        Symbol of the market it stands in for; empty for a market's own series.
    """

    grid: MarkGrid
    stock: bool = False
    against: tuple[str, ...] = (TOTAL,)
    stands_for: str = ""

    @property
    def symbol(self) -> str:
        """Symbol of the series."""
        return self.grid.symbol

    def concerned(self, events: Iterable[Moment]) -> list[Moment]:
        """Return the events that are studied in its market."""
        market = self.stands_for or self.symbol
        return [e for e in events if e.markets is None or market in e.markets]


@dataclass(slots=True, eq=False)
class Pair:
    """One series against one benchmark: everything its rows are computed from."""

    series: MinuteSeries
    benchmark: str
    marks: Marks
    other: Marks | None
    tested: bool
    day0: npt.NDArray[np.bool_]
    v: npt.NDArray[np.float64] = field(init=False)
    _cache: dict[Interval, WindowStatistics] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.v = engine.volatility(self.marks, self.other, count=self.series.grid.count)

    def statistics(self, interval: Interval) -> WindowStatistics:
        """Return one window at every session, computed once."""
        if interval not in self._cache:
            self._cache[interval] = self._compute(interval)
        return self._cache[interval]

    def _compute(self, interval: Interval) -> WindowStatistics:
        if len(self.v) <= -engine.FIRST:
            ordinary = self.admissible(interval.reach)
            return engine.short_statistics(self.marks, interval, self.v, ordinary)
        return engine.window_statistics(self.marks, interval, self.v, self.other)

    def admissible(self, reach: int) -> npt.NDArray[np.bool_]:
        """Tell at which sessions no session of a window that reaches so far back is a day 0."""
        count = np.concatenate([[0], np.cumsum(self.day0)])
        row = np.arange(len(self.day0))
        held = count[row + 1] - count[np.maximum(row - reach, 0)]
        return np.asarray((held == 0) & (row >= reach))

    def same_class(self, reach: int, row: int) -> npt.NDArray[np.bool_]:
        """Tell which sessions lie as the event's does to a weekend, for windows over one."""
        session = self.series.grid.session
        alike = np.ones(len(session), dtype=bool)
        if self.series.grid.round_the_clock and reach:
            apart = np.zeros(len(session), dtype=bool)
            apart[reach:] = session[reach:] - session[:-reach] > reach * _DAY
            alike = apart == apart[row]
        return alike


def pair_of(
    one: MinuteSeries, benchmark: str, series: Iterable[MinuteSeries], events: Iterable[Moment]
) -> Pair:
    """Return a series measured against one benchmark, with the day 0s of events known."""
    grids = {other.symbol: other.grid for other in series}
    day0 = day0_flags(Clock(one.grid), one.concerned(events))
    return measured_against(one, benchmark, grids, day0)


def day0_flags(clock: Clock, events: Iterable[Moment]) -> npt.NDArray[np.bool_]:
    """Tell at which sessions of a series news broke."""
    flags = np.zeros(len(clock.grid.session), dtype=bool)
    found = [clock.session(event.best) for event in events]
    flags[[row for row in found if row is not None]] = True
    return flags


def measured_against(
    one: MinuteSeries, name: str, grids: Mapping[str, MarkGrid], day0: npt.NDArray[np.bool_]
) -> Pair:
    """Return a series measured against one benchmark, or as it is (``total``)."""
    grid = one.grid
    marks = Marks(grid.price, grid.segment)
    if name == TOTAL:
        return Pair(one, TOTAL, marks, None, True, day0)
    other = grids[name]
    same = other.timezone == grid.timezone and not other.round_the_clock
    label = name if same else f"{name}@{grid.city}"
    return Pair(one, label, marks, Marks(*aligned_marks(grid, other)), same, day0)
