"""From an instant to a session: when news came, and which session it meets in each market."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.shared import style
from analysis.chapters.shared.fewer import MOST_ROWS, left_to_data
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.wording import SHORT_MONTHS, count, day, listing, moment, short_day

if TYPE_CHECKING:
    from datetime import datetime

    from matplotlib.axes import Axes

    from analysis.reactions.market_data import MarketData
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.events import Event
    from analysis.seeds.markets import Market
    from analysis.sessions import MarketSessions, Reaction

_HOUR = np.timedelta64(1, "h")
_MARGIN = timedelta(hours=8)


@style.styled
def clock_picture(market_data: MarketData, seeds: Seeds, event_id: str) -> Picture:
    """Draw how the instant of one event becomes day 0 in every market.

    Parameters
    ----------
    market_data, seeds
        Sessions and reactions; the events.
    event_id
        The event.
    """
    event = seeds.event(event_id)
    found = {r.market: r for r in market_data.reactions if r.event_id == event_id}
    markets = [m for m in market_data.markets if m.symbol in found]
    start, end = _span(event, [found[m.symbol] for m in markets], market_data)
    fig = style.new_figure(1.0 + 0.62 * len(markets))
    axes = fig.subplots()
    for place, market in enumerate(markets):
        _sessions(
            axes, place, market_data.sessions[market.symbol], found[market.symbol], start, end
        )
    best = _x(_instant(event.announced_at))
    axes.axvspan(
        _x(_instant(event.earliest)), _x(_instant(event.latest)), color=style.BAND, lw=0, zorder=0
    )
    axes.axvline(best, color=style.INK, linewidth=1.4, zorder=3)
    axes.annotate(f"the news: {event.announced_at:%H:%M} UTC", (best, -0.62), (4, 0),
                  textcoords="offset points", weight="bold", va="center")  # fmt: skip
    axes.set_yticks(range(len(markets)), [m.short for m in markets], color=style.INK)
    axes.set_ylim(len(markets) - 0.4, -0.85)
    axes.set_xlim(_x(start), _x(end))
    axes.grid(visible=False)
    _hours_axis(axes, start, end)
    words = [f"{m.short} {day(str(found[m.symbol].day0))}" for m in markets if found[m.symbol].day0]
    return figure_output(
        fig,
        drawn=Drawn(f"clock-{event_id}", _clock_table(market_data, markets, found, (start, end))),
        title=f"{event.title}: day 0 is {_joined(markets, found)}",
        alt=f"A clock in UTC with the sessions of each market around the news of "
        f"{moment(event.announced_at)}. Day 0: "
        f"{listing(words)}.",
        caption="Bars: sessions, with a gap at lunch. Blue: day 0, the first session that closes "
        "after the news. The line below it runs from the last close before the news to the first "
        "close after it: that is the return of day 0. Grey: the bounds of the moment.",
    )


def _clock_table(
    market_data: MarketData,
    markets: Sequence[Market],
    found: Mapping[str, Reaction],
    span: tuple[np.datetime64, np.datetime64],
) -> pd.DataFrame:
    """Return the sessions on the clock, with their instants in UTC, and which is day 0."""
    parts = []
    for market in markets:
        sessions, reaction = market_data.sessions[market.symbol], found[market.symbol]
        shown = (sessions.close_at > span[0]) & (sessions.open_at < span[1])
        part = pd.DataFrame({"session": sessions.session[shown].astype(str)})
        part.insert(0, "market", market.symbol)
        for name in ("open_at", "break_start", "break_end", "close_at"):
            part[name] = [_utc(at) for at in getattr(sessions, name)[shown]]
        part["is_day0"] = part["session"] == str(reaction.day0)
        parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _utc(instant: np.datetime64) -> str:
    """Write an instant as every table does; empty for none."""
    return "" if np.isnat(instant) else f"{instant.astype('datetime64[s]')}Z"


def _joined(markets: Sequence[Market], found: dict[str, Reaction]) -> str:
    dates: dict[str, list[str]] = {}
    for market in markets:
        day0 = found[market.symbol].day0
        dates.setdefault(day(str(day0)) if day0 else "unknown", []).append(market.short)
    if len(dates) == 1:
        return f"{next(iter(dates))} everywhere"
    return "; ".join(f"{date} in {listing(names)}" for date, names in dates.items())


def _span(
    event: Event, reactions: list[Reaction], market_data: MarketData
) -> tuple[np.datetime64, np.datetime64]:
    instants = [_instant(event.earliest - _MARGIN), _instant(event.latest + _MARGIN)]
    for reaction in reactions:
        sessions = market_data.sessions[reaction.market]
        row = reaction.row
        if row:
            instants += [sessions.close_at[row - 1] - 3 * _HOUR, sessions.close_at[row] + 3 * _HOUR]
    return min(instants), max(instants)


def _sessions(
    axes: Axes,
    place: int,
    sessions: MarketSessions,
    reaction: Reaction,
    start: np.datetime64,
    end: np.datetime64,
) -> None:
    day0 = reaction.row
    shown = np.flatnonzero((sessions.close_at > start) & (sessions.open_at < end))
    for row in shown:
        colour = style.UP[3] if row == day0 else style.RULE
        opening, closing = _x(sessions.open_at[row]), _x(sessions.close_at[row])
        axes.barh(place, closing - opening, left=opening, height=0.36, color=colour, lw=0)
        if not np.isnat(sessions.break_start[row]):
            noon = _x(sessions.break_start[row])
            pause = _x(sessions.break_end[row]) - noon
            axes.barh(place, pause, left=noon, height=0.37, color=style.PAPER, lw=0)
        if row == day0:
            at = sessions.session[row].astype(object)
            axes.annotate(f"day 0: {short_day(at)}", (closing, place), (4, 0),
                          textcoords="offset points", va="center", color=style.UP[3], fontsize=8,
                          weight="bold")  # fmt: skip
    if day0:
        line = [_x(sessions.close_at[day0 - 1]), _x(sessions.close_at[day0])]
        axes.plot(
            line, [place + 0.3] * 2, color=style.DOWN[2], linewidth=1.6, marker="|", markersize=5
        )


def _hours_axis(axes: Axes, start: np.datetime64, end: np.datetime64) -> None:
    length = (end - start) / _HOUR
    every = next(step for step in (6, 12, 24, 48, 96, 10_000) if length / step <= 12)
    midnight = start.astype("datetime64[D]").astype("datetime64[s]")
    ticks = np.arange(midnight, end, np.timedelta64(every, "h"))
    ticks = ticks[ticks >= start]
    labels = []
    for tick in ticks:
        at = tick.astype(object)
        date = f"\n{short_day(at)}" if at.hour == 0 else ""
        labels.append(f"{at:%H:%M}{date}")
    axes.set_xticks([_x(tick) for tick in ticks], labels)
    axes.set_xlabel("time (UTC)")


@style.styled
def hours_picture(market_data: MarketData, seeds: Seeds) -> Picture:
    """Draw at which hour each event became public, with its bounds, below the trading hours.

    Parameters
    ----------
    market_data, seeds
        Sessions and reactions; the events.
    """
    every = sorted(seeds.events, key=lambda event: (event.announced_at, event.id))
    open_days = {r.event_id for r in market_data.reactions if r.ambiguous}
    events = least_known(every, open_days)
    fig = style.new_figure(1.7 + 0.118 * len(events))
    top, axes = fig.subplots(2, 1, sharex=True, height_ratios=(1.1, 0.118 * len(events)))
    _trading_hours(top, market_data, every)
    for row, event in enumerate(events):
        colour = style.DOWN[3] if event.id in open_days else style.UP[3]
        for left, width in _within_day(event):
            axes.barh(row, width, left=left, height=0.62, lw=0,
                      color=style.DOWN[1] if event.id in open_days else style.UP[1])  # fmt: skip
        at = event.announced_at
        axes.plot(at.hour + at.minute / 60, row, marker="o", markersize=3.6, color=colour)
    ticks = [0, *(n for n in range(1, len(events)) if _month(events[n]) != _month(events[n - 1]))]
    axes.set_yticks(ticks, _month_labels([events[n] for n in ticks]), color=style.INK)
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylim(len(events) - 0.3, -0.7)
    axes.set_xlim(0, 24)
    axes.set_xticks(range(0, 25, 3), [f"{hour:02d}:00" for hour in range(0, 25, 3)])
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("time of day (UTC)")
    widths = [(event.latest - event.earliest) / timedelta(hours=1) for event in every]
    middle = float(np.median(widths))
    shown = f"{middle:.0f} hours" if middle >= 2 else f"{middle * 60:.0f} minutes"
    return figure_output(
        fig,
        drawn=Drawn("hours", _hours_table(market_data, events, open_days)),
        title=f"Half of the {count(len(every), 'event')} are known to within {shown}; "
        f"{len(open_days)} leave day 0 open in some market",
        alt=f"A row per event with the hour it became public and its bounds, below the trading "
        f"hours of each exchange. {len(open_days)} of {len(every)} events are ambiguous.",
        caption="Dot: best estimate. Bar: its bounds, wrapped at midnight; a full row means a day "
        "or more. Orange: the bounds, or a close within half an hour, leave more than one session "
        "as day 0 in at least one market. Pale ends of the trading hours hold in part of the year."
        + left_to_data(
            len(events), len(every), "event", file="the catalogue", which="least exactly known"
        ),
    )


def least_known(
    events: Sequence[Event], open_days: Collection[str] = (), *, most: int = MOST_ROWS
) -> list[Event]:
    """Return the events whose moment matters most to look at, in the order given."""
    ranked = sorted(
        events, key=lambda e: (e.id not in open_days, e.earliest - e.latest, e.announced_at, e.id)
    )
    chosen = {event.id for event in ranked[:most]}
    return [event for event in events if event.id in chosen]


def _hours_table(market_data: MarketData, events: list[Event], in_doubt: set[str]) -> pd.DataFrame:
    """Return the bounds of every event, and below them the trading hours, in hours of the day."""
    moments = pd.DataFrame(
        {
            "event_id": [event.id for event in events],
            **{
                name: [_utc(_instant(getattr(event, name))) for event in events]
                for name in ("announced_at", "earliest", "latest")
            },
            "ambiguous": [event.id in in_doubt for event in events],
        }
    )
    names = ["open_earliest", "open_latest", "close_earliest", "close_latest"]
    rows = [
        (market.symbol, opening.min(), opening.max(), closing.min(), closing.max())
        for market in market_data.markets
        for opening, closing in [_opening_hours(market_data.sessions[market.symbol], events)]
    ]
    hours = pd.DataFrame(rows, columns=["market", *(f"{name}_hour" for name in names)])
    both = pd.concat([moments, hours], ignore_index=True)
    return both.astype({"ambiguous": "boolean"})


def _opening_hours(
    sessions: MarketSessions, events: list[Event]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return hours of opening and of closing since the first event, half days left out."""
    keep = sessions.session >= np.datetime64(events[0].announced_at.date(), "D")
    opening, closing = (_hour(x[keep]) for x in (sessions.open_at, sessions.close_at))
    length = closing - opening
    return opening, closing[length > 0.8 * np.median(length)]


