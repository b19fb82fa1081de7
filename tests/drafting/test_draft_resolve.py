"""Expressions of time one by one; answers worked out on a calendar."""

# ruff: noqa: E501  (a case a line reads better than wrapped)
from __future__ import annotations

from datetime import date, datetime

import pytest
from corpus_scores import ROOT

from analysis.drafting.hours import Hours
from analysis.drafting.reading import read_article
from analysis.errors import InputError
from analysis.sessions.closures import load_corrections

HOURS = Hours(load_corrections(ROOT / "data" / "calendar_corrections.csv"))
TUESDAY = "2025-10-14T10:00-04:00"


def read(words, published=TUESDAY):
    return read_article(words, published=published, hours=HOURS)


def only(words, published=TUESDAY):
    (found,) = read(words, published).dates
    return found


def utc(text):
    return datetime.fromisoformat(text + "+00:00")


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("It said so on Thursday.", "2025-10-09", "2025-10-09"),
        ("It will say so on Thursday.", "2025-10-16", "2025-10-16"),
        ("It said so last Tuesday.", "2025-10-07", "2025-10-07"),
        ("It met next Tuesday.", "2025-10-21", "2025-10-21"),
        ("They spoke on Jan. 17.", "2025-01-17", "2025-01-17"),
        ("They spoke on Dec. 20.", "2024-12-20", "2024-12-20"),
        ("They will speak on Jan. 17.", "2026-01-17", "2026-01-17"),
        ("It was so back in October.", "2025-10-01", "2025-10-31"),
        ("The licences returned earlier in July.", "2025-07-01", "2025-07-31"),
        ("It fell last month.", "2025-09-01", "2025-09-30"),
        ("It fell three weeks ago.", "2025-09-20", "2025-09-26"),
        ("It fell two days ago.", "2025-10-12", "2025-10-12"),
        ("They met on June 5 and again a week later.", "2025-06-05", "2025-06-05"),
        ("The third quarter was weak.", "2025-07-01", "2025-09-30"),
        ("Q2 2024 was weak.", "2024-04-01", "2024-06-30"),
        ("They met from Oct. 6 to Oct. 9.", "2025-10-06", "2025-10-09"),
        ("They met on Oct. 6-9, 2025.", "2025-10-06", "2025-10-09"),
        ("They met on 6 and 7 October.", "2025-10-06", "2025-10-07"),
        ("The rule is dated 2024-02-29.", "2024-02-29", "2024-02-29"),
        ("The rule is dated Feb. 29.", "2024-02-29", "2024-02-29"),
        ("Since 2018 little changed.", "2018-01-01", "2018-12-31"),
    ],
)
def test_days(words, first, last):
    found = read(words).dates[0]
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert words[found.start : found.end] == found.text


@pytest.mark.parametrize(
    ("words", "moment", "zone"),
    [
        ("It said so at 8:30 a.m. ET on Monday.", "2025-10-13T12:30", "America/New_York"),
        ("It said so at 9 a.m. EST on Jan. 17.", "2025-01-17T14:00", "America/New_York"),
        ("It said so at 1530 GMT on Monday.", "2025-10-13T15:30", "UTC"),
        ("It said so on Monday at 4pm BST.", "2025-10-13T15:00", "Europe/London"),
        ("It said so at 15:00 CET on Monday.", "2025-10-13T13:00", "Europe/Paris"),
        ("It said so at 3 p.m. JST on Monday.", "2025-10-13T06:00", "Asia/Tokyo"),
        ("It said so at 3 p.m. KST on Monday.", "2025-10-13T06:00", "Asia/Seoul"),
        ("It said so at 16:10 HKT on Monday.", "2025-10-13T08:10", "Asia/Hong_Kong"),
        # Taipei, Hong Kong and Beijing write GMT+8: the offset is part of the time.
        ("It said so at 9:30 p.m. GMT+8 on Monday.", "2025-10-13T13:30", "+08:00"),
        ("It said so at 21:30 (GMT+8) on Monday.", "2025-10-13T13:30", "+08:00"),
        ("It said so at 21:30 UTC+8 on Monday.", "2025-10-13T13:30", "+08:00"),
        ("It said so at 9 p.m. GMT+5:30 on Monday.", "2025-10-13T15:30", "+05:30"),
        ("It said so at 0930 UTC-4 on Monday.", "2025-10-13T13:30", "-04:00"),
        ("It said so at 5 p.m. Beijing time on Monday.", "2025-10-13T09:00", "Asia/Shanghai"),
        ("It said so at noon in London on Monday.", "2025-10-13T11:00", "Europe/London"),
        (
            "BEIJING, Oct 14 - It said so at 9 a.m. CST on Monday.",
            "2025-10-13T01:00",
            "Asia/Shanghai",
        ),
        (
            "CHICAGO, Oct. 14 - It said so at 9 a.m. CST on Monday.",
            "2025-10-13T14:00",
            "America/Chicago",
        ),
        (
            "TOKYO, Oct 14 - It said so at 9 a.m. local time on Monday.",
            "2025-10-13T00:00",
            "Asia/Tokyo",
        ),
        ("It was out at midnight on Sunday, said he.", "2025-10-13T04:00", "-04:00"),
    ],
)
def test_clock_times(words, moment, zone):
    found = next(d for d in read(words).dates if d.kind == "clock")
    assert found.earliest == found.latest == utc(moment)
    assert found.zone == zone
    assert not found.ambiguous


