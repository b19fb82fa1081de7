"""What prices say on one article, and on each kind of news."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.chapters.few_events.words import article_survivors
from analysis.chapters.shared import rows as named
from analysis.chapters.shared.figures import (
    STANDS_OUT,
    distinct_reactions,
    in_market_order,
    reaction_figures,
)
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.sentences import Cite, Sentence
from analysis.chapters.shared.words import marks_words, rounded
from analysis.reactions.claim_codes import UNDECIDED
from analysis.reactions.study_tables import USABLE
from analysis.wording import count, day, listing, number, p_value, percent, size

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_SHOWN = 4


def article(store: StudyStore, seeds: Seeds, file: str) -> tuple[Sentence, ...]:
    """Return what prices say on one article: its headline event, the others, its claims."""
    record = seeds.article(file)
    mentioned = [e for e in seeds.events if any(m.file == file for m in e.articles)]
    found = distinct_reactions(store)
    ids = {e.id for e in mentioned}
    mine = found[[bool(ids & set(names)) for names in found["event_ids"]]]
    marked = mine[mine["p_value"] <= STANDS_OUT]
    drawn = named.figure(f"grid-{file.partition('.')[0]}")
    headline = seeds.event(record.headline_event)
    first, cites = _headline_words(store, seeds, headline.id)
    if mine.empty:
        text = "No reaction to an event of this article is in this run."
        return (
            Sentence(f"article-count-{file}", text, finding=False),
            _claims_sentence(store, file),
        )
    up = int((marked["ar"] > 0).sum())
    reactions = count(len(mine), "distinct reaction")
    second = (
        f"The article reports or refers to {count(len(mentioned), 'event')}, which gave "
        f"{reactions}; {marks_words(len(marked), up)} at the 5 % level, about "
        f"{rounded(len(mine) * STANDS_OUT)} by chance alone; a typical one had to reach "
        f"{size(mine['mde'].median())}."
    )
    return (
        *([Sentence(f"headline-{headline.id}", first, cites=cites)] if cites else []),
        Sentence(f"article-count-{file}", second, cites=(Cite(reactions, drawn),)),
        article_survivors(store, seeds, file),
        _claims_sentence(store, file),
    )


def _headline_words(store: StudyStore, seeds: Seeds, event_id: str) -> tuple[str, tuple[Cite, ...]]:
    figures = reaction_figures(store)
    mine = figures[(figures["event_id"] == event_id) & figures["status"].isin(USABLE)]
    parts, cites = [], []
    for row in records(in_market_order(mine, seeds)):
        unusual = "stands out" if row["p_value"] <= STANDS_OUT else "does not stand out"
        parts.append(
            f"{seeds.market(row['market']).short} {percent(row['ar'])} on {day(row['day0'])} "
            f"({unusual}, p = {p_value(row['p_value'])})"
        )
        cites += [
            Cite(shown, named.reaction(event_id, row["market"], name))
            for name, shown in (("ar", percent(row["ar"])), ("p_value", p_value(row["p_value"])))
        ]
    text = f"{seeds.event(event_id).title}: beyond normal, " + "; ".join(parts) + "."
    return text, tuple(cites)


def _claims_sentence(store: StudyStore, file: str) -> Sentence:
    claims = store.claims[store.claims["article"] == file]
    decided = claims[claims["code"] != UNDECIDED]
    counts = decided["code"].value_counts()
    if claims.empty:
        return Sentence(f"claims-{file}", "No claim of it is catalogued.", finding=False)
    if not len(decided):
        text = (
            f"Of its {count(len(claims), 'claim')} daily closes can decide none; the reasons stand "
            "beside each."
        )
        return Sentence(f"claims-{file}", text, finding=False)
    words = listing([f"{count(int(n), str(name), str(name))}" for name, n in counts.items()])
    known = decided[decided["figure"].notna()]
    figures = listing([percent(f, 2) for f in known["figure"]], most=_SHOWN)
    text = (
        f"Of its {count(len(claims), 'claim')} daily closes can decide {number(len(decided))}: "
        f"{words} (figures {figures})."
    )
    cites = tuple(
        Cite(percent(row["figure"], 2), named.claim(row["claim_id"]))
        for row in records(known)[:_SHOWN]
    )
    return Sentence(f"claims-{file}", text, cites=cites)
