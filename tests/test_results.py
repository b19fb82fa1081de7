"""Views of a result: labels, shapes, sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis import StudySpec
from analysis.errors import InputError
from analysis.results import window_label
from analysis.simulate import SimulationSpec, simulate_market

MARKET = simulate_market(SimulationSpec(n_events=12, effect={0: 0.02}), seed=5)
RESULT = analysis.event_study(MARKET.returns, MARKET.events, benchmark=MARKET.benchmark)


def test_shapes_and_keys() -> None:
    assert RESULT.ar.shape == (12, 16)
    assert RESULT.ar.index.names == ["event_id", "security"]
    assert list(RESULT.ar.columns) == list(range(-5, 11))
    assert RESULT.residuals.shape == (12, 120)
    assert list(RESULT.fits.columns) == ["alpha", "beta", "sigma", "df", "n_estimation"]
    assert len(RESULT.outcomes) == 12
    assert RESULT.outcomes["session"].tolist() == MARKET.events["session"].tolist()


def test_cumulation_and_averages_follow_from_ar() -> None:
    ar = RESULT.ar
    np.testing.assert_allclose(RESULT.car((-1, 1)), ar.loc[:, -1:1].sum(axis=1))
    np.testing.assert_allclose(RESULT.aar["aar"], ar.mean())
    assert RESULT.caar((0, 5)) == pytest.approx(ar.loc[:, 0:5].sum(axis=1).mean())
    np.testing.assert_allclose(RESULT.scar((0, 0)), RESULT.sar[0])


def test_a_single_event_is_tested_with_its_own_degrees_of_freedom() -> None:
    tests = RESULT.event_tests((0, 0))
    t = RESULT.ar[0] / RESULT.ar_se[0]
    np.testing.assert_allclose(tests["statistic"], t)
    np.testing.assert_allclose(tests["p_value"], 2 * stats.t.sf(np.abs(t), 118))


def test_summary_interval_is_the_t_interval_of_the_mean() -> None:
    row = RESULT.summary().loc["[0,0]"]
    ar = RESULT.ar[0]
    low, high = stats.t.interval(0.95, 11, loc=ar.mean(), scale=ar.std(ddof=1) / 12**0.5)
    assert (row["low"], row["high"]) == pytest.approx((low, high))
    assert row["statistic"] == pytest.approx(stats.ttest_1samp(ar, 0).statistic)


def test_tidy_table_has_a_row_for_every_window_and_test() -> None:
    table = RESULT.tests(windows=[(0, 0), (0, 1)], names=["bmp_t", "cross_sectional_t"])
    assert table["window"].tolist() == ["[0,0]", "[0,0]", "[0,1]", "[0,1]"]
    assert table[["null", "source"]].map(len).gt(0).all(axis=None)
    default = RESULT.tests()
    assert len(default) == len(RESULT.spec.windows) * len(RESULT.spec.tests)


@pytest.mark.parametrize(("level", "rows"), [("event", 12), ("event_day", 192), ("study", 4)])
def test_to_frame(level: str, rows: int) -> None:
    assert len(RESULT.to_frame(level)) == rows


def test_to_frame_refuses_other_levels() -> None:
    with pytest.raises(InputError, match="Did you mean 'event_day'"):
        RESULT.to_frame("event_days")


def test_a_window_outside_the_event_window_is_refused() -> None:
    with pytest.raises(InputError, match=r"inside the event window \[-5, \+10\]\. Did you mean \[\+0"):
        RESULT.car((0, 20))
    with pytest.raises(InputError, match="Widen `event_window`"):
        RESULT.test("bmp_t", (20, 21))


def test_an_unknown_test_is_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'patell_z'"):
        RESULT.test("patel_z")


def test_facts_in_words() -> None:
    assert "12 of 12 events usable" in repr(RESULT)
    assert "N = 12" in RESULT.describe()
    assert "<table" in RESULT._repr_html_()
    assert window_label((0, 1)) == "[0,1]"


def test_no_average_is_tested_for_one_event() -> None:
    one = analysis.event_study(
        MARKET.returns, MARKET.events.iloc[:1], benchmark=MARKET.benchmark, spec=StudySpec()
    )
    found = one.test("cross_sectional_t")
    assert np.isnan(found.p_value)
    assert "it needs two events" in found.reason
    assert "No average is tested" in one.describe()
    assert isinstance(one.tests(), pd.DataFrame)
