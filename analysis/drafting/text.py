"""Plain text or HTML to one plain text whose every character knows where it came from."""

from __future__ import annotations

import bisect
import html
import re
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser

from analysis.drafting.words import words

__all__ = ["ArticleText", "Sentence", "read_text"]

MAX_CHARS = 4_000_000
"""Longest text that is read; an article is a thousandth of it."""

_BLOCKS = words("html_blocks")
_CELLS = frozenset({"td", "th"})
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "math", "iframe", "object"})
_LOOKS_LIKE_HTML = re.compile(
    r"<(?:!doctype|html|head|body|article|main|section|div|p|h[1-6]|span|br|ul|ol|table)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t\r\f\v\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]")
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_LONGEST = 3000
#: A line of some length that ends in the middle of a sentence, and goes on in the next one.
_WRAPPED = re.compile(r"((?<=\n)(?=[^\n]{45,95}\n)[^\n]{44,94}[a-z,&\d–-] ?)\n(?=[^\s•*—-])")
_FEWEST_WRAPPED = 3
_ABBREVIATIONS = words("abbreviations")
_STOP = re.compile(r"[.!?…。！？]+[\"'”’)\]]{0,3}(?=\s|$)|\n+")
#: What goes on behind "a.m." though it has a capital: a zone, a place or a weekday.
_SAME_SENTENCE = re.compile(
    r"\s*(?:E[DS]?T|P[DS]?T|C[DS]?T|[A-Z]{3,4}\b|Eastern|Pacific|Central|"
    r"Mon|Tue|Wed|Thu|Fri|Sat|Sun|Beijing|Tokyo|London|New York)"
)
_Pieces = list[tuple[str, int, bool]]
"""Text, its offset in the source, and whether its line breaks are meant."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: where it starts and ends in the text, and the characters between."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class ArticleText:
    """A text as it is read, with the way back to its source.

    Attributes
    ----------
    plain
        What is read: no markup, every kind of space one blank, line breaks kept.
    starts, origins
        Where runs of characters start in ``plain`` and in the source; inside a run both advance
        together, a run of one character may stand for more of the source (``&amp;``).
    length, is_html
        Characters of the source, and whether it was read as HTML.
    """

    plain: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]
    length: int
    is_html: bool

    def origin(self, offset: int) -> int:
        """Return where in the source the character at ``offset`` of the plain text stands."""
        if not self.starts:
            return 0
        run = max(bisect.bisect_right(self.starts, offset) - 1, 0)
        return min(self.origins[run] + offset - self.starts[run], self.length)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """Sentences in order; a line break ends one, the stop of "Jan." or "U.S." does not."""
        return tuple(_sentences(self.plain))

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [sentence.start for sentence in self.sentences]

    def sentence_index(self, offset: int) -> int:
        """Return the number of the sentence that holds an offset, or of the last one before it."""
        return max(bisect.bisect_right(self._sentence_starts, offset) - 1, 0)

    def sentence_at(self, offset: int) -> Sentence:
        """Return that sentence, or an empty one of an empty text."""
        if not self.sentences:
            return Sentence(0, 0, "")
        return self.sentences[self.sentence_index(offset)]


def read_text(source: str, *, is_html: bool | None = None) -> ArticleText:
    """Read plain text or HTML, at most `MAX_CHARS` of it.

    Scripts, styles and attributes are left out; text of unclosed or misnested tags is kept. Takes
    time in proportion to the length.

    Parameters
    ----------
    source
        The text.
    is_html
        None to see by its tags.
    """
    source = source[:MAX_CHARS]
    html_given = bool(_LOOKS_LIKE_HTML.search(source[:20_000])) if is_html is None else is_html
    pieces = _html_pieces(source) if html_given else [(_unwrapped(source), 0, True)]
    return _joined(pieces, len(source), html_given)


def _unwrapped(source: str) -> str:
    """Return a text whose lines were cut at a width with blanks for the breaks inside sentences."""
    if len(_WRAPPED.findall(source)) < _FEWEST_WRAPPED:
        return source
    return _WRAPPED.sub(lambda match: match[1] + " ", source)


class _Reader(HTMLParser):
    """Collects text with its offsets in the source."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: _Pieces = []
        self._silent, self._silent_tag = 0, ""
        self._lines = [0, *(match.end() for match in re.finditer("\n", source))]

    def _add(self, text: str, whole: bool = True) -> None:
        line, column = self.getpos()
        at = self._lines[min(line - 1, len(self._lines) - 1)] + column
        self.pieces.append((text, at, whole))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent_tag = self._silent_tag if self._silent else tag
            self._silent += tag == self._silent_tag
        elif tag in _BLOCKS or tag in _CELLS:
            self._add(" " if tag in _CELLS else "\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent_tag:
            self._silent -= 1
        elif tag in _BLOCKS:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._add(data, whole=False)

    def handle_entityref(self, name: str) -> None:
        if not self._silent:
            self._add(html.unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.handle_entityref(f"#{name}")


def _html_pieces(source: str) -> _Pieces:
    reader = _Reader(source)
    try:
        reader.feed(source)
        reader.close()
    except (AssertionError, ValueError):  # the parser gives up on some malformed declarations
        return [(re.sub(r"<[^<>]{0,2000}>", lambda m: " " * len(m[0]), source), 0, False)]
    return reader.pieces


def _joined(pieces: _Pieces, length: int, is_html: bool) -> ArticleText:
    """Join pieces; within HTML a line break of the source is a blank, one of a block is kept."""
    out: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    at = 0
    for text, origin, whole in pieces:
        clean = _CONTROLS.sub(" ", _SPACES.sub(" ", text))
        clean = clean if whole else clean.replace("\n", " ")
        if clean:
            starts.append(at)
            origins.append(origin)
            out.append(clean)
            at += len(clean)
    return ArticleText("".join(out), tuple(starts), tuple(origins), length, is_html)


def _sentences(text: str) -> list[Sentence]:
    found: list[Sentence] = []
    start = 0
    for match in _STOP.finditer(text):
        if match[0][0] != "." or _ends_sentence(text, match.start(), match.end()):
            _add(found, text, start, match.end())
            start = match.end()
    _add(found, text, start, len(text))
    return found


def _add(found: list[Sentence], text: str, start: int, end: int) -> None:
    piece = text[start:end].rstrip()
    start += len(piece) - len(piece.lstrip())
    piece = piece.lstrip()
    while (
        piece
    ):  # what is too long is no sentence: cut at a blank, so that work stays in proportion
        cut = len(piece)
        if cut > _LONGEST:
            cut = piece.rfind(" ", _LONGEST // 2, _LONGEST) + 1 or _LONGEST
        found.append(Sentence(start, start + cut, piece[:cut]))
        start, piece = start + cut, piece[cut:]


def _ends_sentence(text: str, stop: int, end: int) -> bool:
    """Tell a full stop from that of an abbreviation or an initial."""
    start = stop
    while start > max(0, stop - 12) and (text[start - 1].isalpha() or text[start - 1] == "."):
        start -= 1
    word, after = text[start:stop].casefold(), text[end : end + 3].lstrip()
    if word in ("a.m", "p.m"):
        opens = bool(after) and (after[0].isupper() or after[0] in '"“')
        return opens and not _SAME_SENTENCE.match(text[end : end + 12])
    if word in _ABBREVIATIONS or re.fullmatch(r"[a-z](?:\.[a-z])+", word):
        return False
    return not (len(word) == 1 and word.isalpha() and text[start].isupper())
