"""Pictures of a table study that set figures beside each other: their marks are its figures."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from analysis.chapters.study.comparisons import groups_chart, ladder_chart, sum_chart
from analysis.chapters.study.told import Told
from analysis.chapters.study.words import sum_parts, sum_words
from analysis.reactions.table_ladder import judge
from analysis.reactions.table_study import TableRequest, table_study


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    days = pd.bdate_range("2022-01-03", periods=300)
    moves = np.random.default_rng(2).normal(0.0004, 0.01, (300, 3))
    prices = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), days, ["AAA", "BBB", "SPX"])
    prices.to_csv(folder / "p.csv", index_label="date")
    rows = [(days[150 + 9 * n].date(), "AB"[n % 2] * 3, "<x>" if n % 4 < 2 else "y")
            for n in range(16)]  # fmt: skip
    pd.DataFrame(rows, columns=["date", "ticker", "kind"]).to_csv(folder / "e.csv", index=False)
    study = table_study(TableRequest(
        events=str(folder / "e.csv"), prices=str(folder / "p.csv"), benchmark="SPX",
        method={"windows": ((0, 0), (0, 5))}))  # fmt: skip
    return Told(study, judge(study, estimated=False))


def test_the_sum_adds_up_as_it_is_printed(told):
    moved, usual, left = sum_parts(told)
    figures = [
        float(f.replace("−", "-")) for f in re.findall(r"[+−]?\d+\.\d\d", sum_words(told).text)
    ]
    assert figures[0] == pytest.approx(figures[1] + figures[2], abs=1e-9)
    assert moved == pytest.approx(told.moved, abs=5e-5)
    assert left == pytest.approx(told.beyond, abs=5e-5)
    assert sum_chart(told).table["value"].tolist() == [usual, left, moved]


def test_the_path_of_a_group_ends_at_its_mean_and_its_name_is_text(told):
    chart = groups_chart(told)
    ends = chart.table.groupby("group")["caar"].last()
    means = told.study.result.by("kind", (0, 5)).table["estimate"]
    np.testing.assert_allclose(ends[means.index], means, rtol=1e-12)
    assert "&lt;x&gt;" in chart.drawings[0].html()
    assert "<x>" not in chart.drawings[0].html()


def test_the_ladder_fills_the_row_to_read_alone(told):
    chart, found = ladder_chart(told), told.judged.main
    shown = chart.table.set_index("test")["p"]
    assert shown[found[found.read].title] == found.p_value
    assert chart.drawings[0].html().count('class="ink"') == 1
