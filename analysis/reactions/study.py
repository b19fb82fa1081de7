"""The study of dated events in several markets: reactions, fits, abnormal returns and tests.

The tables are each computed once; notebooks and pages only read them.
Normal and abnormal returns: ``analysis.engine.study``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.engine.study import estimate
from analysis.errors import StudyError
from analysis.files import give_back_memory
from analysis.reactions.as_implied import pooled_table
from analysis.reactions.claim_codes import with_codes
from analysis.reactions.directions import direction_table
from analysis.reactions.doubts import variant_table
from analysis.reactions.joint import N_DRAWS, joint_tables
from analysis.reactions.market_data import MarketData, lay_ground, sort_rows
from analysis.reactions.minutes import COLUMNS
from analysis.reactions.overnight import overnight_table
from analysis.reactions.panel import reaction_panel
from analysis.reactions.placebo import placebo_table
from analysis.reactions.pooled import event_tests, pooled_tests
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.study_tables import TABLES, StudyTables
from analysis.reactions.tables import abnormal_table, fit_table, reaction_table
from analysis.reactions.together import placebo_day_table, together_tables
from analysis.reactions.yardsticks import yardstick_table
from analysis.seeds.claims import judge_all

if TYPE_CHECKING:
    from analysis.engine.panel import EventPanel
    from analysis.engine.results import EventStudyResult
    from analysis.prices import Prices
    from analysis.reactions.minute_source import MinuteSource
    from analysis.seeds.catalogue import Seeds
    from analysis.sessions.closures import Corrections


#: From so many markets a study says how far it is.
MANY_MARKETS = 10
#: Rows from which texts are kept once each: below, the change costs more than the room.
_LONG = 20_000
_TEST_KEY = ["scope", "event_id", "market", "window", "model", "test"]


@dataclass(frozen=True, eq=False, repr=False)
class MarketStudy(StudyTables):
    """What one run found, as the tables that go to disk.

    Attributes
    ----------
    run : RunSpec
        What was asked.
    frames : dict of str to DataFrame
        The tables by the name of their file; each is an attribute, too.
    """

    run: RunSpec
    frames: Mapping[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """Return one table by its name."""
        return self.frames[name]


def study_markets(
    seeds: Seeds,
    prices: Prices,
    run: RunSpec,
    *,
    corrections: Corrections,
    minutes: MinuteSource | None = None,
    n_draws: int = N_DRAWS,
    scheduler: str | None = None,
    tell: Callable[[str], object] | None = None,
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
    minutes
        Intraday bars; None for a study of days alone.
    n_draws
        Joint placebo draws of the whole catalogue.
    scheduler
        Where they are made, as in :func:`analysis.tasks.connected`; figures do not depend on
        it.
    tell
        Called with what is computed next, where there are many markets; None to say nothing.

    Raises
    ------
    InputError
        If an event, market or benchmark is unknown.
    StudyError
        If no reaction at all can be computed; the message lists the reasons.
    """
    market_data = lay_ground(seeds, prices, run, corrections)
    if minutes is not None:
        minutes.keep()  # before anything else is held: of thousands of events it takes room
    panel = reaction_panel(market_data)
    if tell is None or len(market_data.markets) < MANY_MARKETS:
        tell = _silent
    tell(f"{len(market_data.events)} events in {len(market_data.markets)} markets: reactions")
    results = {
        model: estimate(panel, replace(run.study, model=model)) for model in market_data.models
    }
    _refuse_nothing(results.values())
    wanted = set(run.events or (event.id for event in market_data.events))
    chosen = [event for event in market_data.events if event.id in wanted]
    tell("Every session of each market as a placebo")
    tables = _reaction_tables(market_data, results, panel, wanted)
    tell("Tests across events")
    tests = [
        event_tests(results, tables["placebo"], wanted),
        pooled_tests(market_data, chosen, panel),
    ]
    results.clear()  # of thousands of events their fits take more room than all tables
    days = placebo_day_table(market_data, panel)
    together = together_tables(market_data, panel, chosen, tell=tell)
    tell("Joint draws")
    found = {
        **tables,
        **together,
        **joint_tables(
            market_data, panel, chosen, tables["placebo"], n_draws=n_draws, scheduler=scheduler
        ),
        "tests": _lean(sort_rows(pd.concat(tests, ignore_index=True), _TEST_KEY)),
        "directions": direction_table(market_data, chosen, panel),
        "claims": _claims(seeds, prices, market_data, days, minutes),
        "placebo_days": days,
        "pooled": pooled_table(market_data, panel, chosen, n_draws=n_draws),
        "overnight": _overnight(market_data, prices, wanted, minutes),
    }
    give_back_memory()
    found["minutes"] = _minutes(minutes, wanted)
    return MarketStudy(run, {name: found[name] for name in TABLES})


