"""One specification at every session of one market: the kernel of specification curves.

Arrays in, arrays out; no event and no date (METHODS section 9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.engine import LEVEL
from analysis.engine.abnormal import Abnormal, ewma_forecast, window_sums
from analysis.engine.models import MODELS, ModelOptions, Sample
from analysis.engine.panel import Window
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One admissible way to compute an abnormal return.

    Attributes
    ----------
    model : str
        Normal-return model.
    length : int
        Days of the estimation window.
    gap : int
        Sessions between estimation window and day 0.
    return_kind : str
        ``"simple"`` or ``"log"``.
    benchmark : str
        Symbol of the benchmark; empty where the model uses none.
    """

    model: str
    length: int
    gap: int
    return_kind: str
    benchmark: str

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise InputError.choice("model", self.model, MODELS)
        fewest = MODELS[self.model].fewest_coefficients + 2
        if self.length < fewest:
            raise InputError("length", self.length, f"{self.model} needs {fewest} days or more.")
        if self.gap < 0:
            raise InputError("gap", self.gap, "it must be 0 or more sessions.")


@dataclass(frozen=True, eq=False, repr=False)
class EverySession:
    """Windows cumulated around every session, NaN where estimation or window is incomplete.

    Attributes
    ----------
    car : ndarray of shape (n_windows, R)
        Abnormal return over each window, decimal.
    scar : ndarray of shape (n_windows, R)
        The same over its forecast standard error.
    scaled : ndarray of shape (n_windows, R)
        ``scar`` times sigma over the volatility forecast of the day before.
    """

    car: Floats
    scar: Floats
    scaled: Floats


def every_session(
    ret: Floats,
    factor: Floats | None,
    choice: Specification,
    windows: Sequence[Window],
    *,
    left_out: Bools | None = None,
    decay: float = 0.94,
) -> EverySession:
    """Compute abnormal returns of one market at all its sessions at once.

    Parameters
    ----------
    ret : ndarray of shape (R,)
        Returns, decimal; NaN where missing.
    factor : ndarray of shape (R,) or None
        Clock-aligned benchmark returns; None for models without a benchmark.
    choice
        Model, estimation length and gap; the other fields say what ``ret`` and ``factor`` are.
    windows
        Event windows, inclusive; windows that start before ``-gap`` are refused.
    left_out : ndarray of bool, shape (R,)
        Sessions that are left out of estimation windows (days with catalogued events, say).
    decay
        Of the volatility forecast; 1 keeps the estimation window's sigma.
    """
    count, first = len(ret), -choice.gap
    if any(start < first for start, _ in windows):
        raise InputError(
            "windows",
            list(windows),
            f"they must not start before day {first}, where the gap starts.",
        )
    last = max(0, *(end for _, end in windows))
    head, spare = choice.length + choice.gap, int(MODELS[choice.model].leads_and_lags)
    row = np.arange(head + spare, count - last)
    out = np.full((3, len(windows), count), np.nan)
    if not len(row):
        return EverySession(*out)
    ab = _abnormal(ret, factor, choice, row, last, left_out)
    fit = ab.fit
    before = np.hstack([fit.residuals, ab.ar[:, : choice.gap]])
    forecast = ewma_forecast(before, fit.sigma, decay=decay)
    enough = fit.n_estimation >= _fewest(choice, left_out)
    for k, window in enumerate(windows):
        sums = window_sums(ab, window)
        keep = sums.complete & enough & (fit.sigma > 0)
        out[0, k, row[keep]] = sums.car[keep]
        out[1, k, row[keep]] = sums.scar[keep]
        out[2, k, row[keep]] = (sums.scar * fit.sigma / forecast)[keep]
    return EverySession(car=out[0], scar=out[1], scaled=out[2])


def _fewest(choice: Specification, left_out: Bools | None) -> float:
    """Return the estimation days a session needs: all, or half where some are left out."""
    inner = choice.length - MODELS[choice.model].days_lost
    return inner if left_out is None else inner / 2


