"""What was found, in sentences: every one computed from the figures of a store.

Each sentence has an id. ``finding`` sentences state a result: with other prices they change or
disappear. The others state what holds whatever the prices did (dates, doubts, method).
"""

from __future__ import annotations

from analysis.findings.articles import article, categories
from analysis.findings.figures import (
    STANDS_OUT,
    distinct_reactions,
    in_market_order,
    reaction_figures,
    variants,
)
from analysis.findings.inference import as_implied, survivors
from analysis.findings.reactions import all_events, event, overview
from analysis.findings.sentences import Cite, Said, Sentence, say, selection
from analysis.findings.simulated import simulated
from analysis.findings.together import moved_together, together

__all__ = [
    "STANDS_OUT",
    "Cite",
    "Said",
    "Sentence",
    "all_events",
    "article",
    "as_implied",
    "categories",
    "distinct_reactions",
    "event",
    "in_market_order",
    "moved_together",
    "overview",
    "reaction_figures",
    "say",
    "selection",
    "simulated",
    "survivors",
    "together",
    "variants",
]
