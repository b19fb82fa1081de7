"""Who is right? What each program prints for a figure, and which rule gives a printed number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.engine.conventions import CONVENTIONS
from analysis.engine.event_rules import EventRule, event_figures
from analysis.engine.inference import TESTS, InapplicableTest
from analysis.engine.panel import Window
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult


def equal_digits(value: float, printed: str) -> int | None:
    """Return how many printed decimals a value agrees with; None if not even the whole part."""
    text = printed.strip().lstrip("+")
    decimals = len(text.partition(".")[2])
    for places in range(decimals, -1, -1):
        unit = 10.0**-places
        target = round(float(text), places) if places < decimals else float(text)
        if math.isfinite(value) and abs(value - target) <= 0.5000001 * unit:
            return places
    return None


def explain(
    result: EventStudyResult, test: str, window: Window, *, printed: str | float | None = None
) -> pd.DataFrame:
    """Say what each program prints for a test, and which rule gives a printed number.

    Parameters
    ----------
    test
        Code of a test across events, ``aar`` or ``caar``; or ``car`` (``ar``) and ``car_t`` of
        single events. ``_percent`` after a mean or CAR is its figure in percent, ``.p`` after a
        test its p-value, ``car_t.var_car`` the variance.
    window
        Event days, inclusive.
    printed
        A number another program prints, best as text so that its digits count.

    Returns
    -------
    DataFrame
        One row for each rule that has this figure, the project's own first: convention, event_id
        and security (empty for the study), value, equal_decimals, gives_it, differs, used_by,
        known_error. With ``printed``, rows that give it come first and combinations of the rules of
        single events are searched, too.

    Raises
    ------
    InputError
        If ``printed`` is no number or the test is unknown.
    """
    text = None if printed is None else _number_text(printed)
    rows = list(_candidates(result, test, window, search=text is not None))
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    if text is None:
        return frame.drop(columns=["equal_decimals", "gives_it"])
    wanted = len(text.partition(".")[2])
    digits = [equal_digits(float(value), text) for value in frame["value"]]
    frame["equal_decimals"] = pd.array(digits, dtype="Int64")
    frame["gives_it"] = [found == wanted for found in digits]
    first = frame["convention"].eq("ours")
    return frame.assign(ours=first).sort_values(
        ["gives_it", "ours"], ascending=False, kind="stable"
    ).drop(columns="ours").reset_index(drop=True)  # fmt: skip


#: What of single events may be asked for, and the column of its figures.
_OF_EVENTS = {"ar": "car", "car": "car", "ar_percent": "car", "car_percent": "car",
              "ar_t": "t", "car_t": "t"}  # fmt: skip
_MEANS = ("aar", "caar", "aar_percent", "caar_percent")
_EVENT_FIGURES = ("car", "var_ar", "var_car", "t", "p")
_COLUMNS = [
    "convention", "event_id", "security", "value", "equal_decimals", "gives_it", "differs",
    "used_by", "known_error",
]  # fmt: skip


def _number_text(printed: str | float) -> str:
    text = str(printed).strip().replace("−", "-")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError("printed", printed, "it must be a number.", "For example -0.50.")
    return text


def _candidates(
    result: EventStudyResult, test: str, window: Window, *, search: bool
) -> Iterator[tuple[object, ...]]:
    name, dot, figure = test.partition(".")
    if name in _OF_EVENTS:
        if dot and figure not in _EVENT_FIGURES:
            raise InputError.choice("test", test, [f"{name}.{f}" for f in _EVENT_FIGURES])
        scale = 100.0 if name.endswith("_percent") else 1.0
        figure = figure or _OF_EVENTS[name]
        for label, event, security, value, *rest in _event_candidates(
            result, figure, window, search=search and figure != "car"
        ):
            yield label, event, security, scale * value, *rest
        return
    if dot and figure != "p":
        raise InputError.choice("test", test, [f"{name}.p", name])
    others = list(_other_figures(result, test, window))
    if name in TESTS or not others:
        reason = ""
        if name in _MEANS:
            value = result.caar(window) * (100.0 if name.endswith("_percent") else 1.0)
        else:
            value, reason = _ours(result, name, window, p=bool(figure))
        yield ("ours", "", "", value, None, None, reason, "market-reaction", False)
        if not figure:  # a p-value has no sign
            yield ("sign reversed", "", "", -value, None, None, "the sign", "misprints", True)
    yield from others


def _ours(result: EventStudyResult, name: str, window: Window, *, p: bool) -> tuple[float, str]:
    """Return our figure; NaN and the reason where the test does not apply."""
    found = result.test(name, window)
    if isinstance(found, InapplicableTest):
        return math.nan, f"not applicable: {found.reason}"
    return (found.p_value if p else found.statistic), ""


def _other_figures(
    result: EventStudyResult, test: str, window: Window
) -> Iterator[tuple[Any, ...]]:
    if len(result.fits) < 2:
        return  # none of the tests across events has a figure for one event
    for record in CONVENTIONS.values():
        if record.per_event or (record.name == "estudy2_missing" and window[0] != window[1]):
            continue
        with np.errstate(divide="ignore", invalid="ignore"):
            found = record.compute(result, window)
        if test in found:
            yield (record.name, "", "", found[test], None, None, record.differs, record.used_by,
                   record.known_error)  # fmt: skip


def _event_candidates(
    result: EventStudyResult, figure: str, window: Window, *, search: bool
) -> Iterator[tuple[Any, ...]]:
    ours = event_figures(result, window, EventRule())
    yield from _event_rows("ours", ours[figure], "", "market-reaction", False)
    for record in CONVENTIONS.values():
        if record.per_event:
            table = record.compute(result, window)
            if isinstance(table, pd.DataFrame) and figure in table:
                yield from _event_rows(
                    record.name, table[figure], record.differs, record.used_by, record.known_error
                )
    if search:
        for rule in _all_rules():
            found = event_figures(result, window, rule)[figure]
            yield from _event_rows("combination", found, rule.differs(), "", False)


def _event_rows(
    label: str, values: pd.Series[float], differs: str, used_by: str, known_error: bool
) -> Iterator[tuple[Any, ...]]:
    for key, value in values.items():
        event, security = key if isinstance(key, tuple) else (key, "")
        yield (label, event, security, float(value), None, None, differs, used_by, known_error)


def _all_rules() -> Iterator[EventRule]:
    choices = product(
        ("T-k", "T-1", "T"), (True, False), (False, True), ("t(T-k)", "t(T-1)", "t(T)", "N(0,1)")
    )
    for divisor, forecast, one, reference in choices:
        yield EventRule(
            divisor=divisor,  # type: ignore[arg-type]
            forecast_error=forecast,
            one_sided=one,
            reference=reference,  # type: ignore[arg-type]
        )
