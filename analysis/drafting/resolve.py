"""From an expression of time to a day, a moment or bounds, with the reason why.

The publication is the anchor: "Thursday" is the Thursday on or before it, unless the sentence
speaks of what is to come. Nothing is guessed silently: a zone with two meanings gives bounds that
hold both, and what cannot be resolved is returned with the reason.
"""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from analysis.drafting.anchor import Anchor
from analysis.drafting.expressions import Expression
from analysis.drafting.hours import Hours, bounds
from analysis.drafting.names import SeriesName
from analysis.drafting.tense import first_cue, last_cue
from analysis.drafting.text import ArticleText
from analysis.drafting.words import (
    MONTHS,
    ORDINALS,
    PLACES,
    SEASONS,
    WEEKDAYS,
    alternatives,
    number,
)
from analysis.seeds.zones import ZONES, zone_info, zones_meant

__all__ = ["Resolved", "Unresolved", "resolve"]

_PART_HOURS = {
    "morning": (5, 12), "afternoon": (12, 18), "evening": (18, 24), "night": (18, 24),
    "early": (0, 9), "late": (15, 24),
}  # fmt: skip
_MONTH_PARTS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}
_YEAR_PARTS = {"early": (1, 4), "mid": (5, 8), "late": (9, 12)}
_FAR_BACK, _NEAR_AHEAD = 240, 120
"""A date without a year is taken to be ahead if it is at most the second number of days ahead and
its last occurrence lies more than the first number of days back."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """An expression and what it stands for.

    Attributes
    ----------
    start, end, text
        The words.
    kind
        ``day``, ``span``, ``clock``, ``session`` or ``part``.
    first, last
        First and last local day.
    earliest, latest
        Bounds of the moment, aware, UTC; equal for a clock time.
    zone
        Zone the days or hours are told in: an IANA name or an offset.
    how
        How it was resolved, in words.
    ambiguous
        Whether the bounds hold more than one reading of a zone.
    session, exchange
        Kind of session word and market code, where there is one.
    to_come
        Whether the sentence speaks of what is to come.
    """

    start: int
    end: int
    text: str
    kind: str
    first: date
    last: date
    earliest: datetime
    latest: datetime
    zone: str
    how: str
    ambiguous: bool = False
    session: str = ""
    exchange: str = ""
    to_come: bool = False

    @property
    def one_day(self) -> bool:
        """Whether it names a single day, or a moment in one."""
        return self.first == self.last


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An expression that was not resolved, and why."""

    start: int
    end: int
    text: str
    reason: str


def resolve(
    text: ArticleText,
    expressions: Sequence[Expression],
    anchor: Anchor,
    *,
    series: Sequence[SeriesName] = (),
    hours: Hours | None = None,
) -> tuple[tuple[Resolved, ...], tuple[Unresolved, ...]]:
    """Resolve expressions in the order of the text.

    Parameters
    ----------
    text, expressions
        The article and what :func:`~analysis.drafting.expressions.find_expressions` found in it.
    anchor
        Publication, zone and exchange.
    series
        Series named in the text; a session word belongs to the exchange of one in its sentence.
    hours
        Sessions of exchanges; None for the calendars without corrections.

    Returns
    -------
    tuple of Resolved, tuple of Unresolved
        Every expression is in one of the two.
    """
    work = _Resolver(text, anchor, hours or Hours(), _series_by_sentence(text, series))
    work.days_first(expressions)
    for expression in expressions:
        work.add(expression)
    return tuple(work.resolved), tuple(work.unresolved)


def _series_by_sentence(
    text: ArticleText, series: Sequence[SeriesName]
) -> dict[int, list[SeriesName]]:
    groups: dict[int, list[SeriesName]] = {}
    for name in series:
        groups.setdefault(text.sentence_index(name.start), []).append(name)
    return groups


class _Failed(Exception):
    """Carries the reason an expression cannot be resolved."""


@dataclass(frozen=True, slots=True)
class _Days:
    """First and last day, in words how, and whether they are to come."""

    first: date
    last: date
    how: str
    to_come: bool = False


