"""The front door: the answer, all reactions in one picture, the grid, articles, how we know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analysis.chapters.all_events.answer import Answer
from analysis.chapters.all_events.cards import Card
from analysis.chapters.all_events.cells import GridRow, grid_html
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.style import STEPS
from analysis.chapters.shared.table import Table
from analysis.chapters.shared.voice import Rows, Words
from analysis.files import write_whole
from analysis.report.citing import Cited, with_citations
from analysis.report.manifest import Provenance
from analysis.report.page import DataFile
from analysis.report.render import TEMPLATES, render_template, script_hash

__all__ = [
    "ArticleCard",
    "FrontPage",
    "MarketHead",
    "ReportLink",
    "write_index",
    "write_summary",
]

QUESTION = "Did the news move the markets?"
INDEX, SUMMARY = "index.html", "summary.html"


@dataclass(frozen=True, slots=True)
class MarketHead:
    """Head of one column of the grid: name, symbol, and what it is measured against."""

    symbol: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportLink:
    """One report in the list.

    Attributes
    ----------
    title, href, question
        Name, address from the front page, and what it answers.
    kicker
        Its kind, such as ``Article``; reports of one kind stand together, in the order given.
    status
        ``ok`` or ``failed``.
    error
        For a failed one, where and why it stopped.
    article
        File of the article it is on; empty for other reports.
    """

    title: str
    href: str
    question: str = ""
    kicker: str = "Report"
    status: str = "ok"
    error: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class ArticleCard:
    """One article with its answer.

    Attributes
    ----------
    link
        Its report.
    answer
        What prices say, in a sentence or two.
    note
        When it appeared, and how its claims fare.
    rows
        Figures of the answer with the rows they come from.
    """

    link: ReportLink
    answer: str = ""
    note: str = ""
    rows: Rows = ()


@dataclass(frozen=True, slots=True)
class FrontPage:
    """Everything the front page shows; nothing is computed in the template.

    Attributes
    ----------
    answer
        Headline, deck, figures and cards.
    markets, rows
        Columns and rows of the grid; rows in order of time, each with one cell per market.
    more
        Events that have no row: those without a page where there are very many.
    beyond
        What the second number of a cell is: ``beyond the S&P 500``.
    charts
        All reactions in one picture: what is left beyond the expected, and whole moves.
    year
        Prices through the year; None without prices.
    together
        One sentence on whether the markets moved together.
    together_href
        Report that tells the rest; empty for none.
    minutes, minutes_href
        What holds in minutes, and the address of the page on it; empty without bars.
    articles, reports
        Articles with their answers, and all other reports in the order to list them.
    lines
        How we know, a sentence each.
    statistics
        The table behind it; None for none.
    words
        Words that are explained.
    links
        Address of the page of an event.
    files
        Data files of the whole run, addresses from the front page.
    citation
        How to cite the page.
    provenance
        Inputs and versions.
    """

    answer: Answer
    markets: tuple[MarketHead, ...]
    rows: tuple[GridRow, ...]
    more: int = 0
    beyond: str = "beyond the expected"
    charts: tuple[Chart, ...] = ()
    year: Chart | None = None
    together: str = ""
    together_href: str = ""
    minutes: str = ""
    minutes_href: str = ""
    articles: tuple[ArticleCard, ...] = ()
    reports: tuple[ReportLink, ...] = ()
    lines: tuple[str, ...] = ()
    statistics: Table | None = None
    words: Words = field(default_factory=lambda: Words(()))
    links: dict[str, str] = field(default_factory=dict)
    files: tuple[DataFile, ...] = ()
    citation: str = ""
    provenance: Provenance = field(default_factory=Provenance)


def write_index(out: Path, *, context: FrontPage) -> Path:
    """Write ``out/index.html``.

    Raises
    ------
    ReportError
        If the folder cannot be written to.
    """
    return write_whole(out / INDEX, render_index(context))


def render_index(context: FrontPage) -> str:
    """Return the front page as text; the same record gives the same bytes."""
    parts = ("picture.js", "front.js") if context.rows else ("picture.js",)
    script = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in parts)
    every = [card.link for card in context.articles] + list(context.reports)
    rows, two = context.rows, len(context.charts) > 1
    marked = [c for row in rows for c in row.cells if c.known and not c.first]
    page = render_template(
        "index.html.j2",
        title=f"{QUESTION} {context.answer.headline}",
        description=_description(context.answer),
        question=QUESTION,
        root="",
        page=context,
        say=context.words.mark,
        card_rows=lambda card: _card_rows(card, context.links),
        kinds=list(dict.fromkeys(report.kicker for report in context.reports)),
        failed=[report for report in every if report.status != "ok"],
        n_reports=len(every),
        edge=f"{STEPS[-1] * 100:g}\u202f%",
        script=script,
        script_hash=script_hash(script),
        categories=sorted({row.category for row in rows}),
        labels=sorted({label for row in rows for label in row.articles}),
        survives=any(c.mark() == "●" or c.mark(whole=True) == "●" for c in marked),
        two=two,
        grid=grid_html(rows, [(m.name, m.note) for m in context.markets], two=two),
    )
    return with_citations(page, Cited(INDEX, context.provenance.data_end))


def _card_rows(card: Card, links: Mapping[str, str]) -> Rows:
    """Return the figures of a card with where they lead; none to a page that is not there."""
    page = links.get(card.event_id)
    rows = ((figure, address) for figure, address in card.rows if page or "{page}" not in address)
    return tuple((figure, address.replace("{page}", page or "")) for figure, address in rows)


def write_summary(out: Path, *, context: FrontPage) -> Path:
    """Write ``out/summary.html``, one sheet to hand on.

    Raises
    ------
    ReportError
        If the folder cannot be written to.
    """
    return write_whole(out / SUMMARY, render_summary(context))


def render_summary(context: FrontPage) -> str:
    """Return the front page on one sheet: answer, picture, figures, how we know, citation."""
    charts = context.charts[:1]
    page = render_template(
        "summary.html.j2",
        pictures=[c.html().replace('href="#', f'href="{INDEX}#') for c in charts],
        title=f"{QUESTION} {context.answer.headline}",
        description=_description(context.answer),
        question=QUESTION,
        root="",
        page=context,
    )
    return with_citations(page, Cited(SUMMARY, context.provenance.data_end))


def _description(answer: Answer) -> str:
    return " ".join((f"{answer.headline}.", *answer.deck[:2]))
