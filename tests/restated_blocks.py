"""Prose of a page without a notebook, block by block, for a program that derives it again.

A block is a heading, a paragraph or an item that stands in no table, drawing, code or citation. It
is named by its part of the page and its kind: ``doubt/li`` is an item under "What is in doubt".
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

#: Where no sentence of a page stands: data, drawings, meanings of words, ways around the page.
_LEFT_OUT = {"table", "svg", "script", "style", "pre", "nav", "footer", "form", "dl", "fieldset"}
_CLASSES = {
    "def", "src", "cite", "made", "gloss", "kicker", "legend", "facts", "contents",
}  # fmt: skip
_BLOCKS = {"h1", "h2", "h3", "p", "li", "figcaption", "summary", "b", "span"}
_VOID = {"br", "img", "input", "link", "meta", "hr", "wbr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, bool]] = []
        self.part, self.found = "", []
        self.inside_main = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        kinds = set((values.get("class") or "").split())
        hidden = (
            tag in _LEFT_OUT or bool(kinds & _CLASSES) or bool(self.stack and self.stack[-1][1])
        )
        if tag in ("h2", "figure", "section", "details") and values.get("id"):
            self.part = str(values["id"])
        if tag == "main":
            self.inside_main = True
        if self.inside_main and not hidden and tag in _BLOCKS and not self._open():
            kind = next(iter(sorted(kinds & {"ft", "fs", "deck", "by"})), tag)
            self.found.append([f"{self.part}/{kind}", "", len(self.stack)])
        if tag not in _VOID:
            self.stack.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self.stack:
            last = self.stack.pop()[0]
            if self._open() and self.found[-1][2] == len(self.stack):
                self.found[-1][2] = -1
            if last == tag:
                break
        if tag == "main":
            self.inside_main = False

    def handle_data(self, data: str) -> None:
        if self._open() and not self.stack[-1][1]:
            self.found[-1][1] += data

    def _open(self) -> bool:
        return bool(self.found) and self.found[-1][2] >= 0


def blocks(page: Path | str) -> list[tuple[str, str]]:
    """Names and texts of the blocks of a page, a file or HTML, in order, spaces made plain."""
    text = page if isinstance(page, str) else page.read_text("utf-8")
    reader = _Reader()
    reader.feed(re.sub(r"(?s)<(svg|script|style|table)\b.*?</\1>", "", text))
    plain = ((name, re.sub(r"\s+", " ", text).strip()) for name, text, _ in reader.found)
    return [(name, text) for name, text in plain if text]
