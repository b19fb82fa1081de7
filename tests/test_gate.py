"""One list of mutations through every door: refused, said or passed in silence, as each must be.

A mutation is refused with an error or, if it concerns one event or security, with an outcome that
has a reason; it is said by a PlausibilityWarning and in ``notes``; or it is clean, and nothing is
heard of it. The data are made here.
"""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partitioned_data import long_form

import analysis
from analysis import StudySpec
from analysis.errors import InputError, PlausibilityWarning, PriceError, StudyError
from analysis.prices import load_prices
from analysis.reactions.price_gate import vet_prices
from analysis.seeds.markets import Market
from analysis.sessions.calendars import sessions_held
from analysis.sessions.closures import Corrections

N, K = 300, 8
RNG = np.random.default_rng(7)
SESSIONS = pd.bdate_range("2023-01-02", periods=N, name="session")
INDEX = pd.Series(RNG.standard_t(5, N) * 0.008, index=SESSIONS, name="mkt")
RETURNS = pd.DataFrame(
    INDEX.to_numpy()[:, None] * RNG.uniform(0.7, 1.4, K) + RNG.standard_t(5, (N, K)) * 0.013,
    index=SESSIONS,
    columns=[f"S{i}" for i in range(1, K + 1)],
)
DAY0 = 209
EVENTS = pd.DataFrame(
    {
        "event_id": [f"e{i}" for i in range(1, K + 1)],
        "security": RETURNS.columns,
        "session": SESSIONS[200 + 9 * np.arange(K)],
    }
)
FACTORS = pd.DataFrame(
    {
        "mkt": INDEX,
        "smb": RNG.normal(0, 0.005, N),
        "hml": RNG.normal(0, 0.005, N),
        "rf": 8e-5 + 1e-6 * (np.arange(N) % 7),
    }
)
VOLUME = pd.DataFrame(np.exp(RNG.normal(14, 0.6, (N, K))), index=SESSIONS, columns=RETURNS.columns)
SPEC = {"estimation_window": (-130, -11), "event_window": (-5, 5)}
THREE = {"model": "factor_model", "risk_free": "rf"}
OUTCOME = ("refused", "outcome")


def put(frame, column, rows, value):
    changed = frame.copy()
    changed.iloc[rows, changed.columns.get_loc(column)] = value
    return changed


def frame(returns=RETURNS, benchmark=INDEX, **spec):
    return lambda: analysis.event_study(
        returns, EVENTS, benchmark=benchmark, spec=StudySpec(**{**SPEC, **spec})
    )


def panel(returns=RETURNS, benchmark=INDEX):
    return lambda: analysis.panel_from_returns(returns, EVENTS, benchmark=benchmark)


def volume(values):
    return lambda: analysis.volume_study(values, EVENTS, spec=StudySpec(**SPEC))


def characteristics(change):
    sizes = pd.DataFrame({"size": RNG.uniform(0, 1, K)}, index=EVENTS["event_id"])
    return lambda: analysis.cross_section(frame()(), change(sizes))


def halves(factor, start=0, stop=150, column="S2"):
    values = RETURNS[column].to_numpy()[start:stop] * factor
    return put(RETURNS, column, slice(start, stop), values)


def levels(start=100.0, returns=RETURNS):
    return start * (1 + returns).cumprod()


def calm(size, factor=1.0, start=0):
    """Return the data with a share that usually moves by so much, from a row on times a factor."""
    values = RETURNS["S2"] * (size / RETURNS["S2"].abs().median())
    return RETURNS.assign(S2=values.where(np.arange(N) < start, values * factor))


def bumped(ratio, size=0.003, row=150):
    data = calm(size)
    return put(data, "S2", [row], (1 + data["S2"].iloc[row]) * ratio - 1)


