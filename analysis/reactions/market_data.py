"""What a study of markets stands on: sessions, aligned returns and reactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.models import TOTAL_REACTION
from analysis.engine.results import EventStudyResult
from analysis.errors import InputError
from analysis.reactions.run_spec import RunSpec
from analysis.sessions import (
    AlignedReturns,
    MarketSessions,
    Reaction,
    aligned_returns,
    market_sessions,
    reactions,
)

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event
    from analysis.seeds.markets import Market
    from analysis.sessions.closures import Corrections


@dataclass(frozen=True, eq=False, repr=False)
class MarketData:
    """Everything a run computes with: who, when, and aligned returns.

    ``benchmarks`` has the one of the run, ``yardsticks`` all of a market, that one first.
    """

    run: RunSpec
    events: tuple[Event, ...]
    markets: tuple[Market, ...]
    sessions: Mapping[str, MarketSessions]
    benchmarks: Mapping[str, str]
    yardsticks: Mapping[str, tuple[str, ...]]
    aligned: Mapping[str, AlignedReturns]
    reactions: tuple[Reaction, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The chosen model and, as a benchmark removes what is common news, the total reaction."""
        return tuple(dict.fromkeys([self.run.study.model, TOTAL_REACTION]))

    def reactions_of(self, market: str) -> list[Reaction]:
        """Return the reactions of all catalogued events in one market."""
        return list(self._of_market.get(market, ()))

    @cached_property
    def _of_market(self) -> dict[str, list[Reaction]]:
        found: dict[str, list[Reaction]] = {}
        for reaction in self.reactions:
            found.setdefault(reaction.market, []).append(reaction)
        return found

    @cached_property
    def event_days(self) -> Mapping[str, npt.NDArray[np.bool_]]:
        """For each market, which of its sessions are the day 0 of a catalogued event."""
        return {m.symbol: self._event_days(m.symbol) for m in self.markets}

    def _event_days(self, market: str) -> npt.NDArray[np.bool_]:
        day0 = [np.datetime64(r.day0, "D") for r in self.reactions_of(market) if r.day0]
        return np.isin(self.sessions[market].session, np.array(day0, dtype="datetime64[D]"))


def needed_symbols(seeds: Seeds, run: RunSpec) -> tuple[str, ...]:
    """Return the symbols a run needs prices of: markets, benchmarks and sister series."""
    chosen = (
        [seeds.market(symbol) for symbol in run.markets]
        if run.markets
        else list(seeds.study_markets)
    )
    benchmarks = [symbol for market in chosen for symbol in benchmarks_of(market, run)]
    exchanges = {seeds.market(symbol).exchange for symbol in benchmarks}
    exchanges |= {market.exchange for market in chosen}
    sisters = [m.symbol for m in seeds.markets if m.exchange in exchanges]
    return tuple(dict.fromkeys([*(m.symbol for m in chosen), *benchmarks, *sisters]))


def benchmark_of(market: Market, run: RunSpec) -> str:
    """Return the symbol a market is measured against; it must be another series."""
    benchmark = run.benchmark or market.benchmark
    if benchmark is None or benchmark == market.symbol:
        raise InputError(
            "benchmark",
            benchmark,
            f"market {market.symbol!r} needs a benchmark other than itself.",
            "Name one with --benchmark or in seeds/markets.yaml.",
        )
    return benchmark


def benchmarks_of(market: Market, run: RunSpec) -> tuple[str, ...]:
    """Return every symbol a market is measured against, the run's own choice alone if it has one.

    The market itself is no benchmark of its own.
    """
    first = benchmark_of(market, run)
    further = () if run.benchmark else market.benchmarks
    return tuple(dict.fromkeys([first, *(b for b in further if b != market.symbol)]))


def lay_ground(seeds: Seeds, prices: Prices, run: RunSpec, corrections: Corrections) -> MarketData:
    """Place all catalogued events in the chosen markets and align their returns."""
    markets = (
        tuple(seeds.market(symbol) for symbol in run.markets)
        if run.markets
        else seeds.study_markets
    )
    for event_id in run.events or ():
        _check_concerned(seeds.event(event_id), markets)
    benchmarks = {m.symbol: benchmark_of(m, run) for m in markets}
    every = {m.symbol: benchmarks_of(m, run) for m in markets}
    series = {m.symbol: m for m in markets}
    series |= {b: seeds.market(b) for found in every.values() for b in found}
    sessions = {
        symbol: market_sessions(market, prices, corrections=corrections)
        for symbol, market in series.items()
    }
    aligned = {
        m.symbol: aligned_returns(
            sessions[m.symbol],
            sessions[benchmarks[m.symbol]],
            return_kind=run.study.return_kind,
        )
        for m in markets
    }
    chosen_sessions = {m.symbol: sessions[m.symbol] for m in markets}
    events = tuple(sorted(seeds.events, key=lambda event: (event.announced_at, event.id)))
    found = reactions(events, sessions, benchmarks=benchmarks)
    return MarketData(
        run=run,
        events=events,
        markets=markets,
        sessions=sessions,
        benchmarks=benchmarks,
        yardsticks=every,
        aligned=aligned,
        reactions=tuple(r for r in found if r.market in chosen_sessions),
    )


def _check_concerned(event: Event, markets: Sequence[Market]) -> None:
    if not any(event.concerns(market.symbol) for market in markets):
        raise InputError(
            "markets",
            [market.symbol for market in markets],
            f"event {event.id!r} is studied in {', '.join(event.markets or ())} alone.",
            "Choose one of these with --market, or widen `markets` of the event.",
        )


def against(market_data: MarketData, market: str, benchmark: str) -> MarketData:
    """Return the data of one market, its returns aligned with another benchmark."""
    aligned = aligned_returns(
        market_data.sessions[market],
        market_data.sessions[benchmark],
        return_kind=market_data.run.study.return_kind,
    )
    return replace(
        market_data,
        markets=tuple(m for m in market_data.markets if m.symbol == market),
        benchmarks={market: benchmark},
        aligned={market: aligned},
        reactions=reactions(
            market_data.events, market_data.sessions, benchmarks={market: benchmark}
        ),
    )


def reaction_keys(result: EventStudyResult) -> pd.DataFrame:
    """Return event_id, market, day0 and candidate of every usable row of a result."""
    ids = result.panel.event_id[result.rows]
    return pd.DataFrame(
        {
            "event_id": ids.astype(str),
            "market": result.panel.security[result.rows].astype(str),
            "day0": iso_dates(day_labels(result, 0)),
            "candidate": result.panel.is_candidate[result.rows],
        }
    )


def day_labels(result: EventStudyResult, day: int) -> npt.NDArray[np.datetime64]:
    """Return the date of one event day for every usable row."""
    ab = result.abnormal
    return np.asarray(result.panel.label[ab.row + day, ab.column])


def sort_rows(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Sort by columns and number the rows anew."""
    return frame.sort_values(columns, kind="stable").reset_index(drop=True)


def event_instant(event: Event) -> np.datetime64:
    """Return the best estimate of the instant, UTC."""
    return np.datetime64(event.announced_at.replace(tzinfo=None), "s")


def iso_day(day: object) -> str:
    """Write a date as YYYY-MM-DD, empty if there is none."""
    return "" if day is None else str(day)


def iso_dates(values: npt.NDArray[np.datetime64]) -> npt.NDArray[np.str_]:
    """Write dates as YYYY-MM-DD."""
    return np.datetime_as_string(values.astype("datetime64[D]"))
