"""The second look at a finished study: tables that take longer, computed once beside its figures.

Inference for few events, co-movement and robustness read prices again; their tables lie in the
folder ``deeper`` of the store, whose key already covers inputs, method and code; beside each lies
its hash, and one that does not fit is computed anew.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.engine.panel import EventPanel, Window
from analysis.errors import InputError
from analysis.files import csv_text, sealed, sha256_hex
from analysis.output import OutputFolder
from analysis.reactions.market_data import MarketData
from analysis.reactions.panel import reaction_panel
from analysis.reactions.run_inputs import load_run_prices
from analysis.reactions.store import FURTHER, read_table

if TYPE_CHECKING:
    from analysis.reactions.open_study import OpenStudy
    from analysis.reactions.robustness import MarketCurve
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event
    from analysis.sessions import MarketSessions


@dataclass(frozen=True, eq=False, repr=False)
class FurtherTables:
    """A study, its prices on their sessions, and tables made from both when first asked for.

    Attributes
    ----------
    opened : OpenStudy
        The study, the records and the workspace.
    """

    opened: OpenStudy

    def __repr__(self) -> str:
        return f"FurtherTables({self.study!r})"

    @property
    def study(self) -> StudyStore:
        """The finished study."""
        return self.opened.study

    @property
    def seeds(self) -> Seeds:
        """Events, markets, articles and claims."""
        return self.opened.seeds

    @cached_property
    def market_data(self) -> MarketData:
        """Prices on the sessions of their exchanges."""
        return self.opened.market_data()

    @cached_property
    def panel(self) -> EventPanel:
        """The reactions as a panel."""
        return reaction_panel(self.market_data)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events that the study reports."""
        wanted = self.study.spec.events
        return tuple(e for e in self.market_data.events if wanted is None or e.id in wanted)

    @cached_property
    def curves(self) -> tuple[MarketCurve, ...]:
        """Every specification at every session of every market; a few seconds."""
        from analysis.reactions.robustness import market_curves

        return market_curves(self.market_data, benchmark_sessions(self.opened, self.market_data))

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the tables named in :data:`TABLES`.

        Raises
        ------
        InputError
            If there is no such table.
        """
        if name not in TABLES:
            raise InputError.choice("name", name, TABLES)
        return self._kept(name, lambda: TABLES[name](self))

    def curve(self, event_id: str, window: Window = (0, 0)) -> pd.DataFrame:
        """Return every specification of one event and window."""
        from analysis.reactions.robustness import curve_table

        self.seeds.event(event_id)
        name = f"curve_{event_id}_{window[0]}_{window[1]}"
        return self._kept(
            name, lambda: curve_table(self.market_data, self.curves, event_id, window)
        )

    def _kept(self, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        place, table = OutputFolder(self.study.folder), f"{FURTHER}/{name}.csv"
        content = sealed(place.root / table)
        if content is None:
            content = csv_text(make()).encode()
            place.write(table, content)
            place.write(f"{table}.sha256", sha256_hex(content))
        return read_table(io.BytesIO(content))


def further_tables(opened: OpenStudy) -> FurtherTables:
    """Return a study with its second look; nothing is computed yet."""
    return FurtherTables(opened)


def _sizes(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.power import size_table

    return size_table(further.market_data, further.panel)


def _power(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.power import power_table

    return power_table(further.market_data, further.panel)


def _pooled_sizes(further: FurtherTables) -> pd.DataFrame:
    from analysis.engine.inference import TESTS as BATTERY
    from analysis.reactions.power import pooled_size_table

    return pooled_size_table(
        further.market_data, further.panel, further.events, names=tuple(BATTERY), windows=((0, 0),)
    )


def _variants(further: FurtherTables) -> pd.DataFrame:
    return further.study.variants


def _doubts(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.doubts import doubt_table

    return doubt_table(further.study.placebo)


def _conformal(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.doubts import conformal_table

    found = conformal_table(further.market_data)
    return found[found["event_id"].isin([e.id for e in further.events])].reset_index(drop=True)


def _lead_lag(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.contagion import lead_lag_table

    return lead_lag_table(further.market_data, further.panel, further.events)


def _contagion(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.contagion import contagion_table

    return contagion_table(further.market_data, further.panel, further.events)


def _spillover(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.contagion import spillover_table

    return spillover_table(further.market_data, further.panel, further.events)


def _paths(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.contagion import path_table
    from analysis.reactions.together import FOLLOWED, unusual_pairs

    many = len(further.market_data.markets) * (len(further.market_data.markets) - 1) > 2 * FOLLOWED
    only = unusual_pairs(further.study.correlations, FOLLOWED) if many else None
    return path_table(further.market_data, only)


def _small(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.contagion import small_table

    return small_table(further.market_data, further.panel, further.events)


def _curve_tests(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.robustness import curve_tests

    return curve_tests(further.market_data, further.curves, [e.id for e in further.events])


def _overlaps(further: FurtherTables) -> pd.DataFrame:
    from analysis.reactions.robustness import overlap_audit

    return overlap_audit(further.market_data)


#: What :meth:`FurtherTables.table` knows, and how it is made.
TABLES: Mapping[str, Callable[[FurtherTables], pd.DataFrame]] = {
    "sizes": _sizes,
    "power": _power,
    "pooled_sizes": _pooled_sizes,
    "variants": _variants,
    "doubts": _doubts,
    "conformal": _conformal,
    "lead_lag": _lead_lag,
    "contagion": _contagion,
    "spillover": _spillover,
    "paths": _paths,
    "small": _small,
    "curve_tests": _curve_tests,
    "overlaps": _overlaps,
}


def benchmark_sessions(
    opened: OpenStudy, market_data: MarketData, symbols: Sequence[str] | None = None
) -> dict[str, MarketSessions]:
    """Return the sessions of benchmarks; None for all that the markets of the run have."""
    from analysis.sessions import market_sessions
    from analysis.sessions.closures import load_corrections

    if symbols is None:
        every = (name for found in market_data.yardsticks.values() for name in found)
        symbols = tuple(dict.fromkeys(every))
    found = {name: market_data.sessions[name] for name in symbols if name in market_data.sessions}
    missing = [name for name in symbols if name not in found]
    if missing:
        seeds, run, place = opened.seeds, opened.study.spec, opened.workspace
        exchanges = {seeds.market(name).exchange for name in missing}
        needed = [m.symbol for m in seeds.markets if m.exchange in exchanges]
        prices = load_run_prices(place, run, needed)
        corrections = load_corrections(place.data / "calendar_corrections.csv")
        for name in missing:
            found[name] = market_sessions(seeds.market(name), prices, corrections=corrections)
    return {name: found[name] for name in symbols}
