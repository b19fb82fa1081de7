"""Abnormal returns and their sums, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analysis.abnormal import centred_ranks, checked_window, ewma_forecast
from analysis.errors import InputError


def test_centred_ranks_equal_scipy_with_ties_and_gaps() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(0, 6, (20, 15)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    expected = np.full(values.shape, np.nan)
    for i, row in enumerate(values):
        present = ~np.isnan(row)
        expected[i, present] = stats.rankdata(row[present]) - (present.sum() + 1) / 2
    np.testing.assert_allclose(centred_ranks(values), expected, rtol=0, atol=0)


def test_centred_ranks_by_hand() -> None:
    np.testing.assert_array_equal(centred_ranks(np.array([[3.0, 1.0, 2.0]])), [[1.0, -1.0, 0.0]])
    np.testing.assert_array_equal(
        centred_ranks(np.array([[5.0, np.nan, 5.0, 1.0]])), [[0.5, np.nan, 0.5, -1.0]]
    )


def test_ewma_forecast_by_hand() -> None:
    # v0 = 4; 0.94 * 4 + 0.06 * 1 = 3.82; the missing day changes nothing; then 0.94 * 3.82 + 0
    residuals = np.array([[1.0, np.nan, 0.0]])
    assert ewma_forecast(residuals, np.array([2.0]))[0] == pytest.approx(np.sqrt(3.5908))


@pytest.mark.parametrize(
    "window", [None, 3, "01", (0, 1, 2), (0.5, 1), (0, "x"), (float("nan"), 1)]
)
def test_a_window_is_two_whole_days(window: object) -> None:
    with pytest.raises(InputError, match="two whole event days"):
        checked_window("window", window)
