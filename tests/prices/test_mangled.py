"""Mangled answers and files: each ends in the numbers that stand there, or in a clear error.

What was sent can be wrong in ways nobody can see (a digit changed into another). The property is
that nothing but our own errors comes out, that what comes out is what stands in the input, and that
an input cut off anywhere is known. The number of cases is printed.
"""

import copy
import json
import random
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from yahoo_server import Series

from analysis.errors import MarketReactionError
from analysis.prices import load_prices
from analysis.prices.files import is_cut_off
from analysis.prices.yahoo_answer import Bars, parse_chart
from analysis.prices.yahoo_fault import ChartError

DAYS = [date(2025, 7, 7) + timedelta(days=n) for n in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
CLOSES = dict(zip(DAYS, np.round(np.linspace(160.11, 172.37, 10), 2).tolist(), strict=True))
SERIES = Series(
    "America/New_York", time(9, 30), time(16), CLOSES, kind="EQUITY", splits={DAYS[3]: (10, 1)}
)
CHART = SERIES.chart("NVDA")
BODY = json.dumps(CHART).encode()
NOW = datetime(2025, 8, 1, tzinfo=UTC)
VALUES = [None, True, 0, -1, 1e308, 10**400, "", "170.7", [], [1], {}, {"a": 1}, -(10**12), "NaN"]
VALUES += [float("nan"), float("inf"), 1.5, "2025-07-14", "../../etc", "\x00", [[]], [None] * 10]


def parse(body):
    return parse_chart(body, symbol="NVDA", first=DAYS[0], last=DAYS[-1], now=NOW)


def sound(bars: Bars) -> bool:
    closes = bars.table["close"].to_numpy()
    days = bars.table.index
    return bool(
        len(closes)
        and np.isfinite(closes).all()
        and (closes > 0).all()
        and days.is_monotonic_increasing
        and days.is_unique
        and days[0].date() >= DAYS[0]
        and days[-1].date() <= DAYS[-1]
    )


def paths(value, before=()):
    yield before
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from paths(inner, (*before, key))


def changed(path, value):
    answer = copy.deepcopy(CHART)
    place = answer
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return answer


def test_the_sound_answer_is_read():
    assert parse(BODY).table["close"].tolist() == list(CLOSES.values())


def test_an_answer_cut_off_anywhere_is_refused(capsys):
    for length in range(len(BODY)):
        with pytest.raises(ChartError):
            parse(BODY[:length])
    with capsys.disabled():
        print(f" {len(BODY)} answers cut off", end="")


def test_every_value_of_an_answer_replaced_by_other_kinds(capsys):
    rng, tried, refused = random.Random(3), 0, 0
    for path in list(paths(CHART))[1:]:
        for value in rng.sample(VALUES, 5):
            answer = changed(path, value)
            tried += 1
            try:
                bars = parse(json.dumps(answer).encode())
            except ChartError:
                refused += 1
                continue
            assert sound(bars), (path, value)
            sent = answer["chart"]["result"][0]["indicators"]["quote"][0]["close"]
            assert set(bars.table["close"]) <= set(sent), (path, value)
    with capsys.disabled():
        print(f" {tried} answers with one value replaced, {refused} refused", end="")


def test_every_value_of_an_answer_removed(capsys):
    tried = 0
    for path in list(paths(CHART))[1:]:
        answer = copy.deepcopy(CHART)
        place = answer
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        tried += 1
        try:
            bars = parse(json.dumps(answer).encode())
        except ChartError:
            continue
        assert sound(bars), path
    with capsys.disabled():
        print(f" {tried} answers with one value removed", end="")


def mangle(rng, content):
    """Change some bytes: turn bits, cut out, repeat, or put in noise."""
    out = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(out) + 1)
        end = min(len(out), start + rng.randint(0, 20))
        how = rng.randrange(4)
        if how == 0 and start < len(out):
            out[start] ^= 1 << rng.randrange(8)
        elif how == 1:
            del out[start:end]
        elif how == 2:
            out[start:start] = out[start:end] * rng.randint(1, 3)
        else:
            out[start:start] = rng.randbytes(rng.randint(1, 4))
    return bytes(out)


def test_answers_with_random_bytes_changed(capsys):
    rng, tried, refused = random.Random(1), 2000, 0
    for _ in range(tried):
        try:
            bars = parse(mangle(rng, BODY))
        except ChartError:
            refused += 1
            continue
        assert sound(bars)
    with capsys.disabled():
        print(f" {tried} answers with bytes changed, {refused} refused", end="")


WIDE = "date,AAA,^BBB\n" + "".join(
    f"{day},{close},{close * 10:.2f}\n" for day, close in CLOSES.items()
)
LONG = "date,symbol,open,close\n" + "".join(
    f"{day},{symbol},{close},{close}\n"
    for day, close in CLOSES.items()
    for symbol in ("AAA", "^BBB")
)


@pytest.mark.parametrize("text", [WIDE, LONG], ids=["wide", "long"])
def test_price_files_with_random_bytes_changed(tmp_path, text, capsys):
    rng, tried, refused = random.Random(2), 400, 0
    file = tmp_path / "own.csv"
    for _ in range(tried):
        file.write_bytes(mangle(rng, text.encode()))
        try:
            prices = load_prices(["AAA", "^BBB"], file, data_dir=tmp_path)
        except MarketReactionError:
            refused += 1
            continue
        values = prices.closes.to_numpy()
        assert (values[np.isfinite(values)] > 0).all()
        assert prices.closes.index.is_monotonic_increasing
        cells = set(file.read_text("utf-8", errors="replace").replace("\n", ",").split(","))
        known = {float(c) for c in cells if c.strip().replace(".", "", 1).isdigit()}
        assert set(values[np.isfinite(values)]) <= known
    with capsys.disabled():
        print(f" {tried} files with bytes changed, {refused} refused", end="")


def test_a_price_file_cut_off_anywhere_is_refused_or_said(tmp_path, capsys):
    file, whole = tmp_path / "own.csv", WIDE.encode()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        try:
            prices = load_prices(["AAA", "^BBB"], file, data_dir=tmp_path)
        except MarketReactionError:
            continue
        last = whole[:length].splitlines()[-1]
        if last not in whole.splitlines():
            assert prices.notes == ("own.csv: its last line seems cut off; is the file whole?",)
    with capsys.disabled():
        print(f" {len(whole)} files cut off", end="")


@pytest.mark.parametrize(
    ("rows", "cut"),
    [
        ("2024-01-02,100.25\n2024-01-03,101.50\n2024-01-04,102.2", True),
        ("2024-01-02,100.25\n2024-01-03,101.50\n2024-01-04,102.25", False),
        ("2024-01-02,1025\n2024-01-03,1050\n2024-01-04,10", True),
        ("2024-01-02,1025\n2024-01-03,990\n2024-01-04,1025", False),
        ("2024-01-02,1025\n2024-01-03,990\n2024-01-04,1025\n", False),
        ("2024-01-02,100.25\n2024-01-03,101.50\n2024-01-04,", True),
    ],
)
def test_a_last_line_is_cut_off_where_its_number_is_shorter_than_others(rows, cut):
    assert is_cut_off(f"date,close\n{rows}".encode()) == cut
