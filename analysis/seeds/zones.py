"""Words for time zones as newsrooms use them, and what each means: one reader for all texts.

Whether a zone stands in a seeds file, in a table of events or in an article, it is read here. A
label such as EST names the clocks of a place, all year: "3:30 p.m. EST" in June is New York's time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, available_timezones

from analysis.errors import nearest

ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(("et", "edt", "est", "eastern"), ("America/New_York",)),
        **dict.fromkeys(("pt", "pdt", "pst", "pacific"), ("America/Los_Angeles",)),
        **dict.fromkeys(("ct", "cdt", "central"), ("America/Chicago",)),
        **dict.fromkeys(("mt", "mdt", "mst", "mountain"), ("America/Denver",)),
        **dict.fromkeys(("akt", "akst", "akdt"), ("America/Anchorage",)),
        "hst": ("Pacific/Honolulu",),
        **dict.fromkeys(("brt", "brst"), ("America/Sao_Paulo",)),
        **dict.fromkeys(("gmt", "utc", "z"), ("UTC",)),
        **dict.fromkeys(("bst", "uk"), ("Europe/London",)),
        **dict.fromkeys(("cet", "cest"), ("Europe/Paris",)),
        **dict.fromkeys(("eet", "eest"), ("Europe/Helsinki",)),
        **dict.fromkeys(("wet", "west"), ("Europe/Lisbon",)),
        "msk": ("Europe/Moscow",),
        "trt": ("Europe/Istanbul",),
        "sast": ("Africa/Johannesburg",),
        "gst": ("Asia/Dubai",),
        "pkt": ("Asia/Karachi",),
        "wib": ("Asia/Jakarta",),
        "ict": ("Asia/Bangkok",),
        "myt": ("Asia/Kuala_Lumpur",),
        "pht": ("Asia/Manila",),
        "jst": ("Asia/Tokyo",),
        "kst": ("Asia/Seoul",),
        "hkt": ("Asia/Hong_Kong",),
        "sgt": ("Asia/Singapore",),
        **dict.fromkeys(("aest", "aedt", "aet"), ("Australia/Sydney",)),
        "nzst": ("Pacific/Auckland",),
        "nzdt": ("Pacific/Auckland",),
        "cst": ("Asia/Shanghai", "America/Chicago"),
        "ist": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    }
)
"""IANA zones a label may mean; more than one: the label alone does not decide."""

_NO_LABELS = ("z", "uk")
"""What is a label in an article only, between other words."""
_PLACES_OF_US = MappingProxyType(
    {
        "EST5EDT": "America/New_York",
        "CST6CDT": "America/Chicago",
        "MST7MDT": "America/Denver",
        "PST8PDT": "America/Los_Angeles",
        "MET": "Europe/Paris",
    }
)
_OFFSET = re.compile(
    r"(?:(?:UTC|GMT) ?)?(?P<sign>[+\u2212-])(?P<hour>[01]?\d)(?::?(?P<minute>[0-5]\d))?"
)
_ETC = re.compile(r"Etc/GMT(?P<sign>[+-])(?P<hour>[1-9]\d?)")
#: Kiribati, the farthest offset there is.
_WIDEST = 14 * 60
_OF_THE_MACHINE = ("localtime", "Factory", "posixrules")
ZONE_RULE = (
    "write the IANA name, e.g. 'America/New_York' or 'Asia/Tokyo', a label such as 'ET', or an "
    "offset such as 'UTC+8'"
)


def zones_meant(word: str) -> tuple[str, ...]:
    """Return the zones a word may mean: IANA names or offsets such as ``+08:00``; empty for none.

    Parameters
    ----------
    word
        An IANA name, a label (``EST``, ``ET``, ``Eastern time``), or an offset (``UTC+8``,
        ``GMT+5:30``, ``+08:00``), whose sign is that of newsrooms: east of Greenwich is plus.
    """
    word = word.strip()
    label = re.sub(r"(?i)(?: (?:standard|daylight|summer))?(?: time)?$", "", word).casefold()
    if label in ZONES and label not in _NO_LABELS:
        return ZONES[label]
    if word in _PLACES_OF_US:
        return (_PLACES_OF_US[word],)
    offset = offset_meant(word)
    if offset is not None:
        return (offset,)
    known = word in _names() and not _ETC.fullmatch(word) and word not in _OF_THE_MACHINE
    return (word,) if known else ()


def offset_meant(word: str) -> str | None:
    """Return an offset as ``+08:00`` (``UTC`` for none), or None if the word is no offset."""
    match = _OFFSET.fullmatch(word.strip())
    if match is None:
        return None
    minutes = int(match["hour"]) * 60 + int(match["minute"] or 0)
    if minutes > _WIDEST:
        return None
    sign = "+" if match["sign"] == "+" else "-"
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}" if minutes else "UTC"


def zone_rule(word: str) -> str | None:
    """Return the rule a word breaks, with what to write; None if it means one zone."""
    meant = zones_meant(word)
    if len(meant) == 1:
        return None
    if meant:
        return f"{word.strip()} has more than one meaning: write one of {', '.join(meant)}"
    etc = _ETC.fullmatch(word.strip())
    if etc is not None and word.strip() in _names():
        hour, plus = etc["hour"], "+" if etc["sign"] == "-" else "-"
        return (
            f"signs are reversed in this name, which is UTC{plus}{hour}: write 'UTC{plus}{hour}' "
            f"if you mean that, or 'UTC{etc['sign']}{hour}'"
        )
    if word.strip() in _OF_THE_MACHINE:
        return f"it is another zone on every machine; {ZONE_RULE}"
    guess = _by_place(word) or (nearest(word, _names()) if "/" in word else None)
    return f"there is no such time zone; {f'did you mean {guess!r}?' if guess else ZONE_RULE}"


def zone_info(zone: str) -> tzinfo:
    """Return the zone of an IANA name or of an offset such as ``+05:30``."""
    offset = offset_meant(zone)
    if offset is None:
        return ZoneInfo(zone)
    if offset == "UTC":
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[4:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))


def offset_rule(said: datetime, zone: str) -> str | None:
    """Return the rule a moment (aware) breaks whose offset is not the one of its zone then."""
    right = said.astimezone(zone_info(zone))
    if right.utcoffset() == said.utcoffset():
        return None
    return (
        f"the offset {said.isoformat()[-6:]} is not that of {zone} then, which is "
        f"{right.isoformat()[-6:]}: write the offset that holds, or leave it out and give the "
        "local time"
    )


def _by_place(word: str) -> str | None:
    """Return the IANA name whose place a word names: ``Tokyo``, ``new york time``."""
    place = re.sub(r"(?i) (?:local )?time$", "", word.strip()).casefold().replace(" ", "_")
    found = [name for name in _names() if "/" in name and place in (name.casefold(), _place(name))]
    return min(found, default=None)


def _place(name: str) -> str:
    return name.rpartition("/")[2].casefold()


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
