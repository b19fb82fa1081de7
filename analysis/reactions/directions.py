"""Mean reactions signed by the direction the articles implied, by category and market."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine.panel import EventPanel
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.reactions.market_data import MarketData, sort_rows
from analysis.reactions.pooled import main_rows, mean_mde, scopes

if TYPE_CHECKING:
    from analysis.seeds.events import Event

#: What the tests of a signed mean take for granted.
DIRECTIONS_ASSUME = "sessions are independent; abnormal returns are symmetric"


def direction_table(
    market_data: MarketData, events: Sequence[Event], panel: EventPanel
) -> pd.DataFrame:
    """Mean day-0 abnormal return signed by the implied direction, over distinct sessions."""
    rows = []
    for scope, ids in scopes(events).items():
        if scope.startswith("article:"):
            continue
        for column, market in enumerate(panel.securities):
            signs, clashes = _implied_signs(panel, column, ids, events, market)
            for model in market_data.models:
                rows.append(
                    {"scope": scope, "market": market, "model": model, "window": "[0,0]"}
                    | _signed_mean(
                        panel, column, signs, replace(market_data.run.study, model=model)
                    )
                    | {
                        "n_events": sum(len(v[1]) for v in signs.values()),
                        "n_clashes": clashes,
                    }
                )
                rows[-1]["n_left_out"] = len(signs) + clashes - int(rows[-1]["n_sessions"])
                rows[-1]["assumes"] = DIRECTIONS_ASSUME
                rows[-1]["reason"] = _why_no_p(
                    int(rows[-1]["n_sessions"]), float(rows[-1]["p_value"])
                )
    return sort_rows(pd.DataFrame(rows), ["scope", "market", "model", "window"])


def _implied_signs(
    panel: EventPanel, column: int, ids: Sequence[str], events: Sequence[Event], market: str
) -> tuple[dict[int, tuple[int, list[str]]], int]:
    """Sign of each session with an implied direction; sessions with both signs are left out."""
    by_id = {event.id: event for event in events}
    found: dict[int, tuple[set[int], list[str]]] = {}
    for i in main_rows(panel, column, ids):
        event_id = panel.event_id[i]
        sign = {"up": 1, "down": -1}.get(by_id[event_id].expected_direction.get(market, "none"))
        if sign is not None:
            signs, names = found.setdefault(int(panel.row[i]), (set(), []))
            signs.add(sign)
            names.append(event_id)
    clear = {row: (next(iter(s)), names) for row, (s, names) in found.items() if len(s) == 1}
    return clear, len(found) - len(clear)


def _signed_mean(
    panel: EventPanel, column: int, signs: dict[int, tuple[int, list[str]]], spec: StudySpec
) -> dict[str, float | int]:
    rows = np.array(sorted(signs), dtype=np.intp)
    values = errors = np.array([])
    if len(rows):
        result = estimate(
            panel.at(rows, np.full(len(rows), column)), replace(spec, windows=((0, 0),))
        )
        sign = np.array([signs[int(row)][0] for row in result.abnormal.row])
        values = sign * result.sums((0, 0)).car
        values = values[np.isfinite(values)]
        errors = result.sums((0, 0)).se
    n = len(values)
    spread = values.std(ddof=1) if n > 1 else np.nan
    statistic = values.mean() / (spread / np.sqrt(n)) if n > 1 and spread > 0 else np.nan
    return {
        "estimate": float(values.mean()) if n else np.nan,
        "statistic": float(statistic),
        "p_value": float(2 * scipy.special.stdtr(n - 1, -abs(statistic))) if n > 1 else np.nan,
        "p_sign_flip": _sign_flip_p(values),
        "mde": mean_mde(errors, n),
        "n_sessions": n,
        "n_as_implied": int((values > 0).sum()),
    }


def _why_no_p(n: int, p_value: float) -> str:
    if np.isfinite(p_value):
        return ""
    return "all sessions moved alike" if n > 1 else f"a spread needs two sessions; there is {n}"


def _sign_flip_p(values: npt.NDArray[np.float64]) -> float:
    """Exact two-sided p of the mean under random signs of distinct sessions; NaN above 20."""
    n = len(values)
    if not 1 <= n <= 20:
        return float("nan")
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    means = np.abs(signs @ values)
    return float((means >= abs(values.sum()) * (1 - 1e-12)).mean())
