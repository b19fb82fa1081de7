"""What a run on a person's own prices refuses, says and records, through the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.__main__ import main
from analysis.seeds.scaffold import new_workspace
from analysis.sessions.calendars import sessions_held
from analysis.sessions.closures import Corrections

DAY0 = "2025-05-14"
MARKET = """- symbol: {symbol}
  name: {symbol}
  short: {symbol}
  kind: {kind}
  exchange: XNYS
  currency: USD
"""
EVENT = f"""- id: news
  title: News
  role: context
  category: macro
  announced:
    best: '{DAY0}T15:00:00Z'
    earliest: '{DAY0}T15:00:00Z'
    latest: '{DAY0}T15:00:00Z'
    precision: minute
    basis: told
  implied_direction: {{AAA: none}}
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    folder = new_workspace("own", parent=tmp_path)
    study = "  role: study\n  benchmark: ^US\n  model: market_model\n"
    markets = MARKET.format(symbol="AAA", kind="stock") + study
    markets += MARKET.format(symbol="^US", kind="index") + "  role: related\n"
    (folder / "seeds" / "markets.yaml").write_text(markets)
    (folder / "seeds" / "events.yaml").write_text(EVENT)
    (folder / "seeds" / "claims.yaml").write_text("[]\n")
    monkeypatch.chdir(folder)
    return folder


def closes():
    held = sessions_held("XNYS", "2024-06-03", "2025-08-29", Corrections(())).session
    days = pd.DatetimeIndex(held.astype("datetime64[us]"), name="date")
    rng = np.random.default_rng(3)
    market = rng.normal(0, 0.008, len(days))
    own = market + rng.normal(0, 0.012, len(days))
    frame = {"AAA": 130 * np.exp(own.cumsum()), "^US": 5000 * np.exp(market.cumsum())}
    return pd.DataFrame(frame, index=days).round(2)


def run(frame, *options):
    frame.to_csv("px.csv")
    return main(["study", "--prices", "px.csv", "--out", "out", "--draws", "20", *options])


def record():
    return json.loads(Path("out/run.json").read_text(encoding="utf-8"))


@pytest.mark.usefixtures("workspace")
def test_one_missing_close_in_the_estimation_window_leaves_the_placebo_p(capsys):
    frame = closes()
    frame.loc["2025-02-20", "AAA"] = np.nan
    assert run(frame) == 0
    fits = pd.read_csv("out/fits.csv")
    assert fits.loc[fits["model"] == "market_model", "n_estimation"].tolist() == [118]
    placebo = pd.read_csv("out/placebo.csv")
    mine = placebo[(placebo["window"] == "[0,0]") & (placebo["model"] == "market_model")]
    assert np.isfinite(mine["p_value"]).all()
    assert len(mine) == 1
    assert "note:" not in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
def test_a_benchmark_without_day_0_is_an_outcome_with_a_reason(capsys):
    frame = closes()
    frame.loc[DAY0, "^US"] = np.nan
    assert run(frame) == 0
    assert f"the benchmark of AAA has no return on {DAY0}" in capsys.readouterr().out
    assert pd.read_csv("out/reactions.csv")["status"].tolist() == ["missing_return"]
    assert main(["show", "news", "--prices", "px.csv"]) == 0
    assert "nan" not in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
def test_what_is_suspicious_stands_in_notes_and_at_the_top_of_pages(capsys):
    frame = closes()
    frame.loc["2025-02-03":, "AAA"] /= 1.5
    assert run(frame) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    assert len(said) == 1
    assert "2025-02-03" in said[0]
    assert "split of 3 for 2" in said[0]
    assert record()["gate"] == [said[0].removeprefix("note: ")]
    assert said[0].removeprefix("note: ") in record()["banner"]


@pytest.mark.usefixtures("workspace")
def test_prices_a_day_late_are_refused_unless_a_person_accepts_them(capsys):
    frame = closes()
    late = frame.set_axis(frame.index + pd.Timedelta(days=1)).rename_axis("date")
    assert run(late) == 3
    assert "every date seems a day late" in capsys.readouterr().err.casefold()
    run(late, "--accept-prices")
    assert "note: accepted by --accept-prices: AAA has prices on" in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
def test_accepted_prices_are_recorded(capsys):
    frame = closes()
    extra = frame.iloc[[10, 60, 110, 160, 210]]
    saturdays = extra.set_axis(extra.index + pd.offsets.Week(weekday=5)).rename_axis("date")
    assert run(pd.concat([frame, saturdays]).sort_index()) == 3
    assert run(pd.concat([frame, saturdays]).sort_index(), "--accept-prices") == 0
    assert record()["run"]["accept_prices"] is True
    assert "accepted by --accept-prices" in record()["banner"]
    assert "read as" not in capsys.readouterr().out


@pytest.mark.usefixtures("workspace")
def test_how_a_file_was_read_is_no_note(capsys):
    assert run(closes()[::-1]) == 0
    out = capsys.readouterr().out
    assert "read as: px.csv: rows with the newest first" in out
    assert "note:" not in out
    assert record()["read_as"] == ["px.csv: rows with the newest first"]


@pytest.mark.usefixtures("workspace")
def test_what_the_gate_of_bars_noticed_stands_where_that_of_prices_does(workspace, capsys):
    markets = workspace / "seeds" / "markets.yaml"
    named = "  bars:\n    file: own.csv\n    against: [total]\n"
    share, index = markets.read_text().split("- symbol: ^US")
    markets.write_text(f"{share}{named}- symbol: ^US{index}")
    held = sessions_held("XNYS", "2025-03-03", "2025-08-29", Corrections(()))
    series = closes()["AAA"]
    price = series[held.session.astype("datetime64[ns]")].to_numpy()
    ends = held.close_at[:, None] - np.arange(6, -1, -1) * np.timedelta64(1800, "s")
    close = price[:, None] * np.exp(np.random.default_rng(1).normal(0, 0.002, ends.shape))
    close[7, -2] *= 1.03  # the last bar before the close
    (workspace / "data" / "bars").mkdir(parents=True)
    bars = pd.DataFrame({"bar_end": [f"{at}Z" for at in ends.ravel()], "close": close.ravel()})
    bars.to_csv(workspace / "data" / "bars" / "own.csv", index=False)
    assert run(series.to_frame().join(closes()["^US"])) == 0
    noticed = f"Bars of AAA: last bar over 2 % from the official close on {held.session[7]}."
    assert f"note: {noticed}" in capsys.readouterr().out
    assert record()["gate"] == [noticed]
    assert noticed in record()["banner"]
