"""The second look: tables kept beside the store, and the sentences, pictures and tables of it."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.deeper import TABLES, look_deeper
from analysis.errors import InputError
from analysis.findings import comovement as moved
from analysis.findings import inference as survived
from analysis.findings import robustness as held
from analysis.notebook import Opened
from analysis.plots import comovement as moving
from analysis.plots import inference as surviving
from analysis.plots import robustness as holding
from analysis.tables.comovement import few_pairs_table
from analysis.tables.inference import samples_table, sizes_table, survivors_table
from analysis.tables.robustness import curves_table, overlaps_table

EVENT = "nvidia-h20-resumption-2025-07-14"


@pytest.fixture(scope="module")
def deep(store, seeds, workspace):
    return look_deeper(Opened(study=store, seeds=seeds, workspace=workspace))


def test_a_table_is_computed_once_and_read_back(deep):
    first = deep.table("overlaps")
    file = deep.study.folder / "deeper" / "overlaps.csv"
    changed = file.stat().st_mtime_ns
    again = deep.table("overlaps")
    assert file.stat().st_mtime_ns == changed
    assert again.equals(first)
    assert not list(file.parent.glob(".writing*"))


def test_unknown_tables_and_events_are_refused(deep):
    with pytest.raises(InputError, match="Did you mean 'lead_lag'"):
        deep.table("lead_leg")
    with pytest.raises(InputError, match=EVENT):
        deep.curve("nvidia-h20-resumption-2025-07-15")
    assert len(TABLES) == 13


def test_sentences_are_unique_and_state_the_figures(deep):
    said = [
        *survived.survivors(deep.study, deep.seeds),
        *survived.as_implied(deep.study, deep.seeds),
        *survived.stars(deep),
        *survived.sizes(deep),
        *moved.lead_and_lag(deep),
        *moved.event_days(deep),
        *moved.spillovers(deep),
        *moved.few_pairs(deep),
        *held.curve_of(deep, EVENT),
        *held.curves(deep),
        *held.overlaps(deep),
    ]
    assert len({s.id for s in said}) == len(said)
    assert all("nan" not in s.text for s in said)
    by_id = {s.id: s.text for s in said}
    # the largest family-wise p printed is that of the table
    cells = survived.cells(deep.study, "market_model")
    assert f"p = {cells.p_single[0]:.3f} alone" in by_id["family-market_model"]
    pooled = deep.study.pooled
    row = pooled[
        (pooled.scope == "all") & (pooled.market == "all") & (pooled["sample"] == "all")
        & (pooled.model == "constant_mean")
    ].iloc[0]  # fmt: skip
    assert (
        f"{row.estimate * 100:+.1f} % on average over {row.n_sessions} sessions"
        in (by_id["implied-constant_mean"])
    )
    assert by_id["not-contagion"].startswith("A difference is not contagion")


def test_pictures_have_words_and_are_the_same_twice(deep):
    pictures = [
        surviving.family_picture(deep.study, deep.seeds),
        surviving.implied_picture(deep.study, deep.seeds),
        surviving.sizes_picture(deep),
        surviving.power_picture(deep),
        moving.lead_lag_picture(deep),
        moving.network_picture(deep.study, deep.seeds),
        moving.paths_picture(deep),
        moving.event_days_picture(deep),
        moving.spillover_picture(deep),
        holding.curve_picture(deep, EVENT, "NVDA"),
        holding.curves_picture(deep),
        holding.overlap_picture(deep, "NVDA"),
    ]
    for picture in pictures:
        assert picture.svg.startswith("<svg")
        assert "nan" not in f"{picture.title} {picture.alt}".split()
    again = moving.network_picture(deep.study, deep.seeds)
    assert again.svg == pictures[5].svg
    with pytest.raises(InputError, match="no curve"):
        holding.curve_picture(deep, EVENT, "^GSPC")
    with pytest.raises(InputError, match="NVDA"):
        holding.overlap_picture(deep, "NVDIA")


def test_tables_show_what_was_found(deep):
    survivors = survivors_table(deep.study, deep.seeds, most=3)
    assert len(survivors.rows) == 3
    assert survivors.rows[0][0] == "Nvidia, 15 July 2025"
    samples = samples_table(deep.study, deep.seeds)
    assert any(row[0] == "Thaw, no confounder" for row in samples.rows)
    sizes = sizes_table(deep)
    assert len(sizes.rows) == 6 * 4
    assert sizes.rows[0][0].startswith("All quiet days")
    assert len(few_pairs_table(deep).rows) == (deep.table("small").model == "market_model").sum()
    assert len(curves_table(deep, EVENT).rows) == 4 * 2 * 4
    counts = [int(row[4]) for row in overlaps_table(deep).rows]
    assert counts == sorted(counts, reverse=True)


def test_curve_has_every_choice(deep):
    curve = deep.curve(EVENT)
    nvda = curve[(curve.market == "NVDA") & (curve.estimand == "beyond the benchmark")]
    assert len(nvda) == 192
    assert set(nvda.benchmark) == {"^GSPC", "^SOX"}
    assert np.isfinite(nvda.p_value).all()
