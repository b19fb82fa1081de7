"""The grid of events and markets: one cell per reaction, joined where events share one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

STEPS = (0.005, 0.01, 0.02, 0.04)
"""Sizes of an abnormal return (decimal) at which the colour of a cell gets one step stronger."""
UNUSUAL, VERY_UNUSUAL = 0.05, 0.01
"""Placebo p-values up to which a cell gets one mark, or two."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """The reaction of one market to one event.

    Attributes
    ----------
    ar
        Abnormal return on day 0, decimal; None if there is none.
    sar
        The same in units of its standard error.
    placebo_p
        Share of ordinary days at least as unusual.
    day0
        The session that counts as day 0.
    shared_with
        Titles of the other events with the same day 0 in this market.
    ambiguous
        True if another session could be day 0 as well.
    largest_p
        Largest placebo p over the candidates for day 0; None if there is one candidate only.
    status, reason
        ``ok``, or what stood in the way, in a word and in a sentence.
    href
        Address of the details; None if there are none.
    """

    ar: float | None = None
    sar: float | None = None
    placebo_p: float | None = None
    day0: date | None = None
    shared_with: tuple[str, ...] = ()
    ambiguous: bool = False
    status: str = "ok"
    reason: str = ""
    href: str | None = None
    largest_p: float | None = None

    @property
    def tone(self) -> str:
        """Name of the colour: ``up1`` to ``up4``, ``down1`` to ``down4``, ``still``, ``none``."""
        if self.ar is None:
            return "none"
        step = sum(abs(self.ar) >= edge for edge in STEPS)
        return ("up" if self.ar > 0 else "down") + str(step) if step else "still"

    @property
    def marks(self) -> int:
        """How many marks the cell gets: 0, 1 or 2."""
        if self.placebo_p is None:
            return 0
        return int(self.placebo_p <= UNUSUAL) + int(self.placebo_p <= VERY_UNUSUAL)


@dataclass(frozen=True, slots=True)
class GridRow:
    """One event: what it was, and one cell per market.

    Attributes
    ----------
    event_id
        Also the anchor of the row on the page.
    title, when, category
        For the head of the row; ``when`` is the announcement in words.
    day
        Date of the announcement (UTC), the place on the timeline.
    role
        ``headline``, ``mentioned`` or ``context``.
    cells
        In the order of the markets.
    href
        Address of the details; None if there are none.
    confounders
        Other news of the same day, in a sentence each.
    articles
        Labels of the articles that report or mention it.
    """

    event_id: str
    title: str
    when: str
    category: str
    day: date
    cells: tuple[GridCell, ...]
    role: str = "context"
    href: str | None = None
    confounders: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlacedCell:
    """A cell as the table draws it.

    Attributes
    ----------
    cell
        The cell of the first event of the group.
    span
        How many rows it covers: events that follow one another with the same day 0.
    ambiguous
        True if day 0 is ambiguous for any of them.
    joined
        Ids of the other events it stands for.
    """

    cell: GridCell
    span: int
    ambiguous: bool
    joined: tuple[str, ...] = ()


def place_cells(rows: Sequence[GridRow]) -> list[list[PlacedCell | None]]:
    """Return, row by row, the cells to draw; None where the cell above reaches down.

    Parameters
    ----------
    rows
        In order of time, so that events with one day 0 stand next to each other.
    """
    placed: list[list[PlacedCell | None]] = [[None] * len(row.cells) for row in rows]
    for column in range(len(rows[0].cells) if rows else 0):
        start = 0
        while start < len(rows):
            end = start + 1
            while end < len(rows) and _same(rows[start].cells[column], rows[end].cells[column]):
                end += 1
            group = [row.cells[column] for row in rows[start:end]]
            placed[start][column] = PlacedCell(
                cell=group[0],
                span=end - start,
                ambiguous=any(cell.ambiguous for cell in group),
                joined=tuple(row.event_id for row in rows[start + 1 : end]),
            )
            start = end
    return placed


def _same(above: GridCell, below: GridCell) -> bool:
    """Tell whether two cells show one reaction."""
    return (
        above.status == below.status == "ok"
        and above.day0 is not None
        and above.day0 == below.day0
        and above.ar == below.ar
    )
