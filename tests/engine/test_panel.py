"""The panel turns labelled data into arrays, or says exactly what is wrong with them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import event_study
from analysis.engine.frame_panel import panel_from_returns
from analysis.engine.panel import take_days
from analysis.engine.spec import StudySpec
from analysis.engine.window_rows import event_outcomes
from analysis.errors import InputError, PlausibilityWarning

SESSIONS = pd.bdate_range("2024-01-01", periods=6)


def frame(columns: str = "ab") -> pd.DataFrame:
    values = np.arange(6 * len(columns), dtype=float).reshape(6, -1) / 100
    return pd.DataFrame(values, index=SESSIONS, columns=list(columns))


def events(*rows: tuple[str, str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["event_id", "security", "session"])


ONE = events(("e1", "a", SESSIONS[2]))
MARKET = pd.Series(0.01 + 0.001 * np.arange(len(SESSIONS)), index=SESSIONS, name="market")


def test_rows_and_columns_are_found() -> None:
    panel = panel_from_returns(
        frame(), events(("e1", "b", SESSIONS[2]), ("e2", "a", "2024-01-05")), benchmark=MARKET
    )
    assert panel.column.tolist() == [1, 0]
    assert panel.row.tolist() == [2, 4]
    assert panel.factor_names == ("market",)
    assert panel.status.tolist() == ["ok", "ok"]


@pytest.mark.parametrize(
    ("security", "session", "status", "reason"),
    [
        ("c", SESSIONS[2], "outside_data", "'c' is not a column"),
        ("a", "2024-01-06", "no_session", "2024-01-06 is not a session of `returns`; the next"),
        ("a", "2030-01-01", "outside_data", "2030-01-01 is outside the returns, which run from"),
        ("a", "2020-01-01", "outside_data", "2020-01-01 is outside the returns"),
    ],
)
def test_an_event_without_a_place_gets_a_reason(
    security: str, session: object, status: str, reason: str
) -> None:
    panel = panel_from_returns(frame(), events(("e1", security, session)), benchmark=MARKET)
    assert panel.status[0] == status
    assert reason in panel.reason[0]
    assert panel.row[0] == -1


def test_the_key_is_event_and_security() -> None:
    two = events(("e1", "a", SESSIONS[2]), ("e1", "b", SESSIONS[2]), ("e2", "a", SESSIONS[2]))
    assert len(panel_from_returns(frame(), two, benchmark=MARKET).row) == 3
    twice = events(("e1", "a", SESSIONS[2]), ("e1", "a", SESSIONS[3]))
    with pytest.raises(InputError, match=r"event_id 'e1' with security 'a' more than once"):
        panel_from_returns(frame(), twice, benchmark=MARKET)


def _with(row: int, value: float) -> pd.DataFrame:
    changed = frame()
    changed.iloc[row, 1] = value
    return changed


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (frame().iloc[::-1], r"2024-01-05 after 2024-01-08': sessions must be in ascending"),
        (frame().iloc[[0, 1, 1, 2, 3, 4]], r"'2024-01-02': this session occurs twice"),
        (frame("aa"), r"`returns` received as 'a': this column occurs twice"),
        (_with(3, np.inf), r"inf for 'b' on 2024-01-04\": a return must be finite"),
        (frame().astype(object).assign(a="x"), r"'a, b': these columns are not numbers|'a'"),
        (frame().iloc[:0], r"no rows"),
        (frame().tz_localize("UTC"), r"carry no time zone"),
        (frame().set_axis(list("uvwxyz")), r"sessions must be dates"),
        (frame().reset_index(drop=True), r"sessions must be dates"),
        (frame().set_axis([*SESSIONS[:5], pd.NaT]), r"every session needs a date"),
        (frame()["a"], r"it must be a DataFrame, sessions x columns"),
    ],
)
def test_returns_that_cannot_be_used_are_refused(returns: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        panel_from_returns(returns, ONE, benchmark=None)


def test_events_need_their_columns() -> None:
    with pytest.raises(InputError, match="the column `session` is missing"):
        panel_from_returns(frame(), ONE.drop(columns="session"), benchmark=MARKET)


def test_the_benchmark_has_every_session_of_the_returns() -> None:
    with pytest.raises(InputError, match=r"5 sessions, without 2024-01-08.*the 6 sessions of"):
        panel_from_returns(frame(), ONE, benchmark=MARKET.iloc[:5])


def test_take_days_gathers_around_each_event() -> None:
    values = np.arange(12.0).reshape(6, 2)
    row, column = np.array([2, 3]), np.array([0, 1])
    np.testing.assert_array_equal(take_days(values, row, column, -1, 1), [[2, 4, 6], [5, 7, 9]])
    np.testing.assert_array_equal(
        take_days(np.arange(6), row, column, 0, 2), [[2, 3, 4], [3, 4, 5]]
    )


def _small() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2024-01-01", periods=160)
    frame = pd.DataFrame(rng.normal(0, 0.02, (160, 2)), index=days, columns=["A", "B"])
    events = pd.DataFrame(
        {"event_id": ["a", "b"], "security": ["A", "B"], "session": [days[140], days[141]]}
    )
    return frame, events, pd.Series(rng.normal(0, 0.01, 160), index=days, name="M")


def test_days_may_stand_in_a_column() -> None:
    returns, events, market = _small()
    plain = panel_from_returns(returns, events, benchmark=market)
    column = panel_from_returns(returns.rename_axis("date").reset_index(), events, benchmark=market)
    np.testing.assert_array_equal(plain.returns, column.returns)
    np.testing.assert_array_equal(plain.row, column.row)


def test_a_benchmark_may_begin_earlier_and_end_later() -> None:
    returns, events, market = _small()
    short = returns.iloc[5:-5]
    panel = panel_from_returns(short, events, benchmark=market)
    np.testing.assert_array_equal(panel.factors[:, 0], market.iloc[5:-5])


def test_a_frame_with_a_column_for_each_security_gives_each_its_own() -> None:
    returns, events, market = _small()
    own = pd.DataFrame({"B": 2 * market, "A": market})
    panel = panel_from_returns(returns, events, benchmark=own)
    np.testing.assert_array_equal(panel.factors[:, 0, 0], market)
    np.testing.assert_array_equal(panel.factors[:, 1, 0], 2 * market)


def test_a_benchmark_may_have_more_sessions_than_the_returns():
    days = pd.bdate_range("2021-01-01", periods=200, name="session")
    rng = np.random.default_rng(3)
    returns = pd.DataFrame({"A": rng.normal(0, 0.01, 200)}, days)
    market = pd.Series(rng.normal(0, 0.01, 200), days)
    events = pd.DataFrame({"event_id": [1], "security": ["A"], "session": [days[170]]})
    some = returns.drop(days[[30, 150]])
    with pytest.warns(PlausibilityWarning, match=r"has 2 sessions between .* first 2021-02-12"):
        found = event_study(some, events, benchmark=market)
    same = event_study(some, events, benchmark=market.reindex(some.index))
    pd.testing.assert_frame_equal(found.ar, same.ar)
    assert not same.notes
    later = event_study(returns.iloc[5:-5], events, benchmark=market)  # beyond both ends: silence
    assert not later.notes


def test_bars_keep_their_time_of_day_in_outcomes():
    days = pd.bdate_range("2021-01-04", periods=10)
    bars = pd.DatetimeIndex([day + pd.Timedelta(minutes=570 + 5 * k) for day in days
                             for k in range(20)])  # fmt: skip
    rng = np.random.default_rng(4)
    returns = pd.DataFrame({"A": rng.normal(0, 0.001, 200)}, bars)
    rows = pd.DataFrame({"event_id": ["e", "f"], "security": "A",
                         "session": [bars[170], bars[171] + pd.Timedelta(minutes=1)]})  # fmt: skip
    result = event_study(returns, rows, spec=StudySpec(model="constant_mean"))
    assert result.outcomes["session"][0] == bars[170]
    assert event_outcomes(result)["session"].tolist() == ["2021-01-14 10:20", ""]
    assert "`session` 2021-01-14 10:26 is not a session" in result.outcomes["reason"][1]
