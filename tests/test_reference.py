"""Every figure of reference case A (tests/reference/README.md) at 1e-9."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis
from analysis import EventStudyResult, StudySpec

REFERENCE = Path(__file__).parent / "reference"
#: Figures agree when |a - b| <= 1e-9 max(1, |b|).
TOLERANCE = 1e-9
SPEC = StudySpec(estimation_window=(-260, -11), event_window=(-10, 10))


def agree(found: object, expected: object) -> None:
    a, b = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    worst = np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))
    assert worst <= TOLERANCE, f"off by {worst:.3g}"


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "panel.csv", index_col="session", parse_dates=True)


@pytest.fixture(scope="module")
def expected_ar() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "abnormal_returns.csv").set_index(["event_id", "event_day"])


def study(panel: pd.DataFrame, benchmark: str = "market", **changes: object) -> EventStudyResult:
    securities = [name for name in panel if name[0] == "s" and name[1:].isdigit()]
    spec = StudySpec(**{**SPEC.to_dict(), **changes})
    events = pd.read_csv(REFERENCE / "events.csv", parse_dates=["session"])
    return analysis.event_study(panel[securities], events, benchmark=panel[benchmark], spec=spec)


@pytest.mark.parametrize("model", ["market_model", "constant_mean", "market_adjusted"])
def test_abnormal_returns(panel: pd.DataFrame, expected_ar: pd.DataFrame, model: str) -> None:
    found = study(panel, model=model).ar.droplevel("security").stack()
    agree(found, expected_ar.loc[found.index, f"ar_{model}"])


def test_sar_car_and_residuals(panel: pd.DataFrame, expected_ar: pd.DataFrame) -> None:
    result = study(panel)
    sar = result.sar.droplevel("security").stack()
    agree(sar, expected_ar.loc[sar.index, "sar_market_model"])
    for day in range(-10, 11):
        car = result.car((-10, day))
        agree(car, expected_ar.xs(day, level="event_day")["car_market_model"])
    agree(result.residuals, pd.read_csv(REFERENCE / "residuals.csv", index_col="event_id"))


FIGURES = pd.read_csv(REFERENCE / "tests.csv", keep_default_na=False, dtype={"value": float})


@pytest.mark.parametrize(
    "name", ["cross_sectional_t", "patell_z", "bmp_t", "corrado_rank_z", "generalized_sign_z"]
)
def test_statistics(panel: pd.DataFrame, name: str) -> None:
    result = study(panel)
    wanted = FIGURES[(FIGURES["figure"] == name) & (FIGURES["form"] == "")]
    assert len(wanted) >= 21
    windows = [tuple(map(int, text.strip("[]").split(","))) for text in wanted["window"]]
    agree([result.test(name, window).statistic for window in windows], wanted["value"])
