"""The list of mutations: what is impossible, suspicious and clean, whichever door it comes to."""

import numpy as np
import pandas as pd
from gate_data import (
    BOND,
    CALM,
    CLOSES,
    CRASH,
    DAY0,
    FACTORS,
    FOLLOWS,
    INDEX,
    LEVELS,
    NEWS,
    ONE_DAY,
    OTHERS,
    PENNY,
    PRICES,
    RETURNS,
    RNG,
    SESSIONS,
    THIN,
    VOLUME,
    WILD,
    K,
    N,
    a_day_late,
    bumped,
    calm,
    characteristics,
    closes,
    copied,
    duplicated,
    factor_from,
    factors,
    files,
    frame,
    halves,
    later,
    levels,
    on_a_line,
    one_late,
    put,
    returns,
    scaled,
    swapped,
    volume,
)

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
