"""Forms in which markets pages say that a price moved: verbs, hedges, records and runs."""

# ruff: noqa: E501  (a pattern or a list of words in one line reads better than wrapped)
from __future__ import annotations

import re

from analysis.drafting.words import ORDINALS, alternatives

_UP = [
    "rose",
    "rise",
    "rises",
    "risen",
    "rising",
    "gained",
    "gain",
    "gains",
    "gaining",
    "appreciated",
    "climbed",
    "climb",
    "climbs",
    "climbing",
    "advanced",
    "advance",
    "advances",
    "advancing",
    "jumped",
    "jump",
    "jumps",
    "jumping",
    "surged",
    "surge",
    "surges",
    "surging",
    "soared",
    "soar",
    "soars",
    "soaring",
    "rallied",
    "rally",
    "rallies",
    "rallying",
    "added",
    "adds",
    "adding",
    "leapt",
    "leaped",
    "leaps",
    "rocketed",
    "rockets",
    "spiked",
    "spikes",
    "popped",
    "pops",
    "rebounded",
    "rebounds",
    "recovered",
    "bounced",
    "jumps",
    "ticked-up",
    "firmed",
    "strengthened",
    "outpaced",
    "shot-up",
    "put-on",
    "edged-up",
    "inched-up",
    "ticked-up",
    "crept-up",
    "edged-higher",
    "inched-higher",
    "ticked-higher",
    "skyrocketed",
    "vaulted",
]
_DOWN = [
    "fell",
    "fall",
    "falls",
    "fallen",
    "falling",
    "lost",
    "lose",
    "loses",
    "losing",
    "dropped",
    "drop",
    "drops",
    "dropping",
    "slid",
    "slide",
    "slides",
    "sliding",
    "slipped",
    "slip",
    "slips",
    "slipping",
    "declined",
    "decline",
    "declines",
    "declining",
    "decreased",
    "sank",
    "sink",
    "sinks",
    "sunk",
    "sinking",
    "tumbled",
    "tumble",
    "tumbles",
    "tumbling",
    "plunged",
    "plunge",
    "plunges",
    "plunging",
    "shed",
    "sheds",
    "shedding",
    "eased",
    "eases",
    "easing",
    "dipped",
    "dip",
    "dips",
    "dipping",
    "crashed",
    "crash",
    "crashes",
    "slumped",
    "slumps",
    "slumping",
    "plummeted",
    "plummets",
    "plummeting",
    "skidded",
    "skids",
    "retreated",
    "retreats",
    "retreating",
    "nosedived",
    "nosedives",
    "dived",
    "weakened",
    "softened",
    "given-up",
    "gave-up",
    "gives-up",
    "giving-up",
    "tanked",
    "cratered",
    "edged-down",
    "inched-down",
    "ticked-down",
    "edged-lower",
    "inched-lower",
    "ticked-lower",
    "backed-off",
    "pulled-back",
]
VERBS = {v.replace("-", " "): "up" for v in _UP} | {v.replace("-", " "): "down" for v in _DOWN}
STATES = {
    **dict.fromkeys(("up", "higher", "firmer", "stronger", "ahead"), "up"),
    **dict.fromkeys(("down", "lower", "weaker", "softer"), "down"),
}
HEDGES = {
    "nearly": "nearly", "almost": "almost", "close to": "nearly", "just under": "nearly",
    "about": "about", "around": "around", "roughly": "roughly", "some": "about", "approximately": "about",
    "more than": "more than", "over": "over", "at least": "at least", "just over": "more than",
    "less than": "less than", "under": "under", "up to": "up to", "as much as": "up to",
}  # fmt: skip

