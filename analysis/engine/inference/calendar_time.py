"""The calendar-time portfolio test (METHODS section 6)."""

from __future__ import annotations

import numpy as np

from analysis.engine.inference.outcome import (
    Outcome,
    Question,
    TestDefinition,
    student_p,
)
from analysis.engine.inference.parametric import NO_SPREAD, NO_VALUE
from analysis.engine.inference.sessions_shared import sums_by_session, tested_sessions
from analysis.engine.inference.states import (
    Floats,
    Part,
    State,
    mean_car,
    n_used,
)

#: Fewest calendar days with an open event, and fewest estimation dates of a portfolio.
FEWEST_DAYS = 30


def _collect(part: Part) -> State:
    ab, days = part.abnormal, part.abnormal.columns(part.window)
    ar = ab.ar[:, days]
    present = np.isfinite(ar)
    weights = present.astype(float)
    if ab.complete:
        residuals = sums_by_session(ab, part.window, ab.fit.residuals, weights)
        dates = sums_by_session(ab, part.window, None, weights)
    else:
        there = np.isfinite(ab.fit.residuals)
        filled = np.where(there, ab.fit.residuals, 0.0)
        residuals = sums_by_session(ab, part.window, filled, weights)
        dates = sums_by_session(ab, part.window, there.astype(float), weights)
    at = tested_sessions(ab, part.window)
    if ab.pairing is not None:
        at = np.unique(at, return_inverse=True)[1].reshape(ar.shape)
    size = len(residuals)
    return State(
        summed={
            **part.totals(),
            "residuals": residuals,
            "dates": dates,
            "ar": np.bincount(at[present], ar[present], size).astype(float),
            "open": np.bincount(at[present], None, size).astype(float),
        },
    )


def portfolio_days(residuals: Floats, dates: Floats, ar: Floats, n_open: Floats) -> Floats:
    """Standardise the portfolio of each calendar day by its own estimation-window spread.

    Parameters
    ----------
    residuals, dates : ndarray of shape (sessions, dates)
        Sum over the open events of residuals, and how many have one, by date.
    ar, n_open : ndarray of shape (sessions,)
        Sum of abnormal returns and number of open events.

    Returns
    -------
    ndarray of shape (days,)
        Equal-weighted portfolio AR over the s.d. of the same portfolio's residual on the dates
        every open event has one (at least 30).

    Notes
    -----
    The test is the t of the mean of these days, with one degree of freedom less than days.

    References
    ----------
    Jaffe, J. F. (1974). Special information and insider trading. Journal of Business 47, 410-428.
    Mandelker, G. (1974). Risk and return: the case of merging firms. Journal of Financial Economics
    1, 303-335.
    """
    rows = n_open > 0
    n = n_open[rows][:, None]
    full = dates[rows] == n
    count = full.sum(axis=1)
    total = residuals[rows] * full
    with np.errstate(divide="ignore", invalid="ignore"):
        # residuals are about zero, so that nothing is lost by subtracting squares
        squares = np.einsum("sd,sd->s", total, total) - total.sum(axis=1) ** 2 / count
        spread = np.sqrt(squares / (count - 1))
        z = ar[rows] / spread
    return np.asarray(z[(count >= FEWEST_DAYS) & np.isfinite(z)])


def _finish(state: State, question: Question) -> Outcome:
    n = n_used(state)
    if n == 0:
        return question.inapplicable(0, NO_VALUE)
    summed = state.summed
    z = portfolio_days(summed["residuals"], summed["dates"], summed["ar"], summed["open"])
    if len(z) < FEWEST_DAYS:
        return question.inapplicable(
            n, f"it needs {FEWEST_DAYS} calendar days with an open event, there are {len(z)}"
        )
    spread = z.std(ddof=1)
    if not spread > 0:
        return question.inapplicable(n, NO_SPREAD)
    t = z.mean() / (spread / np.sqrt(len(z)))
    df = len(z) - 1
    return question.found(
        n,
        statistic=t,
        p_value=student_p(t, df),
        df=df,
        estimate=mean_car(state),
        details={"days": float(len(z))},
    )


CALENDAR_TIME_T = TestDefinition(
    code="calendar_time_t",
    title="Calendar-time portfolio t",
    null="the portfolio of open events earns no abnormal return on a calendar day",
    source="Jaffe 1974; Mandelker 1974",
    reference="t(days-1)",
    collect=_collect,
    finish=_finish,
    symmetric=True,
    independent=False,
    correlated=True,
)
