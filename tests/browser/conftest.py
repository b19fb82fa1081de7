"""The one browser that every file here opens pages in."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from browser.chromium import ROOT, finished_site, open_browser
from browser.states import crowd
from once import once

from analysis.__main__ import main
from analysis.reactions.run_spec import RunSpec
from analysis.report.build import build_reports
from analysis.report.jupyter import execute, read_notebook
from analysis.report.page import PageHeader, render_page
from analysis.report.scrub import scrub_notebook
from analysis.workspace import Workspace

_FULL = ("replications", "replication-alchian-bomb", "test-battery", "moving-together")
"""Chapters of the tier ``full`` that run in seconds."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as window:
        yield window


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core: node_modules/ after ``npm install``, or where the variable says."""
    named = os.environ.get("MARKET_REACTION_AXE")
    file = Path(named) if named else ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not file.is_file():
        pytest.skip("no axe-core; run: npm install --no-save axe-core")
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def further(kernels: None, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages that a finished site does not hold: chapters run on request, a table study, by hand."""
    out = once(tmp_path_factory, "further", _further)
    pages = [out / "reports" / name / f"{name}.html" for name in _FULL]
    return [*pages, out / "out" / "index.html", out / "by-hand" / "by-hand.html"]


@pytest.fixture(scope="session")
def site() -> Path:
    folder = finished_site()
    if folder is None:
        pytest.skip("no finished site; run make reports")
    return folder


def chosen(site: Path) -> list[Path]:
    """One page of every kind: all of them share templates."""
    kinds = ("index.html", "summary.html", "methods.html", "events/*.html", "one-event/*.html",
             "article-*/*.html", "all-events/*.html", "reactions-together/*.html",
             "data-and-events/*.html", "simulated-market/*.html", "in-minutes/*.html")  # fmt: skip
    return [page for kind in kinds for page in sorted(site.glob(kind))[:1]]


@pytest.fixture(scope="session")
def every_kind(site: Path, further: list[Path]) -> list[Path]:
    """One page of every kind: those of the site, and those that are made on request."""
    return [*chosen(site), *further]


@pytest.fixture(scope="session")
def crowded(kernels: None, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages of a study of 20 markets: front, sheet, two events, all events, together."""
    site = once(tmp_path_factory, "crowd", crowd) / "reports"
    kinds = ("index.html", "summary.html", "events/*.html", "all-events/*.html",
             "reactions-together/*.html")  # fmt: skip
    pages = [page for kind in kinds for page in sorted(site.glob(kind))[:2]]
    assert len(pages) == 6
    return pages


def _further(out: Path) -> None:
    run = RunSpec(markets=("NVDA", "^N225"))
    workspace = Workspace(ROOT, reports=out / "reports")
    assert build_reports(workspace, run, only=_FULL, stream=io.StringIO()) == 0
    _table_study(out)
    opened = {"spec": run.to_json(), "workspace": str(ROOT), "store": str(workspace.stores)}
    _by_hand(out / "by-hand", json.dumps(opened))


def _by_hand(place: Path, run: str) -> None:
    """Render the notebook that works one event by hand, which is no report of its own."""
    place.mkdir()
    notebook = read_notebook(ROOT / "notebooks" / "00_by_hand.ipynb")
    done, error = execute(notebook, parameters={"run": run}, cwd=place, timeout=600)
    assert error is None
    page = render_page(scrub_notebook(done, folders=[]), PageHeader(title="One event by hand"))
    (place / "by-hand.html").write_text(page, encoding="utf-8")


def _table_study(place: Path) -> None:
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2022-01-03", periods=420, name="date")
    returns = pd.DataFrame(rng.normal(0, 0.01, (420, 4)), days, ["ABCD", "EFGH", "IJKL", "SPX"])
    (100 * (1 + returns).cumprod()).round(6).to_csv(place / "prices.csv")
    rows = rng.choice(np.arange(160, 400), 16, replace=False)
    events = [
        f"{days[row]:%Y-%m-%d},{returns.columns[n % 3]},{'xy'[n % 2]}" for n, row in enumerate(rows)
    ]
    (place / "events.csv").write_text("\n".join(["date,ticker,kind", *events]) + "\n")
    words = ["study", "--events", str(place / "events.csv"), "--prices", str(place / "prices.csv")]
    more = ["--benchmark", "SPX", "--window", "0", "0", "--out", str(place / "out"), "--report"]
    assert main([*words, *more]) == 0
