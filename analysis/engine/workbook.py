"""Workbooks: a sheet a table, text that stays text, the same bytes for the same tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: What a cell of a workbook may not start with: a spreadsheet would take it for a formula.
_FORMULA = ("=", "+", "-", "@", "\t")
_MODIFIED = re.compile(rb"<dcterms:(created|modified)[^>]*>[^<]*</dcterms:\1>")
#: Events up to which a workbook has a sheet of them: more take minutes to write.
MOST_ROWS = 50_000
#: The first moment a zip file knows: a workbook has the same bytes whenever it is written.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_OF_A_CELL = 32_767
"""Characters a cell of a workbook may have."""


def printable(text: str) -> str:
    """Return text without the control characters that no workbook may hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)


def sheet_cells(sheet: Any, values: Sequence[object]) -> list[object]:
    """Return the cells of a row of a workbook: a text is text, whatever it starts with."""
    from openpyxl.cell import WriteOnlyCell

    cells: list[object] = []
    for value in values:
        if isinstance(value, str):
            cell = WriteOnlyCell(sheet, printable(value)[:_MOST_OF_A_CELL])
            cell.data_type = "s"
            cells.append(cell)
        else:
            cells.append(value)
    return cells


def workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    """Return a workbook with a sheet for each table; the same bytes for the same tables.

    Raises
    ------
    ImportError
        If openpyxl is not installed.
    """
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    for name, frame in tables.items():
        sheet = book.create_sheet(name[:31])
        sheet.append(sheet_cells(sheet, [_plain(str(column)) for column in frame.columns]))
        for row in frame.itertuples(index=False):
            sheet.append(sheet_cells(sheet, [_plain(value) for value in row]))
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_clock(buffer.getvalue())


def _plain(value: object) -> object:
    import pandas as pd  # a page may be written without it

    if isinstance(value, str):
        is_number = re.fullmatch(r"[+−-]?\(?[\d.,+−-]+\)?\**", value)
        value = printable(value)
        return "'" + value if value.startswith(_FORMULA) and not is_number else value
    if value is None or (not isinstance(value, list | tuple) and pd.isna(value)):  # type: ignore[call-overload]
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    item = getattr(value, "item", None)
    return item() if item is not None else value


def _without_clock(content: bytes) -> bytes:
    """Write the archive anew with the dates of its parts fixed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _MODIFIED.sub(b"", part)
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return out.getvalue()
