"""SVG written by hand: shapes as text, colours by class, every word escaped.

For pictures whose marks must be focusable; all others are drawn by matplotlib. Coordinates are CSS
pixels, since a drawing is shown one to one (`analysis.chapters.shared.chart`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

from analysis.chapters.shared.style import BAND, DARK, DOWN, INK, PAPER, RULE, SOFT, STILL, UP
from analysis.wording import tie

Points = Sequence[tuple[float, float]]

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PER_LETTER = 6.6
"""Width of a letter of a label, pixels, rounded up: labels must not run into each other."""

_COLOURS = {
    "paper": PAPER, "ink": INK, "soft": SOFT, "rule": RULE, "still": STILL, "band": BAND,
    "mid": "#8f8b80", "up1": UP[0], "up": UP[3], "down1": DOWN[0], "down": DOWN[3],
}  # fmt: skip
_DARK_COLOURS = {**DARK, "#8f8b80": "#7d7a72"}


def _variables(colours: Iterable[tuple[str, str]]) -> str:
    return "".join(f"--c-{name}:{colour};" for name, colour in colours)


_DARK_RULE = _variables((name, _DARK_COLOURS[light]) for name, light in _COLOURS.items())

#: Style of every drawing: a page carries it once, a saved picture inside.
CHART_CSS = (
    f".chart{{{_variables(_COLOURS.items())}}}"
    f"@media screen and (prefers-color-scheme:dark){{.chart{{{_DARK_RULE}}}}}"
    ".chart text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',"
    "'Noto Sans','Liberation Sans',Arial,sans-serif;fill:var(--c-ink)}"
    ".chart .s{fill:var(--c-soft);font-size:12px}.chart .b{font-weight:650}"
    ".chart .e{text-anchor:end}.chart .m{text-anchor:middle}"
    ".chart .halo{paint-order:stroke;stroke:var(--c-paper);stroke-width:4px;"
    "stroke-linejoin:round}"
    ".chart .band{fill:var(--c-band)}.chart .rule{stroke:var(--c-rule);fill:none}"
    ".chart .axis{stroke:var(--c-mid);fill:none}.chart .dot{fill:var(--c-mid)}"
    ".chart .line{stroke:var(--c-ink);fill:none;stroke-width:1.8;stroke-linejoin:round}"
    ".chart .thin{stroke:var(--c-soft);fill:none;stroke-width:1}"
    ".chart .dash{stroke:var(--c-ink);fill:none;stroke-width:1.6;stroke-dasharray:5 4}"
    ".chart .open{fill:var(--c-paper);stroke:var(--c-ink);stroke-width:1.6}"
    ".chart .ink{fill:var(--c-ink)}.chart .mid{fill:var(--c-mid)}"
    ".chart .dots{fill:none;stroke-linecap:round;stroke:var(--c-mid)}"
    ".chart .dots.ink{stroke:var(--c-ink)}"
    ".chart .dots.up{stroke:var(--c-up)}.chart .dots.down{stroke:var(--c-down)}"
    ".chart .up{fill:var(--c-up)}.chart .down{fill:var(--c-down)}"
    ".chart .ups{stroke:var(--c-up);fill:none;stroke-width:1.8}"
    ".chart .downs{stroke:var(--c-down);fill:none;stroke-width:1.8}"
    ".chart .news{fill:var(--c-up1)}"
    ".chart a{cursor:pointer}.chart a:focus{outline:0}"
    ".chart a:focus circle,.chart a:hover circle{stroke:var(--c-ink);stroke-width:2.5px}"
    ".chart a text{text-decoration:underline;text-decoration-thickness:1px;"
    "text-underline-offset:2px}"
    ".chart.w,.chart.mi{display:none}"
    "@media (min-width:44rem){.chart.n{display:none}.chart.mi{display:block}}"
    "@media (min-width:75rem){.chart.mi.haswide{display:none}.chart.w{display:block}}"
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing of a picture at one width.

    Attributes
    ----------
    width, height
        In CSS pixels.
    label
        What there is to see, in words.
    parts
        Shapes, as the functions of this module write them, the lowest first.
    """

    width: int
    height: int
    label: str
    parts: tuple[str, ...]

    def html(self, kind: str = "") -> str:
        """Return the drawing for a page that carries `CHART_CSS`; ``kind``: further classes."""
        return f"{self._head(kind)}{''.join(self.parts)}</svg>"

    def alone(self, title: str) -> str:
        """Return the drawing as a file of its own, with its style inside."""
        head = self._head("").replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        size = f' width="{self.width}" height="{self.height}">'
        style = f"<title>{clean(title)}</title><style>{CHART_CSS}</style>"
        return f"{head[:-1]}{size}{style}{''.join(self.parts)}</svg>"

    def _head(self, kind: str) -> str:
        classes = f"chart {kind}".strip()
        return (
            f'<svg class="{classes}" viewBox="0 0 {self.width} {self.height}" role="group" '
            f'aria-label="{clean(self.label)}" style="max-width:{self.width}px">'
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """From figures to pixels.

    Attributes
    ----------
    low, high
        Ends of the figures shown.
    start, end
        Where these lie, pixels.
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a figure lies."""
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)

    def ticks(self, about: int = 5) -> list[float]:
        """Return about as many round figures as asked for, all on the axis."""
        span = self.high - self.low
        if not isfinite(span) or span <= 0:
            return [self.low]
        rough = span / max(about, 1)
        unit = 10 ** floor(log10(rough))
        step = next(unit * n for n in (1, 2, 5, 10) if unit * n >= rough * 0.7)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [n * step for n in range(first, last + 1)]


