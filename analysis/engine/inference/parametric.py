"""Tests that use the size of abnormal returns (METHODS section 6)."""

from __future__ import annotations

import numpy as np

from analysis.engine.inference.outcome import (
    Outcome,
    Question,
    TestDefinition,
    normal_p,
    student_p,
)
from analysis.engine.inference.states import (
    Floats,
    Part,
    State,
    mean_car,
    n_used,
)

NO_SPREAD = "all values are equal, so there is no spread to test against"
NO_VALUE = "no event has the days of this window it needs to count"


def mean_t(values: Floats, question: Question, *, estimate: float) -> Outcome:
    """Test the mean of independent values, with N - 1 degrees of freedom.

    Notes
    -----
    t = mean / (s / sqrt N), s the standard deviation with N - 1 in the denominator.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1980). Measuring security price performance. Journal of
    Financial Economics 8, 205-258.
    """
    n = len(values)
    if n < 2:
        return question.inapplicable(n, f"it needs two events with a value, there is {n}")
    spread = values.std(ddof=1)
    if not spread > 1e-14 * np.abs(values).max():
        return question.inapplicable(n, NO_SPREAD)
    t = values.mean() / (spread / np.sqrt(n))
    return question.found(n, statistic=t, p_value=student_p(t, n - 1), df=n - 1, estimate=estimate)


def collect_car(part: Part) -> State:
    """Gather the CAR of the events of the row."""
    return State(gathered={"car": part.sums.car})


def _finish_cross_sectional(state: State, question: Question) -> Outcome:
    return _plain_mean_t(state.gathered["car"], question)


def _plain_mean_t(values: Floats, question: Question) -> Outcome:
    estimate = float(values.mean()) if len(values) else float("nan")
    return mean_t(values, question, estimate=estimate)


def collect_bhar(part: Part) -> State:
    """Gather the buy-and-hold abnormal return of the events of the row."""
    return State(gathered={"bhar": part.sums.bhar})


def _finish_abhar(state: State, question: Question) -> Outcome:
    return _plain_mean_t(state.gathered["bhar"], question)


def collect_crude(part: Part) -> State:
    """Sum residuals by estimation day over the events of the row, and days and CAR of the row."""
    residuals = part.abnormal.fit.residuals
    total, n = part.abnormal.memo("residual_sums", lambda: _sums_by_day(residuals))
    return State(
        summed={"residuals": total, "n": n, **part.totals(days=part.sums.n_days)},
    )


def _sums_by_day(values: Floats) -> tuple[Floats, Floats]:
    total = values.sum(axis=0)
    if np.isfinite(total).all():
        return total, np.full(values.shape[1], float(len(values)))
    return np.nansum(values, axis=0), np.isfinite(values).sum(axis=0).astype(float)


def _finish_crude(state: State, question: Question) -> Outcome:
    """Test the mean CAR by the spread of average residuals of the same events, day by day.

    Notes
    -----
    t = CAAR / (s sqrt L), s the standard deviation over estimation days of the mean residual of
    the events of the row, L their mean number of days present.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1980, 1985). Journal of Financial Economics 8, 205-258, and 14,
    3-31.
    """
    return crude_t(state, question, float(state.summed["days"]))


def crude_t(state: State, question: Question, days: float) -> Outcome:
    """Hold the mean CAR against the spread of mean residuals; ``days`` sums L over the events."""
    counts, n = state.summed["n"], n_used(state)
    if n == 0:
        return question.inapplicable(0, NO_VALUE)
    average = state.summed["residuals"][counts > 0] / counts[counts > 0]
    df = len(average) - 1
    spread = average.std(ddof=1) if df > 0 else 0.0
    if not spread > 0:
        return question.inapplicable(n, NO_SPREAD)
    t = mean_car(state) / (spread * np.sqrt(days / n))
    return question.found(n, statistic=t, p_value=student_p(t, df), df=df, estimate=mean_car(state))


def _collect_j1(part: Part) -> State:
    return State(summed=part.totals(variance=part.sums.se**2))


def _finish_j1(state: State, question: Question) -> Outcome:
    """Test the mean CAR by its forecast variance.

    Notes
    -----
    z = CAAR / (sqrt(sum_i Var CAR_i) / N).

    References
    ----------
    Campbell, J. Y., Lo, A. W. and MacKinlay, A. C. (1997). The Econometrics of Financial Markets,
    chapter 4. Princeton University Press.
    """
    n = n_used(state)
    if n == 0:
        return question.inapplicable(0, NO_VALUE)
    z = float(state.summed["car"] / np.sqrt(state.summed["variance"]))
    return question.found(n, statistic=z, p_value=normal_p(z), estimate=mean_car(state))


def _collect_j2(part: Part) -> State:
    return State(summed=part.totals(scaled=part.sums.scar, variance=part.sar_variance()))


