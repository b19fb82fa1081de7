"""Ordinary returns of two markets, paired by the clock or, the naive way, by the date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from analysis.reactions.market_data import MarketData, event_instant
from analysis.sessions import aligned_returns, first_close_after

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, repr=False)
class ClockPair:
    """Two markets on the follower's sessions.

    Attributes
    ----------
    leader, follower : str
        The leader closes first after the usual event.
    x, y : ndarray of shape (R,)
        The leader's return compounded over the follower's interval, and the follower's; NaN where
        there is none or the leader had no close in it.
    last : ndarray of shape (R,)
        The leader's last session before each close of the follower; -1 if none.
    span : ndarray of shape (R,)
        Closes of the leader in the interval.
    news : ndarray of bool, shape (R,)
        A catalogued day 0 of either market lies in the interval.
    """

    leader: str
    follower: str
    x: Floats
    y: Floats
    last: Ints
    span: Ints
    news: Bools

    @property
    def quiet(self) -> tuple[Floats, Floats]:
        """Both returns where both are known and no catalogued day 0 lies in the interval."""
        keep = ~self.news & np.isfinite(self.x) & np.isfinite(self.y)
        return self.x[keep], self.y[keep]


def clock_pair(market_data: MarketData, leader: str, follower: str) -> ClockPair:
    """Lay the leader's returns on the follower's sessions (METHODS section 2)."""
    first, second = market_data.sessions[leader], market_data.sessions[follower]
    kind = market_data.run.study.return_kind
    paired = aligned_returns(second, first, return_kind=kind)
    held = np.concatenate([[0], np.cumsum(market_data.event_days[leader])])
    at = first_close_after(first.close_at, second.close_at)
    news = np.diff(held[at], prepend=0) > 0
    return ClockPair(
        leader=leader,
        follower=follower,
        x=np.where(paired.span > 0, paired.benchmark_ret, np.nan),
        y=paired.ret,
        last=(at - 1).astype(np.int64),
        span=paired.span,
        news=news | market_data.event_days[follower],
    )


def clock_pairs_of(market_data: MarketData) -> Iterator[ClockPair]:
    """Yield every pair of study markets, leader first.

    The leader closes first after the usual event, which comes at the median UTC time of day of the
    catalogue; each market is placed by its median closing time after that.
    """
    wait = _waits(market_data)
    for a, b in combinations([m.symbol for m in market_data.markets], 2):
        yield clock_pair(market_data, *((a, b) if wait[a] <= wait[b] else (b, a)))


def _waits(market_data: MarketData) -> Mapping[str, float]:
    day = 86400
    moments = np.array(
        [event_instant(event) for event in market_data.events], dtype="datetime64[s]"
    )
    usual = float(np.median(moments.astype(np.int64) % day)) if len(moments) else 0.0

    def wait(market: str) -> float:
        closes = market_data.sessions[market].close_at.astype("datetime64[s]").astype(np.int64)
        return float(np.median((closes - usual) % day))

    return {m.symbol: wait(m.symbol) for m in market_data.markets}


def same_date_pairs(market_data: MarketData) -> Iterator[tuple[Floats, Floats]]:
    """Yield each pair's returns by calendar date, without catalogued day 0s of either market."""
    quiet = {}
    for market in (m.symbol for m in market_data.markets):
        keep = ~market_data.event_days[market]
        quiet[market] = (
            market_data.sessions[market].session[keep],
            market_data.aligned[market].ret[keep],
        )
    for a, b in combinations(quiet.values(), 2):
        _, at, there = np.intersect1d(a[0], b[0], assume_unique=True, return_indices=True)
        x, y = a[1][at], b[1][there]
        known = ~(np.isnan(x) | np.isnan(y))
        yield x[known], y[known]
