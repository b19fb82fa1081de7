"""Which events can be studied, and on which days: what is left out, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

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


#: What is wrong with an event by the name of its fault: its status, and why in words.
_FAULTS = {
    "short": ("short_estimation", "`{needed_by}` {needed_window} needs {before} sessions before "
              "day 0; {name} has {row}"),
    "beyond": ("outside_data", "`event_window` {event_window} needs returns to event day "
               "{last:+d}; {name} has them up to {reached:+d}"),
    "young": ("short_estimation", "{model} needs {needed} returns before the end of the estimation "
              "window; {name} has {history}"),
    "few": ("short_estimation", "{name} has {returns} returns in the estimation window "
            "{estimation_window}; {fewest} are needed"),
    "flat": ("no_variation", "the residuals of {name} (or of its benchmark) do not vary in the "
             "estimation window, so abnormal returns have no scale"),
    "failed": ("no_fit", "the likelihood of {model} has no maximum for {name}"),
    "alone": ("no_fit", "no donor for {name}: every other security has an event of its own or a "
              "missing return between {first:+d} and {last:+d}; name `donors`, or give returns of "
              "more securities"),
    "absent": ("missing_return", "{name} has no return with a benchmark in the event window "
               "{event_window}"),
    "blind": ("missing_return", "the benchmark of {name} has no return on {day}, its day 0, so "
              "what is normal on that day is not known; add the missing prices or returns of the "
              "benchmark, or use model='constant_mean'"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Status and reason of every event of a panel, written in place as faults are found."""

    panel: EventPanel
    spec: StudySpec
    status: Objects
    reason: Objects

    def note(
        self, fault: str, events: Ints, facts: Callable[[int], Mapping[str, object]] | None = None
    ) -> None:
        """Note a fault of `_FAULTS` for some events; ``facts`` are what its words need of each."""
        spec = self.spec
        code, words = _FAULTS[fault]
        known = {
            "model": spec.model,
            "estimation_window": list(spec.estimation_window),
            "event_window": list(spec.event_window),
            "first": spec.estimation_window[0],
            "last": spec.event_window[1],
        }
        for i in events.tolist():
            own = facts(i) if facts else {}
            self.status[i] = code
            self.reason[i] = words.format(**known | {"name": self.panel.security[i], **own})


def mark_windows(found: Outcomes) -> None:
    """Note, per event, a window that the data or other events do not leave whole."""
    panel, spec = found.panel, found.spec
    placed = found.status == "ok"
    length = _axis_length(panel)[panel.column]
    first, last = spec.needs
    short = placed & (panel.row + first < 0)
    beyond = placed & ~short & (panel.row + last >= length)
    needed = MODELS[spec.model].fewest_history
    needed_by = "event_window" if spec.estimates_nothing else "estimation_window"
    window = {"needed_by": needed_by, "needed_window": list(getattr(spec, needed_by))}
    found.note(
        "short", np.flatnonzero(short), lambda i: {**window, "before": -first, "row": panel.row[i]}
    )
    found.note(
        "beyond",
        np.flatnonzero(beyond),
        lambda i: {"last": last, "reached": int(length[i] - 1 - panel.row[i])},
    )
    if needed:
        history = _history(panel, spec)
        young = placed & ~short & ~beyond & (history < needed)
        found.note(
            "young", np.flatnonzero(young), lambda i: {"needed": needed, "history": history[i]}
        )


def _history(panel: EventPanel, spec: StudySpec) -> Ints:
    """Count the returns of each row's security up to the end of its estimation window."""
    known = np.cumsum(np.isfinite(panel.returns), axis=0)
    end = np.clip(panel.row + spec.estimation_window[1], 0, panel.n_sessions - 1)
    return np.asarray(known[end, panel.column])


def mark_fits(found: Outcomes, abnormal: Abnormal, rows: Ints) -> Bools:
    """Note, per event of ``rows``, a fit that cannot be used; return which can be."""
    panel, spec, fit = found.panel, found.spec, abnormal.fit
    model = MODELS[spec.model]
    fewest = spec.fewest_returns
    if model.several_factors:
        fewest = max(fewest, len(fit.names) + 2)
    few = fit.n_estimation < fewest
    unscaled = few & spec.estimates_nothing
    fit.sigma[unscaled] = np.nan  # too few days for a standard error; the return itself is known
    few &= ~unscaled
    solved = np.isfinite(fit.coef).all(axis=1)
    # what is left of a constant series after subtraction is rounding, below 1e-14
    flat = ~few & ~(((fit.sigma > 1e-14) | unscaled) & solved)
    absent = ~few & ~flat & ~np.isfinite(abnormal.ar).any(axis=1)
    blind = ~few & ~flat & ~absent & _lacks_normal_return(abnormal)
    counted = dict(zip(rows[few].tolist(), fit.n_estimation[few].astype(int), strict=True))
    found.note("few", rows[few], lambda i: {"returns": counted[i], "fewest": fewest})
    found.note("flat", rows[flat])
    if model.whole_history:
        found.note("failed", rows[flat & ~solved])
    if model.needs_donors:
        found.note("alone", rows[flat & ~solved])
    found.note("absent", rows[absent])
    found.note("blind", rows[blind], lambda i: {"day": _day_of(panel, i)})
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
