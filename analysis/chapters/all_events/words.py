"""What single reactions show, and all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.chapters.shared import rows
from analysis.chapters.shared.figures import (
    STANDS_OUT,
    distinct_reactions,
    in_market_order,
)
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.chapters.shared.words import (
    marks_words,
    reaction_cites,
    reaction_words,
    rounded,
)
from analysis.reactions.study_tables import USABLE
from analysis.wording import (
    count,
    day,
    listing,
    number,
    percent,
    sentence_case,
    size,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_MOST = 40
"""Reactions that have a sentence each; more are counted."""
_NO_DAY = "no ordinary day of their market is left to compare with, since news met every session"


def overview(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the finding of the whole run in two sentences."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    up = int((marked["ar"] > 0).sum())
    n_events = store.reactions["event_id"].nunique()
    markets = dict.fromkeys(in_market_order(found, seeds)["market"])
    names = listing([seeds.market(market).short for market in markets])
    judged = int(found["p_value"].notna().sum())
    first = (
        f"{n_events} {'event' if n_events == 1 else 'events'} gave {len(found)} distinct "
        f"{'reaction' if len(found) == 1 else 'reactions'} in {names}; "
    )
    if not judged:
        return _largest_alone(first, found, seeds)
    typical = size(found["mde"].median())
    first += (
        f"{marks_words(len(marked), up)} at the 5 % level, where chance alone would mark about "
        f"{rounded(judged * STANDS_OUT)}; a typical reaction had to reach "
        f"{typical} beyond normal to be noticed."
    )
    if judged < len(found):
        first = f"{first[:-1]}; {len(found) - judged} have no p: {_NO_DAY}."
    cited = [str(len(found)), *([count(len(marked), "reaction")] if len(marked) else []), typical]
    cites = tuple(Cite(text, rows.counts("all")) for text in cited)
    sentences = [Sentence("overview-count", sentence_case(first), cites=cites)]
    if len(marked):
        row, words = records(marked)[0], "The most unusual is "
    else:
        row, words = records(found)[0], "No reaction stands out; the most unusual one is "
    text = words + reaction_words(row, seeds, store) + "."
    sentences.append(Sentence("overview-largest", text, cites=reaction_cites(row)))
    return tuple(sentences)


def _largest_alone(first: str, found: pd.DataFrame, seeds: Seeds) -> tuple[Sentence, ...]:
    """Say that nothing has a p, why, and what moved most for its market."""
    row = records(found)[0]
    largest = percent(row["ar"])
    more = (
        f"The largest for its market is {seeds.market(row['market']).short} on "
        f"{day(row['day0'])}: {largest} beyond normal."
    )
    cites = (Cite(largest, rows.unusual(row["market"], row["day0"])),)
    return (
        Sentence("overview-count", sentence_case(f"{first}none has a p: {_NO_DAY}.")),
        Sentence("overview-largest", more, cites=cites),
    )


def all_events(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the sentences on all reactions: which stand out, which cannot be told apart."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    sentences = list(overview(store, seeds)[: 1 if found["p_value"].notna().any() else 2])
    for row in records(marked.head(_MOST)):
        words = reaction_words(row, seeds, store)
        name = f"stands-out-{row['market']}-{row['day0']}"
        text = sentence_case(words) + "."
        sentences.append(Sentence(name, text, cites=reaction_cites(row)))
    if len(marked) > _MOST:
        more = f"{len(marked) - _MOST} more stand out; placebo.csv has them all."
        sentences.append(Sentence("stands-out-more", more, finding=False))
    for market, part in in_market_order(found, seeds).groupby("market", sort=False):
        quiet = part[part["p_value"] > STANDS_OUT]
        if quiet.empty:
            continue
        many = f"{number(len(quiet))} of {len(part)} reactions"
        many = many if len(part) > 1 else "the one reaction"
        reach = quiet["mde"].to_numpy(dtype=float)
        if not np.isfinite(reach).all():
            text = f"{seeds.market(str(market)).short}: {many} cannot be told from ordinary days."
            sentences.append(Sentence(f"not-noticed-{market}", text))
            continue
        low, middle, high = (size(float(q)) for q in np.quantile(reach, (0, 0.5, 1)))
        span = low if low == high else f"{low} to {high} (median {middle})"
        text = (
            f"{seeds.market(str(market)).short}: {many} cannot be told from ordinary days; each "
            f"would have had to reach {span} to be noticed four times in five."
        )
        cites = (Cite(many, rows.counts(str(market))),)
        sentences.append(Sentence(f"not-noticed-{market}", text, cites=cites))
    return (*sentences, *_doubtful(store))


def _doubtful(store: StudyStore) -> list[Sentence]:
    reactions = store.reactions
    ambiguous = reactions[reactions["ambiguous"].astype(bool)]
    shared = reactions[reactions["shared_with"] != ""]
    told = reactions.drop_duplicates("event_id")
    confounded = told[told["n_confounders"] > 0]
    unusable = reactions[~reactions["status"].isin(USABLE)]
    out = [
        Sentence(
            "ambiguous-count",
            f"In {len(ambiguous)} of {len(reactions)} event-market pairs the minute is too "
            "uncertain to fix day 0; every candidate is computed.",
            finding=False,
        ),
        Sentence(
            "shared-count",
            f"{len(shared)} pairs share their day 0 with another event and are shown joined.",
            finding=False,
        ),
        Sentence(
            "confounded-count",
            f"{len(confounded)} of {count(len(told), 'event')} have a catalogued confounder.",
            finding=False,
        ),
    ]
    if len(unusable):
        reasons = listing([str(r) for r in unusable["reason"].unique()], most=3)
        text = f"{len(unusable)} pairs could not be computed: {reasons}."
        out.append(Sentence("unusable-count", text, finding=False))
    return out
