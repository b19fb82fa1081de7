"""Abnormal returns and their sums: pure functions on arrays (METHODS section 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from analysis.errors import InputError
from analysis.models import NormalReturnFit

Floats = npt.NDArray[np.float64]
Window = tuple[int, int]


@dataclass(frozen=True, eq=False, repr=False)
class Abnormal:
    """Abnormal returns of the usable events and everything tests need beside them.

    Attributes
    ----------
    fit : NormalReturnFit
        The fitted normal-return model, one row per event.
    returns : ndarray of shape (n_events, L)
        Realised returns in the event window, decimal; NaN where missing.
    event_window : tuple of int
        First and last event day, inclusive; L days.
    estimation_window : tuple of int
        First and last day of the estimation window, inclusive; T days.
    row, column : ndarray of shape (n_events,)
        Day 0 and security of each event on the panel.
    session_id : ndarray of shape (n_events, L)
        Session of each event day; equal ids are the same session of the same exchange.
    """

    fit: NormalReturnFit
    returns: Floats
    event_window: Window
    estimation_window: Window
    row: npt.NDArray[np.intp]
    column: npt.NDArray[np.intp]
    session_id: npt.NDArray[np.int64]

    @cached_property
    def ar(self) -> Floats:
        """Abnormal returns, shape (n_events, L), decimal; NaN where the return is missing."""
        return self.returns - self.fit.normal

    @cached_property
    def forecast_factor(self) -> Floats:
        """Forecast-error factor C of each event day, shape (n_events, L)."""
        return 1 + np.einsum("itp,itp->it", self.fit.loading, self.fit.loading)

    @cached_property
    def se(self) -> Floats:
        """Forecast standard error sigma sqrt(C) of each AR, shape (n_events, L), decimal."""
        return self.fit.sigma[:, None] * np.sqrt(self.forecast_factor)

    @cached_property
    def sar(self) -> Floats:
        """Standardised abnormal returns AR / (sigma sqrt C), shape (n_events, L)."""
        return self.ar / self.se

    @cached_property
    def rank_deviation(self) -> Floats:
        """Centred ranks K - (M_i + 1)/2 over estimation and event days, shape (n_events, T + L).

        NaN where the return is missing; ties get their average rank (Corrado 1989).
        """
        return centred_ranks(np.hstack([self.fit.residuals, self.ar]))

    def take(self, events: slice) -> Abnormal:
        """Return the abnormal returns of some of the events."""
        return replace(
            self,
            fit=self.fit.take(events),
            returns=self.returns[events],
            row=self.row[events],
            column=self.column[events],
            session_id=self.session_id[events],
        )

    def columns(self, window: Window) -> slice:
        """Return the slice of event-window columns that a sub-window covers.

        Raises
        ------
        InputError
            If the window is not an ordered pair inside the event window.
        """
        first, last = self.event_window
        start, end = checked_window("window", window)
        if start < first or end > last:
            raise InputError(
                "window",
                list(window),
                f"it must lie inside the event window [{first:+d}, {last:+d}].",
                f"Did you mean [{max(start, first):+d}, {min(end, last):+d}]?"
                if max(start, first) <= min(end, last)
                else "Widen `event_window`.",
            )
        return slice(start - first, end - first + 1)


@dataclass(frozen=True, eq=False, repr=False)
class WindowSums:
    """Abnormal returns of one window, one value per event.

    Attributes
    ----------
    n_days : ndarray of shape (n_events,)
        Days of the window that have a value.
    complete : ndarray of bool, shape (n_events,)
        Whether every day has one.
    car : ndarray of shape (n_events,)
        Sum of AR, decimal; NaN unless complete, so that a missing day never counts as zero.
    se : ndarray of shape (n_events,)
        Standard error of the sum over the days present, with the exact forecast variance.
    scar : ndarray of shape (n_events,)
        Sum of AR over the days present, divided by ``se``; NaN if no day is present.
    sar_sum : ndarray of shape (n_events,)
        Sum of SAR over the days present.
    """

    n_days: Floats
    complete: npt.NDArray[np.bool_]
    car: Floats
    se: Floats
    scar: Floats
    sar_sum: Floats


def window_sums(abnormal: Abnormal, window: Window) -> WindowSums:
    """Sum abnormal returns over a window with the exact variance of the sum.

    Notes
    -----
    Var CAR = sigma^2 (L + L^2/T + (sum(x_t - mean x))^2 / Sxx) for the market model, in general
    sigma^2 (L + 1'X_e (X'X)^-1 X_e'1), over the L days present (MacKinlay 1997; Mikkelson and
    Partch 1988). L in [0,0] is 1, and SCAR is then SAR.
    """
    days = abnormal.columns(window)
    ar = abnormal.ar[:, days]
    present = np.isfinite(ar)
    n_days = present.sum(axis=1).astype(float)
    total = np.where(present, ar, 0.0).sum(axis=1)
    loading = np.einsum("itp,it->ip", abnormal.fit.loading[:, days], present.astype(float))
    se = abnormal.fit.sigma * np.sqrt(n_days + np.einsum("ip,ip->i", loading, loading))
    complete = present.all(axis=1)
    some = n_days > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        scar = np.where(some, total / se, np.nan)
    return WindowSums(
        n_days=n_days,
        complete=complete,
        car=np.where(complete, total, np.nan),
        se=np.where(some, se, np.nan),
        scar=scar,
        sar_sum=np.where(some, np.nansum(abnormal.sar[:, days], axis=1), np.nan),
    )


def centred_ranks(values: Floats) -> Floats:
    """Rank each row among its present values and subtract the mean rank.

    Parameters
    ----------
    values : ndarray of shape (n, m)
        NaN where missing; those stay NaN and do not take a rank.

    Returns
    -------
    ndarray of shape (n, m)
        rank - (m_i + 1)/2, with average ranks for ties.
    """
    missing = np.isnan(values)
    filled = np.where(missing, np.inf, values)
    order = np.argsort(filled, axis=1)
    ordered = np.take_along_axis(filled, order, axis=1)
    position = np.broadcast_to(np.arange(values.shape[1], dtype=float), values.shape)
    if (ordered[:, 1:] == ordered[:, :-1]).any():
        position = _average_ties(ordered)
    ranks = np.empty_like(values)
    np.put_along_axis(ranks, order, position + 1, axis=1)
    centre = ((~missing).sum(axis=1) + 1) / 2
    return np.where(missing, np.nan, ranks - centre[:, None])


def _average_ties(ordered: Floats) -> Floats:
    m = ordered.shape[1]
    index = np.arange(m)
    first = np.ones(ordered.shape, dtype=bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    start = np.maximum.accumulate(np.where(first, index, 0), axis=1)
    last = np.ones(ordered.shape, dtype=bool)
    last[:, :-1] = first[:, 1:]
    end = np.minimum.accumulate(np.where(last, index, m - 1)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((start + end) / 2)


def ewma_forecast(residuals: Floats, sigma: Floats, *, decay: float = 0.94) -> Floats:
    """Forecast the next day's volatility from residuals up to today (RiskMetrics 1996).

    Parameters
    ----------
    residuals : ndarray of shape (n_events, days)
        Residuals and out-of-sample abnormal returns up to day -1, oldest first; a NaN day
        leaves the forecast as it was.
    sigma : ndarray of shape (n_events,)
        Residual standard deviation the recursion starts from.
    decay
        Weight of yesterday's forecast.

    Returns
    -------
    ndarray of shape (n_events,)
        Standard deviation forecast for the next day, decimal.
    """
    variance = sigma**2
    for day in range(residuals.shape[1]):
        squared = residuals[:, day] ** 2
        updated = decay * variance + (1 - decay) * squared
        variance = np.where(np.isfinite(squared), updated, variance)
    return np.sqrt(variance)


def checked_window(name: str, window: object) -> Window:
    """Return ``window`` as an ordered pair of event days.

    Raises
    ------
    InputError
        If it is not two whole numbers in order.
    """
    try:
        start, end = window  # type: ignore[misc]
        pair = (int(start), int(end))
        whole = pair == (start, end)
    except (TypeError, ValueError):
        whole, pair = False, (0, 0)
    if not whole or isinstance(window, str):
        raise InputError(
            name, window, "it must be two whole event days, first and last.", "For example [-1, 1]."
        )
    if pair[0] > pair[1]:
        raise InputError(
            name,
            f"[{pair[0]:+d}, {pair[1]:+d}]",
            "the start must not come after the end.",
            f"Did you mean [{pair[1]:+d}, {pair[0]:+d}]?",
        )
    return pair
