"""Sentences tell what the figures say: with other prices they change or disappear."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd
import pytest

from analysis.chapters.all_events.words import all_events, overview
from analysis.chapters.article.words import article as article_words
from analysis.chapters.event.words import event as event_words
from analysis.chapters.shared.sentences import Cite, Sentence, say, selection
from analysis.chapters.together.words import together as together_words
from analysis.errors import InputError
from analysis.prices import load_prices
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.store import load_or_run

#: Findings that may stay when all returns change their sign or their size: correlations and ranks
#: do not depend on either. Every other finding must change or disappear.
FREE_OF_SIGN_AND_SIZE = (
    r"moved-together",
    r"without-reaction(_total)?",  # correlations without a date or a month
    r"clock",
)
#: Without a sign: an effect that would have been noticed is as large upwards as downwards, an
#: article of which none stands out has none that stands out downwards, and a mean |z| has no sign.
FREE_OF_SIGN = (r"not-noticed-.*", r"article-count-.*", r"omnibus-.*")


def flipped(closes: pd.Series) -> pd.Series:
    """Closes whose every (log) return has the other sign."""
    return 1e4 / closes


def scaled(closes: pd.Series) -> pd.Series:
    """Closes whose every return is a tenth."""
    return (1 + 0.1 * closes.pct_change().fillna(0)).cumprod() * 100


def all_sentences(store, seeds) -> dict[str, Sentence]:
    """Every sentence of every page, by id."""
    parts = [
        *overview(store, seeds),
        *all_events(store, seeds),
        *together_words(store, seeds),
        selection(),
    ]
    for event in seeds.events:
        parts.extend(event_words(store, seeds, event.id))
    for article in seeds.articles:
        parts.extend(article_words(store, seeds, article.file))
    return {sentence.id: sentence for sentence in parts}


def moved_prices(data, folder, change):
    """Write the founding closes with changed returns to a file."""
    symbols = ["NVDA", "^N225", "^TWII", "^HSI", "^HSCE", "^GSPC", "^SOX", "^VIX"]
    closes = load_prices(symbols, data_dir=data).closes
    moved = {name: change(column.dropna()) for name, column in closes.items()}
    frame = pd.DataFrame(moved).reindex(closes.index)
    file = folder / "moved.csv"
    frame.rename_axis("date").to_csv(file)
    return file


def restudied(workspace, tmp_path, change):
    """The founding study on changed prices."""
    file = moved_prices(workspace.data, tmp_path, change)
    return load_or_run(RunSpec(prices=str(file)), workspace=workspace, store=tmp_path / "stores")


@pytest.fixture(scope="module")
def told(store, seeds):
    return all_sentences(store, seeds)


@pytest.fixture(scope="module")
def retold(workspace, seeds, tmp_path_factory):
    """Every sentence on changed prices; each change is studied once."""

    @cache
    def of(change):
        return all_sentences(restudied(workspace, tmp_path_factory.mktemp("moved"), change), seeds)

    return of


def test_ids_are_unique_on_a_page_and_texts_are_sentences(told):
    for sentence in told.values():
        assert sentence.text.endswith("."), sentence.id
        assert "nan" not in sentence.text.lower().split(), sentence.text
        assert "  " not in sentence.text


#: Every claim of this article that prices decide is decided by bars, which are not changed here.
BY_BARS = (r"claims-001_0cc0bfed72777d2e\.txt",)


@pytest.mark.parametrize(
    ("change", "may_stay"),
    [
        (flipped, (*FREE_OF_SIGN_AND_SIZE, *FREE_OF_SIGN, *BY_BARS)),
        (scaled, (*FREE_OF_SIGN_AND_SIZE, *BY_BARS)),
    ],
    ids=["signs flipped", "returns scaled by 0.1"],
)
def test_every_finding_changes_with_the_prices(told, retold, change, may_stay):
    other = retold(change)
    stayed = [
        sentence.id
        for key, sentence in told.items()
        if sentence.finding
        and key in other
        and other[key].text == sentence.text
        and not any(re.fullmatch(pattern, key) for pattern in may_stay)
    ]
    assert stayed == []


def test_a_remark_does_not_depend_on_prices(told, retold):
    other = retold(flipped)
    for key, sentence in told.items():
        if not sentence.finding:
            assert other[key].text == sentence.text


def test_the_founding_case_in_words(told):
    text = told["reaction-nvidia-h20-resumption-2025-07-14-NVDA"].text
    assert text.startswith("Nvidia moved +4.0 % on 15 July 2025, +4.7 % beyond")
    assert "stands out" in text
    assert "128 distinct reactions" in told["overview-count"].text
    assert "chance alone would mark about 6" in told["overview-count"].text


def test_ambiguous_minutes_say_whether_the_verdict_depends_on_them(told):
    ambiguous = [s.text for key, s in told.items() if key.startswith("ambiguous-mofcom-h20")]
    assert len(ambiguous) == 3  # Tokyo, Taipei, Hong Kong; New York reacts on the 18th either way
    assert all("verdict is the same for each" in text for text in ambiguous)


def test_sentences_are_escaped_where_they_become_html():
    shown = say(Sentence('"><script>', "<b>5 & 6</b>"))._repr_html_()
    assert "<script>" not in shown
    assert "&lt;b&gt;5 &amp; 6&lt;/b&gt;" in shown


def test_confounders_are_named(told, seeds):
    for event in seeds.events:
        text = told[f"confounders-{event.id}"].text
        assert all(confounder in text for confounder in event.confounders)


# -- figures and their rows ----------------------------------------------------------------------


def test_a_cited_figure_leads_to_its_row_and_the_rest_is_text() -> None:
    sentence = Sentence(
        "s", "10.58 % <b> & 0.58, p = 0.58.", cites=(Cite("0.58", "a"), Cite("0.58", "b"))
    )
    linked = sentence.html({"b": "page.html#b"}.get)
    assert linked == (
        "10.58\u202f% &lt;b&gt; &amp; 0.58, "
        'p\u00a0=\u00a0<a class="row" href="page.html#b">0.58</a>.'
    )
    assert 'href="#a">0.58</a>, p' in say(sentence)._repr_html_()
    assert str(sentence) == sentence.text


@pytest.mark.parametrize("text", ["0.5", "4.7 %", "7 %", "0.008 to 0.062", ""])
def test_a_figure_that_does_not_stand_in_the_sentence_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="where it should"):
        Sentence("s", "+4.7 % and 0.58", cites=(Cite("0.58", "a"), Cite(text, "b")))


def test_every_result_names_the_row_it_comes_from(store, seeds) -> None:
    plain = [s.id for s in all_sentences(store, seeds).values() if s.finding and not s.cites]
    shown_nowhere = ("overnight-", "not-computed-")
    assert [name for name in plain if not name.startswith(shown_nowhere)] == []
