"""All events at a glance: the grid of events and markets, and what stands out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from analysis.events import CATEGORIES
from analysis.findings import STANDS_OUT, distinct_reactions, reaction_figures
from analysis.plots.picture import Picture, figure_output
from analysis.plots.style import (
    DOWN,
    INK,
    MONTHS,
    PAPER,
    RULE,
    SOFT,
    STILL,
    UP,
    WIDTH,
    new_figure,
    percent_axis,
    signed,
    styled,
    tone,
)
from analysis.wording import count, day, listing, p_value, percent, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.events import Event
    from analysis.seeds import Seeds
    from analysis.store import StudyStore

_PLAIN = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.2}
_FEWEST = 3
_VERY = 0.01
_ROW = 0.225
_DATES, _COLUMN = 0.52, 0.68


class Block(NamedTuple):
    """One reaction of the grid: events of consecutive rows with the same day 0."""

    column: int
    first: int
    last: int
    figures: Row


@styled
def grid_picture(
    study: StudyStore, seeds: Seeds, *, article: str | None = None
) -> Picture:
    """Draw the grid of events and markets, in order of time.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    article
        File name of an article, to show only the events it reports; None for all of the study.
    """
    figures = reaction_figures(study)
    shown = [
        event
        for event in seeds.events
        if event.id in set(figures["event_id"])
        and (article is None or any(mention.file == article for mention in event.articles))
    ]
    shown.sort(key=lambda event: (event.announced_at, event.id))
    markets = [m for m in seeds.markets if m.symbol in set(figures["market"])]
    cells = {(row["event_id"], row["market"]): row for row in records(figures)}
    blocks = list(_blocks(cells, [e.id for e in shown], [m.symbol for m in markets]))
    fig = new_figure(0.55 + _ROW * len(shown))
    fig.set_layout_engine("none")
    axes = fig.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(len(shown) + 0.55, -1.65)
    years = [event.announced_at.year for event in shown]
    for row, event in enumerate(shown):
        _label(axes, row, event, _DATES + _COLUMN * len(markets), year=row == 0 or years[row] != years[row - 1])
    for column, market in enumerate(markets):
        axes.text(_DATES + (column + 0.5) * _COLUMN, -0.55, market.short, ha="center",
                  weight="bold", fontsize=8)  # fmt: skip
    for block in blocks:
        _draw(axes, block, _DATES + block.column * _COLUMN, _COLUMN)
    usable = [block for block in blocks if block.figures["status"] == "ok"]
    distinct = {(b.figures["market"], b.figures["day0"]): b.figures for b in usable}
    return figure_output(
        fig,
        title=_grid_title(list(distinct.values()), len(shown)),
        alt=_grid_alt(list(distinct.values()), seeds),
        caption="Colour and number: return beyond normal on day 0, in percent (blue up, orange "
        "down). One dot: placebo p at most 0.05, two dots: at most 0.01. Events with the same day "
        "0 in a market share one cell. A question mark: day 0 is in doubt. Hatched: not computed.",
        least=660,
    )


def _blocks(cells: Cells, events: list[str], markets: list[str]) -> Iterator[Block]:
    for column, market in enumerate(markets):
        first = 0
        while first < len(events):
            last = first
            while last + 1 < len(events) and _same(
                cells[events[last + 1], market], cells[events[first], market]
            ):
                last += 1
            part = [cells[event, market] for event in events[first : last + 1]]
            doubt = any(bool(row["ambiguous"]) for row in part)
            yield Block(column, first, last, {**part[0], "ambiguous": doubt})
            first = last + 1


def _same(one: Row, other: Row) -> bool:
    return bool(one["status"] == other["status"] == "ok" and one["day0"] == other["day0"])


def _label(axes: Axes, row: int, event: Event, after: float, *, year: bool) -> None:
    at = event.announced_at
    strong = "bold" if event.role == "headline" else "normal"
    if year:
        axes.text(_DATES - 0.08, row - 0.55, str(at.year), ha="right", color=SOFT, fontsize=7.5)
    axes.text(_DATES - 0.08, row + 0.5, f"{at.day} {MONTHS[at.month - 1]}", ha="right",
              va="center", color=SOFT, fontsize=7.5)  # fmt: skip
    axes.text(after + 0.1, row + 0.5, event.title, va="center", fontsize=7.5, weight=strong)


def _draw(axes: Axes, block: Block, left: float, width: float) -> None:
    height = block.last - block.first + 1
    middle = (left + width / 2, block.first + height / 2)
    usable = block.figures["status"] == "ok"
    fill, ink = tone(block.figures["ar"]) if usable else ("none", SOFT)
    axes.add_patch(
        Rectangle((left, block.first), width, height, facecolor=fill, edgecolor=PAPER,
                  linewidth=1.2, hatch=None if usable else "////")  # fmt: skip
    )
    if not usable:
        return
    if height > 1:
        axes.add_patch(
            Rectangle((left + 0.012, block.first + 0.1), 0.03, height - 0.2, facecolor=ink, lw=0)
        )
    shown = signed(block.figures["ar"], 1).rstrip("%")
    shown += " ?" if block.figures["ambiguous"] else ""
    marked = _marks(block.figures["p_value"])
    axes.text(middle[0] - 0.07 * marked, middle[1], shown, ha="center", va="center", color=ink, fontsize=7.5,
              weight="bold" if marked else "normal")  # fmt: skip
    for number in range(marked):
        axes.plot(left + width - 0.075 - 0.08 * number, middle[1], marker="o", color=ink, ms=3.4)


def _marks(p: float) -> int:
    return int(p <= STANDS_OUT) + int(p <= _VERY)


def _grid_title(reactions: list[Row], n_events: int) -> str:
    marked = sum(_marks(row["p_value"]) > 0 for row in reactions)
    chance = len(reactions) * STANDS_OUT
    words = f"{chance:.0f}" if chance >= 1 else f"{chance:.1f}"
    text = (
        f"{count(n_events, 'event')}, {count(len(reactions), 'distinct reaction')}: "
        f"{count(marked, 'mark')} where chance alone would make about {words}"
    )
    return sentence_case(text)


def _grid_alt(reactions: list[Row], seeds: Seeds) -> str:
    marked = sorted(
        (row for row in reactions if _marks(row["p_value"])), key=lambda row: row["p_value"]
    )
    words = [
        f"{seeds.market(row['market']).short} on {day(row['day0'])} {percent(row['ar'])}"
        for row in marked
    ]
    which = f"Marked as unusual: {listing(words, most=12)}." if words else "None is marked."
    return f"A grid with a row per event and a column per market. {which}"


@styled
def largest_picture(study: StudyStore, seeds: Seeds, *, most: int = 12) -> Picture:
    """Draw the most unusual reactions with their 95 % intervals and what could be noticed.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    most
        How many reactions to show.
    """
    found = distinct_reactions(study).head(most)
    fig = new_figure(0.75 + 0.45 * len(found))
    axes = fig.subplots()
    for place, row in enumerate(found):
        colour = UP[3] if row["ar"] > 0 else DOWN[3]
        axes.plot([-row["mde"], row["mde"]], [place, place], color=RULE, linewidth=7,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot([0, row["ar"]], [place, place], color=colour, linewidth=1.4)
        filled = colour if row["p_value"] <= STANDS_OUT else PAPER
        axes.plot(row["ar"], place, marker="o", markersize=7, color=colour, markerfacecolor=filled)
        axes.annotate(f"p = {p_value(row['p_value'])}", (1.0, place), (4, 0),
                      xycoords=("axes fraction", "data"), textcoords="offset points",
                      va="center", color=SOFT, fontsize=8)  # fmt: skip
        name, title = _reaction_label(row, seeds)
        label = axes.annotate(name, (0.0, place - 0.36), (2, 0), weight="bold", fontsize=8,
                              xycoords=("axes fraction", "data"), textcoords="offset points",
                              va="center", bbox=_PLAIN)  # fmt: skip
        axes.annotate(title, (1, 0.5), (6, 0), xycoords=label, textcoords="offset points",
                      va="center", color=SOFT, fontsize=8, bbox=_PLAIN)  # fmt: skip
    axes.set_yticks([])
    axes.set_ylim(len(found) - 0.6, -0.7)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    percent_axis(axes, "x")
    axes.set_xlabel("return beyond normal on day 0")
    small = sum(abs(row["ar"]) < row["mde"] for row in found)
    first = found.iloc[0]
    return figure_output(
        fig,
        title=f"Most unusual for its market: {seeds.market(first['market']).short} on "
        f"{day(first['day0'])}, {percent(first['ar'])} beyond normal "
        f"(placebo p = {p_value(first['p_value'])})",
        alt=f"The {len(found)} most unusual reactions, the smallest placebo p first: "
        + "; ".join(
            f"{seeds.market(row['market']).short} {row['day0']} {percent(row['ar'])}, "
            f"p = {p_value(row['p_value'])}"
            for row in found
        )
        + ".",
        caption="Ordered by placebo p, the most unusual first; a full dot has p at most 0.05. Grey "
        "bar: too small to be noticed four times in five on such a day; "
        f"{count(small, 'of these is', 'of these are')} smaller than that. Big moves of a "
        "turbulent week can be less unusual than small ones of a calm week.",
    )


def _reaction_label(row: Row, seeds: Seeds) -> tuple[str, str]:
    order = {"headline": 0, "mentioned": 1, "context": 2}
    events = sorted((seeds.event(e) for e in row["event_ids"]), key=lambda e: order[e.role])
    more = f" (+{len(events) - 1})" if len(events) > 1 else ""
    at = pd.Timestamp(row["day0"])
    name = f"{seeds.market(row['market']).short}, {at.day} {MONTHS[at.month - 1]}"
    return name, f"{events[0].title}{more}"


@styled
def p_values_picture(study: StudyStore) -> Picture:
    """Draw the placebo p-values of all distinct reactions beside what chance alone gives."""
    p = distinct_reactions(study)["p_value"].to_numpy()
    width = STANDS_OUT
    counts, edges = np.histogram(p, bins=np.arange(0, 1 + width / 2, width) - 1e-12)
    counts[-1] += int((p > edges[-1]).sum())
    expected = len(p) * width
    spread = 1.96 * np.sqrt(expected * (1 - width))
    fig = new_figure(2.7)
    axes = fig.subplots()
    axes.axhspan(max(0.0, expected - spread), expected + spread, color=STILL, lw=0)
    colours = [UP[3], *[UP[1]] * (len(counts) - 1)]
    axes.bar(edges[:-1] + width / 2, counts, width=0.9 * width, color=colours, lw=0)
    axes.axhline(expected, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
    axes.annotate(f"by chance: {expected:.1f} each", (1.0, expected), (0, 4), ha="right",
                  textcoords="offset points", color=INK, fontsize=8.5,
                  bbox=_PLAIN)  # fmt: skip
    axes.annotate(f"{counts[0]} stand out", (width / 2, counts[0]), (0, 3), ha="left",
                  textcoords="offset points", weight="bold", color=UP[3])  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(0, max(counts.max(), expected + spread) * 1.18)
    axes.set_xlabel("placebo p-value of a reaction")
    axes.set_ylabel("distinct reactions")
    verb = "fewer than" if counts[0] < expected else "more than"
    return figure_output(
        fig,
        title=f"{sentence_case(count(int(counts[0]), 'reaction'))} of {len(p)} with p at most 0.05, "
        f"{verb} the {expected:.1f} expected if no news ever moved a market",
        alt=f"A histogram of {len(p)} placebo p-values in steps of 0.05: {counts[0]} in the lowest "
        f"step, between {counts[1:].min()} and {counts[1:].max()} in the others, where chance gives "
        f"{expected:.1f} each.",
        caption="If the events meant nothing, p-values would spread evenly. Shaded: where the count "
        "of a step falls 95 times in 100 if reactions are independent; those of one night are not.",
    )


@styled
def categories_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw mean reactions by category, signed by the direction the articles implied."""
    rows = study.directions
    rows = rows[(rows["model"] == study.spec.study.model) & (rows["n_sessions"] >= _FEWEST)]
    rows = rows[rows["scope"].str.startswith("category:")]
    scopes = [f"category:{name}" for name in CATEGORIES if f"category:{name}" in set(rows["scope"])]
    markets = [m for m in seeds.markets if m.symbol in set(rows["market"])]
    fig = new_figure(0.7 + 0.24 * max(len(rows), 2) + 0.25 * len(scopes))
    axes = fig.subplots()
    places, labels, at, clear = [], [], 0.0, []
    for scope in scopes:
        axes.annotate(sentence_case(scope.removeprefix("category:")), (0, at),
                      xycoords=("axes fraction", "data"), va="center", weight="bold", xytext=(4, 0),
                      textcoords="offset points")  # fmt: skip
        at += 1
        for market in markets:
            mine = rows[(rows["scope"] == scope) & (rows["market"] == market.symbol)]
            for row in mine:
                low, high = _interval(row)
                clear += [row] if low > 0 or high < 0 else []
                _dot(axes, row, at, low, high)
                places.append(at)
                labels.append(f"{market.short} ({row['n_sessions']})")
                at += 1
    axes.set_yticks(places, labels, color=INK)
    axes.set_ylim(at - 0.4, -0.7)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    percent_axis(axes, "x", digits=0)
    axes.set_xlabel("mean return beyond normal, counted in the direction the articles implied")
    words = [
        f"{row['scope'].removeprefix('category:')} in {seeds.market(row['market']).short} "
        f"({percent(row['estimate'])})"
        for row in clear
    ]
    title = (
        f"By category, {count(len(clear), 'mean')} of {len(rows)} can be told from zero: "
        f"{listing(words, most=4)}"
        if clear
        else f"By category, none of {count(len(rows), 'mean')} can be told from zero"
    )
    return figure_output(
        fig,
        title=title,
        alt="Mean abnormal returns by category and market with 95 % intervals: "
        + "; ".join(
            f"{row['scope'].removeprefix('category:')}, {seeds.market(row['market']).short} "
            f"{percent(row['estimate'])}"
            for row in rows
        )
        + ".",
        caption="Right of zero: as the articles implied. Lines: 95 % intervals (t) over distinct "
        f"sessions, whose number stands in brackets; fewer than {count(_FEWEST, 'session')} are "
        "not drawn. Grey bar: too small to be noticed four times in five.",
    )


def _interval(row: Row) -> tuple[float, float]:
    from scipy import special

    se = abs(row["estimate"] / row["statistic"]) if row["statistic"] else np.nan
    half = float(special.stdtrit(row["n_sessions"] - 1, 0.975)) * se
    return row["estimate"] - half, row["estimate"] + half


def _dot(axes: Axes, row: Row, at: float, low: float, high: float) -> None:
    colour = UP[3] if row["estimate"] > 0 else DOWN[3]
    if np.isfinite(row.get("mde", np.nan)):
        axes.plot([-row["mde"], row["mde"]], [at, at], color=STILL, linewidth=9,
                  solid_capstyle="butt")  # fmt: skip
    axes.plot([low, high], [at, at], color=colour, linewidth=1.4)
    clear = low > 0 or high < 0
    axes.plot(row["estimate"], at, marker="o", markersize=6, color=colour,
              markerfacecolor=colour if clear else PAPER)  # fmt: skip
    axes.annotate(signed(row["estimate"], 1), (row["estimate"], at), (0, 5), ha="center",
                  textcoords="offset points", fontsize=7, color=colour)  # fmt: skip
