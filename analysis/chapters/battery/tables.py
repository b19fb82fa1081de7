"""The battery in figures: every test of one study, what each assumes, and its size."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.table import Table
from analysis.engine import LEVEL
from analysis.engine.diagnostics import diagnostics, window_table
from analysis.engine.inference import TESTS
from analysis.engine.results import window_label
from analysis.wording import listing, p_value, percent, signed, size

if TYPE_CHECKING:
    from analysis.engine.panel import Window
    from analysis.engine.results import EventStudyResult
    from analysis.engine.size_study import SizeStudy

_NONE = "–"
_SCENARIOS = {
    "staggered": "different dates",
    "clustered": "one date",
    "variance": "variance doubled",
    "bunched": "neighbouring dates",
}


def battery_table(result: EventStudyResult, window: Window) -> Table:
    """Return every test of one window: statistic, p, observations, and what to know."""
    label = window_label(window)
    return Table.of(
        records(result.tests([window], list(TESTS))),
        (
            ("Test", lambda r: TESTS[r["test"]].title),
            ("Statistic", lambda r: _or_dash(r["statistic"], "{:.3f}".format).replace("-", "−")),
            ("p", lambda r: _or_dash(r["p_value"], p_value)),
            ("df", lambda r: _or_dash(r["df"], "{:.0f}".format)),
            ("Sessions", lambda r: str(r["n_events"])),
            ("To know", lambda r: "; ".join(filter(None, (r["reason"], r["details"]))) or _NONE),
        ),
        caption=f"Every test of event days {label}",
        numeric=(1, 2, 3, 4),
        name=lambda r: named.battery(label, r["test"]),
    )


def assumptions_table() -> Table:
    """Return what each test compares with and what it takes for granted."""
    return Table.of(
        list(TESTS.values()),
        (
            ("Test", lambda t: t.title),
            ("Null hypothesis", lambda t: t.null),
            ("Reference", lambda t: t.reference),
            (
                "Takes events as independent",
                lambda t: (
                    "yes" if t.independent else "unless on one date" if t.common_dates else "no"
                ),
            ),
            (
                "Holds whatever the event does to the variance",
                lambda t: "yes" if t.any_variance else "no",
            ),
            ("Events from which it is usable", lambda t: str(t.holds_from or 2)),
            ("Source", lambda t: t.source),
        ),
        caption="What each test asks and assumes",
    )


def diagnostics_table(result: EventStudyResult, *, level: float = LEVEL) -> Table:
    """Return how many estimation windows fail each diagnostic test."""
    found = diagnostics(result)
    checks = {
        "ljung_box_p": "Residuals depend on earlier ones (Ljung-Box)",
        "arch_lm_p": "Their variance changes (ARCH test)",
        "jarque_bera_p": "They are not normal (Jarque-Bera)",
        "shapiro_p": "They are not normal (Shapiro-Wilk)",
        "chow_p": "Alpha or beta differs between the halves (Chow)",
        "pre_event_p": "Drift before the event",
    }
    rows = []
    for name, words in checks.items():
        values = found[name].dropna()
        if len(values):
            failed = int((values <= level).sum())
            rows.append((words, f"{failed} of {len(values)}", size(failed / len(values), 0)))
    return Table(
        caption=f"Estimation windows that fail a check at {size(level, 0)}",
        columns=("Check", "Windows", "Share"),
        rows=tuple(rows),
        numeric=frozenset({1, 2}),
        note=f"{size(level, 0)} would fail by chance alone. Windows of neighbouring events share "
        "most of their days, so that their verdicts are not independent.",
    )


def periods_table(result: EventStudyResult) -> Table:
    """Return mean abnormal returns before, on and after the event, never mixed."""
    return Table.of(
        records(window_table(result).reset_index()),
        (
            ("Period", lambda r: str(r["period"])),
            ("Event days", lambda r: str(r["window"])),
            ("Mean", lambda r: percent(r["caar"], 2)),
            ("t", lambda r: _or_dash(r["statistic"], signed)),
            ("p", lambda r: _or_dash(r["p_value"], p_value)),
            ("Sessions", lambda r: str(r["n_events"])),
        ),
        caption="Before, on and after the event",
        numeric=(2, 3, 4, 5),
    )


def rates_table(study: SizeStudy, *, level: float = LEVEL) -> Table:
    """Return how often each test rejects without an effect, case by case."""
    chosen = study.size[np.isclose(study.size["level"], level)]
    cases = chosen[["scenario", "window", "n_events"]].drop_duplicates()
    windows = chosen["window"].nunique() > 1
    columns = ["Test"]
    for case in records(cases):
        label = f"{_SCENARIOS[case['scenario']]}, {case['n_events']} events"
        columns.append(f"{label}, {case['window']}" if windows else label)
    rows, anchors = [], {}
    for line, test in enumerate(dict.fromkeys(chosen["test"])):
        mine = records(chosen[chosen["test"] == test])
        rows.append((str(test), *(_rate(row, level) for row in mine)))
        for column, row in enumerate(mine, start=1):
            anchors[line, column] = named.rate(row, named.kinds(study))
    return Table(
        caption=f"Share of markets without an effect in which a test rejects at {size(level, 0)}: "
        + listing([_SCENARIOS[kind] for kind in named.kinds(study)]),
        columns=tuple(columns),
        rows=tuple(rows),
        numeric=frozenset(range(1, len(columns))),
        note=f"{study.n_panels} markets each. A star marks rates whose Monte-Carlo interval "
        "leaves the level out.",
        anchors=anchors,
    )


def power_table(study: SizeStudy) -> Table:
    """Return how often each test finds effects of known size."""
    chosen = study.power[study.power["effect"] > 0]
    cases = chosen[["scenario", "n_events", "effect"]].drop_duplicates()
    columns = ["Test", *(
        f"{_SCENARIOS[c['scenario']]}, {c['n_events']} events, {percent(c['effect'])}"
        for c in records(cases)
    )]  # fmt: skip
    rows = []
    for test in dict.fromkeys(chosen["test"]):
        mine = records(chosen[chosen["test"] == test])
        rows.append((str(test), *(_or_dash(r["rate"], lambda rate: size(rate, 0)) for r in mine)))
    return Table(
        caption="Share of markets in which a test finds an effect of this size",
        columns=tuple(columns),
        rows=tuple(rows),
        numeric=frozenset(range(1, len(columns))),
        note="A test that rejects too often without an effect finds effects too easily as well: "
        "read its power beside its size.",
    )


def _rate(row: object, level: float) -> str:
    rate, low, high = (float(row[name]) for name in ("rate", "low", "high"))  # type: ignore[index]
    if not _there(rate):
        return _NONE
    return size(rate) + ("" if low <= level <= high else " *")


def _or_dash(value: float, written: Callable[[float], str]) -> str:
    return written(value) if _there(value) else _NONE


def _there(value: float) -> bool:
    return value is not None and math.isfinite(value)
