"""One thing to look at, and how several are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing to look at: its kind, a sentence, and whether it is of the study as a whole."""

    kind: str
    text: str
    once: bool = False


def told(oddities: Sequence[Oddity]) -> tuple[str, ...]:
    """Return the sentences, few of each kind: what is odd everywhere is said once."""
    kinds = dict.fromkeys(oddity.kind for oddity in oddities)
    sentences: list[str] = []
    for kind in kinds:
        same = [oddity for oddity in oddities if oddity.kind == kind]
        of_kind = [oddity.text for oddity in (same[:1] if same[0].once else same)]
        sentences += of_kind[:_SHOWN]
        if len(of_kind) > _SHOWN:
            sentences.append(f"{len(of_kind) - _SHOWN} more series: {kind}.")
    return tuple(sentences)
