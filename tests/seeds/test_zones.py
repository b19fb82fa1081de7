"""Words for time zones mean what a newsroom means by them, in every text the same."""

import re
from datetime import datetime

import pytest

from analysis.seeds.values import parse_moment
from analysis.seeds.zones import ZONES, offset_meant, zone_info, zone_rule, zones_meant


def utc(text, word):
    (zone,) = zones_meant(word)
    moment = parse_moment(text, zone)
    assert isinstance(moment, datetime), moment
    return f"{moment:%Y-%m-%dT%H:%M}"


MEANINGS = [
    # The label names the clocks of a place: EST in June is New York's time, an hour off UTC-5.
    ("EST", "2025-06-17T15:30", "2025-06-17T19:30"),
    ("EDT", "2025-01-17T15:30", "2025-01-17T20:30"),
    ("ET", "2025-06-17T15:30", "2025-06-17T19:30"),
    ("Eastern time", "2025-06-17T15:30", "2025-06-17T19:30"),
    ("Eastern Daylight Time", "2025-06-17T15:30", "2025-06-17T19:30"),
    ("EST5EDT", "2025-06-17T15:30", "2025-06-17T19:30"),
    ("MST", "2025-06-17T13:30", "2025-06-17T19:30"),
    ("PST", "2025-06-17T12:30", "2025-06-17T19:30"),
    ("HST", "2025-06-17T09:30", "2025-06-17T19:30"),  # Hawaii keeps one time all year
    ("BST", "2025-06-17T20:30", "2025-06-17T19:30"),
    ("GMT", "2025-06-17T19:30", "2025-06-17T19:30"),
    ("CET", "2025-06-17T21:30", "2025-06-17T19:30"),
    ("CET", "2025-01-17T21:30", "2025-01-17T20:30"),
    ("HKT", "2025-06-17T21:30", "2025-06-17T13:30"),
    # Offsets as the press writes them: plus is east.
    ("GMT+8", "2025-06-17T21:30", "2025-06-17T13:30"),
    ("UTC+8", "2025-06-17T21:30", "2025-06-17T13:30"),
    ("UTC +8", "2025-06-17T21:30", "2025-06-17T13:30"),
    ("GMT+08:00", "2025-06-17T21:30", "2025-06-17T13:30"),
    ("UTC+5:30", "2025-06-17T19:00", "2025-06-17T13:30"),
    ("UTC\N{MINUS SIGN}4", "2025-06-17T09:30", "2025-06-17T13:30"),
    ("-0400", "2025-06-17T09:30", "2025-06-17T13:30"),
    ("+09:00", "2025-06-17T22:30", "2025-06-17T13:30"),
    ("GMT+0", "2025-06-17T13:30", "2025-06-17T13:30"),
    ("Asia/Taipei", "2025-06-17T21:30", "2025-06-17T13:30"),
]


@pytest.mark.parametrize(("word", "local", "expected"), MEANINGS)
def test_a_word_means_what_a_newsroom_means(word, local, expected):
    assert zone_rule(word) is None
    assert utc(local, word) == expected


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Etc/GMT-8", r"reversed.*UTC\+8.*write 'UTC\+8'.*or 'UTC-8'"),
        ("Etc/GMT+5", r"reversed.*UTC-5.*write 'UTC-5'.*or 'UTC\+5'"),
        ("localtime", "another zone on every machine"),
        ("CST", "more than one meaning.*Asia/Shanghai.*America/Chicago"),
        ("IST", "more than one meaning.*Asia/Kolkata"),
        ("Tokyo", "did you mean 'Asia/Tokyo'"),
        ("New York time", "did you mean 'America/New_York'"),
        ("america/new_york", "did you mean 'America/New_York'"),
        ("America/NewYork", "did you mean 'America/New_York'"),
        ("ETX", "no such time zone; write the IANA name"),
        ("GMT+25", "no such time zone"),
        ("", "no such time zone"),
    ],
)
def test_other_words_are_refused_with_what_to_write(word, said):
    assert re.search(said, zone_rule(word) or "")


def test_every_label_means_a_zone_that_exists():
    assert all(zone_info(zone) for zones in ZONES.values() for zone in zones)


@pytest.mark.parametrize("text", ["UTC+8", "GMT-03:30", "+00:00", "UTC+14"])
def test_offsets_are_written_one_way(text):
    written = offset_meant(text)
    assert written == "UTC" or (written[0] in "+-" and written[3] == ":" and len(written) == 6)
    assert zone_info(written).utcoffset(None) == zone_info(text).utcoffset(None)


def test_an_offset_that_contradicts_its_zone_is_refused():
    said = parse_moment("2025-06-17T15:30-05:00", "America/New_York")
    assert "-05:00 is not that of America/New_York then, which is -04:00" in said
    right = parse_moment("2025-06-17T15:30-04:00", "America/New_York")
    assert right == parse_moment("2025-06-17T19:30Z", "America/New_York")
