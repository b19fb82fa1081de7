"""The prices the study rests on, and the days each exchange traded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.chapters.shared import style
from analysis.chapters.shared.fewer import MOST_NAMES, MOST_ROWS
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.seeds.events import CATEGORIES
from analysis.wording import SHORT_MONTHS, count, day, id_list, listing, percent, sentence_case

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.reactions.market_data import MarketData
    from analysis.seeds.catalogue import Seeds

End = tuple[float, str, str]

_BASE = 100.0
_CROWDED = f" A kind of news with more than {MOST_ROWS} events has a tick for each of its days."
_LANE_COLOURS = {
    "thaw": style.UP[3],
    "control-easing": style.UP[3],
    "escalation": style.DOWN[3],
    "control-tightening": style.DOWN[3],
}


@style.styled
def closes_picture(market_data: MarketData, seeds: Seeds) -> Picture:
    """Draw closes rebased to the first day all markets have one, and the events below.

    Parameters
    ----------
    market_data, seeds
        Sessions and their closes; the events.
    """
    markets = [m for m in market_data.markets if m.symbol in market_data.sessions]
    start = max(market_data.sessions[m.symbol].session[0] for m in markets)
    fig = style.new_figure(5.2)
    top, lanes = fig.subplots(2, 1, sharex=True, height_ratios=(3.1, 1.5))
    ends: list[End] = []
    levels: dict[str, pd.Series[float]] = {}
    for market, colour in zip(markets, style.LINES, strict=False):
        sessions = market_data.sessions[market.symbol]
        keep = (sessions.session >= start) & np.isfinite(sessions.price)
        level = _BASE * sessions.price[keep] / sessions.price[keep][0]
        levels[market.symbol] = pd.Series(level, index=sessions.session[keep].astype(str))
        top.plot(sessions.session[keep], level, color=colour, linewidth=1.4)
        ends.append((float(level[-1]), market.short, colour))
    top.set_xlim(right=max(market_data.sessions[m.symbol].session[-1] for m in markets))
    _logarithmic(top)
    _label_ends(top, ends)
    top.set_ylabel("first common close = 100")
    names = _lanes(lanes, seeds)
    _date_axis(lanes)
    moves = {name: level / _BASE - 1 for level, name, _ in ends}
    words = listing([f"{name} {percent(move, 0)}" for name, move in moves.items()])
    last = max(market_data.sessions[m.symbol].session[-1] for m in markets)
    return figure_output(
        fig,
        drawn=Drawn("closes", _closes_table(levels, seeds)),
        title=f"From {day(str(start))} to {day(str(last))}: {words}",
        alt=f"Four lines of closes rebased to 100: {words}. Below, ticks for "
        f"{count(len(seeds.events), 'event')} in {count(len(names), 'category', 'categories')}.",
        caption="Closes in local currency on a logarithmic scale, so that equal distances are "
        "equal percentages. Each tick below is an event: blue where tension or controls eased, "
        "orange where they tightened, grey for other news."
        + (_CROWDED if len(seeds.events) > MOST_ROWS else ""),
    )


def _closes_table(levels: Mapping[str, pd.Series[float]], seeds: Seeds) -> pd.DataFrame:
    """Return a row per date: the level of every market, and the events of that date (UTC)."""
    news = pd.Series([event.id for event in seeds.events], dtype=str)
    dates = [str(event.announced_at.date()) for event in seeds.events]
    columns = {
        **levels,
        "event_ids": news.groupby(dates).agg(lambda ids: id_list(list(ids), most=MOST_NAMES)),
    }
    return pd.DataFrame(columns).sort_index().reset_index(names="date")


def _logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    ticks = [t for t in (25, 50, 75, 100, 150, 200, 300, 400, 600, 800) if low <= t <= high]
    axes.set_yticks(ticks, [str(t) for t in ticks])
    axes.minorticks_off()


def _label_ends(axes: Axes, ends: list[End]) -> None:
    """Name the lines at their ends, kept apart from each other."""
    least = 0.065 * float(np.ptp(np.log(axes.get_ylim())))
    placed = -np.inf
    for level, name, colour in sorted(ends, key=lambda end: end[0]):
        placed = max(np.log(level), placed + least)
        axes.annotate(f"{name} {level:.0f}", (1.0, float(np.exp(placed))), (6, 0),
                      xycoords=("axes fraction", "data"), textcoords="offset points",
                      va="center", color=colour, weight="bold")  # fmt: skip


def _lanes(axes: Axes, seeds: Seeds) -> list[str]:
    names = [name for name in CATEGORIES if any(e.category == name for e in seeds.events)]
    for lane, name in enumerate(names):
        at = [np.datetime64(e.announced_at.replace(tzinfo=None)) for e in seeds.events
              if e.category == name]  # fmt: skip
        if len(at) > MOST_ROWS:  # a tick for each of its days
            at = sorted({moment.astype("datetime64[D]") for moment in at})
        axes.vlines(at, lane - 0.36, lane + 0.36, color=_LANE_COLOURS.get(name, style.SOFT), lw=1.1)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(range(len(names)), [sentence_case(name) for name in names], color=style.INK)
    axes.tick_params(axis="y", labelsize=8)
    axes.grid(visible=True, axis="y", color=style.BAND)
    return names


def _date_axis(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, num2date

    axes.xaxis.set_major_locator(AutoDateLocator(minticks=4, maxticks=9))  # type: ignore[no-untyped-call]

    def name(value: float, _: object) -> str:
        at = num2date(value)  # type: ignore[no-untyped-call]
        month = SHORT_MONTHS[at.month - 1]
        if at.day != 1:
            return f"{at.day} {month}"
        return f"{month}\n{at.year}" if at.month == 1 else month

    axes.xaxis.set_major_formatter(name)


@style.styled
def coverage_picture(market_data: MarketData) -> Picture:
    """Draw on which weekdays each exchange traded, was shut, or shut without notice.

    Parameters
    ----------
    market_data
        Sessions of the markets and of their benchmarks.
    """
    rows = _exchanges(market_data)
    first = min(market_data.sessions[symbols[0]].session[0] for _, symbols in rows)
    last = max(market_data.sessions[symbols[0]].session[-1] for _, symbols in rows)
    weekdays = np.arange(first, last + 1)
    weekdays = weekdays[np.is_busday(weekdays)]
    fig = style.new_figure(0.75 + 0.5 * len(rows))
    axes = fig.subplots()
    summary, lost_days = [], []
    days = pd.DataFrame({"date": weekdays.astype(str)})
    for place, (name, symbols) in enumerate(rows):
        sessions = market_data.sessions[symbols[0]]
        lost = np.array(sessions.closures, dtype="datetime64[D]")
        shut = weekdays[~np.isin(weekdays, np.union1d(sessions.session, lost))]
        axes.plot([first, last], [place, place], color=style.UP[1], lw=15, solid_capstyle="butt")
        axes.vlines(shut, place - 0.24, place + 0.24, color=style.PAPER, lw=1.3)
        axes.vlines(lost, place - 0.4, place + 0.4, color=style.DOWN[3], lw=1.6)
        days[name] = np.select(
            [np.isin(weekdays, lost), np.isin(weekdays, shut)], ["lost", "shut"], "session"
        )
        summary.append((name, len(sessions.session), len(shut), len(lost)))
        lost_days += [f"{name} {day(str(d))}" for d in lost]
    labels = [f"{name}\n{n} sessions, {shut} holidays" for name, n, shut, _ in summary]
    axes.set_yticks(range(len(rows)), labels, color=style.INK, linespacing=1.3)
    axes.set_ylim(len(rows) - 0.45, -0.6)
    axes.grid(visible=False)
    _date_axis(axes)
    words = listing([f"{name} {n}" for name, n, _, _ in summary])
    n_lost = sum(lost for *_, lost in summary)
    return figure_output(
        fig,
        drawn=Drawn("sessions", days),
        title=f"Sessions with a close: {words}; {count(n_lost, 'day')} lost without notice",
        alt=f"A strip per exchange of the weekdays with a close. Unscheduled closures: "
        f"{listing(lost_days) or 'none'}.",
        caption="Blue: sessions with a close. White: weekdays the exchange was shut as planned. "
        f"Orange: unscheduled closures ({listing(lost_days) or 'none'}). A closure is never "
        "filled: the next session takes its place, and its return spans the gap.",
    )


def _exchanges(market_data: MarketData) -> list[tuple[str, list[str]]]:
    """Return cities and the series traded there, in the order of the markets."""
    cities = {"XNAS": "New York", "XNYS": "New York", "XTKS": "Tokyo", "XTAI": "Taipei",
              "XHKG": "Hong Kong"}  # fmt: skip
    rows: dict[str, list[str]] = {}
    for symbol, sessions in market_data.sessions.items():
        mic = sessions.market.exchange
        rows.setdefault(cities.get(mic, mic), []).append(symbol)
    return list(rows.items())