@pytest.mark.parametrize(
    ("label", "earliest", "latest"),
    [
        ("CST", "2025-10-13T01:00", "2025-10-13T14:00"),
        ("IST", "2025-10-13T03:30", "2025-10-13T08:00"),
    ],
)
def test_a_zone_with_several_meanings_is_said_to_be_ambiguous(label, earliest, latest):
    found = only(f"It said so at 9 a.m. {label} on Monday.", "2025-10-14T10:00Z")
    assert found.ambiguous
    assert (found.earliest, found.latest) == (utc(earliest), utc(latest))
    assert "ambiguous" in found.how


@pytest.mark.parametrize(
    ("words", "earliest", "latest"),
    [
        ("It reported after the bell on Friday.", "2025-10-10T20:00", "2025-10-11T04:00"),
        ("It reported before the open on Friday.", "2025-10-10T04:00", "2025-10-10T13:30"),
        ("It rose in pre-market trading on Friday.", "2025-10-10T08:00", "2025-10-10T13:30"),
        ("It rose after hours on Friday.", "2025-10-10T20:00", "2025-10-11T00:00"),
        # 3 July 2025: New York closed at 13:00
        ("It reported after the bell on July 3.", "2025-07-03T17:00", "2025-07-04T04:00"),
        # the end of Hong Kong's auction, 16:10, not 16:00
        (
            "The Hang Seng had a quiet hour; news came after the close on Friday.",
            "2025-10-10T08:10",
            "2025-10-10T16:00",
        ),
        ("Shares rose in Asian hours on Friday.", "2025-10-10T00:00", "2025-10-10T08:10"),
        ("The Nikkei fell at the close on Nov. 1, 2024.", "2024-11-01T06:00", "2024-11-01T06:00"),
        ("The Nikkei fell at the close on Nov. 5, 2024.", "2024-11-05T06:30", "2024-11-05T06:30"),
        ("It was signed on the evening of 9 October.", "2025-10-09T22:00", "2025-10-10T04:00"),
        ("It was signed late on Thursday.", "2025-10-09T19:00", "2025-10-10T04:00"),
    ],
)
def test_session_words_and_parts_of_a_day_give_bounds(words, earliest, latest):
    found = only(words)
    assert (found.earliest, found.latest) == (utc(earliest), utc(latest))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("It reported after the bell on Sunday.", "had no session"),
        ("It was signed on Feb. 30.", "no such day"),
        ("The second quarter of fiscal 2026 was weak.", "own year"),
        ("They met on 06/05/2025.", "could be exchanged"),
    ],
)
def test_what_cannot_be_resolved_is_listed_with_the_reason(words, reason):
    reading = read(words, "2025-10-14T10:00Z" if "/" in words else TUESDAY)
    assert any(reason in item.reason for item in reading.unresolved) or (
        reason == "no such day" and not reading.dates
    )


@pytest.mark.parametrize(
    "words",
    [
        "It rose 17% to 2,025.10.", "The H20 and the H200, Blackwell 2.0 and the RTX 5090.",
        "The S&P 500 and the Nikkei 225.", "It cost $900 million, or 3.5 billion yen.",
        "The Trade Expansion Act of 1962.", "Announcement No. 61 of 2025.", "May I? It may march on.",
        "Mr. March reads the Sunday Times.", "A 90-day pause, 24/7, at odds of 5/2.",
        "The 10-year yield and the 52-week high.", "A 3-for-2 split of 1,200 shares.",
    ],
)  # fmt: skip
def test_numbers_and_names_are_no_dates(words):
    assert read(words).dates == ()


@pytest.mark.parametrize(
    "published", ["", "Thursday", "2025-06-05T14:10", "1889-01-01", "2025-13-01"]
)
def test_a_publication_without_a_moment_is_refused(published):
    with pytest.raises(InputError, match="`published` received as"):
        read_article("It fell.", published=published)