CALM = RETURNS.assign(S2=RETURNS["S2"] * 0.5)
WILD = RETURNS.assign(S2=RNG.normal(0, 0.09, N))
OTHERS = np.arange(N) != DAY0
REFUSED = {
    "percent": frame(RETURNS * 100),
    "basis points": frame(RETURNS * 1e4),
    "levels": frame(levels()),
    "gross returns": frame(1 + RETURNS),
    "one security in percent": frame(RETURNS.assign(S2=RETURNS["S2"] * 100)),
    "half a history in percent": frame(halves(100)),
    "index in percent": frame(RETURNS, INDEX * 100),
    "index levels": frame(RETURNS, 1000 * (1 + INDEX).cumprod()),
    "code -99": frame(put(RETURNS, "S2", [20, 100, 250], -99)),
    "code -77 on day 0": frame(put(RETURNS, "S2", [DAY0], -77)),
    "code -55 in peers": frame(put(RETURNS, "S5", [100], -55), "peers"),
    "a return of -120 %": frame(put(RETURNS, "S2", [150], -1.2)),
    "an infinite return": frame(put(RETURNS, "S2", [150], np.inf)),
    "log returns in percent": frame(RETURNS * 100, INDEX * 100, return_kind="log"),
    "benchmark without day 0": frame(RETURNS, INDEX.where(OTHERS)),
    "a constant index": frame(RETURNS, INDEX * 0 + 1e-4),
    "an index that grows evenly": frame(
        RETURNS, pd.Series(1000 * 1.001 ** np.arange(N), SESSIONS).pct_change()
    ),
    "an index of zeros": frame(RETURNS, INDEX * 0, model="market_adjusted"),
    "a calm share in percent beside a calm index": frame(calm(0.0015, 100), INDEX * 0.3),
    "factors in percent": frame(RETURNS, FACTORS * 100, **THREE),
    "factors decimal, returns percent": frame(RETURNS * 100, FACTORS, **THREE),
    "code -99.99 in a factor": frame(RETURNS, put(FACTORS, "hml", [50], -99.99), **THREE),
    "panel: factors in percent": panel(RETURNS, FACTORS * 100),
    "panel: levels": panel(levels()),
    "panel: code -99": panel(put(RETURNS, "S2", [9], -99)),
    "volume: returns": volume(RETURNS),
    "volume: sizes of returns": volume(RETURNS.abs()),
    "characteristic twice": characteristics(lambda c: c.assign(again=c["size"])),
}
SAID = {
    "log, code -99": frame(put(RETURNS, "S2", [20, 100, 250], -99), return_kind="log"),
    "+500 %": frame(put(WILD, "S2", [150], 5.0)),
    "3:2 split": frame(put(CALM, "S2", [150], -1 / 3)),
    "1:10 reverse split": frame(put(RETURNS, "S2", [150], 9.01)),
    "4:3 split": frame(bumped(3 / 4)),
    "5:4 split": frame(bumped(4 / 5)),
    "11:10 split": frame(bumped(10 / 11, 0.001)),
    "two 1:10 reverse splits": frame(put(RETURNS, "S2", [80, 210], [9.02, 8.97])),
    "a calm share in percent": frame(calm(0.001, 100)),
    "a calm share times 20": frame(calm(0.004, 20)),
    "half of a calm share in percent": frame(calm(0.001, 100, 130)),
    "half of a calm share times 20": frame(calm(0.002, 20, 170)),
    "half divided by 100": frame(calm(0.01, 0.01, 150)),
    "one divided by 100": frame(
        RETURNS.assign(S2=INDEX + 0.5 * RETURNS["S2"]).assign(S2=lambda d: d["S2"] / 100)
    ),
    "index divided by 100": frame(RETURNS, INDEX / 100),
    "calm shares in percent": frame(RETURNS * 12),
    "price x 100 for a day": frame(put(RETURNS, "S2", [150, 151], [99.0, -0.99])),
    "stale run": frame(put(RETURNS, "S2", slice(100, 130), 0.0)),
    "stale benchmark": frame(RETURNS, INDEX.where((np.arange(N) < 100) | (np.arange(N) > 130), 0)),
    "currency": frame(put(RETURNS, "S2", [150], 6.8)),
    "benchmark reversed": frame(RETURNS, INDEX[::-1].set_axis(SESSIONS)),
    "benchmark late": frame(RETURNS, INDEX.shift(1)),
    "divided twice": frame(RETURNS / 100),
    "holiday copied": frame(RETURNS.mul(OTHERS, axis=0), INDEX * OTHERS),
    "benchmark is a security": frame(RETURNS, RETURNS["S2"].rename("x")),
    "rf in percent": frame(RETURNS, FACTORS.assign(rf=FACTORS["rf"] * 100), **THREE),
    "rf of a year in percent": frame(RETURNS, FACTORS.assign(rf=5.0), **THREE),
    "panel: stale run": panel(put(RETURNS, "S2", slice(100, 130), 0.0)),
    "volume: thousands": volume(put(VOLUME, "S2", slice(160, N), VOLUME["S2"][160:] / 1000)),
    "code in a characteristic": characteristics(lambda c: put(c, "size", [2, 4], -99)),
    "code above a characteristic": characteristics(lambda c: put(c, "size", [2, 4], 999)),
    "sizes of returns": frame(RETURNS.abs()),
    "benchmark squared": frame(RETURNS, INDEX**2),
    "benchmark of the other sign": frame(RETURNS, -INDEX),
    "a week's return on each of its days": frame(
        RETURNS, INDEX.rolling(5).sum().where(np.arange(N) % 5 == 0).ffill()
    ),
    "volume: prices": volume(levels()),
    "volume: logarithms": volume(np.log(VOLUME)),
}
THIN = RETURNS.where(RNG.uniform(size=RETURNS.shape) > 0.4, 0.0)
PENNY = RETURNS.assign(S2=np.clip(RNG.standard_t(2.5, N) * 0.06, -0.7, 1.0))
BOND = pd.Series(np.round(100 + RNG.choice([-0.02, 0, 0, 0, 0.02], N).cumsum(), 2), SESSIONS)
CLEAN = {
    "as made": frame(),
    "no benchmark": frame(benchmark=None, model="constant_mean"),
    "peers": frame(benchmark="peers"),
    "factors": frame(RETURNS, FACTORS, **THREE),
    "panel": panel(),
    "volume": volume(VOLUME),
    "characteristics": characteristics(lambda c: c),
    "penny shares, +110 %": frame(put(PENNY, "S2", [100, 180], 1.1)),
    "crypto, +60 %": frame(put(RETURNS * 3, "S2", [150], 0.6)),
    "four weeks without trade": frame(
        put(put(RETURNS, "S2", slice(80, 100), np.nan), "S2", [100], -0.19)
    ),
    "delisting at -1": frame(put(put(RETURNS, "S2", [270], -1.0), "S2", slice(271, N), np.nan)),
    "illiquid": frame(THIN),
    "illiquid, no benchmark": frame(THIN, None, model="constant_mean"),
    "log returns below -1": frame(put(RETURNS, "S2", [120, 190], [-1.25, -1.1]), return_kind="log"),
    "two cents": frame(RETURNS.assign(S2=BOND.pct_change())),
    "a quiet year, then a lively one": frame(calm(0.004, 5, 150)),
    "heavy tails": frame(RETURNS + np.random.default_rng(4).standard_t(3, (N, K)) * 0.01),
    "hyperinflation": frame(RETURNS.assign(S2=0.04 + RNG.normal(0, 0.02, N))),
}


