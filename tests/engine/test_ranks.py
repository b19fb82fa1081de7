"""Ranks of many rows at once, against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.engine.inference import ranks
from analysis.engine.inference.ranks import doubled_ranks


def test_ranks_equal_scipy_with_ties_and_gaps() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, (20, 15)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[0] = np.nan
    expected = np.zeros(values.shape)
    for i, row in enumerate(values):
        present = ~np.isnan(row)
        expected[i, present] = 2 * stats.rankdata(row[present])
    np.testing.assert_array_equal(doubled_ranks(values), expected)
    np.testing.assert_array_equal(doubled_ranks(values[:, :4], values[:, 4:]), expected)


def test_ranks_by_hand() -> None:
    found = doubled_ranks(np.array([[3.0, 1.0, 2.0], [5.0, np.nan, 5.0]]))
    np.testing.assert_array_equal(found, [[6, 2, 4], [3, 0, 3]])


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).normal(size=(50, 9))
    whole = doubled_ranks(values)
    monkeypatch.setattr(ranks, "BLOCK", 7)
    np.testing.assert_array_equal(doubled_ranks(values), whole)


def test_values_that_differ_in_the_last_bits_are_told_apart() -> None:
    base = np.random.default_rng(2).normal(size=(4, 300))
    base[1, 5] = np.nextafter(base[1, 6], np.inf)
    base[2, 7], base[2, 8] = 0.0, -0.0
    base[3] = np.nextafter(1.0, 2.0) ** np.arange(300)
    expected = 2 * stats.rankdata(base, axis=1)
    np.testing.assert_array_equal(doubled_ranks(base), expected)
    np.testing.assert_array_equal(doubled_ranks(-base), 602 - expected)
