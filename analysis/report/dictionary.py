"""What every column of every table means: for people, and as a data package for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from analysis.errors import InputError
from analysis.reactions.study_tables import TABLES

_FIELD_TYPES = {"number": "number", "decimal": "number", "share": "number", "date": "date"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table.

    Attributes
    ----------
    table, name
        Name of the table without ``.csv``, and of the column.
    type
        ``text``, ``number``, ``decimal`` (0.01 is one per cent), ``share`` (0 to 1), ``date``,
        ``instant``, ``true/false`` or a list, joined by semicolons.
    unit
        Where it has one.
    meaning
        In a sentence without a full stop.
    """

    table: str
    name: str
    type: str
    unit: str
    meaning: str


@cache
def columns() -> tuple[Column, ...]:
    """Return every column of every table of a study, in the order of the files."""
    text = files("analysis.reactions").joinpath("columns.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    return tuple(
        Column(row["table"], row["column"], row["type"], row["unit"], row["meaning"])
        for row in rows
    )


def tables() -> dict[str, tuple[Column, ...]]:
    """Return the columns by table."""
    return {name: tuple(group) for name, group in groupby(columns(), key=lambda c: c.table)}


def table_titles() -> dict[str, str]:
    """Return what is in each table, in a few words."""
    return {name: table.title for name, table in TABLES.items()}


def check_heads(heads: Mapping[str, Sequence[str]]) -> None:
    """Hold the heads of real tables against the dictionary.

    Raises
    ------
    InputError
        If a table has a column without a meaning.
    """
    known = {name: {column.name for column in found} for name, found in tables().items()}
    for name, head in heads.items():
        for column in head:
            if column not in known.get(name, set()):
                raise InputError(
                    f"column of {name}.csv",
                    column,
                    "every published column has a meaning in the data dictionary.",
                    "Add a line to analysis/reactions/columns.csv.",
                )


def data_package(
    hashes: Mapping[str, tuple[int, str]], *, title: str, sources: Sequence[str]
) -> str:
    """Return a ``datapackage.json`` (Frictionless) for tables in one folder.

    Parameters
    ----------
    hashes
        Size and SHA-256 by table.
    title
        Of the package.
    sources
        Names of the input files.
    """
    titles = table_titles()
    resources = [
        {
            "name": name.replace("_", "-"),
            "path": f"{name}.csv",
            "title": titles[name],
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": hashes[name][0],
            "hash": f"sha256:{hashes[name][1]}",
            "schema": {"fields": [_field(column) for column in found], "missingValues": [""]},
        }
        for name, found in tables().items()
        if name in hashes
    ]
    content = {
        "name": "market-reaction",
        "title": title,
        "licenses": [{"name": "MIT", "title": "MIT License"}],
        "sources": [{"title": name} for name in sources],
        "resources": resources,
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _field(column: Column) -> dict[str, Any]:
    kind = "boolean" if column.type == "true/false" else _FIELD_TYPES.get(column.type, "string")
    unit = f" ({column.unit})" if column.unit else ""
    field: dict[str, Any] = {
        "name": column.name,
        "type": kind,
        "description": column.meaning + unit,
    }
    if kind == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    return field
