"""Names of exchanges: what a writer may call them, and whose calendar each keeps.

The codes are those of ISO 10383; the calendars, of the package the sessions come from. A test holds
:data:`CALENDARS` against that package, so that reading the seeds need not load it.
"""

# ruff: noqa: E501  (a list of names in one line reads better than wrapped)
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CALENDARS = frozenset(
    {
        "24/5", "24/7", "us_futures", "AIXK", "ASEX", "BVMF", "CMES", "IEPA", "XAMS", "XASX", "XBDA", "XBEL",
        "XBKK", "XBOG", "XBOM", "XBRA", "XBRU", "XBSE", "XBUD", "XBUE", "XCBF", "XCSE", "XCYS", "XDUB",
        "XDUS", "XEEE", "XETR", "XEUR", "XFRA", "XHAM", "XHEL", "XHKG", "XICE", "XIDX", "XIST", "XJSE",
        "XKAR", "XKLS", "XKRX", "XLIM", "XLIS", "XLIT", "XLJU", "XLON", "XLUX", "XMAD", "XMEX", "XMIL",
        "XMOS", "XNYS", "XNZE", "XOSL", "XPAR", "XPHS", "XPRA", "XRIS", "XSAU", "XSES", "XSGO", "XSHG",
        "XSTO", "XSTU", "XSWX", "XTAE", "XTAI", "XTAL", "XTKS", "XTSE", "XWAR", "XWBO", "XZAG",
    }
)  # fmt: skip
"""Codes of exchanges that have a calendar of their own."""

KEEPS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("XNAS", "XNGS", "XNMS", "XNCM", "XASE", "ARCX", "BATS", "OOTC"), "XNYS"),
        "XTSX": "XTSE",
        "XSHE": "XSHG",
    }
)
"""Codes of exchanges that keep the sessions of another: Nasdaq keeps New York's."""

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "NYSE": "XNYS", "NASDAQ": "XNAS", "TSX": "XTSE", "BMF": "BVMF", "CME": "CMES", "CBOT": "CMES",
        "COMEX": "CMES", "NYMEX": "CMES", "CFE": "XCBF", "ICE": "IEPA", "ICEUS": "IEPA", "NYFE": "IEPA",
        "LSE": "XLON", "FWB": "XFRA", "SIX": "XSWX", "LUXSE": "XLUX", "BVB": "XBSE", "TASE": "XTAE",
        "JPX": "XTKS", "HKEX": "XHKG", "SSE": "XSHG", "ASX": "XASX", "JKT": "XIDX",
    }
)  # fmt: skip
"""Names in use that can mean one exchange only, and its code."""

