"""Size and power of the printed tests on the markets' own prices (Brown, Warner 1980, 1985).

Every quiet session is a pretended event: a test of the right size rejects at 5 % on 5 % of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine import LEVEL
from analysis.engine.inference import run_test
from analysis.engine.inference.placebo import PlaceboSample
from analysis.engine.models import MODELS
from analysis.engine.panel import EventPanel, Window
from analysis.engine.results import window_label
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.reactions.instants import placebo_instants
from analysis.reactions.market_data import MarketData, sort_rows
from analysis.reactions.placebo import catalogue_rows, placebo_sample

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: The levels papers print; effects up to a fifth, which nothing on these prices misses.
LEVELS = (0.01, 0.05, 0.10)
EFFECTS = tuple(round(0.005 * k, 4) for k in range(41))

#: Days with a price in the wildest week: long enough for a shock that travels round the world,
#: short enough to be one episode.
_WEEK = 7

SIZE_COLUMNS = [
    "market", "model", "window", "test", "period", "level", "rejected", "low", "high", "n",
    "n_independent",
]  # fmt: skip
POOLED_SIZE_COLUMNS = [
    "market", "model", "window", "test", "n_sessions", "level", "rejected", "low", "high",
    "n_draws", "n_inapplicable",
]  # fmt: skip
POWER_COLUMNS = ["market", "model", "window", "test", "effect", "power", "mde", "n"]


def rejection_interval(rejected: float, n: float) -> tuple[float, float]:
    """Return the exact (Clopper, Pearson 1934) 95 % interval of a share of ``n`` draws.

    Parameters
    ----------
    rejected
        Observed share; ``rejected * n`` need not be whole.
    n
        Independent draws: for windows of L days, sessions / L.
    """
    if n <= 0:
        return float("nan"), float("nan")
    hits, tail = rejected * n, (1 - 0.95) / 2
    low = 0.0 if hits <= 0 else float(scipy.special.betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits >= n else float(scipy.special.betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high


def t_p(statistic: Floats, df: float) -> Floats:
    """Return two-sided p-values of Student's t."""
    return np.asarray(2 * scipy.special.stdtr(df, -np.abs(statistic)), dtype=float)


def placebo_ps(statistic: Floats, among: Bools) -> Floats:
    """Return the placebo p of every session among the others of a set, two-sided.

    Parameters
    ----------
    statistic : ndarray of shape (n,)
        One statistic per session.
    among : ndarray of bool, shape (n,)
        Placebo sessions; a session is never compared with itself.
    """
    size = np.abs(statistic)
    ranked = np.sort(size[among])
    beyond = len(ranked) - np.searchsorted(ranked, size, side="left")
    others = len(ranked) - among.astype(int)
    return np.asarray((1 + beyond - among) / (others + 1), dtype=float)


def size_table(market_data: MarketData, panel: EventPanel) -> pd.DataFrame:
    """Give the size of every test of a single event, on quiet sessions, by market and period.

    Tests: ``ar_t`` or ``car_t``; the same with the scale of the day before (``..._conditional``);
    ``placebo_p`` and ``placebo_p_raw``, each session among all other quiet ones. Periods: ``all``;
    thirds of the sessions by the volatility forecast over sigma (``calm``, ``middle``,
    ``turbulent``); ``shock_ahead`` before the :func:`wildest_week` and ``shock_in_estimation``
    while it lies in the estimation window, as it does for half a year after. Intervals count
    sessions / L as independent; volatility clustering makes them optimistic.
    """
    parts = [
        row
        for market, model, window, sample in _samples(market_data, panel)
        for row in _sizes(market_data, market, model, window, sample)
    ]
    return sort_rows(
        pd.DataFrame(parts, columns=SIZE_COLUMNS), ["market", "model", "window", "test", "period"]
    )


def _samples(
    market_data: MarketData, panel: EventPanel
) -> Iterator[tuple[str, str, Window, PlaceboSample]]:
    for column, market in enumerate(panel.securities):
        events = catalogue_rows(market_data.reactions_of(market), market_data.sessions[market])
        for model in market_data.models:
            spec = replace(market_data.run.study, model=model)
            for window in spec.windows or ():
                yield market, model, window, placebo_sample(panel, spec, column, window, events)


