"""Summary, averages and weighted means with missing days and repeated reactions, in plain loops."""

from __future__ import annotations

import battery_by_hand as by_hand
import numpy as np
import pandas as pd
import pytest
from scipy import stats

import analysis
from analysis.engine.cross_section import cross_section
from analysis.engine.spec import StudySpec

EST, WIN = (-100, -11), (-5, 10)
WINDOWS = ((0, 0), (-1, 1), (0, 5))
TOLERANCE = {"rel": 1e-9, "abs": 1e-9}


def study(seed: int, missing: float, share: float):
    """Returns with holes, events of which three repeat a reaction; the study, and loops over it."""
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2018-01-01", periods=320, name="session")
    market = pd.Series(rng.normal(0, 0.01, 320), index)
    names = [f"S{i:02d}" for i in range(12)]
    returns = pd.DataFrame(rng.standard_t(5, (320, 12)) * 0.015, index, names)
    returns = returns.add(market, axis=0).mask(rng.random(returns.shape) < missing)
    place = rng.choice(12 * 200, 25, replace=False)
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(25)],
            "security": [names[i] for i in place % 12],
            "session": index[105 + place // 12],
        }
    )
    events = pd.concat([events, events[:3].assign(event_id=["a", "b", "c"])], ignore_index=True)
    spec = StudySpec(
        estimation_window=EST, event_window=WIN, windows=WINDOWS, min_estimation=50,
        min_present=share,
    )  # fmt: skip
    result = analysis.event_study(returns, events, benchmark=market, spec=spec)
    return result, by_hand.fit(returns, events, market, EST, WIN), events


@pytest.mark.parametrize(("seed", "missing", "share"), [(811, 0.05, 1.0), (812, 0.15, 0.6)])
def test_every_row_is_that_of_a_loop_over_its_events(seed, missing, share):
    result, fitted, events = study(seed, missing, share)
    size = pd.DataFrame(
        {"size": np.random.default_rng(seed).normal(size=25)[[*range(25), 0, 1, 2]]},
        index=pd.MultiIndex.from_frame(events[["event_id", "security"]]),
    )
    known = {(f.security, f.row): size["size"].iloc[i] for i, f in reversed([*enumerate(fitted)])}
    for window in WINDOWS:
        columns = range(window[0] - WIN[0], window[1] - WIN[0] + 1)
        row = by_hand.row(fitted, columns, WIN[0], share)
        car, n = by_hand.car(row, columns), len(row)
        days = [by_hand.present(f, columns) for f in row]
        var = np.array([by_hand.variance(f, d) for f, d in zip(row, days, strict=True)])
        se = car.std(ddof=1) / np.sqrt(n)
        half = stats.t.ppf(0.975, n - 1) * se
        found = result.summary().loc[f"[{window[0]},{window[1]}]"]
        expected = [car.mean(), se, car.mean() / se, car.mean() - half, car.mean() + half, n]
        names = ["estimate", "se", "statistic", "low", "high", "n_events"]
        assert found[names].tolist() == pytest.approx(expected, **TOLERANCE)
        assert found["n_partial"] == sum(len(d) < len(columns) for d in days)
        assert found["n_left_out"] == 25 - n
        equal, precise = (result.weighted_caar(window, weights=w) for w in ("equal", "precision"))
        assert equal["se"] == pytest.approx(np.sqrt(var.sum()) / n, **TOLERANCE)
        assert precise["estimate"] == pytest.approx(
            (car / var).sum() / (1 / var).sum(), **TOLERANCE
        )
        x = np.column_stack([np.ones(n), [known[f.security, f.row] for f in row]])
        inverse = np.linalg.inv(x.T @ x)
        coef = inverse @ x.T @ car
        left = (car - x @ coef) / (1 - np.einsum("ij,jk,ik->i", x, inverse, x))
        error = np.sqrt(np.diag(inverse @ (x.T * left**2) @ x @ inverse))
        table = cross_section(result, size, window=window, covariance="HC3").coefficients
        assert table.iloc[1, :2].tolist() == pytest.approx([coef[1], error[1]], **TOLERANCE)
    distinct = fitted[:25]  # the three after them repeat reactions
    for day in range(WIN[0], WIN[1] + 1):
        values = np.array([f.ar[day - WIN[0]] for f in distinct])
        values = values[np.isfinite(values)]
        expected = [values.mean(), values.std(ddof=1) / np.sqrt(len(values)), len(values)]
        assert result.aar.loc[day, ["aar", "se", "n_events"]].tolist() == pytest.approx(
            expected, **TOLERANCE
        )
