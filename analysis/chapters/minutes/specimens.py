"""Two events as their pages show them, and the claims of articles that bars decide."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from analysis.chapters.minutes.event import minute_charts
from analysis.chapters.minutes.words import distinct, event_words, local_words, told_rows
from analysis.chapters.shared.block import Block
from analysis.chapters.shared.svg import CHART_CSS
from analysis.chapters.shared.table import Table
from analysis.wording import day, tie

if TYPE_CHECKING:
    from analysis.reactions.minute_paths import MinutePaths
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds


_NONE = "There is none to show: no window of the events has bars."


def specimen_events(store: StudyStore, seeds: Seeds) -> list[str]:
    """Return the most unusual event of trading hours, and that of a market that was shut."""
    rows = told_rows(store, seeds)
    rows = distinct(rows[rows["primary"].astype(bool)])
    rows = rows.sort_values(["p_family", "p"], kind="stable")
    found: list[str] = []
    for phase in ("in_session", "closed"):
        mine = rows[(rows["phase"] == phase) & ~rows["event_id"].isin(found)]
        found += [str(event_id) for event_id in mine["event_id"].head(1)]
    return found


def specimens(store: StudyStore, seeds: Seeds, paths: MinutePaths) -> Block:
    """Return these events with verdict, path and split; without bars a sentence."""
    parts = [_specimen(store, seeds, event_id, paths) for event_id in specimen_events(store, seeds)]
    if not parts:
        return Block(f"<p>{escape(_NONE)}</p>")
    html = "".join(part.html for part in parts)
    frames = tuple(frame for part in parts for frame in part.frames)
    return Block(f"<style>{CHART_CSS}</style>{html}", frames)


def _specimen(store: StudyStore, seeds: Seeds, event_id: str, paths: MinutePaths) -> Block:
    event = seeds.event(event_id)
    words = (*event_words(store, seeds, event_id), local_words(store, seeds, event_id))
    said = escape(tie(" ".join(filter(None, words))))
    charts = list(minute_charts(store, seeds, event_id, paths))
    drawn = (replace(chart, name=f"{chart.name}-{event_id}").html() for chart in charts)
    head = f"{day(str(event.announced_at)[:10])}: {event.title}"
    html = f"<section><h3>{escape(head)}</h3><p>{said}</p>{''.join(drawn)}</section>"
    return Block(html, tuple(chart.data for chart in charts))


def claims_table(store: StudyStore, seeds: Seeds) -> Table:
    """Return the claims that name an instant, with what bars or the lack of them say."""
    named = {claim.id for claim in seeds.claims if claim.on_bars}
    rows = store.claims[store.claims["claim_id"].isin(named)]
    return Table(
        caption="Claims of articles that bars are asked about",
        columns=("The article", "What prices show"),
        rows=tuple(zip(rows["statement"], rows["text"], strict=True)),
        note="A move in the right direction does not show that the news caused it.",
    )
