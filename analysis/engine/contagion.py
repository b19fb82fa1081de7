"""Co-movement that changes: event against calm, paths over time, spill-over (METHODS section 8).

Pure functions on arrays of returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt
from scipy import optimize, signal

from analysis.engine.correlation import row_correlation
from analysis.engine.resampling import Resamples, block_resamples, quantiles
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Pair = tuple[Floats, Floats]


def forbes_rigobon(rho: npt.ArrayLike, variance_ratio: npt.ArrayLike) -> Floats:
    """Take the effect of a higher variance of x out of a correlation.

    Parameters
    ----------
    rho : array_like
        Correlation while the variance of x is high.
    variance_ratio : array_like
        Var(x) then over Var(x) in calm times.

    Notes
    -----
    rho / sqrt(1 + d (1 - rho^2)), d = variance_ratio - 1, x the market where the shock starts.
    Valid without feedback and without common shocks only; with a common shock it over-corrects or
    finds contagion where there is none (Corsetti, Pericoli, Sbracia 2005). A difference is never
    proof of contagion.

    References
    ----------
    Forbes, K. J. and Rigobon, R. (2002). No contagion, only interdependence. Journal of Finance 57,
    2223-2261.
    """
    r, d = np.asarray(rho, dtype=float), np.asarray(variance_ratio, dtype=float) - 1
    with np.errstate(invalid="ignore"):
        return np.asarray(r / np.sqrt(1 + d * (1 - r**2)))


@dataclass(frozen=True, slots=True)
class EventVersusCalm:
    """Correlation on event days against that on calm days.

    Attributes
    ----------
    n_event, n_calm : int
        Pairs.
    rho_event, rho_calm : float
        Pearson correlations.
    variance_ratio : float
        Var(x) on event days over calm days.
    rho_adjusted : float
        ``rho_event`` by Forbes and Rigobon.
    difference, low, high : float
        rho_event - rho_calm and its 95 % bootstrap interval.
    difference_adjusted, low_adjusted, high_adjusted : float
        The same of rho_adjusted - rho_calm.
    """

    n_event: int
    n_calm: int
    rho_event: float
    rho_calm: float
    variance_ratio: float
    rho_adjusted: float
    difference: float
    low: float
    high: float
    difference_adjusted: float
    low_adjusted: float
    high_adjusted: float


def event_versus_calm(
    x_event: Floats,
    y_event: Floats,
    x_calm: Floats,
    y_calm: Floats,
    *,
    seed: int,
    block: int = 10,
    n_draws: int = 2000,
    fewest: int = 10,
) -> EventVersusCalm:
    """Compare correlations on event and calm days, with a block bootstrap of the difference.

    Parameters
    ----------
    x_event, y_event, x_calm, y_calm : ndarray
        Paired returns in order of time, finite; x is the market where the shock starts.
    seed, n_draws
        Randomness (with the number of calm pairs) and the number of resamples.
    block
        Block length of calm days; event days are resampled two at a time.
    fewest
        Below so many event pairs no interval is given.
    """
    rho_event = float(row_correlation(x_event[None], y_event[None])[0])
    rho_calm = float(row_correlation(x_calm[None], y_calm[None])[0])
    several = min(len(x_event), len(x_calm)) > 1
    ratio = float(x_event.var(ddof=1) / x_calm.var(ddof=1)) if several else float("nan")
    adjusted = float(forbes_rigobon(rho_event, ratio))
    bounds = np.full((2, 2), np.nan)
    if len(x_event) >= fewest and len(x_calm):
        resamples = _resamples(len(x_event), len(x_calm), block, n_draws, seed)
        bounds = _difference_bounds(*resamples, (x_event, y_event), (x_calm, y_calm))
    return EventVersusCalm(
        n_event=len(x_event),
        n_calm=len(x_calm),
        rho_event=rho_event,
        rho_calm=rho_calm,
        variance_ratio=ratio,
        rho_adjusted=adjusted,
        difference=rho_event - rho_calm,
        low=float(bounds[0, 0]),
        high=float(bounds[0, 1]),
        difference_adjusted=adjusted - rho_calm,
        low_adjusted=float(bounds[1, 0]),
        high_adjusted=float(bounds[1, 1]),
    )


@lru_cache(maxsize=8)
def _resamples(
    n_event: int, n_calm: int, block: int, n_draws: int, seed: int
) -> tuple[Resamples, Resamples]:
    """Return the resamples of event and of calm days; pairs of the same lengths share them."""
    rng = np.random.default_rng([seed, n_calm])
    event = block_resamples(n_event, block=2, n_draws=n_draws, rng=rng)
    return Resamples(event), Resamples(
        block_resamples(n_calm, block=block, n_draws=n_draws, rng=rng)
    )


def _difference_bounds(event: Resamples, calm: Resamples, at_events: Pair, in_calm: Pair) -> Floats:
    """Return the 95 % bounds of both differences, shape (2, 2)."""

    def exact(which: int, draws: Ints) -> Floats:
        (x, y), (u, v) = (
            tuple(side[part.index[draws]] for side in pair)
            for part, pair in ((event, at_events), (calm, in_calm))
        )
        drawn, base = row_correlation(x, y), row_correlation(u, v)
        spread = x.var(axis=1, ddof=1) / u.var(axis=1, ddof=1)
        return (drawn if which == 0 else forbes_rigobon(drawn, spread)) - base

    one = event.moments(at_events[0][None], at_events[1][None])
    other = calm.moments(in_calm[0][None], in_calm[1][None])
    drawn, base = one.correlation[0], other.correlation[0]
    n, m = event.index.shape[1], calm.index.shape[1]
    spread = (one.xx[0] / (n - 1)) / (other.xx[0] / (m - 1))
    rough = (drawn - base, forbes_rigobon(drawn, spread) - base)
    return np.stack(
        [quantiles(rough[k], partial(exact, k), [0.025, 0.975]) for k in range(len(rough))]
    )


def ewma_correlation(x: Floats, y: Floats, *, decay: float = 0.94) -> Floats:
    """Return the exponentially weighted correlation forecast for each day from those before it.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        Returns of mean zero, finite.
    decay
        Weight of yesterday's forecast (RiskMetrics 1996).

    Returns
    -------
    ndarray of shape (n,)
        Entry t uses days before t, and whole-sample moments where the recursion starts.
    """

    def path(product: Floats) -> Floats:
        start = np.array([decay * product.mean()])
        run, _ = signal.lfilter([1 - decay], [1, -decay], product, zi=start)
        return np.concatenate([[product.mean()], run[:-1]])

    out: Floats = path(x * y) / np.sqrt(path(x * x) * path(y * y))
    return out


@dataclass(frozen=True, eq=False, repr=False)
class DccPath:
    """A bivariate cDCC(1,1) fit.

    Attributes
    ----------
    a, b : float
        News and decay parameters; a + b < 1.
    intercept : float
        Long-run correlation of the corrected residuals.
    correlation : ndarray of shape (n,)
        Conditional correlation of each day, given the days before.
    loglik : float
        Correlation part of the Gaussian quasi log-likelihood.
    """

    a: float
    b: float
    intercept: float
    correlation: Floats
    loglik: float


def cdcc(u: Floats, v: Floats) -> DccPath:
    """Fit the corrected DCC(1,1) to two series of standardised residuals.

    Parameters
    ----------
    u, v : ndarray of shape (n,)
        Residuals over their own conditional standard deviation (GARCH), finite; n of 100 or more.

    Notes
    -----
    Q_t = (1-a-b) S + a e*_{t-1} e*_{t-1}' + b Q_{t-1}, e* = diag(Q)^(1/2) e, R_t = Q_t scaled to a
    unit diagonal. S has a unit diagonal and is the correlation of e*, which keeps the intercept
    consistent where Engle's (2002) form is not.

    Raises
    ------
    InputError
        If there are fewer than 100 days, or values are missing.

    References
    ----------
    Engle, R. (2002). Dynamic conditional correlation. Journal of Business and Economic Statistics
    20, 339-350. Aielli, G. P. (2013). Dynamic conditional correlation: properties and estimation.
    Journal of Business and Economic Statistics 31, 282-299.
    """
    if len(u) != len(v) or len(u) < 100 or not (np.isfinite(u).all() and np.isfinite(v).all()):
        raise InputError(
            "u", len(u), "cdcc needs two series of 100 finite residuals or more, equally long."
        )

    def loss(parameters: Floats) -> float:
        a, b = parameters
        if a < 0 or b < 0 or a + b >= 0.999:  # at 1 the path has no mean to return to
            return 1e10
        return -cdcc_path(u, v, a=float(a), b=float(b)).loglik

    # persistent to quick: the likelihood has several hills
    starts = [(0.02, 0.95), (0.05, 0.85), (0.1, 0.5), (0.01, 0.1)]
    best = min(
        (
            optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-4})
            for start in starts
        ),
        key=lambda found: float(found.fun),
    )
    return cdcc_path(u, v, a=float(best.x[0]), b=float(best.x[1]))


def cdcc_path(u: Floats, v: Floats, *, a: float, b: float) -> DccPath:
    """Return the cDCC path of two standardised series at given parameters (see :func:`cdcc`)."""
    scale_u, scale_v = _diagonal(u, a, b), _diagonal(v, a, b)
    corrected_u, corrected_v = u * np.sqrt(scale_u), v * np.sqrt(scale_v)
    product = corrected_u * corrected_v
    intercept = float(product.mean() / np.sqrt((corrected_u**2).mean() * (corrected_v**2).mean()))
    news = (1 - a - b) * intercept + a * product[:-1]
    run, _ = signal.lfilter([1.0], [1.0, -b], news, zi=np.array([b * intercept]))
    r = np.concatenate([[intercept], run]) / np.sqrt(scale_u * scale_v)
    r = np.clip(r, -0.9999, 0.9999)
    one = 1 - r**2
    distance = (u**2 - 2 * r * u * v + v**2) / one - u**2 - v**2
    return DccPath(
        a=a,
        b=b,
        intercept=intercept,
        correlation=r,
        loglik=float(-0.5 * (np.log(one) + distance).sum()),
    )


def _diagonal(values: Floats, a: float, b: float) -> Floats:
    """Return q_t = (1-a-b) + (a e_{t-1}^2 + b) q_{t-1}, q_0 = 1."""
    carry = (a * values**2 + b).tolist()
    out, q = [1.0], 1.0
    for step in carry[:-1]:
        q = (1 - a - b) + step * q
        out.append(q)
    return np.array(out)
