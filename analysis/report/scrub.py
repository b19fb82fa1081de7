"""Executed notebooks without what differs between two runs of the same work."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from analysis.errors import InputError
from analysis.reactions.places import places_of

if TYPE_CHECKING:
    from nbformat import NotebookNode

_PASSING_METADATA = ("papermill", "execution", "ExecuteTime", "widgets")
_ERROR_MARKER = "papermill-error-cell-tag"
_CELL_FILE = re.compile(r"(?<![^\s\"'<>(])[^\s\"'<>(]*ipykernel_\d+[/\\]\d+\.py")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


def scrub_notebook(notebook: NotebookNode, *, folders: Sequence[tuple[Path, str]]) -> NotebookNode:
    """Return a copy of an executed notebook that is the same whenever the same work is done.

    Times, random cell ids, memory addresses, split streams and the names of the machine's folders
    go; sources and results stay.

    Parameters
    ----------
    notebook
        As papermill leaves it.
    folders
        Pairs (folder, what to write in its place), the longest first.
    """
    clean = copy.deepcopy(notebook)
    places = _places(folders)
    _drop(clean.metadata)
    clean.cells = [
        cell for cell in clean.cells if _ERROR_MARKER not in cell.metadata.get("tags", [])
    ]
    for number, cell in enumerate(clean.cells):
        _drop(cell.metadata)
        injected = "injected-parameters" in cell.metadata.get("tags", [])
        cell["id"] = "injected-parameters" if injected else f"cell-{number}"
        if cell.cell_type == "code":
            if injected:
                cell.source = _replace(cell.source, places)
            cell.outputs = [_scrub_output(out, places) for out in _join_streams(cell.outputs)]
    return clean


def _drop(metadata: Any) -> None:
    for name in _PASSING_METADATA:
        metadata.pop(name, None)


def private_places(parameters: Mapping[str, object]) -> list[tuple[Path, str]]:
    """Return what parameters and the machine say of a person: their prices and their home.

    Parameters
    ----------
    parameters
        Of a notebook; ``spec``, or that in ``run``, is the JSON of a run, which names the prices.
    """
    found = [(Path.home(), "~")]
    with suppress(InputError, ValueError, KeyError, TypeError):
        spec = places_of(str(parameters.get("run", "")))["spec"] or str(parameters["spec"])
        prices = Path(json.loads(spec)["prices"])
        if prices.is_absolute():
            found.insert(0, (prices, prices.name))
    return found


def scrub_text(text: str, folders: Sequence[tuple[Path, str]]) -> str:
    """Return a text in which every folder is named as its pair says, however it is written."""
    return _replace(text, _places(folders))


def _places(folders: Sequence[tuple[Path, str]]) -> list[tuple[str, str]]:
    every = [*folders, (Path(sys.prefix), "<python>"), (Path(sys.base_prefix), "<python>")]
    texts = {(str(path), shown) for folder, shown in every for path in {folder, folder.resolve()}}
    home = str(Path.home())
    pairs = {
        (written, f"{shown}/" if text == home else shown)
        for text, shown in texts
        if len(text) > 1
        for written in _ways_to_write(f"{text}/" if text == home else text)
    }
    return sorted(pairs, key=lambda pair: (-len(pair[0]), pair))


def _ways_to_write(path: str) -> set[str]:
    """Return a path as it is, in JSON, in Python, in HTML and in an address, also one in another.

    The parameters of a notebook are Python, and one of them is JSON.
    """
    quoted = quote(path, errors="surrogateescape")
    once = {path, escape(path), escape(path, quote=False), quoted, *_in_quotes(path)}
    return once.union(*(_in_quotes(text) for text in once))


def _in_quotes(text: str) -> set[str]:
    escaped = text.encode("unicode_escape", errors="surrogatepass").decode("ascii")
    return {
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
        repr(text)[1:-1],
        escaped.replace('"', r"\""),
    }


def _replace(text: str, places: list[tuple[str, str]]) -> str:
    for found, shown in places:
        text = text.replace(found, shown)
    return text


def _scrub_text(text: str, places: list[tuple[str, str]]) -> str:
    return _ADDRESS.sub("0x…", _CELL_FILE.sub("<cell>", _replace(text, places)))


def _join_streams(outputs: list[Any]) -> list[Any]:
    """Return outputs with what was printed between two displays in one piece per stream.

    Where the pieces are cut, and which of two streams comes first, depends on time.
    """
    joined: list[Any] = []
    for is_stream, run in groupby(outputs, key=lambda output: output.output_type == "stream"):
        if not is_stream:
            joined += run
            continue
        streams: dict[str, Any] = {}
        for output in run:
            if output.name in streams:
                streams[output.name].text += output.text
            else:
                streams[output.name] = output
        joined += [streams[name] for name in sorted(streams, reverse=True)]  # stdout, then stderr
    return joined


def _scrub_output(output: Any, places: list[tuple[str, str]]) -> Any:
    if output.output_type == "stream":
        output.text = _scrub_text(output.text, places)
    elif output.output_type == "error":
        output.evalue = _scrub_text(output.evalue, places)
        output.traceback = [_scrub_text(line, places) for line in output.traceback]
    else:
        for kind in ("text/plain", "text/html", "text/markdown"):
            if kind in output.data:
                output.data[kind] = _scrub_text(output.data[kind], places)
    return output
