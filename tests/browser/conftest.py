"""The one browser that every file here opens pages in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from browser.chromium import ROOT, open_browser

from analysis.__main__ import main
from analysis.reactions.run_spec import RunSpec
from analysis.report.build import build_reports
from analysis.workspace import Workspace

_FULL = ("replications", "replication-alchian-bomb", "test-battery", "moving-together")
"""Chapters of the tier ``full`` that run in seconds."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with open_browser() as window:
        yield window


@pytest.fixture(scope="session")
def further(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages that a finished site does not hold: chapters run on request, and a table study."""
    out = tmp_path_factory.mktemp("further")
    run = RunSpec(markets=("NVDA", "^N225"))
    workspace = Workspace(ROOT, reports=out / "reports")
    assert build_reports(workspace, run, only=_FULL, stream=io.StringIO()) == 0
    pages = [workspace.reports / name / f"{name}.html" for name in _FULL]
    return [*pages, _table_study(out)]


def _table_study(place: Path) -> Path:
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2022-01-03", periods=420, name="date")
    returns = pd.DataFrame(rng.normal(0, 0.01, (420, 4)), days, ["ABCD", "EFGH", "IJKL", "SPX"])
    (100 * (1 + returns).cumprod()).round(6).to_csv(place / "prices.csv")
    rows = rng.choice(np.arange(160, 400), 12, replace=False)
    events = [f"{days[row]:%Y-%m-%d},{returns.columns[n % 3]}" for n, row in enumerate(rows)]
    (place / "events.csv").write_text("\n".join(["date,ticker", *events]) + "\n")
    words = ["study", "--events", str(place / "events.csv"), "--prices", str(place / "prices.csv")]
    more = ["--benchmark", "SPX", "--window", "0", "0", "--out", str(place / "out"), "--report"]
    assert main([*words, *more]) == 0
    return place / "out" / "index.html"
