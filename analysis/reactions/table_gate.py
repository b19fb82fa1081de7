"""The gate of a table study on days: what lies on no session cannot be studied on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.engine.impossible import a_day_late
from analysis.errors import PriceError, StudyError
from analysis.prices.every import Series
from analysis.reactions.table_axes import Axes, Days
from analysis.reactions.table_benchmark import Benchmark
from analysis.sessions.closures import built_in
from analysis.sessions.day_gate import FEW, day_fault, some_days, weekday_without

_RULE = "prices lie on the sessions they are studied on."
_REMEDY = (
    "Are the dates a day off, as UTC midnights of another zone are? Write the local date of the "
    "exchange; if it keeps other days, name it with --exchange. If they are right all the same, "
    "run with --accept-prices."
)


def on_sessions(series: Series, benchmark: Benchmark, axes: Axes, *, accept: bool) -> Series:
    """Take out the series whose days cannot be those of their sessions, with the reason.

    Parameters
    ----------
    series
        Prices of the securities.
    benchmark
        Held against the same sessions.
    axes
        The sessions of each security.
    accept
        Whether a person has looked at the prices and wants them: nothing is taken out then, and
        what would have been stands among the notes.

    Raises
    ------
    PriceError
        If the benchmark's own days cannot be.
    StudyError
        If no series is left.
    """
    faults = {
        str(name): fault
        for name in series.values
        if (fault := _fault(str(name), _days(series.values[name].dropna()), axes))
    }
    wrong = _of_benchmark(benchmark, [_days(series.values.dropna(how="all")), *axes.each])
    if accept:
        told = [f"accepted by --accept-prices: {f.found}" for f in (wrong, *faults.values()) if f]
        return replace(series, notes=(*series.notes, *told), odd=(*series.odd, *told))
    if wrong is not None:
        raise wrong
    kept = [name for name in map(str, series.values) if name not in faults]
    refused = {**series.refused, **{name: str(fault) for name, fault in faults.items()}}
    return replace(series, values=series.values[kept], refused=_some_left(kept, refused))


def refuse_none_left(series: Series) -> None:
    """Refuse a study none of whose series can be used.

    Raises
    ------
    StudyError
        With the reasons of the first.
    """
    _some_left([*map(str, series.values)], series.refused)


def _some_left(kept: list[str], refused: Mapping[str, str]) -> dict[str, str]:
    if not kept:
        reasons = "\n".join(f"- {reason}" for reason in [*refused.values()][:FEW])
        raise StudyError(f"none of the securities of the events has usable prices:\n{reasons}")
    return dict(refused)


def _fault(name: str, days: Days, axes: Axes) -> PriceError | None:
    if len(days) and name in axes.exchange:
        exchange = axes.exchange[name]
        return day_fault(
            name, exchange, days, source="prices", corrections=built_in(),
            others=axes.exchange.values(), mend="name it with --exchange",
        )  # fmt: skip
    return _beside(name, days, axes.days[name])


def _beside(name: str, days: Days, sessions: Days) -> PriceError | None:
    """Hold days against sessions that nobody has named: a weekday they never have, and others."""
    if not len(days):
        return None
    surplus = np.setdiff1d(days, sessions)
    absent = weekday_without(days, sessions)
    late = a_day_late(days) and not a_day_late(sessions)
    if late or (absent is not None and len(surplus) > FEW):
        others = f"prices on {some_days(surplus)}, which are no sessions, and " * bool(len(surplus))
        found = f"{name} has {others}no price on any {absent or 'Monday'}"
        return PriceError("prices", found, _RULE, _REMEDY)
    return None


def _of_benchmark(benchmark: Benchmark, kept: Sequence[Days]) -> PriceError | None:
    """Hold a benchmark against the days of the securities, and their sessions."""
    if benchmark.series is None or benchmark.kind == "own":
        return None
    days, name = _days(benchmark.series.dropna(how="all")), f"the benchmark {benchmark.name}"
    faults = (_beside(name, days, sessions) for sessions in (*kept, days[:0]))
    return next((fault for fault in faults if fault), None)


def _days(values: pd.Series[float] | pd.DataFrame) -> Days:
    return np.asarray(values.index.to_numpy().astype("datetime64[D]"))
