"""The event panel: the only place where labelled data become arrays.

Everything below this room (``models``, ``abnormal``, ``inference``) sees arrays with documented
shapes and never a date; ``results`` puts the labels back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.sessions import AlignedReturns, MarketSessions

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Window = tuple[int, int]
Scalar = TypeVar("Scalar", bound=np.generic)
#: Ask for the leave-one-out mean of the other securities as the benchmark of each.
PEERS: Literal["peers"] = "peers"
Benchmark = pd.Series | pd.DataFrame | Literal["peers"] | None
_DAY_SECONDS = 86_400

#: What can become of one (event, security); everything but ``ok`` comes with a reason.
STATUSES = (
    "ok",
    "no_session",
    "short_estimation",
    "missing_price",
    "missing_return",
    "outside_data",
    "no_variation",
    "no_fit",
    # of studies over partitions, where one bad row or file must not end the run
    "duplicate",
    "unreadable_prices",
)


@dataclass(frozen=True, eq=False, repr=False)
class EventPanel:
    """Returns, factors and events as arrays; the only input of the engine.

    Attributes
    ----------
    event_id, security : ndarray of shape (n_events,)
        The key of a row; the pair is unique.
    column : ndarray of shape (n_events,)
        Column of ``returns`` the row is about.
    row : ndarray of shape (n_events,)
        Row of ``returns`` that is day 0; -1 where there is none.
    securities : tuple of str
        Names of the columns of ``returns``.
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal returns on each security's own session axis; NaN where missing (never filled),
        and as padding after the end of a shorter axis.
    factors : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        Decimal returns of the benchmark or factors over the same intervals; k may be 0.
    factor_names : tuple of str
        Names of the k factors.
    session_id : ndarray of shape (n_sessions,) or (n_sessions, n_securities)
        Integer id of a session: equal ids are the same trading day of the same exchange.
    label : ndarray of datetime64[D], same shape as ``session_id``
        The date of a session, for display only.
    span : ndarray of shape (n_sessions, n_securities) or None
        Benchmark closes inside the interval of a return; None where every return spans one.
    close_at : ndarray of shape (n_sessions, n_securities) or None
        Closing instant of each session, seconds UTC since 1970; None on one common axis.
    clock : ndarray of shape (n_events,) or None
        Seconds of the UTC day at which the news of a row broke. With ``close_at`` it pairs sessions
        of markets in different time zones as their day 0s are (:meth:`pairing`).
    status, reason : ndarray of shape (n_events,)
        ``"ok"``, or what the builder already knows to be wrong with a row.
    """

    event_id: npt.NDArray[np.object_]
    security: npt.NDArray[np.object_]
    column: Ints
    row: Ints
    securities: tuple[str, ...]
    returns: Floats
    factors: Floats
    factor_names: tuple[str, ...]
    session_id: npt.NDArray[np.int64]
    label: npt.NDArray[np.datetime64]
    status: npt.NDArray[np.object_]
    reason: npt.NDArray[np.object_]
    span: npt.NDArray[np.int64] | None = None
    close_at: npt.NDArray[np.int64] | None = None
    clock: npt.NDArray[np.int64] | None = None

    def __repr__(self) -> str:
        sessions, securities = self.returns.shape
        return (
            f"EventPanel({len(self.row)} events, {securities} securities, {sessions} sessions, "
            f"{len(self.factor_names)} factors)"
        )

    @property
    def n_sessions(self) -> int:
        """Length of the session axis."""
        return int(self.returns.shape[0])

    def at(self, row: Ints, column: Ints) -> EventPanel:
        """Return a panel on the same data whose events are the given (row, column) pairs."""
        n = len(row)
        return EventPanel(
            event_id=np.arange(n).astype(object),
            security=np.asarray(self.securities, dtype=object)[column],
            column=column,
            row=row,
            securities=self.securities,
            returns=self.returns,
            factors=self.factors,
            factor_names=self.factor_names,
            session_id=self.session_id,
            label=self.label,
            status=np.full(n, "ok", dtype=object),
            reason=np.full(n, "", dtype=object),
            span=self.span,
            close_at=self.close_at,
        )

    def take(self, events: Ints) -> EventPanel:
        """Return a panel on the same data with some of the events."""
        return replace(
            self,
            event_id=self.event_id[events],
            security=self.security[events],
            column=self.column[events],
            row=self.row[events],
            status=self.status[events],
            reason=self.reason[events],
            clock=None if self.clock is None else self.clock[events],
        )

    def pairing(self, events: Ints, start: int, end: int) -> npt.NDArray[np.int64] | None:
        """Say which days of different rows belong together.

        Parameters
        ----------
        events : ndarray of shape (n,)
            Rows of the panel.
        start, end
            Inclusive event days.

        Returns
        -------
        ndarray of shape (n, end - start + 1), or None
            Equal numbers are the same session on one exchange; with ``clock`` and ``close_at``,
            the number of a session is the last UTC date d such that news on d, at the time of day
            of the row's own news, would have had this session as day 0. None on one common axis,
            where the row of a session says it.
        """
        if self.session_id.ndim == 1:
            return None
        row, column = self.row[events], self.column[events]
        if self.clock is None or self.close_at is None:
            return take_days(self.session_id, row, column, start, end).astype(np.int64)
        close = take_days(self.close_at, row, column, start, end)
        since = (close - self.clock[events][:, None]).astype(np.int64)
        return np.asarray(-(-since // _DAY_SECONDS) - 1)


def take_days(
    values: npt.NDArray[Scalar], row: Ints, column: Ints, start: int, end: int
) -> npt.NDArray[Scalar]:
    """Gather the event days ``start``..``end`` around each event.

    Parameters
    ----------
    values : ndarray of shape (n_sessions,) or (n_sessions, n_securities)
        A one-dimensional array is shared by all securities.
    row, column : ndarray of shape (n_events,)
        Day 0 and the security of each event.
    start, end
        Inclusive event days; every gathered row must lie inside the array.

    Returns
    -------
    ndarray of shape (n_events, end - start + 1)
    """
    length = end - start + 1
    if length > len(values):  # no event can have such a window
        return np.empty((0, length), dtype=values.dtype)
    if values.ndim == 1:
        return np.asarray(sliding_window_view(values, length)[row + start])
    if values.flags.f_contiguous:
        windows = sliding_window_view(values.T, length, axis=1)
        return np.asarray(windows[column, row + start])
    days = row[:, None] + np.arange(start, end + 1)
    return np.asarray(values[days, column[:, None]])


def take_factors(values: Floats, row: Ints, column: Ints, start: int, end: int) -> Floats:
    """Gather factors around each event, shape (n_events, end - start + 1, k).

    Parameters
    ----------
    values : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        Factors shared by all securities, or each security's own.
    row, column, start, end
        As in :func:`take_days`.
    """
    k = values.shape[-1]
    if k == 1:
        return take_days(values[..., 0], row, column, start, end)[..., None]
    out = np.empty((len(row), end - start + 1, k))
    for j in range(k):
        out[..., j] = take_days(values[..., j], row, column, start, end)
    return out


def panel_from_returns(
    returns: pd.DataFrame, events: pd.DataFrame, *, benchmark: Benchmark
) -> EventPanel:
    """Build a panel from a frame of returns on one common session axis.

    Parameters
    ----------
    returns
        Sessions x securities, decimal; NaN where missing. The index is ascending and unique.
    events
        Columns ``event_id``, ``security``, ``session``; the pair (event_id, security) is unique.
    benchmark
        A Series, or a frame with one column per factor, on the same sessions; ``"peers"`` for the
        equal-weighted mean of all other securities; None for models that use no benchmark.

    Raises
    ------
    InputError
        For unsorted or duplicated sessions, infinite returns, non-numeric columns, missing or
        duplicated event columns and keys, or a benchmark on other sessions.
    """
    matrix = _checked_matrix("returns", returns)
    names: tuple[str, ...]
    if isinstance(benchmark, str):
        factors, names = peer_benchmark(matrix, benchmark)[..., None], (PEERS,)
    else:
        factors, names = _factors(benchmark, returns.index)
    for column in ("event_id", "security", "session"):
        if column not in events.columns:
            raise InputError(
                "events",
                list(map(str, events.columns)),
                f"the column `{column}` is missing.",
                "Events need the columns event_id, security and session.",
            )
    _refuse_duplicates(events)
    session = _as_dates("events.session", events["session"])
    return place_events(
        events.assign(session=session),
        returns=matrix,
        securities=pd.Index(returns.columns),
        sessions=pd.DatetimeIndex(returns.index),
        factors=factors,
        factor_names=names,
    )


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
        label=sessions.to_numpy().astype("datetime64[D]"),
        status=status,
        reason=reason,
    )


def panel_from_markets(
    keys: Sequence[tuple[str, str, np.datetime64 | None]],
    sessions: Mapping[str, MarketSessions],
    aligned: Mapping[str, AlignedReturns],
    *,
    benchmark: str = "benchmark",
    announced_at: Sequence[np.datetime64] | None = None,
) -> EventPanel:
    """Build a panel from markets that keep their own sessions.

    Parameters
    ----------
    keys
        ``(event_id, market, day 0)`` for every row; day 0 is None where there is none (the row
        then needs an outcome from elsewhere and is marked ``no_session`` here).
    sessions, aligned
        Sessions and clock-aligned returns of each market.
    benchmark
        Name of the one factor.
    announced_at
        Instant of the news (UTC) of every row; pairs sessions of different time zones in tests
        that need the dependence between rows. Without it, markets of different exchanges are
        taken to share no session.
    """
    markets = tuple(sessions)
    longest = max(len(sessions[name].session) for name in markets)
    stack = _Stacker(longest, markets)
    column = np.array([markets.index(market) for _, market, _ in keys], dtype=np.intp)
    row = np.array(
        [_row_of(sessions[market].session, day0) for _, market, day0 in keys], dtype=np.intp
    )
    placed = row >= 0
    label = stack.join(
        {name: sessions[name].session for name in markets}, np.datetime64("NaT", "D")
    )
    exchanges = [sessions[name].market.exchange for name in markets]
    ids = {
        name: sessions[name].session.astype("datetime64[D]").astype(np.int64) * len(markets)
        + exchanges.index(exchange)
        for name, exchange in zip(markets, exchanges, strict=True)
    }
    closes = {
        name: sessions[name].close_at.astype("datetime64[s]").astype(np.int64) for name in markets
    }
    return EventPanel(
        event_id=np.array([event for event, _, _ in keys], dtype=object),
        security=np.array([market for _, market, _ in keys], dtype=object),
        column=column,
        row=row,
        securities=markets,
        returns=stack.join({name: aligned[name].ret for name in markets}, np.nan),
        factors=stack.join({name: aligned[name].benchmark_ret for name in markets}, np.nan)[
            ..., None
        ],
        factor_names=(benchmark,),
        session_id=stack.join(ids, np.int64(-1)),
        label=label,
        status=np.where(placed, "ok", "no_session").astype(object),
        reason=np.where(placed, "", "no session with a price").astype(object),
        span=stack.join({name: aligned[name].span for name in markets}, np.int64(0)),
        close_at=stack.join(closes, np.int64(0)),
        clock=None if announced_at is None else _clock(announced_at),
    )


def _clock(announced_at: Sequence[np.datetime64]) -> npt.NDArray[np.int64]:
    seconds = np.array(announced_at, dtype="datetime64[s]").astype(np.int64)
    return np.asarray(seconds % _DAY_SECONDS)


def peer_benchmark(returns: Floats, kind: str = PEERS) -> Floats:
    """Return the equal-weighted mean return of all other securities, session by session.

    Parameters
    ----------
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal; NaN where missing.
    kind
        Must be ``"peers"``.

    Returns
    -------
    ndarray of shape (n_sessions, n_securities)
        Column j is the mean over the others that have a return; NaN where none has.

    Raises
    ------
    InputError
        For another kind, or with one security.
    """
    if kind != PEERS:
        raise InputError("benchmark", kind, "the only benchmark with a name is 'peers'.")
    check_peers(returns.shape[1], "returns")
    return others_mean(returns, *session_sums(returns))


def check_peers(n_securities: int, parameter: str) -> None:
    """Refuse peers where there is no other security.

    Raises
    ------
    InputError
        With fewer than two securities.
    """
    if n_securities < 2:
        count = "one" if n_securities else "none"
        raise InputError(
            "benchmark",
            PEERS,
            f"peers are other securities, and `{parameter}` has {count}.",
            "Pass a Series or a file.",
        )


def session_sums(returns: Floats) -> tuple[Floats, Floats]:
    """Return the sum and the number of the returns of each session, each of shape (n_sessions,)."""
    there = np.isfinite(returns)
    return np.where(there, returns, 0.0).sum(axis=1), there.sum(axis=1).astype(np.float64)


def others_mean(returns: Floats, total: Floats, n: Floats) -> Floats:
    """Return the mean of all other securities, session by session.

    Parameters
    ----------
    returns : ndarray of shape (n_sessions, n_securities)
        Decimal; NaN where missing. Some or all of the securities that were summed.
    total, n : ndarray of shape (n_sessions,)
        Sum and number of the returns of all securities.

    Returns
    -------
    ndarray of shape (n_sessions, n_securities)
        NaN where no other security has a return.
    """
    there = np.isfinite(returns)
    others = n[:, None] - there
    rest = total[:, None] - np.where(there, returns, 0.0)
    return np.where(others > 0, rest / np.maximum(others, 1), np.nan)


@dataclass(frozen=True, slots=True)
class _Stacker:
    """Pads arrays of different length to one matrix, one column per market."""

    length: int
    markets: tuple[str, ...]

    def join(self, parts: Mapping[str, npt.NDArray[np.generic]], fill: object) -> npt.NDArray:  # type: ignore[type-arg]
        first = parts[self.markets[0]]
        out = np.full((self.length, len(self.markets)), fill, dtype=first.dtype)
        for j, name in enumerate(self.markets):
            out[: len(parts[name]), j] = parts[name]
        return out


def _row_of(session: npt.NDArray[np.datetime64], day0: np.datetime64 | None) -> int:
    if day0 is None:
        return -1
    day = np.array(day0, dtype="datetime64[D]")
    row = int(np.searchsorted(session, day))
    return row if row < len(session) and session[row] == day else -1


def _checked_matrix(name: str, frame: pd.DataFrame) -> Floats:
    if not isinstance(frame, pd.DataFrame):
        raise InputError(name, type(frame).__name__, "it must be a DataFrame, sessions x columns.")
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise InputError(name, str(twice), "this column occurs twice.", "Keep one of them.")
    _check_index(name, frame.index)
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
            f"{matrix[r, c]} for {frame.columns[c]!r} on {_day(frame.index[r])}",
            "a return must be finite.",
            "Use NaN where there is no return.",
        )
    return matrix


def _check_index(name: str, index: pd.Index) -> None:
    if len(index) == 0:
        raise InputError(name, "no rows", "there must be at least one session.")
    dates = pd.DatetimeIndex(_as_dates(f"{name}.index", index))
    if dates.has_duplicates:
        twice = dates[dates.duplicated()][0]
        raise InputError(
            name,
            _day(twice),
            "this session occurs twice in the index.",
            "Keep one row per session.",
        )
    if not dates.is_monotonic_increasing:
        later = int(np.flatnonzero(np.diff(dates.to_numpy()).astype(np.int64) < 0)[0]) + 1
        raise InputError(
            name,
            f"{_day(dates[later])} after {_day(dates[later - 1])}",
            "sessions must be in ascending order.",
            f"Use {name.split('.')[0]}.sort_index().",
        )


def _as_dates(name: str, values: object) -> pd.DatetimeIndex:
    index = pd.Index(values)  # type: ignore[call-overload]
    if isinstance(index, pd.DatetimeIndex):
        return _checked_dates(name, index)
    try:
        if pd.api.types.is_numeric_dtype(index):  # would be read as nanoseconds since 1970
            raise TypeError("numbers are not dates")  # noqa: TRY301
        dates = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
    except (ValueError, TypeError) as error:
        raise InputError(
            name, _short(values), "sessions must be dates.", "Use a DatetimeIndex or YYYY-MM-DD."
        ) from error
    return _checked_dates(name, dates)


def _checked_dates(name: str, dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
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
    matrix = _checked_matrix("benchmark", frame)
    if (
        len(frame) != len(index)
        or not (pd.DatetimeIndex(frame.index) == pd.DatetimeIndex(index)).all()
    ):
        only = pd.DatetimeIndex(index).symmetric_difference(pd.DatetimeIndex(frame.index))
        raise InputError(
            "benchmark",
            f"{len(frame)} sessions" + (f", first difference {_day(only[0])}" if len(only) else ""),
            f"it must have exactly the {len(index)} sessions of `returns`.",
            "Use benchmark.reindex(returns.index); days that become NaN are left out.",
        )
    return matrix, tuple(map(str, frame.columns))


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
                f"`session` {_day(session[i])} is outside the returns, "
                f"which run from {_day(index[0])} to {_day(index[-1])}"
            )
        else:
            status[i] = "no_session"
            later = index[int(index.searchsorted(session[i]))]
            reason[i] = (
                f"`session` {_day(session[i])} is not a session of `returns`; "
                f"the next one is {_day(later)}"
            )


def _day(value: object) -> str:
    return str(pd.Timestamp(value).date()) if not isinstance(value, str) else value  # type: ignore[arg-type]


def _short(values: object) -> str:
    text = repr(values)
    return text if len(text) <= 60 else text[:57] + "..."
