"""Tables and pictures hand their figures on as frames."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd

from analysis.chapters.shared.picture import Drawn, figure_output
from analysis.chapters.shared.table import Link, Table


def test_a_table_is_a_frame_whose_numbers_are_numbers():
    rows = (
        (Link("A", "#a"), "−1.5 %", "0.03*", "1,204", "12 dates"),
        ("B", "+12.0 %", "–", "7", "3 dates"),
    )
    found = Table("t", ("", "AR", "p", "n", "dates"), rows, numeric=frozenset({1, 2, 3, 4})).frame
    assert found[""].tolist() == ["A", "B"]
    assert found.sort_values("AR")["AR"].tolist() == [-1.5, 12.0]
    assert found["p"].iloc[0] == 0.03
    assert found["p"].isna().tolist() == [False, True]
    assert found["n"].sum() == 1211
    assert found["dates"].tolist() == ["12 dates", "3 dates"]  # no numbers: as printed


def test_the_data_of_a_picture_are_a_copy_of_what_it_shows():
    drawn = pd.DataFrame({"x": [1.0, 2.0]})
    picture = figure_output(plt.figure(), drawn=Drawn("one", drawn), title="t", alt="a")
    mine = picture.data
    mine.loc[0, "x"] = 9.0
    pd.testing.assert_frame_equal(picture.data, drawn)


def test_what_opens_on_demand_gives_its_tables_and_the_figures_of_its_pictures():
    from analysis.chapters.shared.block import Block, closed
    from analysis.chapters.shared.chart import Chart
    from analysis.chapters.shared.svg import Drawing

    told, drawn = pd.DataFrame({"claim": ["c"]}), pd.DataFrame({"move": [0.01]})
    chart = Chart("c", "Title", "", (Drawing(10, 10, "A mark", ("<g/>",)),), table=drawn)
    block = closed("More", Block("<p>x</p>", (told,)), chart, Block("<p>y</p>"))
    assert [list(frame) for frame in block.frames] == [["claim"], ["move"]]
    mine = chart.data
    mine.loc[0, "move"] = 0.0
    assert chart.data["move"].tolist() == [0.01]
