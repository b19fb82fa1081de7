"""Many pairs over draws share their work: the figures are those of one pair at a time."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.engine.correlation import (
    comovement,
    correlation_intervals,
    correlations_without,
    on_same_cells,
    row_correlation,
)
from analysis.engine.paired import Pair, Side
from analysis.engine.resampling import block_resamples

N_DRAWS = 300


@pytest.fixture(params=[9, 70])  # blanks in one word of bits, and in two
def sides(request):
    """Two series with ties and zeros, blank in the same cells of most draws."""
    n, rng = request.param, np.random.default_rng(request.param)
    x, y = np.round(rng.standard_normal((2, N_DRAWS + 1, n)), 1)
    blank = rng.random((N_DRAWS, n)) < 0.2
    blank[0] = True
    x[1:][blank] = y[1:][blank] = np.nan
    x[5, 0] = y[7, 1] = np.nan
    x[9:11, 2:] = 0.0
    return Side(x[0], x[1:]), Side(y[0], y[1:])


def test_draws_are_correlated_as_if_each_pair_stood_alone(sides):
    a, b = sides
    assert 0 < len(Pair(a, b).mixed) < N_DRAWS
    for found, alone in (
        (Pair(a, b).comovement(), comovement(a.drawn, b.drawn)),
        (
            Pair(a, b).observed(),
            comovement(
                on_same_cells(a.observed, a.drawn + b.drawn),
                np.broadcast_to(b.observed, b.drawn.shape),
            ),
        ),
    ):
        for name in ("n", "pearson", "spearman", "share_same_sign"):
            np.testing.assert_array_equal(getattr(found, name), getattr(alone, name))


def test_groups_are_left_out_of_draws_as_if_each_pair_stood_alone(sides):
    a, b = sides
    keep = np.arange(len(a.observed)) % 4 != np.arange(4)[:, None]
    here = on_same_cells(a.observed, a.drawn + b.drawn)
    there = np.broadcast_to(b.observed, here.shape)
    for found, alone in (
        (Pair(a, b).without(keep), correlations_without(a.drawn, b.drawn, keep)),
        (Pair(a, b).observed_without(keep), correlations_without(here, there, keep)),
    ):
        np.testing.assert_allclose(found, alone, rtol=0, atol=1e-12)


def test_intervals_are_the_quantiles_of_the_resamples_to_the_last_bit():
    rng = np.random.default_rng(5)
    pairs = [tuple(rng.standard_t(3, (2, n))) for n in (60, 45, 60, 12)]
    still = np.zeros(45)
    still[0] = 1.0  # some resamples do not vary at all
    pairs.append((still, rng.standard_normal(45)))
    found = correlation_intervals(pairs, seed=3, n_draws=400)
    for (x, y), bounds in zip(pairs, found, strict=True):
        index = block_resamples(
            len(x), block=10, n_draws=400, rng=np.random.default_rng([3, len(x)])
        )
        drawn = row_correlation(x[index], y[index])
        np.testing.assert_array_equal(
            bounds, np.nanquantile(drawn, [(1 - 0.95) / 2, (1 + 0.95) / 2])
        )
