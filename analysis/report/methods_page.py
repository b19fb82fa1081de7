"""The page of definitions: ``docs/methods.md`` with an anchor for every model, test and metric."""

from __future__ import annotations

import re
from pathlib import Path

from analysis.errors import ReportError
from analysis.files import write_whole
from analysis.report.markdown import Prose
from analysis.report.markup import tidy_html
from analysis.report.page import first_title
from analysis.report.render import render_template

_OPENING_CELL = re.compile(r"(<tr>\s*<td>)(.*?)(?=</td>)", re.DOTALL)
_OPENING_ITEM = re.compile(r"(<(?:li|p)>)(<code>\w+</code>)")
_CODE = re.compile(r"<code>(\w+)</code>")


def write_methods(out: Path, *, source: Path) -> Path:
    """Write ``out/methods.html`` from a Markdown file.

    Raises
    ------
    ReportError
        If the file cannot be read or the folder not be written to.
    """
    return write_whole(out / "methods.html", render_methods(_read(source)))


def render_methods(text: str) -> str:
    """Return the page of definitions.

    A name in code that opens a row of a table, an item of a list or a paragraph is defined there:
    it gets its name as ``id``, once, and becomes a link to itself; everywhere else it becomes a
    link to that place.
    """
    html, prose, _ = _render(text)
    return render_template(
        "methods.html.j2",
        title=first_title(text) or "Methods",
        body=html,
        contents=[heading for heading in prose.headings if heading.level == 2],
        root="",
    )


def defined_codes(source: Path) -> frozenset[str]:
    """Return the names a Markdown file defines, for pages that link to them."""
    return _render(_read(source))[2]


def _render(text: str) -> tuple[str, Prose, frozenset[str]]:
    prose = Prose()
    body = tidy_html(prose.render(re.sub(r"^# .*$", "", text, count=1, flags=re.MULTILINE)))
    known: set[str] = {heading.anchor for heading in prose.headings}
    codes: set[str] = set()

    def define(match: re.Match[str]) -> str:
        name = match[1]
        if name in known:
            return match[0]
        known.add(name)
        codes.add(name)
        code = f'<code translate="no">{name}</code>'
        return f'<a class="definition" href="#{name}" id="{name}">{code}</a>'

    body = _OPENING_CELL.sub(lambda found: found[1] + _CODE.sub(define, found[2]), body)
    body = _OPENING_ITEM.sub(lambda found: found[1] + _CODE.sub(define, found[2]), body)

    def refer(match: re.Match[str]) -> str:
        name = match[1]
        return f'<a class="term" href="#{name}">{match[0]}</a>' if name in codes else match[0]

    return _CODE.sub(refer, body), prose, frozenset(codes)


def _read(source: Path) -> str:
    try:
        return source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(
            f"{source} could not be read ({error}); the methods page is made from it. "
            "Restore docs/methods.md in the workspace."
        ) from error
