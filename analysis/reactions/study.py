"""The study of dated events in several markets: reactions, fits, abnormal returns and tests.

The tables are each computed once; notebooks and pages only read them.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import pandas as pd

from analysis.engine.study import estimate
from analysis.errors import StudyError
from analysis.reactions.joint import N_DRAWS, family_table, pooled_table
from analysis.reactions.market_data import MarketData, lay_ground, reaction_panel, sort_rows
from analysis.reactions.overnight import overnight_table
from analysis.reactions.placebo import placebo_table
from analysis.reactions.pooled import direction_table, event_tests, pooled_tests
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.tables import abnormal_table, fit_table, reaction_table
from analysis.reactions.together import placebo_day_table, together_tables
from analysis.seeds.claims import judge_all

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.seeds.catalogue import Seeds
    from analysis.sessions.closures import Corrections


@dataclass(frozen=True, eq=False, repr=False)
class MarketStudy:
    """What one run found, as the tables that go to disk (columns: seeds/README and DESIGN).

    Attributes
    ----------
    run : RunSpec
        What was asked.
    reactions, fits, abnormal_returns, tests, placebo, directions, claims : DataFrame
        One row per reaction; per fit; per event day; per test; per placebo comparison; per
        category and market, signed by the direction the articles implied; per claim, with its
        verdict from closes.
    correlations, placebo_correlations, reaction_pairs, placebo_days : DataFrame
        Reactions together: per pair of markets and kind; per placebo draw; per pair of day 0s;
        per placebo session of each market.
    family, pooled : DataFrame
        Joint placebo: family-wise p per reaction; per category and market, signed as implied.
    """

    run: RunSpec
    reactions: pd.DataFrame
    fits: pd.DataFrame
    abnormal_returns: pd.DataFrame
    tests: pd.DataFrame
    placebo: pd.DataFrame
    directions: pd.DataFrame
    claims: pd.DataFrame
    correlations: pd.DataFrame
    placebo_correlations: pd.DataFrame
    reaction_pairs: pd.DataFrame
    placebo_days: pd.DataFrame
    family: pd.DataFrame
    pooled: pd.DataFrame
    overnight: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by the name of their file."""
        names = [field.name for field in fields(self) if field.name != "run"]
        return {name: getattr(self, name) for name in names}


def study_markets(
    seeds: Seeds,
    prices: Prices,
    run: RunSpec,
    *,
    corrections: Corrections,
    n_draws: int = N_DRAWS,
    scheduler: str | None = None,
) -> MarketStudy:
    """Study catalogued events in the chosen markets.

    Parameters
    ----------
    seeds
        Events and markets. Day 0s of *all* catalogued events are kept out of placebo samples.
    prices
        Closes of the markets, their benchmarks and their sister series.
    run
        The method, and which events and markets to report.
    corrections
        What calendar packages get wrong.
    n_draws
        Joint placebo draws of the whole catalogue.
    scheduler
        Where they are made, as in :func:`analysis.tasks.connected`; figures do not depend on
        it.

    Raises
    ------
    InputError
        If an event, market or benchmark is unknown.
    StudyError
        If no reaction at all can be computed; the message lists the reasons.
    """
    market_data = lay_ground(seeds, prices, run, corrections)
    panel = reaction_panel(market_data)
    results = {
        model: estimate(panel, replace(run.study, model=model)) for model in market_data.models
    }
    if not any(result.usable.any() for result in results.values()):
        reasons = sorted({str(r) for result in results.values() for r in result.reason if r})
        raise StudyError(
            "no reaction can be computed:\n" + "\n".join(f"- {r}" for r in reasons[:8])
        )
    wanted = set(run.events or (event.id for event in market_data.events))
    chosen = [event for event in market_data.events if event.id in wanted]
    tables = {
        "reactions": reaction_table(market_data, results[market_data.models[0]]),
        "fits": fit_table(results),
        "abnormal_returns": abnormal_table(market_data, results),
        "placebo": placebo_table(market_data, panel),
    }
    tables = {
        name: table[table["event_id"].isin(wanted)].reset_index(drop=True)
        for name, table in tables.items()
    }
    tests = pd.concat(
        [
            event_tests(results, tables["placebo"], wanted),
            pooled_tests(market_data, chosen, panel),
        ],
        ignore_index=True,
    )
    return MarketStudy(
        run=run,
        tests=sort_rows(tests, ["scope", "event_id", "market", "window", "model", "test"]),
        directions=direction_table(market_data, chosen, panel),
        claims=judge_all(
            seeds.claims, prices.closes, names={m.symbol: m.short for m in seeds.markets}
        ),
        placebo_days=placebo_day_table(market_data, panel),
        family=family_table(
            market_data, panel, chosen, tables["placebo"], n_draws=n_draws, scheduler=scheduler
        ),
        pooled=pooled_table(market_data, panel, chosen, n_draws=n_draws),
        overnight=_overnight(market_data, prices, wanted),
        **together_tables(market_data, panel, chosen),
        **tables,
    )


def _overnight(market_data: MarketData, prices: Prices, wanted: set[str]) -> pd.DataFrame:
    """Split day-0 returns at the open; empty where the prices have no opens."""
    chosen = [reaction for reaction in market_data.reactions if reaction.event_id in wanted]
    return sort_rows(overnight_table(chosen, market_data.sessions, prices), ["event_id", "market"])
