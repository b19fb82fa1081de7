"""When the news came, what else met the same sessions, and what is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from analysis.chapters.event.clock import clock_chart
from analysis.chapters.event.sections import Section
from analysis.chapters.event.words import doubts
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.telling import Telling
from analysis.wording import count, moment, sentence_case, tie

_NEWS_SHOWN, _NEWS_MOST = 6, 40


def news_section(told: Telling, event_id: str) -> Section | None:
    """Show the hours around the news, and what else was in it."""
    event = told.seeds.event(event_id)
    moves = told.moves.of(event_id)
    chart = clock_chart(event, moves, told.sessions, told.source) if told.sessions else None
    shared = list(dict.fromkeys(e for m in moves if m.known for e in m.shared))
    items = [f"<li>{escape(tie(words))}</li>" for words in event.confounders]
    items += [
        f'<li><a href="{escape(name)}.html">{escape(told.seeds.event(name).title)}</a>'
        f" (met the same session in {_where(moves, name)})</li>"
        for name in shared[:_NEWS_MOST]
    ]
    if len(shared) > _NEWS_MOST:
        items.append(f"<li>and {len(shared) - _NEWS_MOST:,} more, in reactions.csv</li>")
    shown, rest = items[:_NEWS_SHOWN], items[_NEWS_SHOWN:]
    more = (
        f'<details><summary>{len(rest)} more</summary><ul class="plain col">{"".join(rest)}</ul>'
        "</details>"
        if rest
        else ""
    )
    listed = (
        f'<ul class="plain col">{"".join(shown)}</ul>{more}'
        if items
        else '<p class="col">We know of no other news that day.</p>'
    )
    figure = chart.html() if chart else ""
    head, frames = "What else happened", (chart.data,) if chart else ()
    return Section("news", head, figure + listed, heading=head, frames=frames)


def _where(moves: Sequence[Move], event_id: str) -> str:
    from analysis.wording import listing

    return escape(listing([m.short for m in moves if event_id in m.shared], most=4))


def doubt_section(told: Telling, event_id: str) -> Section | None:
    """Say what is in doubt."""
    event = told.seeds.event(event_id)
    said = doubts(told.moves.of(event_id), event, articles=bool(told.seeds.articles))
    words = told.words
    items = "".join(f"<li>{words.mark(text)}</li>" for text in said)
    html = f'<ul class="plain col">{items}</ul>' if items else ""
    return Section("doubt", "What is in doubt", html, heading="What is in doubt") if html else None


def moment_section(told: Telling, event_id: str) -> Section | None:
    """Say how the moment of the news is known."""
    event = told.seeds.event(event_id)
    best = moment(event.announced_at)
    if event.earliest < event.latest:
        bounds = f" It lies between {moment(event.earliest)} and {moment(event.latest)}."
    else:
        bounds = ""
    basis = f" {sentence_case(event.time_basis.rstrip('.'))}." if event.time_basis else ""
    text = f"Our best guess is {best}.{bounds}{basis}"
    sources = "".join(
        f'<li><a href="{escape(e.url)}">{escape(_host(e.url))}</a>: {escape(tie(e.says))}</li>'
        for e in event.evidence
    )
    listed = (
        f"<details><summary>{sentence_case(count(len(event.evidence), 'source'))}</summary>"
        f'<ul class="plain">{sources}</ul></details>'
        if sources
        else ""
    )
    reported = "; ".join(told.seeds.article(m.file).label for m in event.articles)
    by = f'<p class="small">Reported by: {escape(reported)}.</p>' if reported else ""
    html = f'<p class="col">{escape(tie(text))}</p>{by}{listed}'
    return Section("moment", "", html, heading="How the moment is known")


def _host(url: str) -> str:
    from urllib.parse import urlsplit

    return (urlsplit(url).hostname or url).removeprefix("www.")
