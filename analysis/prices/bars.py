"""Intraday bars: closes of short intervals, each with its stamp, from files and frames.

Half of all errors with bars begin at the stamp, so its kind is never guessed: a column named
``bar_end`` or ``bar_start`` says it, or ``stamp`` does; what neither says can at most be proved
against the sessions of the exchange (:mod:`analysis.sessions.marks`).
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import InputError, PriceError, lines_of
from analysis.prices.files import read_bytes, symbol_of
from analysis.prices.snapshot import checked_bytes
from analysis.seeds.typed_files import is_typed, typed_frame
from analysis.seeds.zones import zone_info, zone_rule, zones_meant

Stamp = Literal["end", "start", ""]
STAMPS = ("end", "start")
_TIME_COLUMNS: Mapping[str, Stamp] = {
    **dict.fromkeys(("bar_end", "end"), "end"),
    **dict.fromkeys(("bar_start", "start"), "start"),
    **dict.fromkeys(("time", "timestamp", "datetime", "date"), ""),
}
_BLANK = ("", "NaN", "nan", "NA", "null", "None", "<NA>")
_ZONED = r"(?:Z|[+-]\d{2}:?\d{2})$"
_SECOND, _MINUTE = np.timedelta64(1, "s"), np.timedelta64(60, "s")


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """The bars of one series, in ascending order.

    Attributes
    ----------
    symbol
        The series.
    time : ndarray of shape (N,), datetime64[s]
        Stamps, UTC.
    close : ndarray of shape (N,)
        Price at the end of each bar.
    segment : ndarray of shape (N,), int
        Number of the contract, for futures; zeros elsewhere.
    stamp
        ``end`` or ``start``: what a stamp marks; empty if nothing said it.
    step
        Length of a bar in minutes: the most frequent distance of two stamps.
    source
        File, for messages.
    files
        Name and sha256 of what was read.
    contracts
        True if the source numbers the contracts.
    """

    symbol: str
    time: NDArray[np.datetime64]
    close: NDArray[np.float64]
    segment: NDArray[np.int64]
    stamp: Stamp
    step: int
    source: str
    files: tuple[tuple[str, str], ...] = ()
    contracts: bool = False


_READ: dict[tuple[str | None, ...], dict[str, Bars]] = {}
"""Bars of snapshots read before, by content and by what was asked: the gate, the study and the
pages of a run each ask for them."""


def snapshot_bars(
    name: str, *, symbol: str, data_dir: Path, zone: str | None = None, stamp: str | None = None
) -> Bars:
    """Read bars that come with the data, after checking their sha256 (see :func:`read_bars`)."""
    content, digest = checked_bytes(name, data_dir=data_dir)
    asked = (digest, name, symbol, zone, stamp)
    if asked not in _READ:
        _READ[asked] = _parse(content, Path(name), symbol=symbol, zone=zone, stamp=stamp)
    found = _READ[asked]
    if symbol not in found:
        raise InputError.choice("symbol", symbol, found)
    return replace(found[symbol], files=((name, digest),))


def read_bars(
    path: str | Path,
    *,
    symbol: str | None = None,
    zone: str | None = None,
    stamp: str | None = None,
) -> dict[str, Bars]:
    """Read a file of bars.

    Parameters
    ----------
    path
        CSV or Parquet, long: a time column (``bar_end``, ``bar_start`` or ``time``), ``close``,
        and, where there are several series or contracts, ``symbol`` and ``segment``; or wide CSV:
        ``session`` and one column per clock time (09:35) at which a bar ended.
    symbol
        Of a file without such a column; None for the name of the file.
    zone
        IANA zone of stamps that carry none.
    stamp
        ``end`` or ``start``, where the column does not say it.

    Returns
    -------
    dict of str to Bars

    Raises
    ------
    PriceError
        With file and line of the first value that cannot be read.
    InputError
        If zone or stamp is missing, unknown, or contradicts the file.
    """
    file = Path(path)
    content, digest = read_bytes(file)
    found = _parse(content, file, symbol=symbol, zone=zone, stamp=stamp)
    return {name: replace(bars, files=((file.name, digest),)) for name, bars in found.items()}


def bars_from_frame(
    frame: pd.DataFrame,
    *,
    symbol: str | None = None,
    zone: str | None = None,
    stamp: str | None = None,
    source: str = "frame",
) -> dict[str, Bars]:
    """Return the bars of a frame of the forms :func:`read_bars` reads."""
    if stamp is not None and stamp not in STAMPS:
        raise InputError.choice("stamp", stamp, STAMPS)
    table = _named(frame)
    if not table.columns.is_unique:
        raise PriceError(source, "two columns of one name", "names are unique.", "Rename one.")
    if "session" in table:
        table, stamp = _long(table, source, stamp), "end"
    column = next((name for name in _TIME_COLUMNS if name in table), None)
    if column is None or "close" not in table:
        raise PriceError(
            source,
            f"the columns {', '.join(map(str, frame.columns[:8]))}",
            "bars have a column of times and one named close.",
            "Name the times bar_end or bar_start, after what they mark.",
        )
    if table.empty:
        raise PriceError(source, "no bars", "there must be bars.", "Add them.")
    said = _TIME_COLUMNS[column]
    if stamp and said and stamp != said:
        raise InputError("stamp", stamp, f"the column {column} of {source} says {said!r}.")
    time = _instants(table[column], zone, source, column)
    if len(time) and (time.astype(np.int64) % 60 == 59).all():
        time, said = time + _SECOND, _last_second(said or stamp, source, column)
    close = _closes(table["close"], source)
    who = _symbols(table, symbol or symbol_of(Path(source)), source)
    segment = _segments(table, source)
    labels, codes = np.unique(who, return_inverse=True)
    found = [
        _series(str(name), np.flatnonzero(codes == n), time, close, segment, stamp or said, source)
        for n, name in enumerate(labels)
    ]
    return {one.symbol: replace(one, contracts="segment" in table) for one in found}


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with names as they are looked for, and its times as a column."""

    def plain(name: object) -> str:
        word = str(name).strip().casefold().replace(" ", "_")
        return "symbol" if word == "ticker" else word

    if frame.columns.nlevels > 1:
        frame = frame.set_axis([" ".join(map(str, name)) for name in frame.columns], axis=1)
    table = frame.rename(columns=plain)
    if isinstance(frame.index, pd.DatetimeIndex) and not set(_TIME_COLUMNS) & set(table.columns):
        said = plain(frame.index.name)
        table = table.reset_index(names=said if said in _TIME_COLUMNS else "time")
    return table


