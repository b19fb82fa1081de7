"""Candidate events: what happened, when, and which words say so."""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analysis.drafting.clauses import DATELINE, belongs, is_news, title_of, verbs
from analysis.drafting.context import Resolved, Unresolved
from analysis.drafting.reading import Reading
from analysis.drafting.text import Sentence
from analysis.drafting.words import SMALL_WORDS, share, stems
from analysis.seeds.zones import zone_info

if TYPE_CHECKING:
    from analysis.seeds.events import Event
    from analysis.seeds.markets import Market

__all__ = ["DraftEvent", "draft_events"]

_WIDEST = timedelta(days=3, hours=2)
"""A span wider than this is no moment that a market could react to."""
_LEAD = timedelta(hours=24)
_HEAD_SENTENCES, _HEAD_CHARS, _FEWEST_WORDS = 3, 700, 5
_ALIKE, _SAME_KIND = 0.5, 0.3
"""Stems two mentions of one happening share, and an event of the workspace whose category is taken."""
#: Heads of wires on which issuers and authorities publish themselves.
_WIRE = re.compile(
    r"BUSINESS ?WIRE|Business Wire|PR ?NEWS(?:WIRE|wire)|PRNewswire|GLOBE ?NEWSWIRE|Marketwire|ACCESSWIRE|Newsfile|"
    r"(?i:for immediate release|for release at|press release|release date)"
)
_TODAY_TOLD = re.compile(
    r"\b[Tt]oday \w+(?:ed|s)\b|\b\w+(?:ed|s) today\b|\b(?:Council|Board|Committee|Bank) (?:today )?decided\b"
)
_BOILERPLATE = re.compile(
    r"(?i)https?://|www\.|@|\b(?:dial|passcode|conference id|all rights reserved|click|subscribe|forward-looking|"
    r"last update|release date|for (?:immediate )?release)\b"
)
_LIMIT = re.compile(
    r"(?i)\b(?:since|until|till|by|ended|ending|dated|(?:months|weeks?|quarter|half|year) (?:to|through)) $"
)
#: Subjects whose news is what prices did.
_MARKETS = re.compile(
    r"(?:[\w.,'’&-]+ ){0,8}?(?:[Ss]tocks?|[Ss]hares?|[Mm]arkets?|[Ii]nvestors|[Tt]raders|index(?:es)?|indices|futures|bitcoin|Bitcoin|[Pp]rices)\b"
    r"(?!['’])(?= (?:\w+ ){0,3}?(?:\w+ed|rose|fell|were|was|hit|slid|sank|led|kept)\b)"
)


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """A candidate event; every field comes from a span of the text or is empty.

    Attributes
    ----------
    id, title
        Key and few words, cut from the sentence.
    start, end, sentence
        Offsets of the sentence in the plain text, and the sentence.
    date
        The expression the moment rests on; None for a lead without one.
    best, earliest, latest
        Moment and bounds, aware, UTC; ``latest`` is never after publication.
    precision
        ``minute``, ``part-of-day`` or ``day``.
    basis
        How the moment was resolved, in words.
    zone
        Zone the time is told in; empty where it is an offset or has two meanings.
    category, category_from
        Category as the words imply, and those words; ``other`` and empty where none do.
    directions
        Per study market named with a move in the same sentence: ``up`` or ``down``.
    named
        Symbols of the series named in the sentence.
    headline
        Whether the article was written about it: the first candidate of the article.
    """

    id: str
    title: str
    start: int
    end: int
    sentence: str
    date: Resolved | None
    best: datetime
    earliest: datetime
    latest: datetime
    precision: str
    basis: str
    zone: str
    category: str
    category_from: str
    directions: Mapping[str, str] = field(hash=False)
    named: tuple[str, ...]
    headline: bool = False


def draft_events(
    reading: Reading, *, markets: Sequence[Market] = (), known: Sequence[Event] = ()
) -> tuple[tuple[DraftEvent, ...], tuple[Unresolved, ...]]:
    """Return candidate events, and the dates that are none, with the reason.

    Parameters
    ----------
    reading
        What the text says.
    markets
        Series of the workspace; directions are given for its study markets.
    known
        Events of the workspace: a candidate takes the category of the one most like it.

    Notes
    -----
    News is a clause with a verb of its own that tells no price. A date counts if it stands in that
    clause. Two sentences that tell the same of the same time are one event.
    """
    work = _Candidates(reading, {m.symbol for m in markets if m.role == "study"}, known)
    for sentence in reading.text.sentences:
        work.read(sentence)
    work.lead()
    work.keep_told()
    return tuple(work.finish()), tuple(work.left_out)


