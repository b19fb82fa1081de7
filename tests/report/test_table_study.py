"""Two files in, a page out: dialects of events x dialects of prices, from the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import analysis.prices
from analysis.__main__ import main
from analysis.sessions.calendars import exchange_calendar

NAMES = ["AAA", "BBB", "CCC", "DDD"]
DAYS = pd.DatetimeIndex(exchange_calendar("XNYS", "2022-01-01", "2023-12-31").session)
EFFECT = 0.04


@pytest.fixture(scope="module")
def prices():
    rng = np.random.default_rng(5)
    market = rng.normal(0, 0.008, len(DAYS))
    returns = market[:, None] + rng.normal(0, 0.012, (len(DAYS), 4))
    frame = pd.DataFrame(returns, index=DAYS.rename("date"), columns=NAMES)
    for day, name in EVENTS:
        frame.loc[day, name] += EFFECT
    frame["SPX"] = market
    return (100 * (1 + frame).cumprod()).round(6)


def events():
    rng = np.random.default_rng(6)
    rows = rng.choice(np.arange(160, len(DAYS) - 20), 24, replace=False)
    return [(DAYS[row], NAMES[n % 4]) for n, row in enumerate(rows)]


EVENTS = events()


def as_iso(file, blank=False):
    clock = " 09:00" if blank else ""
    lines = [f"{day:%Y-%m-%d}{clock},{name},Results" for day, name in EVENTS]
    file.write_text("\n".join(["Date,Ticker,Headline", *lines]) + "\n")


def as_time_column(file):
    lines = [f"{day:%Y-%m-%d},08:30,{name},News" for day, name in EVENTS]
    file.write_text("\n".join(["Date,Time,Ticker,Headline", *lines]) + "\n")


def as_days_first(file):
    lines = [f"{day:%d/%m/%Y};{name}" for day, name in EVENTS]
    file.write_text("\n".join(["Date;Company", *lines]) + "\n")


def as_dots(file):
    lines = [f"{day:%d.%m.%Y};{name};1.234,56" for day, name in EVENTS]
    file.write_text("\n".join(["Datum;x;y", *lines]).replace("Datum;x;y", "Date;Symbol;Size"))


def as_months_first(file):
    lines = [f"{day:%m/%d/%Y}\t{name}" for day, name in EVENTS]
    file.write_text("\n".join(["Event Date\tticker", *lines]) + "\n")


def as_keys(file):
    lines = [f"e{n},{name},{day:%Y-%m-%d}" for n, (day, name) in enumerate(EVENTS)]
    file.write_text("\n".join(["event_id,security,session", *lines]) + "\n")


def as_groups(file):
    lines = [f"{d:%Y-%m-%d},{s},{'ab'[n % 2]},{n / 7:.3f}" for n, (d, s) in enumerate(EVENTS)]
    file.write_text("\n".join(["date,symbol,kind,size", *lines]) + "\n")


def as_workbook(file):
    book = openpyxl.Workbook()
    book.active.append(["Date", "Ticker", "Event"])
    for day, name in EVENTS:
        book.active.append([day.to_pydatetime(), name, "Results"])
    book.save(file)


EVENT_FILES = {
    "iso.csv": as_iso,
    "blank.csv": lambda file: as_iso(file, blank=True),
    "time.csv": as_time_column,
    "days-first.csv": as_days_first,
    "dots.csv": as_dots,
    "months-first.tsv": as_months_first,
    "keys.csv": as_keys,
    "groups.csv": as_groups,
    "events.xlsx": as_workbook,
}


def wide(frame, place):
    frame.to_csv(place / "prices.csv")
    return place / "prices.csv"


def long(frame, place):
    stacked = frame.stack().rename("close").reset_index()
    stacked.columns = ["date", "symbol", "close"]
    stacked.to_csv(place / "prices.csv", index=False)
    return place / "prices.csv"


def folder(frame, place):
    (place / "px").mkdir()
    for name in frame:
        frame[[name]].rename(columns={name: "close"}).to_csv(place / "px" / f"{name}.csv")
    return place / "px"


def returns(frame, place):
    frame.pct_change().iloc[1:].to_csv(place / "prices.csv")
    return place / "prices.csv"


def crsp(frame, place):
    stacked = frame.pct_change().iloc[1:].stack().rename("RET").reset_index()
    stacked.columns = ["date", "TICKER", "RET"]
    stacked["date"] = stacked["date"].dt.strftime("%Y%m%d")
    text = stacked["RET"].astype(str)
    text[3], text[7] = "C", "B"
    stacked.assign(RET=text).to_csv(place / "prices.csv", index=False)
    return place / "prices.csv"


def newest_first(frame, place):
    frame.iloc[::-1].to_csv(place / "prices.csv")
    return place / "prices.csv"


def german(frame, place):
    large = 1000 * frame  # so that thousands are grouped
    text = large.map(lambda v: f"{v:,.3f}".translate(str.maketrans(",.", ".,")))
    text.index = large.index.strftime("%d.%m.%Y")
    text.rename_axis("date").to_csv(place / "prices.csv", sep=";")
    return place / "prices.csv"


def semicolons(frame, place):
    frame.to_csv(place / "prices.csv", sep=";", decimal=",")
    return place / "prices.csv"


def downloaded(frame, place):
    kinds = pd.concat({"Close": frame, "Volume": frame * 0 + 1000}, axis=1)
    kinds.rename_axis(index="Date", columns=["Price", "Ticker"]).to_csv(place / "prices.csv")
    return place / "prices.csv"


def histories(frame, place):
    (place / "px").mkdir()
    for name in frame:
        bars = pd.DataFrame(dict.fromkeys(["Open", "High", "Low", "Close"], frame[name]))
        bars = bars.assign(Volume=1000, Dividends=0.0, **{"Stock Splits": 0.0})
        bars.index = frame.index.tz_localize("America/New_York").rename("Date")
        bars.to_csv(place / "px" / f"{name}.csv")
    return place / "px"


def workbook(frame, place):
    frame.to_excel(place / "prices.xlsx")
    return place / "prices.xlsx"


PRICE_FILES = {
    "wide": wide, "long": long, "folder": folder, "returns": returns, "crsp": crsp,
    "newest first": newest_first, "dd.mm.yyyy, 1.234,56": german, "semicolons": semicolons,
    "yf.download": downloaded, "Ticker.history folder": histories, "xlsx": workbook,
}  # fmt: skip


def run(place, event_file, price_path, *more):
    out = place / "out"
    words = [
        "study",
        "--events",
        str(event_file),
        "--prices",
        str(price_path),
        "--benchmark",
        "SPX",
    ]
    return main([*words, "--window", "0", "0", "--out", str(out), *more]), out


@pytest.mark.parametrize("name", EVENT_FILES)
def test_events_as_people_keep_them_give_the_same_answer(prices, tmp_path, name, capsys):
    EVENT_FILES[name](tmp_path / name)
    code, out = run(tmp_path, tmp_path / name, wide(prices, tmp_path))
    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith("A table study:")
    row = pd.read_csv(out / "windows.csv").iloc[0]
    assert row["n_events"] == 24
    np.testing.assert_allclose(row["estimate"], by_hand(prices), rtol=1e-9)
    outcomes = pd.read_csv(out / "event_outcomes.csv")
    assert list(outcomes.columns) == [
        "event_id", "security", "session", "status", "reason", "car[0,0]", "se[0,0]", "p[0,0]",
    ]  # fmt: skip
    assert (outcomes["status"] == "ok").all()


@pytest.mark.parametrize("form", PRICE_FILES)
def test_prices_as_people_keep_them_give_the_same_answer(prices, tmp_path, form, capsys):
    as_iso(tmp_path / "events.csv")
    code, out = run(tmp_path, tmp_path / "events.csv", PRICE_FILES[form](prices, tmp_path))
    assert code == 0
    found = pd.read_csv(out / "windows.csv").iloc[0]["estimate"]
    tolerance = {"crsp": 1e-3, "dd.mm.yyyy, 1.234,56": 1e-5}.get(form, 1e-9)  # codes; decimals
    np.testing.assert_allclose(found, by_hand(prices), rtol=tolerance)
    assert ("no previous price (C)" in capsys.readouterr().out) == (form == "crsp")


def by_hand(prices):
    """The answer by numpy alone."""
    change = prices.pct_change()
    found = []
    for day, name in EVENTS:
        at = DAYS.get_loc(day)
        y, x = (change[c].to_numpy()[at - 130 : at - 10] for c in (name, "SPX"))
        slope, start = np.polyfit(x, y, 1)
        found.append(change[name].iloc[at] - start - slope * change["SPX"].iloc[at])
    return np.mean(found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Date,Ticker\n03/10/2023,AAA\n04/11/2023,BBB\n", "day and month can be confused"),
        ("Date,Ticker\n2023-03-10,AAA\n10.03.2023,BBB\n", "one form of dates"),
        ("Date,Headline\n2023-03-10,News\n", "the column of companies"),
        ("Ticker,Headline\nAAA,News\n", "the column of dates"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_a_remedy(
    prices, tmp_path, text, said, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # no workspace here
    (tmp_path / "events.csv").write_text(text)
    code, out = run(tmp_path, tmp_path / "events.csv", wide(prices, tmp_path))
    assert code == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_two_closes_of_a_day_are_refused(prices, tmp_path, capsys):
    as_iso(tmp_path / "events.csv")
    file = long(prices, tmp_path)
    file.write_text(file.read_text() + "2023-12-29,AAA,101\n")
    code, _ = run(tmp_path, tmp_path / "events.csv", file)
    assert code == 3
    assert "a second price of AAA on 2023-12-29" in capsys.readouterr().err


def test_closed_days_move_and_stand_in_the_log(prices, tmp_path, capsys):
    rows = "Date,Ticker\n2023-01-16,AAA\n2023-02-18,BBB\n2023-03-01,CCC\n"  # a holiday, a Saturday
    (tmp_path / "events.csv").write_text(rows)
    file = wide(prices, tmp_path)
    code, out = run(tmp_path, tmp_path / "events.csv", file)
    assert code == 0
    shifts = pd.read_csv(out / "shifts.csv")
    assert shifts["session"].tolist() == ["2023-01-17", "2023-02-21"]
    code, out = run(tmp_path, tmp_path / "events.csv", file, "--closed-day", "skip")
    statuses = pd.read_csv(out / "event_outcomes.csv")["status"]
    assert statuses.tolist() == ["no_session", "no_session", "ok"]
    assert "2 events moved" in capsys.readouterr().out


def test_a_missing_company_and_a_short_history_are_outcomes(prices, tmp_path):
    rows = "Date,Ticker\n2023-03-01,AAA\n2023-03-01,ZZZ\n2022-02-01,BBB\nsoon,CCC\n"
    (tmp_path / "events.csv").write_text(rows)
    code, out = run(tmp_path, tmp_path / "events.csv", wide(prices, tmp_path))
    assert code == 0
    found = pd.read_csv(out / "event_outcomes.csv").set_index("security")
    assert found["status"].to_dict() == {
        "AAA": "ok", "ZZZ": "outside_data", "BBB": "short_estimation", "CCC": "no_session",
    }  # fmt: skip
    assert "'soon' is no date" in found.loc["CCC", "reason"]


def test_a_column_of_the_events_names_the_benchmark_of_each(prices, tmp_path):
    lines = [f"{day:%Y-%m-%d},{name},{'SPX' if name < 'C' else 'AAA'}" for day, name in EVENTS]
    (tmp_path / "events.csv").write_text("\n".join(["date,ticker,index", *lines]) + "\n")
    file, out = wide(prices, tmp_path), tmp_path / "out"
    words = ["study", "--events", str(tmp_path / "events.csv"), "--prices", str(file)]
    assert main([*words, "--benchmark", "index", "--window", "0", "0", "--out", str(out)]) == 0
    own = pd.read_csv(out / "event_outcomes.csv")
    assert main([*words, "--benchmark", "SPX", "--window", "0", "0", "--out", str(out)]) == 0
    same = pd.read_csv(out / "event_outcomes.csv")
    on_index = own["security"] < "C"
    np.testing.assert_allclose(own["car[0,0]"][on_index], same["car[0,0]"][on_index], rtol=1e-12)
    assert (own["car[0,0]"] - same["car[0,0]"])[~on_index].abs().min() > 1e-6


def test_factors_as_downloaded_lose_their_percent(prices, tmp_path, capsys):
    change = 100 * prices["SPX"].pct_change()
    rows = [f"{day:%Y%m%d},{v:8.3f},   0.10,  -0.05,   0.010" for day, v in
            change.iloc[1:].items()]  # fmt: skip
    rng = np.random.default_rng(1)
    rows = [r.replace("   0.10", f"{a:7.2f}").replace("  -0.05", f"{b:7.2f}")
            for r, a, b in zip(rows, *rng.normal(0, 0.5, (2, len(rows))), strict=True)]  # fmt: skip
    head = "This file was created using the 202412 CRSP database.\n\n,Mkt-RF,SMB,HML,RF\n"
    (tmp_path / "F.csv").write_text(head + "\n".join(rows) + "\n\nCopyright 2024\n")
    as_iso(tmp_path / "events.csv")
    words = ["study", "--events", str(tmp_path / "events.csv"), "--prices",
             str(wide(prices, tmp_path)), "--benchmark", str(tmp_path / "F.csv")]  # fmt: skip
    assert main([*words, "--window", "0", "0", "--out", str(tmp_path / "out")]) == 0
    run_record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert run_record["study"]["model"] == "factor_model"
    assert run_record["study"]["risk_free"] == "RF"
    assert "factors in percent were divided by 100" in capsys.readouterr().out
    estimate = pd.read_csv(tmp_path / "out" / "windows.csv").iloc[0]["estimate"]
    np.testing.assert_allclose(estimate, by_hand(prices), atol=0.002)


def test_windows_may_be_dates_where_the_events_share_one(prices, tmp_path):
    rows = "Date,Ticker\n" + "".join(f"2023-06-01,{name}\n" for name in NAMES)
    (tmp_path / "events.csv").write_text(rows)
    words = ["--estimation-window", "2022-10-03", "2023-05-12"]
    code, out = run(tmp_path, tmp_path / "events.csv", wide(prices, tmp_path), *words)
    assert code == 0
    first, last = json.loads((out / "run.json").read_text())["study"]["estimation_window"]
    at = DAYS.get_loc(pd.Timestamp("2023-06-01"))
    assert [str(DAYS[at + k].date()) for k in (first, last)] == ["2022-10-03", "2023-05-12"]


def test_the_page_says_the_answer_and_loads_nothing(prices, tmp_path, capsys):
    as_groups(tmp_path / "events.csv")
    code, out = run(tmp_path, tmp_path / "events.csv", wide(prices, tmp_path), "--report")
    assert code == 0
    page = (out / "index.html").read_text()
    assert "<h1>Yes: the four securities rose" in page
    assert not re.search(r'(src|href)="https?:', page)
    for words in (
        "The ladder",
        "Placebo calendars",
        "toprule",
        "Every event",
        "market-reaction study",
    ):
        assert words in page
    assert len(page) < 1_000_000
    assert str(tmp_path) not in page
    before = (out / "index.html").read_bytes(), (out / "results.xlsx").read_bytes()
    run(tmp_path, tmp_path / "events.csv", tmp_path / "prices.csv", "--report")
    assert ((out / "index.html").read_bytes(), (out / "results.xlsx").read_bytes()) == before


def test_text_of_the_files_is_no_markup(prices, tmp_path):
    lines = [f"{day:%Y-%m-%d},{name},<script>alert(1)</script> & <b>x</b>" for day, name in EVENTS]
    (tmp_path / "events.csv").write_text("\n".join(["date,ticker,headline", *lines]) + "\n")
    code, out = run(tmp_path, tmp_path / "events.csv", wide(prices, tmp_path), "--report")
    assert code == 0
    page = (out / "index.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_folder_that_is_not_ours_is_left_alone(prices, tmp_path, capsys):
    as_iso(tmp_path / "events.csv")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("mine")
    code, out = run(tmp_path, tmp_path / "events.csv", wide(prices, tmp_path))
    assert code == 2
    assert sorted(p.name for p in out.iterdir()) == ["thesis.tex"]


def test_one_process_and_partitions_say_the_same(prices, tmp_path, capsys):
    as_keys(tmp_path / "events.csv")
    code, out = run(tmp_path, tmp_path / "events.csv", wide(prices, tmp_path))
    assert code == 0
    (tmp_path / "parts").mkdir()
    stacked = prices.stack().rename("close").reset_index()
    stacked.columns = ["session", "security", "close"]
    for n, names in enumerate((NAMES[:2], [*NAMES[2:], "SPX"])):
        part = stacked[stacked["security"].isin(names)]
        part.to_parquet(tmp_path / "parts" / f"{n}.parquet", index=False)
    words = ["study", "--events", str(tmp_path / "events.csv"), "--prices", str(tmp_path / "parts")]
    more = ["--benchmark", "SPX", "--window", "0", "0", "--out", str(tmp_path / "many")]
    capsys.readouterr()
    assert main([*words, *more]) == 0
    assert capsys.readouterr().out.startswith("A table study over partitions: ")
    for name in ("event_outcomes.csv", "windows.csv", "tests.csv"):
        one, many = (pd.read_csv(folder / name) for folder in (out, tmp_path / "many"))
        pd.testing.assert_frame_equal(one, many, rtol=1e-9)


DOCUMENT = Path(__file__).parents[2] / "docs" / "your-own-study.md"
EXAMPLES = dict(
    re.findall(r"^# (\d+) .*\n(market-reaction study .*)$", DOCUMENT.read_text(), re.MULTILINE)
)


def dated(frame, days):
    """The same prices on other sessions, and the events on theirs."""
    moved = frame.set_axis(days[: len(frame)].rename("date"))
    return moved, [(moved.index[DAYS.get_loc(day)], name) for day, name in EVENTS]


def lay_out_documented_files(frame, place):
    """Write the files that the ten examples of the document name."""
    wide(frame, place).rename(place / "closes.csv")
    folder(frame, place).rename(place / "prices")
    crsp(frame, place).rename(place / "crsp.csv")
    as_time_column(place / "earnings.csv")
    as_workbook(place / "events.xlsx")
    as_months_first(place / "rulings.tsv")
    lines = [f"{day:%Y-%m-%d},{name},{'SPX' if name < 'C' else 'AAA'}" for day, name in EVENTS]
    (place / "world.csv").write_text("\n".join(["date,ticker,index", *lines]) + "\n")
    london = pd.DatetimeIndex(exchange_calendar("XLON", "2021-12-01", "2024-02-28").session)
    closes, rows = dated(frame.rename(columns={"SPX": "FTSE"}), london)
    closes.to_csv(place / "uk-closes.csv")
    lines = [f"{day:%d/%m/%Y},07:00,{name}" for day, name in rows]
    (place / "uk.csv").write_text("\n".join(["Date,Time,Company", *lines]) + "\n")
    noise = np.random.default_rng(1).normal(0, 0.5, (len(frame) - 1, 2))
    change = 100 * frame["SPX"].pct_change().iloc[1:]
    rows = [f"{day:%Y%m%d},{v:8.3f},{a:7.2f},{b:7.2f},   0.010"
            for (day, v), (a, b) in zip(change.items(), noise, strict=True)]  # fmt: skip
    head = "This file was created by hand.\n\n,Mkt-RF,SMB,HML,RF\n"
    (place / "F-F_Research_Data_Factors_daily.csv").write_text(head + "\n".join(rows) + "\n")


def lay_out_the_ninth(frame, place):
    """Its estimation window names dates, so its prices lie around them."""
    days = pd.DatetimeIndex(exchange_calendar("XNYS", "2018-10-01", "2020-12-31").session)
    dated(frame, days)[0].to_csv(place / "closes.csv")
    rows = "".join(f"2020-02-24,{name}\n" for name in NAMES)
    (place / "sectors.csv").write_text("date,ticker\n" + rows)


def test_the_document_has_ten_examples():
    assert list(EXAMPLES) == [str(n) for n in range(1, 11)]


@pytest.mark.parametrize("number", EXAMPLES)
def test_a_documented_example_runs_as_it_stands(prices, tmp_path, monkeypatch, number):
    """As printed but for the page, which has tests of its own; Yahoo's answer is a file here."""
    (lay_out_the_ninth if number == "9" else lay_out_documented_files)(prices, tmp_path)
    load = analysis.prices.load_prices
    monkeypatch.setattr(
        "analysis.prices.load_prices",
        lambda names, source, **more: load(names, tmp_path / "closes.csv", **more),
    )
    monkeypatch.chdir(tmp_path)
    words = [word for word in EXAMPLES[number].split()[1:] if word != "--report"]
    assert main(words) == 0
    out = tmp_path / words[-1]
    outcomes = pd.read_csv(out / "event_outcomes.csv")
    assert set(outcomes["status"]) == {"ok"}
    assert len(outcomes) == (len(NAMES) if number == "9" else len(EVENTS))
    if number != "9":  # the others hold the move that was built into the prices
        first = pd.read_csv(out / "windows.csv").iloc[0]
        assert first["estimate"] == pytest.approx(EFFECT, abs=4 * first["se"])
        assert first["p"] < 1e-4
    for name in ("tests.csv", "ladder.csv", "tables.tex", "results.xlsx", "run.json"):
        assert (out / name).is_file(), name
