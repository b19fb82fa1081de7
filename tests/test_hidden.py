"""Something else called ``analysis`` beside a notebook, and the way from help to everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import analysis
from analysis.workspace import hidden_by

ROOT = Path(__file__).parents[1]


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.path.insert(0, {str(folder)!r}); sys.path.insert(1, {str(ROOT)!r}); "
    return subprocess.run(
        [sys.executable, "-c", start + code],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


@pytest.mark.parametrize("name", ["analysis.py", "analysis/__init__.py"])
def test_a_file_or_folder_called_analysis_gets_a_message(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine = 1\n", encoding="utf-8")
    found = run(tmp_path, "import market_reaction")
    assert found.returncode == 1
    assert "hides the package of that name" in found.stderr
    assert "Rename it" in found.stderr
    assert hidden_by(tmp_path) == tmp_path / name.removesuffix("/__init__.py")


def test_nothing_hides_the_package_in_an_ordinary_folder(tmp_path: Path) -> None:
    (tmp_path / "analysis").mkdir()  # a folder of results is no package
    found = run(tmp_path, "import market_reaction as a; print(a.event_study.__module__)")
    assert found.stdout.strip() == "analysis.engine.study", found.stderr
    assert hidden_by(tmp_path) is None
    assert hidden_by(ROOT) is None


def test_the_command_line_notes_what_hides_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from analysis.__main__ import main

    monkeypatch.chdir(tmp_path)
    assert main(["list", "models"]) == 0
    assert "note:" not in capsys.readouterr().err
    (tmp_path / "analysis.py").write_text("", encoding="utf-8")
    assert main(["list", "models"]) == 0
    assert "find analysis.py when they import" in capsys.readouterr().err


def test_help_leads_to_every_method_of_a_result() -> None:
    text = analysis.event_study.__doc__ or ""
    for name in vars(analysis.EventStudyResult):
        if not name.startswith("_") and name not in (
            "to_frame", "weighted_caar", "event_tests", "volatility_tests", "describe",
        ):  # fmt: skip
            assert f"``{name}``" in text, name
    for name in ("StudySpec", "cross_section", "volume_study", "partitioned_study"):
        assert f"analysis.{name}" in text
        assert name in dir(analysis)