class _Candidates:
    """Collects candidates sentence by sentence."""

    def __init__(self, reading: Reading, study: set[str], known: Sequence[Event]) -> None:
        self.reading, self.study = reading, study
        self.kinds = [(stems(event.title), event) for event in known]
        self.found: list[DraftEvent] = []
        self.left_out: list[Unresolved] = []
        self.released = _is_release(reading.text.plain)
        self._dates: dict[int, list[Resolved]] = {}
        self._claims: dict[int, list[int]] = {}
        self._series: dict[int, list[str]] = {}
        index = reading.text.sentence_index
        for date in reading.dates:
            self._dates.setdefault(index(date.start), []).append(date)
        for number, claim in enumerate(reading.claims):
            self._claims.setdefault(index(claim.start), []).append(number)
        for name in reading.series:
            if name.kind != "unknown":
                self._series.setdefault(index(name.start), []).append(name.symbol)

    def read(self, sentence: Sentence) -> None:
        """Take the dates that belong to a verb of news, one event per verb."""
        index = self.reading.text.sentence_index(sentence.start)
        usable = [date for date in self._dates.get(index, []) if not self._refused(date)]
        if not usable or _no_sentence(sentence):
            return
        words, told = sentence.text, verbs(sentence.text)
        head = DATELINE.match(words)
        floor = head.end() if head else 0
        prices = self._about_prices(index, sentence)
        by_verb: dict[int, Resolved] = {}
        for date in usable:
            span = (date.start - sentence.start, date.end - sentence.start)
            verb = belongs(span, words, told) if span[0] >= floor else None
            first = verb is not None and verb is told[0]
            if (
                verb is None
                or (prices and first)
                or not is_news(verb, words, self._spans(index, sentence))
            ):
                if span[0] >= floor:
                    reason = "it belongs to no clause that tells news"
                    self.left_out.append(Unresolved(date.start, date.end, date.text, reason))
                continue
            twin = by_verb.get(verb.start)
            if twin is None or date.latest - date.earliest < twin.latest - twin.earliest:
                by_verb[verb.start] = date
        for _, date in sorted(by_verb.items())[:1]:
            self._keep(self._event(sentence, date, index))

    def lead(self) -> None:
        """Add the first sentence that tells news, if no candidate comes from the head."""
        sentences = self.reading.text.sentences
        head = [s for s in sentences[: 4 * _HEAD_SENTENCES] if not _no_sentence(s)][
            :_HEAD_SENTENCES
        ]
        if not head or any(event.start <= head[-1].start for event in self.found):
            return
        if self.released:  # "the Committee decided" is the news, whatever it says first
            told_today = [
                s for s in sentences if _TODAY_TOLD.search(s.text) and not _no_sentence(s)
            ]
            head = told_today[:1] + head
        for sentence in head:
            index = self.reading.text.sentence_index(sentence.start)
            told = [
                v
                for v in verbs(sentence.text)
                if is_news(v, sentence.text, self._spans(index, sentence))
            ]
            ahead = any(d.to_come for d in self._dates.get(index, []))
            if told and not ahead and not self._about_prices(index, sentence):
                self.found.insert(0, self._event(sentence, None, index))
                return

    def keep_told(self) -> None:
        """Leave out what the reader did not point at, where it is not the grammar."""
        if (told := self.reading.told) is None:
            return

        def pointed(one: DraftEvent | Resolved | Unresolved) -> bool:
            return any(low < one.end and one.start < high for low, high in told)

        self.found = [event for event in self.found if pointed(event.date or event)]
        self.left_out = [date for date in self.left_out if pointed(date)]

    def finish(self) -> list[DraftEvent]:
        """Return the candidates with ids of their own and the one the article is about marked."""
        seen: dict[str, int] = {}
        done = []
        latest = max((e.best for e in self.found), default=None)
        head = next(
            (e for e in self.found if latest and latest - e.best <= timedelta(days=2)), None
        )
        for event in self.found:
            count = seen[event.id] = seen.get(event.id, 0) + 1
            name = event.id if count == 1 else f"{event.id}-{count}"
            done.append(replace(event, id=name, headline=event is head))
        return done

    def _keep(self, event: DraftEvent) -> None:
        """Add a candidate, unless an earlier sentence tells the same of the same time."""
        for other in self.found:
            alike = share(stems(other.title), stems(event.title)) >= _ALIKE
            if alike and other.earliest <= event.latest and event.earliest <= other.latest:
                return
        self.found.append(event)

    def _refused(self, date: Resolved) -> bool:
        reason = ""
        published, before = self.reading.anchor.published, self.reading.text.plain[: date.start]
        if date.to_come or date.earliest > published:
            reason = "it is to come: after publication"
        elif date.latest - date.earliest > _WIDEST:
            reason = f"too wide for an event: {date.first} to {date.last}"
        elif _LIMIT.search(before[-20:]):
            reason = "a limit of a span, not a moment"
        if reason:
            self.left_out.append(Unresolved(date.start, date.end, date.text, reason))
        return bool(reason)

    def _spans(self, index: int, sentence: Sentence) -> list[tuple[int, int]]:
        """Return where the sentence states prices."""
        moves = [self.reading.claims[number] for number in self._claims.get(index, [])]
        return [(move.start - sentence.start, move.end - sentence.start) for move in moves]

    def _about_prices(self, index: int, sentence: Sentence) -> bool:
        """Tell a sentence whose first verb moves a price: its news is what prices did."""
        told = verbs(sentence.text)
        first = _MARKETS.match(sentence.text)
        return bool(first) or bool(told and told[0].price)

    def _event(self, sentence: Sentence, date: Resolved | None, index: int) -> DraftEvent:
        published = self.reading.anchor.published.astimezone(UTC)
        zone = ""
        own = self.released and not self.reading.anchor.day_only and (
            date is None or (date.kind == "day" and date.first == self.reading.anchor.day))  # fmt: skip
        if own:
            earliest, latest = published, published
            basis = "The issuer's own release: the moment it was published"
        elif date is None:
            earliest, latest = published - _LEAD, published
            basis = "No date in the sentence: the day up to publication"
        else:
            earliest, latest = date.earliest, min(date.latest, published)
            basis = f'"{date.text}": {date.how}'
            zone = date.zone if "/" in date.zone and " or " not in date.zone else ""
        width = latest - earliest
        best = (earliest + width / 2).replace(second=0, microsecond=0)
        title = title_of(sentence.text, date, sentence.start)
        category, why = self._category(title)
        local = best.astimezone(zone_info(self.reading.anchor.zone))
        return DraftEvent(
            id=_slug(title, f"{(date.first if date else local.date()):%Y-%m-%d}"), title=title,
            start=sentence.start, end=sentence.end, sentence=sentence.text, date=date,
            best=max(best, earliest), earliest=earliest, latest=latest,
            precision="minute" if not width else "day" if width > timedelta(hours=12) else "part-of-day",
            basis=basis, zone=zone, category=category, category_from=why,
            directions=self._directions(index),
            named=tuple(dict.fromkeys(self._series.get(index, []))),
        )  # fmt: skip

    def _category(self, title: str) -> tuple[str, str]:
        """Return the category of the workspace's event that is most like a title, and that event."""
        mine = stems(title)
        likeness = [(share(mine, theirs), event) for theirs, event in self.kinds]
        best, event = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
        return (event.category, event.title) if event and best >= _SAME_KIND else ("other", "")

    def _directions(self, index: int) -> dict[str, str]:
        moves = [self.reading.claims[number] for number in self._claims.get(index, [])]
        return {
            move.series: move.direction
            for move in reversed(moves)
            if move.series in self.study and move.direction != "none"
        }


def _is_release(plain: str) -> bool:
    """Tell an issuer's or authority's own release by its head, or by what it does "today"."""
    head = plain[:_HEAD_CHARS]
    return bool(_WIRE.search(head) or _TODAY_TOLD.search(head))


def _no_sentence(sentence: Sentence) -> bool:
    """Tell headers, contact lines and addresses of pages from sentences."""
    words = sentence.text.split()
    whole = re.search(r"[.!?…。！？][\"'”’)\]]*$", sentence.text)
    return len(words) < _FEWEST_WORDS or not whole or bool(_BOILERPLATE.search(sentence.text))


#: Of titles, also what a date leaves behind.
_STOPS = SMALL_WORDS | {"be", "been", "day", "days", "s", "say", "two", "u", "us"}


def _slug(title: str, day: str) -> str:
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    words = [w for w in re.findall(r"[a-z0-9]+", folded) if w not in _STOPS]
    head = "-".join(words[:5])[:48].strip("-")
    if not head or not head[0].isalpha():
        head = f"event-{head}".strip("-")
    return f"{head}-{day}"
