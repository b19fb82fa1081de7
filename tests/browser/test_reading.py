"""Pages as people meet them: accessibility by axe, the keyboard, the filter, deep links, paper."""

from __future__ import annotations

import base64
import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from browser.chromium import lay_out, show, wait_until
from browser.looks import axe_violations, sheets_of

SCHEMES = ("light", "dark")
WIDTHS = (390, 768, 1300, 1900)
PAPER = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(
    browser: Any, every_kind: list[Path], axe: str, width: int, scheme: str
) -> None:
    found = {}
    for page in every_kind:
        show(browser, page, width=width, scheme=scheme)
        if violations := axe_violations(browser, axe):
            found[str(page)] = violations
    assert found == {}


def open_front(browser: Any, site: Path) -> None:
    show(browser, site / "index.html", width=1280, scheme="light")


def choose(browser: Any, **values: str) -> list[str]:
    """Fill the form; return the titles of the rows that are shown."""
    browser.execute_script(
        "const t = document.getElementById('tools');"
        "for (const [k, v] of Object.entries(arguments[0])) t.elements[k].value = v;"
        "t.dispatchEvent(new Event('input'));",
        values,
    )
    titles: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('table.grid tbody > tr:not([hidden]) > th')]"
        ".map(h => h.innerText)"
    )
    return titles


def test_the_filter_finds_by_category_words_article_and_status(browser: Any, site: Path) -> None:
    open_front(browser, site)
    every = choose(browser)
    assert len(every) == 52
    easing = choose(browser, category="control easing")
    assert 0 < len(easing) < len(every)
    assert all("control easing" in title for title in easing)
    found = choose(browser, category="", q="h20 licence")
    assert found
    assert all("h20" in t.lower() and "licence" in t.lower() for t in found)
    article = browser.execute_script("return document.querySelector('[name=article]')[1].value")
    assert 0 < len(choose(browser, q="", article=article)) < len(every)
    marked = choose(browser, article="", status="marked")
    assert 0 < len(marked) < len(every)
    said = browser.execute_script("return document.querySelector('#tools output').value")
    assert said == f"{len(marked)} of 52 events"
    assert choose(browser, status="", q="no such word") == []
    assert choose(browser, q="") == every


def test_sorting_puts_the_largest_move_of_a_market_first(browser: Any, site: Path) -> None:
    open_front(browser, site)
    for view, name in (("b", "beyond"), ("r", "whole")):
        browser.find_element("css selector", f'.switch input[value="{view}"]').click()
        choose(browser, order="0")
        sizes = browser.execute_script(
            "return [...document.querySelectorAll('table.grid tbody > tr')].map(r => r.cells[1])"
            ".filter(c => c.dataset.n).map(c => Math.abs(c.dataset[arguments[0]]))",
            name,
        )
        assert sizes == sorted(sizes, reverse=True)
        assert len(sizes) == 36


def test_events_of_a_table_study_sort_by_their_heads_and_all_can_be_shown(
    browser: Any, further: list[Path]
) -> None:
    show(browser, further[-2], width=1300, scheme="light")
    cells = (
        "return [...document.querySelectorAll('table.sortable tbody tr:not([hidden])')]"
        ".map(r => r.cells[r.cells.length - 3].textContent.replace('−', '-'))"
    )
    head = "table.sortable thead th:nth-last-child(3) button"
    assert len(browser.execute_script(cells)) == 12
    browser.find_element("css selector", head).click()
    smallest = [float(text) for text in browser.execute_script(cells)]
    browser.find_element("css selector", "button.all").click()
    every = [float(text) for text in browser.execute_script(cells)]
    assert every == sorted(every)
    assert (len(every), smallest) == (16, every[:12])
    browser.find_element("css selector", head).click()
    assert [float(text) for text in browser.execute_script(cells)] == every[::-1]


def test_the_switch_changes_picture_colours_and_address_together(browser: Any, site: Path) -> None:
    open_front(browser, site)
    read = (
        "const c = document.getElementById('china-84pct-tariff-2025-04-09.NVDA');"
        "return [getComputedStyle(c).backgroundColor,"
        " [...document.querySelectorAll('figure .ft')].filter(e => e.checkVisibility())"
        ".map(e => e.textContent)[0], location.hash, document.querySelector('h1').textContent]"
    )
    beyond = browser.execute_script(read)
    browser.find_element("css selector", '.switch input[value="r"]').click()
    whole = browser.execute_script(read)
    assert (beyond[2], whole[2]) == ("", "#raw")
    assert beyond[0] != whole[0]  # beyond it fell, in all it rose
    assert beyond[1] != whole[1]
    assert beyond[3] == whole[3]  # never a second headline
    open_front(browser, site)
    browser.execute_script("location.hash = 'raw'")
    wait_until(lambda: browser.execute_script(read)[0] == whole[0], "the colours of whole moves")


