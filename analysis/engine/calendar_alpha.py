"""Calendar-time alpha: what a portfolio that holds every security after its event earns a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from analysis.engine.abnormal import checked_window
from analysis.engine.inference.alternative import Alternative, one_tail, p_name
from analysis.engine.models import MODELS
from analysis.engine.models.fit import Floats
from analysis.engine.panel import Window
from analysis.engine.regression import estimates_table, hac_covariance, newey_west_lags
from analysis.engine.rows import window_label
from analysis.engine.volume import refuse_volume_as_return
from analysis.errors import InputError
from analysis.wording import p_value

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult

Weights = Literal["days", "events"]
Errors = Literal["ols", "HC1", "hac"]
#: Fewest days a portfolio must be held, beside one a coefficient.
FEWEST_DAYS = 30


@dataclass(frozen=True, eq=False, repr=False)
class CalendarAlpha:
    """A regression of the portfolio of open events on the factors.

    Attributes
    ----------
    window : tuple of int
        Event days a security is held.
    coefficients : DataFrame
        Index alpha and the factors; columns estimate (alpha daily, decimal), se, statistic,
        p_value, low, high (95 %).
    portfolio : DataFrame
        Index session; columns portfolio (return less the riskless one, decimal) and n_open.
    weights, errors : str
        As asked for.
    n_days, n_events, df : int
        Days held, distinct events that were ever held, degrees of freedom.
    alternative : str
        Of the p-values of alpha.
    """

    window: Window
    coefficients: pd.DataFrame
    portfolio: pd.DataFrame
    weights: Weights
    errors: Errors
    n_days: int
    n_events: int
    df: int
    alternative: Alternative

    @property
    def alpha(self) -> float:
        """Abnormal return a day, decimal."""
        return self._of_alpha("estimate")

    @property
    def p_value(self) -> float:
        """Of a zero alpha."""
        return self._of_alpha("p_value")

    def _of_alpha(self, figure: str) -> float:
        return float(self.coefficients[figure].to_numpy()[0])

    def __repr__(self) -> str:
        t = self._of_alpha("statistic")
        return (
            f"CalendarAlpha {window_label(self.window)}: {self.alpha:+.4%} a day (t = {t:.2f}, "
            f"{p_name(self.alternative)} = {p_value(self.p_value)}), {self.n_events} events, "
            f"{self.n_days} days"
        )

    def _repr_html_(self) -> str:
        return str(self.coefficients.to_html(float_format="{:.5f}".format))


def calendar_time_alpha(
    result: EventStudyResult,
    window: Window = (0, 0),
    *,
    weights: Weights = "days",
    errors: Errors = "HC1",
    fewest_open: int = 1,
) -> CalendarAlpha:
    """Regress the equal-weighted portfolio of open events on the study's factors.

    Parameters
    ----------
    result
        A study on one session axis; its benchmark or factors (and ``risk_free``) are used.
    window
        Event days a security is held; it may reach beyond the event window.
    weights
        ``"days"``: every day counts the same (Fama 1998); ``"events"``: least squares weighted by
        the number of open events (Mitchell and Stafford 2000).
    errors
        ``"ols"``, ``"HC1"`` (the variance of a portfolio changes with its size), or ``"hac"``.
    fewest_open
        Days with fewer open events are left out.

    Raises
    ------
    InputError
        If securities keep different sessions, a choice is unknown, or days are too few.

    Notes
    -----
    R_p,t - rf_t = alpha + b'f_t + u_t over the days t on which an event is open. A security with
    two open events is held once. Dependence between events is in the variance of the portfolio, so
    that no correlation has to be assumed; the test has little power where activity is bunched.

    References
    ----------
    Jaffe, J. F. (1974). Journal of Business 47, 410-428. Mandelker, G. (1974). Journal of Financial
    Economics 1, 303-335. Fama, E. F. (1998). Market efficiency, long-term returns, and behavioral
    finance. Journal of Financial Economics 49, 283-306. Mitchell, M. L. and Stafford, E. (2000).
    Managerial decisions and long-term stock price performance. Journal of Business 73, 287-329.
    """
    window = checked_window("window", window)
    for name, value, valid in (("weights", weights, Weights), ("errors", errors, Errors)):
        if value not in get_args(valid):
            raise InputError.choice(name, value, get_args(valid))
    if isinstance(fewest_open, bool) or not isinstance(fewest_open, int) or fewest_open < 1:
        raise InputError("fewest_open", fewest_open, "it must be a whole number of 1 or more.")
    refuse_volume_as_return(result)
    panel, spec = result.panel, result.spec
    if panel.label.ndim == 2 or panel.factors.ndim == 3:
        raise InputError(
            "result", "securities with sessions or benchmarks of their own",
            "a portfolio needs one calendar and one set of factors.",
            "Use test('calendar_time_t').",
        )  # fmt: skip
    y, n_open, held = _portfolio(result, window)
    names, x, riskless = _factors(result)
    keep = (n_open >= max(fewest_open, 1)) & np.isfinite(y - riskless) & np.isfinite(x).all(axis=1)
    design = np.column_stack([np.ones(int(keep.sum())), x[keep]])
    n, k = design.shape
    if n < max(FEWEST_DAYS, k + 2):
        raise InputError(
            "window", list(window), f"events are open on {n} days, {max(FEWEST_DAYS, k + 2)} are "
            "needed.", "Hold them longer, or use other tests.",
        )  # fmt: skip
    excess = (y - riskless)[keep]
    root = np.sqrt(n_open[keep]) if weights == "events" else np.ones(n)
    estimate, cov = _line(design * root[:, None], excess * root, errors)
    labels = panel.label[keep].astype("datetime64[us]")
    portfolio = pd.DataFrame(
        {"portfolio": excess, "n_open": n_open[keep].astype(int)},
        index=pd.DatetimeIndex(labels, name="session"),
    )
    table = estimates_table(estimate, np.sqrt(np.diag(cov)), n - k, ["alpha", *names])
    p = table["p_value"].to_numpy().copy()
    p[0] = one_tail(float(p[0]), float(table["statistic"].to_numpy()[0]), spec.alternative)
    table = table.assign(p_value=p)
    return CalendarAlpha(window, table, portfolio, weights, errors, n, held, n - k,
                         spec.alternative)  # fmt: skip


def _portfolio(result: EventStudyResult, window: Window) -> tuple[Floats, Floats, int]:
    """Return the equal-weighted return of open securities and their number on every session."""
    panel, events = result.panel, result.distinct
    open_on = np.zeros(panel.returns.shape, dtype=bool)
    held = 0
    for row, column in zip(events.row.tolist(), events.column.tolist(), strict=True):
        first, last = max(row + window[0], 0), min(row + window[1], panel.n_sessions - 1)
        days = np.isfinite(panel.returns[first : last + 1, column])
        open_on[first : last + 1, column] |= days
        held += int(days.any())
    n = open_on.sum(axis=1).astype(float)
    total = np.where(open_on, np.nan_to_num(panel.returns), 0.0).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return total / n, n, held


def _factors(result: EventStudyResult) -> tuple[list[str], Floats, Floats]:
    panel, spec = result.panel, result.spec
    names = list(panel.factor_names)
    riskless = np.zeros(panel.n_sessions)
    if spec.risk_free is not None:
        riskless = panel.factors[:, names.index(spec.risk_free)]
    chosen = [name for name in spec.factors or names if name != spec.risk_free]
    if not MODELS[spec.model].needs_benchmark:
        chosen = []
    return chosen, panel.factors[:, [names.index(name) for name in chosen]], riskless


def _line(design: Floats, y: Floats, errors: Errors) -> tuple[Floats, Floats]:
    n, k = design.shape
    inverse = np.asarray(np.linalg.inv(design.T @ design), dtype=float)
    estimate = inverse @ (design.T @ y)
    e = y - design @ estimate
    if errors == "ols":
        return estimate, inverse * (e @ e) / (n - k)
    if errors == "HC1":
        return estimate, hac_covariance(design, e, 0, inverse) * n / (n - k)
    return estimate, hac_covariance(design, e, newey_west_lags(n), inverse)
