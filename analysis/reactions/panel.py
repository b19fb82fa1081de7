"""From markets with their own sessions to the event panel of the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from analysis.sessions import AlignedReturns, MarketSessions
from analysis.engine.panel import _DAY_SECONDS, EventPanel


def panel_from_markets(
    keys: Sequence[tuple[str, str, int]],
    sessions: Mapping[str, MarketSessions],
    aligned: Mapping[str, AlignedReturns],
    *,
    benchmark: str = "benchmark",
    announced_at: Sequence[np.datetime64] | None = None,
) -> EventPanel:
    """Build a panel from markets that keep their own sessions.

    Parameters
    ----------
    keys
        ``(event_id, market, row of day 0)`` for every row of the panel; -1 where there is no day 0
        (it then needs an outcome from elsewhere and is marked ``no_session`` here).
    sessions, aligned
        Sessions and clock-aligned returns of each market.
    benchmark
        Name of the one factor.
    announced_at
        Instant of the news (UTC) of every row; pairs sessions of different time zones in tests
        that need the dependence between rows. Without it, markets of different exchanges are
        taken to share no session.
    """
    markets = tuple(sessions)
    longest = max(len(sessions[name].session) for name in markets)
    stack = _Stacker(longest, markets)
    column = np.array([markets.index(market) for _, market, _ in keys], dtype=np.intp)
    row = np.array([at for _, _, at in keys], dtype=np.intp)
    placed = row >= 0
    label = stack.join(
        {name: sessions[name].session for name in markets}, np.datetime64("NaT", "D")
    )
    exchanges = [sessions[name].market.exchange for name in markets]
    ids = {
        name: sessions[name].session.astype("datetime64[D]").astype(np.int64) * len(markets)
        + exchanges.index(exchange)
        for name, exchange in zip(markets, exchanges, strict=True)
    }
    closes = {
        name: sessions[name].close_at.astype("datetime64[s]").astype(np.int64) for name in markets
    }
    return EventPanel(
        event_id=np.array([event for event, _, _ in keys], dtype=object),
        security=np.array([market for _, market, _ in keys], dtype=object),
        column=column,
        row=row,
        securities=markets,
        returns=stack.join({name: aligned[name].ret for name in markets}, np.nan),
        factors=stack.join({name: aligned[name].benchmark_ret for name in markets}, np.nan)[
            ..., None
        ],
        factor_names=(benchmark,),
        session_id=stack.join(ids, np.int64(-1)),
        label=label,
        status=np.where(placed, "ok", "no_session").astype(object),
        reason=np.where(placed, "", "no session with a price").astype(object),
        span=stack.join({name: aligned[name].span for name in markets}, np.int64(0)),
        close_at=stack.join(closes, np.int64(0)),
        clock=None if announced_at is None else _clock(announced_at),
    )


def _clock(announced_at: Sequence[np.datetime64]) -> npt.NDArray[np.int64]:
    seconds = np.array(announced_at, dtype="datetime64[s]").astype(np.int64)
    return np.asarray(seconds % _DAY_SECONDS)


@dataclass(frozen=True, slots=True)
class _Stacker:
    """Pads arrays of different length to one matrix, one column per market."""

    length: int
    markets: tuple[str, ...]

    def join(self, parts: Mapping[str, npt.NDArray[np.generic]], fill: object) -> npt.NDArray:  # type: ignore[type-arg]
        first = parts[self.markets[0]]
        out = np.full((self.length, len(self.markets)), fill, dtype=first.dtype)
        for j, name in enumerate(self.markets):
            out[: len(parts[name]), j] = parts[name]
        return out
