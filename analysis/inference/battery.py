"""The list of tests, and the one function that runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from analysis.abnormal import Abnormal
from analysis.errors import InputError
from analysis.inference import calendar_time, dependence, grank, parametric, rank, sign, skewness
from analysis.inference.outcome import (
    Outcome,
    Part,
    Question,
    State,
    TestDefinition,
    TestOptions,
    merge,
)
from analysis.inference.sessions_shared import events_sharing, tested_sessions
from analysis.panel import Window

#: Every test across events by its code.
TESTS: dict[str, TestDefinition] = {
    test.code: test
    for test in (
        parametric.CROSS_SECTIONAL_T,
        parametric.CRUDE_DEPENDENCE_T,
        parametric.J1,
        parametric.J2,
        parametric.PATELL_Z,
        dependence.ADJUSTED_PATELL_Z,
        parametric.BMP_T,
        dependence.KOLARI_PYNNONEN_T,
        skewness.SKEWNESS_ADJUSTED_T,
        parametric.ABHAR_T,
        skewness.SKEWNESS_ADJUSTED_BHAR_T,
        rank.CORRADO_RANK_Z,
        rank.CORRADO_ZIVNEY_Z,
        rank.CORRADO_ZIVNEY_ADJUSTED_Z,
        rank.CORRADO_ZIVNEY_SIGN_Z,
        grank.GRANK_T,
        grank.GRANK_Z,
        sign.SIGN_Z,
        sign.GENERALIZED_SIGN_Z,
        sign.WILCOXON,
        calendar_time.CALENDAR_TIME_T,
    )
}

#: The tests a study prints unless told otherwise: one of each kind.
DEFAULT_TESTS = (
    "cross_sectional_t",
    "patell_z",
    "bmp_t",
    "corrado_rank_z",
    "generalized_sign_z",
)


def run_test(
    name: str,
    parts: Sequence[Abnormal],
    window: Window,
    options: TestOptions | None = None,
) -> Outcome:
    """Run one test over events that come in one part or in several.

    Parameters
    ----------
    name
        A code of :data:`TESTS`.
    parts
        Abnormal returns of disjoint sets of events of one study.
    window
        Event days to test, inclusive.
    options
        Choices of the test.

    Raises
    ------
    InputError
        If there is no such test or the window is outside the event window.
    """
    if name not in TESTS:
        raise InputError.choice("test", name, TESTS)
    test = TESTS[name]
    options = _resolved(options or TestOptions(), parts)
    if test.correlated and (options.form == "pairs" or parts[0].pairing is not None):
        parts = [Abnormal.join(parts)]
    prepared = State()
    if test.prepare is not None:
        prepared = reduce(merge, (test.prepare(Part.of(p, window, options)) for p in parts))
    states = (test.collect(Part.of(part, window, options, prepared)) for part in parts)
    sharing = _sharing(parts, window) if test.independent or test.common_dates else (0, 0)
    return test.finish(reduce(merge, states), Question(test, window, options, *sharing))


def _resolved(options: TestOptions, parts: Sequence[Abnormal]) -> TestOptions:
    if parts[0].pairing is not None:
        return replace(options, form="pairs")
    if options.form != "auto":
        return options
    few = sum(len(part) for part in parts) <= dependence.PAIRS_UP_TO
    return replace(options, form="pairs" if few else "date_sums")


def _sharing(parts: Sequence[Abnormal], window: Window) -> tuple[int, int]:
    if len(parts) == 1:
        only = parts[0]
        return only.memo(
            ("sharing", tuple(window)), lambda: events_sharing(tested_sessions(only, window))
        )
    return events_sharing(np.concatenate([tested_sessions(part, window) for part in parts]))
