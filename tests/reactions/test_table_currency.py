"""Securities and benchmarks in different currencies: said, and converted where rates are given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.reactions.table_study import TableRequest, table_study

DAYS = pd.bdate_range("2023-01-02", periods=120)
NAMES = ["AAA", "BBB", "DAX"]
MOVES = pd.DataFrame(np.random.default_rng(4).normal(0, 0.01, (120, 4)), DAYS, [*NAMES, "USDEUR"])
PRICES = (100 * (1 + MOVES[NAMES]).cumprod()).round(6)
RATE = (0.9 * (1 + MOVES["USDEUR"]).cumprod()).round(6)
MONEY = {"AAA": "USD", "BBB": "EUR", "DAX": "EUR"}
METHOD = {"windows": ((0, 0),), "estimation_window": (-60, -11)}
EVENTS = ((80, "AAA"), (97, "BBB"))


def ask(folder, **more):
    lines = [f"{DAYS[at]:%Y-%m-%d},{name}" for at, name in EVENTS]
    (folder / "e.csv").write_text("\n".join(["date,ticker", *lines]) + "\n")
    rows = [f"{d:%Y-%m-%d},{n},{PRICES.loc[d, n]},{MONEY[n]}" for n in NAMES for d in DAYS]
    (folder / "p.csv").write_text("\n".join(["date,symbol,close,currency", *rows]) + "\n")
    return TableRequest(events=str(folder / "e.csv"), prices=str(folder / "p.csv"),
                        benchmark="DAX", method=METHOD, **more)  # fmt: skip


def by_hand(frame):
    change, found = frame.pct_change(), []
    for at, name in EVENTS:
        y, x = (change[c].to_numpy() for c in (name, "DAX"))
        slope, start = np.polyfit(x[at - 60 : at - 10], y[at - 60 : at - 10], 1)
        found.append(y[at] - start - slope * x[at])
    return found


def test_another_currency_than_the_benchmarks_is_said_and_nothing_is_converted(tmp_path):
    found = table_study(ask(tmp_path))
    note = next(n for n in found.notes if "another currency" in n)
    assert "the first AAA in USD and DAX in EUR" in note
    np.testing.assert_allclose(found.result.car((0, 0)), by_hand(PRICES), rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "rate"), [("USDEUR", RATE), ("EURUSD=X", 1 / RATE), ("USD/EUR", RATE)]
)
def test_given_rates_convert_and_what_was_done_is_said(tmp_path, name, rate):
    rate.rename(name).to_csv(tmp_path / "fx.csv", index_label="date")
    found = table_study(ask(tmp_path, currency="EUR", rates=str(tmp_path / "fx.csv")))
    there = PRICES.assign(AAA=PRICES["AAA"] * RATE)
    np.testing.assert_allclose(found.result.car((0, 0)), by_hand(there), rtol=1e-7)
    assert "1 series converted from USD into EUR" in found.notes
    assert not any("another currency" in n for n in found.notes)
    assert any(file == "fx.csv" for file, _ in found.files)


def test_a_day_without_a_rate_is_left_out_and_said(tmp_path):
    RATE.drop(DAYS[60]).rename("USDEUR").to_csv(tmp_path / "fx.csv", index_label="date")
    found = table_study(ask(tmp_path, currency="EUR", rates=str(tmp_path / "fx.csv")))
    assert any("1 days without a rate are left out" in n for n in found.notes)
    assert found.result.fits["n_estimation"].tolist() == [48, 50]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"currency": "EUR"}, "no series says what one USD is in EUR"),
        ({"currency": "euro"}, "no code of three letters"),
        ({"rates": "fx.csv"}, "Add --currency"),
    ],
)
def test_a_currency_without_rates_and_rates_without_a_currency_are_refused(tmp_path, more, said):
    with pytest.raises(InputError, match=said):
        table_study(ask(tmp_path, **more))
