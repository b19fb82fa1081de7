"""A small local server that speaks Yahoo's chart format, and a session that leads the client to it.

The client is the real one, cookie and crumb requests included: only host names are rewritten.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

Answer = tuple[int, str, str]
Faults = Mapping[str, Answer]
Chart = dict[str, Any]

HTML = (200, "text/html", "<html><body>Will you accept cookies?</body></html>")
LIMITED = (429, "text/plain", "Too Many Requests")
UNKNOWN = (
    404,
    "application/json",
    json.dumps(
        {
            "chart": {
                "result": None,
                "error": {
                    "code": "Not Found",
                    "description": "No data found, symbol may be delisted",
                },
            }
        }
    ),
)


@dataclass(frozen=True)
class Series:
    """Daily bars of one symbol; ``closes_at`` is the local end of its regular session."""

    timezone: str
    opens_at: time
    closes_at: time
    closes: Mapping[date, float | None]
    adjusted: Mapping[date, float | None] = field(default_factory=dict)
    currency: str = "USD"
    kind: str = "INDEX"
    splits: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    dividends: Mapping[date, float] = field(default_factory=dict)
    gains: Mapping[date, float] = field(default_factory=dict)

    def chart(self, symbol: str, period: tuple[int, int] = (-(10**10), 10**10)) -> Chart:
        """Return the answer about the days that begin within a period."""
        days = [day for day in sorted(self.closes) if period[0] <= self._opening(day) < period[1]]
        prices = [self.closes[day] for day in days]
        quote: Chart = dict.fromkeys(("open", "high", "low", "close"), prices)
        quote["volume"] = [0] * len(days)
        adjusted = [self.adjusted.get(day, self.closes[day]) for day in days]
        result = {
            "meta": self._meta(symbol),
            "timestamp": [self._opening(day) for day in days],
            "indicators": {"quote": [quote], "adjclose": [{"adjclose": adjusted}]},
            "events": self._events(),
        }
        return {"chart": {"result": [result], "error": None}}

    def _opening(self, day: date) -> int:
        return int(datetime.combine(day, self.opens_at, ZoneInfo(self.timezone)).timestamp())

    def _regular(self) -> Chart:
        """Return the hours of the last day."""
        zone, last = ZoneInfo(self.timezone), max(self.closes)
        start = datetime.combine(last, self.opens_at, zone)
        seconds = zone.utcoffset(start.replace(tzinfo=None)) or timedelta()
        return {
            "timezone": start.tzname(),
            "start": int(start.timestamp()),
            "end": int(datetime.combine(last, self.closes_at, zone).timestamp()),
            "gmtoffset": int(seconds.total_seconds()),
        }

    def _meta(self, symbol: str) -> Chart:
        regular = self._regular()
        return {
            "currency": self.currency,
            "symbol": symbol,
            "exchangeName": "TST",
            "fullExchangeName": "Test",
            "instrumentType": self.kind,
            "firstTradeDate": 0,
            "regularMarketTime": regular["end"],
            "gmtoffset": regular["gmtoffset"],
            "timezone": regular["timezone"],
            "exchangeTimezoneName": self.timezone,
            "regularMarketPrice": self.closes[max(self.closes)],
            "priceHint": 2,
            "currentTradingPeriod": {part: dict(regular) for part in ("pre", "regular", "post")},
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "5d", "1mo", "max"],
        }

    def _events(self) -> Chart:
        """Return splits, dividends and capital gains."""
        splits = {day: {"numerator": n, "denominator": d} for day, (n, d) in self.splits.items()}
        kinds: dict[str, Mapping[date, Chart]] = {"splits": splits}
        for name, paid in (("dividends", self.dividends), ("capitalGains", self.gains)):
            kinds[name] = {day: {"amount": amount} for day, amount in paid.items()}
        return {
            kind: {str(day): {"date": self._opening(day), **said} for day, said in found.items()}
            for kind, found in kinds.items()
        }


class YahooServer:
    """What the server knows, and what it was asked.

    Attributes
    ----------
    series
        Answers by symbol; a symbol it does not know is not found.
    faults
        Status, content type and body to answer instead, by symbol.
    twist
        By symbol, what to do to a sound chart before it is sent.
    healthy_after
        Number of chart requests of a symbol after which its fault or twist is over.
    asked
        Number of chart requests by symbol.
    periods
        First and last moment of each chart request.
    missing_bytes
        By symbol, bytes announced and never sent.
    seconds
        By symbol, how long an answer takes.
    """

    def __init__(self, series: Mapping[str, Series], faults: Faults | None = None) -> None:
        self.series = dict(series)
        self.faults = dict(faults or {})
        self.healthy_after: dict[str, int] = {}
        self.twist: dict[str, Callable[[Chart], Any]] = {}
        self.missing_bytes: dict[str, int] = {}
        self.seconds: dict[str, float] = {}
        self.periods: list[tuple[int, int]] = []
        self.asked: Counter[str] = Counter()
        self.port = 0

    def answer(self, path: str) -> tuple[int, str, str]:
        route = unquote(urlsplit(path).path)
        if route.endswith("/getcrumb"):
            return 200, "text/plain", "crumb"
        if "/chart/" not in route:
            return 404, "text/plain", "nothing here"
        symbol = route.rsplit("/", 1)[1]
        self.asked[symbol] += 1
        ill = self.asked[symbol] <= self.healthy_after.get(symbol, 10**9)
        if symbol in self.faults and ill:
            return self.faults[symbol]
        if symbol not in self.series:
            return UNKNOWN
        query = parse_qs(urlsplit(path).query)
        self.periods.append((int(query["period1"][0]), int(query["period2"][0])))
        chart = self.series[symbol].chart(symbol, self.periods[-1])
        if symbol in self.twist and ill:
            changed = self.twist[symbol](chart["chart"]["result"][0])
            if isinstance(changed, str):
                return 200, "application/json", changed
        return 200, "application/json", json.dumps(chart)

    def ill(self, path: str) -> str:
        """Return the symbol asked for if its fault is not over yet."""
        symbol = unquote(urlsplit(path).path).rsplit("/", 1)[1]
        return symbol if self.asked[symbol] <= self.healthy_after.get(symbol, 10**9) else ""

    def session(self) -> Any:
        """Return a session of the client's own kind that asks this server whatever the host."""
        from curl_cffi import requests

        port = self.port

        class ReplaySession(requests.Session):  # type: ignore[type-arg]
            def request(self, method: Any, url: str, *args: Any, **kwargs: Any) -> Any:
                local = re.sub(r"^https://([^/]+)", rf"http://127.0.0.1:{port}/\1", url)
                return super().request(method, local, *args, **kwargs)

        return ReplaySession(impersonate="chrome")


@contextmanager
def serving(yahoo: YahooServer) -> Iterator[YahooServer]:
    """Run the server on a free local port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content_type, body = yahoo.answer(self.path)
            payload = body.encode()
            ill = yahoo.ill(self.path)
            sleep(yahoo.seconds.get(ill, 0.0))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            short = yahoo.missing_bytes.get(ill, 0)
            self.send_header("Content-Length", str(len(payload) + short))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(payload)
            self.close_connection = bool(short)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    yahoo.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield yahoo
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
