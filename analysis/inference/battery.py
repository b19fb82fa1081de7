"""The list of tests, and the one function that runs them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from analysis.abnormal import Abnormal, Window
from analysis.errors import InputError
from analysis.inference import parametric, rank
from analysis.inference.outcome import Outcome, Part, TestDefinition, merge

#: Every test across events by its code.
TESTS: dict[str, TestDefinition] = {
    test.code: test
    for test in (
        parametric.CROSS_SECTIONAL_T,
        parametric.PATELL_Z,
        parametric.BMP_T,
        rank.CORRADO_RANK_Z,
        rank.GENERALIZED_SIGN_Z,
    )
}


def run_test(name: str, parts: Sequence[Abnormal], window: Window) -> Outcome:
    """Run one test over events that come in one part or in several.

    Parameters
    ----------
    name
        A code of :data:`TESTS`.
    parts
        Abnormal returns of disjoint sets of events.
    window
        Event days to test, inclusive.

    Raises
    ------
    InputError
        If there is no such test or the window is outside the event window.
    """
    if name not in TESTS:
        raise InputError.choice("test", name, TESTS)
    test = TESTS[name]
    state = reduce(merge, (test.collect(Part.of(part, window)) for part in parts))
    return test.finish(state, window, test)
