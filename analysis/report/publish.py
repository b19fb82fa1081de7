"""Finished reports as a folder for any static host: pages, tables with meanings, a citation."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from analysis import __version__
from analysis.errors import InputError, ReportError
from analysis.files import sha256_of, write_whole
from analysis.report.dictionary import check_heads, data_package, table_titles, tables
from analysis.report.render import render_template

MARK = ".market-reaction-site"
"""Hidden file in a published folder: only such a folder is ever replaced."""

TITLE = "market-reaction: did the news move the markets more than they would have moved anyway?"


def publish(reports: Path, target: Path) -> list[str]:
    """Copy finished reports into a folder that a static host can serve as it is.

    Parameters
    ----------
    reports
        Folder of finished reports, with ``manifest.json``.
    target
        Where the site goes: a new or empty folder, or one published before, which is replaced.

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
    manifest = _manifest(reports)
    _check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".writing-") as temporary:
            part = Path(temporary) / "site"
            for entry in manifest["files"]:
                _copy(reports, part, entry)
            shutil.copyfile(reports / "manifest.json", part / "manifest.json")
            _describe_data(part, manifest)
            write_whole(part / "CITATION.cff", citation())
            write_whole(part / ".nojekyll", "")  # GitHub Pages then serves every file as it is
            write_whole(part / MARK, "")
            names = sorted(p.relative_to(part).as_posix() for p in part.rglob("*") if p.is_file())
            if target.is_dir():
                shutil.rmtree(target)
            part.replace(target)
    except OSError as error:
        raise ReportError(
            f"{target} could not be written: {error.strerror or error}. Choose another folder."
        ) from error
    return names


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
    except (OSError, ValueError) as error:
        raise InputError(
            "reports",
            str(reports),
            "it holds no finished reports (no manifest.json that can be read).",
            "Run market-reaction report first, or name their folder with --reports.",
        ) from error
    failed = [report["name"] for report in found["reports"] if report["status"] != "ok"]
    if failed:
        raise InputError(
            "reports",
            str(reports),
            f"not all of them are complete: {', '.join(failed)}.",
            "Mend the notebooks and run market-reaction report again.",
        )
    return found


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise InputError("DIR", str(target), "it is a file.", "Name a folder.")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise InputError(
            "DIR",
            str(target),
            "it holds something that was not published from here, and would be lost.",
            "Name a new folder, or one published before.",
        )


def _copy(reports: Path, part: Path, entry: dict[str, Any]) -> None:
    source, place = reports / entry["path"], part / entry["path"]
    if not source.is_file() or sha256_of(source) != entry["sha256"]:
        raise InputError(
            "reports",
            entry["path"],
            "the file is not as manifest.json says.",
            "Run market-reaction report again; it mends what was changed.",
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)


def _describe_data(part: Path, manifest: dict[str, Any]) -> None:
    data = part / "data"
    heads, hashes = {}, {}
    for file in sorted(data.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            heads[file.stem] = next(csv.reader(stream))
        hashes[file.stem] = (file.stat().st_size, sha256_of(file))
    check_heads(heads)
    sources = [entry["path"] for entry in manifest["inputs"]]
    write_whole(data / "datapackage.json", data_package(hashes, title=TITLE, sources=sources))
    write_whole(part / "dictionary.html", dictionary_page())


def dictionary_page() -> str:
    """Return the page that says what every column of every table means."""
    return render_template(
        "dictionary.html.j2",
        title="What the columns mean",
        tables=tables(),
        titles=table_titles(),
        root="",
    )
