"""The way of a price around an instant: the same figures as the windows, mark by mark."""

from types import SimpleNamespace

import numpy as np
import pytest
from minute_markets import bar_frame, bars_of, event, futures_frame, sessions_of

from analysis.chapters.minutes.event import path_chart
from analysis.reactions.minute_pairs import MinuteSeries
from analysis.reactions.minute_paths import MinutePaths
from analysis.reactions.minutes import minutes_table, moments
from analysis.sessions.marks import exchange_grid, round_the_clock_grid

OPEN = "2025-03-05T16:10:00Z"  # bars of half an hour, the last mark is 16:00
SHUT = "2025-03-05T22:00:00Z"


@pytest.fixture(scope="module")
def series():
    sessions = sessions_of()
    return (MinuteSeries(exchange_grid(bars_of(bar_frame(sessions)), sessions, index=False)),)


def path_and_rows(series, best, **bounds):
    events = moments([event("e", best, **bounds)])
    rows = minutes_table(events, series).set_index("kind")
    return MinutePaths(series, events).path("e", series[0].symbol, "total"), rows


def place(path, instant):
    return int(np.flatnonzero(path.at == np.datetime64(instant))[0])


@pytest.mark.parametrize("best", [OPEN, SHUT])
@pytest.mark.parametrize("kind", ["h60", "h120", "to_close"])
def test_the_range_at_the_end_of_a_window_is_the_range_of_its_verdict(series, best, kind):
    path, rows = path_and_rows(series, best)
    row = rows.loc[kind]
    at = place(path, row.end)
    assert path.ret[at] == pytest.approx(row.ret, abs=1e-12)
    assert path.ret[at] - path.expected[at] == pytest.approx(row.ar, abs=1e-12)
    assert path.half[at] == pytest.approx(row.q95 * row.sigma, abs=1e-12)


def test_the_path_is_zero_at_the_last_mark_before_the_news(series):
    path, _ = path_and_rows(series, OPEN)
    assert str(path.at[path.start]) == "2025-03-05T16:00:00"
    assert not path.shut
    assert path.ret[path.start] == path.half[path.start] == 0.0
    assert np.isnan(path.half[: path.start]).all()
    assert str(path.at[0]) == "2025-03-05T15:00:00"
    assert str(path.at[-1]) == "2025-03-05T21:00:00"


def test_news_in_a_shut_market_starts_at_its_close(series):
    path, _ = path_and_rows(series, SHUT)
    assert path.shut
    assert str(path.at[path.start]) == "2025-03-05T21:00:00"
    assert str(path.at[path.start + 1]) == "2025-03-06T15:00:00"
    assert (np.diff(path.at) > np.timedelta64(0)).all()  # no close stands there twice


def test_a_path_ends_where_the_contract_changes():
    frame = futures_frame()
    frame = frame.assign(segment=(frame.bar_end >= "2025-03-05T20:00").astype(int))
    grid = round_the_clock_grid(
        bars_of(frame), zone="America/New_York", opens=18 * 60, closes=17 * 60
    )
    path, _ = path_and_rows((MinuteSeries(grid),), "2025-03-05T17:10:00Z")
    assert np.isfinite(path.ret[place(path, "2025-03-05T19:00")])
    assert np.isnan(path.ret[place(path, "2025-03-05T20:00")])


def test_outside_the_bars_there_is_no_path(series):
    events = moments([event("early", "2020-01-02T16:00:00Z"), event("e", OPEN)])
    paths = MinutePaths(series, events)
    assert paths.path("early", "SH", "total") is None
    assert paths.path("e", "XX", "total") is None
    assert MinutePaths((), events).path("e", "SH", "total") is None


@pytest.mark.parametrize("best", [OPEN, SHUT])
def test_the_picture_shades_bounds_and_draws_the_window(series, best):
    day = best[:10]
    path, _ = path_and_rows(
        series, best, earliest=f"{day}T15:40:00Z", latest=best.replace(":00Z", ":30Z")
    )
    row = {"series": "SH", "benchmark": "total", "ret": -0.01, "p": 0.01, "p_family": 0.5}
    row |= {"start": f"{path.at[path.start]}Z", "end": f"{path.at[-2]}Z"}
    market = SimpleNamespace(symbol="SH", short="Share", role="study", stand_in=None)
    chart = path_chart(path, row, SimpleNamespace(markets=[market]))
    assert chart.title.startswith("Unusual alone: Share fell 1.0 % from")
    for drawing in chart.drawings:
        shapes = "".join(drawing.parts)
        assert 'class="news"' in shapes
        assert 'class="band"' in shapes
        assert 'class="downs"' in shapes
        assert "nan" not in shapes
    assert len(chart.table) == len(path.at)
