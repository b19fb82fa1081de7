"""Size and power in simulated markets: known to hold, known to fail, and the same every time."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.chapters.battery.pictures import (
    battery_picture,
    battery_power_picture,
    battery_sizes_picture,
)
from analysis.chapters.battery.tables import (
    assumptions_table,
    battery_table,
    diagnostics_table,
    periods_table,
    power_table,
    rates_table,
)
from analysis.chapters.battery.words import battery, believed, weighted
from analysis.engine.inference import TESTS as BATTERY
from analysis.engine.long_windows import CASES, long_window_sizes
from analysis.engine.long_windows import HEADING as LONG
from analysis.engine.simulate import SimulationSpec, simulate_market
from analysis.engine.size_study import SCENARIOS, SizeStudy, dependence_study, size_study
from analysis.engine.size_tables import (
    DESIGNS,
    DISCRETE,
    HEADING,
    N_EVENTS,
    breaches,
    is_sensitive,
    size_markdown,
    sizes,
    with_tables,
)
from analysis.engine.study import event_study
from analysis.errors import InputError

#: Three Monte-Carlo standard errors of a rate of 5 % over 300 markets.
SLACK = 3 * np.sqrt(0.05 * 0.95 / 300)
TESTS = ("patell_z", "bmp_t", "kolari_pynnonen_t", "corrado_rank_z", "generalized_sign_z")


@pytest.fixture(scope="module")
def study() -> SizeStudy:
    return size_study(300, seed=1, n_events=(20,), effects=(0.01,), tests=TESTS)


def rates(study: SizeStudy, scenario: str, level: float = 0.05) -> pd.Series:
    chosen = study.size[np.isclose(study.size["level"], level)]
    return chosen[chosen["scenario"] == scenario].set_index("test")["rate"]


def test_on_different_dates_every_test_keeps_its_size(study: SizeStudy) -> None:
    assert (rates(study, "staggered") - 0.05).abs().max() < SLACK


def test_on_one_date_only_tests_that_see_the_dependence_keep_it(study: SizeStudy) -> None:
    found = rates(study, "clustered")
    assert (found[["kolari_pynnonen_t", "corrado_rank_z"]] - 0.05).abs().max() < SLACK
    assert found[["patell_z", "bmp_t", "generalized_sign_z"]].min() > 0.15


def test_event_variance_breaks_tests_that_take_it_from_calm_days(study: SizeStudy) -> None:
    found = rates(study, "variance")
    assert abs(found["bmp_t"] - 0.05) < SLACK
    assert found["patell_z"] > 0.10


def test_power_is_above_size_and_levels_are_nested(study: SizeStudy) -> None:
    power = study.power.set_index(["scenario", "test", "effect"])["rate"]
    for name in TESTS:
        assert power["staggered", name, 0.01] > 0.3
        assert power["staggered", name, 0.0] == rates(study, "staggered")[name]
        assert rates(study, "staggered", 0.01)[name] <= rates(study, "staggered", 0.10)[name]
    assert not (study.power["scenario"].eq("variance") & study.power["effect"].gt(0)).any()


def test_the_same_seed_gives_the_same_study(study: SizeStudy) -> None:
    few = {"n_events": (5,), "effects": (), "tests": ("bmp_t",)}
    pd.testing.assert_frame_equal(size_study(20, 3, **few).size, size_study(20, 3, **few).size)
    assert repr(study).startswith("SizeStudy")


def test_weights_by_shared_sessions_hold_where_all_pairs_do_not() -> None:
    found = dependence_study(300, seed=2)
    at = found.size[np.isclose(found.size["level"], 0.05)]
    table = at.set_index(["scenario", "window", "test"])["rate"]
    for scenario in ("clustered", "bunched", "staggered"):
        for window in ("[0,0]", "[-5,5]"):
            assert abs(table[scenario, window, "kolari_pynnonen_t"] - 0.05) < SLACK
    assert table["staggered", "[0,0]", "kolari_pynnonen_t:all_pairs"] < 0.01
    assert table["bunched", "[-5,5]", "bmp_t"] > 0.10
    assert len(weighted(found)) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [({"tests": ("bmp",)}, "Did you mean 'bmp_t'"), ({"n_events": ()}, "there must be a panel")],
)
def test_what_cannot_be_asked_is_refused(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        size_study(10, **options)


def test_every_scenario_is_described_on_the_page(study: SizeStudy) -> None:
    sentences = believed(study)
    assert len(sentences) == len(SCENARIOS)
    assert "patell_z with 20 events" in sentences[-1].text
    assert "*" in repr(rates_table(study))
    assert len(power_table(study).rows) == len(TESTS)
    for picture in (battery_sizes_picture(study), battery_power_picture(study)):
        assert picture.alt
        assert "<svg" in picture.svg


def test_a_test_that_never_applied_keeps_no_promise() -> None:
    """Calendar time needs thirty days: with all events on one date it was counted as right."""
    one = size_study(20, 3, n_events=(5,), effects=(), tests=("bmp_t", "calendar_time_t"),
                     scenarios={"clustered": SCENARIOS["clustered"]})  # fmt: skip
    assert " of 1 tests" in believed(one)[0].text


def test_the_battery_on_one_study_in_words_tables_and_a_picture() -> None:
    market = simulate_market(SimulationSpec(n_events=12, effect={0: 0.03}), seed=4)
    result = event_study(market.returns, market.events, benchmark=market.benchmark)
    sentences = battery(result)
    assert "tests apply" in sentences[0].text
    assert len({s.id for s in sentences}) == len(sentences)
    assert len(battery_table(result, (0, 0)).rows) == len(assumptions_table().rows) == len(BATTERY)
    assert [row[1] for row in periods_table(result).rows] == ["[-5,-1]", "[0,0]", "[1,10]"]
    assert len(diagnostics_table(result).rows) == 6
    assert "p from" in battery_picture(result).title


def printed_sizes() -> pd.DataFrame:
    """Read the tables of the methods page back, a row a test, design and number of events."""
    page = (Path(__file__).parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    rows, designs, n = [], [], 0
    for line in page.split(HEADING)[1].split("\n#")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if line.startswith("| N = "):
            n, designs = int(cells[0].removeprefix("N = ")), cells[1:-1]
        elif line.startswith("| `"):
            levels = [float(x) for x in re.findall(r"\.\d+", line.rsplit("|", 2)[1])]
            for design, cell in zip(designs, cells[1:], strict=False):
                if cell.startswith("."):
                    rate, starred = float(cell.split()[0]), cell.endswith("*")
                    rows.append((design, n, cells[0].strip("`"), rate, starred, levels))
    frame = pd.DataFrame(
        rows, columns=["scenario", "n_events", "test", "rate", "starred", "levels"]
    )
    attainable = [max(levels, default=np.nan) for levels in frame["levels"]]
    return frame.assign(attainable=attainable)


def test_the_printed_sizes_keep_their_bounds() -> None:
    printed = printed_sizes()
    cases = printed.groupby(["scenario", "n_events"]).size()
    assert set(cases.index) == {(design, n) for design in DESIGNS for n in N_EVENTS}
    assert set(printed["test"]) == set(BATTERY)
    assert cases.min() >= len(BATTERY) - 1  # calendar time needs thirty days
    assert breaches(printed) == []
    named = [is_sensitive(*key) for key in printed[["test", "scenario", "n_events"]].to_numpy()]
    assert printed["starred"].tolist() == named
    careful = printed["test"].isin(["jackknife_t", "standardised_jackknife_t"])
    alone = printed[printed["starred"] & careful & (printed["scenario"] != "one date")]
    assert (alone["rate"] < 0.06).all()  # below 40 events they reject too seldom
    broken = printed[printed["starred"] & ~printed["test"].isin(DISCRETE) & ~careful]
    assert (broken["rate"] > 0.07).mean() > 0.6  # the stars stand where sizes fail


def test_a_part_of_the_sizes_again() -> None:
    study = sizes(
        200,
        7,
        n_events=(10,),
        designs=("normal", "one date", "20 % missing"),
        tests=("bmp_t", "kolari_pynnonen_t", "crude_dependence_t", "generalized_sign_z", "j2"),
    )
    assert breaches(study.size, most=0.11, least=0.0, slack=0.06) == []
    at = study.size[np.isclose(study.size["level"], 0.05)].set_index(["scenario", "test"])["rate"]
    assert at["one date", "j2"] > 0.11  # what its flag warns of


def test_tables_go_into_their_section_of_a_page_and_nowhere_else() -> None:
    page = f"before\n\n{HEADING}\nold\n\n## After\n"
    assert with_tables(page, "new") == f"before\n\n{HEADING}\nnew\n\n## After\n"
    assert with_tables(with_tables(page, "new"), "new") == with_tables(page, "new")
    with pytest.raises(InputError, match="it needs a section"):
        with_tables("no place", "new")
    few = sizes(20, 1, n_events=(5,), designs=("normal",), tests=("bmp_t", "sign_z"))
    text = size_markdown(few, 1)
    assert "share of 20 samples" in text
    assert "| `sign_z` | .000 | .000 |" in text


def test_the_printed_long_windows_are_those_of_the_command() -> None:
    """A part of each case again, by the same seed; three Monte-Carlo errors of what is printed."""
    page = (Path(__file__).parents[2] / "docs" / "methods.md").read_text(encoding="utf-8")
    section = page.split(LONG)[1].split("\n#")[0]
    printed = {
        cells[0]: float(cells[-1])
        for line in section.splitlines()
        if line.startswith("| ") and (cells := [c.strip() for c in line.strip("| ").split(" | ")])
        and cells[0] in CASES
    }  # fmt: skip
    assert list(printed) == list(CASES)
    assert printed["windows of 36 days"] < 0.01 < 0.035 < printed["36 days, the mean known"]
    found = long_window_sizes(60, 16).set_index("case").rate
    for case, rate in printed.items():
        assert abs(found[case] - rate) <= 3 * np.sqrt(max(rate, 0.01) / 60), case
