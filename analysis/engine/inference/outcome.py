"""Records of tests: what a test is, what it found, or why it cannot be applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy

from analysis.engine.inference.alternative import Alternative, one_tail
from analysis.engine.inference.assumptions import UNSEEN, Sample, broken_assumptions
from analysis.engine.inference.states import Part, State
from analysis.engine.inference.states import TestOptions as TestOptions
from analysis.engine.panel import Window


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
        The p-value is two-sided unless ``alternative`` says otherwise.
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
    alternative : str
        ``"two-sided"``, or the direction fixed beforehand: ``"greater"`` or ``"less"``.
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
    alternative: Alternative = "two-sided"

    @property
    def reason(self) -> str:
        """Flags as one line, empty if there are none."""
        return "; ".join(self.flags)


@dataclass(frozen=True, slots=True)
class InapplicableTest:
    """A test that cannot be applied, and why; it keeps tables rectangular.

    Attributes
    ----------
    name, window, n_events, null, source, n_partial, n_left_out, assumes, alternative
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
    alternative: Alternative = "two-sided"

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
    windows_apart : bool
        Whether it takes events as dependent through shared sessions only, so that it rejects too
        seldom where long tested windows lie in the estimation windows of other events.
    full_days : bool
        Whether it takes averages of estimation days as averages of as many events as are tested,
        so that it rejects too seldom where estimation days are missing.
    every_day : bool
        Whether an event needs every day of the window whatever ``min_present`` (buy-and-hold
        returns, ranks and signs).
    scaled : bool
        Whether it needs the estimation days of every event: standard errors, residuals, ranks.
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
    windows_apart: bool = False
    full_days: bool = False
    every_day: bool = False
    scaled: bool = True

    @property
    def assumes(self) -> str:
        """What it takes for granted, in words."""
        known = {
            "events are independent": self.independent,
            "events share all tested sessions or none": self.common_dates,
            "event days vary as estimation days do": not self.any_variance,
            "abnormal returns are symmetric": self.symmetric,
            f"{self.holds_from} events or more": self.holds_from > 0,
            "long tested windows lie outside the estimation windows of other events": (
                self.windows_apart
            ),
            "estimation days have values of as many events as the tested ones": self.full_days,
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
            alternative=self.options.alternative,
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
        tails: tuple[float, float] | None = None,
    ) -> TestResult:
        """Record what was found, with what is known about this test at this N.

        Parameters
        ----------
        p_value
            Two-sided.
        tails
            Chances of a statistic this small or smaller, and this large or larger, where the
            reference is not symmetric; left out, one-sided p-values are halves of the two-sided.
        """
        test, alternative = self.test, self.options.alternative
        if tails is None or alternative == "two-sided":
            p_value = one_tail(float(p_value), float(statistic), alternative)
        else:
            p_value = tails[1] if alternative == "greater" else tails[0]
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
            alternative=self.options.alternative,
        )


def normal_p(statistic: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return float(2 * scipy.special.ndtr(-abs(statistic)))


def student_p(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic; normal for infinite degrees of freedom."""
    if np.isinf(df):
        return normal_p(statistic)
    return float(2 * scipy.special.stdtr(df, -abs(statistic)))
