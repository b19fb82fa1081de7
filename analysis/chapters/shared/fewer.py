"""Which of very many events or days are shown: the most unusual; the rest is left to the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.wording import count

if TYPE_CHECKING:
    import pandas as pd

MOST_PAGES = 200
"""Events with a page unasked: beyond, those of the articles and the most unusual have one."""

MOST_ROWS = 100
"""Rows of a picture, or of a table, that has one for every event or day."""

MOST_NAMES = 10
"""Ids in one cell of the data of a picture."""


def most_unusual(frame: pd.DataFrame) -> set[str]:
    """Return the ids of the events with the smallest p of any of their rows; none goes last."""
    least = frame.groupby("event_id", sort=True)["p_value"].min()
    return set(least.sort_values(kind="stable", na_position="last").index[:MOST_ROWS])


def left_to_data(shown: int, of: int, thing: str, *, file: str, which: str = "most unusual") -> str:
    """Say how many are shown and which file has all; empty where all are shown."""
    if shown >= of:
        return ""
    return f" Shown are the {shown:,} {which} of {count(of, thing)}; {file} has all."
