"""Abnormal returns and their sums, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.engine.abnormal import checked_window, ewma_forecast
from analysis.errors import InputError


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
