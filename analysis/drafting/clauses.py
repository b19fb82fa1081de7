"""Which verb tells the news of a sentence, which dates belong to it, and its title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.drafting.context import Resolved
from analysis.drafting.grammar import Patterns
from analysis.drafting.words import SMALL_WORDS, STATES, VERBS

__all__ = ["Verb", "belongs", "is_news", "title_of", "verbs"]

_RE = Patterns("clauses")
#: "ended lower" is a price, "ended its policy" is news.
_SESSION_VERBS = ("closed", "ended", "finished", "traded", "opened", "settled")
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
    for match in _RE.finite.finditer(words):
        before, told = (
            words[max(0, match.start() - 40) : match.start()],
            match[0].strip().casefold(),
        )
        if told == "ended" and _RE.ended.search(before):
            continue
        if _RE.held.search(f" {told}") or _RE.modal.search(before):
            continue
        aside = match["regular"] and told not in VERBS and found and _RE.participle.search(before)
        aside = aside and not re.search(r"\b(?:and|but) $", before)
        if aside and not _RE.new_clause.search(words[found[-1].end : match.start()]):
            continue  # "charged a broker with trading ahead of a merger announced in May"
        session = told in _SESSION_VERBS and _RE.priced.match(words, match.end())
        price = told in VERBS or told in STATES or bool(session)
        found.append(Verb(match.start(), match.end(), price))
    return found


def belongs(date: tuple[int, int], words: str, found: Sequence[Verb]) -> Verb | None:
    """Return the verb a date (offsets in the sentence) belongs to: the one of its own clause."""
    start, end = date
    before = [verb for verb in found if verb.end <= start]
    if before:
        between = words[before[-1].end : start]
        if not _RE.boundary.search(between):
            return before[-1]
        if "," not in between:
            return None
    if not before and _RE.unreal.search(words[:start]):
        return None  # "could announce it on Tuesday, the paper said"
    behind = next((verb for verb in found if verb.start >= end), None)
    if behind is None:
        return None
    between = words[end : behind.start]
    beside = not before or re.search(
        r"[,;] (?:and |but )?(?:on |in |late |early )?$", words[:start]
    )
    return behind if beside and not _RE.conjunction.search(between) else None


def is_news(verb: Verb, claims: Sequence[tuple[int, int]]) -> bool:
    """Tell a verb of news from one that reports a price."""
    return not verb.price and not any(low <= verb.start < high for low, high in claims)


def title_of(sentence: str, date: Resolved | None, start: int) -> str:
    """Cut a title from a sentence: a whole phrase, without dateline and date."""
    text = sentence
    if date is not None:
        low, high = date.start - start, date.end - start
        front = _RE.front.sub("", text[:low])
        loose = front != text[:low].rstrip() or date.text in ("today", "yesterday") or not low
        if loose and not _RE.kept_date.match(text[high:]):
            text = f"{front} {text[high:].lstrip()}"
    text = _RE.dateline.sub("", " ".join(text.split()))
    text = re.sub(r" ([,.;:)])", r"\1", text).lstrip(" ,.;:-—–)(•*")
    text = _RE.apposed.sub(" ", re.sub(r" \([^()]{1,40}\)", "", text))
    intro = _RE.intro.match(text)
    text = text[intro.end() :] if intro and len(text) - intro.end() > _SHORTEST else text
    cut = _RE.cut.search(text, _SHORTEST)
    text = text[: cut.start()] if cut else text
    if len(text) > _LONGEST:
        soft = [m.start() for m in _RE.soft_cut.finditer(text, _SHORTEST * 2, _LONGEST)]
        text = text[: soft[-1]] if soft else text[:_LONGEST].rpartition(" ")[0]
    words = text.rstrip(" ,.;:-—–(\"'”").split()
    while len(words) > 3 and words[-1].casefold() in SMALL_WORDS:
        words.pop()
    short = " ".join(words)
    return short[:1].upper() + short[1:]
