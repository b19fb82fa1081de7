"""Files that can be read one way only are read, and said; what could mean two things is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import PriceError
from analysis.prices import load_prices, prices_from_frame

DAYS = pd.bdate_range("2024-01-02", periods=30, name="date")
MOVES = np.random.default_rng(0).normal(0, 0.01, (30, 2))
CLOSES = pd.DataFrame(
    np.round(1000 * np.exp(MOVES.cumsum(axis=0)), 2), index=DAYS, columns=["AAA", "^X"]
)
LONG = CLOSES.rename_axis(columns="symbol").stack().rename("close").reset_index()


def european(value):
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def downloaded(*, older=False, by_symbol=False):
    kinds, symbols = ["Close", "Close", "Open", "Open"], ["AAA", "^X"] * 2
    corner = ("", "") if older else ("Price", "Ticker")
    lines = [[corner[0], *kinds], [corner[1], *symbols], ["Date", "", "", "", ""]]
    if by_symbol:
        lines[:2] = [["Ticker", *symbols], ["Price", *kinds]]
    rows = [
        [f"{d:%Y-%m-%d}", a, b, a, b] for d, (a, b) in zip(DAYS, CLOSES.to_numpy(), strict=True)
    ]
    return "\n".join(",".join(map(str, row)) for row in [*lines, *rows]) + "\n"


READ = {
    "newest first": (CLOSES[::-1].to_csv(), "newest first"),
    "equal rows twice": (pd.concat([CLOSES[:4], CLOSES[3:]]).to_csv(), "stand twice"),
    "midnights": (CLOSES.to_csv(date_format="%Y-%m-%d 00:00:00"), "midnights"),
    "midnights of a zone": (CLOSES.to_csv(date_format="%Y-%m-%d 00:00:00-05:00"), "midnights"),
    "tabs": (CLOSES.to_csv(sep="\t"), "tabs"),
    "semicolons": (CLOSES.to_csv(sep=";"), "semicolons"),
    "decimal comma": (CLOSES.to_csv(sep=";", decimal=","), "decimal comma"),
    "decimal comma, grouped": (CLOSES.map(european).to_csv(sep=";"), "decimal comma"),
    "thousands": (CLOSES.map("{:,.2f}".format).to_csv(), "thousands"),
    "compact days": (CLOSES.to_csv(date_format="%Y%m%d"), "YYYYMMDD"),
    "year first": (CLOSES.to_csv(date_format="%Y/%m/%d"), "year first"),
    "Bloomberg": (
        LONG.rename(columns={"symbol": "ticker", "close": "PX_LAST"}).to_csv(index=False),
        "column PX_LAST as close",
    ),
    "long rows twice": (pd.concat([LONG, LONG[:3]]).to_csv(index=False), "3 rows that stand twice"),
    "yf.download": (downloaded(), "two header lines"),
    "yf.download, older": (downloaded(older=True), "two header lines"),
    "yf.download by ticker": (downloaded(by_symbol=True), "two header lines"),
}


def loaded(folder, text, name="p.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return load_prices(["AAA", "^X"], folder / name, data_dir=folder)


@pytest.mark.parametrize("case", READ)
def test_a_dialect_that_means_one_thing_is_read_and_said(tmp_path, case):
    text, said = READ[case]
    prices = loaded(tmp_path, text)
    np.testing.assert_array_equal(prices.closes.to_numpy(), CLOSES.to_numpy())
    assert list(prices.closes.index) == list(DAYS)
    assert said in " ".join(prices.read)


def test_the_plain_form_is_read_in_silence(tmp_path):
    assert loaded(tmp_path, CLOSES.to_csv()).read == ()
    assert loaded(tmp_path, LONG.to_csv(index=False)).read == ()


@pytest.mark.parametrize("sign", [".", "#N/A N/A", "#N/A", "-"])
def test_signs_for_no_price_are_none_and_said(tmp_path, sign):
    frame = CLOSES.astype(object)
    frame.iloc[3, 0] = sign
    prices = loaded(tmp_path, frame.to_csv())
    assert np.isnan(prices.closes.iloc[3, 0])
    assert f"{sign!r} as no price" in prices.read[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,AAA\n03/01/2024,1\n04/01/2024,2\n", "day and month can be confused"),
        (CLOSES.to_csv(date_format="%Y-%m-%d 09:30:00"), "only YYYY-MM-DD"),
        (CLOSES.to_csv().replace("2024-01-03", "２０２４-01-03"), "only YYYY-MM-DD"),
        (CLOSES.to_csv().replace(str(CLOSES.iloc[2, 0]), "1_13.37"), r"'1_13\.37'"),
        (CLOSES.to_csv().replace(str(CLOSES.iloc[2, 0]), "１０００"), "plain number"),
        (CLOSES.to_csv().replace(str(CLOSES.iloc[2, 0]), '"1,013"'), "has a comma"),
        (CLOSES.rename(columns={"^X": "AAA"}).to_csv(), "stand twice: AAA"),
        (LONG.assign(symbol=LONG["symbol"].where(LONG.index != 4, "")).to_csv(index=False), ":6, "),
        (pd.concat([LONG, LONG[:1].assign(close=5.0)]).to_csv(index=False), "a second price"),
    ],
    ids=["day first", "time", "digits", "underscore", "numerals", "1,013", "names", "blank", "two"],
)
def test_what_could_mean_two_things_is_refused(tmp_path, text, said):
    with pytest.raises(PriceError, match=said):
        loaded(tmp_path, text)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(values=st.lists(st.integers(100, 10**9), min_size=3, max_size=8), comma=st.booleans())
def test_any_prices_survive_their_dialect(tmp_path_factory, values, comma):
    closes = pd.DataFrame({"AAA": [v / 100 for v in values]}, index=DAYS[: len(values)])
    text = closes.map(european).to_csv(sep=";") if comma else closes.to_csv(sep="\t")
    folder = tmp_path_factory.mktemp("dialect")
    (folder / "p.csv").write_text(text, encoding="utf-8")
    prices = load_prices(["AAA"], folder / "p.csv", data_dir=folder, largest_factor=1e9)
    np.testing.assert_allclose(prices.closes["AAA"], closes["AAA"], rtol=1e-12)


def test_a_folder_of_histories_and_one_with_adjusted_closes_only(tmp_path):
    for name, symbol in (("AAA", "AAA"), ("%5EX", "^X")):
        bars = CLOSES[[symbol]].rename(columns={symbol: "Close"})
        bars = bars.assign(Dividends=0.0, **{"Stock Splits": 0.0})
        bars.to_csv(tmp_path / f"{name}.csv", date_format="%Y-%m-%d 00:00:00-04:00")
    prices = load_prices(["AAA", "^X"], tmp_path, data_dir=tmp_path)
    np.testing.assert_array_equal(prices.closes.to_numpy(), CLOSES.to_numpy())
    for name, symbol in (("AAA", "AAA"), ("%5EX", "^X")):
        CLOSES[[symbol]].rename(columns={symbol: "Adj Close"}).to_csv(tmp_path / f"{name}.csv")
    prices = load_prices(["AAA", "^X"], tmp_path, data_dir=tmp_path)
    np.testing.assert_array_equal(prices.closes.to_numpy(), CLOSES.to_numpy())
    assert "adj_close, as there is no close" in prices.read[0]


@pytest.mark.parametrize("name", ["price", "Kurs", "PX", "NAV"])
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_one_row_a_price_may_call_it_otherwise(tmp_path, name, form):
    rows = CLOSES.rename_axis("date").reset_index().melt("date", var_name="symbol", value_name=name)
    file = tmp_path / f"prices.{form}"
    rows.to_csv(file, index=False) if form == "csv" else rows.to_parquet(file, index=False)
    prices = load_prices(["AAA", "^X"], file, data_dir=tmp_path)
    np.testing.assert_array_equal(prices.closes[["AAA", "^X"]].to_numpy(), CLOSES.to_numpy())
    assert f"{name.lower()}, as there is no close" in prices.read[0]


def test_a_file_a_company_may_call_it_price_but_a_symbol_stays_one(tmp_path):
    for file, symbol in (("AAA", "AAA"), ("%5EX", "^X")):
        one = CLOSES[[symbol]].rename(columns={symbol: "Price"}).rename_axis("Date")
        one.to_csv(tmp_path / f"{file}.csv")
    prices = load_prices(["AAA", "^X"], tmp_path, data_dir=tmp_path)
    np.testing.assert_array_equal(prices.closes.to_numpy(), CLOSES.to_numpy())
    wide = tmp_path / "wide.csv"
    CLOSES[["AAA"]].rename(columns={"AAA": "PX"}).rename_axis("Date").to_csv(wide)
    assert list(load_prices(["PX"], wide, data_dir=tmp_path).closes) == ["PX"]


@pytest.mark.parametrize("swap", [False, True])
def test_the_frame_of_yf_download_is_read(swap):
    frame = pd.concat({"Close": CLOSES, "Open": CLOSES}, axis=1).rename_axis("Date")
    prices = prices_from_frame(frame.swaplevel(axis=1) if swap else frame)
    np.testing.assert_array_equal(prices.closes.to_numpy(), CLOSES.to_numpy())
    assert prices.opens is not None


def test_the_frame_of_a_history_needs_its_symbol():
    frame = CLOSES[["AAA"]].rename(columns={"AAA": "Close"}).assign(Dividends=0.0)
    frame.index = DAYS.tz_localize("America/New_York")
    with pytest.raises(PriceError, match=r"symbols=\['NVDA'\]"):
        prices_from_frame(frame)
    prices = prices_from_frame(frame, ["AAA"])
    np.testing.assert_array_equal(prices.closes["AAA"], CLOSES["AAA"])
    assert "midnights of America/New_York" in prices.read[0]


def test_a_missing_symbol_never_becomes_another_securitys_price():
    late = LONG[(LONG["symbol"] != "AAA") | (LONG["date"] > "2024-01-20")]
    frame = late.assign(symbol=late["symbol"].where(late["symbol"] != "AAA"))
    with pytest.raises(PriceError, match=r"row \d+ without a symbol"):
        prices_from_frame(frame)
    named = prices_from_frame(late.replace({"symbol": {"AAA": "NA"}}))
    assert named.closes["^X"].tolist() == CLOSES["^X"].tolist()


def test_closes_outside_their_own_low_and_high_are_said(tmp_path):
    bars = CLOSES[["AAA"]].rename(columns={"AAA": "close"})
    bars = bars.assign(high=bars["close"] * 1.01, low=bars["close"] * 0.99)
    bars.to_csv(tmp_path / "AAA.csv")
    assert load_prices(["AAA"], tmp_path / "AAA.csv", data_dir=tmp_path).odd == ()
    bars.assign(high=bars["close"] * 0.98).to_csv(tmp_path / "AAA.csv")
    odd = load_prices(["AAA"], tmp_path / "AAA.csv", data_dir=tmp_path).odd
    assert "outside low and high on 30 days" in odd[0]


@pytest.mark.parametrize("ratio", [1.1, 1.25, 1.5, 1 / 1.5])
def test_a_split_that_only_the_adjusted_close_has_is_said(tmp_path, ratio):
    frame = LONG.assign(adj_close=LONG["close"])
    frame.loc[(frame["symbol"] == "AAA") & (frame["date"] < DAYS[15]), "close"] *= ratio
    odd = loaded(tmp_path, frame.to_csv(index=False)).odd
    assert f"{DAYS[15]:%Y-%m-%d}: a split that only one of them has" in odd[0]


def test_dividends_explain_where_close_and_adjusted_close_part(tmp_path):
    frame = LONG.assign(adj_close=LONG["close"], dividends=0.0)
    mine = frame["symbol"] == "AAA"
    frame.loc[mine & (frame["date"] < DAYS[15]), "adj_close"] *= 0.9
    before = float(CLOSES["AAA"].iloc[14])
    frame.loc[mine & (frame["date"] == DAYS[15]), "dividends"] = 0.1 * before
    assert loaded(tmp_path, frame.to_csv(index=False)).odd == ()
