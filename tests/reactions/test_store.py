"""The figures on disk: the contract of the files, same inputs same bytes, whole or not at all."""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.engine.spec import StudySpec
from analysis.errors import ReportError
from analysis.files import sha256_of
from analysis.reactions import run_inputs
from analysis.reactions import store as stores
from analysis.reactions.run_inputs import gather_inputs
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.store import load_or_run, write_study, write_subset

CONTRACT = {
    "reactions": "event_id market announced_at day0 prev_session gap_days phase minutes_to_close "
    "ambiguous candidates benchmark_contains_news benchmark_sessions unscheduled_closures "
    "shared_with status reason n_confounders",
    "fits": "event_id market model day0 alpha beta sigma df n_estimation estimation_start "
    "estimation_end",
    "abnormal_returns": "event_id market model day0 candidate event_day session span ret "
    "benchmark_ret benchmark_contains_news normal_ret ar se sar",
    "tests": "scope event_id market window model test estimate statistic p_value df n_events "
    "n_sessions mde reason n_partial n_left_out assumes",
}


@pytest.fixture(scope="module")
def again(workspace):
    """What the founding study depends on, and the study computed once more."""
    inputs = gather_inputs(workspace, RunSpec())
    return inputs, inputs.study()


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_are_those_of_the_contract_and_rows_are_sorted(store, name):
    raw = pd.read_csv(store.folder / f"{name}.csv", dtype=str, keep_default_na=False)
    assert list(raw.columns) == CONTRACT[name].split()
    leading = {"reactions": 2, "fits": 4, "abnormal_returns": 5, "tests": 6}[name]
    keys = list(raw[raw.columns[:leading]].itertuples(index=False, name=None))
    assert keys == sorted(keys)


