"""The grammar on the corpus. The held-out figures are those of docs/drafting.md: they may not sink."""

# ruff: noqa: E501  (a case a line reads better than wrapped)
from __future__ import annotations

from pathlib import Path

import corpus_scores as corpus
import pytest

HELD_OUT, DEVELOPMENT = corpus.load("heldout"), corpus.load("development")


def test_the_corpus_is_large_and_mixed():
    both = HELD_OUT + DEVELOPMENT
    assert len(both) >= 60
    assert len(HELD_OUT) == len(DEVELOPMENT)
    assert len({record["id"] for record in both}) == len(both)
    assert len({record["style"] for record in both}) >= 40
    assert sum(len(record["dates"]) for record in both) >= 300


@pytest.mark.parametrize(
    ("records", "dates", "claims"),
    [(HELD_OUT, (0.95, 0.96), (0.95, 0.96)), (DEVELOPMENT, (0.99, 0.99), (0.98, 0.98))],
)
def test_precision_and_recall(records, dates, claims):
    date_score, traps = corpus.score_dates(records)
    claim_score, days, sessions = corpus.score_claims(records)
    assert traps == []
    assert (date_score.precision, date_score.recall) >= dates, date_score.errors
    assert date_score.recall >= dates[1], date_score.errors
    assert claim_score.precision >= claims[0], claim_score.errors
    assert claim_score.recall >= claims[1], claim_score.errors
    assert days.recall >= 0.96, days.errors
    assert sessions.recall >= 0.96, sessions.errors


def test_the_page_on_drafting_has_the_figures_of_the_measurement():
    page = (Path(corpus.ROOT) / "docs" / "drafting.md").read_text(encoding="utf-8")
    for figure in ("155 of 162", "155 of 160", "78 of 82", "78 of 81"):
        assert figure in page
