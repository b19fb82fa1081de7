"""All pages of a folder of reports: every figure derived again (``restated_site.py SITE``).

It shares no code with ``analysis``. Sentences that notebooks mark have rules in
`restated_sentences` and `restated_simulated`, what stands around them in `restated_articles` and
`restated_pictures` or `restated_second_look`, pages of events in `restated_events` and
`restated_event_parts`, front page and summary in `restated_front`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import restated_articles
import restated_event_parts
import restated_events
import restated_front
import restated_pictures
import restated_second_look
import restated_sentences
import restated_simulated

REGISTERED = (
    restated_event_parts,
    restated_pictures,
    restated_second_look,
    restated_simulated,
)
"""Their rules count once they are imported."""


def sentences(site: Path) -> list[str]:
    """Check what notebooks mark as sentences, and what stands around them."""
    return [*restated_sentences.faults(site), *restated_articles.faults(site)]


def faults(site: Path) -> list[str]:
    """Check every page."""
    return [*sentences(site), *restated_events.faults(site), *restated_front.faults(site)]


if __name__ == "__main__":
    wrong = faults(Path(sys.argv[1]))
    print("\n".join(wrong) or "Every figure comes out again.")
    sys.exit(bool(wrong))
