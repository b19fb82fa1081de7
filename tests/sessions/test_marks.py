"""The gate of intraday bars: what is refused, what is left out, what becomes a mark."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from minute_markets import SHARE, ZONE, bar_frame, bars_of, futures_frame, sessions_of

from analysis.errors import InputError, PriceError
from analysis.prices.bars import bars_from_frame, read_bars
from analysis.seeds.markets import Market
from analysis.sessions.marks import exchange_grid, round_the_clock_grid

HALF_HOUR = pd.Timedelta("30min")
NOT_AT_ALL = pd.Timedelta(0)


@pytest.fixture(scope="module")
def sessions():
    return sessions_of("2024-10-01", "2025-01-31")


@pytest.fixture(scope="module")
def frame(sessions):
    return bar_frame(sessions)


def stamped(frame, name="time", *, earlier=NOT_AT_ALL):
    """The frame with stamps of another name, moved."""
    times = pd.to_datetime(frame.bar_end) - earlier
    moved = frame.drop(columns="bar_end")
    moved.insert(0, name, times.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return moved


def test_clean_bars_pass_in_silence(sessions, frame):
    grid = exchange_grid(bars_of(frame), sessions, index=False)
    assert grid.notes == ()
    assert grid.price.shape == (len(sessions.session), 13)
    np.testing.assert_array_equal(grid.price[:, -1], sessions.price)


def test_stamps_of_starts_give_the_same_marks(sessions, frame):
    ends = exchange_grid(bars_of(frame), sessions, index=False)
    starts = stamped(frame, "bar_start", earlier=HALF_HOUR)
    np.testing.assert_array_equal(
        ends.price, exchange_grid(bars_of(starts), sessions, index=False).price
    )


@pytest.mark.parametrize(("earlier", "kind"), [(NOT_AT_ALL, "end"), (HALF_HOUR, "start")])
def test_a_kind_of_stamp_that_was_not_said_is_proved_by_the_sessions(
    sessions, frame, earlier, kind
):
    bars = bars_of(stamped(frame, earlier=earlier))
    assert bars.stamp == ""
    said = bars_of(stamped(frame, f"bar_{kind}", earlier=earlier))
    np.testing.assert_array_equal(
        exchange_grid(bars, sessions, index=False).price,
        exchange_grid(said, sessions, index=False).price,
    )


def test_a_kind_of_stamp_is_never_guessed(sessions, frame):
    clock = pd.to_datetime(frame.bar_end).dt.tz_convert(ZONE).dt.strftime("%H:%M")
    middle = frame[(clock > "10:00") & (clock < "13:00")]
    with pytest.raises(InputError, match="start or the end"):
        exchange_grid(bars_of(stamped(middle)), sessions, index=False)


def test_starts_said_to_be_ends_are_refused(sessions, frame):
    wrong = bars_of(stamped(frame, "bar_end", earlier=HALF_HOUR))
    with pytest.raises(PriceError, match="stamp='start'"):
        exchange_grid(wrong, sessions, index=False)


@pytest.mark.parametrize("hours", [-5, 1, 5, 9])
def test_a_zone_off_by_hours_is_refused(sessions, frame, hours):
    moved = bars_of(stamped(frame, "bar_end", earlier=pd.Timedelta(hours=hours)))
    with pytest.raises(PriceError, match=re.escape(f"{hours:+d} hours later")):
        exchange_grid(moved, sessions, index=False)


def test_bars_outside_sessions_are_left_out_and_counted(sessions, frame):
    early = frame.iloc[[40]].assign(bar_end="2024-10-08T11:00:00Z")
    grid = exchange_grid(bars_of(pd.concat([frame, early])), sessions, index=False)
    assert grid.notes == ("SH: 1 bars outside sessions are left out",)


def test_the_official_close_stands_in_place_of_the_last_bar(sessions, frame):
    last = frame.bar_end == "2024-10-08T20:00:00Z"
    moved = frame.assign(close=frame.close.where(~last, frame.close * 1.01))
    grid = exchange_grid(bars_of(moved), sessions, index=False)
    np.testing.assert_array_equal(
        grid.price, exchange_grid(bars_of(frame), sessions, index=False).price
    )


def test_a_split_that_only_one_file_knows_is_refused(sessions, frame):
    split = frame.assign(close=frame.close.where(frame.bar_end >= "2024-11-15", frame.close * 10))
    with pytest.raises(PriceError, match="same splits"):
        exchange_grid(bars_of(split), sessions, index=False)


def test_a_frozen_feed_of_an_index_leaves_one_mark(sessions, frame):
    still = (frame.bar_end >= "2024-10-08T15:30") & (frame.bar_end <= "2024-10-08T17:30:00Z")
    assert still.sum() == 5
    frozen = frame.assign(close=frame.close.where(~still, 100.0))
    row = int(np.flatnonzero(sessions.session == np.datetime64("2024-10-08"))[0])
    index = exchange_grid(bars_of(frozen), sessions, index=True)
    assert np.isnan(index.price[row]).sum() == 4
    assert "stood still on 2024-10-08" in index.notes[0]
    share = exchange_grid(bars_of(frozen), sessions, index=False)
    assert not np.isnan(share.price[row]).any()  # a share may trade at one price
    four = frozen[frozen.bar_end != "2024-10-08T17:30:00Z"]
    assert exchange_grid(bars_of(four), sessions, index=True).notes == ()


def test_half_days_end_early(sessions, frame):
    grid = exchange_grid(bars_of(frame), sessions, index=False)
    row = int(np.flatnonzero(grid.session == np.datetime64("2024-11-29"))[0])
    assert str(grid.close_at[row]) == "2024-11-29T18:00:00"
    assert np.isfinite(grid.price[row]).sum() == 8  # 10:00 to 13:00, and the close again


def test_contracts_that_flip_are_refused():
    frame = futures_frame(end="2024-03-01")
    flips = frame.assign(segment=np.where(frame.index == 500, 0, (frame.index > 400).astype(int)))
    with pytest.raises(PriceError, match="flips"):
        round_the_clock_grid(bars_of(flips), zone=ZONE, opens=18 * 60, closes=17 * 60)


def test_round_the_clock_nothing_can_prove_a_stamp():
    frame = futures_frame(end="2024-03-01").rename(columns={"bar_end": "time"})
    with pytest.raises(InputError, match="Say 'end' or 'start'"):
        round_the_clock_grid(bars_of(frame), zone=ZONE, opens=18 * 60, closes=17 * 60)


def test_a_holiday_of_few_bars_is_no_session_of_futures():
    frame = futures_frame(end="2024-03-01")
    stamp = pd.to_datetime(frame.bar_end)
    day = (stamp > "2024-01-14T23:00Z") & (stamp <= "2024-01-15T22:00Z")
    late = day & (stamp > "2024-01-15T06:00Z")
    grid = round_the_clock_grid(bars_of(frame[~late]), zone=ZONE, opens=18 * 60, closes=17 * 60)
    assert np.datetime64("2024-01-15") not in grid.session


# reading


def test_wide_and_long_are_the_same(tmp_path):
    wide = tmp_path / "SH.csv"
    wide.write_text("session,09:35,09:40\n2025-03-07,10.5,10.6\n2025-03-10,11.5,\n")
    long = tmp_path / "long.csv"
    long.write_text(
        "symbol,bar_end,close\nSH,2025-03-07T14:35Z,10.5\nSH,2025-03-07T14:40Z,10.6\n"
        "SH,2025-03-10T13:35Z,11.5\n"
    )
    one, other = read_bars(wide, zone=ZONE)["SH"], read_bars(long)["SH"]
    np.testing.assert_array_equal(one.time, other.time)  # the clocks changed on 9 March
    np.testing.assert_array_equal(one.close, other.close)
    assert (one.stamp, one.step) == ("end", 5)


def test_parquet_and_csv_are_the_same(tmp_path, frame):
    pytest.importorskip("pyarrow")
    frame.to_csv(tmp_path / "bars.csv", index=False)
    frame.assign(bar_end=pd.to_datetime(frame.bar_end)).to_parquet(tmp_path / "bars.parquet")
    one, other = (read_bars(tmp_path / name)["SH"] for name in ("bars.csv", "bars.parquet"))
    np.testing.assert_array_equal(one.time, other.time)
    np.testing.assert_array_equal(one.close, other.close)


def test_an_early_close_is_the_mark_at_its_clock_time_though_no_bar_ends_there():
    """Tokyo closed at 15:00 until November 2024; the close ended the windows that end at 15:00."""
    index = Market("NK", "NK", "NK", "index", "XTKS", "JPY", "study", None, "")
    sessions = sessions_of("2024-10-28", "2024-11-15", market=index)
    bars = bar_frame(sessions, step=60, symbol="NK")
    inside = ~pd.to_datetime(bars.bar_end).isin(pd.DatetimeIndex(sessions.close_at, tz="UTC"))
    grid = exchange_grid(bars_of(bars[inside]), sessions, index=True)
    early = grid.session < np.datetime64("2024-11-05")
    assert grid.clock[-1] == 15 * 60
    np.testing.assert_array_equal(grid.price[early, -2], grid.price[early, -1])
    assert (grid.price[~early, -2] != grid.price[~early, -1]).all()
    assert set(grid.count[early]) == {grid.count[~early][0] - 1}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("bar_end,close\n2025-03-07T14:35Z,10\n2025-03-07T14:40Z,abc\n", r":3, column close"),
        ("bar_end,close\n2025-03-07T14:35Z,10\n2025-03-07T14:40Z,-1\n", r":3, column close"),
        ("bar_end,close\n2025-03-07T14:35Z,10\nnoon,11\n", r":3, column bar_end"),
        ("bar_end,close\n2025-03-07T14:35Z,10\n2025-03-07T14:40,11\n", "carry a zone"),
        ("bar_end,close\n2025-03-07T14:35Z,10\n2025-03-07T14:35Z,11\n", "two bars"),
        ("when,close\n2025-03-07T14:35Z,10\n", "bar_end or bar_start"),
        ("bar_end,close\n2025-03-07T14:35Z,10\n", "1 bars"),
        ("bar_end,close,segment\n2025-03-07T14:35Z,1,a\n2025-03-07T15:35Z,1,1\n", "whole"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_line(tmp_path, rows, said):
    file = tmp_path / "bars.csv"
    file.write_text(rows)
    with pytest.raises(PriceError, match=said):
        read_bars(file)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "`zone`"),
        ({"zone": "New York"}, "no such time zone"),
        ({"zone": ZONE, "stamp": "middle"}, "`stamp`"),
        ({"zone": ZONE, "stamp": "start"}, "says 'end'"),
    ],
)
def test_zone_and_stamp_are_said_and_not_contradicted(options, said):
    frame = pd.DataFrame({"bar_end": ["2025-03-07 09:35", "2025-03-07 09:40"], "close": [1.0, 2]})
    with pytest.raises(InputError, match=said):
        bars_from_frame(frame, symbol="SH", **options)


def test_a_local_time_that_comes_twice_is_refused():
    frame = pd.DataFrame({"bar_end": ["2025-11-02 01:30", "2025-11-02 03:30"], "close": [1.0, 2]})
    with pytest.raises(PriceError, match="twice or never"):
        bars_from_frame(frame, symbol="SH", zone=ZONE)


def test_markets_without_a_session_of_the_bars_are_refused(frame):
    with pytest.raises(PriceError, match="inside a session"):
        exchange_grid(bars_of(frame), sessions_of("2023-01-02", "2023-06-30"), index=False)
    assert SHARE.kind == "stock"


def stamps(frame, zone, offset=NOT_AT_ALL):
    """Local stamps without a zone, moved."""
    local = (pd.to_datetime(frame.bar_end) + offset).dt.tz_convert(zone)
    return frame.assign(bar_end=local.dt.strftime("%Y-%m-%d %H:%M:%S"))


@pytest.fixture(scope="module")
def year():
    return sessions_of("2024-06-03", "2025-01-31")


@pytest.fixture(scope="module")
def of_a_year(year):
    return bar_frame(year)


@pytest.mark.parametrize(("zone", "said"), [("Etc/GMT+5", "Name|summer"), (ZONE, "zone")])
def test_stamps_that_are_wrong_in_one_season_alone_are_refused(year, of_a_year, zone, said):
    called = ZONE if zone != ZONE else "UTC"
    bars = bars_of(stamps(of_a_year, zone), zone=called)
    with pytest.raises(PriceError, match=said) as error:
        exchange_grid(bars, year, index=False)
    assert "hours later (between" in str(error.value)


def test_the_last_second_of_a_bar_is_its_end(sessions, frame):
    late = bars_of(stamps(frame, "UTC", pd.Timedelta("-1s")), zone="UTC")
    np.testing.assert_array_equal(late.time, bars_of(frame).time)
    started = stamps(frame, "UTC", pd.Timedelta("-1s")).rename(columns={"bar_end": "bar_start"})
    with pytest.raises(PriceError, match="second 59"):
        bars_of(started, zone="UTC")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.where(c.index >= 600, c * 1.25), "1.25 times its closes"),
        (lambda c: c.where(c.index != 201, c * 10), "misprint"),
    ],
)
def test_bars_of_another_price_are_refused(sessions, frame, change, said):
    with pytest.raises(PriceError, match=said):
        exchange_grid(bars_of(frame.assign(close=change(frame.close))), sessions, index=False)


def test_closes_of_other_days_are_refused(sessions, frame):
    moved = replace(sessions, price=np.roll(sessions.price, 1))
    with pytest.raises(PriceError, match="the session after and not their own"):
        exchange_grid(bars_of(frame), moved, index=False)


def test_one_bar_a_session_is_no_series_of_minutes(sessions):
    daily = pd.DataFrame({"bar_end": [f"{at}Z" for at in sessions.close_at], "close": 100.0})
    with pytest.raises(PriceError, match="end at the close alone"):
        exchange_grid(bars_of(daily.assign(close=sessions.price)), sessions, index=False)


def test_a_share_that_stands_still_a_day_and_a_lone_bar_are_notes(sessions, frame):
    day = pd.to_datetime(frame.bar_end).dt.date.astype(str) == "2025-01-15"
    still = frame.assign(close=frame.close.mask(day, frame.close[day].iloc[-1]))
    assert "2025-01-15" in exchange_grid(bars_of(still), sessions, index=False).notes[0]
    lone = frame.assign(close=frame.close.where(frame.index != 201, frame.close * 1.2))
    assert "1 bars more than 10 %" in exchange_grid(bars_of(lone), sessions, index=False).notes[0]


def test_futures_off_by_hours_are_known_by_the_hour_in_which_they_rest():
    frame = futures_frame("2024-10-01", "2024-12-31")
    late = stamps(frame.assign(bar_end=frame.bar_end), "UTC", pd.Timedelta("5h"))
    with pytest.raises(PriceError, match="none -5 hours from there"):
        round_the_clock_grid(bars_of(late, zone="UTC"), zone=ZONE, opens=18 * 60, closes=17 * 60)


def test_a_market_that_never_closes_has_sessions_at_weekends():
    ends = pd.date_range("2025-01-01", "2025-01-31", freq="h", tz="UTC")
    table = pd.DataFrame({"bar_end": ends, "close": 100 + np.arange(len(ends)) / 100})
    grid = round_the_clock_grid(bars_of(table), zone="UTC", opens=0, closes=0)
    assert np.all(np.diff(grid.session) == np.timedelta64(1, "D"))


def test_what_happens_in_the_last_hour_of_a_wild_day_is_no_fault(sessions):
    hourly = bar_frame(sessions, step=60)
    times = pd.to_datetime(hourly.bar_end).dt.tz_localize(None).to_numpy("datetime64[s]")
    half, hour = (np.isin(times, sessions.close_at - np.timedelta64(m, "m")) for m in (30, 90))
    wild = hour & (times < sessions.close_at[2])
    moved = hourly.assign(close=hourly.close * np.where(wild, 1.038, 1.0))[~half]
    assert exchange_grid(bars_of(moved), sessions, index=False).notes == ()
    notes = exchange_grid(
        bars_of(
            hourly.assign(
                close=hourly.close * np.where(half & (times < sessions.close_at[1]), 1.038, 1.0)
            )
        ),
        sessions,
        index=False,
    ).notes
    assert "over 2 % from the official close on 2024-10-01" in notes[0]
