"""The work on one report: run its notebook, leave an executed copy, a page and a stamp.

Nothing here knows of other reports, of a terminal or of the process that asked: a job can be run in
a thread, in another process or on another machine that sees the same folders.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.files import sha256_of, write_whole
from analysis.reactions.places import PLACES, places_of
from analysis.report.failures import lacking, stopped_by
from analysis.report.job import JobResult, NotebookJob
from analysis.report.jupyter import (
    execute,
    kernel_died,
    kernels_stopped,
    notebook_text,
    read_notebook,
)
from analysis.report.page import (
    Failure,
    PageHeader,
    ParameterRow,
    first_heading,
    page_path,
    render_page,
)
from analysis.report.parameters import declared_parameters
from analysis.report.scrub import private_places, scrub_notebook, scrub_text
from analysis.report.stamps import visible_files, write_stamp

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: A worker that was killed once may have been in the way; twice, the report is at fault.
_ATTEMPTS = 2


def run_job(
    job: NotebookJob, *, out: Path, cwd: Path | None = None, codes: Collection[str] = ()
) -> JobResult:
    """Run one notebook into ``out/<name>/<name>.html`` and ``out/<name>/<name>.ipynb``.

    A kernel that dies is replaced by an ordinary one, once; a cell that raises is not run again.

    Parameters
    ----------
    job
        As `analysis.report.job.check_jobs` returns it.
    out
        Folder of the reports.
    cwd
        Folder the kernel starts in; the notebook's own if None.
    codes
        Names of tests and models on the page of methods, to link to.

    Returns
    -------
    JobResult
        Also for a notebook that failed: its page says where and why.

    Raises
    ------
    ReportError
        If ``out`` cannot be written to.
    KeyboardInterrupt
        If the kernels of this process were stopped.
    """
    started = time.perf_counter()
    here = (cwd or job.notebook.parent).resolve()
    source = read_notebook(job.notebook)
    executed, error, attempts = _run(job, source, cwd=here)
    clean = scrub_notebook(executed, folders=_places(job, out, here))
    folder = out / job.name
    failure = stopped_by(error, clean, executed) if error else lacking(clean, job, folder)
    left = _leave(job, source, clean, failure, out=out, here=here, codes=codes)
    return replace(left, seconds=time.perf_counter() - started, attempts=attempts)


def leave_unrun(
    job: NotebookJob,
    reason: str,
    *,
    out: Path,
    cwd: Path | None = None,
    codes: Collection[str] = (),
) -> JobResult:
    """Leave the page of a report whose worker was lost: the notebook as it is, and the reason.

    Parameters
    ----------
    job, out, cwd, codes
        As in :func:`run_job`.
    reason
        Why nobody ran it.

    Returns
    -------
    JobResult
        A failed one.
    """
    here = (cwd or job.notebook.parent).resolve()
    source = read_notebook(job.notebook)
    clean = scrub_notebook(source, folders=_places(job, out, here))
    failure = Failure("WorkerLost", reason)
    return _leave(job, source, clean, failure, out=out, here=here, codes=codes)


def _places(job: NotebookJob, out: Path, here: Path) -> list[tuple[Path, str]]:
    """Return folders whose names are no reader's business, and what is said instead."""
    return [(out.resolve(), "<reports>"), (here, "."), *private_places(job.parameters)]


def _leave(
    job: NotebookJob,
    source: NotebookNode,
    clean: NotebookNode,
    failure: Failure | None,
    *,
    out: Path,
    here: Path,
    codes: Collection[str],
) -> JobResult:
    """Write the executed copy, the page and, for a report without fault, the stamp."""
    folder, places = out / job.name, _places(job, out, here)
    header = _header(job, source, folder=folder, places=places, question=first_heading(clean))
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
        page_sha256=sha256_of(written),
        seconds=0.0,
    )


def _run(
    job: NotebookJob, source: NotebookNode, *, cwd: Path
) -> tuple[NotebookNode, Exception | None, int]:
    """Return the executed notebook, what ended it early, and how many kernels it took."""
    for attempt in range(1, _ATTEMPTS + 1):
        executed, error = execute(
            source,
            parameters=job.parameters,
            cwd=cwd,
            timeout=job.timeout,
            ordinary=attempt > 1,
        )
        if kernels_stopped():
            raise KeyboardInterrupt
        if not kernel_died(error):
            break
    return executed, error, attempt


def _header(
    job: NotebookJob,
    source: NotebookNode,
    *,
    folder: Path,
    places: Sequence[tuple[Path, str]],
    question: str,
) -> PageHeader:
    rows = tuple(replace(row, value=scrub_text(row.value, places)) for row in _rows(job, source))
    return PageHeader(
        title=job.title,
        question=job.question or question,
        kicker=job.kicker,
        parameters=rows,
        provenance=job.provenance,
        files=tuple(file for file in job.files if (folder / file.href).is_file()),
        address=page_path(Path(), job.name).as_posix(),
    )


def _rows(job: NotebookJob, source: NotebookNode) -> tuple[ParameterRow, ...]:
    """Return what a notebook declares, and in the place of ``run`` what that says."""
    values = job.parameters
    rows = []
    for known in declared_parameters(source).values():
        if known.name == "run" and "run" in values:
            said = places_of(str(values["run"]))
            rows += [ParameterRow(name, said[name], meaning) for name, meaning in PLACES.items()]
            continue
        value = _shown(values[known.name]) if known.name in values else known.default
        rows.append(ParameterRow(known.name, value, known.meaning))
    return tuple(rows)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
