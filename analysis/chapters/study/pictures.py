"""Pictures of the page of a table study: the average path with its band, and the spread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.svg import Axis, Drawing, area, circle, dots, line, path, text
from analysis.chapters.study.told import Told
from analysis.chapters.study.words import points, tick_text
from analysis.engine.rows import window_text

_WIDTHS = (720, 358)
_HEIGHT, _TOP, _BOTTOM, _LEFT = 300, 26, 34, 48
_MOST_STACKED = 60


def _source(told: Told) -> str:
    return f"Source: {told.study.table.source} and {told.study.files[-1][0]}."


def path_chart(told: Told) -> Chart:
    """Draw the mean CAR from the first day on, with the band of the verdict around zero."""
    frame = told.judged.path
    last = told.judged.window[1]
    shown = frame[frame.index <= max(last, 5)]
    end = shown.loc[last]
    outside = abs(end["caar"]) > end["high"]
    title = (
        f"The average path ends {'outside' if outside else 'inside'} what 19 of 20 "
        f"{'placebo calendars' if not told.judged.why_no_calendars else 'samples'} stay within"
    )
    reading = (
        "Mean of all events beyond the usual, summed from day "
        f"{tick_text(shown.index[0])}, in points. "
        f"Grey: where 19 of 20 would lie by chance. The ring marks the end of "
        f"{window_text(told.judged.window)}."
    )
    return Chart(
        name="average-path",
        title=title,
        reading=reading,
        drawings=tuple(_path(shown, last, width) for width in _WIDTHS),
        source=_source(told),
        table=shown.reset_index(),
    )


def _path(frame: pd.DataFrame, last: int, width: int) -> Drawing:
    days = frame.index.to_numpy(dtype=float)
    mean, low, high = (100 * frame[c].to_numpy(dtype=float) for c in ("caar", "low", "high"))
    every = np.concatenate([mean, low, high, [0.0]])
    every = every[np.isfinite(every)]
    room = 0.08 * (np.ptp(every) or 1.0)
    across = Axis(days[0], max(days[-1], days[0] + 1), _LEFT, width - 30)
    up = Axis(float(every.min() - room), float(every.max() + room), _HEIGHT - _BOTTOM, _TOP)
    parts = [
        area([(across(d), up(h)) for d, h in zip(days, high, strict=True)],
             [(across(d), up(v)) for d, v in zip(days, low, strict=True)], "band"),
    ]  # fmt: skip
    for tick in up.ticks(5):
        parts += [line(_LEFT, up(tick), width - 30, up(tick), "rule"),
                  text(_LEFT - 6, up(tick) + 4, tick_text(tick), "s e")]  # fmt: skip
    for tick in across.ticks(8 if width > 500 else 5):
        if float(tick).is_integer():
            parts.append(
                text(across(tick), _HEIGHT - 12, f"{int(tick):+d}".replace("-", "−")
                     if tick else "day 0", "s m")
            )  # fmt: skip
    parts += [
        line(_LEFT, up(0), width - 30, up(0), "axis"),
        line(across(0), _TOP, across(0), _HEIGHT - _BOTTOM, "thin"),
        path([(across(d), up(m)) for d, m in zip(days, mean, strict=True)], "line"),
    ]
    at = int(np.flatnonzero(days == last)[0])
    parts += [
        circle(across(days[at]), up(mean[at]), 4.5, "open"),
        text(across(days[at]) + (8 if across(days[at]) < width - 80 else -8), up(mean[at]) - 9,
             points(mean[at] / 100), "b halo" if across(days[at]) < width - 80 else "b e halo"),
    ]  # fmt: skip
    label = f"The average path: {points(mean[at] / 100)} points at the end of the window"
    return Drawing(width, _HEIGHT, label, tuple(parts))


def spread_chart(told: Told) -> Chart | None:
    """Draw one dot an event by its CAR; None for fewer than two."""
    counted = told.counted
    if len(counted) < 2:
        return None
    car = 100 * counted["beyond"].to_numpy(dtype=float)
    marked = counted["stands_out"].to_numpy(dtype=bool)
    return Chart(
        name="spread",
        title=f"Single events lie between {points(car.min() / 100)} and "
        f"{points(car.max() / 100)} points",
        reading="Each dot is one event by its points beyond the usual; coloured ones stand out "
        "against ordinary stretches of their own security (blue up, orange down)."
        + (f" A dot stands for several events where a column has more than {_MOST_STACKED}."
           if len(car) > 10 * _MOST_STACKED else ""),
        drawings=tuple(_spread(car, marked, width) for width in _WIDTHS),
        source=_source(told),
        table=counted[["event_id", "security", "beyond", "stands_out"]],
    )  # fmt: skip


def _spread(car: npt.NDArray[np.float64], marked: npt.NDArray[np.bool_], width: int) -> Drawing:
    low, high = np.quantile(car, [0.005, 0.995]) if len(car) > 50 else (car.min(), car.max())
    low, high = min(low, 0.0), max(high, 0.0)
    span = (high - low) or 1.0
    across = Axis(low - 0.04 * span, high + 0.04 * span, 16, width - 16)
    n_bins = 72 if width > 500 else 34
    edges = np.linspace(across.low, across.high, n_bins + 1)
    which = np.clip(np.searchsorted(edges, car, side="right") - 1, 0, n_bins - 1)
    most = int(np.bincount(which).max())
    each = -(-most // _MOST_STACKED)  # events a dot
    step = min(8.0, (_HEIGHT - _BOTTOM - _TOP) / max(-(-most // each), 1))
    radius = min(3.2, step * 0.45, (width / n_bins) * 0.42)
    floor, groups = _HEIGHT - _BOTTOM - 6, {"dot": [], "up": [], "down": []}  # type: ignore[var-annotated]
    for column in range(n_bins):
        inside = np.flatnonzero(which == column)
        order = inside[np.argsort(marked[inside], kind="stable")][::each]
        x = across((edges[column] + edges[column + 1]) / 2)
        for place, i in enumerate(order):
            kind = ("up" if car[i] > 0 else "down") if marked[i] else "dot"
            groups[kind].append((x, floor - radius - place * step))
    parts = [line(16, floor, width - 16, floor, "axis"),
             line(across(0), _TOP, across(0), floor, "rule")]  # fmt: skip
    parts += [dots(some, radius, kind) for kind, some in groups.items() if some]
    for tick in across.ticks(7 if width > 500 else 4):
        parts.append(text(across(tick), _HEIGHT - 12, tick_text(tick), "s m"))
    mean = float(car.mean())
    parts += [line(across(mean), _TOP, across(mean), floor, "dash"),
              text(across(mean) + 5, _TOP - 8, f"mean {points(mean / 100)}", "s halo")]  # fmt: skip
    return Drawing(width, _HEIGHT, f"Spread of {len(car)} events in points", tuple(parts))
