"""Variants, the minute of the news, and conformal p-values on the founding prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.reactions.doubts import VARIANTS, conformal_table, doubt_table, variant_table

EVENT = "nvidia-h20-resumption-2025-07-14"


def test_the_main_variant_is_the_study(market_data, store):
    table = variant_table(market_data)
    assert set(table.variant) == {variant.name for variant in VARIANTS}
    main = table[table.variant == "main"]
    placebo = store.placebo[
        (store.placebo.window == "[0,0]") & ~store.placebo.candidate.astype(bool)
    ]
    both = main.merge(placebo, on=["event_id", "market", "model"], validate="one_to_one")
    assert len(both) == len(placebo)
    np.testing.assert_allclose(both.p_value_x, both.p_value_y, rtol=1e-12)
    raw = table[table.variant == "raw, no volatility forecast"]
    both = raw.merge(placebo, on=["event_id", "market", "model"])
    np.testing.assert_allclose(both.p_value_x, both.p_raw, rtol=1e-12)


def test_variants_of_15_july_2025_straddle_five_percent(market_data):
    """METHODS: reasonable variants put Nvidia on 2025-07-15 on both sides of a star."""
    table = variant_table(market_data)
    mine = table[(table.event_id == EVENT) & (table.market == "NVDA")]
    p = mine[mine.model == "market_model"].p_value
    assert (round(p.min(), 3), round(p.max(), 3)) == (0.008, 0.062)


def test_one_named_set_of_variants_stands_in_the_store(market_data, store):
    table = store.variants
    names = {variant.name for variant in VARIANTS}
    counts = table[table.model == "market_model"].groupby(["event_id", "market"]).variant.agg(set)
    assert all(found - {"against ^SOX"} == names for found in counts)
    assert {m for (_, m), found in counts.items() if "against ^SOX" in found} == {"NVDA"}
    mine = table[(table.event_id == EVENT) & (table.variant == "against ^SOX")]
    assert mine.p_value.round(4).tolist() == [round(17 / 336, 4)]
    assert mine.model.tolist() == ["market_model"]


def test_the_main_variant_follows_the_estimation_window_of_the_run(market_data):
    shorter = replace(market_data, run=market_data.run.with_study(estimation_window=(-90, -21)))
    found = variant_table(shorter).set_index(["event_id", "market", "model", "variant"]).p_value
    whole = variant_table(market_data).set_index(["event_id", "market", "model", "variant"]).p_value
    main = (slice(None), slice(None), slice(None), "main")
    assert (found.loc[main] != whole.loc[main].reindex(found.loc[main].index)).any()


def _placebo(p, estimate, *, main=0):
    n = len(p)
    return pd.DataFrame(
        {
            "event_id": "e", "market": "m", "model": "mm", "window": "[0,0]",
            "day0": [f"2025-01-0{i + 1}" for i in range(n)],
            "candidate": [i != main for i in range(n)], "estimate": estimate, "p_value": p,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("p", "estimate", "verdict"),
    [
        ([0.01, 0.04], [0.02, 0.03], "robust: stands out"),
        ([0.01, 0.04], [0.02, -0.03], "depends on the minute"),
        ([0.01, 0.40], [0.02, 0.03], "depends on the minute"),
        ([0.10, 0.40], [0.02, -0.03], "robust: does not stand out"),
    ],
)
def test_verdicts(p, estimate, verdict):
    row = doubt_table(_placebo(p, estimate)).iloc[0]
    assert row.verdict == verdict
    assert (row.p_best, row.p_worst, row.p_value) == (min(p), max(p), p[0])
    assert (row.estimate_low, row.estimate_high) == (min(estimate), max(estimate))


def test_certain_instants_have_no_row():
    assert doubt_table(_placebo([0.01], [0.02])).empty


def test_every_ambiguous_reaction_has_a_verdict(store):
    table = doubt_table(store.placebo)
    several = store.reactions[store.reactions.candidates.str.contains(";")]
    day = table[(table.window == "[0,0]") & (table.model == "market_model")]
    assert set(zip(day.event_id, day.market, strict=True)) == set(
        zip(several.event_id, several.market, strict=True)
    )


def test_conformal_against_a_loop(market_data):
    table = conformal_table(market_data)
    aligned, sessions = market_data.aligned["NVDA"], market_data.sessions["NVDA"]
    at = int(np.searchsorted(sessions.session, np.datetime64("2025-07-15")))
    days = np.r_[at - 130 : at - 10, at]
    y, x = aligned.ret[days], aligned.benchmark_ret[days]
    slope, alpha = np.polyfit(x, y, 1)
    size = np.abs(y - alpha - slope * x)
    expected = np.mean(size >= size[-1] - 1e-15)
    row = table[
        (table.event_id == EVENT) & (table.market == "NVDA") & (table.window == "[0,0]")
        & (table.model == "market_model")
    ].iloc[0]  # fmt: skip
    assert row.p_conformal == pytest.approx(expected)
    assert row.floor == pytest.approx(1 / 121)
