"""An event study over partitions of prices: two passes over them, a merge, and the same tests.

In memory: ``analysis.engine.study``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis.engine.gate import warn
from analysis.engine.models import MODELS
from analysis.engine.spec import StudySpec, checked_spec
from analysis.errors import InputError
from analysis.scale.course import Course
from analysis.scale.events import check_events, event_files
from analysis.scale.output import check_folder, remove_unfinished, sole_study, write_tables
from analysis.scale.result import PartitionedResult
from analysis.scale.source import filesystem, partitions_of
from analysis.scale.tables import write_gathered
from analysis.tasks import Progress, connected
from analysis.versions import software_versions


def partitioned_study(
    prices: str | Path,
    events: str | Path,
    *,
    benchmark: str | Path | None = None,
    spec: StudySpec | None = None,
    scheduler: str | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], object] | None = None,
    judged: bool = True,
) -> PartitionedResult:
    """Run an event study over prices and events that need not fit into memory.

    Parameters
    ----------
    prices
        Folder or address of Parquet files with ``security``, ``session`` and ``close`` (or
        ``adj_close``, or decimal returns ``ret``); each security in one partition.
    events
        Parquet files, or one CSV file, with ``event_id``, ``security`` and ``session`` (day 0).
    benchmark
        A security of the prices, a CSV or Parquet file (``session`` with ``close``, or with one
        column of decimal returns per factor), ``"peers"``, or None for ``constant_mean``. The
        sessions of the study are those of the benchmark; with none, and with peers, all days on
        which anything has a row.
    spec
        The method.
    scheduler
        None for this process, one partition after another; ``"local"`` or ``"local:4"`` for worker
        processes; ``"tcp://host:8786"`` for a dask cluster. The result is the same to the last bit.
    out
        Folder or address for the tables: ``reactions/`` (Parquet, one row per requested event),
        ``tests.csv``, ``windows.csv``, ``aar.csv``, ``outcomes.csv``, ``partitions.csv`` and, last
        of all, ``run.json``: without it the folder is not whole. None writes nothing. One run at a
        time writes into a folder.
    progress
        Called with the name of a pass, tasks done and tasks in all.
    tell
        Called with what people may want to know: where tasks run (of a cluster the address and that
        of its dashboard), and what is waited for.
    judged
        Whether to write what judges the study as in memory, too, up to 50,000 events: ladder, path,
        groups, the table with stars from placebo calendars.

    Returns
    -------
    PartitionedResult
        What the tests found; the same numbers as :func:`~analysis.event_study` in memory.

    Raises
    ------
    InputError
        If an argument breaks a rule, a security lies in two partitions, or the folder for the
        tables holds what was not made here.
    StudyError
        If no event at all can be used, or the cluster is gone.
    ReportError
        If the tables cannot be written.

    Warns
    -----
    PlausibilityWarning
        For what is possible but suspicious; it stands in ``notes`` of the result, too.

    Notes
    -----
    A partition that cannot be read, or whose worker dies again and again, costs its own events,
    which get an outcome with the reason; it is left out of both passes.
    """
    spec = checked_spec(spec)
    if MODELS[spec.model].needs_donors:
        raise InputError(
            "model", spec.model, "donors of a partition are not all donors.",
            "Use event_study on a frame, or another model.",
        )  # fmt: skip
    events, prices = _address(events, "events"), _address(prices, "prices")
    files = event_files(events)
    check_events(files)
    partitions = partitions_of(prices)
    target = None if out is None else _address(out, "out")
    if target is not None:
        check_folder(target, prices)
    said = tell or (lambda sentence: None)
    waiting = "Another study is writing to this folder; waiting for it to end."
    with sole_study(target, waiting=lambda: said(waiting)), connected(scheduler) as where:
        said(f"Computing on {where.where}.")
        study = Course(where, partitions, progress)
        plan = study.plan(spec, benchmark, files, target)
        try:
            result = study.run(plan)
        finally:
            if target is not None:
                remove_unfinished(target, plan.run)
        if target is not None:
            run = {
                "prices": prices,
                "events": events,
                "benchmark": None if benchmark is None else str(benchmark),
                "study": spec.to_dict(),
                "versions": software_versions(),
                "notes": list(result.notes),
            }
            write_gathered(target, result, judged=judged)
            write_tables(target, result.tables(), run)
    warn(result.notes)
    return result


def _address(value: str | Path, parameter: str) -> str:
    """Return an address that means the same in every process."""
    if not isinstance(value, str | Path):
        raise InputError(
            parameter, type(value).__name__, "it is the address of Parquet files, as text.",
            "A frame is written with frame.to_parquet(FILE).",
        )  # fmt: skip
    fs, path = filesystem(str(value), parameter=parameter)
    return str(fs.unstrip_protocol(path))
