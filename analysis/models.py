"""Normal returns: what a security would have done without the news.

One function per model. Each takes the estimation window of every event at once, and returns the
same frozen record; there is no loop over events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class NormalReturnFit:
    """One normal-return model fitted to every event.

    Attributes
    ----------
    model : str
        Name of the model.
    names : tuple of str
        Names of the coefficients.
    coef : ndarray of shape (n_events, len(names))
        Coefficients; ``alpha`` in daily decimal units.
    sigma : ndarray of shape (n_events,)
        Residual standard deviation, daily, decimal; divides by ``df``.
    df, n_estimation : ndarray of shape (n_events,)
        Degrees of freedom; estimation days with a value.
    residuals : ndarray of shape (n_events, T)
        Estimation residuals; NaN where a return is missing.
    normal : ndarray of shape (n_events, L)
        Normal return on each event day.
    loading : ndarray of shape (n_events, L, p)
        Event-window regressors scaled so that the forecast-error factor of a day is
        ``1 + sum(loading**2)`` and the variance of a sum of days is
        ``sigma**2 * (L + sum(sum_over_days(loading)**2))``; p = 0 where nothing is estimated.
    """

    model: str
    names: tuple[str, ...]
    coef: Floats
    sigma: Floats
    df: Floats
    n_estimation: Floats
    residuals: Floats
    normal: Floats
    loading: Floats

    def take(self, events: slice) -> NormalReturnFit:
        """Return the fits of some of the events."""
        arrays = ("coef", "sigma", "df", "n_estimation", "residuals", "normal", "loading")
        return replace(self, **{name: getattr(self, name)[events] for name in arrays})


def fit_constant_mean(y: Floats, x: Floats, x_event: Floats) -> NormalReturnFit:
    """Fit the estimation-window mean of every event (MacKinlay 1997, section 3.A).

    Parameters
    ----------
    y : ndarray of shape (n_events, T)
        Estimation-window returns, decimal; NaN where missing.
    x : ndarray of shape (n_events, T, k)
        Not used.
    x_event : ndarray of shape (n_events, L, k)
        Only its number of days is used.

    Notes
    -----
    Var AR = sigma^2 (1 + 1/T), df = T - 1, with T the days that have a value.
    """
    n_obs = np.isfinite(y).sum(axis=1).astype(float)
    mean = _mean(y, n_obs)
    residuals = y - mean[:, None]
    df = n_obs - 1
    days = x_event.shape[1]
    shape = (len(y), days)
    return NormalReturnFit(
        model="constant_mean",
        names=("alpha",),
        coef=mean[:, None],
        sigma=_sigma(residuals, df),
        df=df,
        n_estimation=n_obs,
        residuals=residuals,
        normal=np.broadcast_to(mean[:, None], shape).copy(),
        loading=np.broadcast_to((1 / np.sqrt(n_obs))[:, None, None], (*shape, 1)),
    )


def fit_market_adjusted(y: Floats, x: Floats, x_event: Floats) -> NormalReturnFit:
    """Take the benchmark's return as the normal return: alpha 0, beta 1, nothing estimated.

    Parameters
    ----------
    y, x, x_event
        As in :func:`fit_market_model`.

    Notes
    -----
    sigma is the standard deviation of y - x about its mean, df = T - 1; C = 1 and
    Var CAR = L sigma^2 (Brown and Warner 1980).
    """
    _one_benchmark("market_adjusted", x)
    excess = np.where(np.isfinite(x[..., 0]), y, np.nan) - x[..., 0]
    n_obs = np.isfinite(excess).sum(axis=1).astype(float)
    df = n_obs - 1
    return NormalReturnFit(
        model="market_adjusted",
        names=("alpha", "beta"),
        coef=np.tile([0.0, 1.0], (len(y), 1)),
        sigma=_sigma(excess - _mean(excess, n_obs)[:, None], df),
        df=df,
        n_estimation=n_obs,
        residuals=excess,
        normal=x_event[..., 0].copy(),
        loading=np.empty((*x_event.shape[:2], 0)),
    )


def fit_market_model(y: Floats, x: Floats, x_event: Floats) -> NormalReturnFit:
    """Fit alpha + beta x benchmark by least squares (MacKinlay 1997, equations 3 to 8).

    Parameters
    ----------
    y : ndarray of shape (n_events, T)
        Estimation-window returns, decimal; NaN where missing.
    x : ndarray of shape (n_events, T, 1)
        Benchmark returns over the same days; a day counts only if both are present.
    x_event : ndarray of shape (n_events, L, 1)
        Benchmark returns in the event window.

    Notes
    -----
    C_t = 1 + 1/T + (x_t - mean x)^2 / Sxx and df = T - 2, with T the days that have a value.
    """
    _one_benchmark("market_model", x)
    x1, x1_event = x[..., 0], x_event[..., 0]
    present = np.isfinite(y) & np.isfinite(x1)
    n_obs = present.sum(axis=1).astype(float)
    if present.all():
        y_mean, x_mean = y.mean(axis=1), x1.mean(axis=1)
        dy, dx = y - y_mean[:, None], x1 - x_mean[:, None]
    else:
        y, x1 = np.where(present, y, np.nan), np.where(present, x1, np.nan)
        y_mean, x_mean = _mean(y, n_obs), _mean(x1, n_obs)
        dy = np.where(present, y - y_mean[:, None], 0.0)
        dx = np.where(present, x1 - x_mean[:, None], 0.0)
    sxx = np.einsum("it,it->i", dx, dx)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = np.einsum("it,it->i", dx, dy) / sxx
        alpha = y_mean - beta * x_mean
        residuals = np.where(present, dy - beta[:, None] * dx, np.nan)
        df = n_obs - 2
        loading = np.empty((*x1_event.shape, 2))
        loading[..., 0] = (1 / np.sqrt(n_obs))[:, None]
        loading[..., 1] = (x1_event - x_mean[:, None]) / np.sqrt(sxx)[:, None]
    return NormalReturnFit(
        model="market_model",
        names=("alpha", "beta"),
        coef=np.column_stack([alpha, beta]),
        sigma=_sigma(residuals, df),
        df=df,
        n_estimation=n_obs,
        residuals=residuals,
        normal=alpha[:, None] + beta[:, None] * x1_event,
        loading=loading,
    )


FitFunction = Callable[[Floats, Floats, Floats], NormalReturnFit]

#: Every model by its code; the number is how many coefficients it estimates.
MODELS: dict[str, tuple[FitFunction, int]] = {
    "constant_mean": (fit_constant_mean, 1),
    "market_adjusted": (fit_market_adjusted, 1),
    "market_model": (fit_market_model, 2),
}

#: Models that need no benchmark.
WITHOUT_BENCHMARK = frozenset({"constant_mean"})


def _one_benchmark(model: str, x: Floats) -> None:
    if x.shape[2] != 1:
        raise InputError(
            "benchmark",
            f"{x.shape[2]} columns",
            f"{model} takes exactly one benchmark.",
            "Pass a Series, or use model='factor_model' for several factors.",
        )


def _mean(values: Floats, n_obs: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nansum(values, axis=1) / n_obs)


def _sigma(residuals: Floats, df: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(np.where(df > 0, np.nansum(residuals**2, axis=1) / df, np.nan))
