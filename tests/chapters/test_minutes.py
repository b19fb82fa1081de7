"""What pages say of minutes: counts with chance, what holds, and one event."""

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.chapters.minutes.tables import coverage_table, noticed_table, standing_out_table
from analysis.chapters.minutes.words import event_words, front_sentence, overview
from analysis.reactions.minutes import COLUMNS
from analysis.seeds.markets import Market, MarketBars, StandIn

BARS = MarketBars("x.csv", None, None, ("total",))
INDEX = Market(
    "^IX", "Index", "Index", "index", "XNYS", "USD", "related", (), "", bars=BARS,
    stand_in=StandIn("FU", "futures", "America/New_York", "18:00", "17:00", BARS),
)  # fmt: skip
SHARE = Market("SH", "S", "Share", "stock", "XNYS", "USD", "study", ("^IX",), "constant_mean")
EMPTY = SimpleNamespace(minutes=pd.DataFrame(columns=list(COLUMNS)))


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
    return SimpleNamespace(minutes=pd.DataFrame([*rows, *days], columns=list(COLUMNS)))


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


def test_without_bars_nothing_is_said():
    assert front_sentence(EMPTY, Seeds()) == ""
    assert event_words(EMPTY, Seeds(), "a") == ()
    assert [s.finding for s in overview(EMPTY, Seeds())] == [False]


def test_tables_name_series_and_news():
    found = store(row(series="FU"))
    assert standing_out_table(found, Seeds()).rows[0][:2] == ("News a", "futures")
    assert noticed_table(found, Seeds()).rows[0][0] == "futures"
    assert coverage_table(found, Seeds()).rows == (("futures", "1", "1"), ("Share", "0", "1"))
    assert standing_out_table(EMPTY, Seeds()).rows == ()
