"""Outcomes of events whose security is in no partition that took part in a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.scale.events import COLUMNS, events_frame
from analysis.scale.output import write_unplaced
from analysis.scale.passes import EXAMPLES, PartitionReport
from analysis.scale.reading import batches_of

#: Name of the table of these events, beside those of the partitions.
UNPLACED = "unplaced"


@dataclass(frozen=True, slots=True)
class Lost:
    """Which securities took part in a study, and why others did not.

    Attributes
    ----------
    known : tuple of str
        Securities of the partitions that took part.
    why : dict of str to str
        Securities of partitions that were left out, and the reason.
    unread : tuple of str
        Reasons of partitions whose securities nobody knows.
    """

    known: tuple[str, ...]
    why: Mapping[str, str]
    unread: tuple[str, ...]

    def outcome(self, security: object) -> tuple[str, str]:
        """Return status and reason of an event whose security did not take part."""
        if security is None:
            return "outside_data", "the event has no `security`"
        if security in self.why:
            return "unreadable_prices", self.why[str(security)]
        if self.unread:
            read = "; ".join(self.unread[:EXAMPLES])
            return (
                "unreadable_prices",
                f"`security` {security!r} is in no partition that can be read ({read})",
            )
        return "outside_data", f"`security` {security!r} is in no partition of the prices"


def outcomes_without_prices(
    files: tuple[str, ...],
    lost: Lost,
    out: str | None,
    run: str,
) -> tuple[PartitionReport, ...]:
    """Find the events of securities no partition of the study has, and say why.

    Parameters
    ----------
    files
        Files of events.
    lost
        Securities of the partitions that took part, and why others did not.
    out
        Address of the folder of results; None writes nothing.
    run
        Name of the run, part of the names of unfinished files.

    Returns
    -------
    tuple of PartitionReport
        One, for no partition.
    """
    import pyarrow
    import pyarrow.compute

    names = pyarrow.array(list(lost.known), pyarrow.string())
    statuses: Counter[str] = Counter()
    examples: dict[str, tuple[str, ...]] = {}
    kept = []
    for table in batches_of(files, COLUMNS, parameter="events"):
        inside = pyarrow.compute.is_in(table.column("security"), value_set=names)
        frame = events_frame(table.filter(pyarrow.compute.invert(inside)))
        if len(frame):
            said = [lost.outcome(security) for security in frame["security"]]
            frame = frame.assign(status=[s for s, _ in said], reason=[r for _, r in said])
            statuses.update(frame["status"])
            for event, status, reason in zip(
                frame["event_id"], frame["status"], frame["reason"], strict=True
            ):
                if len(examples.get(status, ())) < EXAMPLES:
                    examples[status] = (*examples.get(status, ()), f"{event}: {reason}")
            kept.append(frame)
    n = sum(map(len, kept))
    if n and out is not None:
        write_unplaced(out, kept, UNPLACED, run)
    return (PartitionReport(-1, "(none)", 0, n, dict(sorted(statuses.items())), examples, 0),)
