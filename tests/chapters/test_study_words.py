"""Words of the page of a table study."""

from __future__ import annotations

import pytest

from analysis.chapters.study.words import _size, fine, points
from analysis.engine.rows import window_text
from analysis.wording import p_value, percent, signed, size


@pytest.mark.parametrize(
    ("value", "size"), [(0.0561, "5.6"), (-0.0004, "0.04"), (0.0, "0.00"), (-0.039, "3.9")]
)
def test_a_small_move_is_not_written_as_none(value, size):
    assert _size(value) == size


def test_a_mean_that_is_not_zero_is_not_shown_as_zero_beside_its_picture():
    assert [fine(x) for x in (-0.0001, 0.00001, 0.0, 0.0123)] == ["−0.01", "0.0", "0.0", "+1.2"]


def test_points_carry_a_true_minus_and_no_negative_zero():
    assert [points(x) for x in (0.012, -0.012, -0.0001, float("nan"))] == [
        "+1.2",
        "−1.2",
        "0.0",
        "–",
    ]
    assert window_text((-1, 1)) == "[−1, +1]"


def test_a_figure_that_is_not_there_is_a_dash_in_every_spelling() -> None:
    nothing = float("nan")
    assert [f(nothing) for f in (percent, size, p_value, signed)] == ["–"] * 4
