"""What comes out when studies by others are run again, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis.chapters.shared.sentences import Sentence
from analysis.engine.conventions import CONVENTIONS
from analysis.reactions.replication import Replication
from analysis.reactions.reproduction import Reproduced
from analysis.wording import count, listing, sentence_case

#: Figures a page of the gallery is made of: each study with what came out of it.
Gallery = Sequence[tuple[Replication, Sequence[Reproduced]]]


def gallery_words(gallery: Gallery) -> tuple[Sentence, ...]:
    """Say how many printed figures of how many studies come out."""
    found = [one for _, rows in gallery for one in rows]
    equal = sum(one.equal for one in found)
    engine = sum(one.equal and one.figure.how == "engine" for one in found)
    text = (
        f"{equal} of {len(found)} printed figures of {count(len(gallery), 'study', 'studies')} "
        f"come out to every printed digit: {engine} by the engine as it stands, {equal - engine} "
        "once the rule of the other program is named."
    )
    return (Sentence("replication-all", text), *_not_reproduced(found, "replication-all-missing"))


def study_words(study: Replication, found: Sequence[Reproduced]) -> tuple[Sentence, ...]:
    """Say what was claimed, what comes out, and what honest inference adds."""
    described = study.described
    equal = [one for one in found if one.equal]
    engine = sum(one.figure.how == "engine" for one in equal)
    out = (
        f"{len(equal)} of {count(len(found), 'printed figure')} come out to every printed digit, "
        f"{engine} of them by the engine as it stands."
    )
    name = f"replication-{study.name}"
    said = [
        Sentence(f"{name}-claim", f"The study: {described['study']}. {described.get('claim', '')}",
                 finding=False),
        Sentence(f"{name}-out", out),
        *_rules(name, equal),
        *_not_reproduced(found, f"{name}-missing"),
    ]  # fmt: skip
    if described.get("honest"):
        said.append(Sentence(f"{name}-honest", str(described["honest"]).strip(), finding=False))
    return tuple(said)


def _rules(name: str, equal: Sequence[Reproduced]) -> list[Sentence]:
    rules = Counter(one.figure.how for one in equal if one.figure.how != "engine")
    return [
        Sentence(
            f"{name}-{rule}",
            sentence_case(
                f"{count(n, 'figure')} {'comes' if n == 1 else 'come'} out by the rule {rule}"
            )
            + (f": {CONVENTIONS[rule].differs}." if rule in CONVENTIONS else "."),
        )
        for rule, n in sorted(rules.items())
    ]


def _not_reproduced(found: Sequence[Reproduced], name: str) -> list[Sentence]:
    reasons = Counter(one.reason for one in found if one.reason)
    if not reasons:
        return []
    parts = listing([f"{n} ({reason})" for reason, n in sorted(reasons.items())])
    return [Sentence(name, f"Not reproducible: {parts}.")]
