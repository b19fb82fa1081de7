"""The user's files are sacred: whatever is not ours stays, byte for byte, around every command."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from analysis.__main__ import main
from analysis.errors import InputError, ReportError
from analysis.output import MARKER, OutputFolder, listed_in, marker_text, new_file

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = "On July 14, 2025, the company said shipments would resume. The shares rose 4 percent.\n"

#: Files of the user under every name that a command of ours writes.
FOREIGN = (
    "index.html", "methods.html", "manifest.json", "run.json", "reactions.csv", "tests.csv",
    "comparison.csv", "comparison.html", "part-00000.parquet", "CITATION.cff", "own.txt",
    "data/closes.csv", "data/reactions.csv", "data/run.json", "_draft/seeds/events.yaml",
    "reactions/part-00000.parquet", "one-event/one-event.html", ".stamp.json", ".timings.json",
    ".index.html.1-1.tmp", ".writing-x/own.txt", "data/.writing-y/own.txt",
)  # fmt: skip

#: Every command that writes into a folder, with the folder last.
INTO_FOLDERS = {
    "report": ["report", "--workspace", str(ROOT), "--out"],
    "forced report": ["report", "--force", "--workspace", str(ROOT), "--out"],
    "study": ["study", "--workspace", str(ROOT), "--out"],
    "partitioned": ["study", "--events", "{events}", "--prices", "{prices}", "--out"],
    "compare": ["compare", "{store}", "{store}", "--out"],
    "rerun": ["rerun", "{store}", "--workspace", str(ROOT), "--out"],
    "publish": ["publish", "--reports", "{reports}"],
    "partition": ["prices", "partition", "--prices", "{prices}", "--out"],
    "article": ["article", "{article}", "--published", "2025-07-15", "--workspace", str(ROOT),
                "--out"],
}  # fmt: skip


def tree(folder: Path) -> dict[str, object]:
    """Every file with its bytes, every link with its target, every folder."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink())
        if path.is_symlink()
        else (path.read_bytes() if path.is_file() else None)
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def foreign(tmp_path):
    """A folder of the user's, with a link to another one."""
    folder = tmp_path / "mine"
    for name in FOREIGN:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"mine: {name}")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "reactions.csv").write_text("also mine")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    return folder


@pytest.fixture
def given(store, tmp_path):
    """Sound inputs of every command, so that only its output can be refused."""
    article, prices = tmp_path / "article.txt", tmp_path / "prices"
    article.write_text(ARTICLE)
    prices.mkdir()
    rows = {"security": ["A"], "session": [pd.Timestamp("2025-01-02")], "close": [1.0]}
    pd.DataFrame(rows).to_parquet(prices / "part-0.parquet")
    events = tmp_path / "events.csv"
    events.write_text("event_id,security,session\na,A,2025-01-02\n")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "manifest.json").write_text(
        '{"reports": [], "files": [], "inputs": []}'
    )
    names = {"article": article, "prices": prices, "events": events, "store": store.folder}
    return {**names, "reports": tmp_path / "reports"}


@pytest.mark.parametrize("name", INTO_FOLDERS)
def test_a_folder_of_the_users_is_refused_and_stays_as_it_is(name, foreign, given, capsys):
    before = tree(foreign)
    command = [part.format(**given) for part in INTO_FOLDERS[name]]
    assert main([*command, str(foreign)]) == 2
    said = capsys.readouterr().err
    assert "Name a new" in said
    assert tree(foreign) == before


def test_the_folder_of_the_prices_is_no_folder_for_results(given, capsys):
    before = tree(given["prices"])
    command = ["study", "--events", str(given["events"]), "--prices", str(given["prices"]), "--out"]
    assert main([*command, str(given["prices"])]) == 2
    assert main([*command, str(given["prices"] / "results")]) == 2
    assert "in the folder of the prices" in capsys.readouterr().err
    assert tree(given["prices"]) == before


def test_a_workspace_keeps_its_prices_when_reports_go_into_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine"]) == 0
    monkeypatch.chdir(tmp_path / "mine")
    before = tree(tmp_path / "mine")
    for command in ("report", "study"):
        for out in (".", "data", "seeds"):
            assert main([command, "--out", out]) == 2
    assert tree(tmp_path / "mine") == before


