"""One list of mutations through every door: refused, said or passed in silence, as each must be.

A mutation is refused with an error or, if it concerns one event or security, with an outcome that
has a reason; it is said by a PlausibilityWarning and in ``notes``; or it is clean, and nothing is
heard of it. The data are made here.
"""

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path

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
TABLE = Corrections(())


def held(exchange, first="2024-01-02", last="2025-08-29"):
    days = sessions_held(exchange, first, last, TABLE).session
    return pd.DatetimeIndex(days.astype("datetime64[us]"), name="date")


SESSIONS = held("XNYS", "2023-01-02")[:N].rename("session")
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
OUTCOME = ("refused", "outcome")


@dataclass(frozen=True)
class Mutation:
    """Data as they reach a door, and the kind of door they can go through.

    Attributes
    ----------
    kind
        ``"returns"`` and ``"closes"`` (one frame and a benchmark), ``"files"`` (closes of several
        exchanges), ``"factors"``, ``"volume"`` or ``"characteristics"``.
    values, benchmark
        The data.
    spec
        What differs from the specification of the other mutations.
    doors
        Doors it goes through; None for all that take its kind.
    """

    kind: str
    values: pd.DataFrame
    benchmark: object = None
    spec: dict[str, object] = field(default_factory=dict)
    doors: tuple[str, ...] | None = None


def put(frame, column, rows, value):
    changed = frame.copy()
    changed.iloc[rows, changed.columns.get_loc(column)] = value
    return changed


def returns(values=RETURNS, benchmark=INDEX, *, doors=None, **spec):
    return Mutation("returns", values, benchmark, spec, doors)


def frame(values=RETURNS, benchmark=INDEX, **spec):
    """Return data that only a frame can hold: another kind of return, model or benchmark."""
    return returns(values, benchmark, doors=("frame",), **spec)


def factors(values=RETURNS, benchmark=None, **spec):
    return Mutation("factors", values, FACTORS if benchmark is None else benchmark, spec)


def closes(values, benchmark=None, doors=None):
    return Mutation("closes", values, LEVELS if benchmark is None else benchmark, doors=doors)


def files(values):
    return Mutation("files", values)


def volume(values):
    return Mutation("volume", values)


def characteristics(change=lambda sizes: sizes):
    sizes = pd.DataFrame({"size": np.linspace(0.1, 0.9, K)}, index=EVENTS["event_id"])
    return Mutation("characteristics", change(sizes))


def halves(factor, start=0, stop=150, column="S2"):
    values = RETURNS[column].to_numpy()[start:stop] * factor
    return put(RETURNS, column, slice(start, stop), values)


def levels(start=100.0, returns=RETURNS):
    return start * (1 + returns).cumprod()


PRICES, LEVELS = levels(), (1000 * (1 + INDEX).cumprod()).rename("close")


def factor_from(row, factor, column="S2", values=PRICES):
    return put(values, column, slice(row, N), values[column].iloc[row:] * factor)


def calm(size, factor=1.0, start=0):
    """Return the data with a share that usually moves by so much, from a row on times a factor."""
    values = RETURNS["S2"] * (size / RETURNS["S2"].abs().median())
    return RETURNS.assign(S2=values.where(np.arange(N) < start, values * factor))


def bumped(ratio, size=0.003, row=150):
    data = calm(size)
    return put(data, "S2", [row], (1 + data["S2"].iloc[row]) * ratio - 1)


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


def duplicated(values):
    return pd.concat([values, values["S2"]], axis=1)


def a_day_late(values):
    return values.set_axis(values.index + pd.Timedelta(days=1)).rename_axis(values.index.name)


def one_late(by):
    """Return the data with one series on the day after each session, or the day before."""
    late = RETURNS["S2"].set_axis(SESSIONS + pd.Timedelta(days=by))
    values = pd.concat([RETURNS.drop(columns="S2"), late], axis=1, sort=True)[RETURNS.columns]
    return values.rename_axis("session")


