"""The page of definitions, and that it names what the program has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.engine.inference import TESTS
from analysis.engine.models import MODELS
from analysis.errors import ReportError
from analysis.report.methods_page import defined_codes, render_methods, write_methods

SOURCE = Path(__file__).resolve().parents[2] / "docs" / "methods.md"
FEW_EVENTS = {"placebo_p", "mde", "joint_placebo", "conformal_p", "sign_flip_p"}


def test_every_model_and_test_is_defined() -> None:
    codes = defined_codes(SOURCE)
    assert set(MODELS) <= codes
    assert set(TESTS) <= codes
    assert {"ar_t", "car_t"} | FEW_EVENTS <= codes


def test_what_is_marked_now_is_what_there_is() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    models, tests = (
        text.split(f"\n## {start}")[1].split("\n## ")[0].split("\n### ")[0]
        for start in ("4. ", "6. ")
    )

    def marked(section: str) -> set[str]:
        rows = [line.split(" | ") for line in section.splitlines() if line.endswith("**now** |")]
        return {code for row in rows for code in re.findall(r"`(\w+)`", row[0])}

    assert marked(models) == set(MODELS)
    assert marked(tests) == set(TESTS) | {"ar_t", "car_t"}


def test_each_anchor_stands_once_and_every_link_finds_one() -> None:
    page = render_methods(SOURCE.read_text(encoding="utf-8"))
    anchors = re.findall(r'\sid="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)
    assert set(defined_codes(SOURCE)) <= set(anchors)


def test_the_worked_figures_are_carried_exactly() -> None:
    text = SOURCE.read_text(encoding="utf-8")
    for figure in (
        "2.7371733590", ".002666335275", ".5325295659",
        "-1.032569317943, 2.560771908499, 3.147861320700",
    ):  # fmt: skip
        assert figure in text


def test_a_name_is_defined_where_it_opens_a_row(tmp_path: Path) -> None:
    path = tmp_path / "m.md"
    path.write_text("# M\n\n| c | d |\n|---|---|\n| `a_t`, `b_t` | x |\n\nSee `a_t`.\n", "utf-8")
    assert defined_codes(path) == {"a_t", "b_t"}
    page = write_methods(tmp_path, source=path).read_text(encoding="utf-8")
    assert 'id="a_t"' in page
    assert '<a class="term" href="#a_t"><code>a_t</code></a>' in page
    assert "<h1>M</h1>" in page


def test_a_missing_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"nowhere\.md could not be read"):
        write_methods(tmp_path, source=tmp_path / "nowhere.md")
