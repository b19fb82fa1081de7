"""A table of companies' events and a file of prices: read, placed, studied."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.engine.models import MODELS, TOTAL_REACTION, WITHOUT_BENCHMARK
from analysis.engine.results import EventStudyResult
from analysis.engine.spec import StudySpec
from analysis.engine.study import event_study
from analysis.errors import InputError, PlausibilityWarning
from analysis.prices import PriceKind
from analysis.prices.every import Series, read_every
from analysis.prices.returns_files import read_returns
from analysis.reactions.event_time_study import event_time_sheet, study_parts
from analysis.reactions.table_axes import Axes, find_axes
from analysis.reactions.table_benchmark import (
    Benchmark,
    find_benchmark,
    split_benchmarks,
    symbols_named,
)
from analysis.reactions.table_currency import converted, currencies_told, differing
from analysis.reactions.table_gate import on_sessions, refuse_none_left
from analysis.reactions.table_names import named_as, series_meant
from analysis.reactions.table_panel import table_panel
from analysis.reactions.table_yahoo import yahoo_reader
from analysis.seeds.event_tables import EventTable, read_event_table
from analysis.seeds.sheets import Sheet
from analysis.sessions.table_days import ClosedDay, PlacedDays, place_days

#: Days between the estimation window and an event window that had to be widened, and the days of
#: the estimation window: those of the default method.
_GAP = 5
_T = 120
#: Days between most prices, holidays aside, above which they are not daily.
LONGEST_STEP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """What a study of a table of events was asked for; JSON values only.

    Attributes
    ----------
    events, prices : str
        Files; ``yahoo`` takes the prices of the securities of the events from there.
    benchmark : str or None
        As in :func:`~analysis.reactions.table_benchmark.find_benchmark`.
    method : mapping
        Fields of :class:`~analysis.engine.spec.StudySpec` that were asked for.
    estimation_dates : tuple of str or None
        First and last date of the estimation window, in place of event days.
    closed_day : str
        ``next``, ``previous`` or ``skip``.
    exchange, zone : str or None
        Whose sessions and hours count; zone of the times.
    largest_factor : float or None
        As in :func:`~analysis.prices.load_prices`.
    currency, rates : str or None
        Currency all series are converted into, and the file of rates of exchange, as in
        :func:`~analysis.reactions.table_currency.converted`; None converts nothing.
    accept_prices : bool
        Whether prices whose days do not fit are used all the same.
    """

    events: str
    prices: str
    benchmark: str | None = None
    method: Mapping[str, Any] = field(default_factory=dict)
    estimation_dates: tuple[str, str] | None = None
    closed_day: ClosedDay = "next"
    exchange: str | None = None
    zone: str | None = None
    largest_factor: float | None = None
    currency: str | None = None
    rates: str | None = None
    accept_prices: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class TableStudy:
    """A finished study of a table of events, and how it came about.

    Attributes
    ----------
    request : TableRequest
        What was asked.
    table : EventTable
        The events as their file says them.
    placed : PlacedDays
        Their sessions, and every shift.
    result : EventStudyResult
        The study; a row for every event of the table, in its order.
    benchmark : Benchmark
        What stands behind normal returns.
    files : tuple of (name, sha256)
        All files read.
    said : tuple of str
        How the files were understood, a line each; the first names the kind of study.
    notes : tuple of str
        What was noticed.
    odd : tuple of str
        Those of the notes that the columns of the price files tell against each other.
    beside : tuple of (name, EventStudyResult)
        The same study against further benchmarks.
    """

    request: TableRequest
    table: EventTable
    placed: PlacedDays
    result: EventStudyResult
    benchmark: Benchmark
    files: tuple[tuple[str, str], ...]
    said: tuple[str, ...]
    notes: tuple[str, ...]
    odd: tuple[str, ...] = ()
    beside: tuple[tuple[str, EventStudyResult], ...] = ()

    @property
    def in_event_time(self) -> bool:
        """Whether the events came with their returns, day by day, and no date is known."""
        return bool(np.isnat(self.placed.session).all())

    @property
    def spec(self) -> StudySpec:
        """The method."""
        return self.result.spec


def table_study(request: TableRequest) -> TableStudy:
    """Read two files, put events on sessions and run the study.

    Raises
    ------
    InputError, PriceError
        If a file or a parameter cannot be used.
    StudyError
        If no event can be used; the message lists the reasons.
    """
    sheet = event_time_sheet(request.events)
    if sheet is not None:
        return _in_event_time(request, sheet)
    table = read_event_table(request.events)
    read, every = _prices(request, table)
    table, said = named_as(table, every)
    named = [name for name in table.securities if name in set(every)]
    if request.currency is not None:
        read = converted(
            read, lambda some: currencies_told(table, some), request.currency, request.rates, every
        )
    elif request.rates is not None:
        raise InputError("rates", request.rates, "they convert into a currency.", "Add --currency.")
    series = read([*named, *_donors(request, named, every)])
    refuse_none_left(series)
    main, *others = [
        _against(request, table, series, find_benchmark(
            None if name is None else series_meant(name, every), series, table, every, read))
        for name in split_benchmarks(request.benchmark, every)
    ]  # fmt: skip
    return replace(
        main, beside=tuple((study.benchmark.name, study.result) for study in others),
        said=(main.said[0], *said, *main.said[1:]),
    )  # fmt: skip


def _in_event_time(request: TableRequest, sheet: Sheet) -> TableStudy:
    table, placed, found, said = study_parts(request, sheet)
    files = [file for benchmark, _ in found for file in benchmark.files]
    (benchmark, result), *beside = found
    return TableStudy(
        request=request, table=table, placed=placed, result=result, benchmark=benchmark,
        files=((table.source, table.sha256), *files), said=said, notes=result.notes,
        beside=tuple((other.name, study) for other, study in beside),
    )  # fmt: skip


def _donors(request: TableRequest, named: list[str], every: list[str]) -> list[str]:
    """Return the series without an event a normal return may be made of; none for most models."""
    model = MODELS.get(str(request.method.get("model")))
    if model is None or not model.needs_donors:
        return []
    taken = {*named, *split_benchmarks(request.benchmark, every)}
    return [str(name) for name in request.method.get("donors") or every if name not in taken]


def _against(
    request: TableRequest, table: EventTable, series: Series, benchmark: Benchmark
) -> TableStudy:
    """Run the study against one benchmark."""
    axes = find_axes(series, benchmark, table, request.exchange, request.zone)
    told = {**benchmark.currencies, **currencies_told(table, series)}
    money = () if request.currency else differing(told, benchmark.pairs(series.values.columns))
    series = on_sessions(series, benchmark, axes, accept=request.accept_prices)
    placed = place_days(
        table, axes.days, closed_day=request.closed_day, exchange=axes.exchange or None,
        zone=request.zone,
    )  # fmt: skip
    spec = _spec(request, benchmark, placed, axes)
    panel = table_panel(table, placed, series, benchmark, axes, spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlausibilityWarning)  # they stand in the notes
        result = event_study(panel, spec=spec)
    result = replace(result, events=pd.concat([table.frame.drop(columns="moment"), table.extras],
                                              axis=1))  # fmt: skip
    return TableStudy(
        request=request, table=table, placed=placed, result=result, benchmark=benchmark,
        files=((table.source, table.sha256), *series.files, *benchmark.files),
        said=_said(table, series, benchmark, axes, spec),
        notes=(*series.notes, *benchmark.notes, *axes.notes, *money, *result.notes),
        odd=series.odd,
    )  # fmt: skip


Read = Callable[[Sequence[str]], Series]


def _prices(request: TableRequest, table: EventTable) -> tuple[Read, list[str]]:
    """Return a reader of series by name, and the names of all there are."""
    kind: PriceKind = request.method.get("price", "close")
    if request.prices == "yahoo":
        read_yahoo = yahoo_reader(
            table, request.method, request.estimation_dates, request.largest_factor
        )
        return read_yahoo, [*table.securities, *symbols_named(request.benchmark, table)]
    path = Path(request.prices)
    long = read_returns(path, table.securities)
    if long is None:
        long = read_every(path, kind=kind, largest_factor=request.largest_factor)

    def read(names: Sequence[str]) -> Series:
        kept = [name for name in dict.fromkeys(names) if name in long.values]
        return replace(long, values=long.values[kept])

    return read, [*map(str, long.values.columns), *long.refused]


def _spec(request: TableRequest, benchmark: Benchmark, placed: PlacedDays, axes: Axes) -> StudySpec:
    """Fill in what was not asked: a model the benchmark allows, windows that hold each other."""
    dated = {} if request.estimation_dates is None else {
        "estimation_window": request.estimation_dates}  # fmt: skip
    method = _in_event_days({**request.method, **dated}, placed, axes)
    if "model" not in method:
        method["model"] = {"none": TOTAL_REACTION, "factors": "factor_model"}.get(
            benchmark.kind, "market_model"
        )
    elif benchmark.kind == "none" and method["model"] not in WITHOUT_BENCHMARK:
        raise InputError(
            "benchmark", None, f"model {method['model']!r} needs one.",
            "Name a series of the prices, a file, a column of the events file or peers.",
        )  # fmt: skip
    several = [code for code, model in MODELS.items() if model.several_factors]
    if method["model"] in several and benchmark.risk_free and "risk_free" not in method:
        method["risk_free"] = benchmark.risk_free
    return StudySpec(**fitting_windows(method))


def fitting_windows(method: Mapping[str, Any]) -> dict[str, Any]:
    """Widen an event window that was not asked for, so that it holds the windows that were."""
    method = dict(method)
    windows = method.get("windows") or ()
    if any(isinstance(day, str) for w in (method.get("event_window", ()), *windows) for day in w):
        return method  # dates, which the spec refuses where they cannot be placed
    if "event_window" not in method and windows:
        method["event_window"] = (
            min(-5, *(w[0] for w in windows)), max(10, *(w[1] for w in windows))
        )  # fmt: skip
    first = method.get("event_window", (-5, 10))[0]
    if "estimation_window" not in method and first <= -11:
        method["estimation_window"] = (first - _GAP - _T, first - _GAP - 1)
    return method


def _in_event_days(method: dict[str, Any], placed: PlacedDays, axes: Axes) -> dict[str, Any]:
    """Return a method whose windows of dates are event days."""
    out = dict(method)
    for name in ("estimation_window", "event_window"):
        if name in out:
            out[name] = _event_days(name, out[name], placed, axes)
    if out.get("windows"):
        out["windows"] = tuple(_event_days("window", w, placed, axes) for w in out["windows"])
    return out


def _event_days(
    name: str, window: Sequence[int | str], placed: PlacedDays, axes: Axes
) -> tuple[int, int]:
    """Return a window as event days; dates need events that all share one day 0."""
    if not any(isinstance(day, str) for day in window):
        first, last = window
        return int(first), int(last)
    given = " ".join(map(str, window))
    day0, days = np.unique(placed.session[~np.isnat(placed.session)]), axes.common
    if len(day0) != 1 or days is None:
        raise InputError(
            name, given, f"the events have {len(day0)} different day 0s, so dates are other event "
            "days for each." if len(day0) != 1 else "the securities keep different sessions.",
            "Give event days, such as -130 -11.",
        )  # fmt: skip
    try:
        first_day, last_day = (np.datetime64(str(text), "D") for text in window)
    except ValueError:
        raise InputError(
            name, given, "both must be dates or event days.",
            "For example 2019-04-01 2020-03-13, or -130 -11.",
        ) from None  # fmt: skip
    inside = np.flatnonzero((days >= first_day) & (days <= last_day))
    if not len(inside):
        raise InputError(
            name, given, f"no session lies between them; those of the study run from {days[0]} to "
            f"{days[-1]}.", "Write the earlier date first.",
        )  # fmt: skip
    at = int(np.searchsorted(days, day0[0]))
    return int(inside[0]) - at, int(inside[-1]) - at


def _said(
    table: EventTable, series: Series, benchmark: Benchmark, axes: Axes, spec: StudySpec
) -> tuple[str, ...]:
    """Say how the files were understood; the first line says which kind of study this is."""
    lines = [f"A table study: {table.sentence()}."]
    what, days = "returns" if series.kind == "ret" else "prices", axes.longest
    span = f"on {len(days)} sessions from {days[0]} to {days[-1]}" if axes.common is not None else (
        "each on its own sessions, "
        + ", ".join(sorted({f"{len(some)} from {some[0]} to {some[-1]}" for some in axes.each}))
    )  # fmt: skip
    lines.append(f"{_securities(len(series.values.columns))}, {what} {span}.")
    if axes.said:
        lines.append(axes.said)
    apart = int(np.median(np.diff(days).astype(int))) if len(days) > 1 else 1
    if apart > LONGEST_STEP:
        lines.append(
            f"Prices stand {apart} days apart: a day of a window is a step of that length."
        )
    model = MODELS[spec.model]
    if model.estimates_nothing and not model.needs_benchmark:
        lines.insert(1, "Nothing is taken out of returns: whole moves are studied.")
    elif benchmark.kind == "none":
        lines.insert(1, "No benchmark was given: the usual return of a security is its own mean "
                        f"over event days {list(spec.estimation_window)}.")  # fmt: skip
    return tuple(lines)


def _securities(n: int) -> str:
    return "1 security" if n == 1 else f"{n} securities"
