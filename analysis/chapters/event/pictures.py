"""One event in every market: its days, and how unusual its day 0 is among ordinary days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy
from matplotlib.ticker import MultipleLocator

from analysis.chapters.shared import style
from analysis.chapters.shared.figures import STANDS_OUT, event_rows
from analysis.chapters.shared.pairs import of_markets, which_markets
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.rows import Row, records
from analysis.reactions.study_tables import USABLE
from analysis.wording import count, day, listing, p_value, percent
from analysis.wording import signed as signed_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

Floats = npt.NDArray[np.float64]

_BINS = 41
_FEW = 20
_NOTHING = "No day-0 return"


@style.styled
def paths_picture(study: StudyStore, seeds: Seeds, event_id: str) -> Picture:
    """Draw abnormal returns day by day, their forecast band and their sum, a panel per market.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    event_id
        The event.
    """
    every = event_rows(study, seeds, event_id)
    rows = of_markets(every)
    model = study.spec.study.model
    days = study.abnormal_returns
    days = days[(days["event_id"] == event_id) & (days["model"] == model) & ~days["candidate"]]
    quantiles = _quantiles(study, event_id)
    fig = style.new_figure(0.5 + 2.35 * -(-len(rows) // 2))
    grid = fig.subplots(-(-len(rows) // 2), 2, sharex=True, sharey=True, squeeze=False)
    panels = list(grid.ravel())
    for axes, row in zip(panels, rows, strict=False):
        name = seeds.market(row["market"]).short
        if row["status"] not in USABLE:
            _empty(axes, f"{name}: {_NOTHING.lower()}")
            continue
        path = days[days["market"] == row["market"]].sort_values("event_day")
        _path(axes, path, quantiles[row["market"], row["day0"]])
        axes.set_title(f"{name}, {day(row['day0'])}: {percent(row['ar'])}")
    for axes in panels[len(rows) :]:
        axes.set_axis_off()
    _label_paths(panels[: len(rows)])
    return figure_output(
        fig,
        drawn=Drawn(f"days-{event_id}", _paths_table(rows, days, quantiles)),
        title=_paths_title(rows, every, seeds, quantiles),
        alt=_paths_alt(rows, seeds, days),
        caption="Bars: return beyond normal on each session of that market. Grey: where 95 of 100 "
        "forecasts of a normal day fall, from the volatility of the whole estimation window. Line: "
        "sum from the first day shown. Event days are "
        "sessions of that market, so the same number is another date elsewhere."
        + which_markets(len(rows), len(every)),
    )


def _paths_table(
    rows: list[Row], days: pd.DataFrame, quantiles: Mapping[tuple[str, str], float]
) -> pd.DataFrame:
    """Return the bars, the ends of the band and the sum, day by day and market by market."""
    parts = []
    for row in rows:
        if row["status"] not in USABLE:
            continue
        path = days[days["market"] == row["market"]].sort_values("event_day")
        half = quantiles[row["market"], row["day0"]] * path["se"]
        part = path[["market", "event_day", "session", "ar"]]
        parts.append(part.assign(low=-half, high=half, car=_summed(part["ar"].to_numpy())))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _summed(ar: Floats) -> Floats:
    """Return running sums; NaN on the days without a return."""
    return np.where(np.isfinite(ar), np.nancumsum(ar), np.nan)


def _quantiles(study: StudyStore, event_id: str) -> dict[tuple[str, str], float]:
    """Return the 97.5 % point of the t distribution by market and day 0."""
    fits = study.fits
    mine = fits[(fits["event_id"] == event_id) & (fits["model"] == study.spec.study.model)]
    return {
        (row["market"], row["day0"]): float(scipy.special.stdtrit(row["df"], 0.975))
        for row in records(mine)
    }


def _path(axes: Axes, path: pd.DataFrame, quantile: float) -> None:
    at, ar = path["event_day"].to_numpy(), path["ar"].to_numpy()
    half = quantile * path["se"].to_numpy()
    axes.bar(at, 2 * half, bottom=-half, width=1.0, color=style.BAND, linewidth=0)
    shades = np.where(ar > 0, style.UP[2], style.DOWN[2])
    colours = np.where(at == 0, np.where(ar > 0, style.UP[3], style.DOWN[3]), shades)
    axes.bar(at, ar, width=0.62, color=colours, linewidth=0)
    axes.plot(at, _summed(ar), color=style.INK, linewidth=1.3, marker="o", markersize=2.6)
    axes.axhline(0, color=style.SOFT, linewidth=0.8)


def _label_paths(panels: Sequence[Axes]) -> None:
    """Name the axes once, and the three things drawn where the first panel has room."""
    style.percent_axis(panels[0])
    low, high = panels[0].get_ylim()
    panels[0].set_ylim(low * 1.06, high * 1.06)
    for number, axes in enumerate(panels):
        if number >= len(panels) - 2:
            axes.set_xlabel("event day (sessions of the market)")
            axes.tick_params(labelbottom=True)
        if number % 2 == 0:
            axes.set_ylabel("beyond normal")
        axes.xaxis.set_major_locator(MultipleLocator(5))
    first = next((axes for axes in panels if axes.lines), None)
    if first is not None:
        at, car = (np.asarray(values)[-1] for values in first.lines[0].get_data())
        first.annotate("sum", (at, car), (5, 0), textcoords="offset points", va="center")
        band = first.patches[0].get_extents().transformed(first.transData.inverted())
        first.annotate("normal days", (band.x0, band.y0), (3, 3), textcoords="offset points",
                       color=style.SOFT, fontsize=7.5)  # fmt: skip


def _empty(axes: Axes, text: str) -> None:
    axes.set_title(text)
    axes.set_axis_off()


def _paths_title(
    shown: list[Row], rows: list[Row], seeds: Seeds, quantiles: Mapping[tuple[str, str], float]
) -> str:
    usable = [row for row in rows if row["status"] in USABLE]
    if not usable:
        return f"{_NOTHING} in any market"
    named = [row for row in usable if row in shown]
    words = [f"{seeds.market(row['market']).short} {percent(row['ar'])}" for row in named]
    outside = []
    for row in usable:
        if abs(row["ar"]) > quantiles[row["market"], row["day0"]] * row["se"]:
            outside.append(seeds.market(row["market"]).short)
    verdict = f"{listing(outside)} outside" if outside else "none outside"
    return f"Beyond normal on day 0: {listing(words)}; {verdict} its 95 % forecast band"


def _paths_alt(rows: list[Row], seeds: Seeds, days: pd.DataFrame) -> str:
    parts = []
    for row in rows:
        name = seeds.market(row["market"]).short
        if row["status"] not in USABLE:
            parts.append(f"{name}: no day-0 return")
            continue
        path = days[days["market"] == row["market"]]
        total = path["ar"].sum()
        first, last = path["event_day"].min(), path["event_day"].max()
        parts.append(
            f"{name}: {percent(row['ar'])} beyond normal on day 0, {percent(total)} in all from "
            f"day {signed_number(first, 0)} to day {signed_number(last, 0)}"
        )
    return f"A panel per market with bars of abnormal returns. {'; '.join(parts)}."


@style.styled
def placebo_picture(study: StudyStore, seeds: Seeds, event_id: str) -> Picture:
    """Draw where day 0 falls among the ordinary days of each market.

    Parameters
    ----------
    study, seeds
        The figures (``placebo_days`` among them), and names of events and markets.
    event_id
        The event.
    """
    name = f"placebo-days-{event_id}"
    every = [row for row in event_rows(study, seeds, event_id) if pd.notna(row["p_value"])]
    rows = of_markets(every)
    if not rows:
        fig = style.new_figure(0.8)
        _empty(fig.subplots(), _NOTHING)
        words = f"{_NOTHING} in any market"
        return figure_output(fig, drawn=Drawn(name), title=words, alt=words)
    days = study.placebo_days
    days = days[days["model"] == study.spec.study.model]
    ordinary = [_comparable(days, row) for row in rows]
    samples = [np.asarray(part["statistic"], dtype=float) for part in ordinary]
    everything = np.concatenate([*samples, [row["statistic"] for row in rows]])
    edge = 1.04 * float(np.nanmax(np.abs(everything)))
    fig = style.new_figure(0.55 + 1.2 * len(rows))
    panels = fig.subplots(len(rows), 1, sharex=True, squeeze=False).ravel()
    for axes, row, sample in zip(panels, rows, samples, strict=True):
        _unusual(axes, sample, row, edge)
        axes.set_title(seeds.market(row["market"]).short)
    panels[-1].set_xlabel(
        "abnormal return in units of its forecast error, scaled by the volatility of the day before"
    )
    return figure_output(
        fig,
        drawn=Drawn(name, _placebo_table(ordinary, rows)),
        title=_placebo_title(every, seeds),
        alt=_placebo_alt(rows, seeds),
        caption="Each bar counts ordinary days of that market on which nothing catalogued happened."
        " Coloured: days at least as far from zero as the event's day 0, which the line marks. "
        "p counts them, and the event itself, among all." + which_markets(len(rows), len(every)),
    )


def _placebo_table(ordinary: list[pd.DataFrame], rows: list[Row]) -> pd.DataFrame:
    """Return the ordinary days of every market, and before them the day of the event."""
    columns = ["market", "session", "event_id", "statistic"]
    parts = []
    for days, row in zip(ordinary, rows, strict=True):
        day0 = {**row, "session": row["day0"]}
        parts.append(pd.DataFrame([day0], columns=columns))
        parts.append(days.assign(event_id="")[columns])
    return pd.concat(parts, ignore_index=True)


def _comparable(days: pd.DataFrame, row: Row) -> pd.DataFrame:
    """Return the ordinary days of a reaction's market and span."""
    mine = days[(days["market"] == row["market"]) & ~days["holds_event"]]
    same = mine[mine["span"] == row["span"]] if "span" in mine else mine
    chosen: pd.DataFrame = same if len(same) == row["n_placebo"] else mine
    return chosen


