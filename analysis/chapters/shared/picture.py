"""A picture as a reader gets it: title, drawing, alternative text and caption in one piece."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.shared.style import DARK, PAPER
from analysis.errors import InputError
from analysis.files import csv_link, file_stem
from analysis.wording import tie

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FONTS = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', "
    "'DejaVu Sans', sans-serif"
)
_PIXELS = 112
"""CSS pixels an inch of a drawing takes on a page."""
_SHAPE = re.compile(r'(?<= d=")[^"]+')
_LONG = re.compile(r"\d+\.\d{3,}")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PROLOGUE = re.compile(r"\A.*?(?=<svg )", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Drawn:
    """What a picture was drawn from, for readers who want the figures.

    Attributes
    ----------
    name
        Name of the file it is saved as, without its ending; also the picture's anchor.
    table
        A row for everything drawn, columns named as in the tables of a study; empty if nothing
        could be drawn.
    digits
        Significant digits that are written: more than any drawing shows. The tables of the study
        hold all.
    """

    name: str
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    digits: int = 6


@dataclass(frozen=True, eq=False, repr=False)
class Picture:
    """A finished picture; Jupyter and the pages show the same.

    Attributes
    ----------
    svg
        The drawing; the same bytes for the same figures.
    title
        The finding in words, above the drawing.
    alt
        What there is to see, for those who do not see it.
    caption
        How to read it, below the drawing; may be empty.
    size
        Width and height on a page, CSS pixels.
    least
        Width below which a narrow screen scrolls instead of shrinking further, CSS pixels.
    drawn
        The figures it shows.
    """

    svg: str
    title: str
    alt: str
    caption: str = ""
    size: tuple[int, int] = (0, 0)
    least: int = 0
    drawn: Drawn = field(default_factory=lambda: Drawn("figure"))

    def __repr__(self) -> str:
        return f"{self.title}\n[Picture: {self.alt}]"

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode("utf-8")).decode("ascii")
        below = " ".join(filter(None, (escape(tie(self.caption)), self._link())))
        caption = f"<figcaption>{below}</figcaption>" if below else ""
        return (
            f'<figure id="figure.{file_stem(self.drawn.name)}">'
            f'<p class="figure-title"><strong>{escape(tie(self.title))}</strong></p>'
            f'<div class="scroll-picture" tabindex="0" role="region" '
            f'aria-label="{escape("Picture: " + self.title)}">'
            f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(self.alt)}"'
            f"{self._measures()}>"
            f"</div>"
            f"{caption}</figure>"
        )

    @property
    def data(self) -> pd.DataFrame:
        """The figures the picture shows, a row for everything drawn."""
        return self.drawn.table.copy()

    def _link(self) -> str:
        drawn = self.drawn
        return csv_link(drawn.table, name=drawn.name, title=self.title, digits=drawn.digits)

    def _measures(self) -> str:
        width, height = self.size
        least = f"min-width:{self.least}px;" if self.least else ""
        return f' width="{width}" height="{height}" style="{least}max-width:100%;height:auto"'

    def save(self, path: Path) -> Path:
        """Write the drawing to a file and return its path."""
        path.write_text(self.svg, encoding="utf-8", newline="\n")
        return path


def figure_output(
    fig: Figure, *, drawn: Drawn, title: str, alt: str, caption: str = "", least: int = 0
) -> Picture:
    """Turn a matplotlib figure into a picture with the words it must have.

    Parameters
    ----------
    fig
        The drawing.
    drawn, title, alt, caption, least
        See `Picture`.

    Raises
    ------
    InputError
        If the title or the alternative text is empty.
    """
    for name, text in (("title", title), ("alt", alt)):
        if not text.strip():
            raise InputError(name, text, "a picture needs one.", "Say what is to be seen.")
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    _lay_out(fig)
    fig.savefig(buffer, format="svg", metadata=nothing)
    width, height = (round(_PIXELS * inches) for inches in fig.get_size_inches())
    svg = _finished(buffer.getvalue(), title)
    size = (width, height)
    return Picture(svg, title, alt, caption, size=size, least=least, drawn=drawn)


def _lay_out(fig: Figure) -> None:
    """Place the panels as ``savefig`` would, which draws all once more than is needed for that."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(fig)  # text is as wide as where it will stand
    if engine := fig.get_layout_engine():
        engine.execute(fig)
        fig.set_layout_engine(None)


def _hundredths(shape: re.Match[str]) -> str:
    """Return a shape with coordinates to a hundredth of a point.

    No eye and no printer tells them from six decimals, and long lines take a third less room.
    """
    return _LONG.sub(lambda number: f"{float(number[0]):.2f}", shape[0])


def _finished(svg: str, title: str) -> str:
    """Give the drawing its title, the reader's fonts and colours for dark pages."""
    svg = _PROLOGUE.sub("", svg, count=1).replace("'DejaVu Sans'", _FONTS)
    svg = _SHAPE.sub(_hundredths, svg)
    head, body = svg.split(">", 1)
    dark = "".join(
        f'[style*="{name}: {light}"]{{{name}:{dark}!important}}'
        for light, dark in DARK.items()
        for name in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme:dark){{svg{{background:{DARK[PAPER]}}}{dark}}}"
    finished = f"{head}>\n<title>{escape(title)}</title>\n{style}</style>{body}"
    return _NOT_XML.sub("", finished)
