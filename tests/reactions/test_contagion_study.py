"""Lead and lag, spill-over and small samples on the founding prices."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.reactions.clock_pairs import clock_pair
from analysis.reactions.contagion import (
    contagion_table,
    lead_lag_table,
    path_table,
    small_table,
    spillover_table,
)


def test_lag_zero_of_quiet_days_is_the_clock_aligned_correlation(market_data, panel, store):
    table = lead_lag_table(market_data, panel, list(market_data.events), n_draws=200)
    assert len(table) == 6 * 5 * 2
    normal = store.correlations[store.correlations.kind == "normal_clock"]
    zero = table[(table["lag"] == 0) & (table.days == "quiet")]
    for row in zero.itertuples():
        pair = {row.leader, row.follower}
        match = normal[[{a, b} == pair for a, b in zip(normal.market_a, normal.market_b)]]  # noqa: B905
        assert row.pearson == pytest.approx(match.pearson.iloc[0], abs=1e-12)
        assert row.n == match.n.iloc[0]


def test_lags_move_the_leader(market_data, panel):
    table = lead_lag_table(market_data, panel, list(market_data.events), n_draws=50)
    pair = clock_pair(market_data, "NVDA", "^N225")
    x, y = pair.x[:-1], pair.y[1:]
    quiet = ~pair.news[:-1] & ~pair.news[1:] & np.isfinite(x) & np.isfinite(y)
    row = table[
        (table.follower == "^N225") & (table.leader == "NVDA") & (table["lag"] == 1)
        & (table.days == "quiet")
    ].iloc[0]  # fmt: skip
    assert row.pearson == pytest.approx(np.corrcoef(x[quiet], y[quiet])[0, 1], abs=1e-12)


def test_spillover_against_statsmodels(market_data, panel, store):
    table = spillover_table(market_data, panel, list(market_data.events), n_draws=100)
    # both directions between New York and each Asian market, quiet and event days
    assert len(table) == 3 * 2 * 2
    day = store.abnormal_returns
    sent = day[
        (day.market == "NVDA") & (day.model == "market_model") & (day.event_day == 0)
        & ~day.candidate.astype(bool)
    ].drop_duplicates("day0")  # fmt: skip
    tokyo = market_data.sessions["^N225"]
    after = np.searchsorted(tokyo.session, sent.day0.to_numpy().astype("datetime64[D]"), "right")
    y = market_data.aligned["^N225"].ret[after]
    benchmark = market_data.aligned["^N225"].benchmark_ret[after]
    design = sm.add_constant(np.column_stack([sent.ar, benchmark]))
    expected = sm.OLS(y, design).fit(cov_type="HC1")
    row = table[(table["from"] == "NVDA") & (table["to"] == "^N225") & (table.days == "events")]
    assert row.n.iloc[0] == 36
    assert row.slope.iloc[0] == pytest.approx(expected.params[1], rel=1e-9)
    assert row.se.iloc[0] == pytest.approx(expected.bse[1], rel=1e-9)


def test_contagion_compares_the_printed_correlations(market_data, panel, store):
    table = contagion_table(market_data, panel, list(market_data.events)).set_index(
        ["leader", "follower"]
    )
    row = table.loc[("NVDA", "^N225")]
    kinds = store.correlations.set_index(["market_a", "market_b", "kind"]).pearson
    points = store.reaction_pairs[store.reaction_pairs.model == "constant_mean"]
    mine = points[(points.market_a == "NVDA") & (points.market_b == "^N225")]
    assert row.rho_event == pytest.approx(mine.ar_a.corr(mine.ar_b))  # in percent, as calm days
    assert row.rho_calm == pytest.approx(kinds["NVDA", "^N225", "normal_clock"])
    assert abs(row.rho_adjusted) < abs(row.rho_event)  # event days are more volatile


def test_paths_cover_every_clock_pair(market_data):
    table = path_table(market_data)
    assert len(table.groupby(["leader", "follower"])) == 6
    assert table[["ewma", "cdcc"]].abs().max().max() <= 1
    assert table.holds_event.any()


def test_few_pairs_come_with_a_floor(market_data, panel):
    table = small_table(market_data, panel, list(market_data.events))
    assert table.n.between(3, 15).all()
    assert (table.p_permutation >= table.floor - 1e-12).all()
    exact = table[table.n == 6]
    np.testing.assert_allclose(exact.floor, 1 / 720)
    known = table.dropna(subset=["low_left_out"])
    assert (known.low_left_out <= known.high_left_out).all()
