"""Pictures carry their words, are the same bytes every time, and say what the figures say."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from html import escape
from importlib import import_module
from types import ModuleType, SimpleNamespace
from urllib.parse import unquote
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.chapters.all_events.categories import categories_picture
from analysis.chapters.all_events.grid import _blocks, grid_picture
from analysis.chapters.all_events.pictures import largest_picture, p_values_picture
from analysis.chapters.data.clock import clock_picture, hours_picture
from analysis.chapters.data.pictures import closes_picture, coverage_picture
from analysis.chapters.event.pictures import paths_picture, placebo_picture
from analysis.chapters.shared.figures import distinct_reactions
from analysis.chapters.shared.picture import Drawn, Picture, figure_output
from analysis.chapters.shared.style import DARK, STEPS, STILL, UP, signed, tone
from analysis.chapters.simulated.pictures import estimates_picture, rates_picture
from analysis.chapters.together.pictures import (
    clock_correlations_picture,
    matrices_picture,
    pairs_picture,
    placebo_correlations_picture,
)
from analysis.engine.recovery import Recovery, recovery
from analysis.errors import InputError
from analysis.reactions.market_data import MarketData
from analysis.reactions.store import StudyStore
from analysis.seeds.catalogue import Seeds

EVENT = "nvidia-h20-resumption-2025-07-14"
NONE = Drawn("nothing")
CALL = "trump-xi-call-2025-06-05"

Draw = Callable[[StudyStore, Seeds, MarketData, Recovery], Picture]
PICTURES: dict[str, Draw] = {
    "closes": lambda s, d, g, r: closes_picture(g, d),
    "coverage": lambda s, d, g, r: coverage_picture(g),
    "clock": lambda s, d, g, r: clock_picture(g, d, CALL),
    "hours": lambda s, d, g, r: hours_picture(g, d),
    "paths": lambda s, d, g, r: paths_picture(s, d, EVENT),
    "placebo": lambda s, d, g, r: placebo_picture(s, d, EVENT),
    "grid": lambda s, d, g, r: grid_picture(s, d),
    "largest": lambda s, d, g, r: largest_picture(s, d),
    "p_values": lambda s, d, g, r: p_values_picture(s),
    "categories": lambda s, d, g, r: categories_picture(s, d),
    "matrices": lambda s, d, g, r: matrices_picture(s, d),
    "placebo_correlations": lambda s, d, g, r: placebo_correlations_picture(s, d),
    "pairs": lambda s, d, g, r: pairs_picture(s, d),
    "clock_correlations": lambda s, d, g, r: clock_correlations_picture(s, d),
    "estimates": lambda s, d, g, r: estimates_picture(r),
    "rates": lambda s, d, g, r: rates_picture(r),
}


@pytest.fixture(scope="module")
def found() -> Recovery:
    return recovery(20, 1, effect=0.02)


@pytest.fixture(params=PICTURES, scope="module")
def draw(
    request: pytest.FixtureRequest,
    store: StudyStore,
    seeds: Seeds,
    market_data: MarketData,
    found: Recovery,
) -> Callable[[], Picture]:
    return lambda: PICTURES[request.param](store, seeds, market_data, found)


@pytest.fixture(scope="module")
def twice(draw: Callable[[], Picture]) -> tuple[Picture, Picture]:
    before = dict(mpl.rcParams)
    drawn = draw(), draw()
    assert dict(mpl.rcParams) == before
    return drawn


def test_every_picture_has_words_and_the_same_bytes_twice(twice: tuple[Picture, Picture]) -> None:
    one, other = twice
    assert one.svg == other.svg
    assert one.title
    assert one.caption
    assert len(one.alt) > 40
    assert not one.title.endswith(".")


def test_every_picture_is_an_svg_that_loads_nothing(twice: tuple[Picture, Picture]) -> None:
    picture, _ = twice
    root = ElementTree.fromstring(picture.svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.find("{http://www.w3.org/2000/svg}title").text == picture.title
    links = [
        value for node in root.iter() for key, value in node.attrib.items() if key.endswith("href")
    ]
    assert all(link.startswith("#") for link in links)
    assert "nan" not in picture.title.lower().split()
    assert "url(http" not in picture.svg


def test_every_picture_hands_over_what_it_was_drawn_from(twice: tuple[Picture, Picture]) -> None:
    picture, again = twice
    html = picture._repr_html_()
    link = re.search(r'<a class="data" download="([a-z0-9_-]+\.csv)" href="([^"]+)"', html)
    assert link
    head, text = unquote(link[2]).split(",", 1)
    assert head == "data:text/csv;charset=utf-8"
    assert f'aria-label="Data of this figure (CSV): {escape(picture.title)}"' in html
    read = pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=[""])
    table = picture.drawn.table
    assert list(read.columns) == [str(name) for name in table.columns]
    assert len(read) == len(table) > 0
    for name in table.select_dtypes("number"):
        np.testing.assert_allclose(read[name], table[name].astype(float), rtol=1e-5)
    assert again._repr_html_() == html


def test_the_data_of_a_picture_are_those_of_the_study(store: StudyStore, seeds: Seeds) -> None:
    days = paths_picture(store, seeds, EVENT).drawn.table
    nvidia = days[(days["market"] == "NVDA") & (days["event_day"] <= 0)]
    kept = store.abnormal_returns
    kept = kept[
        (kept["event_id"] == EVENT) & (kept["market"] == "NVDA") & (kept["model"] == "market_model")
        & ~kept["candidate"] & (kept["event_day"] <= 0)
    ]  # fmt: skip
    assert nvidia["car"].iloc[-1] == pytest.approx(kept["ar"].sum(), rel=1e-12)
    placebo = placebo_picture(store, seeds, EVENT).drawn.table
    asian = placebo[placebo["market"] == "^N225"]
    event, ordinary = asian[asian["event_id"] == EVENT], asian[asian["event_id"] == ""]
    beyond = (ordinary["statistic"].abs() >= abs(event["statistic"].iloc[0])).sum()
    mine = store.placebo[
        (store.placebo["event_id"] == EVENT) & (store.placebo["market"] == "^N225")
        & (store.placebo["model"] == "market_model") & (store.placebo["window"] == "[0,0]")
        & ~store.placebo["candidate"]
    ]  # fmt: skip
    assert mine["p_value"].iloc[0] == pytest.approx((beyond + 1) / (len(ordinary) + 1), rel=1e-12)
    assert len(grid_picture(store, seeds).drawn.table) == len(store.reactions)
    part = grid_picture(store, seeds, article=seeds.articles[0].file).drawn.table
    assert 0 < len(part) < len(store.reactions)


def test_what_came_from_outside_stays_text_in_the_data() -> None:
    table = pd.DataFrame(
        {"said": ['=HYPERLINK("http://x")', '"><script>', "a,b"], "n": [1.5, 2, 3]}
    )
    drawn = Drawn("A name/with ..\\ signs", table)
    html = figure_output(Figure(), drawn=drawn, title="T", alt="A")._repr_html_()
    assert 'download="a-name-with-signs.csv"' in html
    address = re.search(r'href="([^"]+)"', html)[1]
    assert not re.search(r"[<>\s\"']", address)
    text = unquote(address).split(",", 1)[1]
    assert text.splitlines()[1] == '"\'=HYPERLINK(""http://x"")",1.5'
    assert pd.read_csv(io.StringIO(text))["said"].tolist()[1:] == ['"><script>', "a,b"]


def test_nothing_drawn_is_nothing_to_save() -> None:
    html = figure_output(Figure(), drawn=NONE, title="T", alt="A")._repr_html_()
    assert "<a " not in html


def test_shapes_are_rounded_to_what_can_be_seen() -> None:
    fig = Figure()
    fig.subplots().plot([0, 1 / 3, 1], [1 / 7, 0, 1])
    svg = figure_output(fig, drawn=NONE, title="T", alt="A").svg
    shapes = re.findall(r' d="([^"]+)"', svg)
    assert shapes
    assert not any(re.search(r"\.\d{3}", shape) for shape in shapes)


def defined(module: ModuleType) -> set[str]:
    """Public functions a module defines itself."""
    return {
        name
        for name, thing in vars(module).items()
        if getattr(thing, "__module__", None) == module.__name__ and not name.startswith("_")
    }


def test_all_pictures_are_tested() -> None:
    modules = [
        import_module(f"analysis.chapters.{page}")
        for page in (
            "all_events.categories", "all_events.grid", "all_events.pictures", "data.clock",
            "data.pictures", "event.pictures", "simulated.pictures", "together.pictures",
        )
    ]  # fmt: skip
    public = {name for module in modules for name in defined(module) if name.endswith("_picture")}
    assert public == {f"{name}_picture" for name in PICTURES}


def test_a_picture_without_words_is_refused() -> None:
    fig = Figure()
    with pytest.raises(InputError, match="`alt` received as ' '"):
        figure_output(fig, drawn=NONE, title="A title", alt=" ")
    with pytest.raises(InputError, match="`title`"):
        figure_output(fig, drawn=NONE, title="", alt="Something")


def test_words_are_escaped() -> None:
    picture = figure_output(
        Figure(), drawn=NONE, title="<script>a & b", alt='"quoted" <b>', caption="<i>"
    )
    html = picture._repr_html_()
    assert "&lt;script&gt;a &amp; b" in html
    assert 'alt="&quot;quoted&quot; &lt;b&gt;"' in html
    assert "<i>" not in html
    assert "<script>" not in picture.svg


def test_colours_have_a_dark_partner() -> None:
    svg = figure_output(Figure(facecolor=STILL), drawn=NONE, title="T", alt="A").svg
    assert f'[style*="fill: {STILL}"]{{fill:{DARK[STILL]}!important}}' in svg


@pytest.mark.parametrize(
    ("ar", "fill"),
    [(0.0, STILL), (STEPS[0] - 1e-9, STILL), (STEPS[0], UP[0]), (STEPS[3], UP[3]), (0.5, UP[3])],
)
def test_tone_steps(ar: float, fill: str) -> None:
    assert tone(ar)[0] == fill


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.047, 1, "+4.7%"), (-0.047, 1, "−4.7%"), (0.0, 0, "0%"), (-0.0004, 1, "0.0%")],
)
def test_signed(value: float, digits: int, text: str) -> None:
    assert signed(value, digits) == text


class _Tables(SimpleNamespace):
    """Tables by name; one object is one study, as a store is."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def _with(store: StudyStore, **tables: pd.DataFrame) -> SimpleNamespace:
    names = ("reactions", "fits", "abnormal_returns", "tests", "placebo", "directions", "variants",
             "correlations", "reaction_pairs", "placebo_days", "together", "spec")  # fmt: skip
    return _Tables(**{name: tables.get(name, getattr(store, name)) for name in names})


