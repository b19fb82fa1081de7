"""From frames to the event panel: labelled returns and events on one common session axis."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.gate import (
    as_dates,
    checked_matrix,
    day_text,
    has_bars,
    look_at_panel,
    warn,
)
from analysis.engine.panel import EventPanel, Floats, Ints
from analysis.engine.peers import PEERS, peer_benchmark
from analysis.errors import InputError

Benchmark = pd.Series | pd.DataFrame | Literal["peers"] | None


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
        gives each its own; ``"peers"`` for the equal-weighted mean of all other securities;
        None for models that use no benchmark.

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
    returns = _by_date(returns)
    matrix = checked_matrix("returns", returns)
    names: tuple[str, ...]
    if isinstance(benchmark, str):
        factors, names = peer_benchmark(matrix, benchmark)[..., None], (PEERS,)
    else:
        factors, names = _factors(_by_date(benchmark), returns.index)
        if _is_own(benchmark, returns):
            order = pd.Index(names).get_indexer(pd.Index(list(map(str, returns.columns))))
            factors, names = factors[:, order, None], ("benchmark",)
    _check_columns(events)
    _refuse_duplicates(events)
    bars = has_bars(returns.index)
    session = as_dates("events.session", events["session"], times=bars)
    panel = place_events(
        events.assign(session=session),
        returns=matrix,
        securities=pd.Index(returns.columns),
        sessions=pd.DatetimeIndex(returns.index),
        factors=factors,
        factor_names=names,
    )
    return replace(panel, notes=_between(_by_date(benchmark), returns.index))


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


def _factors(
    benchmark: pd.Series | pd.DataFrame | None, index: pd.Index
) -> tuple[Floats, tuple[str, ...]]:
    if benchmark is None:
        return np.empty((len(index), 0)), ()
    frame = (
        benchmark.to_frame(benchmark.name or "benchmark")
        if isinstance(benchmark, pd.Series)
        else benchmark
    )
    checked_matrix("benchmark", frame)
    own, days = pd.DatetimeIndex(frame.index), pd.DatetimeIndex(index)
    at = own.get_indexer(days)
    if (at < 0).any():
        raise InputError(
            "benchmark",
            f"{len(frame)} sessions, without {day_text(days[int(np.argmax(at < 0))])}",
            f"it must have the {len(index)} sessions of `returns`; it may have more.",
            "Use benchmark.reindex(returns.index); days that become NaN are left out.",
        )
    matrix = frame.to_numpy(dtype=np.float64)[at]
    return matrix, tuple(map(str, frame.columns))


def _between(benchmark: object, index: pd.Index) -> tuple[str, ...]:
    """Say where a benchmark has sessions between those of the returns: a return may span them."""
    if not isinstance(benchmark, pd.Series | pd.DataFrame):
        return ()
    own = pd.DatetimeIndex(benchmark.index)
    inside = own[(own > index[0]) & (own < index[-1])].difference(pd.DatetimeIndex(index))
    if not len(inside):
        return ()
    return (
        f"the benchmark has {len(inside)} sessions between those of `returns`, first "
        f"{day_text(inside[0])}: what it did on them is left out, so where a return spans one, "
        "compound the benchmark over it",
    )


def _by_date(frame: Any) -> Any:
    """Return a frame whose days stand in a column ``date`` or ``session`` with these as index."""
    if not isinstance(frame, pd.DataFrame) or not isinstance(frame.index, pd.RangeIndex):
        return frame
    days = [name for name in frame.columns if str(name).casefold() in ("date", "session")]
    return frame.set_index(days[0]) if len(days) == 1 else frame


def _is_own(benchmark: object, returns: pd.DataFrame) -> bool:
    """Whether a frame has a benchmark for each security: a column of the same name."""
    if not isinstance(benchmark, pd.DataFrame) or len(returns.columns) < 2:
        return False
    names = set(map(str, _by_date(benchmark).columns))
    return names >= set(map(str, returns.columns))


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
