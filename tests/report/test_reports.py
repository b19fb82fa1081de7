"""The finished site, end to end: real papermill runs on the embedded and on changed prices."""

from __future__ import annotations

import io
import json
import re
import shutil
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import restated_site
from report_runs import small_workspace
from test_findings import (
    BY_BARS,
    FREE_OF_SIGN_AND_SIZE,
    flipped,
    moved_prices,
    scaled,
)

from analysis.__main__ import main
from analysis.errors import NotebookError
from analysis.output import STORES
from analysis.reactions.run_spec import RunSpec
from analysis.report.build import build_reports
from analysis.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
NVDA = RunSpec(markets=("NVDA",))

#: What may stay when all returns change sign and size: besides what depends on neither, a mean
#: standardised size against draws of the same, and findings that do not depend on prices at all.
MAY_STAY = (
    *FREE_OF_SIGN_AND_SIZE,
    r"omnibus-.*",
    r"simulated-.*",
    r"replication-.*",
    r"minutes-.*|days-held",  # made from bars
    *BY_BARS,
)


class Page(HTMLParser):
    """Links, anchors, loaded things and told sentences of one page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file, self.links, self.anchors, self.loads = file, [], set(), []
        self.images, self.sentences, self._id, self._kind = [], {}, None, ""
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if "id" in values:
            self.anchors.add(values["id"])
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag in ("img", "link", "iframe", "source") or (tag == "script" and "src" in values):
            self.loads.append(values.get("src") or values.get("href") or "")
        if tag == "img":
            self.images.append(values.get("alt", ""))
        if tag == "svg" and "mi" in values.get("class", "").split():  # the widest of its variants
            self.images.append(values.get("aria-label", ""))
        if "data-sentence" in values:
            self._id, self._kind = values["data-sentence"], values.get("class", "")

    def handle_data(self, data):
        if self._id and "finding" in self._kind:
            self.sentences[self._id] = self.sentences.get(self._id, "") + data

    def handle_endtag(self, tag):
        if tag == "p":
            self._id = None


def build(out: Path, only: list[str] | None = None, **changes) -> dict[str, Page]:
    """Build the core site into a folder and read its pages."""
    run, workspace = RunSpec(**changes), Workspace(ROOT, reports=out)
    assert build_reports(workspace, run, only=only, stream=io.StringIO()) == 0
    return {file.relative_to(out).as_posix(): Page(file) for file in sorted(out.rglob("*.html"))}


@pytest.fixture(scope="module")
def site(store, kernels, tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    shutil.copytree(store.folder, out / STORES / store.folder.name)
    return build(out)


def test_every_study_has_a_page_and_its_figures_beside_it(site):
    assert "index.html" in site
    assert "methods.html" in site
    assert sum("/" in name for name in site) >= 10
    for name, page in site.items():
        if "/" in name and not name.startswith("events/"):  # these point at the data of all
            assert (page.file.parent / "data" / "abnormal_returns.csv").is_file()
            assert (page.file.parent / "data" / "run.json").is_file()


def test_every_sentence_comes_out_again_from_the_files_beside_its_page(site):
    """Each figure, by a program that shares no code with this one; no sentence without a rule.

    Titles of pictures and answers of articles, too; further pages of the full tier: test_further.
    """
    assert not restated_site.sentences(site["index.html"].file.parent)


def test_every_figure_of_event_pages_comes_out_again(site):
    """Headline, deck, doubts, pictures and minutes of all events; a figure without a rule fails."""
    assert sum(name.startswith("events/") for name in site) > 50
    assert not restated_site.restated_events.faults(site["index.html"].file.parent)


def test_every_figure_of_the_front_page_and_the_summary_comes_out_again(site):
    assert not restated_site.restated_front.faults(site["index.html"].file.parent)


def test_pages_load_nothing_from_elsewhere(site):
    for name, page in site.items():
        assert all(load.startswith("data:") for load in page.loads), name
        assert "default-src 'none'" in page.file.read_text(encoding="utf-8"), name


def test_every_picture_has_alternative_text(site):
    pictures = [alt for page in site.values() for alt in page.images]
    assert len(pictures) >= 20
    assert all(len(alt) > 20 for alt in pictures)


def test_below_every_picture_its_data_can_be_saved(site):
    for name, page in site.items():
        text = page.file.read_text(encoding="utf-8")
        figures = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
        assert len(figures) == len(page.images), name
        addresses = [re.search(r'href="(data:text/csv[^"]+)"', figure) for figure in figures]
        assert all(addresses), name
        names = re.findall(r'<a class="data" download="([^"]+)"', text)
        assert len(set(names)) == len(names), name


def test_every_relative_link_and_anchor_resolves(site):
    by_file = {page.file.resolve(): page for page in site.values()}
    for name, page in site.items():
        for link in page.links:
            if re.match(r"https?:|mailto:|data:text/csv", link):
                continue
            path, _, anchor = link.partition("#")
            target = (page.file.parent / path).resolve() if path else page.file.resolve()
            assert target.exists(), f"{name}: {link}"
            if anchor:
                assert anchor in by_file[target].anchors, f"{name}: {link}"


def test_the_row_a_figure_leads_to_holds_that_figure(site):
    parts = {page.file.resolve(): parts_of(page.file) for page in site.values()}
    n_checked = {}
    for name, page in site.items():
        text = page.file.read_text(encoding="utf-8")
        for address, figure in re.findall(r'<a class="row" href="([^"]+)">([^<]*)</a>', text):
            path, _, anchor = address.partition("#")
            target = (page.file.parent / path).resolve() if path else page.file.resolve()
            if anchor.startswith("figure."):
                continue
            there = figures_in(parts[target][anchor])
            if re.fullmatch(r"[\d.]+(\s%)?", figure):  # "fell", "points below" say the sign
                there = [(abs(value), half) for value, half in there]
            assert any(close(a, b) for a in figures_in(figure) for b in there), (
                name,
                figure,
                anchor,
            )
            n_checked[name] = n_checked.get(name, 0) + 1
    assert n_checked["index.html"] >= 20
    assert n_checked["all-events/all-events.html"] >= 40
    assert min(n for name, n in n_checked.items() if name.startswith("article-")) >= 10


def parts_of(file: Path) -> dict[str, str]:
    """Text of every row and cell of a page that has a name."""
    html = file.read_text(encoding="utf-8")
    parts = re.findall(r'<(tr|td) id="([^"]+)"[^>]*>(.*?)</\1>', html, re.DOTALL)
    inner = r'<td id="([^"]+)"[^>]*>(.*?)</td>'
    found = {name: text for tag, name, text in parts}
    found |= {name: text for tag, _, row in parts if tag == "tr"
              for name, text in re.findall(inner, row, re.DOTALL)}  # fmt: skip
    span = r'<span class="anchor" id="([^"]+)"'
    joined = {name: text for text in found.values() for name in re.findall(span, text)}
    every = joined | found
    return {unescape(name): unescape(re.sub(r"<[^>]+>", " ", text)) for name, text in every.items()}


def figures_in(text: str) -> list[tuple[float, float]]:
    """Every number of a text with half a unit of its last digit; words up to ten count."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    found = [(float(n), 0.0) for n, word in enumerate(words) if re.search(rf"\b{word}\b", text)]
    for digits in re.findall(r"[+−-]?\d*\.?\d+", text):
        decimals = len(digits.partition(".")[2])
        found.append((float(digits.replace("−", "-")), 0.5 * 10**-decimals))
    return found


