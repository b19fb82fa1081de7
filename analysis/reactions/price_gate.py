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
from analysis.engine.series import SeriesSet, correlation
from analysis.engine.suspicious import odd_benchmark
from analysis.prices.quality import standstills
from analysis.prices.sources import YAHOO
from analysis.sessions.calendars import calendar_code, sessions_held
from analysis.sessions.day_gate import FEW, day_fault, held_around, some_days

if TYPE_CHECKING:
    from analysis.prices import Prices
    from analysis.seeds.markets import Market
    from analysis.sessions.closures import Corrections

Days = npt.NDArray[np.datetime64]

#: How services call a hundredth of a currency: pence, cents, agorot.
_HUNDREDTHS = {"GBp": "GBP", "GBX": "GBP", "ZAc": "ZAR", "ILA": "ILS"}
#: Independent numbers around a level have moves with a correlation of -1/2; bid and ask reach -0.4.
_MANY, _TAKEN_BACK = 100, -0.44
#: What closes within so long on one date moves together rather than a session apart.
_TOGETHER, _APART, _STILL = np.timedelta64(180, "m"), 0.24, 0.2
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
        days = _days(prices.closes[symbol].dropna())
        fault = day_fault(
            symbol, exchange, days, source=prices.source, corrections=corrections,
            others=homes.values(), few=0 if prices.source == YAHOO else FEW,
        )  # fmt: skip
        if fault and not accept:
            raise fault
        if fault:
            odd.append(Oddity("accepted", f"accepted by --accept-prices: {fault.found}"))
        else:
            odd += _slips(
                symbol, exchange, np.setdiff1d(days, held_around(exchange, days, corrections))
            )
    returns = {symbol: _own_returns(prices.closes[symbol]) for symbol in homes}
    together = pd.concat(returns, axis=1, sort=True)
    for symbol, found in returns.items():
        among = [together.reindex(found.index).to_numpy()]
        odd += odd_series(_series(symbol, found), among, family=len(returns))
        odd += _noise(symbol, found)
    odd += _out_of_step(returns, homes, benchmarks)
    odd += _a_session_apart(returns, homes, corrections)
    odd += _other_currencies(prices, markets)
    codes = {symbol: calendar_code(exchange) for symbol, exchange in homes.items()}
    odd += [Oddity("standstill", f"{f.text}.") for f in standstills(prices.closes, codes)]
    odd += _swaps(prices.closes[list(homes)])
    return (*told(odd), *prices.odd)


def _slips(symbol: str, exchange: str, surplus: Days) -> Iterator[Oddity]:
    if len(surplus):
        yield Oddity(
            "prices on closed days",
            f"{symbol} has a price on {some_days(surplus)}, when {exchange} was closed; it is not "
            "used.",
        )


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


def _a_session_apart(
    returns: Mapping[str, pd.Series[float]], homes: Mapping[str, str], corrections: Corrections
) -> Iterator[Oddity]:
    """Hold series that close within hours of each other on the same dates against each other."""
    last = {homes[symbol]: _days(found) for symbol, found in returns.items()}
    closes = {exchange: _close(exchange, days, corrections) for exchange, days in last.items()}
    for a, b in combinations(returns, 2):
        if abs(closes[homes[a]] - closes[homes[b]]) > _TOGETHER:
            continue
        both = pd.concat([returns[a], returns[b]], axis=1, join="inner").to_numpy(dtype=float)
        now = correlation(both[:, 0], both[:, 1])
        for first, second, lag in ((a, b, both[1:, 0]), (b, a, both[1:, 1])):
            other = both[:-1, 1] if first == a else both[:-1, 0]
            fits = correlation(lag, other)
            if fits > _APART and now < _STILL * fits:
                yield Oddity(
                    "series out of step",
                    f"{first} seems a session late beside {second}, or {second} early: put right, "
                    f"they correlate {fits:.2f}, as they are {now:.2f}.",
                )


def _close(exchange: str, days: Days, corrections: Corrections) -> np.timedelta64:
    """Return how long after midnight UTC of its date the last session ended."""
    first = days[-1] - np.timedelta64(30, "D")  # longer than any exchange is closed
    held = sessions_held(exchange, str(first), str(days[-1]), corrections)
    return np.timedelta64((held.close_at[-1] - held.session[-1]).astype("timedelta64[m]"))


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
