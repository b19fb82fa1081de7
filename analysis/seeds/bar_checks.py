"""Checks of claims on intraday bars: a level at an instant, or the move between two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from analysis.seeds.verdicts import (
    CONTRADICTED,
    NOT_CHECKABLE,
    ORDINARY,
    OTHER_SIZE,
    PARTLY,
    SUPPORTED,
    PriceCheck,
    meets,
    wanted,
)
from analysis.wording import percent

#: Ordinary: at least one placebo day in twenty moved as much.
_OUT_OF = 20


@dataclass(frozen=True, slots=True)
class BarMove:
    """What bars show.

    Attributes
    ----------
    figure
        Simple return, decimal; None if there is none.
    as_unusual, n
        Ordinary sessions with as unusual a move at the same clock time, of how many; 0 of 0 if
        that is not known.
    reason
        Why there is none; empty if there is one.
    """

    figure: float | None
    as_unusual: int = 0
    n: int = 0
    reason: str = ""


#: Looks up the move of a series to an instant (from the close before), or between two.
Bars = Callable[[str, datetime | None, datetime], BarMove]


@dataclass(frozen=True, slots=True)
class BarCheck:
    """What bars must show for a claim to hold.

    Attributes
    ----------
    series
        Symbol of a series with bars.
    since, until
        The move runs from the mark at ``since`` to the mark at ``until``; with ``since`` None from
        the official close before.
    asked
        Direction, size and hedge, as for closes.
    """

    series: str
    since: datetime | None
    until: datetime
    asked: PriceCheck


def judge_bars(
    checks: tuple[BarCheck, ...], bars: Bars, names: Mapping[str, str]
) -> tuple[str, float | None, str] | None:
    """Hold checks against bars.

    Returns
    -------
    tuple of str, float or None, and str, or None
        Verdict, figure of the check that decided, and the sentences. None if bars decide none of
        the checks, so that closes may. Supported if all hold; supported in part if some do and
        others have the wrong direction; a direction that holds with a move of which more than one
        ordinary session in twenty has as unusual a one is ``supported, ordinary in size``.
    """
    moves = [bars(check.series, check.since, check.until) for check in checks]
    if any(move.figure is None for move in moves):
        return None
    reached = [_reached(c, m) for c, m in zip(checks, moves, strict=True)]
    text = " ".join(_sentence(c, m, names) for c, m in zip(checks, moves, strict=True))
    held = [verdict in (SUPPORTED, ORDINARY) for verdict in reached]
    if CONTRADICTED in reached:
        verdict = PARTLY if any(held) else CONTRADICTED
        return verdict, moves[reached.index(CONTRADICTED)].figure, text
    verdict = next(v for v in (NOT_CHECKABLE, OTHER_SIZE, ORDINARY, SUPPORTED) if v in reached)
    return verdict, moves[reached.index(verdict)].figure, text


def _reached(check: BarCheck, move: BarMove) -> str:
    assert move.figure is not None
    verdict = meets(check.asked, move.figure)
    ordinary = move.n and (move.as_unusual + 1) * _OUT_OF > move.n + 1
    if verdict == SUPPORTED and check.asked.statistic == "sign" and ordinary:
        return ORDINARY
    return verdict


def _sentence(check: BarCheck, move: BarMove, names: Mapping[str, str]) -> str:
    assert move.figure is not None
    name = names.get(check.series, check.series)
    until = f"{check.until:%H:%M} UTC on {check.until.day} {check.until:%B %Y}"
    start = "the close before" if check.since is None else f"{check.since:%H:%M} UTC"
    unusual = (
        f"; {move.as_unusual} of {move.n} ordinary sessions moved as unusually at that time"
        if move.n
        else ""
    )
    moved = f"{name} moved {percent(move.figure, 2)} from {start} to {until}{unusual}"
    return f"{moved}; {wanted(check.asked)}."
