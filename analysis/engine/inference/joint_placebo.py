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
#: Sums of the same numbers in another order differ by less than this share.
_TIES = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class Layout:
    """The blocks of a catalogue, to be laid on the circle of admissible days.

    Attributes
    ----------
    block, offset : ndarray of shape (n_events,)
        Block of each event, and its day counted from the first of the block.
    length : ndarray of shape (n_blocks,)
        Days each block spans.
    n_days : int
        Length of the circle.
    """

    block: Ints
    offset: Ints
    length: Ints
    n_days: int

    @classmethod
    def of(cls, day: Ints, n_days: int, block_gap: int | None) -> Layout:
        """Join neighbouring events to blocks, all to one where blocks do not fit."""
        if not len(day):
            return cls(day, day, day, n_days)
        block = np.zeros(len(day), dtype=np.int64) if block_gap is None else blocks(day, block_gap)
        first = np.full(block.max() + 1, day.max(), dtype=np.int64)
        last = np.full(block.max() + 1, day.min(), dtype=np.int64)
        np.minimum.at(first, block, day)
        np.maximum.at(last, block, day)
        length = last - first + 1
        if length.sum() > n_days:
            block, first = np.zeros_like(block), np.array([day.min()])
            length = np.array([n_days])
        return cls(block, day - first[block], length, n_days)

    def starts(self, n_draws: int, rng: np.random.Generator) -> Ints:
        """Draw the first day of every block, shape (n_draws, n_blocks)."""
        if self.n_days < 1 or n_draws < 1:
            raise InputError(
                "n_draws" if self.n_days >= 1 else "n_days",
                n_draws if self.n_days >= 1 else self.n_days,
                "it must be 1 or more.",
                "A placebo needs admissible days: "
                "sessions with full windows and no catalogued event.",
            )
        if not len(self.length):
            return np.empty((n_draws, 0), dtype=np.int64)
        return _arranged(self.length, self.n_days, n_draws=n_draws, rng=rng)

    def days(self, start: Ints) -> Ints:
        """Return the day of every event, shape (n_draws, n_events), from those of the blocks."""
        found: Ints = start[:, self.block]
        found += self.offset
        found %= self.n_days
        return found


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
        p of each statistic alone, two-sided, in the same draws; NaN, as are the two below, where a
        statistic is blank in every draw.
    p_max : ndarray of shape (n,)
        Single-step: the share of draws whose largest |statistic| is at least this one.
    p_stepdown : ndarray of shape (n,)
        Step-down (Westfall, Young 1993; Romano, Wolf 2005): each statistic is held against the
        largest of those not larger than itself; never above ``p_max``.
    maximum : ndarray of shape (n_draws,)
        Largest |statistic| of each draw; -inf where all are blank.
    expected_beyond : float
        Mean number of statistics in a draw that are beyond the 5 % point of their own
        distribution: marks that chance alone would make.
    n_draws : int
        Draws; the floor of a p is 1/(n + 1), n the draws in which its statistic is not blank.
    share_blank : float
        Share of the statistics that is blank in the draws.
    """

    p_single: Floats
    p_max: Floats
    p_stepdown: Floats
    maximum: Floats
    expected_beyond: float
    n_draws: int
    share_blank: float


def family_p(observed: npt.ArrayLike, draws: npt.ArrayLike) -> JointPlacebo:
    """Give family-wise p-values by the maximum of standardised statistics, step-down.

    Parameters
    ----------
    observed : array_like of shape (n,)
        Standardised statistics of the family; finite.
    draws : array_like of shape (n_draws, n)
        The same statistics at jointly drawn placebo instants; NaN where one is blank.

    Notes
    -----
    p = (1 + #{draw >= observed}) / (B + 1) over the B draws in which the statistic is not blank: a
    draw without it says nothing of it. The draw is the largest of the (step's) family there, blank
    cells left out (METHODS section 7). With three cells in ten blank, independently of one another,
    .05 of families of 30 without an effect have a p of .05 or less.

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
    present = np.isfinite(null)
    n_draws, order = len(null), np.argsort(-size, kind="stable")
    ranked, here = size[order], np.ascontiguousarray(present[:, order])
    ordered = np.where(here, null[:, order], -np.inf)
    running = np.maximum.accumulate(ordered[:, ::-1], axis=1)[:, ::-1]
    maximum = running[:, 0].copy()
    single, largest, stepdown = np.empty((3, len(size)))
    single[order] = _share(ordered >= ranked, here)
    largest[order] = _share(maximum[:, None] >= ranked, here)
    stepdown[order] = np.fmax.accumulate(_share(running >= ranked, here))
    stepdown[~present.any(axis=0)] = np.nan
    return JointPlacebo(
        p_single=single,
        p_max=np.maximum(largest, stepdown),
        p_stepdown=stepdown,
        maximum=maximum,
        expected_beyond=_expected_beyond(null, present),
        n_draws=n_draws,
        share_blank=_share_blank(present),
    )


def _share(beyond: npt.NDArray[np.bool_], here: npt.NDArray[np.bool_]) -> Floats:
    """Return (1 + #{beyond}) / (n + 1) over the draws in which each statistic is not blank.

    NaN where it is blank in all: a figure that no draw speaks of has no p, least of all 1.
    """
    n = here.sum(axis=0)
    return np.where(n > 0, (1 + (beyond & here).sum(axis=0)) / (1 + n), np.nan)


def _share_blank(present: npt.NDArray[np.bool_]) -> float:
    """Return the share of cells that is blank; NaN where there is no draw at all."""
    return float(1 - present.mean()) if present.size else float("nan")


def _expected_beyond(null: Floats, present: npt.NDArray[np.bool_]) -> float:
    """Sum over statistics of the share of draws beyond their own 5 % point."""
    known = present.any(axis=0)
    critical = np.nanquantile(null[:, known], 0.95, axis=0)
    with np.errstate(invalid="ignore"):
        beyond = (null[:, known] > critical).sum(axis=0)
    return float((beyond / present[:, known].sum(axis=0)).sum())


def share_at_least(observed: Floats, draws: Floats) -> float:
    """Return (1 + #{draw >= observed on the same cells}) / (B + 1); NaN without any draw.

    Parameters
    ----------
    observed : ndarray of shape (n_draws,)
        The observed figure with the cells left out that are blank in each draw.
    draws : ndarray of shape (n_draws,)
        The figure of each draw; NaN where too few cells are left.
    """
    known = np.isfinite(draws) & np.isfinite(observed)
    if not known.any():
        return float("nan")
    beyond = draws[known] >= observed[known] - _TIES * np.abs(observed[known])
    return float((1 + beyond.sum()) / (known.sum() + 1))


@dataclass(frozen=True, slots=True)
class Omnibus:
    """How large the mean |statistic| of many reactions is against joint placebo draws.

    Attributes
    ----------
    statistic : float
        Mean |z| of the reactions.
    placebo_mean, placebo_low, placebo_high : float
        Mean, 2.5 % and 97.5 % points of the same mean in the draws.
    p_value : float
        Share of draws at least as large as the observed mean on the same cells.
    share_blank : float
        Share of the cells that is blank in the draws.
    """

    statistic: float
    placebo_mean: float
    placebo_low: float
    placebo_high: float
    p_value: float
    share_blank: float


def omnibus(observed: Floats, draws: Floats) -> Omnibus:
    """Hold the mean |z| of all reactions against the same mean in joint draws (METHODS section 7).

    Parameters
    ----------
    observed : ndarray of shape (n,)
        Standardised statistics z = AR / scale, finite.
    draws : ndarray of shape (n_draws, n)
        The same at jointly drawn placebo instants, NaN where blank.
    """
    size, present = np.abs(observed), np.isfinite(draws)
    count = present.sum(axis=1)
    kept = np.flatnonzero(count)
    drawn = np.nansum(np.abs(draws[kept]), axis=1) / count[kept]
    p = share_at_least(present[kept] @ size / count[kept], drawn)
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(kept) else (np.nan, np.nan)
    return Omnibus(
        statistic=float(size.mean()),
        placebo_mean=float(drawn.mean()) if len(kept) else float("nan"),
        placebo_low=float(low),
        placebo_high=float(high),
        p_value=p,
        share_blank=_share_blank(present),
    )
