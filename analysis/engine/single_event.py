"""Tests of one event by itself, and of the volatility of one event day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy

from analysis.engine.inference import InapplicableTest, TestResult
from analysis.engine.inference.alternative import one_tail
from analysis.engine.inference.states import t_variance
from analysis.engine.panel import Window
from analysis.engine.study_record import StudyRecord

#: What tests of one event by itself take for granted.
SINGLE_EVENT_ASSUMES = "the event day varies as estimation days do; abnormal returns are normal"
#: Tests of one event by itself: null in words and source.
SINGLE_EVENT_TESTS = {
    "ar_t": ("the abnormal return of this event is zero", "MacKinlay 1997"),
    "car_t": (
        "the cumulative abnormal return of this event is zero",
        "MacKinlay 1997; Campbell, Lo, MacKinlay 1997",
    ),
}


def volatility_tests(result: StudyRecord, day: int = 0) -> pd.DataFrame:
    """Test whether one event day was more volatile than forecast, event by event.

    Returns
    -------
    DataFrame
        Index (event_id, security); columns estimate (abnormal volatility), statistic (SAR^2),
        p_value (one-sided, F(1, df)), df.
    """
    at = result.abnormal.columns((day, day))
    squared = result.abnormal.sar[:, at][:, 0] ** 2
    df = result.abnormal.fit.df
    infinite = np.isinf(df)
    return pd.DataFrame(
        {
            "estimate": squared / t_variance(df),
            "statistic": squared,
            "p_value": np.where(
                infinite,
                scipy.special.chdtrc(1, squared),
                scipy.special.fdtrc(1, np.where(infinite, 1.0, df), squared),
            ),
            "df": df,
        },
        index=result._index,
    )


def event_tests(result: StudyRecord, window: Window) -> pd.DataFrame:
    """Test each event by itself (``ar_t`` for one day, ``car_t`` for more).

    Returns
    -------
    DataFrame
        Index (event_id, security); columns estimate, se, statistic, p_value, df, alternative.

    References
    ----------
    MacKinlay (1997); Campbell, Lo and MacKinlay (1997), chapter 4.
    """
    sums = result.sums(window)
    df = result.abnormal.fit.df
    statistic = sums.scar
    p_value = np.where(
        np.isinf(df),
        2 * scipy.special.ndtr(-np.abs(statistic)),
        2 * scipy.special.stdtr(np.where(np.isinf(df), 1.0, df), -np.abs(statistic)),
    )
    return pd.DataFrame(
        {
            "estimate": sums.car,
            "se": sums.se,
            "statistic": statistic,
            "p_value": one_tail(p_value, statistic, result.spec.alternative),
            "df": df,
            "alternative": result.spec.alternative,
        },
        index=result._index,
    )


def single_event_test(
    result: StudyRecord, name: str, window: Window
) -> TestResult | InapplicableTest:
    """Run ``ar_t`` or ``car_t`` on the one event of a study; of several it says why not."""
    null, source = SINGLE_EVENT_TESTS[name]
    n = len(result.rows)
    if n != 1:
        reason = f"it tests one event and there are {n}; `event_tests` tests each by itself"
        return _no_single_test(name, window, n, reason)
    if name == "ar_t" and window[0] != window[1]:
        return _no_single_test(name, window, n, "it tests one day; `car_t` tests a window")
    found = event_tests(result, window).iloc[0]
    if not np.isfinite(found["statistic"]):
        reason = "the event has not the days of this window it needs to count"
        return _no_single_test(name, window, 0, reason)
    return TestResult(
        name=name,
        window=window,
        estimate=float(found["estimate"]),
        statistic=float(found["statistic"]),
        p_value=float(found["p_value"]),
        df=float(found["df"]),
        n_events=1,
        null=null,
        source=source,
        n_partial=int(not result.sums(window).complete[0]),
        assumes=SINGLE_EVENT_ASSUMES,
        alternative=result.spec.alternative,
    )


def _no_single_test(name: str, window: Window, n: int, reason: str) -> InapplicableTest:
    null, source = SINGLE_EVENT_TESTS[name]
    return InapplicableTest(name, window, n, null, source, reason, assumes=SINGLE_EVENT_ASSUMES)
