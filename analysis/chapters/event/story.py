"""The chapter of one event, part by part: a page of its own, and what its notebook shows.

A new part is a function from a telling and an event to a `Section`, or None where it has nothing
to say, and one line of `SECTIONS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from analysis.chapters.event.sections import (
    Section,
    markets_section,
    minutes_section,
    ordinary_section,
    price_section,
    statistics_section,
    sum_section,
    yardstick_section,
)
from analysis.chapters.event.surroundings import doubt_section, moment_section, news_section
from analysis.chapters.event.words import Verdict, leading, verdict
from analysis.chapters.shared.svg import CHART_CSS
from analysis.chapters.shared.telling import Telling
from analysis.chapters.shared.voice import (
    Words,
)
from analysis.wording import (
    day,
    tie,
)

if TYPE_CHECKING:
    import pandas as pd

_BOX = re.compile(r"</?section[^>]*>")

SECTIONS: tuple[Callable[[Telling, str], Section | None], ...] = (
    price_section,
    sum_section,
    ordinary_section,
    minutes_section,
    yardstick_section,
    markets_section,
    news_section,
    doubt_section,
    statistics_section,
    moment_section,
)


@dataclass(frozen=True, slots=True)
class EventStory:
    """The chapter of one event.

    Attributes
    ----------
    event_id, news
        Which event, and its title.
    kicker
        Its place in the series.
    verdict
        What the page says first.
    deck
        The sentences under it, as HTML with words explained.
    sections
        The parts, in order.
    words
        Words the page explains.
    """

    event_id: str
    news: str
    kicker: str
    verdict: Verdict
    deck: str
    sections: tuple[Section, ...]
    words: Words

    @property
    def frames(self) -> tuple[pd.DataFrame, ...]:
        """What its pictures and tables show, in order, to sort, join and plot."""
        return tuple(f for section in self.sections if not section.closed for f in section.frames)

    def summary(self) -> str:
        """Return the finding in plain words, for a link that is shared."""
        return " ".join((f"{self.verdict.headline}.", *self.verdict.deck[:2]))

    def _repr_html_(self) -> str:
        """Return the chapter for a notebook: the parts below each other, statistics left out."""
        parts = [
            f"<style>{CHART_CSS}</style>",
            f'<p class="verdict">{escape(tie(self.verdict.headline))}.</p>',
            f'<p class="deck">{self.deck}</p>',
            f'<p class="by">{escape(tie(" · ".join(self.verdict.marks)))}</p>',
        ]
        for section in self.sections:
            if not section.closed:
                head = f"<h3>{escape(section.heading)}</h3>" if section.heading else ""
                parts.append(f"{head}{section.html}")
        bare = _BOX.sub("", "\n".join(parts))  # a report gives every table a box of its own
        return f"{bare}\n<h3>Words</h3>\n{self.words.html()}"

    def __repr__(self) -> str:
        return f"{self.verdict.headline}.\n{' '.join(self.verdict.deck)}"


def tell_event(told: Telling, event_id: str) -> EventStory:
    """Tell one event in every market."""
    event = told.seeds.event(event_id)
    moves = told.moves.of(event_id)
    order = [e.id for e in told.ordered()]
    lead = leading(moves)
    found = verdict(moves, event, told.n, lead.changing() if lead else ())
    words = told.words
    deck = words.mark(" ".join(found.deck))
    sections = tuple(filter(None, (make(told, event_id) for make in SECTIONS)))
    used = deck + "".join(section.html for section in sections)
    place = f"Event {order.index(event_id) + 1} of {len(order)}" if event_id in order else "Event"
    return EventStory(
        event_id=event_id,
        news=event.title,
        kicker=f"{place} · {day(event.announced_at.date())} · {event.title}",
        verdict=found,
        deck=deck,
        sections=sections,
        words=words.only(used),
    )
