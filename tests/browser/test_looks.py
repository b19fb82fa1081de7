"""How pages look in every size: nothing cut, nothing over each other, also with 20 markets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser.chromium import show
from browser.looks import axe_violations, flaws, sheets_of
from browser.states import empty_site, hostile_site
from plain_words import faults

WIDTHS = (390, 768, 1300, 1900)
READING = ("index.html", "summary.html", "in-minutes.html", "one-event.html")
"""Pages for reading, besides those of events and articles: statistics stand closed there."""
LARGEST = {"index.html": 400_000, "summary.html": 150_000, "events": 200_000, "": 500_000}
"""Bytes of a page, by name or by folder; of any other report with the empty name."""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def looked_at(
    site: Path,
    every_kind: list[Path],
    crowded: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> list[Path]:
    """Pages of every kind and state."""
    place = tmp_path_factory.mktemp("states")
    states = (hostile_site(place / "hostile"), empty_site(place / "empty"))
    made = [page for one in states for page in sorted(one.rglob("*.html"))]
    return [*every_kind, *sorted(site.glob("events/*.html"))[::12], *crowded, *made]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_off_or_printed_over_something_else(
    browser: Any, looked_at: list[Path], width: int
) -> None:
    found = {}
    for page in looked_at:
        show(browser, page, width=width, scheme="light")
        wide = browser.execute_script("return document.documentElement.scrollWidth")
        seen = flaws(browser) + [f"{wide} px wide"] * (wide > width)
        if seen:
            found[str(page)] = seen
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768])
def test_axe_finds_nothing_on_pages_of_20_markets(
    browser: Any, crowded: list[Path], axe: str, width: int, scheme: str
) -> None:
    found = {}
    for page in crowded:
        show(browser, page, width=width, scheme=scheme)
        if violations := axe_violations(browser, axe):
            found[str(page)] = violations
    assert found == {}


def test_20_markets_print_on_few_sheets(browser: Any, crowded: list[Path]) -> None:
    few = {"index.html": 3, "summary.html": 1}
    sheets = {page.name: sheets_of(browser, page) for page in crowded if page.name in few}
    assert all(sheets[name] <= most for name, most in few.items()), sheets


def test_pages_stay_within_their_bytes(site: Path, crowded: list[Path]) -> None:
    pages = [p for p in (*sorted(site.rglob("*.html")), *crowded) if p.name != "methods.html"]
    most = [LARGEST.get(p.name) or LARGEST.get(p.parent.name) or LARGEST[""] for p in pages]
    large = {str(page): page.stat().st_size for page, size in zip(pages, most, strict=True)
             if page.stat().st_size > size}  # fmt: skip
    assert large == {}


def test_pages_keep_to_plain_words(looked_at: list[Path], site: Path) -> None:
    found = {}
    for page in dict.fromkeys((*looked_at, *sorted(site.rglob("*.html")))):
        reading = page.name in READING or page.parent.name.startswith(("events", "article-"))
        reading &= page.parent.name != "out"  # of a table study: its statistics stand open
        if page.name == "methods.html":
            continue  # it defines the words
        if wrong := faults(page.read_text(encoding="utf-8"), reading=reading):
            found[str(page)] = wrong
    assert found == {}
