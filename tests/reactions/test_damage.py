"""Damaged stores heal or are told: nothing that was changed, cut short or lost is believed."""

from __future__ import annotations

import json
import shutil

import pytest

from analysis.__main__ import main
from analysis.engine.spec import StudySpec
from analysis.errors import InputError
from analysis.files import sha256_hex
from analysis.output import MARKER, OutputFolder
from analysis.prices import load_prices
from analysis.reactions import minute_source as module
from analysis.reactions.further import further_tables
from analysis.reactions.minute_source import MinuteSource
from analysis.reactions.open_study import OpenStudy, open_study
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.store import StudyStore, damaged_files, load_or_run, stored_study
from analysis.reactions.study_tables import TABLES
from analysis.report.progress import TIMINGS, keep_timings, read_timings
from analysis.report.rerun import rerun
from analysis.sessions.closures import Corrections
from analysis.workspace import Workspace

EVENT = "nvidia-h20-resumption-2025-07-14"
SMALL = RunSpec(study=StudySpec(windows=((0, 0),)), markets=("NVDA",), events=(EVENT,))


def cut(content):
    return content[: len(content) // 2]


def changed(content):
    return content.replace(b"0.0", b"0.2", 1) + b"\n"


#: What may become of a file.
DAMAGES = {"cut": cut, "changed": changed, "empty": lambda content: b"", "absent": None}
FILES = (*(f"{name}.csv" for name in TABLES), "run.json")


@pytest.fixture(scope="module")
def whole(workspace, tmp_path_factory):
    """A small finished study; tests that damage it work on a copy."""
    return load_or_run(SMALL, workspace=workspace, store=tmp_path_factory.mktemp("whole"))


@pytest.fixture
def stores(whole, tmp_path):
    """A folder of stores with a copy of the study."""
    shutil.copytree(whole.folder, tmp_path / "stores" / whole.folder.name)
    return tmp_path / "stores"


def damage(file, how):
    make = DAMAGES[how]
    if make is None:
        file.unlink()
    else:
        file.write_bytes(make(file.read_bytes()))


def test_a_whole_store_is_read_in_silence(whole, stores, workspace, capsys):
    found = load_or_run(SMALL, workspace=workspace, store=stores)
    assert damaged_files(found.folder) == ()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("how", DAMAGES)
def test_every_damage_of_every_file_is_seen(how, whole, tmp_path):
    for name in FILES:
        folder = tmp_path / name
        shutil.copytree(whole.folder, folder)
        damage(folder / name, how)
        assert name in damaged_files(folder) or (name == "run.json" and how == "changed")
        if name != "run.json":
            with pytest.raises(InputError, match=rf"{name}.*Compute it anew"):
                StudyStore(folder).table(name.removesuffix(".csv"))


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["tests.csv", "run.json"])
def test_a_damaged_store_is_computed_anew_and_that_is_said(
    how, name, whole, stores, workspace, capsys
):
    folder = stores / whole.folder.name
    damage(folder / name, how)
    told = []
    healed = load_or_run(SMALL, workspace=workspace, store=stores, tell=told.append)
    assert told == [f"The stored study is not whole ({name}); it is computed anew."]
    for file in FILES:
        assert (healed.folder / file).read_bytes() == (whole.folder / file).read_bytes(), file


def test_a_value_in_run_json_is_not_believed(whole, stores, workspace):
    file = stores / whole.folder.name / "run.json"
    for name, value in (("data_end", "2026-01-01"), ("notes", ["all is well"]), ("banner", "x")):
        file.write_text(json.dumps({**whole.run, name: value}), encoding="utf-8")
        told = []
        load_or_run(SMALL, workspace=workspace, store=stores, tell=told.append)
        assert len(told) == 1
        assert file.read_bytes() == (whole.folder / "run.json").read_bytes()


def test_a_store_without_its_marker_is_read_and_forced_anew(whole, stores, workspace):
    folder = stores / whole.folder.name
    (folder / MARKER).unlink()
    load_or_run(SMALL, workspace=workspace, store=stores)
    load_or_run(SMALL, workspace=workspace, store=stores, force=True)
    assert damaged_files(folder) == ()
    assert (folder / MARKER).is_file()


def test_force_computes_although_it_is_there(whole, stores, workspace, monkeypatch):
    from analysis.reactions import store as module

    made = []
    monkeypatch.setattr(module, "write_study", lambda *_, **__: made.append(1))
    load_or_run(SMALL, workspace=workspace, store=stores)
    assert made == []
    load_or_run(SMALL, workspace=workspace, store=stores, force=True)
    assert made == [1]


