"""What calendar packages get wrong: a small dated table, each row with its source."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TypeVar

from analysis.errors import PriceError, nearest

KINDS = ("closure", "close_time", "late_open")
_COLUMNS = (
    "exchange",
    "kind",
    "first_date",
    "last_date",
    "calendar_says",
    "value",
    "reason",
    "source",
)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing a calendar package does not know, or knows without saying that it was unplanned.

    Attributes
    ----------
    exchange
        MIC code of the calendar.
    kind
        ``closure``, ``close_time`` or ``late_open``.
    first_date, last_date
        Local dates it holds for, both included; ``last_date`` None: until further notice.
    calendar_says, value
        What the package has and what is right: local times; None for a closure.
    known
        True if the package has it right already (a closure it lists among its holidays).
    reason, source
        Why, and where it can be read.
    """

    exchange: str
    kind: str
    first_date: date
    last_date: date | None
    calendar_says: time | None
    value: time | None
    known: bool
    reason: str
    source: str


@dataclass(frozen=True)
class Corrections:
    """The table, and what it says of each exchange.

    Attributes
    ----------
    rows
        Every row, in file order.
    """

    rows: tuple[Correction, ...] = ()

    @functools.cached_property
    def closures(self) -> Mapping[str, frozenset[date]]:
        """Days without trading that nobody had scheduled, by exchange."""
        days: dict[str, set[date]] = {}
        for row in self.rows:
            if row.kind == "closure":
                days.setdefault(row.exchange, set()).add(row.first_date)
        return {exchange: frozenset(found) for exchange, found in days.items()}

    def of(self, exchange: str, kind: str) -> tuple[Correction, ...]:
        """Return the rows of one exchange and kind."""
        return tuple(row for row in self.rows if (row.exchange, row.kind) == (exchange, kind))


def load_corrections(path: Path) -> Corrections:
    """Read and check the table.

    Parameters
    ----------
    path
        CSV file with the columns exchange, kind, first_date, last_date, calendar_says, value,
        reason, source.

    Raises
    ------
    PriceError
        With file, line and column of the first cell that breaks a rule.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PriceError(
            str(path),
            f"the file cannot be read ({error})",
            "corrections come from a UTF-8 CSV file.",
            "It belongs beside the prices: data/calendar_corrections.csv.",
        ) from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise PriceError(
            f"{path.name}:1", f"no column {missing[0]}", f"the columns are {', '.join(_COLUMNS)}."
        )
    return Corrections(tuple(_row(cells, f"{path.name}:{reader.line_num}") for cells in reader))


def _row(cells: dict[str, str], where: str) -> Correction:
    def read(column: str, parse: Callable[[str], _Value], rule: str) -> _Value:
        text = (cells[column] or "").strip()
        try:
            return parse(text)
        except ValueError as error:
            remedy = str(error) if isinstance(error, _Remedy) else ""
            raise PriceError(f"{where}, column {column}", repr(text), rule, remedy) from None

    kind = read("kind", _kind, f"it is one of {', '.join(KINDS)}.")
    closure = kind == "closure"
    said = "closed or session" if closure else "a local time"
    first = read("first_date", date.fromisoformat, "a date is written YYYY-MM-DD.")
    last = read(
        "last_date", _end_of(first, closure=closure), "a date from first_date on, or blank."
    )
    says = read("calendar_says", _calendar_says if closure else _text, f"it is {said}.")
    return Correction(
        exchange=read("exchange", _text, "a MIC code such as XHKG is needed."),
        kind=kind,
        first_date=first,
        last_date=last,
        calendar_says=None if closure else read("calendar_says", _time, "a local time is HH:MM."),
        value=read("value", _closed if closure else _time, "closed, or a local time HH:MM."),
        known=says == "closed",
        reason=read("reason", _text, "every row says why."),
        source=read("source", _address, "every row names the address of its source."),
    )


class _Remedy(ValueError):
    """A value that breaks a rule, with what would have worked."""


def _kind(text: str) -> str:
    if text not in KINDS:
        guess = nearest(text, KINDS)
        raise _Remedy(f"Did you mean {guess}?" if guess else "")
    return text


def _text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError(text)
    return text


def _calendar_says(text: str) -> str:
    if text not in ("closed", "session"):
        raise ValueError(text)
    return text


def _closed(text: str) -> None:
    if text != "closed":
        raise ValueError(text)


def _time(text: str) -> time:
    return time.fromisoformat(text)


def _end_of(first: date, *, closure: bool) -> Callable[[str], date | None]:
    def parse(text: str) -> date | None:
        last = date.fromisoformat(text) if text else None
        if (last is not None and last < first) or (closure and last != first):
            raise _Remedy("A closure has one row a day: repeat first_date." if closure else "")
        return last

    return parse
