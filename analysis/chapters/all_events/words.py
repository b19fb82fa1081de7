"""What single reactions show, and all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    listing,
    number,
    sentence_case,
    size,
)

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


def overview(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the finding of the whole run in two sentences."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    up = int((marked["ar"] > 0).sum())
    n_events = store.reactions["event_id"].nunique()
    markets = dict.fromkeys(in_market_order(found, seeds)["market"])
    names = listing([seeds.market(market).short for market in markets])
    typical = size(found["mde"].median())
    first = (
        f"{n_events} {'event' if n_events == 1 else 'events'} gave {len(found)} distinct "
        f"{'reaction' if len(found) == 1 else 'reactions'} in {names}; "
        f"{marks_words(len(marked), up)} at the 5 % level, where chance alone would mark about "
        f"{rounded(len(found) * STANDS_OUT)}; a typical reaction had to reach "
        f"{typical} beyond normal to be noticed."
    )
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


def all_events(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the sentences on all reactions: which stand out, which cannot be told apart."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    sentences = [overview(store, seeds)[0]]
    for row in records(marked):
        words = reaction_words(row, seeds, store)
        name = f"stands-out-{row['market']}-{row['day0']}"
        text = sentence_case(words) + "."
        sentences.append(Sentence(name, text, cites=reaction_cites(row)))
    for market, part in in_market_order(found, seeds).groupby("market", sort=False):
        quiet = part[part["p_value"] > STANDS_OUT]
        if quiet.empty:
            continue
        many = f"{number(len(quiet))} of {len(part)} reactions"
        many = many if len(part) > 1 else "the one reaction"
        low, middle, high = (size(float(quiet["mde"].quantile(q))) for q in (0, 0.5, 1))
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
