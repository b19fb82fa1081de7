"""What the study rests on: markets, articles, events; and the claims of an article."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pandas as pd

from analysis.chapters.data.clock import least_known
from analysis.chapters.shared.fewer import left_to_data
from analysis.chapters.shared.table import Cell, Link, Table
from analysis.wording import day, moment, sentence_case

if TYPE_CHECKING:
    from analysis.seeds.catalogue import Seeds

_EXCHANGES = {
    "XNAS": "Nasdaq, New York",
    "XNYS": "New York",
    "XTKS": "Tokyo",
    "XTAI": "Taipei",
    "XHKG": "Hong Kong",
}


def series_table(closes: pd.DataFrame, seeds: Seeds) -> Table:
    """Return which series there are, how long, and with how many sessions.

    Parameters
    ----------
    closes : DataFrame of shape (n_dates, n_series)
        Closes with a DatetimeIndex; NaN where there is no price.
    seeds
        Names of the markets.
    """
    known = {symbol: closes[symbol].dropna() for symbol in closes}
    return Table.of(
        [market for market in seeds.markets if market.symbol in known],
        (
            ("Series", lambda m: m.short),
            ("Symbol", lambda m: m.symbol),
            ("Exchange", lambda m: _EXCHANGES.get(m.exchange, m.exchange)),
            ("Currency", lambda m: m.currency),
            ("From", lambda m: day(known[m.symbol].index[0])),
            ("To", lambda m: day(known[m.symbol].index[-1])),
            ("Closes", lambda m: str(len(known[m.symbol]))),
            ("Last close", lambda m: f"{known[m.symbol].iloc[-1]:,.2f}"),
        ),
        caption="The series",
        numeric=(6, 7),
        note="Closes as the exchange day ends, adjusted for splits; indices are price indices.",
    )


def articles_table(seeds: Seeds) -> Table:
    """Return the articles: what, when, and how many events and claims they hold."""
    rows = []
    for article in seeds.articles:
        events = sum(any(m.file == article.file for m in e.articles) for e in seeds.events)
        claims = sum(claim.article == article.file for claim in seeds.claims)
        headline = seeds.event(article.headline_event).title
        rows.append((article.label, headline, str(events), str(claims)))
    return Table(
        caption="The articles",
        columns=("Article", "Headline event", "Events", "Claims"),
        rows=tuple(rows),
        numeric=frozenset({2, 3}),
    )


def article_table(seeds: Seeds, article: str) -> Table:
    """Return what is known of one article; its gist is in our own words.

    Parameters
    ----------
    seeds
        The articles and events.
    article
        File name of the article.
    """
    record = seeds.article(article)
    rows: list[tuple[Cell, ...]] = [
        ("Publisher", record.publisher or "unknown"),
        ("Published", f"{day(record.published)} ({record.date_basis})"),
        ("Headline event", seeds.event(record.headline_event).title),
        ("Gist", record.gist),
    ]
    if record.published_earliest != record.published_latest:
        span = f"{day(record.published_earliest)} to {day(record.published_latest)}"
        rows.insert(2, ("Date known to within", span))
    if record.url:
        rows.append(("Address", _link(record.url)))
    return Table(caption=f"The article: {record.label}", columns=("", "Known"), rows=tuple(rows))


def events_table(seeds: Seeds, *, article: str | None = None) -> Table:
    """Return the dated events, in order of time.

    Parameters
    ----------
    seeds
        The events.
    article
        File name of an article, to show only what it reports; None for all.
    """
    rows: list[tuple[Cell, ...]] = []
    every = sorted(seeds.events, key=lambda e: (e.announced_at, e.id))
    if article is not None:
        every = [e for e in every if any(m.file == article for m in e.articles)]
    shown = least_known(every)
    for event in shown:
        mentions = [m for m in event.articles if article in (None, m.file)]
        width = round((event.latest - event.earliest).total_seconds() / 60)
        cells: tuple[Cell, ...] = (
            event.title,
            moment(event.announced_at).removesuffix(" UTC"),
            _span(width),
            sentence_case(event.category),
        )
        if article is not None:
            cells = (*cells, " ".join(m.said for m in mentions))
        else:
            cells = (*cells, str(len(mentions)), str(len(event.confounders)))
        rows.append(cells)
    last = ("What the article says",) if article is not None else ("Articles", "Confounders")
    return Table(
        caption="The events" if article is None else "The events the article reports or refers to",
        columns=("Event", "Became public (UTC)", "Known to within", "Category", *last),
        rows=tuple(rows),
        numeric=frozenset({2}) if article is not None else frozenset({2, 4, 5}),
        note=left_to_data(
            len(shown), len(every), "event", file="the catalogue", which="least exactly known"
        ).strip(),
    )


def sources_table(seeds: Seeds, article: str) -> Table:
    """Return what independent sources say of the claims of an article; nothing is computed."""
    rows: list[tuple[Cell, ...]] = [
        (claim.statement, claim.sourced, claim.reading, tuple(map(_link, claim.sources)))
        for claim in seeds.claims
        if claim.article == article
    ]
    return Table(
        caption="What other sources say of the claims",
        columns=("Claim", "Sources report", "How that was read", "Sources"),
        rows=tuple(rows),
        note="Collected by hand when the claims were written down; not computed from prices.",
    )


def evidence_table(seeds: Seeds, event_id: str) -> Table:
    """Return the public pages the moment of an event rests on."""
    event = seeds.event(event_id)
    rows: list[tuple[Cell, ...]] = [(_link(e.url), e.says) for e in event.evidence]
    return Table(
        caption="What the moment rests on", columns=("Source", "It says"), rows=tuple(rows)
    )


def _link(url: str) -> Link:
    return Link(urlsplit(url).netloc.removeprefix("www.") or url, url)


def _span(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes / 60
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"
