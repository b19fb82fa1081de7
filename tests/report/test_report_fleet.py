"""Reports on the workers of a cluster: the same bytes, the same caching, the same failures."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import nbformat
import pytest
from report_runs import SMALL, bytes_of, small_workspace

from analysis.__main__ import main
from analysis.report.job import NotebookJob
from analysis.report.runner import run_reports
from analysis.tasks import OnCluster, TaskExecutor, connected


@pytest.fixture(scope="module")
def workers():
    with connected("local:2") as where:
        assert isinstance(where, OnCluster)
        yield where


@pytest.fixture(scope="module")
def executor(workers):
    return TaskExecutor(workers.client)


def notebook(folder: Path, name: str, *code: str) -> NotebookJob:
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# {name}")]
        + [nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(code)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    made.cells[0]["id"] = "head"
    file = folder / f"{name}.ipynb"
    nbformat.write(made, file)
    return NotebookJob(name=name, title=name, notebook=file)


def test_pages_are_those_of_this_machine_and_failures_cost_themselves(executor, tmp_path):
    jobs = [
        notebook(tmp_path, "sum", "print(sum(range(10)))"),
        notebook(tmp_path, "wrong", "1 / 0"),
        notebook(tmp_path, "other", "print('two')"),
    ]
    here = run_reports(jobs, out=tmp_path / "here")
    assert executor.places == 2
    there = run_reports(jobs, out=tmp_path / "there", executor=executor)
    assert [result.status for result in there] == ["ok", "failed", "ok"]
    assert [str(result.failure) for result in there] == [str(result.failure) for result in here]
    for mine, other in zip(here, there, strict=True):
        assert mine.page.read_bytes() == other.page.read_bytes()
        assert mine.notebook.read_bytes() == other.notebook.read_bytes()


def test_a_notebook_that_kills_its_worker_is_a_failed_report(executor, tmp_path):
    deadly = f"import os; os.kill(os.getppid(), {signal.SIGKILL:d})"
    jobs = [notebook(tmp_path, "deadly", deadly), notebook(tmp_path, "fine", "print(1)")]
    results = run_reports(jobs, out=tmp_path / "out", executor=executor)
    assert results[0].status == "failed"
    assert "every worker that took it died" in str(results[0].failure)
    assert "every worker that took it died" in results[0].page.read_text(encoding="utf-8")
    assert results[1].status == "ok"


def test_workers_that_do_not_share_the_folder_are_told_apart(executor, tmp_path):
    job = notebook(tmp_path, "lost", "print(1)")
    run_reports([job], out=tmp_path / "out")  # a page of an earlier run stands there

    class Elsewhere:
        """An executor whose workers write to a folder of their own."""

        def submit(self, task, job, *, out, **named):
            return executor.submit(task, job, out=tmp_path / "elsewhere", **named)

    changed = notebook(tmp_path, "lost", "print(2)")
    results = run_reports([changed], out=tmp_path / "out", executor=Elsewhere())
    assert results[0].status == "failed"
    assert "workers must share the folder" in str(results[0].failure)


def test_the_command_runs_reports_on_workers(workers, small_site, tmp_path, capsys):
    address = workers.where.split()[0]  # as others would name the cluster
    given = ["report", "--workspace", str(small_workspace()), *SMALL, "--out"]
    shutil.copytree(small_site, tmp_path / "here")
    assert main([*given, str(tmp_path / "there"), "--scheduler", address]) == 0
    said = capsys.readouterr().out
    assert f"Notebooks run on {address}" in said
    here, there = bytes_of(tmp_path / "here"), bytes_of(tmp_path / "there")
    assert here.keys() == there.keys()
    assert [name for name in here if here[name] != there[name]] == []
    # nothing changed: neither run again, nor because it runs elsewhere
    assert main([*given, str(tmp_path / "here"), "--scheduler", address]) == 0
    assert "Nothing changed" in capsys.readouterr().out
