"""Forbes-Rigobon, paths and regressions on simulated truth, by hand, and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.engine.contagion import (
    cdcc,
    cdcc_path,
    event_versus_calm,
    ewma_correlation,
    forbes_rigobon,
)
from analysis.engine.regression import newey_west, row_slopes
from analysis.errors import InputError


def test_forbes_rigobon_by_hand():
    # d = 3: .8 / sqrt(1 + 3 (1 - .64)) = .8 / sqrt(2.08)
    assert forbes_rigobon(0.8, 4.0) == pytest.approx(0.8 / np.sqrt(2.08))
    assert forbes_rigobon(0.5, 1.0) == 0.5


def _linear(rng, n, scale, slope=0.5, common=0.0):
    shock = common * rng.standard_normal(n)
    x = scale * rng.standard_normal(n) + shock
    return x, slope * x + rng.standard_normal(n) + shock


def test_variance_shift_without_contagion_is_seen_through():
    """The link is the same in calm and event days, only Var(x) is nine times as large."""
    rng = np.random.default_rng(0)
    raw, adjusted = [], []
    for _ in range(100):
        found = event_versus_calm(
            *_linear(rng, 60, 3.0), *_linear(rng, 400, 1.0), seed=1, n_draws=300, block=5
        )
        raw.append(found.low > 0)
        adjusted.append(found.low_adjusted > 0 or found.high_adjusted < 0)
    assert np.mean(raw) > 0.9  # the raw comparison says "more correlated" nearly always
    assert np.mean(adjusted) < 0.15


def test_common_shock_misleads_forbes_rigobon():
    """A common shock grows, nothing spreads from x to y: the adjustment still sees a change."""
    rng = np.random.default_rng(1)
    found = event_versus_calm(
        *_linear(rng, 4000, 1.0, slope=0.0, common=3.0),
        *_linear(rng, 4000, 1.0, slope=0.0, common=0.3),
        seed=1,
        n_draws=300,
    )
    # truth: corr = 9/10 in events, .09/1.09 in calm; adjusted .9 / sqrt(1 + (10/1.09 - 1) .19)
    assert found.rho_event == pytest.approx(0.9, abs=0.02)
    assert found.rho_adjusted == pytest.approx(0.9 / np.sqrt(1 + (10 / 1.09 - 1) * 0.19), abs=0.04)
    assert found.low_adjusted > 0.3


def test_no_interval_with_few_events():
    rng = np.random.default_rng(2)
    found = event_versus_calm(*_linear(rng, 9, 1.0), *_linear(rng, 50, 1.0), seed=1, n_draws=50)
    assert np.isnan(found.low)
    assert found.n_event == 9


def test_ewma_is_the_recursion():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 30))
    xy, xx, yy = (x * y).mean(), (x * x).mean(), (y * y).mean()
    for t in range(30):
        assert ewma_correlation(x, y)[t] == pytest.approx(xy / np.sqrt(xx * yy))
        xy = 0.94 * xy + 0.06 * x[t] * y[t]
        xx = 0.94 * xx + 0.06 * x[t] ** 2
        yy = 0.94 * yy + 0.06 * y[t] ** 2


def test_cdcc_against_a_case_worked_by_hand():
    """Three days, a = .1, b = .8, e1 = (1, 2), e2 = (-1, 1), e3 = (2, 1)."""
    u, v = np.array([1.0, -1.0, 2.0]), np.array([2.0, 1.0, 1.0])
    # q_u: 1; .1 + (.1 + .8) 1 = 1; .1 + .9 x 1 = 1.      e*_u = 1, -1, 2
    # q_v: 1; .1 + (.4 + .8) 1 = 1.3; .1 + .9 x 1.3 = 1.27. e*_v = 2, sqrt 1.3, sqrt 1.27
    second, third = np.sqrt(1.3), np.sqrt(1.27)
    products = np.array([2.0, -second, 2 * third])
    s = products.sum() / np.sqrt(6 * (4 + 1.3 + 1.27))
    q1 = s
    q2 = 0.1 * s + 0.1 * products[0] + 0.8 * q1
    q3 = 0.1 * s + 0.1 * products[1] + 0.8 * q2
    r = np.array([q1, q2 / second, q3 / third])
    found = cdcc_path(u, v, a=0.1, b=0.8)
    assert found.intercept == pytest.approx(s)
    np.testing.assert_allclose(found.correlation, r, rtol=1e-12)
    likelihood = np.log(1 - r**2) + (u**2 - 2 * r * u * v + v**2) / (1 - r**2) - u**2 - v**2
    assert found.loglik == pytest.approx(-0.5 * likelihood.sum())


def test_cdcc_follows_a_correlation_that_moves():
    rng = np.random.default_rng(4)
    n = 1500
    rho = 0.4 + 0.4 * np.sin(2 * np.pi * np.arange(n) / 400)
    u, e = rng.standard_normal((2, n))
    found = cdcc(u, rho * u + np.sqrt(1 - rho**2) * e)
    assert np.corrcoef(found.correlation[50:], rho[50:])[0, 1] > 0.7
    assert found.intercept == pytest.approx(0.4, abs=0.1)
    assert found.a + found.b < 1


def test_cdcc_refuses_short_series():
    with pytest.raises(InputError, match="100 finite residuals"):
        cdcc(np.ones(50), np.ones(50))


@pytest.mark.parametrize("lags", [0, 5])
def test_newey_west_agrees_with_statsmodels(lags):
    rng = np.random.default_rng(5)
    x = rng.standard_normal((200, 2))
    y = x @ [0.5, -1.0] + rng.standard_normal(200) * (1 + np.abs(x[:, 0]))
    design = sm.add_constant(x)
    kind = {"cov_type": "HC1"} if lags == 0 else {
        "cov_type": "HAC", "cov_kwds": {"maxlags": lags, "use_correction": True}
    }  # fmt: skip
    expected = sm.OLS(y, design).fit(**kind)
    found = newey_west(y, design, lags=lags)
    np.testing.assert_allclose(found.coef, expected.params, rtol=1e-9)
    np.testing.assert_allclose(found.se, expected.bse, rtol=1e-9)
    assert found.r2 == pytest.approx(expected.rsquared)


def test_row_slopes_are_those_of_least_squares():
    rng = np.random.default_rng(6)
    y, a, b = rng.standard_normal((3, 4, 30))
    a[1, 5] = np.nan
    for i in range(4):
        keep = np.isfinite(a[i])
        design = np.column_stack([np.ones(keep.sum()), a[i, keep], b[i, keep]])
        expected = np.linalg.lstsq(design, y[i, keep], rcond=None)[0][1]
        assert row_slopes(y, a, b)[i] == pytest.approx(expected)
