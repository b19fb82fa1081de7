"""Returns between marks of the clock: scale, placebo ranks, and families of windows.

A *mark* is a price at an instant: the close of a bar where the bar ended, or the official close of
a session. Arrays only: rows are sessions, columns marks of the clock, the last the official close.
Definitions: METHODS section 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from analysis.engine import LEVEL
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PREVIOUS = -1
"""Column that stands for the official close of the session before."""
FIRST, LAST = -130, -11
"""Estimation sessions, relative to the session of the window."""
MIN_VALUES = 100
"""Estimation sessions with a value, of 120, that a scale needs (METHODS section 10)."""
DECAY = 0.70
"""Weight of yesterday's variance in the moving average of realised variance."""
START = 20
"""Sessions whose mean realised variance starts the average."""
MIN_PLACEBO = 19
"""Ordinary sessions with which p can be as small as 5 %."""
#: METHODS 10: the smallest effect found in 80 % of placebo days, tried in steps of .02 scales.
_POWER, _STEP, _FAR = 0.8, 0.02, 40.0
#: Normal quantile of 80 % power.
_SCAN_POWER = 0.84


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Prices of one series at the marks of the clock.

    Attributes
    ----------
    price : ndarray of shape (R, K + 1)
        NaN where there is no mark; the last column is the official close.
    segment : ndarray of shape (R, K + 1), int
        Number of the contract; a return across two is no return.
    """

    price: Floats
    segment: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse what is no table of prices."""
        if self.price.ndim != 2 or self.price.shape != self.segment.shape:
            raise InputError(
                "segment", self.segment.shape, f"it has the shape of price, {self.price.shape}."
            )
        if (self.price <= 0).any():
            raise InputError("price", float(np.nanmin(self.price)), "prices are positive.")

    @property
    def close(self) -> int:
        """Column of the official close."""
        return int(self.price.shape[1]) - 1


class Interval(NamedTuple):
    """A window between two marks of the clock, as every session has it.

    Attributes
    ----------
    back
        Sessions between the one it starts in and the one it ends in; 0 or 1.
    start, end
        Columns of :class:`Marks`; ``start`` may be `PREVIOUS`.
    """

    back: int
    start: int
    end: int

    @property
    def reach(self) -> int:
        """Sessions before the last that the window touches, that of a previous close included."""
        return self.back + (self.start == PREVIOUS)


@dataclass(frozen=True, slots=True, eq=False)
class WindowStatistics:
    """One window at every session; arrays of shape (R,), NaN where there is no value.

    Attributes
    ----------
    ret, bench
        Simple returns over the identical interval; ``bench`` is NaN without a benchmark.
    beta, abnormal
        Slope, and return less the normal return.
    sigma, z
        s v sqrt(C), and abnormal / sigma.
    """

    ret: Floats
    bench: Floats
    beta: Floats
    abnormal: Floats
    sigma: Floats
    z: Floats


def interval_return(marks: Marks, interval: Interval) -> Floats:
    """Return the simple return over an interval, by the session it ends in; shape (R,)."""
    start, before = _mark(marks, interval.start, interval.back)
    end, after = _mark(marks, interval.end, 0)
    return np.where(before == after, end / start - 1.0, np.nan)


