"""Each security its own benchmark and its own clock, held against a loop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis.prices
from analysis.errors import InputError
from analysis.reactions.table_ladder import judge
from analysis.reactions.table_study import TableRequest, table_study
from analysis.sessions.calendars import exchange_calendar

NEW_YORK = pd.DatetimeIndex(exchange_calendar("XNYS", "2022-01-01", "2022-12-31").session)
TOKYO = pd.DatetimeIndex(exchange_calendar("XTKS", "2022-01-01", "2022-12-31").session)
EVERY_DAY = pd.date_range("2022-01-01", "2022-12-31")
SECTOR = {"AAA": "Tech", "BBB": "Tech", "CCC": "Food", "DDD": "Food"}
METHOD = {"windows": ((0, 0), (-1, 1)), "estimation_window": (-70, -11)}


def walk(days, seed, scale=0.01):
    returns = np.random.default_rng(seed).normal(0, scale, len(days))
    return pd.Series(100 * np.cumprod(1 + returns), days)


@pytest.fixture
def files(tmp_path):
    """Four stocks of New York and two indices, an event each."""
    names = [*SECTOR, "XLK", "XLP"]
    frame = pd.DataFrame({name: walk(NEW_YORK, n) for n, name in enumerate(names)})
    frame.to_csv(tmp_path / "prices.csv", index_label="date")
    days = dict(zip(SECTOR, NEW_YORK[[120, 130, 140, 150]], strict=True))
    rows = [f"{day:%Y-%m-%d},{name},{SECTOR[name]},{'XLK' if SECTOR[name] == 'Tech' else 'XLP'}"
            for name, day in days.items()]  # fmt: skip
    (tmp_path / "events.csv").write_text("\n".join(["date,ticker,sector,index", *rows]) + "\n")
    return tmp_path, frame, days


def study(place, benchmark=None, **more):
    more = {"method": METHOD, "prices": str(place / "prices.csv"), **more}
    return table_study(TableRequest(events=str(place / "events.csv"), benchmark=benchmark, **more))


def by_hand(prices, market, day, window=(0, 0)):
    """CAR of the market model by a loop of its own; both series on the same days."""
    y, x = prices.pct_change().to_numpy(), market.pct_change().to_numpy()
    at = prices.index.get_loc(day)
    slope, start = np.polyfit(x[at - 70 : at - 10], y[at - 70 : at - 10], 1)
    return sum(y[at + k] - start - slope * x[at + k] for k in range(window[0], window[1] + 1))


def cars(result, window=(0, 0)):
    return result.car(window).droplevel("event_id").to_dict()


@pytest.mark.parametrize("given", ["index", "sector:Tech=XLK,Food=XLP", "map.csv"])
def test_each_security_has_the_benchmark_of_its_sector(files, given):
    place, frame, days = files
    (place / "map.csv").write_text("Sector,Benchmark\ntech,xlk\nFood,XLP\n")
    found = cars(study(place, str(place / given) if given == "map.csv" else given).result)
    for name, day in days.items():
        index = frame["XLK" if SECTOR[name] == "Tech" else "XLP"]
        assert found[name] == pytest.approx(by_hand(frame[name], index, day), rel=1e-9)


def test_a_wide_file_named_like_the_securities_gives_each_its_own(files):
    place, frame, days = files
    own = pd.DataFrame({name: walk(NEW_YORK, 20 + n) for n, name in enumerate(SECTOR)})
    own.to_csv(place / "own.csv", index_label="date")
    found = cars(study(place, str(place / "own.csv")).result)
    for name, day in days.items():
        assert found[name] == pytest.approx(by_hand(frame[name], own[name], day), rel=1e-9)


@pytest.mark.parametrize("returns", [False, True])
def test_days_of_a_benchmark_without_any_price_are_no_sessions_and_said(files, returns):
    place, frame, days = files
    every = pd.bdate_range(NEW_YORK[0], NEW_YORK[-1])
    index = walk(every, 30)
    (index.pct_change().iloc[1:] if returns else index).to_csv(place / "i.csv", header=["IDX"])
    found = study(place, str(place / "i.csv"))
    for name, day in days.items():
        expected = by_hand(frame[name], index.reindex(NEW_YORK), day)
        assert cars(found.result)[name] == pytest.approx(expected, rel=1e-9)
    holidays = len(every) - len(NEW_YORK)
    (told,) = [note for note in found.notes if "IDX" in note]
    assert told.startswith(f"on {holidays} days of IDX no security has a price")


def test_peers_of_a_group_are_the_others_of_that_group(files):
    place, frame, days = files
    found = cars(study(place, "peers:sector").result)
    for name, day in days.items():
        (other,) = (n for n in SECTOR if SECTOR[n] == SECTOR[name] and n != name)
        assert found[name] == pytest.approx(by_hand(frame[name], frame[other], day), rel=1e-9)


def test_a_security_alone_in_its_group_or_without_a_benchmark_is_an_outcome(files):
    place, _, _ = files
    text = (place / "events.csv").read_text().replace("DDD,Food", "DDD,Mines")
    (place / "events.csv").write_text(text)
    outcomes = study(place, "peers:sector").result.outcomes.set_index("security")
    assert outcomes["status"].to_dict() == {
        "AAA": "ok", "BBB": "ok", "CCC": "missing_return", "DDD": "missing_return",
    }  # fmt: skip
    assert outcomes.loc["DDD", "reason"] == "DDD is alone in 'Mines', so it has no peers"
    outcomes = study(place, "sector:Tech=XLK,Food=XLP").result.outcomes.set_index("security")
    assert outcomes.loc["DDD", "reason"] == "no benchmark is named for DDD"


def test_several_benchmarks_stand_side_by_side(files):
    place, frame, days = files
    found = study(place, "XLK,XLP")
    assert found.benchmark.name == "XLK"
    ((name, result),) = found.beside
    assert name == "XLP"
    for security, day in days.items():
        expected = by_hand(frame[security], frame["XLP"], day)
        assert cars(result)[security] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "said"),
    [("sector:Tech", "for example sector:Tech=XLK"), ("peers:date", "no such name"),
     ("sector:Coal=XLK", "no such name"), ("sector:Tech=NOPE", "no such name"),
     ("peers:index2", "no such name"), ("SPY", "no such name")],
)  # fmt: skip
def test_a_mapping_that_cannot_be_followed_is_refused(files, given, said):
    with pytest.raises(InputError, match=f"(?i){said}"):
        study(files[0], given)


def write_two_exchanges(place):
    prices = {"NYC": walk(NEW_YORK, 1), "NYX": walk(NEW_YORK, 2), "TOK": walk(TOKYO, 3),
              "NKY": walk(TOKYO, 4)}  # fmt: skip
    pd.DataFrame(prices).to_csv(place / "prices.csv", index_label="date")
    rows = ["2022-07-04,NYC,XNYS,NYX", "2022-07-18,TOK,XTKS,NKY"]  # holidays, each in one place
    (place / "events.csv").write_text("\n".join(["date,ticker,mic,index", *rows]) + "\n")
    return prices


@pytest.mark.parametrize("given", ["mic", "NYC=XNYS,TOK=XTKS"])
def test_each_security_keeps_the_sessions_of_its_exchange(tmp_path, given):
    prices = write_two_exchanges(tmp_path)
    found = study(tmp_path, "index", exchange=given)
    assert [str(day) for day in found.placed.session] == ["2022-07-05", "2022-07-19"]
    for window in METHOD["windows"]:
        car = cars(found.result, window)
        assert car["NYC"] == pytest.approx(
            by_hand(prices["NYC"], prices["NYX"], "2022-07-05", window), rel=1e-9
        )
        assert car["TOK"] == pytest.approx(
            by_hand(prices["TOK"], prices["NKY"], "2022-07-19", window), rel=1e-9
        )


def test_stocks_beside_crypto_keep_their_week(tmp_path):
    prices = {"COIN": walk(EVERY_DAY, 1, 0.04), "TOKEN": walk(EVERY_DAY, 2, 0.04),
              "STOCK": walk(NEW_YORK, 3)}  # fmt: skip
    pd.DataFrame(prices).to_csv(tmp_path / "prices.csv", index_label="date")
    rows = ["2022-09-24,COIN", "2022-09-24,TOKEN", "2022-09-26,STOCK"]  # a Saturday, a Monday
    (tmp_path / "events.csv").write_text("\n".join(["date,ticker", *rows]) + "\n")
    found = study(tmp_path)
    assert [str(day) for day in found.placed.session] == ["2022-09-24"] * 2 + ["2022-09-26"]
    assert (found.result.outcomes["status"] == "ok").all()
    assert any("never have a price on a weekend" in note for note in found.notes)
    for name, day in (("COIN", "2022-09-24"), ("TOKEN", "2022-09-24"), ("STOCK", "2022-09-26")):
        days, change = prices[name].index, prices[name].pct_change().to_numpy()
        at = days.get_loc(pd.Timestamp(day))
        usual = np.nanmean(change[at - 70 : at - 10])
        assert cars(found.result)[name] == pytest.approx(change[at] - usual, rel=1e-9)


def test_crypto_against_an_index_takes_its_weekends_as_still(tmp_path):
    coin, index = walk(EVERY_DAY, 1, 0.04), walk(NEW_YORK, 2)
    pd.DataFrame({"COIN": coin, "IDX": index}).to_csv(tmp_path / "prices.csv", index_label="date")
    (tmp_path / "events.csv").write_text("date,ticker\n2022-09-27,COIN\n")
    found = study(tmp_path, "IDX", exchange="24/7")
    panel = found.result.panel
    at = int(np.flatnonzero(panel.label == np.datetime64("2022-09-26"))[0])
    still = panel.factors[at - 2 : at + 1, 0]
    monday = index["2022-09-26"] / index["2022-09-23"] - 1
    np.testing.assert_allclose(still, [0, 0, monday], rtol=1e-12)


def test_events_of_one_date_on_two_clocks_are_one_date(tmp_path):
    prices = write_two_exchanges(tmp_path)
    days = [day for day in TOKYO[100:160:4] if day in NEW_YORK]
    rows = [f"{day:%Y-%m-%d},{name},{mic}" for day in days
            for name, mic in (("NYC", "XNYS"), ("TOK", "XTKS"))]  # fmt: skip
    (tmp_path / "events.csv").write_text("\n".join(["date,ticker,mic", *rows]) + "\n")
    assert len(prices["NYC"]) != len(prices["TOK"])
    found = study(tmp_path, exchange="mic")
    judged = judge(found)
    assert judged.main.by_date.n_clusters == len(days)
    assert judged.why_no_calendars == (
        "securities keep different sessions, so dates cannot be moved together"
    )


def test_yahoo_is_asked_for_the_companies_and_the_benchmarks_they_name(files, monkeypatch):
    place, _, _ = files
    asked = []

    def load(names, source, **more):
        asked.extend(names)
        assert source == "yahoo"
        return load_prices(names, place / "prices.csv", **more)

    load_prices = analysis.prices.load_prices
    monkeypatch.setattr("analysis.prices.load_prices", load)
    for given in ("index", "sector:Tech=XLK,Food=XLP", "XLK,XLP,peers:sector"):
        asked.clear()
        found = study(place, given, prices="yahoo")
        assert set(asked) == {*SECTOR, "XLK", "XLP"}
        assert (found.result.outcomes["status"] == "ok").all()
