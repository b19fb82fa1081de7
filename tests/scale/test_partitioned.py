"""A study over partitions gives what the study in memory gives, and survives bad partitions."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from partitioned_data import EVERYTHING, Data, long_form, make_data, poisoned

import analysis.scale.source
from analysis import StudySpec, cross_section, event_study, partitioned_study
from analysis.__main__ import main
from analysis.engine.journal import journal_table
from analysis.engine.judged import judge_result
from analysis.errors import InputError, PlausibilityWarning, PriceError, ReportError, StudyError
from analysis.files import csv_text, sole_writer
from analysis.output import MARKER
from analysis.scale.reading import read_columns
from analysis.scale.repartition import partition_prices
from analysis.scale.source import partitions_of

TEXTS = [
    "window", "test", "n_events", "n_partial", "n_left_out", "assumes", "reason", "null", "source",
]  # fmt: skip
FIGURES = ["estimate", "statistic", "p_value", "df"]


@pytest.fixture(autouse=True)
def _a_file_is_a_partition(monkeypatch):
    monkeypatch.setattr(analysis.scale.source, "PARTITION_BYTES", 1)
    monkeypatch.setattr("analysis.engine.ladder._FEWEST_SLOW", 2)
    monkeypatch.setattr("analysis.engine.ladder._ESTIMATED", 600)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Data:
    return make_data(tmp_path_factory.mktemp("data"))


def assert_same(partitioned, memory):
    """Every figure of the study at 1e-9; counts and words exactly."""
    mine, theirs = partitioned.tests(), memory.tests()
    pd.testing.assert_frame_equal(mine[TEXTS], theirs[TEXTS])
    np.testing.assert_allclose(mine[FIGURES], theirs[FIGURES], rtol=1e-9, atol=1e-12)
    for name in ("aar", "se", "n_events", "n_left_out"):
        np.testing.assert_allclose(partitioned.aar[name], memory.aar[name], rtol=1e-9, atol=1e-15)
    for window in memory.spec.windows:
        assert partitioned.caar(window) == pytest.approx(memory.caar(window), rel=1e-9)
        assert partitioned.abhar(window) == pytest.approx(memory.abhar(window), rel=1e-9)
        mine, theirs = partitioned.weighted_caar(window), memory.weighted_caar(window)
        pd.testing.assert_series_equal(mine, theirs, rtol=1e-9)
    pd.testing.assert_frame_equal(
        partitioned.summary(), memory.summary(), rtol=1e-9, atol=1e-15, check_index_type=False
    )


def reactions(folder) -> pd.DataFrame:
    frame = pd.read_parquet(folder / "reactions")
    return frame.set_index(["event_id", "security"]).sort_index()


def test_every_figure_is_that_of_memory(data, tmp_path):
    memory = data.in_memory()
    found = partitioned_study(
        data.prices, data.event_file, benchmark=data.benchmark, spec=EVERYTHING, out=tmp_path
    )
    assert found.n_requested == 300
    assert len(found.reports) == 5
    assert_same(found, memory)
    mine = reactions(tmp_path)
    theirs = memory.outcomes.set_index(["event_id", "security"]).sort_index()
    assert set(theirs["status"]) > {"ok"}  # some events are too early
    for column in theirs.columns.drop("session"):
        assert mine[column].tolist() == theirs[column].tolist(), column
    for window in EVERYTHING.windows:
        label = f"[{window[0]},{window[1]}]"
        tested = memory.event_tests(window).sort_index()
        usable = mine.loc[tested.index]
        for name, column in (("car", "estimate"), ("se", "se"), ("p_value", "p_value")):
            np.testing.assert_allclose(usable[f"{name}{label}"], tested[column], rtol=1e-12)
        bhar = memory.bhar(window).sort_index()
        np.testing.assert_allclose(usable[f"bhar{label}"], bhar, rtol=1e-12)
    fits = memory.fits.sort_index()
    for column in ("alpha", "beta", "sigma", "df"):
        np.testing.assert_allclose(mine.loc[fits.index, column], fits[column], rtol=1e-12)


METHODS = {
    "event windows left out": {"exclude": ("event_windows",)},
    "log returns": {"return_kind": "log"},
    "market adjusted": {"model": "market_adjusted"},
    "dimson": {"model": "dimson"},
    "ewma": {"scale": "ewma"},
    "all pairs": {"dependence": "all_pairs"},
    "days may be missing": {"min_present": 0.6},
    "lad": {"model": "robust_market_model", "robust": "lad"},
}


def test_tables_of_single_events_are_those_of_memory(data, tmp_path):
    spec = replace(EVERYTHING, tests=("cross_sectional_t",))
    kind = np.where(np.arange(len(data.events)) % 3 > 0, "x", "y")
    data = replace_events(data, data.events.assign(kind=kind))
    lists = data.events.assign(tags=[["a", "b"], ["c"]] * 150)  # group nothing, and end nothing
    lists.to_parquet(tmp_path / "events.parquet", index=False)
    found = partitioned_study(
        data.prices, tmp_path / "events.parquet", benchmark=data.benchmark, spec=spec,
        out=tmp_path / "out",
    )  # fmt: skip
    memory, gathered = data.in_memory(spec), found.gathered((tmp_path / "out").as_uri())
    judged = judge_result(memory, ["kind"])
    assert (tmp_path / "out" / "tables.tex").read_text("utf-8") == judged.table.to_latex()
    for name, frame in judged.tables().items():  # ladder, path, groups: the same bytes
        assert (tmp_path / "out" / f"{name}.csv").read_text("utf-8") == csv_text(frame), name
    spread = pd.read_csv(tmp_path / "out" / "distribution.csv", index_col="window")
    pd.testing.assert_frame_equal(spread, memory.distribution(), rtol=1e-9)
    assert gathered.bootstrap((0, 5), draws=199).se == pytest.approx(
        memory.bootstrap((0, 5), draws=199).se, rel=1e-9
    )
    sheets = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx").sheetnames
    assert {"table", "event_outcomes", "windows", "tests", "distribution", "ladder"} <= set(sheets)
    grouped = found.gathered(tmp_path / "out", data.events).by("kind", (0, 5))
    pd.testing.assert_frame_equal(grouped.table, memory.by("kind", (0, 5)).table, rtol=1e-9)
    with pytest.raises(InputError, match="need all prices at once"):
        journal_table(gathered, inference="placebo")


def test_what_is_asked_of_all_events_is_that_of_memory(data, tmp_path, monkeypatch):
    spec = replace(EVERYTHING, tests=("cross_sectional_t",))
    found, memory = (
        partitioned_study(data.prices, data.event_file, benchmark=data.benchmark, spec=spec),
        data.in_memory(spec),
    )
    whole = found.whole
    same = pd.testing.assert_frame_equal
    same(whole.outcomes, memory.outcomes)
    same(whole.volatility((0, 5)), memory.volatility((0, 5)), check_exact=True)
    same(whole.coefficients(errors="hac"), memory.coefficients(errors="hac"), check_exact=True)
    mine, theirs = (r.calendar_time_alpha((0, 5)).coefficients for r in (whole, memory))
    same(mine, theirs.set_axis(mine.index), check_exact=True)
    size = pd.DataFrame({"size": np.arange(300.0)}, index=data.events["event_id"])
    mine, theirs = (cross_section(r, size, window=(0, 5)) for r in (whole, memory))
    same(mine.coefficients, theirs.coefficients, check_exact=True)
    drawn, beside = (np.asarray(r.plot().axes[0].lines[0].get_ydata()) for r in (whole, memory))
    np.testing.assert_array_equal(drawn, beside)
    monkeypatch.setattr("analysis.scale.whole.MOST_VALUES", 1000)
    few = partitioned_study(data.prices, data.event_file, benchmark=data.benchmark, spec=spec,
                            out=tmp_path)  # fmt: skip
    assert not (tmp_path / "ladder.csv").exists()
    assert (tmp_path / "tables.tex").exists()
    with pytest.raises(InputError, match="300 events of 136 days do not fit into one process"):
        few.whole  # noqa: B018


@pytest.mark.parametrize("changes", METHODS.values(), ids=METHODS)
def test_every_method_is_that_of_memory(data, changes):
    spec = replace(EVERYTHING, **changes)
    if spec.return_kind == "log":
        market = np.log(data.index).diff()
        memory = event_study(np.log(data.closes).diff(), data.events, benchmark=market, spec=spec)
    else:
        memory = data.in_memory(spec)
    found = partitioned_study(data.prices, data.event_file, benchmark=data.benchmark, spec=spec)
    assert_same(found, memory)


def test_without_a_benchmark(data):
    spec = replace(EVERYTHING, model="constant_mean")
    found = partitioned_study(data.prices, data.event_file, spec=spec)
    assert_same(found, data.in_memory(spec))


def test_peers_are_the_securities_of_all_partitions(data):
    found = partitioned_study(data.prices, data.event_file, benchmark="peers", spec=EVERYTHING)
    assert_same(found, data.in_memory(benchmark="peers"))


def test_a_security_of_the_prices_as_benchmark(data):
    returns = data.closes.pct_change(fill_method=None)
    sessions = data.closes["S007"].dropna().index
    with pytest.warns(PlausibilityWarning, match="S007 and the benchmark S007 move alike"):
        memory = event_study(
            data.closes.reindex(sessions).pct_change(fill_method=None),
            data.events,
            benchmark=data.closes["S007"].reindex(sessions).pct_change(fill_method=None),
            spec=EVERYTHING,
        )
    assert len(sessions) < len(returns)
    with pytest.warns(PlausibilityWarning):
        found = partitioned_study(data.prices, data.event_file, benchmark="S007", spec=EVERYTHING)
    assert memory.notes[0] in found.notes
    assert any("the benchmark lacks" in note for note in found.notes)
    assert_same(found, memory)


def test_factors_from_a_file(data, tmp_path):
    rng = np.random.default_rng(5)
    factors = pd.DataFrame(
        rng.normal(0, 0.01, (len(data.index), 3)),
        index=data.index.index,
        columns=["market", "size", "value"],
    )
    factors.reset_index().to_parquet(tmp_path / "factors.parquet", index=False)
    spec = replace(EVERYTHING, model="factor_model", factors=("market", "value"))
    found = partitioned_study(
        data.prices, data.event_file, benchmark=tmp_path / "factors.parquet", spec=spec
    )
    assert_same(found, data.in_memory(spec, benchmark=factors))


@pytest.mark.parametrize("n_events", [1, 2, 60])
def test_few_events_are_correlated_pair_by_pair_as_in_memory(tmp_path, n_events):
    few = make_data(tmp_path, n_events=n_events, seed=n_events)
    found = partitioned_study(few.prices, few.event_file, benchmark=few.benchmark, spec=EVERYTHING)
    assert_same(found, few.in_memory())
    if n_events == 60:
        assert found.test("kolari_pynnonen_t").details["form"] == "pairs"


def test_events_of_one_security_with_one_day_0_count_once(data, tmp_path):
    twins = data.events.assign(event_id="again " + data.events["event_id"])
    both = Data(data.folder, data.closes, data.index, pd.concat([data.events, twins]))
    both.events.to_parquet(tmp_path / "events.parquet", index=False)
    found = partitioned_study(
        data.prices, tmp_path / "events.parquet", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert found.n_requested == 600
    assert_same(found, both.in_memory())


def test_more_events_than_a_block(data, monkeypatch):
    whole = partitioned_study(
        data.prices, data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    monkeypatch.setattr("analysis.scale.passes.BLOCK", 7)
    found = partitioned_study(
        data.prices, data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    np.testing.assert_allclose(
        found.tests()[FIGURES], whole.tests()[FIGURES], rtol=1e-12, atol=1e-13
    )


# -- forms of data -----------------------------------------------------------------------------


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


# -- what is wrong with data is an outcome ------------------------------------------------------


def test_a_poisoned_partition_costs_its_own_events_only(data, tmp_path):
    events = poisoned(data, tmp_path)
    found = partitioned_study(
        tmp_path / "prices",
        tmp_path / "events.parquet",
        benchmark=data.benchmark,
        spec=EVERYTHING,
        out=tmp_path / "out",
    )
    lost = [f"S{i:03d}" for i in (*range(6, 12), 12, 13, *range(18, 24))]
    clean = data.events[~data.events["security"].isin(lost)]
    assert set(found.lost) == {"p1.parquet", "p3.parquet"}
    assert_same(found, replace_events(data, clean).in_memory())
    assert "type string" in found.lost["p3.parquet"].replace("large_", "")
    assert found.n_requested == len(events)
    mine = pd.read_parquet(tmp_path / "out" / "reactions")
    assert len(mine) == len(events)
    assert mine["status"].value_counts().to_dict() == dict(
        zip(found.outcomes["status"], found.outcomes["n_events"], strict=True)
    )
    said = mine.drop_duplicates(["event_id", "security"], keep="last").set_index("event_id")
    first_of = {name: events[events["security"] == name]["event_id"].iloc[0] for name in lost}
    for name, words in {
        "S006": "p1.parquet",
        "S012": "its `close` on",
        "S013": "two rows on",
        "S018": "p3.parquet: ",
    }.items():
        assert said.loc[first_of[name], "status"] == "unreadable_prices"
        assert words in said.loc[first_of[name], "reason"]
    assert said.loc["blank day", "status"] == "no_session"
    assert said.loc["saturday", "status"] == "no_session"
    # its prices could lie in the file that cannot be read at all
    assert said.loc["no such security", "status"] == "unreadable_prices"
    assert said.loc["no security", "reason"] == "the event has no `security`"
    assert (mine["status"] == "duplicate").sum() == (0 if events["security"].iloc[0] in lost else 1)
    assert all(mine.loc[mine["status"] != "ok", "reason"] != "")


def replace_events(data, events):
    return Data(data.folder, data.closes, data.index, events)


def test_prices_on_days_that_are_no_session_are_counted(data, tmp_path):
    (tmp_path / "prices").mkdir()
    rows = long_form(data.closes)
    odd = pd.DataFrame(
        {"session": [pd.Timestamp("2015-06-06")] * 2, "security": ["S001", "S002"], "close": 1.0}
    )
    pd.concat([rows, odd]).to_parquet(tmp_path / "prices" / "all.parquet", index=False)
    found = partitioned_study(
        tmp_path / "prices", data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    assert found.partitions["off_axis"].tolist() == [2]
    assert_same(found, data.in_memory())


def test_no_usable_event_says_why(data, tmp_path):
    early = data.events.assign(session=data.index.index[3])
    early.to_parquet(tmp_path / "events.parquet", index=False)
    with pytest.raises(StudyError, match=r"needs 130 sessions before day 0; S\d+ has 3"):
        partitioned_study(data.prices, tmp_path / "events.parquet", benchmark=data.benchmark)


def test_no_readable_partition_says_why(data, tmp_path):
    (tmp_path / "part.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(StudyError, match=r"part\.parquet: "):
        partitioned_study(tmp_path, data.event_file, benchmark=data.benchmark)


def test_a_partition_that_only_the_second_pass_loses(data, monkeypatch):
    import analysis.scale.course as study

    tried = []

    def fails_once(partition, plan, known):
        tried.append(partition.number)
        if partition.number == 3:
            raise MemoryError("too much")
        return study_second(partition, plan, known)

    study_second = study.second_pass
    monkeypatch.setattr(study, "second_pass", fails_once)
    found = partitioned_study(
        data.prices, data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    assert found.lost == {"p3.parquet": "MemoryError: too much"}
    assert tried == [0, 1, 2, 3, 4, 0, 1, 2, 4]
    left = data.events[~data.events["security"].isin([f"S{i:03d}" for i in range(18, 24)])]
    assert_same(found, replace_events(data, left).in_memory())
    assert found.n_requested == 300


def test_an_event_whose_session_is_no_date_costs_only_itself(data, tmp_path):
    text = data.events.assign(session=data.events["session"].dt.strftime("%Y-%m-%d"))
    text.loc[5, "session"], text.loc[6, "session"] = "01/02/2016", "2016-02-30"
    text.to_csv(tmp_path / "events.csv", index=False)
    found = partitioned_study(
        data.prices, tmp_path / "events.csv", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert_same(found, replace_events(data, data.events.drop([5, 6])).in_memory())
    said = found.outcomes.set_index("status").loc["no_session"]
    assert said["n_events"] == 2
    assert "E0005: `session` '01/02/2016' is no date; write it as YYYY-MM-DD" in said["examples"]


def test_a_time_of_day_is_no_session(data, tmp_path):
    evening = data.events["session"] + pd.to_timedelta((data.events.index == 7) * 21, unit="h")
    data.events.assign(session=evening).to_parquet(tmp_path / "events.parquet", index=False)
    found = partitioned_study(
        data.prices, tmp_path / "events.parquet", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert_same(found, replace_events(data, data.events.drop(7)).in_memory())
    said = found.outcomes.set_index("status").loc["no_session", "examples"]
    assert "21:00:00" in said
    (tmp_path / "prices").mkdir()
    rows = long_form(data.closes)
    rows["session"] += pd.Timedelta("16:00:00")
    rows.to_parquet(tmp_path / "prices" / "all.parquet", index=False)
    with pytest.raises(StudyError, match="without a time of day"):
        partitioned_study(tmp_path / "prices", data.event_file, benchmark=data.benchmark)


def test_a_row_of_prices_without_a_session_is_called_that(data, tmp_path):
    (tmp_path / "prices").mkdir()
    rows = long_form(data.closes)
    rows.loc[rows.index[rows["security"] == "S003"][4], "session"] = pd.NaT
    rows.to_parquet(tmp_path / "prices" / "all.parquet", index=False)
    found = partitioned_study(
        tmp_path / "prices", data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    said = found.outcomes.set_index("status").loc["unreadable_prices", "examples"]
    assert "S003: it has a row without a `session`" in said


# -- wrong parameters --------------------------------------------------------------------------


def test_errors_name_parameter_rule_and_remedy(data, tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.tasks._PATIENCE", 1)

    def study(**changes):
        given = {"prices": data.prices, "events": data.event_file, "benchmark": data.benchmark}
        given |= changes
        return partitioned_study(given.pop("prices"), given.pop("events"), **given)

    with pytest.raises(InputError, match=r"no file ending in \.parquet"):
        study(prices=tmp_path)
    with pytest.raises(InputError, match="neither a security of the prices nor a file"):
        study(benchmark="SPX")
    with pytest.raises(InputError, match="needs one"):
        study(benchmark=None)
    with pytest.raises(InputError, match="fsspec cannot open it"):
        study(prices="nowhere://bucket/prices")
    with pytest.raises(InputError, match="there is no such file"):
        study(events=tmp_path / "events.csv")
    with pytest.raises(InputError, match="it is no address"):
        study(scheduler="8786")
    with pytest.raises(InputError, match="no scheduler answers there"):
        study(scheduler="tcp://127.0.0.1:1")
    with pytest.raises(InputError, match="there is no such name"):
        study(spec=StudySpec(model="factor_model", factors=("nonsense",)))
    found = study()
    with pytest.raises(InputError, match="Add it to the spec"):
        found.caar((-5, 5))
    with pytest.raises(InputError, match="add it to the spec"):
        found.test("wilcoxon")
    with pytest.raises(InputError, match="Did you mean 'patell_z'"):
        found.test("patel_z")
    events = data.events.rename(columns={"event_id": "id"})
    events.to_parquet(tmp_path / "ids.parquet", index=False)
    with pytest.raises(InputError, match="`event_id`"):
        study(events=tmp_path / "ids.parquet")


@pytest.mark.parametrize("missing", ["fsspec", "pyarrow.dataset", "distributed"])
def test_a_package_that_is_not_installed_is_named(data, tmp_path, monkeypatch, capsys, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    assert command(data, tmp_path / "out", "--scheduler", "local:1") == 2
    said = capsys.readouterr().err
    assert 'pip install "market-reaction[cluster]"' in said


def test_a_security_in_two_partitions_is_refused_with_the_remedy(data, tmp_path):
    (tmp_path / "prices").mkdir()
    rows = long_form(data.closes)
    for year, part in rows.groupby(rows["session"].dt.year):
        part.to_parquet(tmp_path / "prices" / f"{year}.parquet", index=False)
    with pytest.raises(InputError, match=r"S000 in 2015.parquet and in 2016.parquet.*partition"):
        partitioned_study(tmp_path / "prices", data.event_file, benchmark=data.benchmark)
    files = partition_prices(tmp_path / "prices", tmp_path / "whole", n_partitions=4)
    assert len(files) == 4
    found = partitioned_study(
        tmp_path / "whole", data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    assert_same(found, data.in_memory())
    with pytest.raises(InputError, match="not empty"):
        partition_prices(tmp_path / "prices", tmp_path / "whole")


def test_events_are_looked_at_before_anything_is_computed(data, tmp_path):
    seen = []

    def study(events):
        with pytest.raises(InputError) as raised:
            partitioned_study(
                data.prices,
                events,
                benchmark=data.benchmark,
                progress=lambda *told: seen.append(told),
            )
        return str(raised.value)

    for name, changed, said in (
        ("zone", data.events["session"].dt.tz_localize("Asia/Tokyo"), "time zone Asia/Tokyo"),
        ("number", 20160105, "of type int64"),
    ):
        data.events.assign(session=changed).to_parquet(tmp_path / f"{name}.parquet", index=False)
        assert said in study(tmp_path / f"{name}.parquet")
    (tmp_path / "torn.parquet").write_bytes(b"PAR1")
    assert "it must be a Parquet or CSV file" in study(tmp_path / "torn.parquet")
    (tmp_path / "empty.csv").write_text("")
    assert "it must be a Parquet or CSV file" in study(tmp_path / "empty.csv")
    twice = data.events.assign(Session=data.events["session"])
    twice.to_parquet(tmp_path / "twice.parquet", index=False)
    assert "only one can be `session`" in study(tmp_path / "twice.parquet")
    assert seen == []
    data.events.head(0).to_parquet(tmp_path / "none.parquet", index=False)
    assert "it holds no event" in study(tmp_path / "none.parquet")


@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_securities_that_are_numbers_in_one_table_only(data, tmp_path, kind):
    numbers = data.events.assign(security=data.events["security"].str[1:].astype(kind))
    numbers.to_parquet(tmp_path / "events.parquet", index=False)
    with pytest.raises(
        StudyError, match=r"none of the 300 events .*\n.*`security` '[0-9]+' is in no"
    ):
        partitioned_study(data.prices, tmp_path / "events.parquet", benchmark=data.benchmark)
    (tmp_path / "prices").mkdir()
    rows = long_form(data.closes)
    rows["security"] = rows["security"].str[1:].astype(int).astype(str)
    rows.to_parquet(tmp_path / "prices" / "all.parquet", index=False)
    found = partitioned_study(
        tmp_path / "prices", tmp_path / "events.parquet", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert found.n_usable == data.in_memory().usable.sum()
    assert found.n_requested == 300


@pytest.mark.parametrize(
    ("change", "price", "said"),
    [
        (lambda f: f, "adj_close", "Add a column adj_close, or study with price close"),
        (lambda f: f.rename(columns={"close": "SPX"}), "close", "values of 'SPX' around"),
        (
            lambda f: f.assign(pct=f["close"].pct_change() * 100).drop(columns="close"),
            "close",
            "If they are percent, divide by 100",
        ),
        (lambda f: f.head(0), "close", "no row"),
    ],
    ids=["another price", "levels", "percent", "empty"],
)
def test_a_benchmark_of_something_else_is_refused(data, tmp_path, change, price, said):
    (tmp_path / "prices").mkdir()
    rows = long_form(data.closes).assign(adj_close=lambda f: f["close"])
    rows.to_parquet(tmp_path / "prices" / "all.parquet", index=False)
    change(pd.read_csv(data.benchmark)).to_csv(tmp_path / "index.csv", index=False)
    with pytest.raises((InputError, PriceError), match=said):
        partitioned_study(
            tmp_path / "prices", data.event_file, benchmark=tmp_path / "index.csv",
            spec=StudySpec(price=price),
        )  # fmt: skip


def test_prices_without_a_row_are_refused(data, tmp_path):
    (tmp_path / "prices").mkdir()
    long_form(data.closes).head(0).to_parquet(tmp_path / "prices" / "all.parquet", index=False)
    with pytest.raises(PriceError, match="a study needs prices"):
        partitioned_study(
            tmp_path / "prices", data.event_file, spec=StudySpec(model="constant_mean")
        )


# -- the output ---------------------------------------------------------------------------------


def test_an_output_that_cannot_be_written_is_no_fault_of_the_prices(data, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    seen = []
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ReportError, match=r"file.* cannot be written to"):
            partitioned_study(
                data.prices, data.event_file, benchmark=data.benchmark, out=out,
                progress=lambda *told: seen.append(told[0]),
            )  # fmt: skip
    assert seen == []

    def full(*given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
    with pytest.raises(ReportError, match="No space left on device"):
        partitioned_study(
            data.prices, data.event_file, benchmark=data.benchmark, out=tmp_path / "out"
        )
    assert {file.name for file in (tmp_path / "out").rglob("*")} == {"reactions", ".lock", MARKER}


def test_a_folder_without_run_json_is_not_whole(data, tmp_path):
    def study(**more):
        partitioned_study(
            data.prices, data.event_file, benchmark=data.benchmark, out=tmp_path, **more
        )

    def interrupt(label, done, total):
        if (label, done) == ("second pass", 2):
            raise KeyboardInterrupt

    study()
    assert (tmp_path / "run.json").exists()
    with pytest.raises(KeyboardInterrupt):
        study(progress=interrupt, spec=StudySpec(event_window=(-2, 2)))
    assert not (tmp_path / "run.json").exists()
    assert {file.name for file in tmp_path.glob(".*")} == {".lock", MARKER}


def test_two_studies_in_one_folder_wait_for_each_other(data, tmp_path):
    said: list[str] = []
    study = threading.Thread(
        target=partitioned_study,
        args=(data.prices, data.event_file),
        kwargs={"benchmark": data.benchmark, "out": tmp_path, "tell": said.append},
    )
    with sole_writer(tmp_path, waiting=lambda: None):
        study.start()
        study.join(1.0)
        assert said == ["Another study is writing to this folder; waiting for it to end."]
        assert not (tmp_path / "reactions").exists()
    study.join(60)
    assert (tmp_path / "run.json").exists()


def test_long_event_ids_cost_their_own_length_only(data, tmp_path):
    import tracemalloc

    long = data.events.copy()
    long.loc[0, "event_id"] = "x" * 2_000_000
    long.loc[1, "event_id"] = None
    long.to_parquet(tmp_path / "events.parquet", index=False)
    tracemalloc.start()
    partitioned_study(
        data.prices, tmp_path / "events.parquet", benchmark=data.benchmark, out=tmp_path / "out"
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6  # 60 events of a partition at four bytes a character are 480 MB
    ids = pd.read_parquet(tmp_path / "out" / "reactions")["event_id"]
    assert ids.isna().sum() == 1


# -- prices partition ---------------------------------------------------------------------------


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


# -- the command -------------------------------------------------------------------------------


def command(data, out, *more):
    return main(
        [
            "study", "--prices", str(data.prices), "--events", str(data.event_file),
            "--benchmark", str(data.benchmark), "--out", str(out), *more,
        ]
    )  # fmt: skip


def test_the_command_writes_the_tables(data, tmp_path, capsys):
    assert (
        command(data, tmp_path, "--tests", "all", "--window", "0", "0", "--window", "-1", "1") == 0
    )
    said = capsys.readouterr()
    assert "of 300 events computed" in said.out
    assert "second pass: 5 of 5" in said.err
    tests = pd.read_csv(tmp_path / "tests.csv")
    assert sorted(set(tests["window"])) == ["[-1,1]", "[0,0]"]
    memory = data.in_memory(replace(EVERYTHING, windows=((0, 0), (-1, 1)))).tests()
    np.testing.assert_allclose(tests[FIGURES], memory[FIGURES], rtol=1e-9, atol=1e-12)
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["study"]["windows"] == [[0, 0], [-1, 1]]
    names = {file.name for file in tmp_path.iterdir() if file.name != ".lock"}
    assert names == {
        ".market-reaction.json", "aar.csv", "event_outcomes.csv", "outcomes.csv", "partitions.csv",
        "reactions", "run.json", "tests.csv", "windows.csv", "distribution.csv", "tables.tex",
        "results.xlsx", "ladder.csv", "path.csv",
    }  # fmt: skip


def test_the_same_inputs_give_the_same_bytes(data, tmp_path):
    for name in ("one", "two"):
        assert command(data, tmp_path / name, "--tests", "all") == 0
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("[!.]*.*"))
    assert len(files) == 17
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_later_run_leaves_no_table_of_an_earlier_one(data, tmp_path):
    assert command(data, tmp_path) == 0
    one = data.events[data.events["security"] == "S000"]
    one.to_parquet(data.folder / "one.parquet", index=False)
    (tmp_path / "reactions" / "mine.parquet").write_bytes(b"not ours")
    few = ["study", "--prices", str(data.prices), "--events", str(data.folder / "one.parquet")]
    assert main([*few, "--benchmark", str(data.benchmark), "--out", str(tmp_path)]) == 0
    kept = sorted(file.name for file in (tmp_path / "reactions").iterdir())
    assert kept == ["mine.parquet", "part-00000.parquet"]


def test_more_events_than_are_gathered_leave_no_files_of_an_earlier_run(
    data, tmp_path, monkeypatch
):
    assert command(data, tmp_path) == 0
    monkeypatch.setattr("analysis.scale.output.MOST_OUTCOMES", 10)
    assert command(data, tmp_path) == 0
    there = {file.name for file in tmp_path.iterdir()}
    assert not there & {"tables.tex", "distribution.csv", "results.xlsx", "event_outcomes.csv"}
    assert "tests.csv" in there


def test_partitions_take_prices_called_price_and_no_benchmark_as_tables_do(data, tmp_path, capsys):
    """They asked for a column close and for a benchmark; windows had to fit unasked."""
    called = tmp_path / "called"
    called.mkdir()
    for file in data.prices.iterdir():
        rows = pd.read_parquet(file).rename(columns={"close": "price"})
        rows.to_parquet(called / file.name)
    asked = ["study", "--events", str(data.folder / "events.parquet"), "--prices"]
    spec = StudySpec(model="constant_mean", event_window=(-5, 12), windows=((0, 12),))
    assert main([*asked, str(called), "--window", "0", "12", "--out", str(tmp_path / "o")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("A table study over partitions")
    assert said[1].startswith("No benchmark was given")
    found = pd.read_csv(tmp_path / "o" / "windows.csv")
    expected = partitioned_study(data.prices, data.folder / "events.parquet", spec=spec)
    assert found["caar"].tolist() == [expected.caar((0, 12))]
    (tmp_path / "b.csv").write_text(data.benchmark.read_text().replace("close", "price"))
    same = [partitioned_study(p, data.folder / "events.parquet", benchmark=b).aar
            for p, b in ((data.prices, data.benchmark), (called, tmp_path / "b.csv"))]  # fmt: skip
    pd.testing.assert_frame_equal(*same)
    partition_prices(called, tmp_path / "again")
    assert "close" in pd.read_parquet(tmp_path / "again").columns


def test_options_of_a_catalogue_are_refused(data, tmp_path, capsys):
    assert command(data, tmp_path, "--market", "NVDA") == 2
    assert "takes all securities and events" in capsys.readouterr().err


def test_what_a_table_of_events_has_no_use_for_is_refused(data, tmp_path, capsys):
    assert command(data, tmp_path, "--draws", "100") == 2
    assert "`draws` received as 100" in capsys.readouterr().err


def test_peers_need_another_security(data, tmp_path):
    (tmp_path / "prices").mkdir()
    one = long_form(data.closes[["S000"]])
    one.to_parquet(tmp_path / "prices" / "one.parquet", index=False)
    with pytest.raises(InputError, match="peers are other securities, and `prices` has one"):
        partitioned_study(tmp_path / "prices", data.event_file, benchmark="peers")


def test_partition_from_the_command_line(data, tmp_path, capsys):
    csv = tmp_path / "prices.csv"
    long_form(data.closes).to_csv(csv, index=False)
    assert main(["prices", "partition", "--prices", str(csv), "--out", str(tmp_path / "p")]) == 0
    assert "30 partitions" in capsys.readouterr().out
    assert len(partitions_of(str(tmp_path / "p"))) == 30
    assert main(["prices", "partition", "--prices", str(csv)]) == 2
    assert "`out`" in capsys.readouterr().err
