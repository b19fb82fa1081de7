"""Statements that a price moved, in the forms markets pages use."""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.drafting.move_forms import (
    ANAPHOR,
    BARE,
    CLOSED,
    COMMON_NOUNS,
    ELLIPSIS,
    FIGURE,
    FORMS,
    HEDGES,
    HORIZONS,
    NOT_PRICES,
    RESPECTIVELY,
    STATES,
    TOWARDS,
    VERBS,
)
from analysis.drafting.names import SeriesName
from analysis.drafting.text import ArticleText, Sentence
from analysis.drafting.words import ORDINALS, PLACES, WEEKDAYS, number

__all__ = ["Move", "NotTold", "find_moves", "told_move"]

_SINCE_REACH = 22
#: What did not happen: modals and forecasts right before a verb, and conditions of its clause.
_UNREAL = re.compile(
    r"(?:\b(?:could|would|may|might|should|will|can|must|cannot|won['’]t)(?: \w+){0,3}"
    r"|\b(?:expect(?:s|ed|ing)?|forecasts?|predict(?:s|ed|ing)?|likely|poised|projected|seen|set|due|"
    r"needs?|tends?|threatens?|risks?|hopes?|targets?|bet(?:s|ting)?)(?: [\w&’'.-]+){0,6} (?:to|that)"
    r"|\b(?:[Ii]f|[Uu]nless|[Ww]hether)\b[^,;.]{0,60}) $"
)
_CAPITAL = r"(?!The )[A-Z][\w&.’'-]*(?: (?:of |& )?[A-Z][\w&.’'-]*)*(?: \([A-Z.]{1,8}\))?"
_LISTED = re.compile(
    rf"(?P<names>{_CAPITAL}(?:(?:, and|,| and)(?: the)? {_CAPITAL})+),?(?: (?:were|was|have|had))? ?$"
)


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
        ``day``, ``week``, ``month``, ``quarter``, ``year``, ``since`` or ``N sessions``.
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


def find_moves(text: ArticleText, series: Sequence[SeriesName]) -> tuple[Move, ...]:
    """Return the price moves a text states, in order.

    Notes
    -----
    A figure counts only if its series is named in the same sentence before it, is the one the
    sentence refers back to ("it", "the index"), or is a company named as the subject. Sales,
    prices of goods, yields and the like are no series.
    """
    finder = _Finder(text, series)
    for number_, sentence in enumerate(text.sentences):
        finder.read(number_, sentence)
    return tuple(sorted(finder.moves, key=lambda move: move.start))


