"""Single returns that the history of their series makes unlikely.

The tails of returns are those of a power law: beyond the usual, P(|r| > x) falls with x^-alpha,
where alpha is 3 to 4 for shares, and the largest of a series is x times the second largest with a
chance of x^-alpha (Rényi's representation of order statistics). A split that is not applied, a
change of currency or a wrong price stands far above everything else; the largest of heavy tails
does not, however large it is. Splits are weighed in :mod:`analysis.engine.splits`.

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
from analysis.engine.splits import split_at, tail_index

#: A move of so many usual ones is looked at; a log move this large may be any change of level, and
#: a smaller one must suit a split.
_SIGMAS, _LARGE = 10.0, 0.65
#: Log moves no history makes likely: to a twentieth, and to more than five times.
_NEVER, _FIVEFOLD = 3.0, 1.6
#: Chance, over all series of a study, that the largest move of a clean one is said; among very
#: many series a wrong price must still be seen.
_LEVEL, _LEAST_LEVEL = 0.01, 3e-4
#: What the literature has a tail weighed with.
_WEIGHT = 10.0
#: A log move of this size that the next takes back to a tenth is a wrong price, not a lively time.
_BACK, _RETURNED = 0.2, 0.1
#: So many of the largest moves are held against splits.
_SEVERAL = 5
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
    series: SeriesSet,
    among: Sequence[Floats] = (),
    *,
    family: int | None = None,
    beside: Sequence[Floats] = (),
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
    beside
        Other returns of the same rows, of which one may explain a part of a move; those of
        ``among`` if it is empty.
    """
    family = family or len(series.names)
    log = series.return_kind == "log"
    with np.errstate(invalid="ignore"):
        sigma = series.sigma * _SIGMAS
        far = (series.low <= -np.minimum(sigma, _LARGE if log else -np.expm1(-_LARGE))) | (
            series.high >= np.minimum(sigma, _LARGE if log else np.expm1(_LARGE))
        )
    for column in map(int, np.flatnonzero(far & (series.sigma > 0))):
        yield from _of_series(series, column, among, family, beside or among)


def _of_series(
    series: SeriesSet,
    column: int,
    among: Sequence[Floats],
    family: int,
    beside: Sequence[Floats],
) -> Iterator[Oddity]:
    rows, moves = _log_moves(series, column)
    if not len(moves):
        return
    sigma = float(series.sigma[column])
    others = [_as_log(values.reshape(len(values), -1)[rows], series) for values in beside]
    jump = _alone(rows, moves, sigma, family, others)
    if jump is None or _of_all(series, int(rows[jump.at]), float(moves[jump.at]), among):
        return
    row = int(rows[jump.at])
    yield Oddity(
        "a single return its history makes unlikely",
        f"{series.names[column]}: {_amount(series.values[row, column], series)} on "
        f"{series.day(row, column)}, {jump.distance / sigma:.0f} times its usual move of "
        f"{sigma:.2%}: {_suits(series, moves, jump)}.",
    )


def _as_log(values: Floats, series: SeriesSet) -> Floats:
    return values if series.return_kind == "log" else np.log1p(np.maximum(values, -0.999999))


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


def _alone(
    rows: np.ndarray, moves: Floats, sigma: float, family: int, beside: Sequence[Floats]
) -> Jump | None:
    """Return the largest move that suits a split, or the largest if it stands far above all."""
    size = np.abs(moves)
    distance = np.where(moves < 0, np.minimum(size, -np.expm1(-size)), size)  # no fall beats -1
    halted = np.append(0, np.diff(rows) - 1) >= _HALT
    far = np.flatnonzero((distance >= _SIGMAS * sigma) & ~halted)
    if not len(far):
        return None
    far = far[np.argsort(-size[far])][:_SEVERAL]
    at = int(far[0])
    if size[at] >= _NEVER or moves[at] >= _FIVEFOLD:
        return Jump(at, float(distance[at]), None)
    for one in map(int, far):
        if size[one] >= _BACK and _comes_back(moves, one):
            return Jump(one, float(distance[one]), None)
    alike = True  # beyond a large move that suits no split, others of the tail may suit by chance
    for one in map(int, far):
        split = split_at(moves, one, beside)
        if split and (alike or size[one] < _LARGE):
            return Jump(one, float(distance[one]), split)
        alike &= split is not None
    if size[at] < _LARGE or _chance(size, at) >= max(_LEVEL / family, _LEAST_LEVEL):
        return None
    return Jump(at, float(distance[at]), None)


def _comes_back(moves: Floats, at: int) -> bool:
    """Tell a move that the one after, or before, takes back."""
    beside = np.append(moves[max(at - 1, 0) : at], moves[at + 1 : at + 2])
    return bool((np.abs(moves[at] + beside) < _RETURNED * abs(moves[at])).any())


def _chance(size: Floats, at: int) -> float:
    """Return how often the largest of a tail stands so far above the second largest."""
    rest = size.copy()
    rest[max(at - 1, 0) : at + 2] = 0.0  # and back, the day after
    second = float(rest.max())
    return float((size[at] / second) ** -tail_index(rest, _WEIGHT)) if second > 0 else 1.0


def _of_all(series: SeriesSet, row: int, move: float, among: Sequence[Floats]) -> bool:
    """Tell a day on which the others moved alike: a crash is no fault of one file."""
    others = np.concatenate([values[row].ravel() for values in among]) if among else np.empty(0)
    others = others[np.isfinite(others)]
    if len(others) <= _FEW_OTHERS:
        return False
    return bool(np.median(_as_log(others, series)) / move >= _ALIKE)


def _amount(value: float, series: SeriesSet) -> str:
    return f"a log return of {value:+.4g}" if series.return_kind == "log" else f"{value:+,.1%}"


def _suits(series: SeriesSet, moves: Floats, jump: Jump) -> str:
    """Say what would make such a move."""
    at, move = jump.at, float(moves[jump.at])
    if series.return_kind == "log" and np.isclose(move, CODES).any():
        return "this is a code for a missing value in many files; use NaN where there is no return"
    if _comes_back(moves, at):
        return "and back beside it, so one price is probably wrong"
    if jump.split:
        return f"it would suit a split of {jump.split} that is not applied"
    ratio = float(np.exp(min(abs(move), 20.0)))
    # a day's own move of 6 % lies on a split of whole shares; few are larger than 50 for 1
    if abs(ratio / round(ratio) - 1) < 0.06 and ratio < 50:
        whole = f"{round(ratio)} for 1" if move < 0 else f"1 for {round(ratio)}"
        return f"it would suit a split of {whole} that is not applied, or another currency"
    return "check it: a split that is not applied, a change of currency or a wrong price"
