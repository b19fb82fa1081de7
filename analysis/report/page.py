"""One executed notebook, one HTML file that loads nothing from elsewhere."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.report.citing import Cited, with_citations
from analysis.report.jupyter import light_imports
from analysis.report.manifest import Provenance
from analysis.report.markdown import Heading, Prose
from analysis.report.markup import tidy_html
from analysis.report.render import TEMPLATES, render_template, script_hash

if TYPE_CHECKING:
    from nbformat import NotebookNode

INDEX, METHODS = "../index.html", "../methods.html"
_KINDS = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")
_TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_ID = re.compile(r'<[a-z]+ id="([^"]+)"')
_ROW = re.compile(r'<a class="row" href="#([^"]+)">([^<]*)</a>')
_VERDICT = re.compile(r'<h1 class="verdict">(.*?)</h1>', re.DOTALL)
_LABEL = re.compile(r'aria-label="((?:Table|Picture)[^"]*)"')
_CODE = re.compile(r'<details class="code">.*?</details>\n?', re.DOTALL)
_TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """One parameter as the reader sees it: name, value, and what it means."""

    name: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file beside the page that holds its figures as data.

    Attributes
    ----------
    href
        Address relative to the page, such as ``tests.csv``.
    label
        What is in it, in a few words.
    """

    href: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class PageHeader:
    """What stands at the head and the foot of a report.

    Attributes
    ----------
    title
        Name of the report.
    question
        The question it answers; the first heading of the notebook if empty.
    kicker
        Two or three words above the title: what kind of page it is.
    parameters, provenance, files
        What it was run with, on what, and where its figures are.
    address
        Where it lies in the folder of the front page, for citations; empty for none.
    """

    title: str
    question: str = ""
    kicker: str = "Report"
    parameters: tuple[ParameterRow, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    files: tuple[DataFile, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Where and why a notebook stopped.

    Attributes
    ----------
    error, message
        Name of the exception and its text.
    cell
        Number of the cell in the executed notebook, from 1; None if no cell is to blame.
    code
        First line of that cell.
    """

    error: str
    message: str
    cell: int | None = None
    code: str = ""

    def __str__(self) -> str:
        where = f"cell {self.cell} ({self.code}): " if self.cell else ""
        return f"{where}{self.error}: {self.message}"


def pictures_without_alt(notebook: NotebookNode) -> list[int]:
    """Return the numbers (from 1) of cells that show a picture without alternative text."""
    return [
        number
        for number, cell in enumerate(notebook.cells, start=1)
        for output in cell.get("outputs", ())
        if (kind := _picture_kind(output)) and not _about(output, kind).get("alt", "").strip()
    ]


def first_heading(notebook: NotebookNode) -> str:
    """Return the text of the notebook's first heading of rank one, its question; empty if none."""
    titles = (first_title(cell.source) for cell in notebook.cells if cell.cell_type == "markdown")
    return next((title for title in titles if title), "")


def first_title(markdown: str) -> str:
    """Return the text of the first heading of rank one in a piece of Markdown; empty if none."""
    found = _TITLE.search(markdown)
    return found[1].strip() if found else ""


def render_page(
    notebook: NotebookNode,
    header: PageHeader,
    *,
    failure: Failure | None = None,
    codes: Collection[str] = (),
) -> str:
    """Return the page of an executed notebook.

    Parameters
    ----------
    notebook
        Executed and scrubbed (`analysis.report.scrub.scrub_notebook`); not changed.
    header
        Title, parameters and provenance.
    failure
        Shown in a banner at the head of the page.
    codes
        Names of tests and models defined on the page of methods; they become links to it.

    Notes
    -----
    The page's policy forbids every script but its own, which saves pictures, and every address but
    ``data:`` pictures, so that even an output that slipped through could neither run nor load
    anything.
    """
    prose = Prose(codes=codes, definitions=METHODS)
    body, verdict = _verdict(drop_dead_rows(_body(_prepare(notebook, prose, codes))))
    script = (TEMPLATES / "picture.js").read_text(encoding="utf-8")
    cited = Cited(header.address, header.provenance.data_end)
    page = render_template(
        "page.html.j2",
        script=script,
        script_hash=script_hash(script),
        title=header.title,
        description=verdict or header.question or header.title,
        verdict=verdict,
        header=header,
        question=header.question or first_heading(notebook),
        body=body,
        contents=[heading for heading in prose.headings if heading.level == 2],
        failure=failure,
        citation=cited.line(header.title) if header.address else "",
        root="../",
    )
    return with_citations(page, cited) if header.address else page


def _told_apart(body: str) -> str:
    """Return a page on which no two containers of tables or pictures have the same name."""
    seen: dict[str, int] = {}

    def name(label: re.Match[str]) -> str:
        seen[label[1]] = seen.get(label[1], 0) + 1
        return label[0] if seen[label[1]] == 1 else f'aria-label="{label[1]} ({seen[label[1]]})"'

    return _LABEL.sub(name, body)


def _verdict(body: str) -> tuple[str, str]:
    """Return a page without the answer it gives as a headline, and that answer; empty for none."""
    found = _VERDICT.search(body)
    return (_VERDICT.sub("", body), unescape(found[1])) if found else (body, "")


def page_parts(notebook: NotebookNode) -> tuple[str, list[Heading]]:
    """Return what a notebook shows, without its code, and its headings of rank two."""
    prose = Prose()
    body = drop_dead_rows(_body(_prepare(notebook, prose, ())))
    return _CODE.sub("", body), [heading for heading in prose.headings if heading.level == 2]


def anchors_of(html: str) -> list[str]:
    """Return the names of the rows and pictures of a page that sentences can lead to."""
    return [unescape(name) for name in _ID.findall(html)]


def drop_dead_rows(html: str) -> str:
    """Return a page without the links of figures whose row is on no table of it.

    A notebook chooses its tables, and tables show the first rows only; a figure whose row is not
    shown stays, as plain text.
    """
    known = set(anchors_of(html))
    return _ROW.sub(lambda link: link[0 if unescape(link[1]) in known else 2], html)


def _prepare(notebook: NotebookNode, prose: Prose, codes: Collection[str]) -> NotebookNode:
    """Return a copy with Markdown as HTML, one kind per output, and silent code gathered."""
    ready = copy.deepcopy(notebook)
    question_seen = False
    for cell in ready.cells:
        if cell.cell_type == "markdown":
            if not question_seen and _TITLE.search(cell.source):
                cell.source, question_seen = _TITLE.sub("", cell.source, count=1), True
            cell.source = tidy_html(prose.render(cell.source), codes=codes, definitions=METHODS)
            continue
        for output in cell.get("outputs", ()):
            _prepare_output(output, prose, codes)
    ready.cells = _gather_silent_code([cell for cell in ready.cells if cell.source.strip()])
    return ready


def _prepare_output(output: Any, prose: Prose, codes: Collection[str]) -> None:
    if output.output_type == "execute_result":
        output.output_type = "display_data"
    if output.output_type == "display_data":
        kind = next((kind for kind in _KINDS if kind in output.data), None)
        value = output.data[kind] if kind else ""
        if kind == "text/markdown":
            kind, value = "text/html", prose.render(value)
        if kind == "text/html":
            value = tidy_html(value, codes=codes, definitions=METHODS)
        about = _about(output, kind or "")
        output.data = {kind: value} if kind else {}
        output.metadata = {kind: about} if kind else {}
    elif output.output_type == "error":
        output.traceback = [_TERMINAL_COLOUR.sub("", line) for line in output.traceback]
    elif output.output_type == "stream":
        output.text = _TERMINAL_COLOUR.sub("", output.text)


def _gather_silent_code(cells: list[Any]) -> list[Any]:
    """Join code cells that show nothing with the code cell that follows them directly."""
    gathered: list[Any] = []
    for cell in cells:
        before = gathered[-1] if gathered else None
        silent = before is not None and before.cell_type == "code" and not before.outputs
        if cell.cell_type == "code" and silent:
            cell.source = f"{gathered.pop().source}\n\n{cell.source}"
        gathered.append(cell)
    return gathered


def _body(notebook: NotebookNode) -> str:
    text, _ = _exporter().from_notebook_node(notebook)
    return _told_apart(str(text))


@cache
def _exporter() -> Any:
    light_imports()
    from nbconvert.exporters.templateexporter import TemplateExporter

    make: Any = TemplateExporter
    exporter = make(
        template_name="cells",
        template_file="cells.html.j2",
        extra_template_basedirs=[str(TEMPLATES)],
        enable_async=False,
    )
    exporter.register_filter("data_address", _data_address)
    exporter.register_filter("highlight", _highlight)
    return exporter


def _highlight(source: str) -> str:
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

    return str(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))


def _data_address(value: Any, kind: str) -> str:
    """Return a picture as a ``data:`` address, where an SVG keeps its ids and styles private."""
    text = value if isinstance(value, str) else "".join(value)
    if kind == "image/svg+xml":
        text = base64.b64encode(text.encode("utf-8")).decode("ascii")
    return f"data:{kind};base64,{''.join(text.split())}"


def _picture_kind(output: Any) -> str | None:
    data = output.get("data", {})
    shown = next((kind for kind in _KINDS if kind in data), None)
    return shown if shown in _PICTURES else None


def _about(output: Any, kind: str) -> dict[str, Any]:
    found = output.get("metadata", {}).get(kind, {})
    return dict(found) if isinstance(found, dict) else {}


def page_path(out: Path, name: str) -> Path:
    """Return where the page of a report lies under the folder of all reports."""
    return out / name / f"{name}.html"
