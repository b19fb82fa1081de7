"""Notebooks keep the house rules, and each runs by itself, in plain papermill and in Jupyter."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree

import nbformat
import pytest
import yaml
from report_runs import small_workspace, without_privileges
from shown import PROBE, check

from analysis.reactions.store import StudyStore
from analysis.report.jupyter import execute, read_notebook
from analysis.report.parameters import declared_parameters

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STUDIES = yaml.safe_load((ROOT / "seeds" / "studies.yaml").read_text(encoding="utf-8"))
CORE = {study["notebook"] for study in STUDIES if study["tier"] == "core"}
#: Other tests run the notebooks of core studies as reports; here all others by themselves.
BY_THEMSELVES = [p for p in NOTEBOOKS if p.name not in CORE]
#: With plain papermill one of every kind of parameters: with a run, and with a place for each.
PLAIN = [p for p in NOTEBOOKS if p.name[:2] in {"00", "01", "08"}]
LONGEST_CELL = 10
COMMON = {"spec", "workspace", "store"}
SMALL = {"06_simulated_market.ipynb": {"n_seeds": 10}, "08_size_and_power.ipynb": {"n_panels": 4}}
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda,
             ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)  # fmt: skip


def _cells(path: Path, kind: str) -> list[dict]:
    return [c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == kind]


def _tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def _source(cell: dict) -> str:
    return "".join(cell["source"])


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_they_are_numbered_in_reading_order() -> None:
    numbers = [path.name[:2] for path in NOTEBOOKS]
    assert numbers[:7] == ["00", "01", "02", "03", "04", "05", "06"]
    assert {"09", "10", "11"} <= set(numbers)
    assert len(set(numbers)) == len(numbers)


def test_format_and_outputs(notebook: Path) -> None:
    book = json.loads(notebook.read_text("utf-8"))
    nbformat.validate(nbformat.from_dict(book))
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in _cells(notebook, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
    assert set(book["metadata"]) == {"kernelspec", "language_info"}


def test_order(notebook: Path) -> None:
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    assert cells[0]["cell_type"] == "markdown"
    assert [_tags(cell) for cell in cells[1:3]] == [["parameters"], ["setup"]]
    titles = [line for cell in _cells(notebook, "markdown") for line in _source(cell).splitlines()
              if line.startswith("# ")]  # fmt: skip
    assert len(titles) == 1
    assert titles[0].endswith("?")


def test_cells_are_short_and_plain(notebook: Path) -> None:
    bound: set[str] = set()
    for cell in _cells(notebook, "code"):
        tree = ast.parse(_source(cell))
        assert len(_source(cell).splitlines()) <= LONGEST_CELL or "setup" in _tags(cell)
        assert not [node for node in ast.walk(tree) if isinstance(node, FORBIDDEN)]
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)
                 and isinstance(n.ctx, ast.Store)}  # fmt: skip
        assert not names & bound
        bound |= names


def test_imports_stand_in_the_setup_cell_and_come_from_the_package(notebook: Path) -> None:
    for cell in _cells(notebook, "code"):
        imports = [n for n in ast.walk(ast.parse(_source(cell)))
                   if isinstance(n, ast.Import | ast.ImportFrom)]  # fmt: skip
        assert bool(imports) == (_tags(cell) == ["setup"])
        assert all(node.module.split(".")[0] == "analysis" for node in imports)


def test_prose_states_no_result(notebook: Path) -> None:
    for cell in _cells(notebook, "markdown"):
        prose = _source(cell).replace("day 0", "")
        prose = prose.replace("Day 0", "")
        assert not re.search(r"\d", prose), prose
        assert not re.search(r"\b(rose|fell|gained|lost|higher|lower|supported)\b", prose), prose


def test_parameters_are_described(notebook: Path) -> None:
    declared = declared_parameters(read_notebook(notebook))
    assert "run" in declared or set(declared) >= COMMON
    for parameter in declared.values():
        assert len(parameter.meaning) > 10, parameter


def _parameters(notebook: Path, store: StudyStore) -> dict[str, object]:
    parameters = {"workspace": str(ROOT), "store": str(store.folder.parent)}
    if "run" in declared_parameters(read_notebook(notebook)):
        parameters = {"run": json.dumps(parameters)}
    return {**parameters, **SMALL.get(notebook.name, {})}


def _all_is_well(cells: list[dict]) -> None:
    shown = [output for cell in cells for output in cell["outputs"]]
    assert not [o for o in shown if o["output_type"] in {"error", "stream"}]
    htmls = ["".join(o.get("data", {}).get("text/html", "")) for o in shown]
    assert any(re.search("<img|<svg", one) for one in htmls)


def _probed(book: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Try after every cell what it showed: a person sorts, joins and plots it in the next one."""
    cells = []
    for cell in book.cells:
        cells.append(cell)
        if cell.cell_type == "code" and not set(_tags(cell)) & {"parameters", "setup"}:
            cells.append(nbformat.v4.new_code_cell(PROBE.format(folder=str(ROOT / "tests"))))
    book.cells = cells
    return book


