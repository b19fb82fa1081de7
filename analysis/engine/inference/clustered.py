"""The mean of observations that share dates: one cluster a date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClusteredMean:
    """A mean with a standard error that lets observations of one date depend on each other.

    Attributes
    ----------
    estimate, se, statistic, p_value : float
        Mean, its standard error, t and two-sided p; NaN below two dates.
    df : int
        Dates less one.
    n, n_clusters : int
        Observations with a value, and their dates.
    """

    estimate: float
    se: float
    statistic: float
    p_value: float
    df: int
    n: int
    n_clusters: int


def clustered_mean(values: npt.ArrayLike, clusters: npt.ArrayLike) -> ClusteredMean:
    """Test a zero mean with one cluster a date.

    Parameters
    ----------
    values : array_like of shape (n,)
        Observations; NaN ones are left out.
    clusters : array_like of shape (n,)
        The date (or any label) of each.

    Notes
    -----
    Var = G/(G-1) sum_g (sum_{i in g} (x_i - mean))^2 / N^2, t with G - 1 degrees of freedom. With a
    date of its own for each observation it is the cross-sectional t.

    References
    ----------
    Cameron, A. C. and Miller, D. L. (2015). A practitioner's guide to cluster-robust inference.
    Journal of Human Resources 50, 317-372.
    """
    x = np.asarray(values, dtype=float)
    keep = np.isfinite(x)
    order = np.argsort(np.asarray(clusters)[keep], kind="stable")
    labels = np.asarray(clusters)[keep][order]
    if not len(labels):
        return ClusteredMean(np.nan, np.nan, np.nan, np.nan, 0, 0, 0)
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    mean, t, n, count = clustered_t(x[keep][order][None], starts)
    df = int(count[0]) - 1
    se = float(mean[0] / t[0]) if t[0] else float("nan")
    p = float(2 * scipy.special.stdtr(df, -abs(t[0]))) if df > 0 else float("nan")
    return ClusteredMean(float(mean[0]), se, float(t[0]), p, df, int(n[0]), int(count[0]))


def clustered_t(
    values: Floats, starts: npt.NDArray[np.intp]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, t, N and number of dates for each row of a matrix of observations.

    Parameters
    ----------
    values : ndarray of shape (n_draws, n)
        Observations, those of one date side by side; NaN where there is none.
    starts : ndarray of shape (n_dates,)
        Column at which each date starts.

    Returns
    -------
    tuple of ndarray of shape (n_draws,)
        t is NaN below two dates or without spread.
    """
    there = np.isfinite(values)
    n_in = np.add.reduceat(there, starts, axis=1, dtype=np.float64)
    sums = np.add.reduceat(np.where(there, values, 0.0), starts, axis=1)
    n, count = n_in.sum(axis=1), (n_in > 0).sum(axis=1).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums.sum(axis=1) / n
        away = sums - mean[:, None] * n_in
        variance = count / (count - 1) * (away**2).sum(axis=1) / n**2
        scale = np.abs(mean) + np.sqrt(np.maximum(variance, 0))
        t = np.where((count > 1) & (np.sqrt(variance) > 1e-14 * scale), mean / np.sqrt(variance),
                     np.nan)  # fmt: skip
    return mean, t, n, count
