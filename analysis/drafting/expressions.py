"""The grammar of newsroom time: where a text names a day, a clock time or part of a session.

Every pattern is bounded, so that reading takes time in proportion to the text. What is found is
only marked here; :mod:`analysis.drafting.resolve` says which day it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from analysis.drafting.grammar import Patterns
from analysis.drafting.text import ArticleText

__all__ = ["Expression", "find_expressions"]

_RE = Patterns("expressions")


@dataclass(frozen=True, slots=True)
class Expression:
    """A run of text that names time."""

    start: int
    end: int
    form: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    clock: Mapping[str, str] | None = None
    session: Mapping[str, str] | None = None
    daypart: str = ""
    until: Expression | None = None

    @property
    def has_day(self) -> bool:
        """Whether it names one day, not a longer span."""
        return self.form in _DAY_FORMS

    @property
    def kind(self) -> str:
        """``day``, ``span``, ``clock``, ``session`` or ``part``."""
        if self.form:
            return "day" if self.has_day else "span"
        return "clock" if self.clock else "session" if self.session else "part"


_DAY_FORMS = frozenset(
    {"numeric", "month-day", "day-month", "weekday", "relative", "days-off", "of-month"}
)

_FORMS, _CLOCKS, _SESSIONS = _RE.forms("forms"), _RE.forms("clocks"), _RE.forms("sessions")

_TILL = {"month-day": r" ?[-–] ?", "month": r"[-–]| to "}


def find_expressions(text: ArticleText) -> tuple[Expression, ...]:
    """Return every expression of time, in order, none overlapping another."""
    joined: list[Expression] = []
    for atom in _without_overlaps(_candidates(text.plain)):
        beside = joined and text.sentence_index(joined[-1].start) == text.sentence_index(atom.start)
        one = _join(joined[-1], atom, text.plain) if beside else None
        joined[-1:] = [one] if one else [*joined[-1:], atom]
    return tuple(atom for atom in joined if atom.kind != "part")


def _candidates(plain: str) -> list[Expression]:
    found = []
    for form, pattern in _FORMS:
        for match in pattern.finditer(plain):
            atom = Expression(match.start(), match.end(), form=form, parts=_caught(match))
            if _sound(atom, plain):
                found.append(atom)
    for form, pattern in _CLOCKS:
        for match in pattern.finditer(plain):
            before = plain[max(0, match.start() - 24) : match.start()]
            if form != "dotted" or not _RE.priced.search(before):
                found.append(Expression(match.start(), match.end(), clock=_caught(match)))
    for form, pattern in _SESSIONS:
        for match in pattern.finditer(plain):
            session = {"form": form, **_caught(match)}
            found.append(Expression(match.start(), match.end(), session=session))
    for match in _RE.daypart.finditer(plain):
        word = (match["part"] or match["edge"]).casefold()
        found.append(Expression(match.start(), match.end(), daypart=word))
    return found


def _caught(match: re.Match[str]) -> dict[str, str]:
    return {name: words for name, words in match.groupdict().items() if words}


def _sound(atom: Expression, plain: str) -> bool:
    """Refuse what only looks like time: "Act of 1962", "Mr. March", "Sunday Times", "may"."""
    before, after = plain[max(0, atom.start - 40) : atom.start], plain[atom.end : atom.end + 24]
    if atom.form == "weekday":
        return not (_RE.trap_after_weekday.match(after) or _RE.trap_before_weekday.search(before))
    if atom.form == "month":
        return _sound_month(atom, before, after)
    if atom.form in ("off", "days-off") and atom.parts.get("step", "").casefold() == "earlier":
        return not _RE.compared.search(before)
    if atom.form in ("year", "years", "year-part"):
        return not _RE.law.search(before)
    return not (atom.form == "numeric" and _RE.numbered.search(before))


def _sound_month(atom: Expression, before: str, after: str) -> bool:
    parts = atom.parts
    if {"year", "which_year", "period"} & parts.keys():
        return True
    name = parts["month"].casefold()
    alone = _RE.name_before.search(before) and not _RE.before_month.search(before)
    if alone or re.match(r" ?\d", after):
        return False
    if _RE.adjunct.match(after):
        return True
    if name in ("may", "march", "august") or (len(name) <= 4 and name not in ("june", "july")):
        verb = re.match(r" (?:be|have|not|I|we|you|they|he|she|the odds)\b", after)
        return bool(_RE.before_month.search(before)) and not verb
    return not parts["month"].isupper() or not after[:2].strip().isalpha()


def _without_overlaps(atoms: Iterable[Expression]) -> list[Expression]:
    """Keep, of overlapping matches, the longest, and of equal ones the first pattern's."""
    ranked = sorted(enumerate(atoms), key=lambda pair: (pair[1].start - pair[1].end, pair[0]))
    taken: dict[int, list[Expression]] = {}
    kept = []
    for _, atom in ranked:
        cells = range(atom.start // 16, (atom.end - 1) // 16 + 1)
        near = [other for cell in cells for other in taken.get(cell, ())]
        if any(other.start < atom.end and atom.start < other.end for other in near):
            continue
        kept.append(atom)
        for cell in cells:
            taken.setdefault(cell, []).append(atom)
    return sorted(kept, key=lambda atom: atom.start)


def _join(left: Expression, right: Expression, plain: str) -> Expression | None:
    gap = plain[left.end : right.start]
    if len(gap) > 40:
        return None
    if left.form and right.form:
        return _range(left, right, plain, gap)
    if not _RE.link.fullmatch(gap) or "\n" in gap:
        return None
    twice = any(getattr(left, n) and getattr(right, n) for n in ("clock", "session", "daypart"))
    kinds = {left.kind, right.kind}
    torn = "span" in kinds or kinds == {"clock", "session"}
    if twice or torn or (right.daypart and not right.form and gap.strip()):
        return None
    return replace(
        left if left.form else right, start=left.start, end=right.end,
        clock=left.clock or right.clock, session=left.session or right.session,
        daypart=left.daypart or right.daypart,
    )  # fmt: skip


def _range(left: Expression, right: Expression, plain: str, gap: str) -> Expression | None:
    """Join "from X to Y" and "between X and Y"."""
    if left.form == right.form in ("month", "month-day") and re.fullmatch(_TILL[left.form], gap):
        return None if left.until else replace(left, end=right.end, until=right)
    if not (left.has_day and right.has_day) or left.until or left.clock or right.clock:
        return None
    front = _RE.range_front.search(plain[max(0, left.start - 10) : left.start])
    if not (front and _RE.range_link.fullmatch(gap)):
        return None
    return replace(left, start=left.start - len(front[0]), end=right.end, until=right)
