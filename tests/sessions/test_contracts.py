"""Changes of contract inside a series of futures: named, or found where nothing names them."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from minute_markets import ZONE, bars_of, futures_frame, sessions_of

from analysis.errors import PriceError
from analysis.sessions.contracts import check_basis
from analysis.sessions.marks import ends_of, round_the_clock_grid

ROLLS = ("2024-03-15T20:00Z", "2024-06-21T20:00Z", "2024-09-20T20:00Z")


@pytest.fixture(scope="module")
def frame():
    return futures_frame()


def stepped(frame, at, size=1.012):
    """The frame with a higher price from an instant on."""
    return frame.assign(close=frame.close * np.where(frame.bar_end >= at, size, 1.0))


def gated(frame):
    return round_the_clock_grid(bars_of(frame), zone=ZONE, opens=18 * 60, closes=17 * 60).notes


def test_futures_that_name_no_contract_and_change_it_are_refused(frame):
    changed = frame.drop(columns="segment")
    for at in ROLLS:
        changed = stepped(changed, at)
    said = r"2024-03-15T20:00:00Z, 2024-06-21T20:00:00Z, 2024-09-20T20:00:00Z.*column segment"
    with pytest.raises(PriceError, match=said):
        gated(changed)


def test_one_step_in_a_week_of_expiry_is_said(frame):
    assert gated(stepped(frame, ROLLS[1]).drop(columns="segment")) == (
        "frame: a step like a change of contract at 2024-06-21T20:00:00Z, and no column segment",
    )


@pytest.mark.parametrize("at", ["2024-05-08T14:00Z", "2024-10-16T14:00Z"])
def test_news_at_other_times_is_no_change_of_contract(frame, at):
    assert gated(stepped(frame, at).drop(columns="segment")) == ()


def test_futures_that_say_they_have_no_contracts_are_believed(frame):
    changed = stepped(stepped(frame, ROLLS[0]), ROLLS[1])
    assert gated(frame.drop(columns="segment")) == ()
    assert gated(changed) == ()  # its column segment is 0 throughout


@pytest.fixture(scope="module")
def cash():
    return sessions_of("2024-02-01", "2024-12-31", level=5000.0)


@pytest.fixture(scope="module")
def futures(cash):
    """Bars at the closes of an index, a basis of 1 % that runs out."""
    basis = np.linspace(0.01, 0.0, len(cash.price))
    noise = np.random.default_rng(4).normal(0, 1e-4, len(basis))
    close = cash.price * np.exp(basis + noise)
    ends = [f"{at}Z" for at in cash.close_at]
    return bars_of(pd.DataFrame({"bar_end": ends, "close": close}))


def shifted(bars, row, size=1.008, *, until=None):
    close = bars.close.copy()
    close[row:until] *= size
    return replace(bars, close=close)


def test_a_basis_that_steps_within_one_contract_is_refused(futures, cash):
    check_basis(futures, ends_of(futures), cash)
    wrong = shifted(futures, 100)
    with pytest.raises(PriceError, match=re.escape(f"at {cash.close_at[100]}Z, within")):
        check_basis(wrong, ends_of(wrong), cash)


def test_a_basis_that_steps_between_contracts_is_right(futures, cash):
    changed = shifted(futures, 100)
    named = replace(changed, segment=(np.arange(len(futures.time)) >= 100).astype(np.int64))
    check_basis(named, ends_of(named), cash)


def test_a_print_that_is_taken_back_is_no_change_of_contract(futures, cash):
    odd = shifted(futures, 100, until=101)
    check_basis(odd, ends_of(odd), cash)


def test_a_misprint_among_futures_is_refused_and_an_odd_bar_said(frame):
    """Markets that trade day and night passed without a look at single bars."""
    at = frame.index[frame.bar_end == "2024-10-16T14:00Z"][0]
    close = frame.close.to_numpy().copy()
    close[at] *= 10.0
    with pytest.raises(PriceError, match="this is a misprint"):
        gated(frame.assign(close=close))
    close[at] *= 0.112
    assert gated(frame.assign(close=close)) == (
        "frame: 1 bars more than 10 % from both their neighbours",
    )


def test_futures_that_stand_still_for_a_session_are_said(frame):
    day = frame.bar_end.between("2024-10-15T22:30", "2024-10-16T21:30")
    still = frame.assign(close=np.where(day, 5000.0, frame.close))
    (note,) = (n for n in gated(still) if "differs" in n)
    assert note == "frame: no bar of 2024-10-16 differs from another"