@pytest.mark.parametrize("taken", ["seeds/events.yaml", "draft.yaml", "linked.yaml"])
def test_a_draft_replaces_nothing_unasked(taken, tmp_path, capsys):
    file = tmp_path / taken
    file.parent.mkdir(exist_ok=True)
    target = tmp_path / "target.yaml"
    target.write_text("reviewed")
    if taken.startswith("linked"):
        file.symlink_to(target)
    else:
        file.write_text("reviewed")
    (tmp_path / "article.txt").write_text(ARTICLE)
    before = tree(tmp_path)
    command = ["draft", str(tmp_path / "article.txt"), "--published", "2025-07-15"]
    command += ["--workspace", str(ROOT), "--out", str(file)]
    assert main(command) == 2
    assert "--force" in capsys.readouterr().err
    assert tree(tmp_path) == before
    for kept in (".bak", ".bak2"):
        earlier = file.read_text()
        assert main([*command, "--force"]) == 0
        assert file.with_name(file.name + kept).read_text() == earlier
        assert "is kept" in capsys.readouterr().out
    assert target.read_text() == "reviewed"


def test_a_quality_report_replaces_only_an_earlier_one(tmp_path, capsys):
    page, seeds = tmp_path / "quality.html", tmp_path / "markets.yaml"
    seeds.write_text("[]")
    command = ["prices", "check", "--workspace", str(ROOT), "--market", "NVDA", "--html"]
    assert main([*command, str(seeds)]) == 2
    assert seeds.read_text() == "[]"
    assert main([*command, str(page)]) == main([*command, str(page)]) == 0
    assert "would be lost" in capsys.readouterr().err


# -- folders that are ours -----------------------------------------------------------------------


def test_what_lies_beside_our_files_stays(tmp_path):
    folder = OutputFolder(tmp_path / "out").check()
    folder.write("tests.csv", "ours")
    folder.write("data/old.csv", "ours")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    (tmp_path / "out" / "data" / "mine.csv").write_text("mine")
    again = OutputFolder(tmp_path / "out").check()
    again.write("tests.csv", "ours again")
    again.remove(["data/old.csv", "data/mine.csv", "notes.txt", "never.csv"])
    assert {name: text for name, text in tree(tmp_path / "out").items() if name != MARKER} == {
        "data": None,
        "data/mine.csv": b"mine",
        "notes.txt": b"mine",
        "tests.csv": b"ours again",
    }


def test_a_file_of_the_users_in_our_place_is_refused(tmp_path):
    folder = OutputFolder(tmp_path)
    folder.write("tests.csv", "ours")
    (tmp_path / "run.json").write_text("mine")
    with pytest.raises(InputError, match=r"run\.json in it was not made here and would be lost"):
        folder.write("run.json", "ours")
    with pytest.raises(InputError, match="would be lost"):
        folder.claim(["fits.csv", "run.json"])
    assert (tmp_path / "run.json").read_text() == "mine"
    (tmp_path / "run.json").unlink()
    folder.write("run.json", "ours")


