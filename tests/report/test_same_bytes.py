"""Same inputs, same bytes: whatever the time zone, the locale, the workers and the folder."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from report_runs import ROOT, SMALL, bytes_of, run, small_workspace

from analysis.chapters.all_events.answer import Answer
from analysis.chapters.all_events.cells import GridCell, GridRow
from analysis.report.site import FrontPage, MarketHead, render_index

INDEX, EVENT, REPORT = 400_000, 200_000, 500_000
"""Size budgets, bytes."""


@pytest.mark.parametrize(
    ("options", "environment"),
    [
        (
            ("--jobs", "1"),
            {
                "TZ": "Pacific/Kiritimati",
                "LC_ALL": "de_DE.UTF-8",
                "LANG": "de",
                "COLUMNS": "40",
                "MARKET_REACTION_KERNELS": "ordinary",
                "OPENBLAS_NUM_THREADS": "2",
            },
        ),
        (("--jobs", "3"), {"TZ": "America/Los_Angeles", "LC_ALL": "C", "PYTHONHASHSEED": "7"}),
    ],
    ids=["east, German, one ordinary kernel", "west, C, three forked kernels"],
)
def test_the_same_bytes_everywhere(small_site, tmp_path, options, environment):
    elsewhere = tmp_path / "a folder with spaces" / "and a far longer name than the first one had"
    elsewhere.mkdir(parents=True)
    out = elsewhere / "reports"
    run(out, *SMALL, *options, cwd=elsewhere, **environment)
    assert bytes_of(out) == bytes_of(small_site)


def test_no_file_names_this_machine(small_site):
    for file in small_site.rglob("*"):
        if file.is_file() and "_store" not in file.parts:
            text = file.read_text(encoding="utf-8")
            assert str(ROOT) not in text, file
            assert small_workspace().name not in text, file
            assert str(small_site) not in text, file


def test_size_budgets(small_site):
    finished = ROOT / "reports"
    for out in (small_site, *([finished] if (finished / "index.html").is_file() else [])):
        assert (out / "index.html").stat().st_size < INDEX
        for page in out.glob("*/*.html"):
            assert page.stat().st_size < (EVENT if page.parent.name == "events" else REPORT), page


# -- the one script ------------------------------------------------------------------------------


def scripts_and_policy(page: str) -> tuple[list[str], str]:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    return re.findall(r"<script>(.*?)</script>", page, re.DOTALL), policy[1].replace("&#39;", "'")


def test_a_page_has_at_most_one_script_and_its_policy_names_it(small_site):
    for page in small_site.rglob("*.html"):
        scripts, policy = scripts_and_policy(page.read_text(encoding="utf-8"))
        digests = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
        allowed = re.findall(r"script-src ([^;]*)", policy)
        assert allowed == [f"'sha256-{digest}'" for digest in digests], page
        assert len(scripts) == (page.name not in {"methods.html", "summary.html"}), page


def test_hostile_words_stay_words_in_attributes_of_the_filter():
    hostile = "\"><script>alert(1)</script>|' onload='x"
    row = GridRow("e1", hostile, "1 May", hostile, (GridCell("e1.X", hostile),),
                  articles=(hostile,))  # fmt: skip
    answer = Answer(hostile, (), (), (), "", ())
    page = render_index(FrontPage(answer, (MarketHead("^X", hostile),), (row,)))
    assert "<script>alert" not in page
    assert page.count("<script>") == 1
