"""What survives, drawn: the family, categories as implied, size and power."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.few_events.words import cells
from analysis.chapters.shared import style
from analysis.chapters.shared.blank import NO_DAYS, blank_picture
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.words import implied_by
from analysis.engine import LEVEL
from analysis.engine.models import TOTAL_REACTION
from analysis.wording import count, day, listing, p_value, percent, sentence_case, short_day, size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.further import FurtherTables
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

_FAMILY = ["model", "market", "day0", "event_id", "ar", "p_single", "p_stepdown", "p_bh"]
_IMPLIED = ["scope", "market", "model", "n_sessions", "n_dates", "estimate", "low_left_out",
            "high_left_out", "p_joint_two_sided", "p_high_left_out"]  # fmt: skip
_PERIODS = {
    "all": "all quiet days",
    "calm": "calm third",
    "middle": "middle third",
    "turbulent": "turbulent third",
    "shock_ahead": "before the wildest week",
    "shock_in_estimation": "wildest week in estimation",
}


@style.styled
def family_picture(study: StudyStore, seeds: Seeds, *, most: int = 15) -> Picture:
    """Draw the most unusual reactions alone and as the largest of all.

    Parameters
    ----------
    study, seeds
        The figures, and names of events and markets.
    most
        How many reactions to show for each model.
    """
    models = list(dict.fromkeys([study.spec.study.model, TOTAL_REACTION]))
    found = {model: cells(study, model).head(most) for model in models}
    if all(part.empty for part in found.values()):
        return blank_picture("family", NO_DAYS)
    height = 0.9 + 0.2 * max((len(part) for part in found.values()), default=1)
    fig = style.new_figure(height)
    panels = np.atleast_1d(fig.subplots(1, len(models), sharex=True))
    for axes, (model, part) in zip(panels, found.items(), strict=True):
        axes.set_title("total reaction" if model == TOTAL_REACTION else "beyond the benchmark")
        _family_axes(axes, part, seeds)
    first = found[models[0]].iloc[0]
    kept = sum(int((part["p_stepdown"] <= STANDS_OUT).sum()) for part in found.values())
    name = f"{seeds.market(first['market']).short} on {day(first['day0'])}"
    title = (
        f"{sentence_case(count(kept, 'reaction'))} unusual even as the largest of all"
        if kept
        else f"No reaction is unusual as the largest of {first['n_family']}: {name} "
        f"({percent(first['ar'])}) goes from p = {p_value(first['p_single'])} "
        f"to {p_value(first['p_stepdown'])}"
    )
    return figure_output(
        fig,
        drawn=Drawn("family", pd.concat(found.values(), ignore_index=True)[_FAMILY]),
        title=title,
        alt="For each of the most unusual reactions, its p-value alone and family-wise: "
        + "; ".join(
            f"{seeds.market(row['market']).short} on {day(row['day0'])} {p_value(row['p_single'])} "
            f"and {p_value(row['p_stepdown'])}"
            for row in found[models[0]].to_dict("records")
        )
        + ".",
        caption="Open dot: p of the reaction alone. Full dot: p as one of all distinct reactions "
        "(joint placebo, step-down). Cross: Benjamini-Hochberg. Left of the line is 5 %. The axis "
        "is logarithmic.",
        least=660,
    )


def _family_axes(axes: Axes, part: pd.DataFrame, seeds: Seeds) -> None:
    labels = []
    for place, row in enumerate(part.to_dict("records")):
        colour = style.UP[3] if row["ar"] > 0 else style.DOWN[3]
        axes.plot(
            [row["p_single"], row["p_stepdown"]], [place, place], color=style.RULE, linewidth=2
        )
        axes.plot(
            row["p_single"], place, "o", markersize=5, color=colour, markerfacecolor=style.PAPER
        )
        axes.plot(row["p_stepdown"], place, "o", markersize=5, color=colour)
        axes.plot(row["p_bh"], place, "x", markersize=5, color=style.SOFT)
        at = pd.Timestamp(row["day0"])
        short = seeds.market(row["market"]).short
        labels.append(f"{short}, {short_day(at)} {percent(row['ar'])}")
    axes.set_yticks(range(len(part)), labels, fontsize=7.5, color=style.INK)
    axes.set_ylim(len(part) - 0.4, -0.6)
    axes.set_xscale("log")
    axes.axvline(STANDS_OUT, color=style.INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xticks([0.001, 0.01, 0.05, 0.2, 1], [".001", ".01", ".05", ".2", "1"])
    axes.minorticks_off()
    axes.set_xlabel("p-value")
    axes.grid(visible=False, axis="y")


@style.styled
def implied_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw mean reactions in the direction the articles implied, with one date left out."""
    rows = study.pooled[(study.pooled["sample"] == "all") & (study.pooled["n_dates"] >= 2)]
    if rows.empty:
        return blank_picture("implied", "No kind of news has two dates with an implied direction")
    scopes = [s for s in dict.fromkeys(rows["scope"]) if s != "all"]
    scopes = sorted(scopes, key=lambda s: -int(rows[rows["scope"] == s]["n_sessions"].max()))
    scopes = ["all", *scopes] if (rows["scope"] == "all").any() else scopes
    models = [m for m in (TOTAL_REACTION, study.spec.study.model) if m in set(rows["model"])]
    models = list(dict.fromkeys(models))
    markets = ["all", *(m.symbol for m in seeds.markets if m.symbol in set(rows["market"]))]
    lines = [
        (s, m) for s in scopes for m in markets if ((rows.scope == s) & (rows.market == m)).any()
    ]
    fig = style.new_figure(0.9 + 0.2 * max(len(lines), 2))
    panels = np.atleast_1d(fig.subplots(1, len(models), sharey=True, sharex=True))
    clear = []
    for axes, model in zip(panels, models, strict=True):
        axes.set_title("total reaction" if model == TOTAL_REACTION else "beyond the benchmark")
        mine = rows[rows["model"] == model].set_index(["scope", "market"])
        for place, key in enumerate(lines):
            if key in mine.index:
                row = mine.loc[key]
                _implied_dot(axes, row, place)
                if row["p_joint_two_sided"] <= STANDS_OUT and row["p_high_left_out"] <= STANDS_OUT:
                    clear.append((model, key, row))
        axes.axvline(0, color=style.SOFT, linewidth=0.8)
        style.percent_axis(axes, "x")
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
    names = [
        ("All events" if s == "all" else s.removeprefix("category:").replace("-", " "))
        + ": "
        + ("all markets" if m == "all" else seeds.market(m).short)
        for s, m in lines
    ]
    panels[0].set_yticks(range(len(lines)), [sentence_case(n) for n in names], fontsize=7.5,
                         color=style.INK)  # fmt: skip
    panels[0].set_ylim(len(lines) - 0.4, -0.6)
    panels[0].set_xlabel("mean return in the implied direction")
    whole = [c for c in clear if c[1][0] == "all" and c[1][1] == "all"]
    first = whole[0] if whole else (clear[0] if clear else None)
    title = (
        f"In the implied direction: {percent(first[2]['estimate'])} on average "
        f"({'total reaction' if first[0] == TOTAL_REACTION else 'beyond the benchmark'}, "
        f"{_scope_words(first[1], seeds)}), two-sided joint placebo "
        f"p = {p_value(first[2]['p_joint_two_sided'])}"
        if first
        else f"In no category did prices move as {implied_by(seeds)} more than at placebo moments"
    )
    return figure_output(
        fig,
        drawn=Drawn("implied", rows[rows["market"].isin(markets)][_IMPLIED]),
        title=title,
        alt="Mean signed reactions by category and market; beyond placebo whichever date is left "
        f"out: {count(len(clear), 'mean')} of {2 * len(lines)}.",
        caption="Dot: mean over distinct sessions. Bar: range with one date left out. Full: joint "
        "placebo p (two-sided) at most 0.05 whichever date is left out; ring with a "
        "point: only with all dates; open: not. Number: sessions.",
        least=660,
    )


