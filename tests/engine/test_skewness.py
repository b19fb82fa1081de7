"""Skewness-adjusted means, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.engine.inference.skewness import bootstrap_johnson, hall_t, johnson_t

#: 0, 0, 0, 4: mean 1, deviations -1 -1 -1 3, sd_ddof1 = sqrt(12/3) = 2, S = 1/2.
VALUES = np.array([0.0, 0.0, 0.0, 4.0])


def test_hall_by_hand() -> None:
    # sum z^3 = (3 (-1) + 27) / 8 = 3; g = 4 / (3 * 2) * 3 = 2
    # sqrt 4 (1/2 + 2/4/3 + 4/8/27 + 2/24) = 2 (0.5 + 1/6 + 1/54 + 1/12)
    assert hall_t(VALUES) == pytest.approx(2 * (0.5 + 1 / 6 + 1 / 54 + 1 / 12), rel=1e-15)


def test_johnson_by_hand() -> None:
    # h = 24 / (4 * 8) = 3/4; sqrt 4 (1/2 + 3/4 * 1/4 / 3 + 3/4 / 24) = 2 (1/2 + 1/16 + 1/32)
    assert johnson_t(VALUES) == pytest.approx(2 * (0.5 + 1 / 16 + 1 / 32), rel=1e-15)


def test_without_skewness_both_are_student() -> None:
    x = np.array([-1.0, 0.0, 1.0, 2.0, 3.0])
    t = x.mean() / (x.std(ddof=1) / 5**0.5)
    assert hall_t(x) == pytest.approx(t)
    assert johnson_t(x) == pytest.approx(t)


def test_bootstrap_is_about_the_sample_mean_and_seeded() -> None:
    x = np.random.default_rng(0).exponential(size=80)
    first = bootstrap_johnson(x, 1000, 5)
    np.testing.assert_array_equal(first, bootstrap_johnson(x, 1000, 5))
    assert abs(np.median(first)) < 0.2
    assert np.quantile(first, 0.975) > 1.5
