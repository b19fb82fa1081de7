"""Six ways to judge one mean: clusters by date, placebo calendars, and how often each way errs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis
from analysis.engine.inference.clustered import clustered_mean
from analysis.engine.judged import judge_result
from analysis.engine.ladder import ladder
from analysis.engine.placebo_calendars import car_surface, draw_calendars, surfaces, why_not
from analysis.engine.plots import path_band
from analysis.errors import InputError

SPEC = analysis.StudySpec(
    model="market_model", estimation_window=(-60, -6), event_window=(-5, 5),
    windows=((0, 0), (-1, 1)),
)  # fmt: skip


def data(*, n_days=500, n_dates=12, shared=4, missing=0.0, seed=3):
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2020-01-01", periods=n_days)
    names = [f"S{i}" for i in range(6)]
    market = rng.normal(0, 0.01, n_days)
    returns = pd.DataFrame(
        market[:, None] + rng.normal(0, 0.02, (n_days, 6)) + rng.normal(0, 0.01, (n_days, 1)),
        index=days, columns=names,
    )  # fmt: skip
    returns = returns.mask(rng.random(returns.shape) < missing)
    rows = np.sort(rng.choice(np.arange(70, n_days - 10), n_dates, replace=False))
    events = pd.DataFrame(
        [(f"e{d}", names[(d + k) % 6], days[row], "ab"[d % 2])
         for d, row in enumerate(rows) for k in range(shared)],
        columns=["event_id", "security", "session", "kind"],
    )  # fmt: skip
    return returns, events, pd.Series(market, index=days, name="M")


@pytest.fixture(scope="module")
def result():
    returns, events, market = data()
    return analysis.event_study(returns, events, benchmark=market, spec=SPEC)


def test_a_mean_by_date_is_that_of_statsmodels():
    rng = np.random.default_rng(0)
    x, date = rng.normal(size=30), rng.integers(0, 7, 30)
    found = clustered_mean(x, date)
    fit = sm.OLS(x, np.ones(30)).fit(cov_type="cluster", cov_kwds={"groups": date}, use_t=True)
    np.testing.assert_allclose(found.estimate, fit.params[0], rtol=1e-12)
    np.testing.assert_allclose(found.se, fit.bse[0], rtol=1e-12)
    np.testing.assert_allclose(found.p_value, fit.pvalues[0], rtol=1e-10)


def test_a_mean_by_date_by_hand():
    # sums of dates less N times the mean (2): 3 - 4 = -1, 5 - 4 = 1; var = 2 (1 + 1) / 16 = 1/4
    found = clustered_mean([1.0, 2.0, 3.0, 2.0], [0, 0, 1, 1])
    assert (found.estimate, found.se, found.statistic, found.df) == (2.0, 0.5, 4.0, 1)


def test_dates_of_their_own_give_the_cross_sectional_t(result):
    returns, events, market = data(shared=1)
    study = analysis.event_study(returns, events, benchmark=market, spec=SPEC)
    naive = study.test("cross_sectional_t", (0, 0))
    found = clustered_mean(study.sums((0, 0)).car, study.abnormal.row)
    np.testing.assert_allclose(found.statistic, naive.statistic, rtol=1e-12)
    np.testing.assert_allclose(found.p_value, naive.p_value, rtol=1e-12)


@pytest.mark.parametrize(
    "model", ["constant_mean", "market_adjusted", "raw_returns", "market_model"]
)
@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_the_surface_is_what_a_study_would_find_at_every_session(model, missing):
    returns, events, market = data(n_days=130, n_dates=3, missing=missing)
    spec = replace(SPEC, model=model)
    study = analysis.event_study(returns, events, benchmark=market, spec=spec)
    from analysis.engine.placebo_calendars import _fitted

    found = surfaces(study.panel, spec, (-1, 1))
    for surface, fitted in zip(found, _fitted(study.panel, spec, (-1, 1)), strict=True):
        np.testing.assert_allclose(surface, fitted, rtol=1e-10, atol=1e-12)
        assert np.isfinite(surface).any()
    np.testing.assert_array_equal(found[0], car_surface(study.panel, spec, (-1, 1)))


def test_an_event_is_held_against_other_stretches_in_their_own_swings():
    returns, events, market = data(n_days=400, n_dates=3)
    study = analysis.event_study(returns, events, benchmark=market, spec=SPEC)
    judged = judge_result(study, estimated=False)
    _, scar = surfaces(study.panel, study.spec, judged.window)
    mine = study.sums(judged.window).scar
    for i, column in enumerate(study.abnormal.column):
        others = np.delete(scar[:, column], study.abnormal.row[i])
        others = np.abs(others[np.isfinite(others)])
        row = judged.as_unusual.iloc[i]
        assert row.to_list() == [(others >= abs(mine[i])).sum(), len(others)]


def test_calendars_keep_gaps_and_companies(result):
    calendars = draw_calendars(result, seed=1)
    days = np.unique(result.distinct.row)
    gaps = np.sort(np.diff(calendars.rows, axis=1), axis=1)
    assert (gaps == np.sort(np.diff(days))).all()
    assert calendars.rows.min() >= 60
    assert calendars.rows.max() <= result.panel.n_sessions - 1 - 5
    assert sorted(zip(days[calendars.date], calendars.column, strict=True)) == sorted(
        zip(result.distinct.row, result.distinct.column, strict=True)
    )


def test_the_ladder_of_a_null_errs_where_dates_are_shared(result):
    found = result.ladder((0, 0))
    assert found["naive"].rejects > 0.10  # companies of a date move together here
    assert found["naive"].verdict == "too often"
    assert 0.03 < found["date"].rejects < 0.07
    assert found.read in {"date", "placebo", "sign_flip"}
    low, high = found.interval
    np.testing.assert_allclose((low + high) / 2, found.by_date.estimate)
    assert (low > 0 or high < 0) == (found["placebo"].p_value <= 0.05)


def test_an_effect_is_found_by_every_honest_way():
    returns, events, market = data()
    for row in events.itertuples():
        returns.loc[row.session, row.security] += 0.05
    found = analysis.event_study(returns, events, benchmark=market, spec=SPEC).ladder((0, 0))
    assert found["placebo"].p_value < 0.01
    assert found["date"].p_value < 0.01
    assert found["sign_flip"].p_value < 0.01
    assert 0.04 < found.by_date.estimate < 0.07


def test_the_same_seed_gives_the_same_ladder(result):
    a, b = (ladder(result, (-1, 1), estimated=False).to_frame() for _ in range(2))
    pd.testing.assert_frame_equal(a, b)


def test_one_event_has_a_reason_on_every_rung_without_a_p():
    returns, events, market = data()
    one = analysis.event_study(returns, events.iloc[:1], benchmark=market, spec=SPEC).ladder((0, 0))
    assert one["naive"].reason == "there is one event: event_tests has its own"
    assert all(rung.reason for rung in one.rungs if not np.isfinite(rung.p_value))


def test_returns_that_leave_no_room_for_other_dates_have_no_placebo_calendars():
    returns, events, market = data(n_days=200)
    one = events[events["event_id"] == "e5"]
    day = returns.index.get_loc(one["session"].iloc[0])
    for more, words in ((0, "0 other calendars"), (18, "18 other calendars"), (19, "")):
        some = slice(day - 60, day + 6 + more)  # with no other day all 1,999 were the event's own
        found = analysis.event_study(returns[some], one, benchmark=market, spec=SPEC).ladder()
        assert words in found["placebo"].reason
        assert np.isfinite(found["placebo"].p_value) == (words == "")
        assert np.isnan(found["date"].rejects) == (words != "")


def test_one_date_is_judged_without_clusters():
    returns, events, market = data()
    one = events[events["event_id"] == "e5"]
    found = analysis.event_study(returns, one, benchmark=market, spec=SPEC).ladder((0, 0))
    assert found["date"].reason == "there is one date"
    assert 0 < found["placebo"].p_value <= 1
    assert found.read == "placebo"


def test_a_model_that_would_be_fitted_too_often_says_so():
    returns, events, market = data()
    study = analysis.event_study(returns, events, benchmark=market, spec=SPEC)
    wide = replace(study.panel, securities=study.panel.securities * 200)
    assert "would have to be fitted" in why_not(wide, replace(SPEC, model="robust_market_model"))
    assert why_not(wide, SPEC) == ""
    with pytest.raises(InputError, match="1999 are needed"):
        ladder(study, n_calendars=99)


def test_the_band_of_the_path_is_the_band_of_the_verdict(result):
    calendars = draw_calendars(result)
    path = path_band(result, calendars, first=-1)
    found = ladder(result, (-1, 1), calendars=calendars, estimated=False)
    np.testing.assert_allclose(path.loc[1, "high"], found.q * found.by_date.se, rtol=1e-12)
    np.testing.assert_allclose(path.loc[1, "caar"], found.by_date.estimate, rtol=1e-12)


def test_a_flag_of_a_test_stands_beside_its_p():
    """Skewed residuals are a flag of Kolari-Pynnonen in `tests`; the ladder printed p alone."""
    returns, events, market = data(seed=5)
    skewed = returns + 0.2 * (np.random.default_rng(1).random(returns.shape) < 0.01)
    result = analysis.event_study(skewed, events, benchmark=market, spec=SPEC)
    found = ladder(result, estimated=False).to_frame().set_index("judged_by")
    tests = result.tests([(0, 0)], ["kolari_pynnonen_t", "calendar_time_t"])
    flags = tests.set_index("test")["reason"]
    assert "skewness" in flags["kolari_pynnonen_t"]
    assert found.flag["kolari_pynnonen"] == flags["kolari_pynnonen_t"]
    assert found.flag["naive"] == found.reason["kolari_pynnonen"] == ""
