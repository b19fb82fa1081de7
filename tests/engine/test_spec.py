"""A spec checks itself, and goes to JSON and back."""

from __future__ import annotations

import pytest

from analysis import RunSpec, StudySpec
from analysis.errors import InputError


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "capm"}, r"`model` received as 'capm': .* Choose one of: constant_mean"),
        ({"model": "market_modle"}, r"Did you mean 'market_model'"),
        (
            {"event_window": (1, -1)},
            r"start must not come after the end\. Did you mean \[-1, \+1\]",
        ),
        ({"event_window": "ab"}, r"two whole event days"),
        ({"event_window": (0, 1.5)}, r"two whole event days"),
        ({"event_window": (0,)}, r"two whole event days"),
        ({"estimation_window": (-250, -1)}, r"before the event window \[-5, \+10\].*-6 or less"),
        (
            {"estimation_window": (-12, -10)},
            r"market_model needs 4 days or more, this window has 3",
        ),
        ({"windows": ((0, 30),)}, r"it must lie inside the event window \[-5, \+10\]"),
        ({"tests": ("bmp",)}, r"Did you mean 'bmp_t'"),
        ({"min_estimation": 500}, r"must lie between 4 .* and 120"),
        ({"seed": -1}, r"whole number of 0 or more"),
        ({"seed": True}, r"whole number of 0 or more"),
        ({"return_kind": "logs"}, r"Did you mean 'log'"),
        ({"price": "open"}, r"Choose one of: close, adj_close"),
    ],
)
def test_a_method_that_cannot_be_is_refused(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        StudySpec(**change)


def test_windows_default_to_the_headline_windows_inside_the_event_window() -> None:
    assert StudySpec().windows == ((0, 0), (0, 1), (-1, 1), (0, 5))
    assert StudySpec(event_window=(0, 2)).windows == ((0, 0), (0, 1))
    assert StudySpec(event_window=(3, 8)).windows == ((3, 8),)


def test_lengths_and_fewest_returns() -> None:
    spec = StudySpec()
    assert (spec.n_estimation, spec.n_event, spec.fewest_returns) == (120, 16, 60)
    assert StudySpec(min_estimation=100).fewest_returns == 100


def test_a_run_goes_to_json_and_back() -> None:
    run = RunSpec(
        study=StudySpec(event_window=[-1, 3], windows=[[0, 1]]), events=("a",), prices="yahoo"
    )
    assert RunSpec.from_json(run.to_json()) == run
    assert run.with_study(model="constant_mean").study.model == "constant_mean"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"it must be JSON"),
        ("[1]", r"it must be a JSON object"),
        ('{"event": ["x"]}', r"Did you mean 'events'"),
        ('{"study": {"modell": "x"}}', r"Did you mean 'model'"),
    ],
)
def test_json_that_is_no_run_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        RunSpec.from_json(text)
