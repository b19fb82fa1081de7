"""Joint placebo of the founding catalogue: arrays against a loop over draws, events and markets.

Run with ``python benchmarks/joint_placebo.py [DRAWS]``. The loop does the same work on 1/100 of the
draws and is scaled up; both give the same maxima for the same draws, which is checked.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from analysis.engine.inference.joint_placebo import family_p
from analysis.reactions.day_zero import day_zero
from analysis.reactions.instants import placebo_instants
from analysis.reactions.joint import distinct_cells, gather
from analysis.reactions.market_data import reaction_panel
from analysis.reactions.open_study import open_study

LIMIT_SECONDS = 5.0


def main(n_draws: int = 10_000) -> int:
    market_data = open_study().market_data()
    panel = reaction_panel(market_data)
    events = list(market_data.events)
    started = time.perf_counter()
    days = day_zero(market_data, panel, market_data.run.study.model)
    instants = placebo_instants(market_data, events, {m: d.admissible for m, d in days.items()})
    grid = distinct_cells(market_data, events, days)
    scaled = {market: day.scaled for market, day in days.items()}
    observed = np.array([scaled[m][r] for m, r in zip(grid.market, grid.row, strict=True)])
    drawn = instants.draw(n_draws, np.random.default_rng(0))
    found = family_p(observed, gather(instants, drawn, grid, scaled))
    took = time.perf_counter() - started

    some = drawn[: max(1, n_draws // 100)]
    started = time.perf_counter()
    maxima = []
    for draw in some:
        largest = 0.0
        for cell, market in enumerate(grid.market):
            event = grid.first[cell]
            column = instants.markets.index(market)
            row = instants.row[event, draw[event], column]
            if row >= 0:  # else the market has no placebo day 0 there
                largest = max(largest, abs(scaled[market][row]))
        maxima.append(largest)
    loop = (time.perf_counter() - started) * n_draws / len(some)

    np.testing.assert_allclose(found.maximum[: len(some)], maxima)
    print(
        f"{n_draws:,} joint draws, {len(events)} events x {len(days)} markets, "
        f"{len(grid.market)} distinct reactions, {len(instants.day)} placebo days"
    )
    print(f"arrays {took:.2f} s (estimation of all placebo sessions and step-down included)")
    print(f"loop   {loop:.2f} s (maxima only), {loop / took:.0f} times as long")
    return int(took > LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