@pytest.mark.parametrize("name", sorted(CORE))
def test_tables_and_pictures_of_a_report_can_be_sorted_joined_and_plotted(
    name: str, store: StudyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "notebooks")
    scope: dict[str, object] = {}
    given = _parameters(ROOT / "notebooks" / name, store)
    n = 0
    for cell in _cells(ROOT / "notebooks" / name, "code"):
        tree = ast.parse(_source(cell))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), scope)
        if "parameters" in _tags(cell):
            scope |= given
        if last is not None:
            n += check(eval(compile(ast.Expression(last.value), name, "eval"), scope))
    assert n > 1


@pytest.mark.parametrize("notebook", BY_THEMSELVES, ids=lambda path: path.stem)
def test_runs_by_itself_from_another_folder(
    notebook: Path, store: StudyStore, second_look: object, kernels: None, tmp_path: Path
) -> None:
    done, error = execute(
        _probed(read_notebook(notebook)),
        parameters=_parameters(notebook, store), cwd=tmp_path, timeout=240,
    )  # fmt: skip
    assert error is None
    _all_is_well([cell for cell in done.cells if cell["cell_type"] == "code"])
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize("notebook", PLAIN, ids=lambda path: path.stem)
def test_runs_with_plain_papermill_from_another_folder(
    notebook: Path, store: StudyStore, tmp_path: Path
) -> None:
    out = tmp_path / "out.ipynb"
    parameters = _parameters(notebook, store)
    given = [part for name, value in parameters.items() for part in ("-p", name, str(value))]
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.modules['rfc3987_syntax'] = None; "
         "from papermill.cli import papermill; papermill()",
         str(notebook), str(out), "--no-progress-bar", *given],
        cwd=tmp_path, env=_environment(), capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    _all_is_well(_cells(out, "code"))
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("place", "kept_in"),
    [
        ("mine/notebooks", "mine/reports/_store"),  # of the workspace the notebook lies in
        ("alone", "alone/reports/_store"),
        ("locked", "cache/market-reaction/studies"),
    ],
)
def test_runs_as_it_is_in_a_kernel_of_jupyter_wherever_it_lies(
    tmp_path: Path, place: str, kept_in: str
) -> None:
    for part in ("seeds", "data"):
        copytree(small_workspace() / part, tmp_path / "mine" / part)
    copytree(ROOT / "analysis", tmp_path / "mine" / "analysis")  # it brings its workspace along
    (tmp_path / place).mkdir(parents=True)
    notebook = copy(ROOT / "notebooks" / "02_one_event.ipynb", tmp_path / place)
    (tmp_path / "locked").is_dir() and (tmp_path / "locked").chmod(0o500)
    done = subprocess.run(
        [*without_privileges(), sys.executable, "-c", "import sys; "
         "sys.modules['rfc3987_syntax'] = None; from nbclient.cli import main; main()",
         str(notebook), "--output", str(tmp_path / "out")],
        cwd=tmp_path, env=_environment() | {
            "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path / "mine")},
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    shown = [o for cell in _cells(tmp_path / "out.ipynb", "code") for o in cell["outputs"]]
    assert not [o for o in shown if o["output_type"] in {"error", "stream"}]
    [study] = (tmp_path / kept_in).iterdir()
    assert (study / "run.json").is_file()
    assert len(list(tmp_path.rglob("run.json"))) == 1


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
