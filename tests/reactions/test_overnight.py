"""The two parts of a day-0 return, and which of them can hold the news."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minute_markets import bar_frame, bars_of, sessions_of

from analysis.errors import InputError
from analysis.prices import prices_from_frame
from analysis.reactions.minute_pairs import MinuteSeries
from analysis.reactions.minute_source import MinuteSource
from analysis.reactions.overnight import (
    NO_PRICE,
    news_part,
    overnight_table,
    overnight_text,
    split_returns,
)
from analysis.seeds.markets import Market
from analysis.sessions import market_sessions, reactions
from analysis.sessions.closures import Corrections
from analysis.sessions.marks import exchange_grid

NVDA = Market("NVDA", "N", "N", "stock", "XNAS", "USD", "study", None, "")
FRAME = pd.DataFrame(
    {
        "date": pd.to_datetime(["2025-07-14", "2025-07-15", "2025-07-16", "2025-07-17"]),
        "symbol": "NVDA",
        "open": [165.0, 171.0, np.nan, 172.0],
        "close": [160.0, 168.0, 170.0, 173.0],
    }
)


def table(*moments, frame=FRAME):
    prices = prices_from_frame(frame)
    sessions = {"NVDA": market_sessions(NVDA, prices, corrections=Corrections())}
    events = [
        SimpleNamespace(
            id=f"e{n}",
            announced_at=moment,
            earliest=moment,
            latest=moment,
            concerns=lambda market: True,
        )
        for n, moment in enumerate(moments)
    ]
    found = reactions(events, sessions, benchmarks={"NVDA": None})
    return overnight_table(found, sessions, prices)


def utc(day, hour, minute=0):
    return datetime(2025, 7, day, hour, minute, tzinfo=UTC)


def test_worked_by_hand():
    # 15 July 2025: 160 at the close before, 171 at the open, 168 at the close.
    after_close, in_session = (row for _, row in table(utc(14, 22), utc(15, 15)).iterrows())
    for row in (after_close, in_session):
        assert row["day0"] == "2025-07-15"
        assert row["overnight"] == pytest.approx(171 / 160 - 1)
        assert row["intraday"] == pytest.approx(168 / 171 - 1)
        assert row["ret"] == pytest.approx(0.05)
    assert (after_close["phase"], after_close["news_in"]) == (
        "after_close",
        "overnight or intraday",
    )
    assert (in_session["phase"], in_session["news_in"]) == ("in_session", "intraday")
    assert overnight_text(in_session) == (
        "+6.88 % from the previous close to the open, −1.75 % from there on. The news came while "
        "the market traded: only the second can hold it."
    )
    assert "the open is the first answer" in overnight_text(after_close)


def test_a_missing_open_gives_no_parts():
    (row,) = (row for _, row in table(utc(16, 12)).iterrows())
    assert np.isnan(row["overnight"])
    assert np.isnan(row["intraday"])
    assert row["ret"] == pytest.approx(170 / 168 - 1)
    assert overnight_text(row) == ""


def test_without_opens_the_table_is_empty_and_outside_the_data_nothing_is_said():
    assert table(utc(15, 15), frame=FRAME.drop(columns="open")).empty
    assert table(utc(30, 15)).empty


INDEX = Market("^IX", "I", "I", "index", "XNYS", "USD", "study", (), "")


def split(market, *, mark=None):
    """One row of a market whose file brings an open of 171."""
    prices = prices_from_frame(FRAME.assign(symbol=market.symbol))
    sessions = {market.symbol: market_sessions(market, prices, corrections=Corrections())}
    event = SimpleNamespace(
        id="e",
        announced_at=utc(14, 22),
        earliest=utc(14, 22),
        latest=utc(14, 22),
        concerns=lambda market: True,
    )
    found = reactions([event], sessions, benchmarks={market.symbol: None})
    table = overnight_table(found, sessions, prices, first_mark=mark)
    return table.iloc[0]


def test_an_index_is_not_split_at_an_open_computed_from_members_that_have_not_traded():
    row = split(INDEX)
    assert np.isnan(row["overnight"])
    assert (row["split_at"], row["reason"]) == ("", NO_PRICE)
    assert row["ret"] == pytest.approx(0.05)


def test_an_index_with_bars_is_split_at_its_first_mark():
    row = split(INDEX, mark=lambda symbol, day: 169.0)
    assert row["overnight"] == pytest.approx(169 / 160 - 1)
    assert row["split_at"] == "first mark"
    assert row["reason"] == NO_PRICE  # of the open that the file brought
    assert "to the first mark of the session" in overnight_text(row)


def test_an_index_whose_opening_print_is_a_price_is_split_there():
    row = split(replace(INDEX, opening="price"))
    assert row["overnight"] == pytest.approx(171 / 160 - 1)
    assert row["split_at"] == "open"


def test_parts_of_the_day():
    assert news_part("in_break") == "intraday"
    assert {news_part(p) for p in ("before_open", "after_close", "closed_day")} == {
        "overnight or intraday"
    }
    assert news_part("") == ""


positive = st.floats(1, 100)


@given(positive, positive, positive)
def test_the_parts_compound_to_the_whole(previous, opening, close):
    overnight, intraday = split_returns(*(np.array([v]) for v in (previous, opening, close)))
    assert (1 + overnight) * (1 + intraday) == pytest.approx(close / previous, rel=1e-12)


def test_prices_that_are_not_positive_are_refused():
    with pytest.raises(InputError, match=r"`opening` received as 0\.0"):
        split_returns(np.array([1.0]), np.array([0.0]), np.array([1.0]))


def test_a_first_mark_is_on_the_level_of_the_closes_of_the_run():
    """Prices of one's own on another level made a night of some hundred per cent."""
    sessions = sessions_of("2024-10-01", "2025-01-31")
    grid = exchange_grid(bars_of(bar_frame(sessions)), sessions, index=True)
    days = pd.DatetimeIndex(sessions.session.astype("datetime64[ns]"))
    for level in (1.0, 0.01):
        prices = SimpleNamespace(closes=pd.DataFrame({"SH": sessions.price * level}, index=days))
        source = MinuteSource(None, Path(), prices, None)
        vars(source)["series"] = (MinuteSeries(grid),)
        mark = source.first_mark("SH", date(2024, 11, 5))
        row = list(grid.session.astype(str)).index("2024-11-05")
        assert mark == pytest.approx(grid.price[row, 0] * level, rel=1e-12)
        assert np.isnan(source.first_mark("SH", date(2024, 11, 3)))
        assert np.isnan(source.first_mark("OTHER", date(2024, 11, 5)))
