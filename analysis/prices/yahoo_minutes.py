"""Intraday bars from Yahoo: as far back as it serves them, kept, and never guessed at.

Yahoo stamps the *start* of a bar. What it serves goes back 30 days (1m, seven of them in one
answer), 60 days (5m) or 730 days (1h); what was once downloaded is kept and goes back further.
"""

from __future__ import annotations

import io
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError, NetworkError, PriceError, ReportError
from analysis.files import sealed, write_sealed
from analysis.prices.bars import Bars
from analysis.prices.yahoo import Tell, ask, check_symbol, to_stderr, waits
from analysis.prices.yahoo_answer import SETTLING, chart_result
from analysis.prices.yahoo_fault import ChartError

Fetch = Callable[[datetime], Bars]
Answer = tuple[NDArray[np.datetime64], NDArray[np.float64]]

#: Prices of two downloads of one bar differ by rounding of floats of 32 bits.
_SAME = 1e-6
_MINUTE = np.timedelta64(60, "s")
_QUARTER = 15
"""Sessions open on a quarter of an hour; bars of an hour start there: 03:45 UTC in Mumbai."""
_NOTHING_THERE = "doesn't exist for startDate"
_DAY = timedelta(days=1)
_OVERLAP = timedelta(days=4)


class Served(NamedTuple):
    """What Yahoo serves of one interval: minutes of a bar, days at once, days back."""

    step: int
    at_once: int
    back: int


SERVED = {"1m": Served(1, 7, 29), "5m": Served(5, 59, 59), "1h": Served(60, 729, 729)}


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """Bars of one symbol, the instant from which they are whole, and when they were had."""

    bars: Bars
    since: datetime
    fetched_at: datetime


def yahoo_minutes(
    symbols: Sequence[str],
    *,
    interval: str,
    first: date | None = None,
    last: date | None = None,
    cache_dir: Path | None = None,
    session: Any = None,
    pauses: Sequence[float] | None = None,
    now: datetime | None = None,
    tell: Tell | None = None,
) -> pd.DataFrame:
    """Download intraday bars, or take those that were downloaded before.

    Parameters
    ----------
    symbols
        Yahoo symbols.
    interval
        ``1m``, ``5m`` or ``1h``.
    first, last
        First and last date (UTC), both included; None for all that Yahoo serves and all that has
        ended.
    cache_dir
        Folder of downloaded prices; None to keep nothing.
    session, pauses, now, tell
        As in :func:`analysis.prices.yahoo.fetch_bars`.

    Returns
    -------
    DataFrame
        Long: ``symbol``, ``bar_start`` (UTC), ``close``; a form :func:`analysis.minutes` reads.

    Raises
    ------
    InputError
        If the interval is unknown or the dates lie before what is served.
    PriceError, NetworkError
        If there are no bars of a symbol, or Yahoo cannot be reached.
    """
    if interval not in SERVED:
        raise InputError.choice("interval", interval, SERVED)
    present = now or datetime.now(UTC)
    found = []
    for symbol in symbols:
        check_symbol(symbol)
        fetch = partial(
            _fetched, symbol, interval, present=present, session=session, pauses=pauses,
            tell=tell or to_stderr,
        )  # fmt: skip
        bars = _bars(symbol, interval, (first, last), cache_dir, present, fetch)
        held = pd.DataFrame({"symbol": symbol, "bar_start": bars.time, "close": bars.close})
        found.append(held)
    table = pd.concat(found, ignore_index=True)
    return table.assign(bar_start=table["bar_start"].dt.tz_localize("UTC"))


