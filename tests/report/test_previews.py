"""What a posted link shows is made from the page it leads to."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import pandas as pd
import pytest

from analysis.chapters.shared.moves import Moves
from analysis.chapters.shared.telling import telling
from analysis.report import previews
from analysis.report.events import write_event_pages
from analysis.report.manifest import Provenance
from analysis.report.previews import with_preview

EVENT = "nvidia-h20-resumption-2025-07-14"


def test_a_page_gets_its_title_sentence_and_picture(store, seeds, tmp_path):
    told = telling(store, seeds)
    cells = {key: cell for key, cell in told.moves.cells.items() if key[0] == EVENT}
    one = replace(told, moves=Moves(cells, told.moves.markets))
    write_event_pages(tmp_path, one, provenance=Provenance(), reports={})
    name = f"events/{EVENT}.html"
    page = (tmp_path / name).read_text(encoding="utf-8")
    shown, pictures = with_preview(page, name, address="https://example.org/study/")
    tags = dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', shown))
    assert tags["og:title"].startswith("It depends on the yardstick: Nvidia rose 4.0")
    assert "ordinary days" in tags["og:description"]
    assert tags["og:image"] == f"https://example.org/study/previews/events-{EVENT}.png"
    (picture,) = pictures.values()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 300_000
    assert with_preview(page, name, address="https://example.org/study/")[1] == pictures
    inside, _ = with_preview(page, name)
    assert f'content="../previews/events-{EVENT}.png"' in inside


@pytest.mark.parametrize("words", [3, 24, 40])
def test_a_long_title_gets_smaller_type_and_loses_no_word(words):
    """The fourth line of a title was left out without a word."""
    title = " ".join(["headline"] * words)
    points, lines = previews.fitted(title)
    assert (points == 27) == (words == 3)
    if words < 40:
        assert " ".join(lines) == title
    else:
        assert lines[-1].endswith("…")


def test_a_page_without_a_heading_stays_as_it_is():
    assert with_preview("<html></html>", "a.html") == ("<html></html>", {})


def test_hostile_titles_stay_words():
    page = '<html><head></head><h1>&lt;script&gt; "x" $5</h1></html>'
    shown, pictures = with_preview(page, "a.html")
    assert 'content="&lt;script&gt; &quot;x&quot; $5"' in shown
    assert pictures == {}


@pytest.mark.parametrize(
    "table",
    [
        "market,event_day,session,price,expected,low,high\nA,-1,2025-01-02,100,100,100,100\n"
        "A,0,2025-01-03,104,101,99,103\n",
        "statistic,stands_out\n0.4,False\n3.2,True\n-7.0,True\n",
        "row,value,low,high,whole,as_unusual,ordinary_days\nA$,0.04,-0.02,0.02,0.05,1,300\n",
        "event_id,ret,day,minutes\ne,0.01,0.5,1.7\ne,-0.01,,0.2\n",
        "date,A,B,event_ids\n2025-01-02,100,,e\n2025-01-03,101,5,\n",
        "study,kind,share\nOne of theirs with a very long name,a,0.5\nTwo,b,-0.2\n",
    ],
    ids=["path", "dots", "bands", "minutes", "lines", "any other"],
)
def test_every_kind_of_picture_has_a_preview(table):
    """Only pages of events and the front page had one."""
    page = (
        "<html><head></head><h1>T</h1><figure id='f'><p class=\"ft\">What it is in $</p>"
        f'<a download="f.csv" href="data:text/csv;charset=utf-8,{quote(table)}">x</a></figure>'
    )
    shown, pictures = with_preview(page, "a/a.html")
    (picture,) = pictures.values()
    assert picture.startswith(b"\x89PNG")
    assert 'property="og:image"' in shown
    words_only = page.replace(quote(table), quote("a,b\nx,y\n"))
    assert with_preview(words_only, "a/a.html")[1] == {}


def test_a_preview_draws_dollars_as_they_are_written(monkeypatch):
    drawn, made = [], previews.new_figure
    monkeypatch.setattr(
        previews, "new_figure", lambda *a, **k: drawn.append(made(*a, **k)) or drawn[-1]
    )
    table = pd.DataFrame(
        {"event_day": [0, 1], "session": ["2025-01-02", "2025-01-03"], "price": [1.0, 2.0]}
    ).assign(expected=1.0, low=0.5, high=2.5)
    assert previews._drawn("A $5bn stake at $23.28", "Tariffs on $200bn", table, previews._path)
    texts = {text.get_text(): text.get_parse_math() for text in drawn[0].texts}
    assert texts == {
        "Tariffs on $200bn": False,
        "A $5bn stake at $23.28": False,
        "Source: Market reaction": False,
    }
