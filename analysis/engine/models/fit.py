"""What every normal-return model is given, and the record it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from analysis.engine.panel import Window, take_days, take_factors
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Robust = Literal["huber", "lad"]
Volatility = Literal["garch", "gjr"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Choices some of the models have.

    Attributes
    ----------
    leads, lags : int
        Neighbouring sessions of the benchmark in ``dimson``.
    robust : str
        ``"huber"`` or ``"lad"``, the line of ``robust_market_model``.
    volatility : str
        ``"garch"`` or ``"gjr"``, the errors of ``garch_market_model``.
    return_kind : str
        ``"simple"`` or ``"log"``: how returns cumulate over the days of ``trade_to_trade``.
    """

    leads: int = 1
    lags: int = 1
    robust: Robust = "huber"
    volatility: Volatility = "garch"
    return_kind: Literal["simple", "log"] = "simple"


@dataclass(frozen=True, eq=False, repr=False)
class Sample:
    """Returns and factors of some events, gathered around their day 0 when asked.

    Attributes
    ----------
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal returns; NaN where missing.
    factors : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        The k factors the model uses.
    risk_free : ndarray of shape (n_sessions,) or (n_sessions, n_securities), or None
        Return of the riskless asset; None for raw returns.
    row, column : ndarray of shape (n_events,)
        Day 0 and security of each event.
    estimation_window, event_window : tuple of int
        Inclusive event days; T and L days.
    left_out : ndarray of bool, shape (n_events, T), or None
        Estimation days that are not to be used.
    factor_names : tuple of str
        Names of the k factors.
    donors : ndarray of bool, shape (n_events, n_securities), or None
        Securities the normal return of an event may be made of; None for models without donors.
    """

    returns: Floats
    factors: Floats
    risk_free: Floats | None
    row: Ints
    column: Ints
    estimation_window: Window
    event_window: Window
    left_out: npt.NDArray[np.bool_] | None
    factor_names: tuple[str, ...]
    donors: npt.NDArray[np.bool_] | None = None

    @property
    def n_event_days(self) -> int:
        """L, the length of the event window."""
        return self.event_window[1] - self.event_window[0] + 1

    def y(self) -> Floats:
        """Return estimation-window returns, shape (n_events, T); NaN where not to be used."""
        values = take_days(self.returns, self.row, self.column, *self.estimation_window)
        return values if self.left_out is None else np.where(self.left_out, np.nan, values)

    def x(self, shift: int = 0) -> Floats:
        """Return factors of the estimation days moved by ``shift``, shape (n_events, T, k)."""
        start, end = self.estimation_window
        return take_factors(self.factors, self.row, self.column, start + shift, end + shift)

    def x_event(self) -> Floats:
        """Return factors of the event window, shape (n_events, L, k)."""
        return take_factors(self.factors, self.row, self.column, *self.event_window)

    def riskless(self, window: Window) -> Floats:
        """Return the riskless return of a window, shape (n_events, days); 0 without one."""
        if self.risk_free is None:
            return np.zeros((len(self.row), window[1] - window[0] + 1))
        return take_days(self.risk_free, self.row, self.column, *window)


@dataclass(frozen=True, eq=False, repr=False)
class NormalReturnFit:
    """One normal-return model fitted to every event.

    Attributes
    ----------
    model : str
        Name of the model.
    names : tuple of str
        Names of the coefficients.
    coef : ndarray of shape (n_events, len(names))
        Coefficients; ``alpha`` in daily decimal units.
    sigma : ndarray of shape (n_events,)
        Residual standard deviation, daily, decimal; divides by ``df``.
    df, n_estimation : ndarray of shape (n_events,)
        Degrees of freedom (infinite for a normal reference); estimation days with a value.
    residuals : ndarray of shape (n_events, T)
        Estimation residuals; NaN where a return is missing.
    normal : ndarray of shape (n_events, L)
        Normal return on each event day.
    loading : ndarray of shape (n_events, L, p)
        Event-window regressors scaled so that the forecast-error factor of a day is
        ``1 + sum(loading**2)`` and the variance of a sum of days is
        ``sigma**2 * (L + sum(sum_over_days(loading)**2))``; p = 0 where nothing is estimated.
    day_sigma : ndarray of shape (n_events, L) or None
        Standard deviation forecast for each event day; None where it is ``sigma`` every day.
    """

    model: str
    names: tuple[str, ...]
    coef: Floats
    sigma: Floats
    df: Floats
    n_estimation: Floats
    residuals: Floats
    normal: Floats
    loading: Floats
    day_sigma: Floats | None = None

    def take(self, events: slice | Ints) -> NormalReturnFit:
        """Return the fits of some of the events."""
        return replace(
            self,
            **{name: getattr(self, name)[events] for name in _PER_EVENT},
            day_sigma=None if self.day_sigma is None else self.day_sigma[events],
        )

    @classmethod
    def join(cls, parts: Sequence[NormalReturnFit]) -> NormalReturnFit:
        """Put fits of disjoint sets of events, by the same model, one after the other."""
        first = parts[0]
        if len(parts) == 1:
            return first
        together: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _PER_EVENT
        }
        daily = [part.day_sigma for part in parts if part.day_sigma is not None]
        return replace(first, **together, day_sigma=np.concatenate(daily) if daily else None)


_PER_EVENT = ("coef", "sigma", "df", "n_estimation", "residuals", "normal", "loading")


def one_benchmark(model: str, sample: Sample) -> None:
    """Refuse several factors where a model takes one benchmark.

    Raises
    ------
    InputError
        If the sample does not hold exactly one factor.
    """
    if sample.factors.shape[-1] != 1:
        raise InputError(
            "benchmark",
            f"{sample.factors.shape[-1]} columns",
            f"{model} takes exactly one benchmark.",
            "Pass a Series, name the column with factors=(...), or use model='factor_model'.",
        )


def row_mean(values: Floats, n_obs: Floats) -> Floats:
    """Mean of the present values of each row; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nansum(values, axis=1) / n_obs)


def residual_sigma(residuals: Floats, df: Floats) -> Floats:
    """Root of the sum of squares of the present residuals over ``df``; NaN where df <= 0.

    Notes
    -----
    sigma^2 = sum e_t^2 / df, df = T less the coefficients estimated (MacKinlay 1997, eq. 8).

    References
    ----------
    MacKinlay, A. C. (1997). Event studies in economics and finance. Journal of Economic Literature
    35, 13-39.
    """
    squares = np.einsum("it,it->i", residuals, residuals)
    if not np.isfinite(squares).all():
        filled = np.where(np.isnan(residuals), 0.0, residuals)
        squares = np.einsum("it,it->i", filled, filled)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(np.where(df > 0, squares / df, np.nan))
