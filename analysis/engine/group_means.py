"""Groups of events by a column, and the difference between two of them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine.inference.alternative import one_tail
from analysis.engine.inference.clustered import clustered_mean
from analysis.engine.panel import Window
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.engine.gathered import GatheredEvents
    from analysis.engine.results import EventStudyResult

    Study: TypeAlias = EventStudyResult | GatheredEvents

Floats = npt.NDArray[np.float64]
#: With the group as it is makes 10,000, so that the smallest p is 1e-4.
_PERMUTATIONS = 9_999
#: Groups up to which every pair is compared; of more, each with the rest of the events.
MOST_PAIRS = 3
#: Names tables give to columns of their own.
_TAKEN = ("All", "Difference", "all others", "Window")


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference between the mean CARs of two groups.

    Attributes
    ----------
    first, second : str
        The groups; the estimate is the first less the second.
    estimate, se, statistic, df, p_value : float
        Welch's t on the means of dates: each date of a group counts once.
    low, high : float
        95 % interval.
    clustered_p : float
        p of the difference of means of events, clustered by date.
    permutation_p : float
        Labels permuted over dates; NaN where a date has events of both groups.
    n_dates : tuple of int
        Dates of the two groups.
    """

    first: str
    second: str
    estimate: float
    se: float
    statistic: float
    df: float
    p_value: float
    low: float
    high: float
    clustered_p: float
    permutation_p: float
    n_dates: tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class Groups:
    """Mean CARs of groups of events.

    Attributes
    ----------
    column : str
        What the events are grouped by.
    window : tuple of int
        Event days cumulated.
    table : DataFrame
        Index: the groups; columns estimate, se (by date), statistic, p, low, high, n_events,
        n_dates, alternative (of p).
    differences : tuple of Difference
        Of every pair of up to three groups; of more, each group against all others; two-sided.
    members : dict of str to ndarray of bool
        Which distinct events are in each group.
    """

    column: str
    window: Window
    table: pd.DataFrame
    differences: tuple[Difference, ...]
    members: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def differences_frame(self) -> pd.DataFrame:
        """Return one row a difference."""
        return pd.DataFrame(
            [{name: getattr(d, name) for name in Difference.__slots__} for d in self.differences]
        )

    def __repr__(self) -> str:
        return f"{self.table.to_string()}\n{self.differences_frame().to_string(index=False)}"

    def _repr_html_(self) -> str:
        shown = self.differences_frame().to_html(index=False, float_format="{:.4f}".format)
        return str(self.table.to_html(float_format="{:.4f}".format)) + str(shown)


