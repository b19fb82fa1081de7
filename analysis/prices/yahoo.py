"""Daily bars from Yahoo through yfinance: one symbol at a time, bounded retries, no silent gaps.

The client brings session, cookie, crumb and consent. What it makes of an answer is not used: it
hides every fault behind "possibly delisted" and drops bars unsaid. See `yahoo_answer`.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from analysis.errors import InputError
from analysis.prices.yahoo_answer import Bars, parse_chart
from analysis.prices.yahoo_fault import ChartError, FaultKind

FIRST_DAY = date(2024, 1, 1)
"""First day asked for when the user names none."""

_TIMEOUT = 15.0
_ADDRESS = "https://query2.finance.yahoo.com/v8/finance/chart/"
_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.=&_-]{0,29}")
_PAUSES: dict[str, tuple[float, ...]] = {
    "limited": (30.0, 90.0),
    "network": (1.0, 5.0),
    "answer": (2.0, 8.0),
}

Tell = Callable[[str], None]


def check_symbol(symbol: str) -> str:
    """Return a symbol that is safe in addresses and file names.

    Raises
    ------
    InputError
        If it is not a symbol of Yahoo Finance.
    """
    if _SYMBOL.fullmatch(symbol):
        return symbol
    near = symbol.strip().upper()
    raise InputError(
        "symbol",
        symbol[:60],
        "a symbol of Yahoo Finance has capitals, digits and . - = & _, after ^ for an index.",
        f"Did you mean {near}?" if _SYMBOL.fullmatch(near) else "For example NVDA or ^N225.",
    )


#: Answers whose JSON says what is wrong: no such symbol, a span that is not served.
_SAID = (400, 404, 422)


def fetch_bars(
    symbol: str,
    *,
    first: date,
    last: date | None = None,
    session: Any = None,
    pauses: Sequence[float] | None = None,
    timeout: float = _TIMEOUT,
    now: datetime | None = None,
    tell: Tell | None = None,
) -> Bars:
    """Download the daily bars of one symbol.

    Parameters
    ----------
    symbol
        Yahoo symbol.
    first, last
        First and last local date, both included; ``last`` None for all that are final.
    session
        curl_cffi or requests session; None for the client's own.
    pauses
        Seconds to wait before each further attempt, as many attempts more; None for pauses that
        suit the fault (long ones after "too many requests").
    timeout
        Seconds a request may take.
    now
        The present, aware; None for the clock. A bar that is not final by then is left out.
    tell
        Told of every wait; None for standard error.

    Raises
    ------
    ChartError
        With the cause; ``network`` tells whether the service is at fault.
    """
    present = now or datetime.now(UTC)
    until = last or present.date() + timedelta(days=1)
    say, short = tell or to_stderr, None
    with _quiet_client():
        for attempt in itertools.count(1):
            try:
                span = (_midnight(first - timedelta(days=1)), _midnight(until + timedelta(days=2)))
                body = _ask(symbol, span, session=session, timeout=timeout)
                bars = parse_chart(body, symbol=symbol, first=first, last=until, now=present)
            except ChartError as fault:
                pausing = waits(fault.kind, pauses)
                if attempt > len(pausing) and short is not None:
                    return short
                if attempt > len(pausing):
                    tried = f"{attempt} attempts, last: " if attempt > 1 else ""
                    raise ChartError(f"{tried}{fault}", kind=fault.kind) from fault
                cause = str(fault)
            else:
                if short is not None or not bars.lacks_last(min(until, bars.final_until(present))):
                    return bars
                pausing = waits("answer", pauses)
                short = bars
                cause = f"the bar of {bars.last_trade} is missing"
            pause = pausing[min(attempt, len(pausing)) - 1] if pausing else 0.0
            say(f"Yahoo, {symbol}: {cause}; asking again in {pause:g} s")
            time.sleep(pause)
    raise AssertionError


def waits(kind: FaultKind, pauses: Sequence[float] | None) -> Sequence[float]:
    """Return the pauses before each further attempt after a fault."""
    if kind == "unknown":
        return ()
    return _PAUSES[kind] if pauses is None else pauses


def ask(
    symbol: str, span: tuple[datetime, datetime], *, interval: str, session: Any = None
) -> bytes:
    """Return the answer for the bars of an interval between two instants."""
    with _quiet_client():
        return _ask(symbol, span, session=session, timeout=_TIMEOUT, interval=interval)


def _ask(
    symbol: str,
    span: tuple[datetime, datetime],
    *,
    session: Any,
    timeout: float,
    interval: str = "1d",
) -> bytes:
    """Return the body of one answer; the client is made to forget what it has in its cache."""
    from yfinance.data import YfData
    from yfinance.exceptions import YFRateLimitError

    params = {
        "period1": int(span[0].timestamp()),
        "period2": int(span[1].timestamp()),
        "interval": interval,
        "includePrePost": False,
        "events": "div,splits,capitalGains",
    }
    try:
        client = YfData(session=session)
        url = _ADDRESS + quote(check_symbol(symbol), safe="")
        response = client.get(url=url, params=params, timeout=timeout)
        status, body = int(response.status_code), bytes(response.content)
    except YFRateLimitError:
        raise ChartError("too many requests (HTTP 429)", kind="limited") from None
    except Exception as error:  # the client raises whatever its parts raise
        raise ChartError(f"no connection ({_cause(error)})", kind="network") from error
    if status == 429:
        raise ChartError("too many requests (HTTP 429)", kind="limited")
    if status >= 400 and (status not in _SAID or body.lstrip()[:1] != b"{"):
        raise ChartError(f"HTTP {status}", kind="network")
    return body


def _cause(error: Exception) -> str:
    """Return what an error of the transport says, without its preamble and its advice."""
    said = " ".join(str(error).split())
    said = re.sub(r"^.*curl: \(\d+\) |\.? See https?://.*$", "", said)
    return said[:160] or type(error).__name__


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def to_stderr(message: str) -> None:
    """Tell of a wait where warnings go."""
    print(message, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _quiet_client() -> Iterator[None]:
    """Keep the client's caches in a temporary folder and its log to itself."""
    import yfinance

    yfinance.set_tz_cache_location(_client_folder().name)
    logger = logging.getLogger("yfinance")
    handlers, spreading = list(logger.handlers), logger.propagate
    logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=DeprecationWarning, module="yfinance")
            yield
    finally:
        logger.handlers, logger.propagate = handlers, spreading


@functools.lru_cache(maxsize=1)
def _client_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="market-reaction-yahoo-", ignore_cleanup_errors=True)
