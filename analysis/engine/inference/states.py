"""What a test keeps of a part of the events, and how parts are put together again."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.engine.abnormal import Abnormal, WindowSums, row_events, window_sums
from analysis.engine.inference.alternative import Alternative
from analysis.engine.panel import Window

Floats = npt.NDArray[np.float64]
Dependence = Literal["overlap", "all_pairs"]
Form = Literal["auto", "pairs", "date_sums"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOptions:
    """Choices some of the tests have.

    Attributes
    ----------
    dependence : str
        ``"overlap"``: correlations are weighted by the sessions two tested windows share;
        ``"all_pairs"``: every pair counts fully, right for one common date only.
    form : str
        How correlations are averaged: ``"pairs"`` (over common sessions of each pair),
        ``"date_sums"`` (sums by date with each window's own mean and norm), ``"auto"`` (pairs up
        to 100 events, and on axes that differ).
    shrink_scar : bool
        Whether GRANK multiplies the re-standardised SCAR by sqrt(1 - r).
    resamples : int
        Bootstrap resamples of the skewness-adjusted test of buy-and-hold returns.
    seed : int
        Seed of the bootstrap.
    min_present : float
        Share of the days of a window an event needs to count in it.
    alternative : str
        ``"two-sided"``, or the direction fixed beforehand: ``"greater"`` or ``"less"`` than zero.
    """

    __test__ = False

    dependence: Dependence = "overlap"
    form: Form = "auto"
    shrink_scar: bool = False
    resamples: int = 1000
    seed: int = 0
    min_present: float = 1.0
    alternative: Alternative = "two-sided"


@dataclass(frozen=True, eq=False)
class State:
    """What a test keeps of a part of the events; parts are merged in any order.

    Attributes
    ----------
    gathered : dict of str to ndarray
        One value per event; merging appends.
    summed : dict of str to ndarray
        Sums over events by day or by date; merging adds.
    """

    gathered: dict[str, Floats] = field(default_factory=dict)
    summed: dict[str, Floats] = field(default_factory=dict)


#: A question: the code of a test and a window.
Asked = tuple[str, Window]
#: States of several questions.
States = Mapping[Hashable, State]


def merge_states(a: States, b: States) -> dict[Hashable, State]:
    """Combine the states of several questions; arrays that questions share stay shared.

    Parameters
    ----------
    a, b
        States of two disjoint parts of the events, for the same questions; those of ``a`` come
        first in what is gathered.
    """
    made: dict[tuple[str, int, int], Floats] = {}

    def once(how: str, x: Floats, y: Floats) -> Floats:
        key = (how, id(x), id(y))
        if key not in made:
            made[key] = np.concatenate([x, y]) if how == "gathered" else np.asarray(x + y)
        return made[key]

    return {
        asked: State(
            gathered={k: once("gathered", v, b[asked].gathered[k]) for k, v in x.gathered.items()},
            summed={k: once("summed", v, b[asked].summed[k]) for k, v in x.summed.items()},
        )
        for asked, x in a.items()
    }


@dataclass(frozen=True, eq=False)
class Part:
    """Events of one row and the question asked of them.

    Attributes
    ----------
    abnormal : Abnormal
        Abnormal returns of the events that count in the window, and of no other.
    window : tuple of int
        Event days tested, inclusive.
    sums : WindowSums
        Their sums over the window.
    options : TestOptions
        Choices of the test.
    prepared : State
        What a first pass over all events came to, for tests that need one.
    """

    abnormal: Abnormal
    window: Window
    sums: WindowSums
    options: TestOptions
    prepared: State

    @classmethod
    def of(
        cls,
        abnormal: Abnormal,
        window: Window,
        options: TestOptions | None = None,
        prepared: State | None = None,
        *,
        every_day: bool = False,
        scaled: bool = False,
    ) -> Part:
        """Take the events of one window's row: with every day, or with ``min_present`` of them.

        ``scaled`` leaves out those without a standard error, which a model that estimates nothing
        allows.
        """
        options = options or TestOptions()
        share = 1.0 if every_day else options.min_present
        row = row_events(abnormal, window, share)
        if scaled and not np.isfinite(row.fit.sigma).all():
            row = row.memo("scaled", lambda: row.take(np.flatnonzero(np.isfinite(row.fit.sigma))))
        return cls(row, window, window_sums(row, window, share), options, prepared or State())

    def totals(self, **values: Floats) -> dict[str, Floats]:
        """Sum what :func:`n_used` and :func:`mean_car` need, and further values, over the row.

        Returns
        -------
        dict of str to ndarray of shape ()
            ``n_used``, ``car``, and each of ``values``.
        """
        found = {"n_used": np.array(float(len(self.abnormal)))}
        summed = {"car": self.sums.car, **values}
        return found | {name: np.array(value.sum()) for name, value in summed.items()}

    def sar_variance(self) -> Floats:
        """Variance df/(df - 2) of a standardised abnormal return, one value per event."""
        return self.abnormal.memo("sar_variance", lambda: t_variance(self.abnormal.fit.df))


def n_used(state: State) -> int:
    """Events of the row; see :meth:`Part.totals`."""
    return int(state.summed["n_used"])


def mean_car(state: State) -> float:
    """Mean CAR over the events of the row; NaN if there is none."""
    n = float(state.summed["n_used"])
    return float(state.summed["car"]) / n if n else float("nan")


def t_variance(df: Floats) -> Floats:
    """Variance df/(df-2) of a t variable; 1 for infinite df, NaN for 2 or fewer."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isinf(df), 1.0, np.where(df > 2, df / (df - 2), np.nan))