def _scope_words(key: tuple[str, str], seeds: Seeds) -> str:
    scope, market = key
    kind = "all events" if scope == "all" else scope.removeprefix("category:").replace("-", " ")
    return f"{kind}, {'all markets' if market == 'all' else seeds.market(market).short}"


def _implied_dot(axes: Axes, row: pd.Series, place: int) -> None:
    colour = style.UP[3] if row["estimate"] > 0 else style.DOWN[3]
    axes.plot([row["low_left_out"], row["high_left_out"]], [place, place], color=style.RULE,
              linewidth=5, solid_capstyle="butt")  # fmt: skip
    robust = row["p_joint_two_sided"] <= STANDS_OUT and row["p_high_left_out"] <= STANDS_OUT
    axes.plot(row["estimate"], place, "o", markersize=6, color=colour,
              markerfacecolor=colour if robust else style.PAPER)  # fmt: skip
    if row["p_joint_two_sided"] <= STANDS_OUT and not robust:
        axes.plot(row["estimate"], place, "o", markersize=2, color=colour)
    axes.annotate(
        f"{row['n_sessions']:.0f}", (1.0, place), (2, 0), va="center", fontsize=6.5,
        color=style.SOFT, xycoords=("axes fraction", "data"), textcoords="offset points",
    )  # fmt: skip


