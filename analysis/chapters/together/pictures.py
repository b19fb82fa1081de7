"""How the markets' reactions go together, against what they do on other days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as MarkPath

from analysis.chapters.shared import style
from analysis.chapters.shared.blank import blank_picture
from analysis.chapters.shared.fewer import MOST_ROWS, left_to_data
from analysis.chapters.shared.figures import STANDS_OUT
from analysis.chapters.shared.pairs import MARKETS, PANELS, ROWS, of_pairs, which_pairs
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.rows import Row, records
from analysis.engine.models import TOTAL_REACTION, WITHOUT_BENCHMARK
from analysis.wording import listing, p_value, signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.markets import Market

#: Sizes of a correlation at which a colour gets one step stronger.
_STEPS = (0.15, 0.3, 0.5, 0.7)
_KINDS = {
    "reaction_total": "Total reaction to the events",
    "reaction": "Reaction beyond the benchmark",
    "normal_clock": "Other days, paired by the clock",
    "normal_same_date": "Other days, paired by the date",
}
_PAIR = ["market_a", "market_b", "kind", "model", "n", "pearson"]
_MATRIX = [*_PAIR, "p_placebo"]
_AGAINST = [*_PAIR, "placebo_low", "placebo_median", "placebo_high", "p_placebo"]
_CLOCKS = [*_PAIR, "low", "high"]
_POINTS = ["market_a", "market_b", "event_ids", "day0_a", "day0_b", "sar_a", "sar_b"]


@style.styled
def matrices_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw correlations of reactions beside those of other days, a matrix for each.

    Parameters
    ----------
    study, seeds
        Correlations of reactions and of other days, and names of markets.
    """
    rows = _correlations(study)
    if rows.empty:
        return blank_picture("matrices")
    markets = _markets(rows, seeds)
    fig = style.new_figure(0.4 + 1.62 * min(len(markets), MARKETS))
    panels, kinds = fig.subplots(2, 2).ravel(), _kinds(rows)
    for axes in panels[len(kinds) :]:
        axes.set_axis_off()
    for axes, (kind, name) in zip(panels, kinds.items(), strict=False):
        _matrix(axes, records(rows[rows["kind"] == kind]), markets)
        axes.set_title(name)
        if len(markets) > MARKETS and len(kinds) == len(panels):
            axes.label_outer()  # the same names stand below and to the left
    mean = {kind: float(rows.loc[rows["kind"] == kind, "pearson"].mean()) for kind in _KINDS}
    beyond = f", {signed(mean['reaction'])} beyond the benchmark" if "reaction" in kinds else ""
    return figure_output(
        fig,
        drawn=Drawn("matrices", rows[rows["kind"].isin(_KINDS)][_MATRIX]),
        title=f"Mean correlation: {signed(mean['reaction_total'])} in total reactions{beyond}; "
        f"on other days "
        f"{signed(mean['normal_clock'])} by the clock, "
        f"{signed(mean['normal_same_date'])} by date",
        alt="Matrices of correlations between markets. "
        + " ".join(f"{name}: {_words(rows, kind, seeds)}." for kind, name in kinds.items()),
        caption="Pearson correlations"
        + (", with the number of pairs of sessions below" if len(markets) <= MARKETS else "")
        + ". Reactions: "
        "day-0 returns in standard errors over distinct sessions; a dot marks a placebo p of at "
        "most 0.05. By the clock, a market meets the sessions that had closed before its own.",
    )


def _matrix(axes: Axes, rows: list[Row], markets: list[Market]) -> None:
    place = {market.symbol: number for number, market in enumerate(markets)}
    if len(markets) > MARKETS:
        _shaded(axes, rows, place)
        rows = []
    for row in rows:
        low, high = sorted((place[row["market_a"]], place[row["market_b"]]))
        fill, ink = _shade(row["pearson"])
        axes.add_patch(
            Rectangle((low, high - 1), 1, 1, facecolor=fill, edgecolor=style.PAPER, lw=1.5)
        )
        axes.text(low + 0.5, high - 0.58, signed(row["pearson"]), ha="center", va="center",
                  color=ink, weight="bold")  # fmt: skip
        axes.text(low + 0.5, high - 0.26, f"n = {row['n']}", ha="center", va="center", color=ink,
                  fontsize=7)  # fmt: skip
        if row["p_placebo"] <= STANDS_OUT:
            axes.plot(low + 0.88, high - 0.86, marker="o", color=ink, markersize=4)
    n = len(markets) - 1
    axes.set_xlim(0, n)
    axes.set_ylim(n, 0)
    axes.set_xticks(np.arange(n) + 0.5, [m.short for m in markets[:-1]], color=style.INK)
    axes.set_yticks(np.arange(n) + 0.5, [m.short for m in markets[1:]], color=style.INK)
    axes.tick_params(length=0)
    if len(markets) > MARKETS:
        axes.tick_params(axis="x", labelrotation=90)
        axes.tick_params(labelsize=6.5)
    axes.spines["bottom"].set_visible(False)
    axes.grid(visible=False)


