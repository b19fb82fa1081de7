"""Reactions together, on the founding prices: against pandas and by dated facts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

MARKETS = {"NVDA", "^N225", "^TWII", "^HSI"}


@pytest.fixture(scope="module")
def closes(workspace):
    frame = pd.read_csv(workspace.data / "closes.csv", index_col="date", parse_dates=True)
    return {name: frame[name].dropna() for name in frame}


def _row(store, a, b, kind):
    table = store.correlations
    return table[(table.market_a == a) & (table.market_b == b) & (table.kind == kind)].iloc[0]


def test_one_row_per_pair_and_kind(store):
    table = store.correlations
    assert len(table) == 6 * 4
    assert not table.duplicated(["market_a", "market_b", "kind"]).any()
    assert set(table.market_a) | set(table.market_b) == MARKETS


@pytest.mark.parametrize(("kind", "column", "model"), [
    ("reaction", "sar", "market_model"), ("reaction_total", "sar", "constant_mean"),
])  # fmt: skip
@pytest.mark.parametrize(("a", "b"), [("NVDA", "^N225"), ("^TWII", "^HSI")])
def test_reactions_are_those_of_the_store_over_distinct_pairs(store, kind, column, model, a, b):
    day = store.abnormal_returns
    day = day[(day.model == model) & (day.event_day == 0) & ~day.candidate.astype(bool)]
    both = day[day.market == a].merge(day[day.market == b], on="event_id")
    both = both.drop_duplicates(["day0_x", "day0_y"])
    row = _row(store, a, b, kind)
    assert row.n == len(both)
    x, y = both[f"{column}_x"], both[f"{column}_y"]
    assert row.pearson == pytest.approx(x.corr(y), abs=1e-9)
    assert row.spearman == pytest.approx(x.corr(y, method="spearman"), abs=1e-9)
    assert row.share_same_sign == pytest.approx((np.sign(x) == np.sign(y)).mean())


def test_clock_and_calendar_pair_different_returns(store, closes):
    """New York closes after Tokyo: the clock pairs Nvidia with the *next* Tokyo session."""
    nikkei, nvda = closes["^N225"], closes["NVDA"]
    before = np.searchsorted(nvda.index, nikkei.index, side="left") - 1  # last NY date before
    news = store.reactions.groupby("market").day0.agg(set)
    x, y = [], []
    for s in range(1, len(nikkei)):
        first, last = before[s - 1], before[s]
        held = {str(d.date()) for d in nvda.index[first + 1 : last + 1]} & news["NVDA"]
        if first < 0 or last == first or held or str(nikkei.index[s].date()) in news["^N225"]:
            continue
        x.append(nvda.iloc[last] / nvda.iloc[first] - 1)
        y.append(nikkei.iloc[s] / nikkei.iloc[s - 1] - 1)
    row = _row(store, "NVDA", "^N225", "normal_clock")
    assert row.leader == "NVDA"
    assert row.n == len(x)
    assert row.pearson == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)
    naive = _row(store, "NVDA", "^N225", "normal_same_date")
    assert row.pearson > naive.pearson + 0.1
    assert row.low < row.pearson < row.high


def test_placebo_distribution_is_printed_with_its_p(store):
    table = store.correlations
    reactions = table[table.kind.str.startswith("reaction")]
    assert (reactions.placebo_low < reactions.placebo_median).all()
    assert (reactions.placebo_median < reactions.placebo_high).all()
    outside = (reactions.pearson < reactions.placebo_low) | (
        reactions.pearson > reactions.placebo_high
    )
    # p holds each draw against the pairs that are not blank in it, the range does not
    assert outside[reactions.p_placebo <= 0.05].all()
    assert (reactions.n_draws == 5000).all()
    normal = table[table.kind.str.startswith("normal")]
    assert normal.p_placebo.isna().all()


def test_shown_draws_belong_to_the_printed_range(store):
    shown = store.placebo_correlations
    for (a, b, kind), draws in shown.groupby(["market_a", "market_b", "kind"]):
        row = _row(store, a, b, kind)
        inside = draws.pearson.between(row.placebo_low, row.placebo_high).mean()
        assert 0.92 < inside < 0.98


def test_pairs_are_labelled_and_distinct(store):
    pairs = store.reaction_pairs
    assert not pairs.duplicated(["market_a", "market_b", "model", "day0_a", "day0_b"]).any()
    # the three reports around the call of 24 November 2025 are one observation
    call = pairs[pairs.event_ids.str.contains("^|;xi-trump-call-2025-11-24", regex=True)]
    call = call[call.event_ids.str.contains("xi-trump-call-2025-11-24")]
    assert len(call) == 6 * 2
    assert call.event_ids.str.contains("lutnick-h200-on-trumps-desk-2025-11-24").all()
    # that call came on a Monday before New York opened: Tokyo, shut that day, moved on the 25th
    tokyo = call[(call.market_a == "NVDA") & (call.market_b == "^N225")].iloc[0]
    assert (tokyo.day0_a, tokyo.day0_b) == ("2025-11-24", "2025-11-25")


def test_placebo_days_hold_every_session_with_a_full_window(store):
    days = store.placebo_days
    assert not days.duplicated(["market", "model", "session"]).any()
    event = store.reactions.groupby("market").day0.agg(set)
    for (market, _), part in days.groupby(["market", "model"]):
        assert set(part[part.holds_event].session) == event[market] & set(part.session)
        assert len(part) > 340


def _mean_correlation(store, model, without=()):
    """The mean over pairs of markets, from the printed pairs alone."""
    pairs = store.reaction_pairs[store.reaction_pairs.model == model]
    kept = pairs[~pairs.event_ids.str.split(";").map(lambda ids: any(i in without for i in ids))]
    return np.mean([p.sar_a.corr(p.sar_b) for _, p in kept.groupby(["market_a", "market_b"])])


def test_the_headline_is_the_mean_of_the_pairs(store, printed):
    """METHODS section 8: .64 in total, of scaled reactions."""
    before = printed.together.set_index("kind").mean_correlation
    assert before["reaction_total"] == pytest.approx(0.64, abs=0.005)
    table = store.together.set_index("kind")
    for kind, model in (("reaction_total", "constant_mean"), ("reaction", "market_model")):
        row = table.loc[kind]
        assert row.mean_correlation == pytest.approx(_mean_correlation(store, model), abs=1e-9)
        assert row.placebo_low < row.placebo_median < row.placebo_high
        assert row.low_left_out <= row.mean_correlation <= row.high_left_out
        assert row.p_low_month_out <= row.p_placebo <= row.p_high_month_out
        assert row.n_market_pairs == 6
    assert table.month_left_out["reaction_total"] == "2025-04"


def test_leaving_out_april_leaves_out_every_event_of_april(store, seeds):
    april = {e.id for e in seeds.events if e.announced_at.strftime("%Y-%m") == "2025-04"}
    row = store.together.set_index("kind").loc["reaction_total"]
    without = _mean_correlation(store, "constant_mean", april)
    assert row.low_month_out == pytest.approx(without, abs=0.02)  # a pair keeps later events
