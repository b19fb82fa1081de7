"""The gate of frames: what is let in as returns, factors and sessions, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.engine.panel import Floats
from analysis.errors import InputError


def checked_matrix(name: str, frame: pd.DataFrame) -> Floats:
    """Return a frame as floats, sessions x columns, NaN where missing; refuse what is none."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(name, type(frame).__name__, "it must be a DataFrame, sessions x columns.")
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise InputError(name, str(twice), "this column occurs twice.", "Keep one of them.")
    check_index(name, frame.index)
    try:
        matrix = frame.to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        bad = [str(c) for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
        raise InputError(
            name, ", ".join(bad[:5]), "these columns are not numbers.", "Use decimal returns."
        ) from error
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(matrix.sum())
    if not finite and np.isinf(matrix).any():
        r, c = np.argwhere(np.isinf(matrix))[0]
        raise InputError(
            name,
            f"{matrix[r, c]} for {frame.columns[c]!r} on {day_text(frame.index[r])}",
            "a return must be finite.",
            "Use NaN where there is no return.",
        )
    return matrix


def check_index(name: str, index: pd.Index) -> None:
    """Refuse sessions that are no dates, occur twice or are out of order."""
    if len(index) == 0:
        raise InputError(name, "no rows", "there must be at least one session.")
    dates = pd.DatetimeIndex(as_dates(f"{name}.index", index))
    if dates.has_duplicates:
        twice = dates[dates.duplicated()][0]
        raise InputError(
            name,
            day_text(twice),
            "this session occurs twice in the index.",
            "Keep one row per session.",
        )
    if not dates.is_monotonic_increasing:
        later = int(np.flatnonzero(np.diff(dates.to_numpy()).astype(np.int64) < 0)[0]) + 1
        raise InputError(
            name,
            f"{day_text(dates[later])} after {day_text(dates[later - 1])}",
            "sessions must be in ascending order.",
            f"Use {name.split('.')[0]}.sort_index().",
        )


def as_dates(name: str, values: object) -> pd.DatetimeIndex:
    """Return values as dates; refuse numbers and texts that are none."""
    index = pd.Index(values)  # type: ignore[call-overload]
    if isinstance(index, pd.DatetimeIndex):
        return checked_dates(name, index)
    try:
        if pd.api.types.is_numeric_dtype(index):  # would be read as nanoseconds since 1970
            raise TypeError("numbers are not dates")  # noqa: TRY301
        dates = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
    except (ValueError, TypeError) as error:
        raise InputError(
            name,
            short_text(values),
            "sessions must be dates.",
            "Use a DatetimeIndex or YYYY-MM-DD.",
        ) from error
    return checked_dates(name, dates)


def checked_dates(name: str, dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Refuse dates with a time zone or missing ones."""
    if dates.tz is not None:
        raise InputError(
            name,
            str(dates.tz),
            "sessions are dates and carry no time zone.",
            "Use .tz_localize(None).normalize().",
        )
    if dates.isna().any():
        raise InputError(name, "NaT", "every session needs a date.")
    return dates


def day_text(value: object) -> str:
    """Write a day in messages."""
    return str(pd.Timestamp(value).date()) if not isinstance(value, str) else value  # type: ignore[arg-type]


def short_text(values: object) -> str:
    """Write any value in a message, cut at 60 characters."""
    text = repr(values)
    return text if len(text) <= 60 else text[:57] + "..."
