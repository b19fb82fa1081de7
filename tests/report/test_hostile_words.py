"""Words as somebody might send them, through every kind of page, file, preview and the printer."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from browser.chromium import open_browser

from analysis.__main__ import main
from analysis.reactions.run_spec import RunSpec
from analysis.report.build import build_reports
from analysis.report.publish import publish
from analysis.seeds.scaffold import new_workspace
from analysis.workspace import Workspace

TITLES = (
    "Tariffs on $200bn of goods, 25% on $50bn",
    r"$5bn at $23.28 ^N225_x \frac{1}{0} $\undefined$ \textbf{x}",
    "<script>alert(1)</script> & 'q' \"t\" <img src=x onerror=alert(2)>",
    "=cmd|' /C calc'!A0 {{ 7*7 }} {% raw %} %d",
    "英伟达恢复销售 🚀 e\u0301\u0302 zero\u200bwidth\ufeff",
    "W" * 200,
    "*bold* _it_ `code` [link](javascript:alert(1)) | pipe",
)
NAME = "Jür $5 & <b>x</b> \"q\" 'a' 100% #1 | *b* {x}"
NOTEBOOKS = ("01_data_and_events", "02_one_event", "03_all_events", "05_article")
MARKUP = ("<script>alert", "<img src=x", 'href="javascript:', "<b>x</b>", "<em>it</em>")
MOST_OF_A_RUN = 210
"""Letters without a blank: a title of two hundred of them is allowed, and wraps."""


def event(n: int, title: str, day: str) -> dict[str, object]:
    moment = {"best": f"{day}T18:00Z", "earliest": f"{day}T17:00Z", "latest": f"{day}T19:00Z"}
    return {
        "id": f"e{n}", "title": title, "role": "context" if n else "headline", "category": "other",
        "announced": {**moment, "precision": "hour", "basis": f"{NAME} {title}"},
        "implied_direction": {"NVDA": "up", "^N225": "down"}, "implied_why": NAME,
        "evidence": [{"url": "https://example.org/?a=$1&b='x'", "says": title}],
        "confounders": [title], "doubts": [title],
        "reported_in": [
            {"article": "my-article.txt", "how": "mention" if n else "headline", "said": title}
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Workspace:
    """A workspace whose every name is hostile, in a folder whose name is, too."""
    parent = tmp_path_factory.mktemp("hostile") / 'Jürgen\'s "q" 100% #1\nline $5'
    parent.mkdir()
    root = new_workspace("ws", parent=parent)
    closes = pd.read_csv(root / "data" / "closes.csv", index_col=0).tail(220)
    closes.to_csv(root / "own $ ü.csv")
    days = list(closes.index[-12 * len(TITLES) :: 12])
    seeds = {
        "events": [event(n, t, day) for n, (t, day) in enumerate(zip(TITLES, days, strict=True))],
        "articles": [
            {"file": "my-article.txt", "label": NAME, "publisher": NAME,
             "url": "https://example.org/?a=$1&b=%3C",
             "published": {**dict.fromkeys(("best", "earliest", "latest"), "2025-12-01"),
                           "basis": NAME},
             "headline_event": "e0", "gist": " ".join((NAME, *TITLES))}
        ],
        "studies": [
            {"name": notebook[3:].replace("_", "-"), "title": TITLES[n], "question": NAME + "?",
             "notebook": f"{notebook}.ipynb", "tier": "core",
             "parameters": {"article": "my-article.txt"} if "article" in notebook else {}}
            for n, notebook in enumerate(NOTEBOOKS)
        ],
    }  # fmt: skip
    markets = yaml.safe_load((root / "seeds" / "markets.yaml").read_text("utf-8"))
    for market, short in zip(
        markets, ('N$V <i>& "q"', "_Nik_ $kei$ 🚀", "S&P <500> $"), strict=True
    ):
        market |= {"short": short, "name": NAME, "note": NAME}
    for name, records in {**seeds, "markets": markets}.items():
        text = yaml.safe_dump(records, allow_unicode=True, sort_keys=False)
        (root / "seeds" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Workspace(root=root, reports=parent / "rep $1 <x>")


@pytest.fixture(scope="module")
def site(kernels, workspace) -> Path:
    run = RunSpec(prices=str(workspace.root / "own $ ü.csv"))
    assert build_reports(workspace, run, stream=io.StringIO()) == 0
    return workspace.reports


@pytest.fixture(scope="module")
def pages(site) -> list[Path]:
    found = sorted(site.rglob("*.html"))
    kinds = {"index.html", "summary.html", "e0.html", "article.html", "all-events.html"}
    assert kinds <= {page.name for page in found}
    return found


def without_scripts(page: Path) -> str:
    return re.sub(r"<(script|style)\b.*?</\1>", "", page.read_text("utf-8"), flags=re.DOTALL)


def test_no_word_becomes_markup_or_a_wall(pages):
    for page in pages:
        text = without_scripts(page)
        assert not [markup for markup in MARKUP if markup in text], page
        shown = html.unescape(re.sub(r"<[^>]+>", " ", text))
        assert max(map(len, shown.split())) <= MOST_OF_A_RUN, page
    front = next(page for page in pages if page.name == "index.html").read_text("utf-8")
    assert TITLES[0] in html.unescape(front)


def test_no_cell_of_a_data_file_is_a_formula(site):
    for file in site.rglob("*.csv"):
        with file.open(newline="", encoding="utf-8") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.lstrip("\ufeff\u200b \t\n")[:1] in set("=@")]


def test_what_is_published_names_no_folder_and_every_page_has_its_preview(site, tmp_path):
    names = publish(site, tmp_path / "site", address="https://example.org/a b/")
    assert any(name.endswith(".png") for name in names)
    for file in (tmp_path / "site").rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert b"rgen's" not in content, file
        assert b"hostile0" not in content, file


@pytest.mark.browser
def test_every_page_is_printed_and_read_without_losing_a_word_at_the_edge(pages):
    with open_browser() as browser:
        for page in pages:
            browser.get(page.as_uri())
            assert browser.title, page
            assert [e for e in browser.get_log("browser") if e["level"] == "SEVERE"] == [], page
            sheet = {"paperWidth": 8.27, "paperHeight": 11.69, "printBackground": True}
            printed = browser.execute_cdp_cmd("Page.printToPDF", sheet)
            assert base64.b64decode(printed["data"]).startswith(b"%PDF-"), page
            for width, media in ((794, "print"), (390, "screen"), (1280, "screen")):
                size = {"width": width, "height": 1123, "deviceScaleFactor": 1, "mobile": False}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media})
                wide = browser.execute_script("return document.documentElement.scrollWidth")
                assert wide <= width, (page, media)


# -- tables of companies' events -------------------------------------------------------------------

HEADLINES = (
    *TITLES[:4], "x" * 10_000, "word " * 2_000, "two\nlines\tand a tab", "bell\x07",
    "safe \u202eexe.fdp \u2066x\u2069", "@SUM(A1)",
)  # fmt: skip


def test_a_table_of_hostile_events_is_studied_and_written_as_text(tmp_path, walk):
    openpyxl = pytest.importorskip("openpyxl")
    place = tmp_path / 'Jür "q" 100% #\n$5'
    place.mkdir()
    securities = ["=A1", "$B_^", "C & <b>"]
    walk(securities).to_csv(place / "pr $.csv")
    rows = [
        {"date": f"{walk.days[150 + 10 * n]:%Y-%m-%d}", "ticker": securities[n % 3],
         "headline": title, "sector": ["$a_b & <i>", "=1+1"][n % 2], "=head $": n}
        for n, title in enumerate(HEADLINES)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(place / "ev.csv", index=False)
    command = ["study", "--events", str(place / "ev.csv"), "--prices", str(place / "pr $.csv")]
    assert main([*command, "--window", "0", "0", "--out", str(place / "out")]) == 0
    for file in (place / "out").glob("*.csv"):
        with file.open(newline="", encoding="utf-8") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [c for c in cells if c.lstrip()[:1] in set("=@")], file.name
        assert max(map(len, cells)) < 1000, file.name
        assert not [c for c in cells if re.search("[\x00-\x08\u202a-\u202e\u2066-\u2069]", c)]
    book = openpyxl.load_workbook(place / "out" / "results.xlsx")
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    tex = (place / "out" / "tables.tex").read_text("utf-8")
    assert r"\$a\_b \& \textless{}i\textgreater{}" in tex
    assert json.loads((place / "out" / "run.json").read_text("utf-8"))


@pytest.fixture
def walk():
    import numpy as np

    days = pd.bdate_range("2022-01-03", periods=280, name="date")

    def prices(names):
        steps = np.random.default_rng(5).normal(0, 0.01, (len(days), len(names)))
        return (100 * (1 + pd.DataFrame(steps, days, names)).cumprod()).round(6)

    prices.days = days
    return prices
