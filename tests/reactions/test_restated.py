"""The founding sentences against figures derived again from the CSV files alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import restated
import restated_sentences

from analysis.chapters.all_events.words import all_events, overview
from analysis.chapters.article.words import article
from analysis.chapters.event.words import event
from analysis.chapters.few_events.words import as_implied, survivors
from analysis.chapters.minutes.words import overview as in_minutes
from analysis.chapters.together.words import moved_together, together

MODELS = ("market_model", "constant_mean")


@pytest.mark.parametrize("file", sorted(Path(restated.__file__).parent.glob("restated*.py")))
def test_it_shares_no_code_with_the_package(file):
    text = Path(file).read_text("utf-8")
    assert not re.search(r"^\s*(from|import) analysis|import_module", text, re.MULTILINE)


@pytest.mark.parametrize("model", MODELS)
def test_the_omnibus_and_the_count_of_stars(store, model):
    found = restated.reactions(store.folder, model)
    row = store.omnibus.set_index(["scope", "market", "model"]).loc["all", "all", model]
    assert (row.n_reactions, row.n_beyond) == (len(found), (found.p_value <= 0.05).sum())
    assert row.statistic == pytest.approx(restated.mean_size(store.folder, model), abs=1e-9)


@pytest.mark.parametrize("model", MODELS)
def test_every_reaction_by_its_ordinary_days(store, model):
    for row in restated.reactions(store.folder, model).itertuples():
        found = restated.place(store.folder, row.market, model, row.day0)
        assert found["p"] == pytest.approx(row.p_value, abs=1e-12), (row.market, row.day0)
        assert (found["k"], found["n"], found["n_beyond"]) == (row.k, row.n, row.n_beyond)
        assert (found["low"], found["high"]) == pytest.approx((row.low, row.high), abs=1e-9)


def test_the_first_sentence_of_all_events(store, seeds):
    found = restated.reactions(store.folder, "market_model")
    text = overview(store, seeds)[0].text
    assert f"{len(found)} distinct reactions" in text
    assert f"{found.mde.median():.1%}".replace("%", " %") in text


@pytest.mark.parametrize("model", MODELS)
def test_the_sentences_on_moving_together_and_as_implied(store, seeds, model):
    r = restated.mean_correlation(store.folder, model)
    assert f"{r:+.2f}" in moved_together(store, seeds).text
    mean, sessions, ways = restated.signed_mean(store.folder, model)
    text = next(s.text for s in as_implied(store, seeds) if s.id == f"implied-{model}")
    assert f"{mean * 100:+.1f} % on average over {sessions} sessions" in text
    assert f"{ways} of them that way" in text


def test_the_sentences_on_what_went_unnoticed_and_on_doubt(store, seeds):
    said = {sentence.id: sentence.text for sentence in all_events(store, seeds)}
    for market, found in restated.not_noticed(store.folder, "market_model").items():
        quiet, every, low, middle, high = found
        text = said[f"not-noticed-{market}"]
        assert f"{quiet} of {every} reactions cannot be told" in text
        low, middle, high = (f"{value * 100:.1f} %" for value in (low, middle, high))
        assert f"{low} to {high} (median {middle})" in text
    ambiguous, shared, pairs = restated.doubtful(store.folder)
    assert said["ambiguous-count"].startswith(f"In {ambiguous} of {pairs} event-market pairs")
    assert said["shared-count"].startswith(f"{shared} pairs share their day 0")


@pytest.mark.parametrize("model", MODELS)
def test_the_smallest_share_of_false_marks(store, model):
    least = store.family[store.family.model == model].p_bh.min()
    assert least == pytest.approx(restated.false_share(store.folder, model), abs=1e-12)


@pytest.fixture(scope="module")
def tables(store):
    return restated_sentences.Tables(store.folder)


def test_every_figure_of_every_event_and_article(store, seeds, tables):
    """Of all events, also those that have no page of sentences of their own."""
    said = [
        *all_events(store, seeds), *survivors(store, seeds), *as_implied(store, seeds),
        *together(store, seeds), *in_minutes(store, seeds),
        *(sentence for one in seeds.events for sentence in event(store, seeds, one.id)),
        *(sentence for one in seeds.articles for sentence in article(store, seeds, one.file)),
    ]  # fmt: skip
    wrong = [restated_sentences.check(tables, one.id, one.text) for one in said]
    assert not list(filter(None, wrong))


def test_a_changed_figure_and_a_sentence_without_a_rule_are_faults(store, seeds, tables):
    for one in (*all_events(store, seeds), *as_implied(store, seeds), *together(store, seeds)):
        for found in re.finditer(
            r"\d(?![\d.])", one.text.replace("S&P 500", "S&P")
        ):  # the last of each
            text = one.text.replace("S&P 500", "S&P")
            other = str((int(found[0]) + 1) % 10)
            changed = text[: found.start()] + other + text[found.end() :]
            in_title = "“" in text[: found.start()] and "”" in text[found.end() :]
            assert in_title or restated_sentences.check(tables, one.id, changed), changed
    assert "0 rules" in restated_sentences.check(tables, "new", "Three of 127 did.")
    assert "not derived" in restated_sentences.check(tables, "selection", "Three of 127 did.")
