"""What prices say on one article, and on each kind of news."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.findings.figures import (
    STANDS_OUT,
    distinct_reactions,
    in_market_order,
    reaction_figures,
)
from analysis.findings.inference import article_survivors
from analysis.findings.sentences import Sentence
from analysis.findings.words import marks_words, rounded
from analysis.frames import records
from analysis.wording import count, day, listing, number, p_value, percent, sentence_case, size

if TYPE_CHECKING:
    from analysis.seeds import Seeds
    from analysis.store import StudyStore


def article(store: StudyStore, seeds: Seeds, file: str) -> tuple[Sentence, ...]:
    """Return what prices say on one article: its headline event, the others, its claims."""
    record = seeds.article(file)
    mentioned = [e for e in seeds.events if any(m.file == file for m in e.articles)]
    found = distinct_reactions(store)
    ids = {e.id for e in mentioned}
    mine = found[[bool(ids & set(names)) for names in found["event_ids"]]]
    marked = mine[mine["p_value"] <= STANDS_OUT]
    headline = seeds.event(record.headline_event)
    first = _headline_words(store, seeds, headline.id)
    up = int((marked["ar"] > 0).sum())
    second = (
        f"The article reports or refers to {count(len(mentioned), 'event')}, which gave "
        f"{count(len(mine), 'distinct reaction')} of {percent(mine['ar'].mean())} on average; "
        f"{marks_words(len(marked), up)} at the 5 % level, about "
        f"{rounded(len(mine) * STANDS_OUT)} by chance alone; a typical one had to reach "
        f"{size(mine['mde'].median())}."
    )
    return (
        Sentence(f"headline-{headline.id}", first),
        Sentence(f"article-count-{file}", second),
        article_survivors(store, seeds, file),
        _claims_sentence(store, file),
    )


def categories(store: StudyStore, seeds: Seeds) -> tuple[Sentence, ...]:
    """Return, by category and market, whether reactions have the sign the articles implied."""
    model = store.spec.study.model
    rows = in_market_order(store.directions[store.directions["model"] == model], seeds)
    sentences = []
    for row in records(rows[rows["scope"].str.startswith("category:")]):
        if row["n_sessions"] < 2:
            continue
        name = row["scope"].removeprefix("category:")
        p: float = row["p_sign_flip"] if pd.notna(row["p_sign_flip"]) else row["p_value"]
        text = (
            f"{sentence_case(name)}, {seeds.market(row['market']).short}: over "
            f"{count(row['n_sessions'], 'distinct session')} with an implied direction the mean "
            f"abnormal return was {percent(row['estimate'], 2)} that way ({row['n_as_implied']} of "
            f"{row['n_sessions']} as implied, p = {p_value(p)}); {size(row['mde'])} would have "
            "been noticed four times in five."
        )
        sentences.append(Sentence(f"category-{name}-{row['market']}", text))
    return tuple(sentences)


def _headline_words(store: StudyStore, seeds: Seeds, event_id: str) -> str:
    figures = reaction_figures(store)
    mine = figures[(figures["event_id"] == event_id) & (figures["status"] == "ok")]
    parts = []
    for row in records(in_market_order(mine, seeds)):
        unusual = "stands out" if row["p_value"] <= STANDS_OUT else "does not stand out"
        parts.append(
            f"{seeds.market(row['market']).short} {percent(row['ar'])} on {day(row['day0'])} "
            f"({unusual}, p = {p_value(row['p_value'])})"
        )
    return f"{seeds.event(event_id).title}: beyond normal, " + "; ".join(parts) + "."


def _claims_sentence(store: StudyStore, file: str) -> Sentence:
    claims = store.claims[store.claims["article"] == file]
    decided = claims[claims["verdict"] != "not checkable"]
    counts = decided["verdict"].value_counts()
    if claims.empty:
        return Sentence(f"claims-{file}", "No claim of it is catalogued.", finding=False)
    if not len(decided):
        text = (
            f"Of its {count(len(claims), 'claim')} daily closes can decide none; the reasons stand "
            "beside each."
        )
        return Sentence(f"claims-{file}", text, finding=False)
    words = listing([f"{count(int(n), str(name), str(name))}" for name, n in counts.items()])
    figures = listing([percent(f, 2) for f in decided["figure"] if pd.notna(f)], most=4)
    text = (
        f"Of its {count(len(claims), 'claim')} daily closes can decide {number(len(decided))}: "
        f"{words} (figures {figures})."
    )
    return Sentence(f"claims-{file}", text)
