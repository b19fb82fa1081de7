"""Candidate events: what happened, when, and which words say so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analysis.drafting.claims import DraftClaim
from analysis.drafting.clauses import belongs, is_news, title_of, verbs
from analysis.drafting.context import Resolved, Unresolved
from analysis.drafting.grammar import Patterns
from analysis.drafting.reading import Reading
from analysis.drafting.text import Sentence
from analysis.drafting.words import SMALL_WORDS, share, stems
from analysis.seeds.zones import zone_info

if TYPE_CHECKING:
    from analysis.seeds.events import Event
    from analysis.seeds.markets import Market

__all__ = ["DraftEvent", "draft_events"]

_RE = Patterns("candidates")
_WIDEST = timedelta(days=3, hours=2)
"""A span wider than this is no moment that a market could react to."""
_LEAD = timedelta(hours=24)
_HEAD_SENTENCES, _HEAD_CHARS, _FEWEST_WORDS = 3, 700, 5
_ALIKE, _SAME_KIND = 0.5, 0.3
"""Stems that two mentions of one happening share, and an event whose category is taken."""
#: Of titles, also what a date leaves behind.
_STOPS = SMALL_WORDS | {"be", "been", "day", "days", "s", "say", "two", "u", "us"}


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

    News is a clause with a verb of its own that tells no price. A date counts if it stands in that
    clause. Two sentences that tell the same of the same time are one event.

    Parameters
    ----------
    reading
        What the text says.
    markets
        Series of the workspace; directions are given for its study markets.
    known
        Events of the workspace: a candidate takes the category of the one most like it.
    """
    work = _Candidates(reading, {m.symbol for m in markets if m.role == "study"}, known)
    for index, sentence in enumerate(reading.text.sentences):
        work.read(index, sentence)
    work.lead()
    work.keep_told()
    return tuple(work.finish()), tuple(work.left_out)


