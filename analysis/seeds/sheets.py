"""Cells of a small table as people keep them: text, the first sheet of a workbook, Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import InputError, PriceError, nearest
from analysis.files import read_bounded, sha256_hex
from analysis.seeds.encodings import NotText, decoded
from analysis.seeds.typed_files import TYPED, is_typed, refuse_other, typed_frame, with_index

SHEETS = (".xlsx", ".xlsm")
SUFFIXES = (".csv", ".tsv", ".txt", ".gz", ".zip", ".json", ".jsonl", ".ndjson", *SHEETS, *TYPED)
_MARKS = (",", ";", "\t", "|")
#: Lines a separator is looked for in.
_LOOKED_AT = 30
INSTALL_OPENPYXL = "Install it (pip install openpyxl), or save the sheet as CSV."

#: What a cell of a workbook may hold; text files hold text only.
Cell = str | float | datetime


@dataclass(frozen=True, eq=False, repr=False)
class Sheet:
    """A table before anything is known of its columns.

    Attributes
    ----------
    source : str
        Name of the file.
    sha256 : str
        Of its bytes.
    header : tuple of str
        Names of the columns.
    rows : tuple of tuple
        Cells, as many as the header has; blank ones are empty text.
    lines : tuple of int
        Line (of a workbook: row) of each row, counted from 1.
    above : int
        Lines above the header that are no table, such as a title.
    read : tuple of str
        How the file was read where that can be thought of otherwise.
    """

    source: str
    sha256: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]
    above: int = 0
    read: tuple[str, ...] = ()

    def column(self, name: str) -> list[Cell]:
        """Return the cells of a column."""
        at = self.header.index(name)
        return [row[at] for row in self.rows]


def read_sheet(path: str | Path, *, parameter: str) -> Sheet:
    """Read a table of a CSV, TSV or Excel file; the separator is the one the header uses.

    Parameters
    ----------
    path
        File; blank lines in it are passed over.
    parameter
        Name for messages.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, or its rows have unequal lengths.
    """
    file = Path(path)
    try:
        content = read_bounded(file)
    except OSError as error:
        near = nearest(file.name, (p.name for p in file.parent.glob("*") if p.suffix in SUFFIXES))
        raise InputError(
            parameter, str(path), f"the file cannot be read ({error.strerror or error}).",
            f"Did you mean {near}?" if near else "Name a CSV, TSV or xlsx file.",
        ) from error  # fmt: skip
    read: tuple[str, ...] = ()
    if is_workbook(content, file.suffix):
        numbered = _workbook_rows(content, file.name, parameter)
    elif is_typed(content, file.suffix):
        numbered = _typed_rows(content, file.name, parameter)
    else:
        numbered, read = _text_rows(content, file.name, parameter)
    if not numbered:
        raise InputError(parameter, file.name, "it is empty.", "Write a header, then a line each.")
    above = _lines_above(numbered)
    numbered = numbered[above:]
    header = _header(numbered[0][1], f"{file.name}:{numbered[0][0]}", parameter)
    rows = [_fitted(row, len(header), f"{file.name}:{n}", parameter) for n, row in numbered[1:]]
    digest = sha256_hex(content)
    return Sheet(file.name, digest, header, tuple(rows), tuple(n for n, _ in numbered[1:]),
                 above, read)  # fmt: skip


def is_workbook(content: bytes, suffix: str) -> bool:
    """Tell a workbook of Excel by its first bytes, or by the end of its name."""
    packed = content.startswith(b"PK\x03\x04") and b"xl/workbook" in content
    return packed or suffix.casefold() in SHEETS


def _typed_rows(content: bytes, source: str, parameter: str) -> list[tuple[int, list[Cell]]]:
    """Return the rows of a table with types; row 1 is its header."""
    try:
        frame = with_index(typed_frame(content, source))
    except PriceError as error:
        raise InputError(parameter, f"{source}, {error.found}", error.rule, error.remedy) from error
    columns = [[_cell(value) for value in frame.iloc[:, n]] for n in range(frame.shape[1])]
    header: list[Cell] = [str(name) for name in frame.columns]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return list(enumerate([header, *rows], start=1))


def _lines_above(numbered: Sequence[tuple[int, Sequence[Cell]]]) -> int:
    """Count lines of one cell before a table whose rows have more."""
    widths = [sum(cell != "" for cell in row) for _, row in numbered]
    if widths[0] > 1 or sorted(widths)[len(widths) // 2] < 2:
        return 0
    return next(n for n, width in enumerate(widths) if width > 1)


def _text_rows(
    content: bytes, source: str, parameter: str
) -> tuple[list[tuple[int, list[Cell]]], tuple[str, ...]]:
    try:
        refuse_other(content, source)
        text, read = decoded(content)
    except NotText as error:
        raise InputError(parameter, source, error.rule, error.remedy) from error
    except PriceError as error:
        raise InputError(
            parameter, source, f"it is {error.found}; {error.rule}", error.remedy
        ) from error
    mark = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    except csv.Error as error:
        raise InputError(
            parameter, f"{source}:{reader.line_num}", f"it does not parse as CSV ({error}).",
            "Quote cells that hold the separator, and close every quote.",
        ) from error  # fmt: skip
    if rows and re.fullmatch(r"(?i)sep=.?", "".join(rows[0][1])):
        rows = rows[1:]
    return [(n, list(row)) for n, row in rows if any(row)], read


def _separator(text: str) -> str:
    """Return the mark most lines have, and the header most often; Excel's ``sep=;`` says it."""
    lines = [line for line in text.splitlines() if line.strip()][:_LOOKED_AT]
    if lines and re.fullmatch(r"(?i)sep=.", lines[0].strip()):
        return lines[0].strip()[-1]
    having = {mark: sum(mark in line for line in lines) for mark in _MARKS}
    most = max(having.values(), default=0)
    header = next((line for line in lines if any(mark in line for mark in _MARKS)), "")
    return max(_MARKS, key=lambda mark: (having[mark] == most, header.count(mark)))


