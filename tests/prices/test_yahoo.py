"""The real Yahoo client, unpatched, against a local server: no request leaves the machine."""

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from yahoo_server import HTML, LIMITED, Series, YahooServer, serving

from analysis.errors import InputError, NetworkError, PriceError
from analysis.prices import load_prices
from analysis.prices.yahoo import fetch_bars
from analysis.prices.yahoo_fault import ChartError

DATA = Path(__file__).parents[2] / "data"
DAYS = [date(2025, 7, 14), date(2025, 7, 15), date(2025, 7, 16)]
NVDA = Series(
    "America/New_York",
    time(9, 30),
    time(16),
    dict(zip(DAYS, [164.07, 170.70, 171.37], strict=True)),
    adjusted=dict(zip(DAYS, [164.0, 170.6, 171.3], strict=True)),
    kind="EQUITY",
)
# Tokyo's bars begin at 00:00 UTC: read in any other zone they would fall on another date.
NIKKEI = Series(
    "Asia/Tokyo",
    time(9),
    time(15, 30),
    dict(zip(DAYS, [39459.62, 39678.02, 39663.40], strict=True)),
    currency="JPY",
)
LATER = datetime(2025, 8, 1, tzinfo=UTC)
QUICK = (0.0, 0.0)
SPAN = {"start": "2025-07-14", "end": "2025-07-16"}


@pytest.fixture
def yahoo():
    import yfinance.data

    yfinance.data.SingletonMeta._instances.clear()
    with serving(YahooServer({"NVDA": NVDA, "^N225": NIKKEI})) as server:
        yield server
    yfinance.data.SingletonMeta._instances.clear()


def load(yahoo, symbols=("NVDA",), data_dir=DATA, **options):
    options = {**SPAN, "pauses": QUICK, "now": LATER, **options}
    return load_prices(symbols, "yahoo", data_dir=data_dir, session=yahoo.session(), **options)


def bars(yahoo, symbol="NVDA", **options):
    options = {"first": DAYS[0], "last": DAYS[-1], "pauses": QUICK, "now": LATER} | options
    return fetch_bars(symbol, session=yahoo.session(), **options)


def days(prices):
    return [f"{day:%Y-%m-%d}" for day in prices.closes.index]


# ----------------------------------------------------------------------------- sound answers


def test_two_markets_in_two_zones_keep_their_local_dates(yahoo):
    prices = load(yahoo, ["^N225", "NVDA"])
    assert list(prices.closes.columns) == ["^N225", "NVDA"]
    assert days(prices) == [str(day) for day in DAYS]
    assert prices.closes["NVDA"].tolist() == [164.07, 170.70, 171.37]
    assert prices.closes["^N225"].tolist() == [39459.62, 39678.02, 39663.40]
    assert prices.closes.index.dtype == "datetime64[us]"
    assert prices.closes.index.name == "session"
    assert prices.notes == ("Yahoo Finance through yfinance, downloaded on 2025-08-01",)
    assert prices.banner == ""
    assert [name for name, _ in prices.files] == ["yahoo:^N225", "yahoo:NVDA"]
    assert prices.opens["NVDA"].tolist() == [164.07, 170.70, 171.37]


def test_closes_adjusted_for_dividends_are_another_column(yahoo):
    assert load(yahoo, kind="adj_close").closes["NVDA"].tolist() == [164.0, 170.6, 171.3]
    assert load(yahoo).closes["NVDA"].tolist() == [164.07, 170.70, 171.37]
    table = bars(yahoo).table
    assert list(table.columns) == ["open", "high", "low", "close", "adj_close", "volume"]


