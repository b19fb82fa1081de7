"""Returns that are in event time already: a row an event, a column an event day."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.engine.panel import EventPanel
from analysis.errors import InputError

_FORM = "columns are consecutive event days, such as -30 to 90, with day 0 among them."


def event_days(frame: object) -> list[int]:
    """Return the event days a frame has as columns; empty if it has others."""
    if not isinstance(frame, pd.DataFrame):
        return []
    days = days_among(list(map(str, frame.columns)))
    return days if len(days) == len(frame.columns) else []


def days_among(names: Sequence[str]) -> list[int]:
    """Return the event days among names of columns, as they stand; empty without day 0."""
    days = [int(name) for name in names if re.fullmatch(r"\s*[+-]?\d{1,4}\s*", name)]
    return days if 0 in days and len(days) > 2 else []


def event_time_panel(returns: pd.DataFrame, benchmark: object = None) -> EventPanel:
    """Build a panel from returns in event time.

    No date is known, so that no two events are taken to share a session.

    Parameters
    ----------
    returns
        Events x event days, decimal; NaN where missing. The index holds event ids, or pairs of
        event id and security.
    benchmark
        A frame of the same form, or None for models that need none.

    Raises
    ------
    InputError
        If the columns are no consecutive event days, an event occurs twice, a value is no number
        or infinite, or the benchmark has another form.
    """
    days = event_days(returns)
    if not days or days != list(range(days[0], days[-1] + 1)):
        raise InputError("returns", list(map(str, returns.columns[:5])), _FORM, "Sort the columns.")
    if returns.index.has_duplicates:
        twice = returns.index[returns.index.duplicated()][0]
        raise InputError("returns", str(twice), "each event has one row.", "Give it its own id.")
    values = _numbers("returns", returns).T
    factors = np.empty((*values.shape, 0))
    if benchmark is not None:
        if event_days(benchmark) != days or not benchmark.index.equals(returns.index):  # type: ignore[attr-defined]
            raise InputError(
                "benchmark", type(benchmark).__name__,
                "returns in event time need a benchmark of the same events and event days.",
                "A row an event and a column an event day, as in `returns`.",
            )  # fmt: skip
        factors = _numbers("benchmark", benchmark).T[..., None]  # type: ignore[arg-type]
    n_days, n = values.shape
    pairs = isinstance(returns.index, pd.MultiIndex)
    ids = returns.index.get_level_values(0)
    names = returns.index.get_level_values(1) if pairs else ids
    number = np.arange(n_days)[:, None] + np.arange(n) * n_days  # no two events share a session
    return EventPanel(
        event_id=ids.to_numpy(dtype=object),
        security=names.to_numpy(dtype=object),
        column=np.arange(n, dtype=np.intp),
        row=np.full(n, -days[0], dtype=np.intp),
        securities=tuple(names),
        returns=values,
        factors=factors,
        factor_names=("benchmark",) if benchmark is not None else (),
        session_id=number.astype(np.int64),
        label=np.full(values.shape, np.datetime64("NaT", "D")),
        status=np.full(n, "ok", dtype=object),
        reason=np.full(n, "", dtype=object),
    )


def _numbers(name: str, frame: pd.DataFrame) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    try:
        values = frame.to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(name, str(error), "every cell is a decimal return.") from error
    if np.isinf(values).any():
        raise InputError(name, "inf", "a return must be finite.", "Use NaN where there is none.")
    return values
