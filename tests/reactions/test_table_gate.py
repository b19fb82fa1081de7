"""The days of two files held against the sessions of their study, as a catalogue's prices are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, PriceError, StudyError
from analysis.reactions.table_study import TableRequest, table_study
from analysis.sessions.calendars import exchange_calendar

DAYS = pd.DatetimeIndex(exchange_calendar("XNYS", "2022-01-03", "2023-06-30").session, name="date")
RNG = np.random.default_rng(3)
MARKET = RNG.normal(0, 0.008, len(DAYS))
PRICES = pd.DataFrame(
    {
        **{
            n: 50 * np.exp((MARKET + RNG.normal(0, 0.01, len(DAYS))).cumsum()) for n in ("AA", "BB")
        },
        "IX": 4000 * np.exp(MARKET.cumsum()),
    },
    index=DAYS,
).round(3)


def moved(names, by):
    parts = {
        name: PRICES[name].set_axis(DAYS + pd.Timedelta(days=by * (name in names)))
        for name in PRICES
    }
    return pd.concat(parts, axis=1, sort=True).rename_axis("date")


def study(folder, prices, *, names=("AA", "BB"), **options):
    rows = [f"{name},{DAYS[row]:%Y-%m-%d}" for name in names for row in (200, 260, 320)]
    (folder / "events.csv").write_text("\n".join(["ticker,date", *rows]) + "\n")
    prices.to_csv(folder / "prices.csv")
    request = {"events": str(folder / "events.csv"), "prices": str(folder / "prices.csv")}
    return table_study(TableRequest(**request, **{"benchmark": "IX", **options}))


@pytest.mark.parametrize("exchange", [None, "XNYS"])
def test_clean_prices_pass_in_silence(tmp_path, exchange):
    assert study(tmp_path, PRICES, exchange=exchange).notes == ()


@pytest.mark.parametrize("exchange", [None, "XNYS"])
@pytest.mark.parametrize(("by", "weekday"), [(1, "Monday"), (-1, "Friday")])
def test_a_company_a_day_off_is_an_outcome_with_its_reason(tmp_path, exchange, by, weekday):
    found = study(tmp_path, moved(["AA"], by), exchange=exchange).result.outcomes
    assert found["status"].tolist() == ["unreadable_prices"] * 3 + ["ok"] * 3
    assert found["reason"].str.contains(f"no price on any {weekday}").sum() == 3


@pytest.mark.parametrize("by", [1, -1])
def test_a_benchmark_a_day_off_is_refused(tmp_path, by):
    with pytest.raises((PriceError, StudyError), match="no price on any"):
        study(tmp_path, moved(["IX"], by))
    with pytest.raises(PriceError, match="the benchmark IX has prices on"):
        study(tmp_path, moved(["IX"], by), exchange="XNYS")


def test_all_a_day_late_are_refused(tmp_path):
    with pytest.raises((PriceError, InputError), match="Monday"):
        study(tmp_path, moved([*PRICES], 1))
    with pytest.raises(StudyError, match="Every date seems a day late"):
        study(tmp_path, moved([*PRICES], 1), benchmark=None, exchange="XNYS",
              method={"model": "constant_mean"})  # fmt: skip


def test_another_exchange_is_named(tmp_path):
    with pytest.raises((PriceError, StudyError), match="XNYS"):
        study(tmp_path, PRICES, exchange="XTKS")


def test_a_person_may_accept_them_and_it_is_told(tmp_path):
    found = study(tmp_path, moved(["AA"], 1), exchange="XNYS", accept_prices=True)
    assert any(
        note.startswith("accepted by --accept-prices: AA has prices") for note in found.notes
    )
    assert found.request.accept_prices


@pytest.mark.parametrize("factor", [100, -1, 0])
def test_one_company_whose_prices_cannot_be_read_ends_with_the_reason(tmp_path, factor):
    wrong = PRICES.copy()
    wrong.iloc[100, 0] *= factor
    with pytest.raises(StudyError, match="AA"):
        study(tmp_path, wrong, names=["AA"])
    found = study(tmp_path, wrong).result.outcomes
    assert found["status"].tolist() == ["unreadable_prices"] * 3 + ["ok"] * 3


def test_a_late_listing_and_a_halt_pass(tmp_path):
    prices = PRICES.copy()
    prices.loc[: DAYS[60], "AA"] = np.nan
    prices.loc[DAYS[100:120], "BB"] = np.nan
    found = study(tmp_path, prices).result.outcomes
    assert (found["status"] == "ok").all()
