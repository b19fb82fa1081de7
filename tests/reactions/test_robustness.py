"""Specification curves and the overlap audit on the founding prices."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.reactions.robustness import curve_table, curve_tests, market_curves, overlap_audit

EVENT = "nvidia-h20-resumption-2025-07-14"


@pytest.fixture(scope="module")
def curves(market_data):
    return market_curves(
        market_data,
        {"^GSPC": market_data.sessions["^GSPC"]},
        lengths=(60, 120),
        gaps=(10,),
        models=("constant_mean", "market_adjusted", "market_model", "dimson"),
        return_kinds=("simple", "log"),
    )


def test_the_main_specification_is_the_study(market_data, curves, store):
    table = curve_table(market_data, curves, EVENT)
    main = table[
        (table.model == "market_model") & (table.length == 120) & (table.return_kind == "simple")
    ].set_index("market")
    placebo = store.placebo[
        (store.placebo.event_id == EVENT) & (store.placebo.window == "[0,0]")
        & (store.placebo.model == "market_model")
    ].set_index("market")  # fmt: skip
    np.testing.assert_allclose(main.estimate, placebo.estimate.reindex(main.index), atol=1e-12)
    np.testing.assert_allclose(main.statistic, placebo.statistic.reindex(main.index), rtol=1e-9)


def test_every_choice_is_run_once(market_data, curves):
    table = curve_table(market_data, curves, EVENT)
    keys = ["market", "estimand", "day0", "model", "length", "gap", "return_kind", "benchmark"]
    assert not table.duplicated(keys).any()
    assert len(table) == 4 * (2 * 2 + 3 * 2 * 2)


def test_candidates_are_carried_through(market_data, curves):
    event = "liberation-day-tariffs-2025-04-02"  # 20:00 UTC, at the close of New York
    table = curve_table(market_data, curves, event)
    nvda = table[table.market == "NVDA"]
    assert set(nvda.day0) == {"2025-04-02", "2025-04-03"}
    assert set(nvda[nvda.candidate].day0) == {"2025-04-02"}


def test_curve_tests_say_what_survives(market_data, curves):
    found = curve_tests(market_data, curves, [EVENT], [(0, 0)]).set_index(["market", "estimand"])
    nvda = found.loc[("NVDA", "beyond the benchmark")]
    assert nvda.low <= nvda["median"] <= nvda.high
    assert nvda.share_sign == 1.0
    assert nvda.n_specifications == 12
    assert nvda.n_placebo > 200
    assert nvda.p_median < 0.05
    assert found.loc[("^N225", "total reaction")].p_median > 0.2


def test_audit_counts_who_contaminates_whom(market_data):
    audit = overlap_audit(market_data, window=(0, 1))
    assert len(audit) == 52 * 4
    tokyo = audit[(audit.market == "^N225") & (audit.event_id == "xi-trump-call-2025-11-24")]
    row = tokyo.iloc[0]
    assert row.day0 == "2025-11-25"
    # Tokyo was shut on the 24th: the reports of the 21st moved it on the 25th too
    assert "h200-sales-considered-2025-11-21" in row.same_day0.split(";")
    first = audit[(audit.market == "NVDA") & (audit.event_id == "trump-xi-call-2025-01-17")].iloc[0]
    assert (first.n_in_estimation, first.n_same_day0) == (0, 0)
    # shared day 0s are mutual
    pairs = {(r.market, r.event_id, o) for r in audit.itertuples() for o in r.same_day0.split(";")}
    assert all((m, b, a) in pairs for m, a, b in pairs if b)
    assert (audit.n_in_estimation >= audit.n_dates_in_estimation).all()
