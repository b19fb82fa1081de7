"""Answers that point at words of an article: kept where text and grammar bear them out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from analysis.drafting.claims import DraftClaim, draft_claims
from analysis.drafting.context import Resolved
from analysis.drafting.figures import Move, figure_of, made, span_named
from analysis.drafting.grammar import Patterns
from analysis.drafting.hours import Hours
from analysis.drafting.names import SeriesName
from analysis.drafting.reading import Reading
from analysis.drafting.words import STATES, VERBS

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

__all__ = ["Pointers"]

_RE = Patterns("shared")
_MOST_ITEMS, _LONGEST = 500, 2_000
"""Answers that are taken, and characters a string of one may have."""


class _NotTold(Exception):
    """What somebody else reads in a text is not told there; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One answer: words of the article."""

    quote: str
    when: str = ""
    series: str = ""
    figure: str = ""
    direction: str = ""
    horizon: str = ""


class Pointers:
    """Keeps of the answers what stands in the text and passes the gates of the grammar."""

    def __init__(self, own: Reading, markets: Sequence[Market], hours: Hours | None) -> None:
        self.own, self.markets, self.hours = own, markets, hours or Hours()
        self.plain = own.text.plain
        self.dropped: Counter[str] = Counter()
        self._claims: dict[tuple[int, str], DraftClaim] = {}
        self._told: list[tuple[int, int]] = []
        self._contested: set[tuple[int, str]] = set()
        self._taken = 0

    def take(self, raw: object) -> None:
        """Keep one answer, or count why not."""
        self._taken += 1
        try:
            self._keep(self._item(raw))
        except _NotTold as reason:
            self.dropped[str(reason)] += 1

    def reading(self) -> Reading:
        """Return what was kept."""
        claims = [c for key, c in sorted(self._claims.items()) if key not in self._contested]
        spans = self._told + [(c.start, c.end) for c in claims]
        return replace(
            self.own,
            claims=tuple(claims),
            unresolved=tuple(u for u in self.own.unresolved if _over(u, spans)),
            told=tuple(sorted(self._told)),
        )

    def _item(self, raw: object) -> _Item:
        names = [one.name for one in fields(_Item)]
        if self._taken > _MOST_ITEMS:
            raise _NotTold(f"more than {_MOST_ITEMS} answers")
        if not isinstance(raw, dict) or not {"quote"} <= raw.keys() <= set(names):
            raise _NotTold("not the fields that were asked for")
        if not all(isinstance(v, str) and len(v) <= _LONGEST for v in raw.values()):
            raise _NotTold("a value that is no short string")
        return _Item(**{name: value.strip() for name, value in raw.items()})

    def _keep(self, item: _Item) -> None:
        count = self.plain.count(item.quote) if item.quote else 0
        if count != 1:
            raise _NotTold(
                "a quote that is not in the text" if not count else "a quote found twice"
            )
        if any(v not in item.quote for v in (item.when, item.series, item.figure, item.horizon)):
            raise _NotTold("words that are not in their quote")
        low = self.plain.index(item.quote)
        dates = self._found(item.when or item.quote, low, item.quote)
        if item.when and not dates:
            raise _NotTold("words of time that the grammar does not resolve")
        if item.figure or item.direction:
            claim = self._claim(item, low, dates if item.when else ())
            known = self._claims.setdefault((claim.start, claim.series), claim)
            if claim != known:
                self._contested.add((claim.start, claim.series))
                raise _NotTold("a figure that two answers read in two ways")
        else:
            quote = (low, low + len(item.quote))
            self._told += [(d.start, d.end) for d in dates] if item.when else [quote]

    def _found(self, words: str, low: int, quote: str) -> tuple[Resolved, ...]:
        spans = [(low + m.start(), low + m.end()) for m in re.finditer(re.escape(words), quote)]
        return tuple(date for date in self.own.dates if _over(date, spans))

    def _claim(self, item: _Item, low: int, dates: Sequence[Resolved]) -> DraftClaim:
        name = self._series(item, low)
        figure = self._figure(item, low, name)
        span = span_named(item.horizon)
        if item.horizon and not span:
            raise _NotTold("a horizon that the grammar does not know")
        ours = [c for c in self.own.claims if _over(c, [figure])]
        if ours:
            same = [c for c in ours if c.series == name.symbol and c.direction == item.direction]
            if not same or span not in ("", same[0].horizon):
                raise _NotTold("a figure that the grammar reads in another way")
            claim = same[0]
        else:
            move = _told_move(self.own, name, figure, item.direction, span)
            (claim,) = draft_claims(
                self.own.text, [move], dates or self.own.dates, self.own.anchor,
                markets=self.markets, hours=self.hours,
            )  # fmt: skip
            claim = replace(claim, day_told=False)  # one reader alone: no verdict without review
        days = [date for date in dates if date.one_day]
        if days and claim.day not in {date.first for date in days}:
            raise _NotTold("a day that the grammar reads in another way")
        return claim

    def _series(self, item: _Item, low: int) -> SeriesName:
        at = item.quote.find(item.series) + low
        names = [n for n in self.own.series if at <= n.start and n.end <= at + len(item.series)]
        if len({n.symbol for n in names}) != 1:
            raise _NotTold("words that name no one known series")
        return names[0]

    def _figure(self, item: _Item, low: int, name: SeriesName) -> tuple[int, int]:
        """Return where the printed figure stands: the first one behind its series, else before."""
        sentence = self.own.text.sentence_at(name.start)
        if not item.figure:
            raise _NotTold("a move without a figure")
        spans = [(low + m.start(), low + m.end())
                 for m in re.finditer(re.escape(item.figure), item.quote)]  # fmt: skip
        printed = [(sentence.start + m.start(), sentence.start + m.end())
                   for m in _RE.figure.finditer(sentence.text)]  # fmt: skip
        hits = [p for p in printed if any(p[0] < high and start < p[1] for start, high in spans)]
        behind = [p for p in hits if p[0] >= name.end]
        if not hits:
            raise _NotTold("a figure that is no percentage or points beside its series")
        return behind[0] if behind else hits[-1]


def _told_move(
    own: Reading, name: SeriesName, figure: tuple[int, int], direction: str, horizon: str
) -> Move:
    """Return the move another reader sees in a figure, if the clause bears it out."""
    sentence, plain = own.text.sentence_at(name.start), own.text.plain
    low, high = sorted([name.end, figure[0]] if figure[0] >= name.end else [figure[1], name.start])
    between = plain[low:high]
    if any(low <= n.start < high for n in own.series) or re.search(r"[;\n]|: ", between):
        raise _NotTold("another series or clause between a series and its figure")
    ahead = re.split(r"[,;:]", plain[sentence.start : name.start])[-1]
    if _RE.not_prices.search(between) or _RE.not_prices.search(ahead):
        raise _NotTold("a figure of what has no price")
    first = min(name.end, figure[0])
    clause = plain[first : max(figure[1], name.start)]
    words = [first + m.start() for m in re.finditer(r"\b\w", clause)]
    if any(_RE.unreal.search(plain[max(sentence.start, at - 200) : at]) for at in words):
        raise _NotTold("what could or will be")
    told = _told_directions(clause + plain[figure[1] : sentence.end][:12])
    if direction not in ("up", "down") or (told and direction not in told):
        raise _NotTold("a direction that the words do not tell")
    match = _RE.figure.fullmatch(plain, *figure)
    if match is None:
        raise _NotTold("a figure that is no percentage or points beside its series")
    more = figure_of(match) | ({"horizon": horizon} if horizon else {})
    return made(*figure, name, direction, sentence, **more)  # type: ignore[arg-type]


def _told_directions(clause: str) -> set[str]:
    """Return the directions of the known words and signs of a clause."""
    known = VERBS | STATES
    told = {known[word] for word in re.findall(r"[a-z]+", clause) if word in known}
    return told | {"up" if s == "+" else "down" for s in re.findall(r"(?<!\w)([-+−])\d", clause)}


def _over(one: Any, spans: Sequence[tuple[int, int]]) -> bool:
    return any(one.start < high and low < one.end for low, high in spans)
