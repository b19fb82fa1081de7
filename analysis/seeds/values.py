"""Text of a seeds file to values: each parser returns the value, or the rule the text breaks."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, date, datetime, time
from typing import Any, Literal
from urllib.parse import urlsplit

from analysis.errors import nearest
from analysis.seeds.zones import offset_rule, zone_info

DayPart = Literal["start", "noon", "end"]

YEARS = (1990, 2100)
"""First and last year a date in the seeds may have: a fixed rule, no clock is read."""

SLUG = re.compile(r"(?!.{101})[a-z][a-z0-9]*(?:[-.][a-z0-9]+)*")
SLUG_RULE = (
    "a name starts with a lower-case letter and has only lower-case letters, digits, hyphens and "
    "inner dots, at most 100 in all, e.g. 'tariff-pause-2025-04-09'"
)
FILE_NAME = re.compile(r"(?!.{201})[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*")
FILE_NAME_RULE = (
    "write the plain name of a file, without a folder: letters, digits, '.', '_' and '-', at most "
    "200 in all"
)
URL_RULE = "write an address that starts with http:// or https://"

MOST_OF_A_TITLE, MOST_OF_A_TEXT = 200, 5_000
"""Characters a title, and any other text, may have."""

_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_DAY_PARTS = {"start": time(), "noon": time(12), "end": time(23, 59, 59)}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_MAX_SHOWN = 80
_MAX_CHOICES = 12


def parse_date(text: str) -> date | str:
    """Read YYYY-MM-DD within `YEARS`."""
    if not _DATE.fullmatch(text):
        return "write a date as YYYY-MM-DD, e.g. '2025-05-02'"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return "there is no such day in the calendar"
    return _year_rule(day.year) or day


def parse_instant(text: str) -> datetime | str:
    """Read an ISO 8601 instant with ``Z`` or an offset, within `YEARS`; the answer is in UTC."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        if _DATE.fullmatch(text):
            return f"a moment is needed, not a day, e.g. '{text}T13:30:00Z'"
        return "write a moment in UTC as YYYY-MM-DDTHH:MM:SSZ, e.g. '2025-05-02T00:30:00Z'"
    if match[2] is None:
        return f"a moment needs its zone; if this is UTC, write '{text}Z'"
    if rule := _year_rule(int(match[1])):
        return rule
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return "there is no such moment: check month, day, hour, minute and offset"


def parse_moment(text: str, zone: str | None, *, day: DayPart = "noon") -> datetime | str:
    """Read an instant, a local time in ``zone``, or a day there; the answer is in UTC.

    A day alone stands for its noon, or as asked for its first or its last second.
    """
    local = _LOCAL.fullmatch(text)
    if local is None:
        said = parse_instant(text)
        rule = None if zone is None or isinstance(said, str) else _offset_rule(text, zone)
        return rule or said
    if zone is None:
        said = parse_instant(text)
        return f"{said}; or add its zone: `zone`" if isinstance(said, str) else said
    if rule := _year_rule(int(text[:4])):
        return rule
    try:
        clock = datetime.fromisoformat(text)
    except ValueError:
        return "there is no such moment: check month, day, hour and minute"
    if local[1] is None:
        clock = datetime.combine(clock, _DAY_PARTS[day])
    here = zone_info(zone)
    early, late = (clock.replace(tzinfo=here, fold=fold).astimezone(UTC) for fold in (0, 1))
    if local[1] is None:
        return late if day == "end" else early
    if early != late:
        what = "does not exist" if early > late else "comes twice"
        return f"clocks in {zone} change then, and this time {what}: write it with its offset"
    return early


def _offset_rule(text: str, zone: str) -> str | None:
    """Return the rule an offset breaks that is not the one of its zone then; ``Z`` breaks none."""
    match = _INSTANT.fullmatch(text)
    plain = match is None or match[2] in (None, "Z")
    return None if plain else offset_rule(datetime.fromisoformat(text), zone)


def is_day(text: str) -> bool:
    """Tell whether a text is a date without a time."""
    return _DATE.fullmatch(text) is not None


def parse_number(text: str) -> float | str:
    """Read a finite decimal number."""
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return "write a number as a decimal, e.g. 0.007 for 0.7 %"
    return float(text)


def parse_count(text: str) -> int | str:
    """Read a whole number above zero."""
    if not _WHOLE.fullmatch(text) or int(text) < 1:
        return "write a whole number above zero, e.g. 200"
    return int(text)


def parse_url(text: str) -> str | None:
    """Return the rule an address breaks, or None if it is a web address."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return URL_RULE
    sound = parts.scheme in {"http", "https"} and parts.netloc and not re.search(r"\s", text)
    return None if sound else URL_RULE


def json_scalar(text: str) -> Any:
    """Read an unquoted scalar as JSON would: null, true, false, a number, else the text itself."""
    words: dict[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}
    if text in words:
        return words[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    number = parse_number(text)
    return text if isinstance(number, str) else number


def title_rule(text: str) -> str | None:
    """Return the rule a title breaks: one line of at most `MOST_OF_A_TITLE` characters."""
    if len(text) > MOST_OF_A_TITLE:
        return f"a title has at most {MOST_OF_A_TITLE} characters; this one has {len(text):,}"
    return "write it on one line" if re.search(r"[\n\t\u2028\u2029\x85]", text) else None


def text_rule(text: str) -> str | None:
    """Return the rule a text breaks: not empty, only characters that can be written and printed."""
    if not text.strip():
        return "write something here, or leave the field out"
    if len(text) > MOST_OF_A_TEXT:
        return f"a text has at most {MOST_OF_A_TEXT:,} characters; this one has {len(text):,}"
    odd = [
        char
        for char in text
        if (unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t") or char in _TURNS
    ]
    if odd and odd[0] in _TURNS:
        return f"remove the character {odd[0]!a}, which turns the direction of what is read"
    return f"remove the character {odd[0]!r}, which cannot be printed" if odd else None


def readable(text: str, *, most: int = 0) -> str:
    """Return a text from outside as it may be shown: without controls, on one line, not turned.

    Parameters
    ----------
    text
        Any text.
    most
        Characters it may have; beyond, it is cut and ends in an ellipsis. 0: as many as it has.
    """
    kept = "".join(
        char
        for char in text
        if char.isspace() or (unicodedata.category(char) not in {"Cc", "Cs"} and char not in _TURNS)
    )
    line = " ".join(kept.split())
    return f"{line[: most - 1].rstrip()}…" if most and len(line) > most else line


def no_such(received: str, valid: Collection[str], *, what: str) -> str:
    """Return the rule for a name that is not one of ``valid``, with the nearest one that is."""
    guess = nearest(received[:_MAX_SHOWN], valid)
    choices = "hoose one of " + ", ".join(valid) if 0 < len(valid) <= _MAX_CHOICES else ""
    rule = f"there is no such {what}"
    if guess is not None:
        return f"{rule}; did you mean {guess!r}?" + (f" C{choices}" if choices else "")
    return rule + (f"; c{choices}" if choices else "")


def show(text: str) -> str:
    """Return a text as it is shown in a message: quoted, shortened, on one line."""
    return repr(text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "...")


def _year_rule(year: int) -> str | None:
    first, last = YEARS
    return None if first <= year <= last else f"the year must lie between {first} and {last}"
