"""What a run reads, loaded and hashed: seeds, prices, corrections, bars; and its key."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.files import sha256_hex, sha256_of
from analysis.reactions.run_spec import RunSpec
from analysis.versions import software_versions
from analysis.workspace import Workspace

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.reactions.minute_source import MinuteSource
    from analysis.reactions.study import MarketStudy
    from analysis.seeds.catalogue import Seeds
    from analysis.sessions.closures import Corrections


@dataclass(frozen=True, eq=False, repr=False)
class RunInputs:
    """Everything a run depends on, hashed.

    Attributes
    ----------
    run : RunSpec
        What is asked.
    files : dict of str to str
        Name and sha256 of every seed, price and correction file.
    versions : dict of str to str
        Python and the packages numbers depend on, and the hash of our own code.
    key : str
        Hash over all of it: equal keys give equal results.
    data_end : str
        Last session with a price.
    notes : tuple of str
        What readers should know about the prices.
    banner : str
        What must stand at the top of every page; empty if nothing must.
    seeds : Seeds
        Checked records.
    study : callable
        Computes the study.
    vet : callable
        Lets the prices pass the gate; returns what it noticed.
    read : tuple of str
        How files were read where more than one reading can be thought of.
    gate : tuple of str
        What the gate noticed; filled by :meth:`vetted`.
    """

    run: RunSpec
    files: dict[str, str]
    versions: dict[str, str]
    key: str
    data_end: str
    notes: tuple[str, ...]
    banner: str
    seeds: Seeds
    study: Callable[..., MarketStudy]
    vet: Callable[[], tuple[str, ...]]
    read: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()

    def vetted(self) -> RunInputs:
        """Let the prices pass the gate; needed once for every study that is computed.

        Raises
        ------
        PriceError
            If they cannot belong to their exchanges, and nobody has accepted them.
        """
        return self.noticed(self.vet())

    def noticed(self, found: tuple[str, ...]) -> RunInputs:
        """Return the inputs with what the gate noticed among the notes and at the top of pages."""
        banner = " ".join(filter(None, [self.banner, *found]))
        return replace(self, gate=found, notes=(*self.notes, *found), banner=banner)


def gather_inputs(
    workspace: Workspace, run: RunSpec, *, events_file: Path | None = None
) -> RunInputs:
    """Load and hash seeds, prices and corrections of a run."""
    from analysis.reactions.market_data import needed_symbols
    from analysis.reactions.minute_source import MinuteSource
    from analysis.seeds.catalogue import load_seeds
    from analysis.sessions.closures import load_corrections

    seeds = load_seeds(workspace.seeds, events_file=events_file)
    prices = load_run_prices(workspace, run, needed_symbols(seeds, run))
    table = workspace.data / "calendar_corrections.csv"
    corrections = load_corrections(table)
    minutes = MinuteSource(seeds, workspace.data, prices, corrections, kept_in=workspace.cache)
    files = dict(
        sorted([*seeds.files, *prices.files, *minutes.files, (table.name, sha256_of(table))])
    )
    versions = software_versions()
    identity = [json.loads(run.to_json()), files, versions, prices.banner]
    return RunInputs(
        run=run,
        files=files,
        versions=versions,
        key=sha256_hex(json.dumps(identity, sort_keys=True)),
        data_end=str(prices.closes.index[-1].date()),
        notes=prices.notes,
        banner=prices.banner,
        seeds=seeds,
        study=partial(_computed, seeds, prices, run, corrections=corrections, minutes=minutes),
        vet=partial(_vet, seeds, prices, run, corrections, minutes),
        read=prices.read,
    )


def _vet(
    seeds: Seeds, prices: Prices, run: RunSpec, corrections: Corrections, minutes: MinuteSource
) -> tuple[str, ...]:
    from analysis.reactions.market_data import benchmark_of
    from analysis.reactions.price_gate import vet_prices

    chosen = [seeds.market(s) for s in run.markets] if run.markets else seeds.study_markets
    noticed = vet_prices(
        prices,
        seeds.markets,
        corrections,
        benchmarks={market.symbol: benchmark_of(market, run) for market in chosen},
        accept=run.accept_prices,
    )
    return (*noticed, *minutes.notes)


def _computed(*inputs: Any, **named: Any) -> MarketStudy:
    """Compute a study; what it takes is loaded only where one is computed."""
    from analysis.reactions.study import study_markets

    return study_markets(*inputs, **named)


def load_run_prices(workspace: Workspace, run: RunSpec, symbols: Sequence[str]) -> Prices:
    """Load the prices a run asks for; a relative path counts from the workspace, if it is there."""
    from analysis.prices import load_prices
    from analysis.prices.sources import is_named

    here = workspace.root / run.prices
    return load_prices(
        symbols,
        here if not is_named(run.prices) and here.exists() else run.prices,
        data_dir=workspace.data,
        kind=run.study.price,
        cache_dir=workspace.cache,
        allow_snapshot=run.allow_snapshot,
        largest_factor=run.largest_factor,
    )
