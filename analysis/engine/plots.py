"""The average path of a study: its band, and as a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from analysis.engine.group_means import group_by
from analysis.engine.inference.clustered import clustered_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.engine.panel import Window
    from analysis.engine.placebo_calendars import Calendars
    from analysis.engine.results import EventStudyResult

#: Days before day 0 from which a path is drawn.
BEFORE = 5
_UNITS = {
    "return": (100, "mean cumulative abnormal return, per cent"),
    "volume": (1, "mean cumulative abnormal log volume"),
}
_COLOURS = ("#1c1c1a", "#0b5a8a", "#c4520a", "#00795a", "#7d4a93")


def _shown_figure() -> type[Figure]:
    """Return a figure that notebooks show without a plotting backend."""
    from matplotlib.figure import Figure

    class PathFigure(Figure):
        def _repr_html_(self) -> str:
            from base64 import b64encode
            from io import BytesIO

            image = BytesIO()
            self.savefig(image, format="png", dpi=110, metadata={"Software": None})
            name = self.axes[0].get_ylabel() if self.axes else ""
            data = b64encode(image.getvalue()).decode()
            return f'<img alt="{name} by event day" src="data:image/png;base64,{data}">'

    return PathFigure


def path_figure(result: EventStudyResult, *, by: str | None = None) -> Figure:
    """Draw mean CAR from the first event day on, with 95 % bands by date.

    Parameters
    ----------
    result
        A finished study.
    by
        Column of the events frame: a line for each group.
    """
    figure = _shown_figure()(figsize=(7.0, 4.2), layout="constrained")
    axes = figure.subplots()
    first, last = result.spec.event_window
    drawn: list[pd.DataFrame] = []
    unit, label = _UNITS[result.measure]
    days = np.arange(first, last + 1)
    everyone = np.ones(len(result.distinct), dtype=bool)
    members = {"all events": everyone} if by is None else group_by(result, by).members
    for number, (name, inside) in enumerate(members.items()):
        row = result.dates[inside]
        found = [
            clustered_mean(result.window_sums_of_distinct((first, day)).car[inside], row)
            for day in map(int, days)
        ]
        mean = np.array([unit * f.estimate for f in found])
        half = np.array([unit * f.se * scipy.special.stdtrit(max(f.df, 1), 0.975) for f in found])
        colour = _COLOURS[number % len(_COLOURS)]
        line = {"event_day": days, "mean": mean, "low": mean - half, "high": mean + half}
        drawn.append(pd.DataFrame({"group": name, **line, "n_events": [f.n for f in found]}))
        axes.fill_between(days, mean - half, mean + half, color=colour, alpha=0.12, linewidth=0)
        axes.plot(days, mean, color=colour, label=_label(name, max(f.n for f in found)))
    axes.axhline(0, color="#8f8b80", linewidth=0.8)
    axes.axvline(0, color="#8f8b80", linewidth=0.8, linestyle=":")
    axes.set_xlabel("event day")
    axes.set_ylabel(label)
    axes.legend(frameon=False)
    figure.data = pd.concat(drawn, ignore_index=True)  # type: ignore[attr-defined]
    return figure


def _label(name: str, n: int) -> str:
    """Return a name for a legend: no mathematics, and no underscore first, which hides it there."""
    shown = name.replace("$", r"\$")
    return f"{' ' if shown.startswith('_') else ''}{shown[:60]} (N = {n})"


def path_windows(
    result: EventStudyResult, first: int | None = None
) -> list[tuple[int, Window | None, int]]:
    """Return every day of a path, the window summed for it and its sign; None is a sum of nothing.

    The path is at zero at the close before ``first`` (by default the event window's first day).
    """
    start, end = result.spec.event_window
    first = start if first is None else first
    before = [(day, (day + 1, first - 1) if day < first - 1 else None, -1)
              for day in range(max(start, min(-BEFORE, first)), first)]  # fmt: skip
    return [*before, *((day, (first, day), 1) for day in range(first, end + 1))]


def path_band(
    result: EventStudyResult,
    calendars: Calendars | None,
    *,
    first: int | None = None,
    tell: Callable[[int], object] | None = None,
) -> pd.DataFrame:
    """Return the average path: mean CAR from ``first`` on, and the band of the verdict.

    Days before ``first``, of which there are up to `BEFORE`, stand where they must for the path to
    be at zero on the day before it: minus the mean sum of the days between.

    Returns
    -------
    DataFrame
        Index event_day; columns caar, se (by date), q (95 % point of |t| on placebo calendars;
        without those the t quantile), low and high (0 -/+ q se), n_events.
    """
    from analysis.engine.placebo_calendars import calendar_statistics, car_surface

    rows = []
    for day, window, sign in path_windows(result, first):
        if window is None:
            rows.append((day, 0.0, 0.0, np.nan, 0.0, 0.0, len(result.distinct)))
            continue
        found = clustered_mean(result.window_sums_of_distinct(window).car, result.dates)
        q = np.nan
        if calendars is not None:
            surface = car_surface(result.panel, result.spec, window)
            t, _, _ = calendar_statistics(calendars, surface)
            t = t[np.isfinite(t)]
            q = float(np.quantile(np.abs(t), 0.95, method="higher")) if len(t) else np.nan
        if not np.isfinite(q):
            q = float(scipy.special.stdtrit(found.df, 0.975)) if found.df > 0 else np.nan
        reach = q * found.se
        rows.append((day, sign * found.estimate, found.se, q, -reach, reach, found.n))
        if tell is not None:
            tell(day)
    columns = ["event_day", "caar", "se", "q", "low", "high", "n_events"]
    return pd.DataFrame(rows, columns=columns).set_index("event_day")
