"""The notebook that teaches: what it computes by hand is what the page of the event prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from analysis.errors import InputError
from analysis.reactions.open_study import open_study
from analysis.reactions.run_spec import RunSpec

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def names(store):
    """Everything the cells define, run as they stand."""
    places = {"workspace": str(ROOT), "store": str(store.folder.parent)}
    found: dict[str, object] = {}
    notebook = ROOT / "notebooks" / "00_by_hand.ipynb"
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), found)
        if "parameters" in cell["metadata"].get("tags", ()):
            found["run"] = json.dumps(places)
            found |= {"event_id": "nvidia-h20-resumption-2025-07-14", "market": "NVDA"}
    return found


def test_the_figures_by_hand_are_those_of_the_page(names):
    by_hand, page = names["by_hand"].iloc[0], names["page"].iloc[0]
    assert by_hand["estimate"] == pytest.approx(page["estimate"], rel=1e-12)
    assert by_hand["p_value"] == page["p_value"]
    assert by_hand["n"] == page["n"]


def test_the_line_by_hand_is_the_fit_of_the_study(names):
    [fit] = (
        names["study"]
        .fits.query(
            "event_id == @names['event_id'] and market == 'NVDA' and model == 'market_model'"
        )
        .to_dict("records")
    )
    assert names["alpha"] == pytest.approx(fit["alpha"], rel=1e-9)
    assert names["beta"] == pytest.approx(fit["beta"], rel=1e-12)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"run": "{"}, "must be JSON"),
        ({"run": '{"stor": "x"}'}, "Did you mean 'store'"),
        ({"modell": "constant_mean"}, "Did you mean 'model'"),
        ({"spec": '{"prices": "yahoo"}', "model": "constant_mean"}, "beside keywords"),
    ],
)
def test_what_a_study_is_opened_with_is_checked(given, message):
    with pytest.raises(InputError, match=message):
        open_study(**given)


def test_keywords_are_the_fields_of_the_json():
    run = RunSpec.from_keywords(
        {"model": "constant_mean", "windows": [(0, 0)], "markets": ["NVDA"], "prices": "x.csv"}
    )
    assert run.study.model == "constant_mean"
    assert run.study.windows == ((0, 0),)
    assert RunSpec.from_json(run.to_json()) == run
