"""Windows on the clocks of the places where their series trade."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from analysis.chapters.shared.rows import Row
from analysis.sessions.calendars import exchange_calendar, local_time
from analysis.wording import listing

if TYPE_CHECKING:
    from analysis.seeds.catalogue import Seeds

_NOWHERE = "–"


def there(symbol: str, start: str, end: str, seeds: Seeds) -> str:
    """Write a span as clocks show it where the series trades: 10:55 to 11:25 in New York."""
    if not (start and end):
        return _NOWHERE
    zone = next((m.stand_in.zone for m in seeds.markets if m.stand_in
                 and m.stand_in.symbol == symbol), "")  # fmt: skip
    for market in seeds.markets if not zone else ():
        if market.symbol == symbol:
            zone = exchange_calendar(market.exchange, start[:10], end[:10]).timezone
    if not zone:
        return _NOWHERE
    instants = np.array([start.rstrip("Z"), end.rstrip("Z")], dtype="datetime64[s]")
    first, last = (str(at)[11:16] for at in local_time(instants, zone))
    return f"{first} to {last} in {zone.rsplit('/', 1)[-1].replace('_', ' ')}"


def there_words(rows: Iterable[Row], seeds: Seeds) -> str:
    """Say when windows were on the clocks there; empty where no zone is known."""
    spans = [there(str(row["series"]), row["start"], row["end"], seeds) for row in rows]
    known = [span for span in dict.fromkeys(spans) if span != _NOWHERE]
    return f"On the clocks there: {listing(known)}." if known else ""
