"""The way of a price around the instant of an event, with where ordinary sessions would lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine import minutes as engine
from analysis.engine.minutes import PREVIOUS, Interval
from analysis.reactions.minute_pairs import MinuteSeries, Pair, pair_of
from analysis.reactions.minute_windows import Clock, Moment
from analysis.sessions.calendars import Instants

Floats = npt.NDArray[np.float64]
_FINE, _EVERY = 12, 3
"""Marks with a range of their own: the first so many after the instant, then every third."""
_PART_BEFORE = 3
"""One part in so many of the session before a shut market's news is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class MinutePath:
    """Marks around an event; arrays of shape (M,), in order of time.

    Attributes
    ----------
    at
        Instants, UTC.
    ret
        Simple return since the last mark before the best guess, which is 0; NaN across contracts.
    expected, half
        Normal return since then, and how far 19 of 20 ordinary sessions stay from it over the same
        interval: quantile times scale of *that* interval. NaN before, where nothing is known, and
        at two of three marks further on, where a range needs no more detail.
    start
        Place of the last mark before the best guess.
    shut
        True if the market was shut then: what follows ``start`` is the next session.
    moment
        The event.
    """

    at: Instants
    ret: Floats
    expected: Floats
    half: Floats
    start: int
    shut: bool
    moment: Moment

    def table(self) -> pd.DataFrame:
        """Return what is drawn, a row for every mark."""
        return pd.DataFrame(
            {
                "at": [f"{at}Z" for at in np.datetime_as_string(self.at, unit="m")],
                "return": self.ret,
                "expected": self.expected,
                "low": self.expected - self.half,
                "high": self.expected + self.half,
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class MinutePaths:
    """Makes paths, and keeps what events share.

    Attributes
    ----------
    series
        Series with marks; benchmarks must be among them.
    events
        All catalogued events: their day 0s are no ordinary sessions.
    """

    series: Sequence[MinuteSeries]
    events: Sequence[Moment]
    _pairs: dict[tuple[str, str], Pair] = field(init=False, default_factory=dict)

    def path(self, event_id: str, symbol: str, benchmark: str) -> MinutePath | None:
        """Return the path of a series around an event; None where it has no marks there.

        Parameters
        ----------
        event_id
            One of the events.
        symbol
            Of a series.
        benchmark
            ``total``, or the symbol of another series.
        """
        moment = next((e for e in self.events if e.id == event_id), None)
        one = next((s for s in self.series if s.symbol == symbol), None)
        if moment is None or one is None:
            return None
        start = Clock(one.grid).start(moment.best)
        if start is None or (start[1] == PREVIOUS and start[0] == 0):
            return None
        return _path(self._pair(one, benchmark), moment, *start)

    def pair(self, symbol: str, benchmark: str) -> Pair:
        """Return a series with marks, by its symbol, against ``total`` or another series."""
        return self._pair(next(s for s in self.series if s.symbol == symbol), benchmark)

    def _pair(self, one: MinuteSeries, benchmark: str) -> Pair:
        key = (one.symbol, benchmark)
        if key not in self._pairs:
            self._pairs[key] = pair_of(one, benchmark, self.series, self.events)
        return self._pairs[key]


def _path(pair: Pair, moment: Moment, row: int, column: int) -> MinutePath | None:
    grid, close = pair.series.grid, len(pair.series.grid.clock)
    shut = column == PREVIOUS
    base = (row - 1, close) if shut else (row, column)
    places = [*(_last(pair, row - 1) if shut else ()), *_marks(pair, row)]
    if base not in places:
        return None
    start = places.index(base)
    later = [c for _, c in places[start + 1 :]]
    ahead = [
        _ordinary(pair, Interval(0, column, c), row) if _banded(n, len(later)) else (np.nan, np.nan)
        for n, c in enumerate(later)
    ]
    bands = [(np.nan, np.nan)] * start + [(0.0, 0.0)] + ahead
    ret = np.array([grid.price[p] / grid.price[base] - 1.0 for p in places])
    same = np.array([grid.segment[p] == grid.segment[base] for p in places])
    return MinutePath(
        at=np.array([grid.at[p] for p in places]),
        ret=np.where(same, ret, np.nan),
        expected=np.array([b[0] for b in bands]),
        half=np.array([b[1] for b in bands]),
        start=start,
        shut=shut,
        moment=moment,
    )


def _banded(place: int, length: int) -> bool:
    return place < _FINE or place % _EVERY == 0 or place == length - 1


def _marks(pair: Pair, row: int) -> list[tuple[int, int]]:
    """Return the marks of a session that have a price; at its close the official one alone."""
    grid, close = pair.series.grid, len(pair.series.grid.clock)
    return [
        (row, c)
        for c in range(close + 1)
        if np.isfinite(grid.price[row, c]) and (c == close or grid.at[row, c] < grid.close_at[row])
    ]


def _last(pair: Pair, row: int) -> list[tuple[int, int]]:
    marks = _marks(pair, row)
    return marks[-max(len(marks) // _PART_BEFORE, 2) :]


def _ordinary(pair: Pair, interval: Interval, row: int) -> tuple[float, float]:
    """Return normal return and half the range of ordinary sessions over one interval."""
    found = pair.statistics(interval)
    moves = pair.admissible(interval.reach) & pair.same_class(interval.reach, row)
    rank = engine.placebo(found.z, moves, row)
    return float(found.ret[row] - found.abnormal[row]), float(rank.q95 * found.sigma[row])
