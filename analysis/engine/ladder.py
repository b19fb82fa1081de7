"""The ladder under a star: one mean judged six ways, and how often each way errs here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine import LEVEL
from analysis.engine.inference import run_test
from analysis.engine.inference.alternative import Alternative, one_tail, p_name, rank_p
from analysis.engine.inference.clustered import ClusteredMean, clustered_mean
from analysis.engine.inference.sessions_shared import events_sharing, tested_sessions
from analysis.engine.inference.sign_flip import sign_flip
from analysis.engine.panel import Window
from analysis.engine.placebo_calendars import (
    FEWEST_CALENDARS,
    Calendars,
    calendar_statistics,
    car_surface,
    draw_calendars,
    why_none,
)
from analysis.engine.results import EventStudyResult, window_label
from analysis.engine.study import estimate
from analysis.errors import InputError
from analysis.wording import p_value

Floats = npt.NDArray[np.float64]
#: Shares of placebo calendars below .05 between which a test errs as often as it says.
HOLDS = (0.035, 0.075)
#: About a third of the nominal 5 %.
_FAR_TOO_SELDOM = 0.0175
#: Flips of the dates of the study (s.e. of a p of 5 %: .0015), calendars flipped, and the flips
#: of each: the s.e. of a rate of 5 % is .009 then; more would take minutes.
_FLIPS, _FLIP_CALENDARS, _FLIPS_PER_CALENDAR = 19_999, 600, 999
#: Events estimated anew for the tests that need residuals; bounds time, not results.
_ESTIMATED, _MOST_SLOW, _FEWEST_SLOW = 20_000, 200, 40
#: Of more events these tests are not counted: 40 calendars would take minutes.
_MOST_EVENTS = 25_000
#: Calendars below which a share of rejections is too rough to choose a test by.
_FEWEST_TO_READ = 400
#: Normal quantile of 80 % power.
_POWER = 0.84

ASSUMES = {
    "naive": "events are independent, whatever dates they share",
    "date": "dates are independent; events of one date may depend on each other",
    "placebo": "prices behave on these dates as on others; no model of dependence",
    "sign_flip": "means of dates are symmetric around zero and independent",
    "calendar_time": "days are independent, and every day weighs the same, crowded or not",
    "kolari_pynnonen": "dependence is the average correlation over shared days, and no event lies "
    "in the estimation window of another; the event may raise the variance",
}
TITLES = {
    "naive": "Naive cross-sectional t",
    "date": "t by date",
    "placebo": "Placebo calendars",
    "sign_flip": "Sign flip of dates",
    "calendar_time": "Calendar time",
    "kolari_pynnonen": "Kolari-Pynnonen",
}
_SLOW = {"calendar_time": "calendar_time_t", "kolari_pynnonen": "kolari_pynnonen_t"}


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to judge.

    Attributes
    ----------
    code, title, assumes : str
        Which, and what it takes for granted.
    statistic, p_value : float
        NaN where there is none.
    rejects : float
        Share of placebo calendars on which it says p < .05, though there is nothing to find.
    n_calendars : int
        Calendars that share was counted on; 0 where it was not.
    reason : str
        Why it has no p; empty if it has.
    flag : str
        What these events show of an assumption of the test that does not hold; empty for nothing.
    """

    code: str
    title: str
    assumes: str
    statistic: float
    p_value: float
    rejects: float
    n_calendars: int
    reason: str = ""
    flag: str = ""

    @property
    def verdict(self) -> str:
        """How often it errs, in words."""
        if not self.n_calendars:
            return ""
        if self.code == "placebo":
            return "by construction"
        if self.rejects > HOLDS[1]:
            return "too often"
        if self.rejects >= HOLDS[0]:
            return "as it should"
        return "far too seldom" if self.rejects < _FAR_TOO_SELDOM else "too seldom"


