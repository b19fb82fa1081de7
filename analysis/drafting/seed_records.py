"""Accepted records of a draft in the form ``seeds/`` has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from analysis.drafting.drafts import Draft

__all__ = ["article_record", "claim_record", "event_record"]

_NOT_LOOKED_UP = "Not looked up yet"


def event_record(
    record: Mapping[str, Any], *, file: str, study_markets: Sequence[str]
) -> dict[str, Any]:
    """Return an event as events.yaml has it; a market the text is silent on gets ``none``."""
    headline = bool(record.get("headline"))
    implied = record.get("implied_direction") or {}
    doubts = ["Two readings of the zone lie inside the bounds"] if record.get("ambiguous") else []
    return {
        "id": record["id"],
        "title": record["title"],
        "role": "headline" if headline else "mentioned",
        "category": record["category"],
        "announced": dict(record["announced"]),
        "reported_in": [
            {"article": file, "how": "headline" if headline else "mention", "said": record["title"]}
        ],
        "implied_direction": {symbol: implied.get(symbol, "none") for symbol in study_markets},
        "confounders": [],
        "doubts": doubts,
    }


def claim_record(record: Mapping[str, Any], *, file: str) -> dict[str, Any]:
    """Return a claim as claims.yaml has it."""
    checks = list(record.get("checks") or ())
    closes = [f"Close of {c['series']} on {c['to']} against {c.get('from')}" for c in checks]
    outside = record.get("session") in ("pre-market", "after-hours", "before-open", "after-close")
    out: dict[str, Any] = {
        "id": record["id"],
        "article": file,
        "statement": record["statement"],
        "kind": "intraday" if outside else "price",
        "how_to_check": "; ".join(closes) or "Prices that the data do not hold",
    }
    if checks:
        out["checks"] = checks
    else:
        out["undecidable"] = record.get("undecidable") or "Closes cannot decide it."
    if record.get("caveat") and checks:
        out["caveat"] = record["caveat"]
    return out | {"sourced": _NOT_LOOKED_UP, "reading": _NOT_LOOKED_UP}


def article_record(draft: Draft, headline: Mapping[str, Any]) -> dict[str, Any]:
    """Return the article as articles.yaml has it."""
    article = draft.article
    day = str(article["published_day"])
    shown = datetime.fromisoformat(day)
    return {
        "file": article["file"],
        "label": f"{article.get('publisher') or 'Unknown publisher'}, {shown.day} {shown:%b %Y}",
        "publisher": article.get("publisher"),
        "url": None,
        "published": {
            "best": day,
            "earliest": day,
            "latest": day,
            "basis": "As given when it was drafted",
        },
        "headline_event": headline["id"],
        "gist": str(headline["title"]),
    }
