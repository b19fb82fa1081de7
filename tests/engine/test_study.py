"""A study gives every requested event an outcome, and never drops one quietly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis import StudySpec
from analysis.engine.simulate import SimulationSpec, simulate_market
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
