"""The list of tests, the one function that runs them, and the steps it is made of.

The steps (``prepare``, ``settle``, ``collect``, ``finish``, with ``merge_states`` between them) are
what a study over partitions of the events goes through as well; ``run_test`` is the same in memory.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from typing import cast

from analysis.engine.abnormal import Abnormal
from analysis.engine.inference import (
    calendar_time,
    dependence,
    grank,
    jackknife,
    lamb,
    parametric,
    rank,
    sign,
    skewness,
)
from analysis.engine.inference.dependence import PAIRS_UP_TO
from analysis.engine.inference.outcome import (
    Outcome,
    Question,
    TestDefinition,
    TestOptions,
)
from analysis.engine.inference.row_sample import collect_sample, finish_sample
from analysis.engine.inference.states import (
    Asked,
    Part,
    State,
    States,
    merge_states,
)
from analysis.engine.panel import Window
from analysis.errors import InputError

#: Every test across events by its code.
TESTS: dict[str, TestDefinition] = {
    test.code: test
    for test in (
        parametric.CROSS_SECTIONAL_T,
        parametric.CRUDE_DEPENDENCE_T,
        lamb.LAMB_T,
        parametric.J1,
        parametric.J2,
        parametric.PATELL_Z,
        dependence.ADJUSTED_PATELL_Z,
        parametric.BMP_T,
        dependence.KOLARI_PYNNONEN_T,
        skewness.SKEWNESS_ADJUSTED_T,
        parametric.ABHAR_T,
        skewness.SKEWNESS_ADJUSTED_BHAR_T,
        jackknife.JACKKNIFE_T,
        jackknife.STANDARDISED_JACKKNIFE_T,
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

#: Key of the states of samples, with the window and whether events need every day and a scale.
SAMPLE = "sample"

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
    return finish(asked[0], states, options)


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
            test = TESTS[name]
            found[name, window] = step(
                Part.of(part, window, options, every_day=test.every_day, scaled=test.scaled)
            )
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
    """Collect what every test keeps of a part, and what its events show of its assumptions.

    Parts are put together by ``merge_states``.
    """
    found: dict[Hashable, State] = {}
    for name, window in asked:
        test = TESTS[name]
        known = prepared.get((name, window))
        row = {"every_day": test.every_day, "scaled": test.scaled}
        found[name, window] = test.collect(Part.of(part, window, options, known, **row))
        if (SAMPLE, window, *row.values()) not in found:
            found[SAMPLE, window, *row.values()] = collect_sample(part, window, options, **row)
    return found


def finish(asked: Asked, states: States, options: TestOptions) -> Outcome:
    """Turn the merged states of one test and of its sample into its outcome."""
    test, window = TESTS[asked[0]], asked[1]
    sample = finish_sample(states[SAMPLE, window, test.every_day, test.scaled], window)
    return test.finish(states[asked], Question(test, window, options, sample))


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
