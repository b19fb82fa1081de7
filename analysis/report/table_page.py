"""The page of a study of a table of events: its notebook, run by papermill, in one file."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.chapters.study.handover import handed_over
from analysis.chapters.study.told import Told
from analysis.chapters.study.words import question
from analysis.errors import NotebookError, lines_of
from analysis.output import OutputFolder
from analysis.report.citing import Cited, with_citations
from analysis.report.jupyter import execute, notebook_text, read_notebook
from analysis.report.page import page_parts
from analysis.report.render import TEMPLATES, render_template, script_hash
from analysis.report.scrub import scrub_notebook
from analysis.workspace import find_workspace, founding_workspace

if TYPE_CHECKING:
    from analysis.reactions.table_ladder import Judged
    from analysis.reactions.table_study import TableStudy

NOTEBOOK = "12_table_study.ipynb"
PAGE, EXECUTED = "index.html", "study.ipynb"
_FILES = ("event_outcomes.csv", "windows.csv", "tests.csv", "ladder.csv", "groups.csv",
          "benchmarks.csv", "shifts.csv", "tables.tex", "results.xlsx", "run.json")  # fmt: skip
_SCRIPTS = ("picture.js", "table.js")
#: Seconds after which a cell is taken as stuck.
_TIMEOUT = 600.0


def make_page(study: TableStudy, judged: Judged, out: Path) -> Path:
    """Run the notebook of table studies and write ``index.html`` into a folder of results.

    The notebook is that of the workspace around, where it has one, so that it can be changed. It
    finds the finished study in a file of its own, and computes nothing again.

    Raises
    ------
    NotebookError
        If a cell fails.
    """
    notebook, request = _notebook(), study.request
    with tempfile.TemporaryDirectory(prefix="mr-") as place, handed_over(study, judged, place):
        executed, error = execute(
            read_notebook(notebook),
            parameters={"request": json.dumps(asdict(request))},
            cwd=Path(place),
            timeout=_TIMEOUT,
        )
    if error is not None:
        raise NotebookError(f"{notebook.name} stopped: {lines_of(error)[-1]}")
    clean = scrub_notebook(executed, folders=[(out.resolve(), "<out>")])
    body, contents = page_parts(clean)
    events, prices = Path(request.events).name, Path(request.prices).name
    files = events if study.in_event_time else f"{events} and {prices}"
    scripts = [(TEMPLATES / name).read_text(encoding="utf-8") for name in _SCRIPTS]
    script = "".join(scripts)
    page = render_template(
        "table.html.j2",
        script=script,
        script_hash=script_hash(script),
        title=f"Table study · {events}",
        root="",
        kicker=f"Table study · {files} · {question(Told(study, judged))}",
        body=body,
        contents=contents,
        files=[name for name in _FILES if (out / name).is_file()],
        command=command_of(study),
    )
    page = with_citations(page, Cited(PAGE))
    folder = OutputFolder(out).check()
    folder.write(EXECUTED, notebook_text(clean))
    return folder.write(PAGE, page)


def _notebook() -> Path:
    here = find_workspace().notebooks / NOTEBOOK
    return here if here.is_file() else founding_workspace().notebooks / NOTEBOOK


def _named(benchmark: str) -> str:
    """Return a benchmark with the names of its files alone."""
    return ",".join(
        Path(part).name if part.startswith("/") else part for part in benchmark.split(",")
    )


def command_of(study: TableStudy) -> str:
    """Return the command that makes the page again, with the names of the files alone."""
    request = study.request
    parts = ["market-reaction study", f"--events {Path(request.events).name}"]
    if not study.in_event_time:
        parts.append(f"--prices {Path(request.prices).name}")
    if request.benchmark is not None:
        parts.append(f"--benchmark {_named(request.benchmark)}")
    for name, value in request.method.items():
        option = "--" + name.replace("_", "-")
        if name == "windows":
            parts += [f"--window {a} {b}" for a, b in value]
        elif isinstance(value, list | tuple):
            parts.append(f"{option} {' '.join(map(str, value))}")
        else:
            parts.append(f"{option} {value}")
    if request.estimation_dates is not None:
        parts.append(f"--estimation-window {' '.join(request.estimation_dates)}")
    for name in ("exchange", "zone", "largest_factor"):
        if getattr(request, name) is not None:
            parts.append(f"--{name.replace('_', '-')} {getattr(request, name)}")
    if request.accept_prices:
        parts.append("--accept-prices")
    if request.closed_day != "next":
        parts.append(f"--closed-day {request.closed_day}")
    return " ".join([*parts, "--report", "--out DIR"])
