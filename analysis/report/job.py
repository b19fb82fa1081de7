"""What is to be run and what became of it: jobs, checked before the first kernel starts."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from analysis.errors import InputError, lines_of
from analysis.files import sha256_of
from analysis.output import STAMP
from analysis.report.current import without_places
from analysis.report.jupyter import read_notebook
from analysis.report.manifest import Provenance
from analysis.report.page import DataFile, Failure
from analysis.report.parameters import declared_parameters
from analysis.report.scrub import private_places, scrub_text

if TYPE_CHECKING:
    from nbformat import NotebookNode

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")

Status = Literal["ok", "failed"]


@dataclass(frozen=True, slots=True)
class NotebookJob:
    """One notebook to run with one set of parameters.

    Attributes
    ----------
    name
        Folder and file name of the report: lower-case letters, digits, hyphens.
    title
        Title of the page.
    notebook
        The ``.ipynb`` file.
    parameters
        JSON values by name; every name must be declared in the notebook's ``parameters`` cell.
    tier
        ``core`` or ``full``, as in the list of studies.
    question, kicker
        See `PageHeader`.
    provenance
        Inputs and versions to print on the page.
    files
        Data files the notebook leaves beside its page; one that is missing afterwards is a failure.
    timeout
        Seconds one cell may take.
    parts
        What the report depends on (`analysis.report.current.report_parts`), kept beside a page that
        was finished; empty to keep nothing.
    """

    name: str
    title: str
    notebook: Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    tier: str = "core"
    question: str = ""
    kicker: str = "Report"
    provenance: Provenance = field(default_factory=Provenance)
    files: tuple[DataFile, ...] = ()
    timeout: float = 600.0
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobResult:
    """What became of a job.

    Attributes
    ----------
    job
        The job, its parameters as JSON values.
    status
        ``ok`` or ``failed``.
    failure
        Where and why it stopped; None if it did not.
    seconds
        Wall time, the page included. In no file.
    page, notebook
        The HTML file and the executed copy; both exist for a failed job, too.
    kept
        True if the report was finished before and stands as it was.
    attempts
        How often it was run: twice if its kernel died. In no file.
    page_sha256
        Of the page as it was written, by whichever machine wrote it; empty for a kept one.
    """

    job: NotebookJob
    status: Status
    failure: Failure | None
    seconds: float
    page: Path
    notebook: Path
    kept: bool = False
    attempts: int = 1
    page_sha256: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what the manifest keeps: all but times and places."""
        places = private_places(self.job.parameters)
        return {
            "name": self.job.name,
            "title": self.job.title,
            "tier": self.job.tier,
            "notebook": self.job.notebook.name,
            "notebook_sha256": sha256_of(self.job.notebook),
            "parameters": {
                name: scrub_text(value, places) if isinstance(value, str) else value
                for name, value in without_places(self.job.parameters).items()
            },
            "status": self.status,
            "error": str(self.failure) if self.failure else None,
        }


def files_of(job: NotebookJob) -> list[str]:
    """Return the paths of the files of a report in the folder of all of them."""
    own = (f"{job.name}.html", f"{job.name}.ipynb", STAMP, *(file.href for file in job.files))
    return [f"{job.name}/{name}" for name in own]


def check_jobs(jobs: Sequence[NotebookJob]) -> list[NotebookJob]:
    """Return jobs ready to run, their parameters as JSON values.

    Raises
    ------
    InputError
        For the first thing wrong with one: a notebook that is missing, a parameter that is not
        declared in it or not a JSON value, a name that is taken twice.
    """
    names: set[str] = set()
    declared: dict[Path, Collection[str]] = {}
    checked = []
    for job in jobs:
        _check_name(job.name, names)
        names.add(job.name)
        if job.notebook not in declared:
            declared[job.notebook] = _declared(job)
        checked.append(_checked(job, declared[job.notebook]))
    return checked


def _check_name(name: str, taken: Collection[str]) -> None:
    if not _NAME.fullmatch(name):
        remedy = re.sub(r"[^a-z0-9_-]+", "-", name.casefold()).strip("-_") or "report"
        raise InputError(
            "name",
            name,
            "a report is named with lower-case letters, digits and hyphens.",
            f"Use {remedy!r}.",
        )
    if name in taken:
        raise InputError(
            "name", name, "two reports cannot share a folder.", f"Use {name + '-2'!r}."
        )


def declared_by(notebook: Path) -> Collection[str] | None:
    """Return the names a notebook's parameters cell declares; None if it cannot be read."""
    try:
        return declared_parameters(read_notebook(notebook))
    except (ValueError, OSError, KeyError, AttributeError):
        return None


def _declared(job: NotebookJob) -> Collection[str]:
    try:
        return declared_parameters(_source(job))
    except InputError:
        raise
    except ValueError as error:
        raise InputError(
            f"notebook of {job.name}", job.notebook.name, f"{error}.",
            "Keep plain assignments in the cell with the tag `parameters`.",
        ) from error  # fmt: skip


def _source(job: NotebookJob) -> NotebookNode:
    folder = job.notebook.parent
    if not job.notebook.is_file():
        there = sorted(path.name for path in folder.glob("*.ipynb"))
        raise InputError.choice(f"notebook of {job.name}", job.notebook.name, there)
    try:
        return read_notebook(job.notebook)
    except (ValueError, OSError, KeyError, AttributeError) as error:
        raise InputError(
            f"notebook of {job.name}",
            job.notebook.name,
            f"it is not a Jupyter notebook of format 4 ({lines_of(error)[0][:200]}).",
            "Open it in Jupyter and save it again.",
        ) from error


def _checked(job: NotebookJob, declared: Collection[str]) -> NotebookJob:
    for name in job.parameters:
        if name not in declared:
            raise InputError.choice(f"parameter of {job.name}", name, declared)
    values = {
        name: _json_value(value, f"{name} of {job.name}") for name, value in job.parameters.items()
    }
    return replace(job, parameters=values)


def _json_value(value: object, name: str) -> Any:
    """Return a value as JSON knows it (tuples become lists), or raise."""
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(
            name,
            value,
            f"a notebook takes JSON values ({error}).",
            "Write dates as text, such as '2025-07-15', and leave out what is not a number.",
        ) from error
