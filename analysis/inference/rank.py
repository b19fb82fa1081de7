"""Tests that use ranks and signs of abnormal returns (METHODS section 6)."""

from __future__ import annotations

import numpy as np
from scipy import stats

from analysis.abnormal import Window
from analysis.inference.outcome import Outcome, Part, State, TestDefinition, normal_p

#: Below this many events the sign tests use the exact binomial distribution.
EXACT_BELOW = 30


def _collect_ranks(part: Part) -> State:
    deviation = part.abnormal.rank_deviation
    days = part.abnormal.columns(part.window)
    n_estimation = part.abnormal.fit.residuals.shape[1]
    tested = np.zeros(deviation.shape[1])
    tested[n_estimation + days.start : n_estimation + days.stop] = 1.0
    present = np.isfinite(deviation)
    in_window = present[:, tested > 0].any(axis=1)
    return State(
        gathered={"used": in_window.astype(float), "car": part.sums.car},
        summed={
            "deviation": np.where(present, deviation, 0.0).sum(axis=0),
            "n": present.sum(axis=0).astype(float),
            "tested": tested * len(deviation),
        },
    )


def _finish_corrado(state: State, window: Window, test: TestDefinition) -> Outcome:
    n = int(state.gathered["used"].sum())
    if n == 0:
        return test.inapplicable(window, 0, "no event has an abnormal return in this window")
    counts = state.summed["n"]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(counts > 0, state.summed["deviation"] / counts, np.nan)
    spread = np.sqrt(np.nanmean(mean**2))
    tested = mean[(state.summed["tested"] > 0) & (counts > 0)]
    if not spread > 0:
        return test.inapplicable(window, n, "all ranks are tied")
    z = np.sqrt(len(tested)) * tested.mean() / spread
    car = state.gathered["car"]
    estimate = float(np.nanmean(car)) if np.isfinite(car).any() else float("nan")
    return test.found(window, n, statistic=z, p_value=normal_p(z), estimate=estimate)


def _collect_signs(part: Part) -> State:
    complete = part.sums.complete
    residuals = part.abnormal.fit.residuals[complete]
    present = np.isfinite(residuals)
    return State(
        gathered={
            "positive": (part.sums.car[complete] > 0).astype(float),
            "share": (residuals > 0).sum(axis=1) / np.maximum(present.sum(axis=1), 1),
            "car": part.sums.car[complete],
        }
    )


def _finish_generalized_sign(state: State, window: Window, test: TestDefinition) -> Outcome:
    n = len(state.gathered["positive"])
    if n == 0:
        return test.inapplicable(window, 0, "no event has a value on every day of this window")
    return sign_outcome(state, window, test, share=float(state.gathered["share"].mean()))


def sign_outcome(state: State, window: Window, test: TestDefinition, *, share: float) -> Outcome:
    """Compare the number of positive events with ``share``: exact below 30, else normal."""
    positive = state.gathered["positive"]
    n = len(positive)
    if not 0 < share < 1:
        return test.inapplicable(window, n, "every estimation residual has the same sign")
    n_positive = int(positive.sum())
    z = (n_positive - n * share) / np.sqrt(n * share * (1 - share))
    exact = n < EXACT_BELOW
    p_value = float(stats.binomtest(n_positive, n, share).pvalue) if exact else normal_p(z)
    flags = []
    if exact:
        smallest = min(
            float(stats.binomtest(k, n, share).pvalue) for k in (0, n)
        )
        if smallest > 0.05:
            flags.append(f"cannot reject at 5 % with {n} events: smallest p is {smallest:.3f}")
    return test.found(
        window,
        n,
        statistic=z,
        p_value=p_value,
        estimate=float(state.gathered["car"].mean()),
        flags=tuple(flags),
    )


CORRADO_RANK_Z = TestDefinition(
    code="corrado_rank_z",
    title="Corrado rank z",
    null="the event days rank like any other day",
    source="Corrado 1989; Cowan 1992",
    reference="N(0,1)",
    collect=_collect_ranks,
    finish=_finish_corrado,
)
GENERALIZED_SIGN_Z = TestDefinition(
    code="generalized_sign_z",
    title="Generalised sign z",
    null="abnormal returns are positive as often as in the estimation window",
    source="Cowan 1992",
    reference="exact binomial below N = 30, else N(0,1)",
    collect=_collect_signs,
    finish=_finish_generalized_sign,
)
