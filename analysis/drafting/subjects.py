"""Who moved: the series a figure belongs to, if the clause leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.drafting.grammar import Patterns
from analysis.drafting.names import SeriesName
from analysis.drafting.text import Sentence
from analysis.drafting.words import COMMON_NOUNS, MONTHS, PLACES, WEEKDAYS, words

__all__ = ["Topics", "as_series", "subjects"]

_RE = Patterns("subjects")
_PREPOSITIONS, _LINKS = words("prepositions"), words("links")
_NO_NAMES = {*WEEKDAYS, *MONTHS, *PLACES, *COMMON_NOUNS}
_TIMES = {*WEEKDAYS, *MONTHS}
_WHERE = {*PLACES, *words("where")}
_NEAR = 3
"""Sentences after which "it" refers to nothing any more."""
_KINDS: tuple[str, ...] = ("index", "stock", "unknown", "future", "commodity", "currency")


def as_series(name: str, at: int) -> SeriesName:
    """Return a company that is known by its name only."""
    return SeriesName(at, at + len(name), name, "unknown", "")


@dataclass
class Topics:
    """What was spoken of: series of the last sentence that named one, and the last of a kind."""

    names: list[SeriesName] = field(default_factory=list)
    moved: list[SeriesName] = field(default_factory=list)
    gap: int = 0
    seen: dict[str, SeriesName] = field(default_factory=dict)
    doubt: bool = False

    def note(
        self, named: Sequence[SeriesName], moved: Sequence[SeriesName], words: str = ""
    ) -> None:
        """Remember a sentence; one about a company not known leaves "the stock" in doubt."""
        self.gap = 0 if named or moved else self.gap + 1
        other = _RE.other_subject.match(words)
        known = named or moved or (other and other["name"] in " ".join(self.seen))
        self.doubt = (bool(other) and not known) or (self.doubt and not named and not moved)
        if named or moved:
            self.names = [*named, *(m for m in moved if m.kind == "unknown")]
            self.moved = list(moved)
            self.seen |= {one.symbol: one for one in self.names if not one.generic}

    def meant(self, anaphor: str) -> SeriesName | None:
        """Return what "it", "the index" or "the stock" refers to; None where two would do."""
        kinds = _KINDS
        if re.search(r"\b(?:index|gauge|average|measure|benchmark)$", anaphor):
            kinds = ("index",)
        elif re.search(r"\b(?:stock|shares?)$", anaphor):
            kinds = ("stock", "unknown")
            if self.doubt:
                return None
        if len(kinds) < len(_KINDS):  # "the stock" is the only one the article is about
            of_kind = [one for one in self.seen.values() if one.kind in kinds]
            if len(of_kind) == 1:
                return of_kind[0]
        if self.gap > _NEAR:
            return None
        for group in (self.moved, self.names):
            found = {one.symbol: one for one in group if one.kind in kinds and not one.generic}
            if len(found) == 1:
                return next(iter(found.values()))
            if found:
                return None
        return None


def subjects(
    form: str,
    match: re.Match[str],
    sentence: Sentence,
    named: Sequence[SeriesName],
    plain: str,
    topics: Topics,
) -> list[SeriesName]:
    """Return the series a figure belongs to: two for "the Dow and the Nasdaq", none in doubt."""
    start = sentence.start + match.start()
    finite = _finite(form, match)
    if behind := _behind(sentence, named, match, plain):
        return [behind]
    head = " ".join(plain[sentence.start : start].split())
    before = [name for name in named if name.end <= start]
    since = plain[before[-1].end : start] if before else plain[sentence.start : start]
    if finite and (name := _unknown(" ".join(since.split()))):
        clause = re.split(r"[,;]| while | and ", head.rpartition(name)[0])[-1]
        gauge = _RE.not_prices.search(name) or _RE.not_prices.search(clause[-60:])
        return [] if gauge else [as_series(name, start)]
    if before and ";" not in since:
        return _known(form, match, before, sentence, plain)
    if _RE.not_prices.search(head[-80:]):
        return []
    head = head.rpartition(";")[2]
    anaphor = "it" if match.groupdict().get("todate") else _last_anaphor(head)
    if before:  # "the Hang Seng rose 1 %; on Friday it closed lower"
        topics = Topics(list(before))
    if re.search(r"\b[Ww]hen (?:it|they) *\w*$", head):  # "a difficult 2024, when it fell 10 %"
        return []
    if not anaphor or (finite and not _adjoins(head.rpartition(anaphor)[2])):
        return []
    if anaphor.endswith("which") and not before:  # "The stock, which trades as HRWF, fell"
        head = head.rpartition(anaphor)[0]
        anaphor = _last_anaphor(head)
    if not before and (not anaphor or _other_name(anaphor, head.rpartition(anaphor)[0])):
        return []  # "Rival Vodafone, which sold a unit, slid 1%": a name not known moved
    meant = topics.meant(anaphor)
    return [meant] if meant is not None else []


def _other_name(anaphor: str, head: str) -> bool:
    """Tell words before "its shares" that name somebody who is not known."""
    if re.search(r"(?i)\b(?:its|their) ", anaphor) and re.match(
        r"(?!It\b|They\b|The |But |And )[A-Z]", head
    ):
        return True
    names = re.findall(r"(?<=[a-z,] )[A-Z][\w&.’'-]+", head)
    known = COMMON_NOUNS | set(WEEKDAYS) | set(MONTHS) | set(PLACES)
    return any(re.sub(r"['’]s$", "", n).strip(".").casefold() not in known for n in names)


def _finite(form: str, match: re.Match[str]) -> bool:
    """Tell forms that are the verb of a clause, whose subject stands before them."""
    return form in ("verb", "state-first", "state-last", "flat", "change") or (
        form == "streak" and bool(match.groupdict().get("verb"))
    )


def _known(
    form: str, match: re.Match[str], before: Sequence[SeriesName], sentence: Sentence, plain: str
) -> list[SeriesName]:
    """Return the nearest name before a figure that can be its subject."""
    start = sentence.start + match.start()
    finite, whole = _finite(form, match), bool(match.groupdict().get("how") or form == "verb")
    for at in range(len(before) - 1, -1, -1):
        name = before[at]
        between = re.sub(
            r"^ (?:of|in) [A-Z]\w+(?= )", "", re.sub(r" +", " ", plain[name.end : start])
        )
        ahead = plain[sentence.start : name.start]
        if _RE.not_prices.search(between) or _RE.not_prices.search(ahead.rpartition(",")[2][-14:]):
            return []
        if form == "signed" and re.search(r"\d", between):
            return []  # a row of a table of quotes: level, change, percent
        if re.search(r"[;\n]|: ", between) or between.startswith(" futures"):
            return []
        if form != "noun" and _possessed(between):
            return []
        other = _RE.other_name.search(between)
        if other and other[1].casefold() not in _NO_NAMES:
            return []  # "the Hang Seng rose, and the Harrow index fell"
        inside = (
            re.match(r",? (?:which|that|who)\b", between)
            or not whole
            or re.match(r"\w+ing\b", match[0])
        )
        if finite and _RE.governed.search(ahead) and not inside:
            if not re.search(r",[^,]*$", ahead) or at == 0:
                return []
            continue  # "Newmont, the only miner listed on the S&P 500, closed down"
        if finite and not _adjoins(between):
            return []
        return [*_coordinated(before[: at + 1], plain), name]
    return []


def _adjoins(between: str) -> bool:
    """Tell whether nothing between a name and its verb could be the subject instead."""
    words = re.findall(r"[\w.%’'-]+|[,;:—–-]", between)
    if not words:
        return True
    last = words[-1].strip(".").casefold()
    return (
        not last[0].isalnum() or last[0].isdigit() or last in _LINKS or last in _TIMES
        or last in PLACES or last.endswith(("ly", "ing", "time")) or last in ("p.m", "a.m")
    )  # fmt: skip


def _behind(
    sentence: Sentence, named: Sequence[SeriesName], match: re.Match[str], plain: str
) -> SeriesName | None:
    """Return the series named right after: "a record high for the Nikkei"."""
    end = sentence.start + match.end()
    link = re.compile(r" (?:for|in|on|by) (?:the )?")
    return next((n for n in named if n.start > end and link.fullmatch(plain, end, n.start)), None)


def _possessed(between: str) -> bool:
    """Tell "Nvidia's chief said costs" from "Nvidia's shares"."""
    match = re.match(
        r"['’]s (?!shares|stock|index|benchmark|market(?! (?:cap|value|share)))", between
    )
    return bool(match) and not re.search(r"\b(?:shares|stock|it)\b", between)


def _coordinated(before: Sequence[SeriesName], plain: str) -> list[SeriesName]:
    """Return the series joined to the last one by "and"."""
    joined: list[SeriesName] = []
    for left, right in zip(reversed(before[:-1]), reversed(before), strict=False):
        between = plain[left.end : right.start]
        comma = ",?" if joined else ""
        if not re.fullmatch(rf"{comma} (?:and )?(?:the )?(?:tech-heavy )?", between):
            break
        joined.append(left)
    return joined


def _last_anaphor(before: str) -> str:
    """Return the last word such as "it" or "the index" before a figure, or nothing."""
    found = [match[0] for match in _RE.anaphor.finditer(before[-160:])]
    return re.sub(r"['’](?:s|re)$", "", found[-1]) if found else ""


def _unknown(before: str) -> str:
    """Return a capitalised name that ends right before the figure's verb.

    After a preposition ("sales at Tesco rose") the name is not what moved, unless it stands
    behind "shares of"; countries, months, common nouns and gauges are no companies.
    """
    near = before[-110:]
    match = _RE.subject.search(near)
    if match is None or re.search(r"\b[A-Z][\w&]* \d{2,4} $", near[: match.start("name")]):
        return ""  # or a part of a longer name: "Russell 1000 Growth"
    name = re.sub(r"^(?:Shares|Stock) (?:of|in) ", "", match["name"])
    told, behind = match["shares"] or name != match["name"], near[match.end("name") :]
    if re.match(r" (?:shares|stock)\b", behind):
        name = re.sub(r"['’]s?$", "", name)
    words = name.casefold().split()
    if {words[0].strip("."), words[-1].strip(".")} & COMMON_NOUNS or name.casefold() in _WHERE:
        return ""
    lead = match["lead"].strip().casefold()
    governed = lead in _PREPOSITIONS and not told and lead != "with" and ", " not in behind
    return "" if governed or re.search(r"['’]s?$", name) else name
