"""Coefficients, bootstrap, distribution, calendar-time alpha, GLS, volume and volatility."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import analysis
from analysis import StudySpec
from analysis.engine.inference.bootstrap import bootstrap_mean
from analysis.engine.regression import shock_covariance
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import InputError

FIGURE = 1e-9
SPEC = StudySpec(event_window=(-2, 3), windows=((0, 0), (0, 3)))
MARKET = simulate_market(SimulationSpec(n_events=24, effect={0: 0.02}, missing=0.02), seed=9)
RESULT = analysis.event_study(
    MARKET.returns, MARKET.events, benchmark=MARKET.benchmark, spec=replace(SPEC, min_present=0.5)
)


# -- coefficients ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("errors", "lags"), [("ols", None), ("hac", None), ("hac", 7)])
def test_coefficients_have_the_errors_of_statsmodels(errors: str, lags: int | None) -> None:
    table = RESULT.coefficients(errors=errors, lags=lags)
    assert len(table) == 2 * len(RESULT.fits)
    event = MARKET.events.iloc[3]
    row = MARKET.returns.index.get_loc(event.session)
    both = pd.DataFrame({"y": MARKET.returns[event.security], "x": MARKET.benchmark})
    used = both.iloc[row - 130 : row - 10].dropna()
    line = sm.OLS(used["y"], sm.add_constant(used["x"]))
    if errors == "hac":
        maxlags = lags if lags is not None else int(4 * (len(used) / 100) ** (2 / 9))
        theirs = line.fit(cov_type="HAC", cov_kwds={"maxlags": maxlags})
    else:
        theirs = line.fit()
    mine = table[table["event_id"] == event.event_id]
    np.testing.assert_allclose(mine["estimate"], theirs.params, rtol=FIGURE)
    np.testing.assert_allclose(mine["se"], theirs.bse, rtol=FIGURE)
    np.testing.assert_allclose(mine["p_value"], theirs.pvalues, rtol=1e-6)
    np.testing.assert_allclose(mine[["low", "high"]], theirs.conf_int(), rtol=1e-8)


def test_a_model_without_a_line_has_no_such_errors() -> None:
    adjusted = analysis.event_study(
        MARKET.returns, MARKET.events, benchmark=MARKET.benchmark,
        spec=replace(SPEC, model="market_adjusted"),
    )  # fmt: skip
    with pytest.raises(InputError, match="no least-squares line"):
        adjusted.coefficients()
    with pytest.raises(InputError, match="Did you mean 'hac'"):
        RESULT.coefficients(errors="hc")


# -- bootstrap -------------------------------------------------------------------------------------


def test_the_bootstrap_by_hand_and_by_seed() -> None:
    values, dates = np.array([0.02, 0.01, -0.03, 0.05, 0.04]), np.array([1, 1, 2, 3, 4])
    found = bootstrap_mean(values, dates, draws=400, seed=3)
    picked = np.random.default_rng(3).integers(0, 4, (400, 4))
    sums, sizes = np.array([0.03, -0.03, 0.05, 0.04]), np.array([2, 1, 1, 1])
    t, means = [], []
    for draw in picked:
        total, n = sums[draw], sizes[draw]
        mean = total.sum() / n.sum()
        se = np.sqrt(4 / 3 * ((total - mean * n) ** 2).sum()) / n.sum()
        means.append(mean)
        if se > 1e-12:
            t.append((mean - values.mean()) / se)
    by_date = np.sqrt(4 / 3 * ((sums - values.mean() * sizes) ** 2).sum()) / 5
    low, high = np.quantile(t, [0.025, 0.975])
    assert found.se == pytest.approx(np.std(means, ddof=1))
    assert found.low == pytest.approx(values.mean() - high * by_date)
    assert found.high == pytest.approx(values.mean() - low * by_date)
    observed = values.mean() / by_date
    beyond = (np.abs(t) >= abs(observed)).sum()
    assert found.p_value == pytest.approx((1 + beyond) / (len(t) + 1))
    assert found == bootstrap_mean(values, dates, draws=400, seed=3)


def test_the_bootstrap_keeps_its_size_where_returns_are_skewed() -> None:
    rng = np.random.default_rng(12)
    p = [
        bootstrap_mean(rng.exponential(size=40) - 1, np.arange(40), draws=399, seed=k).p_value
        for k in range(400)
    ]
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.09


def test_a_study_bootstraps_its_caar_by_date() -> None:
    found = RESULT.bootstrap((0, 3), draws=999)
    assert found.estimate == pytest.approx(RESULT.caar((0, 3)))
    assert found.n_dates == len(np.unique(RESULT.dates))
    assert found.low < found.estimate < found.high
    with pytest.raises(InputError, match="199 or more"):
        RESULT.bootstrap((0, 0), draws=10)
    for n in (1, 2, 3):  # two dates gave p = .0002, whatever the values
        few = bootstrap_mean(np.arange(1.0, n + 1), np.arange(n))
        assert np.isnan([few.p_value, few.low, few.se]).all()
        assert few.reason.startswith("it needs 4 dates, there ")
    with pytest.raises(InputError, match="`seed`"):
        RESULT.bootstrap((0, 0), seed=-1)
    with pytest.raises(InputError, match="below half of the"):
        RESULT.coefficients(errors="hac", lags=1000)


# -- distribution ----------------------------------------------------------------------------------


def test_moments_and_quantiles_are_those_of_scipy_and_numpy() -> None:
    row = RESULT.distribution().loc["[0,3]"]
    car = RESULT.row((0, 3)).car
    assert row["n_events"] == len(car)
    assert row["skewness"] == pytest.approx(stats.skew(car))
    assert row["kurtosis"] == pytest.approx(stats.kurtosis(car) + 3)
    assert row["jarque_bera_p"] == pytest.approx(stats.jarque_bera(car).pvalue)
    assert row["q05"] == pytest.approx(np.percentile(car, 5))
    assert row["median"] == pytest.approx(np.median(car))
    assert row["share_positive"] == pytest.approx((car > 0).mean())


# -- calendar time ---------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", ["days", "events"])
@pytest.mark.parametrize("errors", ["ols", "HC1", "hac"])
def test_calendar_time_alpha_is_the_regression_of_statsmodels(weights: str, errors: str) -> None:
    held = (0, 20)
    found = RESULT.calendar_time_alpha(held, weights=weights, errors=errors)
    sessions = MARKET.returns.index
    own = pd.DataFrame(np.nan, sessions, MARKET.returns.columns)
    for event in MARKET.events.itertuples():
        row = sessions.get_loc(event.session)
        days = sessions[row : row + 21]
        own.loc[days, event.security] = MARKET.returns.loc[days, event.security]
    portfolio, n = own.mean(axis=1), own.notna().sum(axis=1)
    used = n > 0
    x = sm.add_constant(MARKET.benchmark[used])
    line = (
        sm.OLS(portfolio[used], x)
        if weights == "days"
        else sm.WLS(portfolio[used], x, weights=n[used])
    )
    lags = {"maxlags": int(4 * (used.sum() / 100) ** (2 / 9))}
    theirs = {
        "ols": lambda: line.fit(),
        "HC1": lambda: line.fit(cov_type="HC1"),
        "hac": lambda: line.fit(cov_type="HAC", cov_kwds=lags),
    }[errors]()
    np.testing.assert_allclose(found.coefficients["estimate"], theirs.params, rtol=FIGURE)
    np.testing.assert_allclose(found.coefficients["se"], theirs.bse, rtol=FIGURE)
    assert found.n_days == used.sum()
    assert found.alpha == found.coefficients.loc["alpha", "estimate"]
    tail = 2 * stats.t.sf(abs(theirs.tvalues.iloc[0]), found.df)
    assert found.p_value == pytest.approx(tail, rel=1e-6)


def test_too_few_days_are_said() -> None:
    few = analysis.event_study(
        MARKET.returns, MARKET.events.head(2), benchmark=MARKET.benchmark, spec=SPEC
    )
    with pytest.raises(InputError, match="30 are needed"):
        few.calendar_time_alpha((0, 0))


# -- GLS -------------------------------------------------------------------------------------------


def one_shock(n: int = 40, seed: int = 2, effect: float = 0.0):
    rng = np.random.default_rng(seed)
    sessions = pd.bdate_range("2022-01-03", periods=140)
    names = [f"f{i:02d}" for i in range(n)]
    trait = np.linspace(-1, 1, n)
    common = rng.normal(0, 0.01, (140, 1)) * (1 + trait)  # firms with the trait move together
    market = pd.Series(rng.normal(0, 0.01, 140), sessions)
    values = market.to_numpy()[:, None] + common + rng.normal(0, 0.02, (140, n))
    values[130] += effect * trait
    returns = pd.DataFrame(values, sessions, names)
    events = pd.DataFrame({"event_id": names, "security": names, "session": sessions[130]})
    spec = StudySpec(estimation_window=(-125, -6), event_window=(0, 1), windows=((0, 0),))
    result = analysis.event_study(returns, events, benchmark=market, spec=spec)
    traits = pd.DataFrame({"trait": trait}, index=pd.Index(names, name="event_id"))
    return result, traits


def test_gls_is_that_of_statsmodels() -> None:
    result, traits = one_shock()
    found = analysis.cross_section(result, traits, covariance="GLS")
    omega = shock_covariance(result.abnormal.fit.residuals, result.sums((0, 0)).se)
    theirs = sm.GLS(result.car((0, 0)).to_numpy(), sm.add_constant(traits["trait"].to_numpy()),
                    sigma=omega).fit()  # fmt: skip
    np.testing.assert_allclose(found.coefficients["estimate"], theirs.params, rtol=FIGURE)
    np.testing.assert_allclose(found.coefficients["se"], theirs.bse, rtol=FIGURE)
    np.testing.assert_allclose(found.coefficients["p_value"], theirs.pvalues, rtol=1e-6)
    assert found.kind == "GLS"
    assert "as on estimation days" in found.assumes
    assert found.reason == ""


def test_the_shrunk_covariance_by_hand() -> None:
    e = np.random.default_rng(1).normal(size=(3, 50)) * np.array([[1.0], [2.0], [0.5]])
    z = e / np.sqrt((e**2).mean(axis=1))[:, None]
    s = z @ z.T / 50
    b2 = sum(((np.outer(z[:, t], z[:, t]) - s) ** 2).sum() for t in range(50)) / 50**2
    share = min(1.0, b2 / ((s - np.eye(3)) ** 2).sum())
    expected = (1 - share) * s + share * np.eye(3)
    se = np.array([0.1, 0.2, 0.3])
    np.testing.assert_allclose(shock_covariance(e, se), np.outer(se, se) * expected, rtol=1e-12)


def test_gls_holds_its_size_where_least_squares_does_not() -> None:
    p = {"GLS": [], "HC3": []}
    for seed in range(120):
        result, traits = one_shock(seed=seed)
        for kind, values in p.items():
            found = analysis.cross_section(result, traits, covariance=kind)
            values.append(found.coefficients.loc["trait", "p_value"])
    rate = {kind: np.mean(np.array(values) < 0.05) for kind, values in p.items()}
    assert rate["HC3"] > 0.3
    assert rate["GLS"] < 0.12


def test_gls_is_for_one_date() -> None:
    traits = pd.DataFrame({"x": np.arange(24.0)}, index=pd.Index(MARKET.events["event_id"]))
    with pytest.raises(InputError, match="it is for one shock, these are"):
        analysis.cross_section(RESULT, traits, covariance="GLS")


# -- volume and volatility -------------------------------------------------------------------------


def test_sentences_tables_and_groups_of_volume_speak_of_volume() -> None:
    rng = np.random.default_rng(4)
    volume = pd.DataFrame(np.exp(12 + rng.normal(0, 0.3, MARKET.returns.shape)),
                          MARKET.returns.index, MARKET.returns.columns)  # fmt: skip
    for event in MARKET.events.itertuples():
        volume.loc[event.session, event.security] *= 3
    events = MARKET.events.assign(kind=["a", "b"] * 12)
    found = analysis.volume_study(volume, events, spec=SPEC)
    text = found.describe()
    times = np.exp(found.caar((0, 0)))
    assert f"Volume on day 0 is {times:.2f} times its usual level" in text
    assert 2 < times < 4
    assert "return" not in text
    assert "volume" in repr(found)
    table = found.table()
    assert "log volume" in table.caption
    assert table.rows[0][1].startswith(f"+{found.caar((0, 0)):.2f}")
    assert "return" not in table.note
    assert found.by("kind").table["n_events"].sum() == 24
    assert found.test("bmp_t", (0, 0)).p_value < 0.01
    assert "volume" in found.plot().axes[0].get_ylabel()
    assert found.test("abhar_t", (0, 1)).reason == "volume earns no return that could be held"
    for held in (found.buy_and_hold, found.bhar, found.abhar, found.calendar_time_alpha):
        with pytest.raises(InputError, match="volume earns no return"):
            held((0, 1))


def test_abnormal_volatility_across_events_by_hand() -> None:
    for window in ((0, 0), (0, 3)):
        table = RESULT.volatility(window).set_index("test")
        sar = RESULT.sar.loc[:, window[0] : window[1]]
        df = RESULT.fits["df"][sar.notna().all(axis=1)]
        sar = sar.dropna()
        u = (sar**2).mul((df - 2) / df, axis=0).mean(axis=1)
        length = window[1] - window[0] + 1
        variance = (2 * (df - 1) + 2 * (length - 1)) / (length * (df - 4))
        z = (u - 1).sum() / np.sqrt(variance.sum())
        assert table.loc["patell_u_z", "statistic"] == pytest.approx(z)
        assert table.loc["patell_u_z", "p_value"] == pytest.approx(stats.norm.sf(z))
        assert table.loc["volatility_t", "estimate"] == pytest.approx(u.mean())
        found = stats.ttest_1samp(u, 1, alternative="greater")  # every event has its own date
        if table.loc["volatility_t", "n_dates"] == len(u):
            assert table.loc["volatility_t", "p_value"] == pytest.approx(found.pvalue)


def test_the_variance_of_a_mean_of_scaled_squares() -> None:
    rng = np.random.default_rng(5)
    d, length = 20, 4
    s2 = rng.chisquare(d, 400_000) / d
    u = ((rng.standard_normal((400_000, length)) ** 2) / s2[:, None] * (d - 2) / d).mean(axis=1)
    expected = (2 * (d - 1) + 2 * (length - 1)) / (length * (d - 4))
    assert u.mean() == pytest.approx(1, abs=0.01)
    assert u.var() == pytest.approx(expected, rel=0.02)
