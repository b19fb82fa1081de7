"""What no return can be: found and named, with what it probably is instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.engine.panel import Floats
from analysis.engine.series import SeriesSet
from analysis.errors import InputError

#: Half of the values of a decimal return series never lie outside this; percent and levels do.
LARGEST_USUAL = 0.2
#: Values that stand for "missing" in files of CRSP, Kenneth French and others.
CODES = (-44.0, -55.0, -66.0, -77.0, -88.0, -99.0, -99.99, -999.0, -999.99, -9999.0)
#: No percent reaches a thousand on half of the days; basis points of a lively series do.
_BASIS_POINTS = 10.0
#: A series this many times as lively as the rest, and at least this lively, is in other units.
TIMES, LOUD = 40.0, 0.1
#: Price levels move by less than this share of themselves, and lie above this.
_SMOOTH, _LEVEL = 0.1, 0.05
#: A benchmark moves at least by this share of its mean; rounding of a straight line does not.
_VARIES = 0.1
#: Fewest Saturdays that are no slip, and the share of them that sessions made up for may reach.
_SATURDAYS, _MADE_UP = 10, 0.1
#: A delisting return of exactly -1 may come out of a division a hair below it.
_SLACK = 1e-9
#: Sessions a price with a minus sign may last, and the factor prices beside it may lie apart by.
_MARKED, _SAME_PRICE = 5, 2.5
DECIMAL = "returns are decimal, 0.01 for one percent."


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot be.

    Attributes
    ----------
    column : int
        Which series.
    found, rule, remedy : str
        As in :class:`~analysis.errors.InputError`.
    single : bool
        Whether single days are wrong and the rest of the series may stand.
    """

    column: int
    found: str
    rule: str
    remedy: str
    single: bool = False

    def error(self, parameter: str) -> InputError:
        """Return the error for a parameter."""
        return InputError(parameter, self.found, self.rule, self.remedy)


def refuse(series: SeriesSet, *, units: bool = True) -> None:
    """Refuse series of which one cannot be returns.

    Parameters
    ----------
    series
        All of one kind.
    units
        Whether their size is judged, too.

    Raises
    ------
    InputError
        With the name of the series, the day and the value.
    """
    for fault in faults(series, units=units):
        raise fault.error(series.parameter)


def faults(series: SeriesSet, *, units: bool = True) -> Iterator[Fault]:
    """Name every series that cannot be decimal returns, the first reason of each."""
    if not series.values.size:
        return
    with np.errstate(invalid="ignore"):
        infinite = np.isinf(series.low) | np.isinf(series.high)
        usual = units & (np.nan_to_num(series.size) > LARGEST_USUAL)
        positive = units & (series.low > 0) & (series.size > _LEVEL)
        below = (series.low < -1 - _SLACK) & (series.return_kind == "simple")
        # nobody has said yet which kind they are: a missing code is none of either
        below |= (series.low < _code_bound(series)) & (series.return_kind is None)
        mixed = _other_units_within(series.parts)
    for column in map(int, np.flatnonzero(infinite | usual | positive | below | mixed)):
        found = (
            (_infinite(series, column) if infinite[column] else None)
            or (_levels(series, column) if positive[column] else None)
            or (_code(series, column) if below[column] else None)
            or (_scaled(series, column) if usual[column] else None)
            or (_mixed(series, column) if mixed[column] else None)
            or (_below(series, column) if below[column] else None)
        )
        if found:
            yield found


def _code_bound(series: SeriesSet) -> float:
    return max(CODES) + _SLACK


def _infinite(series: SeriesSet, column: int) -> Fault:
    row = int(np.flatnonzero(np.isinf(series.values[:, column]))[0])
    return Fault(
        column,
        f"{series.values[row, column]} for {series.names[column]!r} on {series.day(row, column)}",
        "a return must be finite.",
        "Use NaN where there is no return.",
    )


def _levels(series: SeriesSet, column: int) -> Fault | None:
    """Tell price levels and gross returns: they are positive throughout, and stay near themselves.

    Returns of a money fund are positive throughout as well, but minute.
    """
    values = series.values[:, column]
    values = values[np.isfinite(values)]
    middle = float(np.median(values))
    # 1 + r lies around 1 and stays within half of it, however lively the series
    if np.median(np.abs(values - middle)) < 0.5 * middle and 0.5 < middle < 1.5:
        return Fault(
            column,
            f"values of {series.names[column]!r} around {middle:.3g}",
            "these are gross returns (1 + r); " + DECIMAL,
            "Subtract 1.",
        )
    if len(values) < 3 or np.median(np.abs(np.diff(values))) > _SMOOTH * middle:
        return None
    return Fault(
        column,
        f"values of {series.names[column]!r} around {middle:.5g}, none below 0",
        "these are price levels; " + DECIMAL,
        "Use prices.pct_change(fill_method=None).",
    )


def _code(series: SeriesSet, column: int) -> Fault | None:
    values = series.values[:, column]
    rows = np.flatnonzero(np.isin(values, CODES))
    if not len(rows) or np.nan_to_num(series.size[column]) > _BASIS_POINTS:
        return None
    row = int(rows[0])
    return Fault(
        column,
        f"{values[row]:g} for {series.names[column]!r} on {series.day(row, column)}"
        + (f" and {len(rows) - 1} more such values" if len(rows) > 1 else ""),
        "this is a code for a missing value, not a return.",
        f"Replace it: {series.parameter}.replace({values[row]:g}, float('nan')).",
    )


