"""The dialects of price files that can mean one thing only, turned into the plain form.

The plain form is cells of text: a header with ``date``, and ``symbol`` and ``close`` or one column
a symbol; days YYYY-MM-DD, numbers with a decimal point. What could mean two things is left as it
stands, and refused by what reads the plain form.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.object_]

#: Names of columns in other programs, by their plain name.
ALIASES = {
    "datetime": "date", "timestamp": "date", "session": "date", "trade_date": "date",
    "ticker": "symbol", "security": "symbol",
    "px_last": "close", "close/last": "close", "last_price": "close",
    "px_open": "open", "px_high": "high", "px_low": "low", "px_volume": "volume",
    "adj._close": "adj_close", "adjusted_close": "adj_close", "adjclose": "adj_close",
    "adj_close**": "adj_close", "close*": "close",
}  # fmt: skip
#: Columns a file of one symbol may have beside its closes.
BAR_COLUMNS = frozenset(
    {
        "date", "open", "high", "low", "close", "adj_close", "volume", "dividends",
        "stock_splits", "capital_gains", "repaired?", "vwap", "trades", "turnover", "change",
        "change_%", "chg%", "vol.",
    }
)  # fmt: skip
#: Text that says that there is no price.
MISSING = (
    "", "NaN", "nan", "NA", "N/A", "n/a", "null", "NULL", "None", "<NA>", ".", "#N/A", "#N/A N/A",
    "#N/A Field Not Applicable", "-", "--",
)  # fmt: skip
_SIGNS_OF_NONE = MISSING[10:]
_SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(:00(\.0+)?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{2})[/.](\d{2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_COMMA_DECIMAL = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", re.ASCII)
_GROUPED = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII)
_ONE_GROUP = re.compile(r"[+-]?\d{1,3},\d{3}", re.ASCII)
_CORNER = {"price", "symbol"}


def plain_name(name: object) -> str:
    """Return the name of a column as this package calls it; other names are only folded."""
    folded = str(name).strip().casefold().replace(" ", "_")
    return ALIASES.get(folded, folded)


def split_rows(text: str) -> tuple[list[tuple[int, list[str]]], str]:
    """Return the rows of a file that hold anything, with their lines, and what separates columns.

    The separator is the one sign of the header that is there; a comma where there are two.
    """
    head = next((line for line in text.splitlines() if line.strip()), "")
    found = [sign for sign in _SIGNS if sign in head]
    sign = found[0] if len(found) == 1 or "," in found else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    try:
        return [(reader.line_num, row) for row in reader if any(map(str.strip, row))], sign
    except csv.Error as error:
        raise csv.Error(str(error), reader.line_num) from error


def separator_remark(sign: str) -> tuple[str, ...]:
    """Say what separates columns where it is not the comma."""
    return () if sign == "," else (f"columns separated by {_SIGNS[sign]}",)


def is_downloaded(header: Sequence[str], second: Sequence[str]) -> bool:
    """Tell the two header lines that yf.download writes: kinds of prices over symbols."""
    names = [plain_name(name) for name in header[1:]]
    lower = [plain_name(name) for name in second[1:]]
    corner = {plain_name(header[0]), plain_name(second[0])} - {""}
    return (set(names) <= BAR_COLUMNS or set(lower) <= BAR_COLUMNS) and corner <= _CORNER


def long_cells(cells: Cells, lines: NDArray[np.int64]) -> tuple[Cells, NDArray[np.int64]]:
    """Turn the table yf.download writes into one row a date and symbol.

    Parameters
    ----------
    cells, lines
        All rows of the file; two header lines, and perhaps a third that names the dates.
    """
    first, second = ([str(c).strip() for c in row] for row in cells[:2])
    kinds, symbols = (first, second) if _kinds_first(first) else (second, first)
    start = 3 if plain_name(cells[2][0]) == "date" else 2
    body, at = cells[start:], lines[start:]
    fields = [name for name in dict.fromkeys(map(plain_name, kinds[1:])) if name]
    parts = []
    for symbol in dict.fromkeys(symbols[1:]):
        part = np.full((len(body), len(fields) + 2), "", dtype=object)
        part[:, 0], part[:, 1] = body[:, 0], symbol
        for column in range(1, body.shape[1]):
            if symbols[column] == symbol:
                part[:, 2 + fields.index(plain_name(kinds[column]))] = body[:, column]
        parts.append(part)
    header = np.array([["date", "symbol", *fields]], dtype=object)
    return np.vstack([header, *parts]), np.concatenate([lines[:1], *([at] * len(parts))])


def _kinds_first(first: Sequence[str]) -> bool:
    return {plain_name(name) for name in first[1:]} <= BAR_COLUMNS


def plain_dates(texts: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Return days as YYYY-MM-DD where all are written in one form that can be read one way.

    Midnights lose their time and their offset, which is that of the exchange; other times of day
    and days whose month could be their day stay as they are.
    """
    for form, what in (
        (_STAMP, "midnights, as the days they begin"),
        (_COMPACT, "days written YYYYMMDD"),
        (_YEAR_FIRST, "days written with the year first"),
    ):
        found = [form.fullmatch(text) for text in texts]
        if texts and all(found):
            if form is _STAMP:
                return [m.group(1) for m in found if m], (what,)
            return ["-".join(m.groups()) for m in found if m], (what,)
    found = [_DOTTED.fullmatch(text) for text in texts]
    if texts and all(found) and any(int(m[1]) > 12 for m in found if m):
        days = [f"{m[3]}-{int(m[2]):02}-{int(m[1]):02}" for m in found if m]
        return days, ("days written dd.mm.yyyy",)
    return list(texts), ()


