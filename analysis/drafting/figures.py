"""What is printed of a move: figure, level, direction, and the span it is measured over."""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
from dataclasses import dataclass, replace

from analysis.drafting.move_forms import (
    CLOSED,
    HEDGES,
    HORIZONS,
    OTHER_SPAN,
    STATES,
    TOWARDS,
    VERBS,
)
from analysis.drafting.names import SeriesName
from analysis.drafting.text import Sentence
from analysis.drafting.words import ORDINALS, WEEKDAYS, number

__all__ = ["Move", "figure_of", "made", "read_move", "span_named"]

_SINCE_REACH = 22
_LONGEST_RUN = 30
_TODAY = re.compile(rf"(?i)\b(?:on (?:{'|'.join(WEEKDAYS)})|today|yesterday|(?:on|for) the day)\b")
_CLAUSE_ENDS = re.compile(
    r"[.;]|, (?:its|the|and|while|but|after|which|lifted)|\b(?:and|while|but|after|as|before)\b"
)
_ITS_BEST = re.compile(
    r"^,? (?:its|the|their|for its|marking its) \w+(?:-\w+)? (?P<unit>week|month|quarter|year)(?:ly)?\b"
)
_OPENING = re.compile(r"(?:But |And |Still, |So )?(?P<span>[^,]{4,28}),")


@dataclass(frozen=True, slots=True)
class Move:
    """One statement about one series.

    Attributes
    ----------
    start, end, text
        The words.
    series, exchange, kind
        Symbol, market code and kind of the series (see `SeriesName`).
    direction
        ``up``, ``down`` or ``none``.
    size
        Decimal; None where the text has no percentage.
    digits
        Decimal places of the percentage as printed.
    points
        Points, where the text counts in them.
    level
        Level reached, where one is named.
    hedge
        Word before the figure, as in claims.yaml; empty for none.
    horizon
        ``day``, ``week``, ``month``, ``quarter``, ``year``, ``since`` or ``N sessions``; empty for
        a span no claim can be checked over.
    extreme
        Words such as "record high" or "worst day since"; empty for none.
    session
        Session word that belongs to it, or ``close`` where the verb says closed.
    """

    start: int
    end: int
    text: str
    series: str
    exchange: str
    kind: str
    direction: str
    size: float | None = None
    digits: int = 0
    points: float | None = None
    level: float | None = None
    hedge: str = ""
    horizon: str = "day"
    extreme: str = ""
    session: str = ""


def read_move(
    form: str, match: re.Match[str], subject: SeriesName, sentence: Sentence, heading: str
) -> Move | None:
    """Return the move a form tells of a series; None where its words tell none.

    Parameters
    ----------
    form, match, sentence
        The form and where it stands.
    subject
        What moved.
    heading
        Span that the heading above names ("For the week:"); empty for none.
    """
    groups = {k: v for k, v in match.groupdict().items() if v}
    direction = _direction(form, groups)
    ahead = sentence.text[max(0, match.start() - 20) : match.start()]
    if not direction or (
        form == "noun"
        and re.search(
            r"\b(?:from|after|despite|compared with|compared to|than|against|versus) (?:an? |its )?$",
            ahead,
        )
    ):
        return None
    extra = figure_of(match)
    if form == "extreme":
        if re.search(
            r"\b(?:near|below|above|from|off|under|of|short of) (?:an? |its |the )?$", ahead
        ):
            return None
        horizon = "since" if groups.get("since") in ("since", "in", "for") else "day"
        extra = {"extreme": " ".join(match[0].split()), "horizon": horizon}
    elif form == "streak":
        if not (run := _run(groups, match[0])):
            return None
        extra = {"horizon": run}
    elif "todate" in groups:
        extra["horizon"] = {"m": "month", "y": "year"}.get(groups["todate"][0].casefold(), "week")
    start, end = sentence.start + match.start(), sentence.start + match.end()
    end -= len(match[0]) - len(match[0].rstrip(" ,"))
    return made(start, end, subject, direction, sentence, heading, **extra)


