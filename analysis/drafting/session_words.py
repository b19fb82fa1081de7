"""Words of a session, such as "after the bell": bounds from the hours of its exchange."""

from __future__ import annotations

import re
from dataclasses import replace

from analysis.drafting.context import Context, Days, NoHours, Resolved, Undated
from analysis.drafting.expressions import Expression
from analysis.drafting.hours import bounds
from analysis.drafting.words import PLACES, TITLED_PLACES

__all__ = ["with_session"]

_IN_PLACE = re.compile(rf".{{0,40}}? in ({TITLED_PLACES})\b")


def with_session(context: Context, made: Resolved, expression: Expression, days: Days) -> Resolved:
    """Return an expression with the bounds its session word names."""
    parts = expression.session or {}
    form = parts["form"]
    if form == "region" and parts["region"].startswith("Asia"):
        return _asian_hours(context, made, days)
    exchange = _exchange(context, expression)
    if not exchange or not context.hours.known(exchange):
        raise NoHours("session words, but no exchange is named whose hours are known")
    session = context.hours.session(exchange, days.first)
    how = days.how
    if session is None and "no day named" in days.how:
        session = context.hours.previous(exchange, days.first)
        how += ", which had no session: the one before"
    if session is None:
        raise Undated(f"{exchange} had no session on {days.first}")
    low, high = bounds(form, session, exchange)
    return replace(
        made, kind="session", first=session.day, last=session.day, earliest=low, latest=high,
        zone=session.zone, session=form, exchange=exchange,
        how=f"{how}; {form.replace('-', ' ')} of {exchange}",
    )  # fmt: skip


def _asian_hours(context: Context, made: Resolved, days: Days) -> Resolved:
    tokyo = context.hours.session("XTKS", days.first)
    hong_kong = context.hours.session("XHKG", days.first)
    if tokyo is None or hong_kong is None:
        raise Undated(f"Tokyo or Hong Kong had no session on {days.first}")
    return replace(
        made, kind="session", earliest=tokyo.open_at, latest=hong_kong.close_at, zone="UTC",
        session="region", exchange="XTKS",
        how=f"{days.how}; from the open in Tokyo to the close in Hong Kong",
    )  # fmt: skip


def _exchange(context: Context, expression: Expression) -> str:
    """Return the exchange the words, a series of the sentence, or the dateline name."""
    parts, start = expression.session or {}, expression.start
    place = parts.get("market") or parts.get("in_place") or parts.get("region", "")
    if place.startswith("Europe"):
        return "XLON"
    if place.casefold() in PLACES:
        return PLACES[place.casefold()][1]
    named = [name for name in context.series_of(expression) if name.exchange]
    before = [name for name in named if name.start < start and name.kind != "future"]
    sentence = context.sentence(expression)
    near = _IN_PLACE.match(context.text.plain[start : sentence.end][:60].partition(",")[0])
    if near:
        return PLACES[near[1].casefold()][1]
    if parts["form"] in ("pre-market", "after-hours") and not before:
        return "XNYS"
    if before:
        return before[-1].exchange
    return named[0].exchange if named else context.anchor.exchange