_HEDGE = rf"(?:(?P<hedge>{alternatives(HEDGES)}) )?"
_NUM = r"(?P<num>\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,3})?|\d{1,5}(?:\.\d{1,3})?)"
_PERCENT = r" ?(?:%|per ?cent\b|pct\b|-per-?cent\b)"
_SPOKEN = rf"(?P<spoken>{alternatives(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'])}(?: and a half)?)"
_SHARE = rf"(?:just |only |a further |another )?{_HEDGE}(?:[-+−]?{_NUM}{_PERCENT}|{_SPOKEN} (?:%|per ?cent\b))"
_POINTS = (
    r"(?:(?P<hedge_points>more than|nearly|almost|about|around|some|roughly|over|at least) )?"
    r"[-−]?(?P<points>\d{1,3}(?:,\d{3})?(?:\.\d{1,2})?)(?: points?\b| pts?\b)"
)
_LEVEL = r"(?:,? (?:to(?: close| end| finish)?(?: at)?|at) (?:US|HK|NT|A|C)?\$?(?P<level>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{2,5}\.\d{1,2}))?"
_AMOUNT = rf"(?:{_POINTS}(?: \((?P<num3>\d{{1,3}}(?:\.\d{{1,3}})?){_PERCENT}\)|,? or {_SHARE.replace('hedge', 'hedge2').replace('num', 'num2').replace('spoken', 'spoken2')},?)?|{_SHARE})"
_AFTER_VERB = (
    r"(?: (?:by|back|again|further|another|a further|an additional|its|sharply|steadily|slightly|"
    r"modestly|in all|overall|intraday|early|to trade|also)){0,3}"
)
_HOW = r"(?:(?:is|are|was|were|be|been|stood|stands?|traded|trading|trades|closed?|closing|closes|ended|ends?|ending|finished|finish|finishes|opened|opens|pointed|remained) )"
_STATE = alternatives(STATES)

#: "declined 1.9%, 1.8% and 0.4%, respectively": figures in the order of the names before them.
#: A share or points as printed, with the hedge before it.
FIGURE = re.compile(rf"(?<![\w.,]){_AMOUNT}")
RESPECTIVELY = re.compile(
    rf"\b(?:(?P<verb>{alternatives(VERBS)})|{_HOW}(?P<state>{_STATE}))(?: by)? "
    rf"(?P<figures>\d[\d.]*(?:{_PERCENT})?(?:,? and |, )(?:\d[\d.]*(?:{_PERCENT})?(?:,? and |, )?)+)"
    r"(?<!, )(?<!and ),? respectively\b"
)

