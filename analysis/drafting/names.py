"""Series by the names markets pages use for them."""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from analysis.drafting.words import MONTHS, PLACES, WEEKDAYS, alternatives, listed

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

__all__ = ["Catalogue", "SeriesName", "catalogue"]

_CATALOGUE = """
^GSPC XNYS index: Standard & Poor's 500, Standard & Poor's 500 index, Standard & Poor's 500 Index, Standard and Poor's 500, S&P 500, S&P500, S&P 500 index, S&P 500 Index, S & P 500, SPX, S&P, Wall Street
^DJI XNYS index: DJI, Dow Jones Industrial Average Index, Dow industrials, Dow Jones industrials, blue-chip Dow, Dow Jones Industrial Average, Dow Jones industrial average, Dow Jones Industrials, Dow Jones, Dow, DJIA
^IXIC XNAS index: Nasdaq Composite index, NASDAQ Composite Index, Nasdaq composite index, Nasdaq index, Nasdaq Composite, Nasdaq composite, NASDAQ Composite, Nasdaq Composite Index, Nasdaq, NASDAQ
^NDX XNAS index: Nasdaq 100, Nasdaq-100, Nasdaq 100 Index, Nasdaq-100 Index, NASDAQ 100, NASDAQ-100
^RUT XNYS index: Russell 2000, Russell 2000 Index, Russell 2000 index
S&P600 XNYS index: S&P 600, S&P SmallCap 600
^MID XNYS index: S&P 400, S&P MidCap 400
^NYA XNYS index: NYSE Composite, NYSE Composite Index
^NBI XNAS index: Nasdaq Biotechnology Index, Nasdaq Biotechnology, NASDAQ Biotechnology Index
^SOX XNYS index: PHLX Semiconductor Index, Philadelphia Semiconductor Index, Philadelphia SE Semiconductor Index, Philadelphia Stock Exchange Semiconductor Index, SOX index, SOX
^VIX XNYS index: VIX, Vix, Cboe Volatility Index, CBOE Volatility Index, Cboe Volatility index, CBOE Volatility index, VIX index
ES=F XNYS future: S&P 500 futures, S&P futures, S&P 500 e-mini futures, S&P 500 E-mini futures, futures on the S&P 500, Futures on the S&P 500, U.S. stock index futures, US stock index futures, U.S. stock futures, US stock futures, U.S. futures, US futures, Wall Street futures, American stock futures, U.S. equity futures, US equity futures
NQ=F XNAS future: Nasdaq 100 futures, Nasdaq futures, Nasdaq-100 futures, Nasdaq 100 e-mini futures
YM=F XNYS future: Dow futures, Dow Jones futures
FESX XFRA future: Euro Stoxx 50 futures, EURO STOXX 50 futures, Euro Stoxx futures
^N225 XTKS index: Nikkei 225, Nikkei 225 Stock Average, Nikkei Stock Average, Nikkei average, Nikkei 225 Index, Nikkei index, Nikkei-225, Nikkei, Japan's Nikkei, Japan's market, Tokyo's market, Japanese market, Japanese shares, Japanese stocks, Tokyo stocks, Tokyo shares, Japan's stocks
TOPIX XTKS index: Topix, TOPIX, Topix index, TOPIX index, broader Topix
^TWII XTAI index: Taiex, TAIEX, TWSE, Taiwan Weighted Index, Taiwan weighted index, Taiwan Capitalization Weighted Stock Index, Taiwan's market, Taiwan's stock market, Taiwan's benchmark, Taiwan's benchmark index, Taiwan stocks, Taiwan shares, Taiwanese stocks, Taiwanese shares, Taiwan's stocks, Taiwan's shares, Taiwan's bourse
^HSI XHKG index: Hang Seng Index, Hang Seng index, Hang Seng, HSI, Hong Kong stocks, Hong Kong shares, Hong Kong's market
^HSCE XHKG index: Hang Seng China Enterprises Index, China Enterprises Index, HSCEI, H-share index
HSTECH XHKG index: Hang Seng Tech Index, Hang Seng TECH Index, Hang Seng Tech
000001.SS XSHG index: Shanghai Composite index, Shanghai composite index, Shanghai SE Composite Index, SSE Composite, Shanghai Composite Index, Shanghai Composite, Shanghai composite, SSE Composite
399001.SZ XSHG index: Shenzhen Component Index, Shenzhen Component, Shenzhen component, Shenzhen component index
399106.SZ XSHG index: Shenzhen Composite, Shenzhen Composite Index
399006.SZ XSHG index: ChiNext, ChiNext Index
000300.SS XSHG index: CSI 300, CSI300, CSI 300 Index, Chinese blue chips
^KS11 XKRX index: Kospi, KOSPI, Kospi index, Korea Composite Stock Price Index, South Korean shares, South Korean stocks, South Korea's market, Seoul stocks, Seoul shares
^KQ11 XKRX index: Kosdaq, KOSDAQ
^AXJO XASX index: S&P/ASX200, S&P/ASX200 index, S&P/ASX 200 Index, ASX200, S&P ASX 200, S&P/ASX 200, ASX 200, S&P/ASX 200 index, Australian shares
^AORD XASX index: All Ordinaries, All Ordinaries Index, All Ordinaries index
^NZ50 XNZE index: NZX 50, S&P/NZX 50, S&P/NZX 50 Index, NZX-50
^KLSE XKLS index: FTSE Bursa Malaysia KLCI, KLCI, Bursa Malaysia, FBM KLCI
^SET.BK XBKK index: SET Index, SET index, SET
PSEI.PS XPHS index: PSEi, PSE Index
^VNINDEX XSTC index: VN-Index, VN Index
^STI XSES index: Straits Times Index, Straits Times, STI
^BSESN XBOM index: Sensex, BSE Sensex, S&P BSE Sensex, BSE SENSEX, SENSEX, Bombay Stock Exchange Sensex, 30-share Sensex, 30-share BSE Sensex
^NSEI XBOM index: Nifty 50, Nifty, NSE Nifty, NSE Nifty 50, Nifty50, CNX Nifty, National Stock Exchange Nifty, NIFTY 50, Nifty-50
^NSEBANK XBOM index: Bank Nifty, Nifty Bank
^JKSE XIDX index: Jakarta Composite, Jakarta Composite Index, IDX Composite
^FTSE XLON index: FTSE 100 Index, FTSE 100 index, FTSE100, U.K.'s FTSE 100, FTSE 100, FTSE-100, FTSE, Footsie
^FTMC XLON index: FTSE 250, FTSE 250 Index
^FTAI XLON index: AIM All-Share, FTSE AIM All-Share
^FTAS XLON index: FTSE All-Share
^GDAXI XFRA index: DAX, Dax, Germany's DAX, DAX 40, DAX 30, DAX index, Xetra DAX, Frankfurt's DAX
^MDAXI XFRA index: MDAX, MDax
^TECDAX XFRA index: TecDAX, TecDax
^FCHI XPAR index: CAC 40, CAC-40, CAC, CAC 40 index, CAC40, France's CAC 40, Paris' CAC 40
^STOXX XFRA index: STOXX Europe 600, Stoxx Europe 600, Stoxx 600, STOXX 600, pan-European STOXX 600
^STOXX50E XFRA index: Euro Stoxx 50, EURO STOXX 50, Euro STOXX 50, EuroStoxx 50, EuroStoxx50, Stoxx 50, STOXX 50
^SSMI XSWX index: Swiss Market Index, SMI, SMI index, Swiss SMI
^IBEX XMAD index: Ibex 35, IBEX 35, Ibex, IBEX
FTSEMIB.MI XMIL index: FTSE MIB, FTSE MIB index, FTSE Mib
^AEX XAMS index: AEX, AEX index, AEX Index
^BFX XBRU index: BEL 20, Bel 20, BEL-20
^OMX XSTO index: OMX Stockholm 30, OMXS30, OMX Stockholm 30 Index
^OMXC25 XCSE index: OMX Copenhagen 25, OMXC25
^OSEAX XOSL index: Oslo All-Share
PSI20.LS XLIS index: PSI 20, PSI-20, PSI
^ATX XWBO index: ATX, Austrian ATX
WIG20.WA XWAR index: WIG20, WIG 20, WIG-20
XU100.IS XIST index: BIST 100, BIST-100, Borsa Istanbul 100
IMOEX.ME XMOS index: MOEX, MOEX Russia Index, Moex Russia Index
TA35.TA XTAE index: TA-35, TA 35, Tel Aviv 35
^TASI.SR XSAU index: Saudi Arabia's benchmark index, Saudi Arabia's benchmark stock index, Tadawul, TASI, Tadawul All Share Index
^J200.JO XJSE index: JSE Top 40, Top-40
^JALSH XJSE index: JSE All-Share, JSE All Share Index
^BVSP BVMF index: Bovespa, Ibovespa, IBOVESPA, Bovespa index, Bovespa Index
^MXX XMEX index: IPC, S&P/BMV IPC, Mexican IPC
^MERV XBUE index: Merval, MERVAL
^JX XTSE index: TSX Venture Exchange, TSX Venture, S&P/TSX Venture Composite Index
^GSPTSE XTSE index: S&P/TSX Composite Index, S&P/TSX, TSX Composite, TSX Composite Index, S&P/TSX composite index, S&P/TSX composite, S&P/TSX Composite, TSX composite, TSX
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
        extra = _own_tickers(plain, self.entries)
        names = [self._named(match, plain) for match in self._matches(plain)]
        for name, (symbol, exchange) in extra.items():
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", plain):
                names.append(SeriesName(match.start(), match.end(), symbol, "stock", exchange))
        for match in _TRADES_AS.finditer(plain):
            if match["ticker"] not in _NO_TICKERS:
                start, end = match.span("ticker")
                names.append(SeriesName(start, end, match["ticker"], "stock", ""))
        return tuple(_no_overlap(names))

    def _matches(self, plain: str) -> Iterator[re.Match[str]]:
        """Yield whole names; one that is a part of a longer name gives way to a later start."""
        at = 0
        while match := self.pattern.search(plain, at):
            if _whole(match, plain):
                yield match
                at = match.end()
            else:
                at = match.start() + 1

    def _named(self, match: re.Match[str], plain: str) -> SeriesName:
        symbol, exchange, kind = self.entries[match[0]]
        generic = bool(
            re.search(r"(?:shares|stocks|market|bourse|blue chips|Wall Street)$", match[0])
        )
        return SeriesName(match.start(), match.end(), symbol, kind, exchange, generic)


def _whole(match: re.Match[str], plain: str) -> bool:
    """Tell a name from a part of a longer one: "FTSE MIB", "Intel-backed", "Barrick Gold".

    A name is the longest noun phrase: nothing may touch it by a slash or a hyphen, no further
    capitalised word or number may follow, and none may stand before it but at the head of a
    sentence, as a possessive ("Japan's Nikkei") or as a word of time.
    """
    after, before = plain[match.end() :], plain[: match.start()]
    if re.match(r"[/&]\w|[-‑–]\w(?!\w*-share)", after) or re.search(r"\w[/&-]$", before):
        return False
    if before.endswith("(") and after.startswith(":"):
        return False  # "(TSX:SHOP)"
    if _APPOSITIVE.match(after):
        return False
    follows = re.match(
        r" (?P<word>[A-Z][\w.&'’-]*|\d[\d.,]*(?! ?(?:%|per|points?|pct|basis))\b)", after
    )
    if follows and not _may_follow(follows["word"]):
        return False
    if _PLACE_BEFORE.search(before[-24:]):
        return True
    leads = re.search(r"(?P<word>\b[A-Z][\w&-]*(?:\.[A-Z]\.?)*(?:['’]s?)?) $", before[-40:])
    return not leads or _may_lead(leads["word"])


def _may_follow(word: str) -> bool:
    folded = word.strip(".").casefold()
    return (
        folded in WEEKDAYS
        or folded in MONTHS
        or folded in _TAILS
        or (word[0].isdigit() and "." in word)
    )


def _may_lead(word: str) -> bool:
    folded = word.strip(".").casefold()
    return (
        word.endswith(("'s", "’s", "'", "’"))
        or folded in _LEADS
        or folded in WEEKDAYS
        or folded in PLACES
    )


_PLACE_BEFORE = re.compile(rf"(?i)\b(?:{alternatives(PLACES)}) $")
#: What makes a commodity the trade of somebody else: "the gold miner", "gold stocks".
_APPOSITIVE = re.compile(
    r",? (?:the )?(?:gold |silver )?(?:miners?|mining|producers?|stocks|explorers?|compan(?:y|ies)|medal|standard|"
    r"card|reserves|mines?|giant|jewell?ery|bug|ETF)\b"
)
#: Capitalised words that do not make a name longer: they may stand after it, or before it.
_TAILS = frozenset(
    listed(
        """
        index inc corp ltd plc co shares stock futures i he she we it but and the
        """
    )
)
_LEADS = frozenset(listed(
    """
    the a an and but while when as after before although though since if so yet meanwhile elsewhere also then still exchange index
    benchmark broader shares stock overall us u.s uk u.k main local pan-european tech-heavy technology-heavy blue-chip small-cap
    tech chipmaker chipmakers rival giant heavyweight heavyweights in on at of for by with like both spanish italian dutch brazilian
    mexican turkish russian asian european domestic only even fellow
    """
))  # fmt: skip


def _own_tickers(
    plain: str, entries: Mapping[str, tuple[str, str, str]]
) -> dict[str, tuple[str, str]]:
    """Return names and tickers a text itself gives in brackets; known ones keep their symbol."""
    found: dict[str, tuple[str, str]] = {}
    for match in _TICKER.finditer(plain):
        if match["ticker"] in _NO_TICKERS or len(found) > 50:
            continue
        value = (match["ticker"], _TICKER_MIC.get(match["exchange"] or "", ""))
        if not match["exchange"] and len(match["ticker"]) < 3:
            continue
        name = re.sub(r"^(?:The|A|An) ", "", match["name"])
        known = entries.get(name) or entries.get(match["ticker"])
        if known:
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


def _spellings(name: str) -> set[str]:
    """Return a name as newsrooms vary it: apostrophe, "index", "futures on the ..."."""
    forms = {name, name.replace(" Index", " index"), name.replace(" index", " Index")}
    if name.endswith(" futures"):
        forms.add(name.replace(" futures", " Futures"))
        forms |= {
            f"{word} on the {name.removesuffix(' futures')}" for word in ("futures", "Futures")
        }
    return forms | {form.replace("'", "’") for form in forms}


@lru_cache(maxsize=16)
def _catalogue(markets: tuple[tuple[str, str, str, str, str], ...]) -> Catalogue:
    entries: dict[str, tuple[str, str, str]] = {}
    for line in _CATALOGUE.strip().splitlines():
        head, _, names = line.partition(": ")
        symbol, exchange, kind = head.split()
        value = (symbol, exchange.strip("-"), kind)
        for name in names.split(", "):
            for written in _spellings(name):
                entries[written] = value
    for symbol, exchange, kind, full, short in markets:
        for name in (full, short, symbol):
            entries.setdefault(name, (symbol, exchange, kind))
    body = alternatives(entries)
    return Catalogue(entries, re.compile(rf"(?<![\w$])(?:{body})(?!\w|\.\w)"))
