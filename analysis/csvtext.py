"""Tables as CSV: in files, and inside pages for a reader to keep."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote

import pandas as pd

__all__ = ["csv_link", "csv_text", "file_stem"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t")
_ADDRESS = "data:text/csv;charset=utf-8,"


def csv_text(table: pd.DataFrame, *, digits: int | None = None) -> str:
    """Return a table as every CSV of the project is written.

    Lines end in a newline, truth is ``true`` or ``false``, a missing value is empty, and a text
    that a spreadsheet would take for a formula gets an apostrophe.

    Parameters
    ----------
    table
        The table; its index is left out.
    digits
        Significant digits of decimals; None for all there are.
    """
    shown = None if digits is None else f"%.{digits}g"
    text: str = _plain(table).to_csv(index=False, lineterminator="\n", float_format=shown)
    return text


def file_stem(name: str) -> str:
    """Return a name made of letters, digits and dashes: safe as a file's name and as an anchor."""
    return re.sub(r"[^a-z0-9_]+", "-", name.casefold()).strip("-") or "table"


def csv_link(table: pd.DataFrame, *, name: str, title: str, digits: int | None = None) -> str:
    """Return HTML of a link that holds a table and saves it as ``NAME.csv``; empty for no rows.

    Nothing is loaded and no file is needed beside the page. The link's label names the title, so
    that links of several figures can be told apart where only links are read out.
    """
    if table.empty:
        return ""
    address = _ADDRESS + quote(csv_text(table, digits=digits), safe=",:;/()+*@!")
    label = escape(f"Data of this figure (CSV): {title}")
    return (
        f'<a class="data" download="{file_stem(name)}.csv" href="{address}" aria-label="{label}">'
        "Data of this figure (CSV)</a>"
    )


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    out = table.copy()
    for column in out.columns:
        if pd.api.types.is_bool_dtype(out[column].dtype):
            out[column] = out[column].map({True: "true", False: "false"})
        elif not pd.api.types.is_numeric_dtype(out[column].dtype):
            out[column] = out[column].map(_harmless, na_action="ignore")
    return out


def _harmless(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    if isinstance(value, str):
        value = value.replace("\r", " ")
    if not isinstance(value, str) or not value.startswith(_FORMULA_STARTS):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value
