"""What every price must pass, wherever it came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError, PriceError, nearest

STOCK_FACTOR = 1.8
"""Largest believable ratio of two successive closes of a share; a 2-for-1 split exceeds it."""
INDEX_FACTOR = 2.5
"""The same for an index (``^`` in Yahoo's symbols): none splits, and ^VIX has doubled in a day."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceTable:
    """Closes of one source before they are checked.

    Attributes
    ----------
    source
        File name, or the service asked.
    closes
        One row a date (index: datetime), one float column a symbol, NaN where there is no price.
    lines
        Line of the file each price stands in, shape of ``closes``; None if there is no file.
    read
        How the source was read where it is written in a dialect.
    odd
        What its other columns say against the closes: possible, but suspicious.
    currencies
        By symbol, where a column of the source tells it.
    """

    source: str
    closes: pd.DataFrame
    lines: NDArray[np.int64] | None = None
    read: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    currencies: Mapping[str, str] | None = None

    def place(self, row: int, column: int) -> str:
        """Name the file, line and column, or the symbol and date, of one price."""
        symbol = self.closes.columns[column]
        if self.lines is not None:
            return f"{self.source}:{self.lines[row, column]}, column {symbol}"
        return f"{self.source}, {symbol} on {_day(self.closes.index[row])}"

    def take(self, rows: NDArray[np.bool_], columns: Sequence[int]) -> PriceTable:
        """Return the table of some rows and columns."""
        lines = None if self.lines is None else self.lines[rows][:, list(columns)]
        return PriceTable(self.source, self.closes.iloc[np.flatnonzero(rows), list(columns)], lines)


def check_table(table: PriceTable) -> None:
    """Refuse a table that is empty, names a symbol twice, or whose dates do not ascend.

    Raises
    ------
    PriceError
        With file and line of the first offender.
    """
    repeated = [name for name, count in Counter(table.closes.columns).items() if count > 1]
    if repeated:
        raise PriceError(
            table.source,
            f"{len(repeated)} column name(s) stand twice: {', '.join(map(str, repeated))}",
            "each symbol has one column.",
            "Keep one column of each.",
        )
    if table.closes.empty:
        raise PriceError(
            table.source, "no prices", "there must be at least two dates.", "Check span and file."
        )
    step = np.diff(table.closes.index.to_numpy().astype("datetime64[D]").astype(np.int64))
    if (step <= 0).any():
        row = int(np.argmax(step <= 0)) + 1
        what = "stands twice" if step[row - 1] == 0 else "comes after a later date"
        raise PriceError(
            table.place(row, 0),
            f"date {_day(table.closes.index[row])} {what}",
            "dates must ascend, one row each.",
            "Sort the rows by date and keep one row a date.",
        )


def check_prices(
    table: PriceTable, *, stock_factor: float = STOCK_FACTOR, index_factor: float = INDEX_FACTOR
) -> None:
    """Refuse prices that are not positive and finite, too few, or jump like an unadjusted split.

    Parameters
    ----------
    table
        Only the symbols and dates that are wanted.
    stock_factor, index_factor
        Largest believable ratio between successive closes, either way.

    Raises
    ------
    PriceError
        With file and line, or symbol and date, of the first offender.

    Notes
    -----
    NaN means no price and passes; successive closes are compared across it.
    """
    values = table.closes.to_numpy(dtype=float)
    bad = np.isinf(values) | (values <= 0)
    if bad.any():
        row, column = (int(k) for k in np.argwhere(bad)[0])
        raise PriceError(
            table.place(row, column),
            f"price {values[row, column]:g}",
            "a price is a positive number.",
            "Leave the cell blank if the market was closed.",
        )
    count = np.isfinite(values).sum(axis=0)
    if (count < 2).any():
        column = int(np.argmax(count < 2))
        raise PriceError(
            table.source,
            f"{int(count[column])} price(s) of {table.closes.columns[column]} in the span asked",
            "a return needs at least two prices.",
            "Widen the span or leave the symbol out.",
        )
    _check_jumps(table, values, stock_factor=stock_factor, index_factor=index_factor)


def _check_jumps(
    table: PriceTable, values: NDArray[np.float64], *, stock_factor: float, index_factor: float
) -> None:
    before = table.closes.ffill().shift(1).to_numpy(dtype=float)
    symbols = [str(name) for name in table.closes.columns]
    limit = np.where([name.startswith("^") for name in symbols], index_factor, stock_factor)
    jump = np.abs(np.log(values) - np.log(before)) > np.log(limit)
    if not jump.any():
        return
    row, column = (int(k) for k in np.argwhere(jump)[0])
    old, new = before[row, column], values[row, column]
    raise PriceError(
        table.place(row, column),
        f"{symbols[column]} goes from {old:g} to {new:g} on {_day(table.closes.index[row])} "
        f"({new / old - 1:+.0%})",
        f"a change by more than a factor of {limit[column]:g} looks like an unadjusted split or a "
        "misplaced decimal point.",
        "Use split-adjusted closes. If the move is real, allow it: --largest-factor "
        f"{np.ceil(max(new / old, old / new) + 0.5):g}.",
    )


def check_opens(
    closes: pd.DataFrame,
    opens: pd.DataFrame,
    factors: Sequence[float],
    *,
    source: str,
    strict: bool,
) -> NDArray[np.bool_]:
    """Tell which opening prices can be right: positive, and within a factor of that day's close.

    Parameters
    ----------
    closes, opens
        Of the same shape.
    factors
        Largest believable ratio of open and close, for each column.
    source
        For messages.
    strict
        Whether one that cannot be right is an error.

    Raises
    ------
    PriceError
        With symbol and date of the first offender, if ``strict``.
    """
    values = opens.to_numpy(dtype=float)
    known = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(np.log(values / closes.to_numpy(dtype=float)))
    sound: NDArray[np.bool_] = known & (values > 0) & ~(ratio > np.log(np.array(factors)))
    wrong = known & ~sound
    if strict and wrong.any():
        row, column = (int(k) for k in np.argwhere(wrong)[0])
        close = closes.to_numpy(dtype=float)[row, column]
        raise PriceError(
            f"{source}, {opens.columns[column]} on {_day(opens.index[row])}",
            f"an open of {values[row, column]:g} beside a close of {close:g}",
            f"open and close of a day lie within a factor of {factors[column]:g}, adjusted alike.",
            "Adjust both for splits, or leave the column of opens out.",
        )
    return sound


def columns_of(tables: Sequence[PriceTable], symbols: Sequence[str]) -> list[tuple[int, int]]:
    """Return (table, column) of each symbol.

    Raises
    ------
    PriceError
        If no table, or more than one, has a symbol; names the nearest symbol there is.
    """
    sources = ", ".join(table.source for table in tables)
    return [_column_of(tables, symbol, sources) for symbol in symbols]


def _column_of(tables: Sequence[PriceTable], symbol: str, sources: str) -> tuple[int, int]:
    hits = [
        (number, list(table.closes.columns).index(symbol))
        for number, table in enumerate(tables)
        if symbol in table.closes.columns
    ]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise PriceError(
            sources,
            f"{symbol} stands in {len(hits)} files",
            "a series comes from one file.",
            "Leave one of them out.",
        )
    names = [str(name) for table in tables for name in table.closes.columns]
    guess = nearest(symbol, names)
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    raise PriceError(
        sources,
        f"no prices of {symbol}",
        "every symbol asked for must be there.",
        (f"Did you mean {guess}? " if guess else "") + f"There are: {shown}.",
    )


def parse_day(parameter: str, value: str | date | None) -> np.datetime64 | None:
    """Read a date given as a parameter.

    Raises
    ------
    InputError
        If it is not a date of the form YYYY-MM-DD.
    """
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else value
        return np.datetime64(day, "D")
    except ValueError:
        raise InputError(
            parameter, value, "a date is written YYYY-MM-DD.", "For example 2024-01-02."
        ) from None


def _day(stamp: pd.Timestamp) -> str:
    return f"{stamp:%Y-%m-%d}"
