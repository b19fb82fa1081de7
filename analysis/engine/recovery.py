"""Does the engine find what is known to be there: many simulated markets, and their truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine import LEVEL
from analysis.engine.abnormal import Abnormal, window_sums
from analysis.engine.inference import run_test
from analysis.engine.panel import Window
from analysis.engine.rows import window_label
from analysis.engine.simulate import BATCH, SimulationSpec, simulated_abnormal
from analysis.engine.spec import StudySpec
from analysis.tasks import connected, join_arrays

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Recovery:
    """What the engine found in many markets whose truth is known.

    Attributes
    ----------
    coverage : DataFrame
        Index window; columns truth, mean_estimate, estimate_low, estimate_high (decimal),
        coverage, coverage_low, coverage_high: share of 95 % intervals of single events that hold
        the truth. The pairs ``_low``, ``_high`` are 95 % Monte-Carlo intervals over panels.
    size : DataFrame
        Index (window, test); columns size (share of panels without an effect in which the test
        rejects at ``level``), low, high (95 % Wilson), n_panels (where the test applied).
    estimates : DataFrame of shape (n_panels, n_windows)
        Mean estimate of each panel with the effect, decimal; index panel, a column a window.
    n_panels : int
        Panels simulated with the effect, and again without it.
    level : float
        Level of the tests.
    """

    coverage: pd.DataFrame
    size: pd.DataFrame
    estimates: pd.DataFrame
    n_panels: int
    level: float

    def __repr__(self) -> str:
        return f"Recovery({self.n_panels} panels, {len(self.size)} sizes at {self.level:.0%})"


def recovery(
    n_seeds: int = 200,
    seed: int = 0,
    *,
    effect: float | Mapping[int, float] = 0.02,
    market: SimulationSpec | None = None,
    study: StudySpec | None = None,
    level: float = LEVEL,
    scheduler: str | None = None,
) -> Recovery:
    """Simulate many markets; is the effect found, and do the tests keep their size without one.

    Parameters
    ----------
    n_seeds
        Panels with the effect, and as many without.
    seed
        Parent of the seeds of all panels.
    effect
        Effect on day 0, or on each event day, decimal.
    market
        What the market is like apart from the effect.
    study
        The method; its windows are the ones evaluated.
    level
        Level of the tests.
    scheduler
        Where panels are simulated, as in :func:`analysis.tasks.connected`; the figures do not
        depend on it.

    Raises
    ------
    StudyError
        If a task fails for good.
    """
    effects = dict(effect) if isinstance(effect, Mapping) else {0: float(effect)}
    market = market or SimulationSpec()
    study = study or StudySpec(windows=((0, 0), (0, 1)))
    windows = study.windows or ()
    asked = _Asked(
        markets=(replace(market, effect=effects), replace(market, effect={})),
        study=study,
        seed=seed,
    )
    batches = [
        (i, first, min(BATCH, n_seeds - first))
        for i in range(len(asked.markets))
        for first in range(0, n_seeds, BATCH)
    ]
    with connected(scheduler) as where:
        found = where.run("panels", _batch, batches, asked, merge=join_arrays).complete()
    coverage = [_coverage(found["means", 0][:, j], found["shares", 0][:, j], window, effects)
                for j, window in enumerate(windows)]  # fmt: skip
    cases = [(window, name) for window in windows for name in study.tests]
    size = [_size(name, found["p", 1][:, j], window, level)
            for j, (window, name) in enumerate(cases)]  # fmt: skip
    return Recovery(
        coverage=pd.DataFrame(coverage).set_index("window"),
        size=pd.DataFrame(size).set_index(["window", "test"]),
        estimates=pd.DataFrame(
            found["means", 0],
            columns=[window_label(window) for window in windows],
            index=pd.RangeIndex(n_seeds, name="panel"),
        ),
        n_panels=n_seeds,
        level=level,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The markets to simulate, with an effect and without, and the study of each."""

    markets: tuple[SimulationSpec, SimulationSpec]
    study: StudySpec
    seed: int


#: One row a panel: mean CARs and shares of intervals that hold the truth, a column a window, or
#: p-values, a column a window and test; by which of the two markets.
_Figures = dict[tuple[str, int], Floats]


def _batch(batch: tuple[int, int, int], asked: _Asked) -> _Figures:
    """Simulate one batch of panels: which market, the first panel, how many."""
    which, first, count = batch
    market, windows = asked.markets[which], asked.study.windows or ()
    panels = simulated_abnormal(market, asked.study, n_panels=count, seed=asked.seed, first=first)
    if which == 1:
        p = [[run_test(name, [panel], window).p_value for window in windows
              for name in asked.study.tests] for panel in panels]  # fmt: skip
        return {("p", 1): np.array(p).reshape(count, -1)}
    pairs = np.array([[_covered(panel, window, market.effect) for window in windows]
                      for panel in panels])  # fmt: skip
    return {("means", 0): pairs[..., 0], ("shares", 0): pairs[..., 1]}


def _covered(
    abnormal: Abnormal, window: Window, effect: Mapping[int, float]
) -> tuple[float, float]:
    """Return the mean CAR of a panel, and the share of 95 % intervals that hold the truth."""
    sums = window_sums(abnormal, window)
    used = sums.complete
    if not used.any():
        return np.nan, np.nan
    half = scipy.special.stdtrit(abnormal.fit.df, 0.975) * sums.se
    holds = np.abs(sums.car - _truth(window, effect)) <= half
    return float(sums.car[used].mean()), float(holds[used].mean())


def _truth(window: Window, effect: Mapping[int, float]) -> float:
    return float(sum(size for day, size in effect.items() if window[0] <= day <= window[1]))


def _coverage(
    means: Floats, shares: Floats, window: Window, effect: Mapping[int, float]
) -> dict[str, Any]:
    estimate_, share = _mean_interval(means), _mean_interval(shares)
    return {
        "window": window_label(window),
        "truth": _truth(window, effect),
        "mean_estimate": estimate_[0],
        "estimate_low": estimate_[1],
        "estimate_high": estimate_[2],
        "coverage": share[0],
        "coverage_low": share[1],
        "coverage_high": share[2],
    }


def _size(name: str, p_values: Floats, window: Window, level: float) -> dict[str, Any]:
    applied = np.isfinite(p_values)
    rejected = int((p_values[applied] <= level).sum())
    n = int(applied.sum())
    low, high = wilson_interval(rejected, n)
    return {
        "window": window_label(window),
        "test": name,
        "size": rejected / n if n else np.nan,
        "low": low,
        "high": high,
        "n_panels": n,
    }


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """Return the Wilson (1927) 95 % interval of a share; (nan, nan) without observations.

    Notes
    -----
    (s + z^2/2n) / (1 + z^2/n) -+ z / (1 + z^2/n) sqrt(s (1 - s)/n + z^2/4n^2), s the share.

    References
    ----------
    Wilson, E. B. (1927). Probable inference. Journal of the American Statistical Association 22.
    """
    if n == 0:
        return float("nan"), float("nan")
    z = scipy.special.ndtri(0.975)
    share = hits / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def _mean_interval(values: Floats) -> tuple[float, float, float]:
    present = values[np.isfinite(values)]
    mean = float(present.mean())
    half = 1.96 * float(present.std(ddof=1)) / np.sqrt(len(present)) if len(present) > 1 else np.nan
    return mean, mean - half, mean + half
