"""Reactions from bars: how long they take, and how often they err where there is no news.

Run with ``python benchmarks/minutes.py`` for the times (limits, of the processor: the catalogue in
20 s, a million bars read, gated and laid in 5 s) and with ``python benchmarks/minutes.py size`` for
the tables of docs/methods.md, section 10: the share of ordinary sessions called unusual at 5 %, by
thirds of the realised variance of the 20 sessions before, on the bars of ``data/bars/`` and on
simulated ones.
"""

from __future__ import annotations

import io
import sys
import time

import numpy as np
import pandas as pd

from analysis.engine.minutes import PREVIOUS, Interval, Marks, volatility, window_statistics
from analysis.prices import prices_from_frame
from analysis.prices.bars import bars_from_frame
from analysis.reactions.minute_source import MinuteSource
from analysis.reactions.minute_windows import horizons
from analysis.reactions.minutes import minutes_table, moments
from analysis.reactions.run_inputs import gather_inputs
from analysis.reactions.run_spec import RunSpec
from analysis.seeds.markets import Market
from analysis.sessions import market_sessions
from analysis.sessions.closures import built_in
from analysis.sessions.marks import MarkGrid, aligned_marks, exchange_grid
from analysis.workspace import find_workspace

CATALOGUE_SECONDS, MILLION_SECONDS = 20.0, 5.0
MARKETS = 40
SHARE = Market("SH", "Share", "Share", "stock", "XNYS", "USD", "study", (), "")


def source() -> MinuteSource:
    return gather_inputs(find_workspace(), RunSpec()).study.keywords["minutes"]


def times() -> int:
    found = source()
    events = moments(found.seeds.events)
    started, used = time.perf_counter(), time.process_time()
    table = minutes_table(events, found.series)
    elapsed, catalogue = time.perf_counter() - started, time.process_time() - used
    print(
        f"{len(events)} events, {len(table):,} rows, bars and sessions read: {elapsed:.1f} s, "
        f"{catalogue:.1f} s of it on the processor"
    )
    days = pd.bdate_range("2005-01-03", "2025-12-31")
    price = np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, len(days)))) * 100
    frame = pd.DataFrame({"date": days, "SH": price})
    sessions = market_sessions(SHARE, prices_from_frame(frame), corrections=built_in())
    ends = [
        np.arange(o, c, np.timedelta64(120, "s"))[1:]
        for o, c in zip(sessions.open_at, sessions.close_at, strict=True)
    ]
    stamp = np.concatenate([np.append(e, c) for e, c in zip(ends, sessions.close_at, strict=True)])
    level = np.repeat(sessions.price, [len(e) + 1 for e in ends])
    text = pd.DataFrame({"bar_end": np.char.add(stamp.astype(str), "Z"), "close": level})[
        :1_000_000
    ]
    content = io.StringIO(text.to_csv(index=False))
    started, used = time.perf_counter(), time.process_time()
    frame = pd.read_csv(content, dtype=str)
    read = time.perf_counter() - started
    bars = bars_from_frame(frame, symbol="SH")["SH"]
    grid = exchange_grid(bars, sessions, index=False)
    elapsed, million = time.perf_counter() - started, time.process_time() - used
    print(
        f"{len(bars.time):,} bars in {len(grid.session):,} sessions read, gated and laid: "
        f"{elapsed / read:.1f} times reading the text alone; {elapsed:.1f} s, {million:.1f} s of "
        "it on the processor"
    )
    return int(catalogue > CATALOGUE_SECONDS or million > MILLION_SECONDS)


def size() -> int:
    print(
        "| rejects at 5 % | windows | all | calm | middle | turbulent |\n|---|---|---|---|---|---|"
    )
    series = source().series
    grids = {one.symbol: one.grid for one in series}
    for one in series:
        grid = one.grid
        marks = Marks(grid.price, grid.segment)
        for name in one.against:
            other = None if name == "total" else grids[name]
            if other is not None and other.timezone != grid.timezone:
                continue
            bench = None if other is None else Marks(*aligned_marks(grid, other))
            if len(grid.session) > 200:
                print(row(f"{one.symbol}, {name}", marks, intervals(grid), bench))
    rng = np.random.default_rng(20261127)
    simulated = [thirds(simulate(rng), fixed()) for _ in range(MARKETS)]
    print(line(f"{MARKETS} simulated markets", len(fixed()), np.mean(simulated, axis=0)))
    return 0


def intervals(grid: MarkGrid) -> list[Interval]:
    """Every window of every horizon that starts at a mark, and from the previous close."""
    found = []
    opened = grid.clock[0] - grid.step
    for h in horizons(grid).windows:
        for column, minute in enumerate((opened, *grid.clock[:: max(1, 30 // grid.step)])):
            end = int(np.searchsorted(grid.clock, minute + h))
            if end < len(grid.clock):
                start = PREVIOUS if column == 0 else int(np.searchsorted(grid.clock, minute))
                found.append(Interval(0, start, end))
    return found


def fixed() -> list[Interval]:
    return [Interval(0, start, start + 1) for start in range(12)] + [Interval(0, PREVIOUS, 0)]


def simulate(rng: np.random.Generator, sessions: int = 455, marks: int = 13) -> Marks:
    """Bars with a smile over the day, variance that clusters from day to day, and fat tails."""
    level = np.zeros(sessions)
    for day in range(1, sessions):
        level[day] = 0.94 * level[day - 1] + 0.22 * rng.standard_normal()
    smile = 1.0 + 0.8 * (np.linspace(-1, 1, marks) ** 2)
    noise = rng.standard_t(5, (sessions, marks + 1)) / np.sqrt(5 / 3)
    steps = 0.002 * np.exp(level)[:, None] * noise * np.append(3.0, smile)
    price = 100 * np.exp(np.cumsum(steps.ravel()).reshape(steps.shape))[:, 1:]
    return Marks(price, np.zeros(price.shape, dtype=np.int64))


def row(name: str, marks: Marks, chosen: list[Interval], bench: Marks | None) -> str:
    return line(name, len(chosen), thirds(marks, chosen, bench))


def line(name: str, windows: int, rates: np.ndarray) -> str:
    return f"| {name} | {windows} | " + " | ".join(f"{rate:.3f}"[1:] for rate in rates) + " |"


def thirds(marks: Marks, chosen: list[Interval], bench: Marks | None = None) -> np.ndarray:
    """Shares of sessions called unusual: all, and by thirds of recent realised variance."""
    v = volatility(marks, bench)
    steps = np.diff(np.log(marks.price), axis=1)
    recent = pd.Series(np.nansum(steps**2, axis=1)).rolling(20).mean().shift(1).to_numpy()
    rates = []
    for interval in chosen:
        z = np.abs(window_statistics(marks, interval, v, bench).z)
        known = np.isfinite(z) & np.isfinite(recent)
        if known.sum() < 100:
            continue
        order = np.argsort(np.argsort(-z[known]))
        unusual = (order + 1) / known.sum() <= 0.05
        third = np.digitize(recent[known], np.quantile(recent[known], [1 / 3, 2 / 3]))
        rates.append([unusual.mean(), *(unusual[third == t].mean() for t in range(3))])
    return np.mean(rates, axis=0)


if __name__ == "__main__":
    sys.exit(size() if sys.argv[1:] == ["size"] else times())
