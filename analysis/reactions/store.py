"""Results on disk: computed once, loaded by every notebook and page.

A store is one folder: the tables of a :class:`~analysis.reactions.study.MarketStudy` as CSV and
``run.json``, which names the run, the versions and the sha256 of every input and output.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import InputError
from analysis.files import LARGE, csv_parts, give_back_memory, sha256_hex, sha256_of
from analysis.output import OutputFolder
from analysis.reactions.run_inputs import RunInputs, gather_inputs
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.study_tables import TABLES, StudyTables
from analysis.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from analysis.reactions.study import MarketStudy

_TEXT = dict.fromkeys(
    ("event_id", "scope", "reason", "shared_with", "candidates", "unscheduled_closures", "text",
     "sourced", "reading", "model", "leader", "benchmark",
     "series", "kind", "start", "end", "clock", "others", "note"),
    str,
)  # fmt: skip
FURTHER = "deeper"
"""Folder in a store with tables made from it later (`analysis.reactions.further`)."""
_RECORD: Mapping[str, type] = {
    "run": dict, "key": str, "data_end": str, "inputs": dict, "outputs": dict, "versions": dict,
}  # fmt: skip
_RECURRING = (
    "event_id", "scope", "market", "model", "day0", "session", "variant", "window", "test",
    "assumes", "reason", "estimation_start", "estimation_end", "series", "benchmark", "kind",
    "phase", "start", "end", "clock", "others", "note",
)  # fmt: skip
_MANY_ROWS = 20_000
"""Rows from which a table is written and cut in parts."""
_NUMERIC = frozenset({"number", "decimal", "share"})
_FLAGS = ("ambiguous", "benchmark_contains_news", "candidate", "span_pooled", "holds_event",
          "primary")  # fmt: skip


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
        return read_record(self.folder)

    @property
    def spec(self) -> RunSpec:
        """The run this store answers."""
        return RunSpec.from_json(json.dumps(self.run["run"]))

    def table(self, name: str) -> pd.DataFrame:
        """Return one table; it is read when it is first asked for."""
        if name not in self._read:
            self._read[name] = read_table(self.file(name))
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, pd.DataFrame]:
        return {}

    def file(self, name: str) -> Path:
        """Return the file of a table, which is as ``run.json`` vouches for.

        Raises
        ------
        InputError
            If it is missing, or not as it was written.
        """
        file = self.folder / f"{name}.csv"
        found = _hash(file)
        if found is not None and found == self.run["outputs"].get(file.name):
            return file
        what = "has no" if found is None else "is not as run.json says, so changed or cut short:"
        raise InputError(
            "store",
            str(self.folder),
            f"it {what} {file.name}.",
            "Compute it anew: market-reaction report --force, or study --out DIR.",
        )


def load_or_run(
    spec: RunSpec | str = "",
    *,
    workspace: Workspace | str | Path | None = None,
    store: str | Path | None = None,
    force: bool = False,
    tell: Callable[[str], object] | None = None,
) -> StudyStore:
    """Return the stored study of this run; compute and store it if it is not there yet, or damaged.

    Parameters
    ----------
    spec
        What to run, or its JSON; empty for the defaults.
    workspace
        Where seeds and prices are; None to look around (see :func:`find_workspace`).
    store
        Folder of stores; None for the workspace's own (`Workspace.stores`).
    force
        Whether to compute it although it is there.
    tell
        Called with a sentence if the stored study is damaged, and with how far a study of many
        markets is; None for standard error, and nothing of the latter.

    Raises
    ------
    InputError, SeedError, PriceError, StudyError
        As the parts of the study raise them.
    """
    run = spec if isinstance(spec, RunSpec) else RunSpec.from_json(spec or "{}")
    place = workspace if isinstance(workspace, Workspace) else find_workspace(workspace or None)
    root = Path(store) if store else place.stores
    return stored_study(gather_inputs(place, run), root, force=force, tell=tell)


def stored_study(
    inputs: RunInputs,
    root: Path,
    *,
    force: bool = False,
    tell: Callable[[str], object] | None = None,
) -> StudyStore:
    """Return the stored study of these inputs; compute and store it if it is not there whole.

    Parameters
    ----------
    inputs
        What the run depends on.
    root
        Folder of stores.
    force, tell
        As in :func:`load_or_run`.
    """
    folder = root / inputs.key[:20]
    damaged = damaged_files(folder, inputs) if folder.is_dir() else None
    if damaged:
        (tell or _to_standard_error)(
            f"The stored study is not whole ({', '.join(damaged)}); it is computed anew."
        )
    if force or damaged != ():
        inputs = inputs.vetted()
        write_study(inputs.study(tell=tell), folder, inputs=inputs)
        give_back_memory()
    return StudyStore(folder)


def _to_standard_error(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def damaged_files(folder: Path, inputs: RunInputs | None = None) -> tuple[str, ...]:
    """Return the names of files of a store that are missing or not as they were written.

    Parameters
    ----------
    folder
        Of the store.
    inputs
        What it was made from, to hold ``run.json`` against; None to see only whether it is one.
    """
    try:
        record = read_record(folder)
    except InputError:
        return ("run.json",)
    outputs = record["outputs"]
    gate = record.get("gate")
    noticed = tuple(gate) if isinstance(gate, list) else ()
    if inputs is not None and (
        record != {**_record(inputs.noticed(noticed)), "outputs": outputs}
        or (folder / "run.json").read_bytes() != _record_text(record).encode()
        or set(outputs) != {f"{name}.csv" for name in TABLES}
    ):
        return ("run.json",)
    return tuple(name for name in sorted(outputs) if _hash(folder / name) != outputs[name])


def _hash(file: Path) -> str | None:
    try:
        return sha256_of(file)
    except OSError:
        return None


def read_record(path: Path) -> dict[str, Any]:
    """Return a ``run.json``, given it or its folder; `InputError` if it is none."""
    file = path / "run.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            "run.json",
            str(path),
            f"it cannot be read ({error}).",
            "Name a run.json beside a report, such as reports/data/run.json, or its folder.",
        ) from error
    missing = [
        name
        for name, kind in _RECORD.items()
        if not isinstance(found, dict) or not isinstance(found.get(name), kind)
    ]
    if missing or not all(_is_plain(name) for name in found["outputs"]):
        raise InputError(
            "run.json",
            str(file),
            f"it is not the record of a study: no {', '.join(missing) or 'outputs'}.",
            "Name a run.json that market-reaction report or study wrote.",
        )
    return dict(found)


def _is_plain(name: str) -> bool:
    """Tell whether a name is that of a file in the same folder."""
    return Path(name).name == name


def write_study(study: MarketStudy, folder: Path, *, inputs: RunInputs) -> None:
    """Write all tables, each whole or not at all, and ``run.json`` last: with it the study stands.

    Raises
    ------
    InputError
        If the folder holds a file of such a name that is not ours.
    ReportError
        If the folder cannot be written.
    """
    place, tables = OutputFolder(folder), study.frames
    place.remove(["run.json"])
    place.claim([f"{FURTHER}/"])
    if not any((folder / f"{name}.csv").exists() for name in tables):
        place.claim([*(f"{name}.csv" for name in tables), "run.json"])
    outputs = {}
    for name, table in tables.items():
        parts = csv_parts([table])
        content = parts if len(table) > _MANY_ROWS else b"".join(parts)
        outputs[f"{name}.csv"] = sha256_of(place.write(f"{name}.csv", content))
    place.write("run.json", _record_text({**_record(inputs), "outputs": outputs}))


def _record(inputs: RunInputs) -> dict[str, Any]:
    """Return what ``run.json`` says of a run before anything is computed."""
    return {
        "run": json.loads(inputs.run.to_json()),
        "key": inputs.key,
        "data_end": inputs.data_end,
        "inputs": inputs.files,
        "versions": inputs.versions,
        "notes": list(inputs.notes),
        "banner": inputs.banner,
        **({"gate": list(inputs.gate)} if inputs.gate else {}),
        **({"read_as": list(inputs.read)} if inputs.read else {}),
    }


def _record_text(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_subset(
    store: StudyStore,
    folder: Path,
    *,
    events: Iterable[str] | None = None,
    within: OutputFolder | None = None,
) -> list[Path]:
    """Copy a store beside a report, keeping the rows of some events only.

    Parameters
    ----------
    store
        The study.
    folder
        Where the CSV files and ``run.json`` go; made if missing. Tables an earlier run left there
        are removed.
    events
        Event ids to keep; None for all. Pooled rows of ``tests`` and ``directions`` stay.
    within
        The folder of output it lies in, whose marker lists the files; None for itself.

    Raises
    ------
    InputError
        If a table of the store is damaged, or a file of such a name is there and not ours.
    ReportError
        If the folder cannot be written.
    """
    wanted = None if events is None else frozenset(events)
    owner = within or OutputFolder(folder)
    below = folder.relative_to(owner.root).as_posix()
    prefix = "" if below == "." else f"{below}/"
    names = [f"{prefix}{name}.csv" for name in TABLES]
    owner.claim([*names, f"{prefix}run.json"])
    outputs = {}
    for name, place in zip(TABLES, names, strict=True):
        file = store.file(name)
        if wanted is None:
            owner.copy(place, file)
            outputs[f"{name}.csv"] = store.run["outputs"][f"{name}.csv"]
        else:
            content = _rows_of(file, wanted)
            owner.write(place, content)
            outputs[f"{name}.csv"] = sha256_hex(content)
    subset = {} if wanted is None else {"subset": sorted(wanted)}
    owner.write(f"{prefix}run.json", _record_text({**store.run, **subset, "outputs": outputs}))
    there = {f"{prefix}{file.name}" for file in folder.glob("*.csv")}
    owner.remove(there.difference(names))
    return sorted(owner.root / name for name in (*names, f"{prefix}run.json"))


def _rows_of(file: Path, events: frozenset[str]) -> bytes:
    """Return the rows of a table of some events and those of none."""
    parts = pd.read_csv(file, dtype=str, keep_default_na=False, chunksize=_MANY_ROWS)
    kept = [raw[raw["event_id"].isin(events | {""})] if "event_id" in raw else raw for raw in parts]
    text: str = pd.concat(kept).to_csv(index=False, lineterminator="\n")
    return text.encode()


def read_table(file: Path | io.BytesIO) -> pd.DataFrame:
    """Read one table back with its types: dates as text, flags as booleans, ids as text.

    In a large file texts that recur in many rows are kept once each: a tenth of the room.
    """
    types: dict[Any, Any] = dict(_TEXT)
    if isinstance(file, Path) and file.stat().st_size >= LARGE:
        types |= dict.fromkeys(_RECURRING, "category")
    frame = pd.read_csv(file, dtype=types, keep_default_na=True, na_values=[""])
    for column in frame.select_dtypes("category"):
        frame[column] = frame[column].cat.add_categories([""]).cat.as_ordered()  # of dates: a min
    for column in frame.columns.intersection(list(_TEXT)):
        frame[column] = frame[column].fillna("")
    for column in frame.columns.intersection(list(_FLAGS)):
        frame[column] = frame[column].map(_flag).astype("boolean")
    if frame.empty:  # a column without a row has no type of its own
        return frame.astype(dict.fromkeys(frame.columns.intersection(list(_numbers())), float))
    return frame


@cache
def _numbers() -> frozenset[str]:
    """Return the columns that hold numbers, in whichever table."""
    text = files("analysis.reactions").joinpath("columns.csv").read_text(encoding="utf-8")
    kinds = pd.read_csv(io.StringIO(text)).groupby("column")["type"].agg(set)
    return frozenset(str(name) for name, found in kinds.items() if found <= _NUMERIC)


def _flag(value: object) -> bool | None:
    return {"true": True, "True": True, "false": False, "False": False}.get(str(value))
