"""Text and HTML to plain text with a way back, and sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.drafting import words
from analysis.drafting.grammar import Patterns
from analysis.drafting.text import read_text


def test_html_keeps_the_words_and_knows_where_they_came_from():
    source = "<p>S&amp;P&nbsp;500 <b>rose</b></p><script>Jan 1, 2001</script><p>on Friday&#33;</p>"
    text = read_text(source)
    assert text.is_html
    assert text.plain.split() == ["S&P", "500", "rose", "on", "Friday!"]
    for word in ("500", "rose", "Friday"):
        at = text.origin(text.plain.index(word))
        assert source[at : at + len(word)] == word


def test_plain_text_is_not_taken_for_html():
    source = "Profit < 5 and a<b> c, 1 Jan. 2025"
    text = read_text(source)
    assert not text.is_html
    assert text.plain == source


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ("It fell on Jan. 17. Then it rose.", 2),
        ("The U.S. economy grew. So did Mr. March.", 2),
        ("At 8:30 a.m. ET it came. At 9 a.m. He spoke.", 3),
        ("A headline\nThe text", 2),
        ("Up 0.7%. Down 1.2%.", 2),
        ("Harrow Inc. said so.", 1),
        ("", 0),
        ("。", 1),
    ],
)
def test_sentences_end_where_they_end(source, sentences):
    text = read_text(source)
    assert len(text.sentences) == sentences
    assert all(text.plain[s.start : s.end] == s.text for s in text.sentences)


@pytest.mark.parametrize(
    "source",
    [
        "<p>unclosed <b>tags <i>on Friday",
        "<html><script>never closed on Friday",
        "<![CDATA[ on Friday ]]><p>x",
        "<!DOCTYPE html [<!ENTITY a 'b'>]><p>&a; &#x110000; &#0; &nosuch;",
        "<p " + "a=" * 500 + ">x</p>",
        "<div>" * 5000 + "further",
        "<p>\x00\ud800\uffff</p>",
        "</p></div></html><p>x",
    ],
)
def test_hostile_html_is_read_without_a_crash(source):
    text = read_text(source)
    assert "\ud800" not in text.plain
    assert all(0 <= text.origin(n) <= len(source) for n in range(0, len(text.plain) + 1, 7))


def test_every_pattern_of_the_grammar_is_asked_for_and_every_one_asked_for_is_there():
    used = {*re.findall(r"\{([a-z]\w*)(?::\w*|:§)?\}", str(words.GRAMMAR))}  # by other patterns
    sections = {"shared"}
    for file in Path(words.__file__).parent.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        for section in re.findall(r'^_RE = Patterns\("(\w+)"\)', text, re.MULTILINE):
            asked = {*re.findall(r"_RE\.(?!forms\()(\w+)", text)}
            tables = {*re.findall(r'_RE\.forms\("(\w+)"\)', text)}
            assert all(getattr(Patterns(section), name).pattern for name in asked)
            assert all(Patterns(section).forms(name) for name in tables)
            used |= asked | tables
            sections.add(section)
    assert {*words.LISTS, *(name for s in sections for name in words.GRAMMAR[s])} <= used
