"""Days nobody uses are told, not refused; a crash of all series is no fault of one."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from analysis import StudySpec, event_study
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


@pytest.mark.parametrize(("row", "refused"), [(20, False), (200, True), (250, True)])
def test_an_impossible_day_is_refused_where_it_is_used(returns, row, refused):
    returns.iloc[row, 0] = -1.7
    if refused:
        with pytest.raises(InputError, match="cannot be below -1"):
            study(returns)
    else:
        with pytest.warns(PlausibilityWarning, match="outside every window"):
            found = study(returns)
        assert found.usable.all()
        assert any("-1.7" in note for note in found.notes)


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
