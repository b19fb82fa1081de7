"""Whether words tell the same happening: stems they share."""

from __future__ import annotations

import re

from analysis.drafting.words import SMALL_WORDS

__all__ = ["share", "stems"]

_WORD = re.compile(r"[a-z0-9]+")
_STOPS = SMALL_WORDS | {"more", "new", "over", "than"}
_SAME = {
    "phone": "call", "spoke": "call", "speak": "call", "talk": "call", "telephone": "call",
    "held": "call", "levy": "tariff", "duty": "tariff", "duties": "tariff", "levies": "tariff",
    "licence": "license", "approval": "approve", "cleared": "approve", "allow": "approve",
    "permit": "approve", "beijing": "china", "chinese": "china", "washington": "america",
    "american": "america",
}  # fmt: skip


def stems(text: str) -> frozenset[str]:
    """Return the words of a text without endings, some synonyms made one."""
    words = [
        _SAME.get(w, w) for w in _WORD.findall(text.casefold()) if w not in _STOPS and len(w) > 1
    ]
    return frozenset(_SAME.get(s, s) for s in (re.sub(r"(?:ing|ed|es|s)$", "", w) for w in words))


def share(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the part of the shorter one's stems that both have."""
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0
