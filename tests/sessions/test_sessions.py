"""Day 0, phases, closures and clock alignment: dated facts, each with the reason it is true."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.prices import Prices, load_prices
from analysis.seeds.catalogue import load_seeds
from analysis.seeds.markets import Market
from analysis.sessions import (
    aligned_returns,
    calendar_code,
    contains_news,
    market_sessions,
    reactions,
)
from analysis.sessions.calendars import exchange_calendar
from analysis.sessions.closures import Corrections, load_corrections

ROOT = Path(__file__).parents[2]
EXCHANGES = {
    "NVDA": "XNAS",
    "^N225": "XTKS",
    "^TWII": "XTAI",
    "^HSI": "XHKG",
    "^HSCE": "XHKG",
    "^GSPC": "XNYS",
    "^SOX": "XNYS",
    "^VIX": "XNYS",
}
STUDY = ("NVDA", "^N225", "^TWII", "^HSI")
BENCHMARKS = dict.fromkeys(STUDY, "^GSPC")


def market(symbol):
    return Market(
        symbol=symbol,
        name=symbol,
        short=symbol,
        kind="index",
        exchange=EXCHANGES[symbol],
        currency="USD",
        role="study",
        benchmarks=("^GSPC",),
        model="market_model",
    )


TABLE = load_corrections(ROOT / "data" / "calendar_corrections.csv")


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(told, earliest=None, latest=None, name="news"):
    return SimpleNamespace(
        id=name,
        announced_at=moment(told),
        earliest=moment(earliest or told),
        latest=moment(latest or told),
        concerns=lambda market: True,
    )


def lay(prices, symbol, *, corrections=TABLE):
    return market_sessions(market(symbol), prices, corrections=corrections)


def made_up(days, **columns):
    """Prices for given dates; None is a missing price."""
    index = pd.DatetimeIndex(days, name="session").as_unit("us")
    frame = pd.DataFrame({name.replace("IX", "^"): v for name, v in columns.items()}, index=index)
    return Prices(closes=frame.astype(float), kind="close", source="test")


@pytest.fixture(scope="module")
def prices():
    return load_prices(list(EXCHANGES), data_dir=ROOT / "data")


@pytest.fixture(scope="module")
def sessions(prices):
    return {symbol: lay(prices, symbol) for symbol in EXCHANGES}


def react(sessions, symbol, *args, **kwargs):
    (found,) = reactions([event(*args, **kwargs)], sessions, benchmarks={symbol: "^GSPC"})
    return found


def hours(sessions, symbol, day):
    """Return (open, break start, break end, close) of a session as HH:MM in UTC, '' for none."""
    axis = sessions[symbol]
    (at,) = np.flatnonzero(axis.session == np.datetime64(day))
    instants = (axis.open_at, axis.break_start, axis.break_end, axis.close_at)
    return tuple("" if np.isnat(array[at]) else f"{array[at].item():%H:%M}" for array in instants)


# ---------------------------------------------------------------------------------- hours

HOURS = [
    # New York: 9:30-16:00 local, in summer UTC-4, in winter UTC-5.
    ("^GSPC", "2025-03-07", ("14:30", "", "", "21:00")),  # the last Friday of winter time
    ("^GSPC", "2025-03-10", ("13:30", "", "", "20:00")),  # clocks went forward on Sunday 9 March
    ("^GSPC", "2025-10-31", ("13:30", "", "", "20:00")),
    ("^GSPC", "2025-11-03", ("14:30", "", "", "21:00")),  # clocks went back on Sunday 2 November
    # Half days close at 13:00 local.
    ("^GSPC", "2025-07-03", ("13:30", "", "", "17:00")),  # eve of Independence Day
    ("NVDA", "2025-11-28", ("14:30", "", "", "18:00")),  # day after Thanksgiving; Nasdaq too
    # Tokyo: lunch 11:30-12:30 local; the close moved from 15:00 to 15:30 on 5 November 2024.
    ("^N225", "2024-11-01", ("00:00", "02:30", "03:30", "06:00")),
    ("^N225", "2024-11-05", ("00:00", "02:30", "03:30", "06:30")),
    # Taipei: 9:00-13:30 local without a break.
    ("^TWII", "2025-06-06", ("01:00", "", "", "05:30")),
    # Hong Kong: lunch 12:00-13:00 local; the closing auction ends at 16:10, on half days at 12:10.
    ("^HSI", "2025-06-06", ("01:30", "04:00", "05:00", "08:10")),
    ("^HSI", "2024-12-24", ("01:30", "", "", "04:10")),  # Christmas Eve
    ("^HSI", "2025-01-28", ("01:30", "", "", "04:10")),  # eve of the Lunar New Year
]


@pytest.mark.parametrize(("symbol", "day", "expected"), HOURS)
def test_hours(sessions, symbol, day, expected):
    assert hours(sessions, symbol, day) == expected


def test_nasdaq_keeps_the_calendar_of_new_york(sessions):
    assert calendar_code("XNAS") == "XNYS"
    assert calendar_code("XHKG") == "XHKG"
    np.testing.assert_array_equal(sessions["NVDA"].close_at, sessions["^GSPC"].close_at)


@pytest.mark.parametrize(
    ("day", "opening"),
    [
        ("2020-08-19", "05:30"),  # typhoon Higos: trading began at 13:30 local
        ("2021-06-28", "05:30"),  # black rainstorm: 13:30
        ("2022-08-25", "05:00"),  # typhoon Ma-on: 13:00
    ],
)
def test_late_openings_in_hong_kong(day, opening):
    span = pd.bdate_range(pd.Timestamp(day) - pd.Timedelta(days=3), periods=6)
    late = {"^HSI": lay(made_up(span, IXHSI=range(1, 7)), "^HSI")}
    assert hours(late, "^HSI", day) == (opening, "", "", "08:10")  # no lunch break is left
    before = hours(late, "^HSI", str(late["^HSI"].session[0]))
    assert before == ("01:30", "04:00", "05:00", "08:10")


def test_closing_auction_began_on_25_july_2016():
    span = pd.to_datetime(["2016-07-21", "2016-07-22", "2016-07-25", "2016-07-26"])
    axis = {"^HSI": lay(made_up(span, IXHSI=[1, 2, 3, 4]), "^HSI")}
    assert hours(axis, "^HSI", "2016-07-22")[3] == "08:00"
    assert hours(axis, "^HSI", "2016-07-25")[3] == "08:10"


# ---------------------------------------------------------------------- closures and holidays

OPEN = [
    ("^HSI", "2025-05-02"),  # between Labour Day and Buddha's Birthday
    ("^TWII", "2025-05-02"),
    ("^HSI", "2024-11-14"),  # typhoon Toraji: Hong Kong trades through storms since 23 Sept 2024
    ("^HSI", "2025-09-24"),  # typhoon Ragasa
]
SHUT = [
    ("^N225", "2025-11-24"),  # Labour Thanksgiving Day, observed
    ("^HSI", "2025-05-01"),
    ("^TWII", "2025-05-01"),  # Labour Day
    ("^HSI", "2025-05-05"),  # Buddha's Birthday
    ("^TWII", "2024-10-31"),  # typhoon Kong-rey: the calendar package has a session
    ("^HSI", "2024-09-06"),  # typhoon Yagi
    ("^GSPC", "2025-01-09"),  # mourning for President Carter
]


@pytest.mark.parametrize(("symbol", "day"), OPEN)
def test_open_days(sessions, symbol, day):
    assert np.datetime64(day) in sessions[symbol].session


@pytest.mark.parametrize(("symbol", "day"), SHUT)
def test_closed_days(sessions, symbol, day):
    assert np.datetime64(day) not in sessions[symbol].session


def test_unscheduled_closures_of_the_snapshot(sessions):
    closures = {symbol: axis.closures for symbol, axis in sessions.items()}
    storms = ["2024-07-24", "2024-07-25", "2024-10-02", "2024-10-03", "2024-10-31"]
    assert [str(day) for day in closures["^TWII"]] == storms
    assert closures["^HSI"] == closures["^HSCE"] == (date(2024, 9, 6),)
    assert closures["NVDA"] == closures["^N225"] == ()


def test_every_session_of_the_snapshot_has_a_price(sessions):
    assert all(np.isfinite(axis.price).all() for axis in sessions.values())


def test_taipei_skips_the_typhoon_and_says_so(sessions):
    # News on 30 October 2024 after the close in Taipei (05:30 UTC); the 31st was a typhoon day.
    found = react(sessions, "^TWII", "2024-10-30T12:00")
    assert (found.prev_session, found.day0) == (date(2024, 10, 30), date(2024, 11, 1))
    assert (found.gap_days, found.unscheduled_closures) == (2, (date(2024, 10, 31),))
    # On the typhoon day itself the market was closed.
    assert react(sessions, "^TWII", "2024-10-31T03:00").phase == "closed_day"


def test_the_table_closes_hong_kong_on_1_september_2023():
    # The calendar package has sessions on 2023-09-01 and 09-08; HKEX cancelled both.
    days = pd.to_datetime(["2023-08-30", "2023-08-31", "2023-09-04", "2023-09-05"])
    prices = made_up(days, IXHSI=[1, 2, 3, 4])
    with_table = lay(prices, "^HSI")
    assert np.datetime64("2023-09-01") not in with_table.session
    assert with_table.closures == (date(2023, 9, 1),)
    without = lay(prices, "^HSI", corrections=Corrections())
    at = np.flatnonzero(without.session == np.datetime64("2023-09-01"))
    assert np.isnan(without.price[at]).all()
    assert without.closures == ()


def test_a_price_on_a_day_without_session_is_not_used(sessions):
    # 2025-11-24 was a holiday in Tokyo and 2025-11-22 a Saturday; some listings repeat a price.
    days = pd.to_datetime(["2025-11-20", "2025-11-21", "2025-11-22", "2025-11-24", "2025-11-25"])
    axis = lay(made_up(days, IXN225=[1, 2, 2, 2, 3]), "^N225")
    assert [str(day) for day in axis.session] == ["2025-11-20", "2025-11-21", "2025-11-25"]
    assert axis.price.tolist() == [1, 2, 3]


# -------------------------------------------------------------------------------- day 0

DAY_0 = [
    # The Trump-Xi call of 2025-06-05 was reported at 13:15 UTC, 15 minutes before New York opened.
    ("NVDA", "2025-06-05T13:15", "2025-06-05", "before_open", 405.0),
    ("^N225", "2025-06-05T13:15", "2025-06-06", "after_close", 1035.0),
    ("^TWII", "2025-06-05T13:15", "2025-06-06", "after_close", 975.0),
    ("^HSI", "2025-06-05T13:15", "2025-06-06", "after_close", 1135.0),
    # 24 November 2025 was a holiday in Tokyo: news that day waits for the 25th.
    ("^N225", "2025-11-24T03:00", "2025-11-25", "closed_day", 1650.0),
    # A weekend.
    ("NVDA", "2025-05-10T12:00", "2025-05-12", "closed_day", 3360.0),
    # 06:15 UTC: after the Tokyo close of 15:00 local, before that of 15:30 local.
    ("^N225", "2024-11-01T06:15", "2024-11-05", "after_close", 5775.0),
    ("^N225", "2024-11-05T06:15", "2024-11-05", "in_session", 15.0),
    # 16:05 in Hong Kong is in the closing auction, before the close of 16:10.
    ("^HSI", "2025-06-06T08:05", "2025-06-06", "in_session", 5.0),
    ("^HSI", "2024-12-24T04:05", "2024-12-24", "in_session", 5.0),
    # An instant exactly at the close belongs to the next session.
    ("^HSI", "2025-06-06T08:10", "2025-06-09", "after_close", 4320.0),
    ("NVDA", "2025-07-03T17:00", "2025-07-07", "after_close", 5940.0),  # half day
    ("NVDA", "2025-07-03T16:59", "2025-07-03", "in_session", 1.0),
    # 20:30 UTC is before the close in winter time and after it in summer time.
    ("NVDA", "2025-03-07T20:30", "2025-03-07", "in_session", 30.0),
    ("NVDA", "2025-03-10T20:30", "2025-03-11", "after_close", 1410.0),
    ("NVDA", "2025-10-31T20:30", "2025-11-03", "after_close", 4350.0),
    ("NVDA", "2025-11-03T20:30", "2025-11-03", "in_session", 30.0),
    # Lunch in Tokyo is [02:30, 03:30), in Hong Kong [04:00, 05:00) UTC: half-open.
    ("^N225", "2025-06-05T02:29", "2025-06-05", "in_session", 241.0),
    ("^N225", "2025-06-05T02:30", "2025-06-05", "in_break", 240.0),
    ("^N225", "2025-06-05T03:29", "2025-06-05", "in_break", 181.0),
    ("^N225", "2025-06-05T03:30", "2025-06-05", "in_session", 180.0),
    ("^HSI", "2025-06-05T04:00", "2025-06-05", "in_break", 250.0),
    ("^HSI", "2025-06-05T05:00", "2025-06-05", "in_session", 190.0),
    # The opening belongs to the session.
    ("^TWII", "2025-06-05T00:59", "2025-06-05", "before_open", 271.0),
    ("^TWII", "2025-06-05T01:00", "2025-06-05", "in_session", 270.0),
    # The local date decides: 15:30 UTC on the 5th is already the 6th in Tokyo, still the 5th in
    # Hong Kong.
    ("^N225", "2025-06-05T15:30", "2025-06-06", "before_open", 900.0),
    ("^HSI", "2025-06-05T15:30", "2025-06-06", "after_close", 1000.0),
    # Sunday evening in New York is Monday in Taipei.
    ("^TWII", "2025-06-08T23:00", "2025-06-09", "before_open", 390.0),
    ("NVDA", "2025-06-08T23:00", "2025-06-09", "closed_day", 1260.0),
]


@pytest.mark.parametrize(("symbol", "told", "day0", "phase", "minutes"), DAY_0)
def test_day_0_and_phase(sessions, symbol, told, day0, phase, minutes):
    found = react(sessions, symbol, told)
    assert (str(found.day0), found.phase, found.minutes_to_close) == (day0, phase, minutes)
    assert (found.status, found.reason) == ("ok", "")


@pytest.mark.parametrize("symbol", ["^HSI", "^TWII"])
def test_after_labour_day_2025_the_return_spans_two_calendar_days(sessions, symbol):
    # Both were shut on Thursday 1 May 2025 and open on Friday the 2nd, New York on both days.
    found = react(sessions, symbol, "2025-04-30T20:15")
    assert (found.prev_session, found.day0) == (date(2025, 4, 30), date(2025, 5, 2))
    assert found.gap_days == 2
    assert found.benchmark_sessions == 2  # New York closed on 30 April and 1 May in between
    assert found.unscheduled_closures == ()  # a scheduled holiday is none


def test_order_is_events_then_markets(sessions):
    events = [event("2025-06-05T13:15", name="a"), event("2025-06-06T13:15", name="b")]
    found = reactions(events, sessions, benchmarks=BENCHMARKS)
    expected = [(name, symbol) for name in "ab" for symbol in STUDY]
    assert [(r.event_id, r.market) for r in found] == expected


def test_events_with_the_same_day_0_are_shared(sessions):
    # Early and late on 15 July 2025 in New York; both reach Tokyo on the 16th.
    events = [
        event("2025-07-15T11:00", name="a"),
        event("2025-07-15T15:00", name="b"),
        event("2025-07-16T21:00", name="c"),
    ]
    found = reactions(events, sessions, benchmarks={"NVDA": "^GSPC", "^N225": "^GSPC"})
    shared = {(r.event_id, r.market): r.shared_with for r in found}
    assert shared["a", "NVDA"] == shared["a", "^N225"] == ("b",)
    assert shared["b", "NVDA"] == ("a",)
    assert shared["c", "NVDA"] == shared["c", "^N225"] == ()


# -------------------------------------------------------------------- ambiguity, candidates


def days(*texts):
    return tuple(date.fromisoformat(text) for text in texts)


def test_bounds_across_a_close_are_ambiguous_with_every_session_between(sessions):
    found = react(sessions, "NVDA", "2025-10-16T12:00", "2025-10-15T12:00", "2025-10-17T21:00")
    assert found.ambiguous
    assert found.day0 == date(2025, 10, 16)
    assert found.candidates == days("2025-10-15", "2025-10-16", "2025-10-17", "2025-10-20")


def test_bounds_inside_one_interval_are_not(sessions):
    found = react(sessions, "NVDA", "2025-10-16T12:00", "2025-10-15T20:00", "2025-10-16T19:30")
    assert (found.ambiguous, found.candidates) == (False, days("2025-10-16"))


def test_news_less_than_30_minutes_before_the_close_may_belong_to_the_next(sessions):
    late = react(sessions, "NVDA", "2025-10-16T19:31")
    assert (late.ambiguous, late.candidates) == (True, days("2025-10-16", "2025-10-17"))
    at_30 = react(sessions, "NVDA", "2025-10-16T19:30")
    assert (at_30.ambiguous, at_30.candidates) == (False, days("2025-10-16"))


def test_ambiguous_in_the_founding_case(sessions):
    seeds = load_seeds(ROOT / "seeds")
    found = {
        (r.event_id, r.market): r for r in reactions(seeds.events, sessions, benchmarks=BENCHMARKS)
    }
    # Statement of 18 July 2025, hour unknown; Monday the 21st was Marine Day in Tokyo.
    tokyo = found["mofcom-h20-statement-2025-07-18", "^N225"]
    assert (tokyo.ambiguous, tokyo.candidates) == (True, days("2025-07-18", "2025-07-22"))
    taipei = found["mofcom-h20-statement-2025-07-18", "^TWII"]
    assert taipei.candidates == days("2025-07-18", "2025-07-21")
    # China's 125 % of 11 April 2025 came at 08:00 UTC, 10 minutes before the Hong Kong close.
    hong_kong = found["china-125pct-tariff-2025-04-11", "^HSI"]
    assert (hong_kong.day0, hong_kong.minutes_to_close) == (date(2025, 4, 11), 10.0)
    assert hong_kong.candidates == days("2025-04-11", "2025-04-14")


def test_distinct_day_0s_of_the_founding_case(sessions):
    # Counted by another program from the dates with a price and hours typed by hand.
    seeds = load_seeds(ROOT / "seeds")
    found = reactions(seeds.events, sessions, benchmarks=BENCHMARKS)
    assert len(found) == 208
    assert {r.status for r in found} == {"ok"}
    distinct = {symbol: len({r.day0 for r in found if r.market == symbol}) for symbol in STUDY}
    assert distinct == {"NVDA": 36, "^N225": 32, "^TWII": 31, "^HSI": 29}
    for r in found:
        assert r.day0 in r.candidates
        assert r.candidates == tuple(sorted(set(r.candidates)))
        assert r.ambiguous or r.candidates == (r.day0,)


# ------------------------------------------------------------------------- missing prices

WEEK = ["2025-06-02", "2025-06-03", "2025-06-04", "2025-06-05", "2025-06-06"]
HOLE = [1.0, 1.1, None, 1.2, 1.3]
FULL = [1.0, 1.1, 1.15, 1.2, 1.3]
ON_WEDNESDAY = "2025-06-04T03:00"  # in session in Hong Kong


def hong_kong(first, second=None, days=tuple(WEEK)):
    columns = {"IXHSI": first} | ({} if second is None else {"IXHSCE": second})
    columns |= {"IXGSPC": FULL[: len(days)]}
    prices = made_up(pd.to_datetime(list(days)), **columns)
    return {name: lay(prices, name) for name in prices.closes}


@pytest.mark.parametrize("other", [FULL, None], ids=["sibling traded", "no sibling"])
def test_a_price_missing_in_one_series_is_never_filled_or_skipped(other):
    axes = hong_kong(HOLE, other)
    assert axes["^HSI"].closures == ()
    assert np.isnan(axes["^HSI"].price[2])
    found = react(axes, "^HSI", ON_WEDNESDAY)
    assert (found.status, found.day0, found.candidates) == ("missing_price", None, ())
    assert (found.phase, found.minutes_to_close) == ("in_session", 310.0)
    assert "^HSI has no price on 2025-06-04" in found.reason


def test_a_price_missing_before_day_0_leaves_no_return():
    found = react(hong_kong(HOLE, FULL), "^HSI", "2025-06-05T03:00")
    assert (found.status, str(found.day0)) == ("missing_return", "2025-06-05")
    assert (found.prev_session, found.gap_days) == (date(2025, 6, 3), 2)
    assert "2025-06-04, the session before day 0" in found.reason


def test_a_price_missing_in_every_series_of_a_vendor_is_no_closure():
    # All Taiwan tickers of one vendor once lacked 2025-02-20, an ordinary session: two series of
    # one vendor are one witness. Only the table or the user can say that the exchange was closed.
    axes = hong_kong(HOLE, HOLE)
    assert axes["^HSI"].closures == ()
    found = react(axes, "^HSI", ON_WEDNESDAY)
    assert (found.status, found.day0, found.row) == ("missing_price", None, None)
    assert found.unscheduled_closures == ()


def test_a_day_the_user_names_is_a_closure(tmp_path):
    path = tmp_path / "calendar_corrections.csv"
    path.write_text(
        "exchange,kind,first_date,last_date,calendar_says,value,reason,source\n"
        "HKEX,closure,2025-06-04,2025-06-04,session,closed,Storm,https://example.org/\n"
    )
    prices = made_up(pd.to_datetime(WEEK), IXHSI=HOLE, IXGSPC=FULL)
    table = load_corrections(path)
    axes = {name: lay(prices, name, corrections=table) for name in prices.closes}
    assert axes["^HSI"].closures == (date(2025, 6, 4),)
    found = react(axes, "^HSI", ON_WEDNESDAY)
    assert (found.status, str(found.day0), found.phase) == ("ok", "2025-06-05", "closed_day")
    assert (found.gap_days, found.unscheduled_closures) == (2, (date(2025, 6, 4),))
    assert axes["^HSI"].session[found.row] == np.datetime64("2025-06-05")


def test_candidates_without_a_price_are_left_out():
    found = react(
        hong_kong(HOLE, FULL), "^HSI", "2025-06-05T03:00", "2025-06-03T03:00", "2025-06-05T03:00"
    )
    assert found.candidates == days("2025-06-03", "2025-06-05")


@pytest.mark.parametrize("told", ["2025-05-30T03:00", "2025-06-02T03:00", "2025-06-06T08:10"])
def test_news_before_the_first_or_after_the_last_close_is_outside_the_data(told):
    found = react(hong_kong(FULL), "^HSI", told)
    assert found.status == "outside_data"
    assert found.day0 is None
    assert (found.phase, found.minutes_to_close) == ("", None)
    assert "run from 2025-06-02 to 2025-06-06" in found.reason


def test_news_at_the_first_close_has_the_second_session_as_day_0():
    assert str(react(hong_kong(FULL), "^HSI", "2025-06-02T08:10").day0) == "2025-06-03"


def test_prices_on_closed_days_only_leave_no_session():
    # Hong Kong was shut from 29 to 31 January 2025 for the Lunar New Year.
    prices = made_up(pd.to_datetime(["2025-01-29", "2025-01-31"]), IXHSI=[1, 2], IXGSPC=[1, 2])
    axes = {name: lay(prices, name) for name in prices.closes}
    assert len(axes["^HSI"].session) == 0
    found = react(axes, "^HSI", "2025-01-30T03:00")
    assert (found.status, found.day0, found.phase) == ("no_session", None, "")
    assert "no session in the span" in found.reason
    returns = aligned_returns(axes["^HSI"], axes["^GSPC"])
    assert returns.ret.shape == returns.span.shape == (0,)


def test_unknown_names_are_refused_with_the_nearest(prices, sessions):
    with pytest.raises(InputError, match=r"`market` received as '\^N22'.*Did you mean '\^N225'"):
        reactions([], sessions, benchmarks={"^N22": "^GSPC"})
    few = load_prices(["NVDA"], data_dir=ROOT / "data")
    with pytest.raises(InputError, match=r"'\^HSI'"):
        lay(few, "^HSI")
    with pytest.raises(InputError, match="Choose one of: simple, log"):
        aligned_returns(sessions["NVDA"], sessions["^GSPC"], return_kind="arithmetic")
    odd = SimpleNamespace(symbol="NVDA", exchange="XNYZ")
    with pytest.raises(InputError, match="`exchange` received as 'XNYZ'"):
        market_sessions(odd, prices, corrections=TABLE)


# -------------------------------------------------------------------------- clock alignment


def test_new_york_is_paired_with_the_same_day(sessions, prices):
    returns = aligned_returns(sessions["NVDA"], sessions["^GSPC"])
    assert set(returns.span[1:].tolist()) == {1}
    expected = prices.closes[["NVDA", "^GSPC"]].dropna().pct_change().to_numpy()
    np.testing.assert_allclose(returns.ret[1:], expected[1:, 0], rtol=0, atol=1e-15)
    np.testing.assert_allclose(returns.benchmark_ret[1:], expected[1:, 1], rtol=0, atol=1e-15)


def value_on(sessions, symbol, day, **options):
    axis = sessions[symbol]
    (at,) = np.flatnonzero(axis.session == np.datetime64(day))
    found = aligned_returns(axis, sessions["^GSPC"], **options)
    return found.ret[at], found.benchmark_ret[at], found.span[at]


def test_asia_is_paired_with_the_new_york_session_that_ended_before(sessions, prices):
    close = prices.closes["^GSPC"]
    # Friday 2025-06-06 in Tokyo follows New York's close of Thursday the 5th.
    _, benchmark, span = value_on(sessions, "^N225", "2025-06-06")
    assert span == 1
    assert benchmark == pytest.approx(close["2025-06-05"] / close["2025-06-04"] - 1, abs=1e-15)
    # Tuesday 2025-11-25, after the holiday: New York's Friday and Monday, compounded.
    _, benchmark, span = value_on(sessions, "^N225", "2025-11-25")
    assert span == 2
    assert benchmark == pytest.approx(close["2025-11-24"] / close["2025-11-20"] - 1, abs=1e-15)
    # Tuesday 2025-05-27, after Memorial Day in New York: no close in between.
    _, benchmark, span = value_on(sessions, "^N225", "2025-05-27")
    assert (benchmark, span) == (0.0, 0)


def test_log_returns_are_logs_of_simple_ones(sessions):
    simple = aligned_returns(sessions["^HSI"], sessions["^GSPC"])
    log = aligned_returns(sessions["^HSI"], sessions["^GSPC"], return_kind="log")
    np.testing.assert_allclose(log.ret, np.log1p(simple.ret), atol=1e-15)
    np.testing.assert_allclose(log.benchmark_ret, np.log1p(simple.benchmark_ret), atol=1e-15)


def test_the_clock_finds_the_correlation_that_the_calendar_date_hides(sessions):
    # Nvidia with the next Tokyo close .32, with the one before .08 (single-session intervals).
    def correlation(of, by):
        found = aligned_returns(sessions[of], sessions[by])
        use = (found.span == 1) & np.isfinite(found.ret) & np.isfinite(found.benchmark_ret)
        return np.corrcoef(found.ret[use], found.benchmark_ret[use])[0, 1]

    assert round(correlation("^N225", "NVDA"), 2) == 0.32
    assert round(correlation("NVDA", "^N225"), 2) == 0.08


def test_a_missing_price_leaves_both_returns_around_it_missing():
    axes = hong_kong(HOLE, FULL)
    found = aligned_returns(axes["^HSI"], axes["^GSPC"])
    assert np.isnan(found.ret).tolist() == [True, False, True, True, False]
    # A hole in the benchmark is not filled either, but a longer interval reaches over it.
    prices = made_up(pd.to_datetime(WEEK), IXHSI=FULL, IXGSPC=HOLE)
    axes = {name: lay(prices, name) for name in prices.closes}
    found = aligned_returns(axes["^HSI"], axes["^GSPC"])
    # Hong Kong's Tuesday has New York's Monday close at its end only: nothing before it is known.
    assert np.isnan(found.benchmark_ret).tolist() == [True, True, False, True, True]


def test_an_interval_without_a_benchmark_close_is_zero_whatever_its_prices():
    # Monday 2025-05-26 was Memorial Day in New York; here Friday's price is missing as well.
    week = pd.to_datetime(["2025-05-22", "2025-05-23", "2025-05-26", "2025-05-27"])
    prices = made_up(week, IXN225=[1, 1.1, 1.2, 1.3], IXGSPC=[1, None, None, 1.2])
    axes = {name: lay(prices, name) for name in prices.closes}
    found = aligned_returns(axes["^N225"], axes["^GSPC"])
    assert found.span.tolist() == [0, 1, 1, 0]
    assert found.benchmark_ret[3] == 0.0
    assert np.isnan(found.benchmark_ret[:3]).all()


def test_a_benchmark_that_ends_early_is_unknown_not_zero():
    prices = made_up(pd.to_datetime(WEEK), IXHSI=FULL, IXGSPC=[1.0, 1.1, 1.2, None, None])
    axes = {name: lay(prices, name) for name in prices.closes}
    found = aligned_returns(axes["^HSI"], axes["^GSPC"])
    # New York's last close is Wednesday's; Friday in Hong Kong would need Thursday's.
    assert np.isnan(found.benchmark_ret).tolist() == [True, True, False, False, True]
    (reaction,) = reactions([event("2025-06-05T12:00")], axes, benchmarks={"^HSI": "^GSPC"})
    assert (reaction.benchmark_contains_news, reaction.benchmark_sessions) == (None, None)


# ----------------------------------------------------------------------------- contamination


def test_benchmark_contains_the_news_of_new_york_hours_in_asia_but_not_of_asian_hours(sessions):
    new_york = react(sessions, "^N225", "2025-06-05T13:15")
    assert new_york.benchmark_contains_news is True
    asia = react(sessions, "^N225", "2025-06-05T03:00")
    assert asia.benchmark_contains_news is False
    assert react(sessions, "NVDA", "2025-06-05T03:00").benchmark_contains_news is True
    alone = reactions([event("2025-06-05T03:00")], sessions, benchmarks={"NVDA": None})[0]
    assert (alone.benchmark_contains_news, alone.benchmark_sessions) == (None, None)


def test_contamination_day_by_day(sessions):
    tokyo, new_york = sessions["^N225"], sessions["^GSPC"]
    (at,) = np.flatnonzero(tokyo.session == np.datetime64("2025-06-05"))
    window = tokyo.close_at[at - 2 : at + 3]
    # News in Tokyo hours: New York first closes on it before Tokyo's next day.
    told = np.datetime64("2025-06-05T03:00:00")
    held = contains_news(told, window, new_york.close_at)
    assert held.tolist() == [False, False, False, True, True]
    # A benchmark that closes exactly at the moment of the news has not seen it.
    close = new_york.close_at[10]
    assert not contains_news(close, close, new_york.close_at)
    assert contains_news(close - np.timedelta64(1, "s"), close, new_york.close_at)


# ------------------------------------------------------------------------------- invariants

STEADY = settings(deadline=None, derandomize=True)
INSTANTS = st.datetimes(datetime(2024, 1, 10), datetime(2025, 12, 15)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


def at(moment, name="news"):
    return SimpleNamespace(
        id=name,
        announced_at=moment,
        earliest=moment,
        latest=moment,
        concerns=lambda market: True,
    )


@STEADY
@given(moment=INSTANTS, symbol=st.sampled_from(STUDY))
def test_phases_partition_time(sessions, moment, symbol):
    """Each instant is in one phase, and the phase agrees with the session it leads to."""
    axis = sessions[symbol]
    (found,) = reactions([at(moment)], sessions, benchmarks={symbol: "^GSPC"})
    told = np.datetime64(moment.replace(tzinfo=None), "s")
    trading = (axis.open_at <= told) & (told < axis.close_at)
    pause = (axis.break_start <= told) & (told < axis.break_end)
    assert (found.phase == "in_break") == pause.any()
    assert (found.phase == "in_session") == (trading & ~pause).any()
    if found.phase in ("in_session", "in_break", "before_open"):
        assert found.day0 in {moment.date(), moment.date() + timedelta(days=1)}
    assert found.minutes_to_close > 0


@STEADY
@given(moments=st.lists(INSTANTS, min_size=2, max_size=6), symbol=st.sampled_from(STUDY))
def test_day_0_never_goes_back_as_time_goes_on(sessions, moments, symbol):
    events = [at(moment, str(n)) for n, moment in enumerate(sorted(moments))]
    found = reactions(events, sessions, benchmarks={symbol: "^GSPC"})
    day0s = [r.day0 for r in found]
    assert day0s == sorted(day0s)


@STEADY
@given(start=st.integers(0, 400), length=st.integers(2, 80), symbol=st.sampled_from(STUDY))
def test_spans_add_up_to_the_benchmark_sessions(sessions, start, length, symbol):
    axis, benchmark = sessions[symbol], sessions["^GSPC"]
    span = aligned_returns(axis, benchmark).span
    rows = slice(start + 1, start + length)
    first, last = axis.close_at[start], axis.close_at[start + length - 1]
    between = ((benchmark.close_at > first) & (benchmark.close_at <= last)).sum()
    assert span[rows].sum() == between


@STEADY
@given(start=st.integers(1, 300), length=st.integers(2, 80), symbol=st.sampled_from(STUDY))
def test_benchmark_returns_compound_to_the_whole(sessions, start, length, symbol):
    axis, benchmark = sessions[symbol], sessions["^GSPC"]
    log = aligned_returns(axis, benchmark, return_kind="log").benchmark_ret
    ends = np.searchsorted(benchmark.close_at, axis.close_at[[start, start + length]], "right") - 1
    whole = np.log(benchmark.price[ends[1]] / benchmark.price[ends[0]])
    assert log[start + 1 : start + length + 1].sum() == pytest.approx(whole, abs=1e-12)


def test_inputs_are_left_as_they_were(prices, sessions):
    before = prices.closes.copy()
    axis = lay(prices, "^HSI")
    closes = axis.close_at.copy()
    react(sessions, "^HSI", "2025-06-05T13:15")
    aligned_returns(axis, sessions["^GSPC"])
    pd.testing.assert_frame_equal(prices.closes, before)
    np.testing.assert_array_equal(axis.close_at, closes)
    again = lay(prices, "^HSI")  # the calendar is kept in memory and must not have been changed
    np.testing.assert_array_equal(again.close_at, closes)


# ------------------------------------------------------------------- markets that never close


def _clock_market(code, days, symbol="X"):
    market = Market(symbol, symbol, symbol, "crypto", code, "USD", "study", None, "")
    index = pd.DatetimeIndex(days, name="session").as_unit("us")
    closes = pd.DataFrame({symbol: np.arange(1.0, len(days) + 1)}, index=index)
    prices = Prices(closes=closes, kind="close", source="test")
    return market_sessions(market, prices, corrections=Corrections())


def test_crypto_has_a_session_each_utc_day_that_ends_at_midnight():
    found = _clock_market("24/7", pd.date_range("2025-07-11", "2025-07-15"))
    assert len(found.session) == 5  # Friday to Tuesday, the weekend included
    assert str(found.open_at[0]) == "2025-07-11T00:00:00"
    assert str(found.close_at[0]) == "2025-07-12T00:00:00"
    assert found.timezone == "UTC"


def test_currencies_have_london_days_from_monday_to_friday():
    found = _clock_market("24/5", pd.bdate_range("2025-03-27", "2025-04-01"))
    # Clocks went forward on Sunday 30 March 2025: London's midnight is 23:00 UTC from then on.
    assert found.session.astype(str).tolist() == [
        "2025-03-27",
        "2025-03-28",
        "2025-03-31",
        "2025-04-01",
    ]
    assert [str(close) for close in found.close_at] == [
        "2025-03-28T00:00:00",
        "2025-03-29T00:00:00",
        "2025-03-31T23:00:00",
        "2025-04-01T23:00:00",
    ]


@pytest.mark.parametrize(
    ("exchange", "code"), [("XNAS", "XNYS"), ("ARCX", "XNYS"), ("XSHE", "XSHG"), ("XLON", "XLON")]
)
def test_exchanges_that_keep_the_calendar_of_another(exchange, code):
    assert calendar_code(exchange) == code


@pytest.mark.parametrize("code", ["XLON", "XSHG", "XBOM", "XSAU", "CMES", "us_futures"])
def test_any_exchange_of_the_package_has_sessions(code):
    found = exchange_calendar(code, "2025-07-07", "2025-07-18")
    assert len(found.session) >= 9
    assert (found.close_at > found.open_at).all()


# --------------------------------------------- sessions that open the evening before, auctions


@pytest.mark.parametrize(
    ("told", "phase", "day0"),
    [
        ("2025-06-15T23:00", "in_session", "2025-06-16"),  # Sunday evening in Chicago: Monday's
        ("2025-06-17T02:00", "in_session", "2025-06-17"),  # Monday evening, after Monday's close
        ("2025-06-16T14:00", "in_session", "2025-06-16"),
        ("2025-06-20T22:30", "after_close", "2025-06-23"),  # Friday evening: nothing is open
        ("2025-06-21T15:00", "closed_day", "2025-06-23"),  # Saturday
    ],
)
def test_news_in_a_session_that_opened_the_evening_before_is_in_session(told, phase, day0):
    days = [day for day in pd.bdate_range("2025-06-09", "2025-06-30") if day.day != 19]
    future = Market(
        "ES=F", "E-mini", "ES", "future", "CME", "USD", "study", "^GSPC", "market_model"
    )
    frame = made_up(days, **{"ES=F": list(range(1, len(days) + 1))})
    axis = market_sessions(future, frame, corrections=TABLE)
    (found,) = reactions([event(told)], {"ES=F": axis}, benchmarks={"ES=F": None})
    assert (found.phase, str(found.day0)) == (phase, day0)
    assert axis.session[found.row] == np.datetime64(day0)


@pytest.mark.parametrize(
    ("told", "minutes"),
    [("2025-06-17T15:29", 6.0), ("2025-06-17T15:34", 1.0)],  # London: 16:29 and 16:34
)
def test_news_in_a_closing_auction_belongs_to_its_session_and_is_ambiguous(told, minutes):
    days = pd.bdate_range("2025-06-09", "2025-06-30")
    share = Market("AAA.L", "A", "A", "stock", "LSE", "GBP", "study", ("^GSPC",), "")
    frame = made_up(days, **{"AAA.L": list(range(1, len(days) + 1))})
    axes = {"AAA.L": market_sessions(share, frame, corrections=TABLE)}
    found, later = (
        reactions([event(moment)], axes, benchmarks={"AAA.L": None})[0]
        for moment in (told, "2025-06-17T15:35")
    )
    assert (str(found.day0), found.phase, found.ambiguous) == ("2025-06-17", "in_session", True)
    assert found.minutes_to_close == minutes
    assert [str(day) for day in found.candidates] == ["2025-06-17", "2025-06-18"]
    assert str(later.day0) == "2025-06-18"
