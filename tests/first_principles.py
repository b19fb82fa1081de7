"""Day 0, betas, AR and SAR of every event worked out again, with loops, pandas and statsmodels.

Shares no code with the package: it reads the two files itself, asks exchange_calendars for
sessions and statsmodels for regressions and forecast errors.
"""

from __future__ import annotations

import csv
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import exchange_calendars
import numpy as np
import statsmodels.api as sm
import yaml

ROOT = Path(__file__).resolve().parents[1]
MARKETS = {"NVDA": "XNYS", "^N225": "XTKS", "^TWII": "XTAI", "^HSI": "XHKG"}
ESTIMATION = range(-130, -10)
EVENT = range(-5, 11)


def read_closes() -> dict[str, dict[str, float]]:
    """Closes by symbol and date; blanks are left out."""
    with (ROOT / "data" / "closes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        symbol: {row["date"]: float(row[symbol]) for row in rows if row[symbol]}
        for symbol in rows[0]
        if symbol != "date"
    }


def close_instants(code: str, dates: list[str]) -> list[datetime]:
    """Closing instants in UTC; Hong Kong's auction ends ten minutes after the calendar's close."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own use of pandas
        calendar = exchange_calendars.get_calendar(code, start="2023-12-01", end="2026-01-15")
    extra = timedelta(minutes=10 if code == "XHKG" else 0)
    return [calendar.session_close(day).to_pydatetime().astimezone(UTC) + extra for day in dates]


def study() -> dict[tuple[str, str], dict[str, object]]:
    """Return day 0, beta, sigma, AR and SAR by (event id, market)."""
    closes = read_closes()
    events = yaml.safe_load((ROOT / "seeds" / "events.yaml").read_text(encoding="utf-8"))
    benchmark_dates = sorted(closes["^GSPC"])
    benchmark_closes = close_instants("XNYS", benchmark_dates)
    found = {}
    for symbol, code in MARKETS.items():
        dates = sorted(closes[symbol])
        at = close_instants(code, dates)
        ret, bench = [np.nan], [np.nan]
        for i in range(1, len(dates)):
            ret.append(closes[symbol][dates[i]] / closes[symbol][dates[i - 1]] - 1)
            before = [
                d for d, c in zip(benchmark_dates, benchmark_closes, strict=True) if c <= at[i - 1]
            ]
            until = [
                d for d, c in zip(benchmark_dates, benchmark_closes, strict=True) if c <= at[i]
            ]
            bench.append(
                closes["^GSPC"][until[-1]] / closes["^GSPC"][before[-1]] - 1 if before else np.nan
            )
        for event in events:
            best = datetime.fromisoformat(event["announced"]["best"].replace("Z", "+00:00"))
            day0 = next(i for i, close in enumerate(at) if close > best)
            y = np.array([ret[day0 + k] for k in ESTIMATION])
            x = np.array([bench[day0 + k] for k in ESTIMATION])
            fit = sm.OLS(y, sm.add_constant(x)).fit()
            x_event = np.array([bench[day0 + k] for k in EVENT])
            forecast = fit.get_prediction(np.column_stack([np.ones(len(EVENT)), x_event]))
            ar = np.array([ret[day0 + k] for k in EVENT]) - forecast.predicted_mean
            found[event["id"], symbol] = {
                "day0": dates[day0],
                "beta": fit.params[1],
                "sigma": float(np.sqrt(fit.mse_resid)),
                "ar": ar,
                "sar": ar / forecast.se_obs,
            }
    return found
