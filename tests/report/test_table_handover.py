"""A page shows the study that was computed, and computes none again."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from analysis.chapters.study.handover import handed_over
from analysis.chapters.study.told import open_table
from analysis.reactions.table_ladder import judge
from analysis.reactions.table_study import TableRequest, table_study


@pytest.fixture
def study(tmp_path):
    days = pd.bdate_range("2022-01-03", periods=160)
    returns = np.random.default_rng(1).normal(0, 0.01, (160, 3))
    frame = pd.DataFrame(100 * np.cumprod(1 + returns, axis=0), days, ["AAA", "BBB", "SPX"])
    frame.to_csv(tmp_path / "prices.csv", index_label="date")
    rows = [f"{days[at]:%Y-%m-%d},{name}" for at, name in ((90, "AAA"), (110, "BBB"), (130, "AAA"))]
    (tmp_path / "events.csv").write_text("\n".join(["date,ticker", *rows]) + "\n")
    request = TableRequest(
        events=str(tmp_path / "events.csv"), prices=str(tmp_path / "prices.csv"), benchmark="SPX",
        method={"windows": ((0, 0), (-1, 1)), "estimation_window": (-70, -11)},
    )  # fmt: skip
    return table_study(request)


def test_a_study_that_was_handed_over_is_not_computed_again(study, tmp_path, monkeypatch):
    def again(request):
        raise AssertionError("computed again")

    asked = json.dumps(asdict(study.request))
    (tmp_path / "place").mkdir()
    monkeypatch.setattr("analysis.chapters.study.told.table_study", again)
    with handed_over(study, judge(study), str(tmp_path / "place")):
        told = open_table(asked)
        other = json.dumps(asdict(replace(study.request, closed_day="skip")))
        with pytest.raises(AssertionError, match="computed again"):
            open_table(other)
    pd.testing.assert_frame_equal(told.study.result.ar, study.result.ar)
    with pytest.raises(AssertionError, match="computed again"):
        open_table(asked)
