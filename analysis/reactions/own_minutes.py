"""Reactions from one's own bars and events, without a workspace: ``analysis.minutes``."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import InputError, PlausibilityWarning
from analysis.prices import prices_from_frame
from analysis.prices.bars import Bars, bars_from_frame, read_bars
from analysis.reactions.minute_pairs import TOTAL, MinuteSeries
from analysis.reactions.minute_windows import Moment
from analysis.reactions.minutes import minutes_table
from analysis.seeds.exchanges import exchange_code
from analysis.seeds.markets import Market
from analysis.seeds.zones import zone_rule, zones_meant
from analysis.sessions import market_sessions
from analysis.sessions.closures import built_in
from analysis.sessions.marks import MarkGrid, exchange_grid, round_the_clock_grid

_ROUND_THE_CLOCK = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d) (\S+)")


def minutes(
    bars: pd.DataFrame | str | Path,
    events: pd.DataFrame,
    *,
    exchange: str | Mapping[str, str],
    closes: pd.DataFrame | None = None,
    against: Sequence[str] | Mapping[str, Sequence[str]] = (TOTAL,),
    zone: str | None = None,
    stamp: str | None = None,
    indices: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Compute reactions from intraday bars: marks, windows, scans, placebo ranks, families.

    Parameters
    ----------
    bars
        Long frame or file: ``symbol``, ``bar_end`` or ``bar_start`` (or ``time``, with ``stamp``),
        ``close``, and ``segment`` for futures.
    events
        Columns ``event_id``, ``announced_at`` and, where the minute is not known, ``earliest`` and
        ``latest``; with a zone. *All* events of the catalogue: their days are no ordinary ones.
    exchange
        Market code (XNYS), for all or by symbol; or the hours of a market that trades day and
        night, ``18:00-17:00 America/New_York``.
    closes
        Official closes, wide: ``date`` and one column per symbol; needed for all but
        round-the-clock series.
    against
        ``total``, or symbols among the bars; for all or by symbol.
    zone, stamp
        Of the stamps, where they do not say it: an IANA zone; ``end`` or ``start``.
    indices
        Symbols that are indices, where a feed that repeats itself is no mark; None for those that
        begin with ``^``.

    Returns
    -------
    DataFrame
        As ``minutes.csv`` (see :mod:`analysis.reactions.minutes`): one row per event, series,
        benchmark and window; returns decimal, times UTC.

    Raises
    ------
    InputError, PriceError
        If zone or kind of stamp is unknown or contradicts the sessions, or prices cannot be right.

    Warns
    -----
    PlausibilityWarning
        Of bars that were left out, and of what is unlikely.
    """
    _check_kinds(bars, events, exchange)
    against = (against,) if isinstance(against, str) else against
    if isinstance(bars, pd.DataFrame):
        found = bars_from_frame(bars, zone=zone, stamp=stamp)
    else:
        found = read_bars(bars, zone=zone, stamp=stamp)
    prices = None if closes is None else prices_from_frame(closes)
    series = []
    for symbol, one in found.items():
        code = exchange if isinstance(exchange, str) else _of(exchange, symbol, "exchange")
        names = _of(against, symbol, "against") if isinstance(against, Mapping) else against
        names = tuple(name for name in names if name != symbol)
        for name in names:
            if name != TOTAL and name not in found:
                raise InputError.choice("against", name, [TOTAL, *found])
        is_index = symbol.startswith("^") if indices is None else symbol in indices
        grid = _grid(one, code, prices, index=is_index)
        stock = not (is_index or grid.round_the_clock)
        series.append(MinuteSeries(grid, stock, names))
    if not any(one.against for one in series):
        raise InputError(
            "against", against, "a series is measured in total or against another one.",
            "Name 'total' or a symbol among the bars.",
        )  # fmt: skip
    for note in (note for one in series for note in one.grid.notes):
        warnings.warn(note, PlausibilityWarning, stacklevel=2)
    return minutes_table(event_moments(events), series)