def heard(door):
    """Return what a door answers: refused, outcome, said or silent, and the words."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = door()
        except (InputError, PriceError, StudyError) as error:
            return "refused", str(error)
    warned = [str(w.message) for w in caught if issubclass(w.category, PlausibilityWarning)]
    notes = tuple(result.notes)
    assert set(warned) <= set(notes)
    outcomes = getattr(result, "outcomes", pd.DataFrame({"status": []}))
    failed = outcomes[outcomes["status"] != "ok"]
    if notes:
        return "said", " ".join(notes)
    return ("outcome", str(failed.to_dict())) if len(failed) else ("silent", "")


@pytest.mark.parametrize("case", REFUSED)
def test_the_impossible_is_refused(case):
    assert heard(REFUSED[case])[0] in OUTCOME


@pytest.mark.parametrize("case", SAID)
def test_the_suspicious_is_said_or_refused(case):
    assert heard(SAID[case])[0] in ("said", "refused")


@pytest.mark.parametrize("case", CLEAN)
def test_clean_data_pass_in_silence(case):
    assert heard(CLEAN[case]) == ("silent", "")


def test_what_is_said_stands_in_the_description():
    with pytest.warns(PlausibilityWarning, match="S2"):
        result = SAID["1:10 reverse split"]()
    assert result.notes[0] in result.describe()
    assert "split of 1 for 10" in result.notes[0]


def test_codes_and_units_are_named_with_their_remedy():
    assert "code for a missing value" in heard(REFUSED["code -77 on day 0"])[1]
    assert "divide by 100" in heard(REFUSED["percent"])[1]
    assert "basis points, divide by 10,000" in heard(REFUSED["basis points"])[1]
    assert "pct_change" in heard(REFUSED["levels"])[1]
    assert "Subtract 1" in heard(REFUSED["gross returns"])[1]


@pytest.mark.parametrize("lead", [-1, 1])
def test_markets_of_other_zones_may_follow_by_a_session(lead):
    rng = np.random.default_rng(11)
    news = rng.normal(0, 0.008, N)
    east = pd.Series(0.6 * np.roll(news, lead) + rng.normal(0, 0.009, N), SESSIONS)
    events = EVENTS[:1].assign(security="east")
    result = analysis.event_study(
        east.to_frame("east"), events, benchmark=pd.Series(news, SESSIONS), spec=StudySpec(**SPEC)
    )
    assert result.notes == ()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    column=st.sampled_from(list(RETURNS.columns)),
    code=st.sampled_from([-55.0, -66.0, -77.0, -99.0, -99.99, -999.0]),
    rows=st.lists(st.integers(0, N - 1), min_size=1, max_size=5, unique=True),
)
def test_a_code_anywhere_is_refused(column, code, rows):
    answer, words = heard(frame(put(RETURNS, column, rows, code)))
    assert answer == "refused"
    assert f"{column!r}" in words
    assert "code for a missing value" in words


@settings(max_examples=25, deadline=None, derandomize=True)
@given(ratio=st.sampled_from([0.05, 0.1, 0.2, 5, 7.8, 10, 100, 150]), row=st.integers(5, N - 5))
def test_a_change_of_level_is_said_wherever_it_comes(ratio, row):
    moved = (1 + float(RETURNS["S2"].iloc[row])) * ratio - 1
    answer, words = heard(frame(put(RETURNS, "S2", [row], moved)))
    assert answer == "said"
    assert str(SESSIONS[row].date()) in words


@pytest.mark.parametrize("text", ["2024-10", "now", "2023-10-20 09:30", "20/10/2023"])
def test_a_session_that_is_no_day_is_refused(text):
    events = EVENTS.assign(session=EVENTS["session"].astype(str).where(EVENTS.index != 2, text))
    with pytest.raises(InputError, match="session"):
        analysis.event_study(RETURNS, events, benchmark=INDEX, spec=StudySpec(**SPEC))
    shifted = RETURNS.set_axis(SESSIONS + pd.Timedelta(hours=16))
    with pytest.raises(InputError, match="time of day"):
        analysis.event_study(shifted, EVENTS, benchmark=INDEX, spec=StudySpec(**SPEC))


def test_sessions_from_tuesday_to_saturday_are_a_day_late():
    late = SESSIONS + pd.Timedelta(days=1)
    events = EVENTS.assign(session=EVENTS["session"] + pd.Timedelta(days=1))
    with pytest.raises(InputError, match="every date seems a day late"):
        analysis.event_study(RETURNS.set_axis(late), events, benchmark=INDEX.set_axis(late))


# --- partitions ---------------------------------------------------------------------------------


def partitions(folder, values, benchmark, name="ret"):
    rows = long_form(values).rename(columns={"level_1": "security", "close": name})
    (folder / "prices").mkdir()
    half = rows["security"].isin(values.columns[: K // 2])
    rows[half].to_parquet(folder / "prices" / "a.parquet", index=False)
    rows[~half].to_parquet(folder / "prices" / "b.parquet", index=False)
    EVENTS.to_csv(folder / "events.csv", index=False)
    benchmark.rename_axis("session").reset_index().to_csv(folder / "index.csv", index=False)
    return lambda: analysis.partitioned_study(
        folder / "prices",
        folder / "events.csv",
        benchmark=folder / "index.csv",
        spec=StudySpec(**SPEC),
    )


PRICES, LEVELS = levels(), (1000 * (1 + INDEX).cumprod()).rename("close")


def factor_from(row, factor, column="S2"):
    return put(PRICES, column, slice(row, N), PRICES[column].iloc[row:] * factor)


@pytest.mark.parametrize(
    ("answers", "values", "benchmark", "name"),
    [
        (OUTCOME, RETURNS * 100, INDEX, "ret"),
        (OUTCOME, PRICES, INDEX, "ret"),
        (OUTCOME, put(RETURNS, "S2", [20, 100], -99), INDEX, "ret"),
        (OUTCOME, RETURNS.assign(S2=RETURNS["S2"] * 100), INDEX, "ret"),
        (("said",), calm(0.0015, 100), INDEX, "ret"),
        (OUTCOME, calm(0.0015, 100), INDEX * 0.3, "ret"),
        (OUTCOME, RETURNS * 0.2, INDEX * 25, "ret"),
        (OUTCOME, halves(100, 200, N), INDEX, "ret"),
        (OUTCOME, RETURNS, INDEX * 100, "ret"),
        (OUTCOME, put(PRICES, "S2", [20], -99), LEVELS, "close"),
        (("said", "outcome"), PRICES, LEVELS[OTHERS], "close"),
        (("said",), put(PRICES, "S2", [150], PRICES["S2"].iloc[150] * 100), LEVELS, "close"),
        (("said",), factor_from(140, 7.8), LEVELS, "close"),
        (("said",), put(RETURNS, "S2", slice(100, 130), 0.0), INDEX, "ret"),
        (("said",), RETURNS, INDEX.shift(1), "ret"),
        (("silent",), RETURNS, INDEX, "ret"),
        (("silent",), PRICES, LEVELS, "close"),
        (("silent",), THIN, INDEX, "ret"),
    ],
    ids=[
        "percent", "levels", "code", "one in percent", "a calm one in percent",
        "beside a calm benchmark", "benchmark of other units",
        "half in percent", "index in percent",
        "close of -99", "no day 0", "x 100 for a day", "currency", "stale", "late", "returns",
        "closes", "illiquid",
    ],
)  # fmt: skip
def test_partitions_answer_alike(tmp_path, answers, values, benchmark, name):
    assert heard(partitions(tmp_path, values, benchmark, name))[0] in answers


# --- files of prices ----------------------------------------------------------------------------

TABLE = Corrections(())


def held(exchange):
    days = sessions_held(exchange, "2024-01-02", "2025-08-29", TABLE).session
    return pd.DatetimeIndex(days.astype("datetime64[us]"), name="date")


def market(symbol, exchange, benchmark=None):
    role = "study" if benchmark else "related"
    kind = "index" if symbol.startswith("^") else "stock"
    against = (benchmark,) if benchmark else ()
    return Market(symbol, symbol, symbol, kind, exchange, "USD", role, against, "market_model", "")


MARKETS = (
    market("AAA", "XNAS", "^US"),
    market("BBB", "XNYS", "^US"),
    market("^JP", "XTKS", "^US"),
    market("^US", "XNYS"),
)
US, JP = held("XNYS"), held("XTKS")
WORLD = pd.Series(RNG.normal(0, 0.008, len(US)), US)
CLOSES = pd.concat(
    {
        "AAA": 130 * np.exp((1.2 * WORLD + RNG.normal(0, 0.012, len(US))).cumsum()),
        "BBB": 70 * np.exp((0.3 * WORLD + RNG.normal(0, 0.006, len(US))).cumsum()),
        "^JP": pd.Series(39000 * np.exp(RNG.normal(0, 0.01, len(JP)).cumsum()), JP),
        "^US": 5000 * np.exp(WORLD.cumsum()),
    },
    axis=1,
    sort=True,
).round(2)
NEWS = "2025-05-14"


def later(closes, *, columns=("AAA", "BBB", "^JP", "^US"), by=1):
    parts = {
        c: closes[c].dropna().set_axis(closes[c].dropna().index + pd.Timedelta(days=by))
        if c in columns
        else closes[c].dropna()
        for c in closes
    }
    return pd.concat(parts, axis=1, sort=True).rename_axis("date")


def scaled(closes, column, start, factor, end=None):
    changed = closes.copy()
    changed.loc[start:end, column] *= factor
    return changed


def swapped(closes):
    changed = closes.copy()
    changed.loc["2025-04-07":, ["AAA", "BBB"]] = closes.loc[
        "2025-04-07":, ["BBB", "AAA"]
    ].to_numpy()
    return changed


def copied(closes):
    changed, at = closes.copy(), closes.index.get_loc(NEWS)
    for column in ("AAA", "BBB", "^US"):
        changed.iloc[at, closes.columns.get_loc(column)] = closes[column].iloc[at - 1]
    return changed


FILES = {
    "clean": ("silent", lambda c: c),
    "dates a day late": ("refused", later),
    "dates a day early": ("refused", lambda c: later(c, by=-1)),
    "one market at UTC midnight": ("refused", lambda c: later(c, columns=("^JP",), by=-1)),
    "one file a day late": ("refused", lambda c: later(c, columns=("BBB",))),
    "percent changes": ("refused", lambda c: c.pct_change(fill_method=None).iloc[1:] * 100),
    "price x 100 for a day": ("refused", lambda c: scaled(c, "AAA", NEWS, 100, NEWS)),
    "3:2 split": ("said", lambda c: scaled(c, "BBB", "2025-02-03", 1 / 1.5)),
    "3:2 split on day 0": ("said", lambda c: scaled(c, "BBB", NEWS, 1 / 1.5)),
    "two symbols change places": ("said", swapped),
    "a copied close": ("said", copied),
    "a benchmark a session late": (
        "said",
        lambda c: c.assign(**{"^US": c["^US"].dropna().shift(1).bfill()}),
    ),
    "a market in reverse order": (
        "said",
        lambda c: c.assign(AAA=c["AAA"].dropna()[::-1].set_axis(c["AAA"].dropna().index)),
    ),
    "gross returns as prices": ("said", lambda c: 1 + c.pct_change(fill_method=None).iloc[1:]),
    "a 4:3 split": ("said", lambda c: scaled(c, "BBB", "2025-02-03", 3 / 4)),
    "a halt": ("silent", lambda c: c.assign(BBB=c["BBB"].mask(c.index.month == 3))),
    "a late listing": ("silent", lambda c: c.assign(BBB=c["BBB"].where(c.index > "2024-06-01"))),
    "one hole of all": ("silent", lambda c: c.drop(pd.Timestamp("2025-02-20"))),
}


def write(door, closes, folder):
    long = closes.rename_axis(columns="symbol").stack().rename("close").reset_index()
    if door == "wide":
        closes.to_csv(folder / "p.csv")
    elif door == "long":
        long.to_csv(folder / "p.csv", index=False)
    elif door == "Parquet":
        long.to_parquet(folder / "p.parquet", index=False)
    else:
        for column in closes:
            one = closes[[column]].dropna().rename(columns={column: "close"})
            one.to_csv(folder / f"{column.replace('^', '%5E')}.csv")
        return folder
    return folder / ("p.parquet" if door == "Parquet" else "p.csv")


def vetted(source, folder, *, markets=MARKETS, accept=False):
    prices = load_prices([m.symbol for m in markets], source, data_dir=folder)
    benchmarks = {m.symbol: m.benchmark for m in markets if m.benchmark}
    return vet_prices(prices, markets, TABLE, benchmarks=benchmarks, accept=accept)


@pytest.mark.parametrize("door", ["wide", "long", "folder", "Parquet"])
@pytest.mark.parametrize("case", FILES)
def test_files_of_prices_answer_alike(tmp_path, door, case):
    answer, change = FILES[case]
    source = write(door, change(CLOSES), tmp_path)
    if answer == "refused":
        with pytest.raises(PriceError):
            vetted(source, tmp_path)
        return
    try:
        notes = vetted(source, tmp_path)
    except PriceError:
        assert answer == "said"  # what is suspicious may be refused
        return
    assert bool(notes) == (answer == "said"), notes


def test_the_likely_cause_is_named_and_a_person_may_overrule(tmp_path):
    source = write("wide", later(CLOSES), tmp_path)
    with pytest.raises(PriceError, match=r"no price on any Monday.*a day late.*--accept-prices"):
        vetted(source, tmp_path)
    notes = vetted(source, tmp_path, accept=True)
    assert "accepted by --accept-prices: AAA has prices on" in notes[0]


def test_another_exchange_is_named(tmp_path):
    source = write("wide", CLOSES, tmp_path)
    moved = (market("AAA", "XTKS", "^US"), *MARKETS[1:])
    with pytest.raises(PriceError, match=r"AAA has prices .* when XTKS was closed.*fit .*XNYS"):
        vetted(source, tmp_path, markets=moved)


def as_yahoo(closes, folder, **changes):
    return replace(
        load_prices([m.symbol for m in MARKETS], write("wide", closes, folder), data_dir=folder),
        source="yahoo",
        **changes,
    )


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_bar_of_yahoo_on_a_closed_day_is_refused(tmp_path, count):
    closed = pd.DatetimeIndex(["2024-07-04", "2024-11-28", "2024-12-25"])[:count]
    extra = CLOSES.reindex(CLOSES.index.union(closed)).rename_axis("date")
    extra.loc[closed, "AAA"] = extra["AAA"].ffill()[closed]
    prices = as_yahoo(extra, tmp_path)
    with pytest.raises(PriceError, match=r"AAA has prices on 2024-07-04.*copies the close"):
        vet_prices(prices, MARKETS, TABLE, benchmarks={})
    assert vet_prices(prices, MARKETS, TABLE, benchmarks={}, accept=True)
    assert vet_prices(replace(prices, source="p.csv"), MARKETS, TABLE, benchmarks={})
    assert vet_prices(as_yahoo(CLOSES, tmp_path), MARKETS, TABLE, benchmarks={}) == ()


@pytest.mark.parametrize(
    ("quoted", "seeds", "said"),
    [
        ("GBp", "GBP", False),
        ("GBX", "GBP", False),
        ("ZAc", "ZAR", False),
        ("ILA", "ILS", False),
        ("USD", "USD", False),
        ("GBp", "USD", True),
        ("EUR", "USD", True),
        ("USD", "GBP", True),
    ],
)
def test_another_currency_than_in_the_seeds_is_said_and_pence_are_pounds(
    tmp_path, quoted, seeds, said
):
    prices = as_yahoo(CLOSES, tmp_path, currencies={"AAA": quoted})
    markets = (replace(MARKETS[0], currency=seeds), *MARKETS[1:])
    notes = vet_prices(prices, markets, TABLE, benchmarks={})
    assert bool(notes) == said
    assert all(f"AAA is quoted in {quoted}" in note for note in notes)


def test_a_missing_symbol_of_a_late_listing_is_refused(tmp_path):
    long = CLOSES.rename_axis(columns="symbol").stack().rename("close").reset_index()
    long = long[(long["symbol"] != "AAA") | (long["date"] > NEWS)]
    long.assign(symbol=long["symbol"].where(long["symbol"] != "AAA")).to_parquet(
        tmp_path / "p.parquet", index=False
    )
    with pytest.raises(PriceError, match="without a symbol"):
        vetted(tmp_path / "p.parquet", tmp_path, markets=MARKETS[1:])
