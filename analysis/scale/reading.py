"""Columns of Parquet and CSV files under one name and in one type, whatever the files call them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError, MarketReactionError, PriceError
from analysis.prices.dialects import price_column
from analysis.scale.source import INSTALL, filesystem

if TYPE_CHECKING:
    import pyarrow
    import pyarrow.dataset

#: Names a column may have in a file; the first is the one this package writes.
NAMES = {"session": ("session", "date"), "security": ("security", "symbol")}
#: Text of a session that is no date, beside the events it was given for.
UNREAD = "unread"
_KEYS = frozenset({"event_id", "security", "symbol", "session", "date"})
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_AS_DATE = "For example 2025-07-15."
_DATES = "sessions are dates, or text YYYY-MM-DD, without a time of day."


def refusal(
    parameter: str, source: str, found: str, rule: str, remedy: str = ""
) -> MarketReactionError:
    """Build the error for a file: one of prices costs its partition, any other ends the run."""
    if parameter == "prices":
        return PriceError(source, found, rule, remedy)
    return InputError(parameter, f"{source}: {found}", rule, remedy)


@contextmanager
def _reading(parameter: str, source: str) -> Iterator[None]:
    """Say which file it is that Arrow cannot read."""
    import pyarrow

    try:
        yield
    except pyarrow.ArrowMemoryError:
        raise
    except (pyarrow.ArrowException, OSError) as error:
        said = next(iter(str(error).splitlines()), "")
        raise refusal(
            parameter, source, said, "it must be a Parquet or CSV file that can be read.",
            "Write it again.",
        ) from error  # fmt: skip


def dataset_of(
    files: Sequence[str], *, parameter: str, schema: pyarrow.Schema | None = None
) -> pyarrow.dataset.Dataset:
    """Open files of one file system as one dataset; keys may be folders ``security=value``.

    Without a ``schema`` it is that of the first file.

    Raises
    ------
    PriceError, InputError
        If they cannot be read (of prices, or of anything else).
    """
    fs, _ = filesystem(files[0], parameter=parameter)
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError as error:
        raise InputError(parameter, files[0], "it needs pyarrow.", INSTALL) from error
    paths = [fs._strip_protocol(file) for file in files]
    folders = [part.split("=", 1)[0] for part in paths[0].split("/")[:-1] if "=" in part]
    keys = [(name, pyarrow.string()) for name in folders if name.strip().casefold() in _KEYS]
    given: dict[str, Any] = {
        "schema": schema,
        "filesystem": fs,
        "partitioning": pyarrow.dataset.partitioning(pyarrow.schema(keys), flavor="hive"),
    }
    with _reading(parameter, _name(files[0])):
        if not files[0].endswith(".csv"):
            return pyarrow.dataset.dataset(paths, format="parquet", **given)
        inferred = pyarrow.dataset.dataset(paths, format="csv", **given).schema
        return pyarrow.dataset.dataset(paths, format=_csv(inferred), **given)


def _csv(inferred: pyarrow.Schema) -> Any:
    """Read keys as the text they are (``0005`` is not 5, ``NA`` is a name); all figures as floats.

    Types are inferred from the first rows: whole numbers there say nothing about later ones.
    """
    import pyarrow.csv

    types = {
        field.name: pyarrow.string()
        if field.name.strip().casefold() in _KEYS
        else pyarrow.float64()
        for field in inferred
        if field.name.strip().casefold() in _KEYS
        or pyarrow.types.is_integer(field.type)
        or pyarrow.types.is_null(field.type)
    }
    options = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False)
    return pyarrow.dataset.CsvFileFormat(convert_options=options)


def open_columns(
    files: Sequence[str], wanted: Sequence[str], *, parameter: str
) -> tuple[pyarrow.dataset.Dataset, dict[str, str]]:
    """Open files as one dataset, and say what they call the wanted columns.

    Raises
    ------
    PriceError, InputError
        If a file lacks one, two could be meant, or files differ in the type of one.
    """
    import pyarrow

    dataset = dataset_of(files, parameter=parameter)
    with _reading(parameter, _name(files[0])):
        schemas = {f.path: f.physical_schema for f in dataset.get_fragments()}
    physical = set(next(iter(schemas.values())).names) if schemas else set()
    from_folders = [name for name in dataset.schema.names if name not in physical]
    called: dict[str, str] = {}
    for path, schema in schemas.items():
        for name in wanted:
            found = _called([*schema.names, *from_folders], name, parameter, _name(path))
            if called.setdefault(name, found) != found:
                raise _no_column(parameter, _name(path), schema.names, name)
    common = dataset.schema
    for column in called.values():
        kinds = {s.field(column).type: path for path, s in schemas.items() if column in s.names}
        if len(kinds) > 1:
            kind = _common_type(column, kinds, parameter)
            common = common.set(common.get_field_index(column), pyarrow.field(column, kind))
    if common != dataset.schema:
        dataset = dataset_of(files, parameter=parameter, schema=common)
    return dataset, called


def _called(names: Sequence[str], wanted: str, parameter: str, source: str) -> str:
    """Return the one column that is meant by a name of this package."""
    for accepted in NAMES.get(wanted, (price_named(names, wanted),)):
        meant = [str(name) for name in names if str(name).strip().casefold() == accepted]
        if len(meant) > 1:
            raise refusal(
                parameter, source, f"it has the columns {' and '.join(meant)}",
                f"only one can be `{accepted}`.", "Rename the other.",
            )  # fmt: skip
        if meant:
            return meant[0]
    raise _no_column(parameter, source, names, wanted)


def price_named(names: Iterable[str], wanted: str) -> str:
    """Return what files call a column: closes may be called ``price``, as in a table of prices."""
    folded = [str(name).strip().casefold() for name in names]
    found, _ = price_column(folded, wanted)
    return wanted if found == "adj_close" else found


def _no_column(
    parameter: str, source: str, names: Sequence[str], wanted: str
) -> MarketReactionError:
    either = " or ".join(f"`{name}`" for name in NAMES.get(wanted, (wanted,)))
    return refusal(
        parameter,
        source,
        f"the columns are {', '.join(map(str, names[:8]))}",
        f"it needs the column {either}, called the same in every file.",
        "Rename the column that is meant.",
    )


def _common_type(
    column: str, kinds: Mapping[pyarrow.DataType, str], parameter: str
) -> pyarrow.DataType:
    """Return a type that loses nothing: floats for int and float, text for keys."""
    import pyarrow

    if column.strip().casefold() in _KEYS - {"session", "date"}:
        return pyarrow.string()
    schemas = [pyarrow.schema([(column, kind)]) for kind in kinds]
    try:
        merged = pyarrow.unify_schemas(schemas, promote_options="permissive")
    except pyarrow.ArrowException as error:
        listed = ", ".join(f"{kind} in {_name(path)}" for kind, path in kinds.items())
        raise refusal(
            parameter, _name(next(iter(kinds.values()))), f"`{column}` is {listed}",
            "a column has one type in all files.", "Write all of them the same way.",
        ) from error  # fmt: skip
    return merged.field(column).type


def batches_of(
    files: Sequence[str], wanted: Sequence[str], *, parameter: str
) -> Iterator[pyarrow.Table]:
    """Read the wanted columns batch by batch, under their own names; see :func:`read_columns`."""
    import pyarrow

    source = _name(files[0])
    dataset, called = open_columns(files, wanted, parameter=parameter)
    with _reading(parameter, source):
        for batch in dataset.to_batches(columns=list(called.values())):
            if batch.num_rows:
                table = pyarrow.Table.from_batches([batch]).rename_columns(list(called))
                yield _plain(table, parameter, source)


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
        A column of keys and the values it may have.

    Returns
    -------
    Table
        ``security`` as text and ``session`` as date32, null where blank. Events have a column
        :data:`UNREAD` more: the text of a session that is no date.

    Raises
    ------
    PriceError, InputError
        If a file lacks a column or cannot be read, or if a session is no date (of events, only if
        the whole column holds something else).
    """
    import pyarrow
    import pyarrow.dataset

    source = _name(files[0])
    dataset, called = open_columns(files, wanted, parameter=parameter)
    chosen = None
    if only is not None:
        field, values = (
            pyarrow.dataset.field(called[only[0]]),
            pyarrow.array(only[1], pyarrow.string()),
        )
        kind = dataset.schema.field(called[only[0]]).type
        if pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind):
            chosen = field.isin(values.cast(kind))  # row groups without one of them are passed over
        else:
            chosen = field.cast(pyarrow.string()).isin(values)
    with _reading(parameter, source):
        table = dataset.to_table(columns=list(called.values()), filter=chosen)
        return _plain(table.rename_columns(list(called)), parameter, source)


