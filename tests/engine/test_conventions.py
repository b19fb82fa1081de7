"""Rules of other programs, each worked by hand from the same abnormal returns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import StudySpec, event_study
from analysis.engine.conventions import CONVENTIONS, buy_and_hold
from analysis.engine.event_rules import EventRule, event_figures, parts
from analysis.engine.explain import equal_digits
from analysis.engine.groups import welch
from analysis.engine.study import estimate
from analysis.errors import InputError

WINDOW = (0, 2)


@pytest.fixture(scope="module")
def study():
    rng = np.random.default_rng(5)
    days = pd.bdate_range("2024-01-01", periods=90)
    market = pd.Series(rng.normal(0, 0.01, 90), days)
    names = list("ABCDEF")
    returns = pd.DataFrame(
        0.9 * market.to_numpy()[:, None] + rng.normal(0, 0.02, (90, 6)), days, names
    )
    events = pd.DataFrame({"event_id": names, "security": names, "session": days[60 : 60 + 12 : 2]})
    spec = StudySpec(estimation_window=(-50, -11), event_window=(-2, 5), windows=(WINDOW,))
    return event_study(returns, events, benchmark=market, spec=spec)


def test_the_projects_own_rule_gives_the_projects_own_figures(study):
    own = study.event_tests(WINDOW)
    found = event_figures(study, WINDOW, EventRule())
    np.testing.assert_allclose(found["t"], own["statistic"], rtol=1e-12)
    np.testing.assert_allclose(found["p"], own["p_value"], rtol=1e-12)
    assert EventRule().differs() == "nothing"


def test_variance_by_t_one_tail_and_no_forecast_error(study):
    residuals = study.residuals.loc[("A", "A")].to_numpy()
    car = study.car(WINDOW).iloc[0]
    variance = (residuals**2).mean()
    row = CONVENTIONS["mle_one_sided"].compute(study, WINDOW).iloc[0]
    assert row["var_ar"] == pytest.approx(variance, rel=1e-12)
    assert row["t"] == pytest.approx(car / np.sqrt(3 * variance), rel=1e-12)
    assert row["p"] == pytest.approx(stats.t.sf(abs(row["t"]), 39), rel=1e-12)


def test_population_sd_is_the_root_of_n_over_n_minus_1(study):
    ours = study.test("cross_sectional_t", WINDOW).statistic
    found = CONVENTIONS["population_sd"].compute(study, WINDOW)
    assert found["cross_sectional_t"] == pytest.approx(ours * np.sqrt(6 / 5), rel=1e-12)


def test_programs_that_differ_on_missing_days_agree_on_complete_ones(study):
    theirs = CONVENTIONS["estudy2_missing"].compute(study, (0, 0))
    for name in ("generalized_sign_z", "corrado_zivney_sign_z"):
        assert theirs[name] == pytest.approx(study.test(name, (0, 0)).statistic, rel=0.2)
    assert set(theirs) == {
        "corrado_rank_z", "corrado_zivney_z", "corrado_zivney_sign_z", "generalized_sign_z",
        "patell_z", "bmp_t", "lamb_t",
    }  # fmt: skip


def test_lamb_on_one_date_is_that_of_estudy2_and_of_the_formula(study):
    one = study.panel.at(np.full(6, 65), study.panel.column)
    found = estimate(one, study.spec)
    mean = found.residuals.mean().to_numpy()
    x, day = study.panel.factors[65 - 50 : 65 - 10, 0], study.panel.factors[65, 0]
    c = 1 + 1 / 40 + (day - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    expected = found.ar[0].mean() / (mean.std(ddof=1) * np.sqrt(c))
    assert found.test("lamb_t", (0, 0)).statistic == pytest.approx(expected, rel=1e-12)
    theirs = CONVENTIONS["estudy2_missing"].compute(found, (0, 0))["lamb_t"]
    assert theirs == pytest.approx(expected, rel=1e-12)


def test_buy_and_hold_by_hand(study):
    panel = study.panel
    row, column = panel.row[0], panel.column[0]
    held = np.prod(1 + panel.returns[row : row + 3, column]) - 1
    assert buy_and_hold(study, WINDOW).iloc[0] == pytest.approx(held, rel=1e-12)
    assert parts(study).k == 2


def test_welch_is_that_of_scipy():
    a, b = [1.0, 2.0, 4.0], [0.5, 0.7, 0.1, 0.9]
    found = welch(a, b)
    theirs = stats.ttest_ind(a, b, equal_var=False)
    assert found["welch_t"] == pytest.approx(theirs.statistic)
    assert found["difference"] == pytest.approx(7 / 3 - 0.55)


@pytest.mark.parametrize(
    ("value", "printed", "digits"),
    [(0.5149, "0.51", 2), (0.5149, "0.52", 1), (-0.5, "0.52", None), (48.2, "48", 0)],
)
def test_digits_that_agree(value, printed, digits):
    assert equal_digits(value, printed) == digits


def test_a_printed_number_is_traced_to_its_rule(study):
    row = event_figures(
        study, WINDOW, EventRule(divisor="T-1", forecast_error=False, reference="t(T-1)")
    ).iloc[2]
    found = study.explain("car_t", WINDOW, printed=f"{row['t']:.6f}")
    first = found[found["gives_it"]]
    assert "C" in set(first["security"])
    assert any("sum e^2/(T-1)" in text and "forecast" in text for text in first["differs"])


def test_a_sign_the_wrong_way_round_is_said(study):
    ours = study.test("cross_sectional_t", WINDOW).statistic
    found = study.explain("cross_sectional_t", WINDOW, printed=f"{-ours:.4f}")
    assert list(found.loc[found["gives_it"], "convention"]) == ["sign reversed"]


def test_a_mean_and_a_figure_that_only_another_program_has_are_explained(study):
    caar = study.caar(WINDOW)
    found = study.explain("caar_percent", WINDOW, printed=f"{-100 * caar:.5f}")
    assert list(found.loc[found["gives_it"], "convention"]) == ["sign reversed"]
    assert list(study.explain("bw_1980", WINDOW)["convention"]) == ["bw_1980"]


def test_a_p_value_is_never_offered_below_zero(study):
    assert (study.explain("bmp_t.p", WINDOW)["value"] >= 0).all()


def test_what_is_no_number_is_refused(study):
    with pytest.raises(InputError, match="it must be a number"):
        study.explain("car_t", WINDOW, printed="n.s.")


def test_the_path_of_one_day_has_no_t_and_says_nothing(study):
    assert CONVENTIONS["path_t"].compute(study, (0, 0))["t"].isna().all()
    path = np.cumsum(study.ar.loc[("A", "A")].to_numpy())[2:5]
    row = CONVENTIONS["path_t"].compute(study, WINDOW).iloc[0]
    assert row["t"] == pytest.approx(path.mean() / (path.std(ddof=1) / np.sqrt(3)), rel=1e-12)
