"""Markdown to HTML, the same for notebooks and for the methods page."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from html import escape
from typing import Any

import mistune


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of a page.

    Attributes
    ----------
    level
        2 for a section, 3 for a part of one.
    anchor
        Its ``id``.
    text
        Plain text.
    """

    level: int
    anchor: str
    text: str


@dataclass(slots=True)
class Prose:
    """Renders the Markdown of one page and remembers its headings.

    HTML inside the Markdown is shown, not obeyed, so a title from a file cannot become part of the
    page. Pictures are kept only when they are part of the text (``data:``); all else on a page
    would have to be loaded.

    Parameters
    ----------
    codes
        Names of tests and models that have a definition; a code span of such a name becomes a link
        to it.
    definitions
        Address of the page of definitions, before the ``#``.
    """

    codes: Collection[str] = ()
    definitions: str = ""
    headings: list[Heading] = field(default_factory=list)

    def render(self, text: str, *, above: int = 1) -> str:
        """Return the HTML of a piece of Markdown.

        Parameters
        ----------
        text
            Markdown, with tables.
        above
            Headings of this level or higher rank are lowered to the next one: 1 because a page has
            one title.
        """
        parse = mistune.create_markdown(
            renderer=_Renderer(self, above=above), plugins=["table", "strikethrough", "def_list"]
        )
        return str(parse(text))

    def anchor(self, text: str) -> str:
        """Return an ``id`` made from a heading that no other heading of the page has."""
        base = re.sub(r"[^a-z0-9_]+", "-", text.casefold()).strip("-") or "section"
        taken = {heading.anchor for heading in self.headings}
        found, count = base, 2
        while found in taken:
            found, count = f"{base}-{count}", count + 1
        return found


class _Renderer(mistune.HTMLRenderer):
    def __init__(self, page: Prose, *, above: int) -> None:
        super().__init__(escape=True)
        self._page, self._above = page, above

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        level = max(level, self._above + 1)
        plain = re.sub(r"<[^>]+>", "", text)
        anchor = self._page.anchor(_unescape(plain))
        self._page.headings.append(Heading(level=level, anchor=anchor, text=_unescape(plain)))
        return f'<h{level} id="{escape(anchor)}">{text}</h{level}>\n'

    def codespan(self, text: str) -> str:
        shown = f"<code>{escape(text, quote=False)}</code>"
        if text in self._page.codes and self._page.definitions:
            return f'<a class="term" href="{escape(self._page.definitions)}#{text}">{shown}</a>'
        return shown

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if url.startswith("data:image/"):
            return f'<img src="{escape(url)}" alt="{escape(text)}">'
        return escape(text)


def _unescape(text: str) -> str:
    from html import unescape

    return unescape(text)
