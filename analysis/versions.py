"""Versions and hashes that results depend on; light, so that a check of them starts at once."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

_PACKAGES = ("market-reaction", "numpy", "pandas", "scipy", "exchange-calendars")
_OUR_OWN = "market-reaction"


def software_versions() -> dict[str, str]:
    """Return the versions results depend on, and the hash of this package's code."""
    found = {"python": platform.python_version(), "code": code_hash()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            from analysis import __version__

            found[package] = __version__ if package == _OUR_OWN else "not installed"
    return found


@cache
def code_hash() -> str:
    """Return the sha256 over this package's Python files, by name and content."""
    package = Path(__file__).resolve().parent
    return _files_hash(package, package.rglob("*.py"))


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


def sha256(file: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
