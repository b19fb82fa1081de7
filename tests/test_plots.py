"""Pictures carry their words, are the same bytes every time, and say what the figures say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import plots
from analysis.errors import InputError
from analysis.findings import distinct_reactions
from analysis.plots.style import DARK, STEPS, STILL, UP, signed, tone
from analysis.reactions.ground import Ground
from analysis.seeds import Seeds
from analysis.simulate import Recovery, recovery
from analysis.store import StudyStore

EVENT = "nvidia-h20-resumption-2025-07-14"
CALL = "trump-xi-call-2025-06-05"

Draw = Callable[[StudyStore, Seeds, Ground, Recovery], plots.Picture]
PICTURES: dict[str, Draw] = {
    "closes": lambda s, d, g, r: plots.closes_picture(g, d),
    "coverage": lambda s, d, g, r: plots.coverage_picture(g),
    "clock": lambda s, d, g, r: plots.clock_picture(g, d, CALL),
    "hours": lambda s, d, g, r: plots.hours_picture(g, d),
    "paths": lambda s, d, g, r: plots.paths_picture(s, d, EVENT),
    "placebo": lambda s, d, g, r: plots.placebo_picture(s, d, EVENT),
    "grid": lambda s, d, g, r: plots.grid_picture(s, d),
    "largest": lambda s, d, g, r: plots.largest_picture(s, d),
    "p_values": lambda s, d, g, r: plots.p_values_picture(s),
    "categories": lambda s, d, g, r: plots.categories_picture(s, d),
    "matrices": lambda s, d, g, r: plots.matrices_picture(s, d),
    "placebo_correlations": lambda s, d, g, r: plots.placebo_correlations_picture(s, d),
    "pairs": lambda s, d, g, r: plots.pairs_picture(s, d),
    "clock_correlations": lambda s, d, g, r: plots.clock_correlations_picture(s, d),
    "estimates": lambda s, d, g, r: plots.estimates_picture(r),
    "rates": lambda s, d, g, r: plots.rates_picture(r),
}


@pytest.fixture(scope="module")
def found() -> Recovery:
    return recovery(20, 1, effect=0.02)


@pytest.fixture(params=PICTURES, scope="module")
def draw(
    request: pytest.FixtureRequest, store: StudyStore, seeds: Seeds, ground: Ground, found: Recovery
) -> Callable[[], plots.Picture]:
    return lambda: PICTURES[request.param](store, seeds, ground, found)


def test_every_picture_has_words_and_the_same_bytes_twice(
    draw: Callable[[], plots.Picture],
) -> None:
    before = dict(mpl.rcParams)
    one, other = draw(), draw()
    assert one.svg == other.svg
    assert one.title
    assert one.caption
    assert len(one.alt) > 40
    assert not one.title.endswith(".")
    assert dict(mpl.rcParams) == before


def test_every_picture_is_an_svg_that_loads_nothing(draw: Callable[[], plots.Picture]) -> None:
    picture = draw()
    root = ElementTree.fromstring(picture.svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.find("{http://www.w3.org/2000/svg}title").text == picture.title
    links = [
        value for node in root.iter() for key, value in node.attrib.items() if key.endswith("href")
    ]
    assert all(link.startswith("#") for link in links)
    assert "nan" not in picture.title.lower().split()
    assert "url(http" not in picture.svg


def test_all_pictures_are_tested() -> None:
    public = {name for name in plots.__all__ if name.endswith("_picture")}
    assert public == {f"{name}_picture" for name in PICTURES}


def test_a_picture_without_words_is_refused() -> None:
    fig = Figure()
    with pytest.raises(InputError, match="`alt` received as ' '"):
        plots.figure_output(fig, title="A title", alt=" ")
    with pytest.raises(InputError, match="`title`"):
        plots.figure_output(fig, title="", alt="Something")


def test_words_are_escaped() -> None:
    picture = plots.figure_output(
        Figure(), title="<script>a & b", alt='"quoted" <b>', caption="<i>"
    )
    html = picture._repr_html_()
    assert "&lt;script&gt;a &amp; b" in html
    assert 'alt="&quot;quoted&quot; &lt;b&gt;"' in html
    assert "<i>" not in html
    assert "<script>" not in picture.svg


def test_colours_have_a_dark_partner() -> None:
    svg = plots.figure_output(Figure(facecolor=STILL), title="T", alt="A").svg
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


def _with(store: StudyStore, **tables: pd.DataFrame) -> SimpleNamespace:
    names = ("reactions", "fits", "abnormal_returns", "tests", "placebo", "directions",
             "correlations", "reaction_pairs", "placebo_days", "spec")  # fmt: skip
    return SimpleNamespace(**{name: tables.get(name, getattr(store, name)) for name in names})


def _flipped(store: StudyStore) -> SimpleNamespace:
    days = store.abnormal_returns.copy()
    days[["ar", "sar", "ret"]] *= -1
    directions = store.directions.copy()
    directions[["estimate", "statistic"]] *= -1
    return _with(store, abnormal_returns=days, directions=directions)


def test_titles_follow_the_figures(store: StudyStore, seeds: Seeds) -> None:
    flipped = _flipped(store)
    for draw in (plots.paths_picture, lambda s, d, e: plots.largest_picture(s, d)):
        assert draw(store, seeds, EVENT).title != draw(flipped, seeds, EVENT).title
    quiet = store.placebo.assign(p_value=np.linspace(0.06, 1, len(store.placebo)))
    calm = _with(store, placebo=quiet)
    assert "no mark" in plots.grid_picture(calm, seeds).title
    assert plots.placebo_picture(calm, seeds, EVENT).title.startswith("An ordinary day")
    assert plots.p_values_picture(calm).title.startswith("No reaction")


def test_the_grid_counts_distinct_reactions(store: StudyStore, seeds: Seeds) -> None:
    marked = distinct_reactions(store)
    n = len(marked)
    title = plots.grid_picture(store, seeds).title
    assert f"{n} distinct reactions" in title
    assert f"{n * 0.05:.0f}" in title


def test_the_grid_of_an_article_is_smaller(store: StudyStore, seeds: Seeds) -> None:
    article = seeds.articles[0].file
    whole, part = (plots.grid_picture(store, seeds, article=a) for a in (None, article))
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
    assert plots.paths_picture(broken, seeds, EVENT).title == "No day-0 return in any market"
    assert plots.placebo_picture(broken, seeds, EVENT).title == "No day-0 return in any market"
    assert "////" not in plots.grid_picture(broken, seeds).svg  # hatched, by a pattern of its own
    assert "<pattern" in plots.grid_picture(broken, seeds).svg


def test_one_market_alone_has_no_correlations(store: StudyStore, seeds: Seeds) -> None:
    alone = _with(
        store, correlations=store.correlations[:0], reaction_pairs=store.reaction_pairs[:0]
    )
    for draw in (plots.matrices_picture, plots.placebo_correlations_picture, plots.pairs_picture,
                 plots.clock_correlations_picture):  # fmt: skip
        assert draw(alone, seeds).title == "One market alone cannot react together"


def test_a_missed_rate_is_named(found: Recovery) -> None:
    size = found.size.copy()
    size.loc[size.index[0], ["size", "low", "high"]] = [0.5, 0.4, 0.6]
    picture = plots.rates_picture(replace(found, size=size))
    window, test = size.index[0]
    assert f"{test} {window}" in picture.title
