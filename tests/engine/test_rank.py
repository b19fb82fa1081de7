"""Rank and sign tests, from first principles on the same AR."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis.engine.simulate import SimulationSpec, simulate_market

FIGURE = 1e-9
MARKET = simulate_market(SimulationSpec(n_events=15, effect={0: 0.01}, missing=0.02), seed=22)
RESULT = analysis.event_study(MARKET.returns, MARKET.events, benchmark=MARKET.benchmark)
ALL_DAYS = pd.concat([RESULT.residuals, RESULT.ar], axis=1)


@pytest.mark.parametrize("window", [(0, 0), (-1, 1), (-5, 10)])
def test_corrado_ranks_estimation_and_event_days(window: tuple[int, int]) -> None:
    rows = ALL_DAYS[RESULT.ar.loc[:, window[0] : window[1]].notna().all(axis=1)]
    deviation = rows.rank(axis=1).sub((rows.notna().sum(axis=1) + 1) / 2, axis=0)
    mean = deviation.mean()
    spread = np.sqrt((mean**2).mean())
    tested = mean.loc[window[0] : window[1]]
    z = np.sqrt(len(tested)) * tested.mean() / spread
    assert RESULT.test("corrado_rank_z", window).statistic == pytest.approx(z, rel=FIGURE)


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
def test_generalized_sign_below_30_is_exact_binomial(window: tuple[int, int]) -> None:
    car = RESULT.car(window).dropna()
    residuals = RESULT.residuals.loc[car.index]
    share = ((residuals > 0).sum(axis=1) / residuals.notna().sum(axis=1)).mean()
    positive, n = int((car > 0).sum()), len(car)
    found = RESULT.test("generalized_sign_z", window)
    z = (positive - n * share) / np.sqrt(n * share * (1 - share))
    assert found.statistic == pytest.approx(z, rel=FIGURE)
    assert found.p_value == pytest.approx(stats.binomtest(positive, n, share).pvalue, rel=FIGURE)


def test_a_sign_test_that_cannot_reject_says_so() -> None:
    returns = MARKET.returns.fillna(0.001)
    few = analysis.event_study(returns, MARKET.events.iloc[:4], benchmark=MARKET.benchmark).test(
        "generalized_sign_z"
    )
    assert "cannot reject at 5 % with 4 events" in few.reason
