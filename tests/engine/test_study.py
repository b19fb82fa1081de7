"""A study gives every requested event an outcome, and never drops one quietly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis import StudySpec, event_study
from analysis.engine.inference import TESTS
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.engine.window_rows import windows_frame
from analysis.errors import InputError, StudyError

SPEC = StudySpec(estimation_window=(-130, -11), event_window=(-5, 10))
MARKET = simulate_market(SimulationSpec(n_events=6), seed=7)


def outcome(returns: pd.DataFrame, session: object, security: str = "S001") -> pd.Series:
    """Return the outcome of one event in a study that has a usable one beside it."""
    events = pd.DataFrame(
        {
            "event_id": ["asked", "fine"],
            "security": [security, "S002"],
            "session": [session, MARKET.events["session"].iloc[1]],
        }
    )
    result = analysis.event_study(returns, events, benchmark=MARKET.benchmark, spec=SPEC)
    assert result.outcomes["status"].iloc[1] == "ok"
    assert list(result.ar.index.get_level_values("event_id")) == ["fine"]
    return result.outcomes.iloc[0]


def _changed(values: object, rows: slice = slice(None)) -> pd.DataFrame:
    returns = MARKET.returns.copy()
    returns.iloc[rows, 0] = values
    return returns


DAY0 = MARKET.returns.index[300]


@pytest.mark.parametrize(
    ("returns", "session", "status", "reason"),
    [
        (
            MARKET.returns,
            MARKET.returns.index[100],
            "short_estimation",
            "needs 130 sessions",
        ),
        (MARKET.returns, MARKET.returns.index[395], "outside_data", r"has them up to \+4"),
        (_changed(np.nan), DAY0, "short_estimation", "has 0 returns in the estimation window"),
        (_changed(0.0), DAY0, "no_variation", "do not vary"),
        (_changed(0.001), DAY0, "no_variation", "do not vary"),
        (_changed(np.nan, slice(2, 398)), DAY0, "short_estimation", "has 0 returns"),
        (_changed(np.nan, slice(295, 311)), DAY0, "missing_return", "no return with a benchmark"),
        (_changed(np.nan, slice(172, 289)), DAY0, "short_estimation", "has 3 returns .* 60 are"),
    ],
)
def test_an_event_that_cannot_be_used_says_why(
    returns: pd.DataFrame, session: object, status: str, reason: str
) -> None:
    row = outcome(returns, session)
    assert row["status"] == status
    assert pd.Series([row["reason"]]).str.contains(reason).all(), row["reason"]


def test_a_constant_benchmark_has_no_variation() -> None:
    flat = pd.Series(0.0, index=MARKET.returns.index)
    with pytest.raises(InputError, match="must vary"):
        analysis.event_study(MARKET.returns, MARKET.events, benchmark=flat, spec=SPEC)


def test_windows_longer_than_the_data() -> None:
    spec = StudySpec(estimation_window=(-1000, -11))
    with pytest.raises(StudyError, match=r"needs 1000 sessions before day 0"):
        analysis.event_study(MARKET.returns, MARKET.events, benchmark=MARKET.benchmark, spec=spec)


def test_returns_need_events() -> None:
    with pytest.raises(InputError, match="a frame of returns needs a frame of events"):
        analysis.event_study(MARKET.returns, spec=SPEC)


def test_a_missing_day_leaves_the_car_out_but_not_the_other_days() -> None:
    returns = MARKET.returns.copy()
    row = returns.index.get_loc(MARKET.events["session"].iloc[0])
    returns.iloc[row + 1, 0] = np.nan
    result = analysis.event_study(returns, MARKET.events, benchmark=MARKET.benchmark, spec=SPEC)
    assert np.isnan(result.car((0, 2)).iloc[0])
    assert result.car((0, 0)).notna().all()
    assert result.sums((0, 2)).n_days.tolist() == [2, 3, 3, 3, 3, 3]
    assert result.aar.loc[1, "n_events"] == 5
    assert result.test("cross_sectional_t", (0, 2)).n_events == 5
    assert result.test("bmp_t", (0, 2)).n_events == 5


def test_inputs_are_unchanged() -> None:
    before = MARKET.returns.copy(), MARKET.events.copy(), MARKET.benchmark.copy()
    result = analysis.event_study(*before[:2], benchmark=before[2], spec=SPEC)
    ar = result.ar
    ar.iloc[:] = 0
    result.tests()
    pd.testing.assert_frame_equal(before[0], MARKET.returns)
    pd.testing.assert_frame_equal(before[1], MARKET.events)
    pd.testing.assert_series_equal(before[2], MARKET.benchmark)
    assert (result.ar != 0).all(axis=None)


def test_the_conditional_scale_is_the_forecast_of_day_minus_one_by_hand():
    # one event, constant mean, T = 3 and a gap of one day: h^2 starts at sigma^2 and takes in the
    # three residuals and the gap day; C = 1 + 1/3 keeps the estimation-window sigma for its 1/3.
    returns = pd.DataFrame(
        {"A": [0.01, -0.01, 0.03, 0.05, 0.02]}, index=pd.bdate_range("2024-01-01", periods=5)
    )
    events = pd.DataFrame({"event_id": [1], "security": ["A"], "session": [returns.index[4]]})
    spec = StudySpec(
        model="constant_mean", estimation_window=(-4, -2), event_window=(0, 0), scale="ewma"
    )
    result = analysis.event_study(returns, events, spec=spec)
    residuals = np.array([0.0, -0.02, 0.02])
    sigma2 = (residuals**2).sum() / 2
    h2 = sigma2
    for e in [*residuals, 0.05 - 0.01]:
        h2 = 0.94 * h2 + 0.06 * e**2
    expected = (0.02 - 0.01) / np.sqrt(h2 + sigma2 / 3)
    assert result.sar.iloc[0, 0] == pytest.approx(expected, abs=1e-14)
    assert np.isinf(result.fits["df"].iloc[0])
    p = result.event_tests((0, 0))["p_value"].iloc[0]
    assert p == pytest.approx(2 * stats.norm.sf(abs(expected)), abs=1e-14)


def test_a_model_that_estimates_nothing_needs_no_estimation_days():
    """Market-adjusted CARs of events at the start of the data, and tests without their scale."""
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2020-01-01", periods=160, name="session")
    market = pd.Series(rng.normal(0, 0.01, 160), days)
    returns = pd.DataFrame(rng.normal(0, 0.01, (160, 4)), days, list("ABCD")).add(market, axis=0)
    events = pd.DataFrame({"event_id": range(4), "security": list("ABCD"),
                           "session": days[[2, 5, 140, 150]]})  # fmt: skip
    spec = StudySpec(model="market_adjusted", event_window=(-1, 3), windows=((-1, 1),),
                     tests=tuple(TESTS))  # fmt: skip
    result = event_study(returns, events, benchmark=market, spec=spec)
    assert list(result.status) == ["ok"] * 4
    car = [
        (returns.iloc[at - 1 : at + 2, n] - market.iloc[at - 1 : at + 2]).sum()
        for n, at in enumerate((2, 5, 140, 150))
    ]
    np.testing.assert_allclose(result.car((-1, 1)), car, atol=1e-15)
    assert np.isnan(result.event_tests((-1, 1))["se"]).tolist() == [True, True, False, False]
    assert result.caar((-1, 1)) == pytest.approx(np.mean(car))
    with_scale = event_study(returns, events.iloc[2:], benchmark=market, spec=spec)
    tests, alone = (r.tests().set_index("test") for r in (result, with_scale))
    for name, test in TESTS.items():
        n = 2 if test.scaled else 4
        assert tests.loc[name, "n_events"] == n, name
        if test.scaled:
            assert tests.loc[name, "statistic"] == pytest.approx(
                alone.loc[name, "statistic"], nan_ok=True
            ), name
    t = np.mean(car) / (np.std(car, ddof=1) / 2)
    assert tests.loc["cross_sectional_t", "statistic"] == pytest.approx(t)
    strict = event_study(returns, events, benchmark=market, spec=replace(spec, min_estimation=60))
    assert list(strict.status) == ["short_estimation"] * 2 + ["ok"] * 2


def test_cars_without_any_estimation_day_have_a_mean_and_its_t():
    days = pd.bdate_range("2020-01-01", periods=8, name="session")
    rng = np.random.default_rng(2)
    returns = pd.DataFrame(rng.normal(0, 0.01, (8, 3)), days, list("ABC"))
    events = pd.DataFrame({"event_id": range(3), "security": list("ABC"), "session": days[3]})
    spec = StudySpec(model="market_adjusted", event_window=(-1, 2), windows=((0, 0),),
                     tests=tuple(TESTS))  # fmt: skip
    market = pd.Series(rng.normal(0, 0.01, 8), days)
    result = event_study(returns, events, benchmark=market, spec=spec)
    expected = returns.iloc[3] - market.iloc[3]
    np.testing.assert_allclose(result.car((0, 0)), expected, atol=1e-15)
    tests = result.tests().set_index("test")["statistic"]
    assert tests["cross_sectional_t"] == pytest.approx(
        expected.mean() / (expected.std() / np.sqrt(3))
    )
    assert np.isnan(tests["patell_z"])
    row = windows_frame(result).iloc[0]
    assert row["estimate"] == pytest.approx(expected.mean())
    assert np.isnan(row["weighted_caar"])
