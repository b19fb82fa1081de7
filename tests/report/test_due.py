"""A change of code makes again what depends on it, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from run_pages import outputs

import analysis
from analysis import chapters, versions
from analysis.report.current import report_parts, site_parts
from analysis.seeds.catalogue import Seeds
from analysis.seeds.studies import Study, load_studies
from analysis.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
STUDIES = load_studies(ROOT / "seeds" / "studies.yaml")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the package whose files may be changed; its hash is forgotten afterwards."""
    copy = tmp_path_factory.mktemp("copy") / "analysis"
    ignore = shutil.ignore_patterns("__pycache__", "_founding")
    shutil.copytree(Path(analysis.__file__).parent, copy, ignore=ignore)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "__file__", str(copy / "versions.py"))
        yield copy
    versions.code_hash.cache_clear()


def parts(
    workspace: Workspace, studies: Sequence[Study] = STUDIES, notebooks: Path = ROOT / "notebooks"
) -> dict[str, dict[str, str]]:
    """What the study, every page and the site depend on."""
    versions.code_hash.cache_clear()
    study = versions.software_versions()["code"]
    pages = {
        s.name: report_parts(
            notebook=notebooks / s.notebook, parameters={}, study=study, inputs="", words=""
        )
        for s in studies
    }
    return {"study": {"code": study}, "site": site_parts(workspace, {}) or {}, **pages}


@pytest.fixture(scope="module")
def untouched(package: Path, workspace: Workspace) -> dict[str, dict[str, str]]:
    """What everything depends on before a file is changed."""
    return parts(workspace)


def due(package: Path, file: str, before: dict[str, dict[str, str]], *of: object) -> set[str]:
    """Names of what is made again after a comment in one file, which is taken back."""
    with (package / file).open("rb+") as stream:
        end = stream.seek(0, 2)
        stream.write(b"# a comment\n")
        stream.flush()
        after = parts(*of)  # type: ignore[arg-type]
        stream.truncate(end)
    return {name for name in before if before[name] != after[name]}


EVERYTHING = {"study", "site", *(s.name for s in STUDIES)}
#: What a comment in a room makes again.
ROOMS = {
    **dict.fromkeys(("engine", "sessions", "seeds", "prices", "reactions"), EVERYTHING),
    "tasks": EVERYTHING,
    "chapters": {"site"},
    "report": EVERYTHING - {"study"},
    "scale": set(),
    "drafting": set(),
}
#: The same for the modules beside the rooms.
BESIDE = {
    **dict.fromkeys(("csv_lines", "errors", "files", "output", "wording", "workspace"), EVERYTHING),
    "versions": EVERYTHING - {"study"},
    "commands": set(),
    "__init__": set(),
    "__main__": set(),
}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        *((f"{room}/__init__.py", made) for room, made in ROOMS.items()),
        *((f"{module}.py", made) for module, made in BESIDE.items()),
        ("drafting/moves.py", set()),
        ("scale/passes.py", set()),
        ("chapters/robustness/words.py", {"site", "robustness"}),
        ("chapters/simulated/pictures.py", {"site", "simulated-market"}),
        ("chapters/shared/style.py", EVERYTHING - {"study"}),
        ("report/page.py", EVERYTHING - {"study"}),
    ],
)
def test_a_comment_makes_again_what_depends_on_it(
    package: Path,
    workspace: Workspace,
    untouched: dict[str, dict[str, str]],
    file: str,
    expected: set[str],
) -> None:
    assert due(package, file, untouched, workspace) == expected


def test_every_room_and_module_is_counted() -> None:
    package = Path(analysis.__file__).parent
    assert {p.parent.name for p in package.glob("*/__init__.py")} - {"_founding"} == set(ROOMS)
    assert {p.stem for p in package.glob("*.py")} == set(BESIDE)


#: A page as CONTRIBUTING.md says: a folder of chapters, a notebook, an entry of studies.yaml.
CHAPTER = {
    "__init__.py": '"""Which days were judged."""\n',
    "words.py": """\
from analysis.chapters.shared.sentences import Sentence
from analysis.wording import count


def judged(study):
    return Sentence("judged", f"{count(len(study.reactions), 'reaction')} were judged.")
""",
}
CELLS = (
    ("parameters", 'run = ""'),
    ("setup", "from analysis.chapters.judged.words import judged\n"
     "from analysis.chapters.shared.sentences import say\n"
     "from analysis.reactions.open_study import open_study"),
    ("", "opened = open_study(run=run)"),
    ("", "say(judged(opened.study))"),
)  # fmt: skip
ENTRY = """
- name: judged
  title: Which days were judged?
  question: How many reactions were judged?
  notebook: 99_judged.ipynb
  tier: core
  parameters: {}
"""


def test_a_new_page_is_a_notebook_an_entry_and_a_folder(
    package: Path, tmp_path: Path, workspace: Workspace, seeds: Seeds, monkeypatch
) -> None:
    """Nothing else is touched: it is read, told, and made again when its own folder changes."""
    folder = package / "chapters" / "judged"
    folder.mkdir()
    for name, text in CHAPTER.items():
        (folder / name).write_text(text, encoding="utf-8")
    cells = [
        {"cell_type": "code", "metadata": {"tags": [tag] if tag else []}, "source": [source]}
        for tag, source in CELLS
    ]
    notebook = tmp_path / "99_judged.ipynb"
    notebook.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    entries = tmp_path / "studies.yaml"
    entries.write_text((ROOT / "seeds" / "studies.yaml").read_text("utf-8") + ENTRY, "utf-8")
    new = load_studies(entries)[-1]
    assert (new.name, new.notebook) == ("judged", notebook.name)
    monkeypatch.setattr(chapters, "__path__", [*chapters.__path__, str(package / "chapters")])
    reactions = pd.DataFrame({"market": ["A"] * 14})
    opened = SimpleNamespace(study=SimpleNamespace(reactions=reactions), seeds=seeds)
    (shown,) = outputs(notebook, {}, {"open_study": lambda **_: opened})
    assert "14 reactions were judged." in shown
    asked = (parts(workspace, [new], tmp_path), workspace, [new], tmp_path)
    assert due(package, "chapters/judged/words.py", *asked) == {"site", "judged"}
    assert due(package, "chapters/robustness/words.py", *asked) == {"site"}
    shutil.rmtree(folder)
