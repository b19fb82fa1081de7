"""Standard errors of alpha and beta of each event: ordinary and HAC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
import scipy

from analysis.engine.models import MODELS
from analysis.engine.regression import hac_covariance, newey_west_lags
from analysis.engine.study import sample_of
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult

Errors = Literal["ols", "hac"]


def coefficient_table(
    result: EventStudyResult, *, errors: Errors = "ols", lags: int | None = None
) -> pd.DataFrame:
    """Return every coefficient of every event with its standard error.

    Parameters
    ----------
    result
        A study whose normal return is a least-squares line of the estimation window on a constant
        and factors of the same day (``constant_mean``, ``market_model``, ``factor_model``).
    errors
        ``"ols"``, or ``"hac"``: robust to unequal variances and to autocorrelation.
    lags
        Of ``"hac"``; None for floor(4 (T/100)^(2/9)), T the days of the event; fewer than half of
        the estimation window: residuals add up to nothing over all of it.

    Returns
    -------
    DataFrame
        event_id, security, coefficient, estimate (alpha daily, decimal), se, statistic, p_value
        (two-sided, t(df) of ``"ols"`` and N(0,1) of ``"hac"``), low, high (95 %), errors, lags.

    Raises
    ------
    InputError
        If the model is no such line, or a choice is unknown.

    Notes
    -----
    ols: s^2 (X'X)^-1, s^2 with T - k. hac: (X'X)^-1 [sum_l w_l sum_t (u_t u_{t-l}' + ...)]
    (X'X)^-1, u_t = x_t e_t, w_l = 1 - l/(lags + 1), over the days present, one after the other.

    References
    ----------
    Newey, W. K. and West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix. Econometrica 55, 703-708; (1994) Review of
    Economic Studies 61, 631-653, for the number of lags.
    """
    model = MODELS[result.spec.model]
    if errors not in get_args(Errors):
        raise InputError.choice("errors", errors, get_args(Errors))
    if not model.has_alpha or not (model.closed_form or model.several_factors):
        raise InputError(
            "model", model.code, "its coefficients are no least-squares line of one window.",
            "Use constant_mean, market_model or factor_model.",
        )  # fmt: skip
    if lags is not None and (isinstance(lags, bool) or not isinstance(lags, int) or lags < 0):
        raise InputError("lags", lags, "it must be a whole number of 0 or more.", "Or None.")
    if lags is not None and 2 * lags >= result.spec.n_estimation:
        raise InputError(
            "lags", lags, f"it must be below half of the {result.spec.n_estimation} estimation "
            "days, over which residuals add up to nothing.", "Or None.",
        )  # fmt: skip
    ab, fit = result.abnormal, result.abnormal.fit
    sample = sample_of(result.panel, result.spec, ab.row, ab.column)
    factors = sample.x() if model.needs_benchmark else np.empty((*fit.residuals.shape, 0))
    rows = []
    for event, key in enumerate(result.ar.index):
        e = fit.residuals[event]
        there = np.isfinite(e)
        x = np.column_stack([np.ones(int(there.sum())), factors[event][there]])
        used = 0 if errors == "ols" else newey_west_lags(len(x)) if lags is None else lags
        inverse, e = np.linalg.inv(x.T @ x), e[there]
        if errors == "ols":
            cov = inverse * (e @ e) / (len(x) - x.shape[1])
        else:
            cov = hac_covariance(x, e, used, inverse)
        df = float(fit.df[event]) if errors == "ols" else np.inf
        rows += [
            (*key, name, *_figures(value, se, df), errors, used)
            for name, value, se in zip(fit.names, fit.coef[event], np.sqrt(np.diag(cov)),
                                       strict=True)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = [
    "event_id", "security", "coefficient", "estimate", "se", "statistic", "p_value", "low", "high",
    "errors", "lags",
]  # fmt: skip


def _figures(estimate: float, se: float, df: float) -> tuple[float, ...]:
    t = estimate / se if se > 0 else float("nan")
    beyond = scipy.special.ndtr(-abs(t)) if np.isinf(df) else scipy.special.stdtr(df, -abs(t))
    half = se * (scipy.special.ndtri(0.975) if np.isinf(df) else scipy.special.stdtrit(df, 0.975))
    return estimate, se, t, float(2 * beyond), estimate - half, estimate + half
