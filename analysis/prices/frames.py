"""Prices from frames and Parquet: the rules of the CSV files, for values that have types."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import PriceError
from analysis.files import sha256_hex
from analysis.prices.checks import PriceTable
from analysis.prices.dialects import (
    BAR_COLUMNS,
    are_bars,
    ascending,
    plain_dates,
    plain_name,
    price_column,
)
from analysis.prices.own_columns import OWN_COLUMNS, odd_columns

_DATE_RULE = "dates are timestamps at midnight without a zone, or text like 2024-01-31."


_HALF = re.compile("[\ud800-\udfff]")


def read_frames(
    frame: pd.DataFrame, *, source: str, kind: str, symbol: str | None = None
) -> tuple[PriceTable, PriceTable | None]:
    """Return the closes of a frame, and its opens if it has them beside closes."""
    if not isinstance(frame, pd.DataFrame):
        raise PriceError(source, type(frame).__name__, "a pandas DataFrame is needed.", "Pass one.")
    odd = next((name for name in map(str, frame.columns) if _HALF.search(name)), None)
    if odd is not None:
        raise PriceError(
            source, f"the column {odd!a}", "half a character is no name.", "Rename the column."
        )
    plain = plain_frame(frame, source, symbol)
    if plain.empty:
        raise PriceError(source, "no prices", "there must be some.", "Pass a frame with rows.")
    has_opens = "symbol" in plain and "open" in plain
    closes = frame_table(plain, kind=kind, source=source)
    return closes, frame_table(plain, kind="open", source=source) if has_opens else None


def plain_frame(frame: pd.DataFrame, source: str, symbol: str | None = None) -> pd.DataFrame:
    """Return a frame with a column ``date``, and long or wide, whatever dialect it is in.

    Parameters
    ----------
    frame
        Wide, long, one of bars of one symbol, or as yf.download returns it.
    source
        For messages.
    symbol
        Whose prices bars without a symbol are; None if nobody has said.

    Raises
    ------
    PriceError
        If no column holds dates, or bars are of nobody.
    """
    plain = _stacked(frame) if isinstance(frame.columns, pd.MultiIndex) else frame
    plain = _with_date_column(plain, source)
    names = [plain_name(name) for name in plain.columns]
    bars = are_bars(names)
    if bars and symbol is None:
        raise PriceError(
            source,
            f"bars of one symbol ({', '.join(map(str, plain.columns))})",
            "a frame says whose prices they are.",
            "Pass symbols=['NVDA'], or add a column symbol.",
        )
    if bars:
        plain, names = plain.assign(symbol=symbol), [*names, "symbol"]
    if "symbol" not in names:
        return plain.set_axis(
            ["date" if n == "date" else str(c).strip() for n, c in zip(names, plain, strict=True)],
            axis=1,
        )
    return plain.set_axis(names, axis=1)


def _stacked(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn columns of kinds of prices and symbols, in either order, into one row a price."""
    first = {plain_name(name) for name in frame.columns.get_level_values(0)}
    level = 1 if first <= BAR_COLUMNS else 0
    parts = []
    for symbol in dict.fromkeys(frame.columns.get_level_values(level)):
        part = pd.DataFrame(frame.xs(symbol, axis=1, level=level))
        parts.append(part.assign(symbol=str(symbol)))
    joined = pd.DataFrame(pd.concat(parts).rename_axis("date").reset_index())
    joined.columns.name = None
    return joined


def frame_table(frame: pd.DataFrame, *, kind: str, source: str = "frame") -> PriceTable:
    """Return the prices of a frame that :func:`plain_frame` made as a table.

    Raises
    ------
    PriceError
        If a column or value cannot be read.
    """
    names = list(map(str, frame.columns))
    days, said = _days(frame.iloc[:, names.index("date")], source)
    if "symbol" not in names:
        columns = [n for n, name in enumerate(names) if name != "date"]
        values = [_numbers(frame.iloc[:, n], source, names[n]) for n in columns]
        table = np.column_stack(values) if values else np.empty((len(days), 0))
        rows, order = ascending(days, table)
        closes = pd.DataFrame(
            table[rows], index=_index(days[rows]), columns=[names[n] for n in columns]
        )
        return PriceTable(source, closes, read=_said(source, said, order))
    kind, instead = price_column(names, kind)
    said = (*said, *instead)
    if kind not in names:
        raise PriceError(
            source,
            f"the columns are {', '.join(names[:8])}",
            f"one row a price needs the columns date, symbol and {kind}.",
            f"Name the column of prices {kind!r}.",
        )
    prices = _numbers(frame.iloc[:, names.index(kind)], source, kind)
    symbols = _symbols(frame.iloc[:, names.index("symbol")], source)
    closes, twice = _pivot(days, symbols, prices, source)
    odd = () if kind == "open" else _odd(frame, names, days, symbols, source)
    return PriceTable(source, closes, read=_said(source, said, twice), odd=odd)


