"""Reactions from one's own bars and events, in Python."""

import numpy as np
import pandas as pd
import pytest
from minute_markets import bar_frame, futures_frame, sessions_of

import analysis
from analysis.errors import InputError, PlausibilityWarning, PriceError
from analysis.reactions.minutes import COLUMNS

HOURS = "18:00-17:00 America/New_York"
EVENTS = pd.DataFrame(
    {
        "event_id": ["a", "b"],
        "announced_at": ["2025-03-05T16:10:00Z", "2025-02-12T19:20:00Z"],
        "earliest": ["2025-03-05T16:05:00Z", None],
        "latest": ["2025-03-05T16:20:00Z", None],
    }
)


@pytest.fixture(scope="module")
def sessions():
    return sessions_of()


@pytest.fixture(scope="module")
def closes(sessions):
    return pd.DataFrame({"date": sessions.session.astype("datetime64[ns]"), "SH": sessions.price})


@pytest.fixture(scope="module")
def bars(sessions):
    return bar_frame(sessions)


def test_a_move_put_into_the_bars_is_found(bars, closes):
    later = (bars.bar_end > "2025-03-05T16:10") & (bars.bar_end < "2025-03-05T21:00")
    moved = bars.assign(close=bars.close * np.where(later, 1.03, 1.0))
    with pytest.warns(PlausibilityWarning, match="over 2 % from the official close on 2025-03-05"):
        table = analysis.minutes(moved, EVENTS, exchange="XNYS", closes=closes)
    assert tuple(table.columns) == COLUMNS
    row = table[(table.event_id == "a") & table.primary].iloc[0]
    assert row.ret == pytest.approx(0.03, abs=0.012)
    assert row.p == 1 / (row.n_placebo + 1)  # no ordinary session is as unusual
    quiet = table[(table.event_id == "b") & table.primary].iloc[0]
    assert quiet.p > 0.02


def test_futures_need_no_closes():
    frame = futures_frame().assign(symbol="FUT")
    table = analysis.minutes(frame, EVENTS, exchange={"FUT": HOURS})
    assert set(table.series) == {"FUT"}
    assert table[table.primary].z.notna().all()


def test_on_a_benchmark_the_slope_is_found(bars, closes):
    rng = np.random.default_rng(5)
    own = bars.assign(close=bars.close**1.5 / 10 * np.exp(rng.normal(0, 1e-5, len(bars))))
    both = pd.concat([bars, own.assign(symbol="IN")])
    frame = closes.assign(IN=closes.SH**1.5 / 10)
    table = analysis.minutes(
        both, EVENTS, exchange="XNYS", closes=frame, against={"SH": ["total"], "IN": ["SH"]}
    )
    held = table[(table.series == "IN") & table.primary]
    np.testing.assert_allclose(held.beta.astype(float), 1.5, atol=0.02)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"exchange": {"OTHER": "XNYS"}}, "SH is not among them"),
        ({"closes": None}, "official closes of SH are needed"),
        ({"against": ["total", "IN"]}, "IN"),
        ({"events": EVENTS.assign(announced_at="2025-03-05 16:10")}, "with its zone"),
        ({"events": EVENTS.assign(event_id="a")}, "an event stands once"),
        ({"events": EVENTS.assign(latest="2025-01-01T00:00Z")}, "earliest <= announced_at"),
        ({"events": EVENTS.drop(columns="event_id")}, "event_id and announced_at"),
        ({"events": EVENTS.assign(event_id=["a", None])}, "every event has a name"),
        ({"events": []}, "it is a frame"),
        ({"bars": [1, 2]}, "a frame or the path of a file"),
        ({"exchange": None}, "codes by symbol"),
        ({"exchange": "25:00-17:00 UTC"}, "its opening, its close and its zone"),
        ({"exchange": "18:00-17:00 New_York"}, "did you mean 'America/New_York'"),
        ({"against": ["SH"]}, "in total or against another"),
    ],
)
def test_what_cannot_be_is_refused(bars, closes, change, said):
    options = {"bars": bars, "events": EVENTS, "exchange": "XNYS", "closes": closes} | change
    with pytest.raises(InputError, match=said):
        analysis.minutes(**options)


@pytest.mark.parametrize(
    "form",
    [
        lambda b: b.assign(close=b.close.astype("Float64")),
        lambda b: b.assign(close=b.close.astype("float64[pyarrow]")),
        lambda b: b.rename(columns={"symbol": "Ticker", "close": "Close"}),
        lambda b: b.assign(at=pd.to_datetime(b.bar_end)).set_index("at").drop(columns="bar_end"),
        lambda b: b.sample(frac=1.0, random_state=1),
    ],
    ids=["nullable", "Arrow", "other capitals", "times as the index", "unsorted"],
)
def test_bars_of_other_programs_give_the_same_rows(bars, closes, form):
    """Frames of Arrow ended in a traceback, an index of times was not seen."""
    plain = analysis.minutes(bars, EVENTS, exchange="XNYS", closes=closes)
    other = analysis.minutes(form(bars), EVENTS, exchange="XNYS", closes=closes, against="total")
    pd.testing.assert_frame_equal(other, plain)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda b: b.iloc[:0], "no bars"),
        (lambda b: b.assign(symbol=[" ", *b.symbol[1:]]), "frame:2, column symbol"),
        (lambda b: b.assign(close=[-1.0, *b.close[1:]]), r"column close: -1\.0;"),
    ],
    ids=["none", "a blank symbol", "a negative price"],
)
def test_bars_that_cannot_be_are_refused(bars, closes, change, said):
    with pytest.raises(PriceError, match=said):
        analysis.minutes(change(bars), EVENTS, exchange="XNYS", closes=closes)
