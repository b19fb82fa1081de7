"""Runs of the command in a process of their own, for tests that kill it; not a test itself.

They run on a workspace with a few of the founding events: what is tested are the runs, and all 52
pages of events would be written each time.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from analysis.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
SMALL = (
    "--only", "one-event", "simulated-market", "--market", "NVDA",
    "--event", "nvidia-h20-resumption-2025-07-14", "trump-xi-call-2025-06-05",
)  # fmt: skip
LONGEST = 120.0
_STARTING = 0.3
"""Share of a whole run that also a run with little left to do takes."""


@functools.cache
def small_workspace() -> Path:
    """Return a copy of the founding workspace with the events its articles and reports lead with.

    It lies in a folder of its own that goes with this process.
    """
    root = Path(tempfile.mkdtemp(prefix="small-workspace-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    for part in ("seeds", "data", "notebooks", "docs"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("cache"))
    read = {
        name: yaml.safe_load((root / "seeds" / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in ("articles", "events", "studies")
    }
    kept = {article["headline_event"] for article in read["articles"]}
    kept |= {study["parameters"].get("event_id") for study in read["studies"]}
    few = [event for event in read["events"] if event["id"] in kept]
    text = yaml.safe_dump(few, allow_unicode=True, sort_keys=False)
    (root / "seeds" / "events.yaml").write_text(text, encoding="utf-8")
    return root


def hear_interrupts() -> None:
    """Let a child hear SIGINT also where this process was started to ignore it, as by ``&``."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(
    out: Path, *options: str, cwd: Path = ROOT, root: Path | None = None,
    before: Sequence[str] = (), **environment: str,
) -> subprocess.Popen[str]:  # fmt: skip
    """Start ``report`` into a folder, through another command if one is named."""
    command = [
        *before, sys.executable, "-m", "analysis", "report",
        "--workspace", str(root or small_workspace()), "--out", str(out), *options,
    ]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.Popen(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, preexec_fn=hear_interrupts,
    )  # fmt: skip


def run(
    out: Path, *options: str, cwd: Path = ROOT, root: Path | None = None, **environment: str
) -> str:
    """Run ``report`` to its end, which must be a good one; return what it printed."""
    process = start(out, *options, cwd=cwd, root=root, **environment)
    said, _ = process.communicate(timeout=LONGEST)
    assert process.returncode == 0, said
    return said


def without_privileges() -> list[str]:
    """Return the start of a command that writes only where its user may, root or not.

    Skips the test where neither is to be had.
    """
    if os.name != "posix":
        pytest.skip("permissions of POSIX")
    if os.geteuid() != 0:
        return []
    drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    _needs([*drop, "true"], "root may write all, and nothing drops its privileges")
    return drop


def on_a_disk_of(size: int, folder: Path) -> list[str]:
    """Return the start of a command that sees a disk of some bytes in place of a folder.

    Afterwards the names of half-written files left on it are printed. Skips the test where nothing
    can be mounted.
    """
    mount = f'mount -t tmpfs -o size={size} none "$0"'
    inside = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    _needs([*inside, mount, str(folder)], "no disk can be mounted")
    after = 'code=$?; find "$0" -name "*.tmp"; exit $code'
    return [*inside, f'{mount} && "$@"; {after}', str(folder)]


def _needs(command: Sequence[str], otherwise: str) -> None:
    found = shutil.which(command[0])
    if not found or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip(otherwise)


def processes_of(mark: str) -> list[int]:
    """Return the processes with a mark in their environment that are still there."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            marked = mark.encode() in (place / "environ").read_bytes()
            ended = "\nState:\tZ" in (place / "status").read_text()
        except OSError:
            continue
        if marked and not ended:
            found.append(int(place.name))
    return found


def report(out: Path, *options: str, root: Path | None = None) -> str:
    """Run ``report`` in this process to its end, which must be good; return what it printed."""
    asked = ["report", "--workspace", str(root or small_workspace()), "--out", str(out), *options]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = main(asked)
    assert code == 0, said.getvalue()
    return said.getvalue()


def kill_at(
    out: Path, seconds: float, *options: str, root: Path | None = None, how: int = signal.SIGKILL
) -> int:
    """Start a run and send it a signal after a while; return its exit code."""
    process = start(out, *options, root=root)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(how)
        process.communicate(timeout=LONGEST)
    return process.returncode


def bytes_of(out: Path) -> dict[str, str]:
    """Return the hash of every file a reader gets to see."""
    return {
        file.relative_to(out).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(out.rglob("*"))
        if file.is_file()
        and not any(p.startswith((".", "_store")) for p in file.relative_to(out).parts)
    }


def crash_and_finish(
    out: Path, options: Sequence[str], *, crashes: int, longest: float, seed: int,
    whole: Mapping[str, str], root: Path | None = None,
) -> int:  # fmt: skip
    """Kill runs at random moments, then finish; whatever stands must have its final bytes.

    Returns the number of runs that were killed: one that ends before its moment has finished all,
    so that nothing is left to kill.
    """
    moments = random.Random(seed)
    killed = 0
    for _ in range(crashes):
        left = _STARTING + (1 - _STARTING) * (1 - _finished_share(out, whole))
        moment = moments.uniform(0.2, left * longest)
        if kill_at(out, moment, *options, root=root) != -signal.SIGKILL:
            break
        killed += 1
        for name, found in bytes_of(out).items():
            assert found == whole.get(name), f"after kill {killed} with seed {seed}: {name}"
    report(out, *options, root=root)
    assert bytes_of(out) == whole, f"other bytes after {killed} kills with seed {seed}"
    return killed


def _finished_share(out: Path, whole: Mapping[str, str]) -> float:
    """Return how many of the reports need not be run again, so that moments fall into the rest."""
    pages = sum("/" in name and name.endswith(".html") for name in whole)
    return len(list(out.glob("*/.stamp.json"))) / pages


def torture(crashes: int, folder: Path) -> None:
    """Kill the core run until so many were killed, up to five in a folder; compare the bytes."""
    began = time.perf_counter()
    run(folder / "whole", root=ROOT)
    longest = time.perf_counter() - began
    whole = bytes_of(folder / "whole")
    killed, seed = 0, 0
    while killed < crashes:
        out = folder / f"crashed-{seed}"
        more = crash_and_finish(
            out,
            (),
            crashes=min(5, crashes - killed),
            longest=longest,
            seed=seed,
            whole=whole,
            root=ROOT,
        )
        if not more:
            longest *= 0.8  # the machine was busier when the first run was timed
        killed += more
        shutil.rmtree(out)
        seed += 1
        took = time.perf_counter() - began
        print(f"{killed} runs killed, {seed} finished to the same bytes, {took:.0f} s", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        torture(int(sys.argv[1]) if len(sys.argv) > 1 else 50, Path(place))
