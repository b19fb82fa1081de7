"""Counts of what stands in an event's way, by hand."""

from __future__ import annotations

import pandas as pd

import analysis
from analysis import StudySpec
from analysis.engine.simulate import SimulationSpec, simulate_market

MARKET = simulate_market(SimulationSpec(n_events=3), seed=13)
SESSIONS = MARKET.returns.index
EVENTS = pd.DataFrame(
    {
        "event_id": ["tariff", "truce", "earnings", "truce", "old"],
        "security": ["S001", "S001", "S001", "S002", "S003"],
        "session": [*SESSIONS[[300, 306, 340, 306]], "1999-01-04"],
    }
)


def test_counts_by_hand() -> None:
    spec = StudySpec(estimation_window=(-60, -11), event_window=(-5, 10))
    result = analysis.event_study(MARKET.returns, EVENTS, benchmark=MARKET.benchmark, spec=spec)
    rows = result.outcomes.set_index(["event_id", "security"])
    one = rows.xs("S001", level="security")
    assert one["same_session"].to_dict() == {"tariff": 0, "truce": 1, "earnings": 0}
    assert rows.loc[("truce", "S002"), "same_session"] == 1
    assert one["overlapping"].to_dict() == {"tariff": 1, "truce": 1, "earnings": 0}
    # earnings estimates on sessions 280 to 329: both others lie in it, windows [295, 316]
    assert one["contaminated_days"].to_dict() == {"tariff": 0, "truce": 1, "earnings": 22}
    assert (
        rows.loc[("old", "S003"), ["same_session", "overlapping", "contaminated_days"]].eq(0).all()
    )