def _flipped(store: StudyStore) -> SimpleNamespace:
    days = store.abnormal_returns.copy()
    days[["ar", "sar", "ret"]] *= -1
    directions = store.directions.copy()
    directions[["estimate", "statistic"]] *= -1
    return _with(store, abnormal_returns=days, directions=directions)


def test_titles_follow_the_figures(store: StudyStore, seeds: Seeds) -> None:
    flipped = _flipped(store)
    for draw in (paths_picture, lambda s, d, e: largest_picture(s, d)):
        assert draw(store, seeds, EVENT).title != draw(flipped, seeds, EVENT).title
    quiet = store.placebo.assign(p_value=np.linspace(0.06, 1, len(store.placebo)))
    calm = _with(store, placebo=quiet)
    assert "no mark" in grid_picture(calm, seeds).title
    assert placebo_picture(calm, seeds, EVENT).title.startswith("An ordinary day")
    assert p_values_picture(calm).title.startswith("No reaction")


def test_the_grid_counts_distinct_reactions(store: StudyStore, seeds: Seeds) -> None:
    marked = distinct_reactions(store)
    n = len(marked)
    title = grid_picture(store, seeds).title
    assert f"{n} distinct reactions" in title
    assert f"{n * 0.05:.0f}" in title


def test_the_grid_of_an_article_is_smaller(store: StudyStore, seeds: Seeds) -> None:
    article = seeds.articles[0].file
    whole, part = (grid_picture(store, seeds, article=a) for a in (None, article))
    assert part.size[1] < whole.size[1]
    assert part.size[0] == whole.size[0]