def check_sessions(kind: pyarrow.DataType, parameter: str, source: str) -> None:
    """Refuse a column of sessions that cannot hold dates."""
    import pyarrow

    if pyarrow.types.is_timestamp(kind) and kind.tz is not None:
        raise refusal(
            parameter, source, f"sessions carry the time zone {kind.tz}", _DATES,
            "Use the date of the session on its exchange.",
        )  # fmt: skip
    if pyarrow.types.is_dictionary(kind):
        kind = kind.value_type
    if not (
        pyarrow.types.is_date(kind)
        or pyarrow.types.is_timestamp(kind)
        or pyarrow.types.is_null(kind)
        or _is_text(kind)
    ):
        raise refusal(parameter, source, f"sessions are of type {kind}", _DATES, "Use date32.")


def _is_text(kind: pyarrow.DataType) -> bool:
    import pyarrow

    return bool(
        pyarrow.types.is_string(kind)
        or pyarrow.types.is_large_string(kind)
        or pyarrow.types.is_string_view(kind)
    )


def _plain(table: pyarrow.Table, parameter: str, source: str) -> pyarrow.Table:
    """Give keys one type; blank text is no key."""
    import pyarrow

    for at, name in enumerate(table.column_names):
        column = table.column(at)
        if name == "security" or (name == "event_id" and _is_text(column.type)):
            table = table.set_column(at, name, _without_blanks(column.cast(pyarrow.string())))
    return _with_dates(table, parameter, source) if "session" in table.column_names else table


