"""The chapter of one article, part by part, as its notebook shows it."""

from __future__ import annotations

from html import escape
from math import isfinite
from typing import TYPE_CHECKING

from analysis.chapters.all_events.cells import grid_html, grid_rows
from analysis.chapters.article.answer import article_answer, claim_words
from analysis.chapters.event.surroundings import moment_section
from analysis.chapters.shared.bands import BandRow, band_drawings, band_table
from analysis.chapters.shared.block import Block
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.rows import Row, claim, records
from analysis.chapters.shared.voice import detectable
from analysis.seeds.verdicts import NOT_CHECKABLE
from analysis.wording import count, day, listing, number, sentence_case, signed_percent, tie

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.chapters.shared.telling import Telling
    from analysis.seeds.events import Event

_NEWS = 4
_EVENTS = "../events"
"""Where the pages of events lie, from the report of an article."""


def answer_block(told: Telling, file: str) -> Block:
    """Show the answer, what it rests on, and the counts."""
    found = article_answer(told, file)
    rest = told.words.mark(" ".join(found.rest))
    first = told.words.mark(found.answer)
    return Block(
        f'<p class="deck answer"><b>{first}</b> {rest}</p>'
        f'<p class="by">{escape(tie(f"{found.counts} {found.claims}"))}</p>'
    )


def claims_block(told: Telling, file: str) -> Block:
    """Show the claims prices can decide, verdicts first."""
    table = told.store.claims[told.store.claims["article"] == file]
    rows = records(table)
    decided = [row for row in rows if row["verdict"] != NOT_CHECKABLE]
    rest = len(rows) - len(decided)
    others = (
        f"{sentence_case(count(rest, 'other claim' if decided else 'claim'))} "
        f"{'is' if rest == 1 else 'are'} not about daily prices: what other sources say stands "
        "further down."
        if rest
        else ""
    )
    if not decided:
        words = others or "No claim of it is catalogued."
        return Block(f'<p class="col">{escape(words)}</p>')
    head = "<tr><th>Verdict</th><th>The article</th><th>Prices</th></tr>"
    body = "".join(_claim_row(row) for row in decided)
    coin = "A move in the right direction does not show that the news caused it."
    return Block(
        f'<table class="claims"><caption class="hidden">Claims against prices</caption>'
        f"<thead>{head}</thead><tbody>{body}</tbody></table>"
        f'<p class="small">{escape(" ".join(filter(None, (coin, others))))}</p>',
        (table[table["verdict"] != NOT_CHECKABLE].reset_index(drop=True),),
    )


def _claim_row(row: Row) -> str:
    sign, words = claim_words(str(row["code"]), str(row["verdict"]))
    figure = signed_percent(float(row["figure"]), 2) if isfinite(row["figure"]) else ""
    text, strong = escape(tie(str(row["text"]))), escape(tie(figure))
    shown = text.replace(strong, f"<b>{strong}</b>", 1) if figure else text
    kind = {"✓": "ok", "✗": "no"}.get(sign, "dir")
    return (
        f'<tr id="{escape(claim(str(row["claim_id"])))}"><td class="v {kind}">'
        f'<span aria-hidden="true">{sign}</span> {escape(words)}</td>'
        f'<th scope="row">{escape(tie(str(row["statement"])))}</th>'
        f'<td class="why">{shown}</td></tr>'
    )


def headline_chart(told: Telling, file: str) -> Chart | Block:
    """Draw the article's own story in every market against ordinary days."""
    moves = [m for m in told.moves.of(told.seeds.article(file).headline_event) if m.known]
    if not moves:
        return Block("<p>No market has a figure for its story.</p>")
    out = [m.short for m in moves if m.stands_out]
    days = list(dict.fromkeys(m.day0 for m in moves))
    when = day(days[0]).rsplit(" ", 1)[0]
    if not any(m.decided for m in moves):
        title = "Too few ordinary days to tell"
    elif out:
        title = f"{listing(out, most=4)} left the range of ordinary days"
    elif len(moves) == 1:
        title = f"{when} was an ordinary day for {moves[0].short}"
    elif len(days) == 1:
        title = f"{when} was an ordinary day in all {number(len(moves))} markets"
    else:
        title = f"It was an ordinary day in all {number(len(moves))} markets"
    rows = [_band_row(m) for m in moves]
    return Chart(
        name="headline",
        title=title,
        reading=f"Line: what the market did. Circle: what is left {told.stick.beyond}. Grey: where "
        "19 of 20 ordinary days of that market fall, for its swings at the time.",
        drawings=band_drawings(rows, f"{title}: moves against ordinary days."),
        source=told.source,
        table=band_table(rows),
    )


