"""The cells of a price file: its rows in the plain form, its days and its numbers."""

from __future__ import annotations

import csv
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analysis.errors import PriceError
from analysis.prices.dialects import (
    BAR_COLUMNS,
    MISSING,
    is_downloaded,
    long_cells,
    missing_remark,
    odd_text,
    plain_dates,
    plain_name,
    plain_numbers,
    separator_remark,
    split_rows,
    without_currency,
    without_percent,
)
from analysis.prices.layouts import plain_layout
from analysis.seeds.encodings import NotText, decoded

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPLIT_DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}", re.ASCII)
_FIRST_DAY, _LAST_DAY = "1800-01-01", "2199-12-31"


class Sheet(NamedTuple):
    """Cells of a file in the plain form, header included, their lines, and how they were read."""

    cells: NDArray[np.object_]
    lines: NDArray[np.int64]
    sign: str
    read: tuple[str, ...] = ()


def sheet_of(content: bytes, source: str) -> Sheet:
    """Return the text of every cell, header included, and the line of every row.

    Raises
    ------
    PriceError
        If it is no text, or its lines have unequal lengths.
    """
    try:
        text, letters = decoded(content, numbers=True)
        numbered, sign = split_rows(text)
    except NotText as error:
        raise PriceError(
            source, "a file that is no plain text", error.rule, error.remedy
        ) from error
    except csv.Error as error:
        raise PriceError(
            f"{source}:{error.args[1]}", f"CSV that does not parse ({error.args[0]})",
            "a cell is a date, a symbol or a number.", "Look at the quotes of that line.",
        ) from error  # fmt: skip
    if not numbered:
        raise PriceError(source, "an empty file", "there must be prices.", "Check the file.")
    numbered, laid = plain_layout(numbered)
    lines = np.array([line for line, _ in numbered])
    rows = [row for _, row in numbered]
    width = len(rows[0])
    if width == 1:
        raise PriceError(
            f"{source}:{lines[0]}",
            "a single column",
            "columns are separated by commas: date,SYMBOL,... or date,symbol,close.",
            "Write decimals with a point and separate columns with commas.",
        )
    uneven = next((n for n, row in enumerate(rows) if len(row) != width), None)
    if uneven is not None:
        cut = uneven == len(rows) - 1 > 1 and not content.endswith((b"\n", b"\n\x00"))
        raise PriceError(
            f"{source}:{lines[uneven]}",
            f"{len(rows[uneven])} cells where the header has {width}",
            "every line has as many cells as the header.",
            "The file is cut off here: fetch it anew." if cut else
            "Put no comma inside numbers; leave a cell blank where there is no price.",
        )  # fmt: skip
    cells, read = np.array(rows, dtype=object), (*letters, *separator_remark(sign), *laid)
    if len(rows) > 3 and is_downloaded(rows[0], rows[1]):
        cells, lines = long_cells(cells, lines)
        read = (*read, "two header lines, kinds of prices over symbols")
    if _named_price([plain_name(name) for name in cells[0]]):
        cells[0] = ["close" if plain_name(name) == "price" else name for name in cells[0]]
        read = (*read, "column Price as close")
    elif not str(cells[0, 0]).strip() and "date" not in map(plain_name, cells[0]):
        cells[0, 0] = "date"  # an index without a name; what is no date is refused below
    return Sheet(cells, lines, sign, read)


def _named_price(header: list[str]) -> bool:
    """Whether closes stand in a column called price, beside opens, highs and lows."""
    return (
        {"open", "high", "low"} <= set(header)
        and header.count("price") == 1
        and "close" not in header
        and header[0] != "price"
    )


def dates_of(
    texts: NDArray[np.object_], lines: NDArray[np.int64], source: str
) -> tuple[NDArray[np.datetime64], tuple[str, ...]]:
    """Return days and how they are written; what is no day is a PriceError with its line."""
    days, said = plain_dates([str(text).strip() for text in texts])
    for line, day in zip(lines, days, strict=True):
        if not _ISO_DATE.fullmatch(day):
            doubt = (
                "day and month can be confused"
                if _SPLIT_DATE.fullmatch(day)
                else "only YYYY-MM-DD is read, or one other form throughout"
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
        return np.array(days, dtype="datetime64[D]"), said
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


def numbers_of(
    sheet: Sheet, columns: list[int], names: list[str], source: str
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return columns of numbers, shape (rows, columns), and how they are written."""
    texts = [
        np.array([str(text).strip() for text in sheet.cells[1:, column]], dtype=object)
        for column in columns
    ]
    bars = set(names) <= BAR_COLUMNS
    stripped = [without_currency(column, few=bars) for column in texts]
    money = tuple(dict.fromkeys(said for _, remark in stripped for said in remark))
    percent = without_percent(texts)
    unit, bare = (100.0, ("per cent as decimals",)) if percent else (1.0, money)
    plain, said = plain_numbers(percent or [column for column, _ in stripped], sheet.sign)
    values = [
        _column(column, given, sheet.lines[1:], source, name)
        for column, given, name in zip(plain, texts, names, strict=True)
    ]
    table = np.column_stack(values) if values else np.empty((len(sheet.cells) - 1, 0))
    return table / unit, (*bare, *said, *missing_remark(texts))


def _column(
    plain: NDArray[np.object_],
    given: NDArray[np.object_],
    lines: NDArray[np.int64],
    source: str,
    name: str,
) -> NDArray[np.float64]:
    missing = np.isin(plain.astype(str), MISSING)
    try:
        values = np.where(missing, "nan", plain).astype(float)
    except ValueError:
        values = np.array([_number(text) for text in plain])
    bad = ~np.isfinite(values) & ~missing
    if odd_text("".join(plain[~missing])):
        bad |= np.array([odd_text(text) for text in plain]) & ~missing
    if bad.any():
        row = int(np.argmax(bad))
        raise PriceError(
            f"{source}:{lines[row]}, column {name}",
            f"{given[row]!r}",
            "a price is a plain number with a decimal point."
            + (" This one has a comma." if "," in given[row] else ""),
            "Write 1234.56, without separators, signs or units; leave the cell blank for no price.",
        )
    return values


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")
