"""Means, the benchmark itself, and least squares on one or several factors."""

from __future__ import annotations

from dataclasses import dataclass

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

#: A factor that adds less than this share to the others is taken as their combination.
_COLLINEAR = 1e-10
#: A factor that strays from its mean by less than this share of it is constant but for rounding.
_FLAT = 1e-6


def fit_constant_mean(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Take the estimation-window mean of every security as its normal return.

    Parameters
    ----------
    sample, options
        Estimation and event windows of every event; no factor and no option is used.

    Notes
    -----
    Var AR = sigma^2 (1 + 1/T), df = T - 1, with T the days that have a value.

    References
    ----------
    MacKinlay, A. C. (1997). Event studies in economics and finance. Journal of Economic
    Literature 35, 13-39, section 3.A.
    """
    y = sample.y()
    n_obs = np.isfinite(y).sum(axis=1).astype(float)
    mean = row_mean(y, n_obs)
    residuals = y - mean[:, None]
    df = n_obs - 1
    shape = (len(y), sample.n_event_days)
    with np.errstate(divide="ignore"):
        loading = np.broadcast_to((1 / np.sqrt(n_obs))[:, None, None], (*shape, 1)).copy()
    return NormalReturnFit(
        model="constant_mean",
        names=("alpha",),
        coef=mean[:, None],
        sigma=residual_sigma(residuals, df),
        df=df,
        n_estimation=n_obs,
        residuals=residuals,
        normal=np.broadcast_to(mean[:, None], shape).copy(),
        loading=loading,
    )


def fit_market_adjusted(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Take the benchmark's return as the normal return: alpha 0, beta 1, nothing estimated.

    Parameters
    ----------
    sample, options
        One factor; no option is used.

    Notes
    -----
    sigma is the standard deviation of y - x about its mean, df = T - 1; C = 1 and
    Var CAR = L sigma^2.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1980). Measuring security price performance. Journal of
    Financial Economics 8, 205-258.
    """
    one_benchmark("market_adjusted", sample)
    excess = sample.y() - sample.x()[..., 0]
    n_obs = np.isfinite(excess).sum(axis=1).astype(float)
    df = n_obs - 1
    x_event = sample.x_event()
    return NormalReturnFit(
        model="market_adjusted",
        names=("alpha", "beta"),
        coef=np.tile([0.0, 1.0], (len(excess), 1)),
        sigma=residual_sigma(excess - row_mean(excess, n_obs)[:, None], df),
        df=df,
        n_estimation=n_obs,
        residuals=excess,
        normal=x_event[..., 0].copy(),
        loading=np.empty((*x_event.shape[:2], 0)),
    )


def fit_raw_returns(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Take nothing as the normal return: the whole return is abnormal.

    CAR is then the sum of returns and BHAR the plain buy-and-hold return.

    Parameters
    ----------
    sample, options
        Estimation and event windows of every event; no factor and no option is used.

    Notes
    -----
    sigma is the standard deviation of returns about their mean, df = T - 1; nothing is estimated,
    so that C = 1 and Var CAR = L sigma^2. The mean return of an ordinary day is part of the CAR.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1985). Using daily stock returns: the case of event studies.
    Journal of Financial Economics 14, 3-31.
    """
    y = sample.y()
    n_obs = np.isfinite(y).sum(axis=1).astype(float)
    df = n_obs - 1
    shape = (len(y), sample.n_event_days)
    return NormalReturnFit(
        model="raw_returns",
        names=(),
        coef=np.empty((len(y), 0)),
        sigma=residual_sigma(y - row_mean(y, n_obs)[:, None], df),
        df=df,
        n_estimation=n_obs,
        residuals=y,
        normal=np.zeros(shape),
        loading=np.empty((*shape, 0)),
    )


def fit_market_model(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit alpha + beta x benchmark by least squares.

    Parameters
    ----------
    sample, options
        One factor; a day counts only if return and factor are both present. No option is used.

    Notes
    -----
    C_t = 1 + 1/T + (x_t - mean x)^2 / Sxx and df = T - 2, with T the days that have a value.

    References
    ----------
    MacKinlay (1997), equations 3 to 8.
    """
    one_benchmark("market_model", sample)
    y, x = sample.y(), sample.x()[..., 0]
    x_event = sample.x_event()[..., 0]
    y_mean, x_mean = y.mean(axis=1), x.mean(axis=1)
    complete = bool(np.isfinite(y_mean).all() and np.isfinite(x_mean).all())
    if complete:  # the gathered arrays are ours, so work in place
        n_obs = np.full(len(y), float(y.shape[1]))
        dy, dx = np.subtract(y, y_mean[:, None], out=y), np.subtract(x, x_mean[:, None], out=x)
    else:
        present = np.isfinite(y + x)
        n_obs = present.sum(axis=1).astype(float)
        y_mean = row_mean(np.where(present, y, np.nan), n_obs)
        x_mean = row_mean(np.where(present, x, np.nan), n_obs)
        dy = np.where(present, y - y_mean[:, None], 0.0)
        dx = np.where(present, x - x_mean[:, None], 0.0)
    sxx = np.einsum("it,it->i", dx, dx)
    df = n_obs - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.einsum("it,it->i", dx, dy) / sxx
        alpha = y_mean - beta * x_mean
        dx *= beta[:, None]
        residuals = np.subtract(dy, dx, out=dy)
        sigma = residual_sigma(residuals, df)
        loading = np.empty((*x_event.shape, 2))
        loading[..., 0] = (1 / np.sqrt(n_obs))[:, None]
        loading[..., 1] = (x_event - x_mean[:, None]) / np.sqrt(sxx)[:, None]
    return NormalReturnFit(
        model="market_model",
        names=("alpha", "beta"),
        coef=np.column_stack([alpha, beta]),
        sigma=np.where(np.isfinite(beta) & (sxx > n_obs * (_FLAT * x_mean) ** 2), sigma, np.nan),
        df=df,
        n_estimation=n_obs,
        residuals=residuals if complete else np.where(present, residuals, np.nan),
        normal=alpha[:, None] + beta[:, None] * x_event,
        loading=loading,
    )


def fit_factor_model(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit alpha and a slope on every factor by least squares, on excess returns if asked.

    CAPM, Fama-French 3 and 5, Carhart 4, or any factors: what they are is in the sample.

    Parameters
    ----------
    sample, options
        k factors and, if returns are to be excess returns, a riskless return. No option is used.

    Notes
    -----
    C_t = 1 + x_t'(X'X)^-1 x_t and df = T - k - 1. The normal return is the riskless return plus
    the fitted excess return. Coefficients are NaN where a factor is a combination of the others.

    References
    ----------
    Fama, E. F. and French, K. R. (1993), Journal of Financial Economics 33; (2015), 116.
    Carhart, M. M. (1997), Journal of Finance 52.
    """
    y = sample.y() - sample.riskless(sample.estimation_window)
    x, x_event = sample.x(), sample.x_event()
    line = least_squares(y, x)
    with np.errstate(invalid="ignore"):
        fitted = line.alpha[:, None] + np.einsum("itk,ik->it", x_event, line.slopes)
    df = line.n_obs - x.shape[2] - 1
    return NormalReturnFit(
        model="factor_model",
        names=("alpha", *sample.factor_names),
        coef=np.column_stack([line.alpha, line.slopes]),
        sigma=np.where(line.solved, residual_sigma(line.residuals, df), np.nan),
        df=df,
        n_estimation=line.n_obs,
        residuals=line.residuals,
        normal=sample.riskless(sample.event_window) + fitted,
        loading=line.loading(x_event),
    )


@dataclass(frozen=True, eq=False, repr=False)
class Line:
    """Least squares of many rows at once.

    Attributes
    ----------
    alpha, n_obs, solved : ndarray of shape (n_events,)
        Intercept, days used, whether the factors determine the slopes.
    slopes, x_mean : ndarray of shape (n_events, k)
        Slopes and means of the regressors over the days used.
    residuals : ndarray of shape (n_events, T)
        NaN on days not used.
    inverse_root : ndarray of shape (n_events, k, k)
        R^-1 of the QR decomposition of the centred regressors.
    """

    alpha: Floats
    slopes: Floats
    x_mean: Floats
    residuals: Floats
    n_obs: Floats
    inverse_root: Floats
    solved: np.ndarray

    def loading(self, x_event: Floats) -> Floats:
        """Scale event-window regressors as :class:`NormalReturnFit` wants them."""
        n, days, k = x_event.shape
        out = np.empty((n, days, k + 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            out[..., 0] = (1 / np.sqrt(self.n_obs))[:, None]
            out[..., 1:] = (x_event - self.x_mean[:, None, :]) @ self.inverse_root
        return out


def least_squares(y: Floats, x: Floats) -> Line:
    """Regress every row of ``y`` on a constant and its own regressors.

    Parameters
    ----------
    y : ndarray of shape (n_events, T)
        A day is used if y and every regressor are present.
    x : ndarray of shape (n_events, T, k)
        Regressors.

    Notes
    -----
    beta = (X'X)^-1 X'y of deviations from the means of the days used, by the QR decomposition of
    each event's regressors; alpha = mean y - beta' mean x.
    """
    present = np.isfinite(y) & np.isfinite(x).all(axis=2)
    n_obs = present.sum(axis=1).astype(float)
    kept = np.where(present[..., None], x, np.nan)
    x_mean = row_mean(kept, n_obs[:, None])
    y_mean = row_mean(np.where(present, y, np.nan), n_obs)
    dx = np.where(present[..., None], x - x_mean[:, None, :], 0.0)
    dy = np.where(present, y - y_mean[:, None], 0.0)
    q, r = np.linalg.qr(dx)
    diagonal = np.abs(np.diagonal(r, axis1=1, axis2=2))
    scale = np.sqrt(np.einsum("itk,itk->ik", dx, dx))
    level = _FLAT * np.abs(x_mean) * np.sqrt(n_obs)[:, None]
    with np.errstate(invalid="ignore"):
        solved = ((diagonal > _COLLINEAR * scale) & (scale > level)).all(axis=1)
    inverse = np.linalg.inv(np.where(solved[:, None, None], r, np.eye(r.shape[-1])))
    inverse[~solved] = np.nan
    slopes = np.einsum("ijk,itk,it->ij", inverse, q, dy, optimize=True)
    with np.errstate(invalid="ignore"):
        residuals = dy - np.einsum("itk,ik->it", dx, slopes)
    return Line(
        alpha=y_mean - np.einsum("ik,ik->i", x_mean, slopes),
        slopes=slopes,
        x_mean=x_mean,
        residuals=np.where(present, residuals, np.nan),
        n_obs=n_obs,
        inverse_root=inverse,
        solved=solved,
    )
