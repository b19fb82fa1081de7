"""From a statement about a price to a record of claims.yaml with a check on closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from analysis.drafting.anchor import Anchor
from analysis.drafting.context import Resolved
from analysis.drafting.figures import Move
from analysis.drafting.hours import Hours
from analysis.drafting.move_days import OUTSIDE, MoveDays
from analysis.drafting.text import ArticleText
from analysis.seeds.verdicts import PriceCheck

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

__all__ = ["Closes", "DraftClaim", "draft_claims", "near_known_closes", "without_conflicts"]

Closes = Callable[[str, date], float | None]
"""Returns the last close of a series up to a day; None where none is known near it."""

_INTRADAY = ("open", "early", "morning", "midday", "afternoon", "regular", "region")
_EXCHANGES = {"future": "XNYS", "region": "XLON"}
_ROUND_THE_CLOCK = ("currency", "commodity")
_FLAT = 0.001
"""Little changed is less than this either way."""
_ROUNDING = 0.0011
"""Two roundings of one move differ by no more: "0.5 %" and "0.44 %"."""
_LEVEL_REACH = 0.25
"""A level told lies within this part of the last close: else it is of another series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftClaim(Move):
    """A statement about a price, dated and ready to be checked.

    Attributes
    ----------
    day
        Session the move happened in; None where the text does not tell.
    checks
        What closes must show, as in claims.yaml; empty if closes cannot decide.
    undecidable
        Why closes cannot decide it; empty if they can.
    caveat
        What weakens a verdict on closes; empty for nothing.
    day_told
        Whether the clause itself names the day; else it was inferred.
    """

    day: date | None
    checks: tuple[PriceCheck, ...]
    undecidable: str
    caveat: str
    day_told: bool = False


def draft_claims(
    text: ArticleText,
    moves: Sequence[Move],
    dates: Sequence[Resolved],
    anchor: Anchor,
    *,
    markets: Sequence[Market] = (),
    hours: Hours,
) -> tuple[DraftClaim, ...]:
    """Date the moves of a text and build their checks; series without closes get none."""
    work = MoveDays(text, dates, anchor, hours)
    exchanges = {market.symbol: market.exchange for market in markets}
    return tuple(_claim(move, work, exchanges) for move in moves if work.readable(move))


def _claim(move: Move, work: MoveDays, exchanges: dict[str, str]) -> DraftClaim:
    exchange = exchanges.get(move.series) or move.exchange or _EXCHANGES.get(move.kind, "")
    session = work.session(move)
    home = exchange or work.place_of(move) or work.anchor.exchange
    day = work.day(move, "" if move.kind in _ROUND_THE_CLOCK else home)
    checks: tuple[PriceCheck, ...] = ()
    caveat = ""
    undecidable = _undecidable(move, day, session, exchange, exchanges, work.hours)
    if day and not undecidable:
        checks, caveat = _checks(move, day, session, exchange, work.hours)
        undecidable = "" if checks else "The text does not name the day the move is measured from."
    told = {field.name: getattr(move, field.name) for field in fields(move)} | {"session": session}
    return DraftClaim(
        **told, day=day, checks=checks, undecidable=undecidable, caveat=caveat,
        day_told=bool(work.told(move)),
    )  # fmt: skip


def _undecidable(
    move: Move, day: date | None, session: str, exchange: str, known: dict[str, str], hours: Hours
) -> str:
    """Return why closes cannot decide a move, or nothing."""
    if move.series not in known:
        return f"The data hold no closes of {move.series}."
    if session in OUTSIDE:
        return "The move happened outside the session; daily closes cannot show it."
    if move.extreme:
        return "No check of closes is defined for records and extremes."
    if day is None or not hours.known(exchange):
        return "The text does not tell in which session the move happened."
    return "" if hours.session(exchange, day) else f"{exchange} had no session on {day}."


