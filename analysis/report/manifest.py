"""What was made from what: provenance for every page, and ``manifest.json`` beside the reports."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from analysis.files import sha256_of, write_whole
from analysis.output import OutputFolder

PACKAGES = (
    "market-reaction",
    "exchange-calendars",
    "matplotlib",
    "nbconvert",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "statsmodels",
)
"""Distributions whose versions are printed on every page."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the numbers of a page come from.

    Attributes
    ----------
    data_start, data_end
        First and last session with a price; None where it is not known.
    source
        Price source in words, such as ``"snapshot"``.
    inputs
        Pairs (file name, SHA-256) of every input file.
    versions
        Pairs (package, version).
    banner
        What must stand at the top of the page; empty if nothing must.
    """

    data_end: date | None = None
    data_start: date | None = None
    source: str = ""
    inputs: tuple[tuple[str, str], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    banner: str = ""


@cache
def versions(packages: tuple[str, ...] = PACKAGES) -> tuple[tuple[str, str], ...]:
    """Return (package, version) pairs, Python first, without packages that are missing."""
    found = [("Python", platform.python_version())]
    for name in packages:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)


def describe_files(folder: Path, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return name, size in bytes and SHA-256 of files in a folder, in the order given."""
    return [
        {"path": name, "bytes": (folder / name).stat().st_size, "sha256": sha256_of(folder / name)}
        for name in names
    ]


def listed_files(out: Path, reports: Iterable[str]) -> list[str]:
    """Return the paths of the pages and of the files of these reports, sorted; none that is hidden.

    Where the folder has a marker, files that are not ours are passed over.

    Parameters
    ----------
    out
        Folder of the reports.
    reports
        Names of the reports of this run.
    """
    folders = [out / name for name in ("data", "events", *reports)]
    found = [*out.glob("*.html"), *(file for folder in folders for file in folder.rglob("*"))]
    names = {
        file.relative_to(out).as_posix()
        for file in found
        if file.is_file() and not file.name.startswith(".")
    }
    return sorted(names & (OutputFolder(out).listed() or names))


def write_manifest(
    out: Path, *, provenance: Provenance, reports: Iterable[Mapping[str, Any]] = ()
) -> Path:
    """Write ``manifest.json``: inputs, versions, and every file of this run with its hash.

    Parameters
    ----------
    out
        Folder of the reports.
    provenance
        Inputs and versions of the run.
    reports
        One mapping per report (name, title, notebook, parameters, status), as
        `analysis.report.job.JobResult.to_dict` returns it.

    Notes
    -----
    No time, path or host name is in it, and nothing of earlier runs: the same inputs give the
    same bytes.
    """
    listed = [dict(report) for report in reports]
    names = listed_files(out, [str(report["name"]) for report in listed])
    content = {
        "data_start": provenance.data_start and provenance.data_start.isoformat(),
        "data_end": provenance.data_end and provenance.data_end.isoformat(),
        "source": provenance.source,
        "inputs": [{"path": name, "sha256": digest} for name, digest in provenance.inputs],
        "versions": dict(provenance.versions),
        "reports": listed,
        "files": describe_files(out, names),
    }
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=False)
    return write_whole(out / "manifest.json", text + "\n")
