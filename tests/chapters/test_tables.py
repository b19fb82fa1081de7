"""Tables have a caption, heads with a scope, escaped cells, and the figures of the study."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import ModuleType

import pandas as pd
import pytest

from analysis.chapters.all_events.tables import categories_table, largest_table, markets_table
from analysis.chapters.article.story import claims_block
from analysis.chapters.data.tables import (
    article_table,
    articles_table,
    events_table,
    evidence_table,
    series_table,
    sources_table,
)
from analysis.chapters.event.tables import (
    candidates_table,
    event_table,
    moment_table,
    windows_table,
)
from analysis.chapters.shared.table import Link, Table, row_anchors
from analysis.chapters.shared.telling import telling
from analysis.chapters.together.tables import correlations_table, coverage_table, size_table
from analysis.engine.recovery import Recovery, recovery
from analysis.errors import InputError
from analysis.reactions.market_data import MarketData
from analysis.reactions.store import StudyStore
from analysis.seeds.catalogue import Seeds

EVENT = "nvidia-h20-resumption-2025-07-14"
ARTICLE = "002_05ee0f58e2dec0c1.txt"
TABLES: dict[str, Callable[[StudyStore, Seeds, Recovery], Table]] = {
    "article": lambda s, d, r: article_table(d, ARTICLE),
    "articles": lambda s, d, r: articles_table(d),
    "candidates": lambda s, d, r: candidates_table(s, d, EVENT),
    "categories": lambda s, d, r: categories_table(s, d),
    "correlations": lambda s, d, r: correlations_table(s, d),
    "coverage": lambda s, d, r: coverage_table(r),
    "event": lambda s, d, r: event_table(s, d, EVENT),
    "events": lambda s, d, r: events_table(d),
    "evidence": lambda s, d, r: evidence_table(d, EVENT),
    "largest": lambda s, d, r: largest_table(s, d),
    "markets": lambda s, d, r: markets_table(s, d),
    "moment": lambda s, d, r: moment_table(d, EVENT),
    "series": lambda s, d, r: series_table(_closes(), d),
    "size": lambda s, d, r: size_table(r),
    "sources": lambda s, d, r: sources_table(d, ARTICLE),
    "windows": lambda s, d, r: windows_table(s, d, EVENT),
}


def _closes() -> pd.DataFrame:
    days = pd.to_datetime(["2025-01-02", "2025-01-03"])
    return pd.DataFrame({"NVDA": [100.0, 1234.5], "^HSI": [float("nan"), 2.0]}, index=days)


def defined(module: ModuleType) -> set[str]:
    """Public functions a module defines itself."""
    return {
        name
        for name, thing in vars(module).items()
        if getattr(thing, "__module__", None) == module.__name__ and not name.startswith("_")
    }


@pytest.fixture(scope="module")
def found() -> Recovery:
    return recovery(20, 1, effect=0.02)


@pytest.fixture(params=TABLES)
def table(
    request: pytest.FixtureRequest, store: StudyStore, seeds: Seeds, found: Recovery
) -> Table:
    return TABLES[request.param](store, seeds, found)


def test_all_tables_are_tested() -> None:
    modules = [
        import_module(f"analysis.chapters.{page}.tables")
        for page in ("all_events", "data", "event", "together")
    ]
    public = {name for module in modules for name in defined(module) if name.endswith("_table")}
    assert public == {f"{name}_table" for name in TABLES}


def test_every_table_can_be_read(table: Table) -> None:
    html = table._repr_html_()
    assert f"<caption>{table.caption}" in html
    assert html.count('scope="col"') == len(table.columns)
    assert html.count('scope="row"') == len(table.rows) > 0
    text = re.sub(r"<[^>]+>", " ", html)
    assert not re.search(r"\b(nan|NaN|None|NaT|inf)\b", text)
    assert str(table).startswith(table.caption)


def test_cells_are_escaped() -> None:
    table = Table(
        caption="<script>",
        columns=("<b>", "x & y"),
        rows=(("<i>row</i>", Link('"><img>', 'https://x.org/?a="b"')),),
        note="<u>",
    )
    html = table._repr_html_()
    for tag in ("<script>", "<b>", "<i>", "<img>", "<u>"):
        assert tag not in html
    assert 'href="https://x.org/?a=&quot;b&quot;"' in html


def test_rows_and_cells_carry_the_names_that_sentences_cite() -> None:
    anchors = row_anchors(["", 'a"<b>']) | {(0, 1): "cell.1"}
    table = Table("C", ("", "x"), (("one", "1"), ("two", "2")), anchors=anchors)
    html = table._repr_html_()
    assert '<tr><th scope="row"' in html
    assert '<td id="cell.1"' in html
    assert '<tr id="a&quot;&lt;b&gt;">' in html


def test_a_hostile_title_does_not_reach_the_page(store: StudyStore, seeds: Seeds) -> None:
    event = replace(seeds.event(EVENT), title="<img src=x onerror=alert(1)>")
    hostile = replace(seeds, events=tuple(event if e.id == EVENT else e for e in seeds.events))
    for html in (
        event_table(store, hostile, EVENT)._repr_html_(),
        events_table(hostile)._repr_html_(),
    ):
        assert "<img" not in html
        assert "&lt;img" in html


def test_a_table_needs_a_caption_and_full_rows() -> None:
    with pytest.raises(InputError, match="`caption`"):
        Table(caption=" ", columns=("a",), rows=())
    with pytest.raises(InputError, match="each row has 2 cells"):
        Table(caption="c", columns=("a", "b"), rows=(("only",),))


def test_the_event_table_shows_the_figures_of_the_store(store: StudyStore, seeds: Seeds) -> None:
    table = event_table(store, seeds, EVENT)
    cells = {row[0]: row[1:] for row in table.rows}
    days = store.abnormal_returns
    mine = days[
        (days["event_id"] == EVENT)
        & (days["market"] == "NVDA")
        & (days["model"] == store.spec.study.model)
        & (days["event_day"] == 0)
    ].iloc[0]
    column = table.columns.index("Nvidia") - 1
    assert cells["Day 0"][column] == "15 July 2025"
    assert cells["Beyond normal (AR)"][column] == f"{mine['ar']:+.2%}".replace("%", " %")
    assert "S&P 500 had the news on day 0" in cells


def test_numbers_stand_to_the_right(seeds: Seeds) -> None:
    table = series_table(_closes(), seeds)
    html = table._repr_html_()
    assert '<td class="num">1,234.50</td>' in html
    assert '<td class="num">1</td>' in html


def test_sources_stay_apart_from_verdicts(store: StudyStore, seeds: Seeds) -> None:
    verdicts = claims_block(telling(store, seeds), ARTICLE).html
    for claim in seeds.claims:
        if claim.article == ARTICLE:
            assert claim.statement in str(sources_table(seeds, ARTICLE))
            assert claim.sourced not in verdicts


def test_rounding_never_hides_the_series(market_data: MarketData, seeds: Seeds) -> None:
    symbols = [m.symbol for m in market_data.markets]
    frame = pd.DataFrame(
        {
            s: pd.Series(market_data.sessions[s].price, index=market_data.sessions[s].session)
            for s in symbols
        }
    )
    assert len(series_table(frame, seeds).rows) == len(symbols)
