"""Returns that repeat: one value again and again, and sessions on which nothing moved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from analysis.engine.oddity import Oddity
from analysis.engine.panel import Floats
from analysis.engine.series import SeriesSet

Bools = npt.NDArray[np.bool_]

#: Runs shorter than these are not looked at; a longer one must be this unlikely.
_ZERO_RUN, _SAME_RUN, _UNLIKELY = 8, 5, 1e-6
#: Returns that differ by less than this share of a usual move, or by what prices on a straight line
#: make them differ, count as one value.
_SAME = 0.02
#: What moves by more than this on half of its days never repeats itself on such a share of them.
_LIVELY, _FILLED = 0.001, 0.3
#: Zeros, or sessions beside the run, from which it is told how often one follows another.
_ENOUGH_ZEROS, _BESIDE = 10, 60
#: Values compared at once; bounds memory, not results.
_AT_ONCE = 1 << 15


def odd_runs(series: SeriesSet) -> Iterator[Oddity]:
    """Find the series that repeat a value more often in a row than their history makes likely."""
    same = _same(series)
    for column in map(int, np.flatnonzero(_has_run(same))):
        yield from _runs(series, column, same[:, column])


def _same(series: SeriesSet) -> Bools:
    """Say which returns repeat the one before, or go on from it along a straight line of prices.

    Prices that rise by the same amount d have returns d/p, d/(p + d), ...: r is followed by
    r/(1 + r).
    """
    before, after = series.values[:-1], series.values[1:]
    same = np.empty_like(before, dtype=bool)
    for some in _parts(before):
        near = _SAME * np.broadcast_to(series.size, before.shape)[some]
        same[some] = _repeats(before[some], after[some], near, log=series.return_kind == "log")
    return same


def _parts(values: Floats) -> Iterator[tuple[slice, slice]]:
    """Cut a matrix along its memory into parts that a processor holds at once."""
    axis = int(values.flags.f_contiguous or values.strides[0] < values.strides[1])
    step = max(_AT_ONCE * values.shape[axis] // max(values.size, 1), 1)
    for start in range(0, values.shape[axis], step):
        cut = slice(start, start + step)
        yield (cut, slice(None)) if axis == 0 else (slice(None), cut)


def _repeats(before: Floats, after: Floats, near: Floats, *, log: bool) -> Bools:
    with np.errstate(invalid="ignore", divide="ignore"):
        simple = np.expm1(before) if log else before
        line = simple / (1 + simple)
        line = np.log1p(line) if log else line
        away = np.minimum(np.abs(after - before), np.abs(after - line))
        return np.asarray((away <= near) & (before != 0) & (after != 0) | (after == before))


def _has_run(same: Bools) -> Bools:
    """Say which columns have a run of equal values worth a closer look."""
    if len(same) < _SAME_RUN - 1:
        return np.zeros(same.shape[1], dtype=bool)
    found, columns, run = np.zeros(same.shape[1], dtype=bool), np.arange(same.shape[1]), same
    for back in range(1, _SAME_RUN - 1):
        run = run[:-1] & same[back:]
        some = run.any(axis=0)  # few have even the first two
        run, same, columns = run[:, some], same[:, some], columns[some]
    found[columns] = True
    return found


def _runs(series: SeriesSet, column: int, same: Bools) -> Iterator[Oddity]:
    values = series.values[:, column]
    starts = np.flatnonzero(np.append(True, ~same))
    lengths = np.diff(np.append(starts, len(values)))
    is_zero = values[starts] == 0
    for zero, fewest in ((True, _ZERO_RUN), (False, _SAME_RUN)):
        mine = np.flatnonzero((is_zero == zero) & (lengths >= fewest))
        if not len(mine):
            continue
        longest = int(mine[np.argmax(lengths[mine])])
        start, length = int(starts[longest]), int(lengths[longest])
        others = np.delete(same, slice(max(start - 1, 0), start + length))
        n = max(int(np.isfinite(values).sum()) - length, 1)
        share = _share_of_zeros(values, start, length) if zero else _share(others, n)
        often = not zero and share > _FILLED and np.nanmedian(np.abs(values)) > _LIVELY
        if often or (n >= length and share ** (length - (not zero)) * len(values) < _UNLIKELY):
            nearly = "" if np.ptp(values[start : start + length]) == 0 else "nearly "
            yield Oddity(
                "the same value again and again",
                f"{series.names[column]}: a return of {nearly}{values[start]:.4g} on {length} "
                f"sessions in a row from {series.day(start, column)} to "
                f"{series.day(start + length - 1, column)}: "
                "prices that stood still, or were filled in; use NaN where there is no price.",
            )
            return


def _share(there: Bools, n: int) -> float:
    return (float(there.sum()) + 1) / (n + 1)  # one more than seen: never quite zero


def _share_of_zeros(values: Floats, start: int, length: int) -> float:
    """Return how often a zero stands, or follows another, outside a run or near it.

    A share of few cents stands still for days, and more so the lower it has fallen.
    """
    shares = []
    around = (values[max(start - _BESIDE, 0) : start], values[start + length :][:_BESIDE])
    for part in (np.delete(values, slice(start, start + length)), *around):
        part = part[np.isfinite(part)]
        if len(part) < 2 * _ENOUGH_ZEROS:
            continue
        zero = part == 0
        shares.append(_share(zero, len(part)))
        if zero[:-1].sum() >= _ENOUGH_ZEROS:
            shares.append(_share(zero[1:] & zero[:-1], int(zero[:-1].sum())))
    return max(shares, default=1.0)


def still_sessions(securities: SeriesSet, factors: SeriesSet) -> Iterator[Oddity]:
    """Look for sessions on which two or more series, and all there are, did not move at all.

    Of several factors the first stands for the market: the others come from another source, and
    move on a day whose prices were copied.
    """
    if securities.label.ndim > 1:  # every market has its own sessions
        return
    still = np.ones(len(securities.values), dtype=bool)
    n = np.zeros(len(still), dtype=int)
    chance = 0.0
    for series in (securities, factors.take(np.arange(len(factors.names))[:1])):
        there = ~np.isnan(series.values)
        zero = series.values == 0
        still &= ~(there & ~zero).any(axis=1)
        n += there.sum(axis=1)
        share = (zero.sum(axis=0) + 0.5) / np.maximum(there.sum(axis=0), 1)
        chance += float(np.log(np.minimum(share, 1.0)).sum())
    days = np.flatnonzero(still & (n >= 2))
    if len(days) and chance + np.log(len(still)) < np.log(0.05):
        more = f" and on {len(days) - 1} more sessions" if len(days) > 1 else ""
        yield Oddity(
            "everything stood still",
            f"every series has a return of exactly 0 on {securities.day(int(days[0]), 0)}{more}: "
            "a closed day with the prices of the day before? Leave such sessions out.",
            once=True,
        )
