"""What a posted link shows is made from the page it leads to."""

from __future__ import annotations

import re

from analysis.chapters.event.story import telling
from analysis.report.events import write_event_pages
from analysis.report.manifest import Provenance
from analysis.report.previews import with_preview

EVENT = "nvidia-h20-resumption-2025-07-14"


def test_a_page_gets_its_title_sentence_and_picture(store, seeds, tmp_path):
    write_event_pages(tmp_path, telling(store, seeds), provenance=Provenance(), reports={})
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


def test_a_page_without_a_heading_stays_as_it_is():
    assert with_preview("<html></html>", "a.html") == ("<html></html>", {})


def test_hostile_titles_stay_words():
    page = '<html><head></head><h1>&lt;script&gt; "x" $5</h1></html>'
    shown, pictures = with_preview(page, "a.html")
    assert 'content="&lt;script&gt; &quot;x&quot; $5"' in shown
    assert pictures == {}
