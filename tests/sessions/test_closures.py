"""The table of what calendar packages get wrong: what it says, and what is refused in it."""

from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import PriceError
from analysis.sessions.calendars import exchange_calendar, local_time, sessions_held
from analysis.sessions.closures import Corrections, built_in, load_corrections

TABLE = Path(__file__).parents[2] / "data" / "calendar_corrections.csv"
HEAD = "exchange,kind,first_date,last_date,calendar_says,value,reason,source\n"
#: Usual hours of the exchanges that have days with hours of their own.
SAID = {
    "XKRX": (time(9), time(15, 30)),
    "XMOS": (time(10), time(18, 45)),
    "XBOM": (time(9, 15), time(15, 30)),
}
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
    assert {pair for pair in unknown if pair[0] != "XMOS"} == {
        ("XHKG", date(2023, 9, 1)),
        ("XHKG", date(2023, 9, 8)),
        ("XTAI", date(2024, 10, 31)),
    }


def test_the_package_still_says_what_the_table_says_it_does(table):
    """When a new release learns a day, this fails and the row changes."""
    for row in table.rows:
        first = "2021-01-01" if row.exchange == "XSAU" else "2010-01-01"  # what is known of it
        calendar = exchange_calendar(row.exchange, first, "2026-12-31")
        day = np.datetime64(row.first_date)
        (at,) = np.flatnonzero(calendar.session == day).tolist() or [None]
        opens, closes = (
            [moment.item() for moment in local_time(column, calendar.timezone)]
            for column in (calendar.open_at, calendar.close_at)
        )
        if row.kind in ("closure", "holiday"):
            assert (at is None) == row.known, row
        elif row.kind == "session":
            assert (at is not None) == row.known, row
        elif row.kind == "late_open":
            assert opens[at] == datetime.combine(row.first_date, row.calendar_says), row
        elif row.kind == "close_time":
            assert row.calendar_says in {moment.time() for moment in closes}, row
        else:
            assert (opens[at].time(), closes[at].time()) == SAID[row.exchange], row
            assert (opens[at].time(), closes[at].time()) != (row.spans[0][0], row.spans[-1][1])


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
    assert all(row.reason and row.source.startswith("http") for row in table.rows)


@pytest.mark.parametrize(
    "exchange", ["XASX", "XLON", "XPAR", "XETR", "XAMS", "XBRU", "XLIS", "XMIL", "XSWX", "XSTO"]
)
def test_closing_auctions_have_a_row_with_their_source_and_first_day(table, exchange):
    assert table.of(exchange, "close_time")
    assert all(row.last_date is None for row in table.of(exchange, "close_time"))


# ----------------------------------------------------------------- a user's own rows


def own(tmp_path, *rows):
    path = tmp_path / "table.csv"
    path.write_text(HEAD + "".join(f"{row},why,https://example.org/\n" for row in rows))
    return load_corrections(path)


def days_and_hours(table, exchange="XLON", start="2025-06-02", end="2025-06-08"):
    calendar = sessions_held(exchange, start, end, table)
    opens, closes = (
        [f"{moment.item():%H:%M}" for moment in local_time(column, calendar.timezone)]
        for column in (calendar.open_at, calendar.close_at)
    )
    days = [f"{day:%a}" for day in calendar.session.tolist()]
    return dict(zip(days, zip(opens, closes, strict=True), strict=True))


def test_a_row_adds_a_session_with_a_break(tmp_path):
    table = own(tmp_path, "XLON,session,2025-06-07,2025-06-07,closed,09:00-10:00 11:00-12:30")
    assert days_and_hours(table)["Sat"] == ("09:00", "12:30")
    calendar = sessions_held("XLON", "2025-06-02", "2025-06-08", table)
    assert str(calendar.break_start[-1]) == "2025-06-07T09:00:00"  # summer time: UTC + 1
    assert np.isnat(calendar.break_end[:-1]).all()
    assert (np.diff(calendar.session) > np.timedelta64(0, "D")).all()


@pytest.mark.parametrize("kind", ["closure", "holiday"])
def test_a_row_takes_a_session_out(tmp_path, kind):
    table = own(tmp_path, f"LSE,{kind},2025-06-04,2025-06-04,session,closed")
    assert list(days_and_hours(table)) == ["Mon", "Tue", "Thu", "Fri"]
    assert ("XLON" in table.closures) == (kind == "closure")  # a holiday surprised nobody


def test_a_row_moves_hours(tmp_path):
    table = own(tmp_path, "XLON,hours,2025-06-04,2025-06-05,08:00-16:30,10:00-15:00")
    assert days_and_hours(table) == {
        "Mon": ("08:00", "16:35"),
        "Tue": ("08:00", "16:35"),
        "Wed": ("10:00", "15:00"),
        "Thu": ("10:00", "15:00"),
        "Fri": ("08:00", "16:35"),
    }


def test_the_row_of_the_user_holds_against_one_of_the_package(tmp_path):
    table = own(
        tmp_path,
        "XLON,close_time,2025-06-03,2025-06-03,16:30,16:40",
        "XKRX,session,2026-06-03,2026-06-03,closed,09:00-15:30",
    )
    assert [close for _, close in days_and_hours(table).values()] == [
        "16:35", "16:40", "16:35", "16:35", "16:35",
    ]  # fmt: skip
    assert "Wed" in days_and_hours(table, "XKRX", "2026-06-01", "2026-06-05")
    assert "Wed" not in days_and_hours(built_in(), "XKRX", "2026-06-01", "2026-06-05")


def test_a_session_can_stand_where_the_calendar_has_none_at_all(tmp_path):
    table = own(tmp_path, "XTKS,session,2025-06-07,2025-06-07,closed,09:00-11:00")
    calendar = sessions_held("JPX", "2025-06-07", "2025-06-08", table)
    assert calendar.session.tolist() == [date(2025, 6, 7)]
    assert str(calendar.open_at[0]) == "2025-06-07T00:00:00"  # 9:00 in Tokyo


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
        (HEAD + ROW.replace("XHKG", "XNSE"), "column exchange: 'XNSE'.*India.*'XBOM'"),
        (
            HEAD + "XKRX,hours,2025-11-13,2025-11-13,09:00-15:30,10-16,Exam,https://example.org/\n",
            "column value: '10-16'.*HH:MM-HH:MM",
        ),
        (
            HEAD + "XKRX,session,2025-11-15,,closed,10:00-16:00,Day,https://example.org/\n",
            "A session has one row a day",
        ),
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
