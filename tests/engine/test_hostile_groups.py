"""Groups of any name and kind: they stay themselves in tables, workbooks, LaTeX and legends."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pytest

from analysis import event_study
from analysis.errors import InputError, StudyError

DAYS = pd.bdate_range("2021-01-04", periods=300)
NAMES = ["A&B", "C_D%", "E#$"]
RETURNS = pd.DataFrame(np.random.default_rng(0).normal(0, 0.01, (300, 3)), DAYS, NAMES)
MARKET = RETURNS.mean(axis=1)
HOSTILE = ["a&b_c%", "$x#{}~^\\", "=SUM(A1)", "_hidden\n<b>|`"]


def study(groups):
    n = len(groups)
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "security": [NAMES[i % 3] for i in range(n)],
            "session": DAYS[150 + 9 * np.arange(n)],
            "kind": groups,
        }
    )
    return event_study(RETURNS, events, benchmark=MARKET + 0.001 * RETURNS["A&B"])


@pytest.fixture(scope="module")
def hostile():
    return study(HOSTILE * 3)


def test_latex_has_no_character_that_is_a_command(hostile):
    text = hostile.table(by="kind").to_latex()
    head = next(line for line in text.splitlines() if line.startswith("Window"))
    assert text.startswith(r"% \usepackage{booktabs} \usepackage[T1]{fontenc}")
    text = text.partition("\n")[2]
    shown = r"\$x\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}"
    assert head.count(" & ") == 5
    assert shown in head
    assert r"a\&b\_c\%" in head
    bare = text.replace(r"\&", "").replace(r"\%", "").replace(r"\#", "").replace(r"\$", "")
    assert "%" not in bare
    assert "#" not in bare
    assert bare.count("$") % 2 == 0


def test_a_workbook_keeps_names_as_text(hostile, tmp_path):
    hostile.table(by="kind").to_excel(tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["table"]
    heads = [cell for cell in sheet[2] if cell.value == "=SUM(A1)"]
    assert [cell.data_type for cell in heads] == ["s"]


def test_markdown_has_a_line_a_row_and_as_many_cells_in_each(hostile):
    lines = hostile.table(by="kind").to_markdown().splitlines()
    rows = [line.replace("\\|", "") for line in lines if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1
    assert r"\_hidden \<b>" in lines[2]


def test_a_legend_shows_every_group_as_it_is_called(hostile):
    figure = hostile.plot(by="kind")
    shown = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert len(shown) == 4
    assert any(r"\$x" in text for text in shown)
    assert any("_hidden" in text for text in shown)


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        ([1, "1", 2, 2.0] * 3, ["1", "2", "2.0"]),
        ([("a", 1), ("b", 2)] * 6, ["('a', 1)", "('b', 2)"]),
        (pd.array(["x", pd.NA, "y"] * 4, dtype="string"), ["x", "y"]),
        (["", "x", "y"] * 4, ["x", "y"]),
        (["All", "Difference", "rest"] * 4, ["All (kind)", "Difference (kind)", "rest"]),
        ([pd.NaT, DAYS[0], DAYS[1]] * 4, [str(DAYS[0]), str(DAYS[1])]),
    ],
)
def test_groups_of_any_kind_of_value(groups, found):
    assert study(groups).by("kind").table.index.tolist() == found


def test_a_group_called_like_a_column_of_the_table_takes_no_figures_of_it():
    both = study(["All", "Difference"] * 6)
    table, plain = both.table(by="kind"), both.table()
    assert table.columns == ("All", "All (kind)", "Difference (kind)", "Difference")
    assert [row[1] for row in table.rows] == [row[1] for row in plain.rows]


def test_one_group_no_group_and_no_event_are_said():
    with pytest.raises(InputError, match="it gives 1 group among"):
        study(["x"] * 6).by("kind")
    with pytest.raises(InputError, match="it gives 0 groups among"):
        study([np.nan] * 6).by("kind")
    with pytest.raises(StudyError, match="the frame of events is empty"):
        study([])
