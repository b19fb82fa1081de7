"""The gate of the engine: what is let in, what is refused, and what is said.

``checked_matrix`` and ``as_dates`` judge the form of frames; :func:`look_at_panel` the numbers of
every study. It has three answers: what is impossible is refused, what is possible but suspicious is
returned in sentences, and of clean data it says nothing.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.engine.impossible import (
    CODES,
    faults,
    marks_of_price,
    refuse,
    refuse_days,
    refuse_flat,
)
from analysis.engine.jumps import odd_jumps
from analysis.engine.models import WHOLE_HISTORY, WITHOUT_BENCHMARK
from analysis.engine.oddity import Oddity, told
from analysis.engine.panel import EventPanel, Floats
from analysis.engine.peers import PEERS
from analysis.engine.series import SeriesSet
from analysis.engine.standstill import odd_runs, still_sessions
from analysis.engine.suspicious import odd_benchmark, odd_riskless, odd_signs, same_series
from analysis.engine.units import odd_parts, odd_sizes, refuse_units
from analysis.errors import InputError, PlausibilityWarning

if TYPE_CHECKING:
    from analysis.engine.spec import StudySpec

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: Many characteristics reach far up; a code above them lies this many of their ranges away.
_FAR_ABOVE = 10.0
_USE_DATES = "Use a DatetimeIndex or YYYY-MM-DD."


def look_at_panel(panel: EventPanel, spec: StudySpec | None = None) -> tuple[str, ...]:
    """Refuse a panel that cannot be, and say what is odd about it.

    Parameters
    ----------
    panel
        Returns, factors and events.
    spec
        The method; None where nobody has chosen one yet, so that returns may be simple or log, and
        factors serve for anything.

    Returns
    -------
    tuple of str
        What is suspicious but possible, in sentences; empty for clean data.

    Raises
    ------
    InputError
        If returns or factors cannot be what they are said to be.
    """
    kind = None if spec is None else spec.return_kind
    names = tuple(map(str, panel.securities))
    if panel.label.ndim == 1:
        refuse_days("returns", panel.label, names, panel.returns)
    securities = SeriesSet("returns", names, panel.returns, panel.label, kind)
    unused = refuse_used(panel, spec, securities)
    chosen, rate = used_factors(panel.factor_names, spec)
    factors, riskless = _factors(panel, spec, chosen), _factors(panel, spec, rate)
    refuse(factors)
    refuse(riskless, units=False)
    refuse_units(securities, factors)
    if spec is not None:
        refuse_flat(factors)
    studied = securities.take(np.unique(panel.column[panel.column >= 0]))
    among = (securities.values, factors.values) if panel.label.ndim == 1 else ()
    odd: list[Oddity] = [*unused, *odd_series(studied, among), *odd_series(factors, among)]
    odd += [*same_series(studied), *still_sessions(securities, factors)]
    odd += odd_sizes(studied, factors)
    if panel.factors.ndim == 2 and factors.names:
        odd += odd_benchmark(studied, factors)
    return told([*odd, *odd_riskless(riskless)])


def odd_series(
    series: SeriesSet,
    among: Sequence[Floats] = (),
    *,
    family: int | None = None,
    beside: Sequence[Floats] = (),
    jumps: bool = True,
) -> Iterator[Oddity]:
    """Look at each series by itself: single moves, runs of one value, parts in other units.

    Parameters
    ----------
    series
        What is looked at.
    among, family, beside
        As in :func:`~analysis.engine.jumps.odd_jumps`.
    jumps
        Whether single moves are judged.
    """
    if series.values.size:
        if jumps:
            yield from odd_jumps(series, among, family=family, beside=beside)
        yield from odd_runs(series)
        yield from odd_parts(series)
        yield from odd_signs(series)


def refuse_used(panel: EventPanel, spec: StudySpec | None, securities: SeriesSet) -> list[Oddity]:
    """Refuse returns that cannot be, wherever they stand, but for prices marked with a minus sign.

    These are told where no event, no benchmark and no peer mean rests on them: CRSP marks so a mean
    of bid and ask, the two returns beside it are wrong, and nothing else is.

    Raises
    ------
    InputError
        If a return cannot be, and is not of that kind or is used.
    """
    told_of = []
    for fault in faults(securities):
        column = fault.column
        values = securities.values[:, column]
        with np.errstate(invalid="ignore"):
            below = np.flatnonzero(values < -1)
        if spec is None or not fault.single or not marks_of_price(values, below):
            raise fault.error("returns")
        if spec.model in WHOLE_HISTORY or PEERS in panel.factor_names:
            raise fault.error("returns")
        start, end = spec.reach
        used = np.zeros(panel.n_sessions, dtype=bool)
        for row in panel.row[(panel.column == column) & (panel.row >= 0)]:
            used[max(row + start, 0) : row + end + 1] = True
        if used[below].any():
            raise fault.error("returns")
        told_of.append(
            Oddity(
                "not used",
                f"{fault.found}: {fault.rule} It comes and goes as a price with a minus sign does, "
                "the mark of CRSP for a mean of bid and ask, and lies outside every window in use.",
            )
        )
    return told_of


def used_factors(names: tuple[str, ...], spec: StudySpec | None) -> tuple[list[int], list[int]]:
    """Return which columns a method holds returns against, and which is its riskless rate.

    The mean of peers is made of returns that passed already, and is left out.
    """
    chosen = [i for i, name in enumerate(names) if name != PEERS]
    if spec is None:
        return chosen, []
    riskless = [i for i in chosen if names[i] == spec.risk_free]
    if spec.model in WITHOUT_BENCHMARK:
        return [], riskless
    asked = spec.factors or names
    return [i for i in chosen if i not in riskless and names[i] in asked], riskless


def look_at_factors(factors: SeriesSet, spec: StudySpec) -> tuple[Oddity, ...]:
    """Refuse factors that cannot be, and find what is odd about them by themselves.

    Their single moves are judged beside the securities, which may have moved alike.

    Raises
    ------
    InputError
        If one that the method uses is no decimal return, or does not vary.
    """
    chosen, riskless = used_factors(factors.names, spec)
    used, rate = factors.take(np.array(chosen, int)), factors.take(np.array(riskless, int))
    refuse(used)
    refuse(rate, units=False)
    refuse_flat(used)
    return (*odd_series(used, jumps=False), *odd_riskless(rate))


def _factors(panel: EventPanel, spec: StudySpec | None, chosen: list[int]) -> SeriesSet:
    names = [panel.factor_names[i] for i in chosen]
    values, label = panel.factors[..., chosen], panel.label
    if values.ndim == 3:  # a column for each security and factor
        names = [f"{name} of {security}" for security in panel.securities for name in names]
        values = values.reshape(len(values), -1)
        label = label if label.ndim == 1 else np.repeat(label, len(chosen), axis=1)
    kind = None if spec is None else spec.return_kind
    return SeriesSet("benchmark", tuple(names), values, label, kind)


def odd_characteristics(characteristics: pd.DataFrame) -> tuple[str, ...]:
    """Say which characteristics hold a code for a missing value far from all other values."""
    odd = []
    for name, column in characteristics.items():
        values = column.to_numpy(dtype=float)
        coded = np.isin(np.abs(values), np.abs(CODES))
        rest = values[~coded & np.isfinite(values)]
        if not coded.any() or len(rest) < 2:
            continue
        code, reach = values[coded][0], np.ptp(rest)
        if code < rest.min() - reach or code > rest.max() + _FAR_ABOVE * reach:
            odd.append(
                Oddity(
                    "a code for a missing value",
                    f"characteristic {name}: {code:g} in {int(coded.sum())} rows, all others from "
                    f"{rest.min():.4g} to {rest.max():.4g}: a code for a missing value?",
                )
            )
    return told(odd)


def warn(notes: tuple[str, ...], *, stacklevel: int = 3) -> None:
    """Warn of what the gate noticed, once a sentence."""
    for note in notes:
        warnings.warn(note, PlausibilityWarning, stacklevel=stacklevel)


def check_labels(name: str, frame: pd.DataFrame) -> None:
    """Refuse columns that have no name to be asked by, or one name twice."""
    odd = [label for label in frame.columns if not isinstance(label, Hashable)]
    if odd:
        raise InputError(name, odd[0], "the names of columns are texts or numbers.", "Rename it.")
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise InputError(name, str(twice), "this column occurs twice.", "Keep one of them.")


def checked_matrix(name: str, frame: pd.DataFrame) -> Floats:
    """Return a frame as floats, sessions x columns, NaN where missing; refuse what is none."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(name, type(frame).__name__, "it must be a DataFrame, sessions x columns.")
    check_labels(name, frame)
    if frame.empty:
        rows, columns = frame.shape
        raise InputError(
            name, f"{rows} rows x {columns} columns",
            f"there are no {'columns' if rows else 'rows'}.",
            "It needs a row per session and a column per series.",
        )  # fmt: skip
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
    dates = as_dates(f"{name}.index", index, times=has_bars(index))
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


