"""Article in, events out: dated candidate events and checkable claims, for a person to review.

Each step is a function: `read_article` (dates, series, claims), `draft_article` (records),
`write_draft`, `load_draft`, `review_draft`, `merge_draft` and `report_article`. Nothing is
downloaded, nothing is sent but by a `RemoteReader` that was asked for, and nothing a draft holds is
used by a study before a person has accepted it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.drafting.candidates import DraftEvent, draft_events
    from analysis.drafting.claims import DraftClaim
    from analysis.drafting.draft_file import load_draft, write_draft
    from analysis.drafting.drafts import Draft, draft_article
    from analysis.drafting.hours import Hours
    from analysis.drafting.merge import merge_draft
    from analysis.drafting.reading import Reading, read_article
    from analysis.drafting.remote import RemoteReader
    from analysis.drafting.review import review_draft
    from analysis.drafting.single import report_article
    from analysis.drafting.text import read_text

_HOME = {
    "Draft": "drafts",
    "DraftClaim": "claims",
    "DraftEvent": "candidates",
    "Hours": "hours",
    "Reading": "reading",
    "RemoteReader": "remote",
    "draft_article": "drafts",
    "draft_events": "candidates",
    "load_draft": "draft_file",
    "merge_draft": "merge",
    "read_article": "reading",
    "read_text": "text",
    "report_article": "single",
    "review_draft": "review",
    "write_draft": "draft_file",
}

__all__ = [
    "Draft",
    "DraftClaim",
    "DraftEvent",
    "Hours",
    "Reading",
    "RemoteReader",
    "draft_article",
    "draft_events",
    "load_draft",
    "merge_draft",
    "read_article",
    "read_text",
    "report_article",
    "review_draft",
    "write_draft",
]


def __getattr__(name: str) -> Any:
    """Load a step when it is first asked for: the command line must start quickly."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"analysis.drafting.{_HOME[name]}"), name)
