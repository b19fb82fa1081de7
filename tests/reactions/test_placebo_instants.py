"""Placebo instants on the founding calendar: the mapping, and what is admissible."""

from __future__ import annotations

import numpy as np
import pytest
from placebo_draws import placebo_positions

from analysis.reactions.day_zero import day_zero
from analysis.reactions.instants import placebo_instants


@pytest.fixture(scope="module")
def instants(market_data, panel):
    days = day_zero(market_data, panel, "market_model")
    return placebo_instants(
        market_data, market_data.events, {m: d.admissible for m, d in days.items()}
    )


def test_an_event_moved_to_its_own_day_finds_its_own_day_zero(market_data):
    everything = {
        m.symbol: np.ones(len(market_data.sessions[m.symbol].session), dtype=bool)
        for m in market_data.markets
    }
    found = placebo_instants(market_data, market_data.events, everything)
    day0 = {(r.event_id, r.market): r.day0 for r in market_data.reactions}
    monday = np.datetime64("1970-01-01", "D")
    for i, event_id in enumerate(found.event_ids):
        day = np.busday_offset(monday, found.position[i], roll="forward")
        at = int(np.flatnonzero(found.day == day)[0])
        for j, market in enumerate(found.markets):
            session = market_data.sessions[market].session[found.row[i, at, j]]
            assert session == np.datetime64(day0[event_id, market]), (event_id, market)


def test_no_placebo_day_zero_is_a_catalogued_one(market_data, instants):
    for j, market in enumerate(instants.markets):
        catalogued = {np.datetime64(r.day0) for r in market_data.reactions_of(market) if r.day0}
        row = np.unique(instants.row[..., j])
        used = market_data.sessions[market].session[row[row >= 0]]
        assert not catalogued & set(used)


def test_days_are_weekdays_of_the_whole_calendar(market_data, instants):
    first = min(market_data.sessions[m].session[0] for m in instants.markets)
    last = max(market_data.sessions[m].session[-1] for m in instants.markets)
    assert np.is_busday(instants.day).all()
    assert (instants.day[0], instants.day[-1]) == (first, last)
    assert len(instants.day) == np.busday_count(first, last) + 1


def test_a_day_that_one_market_cannot_use_is_kept_for_the_others(market_data, instants):
    """Dropping it left the calmer days only: 106 of 127 single p-values were too small."""
    # tariffs came after the close of 2 April 2025 and moved prices on 3 April; on 4 April Taipei
    # was shut: an instant on the evening of the 3rd finds 7 April, a catalogued day 0, there
    evening = next(i for i, e in enumerate(market_data.events) if "liberation-day" in e.id)
    row = instants.row[evening, np.flatnonzero(instants.day == np.datetime64("2025-04-03"))[0]]
    places = dict(zip(instants.markets, row, strict=True))
    assert places["^TWII"] == -1
    assert str(market_data.sessions["NVDA"].session[places["NVDA"]]) == "2025-04-04"
    blank = (instants.row < 0).all(axis=0)
    assert (blank.any(axis=1) & ~blank.all(axis=1)).sum() > 20


def test_draws_leave_at_most_half_of_the_reactions_blank(instants):
    drawn = instants.draw(300, np.random.default_rng(0))
    share = instants.blank_share(drawn)
    assert share.max() <= 0.5
    event, market = np.nonzero(instants.cell)
    counted = [np.mean(instants.row[event, draw[event], market] < 0) for draw in drawn[:20]]
    np.testing.assert_allclose(share[:20], counted)
    once = placebo_positions(
        instants.position, len(instants.day), n_draws=300, rng=np.random.default_rng(0)
    )
    assert (instants.blank_share(once) > 0.5).any()  # some had to be drawn again


def test_draws_are_judged_by_their_blocks_as_they_are_by_their_events(instants):
    """Every round laid out every event: 1,000 events took 200 s and more."""
    rng = np.random.default_rng(3)
    drawn = placebo_positions(instants.position, len(instants.day), n_draws=300, rng=rng)
    while len(again := np.flatnonzero(instants.blank_share(drawn) > 0.5)):
        drawn[again] = placebo_positions(
            instants.position, len(instants.day), n_draws=len(again), rng=rng
        )
    np.testing.assert_array_equal(instants.draw(300, np.random.default_rng(3)), drawn)


def test_a_short_history_is_drawn_from_its_usable_end(market_data):
    """With 120 days of estimation a history of 180 sessions is blank for two thirds."""
    late = {}
    for m in market_data.markets:
        may = np.zeros(len(market_data.sessions[m.symbol].session), dtype=bool)
        may[-60:] = True
        late[m.symbol] = may
    found = placebo_instants(market_data, market_data.events, late)
    assert len(found.day) < 100
    assert found.blank_share(found.draw(50, np.random.default_rng(1))).max() <= 0.5


def test_weekend_news_counts_as_monday_midnight(market_data):
    event = next(e for e in market_data.events if e.id == "geneva-talks-progress-2025-05-11")
    assert event.announced_at.strftime("%a") == "Sun"
    everything = {
        m.symbol: np.ones(len(market_data.sessions[m.symbol].session), dtype=bool)
        for m in market_data.markets
    }
    found = placebo_instants(market_data, [event], everything)
    at = int(np.flatnonzero(found.day == np.datetime64("2025-05-14"))[0])  # a Wednesday
    sessions = [
        str(market_data.sessions[market].session[found.row[0, at, j]])
        for j, market in enumerate(found.markets)
    ]
    # midnight UTC on Wednesday: every market closes on Wednesday next
    assert sessions == ["2025-05-14"] * 4