FORMS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("verb", rf"\b(?P<verb>{alternatives(VERBS)}){_AFTER_VERB} {_AMOUNT}{_LEVEL}"),
        ("state-first", rf"\b(?P<how>{_HOW})?(?:already |still |also |back |now )?(?P<state>{_STATE})(?: by)? {_AMOUNT}{_LEVEL}"),
        ("state-last", rf"\b(?P<how>{_HOW})?(?:already |still |also |now )?{_AMOUNT},? (?P<state>{_STATE})\b(?! than){_LEVEL}"),
        ("noun", rf"\b(?:gains?|(?P<loss>loss(?:es)?|drops?|falls?|declines?)) of {_AMOUNT}"),
        ("change", r"(?P<verb_change>\b(?:up|down) )?(?<![\w.])(?P<sign>[-+−])?(?P<points>\d{1,3}(?:,\d{3})*\.\d{1,2}) \((?P<sign2>[-+−])?(?P<num>\d{1,3}(?:\.\d{1,3})?)%\)"),
        ("signed", rf"(?:\b(?P<todate>[Mm]onth to date|[Yy]ear to date|[Ww]eek to date|[Yy][Tt][Dd]|[Mm][Tt][Dd]) )?(?<![\w.(])(?P<sign>[-+−]){_NUM}%"),
        ("flat", rf"\b(?:{_HOW}(?:almost |nearly |virtually |largely |broadly )?(?P<flat>flat|little changed|unchanged|steady)\b|(?:almost |nearly |virtually |largely )?(?P<flat2>little changed|unchanged|flat)\b(?= (?:at|on|in|after|by)\b))"),
        ("held", r"\b(?P<held>extended|held|pared|added to|kept|trimmed|saw|posted|made|notched|booked) (?:its |their |early |earlier )?(?P<what>gains?|losses)(?: of (?:(?P<hedge>nearly|almost|about|around|more than) )?(?P<num>\d{1,2}(?:\.\d{1,2})?)%)?"),
        ("extreme", r"\b(?:(?:hit|hits|set|sets|reached|touched|notched|scaled|closed|closes|ended|finished|at|to) (?:at |on )?)*(?:(?:a|an|its|their|another|fresh|new) ){0,3}(?P<peak>record|all-time|52-week|\d{1,2}-(?:week|month|year)|multi-year|lifetime)(?: closing| intraday)? (?P<end>highs?|lows?|peaks?|close)\b(?! (?:duty|duties|tariff|level of))"),
        ("extreme", r"\b(?:closed|ended|finished|closing) at (?:a|another) (?P<peak>record)(?= (?:of )?(?:US|HK)?\$?\d)(?: (?:of )?(?:US|HK)?\$?[\d,.]{2,10}\d)?"),
        ("extreme", r"\b(?P<most>highest|lowest|best|worst|biggest|largest|steepest|sharpest|heaviest|blackest|strongest|weakest|longest)(?: (?P<thing>(?:one-day |single-day |daily |point |percentage |two-day |weekly |winning |losing |closing ){0,2}(?:level|close|day|session|week|month|gain|rise|jump|advance|rally|fall|drop|loss|decline|slide|slump|rout|streak|run|finish|performance)s?))?(?: in value)? (?P<since>since|in|ever|on record|for)\b(?! (?:the|a|its|their) (?:world|region|country|group|index|sector|class)\b)(?P<rest>(?: (?:the |at least |nearly |almost |more than |about )?[\w-]{1,12}\.?(?: (?:\d{4}|weeks?|months?|years?|days?|sessions?|decades?))?)?)"),
        ("streak", rf"\b(?P<verb>{alternatives(VERBS)}|higher|lower|up|down)(?: (?:[\d.]{{1,6}}{_PERCENT}|also|again|on \w{{3,9}}))? (?:for|in) (?:a|an|the|its|their) (?P<nth>{alternatives(ORDINALS)}|\d{{1,2}}(?:th|st|nd|rd))(?: (?:straight|consecutive|successive|running))? (?P<unit>day|session|time|week|month)(?: running| in a row)?\b"),
        ("streak", rf"\b(?P<verb>{alternatives(VERBS)}|higher|lower|up|down) (?:for|in) (?P<count>two|three|four|five|six|seven|eight|nine|ten|\d{{1,2}})(?: (?:straight|consecutive|successive))? (?P<unit>days|sessions|weeks|months)(?: (?:in a row|running|straight))?\b"),
        ("streak", rf"\b(?:a |its |their |the )?(?P<nth>{alternatives(ORDINALS)}|\d{{1,2}}(?:th|st|nd|rd))(?: (?P<straight>straight|consecutive|successive))? (?:(?P<unit>day|session|week) of )?(?:daily )?(?P<noun>gains?|rises?|advances?|loss(?:es)?|falls?|declines?|drops?)(?: in a row)?\b"),
    )
)  # fmt: skip
ELLIPSIS = re.compile(
    rf"(?: also| and| by| off| another|,)? {_HEDGE}{_NUM}{_PERCENT}(?! (?:of|stake|duty|tariff|levy|cut|to|share|chance|rate))"
)
BARE = re.compile(
    r"(?:(?:['’]s)? (?:shares|stock|index|benchmark))?(?: (?:had|has|have|also|then|later|all|"
    rf"both|each|was|were|is|are)){{0,2}} (?P<verb>{alternatives(VERBS)})\b(?! (?:by |about |around |nearly |"
    r"almost |more |less |over |under |up |a |its |to |on word|in love|behind|short|out|hands|apart|through|into|"
    rf"{alternatives(['from', 'no', 'the', 'that', 'and', 'jobs', 'money', 'value', 'billions', 'production', 'output'])})|"
    r" ?\d| [A-Z]\w+ to )"
)

