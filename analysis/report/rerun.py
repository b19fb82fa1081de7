"""Run a stored study again and hold the bytes against what was stored."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.files import sha256_of
from analysis.output import OutputFolder
from analysis.reactions.store import read_record

if TYPE_CHECKING:
    from analysis.workspace import Workspace

__all__ = ["Rerun", "differences", "read_record", "rerun"]


@dataclass(frozen=True, slots=True)
class Rerun:
    """What running again gave.

    Attributes
    ----------
    tables
        How many tables were made.
    changed_tables
        Names of those with other bytes than on the disk, or, where none lies there, than
        ``run.json`` says.
    causes
        What differs before anything is computed: inputs, versions, code; one sentence each.
    damaged
        Names of tables on the disk that are not as ``run.json`` says.
    on_disk
        False if no table lies beside ``run.json``, so that only its hashes could be compared.
    """

    tables: int
    changed_tables: tuple[str, ...]
    causes: tuple[str, ...]
    damaged: tuple[str, ...] = ()
    on_disk: bool = True

    @property
    def same(self) -> bool:
        """True if every table has the same bytes."""
        return not self.changed_tables and not self.damaged

    def text(self) -> str:
        """Return the answer for a terminal."""
        lines = [f"- {cause}" for cause in self.causes]
        if self.damaged:
            names = ", ".join(self.damaged)
            lines.append(f"- changed, cut short or missing since they were written: {names}")
        if self.same:
            how = "byte for byte" if self.on_disk else "by the hashes in run.json; none lies there"
            head = f"Reproduced: {self.tables} tables, {how}."
            return "\n".join([head, *(["Although:", *lines] if lines else [])])
        names = ", ".join(self.changed_tables) or "none by the hashes in run.json"
        head = (
            f"Not reproduced: {len(self.changed_tables)} of {self.tables} tables differ: {names}."
        )
        if not lines:
            lines = ["- inputs, code and versions are the same; the machine computes differently"]
        return "\n".join([head, "What differs:", *lines])


def rerun(record: Path, workspace: Workspace, *, keep: Path | None = None) -> Rerun:
    """Compute a stored study again and hold it against the tables on the disk.

    Parameters
    ----------
    record
        A ``run.json``, or the folder that holds one.
    workspace
        Where seeds and prices are.
    keep
        Folder the tables are kept in; None to compare and forget them.

    Raises
    ------
    InputError
        If the file is not a ``run.json``, or the folder holds what is not ours.
    """
    from analysis.reactions.run_inputs import gather_inputs
    from analysis.reactions.run_spec import RunSpec
    from analysis.reactions.store import StudyStore, write_study, write_subset

    stored = read_record(record)
    folder = record if record.is_dir() else record.parent
    run = RunSpec.from_json(json.dumps(stored["run"]))
    with tempfile.TemporaryDirectory(prefix="mr-") as temporary:
        place = OutputFolder(keep or Path(temporary) / "store").check().root
        inputs = gather_inputs(workspace, run).vetted()
        write_study(inputs.study(), place, inputs=inputs)
        if "subset" in stored:
            whole, place = StudyStore(place), Path(temporary) / "subset"
            write_subset(whole, place, events=stored["subset"])
        made = read_record(place)["outputs"]
    before, there = stored["outputs"], hashes_on_disk(folder, stored["outputs"])
    found = there or before
    changed = sorted(n for n in {*before, *made} if found.get(n) != made.get(n))
    causes = (
        *differences(stored["inputs"], inputs.files, what="input", short=True),
        *differences(stored["versions"], inputs.versions, what="version of", short=False),
    )
    return Rerun(
        tables=len(made),
        changed_tables=tuple(changed),
        causes=causes,
        damaged=tuple(sorted(n for n in before if there and there.get(n) != before[n])),
        on_disk=bool(there),
    )


def hashes_on_disk(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of those of these files that can be read in a folder."""
    found = {}
    for name in names:
        with contextlib.suppress(OSError):
            found[name] = sha256_of(folder / name)
    return found


def differences(
    old: Mapping[str, str], new: Mapping[str, str], *, what: str, short: bool
) -> tuple[str, ...]:
    """Return a sentence for every name with another value."""
    found = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if short or name == "code":
            before, after = (before or "none")[:12], (after or "none")[:12]
        label = "the package's code" if name == "code" else f"{what} {name}"
        found.append(f"{label}: {before or 'none'} then, {after or 'none'} now")
    return tuple(found)