class _Finder:
    """Walks through the sentences; remembers the series spoken of last."""

    def __init__(self, text: ArticleText, series: Sequence[SeriesName]) -> None:
        self.text = text
        self.moves: list[Move] = []
        self.groups: dict[int, list[SeriesName]] = {}
        for name in series:
            self.groups.setdefault(text.sentence_index(name.start), []).append(name)
        self.last: SeriesName | None = None
        self._gap = 0
        self._last_of: dict[str, SeriesName] = {}

    def read(self, index: int, sentence: Sentence) -> None:
        named = self.groups.get(index, [])
        self._gap = 0 if named else self._gap + 1
        spans = _matches(sentence)
        found: list[Move] = []
        for name, match in spans:
            start = sentence.start + match.start()
            if _UNREAL.search(sentence.text[: match.start()]):
                continue  # what could, would or is expected to happen
            subjects = self._subjects(sentence, named, match, name)
            for subject in subjects:
                if move := _move(name, match, subject, sentence):
                    found.append(move)
            if subjects and len(subjects) == 1 and start:
                self.last, self._gap = subjects[0], 0
        found = self._respective(sentence, named, found)
        found = [_with_session_before(move, found) for move in found]
        found += self._bare(sentence, named, found)
        found += self._elliptic(sentence, named, found)
        self.moves += _distinct(found)
        stated = [name for name in named if name.kind != "currency" and not name.generic]
        if stated and not found:
            self.last = stated[0]
        elif found and named:
            first = min(found, key=lambda move: move.start)
            self.last = SeriesName(
                first.start, first.start, first.series, first.kind, first.exchange
            )
        elif named and self.last is None:
            self.last = named[0]
        for one in reversed(stated):
            self._last_of[one.kind] = one
        if self.last is not None:
            self._last_of[self.last.kind] = self.last

    def _subjects(
        self, sentence: Sentence, named: Sequence[SeriesName], match: re.Match[str], form: str
    ) -> list[SeriesName]:
        """Return the series a figure belongs to; several for "the Dow and the Nasdaq each"."""
        start = sentence.start + match.start()
        before = [name for name in named if name.end <= start]
        anaphor = _last_anaphor(self.text.plain[sentence.start : start])
        plain = self.text.plain
        floor = sentence.start
        if before:
            nearest = before[-1]
            between = plain[nearest.end : start]
            unknown = _unknown_subject(between)
            if unknown and form in ("verb", "state-first"):
                return [_as_series(unknown, start)]
            if NOT_PRICES.search(between) or NOT_PRICES.search(
                plain[max(floor, nearest.start - 14) : nearest.start]
            ):
                return self._after(sentence, named, match, form)
            if form == "signed" and re.search(r"\d", between):
                return []  # a row of a table of quotes: level, change, percent
            if re.search(r"[;]|: ", between) and not anaphor:
                return []
            if between.startswith(" futures") or (form != "noun" and self._possessed(between)):
                return []
            return [*_coordinated(before, plain), nearest]
        head = plain[floor:start]
        unknown = _unknown_subject(head) if form in ("verb", "state-first", "state-last") else ""
        if unknown and not NOT_PRICES.search(head[-60:]):
            return [_as_series(unknown, start)]
        later = self._after(sentence, named, match, form)
        if later:
            return later
        if NOT_PRICES.search(head[-80:]):
            return []
        meant = self._meant(anaphor) if anaphor else self.last if _opens(match, form) else None
        return [meant] if meant is not None and self._gap <= 3 else []

    def _meant(self, anaphor: str) -> SeriesName | None:
        """Return what "it", "the index" or "the stock" refers to."""
        if re.search(r"\b(?:index|benchmark|gauge|average|measure)$", anaphor):
            return self._last_of.get("index") or (
                self.last if self.last and self.last.kind == "unknown" else None
            )
        if re.search(r"\b(?:stock|shares?)$", anaphor):
            return self._last_of.get("stock") or self._last_of.get("unknown")
        return self.last

    def _after(
        self, sentence: Sentence, named: Sequence[SeriesName], match: re.Match[str], form: str
    ) -> list[SeriesName]:
        """Return the series named right after: "a record high for the Nikkei"."""
        end = sentence.start + match.end()
        for name in named:
            if 0 <= name.start - end <= 12 and re.fullmatch(
                r" (?:for|in|on|by) (?:the )?", self.text.plain[end : name.start]
            ):
                return [name]
        return []

    @staticmethod
    def _possessed(between: str) -> bool:
        """Tell "Nvidia's chief said costs" from "Nvidia's shares"."""
        match = re.match(r"['’]s (?!shares|stock|index|benchmark|market)", between)
        return bool(match) and not re.search(r"\b(?:shares|stock|it)\b", between)

    def _respective(
        self, sentence: Sentence, named: Sequence[SeriesName], found: list[Move]
    ) -> list[Move]:
        """Give "declined 1.9%, 1.8% and 0.4%, respectively" to the three names before it.

        Where there are not as many names as figures, nothing is read.
        """
        for match in RESPECTIVELY.finditer(sentence.text):
            low, high = sentence.start + match.start(), sentence.start + match.end()
            found = [move for move in found if not (move.start < high and low < move.end)]
            figures = list(re.finditer(r"\d[\d.]*\d|\d", match["figures"]))
            names = self._listed_before(low, sentence, named)[-len(figures) :]
            if len(names) != len(figures):
                continue
            direction = VERBS[match["verb"]] if match["verb"] else STATES[match["state"]]
            for number_, (figure, name) in enumerate(zip(figures, names, strict=True)):
                start = low + match.start("figures") - match.start() + figure.start()
                end = start + len(figure[0])
                start = low if number_ == 0 else start
                found.append(
                    _made(start, end, self.text.plain, name, direction, sentence,
                          size=round(float(figure[0]) / 100, 8),
                          digits=len(figure[0].partition(".")[2]))
                )  # fmt: skip
        return found

    def _listed_before(
        self, low: int, sentence: Sentence, named: Sequence[SeriesName]
    ) -> list[SeriesName]:
        """Return the names of a list that ends where a verb starts, known or capitalised."""
        text = self.text.plain[sentence.start : low]
        listed = _LISTED.search(text)
        if listed is None:
            return []
        names = []
        for part in re.finditer(_CAPITAL, listed["names"]):
            start = sentence.start + listed.start("names") + part.start()
            end = start + len(part[0])
            known = [n for n in named if start <= n.start and n.end <= end]
            names.append(known[-1] if known else _as_series(part[0], start))
        return names

    def _bare(
        self, sentence: Sentence, named: Sequence[SeriesName], found: Sequence[Move]
    ) -> list[Move]:
        """Return moves without a figure: "The HSCEI rose", "U.S. futures slipped"."""
        bare = []
        for name in named:
            if name.generic:
                continue
            match = BARE.match(sentence.text, self._end_of_list(name, named) - sentence.start)
            if match is None:
                continue
            low, high = sentence.start + match.start("verb"), sentence.start + match.end()
            if any(
                move.series == name.symbol and move.start < high and low < move.end
                for move in found
            ):
                continue
            direction = VERBS[match["verb"]]
            bare.append(_made(low, high, self.text.plain, name, direction, sentence))
        return bare

    def _end_of_list(self, name: SeriesName, named: Sequence[SeriesName]) -> int:
        """Return where "the yuan and the Australian dollar" ends, for either of them."""
        for other in named:
            between = self.text.plain[name.end : other.start]
            if other.start > name.end and re.fullmatch(
                r",? and (?:the )?(?:tech-heavy )?", between
            ):
                return other.end
        return name.end

    def _elliptic(
        self, sentence: Sentence, named: Sequence[SeriesName], found: Sequence[Move]
    ) -> list[Move]:
        """Return "Apple 4.8%" after "Nvidia fell 6.4%"."""
        more: list[Move] = []
        floor = min((m.end for m in found if m.size is not None or m.points), default=None)
        if floor is None:
            return more
        places = [name for name in named if name.end > floor]
        for match in re.finditer(
            r"(?:, |\band )(?P<name>[A-Z][\w&.]{1,20}(?: [A-Z][\w&.]{1,20}){0,2})(?= )",
            sentence.text,
        ):
            at = sentence.start + match.start("name")
            if at >= floor and not any(n.start <= at < n.end for n in named):
                places.append(_as_series(match["name"], at))
        for name in places:
            match_ = ELLIPSIS.match(sentence.text, name.end - sentence.start)
            if match_ is None:
                continue
            low, high = sentence.start + match_.start() + 1, sentence.start + match_.end()
            if any(move.start < high and low < move.end for move in found):
                continue
            earlier = [m for m in found if m.end <= low and m.direction != "none"]
            if not earlier:
                continue
            more.append(
                _made(low, high, self.text.plain, name, earlier[-1].direction, sentence,
                      **_figure(match_))
            )  # fmt: skip
        return more