def _symbols(table: pd.DataFrame, only: str, source: str) -> NDArray[np.str_]:
    """Return the series of every row; a blank one is an error."""
    if "symbol" not in table:
        return np.full(len(table), only)
    names = table["symbol"].astype(object)
    blank = (names.isna() | (names.astype(str).str.strip() == "")).to_numpy()
    if blank.any():
        raise PriceError(
            f"{source}:{int(np.argmax(blank)) + 2}, column symbol",
            "no symbol",
            "every bar belongs to a series.",
            "Name it, or leave the bar out.",
        )
    return np.asarray(names.astype(str).str.strip(), dtype=str)


def _last_second(said: str | None, source: str, column: str) -> Stamp:
    """Return the kind of stamps that name the last second of a bar: no bar starts there."""
    if said == "start":
        raise PriceError(
            f"{source}, column {column}",
            "stamps said to mark the start of a bar, all of them at second 59",
            "a bar starts at a full minute; its last second marks its end.",
            "Name the column bar_end, or say stamp='end'.",
        )
    return "end"


def _parse(
    content: bytes, file: Path, *, symbol: str | None, zone: str | None, stamp: str | None
) -> dict[str, Bars]:
    if is_typed(content, file.suffix):
        frame = typed_frame(content, file.name)
    else:
        try:
            frame = pd.read_csv(
                io.BytesIO(content), dtype=str, keep_default_na=False, encoding="utf-8-sig"
            )
        except (ValueError, UnicodeDecodeError) as error:
            raise PriceError(
                file.name,
                f"text that is no table ({lines_of(error)[0][:80]})",
                "bars are CSV in UTF-8, with commas between columns.",
                "Write it anew.",
            ) from error
    return bars_from_frame(
        frame, symbol=symbol or symbol_of(file), zone=zone, stamp=stamp, source=file.name
    )


def _long(table: pd.DataFrame, source: str, stamp: str | None) -> pd.DataFrame:
    """Turn one line per session into one per bar; the columns are the ends of the bars."""
    if stamp == "start":
        raise InputError("stamp", stamp, f"{source} has one column per end of a bar.", "Omit it.")
    clock = [str(name) for name in table.columns if name != "session"]
    odd = next((name for name in clock if not _is_clock(name)), None)
    if odd is not None:
        raise PriceError(
            source, f"the column {odd}", "beside session, columns are clock times.", "Like 09:35."
        )
    long = table.melt("session", var_name="clock", value_name="close")
    long["bar_end"] = long["session"].astype(str) + "T" + long["clock"].astype(str)
    return long[["bar_end", "close"]]


def _is_clock(name: str) -> bool:
    return len(name) == 5 and name[2] == ":" and name.replace(":", "").isdigit()


