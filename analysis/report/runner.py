"""Run notebooks with papermill; each leaves an executed copy and a page, whatever happens."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from analysis.errors import InputError
from analysis.report.current import without_places
from analysis.report.files import sha256_of, write_whole
from analysis.report.jupyter import (
    declared_parameters,
    execute,
    kernels_stopped,
    notebook_text,
    read_notebook,
    resume_kernels,
    stop_kernels,
)
from analysis.report.manifest import Provenance
from analysis.report.page import (
    DataFile,
    Failure,
    PageHeader,
    ParameterRow,
    first_heading,
    page_path,
    pictures_without_alt,
    render_page,
)
from analysis.report.scrub import scrub_notebook
from analysis.report.stamps import visible_files, write_stamp

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
    """

    job: NotebookJob
    status: Status
    failure: Failure | None
    seconds: float
    page: Path
    notebook: Path
    kept: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what the manifest keeps: all but times and places."""
        return {
            "name": self.job.name,
            "title": self.job.title,
            "tier": self.job.tier,
            "notebook": self.job.notebook.name,
            "notebook_sha256": sha256_of(self.job.notebook),
            "parameters": without_places(self.job.parameters),
            "status": self.status,
            "error": str(self.failure) if self.failure else None,
        }


Progress = Callable[[NotebookJob, JobResult | None], None]
"""Called when a job starts (without a result) and when it ends; never twice at once."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """A checked job with what running it needs."""

    job: NotebookJob
    source: NotebookNode
    rows: tuple[ParameterRow, ...]


def run_reports(
    jobs: Sequence[NotebookJob],
    *,
    out: Path,
    max_workers: int = 2,
    progress: Progress | None = None,
    cwd: Path | None = None,
    codes: Collection[str] = (),
    keep: Collection[str] = (),
) -> list[JobResult]:
    """Run notebooks into ``out/<name>/<name>.html`` and ``out/<name>/<name>.ipynb``.

    Everything is checked before the first kernel starts. A notebook that fails does not stop the
    others.

    Parameters
    ----------
    jobs
        What to run; names are unique.
    out
        Folder of the reports.
    max_workers
        Kernels at a time.
    progress
        Called as jobs start and end.
    cwd
        Folder kernels start in, to which relative paths in parameters refer; each notebook's own if
        None.
    codes
        Names of tests and models on the page of methods, to link to
        (`analysis.report.methods_page.defined_codes`).
    keep
        Names of jobs whose reports are finished: they are not run again.

    Returns
    -------
    list of JobResult
        In the order of ``jobs``.

    Raises
    ------
    InputError
        If a notebook is missing, a parameter is not declared in it or not a JSON value, or a name
        is taken twice.
    ReportError
        If ``out`` cannot be written to.
    KeyboardInterrupt
        If the run is interrupted: kernels are stopped at once, and what was finished is kept.
    """
    plans = check_jobs([job for job in jobs if job.name not in keep])
    kept = {job.name: _kept(job, out) for job in jobs if job.name in keep}
    lock = threading.Lock()

    def tell(job: NotebookJob, result: JobResult | None) -> None:
        if progress is not None:
            with lock:
                progress(job, result)

    def run(plan: _Plan) -> JobResult:
        tell(plan.job, None)
        result = _run(plan, out=out, cwd=(cwd or plan.job.notebook.parent).resolve(), codes=codes)
        tell(plan.job, result)
        return result

    resume_kernels()
    with ThreadPoolExecutor(max_workers=max(1, max_workers)) as pool:
        futures = {plan.job.name: pool.submit(run, plan) for plan in plans}
        try:
            ran = {name: future.result() for name, future in futures.items()}
        except BaseException:
            stop_kernels()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [{**kept, **ran}[job.name] for job in jobs]


def _kept(job: NotebookJob, out: Path) -> JobResult:
    notebook = out / job.name / f"{job.name}.ipynb"
    return JobResult(job, "ok", None, 0.0, page_path(out, job.name), notebook, kept=True)


def check_jobs(jobs: Sequence[NotebookJob]) -> list[_Plan]:
    """Return jobs ready to run, or raise `InputError` for the first thing wrong with one."""
    names: set[str] = set()
    sources: dict[Path, NotebookNode] = {}
    plans = []
    for job in jobs:
        _check_name(job.name, names)
        names.add(job.name)
        if job.notebook not in sources:
            sources[job.notebook] = _source(job)
        plans.append(_plan(job, sources[job.notebook]))
    return plans


def failure_message(results: Iterable[JobResult]) -> str:
    """Return one line per failed job: its name, the cell and the cause; empty if none failed."""
    failed = [result for result in results if result.failure]
    return "\n".join(
        f"{result.job.name}: {result.failure} (see {result.notebook})" for result in failed
    )


# -- before ----------------------------------------------------------------------------------


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
            f"it is not a Jupyter notebook of format 4 ({str(error).splitlines()[0][:200]}).",
            "Open it in Jupyter and save it again.",
        ) from error


def _plan(job: NotebookJob, source: NotebookNode) -> _Plan:
    declared = declared_parameters(source)
    for name in job.parameters:
        if name not in declared:
            raise InputError.choice(f"parameter of {job.name}", name, declared)
    values = {
        name: _json_value(value, f"{name} of {job.name}") for name, value in job.parameters.items()
    }
    rows = tuple(
        ParameterRow(
            name=known.name,
            value=_shown(values[known.name]) if known.name in values else known.default,
            meaning=known.meaning,
        )
        for known in declared.values()
    )
    return _Plan(job=replace(job, parameters=values), source=source, rows=rows)


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


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# -- during and after ------------------------------------------------------------------------


def _run(plan: _Plan, *, out: Path, cwd: Path, codes: Collection[str]) -> JobResult:
    started = time.perf_counter()
    job = plan.job
    folder = out / job.name
    executed, error = execute(plan.source, parameters=job.parameters, cwd=cwd, timeout=job.timeout)
    if kernels_stopped():
        raise KeyboardInterrupt
    places = [(out.resolve(), "<reports>"), (cwd, ".")]
    clean = scrub_notebook(executed, folders=places)
    if error is not None:
        failure: Failure | None = _failure(clean, error, last=_last_started(executed))
    else:
        failure = _missing_alt(clean) or _missing_file(job, folder)
    header = _header(plan, folder=folder, places=places, question=first_heading(clean))
    page = render_page(clean, header, failure=failure, codes=codes)
    notebook = write_whole(folder / f"{job.name}.ipynb", notebook_text(clean))
    written = write_whole(page_path(out, job.name), page)
    if job.parts and failure is None:
        write_stamp(folder, job.parts, visible_files(folder))
    return JobResult(
        job=job,
        status="failed" if failure else "ok",
        failure=failure,
        notebook=notebook,
        page=written,
        seconds=time.perf_counter() - started,
    )


def _header(
    plan: _Plan, *, folder: Path, places: Sequence[tuple[Path, str]], question: str
) -> PageHeader:
    job = plan.job
    rows = plan.rows
    for path, shown in places:
        rows = tuple(replace(row, value=row.value.replace(str(path), shown)) for row in rows)
    return PageHeader(
        title=job.title,
        question=job.question or question,
        kicker=job.kicker,
        parameters=rows,
        provenance=job.provenance,
        files=tuple(file for file in job.files if (folder / file.href).is_file()),
    )


def _failure(executed: NotebookNode, error: Exception, *, last: int | None) -> Failure:
    for number, cell in enumerate(executed.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return Failure(
                    error=output.ename,
                    message=output.evalue,
                    cell=number,
                    code=_first_line(cell.source),
                )
    message = (str(error).strip().splitlines() or [""])[0]
    if last is not None:
        code = _first_line(executed.cells[last - 1].source)
        return Failure(type(error).__name__, message, cell=last, code=code)
    return Failure(error=type(error).__name__, message=message)


def _last_started(executed: NotebookNode) -> int | None:
    """Return the number (from 1) of the last cell papermill started; None if it started none."""
    started = [
        number
        for number, cell in enumerate(executed.cells, start=1)
        if cell.cell_type == "code" and cell.metadata.get("papermill", {}).get("start_time")
    ]
    return started[-1] if started else None


def _missing_alt(executed: NotebookNode) -> Failure | None:
    cells = pictures_without_alt(executed)
    if not cells:
        return None
    return Failure(
        error="MissingAltText",
        message="a figure has no alternative text. Show it with a sentence that says what is to be "
        'seen: display(figure, metadata={"image/svg+xml": {"alt": "..."}}).',
        cell=cells[0],
        code=_first_line(executed.cells[cells[0] - 1].source),
    )


def _missing_file(job: NotebookJob, folder: Path) -> Failure | None:
    missing = [file.href for file in job.files if not (folder / file.href).is_file()]
    if not missing:
        return None
    return Failure(
        error="MissingFile",
        message=f"the notebook was to leave {', '.join(missing)} beside its page.",
    )


def _first_line(source: str) -> str:
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    shown = next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")
    return shown if len(shown) <= 80 else shown[:79] + "…"
