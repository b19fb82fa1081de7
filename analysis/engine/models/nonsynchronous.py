"""Betas for prices that do not move at the same time: Scholes-Williams and Dimson."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.engine.models.fit import (
    Floats,
    ModelOptions,
    NormalReturnFit,
    Sample,
    one_benchmark,
    residual_sigma,
    row_mean,
)
from analysis.engine.models.linear import fit_market_model, least_squares


def fit_scholes_williams(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit the beta of Scholes and Williams from slopes on yesterday, today and tomorrow.

    Parameters
    ----------
    sample, options
        One factor; no option is used.

    Notes
    -----
    beta = (b- + b0 + b+) / (1 + 2 rho): simple slopes of the interior days' returns on the
    benchmark of the day before, the day itself and the day after, each with its own regressor's
    variance; rho is the correlation of consecutive benchmark returns inside the window. alpha
    comes from interior means, sigma from interior residuals with T - 4 degrees of freedom; the
    forecast-error factor is that of least squares, an approximation. With missing returns a day
    is interior if it and both benchmark neighbours are present.

    References
    ----------
    Scholes, M. and Williams, J. (1977). Estimating betas from nonsynchronous data. Journal of
    Financial Economics 5, 309-327.
    """
    one_benchmark("scholes_williams", sample)
    ols = fit_market_model(sample, options)
    y, x = sample.y()[:, 1:-1], sample.x()[..., 0]
    before, same, after = x[:, :-2], x[:, 1:-1], x[:, 2:]
    interior = np.isfinite(y) & np.isfinite(before) & np.isfinite(same) & np.isfinite(after)
    y = np.where(interior, y, np.nan)
    slopes = [_slope(y, np.where(interior, side, np.nan)) for side in (before, same, after)]
    rho = _correlation(x[:, :-1], x[:, 1:])
    n_obs = interior.sum(axis=1).astype(float)
    df = n_obs - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = sum(slopes) / (1 + 2 * rho)
        alpha = row_mean(y, n_obs) - beta * row_mean(np.where(interior, same, np.nan), n_obs)
    residuals = np.full((len(y), x.shape[1]), np.nan)
    residuals[:, 1:-1] = y - alpha[:, None] - beta[:, None] * same
    return replace(
        ols,
        model="scholes_williams",
        names=("alpha", "beta", "beta_lag", "beta_same", "beta_lead", "rho"),
        coef=np.column_stack([alpha, beta, *slopes, rho]),
        sigma=np.where(np.isfinite(beta), residual_sigma(residuals, df), np.nan),
        df=df,
        residuals=residuals,
        normal=alpha[:, None] + beta[:, None] * sample.x_event()[..., 0],
    )


def fit_dimson(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Sum the slopes on leads and lags of the benchmark.

    Parameters
    ----------
    sample
        One factor; neighbours of the estimation days may lie outside the window.
    options
        ``leads`` and ``lags``.

    Notes
    -----
    Normal return = alpha of the regression on leads and lags + (sum of its slopes) x the
    benchmark of the same day. Residuals are those of this line, so that they are like abnormal
    returns; df = T - 2 - (leads + lags). The forecast-error factor is that of least squares on
    the same-day benchmark, an approximation.

    References
    ----------
    Dimson, E. (1979). Risk measurement when shares are subject to infrequent trading. Journal of
    Financial Economics 7, 197-226.
    """
    one_benchmark("dimson", sample)
    ols = fit_market_model(sample, options)
    shifts = range(-options.lags, options.leads + 1)
    line = least_squares(sample.y(), np.concatenate([sample.x(s) for s in shifts], axis=2))
    beta = line.slopes.sum(axis=1)
    normal = line.alpha[:, None] + beta[:, None] * sample.x()[..., 0]
    residuals = np.where(np.isfinite(line.residuals), sample.y() - normal, np.nan)
    df = line.n_obs - 2 - options.leads - options.lags
    return replace(
        ols,
        model="dimson",
        names=("alpha", "beta", *(_shift_name(shift) for shift in shifts)),
        coef=np.column_stack([line.alpha, beta, line.slopes]),
        sigma=np.where(line.solved, residual_sigma(residuals, df), np.nan),
        df=df,
        n_estimation=line.n_obs,
        residuals=residuals,
        normal=line.alpha[:, None] + beta[:, None] * sample.x_event()[..., 0],
    )


def _shift_name(shift: int) -> str:
    if shift == 0:
        return "beta_same"
    return f"beta_lag{-shift}" if shift < 0 else f"beta_lead{shift}"


def _slope(y: Floats, x: Floats) -> Floats:
    n = np.isfinite(x).sum(axis=1).astype(float)
    dx = x - row_mean(x, n)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nansum(dx * y, axis=1) / np.nansum(dx * dx, axis=1))


def _correlation(a: Floats, b: Floats) -> Floats:
    both = np.isfinite(a) & np.isfinite(b)
    n = both.sum(axis=1).astype(float)
    a, b = np.where(both, a, np.nan), np.where(both, b, np.nan)
    da, db = a - row_mean(a, n)[:, None], b - row_mean(b, n)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.nansum(da * da, axis=1) * np.nansum(db * db, axis=1))
        return np.asarray(np.nansum(da * db, axis=1) / spread)