def _instants(
    column: pd.Series[Any], zone: str | None, source: str, name: str
) -> NDArray[np.datetime64]:
    """Return stamps in UTC; those without a zone need ``zone``."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _seconds(column.dt.tz_convert("UTC").dt.tz_localize(None))
    text = column.astype(str)
    zoned = text.str.contains(_ZONED).to_numpy() & text.str.contains(":", regex=False).to_numpy()
    parsed = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=True)
    bad = parsed.isna().to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        raise PriceError(
            f"{source}:{row + 2}, column {name}",
            f"{text.iloc[row]!r}",
            "a stamp is a date and a time like 2025-10-10T14:55Z or 2025-10-10 10:55.",
            "Write it so.",
        )
    if zoned.any() and not zoned.all():
        row = int(np.argmin(zoned))
        raise PriceError(
            f"{source}:{row + 2}, column {name}",
            f"{text.iloc[row]!r}, where others carry a zone",
            "either all stamps carry a zone or none does.",
            "Write all of them in UTC, ending in Z.",
        )
    if zoned.all():
        return _seconds(parsed.dt.tz_localize(None))
    if zone is None:
        raise InputError(
            "zone",
            None,
            f"the stamps of {source} carry no zone.",
            "Name their zone, such as 'America/New_York' or 'UTC'.",
        )
    return _localised(parsed.dt.tz_localize(None), zone, source, name)


def _localised(local: pd.Series[Any], zone: str, source: str, name: str) -> NDArray[np.datetime64]:
    rule = zone_rule(zone)
    if rule is not None:
        raise InputError("zone", zone, f"{rule}.")
    meant = zone_info(zones_meant(zone)[0])
    index = pd.DatetimeIndex(local).tz_localize(meant, ambiguous="NaT", nonexistent="NaT")
    bad = index.isna()
    if bad.any():
        row = int(np.argmax(bad))
        raise PriceError(
            f"{source}:{row + 2}, column {name}",
            f"{local.iloc[row]} in {zone}",
            "the clocks change then: this local time comes twice or never.",
            "Write stamps in UTC.",
        )
    return _seconds(index.tz_convert("UTC").tz_localize(None))


def _seconds(times: pd.Series[Any] | pd.DatetimeIndex) -> NDArray[np.datetime64]:
    naive: NDArray[np.datetime64] = times.to_numpy()
    return naive.astype("datetime64[s]")


def _closes(column: pd.Series[Any], source: str) -> NDArray[np.float64]:
    """Return closes; blank is NaN, anything else but a positive number an error."""
    if column.dtype.kind in "fiu":  # of pandas' own types and Arrow's, too
        values = column.to_numpy(dtype=float, na_value=np.nan)
        blank = np.isnan(values)
    else:
        text = column.astype(object).astype(str).str.strip()
        blank = column.isna().to_numpy() | text.isin(_BLANK).to_numpy()
        values = pd.to_numeric(text.mask(blank), errors="coerce").to_numpy(dtype=float)
    bad = ~blank & ~(np.isfinite(values) & (values > 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise PriceError(
            f"{source}:{row + 2}, column close",
            _shown(column.iloc[row]),
            "a price is a positive number with a decimal point.",
            "Leave it blank where there is no price.",
        )
    return values


def _shown(value: object) -> str:
    """Write a cell as its file has it: text in quotes, a number as it is."""
    return repr(value) if isinstance(value, str) else str(value)


def _segments(table: pd.DataFrame, source: str) -> NDArray[np.int64]:
    if "segment" not in table:
        return np.zeros(len(table), dtype=np.int64)
    values = pd.to_numeric(table["segment"], errors="coerce").to_numpy(dtype=float)
    bad = ~(np.isfinite(values) & (values == np.floor(values)))
    if bad.any():
        row = int(np.argmax(bad))
        raise PriceError(
            f"{source}:{row + 2}, column segment",
            _shown(table["segment"].iloc[row]),
            "contracts are numbered in whole numbers.",
            "Count up at each change of contract.",
        )
    return values.astype(np.int64)


def _series(
    name: str,
    rows: NDArray[np.intp],
    time: NDArray[np.datetime64],
    close: NDArray[np.float64],
    segment: NDArray[np.int64],
    stamp: str,
    source: str,
) -> Bars:
    """Return the bars of one series with a price, sorted; a time that comes twice is refused."""
    rows = rows[np.isfinite(close[rows])]
    rows = rows[np.argsort(time[rows], kind="stable")]
    if len(rows) < 2:
        raise PriceError(source, f"{len(rows)} bars of {name}", "there must be bars.", "Add them.")
    gaps = np.diff(time[rows])
    if (gaps == np.timedelta64(0, "s")).any():
        again = time[rows][int(np.argmin(gaps))]
        raise PriceError(
            source, f"two bars of {name} at {again}Z", "a bar stands once.", "Remove one of them."
        )
    lengths, counts = np.unique(gaps, return_counts=True)
    step = max(int(lengths[np.argmax(counts)] / _MINUTE), 1)
    kind: Stamp = "end" if stamp == "end" else "start" if stamp == "start" else ""
    return Bars(name, time[rows], close[rows], segment[rows], kind, step, source)
