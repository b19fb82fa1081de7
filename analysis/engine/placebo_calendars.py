"""Placebo calendars: the dates of a table of events, moved together to days without its news.

The gaps between the dates are shuffled and the start is drawn, all securities of a date stay
together, and the t clustered by date is ranked among those of the calendars (METHODS section 7).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial, prod

import numpy as np
import numpy.typing as npt

from analysis.engine.inference.clustered import clustered_t
from analysis.engine.models import MODELS
from analysis.engine.panel import EventPanel, Window
from analysis.engine.results import EventStudyResult
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

#: The standard error of a rate of 5 % is then half a percent.
FEWEST_CALENDARS = 1_999
#: Other calendars than the events' own below which a rank among them says nothing.
FEWEST_OTHERS = 19
#: Fits of other models than the closed-form ones a set of calendars may need.
MOST_FITS = 400_000
#: Fits at once; bounds memory, not results.
_BLOCK = 20_000
#: Values gathered at once; bounds memory.
_GATHER = 8_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Calendars:
    """Placebo calendars of one study.

    Attributes
    ----------
    rows : ndarray of shape (n_calendars, n_dates)
        Session of each date of each calendar.
    date : ndarray of shape (n,)
        Which date every distinct event has, ascending.
    column : ndarray of shape (n,)
        Its security.
    order : ndarray of shape (n,)
        Positions of these events among the distinct ones of the study.
    starts : ndarray of shape (n_dates,)
        First event of each date.
    """

    rows: Ints
    date: Ints
    column: Ints
    order: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def gather(self, surface: Floats, some: slice = slice(None)) -> Floats:
        """Return the value of every event under some calendars, shape (n_calendars, n)."""
        return surface[self.rows[some][:, self.date], self.column]


def why_not(panel: EventPanel, spec: StudySpec) -> str:
    """Say why a study has no placebo calendars; empty if it has."""
    if panel.label.ndim == 2 and np.isnat(panel.label).all():
        return "returns in event time have no dates that could be moved"
    if panel.label.ndim == 2:
        return "securities keep different sessions, so dates cannot be moved together"
    if MODELS[spec.model].closed_form and _plain(spec):
        return ""
    if MODELS[spec.model].needs_donors:
        return f"donors of {spec.model} depend on the dates of the events; it has its own placebos"
    fits = panel.n_sessions * len(panel.securities)
    if fits > MOST_FITS:
        return f"{spec.model} would have to be fitted {fits:,} times, {MOST_FITS:,} are the limit"
    return ""


def why_none(result: EventStudyResult) -> str:
    """Say why there are no placebo calendars for the dates of a study; empty if there are."""
    why = why_not(result.panel, result.spec)
    if why:
        return why
    days = np.unique(result.distinct.row)
    first, last = _starts(result, int(days[-1] - days[0]))
    _, alike = np.unique(np.diff(days), return_counts=True)
    orders = factorial(len(days) - 1) // prod(factorial(int(n)) for n in alike)
    others = max(last - first + 1, 0) * orders - 1
    if others >= FEWEST_OTHERS:
        return ""
    return (
        f"returns leave room for {max(others, 0)} other calendars, {FEWEST_OTHERS} are needed: "
        "they end too soon around the windows of these dates"
    )


def _starts(result: EventStudyResult, span: int) -> tuple[int, int]:
    """Return the first and last session on which a calendar of some length can start."""
    first, last = result.spec.needs
    return -first, result.panel.n_sessions - 1 - last - span


def draw_calendars(
    result: EventStudyResult, *, n: int = FEWEST_CALENDARS, seed: int = 0
) -> Calendars:
    """Draw calendars for the distinct usable events of a study.

    Parameters
    ----------
    result
        A finished study on one session axis.
    n
        How many.
    seed
        Of the draws.

    Raises
    ------
    InputError
        If the study has none (:func:`why_none`).
    """
    why = why_none(result)
    if why:
        raise InputError("result", repr(result.spec.model), f"it has no placebo calendars: {why}.")
    distinct = result.distinct
    order = np.lexsort((distinct.column, distinct.row)).astype(np.intp)
    days, date = np.unique(distinct.row[order], return_inverse=True)
    gaps = np.diff(days)
    low, high = _starts(result, int(days[-1] - days[0]))
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(np.broadcast_to(gaps, (n, len(gaps))), axis=1)
    start = rng.integers(low, high, n, endpoint=True)
    rows = start[:, None] + np.hstack([np.zeros((n, 1), dtype=np.int64),
                                       np.cumsum(shuffled, axis=1)])  # fmt: skip
    starts = np.flatnonzero(np.r_[True, date[1:] != date[:-1]])
    return Calendars(
        rows.astype(np.intp), date.astype(np.intp), distinct.column[order], order, starts
    )


def calendar_statistics(calendars: Calendars, surface: Floats) -> tuple[Floats, Floats, Floats]:
    """Return t by date, mean and number of dates of every calendar; with one date the plain t."""
    step = max(1, _GATHER // max(len(calendars.date), 1))
    parts = []
    for at in range(0, len(calendars), step):
        values = calendars.gather(surface, slice(at, at + step))
        starts = calendars.starts if len(calendars.starts) > 1 else np.arange(values.shape[1])
        mean, t, _, count = clustered_t(values, starts)
        parts.append((t, mean, count))
    t, mean, count = (np.concatenate(column) for column in zip(*parts, strict=True))
    return t, mean, count


def car_surface(panel: EventPanel, spec: StudySpec, window: Window) -> Floats:
    """Return the CAR every session would have as day 0, shape (n_sessions, n_securities).

    Each has its own estimation window, as an event has; NaN where the window or the estimation
    window does not fit, a day of the window has no value, or returns are too few.
    """
    return surfaces(panel, spec, window, swings=False)[0]


def surfaces(
    panel: EventPanel, spec: StudySpec, window: Window, *, swings: bool = True
) -> tuple[Floats, Floats]:
    """Return the CAR and the SCAR every session would have as day 0; see `car_surface`.

    Without ``swings`` the second is not computed where that takes time, and is empty.
    """
    if MODELS[spec.model].closed_form and _plain(spec):
        return _closed_form(panel, spec, window, swings)
    return _fitted(panel, spec, window)


def _plain(spec: StudySpec) -> bool:
    return spec.scale == "estimation" and not spec.exclude and spec.factors is None


def _closed_form(
    panel: EventPanel, spec: StudySpec, window: Window, swings: bool
) -> tuple[Floats, Floats]:
    """Mean, market-adjusted and one-factor returns from running sums.

    Var CAR = sigma^2 (L + L^2/T + (sum x - L mean x)^2 / Sxx), each part where it is estimated.
    """
    model, y = MODELS[spec.model], panel.returns
    x = np.zeros_like(y)
    if model.needs_benchmark:
        factor = panel.factors[..., 0]
        x = np.array(np.broadcast_to(factor if factor.ndim == 2 else factor[:, None], y.shape))
    there = np.isfinite(y) & np.isfinite(x)
    y, x = np.where(there, y, 0.0), np.where(there, x, 0.0)
    n, sum_y, sum_x = (_over(part, spec.estimation_window) for part in (there, y, x))
    days, event_y, event_x = (_over(part, window) for part in (there, y, x))
    fewest = spec.min_present * (window[1] - window[0] + 1) - 1e-9
    enough = days >= fewest
    if window[0] <= 0 <= window[1]:
        enough &= there
    fewest_returns = 0 if spec.estimates_nothing else spec.fewest_returns
    fits = (n >= fewest_returns) & enough & _inside(panel, spec)[:, None]
    known = fits & (n >= spec.fewest_returns)  # a sigma of fewer days is none
    with np.errstate(divide="ignore", invalid="ignore"):
        if model.fixed_beta is None:
            sxy = _over(x * y, spec.estimation_window) - sum_x * sum_y / n
            sxx = _over(x * x, spec.estimation_window) - sum_x**2 / n
            sxx = np.where(sxx > 1e-14, sxx, np.nan)  # a benchmark that stands still
            beta = sxy / sxx
        else:
            beta = np.full(y.shape, model.fixed_beta)
        alpha = sum_y / n - beta * sum_x / n if model.has_alpha else 0.0
        car = np.where(fits, event_y - days * alpha - beta * event_x, np.nan)
        if not swings:
            return car, np.empty(0)
        left = y - beta * x if model.fixed_beta is not None else y
        squares = _over(left**2, spec.estimation_window)
        squares -= _over(left, spec.estimation_window) ** 2 / n
        length = days + (days**2 / n if model.has_alpha else 0.0)
        if model.fixed_beta is None:
            squares -= beta * sxy
            length += (event_x - days * sum_x / n) ** 2 / sxx
        sigma = np.sqrt(np.maximum(squares, 0.0) / (n - 1 - (model.fixed_beta is None)))
        se = np.where(known & (sigma > 0), sigma * np.sqrt(length), np.nan)
    return car, car / se


def _over(values: npt.NDArray[np.generic], window: Window) -> Floats:
    """Sum over event days window[0]..window[1] of every session; those outside count as none."""
    total = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=float)])
    rows = np.arange(len(values))
    first = np.clip(rows + window[0], 0, len(values))
    last = np.clip(rows + window[1] + 1, 0, len(values))
    return np.asarray(total[last] - total[first])


def _inside(panel: EventPanel, spec: StudySpec) -> npt.NDArray[np.bool_]:
    rows = np.arange(panel.n_sessions)
    return np.asarray((rows + spec.needs[0] >= 0) & (rows + spec.needs[1] < panel.n_sessions))


def _fitted(panel: EventPanel, spec: StudySpec, window: Window) -> tuple[Floats, Floats]:
    """Fit every session of every security as if it were day 0."""
    car, scar = (np.full(panel.returns.shape, np.nan) for _ in range(2))
    inside = np.flatnonzero(_inside(panel, spec))
    row = np.repeat(inside, len(panel.securities))
    column = np.tile(np.arange(len(panel.securities)), len(inside))
    for at in range(0, len(row), _BLOCK):
        r, c = row[at : at + _BLOCK], column[at : at + _BLOCK]
        found = estimate(panel.at(r, c), spec)
        sums = found.sums(window)
        car[r[found.rows], c[found.rows]] = sums.car
        scar[r[found.rows], c[found.rows]] = sums.scar
    return car, scar
