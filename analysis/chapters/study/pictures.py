"""Pictures of the page of a table study: the average path with its band, and the spread."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.svg import (
    Axis,
    Drawing,
    area,
    circle,
    dots,
    label_width,
    line,
    path,
    text,
)
from analysis.chapters.study.told import Told
from analysis.chapters.study.words import fine, plural, points, tick_text
from analysis.engine.rows import window_text
from analysis.wording import count

Floats = npt.NDArray[np.float64]

_WIDTHS = (720, 358)
_HEIGHT, _TOP, _BOTTOM, _LEFT = 300, 26, 34, 48
_MOST_STACKED = 60
#: Room for the words beside the end of the path, where there is any.
_BESIDE = 150
#: Columns of the spread; their width is the next round number of points.
_COLUMNS = {720: 44, 358: 22}
#: Middle 80 % of events against that of ordinary stretches: between these, as wide.
_AS_WIDE = (0.8, 1.25)
#: Events below which their width says nothing.
_FEWEST_WIDE = 20


def path_chart(told: Told) -> Chart:
    """Draw the mean CAR from the first day on, with the band of the verdict around zero."""
    frame = told.judged.path
    first, last = told.judged.window
    shown = frame[frame.index <= max(last, 5)]
    end = shown.loc[last]
    outside = abs(end["caar"]) > end["high"]
    title = (
        f"The average path ends {'outside' if outside else 'inside'} what 19 of 20 "
        f"{'placebo calendars' if not told.judged.why_no_calendars else 'samples'} stay within"
    )
    banded = bool(np.isfinite(end["high"]))
    if not banded:
        title = f"The path ends at {points(float(shown['caar'][last]))} points, without a band"
    start = "summed from day " + tick_text(first)
    if shown.index[0] < first:
        start += ", and before it so that the close before that day is zero"
    n = shown["n_events"]
    varies = "" if n.min() == n.max() else f" Of {n.min():,.0f} to {n.max():,.0f} events."
    reading = (
        f"Mean of all events beyond the usual, {start}, in points. "
        f"{'Grey: where 19 of 20 would lie by chance. ' if banded else ''}The ring marks the end "
        f"of {window_text(told.judged.window)}.{varies}"
    )
    return Chart(
        name="average-path",
        title=title,
        reading=reading,
        drawings=tuple(_path(told, shown, last, width) for width in _WIDTHS),
        source=told.source,
        table=shown.reset_index(),
    )


def _path(told: Told, frame: pd.DataFrame, last: int, width: int) -> Drawing:
    days = frame.index.to_numpy(dtype=float)
    mean, low, high = (100 * frame[c].to_numpy(dtype=float) for c in ("caar", "low", "high"))
    every = np.concatenate([mean, low, high, [0.0]])
    every = every[np.isfinite(every)]
    room = 0.08 * (np.ptp(every) or 1.0)
    beside = width > 500
    right = width - (_BESIDE if beside else 30)
    across = Axis(days[0], max(days[-1], days[0] + 1), _LEFT, right)
    up = Axis(float(every.min() - room), float(every.max() + room), _HEIGHT - _BOTTOM, _TOP)
    parts = [
        area([(across(d), up(h)) for d, h in zip(days, high, strict=True)],
             [(across(d), up(v)) for d, v in zip(days, low, strict=True)], "band"),
    ]  # fmt: skip
    for tick in up.ticks(5):
        parts += [line(_LEFT, up(tick), right, up(tick), "rule"),
                  text(_LEFT - 6, up(tick) + 4, tick_text(tick), "s e")]  # fmt: skip
    for tick in across.ticks(8 if width > 500 else 5):
        if float(tick).is_integer():
            parts.append(
                text(across(tick), _HEIGHT - 12, f"{int(tick):+d}".replace("-", "−")
                     if tick else "day 0", "s m")
            )  # fmt: skip
    parts += [
        line(_LEFT, up(0), right, up(0), "axis"),
        line(across(0), _TOP, across(0), _HEIGHT - _BOTTOM, "thin"),
        path([(across(d), up(m)) for d, m in zip(days, mean, strict=True)], "line"),
    ]
    at = int(np.flatnonzero(days == last)[0])
    ends = [f"{fine(mean[at] / 100)} points", count(int(frame["n_events"].iloc[at]), "event")]
    if not told.study.in_event_time:
        ends.append(count(told.judged.main.by_date.n_clusters, "date"))
    parts.append(circle(across(days[at]), up(mean[at]), 4.5, "open"))
    goes_on = at < len(days) - 1  # the end of the line is not the figure then
    if goes_on or not beside:
        words, place = (ends[0], "b m halo") if beside else (fine(mean[at] / 100), "b e halo")
        parts.append(text(across(days[at]) - (0 if beside else 8), up(mean[at]) - 13, words, place))
    if beside:
        below = up(mean[-1]) + (14 if mean[-1] < 0 else -4)
        what = "placebo calendars" if not told.judged.why_no_calendars else "samples"
        if not goes_on:
            parts.append(text(right + 10, below, ends[0], "b halo"))
        parts.append(
            text(right + 10, below + (0 if goes_on else 16), ", ".join(ends[1:]), "s halo")
        )
        edge = up(high[-1] if mean[-1] < 0 else low[-1])
        if np.isfinite(edge) and abs(edge - below) > 40:  # else it lies on the words above
            parts += [text(right + 10, edge + 4, "Where 19 of 20", "s"),
                      text(right + 10, edge + 20, f"{what} end", "s")]  # fmt: skip
    label = f"The average path: {fine(mean[at] / 100)} points at the end of the window"
    return Drawing(width, _HEIGHT, label, tuple(parts))


def spread_chart(told: Told) -> Chart | None:
    """Draw one dot an event by its CAR over the shape of ordinary stretches; None for one event."""
    counted = told.counted
    if len(counted) < 2:
        return None
    car = 100 * counted["beyond"].to_numpy(dtype=float)
    grey = (
        f" Grey: the same {plural(told.noun)} on ordinary stretches, equal area."
        if len(told.judged.stretches) else ""
    )  # fmt: skip
    return Chart(
        name="spread",
        title=_width_words(car, 100 * told.judged.stretches),
        reading=f"Each dot is one event by its points beyond the usual.{grey} Coloured: events "
        "that stand out alone (blue up, orange down)."
        + (f" A dot stands for several events where a column has more than {_MOST_STACKED}."
           if len(car) > 10 * _MOST_STACKED else ""),
        drawings=tuple(_spread(counted, 100 * told.judged.stretches, width) for width in _WIDTHS),
        source=told.source,
        table=counted[["event_id", "security", "beyond", "stands_out"]],
    )  # fmt: skip


def _width_words(car: Floats, stretches: Floats) -> str:
    """Say how wide events spread beside ordinary stretches."""
    middle = np.array([0.1, 0.9])
    if len(car) < _FEWEST_WIDE or not np.ptp(np.quantile(stretches, middle) if len(stretches)
                                             else [0.0]):  # fmt: skip
        return (
            f"Single events lie between {points(car.min() / 100)} and "
            f"{points(car.max() / 100)} points"
        )
    ratio = np.ptp(np.quantile(car, middle)) / np.ptp(np.quantile(stretches, middle))
    if ratio > _AS_WIDE[1]:
        return f"The average hides a wide spread, {ratio:.1f} times that of ordinary stretches"
    if ratio < _AS_WIDE[0]:
        return "Events lie closer together than ordinary stretches"
    return "The average hides a wide spread, as on ordinary stretches"


def _columns(car: Floats, width: int) -> Floats:
    """Return the edges of columns of a round width; zero is one of them."""
    low, high = np.quantile(car, [0.005, 0.995]) if len(car) > 50 else (car.min(), car.max())
    low, high = min(float(low), 0.0), max(float(high), 0.0)
    rough = ((high - low) or 1.0) / _COLUMNS[width]
    unit = 10.0 ** np.floor(np.log10(rough))
    step = next(unit * n for n in (1, 2, 5, 10) if unit * n >= rough * (1 - 1e-9))
    first, last = int(np.floor(low / step)), int(np.ceil(high / step))
    return np.asarray(step * np.arange(first, max(last, first + 1) + 1))


def _spread(counted: pd.DataFrame, stretches: Floats, width: int) -> Drawing:
    car = 100 * counted["beyond"].to_numpy(dtype=float)
    marked = counted["stands_out"].to_numpy(dtype=bool)
    edges = _columns(car, width)
    n_bins = len(edges) - 1
    across = Axis(edges[0], edges[-1], 16, width - 16)
    which = np.clip(np.searchsorted(edges, car, side="right") - 1, 0, n_bins - 1)
    expected = len(car) * _shares(stretches, edges)
    most = int(max(np.bincount(which).max(), np.ceil(expected.max(initial=0))))
    each = -(-int(np.bincount(which).max()) // _MOST_STACKED)  # events a dot
    wide = across(edges[1]) - across(edges[0])
    stack = max(-(-most // each), 1)
    step = min(9.0, (_HEIGHT - _BOTTOM - _TOP) / stack)
    radius = min(3.6, step * 0.45, wide * 0.42)
    height = min(_HEIGHT, _TOP + _BOTTOM + max(round(step * stack) + 40, 90))
    floor, groups = height - _BOTTOM - 6, {"dot": [], "up": [], "down": []}  # type: ignore[var-annotated]
    for column in range(n_bins):
        inside = np.flatnonzero(which == column)
        order = inside[np.argsort(marked[inside], kind="stable")][::each]
        x = across((edges[column] + edges[column + 1]) / 2)
        for place, i in enumerate(order):
            kind = ("up" if car[i] > 0 else "down") if marked[i] else "dot"
            groups[kind].append((x, floor - radius - place * step))
    parts: list[str] = []
    if len(expected):
        tops = (floor - np.repeat(expected, 2) / each * step).tolist()
        at = [across(edge) for edge in np.repeat(edges, 2)[1:-1].tolist()]
        parts.append(area(list(zip(at, tops, strict=True)), [(x, floor) for x in at], "band"))
    parts += [line(16, floor, width - 16, floor, "axis"),
              line(across(0), _TOP, across(0), floor, "rule")]  # fmt: skip
    parts += [dots(some, radius, kind) for kind, some in groups.items() if some]
    for tick in across.ticks(7 if width > 500 else 4):
        parts.append(text(across(tick), height - 12, tick_text(tick), "s m"))
    mean = float(car.mean())
    parts += [line(across(mean), _TOP, across(mean), floor, "dash"),
              text(across(mean) + 5, _TOP - 8, f"mean {fine(mean / 100)}", "s halo")]  # fmt: skip
    tops = floor - step * np.bincount(which, minlength=n_bins) / each
    parts += _beyond_axis(counted, car, edges, across, tops)
    return Drawing(width, height, f"Spread of {len(car)} events in points", tuple(parts))


def _shares(stretches: Floats, edges: Floats) -> Floats:
    """Return the share of ordinary stretches in every column, those beyond it in the outermost."""
    if not len(stretches):
        return np.empty(0)
    below = np.interp(edges, stretches, np.linspace(0, 1, len(stretches)))
    below[0], below[-1] = 0.0, 1.0
    return np.diff(below)


def _beyond_axis(
    counted: pd.DataFrame, car: Floats, edges: Floats, across: Axis, tops: Floats
) -> list[str]:
    """Name the event that lies farthest beyond each end of the axis, above the dots there."""
    parts = []
    for end, i in ((0, int(car.argmin())), (1, int(car.argmax()))):
        if edges[0] <= car[i] <= edges[-1]:
            continue
        words = points(car[i] / 100)
        if across.end > _WIDTHS[1]:  # a phone has no room for a name
            words = f"{str(counted['event_id'].iloc[i])[:24]}: {words}"
        n = int(np.ceil(label_width(words) / (across(edges[1]) - across(edges[0]))))
        above = float(min(tops[-n:] if end else tops[:n]))
        parts.append(text((across.start, across.end)[end], above - 8, words, "s e" if end else "s"))
    return parts
