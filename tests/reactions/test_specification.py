"""The kernel of specification curves: against the engine's own path and simulated effects."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.errors import InputError
from analysis.reactions.specification import (
    Specification,
    curve_p,
    curve_test,
    every_session,
    specifications,
)

WINDOWS = [(0, 0), (0, 1), (-1, 1), (0, 5)]


def _choice(model="market_model", length=120, gap=10):
    return Specification(model=model, length=length, gap=gap, return_kind="simple", benchmark="B")


@pytest.fixture
def market():
    rng = np.random.default_rng(0)
    x = 0.01 * rng.standard_normal(300)
    y = 0.0005 + 1.2 * x + 0.015 * rng.standard_normal(300)
    y[0] = x[0] = np.nan
    return y, x


def test_agrees_with_least_squares_and_a_loop(market):
    y, x = market
    found = every_session(y, x, _choice(length=60, gap=5), WINDOWS)
    at = 200
    past = slice(at - 65, at - 5)
    slope, alpha = np.polyfit(x[past], y[past], 1)
    residual = y[past] - alpha - slope * x[past]
    sigma = np.sqrt((residual**2).sum() / 58)
    sxx = ((x[past] - x[past].mean()) ** 2).sum()
    variance = sigma**2
    for r in np.concatenate([residual, y[at - 5 : at] - alpha - slope * x[at - 5 : at]]):
        variance = 0.94 * variance + 0.06 * r**2
    for k, (start, end) in enumerate(WINDOWS):
        days = np.arange(at + start, at + end + 1)
        n = len(days)
        car = (y[days] - alpha - slope * x[days]).sum()
        se = sigma * np.sqrt(n + n**2 / 60 + (x[days] - x[past].mean()).sum() ** 2 / sxx)
        assert found.car[k, at] == pytest.approx(car, rel=1e-10)
        assert found.scar[k, at] == pytest.approx(car / se, rel=1e-10)
        assert found.scaled[k, at] == pytest.approx(car / se * sigma / np.sqrt(variance), rel=1e-9)


def test_incomplete_windows_have_no_value(market):
    y, x = market
    y = y.copy()
    y[250] = np.nan
    found = every_session(y, x, _choice(), WINDOWS)
    day, last = np.isfinite(found.car[0]), np.isfinite(found.car[3])
    assert not day[:131].any()  # row 130 would need the return of row 0, which is missing
    assert day[131:250].all()
    assert not day[250]
    assert not last[245:251].any()
    assert day[251:261].all()
    assert not day[261:].any()  # estimation windows that hold row 250


def test_left_out_days_do_not_enter_estimation(market):
    y, x = market
    mask = np.zeros(300, dtype=bool)
    mask[150:155] = True
    wild = y.copy()
    wild[mask] = 0.5
    clean = every_session(y, x, _choice(), [(0, 0)], left_out=mask)
    dirty = every_session(wild, x, _choice(), [(0, 0)], left_out=mask)
    rows = np.arange(200, 290)
    np.testing.assert_allclose(clean.car[0, rows], dirty.car[0, rows])
    assert np.nanmax(np.abs(every_session(wild, x, _choice(), [(0, 0)]).scar[0, rows])) < np.nanmax(
        np.abs(dirty.scar[0, rows])
    )


def test_refuses_windows_outside_the_gap(market):
    with pytest.raises(InputError, match="must not start before day -5"):
        every_session(*market, _choice(gap=5), [(-6, 0)])
    with pytest.raises(InputError, match="market_model"):
        _choice(model="market_modle")
    with pytest.raises(InputError, match="needs 4 days or more"):
        _choice(length=3)


def test_curve_p_by_hand():
    statistic = np.array([[1.0, -3.0, 2.0, np.nan]])
    quiet = np.array([True, True, False, True])
    # session 0 against 3: 2/2; session 1 against 1: 1/2; session 2 against 1 and 3: 2/3
    np.testing.assert_allclose(curve_p(statistic, quiet)[0, :3], [1.0, 0.5, 2 / 3])
    assert np.isnan(curve_p(statistic, quiet)[0, 3])


def test_curve_as_a_whole_has_the_right_size_and_finds_an_effect():
    """Forty specifications, correlated .8, on 200 sessions without and with an effect."""
    rng = np.random.default_rng(1)
    rejected, found = [], []
    quiet = np.ones(200, dtype=bool)
    quiet[100] = False
    for _ in range(300):
        common = rng.standard_normal(200)
        statistic = 0.9 * common + np.sqrt(0.19) * rng.standard_normal((40, 200))
        rejected.append(curve_test(statistic / 100, statistic, 100, quiet).p_median <= 0.05)
        statistic[:, 100] += 4 if common[100] > 0 else -4
        result = curve_test(statistic / 100, statistic, 100, quiet)
        found.append(result.p_median <= 0.05 and result.p_share <= 0.05)
    assert abs(np.mean(rejected) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 300)
    assert np.mean(found) > 0.9


def test_all_combinations():
    found = specifications(
        {"constant_mean": False, "market_model": True},
        lengths=(60, 120),
        gaps=(5,),
        return_kinds=("simple", "log"),
        benchmarks=("A", "B"),
    )
    assert len(found) == 2 * 2 + 2 * 2 * 2
    assert {choice.benchmark for choice in found if choice.model == "constant_mean"} == {""}
