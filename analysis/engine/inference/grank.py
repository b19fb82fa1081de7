"""The generalised rank tests of Kolari and Pynnonen (METHODS section 6)."""

from __future__ import annotations

import numpy as np

from analysis.engine.abnormal import Abnormal
from analysis.engine.inference.dependence import collect_correlation, finish_correlation
from analysis.engine.inference.outcome import (
    Outcome,
    Question,
    TestDefinition,
    normal_p,
    student_p,
)
from analysis.engine.inference.parametric import NO_SPREAD, collect_scar
from analysis.engine.inference.ranks import Doubled, doubled_ranks
from analysis.engine.inference.states import (
    Floats,
    Part,
    State,
    mean_car,
    n_used,
)

#: Events scored at once: few enough for a processor to hold; bounds no result.
_BLOCK = 128


def _prepare(part: Part) -> State:
    base = collect_scar(part)
    if not part.options.shrink_scar:
        return base
    correlation = collect_correlation(part)
    return State(gathered={**base.gathered, **correlation.gathered}, summed=correlation.summed)


def _settle(prepared: State, question: Question) -> State:
    return State(summed={"spread": np.array(_spread(prepared, question))})


def _spread(prepared: State, question: Question) -> float:
    """Divisor of SCAR: its cross-sectional s.d., over sqrt(1 - r) if that is asked for."""
    scar = prepared.gathered["scar"]
    if len(scar) < 2:
        return float("nan")
    spread = float(scar.std(ddof=1))
    if question.options.shrink_scar:
        r = finish_correlation(prepared, question, len(scar)).r
        spread /= np.sqrt(1 - r) if r < 1 else 0.0
    return spread if spread > 1e-14 * np.abs(scar).max() else float("nan")


def _collect(part: Part) -> State:
    spread = float(part.prepared.summed["spread"])
    key = ("grank", tuple(part.window), spread)
    return part.abnormal.memo(key, lambda: _scored(part, spread))


def _scored(part: Part, spread: float) -> State:
    ab = part.abnormal
    scores = generalised_scores(ab, part.sums.scar / spread)
    if ab.complete and np.isfinite(spread):
        total, n = scores.sum(axis=0), np.full(scores.shape[1], float(len(scores)))
    else:
        there = np.isfinite(scores)
        total, n = np.where(there, scores, 0.0).sum(axis=0), there.sum(axis=0).astype(float)
    return State(
        gathered={"spread": np.array([spread])},
        summed={
            "score": total,
            "n": n,
            "day_0": np.array(scores[:, -1].sum()),
            **part.totals(),
        },
    )


def generalised_scores(abnormal: Abnormal, scar: Floats) -> Floats:
    """Rank estimation residuals over sigma together with one cumulated day.

    Parameters
    ----------
    abnormal
        The events.
    scar : ndarray of shape (n_events,)
        Re-standardised SCAR, the one day everything of the window is put into.

    Returns
    -------
    ndarray of shape (n_events, T + 1)
        rank/(n_i + 1) - 1/2, n_i the ranked values of the event; the cumulated day is last; NaN
        where missing.
    """
    e, sigma = abnormal.fit.residuals, abnormal.fit.sigma
    ranks = abnormal.memo("residual_ranks", lambda: doubled_ranks(e))
    level = (scar * sigma)[:, None]  # compare residuals, not residuals / sigma, with it
    scores = np.empty((len(e), e.shape[1] + 1))
    for start in range(0, len(e), _BLOCK):
        some = slice(start, start + _BLOCK)
        _score(ranks[some], e[some], level[some], scores[some])
    return scores


def _score(ranks: Doubled, e: Floats, level: Floats, scores: Floats) -> None:
    below, equal, inner = e < level, e == level, scores[:, :-1]
    doubled = ranks + np.array(2, ranks.dtype)
    np.subtract(doubled, below, out=doubled)
    np.subtract(doubled, below, out=doubled)
    if equal.any():
        doubled -= equal
    inner[...] = doubled
    scores[:, -1] = 2.0 * below.sum(axis=1) + equal.sum(axis=1) + 2.0
    if not ranks.all():
        inner[ranks == 0] = np.nan
    scores /= 2 * (np.count_nonzero(ranks, axis=1, keepdims=True) + 2.0)
    scores -= 0.5


def _checked(state: State, question: Question) -> Outcome | tuple[int, float, float]:
    n = n_used(state)
    if n < 2:
        return question.inapplicable(n, f"it needs two events with a value, there is {n}")
    if not np.isfinite(state.gathered["spread"]).all():
        return question.inapplicable(n, NO_SPREAD)
    counts = state.summed["n"]
    there = counts > 0
    mean = state.summed["score"][there] / counts[there]
    spread = float(np.sqrt((counts[there] / n * mean**2).sum() / len(counts)))
    return n, float(state.summed["day_0"]) / n, spread


def _finish_t(state: State, question: Question) -> Outcome:
    """Compare the mean score of the cumulated day with those of estimation days.

    Notes
    -----
    S^2 = (1/n) sum_t (N_t/N) mean(U_t)^2 over n = T + 1 days, Z = mean(U_0) / S and
    t = Z sqrt((n - 2) / (n - 1 - Z^2)), with n - 2 degrees of freedom.

    References
    ----------
    Kolari, J. W. and Pynnonen, S. (2011). Nonparametric rank tests for event studies. Journal of
    Empirical Finance 18, 953-971.
    """
    checked = _checked(state, question)
    if not isinstance(checked, tuple):
        return checked
    n, mean, spread = checked
    length = len(state.summed["n"])  # T + 1
    z = mean / spread
    room = length - 1 - z**2
    if not room > 0:
        return question.inapplicable(n, "the event day is the only one that differs from the rest")
    t = z * np.sqrt((length - 2) / room)
    return question.found(
        n,
        statistic=t,
        p_value=student_p(t, length - 2),
        df=length - 2,
        estimate=mean_car(state),
    )


def _finish_z(state: State, question: Question) -> Outcome:
    """Compare the mean score of the cumulated day with its variance under independence.

    Notes
    -----
    z = mean(U_0) sqrt(12 N (n + 1) / (n - 1)), n = T + 1.

    References
    ----------
    Kolari, J. W. and Pynnonen, S. (2011). Nonparametric rank tests for event studies. Journal of
    Empirical Finance 18, 953-971.
    """
    checked = _checked(state, question)
    if not isinstance(checked, tuple):
        return checked
    n, mean, _ = checked
    length = len(state.summed["n"])  # T + 1, the window's, whatever is missing
    z = mean * np.sqrt(12 * n * (length + 1) / (length - 1))
    estimate = mean_car(state)
    return question.found(n, statistic=z, p_value=normal_p(z), estimate=estimate)


_NULL = "the cumulated event window ranks like any estimation day, whatever the event's variance"

GRANK_T = TestDefinition(
    code="grank_t",
    title="Generalised rank t",
    null=_NULL,
    source="Kolari, Pynnonen 2011",
    reference="t(T-1)",
    collect=_collect,
    finish=_finish_t,
    prepare=_prepare,
    settle=_settle,
    holds_from=20,
    symmetric=True,
    every_day=True,
    independent=False,
    correlated=True,
    common_dates=True,
)
GRANK_Z = TestDefinition(
    code="grank_z",
    title="Generalised rank z",
    null=_NULL,
    source="Kolari, Pynnonen 2011",
    reference="N(0,1)",
    collect=_collect,
    finish=_finish_z,
    prepare=_prepare,
    settle=_settle,
    holds_from=20,
    symmetric=True,
    every_day=True,
    correlated=True,
)
