"""Closes from Yahoo through yfinance: one symbol at a time, bounded retries, no silent gaps.

yfinance answers every fault with an empty frame and "possibly delisted", and keeps a bad answer in
its in-process cache. Here exceptions are not hidden, the cache is cleared before each retry, and an
empty frame is an error.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import PriceError
from analysis.prices.checks import PriceTable

FIRST_DAY = date(2024, 1, 1)
_REMEDY = "Try again in some minutes, or use the prices of the project: --prices snapshot."
_COLUMN = {"close": "Close", "adj_close": "Adj Close"}


def fetch_closes(
    symbols: Sequence[str],
    *,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
    kind: str = "close",
    session: Any = None,
    pauses: Sequence[float] = (3.0, 20.0),
    timeout: float = 15.0,
    now: datetime | None = None,
) -> tuple[PriceTable, tuple[str, ...]]:
    """Download daily closes.

    Parameters
    ----------
    symbols
        Yahoo symbols.
    start, end
        First and last date, both included; None for 2024-01-01 and today.
    kind
        ``close`` (adjusted for splits) or ``adj_close`` (for dividends too).
    session
        curl_cffi or requests session; None for the client's own.
    pauses
        Seconds to wait before each further attempt; as many attempts more.
    timeout
        Seconds a request may take.
    now
        The present; None for the clock. A bar whose session has not closed by then is left out.

    Returns
    -------
    table : PriceTable
        One row for each date on which any symbol has a price.
    notes : tuple of str
        Client, and bars left out.

    Raises
    ------
    PriceError
        Naming each symbol that could not be had, and why.
    """
    import yfinance

    first = start if start is not None else np.datetime64(FIRST_DAY, "D")
    present = now or datetime.now(UTC)
    last = end if end is not None else np.datetime64(present.date(), "D") + 1
    request = {
        "start": str(first),
        "end": str(last + np.timedelta64(1, "D")),
        "auto_adjust": False,
        "actions": True,
        "timeout": timeout,
    }
    found: dict[str, pd.Series[float]] = {}
    failed: dict[str, str] = {}
    notes = [f"Yahoo Finance through yfinance {yfinance.__version__}"]
    with _strict_client() as heard:
        for symbol in symbols:
            try:
                closes, open_bar = _one(symbol, request, kind, session, pauses, present, heard)
            except _NoAnswerError as error:
                failed[symbol] = str(error)
                if error.limited:
                    break
                continue
            found[symbol] = closes
            if open_bar:
                notes.append(f"{symbol}: {open_bar} was still trading and is left out")
    if failed:
        raise PriceError(
            f"Yahoo, {first} to {last}",
            "; ".join(f"no prices of {symbol} ({cause})" for symbol, cause in failed.items()),
            "every symbol asked for needs prices.",
            _REMEDY,
        )
    return PriceTable("Yahoo", pd.DataFrame(found).sort_index()), tuple(notes)


class _NoAnswerError(Exception):
    """No usable answer for one symbol after all attempts."""

    def __init__(self, cause: str, *, limited: bool) -> None:
        self.limited = limited
        super().__init__(cause)


def _one(
    symbol: str,
    request: dict[str, Any],
    kind: str,
    session: Any,
    pauses: Sequence[float],
    now: datetime,
    heard: list[str],
) -> tuple[pd.Series[float], str | None]:
    """Return the closes of one symbol, and the date of a bar left out because it is not final."""
    from yfinance.data import YfData
    from yfinance.exceptions import YFRateLimitError

    cause, limited = "", False
    for attempt in range(len(pauses) + 1):
        if attempt:
            time.sleep(pauses[attempt - 1])
        YfData.cache_get.cache_clear()
        heard.clear()
        try:
            return _download(symbol, request, kind, session, now)
        except Exception as error:  # the client raises whatever its parts raise
            limited = isinstance(error, YFRateLimitError)
            cause = " ".join(str(error).split())[:200] or type(error).__name__
            if heard and heard[-1] not in cause:
                cause += f"; the client says: {heard[-1][:200]}"
    raise _NoAnswerError(f"{len(pauses) + 1} attempts, last: {cause}", limited=limited)


def _download(
    symbol: str, request: dict[str, Any], kind: str, session: Any, now: datetime
) -> tuple[pd.Series[float], str | None]:
    import yfinance

    ticker = yfinance.Ticker(symbol, session=session)
    frame = ticker.history(**request)
    if frame.empty or _COLUMN[kind] not in frame:
        raise LookupError("the answer holds no prices")
    closes = frame[_COLUMN[kind]].dropna().astype(float)
    closes.index = pd.DatetimeIndex(closes.index.tz_localize(None).normalize(), name="session")
    closes.index = closes.index.as_unit("us")
    final = _final(closes.index, ticker.history_metadata.get("currentTradingPeriod"), now)
    left_out = None if final.all() else f"{closes.index[-1]:%Y-%m-%d}"
    return closes[final], left_out


def _final(index: pd.DatetimeIndex, periods: Any, now: datetime) -> NDArray[np.bool_]:
    """Tell which bars are final: all but those of a session that Yahoo says is still open."""
    close = ((periods or {}).get("regular") or {}).get("end")
    if not isinstance(close, pd.Timestamp) or pd.Timestamp(now) >= close:
        return np.ones(len(index), dtype=bool)
    final: NDArray[np.bool_] = index.to_numpy() < np.datetime64(close.date(), "us")
    return final


@contextlib.contextmanager
def _strict_client() -> Iterator[list[str]]:
    """Make the client raise, keep its caches in a temporary folder, listen to its log instead."""
    import yfinance

    yfinance.set_tz_cache_location(_cache_folder().name)
    hidden = yfinance.config.debug.hide_exceptions
    logger = logging.getLogger("yfinance")
    heard: list[str] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    muted, spreading = list(logger.handlers), logger.propagate
    logger.handlers, logger.propagate = [listener], False
    yfinance.config.debug.hide_exceptions = False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="yfinance")
            yield heard
    finally:
        yfinance.config.debug.hide_exceptions = hidden
        logger.handlers, logger.propagate = muted, spreading


@functools.lru_cache(maxsize=1)
def _cache_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="market-reaction-yahoo-", ignore_cleanup_errors=True)
