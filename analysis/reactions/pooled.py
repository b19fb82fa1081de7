"""Tests of single reactions, and across the distinct sessions of an article or a category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from analysis.engine.panel import EventPanel
from analysis.engine.results import EventStudyResult, window_label
from analysis.engine.spec import StudySpec
from analysis.engine.study import estimate
from analysis.reactions.market_data import MarketData, reaction_keys, sort_rows

if TYPE_CHECKING:
    from analysis.seeds.events import Event

TEST_COLUMNS = [
    "scope", "event_id", "market", "window", "model", "test", "estimate", "statistic",
    "p_value", "df", "n_events", "n_sessions", "mde", "reason",
]  # fmt: skip


def event_tests(
    results: Mapping[str, EventStudyResult], placebo: pd.DataFrame, wanted: set[str]
) -> pd.DataFrame:
    """Classical and placebo tests of every single reaction."""
    parts = []
    for model, result in results.items():
        keys = reaction_keys(result)
        use = (~keys["candidate"] & keys["event_id"].isin(wanted)).to_numpy()
        for window in result.spec.windows or ():
            tested = result.event_tests(window).reset_index(drop=True)[use]
            shortcut = special.stdtrit(tested["df"], 0.975) + special.stdtrit(tested["df"], 0.8)
            parts.append(
                keys.loc[use, ["event_id", "market"]].assign(
                    window=window_label(window),
                    model=model,
                    test="ar_t" if window[0] == window[1] else "car_t",
                    estimate=tested["estimate"],
                    statistic=tested["statistic"],
                    p_value=tested["p_value"],
                    df=tested["df"],
                    mde=shortcut * tested["se"],
                )
            )
    main = placebo[~placebo["candidate"]]
    forms = {"placebo_p": ("statistic", "p_value"), "placebo_p_raw": (None, "p_raw")}
    for name, (statistic, p_value) in forms.items():
        parts.append(
            main[["event_id", "market", "window", "model", "estimate"]].assign(
                test=name,
                statistic=main[statistic] if statistic else np.nan,
                p_value=main[p_value],
                df=np.nan,
                mde=main["mde"] if statistic else np.nan,
                reason="placebo sessions: " + main["n"].astype(str),
            )
        )
    tests = pd.concat(parts, ignore_index=True).assign(scope="event", n_events=1, n_sessions=1)
    if "reason" not in tests:
        tests["reason"] = ""
    return tests.fillna({"reason": ""})[TEST_COLUMNS]


def scopes(events: Sequence[Event]) -> dict[str, list[str]]:
    """Return the pooled scopes and the events in each: articles, categories and all."""
    found: dict[str, list[str]] = {}
    for event in events:
        for mention in event.articles:
            found.setdefault(f"article:{mention.file}", []).append(event.id)
        found.setdefault(f"category:{event.category}", []).append(event.id)
        found.setdefault("all", []).append(event.id)
    return dict(sorted(found.items()))


def main_rows(panel: EventPanel, column: int, event_ids: Iterable[str]) -> npt.NDArray[np.intp]:
    """Return the usable rows of a panel that are the main day 0 of given events in a market."""
    wanted = set(event_ids)
    keep = [
        i
        for i in np.flatnonzero((panel.column == column) & (panel.status == "ok"))
        if not panel.event_id[i][1] and panel.event_id[i][0] in wanted
    ]
    return np.array(keep, dtype=np.intp)


def pooled_tests(
    market_data: MarketData, events: Sequence[Event], panel: EventPanel
) -> pd.DataFrame:
    """Test across events, one observation per distinct session."""
    parts = []
    for scope, ids in scopes(events).items():
        for column, market in enumerate(panel.securities):
            mine = main_rows(panel, column, ids)
            distinct = np.unique(panel.row[mine])
            if not len(distinct):
                continue
            at = panel.at(distinct, np.full(len(distinct), column))
            for model in market_data.models:
                result = estimate(at, replace(market_data.run.study, model=model))
                if not result.usable.any():
                    continue
                used = np.isin(panel.row[mine], result.abnormal.row)
                found = result.tests().rename(columns={"n_events": "n_sessions"})
                found["mde"] = _pooled_mde(result, found)
                parts.append(
                    found.assign(
                        scope=scope,
                        event_id="",
                        market=market,
                        model=model,
                        n_events=int(used.sum()),
                    )
                )
    if not parts:
        return pd.DataFrame(columns=TEST_COLUMNS)
    return pd.concat(parts, ignore_index=True)[TEST_COLUMNS]


def _pooled_mde(result: EventStudyResult, found: pd.DataFrame) -> list[float]:
    """Effect the cross-sectional t finds with power 0.8, from forecast errors, not the effect."""
    out = []
    for window, test, n in zip(found["window"], found["test"], found["n_sessions"], strict=True):
        if test != "cross_sectional_t" or n < 2:
            out.append(np.nan)
            continue
        start, end = map(int, window.strip("[]").split(","))
        out.append(_mean_mde(result.sums((start, end)).se, int(n)))
    return out


def _mean_mde(se: npt.NDArray[np.float64], n: int) -> float:
    """Mean effect over n sessions that a t-test finds at 5 % with power 0.8."""
    if n < 2:
        return float("nan")
    quantiles = special.stdtrit(n - 1, 0.975) + special.stdtrit(n - 1, 0.8)
    return float(quantiles * np.sqrt(np.nanmean(se**2)) / np.sqrt(n))


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
                    | {"n_events": sum(len(v[1]) for v in signs.values()), "n_clashes": clashes}
                )
    return sort_rows(pd.DataFrame(rows), ["scope", "market", "model", "window"])


def _implied_signs(
    panel: EventPanel, column: int, ids: Sequence[str], events: Sequence[Event], market: str
) -> tuple[dict[int, tuple[int, list[str]]], int]:
    """Sign of each session with an implied direction; sessions with both signs are left out."""
    by_id = {event.id: event for event in events}
    found: dict[int, tuple[set[int], list[str]]] = {}
    for i in main_rows(panel, column, ids):
        event_id = panel.event_id[i][0]
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
        "p_value": float(2 * special.stdtr(n - 1, -abs(statistic))) if n > 1 else np.nan,
        "p_sign_flip": _sign_flip_p(values),
        "mde": _mean_mde(errors, n),
        "n_sessions": n,
        "n_as_implied": int((values > 0).sum()),
    }


def _sign_flip_p(values: npt.NDArray[np.float64]) -> float:
    """Exact two-sided p of the mean under random signs of distinct sessions; NaN above 20."""
    n = len(values)
    if not 1 <= n <= 20:
        return float("nan")
    signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    means = np.abs(signs @ values)
    return float((means >= abs(values.sum()) * (1 - 1e-12)).mean())
