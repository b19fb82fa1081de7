"""Why some events moved more than others: regress cumulated abnormal returns on characteristics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.abnormal import Abnormal
from analysis.engine.gate import check_labels, odd_characteristics, warn
from analysis.engine.inference.assumptions import Sample
from analysis.engine.inference.row_sample import row_sample
from analysis.engine.panel import Window
from analysis.engine.regression import (
    estimates_table,
    least_squares,
    resting_on_one,
    robust_covariance,
    shock_covariance,
)
from analysis.engine.results import EventStudyResult, window_label
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]
Covariance = Literal["HC3", "HC1", "date", "GLS"]
Weighting = Literal["equal", "standardised"]


@dataclass(frozen=True, eq=False, repr=False)
class CrossSection:
    """A regression of CAR on characteristics of events.

    Attributes
    ----------
    coefficients : DataFrame
        Index const and the characteristics; columns estimate, se, statistic, p_value, low, high
        (95 %), in decimal return per unit of the characteristic.
    covariance : DataFrame
        Covariance matrix of the estimates.
    window : tuple of int
        Event days of the CAR.
    kind : str
        ``"HC3"``, ``"HC1"``, ``"date"`` or ``"GLS"``, the one that was used.
    weighting : str
        ``"equal"`` or ``"standardised"``.
    n_events, n_reactions, n_dates : int
        Rows used, their distinct (security, day 0), and their distinct day 0s.
    n_partial, n_left_out : int
        Rows with a missing day, and usable rows that do not count in the window.
    df : int
        Degrees of freedom of the t reference: N - k, or number of dates - 1.
    r_squared : float
        Share of the (weighted) variance explained.
    assumes : str
        What the standard errors take for granted.
    reason : str
        What these events show against it, empty if nothing: among it coefficients that rest on one
        event or date alone, which have no standard error.
    notes : tuple of str
        What the gate noticed about the characteristics, after what it noticed about the study.
    """

    coefficients: pd.DataFrame
    covariance: pd.DataFrame
    window: Window
    kind: Covariance
    weighting: Weighting
    n_events: int
    n_dates: int
    df: int
    r_squared: float
    n_reactions: int
    n_partial: int
    n_left_out: int
    assumes: str
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def frame(self) -> pd.DataFrame:
        """The coefficients with their names as a column."""
        return self.coefficients.rename_axis("name").reset_index()

    def __repr__(self) -> str:
        return (
            f"CrossSection: CAR{window_label(self.window)} of {self.n_events} events on "
            f"{self.n_dates} dates, {self.kind} errors, R^2 {self.r_squared:.3f}"
            + (f"\n  {self.reason}" if self.reason else "")
        )

    def _repr_html_(self) -> str:
        return str(self.coefficients.to_html(float_format="{:.4f}".format))


def cross_section(
    result: EventStudyResult,
    characteristics: pd.DataFrame,
    *,
    window: Window = (0, 0),
    covariance: Covariance | None = None,
    weighting: Weighting = "equal",
) -> CrossSection:
    """Regress the CAR of each event on its characteristics.

    Parameters
    ----------
    result
        A finished study; events that do not count in the window are left out. Rows that share a
        reaction (security and day 0) are one, unless they differ in a characteristic: then they
        are kept, clustered, and said.
    characteristics
        Numeric, one row per usable event with index (event_id, security), or event_id alone if
        the characteristics are those of the news; a constant is added.
    window
        Event days cumulated.
    covariance
        ``"HC3"``, robust to unequal variances; ``"HC1"``, the same with N/(N-k) in place of
        leverages, as other programs print it; ``"date"``, clustered by day 0 (events that share
        one are dependent), with the small-sample factor G/(G-1) (N-1)/(N-k); ``"GLS"``, for one
        shock on many firms, where clustering has one date only: generalised least squares with
        the firms' own comovement on estimation days (``shock_covariance``). None: by date
        where events share dates and there are more dates than coefficients, else HC3.
    weighting
        ``"equal"``, or ``"standardised"``: CAR and characteristics divided by the forecast
        standard error of the CAR, so that precise events count more.

    Returns
    -------
    CrossSection

    Warns
    -----
    PlausibilityWarning
        If a characteristic holds what is a code for a missing value in many files.

    Raises
    ------
    InputError
        If a characteristic is missing, infinite, not a number or a combination of the others, or
        there are too few events or dates.

    References
    ----------
    MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics 29, 305-325.
    Karafiath, I. (1994). On the efficiency of least squares regression with security abnormal
    returns as the dependent variable. Journal of Financial and Quantitative Analysis 29, 279-300.
    """
    _check_given(result, characteristics)
    _check_choice("covariance", "HC3" if covariance is None else covariance, get_args(Covariance))
    _check_choice("weighting", weighting, get_args(Weighting))
    design = _design(characteristics, result.ar.index)
    rows = _rows(result, design, window)
    used, sums = result.abnormal.take(rows), result.sums(window)
    design, y = design[rows], sums.car[rows]
    dates = used.session_id[:, 0]
    if weighting == "standardised":
        design, y = design / sums.se[rows, None], y / sums.se[rows]
    names = ["const", *map(str, characteristics.columns)]
    n, k = design.shape
    n_dates = len(np.unique(dates))
    kind, df = _kind_of_errors(covariance, n, n_dates, k)
    notes = odd_characteristics(characteristics)
    warn(notes)
    if kind == "GLS":
        omega = _one_shock(used, sums.se[rows], n_dates, weighting)
        root = np.linalg.inv(np.linalg.cholesky(omega))
        design, y = root @ design, root @ y
    inverse, estimate = least_squares(design, y, names)
    residuals = y - design @ estimate
    cov, alone = _errors(kind, design, residuals, inverse, dates)
    sample = row_sample(used, window, result.spec.test_options)
    n_reactions = len(np.unique(used.column.astype(np.int64) * (used.n_sessions + 1) + used.row))
    doubts = (
        _broken(kind, sample, n - n_reactions, n_dates, k),
        _without_error(kind, [name for name, one in zip(names, alone, strict=True) if one]),
    )
    return CrossSection(
        coefficients=estimates_table(estimate, np.sqrt(np.diag(cov)), df, names),
        covariance=pd.DataFrame(cov, index=names, columns=names),
        window=window,
        kind=kind,
        weighting=weighting,
        n_events=n,
        n_dates=n_dates,
        df=df,
        r_squared=_r_squared(design[:, 0], y, residuals),
        notes=(*result.notes, *notes),
        n_reactions=n_reactions,
        n_partial=sample.n_partial,
        n_left_out=len(sums.counted) - int(sums.counted.sum()),
        assumes=_ASSUMES.get(kind, "events are independent"),
        reason="; ".join(filter(None, doubts)),
    )


def _kind_of_errors(
    asked: Covariance | None, n: int, n_dates: int, k: int
) -> tuple[Covariance, int]:
    """Return the errors asked for, or those that suit the dates, and their degrees of freedom."""
    kind: Covariance = asked or ("date" if k < n_dates < n else "HC3")
    if n <= k or (kind == "date" and n_dates <= k):
        raise InputError(
            "result", f"{n} events on {n_dates} dates",
            f"{k} coefficients with {kind} errors need more of them.",
        )  # fmt: skip
    return kind, n_dates - 1 if kind == "date" else n - k


def _check_choice(name: str, value: object, valid: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in valid:
        raise InputError.choice(name, value, valid)


def _errors(
    kind: Covariance,
    design: Floats,
    residuals: Floats,
    inverse: Floats,
    dates: npt.NDArray[np.int64],
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the covariance of the coefficients, and which rest on one event and have none."""
    n, k = design.shape
    if kind == "GLS":
        return inverse * float(residuals @ residuals) / (n - k), np.zeros(k, dtype=bool)
    each = np.arange(n, dtype=np.int64)
    groups = {"date": dates, "HC1": each}  # HC1: a cluster an event
    alone = resting_on_one(design, inverse, groups.get(kind, each))
    cov = robust_covariance(design, residuals, inverse, groups.get(kind))
    cov[alone] = cov[:, alone] = np.nan
    return cov, alone


