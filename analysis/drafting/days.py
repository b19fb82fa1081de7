"""Single days: written out, weekdays, and counted from another day."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from analysis.drafting.context import Context, Days, Undated
from analysis.drafting.expressions import Expression
from analysis.drafting.grammar import Patterns
from analysis.drafting.spans import month_around, shifted
from analysis.drafting.words import MONTHS, ORDINALS, PLACES, WEEKDAYS, number
from analysis.seeds.zones import zone_info

__all__ = ["DAYS"]

_RE = Patterns("shared")
_FAR_BACK, _NEAR_AHEAD = 240, 120
"""A date without a year is taken to be ahead if it is at most the second number of days ahead and
its last occurrence lies more than the first number of days back."""
_ASIA = "Asia/Hong_Kong"
_MONTH_FIRST = ("XNYS", "XNAS")


def _numeric(context: Context, expression: Expression) -> Days:
    parts, today = expression.parts, context.today
    year = int(parts["year"])
    if "month_number" in parts:
        day = date(year, int(parts["month_number"]), int(parts["day"]))
        return Days(day, day, "written in full", day > today)
    a, b = int(parts["first"]), int(parts["second"])
    exchange, slashed = context.anchor.exchange, parts["mark"] == "/"
    if slashed and not exchange and a <= 12 >= b != a:
        raise Undated("day and month could be exchanged, and no place tells which is which")
    american = (slashed and exchange in _MONTH_FIRST and a <= 12) or b > 12
    day = date(year, a, b) if american else date(year, b, a)
    how = "month first, as in America" if american and a != b else "day first"
    return Days(day, day, f"written in figures, {how}", day > today)


def _month_day(context: Context, expression: Expression) -> Days:
    parts = expression.parts
    month, day = MONTHS[parts["month"].casefold()], int(parts["day"])
    if "year" in parts:
        first, how = date(int(parts["year"]), month, day), "written in full"
        to_come = first > context.today
    else:
        named = WEEKDAYS.get(parts.get("named", "").casefold())
        first, to_come = _nearest(month, day, named, context, expression)
        how = f"no year: the {'next' if to_come else 'last'} one"
    last = first.replace(day=int(parts["day2"])) if "day2" in parts else first
    if last < first:
        raise Undated("the range ends before it starts")
    return Days(first, last, how, to_come)


def _nearest(
    month: int, day: int, named: int | None, context: Context, expression: Expression
) -> tuple[date, bool]:
    """Return the day meant by a day and month without a year, and whether it is to come."""
    today = context.today
    around = []
    for year in range(today.year - 4, today.year + 5):
        with contextlib.suppress(ValueError):  # February 29
            around.append(date(year, month, day))
    near = [one for one in around if abs((one - today).days) < 2 * 366]
    fitting = [one for one in near if named is not None and one.weekday() == named]
    if fitting:  # "Tuesday, Sept. 22" tells its year
        best = min(fitting, key=lambda one: abs((one - today).days))
        return best, best > today
    past = max(one for one in around if one <= today)
    ahead = min(one for one in around if one > past)
    back_days, ahead_days = (today - past).days, (ahead - today).days
    if back_days == 0:
        return past, False
    told = context.tense(expression)
    nearer = not told and ahead_days <= _NEAR_AHEAD and back_days > _FAR_BACK
    coming = nearer or (told == "future" and ahead_days < _FAR_BACK)
    return (ahead, True) if coming else (past, False)


def _of_month(context: Context, expression: Expression) -> Days:
    parts = expression.parts
    first, last = month_around(context.today, {"last": -1, "next": 1}.get(parts["which"], 0))
    word = parts["ordinal"].casefold()
    nth = ORDINALS.get(word) or int(re.sub(r"\D", "", word) or 1)
    day = last if word == "last" else first.replace(day=nth)
    return Days(day, day, "a day of the month of publication", day > context.today)


def _weekday(context: Context, expression: Expression) -> Days:
    parts, today, last = expression.parts, context.today, context.last
    wanted = WEEKDAYS[parts["weekday"].casefold()]
    which = parts.get("which", "").casefold()
    back = (today.weekday() - wanted) % 7
    past, ahead = today - timedelta(days=back), today + timedelta(days=(-back) % 7)
    apposed = context.before(expression, 3).endswith(" a ")
    if apposed and last and last.one_day and last.first.weekday() == wanted:
        return Days(last.first, last.first, "the day named before")
    sentence = context.sentence(expression)
    next_week = re.search(
        r"\b[Nn]ext week\b(?!['’])", sentence.text[: expression.start - sentence.start]
    )
    if next_week or parts.get("week"):
        day = today + timedelta(days=7 - today.weekday() + wanted)
        return Days(day, day, "that day of the week after publication", True)
    if which in ("last", "previous", "this past"):
        day = past if back else past - timedelta(days=7)
        return Days(day, day, "the last one before publication")
    if which in ("next", "coming", "this coming"):
        day = ahead if back else ahead + timedelta(days=7)
        return Days(day, day, "the first one after publication", True)
    if context.tense(expression) == "future" or context.heads_calendar(expression):
        if context.follows_in_list(expression) and ahead < context.resolved[-1].last:
            ahead += timedelta(days=7)
        how = "the sentence speaks of what is to come: on or after publication"
        return Days(ahead, ahead, how, ahead > today)
    for zone in sorted(_zones_spoken_of(context, expression)):
        there = context.anchor.published.astimezone(zone_info(zone)).date()
        if there > today and there.weekday() == wanted:
            how = "already that day in the place spoken of"
            return Days(there, there, how, zone="" if zone == _ASIA else zone)
    return Days(past, past, "the one on or before publication")


def _zones_spoken_of(context: Context, expression: Expression) -> set[str]:
    """Return zones of the places and of the series that a sentence names."""
    words = context.sentence(expression).text
    exchanges = {name.exchange for name in context.series_of(expression)} - {""}
    zones = {PLACES[match[0].casefold()][0] for match in _RE.place_names.finditer(words)}
    zones |= {zone for zone, exchange in PLACES.values() if exchange in exchanges}
    return zones | ({_ASIA} if re.search(r"\bAsian?\b", words) else set())


def _relative(context: Context, expression: Expression) -> Days:
    word = expression.parts["word"].casefold()
    shift = (
        -2 if "before yesterday" in word else 2 if "after tomorrow" in word
        else -1 if "yesterday" in word or "last night" in word
        else 1 if "tomorrow" in word else 0
    )  # fmt: skip
    day = context.today + timedelta(days=shift)
    return Days(day, day, "counted from the day of publication", shift > 0)


def _ago(context: Context, expression: Expression) -> Days:
    count = number(expression.parts["count"]) or 0
    unit = expression.parts["unit"].casefold()
    return shifted(context.today, -count, unit, year_is_month=count == 1)


def _off(context: Context, expression: Expression) -> Days:
    """Resolve "a week later", "two days before the rule was to apply"."""
    parts = expression.parts
    count, unit, step = (
        number(parts["count"]) or 0,
        parts["unit"].casefold(),
        parts["step"].casefold(),
    )
    back, beside = step in ("earlier", "before"), False
    if step in ("after", "before"):
        rest = context.after(expression, 60)
        if not re.match(r" (?:it|that|this|them|which)\b(?:[,.;]|$)", rest) and re.match(
            r"[ ,]{1,2}[A-Za-z]", rest
        ):
            back = not back
        beside = back != (step == "before")
    base = _clause_base(context, expression) if beside else _base(context, unit in ("day", "week"))
    days = shifted(base, -count if back else count, unit, year_is_month=True, loose_week=1)
    return Days(days.first, days.last, f"counted from {base}", days.first > context.today)


def _days_off(context: Context, expression: Expression) -> Days:
    """Resolve "the same day" and "the next day"."""
    base = _base(context, narrow=True)
    step = expression.parts.get("step", "").casefold()
    day = base + timedelta(days=-1 if step in ("previous", "preceding") else 1 if step else 0)
    return Days(day, day, f"counted from {base}", day > context.today)


def _clause_base(context: Context, expression: Expression) -> date:
    """Return the day of the main clause of "the call came a week after he had spoken"."""
    near = [found for found in context.resolved if found.one_day][-1:]
    if near and context.text.sentence_index(near[0].start) == context.index(expression):
        return near[0].first
    return context.today


def _base(context: Context, narrow: bool) -> date:
    """Return the day that "a week later" counts from; a month will do for "a year later"."""
    last = context.last
    if last is None:
        return context.today
    if (last.last - last.first).days <= (3 if narrow else 92):
        return last.first
    raise Undated("it counts from a span too wide to tell a day")


DAYS: Mapping[str, Callable[[Context, Expression], Days]] = {
    "numeric": _numeric,
    "month-day": _month_day,
    "day-month": _month_day,
    "of-month": _of_month,
    "weekday": _weekday,
    "relative": _relative,
    "ago": _ago,
    "off": _off,
    "days-off": _days_off,
}
"""How each form of a day is resolved."""
