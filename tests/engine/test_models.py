"""Normal-return models against statsmodels, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch.univariate import GARCH, LS
from scipy import stats
from scipy.optimize import linprog

import analysis
from analysis import EventStudyResult, StudySpec
from analysis.engine.peers import peer_benchmark
from analysis.engine.simulate import SimulatedMarket, SimulationSpec, simulate_market
from analysis.errors import InputError, StudyError

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
    spec = {"estimation_window": (-5, -1), "event_window": (0, 1), "min_estimation": 3}

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


FACTORS = pd.DataFrame(
    np.random.default_rng(8).normal(0, 0.01, (400, 3)),
    columns=["mkt", "smb", "hml"],
    index=pd.bdate_range("2015-01-01", periods=400),
).assign(rf=0.0001)


def fitted(market: SimulatedMarket, benchmark: object, **options: object) -> EventStudyResult:
    spec = StudySpec(estimation_window=(-130, -11), event_window=(-5, 10), **options)
    return analysis.event_study(market.returns, market.events, benchmark=benchmark, spec=spec)


@pytest.mark.parametrize("risk_free", [None, "rf"])
def test_factor_model_equals_statsmodels(market: SimulatedMarket, risk_free: str | None) -> None:
    names = ["mkt", "smb", "hml"]
    factors = FACTORS.assign(mkt=market.benchmark.to_numpy())
    factors.iloc[250, 1] = np.nan
    result = fitted(market, factors, model="factor_model", factors=names, risk_free=risk_free)
    rf = 0.0001 if risk_free else 0.0
    for event in market.events.itertuples():
        key = (event.event_id, event.security)
        both = factors.assign(y=market.returns[event.security].to_numpy() - rf)
        row = both.index.get_loc(event.session)
        estimation = both.iloc[row - 130 : row - 10].dropna()
        window = both.iloc[row - 5 : row + 11]
        ols = sm.OLS(estimation["y"], sm.add_constant(estimation[names])).fit()
        forecast = ols.get_prediction(sm.add_constant(window[names], has_constant="add"))
        found = result.fits.loc[key, ["alpha", *names, "sigma", "df"]]
        wanted = [*ols.params, np.sqrt(ols.scale), ols.df_resid]
        np.testing.assert_allclose(found, wanted, rtol=SOLVER, atol=SOLVER)
        np.testing.assert_allclose(
            result.ar.loc[key], window["y"] - forecast.predicted_mean, atol=SOLVER
        )
        np.testing.assert_allclose(result.ar_se.loc[key], forecast.se_obs, rtol=SOLVER)


def test_market_model_is_the_factor_model_of_one_factor(market: SimulatedMarket) -> None:
    one = fitted(market, market.benchmark)
    same = fitted(market, market.benchmark, model="factor_model")
    np.testing.assert_allclose(one.sar, same.sar, rtol=1e-9)
    for window in [(0, 0), (-5, 10)]:
        np.testing.assert_allclose(one.sums(window).se, same.sums(window).se, rtol=1e-9)


def test_a_factor_that_repeats_another_has_no_slope(market: SimulatedMarket) -> None:
    twice = pd.DataFrame({"a": market.benchmark, "b": 2 * market.benchmark})
    with pytest.raises(StudyError, match="do not vary"):
        fitted(market, twice, model="factor_model")


def test_scholes_williams_by_hand(market: SimulatedMarket) -> None:
    returns = market.returns.fillna(0.002)
    filled = SimulatedMarket(**{**vars(market), "returns": returns})
    result = fitted(filled, market.benchmark, model="scholes_williams")
    event = next(market.events.itertuples())
    row = returns.index.get_loc(event.session)
    y = returns[event.security].to_numpy()[row - 130 : row - 10]
    x = market.benchmark.to_numpy()[row - 130 : row - 10]
    slopes = [np.cov(y[1:-1], side, ddof=0)[0, 1] / side.var() for side in (x[:-2], x[1:-1], x[2:])]
    rho = np.corrcoef(x[:-1], x[1:])[0, 1]
    beta = sum(slopes) / (1 + 2 * rho)
    alpha = y[1:-1].mean() - beta * x[1:-1].mean()
    residuals = y[1:-1] - alpha - beta * x[1:-1]
    fit = result.fits.iloc[0]
    names = ["alpha", "beta", "beta_lag", "beta_same", "beta_lead", "rho", "sigma", "df"]
    sigma = np.sqrt((residuals**2).sum() / 116)  # T - 4
    np.testing.assert_allclose(fit[names], [alpha, beta, *slopes, rho, sigma, 116], rtol=SOLVER)
    ols = fitted(filled, market.benchmark)
    np.testing.assert_allclose(result.abnormal.forecast_factor, ols.abnormal.forecast_factor)


@pytest.mark.parametrize(("leads", "lags"), [(1, 1), (0, 2), (2, 0)])
def test_dimson_by_hand(market: SimulatedMarket, leads: int, lags: int) -> None:
    result = fitted(market, market.benchmark, model="dimson", leads=leads, lags=lags)
    event = next(market.events.itertuples())
    y = market.returns[event.security]
    moved = pd.DataFrame({s: market.benchmark.shift(-s) for s in range(-lags, leads + 1)})
    row = y.index.get_loc(event.session)
    days = slice(row - 130, row - 10)
    both = moved.assign(y=y).iloc[days].dropna()
    ols = sm.OLS(both["y"], sm.add_constant(both.drop(columns="y"))).fit()
    beta = ols.params.iloc[1:].sum()
    line = both["y"] - ols.params["const"] - beta * both[0]
    df = len(both) - 2 - leads - lags
    fit = result.fits.iloc[0]
    np.testing.assert_allclose(
        fit[["alpha", "beta", "sigma", "df"]],
        [ols.params["const"], beta, np.sqrt((line**2).sum() / df), df],
        rtol=SOLVER,
    )
    ar = y.iloc[row] - ols.params["const"] - beta * market.benchmark.iloc[row]
    assert result.ar[0].iloc[0] == pytest.approx(ar, rel=SOLVER)


def test_dimson_needs_its_neighbours(market: SimulatedMarket) -> None:
    first = market.events.assign(session=market.returns.index[130])
    with pytest.raises(StudyError, match=r"needs 131 sessions before day 0; S001 has 130"):
        analysis.event_study(
            market.returns,
            first,
            benchmark=market.benchmark,
            spec=StudySpec(model="dimson", leads=0),
        )


def test_huber_equals_statsmodels(market: SimulatedMarket) -> None:
    result = fitted(market, market.benchmark, model="robust_market_model")
    for event in market.events.itertuples():
        estimation, _ = windows(market, event)
        line = sm.RLM(estimation["y"], sm.add_constant(estimation["x"]), M=sm.robust.norms.HuberT())
        expected = line.fit(tol=1e-14, maxiter=1000).params
        found = result.fits.loc[(event.event_id, event.security)]
        np.testing.assert_allclose(found[["alpha", "beta"]], expected, rtol=1e-7, atol=1e-10)
        residuals = estimation["y"] - found["alpha"] - found["beta"] * estimation["x"]
        rms = np.sqrt((residuals**2).sum() / (len(residuals) - 2))
        assert found["sigma"] == pytest.approx(rms, rel=SOLVER)


def test_least_absolute_deviations_are_least(market: SimulatedMarket) -> None:
    result = fitted(market, market.benchmark, model="robust_market_model", robust="lad")
    for event in market.events.itertuples():
        estimation, _ = windows(market, event)
        y, x, n = estimation["y"].to_numpy(), estimation["x"].to_numpy(), len(estimation)
        design = np.column_stack([np.ones(n), x])
        program = linprog(
            np.r_[np.zeros(2), np.ones(2 * n)],
            A_eq=np.hstack([design, np.eye(n), -np.eye(n)]),
            b_eq=y,
            bounds=[(None, None)] * 2 + [(0, None)] * (2 * n),
        )
        alpha, beta = result.fits.loc[(event.event_id, event.security), ["alpha", "beta"]]
        loss = np.abs(y - alpha - beta * x).sum()
        assert loss == pytest.approx(program.fun, rel=1e-9)


def long_market() -> SimulatedMarket:
    spec = SimulationSpec(n_events=3, n_sessions=720, before=640, effect={0: 0.02})
    market = simulate_market(spec, seed=4)
    rng = np.random.default_rng(6)
    shocks, variance = np.empty(720), np.full(720, 1.0)
    for t in range(720):
        if t:
            variance[t] = 0.1 + 0.15 * shocks[t - 1] ** 2 + 0.75 * variance[t - 1]
        shocks[t] = rng.standard_normal() * np.sqrt(variance[t])
    returns = market.returns.copy()
    returns["S001"] = 0.8 * market.benchmark + 0.02 * shocks
    return SimulatedMarket(**{**vars(market), "returns": returns})


@pytest.mark.parametrize("volatility", ["garch", "gjr"])
def test_garch_equals_arch_and_freezes_the_variance(volatility: str) -> None:
    market = long_market()
    result = fitted(market, market.benchmark, model="garch_market_model", volatility=volatility)
    row = market.returns.index.get_loc(market.events["session"].iloc[0])
    y = market.returns["S001"].to_numpy()[: row - 10] * 100
    x = market.benchmark.to_numpy()[: row - 10] * 100
    o = int(volatility == "gjr")
    model = LS(y, x=x[:, None], volatility=GARCH(1, o, 1), rescale=False)
    params = model.fit(disp="off").params.to_numpy()
    fit = result.fits.iloc[0]
    assert fit["beta"] == pytest.approx(params[1], rel=1e-6)
    assert fit["garch"] == pytest.approx(params[-1], rel=1e-6)
    assert np.isinf(fit["df"])
    # By hand: run the variance through day -1, then forecast without looking.
    gamma = fit["leverage"]
    e = market.returns["S001"].to_numpy() - fit["alpha"] - fit["beta"] * market.benchmark.to_numpy()
    variance = (e[:row] ** 2).mean()
    path = []
    for t in range(row + 11):
        path.append(variance)
        shock = (
            (fit["arch"] + gamma * (e[t] < 0)) * e[t] ** 2
            if t < row
            else (fit["arch"] + gamma / 2) * variance
        )
        variance = fit["omega"] + shock + fit["garch"] * variance
    expected = np.sqrt(path[row - 5 :])
    np.testing.assert_allclose(result.abnormal.fit.day_sigma[0], expected, rtol=1e-12)
    assert result.event_tests((0, 0))["p_value"].iloc[0] == pytest.approx(
        2 * stats.norm.sf(abs(result.sar[0].iloc[0]))
    )
    changed = market.returns.copy()
    changed.iloc[row:, 0] += 0.05
    later = analysis.event_study(
        changed, market.events, benchmark=market.benchmark, spec=result.spec
    )
    np.testing.assert_array_equal(later.abnormal.fit.day_sigma[0], result.abnormal.fit.day_sigma[0])


def test_garch_needs_500_sessions(market: SimulatedMarket) -> None:
    with pytest.raises(StudyError, match=r"garch_market_model needs 500 returns before"):
        fitted(market, market.benchmark, model="garch_market_model")


def test_peers_are_all_other_securities(market: SimulatedMarket) -> None:
    returns = market.returns.copy()
    returns.iloc[5] = np.nan
    returns.iloc[6, 1:] = np.nan
    found = peer_benchmark(returns.to_numpy())
    for j, name in enumerate(returns):
        np.testing.assert_allclose(found[:, j], returns.drop(columns=name).mean(axis=1), atol=1e-15)
    assert np.isnan(found[6, 0])
    by_hand = returns.drop(columns="S003").mean(axis=1)
    one = market.events[market.events["security"] == "S003"]
    spec = StudySpec()
    mine = analysis.event_study(returns, one, benchmark="peers", spec=spec)
    wanted = analysis.event_study(returns, one, benchmark=by_hand, spec=spec)
    np.testing.assert_allclose(mine.ar, wanted.ar, atol=1e-14)


@pytest.mark.parametrize(
    ("returns", "benchmark", "message"),
    [
        (slice(0, 1), "peers", "peers are other securities, and `returns` has one"),
        (slice(None), "peer", "the only benchmark with a name is 'peers'"),
    ],
)
def test_peers_that_cannot_be(
    market: SimulatedMarket, returns: slice, benchmark: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        analysis.event_study(
            market.returns.iloc[:, returns], market.events, benchmark=benchmark, spec=SPEC
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "factor_model", "factors": ("mkt", "smbb")}, "Did you mean 'smb'"),
        ({"model": "factor_model", "risk_free": "rff"}, "Did you mean 'rf'"),
        ({"risk_free": "rf"}, "market_model works on raw returns"),
        ({"model": "factor_model", "factors": ("rf",), "risk_free": "rf"}, "cannot be one of"),
        ({"factors": ()}, "name one column or more"),
        ({"leads": -1}, "whole number of 0 or more"),
        ({"robust": "hubber"}, "Did you mean 'huber'"),
    ],
)
def test_model_options_that_cannot_be(market: SimulatedMarket, options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fitted(market, FACTORS, **options)


def test_event_windows_of_other_events_can_be_left_out(market: SimulatedMarket) -> None:
    sessions = market.returns.index
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "security": "S001", "session": sessions[[300, 340]]}
    )
    spec = StudySpec(exclude=("event_windows",))
    result = analysis.event_study(market.returns, events, benchmark=market.benchmark, spec=spec)
    assert result.outcomes["contaminated_days"].tolist() == [0, 16]
    masked = market.returns.copy()
    masked.iloc[295:311, 0] = np.nan
    wanted = analysis.event_study(masked, events.iloc[1:], benchmark=market.benchmark)
    np.testing.assert_allclose(result.ar.loc["b"], wanted.ar.loc["b"], atol=1e-15)
    assert result.fits.loc[("b", "S001"), "n_estimation"] == wanted.fits["n_estimation"].iloc[0]
