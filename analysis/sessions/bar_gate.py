"""What bars must satisfy before they are used: stamps, zone, contracts, adjustment.

A fault that would give plausible wrong numbers is refused; what is merely odd becomes a note.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputError, PriceError
from analysis.prices.bars import Bars
from analysis.sessions.axis import MarketSessions
from analysis.sessions.calendars import Instants, local_time

_HOUR, _DAY = np.timedelta64(3600, "s"), np.timedelta64(1, "D")
_DATE = "datetime64[D]"
_HOUR_MINUTES = 60
#: Bars, or days, below which a share or a median says nothing of the whole.
_FEW = 20
_SHIFTS = [hours for hours in range(-14, 15) if hours]
#: A twentieth of stamps outside sessions is more than auctions and late prints leave; a zone that
#: explains all but a hundredth is the likely cause.
_OUTSIDE, _FITS = 0.05, 0.01
#: Last bars differ from official closes by the auction, seldom by 2 %; by 40 % only after a split.
#: With more than half an hour to go, a day in turmoil leaves 4 % between them.
_NEAR, _LOOSE, _FAR = 1.02, 1.1, 1.4
_NEAR_THE_END = np.timedelta64(30 * 60, "s")
#: More than half of the days must show a bar at the bell before the kind of stamp counts as proved.
_HALF = 0.5
#: A week of closes off by one factor is no turmoil; a fit is better by three times or by chance.
_WEEK, _MUCH = 5, 3.0
#: Last bars lie within a few tenths of a per cent of their own close; no bar of a sound file leaves
#: by a tenth and returns; late prints fill a break to less than a fifth of an hour of trading.
_OTHER_DAY, _SPIKE, _BREAK = 0.003, 1.1, 0.2
_SHOWN = 3


def within(ends: Instants, sessions: MarketSessions) -> NDArray[np.int64]:
    """Return the session in which each bar ended (after its open, up to its close), or -1."""
    row = np.searchsorted(sessions.close_at, ends, side="left")
    inside = row < len(sessions.session)
    place = np.minimum(row, len(sessions.session) - 1)
    inside &= (ends > sessions.open_at[place]) & np.isfinite(sessions.price[place])
    return np.where(inside, place, -1)


def stamp_kind(bars: Bars, sessions: MarketSessions) -> str:
    """Return what the stamps mark: as it was said, or as the sessions prove it.

    No bar ends at an opening and none starts at a close.

    Raises
    ------
    InputError
        If it was not said and cannot be proved.
    PriceError
        If it was said and the sessions prove the contrary.
    """
    days = np.unique(within(bars.time, sessions))
    days = days[days >= 0]
    opens = _stamped(sessions.open_at[days], bars.time)
    closes = _stamped(sessions.close_at[days], bars.time)
    proved = "start" if opens > _HALF and closes == 0 else ""
    proved = "end" if closes > _HALF and opens == 0 else proved
    if bars.stamp and proved and proved != bars.stamp:
        edge = "open" if proved == "start" else "close"
        raise PriceError(
            bars.source,
            f"stamps of {bars.symbol} said to mark the {bars.stamp} of a bar, with one at the "
            f"{edge} of most sessions and none at the other end",
            "no bar ends at an opening and none starts at a close.",
            f"They mark the {proved}: name the column bar_{proved}, or say stamp='{proved}'.",
        )
    if not (bars.stamp or proved):
        raise InputError(
            "stamp",
            None,
            f"nothing says whether the stamps of {bars.source} mark the start or the end of a bar, "
            "and the sessions do not prove it.",
            "Name the column bar_start or bar_end, or say stamp='start' or stamp='end'.",
        )
    return bars.stamp or proved


def _stamped(instants: Instants, times: Instants) -> float:
    """Return the share of instants that are among ascending stamps; 0 of none."""
    place = np.minimum(np.searchsorted(times, instants), len(times) - 1)
    return float((times[place] == instants).mean()) if len(instants) else 0.0


def check_zone(bars: Bars, sessions: MarketSessions) -> None:
    """Refuse stamps that fit the sessions only when moved by whole hours.

    Summer and winter are looked at apart: stamps that ignore the change of clocks, or that are
    local times called UTC, are off by other hours in each.

    Raises
    ------
    PriceError
        If more than 5 % of the bars lie outside sessions and a shift brings all but 1 % inside.
    """
    span = (bars.time >= sessions.open_at[0] - _DAY) & (bars.time <= sessions.close_at[-1] + _DAY)
    times = bars.time[span]
    offset = local_time(times, sessions.timezone) - times
    for season in np.unique(offset):
        held = times[offset == season]
        outside = _outside(held, sessions)
        if len(held) < _FEW or outside <= _OUTSIDE:
            continue
        shares = [_outside(held + hours * _HOUR, sessions) for hours in _SHIFTS]
        best = int(np.argmin(shares))
        if shares[best] <= _FITS:
            raise PriceError(
                bars.source,
                f"{outside:.0%} of the bars of {bars.symbol} outside its sessions, and nearly none "
                f"once they are {_SHIFTS[best]:+d} hours later (between "
                f"{held[0].astype(_DATE)} and {held[-1].astype(_DATE)})",
                "stamps are instants in the zone that was named.",
                "Name the zone of the stamps; what is labelled UTC may be a broker's clock, and a "
                "zone without summer time is named by its offset.",
            )


def check_break(bars: Bars, minute: NDArray[np.int64], *, session: int, break_: int) -> None:
    """Refuse bars of a market that trades day and night in the hour in which it does not.

    Parameters
    ----------
    bars
        For messages.
    minute : ndarray of shape (N,), int
        Minutes from the opening of the session to the end of each bar, 1 to 1,440.
    session, break_
        Minutes of a session and of the break after it.

    Raises
    ------
    PriceError
        If a fifth as many bars end in the break as in other hours.
    """
    if not break_:
        return
    counts = np.bincount(np.minimum((minute - 1) // _HOUR_MINUTES, 23), minlength=24)
    held, usual = counts[session // _HOUR_MINUTES : 24].max(), float(np.median(counts))
    if held > _BREAK * usual:
        hours = (int(session // _HOUR_MINUTES - np.argmin(counts)) + 12) % 24 - 12
        empty = counts.min() < _OUTSIDE * usual
        raise PriceError(
            bars.source,
            f"bars of {bars.symbol} in the hours in which it does not trade"
            + (f", and none {hours:+d} hours from there" if empty else ""),
            "stamps are instants in the zone that was named, and hours those of the exchange.",
            "Name the zone of the stamps; what is labelled UTC may be a broker's clock.",
        )


def _outside(times: Instants, sessions: MarketSessions) -> float:
    """Return the share of stamps outside sessions, opening and close included."""
    row = np.searchsorted(sessions.close_at, times, side="left")
    place = np.minimum(row, len(sessions.session) - 1)
    inside = (row < len(sessions.session)) & (times >= sessions.open_at[place])
    return float(1.0 - inside.mean())


def check_against_closes(
    symbol: str,
    source: str,
    price: NDArray[np.float64],
    session: NDArray[np.datetime64],
    at: Instants,
) -> list[str]:
    """Compare the last bar of each session with the official close.

    Parameters
    ----------
    price : ndarray of shape (R, K + 1)
        Marks; the official close last.
    session : ndarray of shape (R,), datetime64[D]
    at : ndarray of shape (R, K + 1), datetime64[s]
        Instants of the marks.

    Returns
    -------
    list of str
        Sessions whose last bar is more than 2 % from the official close, or 10 % where it ended
        more than half an hour before.

    Raises
    ------
    PriceError
        If a session's bars are another multiple of the price than its close: a split that one
        file knows and the other does not, or another security.
    """
    known = np.isfinite(price[:, :-1])
    has = known.any(axis=1) & np.isfinite(price[:, -1])
    last = price.shape[1] - 2 - np.argmax(known[:, ::-1], axis=1)
    ratio = np.where(has, price[np.arange(len(price)), last] / price[:, -1], 1.0)
    apart = np.maximum(ratio, 1.0 / ratio)
    if (apart > _FAR).any():
        row = int(np.argmax(apart > _FAR))
        raise PriceError(
            source,
            f"the last bar of {symbol} on {session[row]} is {ratio[row]:.3g} times its close",
            "bars and closes are adjusted for the same splits.",
            "Adjust the bars as the closes are, or the closes as the bars.",
        )
    _refuse_runs(symbol, source, ratio, session)
    _refuse_other_days(symbol, source, price, session)
    left = at[:, -1] - at[np.arange(len(price)), last]
    notes = []
    for limit, among in ((_NEAR, left <= _NEAR_THE_END), (_LOOSE, left > _NEAR_THE_END)):
        odd = session[(apart > limit) & among]
        shown = ", ".join(map(str, odd[:_SHOWN])) + (" ..." if len(odd) > _SHOWN else "")
        far = f"{symbol}: last bar over {limit - 1:.0%} from the official close on {shown}"
        notes += [far.replace("%", " %")] if len(odd) else []
    return notes


def _refuse_runs(
    symbol: str, source: str, ratio: NDArray[np.float64], session: NDArray[np.datetime64]
) -> None:
    """Refuse last bars that differ from the close by the same factor for a week and longer."""
    near = np.abs(np.log(ratio)) <= np.log(_NEAR)
    steady = np.abs(np.diff(np.log(ratio), prepend=np.log(ratio[:1]))) <= np.log(_NEAR)
    run, longest, end = 0, 0, 0
    for row, apart in enumerate(~near):
        run = (run + 1 if steady[row] and run else 1) if apart else 0
        longest, end = (run, row) if run > longest else (longest, end)
    if longest >= _WEEK:
        raise PriceError(
            source,
            f"the last bars of {symbol} from {session[end - longest + 1]} to {session[end]} are "
            f"about {np.median(ratio[end - longest + 1 : end + 1]):.3g} times its closes",
            "bars and closes are adjusted for the same splits and dividends.",
            "Adjust the bars as the closes are, or the closes as the bars.",
        )


def _refuse_other_days(
    symbol: str, source: str, price: NDArray[np.float64], session: NDArray[np.datetime64]
) -> None:
    """Refuse closes that fit the last bars of the day before or after better than their own."""
    known = np.isfinite(price[:, :-1])
    last = price.shape[1] - 2 - np.argmax(known[:, ::-1], axis=1)
    bar = np.where(known.any(axis=1), price[np.arange(len(price)), last], np.nan)
    days = {by: np.abs(np.log(bar[1:-1] / np.roll(price[:, -1], by)[1:-1])) for by in (-1, 0, 1)}
    if len(session) < _FEW:
        return
    apart = {by: float(np.nanmedian(found)) for by, found in days.items()}
    best = min(apart, key=lambda by: apart[by])
    if best and apart[0] > _OTHER_DAY and apart[best] < apart[0] / _MUCH:
        raise PriceError(
            source,
            f"the last bars of {symbol} fit the closes of the session "
            f"{'before' if best > 0 else 'after'} and not their own",
            "closes carry the date of their session.",
            "Move the dates of the closes, or name the zone of the bars.",
        )


def spikes(symbol: str, source: str, price: NDArray[np.float64]) -> list[str]:
    """Look for a single bar far from both its neighbours, which are near each other.

    Returns
    -------
    list of str
        How many lie more than a tenth away.

    Raises
    ------
    PriceError
        If one is another multiple of the price: a misprint.
    """
    before, here, after = (np.log(price[:, k : price.shape[1] - 3 + k]) for k in range(3))
    away = np.minimum(np.abs(here - before), np.abs(here - after))
    away = np.where(np.abs(after - before) <= away / _MUCH, away, 0.0)
    away = np.where(np.isfinite(away), away, 0.0)
    if (away > np.log(_FAR)).any():
        row, column = np.unravel_index(int(np.argmax(away)), away.shape)
        raise PriceError(
            source,
            f"a bar of {symbol} at {price[row, column + 1]:g} between {price[row, column]:g} and "
            f"{price[row, column + 2]:g}",
            "a price does not leave for one bar and return; this is a misprint.",
            "Leave that bar out.",
        )
    odd = int((away > np.log(_SPIKE)).sum())
    return [f"{symbol}: {odd} bars more than 10 % from both their neighbours"] if odd else []
