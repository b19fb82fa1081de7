"""Series by the names markets pages use for them."""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from analysis.drafting.words import alternatives

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

__all__ = ["Catalogue", "SeriesName", "catalogue"]

_CATALOGUE = """
^GSPC XNYS index: S&P 500, S&P500, S&P 500 index, S&P 500 Index, S & P 500, SPX, S&P, Wall Street
^DJI XNYS index: Dow Jones Industrial Average, Dow Jones industrial average, Dow Jones Industrials, Dow Jones, Dow, DJIA
^IXIC XNAS index: Nasdaq Composite, Nasdaq composite, NASDAQ Composite, Nasdaq Composite Index, Nasdaq, NASDAQ
^NDX XNAS index: Nasdaq 100, Nasdaq-100
^RUT XNYS index: Russell 2000
^SOX XNYS index: PHLX Semiconductor Index, Philadelphia Semiconductor Index, Philadelphia SE Semiconductor Index, Philadelphia Stock Exchange Semiconductor Index, SOX index, SOX
^VIX XNYS index: VIX, Vix, Cboe Volatility Index
ES=F XNYS future: S&P 500 futures, S&P futures, S&P 500 e-mini futures, S&P 500 E-mini futures, futures on the S&P 500, Futures on the S&P 500, U.S. stock index futures, US stock index futures, U.S. stock futures, US stock futures, U.S. futures, US futures, Wall Street futures, American stock futures, U.S. equity futures, US equity futures
NQ=F XNAS future: Nasdaq 100 futures, Nasdaq futures, Nasdaq-100 futures, Nasdaq 100 e-mini futures
YM=F XNYS future: Dow futures, Dow Jones futures
FESX XFRA future: Euro Stoxx 50 futures, EURO STOXX 50 futures, Euro Stoxx futures
^N225 XTKS index: Nikkei 225, Nikkei 225 Stock Average, Nikkei Stock Average, Nikkei average, Nikkei 225 Index, Nikkei index, Nikkei-225, Nikkei, Japan's Nikkei, Japan's market, Tokyo's market, Japanese market, Japanese shares, Japanese stocks, Tokyo stocks, Tokyo shares, Japan's stocks
TOPIX XTKS index: Topix, TOPIX
^TWII XTAI index: Taiex, TAIEX, TWSE, Taiwan Weighted Index, Taiwan weighted index, Taiwan Capitalization Weighted Stock Index, Taiwan's market, Taiwan's stock market, Taiwan's benchmark, Taiwan's benchmark index, Taiwan stocks, Taiwan shares, Taiwanese stocks, Taiwanese shares, Taiwan's stocks, Taiwan's shares, Taiwan's bourse
^HSI XHKG index: Hang Seng Index, Hang Seng index, Hang Seng, HSI, Hong Kong stocks, Hong Kong shares, Hong Kong's market
^HSCE XHKG index: Hang Seng China Enterprises Index, China Enterprises Index, HSCEI, H-share index
HSTECH XHKG index: Hang Seng Tech Index, Hang Seng TECH Index, Hang Seng Tech
000001.SS XSHG index: Shanghai Composite Index, Shanghai Composite, Shanghai composite, SSE Composite
399001.SZ XSHG index: Shenzhen Component Index, Shenzhen Component
000300.SS XSHG index: CSI 300, CSI300, CSI 300 Index, Chinese blue chips
^KS11 XKRX index: Kospi, KOSPI, Kospi index, South Korean shares, South Korean stocks, South Korea's market, Seoul stocks, Seoul shares
^KQ11 XKRX index: Kosdaq, KOSDAQ
^AXJO XASX index: S&P/ASX 200, ASX 200, S&P/ASX 200 index, Australian shares
^STI XSES index: Straits Times Index, STI
^BSESN XBOM index: Sensex, BSE Sensex, S&P BSE Sensex
^NSEI XBOM index: Nifty 50, Nifty, NSE Nifty, NSE Nifty 50
^JKSE XIDX index: Jakarta Composite
^FTSE XLON index: FTSE 100, FTSE-100, FTSE, Footsie
^FTMC XLON index: FTSE 250
^GDAXI XFRA index: DAX, Dax, Germany's DAX, DAX 40
^FCHI XPAR index: CAC 40, CAC-40, CAC
^STOXX XFRA index: STOXX Europe 600, Stoxx Europe 600, Stoxx 600, STOXX 600, pan-European STOXX 600
^STOXX50E XFRA index: Euro Stoxx 50, EURO STOXX 50
^SSMI XSWX index: Swiss Market Index, SMI
^IBEX XMAD index: Ibex 35, IBEX 35
^GSPTSE XTSE index: S&P/TSX composite index, S&P/TSX composite, S&P/TSX Composite, TSX composite, TSX
Europe - region: European shares, European stocks
NVDA XNAS stock: Nvidia, NVIDIA, NVDA, $NVDA, Nvidia Corp, NVIDIA Corporation, Nvidia Corporation, Nvidia Corp.
AMD XNAS stock: AMD, $AMD, Advanced Micro Devices, Advanced Micro Devices Inc.
INTC XNAS stock: Intel, INTC
MU XNAS stock: Micron, Micron Technology
AVGO XNAS stock: Broadcom, AVGO
QCOM XNAS stock: Qualcomm
AAPL XNAS stock: Apple, AAPL
MSFT XNAS stock: Microsoft, MSFT
AMZN XNAS stock: Amazon, Amazon.com, AMZN
GOOGL XNAS stock: Alphabet, Google
META XNAS stock: Meta, Meta Platforms
TSLA XNAS stock: Tesla, TSLA
ORCL XNYS stock: Oracle
ARM XNAS stock: Arm Holdings
ASML XAMS stock: ASML, ASML Holding
SMCI XNAS stock: Super Micro, Supermicro, Super Micro Computer
2330.TW XTAI stock: TSMC, Taiwan Semiconductor Manufacturing, Taiwan Semiconductor Manufacturing Co
2317.TW XTAI stock: Foxconn, Hon Hai
BABA XNYS stock: Alibaba
0700.HK XHKG stock: Tencent
0981.HK XHKG stock: SMIC
9888.HK XHKG stock: Baidu
005930.KS XKRX stock: Samsung Electronics, Samsung
000660.KS XKRX stock: SK Hynix, SK hynix
9984.T XTKS stock: SoftBank, SoftBank Group
6857.T XTKS stock: Advantest
8035.T XTKS stock: Tokyo Electron
7203.T XTKS stock: Toyota, Toyota Motor
GC=F - commodity: Gold, gold, gold prices, Gold prices, bullion
SI=F - commodity: Silver, silver
BZ=F - commodity: Brent crude, Brent
CL=F - commodity: West Texas Intermediate, WTI
BTC-USD 24/7 currency: Bitcoin, bitcoin
CNH=X - currency: offshore yuan
CNY=X - currency: yuan, renminbi
JPY=X - currency: yen
AUDUSD=X - currency: Australian dollar
"""
_TICKER = re.compile(
    r"(?P<name>[A-Z][\w&.'’-]{1,30}(?: [A-Z][\w&.'’-]{0,30}){0,4}) "
    r"\((?:(?P<exchange>NASDAQ|Nasdaq|NYSE|NYSE American|TSX|LSE|HKEX|TYO|TWSE|ASX|KRX|SIX): ?)?"
    r"(?P<ticker>[A-Z]{2,5}(?:\.[A-Z]{1,2})?)\)"
)
_TRADES_AS = re.compile(
    r"\btrades? (?:as|under(?: the (?:ticker|symbol))?) ['\"“]?(?P<ticker>[A-Z]{2,5})\b"
)
_TICKER_MIC = {"NASDAQ": "XNAS", "Nasdaq": "XNAS", "NYSE": "XNYS", "NYSE American": "XNYS",
               "TSX": "XTSE", "LSE": "XLON", "HKEX": "XHKG", "TYO": "XTKS", "TWSE": "XTAI",
               "ASX": "XASX", "KRX": "XKRX", "SIX": "XSWX"}  # fmt: skip
