"""Markets and related series: checked records of ``seeds/markets.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.seeds.file import read_records
from analysis.seeds.values import text_rule

KINDS = ("stock", "index", "fund", "currency", "crypto", "future")
ROLES = ("study", "related")
MODELS = ("constant_mean", "market_adjusted", "market_model")
"""Normal-return models a market may name as its own."""

OPENINGS = ("price",)
STAMPS = ("end", "start")
TOTAL = "total"


@dataclass(frozen=True, slots=True)
class MarketBars:
    """The intraday bars of a series.

    Attributes
    ----------
    file
        Name of a file in ``data/bars/``.
    zone
        IANA zone of its stamps; None where each carries its own.
    stamp
        ``end`` or ``start``; None where the name of the column says it.
    against
        What reactions are measured against: ``total``, or symbols of other series with bars.
    """

    file: str
    zone: str | None
    stamp: str | None
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandIn:
    """A series that trades round the clock and answers while its market is closed.

    Attributes
    ----------
    symbol, short
        Its key, and the name used in sentences.
    zone
        IANA zone of its exchange.
    opens, closes
        Clock times there: a session runs from ``opens`` of the day before to ``closes``.
    bars
        Its bars.
    """

    symbol: str
    short: str
    zone: str
    opens: str
    closes: str
    bars: MarketBars


@dataclass(frozen=True, slots=True)
class Market:
    """One price series and where it trades.

    Attributes
    ----------
    symbol
        Yahoo Finance symbol; the key of the series everywhere.
    name, short
        Full name, and the name used in grids and sentences.
    kind
        One of `KINDS`.
    exchange
        Market code (MIC) whose sessions the series follows; ``24/5`` (Monday to Friday, London
        days) or ``24/7`` (every day, UTC) for what trades round the clock.
    currency
        Of the closes.
    role
        ``"study"`` (reactions are computed) or ``"related"`` (benchmark or comparison).
    benchmarks
        Symbols of the benchmarks, the default first; empty for related series. Files may say
        ``benchmark: SYMBOL`` where there is one.
    model
        Default normal-return model; empty for related series.
    note
        What a reader should know about it.
    opening
        ``"price"`` if the opening print of an index is a price; else empty.
    bars
        Its intraday bars; None if there are none.
    stand_in
        The series that answers for it round the clock; None if there is none.
    """

    symbol: str
    name: str
    short: str
    kind: str
    exchange: str
    currency: str
    role: str
    benchmarks: tuple[str, ...]
    model: str
    note: str = ""
    opening: str = ""
    bars: MarketBars | None = None
    stand_in: StandIn | None = None

    @property
    def open_is_price(self) -> bool:
        """Whether something was traded at the opening print.

        Most indices are computed at the open from members that have not traded yet.
        """
        return self.kind != "index" or self.opening == "price"

    @property
    def benchmark(self) -> str | None:
        """The first benchmark; None for related series."""
        return self.benchmarks[0] if self.benchmarks else None


def load_markets(path: Path | str) -> tuple[Market, ...]:
    """Read the markets, in the order of the file.

    Raises
    ------
    SeedError
        With every problem of the file: among others a benchmark that is not in it, a study market
        without benchmark or model, and no study market at all.
    """
    from analysis.seeds.market_models import MarketRow

    return read_records(path, MarketRow, key="symbol", context=_listed)


def _listed(rows: Sequence[Any]) -> dict[str, Any]:
    """Return what the rows of the file name for each other, whatever else is wrong with them."""
    sound = [row for row in rows if isinstance(row, dict)]
    inner = [row["stand_in"] for row in sound if isinstance(row.get("stand_in"), dict)]
    return {
        "listed": _symbols(sound),
        "barred": [TOTAL, *_symbols([row for row in sound if row.get("bars")]), *_symbols(inner)],
        "study": any(row.get("role") != "related" for row in sound),
    }


def _symbols(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    found = [symbol for row in rows if isinstance(symbol := row.get("symbol"), str)]
    return [symbol.strip() for symbol in found if not text_rule(symbol)]


def symbols_with_bars(markets: Sequence[Market]) -> list[str]:
    """Return the symbols of all series with bars, stand-ins included."""
    own = [market.symbol for market in markets if market.bars]
    return own + [market.stand_in.symbol for market in markets if market.stand_in]
