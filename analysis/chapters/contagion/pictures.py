"""How markets move together, drawn: lead and lag, the network of event days, paths over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.shared import style
from analysis.chapters.shared.blank import blank_picture
from analysis.chapters.shared.dates import day_numbers, quarter_ticks
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.pairs import MARKETS, PANELS, ROWS, of_pairs, which_pairs
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.wording import count, day, listing, number, p_value, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.further import FurtherTables
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


def _lag(value: float) -> str:
    return f"lag {value:+.0f}".replace("-", "−").replace("+0", "0")


@style.styled
def lead_lag_picture(further: FurtherTables) -> Picture:
    """Draw correlations at lags -2 to +2, on quiet days and at events, pair by pair."""
    rows = further.table("lead_lag")
    shown = of_pairs(rows, further.study, PANELS, ("leader", "follower"))
    pairs = list(shown.groupby(["leader", "follower"], sort=False))
    if not pairs:
        return blank_picture("lead-and-lag")
    fig = style.new_figure(0.6 + 1.45 * -(-len(pairs) // 3))
    panels = fig.subplots(-(-len(pairs) // 3), 3, sharex=True, sharey=True, squeeze=False).ravel()
    at_events = rows[rows["days"] == "events"].sort_values("lag", kind="stable")
    beyond = [
        f"{further.seeds.market(str(leader)).short} and "
        f"{further.seeds.market(str(follower)).short} "
        f"at {_lag(part['lag'])} ({signed(part['pearson'])})"
        for (leader, follower), found in at_events.groupby(["leader", "follower"], sort=False)
        for part in found[found["p_placebo"] <= STANDS_OUT].to_dict("records")
    ]
    for axes, ((leader, follower), part) in zip(panels, pairs, strict=False):
        names = [further.seeds.market(str(m)).short for m in (leader, follower)]
        axes.set_title(f"{names[0]} → {names[1]}", fontsize=8.5)
        quiet = part[part["days"] == "quiet"].sort_values("lag")
        event = part[part["days"] == "events"].sort_values("lag")
        axes.bar(event["lag"], event["placebo_high"] - event["placebo_low"], 0.7,
                 bottom=event["placebo_low"], color=style.BAND, lw=0)  # fmt: skip
        axes.vlines(
            quiet["lag"] - 0.15, quiet["low"], quiet["high"], color=style.LINES[0], linewidth=1.4
        )
        axes.plot(quiet["lag"] - 0.15, quiet["pearson"], "o", color=style.LINES[0], markersize=4)
        for row in event.to_dict("records"):
            marked = row["p_placebo"] <= STANDS_OUT
            axes.plot(row["lag"] + 0.15, row["pearson"], "D", color=style.LINES[1], markersize=4.5,
                      markerfacecolor=style.LINES[1] if marked else style.PAPER)  # fmt: skip
        axes.axhline(0, color=style.SOFT, linewidth=0.8)
        axes.set_ylim(-1, 1)
    for axes in panels[len(pairs) :]:
        axes.set_axis_off()
    panels[0].set_xticks([-2, -1, 0, 1, 2], ["−2", "−1", "0", "+1", "+2"])
    panels[0].set_ylabel("correlation")
    fig.supxlabel("lag, sessions of the second market; right: the first one moved earlier",
                  fontsize=8.5, color=style.SOFT)  # fmt: skip
    return figure_output(
        fig,
        drawn=Drawn("lead-and-lag", shown),
        title=f"At events {count(len(beyond), 'pair or lag', 'pairs and lags')} of "
        f"{len(at_events)} differ from placebo days: {listing(beyond, most=3)}"
        if beyond
        else "At events no pair differs from placebo days at any lag",
        alt="For each pair of markets, correlations at lags −2 to +2 on quiet days with intervals, "
        f"and at events against their placebo range; outside it: {listing(beyond) or 'none'}.",
        caption="Dot with bar: quiet days, 95 % block bootstrap. Diamond: distinct event sessions; "
        "full where placebo p is at most 0.05. Shaded: middle 95 % of placebo instants. Lag 0 is "
        "where the clock pairs two sessions, not where two day 0s meet."
        + which_pairs(len(pairs), len(rows) // 10),
        least=620,
    )


_TOTAL = "event days, total reaction"
_EDGE = ["kind", "model", "market_a", "market_b", "n", "pearson", "p_placebo"]


@style.styled
def network_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw co-movement as a network: ordinary days, event days, and what is beyond placebo."""
    every = study.correlations
    if every.empty:
        return blank_picture("network")
    rows = of_pairs(every, study, PANELS, ("market_a", "market_b"))
    kinds = {"normal_clock": "ordinary days, by the clock", "reaction_total": _TOTAL}
    if study.spec.study.model not in WITHOUT_BENCHMARK:
        kinds["reaction"] = "event days, beyond the benchmark"
    parts = {name: rows[rows["kind"] == kind] for kind, name in kinds.items()}
    markets = [m for m in seeds.markets if m.symbol in {*rows["market_a"], *rows["market_b"]}]
    angle = np.linspace(0, 2 * np.pi, max(len(markets), 1), endpoint=False) + np.pi / 4
    place = {m.symbol: (np.cos(a), np.sin(a)) for m, a in zip(markets, angle, strict=True)}
    small = len(markets) <= MARKETS  # more need a picture each, below each other
    fig = style.new_figure(3.0 if small else 3.4 * len(parts))
    panels = fig.subplots(*((1, len(parts)) if small else (len(parts), 1)))
    for axes, (name, part) in zip(panels, parts.items(), strict=True):
        axes.set_title(name, fontsize=8.5)
        axes.set_axis_off()
        for row in part.to_dict("records"):
            marked = row["p_placebo"] <= STANDS_OUT
            _edge(axes, place[row["market_a"]], place[row["market_b"]], row["pearson"], marked)
        for market in markets:
            x, y = place[market.symbol]
            box = {"facecolor": style.PAPER, "edgecolor": style.RULE, "boxstyle": "round"}
            axes.annotate(market.short, (x, y), ha="center", va="center", fontsize=8, bbox=box,
                          weight="bold")  # fmt: skip
        axes.set_xlim(-1.25, 1.25)
        axes.set_ylim(-1.0, 1.0)
    beyond = every[every["p_placebo"] <= STANDS_OUT].groupby("kind").size()
    total, *rest = (int(beyond.get(kind, 0)) for kind in list(kinds)[1:])
    words = [
        f"{seeds.market(r['market_a']).short}–{seeds.market(r['market_b']).short} "
        f"{signed(r['pearson'])}"
        for r in parts[_TOTAL].to_dict("records")
    ]
    return figure_output(
        fig,
        drawn=Drawn("network", pd.concat(parts.values(), ignore_index=True)[_EDGE]),
        title=f"On event days {count(total, 'link')} between total reactions stronger or weaker "
        "than at placebo moments"
        + "".join(f"; beyond the benchmark {count(n, 'link', 'links')}" for n in rest),
        alt=f"{number(len(parts)).capitalize()} networks of {len(markets)} markets. "
        f"Total reactions on event days: {listing(words)}.",
        caption="Width and number: correlation; blue positive, orange negative. Bold: placebo p at "
        "most 0.05, against the same number of placebo instants."
        + which_pairs(len(parts[_TOTAL]), int((every["kind"] == "reaction_total").sum())),
        least=620,
    )


