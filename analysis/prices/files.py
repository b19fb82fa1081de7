"""Closes from files: wide (``date,NVDA,^N225``), long (``date,symbol,close``) or one symbol a file.

Nothing is guessed: dates are YYYY-MM-DD, numbers have a decimal point, and what is neither is an
error that names file, line and column.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import PriceError, nearest
from analysis.files import read_bounded
from analysis.prices.checks import PriceTable

_MISSING = ("", "NaN", "nan", "NA", "N/A", "null")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPLIT_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}")
_SUFFIXES = (".csv", ".parquet")
_BAR_COLUMNS = {"date", "open", "high", "low", "close", "adj_close", "volume"}
_FIRST_DAY, _LAST_DAY = "1800-01-01", "2199-12-31"
_DECIMAL_COMMA = re.compile(r"[+-]?\d+(\.\d{3})*,\d+")


def read_bytes(path: Path) -> tuple[bytes, str]:
    """Return the content of a file and its sha256.

    Raises
    ------
    PriceError
        If there is no such file or it cannot be read.
    """
    try:
        content = read_bounded(path)
    except OSError as error:
        near = nearest(path.name, (p.name for p in path.parent.glob("*.csv")))
        raise PriceError(
            str(path),
            f"the file cannot be read ({error.strerror or error})",
            "prices come from a CSV or Parquet file that exists.",
            f"Did you mean {near}?" if near else "Check the path.",
        ) from error
    return content, hashlib.sha256(content).hexdigest()


def price_files(path: Path) -> list[Path]:
    """Return the file itself, or the CSV and Parquet files of a folder, by name.

    Raises
    ------
    PriceError
        If a folder has none.
    """
    if not path.is_dir():
        return [path]
    found = sorted(
        file
        for file in path.iterdir()
        if file.suffix.casefold() in _SUFFIXES and not file.name.startswith(".")
    )
    if not found:
        raise PriceError(
            str(path),
            "a folder without price files",
            "a folder of prices holds .csv or .parquet files.",
            "Name another folder, or one file.",
        )
    return found


def read_tables(
    content: bytes, *, file: Path, kind: Literal["close", "adj_close"]
) -> tuple[PriceTable, PriceTable | None]:
    """Parse a price file of any form: its closes, and its opens if it has them.

    Parameters
    ----------
    content
        CSV text in UTF-8, or Parquet.
    file
        Where it came from; a file without a column of symbols holds the symbol of its name.
    kind
        Which prices are wanted from a file that has several.

    Raises
    ------
    PriceError
        If it cannot be read, or is Parquet and pyarrow is not installed.
    """
    if file.suffix.casefold() == ".parquet":
        from analysis.prices.frames import parquet_frame, read_frames

        return read_frames(parquet_frame(content, file.name), source=file.name, kind=kind)
    cells, lines = _cells(content, file.name)
    header = [_plain_name(name) for name in cells[0]]
    if "close" in header and set(header) <= _BAR_COLUMNS:
        cells = _with_symbol(cells, symbol_of(file))
        header = [*header, "symbol"]
    closes = _table(cells, lines, source=file.name, kind=kind)
    if "symbol" in header and "open" in header:
        return closes, _table(cells, lines, source=file.name, kind="open")
    return closes, None


def symbol_of(file: Path) -> str:
    """Return the symbol a file is named after; ``%5E`` stands for ``^``."""
    return unquote(file.stem)


def _plain_name(name: object) -> str:
    return str(name).strip().casefold().replace(" ", "_")


def _with_symbol(cells: NDArray[np.object_], symbol: str) -> NDArray[np.object_]:
    column = np.full((len(cells), 1), symbol, dtype=object)
    column[0] = "symbol"
    return np.hstack([cells, column])


def read_table(
    content: bytes, *, source: str, kind: Literal["close", "adj_close"] = "close"
) -> PriceTable:
    """Parse the text of a price file.

    Parameters
    ----------
    content
        UTF-8 text with a header line, commas between columns and a decimal point.
    source
        File name for messages.
    kind
        Which column of the long form holds the prices: ``close`` or ``adj_close``.

    Raises
    ------
    PriceError
        With file, line and column of the first cell that cannot be read.
    """
    cells, lines = _cells(content, source)
    return _table(cells, lines, source=source, kind=kind)


def _table(
    cells: NDArray[np.object_], lines: NDArray[np.int64], *, source: str, kind: str
) -> PriceTable:
    """Return the prices in the cells of a file, header included."""
    header = [str(name).strip() for name in cells[0]]
    folded = [_plain_name(name) for name in header]
    if "date" not in folded:
        guess = nearest("date", [name for name in header if name])
        found = ", ".join(name or "(no name)" for name in header[:8])
        raise PriceError(
            f"{source}:{lines[0]}",
            f"the columns are {found}",
            "one column must be named date.",
            f"Rename {guess!r} to 'date'." if guess else "Name the column of dates 'date'.",
        )
    if len(cells) == 1:
        raise PriceError(source, "a header and no rows", "there must be prices.", "Check the file.")
    if "symbol" in folded:
        return _long(cells, lines, folded, source=source, kind=kind)
    return _wide(cells, lines, header, folded.index("date"), source)


def _cells(content: bytes, source: str) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the text of every cell, header included, and the line of every row."""
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        numbered = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except UnicodeDecodeError as error:
        raise PriceError(
            source, f"byte {error.start} is not UTF-8", "text must be UTF-8.", "Save it as UTF-8."
        ) from error
    except csv.Error as error:
        raise PriceError(
            f"{source}:{reader.line_num}", f"CSV that does not parse ({error})",
            "a cell is a date, a symbol or a number.", "Look at the quotes of that line.",
        ) from error  # fmt: skip
    if not numbered:
        raise PriceError(source, "an empty file", "there must be prices.", "Check the file.")
    lines = np.array([line for line, _ in numbered])
    rows = [row for _, row in numbered]
    width = len(rows[0])
    if width == 1:
        sign = next((mark for mark in (";", "\t") if mark in rows[0][0]), None)
        raise PriceError(
            f"{source}:{lines[0]}",
            f"columns separated by {sign!r}" if sign else "a single column",
            "columns are separated by commas: date,SYMBOL,... or date,symbol,close.",
            "Write decimals with a point and separate columns with commas.",
        )
    uneven = next((n for n, row in enumerate(rows) if len(row) != width), None)
    if uneven is not None:
        raise PriceError(
            f"{source}:{lines[uneven]}",
            f"{len(rows[uneven])} cells where the header has {width}",
            "every line has as many cells as the header.",
            "Put no comma inside numbers; leave a cell blank where there is no price.",
        )
    return np.array(rows, dtype=object), lines


