"""Forked kernels are kernels: the same bytes as ordinary ones, and nothing of each other."""

from __future__ import annotations

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from test_runner import write_notebook

from analysis.report import forkserver
from analysis.report.job import JobResult, NotebookJob
from analysis.report.jupyter import warm_kernels
from analysis.report.runner import run_reports

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

ROOT = Path(__file__).resolve().parents[2]
INLINE = """\
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 3, 2])
axes.set_title('drawn by pyplot');"""
FRAME = """\
import pandas as pd
pd.DataFrame({'a': [1.5, None]})"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
TRIES = """\
import os, pathlib, signal, time
tries = pathlib.Path('tries')
with tries.open('a') as file:
    print(os.getpid(), file=file)
if len(tries.read_text().split()) == 1:
    {}
print('went on')"""
NOTEBOOKS = {
    "inline": ("name = 'x'", INLINE),
    "frame": ("name = 'x'", FRAME, "print(name, pd.__version__)"),
    "state": (
        "name = 'x'",
        "import os, sys, matplotlib as mpl\n"
        "print(mpl.rcParams['backend'], os.getcwd(), os.environ['MPLBACKEND'], __name__)\n"
        "print(sys.path[:2], sys.argv[0].endswith('ipykernel_launcher.py'))",
        "print(In[-1], _dh == [os.getcwd()], sorted(n for n in dir() if not n.startswith('_')))",
    ),
    "error": ("name = 'x'", "def f():\n    raise KeyError(name)\nf()"),
    "leaves": (
        "name = 'x'",
        "import pandas as pd\npd.left_behind = 1\nprint(hasattr(pd, 'found'))",
    ),
    "looks": ("name = 'x'", "import pandas as pd\npd.found = 1\nprint(hasattr(pd, 'left_behind'))"),
}


@pytest.fixture(autouse=True, scope="module")
def _no_server_of_other_tests():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forkserver, "_CURRENT", None)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    for name, cells in NOTEBOOKS.items():
        write_notebook(folder / f"{name}.ipynb", *cells)
    return folder


def run(folder: Path, out: Path, *names: str) -> dict[str, JobResult]:
    jobs = [NotebookJob(name=n, title=n, notebook=folder / f"{n}.ipynb") for n in names]
    return {result.job.name: result for result in run_reports(jobs, out=out)}


@pytest.fixture(scope="module")
def both(folder, tmp_path_factory):
    """Every notebook run in ordinary kernels and in forked ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(forkserver.SWITCH, "ordinary")
        with warm_kernels():
            assert forkserver.current_fork_server() is None
            ordinary = run(folder, tmp_path_factory.mktemp("ordinary"), *NOTEBOOKS)
    with warm_kernels():
        assert forkserver.current_fork_server() is not None
        forked = run(folder, tmp_path_factory.mktemp("forked"), *NOTEBOOKS)
    return ordinary, forked


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_forked_kernels_leave_the_same_bytes(both, name):
    ordinary, forked = both
    assert forked[name].notebook.read_text() == ordinary[name].notebook.read_text()
    assert forked[name].page.read_bytes() == ordinary[name].page.read_bytes()
    assert forked[name].failure == ordinary[name].failure


def test_a_drawing_of_pyplot_appears(both):
    assert "image/png" in both[1]["inline"].notebook.read_text()


@pytest.mark.parametrize("name", ["leaves", "looks"])
def test_what_one_notebook_changes_no_other_sees(both, name):
    assert "False" in both[1][name].page.read_text()


def test_random_numbers_differ_between_kernels(tmp_path):
    code = "import random, numpy\nprint(random.random(), numpy.random.random())"
    for name in ("one", "two"):
        write_notebook(tmp_path / f"{name}.ipynb", "name = 'x'", code)
    with warm_kernels():
        found = run(tmp_path, tmp_path / "out", "one", "two")
    printed = {result.notebook.read_text().split('"text": ')[1][:60] for result in found.values()}
    assert len(printed) == 2