def _edge(
    axes: Axes, a: tuple[float, float], b: tuple[float, float], r: float, marked: bool
) -> None:
    if not np.isfinite(r):
        return
    colour = style.UP[3] if r > 0 else style.DOWN[3]
    axes.plot([a[0], b[0]], [a[1], b[1]], color=colour, linewidth=0.4 + 6 * abs(r),
              alpha=0.85 if marked else 0.3, solid_capstyle="butt")  # fmt: skip
    across = abs(a[0] - b[0]) > 0.1 and abs(a[1] - b[1]) > 0.1
    near = 0.3 if across else 0.5  # two diagonals meet in the middle
    at = ((1 - near) * a[0] + near * b[0], (1 - near) * a[1] + near * b[1])
    axes.annotate(signed(r), at, ha="center", va="center", fontsize=7.5, color=style.INK,
                  weight="bold" if marked else "normal",
                  bbox={"facecolor": style.PAPER, "edgecolor": "none", "pad": 1})  # fmt: skip


@style.styled
def paths_picture(further: FurtherTables) -> Picture:
    """Draw EWMA and cDCC correlation paths with event days marked."""
    rows = further.table("paths")
    pairs = list(rows.groupby(["leader", "follower"], sort=False))
    if not pairs:
        return blank_picture("paths-of-correlation")
    fig = style.new_figure(0.4 + 0.95 * len(pairs))
    panels = fig.subplots(len(pairs), 1, sharex=True, sharey=True, squeeze=False).ravel()
    words = []
    for axes, ((leader, follower), part) in zip(panels, pairs, strict=True):
        names = [further.seeds.market(str(m)).short for m in (leader, follower)]
        at = day_numbers(part["session"])
        news = part["holds_event"].astype(bool).to_numpy()
        axes.vlines(at[news], -1, 1, color=style.BAND, linewidth=1)
        axes.plot(at, part["ewma"], color=style.SOFT, linewidth=0.9)
        axes.plot(at, part["cdcc"], color=style.LINES[0], linewidth=1.4)
        axes.axhline(0, color=style.RULE, linewidth=0.8)
        axes.set_ylim(-0.6, 1)
        axes.set_title(f"{names[0]} and {names[1]}", fontsize=8)
        top = part.iloc[int(part["cdcc"].to_numpy().argmax())]
        words.append((float(top["cdcc"]), f"{names[0]} and {names[1]}", day(top["session"])))
        quarter_ticks(axes, float(at.min()), float(at.max()))
    value, name, session = max(words)
    return figure_output(
        fig,
        drawn=Drawn("paths-of-correlation", _wide_paths(rows), digits=4),
        title=f"Conditional correlation was highest between {name}, {signed(value)} on {session}",
        alt="Paths of conditional correlation, one panel per pair; highest values: "
        + "; ".join(f"{n} {signed(v)} on {s}" for v, n, s in words)
        + ".",
        caption="Blue: cDCC(1,1) on GARCH-standardised, clock-aligned returns. Grey: exponentially "
        "weighted, decay 0.94. Shaded lines: sessions with a catalogued event."
        + which_pairs(len(pairs), len(further.table("contagion"))),
        least=560,
    )


