"""Downloaded prices on disk: no second request, no part of a file, nothing damaged believed."""

import os
import random
import signal
import subprocess
import sys
import time as clock
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from yahoo_server import LIMITED, Series, YahooServer, serving

from analysis.errors import InputError, NetworkError, PriceError
from analysis.prices import load_prices
from analysis.prices.cache import CachedBars, cache_bytes, cache_file, read_cache, write_cache
from analysis.prices.yahoo_answer import Bars

DATA = Path(__file__).parents[2] / "data"
WEEK = [date(2025, 7, 14) + timedelta(days=n) for n in range(5)]
CLOSES = dict(zip(WEEK, [164.07, 170.70, 171.37, 173.0, 172.41], strict=True))
FRIDAY_NIGHT = datetime(2025, 7, 18, 22, tzinfo=UTC)
QUICK = (0.0,)


def series(closes, **options):
    return Series("America/New_York", time(9, 30), time(16), closes, kind="EQUITY", **options)


@pytest.fixture
def yahoo():
    import yfinance.data

    yfinance.data.SingletonMeta._instances.clear()
    with serving(YahooServer({"NVDA": series(CLOSES), "AMD": series(CLOSES)})) as server:
        yield server
    yfinance.data.SingletonMeta._instances.clear()


def load(yahoo, folder, symbols=("NVDA",), **options):
    options = {"start": "2025-07-14", "pauses": QUICK, "now": FRIDAY_NIGHT, **options}
    return load_prices(
        symbols, "yahoo", data_dir=DATA, cache_dir=folder, session=yahoo.session(), **options
    )


def sample(count=5, symbol="NVDA"):
    index = pd.DatetimeIndex(WEEK[:count], name="session").as_unit("us")
    values = np.column_stack([np.array(list(CLOSES.values()))[:count]] * 6)
    columns = ["open", "high", "low", "close", "adj_close", "volume"]
    bars = Bars(
        symbol=symbol,
        table=pd.DataFrame(values, index=index, columns=columns),
        splits=((WEEK[0], 10.0),),
        currency="USD",
        timezone="America/New_York",
        kind="EQUITY",
        opens_at=time(9, 30),
        lasts=timedelta(hours=6.5),
        last_trade=WEEK[count - 1],
        notes=("a note, with a comma\nand a line",),
    )
    return CachedBars(bars=bars, first=WEEK[0], until=WEEK[count - 1], fetched_at=FRIDAY_NIGHT)


# ------------------------------------------------------------------------- what is asked for


def test_the_second_run_needs_no_network_and_gives_the_same(yahoo, tmp_path):
    first = load(yahoo, tmp_path, ["NVDA", "AMD"])
    asked = dict(yahoo.asked)
    yahoo.port = 9
    second = load(yahoo, tmp_path, ["NVDA", "AMD"])
    assert dict(yahoo.asked) == asked == {"NVDA": 1, "AMD": 1}
    pd.testing.assert_frame_equal(first.closes, second.closes)
    assert (first.files, first.notes, first.banner) == (second.files, second.notes, "")


def test_a_narrower_span_needs_no_network(yahoo, tmp_path):
    load(yahoo, tmp_path)
    narrow = load(yahoo, tmp_path, start="2025-07-15", end="2025-07-16")
    assert narrow.closes["NVDA"].tolist() == [170.70, 171.37]
    assert yahoo.asked["NVDA"] == 1


def test_later_only_the_new_days_are_asked_for(yahoo, tmp_path):
    start = date(2025, 1, 1)
    past = {start + timedelta(days=n): 100.0 + n / 10 for n in range(150)}
    yahoo.series["NVDA"] = series(past)
    load(yahoo, tmp_path, start="2025-01-01", now=datetime(2025, 5, 31, tzinfo=UTC))
    yahoo.series["NVDA"] = series(past | {date(2025, 6, 2): 116.0})
    later = load(yahoo, tmp_path, start="2025-01-01", now=datetime(2025, 6, 3, tzinfo=UTC))
    assert len(later.closes) == 151
    asked = [datetime.fromtimestamp(begin, UTC).date() for begin, _ in yahoo.periods]
    assert asked[0] == date(2024, 12, 31)
    assert asked[1] > date(2025, 5, 1)


