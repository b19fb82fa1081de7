"""What a finished page was made from, kept beside it, so that the same work is not done twice.

A stamp is written last and names the hash of every file it vouches for: a run that was killed
half-way, or a file that was changed by hand, is seen at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.errors import ReportError
from analysis.files import sha256_hex, sha256_of, write_whole
from analysis.output import STAMP


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a folder's files were made from.

    Attributes
    ----------
    parts
        Name and hash of everything that can change a byte of them.
    files
        Path in the folder and SHA-256 of every file.
    """

    parts: Mapping[str, str]
    files: Mapping[str, str]

    @property
    def key(self) -> str:
        """One hash over all parts."""
        return hash_of(dict(self.parts))


def hash_of(value: Any) -> str:
    """Return the SHA-256 of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return sha256_hex(text)


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp of a folder; None if there is none that can be read."""
    try:
        found = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        return Stamp(parts=dict(found["parts"]), files=dict(found["files"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_stamp(folder: Path, parts: Mapping[str, str], files: Iterable[str]) -> Stamp:
    """Vouch for files as they are now.

    Raises
    ------
    ReportError
        If one of them cannot be read or the folder not be written to.
    """
    try:
        hashes = {name: sha256_of(folder / name) for name in sorted(files)}
    except OSError as error:
        raise ReportError(f"{folder} could not be read: {error}. Run the report again.") from error
    stamp = Stamp(parts=dict(parts), files=hashes)
    text = json.dumps({"parts": stamp.parts, "files": stamp.files}, indent=1, sort_keys=True)
    write_whole(folder / STAMP, text + "\n")
    return stamp


def changed_parts(folder: Path, parts: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return what changed since a folder was finished; empty if nothing did.

    Parameters
    ----------
    folder
        Of a report, or of all of them.
    parts
        What it would be made from now.

    Returns
    -------
    tuple of str or None
        Names of parts, and ``"files"`` if a file is missing or not as it was; None if the folder
        was never finished.
    """
    stamp = read_stamp(folder)
    if stamp is None:
        return None
    names = sorted({*parts, *stamp.parts})
    changed = tuple(name for name in names if parts.get(name) != stamp.parts.get(name))
    if not changed and not _whole(folder, stamp.files):
        return ("files",)
    return changed


def visible_files(folder: Path, *, without: Iterable[str] = ()) -> list[str]:
    """Return the paths of all files under a folder but hidden ones, sorted.

    Parameters
    ----------
    folder
        Where to look.
    without
        Names of folders directly in it to leave out.
    """
    skipped, found = set(without), []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        top = here == folder
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not (top and name in skipped)
        )
        found += [
            (here / name).relative_to(folder).as_posix()
            for name in names
            if not name.startswith(".")
        ]
    return sorted(found)


def tree_hash(folder: Path, *, without: Iterable[str] = ()) -> str:
    """Return one hash over the names and bytes of all files under a folder; see `visible_files`."""
    names = visible_files(folder, without=without)
    return hash_of({name: sha256_of(folder / name) for name in names})


def _whole(folder: Path, files: Mapping[str, str]) -> bool:
    try:
        return all(sha256_of(folder / name) == digest for name, digest in files.items())
    except OSError:
        return False
