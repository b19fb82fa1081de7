"""Clock times: the minute, the zone it is told in, and the day it belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from analysis.drafting.context import Context, Days, Resolved, Undated
from analysis.drafting.expressions import Expression
from analysis.drafting.grammar import Patterns
from analysis.drafting.words import PLACES, number
from analysis.seeds.zones import ZONES, zone_info, zones_meant

__all__ = ["borrowed_day", "instant", "own_part", "with_clock"]

_RE = Patterns("clock")
_HEADING, _LINES_BELOW = 34, 12
"""Characters of a line that is a date and no more, and how many lines it heads."""
_SENTENCES_BACK = 3
_NOON, _NIGHTFALL = 12 * 60, 5 * 60


def instant(day: date, minutes: int, zone: str) -> datetime:
    """Return the moment some minutes after a local midnight, UTC (wall clock time)."""
    shift, minutes = divmod(minutes, 24 * 60)
    clock = datetime.combine(
        day + timedelta(days=shift), time(minutes // 60, minutes % 60), zone_info(zone)
    )
    return clock.astimezone(UTC)


def own_part(expression: Expression) -> str:
    """Return the part of a day that "tonight" and "this morning" name, or nothing."""
    word = expression.parts.get("word", "").casefold()
    if word in ("tonight", "last night"):
        return "evening"
    return word.removeprefix("this ") if word.startswith("this ") else ""


def borrowed_day(context: Context, expression: Expression) -> Days:
    """Return the day of an expression that names none.

    Its sentence's, a heading's, the last one ahead where the sentence speaks of what is to come,
    else that of publication.
    """
    index = context.index(expression)
    future = bool(expression.clock) and context.tense(expression) == "future"
    held = _RE.held if expression.clock else _RE.beside_a_session
    named = [
        pair for pair in context.named.get(index, [])
        if _lends(context, pair[0], held) and (not future or pair[1].last >= context.today)
    ]  # fmt: skip
    if days := _beside(context, expression, named):
        return replace(days, how=f"the day its sentence names ({days.first})")
    heads = expression.start == context.sentence(expression).start
    if (expression.clock or heads) and (heading := _heading_day(context, index)):
        return heading
    if future and (ahead := _day_ahead(context, index)):
        return ahead
    return Days(context.today, context.today, "no day named: day of publication")


def _lends(context: Context, start: int, held: re.Pattern[str]) -> bool:
    """Tell a day that a clock time beside it may belong to."""
    plain = context.text.plain
    level = _RE.level.match(plain[start : start + 24])
    return not level and not held.search(plain[max(0, start - 16) : start])


def _beside(context: Context, expression: Expression, named: list[tuple[int, Days]]) -> Days | None:
    before = [days for at, days in named if at < expression.start]
    behind = [(at, days) for at, days in named if at > expression.start]
    if behind:
        between = context.text.plain[expression.end : behind[0][0]]
        near = len(between) <= 25 or (not before and (expression.session or "," not in between))
        if near and not _RE.apart.search(between):
            return behind[0][1]
    return before[-1] if before else None


def _heading_day(context: Context, index: int) -> Days | None:
    """Return the day of the heading above a line: a line that is nothing but a date.

    Calendars of the week head the lines of a day by it.
    """
    for above in range(index - 1, max(index - 1 - _LINES_BELOW, -1), -1):
        sentence = context.text.sentences[above]
        for start, days in context.named.get(above, []):
            if start == sentence.start and len(sentence.text.strip(" :.")) <= _HEADING:
                return replace(days, how=f"the day of the heading above ({days.first})")
    return None


def _day_ahead(context: Context, index: int) -> Days | None:
    """Return the day of "It starts at 10" after a sentence that named it."""
    near = [
        found.first for found in context.resolved
        if found.to_come and found.one_day
        and index - _SENTENCES_BACK <= context.text.sentence_index(found.start) < index
    ]  # fmt: skip
    how = f"the day ahead that was named before ({near[-1]})" if near else ""
    return Days(near[-1], near[-1], how, True) if near else None


def with_clock(context: Context, made: Resolved, expression: Expression, days: Days) -> Resolved:
    """Return an expression with the moment its clock time names."""
    parts = expression.clock or {}
    if days.first != days.last:
        raise Undated("a clock time that belongs to a span of days")
    minutes, part = _minutes(parts), expression.daypart or own_part(expression)
    if part in ("afternoon", "evening", "night") and "half" not in parts and minutes < _NOON:
        minutes += _NOON if part != "night" or minutes >= _NIGHTFALL else 0
    starts_day = re.search(r"\b(?:past|after|since) $", context.before(expression, 8))
    if parts.get("word", "").casefold() == "midnight" and not starts_day:
        minutes = 24 * 60  # a deadline at midnight ends the day
    zones, told = _zones(context, parts, expression)
    day, published = days.first, context.anchor.published
    unnamed = not expression.form and days.how.startswith("no day")
    if unnamed:
        day = published.astimezone(zone_info(zones[0])).date()
    if zones == (context.anchor.zone,):
        zones = (context.anchor.zone_on(day),)
    moments = sorted(instant(day, minutes, zone) for zone in zones)
    if unnamed and moments[0] > published and context.tense(expression) == "past":
        moments = [moment - timedelta(days=1) for moment in moments]
        day -= timedelta(days=1)
    context.clock_zones[context.index(expression)] = zones
    return replace(
        made, kind="clock", first=day, last=day, earliest=moments[0], latest=moments[-1],
        zone=" or ".join(zones), ambiguous=len(zones) > 1, how=f"{days.how}; {told}",
    )  # fmt: skip


def _minutes(parts: Mapping[str, str]) -> int:
    if "word" in parts:
        return 0 if parts["word"].casefold() == "midnight" else _NOON
    if "spoken" in parts:
        shift = {"half past": 30, "quarter past": 15, "quarter to": -15}
        past = re.sub(r"^a ?", "", parts.get("past", "").casefold())
        minutes = (number(parts["spoken"]) or 0) * 60 + shift.get(past, 0)
    else:
        minutes = int(parts["hour"]) * 60 + int(parts.get("minute", "0"))
    half = parts.get("half", "").casefold()[:1]
    if half == "p" and minutes < _NOON:
        return minutes + _NOON
    return minutes - _NOON if half == "a" and minutes >= _NOON else minutes


def _zones(
    context: Context, parts: Mapping[str, str], expression: Expression
) -> tuple[tuple[str, ...], str]:
    """Return the zones a clock time may be told in, and in words why."""
    anchor, place = context.anchor, parts.get("place") or parts.get("in_place") or ""
    if place and place.casefold() != "local":
        return (PLACES[place.casefold()][0],), f"time of {place}"
    if "offset" in parts:
        return zones_meant(parts["offset"]), f"offset {parts['offset']}"
    if label := parts.get("zone_name") or parts.get("zone"):
        zones = ZONES[label.casefold()]
        return (
            (zones, f"label {label}")
            if len(zones) == 1
            else _decide_label(context, label, zones, expression)
        )
    if place:
        near = _zones_named(context, expression)[-1:]
        return (
            near[0] if near else anchor.zone,
        ), "local time: of the place its clause names, or the dateline"
    if not own_part(expression):
        beside = _RE.place_right_before.search(context.before(expression, 30))
        if beside and beside[1].casefold() in PLACES:
            return (PLACES[beside[1].casefold()][0],), f"time of {beside[1]}"
        same = context.clock_zones.get(context.index(expression), ())
        if len(same) == 1:
            return same, "zone of the time before it"
    return (anchor.zone,), f"no zone named: {anchor.basis}"


def _zones_named(context: Context, expression: Expression) -> list[str]:
    """Return the zones of the places that the clause up to an expression names, in order."""
    sentence = context.sentence(expression)
    clause = sentence.text[: expression.end - sentence.start].rpartition(";")[2]
    return [PLACES[match[0].casefold()][0] for match in _RE.place_names.finditer(clause)]


def _decide_label(
    context: Context, label: str, zones: tuple[str, ...], expression: Expression
) -> tuple[tuple[str, ...], str]:
    """Decide what CST or IST means by a place in the clause or the dateline; else keep all."""
    anchor, near = context.anchor, _zones_named(context, expression)
    for zone in zones:
        if zone in near:
            return (zone,), f"label {label}, by a place in the sentence"
    if anchor.basis.startswith("dateline") and anchor.zone in zones:
        return (anchor.zone,), f"label {label}, by the {anchor.basis}"
    offset = anchor.published.utcoffset()
    same = [
        zone for zone in zones
        if offset and anchor.published.astimezone(zone_info(zone)).utcoffset() == offset
    ]  # fmt: skip
    if len(same) == 1:
        return (same[0],), f"label {label}, by the offset of the publication"
    return zones, f"label {label} is ambiguous: {', '.join(zones)}; the bounds hold each"
