"""Figures of papers beside what R prints for the same numbers (tests/reference/r.csv)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import EventStudyResult, StudySpec, cross_section, event_study
from analysis.engine.group_means import group_by
from analysis.engine.inference.clustered import clustered_mean

_FILE = Path(__file__).parents[1] / "reference" / "r.csv"
R = pd.read_csv(_FILE, index_col=["figure", "name"])["value"]
RNG = np.random.default_rng(20)
MARKET = RNG.normal(0, 0.01, 151)
SECURITY = 0.0004 + 1.2 * MARKET + RNG.standard_t(5, 151) * 0.012
DATE = np.repeat(np.arange(8), 3)
SIZE, BETA = RNG.normal(0, 1, 24), RNG.uniform(0.5, 1.5, 24)
CAR = (
    0.01 * SIZE + RNG.normal(0, 0.02, 8)[DATE] + RNG.normal(0, 0.03, 24) * (1 + 0.5 * np.abs(SIZE))
)
DAYS = pd.bdate_range("2019-01-01", periods=151)


@pytest.fixture(scope="module")
def one() -> EventStudyResult:
    """One event on day 130 of a market model of days 0 to 119; every day 0 after it, too."""
    spec = StudySpec(
        estimation_window=(-130, -11), event_window=(0, 4), windows=((0, 0), (0, 4)),
        tests=("lamb_t",),
    )  # fmt: skip
    events = pd.DataFrame({"event_id": ["e"], "security": ["s"], "session": [DAYS[130]]})
    return event_study(
        pd.DataFrame({"s": SECURITY}, DAYS), events, benchmark=pd.Series(MARKET, DAYS), spec=spec
    )


@pytest.fixture(scope="module")
def many() -> EventStudyResult:
    """CARs that are the numbers R was given: 24 securities, three a date."""
    noise = np.random.default_rng(0).normal(0, 0.02, (200, 24))
    noise[150 + DATE, np.arange(24)] = CAR
    days = pd.bdate_range("2019-01-01", periods=200)
    events = pd.DataFrame(
        {
            "event_id": [f"e{i:02d}" for i in range(24)],
            "security": [f"s{i:02d}" for i in range(24)],
            "session": days[150 + DATE],
            "group": np.where(DATE < 4, "a", "b"),
        }
    )
    spec = StudySpec(model="raw_returns", tests=("jackknife_t", "wilcoxon", "sign_z"))
    return event_study(pd.DataFrame(noise, days, events["security"]), events, spec=spec)


def agrees(mine: object, *key: str) -> None:
    assert mine == pytest.approx(R[key], rel=1e-9, abs=1e-13), key


@pytest.mark.parametrize("kind", ["HC1", "HC3", "date"])
def test_errors_of_regressions_are_those_of_sandwich(many, kind):
    traits = pd.DataFrame({"size": SIZE, "beta": BETA}, index=many.panel.event_id)
    found = cross_section(many, traits, covariance=kind).coefficients
    for name in found.index:
        agrees(found.loc[name, "se"], kind, name)


def test_alpha_beta_and_their_errors_are_those_of_lm_and_sandwich(one):
    for errors, lags in (("ols", None), ("hac", 4)):
        found = one.coefficients(errors=errors, lags=lags).set_index("coefficient")
        for name in ("alpha", "beta"):
            agrees(found.loc[name, "estimate"], "line", name)
            agrees(found.loc[name, "se"], errors, name)


def test_a_single_event_is_the_dummy_of_a_regression(one):
    day, week = one.event_tests((0, 0)).iloc[0], one.event_tests((0, 4)).iloc[0]
    agrees(day["estimate"], "dummy", "estimate")
    agrees(day["statistic"], "dummy", "t")
    agrees(day["p_value"], "dummy", "p")
    agrees(week["estimate"], "dummies5", "estimate")
    agrees(week["statistic"], "dummies5", "t")


def test_lambs_test_is_that_dummy_but_for_a_degree_of_freedom(one):
    found = one.test("lamb_t", (0, 0)).statistic
    agrees(found * np.sqrt(118 / 119), "dummy", "t")  # its s.d. of residuals has T - 1


def test_the_jackknife_is_that_of_boot(many):
    agrees(many.test("jackknife_t").statistic, "jackknife", "t")


def test_a_moving_beta_is_that_of_zoo():
    spec = StudySpec(
        model="rolling_market_model", estimation_window=(-120, -1), event_window=(0, 5),
        windows=((0, 5),),
    )  # fmt: skip
    events = pd.DataFrame({"event_id": ["e"], "security": ["s"], "session": [DAYS[120]]})
    found = event_study(
        pd.DataFrame({"s": SECURITY}, DAYS), events, benchmark=pd.Series(MARKET, DAYS), spec=spec
    )
    agrees(found.fits["beta"].iloc[0], "rolling", "beta120")
    agrees(found.ar[5].iloc[0], "rolling", "ar125")


def test_groups_ranks_and_signs_are_those_of_stats(many):
    gap = group_by(many, "group").differences[0]
    for mine, name in ((gap.statistic, "t"), (gap.df, "df"), (gap.p_value, "p"), (gap.low, "low")):
        agrees(mine, "welch", name)
    agrees(many.test("wilcoxon").p_value, "wilcoxon", "p")
    agrees(many.test("sign_z").p_value, "sign", "p")
    agrees(clustered_mean(CAR, DATE).se, "mean_by_date", "se")
    spread = many.distribution().loc["[0,0]"]
    agrees(spread["q05"], "quantile", "q05")
    agrees(spread["q95"], "quantile", "q95")
