"""Run a stored study again and hold the bytes against what was stored."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.workspace import Workspace

_NEEDED = ("run", "key", "inputs", "outputs", "versions")


@dataclass(frozen=True, slots=True)
class Rerun:
    """What running again gave.

    Attributes
    ----------
    tables
        How many tables were made.
    changed_tables
        Names of those with other bytes.
    causes
        What differs before anything is computed: inputs, versions, code; one sentence each.
    """

    tables: int
    changed_tables: tuple[str, ...]
    causes: tuple[str, ...]

    @property
    def same(self) -> bool:
        """True if every table has the same bytes."""
        return not self.changed_tables

    def text(self) -> str:
        """Return the answer for a terminal."""
        lines = [f"- {cause}" for cause in self.causes]
        if self.same:
            head = f"Reproduced: {self.tables} tables, byte for byte."
            return "\n".join([head, *(["Although:", *lines] if lines else [])])
        names = ", ".join(self.changed_tables)
        head = (
            f"Not reproduced: {len(self.changed_tables)} of {self.tables} tables differ: {names}."
        )
        if not lines:
            lines = ["- inputs, code and versions are the same; the machine computes differently"]
        return "\n".join([head, "What differs:", *lines])


def rerun(record: Path, workspace: Workspace, *, keep: Path | None = None) -> Rerun:
    """Compute a stored study again.

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
        If the file is not a ``run.json``.
    """
    from analysis.reactions.run_spec import RunSpec
    from analysis.reactions.store import gather_inputs, write_study

    stored = read_record(record)
    run = RunSpec.from_json(json.dumps(stored["run"]))
    inputs = gather_inputs(workspace, run)
    with tempfile.TemporaryDirectory(prefix="mr-") as temporary:
        folder = keep or Path(temporary) / "store"
        write_study(inputs.study(), folder, inputs=inputs)
        made = read_record(folder)["outputs"]
    before = stored["outputs"]
    changed = sorted(n for n in {*before, *made} if before.get(n) != made.get(n))
    causes = (
        *differences(stored["inputs"], inputs.files, what="input", short=True),
        *differences(stored["versions"], inputs.versions, what="version of", short=False),
    )
    return Rerun(tables=len(made), changed_tables=tuple(changed), causes=causes)


def read_record(path: Path) -> dict[str, Any]:
    """Return a ``run.json``; `InputError` if it is none."""
    file = path / "run.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            "run.json",
            str(path),
            f"it cannot be read ({error}).",
            "Name a run.json beside a report, such as reports/data/run.json, or its folder.",
        ) from error
    missing = [name for name in _NEEDED if not isinstance(found, dict) or name not in found]
    if missing:
        raise InputError(
            "run.json",
            str(file),
            f"it is not the record of a study: no {', '.join(missing)}.",
            "Name a run.json that market-reaction report or study wrote.",
        )
    return dict(found)


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