def _with_session_before(move: Move, found: Sequence[Move]) -> Move:
    """Return "an all-time high" with the session word of "closed 4% higher at" before it."""
    if not move.extreme or move.session:
        return move
    before = [m for m in found if m.series == move.series and 0 <= move.start - m.end <= 12]
    return replace(move, session=before[-1].session) if before else move


def _matches(sentence: Sentence) -> list[tuple[str, re.Match[str]]]:
    """Return the forms found, the longest of those that overlap, in order."""
    found = [(name, match) for name, form in FORMS for match in form.finditer(sentence.text)]
    found.sort(key=lambda pair: pair[1].start() - pair[1].end())
    kept: list[tuple[str, re.Match[str]]] = []
    for name, match in found:
        if all(m.end() <= match.start() or match.end() <= m.start() for _, m in kept[:200]):
            kept.append((name, match))
    return sorted(kept, key=lambda pair: pair[1].start())


def _move(name: str, match: re.Match[str], subject: SeriesName, sentence: Sentence) -> Move | None:
    groups = {k: v for k, v in match.groupdict().items() if v}
    direction = _direction(name, groups, sentence.text[: match.start()])
    if not direction:
        return None
    start, end = sentence.start + match.start(), sentence.start + match.end()
    end -= len(match[0]) - len(match[0].rstrip(" ,"))
    extra = _figure(match)
    ahead = sentence.text[max(0, match.start() - 16) : match.start()]
    if name == "noun" and re.search(r"\b(?:from|after|despite) (?:an? |its )?$", ahead):
        return None
    if name == "extreme" and re.search(
        r"\b(?:near|below|above|from|off|under|of|short of) (?:an? |its |the )?$", ahead
    ):
        return None
    if name == "extreme":
        extra = {"extreme": " ".join(match[0].split()), "horizon": _extreme_horizon(groups)}
    elif name == "streak":
        count = number(groups.get("count", "")) or _ordinal(groups.get("nth", ""))
        unit = groups.get("unit", "session").rstrip("s")
        if (
            not count
            or count > 30
            or (unit == "time")
            or not ("straight" in groups or "unit" in groups or "row" in match[0])
        ):
            return None
        extra = {
            "horizon": f"{count} " + ("sessions" if unit in ("day", "session") else unit + "s")
        }
    elif name == "signed" and "todate" in groups:
        said = groups["todate"].casefold()
        extra["horizon"] = "month" if said[0] == "m" else "year" if said[0] == "y" else "week"
    return _made(start, end, sentence.text, subject, direction, sentence, **extra)


