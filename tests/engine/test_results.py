"""Views of a result: labels, shapes, sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis import StudySpec
from analysis.engine.results import window_label
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.engine.study import volume_study
from analysis.errors import InputError

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
    with pytest.raises(InputError, match=r"event window \[-5, \+10\]\. Did you mean \[\+0"):
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


def test_buy_and_hold_from_simple_and_log_returns() -> None:
    first = MARKET.events.iloc[[0]]
    simple = analysis.event_study(
        MARKET.returns, first, benchmark=MARKET.benchmark, spec=StudySpec(model="market_adjusted")
    )
    row = MARKET.returns.index.get_loc(first["session"].iloc[0])
    own, bench = MARKET.returns["S001"].iloc[row : row + 3], MARKET.benchmark.iloc[row : row + 3]
    expected = (1 + own).prod() - (1 + bench).prod()
    assert simple.bhar((0, 2)).iloc[0] == pytest.approx(expected, rel=1e-12)
    log = analysis.event_study(
        np.log1p(MARKET.returns),
        first,
        benchmark=np.log1p(MARKET.benchmark),
        spec=StudySpec(model="market_adjusted", return_kind="log"),
    )
    assert log.bhar((0, 2)).iloc[0] == pytest.approx(expected, rel=1e-12)


def test_weighted_averages_by_hand() -> None:
    window = (0, 1)
    car, se = RESULT.car(window), RESULT.sums(window).se
    equal = RESULT.weighted_caar(window, "equal")
    assert equal["estimate"] == pytest.approx(car.mean())
    assert equal["statistic"] == pytest.approx(RESULT.test("j1", window).statistic)
    precise = RESULT.weighted_caar(window)
    assert precise["estimate"] == pytest.approx(np.average(car, weights=se**-2))
    assert precise["se"] == pytest.approx((se**-2).sum() ** -0.5)
    caps = pd.Series(np.arange(1.0, 13.0), index=RESULT.ar.index)
    valued = RESULT.weighted_caar(window, caps)
    assert valued["estimate"] == pytest.approx(np.average(car, weights=caps))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("values", "Choose one of: equal, precision"),
        (pd.Series([1.0], index=RESULT.ar.index[:1]), "every used event needs a weight"),
        (pd.Series(-1.0, index=RESULT.ar.index), "every used event needs a weight"),
    ],
)
def test_weights_that_cannot_be(weights: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        RESULT.weighted_caar((0, 0), weights)


def test_abnormal_volatility_has_mean_one_and_an_f_test() -> None:
    volatility = RESULT.abnormal_volatility
    np.testing.assert_allclose(volatility, RESULT.sar**2 * 116 / 118)
    tests = RESULT.volatility_tests(0)
    np.testing.assert_allclose(tests["p_value"], stats.f.sf(RESULT.sar[0] ** 2, 1, 118))
    np.testing.assert_allclose(tests["estimate"], volatility[0])


def test_abnormal_volume_is_log_volume_less_its_mean() -> None:
    rng = np.random.default_rng(1)
    volume = pd.DataFrame(
        rng.lognormal(10, 0.3, MARKET.returns.shape),
        index=MARKET.returns.index,
        columns=MARKET.returns.columns,
    )
    volume.iloc[5, 0] = 0.0
    result = volume_study(volume, MARKET.events)
    row = volume.index.get_loc(MARKET.events["session"].iloc[0])
    logs = np.log(volume["S001"].replace(0, np.nan))
    expected = logs.iloc[row] - logs.iloc[row - 130 : row - 10].mean()
    assert result.ar[0].iloc[0] == pytest.approx(expected)
    with pytest.raises(InputError, match="volume cannot be negative"):
        volume_study(-volume, MARKET.events)


def test_outcomes_count_days_and_overlaps() -> None:
    sessions = MARKET.returns.index
    events = pd.DataFrame(
        {
            "event_id": ["a", "b", "c", "d", "e"],
            "security": ["S001", "S001", "S002", "S001", "S009"],
            "session": [*sessions[[300, 310, 300]], sessions[10], "1999-01-04"],
        }
    )
    returns = MARKET.returns.copy()
    returns.iloc[[250, 302], 0] = np.nan
    spec = StudySpec(estimation_window=(-130, -6), event_window=(-5, 10))
    outcomes = analysis.event_study(
        returns, events, benchmark=MARKET.benchmark, spec=spec
    ).outcomes.set_index("event_id")
    status = ["partial", "ok", "ok", "short_estimation", "outside_data"]
    assert outcomes["status"].tolist() == status
    assert "on 15 of the 16 days of `event_window` [-5, 10]" in outcomes["reason"]["a"]
    assert outcomes["n_estimation"].tolist() == [124, 123, 125, 0, 0]
    assert outcomes["n_event_days"].tolist() == [15, 16, 16, 0, 0]
    assert outcomes["same_session"].tolist() == [1, 0, 1, 0, 0]
    assert outcomes["overlapping"].tolist() == [1, 1, 0, 0, 0]
    # b's estimation window ends on session 304, a's event window starts on 295
    assert outcomes["contaminated_days"].tolist() == [0, 10, 0, 0, 0]


def gaps() -> tuple[analysis.EventStudyResult, pd.DataFrame]:
    """Return a study with missing days and three reactions named twice, and its distinct AR."""
    market = simulate_market(SimulationSpec(n_events=15, effect={0: 0.02}, missing=0.1), seed=8)
    twins = market.events.iloc[:3].assign(event_id=["x", "y", "z"])
    events = pd.concat([market.events, twins])
    result = analysis.event_study(market.returns, events, benchmark=market.benchmark)
    return result, result.ar.iloc[:15]


def test_every_figure_of_a_row_comes_from_the_same_distinct_events() -> None:
    result, ar = gaps()
    for window in result.spec.windows:
        car = ar.loc[:, window[0] : window[1]].sum(axis=1, skipna=False).dropna()
        assert len(car) < 15
        row = result.summary().loc[window_label(window)]
        expected = stats.ttest_1samp(car, 0)
        low, high = expected.confidence_interval()
        assert row["estimate"] == pytest.approx(car.mean())
        assert row["statistic"] == pytest.approx(expected.statistic)
        assert (row["low"], row["high"]) == pytest.approx((low, high))
        assert (row["n_events"], row["n_left_out"]) == (len(car), 15 - len(car))
        assert row["n_partial"] == 0
        assert result.caar(window) == pytest.approx(car.mean())
        tested = result.test("cross_sectional_t", window)
        assert tested.statistic == pytest.approx(row["statistic"])
        assert (tested.n_events, tested.p_value) == (len(car), pytest.approx(row["p_value"]))
        equal = result.weighted_caar(window, "equal")
        assert equal["estimate"] == pytest.approx(car.mean())
        assert equal["statistic"] == pytest.approx(result.test("j1", window).statistic)
        assert equal["n_events"] == len(car)
    np.testing.assert_allclose(result.aar["aar"], ar.mean())
    assert result.aar["n_events"].tolist() == ar.count().tolist()
    assert "distinct reactions" in result.describe()


def test_a_share_of_the_days_counts_an_event_that_has_day_0() -> None:
    result, ar = gaps()
    loose = analysis.event_study(result.panel, spec=StudySpec(min_present=0.6, windows=((0, 5),)))
    days = ar.loc[:, 0:5]
    counted = (days.notna().mean(axis=1) >= 0.6) & days[0].notna()
    car = days[counted].sum(axis=1)
    row = loose.summary().loc["[0,5]"]
    assert row["n_events"] == counted.sum() > result.summary().loc["[0,5]", "n_events"]
    assert row["n_partial"] == (days[counted].isna().any(axis=1)).sum() > 0
    assert row["estimate"] == pytest.approx(car.mean())
    assert loose.test("sign_z", (0, 5)).n_events == result.test("sign_z", (0, 5)).n_events
    assert loose.abhar((0, 5)) == pytest.approx(result.abhar((0, 5)))


@pytest.mark.parametrize("share", [0.4, 1.2, "all", True])
def test_a_share_that_is_none_is_refused(share: object) -> None:
    with pytest.raises(InputError, match=r"min_present.*from 0\.5 to 1"):
        StudySpec(min_present=share)


def test_a_plain_buy_and_hold_return_needs_no_estimation_days() -> None:
    """An event three sessions into the prices is lost to the model, not to a product of returns."""
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2024-01-01", periods=200)
    returns = pd.DataFrame(rng.normal(0, 0.01, (200, 2)), index=days, columns=["A", "B"])
    returns.loc[days[181], "B"] = np.nan
    events = pd.DataFrame(
        {"event_id": ["early", "late", "gap"], "security": ["A", "A", "B"],
         "session": days[[3, 180, 180]]}
    )  # fmt: skip
    spec = StudySpec(model="constant_mean", estimation_window=(-130, -11), event_window=(-1, 1))
    result = analysis.event_study(returns, events, spec=spec)
    assert list(result.status) == [
        "short_estimation", "ok", "ok",
    ]  # fmt: skip
    held = result.buy_and_hold((0, 2))
    a = returns["A"].to_numpy()
    early, late = ((1 + a[i]) * (1 + a[i + 1]) * (1 + a[i + 2]) - 1 for i in (3, 180))
    assert held["early", "A"] == pytest.approx(early, rel=1e-12)
    assert held["late", "A"] == pytest.approx(late, rel=1e-12)
    assert np.isnan(held["gap", "B"])
    assert np.isnan(result.buy_and_hold((-5, 0))["early", "A"])  # before the first price
    assert np.isnan(result.buy_and_hold((0, 20))["late", "A"])  # after the last