def _bars(
    symbol: str,
    interval: str,
    span: tuple[date | None, date | None],
    cache_dir: Path | None,
    present: datetime,
    fetch: Fetch,
) -> Bars:
    """Return the bars of a span: those kept if they answer for it, else with what is new."""
    reach = present - SERVED[interval].back * _DAY
    file = None if cache_dir is None else _file(cache_dir, symbol, interval)
    kept = None if file is None else _read(file, symbol, interval)
    since = reach if span[0] is None else _midnight(span[0])
    until = present if span[1] is None else min(present, _midnight(span[1] + _DAY))
    if kept is None or not _answers(kept, since, until, reach):
        if since < reach and (kept is None or kept.since > since):
            raise InputError(
                "first",
                str(span[0]),
                f"Yahoo serves bars of {interval} for {SERVED[interval].back} days, "
                f"and none that old of {symbol} were kept.",
                f"Ask from {reach + _DAY:%Y-%m-%d} on, or for longer bars.",
            )
        kept = _refreshed(kept, max(since, reach), present, fetch)
        if file is not None:
            _write(file, kept)
    inside = (kept.bars.time >= _stamp(since)) | (span[0] is None)
    inside &= kept.bars.time < _stamp(until)
    if not inside.any():
        raise PriceError(
            f"Yahoo, {interval}",
            f"no bar of {symbol} in the days asked for",
            "a span holds at least one session.",
            "Widen it.",
        )
    return _part(kept.bars, inside)


def _answers(kept: Kept, since: datetime, until: datetime, reach: datetime) -> bool:
    """Tell whether kept bars hold all that can be had of a span."""
    whole = kept.since <= max(since, reach) or kept.since <= since
    return whole and kept.fetched_at >= until - SETTLING


def _refreshed(kept: Kept | None, since: datetime, present: datetime, fetch: Fetch) -> Kept:
    """Return kept bars with what came since; all anew where the past has changed (a split)."""
    if kept is None or kept.since > since:
        return Kept(fetch(since), since, present)
    old = kept.bars
    overlap = max(old.time[-1].astype(datetime).replace(tzinfo=UTC) - _OVERLAP, since)
    new = fetch(overlap)
    _, mine, theirs = np.intersect1d(old.time, new.time, return_indices=True)
    apart = np.abs(old.close[mine] / new.close[theirs] - 1.0)
    if len(mine) == 0 or (apart > _SAME).any():
        return Kept(fetch(since), since, present)
    earlier = old.time < new.time[0]
    time = np.concatenate([old.time[earlier], new.time])
    close = np.concatenate([old.close[earlier], new.close])
    segment = np.zeros(len(time), dtype=np.int64)
    return Kept(replace(old, time=time, close=close, segment=segment), kept.since, present)


def _fetched(
    symbol: str,
    interval: str,
    since: datetime,
    present: datetime,
    *,
    session: Any,
    pauses: Sequence[float] | None,
    tell: Tell,
) -> Bars:
    """Ask for the bars since an instant, in as many parts as Yahoo wants."""
    served = SERVED[interval]
    parts: list[Answer] = []
    try:
        for start in _starts(since, present, served.at_once):
            span = (start, min(start + served.at_once * _DAY, present))
            attempt = partial(_answer, symbol, interval, span, session)
            try:
                parts.append(_patiently(attempt, symbol, pauses, tell))
            except ChartError as fault:  # a last part that holds a weekend alone
                if not parts or _NOTHING_THERE not in str(fault):
                    raise
        return _joined(symbol, served.step, parts, present)
    except ChartError as fault:
        raise (NetworkError if fault.network else PriceError)(
            f"Yahoo, {interval}",
            f"no bars of {symbol} ({fault})",
            "every symbol asked for needs bars.",
            "Try again later, or pass a file of your own.",
        ) from fault


def _starts(since: datetime, present: datetime, days: int) -> Iterator[datetime]:
    while since < present:
        yield since
        since += days * _DAY


def _patiently(
    attempt: Callable[[], Answer], symbol: str, pauses: Sequence[float] | None, tell: Tell
) -> Answer:
    for tried in itertools.count():
        try:
            return attempt()
        except ChartError as fault:
            rest = waits(fault.kind, pauses)
            if tried >= len(rest):
                raise
            tell(f"Yahoo, {symbol}: {fault}; asking again in {rest[tried]:g} s")
            time.sleep(rest[tried])
    raise AssertionError


def _answer(symbol: str, interval: str, span: tuple[datetime, datetime], session: Any) -> Answer:
    return _parsed(ask(symbol, span, interval=interval, session=session), symbol, interval)


