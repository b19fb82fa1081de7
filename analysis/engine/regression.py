"""Least squares, the covariances of their estimates, and the table of both."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def least_squares(design: Floats, y: Floats, names: list[str]) -> tuple[Floats, Floats]:
    """Return (X'X)^-1 and the estimates, or name the column that is a combination of others.

    Raises
    ------
    InputError
        If there is one.
    """
    q, r = np.linalg.qr(design)
    size = np.linalg.norm(design, axis=0)
    flat = np.flatnonzero(np.abs(np.diag(r)) <= 1e-10 * size)
    if len(flat):
        raise InputError(
            "characteristics",
            names[int(flat[0])],
            "it is a combination of the constant and the columns before it.",
            "Leave it out.",
        )
    root = np.linalg.inv(r)
    return root @ root.T, root @ (q.T @ y)


def robust_covariance(
    design: Floats, residuals: Floats, inverse: Floats, groups: Ints | None
) -> Floats:
    """Return HC3 without ``groups``, else clustered by them with G/(G-1) (N-1)/(N-k).

    References
    ----------
    MacKinnon, J. G. and White, H. (1985). Journal of Econometrics 29, 305-325.
    """
    n, k = design.shape
    if groups is None:
        open_share = 1 - np.einsum("ij,jk,ik->i", design, inverse, design)
        fits = open_share < 1e-9  # a residual of zero by construction tells nothing
        scores = design * (np.where(fits, 0, residuals) / np.where(fits, 1, open_share))[:, None]
        factor = 1.0
    else:
        _, group = np.unique(groups, return_inverse=True)
        n_groups = int(group.max()) + 1
        scores = np.zeros((n_groups, k))
        np.add.at(scores, group, design * residuals[:, None])
        factor = n_groups / (n_groups - 1) * (n - 1) / (n - k)
    return np.asarray(factor * inverse @ (scores.T @ scores) @ inverse)


def resting_on_one(design: Floats, inverse: Floats, groups: Ints) -> npt.NDArray[np.bool_]:
    """Say which coefficients one event, or one date, decides alone: its residuals are zero."""
    found = np.zeros(design.shape[1], dtype=bool)
    labels, which = np.unique(groups, return_inverse=True)
    weight = np.bincount(which, np.einsum("ij,jk,ik->i", design, inverse, design))
    for label in labels[weight > 1 - 1e-9]:  # its share is no larger than that
        mine = groups == label
        share = np.linalg.eigvals(inverse @ (design[mine].T @ design[mine])).real.max()
        if share > 1 - 1e-9:  # without it the others leave some combinations open
            _, size, right = np.linalg.svd(design[~mine] / np.linalg.norm(design, axis=0))
            held = np.r_[size, np.zeros(len(right) - len(size))]
            found |= (np.abs(right[held < 1e-9]) > 1e-8).any(axis=0)
    return found


def shock_covariance(residuals: Floats, se: Floats) -> Floats:
    """Covariance of CARs of firms that share a date, from how they moved together before.

    Parameters
    ----------
    residuals : ndarray of shape (N, T)
        Estimation residuals, no day missing.
    se : ndarray of shape (N,)
        Forecast standard errors of the CARs.

    Returns
    -------
    ndarray of shape (N, N)
        D R D, D = diag(se), R the correlation of residuals shrunk towards independence, so that it
        can be inverted where there are more firms than days.

    Notes
    -----
    R = (1 - d) R_T + d I with Ledoit and Wolf's share d = min(1, b^2/c^2), c^2 = |R_T - I|^2, b^2 =
    sum_t |z_t z_t' - R_T|^2/T^2, z_t the residuals of day t over their root mean square.

    References
    ----------
    Ledoit, O. and Wolf, M. (2004). A well-conditioned estimator for large-dimensional covariance
    matrices. Journal of Multivariate Analysis 88, 365-411. Cohn, J. B., Johnson, T. L., Liu, Z. and
    Wardlaw, M. I. (2023). Past is prologue: inference from the cross section of returns around an
    event. SSRN 4296657.
    """
    z = residuals / np.sqrt((residuals**2).mean(axis=1, keepdims=True))
    n, days = z.shape
    sample = z @ z.T / days
    lengths = (z**2).sum(axis=0)
    spread = (lengths**2).sum() / days**2 - (sample**2).sum() / days
    away = float(((sample - np.eye(n)) ** 2).sum())
    share = min(1.0, max(0.0, float(spread) / away)) if away > 0 else 1.0
    shrunk = (1 - share) * sample + share * np.eye(n)
    return np.asarray(se[:, None] * shrunk * se[None, :])


def estimates_table(estimate: Floats, se: Floats, df: int, names: list[str]) -> pd.DataFrame:
    """Return estimates with standard errors, t, p and 95 % intervals, one row a name."""
    statistic = estimate / se
    half = special.stdtrit(df, 0.975) * se
    return pd.DataFrame(
        {
            "estimate": estimate,
            "se": se,
            "statistic": statistic,
            "p_value": 2 * special.stdtr(df, -np.abs(statistic)),
            "low": estimate - half,
            "high": estimate + half,
        },
        index=names,
    )
