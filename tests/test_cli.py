"""The command line as a person uses it: answers, refusals and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from report_runs import small_workspace

from analysis import __version__
from analysis.__main__ import main

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_module_and_version():
    done = subprocess.run(
        [sys.executable, "-m", "analysis", "--version"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.strip() == f"market-reaction {__version__}"


@pytest.mark.parametrize(("given", "used"), [(None, 1), ("2", 2)])
def test_the_algebra_library_takes_one_thread_unless_told_otherwise(given, used):
    """The threads of a second core would wait in a loop for matrices of a few rows."""
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", "from analysis.__main__ import main; main(['list', 'markets']); "
         "import numpy, os; print(os.environ['OPENBLAS_NUM_THREADS'])"],
        capture_output=True, text=True, check=True, cwd=ROOT,
        env=env | ({"OPENBLAS_NUM_THREADS": given} if given else {}),
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == str(used)


def test_study_writes_the_tables_of_chosen_markets(tmp_path, capsys):
    code = main(
        ["study", "--out", str(tmp_path / "out"), "--market", "NVDA", "^HSI", "--market", "^N225",
         "--model", "market_adjusted", "--estimation-window", "-100", "-11",
         "--event-window", "-1", "1"]
    )  # fmt: skip
    assert code == 0
    assert "156 of 156 reactions computed" in capsys.readouterr().out
    days = pd.read_csv(tmp_path / "out" / "abnormal_returns.csv")
    assert set(days["market"]) == {"NVDA", "^HSI", "^N225"}
    assert set(days["model"]) == {"market_adjusted", "constant_mean"}
    assert set(days["event_day"]) == {-1, 0, 1}
    spec = json.loads((tmp_path / "out" / "run.json").read_text())["run"]
    assert spec["study"]["estimation_window"] == [-100, -11]


def test_reactions_of_a_hundred_days_outside_the_prices_are_no_wall(tmp_path, capsys):
    file = tmp_path / "events.csv"
    days = [f"2010-{month:02}-{day:02}" for month in range(1, 11) for day in range(1, 11)]
    rows = [f"e{n},title,other,{day}T15:00:00Z" for n, day in enumerate(days)]
    head, good = "id,title,category,announced.best", "good,title,other,2025-05-14T15:00:00Z"
    command = ["study", "--events", str(file), "--market", "NVDA", "--draws", "10", "--out"]
    file.write_text("\n".join([head, *rows, good]))
    assert main([*command, str(tmp_path / "out")]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("  not computed")]
    assert len(told) == 9
    assert told[-1] == "  not computed (92): for 92 more reasons"
    file.write_text("\n".join([head, *rows]))
    assert main([*command, str(tmp_path / "none")]) == 4
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 10
    assert said[-1] == "- and 92 more reasons"


def test_show_answers_in_the_terminal(capsys):
    assert main(["show", "mofcom-h20-statement-2025-07-18"]) == 0
    shown = capsys.readouterr().out
    assert "Beijing welcomes H20 step" in shown
    assert "^TWII: day 0 could be 2025-07-18 or 2025-07-21" in shown
    assert "same day 0 as wang-wentao-meets-huang-2025-07-17" in shown


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("events", "nvidia-h20-resumption-2025-07-14"),
        ("markets", "^TWII"),
        ("models", "market_model"),
        ("tests", "corrado_rank_z"),
        ("studies", "reactions-together"),
    ],
)
def test_lists(what, expected, capsys):
    assert main(["list", what]) == 0
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "nvidia-h20"], 2, "Did you mean 'nvidia-h20-resumption-2025-07-14'"),
        (["study", "--out", "x", "--model", "market-model"], 2, "Did you mean 'market_model'"),
        (["study", "--out", "x", "--market", "^N255"], 2, "Did you mean '^N225'"),
        (["study", "--out", "x", "--event-window", "1", "-1"], 2, "Did you mean [-1, +1]"),
        (["study", "--out", "x", "--estimation-window", "-100", "-2"], 2, "Use an end of -6"),
        (["study", "--out", "x", "--prices", "no-such-file.csv"], 3, "no-such-file.csv"),
        (["study", "--out", "x", "--events", "no-such.yaml"], 3, "no-such.yaml"),
        (["study", "--out", "x", "--estimation-window", "-501", "-11"], 4, "no reaction"),
        (["report", "--only", "one-evnt", "--out", "x"], 2, "Did you mean 'one-event'"),
        (["report", "--jobs", "0", "--out", "x"], 2, "at least one kernel"),
        (["events", "check", "--workspace", "tests"], 2, "a workspace has the folders"),
    ],
)
def test_refusals_name_the_cause_and_what_would_work(arguments, code, message, capsys, tmp_path):
    placed = [str(tmp_path / "out") if a == "x" else a for a in arguments]
    assert main(placed) == code
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_its_own_exit_code(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert main(["study", "--out", str(tmp_path / "file" / "x"), "--market", "NVDA"]) == 6
    assert "could not be written" in capsys.readouterr().err


def test_checks_say_what_was_checked(capsys):
    assert main(["events", "check"]) == 0
    assert "52 events, 5 articles, 30 claims" in capsys.readouterr().out


def test_another_events_file_is_studied(tmp_path, capsys):
    text = (ROOT / "seeds" / "events.yaml").read_text(encoding="utf-8")
    wanted = "- id: nvidia-h20-resumption-2025-07-14"
    one = text[text.index(wanted) :]
    one = one[: one.index("\n- id:", 5) + 1]
    (tmp_path / "mine.yaml").write_text(one, encoding="utf-8")
    out = tmp_path / "out"
    assert main(["study", "--out", str(out), "--events", str(tmp_path / "mine.yaml")]) == 0
    assert len(pd.read_csv(out / "reactions.csv")) == 4


def test_importing_the_command_line_is_quick():
    code = (
        "import sys, analysis.__main__;"
        "heavy = {'pandas', 'matplotlib', 'yfinance', 'papermill', 'exchange_calendars'};"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_without_a_command_the_reports_are_made(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(
        "analysis.report.commands._report", lambda options, _: asked.append(options) or 0
    )
    assert main([]) == 0
    assert len(asked) == 1


def test_show_answers_from_the_store_without_calendars_or_statsmodels(tmp_path):
    """The first call computes and stores the study; the second reads it, and loads little."""
    root = str(small_workspace())
    code = (
        "import sys; from analysis.__main__ import main; "
        f"code = main(['show', 'nvidia-h20-resumption-2025-07-14', '--workspace', {root!r}]); "
        "heavy = {'statsmodels', 'exchange_calendars', 'matplotlib'} & set(sys.modules); "
        "print(code, sorted(heavy))"
    )
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    )
    assert second.endswith("0 []\n")
    assert first.splitlines()[:-1] == second.splitlines()[:-1]
    assert "p" in second