def _scaled(series: SeriesSet, column: int) -> Fault:
    size = float(series.size[column])
    # 30,000 basis points are +300 %; a series with larger values counts in something else
    if size > _BASIS_POINTS and series.high[column] < 3e4:
        unit, divide = "basis points", "10,000"
    else:
        unit, divide = "percent", "100"
    return Fault(
        column,
        f"values of {series.names[column]!r} of {size:.3g} on a usual day",
        f"returns of {size:.0%} on a usual day cannot be; {DECIMAL}",
        f"If they are {unit}, divide by {divide}; if they are prices, use "
        "prices.pct_change(fill_method=None).",
    )


def _below(series: SeriesSet, column: int) -> Fault:
    values = series.values[:, column]
    row = int(np.nanargmin(values))
    return Fault(
        column,
        f"{values[row]:.6g} for {series.names[column]!r} on {series.day(row, column)}",
        "a simple return cannot be below -1 (-100 %).",
        "If returns are percent, divide by 100; if they are log returns, say return_kind='log'; "
        "use NaN where there is no return.",
        single=True,
    )


def _other_units_within(parts: Floats) -> npt.NDArray[np.bool_]:
    """Say which series move a hundred times as much in one part of their history as in another."""
    largest, smallest = np.fmax.reduce(parts, axis=0), np.fmin.reduce(parts, axis=0)
    return np.asarray((largest > LOUD) & (largest > TIMES * smallest))


def _mixed(series: SeriesSet, column: int) -> Fault:
    parts = series.parts[:, column]
    low, high = float(np.nanmin(parts)), float(np.nanmax(parts))
    # percent is 100 times a decimal, a basis point 10,000 times: 2,000 is between, with room
    return Fault(
        column,
        f"{series.names[column]!r} moving by {low:.3g} on a usual day in one part of its history "
        f"and by {high:.3g} in another",
        f"one series has one unit; {DECIMAL}",
        f"Divide the part that is percent by {100 if high / low < 2000 else 10_000}.",
    )


def marks_of_price(values: Floats, rows: npt.NDArray[np.intp]) -> bool:
    """Tell returns below -1 that are two by two the way to a price with a minus sign and back.

    CRSP marks with it a price that is the mean of bid and ask; the returns beside it are wrong, and
    all others right.

    Parameters
    ----------
    values : ndarray of shape (n_sessions,)
        Simple returns.
    rows
        Where they are below -1.
    """
    if len(rows) % 2:
        return False
    gross = 1 + values[rows]
    back = (np.diff(rows)[::2] <= _MARKED) & (gross > -_SAME_PRICE).reshape(-1, 2).all(axis=1)
    product = gross.reshape(-1, 2).prod(axis=1)
    return bool((back & (product > 1 / _SAME_PRICE) & (product < _SAME_PRICE)).all())


def a_day_late(days: npt.NDArray[np.datetime64]) -> bool:
    """Tell days from Tuesday to Saturday, on which no exchange trades."""
    return bool(_late(_weekdays(days)[:, None])[0])


def refuse_days(
    parameter: str,
    days: npt.NDArray[np.datetime64],
    names: tuple[str, ...] = (),
    values: Floats | None = None,
) -> None:
    """Refuse sessions from Tuesday to Saturday: no exchange trades so.

    Parameters
    ----------
    parameter
        What the user calls the sessions.
    days : ndarray of datetime64[D], of shape (n_sessions,)
        One common axis.
    names
        What is on it, one a column.
    values : ndarray of shape (n_sessions, n_series), optional
        NaN where a series has no session.

    Raises
    ------
    InputError
        If there are Saturdays, and next to no Sundays and Mondays, on the axis or in one series.
    """
    count = _weekdays(days)[:, None]
    whose = [""]
    if values is not None and count[5] >= _SATURDAYS:
        is_day = np.arange(7)[:, None] == _weekday(days)
        count = np.hstack([count, is_day.astype(float) @ np.isfinite(values)])
        whose += [f" of {name!r}" for name in names]
    for column in np.flatnonzero(_late(count))[:1]:
        raise InputError(
            parameter,
            f"{count[5, column]:.0f} Saturdays and hardly a Monday among the sessions"
            f"{whose[column]}",
            "no exchange trades from Tuesday to Saturday: every date seems a day late.",
            "Write the local date of the session; UTC midnights of another zone fall on the next "
            "day.",
        )


def _weekday(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    return (days.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 1970-01-01: a Thursday


def _weekdays(days: npt.NDArray[np.datetime64]) -> npt.NDArray[np.int64]:
    return np.bincount(_weekday(days), minlength=7)


def _late(count: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Say which columns of counts of weekdays have Saturdays, and next to no Sunday and Monday."""
    return np.asarray((count[5] >= _SATURDAYS) & (count[6] + count[0] < _MADE_UP * count[5]))


def refuse_flat(factors: SeriesSet) -> None:
    """Refuse a benchmark or factor that does not vary beside its own level.

    Raises
    ------
    InputError
        If one is constant but for rounding: a slope on it, or a difference from it, says nothing.
    """
    for column, name in enumerate(factors.names):
        values = factors.values[:, column]
        values = values[np.isfinite(values)]
        if len(values) > 1 and np.std(values) <= _VARIES * abs(float(np.mean(values))):
            raise InputError(
                factors.parameter,
                f"{name!r} at {float(np.mean(values)):.6g} on every session",
                "a benchmark or factor must vary; this one is constant but for rounding.",
                "Pass returns of a market, or use model='constant_mean'."
                if values.any()
                else "For plain buy-and-hold returns use model='constant_mean' without a benchmark "
                "and result.buy_and_hold(window); else pass returns of a market.",
            )
