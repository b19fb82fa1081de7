"""Two groups of events held against each other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def welch(a: npt.ArrayLike, b: npt.ArrayLike) -> dict[str, float]:
    """Compare two groups of values: Welch's t, its 95 % interval and Cohen's d.

    Parameters
    ----------
    a, b
        Values of the two groups, one for each independent piece of news.

    Returns
    -------
    dict
        difference, welch_t, welch_df, welch_p, ci_low, ci_high, cohens_d (pooled s.d.), pooled_sd.

    Notes
    -----
    t = (a - b) / sqrt(u + v), u = s_a^2 / n_a, v = s_b^2 / n_b of the means a and b;
    df = (u + v)^2 / (u^2 / (n_a - 1) + v^2 / (n_b - 1)).

    References
    ----------
    Welch (1947), Biometrika 34; Satterthwaite (1946), Biometrics Bulletin 2.
    """
    from scipy import stats  # takes half a second, and most runs need none of it

    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    found = stats.ttest_ind(x, y, equal_var=False)
    interval = found.confidence_interval(0.95)
    squares = (len(x) - 1) * x.var(ddof=1) + (len(y) - 1) * y.var(ddof=1)
    pooled = np.sqrt(squares / (len(x) + len(y) - 2))
    difference = x.mean() - y.mean()
    return {
        "difference": float(difference),
        "welch_t": float(found.statistic),
        "welch_df": float(found.df),
        "welch_p": float(found.pvalue),
        "ci_low": float(interval.low),
        "ci_high": float(interval.high),
        "cohens_d": float(difference / pooled),
        "pooled_sd": float(pooled),
    }
