"""A benchmark aligned by the clock, and whether it already holds the news."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import InputError
from analysis.sessions.axis import MarketSessions
from analysis.sessions.calendars import Instants, first_close_after

ReturnKind = Literal["simple", "log"]


@dataclass(frozen=True, slots=True, eq=False)
class AlignedReturns:
    """Returns of a market and, interval by interval on the clock, of its benchmark.

    Attributes
    ----------
    ret : ndarray of shape (R,)
        Return from close s-1 to close s, decimal; NaN first and where either price is missing.
    benchmark_ret : ndarray of shape (R,)
        Benchmark return between its last closes at or before those two instants, compounded; 0
        where it had no close between them; NaN where its prices do not reach.
    span : ndarray of shape (R,), int
        Number of benchmark closes in the interval; 0 first.
    """

    ret: NDArray[np.float64]
    benchmark_ret: NDArray[np.float64]
    span: NDArray[np.int64]


def aligned_returns(
    sessions: MarketSessions, benchmark: MarketSessions, *, return_kind: ReturnKind = "simple"
) -> AlignedReturns:
    """Pair the returns of a market with those of a benchmark by the clock.

    Parameters
    ----------
    sessions, benchmark
        The market, whose axis the result has, and its benchmark.
    return_kind
        ``simple`` or ``log``.

    Returns
    -------
    AlignedReturns
        The benchmark return of session s is compounded between its last close at or before the
        market's close s-1 and its last close at or before close s.

    Raises
    ------
    InputError
        If ``return_kind`` is neither.
    """
    if return_kind not in ("simple", "log"):
        raise InputError.choice("return_kind", return_kind, ("simple", "log"))
    count = len(sessions.session)
    ret, benchmark_ret = np.full(count, np.nan), np.full(count, np.nan)
    span = np.zeros(count, dtype=np.int64)
    if count > 1:
        ret[1:] = _change(sessions.price[1:] / sessions.price[:-1], return_kind)
    if count > 1 and len(benchmark.session):
        at = first_close_after(benchmark.close_at, sessions.close_at)
        span[1:] = np.diff(at)
        known = (at[:-1] > 0) & (sessions.close_at[1:] < benchmark.known_until)
        ratio = benchmark.price[at[1:] - 1] / benchmark.price[at[:-1] - 1]
        ratio = np.where(span[1:] == 0, 1.0, ratio)
        benchmark_ret[1:] = np.where(known, _change(ratio, return_kind), np.nan)
    return AlignedReturns(ret=ret, benchmark_ret=benchmark_ret, span=span)


def _change(ratio: NDArray[np.float64], return_kind: ReturnKind) -> NDArray[np.float64]:
    change: NDArray[np.float64] = np.log(ratio) if return_kind == "log" else ratio - 1.0
    return change


def contains_news(
    instant: np.datetime64 | Instants, close_at: Instants, benchmark_close_at: Instants
) -> NDArray[np.bool_]:
    """Tell on which closes the benchmark return already holds the news.

    Parameters
    ----------
    instant
        Moment of the news, UTC: one, or one for each close.
    close_at
        Closes of the market, UTC.
    benchmark_close_at
        Closes of the benchmark, ascending, UTC.

    Returns
    -------
    ndarray of bool
        True where the benchmark has closed after the news, at or before that close.
    """
    before = first_close_after(benchmark_close_at, instant)
    held: NDArray[np.bool_] = first_close_after(benchmark_close_at, close_at) > before
    return held
