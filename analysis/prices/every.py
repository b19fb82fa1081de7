"""All series a file or folder of prices holds, or returns where it holds those instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import PriceError
from analysis.prices import PriceKind
from analysis.prices.checks import INDEX_FACTOR, STOCK_FACTOR, PriceTable, check_prices, check_table
from analysis.prices.sources import read_files, source_of

#: Half of the values of a file of decimal returns lie within this; percent and points do not.
_TYPICAL_RETURN = 0.2
#: Share of values below zero from which they are no prices.
_BELOW_ZERO = 0.2


@dataclass(frozen=True, eq=False, repr=False)
class Series:
    """Every series of a source on its own days.

    Attributes
    ----------
    values : DataFrame
        Index ``session``; a column for each series; NaN where there is none.
    kind : str
        ``close``, ``adj_close`` or ``ret`` (decimal returns).
    refused : dict of str to str
        Series that break a rule, and how; they are not among the values.
    files : tuple of (name, sha256)
        What was read.
    notes : tuple of str
        What a reader should know.
    odd : tuple of str
        What the columns of the files say against each other; among the notes, too.
    currencies : dict of str to str
        By series, where the source tells it.
    """

    values: pd.DataFrame
    kind: str
    refused: dict[str, str]
    files: tuple[tuple[str, str], ...]
    notes: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict)


def read_every(
    source: str | Path | Sequence[str | Path],
    *,
    kind: PriceKind = "close",
    largest_factor: float | None = None,
    only: Sequence[str] | None = None,
) -> Series:
    """Read and check every series of files or a folder.

    Parameters
    ----------
    source, kind, largest_factor
        As in :func:`~analysis.prices.load_prices`.
    only
        Series to keep, where the source has them; None for all.

    Raises
    ------
    PriceError
        If a file cannot be read, dates do not ascend, or two files hold the same series. A price
        that breaks a rule costs its own series only.
    """
    answer = read_files(source_of(source)[1], kind)
    tables, files = answer.tables, answer.files
    for table in tables:
        check_table(table)
    _refuse_twice(tables)
    wanted = None if only is None else set(only)
    odd = answer.odd
    read = [f"read as: {remark}" for table in tables for remark in table.read]
    notes = (*answer.notes, *read, *odd)
    money = {name: code for table in tables for name, code in (table.currencies or {}).items()}
    tables = [_chosen(table, wanted) for table in tables]
    tables = [table for table in tables if len(table.closes.columns)]
    if not tables:
        raise PriceError(
            ", ".join(name for name, _ in files[:3]), "none of the securities of the events",
            "a column or symbol of the prices is named as in the events.", "Check the names.",
        )  # fmt: skip
    if all(_are_returns(table) for table in tables):
        notes = (*notes, "the file holds decimal returns, not prices")
        return Series(_joined([t.closes for t in tables]), "ret", {}, files, notes, (), money)
    _refuse_percent(tables)
    refused: dict[str, str] = {}
    sound = []
    for table in tables:
        good = [c for c in range(len(table.closes.columns)) if _fits(table, c, largest_factor,
                                                                     refused)]  # fmt: skip
        sound.append(table.closes.iloc[:, good])
    if not any(len(part.columns) for part in sound):
        raise PriceError(
            ", ".join(name for name, _ in files[:3]), next(iter(refused.values())),
            "no series of the prices can be used.", "Correct the prices.",
        )  # fmt: skip
    return Series(_joined(sound), kind, refused, files, notes, odd, money)


def _refuse_twice(tables: Sequence[PriceTable]) -> None:
    home: dict[str, str] = {}
    for table in tables:
        for name in map(str, table.closes.columns):
            if name in home:
                raise PriceError(
                    table.source, f"{name}, which is also in {home[name]}",
                    "each series lies in one file.", "Keep one of them.",
                )  # fmt: skip
            home[name] = table.source


def _chosen(table: PriceTable, wanted: set[str] | None) -> PriceTable:
    if wanted is None:
        return table
    keep = [n for n, name in enumerate(table.closes.columns) if str(name) in wanted]
    return table.take(np.ones(len(table.closes), dtype=bool), keep)


def _are_returns(table: PriceTable) -> bool:
    """Whether values can only be decimal returns: some below zero, half of them small."""
    values = table.closes.to_numpy(dtype=float)
    there = values[np.isfinite(values)]
    below = bool(len(there)) and bool((there < 0).any())
    return below and float(np.median(np.abs(there))) < _TYPICAL_RETURN


def _refuse_percent(tables: Sequence[PriceTable]) -> None:
    """Refuse values of which many are below zero, yet too large for decimal returns."""
    for table in tables:
        values = table.closes.to_numpy(dtype=float)
        share = float((values[np.isfinite(values)] < 0).mean())
        if share > _BELOW_ZERO:
            raise PriceError(
                table.source, f"{share:.0%} of the values below zero, half of them beyond "
                f"{np.nanmedian(np.abs(values)):.3g}", "prices are above zero, and returns are "
                "decimal: 0.0123 for 1.23 %.", "If these are returns in percent, divide by 100.",
            )  # fmt: skip


def _fits(table: PriceTable, column: int, factor: float | None, refused: dict[str, str]) -> bool:
    name = str(table.closes.columns[column])
    one = table.take(table.closes.iloc[:, column].notna().to_numpy(), [column])
    limits = (STOCK_FACTOR, INDEX_FACTOR) if factor is None else (factor, factor)
    try:
        check_prices(one, stock_factor=limits[0], index_factor=limits[1])
    except PriceError as error:
        refused[name] = str(error)
        return False
    return True


def _joined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    frame = parts[0] if len(parts) == 1 else pd.concat(parts, axis=1, sort=False).sort_index()
    frame = frame.dropna(how="all")
    frame.columns = pd.Index([str(name) for name in frame.columns])
    frame.index = pd.DatetimeIndex(frame.index.to_numpy().astype("datetime64[us]"), name="session")
    return frame