def test_a_holiday_in_one_market_is_a_nan_in_its_column_only(yahoo):
    two = {DAYS[0]: 39459.62, DAYS[2]: 39663.40}
    yahoo.series["^N225"] = Series("Asia/Tokyo", time(9), time(15, 30), two)
    prices = load(yahoo, ["NVDA", "^N225"])
    assert prices.closes["^N225"].isna().tolist() == [False, True, False]
    assert prices.closes["NVDA"].notna().all()


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Tokyo", "UTC"])
def test_bars_that_begin_at_midnight_keep_their_date_in_summer_and_winter(yahoo, zone):
    some = {date(2025, 1, 15): 1.2, date(2025, 7, 15): 1.3}
    yahoo.series["EURUSD=X"] = Series(zone, time(0), time(23, 59), some, kind="CURRENCY")
    prices = load(yahoo, ["EURUSD=X"], start="2025-01-01", end="2025-07-31")
    assert days(prices) == ["2025-01-15", "2025-07-15"]


def test_midnight_reckoned_with_the_wrong_season_is_put_right(yahoo):
    yahoo.series["EURUSD=X"] = Series(
        "Europe/London", time(0), time(23, 59), dict.fromkeys(DAYS, 1.2), kind="CURRENCY"
    )
    yahoo.twist["EURUSD=X"] = lambda chart: chart.update(
        timestamp=[stamp - 3600 for stamp in chart["timestamp"]]
    )
    assert days(load(yahoo, ["EURUSD=X"])) == [str(day) for day in DAYS]


# ----------------------------------------------------------------- unfinished and missing days


def test_the_bar_of_a_session_still_open_is_left_out(yahoo):
    settled = datetime(2025, 7, 16, 20, 30, tzinfo=UTC)  # half an hour after the close
    prices = load(yahoo, now=settled - timedelta(minutes=1))
    assert days(prices) == ["2025-07-14", "2025-07-15"]
    assert "NVDA: 2025-07-16 was still trading and is left out" in prices.notes
    assert days(load(yahoo, now=settled)) == [str(day) for day in DAYS]


def test_two_bars_of_a_day_that_is_not_over_are_no_fault(yahoo):
    def live(chart):
        chart["timestamp"].append(chart["timestamp"][-1] + 9000)
        for part in ("quote", "adjclose"):
            row = chart["indicators"][part][0]
            row.update({name: [*values, 171.99] for name, values in row.items()})

    yahoo.twist["NVDA"] = live
    prices = load(yahoo, now=datetime(2025, 7, 16, 18, tzinfo=UTC))
    assert days(prices) == ["2025-07-14", "2025-07-15"]
    with pytest.raises(PriceError, match=r"several closes on 2025-07-16"):
        load(yahoo)


def test_without_the_hours_of_the_session_today_is_left_out(yahoo):
    yahoo.twist["NVDA"] = lambda chart: chart["meta"].pop("currentTradingPeriod")
    assert len(days(load(yahoo, now=datetime(2025, 7, 16, 23, tzinfo=UTC)))) == 2
    assert len(days(load(yahoo, now=datetime(2025, 7, 17, 4, 30, tzinfo=UTC)))) == 3


def without_last(chart):
    chart["timestamp"].pop()
    for part in ("quote", "adjclose"):
        row = chart["indicators"][part][0]
        row.update({name: values[:-1] for name, values in row.items()})


def test_a_missing_last_day_is_asked_for_again(yahoo):
    yahoo.twist["NVDA"], yahoo.healthy_after["NVDA"] = without_last, 1
    assert len(days(load(yahoo))) == 3
    assert yahoo.asked["NVDA"] == 2


def test_a_last_day_that_stays_missing_is_said_and_asked_for_by_the_next_run(yahoo, tmp_path):
    yahoo.twist["NVDA"] = without_last
    prices = load(yahoo, cache_dir=tmp_path)
    assert days(prices) == ["2025-07-14", "2025-07-15"]
    assert any("knows a trade of 2025-07-16 but has no bar" in note for note in prices.notes)
    del yahoo.twist["NVDA"]
    prices = load(yahoo, cache_dir=tmp_path)
    assert len(days(prices)) == 3
    assert not any("has no bar" in note for note in prices.notes)


# --------------------------------------------------------------------------- faulty services

