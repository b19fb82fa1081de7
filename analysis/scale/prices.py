"""Prices of one partition as a matrix of returns on the session axis all partitions share.

Dialects, checks and downloads of prices: ``analysis.prices``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.abnormal import ReturnKind
from analysis.engine.impossible import faults
from analysis.engine.series import SeriesSet
from analysis.errors import PriceError
from analysis.scale.reading import dataset_of, price_named, read_columns
from analysis.scale.source import Partition
from analysis.sessions.day_gate import FEW, some_days, weekday_without

if TYPE_CHECKING:
    import pyarrow

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

#: Share of the securities of a partition that makes a day a session they have.
_NEARLY_ALL = 0.9
#: The column of returns that are used as they are, where there is no column of prices.
RETURN = "ret"


@dataclass(frozen=True, eq=False, repr=False)
class PartitionReturns:
    """Returns of the securities of one partition.

    Attributes
    ----------
    securities : tuple of str
        Ascending.
    values : ndarray of shape (n_sessions, n_securities)
        Decimal returns on the shared axis; NaN where missing.
    refused : dict of str to str
        Securities whose rows cannot be used at all, and why; their columns are NaN.
    off_axis : int
        Rows on days that are no session of the axis; they are left out and counted.
    lacking : ndarray of datetime64[D]
        Those of these days, inside the axis, on which nearly all securities have a row.
    """

    securities: tuple[str, ...]
    values: Floats
    refused: Mapping[str, str]
    off_axis: int
    lacking: Days


@dataclass(frozen=True, eq=False, repr=False)
class Survey:
    """What a first look at a partition finds; no price is read.

    Attributes
    ----------
    partition : Partition
        Where.
    securities : tuple of str
        Ascending.
    sessions : ndarray of datetime64[D]
        Days on which any of them has a row.
    """

    partition: Partition
    securities: tuple[str, ...]
    sessions: Days


def survey_partition(partition: Partition) -> Survey:
    """Read the keys of a partition.

    Raises
    ------
    PriceError
        If a column is missing, a session is no date or a security has no name.
    """
    table = read_columns(partition.files, ("security", "session"), parameter="prices")
    _, securities = _codes(table.column("security"), partition.name)
    days = np.unique(table.column("session").drop_null().to_numpy().astype("datetime64[D]"))
    return Survey(partition, securities, days)


def read_returns(
    partition: Partition, axis: Days, *, price: str, return_kind: ReturnKind
) -> PartitionReturns:
    """Read the prices of a partition and turn them into returns between sessions of the axis.

    Parameters
    ----------
    partition
        Where; long form with ``security``, ``session`` and the price, or ``ret``.
    axis : ndarray of datetime64[D]
        Sessions of the study, ascending.
    price
        Column to use: ``close`` or ``adj_close``. A partition without it needs ``ret``.
    return_kind
        ``simple`` or ``log``; a column ``ret`` is taken to be of that kind already.

    Returns
    -------
    PartitionReturns
        The return of a session is missing if its price or that of the session before is.

    Raises
    ------
    PriceError
        If the files cannot be used at all.
    """
    column = value_column(partition.files, price)
    wanted = ("security", "session", column)
    table = read_columns(partition.files, wanted, parameter="prices")
    return table_returns(table, column, axis, return_kind=return_kind, source=partition.name)


def table_returns(
    table: pyarrow.Table, column: str, axis: Days, *, return_kind: ReturnKind, source: str
) -> PartitionReturns:
    """Turn rows (security, session, price or return) into returns; see :func:`read_returns`."""
    codes, securities = _codes(table.column("security"), source)
    values = numbers(table.column(column), source, column)
    days = table.column("session").to_numpy().astype("datetime64[D]")
    at = np.minimum(np.searchsorted(axis, days), len(axis) - 1)
    on_axis = axis[at] == days
    n = len(axis)
    place = (codes * n + at)[on_axis]
    cells = np.full(len(securities) * n, np.nan)
    cells[place] = values[on_axis]
    refused = _refused_values(codes, days, values, securities, column)
    known = np.isfinite(values)
    refused |= _refused_days(codes[known], days[known], axis, securities)
    twice = np.flatnonzero(np.bincount(place, minlength=len(cells)) > 1)
    for cell in twice[::-1]:
        day = axis[cell % n]
        refused[securities[cell // n]] = f"it has two rows on {day}; a session has one {column}"
    matrix: Floats = cells.reshape(len(securities), n)
    if column != RETURN:
        matrix = returns_of(matrix, return_kind)
    series = SeriesSet("prices", securities, matrix.T, axis, return_kind)
    for fault in faults(series):
        refused.setdefault(securities[fault.column], f"{fault.found}: {fault.rule} {fault.remedy}")
    for name in refused:
        matrix[securities.index(name)] = np.nan
    lacking = _lacking(days[~on_axis & known], axis, len(securities))
    return PartitionReturns(securities, matrix.T, refused, int((~on_axis).sum()), lacking)


def _refused_days(
    codes: npt.NDArray[np.int64], days: Days, axis: Days, securities: Sequence[str]
) -> dict[str, str]:
    """Name the securities with rows on no session and none on a weekday that has sessions."""
    off = ~np.isin(days, axis)
    strange = np.flatnonzero(np.bincount(codes[off], minlength=len(securities)) > FEW)
    refused = {}
    for code in map(int, strange):
        mine = codes == code
        absent = weekday_without(np.sort(days[mine]), axis)
        if absent is not None:
            refused[securities[code]] = (
                f"it has rows on {some_days(np.sort(days[mine & off]))}, which are no sessions of "
                f"the benchmark, and none on any {absent}: every date seems a day off"
            )
    return refused


def _lacking(days: Days, axis: Days, n_securities: int) -> Days:
    found, count = np.unique(days, return_counts=True)
    inside = (found > axis[0]) & (found < axis[-1])
    return np.asarray(found[inside & (count >= _NEARLY_ALL * n_securities)])


def value_column(files: Sequence[str], price: str) -> str:
    """Return the column returns come from: the price asked for, else ``ret``."""
    schema = dataset_of(files[:1], parameter="prices").schema
    names = {str(name).strip().casefold() for name in schema.names}
    return RETURN if price_named(names, price) not in names and RETURN in names else price


def returns_of(prices: Floats, return_kind: ReturnKind) -> Floats:
    """Return decimal returns along the last axis; the first session has none."""
    out = np.full(prices.shape, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = prices[..., 1:] / prices[..., :-1]
        out[..., 1:] = np.log(ratio) if return_kind == "log" else ratio - 1
    return out


def _codes(
    column: pyarrow.ChunkedArray, source: str
) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Return the position of every row's security among the sorted names."""
    import pyarrow

    if column.null_count:
        raise PriceError(
            source,
            f"{column.null_count} rows without a security",
            "each row is of one.",
            "Remove them.",
        )
    encoded = pyarrow.chunked_array(column.chunks, pyarrow.string()).combine_chunks()
    encoded = encoded.dictionary_encode()
    found = encoded.dictionary.to_pylist()
    order = np.argsort(np.array(found, dtype=object), kind="stable")
    position = np.empty(len(found), dtype=np.int64)
    position[order] = np.arange(len(found))
    return position[encoded.indices.to_numpy()], tuple(found[i] for i in order)


