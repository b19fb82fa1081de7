"""Codes of claims: an effect needs an unusual day, a plain price fact does not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.reactions.claim_codes import with_codes
from analysis.seeds.claims import judge_all


def test_codes_of_the_founding_claims(store):
    table = store.claims.set_index("claim_id")
    assert set(table.code) == {"supported", "contradicted", "undistinguished", "undecided"}
    for claim, code in (
        ("hscei-gains", "supported"),  # a price fact: the sign is enough
        ("taiwan-2", "undecided"),  # up, but the close says 2.7 %: of the morning there is no price
        ("us-futures-up", "supported"),  # by bars: +0.8 % in the hour of the statement
        ("call-sparks-gains", "undecided"),  # by bars: only before the bell
        ("thaw-h20", "undistinguished"),  # +4 % on 15 July, in total an ordinary day (p .056)
        ("no-chip-deal", "undistinguished"),
        ("h200-major-win", "contradicted"),
    ):
        assert table.code[claim] == code, claim


def test_the_p_of_an_effect_is_the_largest_of_its_days(store):
    table = store.claims.set_index("claim_id")
    placebo = store.placebo[
        (store.placebo.model == "constant_mean") & (store.placebo.window == "[0,0]")
    ]
    day = placebo[(placebo.day0 == "2025-07-15") & ~placebo.candidate.astype(bool)]
    assert len(set(day.market)) == 4
    assert table.p_effect["thaw-h20"] == pytest.approx(day.groupby("market").p_value.first().max())
    assert table.p_effect.notna().sum() == 3


def test_an_effect_on_an_unusual_day_is_supported(store, seeds, market_data):
    """Tokyo fell on 3 April 2025, and Taipei on 7 April, as on few other days."""
    thaw = next(c for c in seeds.claims if c.id == "thaw-h20")
    check = replace(thaw.checks[3], direction="down")
    fell = replace(
        check, from_=check.from_.replace(month=4, day=2), to=check.to.replace(month=4, day=7)
    )
    claim = replace(thaw, checks=(fell,))
    closes = _closes(market_data)
    found = with_codes(judge_all([claim], closes), [claim], market_data, store.placebo_days)
    assert (found.code[0], found.p_effect[0] < 0.05) == ("supported", True)
    rose = replace(claim, checks=(replace(fell, direction="up"),))
    found = with_codes(judge_all([rose], closes), [rose], market_data, store.placebo_days)
    assert found.code[0] == "contradicted"


def test_a_claim_over_several_sessions_is_undecided_as_an_effect(store, seeds, market_data):
    thaw = next(c for c in seeds.claims if c.id == "thaw-h20")
    longer = replace(thaw.checks[0], from_=thaw.checks[0].from_.replace(day=1))
    claim = replace(thaw, checks=(longer,))
    judged = judge_all([claim], _closes(market_data))
    assert with_codes(judged, [claim], market_data, store.placebo_days).code[0] == "undecided"
    plain = replace(claim, asserts="price")
    assert with_codes(judged, [plain], market_data, store.placebo_days).code[0] == "supported"


def _closes(market_data):
    return pd.DataFrame(
        {
            name: pd.Series(s.price, index=pd.DatetimeIndex(s.session))
            for name, s in market_data.sessions.items()
        }
    )