def _trading_hours(axes: Axes, market_data: MarketData, events: list[Event]) -> None:
    for place, market in enumerate(market_data.markets):
        opening, closing = _opening_hours(market_data.sessions[market.symbol], events)
        axes.barh(place, closing.max() - opening.min(), left=opening.min(), height=0.5,
                  color=style.BAND, lw=0)  # fmt: skip
        axes.barh(place, closing.min() - opening.max(), left=opening.max(), height=0.5,
                  color=style.SOFT, lw=0)  # fmt: skip
    axes.set_yticks(
        range(len(market_data.markets)), [m.short for m in market_data.markets], color=style.INK
    )
    axes.set_ylim(len(market_data.markets) - 0.4, -0.6)
    axes.grid(visible=False)
    axes.tick_params(axis="x", length=0)
    axes.set_title("Trading hours")


def _hour(instants: npt.NDArray[np.datetime64]) -> npt.NDArray[np.float64]:
    seconds = (instants - instants.astype("datetime64[D]")) / np.timedelta64(1, "h")
    return np.asarray(seconds, dtype=float)


def _within_day(event: Event) -> list[tuple[float, float]]:
    """Return the bounds as (start, width) in hours of the day, split at midnight."""
    length = (event.latest - event.earliest) / timedelta(hours=1)
    start = event.earliest.hour + event.earliest.minute / 60
    if length >= 24:
        return [(0.0, 24.0)]
    if start + length <= 24:
        return [(start, max(length, 0.05))]
    return [(start, 24 - start), (0.0, start + length - 24)]


def _month(event: Event) -> str:
    return f"{SHORT_MONTHS[event.announced_at.month - 1]} {event.announced_at.year}"


def _month_labels(events: Sequence[Event]) -> list[str]:
    """Return the months, with the year where it is another than before."""
    years = [None, *(event.announced_at.year for event in events)]
    return [
        _month(event) if event.announced_at.year != before else _month(event).split()[0]
        for event, before in zip(events, years, strict=False)
    ]


def _instant(at: datetime) -> np.datetime64:
    return np.datetime64(at.replace(tzinfo=None), "s")


def _x(instant: np.datetime64) -> float:
    """Return where an instant stands on an axis of time."""
    from matplotlib.dates import date2num

    return float(date2num(instant))  # type: ignore[no-untyped-call]
