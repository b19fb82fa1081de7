"""What notebooks show, tried as a person would in the next cell: sort, join, plot."""

from __future__ import annotations

import re

import pandas as pd

#: A cell that says what is wrong with what the cell before it showed.
PROBE = "import sys; sys.path.append({folder!r}); from shown import check; check(_)"


def frames_of(shown: object) -> list[pd.DataFrame]:
    """Frames an object shows itself as, or has beside it."""
    if isinstance(shown, pd.DataFrame):
        return [shown]
    found = [getattr(shown, name) for name in ("frame", "data") if hasattr(shown, name)]
    return [*found, *getattr(shown, "frames", ())]


def check(shown: object) -> int:
    """Sort, join and plot every frame of every table and picture; return how many there are."""
    n = 0
    for part in shown if isinstance(shown, tuple | list) else [shown]:
        html = part._repr_html_() if hasattr(part, "_repr_html_") else ""
        if not re.search("<table|<svg|<img", html):
            continue
        frames = frames_of(part)
        assert frames, f"{type(part).__name__} shows a table or picture and has no frame"
        for frame in frames:
            try_out(frame)
        n += len(frames)
    return n


def try_out(frame: pd.DataFrame) -> None:
    from matplotlib.figure import Figure

    first = frame.columns[0]
    ordered = frame.sort_values([first])
    assert len(ordered.head(3).merge(frame, on=first)) >= min(len(frame), 3)
    numbers = frame.select_dtypes("number")
    if len(numbers.columns):
        numbers.iloc[:, 0].plot(ax=Figure().subplots())
