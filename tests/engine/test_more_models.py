"""EGARCH, rolling lines, trade to trade and synthetic controls: by hand and against others."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch.univariate import EGARCH, LS
from scipy import optimize

import analysis
from analysis import StudySpec
from analysis.engine.models.egarch import expected_shock
from analysis.engine.models.synthetic import simplex_weights
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import InputError, StudyError

REFERENCE = Path(__file__).parents[1] / "reference"
#: Weights of pysyncon 1.7.0 come from SLSQP with numerical derivatives.
OTHER = 1e-6
EXACT = 1e-10
MARKET = simulate_market(SimulationSpec(n_events=6, effect={0: 0.02}), seed=11)


def fitted(returns, events, benchmark=None, **method):
    method = {"event_window": (-2, 3), "windows": ((0, 0), (0, 3))} | method
    return analysis.event_study(returns, events, benchmark=benchmark, spec=StudySpec(**method))


# -- EGARCH ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_study():
    market = simulate_market(SimulationSpec(n_events=1, n_sessions=720, before=640), seed=4)
    rng, log = np.random.default_rng(6), 0.0
    shocks = np.empty(720)
    for t in range(720):
        z = rng.standard_normal()
        shocks[t] = z * np.exp(log / 2)
        log = 0.05 + 0.2 * (abs(z) - np.sqrt(2 / np.pi)) - 0.1 * z + 0.9 * log
    returns = market.returns.copy()
    returns["S001"] = 0.8 * market.benchmark + 0.02 * shocks
    result = fitted(returns, market.events, market.benchmark, model="egarch_market_model")
    return returns, market, result


def test_egarch_has_the_parameters_of_arch_in_decimal_units(long_study):
    returns, market, result = long_study
    row = int(result.abnormal.row[0])
    y, x = (v.to_numpy()[: row - 10] * 100 for v in (returns["S001"], market.benchmark))
    params = LS(y, x=x[:, None], volatility=EGARCH(1, 1, 1), rescale=False).fit(disp="off").params
    fit = result.fits.iloc[0]
    np.testing.assert_allclose(
        fit[["beta", "arch", "leverage", "garch"]], params.iloc[[1, 3, 4, 5]], rtol=1e-6
    )
    assert fit["omega"] == pytest.approx(params.iloc[2] - (1 - params.iloc[5]) * np.log(1e4))
    assert np.isinf(fit["df"])


def test_egarch_variance_is_filtered_to_the_day_before_and_forecast_from_there(long_study):
    returns, market, result = long_study
    fit, row = result.fits.iloc[0], int(result.abnormal.row[0])
    e = (returns["S001"] - fit["alpha"] - fit["beta"] * market.benchmark).to_numpy()[:row]
    log, path = np.log((e**2).mean()), []
    for shock in e:
        path.append(log)
        z = shock / np.exp(log / 2)
        size = fit["arch"] * (abs(z) - np.sqrt(2 / np.pi)) + fit["leverage"] * z
        log = fit["omega"] + size + fit["garch"] * log
    found = result.abnormal.fit.day_sigma[0]
    np.testing.assert_allclose(found[:3], np.exp(np.array([*path[-2:], log]) / 2), rtol=1e-10)
    draws = np.random.default_rng(1).standard_normal((400_000, 3))  # later days: by simulation
    logs = np.full(len(draws), log)
    for z in draws.T:
        size = fit["arch"] * (abs(z) - np.sqrt(2 / np.pi)) + fit["leverage"] * z
        logs = fit["omega"] + size + fit["garch"] * logs
    assert found[5] == pytest.approx(np.sqrt(np.exp(logs).mean()), rel=2e-3)


def test_the_expected_shock_is_its_integral():
    z = np.linspace(-12, 12, 200_001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    for power in (0.3, 1.0):
        shock = np.exp(power * (0.2 * (abs(z) - np.sqrt(2 / np.pi)) - 0.1 * z))
        expected = np.trapezoid(shock * density, z)
        found = expected_shock(np.array([power]), 0.2, -0.1)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


# -- rolling lines ---------------------------------------------------------------------------------


def test_every_event_day_has_the_line_of_its_own_window():
    result = fitted(MARKET.returns, MARKET.events, MARKET.benchmark, model="rolling_market_model",
                    estimation_window=(-60, -3))  # fmt: skip
    event = MARKET.events.iloc[2]
    y, x = MARKET.returns[event.security].to_numpy(), MARKET.benchmark.to_numpy()
    row = MARKET.returns.index.get_loc(event.session)
    for moved, day in enumerate(range(-2, 4)):
        days = np.arange(row - 60 + moved, row - 3 + moved + 1)
        ols = sm.OLS(y[days], sm.add_constant(x[days])).fit()
        forecast = ols.get_prediction([[1.0, x[row + day]]])
        assert result.ar.iloc[2][day] == pytest.approx(
            y[row + day] - forecast.predicted_mean[0], abs=EXACT
        )
        first = result.fits["sigma"].iloc[2] ** 2
        expected = np.sqrt(first * forecast.se_obs[0] ** 2 / ols.scale)
        assert result.ar_se.iloc[2][day] == pytest.approx(expected, rel=1e-9)


def test_a_moving_window_leaves_no_day_out():
    with pytest.raises(InputError, match="Leave `exclude` out"):
        fitted(MARKET.returns, MARKET.events, MARKET.benchmark, model="rolling_market_model",
               exclude=("event_windows",))  # fmt: skip


# -- trade to trade --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["simple", "log"])
def test_a_thinly_traded_security_by_weighted_least_squares(kind):
    rng = np.random.default_rng(3)
    sessions = MARKET.returns.index
    level = np.cumsum(rng.normal(0, 0.02, len(sessions)) + 1.2 * MARKET.benchmark.to_numpy())
    traded = rng.random(len(sessions)) > 0.4
    event = MARKET.events.iloc[[0]].assign(security="thin")
    row = sessions.get_loc(event["session"].iloc[0])
    traded[[row - 1, row, row + 1, row + 3]] = True
    traded[row + 2] = False
    price = pd.Series(np.where(traded, np.exp(level), np.nan), sessions).dropna()
    returns = np.log(price).diff() if kind == "log" else price.pct_change()
    frame = returns.reindex(sessions).to_frame("thin")
    result = fitted(frame, event, MARKET.benchmark, model="trade_to_trade", return_kind=kind,
                    min_present=0.5, min_estimation=30)  # fmt: skip
    at = np.flatnonzero(traded)
    x = MARKET.benchmark.to_numpy()
    rows = []
    for before, now in itertools.pairwise(at):
        over = x[before + 1 : now + 1]
        total = over.sum() if kind == "log" else np.prod(1 + over) - 1
        rows.append((now - row, now - before, total, frame["thin"].iloc[now]))
    trades = pd.DataFrame(rows, columns=["day", "n", "x", "y"]).set_index("day")
    used = trades.loc[-130:-11]
    wls = sm.WLS(used["y"], used[["n", "x"]], weights=1 / used["n"]).fit()
    fit = result.fits.iloc[0]
    np.testing.assert_allclose(fit[["alpha", "beta"]], wls.params, rtol=1e-9)
    assert fit["sigma"] ** 2 == pytest.approx(wls.scale, rel=1e-9)
    assert fit["n_estimation"] == len(used)
    z = trades.loc[3, ["n", "x"]].to_numpy()
    assert z[0] == 2
    assert result.ar.iloc[0][3] == pytest.approx(trades.loc[3, "y"] - z @ wls.params, abs=EXACT)
    variance = wls.scale * z[0] + z @ wls.cov_params() @ z
    assert result.ar_se.iloc[0][3] == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert np.isnan(result.ar.iloc[0][2])
    assert result.car((0, 3)).iloc[0] == pytest.approx(result.ar.iloc[0][[0, 1, 3]].sum())


def test_with_a_return_every_day_trades_are_days():
    daily = fitted(MARKET.returns, MARKET.events, MARKET.benchmark)
    trades = fitted(MARKET.returns, MARKET.events, MARKET.benchmark, model="trade_to_trade")
    np.testing.assert_allclose(trades.ar, daily.ar, atol=EXACT)
    np.testing.assert_allclose(trades.scar((0, 3)), daily.scar((0, 3)), rtol=1e-9)


# -- synthetic control -----------------------------------------------------------------------------


def case_a():
    panel = pd.read_csv(REFERENCE / "panel.csv", index_col="session", parse_dates=True)
    events = pd.read_csv(REFERENCE / "events.csv", parse_dates=["session"]).head(6)
    return panel.filter(regex=r"^s\d"), events


def test_weights_are_those_of_pysyncon():
    returns, events = case_a()
    every = tuple(returns.columns)
    recorded = pd.read_csv(REFERENCE / "synthetic_weights.csv")
    for event in events.itertuples():
        donors = tuple(name for name in every if name != event.security)
        result = fitted(returns, events[events["event_id"] == event.event_id], donors=donors,
                        model="synthetic_control", estimation_window=(-260, -11))  # fmt: skip
        found = result.synthetic_control((0, 0)).weights.set_index("donor")["weight"]
        expected = recorded[recorded["event_id"] == event.event_id].set_index("donor")["weight"]
        np.testing.assert_allclose(
            found.reindex(expected.index).fillna(0), expected, rtol=0, atol=OTHER
        )


def test_weights_are_least_squares_on_the_simplex():
    rng = np.random.default_rng(0)
    for n, days in ((30, 80), (90, 40), (1, 5)):
        x, y = rng.normal(size=(days, n)), rng.normal(size=days)
        found = simplex_weights(y, x)
        assert found.min() >= 0
        assert found.sum() == pytest.approx(1, abs=1e-12)
        slope = x.T @ (x @ found - y)  # equal for donors with a weight, larger for the others
        assert slope[found > 0].max() - slope.min() < 1e-9 * abs(slope).max()
    known = np.array([0.5, 0.3, 0.2, 0, 0])
    x = rng.normal(size=(60, 5))
    np.testing.assert_allclose(simplex_weights(x @ known, x), known, atol=1e-12)
    twins = np.column_stack([x, x[:, 0]])  # a donor twice: some mix of the two
    assert simplex_weights(x @ known, twins)[[0, 5]].sum() == pytest.approx(0.5)
    two = optimize.minimize_scalar(
        lambda w: ((x[:, 4] - w * x[:, 0] - (1 - w) * x[:, 1]) ** 2).sum(),
        bounds=(0, 1), method="bounded", options={"xatol": 1e-9},
    )  # fmt: skip
    assert simplex_weights(x[:, 4], x[:, :2])[0] == pytest.approx(two.x, abs=1e-6)


def test_donors_with_an_event_of_their_own_are_left_out_unless_named():
    returns, events = case_a()
    result = fitted(returns, events, model="synthetic_control", estimation_window=(-120, -11))
    made = result.synthetic_control((0, 0))
    near = {}
    for a in events.itertuples():
        row = returns.index.get_loc(a.session)
        others = [b for b in events.itertuples() if b.security != a.security]
        near[a.event_id] = {
            b.security for b in others
            if returns.index.get_loc(b.session) + 3 - row >= -120
            and returns.index.get_loc(b.session) - 2 - row <= 3
        }  # fmt: skip
    for (event_id, security), row in made.events.iterrows():
        assert row["n_pool"] == 19 - len(near[event_id])
        used = set(made.weights.query("event_id == @event_id")["donor"])
        assert not used & (near[event_id] | {security})


def test_placebos_in_space_and_time_rank_the_event_by_hand():
    rng = np.random.default_rng(8)
    sessions = pd.bdate_range("2024-01-01", periods=90)
    common = rng.normal(0, 0.01, (90, 2))
    names = [f"d{i}" for i in range(8)]
    values = common @ rng.random((2, 8)) + rng.normal(0, 0.004, (90, 8))
    returns = pd.DataFrame(values, sessions, names)
    returns.loc[sessions[80], "d0"] += 0.2
    events = pd.DataFrame({"event_id": ["e"], "security": ["d0"], "session": [sessions[80]]})
    result = fitted(returns, events, model="synthetic_control", estimation_window=(-40, -5),
                    event_window=(0, 1), windows=((0, 1),))  # fmt: skip
    row = result.synthetic_control((0, 1)).events.iloc[0]
    assert (row["n_space"], row["p_space"]) == (7, 1 / 8)
    earlier = range(78, 39, -2)
    assert (row["n_time"], row["p_time"]) == (len(earlier), 1 / (len(earlier) + 1))
    y, x = values[40:76, 0], values[40:76, 1:]
    w = simplex_weights(y, x)
    assert row["rmspe"] == pytest.approx(np.sqrt(((y - x @ w) ** 2).mean()))
    gap = returns["d0"].to_numpy()[80:82] - values[80:82, 1:] @ w
    assert row["estimate"] == pytest.approx(gap.sum())
    assert result.car((0, 1)).iloc[0] == pytest.approx(gap.sum())
    scale = np.sqrt(((y - x @ w) ** 2).sum() / (36 - ((w > 0).sum() - 1)))
    assert result.fits["sigma"].iloc[0] == pytest.approx(scale)


def test_what_no_synthetic_control_can_be_made_of_is_said():
    returns, events = case_a()
    with pytest.raises(InputError, match="Choose one of: s01, s02"):
        fitted(returns, events, model="synthetic_control", donors=("s0z",))
    with pytest.raises(InputError, match="not made of other securities"):
        StudySpec(donors=("s01",))
    alone = returns[["s01"]]
    with pytest.raises(StudyError, match="no donor for s01"):
        fitted(alone, events.head(1), model="synthetic_control")
    plain = fitted(returns, events, model="constant_mean")
    with pytest.raises(InputError, match="makes no synthetic control"):
        plain.synthetic_control()


def test_partitions_say_that_donors_lie_elsewhere(tmp_path):
    with pytest.raises(InputError, match="donors of a partition are not all donors"):
        analysis.partitioned_study(
            str(tmp_path), str(tmp_path / "events.csv"), spec=StudySpec(model="synthetic_control")
        )
