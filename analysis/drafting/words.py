"""Words of newsroom time and of prices: what the lists of grammar.toml count and mean."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.seeds.zones import ZONES

GRAMMAR: Mapping[str, Any] = tomllib.loads(
    Path(__file__).with_name("grammar.toml").read_text(encoding="utf-8")
)
"""The file by its sections; it is read when the first text is."""


def words(name: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(GRAMMAR["words"][name].split())


def _counted(name: str, first: int = 0) -> dict[str, int]:
    """Return the place of each word in a list; several words of one place are joined by a slash."""
    places = enumerate(GRAMMAR["words"][name].split(), first)
    return {word: n for n, group in places for word in group.split("/")}


def _by_word(section: str, between: str = ", ") -> dict[str, str]:
    """Return what each word of a section stands for: the key of its list."""
    return {w: key for key, group in GRAMMAR[section].items() for w in group.split(between)}


def _ways(kind: str) -> dict[str, str]:
    lists = GRAMMAR["words"]
    return {
        w.replace("-", " "): way for way in ("up", "down") for w in lists[f"{kind}_{way}"].split()
    }


MONTHS, WEEKDAYS, ORDINALS = _counted("months", 1), _counted("weekdays"), _counted("ordinals", 1)
NUMBERS = _counted("numbers") | {"a": 1, "an": 1, "thirty": 30, "sixty": 60, "ninety": 90}
SEASONS: Mapping[str, list[int]] = GRAMMAR["seasons"]
VERBS, STATES, HEDGES = _ways("verbs"), _ways("states"), _by_word("hedges")
COMMON_NOUNS, SMALL_WORDS = words("common_nouns"), words("small")
TICKER_EXCHANGES = _by_word("ticker_exchanges")
PLACES = {
    name: (head.split()[0], head.split()[1].strip("-")) for name, head in _by_word("places").items()
}
"""Zone and exchange (MIC; empty where none is known) of places and their adjectives."""
OFFSET_EXCHANGES = {n: mic for mic, offsets in GRAMMAR["offset_exchanges"].items() for n in offsets}

_INITIALS = ("us", "u.s.", "uk", "u.k.")
_ZONES_SPOKEN = ("eastern", "pacific", "central", "mountain", "uk")


def _written(names: Iterable[str]) -> list[str]:
    """Return words as titles and in capitals."""
    return [form for name in names for form in (name.title(), name.upper())]


_CITIES = [name for name in PLACES if name not in _INITIALS]
_TITLED = [name.title() for name in _CITIES]
LISTS: Mapping[str, Iterable[str]] = {
    "months": _written(MONTHS),
    "long_months": [name for name in MONTHS if len(name) > 3],
    "weekday_names": WEEKDAYS,
    "weekdays_any": [name.title() for name in WEEKDAYS],
    "weekdays": [name.title() for name in WEEKDAYS if name.endswith("day")],
    "weekdays_upper": [name.upper() for name in WEEKDAYS if name.endswith("day")],
    "counts": [name for name in NUMBERS if name != "zero"],
    "hours": list(NUMBERS)[1:13],
    "ordinals": ORDINALS,
    "labels": [z.upper() for z in ZONES if len(z) > 1 and z not in _ZONES_SPOKEN],
    "places": [name.title() for name in PLACES if len(name) > 2],
    "places_folded": PLACES,
    "place_words": [*_TITLED, "US", "U.S.", "UK", "U.K."],
    "city": _written(name for name in _CITIES if name != "wall street"),
    "verbs": VERBS,
    "told_verbs": [verb for verb in VERBS if verb not in words("stems")],
    "states": STATES,
    "states_but_off": [state for state in STATES if state != "off"],
    "verbs_states": VERBS | STATES,
    "hedges": HEDGES,
}
"""Lists a pattern may name: any word of one."""
_STOPS = SMALL_WORDS | {"more", "new", "over", "than"}
_SAME = _by_word("synonyms", " ")


def number(word: str) -> int | None:
    """Return the number a word or digits stand for, or None."""
    folded = word.casefold()
    return int(folded) if re.fullmatch(r"[0-9]{1,4}", folded) else NUMBERS.get(folded)


def alternatives(names: Iterable[str]) -> str:
    """Return a regular expression for any of some words, longest first."""
    return "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))


def stems(text: str) -> frozenset[str]:
    """Return the words of a text without endings, some synonyms made one."""
    found = (
        _SAME.get(w, w) for w in re.findall(r"[a-z0-9]{2,}", text.casefold()) if w not in _STOPS
    )
    return frozenset(_SAME.get(s, s) for s in (re.sub(r"(?:ing|ed|es|s)$", "", w) for w in found))


def share(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the part of the shorter one's stems that both have."""
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0
