"""Tables of companies' events: which column is what, and what dates mean."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import openpyxl
import pytest

from analysis.errors import InputError
from analysis.seeds.event_tables import kind_of, read_event_table
from analysis.seeds.table_dates import Moment, read_days, with_clock


def days(*texts):
    return read_days(texts, lines=range(2, 2 + len(texts)), source="e.csv", column="Date")


def written(tmp_path, text, name="events.csv"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


MAY_24 = date(2023, 5, 24)
FORMS = {
    "2023-05-24": "YYYY-MM-DD",
    "2023/05/24": "YYYY-MM-DD",
    "20230524": "YYYYMMDD",
    "24.05.2023": "dd.mm.yyyy",
    "24.5.2023": "dd.mm.yyyy",
    "24/05/2023": "dd/mm/yyyy",
    "05/24/2023": "mm/dd/yyyy",
    "24-05-2023": "dd/mm/yyyy",
    "24 May 2023": "day month year",
    "24-May-2023": "day month year",
    "Wed, 24 May 2023": "day month year",
    "May 24, 2023": "month day, year",
    "45070": "Excel day number",
}


@pytest.mark.parametrize(("text", "form"), FORMS.items())
def test_a_date_is_read_in_the_form_people_write(text, form):
    assert days(text) == ([Moment(MAY_24)], form)


@pytest.mark.parametrize(
    ("text", "clock", "offset"),
    [
        ("2023-05-24 16:20", time(16, 20), None),
        ("2023-05-24T16:20:05", time(16, 20, 5), None),
        ("2023-05-24T20:20Z", time(20, 20), timedelta()),
        ("2023-05-24 16:20:00-04:00", time(16, 20), timedelta(hours=-4)),
        ("24.05.2023 16:20", time(16, 20), None),
        ("05/24/2023 4:20 PM", time(16, 20), None),
        ("May 24, 2023 12:05 am", time(0, 5), None),
        ("2023-05-24 00:00:00", None, None),  # as programs write a day
    ],
)
def test_a_time_beside_the_date_makes_an_instant(text, clock, offset):
    assert days(text)[0] == [Moment(MAY_24, clock, offset)]


@pytest.mark.parametrize(
    ("cell", "clock", "part"),
    [
        ("16:05", time(16, 5), ""), ("4:05 PM", time(16, 5), ""), ("8am", time(8), ""),
        (0.5, time(12), ""), ("AMC", None, "after"), ("Before Market Open", None, "before"),
        ("", None, ""), ("TAS", None, ""),
    ],
)  # fmt: skip
def test_a_column_of_times_is_read_as_people_write_it(cell, clock, part):
    assert with_clock(Moment(MAY_24), cell) == Moment(MAY_24, clock, None, part)


def test_one_date_of_the_column_decides_the_order():
    assert days("03/04/2023", "13/04/2023")[0][0] == Moment(date(2023, 4, 3))
    assert days("03/04/2023", "04/13/2023")[0][0] == Moment(date(2023, 3, 4))
    assert days("03/03/2023")[0][0] == Moment(date(2023, 3, 3))  # the same either way


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("03/10/2023", "04/11/2023"), "day and month can be confused"),
        (("13/10/2023", "10/13/2023"), "one form of dates"),
        (("2023-10-03", "03.10.2023"), "one form of dates"),
        (("03/10/23",), "two digits"),
        (("soon",), "no row holds a date"),
    ],
)
def test_ambiguous_dates_are_refused_with_one_remedy(texts, said):
    with pytest.raises(InputError, match=said) as caught:
        days(*texts)
    assert str(caught.value).endswith("Write dates as YYYY-MM-DD, for example 2023-10-03.")


def test_a_row_without_a_date_is_kept_with_its_reason():
    found, _ = days("2023-05-24", "", "2023-02-30", "tba")
    assert found[1] == "it has no date"
    assert "no such day" in found[2]
    assert found[3] == "'tba' is no date"


def test_columns_are_found_under_the_names_people_use(tmp_path):
    table = read_event_table(
        written(
            tmp_path,
            "Event Date;Time;Ticker;Headline;Sector;Size\n"
            "24.05.2023;16:20;NVDA;Results; beat;Tech;1,5\n".replace("Results; beat", "Results")
            + '24.05.2023;;KO;"A; b";Food;2\n25.05.2023;;NVDA;More;Tech;3\n',
        )
    )
    assert list(table.frame["event_id"]) == ["NVDA-2023-05-24", "KO-2023-05-24", "NVDA-2023-05-25"]
    assert table.frame["moment"][0] == Moment(MAY_24, time(16, 20))
    assert list(table.frame["title"]) == ["Results", "A; b", "More"]
    assert table.groups == ["Sector"]
    assert table.columns["day"] == "Event Date"


def test_a_pair_of_currencies_and_a_class_of_shares_are_one_company(tmp_path):
    for cell, n in (("USD/MXN", 1), ("BTC/USDT", 1), ("BRK/B", 1), ("EURO/MXNA", 2), ("F/GM", 2)):
        file = written(tmp_path, f"ticker,date\n{cell},2023-05-24\n")
        assert len(read_event_table(file)) == n


def test_a_ticker_goes_before_a_company(tmp_path):
    table = read_event_table(written(tmp_path, "company,ticker,date\nCola,KO,2023-05-24\n"))
    assert table.securities == ["KO"]
    only = read_event_table(written(tmp_path, "company,date\nCola,2023-05-24\n"))
    assert only.securities == ["Cola"]


def test_two_events_of_a_company_on_a_day_keep_apart(tmp_path):
    table = read_event_table(
        written(tmp_path, "date,ticker\n2023-05-24,KO\n2023-05-24,KO\n", "events.tsv")
    )
    assert list(table.frame["event_id"]) == ["KO-2023-05-24", "KO-2023-05-24-2"]


def test_a_ticker_with_leading_zeros_or_like_a_missing_value_stays_text(tmp_path):
    table = read_event_table(written(tmp_path, "date,ticker\n2023-05-24,0005\n2023-05-24,NA\n"))
    assert table.securities == ["0005", "NA"]


def test_a_workbook_gives_its_own_dates_times_and_numbers(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Date", "Time", "PERMNO", "Kind"])
    sheet.append([datetime(2023, 5, 24), time(16, 20), 10107, "a"])
    sheet.append([datetime(2023, 5, 25), None, 10107, "b"])
    book.save(tmp_path / "events.xlsx")
    table = read_event_table(tmp_path / "events.xlsx")
    assert table.securities == ["10107"]
    assert list(table.frame["moment"]) == [
        Moment(MAY_24, time(16, 20)), Moment(date(2023, 5, 25)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Date,Time,Ticker,Headline", "table"),
        ("event_id,security,session", "table"),
        ("PERMNO,date", "table"),
        ("id,title,category,announced.best", "catalogue"),
        ("Date,Headline", "catalogue"),
    ],
)
def test_a_column_of_companies_makes_a_table(tmp_path, header, kind):
    row = ",".join("x" for _ in header.split(","))
    assert kind_of(written(tmp_path, f"{header}\n{row}\n"))[0] == kind


def test_a_row_with_more_cells_than_the_header_is_refused_with_its_line(tmp_path):
    file = written(tmp_path, "date,ticker\n2023-05-24,KO\n2023-05-24,KO,News, and more\n")
    with pytest.raises(InputError, match=r"events\.csv:3.*4 cells where the header has 2"):
        read_event_table(file)


def test_an_offset_that_contradicts_the_zone_of_its_row_is_a_reason(tmp_path):
    times = ("09:30-05:00", "09:30-04:00", "13:30Z", "09:30")
    rows = "".join(f"AB,2023-05-24T{clock},America/New_York\n" for clock in times)
    table = read_event_table(written(tmp_path, "ticker,date,zone\n" + rows))
    first, *others = table.frame["moment"]
    assert "-05:00 is not that of America/New_York then, which is -04:00" in first
    assert [type(moment) for moment in others] == [Moment] * 3