def _shaded(axes: Axes, rows: list[Row], place: Mapping[str, int]) -> None:
    """Draw cells too small for numbers: one shape for all of a colour, and the dots."""
    cells: dict[str, list[MarkPath]] = {}
    for row in rows:
        low, high = sorted((place[row["market_a"]], place[row["market_b"]]))
        square = [(low, high - 1), (low + 1, high - 1), (low + 1, high), (low, high)]
        fill, ink = _shade(row["pearson"])
        cells.setdefault(fill, []).append(MarkPath([*square, square[0]], closed=True))
        if row["p_placebo"] <= STANDS_OUT:
            axes.plot(low + 0.5, high - 0.5, marker="o", color=ink, markersize=2.5)
    for fill, some in sorted(cells.items()):
        shape = MarkPath.make_compound_path(*some)
        axes.add_patch(PathPatch(shape, facecolor=fill, edgecolor=style.PAPER, lw=0.6))


def _shade(value: float) -> tuple[str, str]:
    step = sum(abs(value) >= edge for edge in _STEPS) if np.isfinite(value) else 0
    if not step:
        return style.STILL, style.INK
    return (style.UP if value > 0 else style.DOWN)[step - 1], style.STRONG if step == len(
        _STEPS
    ) else style.INK


@style.styled
def placebo_correlations_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw correlations of reactions against those at as many placebo moments.

    Parameters
    ----------
    study, seeds
        Correlations with their placebo quantiles, and names of markets.
    """
    rows = _correlations(study)
    rows = rows[rows["kind"].isin(["reaction_total", "reaction"])]
    if rows.empty:
        return blank_picture("correlations-and-placebo")
    every, rows = rows, of_pairs(rows, study, ROWS, ("market_a", "market_b"))
    pairs = list(dict.fromkeys(zip(rows["market_a"], rows["market_b"], strict=True)))
    fig = style.new_figure(1.0 + 0.34 * len(pairs))
    kinds = [kind for kind in ("reaction_total", "reaction") if kind in _kinds(rows)]
    panels = fig.subplots(1, len(kinds), sharey=True, sharex=True, squeeze=False)[0]
    for axes, kind in zip(panels, kinds, strict=True):
        mine = records(rows[rows["kind"] == kind])
        for row in mine:
            _against_placebo(axes, row, pairs.index((row["market_a"], row["market_b"])))
        axes.set_title(_KINDS[kind])
        axes.set_xlabel("correlation")
        axes.axvline(0, color=style.SOFT, linewidth=0.8)
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
    names = [_pair(seeds, a, b) for a, b in pairs]
    panels[0].set_yticks(range(len(pairs)), names, color=style.INK)
    panels[0].set_ylim(len(pairs) - 0.4, -0.6)
    panels[0].set_xlim(-1, 1)
    title = "; ".join(
        f"{name}: {signed(row['mean_correlation'])} on average, p = {p_value(row['p_placebo'])}"
        for kind, name in _kinds(rows).items()
        for row in records(study.together[study.together["kind"] == kind])
    )
    return figure_output(
        fig,
        drawn=Drawn("correlations-and-placebo", rows[_AGAINST]),
        title=title or "Too few reactions are shared",
        alt=f"Dots against grey ranges of placebo correlations. {title}. "
        + ". ".join(f"{_KINDS[kind]}: {_words(rows, kind, seeds)}" for kind in kinds)
        + ".",
        caption="Dot: correlation of day-0 reactions in standard errors over the events; full "
        "where its placebo p is at most 0.05. Grey: the middle 95 % at as many placebo moments, "
        "with their median: markets go together on ordinary days as well. Of several pairs some "
        "look alike by chance; the mean of all is the answer."
        + which_pairs(len(pairs), _n_pairs(every)),
    )


def _against_placebo(axes: Axes, row: Row, at: int) -> None:
    axes.plot([row["placebo_low"], row["placebo_high"]], [at, at], color=style.BAND, lw=9,
              solid_capstyle="butt")  # fmt: skip
    axes.plot(row["placebo_median"], at, marker="|", color=style.SOFT, markersize=9, mew=1.2)
    colour = style.UP[3] if row["pearson"] >= row["placebo_median"] else style.DOWN[3]
    full = row["p_placebo"] <= STANDS_OUT
    axes.plot(row["pearson"], at, marker="o", markersize=7, color=colour,
              markerfacecolor=colour if full else style.PAPER)  # fmt: skip


@style.styled
def pairs_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw the total reactions of each pair of markets against each other.

    Parameters
    ----------
    study, seeds
        Distinct pairs of day-0 returns, and names of markets.
    """
    points = study.reaction_pairs
    points = points[points["model"] == TOTAL_REACTION]
    every, points = points, of_pairs(points, study, PANELS, ("market_a", "market_b"))
    pairs = list(dict.fromkeys(zip(points["market_a"], points["market_b"], strict=True)))
    if not pairs:
        return blank_picture("pairs")
    lines = -(-len(pairs) // 3)
    fig = style.new_figure(0.3 + 2.3 * lines)
    panels = fig.subplots(lines, 3, sharex=True, sharey=True, squeeze=False).ravel()
    edge = 1.15 * float(np.nanmax(np.abs(points[["sar_a", "sar_b"]].to_numpy())))
    shares = [
        (
            _pair(seeds, str(a), str(b)),
            int((np.sign(p["sar_a"]) == np.sign(p["sar_b"])).sum()),
            len(p),
        )
        for (a, b), p in every.groupby(["market_a", "market_b"], sort=False)
    ]
    parts = []
    for axes, (a, b) in zip(panels, pairs, strict=False):
        mine = points[(points["market_a"] == a) & (points["market_b"] == b)]
        same = np.sign(mine["sar_a"]) == np.sign(mine["sar_b"])
        axes.set_title(f"{int(same.sum())} of {len(mine)} the same way", fontsize=8.5)
        mine = _farthest(mine)
        parts.append(mine)
        same = same[mine.index]
        colours = np.where(same, style.UP[3], style.DOWN[3])
        axes.scatter(mine["sar_a"], mine["sar_b"], s=13, c=colours, alpha=0.75, linewidths=0)
        axes.axhline(0, color=style.SOFT, linewidth=0.7)
        axes.axvline(0, color=style.SOFT, linewidth=0.7)
        axes.set_xlabel(seeds.market(a).short)
        axes.set_ylabel(seeds.market(b).short)
        axes.tick_params(labelbottom=True, labelleft=True, labelsize=7.5)
        axes.grid(visible=False)
    for axes in panels[len(pairs) :]:
        axes.set_axis_off()
    _stretched(panels[0], edge)
    shown = pd.concat(parts)
    name, same_way, n = max(shares, key=lambda share: share[1] / share[2])
    drawn = {_pair(seeds, str(a), str(b)) for a, b in pairs}
    return figure_output(
        fig,
        drawn=Drawn("pairs", shown[_POINTS]),
        title=f"Most often the same way: {name}, in {same_way} of {n} pairs of sessions",
        alt="A scatter of day-0 total reactions for each pair of markets. Same direction: "
        + "; ".join(f"{name} {same} of {n}" for name, same, n in shares if name in drawn)
        + ".",
        caption="Each point is one pair of day 0s, in standard errors of an ordinary day; the "
        "benchmark is not taken out. Blue: both markets moved the same way. Beyond two standard "
        "errors the scale is logarithmic; the few points far out weigh most in a correlation."
        + which_pairs(len(pairs), _n_pairs(every))
        + left_to_data(
            len(shown), len(points), "point", file="reaction_pairs.csv", which="farthest out"
        ),
    )


def _farthest(points: pd.DataFrame) -> pd.DataFrame:
    """Return the points of one pair that lie farthest out, in their order."""
    size = points[["sar_a", "sar_b"]].abs().max(axis=1)
    return points.loc[size.nlargest(MOST_ROWS).index.sort_values()]


def _stretched(axes: Axes, edge: float) -> None:
    """Give the shared axes a scale that is even near zero and logarithmic beyond."""
    ticks = [t for t in (-10, -2, 0, 2, 10) if abs(t) <= edge]
    for set_scale, set_ticks, set_limits in (
        (axes.set_xscale, axes.set_xticks, axes.set_xlim),
        (axes.set_yscale, axes.set_yticks, axes.set_ylim),
    ):
        set_scale("symlog", linthresh=2, linscale=0.9)
        set_ticks(ticks, [f"{t:+d}".replace("-", "−") if t else "0" for t in ticks])
        set_limits(-edge, edge)
    axes.minorticks_off()


@style.styled
def clock_correlations_picture(study: StudyStore, seeds: Seeds) -> Picture:
    """Draw what pairing sessions by the clock changes on days without events.

    Parameters
    ----------
    study, seeds
        Correlations of other days, and names of markets.
    """
    rows = study.correlations
    rows = rows[rows["kind"].isin(["normal_clock", "normal_same_date"])]
    if rows.empty:
        return blank_picture("clock-and-date")
    every, rows = rows, of_pairs(rows, study, ROWS, ("market_a", "market_b"))
    pairs = list(dict.fromkeys(zip(rows["market_a"], rows["market_b"], strict=True)))
    fig = style.new_figure(1.0 + 0.42 * len(pairs))
    axes = fig.subplots()
    gaps, ends = _gaps(every), [0.0, 0.0]
    for at, (a, b) in enumerate(pairs):
        mine = rows[(rows["market_a"] == a) & (rows["market_b"] == b)].set_index("kind")
        clock, date = (dict(mine.loc[kind]) for kind in ("normal_clock", "normal_same_date"))
        _with_interval(axes, clock, at - 0.14, style.UP[3], full=True)
        _with_interval(axes, date, at + 0.14, style.DOWN[3], full=False)
        ends = [clock["high"], date["high"]] if at == 0 else ends
    axes.set_yticks(range(len(pairs)), [_pair(seeds, a, b) for a, b in pairs], color=style.INK)
    axes.set_ylim(len(pairs) - 0.45, -0.75)
    axes.annotate("by the clock", (ends[0], -0.14), (6, 0), color=style.UP[3], va="center",
                  textcoords="offset points", weight="bold")  # fmt: skip
    axes.annotate("by the date", (ends[1], 0.14), (6, 0), color=style.DOWN[3], va="center",
                  textcoords="offset points", weight="bold")  # fmt: skip
    axes.axvline(0, color=style.SOFT, linewidth=0.8)
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("correlation of returns on sessions that are no event's day 0")
    a, b, by_clock, by_date = max(gaps, key=lambda gap: abs(gap[2] - gap[3]))
    return figure_output(
        fig,
        drawn=Drawn("clock-and-date", rows[_CLOCKS]),
        title=f"The clock changes most for {_pair(seeds, a, b)}: correlation "
        f"{signed(by_clock)}, against {signed(by_date)} by calendar date",
        alt="Two dots with intervals per pair of markets: correlations of ordinary returns paired "
        "by the clock and by date. "
        + "; ".join(
            f"{_pair(seeds, a, b)} {signed(one)} and {signed(other)}" for a, b, one, other in gaps
        )
        + ".",
        caption="Lines: 95 % intervals from blocks of days drawn again. When Tokyo closes, New "
        "York has not opened yet on that date: the same date pairs it with news still to come."
        + which_pairs(len(pairs), _n_pairs(every)),
    )


def _gaps(rows: pd.DataFrame) -> list[tuple[str, str, float, float]]:
    """Return the two correlations of every pair, by the clock and by the date."""
    wide = rows.pivot(index=["market_a", "market_b"], columns="kind", values="pearson")
    order = rows[["market_a", "market_b"]].drop_duplicates().itertuples(index=False, name=None)
    wide = wide.loc[list(order)]
    found = zip(wide.index, wide["normal_clock"], wide["normal_same_date"], strict=True)
    return [(a, b, float(clock), float(date)) for (a, b), clock, date in found]


def _with_interval(axes: Axes, row: Row, at: float, colour: str, *, full: bool) -> None:
    axes.plot([row["low"], row["high"]], [at, at], color=colour, linewidth=1.3)
    axes.plot(row["pearson"], at, marker="o", markersize=6, color=colour,
              markerfacecolor=colour if full else style.PAPER)  # fmt: skip


def _n_pairs(rows: pd.DataFrame) -> int:
    return len(rows[["market_a", "market_b"]].drop_duplicates())


def _correlations(study: StudyStore) -> pd.DataFrame:
    rows = study.correlations
    model = study.spec.study.model
    beyond = (rows["model"] == model) & (model not in WITHOUT_BENCHMARK)
    return rows[(rows["kind"] != "reaction") | beyond]


def _kinds(rows: pd.DataFrame) -> dict[str, str]:
    """Return the kinds of correlation a run has: beyond a benchmark only where it has one."""
    return {kind: name for kind, name in _KINDS.items() if (rows["kind"] == kind).any()}


def _markets(rows: pd.DataFrame, seeds: Seeds) -> list[Market]:
    present = set(rows["market_a"]) | set(rows["market_b"])
    return [market for market in seeds.markets if market.symbol in present]


def _pair(seeds: Seeds, a: str, b: str) -> str:
    return f"{seeds.market(a).short} and {seeds.market(b).short}"


def _words(rows: pd.DataFrame, kind: str, seeds: Seeds) -> str:
    found, which = records(rows[rows["kind"] == kind]), ""
    if len(found) > ROWS:
        which = f"of {len(found)} pairs those farthest from zero, "
        found = sorted(found, key=lambda row: -abs(row["pearson"]))[:ROWS]
    names = [f"{_pair(seeds, r['market_a'], r['market_b'])} {signed(r['pearson'])}" for r in found]
    return f"{which}{listing(names)}"
