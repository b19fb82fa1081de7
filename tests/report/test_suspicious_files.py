"""Reports of a file of prices that is suspicious say so at the top of every kind of page."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from report_runs import ROOT, report, small_workspace

from analysis.__main__ import main

EVENT = "nvidia-h20-resumption-2025-07-14"
PAGES = ("index.html", f"events/{EVENT}.html", "one-event/one-event.html")


ARTICLE = "Nvidia said on July 14, 2025, at 8:00 p.m. that it would sell its H20 chip again.\n"


@pytest.fixture(scope="module")
def prices(tmp_path_factory):
    """A file of prices that repeat the closes of four Fridays."""
    folder = tmp_path_factory.mktemp("suspicious")
    closes = pd.read_csv(ROOT / "data" / "closes.csv", index_col="date", parse_dates=True)
    fridays = closes[closes.index.day_of_week == 4].iloc[[3, 13, 23, 33]]
    saturdays = fridays.set_axis(fridays.index + pd.Timedelta(days=1))
    pd.concat([closes, saturdays]).sort_index().rename_axis("date").to_csv(folder / "p.csv")
    return folder / "p.csv"


@pytest.fixture(scope="module")
def site(kernels, prices):
    """A small site on these prices, accepted."""
    report(
        prices.parent / "reports", "--only", "one-event", "--market", "NVDA", "--event", EVENT,
        "--prices", str(prices), "--accept-prices",
    )  # fmt: skip
    return prices.parent / "reports"


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


def test_the_pages_of_an_article_say_what_of_its_prices_a_person_accepted(prices, tmp_path, capsys):
    text = tmp_path / "article.txt"
    text.write_text(ARTICLE, encoding="utf-8")
    command = ["article", str(text), "--published", "2025-07-15T09:00-04:00", "--market", "NVDA",
               "--prices", str(prices), "--workspace", str(small_workspace()),
               "--out", str(tmp_path / "out"), "--accept-prices"]  # fmt: skip
    assert main(command) == 0
    assert "note: accepted by --accept-prices: NVDA has prices on" in capsys.readouterr().out
    pages = [page.read_text(encoding="utf-8") for page in (tmp_path / "out").rglob("*.html")]
    headed = [page[: page.index("<h1")] for page in pages if "<h1" in page]
    assert sum("accepted by --accept-prices: NVDA has prices on" in top for top in headed) >= 2
