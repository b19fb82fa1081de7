"""Parts of sentences that several findings share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from analysis.chapters.shared import rows
from analysis.chapters.shared.figures import variants
from analysis.chapters.shared.rows import Row
from analysis.chapters.shared.sentences import Cite
from analysis.engine.models import MODELS, WITHOUT_BENCHMARK
from analysis.seeds.events import ROLES, Event
from analysis.wording import count, day, listing, p_range, p_value, percent

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


def marks_words(marked: int, up: int) -> str:
    """Say how many reactions stand out, and which way."""
    if not marked:
        return "no reaction stands out"
    verb = "stands" if marked == 1 else "stand"
    return f"{count(marked, 'reaction')} {verb} out ({up} up, {marked - up} down)"


def reaction_words(row: Row, seeds: Seeds, store: StudyStore) -> str:
    """Say where, when, after what, how far and how unusual one reaction was."""
    titles = [f"“{event.title}”" for event in by_role(row["event_ids"], seeds)]
    return (
        f"{seeds.market(row['market']).short} on {day(row['day0'])} ({listing(titles, most=2)}): "
        f"{percent(row['ar'])} beyond {normal_words(store, seeds, row['market'])}, placebo "
        f"p = {p_value(row['p_value'])} ({p_range(variants(row))} over the variants)"
    )


def reaction_cites(row: Row) -> tuple[Cite, ...]:
    """Cite the figures of `reaction_words`."""
    name = rows.unusual(row["market"], row["day0"])
    figures = (percent(row["ar"]), p_value(row["p_value"]), p_range(variants(row)))
    return tuple(Cite(text, name) for text in figures)


def by_role(event_ids: Iterable[str], seeds: Seeds) -> list[Event]:
    """Return events, those first that an article was written about, then those it mentions."""
    return sorted(map(seeds.event, event_ids), key=lambda event: ROLES.index(event.role))


def normal_words(store: StudyStore, seeds: Seeds, symbol: str) -> str:
    """Say what a reaction is measured against."""
    if store.spec.study.model in WITHOUT_BENCHMARK:
        return "its usual mean"
    benchmark = store.spec.benchmark or seeds.market(symbol).benchmark
    did = "did" if MODELS[store.spec.study.model].estimates_nothing else "explains"
    return f"what the {seeds.market(benchmark).short} {did}" if benchmark else "normal"


def implied_by(seeds: Seeds) -> str:
    """Name whose direction a reaction is counted in: no articles, no word of them."""
    return "the articles implied" if seeds.articles else "the catalogue expected"


def rounded(value: float) -> str:
    """Write an expected count."""
    return f"{value:.0f}" if value >= 1 else f"{value:.1f}"
