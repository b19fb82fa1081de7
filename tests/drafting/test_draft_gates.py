"""What must hold before a statement becomes a claim; sentences made up here, one for each way to err."""

# ruff: noqa: E501  (a case a line reads better than wrapped)
from __future__ import annotations

import pytest

from analysis.drafting.reading import read_article

PUBLISHED = "2025-07-15T17:00-04:00"  # a Tuesday, after the close in New York


def told(words, published=PUBLISHED):
    return [
        (c.series, c.direction, c.size, c.horizon)
        for c in read_article(words, published=published).claims
    ]


@pytest.mark.parametrize(
    ("words", "series"),
    [
        ("The S&P 600 rose 1.2% on Tuesday.", "S&P600"),
        ("Italy's FTSE MIB fell 0.4%.", "FTSEMIB.MI"),
        ("The Nasdaq Biotechnology Index gained 2%.", "^NBI"),
        ("The S&P/ASX200 index slipped 0.1%.", "^AXJO"),
        ("Japan’s Nikkei 225 led the region as it gained 1.4%.", "^N225"),
        ("The Hong Kong Hang Seng rose 0.8%.", "^HSI"),
        ("The CBOE Volatility Index (VIX) decreased 0.8%.", "^VIX"),
        ("The Dow Jones Industrial Average (DJI) fell 0.5%.", "^DJI"),
    ],
)  # fmt: skip
def test_a_name_is_the_longest_one(words, series):
    assert [claim[0] for claim in told(words)] == [series]


@pytest.mark.parametrize(
    "words",
    [
        "An Intel-backed start-up fell 5%.", "Newmont, the gold miner, fell 4%.", "Gold stocks rose 4%.",
        "The Dow Jones Transportation Average fell 2%.", "Wages in Britain rose 3%.", "Sales at Tesco rose 3%.",
        "The Dow could fall 10%, analysts said.", "If the Nasdaq falls 20%, it is a bear market.",
        "Nvidia is expected to rise 10%.", "The S&P 500 would have to drop 5% to reach that level.",
        "DJIA 16,408.54 -16.31 -0.10%",
    ],
)  # fmt: skip
def test_what_is_not_the_series_or_did_not_happen_is_no_claim(words):
    assert told(words) == []


@pytest.mark.parametrize(
    ("words", "direction", "size"),
    [
        ("The Dow was down -185.18 points or -1.05 percent.", "down", 0.0105),
        ("The Sensex rose 174.33 points (0.55%).", "up", 0.0055),
        ("The Nifty finished 55.40 points (0.56%) higher.", "up", 0.0056),
        ("The Nasdaq was up just 0.1%.", "up", 0.001),
        ("The Dow tumbled 504 points, or 4.4%, in its worst day since 2001.", "down", 0.044),
    ],
)
def test_printed_forms(words, direction, size):
    assert told(words)[0][1:] == (direction, size, "day")


def test_figures_follow_the_order_of_the_names():
    found = told("Julius Baer and UBS were down 13 and 11 percent respectively.")
    assert [(name, size) for name, _, size, _ in found] == [("Julius Baer", 0.13), ("UBS", 0.11)]
    assert told("Shares were down 13 and 11 percent respectively.") == []


def test_the_span_a_sentence_opens_with_belongs_to_all_its_clauses():
    found = told(
        "For the week, the Dow gained 3.3%, the S&P 500 gained 3.2% and the Nasdaq added 2.9%."
    )
    assert [horizon for *_, horizon in found] == ["week"] * 3


def test_before_the_bell_a_move_is_that_of_the_session_before():
    words = "The Dow fell 0.5%, or 220 points, to close at 45,400."
    (found,) = read_article(words, published="2025-09-08T07:30-04:00").claims
    assert str(found.day) == "2025-09-05"


def test_that_day_is_the_last_one_named():
    words = "The Dow fell 4.4% on Monday, its worst day since Sept. 17, 2001. That day, the Dow fell 5.1%."
    found = read_article(words, published="2008-09-15T17:54-04:00").claims
    assert [str(claim.day) for claim in found if claim.size] == ["2008-09-15", "2001-09-17"]


@pytest.mark.parametrize(
    ("words", "published", "text", "earliest"),
    [
        (
            "The ministry spoke at 9:00 GMT+8 on Monday.",
            PUBLISHED,
            "9:00 GMT+8 on Monday",
            "2025-07-14T01:00",
        ),
        (
            "It came on July 15th, 2025, at 02:30 UTC+8.",
            PUBLISHED,
            "July 15th, 2025, at 02:30 UTC+8",
            "2025-07-14T18:30",
        ),
        (
            "In Tokyo the talks began at 10 a.m. local time on Monday.",
            PUBLISHED,
            "10 a.m. local time on Monday",
            "2025-07-14T01:00",
        ),
        ("Shares in Asia fell Tuesday.", "2025-07-14T23:30-04:00", "Tuesday", "2025-07-15T04:00"),
        (
            "Week Ahead\nMonday, July 21\nThe chair speaks at 9:30 a.m. ET",
            PUBLISHED,
            "9:30 a.m. ET",
            "2025-07-21T13:30",
        ),
        ("The 2nd Quarter 2025 call was held.", PUBLISHED, "2nd Quarter 2025", "2025-04-01T04:00"),
        ("After a soft June jobs report rates fell.", PUBLISHED, "June", "2025-06-01T04:00"),
    ],
)
def test_moments(words, published, text, earliest):
    found = [d for d in read_article(words, published=published).dates if d.text == text]
    assert [f"{d.earliest:%Y-%m-%dT%H:%M}" for d in found] == [earliest]
