"""What the notebook of a study is handed: the run, where things are, and values of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.reactions.places import PLACES
from analysis.report.front import DATA_FILES
from analysis.report.job import NotebookJob, declared_by
from analysis.report.page import DataFile

if TYPE_CHECKING:
    from analysis.reactions.run_spec import RunSpec
    from analysis.seeds.studies import Study
    from analysis.workspace import Workspace


def job_of(study: Study, workspace: Workspace, run: RunSpec, stores: Path) -> NotebookJob:
    """Return the notebook of a study with what it is handed: the run, places, its own values."""
    common: dict[str, Any] = {
        "spec": run.to_json(),
        "workspace": str(workspace.root),
        "store": str(stores),
    }
    common |= {name: value for name, value in study.parameters.items() if name in PLACES}
    # An object, not a text in a text: folders are found in what is shown however they are written.
    asked = {} if "spec" in study.parameters else {"spec": json.loads(run.to_json())}
    common["run"] = json.dumps(common | asked)
    notebook = workspace.notebooks / study.notebook
    known = known_to(notebook, common)
    own = {n: v for n, v in study.parameters.items() if "run" not in known or n not in PLACES}
    return NotebookJob(
        name=study.name,
        title=study.title,
        notebook=notebook,
        parameters={**known, **own},
        tier=study.tier,
        question=study.question,
        kicker="Article" if study.article else "Overview",
        files=tuple(DataFile(file.href, file.label) for file in DATA_FILES),
    )


def known_to(notebook: Path, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is offered to every notebook and this one has a parameter for.

    Notebooks take it as one parameter, ``run``, or, as they did before, as three.
    """
    names = declared_by(notebook)
    if names is None:
        names = offered.keys() - {"run"}
    return {name: value for name, value in offered.items() if name in names}
