"""Pooled effects with few dates: exact sign flips, and the wild cluster bootstrap.

Observations of one date are one cluster: they get one sign or one weight (METHODS section 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Weights = Literal["webb", "rademacher"]

#: Up to so many clusters every combination of signs is enumerated.
MOST_EXACT = 16
#: Fewest clusters for the wild bootstrap.
FEWEST_WILD = 10
#: Webb (2023): six points, so that few clusters still give many different draws.
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])


@dataclass(frozen=True, slots=True)
class ClusterTest:
    """A test of a zero mean over clustered observations.

    Attributes
    ----------
    estimate : float
        Mean over observations.
    p_value : float
        Two-sided; NaN with a reason where the test does not apply.
    p_up : float
        One-sided: the mean is positive.
    floor : float
        Smallest two-sided p that this number of clusters allows.
    n, n_clusters : int
        Observations with a value, and clusters.
    exact : bool
        Whether all sign patterns were enumerated.
    reason : str
        Why there is no p; empty otherwise.
    """

    estimate: float
    p_value: float
    p_up: float
    floor: float
    n: int
    n_clusters: int
    exact: bool
    reason: str = ""


def sign_flip(
    values: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    rng: np.random.Generator | None = None,
    n_draws: int = 99_999,
) -> ClusterTest:
    """Test a zero mean by flipping the signs of whole dates.

    Parameters
    ----------
    values : array_like of shape (n,)
        Abnormal returns or statistics; NaN entries are left out.
    clusters : array_like of shape (n,)
        The date (or any label) of each value.
    rng, n_draws
        Random sign patterns above 16 clusters; below, all 2^G are enumerated.

    Notes
    -----
    Exact if cluster sums are independent and symmetric about zero; the smallest two-sided p is
    2/2^G (.0625 for five dates). Skewed effects break the symmetry. p = share of patterns s with
    |sum_g s_g S_g| >= |sum_g S_g|, S_g the sum of a date; to drawn ones the observed is added.

    References
    ----------
    Fisher, R. A. (1935). The design of experiments, section 21. Canay, I. A., Romano, J. P. and
    Shaikh, A. M. (2017). Randomization tests under an approximate symmetry assumption.
    Econometrica 85, 1013-1030.
    """
    sums, n = _cluster_sums(values, clusters)
    count = len(sums)
    if count == 0:
        return ClusterTest(np.nan, np.nan, np.nan, np.nan, 0, 0, False, "no value")
    exact = count <= MOST_EXACT
    if exact:
        signs = 1.0 - 2.0 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        extra = 0
    else:
        rng = rng or np.random.default_rng(0)
        signs = rng.integers(0, 2, (n_draws, count), dtype=np.int8) * 2.0 - 1.0
        extra = 1
    drawn, observed = signs @ sums, float(sums.sum())
    slack = 1e-12 * np.abs(sums).sum()
    total = len(signs) + extra
    return ClusterTest(
        estimate=observed / n,
        p_value=float((np.abs(drawn) >= abs(observed) - slack).sum() + extra) / total,
        p_up=float((drawn >= observed - slack).sum() + extra) / total,
        floor=2 / total if exact else 1 / total,
        n=n,
        n_clusters=count,
        exact=exact,
    )


def wild_cluster_bootstrap(
    values: npt.ArrayLike,
    clusters: npt.ArrayLike,
    *,
    rng: np.random.Generator,
    n_draws: int = 9999,
    weights: Weights = "webb",
) -> ClusterTest:
    """Test a zero mean by the wild cluster bootstrap of the cluster-robust t, null imposed.

    Parameters
    ----------
    values, clusters
        As in :func:`sign_flip`.
    rng, n_draws
        Randomness and the number of draws.
    weights
        Webb's six points, or Rademacher's two.

    Returns
    -------
    ClusterTest
        Below 10 clusters no p is given: with Rademacher weights there would be too few different
        draws, and Webb's only hide that.

    Notes
    -----
    t = m / sqrt(sum_g (S_g - n_g m)^2 / n^2), m the mean; draws t* of w_g S_g,
    p = (1 + #{|t*| >= |t|}) / (B + 1).

    References
    ----------
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for
    inference with clustered errors. Review of Economics and Statistics 90, 414-427.
    Webb, M. D. (2023). Reworking wild bootstrap-based inference for clustered errors. Canadian
    Journal of Economics 56, 839-858.
    """
    if weights not in ("webb", "rademacher"):
        raise InputError.choice("weights", weights, ("webb", "rademacher"))
    sums, n = _cluster_sums(values, clusters)
    sizes = _cluster_sizes(values, clusters)
    count = len(sums)
    if count < FEWEST_WILD:
        return ClusterTest(
            float(sums.sum() / n) if n else np.nan, np.nan, np.nan, np.nan, n, count, False,
            f"{count} dates; the wild cluster bootstrap needs {FEWEST_WILD}",
        )  # fmt: skip
    points = WEBB if weights == "webb" else np.array([-1.0, 1.0])
    drawn = points[rng.integers(0, len(points), (n_draws, count))] * sums
    observed = float(_cluster_t(sums[None], sizes, n)[0])
    t = _cluster_t(drawn, sizes, n)
    return ClusterTest(
        estimate=float(sums.sum() / n),
        p_value=float((1 + (np.abs(t) >= abs(observed) * (1 - 1e-12)).sum()) / (n_draws + 1)),
        p_up=float((1 + (t >= observed).sum()) / (n_draws + 1)),
        floor=1 / (n_draws + 1),
        n=n,
        n_clusters=count,
        exact=False,
    )


def _cluster_t(sums: Floats, sizes: Floats, n: int) -> Floats:
    """Return mean / cluster-robust standard error for each row of cluster sums."""
    mean = sums.sum(axis=1, keepdims=True) / n
    scores = sums - mean * sizes
    with np.errstate(divide="ignore", invalid="ignore"):
        out: Floats = mean[:, 0] / (np.sqrt((scores**2).sum(axis=1)) / n)
    return out


def _checked(values: npt.ArrayLike, clusters: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.intp]]:
    x, labels = np.asarray(values, dtype=float), np.asarray(clusters)
    if x.ndim != 1 or x.shape != labels.shape:
        raise InputError(
            "clusters", labels.shape, f"it must have one label per value, shape {x.shape}."
        )
    keep = np.isfinite(x)
    return x[keep], np.unique(labels[keep], return_inverse=True)[1].astype(np.intp)


def _cluster_sums(values: npt.ArrayLike, clusters: npt.ArrayLike) -> tuple[Floats, int]:
    x, which = _checked(values, clusters)
    return np.bincount(which, weights=x).astype(float), len(x)


def _cluster_sizes(values: npt.ArrayLike, clusters: npt.ArrayLike) -> Floats:
    return np.bincount(_checked(values, clusters)[1]).astype(float)
