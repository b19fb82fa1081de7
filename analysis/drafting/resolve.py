"""From an expression of time to a day, a moment or bounds, with the reason why.

The publication is the anchor: "Thursday" is the Thursday on or before it, unless the sentence
speaks of what is to come. Nothing is guessed silently: a zone with two meanings gives bounds that
hold both, and what cannot be resolved is returned with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from analysis.drafting.anchor import Anchor
from analysis.drafting.clock import borrowed_day, instant, own_part, with_clock
from analysis.drafting.context import Context, Days, NoHours, Resolved, Undated, Unresolved
from analysis.drafting.days import DAYS
from analysis.drafting.expressions import Expression
from analysis.drafting.grammar import Patterns
from analysis.drafting.hours import Hours, bounds
from analysis.drafting.names import SeriesName
from analysis.drafting.spans import SPANS
from analysis.drafting.text import ArticleText
from analysis.drafting.words import PLACES

__all__ = ["Resolved", "Unresolved", "resolve"]

_RE = Patterns("resolve")
_FORMS = {**DAYS, **SPANS}
_OUTRIGHT = ("numeric", "month-day", "day-month", "weekday", "relative")
_PART_HOURS = {
    "morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 24),
    "early": (0, 9), "late": (15, 24),
}  # fmt: skip
_YEARS = (1900, 2100)


def resolve(
    text: ArticleText,
    expressions: Sequence[Expression],
    anchor: Anchor,
    *,
    series: Sequence[SeriesName],
    hours: Hours,
) -> tuple[tuple[Resolved, ...], tuple[Unresolved, ...]]:
    """Resolve expressions in the order of the text; every one is in one of the two results.

    A session word belongs to the exchange of a series in its sentence.
    """
    groups: dict[int, list[SeriesName]] = {}
    for name in series:
        groups.setdefault(text.sentence_index(name.start), []).append(name)
    context = Context(text, anchor, hours, groups)
    _note_days(context, expressions)
    failed: list[Unresolved] = []
    for expression in expressions:
        words = text.plain[expression.start : expression.end]
        try:
            found = _resolved(context, expression, words)
        except (ValueError, OverflowError, Undated) as why:
            told = isinstance(why, Undated)
            reason = str(why) if told else "there is no such day or time in the calendar"
            failed.append(Unresolved(expression.start, expression.end, words, reason))
            continue
        context.resolved.append(found)
        aside = expression.parts.get("step", "").casefold() in ("before", "after")
        if expression.form not in ("", "ago", "period") and not aside:
            context.last = found
    return tuple(context.resolved), tuple(failed)


def _note_days(context: Context, expressions: Sequence[Expression]) -> None:
    """Note the days each sentence names outright: clock times may stand before them."""
    for expression in expressions:
        if expression.form in _OUTRIGHT:
            try:
                days = _days(context, expression)
            except (Undated, ValueError, OverflowError):
                continue
            if days.first == days.last:
                index = context.index(expression)
                context.named.setdefault(index, []).append((expression.start, days))


def _resolved(context: Context, expression: Expression, words: str) -> Resolved:
    days = _days_of(context, expression)
    anchor = context.anchor
    home = days.zone or anchor.zone
    made = Resolved(
        start=expression.start, end=expression.end, text=words, kind=expression.kind,
        first=days.first, last=days.last, earliest=anchor.published, latest=anchor.published,
        zone=home, how=days.how, to_come=days.to_come,
    )  # fmt: skip
    if expression.clock is not None:
        return with_clock(context, made, expression, days)
    if expression.session is not None:
        try:
            return _with_session(context, made, expression, days)
        except NoHours:
            if not expression.form:
                raise
    low, high, zone, how = 0, 24, home, days.how
    if part := expression.daypart or own_part(expression):
        low, high = _PART_HOURS[part]
        place = _RE.place_time.match(context.after(expression, 30))
        zone = PLACES[place[1].casefold()][0] if place else zone
        how = f"{how}; {part}: {low:02}:00 to {high:02}:00 local time"
    return replace(
        made, kind="part" if part else made.kind, zone=zone, how=how,
        earliest=instant(days.first, low * 60, zone), latest=instant(days.last, high * 60, zone),
    )  # fmt: skip


def _with_session(context: Context, made: Resolved, expression: Expression, days: Days) -> Resolved:
    """Return an expression with the bounds its session word names."""
    parts, day, how = expression.session or {}, days.first, days.how
    form, asian = parts["form"], parts.get("region", "").startswith("Asia")
    if form == "day-close":  # "after Wednesday's closing bell"; else the day
        if not context.before(expression, 6).endswith("after "):
            raise NoHours("the bell of a day that is named")
        form = "after-close"
    exchange = "XTKS" if asian else _exchange(context, expression)
    if not exchange or not context.hours.known(exchange):
        raise NoHours("session words, but no exchange is named whose hours are known")
    session = context.hours.session(exchange, day)
    if session is None and "no day named" in how and not asian:
        session = context.hours.previous(exchange, day)
        how += ", which had no session: the one before"
    until = context.hours.session("XHKG", day) if asian else session
    if session is None or until is None:
        raise Undated(f"{exchange} had no session on {day}" + " or Hong Kong had none" * asian)
    low, high = (session.open_at, until.close_at) if asian else bounds(form, session)
    told = (
        "from the open in Tokyo to the close in Hong Kong"
        if asian
        else f"{form.replace('-', ' ')} of {exchange}"
    )
    return replace(
        made, kind="session", first=session.day, last=session.day, earliest=low, latest=high,
        zone="UTC" if asian else session.zone, session=form, exchange=exchange,
        how=f"{how}; {told}",
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
    near = _RE.in_place.match(context.text.plain[start : sentence.end][:60].partition(",")[0])
    if near:
        return PLACES[near[1].casefold()][1]
    if parts["form"] in ("pre-market", "after-hours") and not before:
        return "XNYS"
    if before:
        return before[-1].exchange
    return named[0].exchange if named else context.anchor.exchange


def _days_of(context: Context, expression: Expression) -> Days:
    if not expression.form:
        return borrowed_day(context, expression)
    days = _days(context, expression)
    if expression.until is None:
        return days
    end = _days(context, expression.until)
    first, last = days.first, end.last
    if expression.form == "month" and "year" not in expression.parts:
        first = first.replace(year=last.year - (first.month > last.month))
    if expression.form == "weekday":
        if first > last:
            first = last - timedelta(days=(last.weekday() - first.weekday()) % 7)
        if last <= first:
            last = first + timedelta(days=(last.weekday() - first.weekday()) % 7)
    if last < first:
        raise Undated("the range ends before it starts")
    return Days(first, last, f"from {days.how} to {end.how}", end.to_come)


def _days(context: Context, expression: Expression) -> Days:
    days = _FORMS[expression.form](context, expression)
    if not _YEARS[0] <= days.first.year <= days.last.year <= _YEARS[1]:
        raise Undated("a year outside 1900 to 2100")
    return days
