"""Cold reports against plain ``exec`` of the same notebooks' code in one process.

Both compute the study anew and run the core studies; reports also run every notebook in a kernel of
its own through papermill and write all pages. Rounds alternate, so that a busy machine is as busy
for both. Wall seconds decide; processor seconds show what parallel kernels hide.

The target is for the notebooks' part: from the moment the study is there until the last notebook
has run and its page is written, against the cells alone, with the study at hand. The pages of
events, which no notebook makes, and the study, which is the same for both, are in the whole.

Run: ``python benchmarks/reports.py [rounds]``
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = 1.2
PLAIN = """
import json, sys, time
from pathlib import Path
from analysis.reactions.open_study import open_study
from analysis.seeds.articles import load_articles
from analysis.seeds.studies import load_studies
store = sys.argv[1]
articles = load_articles("seeds/articles.yaml")
open_study(workspace=".", store=store)
began = time.perf_counter()
for study in load_studies("seeds/studies.yaml", articles=articles):
    if study.tier != "core":
        continue
    names = {}
    for cell in json.loads(Path("notebooks", study.notebook).read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            if "parameters" in cell["metadata"].get("tags", ()):
                names.update(study.parameters, run=json.dumps({"workspace": ".", "store": store}))
print("cells", time.perf_counter() - began)
"""


@dataclass(frozen=True)
class Timing:
    """Wall and processor seconds of one process and its children."""

    wall: float
    processor: float
    said: str


def measure(command: Sequence[str], **environment: str) -> Timing:
    """Run a command to its good end."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", **environment}
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    after = os.times()
    processor = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return Timing(time.perf_counter() - began, processor, done.stdout)


def plain() -> Timing:
    with tempfile.TemporaryDirectory() as store:
        return measure([sys.executable, "-c", PLAIN, store])


def report(kernels: str = "") -> Timing:
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "analysis", "report", "--out", out]
        return measure(command, MARKET_REACTION_KERNELS=kernels)


def again() -> Timing:
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "analysis", "report", "--out", out, "--only", "one-event"]
        measure(command)
        return measure(command)


def moments(said: str) -> dict[str, float]:
    """Return when each part of a run began, from what it printed; ``done``: the last notebook."""
    lines = re.findall(r"^\[ *([\d.]+) s\] (Study|Notebooks|done|\d+ of)", said, re.MULTILINE)
    found = {word: float(seconds) for seconds, word in lines}
    return {("ready" if word.endswith("of") else word): s for word, s in found.items()}


def split(said: str) -> str:
    """Return how long each part of a run took."""
    at = moments(said)
    return (
        f"inputs {at['Study']:.1f} s, study {at['Notebooks'] - at['Study']:.1f} s, "
        f"notebooks {at['done'] - at['Notebooks']:.1f} s, "
        f"other pages {at['ready'] - at['done']:.1f} s"
    )


def notebooks_ratio(one: Timing, two: Timing) -> float:
    """Return the notebooks' part of a run of reports over the same cells alone."""
    at = moments(two.said)
    return (at["done"] - at["Notebooks"]) / float(one.said.split("cells")[1])


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    pairs = []
    for number in range(rounds):
        one, two = plain(), report()
        pairs.append((one, two))
        print(
            f"round {number + 1}: plain exec {one.wall:5.1f} s ({one.processor:4.1f} processor), "
            f"reports {two.wall:5.1f} s ({two.processor:4.1f}), {two.wall / one.wall:.2f} x "
            f"({two.processor / one.processor:.2f} x), notebooks {notebooks_ratio(one, two):.2f} x",
            flush=True,
        )
    best_plain, best = (
        min(p.wall for p, _ in pairs),
        min((r for _, r in pairs), key=lambda r: r.wall),
    )
    part = min(notebooks_ratio(one, two) for one, two in pairs)
    print(f"notebooks' part: {part:.2f} x plain exec (target {TARGET} x)")
    print(f"all, best of each: {best.wall / best_plain:.2f} x plain exec")
    print(f"split of the best: {split(best.said)}")
    print(f"ordinary kernels: {report('ordinary').wall / best_plain:.2f} x plain exec")
    print(f"second run, nothing changed: {again().wall:.2f} s")


if __name__ == "__main__":
    main()
