"""Articles: checked records of ``seeds/articles.yaml``. Their texts are not kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from analysis.seeds.file import Fields, read_records


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
    return read_records(path, _article, key="file")


def _article(fields: Fields) -> Article:
    best, earliest, latest, basis = fields.mapping("published", _published)
    return Article(
        file=fields.file_name("file"),
        publisher=fields.optional_text("publisher"),
        url=fields.optional_url("url"),
        published=best,
        published_earliest=earliest,
        published_latest=latest,
        date_basis=basis,
        headline_event=fields.slug("headline_event"),
        gist=fields.text("gist"),
        label=fields.title("label"),
    )


def _published(fields: Fields) -> tuple[date, date, date, str]:
    best, earliest, latest = fields.date("best"), fields.date("earliest"), fields.date("latest")
    check_order(fields, best, earliest, latest)
    return best, earliest, latest, fields.text("basis")


def check_order(fields: Fields, best: date, earliest: date, latest: date) -> None:
    """Note a bound on the wrong side of the best estimate (dates, or instants in UTC)."""
    if fields.sound("best", "earliest") and earliest > best:
        fields.refuse("earliest", f"it must not come after `best`, {best.isoformat()}")
    if fields.sound("best", "latest") and latest < best:
        fields.refuse("latest", f"it must not come before `best`, {best.isoformat()}")