def test_seeds_are_read_before_kernels_are_forked(tmp_path):
    code = "import sys\nprint('read', len(sys.modules['analysis.seeds.catalogue']._LOADED), 'time')"
    write_notebook(tmp_path / "seeds.ipynb", "name = 'x'", code)
    with warm_kernels(ROOT / "seeds"):
        found = run(tmp_path, tmp_path / "out", "seeds")["seeds"]
    assert "read 1 time" in found.page.read_text()


def test_ordinary_kernels_take_over_when_the_zygote_dies(folder, tmp_path):
    with warm_kernels():
        server = forkserver.current_fork_server()
        server._process.kill()
        server._process.wait()
        found = run(folder, tmp_path, "frame")
    assert found["frame"].status == "ok"


def test_a_report_is_run_again_when_the_zygote_dies_under_it(folder, tmp_path):
    write_notebook(tmp_path / "waits.ipynb", "name = 'x'", TRIES.format("time.sleep(5)"))
    tries = tmp_path / "tries"
    with warm_kernels(), ThreadPoolExecutor() as pool:
        running = pool.submit(run, tmp_path, tmp_path / "out", "waits")
        for _ in range(300):
            if tries.exists():
                break
            time.sleep(0.1)
        forkserver.current_fork_server()._process.kill()
        found = running.result()["waits"]
    first, second = tries.read_text().split()
    assert (found.status, found.attempts) == ("ok", 2)
    assert not _runs(int(first))  # it would go on writing beside the second
    assert first != second
    assert "went on" in found.page.read_text()


def test_a_report_is_run_again_in_an_ordinary_kernel_when_its_kernel_dies(tmp_path):
    write_notebook(tmp_path / "dies.ipynb", "name = 'x'", TRIES.format(KILL))
    with warm_kernels():
        forked = run(tmp_path, tmp_path / "forked", "dies")["dies"]
        (tmp_path / "tries").unlink()
    ordinary = run(tmp_path, tmp_path / "ordinary", "dies")["dies"]
    for found in (forked, ordinary):
        assert (found.status, found.attempts) == ("ok", 2)
    assert forked.page.read_bytes() == ordinary.page.read_bytes()


def test_a_kernel_that_dies_twice_is_a_failure_and_stops_no_other(folder, tmp_path):
    write_notebook(folder / "dies.ipynb", "name = 'x'", f"import os, signal\n{KILL}")
    with warm_kernels():
        found = run(folder, tmp_path / "out", "dies", "frame")
    failure = found["dies"].failure
    assert (found["dies"].status, found["dies"].attempts) == ("failed", 2)
    assert (failure.error, failure.cell) == ("DeadKernelError", 2)
    assert "died again in an ordinary kernel" in failure.message
    assert found["frame"].status == "ok"


def test_a_cell_that_raises_is_not_run_again(both):
    assert [found["error"].attempts for found in both] == [1, 1]


def test_a_folder_of_kernels_is_left_with_no_process(folder, tmp_path):
    with warm_kernels():
        server = forkserver.current_fork_server()
        kernel = server.fork(["-f", str(tmp_path / "none.json")], cwd=str(tmp_path), env=os.environ)
        assert kernel.poll() is None
        zygote = server._process.pid
    for pid in (kernel.pid, zygote):
        for _ in range(50):
            if not _runs(pid):
                break
            time.sleep(0.1)
        assert not _runs(pid)


def test_an_end_of_the_runner_ends_the_zygote(tmp_path):
    server = forkserver.ForkServer(dict(os.environ))
    kernel = server.fork(["-f", str(tmp_path / "none.json")], cwd=str(tmp_path), env=os.environ)
    server.close()
    assert not _runs(kernel.pid)
    assert server.code(kernel.pid) == -signal.SIGKILL


def test_other_systems_start_kernels_as_usual(monkeypatch):
    monkeypatch.setattr(forkserver.sys, "platform", "darwin")
    assert forkserver.start_fork_server({}) is None


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
