"""Frame to table: what a study found, in figures to be printed. Nothing is estimated here."""

from analysis.tables.event import candidates_table, event_table, moment_table, windows_table
from analysis.tables.events import categories_table, largest_table, markets_table
from analysis.tables.seeds import (
    article_table,
    articles_table,
    claims_table,
    events_table,
    evidence_table,
    series_table,
    sources_table,
)
from analysis.tables.table import Link, Table
from analysis.tables.together import correlations_table, coverage_table, size_table

__all__ = [
    "Link",
    "Table",
    "article_table",
    "articles_table",
    "candidates_table",
    "categories_table",
    "claims_table",
    "correlations_table",
    "coverage_table",
    "event_table",
    "events_table",
    "evidence_table",
    "largest_table",
    "markets_table",
    "moment_table",
    "series_table",
    "size_table",
    "sources_table",
    "windows_table",
]
