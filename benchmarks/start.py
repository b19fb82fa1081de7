"""How long the command line takes to start: ``--help`` against a Python that does nothing.

Processor seconds, which a busy machine changes least: the best of several processes, alternating.
Limit: 0.1 s.

Run: ``python benchmarks/start.py [rounds]``
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 0.1


def seconds(command: list[str]) -> float:
    """Return the processor seconds of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(rounds: int = 7) -> int:
    commands = {"python": ["-c", "pass"], "--help": ["-m", "analysis", "--help"]}
    best = dict.fromkeys(commands, float("inf"))
    for _ in range(rounds):
        for name, command in commands.items():
            best[name] = min(best[name], seconds(command))
    ratio = best["--help"] / best["python"]
    print(f"--help {best['--help']:.3f} s, {ratio:.1f} x python alone ({best['python']:.3f} s)")
    return int(best["--help"] > SECONDS)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
