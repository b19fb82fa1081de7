"""Correlations of paired reactions: by hand, against scipy, and on simulated pairs."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from analysis.engine.correlation import (
    comovement,
    correlation_intervals,
    correlations_without,
    on_same_cells,
    permutation_p,
    row_correlation,
    two_sided_p,
)
from analysis.engine.resampling import block_resamples


def test_rows_agree_with_scipy_and_leave_missing_pairs_out():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((6, 20)), rng.standard_normal((6, 20))
    x[2, 3] = y[2, 7] = x[4, 0] = np.nan
    x[5, :10] = x[5, 0]  # ties
    found = comovement(x, y)
    for i in range(6):
        keep = np.isfinite(x[i]) & np.isfinite(y[i])
        a, b = x[i, keep], y[i, keep]
        assert found.n[i] == keep.sum()
        assert found.pearson[i] == pytest.approx(stats.pearsonr(a, b).statistic, abs=1e-12)
        assert found.spearman[i] == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
        assert found.share_same_sign[i] == pytest.approx(np.mean(a * b > 0))


def test_by_hand():
    found = comovement([1.0, -2.0, 3.0, 0.0], [2.0, -1.0, -6.0, 0.0])
    # three of four signs agree (two zeros do); dx = .5, -2.5, 2.5, -.5; dy = 3.25, .25, -4.75, 1.25
    assert found.share_same_sign[0] == 0.75
    assert found.pearson[0] == pytest.approx(-11.5 / np.sqrt(13 * 34.75))


def test_no_correlation_without_variation_or_below_three_pairs():
    assert np.isnan(comovement([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]).pearson[0])
    assert np.isnan(comovement([1.0, 2.0], [1.0, 2.0]).pearson[0])
    assert np.isnan(row_correlation(np.full((1, 4), np.nan), np.ones((1, 4)))[0])


def test_two_sided_p_is_twice_the_smaller_tail():
    draws = np.array([0.1, 0.2, 0.3, 0.4])
    # above .35: one of four -> 2 (1+1)/5; below: three; above .5: none -> 2/5
    assert two_sided_p(0.35, draws) == pytest.approx(0.8)
    assert two_sided_p(0.5, draws) == pytest.approx(0.4)
    assert two_sided_p(0.25, draws) == 1.0
    assert np.isnan(two_sided_p(np.nan, draws))


def test_exact_permutation_p_is_the_enumeration():
    x, y = np.array([1.0, 2.0, 4.0, 3.0, 9.0]), np.array([2.0, 1.0, 3.0, 5.0, 7.0])
    r = [abs(np.corrcoef(x, y[list(order)])[0, 1]) for order in permutations(range(5))]
    expected = np.mean(np.array(r) >= abs(np.corrcoef(x, y)[0, 1]) - 1e-12)
    p, floor = permutation_p(x, y, rng=np.random.default_rng(0))
    assert p == pytest.approx(expected)
    assert floor == 1 / 120


def test_block_resamples_are_runs_on_a_circle():
    index = block_resamples(20, block=5, n_draws=50, rng=np.random.default_rng(1))
    assert index.shape == (50, 20)
    steps = np.diff(index.reshape(50, 4, 5), axis=2) % 20
    assert (steps == 1).all()


def test_interval_covers_the_true_correlation():
    rng = np.random.default_rng(2)
    pairs = []
    for _ in range(200):
        x = rng.standard_normal(150)
        pairs.append((x, 0.5 * x + np.sqrt(0.75) * rng.standard_normal(150)))
    bounds = correlation_intervals(pairs, seed=2, block=5, n_draws=200)
    covered = [low <= 0.5 <= high for low, high in bounds]
    # nominal .95; percentile intervals of 200 resamples undercover a little
    assert 0.88 < np.mean(covered) <= 1.0


def test_no_interval_below_ten_pairs():
    nine, ten = (np.arange(n) ** 2.0 for n in (9, 10))
    bounds = correlation_intervals([(nine, nine), (ten, ten)], seed=0)
    assert np.isnan(bounds[0]).all()
    assert bounds[1] == pytest.approx(1.0)


def test_leaving_out_groups_is_the_correlation_of_the_rest():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((2, 5, 12))
    x[1, 3] = y[2, 7] = np.nan
    keep = np.array([np.arange(12) != 0, np.arange(12) % 3 > 0, np.arange(12) < 2])
    found = correlations_without(x, y, keep)
    for g, kept in enumerate(keep[:2]):
        np.testing.assert_allclose(found[g], row_correlation(x[:, kept], y[:, kept]), atol=1e-12)
    assert np.isnan(found[2]).all()  # two pairs are no correlation


def test_observed_pairs_that_are_blank_in_a_draw_are_left_out_of_what_it_is_held_against():
    draws = np.array([[1.0, np.nan, 2.0], [np.nan, np.nan, 3.0]])
    np.testing.assert_array_equal(
        on_same_cells(np.array([7.0, 8.0, 9.0]), draws),
        [[7.0, np.nan, 9.0], [np.nan, np.nan, 9.0]],
    )
    # .5 against .4: not beyond; .2 against .3: beyond -> up (1 + 1)/3, down (1 + 1)/3
    assert two_sided_p(np.array([0.5, 0.2]), np.array([0.4, 0.3])) == 1.0
    assert two_sided_p(np.array([0.5, 0.2, np.nan]), np.array([0.6, 0.3, 0.9])) == pytest.approx(
        2 / 3
    )
