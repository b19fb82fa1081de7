"""Pictures that set figures of a table study beside each other: the sum, groups, the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10

import numpy as np
import pandas as pd
import scipy

from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.svg import Axis, Drawing, area, circle, line, path, rect, text
from analysis.chapters.study.told import Told
from analysis.chapters.study.words import fine, points, sum_parts, sum_words, tick_text
from analysis.engine import LEVEL
from analysis.engine.group_means import Groups
from analysis.engine.inference.clustered import clustered_mean
from analysis.engine.ladder import Rung
from analysis.engine.plots import path_windows
from analysis.engine.rows import window_text
from analysis.wording import count, listing, p_value

_WIDTHS = (720, 358)
_MOST_GROUPS = 4
_FLOOR = 1e-3


def sum_chart(told: Told) -> Chart | None:
    """Draw usual, beyond and whole move as bars end to end; None where nothing is usual."""
    moved, usual, left, digits = sum_parts(told)
    if not np.isfinite([moved, usual, left]).all() or usual == 0:
        return None
    rows = (
        ("What is usual", 0.0, usual),
        ("Beyond it", usual, left),
        ("What they did", 0.0, moved),
    )
    return Chart(
        name="sum",
        title=f"{points(moved, digits)} % = {points(usual, digits)} % usual "
        f"{points(left, digits)[0]} {points(abs(left), digits, sign=False)} points beyond",
        reading=f"{sum_words(told)} Mean of {count(len(told.counted), 'event')} over "
        f"{window_text(told.judged.window)}; the second bar starts where the first ends.".strip(),
        drawings=tuple(_bars(rows, width, digits) for width in _WIDTHS),
        source=told.source,
        table=pd.DataFrame({"part": [row[0] for row in rows], "value": [row[2] for row in rows]}),
    )


def _bars(rows: tuple[tuple[str, float, float], ...], width: int, digits: int) -> Drawing:
    left, right, step = (150 if width > 500 else 116), width - 70, 34
    ends = [100 * x for _, start, size in rows for x in (start, start + size)]
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = 0.12 * ((high - low) or 1.0) if low < 0 else 0.0
    across = Axis(low - room, high, left, right)
    height = step * len(rows) + 14
    parts = [line(across(0), 4, across(0), height - 10, "axis")]
    for n, (name, start, size) in enumerate(rows):
        y = 8 + n * step
        kind = ("mid", "up" if size > 0 else "down", "ink")[n]
        parts += [
            text(0, y + 15, name, "b" if n == 2 else ""),
            rect(across(100 * start), y, across(100 * size) - across(0), 20, kind),
            text(max(across(100 * start), across(100 * (start + size))) + 6, y + 15,
                 points(size, digits), "b halo"),
        ]  # fmt: skip
    return Drawing(width, height, "Usual, beyond and whole move, points", tuple(parts))


def groups_chart(told: Told) -> Chart | None:
    """Draw the average path of each group with the band of its own dates around zero."""
    found = next((g for g in told.judged.groups if g.window == told.judged.window), None)
    if found is None or len(found.members) > _MOST_GROUPS:
        return None
    frame = _paths(told, found)
    last = frame.groupby("group").last()
    out = [str(name) for name in last.index if abs(last.loc[name, "caar"]) > last.loc[name, "high"]]
    title = f"{listing(out)} {'leave' if len(out) > 1 else 'leaves'} its range" if out else (
        "Neither group leaves its range" if len(found.members) == 2 else "No group leaves its range"
    )  # fmt: skip
    gap = told.gap
    if gap is not None and found.column == told.judged.groups[0].column:
        apart = fine(abs(gap.estimate), sign=False)
        title += (
            f"; they differ by {apart} points, and chance alone allows "
            f"{fine((gap.high - gap.low) / 2, sign=False)}"
        )
    return Chart(
        name="groups-path",
        title=title,
        reading="Mean of each group beyond the usual, summed, in points; grey: where 19 of 20 "
        "would lie by chance, by the dates of the group.",
        drawings=tuple(_multiples(frame, width) for width in _WIDTHS),
        source=told.source,
        table=frame,
    )


def _paths(told: Told, found: Groups) -> pd.DataFrame:
    result, last = told.study.result, told.judged.window[1]
    rows = []
    for day, window, sign in path_windows(result, told.judged.window[0]):
        if day > last:
            break
        if window is None:  # the close the sums start from
            rows += [(n, day, 0.0, 0.0, 0.0, int(some.sum())) for n, some in found.members.items()]
            continue
        car = result.window_sums_of_distinct(window).car
        for name, inside in found.members.items():
            mean = clustered_mean(car[inside], result.dates[inside])
            half = mean.se * float(scipy.special.stdtrit(max(mean.df, 1), 0.975))
            rows.append((name, day, sign * mean.estimate, -half, half, mean.n))
    return pd.DataFrame(rows, columns=["group", "event_day", "caar", "low", "high", "n_events"])


def _multiples(frame: pd.DataFrame, width: int) -> Drawing:
    names = list(dict.fromkeys(frame["group"]))
    many = 2 if width > 500 else 1
    wide, tall = width / many, 190
    every = 100 * frame[["caar", "low", "high"]].to_numpy(dtype=float)
    values = np.append(every[np.isfinite(every)], 0.0)
    room = 0.08 * (np.ptp(values) or 1.0)
    parts: list[str] = []
    for n, name in enumerate(names):
        left, top = (n % many) * wide, (n // many) * tall
        some = frame[frame["group"] == name]
        up = Axis(float(values.min() - room), float(values.max() + room), top + tall - 28, top + 40)
        parts += _one_group(some, left, wide, top, up)
    return Drawing(width, tall * -(-len(names) // many), "Average path of each group", tuple(parts))


def _one_group(some: pd.DataFrame, left: float, wide: float, top: float, up: Axis) -> list[str]:
    days = some["event_day"].to_numpy(dtype=float)
    mean, low, high = (100 * some[c].to_numpy(dtype=float) for c in ("caar", "low", "high"))
    across = Axis(days[0], max(days[-1], days[0] + 1), left + 46, left + wide - 26)
    edge = list(zip(map(across, days), map(up, high), strict=True))
    under = list(zip(map(across, days), map(up, low), strict=True))
    parts = [
        text(left, top + 16, str(some["group"].iloc[0])[:40], "b"),
        text(left, top + 32, count(int(some["n_events"].max()), "event"), "s"),
        area(edge, under, "band"),
    ]
    for tick in up.ticks(3):
        parts += [line(across.start, up(tick), across.end, up(tick), "rule"),
                  text(left + 40, up(tick) + 4, tick_text(tick), "s e")]  # fmt: skip
    for tick in across.ticks(4):
        if float(tick).is_integer():
            shown = tick_text(tick) if tick else "day 0"
            parts.append(text(across(tick), up.start + 18, shown, "s m"))
    parts += [
        path(list(zip(map(across, days), map(up, mean), strict=True)), "line"),
        circle(across(days[-1]), up(mean[-1]), 4, "open"),
        text(across.end - 8, up(mean[-1]) - 9, fine(mean[-1] / 100), "b e halo"),
    ]
    return parts


def ladder_chart(told: Told) -> Chart | None:
    """Draw the p of every way to judge on one scale, the one to read filled."""
    found = told.judged.main
    rungs = [rung for rung in found.rungs if np.isfinite(rung.p_value)]
    if len(rungs) < 2:
        return None
    low, high = (f(rung.p_value for rung in rungs) for f in (min, max))
    read = found[found.read]
    return Chart(
        name="ladder-picture",
        title=f"From {p_value(low)} to {p_value(high)}, by what is taken as independent",
        reading=f"{found.p_name} on a scale of powers of ten; grey from .05 up. Filled: the one to "
        f"read, {read.title.casefold()}.",
        drawings=tuple(_scale(rungs, found.read, width) for width in _WIDTHS),
        source=told.source,
        table=pd.DataFrame({"test": [r.title for r in rungs], "p": [r.p_value for r in rungs]}),
    )


def _scale(rungs: Sequence[Rung], read: str, width: int) -> Drawing:
    left, step = (190 if width > 500 else 150), 28
    across = Axis(log10(_FLOOR), 0.0, left, width - 50)
    height = step * len(rungs) + 34
    at = [max(rung.p_value, _FLOOR) for rung in rungs]
    parts = [rect(across(log10(LEVEL)), 4, across(0) - across(log10(LEVEL)), height - 34, "band")]
    for mark, words in ((0.001, ".001"), (0.01, ".01"), (0.05, ".05"), (1.0, "1")):
        parts += [line(across(log10(mark)), 4, across(log10(mark)), height - 30, "rule"),
                  text(across(log10(mark)), height - 12, words, "s m")]  # fmt: skip
    for n, (rung, p) in enumerate(zip(rungs, at, strict=True)):
        y, mine = 18 + n * step, rung.code == read
        parts += [
            text(0, y + 4, rung.title, "b" if mine else ""),
            circle(across(log10(p)), y, 5.5, "ink" if mine else "open"),
            text(width - 4, y + 4, p_value(rung.p_value), "b e" if mine else "e"),
        ]
    return Drawing(width, height, "p by way to judge", tuple(parts))
