"""Records of tests: what a test is, what it found, or why it cannot be applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import special

from analysis.abnormal import Abnormal, Window, WindowSums, window_sums

Floats = npt.NDArray[np.float64]


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
        Observations with a value that were used.
    null, source : str
        The hypothesis in words; the paper.
    flags : tuple of str
        What to know before believing it: known size failures, p-values out of reach.
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

    @property
    def reason(self) -> str:
        """Flags as one line, empty if there are none."""
        return "; ".join(self.flags)


@dataclass(frozen=True, slots=True)
class InapplicableTest:
    """A test that cannot be applied, and why; it keeps tables rectangular.

    Attributes
    ----------
    name, window, n_events, null, source
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

    estimate = float("nan")
    statistic = float("nan")
    p_value = float("nan")
    df = None
    flags = ()


Outcome = TestResult | InapplicableTest


@dataclass(frozen=True, eq=False)
class State:
    """What a test keeps of a part of the events; parts are merged in any order.

    Attributes
    ----------
    gathered : dict of str to ndarray
        One value per event; merging appends.
    summed : dict of str to ndarray
        Sums over events; merging adds.
    """

    gathered: dict[str, Floats] = field(default_factory=dict)
    summed: dict[str, Floats] = field(default_factory=dict)


def merge(a: State, b: State) -> State:
    """Combine what two disjoint parts of the events contributed."""
    return State(
        gathered={k: np.concatenate([v, b.gathered[k]]) for k, v in a.gathered.items()},
        summed={k: v + b.summed[k] for k, v in a.summed.items()},
    )


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the events and the window to test.

    Attributes
    ----------
    abnormal : Abnormal
        Abnormal returns of these events.
    window : tuple of int
        Event days tested, inclusive.
    sums : WindowSums
        Their sums over the window.
    """

    abnormal: Abnormal
    window: Window
    sums: WindowSums

    @classmethod
    def of(cls, abnormal: Abnormal, window: Window) -> Part:
        """Build the part for one window."""
        return cls(abnormal, window, window_sums(abnormal, window))


@dataclass(frozen=True, slots=True)
class TestDefinition:
    """A test in three pure steps: collect a part, merge parts, finish.

    Attributes
    ----------
    code, title, null, source, reference
        Its name, a name for readers, the hypothesis, the paper and the reference distribution.
    collect : callable
        From a :class:`Part` to a :class:`State`.
    finish : callable
        From the merged state, the window and this definition to an outcome.
    """

    __test__ = False

    code: str
    title: str
    null: str
    source: str
    reference: str
    collect: Callable[[Part], State]
    finish: Callable[[State, Window, TestDefinition], Outcome]

    def inapplicable(self, window: Window, n_events: int, reason: str) -> InapplicableTest:
        """Say why there is no statistic."""
        return InapplicableTest(self.code, window, n_events, self.null, self.source, reason)

    def found(
        self,
        window: Window,
        n_events: int,
        *,
        statistic: float,
        p_value: float,
        estimate: float = float("nan"),
        df: float | None = None,
        flags: tuple[str, ...] = (),
    ) -> TestResult:
        """Record what was found."""
        return TestResult(
            name=self.code,
            window=window,
            estimate=float(estimate),
            statistic=float(statistic),
            p_value=float(p_value),
            df=df,
            n_events=int(n_events),
            null=self.null,
            source=self.source,
            flags=flags,
        )


def normal_p(statistic: float) -> float:
    """Two-sided p-value of a standard normal statistic."""
    return float(2 * special.ndtr(-abs(statistic)))


def student_p(statistic: float, df: float) -> float:
    """Two-sided p-value of a t statistic."""
    return float(2 * special.stdtr(df, -abs(statistic)))
