"""Sessions of exchanges as a text speaks of them, from the calendars the studies use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from analysis.errors import InputError
from analysis.seeds.exchanges import CALENDARS, calendar_of
from analysis.sessions.closures import Corrections, built_in

__all__ = ["Hours", "Session", "bounds"]

_PRE_MARKET, _AFTER_HOURS = time(4), time(20)
_EARLY = timedelta(minutes=90)
_NOON, _MIDDAY = time(12), (time(11), time(14))
_SPAN_YEARS = (1990, 2027)


@dataclass(frozen=True, slots=True)
class Session:
    """One session: its day, zone and instants (aware, UTC); ``noon`` ends its morning."""

    day: date
    zone: str
    open_at: datetime
    close_at: datetime
    morning_end: datetime
    afternoon_start: datetime


@dataclass(frozen=True)
class Hours:
    """Answers when an exchange was open."""

    corrections: Corrections | None = None
    _years: dict[tuple[str, int], dict[date, Session]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def session(self, exchange: str, day: date) -> Session | None:
        """Return the session of a day; None on a day without one, or without a calendar."""
        return self._year(exchange, day.year).get(day)

    def previous(self, exchange: str, day: date, *, count: int = 1) -> Session | None:
        """Return the ``count``-th session before a day."""
        for _ in range(20 + 2 * count):
            day -= timedelta(days=1)
            found = self.session(exchange, day)
            count -= found is not None
            if not count:
                return found
        return None

    def known(self, exchange: str) -> bool:
        """Tell whether there is a calendar of an exchange."""
        return calendar_of(exchange) in CALENDARS

    def _year(self, exchange: str, year: int) -> dict[date, Session]:
        key = (exchange, year)
        if key not in self._years:
            usable = self.known(exchange) and _SPAN_YEARS[0] <= year <= _SPAN_YEARS[1]
            self._years[key] = _sessions(exchange, year, self.corrections) if usable else {}
        return self._years[key]


def _sessions(exchange: str, year: int, corrections: Corrections | None) -> dict[date, Session]:
    from analysis.sessions.calendars import sessions_held

    table = built_in() if corrections is None else corrections
    try:
        calendar = sessions_held(exchange, f"{year}-01-01", f"{year}-12-31", table)
    except InputError:  # the package's calendar does not reach that year
        return {}
    zone = ZoneInfo(calendar.timezone)
    found = {}
    for row, session in enumerate(calendar.session.tolist()):
        noon = datetime.combine(session, _NOON, zone).astimezone(UTC)
        start, end = _moment(calendar.break_start[row]), _moment(calendar.break_end[row])
        found[session] = Session(
            day=session,
            zone=calendar.timezone,
            open_at=_moment(calendar.open_at[row]) or noon,
            close_at=_moment(calendar.close_at[row]) or noon,
            morning_end=start or noon,
            afternoon_start=end or noon,
        )
    return found


def _moment(value: Any) -> datetime | None:
    if np.isnat(value):
        return None
    return datetime.fromisoformat(str(value.astype("datetime64[s]"))).replace(tzinfo=UTC)


def bounds(form: str, session: Session) -> tuple[datetime, datetime]:
    """Return what a session word spans in a session: earliest and latest moment, UTC.

    Only New York has hours of its own before the open and after the close.
    """

    def local(clock: time, shift: int = 0) -> datetime:
        day = session.day + timedelta(days=shift)
        return datetime.combine(day, clock, ZoneInfo(session.zone)).astimezone(UTC)

    new_york = session.zone == "America/New_York"
    start, end, low, high = local(time(0)), local(time(0), 1), session.open_at, session.close_at
    spans = {
        "before-open": (start, low), "pre-market": (local(_PRE_MARKET) if new_york else start, low),
        "open": (low, low), "early": (low, low + _EARLY), "morning": (low, session.morning_end),
        "midday": (local(_MIDDAY[0]), local(_MIDDAY[1])),
        "afternoon": (session.afternoon_start, high), "close": (high, high),
        "after-close": (high, end), "after-hours": (high, local(_AFTER_HOURS) if new_york else end),
    }  # fmt: skip
    return spans.get(form, (low, high))
