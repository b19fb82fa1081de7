"""Bars laid on the sessions of their market: every mark of the clock, with its instant.

A mark is the close of a bar at the instant the bar ended, or the official close of the session,
which stands in place of the last bar. What is absent stays absent (METHODS section 10).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError, PriceError
from analysis.prices.bars import Bars
from analysis.sessions.axis import MarketSessions
from analysis.sessions.bar_gate import (
    check_against_closes,
    check_break,
    check_zone,
    spikes,
    stamp_kind,
    within,
)
from analysis.sessions.calendars import Instants, first_close_after, local_time
from analysis.sessions.contracts import check_order, unnamed_changes

FROZEN = 5
"""Equal closes in a row from which on an index is called frozen."""
MAX_AGE = np.timedelta64(3 * 3600, "s")
"""How old the last price of another market may be at a mark."""
_MINUTE = np.timedelta64(60, "s")
_DAY_MINUTES = 24 * 60
#: A round-the-clock series trades on a day if bars cover more than ten hours: holidays end early.
_HOURS = 10
#: Clock times on fewer than a tenth of days are odd prints, not marks.
_RARE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class MarkGrid:
    """Marks of one series: rows are sessions, columns clock times, the last the official close.

    Attributes
    ----------
    symbol
        The series.
    session : ndarray of shape (R,), datetime64[D]
        Sessions from the first with a bar to the last.
    open_at, close_at : ndarray of shape (R,), datetime64[s]
        UTC.
    break_start, break_end : ndarray of shape (R,), datetime64[s]
        UTC; NaT where there is no break.
    clock : ndarray of shape (K,), int
        Local minutes of the day the bars end at; negative on the day before.
    at : ndarray of shape (R, K + 1), datetime64[s]
        Instant of each mark, UTC.
    price : ndarray of shape (R, K + 1)
        NaN where there is no mark.
    segment : ndarray of shape (R, K + 1), int
        Contract.
    step
        Minutes of a bar.
    timezone
        IANA name.
    round_the_clock
        True if the series trades day and night.
    bars
        What was laid.
    notes
        What the gate found and a reader should know.
    """

    symbol: str
    session: NDArray[np.datetime64]
    open_at: Instants
    close_at: Instants
    break_start: Instants
    break_end: Instants
    clock: NDArray[np.int64]
    at: Instants
    price: NDArray[np.float64]
    segment: NDArray[np.int64]
    step: int
    timezone: str
    round_the_clock: bool
    bars: Bars
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> NDArray[np.int64]:
        """Marks of each session, an early close among the clock times once; shape (R,)."""
        marks = np.isfinite(self.price)
        twice = marks[:, :-1] & (self.at[:, :-1] == self.close_at[:, None])
        return np.asarray(marks.sum(axis=1) - twice.sum(axis=1))

    @property
    def city(self) -> str:
        """Name of the zone as people say it: Tokyo."""
        return self.timezone.rsplit("/", 1)[-1].replace("_", " ")


def exchange_grid(bars: Bars, sessions: MarketSessions, *, index: bool) -> MarkGrid:
    """Lay bars on the sessions of an exchange.

    Parameters
    ----------
    bars
        Of the market.
    sessions
        Its sessions with their official closes.
    index
        True for an index: there the second and later of five or more equal closes in a row are no
        marks, since a feed that stands still repeats itself.

    Raises
    ------
    PriceError
        If the zone, the kind of stamp or the adjustment of the bars cannot be right.
    """
    check_zone(bars, sessions)
    check_order(bars)
    ends = _bar_ends(bars, sessions, stamp_kind(bars, sessions))
    row = within(ends, sessions)
    inside = row >= 0
    if not inside.any():
        raise PriceError(
            bars.source,
            f"no bar of {bars.symbol} inside a session with a close",
            "bars belong to sessions of the daily closes.",
            "Give closes of the same days.",
        )
    first, last = int(row[inside].min()), int(row[inside].max()) + 1
    row = np.where(inside, row - first, -1)
    session, close_at = sessions.session[first:last], sessions.close_at[first:last]
    clock_close = _clock(close_at, session, sessions.timezone)
    minute = _clock(ends, session[np.maximum(row, 0)], sessions.timezone)
    clock = _columns(minute[inside], len(session), int(clock_close.max()))
    if not len(clock):
        raise PriceError(
            bars.source,
            f"bars of {bars.symbol} that end at the close alone",
            "a session has several bars; one a day is its close.",
            "Give bars of an hour or less.",
        )
    price, segment = _laid(bars, row, minute, clock, len(session))
    at = np.column_stack([_instants(session, int(m), sessions.timezone) for m in clock] or [])
    at = np.column_stack([at.reshape(len(session), -1), close_at])
    price[at > close_at[:, None]] = np.nan
    official = sessions.price[first:last]
    price[:, -1] = official
    notes = check_against_closes(bars.symbol, bars.source, price, session, at)
    notes += spikes(bars.symbol, bars.source, price)
    price = np.where(at == close_at[:, None], official[:, None], price)
    if not index:
        notes += _still(bars.symbol, price[:, :-1], session)
    if not inside.all():
        notes.append(f"{bars.symbol}: {int((~inside).sum())} bars outside sessions are left out")
    if index:
        notes += _thawed(bars.symbol, price[:, :-1], session)
    return MarkGrid(
        symbol=bars.symbol,
        session=session,
        open_at=sessions.open_at[first:last],
        close_at=close_at,
        break_start=sessions.break_start[first:last],
        break_end=sessions.break_end[first:last],
        clock=clock,
        at=at,
        price=price,
        segment=segment,
        step=bars.step,
        timezone=sessions.timezone,
        round_the_clock=False,
        bars=bars,
        notes=tuple(notes),
    )


def _thawed(symbol: str, price: NDArray[np.float64], session: NDArray[np.datetime64]) -> list[str]:
    """Take out, in place, the marks at which the feed of an index stood still, and say it."""
    frozen = _frozen(price)
    price[frozen] = np.nan
    if not frozen.any():
        return []
    days = ", ".join(map(str, session[frozen.any(axis=1)]))
    return [f"{symbol}: the feed stood still on {days}; {int(frozen.sum())} marks"]


def round_the_clock_grid(bars: Bars, *, zone: str, opens: int, closes: int) -> MarkGrid:
    """Lay the bars of a market that trades day and night, such as index futures.

    Parameters
    ----------
    bars
        Stamped at their ends, in UTC.
    zone
        IANA zone of the exchange.
    opens, closes
        Local minutes of the day at which a session opens (the day before) and closes.

    Returns
    -------
    MarkGrid
        Sessions are weekdays (every day for a market that never closes) with more than ten hours of
        bars on the full hour (of the step); the mark at ``closes`` is the close.
    """
    if bars.stamp == "":
        raise InputError(
            "stamp",
            "",
            f"nothing says what the stamps of {bars.source} mark, and nothing can prove it.",
            "Say 'end' or 'start'.",
        )
    check_order(bars)
    ends = ends_of(bars)
    local = local_time(ends, zone)
    day = local.astype("datetime64[D]")
    minute = ((local - day) / _MINUTE).astype(np.int64)
    late = minute > closes
    day = np.where(late, day + 1, day)
    minute = np.where(late, minute - _DAY_MINUTES, minute)
    length = (closes - opens) % _DAY_MINUTES or _DAY_MINUTES
    check_break(
        bars, (minute - opens - 1) % _DAY_MINUTES + 1, session=length, break_=_DAY_MINUTES - length
    )
    whole = (local - local.astype("datetime64[D]")) % (bars.step * _MINUTE) == 0 * _MINUTE
    days, counts = np.unique(day[whole], return_counts=True)
    every_day = opens % _DAY_MINUTES == closes % _DAY_MINUTES
    session = days[(counts * bars.step > _HOURS * 60) & (np.is_busday(days) | every_day)]
    place = np.minimum(np.searchsorted(session, day), max(len(session) - 1, 0))
    row = np.where(np.isin(day, session) & whole, place, -1)
    clock = _columns(minute[row >= 0], len(session), closes)
    price, segment = _laid(bars, row, minute, np.append(clock, closes), len(session))
    marks = [_instants(session, int(m), zone) for m in (*clock, closes)]
    return MarkGrid(
        symbol=bars.symbol,
        session=session,
        open_at=_instants(session, opens - _DAY_MINUTES, zone),
        close_at=marks[-1],
        break_start=np.full(len(session), np.datetime64("NaT", "s")),
        break_end=np.full(len(session), np.datetime64("NaT", "s")),
        clock=clock,
        at=np.column_stack(marks),
        price=price[:, :-1],
        segment=segment[:, :-1],
        step=bars.step,
        timezone=zone,
        round_the_clock=True,
        bars=bars,
        notes=(
            *spikes(bars.symbol, bars.source, price[:, :-1]),
            *_still(bars.symbol, price[:, :-2], session),
            *(unnamed_changes(bars) if length < _DAY_MINUTES else ()),
        ),
    )


def aligned_marks(grid: MarkGrid, other: MarkGrid) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return prices and contracts of another series at the marks of a grid.

    On the same clock: mark for mark, the official closes of a session against each other. On
    another: the last bar that ended at or before the mark, at most `MAX_AGE` old; blank where the
    grid's own mark is.
    """
    if other.timezone == grid.timezone and not other.round_the_clock:
        return _same_clock(grid, other)
    ends = ends_of(other.bars)
    place = np.searchsorted(ends, grid.at.ravel(), side="right") - 1
    place = place.reshape(grid.at.shape)
    found = np.maximum(place, 0)
    fresh = (place >= 0) & (grid.at - ends[found] <= MAX_AGE) & np.isfinite(grid.price)
    return np.where(fresh, other.bars.close[found], np.nan), other.bars.segment[found]