def test_an_event_that_cannot_be_used_is_drawn_as_such(store: StudyStore, seeds: Seeds) -> None:
    mine = store.reactions["event_id"] == EVENT
    status = store.reactions["status"].mask(mine, "missing_price")
    broken = _with(
        store,
        reactions=store.reactions.assign(status=status),
        placebo=store.placebo[store.placebo["event_id"] != EVENT],
    )
    assert paths_picture(broken, seeds, EVENT).title == "No day-0 return in any market"
    assert placebo_picture(broken, seeds, EVENT).title == "No day-0 return in any market"
    assert "////" not in grid_picture(broken, seeds).svg  # hatched, by a pattern of its own
    assert "<pattern" in grid_picture(broken, seeds).svg


def test_one_market_alone_has_no_correlations(store: StudyStore, seeds: Seeds) -> None:
    alone = _with(
        store, correlations=store.correlations[:0], reaction_pairs=store.reaction_pairs[:0]
    )
    for draw in (matrices_picture, placebo_correlations_picture, pairs_picture,
                 clock_correlations_picture):  # fmt: skip
        assert draw(alone, seeds).title == "One market alone cannot react together"


def test_a_missed_rate_is_named(found: Recovery) -> None:
    size = found.size.copy()
    size.loc[size.index[0], ["size", "low", "high"]] = [0.5, 0.4, 0.6]
    picture = rates_picture(replace(found, size=size))
    window, test = size.index[0]
    assert f"{test} {window}" in picture.title


def test_the_grid_stays_blank_where_an_event_is_limited_to_other_markets() -> None:
    def cell(day0: str) -> dict[str, object]:
        return {"status": "ok", "day0": day0, "ambiguous": False}

    cells = {
        ("a", "X"): cell("2025-01-02"), ("b", "X"): cell("2025-01-02"),
        ("a", "Y"): cell("2025-01-03"), ("c", "Y"): cell("2025-01-03"),
    }  # fmt: skip
    blocks = [(b.column, b.first, b.last) for b in _blocks(cells, ["a", "b", "c"], ["X", "Y"])]
    assert blocks == [(0, 0, 1), (1, 0, 0), (1, 2, 2)]
