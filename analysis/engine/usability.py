"""Which events can be studied, and on which days: what is left out, and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from analysis.engine.abnormal import Abnormal
from analysis.engine.gate import day_text
from analysis.engine.models import MODELS
from analysis.engine.panel import EventPanel
from analysis.engine.spec import StudySpec

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.intp]
Objects = npt.NDArray[np.object_]


def mark_windows(
    panel: EventPanel,
    spec: StudySpec,
    status: Objects,
    reason: Objects,
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
    note = partial(_note, status, reason)
    note(
        np.flatnonzero(short),
        "short_estimation",
        lambda i: (
            f"`{needed_by}` {list(getattr(spec, needed_by))} needs {-first} "
            f"sessions before day 0; {panel.security[i]} has {panel.row[i]}"
        ),
    )
    note(
        np.flatnonzero(beyond),
        "outside_data",
        lambda i: (
            f"`event_window` {list(spec.event_window)} needs returns to event day {last:+d}; "
            f"{panel.security[i]} has them up to {int(length[i] - 1 - panel.row[i]):+d}"
        ),
    )
    note(
        np.flatnonzero(young),
        "short_estimation",
        lambda i: (
            f"{spec.model} needs {needed} returns before the end of the estimation "
            f"window; {panel.security[i]} has {history[i]}"
        ),
    )


def _note(
    status: Objects, reason: Objects, found: Ints, code: str, say: Callable[[int], str]
) -> None:
    """Note in place what is wrong with the events found, and say it of each."""
    for i in found.tolist():
        status[i], reason[i] = code, say(i)


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
    status: Objects,
    reason: Objects,
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
    counted = dict(zip(rows[few].tolist(), fit.n_estimation[few].astype(int), strict=True))
    name, (first, _), (_, last) = panel.security, spec.estimation_window, spec.event_window
    note = partial(_note, status, reason)
    note(
        rows[few],
        "short_estimation",
        lambda i: (
            f"{name[i]} has {counted[i]} returns in the estimation "
            f"window {list(spec.estimation_window)}; {fewest} are needed"
        ),
    )
    note(
        rows[flat],
        "no_variation",
        lambda i: (
            f"the residuals of {name[i]} (or of its benchmark) do not vary in the "
            f"estimation window, so abnormal returns have no scale"
        ),
    )
    note(
        rows[failed],
        "no_fit",
        lambda i: f"the likelihood of {spec.model} has no maximum for {name[i]}",
    )
    note(
        rows[alone],
        "no_fit",
        lambda i: (
            f"no donor for {name[i]}: every other security has an event of its own or a missing "
            f"return between {first:+d} and {last:+d}; name `donors`, or give returns of more "
            "securities"
        ),
    )
    note(
        rows[absent],
        "missing_return",
        lambda i: (
            f"{name[i]} has no return with a benchmark in the event window "
            f"{list(spec.event_window)}"
        ),
    )
    note(
        rows[blind],
        "missing_return",
        lambda i: (
            f"the benchmark of {name[i]} has no return on {_day_of(panel, i)}, its day 0, "
            "so what is normal on that day is not known; add the missing prices or returns of the "
            "benchmark, or use model='constant_mean'"
        ),
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
