"""What is wrong with partitions is an outcome, or an error that says what to do."""

from __future__ import annotations

import sys

import pandas as pd
import pytest
from partitioned_data import (
    EVERYTHING,
    assert_same,
    command,
    long_form,
    poisoned,
    replace_events,
)

from analysis import StudySpec, partitioned_study
from analysis.errors import InputError, PriceError, StudyError
from analysis.scale.repartition import partition_prices


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
