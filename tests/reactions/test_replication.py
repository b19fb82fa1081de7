"""Printed figures of studies by others come out, each under the rule it names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis.__main__ import main
from analysis.engine.spec import StudySpec
from analysis.errors import InputError
from analysis.reactions.replication import load_replication, load_replications
from analysis.reactions.reproduction import gallery, run_replication
from analysis.report.replicate import with_gallery

ROOT = Path(__file__).resolve().parents[2]
STUDIES = ROOT / "data" / "replications"

#: Printed figures, those the engine gives as it stands, those a named rule gives.
CARRIED = {
    "alchian_bomb": (3, 3, 0),
    "covid_gics_sectors": (110, 64, 46),
    "farzulla_crypto": (26, 10, 14),
}


@pytest.mark.parametrize("name", CARRIED)
def test_every_printed_figure_is_equal_or_has_its_reason(name):
    found = run_replication(load_replication(STUDIES / name))
    how = Counter(one.figure.how == "engine" for one in found if one.equal)
    assert (len(found), how[True], how[False]) == CARRIED[name]
    assert all(one.reason for one in found if not one.equal)


def test_a_changed_figure_is_seen(tmp_path):
    study = load_replication(STUDIES / "alchian_bomb")
    for name in ("returns.csv", "events.csv", "expected.csv"):
        (tmp_path / name).write_text((study.data / name).read_text())
    lines = (tmp_path / "expected.csv").read_text().replace(",48,", ",49,")
    (tmp_path / "expected.csv").write_text(lines)
    found = run_replication(load_replication(STUDIES / "alchian_bomb", data=tmp_path))
    assert [one.equal for one in found] == [False, True, True]


def test_every_study_says_where_it_is_from_and_under_which_licence():
    studies = load_replications(STUDIES)
    assert {study.name for study in studies} >= set(CARRIED)
    for study in studies:
        assert study.described["licence"].keys() == {"repository", "data"}
        assert study.described["source"]
    carried = {study.name for study in studies if (study.data / "expected.csv").is_file()}
    assert carried == set(CARRIED)  # others' licences do not allow their data to be carried


def test_a_study_that_is_not_carried_names_the_file_it_needs():
    with pytest.raises(InputError, match=r"needs expected.csv.*--data FOLDER"):
        run_replication(load_replication(STUDIES / "apple_iphone"))


def test_an_unknown_field_of_a_description_is_refused(tmp_path):
    text = (STUDIES / "alchian_bomb" / "study.yaml").read_text() + "surprise: 1\n"
    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(InputError, match="surprise"):
        load_replication(tmp_path)


def test_notebooks_open_one_study_or_all():
    assert len(gallery(str(ROOT))) == len(CARRIED)
    ((study, found),) = gallery(str(ROOT), "alchian_bomb")
    assert study.name == "alchian_bomb"
    assert len(found) == 3
    with pytest.raises(InputError, match="alchian_bom"):
        gallery(str(ROOT), "alchian_bom")


def test_the_command_prints_every_figure_and_the_count(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(["replicate", "alchian_bomb"]) == 0
    out = capsys.readouterr().out
    assert "printed                     48" in out
    assert "3 of 3 printed figures, 3 by the engine" in out
    assert main(["replicate", "bomb"]) == 2


def test_a_new_study_is_a_folder_that_is_filled_in(tmp_path, capsys):
    folder = tmp_path / "mine"
    assert main(["replicate", "--new", str(folder)]) == 0
    assert load_replication(folder).tables[0].name == "all"
    assert main(["replicate", "--new", str(folder)]) == 2


def test_explain_finds_the_rule_of_a_printed_number(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    asked = ["explain", "car_t", "--study", "covid_gics_sectors", "--window", "-29", "-1"]
    assert main([*asked, "--printed", "-6.7097"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("path_t" in line and "SPSY" in line and "gives it" in line for line in lines)


def test_a_rule_without_the_figure_asked_for_is_not_called_unknown(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    asked = ["explain", "bmp_t", "--study", "covid_gics_sectors", "--as"]
    assert main([*asked, "path_t"]) == 2
    said = capsys.readouterr().err
    assert "no rule of its own for bmp_t" in said
    assert "Did you mean" not in said
    assert main([*asked, "path_tt"]) == 2
    assert "Did you mean 'path_t'" in capsys.readouterr().err


def test_explain_finds_the_rule_of_a_printed_car(capsys, monkeypatch):
    study = load_replication(STUDIES / "covid_gics_sectors")
    figure = next(f for f in study.figures if f.how == "last_seen_day")
    result = study.tables[0].result
    window = tuple(map(int, figure.window.split(":")))
    found = result.explain("car_percent", window, printed=figure.printed)
    first = found.iloc[0]
    assert (first["convention"], first["security"]) == ("last_seen_day", figure.event)
    with pytest.raises(InputError, match=r"car_t\.var_car"):
        result.explain("car_t.variance", window)


def test_explain_of_a_study_of_one_event_says_why_a_test_has_no_figure():
    result = load_replication(STUDIES / "alchian_bomb").tables[0].result
    assert len(result.fits) == 1
    found = result.explain("bmp_t", (0, 0), printed="0.5")
    assert found["differs"].iloc[0].startswith("not applicable")


def test_who_passes_a_benchmark_of_zeros_to_buy_and_hold_is_told_what_gives_it():
    study = load_replication(STUDIES / "alchian_bomb")
    figure = next(f for f in study.figures if f.window == "1:16")
    table = next(t for t in study.tables if figure.event in set(t.events.event_id))
    returns, events = table.study.returns, table.events
    zeros = pd.Series(0.0, index=returns.index)
    window = (1, 16)
    spec = {"estimation_window": (-41, -21), "event_window": (0, 16), "windows": (window,)}
    with pytest.raises(InputError, match=r"model='constant_mean'.*result.buy_and_hold\(window\)"):
        analysis.event_study(
            returns, events, benchmark=zeros, spec=StudySpec(model="market_adjusted", **spec)
        )
    found = analysis.event_study(returns, events, spec=StudySpec(model="constant_mean", **spec))
    held = found.buy_and_hold(window).xs(figure.event, level="event_id").iloc[0]
    assert round(100 * held) == float(figure.printed)


def test_the_table_of_the_gallery_in_the_readme_is_that_of_the_gallery():
    written = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_gallery(written, load_replications(STUDIES)) == written


HEAD = "how,statistic,event,window,printed,decimals,where\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("expected.csv", HEAD, "a row for each printed figure"),
        (
            "expected.csv",
            HEAD + 'engine,car,castle-bravo,0:1,"0,12",2,t\n',
            "expected.csv:2.*number",
        ),
        ("expected.csv", HEAD + "engine,car,castle-bravo,0-1,0.12,2,t\n", "first:last"),
        ("expected.csv", HEAD + "engine,car,castle-bravo,0:1,0.12,two,t\n", "decimals"),
        ("expected.csv", HEAD + "engine,car,nobody,0:1,0.12,2,t\n", "nobody.*castle-bravo"),
        ("expected.csv", HEAD + "engine,foo,castle-bravo,1:16,0.12,2,t\n", "foo.*buy_and_hold"),
        ("returns.csv", "LITHIUM\n0.1\n", "one sign between columns"),
        ("returns.csv", "Datum;LITHIUM\n01.03.1954;0,1\n", "returns.csv:2.*YYYY-MM-DD"),
        ("returns.csv", "date,LITHIUM\n01.03.1954,0.1\n", "returns.csv:2.*YYYY-MM-DD"),
        ("returns.csv", "date,LITHIUM\n1954-03-01,10%\n1954-03-02,0.1\n", "10%.*decimal point"),
        ("returns.csv", "date;LITHIUM\n1954-03-01;1,234\n1954-03-02;2,345\n", "1,234.*decimal"),
        ("events.csv", "id,security,session\ncastle-bravo,LITHIUM,1954-03-01\n", "lacks event_id"),
    ],
)
def test_what_a_stranger_writes_otherwise_is_named_with_its_place(tmp_path, name, content, said):
    study = load_replication(STUDIES / "alchian_bomb")
    for file in ("returns.csv", "events.csv", "expected.csv"):
        (tmp_path / file).write_text((study.data / file).read_text())
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=said):
        run_replication(load_replication(STUDIES / "alchian_bomb", data=tmp_path))


def _rewritten(folder: Path, returns, **separators: str) -> None:
    """Copy the study of the bomb, its returns written another way."""
    for file in ("returns.csv", "events.csv", "expected.csv"):
        found = pd.read_csv(STUDIES / "alchian_bomb" / file)
        if file == "returns.csv":
            found = returns(found)
        found.to_csv(folder / file, index=False, **separators)


def test_semicolons_a_decimal_comma_and_points_in_dates_are_read_and_said(tmp_path, capsys):
    def pointed(found):
        days = pd.to_datetime(found["date"]).dt.strftime("%d.%m.%Y")
        return found.assign(date=days)

    _rewritten(tmp_path, pointed, sep=";", decimal=",")
    expected = tmp_path / "expected.csv"
    text = expected.read_text()
    expected.write_text(text.replace(";48;0;", ";48,0;0;"))  # printed with a decimal comma
    assert main(["replicate", "alchian_bomb", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "3 of 3 printed figures" in out
    how = "columns separated by semicolons, days written dd.mm.yyyy, numbers with a decimal comma"
    assert f"Read: returns.csv: {how}.\n" in out


def test_numbers_that_all_have_the_sign_of_percent_are_divided_by_100(tmp_path):
    def percent(found):
        there = found["LITHIUM"].notna()
        return found.assign(LITHIUM=(100 * found["LITHIUM"]).map("{:.12g}%".format).where(there))

    _rewritten(tmp_path, percent)
    study = load_replication(STUDIES / "alchian_bomb", data=tmp_path)
    plain = load_replication(STUDIES / "alchian_bomb").returns
    pd.testing.assert_frame_equal(study.returns, plain, rtol=1e-11)
    assert study.remarks == ("returns.csv: percent, divided by 100",)


def test_factors_as_their_library_gives_them_are_read_as_decimals(tmp_path):
    head = "Created by a library\n\n,Mkt-RF,SMB,HML,RF\n"
    rows = "20130301,0.35,-0.40,0.03,0.000\n20130304,-0.54,0.20,-0.11,0.001\n"
    (tmp_path / "factors.csv").write_text(head + rows + "\nCopyright\n")
    study = load_replication(STUDIES / "apple_iphone", data=tmp_path)
    assert study.frame("factors.csv").loc["2013-03-04", "Mkt-RF"] == pytest.approx(-0.0054)
    assert study.remarks == ("factors.csv: factors in percent were divided by 100",)


def test_a_study_of_minutes_keeps_them_and_its_own_figures_are_not_called_printed(tmp_path, capsys):
    minutes = pd.date_range("2008-10-20T04:00", periods=150, freq="min")
    rng = np.random.default_rng(3)
    names = ["SBIN", "HDFC"]
    returns = pd.DataFrame(rng.normal(0, 0.001, (150, 2)), minutes, names)
    returns.to_csv(tmp_path / "returns.csv", index_label="minute_utc")
    nifty = pd.Series(rng.normal(0, 0.001, 150), minutes, name="NIFTY")
    nifty.to_csv(tmp_path / "benchmark.csv", index_label="minute_utc")
    rows = "".join(f"{name}-cut,{name},2008-10-20T05:30\n" for name in names)
    (tmp_path / "events.csv").write_text("event_id,security,session\n" + rows)
    (tmp_path / "expected.csv").write_text(HEAD + "illustration,n,all,0:35,2,0,nowhere\n")
    assert main(["replicate", "rbi_rate_cuts", "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "1 of 1 figures of our own, printed nowhere; no printed figure." in out
    assert "printed   " not in out
    result = load_replication(STUDIES / "rbi_rate_cuts", data=tmp_path).tables[0].result
    assert set(result.outcomes["session"]) == {pd.Timestamp("2008-10-20T05:30")}
