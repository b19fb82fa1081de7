"""What single reactions show, and all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.shared import rows
from analysis.chapters.shared.figures import (
    STANDS_OUT,
    distinct_reactions,
    in_market_order,
    reaction_figures,
    variants,
)
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.chapters.shared.words import (
    marks_words,
    normal_words,
    reaction_cites,
    reaction_words,
    rounded,
)
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
        f"{n_events} events gave {len(found)} distinct reactions in {names}; "
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
        many = f"{number(len(quiet), none='none')} of {len(part)} reactions"
        text = (
            f"{seeds.market(str(market)).short}: {many} cannot be told from ordinary days; "
            f"each would have had to reach {size(quiet['mde'].min())} to "
            f"{size(quiet['mde'].max())} (median {size(quiet['mde'].median())}) to be noticed four "
            "times in five."
        )
        cites = (Cite(many, rows.counts(str(market))),)
        sentences.append(Sentence(f"not-noticed-{market}", text, cites=cites))
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
    out.append(Sentence(f"reaction-{key}", text, cites=_market_cites(row)))
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


def _market_cites(row: Row) -> tuple[Cite, ...]:
    figures = {
        "ret": percent(row["ret"]),
        "ar": percent(row["ar"]),
        "se": size(row["se"]),
        "p_value": p_value(row["p_value"]),
        "variants": p_range(variants(row)),
    }
    if row["p_value"] > STANDS_OUT:
        figures["mde"] = size(row["mde"])
    return _cited(row, figures)


def _cited(row: Row, figures: dict[str, str]) -> tuple[Cite, ...]:
    """Cite figures of one event in one market, by their names."""
    return tuple(
        Cite(text, rows.reaction(row["event_id"], row["market"], name))
        for name, text in figures.items()
    )


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
    figures = {"p_largest": p_value(row["p_largest"]), "ar": percent(row["ar"])}
    return Sentence(f"ambiguous-{key}", text, cites=_cited(row, figures))


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


def _beyond(row: Row) -> str:
    n = round(row["p_value"] * (row["n_placebo"] + 1)) - 1
    return count(n, "was", "were")
