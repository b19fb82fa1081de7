"""Closes from the snapshot, files, frames or Yahoo: one function, the same checks after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError, PriceError
from analysis.prices.checks import (
    INDEX_FACTOR,
    STOCK_FACTOR,
    PriceTable,
    check_opens,
    check_prices,
    check_table,
    columns_of,
    parse_day,
)
from analysis.prices.frames import frame_hash, read_frames
from analysis.prices.snapshot import read_snapshot, volume_files
from analysis.prices.sources import SourceRequest, source_of

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["PriceKind", "Prices", "load_prices", "load_volume", "prices_from_frame"]

PriceKind = Literal["close", "adj_close"]
_KINDS = ("close", "adj_close")


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
        ``snapshot``, ``yahoo``, ``frame`` or the names of the files.
    files
        Name and sha256 of each file or series read.
    notes
        What the reader of a result should know about these prices.
    banner
        What must stand at the top of every page made from them: that they are not what was asked
        for; empty if they are.
    opens
        Opening prices, adjusted as ``closes``, of the same shape; None where the source has none.
    read
        How files were read where more than one reading can be thought of.
    odd
        What their own columns say against the prices: possible, but suspicious.
    currencies
        By symbol, what the source says the closes are in; empty where it does not say.
    """

    closes: pd.DataFrame
    kind: PriceKind
    source: str
    files: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    banner: str = ""
    opens: pd.DataFrame | None = None
    read: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict)

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
    cache_dir: Path | None = None,
    allow_snapshot: bool = False,
    session: Any = None,
    pauses: Sequence[float] | None = None,
    now: datetime | None = None,
) -> Prices:
    """Load and check closes.

    Parameters
    ----------
    symbols
        Yahoo symbols; they become the columns, in this order.
    source
        ``"snapshot"``, ``"yahoo"``, or one or more paths of CSV or Parquet files or of folders of
        such files.
    data_dir
        Folder of the snapshot.
    start, end
        First and last date, both included; None for all there is (Yahoo: since 2024-01-01).
    kind
        ``close`` (adjusted for splits) or ``adj_close`` (for dividends too).
    largest_factor
        Largest believable ratio of successive closes; None for 1.8 (shares) and 2.5 (indices).
    cache_dir
        Folder that keeps what Yahoo sent, so that the next run needs no network; None to keep
        nothing.
    allow_snapshot
        Whether the cache or the snapshot may stand in where Yahoo cannot be reached;
        `Prices.banner` then says so.
    session, pauses, now
        HTTP session for Yahoo (None for the client's own), seconds between attempts, and the
        present (None for the clock).

    Raises
    ------
    InputError
        If a parameter breaks a rule.
    PriceError
        If prices are missing or break a rule; names file and line, or symbol and date.
    NetworkError
        If Yahoo cannot be reached, or sends nothing usable, and nothing may or can stand in.
    """
    wanted = _check_request(symbols, kind)
    _check_factor(largest_factor)
    first, last = parse_day("start", start), parse_day("end", end)
    if first is not None and last is not None and first > last:
        raise InputError(
            "start", str(first), f"it must not come after the end, {last}.", "Swap them."
        )
    record, paths = source_of(source)
    answer = record.read(
        SourceRequest(
            symbols=wanted,
            kind=kind,
            data_dir=data_dir,
            paths=paths,
            first=None if first is None else date.fromisoformat(str(first)),
            last=None if last is None else date.fromisoformat(str(last)),
            cache_dir=cache_dir,
            allow_snapshot=allow_snapshot,
            session=session,
            pauses=pauses,
            now=now,
        )
    )
    loaded = Prices(
        closes=_checked(answer.tables, wanted, first, last, largest_factor),
        kind=kind,
        source=answer.name,
        files=answer.files,
        notes=answer.notes,
        banner=answer.banner,
        read=tuple(remark for table in answer.tables for remark in table.read),
        odd=answer.odd,
        currencies=answer.currencies,
    )
    return _with_opens(loaded, answer.opens, wanted, strict=answer.exact_opens)