def _symbols(column: pd.Series[Any], source: str) -> NDArray[np.object_]:
    """Return symbols as text; one that is missing would take the place of another."""
    names = column.astype(object).to_numpy()
    absent = column.isna().to_numpy() | np.array([str(name).strip() == "" for name in names])
    if absent.any():
        row = int(np.argmax(absent))
        raise PriceError(
            source,
            f"row {row + 1} without a symbol",
            "every row names its symbol.",
            "Fill it in; of files whose symbol is NA: pandas.read_csv(..., keep_default_na=False).",
        )
    return np.array([str(name).strip() for name in names], dtype=object)


def _odd(
    frame: pd.DataFrame,
    names: list[str],
    days: NDArray[np.datetime64],
    symbols: NDArray[np.object_],
    source: str,
) -> tuple[str, ...]:
    beside = [
        name for name in ("close", *OWN_COLUMNS)
        if name in names and pd.api.types.is_numeric_dtype(frame.iloc[:, names.index(name)].dtype)
    ]  # fmt: skip
    if "close" not in beside or len(beside) < 2:
        return ()
    values: dict[str, Any] = {
        name: frame.iloc[:, names.index(name)].to_numpy(dtype=float, na_value=np.nan)
        for name in beside
    }
    given: dict[str, Any] = {"day": days, "symbol": symbols, **values}
    return odd_columns(pd.DataFrame(given), source)


def _said(source: str, *parts: tuple[str, ...]) -> tuple[str, ...]:
    told = [remark for part in parts for remark in part]
    return (f"{source}: {'; '.join(told)}",) if told else ()


def frame_hash(closes: pd.DataFrame) -> str:
    """Return the sha256 of closes, written out in full."""
    text = closes.to_csv(date_format="%Y-%m-%d", lineterminator="\n")
    return sha256_hex(text)


def _with_date_column(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    if isinstance(frame.index, pd.MultiIndex) and None not in frame.index.names:
        frame = frame.reset_index()  # one row a price, whose day and symbol are the index
    folded = [plain_name(name) for name in frame.columns]
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


def _days(column: pd.Series[Any], source: str) -> tuple[NDArray[np.datetime64], tuple[str, ...]]:
    dtype = column.dtype
    said: tuple[str, ...] = ()
    if isinstance(dtype, pd.DatetimeTZDtype):
        local = column.dt.tz_localize(None)
        if str(dtype.tz) == "UTC" or not local.dropna().eq(local.dropna().dt.normalize()).all():
            raise PriceError(
                source,
                f"dates in the zone {dtype.tz}",
                _DATE_RULE,
                "Turn them into local dates: "
                ".dt.tz_convert(ZONE).dt.tz_localize(None).dt.normalize().",
            )
        column, said = local, (f"midnights of {dtype.tz}, as the days they begin",)
        dtype = column.dtype
    if column.isna().any():
        raise PriceError(source, "a missing date", _DATE_RULE, "Fill it in or drop the row.")
    if pd.api.types.is_datetime64_dtype(dtype):
        stamps = column.to_numpy()
        days: NDArray[np.datetime64] = stamps.astype("datetime64[D]")
        if (days != stamps).any():
            odd = column.iloc[int(np.argmax(days != stamps))]
            raise PriceError(source, f"the date {odd}", _DATE_RULE, "Use .dt.normalize().")
        return days, said
    texts, said = plain_dates([str(value) for value in column])
    try:
        good = [len(text) == 10 and str(np.datetime64(text, "D")) == text for text in texts]
    except ValueError:
        good = [_is_day(text) for text in texts]
    if not all(good):
        odd = texts[good.index(False)]
        raise PriceError(source, f"the date {odd[:40]!r}", _DATE_RULE, "Correct it.")
    return np.array(texts, dtype="datetime64[D]"), said


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
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    dates, row = np.unique(days, return_inverse=True)
    column, names = pd.factorize(symbols)
    where = row * max(len(names), 1) + column
    kept, position = np.unique(where, return_index=True)
    earlier = position[np.searchsorted(kept, where)]
    other = ~np.isclose(prices, prices[earlier], rtol=0, atol=0, equal_nan=True)
    if other.any():
        again = int(np.argmax(other))
        raise PriceError(
            source,
            f"a second price of {symbols[again]} on {days[again]}",
            "each symbol has one price a date.",
            "Keep one of the rows.",
        )
    twice = len(where) - len(kept)
    values = np.full((len(dates), len(names)), np.nan)
    values[row, column] = prices
    closes = pd.DataFrame(values, index=_index(dates), columns=list(names))
    return closes, (f"{twice} rows that stand twice, as one",) if twice else ()


def _index(days: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[us]"), name="session")
