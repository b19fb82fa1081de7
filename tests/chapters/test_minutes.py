"""What pages say of minutes: counts with chance, what holds, and one event."""

import re
from math import prod
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.chapters.minutes.event import minute_charts, split_chart
from analysis.chapters.minutes.pictures import days_and_minutes_chart
from analysis.chapters.minutes.tables import coverage_table, noticed_table, standing_out_table
from analysis.chapters.minutes.verdict import apart, headline, standing_out, verdict_block
from analysis.chapters.minutes.words import event_words, front_sentence, overview
from analysis.reactions.minutes import COLUMNS
from analysis.seeds.markets import Market, MarketBars, StandIn

BARS = MarketBars("x.csv", None, None, ("total",))
INDEX = Market(
    "^IX", "Index", "Index", "index", "XNYS", "USD", "related", (), "", bars=BARS,
    stand_in=StandIn("FU", "futures", "America/New_York", "18:00", "17:00", BARS),
)  # fmt: skip
SHARE = Market("SH", "S", "Share", "stock", "XNYS", "USD", "study", ("^IX",), "constant_mean")
RUN = SimpleNamespace(study=SimpleNamespace(model="market_model"), benchmark=None)
EMPTY = SimpleNamespace(spec=RUN, minutes=pd.DataFrame(columns=list(COLUMNS)))


class Seeds(SimpleNamespace):
    markets = (INDEX, SHARE)
    study_markets = (SHARE,)

    def event(self, name):
        return SimpleNamespace(title=f"News {name}")


def row(event="a", series="^IX", **changed):
    plain = dict.fromkeys(COLUMNS, float("nan"))
    return plain | {
        "event_id": event, "series": series, "benchmark": "total", "kind": "h30",
        "start": "2025-10-10T14:55:00Z", "end": "2025-10-10T15:25:00Z", "ret": -0.015,
        "ar": -0.015, "z": -4.0, "p": 1 / 291, "n_placebo": 290.0, "q95": 2.0, "mde": 0.005,
        "p_family": 0.02, "phase": "in_session", "clock": "loose", "primary": True, "others": "",
        "note": "",
    } | changed  # fmt: skip


def store(*rows):
    days = [r | {"kind": "day0", "primary": False, "p": 0.5, "p_family": 0.9} for r in rows]
    return SimpleNamespace(spec=RUN, minutes=pd.DataFrame([*rows, *days], columns=list(COLUMNS)))


def test_what_holds_is_said_with_its_counts():
    quiet = row("b", p=0.4, p_family=1.0, start="2025-10-11T14:55:00Z")
    said = [s.text for s in overview(store(row(), quiet), Seeds())]
    assert said[0] == (
        "In minutes one reaction holds when all of a series are judged together: the Index fell "
        "1.5 % from 14:55 to 15:25 UTC on 10 October 2025."
    )
    assert said[1].startswith("In minutes one of 2 reactions stand out alone")
    assert front_sentence(store(row(), quiet), Seeds()) == (
        "In minutes one reaction holds when all of a series are judged together."
    )


@pytest.mark.parametrize(
    ("held", "by_day", "said"),
    [
        ((0.02,), (0.9,), "In minutes one reaction holds when all are judged together; by the "
         "whole day it does not"),
        ((0.02,), (0.01,), "In minutes one reaction holds when all are judged together; by the "
         "whole day it does as well"),
        ((0.02, 0.03), (0.9, 0.9), "In minutes two reactions hold when all are judged together; "
         "by the whole day neither does"),
        ((0.02, 0.03, 0.04), (0.9, 0.9, 0.01), "In minutes three reactions hold when all are "
         "judged together; by the whole day one of them does as well"),
        ((0.9,), (0.01,), "Minutes show less than days: none of one reaction holds when all are "
         "judged together, while by the whole day one does"),
        ((0.9, 0.9), (0.9, 0.9), "Minutes show no more than days: none of two reactions holds "
         "when all are judged together"),
        ((), (), "Minutes show nothing here: there are no intraday bars"),
    ],
)  # fmt: skip
def test_the_page_opens_with_what_minutes_show_that_days_do_not(held, by_day, said):
    rows = [row(str(n), p_family=p, start=f"2025-10-1{n}T14:55:00Z") for n, p in enumerate(held)]
    found = store(*rows) if rows else EMPTY
    days = found.minutes.kind == "day0"
    found.minutes.loc[days, "p_family"] = by_day
    assert headline(found, Seeds()) == said
    assert f'<h1 class="verdict">{said}</h1>' in verdict_block(found, Seeds()).html


def test_two_figures_of_the_page_on_minutes_agree():
    """The picture counted by the edge of its grey area, the sentence by ordinary sessions."""
    found = store(row("a", p=0.0526, z=2.02, q95=2.0), row("b", start="2025-10-11T14:55:00Z"))
    found.run = {"data_end": "2025-12-31"}
    assert days_and_minutes_chart(found, Seeds()).title.startswith("One reaction stands out only")
    (said,) = apart(found, Seeds())
    assert said.text == (
        "Of two reactions one stands out only in minutes, none only in days, none in both."
    )
    assert "0 of 290" in standing_out(found, Seeds())._repr_html_()


