"""Lines that outliers in the estimation window do not bend: Huber and least absolute deviations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from analysis.engine.models.fit import (
    Floats,
    ModelOptions,
    NormalReturnFit,
    Sample,
    one_benchmark,
    residual_sigma,
)
from analysis.engine.models.linear import fit_market_model

#: Tuning constant of Huber (95 % efficient for normal errors), and MAD of a standard normal.
HUBER_K = 1.345
_MAD_OF_NORMAL = 0.6744897501960817
#: Reweighting gains a digit in a few steps; it stops where coefficients stay to the last ones.
_STEPS = 500
_TOLERANCE = 1e-13


def fit_robust_market_model(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit alpha + beta x benchmark by Huber's M-estimator or by least absolute deviations.

    Parameters
    ----------
    sample
        One factor.
    options
        ``robust``: ``"huber"`` (k = 1.345, scale by the median absolute residual at every step)
        or ``"lad"`` (exact).

    Notes
    -----
    sigma is the root mean square residual with T - 2 degrees of freedom; the forecast-error
    factor is that of least squares, an approximation.

    References
    ----------
    Huber, P. J. (1973). Robust regression. Annals of Statistics 1, 799-821.
    Wesolowsky, G. O. (1981). A new descent algorithm for the least absolute value regression
    problem. Communications in Statistics B 10, 479-491.
    """
    one_benchmark("robust_market_model", sample)
    ols = fit_market_model(sample, options)
    y, x = sample.y(), sample.x()[..., 0]
    present = np.isfinite(ols.residuals)
    solved = np.isfinite(ols.coef).all(axis=1) & (ols.n_estimation > 2)
    coef = np.full((len(y), 2), np.nan)
    if solved.any():
        line = huber_line if options.robust == "huber" else lad_line
        kept = present[solved]
        coef[solved] = line(np.where(kept, y[solved], 0.0), np.where(kept, x[solved], 0.0), kept)
    alpha, beta = coef[:, :1], coef[:, 1:]
    residuals = np.where(present, y - alpha - beta * x, np.nan)
    return replace(
        ols,
        model="robust_market_model",
        coef=coef,
        sigma=np.where(solved, residual_sigma(residuals, ols.df), np.nan),
        residuals=residuals,
        normal=alpha + beta * sample.x_event()[..., 0],
    )


def huber_line(y: Floats, x: Floats, present: npt.NDArray[np.bool_]) -> Floats:
    """Fit Huber's line to every row by iteratively reweighted least squares.

    Parameters
    ----------
    y, x : ndarray of shape (n_events, T)
        Finite everywhere; days that are not ``present`` get weight zero.
    present : ndarray of bool, shape (n_events, T)
        Days to use.

    Returns
    -------
    ndarray of shape (n_events, 2)
        alpha and beta.
    """
    coef = _weighted_line(y, x, present.astype(float))
    active = np.arange(len(y))
    for _ in range(_STEPS):
        ya, xa, kept = y[active], x[active], present[active]
        residuals = ya - coef[active, :1] - coef[active, 1:] * xa
        size = np.where(kept, np.abs(residuals), np.nan)
        scale = np.nanmedian(size, axis=1, keepdims=True) / _MAD_OF_NORMAL
        limit = HUBER_K * scale
        weight = np.where(kept, np.minimum(1.0, limit / np.maximum(size, 1e-300)), 0.0)
        weight[~(scale[:, 0] > 0)] = kept[~(scale[:, 0] > 0)]
        new = _weighted_line(ya, xa, weight)
        moved = np.abs(new - coef[active]).max(axis=1)
        coef[active] = new
        active = active[moved > _TOLERANCE * (1 + np.abs(new).max(axis=1))]
        if not len(active):
            break
    return coef


def lad_line(y: Floats, x: Floats, present: npt.NDArray[np.bool_]) -> Floats:
    """Fit the line of least absolute deviations to every row, exactly.

    Parameters
    ----------
    y, x, present
        As in :func:`huber_line`.

    Notes
    -----
    The best line through one observation has the weighted median of the slopes to all others as
    its slope; it passes through a second observation, which takes the turn. A line that neither
    of its two observations improves is optimal.
    """
    n = len(y)
    at = np.arange(n)
    start = _weighted_line(y, x, present.astype(float))
    distance = np.where(present, np.abs(y - start[:, :1] - start[:, 1:] * x), np.inf)
    pivot = distance.argmin(axis=1)
    best = np.full(n, np.inf)
    coef = start
    since = np.zeros(n, dtype=int)
    for _ in range(_STEPS):
        line, other = _best_through(y, x, present, pivot)
        loss = np.where(present, np.abs(y - line[:, :1] - line[:, 1:] * x), 0.0).sum(axis=1)
        better = loss < best * (1 - 1e-15)
        coef = np.where(better[:, None], line, coef)
        best = np.where(better, loss, best)
        since = np.where(better, 0, since + 1)
        if (since >= 2).all():
            break
        pivot = np.where(other >= 0, other, pivot)[at]
    return coef


def _best_through(
    y: Floats, x: Floats, present: npt.NDArray[np.bool_], pivot: npt.NDArray[np.intp]
) -> tuple[Floats, npt.NDArray[np.intp]]:
    at = np.arange(len(y))
    x0, y0 = x[at, pivot][:, None], y[at, pivot][:, None]
    run = x - x0
    usable = present & (run != 0)
    slope = np.where(usable, (y - y0) / np.where(usable, run, 1.0), np.inf)
    order = np.argsort(slope, axis=1)
    weight = np.take_along_axis(np.where(usable, np.abs(run), 0.0), order, axis=1)
    below = np.cumsum(weight, axis=1)
    where = (below >= below[:, -1:] / 2).argmax(axis=1)
    other = order[at, where]
    beta = slope[at, other][:, None]
    return np.hstack([y0 - beta * x0, beta]), other


def _weighted_line(y: Floats, x: Floats, weight: Floats) -> Floats:
    total = weight.sum(axis=1)
    x_mean = np.einsum("it,it->i", weight, x) / total
    y_mean = np.einsum("it,it->i", weight, y) / total
    dx = x - x_mean[:, None]
    beta = np.einsum("it,it,it->i", weight, dx, y - y_mean[:, None]) / np.einsum(
        "it,it,it->i", weight, dx, dx
    )
    return np.column_stack([y_mean - beta * x_mean, beta])
