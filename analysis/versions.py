"""Versions and hashes that results depend on; light, so that a check of them starts at once."""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

#: Rooms the figures of a study depend on: a change elsewhere computes nothing anew.
STUDY_ROOMS = (
    "csv_lines", "errors", "files", "output", "wording", "workspace", "tasks",
    "seeds", "prices", "sessions", "engine", "reactions",
)  # fmt: skip
#: Rooms every page depends on besides its study and its own chapters.
PAGE_ROOMS = ("versions", "chapters/shared", "report")

_PACKAGES = ("market-reaction", "numpy", "pandas", "scipy", "exchange-calendars")
_OUR_OWN = "market-reaction"
_CHAPTER = re.compile(r"\banalysis\.chapters\.(\w+)")


def software_versions() -> dict[str, str]:
    """Return the versions results depend on, and the hash of the code that makes the figures."""
    found = {"python": platform.python_version(), "code": code_hash(*STUDY_ROOMS)}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            from analysis import __version__

            found[package] = __version__ if package == _OUR_OWN else "not installed"
    return found


@cache
def code_hash(*rooms: str) -> str:
    """Return the sha256 over the Python files of some rooms, by name and content.

    Parameters
    ----------
    rooms
        Folders or modules of the package, such as ``engine`` or ``chapters/event``; none for all.
    """
    package = Path(__file__).resolve().parent
    files = (file for room in rooms or (".",) for file in _room_files(package, room))
    return _files_hash(package, files)


def chapters_of(notebook: Path) -> tuple[str, ...]:
    """Return the chapters a notebook tells, and those they take from: ``chapters/event``, ..."""
    package = Path(__file__).resolve().parent
    found: set[str] = set()
    new = set(_CHAPTER.findall(notebook.read_text(encoding="utf-8")))
    while new:
        found |= new
        texts = [
            file.read_text(encoding="utf-8")
            for name in new
            for file in _room_files(package, f"chapters/{name}")
        ]
        new = {name for text in texts for name in _CHAPTER.findall(text)} - found
    return tuple(f"chapters/{name}" for name in sorted(found))


def _room_files(package: Path, room: str) -> list[Path]:
    module = package / f"{room}.py"
    if module.is_file():
        return [module]
    return [file for kind in ("*.py", "*.csv") for file in (package / room).rglob(kind)]


@cache
def page_hash() -> str:
    """Return the sha256 over everything pages are drawn with besides code: templates and style."""
    templates = Path(__file__).resolve().parent / "report" / "templates"
    return _files_hash(templates, (path for path in templates.rglob("*") if path.is_file()))


def _files_hash(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        if "_founding" not in file.parts:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