GARBAGE = {
    "html": (HTML, "HTML instead of JSON"),
    "429": (LIMITED, r"too many requests \(HTTP 429\)"),
    "500": ((500, "text/html", "<html>broken</html>"), "HTTP 500"),
    "403": ((403, "text/plain", "Forbidden"), "HTTP 403"),
    "404 page": ((404, "text/html", "<html>not here</html>"), "HTTP 404"),
    "empty": ((200, "application/json", ""), "an empty body"),
    "down": ((200, "text/html", "Will be right back..."), "JSON that does not parse"),
    "list": ((200, "application/json", "[]"), "JSON without a chart"),
    "null": ((200, "application/json", "null"), "JSON without a chart"),
    "no chart": ((200, "application/json", '{"chart": null}'), "JSON without a chart"),
    "truncated": ((200, "application/json", '{"chart": {"result": [{"meta": {'), "not parse"),
    "further": ((200, "application/json", "[" * 100_000), "does not parse"),
}


@pytest.mark.parametrize("case", GARBAGE)
def test_a_faulty_service_is_asked_again_then_named_with_the_flag_that_helps(yahoo, case, capsys):
    fault, cause = GARBAGE[case]
    yahoo.faults["NVDA"] = fault
    with pytest.raises(NetworkError, match=cause) as caught:
        load(yahoo)
    message = str(caught.value)
    assert caught.value.exit_code == 7
    assert "2025-07-14 to 2025-07-16" in message
    assert "NVDA" in message
    assert "3 attempts" in message
    assert "--allow-snapshot" in message
    assert capsys.readouterr().err.count("asking again in 0 s") == 2


@pytest.mark.parametrize("case", GARBAGE)
def test_one_fault_does_no_harm(yahoo, case):
    yahoo.faults["NVDA"], yahoo.healthy_after["NVDA"] = GARBAGE[case][0], 2
    assert load(yahoo).closes["NVDA"].tolist() == [164.07, 170.70, 171.37]


def test_a_body_shorter_than_announced_is_asked_for_again(yahoo):
    yahoo.missing_bytes["NVDA"], yahoo.healthy_after["NVDA"] = 100, 1
    assert len(days(load(yahoo))) == 3
    yahoo.healthy_after["NVDA"] = 10**9
    with pytest.raises(NetworkError, match="no connection"):
        load(yahoo)


def test_a_service_that_does_not_answer_is_left_after_the_timeout(yahoo):
    yahoo.seconds["NVDA"] = 0.6
    started = clock.perf_counter()
    with pytest.raises(ChartError, match="2 attempts, last: no connection"):
        bars(yahoo, timeout=0.15, pauses=(0.0,))
    assert clock.perf_counter() - started < 3


def test_no_connection_at_all(yahoo):
    yahoo.port = 9
    words = r"no prices of NVDA: 3 attempts, last: no connection \((Failed|Could|Couldn)[^/]*\)"
    with pytest.raises(NetworkError, match=words):
        load(yahoo, ["NVDA", "^N225"])


def test_a_service_at_fault_is_not_asked_for_further_symbols(yahoo):
    yahoo.faults["NVDA"] = LIMITED
    with pytest.raises(NetworkError, match="too many requests"):
        load(yahoo, ["NVDA", "^N225"])
    assert yahoo.asked["^N225"] == 0


def test_waits_after_too_many_requests_are_long(yahoo, monkeypatch, capsys):
    waited = []
    monkeypatch.setattr("analysis.prices.yahoo.time.sleep", waited.append)
    yahoo.faults["NVDA"] = LIMITED
    with pytest.raises(ChartError, match="429"):
        bars(yahoo, pauses=None)
    assert waited == [30.0, 90.0]
    assert "Yahoo, NVDA: too many requests (HTTP 429); asking again in 30 s" in (
        capsys.readouterr().err
    )


# ------------------------------------------------------------------- symbols and their prices


