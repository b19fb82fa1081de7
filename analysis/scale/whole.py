"""All events of a study over partitions in one process, where they fit: the study as in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.engine.panel import EventPanel
from analysis.engine.peers import PEERS, others_mean
from analysis.engine.results import EventStudyResult
from analysis.engine.study import estimate
from analysis.errors import StudyError
from analysis.scale.events import KEYS, partition_panel, read_events, read_extras
from analysis.scale.passes import Plan, read_partition
from analysis.scale.prices import PartitionReturns
from analysis.scale.source import Partition
from analysis.scale.unplaced import Lost

#: Values held at once: events x days of both windows, and sessions x securities with events;
#: 400 MB each.
MOST_VALUES = 50_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Whole:
    """Where the events of a finished study and their prices are.

    Attributes
    ----------
    plan : Plan
        What every task knew.
    partitions : tuple of Partition
        Those that took part.
    lost : Lost
        Why the securities of others did not.
    """

    plan: Plan
    partitions: tuple[Partition, ...]
    lost: Lost

    def why_not(self, n_events: int) -> str:
        """Say why so many events are not studied in one process; empty if they are."""
        spec = self.plan.spec
        days = spec.n_estimation + spec.n_event
        if n_events * days > MOST_VALUES:
            return (
                f"{n_events:,} events of {days} days do not fit into one process "
                f"({MOST_VALUES // days:,} do)"
            )
        asked = read_events(self.plan.events, None)["security"].nunique()
        if asked * len(self.plan.axis) > MOST_VALUES:
            return (
                f"{asked:,} securities of {len(self.plan.axis):,} sessions do not fit into one "
                f"process ({MOST_VALUES // len(self.plan.axis):,} do)"
            )
        return ""

    def result(self, notes: tuple[str, ...]) -> EventStudyResult:
        """Read the returns of the securities that have events, and study them as in memory.

        Returns
        -------
        EventStudyResult
            A row for every event, in the order of the files, with all columns they have.
        """
        events = read_events(self.plan.events, None)
        panel = self._panel(events)
        found = estimate(panel, self.plan.spec)
        if not found.usable.any():
            raise StudyError("no event can be used any more: the prices have changed.")
        extras = read_extras(self.plan.events)
        told = pd.concat([events[list(KEYS)], extras], axis=1)
        return replace(found, notes=notes, events=told)

    def _panel(self, events: pd.DataFrame) -> EventPanel:
        asked = set(events["security"])
        returns, factors = [], []
        for partition in self.partitions:
            some = read_partition(partition, self.plan)
            mine = np.array([i for i, s in enumerate(some.securities) if s in asked], dtype=int)
            if self.plan.peers is not None:
                factors.append(others_mean(some.values, *self.plan.peers)[:, mine, None])
            names = tuple(some.securities[i] for i in mine)
            returns.append(replace(some, securities=names, values=some.values[:, mine]))
        every = PartitionReturns(
            securities=tuple(name for some in returns for name in some.securities),
            values=np.hstack([some.values for some in returns]),
            refused={name: why for some in returns for name, why in some.refused.items()},
            off_axis=0,
            lacking=np.empty(0, dtype="datetime64[D]"),
        )
        peers = self.plan.peers is not None
        panel = partition_panel(
            events, every, self.plan.axis,
            np.concatenate(factors, axis=1) if peers else self.plan.factors,
            (PEERS,) if peers else self.plan.factor_names,
        )  # fmt: skip
        return self._without_prices(panel)

    def _without_prices(self, panel: EventPanel) -> EventPanel:
        """Give events whose security did not take part the outcome they have on disk."""
        status, reason, row = panel.status.copy(), panel.reason.copy(), panel.row.copy()
        for i in np.flatnonzero(~np.isin(panel.security.astype(str), self.lost.known)):
            (status[i], reason[i]), row[i] = self.lost.outcome(panel.security[i]), -1
        return replace(panel, status=status, reason=reason, row=row)
