"""Days nobody uses are told, not refused; a crash of all series is no fault of one."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from analysis import StudySpec, event_study
from analysis.engine.jumps import odd_jumps
from analysis.engine.series import SeriesSet
from analysis.errors import InputError, PlausibilityWarning

DAYS = pd.bdate_range("2023-01-02", periods=300)
SPEC = StudySpec(estimation_window=(-60, -11), event_window=(-1, 1), windows=((0, 0),))


def study(returns, **changes):
    events = pd.DataFrame({"event_id": ["e"], "security": ["A"], "session": [DAYS[250]]})
    benchmark = returns["M"]
    return event_study(returns[["A", "B", "C"]], events, benchmark=benchmark, spec=SPEC)


@pytest.fixture
def returns():
    rng = np.random.default_rng(3)
    market = rng.normal(0, 0.01, 300)
    frame = {n: 0.9 * market + rng.normal(0, 0.01, 300) for n in "ABC"}
    return pd.DataFrame({**frame, "M": market}, index=DAYS)


@pytest.mark.parametrize("row", [20, 200, 250])
@pytest.mark.parametrize("value", [-1.2, -1.02, -1.7])
def test_a_return_below_minus_one_is_refused_wherever_it_stands(returns, row, value):
    returns.iloc[row, 0] = value
    with pytest.raises(InputError, match="cannot be below -1"):
        study(returns)


@pytest.mark.parametrize(("row", "refused"), [(20, False), (205, True), (249, True)])
def test_a_price_marked_with_a_minus_sign_is_told_where_nothing_rests_on_it(returns, row, refused):
    price = 100 * (1 + returns["A"]).cumprod()
    price.iloc[row : row + 2] *= -1
    returns["A"] = price.pct_change().fillna(0.001)
    assert (returns["A"] < -1).sum() == 2
    if refused:
        with pytest.raises(InputError, match="cannot be below -1"):
            study(returns)
    else:
        with pytest.warns(PlausibilityWarning, match="mean of bid and ask"):
            found = study(returns)
        assert found.usable.all()
        assert len(found.notes) == 1


@pytest.mark.parametrize("values", [(-1.2, -1.2), (-3.0, -1.1), (-1.9, -1.9)])
def test_two_returns_below_minus_one_that_no_sign_explains_are_refused(returns, values):
    returns.iloc[[20, 23 if values[0] == -1.2 else 40], 0] = values
    with pytest.raises(InputError, match="cannot be below -1"):
        study(returns)


def test_a_code_for_a_missing_value_is_refused_wherever_it_stands(returns):
    returns.iloc[20, 0] = -99.0
    with pytest.raises(InputError, match="-99"):
        study(returns)


def test_a_crash_of_all_is_no_split_of_one(returns):
    returns.iloc[220] = [-0.35, -0.33, -0.30, -0.32]
    with warnings.catch_warnings():
        warnings.simplefilter("error", PlausibilityWarning)
        assert study(returns).notes == ()


def test_bars_keep_their_time_of_day_and_sessions_have_none(returns):
    bars = returns.set_axis(pd.date_range("2024-01-02T04:00", periods=300, freq="min"))
    events = pd.DataFrame({"event_id": ["e"], "security": ["A"], "session": [bars.index[250]]})
    found = event_study(bars[["A", "B", "C"]], events, benchmark=bars["M"], spec=SPEC)
    assert found.usable.all()
    late = returns.set_axis(returns.index + pd.Timedelta(hours=5))
    with pytest.raises(InputError, match="no time of day"):
        study(late)


@pytest.mark.parametrize("day", [60, 150, 240])
@pytest.mark.parametrize(
    ("usual", "largest", "said"), [(0.010, 0.12, True), (0.010, 0.30, True), (0.022, 0.12, True)]
)
def test_a_split_of_three_for_two_is_told_above_the_largest_move_there_was(
    day, usual, largest, said
):
    # just a third, and otherwise an ordinary day of its month, whatever happened once before
    rng = np.random.default_rng(day)
    values = rng.normal(0, usual, 300)
    values[20] = largest
    values[day] = (1 + values[day]) / 1.5 - 1
    series = SeriesSet("returns", ("A",), values[:, None], np.arange(300).astype("M8[D]"), "simple")
    assert any("3 for 2" in oddity.text for oddity in odd_jumps(series)) == said