def made(
    start: int,
    end: int,
    subject: SeriesName,
    direction: str,
    sentence: Sentence,
    heading: str = "",
    **more: object,
) -> Move:
    """Return a move with the span and the session word its clause gives it."""
    words = sentence.text[start - sentence.start : end - sentence.start]
    move = Move(
        start, end, words, subject.symbol, subject.exchange, subject.kind, direction,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    after = sentence.text[end - sentence.start :]
    if "horizon" not in more and not move.extreme:
        move = replace(move, horizon=_horizon(sentence, start, end, heading))
    closes = CLOSED.search(words) or re.match(r",? to (?:close|end|finish)\b", after)
    return replace(move, session="close") if closes and not move.session else move


def figure_of(match: re.Match[str]) -> dict[str, object]:
    """Return size, digits, points, level and hedge as printed."""
    groups = {k: v for k, v in match.groupdict().items() if v}

    def first(name: str) -> str | None:
        return next((groups[k] for n in "54321" if (k := name + n) in groups), groups.get(name))

    out: dict[str, object] = {}
    printed, spoken = first("num"), first("spoken")
    if printed:
        clean = printed.replace(",", "")
        out["digits"] = len(clean.partition(".")[2])
        out["size"] = round(float(clean) / 100, 8)
    elif spoken:
        half = spoken.endswith("half")
        out["digits"] = int(half)
        out["size"] = ((number(spoken.split()[0]) or 0) + 0.5 * half) / 100
    for name in ("points", "level"):
        if name in groups:
            out[name] = float(groups[name].replace(",", ""))
    if hedge := first("hedge") or groups.get("hedge_points"):
        out["hedge"] = HEDGES[hedge]
    return out


def span_named(words: str) -> str:
    """Return the span some words name, or nothing."""
    return next((name for name, form in HORIZONS if form.search(words)), "")


def _run(groups: dict[str, str], words: str) -> str:
    """Return "3 sessions" of "for a third straight session", or nothing."""
    nth = groups.get("nth", "")
    count = number(groups.get("count", "")) or ORDINALS.get(nth.casefold())
    count = count or int(re.sub(r"\D", "", nth) or 0)
    unit = groups.get("unit", "session").rstrip("s")
    told = "straight" in groups or "unit" in groups or "row" in words
    if not 0 < count <= _LONGEST_RUN or unit == "time" or not told:
        return ""
    return f"{count} " + ("sessions" if unit in ("day", "session") else unit + "s")


def _direction(form: str, groups: dict[str, str]) -> str:
    if form == "verb" or (form == "streak" and "verb" in groups):
        return VERBS.get(groups["verb"]) or STATES[groups["verb"]]
    if form.startswith("state"):
        return STATES[groups["state"]]
    if form in ("noun", "light"):
        return "down" if "loss" in groups else "up"
    if form == "streak":
        return "up" if groups["noun"].startswith(("gain", "rise", "advance")) else "down"
    if form in ("signed", "change"):
        sign = groups.get("sign") or groups.get("sign2") or ""
        told = groups.get("verb_change", "").strip()
        return (told and STATES[told]) or {"+": "up", "-": "down", "−": "down"}.get(sign, "")
    if form == "flat":
        return "none"
    if form == "held":
        return "up" if groups["what"].startswith("gain") else "down"
    return _extreme_direction(groups)


def _extreme_direction(groups: dict[str, str]) -> str:
    if "peak" in groups:
        return TOWARDS.get(groups.get("end", "high"), "up")
    thing, most = groups.get("thing", ""), groups["most"]
    if most in ("lowest", "worst", "weakest", "blackest", "heaviest"):
        return "down"
    if re.search(r"fall|drop|loss|decline|slide|slump|rout|losing", thing):
        return "down"
    if most in ("steepest", "sharpest") and not re.search(r"gain|rise|jump|advance|rally", thing):
        return "down"
    return "" if most in ("biggest", "largest", "longest") and not thing else "up"


def _horizon(sentence: Sentence, start: int, end: int, heading: str) -> str:
    """Return the span a move is measured over.

    Told right after it, else between its subject and it, else at the head of its sentence, else in
    the heading above; "day" where nothing tells, empty where it is another span.
    """
    text, low = sentence.text, start - sentence.start
    rest = text[end - sentence.start :]
    after = _CLAUSE_ENDS.split(rest[:60], maxsplit=1)[0]
    # "since" belongs to the figure it follows at once: "tumbled 4.4%, the worst day since" is a day
    told = span_named(after.partition(",")[0][:_SINCE_REACH]) or span_named(after)
    if told and (told != "since" or span_named(after.partition(",")[0][:_SINCE_REACH]) == "since"):
        return told
    if OTHER_SPAN.search(after):
        return ""
    if _TODAY.search(after):
        return "day"
    if best := _ITS_BEST.match(rest):
        return best["unit"]
    ahead = re.split(r"[,;:%]|\band\b|\bbut\b", text[max(0, low - 60) : low])[-1]
    told = span_named(text[low : end - sentence.start]) or span_named(ahead)
    if told and told != "since":
        return told
    opening = _OPENING.match(text)
    told = span_named(opening["span"]) if opening else ""
    if told and told != "since":
        return told
    if opening and OTHER_SPAN.search(opening["span"]):
        return ""
    return "day" if _TODAY.search(text[:low]) else heading or "day"
