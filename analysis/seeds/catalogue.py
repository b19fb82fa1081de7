"""All seeds of a workspace, loaded and checked against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from analysis.errors import InputError, Problem, SeedError
from analysis.files import read_bounded, sha256_hex
from analysis.seeds.articles import Article, load_articles
from analysis.seeds.claims import Claim, load_claims
from analysis.seeds.events import Event, load_events
from analysis.seeds.markets import Market, load_markets, symbols_with_bars
from analysis.seeds.values import no_such

T = TypeVar("T")

_LOADED: dict[tuple[bool, tuple[tuple[str, str], ...]], Seeds] = {}
"""Seeds loaded before, by content: parsing YAML takes a second, and every notebook asks twice."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """What the project was given and decided.

    Attributes
    ----------
    markets, articles, events, claims
        The records, in the order of their files.
    files
        Name and SHA-256 of every file read.
    """

    markets: tuple[Market, ...]
    articles: tuple[Article, ...]
    events: tuple[Event, ...]
    claims: tuple[Claim, ...]
    files: tuple[tuple[str, str], ...]
    _events: Mapping[str, Event] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_events", {event.id: event for event in self.events})

    @property
    def study_markets(self) -> tuple[Market, ...]:
        """The markets reactions are computed for."""
        return tuple(market for market in self.markets if market.role == "study")

    def event(self, event_id: str) -> Event:
        """Return an event by its id; `InputError` names the nearest if there is none."""
        return _pick("event_id", event_id, self._events)

    def market(self, symbol: str) -> Market:
        """Return a market by its symbol; `InputError` names the nearest if there is none."""
        return _pick(
            "market",
            symbol,
            {market.symbol: market for market in self.markets},
            otherwise="To study another one, describe it in seeds/markets.yaml.",
        )

    def article(self, file: str) -> Article:
        """Return an article by its file name; `InputError` names the nearest if there is none."""
        return _pick("article", file, {article.file: article for article in self.articles})


def load_seeds(folder: Path | str, *, events_file: Path | str | None = None) -> Seeds:
    """Load markets, articles, events and claims and check them against each other.

    Parameters
    ----------
    folder
        Folder with ``markets.yaml``, ``articles.yaml``, ``events.yaml`` and ``claims.yaml``.
    events_file
        Events of the user's own, YAML or CSV, instead of ``events.yaml``; the articles' headline
        events are then not looked for among them.

    Raises
    ------
    SeedError
        With every problem of every file.
    """
    folder = Path(folder)
    events_path = _events_file(folder) if events_file is None else Path(events_file)
    content = _content(folder, events_path)
    if content is None:
        return _load(folder, events_path, own=events_file is not None)
    key = (events_file is not None, content)
    if key not in _LOADED:
        _LOADED[key] = _load(folder, events_path, own=events_file is not None)
    return _LOADED[key]


def _content(folder: Path, events_path: Path) -> tuple[tuple[str, str], ...] | None:
    """Return name and hash of every file; None if one cannot be read, which loading reports."""
    names = ("markets.yaml", "articles.yaml", "claims.yaml")
    try:
        return tuple(_fingerprint(path) for path in (*(folder / n for n in names), events_path))
    except OSError:
        return None


def _load(folder: Path, events_path: Path, *, own: bool) -> Seeds:
    problems: list[Problem] = []
    markets = _try(lambda: load_markets(folder / "markets.yaml"), problems)
    articles = _try(lambda: load_articles(folder / "articles.yaml"), problems)
    events = _try(lambda: load_events(events_path, markets=markets, articles=articles), problems)
    symbols = None if markets is None else [market.symbol for market in markets]
    barred = None if markets is None else symbols_with_bars(markets)
    claims = _try(
        lambda: load_claims(
            folder / "claims.yaml", articles=articles, symbols=symbols, bar_symbols=barred
        ),
        problems,
    )
    if not own and articles is not None and events is not None:
        problems += _headline_problems(folder, articles, events)
    if markets is None:  # a row that does not name them lacks nothing until they are mended
        problems = [p for p in problems if not p.field.startswith("implied_direction")]
    if problems or markets is None or articles is None or events is None or claims is None:
        raise SeedError(problems)
    files = _content(folder, events_path) or ()
    return Seeds(markets, articles, events, claims, files)


def _events_file(folder: Path) -> Path:
    """Return events.yaml, or events.csv where only that is there."""
    table = folder / "events.csv"
    return (
        table
        if table.is_file() and not (folder / "events.yaml").exists()
        else (folder / "events.yaml")
    )


def _headline_problems(
    folder: Path, articles: tuple[Article, ...], events: tuple[Event, ...]
) -> list[Problem]:
    """Return a problem for each headline event that is missing or does not name its article."""
    file = f"{folder.name}/articles.yaml"
    by_id = {event.id: event for event in events}
    found = []
    for article in articles:
        event = by_id.get(article.headline_event)
        if event is None:
            rule = no_such(article.headline_event, list(by_id), what="event in events.yaml")
        elif not any(m.file == article.file and m.how == "headline" for m in event.articles):
            rule = "that event must name this article in `reported_in` with how: headline"
        else:
            continue
        found.append(
            Problem(file, article.file, "headline_event", repr(article.headline_event), rule)
        )
    return found


def _try(load: Callable[[], tuple[T, ...]], problems: list[Problem]) -> tuple[T, ...] | None:
    try:
        return load()
    except SeedError as error:
        problems.extend(error.problems)
        return None


def _fingerprint(path: Path) -> tuple[str, str]:
    return path.name, sha256_hex(read_bounded(path))


def _pick(parameter: str, received: str, valid: Mapping[str, T], *, otherwise: str = "") -> T:
    if received not in valid:
        raise InputError.choice(parameter, received, valid, otherwise=otherwise)
    return valid[received]
