"""Robustness, drawn: the specification curve in two panels, and who contaminates whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.robustness.words import curve_tests, told_estimands
from analysis.chapters.shared import style
from analysis.chapters.shared.blank import NO_DAYS, blank_picture
from analysis.chapters.shared.dates import day_numbers, quarter_ticks
from analysis.chapters.shared.fewer import MOST_ROWS, left_to_data
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.errors import InputError
from analysis.reactions.robustness import ESTIMANDS
from analysis.wording import count, day, p_value, percent, size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.further import FurtherTables

_CHOICES = {
    "model": "model",
    "length": "estimation days",
    "gap": "gap",
    "return_kind": "returns",
    "benchmark": "benchmark",
    "day0": "day 0",
}
_LISTS = ["same_day0", "in_window", "in_estimation"]
_TOLD, _DOTS = 12, 3000
"""Curves that are told to who does not see them; small dots of a picture of overlaps."""
_CURVE = ["market", "estimand", *_CHOICES, "estimate", "p_value"]
_CURVES = ["market", "day0", "event_id", "estimand", "low", "median", "high", "p_median", "p_share",
           "p_mean", "n_specifications"]  # fmt: skip


@style.styled
def curve_picture(
    further: FurtherTables, event_id: str, market: str, *, estimand: str = "beyond the benchmark"
) -> Picture | None:
    """Draw the specification curve of one event in one market: estimates above, choices below.

    None for an estimand the study has not: nothing is beyond a benchmark without one.

    Parameters
    ----------
    further
        The second look at a study.
    event_id, market
        The reaction.
    estimand
        ``"beyond the benchmark"`` or ``"total reaction"``.

    Raises
    ------
    InputError
        If there is no such curve.
    """
    if estimand in ESTIMANDS and estimand not in told_estimands(further):
        return None
    rows = further.curve(event_id)
    mine = rows[(rows["market"] == market) & (rows["estimand"] == estimand)]
    if mine.empty:
        return _no_curve(further, event_id, market, estimand)
    mine = mine.sort_values("estimate", ignore_index=True)
    levels = _levels(further, mine)
    fig = style.new_figure(2.6 + 0.15 * sum(len(values) for values in levels.values()))
    lines = sum(len(values) for values in levels.values())
    upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[2.2, 0.16 * lines])
    marked = (mine["p_value"] <= STANDS_OUT).to_numpy()
    at = np.arange(len(mine))
    colours = np.where(mine["estimate"] > 0, style.UP[3], style.DOWN[3])
    upper.scatter(at[~marked], mine["estimate"][~marked], s=7, color=style.RULE, lw=0)
    upper.scatter(at[marked], mine["estimate"][marked], s=9, color=colours[marked], lw=0)
    upper.axhline(0, color=style.SOFT, linewidth=0.8)
    upper.axhline(
        float(mine["estimate"].median()), color=style.INK, linewidth=1, linestyle=(0, (4, 3))
    )
    style.percent_axis(upper, digits=1)
    upper.set_ylabel("abnormal return")
    _choice_axes(lower, mine, levels, marked, colours)
    lower.set_xlabel(f"{len(mine)} specifications, from the smallest estimate to the largest")
    test = _test(further, event_id, market, estimand)
    name = further.seeds.market(market).short
    return figure_output(
        fig,
        drawn=Drawn(f"curve-{event_id}-{market}-{estimand}", mine[_CURVE]),
        title=f"{name}, {estimand}: {percent(float(mine['estimate'].iloc[0]))} to "
        f"{percent(float(mine['estimate'].iloc[-1]))}, {size(float(marked.mean()), 0)} of "
        f"{len(mine)} specifications at p ≤ 0.05; the whole curve: p = {p_value(test)}",
        alt=f"A curve of {len(mine)} estimates in ascending order, median "
        f"{percent(float(mine['estimate'].median()))}, and below which choice made each.",
        caption="Coloured: placebo p of the specification at most 0.05. Dashed: the median. The "
        "p of the whole curve is the largest of three joint placebo tests (median, share, mean), "
        "on the main day 0. Below, a mark for the choice each specification makes.",
        least=620,
    )


def _no_curve(further: FurtherTables, event_id: str, market: str, estimand: str) -> Picture:
    """Say why a reaction has no curve; `InputError` if the study has no such reaction."""
    rows = further.study.reactions
    rows = rows[(rows["event_id"] == event_id) & (rows["market"] == market)]
    if rows.empty:
        raise InputError("market", market, f"there is no curve of {event_id} ({estimand}) here.")
    why = str(rows["reason"].iloc[0]) or NO_DAYS
    return blank_picture(f"curve-{event_id}-{market}-{estimand}", f"No curve: {why}")


def _test(further: FurtherTables, event_id: str, market: str, estimand: str) -> float:
    rows = further.table("curve_tests")
    row = rows[
        (rows["event_id"] == event_id)
        & (rows["market"] == market)
        & (rows["estimand"] == estimand)
        & (rows["window"] == "[0,0]")
        & ~rows["candidate"]
    ].iloc[0]
    return float(row[["p_median", "p_share", "p_mean"]].max())


def _levels(further: FurtherTables, mine: pd.DataFrame) -> dict[str, list[object]]:
    """Return the choices that vary, with their values."""
    out: dict[str, list[object]] = {}
    for column in _CHOICES:
        values = sorted(mine[column].dropna().unique().tolist())
        if len(values) > 1:
            out[column] = values
    return out


def _choice_axes(
    axes: Axes,
    mine: pd.DataFrame,
    levels: dict[str, list[object]],
    marked: npt.NDArray[np.bool_],
    colours: npt.NDArray[np.generic],
) -> None:
    labels, place = [], 0
    for column, values in levels.items():
        if place:
            axes.axhline(place - 0.5, color=style.RULE, linewidth=0.8)
        for value in values:
            here = (mine[column] == value).to_numpy()
            _ticks(axes, np.flatnonzero(here & ~marked), place, style.RULE)
            for colour in sorted(set(colours[here & marked].tolist())):
                _ticks(axes, np.flatnonzero(here & marked & (colours == colour)), place, colour)
            labels.append(f"{_CHOICES[column]}: {value}".replace("_", " "))
            place += 1
    axes.set_yticks(range(place), labels, fontsize=6.5, color=style.INK)
    axes.set_ylim(place - 0.4, -0.6)
    axes.grid(visible=False)


def _ticks(axes: Axes, at: npt.NDArray[np.intp], place: int, colour: str) -> None:
    """Draw marks of one line as one shape: a drawing of hundreds stays small."""
    gaps = np.full(len(at), np.nan)
    xs = np.column_stack([at, at, gaps]).ravel()
    ends = np.tile([place - 0.27, place + 0.27, np.nan], len(at))
    axes.plot(xs, ends, color=colour, linewidth=0.7, solid_capstyle="butt")


@style.styled
def curves_picture(further: FurtherTables) -> Picture:
    """Draw all curves on day 0: their range, and whether they are unusual as a whole."""
    rows = curve_tests(further)
    rows = rows[(rows["window"] == "[0,0]") & ~rows["candidate"]]
    rows = rows.drop_duplicates(["market", "day0", "estimand"])
    every = rows.assign(p=rows[["p_median", "p_share", "p_mean"]].max(axis=1))
    kept = every[every["p"] <= STANDS_OUT]
    parts = every.sort_values("p", kind="stable").groupby(["market", "estimand"], sort=False)
    rows = every.loc[parts.head(MOST_ROWS).index.sort_values()]
    markets = [m for m in further.seeds.markets if m.symbol in set(rows["market"])]
    estimands = list(dict.fromkeys(rows["estimand"]))
    fig = style.new_figure(0.5 + 1.2 * len(markets))
    panels = fig.subplots(len(markets), len(estimands), sharex=True, sharey="row", squeeze=False)
    for i, market in enumerate(markets):
        for j, estimand in enumerate(estimands):
            axes = panels[i, j]
            part = rows[(rows["market"] == market.symbol) & (rows["estimand"] == estimand)]
            at = day_numbers(part["day0"])
            strong = (part["p"] <= STANDS_OUT).to_numpy()
            colours = np.where(part["median"] > 0, style.UP[3], style.DOWN[3])
            axes.vlines(at, part["low"], part["high"], color=np.where(strong, colours, style.RULE))
            axes.scatter(at[strong], part["median"][strong], s=16, color=colours[strong], zorder=3)
            axes.axhline(0, color=style.SOFT, linewidth=0.8)
            style.percent_axis(axes)
            if not i:
                axes.set_title(estimand, fontsize=8.5)
            if not j:
                axes.set_ylabel(market.short)
            quarter_ticks(axes, float(at.min(initial=np.inf)), float(at.max(initial=-np.inf)))
    words = "; ".join(
        f"{further.seeds.market(row['market']).short} on {day(row['day0'])} ({row['estimand']}) "
        f"{percent(row['low'])} to {percent(row['high'])}"
        for row in kept.head(_TOLD).to_dict("records")
    )
    return figure_output(
        fig,
        drawn=Drawn("curves", rows[_CURVES]),
        title=f"{count(len(kept), 'curve')} of {len(every)} unusual as a whole, where chance alone "
        f"would make at most about {len(every) * STANDS_OUT:.0f}",
        alt=f"Ranges of estimates over all specifications, by market and date. Unusual: "
        f"{words or 'none'}.",
        caption="Bar: smallest to largest estimate over all specifications. Coloured, with a dot "
        "at the median: unusual as a whole by all three joint placebo tests at 5 %."
        + left_to_data(len(rows), len(every), "curve", file="the table curve_tests"),
        least=620,
    )


@style.styled
def overlap_picture(further: FurtherTables, market: str) -> Picture:
    """Draw the events of one market on a time line, with their estimation windows.

    Parameters
    ----------
    further
        The second look at a study.
    market
        Symbol of the market.
    """
    rows = further.table("overlaps")
    rows = rows[rows["market"] == market].drop_duplicates("day0").sort_values("day0")
    if rows.empty:
        known = further.table("overlaps")["market"].unique().tolist()
        raise InputError.choice("market", market, known)
    every, name = rows, further.seeds.market(market).short
    worst = rows.iloc[int(rows["n_dates_in_estimation"].to_numpy().argmax())]
    rows = _fewer_windows(rows)
    fig = style.new_figure(0.8 + 0.115 * len(rows))
    axes = fig.subplots()
    days, starts, ends = (
        day_numbers(rows[k]) for k in ("day0", "estimation_start", "estimation_end")
    )
    others = day_numbers(every["day0"])
    for at in others[others >= starts.min()].tolist():
        axes.axvline(at, color=style.STILL, linewidth=1, zorder=0)
    for place, row in enumerate(rows.to_dict("records")):
        start, end, at = starts[place], ends[place], days[place]
        axes.plot(
            [start, end], [place, place], color=style.BAND, linewidth=4, solid_capstyle="butt"
        )
        inside = others[(others >= start) & (others <= end)]
        axes.scatter(inside, np.full(len(inside), place), s=6, color=style.DOWN[2], lw=0, zorder=2)
        colour = style.LINES[1] if row["n_same_day0"] else style.LINES[0]
        axes.scatter([at], [place], s=14, color=colour, lw=0, zorder=3)
    axes.set_yticks([])
    axes.set_ylim(len(rows) - 0.2, -0.8)
    axes.grid(visible=False)
    quarter_ticks(axes, float(starts.min()), float(days.max()))
    return figure_output(
        fig,
        drawn=Drawn(
            f"overlaps-{market}", rows.drop(columns=[] if len(rows) == len(every) else _LISTS)
        ),
        title=f"{name}: the estimation window of {day(worst['day0'])} holds "
        f"{worst['n_dates_in_estimation']} other event dates",
        alt=f"A time line of {len(rows)} day 0s in {name}, one row each, with the estimation "
        f"window before it and the other day 0s inside that window.",
        caption="A row per day 0 (dot; orange where several events share it), the earliest on top. "
        "Bar: its estimation window. Small dots: other events inside it."
        + left_to_data(
            len(rows), len(every), "day", file="the table overlaps", which="most crowded"
        ),
        least=560,
    )


def _fewer_windows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the day 0s with most other dates before them, as many as can be drawn with these."""
    ranked = rows.sort_values("n_dates_in_estimation", ascending=False, kind="stable")
    room = ranked["n_dates_in_estimation"].cumsum() <= _DOTS
    return rows.loc[ranked[room].index[:MOST_ROWS].sort_values()]
