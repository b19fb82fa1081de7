"""Which windows between marks answer an event: METHODS section 10, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analysis.engine.minutes import PREVIOUS, Interval
from analysis.sessions.calendars import Instants, first_close_after
from analysis.sessions.marks import MarkGrid

CUT = "cut at the close"
CROSSES = "across more than one close: nothing is computed"
BEYOND = "the bounds reach beyond the bars"
EMPTY = "the market was closed: nothing came before"
NO_REST = "nothing is left of the session"
LOOSE = "if the best estimate holds"
#: METHODS 10: from here on bounds are too wide for one instant to be taken.
SHARP_MINUTES = 30.0
#: METHODS 10: bounds further apart are scanned, if two windows start inside them.
_WIDE_MINUTES = 30.0
#: Below two bars of five minutes the windows of both bounds are the same.
_APART_MINUTES = 10.0
_FIRST_HOUR = 60
#: Bars of more minutes cannot hold windows of fifteen and thirty.
_FINE_STEP = 5
_MINUTE = np.timedelta64(60, "s")


class Moment(NamedTuple):
    """An event as instants, UTC, and the markets it is limited to (None: all)."""

    id: str
    earliest: np.datetime64
    best: np.datetime64
    latest: np.datetime64
    markets: tuple[str, ...] | None = None

    @property
    def bounds_minutes(self) -> float:
        """Minutes between the bounds, on the wall clock."""
        return float((self.latest - self.earliest) / _MINUTE)


class Placed(NamedTuple):
    """An interval and the session it ends in."""

    row: int
    interval: Interval


@dataclass(frozen=True, slots=True)
class Horizons:
    """Horizons of a series in minutes.

    Attributes
    ----------
    windows
        All h.
    default
        The one that is fixed beforehand.
    scanned
        Those of the scans.
    """

    windows: tuple[int, ...]
    default: int
    scanned: tuple[int, ...]


def horizons(grid: MarkGrid) -> Horizons:
    """Return the horizons of a series by the length of its bars."""
    if grid.step <= _FINE_STEP:
        return Horizons((5, 15, 30, 60), 30, (15, 30))
    return Horizons((60, 120, 240) if grid.round_the_clock else (60, 120), 60, (60,))


@dataclass(frozen=True, slots=True)
class Window:
    """One window of one event in one series.

    Attributes
    ----------
    kind
        ``day0``, ``h30``, ``best_h30``, ``scan_h30``, ``to_close``, ``before``, ``first_hour``,
        ``rest``.
    parts
        The interval; for a scan all that are tried, in order; empty if nothing is computed.
    start, end
        Instants of its marks, UTC; NaT where there is no window.
    note
        What a reader should know.
    primary
        True for the statistic that was fixed beforehand.
    """

    kind: str
    parts: tuple[Placed, ...]
    start: np.datetime64
    end: np.datetime64
    note: str = ""
    primary: bool = False

    @property
    def scanned(self) -> bool:
        """True if the largest of several intervals answers."""
        return self.kind.startswith("scan_")


_NEVER = np.datetime64("NaT", "s")


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Places instants among the marks of a series."""

    grid: MarkGrid

    def session(self, instant: np.datetime64) -> int | None:
        """Return the first session that closes after an instant; None beyond the bars."""
        row = int(first_close_after(self.grid.close_at, instant))
        beyond = row >= len(self.grid.session)
        before = row == 0 and instant < self.grid.open_at[0]
        return None if beyond or before else row

    def trading(self, instant: np.datetime64, row: int) -> bool:
        """Tell whether the session is on; a lunch break is part of it."""
        return bool(self.grid.open_at[row] <= instant)

    def start(self, instant: np.datetime64) -> tuple[int, int] | None:
        """Return session and column of the last mark at or before an instant."""
        row = self.session(instant)
        if row is None:
            return None
        marks = self._marks(row)
        earlier = np.flatnonzero((marks[:-1] <= instant) & self.trading(instant, row))
        return row, int(earlier[-1]) if len(earlier) else PREVIOUS

    def end(self, instant: np.datetime64, minutes: int) -> tuple[int, int, bool] | None:
        """Return session, column, and whether the close cut it, of the first mark after h."""
        row = self.session(instant)
        if row is None:
            return None
        base = instant if self.trading(instant, row) else self.grid.open_at[row]
        return (row, *self._first_mark(row, base + minutes * _MINUTE))

    def _first_mark(self, row: int, instant: np.datetime64) -> tuple[int, bool]:
        marks = self._marks(row)
        close = len(marks) - 1
        if instant > marks[close]:
            return close, True
        return int(np.flatnonzero(marks >= instant)[0]), False

    def _marks(self, row: int) -> Instants:
        """Return the instants of a session's marks; NaT for those after its close."""
        marks = self.grid.at[row]
        return np.where(marks <= self.grid.close_at[row], marks, _NEVER)

    def instant(self, row: int, column: int) -> np.datetime64:
        """Return the instant of a mark."""
        if column == PREVIOUS:
            return self.grid.close_at[row - 1] if row else _NEVER
        return np.datetime64(self.grid.at[row, column])

    def trading_minutes(self, first: np.datetime64, last: np.datetime64) -> float:
        """Return the minutes of trading between two instants, breaks left out."""
        grid = self.grid
        held = _overlap(grid.open_at, grid.close_at, first, last)
        return held - _overlap(grid.break_start, grid.break_end, first, last)

    def starts(self, moment: Moment) -> Iterator[tuple[int, int]]:
        """Return the marks of the bounds: the last before them, and all inside."""
        first, last = self.start(moment.earliest), self.session(moment.latest)
        if first is None or last is None:
            return
        yield first
        for row in range(first[0], last + 1):
            for column, at in enumerate(self._marks(row)):
                close = column == len(self.grid.clock)
                double = not close and at == self.grid.close_at[row]
                if not double and moment.earliest < at <= moment.latest:
                    yield (row + 1, PREVIOUS) if close else (row, column)

    def scan(self, moment: Moment, minutes: int) -> tuple[Placed, ...]:
        """Return every whole h-window that starts at a mark of the bounds."""
        found = []
        for row, column in dict.fromkeys(self.starts(moment)):
            if row >= len(self.grid.session):
                continue
            base = self.grid.open_at[row] if column == PREVIOUS else self.grid.at[row, column]
            end, cut = self._first_mark(row, base + minutes * _MINUTE)
            if not cut:
                found.append(Placed(row, Interval(0, column, end)))
        return tuple(found)


