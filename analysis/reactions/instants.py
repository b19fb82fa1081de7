"""Placebo instants: where an instant at an event's time of day would fall, on every quiet day.

The bridge from sessions and times to the arrays of :mod:`analysis.engine.inference.joint_placebo`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.engine.inference.joint_placebo import BLOCK_GAP, placebo_positions
from analysis.reactions.market_data import MarketData, event_instant

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class PlaceboInstants:
    """The days a catalogue can be moved to, and the day 0 of every event there.

    Attributes
    ----------
    event_ids : tuple of str
        The events, in the order of the axes below.
    markets : tuple of str
        Symbols, in the order of the last axis of ``row``.
    day : ndarray of shape (n_days,), datetime64[D]
        Admissible weekdays, UTC dates, ascending: an instant at any of the events' times of day
        finds, in every market, a day 0 that has full windows and is no catalogued day 0.
    position : ndarray of shape (n_events,)
        Day of each event, in weekdays.
    row : ndarray of shape (n_events, n_days, n_markets)
        Day 0, a position on the market's own axis, of an instant at the event's time of day.
    """

    event_ids: tuple[str, ...]
    markets: tuple[str, ...]
    day: npt.NDArray[np.datetime64]
    position: Ints
    row: Ints

    def draw(
        self, n_draws: int, rng: np.random.Generator, *, block_gap: int | None = BLOCK_GAP
    ) -> Ints:
        """Draw placebo days of all events, shape (n_draws, n_events)."""
        return placebo_positions(
            self.position, len(self.day), n_draws=n_draws, rng=rng, block_gap=block_gap
        )

    def rows(self, drawn: Ints, event: Ints, market: str) -> Ints:
        """Return the day-0 rows of some events in one market, shape (n_draws, len(event))."""
        column = self.markets.index(market)
        found: Ints = self.row[event, drawn[:, event], column]
        return found


def placebo_instants(
    market_data: MarketData, events: Sequence[Event], admissible: Mapping[str, Bools]
) -> PlaceboInstants:
    """Lay out the days a catalogue can be moved to.

    Parameters
    ----------
    market_data
        Sessions of the markets.
    events
        Events that are moved.
    admissible
        For each market, which of its sessions may be a placebo day 0; shape (R,).

    Notes
    -----
    Times of day are kept in UTC. An instant on a weekend counts as Monday 00:00, which has the same
    day 0 everywhere; a day on which no market trades is left out.
    """
    markets = tuple(m.symbol for m in market_data.markets)
    dates, seconds = _moments(events)
    calendar = _weekdays(market_data, markets)
    clock, inverse = np.unique(seconds, return_inverse=True)
    row = np.empty((len(clock), len(calendar), len(markets)), dtype=np.int64)
    quiet = np.zeros(len(calendar), dtype=bool)
    for j, market in enumerate(markets):
        sessions = market_data.sessions[market]
        instants = calendar.astype("datetime64[s]") + clock[:, None].astype("timedelta64[s]")
        row[..., j] = np.searchsorted(sessions.close_at, instants, side="right")
        quiet |= np.isin(calendar, sessions.session)
    for j, market in enumerate(markets):
        may = np.append(admissible[market], False)
        quiet &= may[row[..., j]].all(axis=0)
    return PlaceboInstants(
        event_ids=tuple(event.id for event in events),
        markets=markets,
        day=calendar[quiet],
        position=np.busday_count(np.datetime64("1970-01-01"), dates).astype(np.int64),
        row=row[inverse][:, quiet],
    )


def _moments(events: Sequence[Event]) -> tuple[npt.NDArray[np.datetime64], Ints]:
    """Return the UTC weekday and the second of the day of every event."""
    instants = np.array([event_instant(event) for event in events], dtype="datetime64[s]")
    dates = instants.astype("datetime64[D]")
    seconds = (instants - dates).astype(np.int64)
    working = np.is_busday(dates)
    return np.busday_offset(dates, 0, roll="forward"), np.where(working, seconds, 0)


def _weekdays(market_data: MarketData, markets: Sequence[str]) -> npt.NDArray[np.datetime64]:
    first = min(market_data.sessions[m].session[0] for m in markets)
    last = max(market_data.sessions[m].session[-1] for m in markets)
    days = np.arange(first, last + np.timedelta64(1, "D"))
    return days[np.is_busday(days)]