@pytest.mark.parametrize("how", ["cut", "absent"])
@pytest.mark.parametrize("name", ["overlaps.csv", "overlaps.csv.sha256"])
def test_a_table_of_the_second_look_heals(how, name, whole, stores, seeds, workspace):
    study = load_or_run(SMALL, workspace=workspace, store=stores)
    opened = OpenStudy(study=study, seeds=seeds, workspace=workspace)
    first = further_tables(opened).table("overlaps")
    damage(study.folder / "deeper" / name, how)
    assert further_tables(opened).table("overlaps").equals(first)


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["", ".sha256"])
def test_the_table_of_minutes_heals(how, name, whole, seeds, workspace, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(MinuteSource, "series", ())
    monkeypatch.setattr(
        module, "minute_tables", lambda *_: made.append(1) or [whole.minutes[:9].copy()]
    )
    prices = load_prices(["NVDA"], data_dir=workspace.data)

    def table():
        return MinuteSource(seeds, workspace.data, prices, Corrections(), tmp_path).table

    first = table()
    [file] = tmp_path.glob("minutes-*.csv")
    before = file.read_bytes()
    damage(file.with_name(file.name + name), how)
    for _ in range(2):  # healed once, then believed
        assert table().equals(first)
    assert file.read_bytes() == before
    assert len(made) == 2


@pytest.mark.parametrize("how", ["changed", "absent"])
def test_a_rerun_holds_what_it_computed_against_the_disk(how, whole, stores, workspace):
    folder = stores / whole.folder.name
    assert rerun(folder, workspace).text() == f"Reproduced: {len(TABLES)} tables, byte for byte."
    damage(folder / "tests.csv", how)
    found = rerun(folder, workspace)
    assert found.changed_tables == found.damaged == ("tests.csv",)
    assert "cut short or missing since they were written: tests.csv" in found.text()


@pytest.mark.parametrize(
    ("name", "how"),
    [("fits.csv", "cut"), ("fits.csv", "absent"), ("run.json", "empty"), ("run.json", "changed")],
)
def test_each_damage_is_healed_by_a_notebook(how, name, whole, stores, workspace, capsys):
    damage(stores / whole.folder.name / name, how)
    opened = open_study(SMALL.to_json(), workspace=str(workspace.root), store=str(stores))
    assert opened.study.fits.equals(whole.fits)
    assert f"not whole ({name}); it is computed anew" in capsys.readouterr().err


@pytest.mark.parametrize("how", DAMAGES)
def test_each_damage_is_told_by_rerun(how, whole, tmp_path, workspace, capsys):
    shutil.copytree(whole.folder, tmp_path / "store")
    damage(tmp_path / "store" / "run.json", how)
    command = ["rerun", str(tmp_path / "store"), "--workspace", str(workspace.root)]
    if how == "changed":  # white space: the same record, read in silence
        assert main(command) == 0
        return
    assert main(command) == 2
    assert "run.json" in capsys.readouterr().err
    shutil.copy(whole.folder / "run.json", tmp_path / "store")
    damage(tmp_path / "store" / "tests.csv", how)
    assert main(command) == 1
    assert "tests.csv" in capsys.readouterr().out


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", ["page.html", "data/fits.csv", "manifest.json"])
def test_each_damage_is_told_by_publish(how, name, tmp_path, capsys):
    reports = tmp_path / "reports"
    files = {"page.html": b"<p>0.0 of it</p>", "data/fits.csv": b"a,b\n0.0,1\n"}
    for file, content in files.items():
        (reports / file).parent.mkdir(parents=True, exist_ok=True)
        (reports / file).write_bytes(content)
    entries = [
        {"path": file, "bytes": len(content), "sha256": sha256_hex(content)}
        for file, content in files.items()
    ]
    (reports / "manifest.json").write_text(
        json.dumps({"files": entries, "reports": [], "inputs": [], "of": 0.0})
    )
    damage(reports / name, how)
    if (how, name) == ("changed", "manifest.json"):
        return  # the manifest vouches for the rest, nothing for it
    assert main(["publish", str(tmp_path / "site"), "--reports", str(reports)]) == 2
    assert name in capsys.readouterr().err
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("how", DAMAGES)
def test_damaged_timings_are_only_forgotten(how, tmp_path):
    keep_timings(tmp_path, {"one": 1.5})
    damage(tmp_path / TIMINGS, how)
    assert read_timings(tmp_path) in ({}, {"one": 1.5})
    keep_timings(tmp_path, {"two": 2.0})
    assert read_timings(tmp_path)["two"] == 2.0


@pytest.mark.parametrize("how", ["cut", "empty", "absent"])
def test_a_folder_with_a_damaged_marker_is_told_and_left_as_it_is(how, tmp_path):
    OutputFolder(tmp_path).write("a.csv", "1\n")
    damage(tmp_path / MARKER, how)
    with pytest.raises(InputError, match=r"a\.csv, which was not made here"):
        OutputFolder(tmp_path).check()
    assert (tmp_path / "a.csv").read_text() == "1\n"


def test_show_heals_what_it_reads(workspace, tmp_path, capsys):
    place = Workspace(root=workspace.root, reports=tmp_path)
    from analysis.reactions.run_inputs import gather_inputs

    study = stored_study(gather_inputs(place, SMALL), place.stores)
    damage(study.folder / "abnormal_returns.csv", "changed")
    again = stored_study(gather_inputs(place, SMALL), place.stores)
    assert again.abnormal_returns.equals(load_or_run(SMALL, workspace=place).abnormal_returns)
    assert "computed anew" in capsys.readouterr().err


def test_the_show_command_says_once_that_it_computes_anew(workspace, tmp_path, capsys):
    for part in ("seeds", "data", "notebooks"):
        shutil.copytree(workspace.root / part, tmp_path / part)
    command = ["show", EVENT, "--market", "NVDA", "--workspace", str(tmp_path)]
    assert main(command) == 0
    first = capsys.readouterr().out
    [file] = (tmp_path / "reports" / "_store").glob("*/reactions.csv")
    damage(file, "cut")
    for told in (["(reactions.csv); it is computed anew"], []):
        assert main(command) == 0
        said = capsys.readouterr()
        assert said.out == first
        assert [text for text in told if text in said.err] == told
        assert bool(said.err) == bool(told)


def test_compare_tells_of_a_table_it_would_not_have_read(whole, tmp_path, capsys):
    shutil.copytree(whole.folder, tmp_path / "store")
    damage(tmp_path / "store" / "fits.csv", "changed")
    out = ["--out", str(tmp_path / "page")]
    assert main(["compare", str(whole.folder), str(tmp_path / "store"), *out]) == 2
    assert "fits.csv" in capsys.readouterr().err
    assert not (tmp_path / "page").exists()
