"""Prices from the snapshot and from files: what is read, and what is refused with which words."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, PriceError
from analysis.prices import load_prices, load_volume

DATA = Path(__file__).parents[2] / "data"
WIDE = "date,AAA,BBB\n2024-01-02,10,100\n2024-01-03,11,\n2024-01-04,12.5,99\n"
LONG = (
    "date,symbol,close\n2024-01-04,AAA,12.5\n2024-01-02,AAA,10\n2024-01-02,BBB,100\n"
    "2024-01-03,AAA,11\n2024-01-04,BBB,99\n"
)


def load(tmp_path, text, symbols=("AAA", "BBB"), **options):
    path = tmp_path / "own.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_prices(symbols, path, data_dir=tmp_path, **options)


# ------------------------------------------------------------------------------- snapshot


def test_snapshot_has_the_closes_of_the_press():
    prices = load_prices(["NVDA", "^N225", "^HSI"], data_dir=DATA)
    close = prices.closes
    # Press reports of the day: NVDA 170.70 and Nikkei 39,678.02 on 15 July 2025.
    assert close.loc["2025-07-15", "NVDA"] == 170.70
    assert close.loc["2025-07-15", "^N225"] == 39678.02
    # The one listing error, corrected.
    assert close.loc["2024-07-25", "^HSI"] == 17004.97
    # Tokyo was shut on 24 November 2025 (Labour Thanksgiving Day observed).
    assert np.isnan(close.loc["2025-11-24", "^N225"])


def test_snapshot_has_the_shape_every_reader_relies_on():
    prices = load_prices(["^GSPC", "NVDA"], data_dir=DATA)
    closes = prices.closes
    assert list(closes.columns) == ["^GSPC", "NVDA"]
    assert closes.index.name == "session"
    assert closes.index.dtype == "datetime64[us]"
    assert closes.index.tz is None
    assert closes.index.is_monotonic_increasing
    assert closes.index.is_unique
    assert {str(kind) for kind in closes.dtypes} == {"float64"}
    assert prices.kind == "close"
    assert prices.source == "snapshot"
    assert [name for name, _ in prices.files] == ["closes.csv", "opens.csv"]
    assert len(prices.files[0][1]) == 64
    assert repr(prices) == "Prices(close from snapshot, 2024-01-02..2025-12-31, ^GSPC, NVDA)"


def test_span_is_inclusive():
    closes = load_prices(["NVDA"], data_dir=DATA, start="2025-07-14", end="2025-07-16").closes
    assert [f"{day:%m-%d}" for day in closes.index] == ["07-14", "07-15", "07-16"]


def test_large_real_moves_pass():
    # ^HSI -13.22 % on 2025-04-07, ^N225 -12.40 % on 2024-08-05, ^VIX +74 % on 2024-12-18.
    assert len(load_prices(["^HSI", "^N225", "^VIX"], data_dir=DATA).closes) > 500


def test_volume_is_a_count():
    volume = load_volume("NVDA", data_dir=DATA)
    assert volume.name == "NVDA"
    assert volume.dtype == np.int64
    assert volume.loc["2024-01-02"] == 411254000
    with pytest.raises(InputError, match=r"Did you mean 'NVDA'"):
        load_volume("NVDAA", data_dir=DATA)


def test_a_changed_snapshot_is_refused_with_both_hashes(tmp_path):
    for name in ("closes.csv", "datapackage.json"):
        shutil.copy(DATA / name, tmp_path)
    text = (tmp_path / "closes.csv").read_bytes()
    (tmp_path / "closes.csv").write_bytes(text.replace(b"48.168", b"48.169"))
    with pytest.raises(PriceError, match=r"closes\.csv: sha256 [0-9a-f]{64}; .*expects sha256"):
        load_prices(["NVDA"], data_dir=tmp_path)


def test_a_snapshot_without_description_is_refused(tmp_path):
    shutil.copy(DATA / "closes.csv", tmp_path)
    with pytest.raises(PriceError, match=r"datapackage\.json: the file cannot be read"):
        load_prices(["NVDA"], data_dir=tmp_path)
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": []}))
    with pytest.raises(PriceError, match=r"no sha256 of closes\.csv"):
        load_prices(["NVDA"], data_dir=tmp_path)
    (tmp_path / "datapackage.json").write_text("[]")
    with pytest.raises(PriceError, match="no list of resources"):
        load_prices(["NVDA"], data_dir=tmp_path)


def test_the_snapshot_has_no_dividend_adjusted_closes():
    with pytest.raises(InputError, match="adjusted for splits only"):
        load_prices(["NVDA"], data_dir=DATA, kind="adj_close")


# ---------------------------------------------------------------------------------- files


@pytest.mark.parametrize("text", [WIDE, LONG, "\ufeff" + WIDE, WIDE.replace("\n", "\r\n") + "\n"])
def test_wide_and_long_files_give_the_same_closes(tmp_path, text):
    prices = load(tmp_path, text)
    expected = pd.DataFrame(
        {"AAA": [10.0, 11.0, 12.5], "BBB": [100.0, np.nan, 99.0]},
        index=pd.DatetimeIndex(
            ["2024-01-02", "2024-01-03", "2024-01-04"], name="session", dtype="datetime64[us]"
        ),
    )
    pd.testing.assert_frame_equal(prices.closes, expected)
    assert prices.source == "own.csv"
    assert prices.files[0][0] == "own.csv"


def test_numbers_are_read_exactly(tmp_path):
    text = "date,A\n2024-01-02,0.30000000000000004\n2024-01-03,0.3\n"
    assert load(tmp_path, text, ["A"]).closes["A"].tolist() == [0.1 + 0.2, 0.3]


def test_several_files_are_joined_by_date(tmp_path):
    (tmp_path / "a.csv").write_text("date,A\n2024-01-02,1\n2024-01-03,1.1\n")
    (tmp_path / "b.csv").write_text("date,B\n2024-01-03,5\n2024-01-04,5.5\n")
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    prices = load_prices(["B", "A"], paths, data_dir=tmp_path)
    assert prices.source == "a.csv, b.csv"
    assert list(prices.closes.columns) == ["B", "A"]
    assert prices.closes["A"].isna().tolist() == [False, False, True]
    (tmp_path / "b.csv").write_text("date,A,B\n2024-01-03,1,5\n2024-01-04,1,5.5\n")
    with pytest.raises(PriceError, match="A stands in 2 files"):
        load_prices(["B", "A"], paths, data_dir=tmp_path)


def test_long_form_may_hold_adjusted_closes_too(tmp_path):
    text = "Date,Symbol,Close,Adj_Close\n2024-01-02,A,10,9\n2024-01-03,A,11,10\n"
    assert load(tmp_path, text, ["A"], kind="adj_close").closes["A"].tolist() == [9.0, 10.0]
    assert load(tmp_path, text, ["A"]).closes["A"].tolist() == [10.0, 11.0]


REFUSED = {
    "empty file": ("", "own.csv: an empty file"),
    "only blank lines": ("\n\n", "own.csv: an empty file"),
    "header only": ("date,AAA\n", "a header and no rows"),
    "no date column": ("day,AAA\n2024-01-02,1\n", r"own\.csv:1: the columns are day, AAA"),
    "date column misspelt": ("dates,AAA\n2024-01-02,1\n", "Rename 'dates' to 'date'"),
    "unnamed column": ("date,,AAA\n2024-01-02,1,2\n", "column 2 has no name"),
    "duplicate column": ("date,AAA,AAA\n2024-01-02,1,1\n2024-01-03,1,1\n", "AAA; each symbol"),
    "semicolons": ("date;AAA\n2024-01-02;1 5\n", r"own\.csv:2, column AAA: '1 5'"),
    "decimal comma": ('date,AAA\n2024-01-02,"10,5"\n', r"own\.csv:2, column AAA: '10,5'.*comma"),
    "thousands": ('date,AAA\n2024-01-02,"1,210"\n', r"column AAA: '1,210'"),
    "too many cells": ("date,AAA\n2024-01-02,10,5\n", r"own\.csv:2: 3 cells"),
    "too few cells": (
        "date,AAA,BBB\n2024-01-02,10\n",
        r"own\.csv:2: 2 cells where the header has 3",
    ),
    "currency": ("date,AAA\n2024-01-02,$10\n", r"'\$10'"),
    "text": ("date,AAA\n2024-01-02,10\n2024-01-03,ten\n", r"own\.csv:3, column AAA: 'ten'"),
    "infinite": ("date,AAA\n2024-01-02,10\n2024-01-03,inf\n", r"own\.csv:3, column AAA"),
    "zero": ("date,AAA\n2024-01-02,10\n2024-01-03,0\n", r"own\.csv:3, column AAA: price 0"),
    "negative": ("date,AAA\n2024-01-02,10\n2024-01-03,-1\n", r"own\.csv:3, column AAA: price -1"),
    "american date": ("date,AAA\n01/02/2024,10\n", r"'01/02/2024'; day and month can be confused"),
    "time of day": ("date,AAA\n2024-01-02 16:00,10\n", "only YYYY-MM-DD is read"),
    "no such day": ("date,AAA\n2024-01-02,1\n2024-02-30,1\n", r"own\.csv:3, column date.*no such"),
    "blank date": ("date,AAA\n,1\n", r"own\.csv:2, column date: ''"),
    "date twice": (
        "date,AAA\n2024-01-02,1\n\n2024-01-02,1.5\n",
        r"own\.csv:4, column AAA: date 2024-01-02 stands twice",
    ),
    "out of order": (
        "date,AAA\n2024-01-03,1\n2024-01-02,1\n2024-01-04,1\n",
        r"own\.csv:3, column AAA: date 2024-01-02 comes after a later date",
    ),
    "one price": ("date,AAA\n2024-01-02,1\n2024-01-03,\n", r"1 price\(s\) of AAA"),
    "not utf-8": (b"date,AAA\n2024-01-02,1\xff\n", "not UTF-8"),
    "second price": (
        "date,symbol,close\n2024-01-02,AAA,1\n2024-01-02,AAA,2\n",
        r"own\.csv:3: a second price of AAA on 2024-01-02",
    ),
    "long without prices": ("date,symbol,amount\n2024-01-02,AAA,1\n", "date, symbol and close"),
    "split": (
        "date,AAA\n2024-06-07,1208.88\n2024-06-10,121.79\n",
        r"own\.csv:3, column AAA: AAA goes from 1208\.88 to 121\.79 on 2024-06-10.*split",
    ),
    "two for one": ("date,AAA\n2024-01-02,100\n2024-01-03,51\n", "unadjusted split"),
    "reverse split": ("date,AAA\n2024-01-02,10\n2024-01-03,\n2024-01-04,100\n", "factor of 1.8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_file_line_and_column(tmp_path, case):
    text, words = REFUSED[case]
    with pytest.raises(PriceError, match=words):
        load(tmp_path, text, ["AAA"])


def test_a_real_jump_can_be_let_through(tmp_path):
    text = "date,AAA\n2024-01-02,10\n2024-01-03,24\n"
    assert len(load(tmp_path, text, ["AAA"], largest_factor=3.0).closes) == 2


def test_an_index_may_move_further_than_a_share(tmp_path):
    rows = "\n2024-01-02,17.31\n2024-01-03,37.32\n"
    assert len(load(tmp_path, "date,^VIX" + rows, ["^VIX"]).closes) == 2
    with pytest.raises(PriceError, match="unadjusted split"):
        load(tmp_path, "date,VIX" + rows, ["VIX"])


def test_a_missing_symbol_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(PriceError, match=r"no prices of \^N22; .*Did you mean \^N225\?"):
        load_prices(["^N22"], data_dir=DATA)
    with pytest.raises(PriceError, match="There are: AAA, BBB"):
        load(tmp_path, WIDE, ["ZZZZ"])


def test_bad_parameters_are_refused_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match="Choose one of: close, adj_close"):
        load_prices(["NVDA"], data_dir=DATA, kind="closing")
    with pytest.raises(InputError, match=r"Pass \['NVDA'\]"):
        load_prices("NVDA", data_dir=DATA)
    with pytest.raises(InputError, match="at least one symbol"):
        load_prices([], data_dir=DATA)
    with pytest.raises(InputError, match="each symbol stands once"):
        load_prices(["NVDA", "NVDA"], data_dir=DATA)
    with pytest.raises(InputError, match="YYYY-MM-DD"):
        load_prices(["NVDA"], data_dir=DATA, start="2024-13-01")
    with pytest.raises(InputError, match="must not come after the end"):
        load_prices(["NVDA"], data_dir=DATA, start="2025-01-02", end="2024-01-02")
    with pytest.raises(InputError, match="Did you mean 'snapshot'"):
        load_prices(["NVDA"], "snapshto", data_dir=DATA)
    with pytest.raises(PriceError, match=r"none\.csv: the file cannot be read"):
        load_prices(["NVDA"], tmp_path / "none.csv", data_dir=DATA)


def test_a_span_without_prices_is_refused():
    with pytest.raises(PriceError, match=r"0 price\(s\) of NVDA in the span"):
        load_prices(["NVDA"], data_dir=DATA, start="2020-01-01", end="2020-02-01")


def test_weekend_rows_are_kept_for_the_calendar_to_judge(tmp_path):
    text = "date,AAA\n2024-01-05,10\n2024-01-06,10\n2024-01-08,10\n"
    assert len(load(tmp_path, text, ["AAA"]).closes) == 3