def _same_clock(grid: MarkGrid, other: MarkGrid) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    price = np.full(grid.price.shape, np.nan)
    segment = np.zeros(grid.price.shape, dtype=np.int64)
    _, mine, theirs = np.intersect1d(grid.session, other.session, return_indices=True)
    _, own, their = np.intersect1d(grid.clock, other.clock, return_indices=True)
    own, their = np.append(own, len(grid.clock)), np.append(their, len(other.clock))
    price[np.ix_(mine, own)] = other.price[np.ix_(theirs, their)]
    segment[np.ix_(mine, own)] = other.segment[np.ix_(theirs, their)]
    return price, segment


def ends_of(bars: Bars) -> Instants:
    """Return the instants bars ended that are never cut short; shape (N,), UTC."""
    return bars.time + (bars.step * _MINUTE if bars.stamp == "start" else 0 * _MINUTE)


def _bar_ends(bars: Bars, sessions: MarketSessions, kind: str) -> Instants:
    """Return the instants the bars ended; a bar that started is cut at the break and the close."""
    if kind == "end":
        return bars.time
    ends = bars.time + bars.step * _MINUTE
    row = first_close_after(sessions.close_at, bars.time)
    row = np.minimum(row, len(sessions.session) - 1)
    for stop in (sessions.break_start[row], sessions.close_at[row]):
        cut = (bars.time < stop) & (ends > stop)
        ends = np.where(cut, stop, ends)
    return ends