def _refuse_nothing(results: Collection[EventStudyResult]) -> None:
    """Refuse a study without any usable reaction."""
    if any(result.usable.any() for result in results):
        return
    causes = {str(r) for result in results for r in result.reason if r}
    reasons = sorted(causes) or ["there is no event; add one to seeds/events.yaml"]
    more = [f"- and {len(reasons) - 8:,} more reasons"] if len(reasons) > 8 else []
    raise StudyError(
        "\n".join(["no reaction can be computed:", *(f"- {r}" for r in reasons[:8]), *more])
    )


def _reaction_tables(
    market_data: MarketData,
    results: Mapping[str, EventStudyResult],
    panel: EventPanel,
    wanted: Collection[str],
) -> dict[str, pd.DataFrame]:
    """Return the tables of single reactions, of the events the run reports."""
    tables = {
        "reactions": reaction_table(market_data, results[market_data.models[0]]),
        "fits": fit_table(results),
        "abnormal_returns": _lean(abnormal_table(market_data, results)),
        "placebo": placebo_table(market_data, panel),
    }
    tables["yardsticks"] = yardstick_table(market_data, tables["placebo"])
    tables["variants"] = _lean(variant_table(market_data, tables["yardsticks"]))
    if market_data.run.events is not None:  # else nothing is copied
        tables = {name: table[table["event_id"].isin(wanted)] for name, table in tables.items()}
    return {name: table.reset_index(drop=True) for name, table in tables.items()}


def _lean(table: pd.DataFrame) -> pd.DataFrame:
    """Keep recurring texts of a long table once each: a tenth of the room."""
    if len(table) < _LONG:
        return table
    types: dict[Any, Any] = {name: "category" for name in table if table[name].dtype == "str"}
    lean: pd.DataFrame = table.astype(types)
    give_back_memory()
    return lean


def _silent(_: str) -> None:
    """Say nothing."""


def _minutes(source: MinuteSource | None, wanted: set[str]) -> pd.DataFrame:
    """Return the windows of the wanted events; empty where there are no bars."""
    found = pd.DataFrame(columns=list(COLUMNS)) if source is None else source.table
    mine = found["event_id"].isin(wanted)
    return found if mine.all() else found[mine].reset_index(drop=True)


def _claims(
    seeds: Seeds,
    prices: Prices,
    market_data: MarketData,
    days: pd.DataFrame,
    source: MinuteSource | None,
) -> pd.DataFrame:
    """Hold every claim against bars or closes, and claims of an effect against ordinary days."""
    names = {m.symbol: m.short for m in seeds.markets}
    names |= {m.stand_in.symbol: m.stand_in.short for m in seeds.markets if m.stand_in}
    bars = source.move if source is not None and source.files else None
    judged = judge_all(seeds.claims, prices.closes, names=names, bars=bars)
    return with_codes(judged, seeds.claims, market_data, days)


def _overnight(
    market_data: MarketData, prices: Prices, wanted: set[str], source: MinuteSource | None
) -> pd.DataFrame:
    """Split day-0 returns at the open, or an index at its first mark."""
    chosen = [reaction for reaction in market_data.reactions if reaction.event_id in wanted]
    marks = source.first_mark if source is not None and source.files else None
    found = overnight_table(chosen, market_data.sessions, prices, first_mark=marks)
    return sort_rows(found, ["event_id", "market"])
