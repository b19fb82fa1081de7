"""A market model whose errors have changing variance: GARCH(1,1) and GJR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.engine.models.fit import (
    Floats,
    ModelOptions,
    NormalReturnFit,
    Sample,
    one_benchmark,
    residual_sigma,
)
from analysis.engine.models.linear import fit_market_model
from analysis.engine.panel import take_days, take_factors

#: Fewest sessions with a return before the end of the estimation window.
FEWEST_SESSIONS = 500
#: The likelihood is better behaved on percent.
PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Family:
    """A family of conditional variances around a market model.

    Attributes
    ----------
    model : str
        Code of the normal-return model.
    estimate : callable
        From returns, benchmark and options to alpha, beta, omega, arch, leverage and garch in
        decimal units, or None where the likelihood has no maximum.
    forecast : callable
        From residuals, parameters, row of day 0, first and last event day to the standard
        deviations of the event days.
    """

    model: str
    estimate: Callable[[Floats, Floats, ModelOptions], Floats | None]
    forecast: Callable[[Floats, Floats, int, int, int], Floats]


def fit_garch_market_model(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit alpha + beta x benchmark with GARCH(1,1) or GJR errors by maximum likelihood.

    Parameters
    ----------
    sample
        One factor; every session up to the end of the estimation window is used, at least 500
        with a return (fewer: coefficients are NaN).
    options
        ``volatility``: ``"garch"`` or ``"gjr"``.

    Notes
    -----
    The variance is filtered through day -1 and frozen there: event days before 0 have the
    forecast of the day before, day 0 and later the forecast made on day -1 for their horizon. A
    day without a return leaves the variance at its expectation. The reference is normal
    (df infinite); ``sigma`` is the root mean square residual of the estimation window.

    The likelihood is maximised for one event at a time: there is no closed form to vectorise.

    References
    ----------
    Bollerslev, T. (1986). Generalized autoregressive conditional heteroskedasticity. Journal of
    Econometrics 31. Glosten, L. R., Jagannathan, R. and Runkle, D. E. (1993). Journal of
    Finance 48.
    """
    return fit_family(sample, options, _GARCH)


def fit_family(sample: Sample, options: ModelOptions, family: Family) -> NormalReturnFit:
    """Fit a market model with the conditional variances of a family, event by event."""
    one_benchmark(family.model, sample)
    ols = fit_market_model(sample, options)
    n = len(sample.row)
    coef = np.full((n, 6), np.nan)
    day_sigma = np.full((n, sample.n_event_days), np.nan)
    known: dict[tuple[int, int], tuple[Floats, Floats]] = {}
    for i, key in enumerate(zip(sample.row.tolist(), sample.column.tolist(), strict=True)):
        if key not in known:
            known[key] = _fit_one(sample, *key, options, family)
        coef[i], day_sigma[i] = known[key]
    alpha, beta = coef[:, :1], coef[:, 1:2]
    residuals = np.where(
        np.isfinite(ols.residuals), sample.y() - alpha - beta * sample.x()[..., 0], np.nan
    )
    sigma = residual_sigma(residuals, ols.df)
    return replace(
        ols,
        model=family.model,
        names=("alpha", "beta", "omega", "arch", "leverage", "garch"),
        coef=coef,
        sigma=np.where(np.isfinite(beta[:, 0]), sigma, np.nan),
        df=np.full(n, np.inf),
        residuals=residuals,
        normal=alpha + beta * sample.x_event()[..., 0],
        day_sigma=day_sigma,
    )


def _fit_one(
    sample: Sample, row: int, column: int, options: ModelOptions, family: Family
) -> tuple[Floats, Floats]:
    first, last = sample.event_window
    nothing = np.full(6, np.nan), np.full(last - first + 1, np.nan)
    y, x = _history(sample, row, column, max(-1, sample.estimation_window[1]))
    used = row + sample.estimation_window[1] + 1
    if sample.left_out is not None:
        mine = np.flatnonzero((sample.row == row) & (sample.column == column))[0]
        y[used - sample.left_out.shape[1] : used][sample.left_out[mine]] = np.nan
    fitted = np.isfinite(y[:used]) & np.isfinite(x[:used])
    if fitted.sum() < FEWEST_SESSIONS:
        return nothing
    params = family.estimate(y[:used][fitted], x[:used][fitted], options)
    if params is None:
        return nothing
    residuals = y - params[0] - params[1] * x
    return params, family.forecast(residuals, params, row, first, last)


def _history(sample: Sample, row: int, column: int, last_day: int) -> tuple[Floats, Floats]:
    at, of = np.array([row]), np.array([column])
    window = (-row, last_day)
    y = take_days(sample.returns, at, of, *window)[0].copy()
    return y, take_factors(sample.factors, at, of, *window)[0, :, 0]


def _maximum_likelihood(y: Floats, x: Floats, options: ModelOptions) -> Floats | None:
    """Return alpha, beta, omega, arch, leverage, garch in decimal units; None if it fails."""
    from arch.univariate import GARCH, LS, Normal

    gjr = options.volatility == "gjr"
    model = LS(
        y * PERCENT,
        x=x[:, None] * PERCENT,
        volatility=GARCH(p=1, o=int(gjr), q=1),
        distribution=Normal(),
        rescale=False,
    )
    found = model.fit(disp="off", show_warning=False)
    if found.convergence_flag != 0:
        return None
    alpha, beta, omega, arch, *rest = np.asarray(found.params)
    leverage, garch = rest if gjr else (0.0, rest[0])
    return np.array([alpha / PERCENT, beta, omega / PERCENT**2, arch, leverage, garch])


def _forecasts(residuals: Floats, params: Floats, row: int, first: int, last: int) -> Floats:
    """Forecast the standard deviation of event days, with nothing after day -1 known."""
    omega, arch, leverage, garch = params[2:]
    expected = arch + leverage / 2 + garch
    present = residuals[np.isfinite(residuals)]
    variance = float(np.mean(present**2))
    path = np.empty(row + last + 1)
    for session in range(row + last + 1):
        path[session] = variance
        shock = residuals[session] if session < len(residuals) else np.nan
        if session < row and np.isfinite(shock):
            weight = arch + leverage * (shock < 0)
            variance = omega + weight * shock**2 + garch * variance
        else:
            variance = omega + expected * variance
    return np.asarray(np.sqrt(path[row + first :]))


_GARCH = Family("garch_market_model", _maximum_likelihood, _forecasts)
