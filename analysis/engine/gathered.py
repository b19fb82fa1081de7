"""The events of a study whose panel is elsewhere: their CARs and dates, and what follows from them.

What needs a value of each event and nothing of its days is the same as in memory: the table of a
paper, groups, the bootstrap by date and the distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.group_means import Groups, group_by
from analysis.engine.inference.bootstrap import BootstrapMean, bootstrap_mean
from analysis.engine.journal import JournalTable, journal_table
from analysis.engine.panel import Window
from analysis.engine.rows import window_label
from analysis.engine.spec import StudySpec
from analysis.errors import InputError

Floats = npt.NDArray[np.float64]


class Sums(NamedTuple):
    """CAR of each distinct event, NaN where it does not count."""

    car: Floats


@dataclass(frozen=True, eq=False, repr=False)
class GatheredEvents:
    """Distinct usable events of a study.

    Attributes
    ----------
    spec : StudySpec
        The method.
    frame : DataFrame
        A row a requested event: event_id, security, session, status, ``car[a,b]`` of each window.
    events : DataFrame or None
        Further columns of the same rows, for groups.
    """

    spec: StudySpec
    frame: pd.DataFrame
    events: pd.DataFrame | None = None
    measure: str = "return"

    def told(self, events: pd.DataFrame | None) -> GatheredEvents:
        """Return the same with what a frame says of its events, by event_id and security."""
        if events is None:
            return self
        keys = ["event_id", "security"]
        missing = [key for key in keys if key not in events]
        if missing:
            raise InputError(
                "events", list(map(str, events.columns)), f"`{missing[0]}` is missing."
            )
        known = events.astype(dict.fromkeys(keys, str)).drop_duplicates(keys)
        own = self.frame[keys].astype(str)
        return replace(self, events=own.merge(known, on=keys, how="left"))

    @cached_property
    def rows(self) -> npt.NDArray[np.intp]:
        """Rows of usable events."""
        return np.flatnonzero(self.frame["status"].isin(["ok", "partial"]).to_numpy())

    @cached_property
    def distinct_positions(self) -> npt.NDArray[np.intp]:
        """Positions among them of the first of each (security, day 0)."""
        twice = self.frame.iloc[self.rows].duplicated(["security", "session"]).to_numpy()
        return np.flatnonzero(~twice)

    @cached_property
    def dates(self) -> npt.NDArray[np.int64]:
        """Day 0 of each distinct event as a number."""
        days = self.frame["session"].iloc[self.rows[self.distinct_positions]]
        return pd.to_datetime(days).to_numpy().astype("datetime64[D]").astype(np.int64)

    def window_sums_of_distinct(self, window: Window) -> Sums:
        """Return the CAR of the distinct events over a window of the spec.

        Raises
        ------
        InputError
            If the spec has no such window.
        """
        name = f"car{window_label(window)}"
        if name not in self.frame:
            known = [window_label(w) for w in self.spec.windows or ()]
            raise InputError.choice("window", window_label(window), known)
        values = self.frame[name].to_numpy(dtype=float)
        return Sums(values[self.rows[self.distinct_positions]])

    def table(
        self, *, stars: bool = True, by: str | None = None, windows: Sequence[Window] | None = None
    ) -> JournalTable:
        """Return the table of a paper by date, as :meth:`EventStudyResult.table`."""
        return journal_table(self, stars=stars, by=by, windows=windows)

    def by(self, column: str, window: Window = (0, 0)) -> Groups:
        """Group events by a column of ``events``, as :meth:`EventStudyResult.by`."""
        return group_by(self, column, window, seed=self.spec.seed)

    def distribution(self, windows: Sequence[Window] | None = None) -> pd.DataFrame:
        """Return moments and quantiles of the CARs, as :meth:`EventStudyResult.distribution`."""
        from analysis.engine.distribution import car_distribution

        return car_distribution(self, windows)

    def bootstrap(self, window: Window = (0, 0), *, draws: int = 9999) -> BootstrapMean:
        """Bootstrap the mean CAR by date, as :meth:`EventStudyResult.bootstrap`."""
        return bootstrap_mean(
            self.window_sums_of_distinct(window).car, self.dates, draws=draws, seed=self.spec.seed,
            alternative=self.spec.alternative,
        )  # fmt: skip
