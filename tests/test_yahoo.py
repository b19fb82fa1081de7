"""The real Yahoo client, unpatched, against a local server: no request leaves the machine."""

import importlib.util
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import PriceError
from analysis.prices import load_prices
from analysis.prices.yahoo import fetch_closes

_spec = importlib.util.spec_from_file_location(
    "yahoo_server", Path(__file__).with_name("yahoo_server.py")
)
yahoo_server = importlib.util.module_from_spec(_spec)
sys.modules["yahoo_server"] = yahoo_server
_spec.loader.exec_module(yahoo_server)
Series, YahooServer, serving = (
    yahoo_server.Series,
    yahoo_server.YahooServer,
    yahoo_server.serving,
)

DAYS = [date(2025, 7, 14), date(2025, 7, 15), date(2025, 7, 16)]
NVDA = Series(
    "America/New_York",
    time(9, 30),
    time(16),
    dict(zip(DAYS, [164.07, 170.70, 171.37], strict=True)),
    adjusted=dict(zip(DAYS, [164.0, 170.6, 171.3], strict=True)),
    kind="EQUITY",
)
# Tokyo was shut on 21 July 2025 and open on the 14th to 16th; its bars begin at 00:00 UTC.
NIKKEI = Series(
    "Asia/Tokyo",
    time(9),
    time(15, 30),
    dict(zip(DAYS, [39459.62, 39678.02, 39663.40], strict=True)),
    currency="JPY",
)
SPAN = {"start": np.datetime64("2025-07-14"), "end": np.datetime64("2025-07-16")}
LATER = datetime(2025, 8, 1, tzinfo=UTC)
QUICK = (0.0, 0.0)


@pytest.fixture
def yahoo():
    import yfinance.data

    yfinance.data.SingletonMeta._instances.clear()
    with serving(YahooServer({"NVDA": NVDA, "^N225": NIKKEI})) as server:
        yield server
    yfinance.data.SingletonMeta._instances.clear()
    yfinance.data.YfData.cache_get.cache_clear()


def fetch(yahoo, symbols, **options):
    options = {**SPAN, "pauses": QUICK, "now": LATER, **options}
    return fetch_closes(symbols, session=yahoo.session(), **options)


def test_two_markets_in_two_zones_keep_their_local_dates(yahoo):
    table, notes = fetch(yahoo, ["NVDA", "^N225"])
    assert list(table.closes.columns) == ["NVDA", "^N225"]
    assert [f"{day:%Y-%m-%d}" for day in table.closes.index] == [str(day) for day in DAYS]
    assert table.closes["NVDA"].tolist() == [164.07, 170.70, 171.37]
    assert table.closes["^N225"].tolist() == [39459.62, 39678.02, 39663.40]
    assert len(notes) == 1


def test_adjusted_closes_are_another_column(yahoo):
    table, _ = fetch(yahoo, ["NVDA"], kind="adj_close")
    assert table.closes["NVDA"].tolist() == [164.0, 170.6, 171.3]


def test_load_prices_checks_what_yahoo_sends(yahoo, tmp_path):
    prices = load_prices(
        ["^N225", "NVDA"],
        "yahoo",
        data_dir=tmp_path,
        start="2025-07-14",
        end="2025-07-16",
        session=yahoo.session(),
    )
    assert prices.source == "yahoo"
    assert prices.files == ()
    assert list(prices.closes.columns) == ["^N225", "NVDA"]
    assert prices.closes.index.dtype == "datetime64[us]"
    assert prices.closes.index.name == "session"


def test_a_holiday_in_one_market_is_a_nan_in_its_column_only(yahoo):
    yahoo.series["^N225"] = Series(
        "Asia/Tokyo", time(9), time(15, 30), {DAYS[0]: 39459.62, DAYS[2]: 39663.40}
    )
    table, _ = fetch(yahoo, ["NVDA", "^N225"])
    assert table.closes["^N225"].isna().tolist() == [False, True, False]
    assert table.closes["NVDA"].notna().all()


def test_the_bar_of_a_session_still_open_is_left_out(yahoo):
    before_the_close = datetime(2025, 7, 16, 19, 59, tzinfo=UTC)
    table, notes = fetch(yahoo, ["NVDA"], now=before_the_close)
    assert table.closes.index[-1] == pd.Timestamp("2025-07-15")
    assert any("2025-07-16 was still trading" in note for note in notes)
    table, _ = fetch(yahoo, ["NVDA"], now=datetime(2025, 7, 16, 20, tzinfo=UTC))
    assert table.closes.index[-1] == pd.Timestamp("2025-07-16")


def test_a_symbol_that_does_not_exist_is_named_with_span_and_remedy(yahoo):
    with pytest.raises(PriceError, match="no prices of NVDX") as caught:
        fetch(yahoo, ["NVDA", "NVDX"])
    message = str(caught.value)
    assert "2025-07-14 to 2025-07-16" in message
    assert "--prices snapshot" in message
    assert "3 attempts" in message


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (yahoo_server.HTML, "JSON|Expecting value|unexpected character"),
        (yahoo_server.LIMITED, "Rate limited"),
        ((500, "text/html", "<html>broken</html>"), "no prices of NVDA"),
        ((200, "application/json", '{"chart": {"result": null, "error": null}}'), "NVDA"),
        ((200, "application/json", ""), "no prices of NVDA"),
    ],
    ids=["html", "429", "500", "null", "empty"],
)
def test_faults_raise_with_the_cause(yahoo, fault, cause):
    yahoo.faults["NVDA"] = fault
    with pytest.raises(PriceError, match=cause):
        fetch(yahoo, ["NVDA"])


def test_every_symbol_that_fails_is_named(yahoo):
    yahoo.faults |= {"NVDA": yahoo_server.HTML, "^N225": yahoo_server.HTML}
    with pytest.raises(PriceError, match=r"no prices of NVDA .*no prices of \^N225"):
        fetch(yahoo, ["NVDA", "^N225"])


def test_a_rate_limit_stops_further_requests(yahoo):
    yahoo.faults["NVDA"] = yahoo_server.LIMITED
    with pytest.raises(PriceError, match="Rate limited"):
        fetch(yahoo, ["NVDA", "^N225"])
    assert yahoo.asked["^N225"] == 0


def test_a_bad_answer_does_not_stay_in_the_cache_of_the_client(yahoo):
    yahoo.faults["NVDA"] = yahoo_server.HTML
    yahoo.healthy_after["NVDA"] = 1
    table, _ = fetch(yahoo, ["NVDA"])
    assert len(table.closes) == 3


def test_the_settings_of_the_client_are_put_back(yahoo):
    import yfinance

    before = yfinance.config.debug.hide_exceptions
    fetch(yahoo, ["NVDA"])
    assert yfinance.config.debug.hide_exceptions == before