def _sizes(
    market_data: MarketData, market: str, model: str, window: Window, sample: PlaceboSample
) -> Iterator[dict[str, object]]:
    quiet = ~sample.holds_event
    length = window[1] - window[0] + 1
    df = market_data.run.study.n_estimation - MODELS[model].fewest_coefficients
    name = "ar_t" if length == 1 else "car_t"
    tests = {
        name: t_p(sample.raw, df),
        f"{name}_conditional": t_p(sample.scaled, df),
        "placebo_p": placebo_ps(sample.scaled, quiet),
        "placebo_p_raw": placebo_ps(sample.raw, quiet),
    }
    for period, inside in _periods(market_data, market, sample, quiet).items():
        n = int(inside.sum())
        for test, p in tests.items():
            for level in LEVELS:
                share = float((p[inside] <= level).mean()) if n else float("nan")
                low, high = rejection_interval(share, n / length)
                yield {
                    "market": market,
                    "model": model,
                    "window": window_label(window),
                    "test": test,
                    "period": period,
                    "level": level,
                    "rejected": share,
                    "low": low,
                    "high": high,
                    "n": n,
                    "n_independent": n // length,
                }


def wildest_week(market_data: MarketData) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last of the seven consecutive days on which the markets moved most.

    Days are those on which any market of the study has a price; how much they moved is the sum
    over markets of the squared return over its mean square.
    """
    squares = []
    for market in market_data.markets:
        sessions = market_data.sessions[market.symbol]
        price = pd.Series(sessions.price, index=pd.DatetimeIndex(sessions.session))
        square = price.dropna().pct_change() ** 2
        squares.append(square / square.mean())
    total = pd.concat(squares, axis=1, sort=True).sum(axis=1)
    end = int(np.nanargmax(total.rolling(min(_WEEK, len(total))).sum()))
    days = total.index.to_numpy().astype("datetime64[D]")
    return days[max(end - _WEEK + 1, 0)], days[end]


def _periods(
    market_data: MarketData, market: str, sample: PlaceboSample, quiet: Bools
) -> dict[str, Bools]:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(sample.scaled != 0, sample.raw / sample.scaled, 1.0)
    lower, upper = np.quantile(ratio[quiet], [1 / 3, 2 / 3]) if quiet.any() else (1.0, 1.0)
    session = market_data.sessions[market].session
    first, last = wildest_week(market_data)
    start, end = market_data.run.study.estimation_window
    row = sample.row
    ahead = session[row] < first
    oldest = session[np.maximum(row + start, 0)]
    newest = session[np.maximum(row + end, 0)]
    return {
        "all": quiet,
        "calm": quiet & (ratio <= lower),
        "middle": quiet & (ratio > lower) & (ratio <= upper),
        "turbulent": quiet & (ratio > upper),
        "shock_ahead": quiet & ahead,
        "shock_in_estimation": quiet & (newest >= last) & (oldest <= first),
    }


def power_table(
    market_data: MarketData,
    panel: EventPanel,
    *,
    effects: Sequence[float] = EFFECTS,
) -> pd.DataFrame:
    """Give the power at 5 % of the day-0 and window tests against effects of a given size.

    The effect is added to, and taken from, every quiet session; power is the mean share that is
    found over both signs. ``mde`` is the smallest effect of the grid's range found with
    probability 0.8, interpolated. Nothing here uses an observed reaction.
    """
    rows: list[dict[str, object]] = []
    size = np.asarray(effects, dtype=float)
    for market, model, window, sample in _samples(market_data, panel):
        quiet = ~sample.holds_event
        df = market_data.run.study.n_estimation - MODELS[model].fewest_coefficients
        critical_t = float(scipy.special.stdtrit(df, 1 - LEVEL / 2))
        # scale is what one unit of `scaled` is in return; raw has its own unit
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(sample.raw != 0, sample.scaled / sample.raw, 1.0)
        units = {"placebo_p": sample.scale, "placebo_p_raw": sample.scale * ratio}
        values = {"placebo_p": sample.scaled, "placebo_p_raw": sample.raw}
        name = "ar_t" if window[0] == window[1] else "car_t"
        units[name], values[name] = units["placebo_p_raw"], sample.raw
        for test, statistic in values.items():
            null = statistic[quiet]
            critical = critical_t if test == name else _critical(null, LEVEL)
            power = power_curve(null, units[test][quiet], critical, size)
            mde = _crossing(size, power, 0.8)
            rows.extend(
                {
                    "market": market,
                    "model": model,
                    "window": window_label(window),
                    "test": test,
                    "effect": effect,
                    "power": share,
                    "mde": mde,
                    "n": len(null),
                }
                for effect, share in zip(size.tolist(), power.tolist(), strict=True)
            )
    return pd.DataFrame(rows, columns=POWER_COLUMNS)


def power_curve(null: Floats, unit: Floats, critical: float, effects: Floats) -> Floats:
    """Return the share of sessions beyond the critical value once an effect is added.

    Parameters
    ----------
    null : ndarray of shape (n,)
        The statistic without an effect.
    unit : ndarray of shape (n,)
        Return that moves each statistic by one, decimal.
    critical
        A statistic beyond it, either way, is found.
    effects : ndarray of shape (m,)
        Effects, decimal; the share is the mean over both signs.
    """
    if not len(null):
        return np.full(len(effects), np.nan)
    moved = effects[:, None] / unit
    found = (np.abs(null + moved) > critical).mean(axis=1)
    found += (np.abs(null - moved) > critical).mean(axis=1)
    return np.asarray(found / 2)


def _critical(null: Floats, level: float) -> float:
    m = int(np.floor(level * (len(null) + 1)))
    return float(np.sort(np.abs(null))[-m]) if m >= 1 else float("inf")


def _crossing(effects: Floats, power: Floats, wanted: float) -> float:
    above = np.flatnonzero(power >= wanted)
    if not len(above):
        return float("nan")
    k = int(above[0])
    if k == 0:
        return float(effects[0])
    step = (wanted - power[k - 1]) / (power[k] - power[k - 1])
    return float(effects[k - 1] + step * (effects[k] - effects[k - 1]))


def pooled_size_table(
    market_data: MarketData,
    panel: EventPanel,
    events: Sequence[Event],
    *,
    n_sessions: Sequence[int] = (5, 10, 30),
    n_draws: int = 100,
    names: Sequence[str] | None = None,
    windows: Sequence[Window] | None = None,
) -> pd.DataFrame:
    """Give the size of every test across events on pretended catalogues, market by market.

    Catalogues are placebo draws of the real one (spacing kept), cut to the first distinct sessions
    of a random run of events; windows may overlap as the real ones do. The model is the study's.

    Parameters
    ----------
    market_data, panel, events
        Sessions, returns and the catalogue.
    n_sessions
        Lengths of the pretended catalogues, in distinct sessions.
    n_draws
        Catalogues of each length and market.
    names, windows
        Tests and windows; None for those of the study.
    """
    chosen = tuple(windows or market_data.run.study.windows or ((0, 0),))
    rng = np.random.default_rng(market_data.run.study.seed)
    rows: list[dict[str, object]] = []
    for column, market in enumerate(panel.securities):
        spec = replace(market_data.run.study, windows=chosen)
        sample_rows = _quiet_rows(market_data, panel, market, column, spec.model)
        instants = placebo_instants(market_data, events, sample_rows)
        if not len(instants.day):
            continue
        every = instants.rows(instants.draw(n_draws, rng), np.arange(len(events)), market)
        for n in n_sessions:
            found = _pooled_p(panel, spec, column, every, n, names or spec.tests, rng)
            rows.extend(_pooled_sizes(found, market, spec.model, n))
    return pd.DataFrame(rows, columns=POOLED_SIZE_COLUMNS)


def _quiet_rows(
    market_data: MarketData, panel: EventPanel, market: str, column: int, model: str
) -> Mapping[str, Bools]:
    """Return admissible rows of one market over the whole event window; others are free."""
    spec = replace(market_data.run.study, model=model)
    events = catalogue_rows(market_data.reactions_of(market), market_data.sessions[market])
    found = {
        name: np.ones(len(market_data.sessions[name].session), dtype=bool)
        for name in panel.securities
    }
    mine = np.zeros(len(market_data.sessions[market].session), dtype=bool)
    day = placebo_sample(panel, spec, column, (0, 0), events)
    whole = placebo_sample(panel, spec, column, spec.event_window, events)
    mine[np.intersect1d(day.row[~day.holds_event], whole.row)] = True
    found[market] = mine
    return found


def _pooled_p(
    panel: EventPanel,
    spec: StudySpec,
    column: int,
    every: npt.NDArray[np.int64],
    n: int,
    names: Sequence[str],
    rng: np.random.Generator,
) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for draw in every:
        start = int(rng.integers(0, len(draw)))
        moved = np.roll(draw, -start)
        rows = np.sort(list(dict.fromkeys(moved[moved >= 0].tolist()))[:n])
        if len(rows) < n:
            continue
        result = estimate(panel.at(rows, np.full(len(rows), column)), spec)
        for window in spec.windows or ():
            for name in names:
                test = run_test(name, [result.abnormal], window)
                key = (window_label(window), test.name)
                found.setdefault(key, []).append(float(test.p_value))
    return found


def _pooled_sizes(
    found: Mapping[tuple[str, str], Sequence[float]], market: str, model: str, n: int
) -> Iterator[dict[str, object]]:
    for (window, test), values in found.items():
        p = np.array(values, dtype=float)
        known = np.isfinite(p)
        count = int(known.sum())
        for level in LEVELS:
            share = float((p[known] <= level).mean()) if count else float("nan")
            low, high = rejection_interval(share, count)
            yield {
                "market": market,
                "model": model,
                "window": window,
                "test": test,
                "n_sessions": n,
                "level": level,
                "rejected": share,
                "low": low,
                "high": high,
                "n_draws": count,
                "n_inapplicable": len(p) - count,
            }
