"""An event study over partitions of prices: two passes over them, a merge, and the same tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from analysis.engine.gate import warn
from analysis.engine.inference.battery import SAMPLE, asked_tests, form_for, settle
from analysis.engine.inference.dependence import PAIRS_UP_TO
from analysis.engine.inference.outcome import TestOptions
from analysis.engine.inference.row_sample import finish_sample
from analysis.engine.inference.states import State
from analysis.engine.models import MODELS
from analysis.engine.oddity import agreed, told
from analysis.engine.spec import StudySpec, checked_spec
from analysis.engine.workbook import MOST_ROWS, workbook
from analysis.errors import InputError, StudyError
from analysis.files import csv_text
from analysis.scale.benchmark import benchmark_axis
from analysis.scale.events import check_events, event_files
from analysis.scale.output import (
    OUTCOMES,
    REACTIONS,
    RUN,
    check_folder,
    open_folder,
    outcomes_frame,
    remove_stale,
    remove_unfinished,
    sole_study,
    withdraw,
    withdraw_run,
    write_file,
    write_tables,
)
from analysis.scale.passes import (
    SQUARES,
    STUDY,
    Found,
    Known,
    PartitionReport,
    Plan,
    collect_together,
    first_pass,
    second_pass,
    sum_peers,
)
from analysis.scale.prices import Survey, survey_partition
from analysis.scale.result import TABLES, PartitionedResult
from analysis.scale.source import Partition, filesystem, partitions_of
from analysis.scale.unplaced import UNPLACED, outcomes_without_prices
from analysis.tasks import Progress, Scheduler, connected
from analysis.versions import software_versions

One = TypeVar("One")


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
        study = _Study(where, partitions, progress)
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
            _write_gathered(target, result)
            write_tables(target, result.tables(), run)
    warn(result.notes)
    return result


#: Files that need one value of each event at once.
GATHERED = ("distribution.csv", "tables.tex", "results.xlsx")


def _write_gathered(out: str, result: PartitionedResult) -> None:
    """Write what needs one value of each event: outcomes, distribution, the table, a workbook."""
    events = result.gathered(out)
    if events is None:
        withdraw(out, (OUTCOMES, *GATHERED))  # an earlier run may have had fewer events
        return
    windows = result.spec.windows or ()
    table, outcomes = events.table(), outcomes_frame(events.frame, windows)
    spread = events.distribution().reset_index()
    write_file(out, OUTCOMES, csv_text(outcomes).encode())
    write_file(out, "distribution.csv", csv_text(spread).encode())
    write_file(out, "tables.tex", table.to_latex().encode())
    sheets = {"table": table.to_frame(), **result.tables(), "distribution": spread}
    if len(outcomes) <= MOST_ROWS:
        sheets["event_outcomes"] = outcomes
    with suppress(ImportError):  # a workbook needs openpyxl
        write_file(out, "results.xlsx", workbook(sheets))


@dataclass(eq=False)
class _Study:
    """The passes of one study and the partitions lost on the way."""

    where: Scheduler
    partitions: Sequence[Partition]
    progress: Progress | None

    def __post_init__(self) -> None:
        self.lost: dict[int, str] = {}
        self.surveys: dict[int, Survey] = {}

    def plan(
        self,
        spec: StudySpec,
        benchmark: str | Path | None,
        events: tuple[str, ...],
        out: str | None,
    ) -> Plan:
        """Look at the keys of every partition, and read the benchmark."""
        found = self.where.run(
            "survey", _survey, self.partitions, merge=_joined, progress=self.progress
        )
        self._lose(self.partitions, found.lost)
        self.surveys = {survey.partition.number: survey for survey in found.result or ()}
        _refuse_shared_securities(self.surveys.values())
        if not self.surveys:
            raise StudyError("no partition can be read:\n" + _listed(self.partitions, self.lost))
        axis = benchmark_axis(
            None if benchmark is None else str(benchmark), list(self.surveys.values()), spec
        )
        first, total = [], 0
        for partition in self.partitions:
            first.append(total)
            survey = self.surveys.get(partition.number)
            total += len(survey.securities) if survey else 0
        plan = Plan(
            spec=spec,
            options=spec.test_options,
            asked=asked_tests(spec.tests, spec.windows or ()),
            axis=axis.sessions,
            factors=axis.factors,
            factor_names=axis.names,
            peers=None,
            events=events,
            out=out,
            run=uuid.uuid4().hex,
            first_column=tuple(first),
            odd=axis.odd,
        )
        if out is not None:
            parts = [*(f"part-{p.number:05d}" for p in self.partitions), UNPLACED]
            tables = [*(f"{name}.csv" for name in TABLES), OUTCOMES, *GATHERED]
            open_folder(out, [*(f"{REACTIONS}/{name}.parquet" for name in parts), *tables, RUN])
        return self._with_peers(plan) if axis.peers else plan

    def _with_peers(self, plan: Plan) -> Plan:
        found = self._pass("peers", sum_peers, plan)
        if found.states is None:
            raise StudyError("no partition can be read:\n" + _listed(self.partitions, self.lost))
        sums = found.states[STUDY].summed
        return replace(plan, peers=(sums["total"], sums["n"]))

    def run(self, plan: Plan) -> PartitionedResult:
        """Make both passes, again without a partition that only the second one lost."""
        asked = plan
        while True:
            first = self._pass("first pass", first_pass, asked)
            if first.states is None:
                raise self._none_usable(plan, first)
            if plan.out is not None:
                withdraw_run(plan.out)
            known, options = self._known(asked, first)
            plan = replace(asked, options=options)
            before = len(self.lost)
            second = self._pass("second pass", second_pass, plan, known)
            if len(self.lost) == before:
                break
        tests = second.states
        if known.together:
            some = [tuple(self._left())]
            found = self.where.run("tests", collect_together, some, plan, known, merge=_merge)
            if found.result is None or found.result.states is None:
                raise StudyError(f"the tests could not be collected: {found.lost[0]}.")
            tests = {**(tests or {}), **found.result.states}
        unplaced = self._unplaced(plan)
        if plan.out is not None:
            names = [f"part-{report.number:05d}" for report in first.reports if report.n_events]
            remove_stale(plan.out, [*names, *([UNPLACED] if unplaced.n_events else [])])
        states = first.states or {}
        return PartitionedResult(
            spec=plan.spec,
            options=plan.options,
            where=self.where.where,
            reports=(*first.reports, *([unplaced] if unplaced.n_events else [])),
            lost={self.partitions[number].name: why for number, why in sorted(self.lost.items())},
            study=states[STUDY],
            squares=(tests or {})[SQUARES].summed["squares"],
            windows={w: states[STUDY, w] for w in plan.spec.windows or ()},
            samples={w: finish_sample(states[SAMPLE, w], w) for w in plan.spec.windows or ()},
            states={key: state for key, state in (tests or {}).items() if key != SQUARES},
            notes=told([*plan.odd, *agreed([report.odd for report in first.reports])]),
        )

    def _lose(self, tried: Sequence[Partition], lost: Mapping[int, str]) -> None:
        for i, why in lost.items():
            self.lost[tried[i].number] = why.removeprefix(f"{tried[i].name}: ")

    def _left(self) -> list[Partition]:
        return [
            p for p in self.partitions if p.number in self.surveys and p.number not in self.lost
        ]

    def _pass(self, label: str, task: Callable[..., Found], plan: Plan, *known: object) -> Found:
        left = self._left()
        found = self.where.run(
            label,
            task,
            left,
            plan,
            *known,
            merge=_merge,
            progress=self.progress,
        )
        self._lose(left, found.lost)
        if found.result is None:
            raise StudyError("no partition can be read:\n" + _listed(self.partitions, self.lost))
        return found.result

    def _known(self, plan: Plan, first: Found) -> tuple[Known, TestOptions]:
        states = first.states or {}
        study = states[STUDY].summed
        n_events = int(study["n_distinct"])
        options = form_for(plan.options, n_events)
        prepared: dict[Hashable, State] = {
            asked: states[asked] for asked in plan.asked if asked in states
        }
        with np.errstate(invalid="ignore", divide="ignore"):
            aar = study["ar"] / study["n"]
        day0 = first.day0 if first.day0 is not None else np.zeros(len(plan.axis))
        known = Known(settle(prepared, options), day0, aar, together=n_events <= PAIRS_UP_TO)
        return known, options

    def _none_usable(self, plan: Plan, first: Found) -> Exception:
        """Say why no event can be used, those of securities without prices among them."""
        reports = (*first.reports, self._unplaced(replace(plan, out=None)))
        n = sum(report.n_events for report in reports)
        if not n:
            return InputError(
                "events",
                plan.events[0],
                "it holds no event.",
                "Write one row per event: event_id, security, session.",
            )
        said = [text for report in reports for some in report.examples.values() for text in some]
        lines = [f"none of the {n} events can be used:", *(f"- {text}" for text in said[:8])]
        if self.lost:
            lines.append(_listed(self.partitions, self.lost))
        return StudyError("\n".join(lines))

    def _unplaced(self, plan: Plan) -> PartitionReport:
        """Give an outcome to events whose security is in no partition that took part."""
        left = {p.number for p in self._left()}
        known = sorted(s for n in left for s in self.surveys[n].securities)
        why = {
            security: f"{self.partitions[number].name}: {reason}"
            for number, reason in self.lost.items()
            if number in self.surveys
            for security in self.surveys[number].securities
        }
        unread = [
            f"{self.partitions[number].name}: {reason}"
            for number, reason in self.lost.items()
            if number not in self.surveys
        ]
        found = self.where.run(
            "events without prices", outcomes_without_prices, [plan.events],
            known, why, unread, plan.out, plan.run, merge=_joined,
        )  # fmt: skip
        if found.result is None:
            raise StudyError(f"the events cannot be read: {found.lost[0]}.")
        return found.result[0]


def _survey(partition: Partition) -> tuple[Survey, ...]:
    return (survey_partition(partition),)


def _joined(a: tuple[One, ...], b: tuple[One, ...]) -> tuple[One, ...]:
    return a + b


def _merge(a: Found, b: Found) -> Found:
    return a.merge(b)


def _refuse_shared_securities(surveys: Iterable[Survey]) -> None:
    home: dict[str, str] = {}
    for survey in surveys:
        for security in survey.securities:
            if security in home:
                raise InputError(
                    "prices",
                    f"{security} in {home[security]} and in {survey.partition.name}",
                    "all rows of a security must lie in one partition.",
                    "Rewrite them: market-reaction prices partition --prices DIR --out DIR.",
                )
            home[security] = survey.partition.name


def _listed(partitions: Sequence[Partition], lost: Mapping[int, str]) -> str:
    names = {partition.number: partition.name for partition in partitions}
    return "\n".join(f"- {names[number]}: {why}" for number, why in list(lost.items())[:8])


def _address(value: str | Path, parameter: str) -> str:
    """Return an address that means the same in every process."""
    if not isinstance(value, str | Path):
        raise InputError(
            parameter, type(value).__name__, "it is the address of Parquet files, as text.",
            "A frame is written with frame.to_parquet(FILE).",
        )  # fmt: skip
    fs, path = filesystem(str(value), parameter=parameter)
    return str(fs.unstrip_protocol(path))
