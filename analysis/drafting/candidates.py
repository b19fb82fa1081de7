"""Candidate events: what happened, when, and which words say so."""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analysis.drafting.context import Resolved, Unresolved
from analysis.drafting.reading import Reading
from analysis.drafting.text import Sentence
from analysis.drafting.words import SMALL_WORDS
from analysis.seeds.zones import zone_info

if TYPE_CHECKING:
    from analysis.seeds.markets import Market

__all__ = ["DraftEvent", "draft_events"]

_TITLE_WORDS = 12
_WIDEST = timedelta(days=3, hours=2)
"""A span wider than this is no moment that a market could react to."""
_LEAD = timedelta(hours=24)

_NEWS = re.compile(
    r"\b(?:announc|said\b|says\b|told\b|confirm|agree|sign(?:s|ed)\b|publish|releas|issued?\b|approv|clear(?:s|ed)\b|"
    r"halt|bann?(?:s|ed)\b|restrict|suspend|resum|paus|rais(?:es|ed)\b|impos|threat|met\b|meets?\b|meeting|spoke|talk|"
    r"call(?:s|ed)?\b|held\b|lift(?:s|ed)\b|revok|rescind|warn|unveil|launch|post(?:s|ed)?\b|order(?:s|ed)?\b|"
    r"took effect|takes effect|rul(?:es|ed)\b|urg|demand|answer|retaliat|hit back|struck\b|reach|propos|"
    r"offer|cut(?:s)? rates|report(?:s|ed)\b|statement|summit|deal\b|truce|decid|decision|vote|fil(?:es|ed)\b|"
    r"repl(?:ies|ied)|respond|denied|denies|blocks?\b|blocked|tighten|widen|eas(?:es|ed)\b|grant|allow|exempt)",
    re.IGNORECASE,
)
_CATEGORIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("control-easing", r"\b(?:resum\w*|allow\w*|approv\w*|lift\w*|eas(?:e|ed|es|ing)\b|grant\w*|rescind\w*|revok\w*|clear(?:ed|s)\b|exempt\w*)(?=[^.;]{0,80}\b(?:chips?|H20|H200|exports?|licen[cs]\w+|restrictions?|controls?|diffusion|curbs|limits|software)\b)"),
        ("control-tightening", r"\b(?:export (?:ban|control|curb|restriction|licen[cs]e)s?|entity list|blacklist\w*|licen[cs]e (?:was|is|were) (?:needed|required)|tighten\w*|needs? a licen[cs]e|rare earths? (?:controls?|curbs|rules)|bann?ed (?:sales|exports))\b"),
        ("macro", r"\b(?:payrolls|consumer prices|producer prices|inflation|GDP|purchasing managers|PMI|jobless claims|retail sales|interest rates?|cut rates|Federal Reserve|the Fed|central bank|unemployment|factory survey|rate decision)\b"),
        ("corporate", r"\b(?:results|earnings|revenue|dividend|profit|annual meeting|conference call|outlook|guidance|takeover|stock split)\b"),
        ("thaw", r"\b(?:truce|paus(?:e|ed|es)|agree\w*|framework|summit|spoke|phone|talks?|met\b|meeting|deal|suspend\w*|joint statement|ease tensions|proposal|negotiat\w*)\b"),
        ("escalation", r"\b(?:tariffs?|dut(?:y|ies)|lev(?:y|ies)|retaliat\w*|threat\w*|sanctions?|hit back|trade war|ban(?:s|ned)?)\b"),
    )
)  # fmt: skip
_DATELINE_HEAD = re.compile(
    r"^[A-Z][\w.' -]{2,30}(?:, [A-Z][a-z.]{2,9})?(?:,? (?:\d{1,2} )?[A-Z][a-z]{2,8}\.?(?: \d{1,2})?)?"
    r"(?:,? \d{4})?,?(?: ?\([^()]{1,30}\))? ?(?:-{1,2}|—|–|:) ?"
)
_CUT = re.compile(
    r"[,;:]? (?:which|who|whose|while|although|where|because|according to|as it)\b|; | — | - "
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
    reading: Reading, *, markets: Sequence[Market] = ()
) -> tuple[tuple[DraftEvent, ...], tuple[Unresolved, ...]]:
    """Return candidate events, and the dates that are none, with the reason.

    Parameters
    ----------
    reading
        What the text says.
    markets
        Series of the workspace; directions are given for its study markets.
    """
    work = _Candidates(reading, {m.symbol for m in markets if m.role == "study"})
    for sentence in reading.text.sentences:
        work.read(sentence)
    work.lead()
    work.keep_told()
    return tuple(work.finish()), tuple(work.left_out)


