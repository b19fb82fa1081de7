"""How reactions move together: pure functions on arrays (METHODS section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from analysis.engine.inference.ranks import doubled_ranks
from analysis.engine.resampling import Resamples, block_resamples, by_length, quantiles

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Below so many distinct dates no interval of a correlation is given.
FEWEST_FOR_INTERVAL = 10


@dataclass(frozen=True, eq=False, repr=False)
class Comovement:
    """How two series of paired values move together; one entry per row of the input.

    Attributes
    ----------
    n : ndarray of int
        Pairs with both values.
    pearson, spearman : ndarray of float
        Correlations; NaN below 3 pairs or without variation.
    share_same_sign : ndarray of float
        Share of pairs with the same sign (two zeros count as the same).
    """

    n: npt.NDArray[np.int64]
    pearson: Floats
    spearman: Floats
    share_same_sign: Floats


def comovement(x: npt.ArrayLike, y: npt.ArrayLike) -> Comovement:
    """Correlate paired values row by row.

    Parameters
    ----------
    x, y : array_like of shape (n_pairs,) or (n_rows, n_pairs)
        Paired values; a pair counts if both are finite.
    """
    a, b = np.atleast_2d(np.asarray(x, dtype=float)), np.atleast_2d(np.asarray(y, dtype=float))
    present = np.isfinite(a) & np.isfinite(b)
    n = present.sum(axis=1)
    same = np.where(present, np.sign(a) == np.sign(b), False).sum(axis=1)
    a, b = np.where(present, a, np.nan), np.where(present, b, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = same / n
    return Comovement(
        n=n,
        pearson=row_correlation(a, b),
        spearman=row_correlation(row_ranks(a), row_ranks(b)),
        share_same_sign=share,
    )


def row_correlation(x: Floats, y: Floats) -> Floats:
    """Return the Pearson correlation of each row; NaN entries are left out, in both alike."""
    present = np.isfinite(x) & np.isfinite(y)
    n = present.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        dx = np.where(present, x - np.where(present, x, 0.0).sum(axis=1, keepdims=True) / n, 0.0)
        dy = np.where(present, y - np.where(present, y, 0.0).sum(axis=1, keepdims=True) / n, 0.0)
        sxx, syy = np.einsum("rt,rt->r", dx, dx), np.einsum("rt,rt->r", dy, dy)
        r = np.einsum("rt,rt->r", dx, dy) / np.sqrt(sxx * syy)
    out: Floats = np.where((n[:, 0] >= 3) & (sxx > 0) & (syy > 0), np.clip(r, -1, 1), np.nan)
    return out


def correlations_without(x: Floats, y: Floats, keep: npt.NDArray[np.bool_]) -> Floats:
    """Correlate each row with groups of pairs left out, shape (n_groups, n_rows).

    Parameters
    ----------
    x, y : ndarray of shape (n_rows, n_pairs)
        Paired values; a pair counts if both are finite.
    keep : ndarray of bool, shape (n_groups, n_pairs)
        Which pairs stay.

    Notes
    -----
    From sums of the values less their row means, so that one product of matrices leaves out every
    group at once; NaN below 3 pairs or without variation.
    """
    present = np.isfinite(x) & np.isfinite(y)
    with np.errstate(divide="ignore", invalid="ignore"):
        count = present.sum(axis=1, keepdims=True)
        dx, dy = (
            np.where(present, v - np.where(present, v, 0.0).sum(axis=1, keepdims=True) / count, 0.0)
            for v in (x, y)
        )
        kept = keep.T.astype(float)
        n, sx, sy = (values @ kept for values in (present.astype(float), dx, dy))
        sxx, syy, sxy = (values @ kept for values in (dx * dx, dy * dy, dx * dy))
        vx, vy = sxx - sx**2 / n, syy - sy**2 / n
        r = (sxy - sx * sy / n) / np.sqrt(vx * vy)
    known = (n >= 3) & (vx > 1e-12 * sxx) & (vy > 1e-12 * syy)  # below lies rounding of sums
    out: Floats = np.where(known, np.clip(r, -1, 1), np.nan).T
    return out


def row_ranks(x: Floats) -> Floats:
    """Rank each row, ties averaged; NaN stays NaN (it sorts last, so others keep their ranks)."""
    missing = np.isnan(x)
    return np.where(missing, np.nan, doubled_ranks(np.where(missing, np.nan, x)) / 2)


def two_sided_p(observed: npt.ArrayLike, draws: Floats) -> float:
    """Return twice the smaller tail share of ``observed`` among draws, at most 1; NaN if none.

    The null is not centred at zero (markets co-move every day), so |.| would not do.

    Parameters
    ----------
    observed : float or array_like of shape (n_draws,)
        The figure, or for each draw the figure with the pairs left out that are blank in it.
    draws : ndarray of shape (n_draws,)
        The same figure in each draw; NaN where there is none.
    """
    compared = np.broadcast_to(np.asarray(observed, dtype=float), draws.shape)
    known = np.isfinite(draws) & np.isfinite(compared)
    if not known.any():
        return float("nan")
    up = (1 + (draws >= compared)[known].sum()) / (known.sum() + 1)
    down = (1 + (draws <= compared)[known].sum()) / (known.sum() + 1)
    return float(min(1.0, 2 * min(up, down)))


def on_same_cells(observed: Floats, draws: Floats) -> Floats:
    """Repeat observed values for every draw, NaN where the draw is blank; shape of ``draws``."""
    return np.where(np.isfinite(draws), observed, np.nan)


def permutation_p(
    x: npt.ArrayLike, y: npt.ArrayLike, *, rng: np.random.Generator, n_draws: int = 9999
) -> tuple[float, float]:
    """Return the permutation p of |Pearson's r| and the smallest p it could have.

    All orders are enumerated up to 8 pairs (exact); above that, ``n_draws`` random ones.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Paired values, finite.
    rng
        Used above 8 pairs only.
    n_draws
        Random orders above 8 pairs.
    """
    from itertools import permutations

    a, b = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    n = len(a)
    if n < 3:
        return float("nan"), float("nan")
    if n <= 8:  # 40,320 orders; nine would be 362,880
        orders = np.array(list(permutations(range(n))))
        extra = 0
    else:
        orders = rng.permuted(np.tile(np.arange(n), (n_draws, 1)), axis=1)
        extra = 1
    da, db = a - a.mean(), b - b.mean()
    product = db[orders] @ da
    observed = abs(float(da @ db))
    count = int((np.abs(product) >= observed * (1 - 1e-12)).sum())
    return (count + extra) / (len(orders) + extra), 1 / (len(orders) + extra)


def correlation_intervals(
    pairs: Sequence[tuple[Floats, Floats]],
    *,
    seed: int,
    block: int = 10,
    n_draws: int = 1000,
) -> Floats:
    """Return block-bootstrap percentile intervals (95 %) of Pearson's r, shape (n_pairs, 2).

    Pairs of equal length share their resamples; NaN below 10 values.

    Parameters
    ----------
    pairs : sequence of (ndarray, ndarray)
        Paired values in order of time, finite; lengths may differ from pair to pair.
    seed, n_draws
        Randomness (with the length) and the number of resamples.
    block
        Length of a block, so that volatility clustering stays in the resamples.
    """
    found, resamples = np.full((len(pairs), 2), np.nan), Resamples(np.empty((0, 0), dtype=np.int64))
    for n, members in by_length([len(x) for x, _ in pairs]):
        if n < FEWEST_FOR_INTERVAL:
            continue
        if resamples.index.shape[1] != n:
            rng = np.random.default_rng([seed, n])
            resamples = Resamples(block_resamples(n, block=block, n_draws=n_draws, rng=rng))
        x, y = (np.stack([pairs[i][side] for i in members]) for side in (0, 1))
        for i, rough in zip(members, resamples.moments(x, y).correlation, strict=True):
            exact = partial(_resampled_correlation, *pairs[i], resamples.index)
            found[i] = quantiles(rough, exact, [(1 - 0.95) / 2, 0.975])
    return found


def _resampled_correlation(x: Floats, y: Floats, index: Ints, draws: Ints) -> Floats:
    return row_correlation(x[index[draws]], y[index[draws]])
