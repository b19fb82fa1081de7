"""Forms in which markets pages say that a price moved: verbs, figures, records and runs."""

# ruff: noqa: E501  (a pattern or a list of words in one line reads better than wrapped)
from __future__ import annotations

import re

from analysis.drafting.words import MONTHS, ORDINALS, alternatives, listed

_UP = """
rose rise rises risen rising gained gain gains gaining appreciated climbed climb climbs climbing advanced advance advances
advancing jumped jump jumps jumping surged surge surges surging soared soar soars soaring rallied rally rallies rallying added adds
adding leapt leaped leaps leaping rocketed rockets spiked spikes popped pops rebounded rebounds rebounding recovered recovering
bounced ticked-up firmed strengthened outpaced shot-up shoot-up shooting-up put-on took-on tacked-on tacking-on edged-up edging-up inched-up
inching-up crept-up ticking-up nudged-up picked-up edged-higher edging-higher inched-higher inching-higher ticked-higher increased increasing went-up zoomed
ticking-higher nudged-higher skyrocketed vaulted
"""
_DOWN = """
fell fall falls fallen falling lost lose loses losing dropped drop drops dropping slid slide slides sliding slipped slip slips
slipping declined decline declines declining decreased sank sink sinks sunk sinking tumbled tumble tumbles tumbling plunged plunge
plunges plunging shed sheds shedding eased eases easing dipped dip dips dipping crashed crash crashes crashing slumped slump slumps
slumping plummeted plummets plummeting skidded skids retreated retreats retreating nosedived nosedives dived weakened softened
depreciated given-up gave-up gives-up giving-up shaved-off tanked cratered edged-down edging-down inched-down inching-down
ticked-down ticking-down nudged-down edged-lower edging-lower inched-lower inching-lower ticked-lower ticking-lower nudged-lower
backed-off pulled-back went-down tanks
"""
VERBS = {
    word.replace("-", " "): way
    for way, words in (("up", _UP), ("down", _DOWN))
    for word in words.split()
}
STATES = {
    **dict.fromkeys(("up", "higher", "firmer", "stronger", "ahead"), "up"),
    **dict.fromkeys(("down", "lower", "weaker", "softer", "off"), "down"),
}
HEDGES = {
    "nearly": "nearly", "almost": "almost", "close to": "nearly", "just under": "nearly",
    "about": "about", "around": "around", "roughly": "roughly", "some": "about", "approximately": "about",
    "more than": "more than", "over": "over", "at least": "at least", "just over": "more than",
    "less than": "less than", "under": "under", "up to": "up to", "as much as": "up to",
}  # fmt: skip

_STEMS = listed(
    "rise gain climb advance jump surge soar rally fall lose drop slide slip decline sink tumble plunge dip crash slump"
)
_TOLD = [verb for verb in VERBS if verb not in _STEMS]
_HEDGE = rf"(?:(?P<hedge>{alternatives(HEDGES)}) )?"
_NUM = r"(?P<num>\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,3})?|\d{1,5}(?:\.\d{1,3})?)"
_PERCENT = r" ?(?:%|per ?cent\b|pct\b|pc\b|-per-?cent\b)"
_SPOKEN = rf"(?P<spoken>{alternatives(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'])}(?: and a half)?)"
_SHARE = rf"(?:just |only |a further |another )?{_HEDGE}(?:[-+−]?{_NUM}{_PERCENT}|{_SPOKEN} (?:%|per ?cent\b))"


def _or_share(n: int) -> str:
    """Return the percentage behind points or money: "(0.55%)", ", or 4.2 percent"."""
    named = re.sub(r"P<(\w+)>", rf"P<\g<1>{n}>", _SHARE)
    return rf"(?: \((?:[-+−])?(?P<num{n + 1}>\d{{1,3}}(?:\.\d{{1,3}})?){_PERCENT}\)|(?:,? or|,) {named},?)"


