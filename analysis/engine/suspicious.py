"""What a benchmark or a riskless rate can be, but seldom is: said, never changed or refused."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from analysis.engine.oddity import Oddity
from analysis.engine.panel import Floats
from analysis.engine.series import SeriesSet, correlation, row_mean
from analysis.engine.units import odd_units

#: What counts as the same series, judged by so many rows, and the most securities looked at.
_SAME_SERIES, _ROWS, _ENOUGH = 0.9999, 60, 300
#: What a benchmark put right must correlate with the securities, and the share of it that the
#: benchmark as it is may keep. Markets of other zones follow each other by a session with up to
#: 0.55, which is no fault; what closes together does not.
_REVERSED, _SHIFTED, _ASTRAY = 0.35, 0.58, 0.3
#: A single security of another zone may follow a little more closely than the mean of several.
_SLIPPED = 0.65
#: So many securities move against no index of theirs with this correlation.
_OPPOSED, _SEVERAL = 0.5, 3
#: What accrues every day is never negative, and varies by less than this share of its mean.
_VARIES = 0.5
#: How far apart one correlation may come out when summed in two ways.
_MARGIN = 1e-3


def odd_benchmark(
    securities: SeriesSet, benchmark: SeriesSet, *, together: bool = False
) -> Iterator[Oddity]:
    """Hold the first factor against the securities: the same series, reversed, or a day late.

    Parameters
    ----------
    securities, benchmark
        On common rows.
    together
        Whether all of them are known to close at one time.
    """
    shifted = _REVERSED if together else _SHIFTED
    values, other = securities.values, benchmark.values[:, 0]
    name = benchmark.names[0]
    for column in map(int, _alike(values, other)):
        if np.nan_to_num(correlation(values[:, column], other)) > _SAME_SERIES:
            yield Oddity(
                "a security that equals the benchmark",
                f"{securities.names[column]} and the benchmark {name} move alike on every session: "
                "a security measured against itself has no abnormal return.",
            )
            return
    every = max(values.shape[1] // _ENOUGH, 1)  # some hundred securities are the market
    with np.errstate(invalid="ignore"):
        scale = np.where(securities.size > 0, securities.size, np.nan)[::every]
        mean = row_mean(values[:, ::every] / scale)
    now = correlation(mean, other)
    for text, least, moved in (
        ("in reverse order of time", _REVERSED, _backwards(other)),
        ("made of levels in reverse order of time", _REVERSED, -_backwards(other)),
        ("a session late", shifted, np.append(other[1:], np.nan)),
        ("a session early", shifted, np.append(np.nan, other[:-1])),
    ):
        fits = correlation(mean, moved)
        if fits > least and now < _ASTRAY * fits:
            yield Oddity(
                "a benchmark out of step",
                f"the benchmark {name} seems to be {text}: put right, it correlates {fits:.2f} "
                f"with the securities, as it is {now:.2f}.",
                once=True,
            )
            return
    if now < -_OPPOSED and len(securities.names) >= _SEVERAL:
        yield Oddity(
            "a benchmark out of step",
            f"the benchmark {name} moves against the securities (correlation {now:.2f}): has its "
            "sign been changed?",
            once=True,
        )
    yield from _late_securities(securities, benchmark)
    yield from odd_units(securities, benchmark, now)


def _late_securities(securities: SeriesSet, benchmark: SeriesSet) -> Iterator[Oddity]:
    """Tell single securities whose rows have slipped by a session beside the benchmark."""
    other = benchmark.values[:, 0]
    moved = (("late", np.append(np.nan, other[:-1])), ("early", np.append(other[1:], np.nan)))
    shifts = np.stack([shifted for _, shifted in moved])
    for column in map(int, np.flatnonzero(_maybe_above(_SLIPPED, securities.values, shifts))):
        now = correlation(securities.values[:, column], other)
        if not now < _ASTRAY:
            continue
        for text, shifted in moved:
            fits = correlation(securities.values[:, column], shifted)
            if fits > _SLIPPED and now < _ASTRAY * fits:
                name = securities.names[column]
                yield Oddity(
                    "a security out of step",
                    f"{name} seems to be a session {text}: put right, it correlates {fits:.2f} "
                    f"with the benchmark {benchmark.names[0]}, as it is {now:.2f}.",
                )


def _maybe_above(least: float, values: Floats, others: Floats) -> npt.NDArray[np.bool_]:
    """Say for which columns the correlation with one of ``others`` may lie above ``least``.

    All at once, by sums over common values; one that lies well below need not be looked at.
    """
    known = np.isfinite(others).astype(float)
    x, y, there = values, np.where(known > 0, others, 0.0), np.ones((len(values), 1))
    if not np.isfinite(values.sum()):  # else one column says for all that all are there
        there = np.isfinite(values).astype(float)
        x = np.where(there > 0, values, 0.0)
    n, sx, sy = known @ there, known @ x, y @ there
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        scale = (known @ (x * x) - sx * sx / n) * ((y * y) @ there - sy * sy / n)
        found = (y @ x - sx * sy / n) / np.sqrt(scale)
        return np.asarray(~(found < least - _MARGIN).all(axis=0))


def same_series(securities: SeriesSet) -> Iterator[Oddity]:
    """Tell securities that move alike to the last digit: one series under two names."""
    first: dict[bytes, int] = {}
    for column in map(int, _sharing_a_sum(securities.values)):
        values = securities.values[:, column]
        if np.count_nonzero(np.nan_to_num(values)) < _ROWS:
            continue
        before = first.setdefault(np.nan_to_num(values).tobytes(), column)
        if before != column:
            yield Oddity(
                "two securities of one series",
                f"{securities.names[before]} and {securities.names[column]} have the same return "
                "on every session: one series under two names?",
            )


def _sharing_a_sum(values: Floats) -> npt.NDArray[np.intp]:
    """Return the columns of which another has the same sum: no others can be equal."""
    sums = np.nansum(values, axis=0)
    _, group, times = np.unique(sums, return_inverse=True, return_counts=True)
    return np.flatnonzero(times[group] > 1)


def _backwards(values: Floats) -> Floats:
    """Return a series from its last value to its first, between the blanks at either end."""
    there = np.flatnonzero(np.isfinite(values))
    turned = values.copy()
    if len(there):
        span = slice(there[0], there[-1] + 1)
        turned[span] = values[span][::-1]
    return turned


def odd_signs(series: SeriesSet) -> Iterator[Oddity]:
    """Tell sizes of moves from moves: a series that varies and yet is never negative."""
    with np.errstate(invalid="ignore"):
        never = np.flatnonzero((series.low >= 0) & (series.high > 0))
    for column in map(int, never):
        values = series.values[:, column]
        values = values[values > 0]
        if len(values) >= _ROWS and np.std(values) > _VARIES * np.mean(values):
            yield Oddity(
                "a series without a fall",
                f"{series.names[column]}: no return is negative, and they vary from "
                f"{values.min():.2g} to {values.max():.2g}: are they sizes of moves?",
            )


def _alike(values: Floats, other: Floats) -> npt.NDArray[np.intp]:
    """Return the columns that may equal another series, judged by few of the rows."""
    rows = np.flatnonzero(np.isfinite(other))
    rows = rows[:: max(len(rows) // _ROWS, 1)]
    if len(rows) < 2:
        return np.empty(0, dtype=np.intp)
    x, y = np.nan_to_num(values[rows]), other[rows] - other[rows].mean()
    x = x - x.mean(axis=0)
    scale = np.sqrt((x * x).sum(axis=0) * (y @ y))
    return np.flatnonzero(y @ x > 0.9 * scale)


def odd_riskless(riskless: SeriesSet) -> Iterator[Oddity]:
    """Look at a riskless rate: percent, a year's rate, or a code."""
    if not riskless.names:
        return
    values = riskless.values[:, 0]
    there = np.flatnonzero(np.isfinite(values))
    if not len(there):
        return
    days = riskless.label if riskless.label.ndim == 1 else riskless.label[:, 0]
    gaps = np.diff(days[~np.isnat(days)].astype(np.int64))
    length = max(float(np.median(gaps)), 1.0) if len(gaps) else 1.0
    usual = float(np.median(np.abs(values[there])))
    if usual > 0.002 * length:
        yield Oddity(
            "a riskless rate that is no session's",
            f"the riskless rate {riskless.names[0]} is {usual:.4g} on a usual session, "
            f"{usual * 365 / length:.0%} a year: is it percent, or the rate of a year? It is "
            "subtracted from decimal returns of one session.",
        )