def _columns(minute: NDArray[np.int64], sessions: int, close: int) -> NDArray[np.int64]:
    """Return the clock times that occur in more than a tenth of the sessions, before the close."""
    values, counts = np.unique(minute, return_counts=True)
    return values[(values < close) & (counts >= _RARE * sessions)]


def _laid(
    bars: Bars,
    row: NDArray[np.int64],
    minute: NDArray[np.int64],
    clock: NDArray[np.int64],
    sessions: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Put every bar into the cell of its session and clock time; one column stays free."""
    price = np.full((sessions, len(clock) + 1), np.nan)
    segment = np.zeros(price.shape, dtype=np.int64)
    column = np.minimum(np.searchsorted(clock, minute), len(clock) - 1)
    used = (row >= 0) & (clock[column] == minute)
    price[row[used], column[used]] = bars.close[used]
    segment[row[used], column[used]] = bars.segment[used]
    return price, segment


def _clock(instants: Instants, session: NDArray[np.datetime64], zone: str) -> NDArray[np.int64]:
    """Return local minutes since the midnight that began a session."""
    return ((local_time(instants, zone) - session) / _MINUTE).astype(np.int64)


def _instants(session: NDArray[np.datetime64], minute: int, zone: str) -> Instants:
    """Return a local time of each session as an instant; a time that comes twice is the first."""
    local = pd.DatetimeIndex(session.astype("datetime64[s]") + minute * _MINUTE)
    aware = local.tz_localize(
        zone, ambiguous=np.ones(len(local), dtype=bool), nonexistent="shift_forward"
    )
    instants: Instants = aware.tz_convert("UTC").tz_localize(None).to_numpy()
    return instants.astype("datetime64[s]")


def _still(symbol: str, price: NDArray[np.float64], session: NDArray[np.datetime64]) -> list[str]:
    """Name sessions in which the price of a share did not move once, in `FROZEN` bars or more."""
    count = np.isfinite(price).sum(axis=1)
    moved = np.array([np.ptp(line[np.isfinite(line)]) if n else 1.0 for line, n in
                      zip(price, count, strict=True)])  # fmt: skip
    days = session[(moved == 0) & (count >= FROZEN)]
    shown = ", ".join(map(str, days[:3])) + (" ..." if len(days) > 3 else "")
    return [f"{symbol}: no bar of {shown} differs from another"] if len(days) else []


def _frozen(price: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell the second and later of `FROZEN` or more equal neighbouring closes of a session."""
    same = np.zeros(price.shape, dtype=bool)
    same[:, 1:] = price[:, 1:] == price[:, :-1]
    run = np.zeros(price.shape, dtype=np.int64)
    for column in range(1, price.shape[1]):
        run[:, column] = np.where(same[:, column], run[:, column - 1] + 1, 0)
    long = run >= FROZEN - 1
    for column in range(price.shape[1] - 2, -1, -1):
        long[:, column] |= long[:, column + 1] & same[:, column + 1] & same[:, column]
    return long
