"""From a moment to a session: day 0, phase, and a benchmark aligned by the clock.

The only room that knows trading calendars. Prices decide whether a session happened; the calendar,
corrected by the dated table of :mod:`analysis.sessions.closures`, decides when.
"""

from analysis.sessions.axis import MarketSessions, market_sessions
from analysis.sessions.calendars import calendar_code, first_close_after
from analysis.sessions.clock import AlignedReturns, ReturnKind, aligned_returns, contains_news
from analysis.sessions.day0 import NEAR_CLOSE_MINUTES, Reaction, Status, reactions

__all__ = [
    "NEAR_CLOSE_MINUTES",
    "AlignedReturns",
    "MarketSessions",
    "Reaction",
    "ReturnKind",
    "Status",
    "aligned_returns",
    "calendar_code",
    "contains_news",
    "first_close_after",
    "market_sessions",
    "reactions",
]
