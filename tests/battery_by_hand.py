"""The whole battery once more, in plain loops over events, from the published formulas.

Shares no code with the package: what the tests compare with when days are missing, events share
dates, or a security has several events, some of them twice. ``row`` picks the events of a row;
every statistic takes those and no others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats


@dataclass
class Fitted:
    """One event: estimation residuals and event-window AR, with everything their variance needs."""

    row: int
    security: str
    dates: np.ndarray  # estimation rows
    e: np.ndarray  # residuals, NaN where missing
    ar: np.ndarray
    x_event: np.ndarray
    x_used: np.ndarray
    sigma: float
    df: int


def fit(returns: pd.DataFrame, events: pd.DataFrame, market: pd.Series, est, window) -> list:
    """Market model of every event by numpy's least squares on the days present."""
    out = []
    for event in events.itertuples():
        y = returns[event.security].to_numpy()
        x = market.to_numpy()
        row = returns.index.get_loc(event.session)
        rows = np.arange(row + est[0], row + est[1] + 1)
        here = np.isfinite(y[rows])
        design = np.column_stack([np.ones(here.sum()), x[rows][here]])
        coef = np.linalg.lstsq(design, y[rows][here], rcond=None)[0]
        e = y[rows] - coef[0] - coef[1] * x[rows]
        df = int(here.sum()) - 2
        days = np.arange(row + window[0], row + window[1] + 1)
        out.append(
            Fitted(
                row=row,
                security=event.security,
                dates=rows,
                e=e,
                ar=y[days] - coef[0] - coef[1] * x[days],
                x_event=x[days],
                x_used=x[rows][here],
                sigma=float(np.sqrt(np.nansum(e**2) / df)),
                df=df,
            )
        )
    return out


def variance(event: Fitted, days: list[int]) -> float:
    """Exact variance of the sum of AR over these columns."""
    x, n = event.x_used, len(event.x_used)
    design = np.column_stack([np.ones(n), x])
    ones = np.array([len(days), event.x_event[days].sum()])
    inverse = np.linalg.inv(design.T @ design)
    return event.sigma**2 * (len(days) + ones @ inverse @ ones)


def present(event: Fitted, columns: range) -> list[int]:
    return [day for day in columns if np.isfinite(event.ar[day])]


#: Need every day of the window, whatever share of them others make do with.
EVERY_DAY = {
    "abhar_t", "skewness_adjusted_bhar_t", "corrado_rank_z", "corrado_zivney_z",
    "corrado_zivney_adjusted_z", "corrado_zivney_sign_z", "grank_t", "grank_z", "sign_z",
    "generalized_sign_z", "wilcoxon",
}  # fmt: skip


def row(fitted: list, columns: range, first: int, share: float = 1.0) -> list:
    """Events of a row: each reaction once, with enough days and with day 0 if it is tested."""
    seen, kept = set(), []
    for f in fitted:
        key = (f.security, f.row)
        if key in seen:
            continue
        seen.add(key)
        days = present(f, columns)
        if len(days) / len(columns) < share:
            continue
        if -first in columns and -first not in days:
            continue
        kept.append(f)
    return kept


def car(fitted: list, columns: range) -> np.ndarray:
    """CAR over the days present."""
    return np.array([f.ar[present(f, columns)].sum() for f in fitted])


def scar(fitted: list, columns: range) -> np.ndarray:
    """SCAR over the days present."""
    days = [present(f, columns) for f in fitted]
    return np.array(
        [f.ar[d].sum() / np.sqrt(variance(f, d)) for f, d in zip(fitted, days, strict=True)]
    )


def sar(event: Fitted) -> np.ndarray:
    return np.array([event.ar[d] / np.sqrt(variance(event, [d])) for d in range(len(event.ar))])


def cross_sectional_t(fitted, columns, **_):
    return stats.ttest_1samp(car(fitted, columns), 0).statistic


