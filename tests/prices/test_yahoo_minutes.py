"""Bars of minutes from Yahoo: what it serves, what is kept, and what is left out."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from minute_markets import SHARE, sessions_of
from yahoo_server import YahooServer, serving

import analysis
from analysis.__main__ import main
from analysis.errors import InputError, NetworkError, PlausibilityWarning, PriceError
from analysis.prices.bars import bars_from_frame, read_bars
from analysis.prices.yahoo_minutes import yahoo_minutes
from analysis.sessions.marks import exchange_grid

NOW = datetime(2025, 3, 31, 21, tzinfo=UTC)
STEPS = {"1m": 60, "5m": 300, "1h": 3600}


@dataclass
class Intraday:
    """Bars as Yahoo sends them: stamped at their starts, blank where nobody traded."""

    sessions: object
    factor: float = 1.0
    asked: tuple = ()

    def chart(self, symbol, period):
        interval = self.interval
        step = np.timedelta64(STEPS[interval], "s")
        starts = np.concatenate([
            np.arange(o, c, step) for o, c in zip(self.sessions.open_at, self.sessions.close_at,
                                                  strict=True)
        ])  # fmt: skip
        seconds = starts.astype("datetime64[s]").astype(np.int64)
        seconds = seconds[(seconds >= period[0]) & (seconds < period[1])]
        close = [self.factor * (100 + s % 977 / 100) for s in seconds.tolist()]
        close[3:4] = [None]
        stamps = [*seconds.tolist(), int(NOW.timestamp()) - 17]
        quote = {"close": [*close, 100.0]}
        result = {"meta": {"symbol": symbol, "dataGranularity": interval}, "timestamp": stamps,
                  "indicators": {"quote": [quote]}}  # fmt: skip
        return {"chart": {"result": [result], "error": None}}


@pytest.fixture
def yahoo():
    series = Intraday(sessions_of("2025-01-02", "2025-03-31"))
    with serving(YahooServer({"SH": series})) as server:
        yield server


def fetched(yahoo, interval="5m", *, now=NOW, **options):
    yahoo.series["SH"].interval = interval
    return yahoo_minutes(
        ["SH"], interval=interval, session=yahoo.session(), pauses=(), now=now, **options
    )


def test_bars_start_where_their_stamps_say_and_blanks_are_no_bars(yahoo):
    found = fetched(yahoo, first=date(2025, 3, 27), last=date(2025, 3, 28))
    assert list(found.columns) == ["symbol", "bar_start", "close"]
    assert len(found) == 2 * 78 - 1
    assert found.bar_start.iloc[0] == pd.Timestamp("2025-03-27T13:30Z")
    assert bars_from_frame(found)["SH"].stamp == "start"


def test_the_bar_of_the_present_and_bars_off_the_clock_are_left_out(yahoo):
    during = datetime(2025, 3, 31, 15, 2, tzinfo=UTC)
    found = fetched(yahoo, first=date(2025, 3, 31), now=during)
    assert found.bar_start.iloc[-1] == pd.Timestamp("2025-03-31T14:25Z")
    assert (found.bar_start.dt.second == 0).all()


def test_what_was_had_is_not_asked_for_again(yahoo, tmp_path):
    span = {"first": date(2025, 3, 10), "last": date(2025, 3, 28), "cache_dir": tmp_path}
    first = fetched(yahoo, **span)
    asked = yahoo.asked["SH"]
    pd.testing.assert_frame_equal(fetched(yahoo, **span), first)
    assert yahoo.asked["SH"] == asked


def test_what_was_kept_outlives_what_is_served(yahoo, tmp_path):
    early = datetime(2025, 2, 14, 22, tzinfo=UTC)
    fetched(yahoo, cache_dir=tmp_path, now=early)
    found = fetched(yahoo, first=date(2025, 1, 6), cache_dir=tmp_path, now=early + 20 * day)
    again = fetched(yahoo, first=date(2025, 1, 6), cache_dir=tmp_path, now=NOW)
    assert found.bar_start.iloc[0] == again.bar_start.iloc[0] == pd.Timestamp("2025-01-06T14:30Z")
    assert again.bar_start.iloc[-1] > found.bar_start.iloc[-1]


day = timedelta(days=1)


def test_a_split_since_makes_the_past_anew(yahoo, tmp_path):
    fetched(yahoo, cache_dir=tmp_path, first=date(2025, 3, 3), now=NOW - 4 * day)
    yahoo.series["SH"].factor = 0.1
    found = fetched(yahoo, cache_dir=tmp_path, first=date(2025, 3, 3))
    assert found.close.max() < 11


@pytest.mark.parametrize("damage", [b"", b"# {}\n", b"rubbish"])
def test_a_damaged_file_is_had_anew(yahoo, tmp_path, damage):
    span = {"first": date(2025, 3, 27), "last": date(2025, 3, 28), "cache_dir": tmp_path}
    first = fetched(yahoo, **span)
    next(tmp_path.glob("yahoo-5m-SH.csv")).write_bytes(damage)
    pd.testing.assert_frame_equal(fetched(yahoo, **span), first)


def test_more_days_than_one_answer_holds_are_asked_for_in_parts(yahoo):
    found = fetched(yahoo, "1m", first=date(2025, 3, 10))
    assert yahoo.asked["SH"] == 4
    assert not found.bar_start.duplicated().any()
    assert found.bar_start.iloc[0] == pd.Timestamp("2025-03-10T13:30Z")


@pytest.mark.parametrize(
    ("options", "said"),
    [({"interval": "2m"}, "1m, 5m"), ({"first": date(2024, 6, 1)}, "59 days")],
)
def test_what_yahoo_does_not_serve_is_said(yahoo, options, said):
    with pytest.raises(InputError, match=said):
        fetched(yahoo, **options)


def test_faults_are_told_from_symbols_that_do_not_exist(yahoo):
    yahoo.faults["SH"] = (503, "text/plain", "")
    with pytest.raises(NetworkError, match="503"):
        fetched(yahoo)
    del yahoo.series["SH"]
    yahoo.faults.clear()
    with pytest.raises(PriceError, match="delisted"):
        yahoo_minutes(["SH"], interval="5m", session=yahoo.session(), pauses=(), now=NOW)


def test_daily_bars_are_no_minutes(yahoo):
    yahoo.twist["SH"] = lambda result: result["meta"].update(dataGranularity="1d")
    with pytest.raises(PriceError, match="instead of '5m'"):
        fetched(yahoo)


def test_bars_of_yahoo_pass_the_gate_and_become_reactions(yahoo):
    sessions = yahoo.series["SH"].sessions
    found = fetched(yahoo, "1h")
    grid = exchange_grid(bars_from_frame(found)["SH"], sessions, index=False)
    assert list(grid.clock[:2]) == [10 * 60 + 30, 11 * 60 + 30]
    assert np.isfinite(grid.price[1:]).all()
    closes = pd.DataFrame({"date": sessions.session, "SH": sessions.price})
    event = pd.DataFrame({"event_id": ["e"], "announced_at": ["2025-03-20T15:00Z"]})
    with pytest.warns(PlausibilityWarning, match="over 2 % from the official close"):
        table = analysis.minutes(found, event, exchange=SHARE.exchange, closes=closes)
    row = table.set_index("kind").loc["h60"]
    assert (row.start, row.end) == (
        pd.Timestamp("2025-03-20T14:30"),
        pd.Timestamp("2025-03-20T16:30"),
    )


def test_the_command_writes_a_file_whose_column_says_what_stamps_mark(
    yahoo, tmp_path, monkeypatch, capsys
):
    held = fetched(yahoo, first=date(2025, 3, 27), last=date(2025, 3, 28))
    asked = {}

    def kept(symbols, **options):
        asked.update(options, symbols=symbols)
        return held

    monkeypatch.setattr("analysis.prices.yahoo_minutes.yahoo_minutes", kept)
    out = tmp_path / "bars.csv"
    command = ["prices", "fetch", "--interval", "5m", "--market", "SH", "--start", "2025-03-27"]
    assert main([*command, "--out", str(out)]) == 0
    assert asked["symbols"] == ["SH"]
    assert asked["first"] == date(2025, 3, 27)
    assert "155 bars" in capsys.readouterr().out
    bars = read_bars(out)["SH"]
    assert (bars.stamp, bars.step, len(bars.time)) == ("start", 5, 155)
    assert main(command) == 2
    assert "--out" in capsys.readouterr().err


def test_bars_of_an_hour_that_start_at_a_quarter_to_are_bars(yahoo):
    """Mumbai opens at 09:15, 03:45 UTC: all of its bars were taken for that of the present."""
    sessions = yahoo.series["SH"].sessions
    early = replace(
        sessions,
        open_at=sessions.open_at - np.timedelta64(15, "m"),
        close_at=sessions.close_at - np.timedelta64(15, "m"),
    )
    yahoo.series["SH"].sessions = early
    found = fetched(yahoo, "1h")
    assert set(found.bar_start.dt.minute) == {15}


def test_what_yahoo_says_of_a_span_is_repeated_and_not_waited_for(yahoo):
    said = "1m data not available for startTime=1. The requested range must be within 30 days."
    body = json.dumps({"chart": {"result": None, "error": {"description": said}}})
    yahoo.faults["SH"] = (422, "application/json", body)
    with pytest.raises(PriceError, match="within 30 days"):
        yahoo_minutes(
            ["SH"], interval="1m", session=yahoo.session(), pauses=(0.0, 0.0, 0.0), now=NOW
        )
    assert yahoo.asked["SH"] == 2  # the client's own second try, and none of ours


def test_a_last_part_without_a_session_is_no_fault(yahoo):
    """Asked for in sevens of days, the last part may be a weekend: Yahoo says it has no data."""
    sunday = datetime(2025, 3, 30, 12, tzinfo=UTC)
    body = json.dumps({"chart": {"result": None, "error": {
        "description": "Data doesn't exist for startDate = 1, endDate = 2"}}})  # fmt: skip
    chart = yahoo.series["SH"].chart

    def answer(symbol, period):
        return chart(symbol, period) if yahoo.asked["SH"] < 3 else json.loads(body)

    yahoo.series["SH"].chart = answer
    found = fetched(yahoo, "1m", first=date(2025, 3, 15), now=sunday)
    assert yahoo.asked["SH"] == 3
    assert found.bar_start.max() == pd.Timestamp("2025-03-28T19:59Z")
