"""Joint placebo draws and family-wise p-values, against hand-worked cases and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from placebo_draws import placebo_positions

from analysis.engine.inference.joint_placebo import blocks, family_p, omnibus
from analysis.errors import InputError


def test_blocks_are_runs_of_neighbouring_days():
    # 3 and 4 lie together; 30 and 34 do at a gap of 5; the order of the input does not matter
    assert blocks([30, 3, 4, 34, 60], 5).tolist() == [1, 0, 0, 1, 2]
    assert blocks([30, 3, 4, 34, 60], 3).tolist() == [1, 0, 0, 2, 3]


@pytest.mark.parametrize("block_gap", [5, 0, None])
def test_draws_keep_spacing_within_blocks_and_do_not_overlap(block_gap):
    position = np.array([100, 101, 104, 130, 131, 160])
    drawn = placebo_positions(
        position, 90, n_draws=500, rng=np.random.default_rng(1), block_gap=block_gap
    )
    assert drawn.shape == (500, 6)
    assert drawn.min() >= 0
    assert drawn.max() < 90
    together = [(0, 1, 1), (0, 2, 4), (3, 4, 1)] if block_gap != 0 else []
    together += [(0, 5, 60)] if block_gap is None else []
    for i, j, days in together:
        assert ((drawn[:, j] - drawn[:, i]) % 90 == days).all()
    assert all(len(set(row)) == 6 for row in drawn.tolist())


def test_every_event_is_uniform_on_the_circle():
    drawn = placebo_positions(
        [0, 1, 40, 42, 90], 60, n_draws=30_000, rng=np.random.default_rng(2), block_gap=5
    )
    for column in drawn.T:
        counts = np.bincount(column, minlength=60)
        # 500 expected; 5 standard deviations of a binomial count
        assert np.abs(counts - 500).max() < 5 * np.sqrt(500)


def test_blocks_that_do_not_fit_move_as_one():
    drawn = placebo_positions([0, 20, 40], 15, n_draws=50, rng=np.random.default_rng(0))
    fits = placebo_positions([0, 20, 40], 3, n_draws=50, rng=np.random.default_rng(0))
    assert all(len(set(row)) == 3 for row in drawn.tolist())
    assert all(len(set(row)) == 3 for row in fits.tolist())
    one = placebo_positions([0, 1, 20, 40], 3, n_draws=50, rng=np.random.default_rng(0))
    assert ((one[:, 1] - one[:, 0]) % 3 == 1).all()
    assert ((one[:, 3] - one[:, 0]) % 3 == 40 % 3).all()


def test_draws_are_the_same_for_the_same_seed():
    first, second = (
        placebo_positions([1, 5, 40], 80, n_draws=20, rng=np.random.default_rng(7))
        for _ in range(2)
    )
    assert (first == second).all()


@pytest.mark.parametrize(
    ("n_days", "n_draws", "name"), [(0, 5, "n_days"), (10, 0, "n_draws"), (-1, 5, "n_days")]
)
def test_refuses_empty_axes(n_days, n_draws, name):
    with pytest.raises(InputError, match=rf"`{name}` received as .*1 or more"):
        placebo_positions([1], n_days, n_draws=n_draws, rng=np.random.default_rng(0))


def test_family_by_hand():
    # |draws|: rows (1, 4), (3, 1), (2, 2); observed 3.5 and 1.5.
    draws = np.array([[1.0, -4.0], [3.0, 1.0], [-2.0, 2.0]])
    found = family_p([-3.5, 1.5], draws)
    # alone: 3.5 against 1, 3, 2 -> 1/4; 1.5 against 4, 1, 2 -> 3/4
    assert found.p_single.tolist() == [0.25, 0.75]
    # maxima 4, 3, 2: one is >= 3.5, three are >= 1.5
    assert found.p_max.tolist() == [0.5, 1.0]
    # step-down: the second is held against its own column only: 4, 1, 2 -> 3/4
    assert found.p_stepdown.tolist() == [0.5, 0.75]
    assert found.maximum.tolist() == [4.0, 3.0, 2.0]


def test_family_with_blanks_by_hand():
    # |draws| of three statistics; observed 3.5, 1.5, 1.0
    draws = np.array([[np.nan, -4.0, 1.0], [3.0, 1.0, np.nan], [-4.0, 2.0, 0.5]])
    found = family_p([-3.5, 1.5, 1.0], draws)
    # 3.5 is held against draws 2 and 3 only: beyond in the third -> (1 + 1)/(2 + 1)
    assert found.p_single.tolist() == pytest.approx([2 / 3, 3 / 4, 2 / 3])
    # 3.5: maxima 3 (two of three there) and 4 (all there); 1.5: 4 (two of two there), 1 (one of
    # two, below), 2 -> (1 + 1 + 1)/4; 1.0: 1 and .5 in draws 1 and 3 -> 2/3, raised to 3/4
    assert found.p_stepdown.tolist() == pytest.approx([2 / 3, 3 / 4, 3 / 4])
    # single step for 1.5: 4 counts 3/2, 3 counts 3/2, 4 counts 1 -> at most 1
    assert found.p_max.tolist() == pytest.approx([2 / 3, 1.0, 1.0])
    assert found.share_blank == pytest.approx(2 / 9)


def test_a_statistic_without_any_draw_has_no_p_and_leaves_the_others_alone():
    draws = np.array([[1.0, np.nan, 2.0], [3.0, np.nan, 1.0]])
    found = family_p([2.0, 9.0, 1.5], draws)
    for name in ("p_single", "p_max", "p_stepdown"):
        both = family_p([2.0, 1.5], draws[:, [0, 2]])
        assert np.isnan(getattr(found, name)[1]), name
        assert getattr(found, name)[[0, 2]].tolist() == getattr(both, name).tolist(), name
    assert found.expected_beyond == both.expected_beyond


def test_one_strong_effect_is_found_although_cells_are_blank():
    """Held on the same cells without it, a draw that lacks the effect said nothing of it."""
    rng = np.random.default_rng(8)
    draws, observed = rng.standard_normal((999, 40)), rng.standard_normal(40)
    draws[rng.random(draws.shape) < 0.3] = np.nan
    observed[7] = 6.0
    assert family_p(observed, draws).p_stepdown[7] < 0.002


def test_family_wise_error_holds_with_blanks():
    """Three in ten cells blank, common shocks, no effect: FWER at 5 %, 1,000 families."""
    rng = np.random.default_rng(9)
    rejected = 0
    for _ in range(1000):
        draws = 0.6 * rng.standard_normal((400, 1)) + 0.8 * rng.standard_normal((400, 30))
        draws[rng.random(draws.shape) < 0.3] = np.nan
        observed = 0.6 * rng.standard_normal() + 0.8 * rng.standard_normal(30)
        rejected += family_p(observed, draws).p_stepdown.min() <= 0.05
    assert 0.02 < rejected / 1000 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1000)


def test_the_omnibus_is_held_against_draws_on_the_same_cells():
    # mean |z|: observed 2 (of 1, 3); draws: 2.5, 0.5 on the first alone, 4 on the second alone
    draws = np.array([[2.0, -3.0], [-0.5, np.nan], [np.nan, 4.0], [np.nan, np.nan]])
    found = omnibus(np.array([-1.0, 3.0]), draws)
    assert (found.statistic, found.placebo_mean) == (2.0, pytest.approx((2.5 + 0.5 + 4) / 3))
    # 2.5 against 2: beyond; .5 against 1: not; 4 against 3: beyond; all blank: no draw
    assert found.p_value == pytest.approx(3 / 4)
    assert found.share_blank == pytest.approx(4 / 8)


def test_the_omnibus_keeps_its_size_with_blanks():
    rng = np.random.default_rng(10)
    p = []
    for _ in range(500):
        draws = 0.6 * rng.standard_normal((300, 1)) + 0.8 * rng.standard_normal((300, 20))
        draws[rng.random(draws.shape) < 0.3] = np.nan
        p.append(
            omnibus(0.6 * rng.standard_normal() + 0.8 * rng.standard_normal(20), draws).p_value
        )
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 500)


def test_stepdown_is_monotone_and_never_above_single_step():
    rng = np.random.default_rng(3)
    draws, observed = rng.standard_normal((400, 30)), rng.standard_normal(30) * 2
    found = family_p(observed, draws)
    order = np.argsort(-np.abs(observed))
    assert (np.diff(found.p_stepdown[order]) >= 0).all()
    assert (found.p_stepdown <= found.p_max).all()
    assert (found.p_stepdown >= found.p_single).all()


def test_family_refuses_what_cannot_be_a_family():
    with pytest.raises(InputError, match="shape"):
        family_p([1.0, 2.0], np.ones((5, 3)))
    with pytest.raises(InputError, match="must be finite"):
        family_p([1.0, np.nan], np.ones((5, 2)))


def _garch(rng, n_sims, n_days, loading):
    """Four markets with a common GARCH(1,1) scale and a common shock."""
    scale, out = np.ones(n_sims), np.empty((n_sims, n_days, 4))
    for t in range(n_days):
        shock = loading * rng.standard_normal((n_sims, 1))
        shock = shock + np.sqrt(1 - loading**2) * rng.standard_normal((n_sims, 4))
        out[:, t] = np.sqrt(scale)[:, None] * shock
        scale = 0.05 + 0.1 * out[:, t].mean(axis=1) ** 2 * 4 + 0.55 * scale
    return out


def test_family_wise_error_holds_where_the_classical_one_fails():
    """Clustered dates, common shocks, GARCH errors, no effect: FWER at 5 %, 300 markets."""
    rng = np.random.default_rng(5)
    n_sims, n_days, events = 300, 260, np.array([0, 1, 2, 20, 21, 60, 100, 101, 140, 200])
    series = _garch(rng, n_sims, n_days + 30, 0.7)[:, 30:]
    ours = classical = 0
    for sim in series:
        standard = sim / sim.std(axis=0)
        quiet = np.delete(standard, events, axis=0)
        drawn = placebo_positions(events, len(quiet), n_draws=400, rng=rng)
        observed = standard[events].ravel()
        found = family_p(observed, quiet[drawn].reshape(400, -1))
        ours += found.p_max.min() <= 0.05
        # Bonferroni with the normal law: |z| beyond its 1 - .05/(2 x 40) point
        classical += np.abs(observed).max() > 3.227
    error = 3 * np.sqrt(0.05 * 0.95 / n_sims)
    assert abs(ours / n_sims - 0.05) < error
    assert classical / n_sims > 0.05 + error


def test_family_finds_a_known_effect():
    rng = np.random.default_rng(6)
    draws = rng.standard_normal((999, 40))
    observed = rng.standard_normal(40)
    observed[7] = 6.0
    found = family_p(observed, draws)
    assert found.p_stepdown[7] == 0.001
    assert (found.p_stepdown[np.arange(40) != 7] > 0.05).all()
