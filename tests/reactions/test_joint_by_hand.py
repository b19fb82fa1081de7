"""Joint draws, families, pooled means and yardsticks against a program that shares no code."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import joint_by_hand
import numpy as np
import pytest

MODELS = ("market_model", "constant_mean")


@pytest.fixture(scope="module", params=MODELS)
def by_hand(request, store):
    """The model, its catalogue, and the z of every reaction in every draw."""
    found = joint_by_hand.Catalogue(store.folder, request.param)
    return request.param, found, found.drawn()


def test_it_shares_no_code_with_the_package():
    text = Path(joint_by_hand.__file__).read_text("utf-8")
    assert not re.search(r"^\s*(from|import) analysis|import_module", text, re.MULTILINE)


def test_family_wise_p_values(by_hand, store):
    model, found, drawn = by_hand
    rows = store.family[store.family.model == model].drop_duplicates(["market", "day0"])
    rows = rows.set_index(["market", "day0"]).loc[[cell[:2] for cell in found.cells]]
    single, joint = joint_by_hand.step_down(found.observed, drawn)
    assert len(rows) == rows.n_family.iloc[0]
    np.testing.assert_allclose(rows.p_single, single, rtol=0, atol=1e-12)
    np.testing.assert_allclose(rows.p_stepdown, joint, rtol=0, atol=1e-12)
    assert rows.share_blank.iloc[0] == pytest.approx(np.isnan(drawn).mean(), abs=1e-12)


def test_the_omnibus_of_every_scope_and_market(by_hand, store, seeds):
    model, found, drawn = by_hand
    scopes = {"all": set(found.events)}
    for event in seeds.events:
        scopes.setdefault(f"category:{event.category}", set()).add(event.id)
        for mention in event.articles:
            scopes.setdefault(f"article:{mention.file}", set()).add(event.id)
    rows = store.omnibus[store.omnibus.model == model].set_index(["scope", "market"])
    checked = 0
    for scope, market in product(scopes, ["all", *joint_by_hand.MARKETS]):
        use = [(market in ("all", m)) and not scopes[scope].isdisjoint(found.events[i] for i in ids)
               for m, _, ids in found.cells]  # fmt: skip
        if any(use):
            mean, usual, p = joint_by_hand.mean_size(found.observed[use], drawn[:, use])
            row = rows.loc[scope, market]
            assert (row.statistic, row.placebo_mean, row.p_value) == pytest.approx(
                (mean, usual, p), abs=1e-9
            ), (scope, market)
            assert row.n_reactions == sum(use)
            checked += 1
    assert checked == len(rows)


def test_pooled_p_of_every_market(by_hand, store, seeds):
    model, found, drawn = by_hand
    implied = {"up": 1, "down": -1}
    rows = store.pooled[(store.pooled.model == model) & (store.pooled["sample"] == "all")]
    rows = rows[rows.scope == "all"].set_index("market")
    signs = []
    for market, _, ids in found.cells:
        said = {seeds.event(found.events[i]).expected_direction.get(market) for i in ids}
        said = {implied[one] for one in said if one in implied}
        signs.append(said.pop() if len(said) == 1 else 0)
    signs = np.array(signs)
    for market in ("all", *joint_by_hand.MARKETS):
        use = np.array([market in ("all", m) for m, _, _ in found.cells]) & (signs != 0)
        p = joint_by_hand.signed_sum(found.observed[use], signs[use], drawn[:, use])
        assert rows.p_joint_two_sided[market] == pytest.approx(p, abs=1e-12), market
        assert rows.n_sessions[market] == use.sum()
        mean = (found.observed[use] * signs[use]).mean()
        assert rows.statistic[market] == pytest.approx(mean, abs=1e-9)


def test_every_yardstick(store):
    table = store.table("yardsticks")
    table = table.assign(benchmark=table.benchmark.fillna(""))
    for (market, benchmark), part in table.groupby(["market", "benchmark"]):
        found = joint_by_hand.yardstick(store.folder, market, benchmark)
        for row in part.itertuples():
            truth = found[row.day0]
            for name, value in truth.items():
                assert getattr(row, name) == pytest.approx(value, abs=1e-9), (row.event_id, name)
    assert set(table.benchmark) == {"", "^GSPC", "^SOX"}


def test_a_tiny_family_by_enumeration():
    """Two reactions, two draws of which the first lacks one: counted on the fingers."""
    z, drawn = np.array([2.0, -1.0]), np.array([[np.nan, 1.5], [-3.0, 0.5]])
    single, joint = joint_by_hand.step_down(z, drawn)
    # 2: one draw has it, beyond: (1 + 1)/2; 1: 1.5 of two draws is beyond: (1 + 1)/3, raised to 1
    assert single.tolist() == [1.0, pytest.approx(2 / 3)]
    assert joint.tolist() == [1.0, 1.0]
    # means 1 against 1.5, and 1.5 against 1.75: both beyond
    assert joint_by_hand.mean_size(z, drawn) == (1.5, pytest.approx(1.625), 1.0)
