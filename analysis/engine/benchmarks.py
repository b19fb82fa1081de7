"""What normal returns are explained by, however it is given: the factors of every security."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.gate import checked_matrix, day_text
from analysis.engine.panel import Floats
from analysis.engine.peers import PEERS, group_peers, peer_benchmark
from analysis.errors import InputError

Benchmark = (
    pd.Series | pd.DataFrame | Literal["peers"] | str | Mapping[Any, "pd.Series | str"] | None
)


class Factors(NamedTuple):
    """Factors on the sessions of the returns.

    Attributes
    ----------
    values : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        Decimal; NaN where a security has none.
    names : tuple of str
        Of the k factors.
    without : dict
        Securities that have none though others have, and why.
    notes : tuple of str
        What is possible but suspicious.
    """

    values: Floats
    names: tuple[str, ...]
    without: dict[Any, str] = {}  # noqa: RUF012
    notes: tuple[str, ...] = ()


def factors_of(
    benchmark: Benchmark, matrix: Floats, returns: pd.DataFrame, events: pd.DataFrame
) -> Factors:
    """Lay a benchmark on the sessions of returns.

    Parameters
    ----------
    benchmark
        As in :func:`~analysis.engine.study.event_study`.
    matrix, returns
        Checked returns, shape (n_sessions, n_securities), and the frame they come from.
    events
        Columns may name groups of securities.

    Raises
    ------
    InputError
        If it is none of these, or lacks a session of the returns.
    """
    if isinstance(benchmark, str):
        head, mark, column = benchmark.partition(":")
        if head != PEERS or not mark:
            return Factors(peer_benchmark(matrix, benchmark)[..., None], (PEERS,))
        return _peers_of(matrix, returns, _groups(events, column))
    if isinstance(benchmark, Mapping):
        return _mapped(benchmark, returns, events)
    frame = by_date(benchmark)
    values, names = _on_sessions(frame, returns.index)
    if _is_own(frame, returns):
        order = pd.Index(names).get_indexer(pd.Index(list(map(str, returns.columns))))
        values, names = values[:, order, None], ("benchmark",)
    return Factors(values, names, {}, _between(frame, returns.index))


def _peers_of(matrix: Floats, returns: pd.DataFrame, group: Mapping[Any, Any]) -> Factors:
    groups = [group.get(name) for name in returns.columns]
    without = {}
    for name, own in zip(returns.columns, groups, strict=True):
        if own is None:
            without[name] = f"{name} is in no group, so it has no peers"
        elif groups.count(own) < 2:
            without[name] = f"{name} is alone in {own!r}, so it has no peers"
    return Factors(group_peers(matrix, groups)[..., None], (PEERS,), without)


def _groups(events: pd.DataFrame, column: str) -> dict[Any, Any]:
    """Return what a column of the events says of each security; it must say one thing."""
    if column not in events:
        raise InputError.choice("benchmark", column, list(map(str, events.columns)))
    known = events[["security", column]].dropna().drop_duplicates()
    twice = known["security"].duplicated()
    if twice.any():
        name = known.loc[twice, "security"].iloc[0]
        said = ", ".join(map(repr, known.loc[known["security"] == name, column]))
        raise InputError(
            "benchmark", column, f"it says {said} of {name!r}.", "Each security needs one value."
        )
    return dict(zip(known["security"], known[column], strict=True))


def _mapped(chosen: Mapping[Any, Any], returns: pd.DataFrame, events: pd.DataFrame) -> Factors:
    """Give each security the benchmark named for it, or for what a column of events says of it."""
    own = _keys_of(chosen, returns, events)
    series = {key: _series_of(key, value, returns) for key, value in chosen.items()}
    values = np.full((len(returns), len(returns.columns), 1), np.nan)
    without, notes = {}, list[str]()
    laid = {key: _on_sessions(frame, returns.index)[0][:, 0] for key, frame in series.items()}
    for frame in series.values():
        notes += _between(frame, returns.index)
    for n, name in enumerate(returns.columns):
        if name in own and own[name] in laid:
            values[:, n, 0] = laid[own[name]]
        else:
            without[name] = f"no benchmark is named for {name}"
    return Factors(values, ("benchmark",), without, tuple(dict.fromkeys(notes)))


def _keys_of(
    chosen: Mapping[Any, Any], returns: pd.DataFrame, events: pd.DataFrame
) -> dict[Any, Any]:
    """Return the key of each security: itself, or the one column of events that holds all keys."""
    if not chosen:
        raise InputError("benchmark", {}, "it names no series.", "For example {'Tech': series}.")
    if set(chosen) <= set(returns.columns):
        return {name: name for name in chosen}
    said = [str(c) for c in events.columns if set(chosen) <= set(events[c].dropna())]
    if len(said) == 1:
        return _groups(events, said[0])
    keys = list(map(str, chosen))
    raise InputError(
        "benchmark", f"a mapping of {', '.join(keys[:5])}",
        f"its keys are values of {len(said)} columns of the events ({', '.join(said)})."
        if said else "its keys are neither securities nor all values of one column of the events.",
        "Use the names of securities, or what one column of the events says of them.",
    )  # fmt: skip


def _series_of(key: object, value: object, returns: pd.DataFrame) -> pd.DataFrame:
    if isinstance(value, pd.Series):
        return value.to_frame("benchmark")
    if isinstance(value, str) and value in returns.columns:
        return returns[[value]]
    if isinstance(value, str):
        raise InputError.choice("benchmark", value, list(map(str, returns.columns)))
    raise InputError(
        "benchmark", f"{type(value).__name__} for {key!r}", "each is a Series of returns, or the "
        "name of a column of `returns`.", "For example {'Tech': series}.",
    )  # fmt: skip


def _on_sessions(
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
    at: npt.NDArray[np.intp] = own.get_indexer(days)
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


def by_date(frame: Any) -> Any:
    """Return a frame whose days stand in a column ``date`` or ``session`` with these as index."""
    if not isinstance(frame, pd.DataFrame) or not isinstance(frame.index, pd.RangeIndex):
        return frame
    days = [name for name in frame.columns if str(name).casefold() in ("date", "session")]
    return frame.set_index(days[0]) if len(days) == 1 else frame


def _is_own(benchmark: object, returns: pd.DataFrame) -> bool:
    """Whether a frame has a benchmark for each security: a column of the same name."""
    if not isinstance(benchmark, pd.DataFrame) or len(returns.columns) < 2:
        return False
    names = set(map(str, benchmark.columns))
    return names >= set(map(str, returns.columns))
