"""The same study on a dask cluster: equal to the last bit, whatever happens to its workers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cluster_tasks
import numpy as np
import pandas as pd
import psutil
import pytest
from partitioned_data import EVERYTHING, FIGURES, Data, assert_same, make_data, poisoned
from report_runs import hear_interrupts, small_workspace

import analysis.scale.source
from analysis import StudySpec, partitioned_study
from analysis.__main__ import main
from analysis.engine.recovery import recovery
from analysis.engine.simulate import SimulationSpec, simulated_abnormal
from analysis.engine.size_study import size_study
from analysis.errors import InputError, ReportError, StudyError
from analysis.tasks import InProcess, OnCluster, connected
from analysis.tasks import cluster as scheduling

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _a_file_is_a_partition(monkeypatch):
    monkeypatch.setattr(analysis.scale.source, "PARTITION_BYTES", 1)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Data:
    return make_data(tmp_path_factory.mktemp("data"), n_files=12, n_securities=36)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Cluster:
    """A scheduler and two workers as processes of their own."""

    def __init__(self, folder: Path) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        port = self.address.rsplit(":", 1)[1]
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", port)
        self.workers = [self.worker(), self.worker()]

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *command, "--no-dashboard"],
            cwd=self.folder, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", self.address, "--nthreads", "1", "--no-nanny")

    def mend(self) -> Cluster:
        """Replace workers that were killed."""
        self.workers = [w if w.poll() is None else self.worker() for w in self.workers]
        return self

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()


class Ended:
    """A future that has ended, well or not."""

    def __init__(self, value: object) -> None:
        self.value, self.status = value, "error" if isinstance(value, Exception) else "finished"

    def exception(self) -> object:
        return self.value

    result = exception

    def add_done_callback(self, tell) -> None:
        tell(self)


class KilledWorker(Exception):
    """As dask says that workers died, by its name."""


class Unlucky:
    """A client whose first merges are killed, beside a task that ends its workers."""

    status = "running"

    def __init__(self, merges_to_kill: int) -> None:
        self.left, self.keys = merges_to_kill, []

    def submit(self, merge, first, second, *, key: str) -> Ended:
        self.keys.append(key)
        self.left -= 1
        return Ended(KilledWorker() if self.left >= 0 else merge(first.value, second.value))


@pytest.fixture(scope="module")
def clusters(tmp_path_factory) -> Iterator[list[Cluster]]:
    made = [Cluster(tmp_path_factory.mktemp("cluster"))]
    try:
        yield made
    finally:
        for one in made:
            one.stop()


@pytest.fixture
def cluster(clusters) -> Cluster:
    """One cluster for all tests, mended; another one where its scheduler was killed."""
    if clusters[-1].scheduler.poll() is not None:
        clusters.append(Cluster(clusters[-1].folder))
    return clusters[-1].mend()


def study(data: Data, scheduler: str | None, **more):
    return partitioned_study(
        data.prices,
        data.event_file,
        benchmark=data.benchmark,
        spec=EVERYTHING,
        scheduler=scheduler,
        **more,
    )


def test_a_local_cluster_gives_the_same_bytes_as_one_process(data, tmp_path):
    study(data, None, out=tmp_path / "alone")
    seen: list[str] = []
    found = study(data, "local:2", out=tmp_path / "cluster", tell=seen.append)
    assert_same(found, data.in_memory())
    assert seen[0].startswith("Computing on tcp://127.0.0.1:")
    assert "dashboard: http://127.0.0.1:" in seen[0]
    files = sorted(p.relative_to(tmp_path / "alone") for p in (tmp_path / "alone").rglob("[!.]*.*"))
    assert len(files) == 24  # ladder.csv and path.csv among them
    for file in files:
        assert (tmp_path / "alone" / file).read_bytes() == (
            tmp_path / "cluster" / file
        ).read_bytes()


def test_processes_of_their_own_over_tcp_and_a_worker_killed_while_it_writes(
    data, tmp_path, cluster
):
    """The dead cost no figure and leave no half file; those of other runs are left alone."""
    alone = study(data, None, out=tmp_path / "alone")
    killed: list[int] = []

    def kill_one(label: str, done: int, total: int) -> None:
        if label == "second pass" and done == 1:
            (tmp_path / "tcp" / ".part-00003.other-run.unfinished").write_bytes(b"of another run")
            victim = cluster.workers[0]
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            killed.append(victim.pid)

    found = study(data, cluster.address, out=tmp_path / "tcp", progress=kill_one)
    assert killed
    assert found.lost == {}
    assert found.where.startswith(cluster.address)
    pd.testing.assert_frame_equal(found.tests(), alone.tests(), check_exact=True)
    for name in ("tests.csv", "windows.csv", "aar.csv", "reactions/part-00007.parquet"):
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "tcp" / name).read_bytes()
    left = [file.name for file in (tmp_path / "tcp").iterdir() if "unfinished" in file.name]
    assert left == [".part-00003.other-run.unfinished"]


def test_a_poisoned_partition_on_a_cluster(tmp_path, cluster):
    data = make_data(tmp_path / "good")
    poisoned(data, tmp_path)
    broken = Data(tmp_path, data.closes, data.index, data.events)
    found = partitioned_study(
        broken.prices, broken.event_file, benchmark=data.benchmark, spec=EVERYTHING,
        scheduler=cluster.address,
    )  # fmt: skip
    alone = partitioned_study(
        broken.prices, broken.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    assert found.lost == alone.lost
    assert set(found.lost) == {"p1.parquet", "p3.parquet"}
    pd.testing.assert_frame_equal(found.outcomes, alone.outcomes)
    np.testing.assert_array_equal(found.tests()[FIGURES], alone.tests()[FIGURES])


def test_results_that_die_with_their_workers_are_computed_again():
    asked: list[tuple[int, str]] = []

    def submit(item: int, chance: str) -> Ended:
        asked.append((item, chance))
        return Ended(ValueError("bad") if item == 2 else [item])

    def reduced(merges_to_kill: int):
        client = Unlucky(merges_to_kill)
        run = scheduling._Reduction(client, submit, 5, cluster_tasks.joined, "merge")  # type: ignore[arg-type]
        seen: list[int] = []
        found = run.finish(seen.append)
        assert seen == [1, 2, 3, 4, 5]
        assert len(set(client.keys)) == len(client.keys)
        return found

    for merges in range(scheduling.RESTARTS + 1):
        found = reduced(merges)
        assert found.result == [0, 1, 3, 4]
        assert found.lost == {2: "ValueError: bad"}
    assert (0, "-again1") in asked
    assert (2, "-again1") not in asked
    with pytest.raises(StudyError, match="lost a result for good"):
        reduced(scheduling.RESTARTS + 1)


def test_tasks_a_scheduler_let_go_are_asked_again_and_given_up_in_the_end():
    def reduced(times: int, status: str = "running"):
        asked: list[tuple[int, str]] = []

        def submit(item: int, chance: str) -> Ended:
            asked.append((item, chance))
            future = Ended([item])
            mine = sum(one == 1 for one, _ in asked)
            future.status = "cancelled" if item == 1 and mine <= times else "finished"
            return future

        client = Unlucky(0)
        client.status = status
        run = scheduling._Reduction(client, submit, 3, cluster_tasks.joined, "merge")  # type: ignore[arg-type]
        seen: list[int] = []
        return run.finish(seen.append), seen, asked

    for times in range(scheduling.RESTARTS + 1):
        found, seen, asked = reduced(times)
        assert (found.result, found.lost, seen) == ([0, 1, 2], {}, [1, 2, 3])
        assert asked[3:] == [(1, f"-again{n}") for n in range(1, times + 1)]
    for times, status in ((scheduling.RESTARTS + 1, "running"), (1, "connecting")):
        with pytest.raises(StudyError, match="the scheduler is gone or cancelled the run"):
            reduced(times, status)


def test_an_output_that_cannot_be_written_ends_the_run(local):
    with pytest.raises(ReportError, match="cannot be written"):
        local.run("full", cluster_tasks.full, [0, 1, 2], merge=cluster_tasks.joined)


def test_an_interrupt_of_the_terminal_reaches_the_workers_of_nobody(data, tmp_path):
    command = [
        sys.executable, "-m", "analysis", "study", "--prices", str(data.prices), "--events",
        str(data.event_file), "--benchmark", str(data.benchmark), "--out", str(tmp_path / "out"),
        "--scheduler", "local:2",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True,
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=hear_interrupts,
    )  # fmt: skip
    said = process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
    rest = process.communicate(timeout=30)[1]
    assert said.startswith("Computing on tcp://127.0.0.1:")
    assert process.returncode == 130
    assert "Traceback" not in rest
    deadline = time.perf_counter() + 10
    while left := alive_in_group(process.pid):
        assert time.perf_counter() < deadline, left
        time.sleep(0.1)


def alive_in_group(group: int) -> list[list[str]]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.cmdline())
    return found


def test_a_command_over_tcp(data, tmp_path, cluster, capsys):
    options = ["--benchmark", str(data.benchmark), "--out", str(tmp_path / "out")]
    given = ["study", "--prices", str(data.prices), "--events", str(data.event_file), *options]
    assert main([*given, "--scheduler", cluster.address, "--tests", "all"]) == 0
    said = capsys.readouterr()
    assert f"Computing on {cluster.address}" in said.err
    assert "of 300 events computed" in said.out


# -- the scheduler itself ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def local() -> Iterator[OnCluster]:
    with connected("local:2") as where:
        assert isinstance(where, OnCluster)
        yield where


@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 16])
def test_results_are_merged_in_the_order_of_the_items(local, n):
    items = list(range(n))
    expected = [i * i for i in items] or None
    for where in (InProcess(), local):
        found = where.run("squares", cluster_tasks.square, items, merge=cluster_tasks.joined)
        assert found.result == expected
        assert found.lost == {}


def test_a_task_that_raises_costs_its_own_item(local):
    for where in (InProcess(), local):
        found = where.run("faulty", cluster_tasks.faulty, [0, 1, 2, 3], merge=cluster_tasks.joined)
        assert found.result == [0, 2, 3]
        assert found.lost == {1: "ValueError: one value"}


def test_a_task_that_kills_every_worker_costs_its_own_item(local):
    found = local.run("deadly", cluster_tasks.deadly, [0, 1, 2, 3], merge=cluster_tasks.joined)
    assert found.result == [0, 1, 3]
    assert "every worker that took it died" in found.lost[2]


def test_an_interrupted_run_cancels_what_it_started(local, tmp_path):
    def interrupt(label: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    marks = [str(tmp_path / f"{i}") for i in range(40)]
    with pytest.raises(KeyboardInterrupt):
        local.run(
            "marking", cluster_tasks.marking, marks, merge=cluster_tasks.joined, progress=interrupt
        )
    found = local.run("squares", cluster_tasks.square, [1, 2], merge=cluster_tasks.joined)
    assert found.result == [1, 4]
    assert 1 <= len(list(tmp_path.iterdir())) < 20  # only those that ran when it was interrupted


def test_progress_counts_every_item_once(local):
    for where in (InProcess(), local):
        seen: list[tuple[str, int, int]] = []
        where.run(
            "squares", cluster_tasks.square, [1, 2, 3], merge=cluster_tasks.joined,
            progress=lambda *told, seen=seen: seen.append(told),
        )  # fmt: skip
        assert seen == [("squares", 1, 3), ("squares", 2, 3), ("squares", 3, 3)]


def test_no_worker_at_all_ends_with_a_reason(cluster, monkeypatch):
    monkeypatch.setattr(scheduling, "WITHOUT_WORKERS", 1.0)
    monkeypatch.setattr(scheduling, "_LOOK_EVERY", 0.5)
    for worker in cluster.workers:
        worker.kill()
        worker.wait()
    with (
        connected(cluster.address) as where,
        pytest.raises(StudyError, match="no worker has been connected"),
    ):
        where.run("squares", cluster_tasks.square, [1, 2], merge=cluster_tasks.joined)


def test_the_scheduler_going_away_ends_with_a_reason(cluster, monkeypatch):
    monkeypatch.setattr(scheduling, "_LOOK_EVERY", 0.5)
    with connected(cluster.address) as where:
        threading.Timer(1.0, cluster.scheduler.kill).start()
        with pytest.raises(StudyError, match="scheduler is gone"):
            where.run("slow", cluster_tasks.slow, list(range(60)), merge=cluster_tasks.joined)


def test_workers_with_other_code_are_refused(local, monkeypatch):
    monkeypatch.setattr(scheduling, "code_hash", lambda: "another version")
    with pytest.raises(InputError, match="another version of this package"):
        local.run("squares", cluster_tasks.square, [1, 2], merge=cluster_tasks.joined)


# -- simulations and placebo draws -------------------------------------------------------------


@pytest.fixture(scope="module")
def address(local) -> str:
    """The cluster of ``local``, as others would name it."""
    return local.where.split()[0]


def test_simulations_do_not_depend_on_the_workers(address):
    asked = {"n_panels": 260, "seed": 3, "n_events": (4,), "effects": (0.02,), "tests": ("bmp_t",)}
    alone, there = size_study(**asked), size_study(**asked, scheduler=address)
    pd.testing.assert_frame_equal(there.size, alone.size, check_exact=True)
    pd.testing.assert_frame_equal(there.power, alone.power, check_exact=True)
    study = StudySpec(windows=((0, 0), (0, 1)))
    alone, there = recovery(120, 2, study=study), recovery(120, 2, study=study, scheduler=address)
    pd.testing.assert_frame_equal(there.coverage, alone.coverage, check_exact=True)
    pd.testing.assert_frame_equal(there.size, alone.size, check_exact=True)
    pd.testing.assert_frame_equal(there.estimates, alone.estimates, check_exact=True)


def test_a_panel_is_the_same_in_any_batch():
    market, method = SimulationSpec(n_events=3), StudySpec()
    whole = simulated_abnormal(market, method, n_panels=7, seed=5)
    part = simulated_abnormal(market, method, n_panels=2, seed=5, first=4)
    for mine, other in zip(part, whole[4:6], strict=True):
        np.testing.assert_array_equal(mine.ar, other.ar)


def test_placebo_draws_do_not_depend_on_the_workers(address, tmp_path):
    few = ["--workspace", str(small_workspace())]
    given = ["study", *few, "--market", "NVDA", "--draws", "12000", "--out"]
    assert main([*given, str(tmp_path / "alone")]) == 0
    assert main([*given, str(tmp_path / "there"), "--scheduler", address]) == 0
    for name in ("family.csv", "pooled.csv"):
        alone, there = ((tmp_path / where / name).read_bytes() for where in ("alone", "there"))
        assert alone == there
    family = pd.read_csv(tmp_path / "alone" / "family.csv")
    assert set(family["n_draws"]) == {12000}
    assert family["p_stepdown"].min() >= 1 / 12001
