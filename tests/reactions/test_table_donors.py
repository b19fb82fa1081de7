"""Synthetic controls of a table of events: donors are the other series of the price file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.__main__ import main


@pytest.fixture
def files(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2022-01-03", periods=220)
    common = rng.normal(0, 0.01, 220)
    values = common[:, None] * rng.uniform(0.5, 1.5, 6) + rng.normal(0, 0.005, (220, 6))
    names = ["AAA", "BBB", "D1", "D2", "D3", "MKT"]
    prices = pd.DataFrame(100 * np.exp(np.cumsum(values, axis=0)), days, names)
    prices.rename_axis("date").to_csv(tmp_path / "prices.csv")
    rows = [("a", "AAA", days[180].date()), ("b", "BBB", days[185].date())]
    events = pd.DataFrame(rows, columns=["event_id", "security", "date"])
    events.to_csv(tmp_path / "events.csv", index=False)
    return tmp_path


def study(folder: Path, *more: str) -> int:
    return main(["study", "--events", str(folder / "events.csv"), "--prices",
                 str(folder / "prices.csv"), "--model", "synthetic_control",
                 "--out", str(folder / "out"), *more])  # fmt: skip


def test_series_without_an_event_are_donors(files: Path) -> None:
    assert study(files, "--benchmark", "MKT") == 0
    outcomes = pd.read_csv(files / "out" / "event_outcomes.csv")
    assert set(outcomes["status"]) == {"ok"}  # AAA and BBB have events near each other: D1 to D3
    weights = pd.read_csv(files / "out" / "weights.csv")
    assert weights.groupby("event_id")["weight"].sum().round(9).tolist() == [1.0, 1.0]
    assert set(weights["donor"]) <= {"D1", "D2", "D3"}
    assert pd.read_csv(files / "out" / "controls.csv")["n_pool"].tolist() == [3, 3]
    assert "Synthetic control" in (files / "out" / "tables.tex").read_text("utf-8")


def test_donors_may_be_named_and_must_be_there(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert study(files, "--donors", "D1", "D2") == 0
    assert study(files, "--donors", "D9") == 2
    assert "`donors` received as 'D9': there is no such name" in capsys.readouterr().err