_MONEY = r"(?:\d{1,3}(?:\.\d)? (?:cents|pence|paise|sen)|\d{1,3}(?:,\d{3})?(?:\.\d{1,2})? (?:yen|won|rupees|baht|euros?|dollars|francs|pesos|rand)|Rs\.? ?\d{1,3}(?:,\d{3})?(?:\.\d{1,2})?|(?:US|HK|NT|A|C)?[$€£¥]\d{1,4}(?:\.\d{1,2})?)"
_POINTS = (
    r"(?:(?P<hedge_points>more than|nearly|almost|about|around|some|roughly|over|at least) )?"
    r"(?:[-−]|minus )?(?P<points>\d{1,3}(?:,\d{3})?(?:\.\d{1,2})?)"
    rf"(?:(?: of a)? points?\b| pts?\b|(?={re.sub(r'P<[a-z0-9]+>', ':', _or_share(1))}))"
)
_AMOUNT = rf"(?:{_POINTS}{_or_share(2)}?|{_MONEY}{_or_share(4)}|{_SHARE})"
_LEVEL = (
    r"(?:,? (?:to(?: close| end| finish| settle)?(?: \w{2,12}ly)?(?: at)?|at) (?:US|HK|NT|A|C)?\$?"
    r"(?P<level>\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d{2,5}\.\d{1,2}))?"
)
_AFTER_VERB = (
    r"(?: (?:by|back|again|further|another|a further|an additional|its|in all|overall|intraday|early|to trade|also|"
    r"(?!nearly|roughly|approximately|only)\w{2,12}ly)){0,3}"
)
_HOW = (
    r"(?:(?:is|are|was|were|be|been|stood|stands?|traded|trading|trades|settled?|settles|closed?|closing|closes|ended|ends?|"
    r"ending|finished|finish|finishes|opened|opens|pointed|remained) (?:\w{2,14}ly |the (?:day|session|week|month|quarter|year) )?)"
)
_STATE = alternatives(STATES)
_RISE = r"(?:gains?|rises?|advances?|jumps?|rally|increase)"
_FALL = r"(?:loss(?:es)?|drops?|falls?|declines?|slide|slump|decrease|dip)"
_NTH = rf"(?P<nth>{alternatives(ORDINALS)}|\d{{1,2}}(?:th|st|nd|rd))"

#: A share or points as printed, with the hedge before it.
FIGURE = re.compile(rf"(?<![\w.,]){_AMOUNT}")
#: "fell 3%, 2% and 1%, respectively": figures in the order of the names before them.
RESPECTIVELY = re.compile(
    rf"\b(?:(?P<verb>{alternatives(VERBS)})|{_HOW}(?P<state>{_STATE}))(?: by)? "
    rf"(?P<figures>\d[\d.]*(?:{_PERCENT})?(?:,? and |, )(?:(?:{_STATE} )?\d[\d.]*(?:{_PERCENT})?(?:,? and |, )?)+)"
    r"(?<!, )(?<!and ),? respectively\b"
)

