"""Every test on hard panels, against plain loops over events (battery_by_hand)."""

from __future__ import annotations

import battery_by_hand as by_hand
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis import EventStudyResult, StudySpec
from analysis.engine.inference import TESTS, InapplicableTest, TestOptions, run_test
from analysis.engine.panel import EventPanel
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import InputError

#: Figures agree when |a - b| <= 1e-9 max(1, |b|).
FIGURE = 1e-9
EST, WINDOW = (-100, -11), (-5, 10)
SPEC = StudySpec(estimation_window=EST, event_window=WINDOW)


def panels() -> dict[str, tuple[pd.DataFrame, pd.DataFrame, pd.Series]]:
    """Return panels that are hard in one way each."""
    plain = SimulationSpec(n_events=12, n_sessions=260, before=120, correlation=0.3)
    staggered = simulate_market(plain, seed=31)
    clustered = simulate_market(
        SimulationSpec(n_events=12, n_sessions=260, before=120, correlation=0.3, dates="clustered"),
        seed=32,
    )
    share = np.random.default_rng(33).random(staggered.returns.shape)
    missing = staggered.returns.mask(share < 0.06)
    gaps = clustered.returns.mask(share < 0.2)
    sessions = staggered.returns.index
    several = pd.DataFrame(
        {
            "event_id": [f"E{i}" for i in range(12)],
            "security": [f"S{1 + i // 3:03d}" for i in range(12)],
            "session": sessions[[130, 134, 170, 130, 150, 153, 131, 190, 199, 134, 170, 205]],
        }
    )
    twice = pd.concat([several, several.iloc[[0, 4, 7]].assign(event_id=["x", "y", "z"])])
    return {
        "staggered": (staggered.returns, staggered.events, staggered.benchmark),
        "same day": (clustered.returns, clustered.events, clustered.benchmark),
        "missing returns": (missing, staggered.events, staggered.benchmark),
        "several per security": (staggered.returns, several, staggered.benchmark),
        "all at once": (missing, several, staggered.benchmark),
        "a fifth missing on one day": (gaps, clustered.events, clustered.benchmark),
        "reactions named twice": (missing, twice, staggered.benchmark),
    }


PANELS = panels()


@pytest.fixture(scope="module", params=PANELS)
def case(request: pytest.FixtureRequest) -> tuple[EventStudyResult, list]:
    returns, events, benchmark = PANELS[request.param]
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    assert result.usable.all()
    return result, by_hand.fit(returns, events, benchmark, EST, WINDOW)


NOT_BY_HAND = {"abhar_t", "skewness_adjusted_bhar_t"}


@pytest.mark.parametrize("share", [1.0, 0.7])
@pytest.mark.parametrize("window", [(0, 0), (-1, 1), (-5, 10)])
@pytest.mark.parametrize("name", sorted(set(TESTS) - NOT_BY_HAND))
def test_statistic_is_the_one_of_plain_loops(
    case: tuple[EventStudyResult, list], name: str, window: tuple[int, int], share: float
) -> None:
    result, fitted = case
    columns = range(window[0] - WINDOW[0], window[1] - WINDOW[0] + 1)
    found = result.test(name, window, min_present=share)
    counted = by_hand.row(fitted, columns, WINDOW[0], 1.0 if name in by_hand.EVERY_DAY else share)
    distinct = {(f.security, f.row) for f in fitted}
    assert found.n_events == len(counted)
    assert found.n_left_out == len(distinct) - len(counted)
    short = [f for f in counted if len(by_hand.present(f, columns)) < len(columns)]
    assert found.n_partial == len(short)
    if isinstance(found, InapplicableTest):  # too few calendar days, or too few events
        assert ("30 calendar days" in found.reason) or found.n_events <= 2
        return
    expected = getattr(by_hand, name)(counted, columns, first=WINDOW[0])
    assert abs(found.statistic - expected) <= FIGURE * max(1, abs(expected))
    agreed = by_hand.car(counted, columns).mean()
    assert found.estimate == pytest.approx(agreed, rel=FIGURE, abs=FIGURE)