def crude_dependence_t(fitted, columns, **_):
    residuals = np.array([f.e for f in fitted])
    average = np.nanmean(residuals[:, np.isfinite(residuals).any(axis=0)], axis=0)
    days = np.mean([len(present(f, columns)) for f in fitted])
    return car(fitted, columns).mean() / (average.std(ddof=1) * np.sqrt(days))


def lamb_t(fitted, columns, **_):
    days = np.mean([len(present(f, columns)) for f in fitted])
    factor = np.mean([variance(f, present(f, columns)) / f.sigma**2 for f in fitted])
    return crude_dependence_t(fitted, columns) * np.sqrt(days / factor)


def j1(fitted, columns, **_):
    spread = np.sqrt(sum(variance(f, present(f, columns)) for f in fitted)) / len(fitted)
    return car(fitted, columns).mean() / spread


def j2(fitted, columns, **_):
    return scar(fitted, columns).sum() / np.sqrt(sum(f.df / (f.df - 2) for f in fitted))


def patell_z(fitted, columns, **_):
    total = sum(
        np.nansum(sar(f)[list(columns)]) / np.sqrt(len(present(f, columns))) for f in fitted
    )
    return total / np.sqrt(sum(f.df / (f.df - 2) for f in fitted))


def bmp_t(fitted, columns, **_):
    return stats.ttest_1samp(scar(fitted, columns), 0).statistic


def jackknife(values):
    n, ratio = len(values), lambda x: x.mean() / x.std(ddof=1)
    pseudo = [n * ratio(values) - (n - 1) * ratio(np.delete(values, i)) for i in range(n)]
    return stats.ttest_1samp(pseudo, 0).statistic


def jackknife_t(fitted, columns, **_):
    return jackknife(car(fitted, columns))


def standardised_jackknife_t(fitted, columns, **_):
    return jackknife(scar(fitted, columns))


def correlation(fitted, columns, first) -> float:
    """Average of r_ij w_ij over all pairs, pair by pair."""
    total = 0.0
    for i, a in enumerate(fitted):
        for b in fitted[i + 1 :]:
            open_a = {a.row + first + d for d in present(a, columns)}
            open_b = {b.row + first + d for d in present(b, columns)}
            w = len(open_a & open_b) / np.sqrt(len(open_a) * len(open_b))
            if w == 0:
                continue
            if a.security == b.security:
                total += w
                continue
            ea, eb = pd.Series(a.e, a.dates).dropna(), pd.Series(b.e, b.dates).dropna()
            both = ea.index.intersection(eb.index)
            assert len(both) >= 30
            total += w * np.corrcoef(ea[both], eb[both])[0, 1]
    n = len(fitted)
    return total / (n * (n - 1) / 2)


def kolari_pynnonen_t(fitted, columns, first):
    r = correlation(fitted, columns, first)
    n = len(fitted)
    return bmp_t(fitted, columns) * np.sqrt((1 - r) / (1 + (n - 1) * r))


def adjusted_patell_z(fitted, columns, first):
    r = correlation(fitted, columns, first)
    n = len(fitted)
    return patell_z(fitted, columns) / np.sqrt(1 + (n - 1) * r)


def skewness_adjusted_t(fitted, columns, **_):
    values = car(fitted, columns)
    n = len(values)
    s = values.mean() / values.std(ddof=1)
    g = stats.skew(values, bias=True) * n**2 / ((n - 1) * (n - 2)) * ((n - 1) / n) ** 1.5
    return np.sqrt(n) * (s + g * s**2 / 3 + g**2 * s**3 / 27 + g / (6 * n))


def scores(rows: list[np.ndarray], kind: str) -> np.ndarray:
    out = np.full((len(rows), len(rows[0])), np.nan)
    for i, values in enumerate(rows):
        here = np.isfinite(values)
        if kind == "sign":
            out[i, here] = np.sign(values[here] - np.median(values[here]))
            continue
        rank, m = stats.rankdata(values[here]), here.sum()
        out[i, here] = rank - (m + 1) / 2 if kind == "rank" else rank / (m + 1) - 0.5
    return out


