"""Prices from frames and Parquet: the rules of the CSV files, for values that have types."""

from __future__ import annotations

import hashlib
import importlib
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import PriceError
from analysis.prices.checks import PriceTable

_DATE_RULE = "dates are timestamps at midnight without a zone, or text like 2024-01-31."


def parquet_frame(content: bytes, source: str) -> pd.DataFrame:
    """Read a Parquet file.

    Raises
    ------
    PriceError
        If pyarrow is not installed or the file cannot be read.
    """
    try:
        pyarrow = importlib.import_module("pyarrow")
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise PriceError(
            source,
            "a Parquet file, and no package that reads it",
            "Parquet needs pyarrow, which is not installed by default.",
            'Install it (pip install "market-reaction[parquet]"), or save the prices as CSV.',
        ) from None
    try:
        frame = parquet.read_table(pyarrow.BufferReader(content)).to_pandas()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise PriceError(
            source,
            f"a Parquet file that cannot be read ({str(error).splitlines()[0][:80]})",
            "it must be whole.",
            "Write it anew.",
        ) from error
    return pd.DataFrame(frame)


def read_frames(
    frame: pd.DataFrame, *, source: str, kind: str
) -> tuple[PriceTable, PriceTable | None]:
    """Return the closes of a frame, and its opens if it is long and has them."""
    closes = frame_table(frame, kind=kind, source=source)
    names = [str(name).strip().casefold() for name in frame.columns]
    has_opens = "symbol" in names and "open" in names
    return closes, frame_table(frame, kind="open", source=source) if has_opens else None


def frame_table(frame: pd.DataFrame, *, kind: str, source: str = "frame") -> PriceTable:
    """Return the prices of a wide or long frame as a table.

    Raises
    ------
    PriceError
        If a column or value cannot be read.
    """
    if not isinstance(frame, pd.DataFrame):
        raise PriceError(source, type(frame).__name__, "a pandas DataFrame is needed.", "Pass one.")
    plain = _with_date_column(frame, source)
    names = [str(name).strip() for name in plain.columns]
    folded = [name.casefold().replace(" ", "_") for name in names]
    days = _days(plain.iloc[:, folded.index("date")], source)
    if "symbol" not in folded:
        columns = [n for n, name in enumerate(folded) if name != "date"]
        values = [_numbers(plain.iloc[:, n], source, names[n]) for n in columns]
        table = np.column_stack(values) if values else np.empty((len(days), 0))
        closes = pd.DataFrame(table, index=_index(days), columns=[names[n] for n in columns])
        return PriceTable(source, closes)
    if kind not in folded:
        raise PriceError(
            source,
            f"the columns are {', '.join(names[:8])}",
            f"one row a price needs the columns date, symbol and {kind}.",
            f"Name the column of prices {kind!r}.",
        )
    prices = _numbers(plain.iloc[:, folded.index(kind)], source, kind)
    symbols = plain.iloc[:, folded.index("symbol")].astype(str).str.strip().to_numpy(dtype=object)
    return PriceTable(source, _pivot(days, symbols, prices, source))


def frame_hash(closes: pd.DataFrame) -> str:
    """Return the sha256 of closes, written out in full."""
    text = closes.to_csv(date_format="%Y-%m-%d", lineterminator="\n")
    return hashlib.sha256(text.encode()).hexdigest()


def _with_date_column(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    folded = [str(name).strip().casefold() for name in frame.columns]
    if folded.count("date") == 1:
        return frame
    if "date" not in folded and isinstance(frame.index, pd.DatetimeIndex):
        out = frame.copy()
        out.insert(0, "date", frame.index)
        return out
    raise PriceError(
        source,
        f"the columns are {', '.join(map(str, list(frame.columns)[:8]))}",
        "one column must be named date, or the index must hold the dates.",
        "Name the column of dates 'date'.",
    )


def _days(column: pd.Series[Any], source: str) -> NDArray[np.datetime64]:
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        raise PriceError(
            source,
            f"dates in the zone {dtype.tz}",
            _DATE_RULE,
            "Turn them into local dates: .dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize().",
        )
    if column.isna().any():
        raise PriceError(source, "a missing date", _DATE_RULE, "Fill it in or drop the row.")
    if pd.api.types.is_datetime64_dtype(dtype):
        stamps = column.to_numpy()
        days: NDArray[np.datetime64] = stamps.astype("datetime64[D]")
        if (days != stamps).any():
            odd = column.iloc[int(np.argmax(days != stamps))]
            raise PriceError(source, f"the date {odd}", _DATE_RULE, "Use .dt.normalize().")
        return days
    texts = [str(value) for value in column]
    try:
        good = [len(text) == 10 and str(np.datetime64(text, "D")) == text for text in texts]
    except ValueError:
        good = [_is_day(text) for text in texts]
    if not all(good):
        odd = texts[good.index(False)]
        raise PriceError(source, f"the date {odd[:40]!r}", _DATE_RULE, "Correct it.")
    return np.array(texts, dtype="datetime64[D]")


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and str(np.datetime64(text, "D")) == text
    except ValueError:
        return False


def _numbers(column: pd.Series[Any], source: str, name: str) -> NDArray[np.float64]:
    if pd.api.types.is_bool_dtype(column.dtype) or not pd.api.types.is_numeric_dtype(column.dtype):
        odd = next((v for v in column if not isinstance(v, int | float)), column.dtype)
        raise PriceError(
            source,
            f"{str(odd)[:40]!r} in column {name}",
            "prices are numbers.",
            "Convert the column with pandas.to_numeric; NaN is no price.",
        )
    values: NDArray[np.float64] = column.to_numpy(dtype=float, na_value=np.nan)
    return values


def _pivot(
    days: NDArray[np.datetime64],
    symbols: NDArray[np.object_],
    prices: NDArray[np.float64],
    source: str,
) -> pd.DataFrame:
    dates, row = np.unique(days, return_inverse=True)
    column, names = pd.factorize(symbols)
    where = row * max(len(names), 1) + column
    first = np.unique(where, return_index=True)[1]
    if len(first) < len(where):
        again = int(np.setdiff1d(np.arange(len(where)), first)[0])
        raise PriceError(
            source,
            f"a second price of {symbols[again]} on {days[again]}",
            "each symbol has one price a date.",
            "Keep one of the rows.",
        )
    values = np.full((len(dates), len(names)), np.nan)
    values[row, column] = prices
    return pd.DataFrame(values, index=_index(dates), columns=list(names))


def _index(days: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[us]"), name="session")
