"""Single returns that the history of their series makes unlikely.

The tails of returns are those of a power law: beyond the usual, P(|r| > x) falls with x^-alpha,
where alpha is 3 to 4 for shares, and the largest of a series is x times the second largest with a
chance of x^-alpha (Rényi's representation of order statistics). A split that is not applied, a
change of currency or a wrong price stands far above everything else; the largest of heavy tails
does not, however large it is.

References
----------
Hill, B. M. (1975). A simple general approach to inference about the tail of a distribution.
*Annals of Statistics*, 3(5), 1163-1174. Gopikrishnan, P., Meyer, M., Amaral, L. A. N., & Stanley,
H. E. (1998). Inverse cubic law for the distribution of stock price variations. *European Physical
Journal B*, 3(2), 139-140.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.engine.impossible import CODES
from analysis.engine.oddity import Oddity
from analysis.engine.panel import Floats
from analysis.engine.series import SeriesSet

#: A log move this large may be any change of level; smaller ones must suit a split.
_LARGE, _SIGMAS = 0.65, 10.0
#: A log move no history makes likely: e^3 is twentyfold.
_NEVER = 3.0
#: Splits, new shares for one old, that are common enough to be looked for, with their names.
_SPLITS = {1.5: "3 for 2", 4 / 3: "4 for 3", 1.25: "5 for 4", 1.2: "6 for 5", 1.1: "11 for 10"}
#: A move suits a split within so many usual moves of that day, and this share of the split.
_SPLIT_SIGMAS, _SPLIT_SLACK, _SPLIT_SHARE = 3.0, 0.012, 0.25
#: Chance, over all series of a study, that the largest move of a clean one is said; among very
#: many series a split must still be seen.
_LEVEL, _LEAST_LEVEL = 0.03, 3e-4
#: Largest values a series' tail is estimated from, and what the literature has it weighed with.
_TAIL, _FEWEST_TAIL, _ALPHA, _WEIGHT = 0.05, 8, 3.3, 20.0
#: So many splits in one history are looked for together, whole within this share of one.
_SEVERAL, _WHOLE = 4, 0.3
#: Sessions without a return after which a move is one of the whole halt.
_HALT = 5
#: Others that must be there, and the share of a move they must have made at the median.
_FEW_OTHERS, _ALIKE = 2, 0.4


@dataclass(frozen=True, slots=True)
class Jump:
    """A move above all others.

    Attributes
    ----------
    at : int
        Which of the moves.
    distance : float
        Its size, for a fall at most 1.
    split : str or None
        The small split it suits.
    """

    at: int
    distance: float
    split: str | None


def odd_jumps(
    series: SeriesSet, among: Sequence[Floats] = (), *, family: int | None = None
) -> Iterator[Oddity]:
    """Find the single returns of each series that its history makes unlikely.

    Parameters
    ----------
    series
        What is looked at.
    among
        All series over the same sessions, these included: a day on which most of them moved alike
        is no fault of one. Empty where sessions are not common.
    family
        How many series are looked at in all, where these are not all.
    """
    family = family or len(series.names)
    log = series.return_kind == "log"
    with np.errstate(invalid="ignore"):
        sigma = series.sigma * _SIGMAS
        far = (series.low <= -np.minimum(sigma, _LARGE if log else -np.expm1(-_LARGE))) | (
            series.high >= (_LARGE if log else np.expm1(_LARGE))
        )
    for column in map(int, np.flatnonzero(far & (series.sigma > 0))):
        yield from _of_series(series, column, among, family)


def _of_series(
    series: SeriesSet, column: int, among: Sequence[Floats], family: int
) -> Iterator[Oddity]:
    rows, moves = _log_moves(series, column)
    if not len(moves):
        return
    sigma = float(series.sigma[column])
    jump = _alone(rows, moves, sigma, family)
    if jump is None or _of_all(series, int(rows[jump.at]), float(moves[jump.at]), among):
        return
    row = int(rows[jump.at])
    yield Oddity(
        "a single return its history makes unlikely",
        f"{series.names[column]}: {_amount(series.values[row, column], series)} on "
        f"{series.day(row, column)}, {jump.distance / sigma:.0f} times its usual move of "
        f"{sigma:.2%}: {_suits(series, moves, jump)}.",
    )


def _log_moves(series: SeriesSet, column: int) -> tuple[np.ndarray, Floats]:
    """Return the rows with a return, and the returns as log moves, but for a delisting's -1."""
    values = series.values[:, column]
    simple = series.return_kind != "log"
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(np.isfinite(values) & ((values >= -1) | (not simple)))
    moves = values[rows]
    if simple:
        with np.errstate(divide="ignore", invalid="ignore"):
            moves = np.log1p(moves)
        if len(moves) and np.isneginf(moves[-1]):
            return rows[:-1], moves[:-1]
    return rows, moves