def test_a_symbol_that_does_not_exist_is_named_at_once(yahoo):
    with pytest.raises(PriceError, match=r"no prices of NVDX .*may be delisted") as caught:
        load(yahoo, ["NVDA", "NVDX"])
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert "2025-07-14 to 2025-07-16" in message
    assert "finance.yahoo.com" in message


def test_every_symbol_that_fails_is_named(yahoo):
    with pytest.raises(PriceError, match=r"no prices of NVDX .*; no prices of \^N2 "):
        load(yahoo, ["NVDX", "NVDA", "^N2"])


@pytest.mark.parametrize("symbol", ["../../etc/passwd", "nvda", "A B", "", "A/B", "=cmd", "Ä"])
def test_what_is_no_symbol_is_refused_before_anything_is_asked(yahoo, symbol):
    with pytest.raises(InputError, match="symbol of Yahoo Finance"):
        load(yahoo, [symbol])
    assert not yahoo.asked


def change(name, at, value, part="quote"):
    def twist(chart):
        chart["indicators"][part][0][name] = list(chart["indicators"][part][0][name])
        chart["indicators"][part][0][name][at] = value

    return twist


def duplicate(close):
    def twist(chart):
        chart["timestamp"].insert(2, chart["timestamp"][1] + 60)
        for part in ("quote", "adjclose"):
            row = chart["indicators"][part][0]
            for name in row:
                row[name] = [
                    *row[name][:2],
                    row[name][1] if name == "volume" else close,
                    row[name][2],
                ]

    return twist


def set_meta(**values):
    return lambda chart: chart["meta"].update(values)


