"""A table of companies' events and a file of prices: read, placed, studied."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.frame_panel import place_events
from analysis.engine.models import MODELS, TOTAL_REACTION, WITHOUT_BENCHMARK
from analysis.engine.panel import EventPanel
from analysis.engine.results import EventStudyResult
from analysis.engine.spec import StudySpec
from analysis.engine.study import event_study
from analysis.errors import InputError, PlausibilityWarning
from analysis.prices import PriceKind
from analysis.prices.every import Series, read_every
from analysis.prices.returns_files import read_returns
from analysis.reactions.table_benchmark import (
    Benchmark,
    factors_on,
    find_benchmark,
    returns_between,
)
from analysis.seeds.event_tables import EventTable, read_event_table
from analysis.seeds.exchanges import exchange_code
from analysis.sessions.table_days import (
    DEFAULT_ZONE,
    ClosedDay,
    PlacedDays,
    calendar_held,
    check_exchange,
    place_days,
)

Days = npt.NDArray[np.datetime64]
#: Days between the estimation window and an event window that had to be widened.
_GAP = 5
_T = 120


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
    table = read_event_table(request.events)
    read, every = _prices(request, table)
    series = read([name for name in table.securities if name in set(every)] or table.securities)
    benchmark = find_benchmark(request.benchmark, series, table, every, read)
    days, notes = _sessions(series, benchmark, request)
    placed = place_days(
        table, dict.fromkeys(series.values.columns, days), closed_day=request.closed_day,
        exchange=request.exchange, zone=request.zone,
    )  # fmt: skip
    spec = _spec(request, benchmark, placed, days)
    panel = _panel(table, placed, series, benchmark, days, spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PlausibilityWarning)  # they stand in the notes
        result = event_study(panel, spec=spec)
    result = replace(result, events=pd.concat([table.frame.drop(columns="moment"), table.extras],
                                              axis=1))  # fmt: skip
    return TableStudy(
        request=request, table=table, placed=placed, result=result, benchmark=benchmark,
        files=((table.source, table.sha256), *series.files, *benchmark.files),
        said=_said(request, table, series, benchmark, days, spec),
        notes=(*series.notes, *benchmark.notes, *notes, *result.notes),
        odd=series.odd,
    )  # fmt: skip


Read = Callable[[Sequence[str]], Series]


def _prices(request: TableRequest, table: EventTable) -> tuple[Read, list[str]]:
    """Return a reader of series by name, and the names of all there are."""
    kind: PriceKind = request.method.get("price", "close")
    if request.prices == "yahoo":
        return _yahoo(request, kind), [*table.securities, *([request.benchmark] if (
            request.benchmark and not Path(request.benchmark).exists()
            and request.benchmark != "peers") else [])]  # fmt: skip
    path = Path(request.prices)
    long = read_returns(path)
    if long is None:
        long = read_every(path, kind=kind, largest_factor=request.largest_factor)

    def read(names: Sequence[str]) -> Series:
        kept = [name for name in dict.fromkeys(names) if name in long.values]
        return replace(long, values=long.values[kept])

    return read, [*map(str, long.values.columns), *long.refused]


def _yahoo(request: TableRequest, kind: PriceKind) -> Read:
    from analysis.prices import load_prices
    from analysis.workspace import find_workspace

    workspace = find_workspace()

    def read(names: Sequence[str]) -> Series:
        loaded = load_prices(
            list(dict.fromkeys(names)), "yahoo", data_dir=workspace.data, kind=kind,
            cache_dir=workspace.cache, largest_factor=request.largest_factor,
        )  # fmt: skip
        return Series(loaded.closes, kind, {}, loaded.files, loaded.notes)

    return read


def _sessions(
    series: Series, benchmark: Benchmark, request: TableRequest
) -> tuple[Days, tuple[str, ...]]:
    """Return the sessions of the study: of the exchange, of the benchmark, or of the prices."""
    prices = series.values.index.to_numpy().astype("datetime64[D]")
    notes: list[str] = []
    if request.exchange is not None:
        check_exchange(request.exchange)
        days = calendar_held(exchange_code(request.exchange), prices).session
        off = np.setdiff1d(prices, days)
        if len(off):
            notes.append(
                f"{len(off)} days of the prices are no sessions of {request.exchange} and were "
                f"left out: {', '.join(map(str, off[:5]))}{' ...' if len(off) > 5 else ''}"
            )
        return days, tuple(notes)
    if benchmark.series is not None and benchmark.kind != "own":
        own = benchmark.series.dropna(how="all").index.to_numpy().astype("datetime64[D]")
        days = own[(own >= prices[0]) & (own <= prices[-1])]
        if not len(days):
            raise InputError(
                "benchmark", f"{benchmark.name} from {own[0]} to {own[-1]}",
                f"it shares no day with the prices, {prices[0]} to {prices[-1]}.",
                "Give one that covers the same dates.",
            )  # fmt: skip
        missing = np.setdiff1d(prices, own)
        if len(missing):
            notes.append(
                f"{len(missing)} days of the prices lack {benchmark.name} and are no sessions: "
                f"{', '.join(map(str, missing[:5]))}{' ...' if len(missing) > 5 else ''}"
            )
        return days, tuple(notes)
    return prices, ()


def _spec(request: TableRequest, benchmark: Benchmark, placed: PlacedDays, days: Days) -> StudySpec:
    """Fill in what was not asked: a model the benchmark allows, windows that hold each other."""
    method = dict(request.method)
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
    windows = method.get("windows") or ()
    if "event_window" not in method and windows:
        method["event_window"] = (
            min(-5, *(w[0] for w in windows)), max(10, *(w[1] for w in windows))
        )  # fmt: skip
    if request.estimation_dates is not None:
        method["estimation_window"] = _estimation_days(request.estimation_dates, placed, days)
    first = method.get("event_window", (-5, 10))[0]
    if "estimation_window" not in method and first <= -11:
        method["estimation_window"] = (first - _GAP - _T, first - _GAP - 1)
    return StudySpec(**method)


def _estimation_days(dates: tuple[str, str], placed: PlacedDays, days: Days) -> tuple[int, int]:
    """Return a window of dates as event days; all events must share one day 0."""
    day0 = np.unique(placed.session[~np.isnat(placed.session)])
    if len(day0) != 1:
        raise InputError(
            "estimation_window", list(dates), f"the events have {len(day0)} different day 0s, so "
            "dates are other event days for each.", "Give event days, such as -130 -11.",
        )  # fmt: skip
    try:
        first, last = (np.datetime64(text, "D") for text in dates)
    except ValueError:
        raise InputError(
            "estimation_window", list(dates), "both must be dates or event days.",
            "For example 2019-04-01 2020-03-13, or -130 -11.",
        ) from None  # fmt: skip
    at = int(np.searchsorted(days, day0[0]))
    return (
        int(np.searchsorted(days, first)) - at,
        int(np.searchsorted(days, last, side="right")) - 1 - at,
    )


def _panel(
    table: EventTable,
    placed: PlacedDays,
    series: Series,
    benchmark: Benchmark,
    days: Days,
    spec: StudySpec,
) -> EventPanel:
    """Place every event; what the file or the prices spoil becomes an outcome with its reason."""
    frame = table.frame
    securities = [str(name) for name in series.values.columns]
    returns = (
        series.values.reindex(pd.DatetimeIndex(days))
        if series.kind == "ret"
        else returns_between(series.values, days, spec.return_kind)
    ).to_numpy(dtype=float)
    factors, names = factors_on(benchmark, returns, securities, days, spec.return_kind)
    blank = np.isnat(placed.session)
    events = pd.DataFrame(
        {
            "event_id": frame["event_id"].to_numpy(dtype=object),
            "security": frame["security"].to_numpy(dtype=object),
            "session": np.where(blank, days[0], placed.session).astype("datetime64[us]"),
        }
    )
    panel = place_events(
        events, returns=returns, securities=pd.Index(securities, dtype=object),
        sessions=pd.DatetimeIndex(days.astype("datetime64[us]")), factors=factors,
        factor_names=names,
    )  # fmt: skip
    status, reason, row = panel.status.copy(), panel.reason.copy(), panel.row.copy()

    def mark(rows: npt.ArrayLike, word: str, why: Callable[[int], str]) -> None:
        for i in np.flatnonzero(rows):
            status[i], reason[i], row[i] = word, why(int(i)), -1

    mark(blank, "no_session", lambda i: placed.reason[i])
    mark(
        events.duplicated(["event_id", "security"]), "duplicate",
        lambda i: "an earlier row has the same `event_id` and `security`, the key of a row",
    )  # fmt: skip
    absent = ~events["security"].isin(securities)
    refused = series.refused
    mark(
        absent, "unreadable_prices" if refused else "outside_data",
        lambda i: refused.get(
            events["security"][i], f"the prices have no series {events['security'][i]!r}"
        ),
    )  # fmt: skip
    for i in np.flatnonzero(absent):
        if events["security"][i] not in refused:
            status[i] = "outside_data"
    return replace(panel, status=status, reason=reason, row=row)


def _said(
    request: TableRequest,
    table: EventTable,
    series: Series,
    benchmark: Benchmark,
    days: Days,
    spec: StudySpec,
) -> tuple[str, ...]:
    """Say how the files were understood; the first line says which kind of study this is."""
    lines = [f"A table study: {table.sentence()}."]
    what = "returns" if series.kind == "ret" else "prices"
    lines.append(
        f"{len(series.values.columns)} securities, {what} on {len(days)} sessions from {days[0]} "
        f"to {days[-1]}."
    )
    timed = any(getattr(m, "clock", None) is not None for m in table.frame["moment"])
    if request.exchange is None:
        whose = "the benchmark" if benchmark.series is not None and benchmark.kind != "own" else (
            "the file of prices")  # fmt: skip
        words = f"Sessions are the dates of {whose}"
        if timed and request.zone is None:
            words += f"; times are New York's ({DEFAULT_ZONE})"
        lines.append(f"{words}; --exchange names another.")
    if benchmark.kind == "none":
        lines.insert(1, "No benchmark was given: the usual return of a security is its own mean "
                        f"over event days {list(spec.estimation_window)}.")  # fmt: skip
    return tuple(lines)
