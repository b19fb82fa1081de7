"""The event panel: the only place where labelled data become arrays.

Everything below this room (``models``, ``abnormal``, ``inference``) sees arrays with documented
shapes and never a date; ``results`` puts the labels back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Window = tuple[int, int]
Scalar = TypeVar("Scalar", bound=np.generic)

_DAY_SECONDS = 86_400


@dataclass(frozen=True, eq=False, repr=False)
class EventPanel:
    """Returns, factors and events as arrays; the only input of the engine.

    Attributes
    ----------
    event_id, security : ndarray of shape (n_events,)
        The key of a row; the pair is unique.
    column : ndarray of shape (n_events,)
        Column of ``returns`` the row is about.
    row : ndarray of shape (n_events,)
        Row of ``returns`` that is day 0; -1 where there is none.
    securities : tuple of str
        Names of the columns of ``returns``.
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal returns on each security's own session axis; NaN where missing (never filled),
        and as padding after the end of a shorter axis.
    factors : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        Decimal returns of the benchmark or factors over the same intervals; k may be 0.
    factor_names : tuple of str
        Names of the k factors.
    session_id : ndarray of shape (n_sessions,) or (n_sessions, n_securities)
        Integer id of a session: equal ids are the same trading day of the same exchange.
    label : ndarray of datetime64, same shape as ``session_id``
        The date of a session (of a bar within a day: its time), for display only.
    span : ndarray of shape (n_sessions, n_securities) or None
        Benchmark closes inside the interval of a return; None where every return spans one.
    close_at : ndarray of shape (n_sessions, n_securities) or None
        Closing instant of each session, seconds UTC since 1970; None on one common axis.
    clock : ndarray of shape (n_events,) or None
        Seconds of the UTC day at which the news of a row broke. With ``close_at`` it pairs sessions
        of markets in different time zones as their day 0s are (:meth:`pairing`): for tests over
        several exchanges at once. A study of markets tests each by itself and needs none.
    status, reason : ndarray of shape (n_events,)
        ``"ok"``, or what the builder already knows to be wrong with a row: ``no_session``,
        ``short_estimation``, ``missing_price``, ``missing_return``, ``outside_data``,
        ``no_variation``, ``no_fit``; over partitions, where one bad row or file must not end the
        run, ``duplicate`` and ``unreadable_prices``, too.
    notes : tuple of str
        What the gate noticed when the panel was built.
    candidate : ndarray of bool, shape (n_events,), or None
        Rows of another day 0 their event may have had; None where every event has but one.
    """

    event_id: npt.NDArray[np.object_]
    security: npt.NDArray[np.object_]
    column: Ints
    row: Ints
    securities: tuple[str, ...]
    returns: Floats
    factors: Floats
    factor_names: tuple[str, ...]
    session_id: npt.NDArray[np.int64]
    label: npt.NDArray[np.datetime64]
    status: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    span: npt.NDArray[np.int64] | None = None
    close_at: npt.NDArray[np.int64] | None = None
    clock: npt.NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()
    candidate: npt.NDArray[np.bool_] | None = None

    def __repr__(self) -> str:
        sessions, securities = self.returns.shape
        return (
            f"EventPanel({len(self.row)} events, {securities} securities, {sessions} sessions, "
            f"{len(self.factor_names)} factors)"
        )

    @property
    def n_sessions(self) -> int:
        """Length of the session axis."""
        return int(self.returns.shape[0])

    @property
    def is_candidate(self) -> npt.NDArray[np.bool_]:
        """Rows of another day 0 their event may have had, shape (n_events,)."""
        return np.zeros(len(self.row), bool) if self.candidate is None else self.candidate

    def at(self, row: Ints, column: Ints) -> EventPanel:
        """Return a panel on the same data whose events are the given (row, column) pairs."""
        n = len(row)
        return EventPanel(
            event_id=np.arange(n).astype(object),
            security=np.asarray(self.securities, dtype=object)[column],
            column=column,
            row=row,
            securities=self.securities,
            returns=self.returns,
            factors=self.factors,
            factor_names=self.factor_names,
            session_id=self.session_id,
            label=self.label,
            status=np.full(n, "ok", dtype=object),
            reason=np.full(n, "", dtype=object),
            span=self.span,
            close_at=self.close_at,
        )

    def preceded(self, n: int) -> EventPanel:
        """Return the panel with ``n`` sessions without returns before its first one."""

        def before(values: npt.NDArray[Any], fill: object) -> npt.NDArray[Any]:
            none = np.full_like(values, fill, shape=(n, *values.shape[1:]))  # in the same order
            return np.concatenate([none, values])

        return replace(
            self,
            row=np.where(self.row < 0, self.row, self.row + n),
            returns=before(self.returns, np.nan),
            factors=before(self.factors, np.nan),
            session_id=before(self.session_id, -1),
            label=before(self.label, np.datetime64("NaT")),
            span=None if self.span is None else before(self.span, 0),
            close_at=None if self.close_at is None else before(self.close_at, 0),
        )

    def take(self, events: Ints) -> EventPanel:
        """Return a panel on the same data with some of the events."""
        return replace(
            self,
            event_id=self.event_id[events],
            security=self.security[events],
            column=self.column[events],
            row=self.row[events],
            status=self.status[events],
            reason=self.reason[events],
            clock=None if self.clock is None else self.clock[events],
            candidate=None if self.candidate is None else self.candidate[events],
        )

    def pairing(self, events: Ints, start: int, end: int) -> npt.NDArray[np.int64] | None:
        """Say which days of different rows belong together.

        Parameters
        ----------
        events : ndarray of shape (n,)
            Rows of the panel.
        start, end
            Inclusive event days.

        Returns
        -------
        ndarray of shape (n, end - start + 1), or None
            Equal numbers are the same session on one exchange; with ``clock`` and ``close_at``,
            the number of a session is the last UTC date d such that news on d, at the time of day
            of the row's own news, would have had this session as day 0. None on one common axis,
            where the row of a session says it.

        Raises
        ------
        InputError
            If rows have news at different times of day: their sessions pair differently.
        """
        if self.session_id.ndim == 1:
            return None
        row, column = self.row[events], self.column[events]
        if self.clock is None or self.close_at is None:
            return take_days(self.session_id, row, column, start, end).astype(np.int64)
        if len(np.unique(self.clock[events])) > 1:
            raise InputError(
                "clock", f"{len(np.unique(self.clock[events]))} times of day",
                "sessions of several exchanges pair by one time of day.",
                "Study the events of each time by themselves (`panel.take`), or leave `clock` out.",
            )  # fmt: skip
        close = take_days(self.close_at, row, column, start, end)
        since = (close - self.clock[events][:, None]).astype(np.int64)
        return np.asarray(-(-since // _DAY_SECONDS) - 1)


def take_days(
    values: npt.NDArray[Scalar], row: Ints, column: Ints, start: int, end: int
) -> npt.NDArray[Scalar]:
    """Gather the event days ``start``..``end`` around each event.

    Parameters
    ----------
    values : ndarray of shape (n_sessions,) or (n_sessions, n_securities)
        A one-dimensional array is shared by all securities.
    row, column : ndarray of shape (n_events,)
        Day 0 and the security of each event.
    start, end
        Inclusive event days; every gathered row must lie inside the array.

    Returns
    -------
    ndarray of shape (n_events, end - start + 1)
    """
    length = end - start + 1
    if length > len(values):  # no event can have such a window
        return np.empty((0, length), dtype=values.dtype)
    if values.ndim == 1:
        return np.asarray(sliding_window_view(values, length)[row + start])
    if values.flags.f_contiguous:
        windows = sliding_window_view(values.T, length, axis=1)
        return np.asarray(windows[column, row + start])
    days = row[:, None] + np.arange(start, end + 1)
    return np.asarray(values[days, column[:, None]])


def take_factors(values: Floats, row: Ints, column: Ints, start: int, end: int) -> Floats:
    """Gather factors around each event, shape (n_events, end - start + 1, k).

    Parameters
    ----------
    values : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        Factors shared by all securities, or each security's own.
    row, column, start, end
        As in :func:`take_days`.
    """
    k = values.shape[-1]
    if k == 1:
        return take_days(values[..., 0], row, column, start, end)[..., None]
    out = np.empty((len(row), end - start + 1, k))
    for j in range(k):
        out[..., j] = take_days(values[..., j], row, column, start, end)
    return out
