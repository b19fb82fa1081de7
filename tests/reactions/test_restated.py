"""The founding sentences against figures derived again from the CSV files alone."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from analysis.chapters.all_events.words import all_events, overview
from analysis.chapters.few_events.words import as_implied
from analysis.chapters.together.words import moved_together

FILE = Path(__file__).parents[1] / "restated.py"
spec = importlib.util.spec_from_file_location("restated", FILE)
restated = importlib.util.module_from_spec(spec)
spec.loader.exec_module(restated)

MODELS = ("market_model", "constant_mean")


def test_it_shares_no_code_with_the_package():
    assert not re.search(r"^\s*(from|import) analysis", FILE.read_text("utf-8"), re.MULTILINE)


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
