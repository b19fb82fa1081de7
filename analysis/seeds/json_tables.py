"""Tables written as JSON: records, columns or lines of records, as the CSV they stand for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any


def csv_of(text: str) -> str | None:
    """Return a table in JSON as CSV; None if the text is no JSON.

    Read are a list of records, a record a line, columns as lists or by the keys of their rows (a
    key that is no count is a date), ``{"columns": ..., "data": ...}``, and the one list a mapping
    holds.

    Raises
    ------
    ValueError
        If it is JSON and no table: the message says what is missing.
    """
    if text.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_float=str, parse_int=str)
    except json.JSONDecodeError:
        try:
            lines = [line for line in text.splitlines() if line.strip()]
            found = [json.loads(one, object_pairs_hook=_once, parse_float=str, parse_int=str)
                     for one in lines]  # fmt: skip
        except json.JSONDecodeError:
            return None
    rows = _rows(found)
    if not rows:
        raise ValueError("its JSON is no table: a list of records, or columns of equal length")
    if any(isinstance(cell, dict | list) for row in rows for cell in row):
        raise ValueError("a cell of its JSON holds a list or a record, and one value is needed")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [["" if cell is None else cell for cell in row] for row in rows]
    )
    return out.getvalue()


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a record of its JSON has a name twice")
    return found


def _rows(found: object) -> list[list[Any]]:
    """Return the header and the rows of a table; nothing for what is none."""
    if isinstance(found, dict) and isinstance(found.get("data"), list) and "columns" in found:
        rows = [list(row) for row in found["data"]]
        keys = list(map(str, found.get("index") or range(len(rows))))
        return _keyed(list(found["columns"]), keys, rows)
    if isinstance(found, dict) and len(found) == 1 and isinstance(next(iter(found.values())), list):
        inner = next(iter(found.values()))
        found = inner if inner and isinstance(inner[0], dict) else found
    if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
        names = list(dict.fromkeys(name for one in found for name in one))
        return [names, *([one.get(name) for name in names] for one in found)]
    if isinstance(found, dict) and found:
        return _by_columns(found)
    return []


def _by_columns(found: Mapping[str, Any]) -> list[list[Any]]:
    columns = list(found.values())
    if all(isinstance(column, list) for column in columns):
        if len({len(column) for column in columns}) > 1:
            return []
        return [list(found), *map(list, zip(*columns, strict=True))]
    if not all(isinstance(column, dict) for column in columns):
        return []
    keys = list(dict.fromkeys(key for column in columns for key in column))
    return _keyed(list(found), keys, [[column.get(key) for column in columns] for key in keys])


def _keyed(names: list[str], keys: list[str], rows: list[list[Any]]) -> list[list[Any]]:
    """Put the keys of rows before them as dates, unless they only count."""
    if keys == [str(n) for n in range(len(keys))] or len(keys) != len(rows):
        return [names, *rows]
    return [["date", *names], *([key, *row] for key, row in zip(keys, rows, strict=True))]
