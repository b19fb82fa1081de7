"""Least squares, the covariances of their estimates, and the table of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

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
    half = scipy.special.stdtrit(df, 0.975) * se
    return pd.DataFrame(
        {
            "estimate": estimate,
            "se": se,
            "statistic": statistic,
            "p_value": 2 * scipy.special.stdtr(df, -np.abs(statistic)),
            "low": estimate - half,
            "high": estimate + half,
        },
        index=names,
    )


def newey_west_lags(n: int) -> int:
    """Return the lags usual for n observations: floor(4 (n/100)^(2/9)) (Newey, West 1994)."""
    return int(4 * (n / 100) ** (2 / 9))


def hac_covariance(x: Floats, e: Floats, lags: int, inverse: Floats) -> Floats:
    """Return Newey and West's covariance of least squares, without a small-sample factor.

    Parameters
    ----------
    x : ndarray of shape (n, k)
        Regressors.
    e : ndarray of shape (n,)
        Residuals.
    lags
        Of the Bartlett kernel; 0 for White's errors.
    inverse : ndarray of shape (k, k)
        (X'X)^-1.

    Notes
    -----
    (X'X)^-1 [G_0 + sum_j (1 - j/(lags + 1)) (G_j + G_j')] (X'X)^-1, G_j = sum_t x_t e_t e_{t-j}
    x_{t-j}'.

    References
    ----------
    Newey, W. K. and West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix. Econometrica 55, 703-708.
    """
    scores = x * e[:, None]
    middle = scores.T @ scores
    for lag in range(1, min(lags, len(x) - 1) + 1):
        across = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (lags + 1)) * (across + across.T)
    return np.asarray(inverse @ middle @ inverse)


@dataclass(frozen=True, eq=False, repr=False)
class Regression:
    """Least squares with standard errors robust to heteroskedasticity and autocorrelation.

    Attributes
    ----------
    coef, se : ndarray of shape (k,)
        Coefficients and their standard errors.
    n, lags : int
        Observations and the lags of the Bartlett kernel.
    r2 : float
        Share of variance explained.
    """

    coef: Floats
    se: Floats
    n: int
    lags: int
    r2: float


def newey_west(y: Floats, design: Floats, *, lags: int = 0) -> Regression:
    """Regress y on a design by least squares, with Newey-West standard errors.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Finite.
    design : ndarray of shape (n, k)
        Regressors, a constant included.
    lags
        Lags of the Bartlett kernel; 0 for White's errors. Scaled by n/(n-k).

    See :func:`hac_covariance`.
    """
    n, k = design.shape
    inverse = np.asarray(np.linalg.pinv(design.T @ design), dtype=float)
    coef = inverse @ design.T @ y
    residual = y - design @ coef
    covariance = hac_covariance(design, residual, lags, inverse) * n / max(n - k, 1)
    total = float(((y - y.mean()) ** 2).sum())
    return Regression(
        coef=coef,
        se=np.sqrt(np.diag(covariance)),
        n=n,
        lags=lags,
        r2=1 - float(residual @ residual) / total if total > 0 else float("nan"),
    )


def row_slopes(y: Floats, first: Floats, second: Floats) -> Floats:
    """Return the slope on ``first`` given ``second`` and a constant, for each row.

    Parameters
    ----------
    y, first, second : ndarray of shape (n_rows, n)
        NaN in any of them leaves the pair out.
    """
    present = np.isfinite(y) & np.isfinite(first) & np.isfinite(second)
    n = present.sum(axis=1, keepdims=True)

    def centred(values: Floats) -> Floats:
        kept = np.where(present, values, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(present, values - kept.sum(axis=1, keepdims=True) / n, 0.0)

    y, a, b = centred(y), centred(first), centred(second)
    ab, bb, aa = (np.einsum("rt,rt->r", *pair) for pair in ((a, b), (b, b), (a, a)))
    ay, by = np.einsum("rt,rt->r", a, y), np.einsum("rt,rt->r", b, y)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope: Floats = (ay * bb - by * ab) / (aa * bb - ab**2)
    return np.where(n[:, 0] >= 4, slope, np.nan)  # one more than there are coefficients
