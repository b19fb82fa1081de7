"""The distribution of cumulated abnormal returns over events: moments and quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from analysis.engine.abnormal import checked_window
from analysis.engine.panel import Window
from analysis.engine.rows import window_label
from analysis.engine.spec import listed

if TYPE_CHECKING:
    from analysis.engine.gathered import GatheredEvents
    from analysis.engine.results import EventStudyResult

#: The tails a sample of some hundred events can show, the quartiles and the median.
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def car_distribution(
    result: EventStudyResult | GatheredEvents, windows: Sequence[Window] | None = None
) -> pd.DataFrame:
    """Return moments and quantiles of the CARs of the distinct events, one row a window.

    Parameters
    ----------
    result
        A finished study.
    windows
        Those of the spec if None.

    Returns
    -------
    DataFrame
        Index window; columns n_events, mean, sd (ddof 1), skewness (g1 = m3/m2^1.5), kurtosis
        (m4/m2^2, 3 if normal), jarque_bera_p, minimum, q01, q05, q25, median, q75, q95, q99
        (linear between order statistics), maximum, share_positive; decimal. NaN where there are
        too few events.

    Notes
    -----
    JB = N/6 (g1^2 + (kurtosis - 3)^2/4), chi-square with two degrees of freedom.

    References
    ----------
    Jarque, C. M. and Bera, A. K. (1987). A test for normality of observations and regression
    residuals. International Statistical Review 55, 163-172.
    """
    asked = result.spec.windows or () if windows is None else listed("windows", windows)
    checked = [checked_window("windows", window) for window in asked]
    rows = {
        window_label(window): _row(_counted(result.window_sums_of_distinct(window).car))
        for window in checked
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("window")


def _counted(car: np.ndarray) -> np.ndarray:
    return np.asarray(car[np.isfinite(car)])


def _row(car: np.ndarray) -> dict[str, float]:
    from scipy import stats  # takes half a second, and most runs need none of it

    n = len(car)
    nan = float("nan")
    spread = n > 1 and float(np.ptp(car)) > 0
    skewness = float(stats.skew(car)) if spread else nan
    kurtosis = float(stats.kurtosis(car, fisher=False)) if spread else nan
    quantiles = np.quantile(car, QUANTILES) if n else np.full(len(QUANTILES), nan)
    named = {("median" if q == 0.5 else f"q{round(100 * q):02d}"): float(value)
             for q, value in zip(QUANTILES, quantiles, strict=True)}  # fmt: skip
    return {
        "n_events": n,
        "mean": float(car.mean()) if n else nan,
        "sd": float(car.std(ddof=1)) if n > 1 else nan,
        "skewness": skewness,
        "kurtosis": kurtosis,
        "jarque_bera_p": float(
            scipy.special.chdtrc(2, n / 6 * (skewness**2 + (kurtosis - 3) ** 2 / 4))
        ),
        "minimum": float(car.min()) if n else nan,
        **named,
        "maximum": float(car.max()) if n else nan,
        "share_positive": float((car > 0).mean()) if n else nan,
    }
