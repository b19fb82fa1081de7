"""Dates on an axis: days as numbers, and ticks at the start of quarters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.wording import SHORT_MONTHS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def day_numbers(days: pd.Series[str]) -> npt.NDArray[np.float64]:
    """Return dates written ``YYYY-MM-DD`` as days since 1970."""
    return days.to_numpy(dtype="datetime64[D]").astype(np.int64).astype(float)


def quarter_ticks(axes: Axes, first: float, last: float) -> None:
    """Put a tick at the first day of each quarter between two days since 1970."""
    start, end = (np.datetime64(int(day), "D").astype("datetime64[M]") for day in (first, last))
    months = np.arange(start, end + np.timedelta64(2, "M"))
    quarters = [m for m in months if int(m.astype(np.int64)) % 3 == 0]
    at = [float(m.astype("datetime64[D]").astype(np.int64)) for m in quarters]
    shown = [(day, m) for day, m in zip(at, quarters, strict=True) if first - 40 <= day <= last]
    labels = [f"{SHORT_MONTHS[int(m.astype(np.int64)) % 12]} {str(m)[2:4]}" for _, m in shown]
    axes.set_xticks([day for day, _ in shown], labels)
