"""What other programs print of the same abnormal returns, and the line in which they differ.

Two programs that agree on every abnormal return may still print different statistics: another
divisor of the variance, no forecast error, one tail, another weight for a missing day. Each such
rule is a small named function here, so that a printed figure can be traced to its rule instead of
being called wrong. Where a rule is a known error, its record says so.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine.abnormal import checked_window
from analysis.engine.event_rules import EventRule, Parts, event_figures, parts
from analysis.engine.panel import Window
from analysis.engine.volume import refuse_volume_as_return

if TYPE_CHECKING:
    from analysis.engine.results import EventStudyResult
    from analysis.engine.study_record import StudyRecord

Floats = npt.NDArray[np.float64]
Figures = Mapping[str, float]


# -- rules of single programs --------------------------------------------------------------------


def _full_sample(result: EventStudyResult, window: Window) -> pd.DataFrame:
    """Variance of all returns from the first estimation to the last event day, ddof 0."""
    found = event_figures(result, window, PYTHON_EVENTSTUDY)
    variance = np.nanvar(parts(result).returns, axis=1)
    length = window[1] - window[0] + 1
    t = found["car"] / np.sqrt(length * variance)
    p = scipy.special.stdtr(parts(result).n_estimation - 1, -np.abs(t.to_numpy()))
    return found.assign(var_ar=variance, var_car=length * variance, t=t, p=p)


def _sign_reversed(result: EventStudyResult, window: Window) -> pd.DataFrame:
    """Fitted minus actual, so that a rise is printed as a fall."""
    found = event_figures(result, window, PYTHON_EVENTSTUDY)
    return found.assign(car=-found["car"], t=-found["t"])


def _path_t(result: EventStudyResult, window: Window) -> pd.DataFrame:
    """One-sample t of the cumulated path, as if its values were independent."""
    from scipy import stats

    path = np.cumsum(result.abnormal.ar, axis=1)
    days = np.arange(result.spec.event_window[0], result.spec.event_window[1] + 1)
    used = path[:, (days >= window[0]) & (days <= window[1])]
    index = result.car(window).index
    known = np.isfinite(used)
    if not (known.sum(axis=1) > 1).any():  # a path of one day has no spread
        return pd.DataFrame({"t": np.nan, "p": np.nan}, index)
    used = np.where((known.sum(axis=1) > 1)[:, None], used, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # rows without a value
        found = stats.ttest_1samp(used, 0, axis=1, nan_policy="omit")
    return pd.DataFrame({"t": np.asarray(found.statistic), "p": np.asarray(found.pvalue)}, index)


def _last_seen_day(result: EventStudyResult, window: Window) -> pd.DataFrame:
    """CAR over the days there are, however many."""
    ar = result.ar.loc[:, window[0] : window[1]]
    return pd.DataFrame({"car": ar.sum(axis=1, min_count=1)})


def _single_precision(result: EventStudyResult, window: Window) -> pd.DataFrame:
    """CAR summed in percent, in numbers of seven digits."""
    ar = 100 * result.ar.loc[:, window[0] : window[1]]
    sums = np.cumsum(ar.to_numpy().astype("float32"), axis=1, dtype="float32")[:, -1]
    return pd.DataFrame({"car": sums.astype(float) / 100}, index=ar.index)


def _population(result: EventStudyResult, window: Window) -> Figures:
    """Cross-sectional s.d. with divisor N."""
    found = {}
    for name, values in (
        ("cross_sectional_t", result.car(window)),
        ("bmp_t", _scar(result, window)),
    ):
        x = values.dropna().to_numpy()
        found[name] = x.mean() / (x.std(ddof=0) / np.sqrt(len(x)))
    return found


def _normal_p(result: EventStudyResult, window: Window) -> Figures:
    """Take the p of t-type tests from N(0,1)."""
    found = {}
    for name in ("cross_sectional_t", "bmp_t", "kolari_pynnonen_t", "crude_dependence_t"):
        t = result.test(name, window).statistic
        found[f"{name}.p"] = float(2 * scipy.special.ndtr(-abs(t))) if math.isfinite(t) else np.nan
    return found


def _one_sided(result: EventStudyResult, window: Window) -> Figures:
    """Half the two-sided p of every test across events."""
    names = ("cross_sectional_t", "crude_dependence_t", "patell_z", "bmp_t", "kolari_pynnonen_t")
    return {f"{name}.p": result.test(name, window).p_value / 2 for name in names}


def _bw_1980(result: EventStudyResult, window: Window) -> Figures:
    """AAR N / sqrt(sum s_i^2), s_i^2 with n_i - 1, events taken as independent, no C."""
    found = parts(result)
    s2 = np.nansum(found.residuals**2, axis=1) / (found.n_estimation - 1)
    car = result.car(window).to_numpy()
    length = window[1] - window[0] + 1
    return {"bw_1980": float(np.nansum(car) / np.sqrt(length * s2[np.isfinite(car)].sum()))}


def _estudy2(result: EventStudyResult, window: Window) -> Figures:
    """Seven tests under estudy2's rules for days on which a share has no return (single days)."""
    found = parts(result)
    day = window[0] - result.spec.event_window[0]
    both = np.hstack([found.residuals, found.ar])
    at = found.residuals.shape[1] + day
    return {
        **{name: float(series[at]) for name, series in _daily_sums(both).items()},
        "generalized_sign_z": _pooled_sign(found, day),
        **_shared_moments(found, day),
    }


