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
from analysis.sessions.calendars import Instants, calendar_code, sessions_held
from analysis.sessions.closures import Corrections

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

#: The longest holiday of an exchange (New Year in China) ends within this.
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

    def rows(self, days: Sequence[date | str | np.datetime64 | None]) -> NDArray[np.intp]:
        """Return the row of each day; -1 where the day is None, NaT or no session of the axis."""
        wanted = np.array(days, dtype="datetime64[D]")
        if not len(self.session):
            return np.full(len(wanted), -1, dtype=np.intp)
        row = np.minimum(np.searchsorted(self.session, wanted), len(self.session) - 1)
        return np.where(self.session[row] == wanted, row, -1)


def market_sessions(market: Market, prices: Prices, *, corrections: Corrections) -> MarketSessions:
    """Lay the prices of a market on the sessions of its exchange.

    Parameters
    ----------
    market
        The market; its symbol must be a column of ``prices``.
    prices
        Checked closes.
    corrections
        What the calendar package gets wrong.

    Returns
    -------
    MarketSessions
        From the first to the last date with a price. A day the table names as an unscheduled
        closure is off the axis. Any other session without a price stays, with a NaN price: what
        all series of one vendor lack is as likely lost by the vendor, so it is no witness. A price
        on a day that is no session is not used.

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
    ahead = last + np.timedelta64(_LOOK_AHEAD_DAYS, "D")
    calendar = sessions_held(market.exchange, str(first), str(ahead), corrections)
    closed = corrections.closures.get(calendar_code(market.exchange), frozenset())
    inside = calendar.session <= last
    later = calendar.close_at[~inside]
    return MarketSessions(
        market=market,
        session=calendar.session[inside],
        open_at=calendar.open_at[inside],
        close_at=calendar.close_at[inside],
        break_start=calendar.break_start[inside],
        break_end=calendar.break_end[inside],
        price=_at(calendar.session[inside], days, series),
        closures=tuple(sorted(day for day in closed if first <= np.datetime64(day) <= last)),
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
