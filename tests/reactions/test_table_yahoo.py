"""A table of events with prices from Yahoo: the real client, against a local server."""

from __future__ import annotations

from datetime import UTC, datetime, time

import numpy as np
import pandas as pd
import pytest
from yahoo_server import LIMITED, Series, YahooServer, serving

import analysis.prices
from analysis.errors import NetworkError, PriceError
from analysis.reactions.table_study import TableRequest, table_study

DAYS = pd.bdate_range("2018-01-02", periods=180)
NAMES = ["AAA", "BBB", "SPX"]
MOVES = np.random.default_rng(3).normal(0, 0.01, (180, 3))
PRICES = pd.DataFrame(100 * np.exp(MOVES.cumsum(axis=0)), DAYS, NAMES).round(2)
EMPTY = '{"chart": {"result": [], "error": null}}'
METHOD = {"windows": ((0, 0),), "estimation_window": (-60, -11)}


def series(name, currency="USD"):
    closes = {day.date(): float(value) for day, value in PRICES[name].items()}
    return Series("America/New_York", time(9, 30), time(16), closes, currency=currency)


@pytest.fixture
def yahoo(tmp_path, monkeypatch):
    import yfinance.data

    yfinance.data.SingletonMeta._instances.clear()
    with serving(YahooServer({name: series(name) for name in NAMES})) as server:
        given = analysis.prices.load_prices

        def load(names, source, **more):
            more |= {"cache_dir": tmp_path / "cache", "session": server.session()}
            return given(names, source, **more, pauses=(0.0,), now=datetime(2019, 1, 7, tzinfo=UTC))

        monkeypatch.setattr("analysis.prices.load_prices", load)
        yield server
    yfinance.data.SingletonMeta._instances.clear()


def study(folder, names):
    lines = [f"{DAYS[140]:%Y-%m-%d},{name}" for name in names]
    (folder / "e.csv").write_text("\n".join(["date,ticker", *lines]) + "\n")
    return table_study(TableRequest(events=str(folder / "e.csv"), prices="yahoo", benchmark="SPX",
                                    method=METHOD))  # fmt: skip


def test_prices_reach_back_before_the_first_estimation_day_of_an_old_event(yahoo, tmp_path):
    found = study(tmp_path, ["AAA", "BBB"])
    change = PRICES.pct_change().to_numpy()
    y, x = change[80:130, 0], change[80:130, 2]
    slope, start = np.polyfit(x, y, 1)
    hand = change[140, 0] - start - slope * change[140, 2]
    assert found.result.car((0, 0)).iloc[0] == pytest.approx(hand, rel=1e-9)


@pytest.mark.parametrize("fault", ["unknown", "empty", "delisted"])
def test_a_symbol_without_prices_costs_its_own_events_only(yahoo, tmp_path, fault):
    if fault == "empty":
        yahoo.faults["BBB"] = (200, "application/json", EMPTY)
    elif fault == "unknown":
        del yahoo.series["BBB"]
    else:  # its prices end before the event
        early = {d.date(): float(v) for d, v in PRICES["BBB"].iloc[:120].items()}
        yahoo.series["BBB"] = Series("America/New_York", time(9, 30), time(16), early)
    found = study(tmp_path, ["AAA", "BBB"]).result.outcomes
    assert found["status"].tolist()[0] == "ok"
    assert found["status"].tolist()[1] != "ok"
    assert "BBB" in found["reason"][1]


def test_no_symbol_at_all_and_too_many_requests_are_said(yahoo, tmp_path):
    yahoo.series.clear()
    with pytest.raises(PriceError, match="called as Yahoo calls them"):
        study(tmp_path, ["AAA"])
    yahoo.faults |= dict.fromkeys(NAMES, LIMITED)
    with pytest.raises(NetworkError, match="too many requests"):
        study(tmp_path, ["AAA"])


def test_yahoo_says_in_which_currency_and_a_difference_is_noticed(yahoo, tmp_path):
    yahoo.series["SPX"] = series("SPX", "EUR")
    assert any("AAA in USD and SPX in EUR" in note for note in study(tmp_path, ["AAA"]).notes)
