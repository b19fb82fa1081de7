"""The gate of trading volume: counts of shares or sums of money, never returns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.engine.oddity import Oddity, told
from analysis.engine.panel import EventPanel, Floats
from analysis.engine.series import SeriesSet
from analysis.errors import InputError

if TYPE_CHECKING:
    from analysis.engine.study_record import StudyRecord

#: Sessions whose medians are compared, and the step of log volume that is a change of unit.
_BLOCK, _STEP = 20, np.log(100)
#: A series that stays this near to its level (log points) has a level.
_CALM = 1.2
#: Half of the positive values of a series of volume are at least this; those of returns never are.
_LEAST = 0.5
#: Volume whose sessions usually differ by less than this is none.
_STILL = 0.04


def refuse_volume(volume: pd.DataFrame, matrix: Floats) -> None:
    """Refuse volume that is negative, or as small as returns are.

    Raises
    ------
    InputError
        With the security, the day and the value.
    """
    negative = matrix < 0
    if negative.any():
        row, column = map(int, np.argwhere(negative)[0])
        returns = np.nanmax(np.abs(matrix)) < 1
        raise InputError(
            "volume",
            f"{matrix[row, column]:g} for {volume.columns[column]!r} on "
            f"{pd.Timestamp(volume.index[row]).date()}",
            "volume cannot be negative." + (" Are these returns?" if returns else ""),
            "Pass shares or money traded; zero or NaN where there was none.",
        )
    for column, name in enumerate(volume.columns):
        there = matrix[:, column]
        there = there[there > 0]
        if len(there) and np.median(there) < _LEAST and there.max() < 1:
            raise InputError(
                "volume",
                f"values of {name!r} around {np.median(there):.3g}",
                "volume is a number of shares or a sum of money; these look like returns.",
                "Pass shares or money traded.",
            )


def refuse_volume_as_return(result: StudyRecord) -> None:
    """Refuse to hold volume as if it were a return.

    Raises
    ------
    InputError
        If the study is one of volume.
    """
    if result.measure == "volume":
        raise InputError(
            "result", "a study of volume", "volume earns no return that could be held.",
            "Use event_study with returns; of volume, its table, tests and ladder.",
        )  # fmt: skip


def odd_volume(panel: EventPanel) -> tuple[str, ...]:
    """Say which of the studied securities change the unit of their volume.

    Parameters
    ----------
    panel
        Whose returns are log volume.
    """
    names = tuple(map(str, panel.securities))
    series = SeriesSet("volume", names, panel.returns, panel.label, "log")
    studied = series.take(np.unique(panel.column[panel.column >= 0]))
    odd = [odd for column in range(len(studied.names)) for odd in _steps(studied, column)]
    return told([*_smooth(studied), *odd])


def _smooth(series: SeriesSet) -> Iterator[Oddity]:
    """Tell prices, and logarithms, from volume, which no session has twice."""
    for column, name in enumerate(series.names):
        values = series.values[:, column]
        moves = np.abs(np.diff(values[np.isfinite(values)]))
        if len(moves) >= 2 * _BLOCK and np.median(moves) < _STILL:
            yield Oddity(
                "volume that hardly changes",
                f"{name}: volume differs by {np.median(moves):.1%} from one session to the next: "
                "are these prices, or logarithms of volume?",
            )


def _steps(series: SeriesSet, column: int) -> Iterator[Oddity]:
    values = series.values[:, column]
    rows = np.flatnonzero(np.isfinite(values))
    if len(rows) < 2 * _BLOCK:
        return
    windows = np.lib.stride_tricks.sliding_window_view(values[rows], _BLOCK)
    middle = np.median(windows, axis=1)
    spread = np.median(np.abs(windows - middle[:, None]), axis=1)
    step = np.abs(middle[_BLOCK:] - middle[:-_BLOCK])
    calm = np.maximum(spread[_BLOCK:], spread[:-_BLOCK]) < _CALM
    at = int(np.argmax(np.where(calm, step, 0.0)))
    if not (calm[at] and step[at] > _STEP):
        return
    times = np.exp(middle[at + _BLOCK] - middle[at])
    yield Oddity(
        "volume that changes its unit",
        f"{series.names[column]}: about {times:,.3g} times the volume from "
        f"{series.day(int(rows[at + _BLOCK]), column)} on: thousands in one part and single shares "
        "in the other?",
    )