def series_z(score: np.ndarray, tested: list[int], root: bool) -> float:
    n = np.isfinite(score).sum(axis=0)
    there = n > 0  # with few events some days have none
    day = np.full(len(n), np.nan)
    total = np.nansum(score, axis=0)[there]
    day[there] = total / (np.sqrt(n[there]) if root else n[there])
    return np.sqrt(len(tested)) * day[tested].mean() / np.sqrt((day[there] ** 2).mean())


def tested(fitted, columns) -> list[int]:
    return [len(fitted[0].e) + day for day in columns]


def corrado_rank_z(fitted, columns, **_):
    rows = [np.concatenate([f.e, f.ar]) for f in fitted]
    return series_z(scores(rows, "rank"), tested(fitted, columns), root=False)


def corrado_zivney_z(fitted, columns, **_):
    rows = [np.concatenate([f.e, f.ar]) for f in fitted]
    return series_z(scores(rows, "scaled"), tested(fitted, columns), root=True)


def corrado_zivney_sign_z(fitted, columns, **_):
    rows = [np.concatenate([f.e, f.ar]) for f in fitted]
    return series_z(scores(rows, "sign"), tested(fitted, columns), root=True)


def corrado_zivney_adjusted_z(fitted, columns, **_):
    standardised = np.array([sar(f) for f in fitted])
    spread = np.nanstd(standardised, axis=0, ddof=1)
    rows = [
        np.concatenate([f.e / f.sigma, s / spread])
        for f, s in zip(fitted, standardised, strict=True)
    ]
    return series_z(scores(rows, "scaled"), tested(fitted, columns), root=True)


def _grank(fitted, columns):
    values = scar(fitted, columns)
    star = values / values.std(ddof=1)
    rows = [np.append(f.e / f.sigma, s) for f, s in zip(fitted, star, strict=True)]
    u = scores(rows, "scaled")
    n = np.isfinite(u).sum(axis=0)
    there = n > 0
    mean = np.nanmean(u[:, there], axis=0)
    spread = np.sqrt((n[there] / len(fitted) * mean**2).sum() / u.shape[1])
    return u, spread


def grank_t(fitted, columns, **_):
    u, spread = _grank(fitted, columns)
    length = u.shape[1]
    z = u[:, -1].mean() / spread
    return z * np.sqrt((length - 2) / (length - 1 - z**2))


def grank_z(fitted, columns, **_):
    u, _ = _grank(fitted, columns)
    n = u.shape[1]  # T + 1
    return u[:, -1].mean() * np.sqrt(12 * len(u) * (n + 1) / (n - 1))


def sign_z(fitted, columns, **_):
    values = car(fitted, columns)
    n = len(values)
    return ((values > 0).sum() - n / 2) / np.sqrt(n / 4)


def generalized_sign_z(fitted, columns, **_):
    p = np.mean([(f.e > 0).sum() / np.isfinite(f.e).sum() for f in fitted])
    n = len(fitted)
    return ((car(fitted, columns) > 0).sum() - n * p) / np.sqrt(n * p * (1 - p))


def wilcoxon(fitted, columns, **_):
    values = car(fitted, columns)
    return stats.rankdata(np.abs(values))[values > 0].sum()


def calendar_time_t(fitted, columns, first):
    """Portfolio of open events, each calendar day over its own estimation-window spread."""
    standardised = []
    rows = sorted({f.row + first + d for f in fitted for d in present(f, columns)})
    for session in rows:
        open_ = [f for f in fitted if session - f.row - first in present(f, columns)]
        residuals = pd.concat([pd.Series(f.e, f.dates) for f in open_], axis=1).dropna()
        if len(residuals) < 30:
            continue
        ar = np.mean([f.ar[session - f.row - first] for f in open_])
        standardised.append(ar / residuals.mean(axis=1).std(ddof=1))
    return stats.ttest_1samp(standardised, 0).statistic
