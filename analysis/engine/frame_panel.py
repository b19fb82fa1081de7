"""From frames to the event panel: labelled returns and events on one common session axis."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.benchmarks import Benchmark, Factors, by_date, factors_of
from analysis.engine.gate import (
    as_dates,
    checked_matrix,
    day_text,
    has_bars,
    look_at_panel,
    warn,
)
from analysis.engine.panel import EventPanel, Floats, Ints
from analysis.errors import InputError


def panel_from_returns(
    returns: pd.DataFrame, events: pd.DataFrame, *, benchmark: Benchmark
) -> EventPanel:
    """Build a panel from a frame of returns on one common session axis.

    Parameters
    ----------
    returns
        Sessions x securities, decimal; NaN where missing. The index is ascending and unique; days
        may also stand in a column ``date`` or ``session``.
    events
        Columns ``event_id``, ``security``, ``session``; the pair (event_id, security) is unique.
    benchmark
        A Series, or a frame with one column per factor, on the sessions of ``returns`` and, maybe,
        others, which are left out; a frame with a column for each security, by the same names,
        gives each its own; ``"peers"`` for the equal-weighted mean of all other securities,
        ``"peers:COLUMN"`` for those of which a column of ``events`` says the same; a mapping of
        securities, or of what one column of ``events`` says of them (exchange, sector), to Series
        or to columns of ``returns``; None for models that use no benchmark.

    Raises
    ------
    InputError
        For unsorted or duplicated sessions, non-numeric columns, missing or duplicated event
        columns and keys, a benchmark on other sessions, or values that cannot be returns.

    Warns
    -----
    PlausibilityWarning
        For what is possible but suspicious; it stands in the ``notes`` of the panel, too.
    """
    panel = labelled_panel(returns, events, benchmark=benchmark)
    panel = replace(panel, notes=(*panel.notes, *look_at_panel(panel)))
    warn(panel.notes)
    return panel


def labelled_panel(
    returns: pd.DataFrame, events: pd.DataFrame, *, benchmark: Benchmark
) -> EventPanel:
    """Build a panel as :func:`panel_from_returns` does; its numbers are not looked at."""
    returns = by_date(returns)
    matrix = checked_matrix("returns", returns)
    _check_columns(events)
    _refuse_duplicates(events)
    factors = factors_of(benchmark, matrix, returns, events)
    bars = has_bars(returns.index)
    session = as_dates("events.session", events["session"], times=bars)
    panel = place_events(
        events.assign(session=session),
        returns=matrix,
        securities=pd.Index(returns.columns),
        sessions=pd.DatetimeIndex(returns.index),
        factors=factors.values,
        factor_names=factors.names,
    )
    return replace(without_benchmark(panel, factors), notes=factors.notes)


def without_benchmark(panel: EventPanel, factors: Factors) -> EventPanel:
    """Say of events whose security has no benchmark, though others have, that this is why."""
    if not factors.without:
        return panel
    status, reason, row = panel.status.copy(), panel.reason.copy(), panel.row.copy()
    for i in np.flatnonzero(panel.status == "ok"):
        why = factors.without.get(panel.securities[panel.column[i]])
        if why is not None:
            status[i], reason[i], row[i] = "missing_return", why, -1
    return replace(panel, status=status, reason=reason, row=row)


def place_events(
    events: pd.DataFrame,
    *,
    returns: Floats,
    securities: pd.Index,
    sessions: pd.DatetimeIndex,
    factors: Floats,
    factor_names: tuple[str, ...],
) -> EventPanel:
    """Put events on one common session axis; nothing is checked, and what fits nowhere is marked.

    Parameters
    ----------
    events
        Columns ``event_id``, ``security``, ``session`` (datetime64).
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal returns; NaN where missing.
    securities, sessions
        Labels of the columns and rows of ``returns``.
    factors : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        Benchmark or factors over the same sessions.
    factor_names
        Names of the k factors.
    """
    column_of = securities.get_indexer(pd.Index(events["security"]))
    session = pd.DatetimeIndex(events["session"])
    row = sessions.get_indexer(session)
    status = np.full(len(events), "ok", dtype=object)
    reason = np.full(len(events), "", dtype=object)
    _mark_unplaced(status, reason, events, column_of, row, sessions, session)
    _say_kinds(reason, events["security"].to_numpy(dtype=object), column_of, securities)
    return EventPanel(
        event_id=events["event_id"].to_numpy(dtype=object),
        security=events["security"].to_numpy(dtype=object),
        column=column_of.astype(np.intp),
        row=np.where(status == "ok", row, -1).astype(np.intp),
        securities=tuple(securities),
        returns=returns,
        factors=factors,
        factor_names=factor_names,
        session_id=np.arange(len(sessions), dtype=np.int64),
        label=sessions.to_numpy().astype(
            "datetime64[s]" if has_bars(sessions) else "datetime64[D]"
        ),
        status=status,
        reason=reason,
    )


def _check_columns(events: object) -> None:
    remedy = "Events need the columns event_id, security and session, each once."
    if not isinstance(events, pd.DataFrame):
        raise InputError(
            "events", type(events).__name__, "it must be a pandas DataFrame, a row per event.",
            f"{remedy} A dict or a list of rows becomes one with pandas.DataFrame(...).",
        )  # fmt: skip
    names = list(map(str, events.columns))
    for column in ("event_id", "security", "session"):
        if names.count(column) != 1:
            many = "is missing" if column not in names else "is there more than once"
            raise InputError("events", names, f"the column `{column}` {many}.", remedy)


def _refuse_duplicates(events: pd.DataFrame) -> None:
    for column in ("event_id", "security"):
        names = events[column]
        if names.dtype != object and isinstance(names.dtype, np.dtype | pd.StringDtype):
            continue  # numbers, days or texts
        odd = [value for value in names if not isinstance(value, Hashable)]
        if odd:
            raise InputError(
                f"events.{column}", odd[0], "names are texts or numbers.", "Write one in each row."
            )
    if events["event_id"].is_unique:
        return
    twice = events.duplicated(["event_id", "security"])
    if twice.any():
        first = events.loc[twice, ["event_id", "security"]].iloc[0]
        raise InputError(
            "events",
            f"event_id {first['event_id']!r} with security {first['security']!r} more than once",
            "the pair (event_id, security) is the key of a row.",
            "Give the second event of a security its own event_id.",
        )


def _say_kinds(
    reason: npt.NDArray[np.object_],
    asked: npt.NDArray[np.object_],
    column: Ints,
    securities: pd.Index,
) -> None:
    """Say where a security is there under the same name of another kind: 600 for "600"."""
    same = {str(name): name for name in securities}
    for i in map(int, np.flatnonzero(column < 0)):
        if (name := same.get(str(asked[i]))) is not None:
            reason[i] += (
                f" as {type(asked[i]).__name__}; it is there as {name!r}, {type(name).__name__}: "
                "write both alike"
            )


def _mark_unplaced(
    status: npt.NDArray[np.object_],
    reason: npt.NDArray[np.object_],
    events: pd.DataFrame,
    column: Ints,
    row: Ints,
    index: pd.DatetimeIndex,
    session: pd.DatetimeIndex,
) -> None:
    for i in map(int, np.flatnonzero((row < 0) | (column < 0))):
        if column[i] < 0:
            status[i] = "outside_data"
            reason[i] = f"`security` {events['security'].iloc[i]!r} is not a column of `returns`"
        elif session[i] < index[0] or session[i] > index[-1]:
            status[i] = "outside_data"
            reason[i] = (
                f"`session` {day_text(session[i])} is outside the returns, "
                f"which run from {day_text(index[0])} to {day_text(index[-1])}"
            )
        else:
            status[i] = "no_session"
            later = index[int(index.searchsorted(session[i]))]
            reason[i] = (
                f"`session` {day_text(session[i])} is not a session of `returns`; "
                f"the next one is {day_text(later)}"
            )
