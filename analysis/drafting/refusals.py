"""Figures left unread: forms whose subject, object or span a clause does not settle."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.drafting.figures import Move
from analysis.drafting.grammar import Patterns
from analysis.drafting.names import SeriesName, catalogue
from analysis.drafting.text import Sentence

__all__ = ["refused", "span_unclear"]

_RE = Patterns("refusals")
_WITH_FIGURES = ("verb", "state-first", "state-last", "noun", "light")
_WIDER = ("week", "month", "quarter", "year")


def refused(
    form: str, match: re.Match[str], subject: SeriesName, sentence: Sentence, plain: str
) -> bool:
    """Tell a figure that another reading of its clause would give to something else."""
    text, low = sentence.text, match.start()
    after = text[match.end() :]
    if form in _WITH_FIGURES and _RE.of_else.match(after):
        return True
    if _RE.as_a_rule.search(text) or _RE.supposed.match(after) or _RE.earlier.match(text):
        return True
    if re.match(r"[^.;]{0,60}\brespectively\b", after):
        return True  # the names and figures of a list, that `RESPECTIVELY` pairs or nobody
    if form == "verb" and _RE.further_figure.match(after):
        return True  # "Boeing, Airbus and Embraer fell 2%, 1% and 3%"
    if subject.kind == "unknown" and _no_mover(form, match, subject, text[:low]):
        return True
    if not sentence.start <= subject.start < sentence.start + low:
        return False
    ahead = plain[sentence.start : subject.start]
    return _beside(form, match, ahead, plain[subject.end : sentence.start + low])


def _no_mover(form: str, match: re.Match[str], subject: SeriesName, before: str) -> bool:
    """Tell a name that is no company, the part of one, or that has no figure in percent."""
    groups = match.groupdict()
    told = before.rpartition(subject.symbol)[0] if subject.symbol in before else ""
    points = bool(groups.get("points")) and not any(
        value for name, value in groups.items() if name.startswith("num")
    )
    return (
        form == "flat"
        or points
        or bool(_RE.part.search(told))
        or bool(
            (_RE.aside.search(told) or _RE.apposed.search(told)) and before.rstrip().endswith(",")
        )
        or _RE.no_company.fullmatch(subject.symbol) is not None
        or catalogue().holds_index(subject.symbol)  # "Nifty Realty" is neither Nifty nor a company
    )


def _beside(form: str, match: re.Match[str], ahead: str, between: str) -> bool:
    """Tell a name before a figure that stands in an aside, or did something other than move."""
    if _RE.tracked.search(ahead):
        return True  # "The fund tracking the S&P 500 fell 1%"
    bare = form.startswith("state") and not match.groupdict().get("how")
    if bare and not between.strip() and _RE.foreseen.search(ahead):
        return True  # "sees the S&P 500 down 5%"
    if bare and re.search(r"[a-z]{2}.*, ?$", between) and not _RE.priced.search(between):
        return True  # "Toyota sold 300,000 cars, down 8%"
    closes_aside = _RE.closes.match(between) and _RE.aside.search(ahead)
    told_aside = re.match(r", (?:which|who)\b.*, ?$", between)
    told = told_aside or re.fullmatch(r" (?:has |have )?reported an? (?:\w+ )?", between)
    return bool(closes_aside or (_RE.said.search(between) and not told))


def span_unclear(move: Move, found: Sequence[Move], sentence: Sentence, before: str) -> bool:
    """Tell a move without a span of its own whose neighbours tell a wider one."""
    if move.horizon != "day" or move.extreme:
        return False
    text = sentence.text
    if re.search(r"\b\w*day\b|\bovernight\b|\btoday\b", text) or move.session:
        return False
    if re.search(r"\b(?:straight|consecutive|winning|losing) (?:week|month)s?\b", text):
        return True
    if re.search(r"\b(?:over |in |during )?the same (?:period|week|month|span)\b", text):
        return True
    if before in _WIDER and move.kind in ("index", "region"):
        return True
    last = next((m for m in reversed(found) if m.end <= move.start), None)
    if last is None or last.series == move.series or last.horizon not in _WIDER:
        return False
    between = text[last.end - sentence.start : move.start - sentence.start]
    return bool(re.search(r"\b(?:while|versus|compared)\b", between)) and not _RE.other_span.search(
        between
    )
