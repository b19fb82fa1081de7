"""Joint placebo: one draw of pretended instants for all markets at once.

Pure functions on arrays. A draw moves the whole catalogue to other days, so that what markets and
neighbouring days have in common stays in the null distribution (METHODS section 7).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Events with at most so many weekdays between them move as one block.
BLOCK_GAP = 5


def placebo_positions(
    position: npt.ArrayLike,
    n_days: int,
    *,
    n_draws: int,
    rng: np.random.Generator,
    block_gap: int | None = BLOCK_GAP,
) -> Ints:
    """Draw placebo days for a catalogue of dated events, with its spacing kept.

    Parameters
    ----------
    position : array_like of int, shape (n_events,)
        Day of each event, counted in weekdays from any start.
    n_days
        Length of the circular axis of admissible days.
    n_draws, rng
        How many draws, and where randomness comes from.
    block_gap
        Events at most this many days apart form a block; blocks keep their inner spacing and are
        laid on the circle in random order without overlap. None moves the whole catalogue as one
        (the circular-block draw with a single block), which keeps volatility clustering too but
        has only ``n_days`` different draws.

    Returns
    -------
    ndarray of int, shape (n_draws, n_events)
        Day on the axis of each event in each draw. Every event is uniform on the axis. Blocks that
        do not fit beside one another are moved as one.
    """
    day = np.asarray(position, dtype=np.int64)
    if n_days < 1 or n_draws < 1:
        raise InputError(
            "n_draws" if n_days >= 1 else "n_days",
            n_draws if n_days >= 1 else n_days,
            "it must be 1 or more.",
            "A placebo needs admissible days: sessions with full windows and no catalogued event.",
        )
    if not len(day):
        return np.empty((n_draws, 0), dtype=np.int64)
    block = np.zeros(len(day), dtype=np.int64) if block_gap is None else blocks(day, block_gap)
    first = np.full(block.max() + 1, day.max(), dtype=np.int64)
    last = np.full(block.max() + 1, day.min(), dtype=np.int64)
    np.minimum.at(first, block, day)
    np.maximum.at(last, block, day)
    length = last - first + 1
    if length.sum() > n_days:
        block, first = np.zeros_like(block), np.array([day.min()])
        length = np.array([n_days])
    start = _arranged(length, n_days, n_draws=n_draws, rng=rng)
    drawn: Ints = (start[:, block] + (day - first[block])) % n_days
    return drawn


def blocks(position: npt.ArrayLike, gap: int) -> Ints:
    """Return the number of the run of days, at most ``gap`` apart, that each event is in."""
    day = np.asarray(position, dtype=np.int64)
    order = np.argsort(day, kind="stable")
    number = np.empty(len(day), dtype=np.int64)
    number[order] = np.concatenate([[0], np.cumsum(np.diff(day[order]) > gap)])
    return number


def _arranged(length: Ints, n_days: int, *, n_draws: int, rng: np.random.Generator) -> Ints:
    """Return starts of blocks laid on a circle in random order, with random gaps, no overlap."""
    count = len(length)
    order = np.argsort(rng.random((n_draws, count)), axis=1)
    free = n_days - int(length.sum())
    cut = np.sort(rng.integers(0, free + 1, (n_draws, count)), axis=1)
    laid = length[order]
    before = np.cumsum(laid, axis=1) - laid + cut
    start = np.empty((n_draws, count), dtype=np.int64)
    np.put_along_axis(start, order, before + rng.integers(0, n_days, (n_draws, 1)), axis=1)
    return start % n_days


@dataclass(frozen=True, eq=False, repr=False)
class JointPlacebo:
    """Family-wise p-values of a named family of statistics.

    Attributes
    ----------
    p_single : ndarray of shape (n,)
        p of each statistic alone, two-sided, in the same draws.
    p_max : ndarray of shape (n,)
        Single-step: the share of draws whose largest |statistic| is at least this one.
    p_stepdown : ndarray of shape (n,)
        Step-down (Westfall, Young 1993; Romano, Wolf 2005): each statistic is held against the
        largest of those not larger than itself; never above ``p_max``.
    maximum : ndarray of shape (n_draws,)
        Largest |statistic| of each draw.
    expected_beyond : float
        Mean number of statistics in a draw that are beyond the 5 % point of their own
        distribution: marks that chance alone would make.
    n_draws : int
        Draws; the floor of every p is 1/(n_draws + 1).
    """

    p_single: Floats
    p_max: Floats
    p_stepdown: Floats
    maximum: Floats
    expected_beyond: float
    n_draws: int


def family_p(observed: npt.ArrayLike, draws: npt.ArrayLike) -> JointPlacebo:
    """Give family-wise p-values by the maximum of standardised statistics, step-down.

    Parameters
    ----------
    observed : array_like of shape (n,)
        Standardised statistics of the family; finite.
    draws : array_like of shape (n_draws, n)
        The same statistics at jointly drawn placebo instants; NaN counts as no effect.

    Raises
    ------
    InputError
        If shapes differ, the family is empty or an observed statistic is not finite.

    References
    ----------
    Westfall, P. H. and Young, S. S. (1993). Resampling-based multiple testing. Wiley.
    Romano, J. P. and Wolf, M. (2005). Exact and approximate stepdown methods for multiple
    hypothesis testing. Journal of the American Statistical Association 100, 94-108; (2016)
    Efficient computation of adjusted p-values. Statistics and Probability Letters 113, 38-40.
    """
    size = np.abs(np.asarray(observed, dtype=float))
    null = np.abs(np.asarray(draws, dtype=float))
    if null.ndim != 2 or size.ndim != 1 or null.shape[1] != len(size) or not len(size):
        raise InputError(
            "draws", null.shape, f"it must have shape (n_draws, {size.size}) and not be empty."
        )
    if not np.isfinite(size).all():
        raise InputError("observed", size.tolist(), "every statistic of a family must be finite.")
    null = np.nan_to_num(null, nan=0.0)
    n_draws = len(null)
    order = np.argsort(-size, kind="stable")
    ordered = np.ascontiguousarray(null[:, order])
    beyond = (ordered >= size[order]).sum(axis=0)
    running = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
    step = (1 + (running >= size[order]).sum(axis=0)) / (n_draws + 1)
    single, stepdown = np.empty_like(size), np.empty_like(size)
    single[order] = (1 + beyond) / (n_draws + 1)
    stepdown[order] = np.maximum.accumulate(step)
    maximum = running[:, 0].copy()
    ranked = np.sort(maximum)
    at_least = n_draws - np.searchsorted(ranked, size, side="left")
    critical = np.quantile(null, 0.95, axis=0)
    return JointPlacebo(
        p_single=single,
        p_max=(1 + at_least) / (n_draws + 1),
        p_stepdown=stepdown,
        maximum=maximum,
        expected_beyond=float((null > critical).sum(axis=1).mean()),
        n_draws=n_draws,
    )
