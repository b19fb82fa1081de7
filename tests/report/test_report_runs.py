"""Runs of the command as they are lived with: repeated, interrupted, killed, two at once."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from report_runs import (
    LONGEST,
    ROOT,
    SMALL,
    bytes_of,
    crash_and_finish,
    kill_at,
    on_a_disk_of,
    processes_of,
    report,
    run,
    small_workspace,
    start,
    without_privileges,
)

from analysis.__main__ import main
from analysis.reactions.run_spec import RunSpec
from analysis.report.build import build_reports
from analysis.report.current import up_to_date
from analysis.report.stamps import changed_parts, read_stamp, visible_files, write_stamp
from analysis.workspace import Workspace

SMALL_RUN = RunSpec(markets=("NVDA",))  # --event adds pages of events, and narrows nothing


def linux_only(condition):
    """Check a condition that only Linux can tell."""
    return condition() if Path("/proc").is_dir() else True


def _wait_for(condition, what, seconds=LONGEST):
    """Wait for what only Linux can tell; fail after a while."""
    end = time.perf_counter() + seconds
    while not linux_only(condition):
        assert time.perf_counter() < end, f"not seen: {what}"
        time.sleep(0.1)


def _seconds_of_children() -> float:
    """Processor time of ended children: what a busy machine does not stretch."""
    times = os.times()
    return times.children_user + times.children_system


posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@pytest.fixture
def copy(small_site, kernels, tmp_path):
    shutil.copytree(small_site, tmp_path / "reports")
    return tmp_path / "reports"


@pytest.fixture
def computed(small_site, tmp_path):
    """A folder of reports with the study alone: what is run there are its notebooks."""
    shutil.copytree(small_site / "_store", tmp_path / "reports" / "_store")
    return tmp_path / "reports"


def test_a_second_run_does_nothing_and_is_over_at_once(copy):
    before = bytes_of(copy)
    began = _seconds_of_children()
    said = run(copy, *SMALL)
    assert _seconds_of_children() - began < 3
    assert "Nothing changed" in said
    assert bytes_of(copy) == before


@pytest.mark.parametrize(
    ("broken", "lost"), [("one-event/one-event.html", 1), ("one-event/data/fits.csv", 1)]
)
def test_a_changed_file_is_made_again_and_only_that_report(copy, broken, lost):
    before = bytes_of(copy)
    (copy / broken).write_text("half a pa")
    said = report(copy, *SMALL)
    assert said.count("done ") == lost
    assert "1 as they were" in said
    assert bytes_of(copy) == before


@pytest.mark.parametrize("how", ["cut", "absent"])
def test_publish_tells_of_damage_and_report_heals_it(how, copy, tmp_path, capsys):
    [study] = (copy / "_store").glob("*/run.json")
    [page, *_] = (copy / "events").glob("*.html")
    before, tables = bytes_of(copy), {file: file.read_bytes() for file in study.parent.glob("*")}
    damaged = [copy / name for name in ("manifest.json", "index.html", ".stamp.json",
               "data/tests.csv", "data/run.json", "one-event/.stamp.json")]  # fmt: skip
    for file in (*damaged, page, study, study.with_name("tests.csv")):
        content = file.read_bytes()
        file.unlink() if how == "absent" else file.write_bytes(content[: len(content) // 2])
    publish = ["publish", "--reports", str(copy), str(tmp_path / "site")]
    assert main(publish) == 2
    assert "Run market-reaction report" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
    said = report(copy, *SMALL)
    assert how == "absent" or "not whole (run.json); it is computed anew" in said
    assert bytes_of(copy) == before
    assert {file: file.read_bytes() for file in study.parent.glob("*")} == tables
    assert main(publish) == 0


def test_force_runs_all_again_to_the_same_bytes(copy):
    before = bytes_of(copy)
    said = report(copy, *SMALL, "--force")
    assert said.count("done ") == 2
    assert "usually" in said  # how long it took last time
    assert bytes_of(copy) == before


def test_other_parameters_run_again_and_say_why(copy):
    said = report(copy, *SMALL, "--event-window", "-1", "1")
    assert "due    one-event: changed since last time: parameters, study" in said


def test_another_banner_makes_every_page_again(copy):
    workspace = Workspace(small_workspace(), reports=copy)
    asked = {"only": ["simulated-market"], "parts": {"asked": "the same"}}
    plain = io.StringIO()
    build_reports(workspace, SMALL_RUN, **asked, stream=plain)
    assert "1 as they were" in plain.getvalue()
    said = io.StringIO()
    build_reports(workspace, SMALL_RUN, **asked, banner="Nobody has read this.", stream=said)
    assert "due    simulated-market: changed since last time: words" in said.getvalue()
    for page in ("index.html", "simulated-market/simulated-market.html"):
        assert "Nobody has read this." in (copy / page).read_text(encoding="utf-8")
    assert not up_to_date(copy, asked["parts"])
    build_reports(workspace, SMALL_RUN, **asked, stream=io.StringIO())
    for page in ("index.html", "simulated-market/simulated-market.html"):
        assert "Nobody has read this." not in (copy / page).read_text(encoding="utf-8")
    assert up_to_date(copy, asked["parts"])


def test_two_runs_at_once_wait_for_each_other(small_site, tmp_path):
    out = tmp_path / "reports"
    both = [start(out, *SMALL), start(out, *SMALL)]
    said = sorted((process.communicate(timeout=120)[0] for process in both), key=len)
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("waiting for it to end" in text for text in said) == 1
    assert sum(text.count("done ") for text in said) == 2  # each notebook once
    assert bytes_of(out) == bytes_of(small_site)


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_at_once_and_leaves_no_kernel(computed, tmp_path, how):
    process = start(computed, *SMALL, MARK=str(tmp_path))
    for line in process.stdout:
        if "Notebooks" in line:
            break
    _wait_for(lambda: len(processes_of(str(tmp_path))) > 2, "a kernel")
    time.sleep(1.0)
    process.send_signal(how)
    began = time.perf_counter()
    said, _ = process.communicate(timeout=30)
    assert time.perf_counter() - began < 4
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert not any(file.suffix == ".tmp" for file in computed.iterdir())
    assert linux_only(lambda: processes_of(str(tmp_path)) == [])


@posix
def test_killed_runs_finish_to_the_same_bytes(small_site, tmp_path):
    whole = bytes_of(small_site)
    assert crash_and_finish(
        tmp_path / "reports", SMALL, crashes=3, longest=6, seed=7, whole=whole
    )  # fmt: skip


@posix
def test_what_was_finished_before_a_kill_is_kept(kernels, computed, tmp_path):
    process = start(computed, *SMALL, "--jobs", "1", MARK=str(tmp_path))
    for line in process.stdout:
        if "done " in line:
            break
    process.kill()
    process.communicate(timeout=30)
    _wait_for(lambda: processes_of(str(tmp_path)) == [], "the end of its kernels", seconds=5)
    said = report(computed, *SMALL)
    assert said.count("done ") == 1
    assert "1 as they were" in said


def test_a_read_only_folder_is_a_clear_message(tmp_path):
    tmp_path.chmod(0o500)
    process = start(tmp_path / "reports", before=without_privileges())
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 6, said
    assert "cannot be written" in said
    assert "Permission denied" in said
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_a_clear_message(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["report", "--workspace", str(ROOT), "--out", str(tmp_path / "file" / "out")]) == 6
    assert "Choose another folder with --out" in capsys.readouterr().err


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9], ids=["a tenth", "half", "nearly all"])
def test_a_full_disk_is_a_clear_message(small_site, tmp_path, share):
    whole = sum(file.stat().st_size for file in small_site.rglob("*") if file.is_file())
    process = start(tmp_path, *SMALL, before=on_a_disk_of(int(share * whole), tmp_path))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 6, said
    assert "No space left on device" in said
    assert "Traceback" not in said
    assert ".tmp" not in said.splitlines()[-1]


def test_a_disk_that_is_full_in_the_middle_of_a_file_leaves_no_part(tmp_path, monkeypatch, capsys):
    import errno

    opened = Path.open

    def full(path, mode="r", *given, **named):
        stream = opened(path, mode, *given, **named)
        if mode == "wb":
            stream.write(b"half")
            stream.close()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return stream

    monkeypatch.setattr(Path, "open", full)
    assert (
        main(["report", "--workspace", str(small_workspace()), "--out", str(tmp_path), *SMALL]) == 6
    )
    assert "No space left on device" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.tmp"))


# -- stamps --------------------------------------------------------------------------------------


def test_a_stamp_vouches_for_files_and_parts(tmp_path):
    (tmp_path / "page.html").write_text("whole")
    assert changed_parts(tmp_path, {"code": "a"}) is None
    write_stamp(tmp_path, {"code": "a", "study": "b"}, visible_files(tmp_path))
    assert changed_parts(tmp_path, {"code": "a", "study": "b"}) == ()
    assert changed_parts(tmp_path, {"code": "c", "study": "b"}) == ("code",)
    assert changed_parts(tmp_path, {"code": "a"}) == ("study",)
    (tmp_path / "page.html").write_text("half")
    assert changed_parts(tmp_path, {"code": "a", "study": "b"}) == ("files",)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"parts": 1, "files": 2}'])
def test_a_broken_stamp_is_no_stamp(tmp_path, text):
    (tmp_path / ".stamp.json").write_text(text)
    assert read_stamp(tmp_path) is None


def test_a_stamp_is_a_small_file_without_a_time(small_site):
    text = (small_site / "one-event" / ".stamp.json").read_text()
    assert len(text) < 10_000
    assert set(json.loads(text)) == {"parts", "files"}


def test_kill_at_reports_the_signal(tmp_path):
    assert kill_at(tmp_path / "reports", 0.05, *SMALL) == -signal.SIGKILL
