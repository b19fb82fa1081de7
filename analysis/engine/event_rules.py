"""How a program standardises one event: what the project's own rule is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine.panel import Window, take_days, take_factors

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult

Floats = npt.NDArray[np.float64]
Divisor = Literal["T-k", "T-1", "T"]
Reference = Literal["t(T-k)", "t(T-1)", "t(T)", "N(0,1)"]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The arrays every rule starts from, one row for each usable event.

    Attributes
    ----------
    ar : ndarray of shape (n, L)
        Abnormal returns of the event window, decimal; NaN where missing.
    residuals : ndarray of shape (n, T)
        Estimation residuals; NaN where missing.
    x, x_event : ndarray of shape (n, T), (n, L)
        First benchmark or factor in both windows; zeros where the model has none.
    returns : ndarray of shape (n, T + gap + L)
        Returns from the first estimation day to the last event day.
    k : int
        Coefficients that were fitted.
    """

    ar: Floats
    residuals: Floats
    x: Floats
    x_event: Floats
    returns: Floats
    k: int

    @property
    def n_estimation(self) -> Floats:
        """Estimation days with a residual, shape (n,)."""
        return np.asarray(np.isfinite(self.residuals).sum(axis=1), dtype=np.float64)


def parts(result: EventStudyResult) -> Parts:
    """Take a study apart into the arrays of :class:`Parts`."""
    panel, spec, fit = result.panel, result.spec, result.abnormal.fit
    row, column = panel.row[result.rows], panel.column[result.rows]
    first, last = spec.estimation_window
    start, end = spec.event_window

    def factor(a: int, b: int) -> Floats:
        if not panel.factors.shape[-1]:
            return np.zeros((len(row), b - a + 1), dtype=np.float64)
        return np.asarray(take_factors(panel.factors, row, column, a, b)[..., 0])

    return Parts(
        ar=result.abnormal.ar,
        residuals=fit.residuals,
        x=factor(first, last),
        x_event=factor(start, end),
        returns=take_days(panel.returns, row, column, first, end),
        k=int(np.nanmax(fit.n_estimation - fit.df)) if np.isfinite(fit.df).all() else 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """How a program standardises one event: variance, forecast error, tail, reference.

    Attributes
    ----------
    divisor
        What the sum of squared residuals is divided by; the project divides by T - k.
    forecast_error
        Whether the factor C (or the exact Var CAR) of METHODS section 4 is applied.
    one_sided
        Whether p is that of one tail, printed without saying so.
    reference
        Distribution p is taken from.
    """

    divisor: Divisor = "T-k"
    forecast_error: bool = True
    one_sided: bool = False
    reference: Reference = "t(T-k)"

    def differs(self) -> str:
        """Say in what the rule differs from the project's own, in a few words."""
        said = []
        if self.divisor != "T-k":
            said.append(f"variance = sum e^2/({self.divisor})")
        if not self.forecast_error:
            said.append("no forecast error: Var CAR = L x variance")
        if self.one_sided:
            said.append("p of one tail, unsaid")
        if self.reference != "t(T-k)":
            said.append(f"p from {self.reference}")
        return "; ".join(said) or "nothing"


def event_figures(result: EventStudyResult, window: Window, rule: EventRule) -> pd.DataFrame:
    """Return every event's statistics of a window under a rule.

    Returns
    -------
    DataFrame
        Index (event_id, security); columns car, var_ar, var_car, t, p. NaN where a day of the
        window is missing.

    Notes
    -----
    t = CAR/sqrt(Var CAR), Var CAR = s^2 [L + L^2/T + (sum(x - xbar))^2/Sxx] with the forecast
    error and s^2 L without it; s^2 = sum e^2/divisor.
    """
    found, sums = parts(result), result.sums(window)
    n, length = found.n_estimation, window[1] - window[0] + 1
    divisor = {"T-k": n - found.k, "T-1": n - 1, "T": n}
    variance = np.nansum(found.residuals**2, axis=1) / divisor[rule.divisor]
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = sums.se**2 / result.abnormal.fit.sigma**2
        spread = variance * (exact if rule.forecast_error else length)
        t = sums.car / np.sqrt(spread)
    degrees = {"t(T-k)": n - found.k, "t(T-1)": n - 1, "t(T)": n}
    beyond = (
        scipy.special.ndtr(-np.abs(t))
        if rule.reference == "N(0,1)"
        else scipy.special.stdtr(degrees[rule.reference], -np.abs(t))
    )
    columns = {
        "car": sums.car,
        "var_ar": variance,
        "var_car": spread,
        "t": t,
        "p": beyond * (1 if rule.one_sided else 2),
    }
    return pd.DataFrame(columns, index=result.car(window).index)