def _r_squared(constant: Floats, y: Floats, residuals: Floats) -> float:
    """Return the share explained beyond the constant, which is weighted like everything else."""
    centred = y - constant * float(np.linalg.lstsq(constant[:, None], y, rcond=None)[0][0])
    return float(1 - (residuals @ residuals) / (centred @ centred))


_ASSUMES = {
    "date": "events of different dates are independent",
    "GLS": "firms move together on the event day as on estimation days",
}
#: Fewest estimation days all firms must share for their comovement.
_FEWEST_SHARED = 30


def _one_shock(
    used: Abnormal, se: Floats, n_dates: int, weighting: Weighting
) -> npt.NDArray[np.float64]:
    """Return the covariance of CARs of one date, or say why there is none."""
    if n_dates > 1 or weighting != "equal":
        raise InputError(
            "covariance", "GLS", f"it is for one shock, these are {n_dates} dates."
            if n_dates > 1 else "it weighs firms by their covariance already.",
            "Use covariance='date'." if n_dates > 1 else "Leave `weighting` out.",
        )  # fmt: skip
    residuals = used.fit.residuals
    shared = np.isfinite(residuals).all(axis=0)
    if shared.sum() < _FEWEST_SHARED:
        raise InputError(
            "covariance", "GLS", f"the firms share {int(shared.sum())} estimation days with a "
            f"return, {_FEWEST_SHARED} are needed.", "Leave out firms with few returns.",
        )  # fmt: skip
    return shock_covariance(residuals[:, shared], se)


