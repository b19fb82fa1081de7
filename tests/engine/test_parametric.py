"""Tests on the size of abnormal returns, from first principles on the same AR."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import analysis
from analysis import StudySpec
from analysis.engine.inference import InapplicableTest
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import PlausibilityWarning

FIGURE = 1e-9
MARKET = simulate_market(SimulationSpec(n_events=15, effect={0: 0.01}, missing=0.02), seed=21)
RESULT = analysis.event_study(MARKET.returns, MARKET.events, benchmark=MARKET.benchmark)
WINDOWS = [(0, 0), (0, 1), (-1, 1), (-5, 10)]


@pytest.mark.parametrize("window", WINDOWS)
def test_cross_sectional_t_is_scipy_on_complete_windows(window: tuple[int, int]) -> None:
    car = RESULT.ar.loc[:, window[0] : window[1]].sum(axis=1, skipna=False).dropna()
    expected = stats.ttest_1samp(car, 0)
    found = RESULT.test("cross_sectional_t", window)
    assert found.statistic == pytest.approx(expected.statistic, rel=FIGURE)
    assert found.p_value == pytest.approx(expected.pvalue, rel=FIGURE)
    assert (found.n_events, found.df) == (len(car), len(car) - 1)


@pytest.mark.parametrize("window", WINDOWS)
def test_patell_with_missing_days(window: tuple[int, int]) -> None:
    sar = RESULT.sar.loc[:, window[0] : window[1]].dropna()
    scaled = sar.sum(axis=1) / np.sqrt(sar.shape[1])
    df = RESULT.fits.loc[sar.index, "df"]
    z = scaled.sum() / np.sqrt((df / (df - 2)).sum())
    found = RESULT.test("patell_z", window)
    assert found.statistic == pytest.approx(z, rel=FIGURE)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z)), rel=FIGURE)


@pytest.mark.parametrize("window", WINDOWS)
def test_bmp_is_the_cross_sectional_t_of_scar(window: tuple[int, int]) -> None:
    expected = stats.ttest_1samp(RESULT.scar(window).dropna(), 0)
    found = RESULT.test("bmp_t", window)
    assert found.statistic == pytest.approx(expected.statistic, rel=FIGURE)
    assert found.p_value == pytest.approx(expected.pvalue, rel=FIGURE)


def test_equal_values_have_no_spread() -> None:
    twin = MARKET.returns[["S001", "S001"]].set_axis(["a", "b"], axis=1)
    events = MARKET.events.iloc[[0, 0]].assign(event_id=["1", "2"], security=["a", "b"])
    with pytest.warns(PlausibilityWarning, match="one series under two names"):
        result = analysis.event_study(
            twin, events, benchmark=MARKET.benchmark, spec=StudySpec(event_window=(0, 1))
        )
    for name in ("cross_sectional_t", "bmp_t"):
        found = result.test(name)
        assert isinstance(found, InapplicableTest)
        assert "no spread" in found.reason
