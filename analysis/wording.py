"""How numbers, dates and lists are written in sentences and on pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import pandas as pd

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def percent(value: float, digits: int = 1) -> str:
    """Write a decimal as a signed percentage: ``+4.7 %``; more digits where it would be zero."""
    if not math.isfinite(value):
        return "–"
    while digits < 4 and value and round(abs(value) * 100, digits) == 0:
        digits += 1
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{abs(value) * 100:.{digits}f} %"


def size(value: float, digits: int = 1) -> str:
    """Write the size of a decimal as a percentage, without its sign."""
    return percent(abs(value), digits).lstrip("+")


def p_value(value: float) -> str:
    """Write a p-value: three decimals below .1, else two."""
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


def p_range(values: Sequence[float]) -> str:
    """Write the smallest and largest of several p-values."""
    low, high = p_value(min(values)), p_value(max(values))
    return low if low == high else f"{low} to {high}"


def day(value: date | str) -> str:
    """Write a date as ``15 July 2025``, whatever the locale."""
    at = pd.Timestamp(value)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Write a count with its noun: ``three sessions``, ``one session``, ``14 sessions``."""
    word = _SMALL[number] if 0 <= number < len(_SMALL) else str(number)
    return f"{word} {noun if number == 1 else plural or noun + 's'}"


def listing(items: Sequence[str], *, most: int = 0) -> str:
    """Join items as ``a, b and c``; beyond ``most`` the rest is counted."""
    shown = list(items)
    if most and len(shown) > most:
        shown = [*shown[:most], f"{count(len(shown) - most, 'other')}"]
    if len(shown) < 2:
        return "".join(shown)
    return ", ".join(shown[:-1]) + " and " + shown[-1]


def sentence_case(text: str) -> str:
    """Give a sentence a capital first letter."""
    return text[:1].upper() + text[1:]
