"""Rewrite long prices so that every security lies in one file; memory holds one batch."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import InputError, PriceError, ReportError
from analysis.scale.prices import numbers as numbers_of
from analysis.scale.reading import batches_of, dataset_of, price_named
from analysis.scale.source import filesystem, parquet_files

if TYPE_CHECKING:
    import pyarrow

#: Files of a partitioned data set unless told otherwise; at most so many are open at once.
PARTITIONS = 32
#: Files that may be open at once on a usual machine.
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
        If a file lacks a column, a row lacks a security, a session is no date or a price no number.
    ReportError
        If the folder cannot be written.
    """
    if not 1 <= n_partitions <= MOST_PARTITIONS:
        raise InputError("partitions", n_partitions, f"it must lie in 1 to {MOST_PARTITIONS}.")
    files = _files(str(source))
    names = {str(n).strip().casefold() for n in dataset_of(files, parameter="prices").schema.names}
    columns = ["security", "session", *(n for n in VALUES if price_named(names, n) in names)]
    if len(columns) == 2:
        raise InputError(
            "prices", str(source), "it has no column close, adj_close or ret.",
            "Prices are in long form: security, session, close.",
        )  # fmt: skip
    fs, folder = filesystem(str(out), parameter="out")
    if fs.exists(folder) and fs.find(folder):
        raise InputError("out", str(out), "the folder is not empty.", "Name a new one.")
    home = _homes(files, n_partitions)
    count = max(home.values()) + 1
    paths = [f"{folder}/part-{number:05d}.parquet" for number in range(count)]
    try:
        fs.makedirs(folder, exist_ok=True)
        _deal(files, columns, home, [(fs, path) for path in paths])
    except OSError as error:
        raise ReportError(f"{out} cannot be written: {error.strerror or error}.") from error
    return [str(fs.unstrip_protocol(path)) for path in paths]


def _files(source: str) -> list[str]:
    fs, path = filesystem(source, parameter="prices")
    if source.endswith(".csv") and fs.exists(path):
        return [str(fs.unstrip_protocol(path))]
    return [file for file, _ in parquet_files(source, parameter="prices")]


def _homes(files: list[str], n_partitions: int) -> dict[str, int]:
    """Return the partition of every security: equal numbers of them, in alphabetical order."""
    found: set[str | None] = set()
    for table in batches_of(files, ("security",), parameter="prices"):
        found |= set(table.column("security").unique().to_pylist())
    source = files[0].rsplit("/", 1)[-1]
    if None in found:
        raise PriceError(source, "a row without a security", "each is of one.", "Remove it.")
    if not found:
        raise PriceError(source, "no row", "there is nothing to partition.", "Name another.")
    ordered = sorted(name for name in found if name is not None)
    groups = np.array_split(np.arange(len(ordered)), min(n_partitions, len(ordered)))
    return {ordered[i]: number for number, group in enumerate(groups) for i in group}


def _deal(
    files: list[str], columns: list[str], home: dict[str, int], targets: list[tuple[Any, str]]
) -> None:
    """Write every row into the file of its security; files get their names when all are whole."""
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet

    names = pyarrow.array(list(home), pyarrow.string())
    numbers = np.array(list(home.values()))
    unfinished = [path.removesuffix(".parquet") + ".unfinished" for _, path in targets]
    try:
        with ExitStack() as stack:
            writers: list[pyarrow.parquet.ParquetWriter | None] = [None] * len(targets)
            for table in batches_of(files, columns, parameter="prices"):
                plain = _plain(table, files[0].rsplit("/", 1)[-1])
                at = pyarrow.compute.index_in(plain.column("security"), value_set=names)
                where = numbers[at.combine_chunks().to_numpy(zero_copy_only=False)]
                for number in np.unique(where):
                    if writers[number] is None:
                        stream = stack.enter_context(
                            targets[number][0].open(unfinished[number], "wb")
                        )
                        writers[number] = stack.enter_context(
                            pyarrow.parquet.ParquetWriter(stream, plain.schema, compression="zstd")
                        )
                    writers[number].write_table(plain.filter(pyarrow.array(where == number)))
        for (fs, path), name in zip(targets, unfinished, strict=True):
            fs.mv(name, path)
    finally:
        for (fs, _), name in zip(targets, unfinished, strict=True):
            with suppress(OSError):
                if fs.exists(name):
                    fs.rm(name)


def _plain(table: pyarrow.Table, source: str) -> pyarrow.Table:
    """Give columns the types all files of a data set share.

    Raises
    ------
    PriceError
        If a price or return is no number.
    """
    import pyarrow

    return pyarrow.table(
        {
            name: table.column(name)
            if name in ("security", "session")
            else pyarrow.array(numbers_of(table.column(name), source, name), from_pandas=True)
            for name in table.column_names
        }
    )
