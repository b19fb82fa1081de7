"""The sessions of a market that happened: its exchange's calendar, judged by the prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputError, PriceError
from analysis.prices import Prices
from analysis.sessions.calendars import Instants, calendar_code, corrected, exchange_calendar
from analysis.sessions.closures import Corrections

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

_LOOK_AHEAD_DAYS = 20


@dataclass(frozen=True, slots=True, eq=False)
class MarketSessions:
    """The sessions of one market inside the span of its prices, in ascending order.

    Attributes
    ----------
    market
        The market.
    session : ndarray of shape (R,), datetime64[D]
        Trading day, local date. Unscheduled closures are not on the axis.
    open_at, close_at : ndarray of shape (R,), datetime64[s]
        Opening, and end of the closing auction, UTC.
    break_start, break_end : ndarray of shape (R,), datetime64[s]
        Lunch break, UTC; NaT where there is none.
    price : ndarray of shape (R,)
        Close in local currency; NaN where it is missing and no closure explains that.
    closures
        Unscheduled closures inside the span, ascending.
    timezone
        IANA name of the zone of the exchange.
    known_until
        Close of the next session after the data: instants before it are placed with certainty.
    """

    market: Market
    session: NDArray[np.datetime64]
    open_at: Instants
    close_at: Instants
    break_start: Instants
    break_end: Instants
    price: NDArray[np.float64]
    closures: tuple[date, ...]
    timezone: str
    known_until: np.datetime64


def market_sessions(
    market: Market, prices: Prices, *, markets: Sequence[Market], corrections: Corrections
) -> MarketSessions:
    """Lay the prices of a market on the sessions of its exchange.

    Parameters
    ----------
    market
        The market; its symbol must be a column of ``prices``.
    prices
        Checked closes.
    markets
        All markets: those of the same exchange tell a closure from a missing price.
    corrections
        What the calendar package gets wrong.

    Returns
    -------
    MarketSessions
        From the first to the last date with a price. A session without a price is an unscheduled
        closure, and off the axis, if the table names it or if every other series of the exchange
        lacks it too (and there is one); else it stays with a NaN price. A price on a day that is
        no session is not used.

    Raises
    ------
    InputError
        If there are no prices of the market, or no calendar of its exchange.
    """
    if market.symbol not in prices.closes:
        raise InputError.choice("market", market.symbol, [str(c) for c in prices.closes.columns])
    days = prices.closes.index.to_numpy().astype("datetime64[D]")
    series = prices.closes[market.symbol].to_numpy(dtype=float)
    known = np.flatnonzero(np.isfinite(series))
    if not len(known):
        raise PriceError(
            prices.source, f"no prices of {market.symbol}", "its sessions need prices."
        )
    first, last = days[known[0]], days[known[-1]]
    code = calendar_code(market.exchange)
    ahead = last + np.timedelta64(_LOOK_AHEAD_DAYS, "D")
    calendar = corrected(exchange_calendar(code, str(first), str(ahead)), code, corrections)
    named = np.array(sorted(corrections.closures.get(code, ())), dtype="datetime64[D]")
    price = _at(calendar.session, days, series)
    closed = np.isin(calendar.session, named) | (
        np.isnan(price) & _siblings_missing(market, prices, markets, days, calendar.session)
    )
    inside = calendar.session <= last
    later = calendar.close_at[~inside & ~np.isin(calendar.session, named)]
    lost = np.union1d(calendar.session[closed & inside], named[(named > first) & (named < last)])
    keep = inside & ~closed
    return MarketSessions(
        market=market,
        session=calendar.session[keep],
        open_at=calendar.open_at[keep],
        close_at=calendar.close_at[keep],
        break_start=calendar.break_start[keep],
        break_end=calendar.break_end[keep],
        price=price[keep],
        closures=tuple(lost.tolist()),
        timezone=calendar.timezone,
        known_until=later[0] if len(later) else ahead.astype("datetime64[s]"),
    )


def _at(
    sessions: NDArray[np.datetime64],
    days: NDArray[np.datetime64],
    values: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the value of each session's date; NaN where there is none."""
    where = np.minimum(np.searchsorted(days, sessions), len(days) - 1)
    return np.where(days[where] == sessions, values[where], np.nan)


def _siblings_missing(
    market: Market,
    prices: Prices,
    markets: Sequence[Market],
    days: NDArray[np.datetime64],
    sessions: NDArray[np.datetime64],
) -> NDArray[np.bool_]:
    """Tell where at least one other series of the exchange should have a price and none has."""
    absent = np.zeros(len(sessions), dtype=bool)
    present = np.zeros(len(sessions), dtype=bool)
    for other in markets:
        same = calendar_code(other.exchange) == calendar_code(market.exchange)
        if not same or other.symbol == market.symbol or other.symbol not in prices.closes:
            continue
        values = prices.closes[other.symbol].to_numpy(dtype=float)
        known = days[np.isfinite(values)]
        if len(known):
            found = np.isfinite(_at(sessions, days, values))
            present |= found
            absent |= ~found & (sessions >= known[0]) & (sessions <= known[-1])
    return absent & ~present
