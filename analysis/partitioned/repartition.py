"""Rewrite long prices so that every security lies in one file; memory holds one batch."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import InputError
from analysis.partitioned.reading import batches_of, dataset_of
from analysis.partitioned.source import filesystem, parquet_files

if TYPE_CHECKING:
    import pyarrow

#: Files of a partitioned data set unless told otherwise; at most so many are open at once.
PARTITIONS = 32
MOST_PARTITIONS = 1024
VALUES = ("close", "adj_close", "ret")


def partition_prices(
    source: str | Path, out: str | Path, *, n_partitions: int = PARTITIONS
) -> list[str]:
    """Write prices in long form as one Parquet file per group of securities.

    Parameters
    ----------
    source
        Parquet files, or one CSV file, with ``security`` (or ``symbol``), ``session`` (or ``date``)
        and at least one of ``close``, ``adj_close`` and ``ret``; rows in any order.
    out
        Folder or address to write ``part-00000.parquet`` and so on into; it must be empty.
    n_partitions
        How many files; fewer if there are fewer securities.

    Returns
    -------
    list of str
        Addresses of the files. Securities are dealt out in alphabetical order.

    Raises
    ------
    InputError
        If the number is no number of files, the folder is not empty or the source has no prices.
    PriceError
        If a file lacks a column or a session is no date.
    """
    if not 1 <= n_partitions <= MOST_PARTITIONS:
        raise InputError("partitions", n_partitions, f"it must lie in 1 to {MOST_PARTITIONS}.")
    files = _files(str(source))
    names = {str(n).strip().casefold() for n in dataset_of(files, parameter="prices").schema.names}
    columns = ["security", "session", *(name for name in VALUES if name in names)]
    if len(columns) == 2:
        raise InputError(
            "prices", str(source), "it has no column close, adj_close or ret.",
            "Prices are in long form: security, session, close.",
        )  # fmt: skip
    fs, folder = filesystem(str(out), parameter="out")
    if fs.exists(folder) and fs.find(folder):
        raise InputError("out", str(out), "the folder is not empty.", "Name a new one.")
    home = _homes(files, n_partitions)
    count = max(home.values(), default=-1) + 1
    fs.makedirs(folder, exist_ok=True)
    paths = [f"{folder}/part-{number:05d}.parquet" for number in range(count)]
    _deal(files, columns, home, [(fs, path) for path in paths])
    return [str(fs.unstrip_protocol(path)) for path in paths]


def _files(source: str) -> list[str]:
    fs, path = filesystem(source, parameter="prices")
    if source.endswith(".csv") and fs.exists(path):
        return [str(fs.unstrip_protocol(path))]
    return [file for file, _ in parquet_files(source, parameter="prices")]


def _homes(files: list[str], n_partitions: int) -> dict[str, int]:
    """Return the partition of every security: equal numbers of them, in alphabetical order."""
    import pyarrow

    found: set[str] = set()
    for table in batches_of(files, ("security",), parameter="prices"):
        found |= set(table.column("security").cast(pyarrow.string()).unique().to_pylist())
    ordered = sorted(name for name in found if name is not None)
    groups = np.array_split(np.arange(len(ordered)), min(n_partitions, max(len(ordered), 1)))
    return {ordered[i]: number for number, group in enumerate(groups) for i in group}


def _deal(
    files: list[str], columns: list[str], home: dict[str, int], targets: list[tuple[Any, str]]
) -> None:
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet

    names = pyarrow.array(list(home), pyarrow.string())
    numbers = np.array(list(home.values()))
    with ExitStack() as stack:
        writers: list[pyarrow.parquet.ParquetWriter | None] = [None] * len(targets)
        for table in batches_of(files, columns, parameter="prices"):
            plain = _plain(table)
            at = pyarrow.compute.index_in(plain.column("security"), value_set=names)
            at = at.combine_chunks().drop_null()  # a row without a security has no home
            plain = plain.filter(pyarrow.compute.is_valid(plain.column("security")))
            where = numbers[at.to_numpy()]
            for number in np.unique(where):
                if writers[number] is None:
                    fs, path = targets[number]
                    stream = stack.enter_context(fs.open(path, "wb"))
                    writers[number] = stack.enter_context(
                        pyarrow.parquet.ParquetWriter(stream, plain.schema, compression="zstd")
                    )
                writers[number].write_table(plain.filter(pyarrow.array(where == number)))


def _plain(table: pyarrow.Table) -> pyarrow.Table:
    """Give columns the types all files of a data set share."""
    import pyarrow

    kinds = {"security": pyarrow.string(), "session": pyarrow.date32()}
    fields = [(name, kinds.get(name, pyarrow.float64())) for name in table.column_names]
    return table.cast(pyarrow.schema(fields))
