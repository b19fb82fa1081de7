"""The course of a study over partitions: a survey, two passes, a merge, and what was lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from analysis.engine.inference.battery import SAMPLE, asked_tests, form_for, settle
from analysis.engine.inference.dependence import PAIRS_UP_TO
from analysis.engine.inference.outcome import TestOptions
from analysis.engine.inference.row_sample import finish_sample
from analysis.engine.inference.states import State
from analysis.engine.oddity import agreed, told
from analysis.engine.spec import StudySpec
from analysis.errors import InputError, StudyError
from analysis.scale.benchmark import benchmark_axis
from analysis.scale.output import (
    FILES,
    REACTIONS,
    RUN,
    open_folder,
    remove_stale,
    withdraw_run,
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
from analysis.scale.source import Partition
from analysis.scale.unplaced import UNPLACED, Lost, outcomes_without_prices
from analysis.scale.whole import Whole
from analysis.tasks import Progress, Scheduler

One = TypeVar("One")


@dataclass(eq=False)
class Course:
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
            tables = [*(f"{name}.csv" for name in TABLES), *FILES]
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
            whole_of=Whole(plan, tuple(self._left()), self._without()),
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
        found = self.where.run(
            "events without prices", outcomes_without_prices, [plan.events],
            self._without(), plan.out, plan.run, merge=_joined,
        )  # fmt: skip
        if found.result is None:
            raise StudyError(f"the events cannot be read: {found.lost[0]}.")
        return found.result[0]

    def _without(self) -> Lost:
        """Say which securities took part, and why the others did not."""
        names = {number: self.partitions[number].name for number in self.lost}
        return Lost(
            known=tuple(sorted(s for p in self._left() for s in self.surveys[p.number].securities)),
            why={
                security: f"{names[number]}: {reason}"
                for number, reason in self.lost.items()
                if number in self.surveys
                for security in self.surveys[number].securities
            },
            unread=tuple(
                f"{names[number]}: {reason}"
                for number, reason in self.lost.items()
                if number not in self.surveys
            ),
        )


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
