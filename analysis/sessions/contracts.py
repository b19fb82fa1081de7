"""Contracts of futures: a continuous series changes them, and no return goes across two."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from analysis.errors import PriceError
from analysis.prices.bars import Bars
from analysis.sessions.axis import MarketSessions
from analysis.sessions.calendars import Instants

_HOUR, _DAY = np.timedelta64(3600, "s"), np.timedelta64(1, "D")
#: Hours before and after a step that say how far this market moves.
_AROUND = 24
#: A step of so many times the hours around it is rare; twice in weeks of expiry it is no chance.
_STEP, _OFTEN = 8.0, 2
#: Contracts are changed from the Thursday eight days before the third Friday of a quarter on.
_EARLY = 8
#: The basis moves by a hundredth of a per cent a day, and by more than this between contracts.
_BASIS, _USUAL = 0.003, 10.0
_REMEDY = "Number the contracts in a column segment (0 throughout if the series is adjusted)."


def check_order(bars: Bars) -> None:
    """Refuse a continuous series that flips between contracts.

    Raises
    ------
    PriceError
        If a contract comes back after a later one.
    """
    back = np.flatnonzero(np.diff(bars.segment) < 0)
    if len(back):
        raise PriceError(
            bars.source,
            f"contract {bars.segment[back[0] + 1]} of {bars.symbol} after contract "
            f"{bars.segment[back[0]]} at {bars.time[back[0] + 1]}Z",
            "contracts follow one another; a series that flips has steps that no market made.",
            "Leave those bars out.",
        )


def unnamed_changes(bars: Bars) -> list[str]:
    """Look for changes of contract in a series that names none.

    They are steps far beyond the day before and the day after, in the week in which the contracts
    of index futures expire.

    Returns
    -------
    list of str
        A sentence if there is one.

    Raises
    ------
    PriceError
        If there are several: windows across them would hold moves that no market made.
    """
    if bars.contracts:
        return []
    hour = (bars.time.astype(np.int64) - 1) // 3600
    last = np.flatnonzero(np.append(np.diff(hour) > 0, True))
    time, moves = bars.time[last][1:], np.diff(np.log(bars.close[last]))
    if len(moves) <= 2 * _AROUND:
        return []
    power = sliding_window_view(moves**2, _AROUND).mean(axis=1)
    before, after = power[: -_AROUND - 1], power[_AROUND + 1 :]
    inner = slice(_AROUND, len(moves) - _AROUND)
    usual = np.sqrt(np.maximum(before, after))
    steps = time[inner][(np.abs(moves[inner]) > _STEP * usual) & _expiring(time[inner])]
    _, first = np.unique(steps.astype("datetime64[M]"), return_index=True)
    if len(first) < _OFTEN:
        return [
            f"{bars.symbol}: a step like a change of contract at {at}Z, and no column segment"
            for at in steps[first]
        ]
    raise _across(bars, steps[first])


def check_basis(bars: Bars, ends: Instants, cash: MarketSessions) -> None:
    """Hold futures against the closes of the index they stand in for.

    Raises
    ------
    PriceError
        If their distance moves by a step within what is called one contract.
    """
    place = np.searchsorted(ends, cash.close_at, side="right") - 1
    found = np.maximum(place, 0)
    known = (place >= 0) & (cash.close_at - ends[found] < _HOUR) & np.isfinite(cash.price)
    row, found = np.flatnonzero(known), found[known]
    basis = np.diff(np.log(bars.close[found] / cash.price[row]))
    if len(basis) < _AROUND:
        return
    same = np.diff(bars.segment[found]) == 0
    limit = max(_BASIS, _USUAL * float(np.median(np.abs(basis))))
    stays = np.ones(len(basis), dtype=bool)  # a print that is taken back is no other contract
    stays[:-1] &= np.abs(basis[:-1] + basis[1:]) > limit / 2
    stays[1:] &= np.abs(basis[1:] + basis[:-1]) > limit / 2
    steps = np.flatnonzero((np.abs(basis) > limit) & same & stays)
    if len(steps):
        raise _across(bars, ends[found[steps + 1]])


def _expiring(time: Instants) -> NDArray[np.bool_]:
    """Tell which instants lie in the week up to the third Friday of a quarter's last month."""
    month = time.astype("datetime64[M]")
    third = np.busday_offset(month.astype("datetime64[D]"), 2, roll="forward", weekmask="Fri")
    day = time.astype("datetime64[D]")
    quarter = month.astype(np.int64) % 3 == 2
    return np.asarray(quarter & (day >= third - _EARLY * _DAY) & (day <= third))


def _across(bars: Bars, steps: Instants) -> PriceError:
    shown = ", ".join(f"{at}Z" for at in steps[:3]) + (" ..." if len(steps) > 3 else "")
    return PriceError(
        bars.source,
        f"steps of {bars.symbol} like changes of contract at {shown}, within one contract",
        "no return is taken across two contracts.",
        _REMEDY,
    )
