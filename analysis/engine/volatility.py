"""Did events make returns more volatile? Abnormal volatility across events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import scipy

from analysis.engine.abnormal import checked_window, row_events
from analysis.engine.inference.alternative import one_tail
from analysis.engine.inference.clustered import clustered_mean
from analysis.engine.inference.states import t_variance
from analysis.engine.panel import Window
from analysis.engine.rows import window_label

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult

_NULL = "returns vary on event days as their estimation days foretell"


def volatility_table(result: EventStudyResult, window: Window = (0, 0)) -> pd.DataFrame:
    """Test whether event days of a window are more volatile than estimation days foretell.

    Returns
    -------
    DataFrame
        Rows ``patell_u_z`` and ``volatility_t``; columns window, test, estimate (mean abnormal
        volatility, 1 under the null), statistic, p_value (one-sided: more volatile), df, n_events,
        n_dates, assumes, null, source. Distinct events with every day of the window; NaN where a
        test has too few.

    Notes
    -----
    U_i = mean over the L days of SAR^2 (d-2)/d, d the degrees of freedom: 1 under the null.
    ``patell_u_z`` = sum (U_i - 1)/sqrt(sum Var U_i), Var U_i = [2(d-1) + 2(L-1)]/(L (d-4)), as the
    days of an event share their s; N(0,1). For one day it is Patell's 2(d-1)/(d-4).
    ``volatility_t`` is the t of the mean of U_i - 1 by date, G - 1 degrees of freedom. Both see a
    changed mean as volatility, too.

    References
    ----------
    Beaver, W. H. (1968). The information content of annual earnings announcements. Journal of
    Accounting Research 6 (supplement), 67-92. Patell, J. M. (1976). Journal of Accounting Research
    14, 246-276.
    """
    everyone, window = result.distinct, checked_window("window", window)
    used = row_events(everyone, window, 1.0)
    days = used.columns(window)
    squares, df = used.sar[:, days] ** 2, used.fit.df
    u = (squares / t_variance(df)[:, None]).mean(axis=1)
    length = days.stop - days.start
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(
            np.isinf(df), 2 / length, (2 * (df - 1) + 2 * (length - 1)) / (length * (df - 4))
        )
    variance = np.where(df > 4, variance, np.nan)  # F(L, df) has none up to 4
    n = len(u)
    z = float((u - 1).sum() / np.sqrt(variance.sum())) if n else float("nan")
    counted = np.isin(everyone.row * (everyone.column.max(initial=0) + 1) + everyone.column,
                      used.row * (everyone.column.max(initial=0) + 1) + used.column)  # fmt: skip
    by_date = clustered_mean(u - 1, result.dates[counted])
    p_t = one_tail(by_date.p_value, by_date.statistic, "greater")
    shared = {
        "window": window_label(window),
        "estimate": float(u.mean()) if n else float("nan"),
        "n_events": n,
        "n_dates": by_date.n_clusters,
        "null": _NULL,
    }
    p_z = float(scipy.special.ndtr(-z))
    rows = [
        {"test": "patell_u_z", "statistic": z, "p_value": p_z, "df": np.nan,
         "assumes": "events are independent; returns are normal", "source": "Patell 1976"},
        {"test": "volatility_t", "statistic": by_date.statistic, "p_value": p_t, "df": by_date.df,
         "assumes": "dates are independent", "source": "Beaver 1968"},
    ]  # fmt: skip
    return pd.DataFrame([shared | row for row in rows], columns=_COLUMNS)


_COLUMNS = [
    "window", "test", "estimate", "statistic", "p_value", "df", "n_events", "n_dates", "assumes",
    "null", "source",
]  # fmt: skip
