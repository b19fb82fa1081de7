"""A synthetic control: the mix of other securities that moved most like the one with the event.

What it is made of, and its placebos: ``analysis.engine.synthetic``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.engine.models.fit import Floats, ModelOptions, NormalReturnFit, Sample

#: Shares of the largest product of deviations below which a difference is rounding.
_ROUNDING = 1e-13
#: A weight below this is none.
_NOTHING = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Mix:
    """The synthetic control of one event.

    Attributes
    ----------
    donors : ndarray of shape (n_donors,)
        Columns of the panel it is made of.
    weights : ndarray of shape (n_donors,)
        0 or more, summing to one; NaN if there is no donor.
    residuals : ndarray of shape (T,)
        Returns less those of the mix on estimation days; NaN where a return is missing.
    normal : ndarray of shape (L,)
        Return of the mix on event days.
    total : float
        Sum of squared returns about their mean on estimation days.
    """

    donors: npt.NDArray[np.intp]
    weights: Floats
    residuals: Floats
    normal: Floats
    total: float

    @property
    def squares(self) -> float:
        """Sum of squared residuals."""
        return float(np.nansum(self.residuals**2))

    @property
    def n_active(self) -> int:
        """Donors with a weight."""
        return int((self.weights > 0).sum())


def fit_synthetic_control(sample: Sample, options: ModelOptions) -> NormalReturnFit:
    """Mix other securities, weights of 0 or more summing to one, to the security's own returns.

    Parameters
    ----------
    sample
        ``donors`` says which securities may be used for each event: those the user named, or all
        without an event of their own in its windows. Donors with a missing return are not used.
    options
        None is used.

    Notes
    -----
    w = argmin sum_t (y_t - sum_j w_j x_tj)^2 over estimation days, w >= 0, sum w = 1, exactly
    (:func:`simplex_weights`). The normal return is sum_j w_j x_tj. sigma divides by T - (k - 1), k
    the donors with a weight; the error of the weights is not in the forecast error (C = 1), so
    that p-values of single events are approximate: placebos in space and in time
    (``result.synthetic_control``) are not.

    Weights are found for one event at a time: there is no closed form to vectorise.

    References
    ----------
    Abadie, A., Diamond, A. and Hainmueller, J. (2010). Synthetic control methods for comparative
    case studies. Journal of the American Statistical Association 105, 493-505.
    Castro-Iragorri, C. (2019). Does the market model provide a good counterfactual for event
    studies in finance? Financial Markets and Portfolio Management 33, 71-91.
    """
    mixes = [mix_of(sample, event) for event in range(len(sample.row))]
    days = sample.estimation_window[1] - sample.estimation_window[0] + 1
    residuals = _stacked([mix.residuals for mix in mixes], days)
    active = np.array([mix.n_active for mix in mixes], dtype=np.float64)
    n_obs = np.isfinite(sample.y()).sum(axis=1).astype(float)
    squares = np.array([mix.squares for mix in mixes])
    total = np.array([mix.total for mix in mixes])
    df = n_obs - np.maximum(active - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.sqrt(np.where((df > 0) & (active > 0), squares / df, np.nan))
        r_squared = np.where(active > 0, 1 - squares / total, np.nan)
    return NormalReturnFit(
        model="synthetic_control",
        names=("n_donors", "r_squared"),
        coef=np.column_stack([active, r_squared]),
        sigma=sigma,
        df=df,
        n_estimation=n_obs,
        residuals=residuals,
        normal=_stacked([mix.normal for mix in mixes], sample.n_event_days),
        loading=np.empty((len(mixes), sample.n_event_days, 0)),
    )


def _stacked(rows: list[Floats], length: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(len(rows), length)


def mix_of(sample: Sample, event: int, donors: npt.NDArray[np.intp] | None = None) -> Mix:
    """Find the synthetic control of one event of a sample.

    Parameters
    ----------
    sample
        With ``donors``, unless they are given.
    event
        Row of the sample.
    donors
        Columns to use instead of those the sample allows.
    """
    if donors is None:
        allowed = sample.donors
        donors = np.flatnonzero(allowed[event]) if allowed is not None else np.arange(0)
    row, column = int(sample.row[event]), int(sample.column[event])
    (start, end), (first, last) = sample.estimation_window, sample.event_window
    y = sample.returns[row + start : row + end + 1, column].copy()
    if sample.left_out is not None:
        y[sample.left_out[event]] = np.nan
    x = sample.returns[row + start : row + end + 1, donors]
    x_event = sample.returns[row + first : row + last + 1, donors]
    there = np.isfinite(y)
    whole = np.isfinite(x[there]).all(axis=0) & np.isfinite(x_event).all(axis=0)
    donors, x, x_event = donors[whole], x[:, whole], x_event[:, whole]
    missing = np.full(len(donors), np.nan)
    weights = simplex_weights(y[there], x[there]) if len(donors) and there.any() else missing
    blank = np.where(there, 0.0, np.nan)
    mixed = np.where(there, np.where(np.isfinite(x), x, 0.0) @ weights, 0.0) if len(donors) else 0.0
    return Mix(
        donors=donors,
        weights=weights,
        residuals=y - mixed + blank if len(donors) else np.full(len(y), np.nan),
        normal=x_event @ weights if len(donors) else np.full(len(x_event), np.nan),
        total=float(((y[there] - y[there].mean()) ** 2).sum()) if there.any() else np.nan,
    )


def simplex_weights(y: Floats, x: Floats) -> Floats:
    """Return the weights of 0 or more, summing to one, that bring x nearest to y.

    Parameters
    ----------
    y : ndarray of shape (T,)
        Finite.
    x : ndarray of shape (T, n)
        Finite; n is 1 or more.

    Notes
    -----
    The nearest point of the polytope of the columns x_j - y to the origin, by Wolfe's finite
    algorithm: exact but for rounding, no step size and no tolerance to choose. Where several mixes
    are equally near (more donors than days), it is one of them.

    References
    ----------
    Wolfe, P. (1976). Finding the nearest point in a polytope. Mathematical Programming 11, 128-149.
    """
    away = x - y[:, None]
    products = away.T @ away
    rounding = _ROUNDING * float(np.diag(products).max(initial=0.0))
    used = [int(np.argmin(np.diag(products)))]
    weights = np.ones(1)
    for _ in range(50 + 20 * x.shape[1]):
        along = products[:, used] @ weights
        nearest = int(np.argmin(along))
        if nearest in used or along[nearest] >= weights @ along[used] - rounding:
            break
        used, weights = _inside([*used, nearest], np.append(weights, 0.0), products)
    out = np.zeros(x.shape[1])
    out[used] = weights / weights.sum()
    return out


def _inside(used: list[int], weights: Floats, products: Floats) -> tuple[list[int], Floats]:
    """Move to the nearest point of the plane of some columns, dropping those it leaves behind."""
    while True:
        plane = _nearest_of_plane(products[np.ix_(used, used)])
        if (plane > _NOTHING).all():
            return used, plane
        falls = plane <= _NOTHING
        gap = weights[falls] - plane[falls]
        step = float(np.min(np.where(gap > 0, weights[falls] / np.where(gap > 0, gap, 1), 1.0)))
        weights = weights + min(step, 1.0) * (plane - weights)
        keep = weights > _NOTHING
        keep[int(np.argmin(weights))] = False
        used, weights = [j for j, kept in zip(used, keep, strict=True) if kept], weights[keep]


def _nearest_of_plane(products: Floats) -> Floats:
    """Weights, of any sign, summing to one, of the point of a plane nearest to the origin."""
    n = len(products)
    scale = float(np.trace(products)) / n or 1.0
    system = np.ones((n + 1, n + 1))
    system[:n, :n], system[n, n] = products / scale, 0.0
    right = np.zeros(n + 1)
    right[n] = 1.0
    return np.asarray(np.linalg.lstsq(system, right, rcond=1e-15)[0][:n])
