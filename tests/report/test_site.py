"""The front page from records made by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis.report.grid import GridCell, GridRow, place_cells
from analysis.report.render import day_text, p_text, percent_text
from analysis.report.site import (
    FrontPage,
    Highlight,
    MarketHead,
    ReportLink,
    render_index,
    write_index,
)
from analysis.report.timeline import draw_timeline

DAY = date(2025, 7, 15)
HOSTILE = "<script>alert(1)</script>"


def cell(ar: float | None = 0.031, p: float | None = 0.041, day: date = DAY) -> GridCell:
    return GridCell(ar=ar, sar=1.9, placebo_p=p, day0=day)


def row(name: str, *cells: GridCell, day: date = DAY) -> GridRow:
    return GridRow(
        event_id=name, title=f"Event {name}", when="15 Jul 2025", category="thaw", day=day,
        cells=cells, href="one/one.html",
    )  # fmt: skip


@pytest.fixture
def front() -> FrontPage:
    later = date(2025, 7, 16)
    return FrontPage(
        finding=("Nvidia rose.", "Asia did not."),
        markets=(MarketHead("NVDA", "Nvidia"), MarketHead("^N225", "Nikkei", "Tokyo")),
        rows=(
            row("a", cell(), cell(-0.052, 0.008)),
            row("b", cell(), cell(0.001, 0.7, later)),
            row("c", GridCell(status="missing_price", reason="no price"), cell(0.012, None, later)),
        ),
        n_reactions=4,
        n_marks=2,
        n_expected_marks=0.2,
        reports=(
            ReportLink("One", "one/one.html", kicker="Article"),
            ReportLink("Two", "two/two.html", status="failed", error="cell 3: KeyError"),
        ),
        cautions=("Selected on the outcome.",),
        highlights=(Highlight("15 July", ("It rose.",), "one/one.html"),),
    )


def test_events_with_one_session_are_one_cell(front: FrontPage) -> None:
    placed = place_cells(front.rows)
    spans = [[item and item.span for item in line] for line in placed]
    assert spans == [[2, 1], [None, 1], [1, 1]]  # same day and same return, or not joined
    page = render_index(front)
    assert page.count('rowspan="2"') == 1
    assert page.count('<span class="ar">+3.10') == 2  # once in the grid, once in the legend


def test_doubt_about_one_event_shows_on_the_joined_cell(front: FrontPage) -> None:
    first, second, third = front.rows
    doubtful = replace(second, cells=(replace(second.cells[0], ambiguous=True), second.cells[1]))
    placed = place_cells((first, doubtful, third))
    assert placed[0][0] is not None
    assert placed[0][0].ambiguous


@pytest.mark.parametrize(
    ("ar", "tone"),
    [(None, "none"), (0.0, "still"), (-0.0049, "still"), (0.005, "up1"), (-0.04, "down4")],
)
def test_colour_follows_the_size(ar: float | None, tone: str) -> None:
    assert cell(ar).tone == tone


@pytest.mark.parametrize(("p", "marks"), [(None, 0), (0.051, 0), (0.05, 1), (0.01, 2)])
def test_marks_follow_the_placebo_p(p: float | None, marks: int) -> None:
    assert cell(p=p).marks == marks


def test_the_page_says_what_it_shows(front: FrontPage) -> None:
    page = render_index(front)
    words = " ".join(re.sub(r"<[^>]+>", " ", page.split("</style>")[-1]).split())
    assert "2 of 4 distinct reactions carry a mark; chance alone would give about 0." in words
    assert "1 of 2 reports is not complete" in words
    assert "cell 3: KeyError" in words
    assert "missing price" in words
    assert "very unusual" in words
    assert page.count("<h1>") == 1
    assert "Selected on the outcome." in words


def test_every_word_is_escaped(front: FrontPage) -> None:
    bad = replace(
        front,
        finding=(HOSTILE,),
        rows=tuple(replace(row, title=HOSTILE, confounders=(HOSTILE,)) for row in front.rows),
        reports=(ReportLink(HOSTILE, "x.html", question=HOSTILE, kicker=HOSTILE),),
    )  # fmt: skip
    own = render_index(front).count("<script")  # the page's own, allowed by its hash
    assert render_index(bad).count("<script") == own == 1


def test_the_page_is_the_same_each_time(front: FrontPage, tmp_path: Path) -> None:
    first = write_index(tmp_path / "a", context=front).read_bytes()
    assert first == write_index(tmp_path / "b" / "c", context=front).read_bytes()


def test_the_timeline_leads_to_every_row(front: FrontPage) -> None:
    drawing = draw_timeline(front.rows)
    assert re.findall(r'href="#(\w+)"', drawing) == ["a", "b", "c"]
    heights = re.findall(r'cy="([\d.]+)"', drawing)
    assert len(set(heights)) == 3  # events of one day do not hide each other
    assert draw_timeline(()) == ""


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (percent_text(0.0312), "+3.12\u202f%"),
        (percent_text(-0.0312), "−3.12\u202f%"),
        (percent_text(-0.000001), "0.00\u202f%"),
        (percent_text(None), "–"),
        (p_text(0.0412), ".041"),
        (p_text(0.32), ".32"),
        (p_text(0.999), "1"),
        (day_text(DAY), "15 Jul 2025"),
    ],
)
def test_figures_read_the_same_in_every_locale(made: str, text: str) -> None:
    assert made == text
