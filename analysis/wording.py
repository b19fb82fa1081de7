"""How numbers, dates and lists are written in sentences and on pages."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from html import escape

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
#: How an instant is written in files: UTC, as ISO 8601 has it.
INSTANT = "%Y-%m-%dT%H:%M:%SZ"
SHORT_MONTHS = tuple(name[:3] for name in _MONTHS)
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def percent(value: float, digits: int = 1) -> str:
    """Write a decimal as a signed percentage: ``+4.7 %``; more digits where it would be zero."""
    if value is None or not math.isfinite(value):
        return "–"
    while digits < 4 and value and round(abs(value) * 100, digits) == 0:
        digits += 1
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{abs(value) * 100:.{digits}f} %"


def signed_percent(value: float, digits: int = 1, *, unit: str = " %") -> str:
    """Write a decimal as a percentage with its sign and fixed decimals: ``+4.0 %``, ``0.0 %``."""
    shown = f"{abs(value) * 100:.{digits}f}"
    sign = "" if float(shown) == 0 else "+" if value > 0 else "−"
    return f"{sign}{shown}{unit}"


def signed(value: float, digits: int = 2) -> str:
    """Write a plain number with its sign: ``+0.79``, ``−0.16``; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:+.{digits}f}".replace("-", "−")


def size(value: float, digits: int = 1) -> str:
    """Write the size of a decimal as a percentage, without its sign."""
    return percent(abs(value), digits).lstrip("+")


def p_value(value: float) -> str:
    """Write a p-value: two decimals, three below .1, four near .05, never zero; or a dash."""
    if value is None or not math.isfinite(value):
        return "–"
    if abs(value - 0.05) <= 0.005:
        return f"{value:.4f}"
    if 0 < value < 0.0005:
        return f"{value:.4f}" if value >= 5e-5 else "under 0.0001"
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def p_range(values: Sequence[float]) -> str:
    """Write the smallest and largest of several p-values."""
    if not values:
        return "–"
    low, high = p_value(min(values)), p_value(max(values))
    return low if low == high else f"{low} to {high}"


def day(value: date | str) -> str:
    """Write a date as ``15 July 2025``, whatever the locale."""
    at = date.fromisoformat(str(value)[:10])
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def short_day(value: date | str) -> str:
    """Write a date without its year: ``15 Jul``."""
    at = date.fromisoformat(str(value)[:10])
    return f"{at.day} {SHORT_MONTHS[at.month - 1]}"


def moment(at: datetime) -> str:
    """Write an instant as ``15 July 2025, 14:30 UTC``."""
    return f"{day(at)}, {at:%H:%M} UTC"


def month(value: str) -> str:
    """Write a month, ``2025-04``, as ``April 2025``."""
    return day(value[:7] + "-01").partition(" ")[2]


def number(value: int, *, none: str = "no") -> str:
    """Write a whole number: a word up to ten, else figures."""
    if value == 0:
        return none
    return _SMALL[value] if 0 < value < len(_SMALL) else str(value)


def days(values: Sequence[str]) -> str:
    """Write the dates something could be: all of a few, the ends of many."""
    if len(values) > 3:
        return f"any of {number(len(values))} sessions from {day(values[0])} to {day(values[-1])}"
    return " or ".join(day(value) for value in values)


def count(value: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun: ``three sessions``, ``one session``, ``14 sessions``."""
    return f"{number(value)} {noun if value == 1 else plural or noun + 's'}"


def listing(items: Sequence[str], *, most: int = 0) -> str:
    """Join items as ``a, b and c``; beyond ``most`` the rest is counted."""
    shown = list(items)
    if most and len(shown) > most:
        shown = [*shown[:most], f"{count(len(shown) - most, 'other')}"]
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + " and " + shown[-1]


def id_list(ids: Sequence[str], *, most: int, between: str = ";") -> str:
    """Join ids as one cell of a table; beyond ``most`` the rest is counted."""
    more = [f"and {len(ids) - most} more"] if len(ids) > most else []
    return between.join([*ids[:most], *more])


def tie(text: str) -> str:
    """Keep figures and their units on one line, where a page or notebook shows a sentence."""
    return text.replace(" %", "\u202f%").replace("p = ", "p\u00a0=\u00a0")


def breakable(text: str) -> str:
    """Return text as HTML in which a word without an end may be broken, as tables need."""
    parts = re.split(r"(\S{41,})", text)
    return "".join(
        "<wbr>".join(escape(part[n : n + 20]) for n in range(0, len(part), 20))
        if place % 2
        else escape(part)
        for place, part in enumerate(parts)
    )


def sentence_case(text: str) -> str:
    """Give a sentence a capital first letter."""
    return text[:1].upper() + text[1:]