def _daily_sums(both: Floats) -> dict[str, Floats]:
    """Rank and sign statistics of every day: nan-mean x N over counts that follow the day."""
    from scipy import stats

    seen = np.isfinite(both)
    per_day, per_share = seen.sum(axis=0), seen.sum(axis=1)
    ranks = np.where(seen, stats.rankdata(both, axis=1, nan_policy="omit"), np.nan)

    def statistic(values: Floats, weight: Floats) -> Floats:
        day = np.nanmean(values, axis=0) * len(both) / weight
        return np.asarray(day / np.sqrt(np.nansum(day**2) / per_share.mean()))

    return {
        "corrado_rank_z": statistic(
            ranks - np.nanmean(ranks, axis=1)[:, None], per_day.astype(float)
        ),
        "corrado_zivney_z": statistic(ranks / (1 + per_share[:, None]) - 0.5, np.sqrt(per_day)),
        "corrado_zivney_sign_z": statistic(
            np.sign(both - np.nanmedian(both, axis=1)[:, None]), np.sqrt(per_day)
        ),
    }


def _pooled_sign(found: Parts, day: int) -> float:
    """Count of signs against one share of positive residuals over all share-days."""
    n = len(found.ar)
    share = np.nanmean(np.where(np.isfinite(found.residuals), found.residuals > 0, np.nan))
    return float(((found.ar[:, day] > 0).sum() - n * share) / np.sqrt(n * share * (1 - share)))


def _shared_moments(found: Parts, day: int) -> dict[str, float]:
    """Patell and BMP with sd_ddof1(e), Lamb with one T; all days in the benchmark's moments."""
    n = found.n_estimation
    mean = found.x.mean(axis=1)
    away = (found.x_event[:, day] - mean) ** 2 / ((found.x - mean[:, None]) ** 2).sum(axis=1)
    sd = np.nanstd(found.residuals, axis=1, ddof=1)
    sar = found.ar[:, day] / (sd * np.sqrt(1 + 1 / n + away))
    crude = np.nanmean(found.residuals, axis=0).std(ddof=1)
    return {
        "lamb_t": float(found.ar[:, day].mean() / (crude * np.sqrt(1 + 1 / n.mean() + away[0]))),
        "patell_z": float(sar.sum() / np.sqrt(((n - 2) / (n - 4)).sum())),
        "bmp_t": float(sar.mean() / (sar.std(ddof=1) / np.sqrt(len(sar)))),
    }