REFUSED = {
    "negative": (change("close", 1, -170.7), "a close of -170.7 on 2025-07-15"),
    "infinite": (change("close", 1, float("inf")), "a close of inf on 2025-07-15"),
    "text": (change("close", 1, "170.70"), "a value of close that is no number"),
    "true": (change("close", 1, True), "a value of close that is no number"),
    "huge": (change("close", 1, 10**400), "beyond all bounds"),
    "shorter": (lambda c: c["indicators"]["quote"][0].update(close=[1.0]), "1 values of close"),
    "no close": (lambda c: c["indicators"]["quote"][0].pop("close"), "no values of close"),
    "no quote": (lambda c: c["indicators"].update(quote=[]), "an answer without quote"),
    "no bars": (lambda c: c.pop("timestamp"), "no session in the span, or delisted"),
    "no meta": (lambda c: c.pop("meta"), "an answer without meta"),
    "two closes": (duplicate(180.0), r"several closes on 2025-07-15: 170.7 and 180"),
    "weeks": (set_meta(dataGranularity="1wk"), "bars of '1wk' instead of daily ones"),
    "zone": (set_meta(exchangeTimezoneName="Mars/North"), "the time zone 'Mars/North'"),
    "path": (set_meta(exchangeTimezoneName="../x"), "the time zone '../x'"),
    "time": (lambda c: c.update(timestamp=["a", 1, 2]), "a time of a bar that is no time"),
    "all null": (
        lambda c: c["indicators"]["quote"][0].update(close=[None] * 3),
        "holds no price from 2025-07-14 to 2025-07-16",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_prices_that_cannot_be_right_are_refused_with_symbol_span_and_cause(yahoo, case):
    yahoo.twist["NVDA"], cause = REFUSED[case]
    with pytest.raises(PriceError, match=cause) as caught:
        load(yahoo)
    assert not isinstance(caught.value, NetworkError)
    assert "Yahoo, 2025-07-14 to 2025-07-16" in str(caught.value)
    assert "no prices of NVDA" in str(caught.value)


def test_an_answer_about_another_symbol_is_refused(yahoo):
    yahoo.twist["NVDA"] = set_meta(symbol="AMD")
    with pytest.raises(NetworkError, match="an answer about 'AMD' instead"):
        load(yahoo)


def test_a_close_of_zero_and_a_blank_one_are_no_price_and_said(yahoo):
    yahoo.twist["NVDA"] = change("close", 1, 0)
    prices = load(yahoo, ["NVDA", "^N225"])
    assert np.isnan(prices.closes.loc["2025-07-15", "NVDA"])
    assert any("2025-07-15 had a close of 0, which is none" in note for note in prices.notes)
    yahoo.twist["NVDA"] = change("close", 1, None)
    prices = load(yahoo, ["NVDA", "^N225"])
    assert np.isnan(prices.closes.loc["2025-07-15", "NVDA"])
    assert any("2025-07-15 had no close: no price that day" in note for note in prices.notes)


def test_bars_out_of_order_are_sorted_and_equal_ones_joined_and_said(yahoo):
    def backwards(chart):
        chart["timestamp"].reverse()
        for part in ("quote", "adjclose"):
            row = chart["indicators"][part][0]
            row.update({name: values[::-1] for name, values in row.items()})

    yahoo.twist["NVDA"] = backwards
    prices = load(yahoo)
    assert prices.closes["NVDA"].tolist() == [164.07, 170.70, 171.37]
    assert "NVDA: bars came out of order and were sorted" in prices.notes
    yahoo.twist["NVDA"] = duplicate(170.70)
    prices = load(yahoo)
    assert prices.closes["NVDA"].tolist() == [164.07, 170.70, 171.37]
    assert "NVDA: 2025-07-15 came twice with the same close; one was kept" in prices.notes


def split(before, after, *, ratio=(10, 1)):
    closes = dict(zip(DAYS, [before, after, after], strict=True))
    return Series(
        "America/New_York", time(9, 30), time(16), closes, kind="EQUITY", splits={DAYS[1]: ratio}
    )


@pytest.mark.parametrize(
    ("before", "after", "ratio"),
    [
        (1640.7, 170.7, (10, 1)),
        (100, 66, (3, 2)),
        (10, 99, (1, 10)),
        (100, 80.5, (5, 4)),
        (100, 90.9, (11, 10)),
    ],
)
def test_a_split_not_yet_applied_is_refused(yahoo, before, after, ratio):
    yahoo.series["NVDA"] = split(before, after, ratio=ratio)
    with pytest.raises(PriceError, match=r"the split of 2025-07-15 .* is not applied"):
        load(yahoo)


WEEKDAYS = [day.date() for day in pd.bdate_range("2025-01-02", "2025-07-16")]


def lively(sigma, ratio, *, at=100, applied=False, seed=1, **options):
    rng = np.random.default_rng(seed)
    prices = 100 * np.exp(rng.normal(0, sigma, len(WEEKDAYS)).cumsum())
    if not applied:
        prices[:at] *= ratio[0] / ratio[1]
    closes = dict(zip(WEEKDAYS, prices.tolist(), strict=True))
    splits = {WEEKDAYS[at]: ratio}
    return Series(
        "America/New_York", time(9, 30), time(16), closes, kind="EQUITY", splits=splits, **options
    )


@pytest.mark.parametrize("ratio", [(3, 2), (4, 3), (5, 4), (6, 5), (11, 10), (10, 11), (1, 50)])
@pytest.mark.parametrize("sigma", [0.01, 0.02, 0.03])
def test_any_split_is_seen_in_the_usual_moves_of_a_share(yahoo, sigma, ratio):
    for seed in range(3):
        move = abs(np.random.default_rng(seed).normal(0, sigma, len(WEEKDAYS))[100])
        if move > 0.4 * abs(np.log(ratio[0] / ratio[1])):
            continue  # a true move of that day hides, or feigns, the split
        yahoo.series["NVDA"] = lively(sigma, ratio, seed=seed)
        with pytest.raises(PriceError, match=r"the split of 2025-05-22 .* is not applied"):
            load(yahoo, start="2025-01-02", largest_factor=100.0)
        yahoo.series["NVDA"] = lively(sigma, ratio, seed=seed, applied=True)
        assert load(yahoo, start="2025-01-02").closes["NVDA"].notna().all()


def test_a_split_within_usual_moves_is_told_by_the_adjusted_close_or_left_open(yahoo):
    yahoo.series["NVDA"] = lively(0.06, (11, 10), seed=3)
    assert any("cannot be told" in note for note in load(yahoo, start="2025-01-02").notes)
    right = lively(0.06, (11, 10), seed=3, applied=True).closes
    yahoo.series["NVDA"] = lively(0.06, (11, 10), seed=3, adjusted=right)
    with pytest.raises(PriceError, match="is not applied"):
        load(yahoo, start="2025-01-02")


@pytest.mark.parametrize("wrong", [0, -3.5, float("inf"), None])
def test_an_adjusted_close_that_cannot_be_right_spoils_no_close(yahoo, wrong):
    yahoo.twist["NVDA"] = change("adjclose", 1, wrong, part="adjclose")
    prices = load(yahoo)
    assert prices.closes["NVDA"].tolist() == [164.07, 170.70, 171.37]
    said = [note for note in prices.notes if "2025-07-15 had an adjusted close" in note]
    assert len(said) == (wrong is not None)
    assert days(load(yahoo, kind="adj_close")) == ["2025-07-14", "2025-07-16"]


def paid(**options):
    """Return a share that pays 2 of its 100 on one day, with closes adjusted for it."""
    closes = {day: 100 + n % 3 for n, day in enumerate(WEEKDAYS)}
    before = WEEKDAYS[:100]
    factor = 1 - 2 / closes[WEEKDAYS[99]]
    adjusted = {day: close * (factor if day in before else 1) for day, close in closes.items()}
    options = {"adjusted": adjusted} | options
    return Series("America/New_York", time(9, 30), time(16), closes, kind="EQUITY", **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dividends": {WEEKDAYS[100]: 2.0}}, False),
        ({"gains": {WEEKDAYS[100]: 2.0}}, False),
        ({"dividends": {WEEKDAYS[100]: 1.5}, "gains": {WEEKDAYS[100]: 0.5}}, False),
        ({}, True),
        ({"dividends": {WEEKDAYS[100]: 2.0}, "gains": {WEEKDAYS[100]: 3.0}}, True),
        ({"dividends": {WEEKDAYS[100]: 2.0}, "adjusted": {}}, True),
        ({"gains": {WEEKDAYS[60]: 2.0}, "adjusted": {}}, True),
    ],
)
def test_what_is_paid_is_held_against_adjusted_closes(yahoo, tmp_path, options, said):
    yahoo.series["NVDA"] = paid(**options)
    for _ in range(2):  # from the answer, then from the cache
        odd = load(yahoo, start="2025-01-02", cache_dir=tmp_path).odd
        assert [text for text in odd if "dividends and capital gains of NVDA" in text] == list(odd)
        assert bool(odd) == said


def test_a_split_that_is_applied_is_said(yahoo):
    yahoo.series["NVDA"] = split(164.07, 170.7)
    assert "NVDA: split 10 for 1 on 2025-07-15" in load(yahoo).notes


def test_a_jump_without_a_split_is_refused_like_one_in_a_file(yahoo):
    yahoo.twist["NVDA"] = change("close", 1, 17.07)
    with pytest.raises(PriceError, match=r"NVDA goes from 164.07 to 17.07 .*unadjusted split"):
        load(yahoo)


def test_an_open_that_cannot_be_right_is_dropped_and_the_close_kept(yahoo):
    yahoo.twist["NVDA"] = change("open", 1, 17.07)
    prices = load(yahoo)
    assert prices.opens["NVDA"].isna().tolist() == [False, True, False]
    assert prices.closes["NVDA"].notna().all()


def test_the_client_is_left_as_it_was(yahoo):
    import logging

    import yfinance

    logger = logging.getLogger("yfinance")
    before = yfinance.config.debug.hide_exceptions, list(logger.handlers), logger.propagate
    load(yahoo)
    assert before == (
        yfinance.config.debug.hide_exceptions,
        list(logger.handlers),
        logger.propagate,
    )
    assert isinstance(load(yahoo).closes.index, pd.DatetimeIndex)
