"""The session a move happened in: of its clause, its sentence, the lead, else the last one open."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from analysis.drafting.anchor import Anchor
from analysis.drafting.context import Resolved
from analysis.drafting.figures import Move
from analysis.drafting.grammar import Patterns
from analysis.drafting.hours import Hours
from analysis.drafting.text import ArticleText
from analysis.drafting.words import PLACES
from analysis.seeds.zones import zone_info

__all__ = ["OUTSIDE", "MoveDays"]

_RE = Patterns("move_days")
OUTSIDE = ("pre-market", "after-hours", "before-open", "after-close")
_HOME = {"XNAS": "XNYS"}
_LEAD_SENTENCES, _WEEK = 4, 5
_SPAN_REACH = 40
"""Characters between a move and the month or year it is told of."""
_SPAN_DAYS = {"week": (4, 6), "month": (27, 30), "quarter": (89, 91), "year": (364, 365)}
"""Days from the first to the last of a span, by the horizon of a move told of it."""


class MoveDays:
    """Finds the day and the session word of a move."""

    def __init__(
        self, text: ArticleText, dates: Sequence[Resolved], anchor: Anchor, hours: Hours
    ) -> None:
        self.text, self.anchor, self.hours = text, anchor, hours
        self._dates: dict[int, list[Resolved]] = {}
        for found in dates:
            self._dates.setdefault(text.sentence_index(found.start), []).append(found)
        self._recent: dict[tuple[str, int], date] = {}
        self.story = self._told_in_lead()
        self._early = bool(_RE.before_the_bell.search(text.plain))

    def over(self, move: Move) -> Resolved | None:
        """Return the week, month or year a move is told of, if it was over: "rose 2% in 2011"."""
        spans = [
            d for d in self.near(move)
            if not d.one_day and not self._since(d) and self._belongs(d, move)
            and _distance(d, move) <= _SPAN_REACH
            and self.text.plain[d.end : d.end + 1] not in ("'", "’")
        ]  # fmt: skip
        if not spans or move.extreme or self.told(move):
            return None
        best = min(spans, key=lambda d: _distance(d, move))
        return best if best.last < self.anchor.day or best.first > self.anchor.day else None

    def readable(self, move: Move) -> bool:
        """Tell a move whose span is that of publication, or one over that its horizon fits."""
        span = self.over(move)
        shortest, longest = _SPAN_DAYS.get(move.horizon, (0, _WEEK))
        return span is None or (
            span.last < self.anchor.day and shortest <= (span.last - span.first).days <= longest
        )

    def near(self, move: Move) -> list[Resolved]:
        """Return the dates of the move's sentence."""
        return self._dates.get(self.text.sentence_index(move.start), [])

    def session(self, move: Move) -> str:
        """Return the session word that belongs to a move: its own, else the nearest."""
        words = [d for d in self.near(move) if d.session and _distance(d, move) <= 60]
        nearest = min(words, key=lambda d: _distance(d, move), default=None)
        return move.session or (nearest.session if nearest else "")

    def place_of(self, move: Move) -> str:
        """Return the exchange of "In London, Evraz rose": for companies without a known one."""
        opening = _RE.in_place.match(self.text.sentence_at(move.start).text)
        return PLACES[opening[1].casefold()][1] if opening else ""

    def day(self, move: Move, exchange: str) -> date | None:
        """Return the session a move happened in."""
        usable, span = self.told(move), self.over(move)
        found: date | None
        if span is not None:
            found = span.last
        elif usable:
            best = min(usable, key=lambda d: _distance(d, move))
            session = None if best.kind == "day" else self.hours.session(exchange, best.first)
            zone = zone_info(session.zone) if session else None
            found = best.earliest.astimezone(zone).date() if zone else best.first
            index = self.text.sentence_index(move.start)
            self._recent[_HOME.get(exchange, exchange), index] = found
        else:
            found = self._that_day(move) or self._untold(exchange, move)
        own = move.exchange or not (usable or found == self.story)
        if found is None or not own or not self.hours.known(exchange):
            return found
        if self.hours.session(exchange, found):
            return found
        before = self.hours.previous(exchange, found)
        return before.day if before else None

    def told(self, move: Move) -> list[Resolved]:
        """Return the days a move's own clause names."""
        return [d for d in self.near(move) if self._past_day(d) and self._belongs(d, move)]

    def _past_day(self, d: Resolved) -> bool:
        """Tell a day that was over or had begun at publication, and that limits no span."""
        past = not d.to_come and d.earliest <= self.anchor.published
        return past and d.one_day and d.kind != "span" and not self._since(d)

    def _that_day(self, move: Move) -> date | None:
        """Return the day "that day" refers to: the last one named before it."""
        sentence = self.text.sentence_at(move.start)
        if not _RE.that_day.search(self.text.plain[sentence.start : move.start]):
            return None
        before = [
            found for group in self._dates.values() for found in group
            if found.end <= sentence.start and found.one_day
        ]  # fmt: skip
        return max(before, key=lambda found: found.end).first if before else None

    def _untold(self, exchange: str, move: Move) -> date | None:
        """Return the day of a move whose clause names none.

        The last session that had opened at publication; where the lead tells an earlier day within
        the week ("closed lower on Friday"), that day for the article's own market, for those that
        close with it, and for companies without a known one.
        """
        last, own = self._last_opened(exchange, move), self._keeps_hours(exchange, move)
        home, index = _HOME.get(exchange, exchange), self.text.sentence_index(move.start)
        told = self._recent.get((home, index - 1))
        if told is not None and not own:
            return told  # the sentence before told the day of that market abroad
        outside = self.session(move) in OUTSIDE or move.kind == "future"
        here = move.horizon == "day" and not outside and not self._opens_paragraph(index)
        if told is not None and here:
            self._recent[home, index] = told  # and so does the next one
            return told
        if last is None or self.story is None or outside or not own:
            return last
        near = timedelta(0) <= self.anchor.day - self.story <= timedelta(days=_WEEK)
        return self.story if near and (self.story < last or not move.exchange) else last

    def _opens_paragraph(self, index: int) -> bool:
        """Tell a sentence with a line break before it."""
        last, sentence = self.text.sentences[index - 1], self.text.sentences[index]
        return "\n" in self.text.plain[last.end - 1 : sentence.start]

    def _keeps_hours(self, exchange: str, move: Move) -> bool:
        """Tell the article's own market, or an index that closes within two hours of it."""
        if exchange == self.anchor.exchange or self.story is None or move.kind != "index":
            return exchange == self.anchor.exchange
        here = self.hours.session(self.anchor.exchange, self.story)
        there = self.hours.session(exchange, self.story)
        return bool(here and there and abs(there.close_at - here.close_at) <= timedelta(hours=2))

    def _last_opened(self, exchange: str, move: Move) -> date | None:
        """Return the last session that had opened when the article appeared.

        Before the opening bell a move of the article's own market is that of the session before,
        but for one told as of before the bell, for futures, and for shares where the article
        speaks of trading before the bell.
        """
        today, published = self.anchor.day, self.anchor.published
        if not self.hours.known(exchange):
            return today
        for day in (today + timedelta(days=1), today):  # it may be the next day there
            session = self.hours.session(exchange, day)
            if session is not None and session.open_at <= published:
                return day
        soon = session is not None and published >= session.open_at - timedelta(hours=12)
        abroad = self.anchor.exchange not in ("", exchange)
        early = move.kind == "future" or self.session(move) in OUTSIDE
        early = early or (move.kind != "index" and (self._early or abroad))
        if soon and exchange in ("XNYS", "XNAS") and early:
            return today
        before = self.hours.previous(exchange, today)
        return before.day if before else None

    def _told_in_lead(self) -> date | None:
        """Return the latest day the first sentences tell prices of, or nothing.

        A weekday does that, "yesterday" beside a move; where there is none, a date beside a close.
        """
        plain = self.text.plain
        lead = [
            one for index in range(_LEAD_SENTENCES) for one in self._dates.get(index, [])
            if self._past_day(one)
            and not re.match(r"['’]s", plain[one.end : one.end + 2])
            and not _RE.not_then.search(plain[: one.start][-24:])
        ]  # fmt: skip
        named = [
            one.first
            for one in lead
            if _RE.by_name.search(one.text) and self._beside(one, _RE.moved)
        ]
        dated = [one.first for one in lead if self._beside(one, _RE.closed) and one.kind == "day"]
        return max(named, default=max(dated, default=None))

    def _beside(self, one: Resolved, words: re.Pattern[str]) -> bool:
        weekday = _RE.by_name.search(one.text) and one.text.casefold() != "yesterday"
        told = words.search(self.text.sentence_at(one.start).text)
        return bool(told or (weekday and words is _RE.moved))

    def _belongs(self, found: Resolved, move: Move) -> bool:
        """Tell a day of the move's own clause from one of a clause beside it."""
        plain = self.text.plain
        if found.start >= move.end:
            other = _RE.other_move.match(plain[found.end : found.end + 30])
            return not (other or _RE.other_clause.search(plain[move.end : found.start]))
        sentence = self.text.sentence_at(found.start)
        inside = _RE.relative_clause.search(plain[sentence.start : found.start])
        return not (inside and "," in plain[found.end : move.start])

    def _since(self, found: Resolved) -> bool:
        before = self.text.plain[max(0, found.start - 8) : found.start].casefold()
        return bool(_RE.since.search(before)) or found.text.casefold().startswith("since")


def _distance(found: Resolved, move: Move) -> int:
    return found.start - move.end if found.start >= move.end else max(move.start - found.end, 0)
