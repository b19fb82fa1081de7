"""Splits that are not applied: moves by one of few ratios, times an ordinary day.

A split of 3 for 2 moves a lively share hardly farther than its worst day. It is told by what is
left of the move once the ratio and what a companion did that day are taken off: an ordinary move of
that month. What is weighed are the odds of Kass and Raftery (1995): the density of t with 3 degrees
at what is left, over the density of the series' own power-law tail (Hill 1975) at the whole move.
Both are in usual moves of the weeks around the day, so that a lively time does not pass for a heavy
tail (McNeil and Frey 2000).

References
----------
Hill, B. M. (1975). A simple general approach to inference about the tail of a distribution.
*Annals of Statistics*, 3(5), 1163-1174. Kass, R. E., & Raftery, A. E. (1995). Bayes factors.
*Journal of the American Statistical Association*, 90(430), 773-795. McNeil, A. J., & Frey, R.
(2000). Estimation of tail-related risk measures for heteroscedastic financial time series.
*Journal of Empirical Finance*, 7(3-4), 271-300.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.engine.panel import Floats
from analysis.engine.series import correlation

#: New shares, old ones, and how common such a split is beside 3 for 2. A move by more than two
#: stands above most tails by itself, or is one of a tail with many like it.
_SPLITS = (
    (3, 2, 1.0),
    (4, 3, 0.5),
    (5, 4, 0.5),
    (6, 5, 0.3),
    (11, 10, 0.2),
    (2, 3, 0.5),
    (3, 4, 0.25),
    (4, 5, 0.25),
    (2, 1, 0.6),
    (1, 2, 0.05),
    (3, 1, 0.03),
    *((n, 1, 0.02) for n in (4, 5, 6, 7, 8, 10, 15, 20, 25, 50)),
    *((1, n, 0.01) for n in (3, 4, 5, 8, 10, 15, 20, 25, 50)),
)
#: Odds asked for, times the days there are: a split that is not applied comes once in some hundred
#: histories of the length.
_ODDS = 150.0
#: Sessions on either side whose moves tell what was usual, and the least of the whole history's.
_AROUND, _LEAST = 14, 0.5
#: From a median of absolute values to the scale of t with 3 degrees, and its density at 0.
_MEDIAN, _DENSITY = 0.7649, 2 / (np.pi * np.sqrt(3))
#: Largest values a tail is estimated from, and the exponent of returns it is weighed with.
_TAIL, _FEWEST_TAIL, _ALPHA = 0.05, 8, 3.3
#: How many values the usual exponent counts as beside those of the series.
_LOCAL_WEIGHT = 10.0
#: A companion follows this closely, and is not the series itself.
_COMPANION, _ITSELF = 0.5, 0.9999


def split_at(moves: Floats, at: int, beside: Sequence[Floats] = ()) -> str | None:
    """Name the split that a move is likelier to be than one of the tail of its series.

    Parameters
    ----------
    moves : ndarray of shape (n_moves,)
        Log returns.
    at
        Which of them.
    beside : sequence of ndarray of shape (n_moves, n_series)
        Log returns of others on the same days.

    Returns
    -------
    str or None
        Such as ``"3 for 2"``.
    """
    own = _without_companion(moves, at, beside)
    size = np.abs(own)
    usual = _usual_around(size)
    inside = np.delete(size / usual, slice(max(at - 1, 0), at + 2))
    ordered = np.sort(inside[inside > 0])[::-1]
    k = max(int(_TAIL * len(ordered)), _FEWEST_TAIL)
    if len(ordered) <= k or not size[at] > 0:
        return None
    alpha, far = tail_index(inside, _LOCAL_WEIGHT), size[at] / usual[at]
    tail = k / len(ordered) * (far / ordered[k]) ** -alpha * alpha / far / 2
    odds = {
        f"{new} for {old}": common * _ordinary((own[at] + np.log(new / old)) / usual[at]) / tail
        for new, old, common in _SPLITS
    }
    best = max(odds, key=odds.__getitem__)
    return best if odds[best] > _ODDS * len(moves) else None


def tail_index(size: Floats, weight: float) -> float:
    """Return Hill's estimate of alpha, weighed with what is known of returns.

    Notes
    -----
    alpha = (k + w) / (sum_{j<=k} log(x_j / x_{k+1}) + w / 3.3), the k largest of x descending.
    """
    there = np.sort(size[size > 0])[::-1]
    k = max(int(_TAIL * len(there)), _FEWEST_TAIL)
    if len(there) <= k:
        return _ALPHA
    total = float(np.log(there[:k] / there[k]).sum())
    return (k + weight) / (total + weight / _ALPHA)


def _ordinary(away: float) -> float:
    """Return the density of a move in usual moves (medians of absolute values)."""
    return float(_MEDIAN * _DENSITY / (1 + (_MEDIAN * away) ** 2 / 3) ** 2)


def _usual_around(size: Floats) -> Floats:
    """Return the median absolute move of the weeks around each day, the day left out."""
    padded = np.pad(size, _AROUND, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1).copy()
    around[:, _AROUND] = np.nan
    least = _LEAST * float(np.median(size[size > 0]))
    return np.maximum(np.nanmedian(around, axis=1), least)


def _without_companion(moves: Floats, at: int, beside: Sequence[Floats]) -> Floats:
    """Take off what the series that follows these moves most closely explains of each."""
    rest = moves.copy()
    rest[at] = np.nan
    best, taken = _COMPANION, moves
    for other in (column for values in beside for column in values.T):
        follows = abs(correlation(rest, other))
        if best < follows < _ITSELF and np.isfinite(other[at]):
            both = np.isfinite(rest) & np.isfinite(other)
            slope = float(rest[both] @ other[both] / (other[both] @ other[both]))
            best, taken = follows, moves - slope * np.nan_to_num(other)
    return taken
