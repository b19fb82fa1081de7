"""Downloaded bars on disk: one file a symbol, whole or not there, checked when read.

A file has one line of JSON (what was asked, what Yahoo said, sha256 of the rest), then CSV. It is
written under another name, flushed to the disk and renamed, so that a reader, or a second process,
sees the old file or the new one and never a part; a damaged file is known by its sha256.
"""

from __future__ import annotations

import contextlib
import json
import math
import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from analysis.errors import PriceError, ReportError
from analysis.files import sha256_hex, write_whole
from analysis.prices.yahoo import check_symbol
from analysis.prices.yahoo_answer import BAR_FIELDS, UNFINISHED, Bars, final_until

_MARK = b"# market-reaction prices 1 "
_PASSING = ".*.tmp"
#: A half-written file this old belongs to a process that is gone.
_ABANDONED_SECONDS = 3600.0
#: Yahoo sends closes in single precision.
_SAME_CLOSE = 1e-6
#: Adjusted closes are products of single-precision factors, so they move more.
_SAME_ADJUSTED = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class CachedBars:
    """Bars of one symbol and the span they answer for.

    Attributes
    ----------
    bars
        The bars.
    first, until
        Every session of this span that Yahoo has is among them.
    fetched_at
        When they were last downloaded, aware.
    """

    bars: Bars
    first: date
    until: date
    fetched_at: datetime

    def covers(self, first: date, last: date | None, now: datetime) -> bool:
        """Tell whether a request needs no download; ``last`` None asks for all that is final."""
        newest = final_until(
            now,
            timezone=self.bars.timezone,
            opens_at=self.bars.opens_at,
            lasts=self.bars.lasts,
        )
        return self.first <= first and self.until >= min(newest, last or newest)


def cache_file(folder: Path, symbol: str) -> Path:
    """Return the file a symbol is kept in; every character that is not plain is encoded."""
    return folder / f"yahoo-{quote(check_symbol(symbol), safe='')}.csv"


def read_cache(folder: Path, symbol: str) -> tuple[CachedBars | None, str]:
    """Return the bars kept for a symbol, or None and what is wrong with them.

    Returns
    -------
    bars : CachedBars or None
        None if there are none, or the file is damaged.
    damage : str
        What is wrong with the file; empty if nothing is, or there is none.
    """
    file = cache_file(folder, symbol)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None, ""
    except OSError as error:
        return None, f"{file.name} cannot be read ({error.strerror})"
    try:
        return _parse(content, symbol), ""
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        cause = " ".join(str(error).split())[:80] or type(error).__name__
        return None, f"{file.name} is damaged ({cause})"


def write_cache(folder: Path, cached: CachedBars) -> Path:
    """Write the bars of one symbol, whole or not at all.

    Raises
    ------
    PriceError
        If the folder cannot be written.
    """
    file = cache_file(folder, cached.bars.symbol)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        write_whole(file, cache_bytes(cached))
    except (OSError, ReportError) as error:
        cause = error.__cause__ or error
        raise PriceError(
            str(file),
            f"downloaded prices cannot be written ({getattr(cause, 'strerror', None) or cause})",
            "they are kept, so that the next run needs no network.",
            "Free some space, or make the folder writable.",
        ) from error
    return file


def cache_bytes(cached: CachedBars) -> bytes:
    """Return the content of the file of some bars."""
    bars = cached.bars
    body = _csv(bars.table)
    record = {
        "symbol": bars.symbol,
        "first": cached.first.isoformat(),
        "until": cached.until.isoformat(),
        "fetched_at": cached.fetched_at.astimezone(UTC).isoformat(timespec="seconds"),
        "currency": bars.currency,
        "timezone": bars.timezone,
        "kind": bars.kind,
        "opens_at": bars.opens_at.isoformat(),
        "lasts": int(bars.lasts.total_seconds()),
        "last_trade": bars.last_trade.isoformat() if bars.last_trade else None,
        "splits": [[day.isoformat(), ratio] for day, ratio in bars.splits],
        "payouts": bars.payouts and [[day.isoformat(), paid] for day, paid in bars.payouts],
        "notes": list(bars.notes),
        "sha256": sha256_hex(body),
    }
    head = json.dumps(record, sort_keys=True, ensure_ascii=True).encode()
    seal = sha256_hex(head).encode()
    return _MARK + seal + b" " + head + b"\n" + body


