"""Which verb tells the news of a sentence, which dates belong to it, and a title from its clause."""

# ruff: noqa: E501  (a pattern or a list of words in one line reads better than wrapped)
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.drafting.context import Resolved
from analysis.drafting.move_forms import STATES, VERBS
from analysis.drafting.words import SMALL_WORDS

__all__ = ["DATELINE", "Verb", "belongs", "is_news", "title_of", "verbs"]

DATELINE = re.compile(
    r"^\(?[A-Z][\w.'/]+(?:[ -][A-Z][\w.'/]+){0,3}(?:, [A-Z][\w.]{1,12})?(?:,? (?:\d{1,2} )?[A-Z][a-z]{2,8}\.?(?: \d{1,2})?)?"
    r"(?:,? \d{4})?,?(?: ?[(/][^()/]{1,30}[)/])? ?(?: - | ?-- ?|—|–|: )(?!\d)"
)
#: A finite verb by its shape: a past form (regular, or one of the irregular ones), or the present of saying.
_FINITE = re.compile(
    r"\b(?P<irregular>said|told|met|held|won|lost|made|took|gave|came|went|began|built|bought|brought|broke|chose|cut|"
    r"drew|drove|found|got|grew|hit|kept|knew|led|left|meant|paid|put|quit|ran|saw|sent|set|shut|sold|sought|spent|spoke|"
    r"stood|struck|swore|threw|voted|withdrew|wrote|arose|became|beat|bid|bound|caught|dealt|fed|felt|fled|flew|forbade|foresaw|forgot|froze|heard|lent|lit|rang|rode|sang|shook|shot|showed|shrank|slept|swept|swung|taught|thought|tore|understood|undertook|upheld|wore|wound|rose|fell|slid|sank|shed|says|reports|announces|warns|plans|agrees|"
    r"(?:didn|wouldn|couldn)[’']t(?= \w))\b"
    r"|\b(?!need|indeed|unit|limit|hundred|speed|feed|exceed|succeed|proceed|fixed|bed|red|led)(?P<regular>[a-z]{2,14}ed)\b(?:[ -](?=off|out|up|down))?"
)
#: Participles that name a state or another moment, never the news.
_HELD = re.compile(
    r"(?:^|[ ,-])(?:compared|based|listed|expected|scheduled|seen|adjusted|weighted|related|unchanged|focused|"
    r"supposed|poised|headquartered|located|united|mixed|tied|limited|advanced|combined|estimated|projected|founded)$"
)
_MODAL = re.compile(
    r"\b(?:will|would|could|may|might|should|can|must|to|is expected|are expected|due|scheduled|likely|set)(?: \w+){0,2} $"
)
_UNREAL = re.compile(r"\b(?:will|would|could|may|might|should|is to|are to|is due|are due)\b")
_CONJUNCTION = re.compile(r"[;:]|\b(?:that|which|who|after|as|when|while|before|because)\b")
_PARTICIPLE = re.compile(
    r"(?:,|\b(?!who|which|that|it|he|she|they|we|also|then|\w+ly)[a-z]{3,}s?\b) $"
)
#: Where another clause begins: a date beyond it belongs to that.
_BOUNDARY = re.compile(
    r"\b(?:after|before|when|as|since|until|which|that|who|because|while|amid|ahead of|following|for the|between|than|if|"
    r"compared|against|versus)\b|[;:]|, (?:and|but|with)\b|\b(?:to|will|would|could|may) [a-z]+"
)
_CUT = re.compile(
    r"[,;:]? (?:which|who|whose|while|although|where|because|according to|as|after|amid|but|that is|with the|when)\b|; | — | – | - |, (?=[a-z])"
)
_KEPT_DATE = re.compile(r"['’]s|[\w-]|,? \d| (?:trad|sess|morn|after|even|night)| [A-Z]\w+ time")
_APPOSED = re.compile(
    r", (?:an?|the) [^,]{3,120}, (?=today|on |said|announce|report)|,? Inc\.|,? N\.V\.|,? Ltd\.?(?= )|,? PLC\b"
)
_INTRO = re.compile(
    r"(?:In|On|At|According|Following|After|Given|Under|With|During|For|Earlier|Separately|Meanwhile)\b[^,]{0,80}, (?=[\w“\"])"
)
_SOFT_CUT = re.compile(r" (?=(?:for|in|on|with|at|by|from|over|under|and|to)\b)")
#: "ended lower" is a price, "ended its policy" is news.
_SESSION_VERBS = ("closed", "ended", "finished", "traded", "opened", "settled")
_PRICED = re.compile(
    r"(?: (?:the|a) \w+| \w+ly| trad\w+)? (?:up|down|higher|lower|weaker|firmer|stronger|softer|flat|mixed|little|steady|unchanged|"
    r"at|above|below|near|in (?:the )?(?:red|green|black|negative|positive)|(?:more|less) than|[-+]?\d)"
)
_FRONT = re.compile(r"(?:[,(]? ?\b(?:on|at|in|around|about|by|late|early))? ?$")
_NEW_CLAUSE = re.compile(
    r";|\b(?:after|as|when|while|but|that|which|who|because|before|since)\b|\bsaid\b"
)
_ENDED = re.compile(r"(?:quarter|year|weeks?|months?|period|half) $")
_LONGEST, _SHORTEST = 110, 24


