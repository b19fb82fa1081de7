"""The parts of the chapter of one event: each a function from a telling and an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import TYPE_CHECKING

from analysis.chapters.event.charts import expected_words, ordinary_chart, sum_chart
from analysis.chapters.event.multiples import markets_chart
from analysis.chapters.event.path_chart import path_chart
from analysis.chapters.event.paths import PricePath, price_path
from analysis.chapters.event.tables import candidates_table, event_table, windows_table
from analysis.chapters.event.words import leading
from analysis.chapters.minutes.event import minute_charts
from analysis.chapters.minutes.words import event_words, local_words
from analysis.chapters.shared.bands import BandRow, band_drawings, band_table
from analysis.chapters.shared.chart import Chart
from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.table import Table, row_anchors
from analysis.chapters.shared.voice import (
    as_unusual,
    mark,
    points,
    summed,
)
from analysis.engine.models import TOTAL_REACTION
from analysis.wording import (
    count,
    day,
    p_value,
    sentence_case,
    short_day,
    signed_percent,
    size,
    tie,
)

if TYPE_CHECKING:
    import pandas as pd

    from analysis.seeds.events import Event
from analysis.chapters.shared.telling import Telling

_NEWS_SHOWN, _NEWS_MOST = 6, 40


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a page.

    Attributes
    ----------
    anchor, name
        Where it is, and how the page's contents call it; no name keeps it out of them.
    html
        What stands there.
    heading
        Above it; empty for pictures, which have a title of their own.
    closed
        Whether a reader opens it: statistics.
    frames
        What its pictures and tables show, to sort, join and plot.
    """

    anchor: str
    name: str
    html: str
    heading: str = ""
    closed: bool = False
    frames: tuple[pd.DataFrame, ...] = ()


def _lead(told: Telling, event_id: str) -> Move | None:
    return leading(told.moves.of(event_id))


def _figure(chart: Chart | None, name: str) -> Section | None:
    return Section(chart.name, name, chart.html(), frames=(chart.data,)) if chart else None


def _path(told: Telling, move: Move) -> PricePath | None:
    return price_path(told.store, move, told.ordinary, told.closes)


def price_section(told: Telling, event_id: str) -> Section | None:
    """Show the price, what was expected of it, and what became of it after a week."""
    move = _lead(told, event_id)
    found = _path(told, move) if move else None
    if move is None or found is None:
        return None
    news = moment_words(told.seeds.event(event_id))
    chart = path_chart(found, told.seeds.market(move.market), told.source, news)
    after, lead = found.after_week()
    if move.stands_out and found.gone_by():
        rest = ""  # the title says so
    elif after:
        side = "above" if lead >= 0 else "below"
        rest = (
            f"By {short_day(after)} it stood {points(lead)} {side} what {move.yardstick.explains}."
        )
    else:
        rest = ""
    text = f'<p class="col">{escape(tie(rest))}</p>' if rest else ""
    return Section("path", "The price", chart.html() + text, frames=(chart.data,))


def moment_words(event: Event) -> str:
    """Write the day of the news, with its hour where that is known."""
    at = event.announced_at
    when = short_day(str(at.date()))
    return f"{when}, {at:%H:%M} UTC" if event.precision in ("minute", "hour") else when


def sum_section(told: Telling, event_id: str) -> Section | None:
    """Show how the move divides into what was expected and what is left."""
    move = _lead(told, event_id)
    return (
        _figure(sum_chart(move, _benchmark(told, move), told.source), "The sum") if move else None
    )


def _benchmark(told: Telling, move: Move) -> str:
    symbol = move.yardstick.symbol
    return told.seeds.market(symbol).short if symbol else ""


def ordinary_section(told: Telling, event_id: str) -> Section | None:
    """Show how unusual the day was among ordinary days."""
    move = _lead(told, event_id)
    if move is None:
        return None
    chart = ordinary_chart(move, told.ordinary, move.span, told.source)
    return _figure(chart, "How unusual")


