"""A piece of a page that a notebook shows as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

_TAG = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)


class Shown(Protocol):
    """Whatever a notebook shows as HTML."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Block:
    """HTML made by a chapter.

    Attributes
    ----------
    html
        What a page shows; every word in it is escaped by its maker.
    frames
        Its tables and the figures of its pictures, in order, to sort, join and plot.
    """

    html: str
    frames: tuple[pd.DataFrame, ...] = ()

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return " ".join(unescape(_TAG.sub(" ", self.html)).split())


def closed(title: str, *parts: Shown) -> Block:
    """Return parts that stay closed until a reader opens them: statistics."""
    inside = "\n".join(part._repr_html_() for part in parts)
    html = f'<details class="more"><summary>{escape(title)}</summary>\n{inside}\n</details>'
    return Block(html, tuple(frame for part in parts for frame in _frames(part)))


def _frames(part: Shown) -> tuple[pd.DataFrame, ...]:
    if isinstance(part, Block):
        return part.frames
    found = (getattr(part, name, None) for name in ("frame", "data"))
    return tuple(frame for frame in found if frame is not None)