def _made(
    start: int,
    end: int,
    plain: str,
    subject: SeriesName,
    direction: str,
    sentence: Sentence,
    **more: object,
) -> Move:
    words = sentence.text[start - sentence.start : end - sentence.start]
    move = Move(
        start,
        end,
        words,
        subject.symbol,
        subject.exchange,
        subject.kind,
        direction,
        **more,  # type: ignore[arg-type]
    )
    if move.horizon == "day" and not move.extreme:
        move = replace(move, horizon=_horizon(sentence, start, end) or _of_the_list(sentence))
    if (CLOSED.search(words) and not move.session) or (
        not move.session
        and re.match(r",? to (?:close|end|finish)\b", sentence.text[end - sentence.start :])
    ):
        move = replace(move, session="close")
    return move


def _direction(name: str, groups: dict[str, str], before: str) -> str:
    if name == "verb" or (name == "streak" and "verb" in groups):
        return VERBS.get(groups["verb"]) or STATES[groups["verb"]]
    if name.startswith("state"):
        return STATES[groups["state"]]
    if name == "noun":
        return "down" if "loss" in groups else "up"
    if name == "streak":
        return "up" if groups["noun"].startswith(("gain", "rise", "advance")) else "down"
    if name in ("signed", "change"):
        sign = groups.get("sign") or groups.get("sign2") or ""
        told = groups.get("verb_change", "").strip()
        return (told and STATES[told]) or {"+": "up", "-": "down", "−": "down"}.get(sign, "")
    if name == "flat":
        return "none"
    if name == "held":
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
    if most in ("biggest", "largest", "longest") and not thing:
        return ""
    return "up"


def _extreme_horizon(groups: dict[str, str]) -> str:
    return "since" if groups.get("since") in ("since", "in", "for") else "day"


