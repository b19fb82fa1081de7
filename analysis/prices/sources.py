"""Where prices come from: one record a source; what every source answers passes the same checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError, nearest

if TYPE_CHECKING:
    from datetime import datetime

    from analysis.prices.checks import PriceTable
    from analysis.prices.live import LivePrices
    from analysis.prices.load import PriceKind

__all__ = [
    "FILES",
    "PRICE_SOURCES",
    "PriceSource",
    "SourceAnswer",
    "SourceRequest",
    "is_named",
    "read_files",
    "source_of",
]


#: The source that is asked over the network.
YAHOO = "yahoo"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRequest:
    """What is wanted of a source; the fields are those of :func:`analysis.prices.load_prices`.

    Attributes
    ----------
    paths
        Files and folders to read; empty for a source that has a name.
    first, last
        First and last date, both included; None for all there is. A source may answer with more.
    """

    symbols: Sequence[str]
    kind: PriceKind
    data_dir: Path
    paths: tuple[Path, ...] = ()
    first: date | None = None
    last: date | None = None
    cache_dir: Path | None = None
    allow_snapshot: bool = False
    session: Any = None
    pauses: Sequence[float] | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAnswer:
    """What a source has, not checked yet; the other fields are those of `Prices`.

    Attributes
    ----------
    tables, opens
        Tables of closes, and of opening prices where the source has them.
    exact_opens
        Whether an opening price that cannot be one is refused; else it is left out.
    """

    name: str
    tables: Sequence[PriceTable]
    files: tuple[tuple[str, str], ...]
    opens: Sequence[PriceTable] = ()
    exact_opens: bool = True
    notes: tuple[str, ...] = ()
    banner: str = ""
    odd: tuple[str, ...] = ()
    currencies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PriceSource:
    """A source of closes.

    Attributes
    ----------
    title
        What it is, in words.
    read
        Return what it has; raises `PriceError` or `NetworkError` where it has nothing usable.
    moves
        Whether it may answer otherwise tomorrow, so that only reading it tells what it holds.
    """

    title: str
    read: Callable[[SourceRequest], SourceAnswer]
    moves: bool = False


def _read_snapshot(request: SourceRequest) -> SourceAnswer:
    from analysis.prices.snapshot import CLOSES, OPENS, described, read_snapshot

    folder = request.data_dir
    if request.kind != "close":
        raise InputError(
            "kind",
            request.kind,
            "the snapshot holds closes adjusted for splits only.",
            "Use kind='close', or take the prices from yahoo or a file.",
        )
    table, file = read_snapshot(CLOSES, data_dir=folder)
    if not ((folder / OPENS).is_file() and described(OPENS, folder)):
        return SourceAnswer(name="snapshot", tables=[table], files=(file,))
    opens, opens_file = read_snapshot(OPENS, data_dir=folder)
    return SourceAnswer(name="snapshot", tables=[table], opens=[opens], files=(file, opens_file))


def _read_yahoo(request: SourceRequest) -> SourceAnswer:
    from analysis.prices.live import LiveRequest, load_live
    from analysis.prices.yahoo import FIRST_DAY

    live_request = LiveRequest(
        first=request.first or FIRST_DAY,
        last=request.last,
        cache_dir=request.cache_dir,
        data_dir=request.data_dir,
        allow_snapshot=request.allow_snapshot,
        adjusted=request.kind == "adj_close",
        session=request.session,
        pauses=request.pauses,
        now=request.now,
    )
    symbols = request.symbols
    live = load_live(symbols, live_request)
    closes = request.kind == "close"
    return SourceAnswer(
        name=YAHOO,
        tables=[live.table(symbols, request.kind, live_request)],
        opens=[live.table(symbols, "open", live_request)] if closes else [],
        exact_opens=False,
        files=live.files,
        notes=live.notes,
        banner=live.banner,
        odd=tuple(f"{text}." for symbol in symbols for text in _odd_bars(live, symbol)),
        currencies={name: bars.currency for name, bars in live.bars.items() if bars.currency},
    )


def _odd_bars(live: LivePrices, symbol: str) -> tuple[str, ...]:
    import pandas as pd

    from analysis.prices.own_columns import odd_columns

    if symbol not in live.bars:
        return ()
    bars = live.bars[symbol]
    table = bars.table.assign(day=bars.table.index.to_numpy(), symbol=symbol)
    if bars.payouts is not None:
        paid = pd.Series(dict(bars.payouts), dtype=float)
        paid.index = pd.to_datetime(paid.index)
        table["dividends"] = paid.reindex(bars.table.index).to_numpy()
    return odd_columns(table, "Yahoo")


def read_files(paths: Sequence[Path], kind: PriceKind) -> SourceAnswer:
    """Return what files and folders of files hold.

    Raises
    ------
    InputError
        If there is no path.
    PriceError
        If one cannot be read.
    """
    from analysis.errors import PriceError
    from analysis.prices.files import TEXTS, is_cut_off, price_files, read_bytes, read_tables

    if not paths:
        raise InputError("prices", [], "a source is needed.", "snapshot, yahoo or a path.")
    tables, opens, files, notes = [], [], [], []
    for path in paths:
        guess = nearest(str(path), tuple(PRICE_SOURCES))
        if guess and not path.exists():
            raise InputError("prices", str(path), "it is no file.", f"Did you mean {guess!r}?")
        for file in price_files(path):
            content, digest = read_bytes(file)
            files.append((file.name, digest))
            text = file.suffix.casefold() in TEXTS
            if path.is_dir() and text and _holds_nothing(content):
                notes.append(f"{file.name}: it holds no prices and was passed over")
                continue
            closes, opening = read_tables(content, file=file, kind=kind)
            tables.append(closes)
            opens += [opening] if opening and kind == "close" else []
            if text and is_cut_off(content):
                notes.append(f"{file.name}: its last line seems cut off; is the file whole?")
    if not tables:
        raise PriceError(
            ", ".join(map(str, paths)), "no prices in any file", "there must be prices.",
            "Fetch them anew.",
        )  # fmt: skip
    return SourceAnswer(
        name=", ".join(name for name, _ in files),
        tables=tables,
        opens=opens,
        files=tuple(files),
        notes=tuple(notes),
        odd=tuple(f"{sentence}." for table in tables for sentence in table.odd),
    )


def _holds_nothing(content: bytes) -> bool:
    """Whether a file has a header at most, as is written of a company that has no prices."""
    text = content[:2000].replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf")
    few = len(content) < len(text) + 1 and len(text.split(b"\n")) < 4
    return few and not any(48 <= byte <= 57 for byte in text)


#: Sources that are asked for by name.
PRICE_SOURCES = {
    "snapshot": PriceSource("the closes that come with the workspace", _read_snapshot),
    YAHOO: PriceSource("Yahoo Finance, through the cache", _read_yahoo, moves=True),
}
FILES = PriceSource(
    "CSV, Excel or Parquet files, or folders of them",
    lambda request: read_files(request.paths, request.kind),
)


def is_named(source: object) -> bool:
    """Whether a source is asked for by name and is no path."""
    return isinstance(source, str) and source in PRICE_SOURCES


def source_of(
    source: str | Path | Sequence[str | Path],
) -> tuple[PriceSource, tuple[Path, ...]]:
    """Return the record of a source, and the paths it shall read."""
    if isinstance(source, str) and source in PRICE_SOURCES:
        return PRICE_SOURCES[source], ()
    listed = [source] if isinstance(source, str | Path) else source
    return FILES, tuple(Path(path) for path in listed)
