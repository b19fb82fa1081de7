"""HTML from notebooks made inert and readable: nothing active, nothing loaded, readable tables.

One pass over the text: whatever is not changed keeps its bytes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from html import escape, unescape
from html.parser import HTMLParser

_WITH_CONTENT = frozenset({"script", "iframe", "object", "template", "noscript", "form", "math"})
_VOID = frozenset({"meta", "link", "base", "embed", "frame", "source", "track", "input"})
_ADDRESSES = frozenset({"href", "src", "xlink:href", "poster", "background", "cite", "data"})
_NEVER = frozenset({"srcdoc", "srcset", "action", "formaction", "ping", "border", "target"})
_NUMBER = re.compile(r"[<>≤≥=]?\s*[+\-−±]?[\d.,]*\d[\d.,]*(e[+-]?\d+)?\s*(%|‰|bp)?\s*[*†●○]*$")
_DOWNLOAD = re.compile(r"data:text/csv;charset=utf-8,[\w.~%,:;/()+*@!-]*", re.ASCII)
_SAFE_LINK = re.compile(r"(https?:|mailto:|#|\.{0,2}/|[\w\-.]+(/|$|#|\?))", re.IGNORECASE)

Attributes = list[tuple[str, str | None]]


def tidy_html(text: str, *, codes: Collection[str] = (), definitions: str = "") -> str:
    """Return HTML without active content, with tables for reading.

    Scripts, frames, forms, event attributes and anything that would be loaded are dropped; a table
    inside a link that saves it (`analysis.files.csv_link`) is kept. Tables
    get a container that scrolls and can be reached by keyboard; heads get a ``scope``, numbers a
    class.

    Parameters
    ----------
    text
        HTML of a notebook output or of rendered Markdown.
    codes
        Names of tests and models that have a definition; a table cell with just that name becomes a
        link to it.
    definitions
        Address of the page of definitions, before the ``#``.
    """
    tidy = _Tidy(codes=codes, definitions=definitions)
    tidy.feed(text)
    tidy.close()
    return tidy.result()


class _Tidy(HTMLParser):
    def __init__(self, *, codes: Collection[str], definitions: str) -> None:
        super().__init__(convert_charrefs=False)
        self._codes, self._definitions = codes, definitions
        self._out: list[str] = []
        self._skipping: list[str] = []
        self._tables: list[int] = []
        self._cells: list[tuple[int, str, Attributes]] = []
        self._section = ""
        self._labels: dict[str, int] = {}

    def result(self) -> str:
        while self._tables:  # a table that was never closed
            self._end_table()
        return "".join(self._out)

    # -- what the parser meets -------------------------------------------------------------
    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if self._skipping or tag in _WITH_CONTENT or (tag == "style" and _is_scoped(attrs)):
            if tag not in _VOID:
                self._skipping.append(tag)
            return
        if tag in _VOID:
            return
        if tag == "table":
            self._tables.append(len(self._out))
        elif tag in {"thead", "tbody", "tfoot"}:
            self._section = tag
        kept = _inert(attrs)
        if tag == "img" and not any(name == "src" for name, _ in kept):
            return  # it would be loaded from elsewhere
        if tag in {"th", "td"} and self._tables:
            self._cells.append((len(self._out), tag, kept))
        self._out.append(_tag(tag, kept))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        if self._skipping or tag in _VOID or tag in _WITH_CONTENT:
            return
        if tag == "img":
            self.handle_starttag(tag, attrs)
            return
        self._out.append(_tag(tag, _inert(attrs), closed=True))

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag in self._skipping:
                while self._skipping.pop() != tag:
                    pass
            return
        if tag in _VOID or tag in _WITH_CONTENT:
            return
        if tag in {"th", "td"} and self._cells:
            tag = self._end_cell()
        self._out.append(f"</{tag}>")
        if tag == "table" and self._tables:
            self._end_table()

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            loads = self._out and self._out[-1].startswith("<style") and _loads(data)
            self._out.append("" if loads else data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    # -- tables ----------------------------------------------------------------------------
    def _end_cell(self) -> str:
        start, tag, attrs = self._cells.pop()
        inner = "".join(self._out[start + 1 :])
        text = unescape(re.sub(r"<[^>]+>", "", inner)).strip()
        names = {name for name, _ in attrs}
        if tag == "th" and not text:
            tag = "td"  # an empty head heads nothing
            attrs = [pair for pair in attrs if pair[0] != "scope"]
        elif tag == "th" and "scope" not in names:
            attrs = [*attrs, ("scope", "col" if self._section == "thead" else "row")]
        if tag == "td" and "class" not in names and _NUMBER.fullmatch(text):
            attrs = [*attrs, ("class", "num")]
        if text in self._codes and self._definitions and "<a" not in inner:
            link = f'<a class="term" href="{escape(self._definitions)}#{escape(text)}">'
            self._out[start + 1 :] = [link, inner, "</a>"]
        self._out[start] = _tag(tag, attrs)
        return tag

    def _label(self, words: str) -> str:
        """Return the name of a table's container; no two of a page's part have the same."""
        label = f"Table: {words}" if words else "Table"
        self._labels[label] = self._labels.get(label, 0) + 1
        return label if self._labels[label] == 1 else f"{label} ({self._labels[label]})"

    def _end_table(self) -> None:
        start = self._tables.pop()
        if self._tables:  # inside another table: one container is enough
            return
        inner = "".join(self._out[start:])
        caption = re.search(r"<caption[^>]*>(.*?)</caption>", inner, re.DOTALL)
        words = unescape(re.sub(r"<[^>]+>", "", caption[1])).strip() if caption else ""
        label = escape(self._label(" ".join(words.split()) or _heads(inner)))
        box = f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">'
        self._out[start:] = [box, inner, "</div>"]


def _heads(table: str) -> str:
    """Return the heads of a table's columns, in words; empty if it has none."""
    found = re.search(r"<thead.*?</thead>", table, re.DOTALL)
    cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", found[0], re.DOTALL) if found else []
    texts = (unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in cells)
    return ", ".join(text for text in texts if text)


def _is_scoped(attrs: Attributes) -> bool:
    return any(name == "scoped" for name, _ in attrs)


def _loads(css: str) -> bool:
    return "url(" in css.lower() or "@import" in css.lower()


def _inert(attrs: Attributes) -> Attributes:
    saved = any(name == "download" for name, _ in attrs)
    return [
        (name, value)
        for name, value in attrs
        if _is_inert(name, value or "")
        or (saved and name == "href" and _DOWNLOAD.fullmatch(value or ""))
    ]


def _is_inert(name: str, value: str) -> bool:
    if name.startswith("on") or name in _NEVER:
        return False
    if name == "style":
        return not _loads(value)
    if name not in _ADDRESSES:
        return True
    plain = re.sub(r"[\s\x00-\x1f]", "", value)
    if name == "href":
        return _SAFE_LINK.match(plain) is not None
    return plain.startswith("data:image/")


def _tag(tag: str, attrs: Attributes, *, closed: bool = False) -> str:
    inside = "".join(f" {name}" if v is None else f' {name}="{escape(v)}"' for name, v in attrs)
    return f"<{tag}{inside}{'/' if closed else ''}>"