def _abnormal(
    ret: Floats,
    factor: Floats | None,
    choice: Specification,
    row: npt.NDArray[np.intp],
    last: int,
    left_out: Bools | None,
) -> Abnormal:
    head = choice.length + choice.gap
    sample = Sample(
        returns=ret[:, None],
        factors=np.zeros((len(ret), 0)) if factor is None else factor[:, None],
        risk_free=None,
        row=row,
        column=np.zeros(len(row), dtype=np.intp),
        estimation_window=(-head, -choice.gap - 1),
        event_window=(-choice.gap, last),
        left_out=None
        if left_out is None
        else left_out[row[:, None] + np.arange(-head, -choice.gap)],
        factor_names=() if factor is None else ("benchmark",),
    )
    event = row[:, None] + np.arange(-choice.gap, last + 1)
    return Abnormal(
        fit=MODELS[choice.model].fit(sample, ModelOptions()),
        returns=ret[event],
        event_window=sample.event_window,
        estimation_window=sample.estimation_window,
        row=row,
        column=sample.column,
        session_id=event.astype(np.int64),
        n_sessions=len(ret),
    )


@dataclass(frozen=True, slots=True)
class CurveTest:
    """How far out the curve as a whole is among the curves of placebo sessions.

    Attributes
    ----------
    median : float
        Median estimate over specifications, decimal.
    share_sign : float
        Share of specifications with the sign of the median.
    share_significant : float
        Share with that sign and a placebo p of at most the level.
    mean_statistic : float
        Mean standardised statistic.
    p_median, p_share, p_mean : float
        Joint placebo p of |median|, of the share significant, and of |mean statistic|.
    n_specifications, n_placebo : int
        Counts.
    """

    median: float
    share_sign: float
    share_significant: float
    mean_statistic: float
    p_median: float
    p_share: float
    p_mean: float
    n_specifications: int
    n_placebo: int


def curve_p(statistic: Floats, quiet: Bools) -> Floats:
    """Return the two-sided placebo p of every specification at every session.

    Parameters
    ----------
    statistic : ndarray of shape (n_specifications, R)
        NaN where a specification has no full windows.
    quiet : ndarray of bool, shape (R,)
        Placebo sessions; a session is not compared with itself.
    """
    size = np.abs(statistic)
    out = np.full(size.shape, np.nan)
    for k, values in enumerate(size):
        known = np.isfinite(values)
        among = quiet & known
        ranked = np.sort(values[among])
        beyond = len(ranked) - np.searchsorted(ranked, values[known], side="left")
        own = among[known]
        out[k, known] = (1 + beyond - own) / (len(ranked) - own + 1)
    return out


def curve_test(
    estimate: Floats,
    statistic: Floats,
    at: int,
    quiet: Bools,
    *,
    p: Floats | None = None,
) -> CurveTest:
    """Hold the whole curve of one session against the curves of the quiet ones.

    Parameters
    ----------
    estimate, statistic : ndarray of shape (n_specifications, R)
        Estimates (decimal) and standardised statistics at every session.
    at
        The tested session.
    quiet : ndarray of bool, shape (R,)
        Placebo sessions.
    p : ndarray of shape (n_specifications, R) or None
        What :func:`curve_p` gives, if it is known already.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis. Nature
    Human Behaviour 4, 1208-1214.
    """
    complete = np.isfinite(statistic[:, at])
    estimate, statistic = estimate[complete], statistic[complete]
    single = curve_p(statistic, quiet) if p is None else p[complete]
    here = quiet & np.isfinite(statistic).all(axis=0)
    here[at] = False
    columns = np.append(np.flatnonzero(here), at)
    middle = np.median(statistic[:, columns], axis=0)
    same = np.sign(statistic[:, columns]) == np.sign(middle)
    share = (same & (single[:, columns] <= LEVEL)).mean(axis=0)
    mean = statistic[:, columns].mean(axis=0)
    n = len(columns) - 1

    def beyond(values: Floats) -> float:
        size = np.abs(values)
        return float((1 + (size[:-1] >= size[-1] - 1e-12).sum()) / (n + 1))

    return CurveTest(
        median=float(np.median(estimate[:, at])),
        share_sign=float(same[:, -1].mean()),
        share_significant=float(share[-1]),
        mean_statistic=float(mean[-1]),
        p_median=beyond(middle),
        p_share=beyond(share),
        p_mean=beyond(mean),
        n_specifications=int(complete.sum()),
        n_placebo=n,
    )


def specifications(
    models: Mapping[str, bool],
    *,
    lengths: Sequence[int],
    gaps: Sequence[int],
    return_kinds: Sequence[str],
    benchmarks: Sequence[str],
) -> tuple[Specification, ...]:
    """List all combinations; ``models`` says of each whether it uses a benchmark."""
    return tuple(
        Specification(model=model, length=length, gap=gap, return_kind=kind, benchmark=benchmark)
        for model, uses in models.items()
        for length in lengths
        for gap in gaps
        for kind in return_kinds
        for benchmark in (benchmarks if uses else ("",))
    )