def test_cells_are_written_as_the_contract_says(store):
    raw = pd.read_csv(store.folder / "reactions.csv", dtype=str, keep_default_na=False)
    assert raw["announced_at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    assert raw["day0"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert set(raw["ambiguous"]) == {"true", "false"}
    assert (raw["candidates"].str.count(";") >= 1).equals(raw["ambiguous"] == "true")
    tests = pd.read_csv(store.folder / "tests.csv", dtype=str, keep_default_na=False)
    assert set(tests["window"]) == {"[0,0]", "[0,1]", "[-1,1]", "[0,5]"}
    assert all(re.fullmatch(r"event|all|article:.+|category:.+", s) for s in set(tests["scope"]))


def test_floats_keep_full_precision(store):
    days = store.abnormal_returns
    np.testing.assert_array_equal((days["ret"] - days["normal_ret"]), days["ar"])


def test_candidates_are_marked(store):
    days = store.abnormal_returns.drop_duplicates(["event_id", "market", "model", "day0"])
    main = days[~days["candidate"]]
    assert len(main) == 208 * 2
    reactions = store.reactions.set_index(["event_id", "market"])
    other = days[days["candidate"]].iloc[0]
    assert other["day0"] in reactions.loc[(other["event_id"], other["market"]), "candidates"]


def test_same_inputs_same_bytes(store, again, tmp_path):
    inputs, study = again
    write_study(study, tmp_path, inputs=inputs)
    files = [file for file in store.folder.iterdir() if file.is_file()]
    for file in sorted(file for file in files if not file.name.startswith(".")):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


def test_the_second_call_loads_what_is_there(store, workspace, monkeypatch):
    monkeypatch.setattr(stores, "write_study", lambda *_, **__: pytest.fail("computed again"))
    assert load_or_run(RunSpec(), workspace=workspace).folder == store.folder


def test_another_banner_of_the_prices_is_another_study(store, workspace, monkeypatch):
    # the same kept prices, once because they were fresh and once because Yahoo was out of reach
    def late(*given):
        return replace(load(*given), banner="Not today's prices.")

    load = run_inputs.load_run_prices
    monkeypatch.setattr(run_inputs, "load_run_prices", late)
    inputs = gather_inputs(workspace, RunSpec())
    assert inputs.files == store.run["inputs"]
    assert inputs.banner == "Not today's prices."
    assert inputs.key != store.run["key"]


def test_another_method_has_another_key(store, workspace):
    other = RunSpec(study=StudySpec(return_kind="log"))
    assert gather_inputs(workspace, other).key != store.run["key"]


def test_run_json_names_inputs_outputs_and_versions(store):
    record = json.loads((store.folder / "run.json").read_text())
    assert RunSpec.from_json(json.dumps(record["run"])) == RunSpec()
    assert {"closes.csv", "events.yaml", "calendar_corrections.csv"} <= set(record["inputs"])
    for name, digest in record["outputs"].items():
        assert sha256_of(store.folder / name) == digest
    assert {"python", "pandas", "code"} <= set(record["versions"])
    assert record["data_end"] == "2025-12-31"


def test_tables_come_back_as_they_were(store, again):
    for name, table in again[1].frames.items():
        back = getattr(store, name)
        assert list(back.columns) == list(table.columns)
        assert len(back) == len(table)
        for column in table.select_dtypes("number"):
            np.testing.assert_array_equal(
                back[column].to_numpy(float, na_value=np.nan),
                table[column].to_numpy(float, na_value=np.nan),
            )


def test_a_subset_keeps_the_rows_of_its_events(store, tmp_path):
    write_subset(store, tmp_path, events=["nvidia-h20-resumption-2025-07-14"])
    rows = pd.read_csv(tmp_path / "abnormal_returns.csv")
    assert set(rows["event_id"]) == {"nvidia-h20-resumption-2025-07-14"}
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["subset"] == ["nvidia-h20-resumption-2025-07-14"]
    for name, digest in record["outputs"].items():
        assert sha256_of(tmp_path / name) == digest
    same = {name: value for name, value in record.items() if name not in ("subset", "outputs")}
    assert {**store.run, **same} == store.run


def test_a_folder_that_cannot_be_written_is_a_clear_message(again, tmp_path):
    inputs, study = again
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(ReportError, match=r"could not be written.*--out"):
        write_study(study, blocked / "store", inputs=inputs)


def test_a_store_is_replaced_whole(store, again, tmp_path):
    inputs, study = again
    place = tmp_path / "store"
    shutil.copytree(store.folder, place, ignore=shutil.ignore_patterns("deeper"))
    (place / "tests.csv").write_text("half a file")
    write_study(study, place, inputs=inputs)
    assert (place / "tests.csv").read_bytes() == (store.folder / "tests.csv").read_bytes()
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("empty", ["windows", "tests"])
def test_an_empty_sample_leaves_tables_with_their_columns(empty, store, workspace):
    # it ended in KeyError: 'event_id'
    run = RunSpec(
        study=StudySpec(**{empty: ()}),
        markets=("NVDA",),
        events=("nvidia-h20-resumption-2025-07-14",),
    )
    frames = gather_inputs(workspace, run).study(n_draws=20).frames
    for name, frame in frames.items():
        assert list(frame.columns) == list(getattr(store, name).columns), name


def test_a_table_without_a_row_keeps_the_types_of_its_columns():
    empty = io.BytesIO(b"event_id,market,p_value,mde,candidate,day0\n")
    assert stores.read_table(empty).dtypes[["p_value", "mde"]].tolist() == [float, float]


def test_recurring_texts_read_as_texts(store, monkeypatch):
    plain = stores.read_table(store.file("minutes"))
    monkeypatch.setattr(stores, "LARGE", 0)
    once = stores.read_table(store.file("minutes"))
    assert (once.astype(plain.dtypes) == plain).where(plain.notna(), True).all(axis=None)
    assert once["start"].dtype == "category"
    assert once["note"].isna().sum() == 0


def test_a_large_table_is_cut_in_parts_and_lies_on_the_disk_once(store, tmp_path, monkeypatch):
    event = ["nvidia-h20-resumption-2025-07-14"]
    write_subset(store, tmp_path / "whole", events=event)
    monkeypatch.setattr(stores, "_MANY_ROWS", 50)
    monkeypatch.setattr("analysis.output.LARGE", 1)
    write_subset(store, tmp_path / "parts", events=event)
    for _ in range(2):  # the second time each is there already
        write_subset(store, tmp_path / "linked")
    for file in sorted((tmp_path / "whole").iterdir()):
        assert (tmp_path / "parts" / file.name).read_bytes() == file.read_bytes()
    for name in store.run["outputs"]:
        assert (tmp_path / "linked" / name).samefile(store.folder / name)
    assert not list(tmp_path.rglob("*.tmp"))
