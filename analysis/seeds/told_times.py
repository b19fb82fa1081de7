"""The local time a source tells, held against the instant it was read as."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from analysis.seeds.zones import zone_info

if TYPE_CHECKING:
    from analysis.seeds.events import Event

_CLOCK = re.compile(
    r"(?:(?P<day>\d{4}-\d{2}-\d{2})[T ])?(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)"
    r"(?::\d\d)?\s?(?P<half>[ap]\.?m\.?)?\s?(?P<word>[A-Z]{2,5})?"
    r"(?P<offset>\s?[+-]\d{1,2}(?::?[0-5]\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_SLACK = timedelta(minutes=1)


def contradicted(event: Event) -> str | None:
    """Say where the clock or the offset in `local` is not that of its zone; None if it agrees.

    Text that is more than a day, a clock and an offset is for people, and not judged.
    """
    told, zone = _CLOCK.fullmatch((event.local_time_in_source or "").strip()), event.source_zone
    if told is None or not zone:
        return None
    there = event.announced_at.astimezone(zone_info(zone))
    if told["offset"] and _minutes(told["offset"]) != there.utcoffset():
        return (
            f"`local` has the offset {told['offset'].strip()}, while that of {zone} is "
            f"{there.isoformat()[-6:]} then"
        )
    hour, minute = _hour(told), int(told["minute"])
    if told["day"] in (None, str(there.date())) and _may_be(event, there, hour, minute):
        return None
    said = f"{told['day'] or ''} {hour:02d}:{minute:02d}".strip()
    return f"`local` says {said}, while `best` is {there:%Y-%m-%d %H:%M} in {zone}"


def _minutes(offset: str) -> timedelta:
    digits = re.sub(r"[^\d]", "", offset)
    hours, minutes = (digits, "0") if len(digits) <= 2 else (digits[:-2], digits[-2:])
    size = timedelta(hours=int(hours), minutes=int(minutes))
    return -size if "-" in offset else size


def _hour(told: re.Match[str]) -> int:
    hour, half = int(told["hour"]), (told["half"] or "")[:1].casefold()
    return hour % 12 + (12 if half == "p" else 0) if half else hour


def _may_be(event: Event, there: datetime, hour: int, minute: int) -> bool:
    """Tell whether a clock shows that time at some moment between the bounds."""
    earliest, latest = event.earliest - _SLACK, event.latest + _SLACK
    first = earliest.astimezone(there.tzinfo).replace(hour=hour, minute=minute, second=0)
    days = range((latest - earliest).days + 2)
    return any(earliest <= first + timedelta(days=n) <= latest for n in days)
