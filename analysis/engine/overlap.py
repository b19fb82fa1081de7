"""Which events stand in each other's way: shared sessions, overlapping windows, contamination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.panel import EventPanel, Window

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult

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
    covered = _covered_days(panel, row, column, estimation_window, event_window)
    out["contaminated_days"][placed] = covered
    return out


def _within(row: Counts, column: Counts, low: int, high: int) -> Counts:
    """Count rows of the same column between row + low and row + high, itself included."""
    reach = int(row.max(initial=0)) + max(abs(low), abs(high)) + 1
    key = column.astype(np.int64) * (3 * reach) + row
    ordered = np.sort(key)
    return np.asarray(
        np.searchsorted(ordered, key + high, side="right")
        - np.searchsorted(ordered, key + low, side="left")
    )


def _covered_days(
    panel: EventPanel, row: Counts, column: Counts, estimation: Window, event: Window
) -> Counts:
    n = panel.n_sessions
    steps = np.zeros((n + 1, len(panel.securities)), dtype=np.int32)
    np.add.at(steps, (np.clip(row + event[0], 0, n), column), 1)
    np.add.at(steps, (np.clip(row + event[1] + 1, 0, n), column), -1)
    covered = np.cumsum(steps, axis=0)[:-1] > 0
    before = np.zeros((n + 1, covered.shape[1]), dtype=np.int32)
    np.cumsum(covered, axis=0, out=before[1:])
    start = np.clip(row + estimation[0], 0, n)
    end = np.clip(row + estimation[1] + 1, 0, n)
    return np.asarray(before[end, column] - before[start, column], dtype=np.int64)


def overlap_audit(
    result: EventStudyResult, *, confounders: Mapping[object, Sequence[str]] | None = None
) -> pd.DataFrame:
    """Name, for every requested event, the events and confounders that stand in its way.

    Parameters
    ----------
    result
        A finished study.
    confounders
        Known confounders by event_id, such as those of a catalogue.

    Returns
    -------
    DataFrame
        Index (event_id, security). Columns: same_session (other rows with the same day 0),
        overlapping_window (other rows of the same security whose event windows overlap),
        in_estimation_window (rows of the same security with a day 0 in this row's estimation
        window), each as ids joined by ``;`` with the security where it is another;
        contaminated_days (estimation days inside other event windows of the security),
        contaminated_share (of the estimation window), excluded (whether the study left those
        days out), confounders.

    Notes
    -----
    Compares every pair of events; for many thousands take the counts in ``result.outcomes``.
    """
    panel, spec = result.panel, result.spec
    counts = overlap_counts(panel, spec.estimation_window, spec.event_window)
    row, column = panel.row, panel.column
    placed = row >= 0
    both = placed[:, None] & placed & ~np.eye(len(row), dtype=bool)
    lag = row[None, :] - row[:, None]
    same_series = both & (column[:, None] == column)
    length = spec.event_window[1] - spec.event_window[0]
    first, last = spec.estimation_window
    day0 = _day0_ids(panel, np.where(placed, row, 0), np.where(placed, column, 0))
    masks = {
        "same_session": both & (day0[:, None] == day0),
        "overlapping_window": same_series & (np.abs(lag) <= length),
        "in_estimation_window": same_series & (lag >= first) & (lag <= last),
    }
    table = {name: _names(mask, panel) for name, mask in masks.items()}
    days = counts["contaminated_days"]
    known = confounders or {}
    return pd.DataFrame(
        {
            **table,
            "contaminated_days": days,
            "contaminated_share": days / spec.n_estimation,
            "excluded": np.full(len(row), "event_windows" in spec.exclude),
            "confounders": ["; ".join(known.get(event, ())) for event in panel.event_id],
        },
        index=pd.MultiIndex.from_arrays(
            [panel.event_id, panel.security], names=["event_id", "security"]
        ),
    )


def _names(mask: npt.NDArray[np.bool_], panel: EventPanel) -> list[str]:
    names = []
    for i, others in enumerate(mask):
        named = [
            str(panel.event_id[j])
            if panel.column[j] == panel.column[i]
            else f"{panel.event_id[j]} ({panel.security[j]})"
            for j in np.flatnonzero(others)
        ]
        names.append("; ".join(named))
    return names


def _day0_ids(panel: EventPanel, row: Counts, column: Counts) -> npt.NDArray[np.int64]:
    if panel.session_id.ndim == 1:
        return panel.session_id[row]
    return panel.session_id[row, column]
