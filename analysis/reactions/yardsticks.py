"""The same reactions by every yardstick: each benchmark of a market, and in total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.reactions.market_data import MarketData, against, sort_rows
from analysis.reactions.panel import reaction_panel
from analysis.reactions.placebo import placebo_table

YARDSTICK_COLUMNS = [
    "event_id", "market", "benchmark", "ar", "scale", "p", "low", "high", "model", "day0",
    "statistic", "q", "k", "n_beyond", "n", "bound",
]  # fmt: skip
_NAMES = {"estimate": "ar", "p_value": "p"}


def yardstick_table(market_data: MarketData, placebo: pd.DataFrame) -> pd.DataFrame:
    """One row per reaction on day 0 and yardstick, with its interval.

    Parameters
    ----------
    market_data
        Markets, each with all its benchmarks.
    placebo
        The ``placebo`` table: the run's own benchmark and the total reaction.

    Returns
    -------
    DataFrame
        ``benchmark`` is empty where the reaction is the total one. Every benchmark is aligned by
        the clock with its market, and its reaction is held against the same statistic on ordinary
        days.
    """
    parts = [_placed(market_data, placebo), *_others(market_data)]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    table = table[(table["window"] == "[0,0]") & ~table["candidate"].astype(bool)]
    table = table.rename(columns=_NAMES)[YARDSTICK_COLUMNS]
    return sort_rows(table, ["event_id", "market", "benchmark"])


def _placed(market_data: MarketData, placebo: pd.DataFrame) -> pd.DataFrame:
    """Name the benchmark of each row of the placebo table; windows without day 0 are computed."""
    if not (placebo["window"] == "[0,0]").any():
        day = _on_day_zero(market_data)
        placebo = placebo_table(day, reaction_panel(day))
    own = placebo["market"].map(dict(market_data.benchmarks))
    return placebo.assign(benchmark=own.where(~placebo["model"].isin(WITHOUT_BENCHMARK), ""))


def _others(market_data: MarketData) -> Iterator[pd.DataFrame]:
    if market_data.run.study.model in WITHOUT_BENCHMARK:
        return
    for market, symbols in market_data.yardsticks.items():
        for benchmark in symbols[1:]:
            other = _on_day_zero(against(market_data, market, benchmark))
            found = placebo_table(other, reaction_panel(other))
            yield found[found["model"] == market_data.run.study.model].assign(benchmark=benchmark)


def _on_day_zero(market_data: MarketData) -> MarketData:
    return replace(market_data, run=market_data.run.with_study(windows=((0, 0),)))
