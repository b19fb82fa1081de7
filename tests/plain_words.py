"""Words that pages keep to: what a reader sees unopened, and what may not stand there."""

from __future__ import annotations

import re
from html import unescape

#: Words of statistics, which stand in closed parts of pages for reading and on pages of figures.
DEEPER = (
    "placebo", "p-value", "p value", "p = ", "significan", "standard error", "abnormal",
    "family-wise", "benjamini", "holm", "day 0", "normal return", "confounder",
    "standardised", "null hypothesis", "max-t", "mde", "leave-one", "sign flip",
)  # fmt: skip
#: Words that stand nowhere: each has a plainer one.
NOWHERE = (
    "not to be told", "contradicted", "not checkable", "counterfactual", "pseudo-event",
    "✓ supported", "✗ contradicted",
)  # fmt: skip
#: Verbs that would say that news caused a move; allowed where negated or quoted (none here).
CAUSAL = ("lifted the", "moved by the news", "because of the news", "caused by")
_BROKEN = re.compile(r"\bnan\b(?!-)|\bNone\b(?! [a-z])|\binf\b")
_CLOSED = (
    r"<details.*?</details>", r"<dl class=\"gloss\".*?</dl>", r"<footer.*?</footer>",
    r"<p class=\"facts\".*?</p>", r"<span class=\"def\".*?</span>", r"<script.*?</script>",
    r"<style.*?</style>", r"<head>.*?</head>",
)  # fmt: skip


def open_text(html: str) -> str:
    """What a reader sees without opening anything, as plain words."""
    html = _without_details(html)
    for closed in _CLOSED:
        html = re.sub(closed, "", html, flags=re.DOTALL)
    html = re.sub(r"</?(?:a|b|span|i|strong)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def _without_details(html: str) -> str:
    """Leave out closed parts, those inside others first."""
    inner = re.compile(r"<details(?:(?!<details|</details>).)*</details>", re.DOTALL)
    while inner.search(html):
        html = inner.sub("", html)
    return html


def faults(html: str, *, reading: bool) -> list[str]:
    """Return the words of a page that may not stand there.

    Parameters
    ----------
    html
        The page.
    reading
        Whether it is a page for reading, where statistics stand closed; else one of figures, for
        those who check.
    """
    text = open_text(html)
    words = (*NOWHERE, *CAUSAL, *(DEEPER if reading else ()))
    found = [f"{w}: {_around(text, text.lower().find(w))}" for w in words if w in text.lower()]
    return found + [f"broken: {_around(text, m.start())}" for m in _BROKEN.finditer(text)]


def _around(text: str, at: int) -> str:
    return text[max(at - 60, 0) : at + 60]
