"""Words of newsroom time (months, weekdays, numbers, zones, places of datelines), and small words."""

# ruff: noqa: E501  (a pattern or a list of names in one line reads better than wrapped)
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType


def listed(words: str) -> list[str]:
    """Return the words of a list written as text."""
    return words.split()


def _counted(names: str, first: int = 0) -> dict[str, int]:
    """Return the place of each word in a list; several words of one place are joined by a slash."""
    places = enumerate(names.split(), first)
    return {name: n for n, group in places for name in group.split("/")}


MONTHS = _counted(
    "january/jan february/feb march/mar april/apr may june/jun july/jul august/aug "
    "september/sept/sep october/oct november/nov december/dec", 1,
)  # fmt: skip
WEEKDAYS = _counted(
    "monday/mon tuesday/tues/tue wednesday/wed thursday/thurs/thur/thu friday/fri saturday/sat sunday/sun"
)
NUMBERS: Mapping[str, int] = MappingProxyType(
    _counted(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty"
    )
    | {"a": 1, "an": 1, "thirty": 30, "sixty": 60, "ninety": 90}
)
ORDINALS = _counted(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth", 1
)
SEASONS = {
    "spring": (3, 5),
    "summer": (6, 8),
    "autumn": (9, 11),
    "fall": (9, 11),
    "winter": (12, 2),
}

_PLACES = """
America/New_York XNYS: new york, washington, wall street, boston, atlanta, miami, philadelphia, detroit, us, u.s., american
America/Chicago XNYS: chicago, dallas, houston, austin, minneapolis, st. louis
America/Denver XNYS: denver, phoenix
America/Los_Angeles XNYS: los angeles, san francisco, seattle, santa clara, san jose, cupertino, palo alto
America/Toronto XTSE: toronto, ottawa, montreal, canadian
America/Sao_Paulo BVMF: sao paulo, brasilia
America/Mexico_City XMEX: mexico city
Europe/London XLON: london, edinburgh, uk, u.k., british
Europe/Dublin XDUB: dublin
Europe/Paris XPAR: paris, french
Europe/Berlin XFRA: frankfurt, berlin, munich, german
Europe/Zurich XSWX: zurich, geneva, bern, swiss
Europe/Amsterdam XAMS: amsterdam, the hague
Europe/Brussels XBRU: brussels
Europe/Madrid XMAD: madrid
Europe/Rome XMIL: rome, milan
Europe/Stockholm XSTO: stockholm
Europe/Vienna XWBO: vienna
Europe/Warsaw XWAR: warsaw
Europe/Istanbul XIST: istanbul, ankara
Europe/Moscow -: moscow
Europe/Kyiv -: kyiv
Asia/Jerusalem XTAE: jerusalem, tel aviv, israeli
Asia/Dubai -: dubai, abu dhabi
Asia/Riyadh XSAU: riyadh
Asia/Kolkata XBOM: mumbai, new delhi, delhi, bengaluru, indian
Asia/Shanghai XSHG: beijing, shanghai, shenzhen, guangzhou, chinese, china, mainland
Asia/Hong_Kong XHKG: hong kong
Asia/Taipei XTAI: taipei, hsinchu, taiwan, taiwanese
Asia/Tokyo XTKS: tokyo, osaka, japanese, japan
Asia/Seoul XKRX: seoul, busan, gyeongju, south korean, korean
Asia/Singapore XSES: singapore
Asia/Kuala_Lumpur XKLS: kuala lumpur
Asia/Jakarta XIDX: jakarta
Asia/Bangkok XBKK: bangkok
Asia/Manila XPHS: manila
Asia/Ho_Chi_Minh -: hanoi
Australia/Sydney XASX: sydney, melbourne, canberra, australian
Pacific/Auckland XNZE: wellington, auckland
"""

PLACES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        name.strip(): (head.split()[0], head.split()[1].strip("-"))
        for head, _, names in (line.partition(": ") for line in _PLACES.strip().splitlines())
        for name in names.split(",")
    }
)
"""Zone and exchange (MIC; empty where none is known) of places and their adjectives."""

OFFSET_EXCHANGES: Mapping[int, str] = MappingProxyType(
    {-480: "XNYS", -420: "XNYS", -360: "XNYS", -300: "XNYS", -240: "XNYS", 60: "XLON", 120: "XPAR",
     330: "XBOM", 480: "XHKG", 540: "XTKS", 600: "XASX", 660: "XASX"}
)  # fmt: skip
"""Exchange taken where nothing but the offset of the publication (minutes) tells the place."""


def number(word: str) -> int | None:
    """Return the number a word or digits stand for, or None."""
    folded = word.casefold()
    return int(folded) if re.fullmatch(r"[0-9]{1,4}", folded) else NUMBERS.get(folded)


def alternatives(names: Iterable[str]) -> str:
    """Return a regular expression for any of some words, longest first."""
    return "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))


#: Places as a text writes them, as a pattern.
TITLED_PLACES = alternatives({name.title() for name in PLACES if len(name) > 2})
PLACE_NAMES = re.compile(rf"\b(?:{TITLED_PLACES})\b")

#: Words too common to tell one happening from another.
SMALL_WORDS = frozenset(
    listed(
        "a after an and are as at before by for from had has have her his in is it its of on or said says that the their this to "
        "was were which who will with would"
    )
)
_STOPS = SMALL_WORDS | {"more", "new", "over", "than"}
_SAME = {
    word: group.split()[0]
    for group in (
        "call phone spoke speak talk telephone held", "tariff levy duty duties levies",
        "license licence", "approve approval cleared allow permit", "china beijing chinese",
        "america washington american",
    )
    for word in group.split()
}  # fmt: skip


def stems(text: str) -> frozenset[str]:
    """Return the words of a text without endings, some synonyms made one."""
    words = (
        _SAME.get(w, w) for w in re.findall(r"[a-z0-9]{2,}", text.casefold()) if w not in _STOPS
    )
    return frozenset(_SAME.get(s, s) for s in (re.sub(r"(?:ing|ed|es|s)$", "", w) for w in words))


def share(left: frozenset[str], right: frozenset[str]) -> float:
    """Return the part of the shorter one's stems that both have."""
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0
