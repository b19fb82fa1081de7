"""Placebo inference on the markets' own prices: every session is a pretended event.

Arrays and ranks: ``analysis.engine.inference.placebo``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.abnormal import Window, ewma_forecast
from analysis.engine.inference.placebo import Placebo, PlaceboSample, admissible, place
from analysis.engine.models import WITHOUT_BENCHMARK
from analysis.engine.panel import EventPanel
from analysis.engine.results import window_label
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.reactions.market_data import MarketData, sort_rows
from analysis.sessions import MarketSessions, Reaction

#: Samples of the panels in use: several tables ask for the same ones.
_SAMPLES: WeakKeyDictionary[EventPanel, dict[tuple[object, ...], PlaceboSample]] = (
    WeakKeyDictionary()
)

#: Columns of the table of placebo comparisons, also where there is none.
_COLUMNS = (
    "event_id", "market", "window", "model", "day0", "candidate", "estimate", "statistic",
    "p_value", "p_twice_tail", "direction", "p_implied", "p_raw", "p_all", "n", "n_independent",
    "floor", "span_pooled", "mde", "by_quarter", "scale", "q", "k", "n_beyond", "low", "high",
    "bound",
)  # fmt: skip


def placebo_sample(
    panel: EventPanel,
    spec: StudySpec,
    column: int,
    window: Window,
    event_rows: npt.NDArray[np.intp],
) -> PlaceboSample:
    """Compute the statistic of one window at every session of one market.

    Each session gets its own estimation window and out-of-sample abnormal returns; it needs as
    many estimation returns as an event does. The volatility forecast is frozen at its day -1
    (METHODS section 7).

    Parameters
    ----------
    panel
        Markets and their returns; its events are not used.
    spec
        Model, estimation window and return kind.
    column
        The market, a column of ``panel.returns``.
    window
        Event days tested.
    event_rows
        Day 0s of catalogued events in this market.
    """
    kept = _SAMPLES.setdefault(panel, {})
    asked = (spec, column, window, event_rows.tobytes())
    if asked not in kept:
        kept[asked] = _sampled(panel, spec, column, window, event_rows)
    return kept[asked]


def _sampled(
    panel: EventPanel,
    spec: StudySpec,
    column: int,
    window: Window,
    event_rows: npt.NDArray[np.intp],
) -> PlaceboSample:
    start, end = window
    gap_start = spec.estimation_window[1] + 1
    event_window = (min(gap_start, start), max(end, -1))
    everywhere = replace(
        spec,
        scale="estimation",  # the forecast divides the statistic below, whatever the run's scale
        event_window=event_window,
        windows=(window,),
        min_estimation=spec.fewest_returns,
    )
    there = np.flatnonzero(_has_return(panel, spec, column))
    first = int(there[0]) if len(there) else panel.n_sessions  # before it nothing can be missing
    rows = np.arange(min(first - spec.reach[0], panel.n_sessions), panel.n_sessions)
    result = estimate(panel.at(rows, np.full(len(rows), column)), everywhere)
    ab, sums = result.abnormal, result.sums(window)
    before = ab.ar[:, : -event_window[0]]
    sigma = ab.fit.sigma
    forecast = ewma_forecast(np.hstack([ab.fit.residuals, before]), sigma)
    keep = sums.complete
    row = ab.row[keep]
    marks = np.zeros(panel.n_sessions + 1, dtype=int)
    marks[1:][event_rows] = 1
    counted = np.cumsum(marks)
    span = panel.span[:, column] if panel.span is not None else np.ones(panel.n_sessions, int)
    ratio = (forecast / sigma)[keep]
    return PlaceboSample(
        row=row,
        scaled=sums.scar[keep] / ratio,
        raw=sums.scar[keep],
        scale=sums.se[keep] * ratio,
        total=sums.car[keep],
        span=span[row],
        holds_event=(counted[row + end + 1] - counted[row + start]) > 0,
    )


def _has_return(panel: EventPanel, spec: StudySpec, column: int) -> npt.NDArray[np.bool_]:
    """Say which sessions have a return, and one of the benchmark where the model uses it."""
    known = np.isfinite(panel.returns[:, column])
    if spec.model in WITHOUT_BENCHMARK:
        return np.asarray(known)
    factors = panel.factors[:, column] if panel.factors.ndim == 3 else panel.factors
    return np.asarray(known & np.isfinite(factors).all(axis=1))


def catalogue_rows(reactions: Iterable[Reaction], sessions: MarketSessions) -> npt.NDArray[np.intp]:
    """Return the rows of the day 0s of catalogued events in one market."""
    rows = np.unique(sessions.rows([reaction.day0 for reaction in reactions]))
    return rows[rows >= 0]


def placebo_table(market_data: MarketData, panel: EventPanel) -> pd.DataFrame:
    """One row per reaction, candidate, window and model: how unusual it is."""
    rows = []
    directions = {event.id: event.expected_direction for event in market_data.events}
    for column, market in enumerate(panel.securities):
        sessions = market_data.sessions[market]
        events = catalogue_rows(market_data.reactions_of(market), sessions)
        mine = np.flatnonzero((panel.column == column) & (panel.row >= 0))
        days = pd.PeriodIndex(pd.DatetimeIndex(sessions.session), freq="Q").astype(str)
        quarter = np.unique(days, return_inverse=True)
        for model in market_data.models:
            spec = replace(market_data.run.study, model=model)
            for window in spec.windows or ():
                sample = placebo_sample(panel, spec, column, window, events)
                cache: dict[int, tuple[Placebo, dict[str, object]]] = {}
                for i in mine:
                    at = sample.position(int(panel.row[i]))
                    if at is None or not admissible(sample, at)[0].any():
                        continue
                    if at not in cache:
                        cache[at] = _compared(sample, at, window, quarter)
                    found, figures = cache[at]
                    event_id = str(panel.event_id[i])
                    direction = directions[event_id].get(market, "none")
                    rows.append(
                        {
                            "event_id": event_id,
                            "market": market,
                            "window": window_label(window),
                            "model": model,
                            "day0": str(panel.label[panel.row[i], column]),
                            "candidate": bool(panel.is_candidate[i]),
                            "direction": direction,
                            "p_implied": found.p_implied(direction),
                            **figures,
                        }
                    )
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"candidate": bool})
    return sort_rows(table, list(_COLUMNS[:6]))


def _compared(
    sample: PlaceboSample,
    at: int,
    window: Window,
    quarter: tuple[npt.NDArray[np.str_], npt.NDArray[np.intp]],
) -> tuple[Placebo, dict[str, object]]:
    """Return what a session's comparison found, and its figures as columns of the table."""
    found = place(sample, at)
    low, high = found.interval
    return found, asdict(found) | {
        "estimate": float(sample.total[at]),
        "n_independent": found.n // (window[1] - window[0] + 1),
        "by_quarter": _by_quarter(sample, at, quarter),
        "low": low,
        "high": high,
        "bound": found.bound,
    }


def _by_quarter(
    sample: PlaceboSample, at: int, quarter: tuple[npt.NDArray[np.str_], npt.NDArray[np.intp]]
) -> str:
    """Count the placebo sessions of each quarter, given the quarters and that of each session."""
    names, which = quarter
    counts = np.bincount(which[sample.row[admissible(sample, at)[0]]], minlength=len(names))
    return ";".join(f"{name}:{n}" for name, n in zip(names, counts, strict=True) if n)
