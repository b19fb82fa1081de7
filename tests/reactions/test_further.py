"""The second look: tables kept beside the store, and the sentences, pictures and tables of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import restated_articles
import restated_sentences
import restated_site
from run_pages import outputs

from analysis.chapters.contagion import pictures as moving
from analysis.chapters.contagion import words as moved
from analysis.chapters.contagion.tables import few_pairs_table
from analysis.chapters.few_events import pictures as surviving
from analysis.chapters.few_events import words as survived
from analysis.chapters.few_events.tables import samples_table, sizes_table, survivors_table
from analysis.chapters.robustness import pictures as holding
from analysis.chapters.robustness import words as held
from analysis.chapters.robustness.tables import curves_table, overlaps_table
from analysis.engine.spec import StudySpec
from analysis.errors import InputError
from analysis.reactions.further import TABLES
from analysis.reactions.run_spec import RunSpec

EVENT = "nvidia-h20-resumption-2025-07-14"


@pytest.fixture
def further(second_look):
    return second_look


def test_a_table_is_computed_once_and_read_back(further):
    first = further.table("overlaps")
    file = further.study.folder / "deeper" / "overlaps.csv"
    changed = file.stat().st_mtime_ns
    again = further.table("overlaps")
    assert file.stat().st_mtime_ns == changed
    assert again.equals(first)
    assert not list(file.parent.glob(".writing*"))


@pytest.mark.parametrize("name", ["09_inference", "10_correlation", "11_robustness"])
def test_every_sentence_comes_out_again_from_the_tables(further, workspace, name):
    """Each figure, by a program that shares no code with this one; no sentence without a rule."""
    given = {
        "open_study": lambda *_, **__: further.opened,
        "further_tables": lambda *_, **__: further,
    }
    shown = {"event_id": EVENT, "market": "NVDA"}
    page = "\n".join(outputs(workspace.root / "notebooks" / f"{name}.ipynb", shown, given))
    said = list(restated_sentences.sentences(page))
    tables = restated_sentences.Tables(further.study.folder, f'{page}\nevent_id = "{EVENT}"')
    assert len(said) >= 8
    assert not [fault for one in said if (fault := restated_sentences.check(tables, *one))]
    around = restated_articles.Page(tables, f"<main>{page}</main>", event=EVENT)
    assert restated_site.restated_articles is restated_articles
    assert not around.faults(restated_articles.fixed())


def test_unknown_tables_and_events_are_refused(further):
    with pytest.raises(InputError, match="Did you mean 'lead_lag'"):
        further.table("lead_leg")
    with pytest.raises(InputError, match=EVENT):
        further.curve("nvidia-h20-resumption-2025-07-15")
    assert len(TABLES) == 13


def test_sentences_are_unique_and_state_the_figures(further):
    said = [
        *survived.survivors(further.study, further.seeds),
        *survived.as_implied(further.study, further.seeds),
        *survived.stars(further),
        *survived.sizes(further),
        *moved.lead_and_lag(further),
        *moved.event_days(further),
        *moved.spillovers(further),
        *moved.few_pairs(further),
        *held.curve_of(further, EVENT),
        *held.curves(further),
        *held.overlaps(further),
    ]
    assert len({s.id for s in said}) == len(said)
    assert all("nan" not in s.text for s in said)
    by_id = {s.id: s.text for s in said}
    # the largest family-wise p printed is that of the table
    cells = survived.cells(further.study, "market_model")
    assert f"p = {cells.p_single[0]:.3f} alone" in by_id["family-market_model"]
    pooled = further.study.pooled
    row = pooled[
        (pooled.scope == "all") & (pooled.market == "all") & (pooled["sample"] == "all")
        & (pooled.model == "constant_mean")
    ].iloc[0]  # fmt: skip
    assert (
        f"{row.estimate * 100:+.1f} % on average over {row.n_sessions} sessions"
        in (by_id["implied-constant_mean"])
    )
    assert by_id["not-contagion"].startswith("A difference is not contagion")


def test_pictures_have_words_and_are_the_same_twice(further):
    pictures = [
        surviving.family_picture(further.study, further.seeds),
        surviving.implied_picture(further.study, further.seeds),
        surviving.sizes_picture(further),
        surviving.power_picture(further),
        moving.lead_lag_picture(further),
        moving.network_picture(further.study, further.seeds),
        moving.paths_picture(further),
        moving.event_days_picture(further),
        moving.spillover_picture(further),
        holding.curve_picture(further, EVENT, "NVDA"),
        holding.curves_picture(further),
        holding.overlap_picture(further, "NVDA"),
    ]
    for picture in pictures:
        assert picture.svg.startswith("<svg")
        assert "nan" not in f"{picture.title} {picture.alt}".split()
    again = moving.network_picture(further.study, further.seeds)
    assert again.svg == pictures[5].svg
    with pytest.raises(InputError, match="no curve"):
        holding.curve_picture(further, EVENT, "^GSPC")
    with pytest.raises(InputError, match="NVDA"):
        holding.overlap_picture(further, "NVDIA")


def test_a_study_without_a_benchmark_shows_no_curve_beyond_one(further):
    """The sentences left those curves out; the pictures and the table beside them did not."""
    spec = RunSpec(study=StudySpec(model="constant_mean"))
    other = SimpleNamespace(
        study=SimpleNamespace(spec=spec), seeds=further.seeds, table=further.table
    )
    assert holding.curve_picture(other, EVENT, "NVDA") is None
    for shown in (holding.curves_picture(other), curves_table(other, EVENT)):
        assert "beyond the benchmark" not in shown._repr_html_()
    assert "beyond the benchmark" in curves_table(further, EVENT)._repr_html_()


def test_tables_show_what_was_found(further):
    survivors = survivors_table(further.study, further.seeds, most=3)
    assert len(survivors.rows) == 3
    assert survivors.rows[0][0] == "Nvidia, 15 July 2025"
    samples = samples_table(further.study, further.seeds)
    assert any(row[0] == "Thaw, no confounder" for row in samples.rows)
    sizes = sizes_table(further)
    assert len(sizes.rows) == 6 * 4
    assert sizes.rows[0][0].startswith("All quiet days")
    assert (
        len(few_pairs_table(further).rows) == (further.table("small").model == "market_model").sum()
    )
    assert len(curves_table(further, EVENT).rows) == 4 * 2 * 4
    counts = [int(row[4]) for row in overlaps_table(further).rows]
    assert counts == sorted(counts, reverse=True)


def test_curve_has_every_choice(further):
    curve = further.curve(EVENT)
    nvda = curve[(curve.market == "NVDA") & (curve.estimand == "beyond the benchmark")]
    assert len(nvda) == 192
    assert set(nvda.benchmark) == {"^GSPC", "^SOX"}
    assert np.isfinite(nvda.p_value).all()
