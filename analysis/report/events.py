"""A page for every event, written without a notebook.

What is known of an event: ``analysis.seeds.events``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.chapters.event.story import EventStory, tell_event
from analysis.chapters.event.words import leading
from analysis.chapters.shared.fewer import MOST_PAGES
from analysis.chapters.shared.telling import Telling
from analysis.files import write_whole
from analysis.output import OutputFolder
from analysis.report.citing import Cited, with_citations
from analysis.report.page import DataFile
from analysis.report.render import TEMPLATES, day_text, render_template, script_hash

if TYPE_CHECKING:
    from analysis.report.manifest import Provenance
    from analysis.report.site import ReportLink
    from analysis.seeds.events import Event

FOLDER = "events"

_LINK = re.compile(r'<a href="([^"/]+)\.html">([^<]*)</a>')
_FILES = (
    DataFile("data/reactions.csv", "day 0, phase and doubts of every event in every market"),
    DataFile("data/abnormal_returns.csv", "every abnormal return with its parts"),
    DataFile("data/placebo.csv", "every placebo comparison"),
    DataFile("data/placebo_days.csv", "every ordinary day"),
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The page before or after."""

    href: str
    when: str
    title: str


def event_address(event_id: str) -> str:
    """Return where the page of an event lies, from the folder of the front page."""
    return f"{FOLDER}/{event_id}.html"


def chosen_events(
    told: Telling, asked: Collection[str] = (), *, most: int | None = None
) -> list[Event]:
    """Return the events that get a page, in order of time.

    Parameters
    ----------
    told
        The study.
    asked
        Events that get one in any case.
    most
        How many are chosen, but for those of the articles and those asked for; None for as many
        as get a page unasked.
    """
    events, most = told.ordered(), MOST_PAGES if most is None else most
    if len(events) <= most:
        return events
    wanted = {e.id for e in events if e.articles} | set(asked)
    lead = {e.id: leading(told.moves.of(e.id)) for e in events}
    ranked = sorted(events, key=lambda e: (m.share if (m := lead[e.id]) else 3.0, e.id))
    for event in ranked:
        if len(wanted) >= most:
            break
        wanted.add(event.id)
    return [event for event in events if event.id in wanted]


def write_event_pages(
    out: Path,
    told: Telling,
    *,
    provenance: Provenance,
    reports: Mapping[str, Sequence[ReportLink]],
    asked: Collection[str] = (),
) -> dict[str, str]:
    """Write the pages and return their addresses from the front page, by event.

    Pages we wrote of events that are no longer there are removed.

    Parameters
    ----------
    out
        Folder of the reports.
    told
        The study.
    provenance
        Inputs and versions to print.
    reports
        Reports that tell more of an event, by event.
    asked
        Events that get a page in any case.
    """
    events = chosen_events(told, asked)
    without = {event.id for event in told.ordered()}.difference(event.id for event in events)
    script = (TEMPLATES / "picture.js").read_text(encoding="utf-8")
    folder, written = OutputFolder(out, "reports"), {e.id: event_address(e.id) for e in events}
    folder.claim(list(written.values()))
    for place, event in enumerate(events):
        page = render_template(
            "event.html.j2",
            **_context(tell_event(told, event.id), provenance),
            before=_neighbour(events, place - 1),
            after=_neighbour(events, place + 1),
            reports=reports.get(event.id, ()),
            script=script,
            script_hash=script_hash(script),
        )
        if without:
            page = _LINK.sub(lambda link: link[2] if link[1] in without else link[0], page)
        cited = Cited(event_address(event.id), provenance.data_end)
        write_whole(out / cited.address, with_citations(page, cited))
    ours = {name for name in folder.listed() if name.startswith(f"{FOLDER}/")}
    folder.remove(ours.difference(written.values()))
    return written


def _context(story: EventStory, provenance: Provenance) -> dict[str, object]:
    cited = Cited(event_address(story.event_id), provenance.data_end)
    return {
        "title": story.news,
        "description": story.summary(),
        "story": story,
        "provenance": provenance,
        "root": "../",
        "files": _FILES,
        "citation": cited.line(f"{story.news}: {story.verdict.headline}"),
        "address": cited.address,
    }


def _neighbour(events: Sequence[Event], place: int) -> Neighbour | None:
    if not 0 <= place < len(events):
        return None
    event = events[place]
    when = day_text(event.announced_at.date())
    return Neighbour(f"{event.id}.html", when, event.title)
