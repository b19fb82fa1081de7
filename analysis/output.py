"""Folders of output and which files in them are ours; nothing else is ever replaced or removed.

A folder is ours if it carries our marker, a small file that lists what we made there. Whatever else
lies in it stays as it is, byte for byte; links are never followed.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analysis.errors import InputError, ReportError
from analysis.files import LARGE, link_whole, write_whole

MARKER = ".market-reaction.json"
"""Name of the marker; hidden, so that it is no part of what is read or published."""

STORES = "_store"
"""Folder of stores inside a folder of reports; every store in it has a marker of its own."""

STAMP = ".stamp.json"
"""Name of the file that says what reports were made from (`analysis.report.stamps`)."""

_UNFINISHED = re.compile(r"\.(?P<name>.+)\.\d+-\d+\.tmp")
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """A folder we write into.

    Attributes
    ----------
    root
        The folder; made when something is written.
    kind
        What lies there, in a word or two, such as ``"tables"``; one folder holds one kind.
    parameter
        What the user called it, for messages.
    """

    root: Path
    kind: str = "tables"
    parameter: str = "out"

    def listed(self) -> frozenset[str]:
        """Return the paths in the folder that are ours; those ending in ``/`` with all below."""
        return listed_in(self._marker())[1]

    def check(self) -> OutputFolder:
        """Return the folder if it is new, empty or ours.

        Raises
        ------
        InputError
            If it holds something else, which would be mixed with ours or lost.
        ReportError
            If it is no folder, or nobody may look into it.
        """
        if self.root.is_file():
            raise ReportError(f"{self.root} cannot be written to: it is a file. Name a folder.")
        try:
            there = sorted(self.root.iterdir()) if self.root.is_dir() else []
        except OSError as error:
            raise ReportError(
                f"{self.root} cannot be read or written to: {error.strerror or error}. "
                "Choose another folder with --out."
            ) from error
        kind, names = listed_in(self._marker())
        if not names:
            self._refuse_earlier()
            self.refuse_foreign(path.name for path in there if not _is_ours(path))
        elif kind != self.kind:
            raise self._refusal(f"it holds {kind}, which would be mixed with {self.kind}.")
        return self

    def refuse_foreign(self, names: Iterable[str]) -> None:
        """Refuse a folder for what lies in it, hidden files aside."""
        foreign = sorted(name for name in names if not name.startswith("."))
        if foreign:
            more = f" and {len(foreign) - _SHOWN} more" if len(foreign) > _SHOWN else ""
            raise self._refusal(
                f"it holds {', '.join(foreign[:_SHOWN])}{more}, which was not made here and would "
                "be lost or mixed with what is."
            )

    def _refuse_earlier(self) -> None:
        """Refuse reports without a marker: which of the files are ours is not known."""
        if (self.root / STAMP).is_file():
            raise InputError(
                self.parameter,
                str(self.root),
                f"it holds reports ({STAMP}) but no sound list of their files ({MARKER}), as an "
                "earlier version left them.",
                "Name a new or an empty folder; or, if nothing in this one is yours, delete it "
                "and run this again.",
            )

    def claim(self, names: Collection[str]) -> None:
        """List files as ours before they are written.

        Raises
        ------
        InputError
            If one of them is there already and not ours, or would be written through a link.
        ReportError
            If the folder cannot be written.
        """
        ours = self.listed()
        for name in names:
            self._check_free(name, ours)
        if not ours.issuperset(names):
            self._mark(ours.union(names))

    def write(self, name: str, content: str | bytes | Iterable[bytes]) -> Path:
        """Write a file of ours, whole or not at all; one with the very same bytes becomes ours.

        Not where they come in parts: such a file has to be ours, or new.
        """
        data = content.encode("utf-8") if isinstance(content, str) else content
        path = self.root / name
        if not _owns(self.listed(), name) and isinstance(data, bytes) and _holds(path, data):
            self._mark(self.listed() | {name})
        self.claim([name])
        return write_whole(path, data)

    def copy(self, name: str, source: Path) -> Path:
        """Write a file of ours with the content of another; of large ones the disk has one copy."""
        if source.stat().st_size < LARGE:
            return self.write(name, source.read_bytes())
        self.claim([name])
        return link_whole(self.root / name, source)

    def remove(self, names: Iterable[str]) -> None:
        """Remove files, those of them that are ours; through no link.

        Raises
        ------
        ReportError
            If one cannot be removed.
        """
        ours = self.listed()
        gone = {name for name in names if name in ours}
        for name in gone:
            if self._link_on(name) is None and not (self.root / name).is_dir():
                try:
                    (self.root / name).unlink(missing_ok=True)
                except OSError as error:
                    raise ReportError(
                        f"{self.root / name} could not be removed: {error.strerror or error}."
                    ) from error
        if gone:
            self._mark(ours - gone)

    def sweep(self) -> None:
        """Remove what a killed run left of our files half-written; hold the folder's lock."""
        ours = self.listed()
        for place in {str(PurePosixPath(name).parent) for name in ours}:
            if self._link_on(f"{place}/x") is None and (self.root / place).is_dir():
                for file in (self.root / place).glob(".*.tmp"):
                    found = _UNFINISHED.fullmatch(file.name)
                    whole = PurePosixPath(place) / found["name"] if found else None
                    if str(whole) in ours or whole == PurePosixPath(MARKER):
                        file.unlink(missing_ok=True)

    def _marker(self) -> str:
        try:
            return (self.root / MARKER).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def _mark(self, names: Iterable[str]) -> None:
        write_whole(self.root / MARKER, marker_text(self.kind, names))

    def _check_free(self, name: str, ours: Collection[str]) -> None:
        path, link = self.root / name, self._link_on(name)
        if link is not None:
            raise self._refusal(f"{link} in it is a link, and nothing is written through one.")
        if name.endswith("/"):
            return
        there = path.is_symlink() or path.exists()
        if path.is_dir() or (there and not _owns(ours, name)):
            raise self._refusal(f"{name} in it was not made here and would be lost.")

    def _link_on(self, name: str) -> str | None:
        """Return the first folder on the way to a file that is a link; None if none is."""
        above = list(PurePosixPath(name).parents)[-2::-1]
        return next((str(part) for part in above if (self.root / part).is_symlink()), None)

    def _refusal(self, rule: str) -> InputError:
        return InputError(
            self.parameter, str(self.root), rule, "Name a new or an empty folder."
        )  # fmt: skip


