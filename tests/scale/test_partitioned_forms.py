"""Partitions as people have them give the same study, and prices are laid into partitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from partitioned_data import EVERYTHING, Data, assert_same, long_form

import analysis.scale.source
from analysis import partitioned_study
from analysis.errors import PriceError, ReportError, StudyError
from analysis.scale.reading import read_columns
from analysis.scale.repartition import partition_prices
from analysis.scale.source import partitions_of


def test_other_names_types_and_layouts(data, tmp_path):
    rows = long_form(data.closes).rename(columns={"session": "Date", "security": "Symbol"})
    rows["Date"] = rows["Date"].dt.strftime("%Y-%m-%d")
    rows["Symbol"] = rows["Symbol"].astype("category")
    for symbol, part in rows.groupby("Symbol", observed=True):
        folder = tmp_path / "hive" / f"group={symbol[-1]}"
        folder.mkdir(parents=True, exist_ok=True)
        part.to_parquet(folder / f"{symbol}.parquet", index=False)
    text = data.events.assign(session=data.events["session"].dt.strftime("%Y-%m-%d"))
    text.rename(columns={"session": "date", "security": "symbol"}).to_csv(
        tmp_path / "events.csv", index=False
    )
    found = partitioned_study(
        tmp_path / "hive", tmp_path / "events.csv", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert len(found.reports) == 30
    assert_same(found, data.in_memory())


def test_returns_are_used_as_they_are(data, tmp_path):
    returns = data.closes.pct_change(fill_method=None)
    rows = long_form(returns).rename(columns={"close": "ret"})
    (tmp_path / "prices").mkdir()
    rows.to_parquet(tmp_path / "prices" / "all.parquet", index=False)
    market = data.index.pct_change(fill_method=None).rename("ret").reset_index()
    market.to_parquet(tmp_path / "market.parquet", index=False)
    found = partitioned_study(
        tmp_path / "prices",
        data.event_file,
        benchmark=tmp_path / "market.parquet",
        spec=EVERYTHING,
    )
    assert_same(found, data.in_memory())


def test_securities_named_by_numbers_keep_their_zeros(data, tmp_path):
    names = {name: f"{number:04d}" for number, name in enumerate(data.closes.columns)}
    (tmp_path / "prices").mkdir()
    long_form(data.closes.rename(columns=names)).to_parquet(
        tmp_path / "prices" / "all.parquet", index=False
    )
    data.events.assign(security=data.events["security"].map(names)).to_csv(
        tmp_path / "events.csv", index=False
    )
    found = partitioned_study(
        tmp_path / "prices", tmp_path / "events.csv", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert found.n_usable == data.in_memory().usable.sum()


def test_any_address_fsspec_opens(data):
    import fsspec

    fs = fsspec.filesystem("memory")
    for file in [*data.prices.iterdir(), data.event_file, data.benchmark]:
        fs.pipe(f"/study/{file.relative_to(data.folder).as_posix()}", file.read_bytes())
    found = partitioned_study(
        "memory://study/prices",
        "memory://study/events.parquet",
        benchmark="memory://study/index.csv",
        spec=EVERYTHING,
        out="memory://study/out",
    )
    assert_same(found, data.in_memory())
    assert fs.exists("/study/out/tests.csv")
    assert len(fs.ls("/study/out/reactions")) == 5
    assert not [name for name in fs.find("/study/out") if "unfinished" in name]
    fs.rm("/study", recursive=True)


def test_files_of_one_partition_may_differ_in_the_type_of_a_column(data, tmp_path, monkeypatch):
    monkeypatch.setattr(analysis.scale.source, "PARTITION_BYTES", 8 << 20)
    (tmp_path / "prices").mkdir()
    whole = data.closes.round()
    rows = long_form(whole).dropna()
    kinds = ["float32", "int32", "float64", "Int64", "uint16"]
    for number, (kind, columns) in enumerate(
        zip(kinds, np.array_split(whole.columns, 5), strict=True)
    ):
        part = rows[rows["security"].isin(columns)].astype({"close": kind})
        if number == 3:
            part["security"] = part["security"].astype("category")
        part["note"] = number if number % 2 else "text"  # not used, and of two types
        part.to_parquet(tmp_path / "prices" / f"p{number}.parquet", index=False)
    exact = rows[rows["security"] == "S029"].assign(security="S030", close=lambda f: f.close + 1e-9)
    exact.to_parquet(tmp_path / "prices" / "p9.parquet", index=False)
    whole["S030"] = whole["S029"] + 1e-9  # lost in float32, the type of the first file
    found = partitioned_study(
        tmp_path / "prices", data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    assert len(found.reports) == 1
    assert_same(found, Data(data.folder, whole, data.index, data.events).in_memory())
    assert read_closes(tmp_path / "prices", "S030") == exact["close"].tolist()
    rows.astype({"close": str}).to_parquet(tmp_path / "prices" / "q.parquet", index=False)
    with pytest.raises(StudyError, match=r"`close` is .*string in q.parquet"):
        partitioned_study(tmp_path / "prices", data.event_file, benchmark=data.benchmark)


def read_closes(prices, security):
    files = partitions_of(str(prices))[0].files
    wanted = ("security", "session", "close")
    table = read_columns(files, wanted, parameter="prices", only=("security", [security]))
    return table.column("close").to_pylist()


def test_names_that_look_like_blanks_or_numbers_are_names(data, tmp_path):
    odd = dict(zip(data.closes.columns, ["NA", "null", "nan", "0005", "../x", "=A1"], strict=False))
    closes, events = data.closes.rename(columns=odd), data.events.replace({"security": odd})
    for name, part in long_form(closes).groupby("security"):
        folder = tmp_path / "prices" / f"security={name.replace('/', '%2F')}"
        folder.mkdir(parents=True)
        part.drop(columns="security").to_parquet(folder / "part.parquet", index=False)
    events.rename(columns={"security": "Symbol"}).to_csv(tmp_path / "events.csv", index=False)
    found = partitioned_study(
        tmp_path / "prices", tmp_path / "events.csv", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert_same(found, Data(data.folder, closes, data.index, events).in_memory())


def test_whole_numbers_in_the_first_rows_of_a_csv_file_say_nothing(data, tmp_path):
    late = data.index.rename_axis("session").reset_index()
    many = pd.DataFrame(
        {"security": "OLD", "session": "2001-01-01", "close": 7}, index=range(90000)
    )
    rows = pd.concat([many.astype({"close": object}), pd.DataFrame(
        {"security": "NEW", "session": late["session"].dt.strftime("%Y-%m-%d"), "close": 7.5}
    )])  # fmt: skip
    rows.to_csv(tmp_path / "prices.csv", index=False)
    files = partition_prices(tmp_path / "prices.csv", tmp_path / "out")
    assert read_closes(tmp_path / "out" / "part-00000.parquet", "NEW") == [7.5] * len(late)
    assert len(files) == 2


def test_what_a_writer_has_not_finished_is_passed_over(data, tmp_path):
    (tmp_path / "prices" / "_temporary").mkdir(parents=True)
    for file in data.prices.iterdir():
        (tmp_path / "prices" / file.name).write_bytes(file.read_bytes())
    for name in ("._p0.parquet", "_temporary/p0.parquet"):
        (tmp_path / "prices" / name).write_bytes(b"half")
    found = partitioned_study(tmp_path / "prices", data.event_file, benchmark=data.benchmark)
    assert found.lost == {}


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("A,2024-01-02,1\nA,2024-01-03,abc\n", PriceError, "prices and returns are numbers"),
        ("A,2024-01-02,1\n,2024-01-03,1\n", PriceError, "a row without a security"),
        ("A,02/01/2024,1\n", PriceError, "`session` 02/01/2024"),
        ("A,2024-01-02\nA,1,2,3\n", PriceError, "it must be a Parquet or CSV file"),
        ("", PriceError, "there is nothing to partition"),
    ],
    ids=["text", "no name", "day first", "ragged", "no row"],
)
def test_prices_that_cannot_be_partitioned_leave_nothing(tmp_path, text, error, said):
    (tmp_path / "prices.csv").write_text("security,session,close\n" + text)
    with pytest.raises(error, match=said):
        partition_prices(tmp_path / "prices.csv", tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*"))


def test_an_interrupted_partition_leaves_no_half_file(data, tmp_path, monkeypatch):
    import pyarrow.parquet

    write, calls = pyarrow.parquet.ParquetWriter.write_table, []

    def interrupt(self, table):
        calls.append(table.num_rows)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write(self, table)

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", interrupt)
    with pytest.raises(KeyboardInterrupt):
        partition_prices(data.prices, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportError, match="cannot be written"):
        partition_prices(data.prices, tmp_path / "file" / "below")
