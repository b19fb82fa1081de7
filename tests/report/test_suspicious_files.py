"""Reports of a file of prices that is suspicious say so at the top of every kind of page."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from report_runs import ROOT, run, small_workspace

EVENT = "nvidia-h20-resumption-2025-07-14"
PAGES = ("index.html", f"events/{EVENT}.html", "one-event/one-event.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A small site on prices that repeat the closes of four Fridays, accepted."""
    folder = tmp_path_factory.mktemp("suspicious")
    closes = pd.read_csv(ROOT / "data" / "closes.csv", index_col="date", parse_dates=True)
    fridays = closes[closes.index.day_of_week == 4].iloc[[3, 13, 23, 33]]
    saturdays = fridays.set_axis(fridays.index + pd.Timedelta(days=1))
    pd.concat([closes, saturdays]).sort_index().rename_axis("date").to_csv(folder / "p.csv")
    run(
        folder / "reports", "--only", "one-event", "--market", "NVDA", "--event", EVENT,
        "--prices", str(folder / "p.csv"), "--accept-prices", root=small_workspace(),
    )  # fmt: skip
    return folder / "reports"


@pytest.mark.parametrize("page", PAGES)
def test_the_note_stands_above_the_heading(site, page):
    text = (site / page).read_text(encoding="utf-8")
    top = text[: text.index("<h1")]
    assert "every series of XNYS repeats its close on 2024-01-27" in top
    assert "accepted by --accept-prices: NVDA has prices on" in top


def test_what_a_person_accepted_is_recorded(site):
    record = json.loads((site / "data" / "run.json").read_text(encoding="utf-8"))
    assert record["run"]["accept_prices"] is True
    assert any("accepted by --accept-prices" in note for note in record["gate"])
