"""What a column of a table of events says of its securities: exchange, sector, benchmark."""

from __future__ import annotations

import pandas as pd

from analysis.errors import InputError
from analysis.seeds.event_tables import EventTable
from analysis.seeds.sheets import cell_text


def column_named(table: EventTable, name: str) -> str | None:
    """Return the extra column of that name, whatever its case; None if there is none."""
    return next((str(c) for c in table.extras if str(c).casefold() == name.casefold()), None)


def of_security(table: EventTable, column: str, *, parameter: str) -> dict[str, str]:
    """Return what a column says of each security; blank cells say nothing.

    Raises
    ------
    InputError
        If two rows of a security differ.
    """
    found: dict[str, str] = {}
    rows = zip(table.frame["security"], table.extras[column], table.frame["line"], strict=True)
    for security, cell, line in rows:
        if pd.isna(cell):
            continue
        value = cell_text(cell) if isinstance(cell, str | float) else str(cell)
        if found.setdefault(security, value) != value:
            raise InputError(
                parameter, f"{table.source}:{line}: {security} with {value} and {found[security]}",
                f"a security has one {parameter} in all its events.",
                "Name the same one in every row of a security.",
            )  # fmt: skip
    return found
