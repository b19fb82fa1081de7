"""What an expression of time is resolved against: publication, its sentence, and those before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from analysis.drafting.anchor import Anchor
from analysis.drafting.expressions import Expression
from analysis.drafting.grammar import Patterns
from analysis.drafting.hours import Hours
from analysis.drafting.names import SeriesName
from analysis.drafting.text import ArticleText, Sentence

__all__ = ["Context", "Days", "NoHours", "Resolved", "Undated", "Unresolved"]

_RE = Patterns("context")
_REACH, _AHEAD = 90, 60
"""Characters before and after an expression in which words tell its tense."""
_CALENDAR_DAYS = 3


def _last_cue(before: str) -> str:
    """Return ``future`` or ``past`` by the last word that tells, or nothing."""
    before = _RE.whole.sub("will", before)
    future = max((m.end() for m in _RE.future.finditer(before)), default=-1)
    past = max((m.end() for m in _RE.past.finditer(before)), default=-1)
    return "" if future == past else "future" if future > past else "past"


def _first_cue(after: str) -> str:
    """Return the same by the first verb that tells."""
    future, past = _RE.future.search(after), _RE.past_verb.search(after)
    if future and (not past or future.start() <= past.start()):
        return "future"
    return "past" if past else ""


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


class Undated(Exception):
    """Carries the reason an expression cannot be resolved."""


class NoHours(Undated):
    """Session words of an exchange that is not known: a day named beside them stands."""


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day, in words how, whether to come, and their zone; empty: the anchor's."""

    first: date
    last: date
    how: str
    to_come: bool = False
    zone: str = ""


@dataclass
class Context:
    """What is known while the expressions of an article are resolved, in their order.

    Attributes
    ----------
    text, anchor, hours
        The article, its publication, and sessions of exchanges.
    series
        Series named, by number of the sentence.
    resolved
        What was resolved so far.
    last
        The expression that "a week later" counts from.
    named
        Days a sentence names outright, with their offsets, by number of the sentence.
    clock_zones
        Zones of the last clock time of a sentence, by its number.
    """

    text: ArticleText
    anchor: Anchor
    hours: Hours
    series: dict[int, list[SeriesName]]
    resolved: list[Resolved] = field(default_factory=list)
    last: Resolved | None = None
    named: dict[int, list[tuple[int, Days]]] = field(default_factory=dict)
    clock_zones: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _weekday_lines: list[bool] | None = None

    @property
    def today(self) -> date:
        """Day of publication."""
        return self.anchor.day

    def index(self, expression: Expression) -> int:
        """Return the number of the sentence an expression stands in."""
        return self.text.sentence_index(expression.start)

    def sentence(self, expression: Expression) -> Sentence:
        """Return the sentence an expression stands in."""
        return self.text.sentence_at(expression.start)

    def before(self, expression: Expression, count: int) -> str:
        """Return the characters before an expression."""
        return self.text.plain[max(0, expression.start - count) : expression.start]

    def after(self, expression: Expression, count: int) -> str:
        """Return the characters after it."""
        return self.text.plain[expression.end : expression.end + count]

    def series_of(self, expression: Expression) -> Sequence[SeriesName]:
        """Return the series its sentence names."""
        return self.series.get(self.index(expression), [])

    def tense(self, expression: Expression) -> str:
        """Return ``future``, ``past`` or nothing: the cue nearest before, else the one after."""
        sentence = self.sentence(expression)
        before = self.before(expression, min(_REACH, expression.start - sentence.start))
        after = self.after(expression, min(_AHEAD, max(sentence.end - expression.end, 0)))
        if _RE.put_off.search(before):
            return "future"
        if before.casefold().endswith("by "):  # "by Friday": ahead, unless told as past
            return _last_cue(before) or _first_cue(after) or "future"
        if self.follows_in_list(expression):
            return "future"
        cut = max(before.rfind(";"), before.rfind(":"))
        before = before[cut + 1 :] if cut >= 0 and len(before) - cut > 12 else before
        return _last_cue(before) or _first_cue(after)

    def heads_calendar(self, expression: Expression) -> bool:
        """Tell a weekday that heads a day of a calendar: it is a line, and others are, too."""
        if self._weekday_lines is None:
            lines = [_RE.weekday_line.fullmatch(s.text) is not None for s in self.text.sentences]
            self._weekday_lines = lines if sum(lines) >= _CALENDAR_DAYS else [False] * len(lines)
        return self._weekday_lines[self.index(expression)]

    def follows_in_list(self, expression: Expression) -> bool:
        """Tell an item after one that is to come: "CPI on Wednesday, the chair on Friday"."""
        item = self.resolved[-1] if self.resolved else None
        if item is None or not item.to_come or item.start < self.sentence(expression).start:
            return False
        between = self.text.plain[item.end : expression.start]
        return bool(re.fullmatch(r"(?:, | and |, and )[^.;:]{0,48}", between)) and not _last_cue(
            between
        )