def on_a_line(column="S2", start=100, length=12):
    """Return prices between two of which those of a column lie on a line."""
    values = PRICES[column].to_numpy().copy()
    values[start : start + length + 1] = np.linspace(
        values[start], values[start + length], length + 1
    )
    return PRICES.assign(**{column: values.round(2)})


CRASH = RETURNS.copy()
CRASH.iloc[150] = np.linspace(-0.35, -0.31, K)
FOLLOWS = 1.2 * INDEX + 0.3 * RETURNS["S2"]
CALM = RETURNS.assign(S2=RETURNS["S2"] * 0.5)
WILD = RETURNS.assign(S2=RNG.normal(0, 0.09, N))
OTHERS = np.arange(N) != DAY0
THIN = RETURNS.where(RNG.uniform(size=RETURNS.shape) > 0.4, 0.0)
PENNY = RETURNS.assign(S2=np.clip(RNG.standard_t(2.5, N) * 0.06, -0.7, 1.0))
BOND = pd.Series(np.round(100 + RNG.choice([-0.02, 0, 0, 0, 0.02], N).cumsum(), 2), SESSIONS)
ONE_DAY = put(PRICES, "S2", [150], PRICES["S2"].iloc[150] * 100)

#: Doors at which a method is chosen: a panel by itself may hold log returns and flat rates.
METHOD = ("frame", "factors", "panel, studied", "partitions")

