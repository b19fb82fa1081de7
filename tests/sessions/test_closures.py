"""The table of what calendar packages get wrong: what it says, and what is refused in it."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import PriceError
from analysis.sessions.calendars import exchange_calendar, local_time
from analysis.sessions.closures import Corrections, load_corrections

TABLE = Path(__file__).parents[2] / "data" / "calendar_corrections.csv"
HEAD = "exchange,kind,first_date,last_date,calendar_says,value,reason,source\n"
ROW = "XHKG,closure,2023-09-01,2023-09-01,session,closed,Typhoon,https://example.org/\n"


@pytest.fixture(scope="module")
def table():
    return load_corrections(TABLE)


def test_closures_by_exchange(table):
    assert table.closures["XTAI"] == {
        date(2023, 8, 3),  # Khanun
        date(2024, 7, 24),  # Gaemi
        date(2024, 7, 25),
        date(2024, 10, 2),  # Krathon
        date(2024, 10, 3),
        date(2024, 10, 31),  # Kong-rey
    }
    assert table.closures["XHKG"] >= {
        date(2023, 7, 17),  # Talim
        date(2023, 9, 1),  # Saola
        date(2023, 9, 8),  # black rainstorm
        date(2024, 9, 6),  # Yagi
    }


def test_rows_say_whether_the_package_has_it_right(table):
    unknown = {(row.exchange, row.first_date) for row in table.rows if row.kind == "closure"} - {
        (row.exchange, row.first_date) for row in table.rows if row.known
    }
    assert unknown == {
        ("XHKG", date(2023, 9, 1)),
        ("XHKG", date(2023, 9, 8)),
        ("XTAI", date(2024, 10, 31)),
    }


def test_the_package_still_says_what_the_table_says_it_does(table):
    """When a new release learns a day, this fails and the row changes to closed,closed."""
    for row in table.rows:
        first = str(row.first_date)
        calendar = exchange_calendar(row.exchange, first, str(row.first_date + timedelta(days=30)))
        if row.kind == "closure":
            assert (np.datetime64(first) in calendar.session) != row.known, row
        elif row.kind == "late_open":
            opening = local_time(calendar.open_at[:1], calendar.timezone)[0].item()
            assert opening == datetime.combine(row.first_date, row.calendar_says), row


def test_hours(table):
    closes = table.of("XHKG", "close_time")
    assert {(row.calendar_says, row.value) for row in closes} == {
        (time(16), time(16, 10)),
        (time(12), time(12, 10)),
    }
    assert {row.first_date for row in closes} == {date(2016, 7, 25)}
    assert {row.last_date for row in closes} == {None}
    opens = {row.first_date: row.value for row in table.of("XHKG", "late_open")}
    assert opens[date(2020, 8, 19)] == opens[date(2021, 6, 28)] == time(13, 30)


def test_every_row_has_a_reason_and_a_source(table):
    assert all(row.reason and row.source.startswith("https://") for row in table.rows)


def test_no_table_is_no_correction():
    assert Corrections().closures == {}
    assert Corrections().of("XHKG", "closure") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exchange,kind\n", r"table\.csv:1: no column first_date"),
        (
            HEAD + ROW.replace("closure", "closur"),
            r"table\.csv:2, column kind: 'closur'.*closure\?",
        ),
        (HEAD + ROW + ROW.replace("2023-09-01,s", "2023-9-1,s"), r"table\.csv:3, column last_date"),
        (
            HEAD + ROW.replace("2023-09-01,2023", "2023-09-31,2023"),
            "column first_date: '2023-09-31'",
        ),
        (HEAD + ROW.replace("2023-09-01,s", "2023-09-02,s"), "one row a day"),
        (HEAD + ROW.replace(",session", ",open"), "column calendar_says: 'open'"),
        (HEAD + ROW.replace("closed", "16:10"), "column value: '16:10'"),
        (HEAD + ROW.replace("XHKG", ""), "column exchange: ''"),
        (HEAD + ROW.replace("Typhoon", ""), "column reason: ''"),
        (HEAD + ROW.replace("https://example.org/", "a page"), "column source: 'a page'"),
        (
            HEAD + "XHKG,late_open,2020-08-19,2020-08-19,9h,13:30,Typhoon,https://example.org/\n",
            "column calendar_says: '9h'",
        ),
    ],
)
def test_a_bad_cell_is_named(tmp_path, text, words):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(PriceError, match=words):
        load_corrections(path)


def test_a_missing_table_is_an_error(tmp_path):
    with pytest.raises(PriceError, match="cannot be read"):
        load_corrections(tmp_path / "none.csv")
