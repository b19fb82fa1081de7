"""The grid of events and markets: whole moves, what is left of them, a reaction coloured once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.style import STEPS
from analysis.chapters.shared.voice import as_unusual, mark
from analysis.reactions.study_tables import USABLE
from analysis.wording import breakable, day, short_day, signed_percent, tie

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.chapters.shared.telling import Telling
    from analysis.seeds.events import Event

_TIMED = ("minute", "hour")
"""Precisions at which the hour is worth printing."""
_MANY, _CROWD, _CELLS = 6, 12, 250
"""Columns from which the names of rows stay in view while the rest scrolls, and from which heads
stand upright."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """One market after one event.

    Attributes
    ----------
    anchor
        Event, full stop, market.
    market
        Name of the market.
    move
        What it did; None where it was not measured.
    number
        Place of the reaction among all distinct ones; None without a figure.
    first
        The earlier event that met the same session, which shows the reaction; None for the first.
    first_day
        Its day, short.
    joined
        How many events met the session.
    said
        What the cell says, in words.
    """

    anchor: str
    market: str
    move: Move | None = None
    number: int | None = None
    first: str | None = None
    first_day: str = ""
    joined: int = 1
    said: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a figure."""
        return self.move is not None and self.move.known

    def tone(self, *, whole: bool = False) -> str:
        """Return the colour: ``up1`` to ``up4``, ``down1`` to ``down4``, ``still``, ``none``."""
        if self.move is None or not self.move.known:
            return "none"
        return tone(self.move.ret if whole else self.move.beyond)

    def mark(self, *, whole: bool = False) -> str:
        """Return the mark of the reaction; empty for none."""
        return mark(self.move, whole=whole) if self.move is not None else ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One event: what it was, and one cell per market.

    Attributes
    ----------
    event_id
        Also the anchor of the row.
    title, when, category, role
        For the head of the row; ``when`` is the announcement in words.
    cells
        In the order of the markets.
    href
        Page of the event; None if there is none.
    articles
        Labels of the articles that report or mention it.
    """

    event_id: str
    title: str
    when: str
    category: str
    cells: tuple[GridCell, ...]
    role: str = "context"
    href: str | None = None
    articles: tuple[str, ...] = ()


def tone(value: float) -> str:
    """Return the colour of a move, decimal: four steps each way."""
    step = sum(abs(value) >= edge for edge in STEPS)
    return f"{'up' if value > 0 else 'down'}{step}" if step else "still"


def grid_rows(
    told: Telling, links: Mapping[str, str], *, only: Collection[str] | None = None
) -> tuple[GridRow, ...]:
    """Return the rows in order of time.

    Parameters
    ----------
    told
        The study.
    links
        Address of the page of an event.
    only
        Events to show; None for all.
    """
    number = {(m.market, m.day0): n for n, m in enumerate(told.moves.distinct())}
    first: dict[tuple[str, str], Event] = {}
    rows = []
    for event in told.ordered():
        if only is not None and event.id not in only:
            continue
        cells = tuple(_cell(told, event, market, first, number) for market in told.moves.markets)
        rows.append(
            GridRow(
                event_id=event.id,
                title=event.title,
                when=_when(event),
                category=event.category.replace("-", " "),
                cells=cells,
                role=event.role,
                href=links.get(event.id),
                articles=tuple(told.seeds.article(m.file).label for m in event.articles),
            )
        )
    return tuple(rows)


def _cell(
    told: Telling,
    event: Event,
    market: str,
    first: dict[tuple[str, str], Event],
    number: Mapping[tuple[str, str], int],
) -> GridCell:
    anchor, name = f"{event.id}.{market}", told.seeds.market(market).short
    move = told.moves.cells.get((event.id, market))
    if move is None or not move.known:
        return GridCell(anchor, name, move, said=f"{name}: {_why(move)}")
    key = (market, move.day0)
    earlier = first.setdefault(key, event)
    return GridCell(
        anchor=anchor,
        market=name,
        move=move,
        number=number[key],
        first=None if earlier is event else earlier.id,
        first_day=short_day(str(earlier.announced_at.date())),
        joined=1 + len(move.shared),
        said=describe(move),
    )


def describe(move: Move) -> str:
    """Say what a reaction was, for a tool tip."""
    parts = [f"{move.short}, {day(move.day0)}: moved {signed_percent(move.ret, 2)}"]
    parts.append(f"expected {signed_percent(move.expected, 2)}")
    parts.append(f"beyond {signed_percent(move.beyond, 2)}")
    tally = f". {as_unusual(move.count)} as unusual." if move.count else "."
    return "; ".join(parts) + tally


def _why(move: Move | None) -> str:
    if move is None:
        return "not measured"
    return move.why


def _when(event: Event) -> str:
    when = f"{short_day(str(event.announced_at.date()))} {event.announced_at.year}"
    return f"{when}, {event.announced_at:%H:%M} UTC" if event.precision in _TIMED else when


# -- as a table ------------------------------------------------------------------------------------


def grid_html(
    rows: Sequence[GridRow], heads: Sequence[tuple[str, str]], *, two: bool = True
) -> str:
    """Return the grid as a table.

    Parameters
    ----------
    rows
        Events in order of time.
    heads
        Name of every market, and a note under it.
    two
        Whether the page can switch to the marks of whole moves.
    """
    columns = "".join(
        f'<th scope="col">{escape(name)}'
        + (f'<span class="small">{escape(note)}</span>' if note else "")
        + "</th>"
        for name, note in heads
    )
    short = len(rows) * len(heads) > _CELLS
    body = "\n".join(_row_html(row, two=two, short=short) for row in rows)
    many = " many" if len(heads) > _MANY else ""
    many += " crowd" if len(heads) > _CROWD else ""
    return (
        f'<table class="grid{many}">\n<caption class="hidden">Move of each market on the first '
        f"session after each event</caption>\n"
        f'<thead><tr><th scope="col">News</th>{columns}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def _row_html(row: GridRow, *, two: bool, short: bool) -> str:
    title = breakable(row.title)
    linked = f'<a href="{escape(row.href)}">{title}</a>' if row.href else title
    cells = "".join(_cell_html(cell, two=two, short=short) for cell in row.cells)
    return (
        f'<tr id="{escape(row.event_id)}" class="{escape(row.role)}" '
        f'data-category="{escape(row.category)}" data-articles="{escape("|".join(row.articles))}">'
        f'<th scope="row"><span class="small">{escape(row.when)} · {escape(row.category)}</span>'
        f"{linked}</th>{cells}</tr>"
    )


def _cell_html(cell: GridCell, *, two: bool, short: bool) -> str:
    """Write one cell; a short one of a grid of very many holds its figures and marks alone."""
    label = f'data-l="{escape(cell.market)}"'
    head = f'<td id="{escape(cell.anchor)}" {label}'
    move = cell.move
    if move is None or not move.known:
        why = move.status.replace("_", " ") if move else "not measured"
        why = "no p" if move and move.status in USABLE else why
        return (
            f'{head} class="none" title="{escape(cell.said)}"><span class="rw">–</span>'
            f'<span class="dt">{escape(why)}</span></td>'
        )
    if cell.first and short:
        return (
            f'<td {label} class="dit"><a class="rw" href="#{escape(cell.first)}.'
            f'{escape(move.market)}">″ {tie(signed_percent(move.ret))}</a></td>'
        )
    if cell.first:
        return (
            f'{head} class="dit"><a href="#{escape(cell.first)}.{escape(move.market)}" '
            f'title="Met the same session as the news of {cell.first_day}: one reaction, counted '
            f'once"><span class="rw">″ {tie(signed_percent(move.ret))}</span> '
            f'<span class="dt">as {cell.first_day}</span></a></td>'
        )
    marks = [(cell.mark(), "if-beyond"), (cell.mark(whole=True) if two else "", "if-raw")]
    shown = "".join(f'<span class="mark {kind}">{m}</span>' for m, kind in marks if m)
    joined = '<span class="q">″</span>' if cell.joined > 1 else ""
    doubt = '<span class="q">?</span>' if move.ambiguous else ""
    said = f' title="{escape(tie(cell.said))}"' if shown or not short else ""
    word = doubt if short else '<span class="bw"> beyond</span>'
    when = "" if short else f'<span class="dt">{short_day(move.day0)}{doubt}</span>'
    return (
        f'{head} class="b-{cell.tone()} w-{cell.tone(whole=True)}"{_data(cell, move)}{said}>'
        f'<span class="rw">{tie(signed_percent(move.ret))}{joined}{shown}</span>'
        f'<span class="by2">{signed_percent(move.beyond).removesuffix(" %")}{word}</span>'
        f"{when}</td>"
    )


def _data(cell: GridCell, move: Move) -> str:
    """Return what the page's script sorts and filters by."""
    flags = {
        "mb": bool(cell.mark()), "mw": bool(cell.mark(whole=True)), "unsure": move.ambiguous,
    }  # fmt: skip
    return (
        f' data-n="{cell.number}" data-beyond="{move.beyond:.5f}" data-whole="{move.ret:.5f}" '
        f'data-p="{move.share:.4f}"' + "".join(f' data-{k}="1"' for k, on in flags.items() if on)
    )
