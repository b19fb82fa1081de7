"""Can the normal-return model be used: residuals, stable betas, drift before the event."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine.models import MODELS
from analysis.engine.models.linear import least_squares
from analysis.engine.results import EventStudyResult
from analysis.engine.rows import window_label
from analysis.engine.study import sample_of
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]


def diagnostics(result: EventStudyResult, *, lags: int = 10, arch_lags: int = 5) -> pd.DataFrame:
    """Test the estimation residuals of every usable event.

    Parameters
    ----------
    result
        A finished study.
    lags, arch_lags
        Lags of Ljung-Box and of the ARCH test.

    Returns
    -------
    DataFrame
        Index (event_id, security). Columns: durbin_watson; ljung_box, ljung_box_p; arch_lm,
        arch_lm_p; skewness, excess_kurtosis, jarque_bera, jarque_bera_p; shapiro, shapiro_p;
        beta_first, beta_second (slopes on the first factor in the halves of the estimation
        window), chow, chow_p (are alpha and slopes the same in both halves; NaN for models without
        a fitted slope); pre_event_car, pre_event_t, pre_event_p (drift from the start of the event
        window to day -1; NaN if it starts later). Missing days are skipped, so that neighbours
        across a gap count as neighbours.

    Raises
    ------
    InputError
        If a number of lags is not between 1 and a quarter of the estimation window.

    References
    ----------
    Durbin, Watson 1950; Ljung, Box 1978; Engle 1982; Jarque, Bera 1980; Shapiro, Wilk 1965;
    Chow 1960.
    """
    limit = result.spec.n_estimation // 4
    for name, value in (("lags", lags), ("arch_lags", arch_lags)):
        if not 1 <= value <= limit:
            raise InputError(name, value, f"it must lie between 1 and {limit} for this window.")
    residuals = result.abnormal.fit.residuals
    rows = [residual_tests(e[np.isfinite(e)], lags, arch_lags) for e in residuals]
    frame = pd.DataFrame(rows, index=result.ar.index)
    return frame.assign(**_beta_stability(result), **_pre_event_drift(result))


def residual_tests(e: Floats, lags: int, arch_lags: int) -> dict[str, float]:
    """Test one series of residuals for autocorrelation, changing variance and normality.

    Parameters
    ----------
    e : ndarray of shape (T,)
        Residuals, oldest first, without gaps.
    lags, arch_lags
        Lags of Ljung-Box and of the ARCH test.
    """
    from scipy import stats

    centred = e - e.mean()
    n = len(e)
    correlations = np.array([centred[lag:] @ centred[:-lag] for lag in range(1, lags + 1)]) / (
        centred @ centred
    )
    q = n * (n + 2) * float((correlations**2 / (n - np.arange(1, lags + 1))).sum())
    lm = _arch_lm(e**2, arch_lags)
    moment = [float((centred**power).mean()) for power in (2, 3, 4)]
    skew, kurtosis = moment[1] / moment[0] ** 1.5, moment[2] / moment[0] ** 2 - 3
    jb = n / 6 * (skew**2 + kurtosis**2 / 4)
    shapiro = stats.shapiro(e)
    return {
        "durbin_watson": float((np.diff(e) ** 2).sum() / (e @ e)),
        "ljung_box": q,
        "ljung_box_p": float(scipy.special.chdtrc(lags, q)),
        "arch_lm": lm,
        "arch_lm_p": float(scipy.special.chdtrc(arch_lags, lm)),
        "skewness": skew,
        "excess_kurtosis": kurtosis,
        "jarque_bera": jb,
        "jarque_bera_p": float(scipy.special.chdtrc(2, jb)),
        "shapiro": float(shapiro.statistic),
        "shapiro_p": float(shapiro.pvalue),
    }


def _arch_lm(squares: Floats, lags: int) -> float:
    """N R^2 of squared residuals on their own lags (Engle 1982)."""
    y = squares[lags:]
    past = [squares[lags - lag : -lag] for lag in range(1, lags + 1)]
    design = np.column_stack([np.ones(len(y)), *past])
    fitted = design @ np.linalg.lstsq(design, y, rcond=None)[0]
    centred = y - y.mean()
    return float(len(y) * (1 - ((y - fitted) ** 2).sum() / (centred @ centred)))


def _beta_stability(result: EventStudyResult) -> dict[str, Floats]:
    """Compare the halves of the estimation window with one line over both (Chow 1960)."""
    n = len(result.rows)
    nothing = np.full(n, np.nan)
    empty = dict.fromkeys(("beta_first", "beta_second", "chow", "chow_p"), nothing)
    fit = result.abnormal.fit
    if len(fit.names) < 2 or MODELS[fit.model].fixed_beta is not None:
        return empty
    ab = result.abnormal
    sample = sample_of(result.panel, result.spec, ab.row, ab.column)
    y, x = sample.y() - sample.riskless(sample.estimation_window), sample.x()
    half = y.shape[1] // 2
    whole, first, second = (
        least_squares(y[:, days], x[:, days])
        for days in (slice(None), slice(None, half), slice(half, None))
    )
    k = x.shape[2] + 1
    split = _squares(first.residuals) + _squares(second.residuals)
    df = whole.n_obs - 2 * k
    with np.errstate(divide="ignore", invalid="ignore"):
        chow = (_squares(whole.residuals) - split) / k / (split / df)
    return {
        "beta_first": first.slopes[:, 0],
        "beta_second": second.slopes[:, 0],
        "chow": chow,
        "chow_p": np.where(df > 0, scipy.special.fdtrc(k, np.maximum(df, 1), chow), np.nan),
    }


def _squares(residuals: Floats) -> Floats:
    return np.asarray(np.nansum(residuals**2, axis=1))


def _pre_event_drift(result: EventStudyResult) -> dict[str, Floats]:
    first = result.spec.event_window[0]
    if first > -1:
        nothing = np.full(len(result.rows), np.nan)
        return {"pre_event_car": nothing, "pre_event_t": nothing, "pre_event_p": nothing}
    drift = result.event_tests((first, -1))
    return {
        "pre_event_car": drift["estimate"].to_numpy(),
        "pre_event_t": drift["statistic"].to_numpy(),
        "pre_event_p": drift["p_value"].to_numpy(),
    }


def window_table(result: EventStudyResult) -> pd.DataFrame:
    """Show pre-event, event and post-event windows apart, never mixed.

    Returns
    -------
    DataFrame
        Index period (``pre-event``, ``event day``, ``post-event``; only those inside the event
        window); columns window, caar, se (cross-sectional), statistic, p_value, n_events,
        n_partial, n_left_out.
    """
    first, last = result.spec.event_window
    periods = {"pre-event": (first, -1), "event day": (0, 0), "post-event": (1, last)}
    rows = {}
    for name, (start, end) in periods.items():
        if start > end or start < first or end > last:
            continue
        car = pd.Series(result.row((start, end)).car)
        found = result.test("cross_sectional_t", (start, end))
        rows[name] = {
            "window": window_label((start, end)),
            "caar": car.mean(),
            "se": car.std(ddof=1) / np.sqrt(len(car)) if len(car) > 1 else np.nan,
            "statistic": found.statistic,
            "p_value": found.p_value,
            "n_events": len(car),
            "n_partial": found.n_partial,
            "n_left_out": found.n_left_out,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("period")