_MEANT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        name: (what, code)
        for what, code, names in (
            ("the National Stock Exchange of India, whose calendar is not here; Bombay holds sessions on the same days", "XBOM", "XNSE NSE NIFTY"),
            ("the Taiwan Stock Exchange", "XTAI", "TWSE TSEC TPE TWII"),
            ("the Taipei Exchange, which opens with the Taiwan Stock Exchange", "XTAI", "ROCO TPEX TWO GTSM"),
            ("OTC Markets of the United States, which keep New York's sessions", "OOTC", "OTCM OTC OTCB OTCQ PINX PINK"),
            ("Kosdaq, a market of the Korea Exchange", "XKRX", "XKOS KOSDAQ"),
            ("the Korea Exchange", "XKRX", "KRX KOSPI KSE KS"),
            ("the Bombay Stock Exchange", "XBOM", "SENSEX BOM"),
            ("Hong Kong", "XHKG", "SEHK HKG HKSE HSI"),
            ("Shenzhen", "XSHE", "SZSE SHE SZ"),
            ("Shanghai", "XSHG", "SHH SHSE"),
            ("the Singapore Exchange", "XSES", "SGX SES"),
            ("Bursa Malaysia", "XKLS", "KLSE MYX"),
            ("the Stock Exchange of Thailand", "XBKK", "SET BKK"),
            ("Indonesia", "XIDX", "IDX"),
            ("New Zealand", "XNZE", "NZX NZSE"),
            ("Pakistan", "XKAR", "PSX KSE100"),
            ("Sao Paulo", "BVMF", "B3 BOVESPA XBSP SAO"),
            ("Mexico", "XMEX", "BMV"),
            ("Johannesburg", "XJSE", "JSE JNB"),
            ("Saudi Arabia", "XSAU", "TADAWUL"),
            ("Istanbul", "XIST", "BIST"),
            ("Moscow", "XMOS", "MOEX MISX MCX"),
            ("Warsaw", "XWAR", "GPW WSE"),
            ("Athens", "ASEX", "XATH ATHEX"),
            ("Xetra", "XETR", "XETRA ETR GER"),
            ("Frankfurt", "XFRA", "FRA FSE"),
            ("Euronext Paris", "XPAR", "PAR EPA ENXTPA"),
            ("Euronext Amsterdam", "XAMS", "AMS AEX ENXTAM"),
            ("Euronext Brussels", "XBRU", "BRU EBR"),
            ("Euronext Lisbon", "XLIS", "LIS ELI"),
            ("Milan", "XMIL", "MIL BIT MTAA"),
            ("Madrid", "XMAD", "BME MCE BMEX"),
            ("Stockholm", "XSTO", "STO OMX"),
            ("Vienna", "XWBO", "WBAG VIE"),
            ("Zurich", "XSWX", "SWX XVTX EBS"),
            ("London", "XLON", "LON FTSE"),
            ("Toronto", "XTSE", "TOR"),
            ("Nasdaq", "XNAS", "NMS NGS NGM NCM NSDQ"),
            ("New York", "XNYS", "NYQ NYS AMEX"),
            ("the Chicago Board Options Exchange", "XCBF", "CBOE"),
            ("currencies", "24/5", "FX FOREX CCY CCYS"),
            ("crypto-currencies", "24/7", "CRYPTO CCC COIN"),
        )
        for name in names.split()
    }
)  # fmt: skip
"""Names whose meaning is known and that are no codes here: what they are, and what to write."""

_TWO_MEANINGS = MappingProxyType(
    {
        "TSE": "'XTKS' is Tokyo, 'XTSE' Toronto, 'XTAE' Tel Aviv",
        "BSE": "'XBOM' is Bombay, 'XBSE' Bucharest, 'XBUD' Budapest",
        "OSE": "'XOSL' is Oslo; Osaka keeps the sessions of 'XTKS'",
        "PSE": "'XPHS' is the Philippines, 'XPRA' Prague, 'XKAR' Pakistan",
        "CSE": "'XCSE' is Copenhagen, 'XCYS' Cyprus",
        "ISE": "'XIST' is Istanbul, 'XDUB' Dublin",
        "MSE": "'XMIL' is Milan, 'XMAD' Madrid, 'XMEX' Mexico",
    }
)
EXCHANGE_RULE = (
    "write the four-letter market code (ISO 10383) in capitals, e.g. 'XNYS' or 'XTKS'; or '24/5' "
    "for currencies and '24/7' for crypto-currencies"
)


def exchange_code(name: str) -> str:
    """Return the code of an exchange a writer names (``HKEX`` is ``XHKG``); else the name."""
    return ALIASES.get(name, name)


def calendar_of(name: str) -> str:
    """Return the code whose calendar an exchange keeps (``XNAS`` keeps ``XNYS``); else the name."""
    code = exchange_code(name)
    return KEEPS.get(code, code)


def exchange_rule(name: str) -> str | None:
    """Return the rule a name of an exchange breaks, with what it means; None if it has a calendar.

    What is suggested goes by meaning: the spelling of a code says nothing of its neighbours.
    """
    if calendar_of(name) in CALENDARS:
        return None
    word = name.strip().upper()
    if word in _TWO_MEANINGS:
        return f"{word} has more than one meaning: {_TWO_MEANINGS[word]}"
    if word in _MEANT:
        what, code = _MEANT[word]
        return f"{word} is {what}: write {code!r}"
    if calendar_of(word) in CALENDARS:
        return f"write {exchange_code(word)!r}"
    return f"there is no calendar of this exchange; {EXCHANGE_RULE}"
