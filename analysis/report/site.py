"""The front door: the finding, the grid of events and markets, a timeline, all links."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from analysis.files import write_whole
from analysis.report.grid import STEPS, GridCell, GridRow, PlacedCell, place_cells
from analysis.report.manifest import Provenance
from analysis.report.page import DataFile
from analysis.report.render import (
    TEMPLATES,
    day_text,
    p_text,
    percent_text,
    render_template,
    script_hash,
)
from analysis.report.timeline import draw_timeline, timeline_link

__all__ = [
    "FrontPage",
    "GridCell",
    "GridRow",
    "Highlight",
    "MarketHead",
    "ReportLink",
    "write_index",
]


@dataclass(frozen=True, slots=True)
class MarketHead:
    """Head of one column of the grid: name, symbol, and what it is measured against."""

    symbol: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Highlight:
    """One reaction told in words under the finding.

    Attributes
    ----------
    title
        A short name, such as a date and an event.
    sentences
        What happened, how unusual it was, and what speaks against reading more into it.
    href
        Address of the report that tells the rest; None if there is none.
    anchor
        ``id`` of its cell in the grid: event, full stop, market; None for no link.
    """

    title: str
    sentences: tuple[str, ...]
    href: str | None = None
    anchor: str | None = None


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
    """

    title: str
    href: str
    question: str = ""
    kicker: str = "Report"
    status: str = "ok"
    error: str = ""


@dataclass(frozen=True, slots=True)
class FrontPage:
    """Everything the front page shows; nothing is computed in the template.

    Attributes
    ----------
    finding
        The sentences at the head of the page.
    markets, rows
        Columns and rows of the grid; rows in order of time, each with one cell per market.
    n_reactions
        Distinct reactions in the grid: events that share a day 0 in a market count once.
    n_marks, n_expected_marks
        Reactions with a mark, and how many chance alone would give.
    reports
        Reports in the order to list them.
    cautions
        What the figures cannot say, a sentence each.
    highlights
        Reactions told in words.
    model
        What "abnormal" means in the grid, in words: beyond what ...
    files
        Data files of the whole run, addresses from the front page.
    timeline_svg
        A drawing in place of the one made here; it is trusted as it is.
    provenance
        Inputs and versions.
    """

    finding: tuple[str, ...]
    markets: tuple[MarketHead, ...]
    rows: tuple[GridRow, ...]
    n_reactions: int
    n_marks: int
    n_expected_marks: float
    reports: tuple[ReportLink, ...] = ()
    cautions: tuple[str, ...] = ()
    highlights: tuple[Highlight, ...] = ()
    model: str = "the market's usual relation to the S&P 500 would explain"
    files: tuple[DataFile, ...] = ()
    timeline_svg: str | None = None
    provenance: Provenance = field(default_factory=Provenance)


def write_index(out: Path, *, context: FrontPage) -> Path:
    """Write ``out/index.html``.

    Raises
    ------
    ReportError
        If the folder cannot be written to.
    """
    return write_whole(out / "index.html", render_index(context))


def render_index(context: FrontPage) -> str:
    """Return the front page as text; the same record gives the same bytes."""
    script = (TEMPLATES / "grid.js").read_text(encoding="utf-8") if context.rows else ""
    drawn = draw_timeline(context.rows) if context.timeline_svg is None else context.timeline_svg
    return render_template(
        "index.html.j2",
        title="Did the news move the markets?",
        root="",
        page=context,
        timeline=drawn,
        timeline_data=timeline_link(context.rows),
        placed=list(zip(context.rows, place_cells(context.rows), strict=True)),
        kinds=list(dict.fromkeys(report.kicker for report in context.reports)),
        failed=[report for report in context.reports if report.status != "ok"],
        steps=[f"{step * 100:g}\u202f%" for step in STEPS],
        describe=describe_cell,
        script=script,
        script_hash=script_hash(script),
        categories=sorted({row.category for row in context.rows}),
        articles=sorted({label for row in context.rows for label in row.articles}),
    )


def describe_cell(row: GridRow, market: MarketHead, placed: PlacedCell) -> str:
    """Return what a cell says, in words: its tool tip."""
    cell = placed.cell
    if cell.ar is None:
        return f"{market.name}: no figure ({cell.reason or cell.status})"
    words = f"{market.name}, {day_text(cell.day0)}: {percent_text(cell.ar)} beyond the expected"
    if cell.placebo_p is not None:
        words += f"; {cell.placebo_p:.1%} of ordinary days were at least as unusual"
    if cell.largest_p is not None:
        words += f" (up to {p_text(cell.largest_p)} if another session is taken as the day)"
    if cell.shared_with:
        words += "; the same session as " + "; ".join(cell.shared_with)
    return words
