"""Events: checked records of ``seeds/events.yaml``, each a moment with bounds and its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from analysis.seeds.articles import Article
from analysis.seeds.file import read_records
from analysis.seeds.markets import Market
from analysis.seeds.told_times import contradicted
from analysis.seeds.values import is_day

CATEGORIES = (
    "thaw",
    "escalation",
    "control-tightening",
    "control-easing",
    "macro",
    "corporate",
    "other",
)
ROLES = ("headline", "mentioned", "context")
PRECISIONS = ("minute", "hour", "part-of-day", "day")
DIRECTIONS = ("up", "down", "none")
MENTIONS = ("headline", "mention")

WIDEST = timedelta(days=366)
"""How far a bound may lie from the best estimate: further off, its year is mistyped."""

_NAMED = 5
"""Events named in a sentence on several."""


@dataclass(frozen=True, slots=True)
class Mention:
    """How an article reports an event.

    Attributes
    ----------
    file
        The article.
    how
        ``"headline"`` (it was written about the event) or ``"mention"``.
    said
        What it says of the event, in our own words.
    """

    file: str
    how: str
    said: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A public page and what it shows about the moment of an event."""

    url: str
    says: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that became public at a moment known within bounds.

    Attributes
    ----------
    id, title
        Key and display name.
    role
        ``"headline"`` of an article, ``"mentioned"`` in one, or ``"context"``.
    category
        One of `CATEGORIES`.
    announced_at, earliest, latest
        Best estimate of the moment the news became public and its bounds; aware, in UTC.
    precision
        How finely the best estimate is known: one of `PRECISIONS`.
    time_basis
        What the estimate rests on.
    local_time_in_source, source_zone
        Local time as a source gives it, and its IANA zone or offset; None where there is none.
    articles
        The articles that report it.
    expected_direction
        Per study market ``"up"``, ``"down"`` or ``"none"``: what the articles state or imply, not
        what happened.
    expected_note
        Why.
    evidence
        Public pages the moment rests on.
    confounders
        Other news that may have moved prices in the same sessions.
    doubts
        What is not certain about it.
    markets
        Symbols of the study markets it is studied, tested and counted in; None for all of them.
    """

    id: str
    title: str
    role: str
    category: str
    announced_at: datetime
    earliest: datetime
    latest: datetime
    precision: str
    time_basis: str
    local_time_in_source: str | None
    source_zone: str | None
    articles: tuple[Mention, ...]
    expected_direction: Mapping[str, str] = field(hash=False)
    expected_note: str
    evidence: tuple[Evidence, ...]
    confounders: tuple[str, ...]
    doubts: tuple[str, ...]
    markets: tuple[str, ...] | None = None

    def concerns(self, market: str) -> bool:
        """Tell whether it is studied in a market."""
        return self.markets is None or market in self.markets


def load_events(
    path: Path | str,
    *,
    markets: Sequence[Market] | None,
    articles: Sequence[Article] | None,
    not_after: datetime | None = None,
) -> tuple[Event, ...]:
    """Read the events, in the order of the file.

    Parameters
    ----------
    path
        The file.
    markets
        Every study market among them needs a direction in each event; None if they could not be
        loaded, then any market may have one.
    articles
        The articles an event may be reported in; None if they could not be loaded.
    not_after
        Moment (aware) after which no event can have happened yet; None for no such rule.

    Raises
    ------
    SeedError
        With every problem of the file.
    """
    from analysis.seeds.event_models import EventRow

    symbols = None if markets is None else [m.symbol for m in markets if m.role == "study"]
    files = None if articles is None else [article.file for article in articles]
    return read_records(
        path,
        EventRow,
        context={"symbols": symbols, "files": files, "not_after": not_after},
        csv_defaults=lambda row: _csv_defaults(row, symbols),
    )


def event_doubts(events: Sequence[Event]) -> tuple[str, ...]:
    """Say of which events the fields contradict each other, in a sentence a kind; else nothing.

    Days all of whose bounds are one moment are taken for that moment, as if it were certain; the
    local time of a source is not read, and must be that of the moment.
    """
    days = [e.id for e in events if e.precision == "day" and e.earliest == e.latest]
    clocks = [f"{e.id}: {found}" for e in events if (found := contradicted(e))]
    doubts = []
    if days:
        doubts.append(
            f"{_some(days, ', ')}: `precision: day`, but `earliest` and `latest` are the "
            "same moment, which is taken as known exactly. Write `precision: minute`, the "
            "bounds of the day, or the day alone as `best`."
        )
    if clocks:
        doubts.append(f"{_some(clocks, '; ')}. Correct `best` and its bounds, or `zone`.")
    return tuple(doubts)


def _some(names: Sequence[str], between: str) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return between.join(names[:_NAMED]) + more


def _csv_defaults(row: Mapping[str, str], symbols: Sequence[str] | None) -> dict[str, str]:
    """Return what a row of a CSV file need not say."""
    named = [name.strip() for name in row.get("markets", "").split(";") if name.strip()]
    best = row.get("announced.best", "")
    bounds = {} if is_day(best) else {"announced.earliest": best, "announced.latest": best}
    return {
        "role": "context",
        "category": "other",
        "announced.basis": "As given in the file",
        "announced.precision": "day" if is_day(best) else "minute",
        **bounds,
        **{f"implied_direction.{symbol}": "none" for symbol in named or symbols or ()},
    }
