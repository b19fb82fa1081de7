"""Every benchmark of a market: the founding case, and what a run without benchmark holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.reactions.market_data import benchmarks_of
from analysis.reactions.panel import reaction_panel
from analysis.reactions.placebo import placebo_table
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.yardsticks import yardstick_table

NEWS = "nvidia-h20-resumption-2025-07-14"


def test_nvidia_on_15_july_2025_by_every_yardstick(printed):
    """METHODS section 7: stands out against the S&P 500, just not against the chip index."""
    rows = printed.yardsticks.set_index(["event_id", "market", "benchmark"])
    for benchmark, ar, p, digits in (
        ("^GSPC", 0.0475, 0.009, 3), ("^SOX", 0.0259, 0.0504, 4), ("", 0.0385, 0.056, 3),
    ):  # fmt: skip
        row = rows.loc[NEWS, "NVDA", benchmark]
        assert row.ar == pytest.approx(ar, abs=5e-5)
        assert round(row.p, digits) == p
        assert (row.low > 0) == (benchmark == "^GSPC")
        assert (row.low + row.high) / 2 == pytest.approx(row.ar)


def test_only_markets_with_several_benchmarks_have_further_rows(store):
    counts = store.yardsticks.groupby(["market", "benchmark"]).size().unstack().notna().sum(axis=1)
    assert counts.to_dict() == {"NVDA": 3, "^N225": 2, "^TWII": 2, "^HSI": 2}


def test_the_first_yardstick_and_the_total_are_those_of_the_placebo_table(store):
    placebo = store.placebo[
        (store.placebo.window == "[0,0]") & ~store.placebo.candidate.astype(bool)
    ]
    both = store.yardsticks[store.yardsticks.benchmark != "^SOX"].merge(
        placebo, on=["event_id", "market", "model"], validate="one_to_one"
    )
    assert len(both) == len(placebo)
    assert (both.p == both.p_value).all()
    assert (both.ar == both.estimate).all()


def test_a_chosen_benchmark_stands_alone(seeds):
    nvidia = seeds.market("NVDA")
    assert benchmarks_of(nvidia, RunSpec()) == ("^GSPC", "^SOX")
    assert benchmarks_of(nvidia, RunSpec(benchmark="^SOX")) == ("^SOX",)


def test_a_model_without_benchmark_has_the_total_reaction_only(market_data):
    one = replace(
        market_data,
        run=market_data.run.with_study(model="constant_mean", windows=((0, 1),)),
        markets=market_data.markets[:1],
        reactions=tuple(market_data.reactions_of("NVDA")),
    )
    found = yardstick_table(one, placebo_table(one, reaction_panel(one)))
    assert set(found.benchmark) == {""}
    assert len(found) == 52
