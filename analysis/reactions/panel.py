"""From markets with their own sessions to the event panel of the engine.

The record and its shapes: ``analysis.engine.panel``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.engine.panel import EventPanel

if TYPE_CHECKING:
    from analysis.reactions.market_data import MarketData
    from analysis.sessions import MarketSessions, Reaction


def reaction_panel(market_data: MarketData) -> EventPanel:
    """One row per reaction, and one for every other day 0 it may have had.

    Markets of one exchange share its sessions, those of different exchanges none: tests across
    events are of one market each (:func:`analysis.reactions.battery.scope_study`).
    """
    found = market_data.reactions
    sessions = {m.symbol: market_data.sessions[m.symbol] for m in market_data.markets}
    markets, aligned = tuple(sessions), market_data.aligned
    rows = [_rows(reaction, sessions[reaction.market]) for reaction in found]
    of = np.repeat(np.arange(len(found)), [len(row) for row in rows])
    candidate = np.arange(len(of)) > np.searchsorted(of, of)  # all but the first of a reaction
    stack = _Stacker(max(len(held.session) for held in sessions.values()), markets)
    return EventPanel(
        event_id=np.array([r.event_id for r in found], dtype=object)[of],
        security=np.array([r.market for r in found], dtype=object)[of],
        column=np.array([markets.index(r.market) for r in found], dtype=np.intp)[of],
        row=np.concatenate([np.empty(0, dtype=np.intp), *rows]),
        securities=markets,
        returns=stack.join({name: aligned[name].ret for name in markets}, np.nan),
        factors=stack.join({name: aligned[name].benchmark_ret for name in markets}, np.nan)[
            ..., None
        ],
        factor_names=("benchmark",),
        session_id=stack.join(_session_ids(sessions), np.int64(-1)),
        label=stack.join({name: sessions[name].session for name in markets}, np.datetime64("NaT")),
        status=np.where(candidate, "ok", np.array([r.status for r in found], dtype=object)[of]),
        reason=np.where(candidate, "", np.array([r.reason for r in found], dtype=object)[of]),
        span=stack.join({name: aligned[name].span for name in markets}, np.int64(0)),
        candidate=candidate,
    )


def _rows(reaction: Reaction, sessions: MarketSessions) -> npt.NDArray[np.intp]:
    """Return the row of day 0 (-1: none), then those of the other days it may have been."""
    others = [day for day in reaction.candidates if day != reaction.day0]
    first = -1 if reaction.row is None else reaction.row
    return np.append(np.intp(first), sessions.rows(others))


def _session_ids(sessions: Mapping[str, MarketSessions]) -> dict[str, npt.NDArray[np.int64]]:
    """Return numbers of sessions: equal ones are the same day of the same exchange."""
    exchanges = [held.market.exchange for held in sessions.values()]
    return {
        name: held.session.astype("datetime64[D]").astype(np.int64) * len(exchanges)
        + exchanges.index(held.market.exchange)
        for name, held in sessions.items()
    }


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