def prices_from_frame(
    frame: pd.DataFrame,
    symbols: Sequence[str] | None = None,
    *,
    kind: PriceKind = "close",
    largest_factor: float | None = None,
) -> Prices:
    """Check the closes of a frame, such as a query of a database returns.

    Parameters
    ----------
    frame
        Wide: dates in the index or a column ``date``, one column a symbol. Long: the columns
        ``date``, ``symbol``, and ``close`` or ``adj_close`` (and ``open``, if there is one). Dates
        are timestamps without a zone or text like 2024-01-31; prices are numbers, NaN for none.
    symbols
        Symbols to keep, in this order; None for all.
    kind, largest_factor
        As in :func:`load_prices`.

    Raises
    ------
    InputError
        If a parameter breaks a rule.
    PriceError
        If prices are missing or break a rule; names symbol and date.
    """
    if symbols is not None:
        _check_symbols(symbols)
    only = symbols[0] if symbols is not None and len(symbols) == 1 else None
    table, opens = read_frames(frame, source="frame", kind=kind, symbol=only)
    wanted = _check_request(
        list(dict.fromkeys(map(str, table.closes.columns))) if symbols is None else symbols, kind
    )
    closes = _checked([table], wanted, None, None, largest_factor)
    loaded = Prices(
        closes=closes,
        kind=kind,
        source="frame",
        files=(("frame", frame_hash(closes)),),
        read=table.read,
        odd=table.odd,
    )
    keep = [opens] if opens is not None and kind == "close" else []
    return _with_opens(loaded, keep, wanted, strict=True)


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
    files = volume_files(data_dir)
    if symbol not in files:
        raise InputError.choice("symbol", symbol, files)
    table, _ = read_snapshot(files[symbol], data_dir=data_dir)
    check_table(table)
    check_prices(table, stock_factor=np.inf, index_factor=np.inf)
    volume = table.closes.iloc[:, 0]
    if volume.isna().any():
        row = int(np.argmax(volume.isna()))
        raise PriceError(table.place(row, 0), "no volume", "every session has one.", "Restore it.")
    return volume.astype(np.int64).rename(symbol)


def _check_symbols(symbols: object) -> None:
    if isinstance(symbols, str):
        raise InputError("symbols", symbols, "it is a list of symbols.", f"Pass [{symbols!r}].")
    sound = isinstance(symbols, Sequence) and all(isinstance(name, str) for name in symbols)
    if not sound:
        raise InputError("symbols", symbols, "it is a list of symbols.", "For example ['NVDA'].")


def _check_request(symbols: Sequence[str], kind: str) -> list[str]:
    if kind not in _KINDS:
        raise InputError.choice("kind", kind, _KINDS)
    _check_symbols(symbols)
    wanted = list(symbols)
    if not wanted:
        raise InputError(
            "symbols", wanted, "at least one symbol is needed.", "For example ['NVDA']."
        )
    if len(set(wanted)) < len(wanted):
        raise InputError("symbols", wanted, "each symbol stands once.", "Remove the second one.")
    return wanted


def _check_factor(factor: float | None) -> None:
    if factor is not None and not factor > 1:
        raise InputError("largest_factor", factor, "a ratio above 1 is needed.", "For example 3.")


def _with_opens(
    prices: Prices, tables: Sequence[PriceTable], symbols: Sequence[str], *, strict: bool
) -> Prices:
    """Lay opening prices beside the closes; ``strict``: refuse what cannot be one, else drop it."""
    opens = pd.DataFrame(np.nan, index=prices.closes.index, columns=list(symbols))
    for table in tables:
        for symbol in set(symbols).intersection(map(str, table.closes.columns)):
            opens[symbol] = table.closes[symbol].reindex(opens.index)
    if not np.isfinite(opens.to_numpy()).any():
        return prices
    factors = [INDEX_FACTOR if s.startswith("^") else STOCK_FACTOR for s in symbols]
    sound = check_opens(prices.closes, opens, factors, source=prices.source, strict=strict)
    return replace(prices, opens=opens.where(sound))


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
    joined = parts[0] if len(parts) == 1 else pd.concat(parts, axis=1, sort=False).sort_index()
    closes = joined[symbols].dropna(how="all")
    closes.index = pd.DatetimeIndex(
        closes.index.to_numpy().astype("datetime64[us]"), name="session"
    )
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
