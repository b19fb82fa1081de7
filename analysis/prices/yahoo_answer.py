"""Yahoo's chart answer, read by ourselves: nothing in it is dropped, merged or sorted unsaid.

The client's own reader keeps the first of two bars of one day, drops bars without a close and never
mentions it. Here every repair is a note, and what cannot be repaired safely is an error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.prices.yahoo_actions import check_splits, is_moment, read_actions
from analysis.prices.yahoo_fault import ChartError

BAR_FIELDS = ("open", "high", "low", "close", "adj_close", "volume")
SETTLING = timedelta(minutes=30)
"""A bar is final this long after its session: closing auctions and delayed quotes come late."""
WHOLE_DAY = timedelta(hours=24)

UNFINISHED = "was still trading and is left out"
"""End of the note about a bar that is not final; it is over once the bar is."""

#: Fifty years of daily bars take about 2 MB.
_MAX_BYTES = 20_000_000
#: Bars of one day that Yahoo sends twice differ by rounding at most.
_SAME = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Daily bars of one symbol.

    Attributes
    ----------
    symbol
        Yahoo symbol.
    table
        Index ``session``: local dates, ascending, unique; float columns `BAR_FIELDS`. ``open``,
        ``high``, ``low`` and ``close`` are adjusted for splits, ``adj_close`` for dividends too;
        NaN where there is none; ``close`` is never NaN.
    splits
        Date and ratio (new shares for one old) of each split in the span.
    payouts
        Date and amount (adjusted for splits) of dividends and capital gains in the span, summed by
        day; None where nobody asked for them.
    currency, timezone, kind
        As Yahoo has them; ``kind`` is its instrument type.
    opens_at, lasts
        Local start and length of the regular session, from which a bar's end is reckoned.
    last_trade
        Local date of the last trade Yahoo knows of; None if it does not say.
    notes
        What was repaired or left out.
    """

    symbol: str
    table: pd.DataFrame
    splits: tuple[tuple[date, float], ...]
    currency: str
    timezone: str
    kind: str
    opens_at: time
    lasts: timedelta
    last_trade: date | None
    notes: tuple[str, ...] = ()
    payouts: tuple[tuple[date, float], ...] | None = None

    def final_until(self, now: datetime) -> date:
        """Return the last local date whose session has ended and settled by ``now``."""
        return final_until(now, timezone=self.timezone, opens_at=self.opens_at, lasts=self.lasts)

    def lacks_last(self, until: date) -> bool:
        """Tell whether Yahoo knows a trade up to ``until`` that is later than the last bar."""
        return (
            self.last_trade is not None and self.table.index[-1].date() < self.last_trade <= until
        )


def final_until(now: datetime, *, timezone: str, opens_at: time, lasts: timedelta) -> date:
    """Return the last local date whose session has ended and settled by ``now``."""
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    while datetime.combine(day, opens_at, zone).astimezone(UTC) + lasts + SETTLING > now:
        day -= timedelta(days=1)
    return day


def parse_chart(body: bytes, *, symbol: str, first: date, last: date, now: datetime) -> Bars:
    """Read one answer of Yahoo's chart service.

    Parameters
    ----------
    body
        What came over the wire.
    symbol
        The symbol that was asked for.
    first, last
        First and last local date to keep, both included.
    now
        The present, aware: bars that are not final by then are left out.

    Raises
    ------
    ChartError
        If there are no prices in it, or prices that cannot be right.
    """
    result = chart_result(body, symbol)
    meta = _mapping(result.get("meta"), "meta")
    bars = _empty(symbol, meta)
    table, notes = _read_table(result, bars.timezone)
    table = table[(table.index >= pd.Timestamp(first)) & (table.index <= pd.Timestamp(last))]
    actions = read_actions(result.get("events"), partial(local_days, timezone=bars.timezone))
    splits, payouts = (
        tuple(one for one in found if first <= one[0] <= last)
        for found in (actions.splits, actions.payouts)
    )
    bars = replace(bars, splits=splits, payouts=payouts)
    table, unfinished = _without_unfinished(table, bars.final_until(now))
    table, sorted_notes = _one_a_day(table)
    table, missing = _without_missing(table)
    if table.empty:
        raise ChartError(f"the answer holds no price from {first} to {last}")
    doubts = check_splits(table, splits)
    return replace(bars, table=table, notes=(*notes, *sorted_notes, *unfinished, *missing, *doubts))


