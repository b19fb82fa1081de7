"""From days and times of a table of events to sessions: closed days, news after the close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import InputError
from analysis.seeds.event_tables import EventTable
from analysis.seeds.exchanges import exchange_code, exchange_rule
from analysis.seeds.table_dates import Moment
from analysis.seeds.zones import zone_info, zone_rule, zones_meant
from analysis.sessions.calendars import Calendar, first_close_after, sessions_held
from analysis.sessions.closures import built_in

Days = npt.NDArray[np.datetime64]
ClosedDay = Literal["next", "previous", "skip"]

#: Without an exchange a time is New York's, and sessions close when New York's do: at 16:00.
DEFAULT_EXCHANGE, DEFAULT_ZONE = "XNYS", "America/New_York"
_CLOSE = time(16)


@dataclass(frozen=True, eq=False, repr=False)
class PlacedDays:
    """Day 0 of every event, and what was done to find it.

    Attributes
    ----------
    session : ndarray of datetime64[D], shape (n_events,)
        Day 0; NaT where the row has none.
    reason : list of str
        Why a row has none; empty where it has one.
    shifts : DataFrame
        A row for every event whose session is not the day that was given: event_id, security,
        given, session, why.
    """

    session: Days
    reason: list[str]
    shifts: pd.DataFrame


def place_days(
    table: EventTable,
    sessions: Mapping[str, Days],
    *,
    closed_day: ClosedDay = "next",
    exchange: str | Mapping[str, str] | None = None,
    zone: str | None = None,
) -> PlacedDays:
    """Put every event on a session of its own security.

    Parameters
    ----------
    table
        Events as their file says them.
    sessions
        Sessions of each security, ascending; a security without any is left to the study.
    closed_day
        What becomes of a day that is no session: the ``next`` one, the ``previous`` one, or
        ``skip`` to leave the event out.
    exchange
        Whose hours count (MIC), for all or by security; New York's if None.
    zone
        Zone of the times; that of the exchange if None.

    Notes
    -----
    A day alone is the session of that date. A time makes an instant, and day 0 is the first session
    that closes later.
    """
    if closed_day not in get_args(ClosedDay):
        raise InputError.choice("closed_day", closed_day, get_args(ClosedDay))
    each = {} if exchange is None or isinstance(exchange, str) else exchange
    usual = exchange if isinstance(exchange, str) else None
    hours = {code: _Hours(code, zone) for code in {usual, *each.values()}}
    found, reasons, shifts = [], [], []
    for event in table.events():
        days = sessions.get(event.security)
        if isinstance(event.moment, str):
            placed = _Place(np.datetime64("NaT", "D"), f"line {event.line}: {event.moment}", "")
        elif days is not None and len(days):
            own = hours[each.get(event.security, usual)]
            placed = own.place(event.moment, days, closed_day, event.zone or None)
        else:
            placed = _Place(np.datetime64(event.moment.day, "D"), "", "")
        found.append(placed.session)
        reasons.append(placed.reason)
        if placed.why and isinstance(event.moment, Moment):
            given, day = _given(event.moment), str(placed.session)
            shifts.append((event.event_id, event.security, given, day, placed.why))
    columns = ["event_id", "security", "given", "session", "why"]
    return PlacedDays(
        np.array(found, dtype="datetime64[D]"), reasons, pd.DataFrame(shifts, columns=columns)
    )


@dataclass(frozen=True, slots=True)
class _Place:
    session: np.datetime64
    reason: str
    why: str


class _Hours:
    """Closing instants of an exchange, and the zone in which times are meant."""

    def __init__(self, exchange: str | None, zone: str | None) -> None:
        self._code = exchange_code(exchange or DEFAULT_EXCHANGE)
        check_exchange(exchange)
        self._closes: dict[int, npt.NDArray[np.int64]] = {}
        if zone is not None:
            _zone(zone)
        self._zone, self._exchange = zone, exchange

    def place(self, moment: Moment, days: Days, closed_day: str, zone: str | None) -> _Place:
        day = np.datetime64(moment.day, "D")
        if moment.clock is not None:
            return self._instant(moment, days, zone, day)
        at = int(np.searchsorted(days, day))
        is_session = at < len(days) and days[at] == day
        if moment.part == "after" and at < len(days):
            later = at + is_session
            if later < len(days):
                return _Place(days[later], "", "after the close")
            return _Place(day, "it came after the last close of the prices", "")
        if is_session or at == len(days) or day < days[0]:
            return _Place(day, "", "")  # a day beyond the prices is left to the study to say
        if closed_day == "skip":
            reason = f"{day} is no session, and closed days are skipped; the next is {days[at]}"
            return _Place(np.datetime64("NaT", "D"), reason, "")
        moved = days[at] if closed_day == "next" else days[at - 1]
        return _Place(moved, "", f"no session on {day}")

    def _instant(self, moment: Moment, days: Days, zone: str | None, day: np.datetime64) -> _Place:
        closes = self._closing(days)
        local = datetime.combine(moment.day, moment.clock or time())
        if moment.offset is not None:
            instant = (local - moment.offset).replace(tzinfo=UTC)
        else:
            instant = local.replace(tzinfo=_zone(zone or self._zone or self._own_zone(days)))
        seconds = int(instant.timestamp())
        at = int(first_close_after(closes, seconds))
        if at == len(days):
            return _Place(
                np.datetime64("NaT", "D"),
                f"the news of {_given(moment)} came after the last close of the prices, {days[-1]}",
                "",
            )
        if at == 0 and day < days[0]:
            return _Place(day, "", "")
        if days[at] == day:
            return _Place(day, "", "")
        closed = not bool((days == day).any())
        return _Place(days[at], "", f"no session on {day}" if closed else "after the close")

    def _own_zone(self, days: Days) -> str:
        if self._exchange is None:
            return DEFAULT_ZONE
        return calendar_held(self._code, days).timezone

    def _closing(self, days: Days) -> npt.NDArray[np.int64]:
        """Return the close of every session, seconds UTC; 16:00 New York where it is none there."""
        key = id(days)
        if key not in self._closes:
            calendar = calendar_held(self._code, days)
            usual = [
                int(datetime.combine(day, _CLOSE, _zone(calendar.timezone)).timestamp())
                for day in days.astype(object)
            ]
            closes = np.array(usual, dtype=np.int64)
            _, here, there = np.intersect1d(days, calendar.session, return_indices=True)
            closes[here] = calendar.close_at[there].astype("datetime64[s]").astype(np.int64)
            self._closes[key] = closes
        return self._closes[key]


def check_exchange(exchange: str | None) -> None:
    """Refuse a name that is no exchange with a calendar, with the one it may mean."""
    rule = None if exchange is None else exchange_rule(exchange)
    if rule is not None:
        raise InputError("exchange", exchange, f"{rule}.")


def calendar_held(exchange: str, days: Days) -> Calendar:
    """Return the sessions an exchange held between the first and the last of some days."""
    return sessions_held(exchange, str(days[0]), str(days[-1]), built_in())


def _zone(name: str) -> tzinfo:
    rule = zone_rule(name)
    if rule is not None:
        raise InputError("zone", name, f"{rule}.")
    return zone_info(zones_meant(name)[0])


def _given(moment: Moment) -> str:
    if moment.clock is None:
        return f"{moment.day} {moment.part}".strip()
    return f"{moment.day} {moment.clock:%H:%M}"
