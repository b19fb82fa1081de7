"""One thing to look at, and how several are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

#: Oddities of a kind told one by one; more are counted.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing to look at: its kind, a sentence, and whether it is of the study as a whole.

    ``shared`` says that every part of a study looks at the same series, each beside its own.
    """

    kind: str
    text: str
    once: bool = False
    shared: bool = False


def agreed(parts: Sequence[Sequence[Oddity]]) -> list[Oddity]:
    """Return what the parts of a study noticed; of a series all look at, what half of them did.

    A fall of the market stands alone beside few securities, and not beside most.
    """
    own = [oddity for part in parts for oddity in part if not oddity.shared]
    counts = Counter(oddity for part in parts for oddity in part if oddity.shared)
    return [*(oddity for oddity, n in counts.items() if 2 * n >= len(parts)), *own]


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
