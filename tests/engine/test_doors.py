"""What is no spec, no window and no frame of events is said, in words and at once."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pandas as pd
import pytest

from analysis import (
    cross_section,
    event_study,
    partitioned_study,
    prices_from_frame,
    volume_study,
)
from analysis.engine.spec import StudySpec
from analysis.errors import InputError, StudyError
from analysis.reactions.run_spec import RunSpec

SESSIONS = pd.bdate_range("2023-01-02", periods=200)
RETURNS = pd.DataFrame(
    np.random.default_rng(1).normal(0, 0.01, (200, 3)), index=SESSIONS, columns=["A", "B", "M"]
)
EVENTS = pd.DataFrame(
    {"event_id": ["e1", "e2"], "security": ["A", "B"], "session": SESSIONS[[150, 160]]}
)


@pytest.fixture(scope="module")
def result():
    return event_study(RETURNS, EVENTS, benchmark=RETURNS["M"])


@pytest.mark.parametrize(
    "events",
    [EVENTS.to_dict("list"), EVENTS.to_dict("records"), EVENTS["session"], "events.csv", 3, []],
    ids=["dict", "list", "series", "text", "number", "nothing"],
)
def test_events_that_are_no_frame_are_refused(events):
    with pytest.raises(InputError, match=r"`events` received as .* must be a pandas DataFrame"):
        event_study(RETURNS, events, benchmark=RETURNS["M"])


@pytest.mark.parametrize("column", EVENTS.columns)
def test_a_column_of_events_stands_there_once(column):
    twice = pd.concat([EVENTS, EVENTS[[column]]], axis=1)
    with pytest.raises(InputError, match=rf"the column `{column}` is there more than once"):
        event_study(RETURNS, twice, benchmark=RETURNS["M"])


@pytest.mark.parametrize(("column", "asked"), [("600", 600), (600, "600")])
def test_a_number_is_not_the_text_of_it_and_that_is_said(column, asked):
    events = EVENTS.assign(security=pd.Series([asked, asked], dtype=object))
    returns = RETURNS.rename(columns={"A": column})
    kinds = f"as {type(asked).__name__}; it is there as {column!r}, {type(column).__name__}"
    with pytest.raises(StudyError, match=f"{kinds}: write both alike"):
        event_study(returns, events, benchmark=RETURNS["M"])


WINDOWS = ["x", [(0,)], [(0, 1, 2)], 5, [("a", "b")], (0, 1), [(0, None)], [(0, 0.5)], [None],
           "[0,1]", [(float("nan"), 1)], [(0, float("inf"))], {}, [(False, True)]]  # fmt: skip


@pytest.mark.parametrize("windows", WINDOWS, ids=repr)
def test_windows_that_are_none_are_refused(result, windows):
    with pytest.raises(InputError, match="`windows` received as"):
        result.tests(windows=windows)
    with pytest.raises(InputError, match="`windows` received as"):
        StudySpec(windows=windows)


@pytest.mark.parametrize("window", ["x", (0,), 5, None, ("a", "b"), (0, 0.5)], ids=repr)
def test_a_window_that_is_none_is_refused_by_every_view(result, window):
    views = (result.sums, result.car, result.scar, result.bhar, result.caar, result.abhar,
             result.row, result.sample, result.event_tests, result.weighted_caar)  # fmt: skip
    for view in views:
        with pytest.raises(InputError, match="two whole event days"):
            view(window)
    with pytest.raises(InputError, match="two whole event days"):
        result.test("bmp_t", window)


def test_a_list_of_tests_is_a_list(result):
    with pytest.raises(InputError, match="`names` received as 'bmp_t': it must be a list"):
        result.tests(names="bmp_t")


LOOSE = ["x", [], {}, 3.7, -1, True, [1, "a"], float("nan"), [[1]], None]
RUNS = [
    *('{"study": null}', '{"study": 3}', '{"study": []}', '{"events": "x"}', '{"events": 3}'),
    *('{"events": [1]}', '{"events": []}', '{"markets": {"a": 1}}', '{"prices": 3}'),
    *('{"prices": null}', '{"prices": ""}', '{"benchmark": 3}', '{"allow_snapshot": "yes"}'),
    *('{"largest_factor": "x"}', '{"largest_factor": -1}', '{"largest_factor": true}'),
    *('{"largest_factor": 1e999}', "[]", "null", "3", "", "{", "[" * 100_000),
    *(json.dumps({"study": {name: {}}}) for name in StudySpec().to_dict()),
    *(json.dumps({"study": {name: 3.7}}) for name in StudySpec().to_dict()),
    *(json.dumps({"study": {"exclude": value}}) for value in ("zero_span", [[1]], None)),
]


@pytest.mark.parametrize("text", RUNS, ids=lambda text: text[:40])
def test_a_run_is_typed(text):
    with pytest.raises(InputError, match="received as"):
        RunSpec.from_json(text)


@pytest.mark.parametrize("name", [*StudySpec().to_dict(), "events", "markets", "benchmark"])
def test_no_value_of_a_spec_ends_in_another_error(name):
    record = StudySpec if name in StudySpec().to_dict() else RunSpec
    for value in LOOSE:
        with contextlib.suppress(InputError):
            record(**{name: value})


def test_without_a_window_or_a_test_there_are_columns_and_no_row():
    bare = event_study(RETURNS, EVENTS, benchmark=RETURNS["M"], spec=StudySpec(windows=()))
    full = event_study(RETURNS, EVENTS, benchmark=RETURNS["M"])
    assert list(bare.summary().columns) == list(full.summary().columns)
    assert list(bare.tests().columns) == list(full.tests(names=[]).columns)
    assert list(bare.tests().columns) == list(full.tests().columns)
    assert len(bare.tests()) == len(bare.summary()) == 0
    assert "table" in bare._repr_html_()


def test_a_sound_run_goes_to_json_and_back():
    run = RunSpec(events=("a",), markets=("NVDA",), largest_factor=3.0, benchmark="SPY")
    assert RunSpec.from_json(run.to_json()) == run


@pytest.mark.parametrize("spec", ["market_model", ("x",), {"model": "x"}, 0, pd.NA, EVENTS])
def test_what_is_no_spec_is_refused_at_every_door(spec, tmp_path):
    for door in (
        lambda: event_study(RETURNS, EVENTS, benchmark=RETURNS["M"], spec=spec),
        lambda: volume_study((1e8 * RETURNS.abs()).round(), EVENTS, spec=spec),
        lambda: partitioned_study(tmp_path, tmp_path, spec=spec),
    ):
        with pytest.raises(InputError, match="`spec` received as"):
            door()


def test_names_of_columns_that_nothing_can_be_asked_by_are_refused(result):
    odd = RETURNS.set_axis(pd.Index([["A"], "B", "M"], dtype=object), axis=1)
    with pytest.raises(InputError, match="names of columns"):
        event_study(odd, EVENTS, benchmark=RETURNS["M"])
    traits = pd.DataFrame({"size": [1.0, 2.0]}, index=["e1", "e2"])
    for given, match in (
        ((np.zeros(3), traits), "what event_study returns"),
        ((result, [1, 2]), "a frame, a row per event"),
        ((result, traits.set_axis(pd.MultiIndex.from_tuples([("a", "b")]), axis=1)), "one name"),
    ):
        with pytest.raises(InputError, match=match):
            cross_section(*given)
    with pytest.raises(InputError, match="covariance"):
        cross_section(result, traits, covariance=pd.NA)


@pytest.mark.parametrize("symbols", [5, pd.Timestamp("2023-01-02"), [["A"]], {"A": 1}, "A"])
def test_symbols_are_a_list_of_texts(symbols):
    with pytest.raises(InputError, match="a list of symbols"):
        prices_from_frame(100 * (1 + RETURNS).cumprod(), symbols=symbols)


@pytest.mark.parametrize("address", [RETURNS, 5, None, "a\ud800"])
def test_partitions_have_an_address(address, tmp_path):
    with pytest.raises(InputError):
        partitioned_study(tmp_path, address)


@pytest.mark.parametrize("windows", ["x", 5, [(0,)], [5]])
def test_a_distribution_asks_for_windows(result, windows):
    with pytest.raises(InputError, match="`windows` received as"):
        result.distribution(windows)


def test_a_message_repeats_no_more_than_a_reader_needs():
    assert len(str(InputError("model", "x" * 100_000, "no."))) < 1100
