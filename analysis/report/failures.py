"""Why a report is not what it should be: told from the notebook as far as it ran."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.report.job import JobResult, NotebookJob
from analysis.report.jupyter import kernel_died
from analysis.report.page import Failure, pictures_without_alt

if TYPE_CHECKING:
    from nbformat import NotebookNode

_DIED_TWICE = (
    "; it died again in an ordinary kernel: memory may have run out, or the code ends its process."
)


def failure_message(results: Iterable[JobResult]) -> str:
    """Return one line per failed job: its name, the cell and the cause; empty if none failed."""
    failed = [result for result in results if result.failure]
    return "\n".join(
        f"{result.job.name}: {result.failure} (see {result.notebook})" for result in failed
    )


def stopped_by(error: Exception, clean: NotebookNode, executed: NotebookNode) -> Failure:
    """Return what ended a notebook early, and in which cell.

    Parameters
    ----------
    error
        What papermill raised.
    clean
        The notebook as readers get it.
    executed
        The same with the times papermill notes in it.
    """
    for number, cell in enumerate(clean.cells, start=1):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return Failure(
                    error=output.ename,
                    message=output.evalue,
                    cell=number,
                    code=_first_line(cell.source),
                )
    name, message = _named(error)
    if kernel_died(error):
        message += _DIED_TWICE
    last = _last_started(executed)
    code = _first_line(clean.cells[last - 1].source) if last else ""
    return Failure(name, message, cell=last, code=code)


def _named(error: Exception) -> tuple[str, str]:
    """Return the name of what papermill raised and a line about it: the cell's own, if it says."""
    name = str(getattr(error, "ename", "") or type(error).__name__)
    lines = [line for line in str(error).splitlines() if line.strip(" -")]
    return name, str(getattr(error, "evalue", "") or (lines[0] if lines else "no reason given"))


def lacking(executed: NotebookNode, job: NotebookJob, folder: Path) -> Failure | None:
    """Return what a notebook that ran to its end owes its readers; None if nothing."""
    return _missing_alt(executed) or _missing_file(job, folder)


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
