"""Yahoo's prices through the cache, and what may stand in for them when the network fails."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import NetworkError, PriceError, ReportError
from analysis.files import write_whole
from analysis.prices.cache import (
    CachedBars,
    bars_hash,
    joined,
    read_cache,
    write_cache,
)
from analysis.prices.checks import PriceTable
from analysis.prices.snapshot import CLOSES, read_snapshot
from analysis.prices.yahoo import FIRST_DAY, Tell, check_symbol, fetch_bars
from analysis.prices.yahoo_answer import Bars
from analysis.prices.yahoo_fault import ChartError

#: Days asked for again: enough sessions, over holidays too, to see whether the past was adjusted.
_OVERLAP = timedelta(days=20)
#: A span may begin or end at a long weekend.
_NEAR = timedelta(days=5)
#: After an outage kept prices are taken at once for so long, not after a wait per symbol.
_QUIET_FOR = timedelta(minutes=10)
_UNREACHABLE = "unreachable.json"
_REMEDY = (
    "Try again in some minutes. To use kept prices in their place, with a banner on every page, "
    "add --allow-snapshot; to do without the network, use --prices snapshot."
)
_REPAIR = (
    "Check the symbol at finance.yahoo.com and the span, or pass your own file: --prices FILE."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRequest:
    """What is wanted from Yahoo, and how.

    Attributes
    ----------
    first, last
        First and last date, both included; ``last`` None for all that is final.
    cache_dir
        Folder of downloaded prices; None to keep nothing.
    data_dir
        Folder of the snapshot.
    allow_snapshot
        Whether kept prices may stand in when the network fails.
    adjusted
        Whether closes adjusted for dividends are wanted, which the snapshot has not.
    session, pauses, now, tell
        As in :func:`analysis.prices.yahoo.fetch_bars`.
    """

    first: date = FIRST_DAY
    last: date | None = None
    cache_dir: Path | None = None
    data_dir: Path | None = None
    allow_snapshot: bool = False
    adjusted: bool = False
    session: Any = None
    pauses: Sequence[float] | None = None
    now: datetime | None = None
    tell: Tell | None = None

    @property
    def present(self) -> datetime:
        """The present."""
        return self.now or datetime.now(UTC)

    @property
    def span(self) -> str:
        """The span in words."""
        return f"{self.first} to {self.last or 'the last close'}"


@dataclass(frozen=True, slots=True, eq=False)
class LivePrices:
    """What was had.

    Attributes
    ----------
    bars
        By symbol: downloaded, or from the cache.
    snapshot
        By symbol: closes of the snapshot that stand in.
    files
        Name and sha256 of what every series came from.
    notes, banner
        As in :class:`analysis.prices.Prices`.
    """

    bars: dict[str, Bars]
    snapshot: dict[str, PriceTable]
    files: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    banner: str

    def table(self, symbols: Sequence[str], column: str, request: LiveRequest) -> PriceTable:
        """Return one column of every symbol inside the span asked for."""
        found = {}
        for symbol in symbols:
            if symbol in self.bars:
                series = self.bars[symbol].table[column]
            elif column == "close":
                series = self.snapshot[symbol].closes[symbol].dropna()
            else:
                series = pd.Series(dtype=float, index=pd.DatetimeIndex([]))
            inside = series.index >= pd.Timestamp(request.first)
            if request.last is not None:
                inside &= series.index <= pd.Timestamp(request.last)
            found[symbol] = series[inside]
        return PriceTable("Yahoo", pd.DataFrame(found).sort_index())


def load_live(symbols: Sequence[str], request: LiveRequest) -> LivePrices:
    """Return prices of every symbol: from the cache where it answers, else from Yahoo.

    Raises
    ------
    PriceError
        Naming each symbol whose prices cannot be had or cannot be right, and why.
    NetworkError
        If Yahoo cannot be reached, or sends nothing usable, and nothing may or can stand in.
    """
    for symbol in symbols:
        check_symbol(symbol)
    found: dict[str, Bars] = {}
    fetched: dict[str, datetime] = {}
    refused: dict[str, str] = {}
    outage, absent = _recent_outage(request), []
    notes: list[str] = []
    for symbol in symbols:
        cached, damage = _cached(symbol, request)
        if damage:
            notes.append(f"{symbol}: the cache file {damage}; it was downloaded anew")
        if cached is None or not cached.covers(request.first, request.last, request.present):
            if outage:
                absent.append(symbol)
                continue
            try:
                cached = _refreshed(symbol, cached, request)
            except ChartError as error:
                if error.network:
                    outage = f"{symbol}: {error}"
                    absent.append(symbol)
                    _remember_outage(outage, request)
                else:
                    refused[symbol] = str(error)
                continue
        found[symbol], fetched[symbol] = cached.bars, cached.fetched_at
    _raise_for(refused, outage if absent and not request.allow_snapshot else "", request)
    stand_ins = [_stand_in(symbol, outage, request) for symbol in absent]
    bars = found | {s: kept for s, (kept, _, _) in zip(absent, stand_ins, strict=True) if kept}
    tables = {s: table for s, (_, table, _) in zip(absent, stand_ins, strict=True) if table}
    return LivePrices(
        bars=bars,
        snapshot={symbol: table for symbol, (table, _) in tables.items()},
        files=tuple(
            [(f"yahoo:{symbol}", bars_hash(bars[symbol])) for symbol in symbols if symbol in bars]
            + sorted({file for _, file in tables.values()})
        ),
        notes=(*_about(bars, fetched, request), *notes, *(text for _, _, text in stand_ins)),
        banner=_banner(outage, [text for _, _, text in stand_ins]),
    )


def _cached(symbol: str, request: LiveRequest) -> tuple[CachedBars | None, str]:
    return (None, "") if request.cache_dir is None else read_cache(request.cache_dir, symbol)


def _refreshed(symbol: str, cached: CachedBars | None, request: LiveRequest) -> CachedBars:
    """Download what is missing, or everything if the past has changed, and keep it."""

    def fetch(first: date) -> Bars:
        return fetch_bars(
            symbol,
            first=first,
            last=last,
            session=request.session,
            pauses=request.pauses,
            now=request.present,
            tell=request.tell,
        )

    bars, first, last = None, request.first, request.last
    if cached is not None:
        first = min(first, cached.first)
        last = last and max(last, cached.until)
        if first == cached.first:
            bars = joined(cached, fetch(max(cached.until - _OVERLAP, first)))
    if bars is None:
        bars = fetch(first)
    until = min(bars.final_until(request.present), last or date.max)
    if bars.lacks_last(until):
        until = bars.table.index[-1].date()
    fresh = CachedBars(bars=bars, first=first, until=until, fetched_at=request.present)
    if request.cache_dir is not None:
        write_cache(request.cache_dir, fresh)
        (request.cache_dir / _UNREACHABLE).unlink(missing_ok=True)
    return fresh


def _raise_for(refused: dict[str, str], outage: str, request: LiveRequest) -> None:
    if refused:
        raise PriceError(
            f"Yahoo, {request.span}",
            "; ".join(f"no prices of {symbol} ({cause})" for symbol, cause in refused.items()),
            "every symbol asked for needs prices that can be right.",
            _REPAIR,
        )
    if outage:
        raise NetworkError(
            f"Yahoo, {request.span}",
            f"no prices of {outage}",
            "every symbol asked for needs prices.",
            _REMEDY,
        )


def _stand_in(
    symbol: str, outage: str, request: LiveRequest
) -> tuple[Bars | None, tuple[PriceTable, tuple[str, str]] | None, str]:
    """Return kept bars, or else a table of the snapshot, and a sentence about it."""
    kept, _ = _cached(symbol, request)
    if kept and kept.first <= request.first and kept.until >= (request.last or kept.until):
        text = f"{symbol} from the download of {kept.fetched_at:%Y-%m-%d}, to {kept.until}"
        return kept.bars, None, text
    if request.data_dir is not None and not request.adjusted:
        table, file = read_snapshot(CLOSES, data_dir=request.data_dir)
        if symbol in table.closes:
            days = table.closes[symbol].dropna().index
            start, end = days[0].date(), days[-1].date()
            if start <= request.first + _NEAR and end >= (request.last or end) - _NEAR:
                return None, (table, file), f"{symbol} from the snapshot, to {end}"
    raise NetworkError(
        f"Yahoo, {request.span}",
        f"no prices of {outage}",
        f"neither cache nor snapshot holds {symbol} over this span, so nothing can stand in.",
        "Try again in some minutes, ask for a span that is kept, or pass your own file: "
        "--prices FILE.",
    )


def _banner(outage: str, texts: Sequence[str]) -> str:
    if not texts:
        return ""
    return (
        f"Not today's prices: Yahoo could not be reached ({outage}), and kept prices stand in: "
        + "; ".join(texts)
        + "."
    )


def _about(bars: dict[str, Bars], fetched: dict[str, datetime], request: LiveRequest) -> list[str]:
    notes = []
    if fetched:
        newest, oldest = max(fetched.values()), min(fetched.values())
        when = f"{newest:%Y-%m-%d}" + (
            f" and {oldest:%Y-%m-%d}" if oldest.date() < newest.date() else ""
        )
        notes.append(f"Yahoo Finance through yfinance, downloaded on {when}")
    for symbol, found in bars.items():
        notes += [f"{symbol}: {note}" for note in found.notes]
        if found.lacks_last(min(found.final_until(request.present), request.last or date.max)):
            notes.append(
                f"{symbol}: Yahoo knows a trade of {found.last_trade} but has no bar of it"
            )
        notes += [f"{symbol}: split {ratio:g} for 1 on {day}" for day, ratio in found.splits]
    return notes


def _recent_outage(request: LiveRequest) -> str:
    """Return why Yahoo failed some minutes ago; only asked where kept prices may stand in."""
    if not request.allow_snapshot or request.cache_dir is None:
        return ""
    try:
        record = json.loads((request.cache_dir / _UNREACHABLE).read_text(encoding="utf-8"))
        age = request.present - datetime.fromisoformat(record["at"])
        return str(record["cause"]) if timedelta() <= age < _QUIET_FOR else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _remember_outage(cause: str, request: LiveRequest) -> None:
    """Let the other processes of this run go straight to kept prices."""
    if request.cache_dir is None or not request.allow_snapshot:
        return
    record = {"at": request.present.isoformat(timespec="seconds"), "cause": cause}
    with contextlib.suppress(OSError, ReportError):
        request.cache_dir.mkdir(parents=True, exist_ok=True)
        write_whole(request.cache_dir / _UNREACHABLE, json.dumps(record).encode())
