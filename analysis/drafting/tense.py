"""Whether words beside an expression speak of what has been or of what is to come."""

from __future__ import annotations

import re

__all__ = ["first_cue", "last_cue"]

_FUTURE = re.compile(
    r"\b(?:will|would|shall|due|scheduled|slated|poised|braced|expected?|expects|"
    r"(?:aim|look|plan|prepar|hop|seek)ing (?:to|for)|to (?:be|take|begin|start|meet|hold|brief|"
    r"publish|report|speak|decide|rule|announce|reopen|resume|open|close|vote|sign|attend|visit|remain|"
    r"run|end|apply|go|come|become|release)|(?:is|are) (?:closed|shut|to|out|set|planned|payable)|"
    r"remain|starts?|begins?|meets?|reports|reopens?|speaks?|publish(?:es)?|comes|brings|run until|"
    r"until|till|no later than|plans?|planned|deadline|upcoming|coming|next|ahead of|(?-i:through)|"
    r"(?-i:may|might|could)|effective|"
    r"(?:PDUFA|action|goal|record|payment|payout|due|closing|start|target) date|"
    r"apply from|applies from|vote|go to the polls|decision|outlook|give it|"
    r"back on|see you|watch|reviews?|payable|annual meeting is|dividend|results:)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:said|says|told|was|were|had|has|have|did|rose|fell|went|came|held|met|spoke|hit|took|lost|"
    r"saw|shed|sank|slid|began|gave|put|set|got|led|cut|built|struck|left|made|sent|sought|bought|brought|"
    r"won|paid|ran|kept|felt|dealt|wrote|broke|drove|chose|drew|grew|threw|knew|stood|found|heard|sold|"
    r"since|after|last|ago|(?!need|indeed|closed|shut|schedul|expect|planned|poised|slated|braced)\w{2,15}ed)\b",
    re.IGNORECASE,
)
_PAST_VERB = re.compile(_PAST.pattern.replace("since|after|last|ago|", ""), re.IGNORECASE)
#: "will be published", "will cut": one cue of what is to come, whatever form of the verb follows.
_WHOLE = re.compile(
    r"\b(?:(?:will|would|shall|to|can|may|must)(?: \w+ly)? (?:be|have been) \w+"
    r"|(?:will|would|shall|can|may|must|could|might)(?: \w+ly| not)? "
    r"(?:cut|put|set|hit|shut|run|come|split|beat|have|do)\b)"
)


def last_cue(before: str) -> str:
    """Return ``future`` or ``past`` by the last word that tells, or nothing."""
    before = _WHOLE.sub("will", before)
    future = max((m.end() for m in _FUTURE.finditer(before)), default=-1)
    past = max((m.end() for m in _PAST.finditer(before)), default=-1)
    if future == past == -1:
        return ""
    return "future" if future > past else "past"


def first_cue(after: str) -> str:
    """Return the same by the first verb that tells."""
    future, past = _FUTURE.search(after), _PAST_VERB.search(after)
    if future and (not past or future.start() < past.start()):
        return "future"
    return "past" if past else ""
