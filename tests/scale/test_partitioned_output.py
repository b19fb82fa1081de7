"""What a study over partitions writes, and its command."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from partitioned_data import EVERYTHING, FIGURES, command, long_form

from analysis import StudySpec, partitioned_study
from analysis.__main__ import main
from analysis.errors import InputError, ReportError
from analysis.files import sole_writer
from analysis.output import MARKER
from analysis.scale.repartition import partition_prices
from analysis.scale.source import partitions_of


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
