"""Spans of time: weeks, months, quarters, halves and years."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from analysis.drafting.context import Context, Days, Undated
from analysis.drafting.expressions import Expression
from analysis.drafting.grammar import Patterns
from analysis.drafting.words import MONTHS, ORDINALS, SEASONS, number

__all__ = ["SPANS", "month_around", "shifted"]

_RE = Patterns("spans")
_MONTH_PARTS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}
_YEAR_PARTS = {"early": (1, 4), "mid": (5, 8), "late": (9, 12)}


def month_around(day: date, shift: int) -> tuple[date, date]:
    """Return first and last day of the month some months from a day's."""
    year, month = divmod(day.year * 12 + day.month - 1 + shift, 12)
    return _months(year, month + 1, month + 1)


def shifted(base: date, count: int, unit: str, *, year_is_month: bool, loose_week: int = 3) -> Days:
    """Return the days some units from a day, as wide as newsrooms mean them."""
    how = f"counted from {base}"
    if unit in ("day", "week"):
        day = base + timedelta(days=count * (7 if unit == "week" else 1))
        loose = timedelta(days=loose_week if unit == "week" else 0)
        return Days(day - loose, day + loose, how)
    if unit == "year" and not year_is_month:
        return Days(*_months(base.year + count, 1, 12), f"{how}, the year")
    return Days(*month_around(base, count * (1 if unit == "month" else 12)), f"{how}, the month")


def _months(year: int, low: int, high: int) -> tuple[date, date]:
    return date(year, low, 1), date(year, high, calendar.monthrange(year, high)[1])


def _unit(day: date, unit: str, shift: int) -> tuple[date, date]:
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7 * shift)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        return month_around(day, shift)
    if unit == "quarter":
        start = month_around(day, -((day.month - 1) % 3) + 3 * shift)[0]
        return start, month_around(start, 2)[1]
    return _months(day.year + shift, 1, 12)


def _shift_word(word: str) -> int:
    return {"last": -1, "past": -1, "next": 1}.get(word.casefold().split()[0], 0)


def _part(period: str) -> str:
    if re.match(r"early|(?:the )?(?:start|beginning)", period):
        return "early"
    return (
        "mid"
        if re.match(r"(?:the )?mid", period)
        else "late"
        if re.match(r"late(?: in|$)|(?:the )?end", period)
        else ""
    )


def _month(context: Context, expression: Expression) -> Days:
    parts, today = expression.parts, context.today
    month, period = MONTHS[parts["month"].casefold()], parts.get("period", "").casefold()
    to_come = False
    if "year" in parts:
        year, how = int(parts["year"]), "month and year as written"
    elif "which_year" in parts:
        year, how = (
            today.year + _shift_word(parts["which_year"]),
            "counted from the year of publication",
        )
    else:
        year, to_come = _year_of_month(month, period, context, expression)
        how = f"no year: the {'next' if to_come else 'last'} one"
    if "whole" in parts and month % 3 == 0:
        return Days(*_months(year, month - 2, month), f"quarter to the end of {month}/{year}")
    first, last = _months(year, month, month)
    if part := _part(period):
        low, high = _MONTH_PARTS[part]
        return Days(first.replace(day=low), last.replace(day=min(high, last.day)), how, to_come)
    if first <= today <= last:
        last = today if period.startswith("earlier") else last
        first = today if period.startswith("later") else first
    return Days(first, last, how, to_come or first > today or period.startswith("later"))


def _year_of_month(
    month: int, period: str, context: Context, expression: Expression
) -> tuple[int, bool]:
    year = context.today.year
    back = (context.today.month - month) % 12
    past = year if month <= context.today.month else year - 1
    if back == 0:
        return past + {"next": 1, "last": -1}.get(period, 0), period == "next"
    if period in ("next", "later in"):
        return past + 1, True
    before, after = context.before(expression, 40), context.after(expression, 40)
    soon = _RE.delivered.search(before) or _RE.delivery.match(after)
    decided = _RE.ahead.search(before) or _RE.ahead_behind.match(after)
    if (back >= 6 and soon) or (back >= 9 and decided):
        return past + 1, True
    counted = back <= 3 and (
        _RE.adjunct.match(after) or _RE.counted.search(context.before(expression, 60))
        or before.casefold().endswith("minutes of ")
    )  # fmt: skip
    if counted or period in ("last", "back in", "earlier in"):
        return past, False
    told = context.tense(expression)
    ahead = told == "future" or (told == "" and back >= 11)
    return past + ahead, ahead


