"""Series by the names markets pages use for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.drafting.grammar import Patterns
from analysis.drafting.words import MONTHS, PLACES, TICKER_EXCHANGES, WEEKDAYS, alternatives, words

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

__all__ = ["Catalogue", "SeriesName", "catalogue"]

_RE = Patterns("names")
_LIST = Path(__file__).with_name("series.txt")
_NO_TICKERS = words("no_tickers")
_TAILS, _LEADS = words("tails") | {*WEEKDAYS, *MONTHS}, words("leads") | {*WEEKDAYS, *PLACES}
"""Capitalised words that do not make a name longer, behind it and before it."""


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
        names = []
        for match in self._matches(plain):
            symbol, exchange, kind = self.entries[match[0]]
            generic = bool(_RE.generic.search(match[0]))
            suffix = _RE.suffix.match(plain, match.end()) if kind == "stock" else None
            end = suffix.end() if suffix else match.end()
            names.append(SeriesName(match.start(), end, symbol, kind, exchange, generic))
        for name, (symbol, exchange) in _own_tickers(plain, self.entries).items():
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", plain):
                names.append(SeriesName(match.start(), match.end(), symbol, "stock", exchange))
        for match in _RE.trades_as.finditer(plain):
            if match["ticker"] not in _NO_TICKERS:
                names.append(SeriesName(*match.span("ticker"), match["ticker"], "stock", ""))
        kept: list[SeriesName] = []
        for one in sorted(names, key=lambda n: (n.start, -n.end)):
            if not kept or one.start >= kept[-1].end:
                kept.append(one)
        return tuple(kept)

    def holds_index(self, name: str) -> bool:
        """Tell a name that holds that of an index."""
        return any(self.entries[m[0]][2] == "index" for m in self.pattern.finditer(name))

    def _matches(self, plain: str) -> Iterator[re.Match[str]]:
        """Yield whole names; one that is a part of a longer name gives way to a later start."""
        at = 0
        while match := self.pattern.search(plain, at):
            whole = _whole(match, plain)
            if whole:
                yield match
            at = match.end() if whole else match.start() + 1


def _whole(match: re.Match[str], plain: str) -> bool:
    """Tell a name from a part of a longer one: "FTSE MIB", "Intel-backed", "Barrick Gold".

    A name is the longest noun phrase: nothing may touch it by a slash or a hyphen, no further
    capitalised word or number may follow, and none may stand before it but at the head of a
    sentence, as a possessive ("Japan's Nikkei") or as a word of time.
    """
    after, before = (
        plain[match.end() : match.end() + 80],
        plain[max(0, match.start() - 40) : match.start()],
    )
    if re.match(r"[/&]\w|[-‑–]\w(?!\w*-share)", after) or re.search(r"\w[/&-]$", before):
        return False
    if (before.endswith("(") and after.startswith(":")) or _RE.appositive.match(after):
        return False  # "(TSX:SHOP)"
    if _RE.part.match(after):
        return False
    follows = re.match(r" ([A-Z][\w.&'’-]*|\d[\d.,]*(?! ?(?:%|per|points?|pct|basis))\b)", after)
    if (
        follows
        and not re.match(r"\d.*\.", follows[1])
        and (
            (follows[1].isupper() and len(follows[1]) > 1)
            or follows[1].strip(".").casefold() not in _TAILS
        )
    ):
        return False
    if _RE.place_before.search(before):
        return True
    leads = re.search(r"(\b[A-Z][\w&-]*(?:\.[A-Z]\.?)*(?:['’]s?)?) $", before)
    return not leads or _may_lead(leads[1])


def _may_lead(word: str) -> bool:
    return word.endswith(("'s", "’s", "'", "’")) or word.strip(".").casefold() in _LEADS


def _own_tickers(
    plain: str, entries: Mapping[str, tuple[str, str, str]]
) -> dict[str, tuple[str, str]]:
    """Return names and tickers a text itself gives in brackets; known ones keep their symbol."""
    found: dict[str, tuple[str, str]] = {}
    for match in _RE.ticker.finditer(plain):
        exchange, ticker = match["exchange"] or "", match["ticker"]
        known = re.sub(r"^(?:The|A|An) ", "", match["name"]) in entries or ticker in entries
        if known or ticker in _NO_TICKERS or len(found) > 50 or (not exchange and len(ticker) < 3):
            continue
        for name in (match["name"], ticker):
            found.setdefault(name, (ticker, TICKER_EXCHANGES.get(exchange, "")))
    return found


def catalogue(markets: Sequence[Market] = ()) -> Catalogue:
    """Return the built-in names and those of ``markets`` (symbol, full and short name)."""
    return _catalogue(tuple((m.symbol, m.exchange, m.kind, m.name, m.short) for m in markets))


def _spellings(name: str, kind: str) -> set[str]:
    """Return a name as newsrooms vary it: apostrophe, "Cac", "index", "futures on the ..."."""
    forms = {name, name.replace(" Index", " index"), name.replace(" index", " Index")}
    if kind == "index":  # but for "Set", which is a verb
        forms |= {re.sub(r"\b(?!SET)[A-Z]{3,}\b", lambda m: m[0].title(), f) for f in forms}
    if name.endswith(" futures"):
        forms.add(name.replace(" futures", " Futures"))
        forms |= {
            f"{word} on the {name.removesuffix(' futures')}" for word in ("futures", "Futures")
        }
    return forms | {form.replace("'", "’") for form in forms}


@lru_cache(maxsize=16)
def _catalogue(markets: tuple[tuple[str, str, str, str, str], ...]) -> Catalogue:
    entries: dict[str, tuple[str, str, str]] = {}
    for line in _LIST.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            head, _, names = line.partition(": ")
            symbol, exchange, kind = head.split()
            spelled = {form for name in names.split(", ") for form in _spellings(name, kind)}
            entries |= dict.fromkeys(spelled, (symbol, exchange.strip("-"), kind))
    for symbol, exchange, kind, full, short in markets:
        for name in (full, short, symbol):
            entries.setdefault(name, (symbol, exchange, kind))
    body = alternatives(entries)
    return Catalogue(entries, re.compile(rf"(?<![\w$])(?:{body})(?!\w|\.\w)"))
