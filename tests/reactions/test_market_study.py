"""The markets study against first principles, press figures and its own invariants."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import first_principles
import numpy as np
import pandas as pd
import pytest

from analysis.engine.spec import StudySpec
from analysis.errors import InputError, StudyError
from analysis.prices import load_prices
from analysis.reactions.joint import distinct_cells
from analysis.reactions.market_data import lay_ground, needed_symbols
from analysis.reactions.panel import reaction_panel
from analysis.reactions.pooled import main_rows
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.study import study_markets
from analysis.sessions.closures import load_corrections

#: What the field calls equal: the two computations differ in the order of sums only.
TOLERANCE = 1e-9
PAIR = ("NVDA", "^N225")
"""A market on each side of the date line: what is true of any run is tried in these."""


@pytest.fixture(scope="module")
def market_data(workspace, seeds):
    prices = load_prices(needed_symbols(seeds, RunSpec()), data_dir=workspace.data)
    return prices, load_corrections(workspace.data / "calendar_corrections.csv")


def run(seeds, market_data, spec=None, **changes):
    prices, corrections = market_data
    closes = changes.pop("closes", prices.closes)
    spec = spec or RunSpec(study=StudySpec(windows=((0, 0),)))
    return study_markets(seeds, replace(prices, closes=closes), spec, corrections=corrections)


def test_every_day0_beta_ar_and_sar_agrees_with_first_principles(store):
    expected = first_principles.study()
    assert len(expected) == 208
    days = store.abnormal_returns
    days = days[(days["model"] == "market_model") & ~days["candidate"]]
    fits = store.fits[store.fits["model"] == "market_model"].set_index(
        ["event_id", "market", "day0"]
    )
    groups = {
        key: part.sort_values("event_day") for key, part in days.groupby(["event_id", "market"])
    }
    for (event_id, market), truth in expected.items():
        found = groups[event_id, market]
        assert set(found["day0"]) == {truth["day0"]}, (event_id, market)
        fit = fits.loc[(event_id, market, truth["day0"])]
        assert fit["beta"] == pytest.approx(truth["beta"], abs=TOLERANCE)
        assert fit["sigma"] == pytest.approx(truth["sigma"], abs=TOLERANCE)
        np.testing.assert_allclose(found["ar"], truth["ar"], atol=TOLERANCE, rtol=0)
        np.testing.assert_allclose(found["sar"], truth["sar"], atol=TOLERANCE, rtol=TOLERANCE)


def test_distinct_day0s(store):
    counts = store.reactions.groupby("market")["day0"].nunique()
    assert counts.to_dict() == {"NVDA": 36, "^N225": 32, "^TWII": 31, "^HSI": 29}


@pytest.mark.parametrize(
    ("market", "day", "change"),
    [
        ("^N225", "2025-05-02", 0.0104),  # press: +1.04 % at 36,830.69
        ("^HSI", "2025-05-02", 0.0174),  # +1.74 % at 22,504.68
        ("^TWII", "2025-05-02", 0.027),  # +2.7 % at 20,787.64
        ("^N225", "2025-07-15", 0.0055),  # +0.55 %
        ("^HSI", "2025-07-15", 0.016),  # +1.6 %
        ("NVDA", "2025-07-15", 0.04),  # +4 %
    ],
)
def test_day0_returns_agree_with_press_figures(store, market, day, change):
    days = store.abnormal_returns
    row = days[(days["market"] == market) & (days["session"] == day) & (days["event_day"] == 0)]
    assert row["ret"].iloc[0] == pytest.approx(change, abs=0.0005)


def test_benchmark_of_asia_is_the_night_before(store):
    # 15 July 2025 in Tokyo closes at 06:30 UTC: the S&P 500 return is that of 14 July, +0.14 %.
    days = store.abnormal_returns
    row = days[
        (days["event_id"] == "nvidia-h20-resumption-2025-07-14")
        & (days["market"] == "^N225")
        & (days["event_day"] == 0)
    ].iloc[0]
    assert row["benchmark_ret"] == pytest.approx(6268.56 / 6259.75 - 1, abs=1e-6)
    assert not row["benchmark_contains_news"]


def test_windows_pool_distinct_sessions(store):
    pooled = store.tests[(store.tests["scope"] == "all") & (store.tests["market"] == "NVDA")]
    assert set(pooled["n_events"]) == {52}
    assert set(pooled["n_sessions"]) == {36}


def test_flipping_log_returns_flips_abnormal_returns_and_keeps_placebo_p(seeds, market_data):
    # 1/price turns every log return round, compounded ones included
    spec = RunSpec(study=StudySpec(return_kind="log", windows=((0, 0),)), markets=PAIR)
    first = run(seeds, market_data, spec)
    second = run(seeds, market_data, spec, closes=1e4 / market_data[0].closes)
    np.testing.assert_allclose(
        first.abnormal_returns["ar"], -second.abnormal_returns["ar"], atol=1e-12
    )
    np.testing.assert_allclose(first.placebo["p_value"], second.placebo["p_value"], atol=1e-12)


def test_order_of_events_does_not_matter(seeds, market_data):
    spec = RunSpec(study=StudySpec(windows=((0, 0),)), markets=PAIR)
    turned = run(replace(seeds, events=seeds.events[::-1]), market_data, spec).frames
    for name, table in run(seeds, market_data, spec).frames.items():
        kept = [c for c in table if c != "shared_with"]
        pd.testing.assert_frame_equal(table[kept], turned[name][kept])


def test_a_price_missing_on_day0_alone_is_an_outcome_not_a_crash(seeds, market_data):
    closes = market_data[0].closes.copy()
    closes.loc["2025-07-15", "NVDA"] = np.nan
    found = run(seeds, market_data, closes=closes).reactions
    row = found[
        (found["event_id"] == "nvidia-h20-resumption-2025-07-14") & (found["market"] == "NVDA")
    ].iloc[0]
    assert row["status"] == "missing_price"
    assert "2025-07-15" in row["reason"]
    other = found[found["market"] != "NVDA"]
    assert (other["status"] == "ok").all()


def test_a_row_without_a_p_value_says_why(seeds, market_data):
    closes = market_data[0].closes.copy()
    closes.loc[["2025-06-06", "2025-07-16", "2025-07-17"], "NVDA"] = np.nan
    spec = RunSpec(study=StudySpec(windows=((0, 0), (-1, 1))), markets=("NVDA",))
    found = run(seeds, market_data, spec, closes=closes)
    for name in ("tests", "directions", "pooled"):
        table = found.frames[name]
        bare = table[table[next(c for c in table if c.startswith("p_"))].isna()]
        assert (bare["reason"] != "").all(), name
    assert found.tests["reason"].str.contains("have no return|has no return").any()


def test_an_event_too_near_the_end_says_how_many_days_it_has(seeds, market_data):
    method = StudySpec(event_window=(-5, 20), windows=((0, 0),))
    spec = RunSpec(study=method, markets=("NVDA",))
    found = run(seeds, market_data, spec).reactions
    row = found[(found["event_id"] == "h200-approved-2025-12-08") & (found["market"] == "NVDA")]
    assert row["status"].iloc[0] == "outside_data"
    assert "needs returns to event day +20" in row["reason"].iloc[0]


def test_no_reaction_at_all_raises_with_the_reasons(seeds, market_data):
    spec = RunSpec(study=StudySpec(estimation_window=(-501, -11), windows=((0, 0),)))
    with pytest.raises(StudyError, match=r"estimation_window.*501 sessions before day 0"):
        run(seeds, market_data, spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (RunSpec(events=("nvidia-h20",)), "nvidia-h20-resumption-2025-07-14"),
        (RunSpec(markets=("NVDIA",)), "NVDA"),
        (RunSpec(markets=("NVDA",), benchmark="NVDA"), "other than itself"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(seeds, market_data, spec, message):
    with pytest.raises(InputError, match=message):
        run(seeds, market_data, spec)


def test_chosen_events_and_markets_change_nothing_else(store, seeds, market_data):
    spec = RunSpec(
        study=StudySpec(), events=("nvidia-h20-resumption-2025-07-14",), markets=("NVDA", "^HSI")
    )
    found = run(seeds, market_data, spec).placebo
    whole = store.placebo
    same = whole[
        (whole["event_id"] == "nvidia-h20-resumption-2025-07-14")
        & whole["market"].isin(["NVDA", "^HSI"])
    ].reset_index(drop=True)
    np.testing.assert_allclose(found["p_value"], same["p_value"])
    np.testing.assert_allclose(found["mde"], same["mde"])


def test_an_event_of_one_company_is_neither_tested_nor_counted_in_another_market(
    seeds, market_data
):
    prices, corrections = market_data
    event = next(e for e in seeds.events if e.category == "corporate")
    own = tuple(replace(e, markets=("NVDA",)) if e is event else e for e in seeds.events)

    def laid(events):
        return lay_ground(replace(seeds, events=events), prices, RunSpec(), corrections)

    free, found = laid(seeds.events), laid(own)
    kept = [r for r in free.reactions if r.event_id != event.id or r.market == "NVDA"]
    assert [r.market for r in found.reactions if r.event_id == event.id] == ["NVDA"]
    assert [(r.event_id, r.market, r.day0) for r in found.reactions] == [
        (r.event_id, r.market, r.day0) for r in kept
    ]
    assert not any(event.id in r.shared_with for r in found.reactions if r.market != "NVDA")
    panel = reaction_panel(found)
    for column, market in enumerate(panel.securities):
        rows = main_rows(panel, column, [e.id for e in own])
        assert (event.id in {panel.event_id[i] for i in rows}) == (market == "NVDA")
    days = {
        m.symbol: SimpleNamespace(scaled=np.zeros(len(found.sessions[m.symbol].session)))
        for m in found.markets
    }
    grid = distinct_cells(found, own, days)
    at = [e.id for e in own].index(event.id)
    family = {m for m, ids in zip(grid.market, grid.members, strict=True) if at in ids}
    assert family == {"NVDA"}


def test_an_event_asked_for_in_a_market_it_is_not_studied_in(seeds, market_data):
    first, *others = seeds.events
    limited = replace(seeds, events=(replace(first, markets=("NVDA",)), *others))
    spec = RunSpec(events=(first.id,), markets=("^HSI",))
    with pytest.raises(InputError, match="is studied in NVDA alone"):
        run(limited, market_data, spec)