@pytest.mark.parametrize("name", ["abhar_t", "skewness_adjusted_bhar_t"])
def test_buy_and_hold_by_hand(case: tuple[EventStudyResult, list], name: str) -> None:
    result, _ = case
    normal = result.distinct.fit.normal
    realised = result.distinct.returns
    bhar = (1 + realised[:, 5:8]).prod(axis=1) - (1 + normal[:, 5:8]).prod(axis=1)
    bhar = bhar[np.isfinite(bhar)]
    n, s = len(bhar), bhar.mean() / bhar.std(ddof=1)
    h = ((bhar - bhar.mean()) ** 3).sum() / (n * bhar.std(ddof=1) ** 3)
    expected = {
        "abhar_t": np.sqrt(n) * s,
        "skewness_adjusted_bhar_t": np.sqrt(n) * (s + h * s**2 / 3 + h / (6 * n)),
    }[name]
    assert result.test(name, (0, 2)).statistic == pytest.approx(expected, rel=FIGURE)


def test_p_values_and_degrees_of_freedom(case: tuple[EventStudyResult, list]) -> None:
    result, _ = case
    t_tests = {
        "cross_sectional_t": None,
        "crude_dependence_t": 89,
        "lamb_t": 89,
        "bmp_t": None,
        "kolari_pynnonen_t": None,
        "skewness_adjusted_t": None,
        "jackknife_t": None,
        "standardised_jackknife_t": None,
        "grank_t": 89,
    }
    for name, test in TESTS.items():
        found = result.test(name, (0, 0))
        if isinstance(found, InapplicableTest) or name in ("wilcoxon", "sign_z", *NOT_BY_HAND):
            continue
        if name in t_tests:
            assert found.df == (t_tests[name] or found.n_events - 1)
            expected = 2 * stats.t.sf(abs(found.statistic), found.df)
        elif "binomial" in test.reference:
            share, positive = found.details["share"], int(found.details["positive"])
            expected = stats.binomtest(positive, found.n_events, share).pvalue
        else:
            assert found.df is None
            expected = 2 * stats.norm.sf(abs(found.statistic))
        assert found.p_value == pytest.approx(expected, rel=FIGURE), name
        assert found.null == test.null
        assert found.source == test.source


@pytest.mark.parametrize("form", ["pairs", "date_sums"])
@pytest.mark.parametrize("name", TESTS)
def test_parts_merge_to_the_same_figure(
    case: tuple[EventStudyResult, list], name: str, form: str
) -> None:
    result, _ = case
    ab, options = result.abnormal, TestOptions(form=form)
    whole = run_test(name, [ab], (-1, 1), options)
    same_series_apart = [ab.take(np.flatnonzero(ab.column % 3 == k)) for k in range(3)]
    parts = [part for part in same_series_apart if len(part)]
    split = run_test(name, parts, (-1, 1), options)
    assert split.statistic == pytest.approx(whole.statistic, rel=1e-12, nan_ok=True)
    assert split.p_value == pytest.approx(whole.p_value, rel=1e-12, nan_ok=True)
    assert (split.n_events, split.reason) == (whole.n_events, whole.reason)


def test_date_sums_are_exact_when_windows_coincide() -> None:
    returns, events, benchmark = PANELS["same day"]
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    for window in [(0, 0), (-5, 10)]:
        for dependence in ("overlap", "all_pairs"):
            pairs, sums = (
                result.test("kolari_pynnonen_t", window, form=form, dependence=dependence)
                for form in ("pairs", "date_sums")
            )
            assert (pairs.details["form"], sums.details["form"]) == ("pairs", "date_sums")
            assert sums.details["r"] == pytest.approx(pairs.details["r"], rel=1e-11)
            assert sums.statistic == pytest.approx(pairs.statistic, rel=1e-11)


def test_date_sums_use_each_windows_own_mean_and_norm() -> None:
    returns, events, benchmark = PANELS["staggered"]
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    total = 0.0
    z = result.residuals.sub(result.residuals.mean(axis=1), axis=0)
    z = z.div(np.sqrt((z**2).sum(axis=1)), axis=0).to_numpy()
    rows = result.abnormal.row
    for i in range(12):
        for j in range(i + 1, 12):
            lag = abs(rows[i] - rows[j])
            if lag < 16:
                early, late = (i, j) if rows[i] < rows[j] else (j, i)
                total += (16 - lag) / 16 * (z[early][lag:] * z[late][: 90 - lag]).sum()
    found = result.test("kolari_pynnonen_t", (-5, 10), form="date_sums")
    assert found.details["r"] == pytest.approx(total / 66, rel=1e-11)


