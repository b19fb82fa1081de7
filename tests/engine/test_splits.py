"""Splits that are not applied are told in lively series; heavy tails do not pass for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.engine.jumps import odd_jumps
from analysis.engine.series import SeriesSet
from analysis.engine.splits import split_at
from analysis.engine.standstill import odd_runs

CLOSES = pd.read_csv(Path(__file__).parents[2] / "data" / "closes.csv", index_col=0)
RETURNS = {name: CLOSES[name].dropna().pct_change().iloc[1:] for name in CLOSES}
TOGETHER = pd.concat(RETURNS, axis=1, sort=True)


def series(values, kind="simple"):
    values = np.asarray(values, dtype=float).reshape(len(values), -1)
    names = tuple(f"S{i}" for i in range(values.shape[1]))
    return SeriesSet("returns", names, values, np.arange(len(values)).astype("M8[D]"), kind)


def with_split(returns, row, ratio):
    values = np.array(returns, dtype=float)
    values[row] = (1 + values[row]) / ratio - 1
    return values


def told(values, **options):
    return [oddity.text for oddity in odd_jumps(series(values), **options)]


@pytest.mark.parametrize(
    ("name", "least"), [("^GSPC", 12), ("^N225", 12), ("^TWII", 12), ("^HSI", 12), ("NVDA", 8)]
)
@pytest.mark.parametrize(("ratio", "called"), [(3 / 2, "3 for 2"), (2 / 3, "2 for 3")])
def test_a_small_split_is_told_in_any_of_eight_series_looked_at_together(
    name, least, ratio, called
):
    clean = RETURNS[name]
    beside = TOGETHER.drop(columns=name).reindex(clean.index).to_numpy()
    assert told(clean, family=8, beside=[beside]) == []
    rows = np.linspace(15, len(clean) - 15, 12).astype(int)
    found = [
        any(
            called in text
            for text in told(with_split(clean, row, ratio), family=8, beside=[beside])
        )
        for row in rows
    ]
    assert sum(found) >= (least if ratio > 1 else least - 4)


def test_a_companion_that_stood_still_that_day_leaves_the_split_alone():
    rng = np.random.default_rng(5)
    market = rng.standard_t(4, 500) * 0.02
    own = 1.3 * market + rng.normal(0, 0.006, 500)
    values = np.log1p(with_split(own, 300, 3 / 2))
    assert split_at(values, 300, [np.log1p(market)[:, None]]) == "3 for 2"
    assert split_at(values, 300) is None
    assert split_at(values, 300, [values[:, None]]) is None  # the series is no companion of its own


@pytest.mark.parametrize(("degrees", "scale"), [(None, 0.02), (3, 0.01), (3, 0.02), (2.5, 0.01)])
def test_heavy_tails_seldom_pass_for_splits_or_wrong_prices(degrees, scale):
    rng = np.random.default_rng(1)
    said = 0
    for _ in range(20):
        shape = (500, 10)
        moves = rng.normal(0, 1, shape) if degrees is None else rng.standard_t(degrees, shape)
        said += bool(told(np.maximum(moves * scale, -0.95)))
    assert said <= (0 if degrees is None else 5)


def test_a_rise_to_six_times_is_told_in_any_tail():
    values = np.random.default_rng(6).standard_t(2, 300) * 0.01
    values = np.clip(values, -0.3, 0.3)
    values[150] = 5.0
    assert len(told(values, family=10)) == 1


def test_every_split_of_a_history_is_looked_for():
    rng = np.random.default_rng(8)
    values = rng.normal(0, 0.02, 400)
    twice = with_split(with_split(values, 120, 2), 300, 2)
    assert any("split of 2 for 1" in text for text in told(twice))
    values[5] = 0.6  # larger, and of no split
    assert any("split of 3 for 2" in text for text in told(with_split(values, 120, 3 / 2)))


@pytest.mark.parametrize("decimals", [None, 2])
@pytest.mark.parametrize("length", [8, 15])
@pytest.mark.parametrize("spacing", [np.linspace, np.geomspace])
def test_a_gap_filled_with_a_line_is_told(decimals, length, spacing):
    rng = np.random.default_rng(length)
    prices = 80 * np.exp(rng.normal(0, 0.015, 400).cumsum())
    prices[200 : 201 + length] = spacing(prices[200], prices[200 + length] * 1.03, length + 1)
    prices = prices if decimals is None else prices.round(decimals)
    found = list(odd_runs(series(prices[1:] / prices[:-1] - 1)))
    assert len(found) == 1
    assert f"on {length} sessions in a row from 1970-07-20" in found[0].text
    assert list(odd_runs(series(np.diff(np.log(prices)), "log")))


def test_returns_that_differ_by_chance_are_no_line():
    rng = np.random.default_rng(2)
    ticks = np.round(5 * np.exp(rng.normal(0, 0.01, (600, 40)).cumsum(axis=0)), 2)
    bond = np.round(100 + rng.choice([-0.02, 0, 0, 0.02], (600, 10)).cumsum(axis=0), 2)
    for prices in (ticks, bond, 100 * np.exp(rng.normal(0, 0.02, (600, 40)).cumsum(axis=0))):
        assert list(odd_runs(series(prices[1:] / prices[:-1] - 1))) == []
