"""Abnormal returns and their sums: pure functions on arrays (METHODS section 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from analysis.engine.models.fit import Ints, NormalReturnFit
from analysis.engine.panel import Window as Window
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
ReturnKind = Literal["simple", "log"]
Made = TypeVar("Made")


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
    n_sessions : int
        Length of the session axis of the panel.
    return_kind : str
        Whether returns are simple or log returns.
    pairing : tuple of ndarray, or None
        Numbers of the estimation days, shape (n_events, T), and of the event days, (n_events, L):
        days of different rows with equal numbers belong together
        (:meth:`~analysis.engine.panel.EventPanel.pairing`). None on one common session axis, where
        day ``row + event_day`` says it.
    """

    fit: NormalReturnFit
    returns: Floats
    event_window: Window
    estimation_window: Window
    row: npt.NDArray[np.intp]
    column: npt.NDArray[np.intp]
    session_id: npt.NDArray[np.int64]
    n_sessions: int = 0
    return_kind: ReturnKind = "simple"
    pairing: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None
    _made: dict[str | tuple[Any, ...], Any] = field(default_factory=dict, init=False)

    def __len__(self) -> int:
        return len(self.row)

    def memo(self, key: str | tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """Return what ``make`` gives, made once for each key: tests share their ingredients."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[no-any-return]

    @cached_property
    def ar(self) -> Floats:
        """Abnormal returns, shape (n_events, L), decimal; NaN where the return is missing."""
        return self.returns - self.fit.normal

    @cached_property
    def complete(self) -> bool:
        """Whether no estimation residual is missing."""
        return bool(np.isfinite(self.fit.residuals.sum()))

    @cached_property
    def forecast_factor(self) -> Floats:
        """Forecast-error factor C of each event day, shape (n_events, L)."""
        return np.asarray(1 + np.einsum("itp,itp->it", self.fit.loading, self.fit.loading))

    @cached_property
    def se(self) -> Floats:
        """Forecast standard error sigma sqrt(C) of each AR, shape (n_events, L), decimal."""
        sigma = self.fit.sigma[:, None]
        if self.fit.day_sigma is None:
            return np.asarray(sigma * np.sqrt(self.forecast_factor))
        return np.asarray(np.sqrt(self.fit.day_sigma**2 + sigma**2 * (self.forecast_factor - 1)))

    @cached_property
    def sar(self) -> Floats:
        """Standardised abnormal returns AR / (sigma sqrt C), shape (n_events, L)."""
        return np.asarray(self.ar / self.se)

    def take(self, events: slice | Ints) -> Abnormal:
        """Return the abnormal returns of some of the events."""
        return replace(
            self,
            fit=self.fit.take(events),
            returns=self.returns[events],
            row=self.row[events],
            column=self.column[events],
            session_id=self.session_id[events],
            pairing=None
            if self.pairing is None
            else (self.pairing[0][events], self.pairing[1][events]),
        )

    def shifted(self, effect: Floats) -> Abnormal:
        """Return the same events with an effect added to their event-window returns.

        Parameters
        ----------
        effect : ndarray of shape (L,) or (n_events, L)
            Decimal and finite, so that no day appears or disappears; what tests made of
            residuals alone is kept.
        """
        moved = replace(self, returns=self.returns + effect)
        kept = {k: v for k, v in self._made.items() if k in _OF_RESIDUALS or k[0] in _OF_RESIDUALS}
        moved._made.update(kept)
        return moved

    @classmethod
    def join(cls, parts: Sequence[Abnormal]) -> Abnormal:
        """Put disjoint sets of events of one study one after the other."""
        if len(parts) == 1:
            return parts[0]
        together: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("returns", "row", "column", "session_id")
        }
        pairings = [part.pairing for part in parts if part.pairing is not None]
        return replace(
            parts[0],
            **together,
            fit=NormalReturnFit.join([part.fit for part in parts]),
            pairing=(
                np.concatenate([pair[0] for pair in pairings]),
                np.concatenate([pair[1] for pair in pairings]),
            )
            if pairings
            else None,
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


#: Ingredients of tests that an effect in the event window does not change.
_OF_RESIDUALS = frozenset(
    {
        "residual_sums",
        "residual_ranks",
        "unit_residuals",
        "residual_moments",
        "starting",
        "positive_share",
        "correlation",
        "sharing",
    }
)


@dataclass(frozen=True, eq=False, repr=False)
class WindowSums:
    """Abnormal returns of one window, one value per event.

    Attributes
    ----------
    n_days : ndarray of shape (n_events,)
        Days of the window that have a value.
    complete : ndarray of bool, shape (n_events,)
        Whether every day has one.
    counted : ndarray of bool, shape (n_events,)
        Whether the event counts in this window: the share ``min_present`` of its days has a value,
        day 0 among them where the window holds it. All that follows is NaN unless it counts.
    car : ndarray of shape (n_events,)
        Sum of AR over the days present, decimal.
    se : ndarray of shape (n_events,)
        Standard error of that sum, with the exact forecast variance.
    scar : ndarray of shape (n_events,)
        ``car`` divided by ``se``.
    sar_sum : ndarray of shape (n_events,)
        Sum of SAR over the days present.
    bhar : ndarray of shape (n_events,)
        Buy-and-hold abnormal return, decimal; NaN unless complete, too.
    """

    n_days: Floats
    complete: npt.NDArray[np.bool_]
    counted: npt.NDArray[np.bool_]
    car: Floats
    se: Floats
    scar: Floats
    sar_sum: Floats
    bhar: Floats

    def take(self, some: npt.NDArray[np.bool_]) -> WindowSums:
        """Return the sums of some of the events."""
        return WindowSums(**{f.name: getattr(self, f.name)[some] for f in fields(self)})


def window_sums(abnormal: Abnormal, window: Window, min_present: float = 1.0) -> WindowSums:
    """Sum abnormal returns over a window with the exact variance of the sum.

    Parameters
    ----------
    abnormal
        The events.
    window
        Event days, inclusive.
    min_present
        Share of the days of the window an event needs to count in it (METHODS section 5).

    Notes
    -----
    Var CAR = sigma^2 (L + L^2/T + (sum(x_t - mean x))^2 / Sxx) for the market model, in general
    sigma^2 (L + 1'X_e (X'X)^-1 X_e'1), over the L days present (MacKinlay 1997; Mikkelson and
    Partch 1988). L in [0,0] is 1, and SCAR is then SAR. BHAR = prod(1 + R) - prod(1 + normal), or
    exp(sum r) - exp(sum normal) from log returns (Barber and Lyon 1997).
    """
    window = checked_window("window", window)
    key = ("sums", window, float(min_present))
    return abnormal.memo(key, lambda: _window_sums(abnormal, window, min_present))


def row_events(abnormal: Abnormal, window: Window, min_present: float = 1.0) -> Abnormal:
    """Return the events that count in a window: the one sample of every figure of its row."""
    counted = window_sums(abnormal, window, min_present).counted
    if counted.all():
        return abnormal
    key = ("row events", counted.tobytes())
    return abnormal.memo(key, lambda: abnormal.take(np.flatnonzero(counted)))


def _window_sums(abnormal: Abnormal, window: Window, min_present: float) -> WindowSums:
    days = abnormal.columns(window)
    fit, ar = abnormal.fit, abnormal.ar[:, days]
    present = np.isfinite(ar)
    n_days = present.sum(axis=1).astype(float)
    total = np.where(present, ar, 0.0).sum(axis=1)
    loading = np.einsum("itp,it->ip", fit.loading[:, days], present.astype(float))
    noise = (
        fit.sigma**2 * n_days
        if fit.day_sigma is None
        else np.where(present, fit.day_sigma[:, days] ** 2, 0.0).sum(axis=1)
    )
    se = np.sqrt(noise + fit.sigma**2 * np.einsum("ip,ip->i", loading, loading))
    counted = n_days >= min_present * present.shape[1] - 1e-9
    if window[0] <= 0 <= window[1]:
        counted &= present[:, -window[0]]
    with np.errstate(divide="ignore", invalid="ignore"):
        scar = np.where(counted, total / se, np.nan)
    sar = abnormal.sar[:, days]
    return WindowSums(
        n_days=n_days,
        complete=np.asarray(present.all(axis=1)),
        counted=counted,
        car=np.where(counted, total, np.nan),
        se=np.where(counted, se, np.nan),
        scar=scar,
        sar_sum=np.where(counted, np.where(present, sar, 0.0).sum(axis=1), np.nan),
        bhar=_bhar(abnormal, days),
    )


def _bhar(abnormal: Abnormal, days: slice) -> Floats:
    realised, normal = abnormal.returns[:, days], abnormal.fit.normal[:, days]
    if abnormal.return_kind == "log":
        return np.asarray(np.exp(realised.sum(axis=1)) - np.exp(normal.sum(axis=1)))
    return np.asarray((1 + realised).prod(axis=1) - (1 + normal).prod(axis=1))


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
        given: tuple[Any, ...] = tuple(window)  # type: ignore[arg-type]
        pair = (int(given[0]), int(given[1]))
        whole = pair == given and not any(isinstance(day, bool) for day in given)
    except (TypeError, ValueError, IndexError, OverflowError):
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
