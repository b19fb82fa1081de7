"""The day-0 return in two parts: from the previous close to the open, and from there to the close.

News that comes while a market trades cannot be in the first part: what happened overnight predates
it. News that comes while it is closed can be in both: the open answers first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.wording import percent

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.sessions import MarketSessions, Reaction

COLUMNS = (
    "event_id", "market", "day0", "phase", "overnight", "intraday", "ret", "news_in", "split_at",
    "reason",
)  # fmt: skip
OPEN, FIRST_MARK = "open", "first mark"
NO_PRICE = (
    "the opening print of this index is computed from members that have not traded: it is no price"
)
INTRADAY, BOTH = "intraday", "overnight or intraday"
_WHILE_TRADING = ("in_session", "in_break")


def split_returns(
    previous_close: NDArray[np.float64], opening: NDArray[np.float64], close: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Split simple returns at the open.

    Parameters
    ----------
    previous_close, opening, close : ndarray of one shape
        Prices, adjusted alike; NaN for none.

    Returns
    -------
    overnight, intraday : ndarray
        Close to open and open to close, decimal; NaN where a price is missing. They compound to
        the close-to-close return: ``(1 + overnight) (1 + intraday) - 1``.

    Raises
    ------
    InputError
        If a price is not positive.
    """
    for name, values in (
        ("previous_close", previous_close),
        ("opening", opening),
        ("close", close),
    ):
        if (np.asarray(values) <= 0).any():
            raise InputError(name, float(np.nanmin(values)), "prices are positive.")
    return opening / previous_close - 1.0, close / opening - 1.0


def news_part(phase: str) -> str:
    """Return which part of the day-0 return can hold news of this phase; empty for no phase.

    ``intraday`` for news while the market trades or is in its break, else ``overnight or
    intraday``.
    """
    if not phase:
        return ""
    return INTRADAY if phase in _WHILE_TRADING else BOTH


#: Looks up the first mark of a session in bars: symbol, day; NaN where there is none.
FirstMark = Callable[[str, date], float]


def overnight_table(
    reactions: Iterable[Reaction],
    sessions: Mapping[str, MarketSessions],
    prices: Prices,
    *,
    first_mark: FirstMark | None = None,
) -> pd.DataFrame:
    """Split the day-0 return of every reaction at the open.

    Only where the opening print is a price (`Market.open_is_price`), whatever opens the prices
    bring: another index is split at the first mark of its bars, or not at all, with the reason.

    Parameters
    ----------
    reactions
        Reactions; those without a day 0 are left out.
    sessions
        Sessions by symbol.
    prices
        With ``opens``; without them, and without bars, the table is empty.
    first_mark
        First marks of sessions; None without bars.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`: simple returns, decimal; ``overnight`` and ``intraday`` NaN where the
        open is missing; ``news_in`` says which part can hold the news.
    """
    rows = []
    for reaction in reactions:
        if reaction.day0 is None or reaction.row is None or reaction.market not in sessions:
            continue
        market = sessions[reaction.market]
        previous, opening, close = _prices(reaction, reaction.row, market, prices)
        split_at, reason = OPEN, ""
        if not market.market.open_is_price:
            brought, split_at = np.isfinite(opening[0]), FIRST_MARK
            mark = first_mark(reaction.market, reaction.day0) if first_mark else np.nan
            opening = np.array([mark])
            reason = NO_PRICE if brought or np.isnan(mark) else ""
        if prices.opens is None and np.isnan(opening[0]):
            continue
        overnight, intraday = split_returns(previous, opening, close)
        rows.append(
            (
                reaction.event_id,
                reaction.market,
                reaction.day0.isoformat(),
                reaction.phase,
                float(overnight[0]),
                float(intraday[0]),
                float(close[0] / previous[0] - 1.0),
                news_part(reaction.phase),
                split_at if np.isfinite(overnight[0]) else "",
                reason if np.isfinite(close[0]) else "",
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def overnight_text(row: Mapping[str, object]) -> str:
    """Return one row of the table as a sentence; empty if there is none or the open is missing."""
    overnight = float(str(row.get("overnight", "nan")))
    intraday = float(str(row.get("intraday", "nan")))
    if np.isnan(overnight) or np.isnan(intraday):
        return ""
    at = "first mark of the session" if row.get("split_at") == FIRST_MARK else "open"
    figures = (
        f"{percent(overnight, 2)} from the previous close to the {at}, "
        f"{percent(intraday, 2)} from there on"
    )
    if row["news_in"] == INTRADAY:
        return f"{figures}. The news came while the market traded: only the second can hold it."
    return f"{figures}. The news came while the market was closed: the {at} is the first answer."


def _prices(
    reaction: Reaction, at: int, market: MarketSessions, prices: Prices
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return close before day 0, open and close of day 0, each as an array of one."""
    opens = pd.DataFrame() if prices.opens is None else prices.opens
    stamp = pd.Timestamp(str(reaction.day0))
    known = reaction.market in opens and stamp in opens.index
    opening = float(opens[reaction.market].loc[stamp]) if known else np.nan
    previous = market.price[at - 1] if at else np.nan
    return np.array([previous]), np.array([opening]), market.price[at : at + 1]
