"""The days of prices held against the sessions of their exchange."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from analysis.errors import PriceError
from analysis.sessions.calendars import sessions_held
from analysis.sessions.closures import Corrections

Days = npt.NDArray[np.datetime64]

#: Prices on more days than this on which the exchange was closed are no slips.
FEW = 3
#: A weekday with fewer prices than this share of its sessions (of so many) never has one.
_NEVER, _SESSIONS, _OTHERWISE = 0.1, 15, 0.5
#: Share of prices on sessions that makes a calendar, or a shift, fit.
_FITS = 0.98
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ACCEPT = "If they are right all the same, run with --accept-prices."
_ELSEWHERE = ("XNYS", "XLON", "XTKS", "XHKG", "XTAI", "XETR")


def held_around(exchange: str, days: Days, corrections: Corrections) -> Days:
    """Return the sessions of an exchange over the span of some days, and a week on either side."""
    first, last = days[0] - np.timedelta64(7, "D"), days[-1] + np.timedelta64(7, "D")
    return sessions_held(exchange, str(first), str(last), corrections).session


def day_fault(
    symbol: str,
    exchange: str,
    days: Days,
    *,
    source: str,
    corrections: Corrections,
    others: Iterable[str] = (),
    few: int = FEW,
    mend: str = "correct `exchange` in seeds/markets.yaml",
) -> PriceError | None:
    """Tell prices whose days cannot be those of their exchange, with the likely cause.

    Parameters
    ----------
    symbol, exchange
        The series, and where it trades.
    days
        On which it has prices, ascending.
    source
        Where they come from, for the message.
    corrections
        What calendar packages get wrong.
    others
        Exchanges it may belong to instead.
    few
        So many prices on days without a session may be slips.
    mend
        How another exchange is named.

    Returns
    -------
    PriceError or None
        None where the days fit, but for few slips.
    """
    held = held_around(exchange, days, corrections)
    surplus = np.setdiff1d(days, held)
    absent = weekday_without(days, held)
    if len(surplus) <= few and absent is None:
        return None
    found = [f"prices on {some_days(surplus)}, when {exchange} was closed"] if len(surplus) else []
    found += [f"no price on any {absent}"] if absent else []
    return PriceError(
        source,
        f"{symbol} has {' and '.join(found)}",
        "prices lie on the sessions of their exchange.",
        f"{_cause(days, exchange, others, corrections, surplus, mend)} {_ACCEPT}",
    )


def weekday_without(days: Days, held: Days) -> str | None:
    """Name a weekday that has sessions and next to no prices, while another has them."""
    inside = held[(held >= days[0]) & (held <= days[-1])]
    weekday = (inside.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    priced = np.isin(inside, days)
    n = np.bincount(weekday, minlength=7)
    share = np.bincount(weekday, priced, minlength=7) / np.maximum(n, 1)
    never = np.flatnonzero((n >= _SESSIONS) & (share < _NEVER))
    return _WEEKDAYS[never[0]] if len(never) and share.max() > _OTHERWISE else None


def some_days(days: Days) -> str:
    """Write few of many days."""
    shown = ", ".join(np.datetime_as_string(days[:FEW], unit="D").tolist())
    return shown + (f" and {len(days) - FEW} more days" if len(days) > FEW else "")


def _cause(
    days: Days,
    exchange: str,
    others: Iterable[str],
    corrections: Corrections,
    surplus: Days,
    mend: str,
) -> str:
    """Say what would explain dates that do not fit: a shift by a day, or another exchange."""
    held = held_around(exchange, days, corrections)
    if len(surplus) <= FEW and np.isin(days, held).mean() >= _FITS:
        return (
            "A service that copies the close of the day before fills such days in; if the exchange "
            "did trade, name them in data/calendar_corrections.csv."
        )
    for shift, what in ((-1, "late"), (1, "early")):
        if _fit(days + np.timedelta64(shift, "D"), held):
            return (
                f"Every date seems a day {what}, as UTC midnights of another zone are: write the "
                "local date of the exchange."
            )
    for other in dict.fromkeys([*others, *_ELSEWHERE]):
        if other != exchange and _fit(days, held_around(other, days, corrections)):
            return f"They fit the sessions of {other}: {mend}."
    return "Compare the dates with the exchange's own; are they of another exchange or zone?"


def _fit(days: Days, held: Days) -> bool:
    inside = held[(held >= days[0]) & (held <= days[-1])]
    return bool(np.isin(days, held).mean() >= _FITS and np.isin(inside, days).mean() >= _FITS)
