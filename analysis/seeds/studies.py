"""Studies: checked records of ``seeds/studies.yaml``, each a notebook and its parameters."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.seeds.articles import Article
from analysis.seeds.file import Fields, read_records
from analysis.seeds.values import no_such

TIERS = ("core", "full")

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME_RULE = "use lower-case letters, digits and single hyphens, e.g. 'one-event'"
_NOTEBOOK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.ipynb")
_NOTEBOOK_RULE = "write the file name of a notebook, without a folder, e.g. '02_one_event.ipynb'"


@dataclass(frozen=True, slots=True)
class Study:
    """One report: a question, the notebook that answers it, and its parameters.

    Attributes
    ----------
    name
        Key, and the folder of the report.
    title, question
        The question in short, and in full.
    notebook
        File name in ``notebooks/``.
    parameters
        JSON values given to the notebook.
    tier
        ``"core"`` (every run) or ``"full"`` (on request).
    article
        The article the study is about, from its parameter ``article``; None if there is none.
    """

    name: str
    title: str
    question: str
    notebook: str
    parameters: Mapping[str, Any] = field(hash=False)
    tier: str
    article: str | None


def load_studies(
    path: Path | str,
    *,
    articles: Sequence[Article] | None = None,
    event_ids: Collection[str] | None = None,
    notebooks: Path | None = None,
) -> tuple[Study, ...]:
    """Read the studies, in the order of the file.

    Parameters
    ----------
    path
        The file.
    articles, event_ids
        What the parameters ``article`` and ``event_id`` may name; None to leave them unchecked.
    notebooks
        Folder every notebook must be in; None to leave that unchecked.

    Raises
    ------
    SeedError
        With every problem of the file.
    """
    files = None if articles is None else [article.file for article in articles]

    def build(fields: Fields) -> Study:
        study = _study(fields)
        _check_names(fields, study, {"article": files, "event_id": event_ids})
        if notebooks is not None and fields.sound("notebook"):
            there = sorted(found.name for found in notebooks.glob("*.ipynb"))
            if study.notebook not in there:
                fields.refuse("notebook", no_such(study.notebook, there, what="notebook"))
        return study

    return read_records(path, build, key="name")


def _study(fields: Fields) -> Study:
    parameters = fields.json_mapping("parameters")
    article = parameters.get("article")
    return Study(
        name=fields.matching("name", _NAME, _NAME_RULE),
        title=fields.title("title"),
        question=fields.title("question"),
        notebook=fields.matching("notebook", _NOTEBOOK, _NOTEBOOK_RULE),
        parameters=parameters,
        tier=fields.choice("tier", TIERS, what="tier"),
        article=article if isinstance(article, str) else None,
    )


def _check_names(fields: Fields, study: Study, valid: Mapping[str, Collection[str] | None]) -> None:
    for name, names in valid.items():
        if name not in study.parameters or fields.broken("parameters"):
            continue
        value = study.parameters[name]
        label = f"parameters.{name}"
        if not isinstance(value, str):
            fields.refuse("parameters", "write a name here", found=str(value), label=label)
        elif names is not None and value not in names:
            what = "article" if name == "article" else "event"
            rule = no_such(value, names, what=what)
            fields.refuse("parameters", rule, found=value, label=label)