def _workbook_rows(content: bytes, source: str, parameter: str) -> list[tuple[int, list[Cell]]]:
    """Return the rows of the first sheet that holds a table."""
    sheets = _workbook_sheets(content, source, parameter)
    first = next(iter(sheets.values()))
    return next((rows for rows in sheets.values() if _is_table(rows)), first)


def _is_table(rows: list[tuple[int, list[Cell]]]) -> bool:
    return sum(_used(row) > 1 for _, row in rows) > 1


def _workbook_sheets(
    content: bytes, source: str, parameter: str
) -> dict[str, list[tuple[int, list[Cell]]]]:
    """Return the rows of every sheet that are not blank, with their numbers."""
    try:
        import openpyxl
    except ImportError as error:
        raise InputError(
            parameter, source, "a workbook needs openpyxl.", INSTALL_OPENPYXL
        ) from error
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {sheet.title: [[_cell(value) for value in row] for row in sheet.values]
                  for sheet in book.worksheets}  # fmt: skip
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise InputError(
            parameter, source, f"the workbook cannot be opened ({error}).", "Save it anew as xlsx."
        ) from error
    return {name: _trimmed(rows) for name, rows in sheets.items()}


def _trimmed(rows: list[list[Cell]]) -> list[tuple[int, list[Cell]]]:
    there = [(n, row) for n, row in enumerate(rows, start=1) if any(cell != "" for cell in row)]
    at = _lines_above(there) if there else 0
    width = max((_used(row) for _, row in there[at : at + 1]), default=0)
    return [(n, row if _used(row) > width else row[:width]) for n, row in there]


def _joined(sheets: dict[str, list[tuple[int, list[Cell]]]]) -> list[tuple[int, list[Cell]]]:
    """Return the first table of a workbook, or all of bars of one form with their names."""
    tables = {name: rows for name, rows in sheets.items() if _is_table(rows)}
    heads = {tuple(cell_text(c).casefold() for c in rows[0][1]) for rows in tables.values()}
    first = next(iter(tables.values()), next(iter(sheets.values())))
    if len(tables) < 2 or len(heads) > 1 or not any("close" in name for name in next(iter(heads))):
        return first
    bars = [(n, [*row, name]) for name, rows in tables.items() for n, row in rows[1:]]
    return [(first[0][0], [*first[0][1], "symbol"]), *bars]


def workbook_text(content: bytes, source: str) -> bytes:
    """Return the first sheet of a workbook as CSV, for readers of text.

    Sheets that all have one header of two columns or more, one of them of closes, are one table
    with a further column ``symbol`` of their names.

    Raises
    ------
    PriceError
        If it cannot be opened.
    """
    try:
        sheets = _workbook_sheets(content, source, "prices")
        rows = _joined(sheets)
    except InputError as error:
        raise PriceError(source, "a workbook", error.rule, error.remedy) from error
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([cell_text(cell) for cell in row] for _, row in rows)
    return out.getvalue().encode()


def _used(row: list[Cell]) -> int:
    """Return the number of cells up to the last one that is not blank."""
    return max((n for n, cell in enumerate(row, start=1) if cell != ""), default=0)


def _cell(value: object) -> Cell:
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, pd.Timestamp):
        return value.isoformat(sep=" ") if value.tzinfo else value.to_pydatetime(warn=False)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, int | float):
        return float(value)
    return str(value).strip()


def _header(cells: list[Cell], where: str, parameter: str) -> tuple[str, ...]:
    names = [cell_text(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    folded = [name.casefold() for name in names]
    twice = next((n for n in names if folded.count(n.casefold()) > 1 and n), None)
    if twice is not None:
        raise InputError(parameter, where, f"the column {twice!r} stands twice.", "Rename one.")
    return tuple(name or f"column {n}" for n, name in enumerate(names, start=1))


def _fitted(row: list[Cell], width: int, where: str, parameter: str) -> tuple[Cell, ...]:
    """Give a row the length of the header; what stands beyond it has no meaning and is refused."""
    if _used(row) > width:
        raise InputError(
            parameter, where, f"{_used(row)} cells where the header has {width}.",
            "Quote cells that hold the separator; leave a cell blank for nothing.",
        )  # fmt: skip
    return (*row[:width], *[""] * (width - len(row)))


def cell_text(cell: Cell) -> str:
    """Return a cell as text: whole numbers without a point, days without a time."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell
