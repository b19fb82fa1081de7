"""Markets and related series: checked records of ``seeds/markets.yaml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.seeds.exchanges import EXCHANGE_RULE, exchange_code, exchange_rule
from analysis.seeds.file import Fields, read_records
from analysis.seeds.values import no_such

KINDS = ("stock", "index", "fund", "currency", "crypto", "future")
ROLES = ("study", "related")
MODELS = ("constant_mean", "market_adjusted", "market_model")
"""Normal-return models a market may name as its own."""

_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.=&_-]*")
_SYMBOL_RULE = "write the symbol as Yahoo Finance does, e.g. 'NVDA', '^N225' or '7203.T'"
_EXCHANGE = re.compile(r"[A-Za-z0-9/_]{2,10}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CURRENCY_RULE = "write the three-letter currency code (ISO 4217) in capitals, e.g. 'USD'"
OPENINGS = ("price",)
STAMPS = ("end", "start")
TOTAL = "total"
_CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9]")
_CLOCK_RULE = "write a clock time as HH:MM, in quotes, e.g. '18:00'"


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
    return read_records(path, _market, key="symbol", review=_review)


def _market(fields: Fields) -> Market:
    market = Market(
        symbol=fields.matching("symbol", _SYMBOL, _SYMBOL_RULE),
        name=fields.title("name"),
        short=fields.title("short"),
        kind=fields.choice("kind", KINDS, what="kind"),
        exchange=_exchange(fields),
        currency=fields.matching("currency", _CURRENCY, _CURRENCY_RULE),
        role=fields.choice("role", ROLES, what="role"),
        benchmarks=_benchmarks(fields),
        model=fields.optional_choice("model", MODELS, what="model") or "",
        note=fields.optional_text("note") or "",
        opening=fields.optional_choice("opening", OPENINGS, what="kind of opening") or "",
        bars=fields.optional_mapping("bars", _bars),
        stand_in=fields.optional_mapping("stand_in", _stand_in),
    )
    for field, value in ((_field(fields), market.benchmark), ("model", market.model)):
        if market.role == "study" and not value:
            fields.refuse(field, "a study market needs one")
        elif market.role == "related" and value:
            fields.refuse(field, "leave it out: only study markets have one")
    return market


def _exchange(fields: Fields) -> str:
    """Return the code of the exchange; a name that means another, or nothing, is refused."""
    name = fields.matching("exchange", _EXCHANGE, EXCHANGE_RULE)
    rule = exchange_rule(name) if fields.sound("exchange") else None
    if rule is not None:
        fields.refuse("exchange", rule)
    return exchange_code(name)


def _benchmarks(fields: Fields) -> tuple[str, ...]:
    """Read ``benchmarks``, or ``benchmark`` as a list of one."""
    one, several = fields.optional_text("benchmark"), fields.texts("benchmarks")
    if one and several:
        fields.refuse("benchmark", "write it as the first of `benchmarks`, and leave this out")
    return several or ((one,) if one else ())


def _field(fields: Fields) -> str:
    """Return the name under which benchmarks are given."""
    return "benchmarks" if fields.sound("benchmarks") else "benchmark"


def _bars(fields: Fields) -> MarketBars:
    return MarketBars(
        file=fields.file_name("file"),
        zone=fields.optional_zone("zone"),
        stamp=fields.optional_choice("stamp", STAMPS, what="kind of stamp"),
        against=fields.texts("against") or (TOTAL,),
    )


def _stand_in(fields: Fields) -> StandIn:
    zone = fields.optional_zone("zone")
    if zone is None and fields.sound("zone"):
        fields.refuse("zone", "name the IANA zone of its exchange, e.g. 'America/New_York'")
    return StandIn(
        symbol=fields.matching("symbol", _SYMBOL, _SYMBOL_RULE),
        short=fields.text("short"),
        zone=zone or "UTC",
        opens=fields.matching("opens", _CLOCK, _CLOCK_RULE),
        closes=fields.matching("closes", _CLOCK, _CLOCK_RULE),
        bars=fields.mapping("bars", _bars),
    )


def _review(pairs: Sequence[tuple[Fields, Market]]) -> None:
    symbols = [market.symbol for _, market in pairs if market.symbol]
    for fields, market in pairs:
        for place, benchmark in enumerate(market.benchmarks):
            field = _field(fields)
            if not fields.sound(field):
                break
            if benchmark == market.symbol:
                fields.refuse(field, "a market cannot be its own benchmark")
            elif benchmark in market.benchmarks[:place]:
                fields.refuse(field, f"{benchmark!r} stands there twice")
            elif benchmark not in symbols:
                fields.refuse(field, no_such(benchmark, symbols, what="symbol in this file"))

    _review_bars(pairs)
    if pairs and not any(market.role == "study" for _, market in pairs):
        pairs[0][0].refuse("role", "at least one market must have the role 'study'")


def _review_bars(pairs: Sequence[tuple[Fields, Market]]) -> None:
    """Refuse bars measured against a series that has none."""
    names = symbols_with_bars([market for _, market in pairs])
    for fields, market in pairs:
        for field, bars in (
            ("bars", market.bars),
            ("stand_in", market.stand_in.bars if market.stand_in else None),
        ):
            for name in bars.against if bars else ():
                if name != TOTAL and name not in names and fields.sound(field):
                    fields.refuse(field, no_such(name, [TOTAL, *names], what="series with bars"))


def symbols_with_bars(markets: Sequence[Market]) -> list[str]:
    """Return the symbols of all series with bars, stand-ins included."""
    own = [market.symbol for market in markets if market.bars]
    return own + [market.stand_in.symbol for market in markets if market.stand_in]
