"""The crude dependence test with the forecast error of the normal return (METHODS section 6)."""

from __future__ import annotations

import numpy as np

from analysis.engine.inference.outcome import Outcome, Question, TestDefinition
from analysis.engine.inference.parametric import collect_crude, crude_t
from analysis.engine.inference.states import Part, State


def _collect(part: Part) -> State:
    crude = collect_crude(part)
    factor = (part.sums.se / part.abnormal.fit.sigma) ** 2
    return State(summed={**crude.summed, "factor": np.array(factor.sum())})


def _finish(state: State, question: Question) -> Outcome:
    """Test the mean CAR by the spread of average residuals and the error of the forecast.

    Notes
    -----
    t = CAAR / (s sqrt C), s the standard deviation over estimation days of the mean residual of
    the events of the row, as in ``crude_dependence_t``, and C the mean over events of
    Var CAR_i / sigma_i^2: on one day 1 + 1/T + (x_0 - mean x)^2 / Sxx, which all events of one
    date share. The test was made for one shock on many firms.

    References
    ----------
    Lamb, R. P. (1995). An exposure-based analysis of property-liability insurer stock values
    around Hurricane Andrew. Journal of Risk and Insurance 62, 111-123.
    """
    return crude_t(state, question, float(state.summed["factor"]))


LAMB_T = TestDefinition(
    code="lamb_t",
    title="Lamb t",
    null="the average abnormal return is zero, with the spread of estimation-window averages and "
    "the error of the forecast",
    source="Lamb 1995",
    reference="t(T-1)",
    collect=_collect,
    finish=_finish,
    independent=False,
    any_variance=False,
    common_dates=True,
    full_days=True,
)
