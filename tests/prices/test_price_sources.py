"""Folders, one file a symbol, Parquet and frames: the same closes, the same rules."""

import sys

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, PriceError
from analysis.prices import load_prices, prices_from_frame

CLOSES = {"AAA": [10.0, 11.0, 12.5], "^BBB": [100.0, np.nan, 99.0]}
DAYS = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04"])
WIDE = pd.DataFrame(CLOSES, index=DAYS)
ONE = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,9.5,11,9,10,9.9,5\n"
    "2024-01-03,10.5,12,10,11,10.9,5\n"
)


def load(path, symbols=("AAA", "^BBB"), **options):
    return load_prices(symbols, path, data_dir=path, **options)


def same(prices):
    expected = WIDE.copy()
    expected.index = expected.index.as_unit("us").rename("session")
    pd.testing.assert_frame_equal(prices.closes, expected, check_freq=False)
    return True


# ------------------------------------------------------------------------------ folders


def test_a_folder_with_one_file_a_symbol_is_named_after_them(tmp_path):
    (tmp_path / "AAA.csv").write_text("date,close\n2024-01-02,10\n2024-01-03,11\n2024-01-04,12.5\n")
    (tmp_path / "%5EBBB.csv").write_text("Date,Close\n2024-01-02,100\n2024-01-04,99\n")
    (tmp_path / "notes.txt").write_text("not prices")
    (tmp_path / ".hidden.csv").write_text("not prices")
    prices = load(tmp_path)
    assert same(prices)
    assert [name for name, _ in prices.files] == ["%5EBBB.csv", "AAA.csv"]
    assert prices.opens is None


def test_a_file_of_bars_gives_closes_opens_and_adjusted_closes(tmp_path):
    (tmp_path / "AAA.csv").write_text(ONE)
    prices = load(tmp_path / "AAA.csv", ["AAA"])
    assert prices.closes["AAA"].tolist() == [10.0, 11.0]
    assert prices.opens["AAA"].tolist() == [9.5, 10.5]
    adjusted = load(tmp_path, ["AAA"], kind="adj_close")
    assert adjusted.closes["AAA"].tolist() == [9.9, 10.9]
    assert adjusted.opens is None


def test_a_long_file_may_hold_opens(tmp_path):
    text = "date,symbol,open,close\n2024-01-02,AAA,9,10\n2024-01-03,AAA,,11\n"
    (tmp_path / "own.csv").write_text(text)
    prices = load(tmp_path, ["AAA"])
    assert prices.opens["AAA"].tolist()[0] == 9.0
    assert np.isnan(prices.opens["AAA"].iloc[1])
    (tmp_path / "own.csv").write_text(text.replace(",9,", ",90,"))
    with pytest.raises(PriceError, match="an open of 90 beside a close of 10"):
        load(tmp_path, ["AAA"])
    (tmp_path / "own.csv").write_text(text.replace(",9,", ",-9,"))
    with pytest.raises(PriceError, match="an open of -9"):
        load(tmp_path, ["AAA"])


def test_an_empty_folder_and_a_symbol_twice_are_refused(tmp_path):
    with pytest.raises(PriceError, match="a folder without price files"):
        load(tmp_path)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("date,AAA\n2024-01-02,10\n2024-01-03,11\n")
    with pytest.raises(PriceError, match="AAA stands in 2 files"):
        load(tmp_path, ["AAA"])


def test_parquet_without_its_package_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as if it were not installed
    (tmp_path / "own.parquet").write_bytes(b"PAR1")
    with pytest.raises(PriceError, match=r"pyarrow.*market-reaction\[parquet\]"):
        load(tmp_path / "own.parquet")


