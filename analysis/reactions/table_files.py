"""What a study of a table of events leaves behind: CSV, a workbook, a table for LaTeX, run.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.engine.models import MODELS
from analysis.engine.window_rows import event_outcomes, windows_frame
from analysis.engine.workbook import workbook
from analysis.files import csv_text, sole_writer
from analysis.output import OutputFolder
from analysis.reactions.table_ladder import Judged
from analysis.reactions.table_study import TableStudy
from analysis.versions import software_versions

RUN = "run.json"
#: Files a study may leave; those of an earlier run that this one has not go.
_NAMES = {"event_outcomes.csv", "windows.csv", "tests.csv", "ladder.csv", "aar.csv", "path.csv",
          "outcomes.csv", "shifts.csv", "groups.csv", "benchmarks.csv", "distribution.csv",
          "weights.csv",
          "controls.csv", "tables.tex",
          "results.xlsx", "index.html", "study.ipynb"}  # fmt: skip


def tables_of(study: TableStudy, judged: Judged) -> dict[str, pd.DataFrame]:
    """Return every table of a study by the name of its file."""
    result, told = study.result, judged.tables()
    outcomes = result.outcomes
    counts = outcomes.groupby("status", sort=False)
    status = pd.DataFrame(
        {
            "status": list(counts.groups),
            "n_events": [len(rows) for rows in counts.groups.values()],
            "examples": [_examples(outcomes.loc[rows]) for rows in counts.groups.values()],
        }
    )
    order = status.assign(first=status["status"] != "ok", less=-status["n_events"])
    tables = {
        "event_outcomes": event_outcomes(result),
        "windows": windows_frame(result),
        "tests": result.tests(),
        "ladder": told.pop("ladder"),
        "aar": result.aar.reset_index(),
        "path": told.pop("path"),
        "outcomes": status.loc[order.sort_values(["first", "less", "status"]).index],
        "shifts": study.placed.shifts,
        "distribution": result.distribution().reset_index(),
    }
    if MODELS[study.spec.model].needs_donors:
        controls = result.synthetic_control(judged.window)
        tables["weights"] = controls.weights
        tables["controls"] = controls.events.reset_index()
    if study.beside:
        every = ((study.benchmark.name, result), *study.beside)
        parts = [windows_frame(found).assign(benchmark=name) for name, found in every]
        frame = pd.concat(parts, ignore_index=True)
        tables["benchmarks"] = frame[["benchmark", *frame.columns.drop("benchmark")]]
    return tables | told


def _examples(rows: pd.DataFrame) -> str:
    some = rows[rows["reason"] != ""].head(3)
    return "; ".join(f"{e}: {r}" for e, r in zip(some["event_id"], some["reason"], strict=True))


def run_record(study: TableStudy) -> dict[str, Any]:
    """Return what was asked, of which files, with which software."""
    return {
        "kind": "table",
        "request": asdict(study.request),
        "study": study.spec.to_dict(),
        "benchmark": study.request.benchmark,
        "files": [{"name": name, "sha256": digest} for name, digest in study.files],
        "understood": list(study.said),
        "noticed": list(study.notes),
        "versions": software_versions(),
    }


def write_table_study(
    study: TableStudy, judged: Judged, out: Path, *, waiting: Callable[[], object] = lambda: None
) -> list[str]:
    """Write all files of a study; ``run.json`` last, so that a folder with it is whole.

    Returns
    -------
    list of str
        What could not be written and why, such as a workbook without openpyxl.

    Raises
    ------
    InputError
        If the folder holds what was not made here.
    ReportError
        If it cannot be written.
    """
    folder, missing = OutputFolder(out).check(), list[str]()
    tables = tables_of(study, judged)
    files: dict[str, str | bytes] = {f"{n}.csv": csv_text(frame) for n, frame in tables.items()}
    files["tables.tex"] = judged.table.to_latex()
    try:
        files["results.xlsx"] = workbook({"table": judged.table.to_frame(), **tables})
    except ImportError:
        missing.append("results.xlsx: it needs openpyxl (pip install openpyxl)")
    record = json.dumps(run_record(study), indent=2, sort_keys=True, ensure_ascii=False)
    with sole_writer(out, waiting=waiting):
        folder.claim([*files, RUN])
        folder.remove([RUN])  # a folder without it is not whole
        for name, content in files.items():
            folder.write(name, content)
        folder.remove(_NAMES - set(files) - {RUN})
        folder.write(RUN, record + "\n")
    return missing
