"""Figures left unread: forms whose subject, object or span a clause does not settle."""

# ruff: noqa: E501  (a pattern or a list of words in one line reads better than wrapped)
from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.drafting.figures import Move
from analysis.drafting.move_forms import OTHER_SPAN, VERBS
from analysis.drafting.names import SeriesName, catalogue
from analysis.drafting.text import Sentence
from analysis.drafting.words import alternatives

__all__ = ["refused", "span_unclear"]

#: "shed 15% of its workforce", "jumped 30% in operating profit": a figure of something else, unless
#: the words behind it tell trading, time, a place or a price.
_OF_ELSE = re.compile(
    r" (?:of (?!(?:its|their|the) (?:market )?(?:value|worth|price)\b)|to (?:its|their|his|her) |"
    r"in (?!(?:(?:the|an?|its|their|very|otherwise|\w+est|worst|best|thin|light|heavy|active|volatile|choppy|brisk|quiet|lacklust\w+|\w+ly) ){0,3}"
    r"(?:pre-?market|ex-dividend|after-?hours|extended|early|late\w*|mid\w*|morning|afternoon|overnight|evening|today|trad\w+|deal\w*|sessions?|hours|action|"
    r"value|price|sympathy|response|reaction|spite|line|tandem|all|total|both|recent|past|last|latest|previous|first|second|final|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|day|week|month|quarter|year|\d+|intraday|regular|opening|closing|local|subsequent)\b|[A-Z]))"
)
_FURTHER_FIGURE = re.compile(
    r",? (?:and )?\d[\d.]*(?: ?%| per ?cent\b)(?! (?:below|above|from|off|lower|higher))"
)
#: What happens as a rule, or in somebody's model.
_AS_A_RULE = re.compile(
    r"\b(?i:on average|historically|typically|usually|as a rule|in such (?:periods|cases)|scenario|base case|every \d[\d.]*%)"
)
_IF = re.compile(
    r"[^.;]{0,40}\b(?:if|unless|should)\b|,? (?:on |in )?the (?:day|session) (?:before|earlier)\b"
)
_EARLIER = re.compile(
    r"(?:But |And )?(?i:in|over|during) the (?:previous|prior|preceding) \w+\b(?!,? to)"
)
_FORESEEN = re.compile(r"\b(?:sees?|has|have|puts?|knocks?|imply|implies|expects?) (?:the )?$")
_TRACKED = re.compile(
    r"\b(?:track(?:s|ing)|mirror(?:s|ing)|including|excluding|based on|holding) (?:the )?$"
)
_ASIDE = re.compile(
    r", (?:which|who|whose|that|including|led|owned|backed|unlike|not)\b[^,]*(?<! as )$"
)
#: "Harrow Glass, an affiliate of the Harrow Group, rose": the owner in an apposition.
_APPOSED = re.compile(r"[A-Z][\w.]+, (?:an?|the) [^,]*\b(?:of|by|at|with|from)\b[^,]*$")
_CLOSES = re.compile(r"(?:,? and [A-Z][\w&. ]{1,30})?,(?! (?:which|who|whose|that)\b)")
_SAID = re.compile(
    r"\b(?:said|says|reported|reports|warned|announced|estimates?|expects?)\b(?!.*\b(?:it|shares?|stock|index)\b)"
)
_PRICED = re.compile(
    rf"\b(?:clos\w+|end(?:ed|s|ing)|finish\w*|settl\w+|trad(?:es?|ed|ing)|stood|opened|hands|hit|reached|quoted|at [$€£¥\d]|to [$€£¥\d]|{alternatives(VERBS)})"
)
_PART = re.compile(
    r"\b(?:unit|division|business|brand|segment|arm|app|platform|service|model|(?:on|in|at|of|by|from|to|for) the) $"
)
_NO_COMPANY = re.compile(
    r"(?:[\w.]+-(?:listed|listing|based|traded|backed|owned)|Co\.?|Inc\.?|Corp\.?|Ltd\.?|Plc|PLC|Labour|Republicans|Democrats|Conservatives)"
)
_WITH_FIGURES = ("verb", "state-first", "state-last", "noun", "light")
_WIDER = ("week", "month", "quarter", "year")


def refused(
    form: str, match: re.Match[str], subject: SeriesName, sentence: Sentence, plain: str
) -> bool:
    """Tell a figure that another reading of its clause would give to something else."""
    text, low = sentence.text, match.start()
    after = text[match.end() :]
    if form in _WITH_FIGURES and _OF_ELSE.match(after):
        return True
    if _AS_A_RULE.search(text) or _IF.match(after) or _EARLIER.match(text):
        return True
    if re.match(r"[^.;]{0,60}\brespectively\b", after):
        return True  # the names and figures of a list, that `RESPECTIVELY` pairs or nobody
    if form == "verb" and _FURTHER_FIGURE.match(after):
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
        or bool(_PART.search(told))
        or bool((_ASIDE.search(told) or _APPOSED.search(told)) and before.rstrip().endswith(","))
        or _NO_COMPANY.fullmatch(subject.symbol) is not None
        or catalogue().holds_index(subject.symbol)  # "Nifty Realty" is neither Nifty nor a company
    )


def _beside(form: str, match: re.Match[str], ahead: str, between: str) -> bool:
    """Tell a name before a figure that stands in an aside, or did something other than move."""
    if _TRACKED.search(ahead):
        return True  # "The fund tracking the S&P 500 fell 1%"
    bare = form.startswith("state") and not match.groupdict().get("how")
    if bare and not between.strip() and _FORESEEN.search(ahead):
        return True  # "sees the S&P 500 down 5%"
    if bare and re.search(r"[a-z]{2}.*, ?$", between) and not _PRICED.search(between):
        return True  # "Toyota sold 300,000 cars, down 8%"
    closes_aside = _CLOSES.match(between) and _ASIDE.search(ahead)
    told_aside = re.match(r", (?:which|who)\b.*, ?$", between)
    told = told_aside or re.fullmatch(r" (?:has |have )?reported an? (?:\w+ )?", between)
    return bool(closes_aside or (_SAID.search(between) and not told))


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
    return bool(re.search(r"\b(?:while|versus|compared)\b", between)) and not OTHER_SPAN.search(
        between
    )