def numbers(column: pyarrow.ChunkedArray, source: str, name: str) -> Floats:
    """Return a column as floats, NaN where it is blank.

    Raises
    ------
    PriceError
        If it holds anything but numbers.
    """
    import pyarrow

    kind = column.type
    if not (
        pyarrow.types.is_floating(kind)
        or pyarrow.types.is_integer(kind)
        or pyarrow.types.is_decimal(kind)
        or pyarrow.types.is_null(kind)
    ):
        raise PriceError(
            source,
            f"`{name}` is of type {kind}",
            "prices and returns are numbers.",
            "Write it as float64.",
        )
    return np.asarray(column.cast(pyarrow.float64(), safe=False).to_numpy(), dtype=np.float64)


def _refused_values(
    codes: npt.NDArray[np.int64],
    days: Days,
    values: Floats,
    securities: Sequence[str],
    column: str,
) -> dict[str, str]:
    """Name the securities with a row that cannot be right, with the first such row."""
    with np.errstate(invalid="ignore"):
        wrong = np.isinf(values) if column == RETURN else np.isinf(values) | (values <= 0)
    blank = np.isnat(days)
    rule = "a finite number" if column == RETURN else "a finite number above 0"
    return {
        securities[codes[i]]: "it has a row without a `session`; each needs one"
        if blank[i]
        else f"its `{column}` on {days[i]} is {values[i]:g}; it must be {rule}"
        for i in np.flatnonzero(wrong | blank)[::-1]
    }


def frame_axis(surveys: Sequence[Survey]) -> Days:
    """Return the days on which any security has a row, ascending."""
    return np.unique(np.concatenate([survey.sessions for survey in surveys]))


def as_index(axis: Days) -> pd.DatetimeIndex:
    """Return the axis as pandas reads it."""
    return pd.DatetimeIndex(axis.astype("datetime64[us]"), name="session")
