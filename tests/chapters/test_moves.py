"""Moves and their counts: one number per reaction, parts that add up, words that say it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from analysis.chapters.shared.counts import Count
from analysis.chapters.shared.moves import Move, all_moves
from analysis.chapters.shared.ordinary import critical
from analysis.chapters.shared.svg import Axis, Drawing, clean, text
from analysis.chapters.shared.voice import (
    Term,
    Words,
    as_unusual,
    luck,
    mark,
    moved,
    one_in,
    summed,
    unusual_words,
)
from analysis.chapters.shared.yardstick import Yardstick


@pytest.fixture(scope="module")
def moves(store, seeds):
    return all_moves(store, seeds)


def move(ret: float, expected: float, k: int = 20, n: int = 336) -> Move:
    return Move(
        event_id="e", market="M", short="M", yardstick=Yardstick("the index", "^I"),
        day0="2025-01-02", ret=ret, expected=expected, beyond=ret - expected,
        count=Count(k=k, n=n, together=0.58),
    )  # fmt: skip


def test_the_founding_reaction_has_one_count_and_one_band(moves):
    # METHODS section 7 (Interval): k = 16 of 336, q 2.18, +1.6 % to +7.8 %; one day less since
    nvidia = moves.cells["nvidia-h20-resumption-2025-07-14", "NVDA"]
    assert (nvidia.count.k, nvidia.count.n) == (2, 335)
    assert nvidia.count.reach == pytest.approx(2.18, abs=0.005)
    ends = nvidia.beyond - nvidia.count.half, nvidia.beyond + nvidia.count.half
    assert ends == pytest.approx((0.016, 0.078), abs=0.0006)
    assert summed(nvidia) == ("+4.0 %", "−0.7 %", "+4.7 %")


def test_a_band_holds_a_move_exactly_if_it_does_not_stand_out(moves):
    for found in moves.distinct():
        assert (abs(found.beyond) > found.count.half) == found.stands_out, found


def test_a_count_of_fifteen_of_336_stands_out_and_sixteen_does_not():
    assert Count(k=15, n=336).stands_out
    assert not Count(k=16, n=336).stands_out


@pytest.mark.parametrize("n", [0, 5, 18])
def test_too_few_ordinary_days_let_nothing_stand_out(n):
    assert not Count(k=0, n=n).stands_out


def test_every_sum_adds_up_as_printed(moves):
    for found in moves.cells.values():
        if found.known:
            whole, expected, beyond = (
                round(float(re.sub("[ %]", "", part).replace("−", "-")), 2)
                for part in summed(found)
            )
            assert whole == pytest.approx(expected + beyond, abs=1e-9), found


def test_a_sum_that_one_decimal_breaks_has_two():
    assert summed(move(0.0404, -0.0070)) == ("+4.0 %", "−0.7 %", "+4.7 %")
    assert summed(move(0.0114, 0.0056)) == ("+1.14 %", "+0.56 %", "+0.58 %")


def test_the_critical_size_is_the_kth_largest():
    sizes = np.arange(1.0, 40.0)  # 39 days: the second largest
    assert critical(sizes) == 38.0
    assert np.isnan(critical(np.ones(18)))


@pytest.mark.parametrize(
    ("k", "n", "words"),
    [
        (0, 336, "no ordinary day was as unusual"),
        (109, 322, "one ordinary day in three was as unusual"),
        (161, 297, "half of the ordinary days were as unusual"),
        (200, 297, "most ordinary days were as unusual"),
        (296, 297, "nearly every ordinary day was as unusual"),
    ],
)
def test_how_common_a_day_is(k, n, words):
    assert one_in(Count(k=k, n=n)) == words


def test_counts_in_sentences():
    assert unusual_words(Count(k=2, n=336)) == "Only two of 336 ordinary days were as unusual"
    assert unusual_words(Count(k=0, n=336)) == "None of 336 ordinary days was as unusual"
    assert as_unusual(Count(k=2, n=336)) == "2 of 336 ordinary days"
    assert luck(0.58, 127).endswith("more often than not")
    assert luck(0.1, 127).endswith("about one time in ten")
    said = (moved(0.0404), moved(-0.02), moved(0.0001))
    assert said == ("rose 4.0 %", "fell 2.0 %", "did not move")


def test_marks():
    assert mark(move(0.04, 0.0, k=2)) == "○"
    assert mark(move(0.04, 0.0, k=40)) == ""
    last = Count(k=0, n=336, together=0.01)
    assert mark(Move("e", "M", "M", Yardstick("x"), beyond=0.1, count=last)) == "●"


def test_words_are_explained_once_where_they_first_stand():
    words = Words((Term("a", "Ordinary day", "A day."), Term("b", "day", "Another.")))
    html = words.mark("One <b> ordinary day, another ordinary day.")
    assert html.count('href="#g-a"') == 1
    assert "&lt;b&gt;" in html
    assert words.only(html).html().count("<dt>") == html.count('class="word"')


def test_svg_escapes_and_keeps_to_what_xml_allows():
    assert text(1, 2, 'a<b> & "c"\x07') == (
        '<text x="1.0" y="2.0">a&lt;b&gt; &amp; &quot;c&quot;</text>'
    )
    drawing = Drawing(10, 10, "<x>", (text(0, 0, "$5 <tspan>"),))
    from xml.etree import ElementTree

    ElementTree.fromstring(drawing.alone("A <title>"))
    assert clean("4 %") == "4\u202f%"


def test_ticks_are_round_and_inside():
    assert Axis(-0.03, 0.077, 0, 1).ticks() == pytest.approx([-0.02, 0, 0.02, 0.04, 0.06])
    assert Axis(1, 1, 0, 10).ticks() == [1]
