"""From a statement about a price to a record of claims.yaml with a check on closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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

__all__ = ["DraftClaim", "draft_claims"]

_INTRADAY = ("open", "early", "morning", "midday", "afternoon", "regular", "region")
_EXCHANGES = {"future": "XNYS", "region": "XLON"}
_ROUND_THE_CLOCK = ("currency", "commodity")


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """A statement about a price, dated and ready to be checked.

    Attributes
    ----------
    start, end, text
        The words.
    series, direction, size, digits, points, level, hedge, horizon, extreme
        As in :class:`~analysis.drafting.moves.Move`.
    session
        Session word: ``early``, ``close``, ``pre-market`` ...; empty for none.
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

    start: int
    end: int
    text: str
    series: str
    direction: str
    size: float | None
    digits: int
    points: float | None
    level: float | None
    hedge: str
    horizon: str
    extreme: str
    session: str
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
    hours: Hours | None = None,
) -> tuple[DraftClaim, ...]:
    """Date the moves of a text and build their checks.

    Parameters
    ----------
    text, moves, dates, anchor
        The article, and what was found in it.
    markets
        Series with closes; a claim about another one cannot be decided.
    hours
        Sessions of exchanges.
    """
    work = MoveDays(text, dates, anchor, hours or Hours())
    moves = [move for move in moves if work.readable(move)]
    symbols = {market.symbol for market in markets}
    return tuple(
        _claim(move, work, symbols, {m.symbol: m.exchange for m in markets}) for move in moves
    )


def _claim(move: Move, work: MoveDays, symbols: set[str], exchanges: dict[str, str]) -> DraftClaim:
    exchange = exchanges.get(move.series) or move.exchange or _EXCHANGES.get(move.kind, "")
    session = work.session(move)
    home = exchange or work.place_of(move) or work.anchor.exchange
    own = "" if move.kind in _ROUND_THE_CLOCK else home
    day = work.day(move, own)
    checks, undecidable, caveat = _checks(move, day, session, exchange, symbols, work.hours)
    return DraftClaim(
        start=move.start, end=move.end, text=move.text, series=move.series,
        direction=move.direction, size=move.size, digits=move.digits, points=move.points,
        level=move.level, hedge=move.hedge, horizon=move.horizon, extreme=move.extreme,
        session=session, day=day, checks=checks, undecidable=undecidable, caveat=caveat,
        day_told=bool(work.told(move)),
    )  # fmt: skip


def _checks(
    move: Move, day: date | None, session: str, exchange: str, symbols: set[str], hours: Hours
) -> tuple[tuple[PriceCheck, ...], str, str]:
    if move.series not in symbols:
        return (), f"The data hold no closes of {move.series}.", ""
    if session in OUTSIDE:
        return (), "The move happened outside the session; daily closes cannot show it.", ""
    if move.extreme:
        return (), "No check of closes is defined for records and extremes.", ""
    if day is None or not hours.known(exchange):
        return (), "The text does not tell in which session the move happened.", ""
    to = hours.session(exchange, day)
    if to is None:
        return (), f"{exchange} had no session on {day}.", ""
    if move.horizon.endswith(" sessions"):
        return _streak(move, day, exchange, hours), "", "Each session of the run must agree."
    start = _start(move.horizon, day, exchange, hours)
    if start is None:
        return (), "The text does not name the day the move is measured from.", ""
    size = _size(move)
    check = PriceCheck(
        series=move.series, from_=start, to=day,
        statistic="sign" if size is None or move.direction == "none" else "return",
        direction=move.direction,
        size=None if move.direction == "none" else size,
        tolerance=0.001 if move.direction == "none" else (
            0.0 if size is None else 10.0 ** -(2 + move.digits) if move.size is not None else 0.0001
        ),
        hedge=(move.hedge or None) if size is not None and move.direction != "none" else None,
    )  # fmt: skip
    caveat = ""
    if session in _INTRADAY:
        caveat = "The move was told during the session; the close came later."
    if move.direction == "none":
        caveat = "Little changed is read as less than 0.1 % either way."
    return (check,), "", caveat


def _size(move: Move) -> float | None:
    if move.size is not None:
        return move.size
    if move.points and move.level:
        before = move.level - move.points if move.direction == "up" else move.level + move.points
        return round(move.points / before, 6) if before > 0 else None
    return None


def _streak(move: Move, day: date, exchange: str, hours: Hours) -> tuple[PriceCheck, ...]:
    checks = []
    count = int(move.horizon.split()[0])
    to = day
    for _ in range(count):
        before = hours.previous(exchange, to)
        if before is None:
            break
        checks.append(
            PriceCheck(
                series=move.series,
                from_=before.day,
                to=to,
                statistic="sign",
                direction=move.direction,
                size=None,
                tolerance=0.0,
                hedge=None,
            )
        )
        to = before.day
    return tuple(reversed(checks))


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