@pytest.mark.parametrize("change", ["split", "dividend", "correction", "lost day"])
def test_if_the_past_has_changed_everything_is_asked_for_anew(yahoo, tmp_path, change):
    load(yahoo, tmp_path, now=datetime(2025, 7, 17, 22, tzinfo=UTC))
    closes, options = dict(CLOSES), {}
    if change == "split":
        closes = {day: round(price / 10, 4) for day, price in closes.items()}
    elif change == "dividend":
        options = {"adjusted": {day: price * 0.999 for day, price in CLOSES.items()}}
    elif change == "correction":
        closes[WEEK[1]] = 170.71
    else:
        del closes[WEEK[1]]
    yahoo.series["NVDA"] = series(closes, **options)
    kind = "adj_close" if change == "dividend" else "close"
    prices = load(yahoo, tmp_path, kind=kind)
    expected = options.get("adjusted", closes)
    assert prices.closes["NVDA"].tolist() == list(expected.values())


def test_an_earlier_start_is_asked_for_and_later_days_are_kept(yahoo, tmp_path):
    load(yahoo, tmp_path, start="2025-07-16")
    early = load(yahoo, tmp_path, start="2025-07-14", end="2025-07-15")
    assert early.closes["NVDA"].tolist() == [164.07, 170.70]
    assert len(load(yahoo, tmp_path).closes) == 5
    assert yahoo.asked["NVDA"] == 2


# -------------------------------------------------------------------------------- the file


def test_what_is_written_is_read(tmp_path):
    cached = sample()
    file = write_cache(tmp_path, cached)
    assert file.name == "yahoo-NVDA.csv"
    found, damage = read_cache(tmp_path, "NVDA")
    assert damage == ""
    pd.testing.assert_frame_equal(found.bars.table, cached.bars.table)
    for field in fields(Bars):
        if field.name != "table":
            assert getattr(found.bars, field.name) == getattr(cached.bars, field.name)
    assert (found.first, found.until, found.fetched_at) == (WEEK[0], WEEK[-1], FRIDAY_NIGHT)
    assert cache_bytes(found) == file.read_bytes()


def test_an_index_has_a_plain_file_name_and_no_symbol_leaves_the_folder(tmp_path):
    assert cache_file(tmp_path, "^N225").name == "yahoo-%5EN225.csv"
    for symbol in ("../x", "a/b", "..", "C:\\x", "\x00", "A" * 40):
        with pytest.raises(InputError, match="symbol"):
            cache_file(tmp_path, symbol)


