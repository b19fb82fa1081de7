"""The sessions of an exchange as its calendar has them, with the hours put right.

The only module that asks the calendar package.
"""

from __future__ import annotations

import functools
import warnings
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.sessions.closures import Corrections

Instants = NDArray[np.datetime64]

_SAME_CALENDAR = {
    **dict.fromkeys(("XNAS", "XNGS", "XNMS", "XNCM", "XASE", "ARCX", "BATS"), "XNYS"),
    "XSHE": "XSHG",
}
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
    return _SAME_CALENDAR.get(exchange, exchange)


@functools.lru_cache(maxsize=64)
def exchange_calendar(code: str, start: str, end: str) -> Calendar:
    """Return the sessions of one exchange from ``start`` to ``end``, as its package has them."""
    if code in ROUND_THE_CLOCK:
        return _round_the_clock(code, start, end)
    import exchange_calendars

    try:
        with warnings.catch_warnings():  # the package lags behind pandas
            warnings.simplefilter("ignore", DeprecationWarning)
            calendar = exchange_calendars.get_calendar(code, start=start, end=end)
            table = calendar.schedule
    except exchange_calendars.errors.InvalidCalendarName:
        names = exchange_calendars.get_calendar_names(include_aliases=False)
        raise InputError.choice("exchange", code, names) from None
    except exchange_calendars.errors.NoSessionsError:
        none = np.empty(0, dtype="datetime64[s]")
        return Calendar(none.astype("datetime64[D]"), none, none, none, none, "UTC")
    except ValueError as error:
        raise InputError(
            "exchange", code, f"its calendar does not cover {start} to {end}: {error}"
        ) from error
    return Calendar(
        session=table.index.to_numpy().astype("datetime64[D]"),
        open_at=_seconds(table["open"]),
        close_at=_seconds(table["close"]),
        break_start=_seconds(table["break_start"]),
        break_end=_seconds(table["break_end"]),
        timezone=str(calendar.tz),
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
    local = pd.DatetimeIndex(days.astype("datetime64[s]")).tz_localize(zone)
    instants: Instants = local.tz_convert("UTC").tz_localize(None).to_numpy()
    return instants.astype("datetime64[s]")


def _seconds(column: pd.Series[Any]) -> Instants:
    naive: Instants = column.dt.tz_localize(None).to_numpy()
    return naive.astype("datetime64[s]")


def corrected(calendar: Calendar, code: str, corrections: Corrections) -> Calendar:
    """Apply late openings and closing auctions; closures are left to the prices' step."""
    opens, closes = calendar.open_at.copy(), calendar.close_at.copy()
    starts, ends = calendar.break_start.copy(), calendar.break_end.copy()
    clock = local_time(calendar.close_at, calendar.timezone)
    time_of_day = clock - clock.astype("datetime64[D]")
    for row in corrections.of(code, "close_time"):
        said, right = _minutes(row.calendar_says), _minutes(row.value)
        hit = _within(calendar.session, row.first_date, row.last_date) & (time_of_day == said)
        closes[hit] += right - said
    offset = clock - calendar.close_at
    for row in corrections.of(code, "late_open"):
        hit = _within(calendar.session, row.first_date, row.last_date)
        opens[hit] = (calendar.session + _minutes(row.value) - offset)[hit]
        over = hit & (opens >= starts)
        starts[over] = ends[over] = np.datetime64("NaT")
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
