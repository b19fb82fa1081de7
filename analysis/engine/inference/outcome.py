"""Records of tests: what a test is, what it found, or why it cannot be applied."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from analysis.engine.abnormal import Abnormal, WindowSums, row_events, window_sums
from analysis.engine.inference.assumptions import UNSEEN, Sample, broken_assumptions
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
    """

    __test__ = False

    dependence: Dependence = "overlap"
    form: Form = "auto"
    shrink_scar: bool = False
    resamples: int = 1000
    seed: int = 0
    min_present: float = 1.0


@dataclass(frozen=True, slots=True)
class TestResult:
    """What one test found.

    Attributes
    ----------
    name : str
        Code of the test (METHODS section 6).
    window : tuple of int
        Event days tested, inclusive.
    estimate : float
        The mean (cumulative) abnormal return tested, decimal; NaN for tests without one.
    statistic, p_value : float
        Two-sided p-value.
    df : float or None
        Degrees of freedom of the t reference; None for a normal or an exact reference.
    n_events : int
        Events of the row: distinct (security, day 0) that count in the window.
    null, source : str
        The hypothesis in words; the paper.
    flags : tuple of str
        What to know before believing it: known size failures, p-values out of reach.
    details : mapping of str to float or str
        Ingredients worth printing, such as the average correlation and its form.
    n_partial, n_left_out : int
        Events of the row with a missing day, and usable events that do not count in the window.
    assumes : str
        What the test takes for granted, whether or not these data break it.
    """

    __test__ = False  # not a pytest class

    name: str
    window: Window
    estimate: float
    statistic: float
    p_value: float
    df: float | None
    n_events: int
    null: str
    source: str
    flags: tuple[str, ...] = ()
    details: Mapping[str, float | str] = field(default_factory=dict)
    n_partial: int = 0
    n_left_out: int = 0
    assumes: str = ""

    @property
    def reason(self) -> str:
        """Flags as one line, empty if there are none."""
        return "; ".join(self.flags)


@dataclass(frozen=True, slots=True)
class InapplicableTest:
    """A test that cannot be applied, and why; it keeps tables rectangular.

    Attributes
    ----------
    name, window, n_events, null, source, n_partial, n_left_out, assumes
        As in :class:`TestResult`.
    reason : str
        Why no statistic exists.
    """

    name: str
    window: Window
    n_events: int
    null: str
    source: str
    reason: str
    n_partial: int = 0
    n_left_out: int = 0
    assumes: str = ""

    estimate = float("nan")
    statistic = float("nan")
    p_value = float("nan")
    df = None
    flags = ()

    @property
    def details(self) -> Mapping[str, float | str]:
        """Nothing."""
        return {}


Outcome = TestResult | InapplicableTest


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


def merge(a: State, b: State) -> State:
    """Combine what two disjoint parts of the events contributed."""
    return merge_states({"": a}, {"": b})[""]


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
    ) -> Part:
        """Take the events of one window's row: with every day, or with ``min_present`` of them."""
        options = options or TestOptions()
        share = 1.0 if every_day else options.min_present
        row = row_events(abnormal, window, share)
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


@dataclass(frozen=True, slots=True)
class TestDefinition:
    """A test in pure steps: (prepare a part, merge, settle,) collect a part, merge, finish.

    Attributes
    ----------
    code, title, null, source, reference
        Its name, a name for readers, the hypothesis, the paper and the reference distribution.
    collect : callable
        From a :class:`Part` to a :class:`State`.
    finish : callable
        From the merged state and the :class:`Question` to an outcome.
    prepare : callable or None
        A first pass, from a part to a state.
    settle : callable or None
        From the merged state of the first pass and the :class:`Question` to the few numbers that
        reach ``collect`` as ``part.prepared``; every test with ``prepare`` has it.
    holds_from : int
        Events from which the size of the test is known to hold; fewer are flagged.
    independent : bool
        Whether it takes events as independent, so that events that share sessions are flagged.
    correlated : bool
        Whether it needs residuals of several events together.
    common_dates : bool
        Whether it allows for dependence only between events with the same day 0, so that windows
        that overlap on different dates are flagged.
    any_variance : bool
        Whether it keeps its size when the event itself changes the variance.
    symmetric : bool
        Whether it takes abnormal returns as symmetric about zero.
    every_day : bool
        Whether an event needs every day of the window whatever ``min_present`` (buy-and-hold
        returns, ranks and signs).
    """

    __test__ = False

    code: str
    title: str
    null: str
    source: str
    reference: str
    collect: Callable[[Part], State]
    finish: Callable[[State, Question], Outcome]
    prepare: Callable[[Part], State] | None = None
    settle: Callable[[State, Question], State] | None = None
    holds_from: int = 0
    independent: bool = True
    correlated: bool = False
    common_dates: bool = False
    any_variance: bool = True
    symmetric: bool = False
    every_day: bool = False

    @property
    def assumes(self) -> str:
        """What it takes for granted, in words."""
        known = {
            "events are independent": self.independent,
            "events share all tested sessions or none": self.common_dates,
            "event days vary as estimation days do": not self.any_variance,
            "abnormal returns are symmetric": self.symmetric,
            f"{self.holds_from} events or more": self.holds_from > 0,
        }
        return "; ".join(words for words, assumed in known.items() if assumed)


@dataclass(frozen=True, slots=True)
class Question:
    """One test asked of one window; builds the outcome.

    Attributes
    ----------
    test : TestDefinition
        The test.
    window : tuple of int
        Event days tested, inclusive.
    options : TestOptions
        Choices of the test.
    sample : Sample
        How many events count, and what they show of the test's assumptions.
    """

    test: TestDefinition
    window: Window
    options: TestOptions
    sample: Sample = UNSEEN

    @property
    def n_days(self) -> int:
        """L, the length of the window."""
        return self.window[1] - self.window[0] + 1

    def inapplicable(self, n_events: int, reason: str) -> InapplicableTest:
        """Say why there is no statistic."""
        test = self.test
        return InapplicableTest(
            test.code,
            self.window,
            n_events,
            test.null,
            test.source,
            reason,
            n_partial=self.sample.n_partial,
            n_left_out=self.sample.n_left_out,
            assumes=test.assumes,
        )

    def found(
        self,
        n_events: int,
        *,
        statistic: float,
        p_value: float,
        estimate: float = float("nan"),
        df: float | None = None,
        flags: tuple[str, ...] = (),
        details: Mapping[str, float | str] | None = None,
    ) -> TestResult:
        """Record what was found, with what is known about this test at this N."""
        test = self.test
        return TestResult(
            name=test.code,
            window=self.window,
            estimate=float(estimate),
            statistic=float(statistic),
            p_value=float(p_value),
            df=df,
            n_events=int(n_events),
            null=test.null,
            source=test.source,
            flags=(*flags, *broken_assumptions(test, self.sample, n_events)),
            details=details or {},
            n_partial=self.sample.n_partial,
            n_left_out=self.sample.n_left_out,
            assumes=test.assumes,
        )


def normal_p(statistic: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return float(2 * special.ndtr(-abs(statistic)))


def student_p(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic; normal for infinite degrees of freedom."""
    if np.isinf(df):
        return normal_p(statistic)
    return float(2 * special.stdtr(df, -abs(statistic)))


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
