"""Printed figures held against ours: every figure of a replication, and how far it agrees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.engine.conventions import CONVENTIONS
from analysis.engine.explain import equal_digits
from analysis.engine.groups import welch
from analysis.engine.inference import TESTS, InapplicableTest
from analysis.engine.panel import Window
from analysis.errors import InputError
from analysis.reactions.places import places_of
from analysis.reactions.replication import (
    PrintedFigure,
    Replication,
    StudyTable,
    listed,
    load_replications,
)
from analysis.workspace import find_workspace

_STATISTICS = ("ar", "car", "aar", "caar", "n", "buy_and_hold")


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A printed figure beside ours.

    Attributes
    ----------
    figure
        What is printed.
    ours
        What comes out under the rule it names; NaN where nothing does.
    equal
        Whether every printed digit agrees.
    digits
        Decimals that agree; None if not even the whole part.
    reason
        Why a figure cannot be reproduced; empty for the others.
    """

    figure: PrintedFigure
    ours: float
    equal: bool
    digits: int | None
    reason: str


def gallery(
    workspace: str = "", study: str = "", *, run: str = ""
) -> tuple[tuple[Replication, tuple[Reproduced, ...]], ...]:
    """Run the studies whose data the workspace carries, or one of them, for a notebook.

    Parameters
    ----------
    workspace
        Folder of the workspace; empty to look around.
    study
        Name of one study; empty for all.
    run
        The one parameter of a notebook, which may name the workspace.
    """
    workspace = places_of(run, workspace=workspace)["workspace"]
    folder = find_workspace(workspace or None).data / "replications"
    known = {
        found.name: found
        for found in load_replications(folder)
        if (found.data / "expected.csv").is_file()
    }
    if study and study not in known:
        raise InputError.choice("study", study, sorted(known))
    chosen = [known[study]] if study else list(known.values())
    return tuple((found, run_replication(found)) for found in chosen)


def run_replication(study: Replication) -> tuple[Reproduced, ...]:
    """Hold every printed figure of a study against ours."""
    return tuple(_reproduce(study, figure) for figure in study.figures)


def _reproduce(study: Replication, figure: PrintedFigure) -> Reproduced:
    reasons = dict(study.described.get("not_reproducible", {}))
    if figure.how in reasons:
        return Reproduced(figure, math.nan, False, None, str(reasons[figure.how]))
    ours = _ours(study, figure)
    rule = dict(study.described.get("rules", {})).get(figure.how, {})
    if figure.how not in study.own:
        figure = replace(figure, how=str(rule.get("convention", figure.how)))
    return Reproduced(figure, ours, _same(ours, figure), equal_digits(ours, figure.printed), "")


def _same(value: float, figure: PrintedFigure) -> bool:
    printed = float(figure.printed)
    if not math.isfinite(value):
        return False
    if figure.decimals.startswith("s"):
        room = 10.0 ** (1 - int(figure.decimals[1:])) * max(abs(printed), 1e-300)
        return abs(value - printed) <= room
    return abs(value - printed) <= 0.5000001 * 10.0 ** -int(figure.decimals)


def _ours(study: Replication, figure: PrintedFigure) -> float:
    """Compute one figure: find its study, its window and its rule."""
    for table in study.tables:
        labels = [table.name] if table.by == "table" else set(table.events[table.by].astype(str))
        if figure.event in labels:
            rule = dict(study.described.get("rules", {})).get(figure.how, {})
            window = _window(rule.get("window") or figure.window, table)
            scale = 100.0 if figure.statistic.endswith("_percent") else 1.0
            statistic = figure.statistic.removesuffix("_percent")
            how = str(rule.get("convention", figure.how))
            statistic = str(rule.get("statistic", statistic))
            return scale * _value(table, how, statistic, figure.event, window)
    known = sorted({t.name if t.by == "table" else str(v) for t in study.tables
                    for v in ([t.name] if t.by == "table" else t.events[t.by])})  # fmt: skip
    raise InputError.choice("expected.csv, column event", figure.event, known)


def _window(written: str | Sequence[int], table: StudyTable) -> Window:
    """Read ``first:last``, a pair, or a date, which is a single event day."""
    if not isinstance(written, str):
        return int(written[0]), int(written[1])
    first, colon, last = written.partition(":")
    if colon:
        return int(first), int(last)
    axis = pd.DatetimeIndex(table.study.returns.index)
    dates = pd.DatetimeIndex([pd.Timestamp(written), table.events["session"].iloc[0]])
    found, day0 = axis.get_indexer(dates)
    return int(found - day0), int(found - day0)


def _value(table: StudyTable, how: str, statistic: str, label: str, window: Window) -> float:
    if "groups" in table.described:
        return _group_value(table, statistic)
    if how != "engine":
        return _under_rule(table, how, statistic, label, window)
    result = table.result
    if statistic in ("aar", "caar"):
        return result.caar(window)
    if statistic == "n":
        return float(result.car(window).notna().sum())
    if statistic in TESTS:
        found = result.test(statistic, window)
        return math.nan if isinstance(found, InapplicableTest) else found.statistic
    if statistic == "buy_and_hold":
        return _of_label(table, result.buy_and_hold(window).loc[result.car(window).index], label)
    if statistic in ("ar", "car"):
        return _of_label(table, result.car(window), label)
    known = [*_STATISTICS, *TESTS]
    raise InputError.choice("expected.csv, column statistic", statistic, known)


def _under_rule(table: StudyTable, how: str, statistic: str, label: str, window: Window) -> float:
    if how not in CONVENTIONS:
        raise InputError.choice("how", how, ["engine", *CONVENTIONS])
    found = CONVENTIONS[how].compute(table.result, window)
    if isinstance(found, pd.DataFrame):
        column = "car" if statistic == "ar" else statistic
        return _of_label(table, found[column], label)
    name = f"{statistic[:-2]}_t.p" if statistic.endswith("_p") else statistic
    return float(found.get(name, math.nan))


def _of_label(table: StudyTable, values: pd.Series, label: str) -> float:
    if table.by == "table":
        return float(values.iloc[0])
    return float(values.xs(label, level=table.by).iloc[0])


def _group_value(table: StudyTable, statistic: str) -> float:
    """Figures of groups of news: their number, mean, and difference."""
    column, *names = listed(table.described["groups"])
    news = table.by_news
    values = [news.loc[news[column] == name, "car"].to_numpy() for name in names]
    if len(values) == 1:
        return float({"n_news": len(values[0]), "caar": np.mean(values[0])}[statistic])
    return welch(values[0], values[1])[statistic]
