"""From the moment of the news to day 0, in every market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.sessions.axis import MarketSessions
from analysis.sessions.calendars import Instants, first_close_after, local_time
from analysis.sessions.clock import contains_news

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Status = Literal["ok", "no_session", "missing_price", "missing_return", "outside_data"]

NEAR_CLOSE_MINUTES = 30.0
"""News that comes later than this before a close may not be in that close."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """Where one event falls in one market.

    Attributes
    ----------
    event_id, market
        Event, and symbol of the market.
    announced_at
        Best estimate of the moment of the news, UTC.
    row
        Row of day 0 among the sessions of the market; None if there is none.
    day0
        First session with a price whose close is later than the news; None if there is none.
    prev_session
        Last session with a price before day 0.
    gap_days
        Calendar days from ``prev_session`` to ``day0``.
    phase
        ``before_open``, ``in_session``, ``in_break``, ``after_close`` or ``closed_day`` at the
        moment of the news; empty outside the data.
    minutes_to_close
        Minutes from the news to the next close.
    ambiguous
        True if day 0 differs between the bounds of the moment, or the close came within 30 minutes.
    candidates
        Every session that may be day 0, in order, ``day0`` included.
    benchmark_contains_news
        True if the benchmark closed after the news, at or before the close of day 0; None if
        unknown.
    benchmark_sessions
        Benchmark closes after the previous close up to that of day 0; None if unknown.
    unscheduled_closures
        Unscheduled closures between ``prev_session`` and ``day0``.
    shared_with
        Ids of the other events with the same day 0 here.
    status, reason
        ``ok``, or why there is no day-0 return.
    """

    event_id: str
    market: str
    announced_at: datetime
    row: int | None
    day0: date | None
    prev_session: date | None
    gap_days: int | None
    phase: str
    minutes_to_close: float | None
    ambiguous: bool
    candidates: tuple[date, ...]
    benchmark_contains_news: bool | None
    benchmark_sessions: int | None
    unscheduled_closures: tuple[date, ...]
    shared_with: tuple[str, ...]
    status: Status
    reason: str


def reactions(
    events: Sequence[Event],
    sessions: Mapping[str, MarketSessions],
    *,
    benchmarks: Mapping[str, str | None],
) -> tuple[Reaction, ...]:
    """Find day 0 of every event in every market.

    Parameters
    ----------
    events
        Events with ``announced_at``, ``earliest`` and ``latest``, aware.
    sessions
        Sessions by symbol: of the markets and of their benchmarks.
    benchmarks
        Benchmark of each market to study, None where there is none; its keys are the markets.

    Returns
    -------
    tuple of Reaction
        Events in their order, and within each the markets in the order of ``benchmarks``; none
        where an event is limited to other markets.

    Raises
    ------
    InputError
        If ``sessions`` lacks a market or benchmark.

    Notes
    -----
    Phases are half-open: at the close and later is ``after_close``, at the start of the break
    ``in_break``. A session whose price alone is missing counts as a trading day for the phase; if
    day 0 would fall on it, the status is ``missing_price``: never filled, never skipped.
    """
    for symbol in [*benchmarks, *(b for b in benchmarks.values() if b is not None)]:
        if symbol not in sessions:
            raise InputError.choice("market", symbol, sessions)
    columns = []
    for symbol, name in benchmarks.items():
        benchmark = None if name is None else sessions[name]
        mine = [event for event in events if event.concerns(symbol)]
        found = iter(_market_reactions(mine, sessions[symbol], benchmark))
        columns.append([next(found) if event.concerns(symbol) else None for event in events])
    return tuple(r for row in zip(*columns, strict=True) for r in row if r is not None)


class _Place(NamedTuple):
    """Where one event falls on the axis of one market, as positions and plain values."""

    early: int
    at: int
    late: int
    status: Status
    phase: str
    minutes: float
    contains: bool
    span: int

    @property
    def inside(self) -> bool:
        return self.status not in ("no_session", "outside_data")


def _market_reactions(
    events: Sequence[Event], market: MarketSessions, benchmark: MarketSessions | None
) -> list[Reaction]:
    told = _instants([event.announced_at for event in events])
    at = first_close_after(market.close_at, told)
    contains, span = _benchmark_news(market, benchmark, told, at)
    places = map(
        _Place,
        first_close_after(market.close_at, _instants([e.earliest for e in events])).tolist(),
        at.tolist(),
        first_close_after(market.close_at, _instants([e.latest for e in events])).tolist(),
        _statuses(market, at),
        _phases(market, told, at).tolist(),
        _minutes_left(market, told, at).tolist(),
        contains.tolist(),
        span.tolist(),
    )
    found = [_reaction(market, *pair) for pair in zip(events, places, strict=True)]
    return _with_shared(found)


def _reaction(market: MarketSessions, event: Event, place: _Place) -> Reaction:
    day0 = _day(market, place.at) if place.status in ("ok", "missing_return") else None
    previous = _previous_priced(market, place.at) if day0 else None
    near = place.minutes < NEAR_CLOSE_MINUTES
    seen = day0 is not None and place.span >= 0
    return Reaction(
        event_id=event.id,
        market=market.market.symbol,
        announced_at=event.announced_at,
        row=None if day0 is None else place.at,
        day0=day0,
        prev_session=previous,
        gap_days=(day0 - previous).days if day0 and previous else None,
        phase=place.phase if place.inside else "",
        minutes_to_close=place.minutes if place.inside else None,
        ambiguous=place.inside and (place.early != place.late or near),
        candidates=_candidates(market, place, near_close=near) if place.inside else (),
        benchmark_contains_news=place.contains if seen else None,
        benchmark_sessions=place.span if seen else None,
        unscheduled_closures=tuple(
            day for day in market.closures if previous and day0 and previous < day < day0
        ),
        shared_with=(),
        status=place.status,
        reason=_reason(market, event, place.at, place.status),
    )


def _instants(moments: Sequence[datetime]) -> Instants:
    naive = [moment.astimezone(UTC).replace(tzinfo=None) for moment in moments]
    return np.array(naive, dtype="datetime64[us]")


def _statuses(market: MarketSessions, at: NDArray[np.intp]) -> list[Status]:
    count = len(market.session)
    if not count:
        return ["no_session"] * len(at)
    outside = (at == 0) | (at == count)
    missing = np.isnan(market.price)
    here = np.minimum(at, count - 1)
    names = np.select(
        [outside, missing[here], missing[here - 1]],
        ["outside_data", "missing_price", "missing_return"],
        "ok",
    )
    return cast(list[Status], names.tolist())


def _minutes_left(
    market: MarketSessions, instants: Instants, at: NDArray[np.intp]
) -> NDArray[np.float64]:
    closes = np.append(market.close_at, np.datetime64("NaT", "s"))
    left: NDArray[np.float64] = (closes[at] - instants) / np.timedelta64(1, "m")
    return left


def _phases(market: MarketSessions, instants: Instants, at: NDArray[np.intp]) -> NDArray[np.str_]:
    if not len(market.session):
        return np.full(len(instants), "closed_day")
    next_one = np.minimum(at, len(market.session) - 1)  # may have opened the evening before
    opened = (instants >= market.open_at[next_one]) & (instants < market.close_at[next_one])
    pausing = (instants >= market.break_start[next_one]) & (instants < market.break_end[next_one])
    today = local_time(instants, market.timezone).astype("datetime64[D]")
    here = np.minimum(np.searchsorted(market.session, today), len(market.session) - 1)
    return np.select(
        [
            opened & pausing,
            opened,
            market.session[here] != today,
            instants < market.open_at[here],
        ],
        ["in_break", "in_session", "closed_day", "before_open"],
        "after_close",
    )


def _benchmark_news(
    market: MarketSessions,
    benchmark: MarketSessions | None,
    told: Instants,
    at: NDArray[np.intp],
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return whether the benchmark holds the news on day 0, and its closes in it (-1: unknown)."""
    contains, span = np.zeros(len(told), dtype=bool), np.full(len(told), -1)
    inside = (at > 0) & (at < len(market.session))
    if benchmark is None or not len(benchmark.session) or not inside.any():
        return contains, span
    start, end = market.close_at[at[inside] - 1], market.close_at[at[inside]]
    closes = benchmark.close_at
    contains[inside] = contains_news(told[inside], end, closes)
    known = (start >= closes[0]) & (end < benchmark.known_until)
    count = first_close_after(closes, end) - first_close_after(closes, start)
    span[inside] = np.where(known, count, -1)
    return contains, span


