"""Tables for a paper, groups and their difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from scipy import stats
from test_ladder import SPEC, data

import analysis
from analysis.engine.journal import number_text, star
from analysis.engine.latex import latex_text
from analysis.errors import InputError


@pytest.fixture(scope="module")
def result():
    returns, events, market = data()
    for row in events.itertuples():
        returns.loc[row.session, row.security] += 0.05 if row.kind == "a" else -0.004
    return analysis.event_study(returns, events, benchmark=market, spec=SPEC)


def test_groups_and_their_difference_are_those_of_scipy(result):
    groups = result.by("kind", (0, 0))
    car = result.car((0, 0)).reset_index()
    kinds = result.events["kind"].to_numpy()[result.rows]
    means = {k: car["car"][kinds == k].groupby(car["event_id"][kinds == k]).mean() for k in "ab"}
    welch = stats.ttest_ind(means["a"], means["b"], equal_var=False)
    gap = groups.differences[0]
    np.testing.assert_allclose(
        [gap.statistic, gap.p_value, gap.df], [welch.statistic, welch.pvalue, welch.df]
    )
    np.testing.assert_allclose(groups.table.loc["a", "estimate"], car["car"][kinds == "a"].mean())
    assert groups.table["n_dates"].tolist() == [6, 6]
    assert gap.permutation_p < 0.02


def test_the_clustered_difference_is_that_of_statsmodels(result):
    import statsmodels.api as sm

    car = result.car((0, 0)).to_numpy()
    dummy = (result.events["kind"].to_numpy()[result.rows] == "a").astype(float)
    fit = sm.OLS(car, sm.add_constant(dummy)).fit(
        cov_type="cluster", cov_kwds={"groups": result.abnormal.row}, use_t=True
    )
    np.testing.assert_allclose(
        result.by("kind", (0, 0)).differences[0].clustered_p, fit.pvalues[1], rtol=1e-9
    )


def test_an_unknown_column_is_refused_with_those_there_are(result):
    with pytest.raises(InputError, match="kind"):
        result.by("knd")
    returns, events, market = data()
    study = analysis.event_study(returns, events.assign(x=np.nan), benchmark=market, spec=SPEC)
    with pytest.raises(InputError, match="0 group"):
        study.by("x")


def test_a_table_has_estimates_statistics_stars_and_n(result):
    table = result.table(stars=True, by="kind")
    assert table.columns == ("All", "a", "b", "Difference")
    assert table.rows[0][2].endswith("***")
    assert table.rows[1][0] == ""
    assert table.rows[1][2].startswith("(+")
    assert table.foot[0][:4] == ("Events", "48", "24", "24")
    assert table.foot[1][:4] == ("Dates", "12", "6", "6")
    assert "*" not in "".join(result.table(stars=False).rows[0])
    cell = table.frame.iloc[1]
    assert f"{cell.estimate:+.2f}***" == table.rows[0][2].replace("−", "-")
    assert f"({cell.statistic:+.2f})" == table.rows[1][2].replace("−", "-")
    assert (cell.column, cell.stars) == ("a", 3)


def test_latex_markdown_and_excel_hold_the_same_cells(result, tmp_path):
    table = result.table(by="kind")
    latex, markdown = table.to_latex(), table.to_markdown()
    bare = table.rows[0][2].rstrip("*")
    assert f"${bare}^{{***}}$" in latex
    assert latex.count(r"\\") == len(table.rows) + len(table.foot) + 1
    assert f"{bare}\\*\\*\\*" in markdown
    table.to_excel(tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert [cell.value for cell in book["table"][3]] == list(table.rows[0])


def test_naive_stars_are_the_cross_sectional_ts(result):
    found = result.test("cross_sectional_t", (0, 0))
    assert result.table(inference="naive").rows[1][1] == f"({number_text(found.statistic, 2)})"
    with pytest.raises(InputError, match="inference"):
        result.table(inference="bayes")


@pytest.mark.parametrize(
    ("p", "marks"), [(0.0099, "***"), (0.01, "**"), (0.05, "*"), (0.1, ""), (float("nan"), "")]
)
def test_stars_begin_below_their_level(p, marks):
    assert star(p) == marks


def test_text_from_outside_is_no_latex():
    assert latex_text("R&D_50% {x}") == r"R\&D\_50\% \{x\}"
    for mark in '\\&%$#_{}~^<>|"`':  # each means something else to TeX
        assert latex_text(mark).startswith("\\")
        assert latex_text(mark) not in (mark, "\\" + mark * 2)
    assert latex_text("a--b ,, ''") == "a-{}-b ,{}, '{}'"  # or they become other marks
    assert latex_text("β ≤ −1\n\u200b3 e\u0301") == r"$\beta$ $\leq$ $-$1 3 é"
    assert number_text(-0.001, 2) == "0.00"
    assert number_text(-1.5, 2) == "−1.50"


def test_a_table_wider_than_a_page_is_printed_in_parts(result):
    names = ("All", *(f"a rather long name, number [{i}]" for i in range(6)), "東京")
    cells = tuple(("[0, 0]", *["+1.00**"] * 8) for _ in range(2))
    text = replace(result.table(), columns=names, rows=cells, foot=cells).to_latex()
    first, *lines = text.splitlines()
    assert first.endswith("; LuaLaTeX and a font with 京東 in place of fontenc")
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 2
    heads = [line for line in lines if line.startswith("Window")]
    assert sum(line.count(" & ") for line in heads) == len(names)
    assert r"\shortstack[r]{a rather long\\{}name, number [0]}" in heads[0]
    assert "\\\\[" not in text  # would be a distance


def test_a_plot_has_a_line_for_each_group(result):
    axes = result.plot(by="kind").axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "a (N = 24)", "b (N = 24)",
    ]  # fmt: skip
    assert len(result.plot().axes[0].lines) == 3
    drawn = result.plot(by="kind").data.set_index(["group", "event_day"])["mean"]
    np.testing.assert_allclose(drawn["a"], axes.lines[0].get_ydata())