def plain_numbers(cells: Sequence[Cells], sign: str) -> tuple[list[Cells], tuple[str, ...]]:
    """Return columns of numbers with a decimal point and nothing else.

    Parameters
    ----------
    cells
        Stripped text, one array a column; all columns are of one dialect.
    sign
        What separates columns: a decimal comma needs another sign.
    """
    some = {str(text) for column in cells for text in column if "," in text}
    if not some:
        return list(cells), ()
    every = {str(text) for column in cells for text in column} - set(MISSING)
    if all(map(_GROUPED.fullmatch, every)) and any("." in text for text in some):
        return [_without(column, ",") for column in cells], ("numbers with commas for thousands",)
    decimal = sign != "," and not all(map(_ONE_GROUP.fullmatch, some))
    if decimal and all(map(_COMMA_DECIMAL.fullmatch, every)):
        points = [_without(column, ".") for column in cells]
        return [_comma_to_point(column) for column in points], ("numbers with a decimal comma",)
    return list(cells), ()


def _without(column: Cells, sign: str) -> Cells:
    return np.array(
        [text if text in MISSING else text.replace(sign, "") for text in column], dtype=object
    )


def _comma_to_point(column: Cells) -> Cells:
    return np.array([text.replace(",", ".") for text in column], dtype=object)


def missing_remark(columns: Sequence[Cells]) -> tuple[str, ...]:
    """Say which signs were taken for no price, besides blanks and the usual words."""
    signs = {str(text) for column in columns for text in set(column)} & set(_SIGNS_OF_NONE)
    return tuple(f"{sign!r} as no price" for sign in sorted(signs))


def alias_remark(header: Sequence[str]) -> tuple[str, ...]:
    """Say which columns have another name here."""
    return tuple(
        f"column {name} as {plain_name(name)}"
        for name in header
        if name.strip().casefold().replace(" ", "_") in ALIASES
    )


def ascending(
    days: NDArray[np.datetime64], values: NDArray[np.float64]
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return rows in order of time, one of equal ones, where all are the newest first or equal.

    Parameters
    ----------
    days : ndarray of shape (n_rows,)
        As they stand.
    values : ndarray of shape (n_rows, n_columns)
        What stands beside them.
    """
    rows: NDArray[np.intp] = np.arange(len(days))
    said: tuple[str, ...] = ()
    if len(days) < 2:
        return rows, said
    step = np.diff(days.astype("datetime64[D]").astype(np.int64))
    if (step <= 0).all() and (step < 0).any():
        rows, said = rows[::-1], ("rows with the newest first",)
    same = np.append(False, days[rows][1:] == days[rows][:-1])
    again = rows[same]
    if same.any() and np.array_equal(values[again], values[rows[np.flatnonzero(same) - 1]], True):
        rows, said = rows[~same], (*said, f"{len(again)} rows that stand twice, as one")
    return rows, said


def odd_text(text: str) -> bool:
    """Tell digits of other scripts and underscores, which Python would take for numbers."""
    return "_" in text or not text.isascii()