def _candidates(market: MarketSessions, place: _Place, *, near_close: bool) -> tuple[date, ...]:
    """Return the sessions with a price that may be day 0."""
    last = max(place.late, place.at + 1) if near_close else place.late
    rows = np.arange(max(place.early, 1), min(last, len(market.session) - 1) + 1)
    return tuple(market.session[rows[np.isfinite(market.price[rows])]].tolist())


def _day(market: MarketSessions, at: int) -> date:
    day: date = market.session[at].item()
    return day


def _previous_priced(market: MarketSessions, at: int) -> date | None:
    rows = np.flatnonzero(np.isfinite(market.price[:at]))
    return _day(market, rows[-1]) if len(rows) else None


def _reason(market: MarketSessions, event: Event, at: int, status: Status) -> str:
    symbol = market.market.symbol
    if status == "outside_data":
        return (
            f"`announced_at` {event.announced_at:%Y-%m-%dT%H:%MZ} lies outside the closes of "
            f"{symbol}, which run from {market.session[0]} to {market.session[-1]}: day 0 needs a "
            "close before and one after the news. Load prices that reach further."
        )
    if status == "missing_price":
        return (
            f"{symbol} has no price on {market.session[at]}, which would be day 0, and no closure "
            "explains that: a price is never filled or skipped. Complete the prices of that day."
        )
    if status == "missing_return":
        return (
            f"{symbol} has no price on {market.session[at - 1]}, the session before day 0 "
            f"{market.session[at]}: a return needs both closes. Complete the prices of that day."
        )
    if status == "no_session":
        return (
            f"the calendar of {market.market.exchange} has no session in the span of the prices of "
            f"{symbol}: day 0 is a session. Check the dates of the prices."
        )
    return ""


def _with_shared(found: list[Reaction]) -> list[Reaction]:
    """Name beside each reaction the other events with the same day 0."""
    by_day: dict[date | None, list[str]] = {}
    for reaction in found:
        by_day.setdefault(reaction.day0, []).append(reaction.event_id)
    return [
        replace(
            reaction,
            shared_with=tuple(
                other
                for other in by_day[reaction.day0]
                if other != reaction.event_id and reaction.day0
            ),
        )
        for reaction in found
    ]
