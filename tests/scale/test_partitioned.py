"""A study over partitions gives what the study in memory gives, and survives bad partitions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from partitioned_data import (
    EVERYTHING,
    FIGURES,
    Data,
    assert_same,
    make_data,
    reactions,
    replace_events,
)

from analysis import cross_section, event_study, partitioned_study
from analysis.engine.journal import journal_table
from analysis.engine.judged import judge_result
from analysis.errors import InputError, PlausibilityWarning
from analysis.files import csv_text


def test_every_figure_is_that_of_memory(data, tmp_path):
    memory = data.in_memory()
    found = partitioned_study(
        data.prices, data.event_file, benchmark=data.benchmark, spec=EVERYTHING, out=tmp_path
    )
    assert found.n_requested == 300
    assert len(found.reports) == 5
    assert_same(found, memory)
    mine = reactions(tmp_path)
    theirs = memory.outcomes.set_index(["event_id", "security"]).sort_index()
    assert set(theirs["status"]) > {"ok"}  # some events are too early
    for column in theirs.columns.drop("session"):
        assert mine[column].tolist() == theirs[column].tolist(), column
    for window in EVERYTHING.windows:
        label = f"[{window[0]},{window[1]}]"
        tested = memory.event_tests(window).sort_index()
        usable = mine.loc[tested.index]
        for name, column in (("car", "estimate"), ("se", "se"), ("p_value", "p_value")):
            np.testing.assert_allclose(usable[f"{name}{label}"], tested[column], rtol=1e-12)
        bhar = memory.bhar(window).sort_index()
        np.testing.assert_allclose(usable[f"bhar{label}"], bhar, rtol=1e-12)
    fits = memory.fits.sort_index()
    for column in ("alpha", "beta", "sigma", "df"):
        np.testing.assert_allclose(mine.loc[fits.index, column], fits[column], rtol=1e-12)


METHODS = {
    "event windows left out": {"exclude": ("event_windows",)},
    "log returns": {"return_kind": "log"},
    "market adjusted": {"model": "market_adjusted"},
    "dimson": {"model": "dimson"},
    "ewma": {"scale": "ewma"},
    "all pairs": {"dependence": "all_pairs"},
    "days may be missing": {"min_present": 0.6},
    "lad": {"model": "robust_market_model", "robust": "lad"},
}


def test_tables_of_single_events_are_those_of_memory(data, tmp_path):
    spec = replace(EVERYTHING, tests=("cross_sectional_t",))
    kind = np.where(np.arange(len(data.events)) % 3 > 0, "x", "y")
    data = replace_events(data, data.events.assign(kind=kind))
    lists = data.events.assign(tags=[["a", "b"], ["c"]] * 150)  # group nothing, and end nothing
    lists.to_parquet(tmp_path / "events.parquet", index=False)
    found = partitioned_study(
        data.prices, tmp_path / "events.parquet", benchmark=data.benchmark, spec=spec,
        out=tmp_path / "out",
    )  # fmt: skip
    memory, gathered = data.in_memory(spec), found.gathered((tmp_path / "out").as_uri())
    judged = judge_result(memory, ["kind"])
    assert (tmp_path / "out" / "tables.tex").read_text("utf-8") == judged.table.to_latex()
    for name, frame in judged.tables().items():  # ladder, path, groups: the same bytes
        assert (tmp_path / "out" / f"{name}.csv").read_text("utf-8") == csv_text(frame), name
    spread = pd.read_csv(tmp_path / "out" / "distribution.csv", index_col="window")
    pd.testing.assert_frame_equal(spread, memory.distribution(), rtol=1e-9)
    assert gathered.bootstrap((0, 5), draws=199).se == pytest.approx(
        memory.bootstrap((0, 5), draws=199).se, rel=1e-9
    )
    sheets = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx").sheetnames
    assert {"table", "event_outcomes", "windows", "tests", "distribution", "ladder"} <= set(sheets)
    grouped = found.gathered(tmp_path / "out", data.events).by("kind", (0, 5))
    pd.testing.assert_frame_equal(grouped.table, memory.by("kind", (0, 5)).table, rtol=1e-9)
    with pytest.raises(InputError, match="need all prices at once"):
        journal_table(gathered, inference="placebo")


def test_what_is_asked_of_all_events_is_that_of_memory(data, tmp_path, monkeypatch):
    spec = replace(EVERYTHING, tests=("cross_sectional_t",))
    found, memory = (
        partitioned_study(data.prices, data.event_file, benchmark=data.benchmark, spec=spec),
        data.in_memory(spec),
    )
    whole = found.whole
    same = pd.testing.assert_frame_equal
    same(whole.outcomes, memory.outcomes)
    same(whole.volatility((0, 5)), memory.volatility((0, 5)), check_exact=True)
    same(whole.coefficients(errors="hac"), memory.coefficients(errors="hac"), check_exact=True)
    mine, theirs = (r.calendar_time_alpha((0, 5)).coefficients for r in (whole, memory))
    same(mine, theirs.set_axis(mine.index), check_exact=True)
    size = pd.DataFrame({"size": np.arange(300.0)}, index=data.events["event_id"])
    mine, theirs = (cross_section(r, size, window=(0, 5)) for r in (whole, memory))
    same(mine.coefficients, theirs.coefficients, check_exact=True)
    drawn, beside = (np.asarray(r.plot().axes[0].lines[0].get_ydata()) for r in (whole, memory))
    np.testing.assert_array_equal(drawn, beside)
    monkeypatch.setattr("analysis.scale.whole.MOST_VALUES", 1000)
    few = partitioned_study(data.prices, data.event_file, benchmark=data.benchmark, spec=spec,
                            out=tmp_path)  # fmt: skip
    assert not (tmp_path / "ladder.csv").exists()
    assert (tmp_path / "tables.tex").exists()
    with pytest.raises(InputError, match="300 events of 136 days do not fit into one process"):
        few.whole  # noqa: B018


@pytest.mark.parametrize("changes", METHODS.values(), ids=METHODS)
def test_every_method_is_that_of_memory(data, changes):
    spec = replace(EVERYTHING, **changes)
    if spec.return_kind == "log":
        market = np.log(data.index).diff()
        memory = event_study(np.log(data.closes).diff(), data.events, benchmark=market, spec=spec)
    else:
        memory = data.in_memory(spec)
    found = partitioned_study(data.prices, data.event_file, benchmark=data.benchmark, spec=spec)
    assert_same(found, memory)


def test_without_a_benchmark(data):
    spec = replace(EVERYTHING, model="constant_mean")
    found = partitioned_study(data.prices, data.event_file, spec=spec)
    assert_same(found, data.in_memory(spec))


def test_peers_are_the_securities_of_all_partitions(data):
    found = partitioned_study(data.prices, data.event_file, benchmark="peers", spec=EVERYTHING)
    assert_same(found, data.in_memory(benchmark="peers"))


def test_a_security_of_the_prices_as_benchmark(data):
    returns = data.closes.pct_change(fill_method=None)
    sessions = data.closes["S007"].dropna().index
    with pytest.warns(PlausibilityWarning, match="S007 and the benchmark S007 move alike"):
        memory = event_study(
            data.closes.reindex(sessions).pct_change(fill_method=None),
            data.events,
            benchmark=data.closes["S007"].reindex(sessions).pct_change(fill_method=None),
            spec=EVERYTHING,
        )
    assert len(sessions) < len(returns)
    with pytest.warns(PlausibilityWarning):
        found = partitioned_study(data.prices, data.event_file, benchmark="S007", spec=EVERYTHING)
    assert memory.notes[0] in found.notes
    assert any("the benchmark lacks" in note for note in found.notes)
    assert_same(found, memory)


def test_factors_from_a_file(data, tmp_path):
    rng = np.random.default_rng(5)
    factors = pd.DataFrame(
        rng.normal(0, 0.01, (len(data.index), 3)),
        index=data.index.index,
        columns=["market", "size", "value"],
    )
    factors.reset_index().to_parquet(tmp_path / "factors.parquet", index=False)
    spec = replace(EVERYTHING, model="factor_model", factors=("market", "value"))
    found = partitioned_study(
        data.prices, data.event_file, benchmark=tmp_path / "factors.parquet", spec=spec
    )
    assert_same(found, data.in_memory(spec, benchmark=factors))


@pytest.mark.parametrize("n_events", [1, 2, 60])
def test_few_events_are_correlated_pair_by_pair_as_in_memory(tmp_path, n_events):
    few = make_data(tmp_path, n_events=n_events, seed=n_events)
    found = partitioned_study(few.prices, few.event_file, benchmark=few.benchmark, spec=EVERYTHING)
    assert_same(found, few.in_memory())
    if n_events == 60:
        assert found.test("kolari_pynnonen_t").details["form"] == "pairs"


def test_events_of_one_security_with_one_day_0_count_once(data, tmp_path):
    twins = data.events.assign(event_id="again " + data.events["event_id"])
    both = Data(data.folder, data.closes, data.index, pd.concat([data.events, twins]))
    both.events.to_parquet(tmp_path / "events.parquet", index=False)
    found = partitioned_study(
        data.prices, tmp_path / "events.parquet", benchmark=data.benchmark, spec=EVERYTHING
    )
    assert found.n_requested == 600
    assert_same(found, both.in_memory())


def test_more_events_than_a_block(data, monkeypatch):
    whole = partitioned_study(
        data.prices, data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    monkeypatch.setattr("analysis.scale.passes.BLOCK", 7)
    found = partitioned_study(
        data.prices, data.event_file, benchmark=data.benchmark, spec=EVERYTHING
    )
    np.testing.assert_allclose(
        found.tests()[FIGURES], whole.tests()[FIGURES], rtol=1e-12, atol=1e-13
    )
