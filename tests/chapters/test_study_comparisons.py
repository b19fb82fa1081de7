"""Pictures of a table study that set figures beside each other: their marks are its figures."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.chapters.study.comparisons import groups_chart, ladder_chart, sum_chart
from analysis.chapters.study.findings import findings_table
from analysis.chapters.study.pictures import _columns, _shares, path_chart
from analysis.chapters.study.tables import groups_table, paper_table
from analysis.chapters.study.told import Told
from analysis.chapters.study.words import (
    Answer,
    counts,
    headline,
    ladder_words,
    points,
    question,
    sum_parts,
)
from analysis.engine.plots import path_band
from analysis.prices.snapshot import CLOSES
from analysis.reactions.table_ladder import judge
from analysis.reactions.table_study import TableRequest, table_study
from analysis.report.table_page import command_of


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
    moved, usual, left, digits = sum_parts(told)
    title = sum_chart(told).title.replace("− ", "−").replace("+ ", "+")
    figures = [float(f.replace("−", "-")) for f in re.findall(r"[+−]\d+\.\d+", title)]
    assert figures[0] == pytest.approx(figures[1] + figures[2], abs=1e-9)
    half = 0.5 * 10.0 ** -(digits + 2)
    assert moved == pytest.approx(told.moved, abs=half)
    assert left == pytest.approx(told.beyond, abs=half)
    assert sum_chart(told).table["value"].tolist() == [usual, left, moved]


def test_the_grey_of_the_spread_has_the_area_of_its_dots_and_what_lies_beyond_is_named(told):
    stretches = 100 * told.judged.stretches
    edges = _columns(100 * told.counted["beyond"].to_numpy(), 720)
    assert _shares(stretches, edges).sum() == pytest.approx(1.0)
    assert 0.0 in edges
    assert np.ptp(np.diff(edges)) < 1e-9
    assert stretches[0] < np.median(stretches) < stretches[-1]
    assert told.judged.as_unusual["ordinary"].min() > 100


def test_groups_and_findings_say_what_the_study_says(told):
    table = groups_table(told)
    means = told.study.result.by("kind", (0, 5))
    gap = means.differences[0]
    last = table.rows[-1]
    assert (last[0], last[5]) == (f"{gap.first} less {gap.second}", points(gap.estimate))
    for name, row in zip(means.table.index, table.rows, strict=False):
        assert row[5] == points(means.table.loc[name, "estimate"])
    found = {row[0]: row[1] for row in findings_table(told).rows}
    assert found["Columns"] == "“kind” made groups."
    assert "Days, not sessions" not in found  # weekdays alone
    assert not any(name.startswith("Perhaps a day") for name in found)


def test_prices_of_the_day_before_are_told_and_every_calendar_day_too(tmp_path):
    days = pd.date_range("2022-01-01", periods=500)
    moves = np.random.default_rng(4).normal(0, 0.01, (500, 2))
    at = np.arange(200, 480, 9)
    moves[at + 1, 0] += np.where(np.arange(len(at)) % 2, 0.06, -0.06)  # a day after each date
    prices = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), days, ["AAA", "BBB"])
    prices.to_csv(tmp_path / "p.csv", index_label="date")
    events = pd.DataFrame({"company": "AAA", "date": days[at].date})
    events.to_csv(tmp_path / "e.csv", index=False)
    study = table_study(TableRequest(events=str(tmp_path / "e.csv"), prices=str(tmp_path / "p.csv"),
                                     method={"windows": ((0, 1),)}))  # fmt: skip
    told = Told(study, judge(study, estimated=False))
    found = {row[0]: row[1] for row in findings_table(told).rows}
    assert "Perhaps a day late" in found
    assert found["Days, not sessions"] == "Prices stand on 500 days, weekends included."
    assert told.noun == "company"
    assert "compan" in headline(told)


def test_the_path_of_a_group_ends_at_its_mean_and_its_name_is_text(told):
    chart = groups_chart(told)
    ends = chart.table.groupby("group")["caar"].last()
    means = told.study.result.by("kind", (0, 5)).table["estimate"]
    np.testing.assert_allclose(ends[means.index], means, rtol=1e-12)
    assert "&lt;x&gt;" in chart.drawings[0].html()
    assert "<x>" not in chart.drawings[0].html()


def test_a_path_starts_five_days_before_and_is_at_zero_where_the_window_starts(told):
    """A path of [0, +5] started at day 0, and one of [+2, +5] ended elsewhere than its mean."""
    result = told.study.result
    path = path_band(result, None, first=2)
    assert path.index[0] == -5
    assert path["caar"][1] == 0.0
    assert path["caar"][-1] == pytest.approx(-result.window_sums_of_distinct((0, 1)).car.mean())
    assert path["caar"][5] == pytest.approx(result.window_sums_of_distinct((2, 5)).car.mean())


def test_the_ladder_fills_the_row_to_read_alone(told):
    chart, found = ladder_chart(told), told.judged.main
    shown = chart.table.set_index("test")["p"]
    assert shown[found[found.read].title] == found.p_value
    assert chart.drawings[0].html().count('class="ink"') == 1


def test_a_lone_event_is_held_against_ordinary_stretches_and_not_called_tested(told, recwarn):
    """It was "Not beyond chance ... p = –", and its path "inside" a band that was not there."""
    events = Path(told.study.request.events)
    one = events.with_name("one.csv")
    one.write_text("".join(events.read_text().splitlines(keepends=True)[:2]))
    study = table_study(replace(told.study.request, events=str(one)))
    alone = Told(study, judge(study, estimated=False))
    answer = Answer(alone)
    k, n = alone.counted[["as_unusual", "ordinary"]].iloc[0]
    assert answer.headline.startswith(("Unusual: ", "An ordinary stretch: "))
    assert f"Of {n:,.0f} ordinary stretches of the same" in answer.deck
    assert f"{k:,.0f} w" in answer.deck
    said = " ".join([repr(answer), path_chart(alone).title, ladder_words(alone).text])
    assert "= –" not in said
    assert "inside" not in said
    assert "1 of 1 event ·" in answer.counts
    paper_table(alone)
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


def test_prices_of_months_are_not_called_calendar_days(tmp_path):
    days = pd.date_range("2000-01-01", periods=120, freq="MS")
    moves = np.random.default_rng(4).normal(0, 0.05, 120)
    pd.DataFrame({"AAA": 100 * np.exp(moves.cumsum())}, days).to_csv(
        tmp_path / "p.csv", index_label="date"
    )
    (tmp_path / "e.csv").write_text("date,ticker\n2007-01-20,AAA\n2008-05-20,AAA\n")
    study = table_study(TableRequest(
        events=str(tmp_path / "e.csv"), prices=str(tmp_path / "p.csv"),
        method={"estimation_window": (-50, -6)}))  # fmt: skip
    assert any("31 days apart" in line for line in study.said)
    found = repr(findings_table(Told(study, judge(study, estimated=False))))
    assert "31 days apart" in found
    assert "calendar day" not in found


def test_events_that_bring_their_returns_have_neither_dates_nor_a_file_of_prices(tmp_path):
    """The head named closes.csv, the command asked for it, and events were called dates."""
    days = [str(day) for day in range(-40, 11)]
    moves = np.random.default_rng(6).normal(0, 0.01, (8, len(days)))
    frame = pd.DataFrame(moves, columns=days)
    frame.insert(0, "firm", [f"F{n}" for n in range(8)])
    frame.to_csv(tmp_path / "e.csv", index=False)
    method = {"estimation_window": (-40, -11), "windows": ((0, 0),)}
    study = table_study(TableRequest(events=str(tmp_path / "e.csv"), prices=CLOSES, method=method))
    told = Told(study, judge(study, estimated=False))
    assert question(told) == "did the eight firms react to eight events?"
    assert told.source == "Source: e.csv."
    assert "date" not in counts(told)
    assert findings_table(told) is None
    assert command_of(study).startswith("market-reaction study --events e.csv --estimation-window")


def test_findings_speak_of_what_the_study_has(tmp_path):
    """Placebo calendars were named where there are none, and a comparison no column allows."""
    days = pd.bdate_range("2022-01-03", periods=300)
    moves = np.random.default_rng(8).normal(0, 0.01, (300, 2))
    prices = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), days, ["AAA", "BBB"])
    prices.iloc[-3:, 1] = np.nan
    prices.to_csv(tmp_path / "p.csv", index_label="date")
    rows = [(days[150 + 2 * n].date(), "AB"[n % 2] * 3, "xyz"[n % 3]) for n in range(9)]
    pd.DataFrame(rows, columns=["date", "ticker", "kind"]).to_csv(tmp_path / "e.csv", index=False)
    study = table_study(TableRequest(events=str(tmp_path / "e.csv"), prices=str(tmp_path / "p.csv"),
                                     method={"windows": ((0, 5),)}))  # fmt: skip
    judged = judge(study, estimated=False)
    found = {row[0]: row[1:] for row in findings_table(Told(study, judged)).rows}
    assert found["Columns"][1].startswith("None makes two groups")
    assert "placebo calendars" in found["Windows that meet"][1]
    assert "BBB on" in found["Ends and gaps"][0]
    bare = Told(study, replace(judged, why_no_calendars="for the test"))
    without = {row[0]: row[1:] for row in findings_table(bare).rows}
    assert "placebo calendars" not in without["Windows that meet"][1]