FORMS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("verb", rf"\b(?P<verb>{alternatives(VERBS)}){_AFTER_VERB} {_AMOUNT}{_LEVEL}"),
        ("state-first", rf"\b(?P<how>{_HOW})?(?:already |still |also |back |now )?(?P<state>{_STATE})(?: by)? {_AMOUNT}{_LEVEL}"),
        ("state-last", rf"\b(?P<how>{_HOW})?(?:already |still |also |now )?{_AMOUNT},? (?P<state>{_STATE.replace('|off', '').replace('off|', '')})\b(?! than){_LEVEL}"),
        ("noun", rf"\b(?:{_RISE}|(?P<loss>{_FALL})) of {_AMOUNT}"),
        ("light", rf"\b(?:post|logg|notch|chalk|record|book|suffer|register|saw|mark|report)\w{{0,3}}(?: up)? (?:an?|its|their) {_SHARE} (?:weekly |monthly |daily )?(?:{_RISE}|(?P<loss>{_FALL}))\b"),
        ("change", r"(?P<verb_change>\b(?:up|down) )?(?<![\w.])(?P<sign>[-+−])?(?P<points>\d{1,3}(?:,\d{3})*\.\d{1,2}) \((?P<sign2>[-+−])?(?P<num>\d{1,3}(?:\.\d{1,3})?)%\)"),
        ("signed", rf"(?:\b(?P<todate>[Mm]onth to date|[Yy]ear to date|[Ww]eek to date|[Yy][Tt][Dd]|[Mm][Tt][Dd]) )?(?<![\w.(])(?P<sign>[-+−]){_NUM}%"),
        ("flat", rf"\b(?!open)(?:{_HOW}(?:almost |nearly |virtually |largely |broadly )?(?P<flat>flat|little changed|unchanged|steady)\b|(?:almost |nearly |virtually |largely )?(?P<flat2>little changed|unchanged|flat)\b(?= (?:at|on|in|after|by)\b))"),
        ("held", r"\b(?P<held>extended|held|pared|added to|kept|trimmed|saw|posted|made|notched|booked) (?:its |their |early |earlier )?(?P<what>gains?|losses)(?: of (?:(?P<hedge>nearly|almost|about|around|more than) )?(?P<num>\d{1,2}(?:\.\d{1,2})?)%)?"),
        ("extreme", r"\b(?:(?:hit|hits|set|sets|reached|touched|notched|scaled|closed|closes|ended|finished|at|to) (?:at |on )?)*(?:(?:a|an|its|their|another|fresh|new) ){0,3}(?P<peak>record|all-time|(?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)-(?:week|month|year)|multi-year|lifetime)(?: closing| intraday)? (?P<end>highs?|lows?|peaks?|close)\b(?! (?:duty|duties|tariff|level of))"),
        ("extreme", r"\b(?:closed|ended|finished|closing) at (?:a|another) (?P<peak>record)(?= (?:of )?(?:US|HK)?\$?\d)(?: (?:of )?(?:US|HK)?\$?[\d,.]{2,10}\d)?"),
        ("extreme", r"\b(?P<most>highest|lowest|best|worst|biggest|largest|steepest|sharpest|heaviest|blackest|strongest|weakest|longest)(?: (?P<thing>(?:one-day |single-day |daily |point |percentage |two-day |weekly |winning |losing |closing ){0,2}(?:level|close|day|session|week|month|gain|rise|jump|advance|rally|fall|drop|loss|decline|slide|slump|rout|streak|run|finish|performance)s?))?(?: in value)? (?P<since>since|in|ever|on record|for)\b(?! (?:the|a|its|their) (?:world|region|country|group|index|sector|class)\b)(?P<rest>(?: (?:the |at least |nearly |almost |more than |about )?[\w-]{1,12}\.?(?: (?:\d{4}|weeks?|months?|years?|days?|sessions?|decades?))?)?)"),
        ("streak", rf"\b(?P<verb>{alternatives(VERBS)}|higher|lower|up|down)(?: (?:[\d.]{{1,6}}{_PERCENT}|also|again|on \w{{3,9}}))? (?:for|in) (?:a|an|the|its|their) {_NTH}(?: (?:straight|consecutive|successive|running))? (?P<unit>day|session|time|week|month)(?: running| in a row)?\b"),
        ("streak", rf"\b(?P<verb>{alternatives(VERBS)}|higher|lower|up|down) (?:for|in) (?P<count>two|three|four|five|six|seven|eight|nine|ten|\d{{1,2}})(?: (?:straight|consecutive|successive))? (?P<unit>days|sessions|weeks|months)(?: (?:in a row|running|straight))?\b"),
        ("streak", rf"\b(?:a |its |their |the )?{_NTH}(?: (?P<straight>straight|consecutive|successive))? (?:(?P<unit>day|session|week) of )?(?:daily )?(?P<noun>gains?|rises?|advances?|loss(?:es)?|falls?|declines?|drops?)(?: in a row)?\b"),
    )
)  # fmt: skip
ELLIPSIS = re.compile(
    rf"(?: also| and| by| off| another|,)? {_HEDGE}{_NUM}{_PERCENT}(?! (?:of|stake|duty|tariff|levy|cut|to|share|chance|rate))"
)
BARE = re.compile(
    r"(?:(?:['’]s)? (?:shares|stock|index|benchmark))?(?: (?:had|has|have|also|then|later|all|"
    rf"both|each|was|were|is|are)){{0,2}} (?P<verb>{alternatives(_TOLD)})\b(?! (?:by |about |around |nearly |"
    r"almost |more |less |over |under |up |a |its |to |on word|in love|behind|short|out|hands|apart|through|into|past|below|above|"
    r"after |as |against |most |much |some |early |sharply|slightly|marginally|"
    rf"{alternatives(['from', 'no', 'the', 'that', 'and', 'jobs', 'money', 'value', 'billions', 'production', 'output'])})|"
    r" ?\d| [A-Z]\w+ to )"
)