def _band_row(move: Move) -> BandRow:
    found = move.count
    half, k, n = (found.half, found.k, found.n) if found else (float("nan"), 0, 0)
    note = f"{signed_percent(move.ret)}, beyond {signed_percent(move.beyond)}"
    name = f"{move.short}{'?' if move.ambiguous else ''}"
    return BandRow(name, note, move.beyond, half, k, n, whole=move.ret, stands_out=move.stands_out)


def headline_notes(told: Telling, file: str) -> Block:
    """Say what would have been noticed, and what else was in the news."""
    event = told.seeds.event(told.seeds.article(file).headline_event)
    moves = told.moves.of(event.id)
    caught = detectable(moves)
    first = f'<p class="col">{told.words.mark(caught)}</p>' if caught else ""
    page = (
        f'<p class="small"><a href="{_EVENTS}/{escape(event.id)}.html">The page of this event</a>: '
        "price, sum, ordinary days and what is in doubt.</p>"
    )
    items = [f"<li>{escape(tie(text))}</li>" for text in event.confounders]
    more = (
        f"<details><summary>{sentence_case(number(len(items) - _NEWS))} more</summary>"
        f'<ul class="plain col">{"".join(items[_NEWS:])}</ul></details>'
        if len(items) > _NEWS
        else ""
    )
    news = (
        f'<h3>Also in the news then</h3><ul class="plain col">{"".join(items[:_NEWS])}</ul>{more}'
        if items
        else '<p class="col">We know of no other news that day.</p>'
    )
    return Block(f"{first}{page}{news}")


def events_block(told: Telling, file: str) -> Block:
    """Show the other events as a grid; those that met the same sessions in one sentence."""
    headline = told.seeds.article(file).headline_event
    links = {e.id: f"{_EVENTS}/{e.id}.html" for e in told.seeds.events}
    mine = [e for e in told.ordered() if any(m.file == file for m in e.articles)]
    same = [e for e in mine if e.id != headline and _same(told, headline, e.id)]
    if len(mine) < 2:
        return Block('<p class="col">It refers to no other event.</p>')
    rows = grid_rows(told, links, only={e.id for e in mine if e not in same})
    heads = [(told.seeds.market(m).short, "") for m in told.moves.markets]
    legend = (
        f'<p class="legend"><span><b class="mark">○</b> stands out alone</span><span><b>?</b> day '
        "in doubt</span><span><b>″</b> met the same session as the news of that date</span>"
        f"<span>Colour: {escape(told.stick.beyond)}</span></p>"
    )
    table = grid_html(rows, heads, two=False)
    reactions = told.store.reactions
    shown = reactions[reactions["event_id"].isin([e.id for e in mine if e not in same])]
    html = f"{legend}{table}{_same_sentence(same, links)}"
    return Block(html, (shown.reset_index(drop=True),))


def _same(told: Telling, one: str, other: str) -> bool:
    """Tell whether two events met the same sessions in every market."""
    pairs = zip(told.moves.of(one), told.moves.of(other), strict=False)
    return all(a.known and b.known and a.day0 == b.day0 for a, b in pairs)


def _same_sentence(same: Sequence[Event], links: Mapping[str, str]) -> str:
    if not same:
        return ""
    titles = "; ".join(
        f'<a href="{escape(links[event.id])}">{escape(event.title)}</a>' for event in same
    )
    verb = "more event" if len(same) == 1 else "more events"
    return (
        f'<p class="small">{sentence_case(number(len(same)))} {verb} met the same sessions as its '
        f"own story in every market: {titles}.</p>"
    )


def sources_block(told: Telling, file: str) -> Block:
    """Show what other sources say of the claims prices cannot decide."""
    decided = {r["claim_id"]: r["verdict"] for r in records(told.store.claims)}
    mine = [
        c for c in told.seeds.claims if c.article == file and decided.get(c.id) == NOT_CHECKABLE
    ]
    if not mine:
        return Block('<p class="col">Prices decide all of its claims that are catalogued.</p>')
    body = "".join(
        f'<tr><th scope="row">{escape(tie(c.statement))}</th><td class="why">'
        f"{escape(tie(c.sourced))}</td><td>{escape(tie(c.reading))}</td></tr>"
        for c in mine
    )
    intro = (
        f"{sentence_case(count(len(mine), 'claim'))} cannot be checked with daily prices. What "
        "stands here rests on other people’s reports."
    )
    return Block(
        f'<p class="col">{escape(intro)}</p><table class="claims"><caption class="hidden">What '
        "other sources say</caption><thead><tr><th>The article</th><th>Others report</th>"
        f"<th>How that was read</th></tr></thead><tbody>{body}</tbody></table>",
        (told.store.claims.set_index("claim_id").loc[[c.id for c in mine]].reset_index(),),
    )


def moment_block(told: Telling, file: str) -> Block:
    """Say how the moment of its story is known."""
    section = moment_section(told, told.seeds.article(file).headline_event)
    return Block(section.html if section else "")


def words_block(told: Telling) -> Block:
    """Explain the words of the page."""
    return Block(told.words.html())
