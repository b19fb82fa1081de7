"""Normal-return models against statsmodels, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis
from analysis import StudySpec
from analysis.errors import InputError
from analysis.simulate import SimulatedMarket, SimulationSpec, simulate_market

#: statsmodels solves by pseudo-inverse, we by sums about the mean: both lose a few bits.
SOLVER = 1e-10
SPEC = StudySpec(estimation_window=(-130, -11), event_window=(-5, 10))


@pytest.fixture(scope="module")
def market() -> SimulatedMarket:
    return simulate_market(SimulationSpec(n_events=8, effect={0: 0.02}, missing=0.03), seed=11)


def windows(market: SimulatedMarket, event: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return estimation and event window of one event: columns y and x."""
    both = pd.DataFrame({"y": market.returns[event.security], "x": market.benchmark})
    row = both.index.get_loc(event.session)
    return both.iloc[row - 130 : row - 10].dropna(), both.iloc[row - 5 : row + 11]


def test_market_model_equals_statsmodels_with_missing_returns(market: SimulatedMarket) -> None:
    result = analysis.event_study(
        market.returns, market.events, benchmark=market.benchmark, spec=SPEC
    )
    for event in market.events.itertuples():
        key = (event.event_id, event.security)
        estimation, window = windows(market, event)
        ols = sm.OLS(estimation["y"], sm.add_constant(estimation["x"])).fit()
        forecast = ols.get_prediction(sm.add_constant(window["x"], has_constant="add"))
        fit = result.fits.loc[key]
        np.testing.assert_allclose(
            fit[["alpha", "beta", "sigma", "df"]],
            [*ols.params, np.sqrt(ols.scale), ols.df_resid],
            rtol=SOLVER,
            atol=SOLVER,
        )
        np.testing.assert_allclose(
            result.ar.loc[key], window["y"] - forecast.predicted_mean, atol=SOLVER
        )
        np.testing.assert_allclose(result.ar_se.loc[key], forecast.se_obs, rtol=SOLVER)


def test_exact_variance_of_a_car_equals_the_forecast_covariance(market: SimulatedMarket) -> None:
    result = analysis.event_study(
        market.returns.fillna(0.001), market.events, benchmark=market.benchmark, spec=SPEC
    )
    event = next(market.events.itertuples())
    both = pd.DataFrame({"y": market.returns[event.security].fillna(0.001), "x": market.benchmark})
    row = both.index.get_loc(event.session)
    x = sm.add_constant(both["x"].to_numpy()[row - 130 : row - 10])
    x_event = sm.add_constant(both["x"].to_numpy()[row - 1 : row + 6])
    sigma = sm.OLS(both["y"].to_numpy()[row - 130 : row - 10], x).fit().scale ** 0.5
    covariance = np.eye(7) + x_event @ np.linalg.inv(x.T @ x) @ x_event.T
    assert result.sums((-1, 5)).se[0] == pytest.approx(sigma * covariance.sum() ** 0.5, rel=SOLVER)


def test_constant_mean_and_market_adjusted_by_hand() -> None:
    sessions = pd.bdate_range("2024-01-01", periods=7)
    returns = pd.DataFrame({"a": [0.01, 0.03, 0.02, 0.06, np.nan, 0.05, 0.01]}, index=sessions)
    benchmark = pd.Series([0.0, 0.01, 0.01, 0.02, 0.01, 0.02, 0.03], index=sessions)
    events = pd.DataFrame({"event_id": ["e"], "security": ["a"], "session": [sessions[5]]})
    spec = dict(estimation_window=(-5, -1), event_window=(0, 1), min_estimation=3)

    mean = analysis.event_study(returns, events, spec=StudySpec(model="constant_mean", **spec))
    # mean of .01 .03 .02 .06 is .03; squares 4 + 0 + 1 + 9 = 14e-4, over T - 1 = 3
    assert mean.ar.iloc[0].tolist() == pytest.approx([0.02, -0.02])
    assert mean.fits["sigma"].iloc[0] == pytest.approx((14e-4 / 3) ** 0.5)
    assert mean.ar_se.iloc[0, 0] == pytest.approx((14e-4 / 3 * 1.25) ** 0.5)
    assert mean.sums((0, 1)).se[0] == pytest.approx((14e-4 / 3 * (2 + 4 / 4)) ** 0.5)

    adjusted = analysis.event_study(
        returns, events, benchmark=benchmark, spec=StudySpec(model="market_adjusted", **spec)
    )
    # excess .01 .02 .01 .04, mean .02; squares 1 + 0 + 1 + 4 = 6e-4, over 3; C = 1
    assert adjusted.ar.iloc[0].tolist() == pytest.approx([0.03, -0.02])
    assert adjusted.fits["sigma"].iloc[0] == pytest.approx((6e-4 / 3) ** 0.5)
    assert adjusted.sums((0, 1)).se[0] == pytest.approx((2 * 6e-4 / 3) ** 0.5)
    assert adjusted.residuals.iloc[0, 0] == pytest.approx(0.01)


def test_one_benchmark_models_refuse_several_factors(market: SimulatedMarket) -> None:
    two = pd.DataFrame({"m": market.benchmark, "n": market.benchmark * 2})
    with pytest.raises(InputError, match="market_model takes exactly one benchmark"):
        analysis.event_study(market.returns, market.events, benchmark=two, spec=SPEC)


def test_a_model_with_a_benchmark_asks_for_it(market: SimulatedMarket) -> None:
    with pytest.raises(InputError, match=r"`benchmark` received as None: model 'market_model'"):
        analysis.event_study(market.returns, market.events, spec=SPEC)