def _figure(match: re.Match[str]) -> dict[str, object]:
    """Return size, digits, points, level and hedge as printed."""
    groups = {k: v for k, v in match.groupdict().items() if v}
    out: dict[str, object] = {}
    printed = groups.get("num3") or groups.get("num2") or groups.get("num")
    spoken = groups.get("spoken2") or groups.get("spoken")
    if printed:
        clean = printed.replace(",", "")
        out["digits"] = len(clean.partition(".")[2])
        out["size"] = round(float(clean) / 100, 8)
    elif spoken:
        half = spoken.endswith("half")
        out["digits"] = int(half)
        out["size"] = ((number(spoken.split()[0]) or 0) + 0.5 * half) / 100
    if "points" in groups:
        out["points"] = float(groups["points"].replace(",", ""))
    if "level" in groups:
        out["level"] = float(groups["level"].replace(",", ""))
    hedge = groups.get("hedge2") or groups.get("hedge") or groups.get("hedge_points")
    if hedge:
        out["hedge"] = HEDGES[hedge]
    return out


def _horizon(sentence: Sentence, start: int, end: int) -> str:
    """Return the span a move is measured over: told right after it, or at the head of its clause."""
    text = sentence.text
    after = text[end - sentence.start : end - sentence.start + 40]
    after = re.split(
        r"[.;]|, (?:its|the|and|while|but|after|which|lifted)|\b(?:and|while|but|after|as)\b",
        after,
        maxsplit=1,
    )[0]
    before = text[max(0, start - sentence.start - 60) : start - sentence.start]
    head = before if start - sentence.start <= 60 and "%" not in before else ""
    for name, pattern in HORIZONS:
        # "since" belongs to the figure it follows at once: "tumbled 4.4%, the worst day since" is a day
        told = after.partition(",")[0][:_SINCE_REACH] if name == "since" else after
        if pattern.search(told):
            return name
        if pattern.search(head) and not re.search(
            r"\bsince (?!the start)", head if name == "since" else ""
        ):
            return name
    return "day" if _TODAY.search(after) or _TODAY.search(head) else ""


def _of_the_list(sentence: Sentence) -> str:
    """Return the span a sentence opens with, which all of its clauses share: "For the week, ..."."""
    head = re.match(r"(?:But |And |Still, |So )?(?P<span>[^,]{4,28}),", sentence.text)
    if head is None:
        return "day"
    return next((name for name, form in HORIZONS if form.search(head["span"])), "day")


_TODAY = re.compile(rf"(?i)\b(?:on (?:{'|'.join(WEEKDAYS)})|today|yesterday|(?:on|for) the day)\b")


def _coordinated(before: Sequence[SeriesName], plain: str) -> list[SeriesName]:
    """Return the series joined to the last one by commas and "and"."""
    joined: list[SeriesName] = []
    for left, right in zip(reversed(before[:-1]), reversed(before), strict=False):
        if not re.fullmatch(
            r",? (?:and )?(?:the )?(?:tech-heavy )?|, ", plain[left.end : right.start]
        ):
            break
        if "," in plain[left.end : right.start] and not joined:
            break
        joined.append(left)
    return joined


def _last_anaphor(before: str) -> str:
    """Return the last word such as "it" or "the index" before a figure, or nothing."""
    found = ""
    for match in ANAPHOR.finditer(before[-160:]):
        found = match[0]
    return re.sub(r"['’](?:s|re)$", "", found)


def _unknown_subject(before: str) -> str:
    """Return a capitalised name that ends right before the figure's verb.

    After a preposition ("sales at Tesco rose") the name is not what moved, unless it stands
    behind "shares of"; countries, months and common nouns are no companies.
    """
    match = _SUBJECT.search(before[-110:])
    if match is None:
        return ""
    name = re.sub(r"^(?:Shares|Stock) (?:of|in) ", "", match["name"])
    words = name.split()
    first, last = words[0].casefold().strip("."), words[-1].casefold()
    if first in COMMON_NOUNS or last in COMMON_NOUNS or name.casefold() in PLACES:
        return ""
    lead = match["lead"].strip().casefold()
    told = match["shares"] or name != match["name"]
    if lead in _PREPOSITIONS and not told:
        return ""
    return "" if re.search(r"['’]s?$", name) else name


