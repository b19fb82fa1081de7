"""Things many tests need: the founding workspace, its records and one finished study."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.notebook import Opened
from analysis.panel import EventPanel
from analysis.reactions.ground import Ground, reaction_panel
from analysis.seeds import Seeds, load_seeds
from analysis.spec import RunSpec
from analysis.store import StudyStore, load_or_run
from analysis.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The founding workspace, with reports going to a temporary folder."""
    return Workspace(root=ROOT, reports=tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def seeds() -> Seeds:
    """The founding records."""
    return load_seeds(ROOT / "seeds")


@pytest.fixture(scope="session")
def store(workspace: Workspace) -> StudyStore:
    """The founding study with default settings, computed once."""
    return load_or_run(RunSpec(), workspace=workspace)


@pytest.fixture(scope="session")
def ground(store: StudyStore, seeds: Seeds, workspace: Workspace) -> Ground:
    """Prices of the founding study laid on the sessions of their exchanges."""
    return Opened(study=store, seeds=seeds, workspace=workspace).ground()


@pytest.fixture(scope="session")
def panel(ground: Ground) -> EventPanel:
    """The founding reactions as a panel."""
    return reaction_panel(ground)
