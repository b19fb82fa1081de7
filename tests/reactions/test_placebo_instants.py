"""Placebo instants on the founding calendar: the mapping, and what is admissible."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.reactions.instants import placebo_instants
from analysis.reactions.together import day_zero


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
        used = market_data.sessions[market].session[np.unique(instants.row[..., j])]
        assert not catalogued & set(used)


def test_days_are_quiet_weekdays_with_a_full_window(instants):
    assert np.is_busday(instants.day).all()
    # 130 sessions after the first price; the last day has a day 0 in every market before the end
    assert instants.day[0] > np.datetime64("2024-07-10")
    assert instants.day[-1] <= np.datetime64("2025-12-31")
    assert 280 < len(instants.day) < 330
    # tariffs came after the close of 2 April 2025, moved prices on 3 April, and on 4 April Taipei
    # was shut: an instant on the evening of the 3rd would find 7 April, a catalogued day 0, there
    assert np.datetime64("2025-04-03") not in instants.day


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