def _alone(rows: np.ndarray, moves: Floats, sigma: float, family: int) -> Jump | None:
    """Return the largest move if it, or several of its size, stand far above the rest."""
    size = np.abs(moves)
    halted = np.append(0, np.diff(rows) - 1) >= _HALT
    at = int(np.argmax(np.where(halted, 0.0, size)))
    fall = moves[at] < 0
    distance = float(min(size[at], -np.expm1(-size[at])) if fall else size[at])  # no fall beats -1
    if size[at] >= _NEVER:
        return Jump(at, distance, None)
    split = _small_split(float(moves[at]), sigma)
    if distance < _SIGMAS * sigma or (split is None and size[at] < _LARGE):
        return None
    rest, all_whole = size.copy(), True
    large = size[at] >= _LARGE
    level = max(_LEVEL / family, _LEAST_LEVEL)
    for count in range(1, _SEVERAL + 1 if large else 2):
        largest = int(np.argmax(rest))
        top = rest[largest]
        rest[max(largest - 1, 0) : largest + 2] = 0.0  # and back, the day after
        second = float(rest.max())
        all_whole &= _is_whole(float(top), sigma)
        if second <= 0 or (count > 1 and not all_whole):
            return None
        alpha = _tail(rest)
        chance = (top / second) ** (-count * alpha) * _by_chance(split, sigma, alpha)
        if chance < (level if count == 1 else level / _SEVERAL):
            return Jump(at, distance, split)
    return None


def _by_chance(split: str | None, sigma: float, alpha: float) -> float:
    """Return how often a clean move as large is a fall that suits this split; 1 without one."""
    if split is None:
        return 1.0
    size = float(np.log(next(ratio for ratio, name in _SPLITS.items() if name == split)))
    reach = _reach(size, sigma)
    return float(1 - ((size - reach) / (size + reach)) ** alpha) / 2


def _reach(size: float, sigma: float) -> float:
    """Return how far from a split's log move a move may lie and still suit it."""
    return min(max(_SPLIT_SIGMAS * sigma, _SPLIT_SLACK), _SPLIT_SHARE * size)


def _tail(size: Floats) -> float:
    """Return Hill's estimate of alpha, weighed with what is known of returns."""
    there = np.sort(size[size > 0])[::-1]
    k = max(int(_TAIL * len(there)), _FEWEST_TAIL)
    if len(there) <= k:
        return _ALPHA
    total = float(np.log(there[:k] / there[k]).sum())
    return (k + _WEIGHT) / (total + _WEIGHT / _ALPHA)


def _is_whole(size: float, sigma: float) -> bool:
    """Tell a move that suits a split of a whole number for one, or one for it."""
    ratio = float(np.exp(size))
    away = abs(size - np.log(max(round(ratio), 2)))
    return bool(away <= min(max(_SPLIT_SIGMAS * sigma, _SPLIT_SLACK), _WHOLE / ratio))


def _small_split(move: float, sigma: float) -> str | None:
    """Name the split below 2 for 1 that a fall suits; None if none."""
    for ratio, name in _SPLITS.items():
        size = float(np.log(ratio))
        if abs(move + size) <= _reach(size, sigma):
            return name
    return None


def _of_all(series: SeriesSet, row: int, move: float, among: Sequence[Floats]) -> bool:
    """Tell a day on which the others moved alike: a crash is no fault of one file."""
    others = np.concatenate([values[row].ravel() for values in among]) if among else np.empty(0)
    others = others[np.isfinite(others)]
    if len(others) <= _FEW_OTHERS:
        return False
    if series.return_kind != "log":
        others = np.log1p(np.maximum(others, -0.999999))
    return bool(np.median(others) / move >= _ALIKE)


def _amount(value: float, series: SeriesSet) -> str:
    return f"a log return of {value:+.4g}" if series.return_kind == "log" else f"{value:+,.1%}"


def _suits(series: SeriesSet, moves: Floats, jump: Jump) -> str:
    """Say what would make such a move."""
    at, move = jump.at, float(moves[jump.at])
    if series.return_kind == "log" and np.isclose(move, CODES).any():
        return "this is a code for a missing value in many files; use NaN where there is no return"
    after = float(moves[at + 1]) if at + 1 < len(moves) else 0.0
    before = float(moves[at - 1]) if at else 0.0
    if min(abs(move + after), abs(move + before)) < 0.1 * abs(move):
        return "and back beside it, so one price is probably wrong"
    if jump.split:
        return f"it would suit a split of {jump.split} that is not applied"
    ratio = float(np.exp(min(abs(move), 20.0)))
    if abs(ratio / round(ratio) - 1) < 0.06 and ratio < 50:
        whole = f"{round(ratio)} for 1" if move < 0 else f"1 for {round(ratio)}"
        return f"it would suit a split of {whole} that is not applied, or another currency"
    return "check it: a split that is not applied, a change of currency or a wrong price"
