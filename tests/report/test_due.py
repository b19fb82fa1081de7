"""A change of code makes again what depends on it, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import analysis
from analysis import versions
from analysis.report.current import report_parts, site_parts
from analysis.seeds.studies import load_studies
from analysis.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
STUDIES = load_studies(ROOT / "seeds" / "studies.yaml")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package whose files may be changed; its hash is forgotten afterwards."""
    copy = tmp_path / "analysis"
    ignore = shutil.ignore_patterns("__pycache__", "_founding")
    shutil.copytree(Path(analysis.__file__).parent, copy, ignore=ignore)
    monkeypatch.setattr(versions, "__file__", str(copy / "versions.py"))
    yield copy
    versions.code_hash.cache_clear()


def parts(workspace: Workspace) -> dict[str, dict[str, str]]:
    """What the study, every page and the site depend on."""
    versions.code_hash.cache_clear()
    study = versions.software_versions()["code"]
    pages = {
        s.name: report_parts(
            notebook=ROOT / "notebooks" / s.notebook,
            parameters={},
            study=study,
            inputs="",
            words="",
        )
        for s in STUDIES
    }
    return {"study": {"code": study}, "site": site_parts(workspace, {}) or {}, **pages}


def due(package: Path, file: str, workspace: Workspace) -> set[str]:
    """Names of what is made again after a comment in one file."""
    before = parts(workspace)
    with (package / file).open("a", encoding="utf-8") as stream:
        stream.write("# a comment\n")
    after = parts(workspace)
    return {name for name in before if before[name] != after[name]}


EVERYTHING = {"study", "site", *(s.name for s in STUDIES)}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("drafting/moves.py", set()),
        ("scale/passes.py", set()),
        ("commands.py", set()),
        ("chapters/robustness/words.py", {"site", "robustness"}),
        ("chapters/simulated/pictures.py", {"site", "simulated-market"}),
        ("chapters/shared/style.py", EVERYTHING - {"study"}),
        ("report/page.py", EVERYTHING - {"study"}),
        *((f"{room}/__init__.py", EVERYTHING)
          for room in ("engine", "sessions", "seeds", "prices", "reactions")),
    ],
)  # fmt: skip
def test_a_comment_makes_again_what_depends_on_it(
    package: Path, workspace: Workspace, file: str, expected: set[str]
) -> None:
    assert due(package, file, workspace) == expected
