"""A small local server that speaks Yahoo's chart format, and a session that leads the client to it.

The client is the real one, cookie and crumb requests included: only host names are rewritten.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

Faults = Mapping[str, tuple[int, str, str]]

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

    def chart(self, symbol: str) -> dict[str, Any]:
        zone = ZoneInfo(self.timezone)
        days = sorted(self.closes)
        stamps = [int(datetime.combine(day, self.opens_at, zone).timestamp()) for day in days]
        prices = [self.closes[day] for day in days]
        adjusted = [self.adjusted.get(day, self.closes[day]) for day in days]
        start = datetime.combine(days[-1], self.opens_at, zone)
        end = datetime.combine(days[-1], self.closes_at, zone)
        seconds = zone.utcoffset(start.replace(tzinfo=None)) or timedelta()
        period = {
            "timezone": start.tzname(),
            "start": int(start.timestamp()),
            "end": int(end.timestamp()),
            "gmtoffset": int(seconds.total_seconds()),
        }
        meta = {
            "currency": self.currency,
            "symbol": symbol,
            "exchangeName": "TST",
            "fullExchangeName": "Test",
            "instrumentType": self.kind,
            "firstTradeDate": stamps[0],
            "regularMarketTime": period["end"],
            "gmtoffset": period["gmtoffset"],
            "timezone": period["timezone"],
            "exchangeTimezoneName": self.timezone,
            "regularMarketPrice": prices[-1],
            "priceHint": 2,
            "currentTradingPeriod": {
                "pre": dict(period),
                "regular": dict(period),
                "post": dict(period),
            },
            "dataGranularity": "1d",
            "range": "",
            "validRanges": ["1d", "5d", "1mo", "max"],
        }
        quote = dict.fromkeys(("open", "high", "low", "close"), prices)
        quote["volume"] = [0] * len(days)
        result = {
            "meta": meta,
            "timestamp": stamps,
            "indicators": {"quote": [quote], "adjclose": [{"adjclose": adjusted}]},
        }
        return {"chart": {"result": [result], "error": None}}


class YahooServer:
    """What the server knows, and what it was asked.

    Attributes
    ----------
    series
        Answers by symbol; a symbol it does not know is not found.
    faults
        Status, content type and body to answer instead, by symbol.
    healthy_after
        Number of chart requests of a symbol after which its fault is over.
    asked
        Number of chart requests by symbol.
    """

    def __init__(self, series: Mapping[str, Series], faults: Faults | None = None) -> None:
        self.series = dict(series)
        self.faults = dict(faults or {})
        self.healthy_after: dict[str, int] = {}
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
        return 200, "application/json", json.dumps(self.series[symbol].chart(symbol))

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
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

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