def _checks(
    move: Move, day: date, session: str, exchange: str, hours: Hours
) -> tuple[tuple[PriceCheck, ...], str]:
    """Return what closes must show, and what weakens it."""
    if move.horizon.endswith(" sessions"):
        checks = _streak(move, day, exchange, hours)
        return checks, "Each session of the run must agree."
    start = _start(move.horizon, day, exchange, hours)
    size, flat = _size(move), move.direction == "none"
    if start is None:
        return (), ""
    tolerance = 0.0 if size is None else 1e-4 if move.size is None else 10.0 ** -(2 + move.digits)
    check = PriceCheck(
        series=move.series, from_=start, to=day,
        statistic="sign" if size is None or flat else "return",
        direction=move.direction, size=None if flat else size,
        tolerance=_FLAT if flat else tolerance,
        hedge=None if size is None or flat else move.hedge or None,
    )  # fmt: skip
    if flat:
        return (check,), "Little changed is read as less than 0.1 % either way."
    told = "The move was told during the session; the close came later."
    return (check,), told if session in _INTRADAY else ""


def _size(move: Move) -> float | None:
    if move.size is not None:
        return move.size
    if move.points and move.level:
        before = move.level - move.points if move.direction == "up" else move.level + move.points
        return round(move.points / before, 6) if before > 0 else None
    return None


def _streak(move: Move, day: date, exchange: str, hours: Hours) -> tuple[PriceCheck, ...]:
    """Return one check of the sign per session of a run."""
    count = int(move.horizon.split()[0])
    ran = [hours.previous(exchange, day, count=n) for n in range(count, 0, -1)]
    days = [*(session.day for session in ran if session), day]
    return tuple(
        PriceCheck(series=move.series, from_=before, to=to, statistic="sign",
                   direction=move.direction, size=None, tolerance=0.0, hedge=None)
        for before, to in pairwise(days)
    )  # fmt: skip


def _start(horizon: str, day: date, exchange: str, hours: Hours) -> date | None:
    """Return the session whose close a move is measured from."""
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
        "year": day.replace(month=1, day=1),
    }.get(horizon)
    before = hours.previous(exchange, first) if first else None
    return before.day if before else None


def without_conflicts(claims: Sequence[DraftClaim]) -> tuple[DraftClaim, ...]:
    """Return claims; two different moves of one series on one day leave both undecided."""
    alike: dict[tuple[object, ...], list[DraftClaim]] = {}
    for claim in claims:
        if claim.size is not None and claim.day is not None and not claim.extreme:
            key = (claim.series, claim.day, claim.session, claim.horizon)
            alike.setdefault(key, []).append(claim)
    torn: dict[int, str] = {}
    for group in alike.values():
        signed = [(c.size or 0.0) * {"up": 1, "down": -1}.get(c.direction, 0) for c in group]
        if max(signed) - min(signed) > _ROUNDING:
            told = ", ".join(f'"{claim.text}"' for claim in group[:3])
            why = f"The text tells different moves of {group[0].series} on {group[0].day}: {told}."
            torn |= {id(claim): why for claim in group}
    return tuple(_undecided(c, torn[id(c)]) if id(c) in torn else c for c in claims)


def near_known_closes(
    claims: Sequence[DraftClaim], closes: Closes | None
) -> tuple[DraftClaim, ...]:
    """Return claims; one whose level is far from every close known is undecided."""
    return tuple(_at_its_level(claim, closes) if closes else claim for claim in claims)


def _at_its_level(claim: DraftClaim, closes: Closes) -> DraftClaim:
    known = closes(claim.series, claim.day) if claim.level and claim.day else None
    if not known or not claim.level or abs(claim.level / known - 1) <= _LEVEL_REACH:
        return claim
    why = f"The level told, {claim.level:,.8g}, is far from the close known, {known:,.8g}."
    return _undecided(claim, why)


def _undecided(claim: DraftClaim, why: str) -> DraftClaim:
    return replace(claim, checks=(), undecidable=why, caveat="", day_told=False)