class _Resolver:
    """Walks through the expressions; remembers what later ones refer to."""

    def __init__(
        self,
        text: ArticleText,
        anchor: Anchor,
        hours: Hours,
        series: dict[int, list[SeriesName]],
    ) -> None:
        self.text, self.anchor, self.hours, self.series = text, anchor, hours, series
        self.resolved: list[Resolved] = []
        self.unresolved: list[Unresolved] = []
        self._last: Resolved | None = None
        self._sentence_days: dict[int, list[tuple[int, _Days]]] = {}
        self._clock_zones: dict[int, tuple[str, ...]] = {}
        self._today = anchor.day

    def days_first(self, expressions: Sequence[Expression]) -> None:
        """Note the days each sentence names outright: clock times may stand before them."""
        for expression in expressions:
            if expression.kind == "day" and expression.form in (
                "numeric", "month-day", "day-month", "weekday", "relative",
            ):  # fmt: skip
                try:
                    days = self._days(expression)
                except (_Failed, ValueError, OverflowError):
                    continue
                if days.first == days.last:
                    index = self.text.sentence_index(expression.start)
                    self._sentence_days.setdefault(index, []).append((expression.start, days))

    def add(self, expression: Expression) -> None:
        """Resolve one expression, or note why not."""
        words = self.text.plain[expression.start : expression.end]
        try:
            found = self._one(expression, words)
        except (ValueError, OverflowError):
            reason = "there is no such day or time in the calendar"
            self.unresolved.append(Unresolved(expression.start, expression.end, words, reason))
        except _Failed as failed:
            self.unresolved.append(Unresolved(expression.start, expression.end, words, str(failed)))
        else:
            self.resolved.append(found)
            aside = expression.parts.get("step", "").casefold() in ("before", "after")
            if (
                found.kind != "session"
                and expression.form not in ("", "ago", "period")
                and not aside
            ):
                self._last = found

    def _one(self, expression: Expression, words: str) -> Resolved:
        days = self._days_of(expression)
        make = Resolved(
            start=expression.start, end=expression.end, text=words, kind=expression.kind,
            first=days.first, last=days.last, earliest=self.anchor.published,
            latest=self.anchor.published, zone=self.anchor.zone, how=days.how,
            to_come=days.to_come,
        )  # fmt: skip
        if expression.clock is not None:
            return self._with_clock(make, expression, days)
        if expression.session is not None:
            return self._with_session(make, expression.session, expression.start, days)
        zone = self.anchor.zone
        part = expression.daypart or _own_part(expression)
        if part:
            low, high = _PART_HOURS[part]
            zone = self._told_zone(expression) or zone
            return replace(
                make,
                kind="part",
                zone=zone,
                earliest=_instant(days.first, low * 60, zone),
                latest=_instant(days.last, high * 60, zone),
                how=f"{days.how}; {part}: {low:02}:00 to {high:02}:00 local time",
            )
        return replace(
            make,
            earliest=_instant(days.first, 0, zone),
            latest=_instant(days.last, 24 * 60, zone),
        )

    # days

    def _days_of(self, expression: Expression) -> _Days:
        if not expression.form:
            return self._borrowed_day(expression)
        days = self._days(expression)
        if expression.until is not None:
            end = self._days(expression.until)
            first = days.first
            if expression.form == "weekday" and first > end.last:
                first = end.last - timedelta(days=(end.last - first).days % 7)
                first = end.last - timedelta(days=(end.last.weekday() - days.first.weekday()) % 7)
            if expression.form == "weekday" and end.last <= first:
                end = replace(end, last=first + timedelta(
                    days=(end.last.weekday() - first.weekday()) % 7))  # fmt: skip
            if end.last < first:
                raise _Failed("the range ends before it starts")
            return _Days(first, end.last, f"from {days.how} to {end.how}", end.to_come)
        return days

    def _borrowed_day(self, expression: Expression) -> _Days:
        """Return the day of an expression that names none: its sentence's, else publication's."""
        index = self.text.sentence_index(expression.start)
        named = self._sentence_days.get(index, [])
        if expression.clock and self._tense(expression) == "future":
            named = [pair for pair in named if pair[1].last >= self._today]
        if expression.session:
            named = [
                pair
                for pair in named
                if not _SINCE.search(self.text.plain[max(0, pair[0] - 8) : pair[0]])
            ]
        if named:
            before = [pair for pair in named if pair[0] < expression.start]
            close = min(named, key=lambda pair: abs(pair[0] - expression.start))
            if before and expression.start - before[-1][0] < 120:
                close = before[-1] if abs(close[0] - expression.start) > 25 else close
            days = close[1]
            return replace(days, how=f"the day its sentence names ({days.first})")
        if expression.clock and (heading := self._heading_day(index)):
            return heading
        return _Days(self._today, self._today, "no day named: day of publication")

    def _heading_day(self, index: int) -> _Days | None:
        """Return the day of the heading above a line: a line that is nothing but a date.

        Calendars of the week head the lines of a day by it, at most a dozen of them.
        """
        for above in range(index - 1, max(index - 13, -1), -1):
            sentence = self.text.sentences[above]
            for start, days in self._sentence_days.get(above, []):
                if start == sentence.start and len(sentence.text.strip(" :.")) <= 34:
                    return replace(days, how=f"the day of the heading above ({days.first})")
        return None

    def _days(self, expression: Expression) -> _Days:
        method = getattr(self, "_" + expression.form.replace("-", "_"))
        days: _Days = method(expression, expression.parts)
        if not 1900 <= days.first.year <= days.last.year <= 2100:
            raise _Failed("a year outside 1900 to 2100")
        return days

    def _numeric(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        year = int(parts["year"])
        if "month_number" in parts:
            day = date(year, int(parts["month_number"]), int(parts["day"]))
            return _Days(day, day, "written in full", day > self._today)
        a, b = int(parts["first"]), int(parts["second"])
        american = parts["mark"] == "/" and self.anchor.exchange in ("XNYS", "XNAS")
        if parts["mark"] == "/" and not american and not self.anchor.exchange and a <= 12 >= b != a:
            raise _Failed("day and month could be exchanged, and no place tells which is which")
        month, number_ = (a, b) if (american and a <= 12) or b > 12 else (b, a)
        day = date(year, month, number_)
        how = "month first, as in America" if month == a and a != b else "day first"
        return _Days(day, day, f"written in figures, {how}", day > self._today)

    def _month_day(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        month, day = MONTHS[parts["month"].casefold()], int(parts["day"])
        named = WEEKDAYS.get(parts.get("named", "").casefold())
        if "year" in parts:
            year, how = int(parts["year"]), "written in full"
            to_come = date(year, month, day) > self._today
        else:
            year, to_come = self._year_of(month, day, expression)
            how = f"no year: the {'next' if to_come else 'last'} one"
        first = date(year, month, day)
        last = date(year, month, int(parts["day2"])) if "day2" in parts else first
        if last < first:
            raise _Failed("the range ends before it starts")
        if named is not None and first.weekday() != named:
            how += f"; but {first} was a {first:%A}"
        return _Days(first, last, how, to_come)

    _day_month = _month_day

    def _year_of(self, month: int, day: int, expression: Expression) -> tuple[int, bool]:
        """Return the year of a day and month without one, and whether they are to come."""
        today = self._today
        year = today.year
        if month == 2 and day == 29:
            near = [y for y in range(year - 3, year + 4) if calendar.isleap(y)]
            year = min(near, key=lambda y: abs((date(y, 2, 29) - today).days))
            return year, date(year, 2, 29) > today
        past = date(year, month, day)
        if past > today:
            past = date(year - 1, month, day)
        ahead = date(past.year + 1, month, day)
        back_days, ahead_days = (today - past).days, (ahead - today).days
        if back_days == 0:
            return past.year, False
        nearer_ahead = ahead_days <= _NEAR_AHEAD and back_days > _FAR_BACK
        told = self._tense(expression)
        if (nearer_ahead and not told) or (told == "future" and ahead_days < _FAR_BACK):
            return ahead.year, True
        return past.year, False

    def _of_month(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        first, last = _month(self._today, {"last": -1, "next": 1}.get(parts["which"], 0))
        word = parts["ordinal"].casefold()
        day = last if word == "last" else first.replace(
            day=ORDINALS.get(word) or int(re.sub(r"\D", "", word))
        )  # fmt: skip
        return _Days(day, day, "a day of the month of publication", day > self._today)

    def _weekday(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        wanted = WEEKDAYS[parts["weekday"].casefold()]
        which = parts.get("which", "").casefold()
        back = (self._today.weekday() - wanted) % 7
        past = self._today - timedelta(days=back)
        ahead = self._today + timedelta(days=(-back) % 7)
        apposed = self.text.plain[max(0, expression.start - 3) : expression.start].endswith(" a ")
        last = self._last if apposed else None
        if last and last.one_day and last.first.weekday() == wanted:
            return _Days(last.first, last.first, "the day named before")
        if which in ("last", "previous", "this past"):
            day = past if back else past - timedelta(days=7)
            return _Days(day, day, "the last one before publication")
        if which in ("next", "coming", "this coming"):
            day = ahead if back else ahead + timedelta(days=7)
            return _Days(day, day, "the first one after publication", True)
        if self._tense(expression) == "future":
            how = "the sentence speaks of what is to come: on or after publication"
            return _Days(ahead, ahead, how, ahead > self._today)
        for zone in sorted(self._zones_spoken_of(expression)):
            there = self.anchor.published.astimezone(zone_info(zone)).date()
            if there > self._today and there.weekday() == wanted:
                return _Days(there, there, "already that day in the place spoken of")
        return _Days(past, past, "the one on or before publication")

    def _zones_spoken_of(self, expression: Expression) -> set[str]:
        """Return zones of the places and of the series that a sentence names, in it or as a whole."""
        sentence = self.text.sentence_at(expression.start)
        names = {match[0].casefold() for match in _PLACE_NAMES.finditer(sentence.text)}
        exchanges = {
            name.exchange
            for name in self.series.get(self.text.sentence_index(expression.start), [])
        }
        zones = {PLACES[name][0] for name in names if name in PLACES}
        zones |= {zone for zone, exchange in PLACES.values() if exchange and exchange in exchanges}
        if re.search(r"\bAsian?\b", sentence.text):
            zones.add(_ASIA)
        return zones

    def _relative(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        word = parts["word"].casefold()
        shift = (
            -2 if "before yesterday" in word else 2 if "after tomorrow" in word
            else -1 if "yesterday" in word or "last night" in word
            else 1 if "tomorrow" in word else 0
        )  # fmt: skip
        day = self._today + timedelta(days=shift)
        return _Days(day, day, "counted from the day of publication", shift > 0)

    def _ago(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        count, unit = number(parts["count"]), parts["unit"].casefold()
        if count is None:
            raise _Failed("no number")
        return _shifted(self._today, -count, unit, year_is_month=count == 1)

    def _off(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        """Resolve "a week later", "two days before the rule was to apply"."""
        count, unit = number(parts["count"]), parts["unit"].casefold()
        step = parts.get("step", "later").casefold()
        back = step in ("earlier", "before")
        if step in ("after", "before"):
            rest = self.text.plain[expression.end : expression.end + 60]
            if re.match(r" (?:it|that|this|them|which)\b(?:[,.;]|$)", rest):
                pass
            elif re.match(r"[ ,]{1,2}[A-Za-z]", rest):
                back = not back
        if count is None:
            raise _Failed("no number")
        beside = step in ("after", "before") and back != (step == "before")
        base = (
            self._clause_base(expression) if beside else self._base(narrow=unit in ("day", "week"))
        )
        days = _shifted(base, -count if back else count, unit, year_is_month=True, loose_week=1)
        return replace(days, how=f"counted from {base}", to_come=days.first > self._today)

    def _days_off(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        if "same" in parts:
            base = self._base(narrow=True)
            return _Days(base, base, f"the day named before, {base}")
        if "count" in parts:
            return self._off(expression, parts)
        step = -1 if parts["step"].casefold() in ("previous", "preceding") else 1
        base = self._base(narrow=True)
        day = base + timedelta(days=step)
        return _Days(day, day, f"counted from {base}", day > self._today)

    def _clause_base(self, expression: Expression) -> date:
        """Return the day of the main clause of "the call came a week after he had spoken"."""
        index = self.text.sentence_index(expression.start)
        near = [found for found in self.resolved if found.one_day][-1:]
        if near and self.text.sentence_index(near[0].start) == index:
            return near[0].first
        return self._today

    def _base(self, *, narrow: bool) -> date:
        """Return the day that "a week later" counts from; a month will do for "a year later"."""
        if self._last is None:
            return self._today
        if (self._last.last - self._last.first).days <= (3 if narrow else 92):
            return self._last.first
        raise _Failed("it counts from a span too wide to tell a day")

    # longer spans

    def _month(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        month = MONTHS[parts["month"].casefold()]
        period = parts.get("period", "").casefold()
        to_come = False
        if "year" in parts:
            year, how = int(parts["year"]), "month and year as written"
        elif "which_year" in parts:
            year = self._today.year + _shift_word(parts["which_year"])
            how = "counted from the year of publication"
        else:
            year, to_come = self._year_of_month(month, period, expression)
            how = f"no year: the {'next' if to_come else 'last'} one"
        first = date(year, month, 1)
        last = date(year, month, calendar.monthrange(year, month)[1])
        if part := _period_part(period):
            low, high = _MONTH_PARTS[part]
            return _Days(
                first.replace(day=low), last.replace(day=min(high, last.day)), how, to_come
            )
        if period.startswith("earlier") and first <= self._today <= last:
            last = self._today
        if period.startswith("later") and first <= self._today <= last:
            first, to_come = self._today, True
        return _Days(first, last, how, to_come or first > self._today)

    def _year_of_month(self, month: int, period: str, expression: Expression) -> tuple[int, bool]:
        year = self._today.year
        back = (self._today.month - month) % 12
        past = year if month <= self._today.month else year - 1
        if back == 0:
            return past + (
                1 if period == "next" else -1 if period == "last" else 0
            ), period == "next"
        if period in ("next", "later in"):
            return past + 1, True
        if period in ("last", "back in", "earlier in"):
            return past, False
        told = self._tense(expression)
        if told == "future" or (told == "" and back >= 11):
            return past + 1, True
        return past, False

    def _year(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        year = int(parts["year"])
        return _Days(
            date(year, 1, 1), date(year, 12, 31), "the year as written", year > self._today.year
        )

    def _years(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        first, last = int(parts["year"]), int(parts["year2"])
        if last < first:
            raise _Failed("the range ends before it starts")
        return _Days(date(first, 1, 1), date(last, 12, 31), "years as written")

    def _year_part(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        year = int(parts["year"])
        said = parts["period"].casefold()
        low, high = _YEAR_PARTS[_period_part(said) or "early"]
        if said.endswith("of"):
            low, high = (12, 12) if "end" in said else (1, 1)
        return _Days(
            date(year, low, 1), date(year, high, calendar.monthrange(year, high)[1]),
            "a third of the year" if not said.endswith("of") else "its first or last month",
        )  # fmt: skip

    def _period_end(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        unit, start = parts["unit"], parts["period"].casefold() != "end"
        first, last = _unit(self._today, unit, 0)
        if unit == "year":
            month = 1 if start else 12
            first, last = first.replace(month=month), date(first.year, month, 31)
        elif unit == "month":
            first, last = (first, first.replace(day=10)) if start else (first.replace(day=21), last)
        return _Days(first, last, f"part of the {unit} of publication", not start)

    def _season(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        year = int(parts["year"]) if "year" in parts else (
            self._today.year + _shift_word(parts["which_year"])
        )  # fmt: skip
        low, high = SEASONS[parts["season"].casefold()]
        end = year + (high < low)
        return _Days(
            date(year, low, 1), date(end, high, calendar.monthrange(end, high)[1]),
            "season of the northern half", date(year, low, 1) > self._today,
        )  # fmt: skip

    def _quarter(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        self._refuse_fiscal(expression)
        word = parts["quarter"].casefold()
        number_ = int(word[0]) if word[0].isdigit() else ORDINALS[word]
        year, to_come = self._year_in(parts, (number_ - 1) * 3 + 1, expression)
        last_quarter = ORDINALS.get(parts.get("quarter2", "").casefold(), number_)
        month = last_quarter * 3
        return _Days(
            date(year, number_ * 3 - 2, 1), date(year, month, calendar.monthrange(year, month)[1]),
            "calendar quarter (a company's own may differ)", to_come,
        )  # fmt: skip

    def _half(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        self._refuse_fiscal(expression)
        word = parts.get("half") or parts["half2"]
        first_half = word.casefold() in ("1", "first")
        year, to_come = self._year_in(parts, 1 if first_half else 7, expression)
        return _Days(
            date(year, 1 if first_half else 7, 1),
            date(year, 6, 30) if first_half else date(year, 12, 31), "half of a year", to_come,
        )  # fmt: skip

    def _refuse_fiscal(self, expression: Expression) -> None:
        plain = self.text.plain
        before, after = (
            plain[max(0, expression.start - 24) : expression.start],
            plain[expression.end :][:24],
        )
        if re.search(r"(?:fiscal|financial|FY)\W{0,2}$", before) or re.match(
            r"(?:,? of)? (?:the )?(?:(?:fiscal|financial) (?:year|\d)|FY)", after
        ):
            raise _Failed("a company's own year: the text does not say when it begins")

    def _year_in(
        self, parts: Mapping[str, str], start_month: int, expression: Expression
    ) -> tuple[int, bool]:
        if "year" in parts:
            return int(parts["year"]), int(parts["year"]) > self._today.year
        if "year_short" in parts:
            return 2000 + int(parts["year_short"]), False
        if "which_year" in parts:
            return self._today.year + _shift_word(parts["which_year"]), False
        begun = start_month <= self._today.month
        return (self._today.year if begun else self._today.year - 1), False

    def _period(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        which, unit = parts["which"].casefold(), parts["unit"].casefold()
        text = self.text.plain[expression.start : expression.end]
        step = 2 if text.endswith("after next") else _shift_word(which)
        first, last = _unit(self._today, unit, step)
        shift = parts.get("shift", "").casefold()
        if step == 0 and shift in ("earlier",):
            last = min(last, self._today)
        if step == 0 and shift == "later":
            first = max(first, self._today)
        return _Days(
            first, last, f"counted from the {unit} of publication", step > 0 or shift == "later"
        )

    def _weekend(self, expression: Expression, parts: Mapping[str, str]) -> _Days:
        which = parts["which"].casefold()
        saturday = self._today - timedelta(days=(self._today.weekday() - 5) % 7)
        ahead = which in ("next", "this", "the coming") or self._tense(expression) == "future"
        if ahead and self._today.weekday() < 5:
            saturday += timedelta(days=7)
        return _Days(
            saturday, saturday + timedelta(days=1), "the weekend next to publication", ahead
        )

    # tense

    def _tense(self, expression: Expression) -> str:
        """Return ``future``, ``past`` or nothing: the cue nearest before, else the one after."""
        sentence = self.text.sentence_at(expression.start)
        floor = max(sentence.start, expression.start - 90)
        before = self.text.plain[floor : expression.start]
        cut = max(before.rfind(";"), before.rfind(":"))
        before = before[cut + 1 :] if cut >= 0 and len(before) - cut > 12 else before
        if re.search(
            r"\b(?:stayed|extended|delayed|postponed|put off|pushed back) (?:to|until) $", before
        ):
            return "future"
        if before.casefold().endswith("by "):  # "by Friday": ahead, unless told as past
            after = self.text.plain[expression.end : min(sentence.end, expression.end + 60)]
            return last_cue(before) or first_cue(after) or "future"
        told = last_cue(before)
        if told:
            return told
        return first_cue(self.text.plain[expression.end : min(sentence.end, expression.end + 60)])

    # clock and session

    def _with_clock(self, made: Resolved, expression: Expression, days: _Days) -> Resolved:
        parts = expression.clock or {}
        minutes = _minutes(parts)
        later = expression.daypart or _own_part(expression) in ("afternoon", "evening", "night")
        if (
            later
            and later != "morning"
            and "half" not in parts
            and minutes < 12 * 60
            and "spoken" in parts
        ):
            minutes += 12 * 60
        zones, told = self._zones(parts, expression)
        day = days.first
        if days.first != days.last:
            raise _Failed("a clock time that belongs to a span of days")
        if parts.get("word", "").casefold() == "midnight" and not _starts_day(
            self.text.plain, expression.start
        ):
            minutes = 24 * 60
        if not expression.form and "no day" in days.how:
            day = self._day_for(minutes, zones[0], expression)
        moments = sorted(_instant(day, minutes, zone) for zone in zones)
        if made.how.startswith("no day") and moments[0] > self.anchor.published and (
            self._tense(expression) == "past"
        ):  # fmt: skip
            moments = [moment - timedelta(days=1) for moment in moments]
            day -= timedelta(days=1)
        self._clock_zones[self.text.sentence_index(expression.start)] = zones
        return replace(
            made,
            kind="clock",
            first=day,
            last=day,
            earliest=moments[0],
            latest=moments[-1],
            zone=zones[0] if len(zones) == 1 else " or ".join(zones),
            ambiguous=len(zones) > 1,
            how=f"{days.how}; {told}",
        )

    def _day_for(self, minutes: int, zone: str, expression: Expression) -> date:
        """Return the day of publication in the zone the time is told in."""
        return self.anchor.published.astimezone(zone_info(zone)).date()

    def _zones(
        self, parts: Mapping[str, str], expression: Expression
    ) -> tuple[tuple[str, ...], str]:
        """Return the zones a clock time may be told in, and in words why."""
        place = parts.get("place") or parts.get("in_place")
        if place and place.casefold() != "local":
            return (PLACES[place.casefold()][0],), f"time of {place}"
        if "offset" in parts:
            return zones_meant(parts["offset"]), f"offset {parts['offset']}"
        if "zone_name" in parts:
            return ZONES[parts["zone_name"].casefold()], f"{parts['zone_name']} time"
        if "zone" in parts:
            label = parts["zone"]
            zones = ZONES[label.casefold()]
            if len(zones) == 1:
                return zones, f"label {label}"
            return self._decide_label(label, zones, expression)
        if place:
            near = self._zones_named(expression)
            if len(near) == 1:
                return (near.pop(),), "local time: of the place its sentence names"
            return (self.anchor.zone,), "local time: of the dateline or publication"
        if _own_part(expression):
            return (self.anchor.zone,), f"no zone named: {self.anchor.basis}"
        index = self.text.sentence_index(expression.start)
        if index in self._clock_zones and len(self._clock_zones[index]) == 1:
            return self._clock_zones[index], "zone of the time before it"
        return (self.anchor.zone,), f"no zone named: {self.anchor.basis}"

    def _zones_named(self, expression: Expression) -> set[str]:
        """Return the zones of the places that the clause up to an expression names."""
        sentence = self.text.sentence_at(expression.start)
        clause = re.split(";", sentence.text[: expression.end - sentence.start])[-1]
        return {
            PLACES[match[0].casefold()][0]
            for match in _PLACE_NAMES.finditer(clause)
            if match[0].casefold() in PLACES
        }

    def _decide_label(
        self, label: str, zones: tuple[str, ...], expression: Expression
    ) -> tuple[tuple[str, ...], str]:
        """Decide what CST or IST means by a place in the sentence or the dateline; else keep all."""
        near = self._zones_named(expression)
        for zone in zones:
            if near & {zone}:
                return (zone,), f"label {label}, by a place in the sentence"
        if self.anchor.basis.startswith("dateline") and self.anchor.zone in zones:
            return (self.anchor.zone,), f"label {label}, by the {self.anchor.basis}"
        same = [
            zone for zone in zones
            if self.anchor.published.utcoffset()
            and self.anchor.published.astimezone(zone_info(zone)).utcoffset()
            == self.anchor.published.utcoffset()
        ]  # fmt: skip
        if len(same) == 1:
            return (same[0],), f"label {label}, by the offset of the publication"
        return zones, f"label {label} is ambiguous: {', '.join(zones)}; the bounds hold each"

    def _told_zone(self, expression: Expression) -> str | None:
        """Return the zone of "Monday evening Beijing time"."""
        after = self.text.plain[expression.end : expression.end + 30]
        match = _PLACE_TIME.match(after)
        return PLACES[match[1].casefold()][0] if match else None

    def _with_session(
        self, made: Resolved, parts: Mapping[str, str], start: int, days: _Days
    ) -> Resolved:
        form = parts["form"]
        if form == "region" and parts["region"].startswith("Asia"):
            return self._asian_hours(made, days)
        exchange = self._exchange(parts, start)
        if not exchange or not self.hours.known(exchange):
            raise _Failed("session words, but no exchange is named whose hours are known")
        session = self.hours.session(exchange, days.first)
        how = days.how
        if session is None and "no day named" in days.how:
            session = self.hours.previous(exchange, days.first)
            how += ", which had no session: the one before"
        if session is None:
            raise _Failed(f"{exchange} had no session on {days.first}")
        low, high = bounds(form, session, exchange)
        return replace(
            made, kind="session", first=session.day, last=session.day, earliest=low, latest=high,
            zone=session.zone, session=form, exchange=exchange,
            how=f"{how}; {form.replace('-', ' ')} of {exchange}",
        )  # fmt: skip

    def _asian_hours(self, made: Resolved, days: _Days) -> Resolved:
        tokyo = self.hours.session("XTKS", days.first)
        hong_kong = self.hours.session("XHKG", days.first)
        if tokyo is None or hong_kong is None:
            raise _Failed(f"Tokyo or Hong Kong had no session on {days.first}")
        return replace(
            made, kind="session", earliest=tokyo.open_at, latest=hong_kong.close_at, zone="UTC",
            session="region", exchange="XTKS",
            how=f"{days.how}; from the open in Tokyo to the close in Hong Kong",
        )  # fmt: skip

    def _exchange(self, parts: Mapping[str, str], start: int) -> str:
        place = parts.get("market") or parts.get("in_place") or parts.get("region", "")
        if place.startswith("Europe"):
            return "XLON"
        if place.casefold() in PLACES:
            return PLACES[place.casefold()][1]
        index = self.text.sentence_index(start)
        named = [name for name in self.series.get(index, []) if name.exchange]
        before = [name for name in named if name.start < start and name.kind != "future"]
        sentence = self.text.sentences[index]
        near = _IN_PLACE.match(self.text.plain[start : sentence.end][:60].partition(",")[0])
        if near:
            return PLACES[near[1].casefold()][1]
        if parts["form"] in ("pre-market", "after-hours") and not before:
            return "XNYS"
        if before:
            return before[-1].exchange
        if named:
            return named[0].exchange
        return self.anchor.exchange


_SINCE = re.compile(r"\b(?:after|since|until|before|from) $", re.IGNORECASE)
_ASIA = "Asia/Hong_Kong"
_PLACE_NAMES = re.compile(rf"\b(?:{alternatives({n.title() for n in PLACES if len(n) > 2})})\b")
_PLACE_TIME = re.compile(
    rf" \(?({alternatives({n.title() for n in PLACES if len(n) > 2} | {'UK', 'US'})})(?: local)? time"
)
_IN_PLACE = re.compile(
    rf".{{0,40}}? in ({alternatives({n.title() for n in PLACES if len(n) > 2})})\b"
)


def _own_part(expression: Expression) -> str:
    word = expression.parts.get("word", "").casefold()
    if word in ("tonight", "last night"):
        return "evening"
    return word.removeprefix("this ") if word.startswith("this ") else ""


def _instant(day: date, minutes: int, zone: str) -> datetime:
    """Return the moment some minutes after a local midnight, UTC (wall clock time)."""
    shift, minutes = divmod(minutes, 24 * 60)
    clock = datetime.combine(
        day + timedelta(days=shift), time(minutes // 60, minutes % 60), zone_info(zone)
    )
    return clock.astimezone(UTC)


def _minutes(parts: Mapping[str, str]) -> int:
    if "word" in parts:
        return 0 if parts["word"].casefold() == "midnight" else 12 * 60
    if "spoken" in parts:
        hour = number(parts["spoken"]) or 0
        shift = {"half past": 30, "quarter past": 15, "quarter to": -15}
        past = re.sub(r"^a ?", "", parts.get("past", "").casefold())
        minutes = hour * 60 + shift.get(past, 0)
    else:
        minutes = int(parts["hour"]) * 60 + int(parts.get("minute", "0"))
    half = parts.get("half", "").casefold()[:1]
    if half == "p" and minutes < 12 * 60:
        minutes += 12 * 60
    elif half == "a" and minutes >= 12 * 60:
        minutes -= 12 * 60
    return minutes


def _starts_day(plain: str, start: int) -> bool:
    """Tell "a minute past midnight", which opens a day, from a deadline at midnight."""
    return bool(re.search(r"\b(?:past|after|since) $", plain[max(0, start - 8) : start]))


def _shift_word(word: str) -> int:
    first = word.casefold().split()[0]
    return {"last": -1, "past": -1, "next": 1}.get(first, 0)


def _period_part(period: str) -> str:
    if period.startswith(("early", "the start", "start", "the beginning", "beginning")):
        return "early"
    if period.startswith(("mid", "the mid")):
        return "mid"
    if period == "late" or period.startswith(("late in", "the end", "end")):
        return "late"
    return ""


def _month(day: date, shift: int) -> tuple[date, date]:
    index = day.year * 12 + day.month - 1 + shift
    year, month = divmod(index, 12)
    return date(year, month + 1, 1), date(year, month + 1, calendar.monthrange(year, month + 1)[1])


def _unit(day: date, unit: str, shift: int) -> tuple[date, date]:
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(days=7 * shift)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        return _month(day, shift)
    if unit == "quarter":
        start = _month(day, -((day.month - 1) % 3) + 3 * shift)[0]
        return start, _month(start, 2)[1]
    return date(day.year + shift, 1, 1), date(day.year + shift, 12, 31)


def _shifted(
    base: date, count: int, unit: str, *, year_is_month: bool, loose_week: int = 3
) -> _Days:
    how = f"counted from {base}"
    if unit == "day":
        day = base + timedelta(days=count)
        return _Days(day, day, how)
    if unit == "week":
        day = base + timedelta(days=7 * count)
        return _Days(day - timedelta(days=loose_week), day + timedelta(days=loose_week), how)
    if unit == "month" or year_is_month:
        first, last = _month(base, count * (1 if unit == "month" else 12))
        return _Days(first, last, how + ", the whole month")
    return _Days(date(base.year + count, 1, 1), date(base.year + count, 12, 31), how + ", the year")