ANAPHOR = re.compile(
    r"(?:^|[,;:—–] |\b(?:[Bb]ut|[Aa]nd|[Tt]hen|where|which|that|as|while|although|[Ww]hen) |[”\"] ?)"
    r"(?:(?:[Ii]n|[Oo]n|[Oo]ver|[Ff]rom|[Ll]ast|[Ff]or|[Dd]uring|[Bb]y|[Yy]esterday|[Ss]ince) ?[\w ]{0,30}?,? ?\b)?"
    r"(?:(?P<it>[Ii]t|[Tt]hey)(?:['’]s|['’]re)?|[Tt]he (?:[\w-]+ )?(?:index|gauge|benchmark|average|"
    r"stock|shares?|measure|market|indicator|morning session|afternoon session)|[Ii]ts (?:shares?|stock)|[Tt]heir shares|"
    r"[Ss]hares|[Tt]he company['’]s (?:shares|stock)|which|[Tt]he local market)\b"
)
#: What rises and falls without being a price of a share, index, good or currency.
NOT_PRICES = re.compile(
    r"\b(?:revenues?|sales|profits?|earnings|income|orders|output|production|exports?|imports?|prices (?:rose|fell|climbed)|"
    r"inflation|econom(?:y|ies)|GDP|CPI|PPI|PMI|PCE|ISM|volumes?|turnover|yields?|payrolls|jobs|jobless|unemployment|employ(?:ers|ment)|"
    r"tariffs?|dut(?:y|ies)|margins?|spending|demand|shipments?|confidence|sentiment|investment|deliveries|costs?|fees|rates?|budget|"
    r"dividend|market share|share in|population|wages?|subscribers|users|consumer prices|producer prices|surplus|deficit|"
    r"reserves|loans|lending|people|stake|stockpiles|inventories|supply|capacity|starts|permits|bookings|guidance|forecasts?|"
    r"estimates?|target|odds|chance|probability|price-to-earnings|premium|EBITDA|EPS|cash|backlog|traffic|leading indicators|survey|consensus)\b",
    re.IGNORECASE,
)
COMMON_NOUNS = frozenset(
    listed(
        "services products hardware software cloud advertising subscriptions growth value sector the a an it its they he she we "
        "this that these those in on at by for from as and but or if when while after before since today yesterday overnight "
        "turnover volume fees rates core oil crude employers stocks shares markets futures trading prices analysts investors "
        "traders last next month year week data total overall both each all most some monday tuesday wednesday thursday friday "
        "saturday sunday january february march april may june july august september october november december asian european "
        "chinese japanese american us u.s beijing washington china europe asia japan america taiwan earnings results exports "
        "imports loonie rupee won dollar euro pound treasuries bonds inflation index survey gauge indicator indices indexes "
        "treasury yields crypto production employment gdp cpi ppi pmi pce ism however meanwhile elsewhere separately stock gains "
        "losses"
    )
)

