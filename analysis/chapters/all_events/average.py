"""The average path around events, by kind of news, with the band of its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.style import BAND, INK, SOFT, new_figure, percent_axis, signed, styled
from analysis.seeds.events import CATEGORIES
from analysis.wording import count, listing, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

FEWEST = 5
"""Distinct dates below which a kind of news gets no average path."""
_COLUMNS = ["kind", "event_day", "caar", "low", "high", "n_reactions", "n_dates"]


def average_paths(study: StudyStore, seeds: Seeds) -> pd.DataFrame:
    """Return the mean summed return beyond normal (CAAR) by kind of news and event day.

    Reactions that share a session count once, in the kind of the earliest event. The band is around
    zero: 0 -/+ t(.975, G - 1) s / sqrt(G), with s the standard deviation of the G means of distinct
    dates, since markets share the news of a date. Reactions with a missing day are left out, so
    that all days of a row rest on the same reactions.

    Parameters
    ----------
    study, seeds
        Daily returns beyond normal, and the kinds of events.
    """
    days = study.abnormal_returns
    days = days.loc[
        (days["model"] == study.spec.study.model) & ~days["candidate"].astype(bool),
        ["event_id", "market", "day0", "event_day", "ar"],
    ]
    order = {e.id: n for n, e in enumerate(sorted(seeds.events, key=lambda e: e.announced_at))}
    kind = {e.id: e.category for e in seeds.events}
    days = days.assign(place=days["event_id"].map(order)).sort_values(
        ["place", "market", "event_day"], kind="stable"
    )
    days = days.drop_duplicates(["market", "day0", "event_day"])
    wide = days.pivot_table(
        index=["event_id", "market", "day0"], columns="event_day", values="ar", sort=False,
        dropna=False,
    ).dropna()  # fmt: skip
    if wide.empty:
        return pd.DataFrame(columns=_COLUMNS)
    summed = wide.cumsum(axis=1)
    kinds = summed.index.get_level_values("event_id").map(kind)
    dates = summed.index.get_level_values("day0")
    parts = [_average(name, summed[kinds == name], dates[kinds == name]) for name in CATEGORIES]
    found = [part for part in parts if part is not None]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_COLUMNS)


def _average(name: str, summed: pd.DataFrame, dates: pd.Index) -> pd.DataFrame | None:
    by_date = summed.groupby(np.asarray(dates)).mean()
    n = len(by_date)
    if n < FEWEST:
        return None
    reach = float(scipy.special.stdtrit(n - 1, 0.975)) / np.sqrt(n)
    half = by_date.std(ddof=1).to_numpy(dtype=float) * reach
    return pd.DataFrame(
        {
            "kind": name,
            "event_day": by_date.columns.to_numpy(dtype=int),
            "caar": by_date.mean().to_numpy(dtype=float),
            "low": -half,
            "high": half,
            "n_reactions": len(summed),
            "n_dates": n,
        }
    )


@styled
def average_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw the average path by kind of news: the mean of date means, and its band around zero."""
    table = average_paths(study, seeds)
    kinds = list(dict.fromkeys(table["kind"]))
    rows = max(-(-len(kinds) // 2), 1)
    fig = new_figure(0.4 + 1.75 * rows)
    panels = list(fig.subplots(rows, 2, sharex=True, sharey=True, squeeze=False).ravel())
    for axes, kind in zip(panels, kinds, strict=False):
        _panel(axes, table[table["kind"] == kind])
    for axes in panels[len(kinds) :]:
        axes.set_axis_off()
    return figure_output(
        fig,
        drawn=Drawn("average-path", table),
        title=_title(table, kinds),
        alt="Average path beyond normal by kind of news: " + ("; ".join(
            _words(table[table["kind"] == kind]) for kind in kinds
        ) or "none") + ".",
        caption="Line: mean sum of what went beyond normal since the first day shown, each date "
        "counted once. Grey: where 19 of 20 such averages fall if the news meant nothing, as the "
        "spread of the dates has it. Each day is looked at by itself, so some leave it by luck. "
        f"Kinds with fewer than {FEWEST} dates are left out.",
    )  # fmt: skip


def _panel(axes: Axes, part: pd.DataFrame) -> None:
    at = part["event_day"].to_numpy()
    axes.fill_between(at, part["low"], part["high"], color=BAND, linewidth=0)
    axes.axvline(0, color=SOFT, linewidth=0.8)
    axes.plot(at, part["caar"], color=INK)
    first = part.iloc[0]
    axes.set_title(f"{_name(first['kind'])} ({first['n_dates']} dates)")
    percent_axis(axes, "y", digits=0)
    axes.set_xlabel("session from day 0")


def _name(kind: str) -> str:
    return sentence_case(str(kind).replace("-", " "))


def _outside(part: pd.DataFrame) -> bool:
    """Tell whether the average lies outside its band at the end: one look for every kind."""
    last = part.iloc[-1]
    return bool(last["caar"] < last["low"] or last["caar"] > last["high"])


def _title(table: pd.DataFrame, kinds: list[str]) -> str:
    if not kinds:
        return f"No kind of news has {count(FEWEST, 'date')} to average over"
    out = [_name(k).lower() for k in kinds if _outside(table[table["kind"] == k])]
    if not out:
        return "No kind of news ends, on average, outside the range that chance allows"
    verb = "ends" if len(out) == 1 else "end"
    kinds_ = count(len(kinds), "kind")
    return f"Of {kinds_} of news {listing(out)} {verb}, on average, outside the range of chance"


def _words(part: pd.DataFrame) -> str:
    zero = part[part["event_day"] == 0]
    value = float(zero["caar"].iloc[0]) if len(zero) else float("nan")
    last = float(part["caar"].iloc[-1])
    return (
        f"{_name(part['kind'].iloc[0])} {signed(value, 1)} on day 0, {signed(last, 1)} at the end"
    )
