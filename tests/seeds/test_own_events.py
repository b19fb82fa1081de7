"""Events of the user's own: days, local times in any zone, and CSV files."""

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import SeedError
from analysis.seeds.events import load_events
from analysis.seeds.markets import Market

MARKETS = [Market("NVDA", "N", "N", "stock", "XNAS", "USD", "study", "^GSPC", "market_model")]
EVENT = """\
- id: vote
  title: A vote
  role: context
  category: other
  announced:
    {announced}
    precision: day
    basis: Press
  implied_direction: {{NVDA: none}}
"""


def load(tmp_path, announced):
    file = tmp_path / "events.yaml"
    file.write_text(EVENT.format(announced=announced.replace("\n", "\n    ")))
    (event,) = load_events(file, markets=MARKETS, articles=())
    return event.announced_at, event.earliest, event.latest


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_day_is_taken_at_its_noon_and_bounded_by_its_first_and_last_second(tmp_path):
    # 4 October 2025 in Tokyo (UTC+9, no summer time) begins at 15:00 UTC on the 3rd.
    found = load(tmp_path, "best: 2025-10-04\nzone: Asia/Tokyo")
    assert found == (utc(2025, 10, 4, 3), utc(2025, 10, 3, 15), utc(2025, 10, 4, 14, 59, 59))


def test_the_day_on_which_clocks_change_is_an_hour_shorter(tmp_path):
    # New York, 9 March 2025: begins at 05:00 UTC in winter time, ends at 03:59:59 UTC in summer.
    found = load(tmp_path, "best: 2025-03-09\nzone: America/New_York")
    assert found[0] == utc(2025, 3, 9, 16)
    assert found[1] == utc(2025, 3, 9, 5)
    assert found[2] == utc(2025, 3, 10, 3, 59, 59)


def test_bounds_of_a_day_may_be_narrower(tmp_path):
    announced = "best: 2025-10-04\nzone: Asia/Tokyo\nlatest: '2025-10-04T15:00'"
    assert load(tmp_path, announced)[2] == utc(2025, 10, 4, 6)


@pytest.mark.parametrize(
    ("local", "zone", "expected"),
    [
        ("2025-07-14T22:00", "America/New_York", utc(2025, 7, 15, 2)),
        ("2025-01-14T22:00", "America/New_York", utc(2025, 1, 15, 3)),
        ("2025-07-14T09:00:30", "Asia/Kolkata", utc(2025, 7, 14, 3, 30, 30)),
        ("2025-07-14T09:00", "Asia/Kathmandu", utc(2025, 7, 14, 3, 15)),
        ("2025-07-14T09:00+09:00", "Asia/Tokyo", utc(2025, 7, 14, 0)),
        ("2025-07-14T09:00", "UTC+8", utc(2025, 7, 14, 1)),
        ("2025-06-17T15:30", "EST", utc(2025, 6, 17, 19, 30)),
        ("2025-07-14T09:00Z", "Asia/Tokyo", utc(2025, 7, 14, 9)),
    ],
)
def test_local_times_in_any_zone(tmp_path, local, zone, expected):
    announced = f"best: {local}\nearliest: {local}\nlatest: {local}\nzone: {zone}"
    assert load(tmp_path, announced) == (expected,) * 3


@pytest.mark.parametrize(
    ("announced", "words"),
    [
        ("best: 2025-10-04", r"a moment is needed, not a day.*add its zone"),
        ("best: 2025-10-04T09:00", "a moment needs its zone.*add its zone"),
        ("best: 2025-02-30\nzone: Asia/Tokyo", "there is no such moment"),
        ("best: 2025-10-04\nzone: Asia/Tokio", "did you mean 'Asia/Tokyo'"),
        # One fault, one message: the moments that rest on the zone are not blamed as well.
        ("best: 2025-10-04\nzone: Etc/GMT-8", r"(?s)^1 problem.*UTC\+8"),
        ("best: 2025-03-09T02:30\nzone: America/New_York", "this time does not exist"),
        ("best: 2025-11-02T01:30\nzone: America/New_York", "this time comes twice"),
        ("best: 1825-11-02\nzone: America/New_York", "the year must lie between"),
        ("best: 2025-10-04\nzone: Asia/Tokyo\nlocal: 4 October", "a moment is needed, not a day"),
    ],
)
def test_what_could_mean_two_things_is_refused(tmp_path, announced, words):
    with pytest.raises(SeedError, match=words):
        load(tmp_path, announced)