def group_by(result: Study, column: str, window: Window = (0, 0), *, seed: int = 0) -> Groups:
    """Group the distinct usable events by a column of the events frame; see ``Groups``.

    Raises
    ------
    InputError
        If the events have no such column, or it does not give two groups.

    Notes
    -----
    Events without a value are in no group. Means of groups weigh events, differences weigh dates:
    Welch's t takes the mean of each date once, so that events of one date do not count as several.

    References
    ----------
    Welch, B. L. (1947). The generalization of Student's problem when several different population
    variances are involved. Biometrika 34, 28-35.
    """
    label = _labels(result, column)
    names = sorted(set(label[label != ""]))
    car, row = result.window_sums_of_distinct(window).car, result.dates
    side = result.spec.alternative
    members = {name: np.asarray(label == name) for name in names}
    if len(members) < 2:
        many = "1 group" if members else "0 groups"
        raise InputError(
            "column", column, f"it gives {many} among the usable events.",
            "Name a column with two values or more.",
        )  # fmt: skip
    rows = {}
    for name, inside in members.items():
        found = clustered_mean(car[inside], row[inside])
        half = float(scipy.special.stdtrit(max(found.df, 1), 0.975)) * found.se
        rows[name] = {
            "estimate": found.estimate, "se": found.se, "statistic": found.statistic,
            "p": one_tail(found.p_value, found.statistic, side),
            "low": found.estimate - half, "high": found.estimate + half,
            "n_events": found.n, "n_dates": found.n_clusters, "alternative": side,
        }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(column)
    some: list[tuple[str, str, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]
    if len(members) <= MOST_PAIRS:
        some = [(a, b, members[a], members[b]) for a, b in combinations(members, 2)]
    else:
        known = np.asarray(label != "")
        some = [(a, "all others", inside, known & ~inside) for a, inside in members.items()]
    differences = tuple(_difference(*pair, car, row, seed) for pair in some)
    return Groups(column, window, table, differences, members)


def _labels(result: Study, column: str) -> npt.NDArray[np.object_]:
    """Return the name of the group of every distinct event; empty where it has none."""
    events = result.events
    if events is None or not isinstance(column, Hashable) or column not in events:
        known = [] if events is None else [str(name) for name in events.columns]
        raise InputError.choice(
            "column", column, known, otherwise="It must be a column of the events frame."
        )
    values = events[column].to_numpy(dtype=object)[result.rows]
    texts = ["" if _is_missing(value) else _name(value, column) for value in values]
    return np.array(texts, dtype=object)[result.distinct_positions]


def _is_missing(value: object) -> bool:
    return value is None or (not isinstance(value, list | tuple | set | dict) and pd.isna(value))  # type: ignore[call-overload]


def _name(value: object, column: str) -> str:
    """Return the name of a group in one line; it is none that tables have for columns of theirs."""
    text = " ".join(str(value).split())
    return f"{text} ({column})" if text in _TAKEN else text


def _difference(
    first: str,
    second: str,
    a: npt.NDArray[np.bool_],
    b: npt.NDArray[np.bool_],
    car: Floats,
    row: npt.NDArray[np.intp],
    seed: int,
) -> Difference:
    means = [_date_means(car[inside], row[inside]) for inside in (a, b)]
    n = [len(m) for m in means]
    nan = float("nan")
    clustered = _clustered_p(car, row, a, b)
    if min(n) < 2:
        gap = float(means[0].mean() - means[1].mean()) if min(n) else nan
        return Difference(first, second, gap, nan, nan, nan, nan, nan, nan, clustered, nan,
                          (n[0], n[1]))  # fmt: skip
    variance = [float(m.var(ddof=1)) / len(m) for m in means]
    gap, se = float(means[0].mean() - means[1].mean()), float(np.sqrt(sum(variance)))
    if not se > 0:
        return Difference(first, second, gap, nan, nan, nan, nan, nan, nan, clustered, nan,
                          (n[0], n[1]))  # fmt: skip
    df = sum(variance) ** 2 / sum(v**2 / (k - 1) for v, k in zip(variance, n, strict=True))
    half = float(scipy.special.stdtrit(df, 0.975)) * se
    p = float(2 * scipy.special.stdtr(df, -abs(gap / se)))
    return Difference(
        first, second, gap, se, gap / se, df, p, gap - half, gap + half, clustered,
        _permutation_p(means, row, a, b, car, seed), (n[0], n[1]),
    )  # fmt: skip


def _date_means(car: Floats, row: npt.NDArray[np.intp]) -> Floats:
    keep = np.isfinite(car)
    _, which = np.unique(row[keep], return_inverse=True)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.bincount(which, car[keep]) / np.bincount(which))


def _clustered_p(
    car: Floats, row: npt.NDArray[np.intp], a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]
) -> float:
    """Test the difference of means of events: OLS on a dummy, clustered by date, G - 1 df."""
    keep = (a | b) & np.isfinite(car)
    y, dummy = car[keep], a[keep].astype(float)
    if not 0 < dummy.sum() < len(dummy) or len(y) < 3:
        return float("nan")
    x = np.column_stack([np.ones(len(y)), dummy])
    _, which = np.unique(row[keep], return_inverse=True)
    inverse = np.linalg.inv(x.T @ x)
    beta = inverse @ (x.T @ y)
    scores = np.zeros((which.max() + 1, 2))
    np.add.at(scores, which, x * (y - x @ beta)[:, None])
    g, n = len(scores), len(y)
    if g < 3:
        return float("nan")
    factor = g / (g - 1) * (n - 1) / (n - 2)
    se = np.sqrt(factor * (inverse @ (scores.T @ scores) @ inverse)[1, 1])
    return float(2 * scipy.special.stdtr(g - 1, -abs(beta[1] / se))) if se > 0 else float("nan")


def _permutation_p(
    means: list[Floats],
    row: npt.NDArray[np.intp],
    a: npt.NDArray[np.bool_],
    b: npt.NDArray[np.bool_],
    car: Floats,
    seed: int,
) -> float:
    """Permute labels over dates; a date with events of both groups has no single label."""
    there = np.isfinite(car)
    if len(np.intersect1d(row[a & there], row[b & there])):
        return float("nan")
    every, n = np.concatenate(means), len(means[0])
    observed = abs(means[0].mean() - means[1].mean())
    shuffled = np.random.default_rng(seed).permuted(
        np.broadcast_to(every, (_PERMUTATIONS, len(every))), axis=1
    )
    gaps = np.abs(shuffled[:, :n].mean(axis=1) - shuffled[:, n:].mean(axis=1))
    hits = int((gaps >= observed - 1e-12 * np.abs(every).sum()).sum())
    return (1 + hits) / (_PERMUTATIONS + 1)
