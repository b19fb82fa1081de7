"""Simulated bars of a New York share and of futures, and the catalogue the reference rows need."""

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from analysis.prices import prices_from_frame
from analysis.prices.bars import bars_from_frame
from analysis.seeds.markets import Market
from analysis.sessions import market_sessions
from analysis.sessions.closures import Corrections

SHARE = Market("SH", "Share", "Share", "stock", "XNYS", "USD", "study", None, "")
ZONE = "America/New_York"


def catalogue():
    """The events of the reference rows, in the file's order."""
    table = pd.read_csv(Path(__file__).parent / "reference" / "minute_catalogue.csv")
    return [
        event(r.id, r.announced_at, earliest=r.earliest, latest=r.latest)
        for r in table.itertuples(index=False)
    ]


def event(name, best, *, earliest=None, latest=None):
    """An event known at a minute, or within bounds."""
    moment = datetime.fromisoformat
    return SimpleNamespace(
        id=name,
        announced_at=moment(best),
        earliest=moment(earliest or best),
        latest=moment(latest or best),
        markets=None,
    )


def sessions_of(start="2024-01-02", end="2025-03-31", *, market=SHARE, level=100.0, seed=1):
    """Sessions of an exchange with simulated official closes."""
    days = pd.bdate_range(start, end)
    closes = level * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, len(days))))
    frame = pd.DataFrame({"date": days, market.symbol: closes})
    return market_sessions(market, prices_from_frame(frame), corrections=Corrections())


def bar_frame(sessions, *, step=30, seed=2, symbol="SH"):
    """Bars of every session, by the instants they ended, near the official closes."""
    rng, rows = np.random.default_rng(seed), []
    for open_at, close_at, price in zip(
        sessions.open_at, sessions.close_at, sessions.price, strict=True
    ):
        ends = np.arange(open_at, close_at, np.timedelta64(step, "m"))[1:]
        ends = np.append(ends, close_at)
        steps = rng.normal(0, 0.002, len(ends))
        path = price * np.exp(np.cumsum(steps) - steps.sum())
        rows += [(f"{at}Z", symbol, value) for at, value in zip(ends, path, strict=True)]
    return pd.DataFrame(rows, columns=["bar_end", "symbol", "close"])


def bars_of(frame, **options):
    """The one series of a frame."""
    return next(iter(bars_from_frame(frame, **options).values()))


def futures_frame(start="2024-01-01", end="2025-03-31", *, seed=3):
    """Hourly bars of a market that trades from 18:00 to 17:00 in New York, in UTC."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range(start, end).to_numpy().astype("datetime64[D]")
    ends = [d.astype("datetime64[h]") + h for d in days for h in range(-5, 18)]
    local = pd.DatetimeIndex(np.array(ends, dtype="datetime64[s]"))
    utc = local.tz_localize(ZONE, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")
    close = 5000 * np.exp(np.cumsum(rng.normal(0, 0.001, len(utc))))
    stamps = utc.strftime("%Y-%m-%dT%H:%MZ")
    return pd.DataFrame({"bar_end": stamps, "close": close, "segment": 0})