def _wide_paths(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row per session, and for every pair its paths and whether the session has news."""
    parts = []
    for (leader, follower), part in rows.groupby(["leader", "follower"], sort=False):
        mine = part.set_index("session")[["ewma", "cdcc", "holds_event"]]
        parts.append(mine.add_prefix(f"{leader} {follower} "))
    wide = pd.concat(parts, axis=1).sort_index() if parts else pd.DataFrame()
    return wide.reset_index(names="session") if parts else wide


@style.styled
def event_days_picture(further: FurtherTables) -> Picture:
    """Draw correlations of event and calm days, raw and with the variance taken out."""
    every = further.table("contagion")
    if every.empty:
        return blank_picture("event-days")
    rows = of_pairs(every, further.study, ROWS, ("leader", "follower"))
    fig = style.new_figure(0.8 + 0.42 * max(len(rows), 1))
    axes = fig.subplots()
    labels = []
    apart = int(((every["low_adjusted"] > 0) | (every["high_adjusted"] < 0)).sum())
    for place, row in enumerate(rows.to_dict("records")):
        low, high = (row["rho_calm"] + row[k] for k in ("low_adjusted", "high_adjusted"))
        axes.plot([low, high], [place, place], color=style.RULE, linewidth=6, solid_capstyle="butt")
        axes.plot(row["rho_calm"], place, "|", color=style.INK, markersize=13)
        axes.plot(
            row["rho_event"],
            place,
            "o",
            color=style.LINES[1],
            markerfacecolor=style.PAPER,
            markersize=6,
        )
        axes.plot(row["rho_adjusted"], place, "o", color=style.LINES[1], markersize=6)
        names = [further.seeds.market(row[k]).short for k in ("leader", "follower")]
        labels.append(f"{names[0]}, {names[1]} ({row['n_event']})")
    axes.set_yticks(range(len(rows)), labels, color=style.INK)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("correlation")
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    return figure_output(
        fig,
        drawn=Drawn("event-days", rows),
        title=f"With the other variance of event days taken out, {number(apart, none='none')} of "
        f"{count(len(every), 'pair')} still differ{'s' if apart == 1 else ''} from calm days",
        alt="; ".join(
            f"{name}: calm {signed(row['rho_calm'])}, events {signed(row['rho_event'])}, adjusted "
            f"{signed(row['rho_adjusted'])}"
            for name, row in zip(labels, rows.to_dict("records"), strict=True)
        )
        + ".",
        caption="Upright: calm days, by the clock. Ring: total reactions on event days; both in "
        "percent, not in standard errors. Dot: after "
        "Forbes and Rigobon. Bar: 95 % block bootstrap of the adjusted difference, laid at the "
        "calm value. A difference is not contagion: common news raises it too."
        + which_pairs(len(rows), len(every)),
    )


@style.styled
def spillover_picture(further: FurtherTables) -> Picture:
    """Draw spill-over slopes at events against their placebo range and quiet days."""
    every = further.table("spillover")
    rows = of_pairs(every, further.study, ROWS // 2, ("from", "to"))
    event = rows[rows["days"] == "events"].dropna(subset=["slope"])
    if event.empty:
        return blank_picture("spillovers", "No two markets have events enough for a slope")
    fig = style.new_figure(0.8 + 0.4 * max(len(event), 1))
    axes = fig.subplots()
    labels = []
    tested = every[every["days"] == "events"].dropna(subset=["slope"])
    marked = [
        f"{further.seeds.market(row['from']).short} to {further.seeds.market(row['to']).short} "
        f"({signed(row['slope'])})"
        for row in tested[tested["p_placebo"] <= STANDS_OUT].to_dict("records")
    ]
    for place, row in enumerate(event.to_dict("records")):
        names = [further.seeds.market(row[k]).short for k in ("from", "to")]
        axes.plot([row["placebo_low"], row["placebo_high"]], [place, place], color=style.BAND,
                  linewidth=7, solid_capstyle="butt")  # fmt: skip
        same = rows[
            (rows["from"] == row["from"]) & (rows["to"] == row["to"]) & (rows["days"] == "quiet")
        ].iloc[0]
        axes.plot(same["slope"], place, "|", color=style.INK, markersize=12)
        unusual = row["p_placebo"] <= STANDS_OUT
        axes.plot(row["slope"], place, "D", color=style.LINES[1], markersize=5.5,
                  markerfacecolor=style.LINES[1] if unusual else style.PAPER)  # fmt: skip
        axes.annotate(f"p = {p_value(row['p_placebo'])}", (1, place), (4, 0), va="center",
                      xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=8,
                      color=style.SOFT)  # fmt: skip
        labels.append(f"{names[0]} → {names[1]} ({row['n']:.0f})")
    axes.set_yticks(range(len(event)), labels, color=style.INK)
    axes.set_ylim(max(len(event), 1) - 0.5, -0.5)
    axes.axvline(0, color=style.SOFT, linewidth=0.8)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("slope on the first market's abnormal return, the benchmark held fixed")
    return figure_output(
        fig,
        drawn=Drawn("spillovers", rows),
        title=f"After one market's reaction the next moved unusually, the benchmark held fixed, "
        f"in {number(len(marked), none='none')} of {count(len(tested), 'direction')}, by chance "
        "alone in about "
        f"{len(tested) * STANDS_OUT:.1f}" + (f": {listing(marked, most=6)}" if marked else ""),
        alt="; ".join(
            f"{name}: slope {signed(row['slope'])}, p = {p_value(row['p_placebo'])}"
            for name, row in zip(labels, event.to_dict("records"), strict=True)
        )
        + ".",
        caption="Diamond: event sessions (their number in brackets); full where placebo p is at "
        "most 0.05. Shaded: middle 95 % over placebo instants. Upright: quiet days."
        + which_pairs(len(rows) // 4, len(every) // 4),
    )
