"""The front page from records made by hand, and from the founding study."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from analysis.chapters.all_events.answer import Answer, KeyFigure
from analysis.chapters.all_events.cards import Card
from analysis.chapters.all_events.cells import GridCell, GridRow, grid_rows, tone
from analysis.chapters.shared.counts import Count
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.telling import telling
from analysis.chapters.shared.voice import with_rows
from analysis.chapters.shared.yardstick import Yardstick
from analysis.report.citing import with_whole_addresses
from analysis.report.front import front_page
from analysis.report.manifest import Provenance
from analysis.report.render import day_text, p_text, percent_text
from analysis.report.site import (
    ArticleCard,
    FrontPage,
    MarketHead,
    ReportLink,
    render_index,
    render_summary,
    write_index,
)
from analysis.wording import tie

HOSTILE = "<script>alert(1)</script>"
STICK = Yardstick("the index", "^I")


def move(event: str, market: str, k: int = 40, **more: object) -> Move:
    return Move(
        event_id=event, market=market, short=market, yardstick=STICK, day0="2025-07-15", ret=0.031,
        expected=0.01, beyond=0.021, count=Count(k=k, n=336), whole=Count(k=k, n=336), **more,
    )  # fmt: skip


def row(name: str, *cells: GridCell, title: str = "") -> GridRow:
    return GridRow(
        event_id=name, title=title or f"Event {name}", when="15 Jul 2025", category="thaw",
        cells=cells, href=f"events/{name}.html",
    )  # fmt: skip


@pytest.fixture
def front() -> FrontPage:
    card = Card("a", "Nvidia rose", "It did.", "○ Suggestive.")
    answer = Answer(
        "Mostly no", ("We measured.", "One stands out."), (KeyFigure("1 of 4", "stand out."),),
        (card,), "The one that stands out", ("Not a proof.",),
    )  # fmt: skip
    return FrontPage(
        answer=answer,
        markets=(MarketHead("NVDA", "Nvidia"), MarketHead("^N225", "Nikkei")),
        rows=(
            row("a", GridCell("a.NVDA", "Nvidia", move("a", "NVDA", 2), 0, joined=2, said="Up"),
                GridCell("a.N", "Nikkei", move("a", "N", ambiguous=True), 1)),
            row("b", GridCell("b.NVDA", "Nvidia", move("b", "NVDA", 2), 0, first="a"),
                GridCell("b.N", "Nikkei", Move("b", "N", "N", STICK, status="missing_price"))),
        ),
        reports=(
            ReportLink("One", "one/one.html", kicker="Overview"),
            ReportLink("Two", "two/two.html", status="failed", error="cell 3: KeyError"),
        ),
        articles=(ArticleCard(ReportLink("Q?", "q/q.html"), "No.", "1 May"),),
        links={"a": "events/a.html"},
    )  # fmt: skip


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.split("</style>")[-1]).split())


def test_a_reaction_several_events_share_is_coloured_once(front: FrontPage) -> None:
    page = render_index(front)
    assert page.count('data-n="0"') == 1
    shared = page[page.index('id="b.NVDA"') :].split("</td>")[0]
    assert 'href="#a.NVDA"' in shared
    assert "b-up" not in shared


@pytest.mark.parametrize(
    ("value", "name"), [(0.0, "still"), (-0.0049, "still"), (0.005, "up1"), (-0.04, "down4")]
)
def test_colour_follows_the_size(value: float, name: str) -> None:
    assert tone(value) == name


def test_the_page_says_what_it_shows(front: FrontPage) -> None:
    page = render_index(front)
    said = words(page)
    assert page.count("<h1>") == 1
    assert "<h1>Mostly no</h1>" in page
    for text in ("1 of 2 reports is not complete", "cell 3: KeyError", "missing price", "Not a"):
        assert text in said.replace("of 3 reports", "of 2 reports")
    assert page.index("<h1>") < page.index('class="key"') < page.index('id="grid"')
    assert page.index('id="grid"') < page.index('id="data"')  # files stand at the foot


def test_every_word_is_escaped(front: FrontPage) -> None:
    bad = replace(
        front,
        answer=Answer(HOSTILE, (HOSTILE,), (KeyFigure(HOSTILE, HOSTILE),),
                      (Card("a", HOSTILE, HOSTILE, HOSTILE),), HOSTILE, (HOSTILE,)),
        rows=tuple(replace(r, title=HOSTILE, category=HOSTILE, articles=(HOSTILE,))
                   for r in front.rows),
        reports=(ReportLink(HOSTILE, "x.html", question=HOSTILE, kicker=HOSTILE),),
        together=HOSTILE, lines=(HOSTILE,), citation=HOSTILE,
    )  # fmt: skip
    own = render_index(front).count("<script")  # the page's own, allowed by its hash
    assert render_index(bad).count("<script") == own == 1


def test_the_page_is_the_same_each_time(front: FrontPage, tmp_path: Path) -> None:
    first = write_index(tmp_path / "a", context=front).read_bytes()
    assert first == write_index(tmp_path / "b" / "c", context=front).read_bytes()


def test_a_page_without_anything_is_whole() -> None:
    page = render_index(FrontPage(Answer("No answer", (), (), (), "", ()), (), ()))
    assert "<h1>No answer</h1>" in page
    assert 'id="grid"' not in page


# -- the founding study ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def founding(store, seeds) -> FrontPage:
    links = {event.id: f"events/{event.id}.html" for event in seeds.events}
    return front_page(telling(store, seeds), reports=(), links=links, provenance=Provenance())


def test_the_answer_comes_first_and_the_picture_soon(founding: FrontPage) -> None:
    page = render_index(founding)
    between = re.sub(r"<span class=\"def\".*?</span>", "", page)
    between = between[between.index("<h1>") : between.index("<svg")]
    assert len(words(between).split()) < 140
    assert founding.answer.headline.startswith("Mostly no: taken together, the 128 reactions")
    assert [item.figure for item in founding.answer.keys] == ["0 of 20", "0 of 128", "46 of 64"]


def test_cards_open_the_page_of_that_reaction(founding: FrontPage) -> None:
    page = render_index(founding)
    assert len(founding.answer.cards) == 3
    for card in founding.answer.cards:
        assert f'<h3><a href="events/{card.event_id}.html">' in page


def test_the_grid_holds_every_event_and_every_reaction_once(founding: FrontPage, store) -> None:
    cells = [cell for line in founding.rows for cell in line.cells]
    assert len(cells) == len(store.reactions) == 208
    assert len({cell.anchor for cell in cells}) == 208
    first = [cell.number for cell in cells if cell.known and not cell.first]
    assert sorted(first) == list(range(128))


def test_a_grid_of_one_article_holds_its_events(store, seeds) -> None:
    article = seeds.articles[0]
    told = telling(store, seeds)
    mine = [e.id for e in told.ordered() if any(m.file == article.file for m in e.articles)]
    assert [line.event_id for line in grid_rows(told, {}, only=mine)] == mine


def test_one_sheet_holds_the_answer_and_the_front_page_leads_to_it(founding: FrontPage) -> None:
    assert 'href="summary.html"' in render_index(founding).split('id="data"')[1]
    page = render_summary(founding)
    said = words(page)
    parts = [
        "Did the news move the markets?", founding.answer.headline, founding.charts[0].title,
        *(part for key in founding.answer.keys for part in (key.figure, key.words)),
        "How we know", *founding.lines, f"To cite: {founding.citation}",
    ]  # fmt: skip
    places = [unescape(said).find(tie(part)) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert page.count("<h1>") == 1
    assert page.count("<figure") == 1
    assert HOSTILE not in render_summary(replace(founding, lines=(HOSTILE,), citation=HOSTILE))


def test_a_figure_that_comes_twice_leads_to_its_own_rows() -> None:
    """The second row was linked inside the first: a link in a link, and one without words."""
    html = '<p>One rose 0.5 %, <span class="def">0.5 %</span>two 0.5 %, three 10.5 %.</p>'.replace(
        " %", "\u202f%"
    )
    made = with_rows(html, (("0.5 %", "#a"), ("0.5 %", "#b"), ("0.5 %", "#c")))
    link = '<a class="row" href="#{}">0.5\u202f%</a>'
    assert made == html.replace("One rose 0.5\u202f%", f"One rose {link.format('a')}").replace(
        "two 0.5\u202f%", f"two {link.format('b')}"
    )


def test_every_picture_has_an_address_and_a_citation(founding: FrontPage) -> None:
    page = render_index(founding)
    figures = re.findall(r'<figure id="([^"]+)".*?</figure>', page, re.DOTALL)
    cited = re.findall(r'<a class="address" href="#([^"]+)">index.html#([^<]+)</a>', page)
    assert [pair[0] for pair in cited] == [pair[1] for pair in cited] == figures
    for chart in (*founding.charts, founding.year):
        if chart:
            said = f"The market-reaction authors, “{chart.title}” (picture), version"
            assert tie(said) in unescape(page)
    whole = with_whole_addresses(page, "https://example.org/study/")
    assert 'href="#reactions">https://example.org/study/index.html#reactions</a>' in whole


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
        (day_text(None), "–"),
    ],
)
def test_figures_read_the_same_in_every_locale(made: str, text: str) -> None:
    assert made == text
