"""Prices in partitions by security, with the frames they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import EventStudyResult, StudySpec, event_study
from analysis.__main__ import main
from analysis.engine.inference import TESTS

TEXTS = [
    "window", "test", "n_events", "n_partial", "n_left_out", "assumes", "reason", "null", "source",
]  # fmt: skip
FIGURES = ["estimate", "statistic", "p_value", "df"]
EVERYTHING = StudySpec(
    estimation_window=(-130, -11),
    event_window=(-5, 10),
    windows=((0, 0), (-1, 1), (0, 5)),
    tests=tuple(TESTS),
)


@dataclass(frozen=True)
class Data:
    """A data set on disk and in memory."""

    folder: Path
    closes: pd.DataFrame
    index: pd.Series
    events: pd.DataFrame

    @property
    def prices(self) -> Path:
        return self.folder / "prices"

    @property
    def event_file(self) -> Path:
        return self.folder / "events.parquet"

    @property
    def benchmark(self) -> Path:
        return self.folder / "index.csv"

    def in_memory(self, spec: StudySpec = EVERYTHING, benchmark: object = None) -> EventStudyResult:
        market = self.index.pct_change(fill_method=None) if benchmark is None else benchmark
        returns = self.closes.pct_change(fill_method=None)
        return event_study(returns, self.events, benchmark=market, spec=spec)


def long_form(closes: pd.DataFrame) -> pd.DataFrame:
    frame = closes.rename_axis(index="session", columns="security").stack()
    return frame.rename("close").reset_index()


def make_data(
    folder: Path,
    *,
    n_securities: int = 30,
    n_sessions: int = 420,
    n_events: int = 300,
    n_files: int = 5,
    missing: float = 0.02,
    seed: int = 0,
) -> Data:
    """Several events per security, missing prices, events too early and too late."""
    rng = np.random.default_rng(seed)
    sessions = pd.bdate_range("2015-01-01", periods=n_sessions, name="session")
    market = rng.normal(0, 0.01, n_sessions)
    moves = rng.normal(0, 0.02, (n_sessions, n_securities))
    moves += rng.uniform(0.5, 1.5, n_securities) * market[:, None]
    names = [f"S{i:03d}" for i in range(n_securities)]
    closes = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=sessions, columns=names)
    closes = closes.mask(rng.random(closes.shape) < missing)
    index = pd.Series(1000 * np.exp(market.cumsum()), index=sessions, name="close")
    place = rng.choice(n_securities * (n_sessions - 105), n_events, replace=False)
    events = pd.DataFrame(
        {
            "event_id": [f"E{i:04d}" for i in range(n_events)],
            "security": closes.columns.to_numpy()[place % n_securities],
            "session": sessions[105 + place // n_securities],
        }
    )
    (folder / "prices").mkdir(parents=True)
    for number, columns in enumerate(np.array_split(np.arange(n_securities), n_files)):
        rows = long_form(closes.iloc[:, columns]).sample(frac=1, random_state=number)
        rows = rows.dropna() if number else rows  # a blank price, or no row at all
        rows.to_parquet(folder / "prices" / f"p{number}.parquet", index=False)
    events.to_parquet(folder / "events.parquet", index=False)
    index.rename_axis("session").reset_index().to_csv(folder / "index.csv", index=False)
    return Data(folder, closes, index, events)


def poisoned(data: Data, folder: Path) -> pd.DataFrame:
    """Copy the data as made by default; break two files, and single securities and events."""
    (folder / "prices").mkdir()
    for file in data.prices.iterdir():
        (folder / "prices" / file.name).write_bytes(file.read_bytes())
    whole = (data.prices / "p1.parquet").read_bytes()
    (folder / "prices" / "p1.parquet").write_bytes(whole[: len(whole) // 2])
    rows = pd.read_parquet(data.prices / "p2.parquet")
    first = rows.index[rows["security"] == "S012"][3]
    rows.loc[first, "close"] = -3.0
    twice = rows[rows["security"] == "S013"].iloc[[5]]
    pd.concat([rows, twice]).to_parquet(folder / "prices" / "p2.parquet", index=False)
    rows = pd.read_parquet(data.prices / "p3.parquet").astype({"close": str})
    rows.to_parquet(folder / "prices" / "p3.parquet", index=False)
    extra = pd.DataFrame(
        {
            "event_id": ["blank day", "no such security", "no security", "E0000", "saturday"],
            "security": ["S000", "NVDA", None, data.events["security"][0], "S000"],
            "session": [
                pd.NaT,
                data.events["session"][0],
                data.events["session"][0],
                data.events["session"][0],
                pd.Timestamp("2016-01-02"),
            ],
        }
    )
    events = pd.concat([data.events, extra])
    events.to_parquet(folder / "events.parquet", index=False)
    return events


def assert_same(partitioned, memory):
    """Every figure of the study at 1e-9; counts and words exactly."""
    mine, theirs = partitioned.tests(), memory.tests()
    pd.testing.assert_frame_equal(mine[TEXTS], theirs[TEXTS])
    np.testing.assert_allclose(mine[FIGURES], theirs[FIGURES], rtol=1e-9, atol=1e-12)
    for name in ("aar", "se", "n_events", "n_left_out"):
        np.testing.assert_allclose(partitioned.aar[name], memory.aar[name], rtol=1e-9, atol=1e-15)
    for window in memory.spec.windows:
        assert partitioned.caar(window) == pytest.approx(memory.caar(window), rel=1e-9)
        assert partitioned.abhar(window) == pytest.approx(memory.abhar(window), rel=1e-9)
        mine, theirs = partitioned.weighted_caar(window), memory.weighted_caar(window)
        pd.testing.assert_series_equal(mine, theirs, rtol=1e-9)
    pd.testing.assert_frame_equal(
        partitioned.summary(), memory.summary(), rtol=1e-9, atol=1e-15, check_index_type=False
    )


def reactions(folder) -> pd.DataFrame:
    frame = pd.read_parquet(folder / "reactions")
    return frame.set_index(["event_id", "security"]).sort_index()


def replace_events(data, events):
    return Data(data.folder, data.closes, data.index, events)


def command(data, out, *more):
    return main(
        [
            "study", "--prices", str(data.prices), "--events", str(data.event_file),
            "--benchmark", str(data.benchmark), "--out", str(out), *more,
        ]
    )  # fmt: skip
