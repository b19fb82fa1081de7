"""The quality report: each fault planted by hand is found, and the snapshot has none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.prices import load_prices, prices_from_frame
from analysis.prices.quality import check_quality
from analysis.seeds.markets import load_markets
from analysis.sessions.audit import audit_prices
from analysis.sessions.closures import load_corrections

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
MARKETS = load_markets(ROOT / "seeds" / "markets.yaml")
CORRECTIONS = load_corrections(DATA / "calendar_corrections.csv")
SNAPSHOT = load_prices([m.symbol for m in MARKETS], data_dir=DATA)


def audit(closes, snapshot=None):
    prices = prices_from_frame(closes)
    return audit_prices(prices, markets=MARKETS, corrections=CORRECTIONS, snapshot=snapshot)


def found(report, kind, severity="problem"):
    return [f for f in report.findings if (f.kind, f.severity) == (kind, severity)]


def test_the_snapshot_has_no_problem():
    report = audit(SNAPSHOT.closes, snapshot=SNAPSHOT.closes)
    assert report.problems == ()
    assert report.exit_code == 0
    assert [facts.symbol for facts in report.series] == list(SNAPSHOT.closes)
    # Press reports: NVDA fell 17 % on 27 January 2025, the Hang Seng 13.22 % on 7 April 2025.
    by_symbol = {facts.symbol: facts for facts in report.series}
    assert by_symbol["^HSI"].largest_on == "2025-04-07"
    assert by_symbol["^HSI"].largest_move == pytest.approx(-0.1322, abs=5e-5)
    assert any("2025-04-07" in f.text for f in found(report, "outlier", "notice"))


def test_a_session_without_a_price_is_a_problem_whatever_its_neighbours_have():
    closes = SNAPSHOT.closes.copy()
    closes.loc["2025-07-15", "^HSI"] = np.nan  # the other Hong Kong index has its price
    closes.loc["2025-07-16", "^TWII"] = np.nan  # the only Taipei series
    closes.loc["2025-07-17", ["^HSI", "^HSCE"]] = np.nan
    report = audit(closes)
    assert [(f.symbol, f.days) for f in found(report, "missing")] == [
        ("^TWII", ("2025-07-16",)),
        ("^HSI", ("2025-07-15",)),
        ("^HSI", ("2025-07-17",)),
        ("^HSCE", ("2025-07-17",)),
    ]
    assert not found(report, "missing", "notice")
    last = found(report, "missing")[-1].text
    assert "every other series of the exchange" in last
    assert "name the day in data/calendar_corrections.csv" in last
    assert report.exit_code == 3


def test_a_price_on_a_closed_day_is_a_problem():
    closes = SNAPSHOT.closes.copy()
    closes.loc["2025-11-24", "^N225"] = 48000.0  # Labour Thanksgiving Day observed
    closes.loc[pd.Timestamp("2025-07-19"), "NVDA"] = 172.0  # a Saturday
    report = audit(closes.sort_index())
    assert {(f.symbol, f.days) for f in found(report, "closed_day")} == {
        ("^N225", ("2025-11-24",)),
        ("NVDA", ("2025-07-19",)),
    }


def test_a_day_on_which_every_series_of_an_exchange_repeats_its_close_is_a_problem():
    closes = SNAPSHOT.closes.copy()
    assert not found(audit(closes), "standstill")
    closes.loc["2025-07-15", "^HSI"] = closes.loc["2025-07-14", "^HSI"]
    assert not found(audit(closes), "standstill")  # the other one moved
    closes.loc["2025-07-15", "^HSCE"] = closes.loc["2025-07-14", "^HSCE"]
    (finding,) = found(audit(closes), "standstill")
    assert finding.days == ("2025-07-15",)
    assert "every series of XHKG repeats its close on 2025-07-15" in finding.text


def test_two_of_three_series_that_repeat_their_closes_together_are_a_notice():
    closes = SNAPSHOT.closes.copy()
    for name in ("^GSPC", "NVDA"):  # the third of New York moves
        closes.loc["2025-07-15", name] = closes.loc["2025-07-14", name]
    assert not found(audit(closes), "standstill")
    (finding,) = found(audit(closes), "standstill", "notice")
    assert "repeat their closes on 2025-07-15 together" in finding.text


def test_shares_that_often_stand_still_do_so_together_by_chance():
    closes = SNAPSHOT.closes.copy()
    rng = np.random.default_rng(1)
    for name in ("^HSI", "^HSCE"):
        closes[name] = closes[name].where(rng.random(len(closes)) > 0.4).ffill()
    assert not found(audit(closes), "standstill")


def test_a_price_that_stands_still_is_a_problem_from_four_closes():
    closes = SNAPSHOT.closes.copy()
    closes.loc["2025-07-14":"2025-07-16", "NVDA"] = 170.0
    assert not found(audit(closes), "stale")
    closes.loc["2025-07-17", "NVDA"] = 170.0
    (finding,) = found(audit(closes), "stale")
    assert finding.text.startswith("the same close 4 times from 2025-07-14 to 2025-07-17")


def test_a_wrong_price_that_comes_back_is_a_problem():
    closes = SNAPSHOT.closes.copy()
    closes.loc["2025-07-15", "^N225"] *= 1.4
    (finding,) = found(audit(closes, snapshot=SNAPSHOT.closes), "outlier")
    assert (finding.symbol, finding.days) == ("^N225", ("2025-07-15",))
    (finding,) = found(audit(closes, snapshot=SNAPSHOT.closes), "reference")
    assert "up to 40.00% on 1 day of" in finding.text


def test_a_small_split_that_the_loader_lets_pass_is_found():
    closes = SNAPSHOT.closes.copy()
    closes.loc[:"2025-07-14", "NVDA"] *= 1.5
    (finding,) = found(audit(closes), "split", "notice")
    assert (finding.symbol, finding.days) == ("NVDA", ("2025-07-15",))
    assert "1.5 for 1" in finding.text
    closes.loc[:"2025-07-14", "NVDA"] *= 10 / 1.5
    prices = prices_from_frame(closes, largest_factor=20.0)
    report = audit_prices(prices, markets=MARKETS, corrections=CORRECTIONS)
    assert "10 for 1" in found(report, "split")[0].text


def test_another_adjustment_of_the_whole_series_is_only_a_notice():
    closes = SNAPSHOT.closes.copy()
    closes["NVDA"] /= 10
    report = audit(closes, snapshot=SNAPSHOT.closes)
    assert report.problems == ()
    (finding,) = found(report, "reference", "notice")
    assert finding.text.startswith("0.1 times the snapshot on all 502 common days")


def test_small_differences_from_the_snapshot_are_a_notice():
    closes = SNAPSHOT.closes.copy()
    closes.loc["2025-07-15", "^HSI"] *= 1.001
    report = audit(closes, snapshot=SNAPSHOT.closes)
    assert report.problems == ()
    assert "up to 0.100% on 1 day" in found(report, "reference", "notice")[0].text


def test_a_series_that_ends_early_is_a_notice():
    closes = SNAPSHOT.closes.copy()
    closes.loc["2025-12-01":, "^SOX"] = np.nan
    (finding,) = found(audit(closes), "ends_early", "notice")
    assert finding.text == "its last price is of 2025-11-28, while other series reach 2025-12-31"


def test_a_series_of_no_known_exchange_is_held_against_no_calendar():
    report = audit(SNAPSHOT.closes[["NVDA"]].rename(columns={"NVDA": "AMD"}))
    assert [f.kind for f in report.findings if f.kind != "outlier"] == ["no_calendar"]


def test_text_and_html_say_the_same_and_escape_what_is_not_ours():
    closes = SNAPSHOT.closes[["NVDA"]].rename(columns={"NVDA": "<script>&"})
    report = check_quality(closes, source="<b>", sessions={}, exchanges={}, notes=("<img src=x>",))
    assert report.text().splitlines()[0] == report.headline
    html = report.html()
    assert "<script>" not in html
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;&amp;" in html
    assert html == report._repr_html_()
    for finding in report.findings:
        assert finding.text in report.text()
