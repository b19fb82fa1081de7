"""Series in other units than the rest: refused where no series can be so, else said.

Percent for decimals is a factor of 100, basis points 10,000; a calm series times a hundred is as
lively as a penny share, and only what is beside it, or its own other half, tells.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.engine.impossible import DECIMAL, LOUD, TIMES, Fault
from analysis.engine.oddity import Oddity
from analysis.engine.panel import Floats
from analysis.engine.series import SeriesSet, correlation, nan_median

#: A series that usually moves by this much, and so many times as much as the rest, is looked at.
_LIVELY, _BENCHMARK_LIVELY, _BESIDE = 0.08, 0.05, 10.0
#: What follows the benchmark with this correlation moves neither so many times as much nor so few.
_FOLLOWS, _BETA, _SMALL = 0.3, 12.0, 30.0
#: Two parts of a history differ in units if one usually moves by this many times as much, and even
#: its calmest stretch by so many times the liveliest of the other, and by at least this.
_PART, _APART, _PART_LIVELY = 12.0, 4.0, 0.018
#: The same for what rests on one stretch alone, or hardly moves in either part.
_FAR, _STIR = 40.0, 0.004
#: Securities that follow a benchmark are not usually so many times as calm, nor does their largest
#: move stay so many times below its usual one.
_ALL, _TOO_SMALL = 20.0, 10.0
_KIND = "units that differ"


def refuse_units(securities: SeriesSet, factors: SeriesSet) -> None:
    """Refuse series, or factors, that are a hundred times as lively as all the others.

    Raises
    ------
    InputError
        Naming the first such series.
    """
    for series, others in ((securities, factors), (factors, securities)):
        for fault in unit_faults(series, others):
            raise fault.error(series.parameter)
    for fault in security_units(securities, factors):
        raise fault.error(securities.parameter)


def unit_faults(series: SeriesSet, others: SeriesSet) -> Iterator[Fault]:
    """Name the series that are a hundred times as lively as the rest of them and the others."""
    for column in map(int, np.flatnonzero(np.nan_to_num(series.size) > LOUD)):
        rest = np.append(np.delete(series.size, column), others.size)
        usual = float(nan_median(rest[:, None])[0]) if len(rest) else np.nan
        if series.size[column] > TIMES * usual:
            yield Fault(
                column,
                f"{series.names[column]!r} moving by {series.size[column]:.3g} on a usual day, "
                f"the other series by {usual:.3g}",
                "all series are in one unit; " + DECIMAL,
                "If it is percent, divide it by 100.",
            )


def security_units(series: SeriesSet, benchmark: SeriesSet) -> Iterator[Fault]:
    """Hold each series against the benchmark alone, whatever other series stand beside it.

    So a study over partitions refuses the same securities however they are divided into files.
    """
    usual = float(nan_median(benchmark.size[:, None])[0]) if len(benchmark.names) else np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        sizes, n = np.abs(series.values), np.count_nonzero(series.values, axis=0)
        total = sizes.sum(axis=0)
        total = np.nansum(sizes, axis=0) if np.isnan(total).any() else total
        if not usual > LOUD and not (total / n > LOUD / 4).any():  # no median is so far above
            return
        loud = (series.size > LOUD) & (series.size > TIMES * usual)
        quiet = (usual > LOUD) & (usual > TIMES * series.size)
    for column in map(int, np.flatnonzero(loud | quiet)):
        yield Fault(
            column,
            f"{series.names[column]!r} moving by {series.size[column]:.3g} on a usual day, the "
            f"benchmark by {usual:.3g}",
            "all series are in one unit; " + DECIMAL,
            f"If {'it' if loud[column] else 'the benchmark'} is percent, divide it by 100.",
        )


def odd_parts(series: SeriesSet) -> Iterator[Oddity]:
    """Find the series that move many times as much in one part of their history as in another."""
    parts = series.parts
    with np.errstate(invalid="ignore", divide="ignore"):
        largest, smallest = np.fmax.reduce(parts, axis=0), np.fmin.reduce(parts, axis=0)
        wide = (largest > _PART * smallest) & (largest > _STIR)
    for column in map(int, np.flatnonzero(wide)):
        found = _cut(parts[:, column])
        if found is not None:
            cut, before, after = found
            row = min(len(series.values) * cut // len(parts), len(series.values) - 1)
            when, beside = ("after", "before") if after > before else ("before", "after")
            low, high = sorted((before, after))
            yield Oddity(
                _KIND,
                f"{series.names[column]}: {high / low:.0f} times as lively {when} about "
                f"{series.day(row, column)} ({high:.2%} on a usual day) as {beside} ({low:.2%}): "
                "is one part percent?",
            )


def _cut(parts: Floats) -> tuple[int, float, float] | None:
    """Return where a history falls into a calm and a lively part, and what each moves by.

    The stretch the change lies in may be of both, and is left out.
    """
    parts = parts[np.isfinite(parts) & (parts > 0)]
    for cut in range(1, len(parts)):
        for skipped in (0, 1):
            one, other = parts[:cut], parts[cut + skipped :]
            if not len(other):
                continue
            calm, lively = sorted((one, other), key=np.median)
            ratio = float(np.median(lively) / np.median(calm))
            apart = lively.min() > _APART * calm.max()
            short = min(len(one), len(other)) < 2
            seen = ratio > (_FAR if short else _PART) and np.median(lively) > _PART_LIVELY
            if apart and (seen or (ratio > _FAR and np.median(lively) > _STIR)):
                return cut, float(np.median(one)), float(np.median(other))
    return None


def odd_units(securities: SeriesSet, benchmark: SeriesSet, together: float) -> Iterator[Oddity]:
    """Tell securities that follow a benchmark in steps that are far too large or small beside it.

    Parameters
    ----------
    securities, benchmark
        On common rows; the first factor is the benchmark.
    together
        Correlation of the benchmark with the mean of the securities.
    """
    if not securities.names:
        return
    size, beside = float(nan_median(securities.size[:, None])[0]), float(benchmark.size[0])
    largest = float(np.fmax.reduce(securities.size))
    if 0 < size < beside / _ALL and largest < beside / _TOO_SMALL and together > _FOLLOWS:
        yield Oddity(
            _KIND,
            f"all securities move by {size:.2g} on a usual day, the benchmark by {beside:.2g}: "
            "were the returns divided by 100 twice?",
            once=True,
        )
        return
    with np.errstate(invalid="ignore"):
        odd = (securities.size > _BETA * beside) | (securities.size < beside / _SMALL)
    for column in map(int, np.flatnonzero(odd)):
        with_it = correlation(securities.values[:, column], benchmark.values[:, 0])
        if with_it > _FOLLOWS:
            large = securities.size[column] > beside
            yield Oddity(
                _KIND,
                f"{securities.names[column]} follows the benchmark (correlation {with_it:.2f}) in "
                f"moves of {securities.size[column]:.2g} on a usual day beside its {beside:.2g}: "
                f"{'is one of them percent' if large else 'was one of them divided by 100 twice'}?",
            )


def odd_sizes(securities: SeriesSet, factors: SeriesSet) -> Iterator[Oddity]:
    """Tell series so lively beside all others that they may be percent of calm ones."""
    for series, others, least in (
        (securities, factors, _LIVELY),
        (factors, securities, _BENCHMARK_LIVELY),
    ):
        with np.errstate(invalid="ignore"):
            lively = np.flatnonzero(series.size > least)
        for column in map(int, lively):
            rest = np.append(np.delete(series.size, column), others.size)
            usual = float(nan_median(rest[:, None])[0]) if len(rest) else np.nan
            by_others = float(nan_median(others.size[:, None])[0]) if len(others.names) else np.nan
            if series.size[column] > _BESIDE * np.fmin(usual, by_others):
                yield Oddity(
                    _KIND,
                    f"{series.names[column]}: a move of {series.size[column]:.2g} on a usual day, "
                    f"the other series {np.fmin(usual, by_others):.2g}: is it percent?",
                )