class _Candidates:
    """Collects candidates sentence by sentence."""

    def __init__(self, reading: Reading, study: set[str]) -> None:
        self.reading, self.study = reading, study
        self.found: list[DraftEvent] = []
        self.left_out: list[Unresolved] = []
        self._dates: dict[int, list[Resolved]] = {}
        self._claims: dict[int, list[int]] = {}
        index = reading.text.sentence_index
        for date in reading.dates:
            self._dates.setdefault(index(date.start), []).append(date)
        for number, claim in enumerate(reading.claims):
            self._claims.setdefault(index(claim.start), []).append(number)
        self._series: dict[int, list[str]] = {}
        for name in reading.series:
            if name.kind != "unknown":
                self._series.setdefault(index(name.start), []).append(name.symbol)

    def read(self, sentence: Sentence) -> None:
        """Take the usable dates of a sentence that tells news."""
        index = self.reading.text.sentence_index(sentence.start)
        dates = self._dates.get(index, [])
        usable = [date for date in dates if not self._refused(date)]
        head = _DATELINE_HEAD.match(sentence.text)
        own = [d for d in usable if not head or d.start >= sentence.start + head.end()]
        usable = own or usable
        if not usable or not self._tells_news(sentence, index):
            return
        merged: list[Resolved] = []
        for date in usable:
            twin = next(
                (m for m in merged if m.first <= date.first <= m.last or m.first == date.last), None
            )
            if twin is None:
                merged.append(date)
            elif date.latest - date.earliest < twin.latest - twin.earliest:
                merged[merged.index(twin)] = date
        for date in merged:
            self.found.append(self._event(sentence, date, index))

    def lead(self) -> None:
        """Add the first sentence that tells news, if no candidate comes from the head."""
        sentences = self.reading.text.sentences[:3]
        if not sentences or any(event.start <= sentences[-1].start for event in self.found):
            return
        for sentence in sentences:
            index = self.reading.text.sentence_index(sentence.start)
            if len(sentence.text.split()) >= 4 and self._tells_news(sentence, index):
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
        from dataclasses import replace

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

    def _refused(self, date: Resolved) -> bool:
        reason = ""
        if date.earliest > self.reading.anchor.published:
            reason = "lies after publication"
        elif date.latest - date.earliest > _WIDEST:
            reason = f"too wide for an event: {date.first} to {date.last}"
        elif re.search(
            r"\b(?:since|until|till|by) $",
            self.reading.text.plain[max(0, date.start - 7) : date.start],
            re.IGNORECASE,
        ):
            reason = "a limit of a span, not a moment"
        if reason:
            self.left_out.append(Unresolved(date.start, date.end, date.text, reason))
        return bool(reason)

    def _tells_news(self, sentence: Sentence, index: int) -> bool:
        """Tell a sentence with news from one that only reports prices or is no sentence."""
        return (
            len(sentence.text) > 20
            and _NEWS.search(self._without_claims(sentence, index)) is not None
        )

    def _without_claims(self, sentence: Sentence, index: int) -> str:
        text = sentence.text
        for number in self._claims.get(index, []):
            claim = self.reading.claims[number]
            low, high = claim.start - sentence.start, claim.end - sentence.start
            text = text[:low] + " " * (high - low) + text[high:]
        return text

    def _event(self, sentence: Sentence, date: Resolved | None, index: int) -> DraftEvent:
        published = self.reading.anchor.published.astimezone(UTC)
        if date is None:
            earliest, latest = published - _LEAD, published
            precision, basis = "day", "No date in the sentence: the day up to publication"
            zone = ""
        else:
            earliest, latest = date.earliest, min(date.latest, published)
            precision = "minute" if earliest == latest else "part-of-day"
            if latest - earliest > timedelta(hours=12):
                precision = "day"
            basis = f'"{date.text}": {date.how}'
            zone = date.zone if "/" in date.zone and " or " not in date.zone else ""
        best = earliest + (latest - earliest) / 2
        best = best.replace(second=0, microsecond=0)
        category, why = _category(self._without_claims(sentence, index))
        title = _title(sentence.text, date, sentence.start)
        local = best.astimezone(zone_info(self.reading.anchor.zone))
        return DraftEvent(
            id=_slug(title, f"{(date.first if date else local.date()):%Y-%m-%d}"), title=title,
            start=sentence.start, end=sentence.end, sentence=sentence.text, date=date,
            best=max(best, earliest), earliest=earliest, latest=latest, precision=precision,
            basis=basis, zone=zone, category=category, category_from=why,
            directions=self._directions(index),
            named=tuple(dict.fromkeys(self._series.get(index, []))),
        )  # fmt: skip

    def _directions(self, index: int) -> dict[str, str]:
        moves = [self.reading.claims[number] for number in self._claims.get(index, [])]
        return {
            move.series: move.direction
            for move in reversed(moves)
            if move.series in self.study and move.direction != "none"
        }


def _category(text: str) -> tuple[str, str]:
    for name, pattern in _CATEGORIES:
        match = pattern.search(text)
        if match:
            return name, match[0]
    return "other", ""


def _title(sentence: str, date: Resolved | None, start: int) -> str:
    """Cut a title from a sentence: without dateline and date, up to a clause or twelve words."""
    text = sentence
    if date is not None:
        low, high = date.start - start, date.end - start
        front = re.sub(
            r"(?:[,(]? ?\b(?:on|at|in|around|about|from|by|shortly after|after|of))? ?$",
            "",
            text[:low],
        )
        text = f"{front} {text[high:]}"
    text = _DATELINE_HEAD.sub("", " ".join(text.split()))
    text = re.sub(r" ([,.;:)])", r"\1", text).lstrip(" ,.;:-—–)(")
    cut = _CUT.search(text, 25)
    words = (text[: cut.start()] if cut else text).split()
    short = " ".join(words[:_TITLE_WORDS]).rstrip(" ,.;:-—–(\"'”")
    return (short[:1].upper() + short[1:]) or " ".join(sentence.split()[:_TITLE_WORDS])


#: Of titles, also what a date leaves behind.
_STOPS = SMALL_WORDS | {"be", "been", "day", "days", "s", "say", "two", "u", "us"}


def _slug(title: str, day: str) -> str:
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    words = [w for w in re.findall(r"[a-z0-9]+", folded) if w not in _STOPS]
    head = "-".join(words[:5])[:48].strip("-")
    if not head or not head[0].isalpha():
        head = f"event-{head}".strip("-")
    return f"{head}-{day}"
