"""The events of a row, counted, and looked at for what tests assume of them."""

from __future__ import annotations

import numpy as np
import scipy

from analysis.engine import LEVEL
from analysis.engine.abnormal import Abnormal
from analysis.engine.inference.assumptions import Sample
from analysis.engine.inference.outcome import TestOptions
from analysis.engine.inference.sessions_shared import (
    events_sharing,
    starts_sharing,
    tested_sessions,
)
from analysis.engine.inference.states import Floats, Part, State
from analysis.engine.panel import Window


def collect_sample(
    abnormal: Abnormal,
    window: Window,
    options: TestOptions,
    *,
    every_day: bool = False,
    scaled: bool = False,
) -> State:
    """Sum over the events of a row what :class:`Sample` says of them; parts are merged."""
    part = Part.of(abnormal, window, options, every_day=every_day, scaled=scaled)
    counted = part.abnormal.memo(("sample", tuple(window)), lambda: _of_row(part))
    left_out = np.array(float(len(abnormal) - len(part.abnormal)))
    return State(gathered=counted.gathered, summed={**counted.summed, "n_left_out": left_out})


def _of_row(part: Part) -> State:
    ab, sums = part.abnormal, part.sums
    moments = ab.memo("residual_moments", lambda: _moments(ab))
    gathered, summed = {}, {}
    known = np.isfinite(ab.fit.sigma)
    if ab.pairing is None:
        summed["starting"] = ab.memo("starting", lambda: _starting(ab))
    else:
        gathered["sessions"] = tested_sessions(ab, part.window).astype(np.float64)
    return State(
        gathered=gathered,
        summed={
            **summed,
            "n": np.array(float(known.sum())),
            "n_partial": np.array(float(len(ab) - sums.complete.sum())),
            "scar": np.array(sums.scar[known].sum()),
            "squares": np.array((sums.scar[known] ** 2).sum()),
            "variance": np.array(part.sar_variance()[known].sum()),
            "moments": moments,
            "by_day": ab.memo("present_by_day", lambda: _present_by_day(ab)),
        },
    )


def _moments(abnormal: Abnormal) -> Floats:
    """Count estimation residuals over sigma, and sum them, their squares and their cubes."""
    z = abnormal.fit.residuals / abnormal.fit.sigma[:, None]
    if not abnormal.complete:
        z = z[np.isfinite(z)]
    squares = z * z
    first, second = z.sum(), squares.sum()
    squares *= z
    return np.array([z.size, first, second, squares.sum()])


def _present_by_day(abnormal: Abnormal) -> Floats:
    """Events with a residual on each estimation day."""
    residuals = abnormal.fit.residuals
    if abnormal.complete:
        return np.full(residuals.shape[1], float(len(residuals)))
    return np.asarray(np.isfinite(residuals).sum(axis=0), dtype=np.float64)


def _starting(abnormal: Abnormal) -> Floats:
    """Events with day 0 on each session of the common axis."""
    size = max(abnormal.n_sessions, int(abnormal.row.max(initial=0)) + 1)
    return np.bincount(abnormal.row, minlength=size).astype(np.float64)


def finish_sample(state: State, window: Window) -> Sample:
    """Turn the merged sums of a row into what they show.

    Notes
    -----
    Spread: (N - 1) s^2 / mean(df_i/(df_i - 2)) of SCAR is chi-square(N - 1) if event days vary as
    estimation days do; here it and its 5 % point are over N - 1.

    References
    ----------
    Boehmer, E., Musumeci, J. and Poulsen, A. B. (1991). Event-study methodology under conditions of
    event-induced variance. Journal of Financial Economics 30, 253-272.
    """
    summed = state.summed
    n = int(summed["n"])
    sharing, staggered = _sharing(state, window)
    spread = bound = float("nan")
    if n > 1:
        squares = float(summed["squares"] - summed["scar"] ** 2 / n)
        spread = squares / (n - 1) / (float(summed["variance"]) / n)
        bound = float(scipy.special.chdtri(n - 1, LEVEL)) / (n - 1)
    return Sample(
        n_partial=int(summed["n_partial"]),
        n_left_out=int(summed["n_left_out"]),
        sharing=sharing,
        staggered=staggered,
        spread=spread,
        spread_bound=bound,
        skewness=_skewness(summed["moments"]),
        thinning=_thinning(n, summed["by_day"]),
    )


def row_sample(
    abnormal: Abnormal, window: Window, options: TestOptions, *, every_day: bool = False
) -> Sample:
    """Say of one part, which is all events, what its row in a window shows."""
    return finish_sample(collect_sample(abnormal, window, options, every_day=every_day), window)


def _sharing(state: State, window: Window) -> tuple[int, int]:
    if "sessions" in state.gathered:
        return events_sharing(state.gathered["sessions"].astype(np.int64))
    starting = state.summed["starting"].astype(np.int64)
    return starts_sharing(starting, window[1] - window[0] + 1)


def _thinning(n: int, by_day: Floats) -> float:
    """Mean of N / N_t over the estimation days that any event has."""
    there = by_day[by_day > 0]
    return float(np.mean(n / there)) if len(there) else 1.0


def _skewness(moments: Floats) -> float:
    """Third central moment over the 3/2 power of the second."""
    n, first, second, third = (float(value) for value in moments)
    if not n:
        return float("nan")
    mean = first / n
    variance = second / n - mean**2
    cubed = third / n - 3 * mean * second / n + 2 * mean**3
    return cubed / variance**1.5 if variance > 0 else float("nan")