def _wide(
    cells: NDArray[np.object_], lines: NDArray[np.int64], header: list[str], at: int, source: str
) -> PriceTable:
    names = [name for column, name in enumerate(header) if column != at]
    if "" in names:
        raise PriceError(
            f"{source}:{lines[0]}",
            f"column {header.index('') + 1} has no name",
            "every column is named by its symbol.",
            "Name it or delete it.",
        )
    days = _dates(cells[1:, at], lines[1:], source)
    columns = [
        _numbers(cells[1:, column], lines[1:], source, name)
        for column, name in enumerate(header)
        if column != at
    ]
    closes = pd.DataFrame(np.column_stack(columns), index=_index(days), columns=names)
    return PriceTable(source, closes, np.broadcast_to(lines[1:, None], closes.shape))


def _long(
    cells: NDArray[np.object_],
    lines: NDArray[np.int64],
    folded: list[str],
    *,
    source: str,
    kind: str,
) -> PriceTable:
    if kind not in folded:
        raise PriceError(
            f"{source}:{lines[0]}",
            f"the columns are {', '.join(folded[:8])}",
            f"one row a price needs the columns date, symbol and {kind}.",
            f"Name the column of prices {kind!r}.",
        )
    body, at = cells[1:], lines[1:]
    days, row = np.unique(_dates(body[:, folded.index("date")], at, source), return_inverse=True)
    names = np.array([str(cell).strip() for cell in body[:, folded.index("symbol")]], dtype=object)
    column, symbols = pd.factorize(names)
    prices = _numbers(body[:, folded.index(kind)], at, source, kind)
    where = row * len(symbols) + column
    first = np.zeros(len(where), dtype=bool)
    first[np.unique(where, return_index=True)[1]] = True
    if not first.all():
        again = int(np.argmin(first))
        raise PriceError(
            f"{source}:{at[again]}",
            f"a second price of {names[again]} on {days[row[again]]}",
            "each symbol has one price a date.",
            "Keep one of the rows.",
        )
    values = np.full((len(days), len(symbols)), np.nan)
    origin = np.zeros(values.shape, dtype=np.int64)
    values[row, column], origin[row, column] = prices, at
    closes = pd.DataFrame(values, index=_index(days), columns=list(symbols))
    return PriceTable(source, closes, origin)


def _index(days: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days.astype("datetime64[us]"), name="session")


def _dates(
    texts: NDArray[np.object_], lines: NDArray[np.int64], source: str
) -> NDArray[np.datetime64]:
    days = [str(text).strip() for text in texts]
    for line, day in zip(lines, days, strict=True):
        if not _ISO_DATE.fullmatch(day):
            doubt = (
                "day and month can be confused"
                if _SPLIT_DATE.fullmatch(day)
                else "only YYYY-MM-DD is read"
            )
            raise PriceError(
                f"{source}:{line}, column date",
                f"{day!r}",
                f"{doubt}.",
                "Write dates as 2024-01-31.",
            )
    for line, day in zip(lines, days, strict=True):
        if not _FIRST_DAY <= day <= _LAST_DAY:
            raise PriceError(
                f"{source}:{line}, column date", f"{day!r}",
                f"sessions lie between {_FIRST_DAY} and {_LAST_DAY}.", "Correct the date.",
            )  # fmt: skip
    try:
        return np.array(days, dtype="datetime64[D]")
    except ValueError:
        line, day = next(
            (line, day) for line, day in zip(lines, days, strict=True) if not _is_date(day)
        )
        raise PriceError(
            f"{source}:{line}, column date",
            f"{day!r}",
            "there is no such day.",
            "Correct the date.",
        ) from None


def _is_date(day: str) -> bool:
    try:
        np.datetime64(day, "D")
    except ValueError:
        return False
    return True


def _numbers(
    texts: NDArray[np.object_], lines: NDArray[np.int64], source: str, name: str
) -> NDArray[np.float64]:
    stripped = np.array([str(text).strip() for text in texts], dtype=object)
    missing = np.isin(stripped.astype(str), _MISSING)
    try:
        values = np.where(missing, "nan", stripped).astype(float)
    except ValueError:
        values = np.array([_number(text) for text in stripped])
    bad = ~np.isfinite(values) & ~missing
    if bad.any():
        row = int(np.argmax(bad))
        raise PriceError(
            f"{source}:{lines[row]}, column {name}",
            f"{stripped[row]!r}",
            "a price is a plain number with a decimal point."
            + (" This one has a comma." if _DECIMAL_COMMA.fullmatch(stripped[row]) else ""),
            "Write 1234.56, without separators, signs or units; leave the cell blank for no price.",
        )
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")
