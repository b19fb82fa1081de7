"""Studies over partitions: time, peak memory and growth, in one process and on a local cluster.

    python benchmarks/scale.py                  # 10,000 and 100,000 events
    python benchmarks/scale.py --large          # and 1,000,000 over 5,000 securities
    python benchmarks/scale.py --write try 10000      # only write such data, to try things on

Market model, 250 estimation days, event window [-10,+10], all tests on [0,0] and [-10,+10]; from
Parquet files to tables on disk, one row per event included. The densities are the same at every
size: 200 events a security. Every run is a process of its own; `cluster` is a dask scheduler with
two worker processes of one thread. Peak memory is that of the largest process; `all` adds scheduler
and workers, each at its own peak. Processor seconds are those of all processes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

N_SESSIONS, PER_SECURITY, ROOM = 2_500, 200, 2_200
SIZES, LARGE = (10_000, 100_000), 1_000_000
WORKERS = 2
ROUNDS = {10_000: 3, 100_000: 2, 1_000_000: 1}


def write_data(folder: Path, n_events: int) -> None:
    """Write prices, events and an index as Parquet, by seed; files of 200 securities."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(n_events)
    n_securities = n_events // PER_SECURITY
    days = np.arange("2014-01-01", "2030-01-01", dtype="datetime64[D]")
    sessions = days[np.is_busday(days)][:N_SESSIONS]
    market = rng.normal(0, 0.01, N_SESSIONS)
    names = np.array([f"S{i:05d}" for i in range(n_securities)])
    (folder / "prices").mkdir(parents=True)
    n_files = max(4, n_securities // 200)
    for number, some in enumerate(np.array_split(np.arange(n_securities), n_files)):
        beta = rng.uniform(0.5, 1.5, (len(some), 1))
        moves = rng.normal(0, 0.02, (len(some), N_SESSIONS)) + beta * market
        table = pa.table(
            {
                "security": pa.array(np.repeat(names[some], N_SESSIONS)).dictionary_encode(),
                "session": pa.array(np.tile(sessions, len(some))),
                "close": 100 * np.exp(moves.cumsum(axis=1)).ravel(),
            }
        )
        pq.write_table(table, folder / "prices" / f"part-{number:05d}.parquet")
    place = np.sort(rng.choice(n_securities * ROOM, n_events, replace=False))
    events = {
        "event_id": pa.array([f"E{i:07d}" for i in range(n_events)]),
        "security": pa.array(names[place // ROOM]),
        "session": pa.array(sessions[270 + place % ROOM]),
    }
    pq.write_table(pa.table(events), folder / "events.parquet")
    index = {"session": pa.array(sessions), "close": 1000 * np.exp(market.cumsum())}
    pq.write_table(pa.table(index), folder / "index.parquet")


def run_one(folder: str, scheduler: str | None, out: str) -> None:
    """Run the study and print seconds, processor seconds, and peak MiB of this process."""
    import analysis.scale.source
    from analysis import StudySpec, partitioned_study
    from analysis.engine.inference import TESTS

    analysis.scale.source.PARTITION_BYTES = 1  # small data in several partitions, too
    spec = StudySpec(
        estimation_window=(-260, -11), event_window=(-10, 10),
        windows=((0, 0), (-10, 10)), tests=tuple(TESTS),
    )  # fmt: skip
    wall, cpu = time.perf_counter(), time.process_time()
    result = partitioned_study(
        f"{folder}/prices", f"{folder}/events.parquet", benchmark=f"{folder}/index.parquet",
        spec=spec, scheduler=scheduler, out=out, judged=False,
    )  # fmt: skip
    assert result.n_usable == result.n_requested
    found = {
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "mib": _own_peak(),
    }
    print(json.dumps(found))


def _own_peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(folder: Path, where: str) -> dict[str, float]:
    """Run the study in a process of its own, with a cluster beside it if asked for."""
    out = str(folder / f"out-{where}")
    if where == "process":
        return _study(folder, "none", out)
    from distributed import Client

    port = 20_000 + os.getpid() % 20_000
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    started = [
        subprocess.Popen([*dask, "scheduler", "--host", "127.0.0.1", "--port", str(port),
                          "--no-dashboard"], **quiet)
    ]  # fmt: skip
    started += [
        subprocess.Popen([*dask, "worker", address, "--nthreads", "1", "--no-nanny",
                          "--no-dashboard"], **quiet)
        for _ in range(WORKERS)
    ]  # fmt: skip
    try:
        with Client(address, timeout=30) as client:
            client.wait_for_workers(WORKERS, timeout=60)
            before = client.run(time.process_time)
            found = _study(folder, address, out)
            after = client.run(time.process_time)
            used = client.run(resource.getrusage, resource.RUSAGE_SELF).values()
            own = client.run_on_scheduler(resource.getrusage, resource.RUSAGE_SELF)
        found["cpu"] += sum(after.values()) - sum(before.values())
        peaks = [usage.ru_maxrss / 1024 for usage in used]
        found["worker_mib"] = max(peaks)
        found["all_mib"] = found["mib"] + own.ru_maxrss / 1024 + sum(peaks)
        return found
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def _study(folder: Path, scheduler: str, out: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", str(folder), scheduler, out]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="add 1,000,000 events")
    parser.add_argument("--write", nargs=2, metavar=("DIR", "N"), help="only write data")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        folder, scheduler, out = options.one
        run_one(folder, None if scheduler == "none" else scheduler, out)
        return
    if options.write:
        folder = Path(options.write[0])
        write_data(folder, int(options.write[1]))
        print(
            f"market-reaction study --prices {folder}/prices --events {folder}/events.parquet "
            f"--benchmark {folder}/index.parquet --out {folder}/result --tests all"
        )
        return
    sizes = [*SIZES, LARGE] if options.large else list(SIZES)
    print("                      seconds              processor seconds    peak MiB")
    print("events      process  cluster  ratio  process  cluster  ratio  process  worker  all")
    seconds: dict[str, list[float]] = {"process": [], "cluster": []}
    for n in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_data(folder, n)
            rounds = [
                {where: measure(folder, where) for where in seconds}
                for _ in range(ROUNDS.get(n, 1))
            ]
            same = (folder / "out-process" / "tests.csv").read_bytes()
            assert same == (folder / "out-cluster" / "tests.csv").read_bytes()
        best = {w: min((r[w] for r in rounds), key=lambda found: found["seconds"]) for w in seconds}
        p, c = best["process"], best["cluster"]
        for where, found in best.items():
            seconds[where].append(found["seconds"])
        print(
            f"{n:<11,} {p['seconds']:<8.1f} {c['seconds']:<8.1f} "
            f"{c['seconds'] / p['seconds']:<6.2f} {p['cpu']:<8.1f} {c['cpu']:<8.1f} "
            f"{c['cpu'] / p['cpu']:<6.2f} {p['mib']:<8.0f} {c['worker_mib']:<7.0f} "
            f"{c['all_mib']:.0f}",
            flush=True,
        )
    for where, found in seconds.items():
        growth = np.log(found[-1] / found[-2]) / np.log(sizes[-1] / sizes[-2])
        print(f"growth exponent from {sizes[-2]:,} to {sizes[-1]:,} events, {where}: {growth:.2f}")


if __name__ == "__main__":
    main()
