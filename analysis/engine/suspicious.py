"""What returns can be, but seldom are: said, never changed and never refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.engine.impossible import CODES
from analysis.engine.panel import Floats
from analysis.engine.series import SeriesSet, nan_median

Bools = npt.NDArray[np.bool_]

#: A log move this large, this many usual standard deviations, this many times the next largest.
_LARGE, _SIGMAS, _ALONE = 0.65, 15.0, 2.0
#: A log move no history makes likely: e^3 is twentyfold.
_NEVER = 3.0
#: The split too small for the rule above that is common enough to be looked for.
_SPLIT = np.log(1.5)
_SPLIT_SLACK = 0.012
#: Sessions without a return after which a move is one of the whole halt.
_HALT = 5
#: Runs shorter than these are not looked at; a longer one must be this unlikely.
_ZERO_RUN, _SAME_RUN, _UNLIKELY = 8, 5, 1e-6
#: Fewest common sessions for a correlation, and what counts as the same series.
_COMMON, _SAME_SERIES, _ENOUGH = 60, 0.9999, 300
#: What a benchmark put right must correlate with the securities, and the share of it that the
#: benchmark as it is may keep. Markets of other zones follow each other by a session with up to
#: 0.55, which is no fault; what closes together does not.
_REVERSED, _SHIFTED, _ASTRAY = 0.35, 0.58, 0.3
#: Securities that follow the benchmark correlate with it by this much.
_FOLLOWS = 0.3
_SHOWN = 3
#: Others that must be there, and the share of a move they must have made at the median.
_FEW_OTHERS, _ALIKE = 2, 0.4


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing to look at: its kind, a sentence, and whether it is of the study as a whole."""

    kind: str
    text: str
    once: bool = False


def told(oddities: Sequence[Oddity]) -> tuple[str, ...]:
    """Return the sentences, few of each kind: what is odd everywhere is said once."""
    kinds = dict.fromkeys(oddity.kind for oddity in oddities)
    sentences: list[str] = []
    for kind in kinds:
        same = [oddity for oddity in oddities if oddity.kind == kind]
        of_kind = [oddity.text for oddity in (same[:1] if same[0].once else same)]
        sentences += of_kind[:_SHOWN]
        if len(of_kind) > _SHOWN:
            sentences.append(f"{len(of_kind) - _SHOWN} more series: {kind}.")
    return tuple(sentences)


def odd_series(series: SeriesSet, among: Sequence[Floats] = ()) -> Iterator[Oddity]:
    """Look at each series by itself: single moves, and runs of one value.

    Parameters
    ----------
    series
        What is looked at.
    among
        All series over the same sessions, these included: a day on which most of them moved alike
        is no fault of one. Empty where sessions are not common.
    """
    if not series.values.size:
        return
    log = series.return_kind == "log"
    with np.errstate(invalid="ignore"):
        fell = series.low <= (-0.38 if log else -0.3)
        rose = series.high >= (_LARGE if log else np.expm1(_LARGE))
    for column in map(int, np.flatnonzero(fell | rose)):
        yield from _moves(series, column, among)
    for column in map(int, np.flatnonzero(_has_run(series.values))):
        yield from _runs(series, column)


def _of_all(series: SeriesSet, row: int, move: float, among: Sequence[Floats]) -> bool:
    """Tell a day on which the others moved alike: a crash is no fault of one file."""
    others = np.concatenate([values[row].ravel() for values in among]) if among else np.empty(0)
    others = others[np.isfinite(others)]
    if len(others) <= _FEW_OTHERS:
        return False
    if series.return_kind != "log":
        others = np.log1p(np.maximum(others, -0.999999))
    return bool(np.median(others) / move >= _ALIKE)


def _moves(series: SeriesSet, column: int, among: Sequence[Floats]) -> Iterator[Oddity]:
    values = series.values[:, column]
    rows = np.flatnonzero(np.isfinite(values))
    there = values[rows]
    if series.return_kind != "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            there = np.log1p(there)
        ends = len(there) and np.isneginf(there[-1])  # a delisting return of -1
        rows, there = (rows[:-1], there[:-1]) if ends else (rows, there)
    size = np.abs(there)
    sigma = float(series.sigma[column])
    if not len(size) or not sigma > 0:
        return
    halted = np.append(0, np.diff(rows) - 1) >= _HALT
    at = int(np.argmax(np.where(halted, 0.0, size)))
    around = np.ones(len(size), dtype=bool)
    around[max(at - 1, 0) : at + 2] = False
    next_largest = float(size[around].max()) if around.any() else 0.0
    distance = min(size[at], -np.expm1(-size[at]) if there[at] < 0 else np.inf)  # no fall beats -1
    unlikely = distance >= _SIGMAS * sigma and size[at] >= _ALONE * next_largest
    large = size[at] >= _LARGE and unlikely
    split = unlikely and abs(there[at] + _SPLIT) <= max(4 * sigma, _SPLIT_SLACK)
    if not (large or split or size[at] >= _NEVER):
        return
    row = int(rows[at])
    if _of_all(series, row, float(there[at]), among):
        return
    yield Oddity(
        "a single return its history makes unlikely",
        f"{series.names[column]}: {_amount(values[row], series)} on {series.day(row, column)}, "
        f"{distance / sigma:.0f} times its usual move of {sigma:.2%}: {_suits(series, there, at)}.",
    )


def _amount(value: float, series: SeriesSet) -> str:
    return f"a log return of {value:+.4g}" if series.return_kind == "log" else f"{value:+,.1%}"