def chart_result(body: bytes, symbol: str) -> Mapping[str, Any]:
    """Return the one result in an answer."""
    if not body.strip():
        raise ChartError("an empty body", kind="network")
    if len(body) > _MAX_BYTES:
        raise ChartError(f"a body of {len(body)} bytes, far too long", kind="network")
    if body.lstrip()[:1] == b"<":
        raise ChartError("HTML instead of JSON", kind="network")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        what = str(error).split(":")[0] or type(error).__name__
        raise ChartError(
            f"JSON that does not parse ({what}): truncated or garbled", kind="network"
        ) from None
    chart = answer.get("chart") if isinstance(answer, dict) else None
    if not isinstance(chart, dict):
        raise ChartError("JSON without a chart", kind="network")
    if isinstance(chart.get("error"), dict):
        said = " ".join(str(chart["error"].get("description") or chart["error"]).split())[:160]
        raise ChartError(f"Yahoo says: {said}", kind="unknown")
    results = chart.get("result")
    if not isinstance(results, list) or len(results) != 1 or not isinstance(results[0], dict):
        raise ChartError("an answer without prices; the symbol may be delisted")
    found = _mapping(results[0].get("meta"), "meta").get("symbol")
    if str(found).upper() != symbol.upper():
        raise ChartError(f"an answer about {str(found)[:40]!r} instead", kind="network")
    return results[0]


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ChartError(f"an answer without {name}")
    return value


def _empty(symbol: str, meta: Mapping[str, Any]) -> Bars:
    """Return what an answer says of a symbol, without its bars."""
    if meta.get("dataGranularity", "1d") != "1d":
        raise ChartError(f"bars of {str(meta['dataGranularity'])[:20]!r} instead of daily ones")
    timezone = str(meta.get("exchangeTimezoneName"))
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):  # not found, or no name of a zone at all
        raise ChartError(f"the time zone {timezone[:40]!r}, which there is none of") from None
    opens_at, lasts = _regular_session(meta, zone)
    return Bars(
        symbol=symbol,
        table=pd.DataFrame(columns=list(BAR_FIELDS), dtype=float),
        splits=(),
        currency=str(meta.get("currency") or ""),
        timezone=timezone,
        kind=str(meta.get("instrumentType") or ""),
        opens_at=opens_at,
        lasts=lasts,
        last_trade=_local_date(meta.get("regularMarketTime"), zone),
    )


def _regular_session(meta: Mapping[str, Any], zone: ZoneInfo) -> tuple[time, timedelta]:
    """Return local start and length of the regular session; the whole day if it is not said."""
    periods = meta.get("currentTradingPeriod")
    regular = periods.get("regular") if isinstance(periods, dict) else None
    if not isinstance(regular, dict):
        return time(), WHOLE_DAY
    start, end = regular.get("start"), regular.get("end")
    if not is_moment(start) or not is_moment(end) or not 0 < end - start <= 86_400:
        return time(), WHOLE_DAY
    return datetime.fromtimestamp(start, zone).time(), timedelta(seconds=end - start)


def _local_date(value: Any, zone: ZoneInfo) -> date | None:
    return datetime.fromtimestamp(value, zone).date() if is_moment(value) else None


