"""Run notebooks side by side; each leaves an executed copy and a page, whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from analysis.errors import MarketReactionError
from analysis.files import sha256_of
from analysis.output import OutputFolder
from analysis.report.job import JobResult, NotebookJob, check_jobs, files_of
from analysis.report.jupyter import resume_kernels, stop_kernels
from analysis.report.page import page_path
from analysis.report.work import leave_unrun, run_job
from analysis.tasks import reason_of

Progress = Callable[[NotebookJob, JobResult | None], None]
"""Called when a job starts (without a result) and when it ends; never twice at once."""


def run_reports(
    jobs: Sequence[NotebookJob],
    *,
    out: Path,
    max_workers: int = 2,
    progress: Progress | None = None,
    cwd: Path | None = None,
    codes: Collection[str] = (),
    keep: Collection[str] = (),
    executor: Executor | None = None,
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
    executor
        What runs `analysis.report.work.run_job`, here or elsewhere; threads of this process if
        None. It is not shut down. A job it cannot run is a failed report, not the end.

    Returns
    -------
    list of JobResult
        In the order of ``jobs``.

    Raises
    ------
    InputError
        If a notebook is missing, a parameter is not declared in it or not a JSON value, a name
        is taken twice, or a file that is not ours stands where a report goes.
    ReportError
        If ``out`` cannot be written to.
    KeyboardInterrupt
        If the run is interrupted: kernels are stopped at once, and what was finished is kept.
    """
    due = check_jobs([job for job in jobs if job.name not in keep])
    OutputFolder(out, "reports").claim([name for job in due for name in files_of(job)])
    found = {job.name: _kept(job, out) for job in jobs if job.name in keep}
    tell = progress or (lambda job, result: None)
    places = max(1, max_workers)
    with _pool(executor, places) as pool:
        todo, running = iter(due), dict[Future[JobResult], NotebookJob]()
        try:
            while len(found) < len(jobs):
                for job in islice(todo, places - len(running)):
                    tell(job, None)
                    running[pool.submit(run_job, job, out=out, cwd=cwd, codes=codes)] = job
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(done)
                    found[job.name] = _result(done, job, out=out, cwd=cwd, codes=codes)
                    tell(job, found[job.name])
        except BaseException:
            stop_kernels()
            for left in running:
                left.cancel()
            raise
    return [found[job.name] for job in jobs]


def _result(
    done: Future[JobResult],
    job: NotebookJob,
    *,
    out: Path,
    cwd: Path | None,
    codes: Collection[str],
) -> JobResult:
    """Return what a job came to; a worker that was lost or writes elsewhere is its failure."""
    try:
        result = done.result()
    except MarketReactionError:
        raise
    except CancelledError:
        reason = "the scheduler is gone"
    except Exception as error:
        reason = reason_of(error)
    else:
        page = page_path(out, job.name)
        if page.is_file() and sha256_of(page) == result.page_sha256:
            return result
        reason = f"the worker that ran it does not write to {out}; workers must share the folder"
    return leave_unrun(job, reason, out=out, cwd=cwd, codes=codes)


@contextmanager
def _pool(executor: Executor | None, places: int) -> Iterator[Executor]:
    """Lend the executor that was given, or threads until they are done."""
    resume_kernels()
    if executor is not None:
        yield executor
        return
    with ThreadPoolExecutor(max_workers=places) as threads:
        yield threads


def _kept(job: NotebookJob, out: Path) -> JobResult:
    notebook = out / job.name / f"{job.name}.ipynb"
    return JobResult(job, "ok", None, 0.0, page_path(out, job.name), notebook, kept=True)
