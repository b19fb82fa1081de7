"""Conformal p-values by hand and on simulated series."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.engine.inference.conformal import conformal_p, null_residuals
from analysis.errors import InputError


def test_by_hand():
    # residuals about the mean 2: -2, -1, 0, 3; the last is the largest of four shifts
    assert conformal_p([0.0, 1.0, 2.0, 5.0], None, n_event=1).tolist() == [0.25]
    # two tested days: |.| sums of neighbours in a circle: 3, 1, 3, 5; observed 3 -> three of four
    assert conformal_p([0.0, 1.0, 2.0, 5.0], None, n_event=2).tolist() == [0.75]


def test_residuals_are_those_of_least_squares():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3, 50, 2)), rng.standard_normal((3, 50))
    for i in range(3):
        design = np.column_stack([np.ones(50), x[i]])
        coef = np.linalg.lstsq(design, y[i], rcond=None)[0]
        np.testing.assert_allclose(null_residuals(y, x)[i], y[i] - design @ coef, atol=1e-12)


def test_size_under_garch_errors_where_the_t_test_fails():
    """Persistent variance and fat tails, no effect: 2,000 series, three event days each."""
    rng = np.random.default_rng(1)
    n, days = 2000, 123
    scale, y = np.ones(n), np.empty((n, days))
    for t in range(days):
        y[:, t] = np.sqrt(scale) * rng.standard_t(5, n) / np.sqrt(5 / 3)
        scale = 0.05 + 0.1 * y[:, t] ** 2 + 0.85 * scale
    p = conformal_p(y, None, n_event=3)
    assert abs((p <= 0.1).mean() - 0.1) < 3 * np.sqrt(0.1 * 0.9 / n)
    # a constant variance says: one day in twenty beyond two standard deviations, and a Bonferroni
    # of three days at 1 % is broken about twice as often by fat tails
    sigma = y[:, :120].std(axis=1, ddof=1)
    assert (np.abs(y[:, -3:]).max(axis=1) > 2.93 * sigma).mean() > 0.015


def test_power_and_coverage_against_a_known_effect():
    rng = np.random.default_rng(2)
    covered, found = [], []
    for _ in range(150):
        x = rng.standard_normal((100, 1)) * 0.01
        y = 0.8 * x[:, 0] + 0.01 * rng.standard_normal(100)
        y[-1] += 0.05
        found.append(conformal_p(y, x[None], n_event=1)[0] <= 0.05)
        y[-1] -= 0.05  # an effect is inside the interval if what it leaves is not rejected
        covered.append(conformal_p(y, x[None], n_event=1)[0] > 0.05)
    assert np.mean(found) > 0.95
    assert np.mean(covered) == pytest.approx(0.95, abs=0.055)


def test_refuses_no_tested_day():
    with pytest.raises(InputError, match="between 1 and 3"):
        conformal_p([0.0, 1.0, 2.0, 3.0], None, n_event=4)