# ----------------------------------------------------------------------------------- CSV

CSV = """\
id,title,announced.best,announced.zone,implied_direction.NVDA,confounders
cut,"A cut, at last",2024-09-18T18:00:00Z,,up,First; Second
vote,=A vote,2025-10-04,Asia/Tokyo,,
"""


def load_csv(tmp_path, text):
    (tmp_path / "events.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    return load_events(tmp_path / "events.csv", markets=MARKETS, articles=())


def test_events_from_csv_follow_the_same_rules(tmp_path):
    cut, vote = load_csv(tmp_path, CSV)
    assert (cut.id, cut.title, cut.role, cut.category) == (
        "cut",
        "A cut, at last",
        "context",
        "other",
    )
    assert cut.announced_at == cut.earliest == cut.latest == utc(2024, 9, 18, 18)
    assert (cut.precision, vote.precision) == ("minute", "day")
    assert cut.expected_direction == {"NVDA": "up"}
    assert vote.expected_direction == {"NVDA": "none"}
    assert cut.confounders == ("First", "Second")
    assert vote.latest == utc(2025, 10, 4, 14, 59, 59)
    assert load_csv(tmp_path, "\ufeff" + CSV.replace("\n", "\r\n")) == (cut, vote)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2024-09-18T18:00:00Z", "18/09/2024", r"events\.csv:2, \"cut\", `announced.best`"),
        ("2024-09-18T18:00:00Z", "2024-09-18", "a moment is needed, not a day"),
        (",up,", ",upp,", r"did you mean 'up'"),
        ("vote,=A", "cut,=A", "this one is taken in line 2"),
        ("confounders", "confunders", "did you mean `confounders`"),
        ("title", "id", "the column 'id' twice"),
        ("title", "", "a column without a name"),
        ("First; Second", "First, Second", "7 cells where the header has 6"),
        ('"A cut, at last"', '"A cut', "CSV that does not parse"),
        ("cut,", "Cut!,", "a name starts with a lower-case letter"),
        ("cut,", "../cut,", "a name starts with a lower-case letter"),
    ],
)
def test_wrong_csv_is_refused_with_file_and_line(tmp_path, old, new, words):
    assert old in CSV
    with pytest.raises(SeedError, match=words):
        load_csv(tmp_path, CSV.replace(old, new, 1))


def test_semicolons_and_an_empty_file_are_refused(tmp_path):
    with pytest.raises(SeedError, match="columns not separated by commas"):
        load_csv(tmp_path, "id;title\ncut;x\n")
    with pytest.raises(SeedError, match="an empty file"):
        load_csv(tmp_path, "\n\n")
    with pytest.raises(SeedError, match="not UTF-8"):
        load_csv(tmp_path, b"id,title\n\xff,x\n")


@given(st.integers(0, len(CSV) - 1), st.binary(min_size=1, max_size=3))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_mangled_csv_ends_in_events_or_a_clear_error(tmp_path_factory, place, noise):
    """200 files with one to three bytes put in somewhere."""
    folder = tmp_path_factory.getbasetemp()
    raw = CSV.encode()
    with contextlib.suppress(SeedError):  # anything else fails the test
        found = load_csv(folder, raw[:place] + noise + raw[place:])
        assert all(event.earliest <= event.announced_at <= event.latest for event in found)
