"""How a study grows with its markets: ten events in 4, 10, 20 and more simulated markets.

Each is a workspace of its own on disk, run as a user would: ``market-reaction study`` in a fresh
process (limits: 20 markets in 15 s and in less than 4 times what 4 take, 100 in two minutes), and
with ``report`` all pages as well. The exponent is the slope of log seconds on log markets between
the smallest and the largest: 1 grows with the markets, 2 with their pairs.

Run: ``python benchmarks/markets.py [report] [COUNT ...]``
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis.seeds.scaffold import new_workspace
from analysis.sessions.calendars import sessions_held
from analysis.sessions.closures import load_corrections
from reports import measure

COUNTS = (4, 10, 20, 50, 100)
SECONDS = {20: 15.0, 100: 120.0}
TIMES_FOUR = 4.0
PRICES = "data/simulated.csv"
EXCHANGES = ("XNYS", "XTKS", "XTAI", "XHKG", "XLON", "XETR", "XPAR", "XASX", "XKRX", "XTSE")
STUDIES = ("02_one_event", "03_all_events", "04_reactions_together", "10_correlation")


def workspace(parent: Path, count: int, *, n_events: int = 10) -> Path:
    """Write a workspace of so many markets with one common factor, and their events."""
    folder = new_workspace(f"markets-{count}", parent=parent)
    rng = np.random.default_rng(count)
    days = pd.bdate_range("2023-01-02", "2025-11-28")
    common = rng.standard_t(5, len(days)) * 0.008
    own = rng.standard_t(5, (len(days), count)) * 0.008
    returns = np.column_stack([common, 0.6 * common[:, None] + own])
    names = ["WORLD", *(f"M{i:03d}" for i in range(count))]
    prices = pd.DataFrame(100 * np.exp(np.cumsum(returns, axis=0)), index=days, columns=names)
    known = load_corrections(folder / "data" / "calendar_corrections.csv")
    for i, name in enumerate(names):
        held = sessions_held(_exchange(i), "2023-01-02", "2025-11-28", known).session
        prices.loc[~days.isin(held), name] = np.nan
    prices.round(4).rename_axis("date").to_csv(folder / PRICES)
    moments = days[rng.choice(np.arange(200, len(days) - 20), n_events, replace=False)]
    _write(folder, "markets", [_market(i, name) for i, name in enumerate(names)])
    _write(folder, "events", [_event(i, day) for i, day in enumerate(sorted(moments))])
    _write(folder, "studies", [_study(name) for name in STUDIES])
    return folder


def _exchange(number: int) -> str:
    """Return where the benchmark (0) and each market trade."""
    return EXCHANGES[(number - 1) % len(EXCHANGES) if number else 0]


def _market(number: int, name: str) -> dict[str, object]:
    place = {"exchange": _exchange(number)}
    same = {"symbol": name, "name": f"Market {name}", "short": name, "kind": "index"}
    role = {"role": "study", "benchmark": "WORLD", "model": "market_model"}
    return same | place | {"currency": "USD"} | (role if number else {"role": "related"})


def _event(number: int, day: pd.Timestamp) -> dict[str, object]:
    moment = f"{day.date()}T{9 + number % 8:02d}:30:00Z"
    return {
        "id": f"event-{number}",
        "title": f"Event {number}",
        "role": "context",
        "category": "macro" if number % 2 else "other",
        "announced": {"best": moment, "earliest": moment, "latest": moment, "precision": "minute",
                      "basis": "Simulated"},
        "implied_direction": {},
    }  # fmt: skip


def _study(name: str) -> dict[str, object]:
    known = {"event_id": "event-0"} if name == "02_one_event" else {}
    about = {"name": name[3:].replace("_", "-"), "title": f"{name}?", "question": f"{name}?"}
    return about | {"notebook": f"{name}.ipynb", "tier": "core", "parameters": known}


def _write(folder: Path, name: str, records: list[dict[str, object]]) -> None:
    text = yaml.safe_dump(records, sort_keys=False)
    (folder / "seeds" / f"{name}.yaml").write_text(text, encoding="utf-8")


def command(folder: Path, *, report: bool) -> list[str]:
    out = ["report"] if report else ["study", "--out", str(folder / "found")]
    where = ["--workspace", str(folder), "--prices", PRICES]
    return [sys.executable, "-m", "analysis", *out, *where]


def main(arguments: Sequence[str]) -> int:
    report = "report" in arguments
    counts = sorted(int(a) for a in arguments if a.isdigit()) or list(COUNTS)
    seconds, late = {}, []
    with tempfile.TemporaryDirectory() as parent:
        for count in counts:
            folder = workspace(Path(parent), count)
            found = measure(command(folder, report=report))
            seconds[count] = found.wall
            ratio = seconds[count] / seconds[counts[0]]
            print(
                f"{count:4d} markets: {seconds[count]:6.1f} s, {ratio:5.2f} x {counts[0]} markets "
                f"({found.processor:.1f} s of processor, load {os.getloadavg()[0]:.1f})",
                flush=True,
            )
            if seconds[count] > SECONDS.get(count, np.inf):
                late.append(f"{count} markets take more than {SECONDS[count]:.0f} s")
    if len(counts) > 1:
        low, high = counts[0], counts[-1]
        slope = np.log(seconds[high] / seconds[low]) / np.log(high / low)
        print(f"exponent from {low} to {high} markets: {slope:.2f}")
    if {4, 20} <= set(seconds) and seconds[20] > TIMES_FOUR * seconds[4]:
        late.append(f"20 markets take more than {TIMES_FOUR:.0f} times what 4 take")
    if late and not report:
        print("; ".join(late), file=sys.stderr)
    return int(bool(late) and not report)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
