"""The finished pages in a real browser with the network cut.

``MARKET_REACTION_REPORTS`` names the folder to open; without it ``reports/`` of the repository is
taken if it holds a finished site, else a small site is made here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from browser.chromium import finished_site, show
from browser.states import empty_site, hostile_site

WIDTHS = (390, 1280)
NO_SCRIPT = ("methods.html", "dictionary.html", "summary.html")
SCHEMES = ("light", "dark")
LOCAL = ("file:", "data:", "about:", "blob:")
READ_PAGE = """
return {
  links: [...document.querySelectorAll('a')].map(a => a.href.baseVal ?? a.getAttribute('href'))
         .filter(h => h !== null),
  ids: [...document.querySelectorAll('[id]')].map(e => e.id),
  broken: [...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.alt),
  unnamed: [...document.images].filter(i => !i.alt.trim()).length,
  active: document.querySelectorAll(
    'script[src], iframe, object, embed, link[rel=stylesheet]').length,
  scripts: document.scripts.length,
  heads: [...document.querySelectorAll('h1, h2, h3, h4')].map(h => +h.tagName[1]),
  title: document.title, lang: document.documentElement.lang,
  width: document.documentElement.scrollWidth,
};
"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = finished_site()
    if folder is not None:
        return folder
    return hostile_site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def pages(site: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All pages: those of the site, and of sites with hostile words and with nothing to say."""
    other = tmp_path_factory.mktemp("states")
    sites = (site, hostile_site(other / "hostile"), empty_site(other / "empty"))
    return [page for one in sites for page in sorted(one.rglob("*.html"))]


def read(browser: Any, page: Path, *, width: int = 1280, scheme: str = "light") -> dict[str, Any]:
    browser.get_log("performance"), browser.get_log("browser")  # forget the page before
    show(browser, page, width=width, scheme=scheme)
    found: dict[str, Any] = browser.execute_script(READ_PAGE)
    found["console"] = [
        entry for entry in browser.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}
    ]
    found["requests"] = _requests(browser)
    return found


def _requests(browser: Any) -> list[str]:
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_whole_and_alone(
    browser: Any, pages: list[Path], width: int, scheme: str
) -> None:
    for page in pages:
        found = read(browser, page, width=width, scheme=scheme)
        outside = [url for url in found["requests"] if not url.startswith(LOCAL)]
        others = [url for url in found["requests"] if url.startswith("file:")]
        assert outside == [], page
        assert others == [page.as_uri()], page  # the page itself and nothing beside it
        assert found["console"] == [], page
        assert (found["broken"], found["unnamed"], found["active"]) == ([], 0, 0), page
        assert found["scripts"] == (page.name not in NO_SCRIPT), page
        assert found["width"] <= width, f"{page} is wider than a window of {width} px"
        assert (found["lang"], found["heads"].count(1)) == ("en", 1), page
        assert found["title"] not in {"", "broken"}, page
        steps = zip(found["heads"], found["heads"][1:], strict=False)
        assert all(below <= above + 1 for above, below in steps), f"{page} skips a heading level"


def test_every_relative_link_and_anchor_resolves(browser: Any, pages: list[Path]) -> None:
    found = {page: read(browser, page) for page in pages}
    wrong = []
    for page, content in found.items():
        assert len(content["ids"]) == len(set(content["ids"])), f"{page} has an id twice"
        for link in content["links"]:
            if urlsplit(link).scheme in {"http", "https", "mailto", "data"}:
                continue
            address, anchor = urldefrag(link)
            target = (page.parent / unquote(address)).resolve() if address else page
            known = found[target]["ids"] if target in found else []
            if not target.is_file() or (anchor and unquote(anchor) not in known):
                wrong.append(f"{page.name}: {link}")
    assert wrong == []
