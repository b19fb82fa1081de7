"""Rows of the tables of a study: tests, means and weighted means, each with its sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine.inference import TESTS, InapplicableTest, TestResult
from analysis.engine.inference.alternative import Alternative, one_tail
from analysis.engine.inference.assumptions import Sample, broken_assumptions
from analysis.engine.inference.outcome import normal_p, student_p
from analysis.engine.inference.parametric import NO_SPREAD
from analysis.engine.panel import Window


def _details_text(details: Mapping[str, float | str]) -> str:
    return "; ".join(
        f"{name} {value if isinstance(value, str) else format(value, '.6g')}"
        for name, value in details.items()
    )


SUMMARY_COLUMNS = (
    "window", "estimate", "se", "statistic", "p_value", "low", "high", "n_events", "n_partial",
    "n_left_out", "assumes", "reason", "alternative",
)  # fmt: skip
_TEST_COLUMNS = (
    "window", "test", "estimate", "statistic", "p_value", "df", "n_events", "n_partial",
    "n_left_out", "assumes", "reason", "details", "null", "source", "alternative",
)  # fmt: skip


def tests_frame(outcomes: Iterable[TestResult | InapplicableTest]) -> pd.DataFrame:
    """Return one tidy row for each test and window; columns as :meth:`EventStudyResult.tests`."""
    return pd.DataFrame(
        [
            {
                "window": window_label(found.window),
                "test": found.name,
                "estimate": found.estimate,
                "statistic": found.statistic,
                "p_value": found.p_value,
                "df": np.nan if found.df is None else found.df,
                "n_events": found.n_events,
                "n_partial": found.n_partial,
                "n_left_out": found.n_left_out,
                "assumes": found.assumes,
                "reason": found.reason,
                "details": _details_text(found.details),
                "null": found.null,
                "source": found.source,
                "alternative": found.alternative,
            }
            for found in outcomes
        ],
        columns=_TEST_COLUMNS,
    )


def weighted_row(
    estimate: float,
    se: float,
    n_events: int,
    sample: Sample,
    alternative: Alternative = "two-sided",
) -> pd.Series[Any]:
    """Return a weighted mean CAR with its normal test, its events, and what they show against it.

    Notes
    -----
    The standard error comes from forecast variances and takes events as independent.
    """
    reasons = {
        "no event has a standard error: nothing was estimated": n_events == 0,
        f"{sample.sharing} events share sessions, but this mean takes them as independent: read "
        "kolari_pynnonen_t": sample.sharing > 0,
        f"abnormal returns of these events vary {sample.spread:.3g} times as much as their "
        "estimation days foretell: read bmp_t": sample.spread > sample.spread_bound,
    }
    statistic = estimate / se
    return pd.Series(
        {
            "estimate": estimate,
            "se": se,
            "statistic": statistic,
            "p_value": one_tail(normal_p(statistic), statistic, alternative),
            "n_events": n_events,
            "n_partial": sample.n_partial,
            "n_left_out": sample.n_left_out,
            "assumes": "events are independent; event days vary as estimation days do",
            "reason": "; ".join(words for words, seen in reasons.items() if seen),
            "alternative": alternative,
        }
    )


def summary_row(
    window: Window,
    mean: float,
    squares: float,
    n_events: int,
    sample: Sample,
    alternative: Alternative = "two-sided",
) -> dict[str, object]:
    """Return the mean CAR of a row with its cross-sectional s.e., t, p and 95 % interval.

    Parameters
    ----------
    window
        Event days, inclusive.
    mean, squares
        Mean of the CAR and sum of squared deviations from it, decimal.
    n_events, sample
        Events of the row, and what they show of the test.
    alternative
        Of the p-value; the interval is two-sided.
    """
    test = TESTS["cross_sectional_t"]
    se = statistic = p_value = half = float("nan")
    reason = f"it needs two events with a value, there is {n_events}"
    if n_events > 1:
        se = float(np.sqrt(squares / (n_events - 1) / n_events))
        half = float(scipy.special.stdtrit(n_events - 1, 0.975)) * se
        reason = "; ".join(broken_assumptions(test, sample, n_events))
        if se > 1e-14 * abs(mean):
            statistic = mean / se
            p_value = one_tail(student_p(statistic, n_events - 1), statistic, alternative)
        else:
            reason = NO_SPREAD
    return {
        "window": window_label(window),
        "estimate": mean,
        "se": se,
        "statistic": statistic,
        "p_value": p_value,
        "low": mean - half,
        "high": mean + half,
        "n_events": n_events,
        "n_partial": sample.n_partial,
        "n_left_out": sample.n_left_out,
        "assumes": test.assumes,
        "reason": reason,
        "alternative": alternative,
    }


def mean_or_nan(values: npt.NDArray[np.float64]) -> float:
    """Return the mean; NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def window_label(window: Window) -> str:
    """Write a window the way files and pages do: ``[0,1]``."""
    return f"[{window[0]},{window[1]}]"


def window_text(window: Window) -> str:
    """Write a window the way sentences do: ``[−1, +1]``."""
    return "[" + ", ".join(f"{day:+d}" if day else "0" for day in window).replace("-", "−") + "]"
