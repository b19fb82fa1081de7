"""Which events stand in each other's way: shared sessions, overlapping windows, contamination."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.engine.panel import EventPanel, Window

Counts = npt.NDArray[np.int64]
COUNTS = ("same_session", "overlapping", "contaminated_days")


def overlap_counts(
    panel: EventPanel, estimation_window: Window, event_window: Window
) -> dict[str, Counts]:
    """Count for every row of a panel the other rows it shares something with.

    Returns
    -------
    dict of str to ndarray of shape (n_events,)
        ``same_session``: other rows with the same day 0, in any security of the exchange;
        ``overlapping``: other rows of the same security whose event windows overlap its own;
        ``contaminated_days``: days of its estimation window inside the event window of another
        row of the same security. 0 for rows without a day 0.
    """
    placed = np.flatnonzero(panel.row >= 0)
    row, column = panel.row[placed], panel.column[placed]
    day0 = _day0_ids(panel, row, column)
    out = {name: np.zeros(len(panel.row), dtype=np.int64) for name in COUNTS}
    _, group, size = np.unique(day0, return_inverse=True, return_counts=True)
    out["same_session"][placed] = size[group] - 1
    first, last = event_window
    near = _within(row, column, first - last, last - first)
    out["overlapping"][placed] = near - 1
    first, last = estimation_window
    before = np.zeros((panel.n_sessions + 1, len(panel.securities)), dtype=np.int32)
    np.cumsum(event_window_cover(panel, event_window) > 0, axis=0, out=before[1:])
    start, end = (np.clip(row + day, 0, panel.n_sessions) for day in (first, last + 1))
    out["contaminated_days"][placed] = before[end, column] - before[start, column]
    return out


def event_window_cover(panel: EventPanel, window: Window) -> npt.NDArray[np.int32]:
    """Count, for every session and security, the event windows that cover it.

    Returns
    -------
    ndarray of shape (n_sessions, n_securities)
        Events of the panel that have a day 0, usable or not.
    """
    placed = panel.row >= 0
    row, column = panel.row[placed], panel.column[placed]
    steps = np.zeros((panel.n_sessions + 1, len(panel.securities)), dtype=np.int32)
    np.add.at(steps, (np.clip(row + window[0], 0, panel.n_sessions), column), 1)
    np.add.at(steps, (np.clip(row + window[1] + 1, 0, panel.n_sessions), column), -1)
    return np.cumsum(steps, axis=0, dtype=np.int32)[:-1]


def _within(row: Counts, column: Counts, low: int, high: int) -> Counts:
    """Count rows of the same column between row + low and row + high, itself included."""
    reach = int(row.max(initial=0)) + max(abs(low), abs(high)) + 1
    key = column.astype(np.int64) * (3 * reach) + row
    ordered = np.sort(key)
    return np.asarray(
        np.searchsorted(ordered, key + high, side="right")
        - np.searchsorted(ordered, key + low, side="left")
    )


def _day0_ids(panel: EventPanel, row: Counts, column: Counts) -> npt.NDArray[np.int64]:
    if panel.session_id.ndim == 1:
        return panel.session_id[row]
    return panel.session_id[row, column]
