"""From the days and times of a table of events to sessions."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.seeds.event_tables import read_event_table
from analysis.sessions.table_days import place_days

# Thanksgiving 2023: Thursday the 23rd is shut, Friday the 24th ends at 13:00 New York.
SESSIONS = np.array(
    ["2023-11-20", "2023-11-21", "2023-11-22", "2023-11-24", "2023-11-27"], dtype="datetime64[D]"
)


def placed(tmp_path, rows, **options):
    file = tmp_path / "events.csv"
    file.write_text("ticker,date,time\n" + "".join(f"KO,{row}\n" for row in rows))
    return place_days(read_event_table(file), {"KO": SESSIONS}, **options)


@pytest.mark.parametrize(
    ("row", "session", "why"),
    [
        ("2023-11-21,", "2023-11-21", None),
        ("2023-11-21,15:59", "2023-11-21", None),
        ("2023-11-21,16:00", "2023-11-22", "after the close"),  # the close itself is past
        ("2023-11-21,AMC", "2023-11-22", "after the close"),
        ("2023-11-21,BMO", "2023-11-21", None),
        ("2023-11-22,16:30", "2023-11-24", "after the close"),
        ("2023-11-23,", "2023-11-24", "no session on 2023-11-23"),
        ("2023-11-23,09:00", "2023-11-24", "no session on 2023-11-23"),
        ("2023-11-24,13:30", "2023-11-27", "after the close"),  # half day
    ],
)
def test_day_0_is_the_first_session_that_closes_after_the_news(tmp_path, row, session, why):
    found = placed(tmp_path, [row])
    assert str(found.session[0]) == session
    assert list(found.shifts["why"]) == ([why] if why else [])


def test_a_closed_day_goes_where_it_is_told(tmp_path):
    assert str(placed(tmp_path, ["2023-11-23,"], closed_day="previous").session[0]) == "2023-11-22"
    skipped = placed(tmp_path, ["2023-11-23,"], closed_day="skip")
    assert np.isnat(skipped.session[0])
    assert "no session" in skipped.reason[0]


def test_a_time_is_read_in_the_zone_that_is_named(tmp_path):
    # 20:30 in London is 15:30 in New York, half an hour before the close
    assert str(placed(tmp_path, ["2023-11-21,20:30"], zone="Europe/London").session[0]) == (
        "2023-11-21"
    )
    assert str(placed(tmp_path, ["2023-11-21,16:40"], exchange="XLON").session[0]) == "2023-11-22"


def test_an_unknown_zone_and_an_unknown_word_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such time zone"):
        placed(tmp_path, ["2023-11-21,10:00"], zone="Europe/Londn")
    with pytest.raises(InputError, match="closed_day"):
        placed(tmp_path, ["2023-11-21,"], closed_day="nearest")


def test_news_after_the_last_close_has_no_session(tmp_path):
    found = placed(tmp_path, ["2023-11-27,16:30"])
    assert np.isnat(found.session[0])
    assert "after the last close" in found.reason[0]
