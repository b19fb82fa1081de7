"""Ordinary days, which moves are held against, and stretches of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.shared.counts import ONE_IN, UNKNOWN
from analysis.engine.inference.placebo import FEWEST_OF_SPAN

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore


Floats = npt.NDArray[np.float64]


class Ordinary:
    """The ordinary days of every market under one model: those that met no event.

    Parameters
    ----------
    store, model
        The study, and the normal-return model.
    """

    def __init__(self, store: StudyStore, model: str) -> None:
        frame = store.placebo_days[store.placebo_days["model"] == model]
        self._days = {str(name): part for name, part in frame.groupby("market", sort=False)}
        self._stretch: dict[str, tuple[tuple[float, int], ...]] = {}

    def days(self, market: str, span: int = 1) -> pd.DataFrame:
        """Return the ordinary days a move is compared with.

        As METHODS section 7: days of the same span of benchmark closes; where there are fewer than
        19 of them, all, each divided by the root of its span.
        """
        if market not in self._days:
            return pd.DataFrame(columns=["session", "ar", "statistic"])
        part = self._days[market]
        free = part[~part["holds_event"].astype(bool)]
        same = free[free["span"] == span]
        if span == 1 or len(same) >= FEWEST_OF_SPAN:
            return same
        root = np.sqrt(np.maximum(free["span"], 1))
        return free.assign(statistic=free["statistic"] / root)

    def stretches(self, market: str, longest: int) -> tuple[tuple[float, int], ...]:
        """Return, for 2, 3, ... sessions, the reach of ordinary stretches and how many there are.

        A stretch is ordinary if none of its sessions met an event; its size is its summed move
        beyond the expected over the usual swing of its first day. NaN for fewer than 19.
        """
        if market not in self._stretch:
            self._stretch[market] = _stretches(self._days.get(market), longest)
        return self._stretch[market]


def critical(statistics: Floats) -> float:
    """Return the m-th largest size, m = floor((n + 1) / 20): what 19 of 20 stay within."""
    sizes = np.sort(np.abs(statistics[np.isfinite(statistics)]))
    m = (len(sizes) + 1) // ONE_IN
    return float(sizes[-m]) if m else UNKNOWN


def _stretches(days: pd.DataFrame | None, longest: int) -> tuple[tuple[float, int], ...]:
    if days is None or days.empty:
        return ((UNKNOWN, 0),) * max(longest - 1, 0)
    ar, statistic = (days[name].to_numpy(dtype=float) for name in ("ar", "statistic"))
    held = days["holds_event"].astype(bool).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(statistic != 0, np.abs(ar / statistic), np.nan)
    out = []
    for k in range(2, longest + 1):
        if len(ar) < k:
            out.append((UNKNOWN, 0))
            continue
        sums = np.convolve(ar, np.ones(k), "valid")
        free = np.convolve(held, np.ones(k), "valid") == 0
        sizes = (sums / scale[: len(sums)])[free]
        out.append((critical(sizes) if len(sizes) >= FEWEST_OF_SPAN else UNKNOWN, len(sizes)))
    return tuple(out)
