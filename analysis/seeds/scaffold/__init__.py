"""A new workspace: a small commented example that runs as it is."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from analysis.errors import InputError, ReportError
from analysis.workspace import founding_workspace

__all__ = ["new_workspace"]

_EXAMPLE = Path(__file__).parent / "example"
_SCHEMAS = Path(__file__).parents[1] / "schemas"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])")
_DATA = (
    "closes.csv",
    "nvda_volume.csv",
    "calendar_corrections.csv",
    "datapackage.json",
    "README.md",
)


def new_workspace(name: str, *, parent: Path) -> Path:
    """Make a workspace, whole or not at all.

    Parameters
    ----------
    name
        Name of the folder, without a path: letters, digits, hyphens and underscores.
    parent
        Folder it is made in.

    Returns
    -------
    pathlib.Path
        The new folder, with ``seeds/``, ``data/``, ``notebooks/``, ``docs/`` and ``README.md``.

    Raises
    ------
    InputError
        If the name is no plain name or is taken.
    ReportError
        If the folder cannot be written.
    """
    folder = parent / _checked(name)
    if folder.exists() or folder.is_symlink():
        raise InputError("name", name, "there is something of that name here.", "Choose another.")
    try:
        with tempfile.TemporaryDirectory(dir=parent, prefix=".new-") as temporary:
            part = Path(temporary) / name
            _fill(part)
            os.rename(part, folder)  # noqa: PTH104  (fails where Path.replace would overwrite)
    except OSError as error:
        raise ReportError(
            f"{folder} cannot be made: {error.strerror or error}. Choose a folder you may write to."
        ) from error
    return folder


def _checked(name: str) -> str:
    if _NAME.fullmatch(name) and not _RESERVED.fullmatch(name):
        return name
    near = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:64]
    sound = _NAME.fullmatch(near) and not _RESERVED.fullmatch(near)
    raise InputError(
        "name",
        name[:80],
        "it is the name of a folder made here: letters, digits, hyphens and underscores, no path.",
        f"Did you mean {near!r}?" if sound else "For example my-study.",
    )


def _fill(folder: Path) -> None:
    founding = founding_workspace()
    shutil.copytree(_EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(_SCHEMAS, folder / "seeds" / "schemas", ignore=_only(".json"))
    (folder / "data").mkdir()
    for name in _DATA:
        shutil.copyfile(founding.data / name, folder / "data" / name)
    (folder / "notebooks").mkdir()
    for notebook in sorted(founding.notebooks.glob("*.ipynb")):
        shutil.copyfile(notebook, folder / "notebooks" / notebook.name)
    if founding.methods.is_file():
        (folder / "docs").mkdir()
        shutil.copyfile(founding.methods, folder / "docs" / founding.methods.name)
    (folder / ".gitignore").write_text("data/cache/\nreports/\n", encoding="utf-8")


def _only(suffix: str) -> Callable[[str, list[str]], list[str]]:
    def ignored(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if not name.endswith(suffix)]

    return ignored
