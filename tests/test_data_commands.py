"""``prices check`` and ``prices fetch``: what they print and what they exit with."""

from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.commands import price_source
from analysis.reactions.run_inputs import load_run_prices
from analysis.reactions.run_spec import RunSpec
from analysis.workspace import Workspace, find_workspace

ROOT = Path(__file__).parents[1]
SNAPSHOT = (ROOT / "data" / "closes.csv").read_text(encoding="utf-8")


@pytest.fixture
def unreachable(monkeypatch):
    """No request leaves the machine, and no wait is waited."""
    import yfinance
    import yfinance.data

    yfinance.data.SingletonMeta._instances.clear()
    before = yfinance.config.network.proxy
    yfinance.config.network.proxy = "http://127.0.0.1:9"
    monkeypatch.setattr("analysis.prices.yahoo.time.sleep", lambda _: None)
    yield
    yfinance.config.network.proxy = before
    yfinance.data.SingletonMeta._instances.clear()


def run(*arguments):
    return main([*arguments, "--workspace", str(ROOT)])


def test_the_snapshot_has_no_problem(capsys):
    assert run("prices", "check") == 0
    assert capsys.readouterr().out.startswith("Prices from snapshot: 8 series, 0 problems")


def test_a_file_with_a_problem_ends_with_exit_code_3(tmp_path, capsys):
    file, page = tmp_path / "own.csv", tmp_path / "quality.html"
    lines = [line for line in SNAPSHOT.splitlines() if not line.startswith("2025-07-15")]
    file.write_text("\n".join(lines) + "\n")
    arguments = ["prices", "check", "--prices", str(file), "--market", "NVDA", "^N225"]
    assert run(*arguments, "--html", str(page)) == 3
    out = capsys.readouterr().out
    assert "problem: NVDA: no price on 2025-07-15, when its exchange had a session" in out
    assert "no price on 2025-07-15" in page.read_text()
    assert run(*arguments, "--end", "2025-07-14") == 0
    assert run(*arguments, "--html", str(file / "folder")) == 6


def test_wrong_parameters(capsys):
    assert run("prices", "fetch", "--prices", "snapshot") == 2
    assert run("prices", "check", "--start", "01/02/2025") == 2
    assert run("prices", "check", "--market", "NVDIA") == 3
    assert "Did you mean NVDA?" in capsys.readouterr().err


@pytest.mark.usefixtures("unreachable")
def test_without_yahoo_the_exit_code_is_7_and_the_flag_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Workspace, "cache", tmp_path)
    assert run("prices", "fetch", "--market", "AMD") == 7
    assert run("study", "--prices", "yahoo", "--out", str(tmp_path / "out")) == 7
    assert "--allow-snapshot" in capsys.readouterr().err
    arguments = ["prices", "check", "--prices", "yahoo", "--end", "2025-12-31"]
    assert run(*arguments, "--allow-snapshot") == 0
    assert "read as: Not today's prices: Yahoo could not be reached" in capsys.readouterr().out


def test_a_path_counts_from_the_workspace_wherever_a_notebook_runs(tmp_path, monkeypatch):
    place = find_workspace(ROOT)
    monkeypatch.chdir(ROOT)
    assert price_source("data/closes.csv", place) == "data/closes.csv"
    assert price_source("yahoo", place) == "yahoo"
    assert price_source("no-such-file.csv", place) == "no-such-file.csv"
    (tmp_path / "own.csv").write_text(SNAPSHOT)
    monkeypatch.chdir(tmp_path)
    assert price_source("own.csv", place) == str(tmp_path / "own.csv")
    prices = load_run_prices(place, RunSpec(prices="data/closes.csv"), ["NVDA"])
    assert prices.source == "closes.csv"


def test_the_cache_of_the_founding_workspace_in_a_package_is_the_users(tmp_path, monkeypatch):
    inside = Workspace(root=tmp_path / "_founding", reports=tmp_path, bundled=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert inside.cache == tmp_path / "cache" / "market-reaction"
    assert Workspace(root=tmp_path, reports=tmp_path).cache == tmp_path / "data" / "cache"


def test_whether_kept_prices_may_stand_in_goes_with_the_run():
    asked = RunSpec(prices="yahoo", allow_snapshot=True)
    assert RunSpec.from_json(asked.to_json()) == asked
    assert "allow_snapshot" not in RunSpec().to_json()


def test_a_real_jump_is_let_pass_by_its_option(tmp_path, capsys):
    file = tmp_path / "own.csv"
    file.write_text("date,AAA\n2025-01-02,10\n2025-01-03,24\n2025-01-06,25\n")
    arguments = ["prices", "check", "--prices", str(file), "--market", "AAA"]
    assert run(*arguments) == 3
    assert "--largest-factor 3." in capsys.readouterr().err
    assert run(*arguments, "--largest-factor", "3") == 0
    assert run(*arguments, "--largest-factor", "1") == 2
    asked = RunSpec(largest_factor=3.0)
    assert RunSpec.from_json(asked.to_json()) == asked