_NO_TICKERS = frozenset(
    {"AI", "US", "UK", "EU", "CEO", "CFO", "IPO", "GDP", "CPI", "ETF", "WTO", "IMF", "BIS"}
)


@dataclass(frozen=True, slots=True)
class SeriesName:
    """A series named in a text.

    Attributes
    ----------
    start, end
        Where its name stands.
    symbol
        Symbol of Yahoo Finance where one is known, else the name itself.
    kind
        ``index``, ``stock``, ``future``, ``commodity``, ``currency``, ``region`` or ``unknown``.
    exchange
        Market code of the exchange; empty where none is known.
    generic
        Whether a market is meant as a whole ("Tokyo stocks"), not an index by name.
    """

    start: int
    end: int
    symbol: str
    kind: str
    exchange: str
    generic: bool = False


@dataclass(frozen=True)
class Catalogue:
    """Names that are looked for, and the pattern that finds them."""

    entries: dict[str, tuple[str, str, str]]
    pattern: re.Pattern[str]

    def find(self, plain: str) -> tuple[SeriesName, ...]:
        """Return the series a text names, in order; a ticker in brackets names its company."""
        extra = _own_tickers(plain)
        names: list[SeriesName] = []
        for match in self.pattern.finditer(plain):
            names.append(self._named(match, plain))
        for name, (symbol, exchange) in extra.items():
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", plain):
                names.append(SeriesName(match.start(), match.end(), symbol, "stock", exchange))
        for match in _TRADES_AS.finditer(plain):
            if match["ticker"] not in _NO_TICKERS:
                start, end = match.span("ticker")
                names.append(SeriesName(start, end, match["ticker"], "stock", ""))
        return tuple(_no_overlap(names))

    def _named(self, match: re.Match[str], plain: str) -> SeriesName:
        symbol, exchange, kind = self.entries[match[0]]
        generic = bool(
            re.search(r"(?:shares|stocks|market|bourse|blue chips|Wall Street)$", match[0])
        )
        return SeriesName(match.start(), match.end(), symbol, kind, exchange, generic)


