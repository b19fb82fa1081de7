"""The list of tests, the one function that runs them, and the steps it is made of.

The steps (``prepare``, ``settle``, ``collect``, ``finish``, with ``merge_states`` between them) are
what a study over partitions of the events goes through as well; ``run_test`` is the same in memory.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import cast

import numpy as np

from analysis.engine.abnormal import Abnormal
from analysis.engine.inference import (
    calendar_time,
    dependence,
    grank,
    parametric,
    rank,
    sign,
    skewness,
)
from analysis.engine.inference.dependence import PAIRS_UP_TO
from analysis.engine.inference.outcome import (
    Asked,
    Outcome,
    Part,
    Question,
    State,
    States,
    TestDefinition,
    TestOptions,
    merge_states,
)
from analysis.engine.inference.sessions_shared import events_sharing, tested_sessions
from analysis.engine.panel import Window
from analysis.errors import InputError

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
        Abnormal returns of disjoint sets of events of one study; the events of a security lie in
        one of them, as windows of one series are taken to be perfectly correlated.
    window
        Event days to test, inclusive.
    options
        Choices of the test.

    Raises
    ------
    InputError
        If there is no such test or the window is outside the event window.
    """
    asked = asked_tests([name], [window])
    options = with_form(options or TestOptions(), parts)
    if TESTS[name].correlated and (options.form == "pairs" or parts[0].pairing is not None):
        parts = [Abnormal.join(parts)]
    first_pass = reduce(merge_states, (prepare(asked, part, options) for part in parts))
    prepared = settle(first_pass, options)
    states = reduce(merge_states, (collect(asked, part, options, prepared) for part in parts))
    test = TESTS[name]
    sharing = _sharing(parts, window) if test.independent or test.common_dates else (0, 0)
    return finish(asked[0], states[asked[0]], options, sharing)


def asked_tests(names: Iterable[str], windows: Iterable[Window]) -> tuple[Asked, ...]:
    """Return every pair of test and window.

    Raises
    ------
    InputError
        If there is no such test.
    """
    names, windows = list(names), [(int(start), int(end)) for start, end in windows]
    for name in names:
        if name not in TESTS:
            raise InputError.choice("test", name, TESTS)
    return tuple((name, window) for window in windows for name in names)


def prepare(asked: Iterable[Asked], part: Abnormal, options: TestOptions) -> dict[Hashable, State]:
    """Make the first pass over a part, for the tests that need one."""
    found: dict[Hashable, State] = {}
    for name, window in asked:
        step = TESTS[name].prepare
        if step is not None:
            found[name, window] = step(Part.of(part, window, options))
    return found


def settle(merged: States, options: TestOptions) -> dict[Hashable, State]:
    """Reduce what the first pass over all parts gave to what :func:`collect` needs of it."""
    settled: dict[Hashable, State] = {}
    for asked, state in merged.items():
        name, window = cast("Asked", asked)
        test = TESTS[name]
        if test.settle is not None:
            settled[asked] = test.settle(state, Question(test, window, options))
    return settled


def collect(
    asked: Iterable[Asked], part: Abnormal, options: TestOptions, prepared: States
) -> dict[Hashable, State]:
    """Collect what every test keeps of a part; parts are put together by ``merge_states``."""
    return {
        (name, window): TESTS[name].collect(
            Part.of(part, window, options, prepared.get((name, window)))
        )
        for name, window in asked
    }


def finish(
    asked: Asked, state: State, options: TestOptions, sharing: tuple[int, int] = (0, 0)
) -> Outcome:
    """Turn the merged state of one test into its outcome."""
    test = TESTS[asked[0]]
    counted = sharing if test.independent or test.common_dates else (0, 0)
    return test.finish(state, Question(test, asked[1], options, *counted))


def with_form(options: TestOptions, parts: Sequence[Abnormal]) -> TestOptions:
    """Say how correlations are averaged: pair by pair for few events, else by date."""
    if parts[0].pairing is not None:
        return replace(options, form="pairs")
    return form_for(options, sum(len(part) for part in parts))


def form_for(options: TestOptions, n_events: int) -> TestOptions:
    """Resolve ``form="auto"`` for this many events on one common axis."""
    if options.form != "auto":
        return options
    return replace(options, form="pairs" if n_events <= PAIRS_UP_TO else "date_sums")


def _sharing(parts: Sequence[Abnormal], window: Window) -> tuple[int, int]:
    if len(parts) == 1:
        only = parts[0]
        return only.memo(
            ("sharing", tuple(window)), lambda: events_sharing(tested_sessions(only, window))
        )
    return events_sharing(np.concatenate([tested_sessions(part, window) for part in parts]))
