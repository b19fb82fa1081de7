"""Placebo inference: ranks counted by hand, and its size where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.engine.inference.placebo import (
    PlaceboSample,
    admissible,
    detectable,
    place,
    share_beyond,
)


def sample(scaled, *, span=None, holds_event=None, raw=None, scale=0.01):
    scaled = np.asarray(scaled, float)
    n = len(scaled)
    return PlaceboSample(
        row=np.arange(100, 100 + n),
        scaled=scaled,
        raw=scaled if raw is None else np.asarray(raw, float),
        scale=np.full(n, scale),
        total=scaled * scale,
        span=np.ones(n, int) if span is None else np.asarray(span),
        holds_event=np.zeros(n, bool) if holds_event is None else np.asarray(holds_event),
    )


def test_p_counts_ties_and_the_observation_itself():
    # |placebo| = 1, 2, 2, 3; two ties and one larger: (1 + 3) / (4 + 1)
    assert share_beyond(2.0, np.array([1.0, 2.0, 2.0, 3.0])) == pytest.approx(4 / 5)


def test_place_by_hand():
    # event at position 0 with z = 2; placebo z = -3, 1, 0.5, -0.5 -> |.| >= 2 once
    found = place(sample([2, -3, 1, 0.5, -0.5], holds_event=[True, *[False] * 4]), 0)
    assert found.n == 4
    assert found.p_value == pytest.approx(2 / 5)
    assert found.p_up == pytest.approx(1 / 5)  # none is as large
    assert found.p_down == 1.0  # all are as small
    assert found.p_twice_tail == pytest.approx(2 / 5)
    assert found.floor == pytest.approx(1 / 5)
    assert found.p_implied("up") == found.p_up
    assert np.isnan(found.p_implied("none"))


def test_the_interval_holds_every_effect_the_test_does_not_reject():
    """n = 39: k = floor(.05 x 40) = 2; |placebo| 39, 38, ...: q = 38, in units of .01."""
    placebo = [(-1) ** i * i for i in range(1, 40)]
    found = place(sample([50, *placebo], holds_event=[True, *[False] * 39]), 0)
    assert (found.k, found.q, found.n_beyond) == (2, 38.0, 0)
    assert found.interval == pytest.approx((0.12, 0.88))
    assert np.isnan(found.bound)
    # an effect is rejected where the reaction less it is: by counting, at both ends
    for effect, kept in ((0.1199, False), (0.1201, True), (0.8799, True), (0.8801, False)):
        moved = place(sample([50 - effect * 100, *placebo], holds_event=[True, *[False] * 39]), 0)
        assert (moved.p_value > 0.05) == kept


def test_an_interval_that_holds_zero_bounds_the_effect_by_its_larger_end():
    placebo = [(-1) ** i * i for i in range(1, 40)]
    found = place(sample([-10, *placebo], holds_event=[True, *[False] * 39]), 0)
    assert found.interval == pytest.approx((-0.48, 0.28))
    assert found.bound == pytest.approx(0.48)
    assert found.n_beyond == 30


def test_with_fewer_than_nineteen_days_there_is_no_interval():
    found = place(sample([9, *[1] * 18], holds_event=[True, *[False] * 18]), 0)
    assert found.k == 0
    assert np.isnan(found.interval).all()


def test_sessions_of_catalogued_events_are_left_out_but_counted_in_p_all():
    base = sample([2, 5, 1, 1, 1], holds_event=[True, True, False, False, False])
    found = place(base, 0)
    assert found.n == 3
    assert found.p_value == pytest.approx(1 / 4)
    assert found.p_all == pytest.approx(2 / 5)  # the other event, z = 5, counts here


def test_few_sessions_of_the_same_span_pool_all_spans_divided_by_its_root():
    span = [2] + [1] * 30 + [2] * 18
    base = sample(np.linspace(-3, 3, 49), span=span, holds_event=[True] + [False] * 48)
    chosen, pooled = admissible(base, 0)
    assert pooled
    assert chosen.sum() == 48
    assert place(base, 0).statistic == pytest.approx(-3 / np.sqrt(2))


def test_nineteen_sessions_of_the_same_span_are_enough():
    span = [2] + [1] * 30 + [2] * 19
    chosen, pooled = admissible(
        sample(np.zeros(50), span=span, holds_event=[True] + [False] * 49), 0
    )
    assert not pooled
    assert chosen.sum() == 19


def test_no_placebo_session_is_said():
    with pytest.raises(ValueError, match="no placebo session"):
        place(sample([1.0], holds_event=[True]), 0)


def test_detectable_effect_by_hand():
    # 99 values -0.49 .. 0.49: m = floor(.05 * 100) = 5, so the critical value is the fifth largest
    # |z| = 0.47 (0.49 and 0.48 occur twice); z + d > 0.47 for 80 of 99 needs d > 0.47 - (-0.30).
    values = np.arange(-49, 50) / 100
    assert detectable(values) == pytest.approx(0.77, abs=1e-9)


def test_detectable_effect_of_a_normal_sample_is_near_the_shortcut():
    values = np.random.default_rng(1).standard_normal(20_000)
    assert detectable(values) == pytest.approx(1.96 + 0.8416, abs=0.05)


def test_too_few_placebo_days_can_never_reject():
    assert detectable(np.zeros(18)) == float("inf")


def test_size_is_nominal_for_exchangeable_statistics():
    # 2,000 events drawn like their 199 placebo days; binomial s.e. of .05 is .0049
    rng = np.random.default_rng(7)
    draws = np.abs(rng.standard_t(3, size=(2_000, 200)))
    p = (1 + (draws[:, 1:] >= draws[:, :1]).sum(axis=1)) / 200
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=3 * 0.0049)


def test_detectable_effect_is_found_four_times_in_five():
    rng = np.random.default_rng(3)
    placebo = rng.standard_t(4, 400)
    effect = detectable(placebo)
    events = rng.standard_t(4, 4_000) + effect
    found = [share_beyond(abs(z), np.abs(placebo)) <= 0.05 for z in events]
    assert np.mean(found) == pytest.approx(0.8, abs=0.05)
