"""Placebo instants: where an instant at an event's time of day would fall, on every weekday.

The bridge from sessions and times to the arrays of :mod:`analysis.engine.inference.joint_placebo`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.engine.inference.joint_placebo import BLOCK_GAP, Layout
from analysis.reactions.market_data import MarketData, event_instant
from analysis.sessions import first_close_after

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


#: A draw that leaves more than this share of the reactions blank is drawn again, so many times.
MOST_BLANK, MOST_ROUNDS = 0.5, 100


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
        Weekdays of the whole calendar, UTC dates, ascending.
    position : ndarray of shape (n_events,)
        Day of each event, in weekdays.
    row : ndarray of shape (n_events, n_days, n_markets)
        Day 0, a position on the market's own axis, of an instant at the event's time of day; -1
        (blank) where that market has no full windows there, or a catalogued day 0. A day stays
        although other markets are blank on it.
    cell : ndarray of bool, shape (n_events, n_markets)
        Distinct reactions: the first event of each day 0 of a market.
    """

    event_ids: tuple[str, ...]
    markets: tuple[str, ...]
    day: npt.NDArray[np.datetime64]
    position: Ints
    row: Ints
    cell: Bools

    def draw(
        self, n_draws: int, rng: np.random.Generator, *, block_gap: int | None = BLOCK_GAP
    ) -> Ints:
        """Draw placebo days of all events, shape (n_draws, n_events).

        Draws that leave more than half of the distinct reactions blank are drawn again, at most
        100 times.
        """
        laid = Layout.of(self.position, len(self.day), block_gap)
        start, most = laid.starts(n_draws, rng), MOST_BLANK * max(int(self.cell.sum()), 1)
        blank, block = self._blank_from(laid), np.arange(len(laid.length))
        for _ in range(MOST_ROUNDS):
            again = np.flatnonzero(blank[block, start].sum(axis=1) > most)
            if not len(again):
                break
            start[again] = laid.starts(len(again), rng)
        return laid.days(start)

    def _blank_from(self, laid: Layout) -> Ints:
        """Count the blank reactions of a block laid at each day, shape (n_blocks, n_days).

        A draw is judged by the sum over its blocks, without laying out its events.
        """
        found = np.zeros((len(laid.length), laid.n_days), dtype=np.int64)
        day = np.arange(laid.n_days)
        for event, market in zip(*np.nonzero(self.cell), strict=True):
            there = (day + laid.offset[event]) % laid.n_days
            found[laid.block[event]] += self.row[event, there, market] < 0
        return found

    def circle(self) -> Ints:
        """Move the whole catalogue to every day as one, shape (n_shifts, n_events).

        Shifts that leave more than half of the reactions blank are left out.
        """
        start = np.arange(len(self.day))[:, None]
        drawn: Ints = (start + self.position - self.position.min()) % len(self.day)
        return drawn[self.blank_share(drawn) <= MOST_BLANK]

    def blank_share(self, drawn: Ints) -> npt.NDArray[np.float64]:
        """Return the share of the distinct reactions that is blank in each draw."""
        blank = np.zeros(len(drawn))
        for event, market in zip(*np.nonzero(self.cell), strict=True):
            blank += self.row[event, drawn[:, event], market] < 0
        return np.asarray(blank / max(int(self.cell.sum()), 1))

    def rows(self, drawn: Ints, event: Ints, market: str) -> Ints:
        """Return day-0 rows of some events in one market, shape (n_draws, len(event)); -1: none."""
        found: Ints = self.row[event, drawn[:, event], self.markets.index(market)]
        return found

    def values(
        self, drawn: Ints, event: Ints, market: str, values: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return figures of one market at drawn day 0s, shape (n_draws, len(event)); NaN: blank.

        Parameters
        ----------
        drawn, event, market
            Days, positions of events and the market, as in `rows`.
        values : ndarray of shape (R,)
            A figure at every session of the market.
        """
        row = self.rows(drawn, event, market)
        return np.where(row < 0, np.nan, values[row])


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
    day 0 everywhere. The pool is each market's own (METHODS section 7): days that are blank in
    one market are kept for the others, since dropping them would leave the calmer days only. Where
    most of the calendar is blank (its start has no full estimation windows), the axis runs from the
    first to the last day that counts in any market.
    """
    markets = tuple(m.symbol for m in market_data.markets)
    dates, seconds = _moments(events)
    calendar = _weekdays(market_data, markets)
    clock, inverse = np.unique(seconds, return_inverse=True)
    row = np.empty((len(clock), len(calendar), len(markets)), dtype=np.int64)
    instants = calendar.astype("datetime64[s]") + clock[:, None].astype("timedelta64[s]")
    for j, market in enumerate(markets):
        found = first_close_after(market_data.sessions[market].close_at, instants)
        row[..., j] = np.where(np.append(admissible[market], False)[found], found, -1)
    inside = _axis(row >= 0)
    return PlaceboInstants(
        event_ids=tuple(event.id for event in events),
        markets=markets,
        day=calendar[inside],
        position=np.busday_count(np.datetime64("1970-01-01"), dates).astype(np.int64),
        row=row[inverse][:, inside],
        cell=_cells(market_data, events, markets, [bool(admissible[m].any()) for m in markets]),
    )


def _axis(counts: Bools) -> slice:
    """Return the part of the calendar to draw from; shape of counts (times, days, markets)."""
    days = np.flatnonzero(counts.any(axis=(0, 2)))
    if not len(days):
        return slice(0)
    used = counts[..., counts.any(axis=(0, 1))]
    return slice(None) if used.mean() >= 1 - MOST_BLANK else slice(days[0], days[-1] + 1)


def _cells(
    market_data: MarketData, events: Sequence[Event], markets: Sequence[str], used: Sequence[bool]
) -> Bools:
    """Mark the first event of every day 0 of the markets that have placebo sessions at all."""
    day0 = {(r.event_id, r.market): r.day0 for r in market_data.reactions if r.day0 is not None}
    cell = np.zeros((len(events), len(markets)), dtype=bool)
    for j, market in enumerate(markets):
        days = {day0.get((event.id, market)): i for i, event in reversed([*enumerate(events)])}
        days = days if used[j] else {}
        cell[[i for day, i in days.items() if day is not None], j] = True
    return cell


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
