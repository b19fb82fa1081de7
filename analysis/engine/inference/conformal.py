"""Conformal p-values: the model refitted under the null, residuals shifted in a circle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError

Floats = npt.NDArray[np.float64]


def conformal_p(
    y: npt.ArrayLike,
    x: npt.ArrayLike | None,
    *,
    n_event: int,
) -> npt.NDArray[np.float64]:
    """Return conformal p-values of no effect on the last days of each series.

    Parameters
    ----------
    y : array_like of shape (n_events, T + n_event)
        Returns of estimation and event days in order of time; finite.
    x : array_like of shape (n_events, T + n_event, k) or None
        Benchmark or factor returns on the same days; None for a constant mean.
    n_event
        Number of tested days at the end, 1 or more.

    Returns
    -------
    ndarray of shape (n_events,)
        Share of the T + n_event cyclic shifts, the identity included, whose S is at least the
        observed one; its floor is 1/(T + n_event).

    Notes
    -----
    S = mean of |residual| over the tested days. The model is fitted to all days with the null
    imposed, so that residuals are exchangeable in blocks when errors are stationary and weakly
    dependent.

    References
    ----------
    Chernozhukov, V., Wuthrich, K. and Zhu, Y. (2021). An exact and robust conformal inference
    method for counterfactual and synthetic controls. Journal of the American Statistical
    Association 116, 1849-1864.
    """
    returns = np.atleast_2d(np.asarray(y, dtype=float))
    days = returns.shape[1]
    if not 1 <= n_event < days:
        raise InputError("n_event", n_event, f"it must lie between 1 and {days - 1}.")
    residual = np.abs(null_residuals(returns, x))
    doubled = np.concatenate([residual, residual[:, : n_event - 1]], axis=1)
    total = np.concatenate([np.zeros((len(doubled), 1)), np.cumsum(doubled, axis=1)], axis=1)
    score = total[:, n_event:] - total[:, :-n_event]
    observed = score[:, days - n_event, None]
    p: Floats = (score >= observed * (1 - 1e-12)).mean(axis=1)
    return p


def null_residuals(y: Floats, x: npt.ArrayLike | None) -> Floats:
    """Return least-squares residuals over all days, a constant included; shape of ``y``."""
    design = np.ones((*y.shape, 1))
    if x is not None:
        extra = np.asarray(x, dtype=float)
        extra = extra[None] if extra.ndim == 2 else extra
        design = np.concatenate([design, extra], axis=2)
    q, _ = np.linalg.qr(design)
    fitted: Floats = np.einsum("itk,ik->it", q, np.einsum("itk,it->ik", q, y))
    return y - fitted
