"""From a table of events and the series of its securities to the panel of the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.frame_panel import place_events
from analysis.engine.panel import EventPanel
from analysis.engine.spec import StudySpec
from analysis.prices.every import Series
from analysis.reactions.table_axes import Axes, Days
from analysis.reactions.table_benchmark import Benchmark, factors_on, returns_between
from analysis.seeds.event_tables import EventTable
from analysis.sessions.table_days import PlacedDays

Floats = npt.NDArray[np.float64]


def table_panel(
    table: EventTable,
    placed: PlacedDays,
    series: Series,
    benchmark: Benchmark,
    axes: Axes,
    spec: StudySpec,
) -> EventPanel:
    """Place every event; what the file or the prices spoil becomes an outcome with its reason."""
    blank = np.isnat(placed.session)
    events = pd.DataFrame(
        {
            "event_id": table.frame["event_id"].to_numpy(dtype=object),
            "security": table.frame["security"].to_numpy(dtype=object),
            "session": np.where(blank, axes.longest[0], placed.session).astype("datetime64[us]"),
        }
    )
    make = _own_axes if axes.common is None else _one_axis
    return _marked(make(events, series, benchmark, axes, spec), events, blank, placed, series,
                   benchmark)  # fmt: skip


def _returns_on(series: Series, names: list[str], days: Days, spec: StudySpec) -> pd.DataFrame:
    some = series.values[names]
    if series.kind == "ret":
        return some.reindex(pd.DatetimeIndex(days))
    return returns_between(some, days, spec.return_kind)


def _one_axis(
    events: pd.DataFrame, series: Series, benchmark: Benchmark, axes: Axes, spec: StudySpec
) -> EventPanel:
    days = axes.longest
    names = [str(name) for name in series.values.columns]
    returns = _returns_on(series, names, days, spec)
    factors, factor_names = factors_on(benchmark, returns, days, spec.return_kind)
    return place_events(
        events, returns=returns.to_numpy(dtype=float), securities=pd.Index(names, dtype=object),
        sessions=pd.DatetimeIndex(days.astype("datetime64[us]")), factors=factors,
        factor_names=factor_names,
    )  # fmt: skip


def _own_axes(
    events: pd.DataFrame, series: Series, benchmark: Benchmark, axes: Axes, spec: StudySpec
) -> EventPanel:
    """Lay every security on its own sessions; equal dates of different ones belong together."""
    names = [str(name) for name in series.values.columns]
    parts = {}
    for days in axes.each:
        mine = [name for name in names if axes.days[name] is days]
        parts[id(days)] = mine, _returns_on(series, mine, days, spec)
    by_date = pd.concat([part for _, part in parts.values()], axis=1, sort=True)[names]
    length = len(axes.longest)
    shape = (length, len(names))
    returns, label = np.full(shape, np.nan), np.full(shape, np.datetime64("NaT", "D"))
    factors, factor_names = np.full((*shape, 0), np.nan), tuple[str, ...]()
    row = np.full(len(events), -1, dtype=np.intp)
    session = events["session"].to_numpy().astype("datetime64[D]")
    for days in axes.each:
        mine, part = parts[id(days)]
        columns = [names.index(name) for name in mine]
        returns[: len(days), columns] = part.to_numpy(dtype=float)
        label[: len(days), columns] = days[:, None]
        found, factor_names = factors_on(benchmark, by_date, days, spec.return_kind)
        if factors.shape[2] != found.shape[-1]:
            factors = np.full((*shape, found.shape[-1]), np.nan)
        own = found[:, columns] if found.ndim == 3 else found[:, None, :]
        factors[: len(days), columns] = own
        held = events["security"].isin(mine).to_numpy()
        row[held] = pd.Index(days).get_indexer(pd.Index(session[held]))
    column = pd.Index(names).get_indexer(pd.Index(events["security"]))
    status = np.where((row >= 0) & (column >= 0), "ok", "outside_data").astype(object)
    reason = [
        "" if ok == "ok" or at < 0 else _why_outside(name, day, axes.days[name])
        for ok, at, name, day in zip(status, column, events["security"], session, strict=True)
    ]
    return EventPanel(
        event_id=events["event_id"].to_numpy(dtype=object),
        security=events["security"].to_numpy(dtype=object),
        column=column.astype(np.intp),
        row=row,
        securities=tuple(names),
        returns=returns,
        factors=factors,
        factor_names=factor_names,
        session_id=np.where(np.isnat(label), -1, label.astype(np.int64)),
        label=label,
        status=status,
        reason=np.array(reason, dtype=object),
    )


def _why_outside(name: str, day: np.datetime64, days: Days) -> str:
    if len(days) and days[0] <= day <= days[-1]:
        return f"{day} is no session of {name}"
    return f"{day} is outside the sessions of {name}, which run from {days[0]} to {days[-1]}"


def _marked(
    panel: EventPanel,
    events: pd.DataFrame,
    blank: npt.NDArray[np.bool_],
    placed: PlacedDays,
    series: Series,
    benchmark: Benchmark,
) -> EventPanel:
    """Say of rows that cannot be used what is wrong with them."""
    status, reason, row = panel.status.copy(), panel.reason.copy(), panel.row.copy()

    def mark(rows: npt.ArrayLike, word: str, why: Callable[[int], str]) -> None:
        for i in np.flatnonzero(rows):
            status[i], reason[i], row[i] = word, why(int(i)), -1

    security = events["security"]
    without = {name: benchmark.lacks(name) for name in series.values.columns}
    mark(security.map(lambda name: bool(without.get(name))), "missing_return",
         lambda i: without[security[i]])  # fmt: skip
    mark(blank, "no_session", lambda i: placed.reason[i])
    mark(
        events.duplicated(["event_id", "security"]), "duplicate",
        lambda i: "an earlier row has the same `event_id` and `security`, the key of a row",
    )  # fmt: skip
    for i in np.flatnonzero(~security.isin(series.values.columns)):
        why, row[i] = series.refused.get(security[i]), -1
        status[i] = "outside_data" if why is None else "unreadable_prices"
        reason[i] = why or f"the prices have no series {security[i]!r}"
    return replace(panel, status=status, reason=reason, row=row)
