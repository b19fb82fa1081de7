"""The calendar package, asked in one place and mended for the pandas it runs under.

Notes
-----
pandas 3.1 calls ``_add_datetime`` where pandas 2 called ``_apply``, adds an offset to many days at
once, and lays out ranges of business days by one mask. The offsets that exchange_calendars 4.13.2
defines for itself answer to the old name only, so the rules they stand for were lost without a
word: Orthodox and Jewish holidays, and weeks with a session on Saturday or Sunday. Seven calendars
of 71 were wrong or could not be made. :func:`_mended` gives the offsets the new name; a test
compares every calendar with a list recorded under pandas 2.3.3.
"""

from __future__ import annotations

import functools
import warnings
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from analysis.errors import InputError
from analysis.seeds.exchanges import CALENDARS, exchange_rule

#: Letters of a message of the calendar package that are repeated: its first sentence.
_MOST_SHOWN = 160


def schedule(code: str, start: str, end: str) -> tuple[pd.DataFrame | None, str]:
    """Return opens, closes and breaks of one exchange, UTC (None without a session), and its zone.

    Parameters
    ----------
    code
        Code of a calendar.
    start, end
        First and last day, YYYY-MM-DD. Days after the last one the package knows are left out.

    Raises
    ------
    InputError
        If there is no calendar of that name, or it does not reach back to ``start``.
    """
    if code not in CALENDARS:
        raise InputError("exchange", code, f"{exchange_rule(code)}.")
    package = _mended()
    kind = package.calendar_utils._default_calendar_factories[code]
    try:
        bound = kind.bound_max()
        last = end if bound is None else min(end, f"{bound:%Y-%m-%d}")
        with warnings.catch_warnings():  # the package lags behind pandas
            warnings.simplefilter("ignore")
            return package.get_calendar(code, start=start, end=last).schedule, str(kind.tz)
    except package.errors.NoSessionsError:
        return None, str(kind.tz)
    except Exception as error:  # whatever the package raises is a fault of its calendar
        said = " ".join(str(error).split())
        raise InputError(
            "exchange",
            code,
            f"its calendar cannot give the sessions from {start} to {end}: "
            f"{said if len(said) <= _MOST_SHOWN else said[:_MOST_SHOWN] + '...'}",
        ) from error


@functools.cache
def _mended() -> Any:
    """Return the package, its own offsets answering to the names pandas 3 calls them by."""
    import exchange_calendars
    from exchange_calendars import tase_holidays
    from exchange_calendars.pandas_extensions import offsets

    # One day of the year by a rule of its own: Orthodox Easter, and the Jewish holidays, which
    # inherit from Western Easter and with it a sum over many days that knows Western Easter only.
    jewish = tase_holidays._HolidayOffset
    for offset in (offsets.OrthodoxEaster, jewish, tase_holidays._YomKippurEveObserved):
        offset._add_datetime = offset._apply
    jewish._add_datetime_ndarray = offsets.BaseOffset._add_datetime_ndarray
    # Business days whose week differs in some spans.
    offsets.CompositeCustomBusinessDay._add_datetime = _next_on_offset
    offsets.CompositeCustomBusinessDay._supports_daily_offset_mask = False
    return exchange_calendars


def _next_on_offset(offset: Any, day: datetime) -> datetime:
    """Return the ``offset.n``-th business day after a day, asking each day for its own week."""
    left, step = abs(offset.n), timedelta(days=1 if offset.n > 0 else -1)
    while left:
        day += step
        left -= offset.is_on_offset(day)
    return day