def test_one_series_correlates_with_itself_fully() -> None:
    returns, _, benchmark = PANELS["staggered"]
    sessions = returns.index
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "security": "S001", "session": sessions[[150, 152]]}
    )
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    for form in ("pairs", "date_sums"):
        found = result.test("kolari_pynnonen_t", (0, 3), form=form)
        assert found.details["r"] == pytest.approx(0.5, rel=1e-12)  # 2 of 4 sessions shared


def test_the_same_reaction_twice_is_one_observation() -> None:
    returns, events, benchmark = PANELS["staggered"]
    twice = pd.concat([events, events.iloc[:3].assign(event_id=["x", "y", "z"])])
    once = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    again = analysis.event_study(returns, twice, benchmark=benchmark, spec=SPEC)
    assert len(again.ar) == 15
    for name in TESTS:
        assert again.test(name).statistic == pytest.approx(
            once.test(name).statistic, rel=1e-12, nan_ok=True
        )
        assert again.test(name).n_events == once.test(name).n_events


def test_too_few_common_sessions() -> None:
    returns, events, benchmark = PANELS["same day"]
    short = StudySpec(estimation_window=(-36, -11), event_window=WINDOW)
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=short)
    for form in ("pairs", "date_sums"):
        for name in ("kolari_pynnonen_t", "adjusted_patell_z"):
            found = result.test(name, form=form)
            assert isinstance(found, InapplicableTest)
            assert "only 26 estimation sessions; 30 are needed" in found.reason


def study_of(n: int) -> EventStudyResult:
    returns, events, benchmark = PANELS["staggered"]
    return analysis.event_study(returns, events.iloc[:n], benchmark=benchmark, spec=SPEC)


#: Tests that can reject with a single event.
UNBOUNDED = {"j1", "j2", "patell_z", "adjusted_patell_z", "crude_dependence_t", "lamb_t"}


@pytest.mark.parametrize("name", sorted(TESTS))
def test_one_event_gives_a_figure_with_a_warning_or_a_reason(name: str) -> None:
    found = study_of(1).test(name)
    if isinstance(found, InapplicableTest):
        assert found.reason
        assert np.isnan(found.p_value)
    else:
        assert np.isfinite(found.p_value)
        if name not in UNBOUNDED:
            assert "cannot reject at 5 %" in found.reason


@pytest.mark.parametrize(
    ("name", "n", "text"),
    [
        ("wilcoxon", 5, "cannot reject at 5 % with 5 events: smallest p is 0.062"),
        ("sign_z", 5, "cannot reject at 5 % with 5 events: smallest p is 0.062"),
        ("skewness_adjusted_t", 12, "known to fail below 20 events: read generalized_sign_z"),
        ("jackknife_t", 12, "known to fail below 40 events: read generalized_sign_z"),
        ("grank_t", 12, "known to fail below 20 events: read corrado_zivney_sign_z"),
        ("corrado_zivney_adjusted_z", 12, "known to fail below 20 events"),
        ("corrado_zivney_sign_z", 3, "cannot reject at 5 % with 3 events: |z| stays near or be"),
    ],
)
def test_what_fails_at_this_n_is_flagged(name: str, n: int, text: str) -> None:
    assert text in study_of(n).test(name).reason
    assert "cannot reject" not in study_of(12).test(name).reason


def test_tests_that_assume_independence_say_when_events_share_sessions() -> None:
    returns, events, benchmark = PANELS["same day"]
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    for name, test in TESTS.items():
        found = result.test(name, (0, 0))
        if not isinstance(found, InapplicableTest):
            assert ("12 events share sessions" in found.reason) == test.independent, name


def test_tests_that_see_common_dates_only_say_when_windows_overlap_on_others() -> None:
    returns, _, benchmark = PANELS["staggered"]
    events = pd.DataFrame(
        {
            "event_id": ["a", "b", "c", "d"],
            "security": ["S001", "S002", "S003", "S004"],
            "session": returns.index[[150, 150, 153, 190]],
        }
    )
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    for name, test in TESTS.items():
        apart, near = result.test(name, (0, 2)), result.test(name, (0, 3))
        if isinstance(near, InapplicableTest):
            continue
        text = "3 events share sessions with events of other dates"
        assert (text in near.reason) == test.common_dates, name
        assert "of other dates" not in apart.reason
        assert ("2 events share sessions, but" in apart.reason) == test.independent, name


