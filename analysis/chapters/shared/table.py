"""A table as a reader gets it: caption, heads with a scope, numbers to the right, a note."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Literal, TypeVar

from analysis.errors import InputError
from analysis.wording import breakable

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(?:%|[*†]+)?\s*")
_NOTHING = {"", "–", "—", "-"}

_SHORT, _LONG = 26, 60
"""Characters up to which a row's name stays on one line, and from which a column gets more room."""
_FEW, _NARROW = 3, 42
"""Columns up to which a table fits every screen; characters up to which names of rows leave enough
of a narrow one to stay in view while the rest scrolls."""
_PER_LETTER = 0.27
"""Width of a column, em a letter of its longest cell, at which that cell takes two lines."""


@dataclass(frozen=True, slots=True)
class Link:
    """A cell, or part of one, that leads somewhere."""

    text: str
    href: str

    def __str__(self) -> str:
        return self.text


Cell = str | Link | tuple[Link, ...]
R = TypeVar("R")


@dataclass(frozen=True, repr=False)
class Table:
    """A table to be read and printed.

    Attributes
    ----------
    caption
        What the table shows.
    columns
        Heads; the first one heads the names of the rows.
    rows
        Cells as they are to be read; the first of each row is its name.
    numeric
        Positions of the columns whose cells stand to the right.
    note
        What the reader should know, below the table.
    anchors
        Names (`analysis.chapters.shared.rows`) that sentences cite: of a row at (row, 0), or of
        one of its cells at (row, column).
    kind
        ``sortable``: a page lets readers sort it by its heads; ``blocks``: on a phone each row is
        a block of lines, which suits cells of words.

    Raises
    ------
    InputError
        If the caption is empty or a row has not one cell per column.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    note: str = ""
    anchors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    kind: Literal["", "sortable", "blocks"] = ""

    def __post_init__(self) -> None:
        if not self.caption.strip():
            raise InputError("caption", self.caption, "a table needs one.")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise InputError(
                    "rows", len(row), f"each row has {len(self.columns)} cells, one per column."
                )

    @classmethod
    def of(
        cls,
        rows: Sequence[R],
        columns: Sequence[tuple[str, Callable[[R], Cell]]],
        *,
        caption: str,
        numeric: Iterable[int] = (),
        note: str = "",
        name: Callable[[R], str] | None = None,
    ) -> Table:
        """Make a table with a row a record, from a head and how its cell is read, column by column.

        ``name`` gives a row the name that sentences cite; the others are those of a table.
        """
        return cls(
            caption=caption,
            columns=tuple(head for head, _ in columns),
            rows=tuple(tuple(read(row) for _, read in columns) for row in rows),
            numeric=frozenset(numeric),
            note=note,
            anchors=row_anchors(map(name, rows)) if name else {},
        )

    def _repr_html_(self) -> str:
        heads = "".join(
            f'<th scope="col"{self._kind(number)} style="{self._head_style(number)}">'
            f"{escape(name)}</th>"
            for number, name in enumerate(self.columns)
        )
        rows = "\n".join(
            f"<tr{self._id(number, 0)}>{self._row(row, number)}</tr>"
            for number, row in enumerate(self.rows)
        )
        note = f'\n<p class="note">{escape(self.note)}</p>' if self.note else ""
        return (
            f"<table{self._classes()}>\n<caption>{escape(self.caption)}</caption>\n"
            f"<thead><tr>{heads}</tr></thead>\n"
            f"<tbody>\n{rows}\n</tbody>\n</table>{note}"
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The table as a frame to sort, join and plot; a column of numbers holds numbers.

        A percentage is as printed (4.2 for 4.2 %), marks beside numbers are left out, and what is
        no number, such as "< .001", keeps its whole column as text.
        """
        import pandas as pd

        cells = {
            (number, name): [_text(row[number]) for row in self.rows]
            for number, name in enumerate(self.columns)
        }
        columns = {
            key: _numbers(texts) if key[0] in self.numeric else texts
            for key, texts in cells.items()
        }
        frame = pd.DataFrame(columns)
        frame.columns = pd.Index(self.columns)
        return frame

    def _classes(self) -> str:
        """Mark a table whose names of rows stay in view while it scrolls, and one to be sorted."""
        short = all(len(_text(row[0])) <= _NARROW for row in self.rows)
        pinned = short and len(self.columns) > _FEW and self.kind != "blocks"
        kinds = " ".join(filter(None, ("pinned" * pinned, self.kind)))
        return f' class="{kinds}"' if kinds else ""

    def __repr__(self) -> str:
        lines = [self.caption]
        for row in self.rows:
            pairs = zip(self.columns[1:], row[1:], strict=True)
            lines.append(f"{_text(row[0])}: " + "; ".join(f"{n} {_text(c)}" for n, c in pairs))
        return "\n".join([*lines, *wrap(self.note, 100)])

    def _id(self, row: int, column: int) -> str:
        name = self.anchors.get((row, column))
        return f' id="{escape(name)}"' if name else ""

    def _row(self, row: Sequence[Cell], number: int) -> str:
        first, *rest = row
        cells = [f'<th scope="row"{_unbroken(first)}>{_html(first)}</th>']
        cells += [
            f"<td{self._id(number, n)}{self._kind(n, cell) or _unbroken(cell)}{self._named(n)}>"
            f"{_html(cell)}</td>"
            for n, cell in enumerate(rest, start=1)
        ]
        return "".join(cells)

    def _named(self, number: int) -> str:
        """Name a cell by its head where a block shows no heads."""
        return f' data-head="{escape(self.columns[number])}"' if self.kind == "blocks" else ""

    def _head_style(self, number: int) -> str:
        longest = max((len(_text(row[number])) for row in self.rows), default=0)
        if number in self.numeric:
            return f"white-space:normal;min-width:{_head_width(self.columns[number])}em"
        if longest <= _SHORT:
            return ""
        return f"min-width:{15 if longest > _LONG else round(longest * _PER_LETTER)}em"

    def _kind(self, number: int, cell: Cell = "") -> str:
        """Mark a number; a reason in place of one may take several lines."""
        kind = "num words" if len(_text(cell)) > _SHORT else "num"
        return f' class="{kind}"' if number in self.numeric else ""


def row_anchors(names: Iterable[str]) -> dict[tuple[int, int], str]:
    """Return the anchors of a table whose rows have these names; an empty name is none."""
    return {(number, 0): name for number, name in enumerate(names) if name}


def _head_width(name: str) -> float:
    """Return the width, em, at which the head of a column of numbers takes about three lines."""
    return round(min(0.28 * len(name) + 0.5, 7), 1)


def _unbroken(cell: Cell) -> str:
    return ' style="white-space:nowrap"' if len(_text(cell)) <= _SHORT else ""


def _html(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.href)}">{escape(cell.text)}</a>'
    if isinstance(cell, tuple):
        return ", ".join(_html(link) for link in cell)
    return breakable(cell).replace("\n", "<br>")


def _text(cell: Cell) -> str:
    return ", ".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)


def _numbers(texts: Sequence[str]) -> Sequence[str] | Sequence[float]:
    """Return printed numbers as numbers, NaN where a cell is empty; the texts if one is neither."""
    found = []
    for text in texts:
        bare = text.replace("−", "-").replace(",", "")
        match = _NUMBER.fullmatch(bare)
        if not match and bare.strip() not in _NOTHING:
            return texts
        found.append(float(match[1]) if match else float("nan"))
    return found
