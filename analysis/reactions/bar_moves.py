"""Moves between two instants in bars, and how many ordinary sessions moved as unusually."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from analysis.engine.minutes import PREVIOUS, Interval, placebo
from analysis.reactions.minute_pairs import TOTAL, MinuteSeries, pair_of
from analysis.reactions.minute_windows import Moment
from analysis.seeds.bar_checks import BarMove
from analysis.sessions.marks import MarkGrid


def bar_move(
    series: Sequence[MinuteSeries],
    events: Sequence[Moment],
    symbol: str,
    since: datetime | None,
    until: datetime,
) -> BarMove:
    """Return the move of a series between two marks.

    Parameters
    ----------
    series
        Series with marks.
    events
        All catalogued events: their days are no ordinary ones.
    symbol
        The series.
    since, until
        Instants of two marks; ``since`` None for the official close before.
    """
    one = next((s for s in series if s.symbol == symbol), None)
    if one is None:
        return BarMove(None, reason=f"there are no bars of {symbol}")
    end = _mark(one.grid, until)
    start = None if since is None else _mark(one.grid, since)
    if end is None or (since is not None and start is None):
        return BarMove(None, reason=f"{symbol} has no mark at that instant")
    first = (end[0], PREVIOUS) if start is None else start
    back = end[0] - first[0]
    if back not in (0, 1):
        return BarMove(None, reason="the instants lie across more than one close")
    interval = Interval(back, first[1], end[1])
    pair = pair_of(one, TOTAL, (), events)
    found = pair.statistics(interval)
    ordinary = pair.admissible(interval.reach) & pair.same_class(interval.reach, end[0])
    figure = float(found.ret[end[0]])
    if np.isnan(figure):
        return BarMove(None, reason=f"{symbol} has no mark there, or its contract changed")
    rank = placebo(found.z, ordinary, end[0])
    if np.isnan(rank.p):
        return BarMove(figure)
    return BarMove(figure, round(rank.p * (rank.n + 1)) - 1, rank.n)


def _mark(grid: MarkGrid, instant: datetime) -> tuple[int, int] | None:
    """Return session and column of the mark at exactly this instant; None if there is none."""
    wanted = np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "s")
    row = int(np.searchsorted(grid.close_at, wanted, side="left"))
    if row >= len(grid.session):
        return None
    columns = np.flatnonzero((grid.at[row] == wanted) & np.isfinite(grid.price[row]))
    return (row, int(columns[0])) if len(columns) else None