def test_every_damage_is_known(tmp_path, capsys):
    """A file cut at every fourth length, and with one bit turned at some 200 places."""
    file = write_cache(tmp_path, sample())
    whole = file.read_bytes()
    tried = 0
    for length in range(0, len(whole), 4):
        file.write_bytes(whole[:length])
        found, damage = read_cache(tmp_path, "NVDA")
        assert found is None, length
        assert "yahoo-NVDA.csv is damaged" in damage
        tried += 1
    for place in range(0, len(whole), max(1, len(whole) // 200)):
        broken = bytearray(whole)
        broken[place] ^= 1 << (place % 8)
        file.write_bytes(bytes(broken))
        assert read_cache(tmp_path, "NVDA")[0] is None, place
        tried += 1
    with capsys.disabled():
        print(f" {tried} damaged cache files", end="")
    file.write_bytes(write_cache(tmp_path, sample(symbol="AMD")).read_bytes())
    assert "it holds AMD" in read_cache(tmp_path, "NVDA")[1]


def test_a_damaged_file_is_downloaded_anew_and_said(yahoo, tmp_path):
    good = load(yahoo, tmp_path)
    file = cache_file(tmp_path, "NVDA")
    file.write_bytes(file.read_bytes().replace(b"170.7", b"171.7"))
    again = load(yahoo, tmp_path)
    pd.testing.assert_frame_equal(good.closes, again.closes)
    assert any("yahoo-NVDA.csv is damaged" in note for note in again.notes)
    assert not any("damaged" in note for note in load(yahoo, tmp_path).notes)


def test_a_folder_that_cannot_be_written_is_an_error(yahoo, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(PriceError, match="downloaded prices cannot be written"):
        load(yahoo, tmp_path / "cache")


WRITER = """
import sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from analysis.prices.cache import write_cache
from test_cache import sample
print("ready", flush=True)
for turn in range(100_000):
    write_cache(Path(sys.argv[1]), sample(count=3 + turn % 3))
"""


def writer(folder):
    here = Path(__file__).parent
    arguments = [sys.executable, "-c", WRITER, str(folder), str(here), str(here.parent)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX systems")
def test_processes_killed_while_they_write_leave_a_whole_file(tmp_path, capsys):
    """Two writers at once, killed at random moments; then a reader, and a further writer."""
    rng = random.Random(20250715)
    whole = [cache_bytes(sample(count)) for count in (3, 4, 5)]
    rounds = 2
    for _ in range(rounds):
        writers = [writer(tmp_path), writer(tmp_path)]
        for process in writers:
            assert process.stdout.readline() == "ready\n"
        for process in writers:
            clock.sleep(rng.uniform(0.0, 0.05))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
        assert cache_file(tmp_path, "NVDA").read_bytes() in whole
        assert read_cache(tmp_path, "NVDA")[1] == ""
    for part in tmp_path.glob(".*.tmp"):
        os.utime(part, (0, 0))
    write_cache(tmp_path, sample())
    assert [file.name for file in tmp_path.iterdir()] == ["yahoo-NVDA.csv"]
    with capsys.disabled():
        print(f" {2 * rounds} writers killed", end="")


# ------------------------------------------------------------- when Yahoo cannot be reached


def test_without_the_flag_nothing_stands_in(yahoo, tmp_path):
    load(yahoo, tmp_path, now=datetime(2025, 7, 17, 22, tzinfo=UTC))
    yahoo.faults["NVDA"] = LIMITED
    with pytest.raises(NetworkError, match="--allow-snapshot") as caught:
        load(yahoo, tmp_path)
    assert caught.value.exit_code == 7


def test_with_the_flag_the_cache_stands_in_with_a_banner(yahoo, tmp_path):
    load(yahoo, tmp_path, now=datetime(2025, 7, 17, 22, tzinfo=UTC))
    yahoo.faults["NVDA"] = LIMITED
    prices = load(yahoo, tmp_path, allow_snapshot=True)
    assert len(prices.closes) == 4
    assert prices.banner == (
        "Not today's prices: Yahoo could not be reached (NVDA: 2 attempts, last: too many "
        "requests (HTTP 429)), and kept prices stand in: NVDA from the download of 2025-07-17, "
        "to 2025-07-17."
    )
    asked = yahoo.asked["NVDA"]
    again = load(yahoo, tmp_path, allow_snapshot=True)  # a notebook of the same run, say
    assert again.banner == prices.banner
    assert yahoo.asked["NVDA"] == asked
    late = FRIDAY_NIGHT + timedelta(minutes=11)
    del yahoo.faults["NVDA"]
    assert load(yahoo, tmp_path, allow_snapshot=True, now=late).banner == ""


def test_with_the_flag_the_snapshot_stands_in_where_it_covers_the_span(yahoo, tmp_path):
    yahoo.port = 9
    options = {"allow_snapshot": True, "symbols": ["NVDA", "^N225"]}
    prices = load(yahoo, tmp_path, end="2025-07-18", **options)
    assert prices.closes.loc["2025-07-15"].tolist() == [170.70, 39678.02]
    assert "NVDA from the snapshot, to 2025-12-31; ^N225 from the snapshot" in prices.banner
    assert prices.source == "yahoo"
    assert [name for name, _ in prices.files] == ["closes.csv"]
    with pytest.raises(NetworkError, match="neither cache nor snapshot holds NVDA over this span"):
        load(yahoo, None, end="2026-07-18", **options)
    with pytest.raises(NetworkError, match="neither cache nor snapshot holds AMD"):
        load(yahoo, None, ["NVDA", "AMD"], allow_snapshot=True)
    with pytest.raises(NetworkError, match="neither cache nor snapshot holds NVDA"):
        load(yahoo, None, ["NVDA"], allow_snapshot=True, kind="adj_close")


def test_a_wrong_symbol_is_no_failure_of_the_network(yahoo, tmp_path):
    with pytest.raises(PriceError, match="no prices of NVDX") as caught:
        load(yahoo, tmp_path, ["NVDX"], allow_snapshot=True)
    assert caught.value.exit_code == 3
