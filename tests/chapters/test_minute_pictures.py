"""Pictures of the page on minutes: which bars there are, what would be noticed, two events."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from minute_markets import ZONE, bar_frame, bars_of, event, futures_frame, sessions_of

from analysis.chapters.minutes.coverage import coverage_chart, spans_of
from analysis.chapters.minutes.noticed import noticed_chart, noticed_rows
from analysis.chapters.minutes.specimens import specimen_events, specimens
from analysis.reactions.minute_pairs import MinuteSeries
from analysis.reactions.minute_paths import MinutePaths
from analysis.reactions.minutes import minutes_table, moments
from analysis.seeds.markets import Market, MarketBars, StandIn
from analysis.sessions.marks import exchange_grid, round_the_clock_grid

BARS = MarketBars("x.csv", None, None, ("total",))
MARKETS = (
    Market("SH", "Share", "Share", "stock", "XNYS", "USD", "study", (), "", bars=BARS,
           stand_in=StandIn("FUT", "futures", ZONE, "18:00", "17:00", BARS)),
    Market("BARE", "Bare", "Bare", "stock", "XNYS", "USD", "study", (), ""),
)  # fmt: skip
EVENTS = moments(
    [
        event("before", "2024-02-20T16:10:00Z"),
        event("open", "2025-03-05T16:10:00Z"),
        event("shut", "2025-02-12T23:20:00Z"),
    ]
)


class Seeds(SimpleNamespace):
    markets = study_markets = MARKETS

    def event(self, name):
        best = pd.Timestamp(next(e.best for e in EVENTS if e.id == name))
        return SimpleNamespace(title=f"News <{name}>", announced_at=best)


@pytest.fixture(scope="module")
def paths():
    sessions = sessions_of("2024-03-01")
    share = exchange_grid(bars_of(bar_frame(sessions)), sessions, index=False)
    futures = futures_frame()
    hole = futures.bar_end.between("2024-08-01", "2024-08-20")
    grid = round_the_clock_grid(
        bars_of(futures[~hole].assign(symbol="FUT")), zone=ZONE, opens=18 * 60, closes=17 * 60
    )
    return MinutePaths((MinuteSeries(share), MinuteSeries(grid, stands_for="SH")), EVENTS)


@pytest.fixture(scope="module")
def store(paths):
    table = minutes_table(EVENTS, paths.series)
    for end in ("start", "end"):
        stamps = pd.to_datetime(table[end]).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        table[end] = stamps.fillna("")
    run = SimpleNamespace(study=SimpleNamespace(model="constant_mean"), benchmark=None)
    return SimpleNamespace(spec=run, minutes=table)


def test_a_hole_divides_the_bars_and_holidays_do_not(paths):
    days = [(str(first), str(last)) for first, last in spans_of(paths.series[1])]
    assert days == [("2024-01-01", "2024-07-31"), ("2024-08-20", "2025-03-31")]
    assert len(spans_of(paths.series[0])) == 1


def test_the_title_says_where_bars_are_missing(paths):
    chart = coverage_chart(paths, Seeds())
    assert chart.title == (
        "No bars for Bare, none for Share before 1 March 2024 and one gap in those for futures"
    )
    assert chart.table["series"].tolist() == ["Share", "futures", "futures", "Bare"]
    assert chart.table["bars"].tolist()[1:] == ["hours, day and night"] * 2 + ["none"]
    assert all(drawing.html().count(">none<") == 1 for drawing in chart.drawings)


def test_without_bars_no_series_has_any():
    chart = coverage_chart(MinutePaths((), EVENTS), Seeds())
    assert chart.title == "No bars for Share and Bare"


def test_what_would_be_noticed_is_what_normal_moves_hide(paths, store):
    """With 1.96 s.d. as the mark, 80 % of days show an effect of 2.8 s.d."""
    share, futures = noticed_rows(store, Seeds(), paths)
    hour = 0.002 * np.sqrt(2)  # of half hours with .002
    assert share.least == pytest.approx(2.8 * hour, rel=0.25)
    assert share.least <= share.most < 2 * share.least
    assert share.day == pytest.approx(2.8 * 0.01, rel=0.25)
    assert futures.least == pytest.approx(2.8 * 0.001, rel=0.25)
    assert np.isnan(futures.opening)
    chart = noticed_chart(store, Seeds(), paths)
    assert chart.title.startswith("Share: a whole day notices")
    assert len(chart.table) == 2


def test_one_specimen_is_of_trading_hours_and_one_of_a_shut_market(paths, store):
    assert specimen_events(store, Seeds()) == ["open", "shut"]
    html = specimens(store, Seeds(), paths).html
    assert "<h3>5 March 2025: News &lt;open&gt;</h3>" in html
    assert "On the clocks there: " in html
    names = re.findall(r'<figure id="([^"]+)"', html)
    assert len(names) == len(set(names)) >= 2


def test_without_bars_there_is_no_specimen():
    empty = SimpleNamespace(
        spec=SimpleNamespace(study=SimpleNamespace(model="constant_mean"), benchmark=None),
        minutes=minutes_table((), ()),
    )
    said = specimens(empty, Seeds(), MinutePaths((), EVENTS)).html
    assert said == "<p>There is none to show: no window of the events has bars.</p>"
    assert noticed_chart(empty, Seeds(), MinutePaths((), EVENTS)) is None
