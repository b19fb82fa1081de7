"""Block bootstraps of many pairs of series: what resamples share is drawn and laid out once.

Resamples depend on the length of a series alone, so that pairs of equal length share them. A
resample is how often it takes each day; its moments are one product of matrices for many pairs.
Quantiles stay those of the resamples themselves, to the last bit: products find the few draws a
quantile lies between, and these are computed as if they stood alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Rounding of moments by products is far below this; draws so close are told apart exactly.
_NEAR = 1e-9
#: Below this share of the largest sum of squares, rounding of the smaller one may come near that.
_STEADY = 1e-4
#: Pairs in one product of matrices; bounds memory.
_AT_ONCE = 200


@dataclass(frozen=True, eq=False, repr=False)
class Resamples:
    """Circular-block resamples of n days in order (Politis, Romano 1992).

    Attributes
    ----------
    index : ndarray of int, shape (n_draws, n)
        The days of each resample.
    """

    index: Ints

    @cached_property
    def times(self) -> Floats:
        """How often each resample takes each day, shape (n_draws, n)."""
        n_draws, n = self.index.shape
        place = self.index + n * np.arange(n_draws)[:, None]
        return np.bincount(place.ravel(), minlength=n_draws * n).reshape(n_draws, n).astype(float)

    def moments(self, x: Floats, y: Floats) -> Moments:
        """Return the moments of each resample of many pairs, as products of matrices.

        Parameters
        ----------
        x, y : ndarray of shape (n_pairs, n)
            Paired values, finite.
        """
        x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
        columns = np.concatenate([x, y, x * x, y * y, x * y]).T
        sx, sy, sxx, syy, sxy = (self.times @ columns).T.reshape(5, len(x), -1)
        n = self.index.shape[1]
        return Moments(sxx - sx * sx / n, syy - sy * sy / n, sxy - sx * sy / n)


@dataclass(frozen=True, eq=False, repr=False)
class Moments:
    """Sums of squares and products about the mean of each resample, shape (n_pairs, n_draws)."""

    xx: Floats
    yy: Floats
    xy: Floats

    @property
    def correlation(self) -> Floats:
        """Pearson's r; NaN where a resample varies too little for sums to be exact enough."""
        with np.errstate(invalid="ignore", divide="ignore"):
            r = self.xy / np.sqrt(self.xx * self.yy)
        known = np.ones(r.shape, dtype=bool)
        for squares in (self.xx, self.yy):
            known &= squares > _STEADY * squares.max(axis=1, keepdims=True)
        return np.where(known, r, np.nan)


def block_resamples(n: int, *, block: int, n_draws: int, rng: np.random.Generator) -> Ints:
    """Draw circular-block bootstrap indices, shape (n_draws, n) (Politis, Romano 1992)."""
    size = max(1, min(block, n))
    starts = rng.integers(0, n, (n_draws, -(-n // size)))
    index = (starts[:, :, None] + np.arange(size)).reshape(n_draws, -1)[:, :n]
    return np.asarray(index % n, dtype=np.int64)


def quantiles(
    rough: Floats, exact: Callable[[Ints], Floats], probabilities: Sequence[float]
) -> Floats:
    """Return quantiles of a statistic over draws, computing exactly only the draws they lie on.

    Parameters
    ----------
    rough : ndarray of shape (n_draws,)
        The statistic of each draw, right but for rounding; NaN anywhere: all are computed exactly.
    exact : callable
        Takes the positions of some draws and returns their statistic.
    probabilities : sequence of float
        As those of `numpy.nanquantile`.
    """
    n = len(rough)
    if np.isfinite(rough).all():
        at = np.asarray(probabilities) * (n - 1)
        ranked = np.sort(rough)
        low, high = ranked[np.floor(at).astype(int)], ranked[np.ceil(at).astype(int)]
        near = (rough >= low[:, None] - _NEAR) & (rough <= high[:, None] + _NEAR)
        rows = np.flatnonzero(near.any(axis=0))
    else:
        rows = np.arange(n)
    settled = rough.copy()
    settled[rows] = exact(rows)
    return np.asarray(np.nanquantile(settled, probabilities))


def by_length(lengths: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield each length and the positions that have it, a few at once."""
    found: dict[int, list[int]] = {}
    for i, n in enumerate(lengths):
        found.setdefault(n, []).append(i)
    for n, members in sorted(found.items()):
        for first in range(0, len(members), _AT_ONCE):
            yield n, members[first : first + _AT_ONCE]
