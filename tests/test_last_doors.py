"""The last doors: files without an end, fields without a measure, one fault told once."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.errors import Problem, SeedError
from analysis.files import read_bounded

ROOT = Path(__file__).resolve().parents[1]
ZERO = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="a device of POSIX")
HEAD = "id,title,category,announced.best\n"


def said(capsys, *command, code=3):
    assert main(list(command)) == code
    return capsys.readouterr().err


@pytest.fixture
def events_csv(tmp_path, capsys):
    """What ``events check`` says of a CSV file of events."""

    def check(text):
        file = tmp_path / "own.csv"
        file.write_text(text, encoding="utf-8")
        return said(capsys, "events", "check", "--workspace", str(ROOT), "--events", str(file))

    return check


def test_events_check_notes_a_day_bounded_by_one_moment(tmp_path, capsys):
    file = tmp_path / "own.csv"
    for precision, notes in (("day", 1), ("minute", 0)):
        row = f"a,t,other,2024-09-18T18:00:00Z,{precision}"
        file.write_text(f"{HEAD[:-1]},announced.precision\n{row}\n")
        assert main(["events", "check", "--workspace", str(ROOT), "--events", str(file)]) == 0
        out = capsys.readouterr().out
        assert out.count("note: a: `precision: day`") == out.count("note:") == notes


@pytest.mark.parametrize(
    ("local", "said"),
    [
        ("14:00", ""),
        ("2:00 pm", ""),
        ("2024-09-18T14:00-04:00", ""),
        ("14:00 on Wednesday", ""),
        ("after 15:00", ""),
        ("15:00", "`local` says 15:00, while `best` is 2024-09-18 14:00 in America/New_York"),
        ("2:00 am", "`local` says 02:00"),
        ("2024-09-19 14:00", "`local` says 2024-09-19 14:00"),
        ("14:00-05:00", "`local` has the offset -05:00, while that of America/New_York is -04:00"),
        ("14:00 UTC+8", "`local` has the offset +8"),
    ],
)
def test_events_check_holds_a_local_time_against_its_zone(local, said, tmp_path, capsys):
    file = tmp_path / "own.csv"
    row = f"a,t,other,2024-09-18T18:00:00Z,{local},America/New_York"
    file.write_text(f"{HEAD[:-1]},announced.local,announced.zone\n{row}\n")
    assert main(["events", "check", "--workspace", str(ROOT), "--events", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.count("note:") == bool(said)
    assert said in out


def test_a_file_larger_than_its_limit_is_not_read_whole(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"12345")
    assert read_bounded(file, 5) == b"12345"
    with pytest.raises(OSError, match="larger than 0 MB"):
        read_bounded(file, 4)


@ZERO
def test_a_file_without_an_end_is_said(capsys):
    assert "larger than 20 MB" in said(
        capsys, "events", "check", "--workspace", str(ROOT), "--events", "/dev/zero"
    )
    draft = ("draft", "/dev/zero", "--published", "2025-01-01", "--workspace", str(ROOT))
    assert "larger than 20 MB" in said(capsys, *draft, code=2)
    check = ("prices", "check", "--prices", "/dev/zero", "--workspace", str(ROOT))
    assert "larger than 200 MB" in said(capsys, *check)


def test_a_field_too_large_for_csv_names_its_line(events_csv, tmp_path, capsys):
    assert "field larger than" in events_csv(f'{HEAD}a,"{"x" * 131_073}",other,2024-09-18\n')
    file = tmp_path / "prices.csv"
    file.write_text(f"date,NVDA\n{'1' * 131_073},2\n")
    prices = ("--prices", str(file), "--workspace", str(ROOT))
    assert "prices.csv:2: CSV that does not parse" in said(capsys, "prices", "check", *prices)


@pytest.mark.parametrize("year", ["0000", "0001", "1799", "2200", "9999"])
def test_a_year_no_exchange_has_seen_names_its_line(year, events_csv, tmp_path, capsys):
    assert "year must lie between" in events_csv(f"{HEAD}a,t,other,{year}-09-18T18:00:00Z\n")
    file = tmp_path / "prices.csv"
    file.write_text(f"date,NVDA\n{year}-01-03,1\n2024-01-04,2\n")
    check = ("prices", "check", "--prices", str(file), "--workspace", str(ROOT))
    assert f"prices.csv:2, column date: '{year}-01-03'" in said(capsys, *check)


def test_one_wrong_head_is_no_wall_of_problems(events_csv):
    rows = "".join(f"a{n},title {n},other,2024-09-18\n" for n in range(200))
    found = events_csv("id,title,category,announced\n" + rows)
    assert found.startswith("market-reaction: 200 problems")  # one a row, not two
    assert "197 more of `announced`" in found
    assert len(found.splitlines()) == 1 + 3 + 1


def test_many_problems_are_counted_and_some_written_out():
    problems = [Problem("events.yaml", f"e{n}", f"f{n}", "x", f"rule {n}", n) for n in range(5000)]
    text = str(SeedError(problems))
    assert text.startswith("5000 problems")
    assert text.endswith("- and 4,960 lines more")
    assert len(text.splitlines()) == 42


def test_a_wrong_market_makes_no_events_wrong(tmp_path, capsys):
    seeds = ROOT / "seeds"
    for folder in ("data", "notebooks", "seeds"):
        (tmp_path / folder).mkdir()
    for file in seeds.glob("*.yaml"):
        (tmp_path / "seeds" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "seeds" / "events.yaml").unlink()
    (tmp_path / "seeds" / "events.csv").write_text(f"{HEAD}a,t,other,2024-09-18T18:00:00Z\n")
    (tmp_path / "seeds" / "articles.yaml").write_text("[]\n")
    (tmp_path / "seeds" / "claims.yaml").write_text("[]\n")
    markets = tmp_path / "seeds" / "markets.yaml"
    markets.write_text(markets.read_text().replace("currency: USD", "currency: dollars", 1))
    found = said(capsys, "events", "check", "--workspace", str(tmp_path))
    assert found.startswith("market-reaction: 1 problem in the seeds")
    assert "`currency`: found 'dollars'" in found


@pytest.mark.parametrize(("limits", "code"), [((64, 64), 6), ((64, 100), 6)])
def test_a_shell_that_lets_too_few_files_be_open_is_told_before_any_notebook(
    limits, code, tmp_path, monkeypatch, capsys
):
    resource = pytest.importorskip("resource")
    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
    assert main(["report", "--out", str(tmp_path / "r")]) == code
    assert f"{limits[1]} files at once (ulimit -n)" in capsys.readouterr().err
    assert asked == ([] if limits[0] == limits[1] else [limits[::-1][:1] * 2])
    assert not (tmp_path / "r").exists()


def test_a_soft_limit_is_raised_as_far_as_it_goes(monkeypatch):
    resource = pytest.importorskip("resource")
    from analysis.report.open_files import allow_open_files

    asked = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: asked.append(pair))
    allow_open_files()
    assert asked == [(1024, resource.RLIM_INFINITY)]