def _read_table(result: Mapping[str, Any], timezone: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the bars as they came, indexed by local date."""
    stamps = result.get("timestamp")
    if not isinstance(stamps, list) or not stamps:
        raise ChartError("an answer without bars: no session in the span, or delisted")
    if not all(is_moment(stamp) for stamp in stamps):
        raise ChartError("a time of a bar that is no time")
    indicators = _mapping(result.get("indicators"), "indicators")
    quote = _first(indicators.get("quote"), "quote")
    columns = {
        name: _numbers(quote.get(name), name, len(stamps), needed=name == "close")
        for name in BAR_FIELDS
        if name != "adj_close"
    }
    notes: tuple[str, ...] = ()
    if "adjclose" in indicators:
        adjusted = _first(indicators["adjclose"], "adjclose").get("adjclose")
        columns["adj_close"] = _numbers(adjusted, "adjclose", len(stamps), needed=True)
    else:
        columns["adj_close"] = np.full(len(stamps), np.nan)
        notes = ("Yahoo sent no dividend-adjusted closes",)
    table = pd.DataFrame({name: columns[name] for name in BAR_FIELDS})
    table.index = local_days(stamps, timezone)
    return table, notes


def _first(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, list) or not value:
        raise ChartError(f"an answer without {name}")
    return _mapping(value[0], name)


def _numbers(values: object, name: str, count: int, *, needed: bool) -> NDArray[np.float64]:
    if values is None and not needed:
        return np.full(count, np.nan)
    if not isinstance(values, list) or len(values) != count:
        found = len(values) if isinstance(values, list) else "no"
        raise ChartError(f"{found} values of {name} for {count} bars: truncated or garbled")
    plain = all(
        v is None or (isinstance(v, int | float) and not isinstance(v, bool)) for v in values
    )
    if not plain:
        raise ChartError(f"a value of {name} that is no number")
    try:
        return np.array([math.nan if v is None else float(v) for v in values])
    except OverflowError:
        raise ChartError(f"a value of {name} beyond all bounds") from None


def local_days(stamps: Sequence[int], timezone: str) -> pd.DatetimeIndex:
    """Return the local date of each bar; one hour or two before midnight belongs to the next day.

    Bars begin at the opening, or at local midnight. Yahoo reckons midnight with the offset of the
    wrong season at times, which puts a bar at 22:00 or 23:00 of the day before.
    """
    local = pd.DatetimeIndex(pd.to_datetime(stamps, unit="s", utc=True)).tz_convert(timezone)
    early = (local.minute == 0) & (local.hour >= 22)
    days = local.tz_localize(None) + pd.to_timedelta(np.where(early, 24 - local.hour, 0), unit="h")
    return pd.DatetimeIndex(days.normalize(), name="session").as_unit("us")


def _one_a_day(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Sort by date and keep one of equal bars; two closes of one day are an error."""
    notes = []
    if not table.index.is_monotonic_increasing:
        notes.append("bars came out of order and were sorted")
        table = table.sort_index(kind="stable")
    twice = table.index.duplicated(keep=False)
    if twice.any():
        days = table.index[twice].unique()
        for day in days:
            closes = table.loc[day, "close"].dropna().to_numpy(dtype=float)
            if len(closes) and np.ptp(closes) > _SAME * np.abs(closes).max():
                shown = " and ".join(f"{value:.6g}" for value in closes[:3])
                raise ChartError(f"several closes on {day:%Y-%m-%d}: {shown}")
        order = np.lexsort((table["close"].isna().to_numpy(), table.index.to_numpy()))
        table = table.iloc[order]
        table = table[~table.index.duplicated(keep="first")]
        notes.append(f"{_days(days)} came twice with the same close; one was kept")
    return table, tuple(notes)


def _without_unfinished(table: pd.DataFrame, until: date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    late = table.index > pd.Timestamp(until)
    if not late.any():
        return table, ()
    note = f"{_days(table.index[late].unique())} {UNFINISHED}"
    return table[~late], (note,)


def _without_missing(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Leave out bars without a close; refuse closes that cannot be prices.

    An adjusted close that cannot be one is left out by itself: it says nothing of the close.
    """
    close = table["close"].to_numpy(dtype=float)
    bad = np.isinf(close) | (close < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise ChartError(f"a close of {close[row]:g} on {table.index[row]:%Y-%m-%d}")
    notes = []
    zero = close == 0
    gone = np.isnan(close)
    adjusted = table["adj_close"].to_numpy(dtype=float)
    wrong = (np.isinf(adjusted) | (adjusted <= 0)) & ~zero & ~gone
    if wrong.any():
        table = table.assign(adj_close=np.where(wrong, np.nan, adjusted))
        notes.append(f"{_days(table.index[wrong])} had an adjusted close that is none: left out")
    for which, what in ((gone, "no close"), (zero, "a close of 0, which is none")):
        if which.any():
            notes.append(f"{_days(table.index[which])} had {what}: no price that day")
    kept = table[~(gone | zero)].copy()
    others = ["open", "high", "low", "volume"]
    values = kept[others].to_numpy(dtype=float)
    lowest = np.array([np.nextafter(0, 1)] * 3 + [0.0])
    kept[others] = np.where(np.isfinite(values) & (values >= lowest), values, np.nan)
    return kept, tuple(notes)


def _days(index: pd.DatetimeIndex | pd.Index[Any]) -> str:
    shown = ", ".join(f"{day:%Y-%m-%d}" for day in index[:3])
    return shown + (f" and {len(index) - 3} more" if len(index) > 3 else "")
