"""One row a window as every table of studies has it: estimate, se, statistic, p, interval, N."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from analysis.engine.rows import window_label

if TYPE_CHECKING:
    from analysis.engine.panel import Window
    from analysis.engine.results import EventStudyResult
    from analysis.engine.spec import StudySpec


class Study(Protocol):
    """A finished study, in memory or over partitions."""

    @property
    def spec(self) -> StudySpec:
        """The method."""

    def summary(self) -> pd.DataFrame:
        """Mean CAR of every window."""

    def abhar(self, window: Window) -> float:
        """Mean BHAR of a window."""

    def weighted_caar(self, window: Window) -> pd.Series[float]:
        """Precision-weighted mean CAR of a window."""


def windows_frame(result: Study) -> pd.DataFrame:
    """Return one row a window, in memory and over partitions alike.

    Columns: window, n_events, caar, abhar, weighted_caar, weighted_se, weighted_p_value; estimate
    (the mean CAR), se, statistic, p, low, high (its cross-sectional t and 95 % interval);
    n_partial, n_left_out, weighted_reason, assumes, reason.
    """
    rows = []
    records: dict[str, dict[str, Any]] = result.summary().to_dict("index")  # type: ignore[assignment]
    for window in result.spec.windows or ():
        label = window_label(window)
        found = records[label]
        row: dict[str, object] = {"window": label, "n_events": int(found["n_events"])}
        names = ("caar", "abhar", "weighted_caar", "weighted_se", "weighted_p_value")
        row |= dict.fromkeys(names, float("nan"))
        reason = ""
        if row["n_events"]:
            weighted = result.weighted_caar(window)
            reason = str(weighted["reason"])
            row |= {
                "caar": found["estimate"],
                "abhar": result.abhar(window),
                "weighted_caar": weighted["estimate"],
                "weighted_se": weighted["se"],
                "weighted_p_value": weighted["p_value"],
            }
        row |= {
            "p" if name == "p_value" else name: found[name]
            for name in ("estimate", "se", "statistic", "p_value", "low", "high")
        }
        row |= {name: int(found[name]) for name in ("n_partial", "n_left_out")}
        row |= {"weighted_reason": reason, "assumes": found["assumes"], "reason": found["reason"]}
        rows.append(row)
    return pd.DataFrame(rows)


def event_outcomes(result: EventStudyResult) -> pd.DataFrame:
    """Return one row a requested event: its outcome, then ``car``, ``se`` and ``p`` of each window.

    Columns: event_id, security, session, status, reason; ``car[a,b]``, ``se[a,b]``, ``p[a,b]``,
    decimal, NaN where there is none. Sorted by event_id and security.
    """
    frame = result.outcomes[["event_id", "security", "session", "status", "reason"]]
    for window in result.spec.windows or ():
        tested, label = result.event_tests(window), window_label(window)
        counted = tested["estimate"].notna().to_numpy()
        for name, column in (("car", "estimate"), ("se", "se"), ("p", "p_value")):
            values = np.full(len(frame), np.nan)
            values[result.rows] = np.where(counted, tested[column].to_numpy(), np.nan)
            frame[f"{name}{label}"] = values
    return sorted_outcomes(frame)


def sorted_outcomes(frame: pd.DataFrame) -> pd.DataFrame:
    """Return outcomes in the order all files have: by event_id and security, days as text."""
    at = pd.to_datetime(frame["session"])
    bars = bool((at.dropna() != at.dropna().dt.normalize()).any())
    days = at.dt.strftime("%Y-%m-%d %H:%M" if bars else "%Y-%m-%d")
    keys = frame.assign(session=days.where(days.notna(), ""))
    order = keys[["event_id", "security"]].astype(str)
    return keys.loc[order.sort_values(["event_id", "security"], kind="stable").index].reset_index(
        drop=True
    )
