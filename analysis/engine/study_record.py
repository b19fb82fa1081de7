"""The record of a study, and views of its numbers with the labels back on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.abnormal import (
    Abnormal,
    WindowSums,
    checked_window,
    row_events,
    window_sums,
)
from analysis.engine.inference.assumptions import Sample
from analysis.engine.inference.row_sample import row_sample
from analysis.engine.inference.states import t_variance
from analysis.engine.overlap import overlap_counts
from analysis.engine.panel import EventPanel, Window
from analysis.engine.rows import mean_or_nan
from analysis.engine.spec import StudySpec
from analysis.engine.volume import refuse_volume_as_return

Measure = Literal["return", "volume"]


@dataclass(frozen=True, eq=False, repr=False)
class StudyRecord:
    """The spec, one outcome for every requested event, and the abnormal returns.

    Attributes
    ----------
    spec : StudySpec
        What was asked: model, windows, return kind.
    panel : EventPanel
        The data the study ran on.
    status, reason : ndarray of shape (n_requested,)
        ``"ok"`` or what is wrong with a row of the panel, and why.
    rows : ndarray of shape (n_events,)
        Rows of the panel that are usable; all arrays below follow it.
    abnormal : Abnormal
        Fits and abnormal returns as arrays.
    notes : tuple of str
        What the gate noticed: suspicious, but possible.
    events : DataFrame or None
        The events as they were given, a row for each row of the panel; :meth:`by` groups by its
        columns.
    measure : str
        What is abnormal: ``"return"``, or ``"volume"`` (log points).

    Notes
    -----
    Accessors return new objects; changing one changes nothing here.
    """

    spec: StudySpec
    panel: EventPanel
    status: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    rows: npt.NDArray[np.intp]
    abnormal: Abnormal
    notes: tuple[str, ...] = ()
    events: pd.DataFrame | None = None
    measure: Measure = "return"

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which requested events can be used, shape (n_requested,)."""
        return np.asarray(self.status == "ok")

    @property
    def n_event_days(self) -> npt.NDArray[np.int64]:
        """Days of the event window with an abnormal return, shape (n_requested,)."""
        return self._on_all(np.isfinite(self.abnormal.ar).sum(axis=1))

    @property
    def partial(self) -> npt.NDArray[np.bool_]:
        """Which usable events lack days of the event window, shape (n_requested,)."""
        return self.usable & (self.n_event_days < self.spec.n_event)

    def _partial_reason(self, days: int) -> str:
        return (
            f"abnormal returns on {days} of the {self.spec.n_event} days of `event_window` "
            f"{list(self.spec.event_window)}: it counts in the windows whose days it has"
        )

    @cached_property
    def _index(self) -> pd.MultiIndex:
        return pd.MultiIndex.from_arrays(
            [self.panel.event_id[self.rows], self.panel.security[self.rows]],
            names=["event_id", "security"],
        )

    @property
    def _event_days(self) -> pd.Index[int]:
        first, last = self.spec.event_window
        return pd.RangeIndex(first, last + 1, name="event_day")

    @property
    def outcomes(self) -> pd.DataFrame:
        """One row per requested event.

        Columns: event_id, security, session, status (``ok``; ``partial`` where days of the event
        window are missing, so that the event counts in some windows only; else why it cannot be
        used), reason; n_estimation and n_event_days, days
        with an abnormal return in the two windows (0 where not usable); same_session, other rows
        with the same day 0 in any security; overlapping, other rows of the same security whose
        event windows overlap; contaminated_days, estimation days inside the event window of
        another row of the same security.
        """
        panel = self.panel
        label = np.full(len(panel.row), np.datetime64("NaT"), dtype=panel.label.dtype)
        placed = panel.row >= 0
        label[placed] = (
            panel.label[panel.row[placed]]
            if panel.label.ndim == 1
            else panel.label[panel.row[placed], panel.column[placed]]
        )
        return pd.DataFrame(
            {
                "event_id": panel.event_id,
                "security": panel.security,
                "session": label.astype("datetime64[us]"),
                "status": np.where(self.partial, "partial", self.status),
                "reason": [
                    self._partial_reason(days) if some else why
                    for some, days, why in zip(
                        self.partial, self.n_event_days, self.reason, strict=True
                    )
                ],
                "n_estimation": self._on_all(self.abnormal.fit.n_estimation),
                "n_event_days": self.n_event_days,
                **overlap_counts(panel, self.spec.estimation_window, self.spec.event_window),
            }
        )

    def _on_all(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        out = np.zeros(len(self.status), dtype=np.int64)
        out[self.rows] = values
        return out

    @property
    def fits(self) -> pd.DataFrame:
        """Coefficients, sigma (daily, decimal), df and n_estimation of each usable event."""
        fit = self.abnormal.fit
        frame = pd.DataFrame(fit.coef, index=self._index, columns=list(fit.names))
        return frame.assign(sigma=fit.sigma, df=fit.df, n_estimation=fit.n_estimation.astype(int))

    @property
    def ar(self) -> pd.DataFrame:
        """Abnormal returns, rows (event_id, security), columns event_day; NaN where missing."""
        return self._daily(self.abnormal.ar)

    @property
    def sar(self) -> pd.DataFrame:
        """Standardised abnormal returns, shaped like :attr:`ar`."""
        return self._daily(self.abnormal.sar)

    @property
    def ar_se(self) -> pd.DataFrame:
        """Forecast standard errors of the abnormal returns, shaped like :attr:`ar`."""
        return self._daily(self.abnormal.se)

    @property
    def residuals(self) -> pd.DataFrame:
        """Estimation residuals, rows (event_id, security), columns event_day."""
        first, last = self.spec.estimation_window
        days = pd.RangeIndex(first, last + 1, name="event_day")
        return pd.DataFrame(self.abnormal.fit.residuals, index=self._index, columns=days)

    @property
    def aar(self) -> pd.DataFrame:
        """Mean abnormal return of each event day with its cross-sectional s.e. and its N.

        Columns aar, se, n_events (distinct reactions with an abnormal return on that day) and
        n_left_out (distinct usable ones without).
        """
        frame = pd.DataFrame(self.distinct.ar, columns=self._event_days)
        n = frame.count()
        return pd.DataFrame(
            {
                "aar": frame.mean(),
                "se": frame.std(ddof=1) / np.sqrt(n),
                "n_events": n,
                "n_left_out": len(frame) - n,
            },
            index=self._event_days,
        )

    def sums(self, window: Window) -> WindowSums:
        """Return sums over a window as arrays, one value per usable event."""
        window = checked_window("window", window)
        return window_sums(self.abnormal, window, self.spec.min_present)

    def window_sums_of_distinct(self, window: Window) -> WindowSums:
        """Return sums over a window of the :attr:`distinct` (security, day 0) only."""
        return window_sums(self.distinct, window, self.spec.min_present)

    def car(self, window: Window) -> pd.Series[float]:
        """Cumulative abnormal return of each event over a window; NaN where it does not count."""
        return pd.Series(self.sums(window).car, index=self._index, name="car")

    def scar(self, window: Window) -> pd.Series[float]:
        """CAR over its exact forecast standard error; NaN where the event does not count."""
        return pd.Series(self.sums(window).scar, index=self._index, name="scar")

    def bhar(self, window: Window) -> pd.Series[float]:
        """Buy-and-hold abnormal return of each event over a window; NaN if a day is missing."""
        refuse_volume_as_return(self)
        return pd.Series(self.sums(window).bhar, index=self._index, name="bhar")

    def buy_and_hold(self, window: Window) -> pd.Series[float]:
        """Plain buy-and-hold return of each event, prod(1 + R) - 1: nothing normal is taken out.

        Nothing is estimated, so that every event of the study has one, also those too early for
        an estimation window; and the window may reach beyond the event window.

        Parameters
        ----------
        window
            First and last event day, inclusive.

        Returns
        -------
        Series
            Index (event_id, security) of all requested events, decimal; NaN where a day of the
            window has no return.
        """
        from analysis.engine.conventions import buy_and_hold

        return buy_and_hold(self, window)

    def caar(self, window: Window) -> float:
        """Mean CAR over the distinct events that count in the window; NaN if none does."""
        return mean_or_nan(self.row(window).car)

    def abhar(self, window: Window) -> float:
        """Mean BHAR over the distinct events that have every day of the window."""
        refuse_volume_as_return(self)
        return mean_or_nan(self.row(window, every_day=True).bhar)

    def row(self, window: Window, *, every_day: bool = False) -> WindowSums:
        """Return sums over a window of the events of its row: distinct, and counted in it."""
        share = 1.0 if every_day else self.spec.min_present
        window = checked_window("window", window)
        return window_sums(row_events(self.distinct, window, share), window, share)

    def sample(self, window: Window) -> Sample:
        """Say how many events of a row are partial or left out, and what they show of tests."""
        window = checked_window("window", window)
        return row_sample(self.distinct, window, self.spec.test_options)

    @property
    def abnormal_volatility(self) -> pd.DataFrame:
        """SAR^2 (df-2)/df, mean 1 under the null, shaped like :attr:`ar`; NaN up to 2 df."""
        return self._daily(self.abnormal.sar**2 / t_variance(self.abnormal.fit.df)[:, None])

    @cached_property
    def distinct(self) -> Abnormal:
        """Abnormal returns with one row for each (security, day 0), the first of each."""
        first = self.distinct_positions
        return self.abnormal if len(first) == len(self.rows) else self.abnormal.take(first)

    @property
    def dates(self) -> npt.NDArray[np.int64]:
        """Day 0 of each distinct event as a number: equal numbers are the same date."""
        session, found = self.panel.session_id, self.distinct
        return found.row.astype(np.int64) if session.ndim == 1 else session[found.row, found.column]

    @cached_property
    def distinct_positions(self) -> npt.NDArray[np.intp]:
        """Positions, ascending, of the first usable row of each (security, day 0)."""
        ab = self.abnormal
        key = ab.column.astype(np.int64) * (ab.n_sessions + 1) + ab.row
        return np.sort(np.unique(key, return_index=True)[1])

    def _daily(self, values: npt.NDArray[np.float64]) -> pd.DataFrame:
        return pd.DataFrame(values.copy(), index=self._index, columns=self._event_days)