def has_bars(index: pd.Index) -> bool:
    """Tell an axis of bars within days, where several rows share a date, from one of sessions."""
    return isinstance(index, pd.DatetimeIndex) and bool(index.normalize().has_duplicates)


def as_dates(name: str, values: object, *, times: bool = False) -> pd.DatetimeIndex:
    """Return values as dates; refuse numbers and texts that are none.

    Parameters
    ----------
    name
        What the user calls them.
    values
        Dates, or texts YYYY-MM-DD.
    times
        Whether they may have a time of day: on an axis of bars (:func:`has_bars`).
    """
    index = pd.Index(values)  # type: ignore[call-overload]
    if isinstance(index, pd.DatetimeIndex):
        return checked_dates(name, index, times=times)
    texts = [value for value in index if isinstance(value, str)]
    odd = next((text for text in texts if not _ISO_DAY.fullmatch(text)), None)
    if odd is not None:  # "now" and "2024-10" would be read as days nobody meant
        raise InputError(name, short_text(odd), "sessions must be dates.", _USE_DATES)
    try:
        if pd.api.types.is_numeric_dtype(index):  # would be read as nanoseconds since 1970
            raise TypeError("numbers are not dates")  # noqa: TRY301
        dates = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
    except (ValueError, TypeError) as error:
        raise InputError(name, short_text(values), "sessions must be dates.", _USE_DATES) from error
    return checked_dates(name, dates)


def checked_dates(name: str, dates: pd.DatetimeIndex, *, times: bool = False) -> pd.DatetimeIndex:
    """Refuse dates with a time zone or missing ones, and times of day where there are no bars."""
    if dates.tz is not None:
        raise InputError(
            name,
            str(dates.tz),
            "sessions are dates and carry no time zone.",
            "Use .tz_localize(None).normalize().",
        )
    if dates.isna().any():
        raise InputError(name, "NaT", "every session needs a date.")
    midnight = dates.normalize()
    if not times and not midnight.equals(dates):
        odd = dates[int(np.argmax(midnight != dates))]
        raise InputError(
            name, str(odd), "sessions are dates and have no time of day.", "Use .normalize()."
        )
    return dates


def day_text(value: object) -> str:
    """Write a day in messages, or the time of a bar."""
    if isinstance(value, str):
        return value
    at = pd.Timestamp(value)  # type: ignore[arg-type]
    return str(at.date()) if at == at.normalize() else f"{at:%Y-%m-%d %H:%M}"


def short_text(values: object) -> str:
    """Write any value in a message, cut at 60 characters."""
    text = repr(values)
    return text if len(text) <= 60 else text[:57] + "..."