def _parsed(body: bytes, symbol: str, interval: str) -> Answer:
    """Read one answer: starts of bars and their closes; blanks are left blank."""
    result = chart_result(body, symbol)
    meta = result.get("meta")
    granularity = meta.get("dataGranularity") if isinstance(meta, dict) else None
    if granularity not in (interval, {"1h": "60m"}.get(interval)):
        raise ChartError(f"bars of {str(granularity)[:20]!r} instead of {interval!r}")
    stamps = result.get("timestamp") or []
    try:
        close = result["indicators"]["quote"][0].get("close") or []
        starts = np.array(stamps, dtype=np.int64).astype("datetime64[s]")
        closes = np.array([np.nan if c is None else c for c in close], dtype=float)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError):
        raise ChartError("an answer whose bars cannot be read") from None
    if len(starts) != len(closes):
        raise ChartError(f"{len(starts)} stamps and {len(closes)} closes")
    if (closes <= 0).any() or np.isinf(closes).any():
        raise ChartError("a close that is no price")
    return starts, closes


def _joined(symbol: str, step: int, parts: Sequence[Answer], present: datetime) -> Bars:
    """Join answers; what has not ended, what has no close and what is off the grid stays out."""
    starts = np.concatenate([part[0] for part in parts])
    closes = np.concatenate([part[1] for part in parts])
    ended = starts + step * _MINUTE <= _stamp(present - SETTLING)
    on_grid = starts.astype(np.int64) % (60 * min(step, _QUARTER)) == 0
    starts, closes = (a[ended & on_grid & np.isfinite(closes)] for a in (starts, closes))
    starts, place, again = np.unique(starts, return_index=True, return_inverse=True)
    if (np.abs(closes / closes[place][again] - 1.0) > _SAME).any():
        raise ChartError("two closes of one bar")
    if len(starts) < 2:
        raise ChartError("an answer without bars")
    segment = np.zeros(len(starts), dtype=np.int64)
    return Bars(symbol, starts, closes[place], segment, "start", step, "Yahoo")


def _part(bars: Bars, chosen: NDArray[np.bool_]) -> Bars:
    held = {n: getattr(bars, n)[chosen] for n in ("time", "close", "segment")}
    return replace(bars, **held)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def _stamp(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "s")


def _file(folder: Path, symbol: str, interval: str) -> Path:
    return folder / f"yahoo-{interval}-{quote(symbol, safe='')}.csv"


def _write(file: Path, kept: Kept) -> None:
    record = {"since": kept.since.isoformat(), "fetched_at": kept.fetched_at.isoformat()}
    rows = zip(kept.bars.time.astype(str), kept.bars.close.tolist(), strict=True)
    body = "".join(f"{at}Z,{close!r}\n" for at, close in rows)
    content = f"# {json.dumps(record)}\nbar_start,close\n{body}".encode()
    try:
        write_sealed(file, content)
    except ReportError as error:
        raise PriceError(
            str(file),
            "downloaded bars cannot be written",
            "they are kept, so that the next run needs no network.",
            "Free some space, or make the folder writable.",
        ) from error


def _read(file: Path, symbol: str, interval: str) -> Kept | None:
    """Return what is kept of a symbol; None if nothing is, or it is not as it was written."""
    content = sealed(file)
    if content is None:
        return None
    head, _, body = content.partition(b"\n")
    record = json.loads(head.removeprefix(b"# "))
    table = pd.read_csv(io.BytesIO(body))
    stamps = pd.DatetimeIndex(table["bar_start"]).tz_localize(None).to_numpy()
    segment = np.zeros(len(table), dtype=np.int64)
    bars = Bars(
        symbol, stamps.astype("datetime64[s]"), table["close"].to_numpy(dtype=float), segment,
        "start", SERVED[interval].step, "Yahoo",
    )  # fmt: skip
    since, fetched_at = (datetime.fromisoformat(record[n]) for n in ("since", "fetched_at"))
    return Kept(bars, since, fetched_at)