def _year(context: Context, expression: Expression) -> Days:
    first = int(expression.parts["year"])
    last = int(expression.parts.get("year2", first))
    if last < first:
        raise Undated("the range ends before it starts")
    return Days(date(first, 1, 1), date(last, 12, 31), "as written", first > context.today.year)


def _year_part(context: Context, expression: Expression) -> Days:
    said, year = expression.parts["period"].casefold(), int(expression.parts["year"])
    part = _part(said)
    low, high = _YEAR_PARTS[part]
    if said.endswith("of"):
        low, high = (1, 1) if part == "early" else (12, 12)
    return Days(*_months(year, low, high), "a part of the year", year > context.today.year)


def _period_end(context: Context, expression: Expression) -> Days:
    unit, start = expression.parts["unit"], expression.parts["period"].casefold() != "end"
    first, last = _unit(context.today, unit, 0)
    if unit == "year":
        first, last = _months(first.year, *((1, 1) if start else (12, 12)))
    elif unit == "month":
        first, last = (first, first.replace(day=10)) if start else (first.replace(day=21), last)
    return Days(first, last, f"part of the {unit} of publication", not start)


def _season(context: Context, expression: Expression) -> Days:
    year, _ = _year_in(context, expression, 1)
    low, high = SEASONS[expression.parts["season"].casefold()]
    first, last = date(year, low, 1), _months(year + (high < low), high, high)[1]
    return Days(first, last, "season of the northern half", first > context.today)


def _part_of_year(context: Context, expression: Expression) -> Days:
    """Resolve a quarter, a half and the first months of a year."""
    before, after = context.before(expression, 24), context.after(expression, 24)
    if _RE.fiscal_before.search(before) or _RE.fiscal_after.match(after):
        raise Undated("a company's own year: the text does not say when it begins")
    parts = expression.parts
    if "count" in parts:
        low, length = 1, number(parts["count"]) or 11
    else:
        length = 3 if "quarter" in parts else 6
        word = (parts.get("quarter") or parts.get("half") or parts["half2"]).casefold()
        low = 1 + length * ((int(word[0]) if word[0].isdigit() else ORDINALS[word]) - 1)
    year, to_come = _year_in(context, expression, low)
    how = "calendar quarter (a company's own may differ)" if length == 3 else "part of a year"
    return Days(*_months(year, low, low + length - 1), how, to_come)


def _year_in(context: Context, expression: Expression, start_month: int) -> tuple[int, bool]:
    parts, today = expression.parts, context.today
    if "year" in parts:
        return int(parts["year"]), int(parts["year"]) > today.year
    if "year_short" in parts:
        return 2000 + int(parts["year_short"]), False
    if "which_year" in parts:
        return today.year + _shift_word(parts["which_year"]), False
    return today.year - (start_month > today.month), False


def _period(context: Context, expression: Expression) -> Days:
    parts, today = expression.parts, context.today
    words = context.text.plain[expression.start : expression.end]
    step = 2 if words.endswith("after next") else _shift_word(parts["which"])
    if today.weekday() == 0 and re.match(r"(?:[Ff]or|[Oo]n|[Oo]ver) the week$", words):
        step = -1  # a week that has just begun has no result
    first, last = _unit(today, parts["unit"].casefold(), step)
    shift = parts.get("shift", "").casefold()
    if step == 0:
        last = min(last, today) if shift == "earlier" else last
        first = max(first, today) if shift == "later" else first
    how = f"counted from the {parts['unit'].casefold()} of publication"
    return Days(first, last, how, step > 0 or shift == "later")


def _weekend(context: Context, expression: Expression) -> Days:
    which, today = expression.parts["which"].casefold(), context.today
    saturday = today - timedelta(days=(today.weekday() - 5) % 7)
    ahead = which in ("next", "this", "the coming") or context.tense(expression) == "future"
    if ahead and today.weekday() < 5:
        saturday += timedelta(days=7)
    return Days(saturday, saturday + timedelta(days=1), "the weekend next to publication", ahead)


SPANS: Mapping[str, Callable[[Context, Expression], Days]] = {
    "month": _month, "year": _year, "years": _year, "year-part": _year_part,
    "period-end": _period_end, "season": _season, "quarter": _part_of_year, "half": _part_of_year,
    "months": _part_of_year, "period": _period, "weekend": _weekend,
}  # fmt: skip
"""How each form of a span is resolved."""
