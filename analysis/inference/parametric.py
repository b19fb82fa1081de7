"""Tests that use the size of abnormal returns (METHODS section 6)."""

from __future__ import annotations

import numpy as np

from analysis.abnormal import Window
from analysis.inference.outcome import (
    Outcome,
    Part,
    State,
    TestDefinition,
    normal_p,
    student_p,
)

_NO_SPREAD = "all values are equal, so there is no spread to test against"


def _collect_car(part: Part) -> State:
    return State(gathered={"car": part.sums.car[part.sums.complete]})


def _finish_cross_sectional(state: State, window: Window, test: TestDefinition) -> Outcome:
    car = state.gathered["car"]
    return _mean_t(car, window, test, estimate=_mean(car))


def _collect_patell(part: Part) -> State:
    sums, fit = part.sums, part.abnormal.fit
    used = (sums.n_days > 0) & (fit.df > 2)
    return State(
        gathered={
            "scaled": sums.sar_sum[used] / np.sqrt(sums.n_days[used]),
            "variance": fit.df[used] / (fit.df[used] - 2),
            "car": np.where(sums.complete, sums.car, np.nan)[used],
        }
    )


def _finish_patell(state: State, window: Window, test: TestDefinition) -> Outcome:
    scaled = state.gathered["scaled"]
    n = len(scaled)
    if n == 0:
        return test.inapplicable(window, 0, "no event has an abnormal return in this window")
    z = scaled.sum() / np.sqrt(state.gathered["variance"].sum())
    return test.found(
        window, n, statistic=z, p_value=normal_p(z), estimate=_mean(state.gathered["car"])
    )


def _collect_scar(part: Part) -> State:
    used = np.isfinite(part.sums.scar)
    return State(
        gathered={
            "scar": part.sums.scar[used],
            "car": np.where(part.sums.complete, part.sums.car, np.nan)[used],
        }
    )


def _finish_bmp(state: State, window: Window, test: TestDefinition) -> Outcome:
    return _mean_t(
        state.gathered["scar"], window, test, estimate=_mean(state.gathered["car"])
    )


def _mean_t(
    values: np.ndarray, window: Window, test: TestDefinition, *, estimate: float
) -> Outcome:
    n = len(values)
    if n < 2:
        return test.inapplicable(window, n, f"it needs two events with a value, there is {n}")
    spread = values.std(ddof=1)
    if not spread > 1e-14 * np.abs(values).max():
        return test.inapplicable(window, n, _NO_SPREAD)
    t = values.mean() / (spread / np.sqrt(n))
    return test.found(
        window, n, statistic=t, p_value=student_p(t, n - 1), df=n - 1, estimate=estimate
    )


def _mean(values: np.ndarray) -> float:
    present = values[np.isfinite(values)]
    return float(present.mean()) if len(present) else float("nan")


CROSS_SECTIONAL_T = TestDefinition(
    code="cross_sectional_t",
    title="Cross-sectional t",
    null="the mean abnormal return over events is zero",
    source="Brown, Warner 1980; Boehmer et al. 1991",
    reference="t(N-1)",
    collect=_collect_car,
    finish=_finish_cross_sectional,
)
PATELL_Z = TestDefinition(
    code="patell_z",
    title="Patell z",
    null="the mean standardised abnormal return is zero, with the estimation-window variance",
    source="Patell 1976",
    reference="N(0,1)",
    collect=_collect_patell,
    finish=_finish_patell,
)
BMP_T = TestDefinition(
    code="bmp_t",
    title="Boehmer-Musumeci-Poulsen t",
    null="the mean standardised abnormal return is zero, whatever the event does to the variance",
    source="Boehmer, Musumeci, Poulsen 1991",
    reference="t(N-1)",
    collect=_collect_scar,
    finish=_finish_bmp,
)
