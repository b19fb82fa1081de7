"""Tables of a study over partitions: one Parquet file of events a partition, CSV for the rest.

What is ours in a folder: ``analysis.output``.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.results import EventStudyResult, window_label
from analysis.engine.window_rows import sorted_outcomes
from analysis.errors import InputError, ReportError
from analysis.files import csv_text, settle, sole_writer
from analysis.output import MARKER, OutputFolder, listed_in, marker_text
from analysis.scale.source import filesystem

if TYPE_CHECKING:
    import pyarrow

Write = Callable[[EventStudyResult, npt.NDArray[np.float64]], None]
#: Folder of the tables of events, one file a partition, inside the folder of results.
REACTIONS = "reactions"
#: What was asked and with which software; written last, so that a folder that has it is whole.
RUN = "run.json"
#: Events up to which ``event_outcomes.csv`` is written beside the Parquet files.
MOST_OUTCOMES = 1_000_000
#: One row a requested event.
OUTCOMES = "event_outcomes.csv"
#: Files that need one value of each event at once.
FILES = (
    OUTCOMES, "distribution.csv", "ladder.csv", "path.csv", "groups.csv", "tables.tex",
    "results.xlsx",
)  # fmt: skip
_LOCAL = "file://"


@contextmanager
def _writing(out: str) -> Iterator[None]:
    """Tell a folder that cannot be written from data that cannot be read."""
    try:
        yield
    except OSError as error:
        raise ReportError(f"{out} cannot be written: {error.strerror or error}.") from error


@contextmanager
def sole_study(out: str | None, *, waiting: Callable[[], object]) -> Iterator[None]:
    """Hold a local folder of results for this study; other addresses know no locks.

    Parameters
    ----------
    out
        Address of the folder; None holds nothing.
    waiting
        Called once if another study holds it.

    Raises
    ------
    ReportError
        If the folder cannot be written.
    """
    if out is None or not out.startswith(_LOCAL):
        yield
        return
    _, folder = filesystem(out, parameter="out")
    with sole_writer(Path(folder), waiting=waiting):
        yield


def open_folder(out: str, names: Iterable[str]) -> None:
    """Make the folder of results ours, before anything is computed.

    Parameters
    ----------
    out
        Address of the folder.
    names
        Names of the tables of events, without ending, and of the other files that will be written.

    Raises
    ------
    InputError
        If the folder holds what was not made here.
    ReportError
        If the folder cannot be written.
    """
    fs, folder = filesystem(out, parameter="out")
    if out.startswith(_LOCAL):
        OutputFolder(Path(folder)).check().claim(list(names))
        return
    with _writing(out):
        ours, there = _listed(fs, folder), set[str]()
        if fs.exists(folder):
            there = {path.removeprefix(folder).strip("/") for path in fs.find(folder)}
        OutputFolder(Path(out)).refuse_foreign(there if not ours else there & set(names) - ours)
        fs.makedirs(f"{folder}/{REACTIONS}", exist_ok=True)
        fs.pipe(f"{folder}/{MARKER}", marker_text("tables", ours | set(names)).encode())


def _listed(fs: Any, folder: str) -> frozenset[str]:
    """Return the files in a folder that its marker lists as ours."""
    marker = f"{folder}/{MARKER}"
    return listed_in(fs.cat_file(marker).decode() if fs.exists(marker) else "")[1]


def check_folder(out: str, prices: str) -> None:
    """Refuse a folder of results that is not ours, or lies among the prices, before it is made.

    Raises
    ------
    InputError
        If it is one of these.
    """
    if f"{out}/".startswith(f"{prices.rstrip('/')}/"):
        raise InputError(
            "out", out, "it lies in the folder of the prices.", "Name a folder outside of it."
        )
    if out.startswith(_LOCAL):
        OutputFolder(Path(filesystem(out, parameter="out")[1])).check()


def withdraw(out: str, names: Iterable[str]) -> None:
    """Remove files of an earlier run."""
    fs, folder = filesystem(out, parameter="out")
    with _writing(out):
        for name in names:
            if fs.exists(f"{folder}/{name}"):
                fs.rm(f"{folder}/{name}")


def withdraw_run(out: str) -> None:
    """Remove ``run.json`` of an earlier run: a folder without it is not whole."""
    withdraw(out, [RUN])


@contextmanager
def write_reactions(out: str | None, name: str, run: str) -> Iterator[Write]:
    """Open the table of the events of one partition; it stands whole or not at all.

    Parameters
    ----------
    out
        Address of the folder of results; None writes nothing.
    name
        Name of the file, without ending.
    run
        Name of the run, part of the names of unfinished files.

    Yields
    ------
    callable
        Takes a result and the number of events with day 0 on each session, and appends its rows.

    Raises
    ------
    ReportError
        If the table cannot be written.
    """
    if out is None:
        yield lambda result, day0: None
        return
    import pyarrow
    import pyarrow.parquet

    fs, folder = filesystem(out, parameter="out")
    unfinished = _unfinished(folder, name, run)
    writer: pyarrow.parquet.ParquetWriter | None = None
    with _writing(out):
        fs.makedirs(f"{folder}/{REACTIONS}", exist_ok=True)
        stream = fs.open(unfinished, "wb")

    def write(result: EventStudyResult, day0: npt.NDArray[np.float64]) -> None:
        nonlocal writer
        table = reactions_table(result, day0)
        with _writing(out):
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(stream, table.schema, compression="zstd")
            writer.write_table(table)

    try:
        yield write
        with _writing(out):
            if writer is not None:
                writer.close()
            stream.close()
            if writer is not None:
                _settle(out, unfinished)
                fs.mv(unfinished, f"{folder}/{REACTIONS}/{name}.parquet")
    finally:
        with suppress(OSError):
            if writer is not None:
                writer.close()
        with suppress(OSError):
            stream.close()
        _remove(fs, unfinished)


def _unfinished(folder: str, name: str, run: str) -> str:
    """Return a name no other task writes to; it starts with a dot, so that readers pass over it."""
    return f"{folder}/.{name}.{run}.{uuid.uuid4().hex}.unfinished"


def _settle(out: str, path: str) -> None:
    """Wait until a local file is on the disk; other addresses have what they were given."""
    if out.startswith(_LOCAL):
        settle(Path(path))


def _remove(fs: Any, path: str) -> None:
    with suppress(OSError):
        if fs.exists(path):
            fs.rm(path)


def remove_unfinished(out: str, run: str) -> None:
    """Remove what workers of a run left that were killed while they wrote."""
    fs, folder = filesystem(out, parameter="out")
    with suppress(OSError):
        for path in fs.ls(folder, detail=False) if fs.exists(folder) else ():
            if f".{run}." in path and path.endswith(".unfinished"):
                _remove(fs, path)


def _put(fs: Any, folder: str, name: str, content: bytes, run: str) -> None:
    """Write a file that stands whole or not at all."""
    unfinished = _unfinished(folder, name.rsplit("/", 1)[-1], run)
    try:
        fs.pipe(unfinished, content)
        _settle(str(fs.unstrip_protocol(folder)), unfinished)
        fs.mv(unfinished, f"{folder}/{name}")
    finally:
        _remove(fs, unfinished)


def reactions_table(result: EventStudyResult, day0: npt.NDArray[np.float64]) -> pyarrow.Table:
    """Return one row per requested event: its outcome, its fit, and its sums over every window.

    Columns: those of ``outcomes``; the coefficients, sigma and df of the fit; and for every window
    [a,b] of the spec ``car[a,b]``, ``se[a,b]``, ``statistic[a,b]``, ``p_value[a,b]`` and
    ``bhar[a,b]``, decimal, NaN where there is none.
    """
    import pyarrow

    frame = result.outcomes
    placed = result.panel.row >= 0
    same = np.zeros(len(frame), dtype=np.int64)
    same[placed] = day0[result.panel.row[placed]].astype(np.int64) - 1
    frame["same_session"] = same
    spread = _Spread(result.rows, len(frame))
    fits = result.fits.drop(columns="n_estimation")
    found: dict[str, npt.NDArray[np.float64]] = {
        str(name): spread.over(fits[name].to_numpy()) for name in fits
    }
    for window in result.spec.windows or ():
        label = window_label(window)
        tested = result.event_tests(window)
        found[f"car{label}"] = spread.over(tested["estimate"].to_numpy())
        for name in ("se", "statistic", "p_value"):
            found[f"{name}{label}"] = spread.over(tested[name].to_numpy())
        found[f"bhar{label}"] = spread.over(result.sums(window).bhar)
    outcomes = _outcome_columns(frame)
    for name in frame.columns[5:]:
        outcomes = outcomes.append_column(str(name), pyarrow.array(frame[name].to_numpy()))
    for name, values in found.items():
        outcomes = outcomes.append_column(name, pyarrow.array(values))
    return outcomes


class _Spread:
    """Puts values of usable events on the rows of all requested ones."""

    def __init__(self, rows: npt.NDArray[np.intp], n: int) -> None:
        self._rows, self._n = rows, n

    def over(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        out = np.full(self._n, np.nan)
        out[self._rows] = values
        return out


def write_tables(out: str, tables: Mapping[str, pd.DataFrame], run: Mapping[str, Any]) -> None:
    """Write tables as CSV into the folder of results, and ``run.json`` last.

    Raises
    ------
    ReportError
        If the folder cannot be written.
    """
    fs, folder = filesystem(out, parameter="out")
    texts = {f"{name}.csv": csv_text(frame) for name, frame in tables.items()}
    texts[RUN] = json.dumps(run, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with _writing(out):
        for name, text in texts.items():
            _put(fs, folder, name, text.encode(), uuid.uuid4().hex)


def written_events(out: str) -> pd.DataFrame | None:
    """Return the rows of all requested events from the tables of the partitions.

    None beyond a million: the Parquet files of ``reactions/`` alone then hold the events.
    """
    import pyarrow.dataset

    fs, folder = filesystem(out, parameter="out")
    ours = sorted(name for name in _listed(fs, folder) if name.startswith(f"{REACTIONS}/"))
    files = [f"{folder}/{name}" for name in ours if fs.exists(f"{folder}/{name}")]
    parts = [pyarrow.dataset.dataset(file, format="parquet", filesystem=fs) for file in files]
    if not parts or sum(part.count_rows() for part in parts) > MOST_OUTCOMES:
        return None
    found: list[pd.DataFrame] = [part.to_table().to_pandas() for part in parts]
    return pd.concat(found, ignore_index=True)


def outcomes_frame(frame: pd.DataFrame, windows: Sequence[tuple[int, int]]) -> pd.DataFrame:
    """Return ``event_outcomes.csv`` of the rows of all events; columns as in memory."""
    kept = frame[["event_id", "security", "session", "status", "reason"]].copy()
    for window in windows:
        label = window_label(window)
        for name, column in (("car", "car"), ("se", "se"), ("p", "p_value")):
            values = frame.get(f"{column}{label}", pd.Series(np.nan, index=frame.index))
            kept[f"{name}{label}"] = values.where(frame.get(f"car{label}", values).notna())
    return sorted_outcomes(kept)


def write_file(out: str, name: str, content: bytes) -> None:
    """Write one file into the folder of results, whole or not at all."""
    fs, folder = filesystem(out, parameter="out")
    with _writing(out):
        _put(fs, folder, name, content, uuid.uuid4().hex)


def remove_stale(out: str, names: Iterable[str]) -> None:
    """Remove tables of events an earlier run left in the folder and this one did not write."""
    fs, folder = filesystem(out, parameter="out")
    kept = {f"{REACTIONS}/{name}.parquet" for name in names}
    stale = {name for name in _listed(fs, folder) if name.startswith(f"{REACTIONS}/")} - kept
    if out.startswith(_LOCAL):
        OutputFolder(Path(folder)).remove(stale)
        return
    with _writing(out):
        for name in stale:
            if fs.exists(f"{folder}/{name}"):
                fs.rm(f"{folder}/{name}")


def write_unplaced(out: str, parts: Sequence[pd.DataFrame], name: str, run: str) -> None:
    """Write the outcomes of events whose securities are in no partition that could be read."""
    import pyarrow
    import pyarrow.parquet

    fs, folder = filesystem(out, parameter="out")
    content = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(_outcome_columns(pd.concat(parts)), content, compression="zstd")
    with _writing(out):
        fs.makedirs(f"{folder}/{REACTIONS}", exist_ok=True)
        _put(fs, folder, f"{REACTIONS}/{name}.parquet", content.getvalue().to_pybytes(), run)


def _outcome_columns(frame: pd.DataFrame) -> pyarrow.Table:
    import pyarrow

    return pyarrow.table(
        {
            "event_id": pyarrow.array(
                frame["event_id"].map(str, na_action="ignore").to_numpy(dtype=object),
                pyarrow.string(),
                from_pandas=True,
            ),
            "security": pyarrow.array(frame["security"].to_numpy(dtype=object), pyarrow.string()),
            "session": pyarrow.array(frame["session"].to_numpy().astype("datetime64[D]")),
            "status": pyarrow.array(frame["status"].to_numpy(dtype=object), pyarrow.string()),
            "reason": pyarrow.array(frame["reason"].to_numpy(dtype=object), pyarrow.string()),
        }
    )
