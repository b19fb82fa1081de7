"""Text from outside is text: in pictures, tables, file names and what is published."""

from __future__ import annotations

import io
import json
import warnings
from html import escape
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import nbformat
import numpy as np
import pandas as pd
import pytest

from analysis.chapters.shared.picture import Drawn, figure_output
from analysis.chapters.shared.style import new_figure, styled
from analysis.csv_lines import lines
from analysis.errors import SeedError
from analysis.files import csv_parts, csv_text
from analysis.report.publish import without_path
from analysis.report.scrub import private_places, scrub_notebook, scrub_text
from analysis.seeds.catalogue import load_seeds
from analysis.seeds.values import MOST_OF_A_TITLE

ROOT = Path(__file__).resolve().parents[1]

#: Headlines as they come, and as somebody might send them.
TITLES = (
    "Tariffs on $200bn of goods, 25% on $50bn",
    "$5bn in Intel at $23.28",
    r"\frac{1}{0} $\undefined$ ^N225_x",
    "<script>alert(1)</script> & 'quotes' \"twice\"",
    "英伟达恢复对华销售 🚀",
    "a lone $ sign",
)


@styled
def drawn(text):
    fig = new_figure(2.0)
    axes = fig.subplots()
    axes.set_title(text)
    axes.set_xlabel(text)
    axes.plot([0, 1], [0, 1], label=text)
    axes.set_yticks([0, 1], [text, "one"])
    axes.annotate(text, (0.5, 0.5))
    axes.legend()
    return figure_output(fig, drawn=Drawn("x"), title=text, alt=text)


@pytest.mark.parametrize("title", TITLES)
def test_a_picture_draws_a_headline_as_it_is(title):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = drawn(title)
    texts = [node.text for node in ElementTree.fromstring(picture.svg).iter() if node.text]
    assert texts.count(title) == 1 + 5  # the title of the drawing, and every place it was put
    assert picture._repr_html_().count("<script") == 0


def test_a_picture_is_xml_whatever_a_name_holds():
    ElementTree.fromstring(drawn("a\x0bb\x00c").svg)


# -- tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=x", "\n=x", "\r\n=x", " =x", "\u200b=x", "\ufeff+x",
     "＝1+1", "＋x", "－x", "＠x", "\u00a0=x", "\u202e=x", "\u2028-x", "\x01=x"],
)  # fmt: skip
def test_no_cell_and_no_head_is_a_formula(cell):
    table = pd.DataFrame({cell: [cell], "category": pd.Categorical([cell])})
    back = pd.read_csv(io.StringIO(csv_text(table)), dtype=str, keep_default_na=False)
    assert back.columns[0].startswith("'")
    assert back.iloc[0, 0].startswith("'")
    assert back.iloc[0, 1].startswith("'")


@pytest.mark.parametrize("cell", ["-0.5", "+3", "a=b", "^N225", "\nplain", "", "−1%", "1-2"])
def test_what_is_no_formula_stays_as_it_is(cell):
    back = pd.read_csv(
        io.StringIO(csv_text(pd.DataFrame({"x": [cell], "y": [1]}))), dtype=str,
        keep_default_na=False,
    )  # fmt: skip
    assert back["x"].tolist() == [cell]


def test_heads_of_the_same_name_are_written_as_they_are():
    table = pd.DataFrame([[True, "=x"]], columns=["a", "a"])
    assert csv_text(table) == "a,a\ntrue,'=x\n"


@pytest.mark.parametrize("at_once", [1, 2, 3, 50])
def test_a_table_written_in_parts_is_the_table(at_once):
    table = pd.DataFrame(
        {
            "text": ["=1", "a\nb", None, "c,d", "\u200b=x"],
            "share": [0.1, float("nan"), 1e-17, -3.0, 1e300],
            "count": [1, 2, 3, 4, 5],
            "flag": pd.array([True, None, False, True, True], dtype="boolean"),
            "kind": pd.Categorical(["a", "", "a", "@b", "a"]),
        }
    )
    for whole in (table, table.head(0)):
        assert b"".join(csv_parts([whole], at_once=at_once)) == csv_text(whole).encode()
    pieces = [table.head(2), table.iloc[2:2], table.iloc[2:]]
    assert b"".join(csv_parts(pieces, at_once=at_once)) == csv_text(table).encode()


