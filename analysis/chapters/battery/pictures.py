"""The battery, drawn: p-values of every test, and size and power in simulated markets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.shared import style
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.engine import LEVEL
from analysis.engine.inference import TESTS
from analysis.engine.results import window_label
from analysis.wording import count, listing, p_range, sentence_case, size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.engine.panel import Window
    from analysis.engine.results import EventStudyResult
    from analysis.engine.size_study import SizeStudy

_TITLES = {
    "staggered": "different dates",
    "clustered": "one date",
    "variance": "variance doubled",
}
_SHORT = {"staggered": "different dates", "clustered": "one date"}
#: Tests whose power is drawn: one of each kind.
_DRAWN = ("patell_z", "kolari_pynnonen_t", "corrado_rank_z", "generalized_sign_z")


@style.styled
def battery_picture(result: EventStudyResult) -> Picture:
    """Draw the p-value of every test for every window of a study."""
    windows = list(result.spec.windows or ())
    found = {w: {name: result.test(name, w).p_value for name in TESTS} for w in windows}
    fig = style.new_figure(0.9 + 0.24 * len(TESTS))
    panels = np.atleast_1d(fig.subplots(1, len(windows), sharey=True))
    for axes, (window, p_values) in zip(panels, found.items(), strict=True):
        for at, p in enumerate(p_values.values()):
            if np.isfinite(p):
                colour = style.DOWN[3] if p <= LEVEL else style.UP[3]
                axes.plot(max(p, 1e-4), at, marker="o", markersize=5, color=colour,
                          markerfacecolor=colour if p <= LEVEL else style.PAPER)  # fmt: skip
        _levels(axes)
        axes.set_title(window_label(window))
    titles = [test.title for test in TESTS.values()]
    panels[0].set_yticks(range(len(titles)), titles, color=style.INK)
    panels[0].set_ylim(len(titles) - 0.4, -0.6)
    words = listing(
        [
            f"{p_range([p for p in ps.values() if np.isfinite(p)])} on {window_label(w)}"
            for w, ps in found.items()
        ]
    )
    return figure_output(
        fig,
        drawn=Drawn("p-values-of-tests", _p_table(found)),
        title=f"The tests answer alike or not: p from {words}",
        alt=f"A dot for the p-value of each test and window on a logarithmic scale: {words}.",
        caption=f"Panels: event days tested. Filled: p of {size(LEVEL, 0)} or less. No dot: the "
        "test does not apply. Tests that take events as independent mislead where windows share "
        "sessions.",
        least=620,
    )


def _p_table(found: Mapping[Window, Mapping[str, float]]) -> pd.DataFrame:
    rows = [
        (window_label(window), test, p)
        for window, p_values in found.items()
        for test, p in p_values.items()
    ]
    return pd.DataFrame(rows, columns=["window", "test", "p_value"])


def _levels(axes: Axes) -> None:
    axes.axvline(LEVEL, color=style.INK, linewidth=1.0)
    axes.set_xscale("log")
    axes.set_xlim(6e-4, 1.4)
    axes.set_xticks([0.001, 0.01, 0.1, 1], [".001", ".01", ".1", "1"])
    axes.minorticks_off()
    axes.set_xlabel("p")
    axes.grid(visible=True, axis="x", color=style.BAND)
    axes.grid(visible=False, axis="y")


@style.styled
def battery_sizes_picture(study: SizeStudy) -> Picture:
    """Draw how often every test rejects without an effect, a panel per kind of market."""
    chosen = study.size[np.isclose(study.size["level"], LEVEL)]
    scenarios = list(dict.fromkeys(chosen["scenario"]))
    tests = list(dict.fromkeys(chosen["test"]))
    fig = style.new_figure(1.1 + 0.24 * len(tests))
    panels = np.atleast_1d(fig.subplots(1, len(scenarios), sharey=True))
    missed = 0
    for axes, scenario in zip(panels, scenarios, strict=True):
        part = chosen[(chosen["scenario"] == scenario) & (chosen["n_panels"] > 0)]
        for index, (n, rows) in enumerate(part.groupby("n_events", sort=True)):
            at = rows["test"].map(tests.index) + 0.22 * (index - 1)
            axes.hlines(at, rows["low"], rows["high"], color=style.LINES[index], linewidth=1.0)
            axes.plot(
                rows["rate"], at, "o", markersize=3.5, color=style.LINES[index], label=f"{n} events"
            )
        missed += int(((part["low"] > LEVEL) | (part["high"] < LEVEL)).sum())
        axes.axvline(LEVEL, color=style.INK, linewidth=1.0)
        axes.set_title(_TITLES.get(scenario, scenario))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value * 100:.3g}%")
        axes.tick_params(axis="x", labelcolor=style.SOFT)
        axes.grid(visible=True, axis="x", color=style.BAND)
        axes.grid(visible=False, axis="y")
    panels[0].set_yticks(range(len(tests)), tests, color=style.INK)
    panels[0].set_ylim(len(tests) - 0.4, -0.6)
    panels[-1].legend(loc="lower right")
    total = int((chosen["n_panels"] > 0).sum())
    verdict = f"{missed} of {total} rates cannot be the {size(LEVEL, 0)} that was promised"
    return figure_output(
        fig,
        drawn=Drawn("size-of-tests", chosen[chosen["n_panels"] > 0]),
        title=sentence_case(verdict),
        alt="Rates of rejection without an effect with Monte-Carlo intervals, for every test, "
        f"number of events and kind of market. {sentence_case(verdict)}.",
        caption=f"Dots: shares over {study.n_panels} markets, lines: 95 % Monte-Carlo intervals, "
        "upright line: the level. To the right of it a test cries wolf.",
        least=680,
    )


@style.styled
def battery_power_picture(study: SizeStudy) -> Picture:
    """Draw power curves: kinds of tests, numbers of events, one panel per kind of market."""
    power = study.power[study.power["test"].isin(_DRAWN)]
    scenarios = [
        s for s, part in power.groupby("scenario", sort=False) if (part["effect"] > 0).any()
    ]
    sizes = sorted(power["n_events"].unique())
    fig = style.new_figure(1.0 + 1.9 * len(scenarios))
    panels = fig.subplots(len(scenarios), len(sizes), sharex=True, sharey=True, squeeze=False)
    for row, scenario in zip(panels, scenarios, strict=True):
        for axes, n in zip(row, sizes, strict=True):
            part = power[(power["scenario"] == scenario) & (power["n_events"] == n)]
            for name, colour in zip(_DRAWN, style.LINES, strict=True):
                curve = part[part["test"] == name].sort_values("effect")
                axes.plot(100 * curve["effect"], 100 * curve["rate"], marker="o", markersize=3,
                          color=colour, label=name)  # fmt: skip
            axes.axhline(100 * LEVEL, color=style.INK, linewidth=0.8)
            axes.set_ylim(0, 102)
            axes.set_title(f"{_SHORT.get(str(scenario), scenario)}, {n} events")
    for axes in panels[-1]:
        axes.set_xlabel("effect on day 0, %")
    for axes in panels[:, 0]:
        axes.set_ylabel("rejects, %")
    panels[0, 0].legend(loc="upper left")
    words = f"{count(len(sizes), 'sample size')} and {count(len(scenarios), 'kind')} of markets"
    return figure_output(
        fig,
        drawn=Drawn("power-of-tests", power[power["scenario"].isin(scenarios)]),
        title="What a test finds depends on how many events there are, and on their dates",
        alt=f"Power curves of {listing(list(_DRAWN))} for {words}.",
        caption=f"{study.n_panels} markets per point. The lowest point of a curve is its size.",
        least=680,
    )