def test_nothing_is_written_or_removed_through_a_link(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    folder = OutputFolder(tmp_path / "out")
    folder.write("data/tests.csv", "ours")
    (mine / "tests.csv").write_text("mine")
    (mine / ".tests.csv.1-1.tmp").write_text("mine")
    (tmp_path / "out" / "data" / "tests.csv").unlink()
    (tmp_path / "out" / "data").rmdir()
    (tmp_path / "out" / "data").symlink_to(mine)
    before = tree(mine)
    with pytest.raises(InputError, match="data in it is a link"):
        folder.write("data/tests.csv", "ours")
    folder.remove(["data/tests.csv"])
    folder.sweep()
    assert tree(mine) == before


def test_a_link_of_ours_is_replaced_and_what_it_leads_to_stays(tmp_path):
    (tmp_path / "mine.csv").write_text("mine")
    folder = OutputFolder(tmp_path / "out")
    folder.write("tests.csv", "ours")
    (tmp_path / "out" / "tests.csv").unlink()
    (tmp_path / "out" / "tests.csv").symlink_to(tmp_path / "mine.csv")
    folder.write("tests.csv", "ours")
    folder.remove(["tests.csv"])
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_a_sweep_takes_only_halves_of_our_own_files(tmp_path):
    folder = OutputFolder(tmp_path)
    folder.claim(["index.html", "data/tests.csv"])
    (tmp_path / "data").mkdir()
    halves = [".index.html.12-34.tmp", "data/.tests.csv.12-34.tmp"]
    others = [".letter.12-34.tmp", ".index.html.tmp", "data/.x.tmp"]
    for name in (*halves, *others):
        (tmp_path / name).write_text("half")
    folder.sweep()
    assert [name for name in (*halves, *others) if (tmp_path / name).exists()] == others


@pytest.mark.parametrize("name", ["/etc/passwd", "../mine.txt", "a/../../mine.txt", ""])
def test_a_marker_that_names_places_outside_owns_nothing_there(name, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / MARKER).write_text(marker_text("tables", ["tests.csv", name]))
    assert OutputFolder(out).listed() == {"tests.csv"}
    OutputFolder(out).remove([name])
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"files": 1, "kind": "x", "made_by": "y"}'])
def test_a_damaged_marker_owns_nothing(text, tmp_path):
    assert listed_in(text)[1] == frozenset()
    (tmp_path / MARKER).write_text(text)
    (tmp_path / "tests.csv").write_text("whose?")
    with pytest.raises(InputError, match=r"it holds tests\.csv"):
        OutputFolder(tmp_path).check()


def test_the_very_same_bytes_may_become_ours(tmp_path):
    (tmp_path / "tests.csv").write_text("the same")
    OutputFolder(tmp_path).write("tests.csv", "the same")
    assert OutputFolder(tmp_path).listed() == {"tests.csv"}


def test_a_folder_holds_one_kind(tmp_path):
    OutputFolder(tmp_path, "reports").write("index.html", "page")
    with pytest.raises(InputError, match="it holds reports, which would be mixed with tables"):
        OutputFolder(tmp_path, "tables").check()


def test_folders_of_ours_inside_and_hidden_files_are_not_foreign(tmp_path):
    (tmp_path / ".gitignore").write_text("*")
    OutputFolder(tmp_path / "draft", "reports").write("index.html", "page")
    (tmp_path / "_store").mkdir()
    assert OutputFolder(tmp_path, "reports").check().listed() == frozenset()


@pytest.mark.parametrize("visible", [True, False])
def test_reports_of_an_earlier_version_have_a_remedy(visible, tmp_path):
    (tmp_path / ".stamp.json").write_text("{}")
    if visible:
        (tmp_path / "index.html").write_text("page")
    before = tree(tmp_path)
    with pytest.raises(InputError, match=r"earlier version left.*delete it and run this again"):
        OutputFolder(tmp_path, "reports").check()
    assert tree(tmp_path) == before


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_clean_leaves_nothing_hidden_that_the_next_run_refuses(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    reports = tmp_path / "reports"
    for name in (".stamp.json", MARKER, ".lock", "one/.stamp.json", "one/one.html", "_store/a/b"):
        (reports / name).parent.mkdir(parents=True, exist_ok=True)
        (reports / name).write_text("{}")
    (reports / ".gitignore").write_text("*")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    (reports / "link").symlink_to(tmp_path / "mine")
    for _ in range(2):  # the second time without reports
        subprocess.run(["make", "-s", "clean"], cwd=tmp_path, check=True)
        assert [path.name for path in reports.glob("*")] == [".gitignore"] * reports.is_dir()
        shutil.rmtree(reports, ignore_errors=True)
    assert (tmp_path / "mine" / "letter").read_text() == "dear"


def test_a_marker_is_small_and_says_no_time_or_place(tmp_path):
    OutputFolder(tmp_path).write("b.csv", "x")
    OutputFolder(tmp_path).write("a.csv", "x")
    assert json.loads((tmp_path / MARKER).read_text()) == {
        "made_by": "market-reaction",
        "kind": "tables",
        "files": ["a.csv", "b.csv"],
    }


def test_a_file_in_place_of_a_folder_is_said(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ReportError, match="it is a file"):
        OutputFolder(tmp_path / "file").check()
    with pytest.raises(InputError, match="not replaced unasked"):
        new_file(tmp_path, "text", parameter="out", force=True)
