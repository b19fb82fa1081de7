"""What is printed of a move: figure, level, direction, and the span it is measured over."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.drafting.grammar import Patterns
from analysis.drafting.names import SeriesName
from analysis.drafting.text import Sentence
from analysis.drafting.words import HEDGES, ORDINALS, STATES, VERBS, number

__all__ = ["Move", "figure_of", "made", "read_move", "span_named"]

_RE = Patterns("figures")
_SINCE_REACH = 22
_LONGEST_RUN = 30
_NOT_NOW = dict(_RE.forms("not_now"))
_HORIZONS = _RE.forms("horizons")
_OR_SHARE = ("4b", "4", "2b", "2", "")
"""Ends of the names of groups: the percentage told behind points or money counts first."""
_DOWNWARDS = ("low", "lows")


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

    ``heading`` is the span that the heading above names ("For the week:").
    """
    groups = {k: v for k, v in match.groupdict().items() if v}
    direction = _direction(form, groups)
    not_now = form in _NOT_NOW and _NOT_NOW[form].search(
        sentence.text, max(0, match.start() - 20), match.start()
    )
    if not direction or not_now:
        return None
    extra = figure_of(match)
    if form == "extreme":
        horizon = "since" if groups.get("since") in ("since", "in", "for") else "day"
        extra = {"extreme": " ".join(match[0].split()), "horizon": horizon}
    elif form == "streak":
        if not (run := _run(groups, match[0])):
            return None
        extra = {"horizon": run}
    elif "todate" in groups:
        extra["horizon"] = {"m": "month", "y": "year"}.get(groups["todate"][0].casefold(), "week")
    start = sentence.start + match.start()
    end = start + len(match[0].rstrip(" ,"))
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
    if "horizon" not in more and "extreme" not in more:
        more["horizon"] = _horizon(sentence, start, end, heading)
    after = sentence.text[end - sentence.start :]
    if _RE.closed.search(words) or re.match(r",? to (?:close|end|finish)\b", after):
        more["session"] = "close"
    return Move(
        start, end, words, subject.symbol, subject.exchange, subject.kind, direction,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def figure_of(match: re.Match[str]) -> dict[str, object]:
    """Return size, digits, points, level and hedge as printed."""
    groups = {k: v for k, v in match.groupdict().items() if v}

    def last(name: str) -> str:
        return next((groups[k] for n in _OR_SHARE if (k := name + n) in groups), "")

    out: dict[str, object] = {}
    if printed := last("num").replace(",", ""):
        out |= {"digits": len(printed.partition(".")[2]), "size": round(float(printed) / 100, 8)}
    elif spoken := last("spoken"):
        half = spoken.endswith("half")
        out |= {"digits": int(half), "size": ((number(spoken.split()[0]) or 0) + 0.5 * half) / 100}
    out |= {
        name: float(groups[name].replace(",", "")) for name in ("points", "level") if name in groups
    }
    if hedge := last("hedge") or groups.get("hedge_points"):
        out["hedge"] = HEDGES[hedge]
    return out


def span_named(words: str) -> str:
    """Return the span some words name, or nothing."""
    return next((name for name, form in _HORIZONS if form.search(words)), "")


def _run(groups: dict[str, str], words: str) -> str:
    """Return "3 sessions" of "for a third straight session", or nothing."""
    nth, unit = groups.get("nth", "").casefold(), groups.get("unit", "session").rstrip("s")
    count = number(groups.get("count", "")) or ORDINALS.get(nth) or int(re.sub(r"\D", "", nth) or 0)
    told = "straight" in groups or "unit" in groups or "row" in words
    if not told or not 0 < count <= _LONGEST_RUN or unit == "time":
        return ""
    return f"{count} {'session' if unit == 'day' else unit}s"


def _direction(form: str, groups: dict[str, str]) -> str:
    if form == "flat":
        return "none"
    if form == "extreme":
        return _extreme_direction(groups)
    if word := groups.get("verb") or groups.get("state") or groups.get("verb_change", "").strip():
        return (VERBS | STATES)[word]
    if form in ("noun", "light"):
        return "down" if "loss" in groups else "up"
    if form in ("streak", "held"):
        told = groups.get("noun") or groups["what"]
        return "up" if told.startswith(("gain", "rise", "advance")) else "down"
    return {"+": "up", "-": "down", "−": "down"}.get(
        groups.get("sign") or groups.get("sign2") or "", ""
    )


def _extreme_direction(groups: dict[str, str]) -> str:
    if "peak" in groups:
        return "down" if groups.get("end") in _DOWNWARDS else "up"
    thing, most = groups.get("thing", ""), groups["most"]
    falls = re.search(r"fall|drop|loss|decline|slide|slump|rout|losing", thing)
    if falls or most in ("lowest", "worst", "weakest", "blackest", "heaviest"):
        return "down"
    if most in ("steepest", "sharpest") and not re.search(r"gain|rise|jump|advance|rally", thing):
        return "down"
    return "" if most in ("biggest", "largest", "longest") and not thing else "up"


def _horizon(sentence: Sentence, start: int, end: int, heading: str) -> str:
    """Return the span a move is measured over.

    Told right after it, else between its subject and it, else at the head of its sentence, else in
    the heading above; "day" where nothing tells, empty where it is another span.
    """
    text, low, high = sentence.text, start - sentence.start, end - sentence.start
    after = _RE.clause_ends.split(text[high : high + 60], maxsplit=1)[0]
    at_once = span_named(after.partition(",")[0][:_SINCE_REACH])
    told = at_once or span_named(after)
    # "since" belongs to the figure it follows at once: "tumbled 4.4%, the worst day since" is a day
    if told and (told != "since" or at_once):
        return told
    if _RE.other_span.search(after):
        return ""
    if _RE.today.search(after):
        return "day"
    if best := _RE.its_best.match(text[high:]):
        return best["unit"]
    ahead = re.split(r"[,;:%]|\band\b|\bbut\b", text[max(0, low - 60) : low])[-1]
    opening = _RE.opening.match(text)
    head = opening["span"] if opening else ""
    told = next(
        (t for t in map(span_named, (text[low:high], ahead, head)) if t not in ("", "since")), ""
    )
    if told or _RE.other_span.search(head):
        return told
    return "day" if _RE.today.search(text[:low]) else heading or "day"
