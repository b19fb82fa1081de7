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
        if self.root.name == _FOUNDING:
            base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
            return Path(base) / "market-reaction"
        return self.data / "cache"

    @property
    def notebooks(self) -> Path:
        """Folder of the notebooks the studies run."""
        return self.root / "notebooks"

    @property
    def methods(self) -> Path:
        """Text of the methods page."""
        return self.root / "docs" / "methods.md"


def is_workspace(folder: Path) -> bool:
    """Tell whether a folder has the parts of a workspace."""
    return all((folder / part).is_dir() for part in _PARTS)


def find_workspace(path: Path | str | None = None) -> Workspace:
    """Return the workspace at ``path``, else the current folder if it is one, else the bundled one.

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
    if is_workspace(here):
        return Workspace(root=here, reports=here / "reports")
    return Workspace(root=_bundled_root(), reports=here / "reports", bundled=True)


def founding_workspace() -> Workspace:
    """Return the workspace that comes with the package; it is only read."""
    root = _bundled_root()
    return Workspace(root=root, reports=root / "reports", bundled=True)


def _bundled_root() -> Path:
    package = Path(__file__).resolve().parent
    founding = package / _FOUNDING
    return founding if is_workspace(founding) else package.parent
