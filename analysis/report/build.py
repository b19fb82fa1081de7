"""From a workspace to finished reports: study once, run the notebooks, write the site."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from analysis.chapters.shared.telling import open_telling
from analysis.errors import InputError, NotebookError, ReportError
from analysis.files import sole_writer
from analysis.output import STAMP, STORES, OutputFolder
from analysis.reactions.open_study import OpenStudy
from analysis.reactions.store import StudyStore, load_or_run, write_subset
from analysis.report.current import inputs_hash, report_parts
from analysis.report.events import write_event_pages
from analysis.report.failures import failure_message
from analysis.report.front import front_page
from analysis.report.handed import job_of
from analysis.report.job import JobResult, NotebookJob, check_jobs, files_of
from analysis.report.jupyter import warm_kernels
from analysis.report.manifest import Provenance, listed_files, write_manifest
from analysis.report.methods_page import defined_codes, write_methods
from analysis.report.open_files import allow_open_files
from analysis.report.progress import TIMINGS, Progress, keep_timings, read_timings
from analysis.report.runner import run_reports
from analysis.report.site import ReportLink, write_index, write_summary
from analysis.report.stamps import changed_parts, write_stamp
from analysis.tasks import executor_on

if TYPE_CHECKING:
    from analysis.reactions.run_spec import RunSpec
    from analysis.seeds.catalogue import Seeds
    from analysis.seeds.studies import Study
    from analysis.workspace import Workspace


KIND = "reports"
"""What a folder of reports is called in its marker."""
_SITE = ("index.html", "summary.html", "methods.html", "manifest.json", STAMP, TIMINGS)
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def build_reports(
    workspace: Workspace,
    run: RunSpec,
    *,
    only: Sequence[str] | None = None,
    full: bool = False,
    jobs: int = 2,
    stream: TextIO | None = None,
    force: bool = False,
    parts: Mapping[str, str] | None = None,
    banner: str = "",
    scheduler: str | None = None,
    events: Sequence[str] = (),
) -> int:
    """Run the studies of a workspace and write all pages.

    Parameters
    ----------
    workspace
        Where the inputs are and where reports go.
    run
        Method, markets and prices.
    only
        Names of studies to run; None for all of the tier.
    full
        Whether to run the studies marked ``full``, too.
    jobs
        Kernels at a time.
    stream
        Where progress goes; standard output if None.
    force
        Whether to compute the study and run notebooks again though no input has changed.
    parts
        What all pages depend on (`analysis.report.current.site_parts`), kept beside finished pages;
        None to keep nothing.
    banner
        What must stand at the top of every page, before what the prices call for.
    scheduler
        Where notebooks run, as in :func:`analysis.tasks.connected`; its workers must see the
        same folders. None for kernels of this machine.
    events
        Events that get a page of their own whatever their number.

    Returns
    -------
    int
        0; a failed notebook raises after everything else is written.

    Raises
    ------
    NotebookError
        If a notebook failed: names each one, its cell and the cause.
    InputError
        If the folder of the reports holds what was not made here.
    ReportError
        If the folder of the reports is full or cannot be written to.
    """
    out = workspace.reports
    folder = OutputFolder(out, KIND).check()
    allow_open_files()
    tell = Progress(stream or sys.stdout, read_timings(out))
    seeds, studies = _inputs(workspace, only=only, full=full)
    for event_id in events:
        seeds.event(event_id)
    planned = [job_of(study, workspace, run, out / STORES) for study in studies]
    check_jobs(planned)
    wait = "Another run is writing to this folder; waiting for it to end."
    with (
        _room_errors(out),
        sole_writer(out, waiting=lambda: tell.line(wait)),
        executor_on(scheduler) as executor,
        nullcontext() if executor else warm_kernels(workspace.seeds),
    ):
        if executor:
            jobs = executor.places
            tell.line(f"Notebooks run on {scheduler}")
        folder.sweep()
        folder.claim([*_SITE, *(name for job in planned for name in files_of(job))])
        tell.line(f"Study: {len(seeds.events)} events in {_market_names(seeds, run)}")
        store = load_or_run(
            run, workspace=workspace, store=out / STORES, force=force, tell=tell.line
        )
        for word, sentences in (("read as", "read_as"), ("note", "gate")):
            for sentence in store.run.get(sentences, ()):
                tell.plain(f"{word}: {sentence}")
        site = _Site(workspace, seeds, studies, store, banner, tuple(events))
        results = _build(site, planned, jobs=jobs, force=force, tell=tell, executor=executor)
        failed = [result for result in results if result.failure]
        if parts is not None and not failed:
            kept = [f"{STORES}/{store.folder.name}/{file}" for file in store.run["outputs"]]
            record = f"{STORES}/{store.folder.name}/run.json"
            vouched = [*listed_files(out, _names(results)), "manifest.json", record, *kept]
            write_stamp(out, {**parts, **({"banner": banner} if banner else {})}, vouched)
    tell.line(f"{len(results) - len(failed)} of {len(results)} reports are ready. Open:")
    tell.plain(str(out / "index.html"))
    if failed:
        raise NotebookError(
            f"{len(failed)} of {len(results)} notebooks failed:\n{failure_message(results)}"
        )
    return 0


@dataclass(frozen=True, slots=True)
class _Site:
    """What all pages are made from."""

    workspace: Workspace
    seeds: Seeds
    studies: Sequence[Study]
    store: StudyStore
    banner: str = ""
    asked: tuple[str, ...] = ()


def _build(
    site: _Site,
    planned: Sequence[NotebookJob],
    *,
    jobs: int,
    force: bool,
    tell: Progress,
    executor: Executor | None,
) -> list[JobResult]:
    workspace, seeds, studies, store = site.workspace, site.seeds, site.studies, site.store
    out, folder = workspace.reports, OutputFolder(workspace.reports, KIND)
    provenance, codes = _provenance(store, site.banner), frozenset[str]()
    if workspace.methods.is_file():
        write_methods(out, source=workspace.methods)
        codes = defined_codes(workspace.methods)
    inputs = inputs_hash(workspace)
    planned = [
        _with_parts(replace(job, provenance=provenance), store, inputs, codes) for job in planned
    ]
    keep = set[str]() if force else {j.name for j in planned if _is_current(j, out, tell)}
    write_subset(store, out / "data", within=folder)
    for study in studies:
        if study.name not in keep:
            events = _events_of(study, seeds)
            write_subset(store, out / study.name / "data", events=events, within=folder)
    results = _run(
        planned,
        out=out,
        jobs=jobs,
        cwd=workspace.root,
        codes=codes,
        keep=keep,
        tell=tell,
        executor=executor,
    )
    reports = [_link(study, result) for study, result in zip(studies, results, strict=True)]
    told = open_telling(OpenStudy(study=store, seeds=seeds, workspace=workspace))
    links = write_event_pages(
        out,
        told,
        provenance=provenance,
        reports=_reports_of(studies, reports, seeds),
        asked=site.asked,
    )
    page = front_page(told, reports=reports, links=links, provenance=provenance)
    write_index(out, context=page)
    write_summary(out, context=page)
    write_manifest(out, provenance=provenance, reports=[result.to_dict() for result in results])
    return results


def _run(
    planned: Sequence[NotebookJob],
    *,
    out: Path,
    jobs: int,
    cwd: Path,
    codes: frozenset[str],
    keep: set[str],
    tell: Progress,
    executor: Executor | None,
) -> list[JobResult]:
    due = [job.name for job in planned if job.name not in keep]
    kept = f", {len(keep)} as they were" if keep else ""
    usual = tell.usual(due, at_a_time=jobs)
    tell.line(f"Notebooks: {len(due)}, {jobs} at a time{usual}{kept}")

    def progress(job: NotebookJob, result: JobResult | None) -> None:
        if result is None:
            tell.started(job.name)
        else:
            again = ", run again since its kernel died" if result.attempts > 1 else ""
            word = "done" if result.status == "ok" else "FAILED"
            tell.ended(job.name, word, result.seconds, more=again)

    with tell.live():
        results = run_reports(
            planned,
            out=out,
            max_workers=jobs,
            progress=progress,
            cwd=cwd,
            codes=codes,
            keep=keep,
            executor=executor,
        )
    keep_timings(out, {result.job.name: result.seconds for result in results if not result.kept})
    return results


def _with_parts(
    job: NotebookJob, store: StudyStore, inputs: str, codes: frozenset[str]
) -> NotebookJob:
    words = [job.title, job.question, job.kicker, job.tier, job.provenance.banner, sorted(codes)]
    parts = report_parts(
        notebook=job.notebook,
        parameters=job.parameters,
        study=str(store.run["key"]),
        inputs=inputs,
        words=words,
    )
    return replace(job, parts=parts)


def _is_current(job: NotebookJob, out: Path, tell: Progress) -> bool:
    """Tell whether a report is finished and its inputs unchanged; say what changed."""
    changed = changed_parts(out / job.name, job.parts)
    if changed:
        tell.line(f"due    {job.name}: changed since last time: {', '.join(changed)}")
    return changed == ()


def _names(results: Sequence[JobResult]) -> list[str]:
    return [result.job.name for result in results]


@contextmanager
def _room_errors(out: Path) -> Iterator[None]:
    """Turn a full disk or a folder that cannot be written to into one clear message."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise ReportError(
            f"reports cannot be written to {error.filename or out}: {error.strerror}. "
            "Make room, or choose another folder with --out; what was finished is kept."
        ) from error


