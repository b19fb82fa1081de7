"""A piece of a page that a notebook shows as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from typing import Protocol

_TAG = re.compile(r"<style>.*?</style>|<[^>]+>", re.DOTALL)


class Shown(Protocol):
    """Whatever a notebook shows as HTML."""

    def _repr_html_(self) -> str: ...


@dataclass(frozen=True, slots=True, repr=False)
class Block:
    """HTML made by a chapter.

    Attributes
    ----------
    html
        What a page shows; every word in it is escaped by its maker.
    """

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return " ".join(unescape(_TAG.sub(" ", self.html)).split())


def closed(title: str, *parts: Shown) -> Block:
    """Return parts that stay closed until a reader opens them: statistics."""
    inside = "\n".join(part._repr_html_() for part in parts)
    return Block(f'<details class="more"><summary>{escape(title)}</summary>\n{inside}\n</details>')