def test_a_long_table_has_the_bytes_of_a_short_one():
    decimals = [0.1, 1e-5, 9.99e-5, 1e-4, 5e-324, 1e10, 1e16, 123.0, -0.0, 2 / 3, float("inf")]
    texts = ["a", "b,c", 'd"e', "f\ng", "=x", "-0.5", "", "é", "\u200b=x", " x", "a\rb", None]
    n = 20_000
    table = pd.DataFrame(
        {
            "x": [*decimals, float("nan")] * n,
            "random": np.random.default_rng(1).normal(0, 0.02, 12 * n),
            "text": texts * n,
            "n": range(12 * n),
        }
    ).iloc[: n + 5]
    assert lines(table) is not None
    parts = b"".join(csv_parts([table], at_once=n // 2))
    assert csv_text(table).encode() == parts


# -- titles --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("x" * 10_000, "at most"),
        ("x" * (MOST_OF_A_TITLE + 1), f"at most {MOST_OF_A_TITLE} characters; this one has 201"),
        ("safe \u202eexe.fdp", "turns the direction"),
        ("safe \u2066x\u2069", "turns the direction"),
        ("two\nlines", "one line"),
        ("a tab\there", "one line"),
        ("bell\x07", "cannot be printed"),
    ],
)
def test_a_title_is_one_short_line_that_reads_one_way(title, said, tmp_path):
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for file in (ROOT / "analysis" / "seeds" / "scaffold" / "example" / "seeds").glob("*.yaml"):
        (seeds / file.name).write_bytes(file.read_bytes())
    events = (seeds / "events.yaml").read_text("utf-8")
    was = "title: The Federal Reserve cuts by half a point"
    assert was in events
    (seeds / "events.yaml").write_text(
        events.replace(was, f"title: {json.dumps(title)}"), encoding="utf-8"
    )
    with pytest.raises(SeedError) as caught:
        load_seeds(seeds)
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1
    assert len(str(caught.value)) < 600
    assert "\u202e" not in str(caught.value)


# -- paths ---------------------------------------------------------------------------------------

#: Folders whose names are written in many ways.
FOLDERS = (
    "/srv/Jürgen",
    '/srv/"quoted" it\'s',
    "/srv/two\nlines",
    "/srv/back\\slash & <tag>",
    "/srv/日本 $5",
)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_way_to_write_a_path_gets_past(folder):
    ways = [folder, json.dumps(folder), json.dumps(folder, ensure_ascii=False), repr(folder),
            escape(folder), quote(folder), json.dumps(json.dumps({"prices": folder}))]  # fmt: skip
    for written in ways:
        assert "srv" not in scrub_text(f"at {written}/x.csv", [(Path(folder), "<reports>")])


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_injected_parameters_name_no_folder(folder):
    from papermill.translators import PythonTranslator

    spec = json.dumps({"prices": f"{folder}/px.csv"})
    parameters = {"spec": spec, "workspace": folder, "store": f"{folder}/reports"}
    cell = nbformat.v4.new_code_cell(PythonTranslator.codify(parameters))
    cell.metadata.tags = ["injected-parameters"]
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{folder}\n{spec}")]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    places = [(Path(folder), "."), *private_places(parameters)]
    clean = scrub_notebook(notebook, folders=places)
    assert "srv" not in clean.cells[0].source + clean.cells[0].outputs[0].text
    assert "px.csv" in clean.cells[0].source


def test_a_home_is_no_readers_business(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    places = private_places({})
    assert scrub_text("/home/somebody/px.csv, /home/somebody-else", places) == (
        "~/px.csv, /home/somebody-else"
    )


@pytest.mark.parametrize("prices", ["/home/somebody/px.csv", "C:\\Users\\somebody\\px.csv"])
def test_a_published_run_json_names_the_file_of_the_prices_alone(prices):
    record = json.dumps({"run": {"prices": prices, "study": {}}}).encode()
    assert json.loads(without_path(record)) == {"run": {"prices": "px.csv", "study": {}}}