def _check_kinds(bars: object, events: object, exchange: object) -> None:
    """Refuse what is no table, and an exchange that is no name."""
    for name, value, kinds, what in (
        ("bars", bars, pd.DataFrame | str | Path, "a frame or the path of a file"),
        ("events", events, pd.DataFrame, "a frame"),
        ("exchange", exchange, str | Mapping, "a code, or codes by symbol"),
    ):
        if not isinstance(value, kinds):
            raise InputError(name, type(value).__name__, f"it is {what}.")


def event_moments(events: pd.DataFrame) -> tuple[Moment, ...]:
    """Return the events of a frame as instants, in the order they were announced."""
    if "event_id" not in events or "announced_at" not in events:
        raise InputError(
            "events",
            [str(c) for c in events.columns],
            "events have the columns event_id and announced_at.",
            "Add earliest and latest where the minute is not known.",
        )
    moments = []
    for row in events.to_dict("records"):
        if pd.isna(row["event_id"]) or not str(row["event_id"]).strip():
            raise InputError("events.event_id", row["event_id"], "every event has a name.")
        best = _instant(row, "announced_at", None)
        early, late = _instant(row, "earliest", best), _instant(row, "latest", best)
        if not early <= best <= late:
            raise InputError(
                "events",
                str(row["event_id"]),
                "earliest <= announced_at <= latest must hold.",
                "Widen its bounds.",
            )
        moments.append(Moment(str(row["event_id"]), early, best, late))
    names = [moment.id for moment in moments]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError("events", twice, "an event stands once.", "Rename one of them.")
    return tuple(sorted(moments, key=lambda m: (m.best, m.id)))


def _instant(row: Mapping[Any, Any], field: str, default: np.datetime64 | None) -> np.datetime64:
    value = row.get(field)
    if default is not None and (value is None or value == "" or pd.isna(value)):
        return default
    stamp = pd.to_datetime(pd.Series([value]), errors="coerce", utc=False).iloc[0]
    if pd.isna(stamp) or getattr(stamp, "tzinfo", None) is None:
        raise InputError(
            f"events.{field}",
            value,
            f"the moment of {row['event_id']} is a date and a time with its zone.",
            "Such as 2025-10-10T14:57Z.",
        )
    return np.datetime64(stamp.tz_convert("UTC").tz_localize(None), "s")


def _of(choices: Mapping[str, Any], symbol: str, parameter: str) -> Any:
    if symbol not in choices:
        raise InputError(
            parameter, sorted(choices), f"the series {symbol} is not among them.", "Add it."
        )
    return choices[symbol]


def _grid(bars: Bars, exchange: str, prices: Any, *, index: bool) -> MarkGrid:
    hours = _ROUND_THE_CLOCK.fullmatch(exchange)
    if hours and max(hours[1], hours[3]) < "24" and max(hours[2], hours[4]) < "60":
        a, b, c, d = (int(part) for part in hours.groups()[:4])
        rule = zone_rule(hours[5])
        if rule is not None:
            raise InputError("exchange", exchange, f"{rule}.")
        zone = zones_meant(hours[5])[0]
        return round_the_clock_grid(bars, zone=zone, opens=60 * a + b, closes=60 * c + d)
    if "-" in exchange:
        raise InputError(
            "exchange",
            exchange,
            "hours of a market that trades day and night are its opening, its close and its zone.",
            "Like '18:00-17:00 America/New_York'.",
        )
    if prices is None or bars.symbol not in prices.closes:
        raise InputError(
            "closes",
            None if prices is None else [str(c) for c in prices.closes.columns],
            f"the official closes of {bars.symbol} are needed: they end its sessions.",
            "Pass a frame with the columns date and one per symbol.",
        )
    kind = "index" if index else "stock"
    market = Market(
        bars.symbol, bars.symbol, bars.symbol, kind, exchange_code(exchange), "", "study", (), ""
    )
    sessions = market_sessions(market, prices, corrections=built_in())
    return exchange_grid(bars, sessions, index=index)
