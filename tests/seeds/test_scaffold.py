"""A new workspace runs as it is, its schemas are those of the code, nothing hostile gets by."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
import yaml
from report_runs import without_privileges

from analysis.__main__ import main
from analysis.errors import InputError, SeedError
from analysis.files import csv_text
from analysis.prices.live import LiveRequest
from analysis.seeds.catalogue import load_seeds
from analysis.seeds.scaffold import new_workspace
from analysis.seeds.schemas import KINDS, schema, schema_text
from analysis.seeds.studies import load_studies
from analysis.workspace import find_workspace

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return new_workspace("my-study", parent=tmp_path_factory.mktemp("new"))


# --------------------------------------------------------------------------------- new


def test_the_example_is_sound(made, capsys):
    seeds = load_seeds(made / "seeds")
    assert len(seeds.events) == 3
    found = load_studies(
        made / "seeds" / "studies.yaml",
        articles=seeds.articles,
        event_ids=[event.id for event in seeds.events],
    )
    assert [study.tier for study in found] == ["core", "core"]
    assert main(["events", "check", "--workspace", str(made)]) == 0
    assert main(["prices", "check", "--workspace", str(made)]) == 0
    assert "3 series, 0 problems" in capsys.readouterr().out


def test_the_example_is_studied(made, tmp_path, capsys):
    assert main(["study", "--workspace", str(made), "--out", str(tmp_path / "out")]) == 0
    assert "6 of 6 reactions computed" in capsys.readouterr().out
    table = pd.read_csv(tmp_path / "out" / "reactions.csv").set_index(["event_id", "market"])
    # 18 September 2024, 18:00 UTC: two hours before the New York close, after the one in Tokyo.
    cut = table.loc["fed-half-point-cut-2024-09-18"]
    assert cut.loc["NVDA", "day0"] == "2024-09-18"
    assert cut.loc["^N225", "day0"] == "2024-09-19"
    # A Saturday in Tokyo: Monday 6 October is the next session.
    vote = table.loc["ldp-elects-takaichi-2025-10-04"]
    assert vote["day0"].tolist() == ["2025-10-06", "2025-10-06"]
    # It began while New York was still trading on Friday, which is therefore shown, too.
    assert vote["candidates"].tolist() == ["2025-10-03;2025-10-06", "2025-10-06"]


def uncommented(text, first, last):
    """A commented example without its marks: the lines from one to another, both included."""
    lines = text.splitlines()
    start = next(n for n, line in enumerate(lines) if line == f"# {first}")
    end = next(n for n in range(start, len(lines)) if lines[n] == f"#   {last}")
    body = [line.removeprefix("#").removeprefix(" ") for line in lines[start : end + 1]]
    return "\n".join([*lines[:start], *body, *lines[end + 1 :]]) + "\n"


@pytest.fixture
def switched_on(tmp_path):
    """A workspace with every commented example switched on, and prices for the market of one."""
    folder = new_workspace("mine", parent=tmp_path)
    seeds = folder / "seeds"
    markets = (seeds / "markets.yaml").read_text("utf-8")
    markets = uncommented(markets, "- symbol: BTC-USD", "model: constant_mean")
    articles = (seeds / "articles.yaml").read_text("utf-8").replace("\n[]\n", "\n")
    articles = uncommented(
        articles, "- file: my-article.txt", "gist: What it says, in your own words."
    )
    mention = "  reported_in:\n    - {article: my-article.txt, how: headline, said: What it says}\n"
    events = (seeds / "events.yaml").read_text("utf-8")
    events = events.replace("  role: context\n", f"  role: headline\n{mention}", 1)
    for name, text in (("markets", markets), ("articles", articles), ("events", events)):
        (seeds / f"{name}.yaml").write_text(text, encoding="utf-8")
    closes = pd.read_csv(folder / "data" / "closes.csv", index_col="date", parse_dates=True)
    every = pd.date_range(closes.index[0], closes.index[-1], name="date")
    walk = 0.02 * np.sin(np.arange(len(every)) ** 2)
    closes = closes[["NVDA", "^N225", "^GSPC"]].reindex(every)
    closes.assign(**{"BTC-USD": 40_000 * np.exp(walk)}).to_csv(folder / "prices.csv")
    return folder


def test_every_commented_example_runs_when_switched_on(switched_on, tmp_path, capsys):
    command = ["--workspace", str(switched_on)]
    assert main(["events", "check", *command]) == 0
    assert "3 events, 1 articles, 0 claims, 4 series" in capsys.readouterr().out
    out, prices = tmp_path / "out", str(switched_on / "prices.csv")
    assert main(["study", *command, "--prices", prices, "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert "9 of 9 reactions computed" in said.out
    assert "BTC-USD constant_mean" in said.err  # two default models in one study are no fault
    assert set(pd.read_csv(out / "fits.csv")["model"]) >= {"market_model"}
    alone = ["study", *command, "--prices", prices, "--market", "BTC-USD"]
    assert main([*alone, "--out", str(tmp_path / "alone")]) == 0
    assert "constant_mean" in set(pd.read_csv(tmp_path / "alone" / "fits.csv")["model"])


def test_events_may_stand_in_a_table(made, tmp_path):
    import shutil

    seeds = tmp_path / "seeds"
    shutil.copytree(made / "seeds", seeds)
    (seeds / "events.yaml").unlink()
    (seeds / "events.csv").write_text(
        "id,title,announced.best,announced.zone,implied_direction.NVDA\n"
        "cut,The cut,2024-09-18T14:00,America/New_York,up\n"
    )
    loaded = load_seeds(seeds)
    assert loaded.event("cut").announced_at.hour == 18
    assert loaded.event("cut").expected_direction == {"NVDA": "up", "^N225": "none"}
    assert "events.csv" in [name for name, _ in loaded.files]


NAMES = [
    "../x",
    "a/b",
    "/etc/x",
    "..",
    ".",
    "",
    ".git",
    "-rf",
    "a b",
    "con",
    "x" * 65,
    "a\x00",
    "~",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_no_plain_name_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="the name of a folder made here"):
        new_workspace(name, parent=tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_that_is_there_is_touched(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("taken", "link"):
        with pytest.raises(InputError, match="something of that name"):
            new_workspace(name, parent=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "taken"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    tmp_path.chmod(0o500)
    command = [*without_privileges(), sys.executable, "-m", "analysis", "new", "study"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 6
    assert "cannot be made" in done.stderr


def test_the_command_says_what_to_do_next(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my-study"]) == 0
    assert "cd my-study" in capsys.readouterr().out
    assert find_workspace(tmp_path / "my-study").cache == tmp_path / "my-study" / "data" / "cache"
    assert main(["new", "my-study"]) == 2


# ----------------------------------------------------------------------------- schemas


@pytest.mark.parametrize("kind", KINDS)
def test_schema_files_are_those_of_the_code(kind, made):
    text = (ROOT / "analysis" / "seeds" / "schemas" / f"{kind}.schema.json").read_text(
        encoding="utf-8"
    )
    assert text == schema_text(kind), "run: python -m analysis.seeds.schemas"
    assert (made / "seeds" / "schemas" / f"{kind}.schema.json").read_text("utf-8") == text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("folder", ["founding", "example"])
def test_seeds_satisfy_their_schema(kind, folder, made):
    path = (SEEDS if folder == "founding" else made / "seeds") / f"{kind}.yaml"
    records = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    jsonschema.Draft202012Validator(schema(kind)).validate(records)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("markets", {"kind": "stonk"}),
        ("markets", {"symbol": "../x"}),
        ("markets", {"colour": "red"}),
        ("events", {"category": None}),
        ("events", {"announced": {"best": "yesterday"}}),
        ("claims", {"checks": [{"series": "NVDA"}]}),
        ("studies", {"notebook": "../01.ipynb"}),
    ],
)
def test_what_the_code_refuses_the_schema_refuses(kind, change):
    records = yaml.safe_load((SEEDS / f"{kind}.yaml").read_text("utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([records[0] | change], schema(kind))


# -------------------------------------------------------------------- hostile contents


@pytest.mark.parametrize("name", ["../../etc", "a/b", "a\\b", "A", ".x", "x/../../y"])
def test_a_study_cannot_leave_its_folder(tmp_path, made, name):
    text = (made / "seeds" / "studies.yaml").read_text("utf-8")
    file = tmp_path / "studies.yaml"
    file.write_text(text.replace("name: one-event", f"name: '{name}'"))
    with pytest.raises(SeedError, match="`name`"):
        load_studies(file)
    file.write_text(text.replace("02_one_event.ipynb", f"{name}.ipynb"))
    if name != "A":
        with pytest.raises(SeedError, match="`notebook`"):
            load_studies(file)


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['true']", "!!timestamp 1"])
def test_yaml_cannot_make_objects(tmp_path, made, text):
    import shutil

    seeds = tmp_path / "seeds"
    shutil.copytree(made / "seeds", seeds)
    events = (seeds / "events.yaml").read_text("utf-8")
    (seeds / "events.yaml").write_text(
        events.replace("title: The Federal Reserve cuts by half a point", f"title: {text}")
    )
    with pytest.raises(SeedError, match="tags such as"):
        load_seeds(seeds)


def test_no_cell_of_an_export_is_a_formula(tmp_path):
    texts = ["=HYPERLINK(1)", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\r=1", "plain", "-0.5", "^N225"]
    table = pd.DataFrame({"text": texts, "number": [-1.5] * len(texts)})
    (tmp_path / "t.csv").write_text(csv_text(table), encoding="utf-8")
    found = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert found["text"].tolist() == [
        "'=HYPERLINK(1)",
        "'+cmd",
        "'-2+3",
        "'@SUM(A1)",
        "'\tx",
        "' =1",
        "plain",
        "-0.5",
        "^N225",
    ]
    assert set(found["number"]) == {"-1.5"}
    assert table["text"].tolist() == texts


def test_a_title_with_html_is_text_on_the_page():
    from analysis.report.render import _environment

    template = _environment().from_string("{{ title }}")
    assert template.render(title="<script>x</script>") == "&lt;script&gt;x&lt;/script&gt;"


def test_a_request_without_a_cache_keeps_nothing():
    assert LiveRequest().cache_dir is None