def _unusual(axes: Axes, sample: Floats, row: Row, edge: float) -> None:
    observed = float(row["statistic"])
    bins = np.linspace(-edge, edge, _BINS + 1).tolist()
    beyond = np.abs(sample) >= abs(observed)
    shades = style.UP if observed > 0 else style.DOWN
    coloured = shades[2] if row["p_value"] <= STANDS_OUT else shades[1]
    axes.hist(
        [sample[~beyond], sample[beyond]],
        bins=bins,
        stacked=True,
        color=[style.RULE, coloured],
        lw=0,
    )
    top = axes.get_ylim()[1]
    axes.axvline(observed, color=shades[3], linewidth=2.0)
    right = observed < 0.45 * edge
    axes.annotate(
        f"day 0: {style.signed(row['ar'], 1)}, p = {p_value(row['p_value'])}\n"
        f"{int(beyond.sum())} of {len(sample)} days as unusual",
        (0.99 if right else 0.01, 0.97),
        xycoords="axes fraction",
        ha="right" if right else "left",
        va="top",
        color=style.INK,
        fontsize=8.5,
        linespacing=1.4,
    )
    if beyond.sum() <= _FEW:
        rug = sample[beyond]
        axes.plot(rug, np.full(len(rug), -0.07 * top), "|", color=shades[3], ms=5, mew=1.2)
    axes.set_ylim(-0.13 * top, top * 1.1)
    axes.set_xlim(-edge, edge)
    axes.set_yticks([])
    axes.grid(visible=False)


def _placebo_title(rows: list[Row], seeds: Seeds) -> str:
    unusual = [
        f"{seeds.market(row['market']).short} (p = {p_value(row['p_value'])})"
        for row in rows
        if row["p_value"] <= STANDS_OUT
    ]
    if not unusual:
        least = min(rows, key=lambda row: row["p_value"])
        name = seeds.market(least["market"]).short
        return f"An ordinary day in every market; {name} least so (p = {p_value(least['p_value'])})"
    others = len(rows) - len(unusual)
    rest = f"; ordinary in the other {count(others, 'market')}" if others else ""
    return f"Day 0 was unusual in {listing(unusual)}{rest}"


def _placebo_alt(rows: list[Row], seeds: Seeds) -> str:
    parts = [
        f"{seeds.market(row['market']).short}: day 0 at {signed_number(row['statistic'], 1)}, "
        f"placebo p = {p_value(row['p_value'])} among {int(row['n_placebo'])} days"
        for row in rows
    ]
    return f"A histogram of ordinary days per market with the event marked. {'; '.join(parts)}."