def minutes_section(told: Telling, event_id: str) -> Section | None:
    """Say what intraday bars show of the event; nothing where there are none."""
    said = event_words(told.store, told.seeds, event_id)
    if not said:
        return None
    there = local_words(told.store, told.seeds, event_id)
    note = f"{there} The moment was not read off these prices.".strip()
    # days of closes, and the family of all reactions, are not what minutes are held against
    words = told.words.without("ordinary", "together")
    first = f'<p class="col">{words.mark(" ".join(said))}</p>'
    charts = list(minute_charts(told.store, told.seeds, event_id, told.paths))
    shown = "".join(chart.html() for chart in charts)
    return Section(
        "minutes",
        "In minutes",
        f'{first}{shown}<p class="small">{escape(note)}</p>',
        heading="In minutes",
        frames=tuple(chart.data for chart in charts),
    )


def yardstick_section(told: Telling, event_id: str) -> Section | None:
    """Show what the same day looks like with other things taken out."""
    move = _lead(told, event_id)
    if move is None:
        return None
    rows = yardstick_rows(told, move)
    if len(rows) < 2:
        return None
    differ = len({row.stands_out for row in rows}) > 1
    title = (
        "How unusual it looks depends on the yardstick"
        if differ
        else "The verdict is the same by every yardstick"
    )
    chart = Chart(
        name="yardstick",
        title=title,
        reading=f"{move.short} on {day(move.day0)}, with {count(len(rows), 'thing')} taken out. "
        "Grey: where 19 of 20 ordinary days fall.",
        drawings=band_drawings(rows, f"{title}: {_rows_words(rows)}."),
        source=told.source,
        table=band_table(rows),
    )
    return _figure(chart, "Other yardsticks")


def _rows_words(rows: Sequence[BandRow]) -> str:
    return "; ".join(f"{row.name} {signed_percent(row.value)}, {row.k} of {row.n}" for row in rows)


def yardstick_rows(told: Telling, move: Move) -> list[BandRow]:
    """Return the lead move by every yardstick, the one of the study first."""
    rows = []
    if move.count is not None:
        name = sentence_case(move.yardstick.name) if move.yardstick.symbol else "Its own average"
        rows.append(_band(name, "beyond it", move.beyond, move))
    if move.whole is not None and told.store.spec.study.model != TOTAL_REACTION:
        name, note = "Its own average", "the whole move, average taken out"
        rows.append(_band(name, note, _whole_size(move), move, whole=True))
    rows += [
        BandRow(
            sentence_case(m.yardstick.name), "beyond it", m.beyond, m.count.half, m.count.k,
            m.count.n, stands_out=m.count.stands_out,
        )
        for m in move.yardsticks
    ]  # fmt: skip
    return rows


def _band(name: str, note: str, value: float, move: Move, *, whole: bool = False) -> BandRow:
    found = move.tally(whole=whole)
    if found is None:
        return BandRow(name, note, value, float("nan"), 0, 0)
    return BandRow(name, note, value, found.half, found.k, found.n, stands_out=found.stands_out)


def markets_section(told: Telling, event_id: str) -> Section | None:
    """Show every market, as pictures and as a table."""
    moves = told.moves.of(event_id)
    if len(moves) < 2:
        return None
    paths = [path for path in (_path(told, m) for m in moves if m.known) if path]
    chart = markets_chart(paths, told.source, base=told.stick.explains)
    shown = chart.html() if chart else ""
    head = "All markets" if len(moves) > 2 else "Both markets"
    table = moves_table(moves, told)
    frames = (*((chart.data,) if chart else ()), table.frame)
    return Section("others", head, shown + _scroll(table), heading=head, frames=frames)


