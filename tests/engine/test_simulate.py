"""A simulated market is what its spec says, and the engine finds the truth behind it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import StudySpec
from analysis.engine.recovery import recovery, wilson_interval
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.errors import InputError

#: Three Monte-Carlo standard errors of what is compared below.
THREE_SE = 3.0


def test_the_same_seed_gives_the_same_market() -> None:
    spec = SimulationSpec(tails=5, correlation=0.2, missing=0.03)
    first, second = simulate_market(spec, seed=4), simulate_market(spec, seed=4)
    pd.testing.assert_frame_equal(first.returns, second.returns)
    pd.testing.assert_frame_equal(first.events, second.events)
    assert not first.returns.equals(simulate_market(spec, seed=5).returns)


def test_the_effect_is_added_to_the_days_it_names() -> None:
    quiet = simulate_market(SimulationSpec(n_events=6), seed=1)
    loud = simulate_market(SimulationSpec(n_events=6, effect={0: 0.03, 2: -0.01}), seed=1)
    difference = loud.returns - quiet.returns
    for event in loud.events.itertuples():
        column = difference[event.security].round(12)
        row = loud.returns.index.get_loc(event.session)
        assert column.iloc[row] == 0.03
        assert column.iloc[row + 2] == -0.01
        assert (column != 0).sum() == 2
    assert loud.truth["effect_0"].eq(0.03).all()
    assert loud.truth["effect_2"].eq(-0.01).all()


def test_residuals_have_the_spread_and_correlation_asked_for() -> None:
    spec = SimulationSpec(n_events=40, n_sessions=4000, correlation=0.3, tails=8, sigma=0.02)
    market = simulate_market(spec, seed=2)
    beta = market.truth.set_index("security")["beta"]
    residuals = market.returns - np.outer(market.benchmark, beta)
    assert residuals.std().mean() == pytest.approx(0.02, rel=0.02)
    pairs = residuals.corr().to_numpy()[np.triu_indices(40, 1)]
    assert pairs.mean() == pytest.approx(0.3, abs=0.03)


def test_event_variance_widens_day_0_only() -> None:
    spec = SimulationSpec(n_events=300, n_sessions=800, event_variance=4.0, beta=(1.0, 1.0))
    market = simulate_market(spec, seed=3)
    residuals = market.returns.sub(market.benchmark, axis=0).to_numpy()
    rows = market.returns.index.get_indexer(market.events["session"])
    at = np.arange(300)
    assert residuals[rows, at].std() == pytest.approx(0.04, rel=0.15)
    assert residuals[rows + 1, at].std() == pytest.approx(0.02, rel=0.15)


@pytest.mark.parametrize(("dates", "distinct"), [("staggered", 12), ("clustered", 1)])
def test_dates_are_staggered_or_clustered(dates: str, distinct: int) -> None:
    market = simulate_market(SimulationSpec(n_events=12, dates=dates))
    assert market.events["session"].nunique() == distinct


def test_missing_is_the_share_of_returns_left_out() -> None:
    market = simulate_market(SimulationSpec(n_events=50, missing=0.1))
    assert market.returns.isna().to_numpy().mean() == pytest.approx(0.1, abs=0.01)


def test_recovery_finds_a_known_effect_and_keeps_size() -> None:
    study = StudySpec(windows=((0, 0), (0, 1)), tests=("cross_sectional_t", "bmp_t", "patell_z"))
    found = recovery(200, seed=0, effect={0: 0.02, 1: 0.005}, study=study)
    assert list(found.coverage["truth"]) == [0.02, 0.025]
    bias = (found.coverage["mean_estimate"] - found.coverage["truth"]).abs()
    half = (found.coverage["estimate_high"] - found.coverage["estimate_low"]) / 2
    assert (bias <= THREE_SE / 1.96 * half).all()
    assert found.coverage["coverage"].between(0.93, 0.97).all()
    slack = THREE_SE * np.sqrt(0.05 * 0.95 / 200)
    assert found.size["size"].between(0.05 - slack, 0.05 + slack).all()
    assert (found.size["n_panels"] == 200).all()


def test_clustered_dates_break_tests_that_take_events_as_independent() -> None:
    market = SimulationSpec(dates="clustered", correlation=0.3)
    study = StudySpec(windows=((0, 0),), tests=("cross_sectional_t",))
    assert recovery(100, seed=0, market=market, study=study).size["size"].iloc[0] > 0.3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dates": "clusterd"}, "Did you mean 'clustered'"),
        ({"correlation": 1.0}, r"`correlation` received as 1\.0: it must lie in \[0, 1\)"),
        ({"tails": 2}, "`tails` received as 2: it must be None or more than 2"),
        ({"missing": -0.1}, "`missing` received as -0.1"),
        ({"n_sessions": 290}, "`n_sessions` received as 290: 20 different day 0s do not fit"),
    ],
)
def test_a_spec_that_cannot_be_is_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        SimulationSpec(**change)


def test_wilson_interval_by_hand() -> None:
    # 10 of 200: centre (0.05 + 3.8415/400) / (1 + 3.8415/200), textbook value [0.0274, 0.0896]
    low, high = wilson_interval(10, 200)
    assert (round(low, 4), round(high, 4)) == (0.0274, 0.0896)
    assert np.isnan(wilson_interval(0, 0)).all()