def _quarter_power(result: EventStudyResult, window: Window) -> Figures:
    """Standardised by s C^(1/4), day k of a window weighted by 1/sqrt(k), r by event time."""
    from scipy import stats

    found = parts(result)
    first = window[0] - result.spec.event_window[0]
    at = slice(first, first + window[1] - window[0] + 1)
    n, t_days = found.residuals.shape
    days = found.n_estimation
    sigma = np.sqrt(np.nansum(found.residuals**2, axis=1) / (days - 2))[:, None]
    mean = found.x.mean(axis=1, keepdims=True)
    sxx = ((found.x - mean) ** 2).sum(axis=1, keepdims=True)

    def scaled(values: Floats, x: Floats) -> Floats:
        factor = 1 + 1 / t_days + (x - mean) ** 2 / sxx
        return np.asarray(values / (sigma * factor**0.25))

    estimation = scaled(found.residuals, found.x)
    event = scaled(found.ar[:, at], found.x_event[:, at])
    together = np.asarray(np.corrcoef(estimation))[np.tril_indices(n, -1)].mean()
    shrink = np.sqrt((1 - together) / (1 + (n - 1) * together))
    scar = (event / np.sqrt(np.arange(1, event.shape[1] + 1))).sum(axis=1)
    se = scar.std(ddof=1) / np.sqrt(n)
    t = scar.mean() / se * shrink
    values = np.hstack([found.residuals / sigma, (scar * shrink / se)[:, None]])
    u = stats.rankdata(values, axis=1, method="ordinal") / (days[:, None] + 2) - 0.5
    mean_u = u.mean(axis=0)
    z = mean_u[-1] / np.sqrt((mean_u[:-1] ** 2).sum() / t_days)
    grank = z * np.sqrt((t_days - 2) / (t_days - 1 - z**2))
    return {
        "kolari_pynnonen_t": float(t),
        "kolari_pynnonen_t.p": float(2 * scipy.special.stdtr(days.max() - 2, -abs(t))),
        "grank_t": float(grank),
        "grank_t.p": float(2 * scipy.special.stdtr(t_days - 2, -abs(grank))),
    }


def _scar(result: EventStudyResult, window: Window) -> pd.Series[float]:
    return result.scar(window).where(result.car(window).notna())


# -- the registry --------------------------------------------------------------------------------

PYTHON_EVENTSTUDY = EventRule(divisor="T", forecast_error=False, one_sided=True, reference="t(T-1)")


@dataclass(frozen=True, slots=True)
class Convention:
    """One rule of other programs.

    Attributes
    ----------
    name
        As in ``market-reaction explain --as NAME``.
    used_by
        Programs or papers whose printed figures follow it.
    differs
        The line in which it differs from the project's own rule.
    errs
        In which direction, and how much where the gallery shows it.
    per_event
        Whether it gives statistics of single events (car, var_ar, var_car, t, p) or of the study.
    known_error
        Whether its own source contradicts it.
    compute
        From a study and a window to figures.
    """

    name: str
    used_by: str
    differs: str
    errs: str
    per_event: bool
    known_error: bool
    compute: Callable[[EventStudyResult, Window], pd.DataFrame | Figures]


def _rule(rule: EventRule) -> Callable[[EventStudyResult, Window], pd.DataFrame]:
    return lambda result, window: event_figures(result, window, rule)