def moves_table(moves: Sequence[Move], told: Telling) -> Table:
    """Return moved, expected, beyond and ordinary days, market by market."""
    rows: list[tuple[str, ...]] = []
    for move in moves:
        if not isfinite(move.beyond) or not move.day0:
            rows.append((move.short, "–", "–", "–", "–", "–"))
            continue
        parts = (signed_percent(v, 2) for v in (move.ret, move.expected, move.beyond))
        if move.count is None:
            rows.append((move.short, short_day(move.day0), *parts, "–"))
            continue
        tally = as_unusual(move.count).removesuffix(" ordinary days")
        doubt = "?" if move.ambiguous else ""
        rows.append(
            (move.short, f"{short_day(move.day0)}{doubt}", *parts, f"{mark(move)} {tally}".strip())
        )
    return Table(
        anchors=row_anchors(f"market.{move.market}" for move in moves),
        caption="Moved, expected and beyond in every market",
        columns=("Market", "Day", "Moved", "Expected", "Beyond", "Ordinary days as unusual"),
        rows=tuple(rows),
        numeric=frozenset(range(2, 6)),
        note=_moves_note(moves),
    )


def _moves_note(moves: Sequence[Move]) -> str:
    """Explain the marks, and say why a market has none; a reason needs more room than a cell."""
    marks = "○ stands out alone. ● still does when all are judged together. ? the day is in doubt."
    shown = [marks] if any(m.stands_out or m.ambiguous for m in moves) else []
    shown += [f"{move.short}: {move.why.rstrip('.')}." for move in moves if move.why]
    return " ".join(shown)


def _scroll(table: Table) -> str:
    label = escape(f"Table: {table.caption}")
    return (
        f'<section class="scroll" role="region" tabindex="0" aria-label="{label}">'
        f"{table._repr_html_()}</section>"
    )


def statistics_section(told: Telling, event_id: str) -> Section | None:
    """Give the figures behind the verdict, closed until a reader opens them."""
    move = _lead(told, event_id)
    tables = [
        *([_scroll(statistics_table(told, move))] if move else []),
        _scroll(event_table(told.store, told.seeds, event_id)),
        _scroll(windows_table(told.store, told.seeds, event_id)),
        _scroll(candidates_table(told.store, told.seeds, event_id)),
    ]
    made = _made_of(told, move) if move else ""
    return Section(
        "statistics", "", made + "".join(tables), "The statistics behind it", closed=True
    )


def statistics_table(told: Telling, move: Move) -> Table:
    """Return size, p-values and usual swing of the leading move, by yardstick."""
    sides = [(sentence_case(move.yardstick.beyond), move.beyond, move.count)]
    if told.store.spec.study.model != TOTAL_REACTION:
        sides.append(("Whole move, less its own average", _whole_size(move), move.whole))
    known = [(head, value, found) for head, value, found in sides if found is not None]
    rows = [
        ("Size against a usual day", *(signed_percent(v, 2) for _, v, _ in known)),
        ("p, ordinary days", *(p_value(f.share) for _, _, f in known)),
        ("p, judged with all", *(p_value(f.together) for _, _, f in known)),
        ("Usual swing at the time", *(size(f.scale, 2) for _, _, f in known)),
        ("Effects not rejected (19 of 20)", *(_interval(v, f.half) for _, v, f in known)),
        ("Caught four times in five from", *(size(f.mde, 2) for _, _, f in known)),
    ]
    return Table(
        caption=f"{move.short}, {day(move.day0)}",
        columns=("", *(head for head, _, _ in known)),
        rows=tuple(rows),
        numeric=frozenset(range(1, len(known) + 1)),
    )


def _whole_size(move: Move) -> float:
    found = move.whole
    if found is None or not isfinite(found.statistic) or not isfinite(found.scale):
        return move.ret
    return found.statistic * found.scale


def _interval(value: float, half: float) -> str:
    return (
        f"{signed_percent(value - half)} to {signed_percent(value + half)}"
        if isfinite(half)
        else "–"
    )


def _made_of(told: Telling, move: Move) -> str:
    whole, expected, beyond = summed(move)
    made = expected_words(move, _benchmark(told, move))
    text = f"{whole} = {expected} expected ({made}) and {beyond} beyond."
    return f'<p class="small">{escape(tie(text))}</p>'