def test_a_window_that_two_events_share_counts_once():
    said = overview(store(row("a"), row("b")), Seeds())[1].text
    assert "of 1 reactions" in said


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "Yes: the Index fell 1.5 %"),
        ({"p_family": 0.4}, "Unusual alone: the Index fell"),
        ({"p": 0.4, "p_family": 1.0}, "Ordinary: the Index fell"),
    ],
)
def test_the_verdict_on_one_event(changed, said):
    words = event_words(store(row(**changed)), Seeds(), "a")
    assert words[0].startswith(said)
    assert words[-1] == "No bars for Share."


def test_shut_markets_are_named():
    words = event_words(store(row(phase="closed")), Seeds(), "a")
    assert words[1].startswith("The Index was shut when the news came")


@pytest.mark.parametrize(
    ("p", "of_day", "said"),
    [
        (0.4, 0.01, "The whole day of the Index stands out, the minutes after the news do not"),
        (0.01, 0.4, "By the whole day the Index does not stand out."),
        (0.01, 0.01, "No bars"),
        (0.4, 0.4, "No bars"),
    ],
)
def test_where_day_and_minutes_disagree_it_is_said(p, of_day, said):
    found = store(row(p=p))
    found.minutes.loc[found.minutes.kind == "day0", "p"] = of_day
    assert event_words(found, Seeds(), "a")[1].startswith(said)


def day_of(*parts, whole=None):
    """An event whose day divides into parts, each a kind and a return."""
    rows = [row(kind=k, ret=r, primary=False) for k, r in parts]
    total = prod(1 + r for _, r in parts if r == r) - 1 if whole is None else whole
    return SimpleNamespace(
        spec=RUN, minutes=pd.DataFrame([row(kind="day0", ret=total, primary=True), *rows])
    )


def split_of(*parts, **options):
    found = day_of(*parts, **options)
    return split_chart(found, found.minutes.iloc[0].to_dict(), Seeds())


def test_the_printed_parts_of_a_day_add_up():
    chart = split_of(("before", 0.0034785), ("first_hour", 0.12166), ("rest", 0.0231))
    whole, *parts = numbers(chart.title)
    assert len(parts) == 3
    assert sum(parts) == pytest.approx(whole, abs=1e-9)
    assert chart.table.points[:3].sum() == pytest.approx(chart.table.points[3], abs=1e-12)


def numbers(title):
    """The percentages of a title with their signs."""
    found = re.findall(r"([+−]?) ?([0-9.]+) %", title)
    return [float(f"{'-' if sign == '−' else ''}{figure}") for sign, figure in found]


def test_without_anything_before_the_news_the_first_part_holds_the_night():
    chart = split_of(("before", float("nan")), ("first_hour", 0.024), ("rest", -0.006))
    assert chart.title == "+1.8 % = +2.4 % overnight and in the first hour − 0.6 % after that"


def test_a_day_whose_parts_do_not_multiply_back_is_not_divided():
    assert split_of(("before", 0.01), ("first_hour", 0.01), whole=0.03) is None
    assert split_of(("first_hour", 0.01)) is None


def test_shut_markets_that_are_not_spoken_of_are_not_listed():
    shut = [row(series=s, p=p, phase="closed") for s, p in (("^IX", 0.1), ("FU", 0.2), ("SH", 0.3))]
    said = " ".join(event_words(store(*shut), Seeds(), "a"))
    assert "The Index and the futures were shut" in said
    assert "Share were shut" not in said


def test_without_bars_nothing_is_said():
    assert front_sentence(EMPTY, Seeds()) == ""
    assert event_words(EMPTY, Seeds(), "a") == ()
    assert minute_charts(EMPTY, Seeds(), "a", None) == ()
    assert [s.finding for s in overview(EMPTY, Seeds())] == [False]


def test_tables_name_series_and_news():
    found = store(row(series="FU"))
    assert standing_out_table(found, Seeds()).rows[0][:2] == ("News a", "futures")
    assert noticed_table(found, Seeds()).rows[0][0] == "futures"
    assert coverage_table(found, Seeds()).rows == (("futures", "1", "1"), ("Share", "0", "1"))
    assert standing_out_table(EMPTY, Seeds()).rows == ()


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ("^IX", "10:55 to 11:25 in New York"),
        ("FU", "10:55 to 11:25 in New York"),
        ("TK", "23:55 to 00:25 in Tokyo"),
    ],
)
def test_local_times_stand_beside_utc(series, said):
    tokyo = Market("TK", "Index", "Tokyo", "index", "XTKS", "JPY", "study", (), "", bars=BARS)
    seeds = Seeds(markets=(INDEX, tokyo))
    found = store(row(series=series))
    assert standing_out_table(found, seeds).rows[0][3] == said
