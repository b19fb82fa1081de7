"""The sessions of an exchange: those of its calendar, with the dated tables applied."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.seeds.exchanges import calendar_of
from analysis.sessions.closures import Corrections, Spans
from analysis.sessions.package import schedule

Instants = NDArray[np.datetime64]

ROUND_THE_CLOCK = {"24/7": "UTC", "24/5": "Europe/London"}
"""Markets that never close, and the zone whose days, midnight to midnight, are their sessions.

``24/7`` (crypto-currencies) has every day, ``24/5`` (currencies) Monday to Friday: the days by
which Yahoo cuts its bars. The close is the midnight that ends the day.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Sessions of one exchange, ascending.

    Attributes
    ----------
    session : ndarray of shape (R,), datetime64[D]
        Trading day, local date.
    open_at, close_at, break_start, break_end : ndarray of shape (R,), datetime64[s]
        UTC; NaT where there is no break.
    timezone
        IANA name of the zone.
    """

    session: NDArray[np.datetime64]
    open_at: Instants
    close_at: Instants
    break_start: Instants
    break_end: Instants
    timezone: str


def calendar_code(exchange: str) -> str:
    """Return the code whose calendar an exchange keeps (Nasdaq keeps New York's)."""
    return calendar_of(exchange)


def sessions_held(exchange: str, start: str, end: str, corrections: Corrections) -> Calendar:
    """Return the sessions an exchange held, the tables applied: what every reader asks.

    Parameters
    ----------
    exchange
        Code or alias of the exchange.
    start, end
        First and last day, YYYY-MM-DD.
    corrections
        What the calendar package gets wrong.

    Raises
    ------
    InputError
        If the exchange has no calendar, or none that reaches back to ``start``.
    """
    code = calendar_of(exchange)
    calendar = corrected(exchange_calendar(code, start, end), code, corrections)
    return _with_own_days(calendar, code, corrections, start, end)


def first_close_after(close_at: NDArray[Any], instants: Any) -> NDArray[np.intp]:
    """Return the row of the first close later than each instant: the row of day 0.

    Parameters
    ----------
    close_at : ndarray of shape (R,)
        Closes, ascending.
    instants
        One or more instants, of the same kind as the closes.

    Returns
    -------
    ndarray of int, of the shape of ``instants``
        R where no close is later. The row before it is that of the last close at or before.
    """
    rows: NDArray[np.intp] = np.searchsorted(close_at, instants, side="right")
    return rows


def exchange_calendar(code: str, start: str, end: str) -> Calendar:
    """Return the sessions of one exchange from ``start`` to ``end``, as its package has them."""
    code = calendar_of(code)
    if code in ROUND_THE_CLOCK:
        return _round_the_clock(code, start, end)
    try:
        found = _kept(code, start, end)
    except InputError:  # the package begins or ends within the years around
        return _from_package(code, start, end)
    inside = (found.session >= np.datetime64(start)) & (found.session <= np.datetime64(end))
    session, opens, closes, starts, ends = (column[inside] for column in _columns(found))
    return Calendar(session, opens, closes, starts, ends, found.timezone)


_KEPT: dict[str, tuple[str, str, Calendar]] = {}


def _kept(code: str, start: str, end: str) -> Calendar:
    """Return a calendar of whole years around these days; it is made once for all who ask.

    Series of one exchange begin and end on days of their own, and the gate asks for other days
    than the study; a calendar of some exchanges takes a second or more.
    """
    first, last = f"{start[:4]}-01-01", f"{int(end[:4]) + 1}-12-31"
    kept = _KEPT.get(code)
    if kept is None or start < kept[0] or end > kept[1]:
        if kept is not None:
            first, last = min(first, kept[0]), max(last, kept[1])
        _KEPT[code] = kept = (first, last, _from_package(code, first, last))
    return kept[2]


@functools.lru_cache(maxsize=64)
def _from_package(code: str, start: str, end: str) -> Calendar:
    table, zone = schedule(code, start, end)
    if table is None:
        none = np.empty(0, dtype="datetime64[s]")
        return Calendar(none.astype("datetime64[D]"), none, none, none, none, zone)
    return Calendar(
        session=table.index.to_numpy().astype("datetime64[D]"),
        open_at=_seconds(table["open"]),
        close_at=_seconds(table["close"]),
        break_start=_seconds(table["break_start"]),
        break_end=_seconds(table["break_end"]),
        timezone=zone,
    )


def _round_the_clock(code: str, start: str, end: str) -> Calendar:
    """Return a day a session, from midnight to midnight in the zone of the market."""
    zone = ROUND_THE_CLOCK[code]
    days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D") + 1)
    if code == "24/5":
        days = days[np.is_busday(days)]
    none = np.full(len(days), np.datetime64("NaT", "s"))
    return Calendar(
        session=days,
        open_at=_midnights(days, zone),
        close_at=_midnights(days + 1, zone),
        break_start=none,
        break_end=none,
        timezone=zone,
    )


def _midnights(days: NDArray[np.datetime64], zone: str) -> Instants:
    return _utc(days.astype("datetime64[s]"), zone)


def _utc(local: Instants | Sequence[datetime], zone: str) -> Instants:
    """Return the instants of wall-clock times in a zone."""
    index = (
        pd.DatetimeIndex(np.asarray(local, dtype="datetime64[s]"))
        .tz_localize(zone)
        .tz_convert("UTC")
    )
    instants: Instants = index.tz_localize(None).to_numpy()
    return instants.astype("datetime64[s]")


def _seconds(column: pd.Series[Any]) -> Instants:
    naive: Instants = column.dt.tz_localize(None).to_numpy()
    return naive.astype("datetime64[s]")


def _with_own_days(
    calendar: Calendar, code: str, corrections: Corrections, start: str, end: str
) -> Calendar:
    """Take out the days without trading, and put in the sessions the package lacks."""
    rows = corrections.days(code)
    days = np.array(list(rows), dtype="datetime64[D]")
    named = np.array([row.kind == "session" and not row.known for row in rows.values()], bool)
    inside = (days >= np.datetime64(start)) & (days <= np.datetime64(end))
    off = np.array([row.kind != "session" for row in rows.values()], bool)
    keep = ~np.isin(calendar.session, days[off | (named & inside)])
    added = [row for row, new in zip(rows.values(), named & inside, strict=True) if new]
    if keep.all() and not added:
        return calendar
    zone = calendar.timezone
    own = [(row.first_date, *_moments(row.first_date, row.spans, zone)) for row in added]
    session, opens, closes, starts, ends = (
        np.concatenate([column[keep], np.array([row[k] for row in own], dtype=column.dtype)])
        for k, column in enumerate(_columns(calendar))
    )
    order = np.argsort(session, kind="stable")
    return Calendar(session[order], opens[order], closes[order], starts[order], ends[order], zone)


def _columns(calendar: Calendar) -> tuple[NDArray[np.datetime64], ...]:
    return (
        calendar.session,
        calendar.open_at,
        calendar.close_at,
        calendar.break_start,
        calendar.break_end,
    )


def _moments(day: date, spans: Spans, zone: str) -> tuple[np.datetime64, ...]:
    """Return opening, close and break of hours told in local time, UTC."""
    first, last = spans[0], spans[-1]
    clocks = [first[0], last[1], *((first[1], last[0]) if len(spans) > 1 else ())]
    utc = _utc([datetime.combine(day, clock) for clock in clocks], zone)
    none = np.datetime64("NaT", "s")
    return (*utc, none, none) if len(spans) == 1 else tuple(utc)


def corrected(calendar: Calendar, code: str, corrections: Corrections) -> Calendar:
    """Apply closing auctions, late openings and hours of some days."""
    opens, closes = calendar.open_at.copy(), calendar.close_at.copy()
    starts, ends = calendar.break_start.copy(), calendar.break_end.copy()
    clock = local_time(calendar.close_at, calendar.timezone)
    time_of_day = clock - clock.astype("datetime64[D]")
    for row in corrections.of(code, "close_time"):
        said, right = _minutes(row.calendar_says), _minutes(row.value)
        hit = _within(calendar.session, row.first_date, row.last_date) & (time_of_day == said)
        closes[hit] = calendar.close_at[hit] + (right - said)
    offset = clock - calendar.close_at
    for row in corrections.of(code, "late_open"):
        hit = _within(calendar.session, row.first_date, row.last_date)
        opens[hit] = (calendar.session + _minutes(row.value) - offset)[hit]
        over = hit & (opens >= starts)
        starts[over] = ends[over] = np.datetime64("NaT")
    for row in corrections.of(code, "hours"):
        for at in np.flatnonzero(_within(calendar.session, row.first_date, row.last_date)):
            moments = _moments(calendar.session[at].item(), row.spans, calendar.timezone)
            opens[at], closes[at], starts[at], ends[at] = moments
    return replace(calendar, open_at=opens, close_at=closes, break_start=starts, break_end=ends)


def _within(sessions: NDArray[np.datetime64], first: date, last: date | None) -> NDArray[np.bool_]:
    hit: NDArray[np.bool_] = sessions >= np.datetime64(first, "D")
    return hit if last is None else hit & (sessions <= np.datetime64(last, "D"))


def _minutes(clock: Any) -> np.timedelta64:
    return np.timedelta64(clock.hour * 60 + clock.minute, "m")


def local_time(instants: Instants, timezone: str) -> Instants:
    """Return the wall-clock time of instants in a zone."""
    index = pd.DatetimeIndex(instants, tz="UTC").tz_convert(timezone).tz_localize(None)
    return index.to_numpy().astype("datetime64[s]")
