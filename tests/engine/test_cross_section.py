"""Regressions of CAR on characteristics, against statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import analysis
from analysis.engine.cross_section import cross_section
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import InputError

MARKET = simulate_market(SimulationSpec(n_events=60, effect={0: 0.02}, missing=0.005), seed=9)
ON = MARKET.returns.index[np.repeat(np.arange(270, 285), 4)]  # 15 dates of 4 events
RESULT = analysis.event_study(
    MARKET.returns, MARKET.events.assign(session=ON), benchmark=MARKET.benchmark
)
RNG = np.random.default_rng(2)
TRAITS = pd.DataFrame(
    {"size": RNG.normal(size=60), "thaw": RNG.integers(0, 2, 60)}, index=RESULT.ar.index
)
CAR = RESULT.car((0, 1)).dropna()
DESIGN = sm.add_constant(TRAITS.loc[CAR.index].astype(float))


def compare(found: pd.DataFrame, fitted: object) -> None:
    np.testing.assert_allclose(found["estimate"], fitted.params, rtol=1e-9)
    np.testing.assert_allclose(found["se"], fitted.bse, rtol=1e-9)
    np.testing.assert_allclose(found["p_value"], fitted.pvalues, rtol=1e-7)
    np.testing.assert_allclose(found[["low", "high"]], fitted.conf_int(), rtol=1e-7)


def test_hc1_is_statsmodels() -> None:
    found = cross_section(RESULT, TRAITS, window=(0, 1), covariance="HC1")
    compare(found.coefficients, sm.OLS(CAR, DESIGN).fit(cov_type="HC1", use_t=True))
    assert found.df == len(CAR) - 3


def test_hc3_is_statsmodels() -> None:
    found = cross_section(RESULT, TRAITS, window=(0, 1), covariance="HC3")
    fitted = sm.OLS(CAR, DESIGN).fit(cov_type="HC3", use_t=True)
    compare(found.coefficients, fitted)
    assert found.r_squared == pytest.approx(fitted.rsquared)
    assert (found.n_events, found.n_dates, found.df) == (len(CAR), 15, len(CAR) - 3)


def test_clusters_by_date_are_statsmodels() -> None:
    found = cross_section(RESULT, TRAITS, window=(0, 1), covariance="date")
    dates = pd.Series(ON, index=RESULT.ar.index).loc[CAR.index]
    groups = pd.factorize(dates)[0]
    fitted = sm.OLS(CAR, DESIGN).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    compare(found.coefficients, fitted)
    assert found.df == 14


def test_standardised_divides_by_the_forecast_error() -> None:
    found = cross_section(RESULT, TRAITS, window=(0, 1), covariance="HC3", weighting="standardised")
    se = pd.Series(RESULT.sums((0, 1)).se, index=RESULT.ar.index).loc[CAR.index]
    fitted = sm.WLS(CAR, DESIGN, weights=se**-2).fit(cov_type="HC3", use_t=True)
    compare(found.coefficients, fitted)
    assert found.r_squared == pytest.approx(fitted.rsquared)


def test_characteristics_of_the_news_alone() -> None:
    by_event = TRAITS.droplevel("security")
    pd.testing.assert_frame_equal(
        cross_section(RESULT, by_event).coefficients, cross_section(RESULT, TRAITS).coefficients
    )
    assert "60 events on 15 dates" in repr(cross_section(RESULT, TRAITS.fillna(0)))


@pytest.mark.parametrize(
    ("traits", "options", "message"),
    [
        (TRAITS, {"covariance": "HC2"}, "Did you mean 'HC3'"),
        (TRAITS, {"weighting": "standardized"}, "Did you mean 'standardised'"),
        (TRAITS.iloc[1:], {}, "no row for"),
        (TRAITS.assign(size=np.nan), {}, "a missing or infinite 'size'"),
        (TRAITS.assign(size="big"), {}, "they must be numbers"),
        (TRAITS.assign(same=2 * TRAITS["size"] + 1), {}, "'same': it is a combination"),
        (pd.concat([TRAITS, TRAITS.iloc[:1]]), {}, "this event has two rows"),
    ],
)
def test_characteristics_that_cannot_be_used(
    traits: pd.DataFrame, options: dict, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        cross_section(RESULT, traits, **options)


def test_events_that_share_dates_are_clustered_unless_told_otherwise() -> None:
    default = cross_section(RESULT, TRAITS)
    assert default.kind == "date"
    assert default.reason == ""
    assert default.assumes == "events of different dates are independent"
    plain = cross_section(RESULT, TRAITS, covariance="HC3")
    assert "60 events share sessions, but these errors take them as independent" in plain.reason
    near = cross_section(RESULT, TRAITS, window=(0, 1))
    assert "share sessions with events of other dates" in near.reason
    apart = analysis.event_study(MARKET.returns, MARKET.events, benchmark=MARKET.benchmark)
    assert cross_section(apart, TRAITS).kind == "HC3"


def test_one_date_cannot_be_clustered_and_says_so() -> None:
    one = MARKET.events.assign(session=MARKET.returns.index[280])
    result = analysis.event_study(MARKET.returns, one, benchmark=MARKET.benchmark)
    found = cross_section(result, TRAITS)
    assert found.kind == "HC3"
    assert "1 dates are too few to cluster 3 coefficients" in found.reason
    with pytest.raises(InputError, match="3 coefficients with date errors need more"):
        cross_section(result, TRAITS, covariance="date")


def test_rows_that_share_a_reaction_are_one_unless_they_differ_in_a_regressor() -> None:
    twins = MARKET.events.iloc[:5].assign(event_id=[f"twin{i}" for i in range(5)])
    events = pd.concat([MARKET.events, twins])
    result = analysis.event_study(MARKET.returns, events, benchmark=MARKET.benchmark)
    traits = pd.concat([TRAITS, TRAITS.iloc[:5].set_axis(result.ar.index[60:])])
    once = cross_section(
        analysis.event_study(MARKET.returns, MARKET.events, benchmark=MARKET.benchmark), TRAITS
    )
    same = cross_section(result, traits)
    pd.testing.assert_frame_equal(same.coefficients, once.coefficients)
    assert same.n_events == once.n_events
    other = traits.copy()
    other.iloc[60:, 0] += 1.0
    kept = cross_section(result, other)
    assert kept.n_events == once.n_events + 5
    assert (kept.n_reactions, kept.kind) == (once.n_events, "date")
    assert "5 rows repeat a reaction" in kept.reason


@pytest.mark.parametrize(("kind", "one"), [("HC3", 1), ("HC1", 1), ("date", 4)])
def test_a_coefficient_that_rests_on_one_event_or_date_has_no_standard_error(kind, one) -> None:
    traits = TRAITS.assign(alone=(np.arange(60) < one).astype(float))
    found = cross_section(RESULT, traits, covariance=kind)
    without = cross_section(RESULT, TRAITS, covariance="HC1").coefficients
    assert found.coefficients["se"].isna().tolist() == [False, False, False, True]
    assert found.coefficients["p_value"].isna().tolist() == [False, False, False, True]
    what = "one date" if kind == "date" else "one event"
    assert f"alone rests on {what} alone: no standard error" in found.reason
    assert found.coefficients["se"].iloc[1] == pytest.approx(without["se"].iloc[1], rel=0.5)


def test_an_event_with_a_dummy_is_left_out_of_the_rest() -> None:
    dummy = cross_section(RESULT, TRAITS.assign(alone=np.arange(60.0) == 0), covariance="HC3")
    rest = DESIGN.index != RESULT.ar.index[0]
    day = RESULT.car((0, 0)).dropna()
    fitted = sm.OLS(day[rest], sm.add_constant(TRAITS.loc[day.index][rest].astype(float))).fit(
        cov_type="HC3"
    )
    np.testing.assert_allclose(dummy.coefficients["se"].iloc[:3], fitted.bse, rtol=1e-9)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pd.date_range("2020-01-01", periods=60), "Of dates, use years"),
        (np.arange(60) * 1j, "they must be numbers"),
        (np.arange(60) * 1e200, "Use other units"),
        (np.arange(60) * 1e-200, "Use other units"),
    ],
)
def test_values_that_are_no_characteristics_are_refused(column, said) -> None:
    with pytest.raises(InputError, match=said):
        cross_section(RESULT, TRAITS.assign(size=column))


def test_columns_named_by_numbers_are_characteristics() -> None:
    numbered = cross_section(RESULT, TRAITS.set_axis([0, 1], axis=1))
    named = cross_section(RESULT, TRAITS).coefficients
    assert numbered.coefficients.index.tolist() == ["const", "0", "1"]
    np.testing.assert_array_equal(numbered.coefficients["se"], named["se"])


def test_too_few_events() -> None:
    few = analysis.event_study(MARKET.returns, MARKET.events.iloc[:3], benchmark=MARKET.benchmark)
    with pytest.raises(InputError, match="3 coefficients with HC3 errors need more"):
        cross_section(few, TRAITS.droplevel("security"))
