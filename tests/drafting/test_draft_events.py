"""News by the shape of the clause, dates of its verb, releases at their publication; sentences made up here."""

# ruff: noqa: E501  (a case a line reads better than wrapped)
from __future__ import annotations

import pytest
from corpus_scores import ROOT

from analysis.drafting import draft_article, draft_events, read_article
from analysis.drafting.claims import DraftClaim, near_known_closes
from analysis.seeds.events import load_events
from analysis.seeds.markets import load_markets

PUBLISHED = "2025-07-16T17:00-04:00"  # a Wednesday


def events(words, published=PUBLISHED):
    return draft_events(read_article(words, published=published))[0]


@pytest.mark.parametrize(
    "words",
    [
        "The Nikkei closed 1.2% higher on Monday after a calm session.",
        "Stocks slid on Tuesday as traders sold what they had bought.",
        "The lamp council will meet on Thursday to set the size of bulbs.",
        "Orders of lamps rose in the quarter ended June 30, 2025.",
        "https://lamps.example/2025-07-14/council-bans-bulbs",
        "Dial 555-0142 before 9 a.m. on July 15 to hear the call about lamps that was held.",
    ],
)
def test_prices_plans_limits_and_addresses_are_no_events(words):
    assert [e for e in events(words) if e.date] == []


@pytest.mark.parametrize(
    ("words", "date", "title"),
    [
        (
            "GLASSTOWN - The lamp council banned round bulbs on Monday, according to a notice.",
            "Monday",
            "The lamp council banned round bulbs",
        ),
        (
            "On Tuesday, the ministry of glass forbade the sale of lamps that it had tested in May 2024.",
            "Tuesday",
            "The ministry of glass forbade the sale of lamps that it had tested in May 2024",
        ),
        (
            "The council on Monday fined a dealer over a merger announced on March 3, 2025.",
            "Monday",
            "The council fined a dealer over a merger announced on March 3, 2025",
        ),
    ],
)
def test_a_date_belongs_to_the_verb_of_the_news_and_titles_are_whole_phrases(words, date, title):
    (event,) = [e for e in events(words) if e.date]
    assert (event.date.text, event.title) == (date, title)


def test_two_mentions_of_one_happening_are_one_event():
    words = "The lamp council banned round bulbs on Monday. Nobody spoke. The council banned the bulbs early on Monday."
    assert len(events(words)) == 1


@pytest.mark.parametrize(
    "words",
    [
        "GLASSTOWN--(BUSINESS WIRE)--July 16, 2025-- Lampco today announced results for the quarter ended June 30, 2025.",
        "For release at 5:00 p.m. EDT\nGiven the outlook, the Committee decided to keep the size of bulbs.",
        "The Governing Council today decided to lower the size of bulbs. It will next meet on July 30.",
    ],
)
def test_a_release_happened_when_it_was_published(words):
    (event,) = events(words)
    assert event.earliest == event.latest == event.best
    assert f"{event.best:%Y-%m-%dT%H:%M}" == "2025-07-16T21:00"


def test_what_is_to_come_is_said_to_be():
    _, left = draft_events(read_article("The council will meet on Friday.", published=PUBLISHED))
    assert [(item.text, item.reason) for item in left] == [
        ("Friday", "it is to come: after publication")
    ]


def test_categories_are_those_of_the_events_the_workspace_has():
    seeds = ROOT / "seeds"
    markets = load_markets(seeds / "markets.yaml")
    known = load_events(seeds / "events.yaml", markets=markets, articles=None)
    first = known[0]
    words = f"{first.title.rstrip('.')} was announced on Monday."
    draft = draft_article(words, file="a.txt", published=PUBLISHED, known=known)
    assert {e["category"] for e in draft.events} == {first.category}
    assert {
        e["category"] for e in draft_article(words, file="a.txt", published=PUBLISHED).events
    } == {"other"}


def test_two_moves_of_one_series_on_one_day_are_undecided():
    words = "The Nikkei rose 1.2% on Tuesday. The Nikkei fell 3% on Tuesday. The Topix rose 1% on Tuesday."
    markets = load_markets(ROOT / "seeds" / "markets.yaml")
    one, other, third = read_article(words, published=PUBLISHED, markets=markets).claims
    assert one.checks == other.checks == ()
    assert "different moves of ^N225 on 2025-07-15" in one.undecidable
    assert "different moves" not in third.undecidable


def test_a_level_far_from_the_close_known_is_undecided():
    words = "The Nikkei rose 1.2% to 39,678.02 on Tuesday. The Hang Seng rose 1% to 3,678.02 on Tuesday."
    near, far = near_known_closes(read_article(words, published=PUBLISHED).claims,
                                  lambda symbol, day: {"^N225": 39_200.0, "^HSI": 24_500.0}[symbol])  # fmt: skip
    assert isinstance(near, DraftClaim)
    assert "level" not in near.undecidable
    assert "3,678.02, is far from the close known, 24,500" in far.undecidable
