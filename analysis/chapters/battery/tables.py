"""The battery in figures: every test of one study, what each assumes, and its size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.chapters.shared import rows as named
from analysis.chapters.shared.rows import records
from analysis.chapters.shared.table import Table, row_anchors
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
    tests = records(result.tests([window], list(TESTS)))
    rows = tuple(
        (
            TESTS[row["test"]].title,
            f"{row['statistic']:.3f}".replace("-", "−") if _there(row["statistic"]) else _NONE,
            p_value(row["p_value"]) if _there(row["p_value"]) else _NONE,
            f"{row['df']:.0f}" if _there(row["df"]) else _NONE,
            str(row["n_events"]),
            "; ".join(text for text in (row["reason"], row["details"]) if text) or _NONE,
        )
        for row in tests
    )
    return Table(
        caption=f"Every test of event days {window_label(window)}",
        columns=("Test", "Statistic", "p", "df", "Sessions", "To know"),
        rows=rows,
        numeric=frozenset({1, 2, 3, 4}),
        anchors=row_anchors(named.battery(window_label(window), row["test"]) for row in tests),
    )


def assumptions_table() -> Table:
    """Return what each test compares with and what it takes for granted."""
    rows = tuple(
        (
            test.title,
            test.null,
            test.reference,
            "yes" if test.independent else "unless on one date" if test.common_dates else "no",
            "yes" if test.any_variance else "no",
            str(test.holds_from or 2),
            test.source,
        )
        for test in TESTS.values()
    )
    return Table(
        caption="What each test asks and assumes",
        columns=(
            "Test",
            "Null hypothesis",
            "Reference",
            "Takes events as independent",
            "Holds whatever the event does to the variance",
            "Events from which it is usable",
            "Source",
        ),
        rows=rows,
    )


def diagnostics_table(result: EventStudyResult, *, level: float = 0.05) -> Table:
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
    rows = tuple(
        (
            str(row["period"]),
            str(row["window"]),
            percent(row["caar"], 2),
            signed(row["statistic"]) if _there(row["statistic"]) else _NONE,
            p_value(row["p_value"]) if _there(row["p_value"]) else _NONE,
            str(row["n_events"]),
        )
        for row in records(window_table(result).reset_index())
    )
    return Table(
        caption="Before, on and after the event",
        columns=("Period", "Event days", "Mean", "t", "p", "Sessions"),
        rows=rows,
        numeric=frozenset({2, 3, 4, 5}),
    )


def rates_table(study: SizeStudy, *, level: float = 0.05) -> Table:
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
        rows.append(
            (str(test), *(size(r["rate"], 0) if _there(r["rate"]) else _NONE for r in mine))
        )
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


def _there(value: float) -> bool:
    return value is not None and math.isfinite(value)
