"""Closes from the snapshot, from files or from Yahoo: one function, the same checks after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError, PriceError, nearest
from analysis.prices.checks import (
    PriceTable,
    check_prices,
    check_table,
    columns_of,
    parse_day,
)
from analysis.prices.files import read_bytes, read_table
from analysis.prices.snapshot import CLOSES, VOLUMES, read_snapshot

__all__ = ["PriceKind", "Prices", "load_prices", "load_volume"]

PriceKind = Literal["close", "adj_close"]
_KINDS = ("close", "adj_close")
_SERVICES = ("snapshot", "yahoo")


@dataclass(frozen=True, eq=False, repr=False)
class Prices:
    """Closes of several markets, checked.

    Attributes
    ----------
    closes
        Index ``session``: dates without zone, ascending, unique; one float column a symbol; NaN
        where there is no price. Prices of one row are not simultaneous.
    kind
        ``close``: adjusted for splits; ``adj_close``: for dividends too.
    source
        ``snapshot``, ``yahoo`` or the names of the files.
    files
        Name and sha256 of each file read.
    notes
        What the reader of a result should know about these prices.
    """

    closes: pd.DataFrame
    kind: PriceKind
    source: str
    files: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        span = f"{self.closes.index[0]:%Y-%m-%d}..{self.closes.index[-1]:%Y-%m-%d}"
        return f"Prices({self.kind} from {self.source}, {span}, {', '.join(map(str, self.closes))})"


def load_prices(
    symbols: Sequence[str],
    source: str | Path | Sequence[str | Path] = "snapshot",
    *,
    data_dir: Path,
    start: str | date | None = None,
    end: str | date | None = None,
    kind: PriceKind = "close",
    largest_factor: float | None = None,
    session: Any = None,
) -> Prices:
    """Load and check closes.

    Parameters
    ----------
    symbols
        Yahoo symbols; they become the columns, in this order.
    source
        ``"snapshot"``, ``"yahoo"``, or one or more paths of CSV files.
    data_dir
        Folder of the snapshot.
    start, end
        First and last date, both included; None for all there is (Yahoo: since 2024-01-01).
    kind
        ``close`` (adjusted for splits) or ``adj_close`` (for dividends too).
    largest_factor
        Largest believable ratio of successive closes; None for 1.8 (shares) and 2.5 (indices).
    session
        HTTP session for Yahoo; None for the client's own.

    Raises
    ------
    InputError
        If a parameter breaks a rule.
    PriceError
        If prices are missing or break a rule; names file and line, or symbol and date.
    """
    wanted = _check_request(symbols, kind)
    first, last = parse_day("start", start), parse_day("end", end)
    if first is not None and last is not None and first > last:
        raise InputError(
            "start", str(first), f"it must not come after the end, {last}.", "Swap them."
        )
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    if source == "yahoo":
        from analysis.prices.yahoo import fetch_closes

        table, notes = fetch_closes(wanted, start=first, end=last, kind=kind, session=session)
        tables, name = [table], "yahoo"
    elif source == "snapshot":
        tables, files, name = *_read_snapshot(kind, data_dir), "snapshot"
    else:
        tables, files = _read_files(source, kind)
        name = ", ".join(file for file, _ in files)
    closes = _checked(tables, wanted, first, last, largest_factor)
    return Prices(closes=closes, kind=kind, source=name, files=files, notes=notes)


def load_volume(symbol: str, *, data_dir: Path) -> pd.Series[int]:
    """Load the daily trading volume of a stock from the snapshot.

    Returns
    -------
    pandas.Series
        Shares traded, adjusted for splits; index ``session``.

    Raises
    ------
    InputError
        If the snapshot has no volume of this symbol.
    PriceError
        If the file is not the one described, or holds anything but counts.
    """
    if symbol not in VOLUMES:
        raise InputError.choice("symbol", symbol, VOLUMES)
    table, _ = read_snapshot(VOLUMES[symbol], data_dir=data_dir)
    check_table(table)
    check_prices(table, stock_factor=np.inf, index_factor=np.inf)
    volume = table.closes.iloc[:, 0]
    if volume.isna().any():
        row = int(np.argmax(volume.isna()))
        raise PriceError(table.place(row, 0), "no volume", "every session has one.", "Restore it.")
    return volume.astype(np.int64).rename(symbol)


def _check_request(symbols: Sequence[str], kind: str) -> list[str]:
    if kind not in _KINDS:
        raise InputError.choice("kind", kind, _KINDS)
    if isinstance(symbols, str):
        raise InputError("symbols", symbols, "it is a list of symbols.", f"Pass [{symbols!r}].")
    wanted = list(symbols)
    if not wanted:
        raise InputError(
            "symbols", wanted, "at least one symbol is needed.", "For example ['NVDA']."
        )
    if len(set(wanted)) < len(wanted):
        raise InputError("symbols", wanted, "each symbol stands once.", "Remove the second one.")
    return wanted


def _read_snapshot(
    kind: PriceKind, data_dir: Path
) -> tuple[list[PriceTable], tuple[tuple[str, str], ...]]:
    if kind != "close":
        raise InputError(
            "kind",
            kind,
            "the snapshot holds closes adjusted for splits only.",
            "Use kind='close', or take the prices from yahoo or a file.",
        )
    table, file = read_snapshot(CLOSES, data_dir=data_dir)
    return [table], (file,)


def _read_files(
    source: str | Path | Sequence[str | Path], kind: PriceKind
) -> tuple[list[PriceTable], tuple[tuple[str, str], ...]]:
    paths = [Path(p) for p in ([source] if isinstance(source, str | Path) else source)]
    if not paths:
        raise InputError("prices", [], "a source is needed.", "snapshot, yahoo or a path.")
    tables, files = [], []
    for path in paths:
        guess = nearest(str(path), _SERVICES)
        if guess and not path.exists():
            raise InputError("prices", str(path), "it is no file.", f"Did you mean {guess!r}?")
        content, digest = read_bytes(path)
        tables.append(read_table(content, source=path.name, kind=kind))
        files.append((path.name, digest))
    return tables, tuple(files)


def _checked(
    tables: Sequence[PriceTable],
    symbols: list[str],
    first: np.datetime64 | None,
    last: np.datetime64 | None,
    factor: float | None,
) -> pd.DataFrame:
    """Return the wanted columns and dates of all tables as one frame."""
    for table in tables:
        check_table(table)
    homes = columns_of(tables, symbols)
    limits = {} if factor is None else {"stock_factor": factor, "index_factor": factor}
    parts = []
    for number, table in enumerate(tables):
        columns = [column for home, column in homes if home == number]
        if columns:
            part = table.take(_inside(table, first, last), columns)
            check_prices(part, **limits)
            parts.append(part.closes)
    joined = parts[0] if len(parts) == 1 else pd.concat(parts, axis=1).sort_index()
    closes = joined[symbols].dropna(how="all")
    closes.index = pd.DatetimeIndex(closes.index, name="session").as_unit("us")
    return closes


def _inside(
    table: PriceTable, first: np.datetime64 | None, last: np.datetime64 | None
) -> NDArray[np.bool_]:
    days = table.closes.index.to_numpy().astype("datetime64[D]")
    inside = np.ones(len(days), dtype=bool)
    if first is not None:
        inside &= days >= first
    if last is not None:
        inside &= days <= last
    return inside