_SPAN = r"(?:(?:for|on|over|in|across|during) the (?:past |last |entire |whole |full )?{0}|this {0}|last {0}|{0}[ -]to[ -]date|(?:end|finish|clos)(?:ed|es|s|ing) the {0})"
#: Spans a move is measured over, by the words behind it or at the head of its clause.
HORIZONS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("week", rf"(?i)\b(?:{_SPAN.format('week')}|start of the week|weekly)\b"),
        ("month", rf"(?i)\b(?:{_SPAN.format('month')}|MTD|so far in [A-Z][a-z]+|monthly|month of [A-Z][a-z]+|in (?:{alternatives(m for m in MONTHS if len(m) > 3)}))\b(?! \d)"),
        ("quarter", rf"(?i)\b(?:{_SPAN.format('quarter')})\b"),
        ("year", rf"(?i)\b(?:{_SPAN.format('year').replace('in|', '')}|YTD|(?:last|past) (?:12|twelve) months|in (?:19|20)\d\d)\b"),
        ("since", r"\b(?:since|from (?:its|their|the|a|an) (?:[\w-]{3,14} ){0,2}(?:lows?|highs?|peaks?|troughs?|bottom))\b"),
    )
)  # fmt: skip
#: Spans no claim can be checked over: "in two days", "from a year earlier", "over the past 24 hours".
OTHER_SPAN = re.compile(
    r"(?i)\b(?:(?:over|in|during|within|for|across) (?:the |a |about |just |its )?(?:past |last |previous |next |first |latest )?"
    r"(?:\d+|an?|two|three|four|five|six|seven|eight|nine|ten|few|couple of|several|many)[ -]?(?:hours?|minutes?|days?|weeks?|months?|years?|quarters?|decades?)"
    r"|(?:past|last) (?:24 hours|day)|(?:from|than|against|versus|over) (?:a|the) (?:year|month|quarter)|a year (?:ago|earlier|before)|from (?:a year|last year|the (?:year|previous|prior))|"
    r"year[ -](?:on|over)[ -]year|on[ -]year|month[ -](?:on|over)[ -]month|annually|a year|(?:five|ten|\d+)-year|over the same|same period|(?<!from )(?<!than )(?:the (?:previous|prior|preceding) (?:session|day|week|month|quarter|year)|the day before))\b"
)
TOWARDS = {"highs": "up", "high": "up", "peak": "up", "peaks": "up", "close": "up",
           "low": "down", "lows": "down"}  # fmt: skip
CLOSED = re.compile(
    r"\b(?:clos(?:ed?|es|ing)|settl(?:ed?|es)|ended|ends?|ending|finish(?:ed|es)?)\b"
)
#: Quotes that a page puts beside names: they are not the article.
WIDGETS = re.compile(
    r" ?- Get (?:Free )?Report\b|"
    r",? ?(?<!\$)\b[A-Z]{2,5}, \d{1,3}\.\d{1,2}%(?= [a-z])|"
    r",? ?(?<!\$)\b[A-Z]{1,6}(?:[.:][A-Z]{1,3})?,? [-+−]\d{1,3}\.\d{1,2}%|"
    r" \((?:[A-Z][\w ]{1,14}: ?)?[\^$]?[A-Z][\w.:^]{0,9},? [-+−]?\d{1,3}(?:\.\d{1,2})?%\)|"
    r"(?:(?<=Average)|(?<=500)|(?<=Composite)|(?<=Index)|(?<=2000)|(?<= 100)|(?<=Dow)|(?<=index)) (?:DJIA|DJI|SPX|COMP|IXIC|NDX|RUT|VIX|UKX|HSI|NIK)\b(?!,? ?[-+−\d])"
)
#: Tickers in brackets.
TICKERS = re.compile(r" \((?:[A-Z][\w ]{1,14}: ?)?[\^$]?[A-Z0-9][\w.:^]{0,9}\)(?! points?)")
