"""What one task does with one partition: a first pass, and a second that knows the first's result.

The first pass fits normal returns and sums what every later step needs; the second fits them again,
collects what the tests keep and writes the table of its events. Nothing of the size of events x
days leaves a task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pandas as pd

from analysis.engine.abnormal import Abnormal
from analysis.engine.gate import odd_series, used_factors
from analysis.engine.inference import TestOptions
from analysis.engine.inference.battery import SAMPLE, collect, prepare
from analysis.engine.inference.row_sample import collect_sample
from analysis.engine.inference.states import (
    Asked,
    State,
    States,
    merge_states,
)
from analysis.engine.jumps import odd_jumps
from analysis.engine.oddity import Oddity
from analysis.engine.peers import PEERS, others_mean, session_sums
from analysis.engine.results import EventStudyResult
from analysis.engine.series import SeriesSet
from analysis.engine.spec import StudySpec
from analysis.engine.standstill import still_sessions
from analysis.engine.study import estimate
from analysis.engine.suspicious import odd_benchmark, same_series
from analysis.engine.units import odd_sizes, security_units
from analysis.scale.events import blocks_by_security, partition_panel, read_events
from analysis.scale.output import write_reactions
from analysis.scale.prices import Days, Floats, PartitionReturns, read_returns
from analysis.scale.source import Partition

#: Events fitted and collected at once; bounds memory, not results.
BLOCK = 8192
#: Reasons kept of every status, as examples.
EXAMPLES = 3


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """What every task has to know.

    Attributes
    ----------
    spec, options
        The method, and the choices of its tests.
    asked : tuple
        Tests and windows.
    axis : ndarray of datetime64[D]
        Sessions all partitions share.
    factors : ndarray of shape (n_sessions, k)
        Benchmark or factors on the axis.
    factor_names : tuple of str
        Their names.
    peers : tuple of ndarray, or None
        Sum and number of the returns of all securities on each session, for peer benchmarks.
    events : tuple of str
        Files the events lie in.
    out : str or None
        Address the tables are written to.
    run : str
        Name of the run, for the files it has not finished.
    first_column : tuple of int
        Number of the first security of each partition among all.
    odd : tuple of Oddity
        What the gate noticed about the benchmark.
    """

    spec: StudySpec
    options: TestOptions
    asked: tuple[Asked, ...]
    axis: Days
    factors: Floats
    factor_names: tuple[str, ...]
    peers: tuple[Floats, Floats] | None
    events: tuple[str, ...]
    out: str | None
    run: str
    first_column: tuple[int, ...]
    odd: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True)
class PartitionReport:
    """What became of one partition.

    Attributes
    ----------
    number, name
        Which.
    n_securities, n_events : int
        Securities of its files, and requested events of them.
    statuses : dict of str to int
        Events by what became of them.
    examples : dict of str to tuple of str
        The first reasons of each status but ``ok``.
    off_axis : int
        Rows of prices on days that are no session.
    odd : tuple of Oddity
        What the gate noticed about the securities that have events.
    """

    number: int
    name: str
    n_securities: int
    n_events: int
    statuses: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]
    off_axis: int
    odd: tuple[Oddity, ...] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Found:
    """What a pass found in one partition or in several; ``None`` where no event is usable.

    Attributes
    ----------
    states : mapping or None
        States by test and window, and those of the study itself.
    reports : tuple of PartitionReport
        One for every partition.
    day0 : ndarray of shape (n_sessions,), or None
        Requested events, usable or not, with day 0 on each session; counted by the first pass.
    """

    states: States | None
    reports: tuple[PartitionReport, ...] = ()
    day0: Floats | None = None

    def merge(self, other: Found) -> Found:
        """Combine with what was found in later partitions."""
        if self.states is None or other.states is None:
            states = other.states if self.states is None else self.states
        else:
            states = merge_states(self.states, other.states)
        if self.day0 is None or other.day0 is None:
            day0 = other.day0 if self.day0 is None else self.day0
        else:
            day0 = self.day0 + other.day0
        return Found(states, self.reports + other.reports, day0)


#: Keys of the states of the study itself, beside those of tests.
STUDY = "study"
SQUARES = "squares"


def sum_peers(partition: Partition, plan: Plan) -> Found:
    """Sum the returns of all securities of a partition, session by session."""
    total, n = session_sums(read_partition(partition, plan).values)
    return Found({STUDY: State(summed={"total": total, "n": n})})


def first_pass(partition: Partition, plan: Plan) -> Found:
    """Fit every event of a partition and sum what the study and its tests need first."""
    returns = read_partition(partition, plan)
    events = read_events(plan.events, returns.securities)
    found: list[dict[Hashable, State]] = []
    statuses: Counter[str] = Counter()
    examples: dict[str, tuple[str, ...]] = {}
    day0 = np.zeros(len(plan.axis))
    for result in _results(events, returns, plan):
        statuses.update(np.where(result.partial, "partial", result.status).tolist())
        _keep_examples(examples, result)
        placed = result.panel.row[result.panel.row >= 0]
        day0 += np.bincount(placed, minlength=len(day0))
        if len(result.rows):
            found.append({STUDY: _study_sums(result), **_window_sums(result, plan.spec)})
            found[-1] |= prepare(plan.asked, result.distinct, plan.options)
    report = PartitionReport(
        number=partition.number,
        name=partition.name,
        n_securities=len(returns.securities),
        n_events=len(events),
        statuses=dict(sorted(statuses.items())),
        examples=examples,
        off_axis=returns.off_axis,
        odd=_odd(events, returns, plan),
    )
    return Found(reduce(merge_states, found) if found else None, (report,), day0)


def second_pass(partition: Partition, plan: Plan, known: Known) -> Found:
    """Collect what the tests keep of a partition, and write the table of its events."""
    returns = read_partition(partition, plan)
    events = read_events(plan.events, returns.securities)
    found: list[dict[Hashable, State]] = []
    with write_reactions(plan.out, f"part-{partition.number:05d}", plan.run) as write:
        for result in _results(events, returns, plan):
            write(result, known.day0)
            if len(result.rows):
                state: dict[Hashable, State] = {
                    SQUARES: _centred_squares(result.distinct, known.aar)
                }
                if not known.together:
                    state |= collect(plan.asked, result.distinct, plan.options, known.prepared)
                found.append(state)
    return Found(reduce(merge_states, found) if found else None)


def collect_together(partitions: Sequence[Partition], plan: Plan, known: Known) -> Found:
    """Collect a few events of several partitions as one part, for correlations pair by pair."""
    parts = []
    for partition in partitions:
        returns = read_partition(partition, plan)
        events = read_events(plan.events, returns.securities)
        first = plan.first_column[partition.number]
        parts += [
            replace(result.distinct, column=result.distinct.column + first)
            for result in _results(events, returns, plan)
            if len(result.rows)
        ]
    whole = Abnormal.join(parts)
    return Found(collect(plan.asked, whole, plan.options, known.prepared))


@dataclass(frozen=True, eq=False, repr=False)
class Known:
    """What the first pass over all partitions came to.

    Attributes
    ----------
    prepared : mapping
        Settled states of the tests that need a first pass.
    day0 : ndarray of shape (n_sessions,)
        Requested events with day 0 on each session.
    aar : ndarray of shape (L,)
        Mean abnormal return of each event day.
    together : bool
        Whether the tests are collected from all events at once.
    """

    prepared: States
    day0: Floats
    aar: Floats
    together: bool


def read_partition(partition: Partition, plan: Plan) -> PartitionReturns:
    """Read the returns of a partition; securities in other units than the factors are refused."""
    found = read_returns(
        partition, plan.axis, price=plan.spec.price, return_kind=plan.spec.return_kind
    )
    kind = plan.spec.return_kind
    securities = SeriesSet("prices", found.securities, found.values, plan.axis, kind)
    refused = dict(found.refused)
    for fault in security_units(securities, _used_factors(plan)):
        found.values[:, fault.column] = np.nan
        refused[found.securities[fault.column]] = f"{fault.found}: {fault.rule} {fault.remedy}"
    return replace(found, refused=refused)


def _used_factors(plan: Plan) -> SeriesSet:
    used, _ = used_factors(plan.factor_names, plan.spec)
    names = tuple(plan.factor_names[i] for i in used)
    return SeriesSet("benchmark", names, plan.factors[:, used], plan.axis, plan.spec.return_kind)


def _odd(events: pd.DataFrame, returns: PartitionReturns, plan: Plan) -> tuple[Oddity, ...]:
    """Say what is unlikely about the securities that have events, and about the axis."""
    kind, asked = plan.spec.return_kind, set(events["security"])
    chosen = np.array([i for i, name in enumerate(returns.securities) if name in asked], dtype=int)
    studied = SeriesSet("prices", returns.securities, returns.values, plan.axis, kind).take(chosen)
    factors = _used_factors(plan)
    among = (returns.values, factors.values)
    found = [*odd_series(studied, among, beside=[factors.values])]
    found += [replace(odd, shared=True) for odd in odd_jumps(factors, among)]
    found += [*same_series(studied), *still_sessions(studied, factors)]
    found += odd_sizes(studied, factors)
    if factors.names:
        found += odd_benchmark(studied, factors)
    if len(returns.lacking):
        found.append(
            Oddity(
                "sessions the benchmark lacks",
                f"the benchmark lacks {returns.lacking[0]}"
                + (f" and {len(returns.lacking) - 1} more" if len(returns.lacking) > 1 else "")
                + ", on which nearly all securities have prices: events there have no day 0, and "
                "returns beside it span more than a session.",
                once=True,
            )
        )
    return tuple(found)


def _results(events: object, returns: PartitionReturns, plan: Plan) -> Iterator[EventStudyResult]:
    factors, names = plan.factors, plan.factor_names
    if plan.peers is not None:
        factors, names = others_mean(returns.values, *plan.peers)[..., None], (PEERS,)
    panel = partition_panel(events, returns, plan.axis, factors, names)  # type: ignore[arg-type]
    for rows in blocks_by_security(panel, BLOCK):
        yield estimate(panel.take(rows), plan.spec)


def _study_sums(result: EventStudyResult) -> State:
    """Sum over distinct usable events what means over event days need."""
    ar = result.distinct.ar
    return State(
        summed={
            "n_distinct": np.array(float(len(result.distinct))),
            "ar": np.nansum(ar, axis=0),
            "n": np.isfinite(ar).sum(axis=0).astype(float),
        }
    )


def _window_sums(result: EventStudyResult, spec: StudySpec) -> dict[Hashable, State]:
    """Sum over the events of every row what its mean CAR and BHAR need, and its sample."""
    found: dict[Hashable, State] = {}
    for window in spec.windows or ():
        sums, bhar = result.row(window), result.row(window, every_day=True).bhar
        known = np.isfinite(sums.se)  # none for events of a model that estimates nothing
        weight = sums.se[known] ** -2.0
        found[STUDY, window] = State(
            summed={
                "n": np.array(float(len(known))),
                "n_weighted": np.array(float(len(weight))),
                "n_complete": np.array(float(len(bhar))),
                "car": np.array(sums.car.sum()),
                "squares": np.array((sums.car**2).sum()),
                "bhar": np.array(bhar.sum()),
                "weight": np.array(weight.sum()),
                "weighted": np.array(weight @ sums.car[known]),
            }
        )
        found[SAMPLE, window] = collect_sample(result.distinct, window, spec.test_options)
    return found


def _centred_squares(abnormal: Abnormal, aar: Floats) -> State:
    away = abnormal.ar - aar
    return State(summed={"squares": np.nansum(away**2, axis=0)})


def _keep_examples(examples: dict[str, tuple[str, ...]], result: EventStudyResult) -> None:
    for i in np.flatnonzero(result.status != "ok"):
        kept = examples.get(result.status[i], ())
        if len(kept) < EXAMPLES:
            key = f"{result.panel.event_id[i]}: {result.reason[i]}"
            examples[result.status[i]] = (*kept, key)