def test_parquet_wide_and_long(tmp_path):
    WIDE.rename_axis("date").reset_index().to_parquet(tmp_path / "own.parquet")
    assert same(load(tmp_path / "own.parquet"))
    long = (
        WIDE.rename_axis("date").reset_index().melt("date", var_name="symbol", value_name="close")
    )
    long.dropna().to_parquet(tmp_path / "own.parquet")
    assert same(load(tmp_path))
    content = (tmp_path / "own.parquet").read_bytes()
    for length in (0, 4, len(content) // 2, len(content) - 1):
        (tmp_path / "own.parquet").write_bytes(content[:length])
        with pytest.raises(PriceError, match="cannot be read"):
            load(tmp_path)


# ------------------------------------------------------------------------------- frames


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_frame_by_its_index_or_a_column_of_dates(unit):
    frame = WIDE.set_axis(WIDE.index.as_unit(unit))
    assert same(prices_from_frame(frame))
    assert same(prices_from_frame(frame.rename_axis("Date").reset_index()))
    texts = frame.set_axis(frame.index.strftime("%Y-%m-%d")).rename_axis("date").reset_index()
    assert same(prices_from_frame(texts))
    pd.testing.assert_frame_equal(WIDE, pd.DataFrame(CLOSES, index=DAYS))


def test_a_long_frame_such_as_a_query_returns():
    long = (
        WIDE.rename_axis("date").reset_index().melt("date", var_name="symbol", value_name="close")
    )
    long["open"] = long["close"] * 0.99
    prices = prices_from_frame(long.sample(frac=1, random_state=1), ["AAA", "^BBB"])
    assert same(prices)
    assert prices.opens["AAA"].tolist() == pytest.approx([9.9, 10.89, 12.375])
    assert prices.source == "frame"
    assert prices_from_frame(long).files == prices.files


REFUSED = {
    "zone": (WIDE.tz_localize("UTC"), "dates in the zone UTC"),
    "hours": (WIDE.set_axis(DAYS + pd.Timedelta("1h")), "the date 2024-01-02 01:00:00"),
    "no dates": (WIDE.reset_index(drop=True), "one column must be named date"),
    "text": (WIDE.astype(str), "'10.0' in column AAA; prices are numbers"),
    "flags": (WIDE > 50, "in column AAA"),
    "american": (
        pd.DataFrame({"date": ["01/02/2024", "01/03/2024"], "AAA": [1.0, 1.0]}),
        "the date '01/02/2024'",
    ),
    "no such day": (
        pd.DataFrame({"date": ["2024-02-30", "2024-03-01"], "AAA": [1.0, 1.0]}),
        "the date '2024-02-30'",
    ),
    "missing date": (WIDE.set_axis(DAYS.insert(0, pd.NaT)[:3]), "a missing date"),
    "unsorted": (WIDE.iloc[[1, 0, 2]], "comes after a later date"),
    "twice": (pd.concat([WIDE, WIDE.iloc[-1:] * 1.01]), "stands twice"),
    "negative": (WIDE * -1, "price -10"),
    "infinite": (WIDE * np.inf, "price inf"),
    "columns": (WIDE.set_axis(["AAA", "AAA"], axis=1), "AAA; each symbol"),
    "split": (WIDE.assign(AAA=[100.0, 10.0, 10.0]), "unadjusted split"),
    "empty": (WIDE.iloc[:0], "no prices"),
    "not a frame": (WIDE["AAA"], "a pandas DataFrame is needed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_frame_that_breaks_a_rule_is_refused(case):
    frame, words = REFUSED[case]
    with pytest.raises(PriceError, match=words):
        prices_from_frame(frame)


def test_a_second_price_in_a_long_frame_and_wrong_parameters_are_refused():
    long = pd.DataFrame({"date": DAYS[[0, 0]], "symbol": ["A", "A"], "close": [1.0, 2.0]})
    with pytest.raises(PriceError, match="a second price of A on 2024-01-02"):
        prices_from_frame(long)
    with pytest.raises(PriceError, match="date, symbol and adj_close"):
        prices_from_frame(long, kind="adj_close")
    with pytest.raises(InputError, match="Choose one of: close, adj_close"):
        prices_from_frame(WIDE, kind="open")
    with pytest.raises(PriceError, match=r"no prices of BBB; .*Did you mean \^BBB\?"):
        prices_from_frame(WIDE, ["BBB"])
