"""Events: checked records of ``seeds/events.yaml``, each a moment with bounds and its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from analysis.seeds.articles import Article, check_order
from analysis.seeds.file import Fields, read_records
from analysis.seeds.markets import Market
from analysis.seeds.told_times import contradicted
from analysis.seeds.values import is_day, no_such

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


@dataclass(frozen=True, slots=True)
class _Announced:
    best: datetime
    earliest: datetime
    latest: datetime
    precision: str
    basis: str
    local: str | None
    zone: str | None


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
    symbols = None if markets is None else [m.symbol for m in markets if m.role == "study"]
    files = None if articles is None else [article.file for article in articles]

    def build(fields: Fields) -> Event:
        event = _event(fields, symbols=symbols, files=files)
        if not_after is not None and fields.sound("announced") and event.announced_at > not_after:
            limit = not_after.isoformat().replace("+00:00", "Z")
            found = event.announced_at.isoformat().replace("+00:00", "Z")
            fields.refuse(
                "announced",
                f"an event cannot lie after {limit}",
                found=found,
                label="announced.best",
            )
        return event

    return read_records(path, build, csv_defaults=lambda row: _csv_defaults(row, symbols))


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


def _event(
    fields: Fields, *, symbols: Sequence[str] | None, files: Collection[str] | None
) -> Event:
    identity, title = fields.slug("id"), fields.title("title")
    role = fields.choice("role", ROLES, what="role")
    category = fields.choice("category", CATEGORIES, what="category")
    announced = fields.mapping("announced", _announced)
    mentions = fields.rows("reported_in", lambda row: _mention(row, files))
    _check_mentions(fields, role, mentions)
    markets = _markets(fields, symbols)
    return Event(
        id=identity,
        title=title,
        role=role,
        category=category,
        announced_at=announced.best,
        earliest=announced.earliest,
        latest=announced.latest,
        precision=announced.precision,
        time_basis=announced.basis,
        local_time_in_source=announced.local,
        source_zone=announced.zone,
        articles=mentions,
        expected_direction=fields.choices(
            "implied_direction", markets or symbols, DIRECTIONS, what="direction", otherwise="none"
        ),
        expected_note=fields.optional_text("implied_why") or "",
        evidence=fields.rows("evidence", _evidence),
        confounders=fields.texts("confounders"),
        doubts=fields.texts("doubts"),
        markets=markets,
    )


def _markets(fields: Fields, symbols: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the markets an event is limited to; None for all."""
    found = fields.texts("markets")
    for n, symbol in enumerate(found, 1):
        if symbol and symbols is not None and symbol not in symbols:
            rule = no_such(symbol, symbols, what="study market")
            fields.refuse("markets", rule, found=symbol, label=f"markets[{n}]")
        elif symbol in found[: n - 1]:
            fields.refuse("markets", "name each market once", found=symbol, label=f"markets[{n}]")
    return None if not found or fields.broken("markets") else found


def _announced(fields: Fields) -> _Announced:
    zone = fields.optional_zone("zone")
    local = fields.optional_text("local")  # where there is one, `zone` is the zone of that text
    told_in = "UTC" if fields.broken("zone") else zone  # refused once: its moments are not blamed
    usable = told_in if local is None else None
    best = fields.moment("best", usable)
    if fields.is_day("best"):  # a day: its bounds are the day, unless narrower ones are given
        earliest = fields.optional_moment("earliest", usable, day="start")
        latest = fields.optional_moment("latest", usable, day="end")
        earliest = earliest or fields.moment("best", usable, day="start")
        latest = latest or fields.moment("best", usable, day="end")
    else:
        earliest = fields.moment("earliest", usable, day="start")
        latest = fields.moment("latest", usable, day="end")
    check_order(fields, best, earliest, latest)
    _check_distance(fields, best, earliest, latest)
    return _Announced(
        best=best,
        earliest=earliest,
        latest=latest,
        precision=fields.choice("precision", PRECISIONS, what="precision"),
        basis=fields.text("basis"),
        local=local,
        zone=zone,
    )


def _check_distance(fields: Fields, best: datetime, earliest: datetime, latest: datetime) -> None:
    """Refuse a bound more than `WIDEST` before or after the best estimate."""
    for name, gap in (("earliest", best - earliest), ("latest", latest - best)):
        if fields.sound("best", name) and gap > WIDEST:
            side = "before" if name == "earliest" else "after"
            fields.refuse(
                name,
                f"it lies {gap.days / 365.25:.1f} years {side} `best`, {best.date().isoformat()}: "
                "check the years; a bound may lie a year from `best` at most",
            )


def _mention(fields: Fields, files: Collection[str] | None) -> Mention:
    file = (
        fields.file_name("article")
        if files is None
        else fields.choice("article", files, what="article")
    )
    return Mention(
        file=file,
        how=fields.choice("how", MENTIONS, what="kind of mention"),
        said=fields.text("said"),
    )


def _evidence(fields: Fields) -> Evidence:
    return Evidence(url=fields.url("url"), says=fields.text("says"))


def _check_mentions(fields: Fields, role: str, mentions: tuple[Mention, ...]) -> None:
    if fields.broken("reported_in"):
        return
    twice = [
        file for file, times in Counter(m.file for m in mentions).items() if file and times > 1
    ]
    if twice:
        fields.refuse("reported_in", "name each article once", found=twice[0])
    headline = any(mention.how == "headline" for mention in mentions)
    if role == "headline" and not headline:
        fields.refuse(
            "role", "a headline event needs an article in `reported_in` with how: headline"
        )
    elif role == "mentioned" and not mentions:
        fields.refuse(
            "role", "a mentioned event needs an article in `reported_in`; else it is 'context'"
        )