class _Candidates:
    """Collects candidates sentence by sentence."""

    def __init__(self, reading: Reading, study: set[str], known: Sequence[Event]) -> None:
        self.reading, self.study, self.plain = reading, study, reading.text.plain
        self.kinds = [(stems(event.title), event) for event in known]
        self.found: list[DraftEvent] = []
        self.left_out: list[Unresolved] = []
        head = self.plain[:_HEAD_CHARS]
        self.released = bool(_RE.wire.search(head) or _RE.today_told.search(head))
        self._dates: dict[int, list[Resolved]] = {}
        self._claims: dict[int, list[DraftClaim]] = {}
        index = reading.text.sentence_index
        for date in reading.dates:
            self._dates.setdefault(index(date.start), []).append(date)
        for claim in reading.claims:
            self._claims.setdefault(index(claim.start), []).append(claim)

    def read(self, index: int, sentence: Sentence) -> None:
        """Take the first date that belongs to a verb of news."""
        usable = [date for date in self._dates.get(index, []) if not self._refused(date)]
        if not usable or _no_sentence(sentence):
            return
        words, told = sentence.text, verbs(sentence.text)
        head = _RE.dateline.match(words)
        prices = _about_prices(sentence)
        by_verb: dict[int, Resolved] = {}
        for date in usable:
            span = (date.start - sentence.start, date.end - sentence.start)
            if head and span[0] < head.end():
                continue
            verb = belongs(span, words, told)
            if (
                verb is None
                or (prices and verb is told[0])
                or not is_news(verb, self._spans(index, sentence))
            ):
                reason = "it belongs to no clause that tells news"
                self.left_out.append(Unresolved(date.start, date.end, date.text, reason))
                continue
            twin = by_verb.get(verb.start)
            if twin is None or date.latest - date.earliest < twin.latest - twin.earliest:
                by_verb[verb.start] = date
        if by_verb:
            self._keep(self._event(sentence, by_verb[min(by_verb)], index))

    def lead(self) -> None:
        """Add the first sentence that tells news, if no candidate comes from the head."""
        whole = [(n, s) for n, s in enumerate(self.reading.text.sentences) if not _no_sentence(s)]
        head = [pair for pair in whole if pair[0] < 4 * _HEAD_SENTENCES][:_HEAD_SENTENCES]
        if not head or any(event.start <= head[-1][1].start for event in self.found):
            return
        if self.released:  # "the Committee decided" is the news, whatever it says first
            head = [pair for pair in whole if _RE.today_told.search(pair[1].text)][:1] + head
        for index, sentence in head:
            spans = self._spans(index, sentence)
            told = any(is_news(verb, spans) for verb in verbs(sentence.text))
            ahead = any(d.to_come for d in self._dates.get(index, []))
            if told and not ahead and not _about_prices(sentence):
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
        done: list[DraftEvent] = []
        latest = max((e.best for e in self.found), default=None)
        for event in self.found:
            count = seen[event.id] = seen.get(event.id, 0) + 1
            name = event.id if count == 1 else f"{event.id}-{count}"
            recent = latest is not None and latest - event.best <= timedelta(days=2)
            head = recent and not any(one.headline for one in done)
            done.append(replace(event, id=name, headline=head))
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
        if date.to_come or date.earliest > self.reading.anchor.published:
            reason = "it is to come: after publication"
        elif date.latest - date.earliest > _WIDEST:
            reason = f"too wide for an event: {date.first} to {date.last}"
        elif _RE.limit.search(self.plain[max(0, date.start - 20) : date.start]):
            reason = "a limit of a span, not a moment"
        if reason:
            self.left_out.append(Unresolved(date.start, date.end, date.text, reason))
        return bool(reason)

    def _spans(self, index: int, sentence: Sentence) -> list[tuple[int, int]]:
        """Return where the sentence states prices."""
        moves = self._claims.get(index, [])
        return [(move.start - sentence.start, move.end - sentence.start) for move in moves]

    def _event(self, sentence: Sentence, date: Resolved | None, index: int) -> DraftEvent:
        anchor = self.reading.anchor
        published = anchor.published.astimezone(UTC)
        earliest, latest = published - _LEAD, published
        basis, zone = "No date in the sentence: the day up to publication", ""
        today = date is None or (date.kind == "day" and date.first == anchor.day)
        if self.released and not anchor.day_only and today:
            earliest = published
            basis = "The issuer's own release: the moment it was published"
        elif date is not None:
            earliest, latest = date.earliest, min(date.latest, published)
            basis = f'"{date.text}": {date.how}'
            zone = date.zone if "/" in date.zone and " or " not in date.zone else ""
        width = latest - earliest
        best = max((earliest + width / 2).replace(second=0, microsecond=0), earliest)
        title = title_of(sentence.text, date, sentence.start)
        category, why = self._category(title)
        day = date.first if date else best.astimezone(zone_info(anchor.zone)).date()
        precision = "day" if width > timedelta(hours=12) else "part-of-day"
        moves, names = self._claims.get(index, []), self.reading.series
        inside = [
            n.symbol
            for n in names
            if sentence.start <= n.start < sentence.end and n.kind != "unknown"
        ]
        return DraftEvent(
            id=_slug(title, f"{day:%Y-%m-%d}"), title=title,
            start=sentence.start, end=sentence.end, sentence=sentence.text, date=date,
            best=best, earliest=earliest, latest=latest,
            precision=precision if width else "minute",
            basis=basis, zone=zone, category=category, category_from=why,
            directions={m.series: m.direction for m in reversed(moves)
                        if m.series in self.study and m.direction != "none"},
            named=tuple(dict.fromkeys(inside)),
        )  # fmt: skip

    def _category(self, title: str) -> tuple[str, str]:
        """Return the category of the event of the workspace most like a title, and that event."""
        mine = stems(title)
        likeness = [(share(mine, theirs), event) for theirs, event in self.kinds]
        best, event = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
        return (event.category, event.title) if event and best >= _SAME_KIND else ("other", "")


def _about_prices(sentence: Sentence) -> bool:
    """Tell a sentence whose first verb moves a price: its news is what prices did."""
    told = verbs(sentence.text)
    return bool(_RE.markets.match(sentence.text)) or bool(told and told[0].price)


def _no_sentence(sentence: Sentence) -> bool:
    """Tell headers, contact lines and addresses of pages from sentences."""
    words = sentence.text.split()
    whole = re.search(r"[.!?…。！？][\"'”’)\]]*$", sentence.text)
    return len(words) < _FEWEST_WORDS or not whole or bool(_RE.boilerplate.search(sentence.text))


def _slug(title: str, day: str) -> str:
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    words = [w for w in re.findall(r"[a-z0-9]+", folded) if w not in _STOPS]
    head = "-".join(words[:5])[:48].strip("-")
    if not head or not head[0].isalpha():
        head = f"event-{head}".strip("-")
    return f"{head}-{day}"