def _overlap(
    starts: Instants,
    ends: Instants,
    first: np.datetime64,
    last: np.datetime64,
) -> float:
    low, high = np.maximum(starts, first), np.minimum(ends, last)
    minutes = (high - low) / _MINUTE
    return float(np.nansum(np.maximum(minutes, 0.0)))


def event_windows(grid: MarkGrid, moment: Moment) -> tuple[Window, ...]:
    """Return the windows of an event in a series; empty if it lies outside its bars.

    An event whose day-0 session has no bar is outside, too.
    """
    clock = Clock(grid)
    row = clock.session(moment.best)
    if row is None or not np.isfinite(grid.price[row, :-1]).any():
        return ()
    chosen = horizons(grid)
    scans = {h: clock.scan(moment, h) for h in chosen.scanned}
    wide = moment.bounds_minutes > _WIDE_MINUTES and len(scans[chosen.default]) > 1
    sharp = clock.trading_minutes(moment.earliest, moment.latest) <= SHARP_MINUTES
    return (
        _window(clock, "day0", (row, PREVIOUS), (row, len(grid.clock))),
        *_horizon_windows(clock, moment, chosen, primary=not wide),
        *_scan_windows(clock, moment, scans, chosen.default if wide else None),
        _to_close(clock, moment),
        *_split(clock, moment.best, row, note="" if sharp else LOOSE),
    )


def _horizon_windows(
    clock: Clock, moment: Moment, chosen: Horizons, *, primary: bool
) -> Iterator[Window]:
    apart = moment.bounds_minutes > _APART_MINUTES
    for h in chosen.windows:
        first = primary and h == chosen.default
        yield _between(clock, f"h{h}", moment.earliest, moment.latest, h, primary=first)
    for h in chosen.windows if apart else ():
        yield _between(clock, f"best_h{h}", moment.best, moment.best, h)


def _between(
    clock: Clock,
    kind: str,
    earliest: np.datetime64,
    latest: np.datetime64,
    h: int,
    *,
    primary: bool = False,
) -> Window:
    start, end = clock.start(earliest), clock.end(latest, h)
    if start is None or end is None:
        return Window(kind, (), _NEVER, _NEVER, BEYOND, primary)
    return _window(clock, kind, start, end[:2], CUT if end[2] else "", primary=primary)


def _to_close(clock: Clock, moment: Moment) -> Window:
    start, row = clock.start(moment.earliest), clock.session(moment.latest)
    if start is None or row is None:
        return Window("to_close", (), _NEVER, _NEVER, BEYOND)
    return _window(clock, "to_close", start, (row, len(clock.grid.clock)))


def _scan_windows(
    clock: Clock, moment: Moment, scans: dict[int, tuple[Placed, ...]], primary: int | None
) -> Iterator[Window]:
    first, last = clock.session(moment.earliest), clock.session(moment.latest)
    crosses = first is None or last is None or last - first > 1
    for h, parts in scans.items():
        if len(parts) > 1:
            yield Window(
                f"scan_h{h}",
                () if crosses else parts,
                _NEVER,
                _NEVER,
                CROSSES if crosses else "",
                primary=h == primary,
            )


def _split(clock: Clock, best: np.datetime64, row: int, *, note: str) -> Iterator[Window]:
    """Divide day 0 at the instant: previous close, last mark before it, an hour on, close."""
    start, close = clock.start(best), len(clock.grid.clock)
    end = clock.end(best, _FIRST_HOUR)
    if start is None or end is None:
        return
    if start[1] == PREVIOUS:
        yield Window("before", (), _NEVER, _NEVER, EMPTY)
    else:
        yield _window(clock, "before", (row, PREVIOUS), start, note)
    cut = "; ".join(filter(None, (CUT if end[2] else "", note)))
    yield _window(clock, "first_hour", start, end[:2], cut)
    if end[1] == close or clock.instant(row, end[1]) == clock.grid.close_at[row]:
        yield Window("rest", (), _NEVER, _NEVER, NO_REST)
    else:
        yield _window(clock, "rest", end[:2], (row, close), note)


def _window(
    clock: Clock,
    kind: str,
    start: tuple[int, int],
    end: tuple[int, int],
    note: str = "",
    *,
    primary: bool = False,
) -> Window:
    back = end[0] - start[0]
    parts = (Placed(end[0], Interval(back, start[1], end[1])),) if back <= 1 else ()
    note = note if parts else CROSSES
    return Window(kind, parts, clock.instant(*start), clock.instant(*end), note, primary)