@dataclass(frozen=True, eq=False, repr=False)
class Ladder:
    """A mean CAR judged six ways.

    Attributes
    ----------
    window : tuple of int
        Event days cumulated.
    by_date : ClusteredMean
        The mean, its standard error by date, N and dates.
    rungs : tuple of Rung
        Naive, by date, placebo calendars, sign flip, calendar time, Kolari-Pynnonen.
    read : str
        Code of the rung to read.
    q : float
        95 % point of |t by date| among placebo calendars; NaN without them.
    n_calendars : int
        Placebo calendars drawn.
    alternative : str
        Of every p; the interval is two-sided.
    """

    window: Window
    by_date: ClusteredMean
    rungs: tuple[Rung, ...]
    read: str
    q: float
    n_calendars: int
    alternative: Alternative = "two-sided"

    def __getitem__(self, code: str) -> Rung:
        return next(rung for rung in self.rungs if rung.code == code)

    @property
    def p_value(self) -> float:
        """The p to read."""
        return self[self.read].p_value

    @property
    def p_name(self) -> str:
        """What its p-values are called where they stand: ``p``, or ``one-sided p``."""
        return p_name(self.alternative)

    @property
    def interval(self) -> tuple[float, float]:
        """All effects the placebo calendars do not reject at 5 %, decimal."""
        reach = self._width() * self.by_date.se
        return self.by_date.estimate - reach, self.by_date.estimate + reach

    @property
    def mde(self) -> float:
        """Smallest mean effect noticed four times in five, decimal."""
        return (self._width() + _POWER) * self.by_date.se

    def _width(self) -> float:
        if np.isfinite(self.q):
            return self.q
        return float(scipy.special.stdtrit(self.by_date.df, 1 - LEVEL / 2))

    @property
    def frame(self) -> pd.DataFrame:
        """The rungs as :meth:`to_frame` gives them."""
        return self.to_frame()

    def to_frame(self) -> pd.DataFrame:
        """Return one row per way: window, test, statistic, p, rejects, n_calendars, read, ..."""
        return pd.DataFrame(
            [
                {
                    "window": window_label(self.window),
                    "judged_by": rung.code,
                    "estimate": self.by_date.estimate,
                    "statistic": rung.statistic,
                    "p": rung.p_value,
                    "rejects": rung.rejects,
                    "n_calendars": rung.n_calendars,
                    "read": rung.code == self.read,
                    "assumes": rung.assumes,
                    "reason": rung.reason,
                    "alternative": self.alternative,
                    "flag": rung.flag,
                }
                for rung in self.rungs
            ]
        )

    def __repr__(self) -> str:
        return (
            f"Ladder of CAAR{window_label(self.window)}: {self.by_date.estimate:+.2%}, "
            f"{self.p_name} = {p_value(self.p_value)} by {self[self.read].title}"
        )

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, float_format="{:.4f}".format))


def ladder(
    result: EventStudyResult,
    window: Window = (0, 0),
    *,
    calendars: Calendars | None = None,
    n_calendars: int = FEWEST_CALENDARS,
    seed: int = 0,
    estimated: bool = True,
) -> Ladder:
    """Judge the mean CAR of a window six ways and count how often each way errs.

    Parameters
    ----------
    result
        A finished study.
    window
        Event days cumulated.
    calendars
        Placebo calendars already drawn, to share them between windows.
    n_calendars, seed
        How many to draw, and the seed of everything random.
    estimated
        Whether to count how often calendar time and Kolari-Pynnonen err, for which every event of
        40 to 200 calendars is estimated anew; of more than 25,000 events it is not.

    Raises
    ------
    InputError
        If fewer than 1,999 calendars are asked for.

    Notes
    -----
    The row to read is the test nearest to five rejections in a hundred placebo calendars among
    those between 3.5 and 7.5 (counted on 400 calendars or more) whose assumption holds; else the
    placebo calendars. Without those, it is the t by date. A larger p is not a more honest one.
    """
    if n_calendars < FEWEST_CALENDARS:
        raise InputError(
            "n_calendars", n_calendars, f"at least {FEWEST_CALENDARS} are needed.", "Leave it out."
        )
    distinct = result.distinct
    car, row = result.window_sums_of_distinct(window).car, result.dates
    side = result.spec.alternative
    by_date, naive = clustered_mean(car, row), clustered_mean(car, np.arange(len(car)))
    missing = why_none(result)
    drawn = None
    if not missing:
        drawn = calendars or draw_calendars(result, n=n_calendars, seed=seed)
    turned = -car if side == "less" else car
    flips = sign_flip(turned, row, rng=np.random.default_rng(seed), n_draws=_FLIPS)
    flips_p = flips.p_value if side == "two-sided" else flips.p_up
    observed = {code: run_test(test, [distinct], window, result.spec.test_options)
                for code, test in _SLOW.items()}  # fmt: skip
    found = {
        "naive": (naive.statistic, one_tail(naive.p_value, naive.statistic, side),
                  "" if np.isfinite(naive.statistic) else _no_t(naive.n)),
        "date": (by_date.statistic, one_tail(by_date.p_value, by_date.statistic, side),
                 "" if by_date.df > 0 else "there is one date"),
        "sign_flip": (np.nan, flips_p, flips.reason),
        **{code: (float(o.statistic), float(o.p_value), "" if np.isfinite(o.p_value) else o.reason)
           for code, o in observed.items()},
    }  # fmt: skip
    rates: dict[str, tuple[float, int]] = {}
    q, statistic = np.nan, by_date.statistic if by_date.df > 0 else naive.statistic
    found["placebo"] = (np.nan, np.nan, missing)
    if drawn is not None:
        surface = car_surface(result.panel, result.spec, window)
        t, _, _ = calendar_statistics(drawn, surface)
        t = t[np.isfinite(t)]
        if len(t) and np.isfinite(statistic):
            found["placebo"] = (statistic, rank_p(statistic, t, side), "")
            q = float(np.quantile(np.abs(t), 1 - LEVEL, method="higher"))
            rates = _rates(result, window, drawn, surface, seed, estimated)
        else:
            why = "no calendar has a t" if np.isfinite(statistic) else _no_t(naive.n)
            found["placebo"] = (np.nan, np.nan, why)
    flags = {code: o.reason for code, o in observed.items() if np.isfinite(o.p_value)}
    rungs = tuple(
        Rung(code, TITLES[code], ASSUMES[code], *found[code][:2], *rates.get(code, (np.nan, 0)),
             found[code][2], flags.get(code, ""))
        for code in TITLES
    )  # fmt: skip
    read = _to_read(rungs, result, window)
    return Ladder(window, by_date, rungs, read, q, 0 if drawn is None else len(drawn), side)