@dataclass(frozen=True, slots=True)
class Verb:
    """A finite verb of a sentence: where it stands in it, and whether it tells a price."""

    start: int
    end: int
    price: bool


def verbs(words: str) -> list[Verb]:
    """Return the finite verbs of a sentence, by the shape of its clauses."""
    found: list[Verb] = []
    for match in _FINITE.finditer(words):
        before, told = (
            words[max(0, match.start() - 40) : match.start()],
            match[0].strip().casefold(),
        )
        if told == "ended" and _ENDED.search(before):
            continue
        if _HELD.search(f" {told}") or _MODAL.search(before):
            continue
        aside = match["regular"] and told not in VERBS and found and _PARTICIPLE.search(before)
        aside = aside and not re.search(r"\b(?:and|but) $", before)
        if aside and not _NEW_CLAUSE.search(words[found[-1].end : match.start()]):
            continue  # "charged a broker with trading ahead of a merger announced in May"
        session = told in _SESSION_VERBS and _PRICED.match(words, match.end())
        price = told in VERBS or told in STATES or bool(session)
        found.append(Verb(match.start(), match.end(), price))
    return found


def belongs(date: tuple[int, int], words: str, found: Sequence[Verb]) -> Verb | None:
    """Return the verb a date (offsets in the sentence) belongs to: the one of its own clause."""
    start, end = date
    before = [verb for verb in found if verb.end <= start]
    if before:
        between = words[before[-1].end : start]
        if not _BOUNDARY.search(between):
            return before[-1]
        if "," not in between:
            return None
    if not before and _UNREAL.search(words[:start]):
        return None  # "could announce it on Tuesday, the paper said"
    behind = next((verb for verb in found if verb.start >= end), None)
    if behind is None:
        return None
    between = words[end : behind.start]
    beside = not before or re.search(
        r"[,;] (?:and |but )?(?:on |in |late |early )?$", words[:start]
    )
    return behind if beside and not _CONJUNCTION.search(between) else None


def is_news(verb: Verb, claims: Sequence[tuple[int, int]]) -> bool:
    """Tell a verb of news from one that reports a price."""
    return not verb.price and not any(low <= verb.start < high for low, high in claims)


def title_of(sentence: str, date: Resolved | None, start: int) -> str:
    """Cut a title from a sentence: a whole phrase, without dateline and date."""
    text = sentence
    if date is not None:
        low, high = date.start - start, date.end - start
        front = _FRONT.sub("", text[:low])
        loose = front != text[:low].rstrip() or date.text in ("today", "yesterday") or not low
        if loose and not _KEPT_DATE.match(text[high:]):
            text = f"{front} {text[high:].lstrip()}"
    text = DATELINE.sub("", " ".join(text.split()))
    text = re.sub(r" ([,.;:)])", r"\1", text).lstrip(" ,.;:-—–)(•*")
    text = _APPOSED.sub(" ", re.sub(r" \([^()]{1,40}\)", "", text))
    intro = _INTRO.match(text)
    text = text[intro.end() :] if intro and len(text) - intro.end() > _SHORTEST else text
    cut = _CUT.search(text, _SHORTEST)
    text = text[: cut.start()] if cut else text
    if len(text) > _LONGEST:
        soft = [m.start() for m in _SOFT_CUT.finditer(text, _SHORTEST * 2, _LONGEST)]
        text = text[: soft[-1]] if soft else text[:_LONGEST].rpartition(" ")[0]
    words = text.rstrip(" ,.;:-—–(\"'”").split()
    while len(words) > 3 and words[-1].casefold() in SMALL_WORDS:
        words.pop()
    short = " ".join(words)
    return short[:1].upper() + short[1:]
