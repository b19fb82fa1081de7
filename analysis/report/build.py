"""From a workspace to finished reports: study once, run the notebooks, write the site."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from analysis.errors import InputError, NotebookError
from analysis.report.front import DATA_FILES, front_page
from analysis.report.manifest import Provenance, write_manifest
from analysis.report.methods_page import defined_codes, write_methods
from analysis.report.page import DataFile
from analysis.report.runner import JobResult, NotebookJob, check_jobs, failure_message, run_reports
from analysis.report.site import ReportLink, write_index
from analysis.store import StudyStore, load_or_run, write_subset

if TYPE_CHECKING:
    from analysis.seeds import Seeds
    from analysis.spec import RunSpec
    from analysis.studies import Study
    from analysis.workspace import Workspace


def build_reports(
    workspace: Workspace,
    run: RunSpec,
    *,
    only: Sequence[str] | None = None,
    full: bool = False,
    jobs: int = 2,
    stream: TextIO | None = None,
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

    Returns
    -------
    int
        0; a failed notebook raises after everything else is written.

    Raises
    ------
    NotebookError
        If a notebook failed: names each one, its cell and the cause.
    """
    out, tell = workspace.reports, _Teller(stream or sys.stdout)
    seeds, studies = _inputs(workspace, only=only, full=full)
    stores = out / "_store"
    planned = [_job(study, workspace, run, stores, seeds) for study in studies]
    check_jobs(planned)
    tell.line(f"Study: {len(seeds.events)} events in {_market_names(seeds, run)}")
    store = load_or_run(run, workspace=workspace, store=stores)
    provenance = _provenance(store)
    planned = [replace(job, provenance=provenance) for job in planned]
    write_subset(store, out / "data")
    for study in studies:
        write_subset(store, out / study.name / "data", events=_events_of(study, seeds))
    codes = frozenset[str]()
    if workspace.methods.is_file():
        write_methods(out, source=workspace.methods)
        codes = defined_codes(workspace.methods)
    tell.line(f"Notebooks: {len(planned)}, {jobs} at a time")
    results = run_reports(
        planned,
        out=out,
        max_workers=jobs,
        progress=tell.progress,
        cwd=workspace.root,
        codes=codes,
    )
    links = _event_links(studies, seeds)
    write_index(
        out,
        context=front_page(
            store,
            seeds,
            reports=[_link(study, result) for study, result in zip(studies, results, strict=True)],
            links=links,
            provenance=provenance,
        ),
    )
    write_manifest(out, provenance=provenance, reports=[result.to_dict() for result in results])
    return tell.finish(results, out / "index.html")


def _inputs(
    workspace: Workspace, *, only: Sequence[str] | None, full: bool
) -> tuple[Seeds, list[Study]]:
    from analysis.seeds import load_seeds
    from analysis.studies import load_studies

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


def _job(
    study: Study,
    workspace: Workspace,
    run: RunSpec,
    stores: Path,
    seeds: Seeds,
) -> NotebookJob:
    common = {
        "spec": run.to_json(),
        "workspace": str(workspace.root),
        "store": str(stores),
    }
    return NotebookJob(
        name=study.name,
        title=study.title,
        notebook=workspace.notebooks / study.notebook,
        parameters={**common, **study.parameters},
        tier=study.tier,
        question=study.question,
        kicker=_kicker(study, seeds),
        files=tuple(DataFile(file.href, file.label) for file in DATA_FILES),
    )


def _kicker(study: Study, seeds: Seeds) -> str:
    return "Article" if study.article else "Overview"


def _provenance(store: StudyStore) -> Provenance:
    run = store.run
    return Provenance(
        data_end=date.fromisoformat(run["data_end"]),
        source=Path(run["run"]["prices"]).name,
        banner=run.get("banner", ""),
        inputs=tuple(sorted(run["inputs"].items())),
        versions=tuple(sorted(run["versions"].items())),
    )


def _events_of(study: Study, seeds: Seeds) -> list[str] | None:
    """Events whose figures lie beside a report; None for all."""
    if study.article:
        return [e.id for e in seeds.events if any(m.file == study.article for m in e.articles)]
    event_id = study.parameters.get("event_id")
    return [str(event_id)] if event_id else None


def _event_links(studies: Sequence[Study], seeds: Seeds) -> dict[str, str]:
    """Address of the report that tells most about each event: its own, else its article's."""
    links: dict[str, str] = {}
    for study in studies:
        address = f"{study.name}/{study.name}.html"
        if study.article:
            headline = seeds.article(study.article).headline_event
            for event_id in _events_of(study, seeds) or ():
                if event_id == headline:
                    links[event_id] = address
                else:
                    links.setdefault(event_id, address)
    for study in studies:
        if "event_id" in study.parameters:
            links[str(study.parameters["event_id"])] = f"{study.name}/{study.name}.html"
    return links


def _link(study: Study, result: JobResult) -> ReportLink:
    return ReportLink(
        title=study.title,
        href=f"{study.name}/{study.name}.html",
        question=study.question,
        kicker=result.job.kicker,
        status=result.status,
        error=str(result.failure) if result.failure else "",
    )


def _market_names(seeds: Seeds, run: RunSpec) -> str:
    chosen = [seeds.market(s) for s in run.markets] if run.markets else list(seeds.study_markets)
    return ", ".join(market.symbol for market in chosen)


class _Teller:
    """Prints progress: plain lines, so that a log reads as well as a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._started = time.perf_counter()
        self._done = 0

    def line(self, text: str) -> None:
        print(
            f"[{time.perf_counter() - self._started:5.1f} s] {text}", file=self._stream, flush=True
        )

    def progress(self, job: NotebookJob, result: JobResult | None) -> None:
        if result is None:
            return
        self._done += 1
        mark = "done  " if result.status == "ok" else "FAILED"
        self.line(f"{mark} {job.name} ({result.seconds:.1f} s)")

    def finish(self, results: Sequence[JobResult], index: Path) -> int:
        failed = [result for result in results if result.failure]
        self.line(f"{len(results) - len(failed)} of {len(results)} reports are ready. Open:")
        print(index, file=self._stream, flush=True)
        if failed:
            raise NotebookError(
                f"{len(failed)} of {len(results)} notebooks failed:\n{failure_message(results)}"
            )
        return 0