def _mark(marks: Marks, column: int, back: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return price and contract of a column, ``back`` sessions before each."""
    if column == PREVIOUS:
        column, back = marks.close, back + 1
    price = np.full(len(marks.price), np.nan)
    segment = np.full(len(marks.price), -1, dtype=np.int64)
    price[back:] = marks.price[: len(price) - back, column]
    segment[back:] = marks.segment[: len(price) - back, column]
    return price, segment


def volatility(
    marks: Marks, benchmark: Marks | None = None, *, count: npt.NDArray[np.int64] | None = None
) -> Floats:
    """Forecast the standard deviation of each session from the sessions before it.

    Parameters
    ----------
    marks
        The series.
    benchmark
        On the same sessions and marks; then the variance is that of y - b x, b by least squares
        through the origin on the bars of the 120 sessions before; that of the first `START`
        sessions with both comes from them.
    count : ndarray of shape (R,), int, optional
        Marks of each session, where two columns may hold one; None to count the prices.

    Returns
    -------
    ndarray of shape (R,)
        v: root of the moving average (weight `DECAY`) of realised variance, the sum of squared log
        returns between neighbouring marks after the first. It starts at the mean of the first
        `START` sessions and is carried over sessions with fewer marks than the median less one.
    """
    count = np.isfinite(marks.price).sum(axis=1) if count is None else count
    realised = _realised(marks, benchmark)
    known = np.isfinite(realised)
    good = known & (count >= np.median(count) - 1)
    variance = np.empty(len(realised))
    now = float(realised[known][:START].mean()) if known.any() else np.nan
    for row, (value, use) in enumerate(zip(realised, good, strict=True)):
        variance[row] = now
        now = DECAY * now + (1.0 - DECAY) * value if use else now
    return np.sqrt(variance)


def _realised(marks: Marks, benchmark: Marks | None) -> Floats:
    """Return the realised variance of each session, of residuals where there is a benchmark."""
    y = _steps(marks)
    if benchmark is None:
        return np.asarray(np.nansum(y**2, axis=1))
    x = _steps(benchmark)
    both = np.isfinite(y) & np.isfinite(x)
    begun = np.maximum.accumulate(both.any(axis=1))
    first = int(np.argmax(begun))
    y, x = np.where(both, y, 0.0), np.where(both, x, 0.0)
    xy = np.concatenate([[0.0], np.cumsum((x * y).sum(axis=1))])
    xx = np.concatenate([[0.0], np.cumsum((x * x).sum(axis=1))])
    end = np.maximum(np.arange(len(y)), min(first + START, len(y)))
    start = np.maximum(end + FIRST - LAST - 1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (xy[end] - xy[start]) / (xx[end] - xx[start])
    realised = ((y - slope[:, None] * x) ** 2).sum(axis=1)
    return np.asarray(np.where(begun, realised, np.nan))


def _steps(marks: Marks) -> Floats:
    """Return log returns between neighbouring marks of a session; contracts change between them."""
    return np.asarray(np.diff(np.log(marks.price), axis=1))


def window_statistics(
    marks: Marks, interval: Interval, v: Floats, benchmark: Marks | None = None
) -> WindowStatistics:
    """Compute one window at every session, each with its own estimation sessions.

    Parameters
    ----------
    marks, benchmark
        The series and what it is measured against, on the same sessions and marks.
    interval
        The window.
    v : ndarray of shape (R,)
        As :func:`volatility` gives it.

    Notes
    -----
    Normal return: least squares on the benchmark over the identical interval in sessions
    -130..-11, or their mean. With T values (at least `MIN_VALUES`) and k coefficients
    s^2 = sum (e/v)^2 / (T - k), C = 1 + 1/T + (x - xbar)^2/Sxx, sigma = s v sqrt(C).
    """
    y = interval_return(marks, interval)
    x = np.zeros(len(y)) if benchmark is None else interval_return(benchmark, interval)
    known = np.isfinite(y) & np.isfinite(x) & (v > 0)
    y0, x0, w0 = (np.where(known, a, 0.0) for a in (y, x, 1.0 / np.where(v > 0, v, 1.0) ** 2))
    ys, xs, ws, ks = (_estimation(a) for a in (y0, x0, w0, known.astype(float)))
    with np.errstate(invalid="ignore", divide="ignore"):
        count = ks.sum(axis=1)
        x_mean = xs.sum(axis=1) / count
        dx = (xs - x_mean[:, None]) * ks
        spread = (dx**2).sum(axis=1)
        beta = np.zeros(len(y)) if benchmark is None else (dx * ys).sum(axis=1) / spread
        alpha = ys.sum(axis=1) / count - beta * x_mean
        errors = ys - alpha[:, None] - beta[:, None] * xs
        s2 = (errors**2 * ws).sum(axis=1) / (count - (1 if benchmark is None else 2))
        c = 1.0 + 1.0 / count
        c = c if benchmark is None else c + (x0 - x_mean) ** 2 / spread
        abnormal, sigma = y - alpha - beta * x, np.sqrt(s2 * c) * v
        z = abnormal / sigma
    keep = known & (count >= MIN_VALUES) & np.isfinite(z)
    nothing = np.full(len(y), np.nan)
    return WindowStatistics(
        ret=y,
        bench=nothing if benchmark is None else x,
        beta=nothing if benchmark is None else np.where(keep, beta, np.nan),
        abnormal=np.where(keep, abnormal, np.nan),
        sigma=np.where(keep, sigma, np.nan),
        z=np.where(keep, z, np.nan),
    )


def _estimation(values: Floats) -> Floats:
    """Return the values of sessions -130..-11 of each session; zeros where it has not so many."""
    length = LAST - FIRST + 1
    out = np.zeros((len(values), length))
    if len(values) > -FIRST:
        out[-FIRST:] = sliding_window_view(values, length)[: len(values) + FIRST]
    return out


def short_statistics(
    marks: Marks, interval: Interval, v: Floats, ordinary: Flags
) -> WindowStatistics:
    """Compute one window of a series too short for an estimation window: z = r/sigma.

    sigma = v sqrt(mean (r/v)^2) over the ``ordinary`` sessions from number `START` on.
    """
    y = interval_return(marks, interval)
    known = np.isfinite(y) & (v > 0) & (np.arange(len(y)) >= START)
    ratio = np.where(known, y, np.nan) / np.where(v > 0, v, np.nan)
    used = ratio[known & ordinary]
    sigma = v * np.sqrt(np.mean(used**2)) if len(used) else np.full(len(y), np.nan)
    sigma = np.where(known, sigma, np.nan)
    nothing = np.full(len(y), np.nan)
    return WindowStatistics(y, nothing, nothing, np.where(known, y, np.nan), sigma, y / sigma)


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """How unusual a statistic is among ordinary sessions.

    Attributes
    ----------
    n
        Ordinary sessions, the event's own not among them.
    p
        (1 + number at least as large) / (n + 1); NaN below `MIN_PLACEBO`.
    q95
        Linear quantile of their absolute values; NaN below `MIN_PLACEBO`.
    """

    n: int
    p: float
    q95: float


def placebo(statistic: Floats, admissible: Flags, row: int) -> Placebo:
    """Rank the absolute statistic of session ``row`` among those of the admissible ones."""
    size = np.abs(statistic)
    others = admissible & np.isfinite(size)
    others[row] = False
    n = int(others.sum())
    if n < MIN_PLACEBO or not np.isfinite(size[row]):
        return Placebo(n, np.nan, np.nan)
    p = (1 + int((size[others] >= size[row]).sum())) / (n + 1)
    return Placebo(n, p, float(np.quantile(size[others], 1.0 - LEVEL)))


def minimum_effect(z: Floats, q95: float) -> float:
    """Return the smallest effect, in sigma, that four sessions in five would show at 5 %.

    The first multiple of .02 at which the mean over both signs of the share of sessions with
    an absolute z + effect of at least q95 reaches .8.
    """
    effects = np.arange(0.0, _FAR, _STEP)
    ordered = np.sort(z)

    def share(shift: Floats) -> Floats:
        below = np.searchsorted(ordered, -q95 - shift, side="right")
        above = len(ordered) - np.searchsorted(ordered, q95 - shift, side="left")
        return np.asarray((below + above) / len(ordered))

    power = (share(effects) + share(-effects)) / 2.0
    enough = np.flatnonzero(power >= _POWER)
    return float(np.round(effects[enough[0]], 2)) if len(enough) else np.nan


def scan_effect(q95: float, sigma: Floats) -> float:
    """Return the minimum detectable effect of a scan: (q95 + .84) times the median scale."""
    return float((q95 + _SCAN_POWER) * np.median(sigma))


def shifted(values: Floats, by: int) -> Floats:
    """Move values to the session ``by`` later."""
    out = np.full(len(values), np.nan)
    out[by:] = values[: len(values) - by]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class FamilyMember:
    """One window of a family.

    Attributes
    ----------
    statistic : ndarray of shape (R,)
        Absolute z at every session.
    scale : ndarray of shape (R,), bool
        Sessions whose 95 % quantile divides the statistic.
    moves : ndarray of shape (R,), bool
        Sessions the window may be moved to.
    row
        Session of the event.
    """

    statistic: Floats
    scale: Flags
    moves: Flags
    row: int


def family_p(members: Sequence[FamilyMember]) -> Floats:
    """Return step-down p-values of a family of windows.

    All events are moved by the same number of admissible sessions, each around its own circle of
    them; p = (1 + number of moves whose largest statistic reaches the observed one) / (moves + 1),
    stepped down from the largest (Westfall, Young 1993; Romano, Wolf 2005).

    Returns
    -------
    ndarray of shape (len(members),)
        NaN for a member without a value, or with fewer than `MIN_PLACEBO` sessions to move to.
    """
    circles = [np.flatnonzero(m.moves & np.isfinite(m.statistic)) for m in members]
    sound = [
        i
        for i, m in enumerate(members)
        if len(circles[i]) >= MIN_PLACEBO and np.isfinite(m.statistic[m.row])
    ]
    p = np.full(len(members), np.nan)
    if not sound:
        return p
    moves = np.arange(max(len(circles[i]) for i in sound))
    observed, moved = np.empty(len(sound)), np.empty((len(sound), len(moves)))
    for at, i in enumerate(sound):
        member, circle = members[i], circles[i]
        used = member.scale & np.isfinite(member.statistic)
        ratio = member.statistic / np.quantile(member.statistic[used], 1.0 - LEVEL)
        first = int(np.searchsorted(circle, member.row))
        first += int(first < len(circle) and circle[first] == member.row)
        observed[at] = ratio[member.row]
        moved[at] = ratio[circle[(first + moves) % len(circle)]]
    p[sound] = _stepped_down(observed, moved)
    return p


def _stepped_down(observed: Floats, moved: Floats) -> Floats:
    """Return step-down p-values; rows of ``moved`` are the members, columns the moves."""
    order = np.argsort(-observed, kind="stable")
    largest = np.maximum.accumulate(moved[order][::-1], axis=0)[::-1]
    reached = (largest >= observed[order][:, None]).sum(axis=1)
    p = np.empty(len(observed))
    p[order] = np.maximum.accumulate((1 + reached) / (moved.shape[1] + 1))
    return p
