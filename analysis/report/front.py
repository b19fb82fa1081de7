"""The front page's content, taken from a store: grid, finding, highlights, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup

from analysis.chapters.all_events.words import overview
from analysis.chapters.event.words import event as event_words
from analysis.chapters.few_events.words import as_implied, survivors
from analysis.chapters.shared.figures import distinct_reactions, reaction_figures
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.sentences import selection
from analysis.chapters.together.words import moved_together
from analysis.reactions.study_tables import TABLES
from analysis.report.grid import UNUSUAL, GridCell, GridRow
from analysis.report.page import DataFile
from analysis.report.render import day_text
from analysis.report.site import FrontPage, Highlight, MarketHead, ReportLink

if TYPE_CHECKING:
    from analysis.chapters.shared.sentences import Sentence
    from analysis.reactions.store import StudyStore
    from analysis.report.manifest import Provenance
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event

#: Precisions at which the hour is worth printing.
_TIMED = ("minute", "hour")

#: Figures of a reaction that its cell of the grid shows.
_IN_GRID = ("ar", "p_value")

#: Data files of the whole run and what is in them.
DATA_FILES = (
    *(DataFile(f"data/{table.name}.csv", table.title) for table in TABLES.values()),
    DataFile("data/run.json", "what was run, on which inputs, with which versions"),
)


def front_page(
    store: StudyStore,
    seeds: Seeds,
    *,
    reports: Sequence[ReportLink],
    links: Mapping[str, str],
    provenance: Provenance,
    rows: Mapping[str, str] | None = None,
) -> FrontPage:
    """Collect what the front page shows.

    Parameters
    ----------
    store, seeds
        The study and its records.
    reports
        Links to all reports, in the order to list them.
    links
        Address of the report that tells most about an event, by event id.
    provenance
        Inputs and versions to print.
    rows
        Address of the row of a table that a figure comes from, by the name of the row
        (`analysis.chapters.shared.rows`).
    """
    tell = _Teller(rows or {})
    figures = reaction_figures(store)
    distinct = distinct_reactions(store)
    symbols = [m.symbol for m in seeds.markets if m.symbol in set(figures["market"])]
    marked = distinct[distinct["p_value"] <= UNUSUAL]
    return FrontPage(
        finding=(
            tell(overview(store, seeds)[0]),
            tell(moved_together(store, seeds)),
        ),
        markets=tuple(_head(store, seeds, symbol) for symbol in symbols),
        rows=_rows(figures, seeds, symbols, links),
        n_reactions=len(distinct),
        n_marks=len(marked),
        n_expected_marks=len(distinct) * UNUSUAL,
        reports=tuple(reports),
        cautions=(selection().text, *_share_of_benchmark(symbols)),
        highlights=(
            *(_highlight(row, seeds, store, links, tell) for row in records(marked)),
            *_taken_together(store, seeds, tell),
        ),
        model=_model_words(store, seeds),
        files=DATA_FILES,
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True)
class _Teller:
    """Writes sentences for the front page, each figure linked to the row it comes from."""

    rows: Mapping[str, str]

    def __call__(self, sentence: Sentence) -> Markup:
        return Markup(sentence.html(self._address))  # escaped by the sentence

    def _address(self, row: str) -> str | None:
        """Return the cell of the grid for what it shows; else where a report has the row."""
        kind, _, rest = row.partition(".")
        cell, _, figure = rest.rpartition(".")
        if kind == "reaction" and figure in _IN_GRID:
            return f"#{cell}"
        return self.rows.get(row)


def _head(store: StudyStore, seeds: Seeds, symbol: str) -> MarketHead:
    benchmark = store.spec.benchmark or seeds.market(symbol).benchmark
    note = f"against {seeds.market(benchmark).short}" if benchmark else ""
    return MarketHead(symbol=symbol, name=seeds.market(symbol).short, note=note)


def _rows(
    figures: pd.DataFrame, seeds: Seeds, symbols: Sequence[str], links: Mapping[str, str]
) -> tuple[GridRow, ...]:
    cells = {(row["event_id"], row["market"]): row for row in records(figures)}
    ids = set(figures["event_id"])
    events = sorted((e for e in seeds.events if e.id in ids), key=lambda e: e.announced_at)
    return tuple(
        GridRow(
            event_id=event.id,
            title=event.title,
            when=_when(event),
            category=event.category,
            day=event.announced_at.date(),
            cells=tuple(_cell(cells[event.id, symbol], seeds) for symbol in symbols),
            role=event.role,
            href=links.get(event.id),
            confounders=event.confounders,
            articles=tuple(seeds.article(mention.file).label for mention in event.articles),
        )
        for event in events
    )


def _when(event: Event) -> str:
    day = day_text(event.announced_at.date())
    return f"{day}, {event.announced_at:%H:%M} UTC" if event.precision in _TIMED else day


def _cell(row: Row, seeds: Seeds) -> GridCell:
    if row["status"] != "ok":
        return GridCell(status=str(row["status"]), reason=str(row["reason"]))
    shared = [name for name in str(row["shared_with"]).split(";") if name]
    return GridCell(
        ar=_number(row["ar"]),
        sar=_number(row["sar"]),
        placebo_p=_number(row["p_value"]),
        day0=date.fromisoformat(str(row["day0"])),
        shared_with=tuple(seeds.event(name).title for name in shared),
        ambiguous=bool(row["ambiguous"]),
        largest_p=_number(row["p_largest"]) if row["ambiguous"] else None,
    )


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _highlight(
    row: Row, seeds: Seeds, store: StudyStore, links: Mapping[str, str], tell: _Teller
) -> Highlight:
    event_ids = sorted(row["event_ids"], key=lambda e: seeds.event(e).role != "headline")
    market = row["market"]
    sentences = [
        tell(sentence)
        for sentence in event_words(store, seeds, event_ids[0])
        if sentence.id.endswith((f"-{market}", "confounders-" + event_ids[0]))
    ]
    return Highlight(
        title=f"{seeds.market(market).short}, {day_text(date.fromisoformat(row['day0']))}: "
        f"{seeds.event(event_ids[0]).title}",
        sentences=tuple(sentences),
        href=links.get(event_ids[0]),
        anchor=f"{event_ids[0]}.{market}",
    )


def _taken_together(store: StudyStore, seeds: Seeds, tell: _Teller) -> list[Highlight]:
    """Cards on all reactions at once: which survive the many looks, and which way they went."""
    implied = [tell(s) for s in as_implied(store, seeds) if s.id.count("-") == 1]
    cards = {
        "All reactions looked at together": [tell(s) for s in survivors(store, seeds)],
        "All events, counted as the articles implied": implied,
    }
    return [Highlight(title=title, sentences=tuple(text)) for title, text in cards.items() if text]


def _share_of_benchmark(symbols: Sequence[str]) -> tuple[str, ...]:
    if "NVDA" not in symbols:
        return ()
    return (
        "Nvidia is itself about 7 % of the S&P 500, so its figure here understates the full effect "
        "by about 15 %.",
    )


def _model_words(store: StudyStore, seeds: Seeds) -> str:
    if store.spec.study.model == "constant_mean":
        return "the market's usual mean return would give"
    names = {store.spec.benchmark or m.benchmark for m in seeds.study_markets}
    benchmarks = " or ".join(sorted(seeds.market(name).short for name in names if name))
    return f"the market's usual relation to the {benchmarks} would explain"
