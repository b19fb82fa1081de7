"""Pairs of day 0s: the events that two markets both saw, and their rows in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.reactions.day_zero import DayZero
from analysis.reactions.market_data import MarketData

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class EventPairs:
    """Distinct pairs of day 0s of the same events in two markets.

    Attributes
    ----------
    row_a, row_b : ndarray of shape (n_pairs,)
        Day 0s, positions on each market's axis; no pair twice.
    first : ndarray of shape (n_pairs,)
        Position among the events of the first event with this pair.
    event_ids : tuple of tuple of str
        The events of each pair.
    """

    row_a: Ints
    row_b: Ints
    first: Ints
    event_ids: tuple[tuple[str, ...], ...]


def event_pairs_of(
    market_data: MarketData, events: Sequence[Event], days: Mapping[str, DayZero]
) -> dict[tuple[str, str], EventPairs]:
    """Pair the day 0s of all markets, two by two, in the order of the markets."""
    rows = usable_rows(market_data, events, days)
    return {(a, b): paired(events, rows[a], rows[b]) for a, b in combinations(days, 2)}


def usable_rows(
    market_data: MarketData, events: Sequence[Event], days: Mapping[str, DayZero]
) -> dict[str, list[int]]:
    """Return each event's day-0 row in each market; -1 where it has no reaction there."""
    found = {}
    for market, day in days.items():
        row_of = {r.event_id: r.row for r in market_data.reactions_of(market)}
        rows = [row_of.get(event.id) for event in events]
        found[market] = [
            row if row is not None and np.isfinite(day.sar[row]) else -1 for row in rows
        ]
    return found


def paired(events: Sequence[Event], rows_a: Sequence[int], rows_b: Sequence[int]) -> EventPairs:
    """Pair the day 0s of two markets; events with the same pair are one observation."""
    found: dict[tuple[int, int], list[int]] = {}
    for i, key in enumerate(zip(rows_a, rows_b, strict=True)):
        if min(key) >= 0:
            found.setdefault(key, []).append(i)
    keys = sorted(found)
    return EventPairs(
        row_a=np.array([key[0] for key in keys], dtype=np.int64),
        row_b=np.array([key[1] for key in keys], dtype=np.int64),
        first=np.array([found[key][0] for key in keys], dtype=np.int64),
        event_ids=tuple(tuple(events[i].id for i in found[key]) for key in keys),
    )
