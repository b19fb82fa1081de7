"""The average path of a study as a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from analysis.engine.group_means import group_by
from analysis.engine.inference.clustered import clustered_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from analysis.engine.results import EventStudyResult

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
        half = np.array([unit * f.se * special.stdtrit(max(f.df, 1), 0.975) for f in found])
        colour = _COLOURS[number % len(_COLOURS)]
        axes.fill_between(days, mean - half, mean + half, color=colour, alpha=0.12, linewidth=0)
        axes.plot(days, mean, color=colour, label=_label(name, max(f.n for f in found)))
    axes.axhline(0, color="#8f8b80", linewidth=0.8)
    axes.axvline(0, color="#8f8b80", linewidth=0.8, linestyle=":")
    axes.set_xlabel("event day")
    axes.set_ylabel(label)
    axes.legend(frameon=False)
    return figure


def _label(name: str, n: int) -> str:
    """Return a name for a legend: no mathematics, and no underscore first, which hides it there."""
    shown = name.replace("$", r"\$")
    return f"{' ' if shown.startswith('_') else ''}{shown[:60]} (N = {n})"