def test_single_event_tests() -> None:
    one, many = study_of(1), study_of(3)
    row = one.event_tests((0, 1)).iloc[0]
    found = one.test("car_t", (0, 1))
    assert (found.statistic, found.p_value, found.df) == (row["statistic"], row["p_value"], 88)
    assert one.test("ar_t").n_events == 1
    assert "`car_t` tests a window" in one.test("ar_t", (0, 1)).reason
    assert "`event_tests` tests each by itself" in many.test("ar_t").reason


def test_unknown_options_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean 'dependence'"):
        study_of(3).test("bmp_t", dependance="all_pairs")


def test_shrinking_scar_where_events_share_dates() -> None:
    returns, events, benchmark = PANELS["same day"]
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    r = result.test("kolari_pynnonen_t").details["r"]
    scar = result.scar((0, 0))
    star = scar / scar.std(ddof=1) * np.sqrt(1 - r)
    days = np.column_stack([result.residuals.div(result.fits["sigma"], axis=0), star])
    u = stats.rankdata(days, axis=1) / 92 - 0.5
    z = u[:, -1].mean() / np.sqrt((u.mean(axis=0) ** 2).mean())
    found = result.test("grank_t", shrink_scar=True)
    assert found.statistic == pytest.approx(z * np.sqrt(89 / (90 - z**2)), rel=FIGURE)


def two_exchanges(clock: tuple[int, int]) -> EventPanel:
    """Build a panel of two markets that close at 06:00 and at 20:00 UTC, one event in each."""
    rng = np.random.default_rng(3)
    n = 80
    common = rng.normal(size=n + 1)
    returns = 0.01 * np.column_stack(
        [common[:-1] + 0.5 * rng.normal(size=n), common[1:] + 0.5 * rng.normal(size=n)]
    )
    days = np.arange(n, dtype=np.int64)
    close = days[:, None] * 86_400 + np.array([6, 20]) * 3_600
    return EventPanel(
        event_id=np.array(["a", "b"], dtype=object),
        security=np.array(["east", "west"], dtype=object),
        column=np.array([0, 1]),
        row=np.array([61, 60]),
        securities=("east", "west"),
        returns=returns,
        factors=np.empty((n, 2, 0)),
        factor_names=(),
        session_id=np.column_stack([2 * days, 2 * days + 1]),
        label=np.repeat((np.datetime64("2024-01-01", "D") + days)[:, None], 2, axis=1),
        status=np.array(["ok", "ok"], dtype=object),
        reason=np.array(["", ""], dtype=object),
        close_at=close,
        clock=np.array(clock, dtype=np.int64),
    )


def test_markets_in_different_time_zones_are_paired_as_their_day_0s_are() -> None:
    spec = StudySpec(model="constant_mean", estimation_window=(-50, -6), event_window=(-2, 2))
    noon = two_exchanges((12 * 3_600, 12 * 3_600))
    result = analysis.event_study(noon, spec=spec)
    # News at 12:00: the west's close of that date and the east's of the next contain it. The
    # common shock of west day d is the one of east day d + 1, so paired residuals correlate.
    residuals = result.residuals.to_numpy()
    found = result.test("kolari_pynnonen_t", (0, 0))
    assert found.details["r"] == pytest.approx(np.corrcoef(residuals)[0, 1], rel=1e-9)
    assert found.details["r"] > 0.5
    # News at 03:00: both closes of the date contain it; then 61 and 60 are different days.
    early = analysis.event_study(two_exchanges((3 * 3_600, 3 * 3_600)), spec=spec)
    assert early.test("kolari_pynnonen_t", (0, 0)).details["r"] == 0
    assert early.test("kolari_pynnonen_t", (0, 1)).details["r"] != 0
    # between noon and three lies a close: no one number of a session holds for both rows
    with pytest.raises(InputError, match="2 times of day"):
        analysis.event_study(two_exchanges((12 * 3_600, 3 * 3_600)), spec=spec)
    unpaired = analysis.event_study(EventPanel(**{**vars(noon), "clock": None}), spec=spec)
    assert unpaired.test("kolari_pynnonen_t", (-2, 2)).details["r"] == 0


def flags_of(returns: pd.DataFrame, events: pd.DataFrame, market: pd.Series) -> dict[str, str]:
    result = analysis.event_study(returns, events, benchmark=market, spec=SPEC)
    return {name: result.test(name).reason for name in TESTS}


