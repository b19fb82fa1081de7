"""Diagnostics of estimation residuals, against statsmodels and scipy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.stats.stattools import durbin_watson, jarque_bera

import analysis
from analysis import StudySpec
from analysis.engine.diagnostics import diagnostics, window_table
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import InputError

MARKET = simulate_market(SimulationSpec(n_events=5, tails=5, missing=0.02), seed=12)
RESULT = analysis.event_study(MARKET.returns, MARKET.events, benchmark=MARKET.benchmark)
TABLE = diagnostics(RESULT, lags=6, arch_lags=3)


def test_residual_tests_are_statsmodels() -> None:
    for key, row in TABLE.iterrows():
        e = RESULT.residuals.loc[key].dropna().to_numpy()
        ljung = acorr_ljungbox(e, lags=[6])
        squares = e**2
        past = np.column_stack([squares[3 - lag : len(e) - lag] for lag in (1, 2, 3)])
        engle = sm.OLS(squares[3:], sm.add_constant(past)).fit()
        normal = jarque_bera(e)
        expected = {
            "durbin_watson": durbin_watson(e),
            "ljung_box": ljung["lb_stat"].iloc[0],
            "ljung_box_p": ljung["lb_pvalue"].iloc[0],
            "arch_lm": engle.nobs * engle.rsquared,
            "arch_lm_p": stats.chi2.sf(engle.nobs * engle.rsquared, 3),
            "jarque_bera": normal[0],
            "jarque_bera_p": normal[1],
            "shapiro_p": stats.shapiro(e).pvalue,
        }
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, rel=1e-9), name


def test_chow_compares_two_halves_with_one_line() -> None:
    event = next(MARKET.events.itertuples())
    row = MARKET.returns.index.get_loc(event.session)
    both = pd.DataFrame({"y": MARKET.returns[event.security], "x": MARKET.benchmark})
    both = both.iloc[row - 130 : row - 10]

    def ols(days: pd.DataFrame) -> object:
        kept = days.dropna()
        return sm.OLS(kept["y"], sm.add_constant(kept["x"])).fit()

    whole, first, second = ols(both), ols(both.iloc[:60]), ols(both.iloc[60:])
    split, df = first.ssr + second.ssr, whole.nobs - 4
    chow = (whole.ssr - split) / 2 / (split / df)
    found = TABLE.iloc[0]
    assert found["beta_first"] == pytest.approx(first.params["x"])
    assert found["beta_second"] == pytest.approx(second.params["x"])
    assert found["chow"] == pytest.approx(chow)
    assert found["chow_p"] == pytest.approx(stats.f.sf(chow, 2, df))


def test_drift_before_the_event_is_the_car_up_to_day_minus_1() -> None:
    drift = RESULT.event_tests((-5, -1))
    np.testing.assert_array_equal(TABLE["pre_event_car"], drift["estimate"])
    np.testing.assert_array_equal(TABLE["pre_event_p"], drift["p_value"])
    late = analysis.event_study(
        MARKET.returns,
        MARKET.events,
        benchmark=MARKET.benchmark,
        spec=StudySpec(event_window=(0, 3)),
    )
    assert diagnostics(late)["pre_event_p"].isna().all()


def test_models_without_a_slope_have_no_beta_to_be_stable() -> None:
    mean = analysis.event_study(
        MARKET.returns, MARKET.events, spec=StudySpec(model="constant_mean")
    )
    assert diagnostics(mean)[["beta_first", "chow"]].isna().all(axis=None)


@pytest.mark.parametrize("options", [{"lags": 0}, {"arch_lags": 31}])
def test_lags_must_fit(options: dict) -> None:
    with pytest.raises(InputError, match="between 1 and 30"):
        diagnostics(RESULT, **options)


def test_periods_are_kept_apart() -> None:
    table = window_table(RESULT)
    assert table["window"].to_dict() == {
        "pre-event": "[-5,-1]",
        "event day": "[0,0]",
        "post-event": "[1,10]",
    }
    for row in table.itertuples():
        start, end = map(int, row.window.strip("[]").split(","))
        assert row.caar == pytest.approx(RESULT.caar((start, end)))
        assert row.p_value == RESULT.test("cross_sectional_t", (start, end)).p_value
