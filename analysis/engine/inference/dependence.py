"""Tests that allow for correlation between events that share sessions (METHODS section 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from analysis.engine.abnormal import Abnormal
from analysis.engine.inference.outcome import (
    Outcome,
    Question,
    TestDefinition,
    TestResult,
    normal_p,
    student_p,
)
from analysis.engine.inference.parametric import (
    collect_patell,
    collect_scar,
    mean_t,
    no_variance,
    patell_z,
)
from analysis.engine.inference.sessions_shared import (
    estimation_sessions,
    sums_by_session,
    tested_sessions,
)
from analysis.engine.inference.states import (
    Dependence,
    Floats,
    Part,
    State,
    mean_car,
    n_used,
)
from analysis.engine.panel import Window

#: Fewest common sessions of two estimation windows whose tested windows share sessions.
FEWEST_COMMON = 30
#: Events up to which correlations are averaged pair by pair.
PAIRS_UP_TO = 100


@dataclass(frozen=True, slots=True)
class Correlation:
    """Average dependence between the observations of a test.

    Attributes
    ----------
    r : float
        Average over pairs of correlation times weight.
    form : str
        ``"pairs"`` or ``"date_sums"``.
    n_events : int
        Observations.
    fewest_common : float
        Fewest common sessions of a pair with weight; infinite if there is no such pair.
    """

    r: float
    form: str
    n_events: int
    fewest_common: float

    @property
    def problem(self) -> str:
        """Why no test can be built on it; empty if one can."""
        if self.fewest_common < FEWEST_COMMON:
            return (
                f"two events share tested sessions, but only {self.fewest_common:.0f} estimation "
                f"sessions; {FEWEST_COMMON} are needed for their correlation"
            )
        if not 1 + (self.n_events - 1) * self.r > 0:
            return (
                f"the average correlation {self.r:.3f} is too negative for {self.n_events} events"
            )
        return ""


def collect_correlation(part: Part) -> State:
    """Sum correlation times weight over the pairs of events of the row."""
    options = part.options
    key = ("correlation", tuple(part.window), options.dependence, options.form)
    by = _by_pairs if options.form == "pairs" else _by_date_sums
    return part.abnormal.memo(key, lambda: by(part.abnormal, part.window, options.dependence))


def finish_correlation(state: State, question: Question, n_events: int) -> Correlation:
    """Average what was summed."""
    summed = state.summed
    pairs = n_events * (n_events - 1) / 2
    if "total" in summed:
        total, form = float(summed["total"]), "pairs"
    else:
        own = float(summed["own"])
        total = (float(np.vdot(summed["vectors"], summed["vectors"])) - own) / 2 + float(
            summed["same_series"]
        )
        form = "date_sums"
    return Correlation(
        r=total / pairs if pairs else 0.0,
        form=form,
        n_events=n_events,
        fewest_common=_fewest_common(state),
    )


def _fewest_common(state: State) -> float:
    """Fewest common sessions: seen pair by pair, or from the first and last day 0 of all events."""
    gathered = state.gathered
    if "fewest_common" in gathered:
        return float(gathered["fewest_common"].min(initial=np.inf))
    apart = gathered["last_row"].max() - gathered["first_row"].min()
    return float(gathered["n_days"].min() - apart)


def _by_pairs(abnormal: Abnormal, window: Window, dependence: Dependence) -> State:
    weight = _pair_weights(abnormal, window, dependence)
    total, fewest = 0.0, np.inf
    if len(abnormal) > 1 and np.triu(weight, 1).any():
        r, common = pair_correlations(abnormal)
        same = abnormal.column[:, None] == abnormal.column
        counted = np.triu(weight > 0, 1)
        fewest = float(np.where(same, np.inf, common)[counted].min(initial=np.inf))
        total = float((np.where(same, 1.0, r) * weight)[counted].sum())
    return State(gathered={"fewest_common": np.array([fewest])}, summed={"total": np.array(total)})


def _pair_weights(abnormal: Abnormal, window: Window, dependence: Dependence) -> Floats:
    n = len(abnormal)
    if dependence == "all_pairs":
        return np.ones((n, n))
    present = np.isfinite(abnormal.ar[:, abnormal.columns(window)])
    numbers, at = np.unique(tested_sessions(abnormal, window), return_inverse=True)
    open_on = np.zeros((n, len(numbers)))
    np.add.at(open_on, (np.arange(n)[:, None], at.reshape(present.shape)), present.astype(float))
    open_on /= np.sqrt(np.maximum(present.sum(axis=1), 1))[:, None]
    return np.asarray(open_on @ open_on.T)


def pair_correlations(abnormal: Abnormal) -> tuple[Floats, Floats]:
    """Correlate estimation residuals of every pair over their common sessions.

    Returns
    -------
    r, common : ndarray of shape (n_events, n_events)
        Pearson correlation and the number of common sessions; r is 0 where it is undefined.
    """
    residuals = abnormal.fit.residuals / abnormal.fit.sigma[:, None]
    dates, on = np.unique(estimation_sessions(abnormal), return_inverse=True)
    on = on.reshape(residuals.shape)
    x = np.full((len(residuals), len(dates)), np.nan)
    np.put_along_axis(x, on, residuals, axis=1)
    there = np.isfinite(x).astype(float)
    x = np.where(there > 0, x, 0.0)
    common = there @ there.T
    total, squares, product = x @ there.T, (x * x) @ there.T, x @ x.T
    n = np.maximum(common, 1.0)
    variance = squares - total**2 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (product - total * total.T / n) / np.sqrt(variance * variance.T)
    return np.where((variance > 0) & (variance.T > 0), r, 0.0), common


def _by_date_sums(abnormal: Abnormal, window: Window, dependence: Dependence) -> State:
    z = unit_residuals(abnormal)
    present = np.isfinite(abnormal.ar[:, abnormal.columns(window)])
    n_days = np.maximum(present.sum(axis=1), 1)
    weights = present / np.sqrt(n_days)[:, None]
    if dependence == "all_pairs":
        numbers = estimation_sessions(abnormal)
        size = abnormal.n_sessions
        vectors: Floats = np.bincount(numbers.ravel(), z.ravel(), size).astype(np.float64)
        reach = int(np.ptp(abnormal.row)) + 1 if len(z) else 0
        common = {
            "first_row": abnormal.row.min(initial=abnormal.n_sessions, keepdims=True),
            "last_row": abnormal.row.max(initial=0, keepdims=True),
            "n_days": np.array([z.shape[1]]),
        }
    else:
        vectors = sums_by_session(abnormal, window, z, weights)
        reach = weights.shape[1]
        common = {"fewest_common": np.array([z.shape[1] - reach + 1.0])}
    same = _same_series(abnormal, z, reach, None if dependence == "all_pairs" else weights)
    return State(
        gathered={name: values.astype(np.float64) for name, values in common.items()},
        summed={"vectors": vectors, "own": np.array(float(len(z))), "same_series": np.array(same)},
    )


def unit_residuals(abnormal: Abnormal) -> Floats:
    """Centre estimation residuals and divide them by their norm; 0 where missing."""

    def make() -> Floats:
        e = abnormal.fit.residuals
        if abnormal.complete:
            z = e - e.mean(axis=1)[:, None]
        else:
            z = np.nan_to_num(e - np.nanmean(e, axis=1)[:, None])
        z /= np.sqrt(np.einsum("it,it->i", z, z))[:, None]
        return np.asarray(z)

    return abnormal.memo("unit_residuals", make)


def _same_series(abnormal: Abnormal, z: Floats, reach: int, weights: Floats | None) -> float:
    """Make the correlation of two windows of one series 1 where date sums have less."""
    order = np.lexsort((abnormal.row, abnormal.column))
    row, column = abnormal.row[order], abnormal.column[order]
    total, step = 0.0, 1
    while step < len(order):
        lag = row[step:] - row[:-step]
        near = np.flatnonzero((column[step:] == column[:-step]) & (lag < reach))
        if not len(near):
            break
        for first in np.array_split(near, -(-len(near) // 4096)):
            early, late, k = order[first], order[first + step], lag[first]
            missing = 1.0 - _lagged_product(z[early], z[late], k)
            share = 1.0 if weights is None else _lagged_product(weights[early], weights[late], k)
            total += float((missing * share).sum())
        step += 1
    return total


def _lagged_product(a: Floats, b: Floats, lag: npt.NDArray[np.intp]) -> Floats:
    """Sum of a[t + lag] b[t] for each row."""
    n, m = a.shape
    lag = np.minimum(lag, m)
    padded = np.zeros((n, m + int(lag.max(initial=0))))
    padded[:, :m] = a
    moved = sliding_window_view(padded, m, axis=1)[np.arange(n), lag]
    return np.asarray(np.einsum("it,it->i", moved, b))


def _collect_adjusted_patell(part: Part) -> State:
    return _with_correlation(collect_patell(part), part)


def _collect_kolari(part: Part) -> State:
    return _with_correlation(collect_scar(part), part)


def _with_correlation(base: State, part: Part) -> State:
    correlation = collect_correlation(part)
    return State(
        gathered={**base.gathered, **correlation.gathered},
        summed={**base.summed, **correlation.summed},
    )


def _details(correlation: Correlation, question: Question) -> dict[str, float | str]:
    return {
        "r": correlation.r,
        "dependence": question.options.dependence,
        "form": correlation.form,
    }


def _finish_adjusted_patell(state: State, question: Question) -> Outcome:
    """Widen Patell's z by the average correlation r of its events.

    Notes
    -----
    z / sqrt(1 + (N - 1) r); no factor 1 - r, as the variance is not estimated from the
    cross-section.

    References
    ----------
    Kolari, J. W. and Pynnonen, S. (2010). Event study testing with cross-sectional correlation of
    abnormal returns. Review of Financial Studies 23, 3996-4025.
    """
    n, refused = n_used(state), no_variance(state, question)
    if refused:
        return refused
    correlation = finish_correlation(state, question, n)
    if correlation.problem:
        return question.inapplicable(n, correlation.problem)
    z = patell_z(state) / np.sqrt(1 + (n - 1) * correlation.r)
    return question.found(
        n,
        statistic=z,
        p_value=normal_p(z),
        estimate=mean_car(state),
        details=_details(correlation, question),
    )


def _finish_kolari(state: State, question: Question) -> Outcome:
    """Widen the t of the mean SCAR by the average correlation r of its events.

    Notes
    -----
    t sqrt((1 - r) / (1 + (N - 1) r)), r the mean over pairs of r_ij w_ij: the correlation of
    estimation residuals times the shared tested sessions over sqrt(L_i L_j).

    References
    ----------
    Kolari, J. W. and Pynnonen, S. (2010). Event study testing with cross-sectional correlation of
    abnormal returns. Review of Financial Studies 23, 3996-4025.
    """
    scar = state.gathered["scar"]
    estimate = mean_car(state)
    plain = mean_t(scar, question, estimate=estimate)
    if not isinstance(plain, TestResult):
        return plain
    n = len(scar)
    correlation = finish_correlation(state, question, n)
    if correlation.problem:
        return question.inapplicable(n, correlation.problem)
    r = correlation.r
    if not r < 1:
        return question.inapplicable(n, "all observations are one: their average correlation is 1")
    t = plain.statistic * np.sqrt((1 - r) / (1 + (n - 1) * r))
    return question.found(
        n,
        statistic=t,
        p_value=student_p(t, n - 1),
        df=n - 1,
        estimate=estimate,
        details=_details(correlation, question),
    )


ADJUSTED_PATELL_Z = TestDefinition(
    code="adjusted_patell_z",
    title="Adjusted Patell z",
    null="the mean standardised abnormal return is zero, with correlated events",
    source="Kolari, Pynnonen 2010",
    reference="N(0,1)",
    collect=_collect_adjusted_patell,
    finish=_finish_adjusted_patell,
    independent=False,
    correlated=True,
    any_variance=False,
    windows_apart=True,
)
KOLARI_PYNNONEN_T = TestDefinition(
    code="kolari_pynnonen_t",
    title="Kolari-Pynnonen t",
    null="the mean standardised abnormal return is zero, with correlated events of any variance",
    source="Kolari, Pynnonen 2010",
    reference="t(N-1)",
    collect=_collect_kolari,
    finish=_finish_kolari,
    symmetric=True,
    independent=False,
    correlated=True,
    windows_apart=True,
)
