"""A picture made of SVG that a page shows inline: title, how to read it, drawings, source, data."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import pandas as pd

from analysis.chapters.shared.svg import CHART_CSS, Drawing
from analysis.errors import InputError
from analysis.files import csv_link, file_stem
from analysis.wording import tie

_KINDS = {1: ("",), 2: ("mi", "n"), 3: ("w", "mi haswide", "n")}
"""Classes of the drawings of a picture from wide to narrow: the page shows one of them."""


@dataclass(frozen=True, eq=False, repr=False)
class Chart:
    """A finished picture of marks and words.

    Attributes
    ----------
    name
        Its anchor on the page and the name of what is saved.
    title
        The finding.
    reading
        One line on how to read it.
    drawings
        The same picture at one, two or three widths, the widest first.
    source
        Where the figures come from, with their date.
    table
        What is drawn, a row for every mark.
    below
        HTML under the drawings, written by the caller; may be empty.
    kind
        A class of the whole figure, by which a page shows or hides it.
    """

    name: str
    title: str
    reading: str
    drawings: tuple[Drawing, ...]
    source: str = ""
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    below: str = ""
    kind: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise InputError("title", self.title, "a picture needs one.", "Say what is to be seen.")
        if len(self.drawings) not in _KINDS:
            raise InputError("drawings", len(self.drawings), "one, two or three are shown.")

    def __repr__(self) -> str:
        return f"{self.title}\n[Picture: {self.drawings[0].label}]"

    @property
    def data(self) -> pd.DataFrame:
        """The figures the picture shows, a row for every mark."""
        return self.table.copy()

    def html(self) -> str:
        """Return the figure for a page that carries the style and script of pictures."""
        kinds = _KINDS[len(self.drawings)]
        shapes = "".join(d.html(kind) for d, kind in zip(self.drawings, kinds, strict=True))
        kind = f' class="{self.kind}"' if self.kind else ""
        return (
            f'<figure id="{file_stem(self.name)}"{kind}>{self._words()}{shapes}{self.below}'
            f'<p class="src">{self._source()}</p></figure>'
        )

    def _words(self) -> str:
        reading = f'<p class="fs">{escape(tie(self.reading))}</p>' if self.reading else ""
        return f'<p class="ft">{escape(tie(self.title))}</p>{reading}'

    def _source(self) -> str:
        saved = csv_link(self.table, name=self.name, title=self.title, digits=6)
        name = escape(file_stem(self.name))
        image = (
            f'<span class="images noprint" data-name="{name}" hidden>Save the picture: '
            f'<button type="button" data-as="svg">SVG</button> '
            f'<button type="button" data-as="png">PNG</button></span>'
        )
        parts = (f'<span class="from">{escape(self.source)}</span>', saved, image)
        return " ".join(filter(None, parts))

    def _repr_html_(self) -> str:
        """Return the figure for a notebook, with its style."""
        return f"<style>{CHART_CSS}</style>{self.html()}"