@style.styled
def sizes_picture(further: FurtherTables) -> Picture:
    """Draw how often each test rejects at 5 % on quiet days, by period."""
    model = further.study.spec.study.model
    rows = further.table("sizes")
    rows = rows[(rows["model"] == model) & (rows["window"] == "[0,0]") & (rows["level"] == LEVEL)]
    tests = {
        "ar_t": "t-test",
        "ar_t_conditional": "t, yesterday's scale",
        "placebo_p": "placebo",
        "placebo_p_raw": "placebo, raw",
    }
    fig = style.new_figure(2.9)
    panels = fig.subplots(1, len(tests), sharey=True, sharex=True)
    pooled = _pooled_shares(rows)
    for axes, (test, name) in zip(panels, tests.items(), strict=True):
        axes.axvspan(0, LEVEL, color=style.BAND, lw=0)
        for place, period in enumerate(_PERIODS):
            share, low, high = pooled.get((test, period), (np.nan, np.nan, np.nan))
            off = low > LEVEL or high < LEVEL
            colour = style.DOWN[3] if off else style.UP[3]
            axes.plot([low, high], [place, place], color=colour, linewidth=1.2)
            axes.plot(share, place, "o", markersize=5, color=colour,
                      markerfacecolor=colour if off else style.PAPER)  # fmt: skip
        axes.set_title(name, fontsize=8)
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, 0.2)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f}%")
    panels[0].set_yticks(range(len(_PERIODS)), list(_PERIODS.values()), fontsize=8, color=style.INK)
    panels[0].set_ylim(len(_PERIODS) - 0.5, -0.5)
    panels[0].set_xlabel("rejected at 5 %")
    calm, wild = (pooled.get(("ar_t", p), (np.nan,))[0] for p in ("calm", "turbulent"))
    fixed = [pooled.get(("ar_t_conditional", p), (np.nan,))[0] for p in ("calm", "turbulent")]
    return figure_output(
        fig,
        drawn=Drawn("sizes", _sizes_drawn(pooled, list(tests))),
        title=f"The t-test rejects on {size(calm)} of calm and {size(wild)} of turbulent quiet "
        f"days; with yesterday's volatility on {size(fixed[0])} and {size(fixed[1])}",
        alt="Share of quiet days rejected at 5 %, all markets: "
        + "; ".join(
            f"{tests[test]}, {_PERIODS[period]} {size(values[0])}"
            for (test, period), values in pooled.items()
        )
        + ".",
        caption=("All markets together. " if rows["market"].nunique() > 1 else "")
        + "Bars: exact 95 % intervals that take days as independent; they are not quite. "
        " Full and orange: the interval leaves 5 % out.",
        least=620,
    )


def _sizes_drawn(
    pooled: Mapping[tuple[str, str], tuple[float, float, float]], tests: list[str]
) -> pd.DataFrame:
    rows = [(*key, *values) for key, values in pooled.items() if key[0] in tests]
    return pd.DataFrame(rows, columns=["test", "period", "rejected", "low", "high"])


def _pooled_shares(rows: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float, float]]:
    from analysis.reactions.power import rejection_interval

    out = {}
    for (test, period), part in rows.groupby(["test", "period"], sort=False):
        n = float(part["n"].sum())
        share = float((part["rejected"].fillna(0) * part["n"]).sum() / n) if n else float("nan")
        out[str(test), str(period)] = (share, *rejection_interval(share, n))
    return out


@style.styled
def power_picture(further: FurtherTables) -> Picture:
    """Draw the chance to find a day-0 effect of a given size, market by market."""
    rows = further.table("power")
    rows = rows[(rows["test"] == "placebo_p") & (rows["window"] == "[0,0]")]
    models = list(dict.fromkeys([further.study.spec.study.model, TOTAL_REACTION]))
    fig = style.new_figure(2.9)
    panels = np.atleast_1d(fig.subplots(1, len(models), sharey=True, sharex=True))
    words = []
    for axes, model in zip(panels, models, strict=True):
        mine = rows[rows["model"] == model]
        for k, market in enumerate(
            m for m in further.seeds.markets if m.symbol in set(mine["market"])
        ):
            curve = mine[mine["market"] == market.symbol]
            colour = style.LINES[k % len(style.LINES)]
            axes.plot(curve["effect"], curve["power"], color=colour, label=market.short)
            mde = float(curve["mde"].iloc[0])
            axes.plot(mde, 0.8, "o", color=colour, markersize=5)
            if model == models[0]:
                words.append(f"{size(mde)} in {market.short}")
        axes.axhline(0.8, color=style.RULE, linewidth=0.8)
        axes.set_title("total reaction" if model == TOTAL_REACTION else "beyond the benchmark")
        axes.set_xlim(0, 0.15)
        style.percent_axis(axes, "x")
    panels[0].yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f}%")
    panels[0].set_ylabel("chance to be found at 5 %")
    panels[0].legend(loc="lower right")
    panels[0].set_xlabel("effect on day 0")
    return figure_output(
        fig,
        drawn=Drawn("power", rows[rows["model"].isin(models)]),
        title=f"Found four times in five: an effect of {listing(words)}",
        alt="Curves of the chance to find an effect against its size, one per market; four times "
        f"in five from {listing(words)}.",
        caption="Each effect is added to, and taken from, every quiet session of the market; a "
        "reaction smaller than the dot may well be there and not be noticed.",
        least=560,
    )
