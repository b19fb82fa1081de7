"""The bootstrap of a mean over events, whole dates drawn with replacement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.engine.inference.alternative import Alternative, rank_p
from analysis.engine.inference.clustered import clustered_mean
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
#: Dates drawn at once; bounds memory, not results.
_DRAWN = 2_000_000
#: The s.e. of a p of 5 % is .015 then; fewer draws decide nothing.
FEWEST_DRAWS = 199
#: With two dates nearly no draw has another mean and a spread; with three it rejects .08 to .11.
FEWEST_DATES = 4


@dataclass(frozen=True, slots=True)
class BootstrapMean:
    """A mean with its bootstrap-t interval and p.

    Attributes
    ----------
    estimate, se : float
        The mean, and the standard deviation of its bootstrap means.
    statistic : float
        t by date.
    p_value, low, high : float
        p of a zero mean; 95 % interval. NaN below four dates.
    n_events, n_dates, draws, seed : int
        Values, their dates, draws with a t, and the seed.
    alternative : str
        Of the p-value; the interval is two-sided.
    reason : str
        Why there is no p; empty if there is.
    """

    estimate: float
    se: float
    statistic: float
    p_value: float
    low: float
    high: float
    n_events: int
    n_dates: int
    draws: int
    seed: int
    alternative: Alternative = "two-sided"
    reason: str = ""


def bootstrap_mean(
    values: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    draws: int = 9999,
    seed: int = 0,
    alternative: Alternative = "two-sided",
) -> BootstrapMean:
    """Draw dates with replacement and studentise every draw about the mean.

    Parameters
    ----------
    values : array_like of shape (n,)
        CARs; NaN ones are left out.
    clusters : array_like of shape (n,)
        Date of each: events of one date are drawn together.
    draws, seed
        At least 199; the same seed gives the same figures.
    alternative
        Of the p-value.

    Raises
    ------
    InputError
        If there are too few draws, or the seed is none.

    Notes
    -----
    t* = (mean* - mean)/se*, se* by date as in
    :func:`~analysis.engine.inference.clustered.clustered_mean`. The interval is
    [mean - q(.975) se, mean - q(.025) se], q the quantiles of t*: the bootstrap-t keeps its size
    under skewness, which percentiles of means do not.

    References
    ----------
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 12. Chapman
    and Hall. Hall, P. (1992). The Bootstrap and Edgeworth Expansion. Springer. Kramer, L. A.
    (2001). Alternative methods for robust analysis in event study applications. Advances in
    Investment Analysis and Portfolio Management 8, 109-132.
    """
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < FEWEST_DRAWS:
        raise InputError("draws", draws, f"it must be a whole number of {FEWEST_DRAWS} or more.")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError("seed", seed, "it must be a whole number of 0 or more.")
    x = np.asarray(values, dtype=float)
    keep = np.isfinite(x)
    found = clustered_mean(x, clusters)
    nan, n_dates = float("nan"), found.n_clusters
    if n_dates < FEWEST_DATES or not np.isfinite(found.statistic):
        why = (f"it needs {FEWEST_DATES} dates, there {_are(n_dates)}" if n_dates < FEWEST_DATES
               else "the dates do not differ")  # fmt: skip
        return BootstrapMean(found.estimate, nan, found.statistic, nan, nan, nan, found.n, n_dates,
                             0, seed, alternative, why)  # fmt: skip
    which = np.unique(np.asarray(clusters)[keep], return_inverse=True)[1]
    sums = np.asarray(np.bincount(which, x[keep]), dtype=np.float64)
    sizes = np.bincount(which).astype(np.float64)
    means, t = _draws(sums, sizes, found.estimate, draws, np.random.default_rng(seed))
    t = t[np.isfinite(t)]
    low, high = np.quantile(t, [0.025, 0.975])
    return BootstrapMean(
        estimate=found.estimate,
        se=float(means.std(ddof=1)),
        statistic=found.statistic,
        p_value=rank_p(found.statistic, t, alternative),
        low=float(found.estimate - high * found.se),
        high=float(found.estimate - low * found.se),
        n_events=found.n,
        n_dates=n_dates,
        draws=len(t),
        seed=seed,
        alternative=alternative,
    )


def _are(n: int) -> str:
    return "is 1" if n == 1 else f"are {n}"


def _draws(
    sums: Floats, sizes: Floats, mean: float, draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return mean and t about the sample mean of every draw."""
    g, step = len(sums), max(1, _DRAWN // len(sums))
    means, t = np.empty(draws), np.empty(draws)
    for start in range(0, draws, step):
        some = slice(start, min(start + step, draws))
        picked = rng.integers(0, g, (some.stop - start, g))
        total, n = sums[picked], sizes[picked]
        count = n.sum(axis=1)
        drawn = total.sum(axis=1) / count
        away = total - drawn[:, None] * n
        se = np.sqrt(g / (g - 1) * (away**2).sum(axis=1)) / count
        with np.errstate(divide="ignore", invalid="ignore"):
            means[some] = drawn
            t[some] = np.where(se > 1e-14 * abs(mean), (drawn - mean) / se, np.nan)
    return means, t
