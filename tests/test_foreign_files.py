"""Every command that writes somewhere leaves what is not ours as it is, byte for byte.

The commands and their options are read from the command line's own parser: one that is new and
writes must be told here how it is asked, or the first test fails.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_output import ROOT, foreign, given, tree

from analysis.__main__ import _parser, main

__all__ = ["foreign", "given"]

_WORKSPACE = ["--workspace", str(ROOT)]
_TABLE = ["--events", "{table}", "--prices", "{closes}"]

#: Each way into a folder, with the option that names it last. The key starts with command + option.
FOLDERS = {
    "report --out": ["report", *_WORKSPACE, "--out"],
    "report --out, a table": ["report", *_TABLE, "--out"],
    "study --out": ["study", *_WORKSPACE, "--out"],
    "study --out, a table": ["study", *_TABLE, "--out"],
    "study --out, a page": ["study", *_TABLE, "--report", "--out"],
    "study --out, partitions": ["study", "--events", "{events}", "--prices", "{prices}", "--out"],
    "compare --out": ["compare", "{store}", "{store}", "--out"],
    "rerun --out": ["rerun", "{store}", *_WORKSPACE, "--out"],
    "publish target": ["publish", "--reports", "{reports}"],
    "prices --out, partition": ["prices", "partition", "--prices", "{prices}", "--out"],
    "article --out": ["article", "{article}", "--published", "2025-07-15", *_WORKSPACE, "--out"],
    "replicate --new": ["replicate", "--new"],
}

#: Each way into a file.
FILES = {
    "prices --html": ["prices", "check", *_WORKSPACE, "--market", "NVDA", "--html"],
    "prices --out, bars": [
        "prices", "fetch", "--interval", "5m", "--market", "SH", *_WORKSPACE, "--out",
    ],
    "sizes --write": ["sizes", "--replications", "20", "--write"],
    "draft --out": ["draft", "{article}", "--published", "2025-07-15", *_WORKSPACE, "--out"],
    "replicate --table": ["replicate", "--table"],
}  # fmt: skip

#: Options and arguments that name something to read, or nothing on the disk.
READ = {
    "workspace", "only", "jobs", "scheduler", "prices", "market", "event_ids", "model", "benchmark",
    "estimation_window", "event_window", "scale", "return_kind", "largest_factor", "price",
    "events", "window", "closed_day", "exchange", "zone", "old", "new", "record", "reports",
    "address", "api", "tests", "draws", "min_present", "alternative", "donors", "event", "what",
    "action", "start", "end", "interval", "partitions", "replications", "seed", "article",
    "published", "publisher", "reader", "keep", "study", "data", "test", "returns", "printed",
    "program", "name", "currency", "rates",
}  # fmt: skip
#: What these two name is made, or written to, and has tests of its own: a workspace is a new
#: folder (test_scaffold), a review changes the draft it is given and, asked to, the seeds.
OWN = {"new name", "review draft"}


def _commands() -> Iterator[tuple[str, argparse.Action]]:
    """Every option with a value of every command."""
    [commands] = [a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction)]
    for name, parser in commands.choices.items():
        for action in parser._actions:
            if action.nargs != 0 and not isinstance(action, argparse._SubParsersAction):
                yield name, action


def test_every_option_is_known_to_read_or_is_tried_with_foreign_files():
    tried = {way.partition(",")[0] for way in (*FOLDERS, *FILES)} | OWN
    found = set()
    for command, action in _commands():
        flag = action.option_strings[-1] if action.option_strings else action.dest
        if f"{command} {flag}" in tried:
            found.add(f"{command} {flag}")
        else:
            assert action.dest in READ, f"{command} {flag}: does it write? Then try it here."
    assert found == tried


@pytest.fixture
def asked(given, tmp_path):
    """A table of events with prices, beside the inputs of the other commands."""
    table, closes = tmp_path / "own.csv", tmp_path / "closes.csv"
    table.write_text("date,ticker\n2025-07-15,NVDA\n")
    days = pd.bdate_range("2025-01-02", periods=200, name="date")
    prices = 100 + np.random.default_rng(1).normal(0, 0.5, (200, 1)).cumsum(axis=0)
    pd.DataFrame(prices.round(4), days, ["NVDA"]).to_csv(closes)
    (tmp_path / "folder").mkdir()
    pd.DataFrame(prices.round(4), days, ["close"]).to_csv(tmp_path / "folder" / "NVDA.csv")
    return {**given, "table": table, "closes": closes, "folder": tmp_path / "folder"}


@pytest.mark.parametrize("way", FOLDERS)
def test_a_folder_of_the_users_stays_as_it_is(way, foreign, asked, capsys):
    before = tree(foreign.parent)
    assert main([*(part.format(**asked) for part in FOLDERS[way]), str(foreign)]) == 2
    said = capsys.readouterr().err
    assert "Name a" in said
    assert str(foreign) in said
    assert tree(foreign.parent) == before


@pytest.mark.parametrize("link", [True, False])
@pytest.mark.parametrize("way", FILES)
def test_a_file_of_the_users_stays_as_it_is(way, link, foreign, asked, capsys, monkeypatch):
    bars = pd.DataFrame({"symbol": ["SH"], "bar_start": pd.to_datetime(["2025-01-02"], utc=True)})
    monkeypatch.setattr("analysis.prices.yahoo_minutes.yahoo_minutes", lambda *_, **__: bars)
    file = foreign / "run.json"
    if link:
        (foreign / "a link").symlink_to(file)
        file = foreign / "a link"
    before = tree(foreign.parent)
    assert main([*(part.format(**asked) for part in FILES[way]), str(file)]) in (2, 6)
    assert "market-reaction: " in capsys.readouterr().err
    assert tree(foreign.parent) == before


@pytest.mark.parametrize("way", [way for way in FOLDERS if "--prices" in FOLDERS[way]])
def test_the_prices_are_no_place_for_results(way, asked, capsys):
    asked |= {"closes": asked["folder"]}  # one file of prices is no folder anyway
    given = [part.format(**asked) for part in FOLDERS[way]]
    prices = Path(given[given.index("--prices") + 1])
    before = tree(prices.parent)
    assert main([*given, str(prices)]) == 2
    assert "Name a" in capsys.readouterr().err
    assert tree(prices.parent) == before


def test_bars_fetched_again_replace_those_of_which_no_line_gets_lost(tmp_path, monkeypatch):
    stamps = pd.to_datetime(["2025-01-02T15:00", "2025-01-02T15:05"], utc=True)
    bars = pd.DataFrame({"symbol": "SH", "bar_start": stamps, "close": [1.0, 2.0]})
    shown = {"rows": 1}
    monkeypatch.setattr(
        "analysis.prices.yahoo_minutes.yahoo_minutes", lambda *_, **__: bars.head(shown["rows"])
    )
    command = [*FILES["prices --out, bars"], str(tmp_path / "bars.csv")]
    assert main(command) == 0
    shown["rows"] = 2
    assert main(command) == 0
    longer = (tmp_path / "bars.csv").read_bytes()
    shown["rows"] = 1
    assert main(command) == 2
    assert (tmp_path / "bars.csv").read_bytes() == longer


def test_a_workspace_is_not_made_over_anything(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    before = tree(tmp_path)
    for name in ("dangling", "file", "folder"):
        assert main(["new", name]) in (2, 6)
        assert capsys.readouterr().err.startswith("market-reaction: ")
    assert tree(tmp_path) == before
