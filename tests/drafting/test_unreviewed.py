"""A draft nobody reviewed gives no verdict, unless one clause tells figure, series and day."""

from __future__ import annotations

from analysis.drafting.drafts import draft_article
from analysis.drafting.single import _as_read


def test_only_a_claim_told_in_one_clause_is_checked_unreviewed():
    words = "The Nikkei rose 1.2% on Monday. The Hang Seng fell 2%."
    draft = draft_article(words, file="a.txt", published="2025-07-15T17:00-04:00")
    told, inferred = draft.claims
    assert told["certain"]
    assert not inferred["certain"]
    assert _as_read(told)["checks"] == told["checks"]
    assert _as_read(inferred)["checks"] == []
    assert "not reviewed" in _as_read(inferred)["undecidable"]
    assert _as_read({**inferred, "status": "accepted"})["checks"] == inferred["checks"]
