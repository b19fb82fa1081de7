"""The overlap audit names what stands in an event's way."""

from __future__ import annotations

import pandas as pd

import analysis
from analysis import StudySpec
from analysis.engine.overlap import overlap_audit
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


def test_audit_by_hand() -> None:
    spec = StudySpec(estimation_window=(-60, -11), event_window=(-5, 10))
    result = analysis.event_study(MARKET.returns, EVENTS, benchmark=MARKET.benchmark, spec=spec)
    table = overlap_audit(result, confounders={"truce": ["a central bank met"]})
    one = table.xs("S001", level="security")
    assert one["same_session"].to_dict() == {
        "tariff": "",
        "truce": "truce (S002)",
        "earnings": "",
    }
    assert one["overlapping_window"].to_dict() == {
        "tariff": "truce",
        "truce": "tariff",
        "earnings": "",
    }
    # earnings estimates on sessions 280 to 329: both others lie in it, windows [295, 316]
    assert one.loc["earnings", "in_estimation_window"] == "tariff; truce"
    assert one["contaminated_days"].to_dict() == {"tariff": 0, "truce": 1, "earnings": 22}
    assert one.loc["earnings", "contaminated_share"] == 22 / 50
    assert one.loc["truce", "confounders"] == "a central bank met"
    assert not table["excluded"].any()
    assert table.loc[("old", "S003"), "same_session"] == ""
    counts = result.outcomes.set_index(["event_id", "security"])
    names = {"same_session": "same_session", "overlapping_window": "overlapping"}
    for named, counted in names.items():
        sizes = table[named].map(lambda text: len(text.split("; ")) if text else 0)
        assert (sizes == counts[counted]).all()
