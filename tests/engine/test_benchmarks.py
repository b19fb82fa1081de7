"""Benchmarks of a frame: a mapping, peers of a group, and several side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import StudySpec, event_study
from analysis.errors import InputError, PlausibilityWarning

DAYS = pd.bdate_range("2022-01-03", periods=220)
NAMES = ["A", "B", "C", "D", "DAX", "FTSE"]
RETURNS = pd.DataFrame(np.random.default_rng(5).normal(0, 0.01, (220, 6)), DAYS, NAMES)
EVENTS = pd.DataFrame(
    {
        "event_id": ["e1", "e2", "e3", "e4"],
        "security": ["A", "B", "C", "A"],
        "session": DAYS[[150, 160, 170, 190]],
        "mic": ["XETR", "XLON", "XLON", "XETR"],
    }
)
SPEC = StudySpec(windows=((0, 0),))
HOME = {"A": "DAX", "B": "FTSE", "C": "FTSE"}


def ar_by_hand(column, x, day):
    y = RETURNS[column].to_numpy()
    slope, start = np.polyfit(x[day - 130 : day - 10], y[day - 130 : day - 10], 1)
    return y[day] - start - slope * x[day]


def by_hand(benchmark):
    rows = zip(EVENTS["security"], (150, 160, 170, 190), strict=True)
    return np.array([ar_by_hand(name, benchmark(name), day) for name, day in rows])


@pytest.mark.parametrize(
    "benchmark",
    [
        HOME,
        {"XETR": "DAX", "XLON": "FTSE"},
        {"XETR": RETURNS["DAX"], "XLON": RETURNS["FTSE"]},
    ],
    ids=["by security", "by exchange", "series"],
)
def test_a_mapping_gives_each_security_its_own_benchmark(benchmark):
    found = event_study(RETURNS, EVENTS, benchmark=benchmark, spec=SPEC)
    hand = by_hand(lambda name: RETURNS[HOME[name]].to_numpy())
    np.testing.assert_allclose(found.car((0, 0)), hand, rtol=1e-10)


def test_peers_of_a_group_are_the_others_of_it():
    events = EVENTS.assign(kind=["x", "y", "x", "x"])
    found = event_study(RETURNS, events, benchmark="peers:kind", spec=SPEC)
    assert found.outcomes["status"].tolist() == ["ok", "missing_return", "ok", "ok"]
    assert "B is alone in 'y'" in found.outcomes["reason"][1]
    hand = [
        ar_by_hand("A", RETURNS["C"].to_numpy(), 150),
        ar_by_hand("C", RETURNS["A"].to_numpy(), 170),
    ]
    np.testing.assert_allclose(found.car((0, 0)).iloc[:2], hand, rtol=1e-10)


def test_a_security_no_benchmark_is_named_for_is_an_outcome():
    found = event_study(RETURNS, EVENTS, benchmark={"A": "DAX"}, spec=SPEC)
    assert found.outcomes["reason"].tolist()[1] == "no benchmark is named for B"
    assert int(found.usable.sum()) == 2


@pytest.mark.parametrize(
    ("benchmark", "said"),
    [
        ({}, "names no series"),
        ({"XETR": "DAX", "XNYS": "FTSE"}, "neither securities nor all values of one column"),
        ({"A": "DAXX"}, "Did you mean 'DAX'"),
        ({"A": 3}, "int for 'A'"),
        ("peers:sector", "Choose one of: event_id"),
        ("spx", "peers:COLUMN"),
        ("peers:event_id", "it says 'e1', 'e4' of 'A'"),
    ],
)
def test_what_is_no_benchmark_is_refused_with_a_remedy(benchmark, said):
    with pytest.raises(InputError, match=said):
        event_study(RETURNS, EVENTS, benchmark=benchmark, spec=SPEC)


def test_several_benchmarks_stand_side_by_side_as_each_study_has_them():
    found = event_study(RETURNS, EVENTS, benchmark=RETURNS["DAX"], spec=SPEC)
    rows = found.against({"DAX": RETURNS["DAX"], "home": HOME, "peers": "peers"})
    assert rows["benchmark"].tolist() == ["DAX", "home", "peers"]
    assert rows["estimate"][0] == pytest.approx(found.caar((0, 0)), rel=1e-12)
    hand = by_hand(lambda name: RETURNS[HOME[name]].to_numpy())
    assert rows["estimate"][1] == pytest.approx(hand.mean(), rel=1e-10)
    with pytest.raises(InputError, match="uses no benchmark"):
        event_study(RETURNS, EVENTS, spec=StudySpec(model="constant_mean")).against({"x": "peers"})


@pytest.mark.parametrize("times", [100.0, 10_000.0])
def test_a_benchmark_beside_the_study_goes_through_the_same_gate(times):
    """Percent set beside a study of decimals: refused, as the study itself refuses it."""
    found = event_study(RETURNS, EVENTS, benchmark=RETURNS["DAX"], spec=SPEC)
    with pytest.raises(InputError) as alone:
        event_study(RETURNS, EVENTS, benchmark=RETURNS["DAX"] * times, spec=SPEC)
    with pytest.raises(InputError) as beside:
        found.against({"percent": RETURNS["DAX"] * times})
    assert str(beside.value) == str(alone.value)


def test_a_doubt_about_a_benchmark_beside_the_study_is_said():
    found = event_study(RETURNS, EVENTS, benchmark=RETURNS["FTSE"], spec=SPEC)
    with pytest.warns(PlausibilityWarning, match="A"):
        found.against({"itself": RETURNS["A"]})


def test_raw_returns_estimate_nothing_and_their_bhar_is_the_plain_buy_and_hold_return():
    early = EVENTS.assign(session=DAYS[[8, 160, 170, 190]])
    found = event_study(
        RETURNS,
        early,
        spec=StudySpec(model="raw_returns", event_window=(-1, 5), windows=((-1, 5),)),
    )
    assert (found.outcomes["status"] == "ok").all()
    assert found.event_tests((-1, 5))["se"].isna().tolist() == [True, False, False, False]
    for at, (name, day) in enumerate(zip("ABCA", (8, 160, 170, 190), strict=True)):
        moves = RETURNS[name].to_numpy()[day - 1 : day + 6]
        assert found.car((-1, 5)).iloc[at] == pytest.approx(moves.sum(), rel=1e-12)
        assert found.bhar((-1, 5)).iloc[at] == pytest.approx(np.prod(1 + moves) - 1, rel=1e-12)
    spread = RETURNS["B"].to_numpy()[30:150].std(ddof=1)
    assert found.event_tests((-1, 5))["se"].iloc[1] == pytest.approx(spread * 7**0.5, rel=1e-12)