def _inputs(
    workspace: Workspace, *, only: Sequence[str] | None, full: bool
) -> tuple[Seeds, list[Study]]:
    from analysis.seeds.catalogue import load_seeds
    from analysis.seeds.studies import load_studies

    seeds = load_seeds(workspace.seeds)
    studies = load_studies(
        workspace.seeds / "studies.yaml",
        articles=seeds.articles,
        event_ids=[event.id for event in seeds.events],
        notebooks=workspace.notebooks,
    )
    names = [study.name for study in studies]
    for name in only or ():
        if name not in names:
            raise InputError.choice("only", name, names)
    chosen = [
        study for study in studies if (study.name in only if only else full or study.tier == "core")
    ]
    return seeds, chosen


def _provenance(store: StudyStore, banner: str = "") -> Provenance:
    run = store.run
    return Provenance(
        data_end=date.fromisoformat(run["data_end"]),
        source=Path(run["run"]["prices"]).name,
        banner=" ".join(filter(None, (banner, run.get("banner", "")))),
        inputs=tuple(sorted(run["inputs"].items())),
        versions=tuple(sorted(run["versions"].items())),
    )


def _events_of(study: Study, seeds: Seeds) -> list[str] | None:
    """Events whose figures lie beside a report; None for all."""
    if study.article:
        return [e.id for e in seeds.events if any(m.file == study.article for m in e.articles)]
    event_id = study.parameters.get("event_id")
    return [str(event_id)] if event_id else None


def _reports_of(
    studies: Sequence[Study], links: Sequence[ReportLink], seeds: Seeds
) -> dict[str, list[ReportLink]]:
    """Return the reports that tell more of each event: its own, and those of its articles."""
    found: dict[str, list[ReportLink]] = {}
    for study, link in zip(studies, links, strict=True):
        for event_id in _events_of(study, seeds) or ():
            found.setdefault(event_id, []).append(link)
    return found


def _link(study: Study, result: JobResult) -> ReportLink:
    return ReportLink(
        title=study.title,
        href=f"{study.name}/{study.name}.html",
        question=study.question,
        kicker=result.job.kicker,
        status=result.status,
        error=str(result.failure) if result.failure else "",
        article=study.article or "",
    )


def _market_names(seeds: Seeds, run: RunSpec) -> str:
    chosen = [seeds.market(s) for s in run.markets] if run.markets else list(seeds.study_markets)
    return ", ".join(market.symbol for market in chosen)