CONVENTIONS: dict[str, Convention] = {
    record.name: record
    for record in (
        Convention(
            "mle_one_sided", "eventstudy (Python)", PYTHON_EVENTSTUDY.differs(),
            "t too large by (C T/(T-k))^(1/2), p half a two-sided one", True, False,
            _rule(PYTHON_EVENTSTUDY),
        ),
        Convention(
            "mle_full_sample", "eventstudy (Python), constant mean",
            "variance over estimation, gap and event days together, divisor their number; one tail",
            "t too small where the event moved the price: its move is in the variance", True, True,
            _full_sample,
        ),
        Convention(
            "sign_reversed", "documentation page of eventstudy (Python)",
            "abnormal return = fitted minus actual; else as mle_one_sided",
            "every sign is wrong", True, True, _sign_reversed,
        ),
        Convention(
            "no_forecast_error", "programs that divide by sigma alone (text)",
            EventRule(forecast_error=False).differs(), "t too large by C^(1/2)", True, False,
            _rule(EventRule(forecast_error=False)),
        ),
        Convention(
            "sd_t_minus_1", "estudy2 (R), EasyEventStudies",
            EventRule(divisor="T-1").differs(), "t too large by ((T-1)/(T-k))^(1/2)", True, False,
            _rule(EventRule(divisor="T-1")),
        ),
        Convention(
            "path_t", "course papers that test the path of the CAR",
            "one-sample t over the values of the cumulated path, which depend on each other",
            "t of 6 to 35 where a test of the window gives 1 to 3", True, True, _path_t,
        ),
        Convention(
            "last_seen_day", "spreadsheets and Stata sums", "CAR = sum over the days there are",
            "either way: one day counts like a whole event", True, False, _last_seen_day,
        ),
        Convention(
            "single_precision", "Stata variables of type float",
            "CAR summed in percent with seven digits", "in the last printed digit", True, False,
            _single_precision,
        ),
        Convention(
            "population_sd", "programs with numpy's default s.d. (text)",
            "cross-sectional s.d. with divisor N instead of N - 1",
            "t too large by (N/(N-1))^(1/2)", False, False, _population,
        ),
        Convention(
            "normal_p", "programs with normal p-values (text)", "p from N(0,1), not t(N-1)",
            "p too small, much so below N = 30", False, False, _normal_p,
        ),
        Convention(
            "one_sided_p", "programs that print one tail (text)", "half the two-sided p",
            "p half as large", False, False, _one_sided,
        ),
        Convention(
            "bw_1980", "estudy2 (R)",
            "AAR N/sqrt(sum s_i^2), s_i^2 = sum e^2/(n_i - 1), no forecast error",
            "t too large by about C^(1/2), more where events share a date", False, False, _bw_1980,
        ),
        Convention(
            "estudy2_missing", "estudy2 (R), single days",
            "missing days: nan-mean x N in daily sums, one pooled share of signs, sd with n - 1, "
            "moments of the benchmark over days the share had no price",
            "either way; equal to ours on complete data", False, False, _estudy2,
        ),
        Convention(
            "quarter_power", "EventStudy.jl, after Stata eventstudy2",
            "s C^(1/4): a square root taken twice; day k weighted 1/sqrt(k) instead of 1/sqrt(L); "
            "residuals paired by event time instead of date",
            "two stars of the gallery turn on it: p .079 for .042, p .00006 for .019", False, True,
            _quarter_power,
        ),
    )
}  # fmt: skip


def buy_and_hold(result: StudyRecord, window: Window) -> pd.Series[float]:
    """Return the plain buy-and-hold return of each event: prod(1 + R) - 1, nothing taken out.

    See :meth:`analysis.engine.results.EventStudyResult.buy_and_hold`.
    """
    refuse_volume_as_return(result)
    panel, (first, last) = result.panel, checked_window("window", window)
    days = panel.row[:, None] + np.arange(first, last + 1)
    inside = (panel.row[:, None] >= 0) & (days >= 0) & (days < panel.n_sessions)
    held = panel.returns[np.where(inside, days, 0), panel.column[:, None]]
    held = np.where(inside, held, np.nan)
    with np.errstate(divide="ignore"):  # all is lost at -1, and stays lost
        logs = held if result.spec.return_kind == "log" else np.log1p(held)
    index = pd.MultiIndex.from_arrays(
        [panel.event_id, panel.security], names=["event_id", "security"]
    )
    return pd.Series(np.expm1(logs.sum(axis=1)), index=index, name="buy_and_hold")
