"""Robustness on the markets' own prices: specification curves and the overlap audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.models import TOTAL_REACTION, WITHOUT_BENCHMARK
from analysis.engine.panel import Window
from analysis.engine.results import window_label
from analysis.reactions.market_data import MarketData
from analysis.reactions.placebo import catalogue_rows
from analysis.reactions.specification import (
    CurveTest,
    Specification,
    curve_p,
    curve_test,
    every_session,
    specifications,
)
from analysis.sessions import AlignedReturns, MarketSessions, Reaction, aligned_returns
from analysis.wording import id_list

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: What is estimated: the whole reaction, or what is beyond the benchmark's.
ESTIMANDS = ("total reaction", "beyond the benchmark")
#: Estimation windows and gaps the field uses (a quarter of a year to most of one).
LENGTHS = (60, 90, 120, 180)
GAPS = (5, 10, 20)
RETURN_KINDS = ("simple", "log")
#: Models quick enough to run at every session; the others agree with one of these closely.
CURVE_MODELS = (
    TOTAL_REACTION, "market_adjusted", "market_model", "scholes_williams", "dimson",
)  # fmt: skip

CURVE_COLUMNS = [
    "event_id", "market", "estimand", "window", "day0", "candidate", "model", "length", "gap",
    "return_kind", "benchmark", "estimate", "statistic", "p_value",
]  # fmt: skip
CURVE_TEST_COLUMNS = [
    "event_id", "market", "estimand", "window", "day0", "candidate", "median", "low", "high",
    "share_sign", "share_significant", "mean_statistic", "p_median", "p_share", "p_mean",
    "n_specifications", "n_placebo",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class MarketCurve:
    """All specifications of one estimand, at every session of one market.

    Attributes
    ----------
    market, estimand : str
        What the curve is about.
    choices : tuple of Specification
        The n specifications, in order.
    windows : tuple of tuple of int
        Event windows.
    car, scaled : ndarray of shape (n, n_windows, R)
        Estimates (decimal) and statistics standardised by the forecast of the day before.
    quiet : ndarray of bool, shape (n_windows, R)
        Sessions whose window holds no catalogued day 0.
    """

    market: str
    estimand: str
    choices: tuple[Specification, ...]
    windows: tuple[Window, ...]
    car: Floats
    scaled: Floats
    quiet: Bools

    @cached_property
    def p(self) -> Floats:
        """Placebo p of every specification, window and session; shape of ``car``."""
        parts = [curve_p(self.scaled[:, k], self.quiet[k]) for k in range(len(self.windows))]
        return np.stack(parts, axis=1)

    def test(self, window: int, at: int) -> CurveTest:
        """Hold the curve at one session against those of quiet sessions."""
        return curve_test(
            self.car[:, window], self.scaled[:, window], at, self.quiet[window], p=self.p[:, window]
        )


def market_curves(
    market_data: MarketData,
    benchmarks: Mapping[str, MarketSessions],
    *,
    lengths: Sequence[int] = LENGTHS,
    gaps: Sequence[int] = GAPS,
    return_kinds: Sequence[str] = RETURN_KINDS,
    models: Sequence[str] = CURVE_MODELS,
    windows: Sequence[Window] | None = None,
) -> tuple[MarketCurve, ...]:
    """Run every specification at every session of every market.

    Parameters
    ----------
    market_data
        Sessions, prices and reactions.
    benchmarks
        Sessions of the benchmarks to try, by symbol.
    lengths, gaps, return_kinds, models
        The choices; gaps long enough for the windows.
    windows
        Event windows; None for those of the run.
    """
    chosen = tuple(windows or market_data.run.study.windows or ((0, 0),))
    found = []
    for market in market_data.markets:
        sessions = market_data.sessions[market.symbol]
        aligned = {
            (name, kind): aligned_returns(sessions, benchmark, return_kind=kind)  # type: ignore[arg-type]
            for name, benchmark in benchmarks.items()
            for kind in return_kinds
            if name != market.symbol
        }
        names = [name for name in benchmarks if name != market.symbol]
        quiet = _quiet(market_data, market.symbol, chosen)
        for estimand in ESTIMANDS:
            uses = estimand == ESTIMANDS[1]
            mine = {m: uses for m in models if (m not in WITHOUT_BENCHMARK) == uses}
            choices = specifications(
                mine, lengths=lengths, gaps=gaps, return_kinds=return_kinds, benchmarks=names
            )
            if choices:
                car, scaled = _all_sessions(choices, aligned, chosen)
                found.append(
                    MarketCurve(market.symbol, estimand, choices, chosen, car, scaled, quiet)
                )
    return tuple(found)


def _all_sessions(
    choices: Sequence[Specification],
    aligned: Mapping[tuple[str, str], AlignedReturns],
    windows: Sequence[Window],
) -> tuple[Floats, Floats]:
    car, scaled = [], []
    for choice in choices:
        name = choice.benchmark or next(iter(aligned))[0]
        returns = aligned[name, choice.return_kind]
        factor = returns.benchmark_ret if choice.benchmark else None
        found = every_session(returns.ret, factor, choice, windows)
        car.append(found.car)
        scaled.append(found.scaled)
    return np.stack(car), np.stack(scaled)


def _quiet(market_data: MarketData, market: str, windows: Sequence[Window]) -> Bools:
    """Return which sessions have no catalogued day 0 in each window, shape (n_windows, R)."""
    sessions = market_data.sessions[market]
    count = len(sessions.session)
    held = np.zeros(count + 1, dtype=int)
    held[1:][catalogue_rows(market_data.reactions_of(market), sessions)] = 1
    total = np.cumsum(held)
    row = np.arange(count)
    return np.stack(
        [
            total[np.clip(row + end + 1, 0, count)] == total[np.clip(row + start, 0, count)]
            for start, end in windows
        ]
    )


def _days(reaction: Reaction, sessions: MarketSessions) -> Iterator[tuple[int, bool]]:
    """Return the rows of day 0 and of its other candidates, with whether it is one of those."""
    for day in dict.fromkeys([reaction.day0, *reaction.candidates]):
        if day is not None:
            yield int(sessions.rows([day])[0]), day != reaction.day0


def curve_table(
    market_data: MarketData, curves: Sequence[MarketCurve], event_id: str, window: Window = (0, 0)
) -> pd.DataFrame:
    """Return every specification of one event and window, day-0 candidates included."""
    rows: list[dict[str, object]] = []
    for curve, reaction in _reactions(market_data, curves, event_id):
        k = curve.windows.index(window)
        sessions = market_data.sessions[curve.market]
        for row, candidate in _days(reaction, sessions):
            for i, choice in enumerate(curve.choices):
                rows.append(
                    {
                        "event_id": event_id,
                        "market": curve.market,
                        "estimand": curve.estimand,
                        "window": window_label(window),
                        "day0": str(sessions.session[row]),
                        "candidate": candidate,
                        "model": choice.model,
                        "length": choice.length,
                        "gap": choice.gap,
                        "return_kind": choice.return_kind,
                        "benchmark": choice.benchmark,
                        "estimate": curve.car[i, k, row],
                        "statistic": curve.scaled[i, k, row],
                        "p_value": curve.p[i, k, row],
                    }
                )
    table = pd.DataFrame(rows, columns=CURVE_COLUMNS)
    return table[np.isfinite(table["estimate"].astype(float))].reset_index(drop=True)


def curve_tests(
    market_data: MarketData,
    curves: Sequence[MarketCurve],
    event_ids: Sequence[str] | None = None,
    windows: Sequence[Window] | None = None,
) -> pd.DataFrame:
    """Test every curve as a whole: one row per event, market, estimand, window and candidate."""
    rows: list[dict[str, object]] = []
    for event_id in event_ids or [event.id for event in market_data.events]:
        for curve, reaction in _reactions(market_data, curves, event_id):
            sessions = market_data.sessions[curve.market]
            for window in windows or curve.windows:
                k = curve.windows.index(window)
                for row, candidate in _days(reaction, sessions):
                    known = np.isfinite(curve.scaled[:, k, row])
                    if not known.any():
                        continue
                    found = curve.test(k, row)
                    estimate = curve.car[known, k, row]
                    rows.append(
                        {
                            "event_id": event_id,
                            "market": curve.market,
                            "estimand": curve.estimand,
                            "window": window_label(window),
                            "day0": str(sessions.session[row]),
                            "candidate": candidate,
                            "low": float(estimate.min()),
                            "high": float(estimate.max()),
                        }
                        | {name: getattr(found, name) for name in found.__slots__}
                    )
    return pd.DataFrame(rows, columns=CURVE_TEST_COLUMNS)


def _reactions(
    market_data: MarketData, curves: Sequence[MarketCurve], event_id: str
) -> Iterator[tuple[MarketCurve, Reaction]]:
    by_market = {r.market: r for r in market_data.reactions if r.event_id == event_id}
    for curve in curves:
        reaction = by_market.get(curve.market)
        if reaction is not None and reaction.day0 is not None:
            yield curve, reaction


MOST_LISTED = 100
"""Ids in one cell: with thousands of events each window holds hundreds."""

AUDIT_COLUMNS = [
    "event_id", "market", "day0", "estimation_start", "estimation_end", "window_start",
    "window_end", "same_day0", "in_window", "in_estimation", "n_same_day0", "n_in_window",
    "n_in_estimation", "n_dates_in_estimation",
]  # fmt: skip


def overlap_audit(market_data: MarketData, *, window: Window = (0, 1)) -> pd.DataFrame:
    """Say of every reaction which other events share its day 0, its window, its estimation window.

    Parameters
    ----------
    market_data
        Sessions and reactions.
    window
        Tested window.

    Returns
    -------
    DataFrame
        One row per event and market; lists joined by ``;``, of very many the first and how many
        more. ``in_window`` are other events whose
        day 0 lies in the tested window on another day, ``in_estimation`` those whose day 0 lies in
        the estimation window, and ``n_dates_in_estimation`` their distinct day 0s.
    """
    start, end = market_data.run.study.estimation_window
    rows: list[dict[str, object]] = []
    for market in market_data.markets:
        session = market_data.sessions[market.symbol].session
        mine = [r for r in market_data.reactions_of(market.symbol) if r.day0 is not None]
        at = np.array([r.row for r in mine], dtype=np.int64)
        ids = np.array([r.event_id for r in mine], dtype=object)
        for i, reaction in enumerate(mine):
            distance = at - at[i]
            inside = (distance >= start) & (distance <= end)
            near = (distance >= window[0]) & (distance <= window[1]) & (distance != 0)
            same = (distance == 0) & (np.arange(len(mine)) != i)
            edges = np.clip(
                at[i] + np.array([start, end, window[0], window[1]]), 0, len(session) - 1
            )
            rows.append(
                dict(
                    zip(
                        ("estimation_start", "estimation_end", "window_start", "window_end"),
                        map(str, session[edges]),
                        strict=True,
                    )
                )
                | {
                    "event_id": reaction.event_id,
                    "market": market.symbol,
                    "day0": str(reaction.day0),
                    "same_day0": id_list(ids[same].tolist(), most=MOST_LISTED),
                    "in_window": id_list(ids[near].tolist(), most=MOST_LISTED),
                    "in_estimation": id_list(ids[inside].tolist(), most=MOST_LISTED),
                    "n_same_day0": int(same.sum()),
                    "n_in_window": int(near.sum()),
                    "n_in_estimation": int(inside.sum()),
                    "n_dates_in_estimation": len(np.unique(at[inside])),
                }
            )
    return pd.DataFrame(rows, columns=AUDIT_COLUMNS)