def close(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Tell whether two numbers can be roundings of the same."""
    return abs(one[0] - other[0]) <= one[1] + other[1] + 1e-12


def test_no_page_names_a_folder_of_this_machine(site):
    for name, page in site.items():
        text = page.file.read_text(encoding="utf-8")
        assert str(ROOT) not in text, name
        assert str(page.file.parent.parent) not in text, name


def test_that_articles_are_selected_on_the_outcome_is_said_once_a_page(site):
    for name, page in site.items():
        if name.startswith("article-") or name == "index.html":
            text = page.file.read_text(encoding="utf-8").replace("\u00a0", " ")
            said = re.findall(r"(?:picked|chosen) partly for their outcome", text)
            assert len(said) == 1, name


def test_every_finding_on_every_page_follows_the_prices(site, kernels, tmp_path):
    """Signs and sizes at once; `test_findings` changes each alone and asks every sentence."""
    follow = {
        name: [key for key in page.sentences if not any(re.fullmatch(p, key) for p in MAY_STAY)]
        for name, page in site.items()
    }
    apart = {"index.html", "summary.html", "methods.html", "dictionary.html"}
    asked = {name.split("/")[0] for name, keys in follow.items() if keys} - {"events"} - apart
    file = moved_prices(ROOT / "data", tmp_path, lambda closes: scaled(flipped(closes)))
    other = build(tmp_path / "site", sorted(asked), prices=str(file))
    stayed, told = [], 0
    for name, keys in follow.items():
        told += len(site[name].sentences)
        for key in keys:
            if other[name].sentences.get(key) == site[name].sentences[key]:
                stayed.append(f"{name}: {key}")
    assert told > 50
    assert stayed == []


@pytest.fixture
def broken_workspace(tmp_path):
    """A copy of a workspace with two studies, one of which divides by zero."""
    root = tmp_path / "mine"
    shutil.copytree(small_workspace(), root)
    notebook = json.loads((root / "notebooks" / "06_simulated_market.ipynb").read_text())
    notebook["cells"][-1] = {**notebook["cells"][-1], "cell_type": "code", "source": "1 / 0",
                             "outputs": [], "execution_count": None}  # fmt: skip
    (root / "notebooks" / "broken.ipynb").write_text(json.dumps(notebook))
    studies = (root / "seeds" / "studies.yaml").read_text(encoding="utf-8")
    (root / "seeds" / "studies.yaml").write_text(
        studies + "\n- name: broken\n  title: Is it broken?\n  question: Does one failure stop the "
        "others?\n  notebook: broken.ipynb\n  tier: core\n  parameters: {n_seeds: 20}\n",
        encoding="utf-8",
    )
    return Workspace(root, reports=root / "reports")


def test_a_notebook_that_fails_stops_nothing_else_and_turns_red(kernels, broken_workspace):
    chosen = ["simulated-market", "broken"]
    with pytest.raises(NotebookError, match=r"(?s)1 of 2 notebooks failed.*ZeroDivisionError"):
        build_reports(broken_workspace, NVDA, only=chosen, stream=io.StringIO())
    out = broken_workspace.reports
    assert (out / "simulated-market" / "simulated-market.html").is_file()
    assert "ZeroDivisionError" in (out / "broken" / "broken.html").read_text(encoding="utf-8")
    executed = json.loads((out / "broken" / "broken.ipynb").read_text())
    assert any(
        output.get("ename") == "ZeroDivisionError"
        for cell in executed["cells"]
        for output in cell.get("outputs", ())
    )
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "not complete" in index
    assert "Is it broken?" in index


def test_the_command_exits_with_its_own_code_and_names_the_cell(kernels, broken_workspace, capsys):
    code = main(
        [
            "report",
            "--workspace",
            str(broken_workspace.root),
            "--only",
            "broken",
            "--market",
            "NVDA",
        ]
    )
    assert code == 5
    assert re.search(r"broken: cell \d+ \(1 / 0\): ZeroDivisionError", capsys.readouterr().err)


def test_an_unknown_parameter_is_refused_before_anything_runs(broken_workspace, capsys):
    studies = broken_workspace.seeds / "studies.yaml"
    text = studies.read_text(encoding="utf-8")
    studies.write_text(text.replace("{n_seeds: 20}", "{n_seed: 20}"), encoding="utf-8")
    code = main(["report", "--workspace", str(broken_workspace.root), "--only", "broken"])
    assert code == 2
    assert "n_seeds" in capsys.readouterr().err
    assert not (broken_workspace.reports / "broken").exists()