def bars_hash(bars: Bars) -> str:
    """Return the sha256 of the prices alone."""
    return sha256_hex(_csv(bars.table))


def _csv(table: pd.DataFrame) -> bytes:
    lines = [",".join(("date", *BAR_FIELDS))]
    for day, values in zip(table.index, table.to_numpy(dtype=float).tolist(), strict=True):
        cells = ("" if math.isnan(value) else repr(value) for value in values)
        lines.append(f"{day:%Y-%m-%d}," + ",".join(cells))
    return ("\n".join(lines) + "\n").encode()


def _parse(content: bytes, symbol: str) -> CachedBars:
    head, _, body = content.partition(b"\n")
    if not head.startswith(_MARK):
        raise ValueError("not a file of this version")
    seal, _, text = head.removeprefix(_MARK).partition(b" ")
    if sha256_hex(text).encode() != seal:
        raise ValueError("its first line is not as it was written")
    record = json.loads(text)
    if sha256_hex(body) != record["sha256"]:
        raise ValueError("its prices are not as they were written")
    if record["symbol"] != symbol:
        raise ValueError(f"it holds {record['symbol']}")
    return CachedBars(
        bars=_bars(record, body),
        first=date.fromisoformat(record["first"]),
        until=date.fromisoformat(record["until"]),
        fetched_at=datetime.fromisoformat(record["fetched_at"]),
    )


def _bars(record: Mapping[str, Any], body: bytes) -> Bars:
    rows = [line.split(",") for line in body.decode().splitlines()]
    if rows[0] != ["date", *BAR_FIELDS]:
        raise ValueError("other columns than expected")
    values = np.array([[float(cell or "nan") for cell in row[1:]] for row in rows[1:]])
    days = np.array([row[0] for row in rows[1:]], dtype="datetime64[us]")
    index = pd.DatetimeIndex(days, name="session")
    return Bars(
        symbol=record["symbol"],
        table=pd.DataFrame(values, index=index, columns=list(BAR_FIELDS)),
        splits=_dated(record["splits"]),
        payouts=_dated(record["payouts"]) if record.get("payouts") is not None else None,
        currency=record["currency"],
        timezone=record["timezone"],
        kind=record["kind"],
        opens_at=time.fromisoformat(record["opens_at"]),
        lasts=timedelta(seconds=record["lasts"]),
        last_trade=date.fromisoformat(record["last_trade"]) if record["last_trade"] else None,
        notes=tuple(record["notes"]),
    )


def _dated(rows: Sequence[tuple[str, float]]) -> tuple[tuple[date, float], ...]:
    return tuple((date.fromisoformat(day), float(value)) for day, value in rows)


def _sweep(folder: Path) -> None:
    """Remove what a killed process left behind long ago."""
    for part in folder.glob(_PASSING):
        with contextlib.suppress(OSError):
            if clock.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
                part.unlink()


def joined(old: CachedBars, new: Bars) -> Bars | None:
    """Return old and newer bars as one, or None if the past has changed between them.

    The past changes with every split and dividend, and when Yahoo corrects itself: then everything
    must be downloaded anew.
    """
    past, tail = old.bars.table, new.table
    start = tail.index[0]
    common = past.index.intersection(tail.index)
    lost = past.index[(past.index >= start) & (past.index <= tail.index[-1])].difference(tail.index)
    if not len(common) or len(lost) or start > past.index[-1]:
        return None
    for column, same in (("close", _SAME_CLOSE), ("adj_close", _SAME_ADJUSTED)):
        before = past.loc[common, column].to_numpy(dtype=float)
        after = tail.loc[common, column].to_numpy(dtype=float)
        if not np.allclose(before, after, rtol=same, atol=0.0, equal_nan=True):
            return None
    table = pd.concat([past[past.index < start], tail])
    splits = tuple(sorted({*old.bars.splits, *new.splits}))
    known = None not in (old.bars.payouts, new.payouts)
    payouts = tuple(sorted({*(old.bars.payouts or ()), *(new.payouts or ())})) if known else None
    kept = [note for note in old.bars.notes if not note.endswith(UNFINISHED)]
    notes = tuple(dict.fromkeys([*kept, *new.notes]))
    return replace(new, table=table, splits=splits, payouts=payouts, notes=notes)