def clean(words: str) -> str:
    """Return words as they may stand in SVG: escaped, units tied, nothing unprintable."""
    return escape(tie(_UNPRINTABLE.sub("", words)))


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Write words; ``kind``: ``s`` small, ``b`` bold, ``e`` end, ``m`` middle, ``halo``."""
    return f'<text x="{x:.1f}" y="{y:.1f}"{_class(kind)}>{clean(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Draw a straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"{_class(kind)}/>'


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Draw a box; a negative width reaches to the left."""
    left, wide = (x, width) if width >= 0 else (x + width, -width)
    return (
        f'<rect x="{left:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{height:.1f}"{_class(kind)}/>'
    )


def circle(x: float, y: float, radius: float, kind: str) -> str:
    """Draw a dot or ring."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"{_class(kind)}/>'


def dots(points: Points, radius: float, kind: str) -> str:
    """Draw many dots of one kind as one path of round ends, a tenth of the room of circles."""
    moves = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in points)
    width = f' style="stroke-width:{2 * radius:g}px"'
    return f'<path d="{moves}"{_class(f"dots {kind}")}{width}/>' if points else ""


def path(points: Points, kind: str) -> str:
    """Draw a line through points; it breaks where a point is not finite."""
    moves, pen = [], "M"
    for x, y in points:
        if not (isfinite(x) and isfinite(y)):
            pen = "M"
            continue
        moves.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return f'<path d="{"".join(moves)}"{_class(kind)}/>' if moves else ""


def area(above: Points, below: Points, kind: str) -> str:
    """Fill between two lines over the same points from left to right."""
    around = [*above, *reversed(below)]
    around = [(x, y) for x, y in around if isfinite(x) and isfinite(y)]
    if not around:
        return ""
    shape = "L".join(f"{x:.1f} {y:.1f}" for x, y in around)
    return f'<path d="M{shape}Z"{_class(kind)}/>'


def link(href: str, inner: str, *, label: str, more: str = "") -> str:
    """Make a mark that leads somewhere and can be focused.

    Parameters
    ----------
    href
        Address.
    inner
        Shapes.
    label
        What the mark says to those who do not see it.
    more
        Further attributes, written by the caller.
    """
    extra = f" {more}" if more else ""
    return f'<a href="{escape(href)}" aria-label="{clean(label)}"{extra}>{inner}</a>'


def label_width(words: str) -> float:
    """Return how much room a label takes, pixels, on the safe side."""
    return len(words) * _PER_LETTER


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