def _suits(series: SeriesSet, moves: Floats, at: int) -> str:
    """Say what would make such a move."""
    move = float(moves[at])
    if series.return_kind == "log" and np.isclose(move, CODES).any():
        return "this is a code for a missing value in many files; use NaN where there is no return"
    after = float(moves[at + 1]) if at + 1 < len(moves) else 0.0
    before = float(moves[at - 1]) if at else 0.0
    if min(abs(move + after), abs(move + before)) < 0.1 * abs(move):
        return "and back beside it, so one price is probably wrong"
    ratio = float(np.exp(min(abs(move), 20.0)))
    if abs(move + _SPLIT) < 0.1:
        return "it would suit a split of 3 for 2 that is not applied"
    if abs(ratio / round(ratio) - 1) < 0.06 and ratio < 50:
        whole = f"{round(ratio)} for 1" if move < 0 else f"1 for {round(ratio)}"
        return f"it would suit a split of {whole} that is not applied, or another currency"
    return "check it: a split that is not applied, a change of currency or a wrong price"


def _has_run(values: Floats) -> Bools:
    """Say which columns have a run of equal values worth a closer look."""
    if len(values) < _SAME_RUN:
        return np.zeros(values.shape[1], dtype=bool)
    same = values[1:] == values[:-1]
    run = same[_SAME_RUN - 2 :].copy()
    for back in range(1, _SAME_RUN - 1):
        run &= same[_SAME_RUN - 2 - back : len(same) - back]
    return np.asarray(run.any(axis=0))


def _runs(series: SeriesSet, column: int) -> Iterator[Oddity]:
    values = series.values[:, column]
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    lengths = np.diff(np.append(starts, len(values)))
    is_zero = values[starts] == 0
    for zero, fewest in ((True, _ZERO_RUN), (False, _SAME_RUN)):
        mine = np.flatnonzero((is_zero == zero) & (lengths >= fewest))
        if not len(mine):
            continue
        longest = int(mine[np.argmax(lengths[mine])])
        start, length = int(starts[longest]), int(lengths[longest])
        others = np.delete(values, slice(start, start + length))
        n = max(int(np.isfinite(others).sum()), 1)
        usual = (np.diff(others) == 0) if not zero else (others == 0)
        share = (float(usual.sum()) + 1) / (n + 1)  # one more than seen: never quite zero
        if n >= length and share ** (length - (not zero)) * len(values) < _UNLIKELY:
            yield Oddity(
                "the same value again and again",
                f"{series.names[column]}: a return of {values[start]:.4g} on {length} sessions in "
                f"a row from {series.day(start, column)} to "
                f"{series.day(start + length - 1, column)}: "
                "prices that stood still, or were filled in; use NaN where there is no price.",
            )
            return


def still_sessions(securities: SeriesSet, factors: SeriesSet) -> Iterator[Oddity]:
    """Look for sessions on which two or more series, and all there are, did not move at all."""
    if securities.label.ndim > 1:  # every market has its own sessions
        return
    still = np.ones(len(securities.values), dtype=bool)
    n = np.zeros(len(still), dtype=int)
    chance = 0.0
    for series in (securities, factors):
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
        ("in reverse order of time", _REVERSED, other[::-1]),
        ("made of levels in reverse order of time", _REVERSED, -other[::-1]),
        ("a session late", shifted, np.append(other[1:], np.nan)),
        ("a session early", shifted, np.append(np.nan, other[:-1])),
    ):
        fits = correlation(mean, moved)
        if fits > least and abs(now) < _ASTRAY * fits:
            yield Oddity(
                "a benchmark out of step",
                f"the benchmark {name} seems to be {text}: put right, it correlates {fits:.2f} "
                f"with the securities, as it is {now:.2f}.",
                once=True,
            )
            return
    yield from _too_small(securities, benchmark, now)


def _alike(values: Floats, other: Floats) -> npt.NDArray[np.intp]:
    """Return the columns that may equal another series, judged by few of the rows."""
    rows = np.flatnonzero(np.isfinite(other))
    rows = rows[:: max(len(rows) // _COMMON, 1)]
    if len(rows) < 2:
        return np.empty(0, dtype=np.intp)
    x, y = np.nan_to_num(values[rows]), other[rows] - other[rows].mean()
    x = x - x.mean(axis=0)
    scale = np.sqrt((x * x).sum(axis=0) * (y @ y))
    return np.flatnonzero(y @ x > 0.9 * scale)


def _too_small(securities: SeriesSet, benchmark: SeriesSet, now: float) -> Iterator[Oddity]:
    """Tell shares that follow the benchmark in steps a hundred times too small; bonds do not."""
    if not securities.names:
        return
    size, beside = float(nan_median(securities.size[:, None])[0]), float(benchmark.size[0])
    largest = float(np.fmax.reduce(securities.size))
    if 0 < size < beside / 20 and largest < beside / 10 and now > _FOLLOWS:
        yield Oddity(
            "units that differ",
            f"all securities move by {size:.2g} on a usual day, the benchmark by {beside:.2g}: "
            "were the returns divided by 100 twice?",
            once=True,
        )


def row_mean(values: Floats) -> Floats:
    """Return the mean of each row over what is there; NaN where nothing is."""
    n = np.isfinite(values).sum(axis=1)
    total = np.where(np.isfinite(values), values, 0.0).sum(axis=1)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def correlation(a: Floats, b: Floats) -> float:
    """Return the correlation over common values; NaN where they are too few or do not vary."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < _COMMON:
        return float("nan")
    x, y = a[both] - a[both].mean(), b[both] - b[both].mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale > 0 else float("nan")


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