def _without_blanks(column: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    import pyarrow.compute

    blank = pyarrow.compute.equal(column, "")
    if not pyarrow.compute.any(blank).as_py():
        return column
    return pyarrow.compute.if_else(blank, pyarrow.scalar(None, pyarrow.string()), column)


def _with_dates(table: pyarrow.Table, parameter: str, source: str) -> pyarrow.Table:
    """Turn the column ``session`` into dates."""
    import pyarrow
    import pyarrow.compute

    at = table.column_names.index("session")
    values = table.column(at)
    check_sessions(values.type, parameter, source)
    if pyarrow.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if _is_text(values.type):
        values = _without_blanks(values.cast(pyarrow.string()))
        dates = _dates_of_text(values)
    else:
        dates = values.cast(pyarrow.date32(), safe=False)
    wrong = _is_no_date(values, dates)
    table = table.set_column(at, "session", dates)
    if parameter != "events":
        first = pyarrow.compute.index(wrong, True).as_py()
        if first >= 0:
            raise refusal(
                parameter, source, f"`session` {values[first].as_py()!s}", _DATES, _AS_DATE
            )
        return table
    none = pyarrow.scalar(None, pyarrow.date32())
    table = table.set_column(at, "session", pyarrow.compute.if_else(wrong, none, dates))
    text = values.cast(pyarrow.string())
    unread = pyarrow.compute.if_else(wrong, text, pyarrow.scalar(None, pyarrow.string()))
    return table.append_column(UNREAD, unread)


def _is_no_date(values: pyarrow.ChunkedArray, dates: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Say which values are there but are no date, or a date with a time of day."""
    import pyarrow
    import pyarrow.compute

    if pyarrow.types.is_timestamp(values.type):
        away = pyarrow.compute.not_equal(dates.cast(values.type), values)
        return pyarrow.compute.fill_null(away, False)
    return pyarrow.compute.and_(values.is_valid(), dates.is_null())


def _dates_of_text(values: pyarrow.ChunkedArray) -> pyarrow.ChunkedArray:
    """Read dates written YYYY-MM-DD, each different text once; null where it is anything else."""
    import pyarrow

    encoded = values.dictionary_encode()
    chunks = [
        pyarrow.array([_date_of(t) for t in chunk.dictionary.to_pylist()], pyarrow.date32()).take(
            chunk.indices
        )
        for chunk in encoded.chunks
    ]
    return pyarrow.chunked_array(chunks, pyarrow.date32())


def _date_of(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        return None


def _name(address: str) -> str:
    return address.rsplit("/", 1)[-1]
