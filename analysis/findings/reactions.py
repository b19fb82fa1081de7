"""What single reactions show, and all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.findings.figures import (
    STANDS_OUT,
    distinct_reactions,
    in_market_order,
    reaction_figures,
    variants,
)
from analysis.findings.sentences import Sentence
from analysis.findings.words import marks_words, normal_words, reaction_words, rounded
from analysis.frames import Row, records
from analysis.reactions.overnight import overnight_text
from analysis.wording import (
    count,
    day,
    days,
    listing,
    number,
    p_range,
    p_value,
    percent,
    sentence_case,
    size,
)

if TYPE_CHECKING:
    from analysis.seeds import Seeds
    from analysis.store import StudyStore


def overview(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the finding of the whole run in two sentences."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    up = int((marked["ar"] > 0).sum())
    n_events = store.reactions["event_id"].nunique()
    markets = dict.fromkeys(in_market_order(found, seeds)["market"])
    names = listing([seeds.market(market).short for market in markets])
    first = (
        f"{n_events} events gave {len(found)} distinct reactions in {names}; "
        f"{marks_words(len(marked), up)} at the 5 % level, where chance alone would mark about "
        f"{rounded(len(found) * STANDS_OUT)}; a typical reaction had to reach "
        f"{size(found['mde'].median())} beyond normal to be noticed."
    )
    sentences = [Sentence("overview-count", sentence_case(first))]
    if len(marked):
        sentences.append(Sentence("overview-largest", _largest(records(marked)[0], seeds, store)))
    else:
        sentences.append(
            Sentence(
                "overview-largest",
                "No reaction stands out; the most unusual one is "
                + reaction_words(records(found)[0], seeds, store)
                + ".",
            )
        )
    return tuple(sentences)


def all_events(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return the sentences on all reactions: which stand out, which cannot be told apart."""
    found = distinct_reactions(store)
    marked = found[found["p_value"] <= STANDS_OUT]
    sentences = [overview(store, seeds)[0]]
    for row in records(marked):
        words = reaction_words(row, seeds, store)
        sentences.append(
            Sentence(f"stands-out-{row['market']}-{row['day0']}", sentence_case(words) + ".")
        )
    for market, part in in_market_order(found, seeds).groupby("market", sort=False):
        quiet = part[part["p_value"] > STANDS_OUT]
        text = (
            f"{seeds.market(str(market)).short}: {number(len(quiet), none='none')} of {len(part)} "
            f"reactions cannot be told from ordinary days; each would have had to reach "
            f"{size(quiet['mde'].min())} to {size(quiet['mde'].max())} (median "
            f"{size(quiet['mde'].median())}) to be noticed four times in five."
        )
        sentences.append(Sentence(f"not-noticed-{market}", text))
    return (*sentences, *_doubtful(store, seeds))


def event(store: StudyStore, seeds: Seeds, event_id: str) -> tuple[Sentence, ...]:
    """Return what one event did in every market, and what speaks against reading more into it."""
    record = seeds.event(event_id)
    figures = reaction_figures(store)
    mine = in_market_order(figures[figures["event_id"] == event_id], seeds)
    sentences: list[Sentence] = []
    split = {row["market"]: row for row in _overnight_rows(store, event_id)}
    for row in records(mine):
        sentences.extend(_market_sentences(row, seeds, store))
        if words := overnight_text(split.get(row["market"], {})):
            text = f"{seeds.market(row['market']).short}, day 0: {words}"
            sentences.append(Sentence(f"overnight-{event_id}-{row['market']}", text))
    if record.confounders:
        text = "Also in the news then: " + "; ".join(record.confounders) + "."
        sentences.append(Sentence(f"confounders-{event_id}", text, finding=False))
    else:
        sentences.append(
            Sentence(f"confounders-{event_id}", "No confounder is catalogued.", finding=False)
        )
    return tuple(sentences)


def _overnight_rows(store: StudyStore, event_id: str) -> list[Row]:
    return records(store.overnight[store.overnight["event_id"] == event_id])


def _market_sentences(row: Row, seeds: Seeds, store: StudyStore) -> list[Sentence]:
    market = seeds.market(row["market"])
    key = f"{row['event_id']}-{market.symbol}"
    if row["status"] != "ok":
        return [Sentence(f"not-computed-{key}", f"{market.short}: not computed. {row['reason']}.")]
    out = []
    moved = (
        f"{market.short} moved {percent(row['ret'])} on {day(row['day0'])}, "
        f"{percent(row['ar'])} beyond {normal_words(store, seeds, market.symbol)} "
        f"(standard error {size(row['se'])})"
    )
    if row["p_value"] <= STANDS_OUT:
        text = (
            f"{moved}: it stands out. Of {row['n_placebo']} comparable days, "
            f"{_beyond(row)} as unusual (placebo p = {p_value(row['p_value'])}; "
            f"{p_range(variants(row))} over the variants)."
        )
    else:
        text = (
            f"{moved}: not to be told from an ordinary day "
            f"(placebo p = {p_value(row['p_value'])}; {p_range(variants(row))} over the variants). "
            f"Only {size(row['mde'])} or more would have been noticed four times in five."
        )
    out.append(Sentence(f"reaction-{key}", text))
    if row["ambiguous"]:
        out.append(_ambiguous_sentence(row, market.short, key))
    if row["shared_with"]:
        titles = [seeds.event(e).title for e in row["shared_with"].split(";")]
        text = (
            f"{market.short}: the same session is day 0 of {listing(titles)}; this is one "
            "reaction, not several."
        )
        out.append(Sentence(f"shared-{key}", text, finding=False))
    return out


def _ambiguous_sentence(row: Row, short: str, key: str) -> Sentence:
    candidates = row["candidates"].split(";")
    main, largest = row["p_value"] <= STANDS_OUT, row["p_largest"] <= STANDS_OUT
    robust = main == largest
    verdict = "the verdict is the same for each" if robust else "the verdict depends on which"
    text = (
        f"{short}: the minute of the news is in doubt, so day 0 could be {days(candidates)}; "
        f"{verdict} (largest p {p_value(row['p_largest'])}, abnormal return on the likeliest day "
        f"{percent(row['ar'])})."
    )
    return Sentence(f"ambiguous-{key}", text)


def _doubtful(store: StudyStore, seeds: Seeds) -> list[Sentence]:
    reactions = store.reactions
    ambiguous = reactions[reactions["ambiguous"].astype(bool)]
    shared = reactions[reactions["shared_with"] != ""]
    confounded = [e.id for e in seeds.events if e.confounders]
    unusable = reactions[reactions["status"] != "ok"]
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
            f"{len(confounded)} of {len(seeds.events)} events have a catalogued confounder.",
            finding=False,
        ),
    ]
    if len(unusable):
        reasons = listing([str(r) for r in unusable["reason"].unique()], most=3)
        text = f"{len(unusable)} pairs could not be computed: {reasons}."
        out.append(Sentence("unusable-count", text, finding=False))
    return out


def _largest(row: Row, seeds: Seeds, store: StudyStore) -> str:
    return "The most unusual is " + reaction_words(row, seeds, store) + "."


def _beyond(row: Row) -> str:
    n = round(row["p_value"] * (row["n_placebo"] + 1)) - 1
    return count(n, "was", "were")
