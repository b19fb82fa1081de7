"""Tests of single reactions, and across the distinct sessions of an article or a category."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine.panel import EventPanel
from analysis.engine.results import EventStudyResult, window_label
from analysis.engine.single_event import SINGLE_EVENT_ASSUMES
from analysis.engine.study import estimate
from analysis.reactions.market_data import MarketData, reaction_keys

if TYPE_CHECKING:
    from analysis.seeds.events import Event

TEST_COLUMNS = [
    "scope", "event_id", "market", "window", "model", "test", "estimate", "statistic",
    "p_value", "df", "n_events", "n_sessions", "mde", "reason", "n_partial", "n_left_out",
    "assumes",
]  # fmt: skip


#: What a placebo comparison of one reaction takes for granted.
PLACEBO_ASSUMES = "ordinary days of the same market are exchangeable with the day, once scaled"


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
            sums = result.sums(window)
            counted = sums.counted[use]
            shortcut = scipy.special.stdtrit(tested["df"], 0.975) + scipy.special.stdtrit(
                tested["df"], 0.8
            )
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
                    n_partial=(~sums.complete & sums.counted)[use].astype(int),
                    n_left_out=(~counted).astype(int),
                    assumes=SINGLE_EVENT_ASSUMES,
                    reason=np.select(
                        [np.isfinite(tested["p_value"]), ~counted],
                        ["", "too many days of the window have no return"],
                        "no standard error: the days it needs have no return",
                    ),
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
                n_partial=0,
                n_left_out=0,
                assumes=PLACEBO_ASSUMES,
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
    wanted = np.isin(panel.event_id.astype(str), list(event_ids))
    usable = (panel.column == column) & (panel.status == "ok") & ~panel.is_candidate
    return np.flatnonzero(usable & wanted)


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
        out.append(mean_mde(result.sums((start, end)).se, int(n)))
    return out


def mean_mde(se: npt.NDArray[np.float64], n: int) -> float:
    """Mean effect over n sessions that a t-test finds at 5 % with power 0.8."""
    if n < 2:
        return float("nan")
    quantiles = scipy.special.stdtrit(n - 1, 0.975) + scipy.special.stdtrit(n - 1, 0.8)
    return float(quantiles * np.sqrt(np.nanmean(se**2)) / np.sqrt(n))
