"""Results on disk: computed once, loaded by every notebook and page.

A store is one folder: the tables of a :class:`~analysis.reactions.study.MarketStudy` as CSV and
``run.json``, which names the run, the versions and the sha256 of every input and output.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import ReportError
from analysis.files import csv_text
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.study_tables import TABLES, StudyTables
from analysis.versions import sha256, software_versions
from analysis.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.reactions.study import MarketStudy
    from analysis.seeds.catalogue import Seeds

_TEXT = dict.fromkeys(
    ("event_id", "scope", "reason", "shared_with", "candidates", "unscheduled_closures", "text",
     "sourced", "reading", "model", "leader"),
    str,
)  # fmt: skip
_FLAGS = ("ambiguous", "benchmark_contains_news", "candidate", "span_pooled", "holds_event")


@dataclass(frozen=True, eq=False, repr=False)
class StudyStore(StudyTables):
    """A finished study on disk; tables are read when they are first asked for.

    Attributes
    ----------
    folder : Path
        Where the tables and ``run.json`` lie.
    """

    folder: Path

    def __repr__(self) -> str:
        return f"StudyStore({self.run['key'][:12]}, data to {self.run['data_end']})"

    @cached_property
    def run(self) -> dict[str, Any]:
        """What ``run.json`` says: run, versions, inputs, outputs, data_end, notes."""
        return dict(json.loads((self.folder / "run.json").read_text(encoding="utf-8")))

    @property
    def spec(self) -> RunSpec:
        """The run this store answers."""
        return RunSpec.from_json(json.dumps(self.run["run"]))

    def table(self, name: str) -> pd.DataFrame:
        """Return one table; it is read when it is first asked for."""
        if name not in self._read:
            self._read[name] = read_table(self.folder / f"{name}.csv")
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, pd.DataFrame]:
        return {}


def load_or_run(
    spec: RunSpec | str = "",
    *,
    workspace: Workspace | str | Path | None = None,
    store: str | Path | None = None,
) -> StudyStore:
    """Return the stored study of this run; compute and store it if it is not there yet.

    Parameters
    ----------
    spec
        What to run, or its JSON; empty for the defaults.
    workspace
        Where seeds and prices are; None to look around (see :func:`find_workspace`).
    store
        Folder of stores; None for the workspace's own (`Workspace.stores`).

    Raises
    ------
    InputError, SeedError, PriceError, StudyError
        As the parts of the study raise them.
    """
    run = spec if isinstance(spec, RunSpec) else RunSpec.from_json(spec or "{}")
    place = workspace if isinstance(workspace, Workspace) else find_workspace(workspace or None)
    return stored_study(gather_inputs(place, run), Path(store) if store else place.stores)


def stored_study(inputs: RunInputs, root: Path) -> StudyStore:
    """Return the stored study of these inputs; compute and store it if it is not there yet.

    Parameters
    ----------
    inputs
        What the run depends on.
    root
        Folder of stores.
    """
    folder = root / inputs.key[:20]
    if not (folder / "run.json").is_file():
        write_study(inputs.study(), folder, inputs=inputs)
    return StudyStore(folder)


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


def gather_inputs(
    workspace: Workspace, run: RunSpec, *, events_file: Path | None = None
) -> RunInputs:
    """Load and hash seeds, prices and corrections of a run."""
    from analysis.reactions.market_data import needed_symbols
    from analysis.seeds.catalogue import load_seeds
    from analysis.sessions.closures import load_corrections

    seeds = load_seeds(workspace.seeds, events_file=events_file)
    prices = load_run_prices(workspace, run, needed_symbols(seeds, run))
    table = workspace.data / "calendar_corrections.csv"
    corrections = load_corrections(table)
    files = dict(sorted([*seeds.files, *prices.files, (table.name, sha256(table))]))
    versions = software_versions()
    identity = [json.loads(run.to_json()), files, versions, prices.banner]
    return RunInputs(
        run=run,
        files=files,
        versions=versions,
        key=hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest(),
        data_end=str(prices.closes.index[-1].date()),
        notes=prices.notes,
        banner=prices.banner,
        seeds=seeds,
        study=partial(_computed, seeds, prices, run, corrections=corrections),
    )


def _computed(*inputs: Any, **named: Any) -> MarketStudy:
    """Compute a study; what it takes is loaded only where one is computed."""
    from analysis.reactions.study import study_markets

    return study_markets(*inputs, **named)


def load_run_prices(workspace: Workspace, run: RunSpec, symbols: Sequence[str]) -> Prices:
    """Load the prices a run asks for; a relative path counts from the workspace, if it is there."""
    from analysis.prices import load_prices

    here = workspace.root / run.prices
    return load_prices(
        symbols,
        here if run.prices not in ("snapshot", "yahoo") and here.exists() else run.prices,
        data_dir=workspace.data,
        kind=run.study.price,
        cache_dir=workspace.cache,
        allow_snapshot=run.allow_snapshot,
        largest_factor=run.largest_factor,
    )


def write_study(study: MarketStudy, folder: Path, *, inputs: RunInputs) -> None:
    """Write all tables and ``run.json`` into a folder that appears whole or not at all.

    Raises
    ------
    ReportError
        If the folder cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".writing-") as temporary:
            part = Path(temporary) / "store"
            part.mkdir()
            outputs = write_tables(study.frames, part)
            record = {
                "run": json.loads(study.run.to_json()),
                "key": inputs.key,
                "data_end": inputs.data_end,
                "inputs": inputs.files,
                "outputs": outputs,
                "versions": inputs.versions,
                "notes": list(inputs.notes),
                "banner": inputs.banner,
            }
            text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
            (part / "run.json").write_text(text, encoding="utf-8", newline="\n")
            _put(part, folder)
    except OSError as error:
        raise _unwritten(folder, error) from error