def new_file(path: Path, content: str, *, parameter: str, force: bool = False) -> Path | None:
    """Write a file that nothing may stand in the place of.

    Parameters
    ----------
    path, content
        What to write where.
    parameter
        What the user called it, for messages.
    force
        Whether to replace a file that is there; it is kept beside the new one.

    Returns
    -------
    pathlib.Path or None
        Where the earlier file is kept; None if there was none.

    Raises
    ------
    InputError
        If something is there and `force` is not given, or it is no file.
    ReportError
        If the file cannot be written.
    """
    if not (path.exists() or path.is_symlink()):
        write_whole(path, content)
        return None
    if not force or not path.is_file():
        raise InputError(
            parameter,
            str(path),
            "there is something of that name, and it is not replaced unasked.",
            "Name a new file, or give --force: what is there is then kept beside it.",
        )
    kept = next(
        name
        for n in itertools.count(1)
        if not os.path.lexists(name := path.with_name(f"{path.name}.bak{n if n > 1 else ''}"))
    )
    write_whole(kept, path.read_bytes())
    write_whole(path, content)
    return kept


def marker_text(kind: str, names: Iterable[str]) -> str:
    """Return the content of a marker."""
    content = {"made_by": "market-reaction", "kind": kind, "files": sorted(set(names))}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def listed_in(text: str) -> tuple[str, frozenset[str]]:
    """Return the kind of a folder and the paths its marker lists; nothing if it is not sound."""
    try:
        found = json.loads(text)
        names = frozenset(str(name) for name in found["files"] if stays_inside(str(name)))
        return str(found["kind"]), names if found["made_by"] == "market-reaction" else frozenset()
    except (ValueError, KeyError, TypeError):
        return "", frozenset()


def stays_inside(name: str) -> bool:
    """Tell whether a path leads to a place below the folder it counts from."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _owns(ours: Collection[str], name: str) -> bool:
    return name in ours or any(name.startswith(one) for one in ours if one.endswith("/"))


def _holds(path: Path, data: bytes) -> bool:
    try:
        return not path.is_symlink() and path.read_bytes() == data
    except OSError:
        return False


def _is_ours(path: Path) -> bool:
    """Tell whether a folder inside has a marker of its own, or holds such folders only."""
    return path.is_dir() and (path.name == STORES or (path / MARKER).is_file())
