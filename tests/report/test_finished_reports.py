"""What can be done with finished runs: hold two side by side, run one again, publish."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.__main__ import main
from analysis.engine.spec import StudySpec
from analysis.errors import InputError, ReportError
from analysis.reactions.run_inputs import gather_inputs
from analysis.reactions.run_spec import RunSpec
from analysis.reactions.store import StudyStore, load_or_run, write_study
from analysis.reactions.study_tables import TABLES
from analysis.report.compare import _verdicts, compare_stores, open_store, render_comparison
from analysis.report.dictionary import check_heads, tables
from analysis.report.publish import citation, publish
from analysis.report.rerun import read_record, rerun

ROOT = Path(__file__).resolve().parents[2]
#: Sessions the moved price lies in the return of, and a price moved by a tenth.
SYMBOL, DAY, FACTOR = "NVDA", "2025-07-15", 1.1
SMALL_RUN = RunSpec(study=StudySpec(windows=((0, 0),)), markets=(SYMBOL,))


@pytest.fixture(scope="module")
def moved(workspace, tmp_path_factory):
    """The founding study with one price of one market raised by a tenth."""
    closes = pd.read_csv(ROOT / "data" / "closes.csv", dtype=str, keep_default_na=False)
    row = closes["date"] == DAY if "date" in closes else closes.iloc[:, 0] == DAY
    if SYMBOL in closes:
        closes.loc[row, SYMBOL] = str(float(closes.loc[row, SYMBOL].iloc[0]) * FACTOR)
    else:
        row &= closes["symbol"] == SYMBOL
        closes.loc[row, "close"] = str(float(closes.loc[row, "close"].iloc[0]) * FACTOR)
    file = tmp_path_factory.mktemp("moved") / "closes.csv"
    closes.to_csv(file, index=False)
    folder = tmp_path_factory.mktemp("store") / "data"
    inputs = gather_inputs(workspace, RunSpec(prices=str(file)))
    write_study(inputs.study(), folder, inputs=inputs)
    return StudyStore(folder)


# -- compare -------------------------------------------------------------------------------------


def test_a_store_against_itself_has_not_moved(store):
    found = compare_stores(store, store)
    assert found.causes == ()
    assert len(found.moved) == 0
    assert "None of the 128 distinct reactions" in found.sentences()[0]
    assert "share all inputs" in found.sentences()[-1]


def test_a_moved_price_is_found_and_named(store, moved):
    found = compare_stores(store, moved)
    assert {cause.kind for cause in found.causes} == {"prices"}
    assert found.sentences()[-1].startswith("Only prices differ")
    day0 = found.moved[(found.moved["day0_old"] == DAY) & (found.moved["market"] == SYMBOL)]
    assert len(day0)
    assert set(day0["why"]) == {"the market's own return on day 0 changed"}
    # The price rose by a tenth, so that day's return rose by a tenth of (1 + return); the models
    # were fitted on days before it.
    expected = 0.1 * (1 + day0["ret_old"])
    assert (day0["ar_change"] - expected).abs().max() < 1e-12
    untouched = found.reactions[found.reactions["market"] != SYMBOL]
    assert (untouched["ar_change"].abs() < 1e-12).all()


@pytest.fixture(scope="module")
def small(workspace):
    """A study of one market and window; what is done with it is the same for every study."""
    return load_or_run(SMALL_RUN, workspace=workspace)


def test_changed_parameters_are_named_with_their_values(small, workspace):
    method = replace(SMALL_RUN.study, estimation_window=(-120, -11))
    other = load_or_run(replace(SMALL_RUN, study=method), workspace=workspace)
    found = compare_stores(small, other)
    assert [(c.kind, c.name, c.old, c.new) for c in found.causes] == [
        ("parameters", "estimation_window", "[-130, -11]", "[-120, -11]")
    ]
    assert "the expected return changed: another fit or model" in set(found.moved["why"])


def test_claims_are_compared_by_code_not_by_words(store, moved):
    """Other words for one code are no change; another code under the same words is one."""
    claims = store.claims.reset_index(drop=True)
    second = claims["claim_id"][1]
    claims.loc[0, "verdict"] = "holds, in other words"
    claims.loc[1, "code"] = "contradicted" if claims["code"][1] != "contradicted" else "supported"
    found = _verdicts(store, SimpleNamespace(claims=claims))
    assert found["claim_id"].tolist() == [second]
    page = render_comparison(
        replace(compare_stores(store, moved), verdicts=found), ("before", "after")
    )
    assert f"{found.code_old[0]}, now {found.code_new[0]}" in page
    without = SimpleNamespace(claims=claims.drop(columns="code"))
    assert set(_verdicts(store, without)["code_new"]) == {"no code"}


def test_the_page_of_a_comparison_is_inert(store, moved):
    page = render_comparison(compare_stores(store, moved), ("<script>alert(1)</script>", "new"))
    assert "<script>alert" not in page
    assert "default-src 'none'" in page
    again = render_comparison(compare_stores(store, moved), ("<script>alert(1)</script>", "new"))
    assert page == again


def test_compare_command(store, moved, tmp_path, capsys):
    out = tmp_path / "page"
    assert main(["compare", str(store.folder), str(moved.folder), "--out", str(out)]) == 0
    assert "Only prices differ" in capsys.readouterr().out
    rows = pd.read_csv(out / "comparison.csv")
    assert len(rows) == 208
    assert main(["compare", str(store.folder), str(tmp_path)]) == 2
    assert "reports/data/run.json" in capsys.readouterr().err


# -- rerun ---------------------------------------------------------------------------------------


def test_a_stored_run_is_reproduced_byte_for_byte(small, workspace):
    found = rerun(small.folder / "run.json", workspace)
    assert (found.same, found.tables, found.causes) == (True, len(TABLES), ())
    assert found.text() == f"Reproduced: {len(TABLES)} tables, byte for byte."


def test_a_rerun_says_what_differs(small, workspace, tmp_path):
    record = read_record(small.folder)
    record["run"]["study"]["seed"] = 1
    record["inputs"]["closes.csv"] = "0" * 64
    record["versions"]["pandas"] = "0.1"
    (tmp_path / "run.json").write_text(json.dumps(record))
    found = rerun(tmp_path, workspace, keep=tmp_path / "kept")
    assert not found.same
    assert (tmp_path / "kept" / "tests.csv").is_file()
    said = found.text()
    assert "input closes.csv: 000000000000 then" in said
    assert "version of pandas: 0.1 then" in said


def test_rerun_command(small, tmp_path, capsys):
    assert main(["rerun", str(small.folder / "run.json"), "--workspace", str(ROOT)]) == 0
    assert "byte for byte" in capsys.readouterr().out
    (tmp_path / "run.json").write_text("{}")
    assert main(["rerun", str(tmp_path)]) == 2
    assert "not the record of a study" in capsys.readouterr().err


# -- the data dictionary -------------------------------------------------------------------------


def test_every_column_of_every_table_is_described_and_no_other(store):
    described = {name: [c.name for c in found] for name, found in tables().items()}
    heads = {}
    for name in TABLES:
        with (store.folder / f"{name}.csv").open(newline="") as stream:
            heads[name] = next(csv.reader(stream))
    assert described == heads
    check_heads(heads)


def test_a_column_without_a_meaning_is_refused():
    with pytest.raises(InputError, match=r"columns\.csv"):
        check_heads({"fits": ["alpha", "gamma"]})


# -- publish -------------------------------------------------------------------------------------


def test_a_published_folder_is_whole_and_described(small_site, tmp_path):
    names = publish(small_site, tmp_path / "site")
    site = tmp_path / "site"
    assert {"index.html", "dictionary.html", "CITATION.cff", ".nojekyll", "data/datapackage.json",
            "one-event/one-event.html", "manifest.json"} <= set(names)  # fmt: skip
    assert not any("_store" in name or ".stamp" in name or ".lock" in name for name in names)
    package = json.loads((site / "data" / "datapackage.json").read_text())
    for resource in package["resources"]:
        file = site / "data" / resource["path"]
        with file.open(newline="") as stream:
            head = next(csv.reader(stream))
        assert [field["name"] for field in resource["schema"]["fields"]] == head
        assert all(field["description"] for field in resource["schema"]["fields"])
        assert resource["bytes"] == file.stat().st_size
    first = {name: (site / name).read_bytes() for name in names}
    assert publish(small_site, site) == names  # again, over itself
    assert first == {name: (site / name).read_bytes() for name in names}


def test_the_reference_of_the_package_lies_beside_the_methods(small_site, tmp_path):
    api = tmp_path / "api"
    (api / "analysis").mkdir(parents=True)
    (api / "analysis" / "engine.html").write_text("<p>engine</p>")
    with pytest.raises(InputError, match="make docs"):
        publish(small_site, tmp_path / "site", api=api)
    (api / "index.html").write_text("<p>api</p>")
    names = publish(small_site, tmp_path / "site", api=api)
    assert {"methods.html", "api/index.html", "api/analysis/engine.html"} <= set(names)
    assert (tmp_path / "site" / "api" / "index.html").read_text() == "<p>api</p>"
    assert not any(name.startswith("api/") for name in publish(small_site, tmp_path / "site"))
    assert not list((tmp_path / "site" / "api").rglob("*.html"))


def test_publish_never_removes_what_it_did_not_make(small_site, tmp_path):
    (tmp_path / "letters.txt").write_text("dear")
    with pytest.raises(InputError, match="would be lost"):
        publish(small_site, tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "dear"


def test_publish_refuses_changed_or_missing_reports(small_site, tmp_path):
    shutil.copytree(small_site, tmp_path / "reports")
    (tmp_path / "reports" / "index.html").write_text("other")
    with pytest.raises(InputError, match=r"not as manifest\.json says"):
        publish(tmp_path / "reports", tmp_path / "site")
    assert not (tmp_path / "site").exists()
    with pytest.raises(InputError, match="no finished reports"):
        publish(tmp_path / "nowhere", tmp_path / "site")


def test_a_target_that_cannot_be_written_is_named(small_site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="could not be written"):
        publish(small_site, tmp_path / "file" / "site")


def test_the_citation_in_the_repository_is_the_published_one():
    assert (ROOT / "CITATION.cff").read_text(encoding="utf-8") == citation()


def test_open_store_wants_a_whole_study(store, tmp_path):
    shutil.copyfile(store.folder / "run.json", tmp_path / "run.json")
    with pytest.raises(InputError, match=r"no abnormal_returns\.csv"):
        open_store(tmp_path)
