"""Notebooks run for real: small ones, two kernels at a time, once for all tests of this file."""

from __future__ import annotations

import json
import math
import multiprocessing
import tempfile
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import InputError, ReportError
from analysis.files import write_whole
from analysis.report.failures import failure_message
from analysis.report.job import JobResult, NotebookJob
from analysis.report.jupyter import read_notebook
from analysis.report.manifest import Provenance, write_manifest
from analysis.report.page import DataFile
from analysis.report.runner import run_reports

HOSTILE = "<script>alert('x')</script>\"><img src=https://example.org/x.png onerror=alert(1)>"
DRAW = """\
from IPython.display import SVG, display
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">'
            '<rect width="40" height="20" fill="teal"/></svg>'), metadata={meta})"""
ALT = {"image/svg+xml": {"alt": "A teal box", "caption": "A box."}}


def write_notebook(path: Path, *cells: tuple[str, str] | str, tagged: bool = True) -> Path:
    """Write a notebook of code cells and pairs (kind, source); tag the first code cell."""
    content, first = [], tagged
    for number, cell in enumerate(cells):
        kind, source = cell if isinstance(cell, tuple) else ("code", cell)
        about: dict[str, Any] = {"cell_type": kind, "id": f"c{number}", "metadata": {}}
        if kind == "code":
            about |= {"execution_count": None, "outputs": []}
            about["metadata"] = {"tags": ["parameters"]} if first else {}
            first = False
        content.append({**about, "source": source})
    notebook = {"cells": content, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four notebooks: one that works, one that fails, one without alt text, one that dies."""
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebook(
        folder / "good.ipynb",
        ("markdown", "# Did it move?\n\nLook at `patell_z`."),
        "name = 'x'  # who is asked\nwindow = [0, 1]  # event days\nplace = ''  # a folder",
        ("markdown", "## What came out"),
        "import os, sys\nprint(window, type(window).__name__, sys.executable == sys.executable)",
        "from IPython.display import Markdown, display\ndisplay(Markdown(f'**{name}**'))",
        DRAW.format(meta=ALT),
        "print(object(), os.environ['OPENBLAS_NUM_THREADS'], os.environ['PYTHONHASHSEED'], place)",
    )
    write_notebook(
        folder / "bad.ipynb",
        "name = 'x'",
        "print('before')",
        "# a comment\nraise ValueError('no such thing')",
        "print('after')",
    )
    write_notebook(folder / "blind.ipynb", "name = 'x'", DRAW.format(meta="{}"))
    write_notebook(folder / "short.ipynb", "name = 'x'")
    write_notebook(folder / "dies.ipynb", "name = 'x'", "import os\nos._exit(3)")
    return folder


@pytest.fixture(scope="module")
def results(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, JobResult]:
    """Every notebook run once, the good one twice and into two folders."""
    jobs = [
        _good(folder, "good"),
        NotebookJob(name="bad", title="Bad", notebook=folder / "bad.ipynb"),
        NotebookJob(name="blind", title="Blind", notebook=folder / "blind.ipynb"),
        NotebookJob(name="dies", title="Dies", notebook=folder / "dies.ipynb"),
        NotebookJob(
            name="short",
            title="Short",
            notebook=folder / "short.ipynb",
            files=(DataFile("missing.csv"),),
        ),
    ]
    out = tmp_path_factory.mktemp("reports")
    told: list[tuple[str, str | None]] = []
    found = run_reports(
        jobs,
        out=out,
        codes={"patell_z"},
        progress=lambda job, result: told.append((job.name, result and result.status)),
    )
    assert [result.job.name for result in found] == [job.name for job in jobs]
    assert {name for name, status in told if status is None} == {job.name for job in jobs}
    assert sum(status is not None for _, status in told) == len(jobs)
    again = run_reports([_good(folder, "good")], out=tmp_path_factory.mktemp("again") / "further")
    return {**{result.job.name: result for result in found}, "again": again[0]}


def _good(folder: Path, name: str) -> NotebookJob:
    return NotebookJob(
        name=name,
        title=HOSTILE,
        notebook=folder / "good.ipynb",
        parameters={"name": HOSTILE, "window": (0, 5), "place": str(folder / "sub")},
        provenance=Provenance(data_end=date(2025, 11, 28), inputs=(("closes.csv", "ab" * 32),)),
    )


def _page(result: JobResult) -> str:
    return result.page.read_text(encoding="utf-8")


def test_a_good_notebook_leaves_page_and_copy(results: Mapping[str, JobResult]) -> None:
    result = results["good"]
    assert (result.status, result.failure) == ("ok", None)
    assert [result.page.name, result.notebook.name] == ["good.html", "good.ipynb"]
    page = _page(result)
    assert "[0, 5] list True" in page  # a tuple arrives as a list
    assert "0x…&gt; 1 0" in page  # one thread, fixed hash seed, no address of an object
    assert "who is asked" in page
    assert 'href="../methods.html#patell_z"' in page


def test_hostile_values_stay_text(results: Mapping[str, JobResult]) -> None:
    page = _page(results["good"])
    # the one script is the page's own, named by its hash in the page's policy
    assert [script[:6] for script in page.split("<script>")[1:]] == ["(() =>"]
    assert "<script " not in page
    assert "<img src=https" not in page
    assert "&lt;script&gt;" in page


def test_same_work_gives_the_same_bytes(results: Mapping[str, JobResult], folder: Path) -> None:
    first, second = results["good"], results["again"]
    # The link targets differ by the codes given; the rest must not.
    plain = _page(first).replace('<a class="term" href="../methods.html#patell_z">', "")
    assert plain.replace("<code>patell_z</code></a>", "<code>patell_z</code>") == _page(second)
    assert first.notebook.read_bytes() == second.notebook.read_bytes()
    copy = first.notebook.read_text(encoding="utf-8")
    for word in ("papermill", "start_time", str(folder), tempfile.gettempdir()):
        assert word not in copy
        assert word not in _page(first)


def test_a_failed_notebook_keeps_what_it_made(results: Mapping[str, JobResult]) -> None:
    result = results["bad"]
    assert result.status == "failed"
    assert result.failure is not None
    assert (result.failure.error, result.failure.cell) == ("ValueError", 3)
    assert result.failure.code == "raise ValueError('no such thing')"
    page = _page(result)
    assert 'class="banner" role="alert"' in page
    assert "before" in page
    copy = read_notebook(result.notebook)
    assert [output.output_type for output in copy.cells[2].outputs] == ["error"]
    assert copy.cells[3].outputs == []
    assert "ipykernel_" not in page
    assert "cell 3 (raise ValueError('no such thing')): ValueError: no such thing" in (
        failure_message(results.values())
    )


def test_papermill_saves_a_notebook_at_the_start_and_at_the_end(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import papermill.engines

    saved: list[str] = []
    write = papermill.engines.write_ipynb
    monkeypatch.setattr(
        "papermill.engines.write_ipynb", lambda nb, path: (saved.append(path), write(nb, path))
    )
    for name in ("good", "bad"):
        saved.clear()
        run_reports([NotebookJob(name, name, folder / f"{name}.ipynb")], out=tmp_path)
        assert saved[2:] == []  # not twice a cell


def test_a_picture_without_words_is_a_failure(results: Mapping[str, JobResult]) -> None:
    failure = results["blind"].failure
    assert failure is not None
    assert (failure.error, failure.cell) == ("MissingAltText", 2)


def test_a_promised_file_that_is_missing_is_a_failure(results: Mapping[str, JobResult]) -> None:
    failure = results["short"].failure
    assert failure is not None
    assert failure.error == "MissingFile"
    assert "missing.csv" in failure.message
    assert 'href="missing.csv"' not in _page(results["short"])  # no link to what is not there


def test_a_dead_kernel_is_a_failure_with_its_cell(results: Mapping[str, JobResult]) -> None:
    failure = results["dies"].failure
    assert failure is not None
    assert (failure.error, failure.cell) == ("DeadKernelError", 2)
    assert results["dies"].page.exists()
    assert results["dies"].notebook.exists()


def test_no_temporary_file_is_left(results: Mapping[str, JobResult]) -> None:
    out = results["good"].page.parents[1]
    assert sorted(path.name for path in (out / "good").iterdir()) == ["good.html", "good.ipynb"]


def test_manifest_lists_every_file_and_no_time(results: Mapping[str, JobResult]) -> None:
    out = results["good"].page.parents[1]
    reports = [results[name].to_dict() for name in ("good", "bad")]
    path = write_manifest(out, provenance=Provenance(versions=(("Python", "3"),)), reports=reports)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [report["status"] for report in content["reports"]] == ["ok", "failed"]
    assert {"good/good.html", "bad/bad.ipynb"} <= {file["path"] for file in content["files"]}
    assert "seconds" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"parameters": {"nmae": "y"}}, r"'nmae'.*Did you mean 'name'"),
        ({"parameters": {"name": date(2025, 7, 15)}}, "JSON values"),
        ({"parameters": {"name": math.nan}}, "JSON values"),
        ({"notebook": Path("god.ipynb")}, r"Did you mean 'good\.ipynb'"),
        ({"name": "../up"}, "lower-case letters"),
        ({"name": "first"}, "cannot share a folder"),
    ],
)
def test_bad_jobs_are_refused_before_any_kernel(
    folder: Path, tmp_path: Path, change: dict[str, Any], match: str
) -> None:
    if "notebook" in change:
        change = {"notebook": folder / change["notebook"]}
    fine = NotebookJob(name="first", title="First", notebook=folder / "good.ipynb")
    job = NotebookJob(**{"name": "second", "title": "S", "notebook": fine.notebook, **change})
    with pytest.raises(InputError, match=match):
        run_reports([fine, job], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_jobs_may_run_in_processes_that_know_nothing_of_this_one(
    results: Mapping[str, JobResult], folder: Path, tmp_path: Path
) -> None:
    told: list[tuple[str, bool]] = []
    jobs = [
        NotebookJob(name="bad", title="Bad", notebook=folder / "bad.ipynb"),
        _good(folder, "good"),
    ]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        found = run_reports(
            jobs,
            out=tmp_path,
            codes={"patell_z"},
            executor=executor,
            progress=lambda job, result: told.append((job.name, result is not None)),
        )
    assert {name for name, ended in told if ended} == {"good", "bad"}
    for result in found:
        assert result.failure == results[result.job.name].failure
        assert result.page.read_bytes() == results[result.job.name].page.read_bytes()


def test_a_notebook_without_parameters_takes_none(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "plain.ipynb", "x = 1", tagged=False)
    job = NotebookJob(name="plain", title="Plain", notebook=path, parameters={"x": 2})
    with pytest.raises(InputError, match="parameter of plain"):
        run_reports([job], out=tmp_path)


def test_a_file_that_is_no_notebook_is_named(tmp_path: Path) -> None:
    path = tmp_path / "text.ipynb"
    path.write_text("not a notebook", encoding="utf-8")
    with pytest.raises(InputError, match=r"text\.ipynb.*not a Jupyter notebook"):
        run_reports([NotebookJob(name="text", title="T", notebook=path)], out=tmp_path)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ReportError, match=r"index\.html could not be written"):
        write_whole(tmp_path / "file" / "index.html", "page")