def _no_t(n: int) -> str:
    return "there is one event: event_tests has its own" if n == 1 else "the events do not differ"


def _to_read(rungs: tuple[Rung, ...], result: EventStudyResult, window: Window) -> str:
    sharing, staggered = events_sharing(tested_sessions(result.distinct, window))
    holds = {"naive": sharing == 0, "date": staggered == 0, "calendar_time": True,
             "kolari_pynnonen": True, "sign_flip": staggered == 0}  # fmt: skip
    fit = [
        rung for rung in rungs
        if holds.get(rung.code) and rung.n_calendars >= _FEWEST_TO_READ
        and np.isfinite(rung.p_value) and HOLDS[0] <= rung.rejects <= HOLDS[1]
    ]  # fmt: skip
    if fit:
        return min(fit, key=lambda rung: abs(rung.rejects - LEVEL)).code
    return "placebo" if np.isfinite(rungs[2].p_value) else "date"


def _rates(
    result: EventStudyResult,
    window: Window,
    calendars: Calendars,
    surface: Floats,
    seed: int,
    estimated: bool,
) -> dict[str, tuple[float, int]]:
    """Say on which share of placebo calendars every test of the ladder rejects at 5 %."""
    each = replace(calendars, starts=np.arange(len(calendars.date)))
    out = {"placebo": (LEVEL, len(calendars))}
    for code, cut in (("naive", each), ("date", calendars)):
        t, _, count = calendar_statistics(cut, surface)
        p = 2 * scipy.special.stdtr(np.maximum(count - 1, 1), -np.abs(t))
        out[code] = _share(one_tail(p, t, result.spec.alternative))
    out["sign_flip"] = _share(_flip_p(calendars, surface, seed, result.spec.alternative))
    if not estimated or len(calendars.date) > _MOST_EVENTS:
        return out
    n = int(np.clip(_ESTIMATED // max(len(calendars.date), 1), _FEWEST_SLOW, _MOST_SLOW))
    p_slow: dict[str, list[float]] = {code: [] for code in _SLOW}
    for number in range(min(n, len(calendars))):
        row = calendars.rows[number][calendars.date]
        panel = result.panel.at(row.astype(np.intp), calendars.column)
        moved = estimate(panel, result.spec)
        if not len(moved.rows):
            continue
        for code, test in _SLOW.items():
            found = run_test(test, [moved.distinct], window, result.spec.test_options)
            p_slow[code].append(float(found.p_value))
    return out | {code: _share(np.array(p)) for code, p in p_slow.items()}


def _share(p: Floats) -> tuple[float, int]:
    p = p[np.isfinite(p)]
    return (float((p < LEVEL).mean()), len(p)) if len(p) else (np.nan, 0)


def _flip_p(calendars: Calendars, surface: Floats, seed: int, side: Alternative) -> Floats:
    """Return sign-flip p-values of some calendars, all with the same patterns of signs."""
    values = calendars.gather(surface, slice(0, _FLIP_CALENDARS))
    sums = np.add.reduceat(np.where(np.isfinite(values), values, 0.0), calendars.starts, axis=1)
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, (_FLIPS_PER_CALENDAR, sums.shape[1])) * 2.0 - 1.0
    flipped, observed = sums @ signs.T, sums.sum(axis=1)
    if side == "two-sided":
        flipped, observed = np.abs(flipped), np.abs(observed)
    elif side == "less":
        flipped, observed = -flipped, -observed
    slack = 1e-12 * np.abs(sums).sum(axis=1)
    return np.asarray(
        (1 + (flipped >= (observed - slack)[:, None]).sum(axis=1)) / (_FLIPS_PER_CALENDAR + 1)
    )
