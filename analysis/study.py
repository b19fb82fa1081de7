"""The study itself: place the events, fit normal returns, compute abnormal ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.abnormal import Abnormal
from analysis.errors import InputError, StudyError
from analysis.models import MODELS, WITHOUT_BENCHMARK
from analysis.panel import EventPanel, panel_from_returns, take_days
from analysis.results import EventStudyResult
from analysis.spec import StudySpec

Bools = npt.NDArray[np.bool_]


def event_study(
    returns: pd.DataFrame | EventPanel,
    events: pd.DataFrame | None = None,
    *,
    benchmark: pd.Series | pd.DataFrame | None = None,
    spec: StudySpec | None = None,
) -> EventStudyResult:
    """Run an event study on a frame of returns, or on a panel that is already built.

    Parameters
    ----------
    returns
        Sessions x securities, decimal returns, NaN where missing (never filled); or an
        :class:`~analysis.panel.EventPanel`, which then carries events and benchmark itself.
    events
        Columns ``event_id``, ``security``, ``session``: any number of events per security and of
        securities per session or event_id; the pair (event_id, security) is unique.
    benchmark
        A Series or a frame of factors on the same sessions; not needed by ``constant_mean``.
    spec
        The method; the defaults of :class:`~analysis.spec.StudySpec` if left out.

    Returns
    -------
    EventStudyResult
        With an outcome for every requested event; one that cannot be used has a reason.

    Raises
    ------
    InputError
        If an argument breaks a rule.
    StudyError
        If no event at all can be used; the message lists the reasons.

    References
    ----------
    MacKinlay, A. C. (1997). Event studies in economics and finance. Journal of Economic
    Literature 35, 13-39.
    """
    spec = spec or StudySpec()
    if isinstance(returns, EventPanel):
        panel = returns
    elif events is None:
        raise InputError("events", None, "a frame of returns needs a frame of events.")
    else:
        panel = panel_from_returns(returns, events, benchmark=benchmark)
    if not panel.factor_names and spec.model not in WITHOUT_BENCHMARK:
        raise InputError(
            "benchmark",
            None,
            f"model {spec.model!r} needs one.",
            "Pass a Series on the same sessions, or use model='constant_mean'.",
        )
    result = estimate(panel, spec)
    if not result.usable.any():
        reasons = pd.Series(result.reason).value_counts()
        listed = "\n".join(f"- {text} ({count} events)" for text, count in reasons.head(8).items())
        raise StudyError(f"none of the {len(panel.row)} events can be used:\n{listed}")
    return result


def estimate(panel: EventPanel, spec: StudySpec) -> EventStudyResult:
    """Fit and compute abnormal returns for every usable row of a panel; never raises on data."""
    status, reason = panel.status.copy(), panel.reason.copy()
    _mark_windows(panel, spec, status, reason)
    rows = np.flatnonzero(status == "ok")
    abnormal = _abnormal(panel, spec, rows)
    keep = _mark_fits(panel, spec, abnormal, rows, status, reason)
    if not keep.all():
        rows = rows[keep]
        abnormal = _abnormal(panel, spec, rows)
    return EventStudyResult(
        spec=spec, panel=panel, status=status, reason=reason, rows=rows, abnormal=abnormal
    )


def _abnormal(panel: EventPanel, spec: StudySpec, rows: npt.NDArray[np.intp]) -> Abnormal:
    row, column = panel.row[rows], panel.column[rows]
    x = panel.factors
    first, last = spec.event_window
    y_est = take_days(panel.returns, row, column, *spec.estimation_window)
    y_event = take_days(panel.returns, row, column, first, last)
    fit = MODELS[spec.model][0](
        y_est,
        _take_factors(x, row, column, *spec.estimation_window),
        _take_factors(x, row, column, first, last),
    )
    ids = take_days(panel.session_id, row, column, first, last)
    return Abnormal(
        fit=fit,
        returns=y_event,
        event_window=spec.event_window,
        estimation_window=spec.estimation_window,
        row=row,
        column=column,
        session_id=ids.astype(np.int64),
    )


def _take_factors(
    x: npt.NDArray[np.float64],
    row: npt.NDArray[np.intp],
    column: npt.NDArray[np.intp],
    start: int,
    end: int,
) -> npt.NDArray[np.float64]:
    if x.ndim == 2:  # shared by all securities
        return np.asarray(x[row[:, None] + np.arange(start, end + 1)])
    return take_days(x, row, column, start, end)


def _mark_windows(
    panel: EventPanel,
    spec: StudySpec,
    status: npt.NDArray[np.object_],
    reason: npt.NDArray[np.object_],
) -> None:
    placed = status == "ok"
    length = _axis_length(panel)
    short = placed & (panel.row + spec.estimation_window[0] < 0)
    beyond = placed & ~short & (panel.row + spec.event_window[1] >= length[panel.column])
    for i in np.flatnonzero(short):
        status[i] = "short_estimation"
        reason[i] = (
            f"`estimation_window` {list(spec.estimation_window)} needs {-spec.estimation_window[0]} "
            f"sessions before day 0; {panel.security[i]} has {panel.row[i]}"
        )
    for i in np.flatnonzero(beyond):
        status[i] = "outside_data"
        have = int(length[panel.column[i]] - 1 - panel.row[i])
        reason[i] = (
            f"`event_window` {list(spec.event_window)} needs returns to event day "
            f"{spec.event_window[1]:+d}; {panel.security[i]} has them up to {have:+d}"
        )


def _mark_fits(
    panel: EventPanel,
    spec: StudySpec,
    abnormal: Abnormal,
    rows: npt.NDArray[np.intp],
    status: npt.NDArray[np.object_],
    reason: npt.NDArray[np.object_],
) -> Bools:
    fit = abnormal.fit
    few = fit.n_estimation < spec.fewest_returns
    flat = ~few & ~((fit.sigma > 1e-14) & np.isfinite(fit.coef).all(axis=1))
    absent = ~few & ~flat & ~np.isfinite(abnormal.ar).any(axis=1)
    for j in np.flatnonzero(few):
        status[rows[j]] = "short_estimation"
        reason[rows[j]] = (
            f"{panel.security[rows[j]]} has {int(fit.n_estimation[j])} returns in the estimation "
            f"window {list(spec.estimation_window)}; {spec.fewest_returns} are needed"
        )
    for j in np.flatnonzero(absent):
        status[rows[j]] = "missing_return"
        reason[rows[j]] = (
            f"{panel.security[rows[j]]} has no return with a benchmark in the event window "
            f"{list(spec.event_window)}"
        )
    for j in np.flatnonzero(flat):
        status[rows[j]] = "no_variation"
        reason[rows[j]] = (
            f"the residuals of {panel.security[rows[j]]} (or of its benchmark) do not vary in the "
            f"estimation window, so abnormal returns have no scale"
        )
    return ~(few | absent | flat)


def _axis_length(panel: EventPanel) -> npt.NDArray[np.intp]:
    """Sessions of each security before the padding starts."""
    if panel.label.ndim == 1:
        return np.full(len(panel.securities), len(panel.label), dtype=np.intp)
    return np.asarray((~np.isnat(panel.label)).sum(axis=0), dtype=np.intp)
