"""Which events share sessions, and sums over events by tested session and by date."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.engine.abnormal import Abnormal
from analysis.engine.panel import Window

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
#: Events up to which a dense product is quicker than a sparse one.
_FEW = 200


def tested_sessions(abnormal: Abnormal, window: Window) -> Int64s:
    """Number tested sessions, shape (n_events, L); equal numbers are the same session."""
    days = abnormal.columns(window)
    if abnormal.pairing is not None:
        return abnormal.pairing[1][:, days]
    return abnormal.row[:, None] + np.arange(window[0], window[1] + 1)


def estimation_sessions(abnormal: Abnormal) -> Int64s:
    """Return numbers of estimation sessions, shape (n_events, T), as for tested ones."""
    if abnormal.pairing is not None:
        return abnormal.pairing[0]
    first, last = abnormal.estimation_window
    return abnormal.row[:, None] + np.arange(first, last + 1)


def events_sharing(sessions: Int64s) -> tuple[int, int]:
    """Count the events that share tested sessions.

    Parameters
    ----------
    sessions : ndarray of shape (n_events, L)
        Ascending in each row, as :func:`tested_sessions` gives them.

    Returns
    -------
    any_, other_dates : int
        Events that share a session with another event, and with one whose window starts on
        another session.
    """
    if not len(sessions):
        return 0, 0
    first, at, size = np.unique(sessions[:, 0], return_index=True, return_counts=True)
    return _sharing(first, sessions[at, -1], size)


def starts_sharing(n_starting: Int64s, n_days: int) -> tuple[int, int]:
    """Count the events that share tested sessions, from how many have each day 0.

    Parameters
    ----------
    n_starting : ndarray of shape (n_sessions,)
        Events with day 0 on each session of one common axis.
    n_days
        Length of the tested window.

    Returns
    -------
    any_, other_dates : int
        As :func:`events_sharing`.
    """
    first = np.flatnonzero(n_starting)
    return _sharing(first, first + n_days - 1, n_starting[first]) if len(first) else (0, 0)


def _sharing(first: Int64s, last: Int64s, size: Int64s) -> tuple[int, int]:
    touches = first[1:] <= np.maximum.accumulate(last)[:-1]
    staggered = np.zeros(len(first), dtype=bool)
    staggered[1:] |= touches
    staggered[:-1] |= touches
    return int(size[staggered | (size > 1)].sum()), int(size[staggered].sum())


def sums_by_session(
    abnormal: Abnormal, window: Window, values: Floats | None, weights: Floats
) -> Floats:
    """Sum estimation-window values of the events that are open on each tested session, by date.

    Parameters
    ----------
    abnormal
        The events.
    window
        Event days tested; L days.
    values : ndarray of shape (n_events, T), or None
        A value for each estimation day, finite; None for 1 on every day.
    weights : ndarray of shape (n_events, L)
        Weight of each event on each tested day, 0 where it is not open.

    Returns
    -------
    ndarray of shape (sessions, dates)
        Row s is sum_i weights[i, s] values[i, date]. On one common axis the rows are its sessions
        and the columns dates relative to the session; else both are the numbers that occur.

    Notes
    -----
    With weights 1/sqrt(L_i) and values z of unit norm, |S|^2 - N is 2 sum_{i<j} w_ij r_ij: the sum
    over pairs that :mod:`~analysis.engine.inference.dependence` averages, in time linear in N.

    References
    ----------
    Kolari, J. W. and Pynnonen, S. (2010). Event study testing with cross-sectional correlation of
    abnormal returns. Review of Financial Studies 23, 3996-4025.
    """
    if abnormal.pairing is not None:
        ones = np.ones(abnormal.fit.residuals.shape)
        return _sums_by_number(abnormal, window, ones if values is None else values, weights)
    if values is None:
        return _counts_on_axis(abnormal, window, weights)
    return _sums_on_axis(abnormal, window, values, weights)


def _counts_on_axis(abnormal: Abnormal, window: Window, weights: Floats) -> Floats:
    """Sum weights over the dates of each window: steps up where it starts, down where it ends."""
    length, n_days = weights.shape[1], abnormal.fit.residuals.shape[1]
    steps = np.zeros((abnormal.n_sessions, n_days + length))
    for day in range(length):
        weight = np.bincount(abnormal.row, weights[:, day], abnormal.n_sessions)
        rows = np.flatnonzero(weight)
        shift = length - 1 - day
        steps[rows + window[0] + day, shift] += weight[rows]
        steps[rows + window[0] + day, shift + n_days] -= weight[rows]
    return np.cumsum(steps[:, :-1], axis=1)


def _sums_on_axis(abnormal: Abnormal, window: Window, values: Floats, weights: Floats) -> Floats:
    length, n_days = weights.shape[1], values.shape[1]
    rows = np.flatnonzero(np.bincount(abnormal.row))
    dense = bool(len(rows)) and 4 * len(rows) > rows[-1] - rows[0]  # slices are quicker than rows
    if dense:
        rows = np.arange(rows[0], rows[-1] + 1)
    group = np.searchsorted(rows, abnormal.row)
    equal = bool((weights == weights[:1, :1]).all())
    out = np.zeros((abnormal.n_sessions, n_days + length - 1))
    for day in range(length):
        if day == 0 or not equal:
            grouped = _group_sums(group, len(rows), values, weights[:, day])
        shift = length - 1 - day
        on = rows + window[0] + day
        out[slice(on[0], on[-1] + 1) if dense else on, shift : shift + n_days] += grouped
    return out


def _group_sums(
    group: npt.NDArray[np.intp], n_groups: int, values: Floats, weights: Floats
) -> Floats:
    """Sum weighted rows by group; a product does it in one pass whatever the groups."""
    columns = np.arange(len(group))
    if len(group) <= _FEW:
        member = np.zeros((n_groups, len(group)))
        member[group, columns] = weights
        return np.asarray(member @ values)
    from scipy.sparse import csr_array

    return np.asarray(csr_array((weights, (group, columns)), (n_groups, len(group))) @ values)


def _sums_by_number(abnormal: Abnormal, window: Window, values: Floats, weights: Floats) -> Floats:
    sessions, at = np.unique(tested_sessions(abnormal, window), return_inverse=True)
    dates, on = np.unique(estimation_sessions(abnormal), return_inverse=True)
    at, on = at.reshape(weights.shape), on.reshape(values.shape)
    out = np.zeros((len(sessions), len(dates)))
    for day in range(weights.shape[1]):
        np.add.at(out, (at[:, day, None], on), values * weights[:, day, None])
    return out
