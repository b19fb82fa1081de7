"""Any text of any script, length and malice: an answer, no crash, time in proportion."""

# ruff: noqa: E501  (a case a line reads better than wrapped)
from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.drafting import draft_article, draft_events, read_article
from analysis.drafting.text import read_text

PUBLISHED = "2025-06-05T14:10-04:00"
WORDS = st.sampled_from(
    ["Monday", "Friday", "on", "at", "by", "the", "after", "before", "close", "bell", "Nikkei", "Nvidia", "S&P", "500", "rose", "fell", "3%", "1.5", "percent", "points", "May", "March", "Jan.", "17", "31", "2025", "a", "week", "later", "ago", "9", "a.m.", "p.m.", "CST", "IST", "ET", "midnight", "noon", "Q3", "first", "half", "of", "since", "for", "third", "day", "record", "high", "low", "12:30", "2025-02-30", "it", "its", "index", "<p>", "</p>", "&amp;", "&#0;", "(", ")", ",", ".", ":", "-", "—", "東京", "أمس", "завтра", "from", "to", "and", "between", "early", "late", "morning", "will", "said", "$", "€", "\n"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=60), st.booleans())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_sequence_of_newsroom_words(words, is_html):
    check(" ".join(words), is_html=is_html)


@given(st.text(max_size=400))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_text_of_any_script(text):
    check(text)


@given(st.text(alphabet="<>/!-&;#\"'= apb[]?\n\x00", max_size=300))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_any_html(text):
    reading = check("<html>" + text, is_html=True)
    assert all(reading.text.origin(n) <= len(text) + 6 for n in range(len(reading.text.plain)))


def check(text, is_html=None):
    reading = read_article(text, published=PUBLISHED, is_html=is_html)
    plain = reading.text.plain
    for found in (*reading.dates, *reading.claims, *reading.unresolved):
        assert plain[found.start : found.end] == found.text
        assert found.end > found.start
    assert all(d.earliest <= d.latest and d.first <= d.last for d in reading.dates)
    ends = [(d.start, d.end) for d in reading.dates]
    assert all(a[1] <= b[0] for a, b in zip(sorted(ends), sorted(ends)[1:], strict=False))
    events, _ = draft_events(reading)
    assert all(e.earliest <= e.best <= e.latest <= reading.anchor.published for e in events)
    assert len({e.id for e in events}) == len(events)
    return reading


def test_a_lone_half_of_a_character_does_no_harm():
    draft_article("It said so on Monday \ud83d.", file="a.txt", published=PUBLISHED)


#: Of processor for 24 kB: an order above what is measured; a quadratic pattern takes longer.
SECONDS = 10
UNITS = ["a ", "1 ", "9.", "(", "<p>", "May ", "12:", "x" * 50, "\n", "\u200b", "Nvidia ", "up 3% ", "On Monday, ",
         "from Monday to ", "The Nikkei rose 1.2% on Thursday after 9 a.m. ET. "]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_repeated_words_take_time_in_proportion(unit):
    started = time.process_time()
    read_article(unit * (24_000 // len(unit)), published=PUBLISHED)
    assert time.process_time() - started < SECONDS


def test_a_megabyte_is_read():
    page = "<html><body>" + "<p>Lorem ipsum dolor sit amet &amp; on it goes. </p>" * 20_000
    assert len(page) > 1_000_000
    text = read_text(page)
    assert len(text.sentences) == 20_000
    plain = "Prices of nothing much were told in this long and dull account of a market. " * 3_000
    assert read_article(plain, published=PUBLISHED).dates == ()
