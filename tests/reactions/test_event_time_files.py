"""Files of returns in event time: read like frames of them, refused where they need dates."""

from __future__ import annotations

import io

import numpy as np
import openpyxl
import pandas as pd
import pytest

from analysis import StudySpec, event_study
from analysis.__main__ import main
from analysis.engine.workbook import workbook
from analysis.errors import InputError
from analysis.prices.snapshot import CLOSES
from analysis.reactions.table_files import tables_of
from analysis.reactions.table_ladder import judge
from analysis.reactions.table_study import TableRequest, table_study

DAYS = range(-30, 91)
RETURNS = pd.DataFrame(np.random.default_rng(1).normal(0, 0.01, (12, 121)), columns=DAYS)
MARKET = pd.DataFrame(np.random.default_rng(2).normal(0, 0.01, (12, 121)), columns=DAYS)


def ask(folder, frame=RETURNS, **more):
    named = frame.astype(object).copy()
    named.insert(0, "kind", ["a", "b"] * (len(frame) // 2))
    named.insert(0, "ticker", [f"T{n}" for n in range(len(frame))])
    named.to_csv(folder / "e.csv", index=False)
    return TableRequest(**{"events": str(folder / "e.csv"), "prices": CLOSES, **more})


def test_a_file_in_event_time_gives_the_figures_of_its_frame(tmp_path):
    MARKET.to_csv(tmp_path / "m.csv", index_label="id")
    found = table_study(ask(tmp_path, benchmark=str(tmp_path / "m.csv")))
    spec = StudySpec(estimation_window=(-30, -6))
    frame = event_study(RETURNS, benchmark=MARKET, spec=spec)
    np.testing.assert_array_equal(found.result.car((0, 5)), frame.car((0, 5)))
    y, x = RETURNS.to_numpy()[3], MARKET.to_numpy()[3]
    slope, start = np.polyfit(x[:25], y[:25], 1)
    hand = (y - start - slope * x)[30:36].sum()
    assert found.result.car((0, 5)).iloc[3] == pytest.approx(hand, rel=1e-9)
    assert "returns in event time, days -30 to +90" in found.said[0]


def test_several_benchmarks_in_event_time_stand_side_by_side(tmp_path):
    """Only one was taken: two files with a comma between them were no file."""
    MARKET.to_csv(tmp_path / "m.csv", index_label="id")
    (MARKET + RETURNS / 2).to_csv(tmp_path / "n.csv", index_label="id")
    both = f"{tmp_path / 'm.csv'}, {tmp_path / 'n.csv'}"
    found = table_study(ask(tmp_path, benchmark=both))
    rows = tables_of(found, judge(found))["benchmarks"]
    table = rows[rows["window"] == "[0,0]"].set_index("benchmark")["caar"]
    for name in ("m.csv", "n.csv"):
        alone = table_study(ask(tmp_path, benchmark=str(tmp_path / name)))
        assert table[name] == alone.result.caar((0, 0))
    assert [name for name, _ in found.files] == ["e.csv", "m.csv", "n.csv"]
    with pytest.raises(InputError, match="two files have one name"):
        table_study(ask(tmp_path, benchmark=f"{tmp_path / 'm.csv'},{tmp_path / 'm.csv'}"))


def test_its_tables_have_groups_and_no_dates(tmp_path):
    found = table_study(ask(tmp_path))
    tables = tables_of(found, judge(found, estimated=False))
    assert set(tables["groups"]["group"]) == {"a", "b"}
    assert tables["event_outcomes"]["session"].unique().tolist() == [""]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"prices": "px.csv"}, "returns already, in event time"),
        ({"exchange": "XNYS"}, "have no dates"),
        ({"benchmark": "SPX"}, "a file of the same form"),
    ],
)
def test_what_needs_dates_is_refused(tmp_path, more, said):
    with pytest.raises(InputError, match=said):
        table_study(ask(tmp_path, **more))


def test_a_cell_that_is_no_return_is_named_with_its_place(tmp_path):
    with pytest.raises(InputError, match=r"e\.csv:2, column -30: 'high'"):
        table_study(ask(tmp_path, RETURNS.astype(object).replace(RETURNS.iloc[0, 0], "high")))


def test_a_lone_event_has_its_own_test_and_no_mean_that_is_tested(tmp_path, capsys):
    ask(tmp_path, RETURNS.iloc[:2])
    lines = (tmp_path / "e.csv").read_text().splitlines()
    (tmp_path / "e.csv").write_text("\n".join(lines[:2]) + "\n")
    assert main(["study", "--events", str(tmp_path / "e.csv"), "--out", str(tmp_path / "o")]) == 0
    said = capsys.readouterr().out
    assert "1 event," in said
    assert "No mean is tested: one reaction has no spread; its own test has p = 0." in said


def test_a_group_named_like_a_formula_is_text_in_the_workbook(tmp_path):
    request = ask(tmp_path)
    text = (tmp_path / "e.csv").read_text().replace(",a,", ",=SUM(A1),")
    (tmp_path / "e.csv").write_text(text)
    found = table_study(request)
    judged = judge(found, estimated=False)
    content = workbook({"table": judged.table.to_frame(), **tables_of(found, judged)})
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert any(cell.value == "'=SUM(A1)" for cell in cells)
