"""Whether a known effect is found in simulated markets, and nothing where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.shared import style
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.rows import records
from analysis.wording import count, listing, percent, sentence_case, size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.engine.recovery import Recovery

Rate = tuple[str, float, float, float]

_COVERAGE = 0.95


@style.styled
def estimates_picture(found: Recovery) -> Picture:
    """Draw the estimates of many simulated markets around the truth, a panel per window.

    Parameters
    ----------
    found
        What was found in the simulated markets.
    """
    rows = records(found.coverage.reset_index())
    fig = style.new_figure(0.75 + 1.55 * len(rows))
    panels = fig.subplots(len(rows), 1, sharex=True, squeeze=False).ravel()
    for axes, row in zip(panels, rows, strict=True):
        values = found.estimates[row["window"]].dropna().to_numpy()
        axes.hist(values, bins=31, color=style.UP[1], lw=0)
        top = axes.get_ylim()[1] * 1.3
        axes.axvline(row["truth"], color=style.INK, linewidth=1.6)
        axes.axvline(
            row["mean_estimate"], color=style.DOWN[3], linewidth=1.4, linestyle=(0, (4, 2))
        )
        below = row["mean_estimate"] < row["truth"]
        _beside(axes, f"truth {percent(row['truth'], 2)}", (row["truth"], top), left=not below)
        mean = (row["mean_estimate"], top)
        _beside(axes, f"mean {percent(row['mean_estimate'], 2)}", mean, left=below)
        axes.set_ylim(0, top)
        axes.set_yticks([])
        axes.grid(visible=False)
        axes.set_title(f"Event days {row['window']}")
    style.percent_axis(panels[-1], "x", digits=1)
    panels[-1].set_xlabel("mean estimate of a simulated market")
    words = listing(
        [
            f"{percent(r['mean_estimate'], 2)} on event days {r['window']} "
            f"(truth {percent(r['truth'], 2)})"
            for r in rows
        ]
    )
    return figure_output(
        fig,
        drawn=Drawn("estimates", found.estimates.reset_index()),
        title=f"Over {found.n_panels} simulated markets the mean estimate is {words}",
        alt=f"A histogram of {found.n_panels} estimates per window around the true effect. "
        f"{words}.",
        caption="Each bar counts simulated markets. Full line: the effect that was put in. Broken "
        "line: mean of the estimates. Their spread is luck: one market alone may miss by as much.",
    )


def _beside(axes: Axes, text: str, at: tuple[float, float], *, left: bool) -> None:
    axes.annotate(text, at, (-5 if left else 5, -3), textcoords="offset points", va="top",
                  ha="right" if left else "left", weight="bold" if "truth" in text else "normal",
                  color=style.INK if "truth" in text else style.DOWN[3])  # fmt: skip


@style.styled
def rates_picture(found: Recovery) -> Picture:
    """Draw how often intervals hold the truth, and how often tests reject without an effect.

    Parameters
    ----------
    found
        What was found in the simulated markets.
    """
    cover = [
        (f"event days {r['window']}", r["coverage"], r["coverage_low"], r["coverage_high"])
        for r in records(found.coverage.reset_index())
    ]
    sizes = [
        (f"{r['test']} {r['window']}", r["size"], r["low"], r["high"])
        for r in records(found.size.reset_index())
        if np.isfinite(r["size"])
    ]
    fig = style.new_figure(1.6 + 0.29 * (len(cover) + len(sizes)))
    top, bottom = fig.subplots(2, 1, height_ratios=(len(cover) + 0.6, len(sizes) + 0.6))
    missed = _rates(top, cover, _COVERAGE) + _rates(bottom, sizes, found.level)
    top.set_title(f"Share of intervals that hold the truth (should be {size(_COVERAGE, 0)})")
    bottom.set_title(f"Share of markets without an effect in which a test rejects (should be "
                     f"{size(found.level, 0)})")  # fmt: skip
    n = len(cover) + len(sizes)
    verdict = (
        f"{count(len(missed), 'rate')} of {n} cannot be what it should be: "
        f"{listing(missed, most=4)}"
        if missed
        else f"all {count(n, 'rate')} agree with what they should be, as far as "
        f"{found.n_panels} markets can tell"
    )
    return figure_output(
        fig,
        drawn=Drawn("rates", _rates_table(cover, sizes, found.level)),
        title=sentence_case(verdict),
        alt=f"Rates with Monte-Carlo intervals against their targets. {sentence_case(verdict)}.",
        caption=f"Dots: shares over {found.n_panels} simulated markets. Lines: 95 % Monte-Carlo "
        "intervals. Upright line: the target. Of many rates some miss their target by luck alone.",
    )


def _rates_table(cover: list[Rate], sizes: list[Rate], level: float) -> pd.DataFrame:
    rows = [("coverage", *rate, _COVERAGE) for rate in cover]
    rows += [("size", *rate, level) for rate in sizes]
    return pd.DataFrame(rows, columns=["kind", "name", "rate", "low", "high", "target"])


def _rates(axes: Axes, rates: list[Rate], target: float) -> list[str]:
    """Draw rates and return the names of those whose interval leaves the target out."""
    missed = []
    axes.axvline(target, color=style.INK, linewidth=1.2)
    for at, (name, rate, low, high) in enumerate(rates):
        away = not low <= target <= high
        missed += [name] if away else []
        colour = style.DOWN[3] if away else style.UP[3]
        axes.plot([low, high], [at, at], color=colour, linewidth=1.6)
        axes.plot(rate, at, marker="o", markersize=6, color=colour,
                  markerfacecolor=colour if away else style.PAPER)  # fmt: skip
    axes.set_yticks(range(len(rates)), [name for name, *_ in rates], color=style.INK)
    axes.set_ylim(len(rates) - 0.4, -0.6)
    axes.grid(visible=True, axis="x", color=style.BAND)
    axes.grid(visible=False, axis="y")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value * 100:.3g}%")
    axes.tick_params(axis="x", labelcolor=style.SOFT)
    return missed