def test_dots_are_one_tab_stop_and_tell_what_they_are(browser: Any, site: Path) -> None:
    for width in (390, 768, 1300):
        show(browser, site / "index.html", width=width, scheme="light")
        dots = browser.execute_script(
            "return [...document.querySelectorAll('#reactions svg')].filter(s => "
            "s.getClientRects().length).flatMap(s => [...s.querySelectorAll('[data-c]')])"
        )
        assert len(dots) == 128
        stops = [dot for dot in dots if dot.get_attribute("tabindex") == "0"]
        assert len(stops) == 1
        said = browser.execute_script(
            "arguments[0].focus();"
            "return [document.querySelector('.tipbox').innerText, document.activeElement.tagName]",
            stops[0],
        )
        assert "ordinary days as unusual" in said[0]
        assert all(word in said[0] for word in ("moved", "expected", "beyond"))
        browser.execute_script(
            "arguments[0].dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'ArrowRight', bubbles: true}))",
            stops[0],
        )
        after = browser.execute_script(
            "return [document.activeElement.dataset.c, document.activeElement.getAttribute('href')]"
        )
        assert after[0] != stops[0].get_attribute("data-c")
        assert after[1].startswith("events/")
        browser.execute_script(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            " {key: 'Escape', bubbles: true}))"
        )
        assert browser.execute_script("return document.querySelector('.tipbox').hidden")


def test_a_deep_link_leads_to_its_cell_even_while_a_filter_hides_it(
    browser: Any, site: Path
) -> None:
    open_front(browser, site)
    ids = browser.execute_script(
        "return [...document.querySelectorAll('.grid td[id]')].map(e => e.id)"
    )
    assert len(ids) == len(set(ids)) == 52 * 4
    choose(browser, q="no such word")
    browser.execute_script("location.hash = arguments[0]", ids[-1])
    inside = (
        "const box = document.getElementById(arguments[0]).getBoundingClientRect();"
        "return box.height > 0 && box.top >= 0 && box.top < 900"
    )
    wait_until(lambda: browser.execute_script(inside, ids[-1]), ids[-1])


def test_a_picture_is_saved_with_its_title_and_source(
    browser: Any, site: Path, tmp_path: Path
) -> None:
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page = site / "events" / "nvidia-h20-resumption-2025-07-14.html"
    show(browser, page, width=1300, scheme="light")
    for kind in ("svg", "png"):
        browser.find_element("css selector", f'#sum button[data-as="{kind}"]').click()
        wait_until((tmp_path / f"sum.{kind}").is_file, kind)
    drawn = (tmp_path / "sum.svg").read_text(encoding="utf-8")
    assert "expected" in drawn
    assert "Source: Market reaction" in drawn
    assert (tmp_path / "sum.png").read_bytes().startswith(b"\x89PNG")


def test_without_scripts_the_page_is_whole(browser: Any, site: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, site / "index.html", width=1280, scheme="light", scripts=False)
        wait_until(  # without scripts nothing says that the page has been laid out
            lambda: (
                "Every news item in every market"
                in browser.execute_cdp_cmd("DOMSnapshot.captureSnapshot", {"computedStyles": []})[
                    "strings"
                ]
            ),
            "the heading of the grid",
        )
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    page = (site / "index.html").read_text(encoding="utf-8")
    assert len(re.findall(r'<tr id="(?!statistics\.)', page)) == 52
    assert '<form id="tools" class="tools noprint" hidden' in page


