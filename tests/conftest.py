"""Things many tests need: the founding workspace, its records and one finished study."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command; before numpy is imported

import pandas as pd
import pytest
from once import once
from report_runs import SMALL, report

from analysis.engine.panel import EventPanel
from analysis.reactions.further import FURTHER, TABLES, FurtherTables, further_tables
from analysis.reactions.market_data import MarketData, needed_symbols
from analysis.reactions.open_study import OpenStudy
from analysis.reactions.panel import reaction_panel
from analysis.reactions.run_inputs import load_run_prices
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.store import StudyStore, load_or_run
from analysis.reactions.study import MarketStudy, study_markets
from analysis.report.jupyter import warm_kernels
from analysis.seeds.catalogue import Seeds, load_seeds
from analysis.sessions.closures import load_corrections
from analysis.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]

#: Files of tests that run notebooks, browsers or clusters, or many mutations: left out of
#: ``make check``, the minute a person waits while writing. The longest stand first: the whole run
#: begins with them, so that at its end no process waits for one file of the other.
SLOW = (
    "test_report_runs", "test_reports", "test_cluster", "test_reading", "test_preconditions",
    "test_notebooks", "test_looks", "test_market_study", "test_damage", "test_pages_speak",
    "test_forkserver", "test_finished_reports", "test_report_fleet", "test_reports_in_chromium",
    "test_table_study", "test_further", "test_pictures", "test_same_bytes", "test_partitioned",
    "test_calendars", "test_findings", "test_cli", "test_suspicious_files", "test_hostile_words",
    "test_restated", "test_odd_catalogues", "test_draft_robust", "test_size_study", "test_due",
    "test_store", "test_joint_by_hand", "test_previews", "test_closures", "test_runner",
    "test_joint_study", "test_more_models", "test_mangled", "test_ladder", "test_paper_page",
    "test_paper_results", "test_draft_corpus", "test_table_clocks", "test_table_dialects",
    "test_table_handover", "test_together_study", "test_dated_facts", "test_draft_files",
    "test_remote_reader", "test_cache", "test_joint_placebo", "test_gate_runs", "test_scaffold",
    "test_replication", "test_partitioned_forms", "test_partitioned_faults",
    "test_partitioned_output",
)  # fmt: skip


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import slow files where they are left out."""
    left_out = config.option.markexpr == "not slow" and collection_path.stem in SLOW
    return True if left_out else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of slow files and put them first."""
    place = {name: n for n, name in enumerate(SLOW)}
    for item in items:
        if item.path.stem in place:
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The founding workspace, with reports going to a temporary folder."""
    return Workspace(root=ROOT, reports=tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="session")
def seeds() -> Seeds:
    """The founding records."""
    return load_seeds(ROOT / "seeds")


@pytest.fixture(scope="session")
def store(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> StudyStore:
    """The founding study with default settings, computed once for all processes of a run."""

    def compute(folder: Path) -> None:
        load_or_run(RunSpec(), workspace=workspace, store=folder)

    founding = once(tmp_path_factory, "founding", compute)
    shutil.copytree(founding, workspace.stores, dirs_exist_ok=True)
    return load_or_run(RunSpec(), workspace=workspace)


@pytest.fixture(scope="session")
def second_look(
    store: StudyStore, seeds: Seeds, workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> FurtherTables:
    """The founding study with every table of its second look, computed once for all processes."""

    def opened(folder: Path) -> FurtherTables:
        return further_tables(OpenStudy(StudyStore(folder), seeds, workspace))

    def compute(folder: Path) -> None:
        shutil.copytree(store.folder, folder, dirs_exist_ok=True)
        further = opened(folder)
        for name in TABLES:
            further.table(name)
        further.curve("nvidia-h20-resumption-2025-07-14")

    made = once(tmp_path_factory, "second-look", compute)
    shutil.copytree(made / FURTHER, store.folder / FURTHER, dirs_exist_ok=True)
    return opened(store.folder)


@pytest.fixture(scope="session")
def kernels() -> Iterator[None]:
    """Let the kernels of this process be forked from one that has loaded the libraries before."""
    with warm_kernels(ROOT / "seeds"):
        yield


@pytest.fixture(scope="session")
def small_site(kernels: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished site of two reports and a few events; tests that change it work on a copy."""
    made = once(tmp_path_factory, "small", lambda folder: report(folder / "reports", *SMALL))
    return made / "reports"


@pytest.fixture(scope="session")
def printed(seeds: Seeds, workspace: Workspace) -> MarketStudy:
    """The study of the catalogue that printed figures are of: without what was added since."""
    known = set(pd.read_csv(ROOT / "tests" / "reference" / "minute_catalogue.csv")["id"])
    before = replace(seeds, events=tuple(e for e in seeds.events if e.id in known))
    prices = load_run_prices(workspace, RunSpec(), needed_symbols(before, RunSpec()))
    corrections = load_corrections(workspace.data / "calendar_corrections.csv")
    return study_markets(before, prices, RunSpec(), corrections=corrections, n_draws=20)


@pytest.fixture(scope="session")
def market_data(store: StudyStore, seeds: Seeds, workspace: Workspace) -> MarketData:
    """Prices of the founding study laid on the sessions of their exchanges."""
    return OpenStudy(study=store, seeds=seeds, workspace=workspace).market_data()


@pytest.fixture(scope="session")
def panel(market_data: MarketData) -> EventPanel:
    """The founding reactions as a panel."""
    return reaction_panel(market_data)
