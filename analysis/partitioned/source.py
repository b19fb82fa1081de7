"""Parquet files behind an address, grouped into partitions that one task reads.

An address is a local folder or file, or anything fsspec opens (``s3://``, ``gs://``, ``memory://``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError, PriceError

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.compute
    import pyarrow.dataset

#: Files are put together until a partition has so many bytes; a larger file stays alone.
PARTITION_BYTES = 8 << 20
#: Names a column may have in a file; the first is the one this package writes.
NAMES = {"session": ("session", "date"), "security": ("security", "symbol")}
_INSTALL = 'Install it with: pip install "market-reaction[cluster]"'


@dataclass(frozen=True, slots=True)
class Partition:
    """Files one task reads; every security lies in one partition.

    Attributes
    ----------
    number : int
        Position among the partitions, counted from 0.
    files : tuple of str
        Addresses of the files.
    """

    number: int
    files: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file names, for messages."""
        names = [file.rsplit("/", 1)[-1] for file in self.files]
        return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def partitions_of(address: str, *, parameter: str = "prices") -> tuple[Partition, ...]:
    """List the Parquet files under an address and group them, in the order of their names.

    Raises
    ------
    InputError
        If nothing can be listed there, or no file ends in ``.parquet``.
    """
    groups: list[list[str]] = []
    room = 0
    for file, size in parquet_files(address, parameter=parameter):
        if not groups or size > room:
            groups.append([])
            room = PARTITION_BYTES
        groups[-1].append(file)
        room -= size
    return tuple(Partition(number, tuple(files)) for number, files in enumerate(groups))


def parquet_files(address: str, *, parameter: str) -> list[tuple[str, int]]:
    """Return addresses and sizes in bytes of the Parquet files, sorted by name."""
    fs, path = filesystem(address, parameter=parameter)
    try:
        found = fs.find(path, detail=True)
    except OSError as error:
        raise InputError(parameter, address, f"it cannot be listed: {error}.") from error
    files = sorted(
        (str(fs.unstrip_protocol(name)), int(info.get("size") or 0))
        for name, info in found.items()
        if name.endswith(".parquet")
    )
    if not files:
        raise InputError(
            parameter,
            address,
            "there is no file ending in .parquet.",
            "Name a folder of Parquet files, or make one: market-reaction prices partition.",
        )
    return files


def filesystem(address: str, *, parameter: str) -> tuple[Any, str]:
    """Open the file system of an address.

    Raises
    ------
    InputError
        If fsspec or the package for this kind of address is not installed, or there is no such
        kind.
    """
    try:
        import fsspec
    except ImportError as error:
        raise InputError(parameter, address, "it needs fsspec and pyarrow.", _INSTALL) from error
    try:
        fs, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise InputError(parameter, address, f"fsspec cannot open it: {error}.") from error
    return fs, path


def dataset_of(files: Sequence[str], *, parameter: str) -> pyarrow.dataset.Dataset:
    """Open files of one file system as one dataset; folders ``name=value`` count as columns."""
    fs, _ = filesystem(files[0], parameter=parameter)
    try:
        import pyarrow.dataset
    except ImportError as error:
        raise InputError(parameter, files[0], "it needs pyarrow.", _INSTALL) from error
    paths = [fs._strip_protocol(file) for file in files]
    kind: Any = _csv_of_text_keys() if files[0].endswith(".csv") else "parquet"
    return pyarrow.dataset.dataset(paths, filesystem=fs, format=kind, partitioning="hive")


def _csv_of_text_keys() -> Any:
    """Read keys and dates of a CSV file as the text they are: ``0005`` is not 5."""
    import pyarrow.csv

    texts = ("event_id", "security", "symbol", "session", "date")
    options = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(texts, pyarrow.string()), strings_can_be_null=True
    )
    return pyarrow.dataset.CsvFileFormat(convert_options=options)


