"""Reactions from bars: the reference rows, and every rule of the clock by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from minute_markets import (
    ZONE,
    bar_frame,
    bars_of,
    catalogue,
    event,
    futures_frame,
    sessions_of,
)

from analysis.engine.minutes import PREVIOUS, Interval
from analysis.prices import load_prices
from analysis.prices.bars import snapshot_bars
from analysis.reactions.minute_pairs import MinuteSeries
from analysis.reactions.minute_windows import CROSSES, CUT, Clock, event_windows
from analysis.reactions.minutes import COLUMNS, CONTRACTS, NONE, minutes_table, moments
from analysis.seeds.markets import load_markets
from analysis.sessions import market_sessions
from analysis.sessions.closures import load_corrections
from analysis.sessions.marks import exchange_grid, round_the_clock_grid

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
REFERENCE = (
    ("nvidia-h20-resumption-2025-07-14", "NVDA", "^GSPC", "h30",
     (0.03376607546, 0.001507523259, 0.02969909805, 2.054100877, 0.01168784785, 2.541023672,
      0.01872659176, 266, 1.799080216, 0.03015464744, 0.381443299),
     "2025-07-14T20:00", "2025-07-15T14:00"),
    ("trump-massive-tariff-threat-2025-10-10", "^GSPC", "total", "scan_h30",
     (-0.01512451694, np.nan, -0.01508012064, np.nan, 0.001256118939, -12.00532862,
      0.003436426117, 290, 3.54655285, 0.005029253776, 0.02749140893),
     "2025-10-10T14:55", "2025-10-10T15:25"),
    ("busan-summit-2025-10-30", "ES", "total", "scan_h60",
     (-0.004642625783, np.nan, -0.004622545315, np.nan, 0.0004233297219, -10.91949153,
      0.003759398496, 265, 2.979276859, 0.0016537981, 0.09124087591),
     "2025-10-30T04:00", "2025-10-30T05:00"),
)  # fmt: skip
FIGURES = [
    "ret", "bench_ret", "ar", "beta", "sigma", "z", "p", "n_placebo", "q95", "mde", "p_family",
]  # fmt: skip

KEYS = ["event_id", "series", "benchmark", "kind"]
WORDS = ["start", "end", "phase", "clock", "others", "primary"]
MEASURES = [*FIGURES, "p_any_h", "bounds_min"]
REFERENCE_ROWS = ROOT / "tests" / "reference" / "minutes.csv.gz"


def founding_series():
    """The founding bars on the founding closes, without the workspace around them."""
    markets = [m for m in load_markets(ROOT / "seeds" / "markets.yaml") if m.bars]
    closes = load_prices([m.symbol for m in markets], data_dir=DATA)
    corrections = load_corrections(DATA / "calendar_corrections.csv")

    def bars(symbol, named):
        name = f"bars/{named.file}"
        return snapshot_bars(name, symbol=symbol, data_dir=DATA, zone=named.zone)

    series = []
    for market in markets:
        sessions = market_sessions(market, closes, corrections=corrections)
        grid = exchange_grid(
            bars(market.symbol, market.bars), sessions, index=market.kind == "index"
        )
        series.append(MinuteSeries(grid, market.kind == "stock", market.bars.against))
    stand_in = next(m.stand_in for m in markets if m.stand_in)
    grid = round_the_clock_grid(
        bars(stand_in.symbol, stand_in.bars), zone=stand_in.zone, opens=18 * 60, closes=17 * 60
    )
    return [*series, MinuteSeries(grid)]


@pytest.fixture(scope="module")
def founding():
    return minutes_table(moments(catalogue()), founding_series())


@pytest.mark.parametrize("row", REFERENCE, ids=[r[0] for r in REFERENCE])
def test_reference_rows_agree_with_another_program(founding, row):
    keys, (figures, start, end) = row[:4], row[4:]
    same = founding[["event_id", "series", "benchmark", "kind"]].eq(list(keys)).all(axis=1)
    chosen = founding[same]
    assert len(chosen) == 1
    found = chosen.iloc[0]
    assert found["primary"]
    np.testing.assert_allclose(found[FIGURES].astype(float), figures, rtol=1e-9, atol=1e-11)
    assert (found["start"], found["end"]) == (pd.Timestamp(start), pd.Timestamp(end))


def test_every_row_agrees_with_a_program_that_shares_no_code(founding):
    text = dict.fromkeys((*KEYS, *WORDS), str)
    blank = {name: [""] for name in MEASURES}
    other = pd.read_csv(REFERENCE_ROWS, dtype=text, keep_default_na=False, na_values=blank)
    mine = founding.assign(primary=founding.primary.astype(str), **{
        name: pd.to_datetime(founding[name]).dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("")
        for name in ("start", "end")
    })  # fmt: skip
    mine, other = (table.set_index(KEYS).sort_index() for table in (mine, other))
    assert list(mine.index) == list(other.index)
    for name in WORDS:
        assert list(mine[name]) == list(other[name]), name
    for name in MEASURES:
        np.testing.assert_allclose(
            mine[name].astype(float), other[name], rtol=1e-8, atol=1e-12, err_msg=name
        )


def test_power_beside_that_of_days_is_as_printed(founding):
    own = founding[founding.benchmark == "total"].set_index("event_id")
    beyond = founding[founding.benchmark == "^GSPC"].set_index("event_id")
    printed = {"NVDA": 0.70, "^GSPC": 0.68, "^N225": 0.92, "ES": 0.30}
    for rows, symbol, ratio in [(beyond, "NVDA", 0.72), *((own, s, r) for s, r in printed.items())]:
        pair = rows[rows.series == symbol]
        share = pair[pair.primary].mde.astype(float) / pair[pair.kind == "day0"].mde.astype(float)
        assert share.median() == pytest.approx(ratio, abs=0.005)


def test_every_event_has_every_pair(founding):
    assert tuple(founding.columns) == COLUMNS
    pairs = founding.groupby(["series", "benchmark"]).event_id.nunique()
    assert list(pairs) == [51] * 9
    assert not founding.duplicated(["event_id", "series", "benchmark", "kind"]).any()
    scans = {
        "h": set(founding[founding.series == "ES"].kind),
        "m": set(founding.query("series == 'NVDA'").kind),
    }
    assert {k for k in scans["h"] if k.startswith("scan")} == {"scan_h60"}
    assert {k for k in scans["m"] if k.startswith("scan")} == {"scan_h15", "scan_h30"}


def test_of_one_event_one_statistic_is_fixed_beforehand(founding):
    priced = founding[founding.kind != NONE]
    assert (priced.groupby(["event_id", "series", "benchmark"]).primary.sum() == 1).all()


def test_the_split_of_day_0_multiplies_back_exactly(founding):
    for symbol in ("NVDA", "^N225", "^GSPC"):
        rows = founding[(founding.series == symbol) & (founding.benchmark == "total")]
        part = rows.pivot_table(index="event_id", columns="kind", values="ret")
        product = (1 + part.before.fillna(0)) * (1 + part.first_hour) * (1 + part.rest.fillna(0))
        np.testing.assert_allclose(product - 1, part.day0, rtol=0, atol=1e-15)


def test_two_reactions_hold_when_all_are_judged_together(founding):
    held = founding[
        founding.primary & (founding.p_family <= 0.05) & (founding.benchmark == "total")
    ]
    found = sorted((r.event_id[-10:], r.series) for r in held.itertuples())
    assert found == [("2025-04-02", "ES"), ("2025-10-10", "^GSPC")]


def test_another_clock_is_shown_and_not_tested(founding):
    rows = founding[founding.benchmark == "ES@Tokyo"]
    assert rows.z.notna().any()
    assert rows[["p", "p_any_h", "p_family"]].isna().all().all()


def test_p_of_any_horizon_stands_in_the_row_of_the_shortest(founding):
    held = founding[founding.p_any_h.notna()]
    assert set(held.kind) == {"h5", "h60"}


def test_a_history_shorter_than_the_estimation_window_has_scales_of_its_own(founding):
    rows = founding.query("series == '^TWII' and kind == 'day0'")
    assert 19 <= rows.n_placebo.max() < 100
    np.testing.assert_allclose(rows.z * rows.sigma, rows.ret, rtol=1e-12)


# the clock by hand


@pytest.fixture(scope="module")
def share():
    sessions = sessions_of()
    return exchange_grid(bars_of(bar_frame(sessions)), sessions, index=False)


def windows(grid, *args, **bounds):
    (moment,) = moments([event("e", *args, **bounds)])
    return {w.kind: w for w in event_windows(grid, moment)}


def span(window):
    return str(window.start)[:16], str(window.end)[:16]


def test_the_bar_that_holds_the_news_is_inside(share):
    found = windows(share, "2025-03-05T16:10:00Z")  # 11:10 in New York, bars of half an hour
    assert span(found["h60"]) == ("2025-03-05T16:00", "2025-03-05T17:30")
    on_a_mark = windows(share, "2025-03-05T16:00:00Z")
    assert span(on_a_mark["h60"]) == ("2025-03-05T16:00", "2025-03-05T17:00")


def test_the_clock_change_moves_the_instants_and_not_the_marks(share):
    winter = windows(share, "2025-03-07T21:30:00Z")["h60"]  # Friday after the close
    summer = windows(share, "2025-03-10T20:30:00Z")["h60"]
    assert span(winter) == ("2025-03-07T21:00", "2025-03-10T14:30")
    assert span(summer) == ("2025-03-10T20:00", "2025-03-11T14:30")
    assert winter.parts[0].interval == summer.parts[0].interval


def test_news_before_the_first_mark_starts_at_the_previous_close(share):
    found = windows(share, "2025-03-05T14:40:00Z")["h60"]  # open since 14:30, first mark 15:00
    assert span(found) == ("2025-03-04T21:00", "2025-03-05T16:00")


def test_bounds_across_a_close_are_one_window_and_across_two_none(share):
    bounds = {"earliest": "2025-03-05T20:15:00Z"}
    one = windows(share, "2025-03-05T22:00:00Z", **bounds, latest="2025-03-06T12:00:00Z")
    assert span(one["h60"]) == ("2025-03-05T20:00", "2025-03-06T15:30")
    assert one["h60"].parts[0].interval.back == 1
    two = windows(share, "2025-03-05T22:00:00Z", **bounds, latest="2025-03-06T22:00:00Z")
    for kind in ("h60", "to_close", "scan_h60"):
        assert two[kind].parts == ()
        assert two[kind].note == CROSSES
    assert two["day0"].parts  # the best estimate has its day


def test_a_window_past_the_close_is_cut_and_not_scanned(share):
    found = windows(
        share,
        "2025-03-05T20:30:00Z",
        earliest="2025-03-05T19:00:00Z",
        latest="2025-03-05T20:45:00Z",
    )
    assert span(found["h60"]) == ("2025-03-05T19:00", "2025-03-05T21:00")
    assert found["h60"].note == CUT
    starts = [Clock(share).instant(p.row, p.interval.start) for p in found["scan_h60"].parts]
    assert [str(s)[11:16] for s in starts] == ["19:00", "19:30", "20:00"]


def test_a_scan_begins_at_the_mark_before_the_bounds_and_goes_over_a_close(share):
    found = windows(
        share,
        "2025-03-05T20:30:00Z",
        earliest="2025-03-05T19:45:00Z",
        latest="2025-03-05T22:00:00Z",
    )
    parts = found["scan_h60"].parts
    assert [p.interval.start for p in parts][-1] == PREVIOUS
    assert [p.row for p in parts] == [parts[0].row, parts[0].row, parts[0].row + 1]
    assert found["scan_h60"].primary


def test_half_days_have_no_value_where_the_interval_is_not(share):
    half = int(np.flatnonzero(share.session == np.datetime64("2024-11-29"))[0])
    column = int(np.flatnonzero(share.clock == 13 * 60)[0])
    assert share.price[half, column] == share.price[half, -1]  # the official close, at 13:00
    assert np.isnan(share.price[half, column + 1 : -1]).all()
    found = windows(share, "2024-11-29T17:40:00Z")  # 12:40 in New York
    assert found["h60"].note == CUT
    assert span(found["h60"]) == ("2024-11-29T17:30", "2024-11-29T18:00")


def test_an_event_outside_the_bars_has_one_row_of_kind_none(share):
    table = minutes_table(
        moments([event("early", "2020-01-03T15:00:00Z"), event("e", "2025-03-05T16:10:00Z")]),
        [MinuteSeries(share)],
    )
    early = table[table.event_id == "early"]
    assert list(early.kind) == [NONE]
    assert early[["ret", "p"]].isna().all().all()


def test_a_missing_bar_leaves_its_windows_without_a_value():
    sessions = sessions_of()
    frame = bar_frame(sessions)
    frame = frame[frame.bar_end != "2025-03-05T17:30:00Z"]
    grid = exchange_grid(bars_of(frame), sessions, index=False)
    table = minutes_table(moments([event("e", "2025-03-05T16:10:00Z")]), [MinuteSeries(grid)])
    rows = table.set_index("kind")
    assert np.isnan(rows.loc["h60", "ret"])
    assert "no mark" in rows.loc["h60", "note"]
    assert np.isfinite(rows.loc["h120", "ret"])


def test_others_name_the_events_inside_the_window(share):
    events = [
        event("a", "2025-03-05T16:10:00Z"),
        event("b", "2025-03-05T17:29:00Z"),
        event("c", "2025-03-05T17:30:00Z"),  # at the end: not in it
    ]
    rows = minutes_table(moments(events), [MinuteSeries(share)])
    chosen = rows.query("event_id == 'a' and kind == 'h60'")
    assert list(chosen.others) == ["b"]


def test_a_day_with_an_event_is_no_ordinary_day(share):
    alone = [event("a", "2025-03-05T16:10:00Z")]
    more = [*alone, event("b", "2025-02-05T16:10:00Z")]
    count = [
        minutes_table(moments(events), [MinuteSeries(share)])
        .query("event_id == 'a'")
        .set_index("kind")
        .n_placebo
        for events in (alone, more)
    ]
    assert count[0]["h60"] - count[1]["h60"] == 1  # that day itself
    assert count[0]["day0"] - count[1]["day0"] == 2  # and the day after, that starts at its close


# round the clock


@pytest.fixture(scope="module")
def futures():
    return futures_frame()


def laid(frame):
    return round_the_clock_grid(bars_of(frame), zone=ZONE, opens=18 * 60, closes=17 * 60)


def test_a_session_of_futures_begins_the_evening_before(futures):
    grid = laid(futures)
    assert grid.session[1] == np.datetime64("2024-01-02")
    assert str(grid.open_at[1]) == "2024-01-01T23:00:00"
    assert str(grid.close_at[1]) == "2024-01-02T22:00:00"
    sunday = windows(grid, "2025-03-02T23:30:00Z")["h60"]  # 18:30, half an hour after the open
    assert span(sunday) == ("2025-02-28T22:00", "2025-03-03T01:00")


def test_the_break_is_no_time(futures):
    found = windows(laid(futures), "2025-03-05T22:20:00Z")["h60"]  # between 17:00 and 18:00
    assert span(found) == ("2025-03-05T22:00", "2025-03-06T00:00")


def test_windows_over_a_weekend_are_compared_with_weekends(futures):
    events = [event("weekend", "2025-03-02T12:00:00Z"), event("night", "2025-03-05T22:20:00Z")]
    table = minutes_table(moments(events), [MinuteSeries(laid(futures))])
    n = table[table.kind == "h60"].set_index("event_id").n_placebo
    assert 30 <= n["weekend"] <= 45
    assert n["night"] > 4 * n["weekend"] - 10


def test_no_return_is_taken_across_a_change_of_contract(futures):
    changed = futures.assign(segment=(futures.bar_end >= "2025-03-05T20:00").astype(int))
    table = minutes_table(
        moments([event("e", "2025-03-05T19:10:00Z")]), [MinuteSeries(laid(changed))]
    )
    row = table.set_index("kind").loc["h60"]
    assert np.isnan(row.ret)
    assert CONTRACTS in row.note


def test_interval_reaches_as_far_as_it_touches():
    assert Interval(0, 3, 5).reach == 0
    assert Interval(1, PREVIOUS, 5).reach == 2
