"""Exact distributions: the binomial and the signed ranks."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from analysis.engine.inference.sign import binomial_p, signed_rank_p, signed_ranks


@pytest.mark.parametrize("share", [0.5, 0.4942, 0.3])
def test_binomial_p_is_scipys(share: float) -> None:
    for n in (1, 5, 20, 29):
        for hits in range(n + 1):
            expected = stats.binomtest(hits, n, share).pvalue
            assert binomial_p(hits, n, share) == pytest.approx(expected, rel=1e-9)


def enumerated_p(values: np.ndarray) -> float:
    """All 2^N signs of the ranks, one by one."""
    w, ranks = signed_ranks(values)
    sums = np.array([ranks[list(s)].sum() for s in product((False, True), repeat=len(ranks))])
    return min(1.0, 2 * min((sums <= w + 1e-9).mean(), (sums >= w - 1e-9).mean()))


@pytest.mark.parametrize(
    "values",
    [
        [0.1, 0.2, -0.3, 0.4, 0.5],
        [1.0, 1.0, -1.0, 2.0, 2.0, -3.0],  # ties
        [0.0, 0.5, 0.0, -0.2, 0.7],  # zeros are dropped
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    ],
)
def test_signed_rank_p_is_an_enumeration(values: list[float]) -> None:
    x = np.array(values)
    assert signed_rank_p(*signed_ranks(x)) == pytest.approx(enumerated_p(x), rel=1e-12)


def test_signed_rank_p_is_scipys_without_ties() -> None:
    x = np.random.default_rng(0).normal(0.3, 1, 25)
    expected = stats.wilcoxon(x, mode="exact")
    w, ranks = signed_ranks(x)
    assert min(w, ranks.sum() - w) == expected.statistic
    assert signed_rank_p(w, ranks) == pytest.approx(expected.pvalue, rel=1e-12)


def test_smallest_p_is_two_over_two_to_the_n() -> None:
    w, ranks = signed_ranks(np.arange(1.0, 7.0))
    assert signed_rank_p(w, ranks) == 2 / 2**6