def test_the_policy_lets_no_other_script_run(browser: Any, site: Path, tmp_path: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    other = tmp_path / "index.html"
    evil = (
        "<script>document.title = 'broken'</script><img src=x onerror=\"document.title='broken'\">"
    )
    other.write_text(text.replace("</main>", f"{evil}</main>"), encoding="utf-8")
    show(browser, other, width=1280, scheme="light")
    assert browser.title != "broken"
    assert choose(browser, q="no such word") == []  # ours still runs


def test_everything_that_can_be_used_is_reached_by_keyboard(
    browser: Any, every_kind: list[Path]
) -> None:
    for page in every_kind:
        show(browser, page, width=1280, scheme="light")
        wanted = browser.execute_script(
            "const open = e => e.checkVisibility && e.checkVisibility();"
            "return [...document.querySelectorAll('a[href], summary, select, input, button,"
            ' [tabindex="0"]\')].filter(open).filter(e => e.tabIndex < 0 && !e.closest("svg"))'
            ".map(e => e.outerHTML)"
        )
        assert wanted == [], page
        scrolled = browser.execute_script(
            "return [...document.querySelectorAll('*')].filter(e => e.tabIndex < 0 && e.clientWidth"
            " && e.scrollWidth > e.clientWidth + 1"
            " && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX))"
            ".map(e => e.outerHTML.slice(0, 120))"
        )
        assert scrolled == [], page


def test_a_click_saves_the_data_of_a_figure(browser: Any, site: Path, tmp_path: Path) -> None:
    browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page = next(site.glob("one-event/*.html"))
    show(browser, page, width=1280, scheme="light")
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    for link in browser.find_elements("css selector", "figure a.data"):
        file = tmp_path / link.get_attribute("download")
        link.click()
        wait_until(file.is_file, file.name)
        _, address = link.get_attribute("href").split(",", 1)
        assert file.read_text(encoding="utf-8") == unquote(address)
        assert browser.current_url == page.as_uri()
    assert len(list(tmp_path.iterdir())) >= 2


@pytest.mark.parametrize("paper", PAPER)
def test_pages_print_without_losing_a_column(
    browser: Any, every_kind: list[Path], paper: str
) -> None:
    width, height = PAPER[paper]
    for page in every_kind:
        show(browser, page, width=1280, scheme="light")
        printed = browser.execute_cdp_cmd(
            "Page.printToPDF",
            {"paperWidth": width, "paperHeight": height, "printBackground": True,
             "preferCSSPageSize": False},
        )  # fmt: skip
        data = base64.b64decode(printed["data"])
        assert data.startswith(b"%PDF")
        lay_out(browser, width=int((width - 1.1) * 96), height=int(height * 96), media="print")
        over = browser.execute_script(
            "const w = document.documentElement.clientWidth;"
            "return [...document.querySelectorAll('main table, main img, main svg, main pre')]"
            ".filter(e => e.checkVisibility() && e.getBoundingClientRect().right > w + 2)"
            ".map(e => e.outerHTML.slice(0, 100) + ' ' + e.getBoundingClientRect().right)"
        )
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        assert over == [], page


@pytest.mark.parametrize(
    ("kind", "sheets"), [("index.html", 3), ("events", 2), ("summary.html", 1)]
)
def test_pages_take_few_sheets(browser: Any, site: Path, kind: str, sheets: int) -> None:
    page = site / kind
    if page.is_dir():
        page = page / "nvidia-h20-resumption-2025-07-14.html"
    assert sheets_of(browser, page) <= sheets


def test_focus_walks_the_page_in_the_order_it_is_read(browser: Any, every_kind: list[Path]) -> None:
    for page in every_kind:
        show(browser, page, width=1300, scheme="light")
        tops = browser.execute_script(
            "return [...document.querySelectorAll('main a[href], main summary, main button,"
            ' main input, main select, main [tabindex="0"]\')]'
            ".filter(e => e.checkVisibility()"
            " && !e.closest('svg, .cards, .pn, .key, ul, ol, dl, tr'))"
            ".map(e => [Math.round(e.getBoundingClientRect().top), e.tabIndex])"
        )
        assert all(index == 0 for _, index in tops), page  # nothing jumps the queue
        falls = [a - b for (a, _), (b, _) in pairwise(tops) if a > b + 40]
        assert falls == [], page


def test_the_split_of_the_day_is_printed_too(browser: Any, site: Path) -> None:
    """It was left out on paper so that an event fits two sheets."""
    show(
        browser, site / "events" / "nvidia-h20-resumption-2025-07-14.html",
        width=700, scheme="light",
    )  # fmt: skip
    lay_out(browser, width=700, height=900, media="print")
    seen = browser.execute_script(
        "return [...document.querySelectorAll('figure')].map(f => [f.id,"
        " [...f.querySelectorAll('svg')].filter(s => s.getClientRects().length).length])"
    )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert "minute-split" in dict(seen)
    assert {n for _, n in seen} == {1}
