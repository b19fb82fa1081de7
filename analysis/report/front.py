"""The front page's content, taken from a study: answer, pictures, grid, articles, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from analysis.chapters.all_events.answer import (
    ROW_ALONE,
    ROW_IMPLIED,
    ROW_REACH,
    ROW_STORIES,
    ROW_TOGETHER,
    answer,
    implied_rows,
    method_lines,
    omnibus,
    story_moves,
    together_sentence,
    typical_reach,
)
from analysis.chapters.all_events.cells import grid_rows
from analysis.chapters.all_events.reactions_chart import reactions_charts
from analysis.chapters.all_events.year_chart import year_chart
from analysis.chapters.article.answer import article_answer, spoken_of
from analysis.chapters.event.words import by_unusual
from analysis.chapters.minutes.words import front_sentence
from analysis.chapters.shared.fewer import MOST_ROWS
from analysis.chapters.shared.rows import Row
from analysis.chapters.shared.table import Table, row_anchors
from analysis.chapters.shared.voice import plain
from analysis.chapters.shared.words import implied_by
from analysis.engine.models import TOTAL_REACTION
from analysis.reactions.study_tables import TABLES
from analysis.report.citing import Cited
from analysis.report.events import chosen_events
from analysis.report.page import DataFile
from analysis.report.render import day_text
from analysis.report.site import (
    INDEX,
    QUESTION,
    ArticleCard,
    FrontPage,
    MarketHead,
    ReportLink,
)
from analysis.wording import p_value, sentence_case, signed_percent, size

if TYPE_CHECKING:
    from analysis.chapters.shared.moves import Move
    from analysis.chapters.shared.telling import Telling
    from analysis.report.manifest import Provenance

#: Data files of the whole run and what is in them.
DATA_FILES = (
    *(DataFile(f"data/{table.name}.csv", table.title) for table in TABLES.values()),
    DataFile("data/run.json", "what was run, on which inputs, with which versions"),
)


_CELLS, _ROWS = 640, 20
"""Cells a grid has room for, and rows it has in any case."""
_TOGETHER = "reactions-together"
_MINUTES = "in-minutes"


def front_page(
    told: Telling,
    *,
    reports: Sequence[ReportLink],
    links: Mapping[str, str],
    provenance: Provenance,
) -> FrontPage:
    """Collect what the front page shows.

    Parameters
    ----------
    told
        The study.
    reports
        Links to all reports, in the order to list them.
    links
        Address of the page of an event, by event id.
    provenance
        Inputs and versions to print.
    """
    said = answer(told)
    n_events = len(told.ordered())
    shown = _shown(told, links)
    return FrontPage(
        answer=said,
        markets=tuple(_head(told, symbol) for symbol in told.moves.markets),
        rows=grid_rows(told, links, only=shown),
        more=n_events - len(shown) if shown else 0,
        beyond=told.stick.beyond,
        charts=reactions_charts(told, links.get),
        year=year_chart(told),
        together=together_sentence(told),
        minutes=front_sentence(told.store, told.seeds),
        minutes_href=next((r.href for r in reports if _MINUTES in r.href), ""),
        together_href=next((r.href for r in reports if _TOGETHER in r.href), ""),
        articles=tuple(_article(told, link) for link in reports if link.article),
        reports=tuple(link for link in reports if not link.article),
        lines=method_lines(told),
        statistics=statistics_table(told),
        words=told.words,
        links=dict(links),
        files=DATA_FILES,
        citation=Cited(INDEX, provenance.data_end).line(f"{QUESTION} {said.headline}"),
        provenance=provenance,
    )


def _shown(told: Telling, links: Mapping[str, str]) -> set[str] | None:
    """Return the events that have a row in the grid; None for all.

    Where there are very many, those with a page; where there are too many cells for a page, those
    whose reactions the page speaks of, and then the most unusual.
    """
    events = told.ordered()
    having = {e.id for e in events}  # a page for each
    if 0 < len(links) < len(events):
        having = {event.id for event in chosen_events(told, most=MOST_ROWS)} & set(links)
    most = max(_CELLS // max(len(told.moves.markets), 1), _ROWS)
    if len(having) <= most:
        return having if len(having) < len(events) else None
    stories = {a.headline_event for a in told.seeds.articles}
    met = {(m.market, m.day0) for m in told.moves.cells.values() if m.event_id in stories}
    spoken = [m for m in told.moves.distinct() if m.stands_out or (m.market, m.day0) in met]
    ranked = sorted(spoken, key=by_unusual) + sorted(told.moves.distinct(), key=by_unusual)
    wanted = dict.fromkeys([*stories, *(m.event_id for m in ranked)])
    return set([e for e in wanted if e in having][:most])


def _head(told: Telling, symbol: str) -> MarketHead:
    market = told.seeds.market(symbol)
    stick = next((m.yardstick for m in told.moves.cells.values() if m.market == symbol), told.stick)
    note = f"against {stick.name}" if stick != told.stick else ""
    return MarketHead(symbol=symbol, name=market.short, note=note)


def _article(told: Telling, link: ReportLink) -> ArticleCard:
    article = told.seeds.article(link.article)
    found = article_answer(told, link.article)
    text = " ".join((found.answer, *found.rest[:1]))
    rows = tuple(
        (plain(m.ret), f"#{_cell(told, m)}")
        for m in spoken_of(
            told.moves.of(article.headline_event), told.seeds.event(article.headline_event)
        )
    )
    return ArticleCard(link, text, f"{day_text(article.published)} · {found.claims}", rows)


def _cell(told: Telling, move: Move) -> str:
    """Return the anchor of the cell that shows a reaction: that of the earliest news it met."""
    first = next(e.id for e in told.ordered() if e.id in (move.event_id, *move.shared))
    return f"{first}.{move.market}"


def statistics_table(told: Telling) -> Table | None:
    """Return the tests behind the answer, for what is left and for whole moves."""
    model = told.store.spec.study.model
    models = list(dict.fromkeys([model, TOTAL_REACTION]))
    found = told.moves.distinct()
    if not found:
        return None
    implied = {row["model"]: row for row in implied_rows(told)}
    heads = [sentence_case(told.stick.beyond), "Whole move"][: len(models)]
    cells = [_column(told, m, implied.get(m)) for m in models]
    names: tuple[str, ...] = (
        "Mean size in usual swings: reactions, ordinary moments",
        "p of that, against joint ordinary moments",
        "Stand out alone (expected by chance)",
        "Most unusual one, judged with all (p)",
        f"Went the way {implied_by(told.seeds)}",
        "Average that way; two-sided p against ordinary moments",
        "Stand out among the articles’ headline stories",
        "Still stand out when all are judged together",
        "A typical move to be caught four times in five",
    )
    keep = [n for n in range(len(names)) if n != _STORIES or story_moves(told)[1]]
    rows = tuple((names[n], *(column[n] for column in cells)) for n in keep)
    return Table(
        anchors=row_anchors(_ANCHORS[n] for n in keep),
        caption=f"All {len(found)} reactions",
        columns=("", *heads),
        rows=rows,
        numeric=frozenset(range(1, len(heads) + 1)),
    )


_STORIES = 6
_ANCHORS = tuple(
    address.removeprefix("#")
    for address in ("", "", ROW_ALONE, "", ROW_IMPLIED, "", ROW_STORIES, ROW_TOGETHER, ROW_REACH)
)


def _column(told: Telling, model: str, implied: Row | None) -> tuple[str, ...]:
    whole = model == TOTAL_REACTION != told.store.spec.study.model
    counts = [c for m in told.moves.distinct() if (c := m.tally(whole=whole))]
    stories = [c for m in story_moves(told)[1] if (c := m.tally(whole=whole))]
    reach = float("nan") if whole else typical_reach(told.moves.distinct())
    together = [c.together for c in counts if c.together == c.together]
    row = omnibus(told, model)
    return (
        f"{row['statistic']:.2f}, {row['placebo_mean']:.2f}" if row else "–",
        p_value(row["p_value"]) if row else "–",
        f"{sum(c.stands_out for c in counts)} ({len(counts) / 20:.1f})",
        p_value(min(together)) if together else "–",
        f"{implied['n_as_implied']:.0f} of {implied['n_sessions']}" if implied else "–",
        f"{signed_percent(implied['estimate'])}; {p_value(implied['p_joint_two_sided'])}"
        if implied
        else "–",
        f"{sum(c.stands_out for c in stories)} of {len(stories)}",
        f"{sum(c.survives for c in counts)} of {len(counts)}",
        size(reach) if isfinite(reach) else "–",
    )
