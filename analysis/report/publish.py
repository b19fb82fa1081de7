"""Finished reports as a folder for any static host: pages, tables with meanings, a citation."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

from analysis import __version__
from analysis.errors import InputError
from analysis.files import sha256_hex
from analysis.output import OutputFolder, stays_inside
from analysis.report.citing import with_whole_addresses
from analysis.report.dictionary import check_heads, data_package, table_titles, tables
from analysis.report.previews import with_preview
from analysis.report.render import render_template

TITLE = "market-reaction: did the news move the markets more than they would have moved anyway?"


def publish(
    reports: Path, target: Path, *, address: str = "", api: Path | None = None
) -> list[str]:
    """Copy finished reports into a folder that a static host can serve as it is.

    Parameters
    ----------
    reports
        Folder of finished reports, with ``manifest.json``.
    target
        Where the site goes: a new or empty folder, or one published before, of which those files
        are replaced or removed that were published.
    address
        Where the site will be on the web, for the picture that a posted link shows; empty if that
        is not known.
    api
        Folder with the reference of the package (``make docs``), which goes to ``api/`` beside the
        methods page; None for none.

    Returns
    -------
    list of str
        Paths in the folder, sorted.

    Raises
    ------
    InputError
        If there is nothing finished, a file is not as the manifest says, or the target holds
        something else.
    ReportError
        If the target cannot be written.
    """
    folder = OutputFolder(target, "a published site", parameter="DIR").check()
    manifest = _manifest(reports)
    entries = {entry["path"]: entry for entry in manifest["files"]}
    for entry in entries.values():
        _checked_bytes(reports, entry)
    texts = _own_texts(reports, manifest)
    pages, pictures = _shared(reports, entries, address)
    reference = {} if api is None else _reference(api)
    names = sorted({*entries, *texts, *pictures, *reference, "manifest.json"})
    folder.claim(names)
    folder.remove(["manifest.json", *(folder.listed() - set(names))])
    for name, entry in entries.items():
        content = pages.get(name) or _checked_bytes(reports, entry)
        if PurePosixPath(name).name == "run.json":
            content = without_path(content)
        if PurePosixPath(name).name == "run.json" or name in pages:
            entry |= {"bytes": len(content), "sha256": sha256_hex(content)}
        folder.write(name, content)
    added: dict[str, str | bytes] = {**texts, **pictures, **reference}
    for name, text in added.items():
        folder.write(name, text)
    folder.write("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return names


def _reference(folder: Path) -> dict[str, bytes]:
    """Return the pages of the reference by their path in the published folder."""
    if not (folder / "index.html").is_file():
        raise InputError("api", str(folder), "it holds no index.html.", "Make it with: make docs.")
    return {
        f"api/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.suffix in {".html", ".js"} and file.is_file() and not file.is_symlink()
    }


def _shared(
    reports: Path, entries: dict[str, dict[str, Any]], address: str
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return pages with what a posted link shows, and the pictures for it, by path."""
    pages: dict[str, bytes] = {}
    pictures: dict[str, bytes] = {}
    for name in (name for name in entries if name.endswith(".html")):
        text = _checked_bytes(reports, entries[name]).decode("utf-8")
        if address:
            text = with_whole_addresses(text, address.rstrip("/") + "/")
        page, found = with_preview(text, name, address=address)
        pages[name] = page.encode("utf-8")
        pictures |= found
    return pages, pictures


def without_path(record: bytes) -> bytes:
    """Return a ``run.json`` in which prices of one's own have the name of their file alone."""
    found = json.loads(record)
    found["run"]["prices"] = re.split(r"[/\\]", found["run"]["prices"])[-1]
    return (json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def citation() -> str:
    """Return ``CITATION.cff``: how to cite this software and its reports."""
    return (
        "cff-version: 1.2.0\n"
        "message: If you use these figures or this software, please cite it as below.\n"
        f'title: "{TITLE}"\n'
        "type: software\n"
        "authors:\n"
        "  - name: The market-reaction authors\n"
        f"version: {__version__}\n"
        "license: MIT\n"
        "abstract: >-\n"
        "  Event studies of stock markets around dated news, with session-aware event times, a\n"
        "  benchmark aligned by the clock, placebo inference for few events, and reports whose\n"
        "  figures can be traced to their inputs by hash.\n"
        "keywords:\n"
        "  - event study\n"
        "  - abnormal returns\n"
        "  - stock markets\n"
        "  - news\n"
    )


def _manifest(reports: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((reports / "manifest.json").read_text(encoding="utf-8"))
        failed = [report["name"] for report in found["reports"] if report["status"] != "ok"]
        whole = all(
            isinstance(entry["sha256"], str) and stays_inside(entry["path"])
            for entry in found["files"]
        ) and all(isinstance(entry["path"], str) for entry in found["inputs"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unfinished(reports) from error
    if not whole:
        raise _unfinished(reports)
    if failed:
        raise InputError(
            "reports",
            str(reports),
            f"not all of them are complete: {', '.join(failed)}.",
            "Mend the notebooks and run market-reaction report again.",
        )
    return found


def _unfinished(reports: Path) -> InputError:
    return InputError(
        "reports",
        str(reports),
        "it holds no finished reports (no manifest.json that can be read).",
        "Run market-reaction report first, or name their folder with --reports.",
    )


def _checked_bytes(reports: Path, entry: dict[str, Any]) -> bytes:
    """Return the content of a file that is as the manifest says."""
    content: bytes | None
    try:
        content = (reports / entry["path"]).read_bytes()
    except OSError:
        content = None
    if content is None or sha256_hex(content) != entry["sha256"]:
        raise InputError(
            "reports",
            entry["path"],
            "the file is not as manifest.json says.",
            "Run market-reaction report again; it mends what was changed.",
        )
    return content


def _own_texts(reports: Path, manifest: dict[str, Any]) -> dict[str, str]:
    """Return what a published folder has besides the reports: meanings of columns, a citation."""
    heads, hashes = {}, {}
    for entry in manifest["files"]:
        path = PurePosixPath(entry["path"])
        if path.parent == PurePosixPath("data") and path.suffix == ".csv":
            content = _checked_bytes(reports, entry)
            heads[path.stem] = next(csv.reader(io.StringIO(content.decode("utf-8"))))
            hashes[path.stem] = (len(content), entry["sha256"])
    check_heads(heads)
    sources = [entry["path"] for entry in manifest["inputs"]]
    return {
        "data/datapackage.json": data_package(hashes, title=TITLE, sources=sources),
        "dictionary.html": dictionary_page(),
        "CITATION.cff": citation(),
        ".nojekyll": "",  # GitHub Pages then serves every file as it is
    }


def dictionary_page() -> str:
    """Return the page that says what every column of every table means."""
    return render_template(
        "dictionary.html.j2",
        title="What the columns mean",
        tables=tables(),
        titles=table_titles(),
        root="",
    )
