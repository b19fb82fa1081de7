"""Joint placebo on the founding prices: the family, and pooled categories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.engine.inference import TESTS
from analysis.engine.inference.multiple import holm
from analysis.engine.study import estimate
from analysis.reactions import joint
from analysis.reactions.as_implied import pooled_table
from analysis.reactions.joint import joint_tables
from analysis.reactions.pooled import event_tests, main_rows
from analysis.reactions.tables import reaction_table
from analysis.reactions.together import day_zero


def test_the_family_is_the_distinct_reactions(store):
    for _, family in store.family.groupby("model"):
        cells = family.drop_duplicates(["market", "day0"])
        # distinct day 0s of the founding case, METHODS section 1
        counts = cells.groupby("market").size()
        assert counts.to_dict() == {"NVDA": 36, "^N225": 32, "^TWII": 31, "^HSI": 29}
        assert (family.n_family == 128).all()
        assert len(family) == 52 * 4
        # chance alone would make about six marks at 5 %
        assert family.expected_beyond.iloc[0] == pytest.approx(128 * 0.05, abs=0.5)


def test_family_wise_p_is_never_below_the_single_one(store):
    family = store.family
    for name in ("p_max", "p_stepdown"):
        assert (family[name] >= family.p_single - 1e-12).all()
    assert (family.p_stepdown <= family.p_max).all()
    for name in ("p_holm", "p_bh", "p_by"):
        assert (family[name] >= family.p_placebo - 1e-12).all()
    assert (family.p_bh <= family.p_holm + 1e-12).all()


def test_adjustments_are_over_distinct_reactions_with_the_printed_p(store):
    family = store.family[store.family.model == "market_model"]
    cells = family.drop_duplicates(["market", "day0"])
    np.testing.assert_allclose(cells.p_holm, holm(cells.p_placebo))
    placebo = store.placebo
    main = placebo[
        (placebo.window == "[0,0]") & (placebo.model == "market_model")
        & ~placebo.candidate.astype(bool)
    ]  # fmt: skip
    both = family.merge(main, on=["event_id", "market"], validate="one_to_one")
    shared = both.drop_duplicates(["market", "day0_x"])
    np.testing.assert_allclose(shared.p_placebo, shared.p_value)


def test_same_seed_same_table_and_order_of_events_is_irrelevant(market_data, panel, store):
    again = joint_tables(market_data, panel, list(market_data.events), store.placebo)
    np.testing.assert_array_equal(again["family"].p_stepdown, store.family.p_stepdown)


def test_pooled_means_are_those_of_the_directions(store):
    """The same distinct sessions, signed the same way, as the table of directions has them."""
    pooled = store.pooled[(store.pooled["sample"] == "all") & (store.pooled.market != "all")]
    both = pooled.merge(store.directions, on=["scope", "market", "model"], validate="one_to_one")
    assert (both.n_sessions_x == both.n_sessions_y).all()
    np.testing.assert_allclose(both.estimate_x, both.estimate_y, atol=1e-12)
    known = both[both.n_sessions_x > 0]
    assert (known.n_as_implied_x == known.n_as_implied_y).all()


def test_all_markets_join_the_sessions_of_each(store):
    pooled = store.pooled[(store.pooled.scope == "all") & (store.pooled["sample"] == "all")]
    for _, part in pooled.groupby("model"):
        joined, single = part[part.market == "all"].iloc[0], part[part.market != "all"]
        assert joined.n_sessions == single.n_sessions.sum()
        assert joined.estimate == pytest.approx(
            (single.estimate * single.n_sessions).sum() / joined.n_sessions
        )
        assert joined.low_left_out <= joined.estimate <= joined.high_left_out


def test_smaller_samples_drop_events(store):
    counts = store.pooled.pivot_table(
        index=["scope", "market", "model"], columns="sample", values="n_sessions"
    )
    assert (counts["unconfounded"] <= counts["all"]).all()
    assert (counts["unambiguous"] <= counts["all"]).all()
    assert (counts["unambiguous"] < counts["all"]).any()


def test_one_event_alone_has_a_family_of_its_markets(market_data, panel):
    one = [e for e in market_data.events if e.id == "nvidia-h20-resumption-2025-07-14"]
    family = joint_tables(market_data, panel, one, n_draws=500)["family"]
    assert (family.n_family == 4).all()
    nvda = family[(family.market == "NVDA") & (family.model == "market_model")].iloc[0]
    assert nvda.p_single < 0.03
    assert nvda.p_stepdown < 0.1  # four reactions, not 128
    assert pooled_table(market_data, panel, one, n_draws=100)["n_sessions"].max() <= 4
    assert all(table.empty for table in joint_tables(market_data, panel, [], n_draws=10).values())


def test_a_market_without_ordinary_days_has_a_reason_and_no_p(market_data, panel, monkeypatch):
    def bare(*given):
        days = day_zero(*given)
        none = np.zeros_like(days["^HSI"].admissible)
        return days | {"^HSI": replace(days["^HSI"], admissible=none)}

    monkeypatch.setattr(joint, "day_zero", bare)
    one = [e for e in market_data.events if e.id == "nvidia-h20-resumption-2025-07-14"]
    family = joint_tables(market_data, panel, one, n_draws=200)["family"].set_index("market")
    p = family[["p_single", "p_max", "p_stepdown", "p_circular"]]
    assert p.loc["^HSI"].isna().all(axis=None)
    assert p.drop("^HSI").notna().all(axis=None)
    assert (family.reason != "").tolist() == (family.index == "^HSI").tolist()
    assert (family.n_family == 3).all()


def test_the_omnibus_is_the_mean_size_of_the_distinct_reactions(store, printed):
    table = store.omnibus.set_index(["scope", "market", "model"])
    before = printed.omnibus.set_index(["scope", "market", "model"])
    for model, mean in (("market_model", 0.69), ("constant_mean", 0.79)):  # METHODS section 7
        cells = store.family[store.family.model == model].drop_duplicates(["market", "day0"])
        row = table.loc["all", "all", model]
        assert row.statistic == pytest.approx(cells.statistic.abs().mean())
        assert before.loc["all", "all", model].statistic == pytest.approx(mean, abs=0.005)
        assert row.n_reactions == 128
        assert row.n_beyond == (cells.p_placebo <= 0.05).sum()
        assert row.placebo_low < row.placebo_mean < row.placebo_high
        assert 0.2 < row.share_blank < 0.4
        parts = table.xs(("all", model), level=("scope", "model")).drop("all")
        assert parts.n_reactions.sum() == 128
    articles = store.omnibus[store.omnibus.scope.str.startswith("article:")]
    assert articles.scope.nunique() == 5
    assert (articles.p_value > 0).all()


def test_pooled_p_is_two_sided_with_its_ranges(store):
    table = store.pooled[(store.pooled.n_dates >= 2)]
    assert (table.p_low_left_out <= table.p_high_left_out).all()
    assert (table.p_joint_two_sided >= table.p_joint - 0.5).all()
    whole = table[(table.scope == "all") & (table.market == "all") & (table["sample"] == "all")]
    assert len(whole) == 2
    for row in whole.itertuples():
        assert row.p_low_left_out <= row.p_joint_two_sided <= row.p_high_left_out
        assert row.low_month_out <= row.estimate <= row.high_month_out
        # the tariffs of April 2025 carry it
        assert row.month_left_out == "2025-04"


def test_every_reaction_has_its_scale_interval_and_count(store):
    table = store.placebo
    np.testing.assert_allclose(table.statistic * table.scale, table.estimate)
    np.testing.assert_allclose(table.high - table.low, 2 * table.scale * table.q)
    assert (table.k == np.floor((table.n + 1) / 20)).all()
    np.testing.assert_allclose(table.p_value, (1 + table.n_beyond) / (table.n + 1))
    out = table.p_value <= 0.05
    assert (out == (table.n_beyond + 1 <= (table.n + 1) / 20)).all()
    assert (out == ((table.low > 0) | (table.high < 0))).all()
    assert (table.bound.isna() == out).all()


def test_the_interval_of_nvidia_on_15_july_2025(store, printed):
    """METHODS section 7: k = 16 of 336, q 2.18, +1.6 % to +7.8 %; one ordinary day less since."""
    for study, n in ((printed, 336), (store, 335)):
        table = study.placebo[~study.placebo.candidate.astype(bool)].set_index(
            ["event_id", "market", "window", "model"]
        )
        row = table.loc["nvidia-h20-resumption-2025-07-14", "NVDA", "[0,0]", "market_model"]
        assert (row.k, row.n) == (16, n)
        assert row.q == pytest.approx(2.18, abs=0.005)
        assert (row.low, row.high) == pytest.approx((0.016, 0.078), abs=0.0005)


def test_a_reaction_that_lacks_days_is_partial_and_says_how_many(store, market_data, panel):
    mine = int(main_rows(panel, 0, [event.id for event in market_data.events])[5])
    holes = panel.returns.copy()
    holes[panel.row[mine] + [2, 3], 0] = np.nan
    result = estimate(replace(panel, returns=holes), market_data.run.study)
    table = reaction_table(market_data, result).set_index(["event_id", "market"])
    row = table.loc[(panel.event_id[mine], panel.securities[0])]
    assert row["status"] == "partial"
    assert "on 14 of the 16 days" in row["reason"]
    tests = event_tests({"market_model": result}, store.placebo, {panel.event_id[mine]})
    one = (tests["market"] == panel.securities[0]) & (tests["event_id"] == panel.event_id[mine])
    at = tests[one & tests["test"].isin(["ar_t", "car_t"])].set_index("window")
    assert at.loc["[0,5]", "n_left_out"] == 1
    assert np.isnan(at.loc["[0,5]", "estimate"])
    assert (at.loc["[0,0]", "n_left_out"], at.loc["[0,0]", "n_partial"]) == (0, 0)
    assert at["assumes"].str.contains("varies as estimation days do").all()


def test_every_pooled_row_says_what_it_assumes_and_what_it_left_out(store):
    for table in (store.tests, store.pooled, store.directions):
        assert (table["assumes"] != "").all()
        assert (table["n_left_out"] >= 0).all()
    battery = store.tests[store.tests["test"].isin(TESTS)]
    assert battery["assumes"].tolist() == [TESTS[name].assumes for name in battery["test"]]
    clashes = store.directions["n_clashes"]
    assert (store.directions["n_left_out"] >= clashes).all()
    both = store.pooled[store.pooled["sample"] == "all"].merge(
        store.directions, on=["scope", "market", "model"]
    )
    assert both["n_left_out_x"].tolist() == both["n_left_out_y"].tolist()
