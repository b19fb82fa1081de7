"""What stands out of all reactions, and whether more does than chance alone would mark."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.shared import style
from analysis.chapters.shared.blank import NO_DAYS, blank_picture
from analysis.chapters.shared.figures import STANDS_OUT, distinct_reactions
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.words import by_role
from analysis.wording import count, day, p_value, percent, sentence_case, short_day

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_PLAIN = {"facecolor": style.PAPER, "edgecolor": "none", "pad": 1.2}


@style.styled
def largest_picture(study: StudyStore, seeds: Seeds, *, most: int = 12) -> Picture:
    """Draw the most unusual reactions with their 95 % intervals and what could be noticed.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    most
        How many reactions to show.
    """
    found = records(distinct_reactions(study).head(most))
    fig = style.new_figure(0.75 + 0.45 * len(found))
    axes = fig.subplots()
    for place, row in enumerate(found):
        colour = style.UP[3] if row["ar"] > 0 else style.DOWN[3]
        axes.plot([-row["mde"], row["mde"]], [place, place], color=style.RULE, linewidth=7,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot([0, row["ar"]], [place, place], color=colour, linewidth=1.4)
        filled = colour if row["p_value"] <= STANDS_OUT else style.PAPER
        axes.plot(row["ar"], place, marker="o", markersize=7, color=colour, markerfacecolor=filled)
        axes.annotate(f"p = {p_value(row['p_value'])}", (1.0, place), (4, 0),
                      xycoords=("axes fraction", "data"), textcoords="offset points",
                      va="center", color=style.SOFT, fontsize=8)  # fmt: skip
        name, title = _reaction_label(row, seeds)
        label = axes.annotate(name, (0.0, place - 0.36), (2, 0), weight="bold", fontsize=8,
                              xycoords=("axes fraction", "data"), textcoords="offset points",
                              va="center", bbox=_PLAIN)  # fmt: skip
        axes.annotate(title, (1, 0.5), (6, 0), xycoords=label, textcoords="offset points",
                      va="center", color=style.SOFT, fontsize=8, bbox=_PLAIN)  # fmt: skip
    axes.set_yticks([])
    axes.set_ylim(len(found) - 0.6, -0.7)
    axes.axvline(0, color=style.SOFT, linewidth=0.8)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    style.percent_axis(axes, "x")
    axes.set_xlabel("return beyond normal on day 0")
    small = sum(abs(row["ar"]) < row["mde"] for row in found)
    first = found[0]
    return figure_output(
        fig,
        drawn=Drawn("most-unusual", _table(found)),
        title=_largest_title(first, seeds),
        alt=f"The {len(found)} most unusual reactions, the smallest placebo p first: "
        + "; ".join(
            f"{seeds.market(row['market']).short} on {day(row['day0'])} {percent(row['ar'])}, "
            f"p = {p_value(row['p_value'])}"
            for row in found
        )
        + ".",
        caption="Ordered by placebo p, the most unusual first; a full dot has p at most 0.05. Grey "
        "bar: too small to be noticed four times in five on such a day; "
        f"{count(small, 'of these is', 'of these are')} smaller than that. Big moves of a "
        "turbulent week can be less unusual than small ones of a calm week.",
    )


def _largest_title(first: Row, seeds: Seeds) -> str:
    what = (
        f"{seeds.market(first['market']).short} on {day(first['day0'])}, "
        f"{percent(first['ar'])} beyond normal"
    )
    if not isfinite(first["p_value"]):
        return f"{NO_DAYS}; largest for its market: {what}"
    return f"Most unusual for its market: {what} (placebo p = {p_value(first['p_value'])})"


def _table(found: list[Row]) -> pd.DataFrame:
    columns = ["market", "day0", "event_ids", "ar", "mde", "p_value"]
    rows = [{**row, "event_ids": ";".join(row["event_ids"])} for row in found]
    return pd.DataFrame(rows, columns=columns)


def _reaction_label(row: Row, seeds: Seeds) -> tuple[str, str]:
    events = by_role(row["event_ids"], seeds)
    more = f" (+{len(events) - 1})" if len(events) > 1 else ""
    at = pd.Timestamp(row["day0"])
    name = f"{seeds.market(row['market']).short}, {short_day(at)}"
    return name, f"{events[0].title}{more}"


@style.styled
def p_values_picture(study: StudyStore) -> Picture:
    """Draw the placebo p-values of all distinct reactions beside what chance alone gives."""
    reactions = distinct_reactions(study)[["market", "day0", "p_value"]].dropna()
    if reactions.empty:
        return blank_picture("p-values", NO_DAYS)
    p = reactions["p_value"].to_numpy()
    width = STANDS_OUT
    counts, edges = np.histogram(p, bins=np.arange(0, 1 + width / 2, width) - 1e-12)
    counts[-1] += int((p > edges[-1]).sum())
    expected = len(p) * width
    spread = 1.96 * np.sqrt(expected * (1 - width))
    fig = style.new_figure(2.7)
    axes = fig.subplots()
    axes.axhspan(max(0.0, expected - spread), expected + spread, color=style.STILL, lw=0)
    colours = [style.UP[3], *[style.UP[1]] * (len(counts) - 1)]
    axes.bar(edges[:-1] + width / 2, counts, width=0.9 * width, color=colours, lw=0)
    axes.axhline(expected, color=style.INK, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.annotate(f"by chance: {expected:.1f} each", (1.0, expected), (0, 4), ha="right",
                  textcoords="offset points", color=style.INK, fontsize=8.5,
                  bbox=_PLAIN)  # fmt: skip
    axes.annotate(f"{counts[0]} stand out", (width / 2, counts[0]), (0, 3), ha="left",
                  textcoords="offset points", weight="bold", color=style.UP[3])  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, max(counts.max(), expected + spread) * 1.18)
    axes.set_xlabel("placebo p-value of a reaction")
    axes.set_ylabel("distinct reactions")
    verb = "fewer than" if counts[0] < expected else "more than"
    return figure_output(
        fig,
        drawn=Drawn("p-values", reactions),
        title=f"{sentence_case(count(int(counts[0]), 'reaction'))} of {len(p)} with p at most 0.05,"
        f" {verb} the {expected:.1f} expected if no news ever moved a market",
        alt=f"A histogram of {len(p)} placebo p-values in steps of 0.05: {counts[0]} in the lowest "
        f"step, between {counts[1:].min()} and {counts[1:].max()} in the others, where chance gives"
        f" {expected:.1f} each.",
        caption="If the events meant nothing, p-values would spread evenly. Shaded: where the "
        "count of a step falls 95 times in 100 if reactions are independent; those of one night "
        "are not.",
    )
