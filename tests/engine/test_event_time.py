"""Returns in event time give what the same returns give on their dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis import StudySpec
from analysis.engine.ladder import ladder
from analysis.errors import InputError

SPEC = StudySpec(estimation_window=(-30, -6), event_window=(-2, 20), windows=((-1, 1), (0, 20)))
DAYS = pd.bdate_range("2021-01-01", periods=420, name="session")
RNG = np.random.default_rng(8)
MARKET = pd.Series(RNG.normal(0, 0.01, 420), DAYS)
RETURNS = pd.DataFrame(RNG.normal(0, 0.01, (420, 6)), DAYS, list("ABCDEF")).add(MARKET, axis=0)
AT = {name: 60 + 50 * n for n, name in enumerate(RETURNS)}  # windows that share no session


def in_event_time(frame):
    rows = {name: frame(name)[at - 30 : at + 91] for name, at in AT.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=range(-30, 91))


def test_event_time_gives_the_figures_of_dates():
    wide = in_event_time(lambda name: RETURNS[name].to_numpy())
    market = in_event_time(lambda name: MARKET.to_numpy())
    found = analysis.event_study(wide, benchmark=market, spec=SPEC)
    events = pd.DataFrame(
        {"event_id": list(AT), "security": list(AT), "session": DAYS[list(AT.values())]}
    )
    dated = analysis.event_study(RETURNS, events, benchmark=MARKET, spec=SPEC)
    np.testing.assert_allclose(found.ar, dated.ar, atol=1e-15)
    columns = ["window", "estimate", "se", "statistic", "p_value", "n_events"]
    pd.testing.assert_frame_equal(
        found.summary().reset_index()[columns], dated.summary().reset_index()[columns]
    )
    assert ladder(found, (-1, 1)).by_date.n_clusters == len(AT)
    assert found.outcomes["session"].isna().all()


def test_text_columns_as_a_file_gives_them_are_event_days():
    wide = in_event_time(lambda name: RETURNS[name].to_numpy())
    text = wide.set_axis(map(str, wide.columns), axis=1)
    spec = StudySpec(model="constant_mean", estimation_window=(-30, -6), event_window=(-2, 20))
    a, b = (analysis.event_study(frame, spec=spec).ar for frame in (wide, text))
    pd.testing.assert_frame_equal(a, b)


def test_a_window_beyond_the_columns_is_an_outcome():
    wide = in_event_time(lambda name: RETURNS[name].to_numpy())
    spec = StudySpec(model="constant_mean", estimation_window=(-40, -6))
    with pytest.raises(analysis.errors.StudyError, match="needs 40 sessions before day 0"):
        analysis.event_study(wide, spec=spec)


@pytest.mark.parametrize("wrong", ["gap", "twice", "benchmark"])
def test_what_is_no_event_time_is_refused(wrong):
    wide = in_event_time(lambda name: RETURNS[name].to_numpy())
    benchmark = wide.drop(columns=-30) if wrong == "benchmark" else wide
    if wrong == "gap":
        wide = wide.drop(columns=-3)
    if wrong == "twice":
        wide = pd.concat([wide, wide])
    said = {"gap": "consecutive", "twice": "one row", "benchmark": "same events"}[wrong]
    with pytest.raises(InputError, match=said):
        analysis.event_study(wide, benchmark=benchmark, spec=SPEC)
