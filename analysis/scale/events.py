"""Events of one partition, placed on the shared axis; what is wrong with a row is its outcome.

Tables of events are read in ``analysis.seeds.event_tables``, catalogues in
``analysis.seeds.events``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.frame_panel import place_events
from analysis.engine.panel import EventPanel
from analysis.errors import InputError
from analysis.scale.prices import Days, Floats, PartitionReturns, as_index
from analysis.scale.reading import UNREAD, check_sessions, open_columns, read_columns
from analysis.scale.source import filesystem, parquet_files

COLUMNS = KEYS = ("event_id", "security", "session")


def event_files(address: str) -> tuple[str, ...]:
    """Return the files events lie in: one CSV file, or Parquet files.

    Raises
    ------
    InputError
        If there is nothing of the kind.
    """
    if not address.endswith(".csv"):
        return tuple(file for file, _ in parquet_files(address, parameter="events"))
    fs, path = filesystem(address, parameter="events")
    if not fs.exists(path):
        raise InputError("events", address, "there is no such file.")
    return (str(fs.unstrip_protocol(path)),)


def check_events(files: Sequence[str]) -> None:
    """Look at the columns of events before anything is computed.

    Raises
    ------
    InputError
        If they cannot be read, one is missing, or ``session`` cannot hold dates.
    """
    dataset, called = open_columns(files, COLUMNS, parameter="events")
    kind = dataset.schema.field(called["session"]).type
    check_sessions(kind, "events", files[0].rsplit("/", 1)[-1])


def read_events(files: Sequence[str], securities: Sequence[str] | None) -> pd.DataFrame:
    """Read the events of some securities, or of all, in the order of the files.

    Returns
    -------
    DataFrame
        event_id (object), security (str), session (datetime64, NaT where it is blank or no date),
        unread (str: the text of a session that is no date, else None).
    """
    only = None if securities is None else ("security", securities)
    table = read_columns(files, COLUMNS, parameter="events", only=only)
    return events_frame(table)


def read_extras(files: Sequence[str]) -> pd.DataFrame:
    """Read what events say beside their keys, a row each in the order of the files; no lists."""
    import pyarrow

    dataset, called = open_columns(files, COLUMNS, parameter="events")
    others = [
        field.name for field in dataset.schema
        if field.name not in called.values() and not pyarrow.types.is_nested(field.type)
    ]  # fmt: skip
    if not files[0].endswith(".csv"):
        return pd.DataFrame(dataset.to_table(columns=others).to_pandas())
    fs, path = filesystem(files[0], parameter="events")
    with fs.open(path, "rb") as stream:  # whole numbers stay whole: they may name groups
        return pd.read_csv(stream)[others]


def events_frame(table: object) -> pd.DataFrame:
    """Turn a table of events into a frame."""
    column = table.column  # type: ignore[attr-defined]
    return pd.DataFrame(
        {
            "event_id": pd.Series(column("event_id").to_pylist(), dtype=object),
            "security": pd.Series(column("security").to_pylist(), dtype=object),
            "session": column("session").to_numpy().astype("datetime64[us]"),
            UNREAD: pd.Series(column(UNREAD).to_pylist(), dtype=object),
        }
    )


def partition_panel(
    events: pd.DataFrame,
    returns: PartitionReturns,
    axis: Days,
    factors: Floats,
    names: Sequence[str],
) -> EventPanel:
    """Place events; blank sessions, repeated keys and refused securities become outcomes.

    Parameters
    ----------
    events
        As :func:`read_events` gives them.
    returns, axis
        Returns of the partition and their sessions.
    factors : ndarray of shape (n_sessions, k) or (n_sessions, n_securities, k)
        Benchmark or factors.
    names
        Names of the k factors.
    """
    blank = events["session"].isna().to_numpy()
    panel = place_events(
        events.assign(session=events["session"].fillna(pd.Timestamp(axis[0]))),
        returns=returns.values,
        securities=pd.Index(returns.securities, dtype=object),
        sessions=as_index(axis),
        factors=factors,
        factor_names=tuple(names),
    )
    status, reason, row = panel.status.copy(), panel.reason.copy(), panel.row.copy()

    def mark(rows: npt.NDArray[np.bool_], word: str, why: str) -> None:
        status[rows], reason[rows], row[rows] = word, why, -1

    mark(blank, "no_session", "the event has no `session`")
    for i in np.flatnonzero(events[UNREAD].notna()):
        reason[i] = f"`session` {events[UNREAD].iloc[i]!r} is no date; write it as YYYY-MM-DD"
    for name, why in returns.refused.items():
        mark(panel.security == name, "unreadable_prices", f"{name}: {why}")
    if not events["event_id"].is_unique:
        mark(
            events.duplicated(["event_id", "security"]).to_numpy(),
            "duplicate",
            "an earlier row has the same `event_id` and `security`, the key of a row",
        )
    return replace(panel, status=status, reason=reason, row=row)


def blocks_by_security(panel: EventPanel, most: int) -> list[npt.NDArray[np.intp]]:
    """Split the rows of a panel into blocks that keep the events of a security together.

    Parameters
    ----------
    panel
        Events of one partition.
    most
        Events a block may have, unless a single security has more.

    Returns
    -------
    list of ndarray
        Rows of the panel, by security and then in the order given; no block is empty.
    """
    order = np.argsort(panel.column, kind="stable")
    if not len(order):
        return []
    starts = np.flatnonzero(np.diff(panel.column[order], prepend=panel.column[order[0]] - 1))
    cuts, begin = [], 0
    for at, end in zip(starts, [*starts[1:], len(order)], strict=True):
        if end - begin > most and at > begin:
            cuts.append(int(at))
            begin = int(at)
    return list(np.split(order, cuts))
