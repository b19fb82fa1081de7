"""Sign flips and the wild cluster bootstrap, by hand and on simulated dates."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from analysis.engine.inference.sign_flip import sign_flip, wild_cluster_bootstrap
from analysis.errors import InputError


def test_five_dates_of_one_sign_reach_the_floor():
    found = sign_flip([0.01, 0.02, 0.03, 0.01, 0.02], list("abcde"))
    assert found.p_value == found.floor == 2 / 2**5 == 0.0625
    assert found.exact
    assert found.p_up == 1 / 32


def test_by_hand_with_a_shared_date():
    # cluster sums 3, -1: sums of sign patterns 2, 4, -4, -2; |.| >= 2 all four
    found = sign_flip([1.0, 2.0, -1.0], ["a", "a", "b"])
    assert (found.p_value, found.p_up, found.n_clusters) == (1.0, 0.5, 2)
    assert found.estimate == pytest.approx(2 / 3)


def test_enumerates_all_patterns():
    values = np.random.default_rng(0).standard_normal(8) + 0.5
    totals = [np.dot(s, values) for s in product([-1, 1], repeat=8)]
    expected = np.mean([abs(t) >= abs(values.sum()) - 1e-12 for t in totals])
    assert sign_flip(values, np.arange(8)).p_value == pytest.approx(expected)


def test_random_patterns_above_sixteen_dates():
    values = np.random.default_rng(1).standard_normal(20)
    found = sign_flip(values, np.arange(20), rng=np.random.default_rng(2), n_draws=20_000)
    assert not found.exact
    assert found.floor == 1 / 20_001
    # the normal approximation of the same statistic
    z = values.sum() / np.sqrt((values**2).sum())
    from scipy.stats import norm

    assert found.p_value == pytest.approx(2 * norm.sf(abs(z)), abs=0.02)


def test_missing_values_and_no_values():
    assert sign_flip([1.0, np.nan, 2.0], [1, 1, 2]).n == 2
    assert sign_flip([np.nan], [1]).reason == "no value"
    with pytest.raises(InputError, match="one label per value"):
        sign_flip([1.0, 2.0], [1])


def _clustered(rng, n_clusters, n_per, effect=0.0):
    common = np.repeat(rng.standard_normal(n_clusters), n_per)
    return common + 0.5 * rng.standard_normal(n_clusters * n_per) + effect


def test_size_with_clustered_dates_where_the_plain_t_fails():
    """12 dates of 4 markets with common shocks and no effect, 400 times."""
    rng = np.random.default_rng(3)
    dates = np.repeat(np.arange(12), 4)
    flips = wild = plain = 0
    n_sims = 400
    for _ in range(n_sims):
        values = _clustered(rng, 12, 4)
        flips += sign_flip(values, dates).p_value <= 0.05
        wild += wild_cluster_bootstrap(values, dates, rng=rng, n_draws=399).p_value <= 0.05
        plain += abs(values.mean() / values.std(ddof=1) * np.sqrt(48)) > 2.01
    error = 3 * np.sqrt(0.05 * 0.95 / n_sims)
    assert abs(flips / n_sims - 0.05) < error
    assert abs(wild / n_sims - 0.05) < error
    assert plain / n_sims > 0.2


def test_power_against_a_known_effect():
    rng = np.random.default_rng(4)
    dates = np.repeat(np.arange(12), 4)
    found = [
        wild_cluster_bootstrap(_clustered(rng, 12, 4, 1.5), dates, rng=rng, n_draws=199).p_value
        for _ in range(50)
    ]
    assert np.mean(np.array(found) <= 0.05) > 0.9


def test_wild_bootstrap_refuses_few_dates_and_unknown_weights():
    found = wild_cluster_bootstrap(np.ones(9), np.arange(9), rng=np.random.default_rng(0))
    assert np.isnan(found.p_value)
    assert found.reason == "9 dates; the wild cluster bootstrap needs 10"
    with pytest.raises(InputError, match="webb"):
        wild_cluster_bootstrap(
            np.ones(12), np.arange(12), rng=np.random.default_rng(0), weights="web"
        )