def test_every_test_says_what_it_assumes() -> None:
    for name, test in TESTS.items():
        assert test.assumes, name
        assert study_of(12).test(name).assumes == test.assumes
    assert study_of(12).tests(names=["patell_z"])["assumes"].str.contains("vary as").all()


def test_a_spread_estimation_days_do_not_foretell_is_flagged() -> None:
    market = simulate_market(
        SimulationSpec(n_events=25, n_sessions=260, before=120, event_variance=6.0), seed=3
    )
    result = analysis.event_study(
        market.returns, market.events, benchmark=market.benchmark, spec=SPEC
    )
    scar = result.scar((0, 0))
    df = result.fits["df"]
    chi2 = 24 * scar.var(ddof=1) / (df / (df - 2)).mean()
    assert chi2 > stats.chi2.isf(0.05, 24)
    for name, test in TESTS.items():
        reason = result.test(name).reason
        assert ("these events vary" in reason) == (not test.any_variance), name
    assert f"vary {chi2 / 24:.3g} times" in result.test("patell_z").reason
    assert "read bmp_t" in result.test("patell_z").reason
    calm = flags_of(*PANELS["staggered"])
    assert not any("these events vary" in reason for reason in calm.values())


def test_skewed_estimation_residuals_are_flagged() -> None:
    market = simulate_market(
        SimulationSpec(n_events=25, n_sessions=260, before=120, skewness=2.0), seed=4
    )
    result = analysis.event_study(
        market.returns, market.events, benchmark=market.benchmark, spec=SPEC
    )
    pooled = result.residuals.div(result.fits["sigma"], axis=0).to_numpy().ravel()
    skewness = stats.skew(pooled)
    assert skewness > 1
    for name, test in TESTS.items():
        found = result.test(name)
        if not isinstance(found, InapplicableTest):
            assert (f"a skewness of {skewness:+.2f}" in found.reason) == test.symmetric, name
    assert not any("skewness of" in reason for reason in flags_of(*PANELS["staggered"]).values())


def test_sign_tests_print_the_level_they_attain() -> None:
    level = study_of(12).test("sign_z").details["attainable level"]
    assert level == pytest.approx(2 * stats.binom.cdf(2, 12, 0.5))
    assert study_of(5).test("sign_z").details["attainable level"] == 0
    generalized = study_of(12).test("generalized_sign_z")
    share = generalized.details["share"]
    p = [stats.binomtest(k, 12, share).pvalue for k in range(13)]
    expected = sum(stats.binom.pmf(k, 12, share) for k in range(13) if p[k] <= 0.05)
    assert generalized.details["attainable level"] == pytest.approx(expected)
    signed = study_of(12).test("wilcoxon").details["attainable level"]
    assert signed == pytest.approx(0.04248046875)  # of 2^12 sign patterns, tabled: W <= 13
    zivney = study_of(12).test("corrado_zivney_sign_z")
    assert 0.01 < zivney.details["attainable level"] < 0.08
    assert "attainable level" in study_of(12).tests(names=["sign_z"])["details"].iloc[0]


def test_weighted_means_say_when_events_are_not_independent() -> None:
    returns, events, benchmark = PANELS["same day"]
    result = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    assert "12 events share sessions" in result.weighted_caar((0, 0))["reason"]
    returns, events, benchmark = PANELS["staggered"]
    apart = analysis.event_study(returns, events, benchmark=benchmark, spec=SPEC)
    assert apart.weighted_caar((0, 0))["reason"] == ""
    assert "events are independent" in apart.weighted_caar((0, 0))["assumes"]


@pytest.mark.parametrize(("share", "flagged"), [(0.2, True), (0.03, False)])
def test_spreads_of_thinned_estimation_days_are_flagged(share: float, flagged: bool) -> None:
    market = simulate_market(
        SimulationSpec(n_events=12, n_sessions=260, before=120, missing=share), seed=6
    )
    result = analysis.event_study(
        market.returns, market.events, benchmark=market.benchmark, spec=SPEC
    )
    row = result.residuals[np.isfinite(result.scar((0, 0))).reindex(result.residuals.index)]
    thinning = (len(row) / row.notna().sum()).mean()
    assert (thinning > 1.15) == flagged
    for name, test in TESTS.items():
        assert ("rejects too seldom" in result.test(name).reason) == (flagged and test.full_days)
    if flagged:
        found = result.test("corrado_rank_z").reason
        assert f"vary {thinning:.3g} times as much" in found
        assert "read corrado_zivney_z" in found