def _own_tickers(plain: str) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for match in _TICKER.finditer(plain):
        if match["ticker"] in _NO_TICKERS or len(found) > 50:
            continue
        value = (match["ticker"], _TICKER_MIC.get(match["exchange"] or "", ""))
        if not match["exchange"] and len(match["ticker"]) < 3:
            continue
        found.setdefault(match["name"], value)
        found.setdefault(match["ticker"], value)
    return found


def _no_overlap(names: list[SeriesName]) -> list[SeriesName]:
    kept: list[SeriesName] = []
    for name in sorted(names, key=lambda n: (n.start, -n.end)):
        if not kept or name.start >= kept[-1].end:
            kept.append(name)
    return kept


def catalogue(markets: Sequence[Market] = ()) -> Catalogue:
    """Return the built-in names and those of ``markets`` (symbol, full and short name)."""
    own = tuple((m.symbol, m.exchange, m.kind, m.name, m.short) for m in markets)
    return _catalogue(own)


@lru_cache(maxsize=16)
def _catalogue(markets: tuple[tuple[str, str, str, str, str], ...]) -> Catalogue:
    entries: dict[str, tuple[str, str, str]] = {}
    for line in _CATALOGUE.strip().splitlines():
        head, _, names = line.partition(": ")
        symbol, exchange, kind = head.split()
        for name in names.split(", "):
            value = (symbol, exchange.strip("-"), kind)
            entries[name] = entries[name.replace("'", "’")] = value
    for symbol, exchange, kind, full, short in markets:
        for name in (full, short, symbol):
            entries.setdefault(name, (symbol, exchange, kind))
    body = alternatives(entries)
    return Catalogue(entries, re.compile(rf"(?<![\w$])(?:{body})(?!\w|\.\w)"))
