"""docs/paper.md makes the tables and the figure of its study, and they are those printed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
EXPECTED = ROOT / "data" / "replications" / "covid_gics_sectors" / "expected.csv"


@pytest.fixture(scope="module")
def made() -> dict[str, object]:
    page = (ROOT / "docs" / "paper.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    space: dict[str, object] = {}
    for block in blocks:
        code = block.replace('"data/', f'"{ROOT.as_posix()}/data/')
        exec(compile(code, "docs/paper.md", "exec"), space)
    return space


def printed(statistic: str, where: str) -> pd.DataFrame:
    rows = pd.read_csv(EXPECTED, dtype={"printed": float})
    return rows[(rows["statistic"] == statistic) & rows["where"].str.startswith(where)]


def test_table_3_is_the_printed_one(made: dict) -> None:
    rows = printed("ar_percent", "Table 3")
    assert len(rows) == 44
    for row in rows.itertuples():
        found = made["table3"].loc[row.event, pd.Timestamp(row.window)]
        assert found == pytest.approx(row.printed, abs=0.5000001e-4)


@pytest.mark.parametrize("name", ["Table 4", "Table 5"])
def test_tables_4_and_5_are_the_printed_ones(made: dict, name: str) -> None:
    table = made["table4" if name == "Table 4" else "table5"]
    rows = printed("car_percent", name)
    for row in rows[rows["how"] == "engine"].itertuples():
        assert table.loc[row.event, "car"] == pytest.approx(row.printed, abs=0.5000001e-4)
    other = rows[rows["how"] != "engine"]["event"].tolist()  # seven digits; a day is missing
    assert len(other) == (0 if name == "Table 4" else 2)
    for row in printed("t", name).itertuples():
        assert table.loc[row.event, "printed_t"] == pytest.approx(row.printed, abs=0.5000001e-4)


def test_what_the_page_says_of_the_tests_of_windows(made: dict) -> None:
    assert (made["table4"]["t"].abs() > 1.96).sum() == 0
    assert (made["table5"]["t"].abs() > 1.96).sum() == 3
    most = made["table5"]["printed_t"].abs()
    assert (most > 2.58).sum() > 5
    assert most.max() == pytest.approx(35.3598, abs=1e-4)


def test_figure_ladder_and_latex(made: dict) -> None:
    lines = made["figure"].axes[0].get_lines()
    assert len(lines) == 11
    assert np.isfinite(lines[0].get_ydata()).all()
    assert made["average"].axes
    ladder = made["ladder"].set_index("judged_by")
    assert "0 other calendars" in ladder.loc["placebo", "reason"]  # no p of a rank among one
    assert np.isfinite(made["lamb"].p_value)
    latex = made["latex"]
    assert latex.splitlines()[1].startswith("\\begin{table}")
    assert "\\bottomrule" in latex
    assert "Events" in latex
    assert made["spread"].loc["[0,30]", "n_events"] == 10  # SPLRCL lacks a day
    assert set(made["alpha"]["coefficient"]) == {"alpha", "beta"}