def columns_in(
    dataset: pyarrow.dataset.Dataset, wanted: Sequence[str], *, source: str
) -> dict[str, str]:
    """Return what the wanted columns are called in every file of a dataset.

    Raises
    ------
    PriceError
        If a file lacks one of them.
    """
    schemas = [(f.path, f.physical_schema.names) for f in dataset.get_fragments()]
    from_folders = set(dataset.schema.names) - set(schemas[0][1]) if schemas else set()
    found = dict.fromkeys(wanted, "")
    for path, names in schemas:
        folded = {str(n).strip().casefold(): n for n in (*names, *from_folders)}
        for name in wanted:
            called = [folded[n] for n in NAMES.get(name, (name,)) if n in folded]
            if not called or found[name] not in ("", called[0]):
                either = " or ".join(f"`{n}`" for n in NAMES.get(name, (name,)))
                raise PriceError(
                    path.rsplit("/", 1)[-1] or source,
                    f"the columns are {', '.join(map(str, names[:8]))}",
                    f"it needs the column {either}, called the same in every file.",
                )
            found[name] = called[0]
    return found


def batches_of(
    files: Sequence[str],
    wanted: Sequence[str],
    *,
    parameter: str,
    only: pyarrow.compute.Expression | None = None,
) -> Iterator[pyarrow.Table]:
    """Read the wanted columns batch by batch, under their own names, ``session`` as a date.

    Raises
    ------
    PriceError
        If a file lacks a column or a session is no date.
    """
    import pyarrow

    source = files[0].rsplit("/", 1)[-1]
    dataset = dataset_of(files, parameter=parameter)
    called = columns_in(dataset, wanted, source=source)
    for batch in dataset.to_batches(columns=list(called.values()), filter=only):
        if batch.num_rows:
            table = pyarrow.Table.from_batches([batch]).rename_columns(list(called))
            yield _with_dates(table, source)


def read_columns(
    files: Sequence[str],
    wanted: Sequence[str],
    *,
    parameter: str,
    only: tuple[str, Sequence[str]] | None = None,
) -> pyarrow.Table:
    """Read the wanted columns of all rows, or of those whose value is one of some.

    Parameters
    ----------
    files, wanted
        Addresses, and columns by their names in this package.
    parameter
        Name for messages.
    only
        A column and the values it may have.

    Raises
    ------
    PriceError
        If a file lacks a column or a session is no date.
    """
    import pyarrow
    import pyarrow.dataset

    source = files[0].rsplit("/", 1)[-1]
    dataset = dataset_of(files, parameter=parameter)
    called = columns_in(dataset, wanted, source=source)
    chosen = None
    if only is not None:
        field = pyarrow.dataset.field(called[only[0]])
        kind = dataset.schema.field(called[only[0]]).type
        if pyarrow.types.is_dictionary(kind):
            field, kind = field.cast(pyarrow.string()), pyarrow.string()
        chosen = field.isin(pyarrow.array(only[1]).cast(kind))
    table = dataset.to_table(columns=list(called.values()), filter=chosen)
    return _with_dates(table.rename_columns(list(called)), source)


def _with_dates(table: pyarrow.Table, source: str) -> pyarrow.Table:
    """Turn the column ``session`` into dates, if there is one."""
    import pyarrow

    if "session" not in table.column_names:
        return table
    at = table.column_names.index("session")
    values = table.column(at)
    kind = values.type
    if pyarrow.types.is_timestamp(kind) and kind.tz is not None:
        raise PriceError(
            source, f"sessions carry the time zone {kind.tz}", "sessions are dates without one."
        )
    if not (
        pyarrow.types.is_date(kind)
        or pyarrow.types.is_timestamp(kind)
        or pyarrow.types.is_string(kind)
        or pyarrow.types.is_large_string(kind)
        or pyarrow.types.is_string_view(kind)
    ):
        raise PriceError(
            source, f"sessions are of type {kind}", "sessions are dates, or text YYYY-MM-DD."
        )
    try:
        dates = values.cast(pyarrow.date32(), safe=pyarrow.types.is_string(kind))
    except pyarrow.ArrowInvalid as error:
        raise PriceError(source, str(error), "sessions are dates, or text YYYY-MM-DD.") from error
    return table.set_column(at, "session", dates)
