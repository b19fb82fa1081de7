"""Files of other programs: read rightly and said, or refused with one remedy."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from analysis.errors import MarketReactionError, lines_of
from analysis.prices.returns_files import read_french
from analysis.reactions.table_commands import study_kind, why_no_page
from analysis.reactions.table_study import TableRequest, table_study
from analysis.seeds.typed_files import is_typed, refuse_other

DAYS = pd.bdate_range("2023-01-02", periods=120)
NAMES = ["AAA", "BBB", "SPX"]
RETURNS = pd.DataFrame(np.random.default_rng(3).normal(0, 0.01, (120, 3)), DAYS, NAMES)
PRICES = (100 * (1 + RETURNS).cumprod()).round(4)
EVENTS = [(DAYS[80], "AAA"), (DAYS[97], "BBB"), (DAYS[105], "AAA")]
METHOD = {"windows": ((0, 0),), "estimation_window": (-60, -11)}
DE = ["", "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli"]
FR = ["", "janvier", "février", "mars", "avril", "mai", "juin", "juillet"]


def by_hand():
    """Mean abnormal return by numpy alone."""
    change, found = PRICES.pct_change().to_numpy(), []
    for day, name in EVENTS:
        at, column = DAYS.get_loc(day), NAMES.index(name)
        y, x = (change[at - 60 : at - 10, c] for c in (column, 2))
        slope, start = np.polyfit(x, y, 1)
        found.append(change[at, column] - start - slope * change[at, 2])
    return np.mean(found)


def rows(head, line):
    return "\n".join([head, *(line(day, name) for day, name in EVENTS)]) + "\n"


def closes(head, line):
    return "\n".join([head, *(line(d, *PRICES.loc[d].map("{:.4f}".format)) for d in DAYS)]) + "\n"


def each(head, line):
    long = [line(d, n, f"{PRICES.loc[d, n]:.4f}") for n in NAMES for d in DAYS]
    return "\n".join([head, *long]) + "\n"


EVENT_FILES = {
    "Refinitiv": rows("RIC,Event Date,Timing", lambda d, n: f"{n},{d:%d-%b-%Y},Before Market"),
    "Bloomberg": rows("Ticker,Announcement Date,Time",
                      lambda d, n: f"{n} US Equity,{d:%m/%d/%Y},Bef-mkt"),
    "I/B/E/S": rows("TICKER,ANNDATS,ANNTIMS", lambda d, n: f"{n},{d:%Y%m%d},08:00:00"),
    "Compustat": rows("gvkey,tic,rdq", lambda d, n: f"1,{n},{d:%Y/%m/%d}"),
    "German": rows("Datum;Uhrzeit;Kürzel", lambda d, n: f"{d:%d.%m.%Y};08:30 Uhr;{n}"),
    "German words": rows("Ereignistag;Unternehmen",
                         lambda d, n: f"{d.day}. {DE[d.month]} {d.year};{n}"),
    "French words": rows("Date;Société", lambda d, n: f"{d.day} {FR[d.month]} {d.year};{n}"),
    "French": rows("Date d'annonce;Heure;Symbole", lambda d, n: f"{d:%d/%m/%Y};08h30;{n}"),
    "Japanese": rows("日付,銘柄コード", lambda d, n: f"{d.year}年{d.month}月{d.day}日,{n}"),
    "Chinese": rows("公告日期,股票代码", lambda d, n: f"{d:%Y-%m-%d},{n}"),
    "Spanish": rows("Fecha;Empresa", lambda d, n: f"{d:%d/%m/%Y};{n}"),
    "Stata": rows("ticker,event_date", lambda d, n: f"{n},{d:%d}{d:%b}{d:%Y}"),
    "Unix": rows("ticker,timestamp", lambda d, n: f"{n},{int(d.timestamp())}"),
    "zone beside the time": rows("Date,Ticker", lambda d, n: f"{d:%Y-%m-%d} 8:30 AM ET,{n}"),
    "short year, month in words": rows("Date,Ticker", lambda d, n: f"{d:%d-%b-%y},{n}"),
    "small letters": rows("Date,Ticker", lambda d, n: f"{d:%Y-%m-%d},{n.lower()}"),
    "sep=": "sep=;\n" + rows("Date;Ticker", lambda d, n: f"{d:%Y-%m-%d};{n}"),
    "title": "Calendar of May\n\n" + rows("Date,Ticker", lambda d, n: f"{d:%Y-%m-%d},{n}"),
    "weekday": rows("Date,Ticker", lambda d, n: f"{d:%a} {d:%Y-%m-%d},{n}"),
    "time with a point": rows("Date,Time,Ticker", lambda d, n: f"{d:%d.%m.%Y},08.30,{n}"),
    "HHMMSS": rows("date,time,ticker", lambda d, n: f"{d:%Y%m%d},83000,{n}"),
    "exchange before": rows("Date,Ticker", lambda d, n: f"{d:%Y-%m-%d},NASDAQ:{n}"),
    "RIC": rows("Date,RIC", lambda d, n: f"{d:%Y-%m-%d},{n}.OQ"),
    "Korean": rows("날짜,종목코드", lambda d, n: f"{d:%Y-%m-%d},{n}"),
    "source below": rows("Ticker,Date,N", lambda d, n: f"{n},{d:%Y-%m-%d},2")
    + "Source: us\n,,6\n",
    "sum below": rows("Date,Ticker,N", lambda d, n: f"{d:%Y-%m-%d},{n},2") + "Total,3 events,6\n",
    "mean below": rows("Ticker,Date,N", lambda d, n: f"{n},{d:%Y-%m-%d},2") + "Average,,2\n",
    "estudy": rows("Firm ID;Market ID;Event Date;Event ID", lambda d, n: f"{n};X;{d:%d.%m.%Y};{d}"),
}  # fmt: skip
PRICE_FILES = {
    "German": closes("Datum;AAA;BBB;SPX", lambda d, *v: ";".join(
        [f"{d:%d.%m.%Y}", *(x.replace(".", ",") for x in v)])),
    "months first": closes("Date,AAA,BBB,SPX", lambda d, *v: ",".join([f"{d:%m/%d/%Y}", *v])),
    "days first": closes("Date,AAA,BBB,SPX", lambda d, *v: ",".join([f"{d:%d/%m/%Y}", *v])),
    "months in words": closes("Timestamp,AAA,BBB,SPX",
                              lambda d, *v: ",".join([f"{d:%d-%b-%Y}", *v])),
    "Japanese": closes("日付,AAA,BBB,SPX", lambda d, *v: ",".join([f"{d:%Y/%m/%d}", *v])),
    "title": "From a vendor\n\n" + closes("date,AAA,BBB,SPX",
                                          lambda d, *v: ",".join([f"{d:%Y-%m-%d}", *v])),
    "Bloomberg": closes("Dates,AAA,BBB,SPX\n,PX_LAST,PX_LAST,PX_LAST",
                        lambda d, *v: ",".join([f"{d:%m/%d/%Y}", *v])),
    "Refinitiv": each("Instrument,Date,Price Close", lambda d, n, v: f"{n},{d:%Y-%m-%d},{v}"),
    "Stooq": each("<TICKER>,<PER>,<DATE>,<CLOSE>", lambda d, n, v: f"{n},D,{d:%Y%m%d},{v}"),
    "Nasdaq": each("Symbol,Date,Close/Last", lambda d, n, v: f"{n},{d:%m/%d/%Y},${v}"),
    "German, long": each("Datum;Symbol;Schlusskurs",
                         lambda d, n, v: f"{d:%d.%m.%Y};{n};{v.replace('.', ',')}"),
    "Swiss": closes("date;AAA;BBB;SPX", lambda d, *v: ";".join(
        [f"{d:%Y-%m-%d}", *(f"{1000 * float(x):,.1f}".replace(",", "'") for x in v)])),
    "Compustat": each("gvkey,datadate,tic,prccd,ajexdi", lambda d, n, v: (
        f"7,{d:%Y%m%d},{n},{float(v) * (1 + 3 * (d < DAYS[70])):.4f},{1 + 3 * (d < DAYS[70])}")),
    "CRSP": each("PERMNO,date,TICKER,PRC,CFACPR", lambda d, n, v: (
        f"7,{d:%Y-%m-%d},{n},{'-' if d == DAYS[90] else ''}{2 * float(v):.4f},2")),
    "days across": PRICES.T.to_csv(index_label="symbol"),
    "days across, with names": PRICES.T.assign(name="x").set_index("name", append=True).rename(
        columns=lambda d: f"{d:%d/%m/%Y}").to_csv(index_label=["Ticker", "Name"]),
    "side by side": closes("AAA,,BBB,,SPX,\n" + ",".join(["Date,PX_LAST"] * 3), lambda d, *v: (
        ",".join(f"{d:%m/%d/%Y},{x}" for x in v))),
    "side by side, with opens": closes(
        "AAA,,,BBB,,,SPX,,\n" + ",".join(["Date,Open,Close"] * 3), lambda d, *v: ",".join(
            f"{d:%m/%d/%Y},{2 * float(x):.4f},{x}" for x in v)),
    "two columns of days": each("date,ticker,timestamp,close",
                                lambda d, n, v: f"{d:%Y-%m-%d},{n},{d:%Y-%m-%d},{v}"),
    "Datastream": closes("Name,AAA,BBB,SPX\nCode,U:A,U:B,U:S\nCURRENCY,U$,U$,U$",
                         lambda d, *v: ",".join([f"{d:%d/%m/%Y}", *v])),
    "source below": PRICES.to_csv(index_label="date") + "\nSource: a vendor\n",
    "weekdays": PRICES.assign(w=DAYS.day_name())[["w", *NAMES]].to_csv(index_label="date"),
    "row numbers": PRICES.rename_axis("date").reset_index().to_csv(),
    "names": each("Date,Name,Close", lambda d, n, v: f"{d:%Y-%m-%d},{n},{v}"),
    "currency": closes("date,AAA,BBB,SPX", lambda d, *v: ",".join(
        [f"{d:%Y-%m-%d}", *(f"{x} EUR" for x in v)])),
    "blanks for thousands": closes("date;AAA;BBB;SPX", lambda d, *v: ";".join(
        [f"{d:%Y-%m-%d}", *(f"{1000 * float(x):,.1f}".replace(",", "\u202f").replace(".", ",")
                            for x in v)])),
    "weekday and words": closes("Date;AAA;BBB;SPX", lambda d, *v: ";".join(
        [f"{d:%A}, {d.day} {FR[d.month]} {d.year}", *v])),
    "Excel's numbers": closes("date,AAA,BBB,SPX", lambda d, *v: ",".join(
        [str((d - pd.Timestamp("1899-12-30")).days), *v])),
    "Unix, milliseconds": closes("timestamp,AAA,BBB,SPX", lambda d, *v: ",".join(
        [f"{int(d.timestamp())}000", *v])),
    "mm/dd/yy": closes("Date,AAA,BBB,SPX", lambda d, *v: ",".join([f"{d:%m/%d/%y}", *v])),
    "times of the close": closes("Date,AAA,BBB,SPX", lambda d, *v: ",".join(
        [f"{d.month}/{d.day}/{d.year} 16:00:00", *v])),
    "means below": PRICES.to_csv(index_label="date")
    + PRICES.agg(["mean", "std"]).to_csv(header=False),
    "signs of none": "date,AAA,BBB,SPX\n2022-12-30,n.a.,#VALUE!,—\n" + PRICES.to_csv(header=False),
    "quantmod": PRICES.add_suffix(".Adjusted").to_csv(index_label="date"),
}  # fmt: skip


ROUNDED = ("Swiss", "blanks for thousands")


def study(place, events=None, prices=None):
    if events is None:
        events = place / "events.csv"
        events.write_text(rows("date,ticker", lambda d, n: f"{d:%Y-%m-%d},{n}"))
    if prices is None:
        prices = place / "prices.csv"
        PRICES.to_csv(prices, index_label="date")
    return table_study(TableRequest(events=str(events), prices=str(prices), benchmark="SPX",
                                    method=METHOD))  # fmt: skip


def check(found, tolerance=1e-9):
    assert (found.result.outcomes["status"] == "ok").all()
    assert found.result.caar((0, 0)) == pytest.approx(by_hand(), rel=tolerance)


@pytest.mark.parametrize("name", EVENT_FILES)
def test_events_of_other_programs_are_read(tmp_path, name):
    (tmp_path / "e.csv").write_text(EVENT_FILES[name], encoding="utf-8-sig")
    check(study(tmp_path, events=tmp_path / "e.csv"))


@pytest.mark.parametrize("name", PRICE_FILES)
def test_prices_of_other_programs_are_read_and_said(tmp_path, name):
    (tmp_path / "p.csv").write_text(PRICE_FILES[name], encoding="utf-8")
    found = study(tmp_path, prices=tmp_path / "p.csv")
    check(found, 1e-4 if name in ROUNDED else 1e-9)
    assert name in ("Japanese", "title", "quantmod") or any(
        n.startswith("read as: ") for n in found.notes
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_files_of_wide_letters_are_read(tmp_path, encoding):
    text = rows("Date\tTicker", lambda d, n: f"{d:%Y-%m-%d}\t{n}")
    (tmp_path / "e.txt").write_text(text, encoding=encoding)
    (tmp_path / "p.tsv").write_text(PRICES.to_csv(sep="\t", index_label="date"), encoding=encoding)
    check(study(tmp_path, tmp_path / "e.txt", tmp_path / "p.tsv"))


@pytest.mark.parametrize(
    ("encoding", "head", "event"),
    [
        ("cp932", "日付,AAA,BBB,SPX", "日付,銘柄コード"),
        ("gb18030", "日期,AAA,BBB,SPX", "公告日期,股票代码"),
        ("cp1252", "Börsentag,AAA,BBB,SPX", "Datum,Kürzel"),
    ],
)
def test_older_letters_are_read_where_the_header_shows_them_and_said(
    tmp_path, encoding, head, event
):
    text = closes(head, lambda d, *v: ",".join([f"{d:%Y-%m-%d}", *v]))
    (tmp_path / "p.csv").write_bytes(text.encode(encoding))
    text = rows(event, lambda d, n: f"{d:%Y-%m-%d},{n}")
    (tmp_path / "e.csv").write_bytes(text.encode(encoding))
    found = study(tmp_path, tmp_path / "e.csv", tmp_path / "p.csv")
    check(found)
    assert "letters of" in found.said[0]
    assert any(n.startswith("read as: p.csv: letters of") for n in found.notes)


def test_letters_that_cannot_be_told_and_packed_files_are_refused(tmp_path):
    for content, said in (
        ("дата,AAA\nкомментарий,1\n".encode("koi8-r"), "Save it as UTF-8"),
        (b"\x1f\x8b\x08\x00", "Unpack it first"),
    ):
        (tmp_path / "p.csv").write_bytes(content)
        with pytest.raises(MarketReactionError, match=said):
            study(tmp_path, prices=tmp_path / "p.csv")


def test_a_workbook_with_a_sheet_for_each_company_is_read(tmp_path):
    with pd.ExcelWriter(tmp_path / "p.xlsx") as book:
        for name in NAMES:
            PRICES[[name]].set_axis(["Close"], axis=1).to_excel(book, sheet_name=name,
                                                                index_label="Date")  # fmt: skip
    check(study(tmp_path, prices=tmp_path / "p.xlsx"))


def test_a_word_before_a_date_that_is_no_weekday_is_no_date(tmp_path):
    text = rows("date,ticker", lambda d, n: f"before {d.day} {d:%B} {d.year},{n}")
    (tmp_path / "e.csv").write_text(text)
    with pytest.raises(MarketReactionError, match="no row holds a date"):
        study(tmp_path, events=tmp_path / "e.csv")


def test_a_workbook_with_a_merged_title_and_a_sheet_of_notes_is_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["see the next sheet"])
    sheet = book.create_sheet("Events")
    sheet.append(["Earnings calendar"])
    sheet.merge_cells("A1:B1")
    sheet.append([])
    sheet.append(["Date", "Ticker"])
    for day, name in EVENTS:
        sheet.append([day.to_pydatetime(), name])
    book.save(tmp_path / "e.xlsx")
    found = study(tmp_path, events=tmp_path / "e.xlsx")
    check(found)
    assert "1 line above the header passed over" in found.said[0]


def test_a_folder_of_downloads_newest_first_is_read(tmp_path):
    (tmp_path / "px").mkdir()
    for name in NAMES:
        lines = [f'"{d:%m/%d/%Y}","{PRICES.loc[d, name]:.4f}","1","2","0.5","1.2M","0.1%"'
                 for d in DAYS[::-1]]  # fmt: skip
        head = '"Date","Price","Open","High","Low","Vol.","Change %"'
        (tmp_path / "px" / f"{name}.csv").write_text("\n".join([head, *lines]), "utf-8-sig")
    check(study(tmp_path, prices=tmp_path / "px"))


@pytest.mark.parametrize(
    ("events", "prices", "said"),
    [
        (rows("date,ticker", lambda d, n: f"{d:%m/%d/%y},{n}"), None, "a year of two digits"),
        (rows("date,ticker", lambda d, n: f"{d:%Y-%m-%d},X{n}"), None, "Did you mean 'AAA'"),
        (rows("date,who", lambda d, n: f"{d:%Y-%m-%d},{n}"), None, "Name a column ticker"),
        (None, (100 * RETURNS).to_csv(index_label="date"), "returns in percent, divide by 100"),
        (
            None,
            each("firm_id,date,price", lambda d, n, v: f"{n},{d:%Y-%m-%d},{v}"),
            "Rename 'firm_id' to 'symbol'",
        ),
        (
            None,
            closes(
                "Date,Open,Close,Date,Open,Close",
                lambda d, *v: ",".join(f"{d:%Y-%m-%d},{x},{x}" for x in v[:2]),
            ),
            "a second price of Close|stands twice",
        ),
        (None, each("date,symbol,amount", lambda d, n, v: f"{d:%Y-%m-%d},{n},{v}"), "'close'"),
    ],
)
def test_what_is_not_read_is_refused_with_one_remedy(tmp_path, events, prices, said):
    if events is not None:
        (tmp_path / "e.csv").write_text(events)
    if prices is not None:
        (tmp_path / "p.csv").write_text(prices)
    with pytest.raises(MarketReactionError, match=said):
        study(
            tmp_path, tmp_path / "e.csv" if events else None, tmp_path / "p.csv" if prices else None
        )


SAID = pd.DataFrame(EVENTS, columns=["Date", "Ticker"]).assign(Date=lambda f: f["Date"].astype(str))
LONG = PRICES.rename_axis("date").reset_index().melt("date", var_name="symbol", value_name="close")
DATED = PRICES.set_axis(DAYS.astype(str)).rename_axis("date").reset_index()
STAMPED = PRICES.set_axis([int(day.timestamp()) * 1000 for day in DAYS])
JSON = {  # as pandas, R and web services write them
    "records": ({"orient": "records"}, DATED.melt("date", var_name="symbol", value_name="close")),
    "columns": ({}, STAMPED),
    "lines": ({"orient": "records", "lines": True}, DATED),
    "split": ({"orient": "split", "index": False}, DATED),
    "split with days": ({"orient": "split"}, PRICES.set_axis(DAYS.astype(str))),
}


@pytest.mark.parametrize("name", JSON)
def test_tables_in_json_are_read_and_said(tmp_path, name):
    form, prices = JSON[name]
    SAID.to_json(tmp_path / "e.json", **form)
    prices.to_json(tmp_path / "p.json", double_precision=15, **form)
    found = study(tmp_path, tmp_path / "e.json", tmp_path / "p.json")
    check(found)
    assert "a table in JSON" in found.said[0]
    assert study_kind(str(tmp_path / "e.json"), "p.json", tmp_path) == "table"


@pytest.mark.parametrize("text", ['{"a": {"b": {"c": 1}}}', '[{"date": "x", "date": "y"}]', "[1]"])
def test_json_that_is_no_table_is_refused(tmp_path, text):
    (tmp_path / "p.json").write_text(text)
    with pytest.raises(MarketReactionError, match=r"JSON.*Save it as CSV"):
        study(tmp_path, prices=tmp_path / "p.json")


def test_what_gzip_packed_is_read(tmp_path):
    SAID.to_csv(tmp_path / "e.csv.gz", index=False)
    (tmp_path / "px").mkdir()
    for name in NAMES:
        PRICES[[name]].set_axis(["Close"], axis=1).to_csv(
            tmp_path / "px" / f"{name}.csv.gz", index_label="Date"
        )
    check(study(tmp_path, tmp_path / "e.csv.gz", tmp_path / "px"))
    PRICES.to_csv(tmp_path / "p.zip", index_label="date")
    check(study(tmp_path, prices=tmp_path / "p.zip"))


FACTORS = pd.DataFrame({"Mkt-RF": [1.23, -0.4, 0.9], "SMB": [0.1, 2.0, -0.5], "RF": 0.01})


@pytest.mark.parametrize("name", ["f.txt", "f.zip", "f.csv"])
def test_factors_are_read_as_the_library_and_its_readers_write_them(tmp_path, name):
    days = DAYS[:3]
    frame = FACTORS.set_axis(days.strftime("%Y%m%d"))
    if name == "f.txt":
        (tmp_path / name).write_text(f"Made by hand\n\n{frame.to_string()}\n\nCopyright\n")
    elif name == "f.zip":
        frame.to_csv(tmp_path / name)
    else:  # as a reader's frame is written
        FACTORS.set_axis(days).to_csv(tmp_path / name, index_label="Date")
    found = read_french(tmp_path / name)
    pd.testing.assert_frame_equal(
        found.values,
        FACTORS.div(100).set_axis(days),
        check_names=False,
        check_freq=False,
        check_index_type=False,
    )
    assert found.notes == (f"{name}: factors in percent were divided by 100",)


def test_monthly_factors_explain_returns_of_the_same_months_and_no_daily_ones(tmp_path):
    months = pd.period_range("2010-01", periods=120, freq="M")
    moves = np.random.default_rng(5).normal(0, 4, (120, 2)).round(2)
    text = "Made by hand\n\n,Mkt-RF,RF\n" + "".join(
        f"{m:%Y%m},{x:.2f},0.00\n" for m, x in zip(months, moves[:, 0], strict=True)
    )
    (tmp_path / "f.csv").write_text(text + "\n Annual Factors\n,Mkt-RF,RF\n2010,1.0,0.1\n")
    last = [pd.bdate_range(m.start_time, m.end_time)[-1] for m in months]  # of trading
    (tmp_path / "r.csv").write_text("ticker,date,ret\n" + "".join(
        f"AAA,{d:%Y-%m-%d},{y / 100:.6f}\n" for d, y in zip(last, moves[:, 1], strict=True)
    ))  # fmt: skip
    (tmp_path / "e.csv").write_text(f"ticker,date\nAAA,{last[100]:%Y-%m-%d}\n")
    asked = TableRequest(events=str(tmp_path / "e.csv"), prices=str(tmp_path / "r.csv"),
                         benchmark=str(tmp_path / "f.csv"), method=METHOD)  # fmt: skip
    x, y = moves[:, 0] / 100, moves[:, 1] / 100
    slope, start = np.polyfit(x[40:90], y[40:90], 1)
    expected = y[100] - start - slope * x[100]
    assert table_study(asked).result.caar((0, 0)) == pytest.approx(expected, rel=1e-9)
    PRICES.to_csv(tmp_path / "p.csv", index_label="date")
    with pytest.raises(MarketReactionError, match=r"are monthly.*Give its daily file"):
        table_study(replace(asked, prices=str(tmp_path / "p.csv")))


def test_companies_are_found_by_the_column_the_prices_go_by(tmp_path):
    isin = {"AAA": "US0378331005", "BBB": "US5949181045", "SPX": "SPX"}
    LONG.assign(ISIN=LONG["symbol"].map(isin)).drop(columns="symbol").to_csv(
        tmp_path / "p.csv", index=False
    )
    text = rows("date,ticker,isin", lambda d, n: f"{d:%Y-%m-%d},{n},{isin[n]}")
    (tmp_path / "e.csv").write_text(text)
    found = study(tmp_path, tmp_path / "e.csv", tmp_path / "p.csv")
    check(found)
    assert "companies from 'isin'" in found.said[0]


def test_tables_with_types_are_read_as_events_prices_and_returns(tmp_path):
    LONG.set_index(["date", "symbol"]).to_parquet(tmp_path / "p.parquet")
    check(study(tmp_path, prices=tmp_path / "p.parquet"))
    moves = RETURNS.iloc[1:].rename_axis("date").reset_index()
    moves.melt("date", var_name="ticker", value_name="ret").to_feather(tmp_path / "r.feather")
    table = pd.DataFrame(EVENTS, columns=["Date", "Ticker"])
    table.to_stata(tmp_path / "e.dta", write_index=False)
    check(study(tmp_path, tmp_path / "e.dta", tmp_path / "r.feather"), 1e-3)
    table.set_index("Date").to_parquet(tmp_path / "e.parquet")
    PRICES.rename_axis("date").to_excel(tmp_path / "p.xlsx")
    (tmp_path / "p.xlsx").rename(tmp_path / "p.csv")  # its bytes say what it is
    check(study(tmp_path, tmp_path / "e.parquet", tmp_path / "p.csv"))
    table.to_pickle(tmp_path / "e.pkl")
    with pytest.raises(MarketReactionError, match=r"a pickle, which can run .*to_csv"):
        study_kind(str(tmp_path / "e.pkl"), "p.csv", lambda: None)
    (tmp_path / "e.pkl").rename(tmp_path / "e.csv")
    with pytest.raises(MarketReactionError, match=r"a pickle, which can run .*to_csv"):
        study(tmp_path, tmp_path / "e.csv")


@pytest.mark.parametrize("start", [b"SIMPLE_RETURN,", b"RDX,AAA\n", b"\x80 price,", b"PARA,"])
def test_a_text_that_begins_like_another_kind_of_file_is_no_such_file(start):
    """A header SIMPLE_RETURN was called a FITS file, a company RDX a file of R."""
    refuse_other(start + b"1\n2\n", "p.csv")
    assert not is_typed(start, ".csv")


def test_what_an_error_without_words_says_is_its_kind():
    """The first line of nothing ended in a traceback."""
    assert lines_of(EOFError()) == ["EOFError"]
    assert lines_of(ValueError("one\ntwo")) == ["one", "two"]


def test_the_workbook_of_a_download_is_read(tmp_path):
    both = pd.concat({"Close": PRICES, "Open": PRICES}, axis=1, names=["Price", "Ticker"])
    both.rename_axis("Date").to_excel(tmp_path / "p.xlsx")
    check(study(tmp_path, prices=tmp_path / "p.xlsx"))


def test_a_company_without_prices_costs_itself_and_not_the_folder(tmp_path):
    (tmp_path / "px").mkdir()
    for name in NAMES:
        PRICES[name].rename("Close").to_csv(tmp_path / "px" / f"{name}.csv", index_label="Date")
    (tmp_path / "px" / "ZZZ.csv").write_text("Date,Open,Close\n")
    (tmp_path / "px" / "YYY.csv").write_text("")
    found = study(tmp_path, prices=tmp_path / "px")
    check(found)
    assert [note for note in found.notes if "holds no prices" in note] == [
        f"{name}.csv: it holds no prices and was passed over" for name in ("YYY", "ZZZ")
    ]


@pytest.mark.parametrize(
    "cell", ["date,ticker,ret", "Datum;Kürzel;Rendite", "date,permno,ticker,RET"]
)
def test_returns_are_read_as_they_are_written(tmp_path, cell):
    mark, many = (";", len(cell.split(","))) if ";" in cell else (",", cell.count(",") + 1)
    moves, lines = PRICES.pct_change(), [cell]
    for name in NAMES:
        for day, value in moves[name].items():
            text = "C" if value != value else f"{value:.17g}"
            text = text.replace(".", "," if mark == ";" else ".")
            keys = [name] if many < 4 else [name, "SAME"]
            lines.append(mark.join([f"{day:%Y-%m-%d}", *keys, text]))
    (tmp_path / "r.csv").write_text("\n".join(lines) + "\n")
    check(study(tmp_path, prices=tmp_path / "r.csv"))


def test_a_cell_of_several_companies_is_an_event_of_each_and_said(tmp_path):
    day = EVENTS[0][0]
    for cell in ("AAA; BBB", '"AAA, BBB"', "AAA/BBB", "AAA and BBB", '"AAA\nBBB"', "AAA|BBB"):
        (tmp_path / "e.csv").write_text(f"event_id,date,ticker\nx,{day:%Y-%m-%d},{cell}\n")
        found = study(tmp_path, tmp_path / "e.csv")
        assert found.result.outcomes["security"].tolist() == ["AAA", "BBB"]
        assert found.result.outcomes["event_id"].tolist() == ["x-AAA", "x-BBB"]
        assert "cells of several companies, an event of each: 1 more" in found.said[0]


def test_a_class_of_shares_is_one_however_its_letter_is_set_off(tmp_path):
    PRICES.rename(columns={"AAA": "BRK.B"}).to_csv(tmp_path / "p.csv", index_label="date")
    for name in ("BRK-B", "BRK/B", "brk b", "NYSE:BRK.B", "BRKb.N"):
        text = rows("date,ticker", lambda d, n, name=name: f"{d:%Y-%m-%d},{n}".replace("AAA", name))
        (tmp_path / "e.csv").write_text(text)
        check(study(tmp_path, tmp_path / "e.csv", tmp_path / "p.csv"))


def test_partitions_that_fit_in_memory_have_a_page_and_others_say_why_not(tmp_path):
    (tmp_path / "px").mkdir()
    for name, part in LONG.groupby("symbol"):
        part.to_parquet(tmp_path / "px" / f"{name}.parquet")
    check(study(tmp_path, prices=tmp_path / "px"))
    asked = Namespace(scheduler=None, prices=str(tmp_path / "px"), events="e.csv")
    assert why_no_page(asked) == ""
    assert "events in a CSV file" in why_no_page(
        Namespace(**{**vars(asked), "events": "e.parquet"})
    )
    assert "a scheduler" in why_no_page(Namespace(**{**vars(asked), "scheduler": "local"}))
    assert "side by side" in why_no_page(Namespace(**{**vars(asked), "prices": str(tmp_path)}))
