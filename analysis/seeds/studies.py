"""Studies: checked records of ``seeds/studies.yaml``, each a notebook and its parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.seeds.articles import Article
from analysis.seeds.file import read_records

TIERS = ("core", "full")


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
    from analysis.seeds.event_models import StudyRow

    files = None if articles is None else [article.file for article in articles]

    there = None if notebooks is None else sorted(p.name for p in notebooks.glob("*.ipynb"))
    context = {"article": files, "event_id": event_ids, "notebooks": there}
    return read_records(path, StudyRow, key="name", context=context)