def _rows(result: EventStudyResult, design: Floats, window: Window) -> npt.NDArray[np.intp]:
    """Positions of the rows used: counted in the window, each reaction once for each design."""
    ab, counted = result.abnormal, result.sums(window).counted
    key = np.column_stack([ab.column, ab.row, design])[counted]
    first = np.unique(key, axis=0, return_index=True)[1] if len(key) else np.arange(0)
    return np.flatnonzero(counted)[np.sort(first)]


def _broken(kind: Covariance, sample: Sample, repeated: int, n_dates: int, k: int) -> str:
    """Say what the events show against the standard errors."""
    seen = {
        f"{repeated} rows repeat a reaction (security and day 0) with other characteristics": (
            repeated > 0
        ),
        f"{sample.sharing} events share sessions, but these errors take them as independent"
        + (
            f": {n_dates} dates are too few to cluster {k} coefficients"
            if n_dates <= k
            else ": use covariance='date'"
        ): kind not in ("date", "GLS") and sample.sharing > 0,
        f"{sample.staggered} events share sessions with events of other dates, but these errors "
        "allow for dependence on common dates only": kind == "date" and sample.staggered > 0,
    }
    return "; ".join(words for words, broken in seen.items() if broken)


def _without_error(kind: Covariance, names: list[str]) -> str:
    if not names:
        return ""
    one = "one date" if kind == "date" else "one event"
    return f"{', '.join(names)} rest{'s' * (len(names) == 1)} on {one} alone: no standard error"


def _check_given(result: object, characteristics: object) -> None:
    if not isinstance(result, EventStudyResult):
        raise InputError("result", type(result).__name__, "it is what event_study returns.")
    if not isinstance(characteristics, pd.DataFrame):
        raise InputError(
            "characteristics", type(characteristics).__name__, "it is a frame, a row per event.",
            "For example events.set_index('event_id')[['size']].",
        )  # fmt: skip
    check_labels("characteristics", characteristics)
    if characteristics.columns.nlevels > 1:
        raise InputError(
            "characteristics", list(characteristics.columns[:3]), "columns have one name each.",
            "Join the levels: frame.columns = ['_'.join(c) for c in frame.columns].",
        )  # fmt: skip


def _design(characteristics: pd.DataFrame, index: pd.Index) -> Floats:
    by_event = characteristics.index.nlevels == 1
    wanted = index.get_level_values("event_id") if by_event else index
    if characteristics.index.has_duplicates:
        twice = characteristics.index[characteristics.index.duplicated()][0]
        raise InputError("characteristics", twice, "this event has two rows.", "Keep one of them.")
    absent = ~wanted.isin(characteristics.index)
    if absent.any():
        raise InputError(
            "characteristics",
            f"no row for {wanted[absent][0]!r}",
            "every usable event needs one.",
            "Use index (event_id, security), or event_id.",
        )
    for name, column in characteristics.items():
        if column.dtype.kind in "mMc":
            raise InputError(
                "characteristics", f"{name!r} of type {column.dtype}", "they must be numbers.",
                "Of dates, use years or days since one of them.",
            )  # fmt: skip
    try:
        values = characteristics.loc[wanted].to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError(
            "characteristics", str(error)[:60], "they must be numbers.", "Use 0/1 for groups."
        ) from error
    if not np.isfinite(values).all():
        at = int(np.argwhere(~np.isfinite(values))[0, 1])
        raise InputError(
            "characteristics",
            f"a missing or infinite {characteristics.columns[at]!r}",
            "every usable event needs every characteristic.",
        )
    size = np.abs(values).max(axis=0, initial=0.0)
    for name, most in zip(characteristics.columns, size, strict=True):
        if not (most == 0 or 1e-100 < most < 1e100):
            raise InputError(
                "characteristics", f"{name!r} up to {most:g}", "its squares cannot be written.",
                "Use other units.",
            )  # fmt: skip
    return np.column_stack([np.ones(len(values)), values])
