"""Parameters of notebooks are found however their defaults are written."""

from __future__ import annotations

import json
from types import SimpleNamespace

import nbformat
import pytest

from analysis.errors import InputError
from analysis.reactions.places import PLACES, places_of
from analysis.report.job import NotebookJob, check_jobs
from analysis.report.parameters import declared_parameters


def notebook(source, tags=("parameters",)):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("y = 1"), cell])


@pytest.mark.parametrize(
    ("source", "name", "default", "meaning"),
    [
        ('a = "x=1"  # with = in it', "a", '"x=1"', "with = in it"),
        ("b: int = 3  # whole", "b", "3", "whole"),
        ('c = {"k": "v=2"}', "c", '{"k": "v=2"}', ""),
        ('d = ["a==b", 3]  # a list', "d", '["a==b", 3]', "a list"),
        ('e = "# no comment"  # a comment', "e", '"# no comment"', "a comment"),
        ("f = [\n    1,  # first\n    2,\n]  # both", "f", "[\n    1,  # first\n    2,\n]", "both"),
        ("g = lambda x=1: x", "g", "lambda x=1: x", ""),
    ],
)
def test_a_default_may_be_any_value(source, name, default, meaning):
    found = declared_parameters(notebook(f"import os\n{source}\nz, w = 1, 2\n"))
    assert list(found) == [name]
    assert (found[name].default, found[name].meaning) == (default, meaning)


def test_a_notebook_without_the_cell_declares_nothing():
    assert declared_parameters(notebook("a = 1", tags=())) == {}


def test_a_cell_that_is_not_python_is_said(tmp_path):
    nbformat.write(notebook("%load x\na = "), tmp_path / "own.ipynb")
    with pytest.raises(InputError, match="its parameters cell is not Python"):
        check_jobs([NotebookJob("own", "Own", tmp_path / "own.ipynb")])


def test_an_own_notebook_needs_no_names_it_does_not_use(tmp_path, capsys):
    from analysis.report.handed import known_to

    nbformat.write(notebook('spec = ""\n'), tmp_path / "own.ipynb")
    offered = {"spec": json.dumps({}), "workspace": "w", "store": "s"}
    assert known_to(tmp_path / "own.ipynb", offered) == {"spec": "{}"}
    assert known_to(tmp_path / "none.ipynb", offered) == offered


def test_a_notebook_takes_plumbing_as_one_parameter_or_as_three(tmp_path):
    from analysis.report.current import without_places
    from analysis.report.handed import known_to

    places = {"spec": '{"prices": "p"}', "workspace": "w", "store": "s"}
    offered = {**places, "run": json.dumps(places)}
    for source, expected in (
        ('run = ""\n', {"run": offered["run"]}),
        ('spec = ""\nworkspace = ""\nstore = ""\n', places),
    ):
        nbformat.write(notebook(source), tmp_path / "own.ipynb")
        found = known_to(tmp_path / "own.ipynb", offered)
        assert found == expected
        assert without_places(found) == {"spec": places["spec"]}
        assert "run" not in known_to(tmp_path / "none.ipynb", offered)


def test_a_study_that_says_a_place_itself_is_heard_by_a_notebook_with_one_parameter(tmp_path):
    from analysis.reactions.run_spec import RunSpec
    from analysis.report.handed import job_of
    from analysis.seeds.studies import Study
    from analysis.workspace import Workspace

    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook('n = 1\nrun = ""\n'), tmp_path / "notebooks" / "own.ipynb")
    study = Study(
        "own", "Own", "Own?", "own.ipynb", {"n": 2, "spec": {"prices": "p"}}, "core", None
    )
    [job] = check_jobs([job_of(study, Workspace(tmp_path, tmp_path), RunSpec(), tmp_path)])
    assert set(job.parameters) == {"n", "run"}
    said = places_of(job.parameters["run"])
    assert said == {"spec": '{"prices": "p"}', "workspace": str(tmp_path), "store": str(tmp_path)}


def test_a_page_shows_what_the_one_parameter_says_and_not_its_json():
    from analysis.report.work import _rows

    run = json.dumps({"spec": "{}", "store": "s"})
    job = NotebookJob("own", "Own", None, {"run": run})
    rows = {row.name: row.value for row in _rows(job, notebook('n = 1\nrun = ""\n'))}
    assert rows == {"n": "1", "spec": "{}", "workspace": "", "store": "s"}
    assert rows.keys() - {"n"} == PLACES.keys()


def test_a_failure_is_never_a_line_of_dashes():
    from papermill.exceptions import PapermillExecutionError

    from analysis.report.failures import stopped_by

    error = PapermillExecutionError(3, 3, "x", "OSError", "[Errno 24] Too many open files", ["tb"])
    bare = nbformat.v4.new_notebook()
    found = stopped_by(error, bare, bare)
    assert (found.error, found.message) == ("OSError", "[Errno 24] Too many open files")
    assert stopped_by(OSError(), bare, bare).message == "no reason given"


@pytest.mark.parametrize(
    ("injected", "run", "found"),
    [
        ('spec = "{}"\nstore = "s"', "", {"spec": "{}", "store": "s"}),
        ('store = "s"', '{"workspace": "w"}', {"store": "s", "workspace": "w"}),
        ('store = "s"', '{"store": "t"}', "`run` names another"),
        ('evnt_id = "x"', "", "Did you mean 'event_id'"),
        ('event_id = "x"', "", {}),
    ],
)
def test_former_parameters_given_by_papermill_are_heard_or_refused(
    injected, run, found, monkeypatch
):
    """papermill warns of a parameter that a notebook does not declare, and goes on."""
    import IPython

    values: dict = {}
    exec(injected, values)
    cells = ["", 'event_id = ""\nrun = ""', f"# Parameters\n{injected}", "open_study(run=run)"]
    shell = SimpleNamespace(user_ns=values | {"In": cells})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    if isinstance(found, str):
        with pytest.raises(InputError, match=found):
            places_of(run)
    else:
        assert places_of(run) == dict.fromkeys(PLACES, "") | found


def test_a_parameter_of_a_notebook_of_ones_own_is_not_looked_at(monkeypatch):
    import IPython

    cells = ["", "# Parameters\nstore = 5", "places_of('')"]
    shell = SimpleNamespace(user_ns={"store": 5, "In": cells})
    monkeypatch.setattr(IPython, "get_ipython", lambda: shell)
    assert set(places_of("").values()) == {""}