#: The list: what is impossible, suspicious and clean, whichever door it comes to.
MUTATIONS = {
    "impossible": {
        "percent": returns(RETURNS * 100),
        "basis points": returns(RETURNS * 1e4),
        "levels": returns(levels()),
        "gross returns": returns(1 + RETURNS),
        "one security in percent": returns(RETURNS.assign(S2=RETURNS["S2"] * 100)),
        "first half of one in percent": returns(halves(100)),
        "second half of one in percent": returns(halves(100, 200, N)),
        "index in percent": returns(RETURNS, INDEX * 100),
        "index levels": returns(RETURNS, 1000 * (1 + INDEX).cumprod()),
        "benchmark of other units": returns(RETURNS * 0.2, INDEX * 25),
        "code -99": returns(put(RETURNS, "S2", [20, 100, 250], -99)),
        "code -77 on day 0": returns(put(RETURNS, "S2", [DAY0], -77)),
        "code -55 in peers": frame(put(RETURNS, "S5", [100], -55), "peers"),
        "a return of -120 %": returns(put(RETURNS, "S2", [150], -1.2), doors=METHOD),
        "an infinite return": returns(put(RETURNS, "S2", [150], np.inf)),
        "log returns in percent": frame(RETURNS * 100, INDEX * 100, return_kind="log"),
        "benchmark without day 0": returns(RETURNS, INDEX.where(OTHERS), doors=METHOD),
        "a constant index": returns(RETURNS, INDEX * 0 + 1e-4, doors=METHOD),
        "an index that grows evenly": returns(
            RETURNS, pd.Series(1000 * 1.001 ** np.arange(N), SESSIONS).pct_change(), doors=METHOD
        ),
        "an index of zeros": frame(RETURNS, INDEX * 0, model="market_adjusted"),
        "a calm share in percent beside a calm index": returns(calm(0.0015, 100), INDEX * 0.3),
        "a security twice": returns(duplicated(RETURNS), doors=("frame", "panel")),
        "one series on the day after": returns(one_late(1), INDEX.reindex(one_late(1).index)),
        "factors in percent": factors(RETURNS, FACTORS * 100),
        "factors decimal, returns percent": factors(RETURNS * 100),
        "code -99.99 in a factor": factors(RETURNS, put(FACTORS, "hml", [50], -99.99)),
        "volume: returns": volume(RETURNS),
        "volume: sizes of returns": volume(RETURNS.abs()),
        "volume: a code": volume(put(VOLUME, "S2", [20, 100], -99)),
        "volume: infinite": volume(put(VOLUME, "S2", [150], np.inf)),
        "volume: a security twice": volume(duplicated(VOLUME)),
        "characteristic twice": characteristics(lambda c: c.assign(again=c["size"])),
        "characteristic infinite": characteristics(lambda c: put(c, "size", [2], np.inf)),
        "a close of -99": closes(
            put(PRICES, "S2", [150], -99), doors=(*METHOD, "wide", "long", "folder", "Parquet")
        ),
        "a close of 0": closes(put(PRICES, "S2", [150], 0.0)),
        "an infinite close": closes(put(PRICES, "S2", [150], np.inf)),
        "closes a day late": closes(a_day_late(PRICES), a_day_late(LEVELS)),
        "closes of a symbol twice": closes(duplicated(PRICES), doors=("wide", "long", "Parquet")),
        "dates a day late": files(later(CLOSES)),
        "dates a day early": files(later(CLOSES, by=-1)),
        "one market at UTC midnight": files(later(CLOSES, columns=("^JP",), by=-1)),
        "one series a day late": files(later(CLOSES, columns=("BBB",))),
        "percent changes": files(CLOSES.pct_change(fill_method=None).iloc[1:] * 100),
    },
    "suspicious": {
        "log, code -99": frame(put(RETURNS, "S2", [20, 100, 250], -99), return_kind="log"),
        "+500 %": returns(put(WILD, "S2", [150], 5.0)),
        "3:2 split": returns(put(CALM, "S2", [150], -1 / 3)),
        "3:2 split of a lively share": returns(
            RETURNS.assign(S2=1.5 * FOLLOWS).pipe(put, "S2", [150], 0.97 / 1.5 - 1)
        ),
        "2:3 reverse split": returns(put(CALM, "S2", [150], 0.49)),
        "1:10 reverse split": returns(put(RETURNS, "S2", [150], 9.01)),
        "4:3 split": returns(bumped(3 / 4)),
        "5:4 split": returns(bumped(4 / 5)),
        "11:10 split": returns(bumped(10 / 11, 0.001)),
        "two 1:10 reverse splits": returns(put(RETURNS, "S2", [80, 210], [9.02, 8.97])),
        "a calm share in percent": returns(calm(0.001, 100)),
        "a calm share times 20": returns(calm(0.004, 20)),
        "half of a calm share in percent": returns(calm(0.001, 100, 130)),
        "half of a calm share times 20": returns(calm(0.002, 20, 170)),
        "half divided by 100": returns(calm(0.01, 0.01, 150)),
        "one divided by 100": returns(
            RETURNS.assign(S2=INDEX + 0.5 * RETURNS["S2"]).assign(S2=lambda d: d["S2"] / 100)
        ),
        "index divided by 100": returns(RETURNS, INDEX / 100),
        "calm shares in percent": returns(RETURNS * 12),
        "price x 100 for a day": returns(put(RETURNS, "S2", [150, 151], [99.0, -0.99])),
        "price x 1.8 for a day": returns(put(RETURNS, "S2", [150, 151], [0.8, -0.444])),
        "one series under two names": returns(RETURNS.assign(S3=RETURNS["S2"])),
        "a security a session late": returns(RETURNS.assign(S2=FOLLOWS.shift(1))),
        "a security a session early": returns(RETURNS.assign(S2=FOLLOWS.shift(-1))),
        "a gap filled by the same return": returns(put(RETURNS, "S2", slice(100, 112), 0.0031)),
        "stale run": returns(put(RETURNS, "S2", slice(100, 130), 0.0)),
        "stale benchmark": returns(
            RETURNS, INDEX.where((np.arange(N) < 100) | (np.arange(N) > 130), 0)
        ),
        "currency": returns(put(RETURNS, "S2", [150], 6.8)),
        "benchmark reversed": returns(RETURNS, INDEX[::-1].set_axis(SESSIONS)),
        "benchmark late": returns(RETURNS, INDEX.shift(1)),
        "divided twice": returns(RETURNS / 100),
        "holiday copied": returns(RETURNS.mul(OTHERS, axis=0), INDEX * OTHERS),
        "benchmark is a security": returns(RETURNS, RETURNS["S2"].rename("x")),
        "sizes of returns": returns(RETURNS.abs()),
        "benchmark squared": returns(RETURNS, INDEX**2),
        "benchmark of the other sign": returns(RETURNS, -INDEX),
        "a week's return on each of its days": returns(
            RETURNS, INDEX.rolling(5).sum().where(np.arange(N) % 5 == 0).ffill()
        ),
        "rf in percent": factors(RETURNS, FACTORS.assign(rf=FACTORS["rf"] * 100)),
        "rf of a year in percent": factors(RETURNS, FACTORS.assign(rf=5.0)),
        "volume: thousands": volume(put(VOLUME, "S2", slice(160, N), VOLUME["S2"][160:] / 1000)),
        "volume: prices": volume(levels()),
        "volume: logarithms": volume(np.log(VOLUME)),
        "code in a characteristic": characteristics(lambda c: put(c, "size", [2, 4], -99)),
        "code above a characteristic": characteristics(lambda c: put(c, "size", [2, 4], 999)),
        "close x 100 for a day": closes(ONE_DAY),
        "closes in another currency": closes(factor_from(140, 7.8)),
        "3:2 split of closes": closes(factor_from(140, 1 / 1.5, values=levels(returns=CALM))),
        "closes on a line": closes(on_a_line()),
        "stale closes": closes(levels(returns=put(RETURNS, "S2", slice(100, 130), 0.0))),
        "closes of a holiday copied": closes(
            levels(returns=RETURNS.mul(OTHERS, axis=0)), (1000 * (1 + INDEX * OTHERS).cumprod())
        ),
        "index closes a session late": closes(PRICES, LEVELS.shift(1).bfill()),
        "index closes reversed": closes(PRICES, LEVELS[::-1].set_axis(SESSIONS)),
        "x 100 on day 0": files(scaled(CLOSES, "AAA", NEWS, 100, NEWS)),
        "3:2 split on day 0": files(scaled(CLOSES, "BBB", NEWS, 1 / 1.5)),
        "4:3 split of one": files(scaled(CLOSES, "BBB", "2025-02-03", 3 / 4)),
        "a market's rows a session late": files(CLOSES.assign(BBB=CLOSES["AAA"].shift(1) / 2)),
        "two symbols change places": files(swapped(CLOSES)),
        "a copied close": files(copied(CLOSES)),
        "a market in reverse order": files(
            CLOSES.assign(AAA=CLOSES["AAA"].dropna()[::-1].set_axis(CLOSES["AAA"].dropna().index))
        ),
        "gross returns as prices": files(1 + CLOSES.pct_change(fill_method=None).iloc[1:]),
    },
    "clean": {
        "as made": returns(),
        "no benchmark": frame(benchmark=None, model="constant_mean"),
        "peers": frame(benchmark="peers"),
        "factors": factors(),
        "volume": volume(VOLUME),
        "characteristics": characteristics(),
        "penny shares, +110 %": returns(put(PENNY, "S2", [100, 180], 1.1)),
        "crypto, +60 %": returns(put(RETURNS * 3, "S2", [150], 0.6)),
        "four weeks without trade": returns(
            put(put(RETURNS, "S2", slice(80, 100), np.nan), "S2", [100], -0.19)
        ),
        "delisting at -1": returns(
            put(put(RETURNS, "S2", [270], -1.0), "S2", slice(271, N), np.nan)
        ),
        "illiquid": returns(THIN),
        "illiquid, no benchmark": frame(THIN, None, model="constant_mean"),
        "log returns below -1": frame(
            put(RETURNS, "S2", [120, 190], [-1.25, -1.1]), return_kind="log"
        ),
        "two cents": returns(RETURNS.assign(S2=BOND.pct_change())),
        "a quiet year, then a lively one": returns(calm(0.004, 5, 150)),
        "a crash of all": returns(CRASH, put(INDEX.to_frame(), "mkt", [150], -0.22)["mkt"]),
        "two share classes": returns(
            RETURNS.assign(S3=RETURNS["S2"] + 5e-4 * np.sin(np.arange(N)))
        ),
        "a rebound": returns(put(RETURNS, "S2", [150, 151], [-0.11, 0.12])),
        "heavy tails": returns(RETURNS + np.random.default_rng(4).standard_t(3, (N, K)) * 0.01),
        "hyperinflation": returns(RETURNS.assign(S2=0.04 + RNG.normal(0, 0.02, N))),
        "closes": closes(PRICES),
        "illiquid closes": closes(levels(returns=THIN)),
        "closes of a penny share": closes(
            levels(returns=put(PENNY, "S2", [100, 180], 1.1)),
            doors=("frame", "factors", "panel", "partitions"),  # files ask for --large-moves allow
        ),
        "a bond's closes": closes(PRICES.assign(S2=BOND)),
        "closes of several exchanges": files(CLOSES),
        "a halt": files(CLOSES.assign(BBB=CLOSES["BBB"].mask(CLOSES.index.month == 3))),
        "a late listing": files(
            CLOSES.assign(BBB=CLOSES["BBB"].where(CLOSES.index > "2024-06-01"))
        ),
        "one hole of all": files(CLOSES.drop(pd.Timestamp("2025-02-20"))),
    },
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


def as_returns(case):
    """Return closes as what doors of returns take; other data as they are."""
    if case.kind != "closes":
        return case.values, case.benchmark
    return case.values.pct_change(fill_method=None), case.benchmark.pct_change(fill_method=None)


def through_frame(case, folder):
    values, benchmark = as_returns(case)
    spec = StudySpec(**{**SPEC, **case.spec})
    return analysis.event_study(values, EVENTS, benchmark=benchmark, spec=spec)


def through_factors(case, folder):
    values, benchmark = as_returns(case)
    three = benchmark if case.kind == "factors" else FACTORS.assign(mkt=benchmark)
    spec = StudySpec(**SPEC, model="factor_model", risk_free="rf")
    return analysis.event_study(values, EVENTS, benchmark=three, spec=spec)


def through_panel(case, folder):
    values, benchmark = as_returns(case)
    return analysis.panel_from_returns(values, EVENTS, benchmark=benchmark)


def through_studied_panel(case, folder):
    spec = StudySpec(**{**SPEC, **case.spec})
    return analysis.event_study(through_panel(case, folder), spec=spec)


def through_volume(case, folder):
    return analysis.volume_study(case.values, EVENTS, spec=StudySpec(**SPEC))


def through_cross_section(case, folder):
    return analysis.cross_section(through_frame(returns(), folder), case.values)


def through_partitions(case, folder):
    name = "close" if case.kind == "closes" else "ret"
    rows = long_form(case.values).rename(columns={"level_1": "security", "close": name})
    rows = rows.set_axis(["session", "security", name], axis=1)
    (folder / "prices").mkdir()
    half = rows["security"].isin(case.values.columns[: K // 2])
    rows[half].to_parquet(folder / "prices" / "a.parquet", index=False)
    rows[~half].to_parquet(folder / "prices" / "b.parquet", index=False)
    EVENTS.to_csv(folder / "events.csv", index=False)
    index = case.benchmark.rename("close" if case.kind == "closes" else "mkt")
    index.rename_axis("session").reset_index().to_csv(folder / "index.csv", index=False)
    return analysis.partitioned_study(
        folder / "prices",
        folder / "events.csv",
        benchmark=folder / "index.csv",
        spec=StudySpec(**SPEC),
    )


def stacked(closes):
    parts = [closes.iloc[:, i].dropna() for i in range(closes.shape[1])]
    return pd.concat(
        [p.rename("close").reset_index().assign(symbol=p.name) for p in parts], ignore_index=True
    )


def write(door, closes, folder):
    long = stacked(closes)
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


HOME = (*(market(name, "XNYS", "^MK") for name in ("S1", "S2", "S3")), market("^MK", "XNYS"))


def through_file(door):
    """Return the door of a file of prices: three of the shares and the index, or the world."""

    def vet(case, folder):
        values, markets = case.values, MARKETS
        if case.kind == "closes":
            values = values[["S1", "S2", "S3"]].assign(**{"^MK": case.benchmark})
            if case.values.columns.has_duplicates:
                values = pd.concat(
                    [values.loc[:, ~values.columns.duplicated()], 2 * values["S3"]], axis=1
                )
            values, markets = values.rename_axis("date"), HOME
        return Vetted(vetted(write(door, values, folder), folder, markets=markets))

    return vet


@dataclass(frozen=True)
class Vetted:
    """Prices that passed, with what was said of them."""

    notes: tuple[str, ...]


PRICE_FILES = ("wide", "long", "folder", "Parquet")
#: Every door, and the kinds of data that come to it.
DOORS = {
    "frame": (through_frame, ("returns", "closes")),
    "factors": (through_factors, ("returns", "closes", "factors")),
    "panel": (through_panel, ("returns", "closes")),
    "panel, studied": (through_studied_panel, ()),  # what a method is needed for
    "partitions": (through_partitions, ("returns", "closes")),
    "volume": (through_volume, ("volume",)),
    "cross-section": (through_cross_section, ("characteristics",)),
    **{door: (through_file(door), ("closes", "files")) for door in PRICE_FILES},
}


def doors_of(case):
    """Return the doors a mutation goes through."""
    doors = case.doors or [door for door, (_, kinds) in DOORS.items() if case.kind in kinds]
    return tuple(door for door in DOORS if door in doors)


ANSWERS = {"impossible": OUTCOME, "suspicious": ("said", *OUTCOME), "clean": ("silent",)}
ALL = [
    pytest.param(answer, case, door, id=f"{answer}: {name} ({door})")
    for answer, cases in MUTATIONS.items()
    for name, case in cases.items()
    for door in doors_of(case)
]


@pytest.mark.parametrize(("answer", "case", "door"), ALL)
def test_every_door_answers_as_the_mutation_is_classed(answer, case, door, tmp_path):
    found, words = heard(lambda: DOORS[door][0](case, tmp_path))
    assert found in ANSWERS[answer], words


def test_every_door_is_tried_with_each_class():
    tried = {(case.values[0], case.values[2]) for case in ALL}
    every = {(answer, door) for answer in MUTATIONS for door in DOORS}
    assert every - tried == {("suspicious", "panel, studied"), ("clean", "panel, studied")}


def documented():
    """Return what docs/data.md lists as tried: class, doors and names of mutations."""
    text = (Path(__file__).parents[1] / "docs" / "data.md").read_text(encoding="utf-8")
    table = text[text.index("| class | doors | tried as |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
    return {(answer, doors): set(names.split("; ")) for answer, doors, names in rows}


def test_the_list_of_the_documentation_is_the_one_that_is_tried():
    tried = {}
    for answer, cases in MUTATIONS.items():
        for name, case in cases.items():
            tried.setdefault((answer, " - ".join(doors_of(case))), set()).add(name)
    assert documented() == tried


def test_what_is_said_stands_in_the_description():
    with pytest.warns(PlausibilityWarning, match="S2"):
        result = through_frame(MUTATIONS["suspicious"]["1:10 reverse split"], None)
    assert result.notes[0] in result.describe()
    assert "split of 1 for 10" in result.notes[0]


def refusal(name):
    return heard(lambda: through_frame(MUTATIONS["impossible"][name], None))[1]


def test_codes_and_units_are_named_with_their_remedy():
    assert "code for a missing value" in refusal("code -77 on day 0")
    assert "divide by 100" in refusal("percent")
    assert "basis points, divide by 10,000" in refusal("basis points")
    assert "pct_change" in refusal("levels")
    assert "Subtract 1" in refusal("gross returns")


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
    answer, words = heard(lambda: through_frame(returns(put(RETURNS, column, rows, code)), None))
    assert answer == "refused"
    assert f"{column!r}" in words
    assert "code for a missing value" in words


@settings(max_examples=25, deadline=None, derandomize=True)
@given(ratio=st.sampled_from([0.05, 0.1, 0.2, 5, 7.8, 10, 100, 150]), row=st.integers(5, N - 5))
def test_a_change_of_level_is_said_wherever_it_comes(ratio, row):
    moved = (1 + float(RETURNS["S2"].iloc[row])) * ratio - 1
    answer, words = heard(lambda: through_frame(returns(put(RETURNS, "S2", [row], moved)), None))
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