ANAPHOR = re.compile(
    r"(?:^|[,;:—–] |\b(?:[Bb]ut|[Aa]nd|[Tt]hen|where|which|that|as|while|although|[Ww]hen) |[”\"] ?)"
    r"(?:(?:[Ii]n|[Oo]n|[Oo]ver|[Ff]rom|[Ll]ast|[Ff]or|[Dd]uring|[Bb]y|[Yy]esterday|[Ss]ince) ?[\w ]{0,30}?,? ?\b)?"
    r"(?:(?P<it>[Ii]t|[Tt]hey)(?:['’]s|['’]re)?|[Tt]he (?:broader |benchmark |main |headline )?(?:index|gauge|benchmark|average|"
    r"stock|shares?|measure|market|indicator|morning session|afternoon session)|[Ii]ts (?:shares?|stock)|[Tt]heir shares|"
    r"[Ss]hares|[Tt]he company['’]s (?:shares|stock)|which|[Tt]he local market)\b"
)
NOT_PRICES = re.compile(
    r"\b(?:revenues?|sales|profits?|earnings|income|orders|output|production|exports?|imports?|prices (?:rose|fell|climbed)|"
    r"inflation|econom(?:y|ies)|GDP|CPI|volume|turnover|yields?|payrolls|jobs|jobless|unemployment|employers|tariffs?|dut(?:y|ies)|"
    r"margins?|spending|demand|shipments?|confidence|sentiment|investment|deliveries|costs?|fees|rates?|budget|"
    r"dividend|market share|share in|population|wages|subscribers|users|consumer prices|producer prices|surplus|deficit|"
    r"reserves|loans|lending|people|stake)\b",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"(?:(?<=[.;:,] )|(?<=^)|(?<=\band )|(?<=\bof )|(?<=\bwhile )|(?<=\bbut )|(?<=: )|(?<=\bas )|(?<=\bafter ))"
    r"(?P<name>[A-Z][\w&.’'-]{1,25}(?: [A-Z][\w&.’'-]{1,25}){0,3})(?: (?:shares|stock|Corp|Inc))?"
    r"(?: (?:had|has|have|also|was|were|is|are))?(?= )"
)
COMMON_NOUNS = frozenset(
    [
        "the",
        "a",
        "an",
        "it",
        "its",
        "they",
        "he",
        "she",
        "we",
        "this",
        "that",
        "these",
        "those",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "as",
        "and",
        "but",
        "or",
        "if",
        "when",
        "while",
        "after",
        "before",
        "since",
        "today",
        "yesterday",
        "turnover",
        "volume",
        "fees",
        "rates",
        "core",
        "oil",
        "crude",
        "employers",
        "stocks",
        "shares",
        "markets",
        "futures",
        "trading",
        "prices",
        "analysts",
        "investors",
        "traders",
        "last",
        "next",
        "month",
        "year",
        "week",
        "data",
        "total",
        "overall",
        "both",
        "each",
        "all",
        "most",
        "some",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "asian",
        "european",
        "chinese",
        "japanese",
        "american",
        "us",
        "u.s",
        "beijing",
        "washington",
        "china",
        "europe",
        "asia",
        "japan",
        "america",
        "taiwan",
        "earnings",
        "results",
        "exports",
        "imports",
        "loonie",
        "rupee",
        "won",
        "dollar",
        "euro",
        "pound",
        "treasuries",
        "bonds",
        "inflation",
    ]
)
HORIZONS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("week", r"(?i)\b(?:(?:for|on|over|in) the week|this week|last week|week to date|start of the week|weekly)\b"),
        ("month", r"(?i)\b(?:(?:for|on|over|in) the month|this month|last month|month to date|MTD|so far in [A-Z][a-z]+|monthly)\b"),
        ("quarter", r"(?i)\b(?:(?:for|on|over|in) the quarter|this quarter|last quarter|quarter to date)\b"),
        ("year", r"(?i)\b(?:(?:for|on|over) the year|this year|last year|year to date|year-to-date|YTD|(?:last|past) (?:12|twelve) months|a year ago)\b"),
        ("since", r"\b(?:since|from (?:its|their|the|a|an) (?:\w{3,12} )?(?:low|high|peak|trough|bottom))\b"),
    )
)  # fmt: skip
TOWARDS = {
    "highs": "up",
    "high": "up",
    "peak": "up",
    "peaks": "up",
    "close": "up",
    "low": "down",
    "lows": "down",
}
CLOSED = re.compile(r"\b(?:clos(?:ed?|es|ing)|ended|ends?|ending|finish(?:ed|es)?)\b")
