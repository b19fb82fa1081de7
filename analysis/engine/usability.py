"""Which events can be studied, and on which days: what is left out, and why."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.engine.abnormal import Abnormal
from analysis.engine.gate import day_text
from analysis.engine.models import MODELS
from analysis.engine.panel import EventPanel
from analysis.engine.spec import StudySpec

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]


def event_window_cover(panel: EventPanel, spec: StudySpec) -> npt.NDArray[np.int32]:
    """Count, for every session and security, the event windows that cover it.

    Returns
    -------
    ndarray of shape (n_sessions, n_securities)
        Events of the panel that have a day 0, usable or not.
    """
    first, last = spec.event_window
    placed = panel.row >= 0
    row, column = panel.row[placed], panel.column[placed]
    steps = np.zeros((panel.n_sessions + 1, len(panel.securities)), dtype=np.int32)
    np.add.at(steps, (np.clip(row + first, 0, panel.n_sessions), column), 1)
    np.add.at(steps, (np.clip(row + last + 1, 0, panel.n_sessions), column), -1)
    return np.cumsum(steps, axis=0, dtype=np.int32)[:-1]


def mark_windows(
    panel: EventPanel,
    spec: StudySpec,
    status: npt.NDArray[np.object_],
    reason: npt.NDArray[np.object_],
) -> None:
    """Note in place, per event, a window that the data or other events do not leave whole."""
    placed = status == "ok"
    length = _axis_length(panel)[panel.column]
    first, last = spec.needs
    short = placed & (panel.row + first < 0)
    beyond = placed & ~short & (panel.row + last >= length)
    young = np.zeros(len(placed), dtype=bool)
    needed = MODELS[spec.model].fewest_history
    needed_by = "event_window" if spec.estimates_nothing else "estimation_window"
    if needed:
        history = _history(panel, spec)
        young = placed & ~short & ~beyond & (history < needed)
    for i in np.flatnonzero(short):
        status[i] = "short_estimation"
        reason[i] = (
            f"`{needed_by}` {list(getattr(spec, needed_by))} needs {-first} "
            f"sessions before day 0; {panel.security[i]} has {panel.row[i]}"
        )
    for i in np.flatnonzero(beyond):
        status[i] = "outside_data"
        reason[i] = (
            f"`event_window` {list(spec.event_window)} needs returns to event day {last:+d}; "
            f"{panel.security[i]} has them up to {int(length[i] - 1 - panel.row[i]):+d}"
        )
    for i in np.flatnonzero(young):
        status[i] = "short_estimation"
        reason[i] = (
            f"{spec.model} needs {needed} returns before the end of the estimation "
            f"window; {panel.security[i]} has {history[i]}"
        )


def _history(panel: EventPanel, spec: StudySpec) -> Ints:
    """Count the returns of each row's security up to the end of its estimation window."""
    known = np.cumsum(np.isfinite(panel.returns), axis=0)
    end = np.clip(panel.row + spec.estimation_window[1], 0, panel.n_sessions - 1)
    return np.asarray(known[end, panel.column])


def mark_fits(
    panel: EventPanel,
    spec: StudySpec,
    abnormal: Abnormal,
    rows: Ints,
    status: npt.NDArray[np.object_],
    reason: npt.NDArray[np.object_],
) -> Bools:
    """Note in place, per event of ``rows``, a fit that cannot be used; return which can be."""
    fit = abnormal.fit
    fewest = spec.fewest_returns
    if MODELS[spec.model].several_factors:
        fewest = max(fewest, len(fit.names) + 2)
    few = fit.n_estimation < fewest
    unscaled = few & spec.estimates_nothing
    fit.sigma[unscaled] = np.nan  # too few days for a standard error; the return itself is known
    few &= ~unscaled
    solved = np.isfinite(fit.coef).all(axis=1)
    flat = ~few & ~(((fit.sigma > 1e-14) | unscaled) & solved)
    failed = flat & ~solved & MODELS[spec.model].whole_history
    alone = flat & ~solved & MODELS[spec.model].needs_donors
    absent = ~few & ~flat & ~np.isfinite(abnormal.ar).any(axis=1)
    blind = ~few & ~flat & ~absent & _lacks_normal_return(abnormal)
    for j in np.flatnonzero(few):
        status[rows[j]] = "short_estimation"
        reason[rows[j]] = (
            f"{panel.security[rows[j]]} has {int(fit.n_estimation[j])} returns in the estimation "
            f"window {list(spec.estimation_window)}; {fewest} are needed"
        )
    for j in np.flatnonzero(flat):
        status[rows[j]] = "no_variation"
        reason[rows[j]] = (
            f"the residuals of {panel.security[rows[j]]} (or of its benchmark) do not vary in the "
            f"estimation window, so abnormal returns have no scale"
        )
    for j in np.flatnonzero(failed):
        status[rows[j]] = "no_fit"
        reason[rows[j]] = (
            f"the likelihood of {spec.model} has no maximum for {panel.security[rows[j]]}"
        )
    for j in np.flatnonzero(alone):
        status[rows[j]] = "no_fit"
        reason[rows[j]] = (
            f"no donor for {panel.security[rows[j]]}: every other security has an event of its own "
            f"or a missing return between {spec.estimation_window[0]:+d} and "
            f"{spec.event_window[1]:+d}; name `donors`, or give returns of more securities"
        )
    for j in np.flatnonzero(absent):
        status[rows[j]] = "missing_return"
        reason[rows[j]] = (
            f"{panel.security[rows[j]]} has no return with a benchmark in the event window "
            f"{list(spec.event_window)}"
        )
    for j in np.flatnonzero(blind):
        status[rows[j]] = "missing_return"
        reason[rows[j]] = (
            f"the benchmark of {panel.security[rows[j]]} has no return on "
            f"{_day_of(panel, rows[j])}, its day 0, so what is normal on that day is not known; "
            "add the missing prices or returns of the benchmark, or use model='constant_mean'"
        )
    return ~(few | flat | absent | blind)


def _lacks_normal_return(abnormal: Abnormal) -> Bools:
    """Say which events have a return on day 0 and nothing to hold it against."""
    first, last = abnormal.event_window
    if not first <= 0 <= last:
        return np.zeros(len(abnormal), dtype=bool)
    returned = np.isfinite(abnormal.returns[:, -first])
    return np.asarray(returned & ~np.isfinite(abnormal.fit.normal[:, -first]))


def _day_of(panel: EventPanel, event: int) -> str:
    row, column = panel.row[event], panel.column[event]
    return day_text(panel.label[row] if panel.label.ndim == 1 else panel.label[row, column])


def _axis_length(panel: EventPanel) -> Ints:
    """Sessions of each security before the padding starts."""
    if panel.label.ndim == 1:
        return np.full(len(panel.securities), len(panel.label), dtype=np.intp)
    return np.asarray((panel.session_id >= 0).sum(axis=0), dtype=np.intp)
