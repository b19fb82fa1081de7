"""Statements about prices: form, day and check, and a verdict on closes made up by hand."""

# ruff: noqa: E501  (a case a line reads better than wrapped)
from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from corpus_scores import ROOT

from analysis.drafting.draft_file import dump
from analysis.drafting.drafts import draft_article
from analysis.drafting.reading import read_article
from analysis.drafting.seed_records import claim_record
from analysis.seeds.claims import judge_all, load_claims
from analysis.seeds.markets import load_markets

MARKETS = load_markets(ROOT / "seeds" / "markets.yaml")
PUBLISHED = "2025-07-15T17:00-04:00"  # a Tuesday


def claims(words):
    return read_article(words, published=PUBLISHED, markets=MARKETS).claims


@pytest.mark.parametrize(
    ("words", "series", "direction", "size", "hedge", "horizon"),
    [
        ("The Nikkei rose nearly 0.7%.", "^N225", "up", 0.007, "nearly", "day"),
        ("The Nikkei 225 slid 2 percent.", "^N225", "down", 0.02, "", "day"),
        ("Taiwan's market jumped 2%.", "^TWII", "up", 0.02, "", "day"),
        ("The Taiex ended up about 1.5 per cent.", "^TWII", "up", 0.015, "about", "day"),
        ("The Hang Seng was 0.3% lower.", "^HSI", "down", 0.003, "", "day"),
        ("The HSCEI gained.", "^HSCE", "up", None, "", "day"),
        ("NVDA has risen more than 30% this year.", "NVDA", "up", 0.3, "more than", "year"),
        ("For the week the S&P 500 fell 1.1%.", "^GSPC", "down", 0.011, "", "week"),
        ("The S&P 500 rose for a third day.", "^GSPC", "up", None, "", "3 sessions"),
        ("The Hang Seng was little changed.", "^HSI", "none", None, "", "day"),
        ("Harrow Rail (NYSE: HRRL) shares fell 4%.", "HRRL", "down", 0.04, "", "day"),
    ],
)
def test_forms(words, series, direction, size, hedge, horizon):
    (found,) = claims(words)
    told = (found.series, found.direction, found.size, found.hedge, found.horizon)
    assert told == (series, direction, size, hedge, horizon)
    assert words[found.start : found.end] == found.text


@pytest.mark.parametrize(
    ("words", "extreme"),
    [
        ("Nvidia closed at a record high.", "record high"),
        ("The Nikkei fell to its lowest since April.", "lowest since"),
        ("The Dow had its worst day in six months.", "worst day in"),
    ],
)
def test_extremes_are_claims_that_closes_do_not_decide(words, extreme):
    found = next(claim for claim in claims(words) if claim.extreme)
    assert extreme in found.extreme
    assert not found.checks
    assert found.undecidable


@pytest.mark.parametrize(
    "words",
    [
        "Revenue rose 12% and sales fell 3%.", "Nvidia's revenue jumped 69%.", "Exports grew 5 percent.",
        "The 10-year yield fell to 4.01%.", "Tariffs go up to 145%.", "Retail sales rose 0.2% in May.",
        "TSMC said profit rose 60%.", "Turnover was 17% below its average.", "Nvidia will pay a 15% cut.",
    ],
)  # fmt: skip
def test_figures_that_are_no_prices_are_no_claims(words):
    assert claims(words) == ()


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("The Nikkei rose 1% on Monday.", "2025-07-11", "2025-07-14"),
        ("The Nikkei rose 1% on May 2.", "2025-05-01", "2025-05-02"),
        ("The Taiex rose 1% on May 2.", "2025-04-30", "2025-05-02"),  # Taipei was shut on 1 May
        ("The S&P 500 rose 1% this month.", "2025-06-30", "2025-07-15"),
        ("The S&P 500 rose 6% this year.", "2024-12-31", "2025-07-15"),
        ("The S&P 500 rose 1% this week.", "2025-07-11", "2025-07-15"),
    ],
)
def test_checks_run_between_sessions_of_the_exchange(words, start, end):
    (check,) = claims(words)[0].checks
    assert (check.from_, check.to) == (date.fromisoformat(start), date.fromisoformat(end))


def test_points_and_a_level_give_a_size():
    (found,) = claims("The Nikkei gained 100 points to 40,100.00.")
    assert found.checks[0].size == pytest.approx(100 / 40_000)


def test_a_run_is_checked_session_by_session():
    (found,) = claims("The S&P 500 rose for a third day on Monday.")
    assert [check.to.day for check in found.checks] == [10, 11, 14]
    assert {check.statistic for check in found.checks} == {"sign"}


def test_drafted_claims_are_records_of_the_seeds_and_get_their_verdicts(tmp_path):
    words = "The Nikkei rose 1% on Monday. The Hang Seng fell 2% on Monday. Apple rose 1%. Nvidia jumped 5%."
    draft = draft_article(words, file="a.txt", published=PUBLISHED, markets=MARKETS)
    path = tmp_path / "claims.yaml"
    path.write_text(dump([claim_record(c, file="a.txt") for c in draft.claims]), encoding="utf-8")
    loaded = load_claims(path, articles=None, symbols=[m.symbol for m in MARKETS])
    days = pd.DatetimeIndex(["2025-07-11", "2025-07-14", "2025-07-15"], name="session")
    closes = pd.DataFrame(
        {"^N225": [100, 101.0, 101], "^HSI": [100, 101.0, 101], "NVDA": [100, 100, 102.0]},
        index=days,
    )
    verdicts = judge_all(loaded, closes)["verdict"].tolist()
    assert verdicts == ["supported", "contradicted", "not checkable", "right direction, other size"]
