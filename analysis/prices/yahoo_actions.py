"""Splits, dividends and capital gains an answer of Yahoo declares, held against its prices."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeGuard, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.prices.yahoo_fault import ChartError

_MAX_SECONDS = 4_102_444_800  # 2100-01-01
#: A split can be seen where its ratio moves prices by this many of their usual moves.
_NOISE = 3.0
#: A jump is that of a split if it differs from its ratio by less than this share, in logs; half,
#: nearer to the ratio than to no jump at all, where moves of the series are not far smaller.
_AT_RATIO, _NEARER, _FAR_SMALLER = 0.35, 0.5, 6.0
#: Moves needed for a usual one, and the ratio, in logs, that is looked at without it.
_ENOUGH, _SEEN = 20, 0.05
#: Plain and adjusted close part by a split if they do by its ratio, to this share of it.
_PARTED = 0.25


@dataclass(frozen=True, slots=True)
class Actions:
    """What an answer declares.

    Attributes
    ----------
    splits
        Date and ratio (new shares for one old), ascending.
    payouts
        Date and amount a share, dividends and capital gains of a day summed, ascending.
    """

    splits: tuple[tuple[date, float], ...]
    payouts: tuple[tuple[date, float], ...]


def is_moment(value: object) -> TypeGuard[int]:
    """Tell seconds since 1970 that a calendar of ours can hold."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MAX_SECONDS


def read_actions(events: object, local_days: Callable[[list[int]], pd.DatetimeIndex]) -> Actions:
    """Read what an answer declares.

    Parameters
    ----------
    events
        The part of the answer; None or anything else if it declares nothing.
    local_days
        Turns moments into local dates.

    Raises
    ------
    ChartError
        If a split has no date or ratio.
    """
    splits = []
    for row in _rows(events, "splits"):
        if not isinstance(row, dict) or not is_moment(row.get("date")):
            raise ChartError("a split without a date")
        new, old = row.get("numerator"), row.get("denominator")
        if not _is_amount(new) or not _is_amount(old):
            raise ChartError("a split without its ratio")
        splits.append((local_days([row["date"]])[0].date(), new / old))
    paid: dict[date, float] = defaultdict(float)
    for row in (*_rows(events, "dividends"), *_rows(events, "capitalGains")):
        # one that cannot be read spoils no close: adjusted closes then part without a reason
        if isinstance(row, dict) and is_moment(row.get("date")) and _is_amount(row.get("amount")):
            paid[local_days([row["date"]])[0].date()] += row["amount"]
    return Actions(tuple(sorted(splits)), tuple(sorted(paid.items())))


def _rows(events: object, name: str) -> tuple[Any, ...]:
    rows = events.get(name) if isinstance(events, dict) else None
    return tuple(rows.values()) if isinstance(rows, dict) else ()


def _is_amount(value: object) -> TypeGuard[float]:
    return type(value) in (int, float) and 0 < cast(float, value) < 1e9


def check_splits(table: pd.DataFrame, splits: Sequence[tuple[date, float]]) -> tuple[str, ...]:
    """Refuse closes that jump by the ratio of a split on its day: it is not applied yet.

    Parameters
    ----------
    table
        Bars, each day once, ascending.
    splits
        Date and ratio.

    Returns
    -------
    tuple of str
        Splits of which prices that move as much every day cannot tell.

    Raises
    ------
    ChartError
        Naming the split and the closes beside it.
    """
    closes = table["close"].to_numpy(dtype=float)
    before = np.log(closes[:-1])
    moves = np.log(closes[1:]) - before
    with np.errstate(invalid="ignore"):
        overnight = np.log(table["open"].to_numpy(dtype=float)[1:]) - before
        adjusted = np.diff(np.log(table["adj_close"].to_numpy(dtype=float)))
    doubts = []
    for day, ratio in splits:
        at = int(table.index.searchsorted(pd.Timestamp(day)))
        log_ratio = math.log(ratio)
        if not 0 < at < len(closes) or not log_ratio:
            continue
        parted = abs(moves[at - 1] - adjusted[at - 1] + log_ratio) < _PARTED * abs(log_ratio)
        jumps = _jumps(moves, at, log_ratio)
        opened = _jumps(overnight, at, log_ratio) if overnight[at - 1] else None
        told = [found for found in (jumps, opened) if found is not None]
        if parted or (told and all(told)):
            raise ChartError(
                f"the split of {day} ({ratio:g} for 1) is not applied to earlier closes: "
                f"{closes[at - 1]:g}, then {closes[at]:g}"
            )
        near = abs(moves[at - 1] + log_ratio) < _NEARER * abs(log_ratio)
        if any(told) or (near and not told):
            doubts.append(
                f"whether the split of {day} ({ratio:g} for 1) is applied cannot be told: closes "
                "often move by as much"
            )
    return tuple(doubts)


def _jumps(moves: NDArray[np.float64], at: int, log_ratio: float) -> bool | None:
    """Tell whether prices jump by a ratio; None where their usual moves are too large to tell."""
    known = moves[np.isfinite(moves)]
    usual = 1.4826 * float(np.median(np.abs(known))) if len(known) > _ENOUGH else None
    size = abs(log_ratio)
    least = _SEEN if usual is None else _NOISE * usual
    if size <= least or not np.isfinite(moves[at - 1]):
        return None
    alone = usual is None or size > _FAR_SMALLER * usual
    return bool(abs(moves[at - 1] + log_ratio) < (_AT_RATIO if alone else _NEARER) * size)
