"""The engine against a statsmodels loop and against the bound, in one run.

    python benchmarks/engine.py            # 20, 200, 2,000, 20,000 events
    python benchmarks/engine.py --large    # and 100,000 events over 2,000 securities

Same work for all: market model, 250 estimation days, event window [-10,+10], statistics of [0,0]
and [-10,+10]. The engine goes through the public entry point, from frames to test results. Times
are the best of several rounds; peak memory (Linux) is that of a process of its own, once with the
data alone and once with the whole battery.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from bound import statistics

import analysis
from analysis import StudySpec
from analysis.engine.inference import TESTS

ESTIMATION, EVENT = (-260, -11), (-10, 10)
WINDOWS = [(0, 0), (-10, 10)]
FIVE = ["cross_sectional_t", "patell_z", "bmp_t", "corrado_rank_z", "kolari_pynnonen_t"]
SPEC = StudySpec(estimation_window=ESTIMATION, event_window=EVENT, windows=tuple(WINDOWS))
SIZES = (20, 200, 2_000, 20_000)
LARGE = 100_000


def data(n_events: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Random returns of 2,500 sessions and events spread over them, by seed."""
    rng = np.random.default_rng(n_events)
    n_securities = int(np.clip(n_events // 5, 20, 2_000))
    sessions = pd.bdate_range("2014-01-01", periods=2_500)
    market = rng.normal(0, 0.01, 2_500)
    values = (
        rng.normal(0, 0.02, (n_securities, 2_500))
        + rng.uniform(0.5, 1.5, (n_securities, 1)) * market
    )
    names = [f"S{i:04d}" for i in range(n_securities)]
    returns = pd.DataFrame(values.T, index=sessions, columns=names)
    place = rng.choice(n_securities * 2_200, n_events, replace=False)
    events = pd.DataFrame(
        {
            "event_id": np.arange(n_events),
            "security": np.array(names)[place % n_securities],
            "session": sessions[270 + place // n_securities],
        }
    )
    return returns, events, pd.Series(market, index=sessions, name="market")


def engine(
    returns: pd.DataFrame, events: pd.DataFrame, market: pd.Series, names: list[str]
) -> dict:
    result = analysis.event_study(returns, events, benchmark=market, spec=SPEC)
    return {w: [result.test(name, w).statistic for name in names] for w in WINDOWS}


def statsmodels_loop(returns: pd.DataFrame, events: pd.DataFrame, market: pd.Series) -> None:
    """Fit and forecast every event the way most scripts do; no test at all."""
    import statsmodels.api as sm

    x = sm.add_constant(market.to_numpy())
    for event in events.itertuples():
        row = returns.index.get_loc(event.session)
        y = returns[event.security].to_numpy()
        days = slice(row + ESTIMATION[0], row + ESTIMATION[1] + 1)
        window = slice(row + EVENT[0], row + EVENT[1] + 1)
        fit = sm.OLS(y[days], x[days]).fit()
        forecast = fit.get_prediction(x[window])
        _ = (y[window] - forecast.predicted_mean) / forecast.se_obs


def best(work: dict[str, Callable[[], object]], *, seconds: float = 12.0) -> dict[str, float]:
    """Best time of each work over rounds that run all of them, so that noise hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in work}
    start = time.perf_counter()
    while len(times["bound"]) < 3 or time.perf_counter() - start < seconds:
        for name, run in work.items():
            gc.collect()
            begin = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - begin)
        if len(times["bound"]) >= 40:
            break
    return {name: min(found) for name, found in times.items()}


def peak_mib(n_events: int, what: str) -> float:
    """Peak memory of one run in a process of its own, MiB."""
    command = [sys.executable, __file__, "--one", str(n_events), what]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run_one(n_events: int, what: str) -> None:
    returns, events, market = data(n_events)
    if what != "nothing":
        engine(returns, events, market, FIVE if what == "five" else list(TESTS))
    status = Path("/proc/self/status").read_text()  # ru_maxrss would hold the parent's peak, too
    print(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def measure(n_events: int) -> dict[str, float]:
    returns, events, market = data(n_events)
    arrays = np.ascontiguousarray(returns.to_numpy().T)
    column = pd.Index(returns.columns).get_indexer(events["security"])
    row = returns.index.get_indexer(events["session"])

    def bound() -> dict:
        return statistics(
            arrays,
            market.to_numpy(),
            row,
            column,
            estimation=ESTIMATION,
            event=EVENT,
            windows=WINDOWS,
        )

    ours, theirs = engine(returns, events, market, FIVE), bound()
    for window in WINDOWS:
        np.testing.assert_allclose(ours[window][:4], theirs[window][:4], rtol=1e-8, atol=1e-8)
        # pair by pair up to 100 events, and the same series counts fully in ours
        np.testing.assert_allclose(ours[window][4], theirs[window][4], rtol=0.01)
    some = events.iloc[:200]
    times = best(
        {
            "loop": lambda: statsmodels_loop(returns, some, market),
            "bound": bound,
            "five": lambda: engine(returns, events, market, FIVE),
            "all": lambda: engine(returns, events, market, list(TESTS)),
        }
    )
    return {**times, "loop": times["loop"] / len(some) * n_events}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="add 100,000 events")
    parser.add_argument("--no-memory", action="store_true", help="leave out peak memory")
    parser.add_argument("--one", nargs=2, metavar=("N", "WHAT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run_one(int(options.one[0]), options.one[1])
        return
    sizes = [*SIZES, LARGE] if options.large else list(SIZES)
    print(f"{len(TESTS)} tests in the battery; seconds, best of several runs")
    print("events   loop      bound    five     x bound  battery  x bound  x loop  MiB data/all")
    seconds = {}
    for n in sizes:
        t = seconds[n] = measure(n)
        memory = (
            "" if options.no_memory else f"{peak_mib(n, 'nothing'):.0f}/{peak_mib(n, 'all'):.0f}"
        )
        print(
            f"{n:<8,} {t['loop']:<9.3f} {t['bound']:<8.4f} {t['five']:<8.4f} "
            f"{t['five'] / t['bound']:<8.2f} {t['all']:<8.4f} {t['all'] / t['bound']:<8.2f} "
            f"{t['loop'] / t['five']:<7.0f} {memory}"
        )
    low, high = sizes[-2], sizes[-1]
    for name in ("bound", "five", "all"):
        growth = np.log(seconds[high][name] / seconds[low][name]) / np.log(high / low)
        print(f"growth exponent from {low:,} to {high:,} events, {name}: {growth:.2f}")


if __name__ == "__main__":
    main()