def _put(part: Path, folder: Path) -> None:
    """Move a finished folder into place, file by file where one stands there already."""
    try:
        part.replace(folder)
    except OSError:
        if not folder.is_dir():
            raise
        for file in sorted(part.iterdir(), key=lambda f: f.name == "run.json"):
            file.replace(folder / file.name)


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> dict[str, str]:
    """Write tables as CSV (full precision, true/false, empty for missing); return hashes."""
    hashes = {}
    for name, table in tables.items():
        file = folder / f"{name}.csv"
        file.write_text(csv_text(table), encoding="utf-8", newline="\n")
        hashes[file.name] = sha256(file)
    return hashes


def write_subset(
    store: StudyStore, folder: Path, *, events: Iterable[str] | None = None
) -> list[Path]:
    """Copy a store beside a report, keeping the rows of some events only.

    Parameters
    ----------
    store
        The study.
    folder
        Where the CSV files and ``run.json`` go; made if missing.
    events
        Event ids to keep; None for all. Pooled rows of ``tests`` and ``directions`` stay.
    """
    wanted = None if events is None else set(events)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".writing-") as temporary:
            part = Path(temporary) / "data"
            part.mkdir()
            for name in TABLES:
                _copy_table(store.folder / f"{name}.csv", part / f"{name}.csv", wanted)
            shutil.copyfile(store.folder / "run.json", part / "run.json")
            written = [folder / file.name for file in sorted(part.iterdir())]
            _put(part, folder)
        for stale in set(folder.glob("*.csv")).difference(written):
            stale.unlink()
    except OSError as error:
        raise _unwritten(folder, error) from error
    return written


def _copy_table(source: Path, target: Path, events: set[str] | None) -> None:
    """Copy a table, or the rows of some events and those of none."""
    if events is None:
        shutil.copyfile(source, target)
        return
    raw = pd.read_csv(source, dtype=str, keep_default_na=False)
    if "event_id" in raw:
        raw = raw[raw["event_id"].isin(events | {""})]
    raw.to_csv(target, index=False, lineterminator="\n", encoding="utf-8")


def _unwritten(folder: Path, error: OSError) -> ReportError:
    return ReportError(
        f"the results could not be written to {folder}: {error.strerror or error}. "
        "Free some space or choose another folder with --out."
    )


def read_table(file: Path) -> pd.DataFrame:
    """Read one table back with its types: dates as text, flags as booleans, ids as text."""
    frame = pd.read_csv(file, dtype=_TEXT, keep_default_na=True, na_values=[""])
    for column in frame.columns.intersection(list(_TEXT)):
        frame[column] = frame[column].fillna("")
    for column in frame.columns.intersection(list(_FLAGS)):
        frame[column] = frame[column].map(_flag).astype("boolean")
    return frame


def _flag(value: object) -> bool | None:
    return {"true": True, "True": True, "false": False, "False": False}.get(str(value))