_PREPOSITIONS = frozenset(
    ["at", "in", "for", "from", "by", "to", "with", "on", "of", "against", "than", "into", "over",
     "under", "between", "among"]
)  # fmt: skip
_SUBJECT = re.compile(
    r"(?P<lead>^|[.;:,(—–-] ?|(?P<shares>\b[Ss](?:hares|tock) (?:of|in) )|\b[a-z]+ |\s)"
    r"(?P<name>[A-Z][\w&.’'-]{1,25}(?: (?:(?:of|&) )?[A-Z][\w&.’'-]{1,25}){0,4})"
    r"(?: \([\w.:_ ]{1,14}\))?"
    r"(?:['’]s)?(?: (?:shares|stock))?,?(?: (?:had|has|have|also|was|were|is|are))? ?$"
)


def _as_series(name: str, at: int) -> SeriesName:
    return SeriesName(at, at + len(name), name, "unknown", "")


def _opens(match: re.Match[str], form: str) -> bool:
    """Tell whether a figure opens its sentence, as in notes: "Year to date +20%"."""
    return form == "signed" and ("todate" in match.groupdict() and bool(match["todate"]))


def _ordinal(word: str) -> int:
    digits = re.sub(r"\D", "", word)
    return ORDINALS.get(word.casefold()) or int(digits or 0)


def _distinct(found: list[Move]) -> list[Move]:
    seen: set[tuple[int, str]] = set()
    kept = []
    for move in found:
        key = (move.start, move.series)
        if key not in seen:
            seen.add(key)
            kept.append(move)
    return kept


class NotTold(Exception):
    """What somebody else reads in a text is not told there; the message says what is wrong."""


def told_move(
    text: ArticleText,
    series: Sequence[SeriesName],
    name: SeriesName,
    figure: tuple[int, int],
    direction: str,
    horizon: str = "",
) -> Move:
    """Return the move that another reader sees in a figure, if the clause bears it out.

    Parameters
    ----------
    text, series
        The article and every series it names.
    name
        The series that is said to have moved.
    figure
        Offsets of a match of `FIGURE` in the sentence of ``name``.
    direction
        ``up`` or ``down``.
    horizon
        As in `Move`; empty to read it off the sentence.

    Raises
    ------
    NotTold
        If another series or a thing without a price stands between, the clause says what could
        or will be, or its words tell the other direction.
    """
    sentence, plain = text.sentence_at(name.start), text.plain
    low, high = sorted([name.end, figure[0]] if figure[0] >= name.end else [figure[1], name.start])
    between = plain[low:high]
    if any(low <= n.start < high for n in series) or re.search(r"[;\n]|: ", between):
        raise NotTold("another series or clause between a series and its figure")
    ahead = re.split(r"[,;:]", plain[sentence.start : name.start])[-1]
    if NOT_PRICES.search(between) or NOT_PRICES.search(ahead):
        raise NotTold("a figure of what has no price")
    clause = plain[min(name.end, figure[0]) : max(figure[1], name.start)]
    words = [min(name.end, figure[0]) + m.start() for m in re.finditer(r"\b\w", clause)]
    if any(_UNREAL.search(plain[max(sentence.start, at - 200) : at]) for at in words):
        raise NotTold("what could or will be")
    if direction not in ("up", "down") or direction not in _told_directions(
        clause + plain[figure[1] : sentence.end][:12], direction
    ):
        raise NotTold("a direction that the words do not tell")
    match = FIGURE.fullmatch(plain, *figure)
    if match is None:
        raise NotTold("a figure that is no percentage or points beside its series")
    more = _figure(match) | ({"horizon": horizon} if horizon else {})
    start, end = figure
    return _made(start, end, sentence.text, name, direction, sentence, **more)


def _told_directions(clause: str, otherwise: str) -> set[str]:
    """Return the directions of the known words of a clause; ``otherwise`` where there are none."""
    known = VERBS | STATES
    told = {known[word] for word in re.findall(r"[a-z]+", clause) if word in known}
    signs = {"down" if sign in "-−" else "up" for sign in re.findall(r"(?<!\w)([-+−])\d", clause)}
    return told | signs or {otherwise}
