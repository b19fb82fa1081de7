"""Reactions pooled by category, in the direction the articles implied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from analysis.chapters.shared import style
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.rows import Row, records
from analysis.chapters.shared.words import implied_by
from analysis.seeds.events import CATEGORIES
from analysis.wording import count, listing, number, percent, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

#: A mean of one or two sessions has no spread to speak of.
_FEWEST = 3


@style.styled
def categories_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw mean reactions by category, style.signed by the direction the articles implied.

    Parameters
    ----------
    study, seeds
        Mean day-0 reactions by category and market, and names of markets.
    """
    rows = _drawn(study, seeds)
    scopes = list(dict.fromkeys(row["scope"] for row in rows))
    fig = style.new_figure(0.7 + 0.24 * max(len(rows), 2) + 0.25 * len(scopes))
    axes = fig.subplots()
    places, clear, at = [], [], -1.0
    for i, row in enumerate(rows):
        at += 1
        if i == 0 or row["scope"] != rows[i - 1]["scope"]:
            axes.annotate(sentence_case(_name(row)), (0, at), (4, 0), va="center",
                          weight="bold", xycoords=("axes fraction", "data"),
                          textcoords="offset points")  # fmt: skip
            at += 1
        low, high = _interval(row)
        clear += [row] if low > 0 or high < 0 else []
        _dot(axes, row, at, low, high)
        places.append(at)
    labels = [f"{seeds.market(row['market']).short} ({row['n_sessions']})" for row in rows]
    axes.set_yticks(places, labels, color=style.INK)
    axes.set_ylim(at + 0.6, -0.7)
    axes.axvline(0, color=style.SOFT, linewidth=0.8)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    style.percent_axis(axes, "x", digits=0)
    axes.set_xlabel(f"mean return beyond normal, counted in the direction {implied_by(seeds)}")
    return figure_output(
        fig,
        drawn=Drawn("categories", _table(rows)),
        title=_title(rows, clear, seeds),
        alt="Mean abnormal returns by category and market with 95 % intervals: "
        + ("; ".join(_words(row, seeds) for row in rows) or "none")
        + ".",
        caption=f"Right of zero: as {implied_by(seeds)}. Lines: 95 % intervals (t) over distinct "
        f"sessions, whose number stands in brackets; fewer than {count(_FEWEST, 'session')} are "
        "not drawn. Each is looked at by itself: one in 20 leaves zero out by luck. Grey bar: too "
        "small to be noticed four times in five.",
    )


def _table(rows: list[Row]) -> pd.DataFrame:
    columns = ["scope", "market", "n_sessions", "estimate", "low", "high", "mde"]
    found = [{**row, **dict(zip(("low", "high"), _interval(row), strict=True))} for row in rows]
    return pd.DataFrame(found, columns=columns)


def _drawn(study: StudyStore, seeds: Seeds) -> list[Row]:
    """Return the means that rest on enough sessions, by category and then by market."""
    frame = study.directions
    frame = frame[(frame["model"] == study.spec.study.model) & (frame["n_sessions"] >= _FEWEST)]
    found = {(row["scope"], row["market"]): row for row in records(frame)}
    wanted = [(f"category:{name}", m.symbol) for name in CATEGORIES for m in seeds.markets]
    return [found[key] for key in wanted if key in found]


def _title(rows: list[Row], clear: list[Row], seeds: Seeds) -> str:
    if not rows:
        return f"No category has {count(_FEWEST, 'session')} with an implied direction"
    if not clear:
        return f"By category, none of {count(len(rows), 'mean')} can be told from zero"
    words = listing([_words(row, seeds) for row in clear], most=4)
    many = f"{number(len(clear))} of {count(len(rows), 'mean')}"
    return f"By category, {many} can be told from zero: {words}"


def _words(row: Row, seeds: Seeds) -> str:
    return f"{_name(row)}, {seeds.market(row['market']).short} {percent(row['estimate'])}"


def _name(row: Row) -> str:
    return str(row["scope"]).removeprefix("category:")


def _interval(row: Row) -> tuple[float, float]:
    se = abs(row["estimate"] / row["statistic"]) if row["statistic"] else np.nan
    half = float(scipy.special.stdtrit(row["n_sessions"] - 1, 0.975)) * se
    return row["estimate"] - half, row["estimate"] + half


def _dot(axes: Axes, row: Row, at: float, low: float, high: float) -> None:
    colour = style.UP[3] if row["estimate"] > 0 else style.DOWN[3]
    if np.isfinite(row.get("mde", np.nan)):
        axes.plot([-row["mde"], row["mde"]], [at, at], color=style.STILL, linewidth=9,
                  solid_capstyle="butt")  # fmt: skip
    axes.plot([low, high], [at, at], color=colour, linewidth=1.4)
    clear = low > 0 or high < 0
    axes.plot(row["estimate"], at, marker="o", markersize=6, color=colour,
              markerfacecolor=colour if clear else style.PAPER)  # fmt: skip
    axes.annotate(style.signed(row["estimate"], 1), (row["estimate"], at), (0, 5), ha="center",
                  textcoords="offset points", fontsize=7, color=colour)  # fmt: skip
