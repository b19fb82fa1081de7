"""A workspace: one folder with ``seeds/``, ``data/`` and ``notebooks/``.

The repository is one, the installed package carries the founding one, and a user can make others.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import InputError

_PARTS = ("seeds", "data", "notebooks")
_FOUNDING = "_founding"


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the inputs of a run are and where its output goes.

    Attributes
    ----------
    root
        Folder with ``seeds/``, ``data/``, ``notebooks/`` and ``docs/``.
    reports
        Folder the reports go to.
    bundled
        True for the founding workspace inside the installed package, which is never written to.
    """

    root: Path
    reports: Path
    bundled: bool = False

    @property
    def seeds(self) -> Path:
        """Folder of the hand-kept YAML files."""
        return self.root / "seeds"

    @property
    def data(self) -> Path:
        """Folder of the price snapshot."""
        return self.root / "data"

    @property
    def cache(self) -> Path:
        """Folder of downloaded prices; the user's own if the workspace is inside the package."""
        return _own_cache() if self.root.name == _FOUNDING else self.data / "cache"

    @property
    def stores(self) -> Path:
        """Folder of finished studies: with the reports, or the user's own if none may be there."""
        beside = self.reports / "_store"
        there = next(folder for folder in (beside, *beside.parents) if os.access(folder, os.F_OK))
        return beside if os.access(there, os.W_OK | os.X_OK) else _own_cache() / "studies"

    @property
    def notebooks(self) -> Path:
        """Folder of the notebooks the studies run."""
        return self.root / "notebooks"

    @property
    def methods(self) -> Path:
        """Text of the methods page."""
        return self.root / "docs" / "methods.md"


def _own_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "market-reaction"


def is_workspace(folder: Path) -> bool:
    """Tell whether a folder has the parts of a workspace."""
    try:
        return all((folder / part).is_dir() for part in _PARTS)
    except OSError:  # nobody may look into it
        return False


def find_workspace(path: Path | str | None = None) -> Workspace:
    """Return the workspace at ``path``, else the one we are in, else the bundled one.

    Jupyter starts a kernel in the folder of its notebook, which may be a workspace's own.

    Parameters
    ----------
    path
        Folder the user named with ``--workspace``; None to look around.

    Raises
    ------
    InputError
        If ``path`` is given and is not a workspace.
    """
    if path is not None:
        root = Path(path).expanduser()
        if not is_workspace(root):
            missing = [part + "/" for part in _PARTS if not (root / part).is_dir()]
            raise InputError(
                "workspace",
                str(path),
                "a workspace has the folders seeds/, data/ and notebooks/; missing here: "
                f"{', '.join(missing)}.",
                "Name such a folder, or leave the option out to use the founding workspace.",
            )
        return Workspace(root=root.resolve(), reports=root.resolve() / "reports")
    here = Path.cwd()
    for folder in (here, *here.parents):
        if is_workspace(folder) and folder.name != _FOUNDING:
            return Workspace(root=folder, reports=folder / "reports")
    return Workspace(root=_bundled_root(), reports=here / "reports", bundled=True)


def founding_workspace() -> Workspace:
    """Return the workspace that comes with the package; it is only read."""
    root = _bundled_root()
    return Workspace(root=root, reports=root / "reports", bundled=True)


def _bundled_root() -> Path:
    package = Path(__file__).resolve().parent
    founding = package / _FOUNDING
    return founding if is_workspace(founding) else package.parent


def hidden_by(folder: Path) -> Path | None:
    """Return the file or folder that ``import analysis`` would find in a folder instead of this.

    A clone of this project is none: what it holds is the package, too.
    """
    for name in ("analysis.py", "analysis/__init__.py"):
        found = folder / name
        if found.is_file() and not (folder / "analysis" / "engine" / "study.py").is_file():
            return found if name.endswith("analysis.py") else found.parent
    return None
