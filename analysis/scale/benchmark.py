"""The session axis of a study over partitions, and the benchmark on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.engine.gate import look_at_factors
from analysis.engine.impossible import refuse_days
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.engine.oddity import Oddity
from analysis.engine.peers import PEERS, check_peers
from analysis.engine.series import SeriesSet
from analysis.engine.spec import StudySpec
from analysis.errors import InputError, PriceError
from analysis.scale.prices import (
    RETURN,
    Days,
    Floats,
    Survey,
    frame_axis,
    numbers,
    returns_of,
    table_returns,
    value_column,
)
from analysis.scale.reading import dataset_of, price_named, read_columns
from analysis.scale.source import filesystem, parquet_files

_LEAVE = "Leave the value blank where there is none."


@dataclass(frozen=True, eq=False, repr=False)
class Axis:
    """Sessions all partitions share, and what normal returns are explained by.

    Attributes
    ----------
    sessions : ndarray of datetime64[D]
        Ascending.
    factors : ndarray of shape (n_sessions, k)
        Decimal returns; k is 0 without a benchmark, and for peers.
    names : tuple of str
        Names of the k factors.
    peers : bool
        Whether the benchmark of a security is the mean of all others.
    odd : tuple of Oddity
        What the gate noticed about the factors.
    """

    sessions: Days
    factors: Floats
    names: tuple[str, ...]
    peers: bool = False
    odd: tuple[Oddity, ...] = ()


def benchmark_axis(benchmark: str | None, surveys: Sequence[Survey], spec: StudySpec) -> Axis:
    """Read the benchmark as :func:`_read_axis` does, and let it pass the gate.

    Raises
    ------
    InputError
        As :func:`_read_axis`, and if a factor cannot be a decimal return or does not vary.
    """
    axis = _read_axis(benchmark, surveys, spec)
    refuse_days("prices", axis.sessions)
    series = SeriesSet("benchmark", axis.names, axis.factors, axis.sessions, spec.return_kind)
    return replace(axis, odd=look_at_factors(series, spec))


def _read_axis(benchmark: str | None, surveys: Sequence[Survey], spec: StudySpec) -> Axis:
    """Read the benchmark; its sessions are the axis, else all days on which anything has a row.

    Parameters
    ----------
    benchmark
        ``"peers"``, a security of the prices, the address of a CSV or Parquet file, or None.
    surveys
        What the partitions hold.
    spec
        The method: price column, return kind, model.

    Raises
    ------
    InputError
        If the model needs a benchmark and there is none, or it is not one of the forms above.
    PriceError
        If it cannot be read.
    """
    if benchmark is None and spec.model not in WITHOUT_BENCHMARK:
        raise InputError(
            "benchmark",
            None,
            f"model {spec.model!r} needs one.",
            "Name a security of the prices, a file, or peers; or use model constant_mean.",
        )
    if benchmark is None or benchmark == PEERS:
        sessions = frame_axis(surveys)
        if not len(sessions):
            raise PriceError(
                "prices", "no row with a session", "a study needs prices.", "Name another folder."
            )
        if benchmark == PEERS:
            check_peers(sum(len(survey.securities) for survey in surveys), "prices")
        return Axis(sessions, np.empty((len(sessions), 0)), (), peers=benchmark == PEERS)
    for survey in surveys:
        if benchmark in survey.securities:
            return _from_prices(benchmark, survey, spec)
    return _from_file(benchmark, spec)


def _from_prices(name: str, survey: Survey, spec: StudySpec) -> Axis:
    files = survey.partition.files
    column = value_column(files, spec.price)
    table = read_columns(
        files, ("security", "session", column), parameter="prices", only=("security", [name])
    )
    table = table.filter(table.column(column).is_valid())  # a day without a price is no session
    days = table.column("session").drop_null().to_numpy().astype("datetime64[D]")
    found = table_returns(
        table, column, np.unique(days), return_kind=spec.return_kind, source=survey.partition.name
    )
    if found.refused:
        raise PriceError(
            survey.partition.name,
            f"benchmark {name}: {found.refused[name]}",
            "every figure of a benchmark must be right.",
            "Correct the row, or take another benchmark.",
        )
    return Axis(np.unique(days), found.values, (name,))


def _from_file(address: str, spec: StudySpec) -> Axis:
    fs, path = filesystem(address, parameter="benchmark")
    if not fs.exists(path):
        raise InputError(
            "benchmark",
            address,
            "it is neither a security of the prices nor a file.",
            "Use peers, a security, or a file with session and close, or session and returns.",
        )
    files = (
        [str(fs.unstrip_protocol(path))]
        if address.endswith(".csv")
        else [file for file, _ in parquet_files(address, parameter="benchmark")]
    )
    source = address.rsplit("/", 1)[-1]
    folded, columns = _value_columns(files, source, spec)
    days, values = _checked_rows(files, columns, source)
    if columns == [spec.price]:
        low = _first(days, (values <= 0).any(axis=1))
        if low is not None:
            raise PriceError(
                source, f"a `{spec.price}` of 0 or less on {low}", "a price is above 0.", _LEAVE
            )
        return Axis(days, returns_of(values.T, spec.return_kind).T, ("benchmark",))
    return Axis(days, values, tuple("benchmark" if c == RETURN else folded[c] for c in columns))


def _value_columns(
    files: Sequence[str], source: str, spec: StudySpec
) -> tuple[dict[str, str], list[str]]:
    """Return names as they stand in the file by their folded form, and the columns to use."""
    names = [str(name) for name in dataset_of(files, parameter="benchmark").schema.names]
    folded = {name.strip().casefold(): name for name in names}
    keys = {"session", "date"}
    values = [name for name in folded if name not in keys]
    called = price_named(folded, spec.price)
    are_prices = called in folded and called in (spec.price, "price")  # a `value` may be a return
    columns: list[str] = [spec.price] if are_prices else values
    if not columns:
        raise PriceError(
            source,
            f"the columns are {', '.join(names)}",
            "a benchmark needs values beside its sessions.",
            f"Add `{spec.price}`, or decimal returns.",
        )
    if columns != [spec.price] and (prices := sorted({"close", "adj_close"} & set(columns))):
        raise InputError(
            "benchmark",
            f"{source} with {', '.join(prices)}",
            f"the study uses `{spec.price}`, and other columns are taken as decimal returns.",
            f"Add a column {spec.price}, or study with price {prices[0]}.",
        )
    return folded, columns


def _checked_rows(files: Sequence[str], columns: list[str], source: str) -> tuple[Days, Floats]:
    """Read sessions, ascending and each once, and finite values or NaN."""
    table = read_columns(files, ("session", *columns), parameter="benchmark")
    days = table.column("session").to_numpy().astype("datetime64[D]")
    order = np.argsort(days, kind="stable")
    days = days[order]
    values = np.column_stack([numbers(table.column(c), source, c) for c in columns])[order]
    if not len(days):
        raise PriceError(
            source, "no row", "a benchmark needs a row for each session.", "Name another file."
        )
    if np.isnat(days).any():
        raise PriceError(
            source, "a row without a session", "each row is of one session.", "Remove it."
        )
    twice = _first(days[1:], days[1:] == days[:-1])
    if twice is not None:
        raise PriceError(source, f"two rows on {twice}", "one row a session.", "Keep one of them.")
    endless = _first(days, np.isinf(values).any(axis=1))
    if endless is not None:
        raise PriceError(source, f"an infinite value on {endless}", "it must be finite.", _LEAVE)
    return days, values


def _first(days: Days, wrong: npt.ArrayLike) -> object:
    """Return the first day of those that are wrong; None if none is."""
    rows = np.flatnonzero(wrong)
    return days[rows[0]] if len(rows) else None
