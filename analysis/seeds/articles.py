"""Articles: checked records of ``seeds/articles.yaml``. Their texts are not kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.seeds.file import read_records


@dataclass(frozen=True, slots=True)
class Article:
    """One news article.

    Attributes
    ----------
    file
        File name the article was received under; its id.
    publisher, url
        Where it appeared; None where that is not known.
    published, published_earliest, published_latest
        Best date of publication and its bounds.
    date_basis
        What the dates rest on.
    headline_event
        Id of the event the article was written about.
    gist
        What it says, in two or three sentences of our own.
    label
        Short name for display.
    """

    file: str
    publisher: str | None
    url: str | None
    published: date
    published_earliest: date
    published_latest: date
    date_basis: str
    headline_event: str
    gist: str
    label: str


def load_articles(path: Path | str) -> tuple[Article, ...]:
    """Read the articles, in the order of the file.

    Raises
    ------
    SeedError
        With every problem of the file. Whether ``headline_event`` exists is checked by
        `analysis.seeds.catalogue.load_seeds`, which knows the events.
    """
    from analysis.seeds.event_models import ArticleRow

    return read_records(path, ArticleRow, key="file")
