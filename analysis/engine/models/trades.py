"""Returns from trade to trade, for securities that do not trade every day."""

from __future__ import annotations

import numpy as np

from analysis.engine.models.fit import (
    Floats,
    ModelOptions,
    NormalReturnFit,
    Sample,
    one_benchmark,
    residual_sigma,
)
from analysis.engine.panel import Window, take_days, take_factors


def fit_trade_to_trade(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Fit a market model to returns from trade to trade, each over its own number of days.

    Parameters
    ----------
    sample
        One factor. A return after missing days is taken to span them, as returns made from
        prices do: missing where there is no price, then from the last price to the next.
    options
        ``return_kind``: how the benchmark cumulates over the days a return spans.

    Notes
    -----
    R_n = n alpha + beta x_n + e, n the sessions since the last return, x_n the benchmark over the
    same sessions, Var e = n sigma^2: least squares of R_n/sqrt n on sqrt n and x_n/sqrt n, with
    df = T - 2, T the returns of the estimation window. Of an event day, Var AR = sigma^2 (n +
    z'(Z'Z)^-1 z), z = (n, x_n). Residuals are those of the weighted line. A day without a trade
    has no abnormal return; sums over a window are over the days present, so that ``min_present``
    below 1 keeps such events.

    References
    ----------
    Maynes, E. and Rumsey, J. (1993). Conducting event studies with thinly traded stocks. Journal
    of Banking and Finance 17, 145-157.
    """
    one_benchmark("trade_to_trade", sample)
    y = sample.y()
    span, x = _spans(sample, sample.estimation_window, options)
    present = np.isfinite(y) & np.isfinite(x)
    root = np.sqrt(span)
    z = np.where(present[..., None], np.stack([root, x / root], axis=-1), 0.0)
    scaled = np.where(present, y / root, 0.0)
    n_obs = present.sum(axis=1).astype(float)
    q, r = np.linalg.qr(z)
    size = np.sqrt(np.einsum("itk,itk->ik", z, z))
    diagonal = np.abs(np.diagonal(r, axis1=1, axis2=2))
    solved = (diagonal > 1e-10 * size).all(axis=1) & (n_obs > 2)
    inverse = np.linalg.inv(np.where(solved[:, None, None], r, np.eye(2)))
    inverse[~solved] = np.nan
    coef = np.einsum("ijk,itk,it->ij", inverse, q, scaled)
    residuals = np.where(present, scaled - np.einsum("itk,ik->it", z, coef), np.nan)
    df = n_obs - 2
    sigma = np.where(solved, residual_sigma(residuals, df), np.nan)
    days, benchmark = _spans(sample, sample.event_window, options)
    event = np.stack([days, benchmark], axis=-1)
    return NormalReturnFit(
        model="trade_to_trade",
        names=("alpha", "beta"),
        coef=coef,
        sigma=sigma,
        df=df,
        n_estimation=n_obs,
        residuals=residuals,
        normal=np.einsum("ilk,ik->il", event, coef),
        loading=event @ inverse,
        day_sigma=sigma[:, None] * np.sqrt(days),
    )


def _spans(sample: Sample, window: Window, options: ModelOptions) -> tuple[Floats, Floats]:
    """Return sessions since the last return and the benchmark over them, shape (n_events, days).

    The first return after missing days with no earlier one in sight spans nobody knows how many:
    it gets NaN and is not used.
    """
    first, last = window
    back = min(int(sample.row.min()) + first, _LONGEST) if len(sample.row) else 0
    y = take_days(sample.returns, sample.row, sample.column, first - back, last)
    x = take_factors(sample.factors, sample.row, sample.column, first - back, last)[..., 0]
    missing = ~np.isfinite(y)
    span = np.ones(y.shape)
    logs = np.log1p(x) if options.return_kind == "simple" else x.copy()
    for values in (span, logs):
        values[:, 0] = np.where(missing[:, 0], np.nan, values[:, 0])
    for day in range(1, y.shape[1]):
        carried = missing[:, day - 1]
        span[:, day] += np.where(carried, span[:, day - 1], 0.0)
        logs[:, day] += np.where(carried, logs[:, day - 1], 0.0)
    total = np.expm1(logs) if options.return_kind == "simple" else logs
    return span[:, back:], total[:, back:]


#: Sessions before a window that are looked at for the last return.
_LONGEST = 60