def collect_patell(part: Part) -> State:
    """Gather sum of SAR over the root of the days present, and the variance of a SAR."""
    scaled = part.sums.sar_sum / np.sqrt(part.sums.n_days)
    return State(summed=part.totals(scaled=scaled, variance=part.sar_variance()))


def patell_z(state: State) -> float:
    """Sum of scaled SAR over the root of the sum of their variances.

    Notes
    -----
    sum_i [sum_t SAR_it / sqrt L_i] / sqrt(sum_i df_i / (df_i - 2)); of one length and one T it is
    sum_i sum_t SAR_it / sqrt(N L (T - 2) / (T - 4)). ``j2`` puts SCAR_i for the sum in brackets.

    References
    ----------
    Patell, J. M. (1976). Corporate forecasts of earnings per share and stock price behavior.
    Journal of Accounting Research 14, 246-276.
    Mikkelson, W. H. and Partch, M. M. (1988). Withdrawn security offerings. Journal of Financial
    and Quantitative Analysis 23, 119-133.
    """
    return float(state.summed["scaled"] / np.sqrt(state.summed["variance"]))


def no_variance(state: State, question: Question) -> Outcome | None:
    """Refuse a row without events, or with one whose SAR has no variance."""
    n = n_used(state)
    if n == 0:
        return question.inapplicable(0, NO_VALUE)
    if not np.isfinite(state.summed["variance"]):
        few = "an event has 2 degrees of freedom or fewer, so that its SCAR has no variance"
        return question.inapplicable(n, few)
    return None


def _finish_patell(state: State, question: Question) -> Outcome:
    n = n_used(state)
    refused = no_variance(state, question)
    if refused:
        return refused
    z = patell_z(state)
    estimate = mean_car(state)
    return question.found(n, statistic=z, p_value=normal_p(z), estimate=estimate)


def collect_scar(part: Part) -> State:
    """Gather the SCAR of the events of the row, and sum their CAR."""
    return State(gathered={"scar": part.sums.scar}, summed=part.totals())


def _finish_bmp(state: State, question: Question) -> Outcome:
    """Test the mean SCAR by its own cross-sectional spread.

    Notes
    -----
    t = mean(SCAR) / (s(SCAR) / sqrt N), with N - 1 degrees of freedom.

    References
    ----------
    Boehmer, E., Musumeci, J. and Poulsen, A. B. (1991). Event-study methodology under conditions
    of event-induced variance. Journal of Financial Economics 30, 253-272.
    """
    return mean_t(state.gathered["scar"], question, estimate=mean_car(state))


CROSS_SECTIONAL_T = TestDefinition(
    code="cross_sectional_t",
    title="Cross-sectional t",
    null="the mean abnormal return over events is zero",
    source="Brown, Warner 1980; Boehmer et al. 1991",
    reference="t(N-1)",
    collect=collect_car,
    finish=_finish_cross_sectional,
    symmetric=True,
    scaled=False,
)
CRUDE_DEPENDENCE_T = TestDefinition(
    code="crude_dependence_t",
    title="Crude dependence t",
    null="the average abnormal return is zero, with the spread of estimation-window averages",
    source="Brown, Warner 1980, 1985",
    reference="t(T-1)",
    collect=collect_crude,
    finish=_finish_crude,
    independent=False,
    any_variance=False,
    common_dates=True,
    full_days=True,
)
J1 = TestDefinition(
    code="j1",
    title="J1",
    null="the mean abnormal return is zero, with the estimation-window variance",
    source="Campbell, Lo, MacKinlay 1997",
    reference="N(0,1)",
    collect=_collect_j1,
    finish=_finish_j1,
    any_variance=False,
)
J2 = TestDefinition(
    code="j2",
    title="J2",
    null="the mean standardised abnormal return is zero, with the estimation-window variance",
    source="Campbell, Lo, MacKinlay 1997; Mikkelson, Partch 1988",
    reference="N(0,1)",
    collect=_collect_j2,
    finish=_finish_patell,
    any_variance=False,
)
PATELL_Z = TestDefinition(
    code="patell_z",
    title="Patell z",
    null="the mean standardised abnormal return is zero, with the estimation-window variance",
    source="Patell 1976",
    reference="N(0,1)",
    collect=collect_patell,
    finish=_finish_patell,
    any_variance=False,
)
BMP_T = TestDefinition(
    code="bmp_t",
    title="Boehmer-Musumeci-Poulsen t",
    null="the mean standardised abnormal return is zero, whatever the event does to the variance",
    source="Boehmer, Musumeci, Poulsen 1991",
    reference="t(N-1)",
    collect=collect_scar,
    finish=_finish_bmp,
    symmetric=True,
)
ABHAR_T = TestDefinition(
    code="abhar_t",
    title="Buy-and-hold t",
    null="the mean buy-and-hold abnormal return over events is zero",
    source="Barber, Lyon 1997",
    reference="t(N-1)",
    collect=collect_bhar,
    finish=_finish_abhar,
    symmetric=True,
    every_day=True,
    scaled=False,
)
