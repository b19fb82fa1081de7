"""The grammar of newsroom time: where a text names a day, a clock time or part of a session.

Every pattern is bounded, so that reading takes time in proportion to the text. What is found is
only marked here; :mod:`analysis.drafting.resolve` says which day it is.
"""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from analysis.drafting.text import ArticleText
from analysis.drafting.words import MONTHS, NUMBERS, PLACES, WEEKDAYS, alternatives
from analysis.seeds.zones import ZONES

__all__ = ["ADJUNCT", "Expression", "find_expressions"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A run of text that names time."""

    start: int
    end: int
    form: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    clock: Mapping[str, str] | None = None
    session: Mapping[str, str] | None = None
    daypart: str = ""
    until: Expression | None = None

    @property
    def has_day(self) -> bool:
        """Whether it names one day, not a longer span."""
        return self.form in _DAY_FORMS

    @property
    def kind(self) -> str:
        """``day``, ``span``, ``clock``, ``session`` or ``part``."""
        if self.form:
            return "day" if self.has_day else "span"
        return "clock" if self.clock else "session" if self.session else "part"


_DAY_FORMS = frozenset(
    {"numeric", "month-day", "day-month", "weekday", "relative", "days-off", "of-month"}
)

_TITLE_MONTHS = [n.title() for n in MONTHS] + [n.upper() for n in MONTHS]
_MON = rf"(?P<month>{alternatives(_TITLE_MONTHS)})\b\.?"
_WDAY_FULL = alternatives([n.title() for n in WEEKDAYS if n.endswith("day")])
_WDAY_ANY = alternatives([n.title() for n in WEEKDAYS])
_COUNT = rf"(?P<count>{alternatives(n for n in NUMBERS if n != 'zero')}|\d{{1,3}})"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_NOT_MORE = r"(?![\w%]|[.,:/]\d| ?(?:%|percent|per cent|basis|points|billion|million))"
_DAYNUM = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DAYNUM2 = r"(?P<day2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_DASH = r"(?: ?[-–—] ?| to | and | through | until )"
_FRONT = r"(?<![\w.,$€£¥:/%+−-])"
_WEEKDAY_FRONT = rf"(?:(?P<named>{_WDAY_ANY})\b\.?(?:,? | [-–—] )(?:the )?)?"

_PERIOD_PART = (
    r"(?:(?P<period>(?:[Ee]arly|[Ll]ate|[Mm]id)(?:[- ]in)?|(?:[Tt]he )?(?:[Ee]nd|[Ss]tart|[Bb]eginning|"
    r"[Mm]iddle) of|[Ee]arlier in|[Ll]ater in|[Bb]ack in|[Ll]ast|[Tt]his|[Nn]ext)[ -])?"
)

_PLACE = alternatives(
    {n.title() for n in PLACES if n not in ("us", "u.s.", "uk", "u.k.")}
    | {"US", "U.S.", "UK", "U.K."}
)
_LABELS = alternatives(
    z.upper() for z in ZONES
    if len(z) > 1 and z not in ("eastern", "pacific", "central", "mountain", "uk")
)  # fmt: skip
_ZONE = (
    r"(?: ?\(?(?P<offset>(?:GMT|UTC) ?[+\u2212-](?:1[0-4]|0?\d)(?::?[0-5]\d)?)(?![\d:])\)?"
    rf"| ?\(?(?P<zone>{_LABELS})\b\)?"
    r"| (?P<zone_name>Eastern|Pacific|Central|Mountain)(?: [Ss]tandard| [Dd]aylight)?(?: [Tt]ime)?"
    rf"|,? (?:in )?(?P<place>{_PLACE}|(?i:local))(?: local)? time"
    rf"|,? in (?P<in_place>{_PLACE})\b)"
)
_BEFORE = rf"(?:(?P<in_place>{_PLACE})(?:['’]s)? )?"
_MARKET = rf"(?:(?P<market>{_PLACE})(?:['’]s)? )?"

_FORMS: tuple[tuple[str, str], ...] = (
    ("numeric", r"(?<![\w.-])(?P<year>\d{4})-(?P<month_number>\d{2})-(?P<day>\d{2})(?![\w-])"),
    ("numeric", r"(?<![\w.,/])(?P<first>\d{1,2})(?P<mark>[./])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d{2})(?![\w/])"),
    ("month-day", rf"\b{_WEEKDAY_FRONT}{_MON} (?:the )?{_DAYNUM}(?:{_DASH}{_DAYNUM2})?{_NOT_MORE}"
                  rf"(?:,? (?:of )?{_YEAR}\b(?![%]))?"),
    ("day-month", rf"{_FRONT}{_WEEKDAY_FRONT}\b(?:the )?{_DAYNUM}(?:{_DASH}{_DAYNUM2})?(?: of)? {_MON}(?!\w)"
                  rf"(?:,? {_YEAR}\b(?![%]))?"),
    ("of-month", r"\bthe (?P<ordinal>first|last|second|third|\d{1,2}(?:st|nd|rd|th)) (?:day )?of (?P<which>the|this|last|next) month\b"),
    ("month", rf"(?<![\w-]){_PERIOD_PART}{_MON}(?:,? (?:of )?{_YEAR}\b| (?P<which_year>last year|this year|next year)\b)?(?!\w)(?P<whole>[- ]quarter\b)?"),
    ("years", r"\b(?:[Ff]rom|[Bb]etween|[Ii]n) (?P<year>(?:19|20)\d{2})(?: to | and |[-–])(?P<year2>(?:19|20)\d{2})\b"),
    ("year-part", rf"\b(?P<period>[Ee]arly|[Ll]ate|[Mm]id|(?:[Tt]he )?(?:[Ee]nd|[Ss]tart|[Bb]eginning) of)[ -]{_YEAR}\b(?!-)"),
    ("period-end", r"\b(?:the )?(?P<period>[Ee]nd|[Ss]tart|[Bb]eginning) of (?:the|this|next|last) (?P<unit>year|month|week)\b"),
    ("season", rf"\b(?P<season>[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter) (?:of )?(?:{_YEAR}\b|(?P<which_year>last year|this year|next year))"),
    ("year", rf"\b(?:[Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Uu]p to|[Dd]uring|[Bb]efore|[Aa]fter|[Tt]hrough|[Ff]or|weeks? of|months? of|days? of|end of|half of|course of) {_YEAR}\b(?![-%/.,]?\d|[- ](?:point|unit|share|dollar|yuan|yen|job|people|level|plan|strateg))"),
    ("year", rf"(?:(?<=[\"“\n])|^){_YEAR}(?= (?:was|is|has been|will be)\b)"),
    ("quarter", rf"\b(?P<quarter>[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|1st|2nd|3rd|4th)[- ][Qq]uarter\b(?: (?:of )?{_YEAR}\b| of (?P<which_year>last year|this year|next year)\b)?"),
    ("quarter", r"(?<!\w)Q(?P<quarter>[1-4])(?: (?P<year>(?:19|20)\d{2})|[ -]?['’]?(?P<year_short>2\d))?\b(?![%.]\d)"),
    ("half", rf"\b(?P<half>[Ff]irst|[Ss]econd) half of (?:{_YEAR}\b|(?P<which_year>the year|last year|this year|next year))"),
    ("months", rf"\b[Ff]irst (?P<count>two|three|four|five|six|seven|eight|nine|ten|11|eleven|\d) months of (?:{_YEAR}\b|(?P<which_year>the year|last year|this year))"),
    ("half", r"(?<!\w)(?:(?P<half>[12])H ?['’]?(?P<year_short>\d{2})|H(?P<half2>[12]) (?P<year>20\d{2}))(?!\w)"),
    ("relative", r"\b(?P<word>[Tt]he day before yesterday|[Tt]he day after tomorrow|(?:[Ee]arlier |[Ll]ater )?(?:[Tt]oday|TODAY)|[Yy]esterday|[Tt]omorrow|[Tt]onight|[Ll]ast night|[Tt]his (?:morning|afternoon|evening))\b"),
    ("period", r"\b(?:(?P<shift>[Ee]arlier|[Ll]ater|[Ss]o far|[Ll]ate|[Ee]arly) )?(?P<which>[Ll]ast|[Tt]his|[Nn]ext|[Cc]urrent|[Pp]ast) (?P<unit>week|month|year|quarter)\b(?!-| end)"),
    ("period", r"\b(?P<which>[Tt]he) (?P<unit>week) after next\b"),
    ("period", r"(?:\b[Ff]or|[Oo]n|[Oo]ver|[Ss]tart of|[Ee]nd of|[Bb]eginning of) (?P<which>the) (?P<unit>week)\b(?! (?:to|of|ended|ending|ahead|after|before|when|that))"),
    ("weekend", r"\b(?P<which>the|[Ll]ast|[Tt]his|[Nn]ext|[Tt]he (?:past|coming)) weekend\b(?!['’]s)"),
    ("weekday", rf"(?:\b(?P<which>[Ll]ast|[Nn]ext|[Tt]his|[Tt]his past|[Tt]his coming|[Cc]oming|[Pp]revious) )?\b(?P<weekday>{_WDAY_FULL}|{_WDAY_FULL.upper()})\b(?:,? (?:of )?(?P<week>next week))?"),
    ("weekday", r"\b(?:on|ON|On) (?:(?P<which>last|next|this) )?(?P<weekday>Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\b\.?(?! ?\w{0,20}['’])"),
    ("ago", rf"(?i:\b(?:(?:about|nearly|almost|some|roughly|just|only|more than) )?{_COUNT} (?P<unit>day|week|month|year)s? ago\b)"),
    ("days-off", r"(?i:\b(?P<same>the same day)\b)"),
    ("days-off", r"(?i:\bthe (?P<step>next|following|previous|preceding) (?P<unit>day)\b)"),
    ("off", rf"(?i:\b{_COUNT} (?P<unit>day|week|month|year)s? (?P<step>later|earlier|after|before)\b(?! (?:than|or)\b))"),
)  # fmt: skip

_CLOCKS = (
    rf"(?<![\w.,:$€£-])(?<!\d/)(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<minute>[0-5]\d)(?::[0-5]\d)?)? ?(?P<half>[ap]\.m\.|[ap]m\b|AM\b|PM\b|A\.M\.|P\.M\.){_ZONE}?",
    rf"(?<![\w.,:$€£/-])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:%]|\.\d)(?: hours?| hrs)?{_ZONE}?",
    rf"(?<![\w.,:$€£/-])(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?: hours)?{_ZONE.replace(' ?', ' ', 1)}",
    rf"\b(?P<word>[Nn]oon|[Mm]idnight)\b{_ZONE}?",
    rf"(?i:\b(?P<spoken>{alternatives([*list(NUMBERS)[1:13]])}|(?<![\d.:])\d{{1,2}}) o['’]clock\b)(?-i:{_ZONE})?",
    rf"(?<![\w.,:$€£-])(?P<hour>[01]?\d|2[0-3])[.:](?P<minute>[0-5]\d) (?:hours|hrs|o['’]clock)\b{_ZONE}?",
    rf"(?<![\w.,:$€£-])(?P<hour>[01]?\d|2[0-3])\.(?P<minute>[0-5]\d) (?P<zone>{_LABELS})\b",
    rf"(?i:\b(?P<past>half past|a? ?quarter past|a? ?quarter to) (?P<spoken>{alternatives(list(NUMBERS)[1:13])}|\d{{1,2}})\b)(?-i:{_ZONE})?",
    r"(?<=\bat )(?P<hour>[01]?\d|2[0-3])\.(?P<minute>[0-5][05])(?=[.,;)]?$|[.,;)]\s| (?:on|this|local|today|tomorrow|London|hours|hrs|sharp)\b)",
)

_OPENING = r"(?:opening bell|open(?:ing|ed|s)?|bell|start of (?:trading|trade)|start)"
_SESSIONS: tuple[tuple[str, str], ...] = (
    ("before-open", rf"(?:[Bb]efore|[Aa]head of|[Pp]rior to) (?:the )?{_MARKET}(?:(?:stock |regular )?(?:markets?|trading|session) )?{_OPENING}(?! \w{{0,12}} (?:talks|door))(?: in (?P<in_place>{_PLACE}))?\b"),
    ("pre-market", r"\b(?:pre-?market(?: (?:trading|trade|hours|session|action|deals))?|Pre-?market (?:trading|trade|hours|session))\b"),
    ("after-hours", r"\b[Aa]fter[- ]?hours(?: (?:trading|trade|session|action))?\b|\b[Ee]xtended(?:-hours)? (?:trading|trade|hours)\b|\b[Pp]ost-?market(?: trading)?\b"),
    ("after-close", rf"\b[Aa]fter (?:the )?{_MARKET}(?:(?:stock |regular )?(?:markets?|trading|session) )?(?:closing bell|close[sd]?|bell|end of trading)(?: in (?P<in_place>{_PLACE}))?\b(?! (?:up|down|higher|lower|at|on a|above|below|its|their))"),
    ("open", rf"\b[Aa]t the {_MARKET}(?:market )?open(?:ing)?(?: bell)?\b(?: in (?P<in_place>{_PLACE}))?"),
    ("close", rf"\b(?:(?:[Aa]t|[Bb]y|[Nn]ear) the {_MARKET}(?:market )?(?:close|closing bell)|[Aa]t closing bell)(?: of (?:trading|trade))?\b(?: in (?P<in_place>{_PLACE}))?"),
    ("day-close", r"(?<=day['’]s )closing bell\b"),
    ("close", r"\bthe close of (?:trading|trade)\b"),
    ("early", rf"\b(?:[Ii]n |[Dd]uring )?[Ee]arly {_MARKET}(?:trading|trade|deals|dealings)\b"),
    ("morning", rf"\b(?:(?:[Ii]n |[Dd]uring )?(?:the )?){_BEFORE}[Mm]orning {_MARKET}(?:trading|trade|session|deals|dealings)\b"),
    ("midday", r"\b(?:(?:[Ii]n|[Dd]uring|[Aa]t|[Bb]y) midday\b|(?:[Ii]n |[Dd]uring |[Aa]t |[Bb]y )?(?:midday|lunchtime) (?:trading|trade|deals|break)\b|[Aa]t lunchtime\b)"),
    ("afternoon", rf"\b(?:(?:[Ii]n |[Dd]uring )?(?:the )?){_BEFORE}(?:late[- ])?[Aa]fternoon {_MARKET}(?:trading|trade|session|deals|dealings)\b"),
    ("region", r"\b(?:[Ii]n|[Dd]uring) (?P<region>Asian?|European?|U\.S\.|US|New York|London|Tokyo|Hong Kong) (?:trading hours|market hours|hours|trading|trade|session)\b"),
    ("regular", r"(?<=day['’]s )(?:regular )?(?:session|trading)\b(?! (?:partner|law|hours?))"),
)  # fmt: skip

_DAYPART = re.compile(
    r"\b(?P<part>[Mm]orning|[Aa]fternoon|[Ee]vening|[Nn]ight)\b"
    r"|\b(?P<edge>[Ee]arly|[Ll]ate)(?: on| in the day on)?"
    rf"(?= (?:{_WDAY_FULL}|today|yesterday|{alternatives(_TITLE_MONTHS)}\.? \d|\d{{1,2}} (?:{alternatives(_TITLE_MONTHS)})))"
)
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _FORMS)
_CLOCK_PATTERNS = tuple(re.compile(pattern) for pattern in _CLOCKS)
_SESSION_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _SESSIONS)

#: A figure after these words is a price, not a time: "closed at 12.30".
_PRICED = re.compile(
    r"(?:\d|\b(?:trad\w{1,3}|stood|stands?|clos\w{1,3}|end\w{0,3}|quoted|priced|valued|finish\w{0,3}|settl\w{1,3}|opened|"
    r"higher|lower|up|down|flat|steady|unchanged|percent|%|points?))(?: \w+ly)? at $"
)
_LINK = re.compile(
    r"[\s,(]{0,3}(?:(?:on|at|in|of|the|around|about|approximately|by|['’]s|"
    r"(?:shortly|just) (?:before|after))\s{1,2}){0,3}"
)
_TILL = {"month-day": r" ?[-–] ?", "month": r"[-–]| to "}
_RANGE_LINK = re.compile(r"(?:['’]s)? (?:to|until|till|through|and) ")
_RANGE_FRONT = re.compile(r"\b(?:from|between)\s$", re.IGNORECASE)

_TRAP_AFTER_WEEKDAY = re.compile(
    r" (?:Times|Telegraph|Mirror|Mail|Express|Herald|Post|Independent|Observer|Night Live|"
    r"Night Football|League|roast|trading laws?|Addams)\b"
)
_TRAP_BEFORE_WEEKDAY = re.compile(r"\b(?:Black|Cyber|Ash|Super|Fat|Bloody|Ruby) $")
_BEFORE_MONTH = re.compile(
    r"(?:\b(?:in|since|by|until|till|of|from|to|for|during|before|after|through|and|or|between|than|"
    r"on|around|about|this|last|next|its|their|the|In|Since|By|And|But|From|For|After|Before|Until|"
    r"During|Through|says?|said)|[,(;:–—-]) ?$"
)
_NAME_BEFORE = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Sen|Rep)\.|[a-z,;] [A-Z][a-z]{1,15}|^(?!The )[A-Z][a-z]{1,15}) $"
)
_COMPARED = re.compile(r"\b(?:from|than|versus|vs\.?|against|compared with|over) $", re.IGNORECASE)
#: Numbers written with dots or dashes that are no days: "version 2.10.2023".
_NUMBERED = re.compile(
    r"(?i)\b(?:version|v|release|build|model|part|section|chapter|clause|article|number|no\.?|nr\.?|ref\.?|id|invoice|order|case|patch|update) (?:no\. ?)?#?$"
)
_LAW = re.compile(r"(?:\bAct|\bLaw|\bOrder|\bTreaty|\bNo\. ?\d{1,5}|\b[A-Z]{2,8}|\bfiscal|\bFY) $")


def find_expressions(text: ArticleText) -> tuple[Expression, ...]:
    """Return every expression of time, in order, none overlapping another."""
    joined: list[Expression] = []
    for atom in _without_overlaps(_candidates(text.plain)):
        beside = joined and text.sentence_index(joined[-1].start) == text.sentence_index(atom.start)
        one = _join(joined[-1], atom, text.plain) if beside else None
        joined[-1:] = [one] if one else [*joined[-1:], atom]
    return tuple(atom for atom in joined if atom.kind != "part")


def _candidates(plain: str) -> list[Expression]:
    found = []
    for form, pattern in _PATTERNS:
        for match in pattern.finditer(plain):
            atom = Expression(match.start(), match.end(), form=form, parts=_caught(match))
            if _sound(atom, plain):
                found.append(atom)
    for pattern in _CLOCK_PATTERNS:
        for match in pattern.finditer(plain):
            before = plain[max(0, match.start() - 24) : match.start()]
            if pattern is not _CLOCK_PATTERNS[-1] or not _PRICED.search(before):
                found.append(Expression(match.start(), match.end(), clock=_caught(match)))
    for form, pattern in _SESSION_PATTERNS:
        for match in pattern.finditer(plain):
            session = {"form": form, **_caught(match)}
            found.append(Expression(match.start(), match.end(), session=session))
    for match in _DAYPART.finditer(plain):
        word = (match["part"] or match["edge"]).casefold()
        found.append(Expression(match.start(), match.end(), daypart=word))
    return found


def _caught(match: re.Match[str]) -> dict[str, str]:
    return {name: words for name, words in match.groupdict().items() if words}


def _sound(atom: Expression, plain: str) -> bool:
    """Refuse what only looks like time: "Act of 1962", "Mr. March", "Sunday Times", "may"."""
    before, after = plain[max(0, atom.start - 40) : atom.start], plain[atom.end : atom.end + 24]
    if atom.form == "weekday":
        return not (_TRAP_AFTER_WEEKDAY.match(after) or _TRAP_BEFORE_WEEKDAY.search(before))
    if atom.form == "month":
        return _sound_month(atom, before, after)
    if atom.form in ("off", "days-off") and atom.parts.get("step", "").casefold() == "earlier":
        return not _COMPARED.search(before)
    if atom.form in ("year", "years", "year-part"):
        return not _LAW.search(before)
    return not (atom.form == "numeric" and _NUMBERED.search(before))


#: Nouns that a month before them dates: "the August jobs report".
ADJUNCT = re.compile(
    r" (?:jobs|payrolls?|CPI|PPI|PMI|PCE|GDP|ISM|employment|unemployment|trade|industrial|consumer|producer|factory|retail|sales|data|figures|report|inflation|exports?|imports?|reading|"
    r"numbers|quarter|meeting|minutes|(?:rate )?(?:cut|hike))\b"
)


def _sound_month(atom: Expression, before: str, after: str) -> bool:
    parts = atom.parts
    if {"year", "which_year", "period"} & parts.keys():
        return True
    name = parts["month"].casefold()
    alone = _NAME_BEFORE.search(before) and not _BEFORE_MONTH.search(before)
    if alone or re.match(r" ?\d", after):
        return False
    if ADJUNCT.match(after):
        return True
    if name in ("may", "march", "august") or (len(name) <= 4 and name not in ("june", "july")):
        verb = re.match(r" (?:be|have|not|I|we|you|they|he|she|the odds)\b", after)
        return bool(_BEFORE_MONTH.search(before)) and not verb
    return not parts["month"].isupper() or not after[:2].strip().isalpha()


def _without_overlaps(atoms: Iterable[Expression]) -> list[Expression]:
    """Keep, of overlapping matches, the longest, and of equal ones the first pattern's."""
    ranked = sorted(enumerate(atoms), key=lambda pair: (pair[1].start - pair[1].end, pair[0]))
    taken: dict[int, list[Expression]] = {}
    kept = []
    for _, atom in ranked:
        cells = range(atom.start // 16, (atom.end - 1) // 16 + 1)
        near = [other for cell in cells for other in taken.get(cell, ())]
        if any(other.start < atom.end and atom.start < other.end for other in near):
            continue
        kept.append(atom)
        for cell in cells:
            taken.setdefault(cell, []).append(atom)
    return sorted(kept, key=lambda atom: atom.start)


def _join(left: Expression, right: Expression, plain: str) -> Expression | None:
    gap = plain[left.end : right.start]
    if len(gap) > 40:
        return None
    if left.form and right.form:
        return _range(left, right, plain, gap)
    if not _LINK.fullmatch(gap) or "\n" in gap:
        return None
    twice = any(getattr(left, n) and getattr(right, n) for n in ("clock", "session", "daypart"))
    kinds = {left.kind, right.kind}
    torn = "span" in kinds or kinds == {"clock", "session"}
    if twice or torn or (right.daypart and not right.form and gap.strip()):
        return None
    return replace(
        left if left.form else right, start=left.start, end=right.end,
        clock=left.clock or right.clock, session=left.session or right.session,
        daypart=left.daypart or right.daypart,
    )  # fmt: skip


def _range(left: Expression, right: Expression, plain: str, gap: str) -> Expression | None:
    """Join "from X to Y" and "between X and Y"."""
    if left.form == right.form in ("month", "month-day") and re.fullmatch(_TILL[left.form], gap):
        return None if left.until else replace(left, end=right.end, until=right)
    if not (left.has_day and right.has_day) or left.until or left.clock or right.clock:
        return None
    front = _RANGE_FRONT.search(plain[max(0, left.start - 10) : left.start])
    if not (front and _RANGE_LINK.fullmatch(gap)):
        return None
    return replace(left, start=left.start - len(front[0]), end=right.end, until=right)
