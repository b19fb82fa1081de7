"""The gate of every run on prices: held against the calendars of their exchanges, then each other.

``prices check`` reports everything there is to know. A run asks the same before it computes: what
cannot be is refused with the likely cause, what can be but is unlikely stands in its notes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.gate import odd_series
from analysis.engine.oddity import Oddity, told
from analysis.engine.series import SeriesSet
from analysis.engine.suspicious import odd_benchmark
from analysis.errors import PriceError
from analysis.prices.quality import standstills
from analysis.prices.sources import YAHOO
from analysis.sessions.calendars import calendar_code, sessions_held

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.seeds.markets import Market
    from analysis.sessions.closures import Corrections

Days = npt.NDArray[np.datetime64]

#: Prices on more days than this on which the exchange was closed are no slips; Yahoo's bars of
#: such days are copies of the day before, and none of them is one.
_FEW = 3
#: A weekday with fewer prices than this share of its sessions (of so many) never has one.
_NEVER, _SESSIONS, _OTHERWISE = 0.1, 15, 0.5
#: Share of prices on sessions that makes a calendar, or a shift, fit.
_FITS = 0.98
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ACCEPT = "If they are right all the same, run with --accept-prices."
#: How services call a hundredth of a currency: pence, cents, agorot.
_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ILA": "ILS"}
#: Independent numbers around a level have moves with a correlation of -1/2; bid and ask reach -0.4.
_MANY, _TAKEN_BACK = 100, -0.44
#: Two series change places if each takes on the level of the other, and both moved by this much.
_SWAPPED, _SWAP_MOVE = 0.3, 0.08


def vet_prices(
    prices: Prices,
    markets: Sequence[Market],
    corrections: Corrections,
    *,
    benchmarks: Mapping[str, str],
    accept: bool = False,
) -> tuple[str, ...]:
    """Refuse prices that cannot belong to their exchanges, and say what is unlikely about the rest.

    Parameters
    ----------
    prices
        Checked closes.
    markets
        Where each symbol trades.
    corrections
        What calendar packages get wrong.
    benchmarks
        Symbols of markets and of what each is measured against.
    accept
        Whether a person has looked at the prices and wants them: nothing is refused then, and what
        would have been stands among the notes.

    Returns
    -------
    tuple of str
        Sentences; empty for clean prices.

    Raises
    ------
    PriceError
        Naming the symbol, its days and the likely cause.
    """
    homes = {m.symbol: m.exchange for m in markets if m.symbol in prices.closes}
    odd: list[Oddity] = []
    for symbol, exchange in homes.items():
        for fault in _calendar_faults(symbol, exchange, prices, homes, corrections, odd):
            if not accept:
                raise fault
            odd.append(Oddity("accepted", f"accepted by --accept-prices: {fault.found}"))
    returns = {symbol: _own_returns(prices.closes[symbol]) for symbol in homes}
    for symbol, found in returns.items():
        odd += odd_series(_series(symbol, found), family=len(returns))
        odd += _noise(symbol, found)
    odd += _out_of_step(returns, homes, benchmarks)
    odd += _other_currencies(prices, markets)
    codes = {symbol: calendar_code(exchange) for symbol, exchange in homes.items()}
    odd += [Oddity("standstill", f"{f.text}.") for f in standstills(prices.closes, codes)]
    odd += _swaps(prices.closes[list(homes)])
    return (*told(odd), *prices.odd)


def _calendar_faults(
    symbol: str,
    exchange: str,
    prices: Prices,
    homes: Mapping[str, str],
    corrections: Corrections,
    odd: list[Oddity],
) -> Iterator[PriceError]:
    """Find prices on closed days and weekdays without any; few slips are only odd."""
    days = _days(prices.closes[symbol].dropna())
    held = _held(exchange, days, corrections)
    surplus = np.setdiff1d(days, held)
    absent = _weekday_without(days, held)
    if not len(surplus) and absent is None:
        return
    if len(surplus) > (0 if prices.source == YAHOO else _FEW) or absent is not None:
        found = [f"prices on {_some(surplus)}, when {exchange} was closed"] if len(surplus) else []
        found += [f"no price on any {absent}" if absent else ""]
        yield PriceError(
            prices.source,
            f"{symbol} has {' and '.join(filter(None, found))}",
            "prices lie on the sessions of their exchange.",
            f"{_cause(days, exchange, homes, corrections, surplus)} {_ACCEPT}",
        )
        return
    odd.append(
        Oddity(
            "prices on closed days",
            f"{symbol} has a price on {_some(surplus)}, when {exchange} was closed; it is not "
            "used.",
        )
    )


def _held(exchange: str, days: Days, corrections: Corrections) -> Days:
    first, last = days[0] - np.timedelta64(7, "D"), days[-1] + np.timedelta64(7, "D")
    return sessions_held(exchange, str(first), str(last), corrections).session


def _weekday_without(days: Days, held: Days) -> str | None:
    """Name a weekday that has sessions and next to no prices, while another has them."""
    inside = held[(held >= days[0]) & (held <= days[-1])]
    weekday = (inside.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    priced = np.isin(inside, days)
    n = np.bincount(weekday, minlength=7)
    share = np.bincount(weekday, priced, minlength=7) / np.maximum(n, 1)
    never = np.flatnonzero((n >= _SESSIONS) & (share < _NEVER))
    return _WEEKDAYS[never[0]] if len(never) and share.max() > _OTHERWISE else None


def _cause(
    days: Days, exchange: str, homes: Mapping[str, str], corrections: Corrections, surplus: Days
) -> str:
    """Say what would explain dates that do not fit: a shift by a day, or another exchange."""
    held = _held(exchange, days, corrections)
    if len(surplus) <= _FEW and np.isin(days, held).mean() >= _FITS:
        return (
            "A service that copies the close of the day before fills such days in; if the exchange "
            "did trade, name them in data/calendar_corrections.csv."
        )
    for shift, what in ((-1, "late"), (1, "early")):
        if _fit(days + np.timedelta64(shift, "D"), held):
            return (
                f"Every date seems a day {what}, as UTC midnights of another zone are: write the "
                "local date of the exchange."
            )
    for other in dict.fromkeys([*homes.values(), "XNYS", "XLON", "XTKS", "XHKG", "XTAI", "XETR"]):
        if other != exchange and _fit(days, _held(other, days, corrections)):
            return f"They fit the sessions of {other}: correct `exchange` in seeds/markets.yaml."
    return "Compare the dates with the exchange's own; are they of another exchange or zone?"


def _fit(days: Days, held: Days) -> bool:
    inside = held[(held >= days[0]) & (held <= days[-1])]
    return bool(np.isin(days, held).mean() >= _FITS and np.isin(inside, days).mean() >= _FITS)


def _own_returns(closes: pd.Series[float]) -> pd.Series[float]:
    return closes.dropna().pct_change(fill_method=None).iloc[1:]


def _series(name: str, returns: pd.Series[float]) -> SeriesSet:
    values = np.asarray(returns, dtype=np.float64)[:, None]
    return SeriesSet("prices", (name,), values, _days(returns), "simple")


def _noise(symbol: str, returns: pd.Series[float]) -> Iterator[Oddity]:
    """Tell prices from what only looks like them: every move is taken back by the next."""
    moves = returns.to_numpy(dtype=float)
    if len(moves) < _MANY or not np.std(moves) > 0:
        return
    back = float(np.corrcoef(moves[1:], moves[:-1])[0, 1])
    if back < _TAKEN_BACK:
        yield Oddity(
            "no prices",
            f"{symbol}: moves are taken back the session after (correlation {back:.2f}), as those "
            "of gross returns or noise around a level are: are these prices?",
        )


def _out_of_step(
    returns: Mapping[str, pd.Series[float]],
    homes: Mapping[str, str],
    benchmarks: Mapping[str, str],
) -> Iterator[Oddity]:
    """Hold each market against its benchmark where both close together."""
    for symbol, benchmark in benchmarks.items():
        if benchmark not in returns or symbol not in returns:
            continue
        if calendar_code(homes[symbol]) == calendar_code(homes[benchmark]):
            both = pd.concat([returns[symbol], returns[benchmark]], axis=1, join="inner")
            mine, other = both.iloc[:, 0], both.iloc[:, 1]
            pair = _series(symbol, mine), _series(benchmark, other)
            for oddity in odd_benchmark(*pair, together=True):
                yield Oddity(oddity.kind, f"{symbol}: {oddity.text}")


def _other_currencies(prices: Prices, markets: Sequence[Market]) -> Iterator[Oddity]:
    """Compare what the source quotes in with the seeds; a hundredth of a currency is that one."""
    for market in markets:
        quoted = prices.currencies.get(market.symbol, market.currency)
        whole = [_HUNDREDTHS.get(currency, currency) for currency in (quoted, market.currency)]
        if whole[0] != whole[1]:
            yield Oddity(
                "another currency",
                f"{market.symbol} is quoted in {quoted}, while seeds/markets.yaml says "
                f"{market.currency}: another listing?",
            )


def _swaps(closes: pd.DataFrame) -> Iterator[Oddity]:
    """Find the days on which two series change places."""
    filled = closes.dropna(how="all").ffill()
    logs = pd.DataFrame(np.log(filled.to_numpy()), index=filled.index, columns=filled.columns)
    moves = logs.diff()
    for a, b in combinations(logs.columns, 2):
        both = (moves[a].abs() > _SWAP_MOVE) & (moves[b].abs() > _SWAP_MOVE)
        crossed = (logs[a] - logs[b].shift()).abs() + (logs[b] - logs[a].shift()).abs()
        swapped = both & (crossed < _SWAPPED * (moves[a].abs() + moves[b].abs()))
        if swapped.any():
            yield Oddity(
                "series that change places",
                f"{a} and {b} change places on {_days(logs[swapped])[0]}: each goes on from the "
                "price of the other.",
            )


def _days(frame: pd.Series[float] | pd.DataFrame) -> Days:
    return np.asarray(frame.index.to_numpy().astype("datetime64[D]"))


def _some(days: Days) -> str:
    shown = ", ".join(np.datetime_as_string(days[:_FEW], unit="D").tolist())
    return shown + (f" and {len(days) - _FEW} more days" if len(days) > _FEW else "")
