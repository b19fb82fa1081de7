"""What calendar packages get wrong or cannot know: dated tables, each row with its source.

One table comes with the package and holds what is true of an exchange for everybody; a workspace
has its own, whose rows come later and so have the last word.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Literal, TypeVar

from analysis.errors import PriceError, nearest
from analysis.files import read_bounded
from analysis.seeds.exchanges import CALENDARS, calendar_of, exchange_rule

Spans = tuple[tuple[time, time], ...]
"""From when to when an exchange trades, local time; two where there is a break."""

KINDS = ("closure", "holiday", "session", "hours", "close_time", "late_open")
_ONE_DAY = ("closure", "holiday", "session")
_ALL_DAY = ("closure", "holiday")
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
_BUILT_IN = Path(__file__).with_name("corrections.csv")
_SPANS_RULE = "hours are written HH:MM-HH:MM, with a break HH:MM-HH:MM HH:MM-HH:MM."
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Correction:
    """One thing a calendar package does not know, or knows without saying that it was unplanned.

    Attributes
    ----------
    exchange
        Code of the calendar.
    kind
        ``closure`` (nobody had scheduled it), ``holiday`` (scheduled), ``session`` (one the
        package lacks), ``hours`` (of some days), ``close_time`` or ``late_open``.
    first_date, last_date
        Local dates it holds for, both included; ``last_date`` None: until further notice.
    calendar_says, value
        What the package has and what is right: local times; None where it is no single time.
    spans
        Right hours of a ``session`` or of ``hours``; else empty.
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
    spans: Spans
    known: bool
    reason: str
    source: str


@dataclass(frozen=True)
class Corrections:
    """The rows, and what they say of each exchange.

    Attributes
    ----------
    rows
        Every row; of two that contradict each other the later one holds.
    """

    rows: tuple[Correction, ...] = ()

    @functools.cached_property
    def closures(self) -> Mapping[str, frozenset[date]]:
        """Days without trading that nobody had scheduled, by exchange."""
        exchanges = dict.fromkeys(row.exchange for row in self.rows if row.kind == "closure")
        days = {
            exchange: frozenset(
                day for day, row in self.days(exchange).items() if row.kind == "closure"
            )
            for exchange in exchanges
        }
        return {exchange: found for exchange, found in days.items() if found}

    def days(self, exchange: str) -> Mapping[date, Correction]:
        """Return the row that holds for each day without trading, or with a session of its own."""
        return {
            row.first_date: row
            for row in self.rows
            if row.exchange == exchange and row.kind in _ONE_DAY
        }

    def of(self, exchange: str, kind: str) -> tuple[Correction, ...]:
        """Return the rows of one exchange and kind."""
        return tuple(row for row in self.rows if (row.exchange, row.kind) == (exchange, kind))


@functools.cache
def built_in() -> Corrections:
    """Return what the package itself knows of exchanges."""
    return Corrections(_rows(_BUILT_IN))


def load_corrections(path: Path) -> Corrections:
    """Read and check the table of a workspace, and put it after what the package knows.

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
    return Corrections((*built_in().rows, *_rows(path)))


def _rows(path: Path) -> tuple[Correction, ...]:
    try:
        text = read_bounded(path).decode("utf-8-sig")
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
    return tuple(_row(cells, f"{path.name}:{reader.line_num}") for cells in reader)


def _row(cells: dict[str, str], where: str) -> Correction:
    def read(column: str, parse: Callable[[str], _Value], rule: str) -> _Value:
        text = (cells[column] or "").strip()
        try:
            return parse(text)
        except ValueError as error:
            remedy = str(error) if isinstance(error, _Remedy) else ""
            raise PriceError(f"{where}, column {column}", repr(text), rule, remedy) from None

    kind = read("kind", _kind, f"it is one of {', '.join(KINDS)}.")
    first = read("first_date", date.fromisoformat, "a date is written YYYY-MM-DD.")
    last = read("last_date", _end_of(first, kind), "a date from first_date on, or blank.")
    exchange = read("exchange", _exchange, "a MIC code such as XHKG is needed.")
    says: str | Spans | time = ""
    right: Literal["closed"] | Spans | time
    if kind in _ONE_DAY:
        says = read("calendar_says", _calendar_says, "it is closed or session.")
    if kind in _ALL_DAY:
        right = read("value", _closed, "closed, or a local time HH:MM.")
        known = says == "closed"
    elif kind in ("session", "hours"):
        right = read("value", _spans, _SPANS_RULE)
        if kind == "hours":
            says = read("calendar_says", _spans, _SPANS_RULE)
        known = says in ("session", right)
    else:
        right = read("value", _time, "closed, or a local time HH:MM.")
        says = read("calendar_says", _time, "a local time is HH:MM.")
        known = says == right
    return Correction(
        exchange=exchange,
        kind=kind,
        first_date=first,
        last_date=last,
        calendar_says=says if isinstance(says, time) else None,
        value=right if isinstance(right, time) else None,
        spans=right if isinstance(right, tuple) else (),
        known=known,
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


def _exchange(text: str) -> str:
    if calendar_of(text) not in CALENDARS:
        raise _Remedy(f"{exchange_rule(text)}." if text else "")
    return calendar_of(text)


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


def _closed(text: str) -> Literal["closed"]:
    if text != "closed":
        raise ValueError(text)
    return "closed"


def _spans(text: str) -> Spans:
    spans = tuple(_span(part) for part in text.split())
    moments = [moment for span in spans for moment in span]
    if not 1 <= len(spans) <= 2 or moments != sorted(set(moments)):
        raise ValueError(text)
    return spans


def _span(text: str) -> tuple[time, time]:
    start, _, end = text.partition("-")
    return _time(start), _time(end)


def _time(text: str) -> time:
    if len(text) != len("HH:MM"):
        raise ValueError(text)
    return time.fromisoformat(text)


def _end_of(first: date, kind: str) -> Callable[[str], date | None]:
    def parse(text: str) -> date | None:
        last = date.fromisoformat(text) if text else None
        one_day = kind in _ONE_DAY
        if (last is not None and last < first) or (one_day and last != first):
            raise _Remedy(f"A {kind} has one row a day: repeat first_date." if one_day else "")
        return last

    return parse
