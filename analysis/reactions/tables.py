"""The figures of a market study as tables: reactions, fits, abnormal returns.

Over partitions: ``analysis.scale.tables``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.results import EventStudyResult
from analysis.reactions.market_data import (
    MarketData,
    day_labels,
    event_instant,
    iso_dates,
    iso_day,
    reaction_keys,
    sort_rows,
)
from analysis.sessions import contains_news
from analysis.wording import INSTANT


def reaction_table(market_data: MarketData, result: EventStudyResult) -> pd.DataFrame:
    """One row per event and market: when the news met it, and whether it can be used."""
    final = {
        (str(event_id), str(market)): (str(status), str(reason))
        for event_id, market, status, reason, candidate in zip(
            result.panel.event_id,
            result.panel.security,
            result.outcomes["status"],
            result.outcomes["reason"],
            result.panel.is_candidate,
            strict=True,
        )
        if not candidate
    }
    others = {event.id: len(event.confounders) for event in market_data.events}
    rows = []
    for r in market_data.reactions:
        status, reason = final[r.event_id, r.market]
        rows.append(
            {
                "event_id": r.event_id,
                "market": r.market,
                "announced_at": r.announced_at.strftime(INSTANT),
                "day0": iso_day(r.day0),
                "prev_session": iso_day(r.prev_session),
                "gap_days": r.gap_days,
                "phase": r.phase,
                "minutes_to_close": r.minutes_to_close,
                "ambiguous": r.ambiguous,
                "candidates": ";".join(map(str, r.candidates)),
                "benchmark_contains_news": r.benchmark_contains_news,
                "benchmark_sessions": r.benchmark_sessions,
                "unscheduled_closures": ";".join(map(str, r.unscheduled_closures)),
                "shared_with": ";".join(r.shared_with),
                "status": status,
                "reason": reason,
                "n_confounders": others[r.event_id],
            }
        )
    frame = pd.DataFrame(rows)
    frame["gap_days"] = frame["gap_days"].astype("Int64")
    frame["benchmark_sessions"] = frame["benchmark_sessions"].astype("Int64")
    frame["benchmark_contains_news"] = frame["benchmark_contains_news"].astype("boolean")
    return sort_rows(frame, ["event_id", "market"])


def fit_table(results: Mapping[str, EventStudyResult]) -> pd.DataFrame:
    """One row per fitted model and day 0, with the dates of the estimation window."""
    parts = []
    for model, result in results.items():
        fit, spec = result.abnormal.fit, result.spec
        coef = dict(zip(fit.names, fit.coef.T, strict=True))
        frame = reaction_keys(result)
        frame["model"] = model
        frame["alpha"] = coef.get("alpha", np.nan)
        frame["beta"] = coef.get("beta", np.nan)
        frame["sigma"] = fit.sigma
        finite = np.isfinite(fit.df)  # none where the reference is normal
        frame["df"] = pd.array(np.where(finite, fit.df, 0).astype(int), dtype="Int64")
        frame.loc[~finite, "df"] = pd.NA
        frame["n_estimation"] = fit.n_estimation.astype(int)
        for name, day in zip(
            ("estimation_start", "estimation_end"), spec.estimation_window, strict=True
        ):
            frame[name] = iso_dates(day_labels(result, day))
        parts.append(frame.drop(columns="candidate"))
    order = ["event_id", "market", "model", "day0"]
    columns = [*order, "alpha", "beta", "sigma", "df", "n_estimation"]
    return sort_rows(pd.concat(parts), order)[[*columns, "estimation_start", "estimation_end"]]


def abnormal_table(
    market_data: MarketData, results: Mapping[str, EventStudyResult]
) -> pd.DataFrame:
    """One row per event, market, model, day-0 candidate and event day, all in decimals."""
    parts = []
    for model, result in results.items():
        ab, panel = result.abnormal, result.panel
        first, last = result.spec.event_window
        days = np.arange(first, last + 1)
        rows = ab.row[:, None] + days
        column = ab.column[:, None]
        span = panel.span[rows, column] if panel.span is not None else np.ones_like(rows)
        frame = reaction_keys(result).loc[np.repeat(np.arange(len(ab.row)), len(days))]
        frame = frame.reset_index(drop=True).assign(
            model=model,
            event_day=np.tile(days, len(ab.row)),
            session=iso_dates(panel.label[rows, column].ravel()),
            span=span.ravel(),
            ret=ab.returns.ravel(),
            benchmark_ret=panel.factors[rows, column, 0].ravel(),
            benchmark_contains_news=_news_known(market_data, result, rows).ravel(),
            normal_ret=ab.fit.normal.ravel(),
            ar=ab.ar.ravel(),
            se=np.where(np.isfinite(ab.ar), ab.se, np.nan).ravel(),
            sar=ab.sar.ravel(),
        )
        parts.append(frame)
    order = ["event_id", "market", "model", "day0", "candidate", "event_day"]
    columns = [*order, "session", "span", "ret", "benchmark_ret", "benchmark_contains_news"]
    return sort_rows(pd.concat(parts), order)[[*columns, "normal_ret", "ar", "se", "sar"]]


def _news_known(
    market_data: MarketData, result: EventStudyResult, rows: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    instants = {event.id: event_instant(event) for event in market_data.events}
    out = np.zeros(rows.shape, dtype=bool)
    ids, markets = result.panel.event_id[result.rows], result.panel.security[result.rows]
    for i, (event_id, market) in enumerate(zip(ids, markets, strict=True)):
        closes = market_data.sessions[str(market)].close_at[rows[i]]
        benchmark = market_data.sessions[market_data.benchmarks[str(market)]]
        priced = benchmark.close_at[np.isfinite(benchmark.price)]
        out[i] = contains_news(instants[str(event_id)], closes, priced)
    return out
