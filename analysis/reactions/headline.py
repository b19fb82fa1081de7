"""One answer to whether markets react together: the mean correlation of all pairs.

Single pairs are a table: with the same link and larger common news on a few days a pair looks more
alike in half of all simulations. The mean has one joint placebo p, and is said with its range
without any one date and without any one month (METHODS section 8).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.engine.correlation import (
    FEWEST_FOR_INTERVAL,
    correlations_without,
    two_sided_p,
)
from analysis.engine.inference.joint_placebo import blocks
from analysis.engine.paired import Pair
from analysis.reactions.instants import PlaceboInstants

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Draws that stand behind the ranges without a date or a month.
RANGE_DRAWS = 1999

HEADLINE_COLUMNS = [
    "kind", "model", "mean_correlation", "placebo_low", "placebo_median", "placebo_high",
    "p_placebo", "n_market_pairs", "n_dates", "low_left_out", "high_left_out", "p_low_left_out",
    "p_high_left_out", "date_left_out", "low_month_out", "high_month_out", "p_low_month_out",
    "p_high_month_out", "month_left_out", "share_blank", "n_draws", "seed",
]  # fmt: skip


class MeanCorrelation:
    """The mean of the pairs' correlations, pair by pair: no pair's draws are kept.

    Parameters
    ----------
    instants
        The days the catalogue can be moved to.
    used : ndarray of int
        Positions of the events that any pair uses, ascending.
    """

    def __init__(self, instants: PlaceboInstants, used: Ints) -> None:
        date = np.asarray(np.busday_offset("1970-01-01", instants.position, roll="forward"))
        months, cluster = date.astype("datetime64[M]"), blocks(instants.position, 1)
        self.n_dates = len(np.unique(cluster[used]))
        self._all = _Means(np.ones((1, len(date)), dtype=bool))
        self._left = _Groups("left", "date_left_out", cluster, used, date)
        self._month = _Groups("month", "month_left_out", months, used, months)
        self._blank: list[float] = []

    def add(self, pair: Pair, first: Ints) -> None:
        """Count one more pair of markets.

        Parameters
        ----------
        pair
            Its scaled reactions, and the same in joint draws.
        first : ndarray of shape (n,)
            Position among the events of the first event with each pair of day 0s.
        """
        self._all.add(pair, first)
        self._blank.append(pair.share_blank)
        if self.n_dates >= FEWEST_FOR_INTERVAL:
            fewer = Pair(pair.a.head(RANGE_DRAWS), pair.b.head(RANGE_DRAWS))
            for groups in (self._left, self._month):
                groups.add(fewer, first)

    def row(self) -> Mapping[str, object]:
        """Return the mean of the pairs' correlations with its joint p and leave-out ranges.

        Below 10 distinct dates no range of the placebo is given, and no range without a date.
        """
        mean, same, drawn = self._all.found()
        out: dict[str, object] = {
            "mean_correlation": float(mean[0]),
            "p_placebo": two_sided_p(same[0], drawn[0]),
            "n_market_pairs": len(self._blank),
            "n_dates": self.n_dates,
            "share_blank": float(np.mean(self._blank)),
        }
        if self.n_dates < FEWEST_FOR_INTERVAL:
            return out
        low, median, high = np.nanquantile(drawn[0], [0.025, 0.5, 0.975])
        out |= {"placebo_low": low, "placebo_median": median, "placebo_high": high}
        return out | self._left.ranges() | self._month.ranges()


class _Means:
    """Sums over pairs of the observed r, that on the cells of each draw, and that of the draws.

    ``keep`` has shape (n_groups, n_events): which events stay in each group.
    """

    def __init__(self, keep: Bools) -> None:
        self.keep = keep
        self._found: list[Floats] = []
        self._sums: list[Floats | float] = [0.0, 0.0]
        self._count: Ints | int = 0

    def add(self, pair: Pair, first: Ints) -> None:
        keep = np.ascontiguousarray(self.keep[:, first])
        x, y = pair.a.observed, pair.b.observed
        self._found.append(correlations_without(x[None], y[None], keep)[:, 0])
        both = [pair.observed_without(keep), pair.without(keep)]
        known = np.isfinite(both[0]) & np.isfinite(both[1])
        self._count = self._count + known
        self._sums = [s + np.where(known, v, 0.0) for s, v in zip(self._sums, both, strict=True)]

    def found(self) -> tuple[Floats, Floats, Floats]:
        """Return the means, shapes (n_groups,), (n_groups, n_draws), (n_groups, n_draws)."""
        count = np.asarray(self._count)
        same, drawn = (
            np.where(count > 0, np.asarray(total) / np.maximum(count, 1), np.nan)
            for total in self._sums
        )
        return np.nanmean(self._found, axis=0), same, drawn


class _Groups(_Means):
    """Leaves out one group of events at a time; which one weakens the answer most is named."""

    def __init__(
        self,
        name: str,
        label: str,
        group: npt.NDArray[np.generic],
        used: Ints,
        names: npt.NDArray[np.datetime64],
    ) -> None:
        self.groups = np.unique(group[used])
        super().__init__(group != self.groups[:, None])
        self.name, self.label, self.group, self.names = name, label, group, names

    def add(self, pair: Pair, first: Ints) -> None:
        if len(self.groups) >= 2:
            super().add(pair, first)

    def ranges(self) -> dict[str, object]:
        """Return the smallest and largest mean and p without one group."""
        if len(self.groups) < 2:
            return {}
        mean, same, drawn = self.found()
        p = np.array([two_sided_p(*both) for both in zip(same, drawn, strict=True)])
        weakest = self.groups[int(np.nanargmax(p))]
        return {
            f"low_{self.name}_out": float(mean.min()),
            f"high_{self.name}_out": float(mean.max()),
            f"p_low_{self.name}_out": float(np.nanmin(p)),
            f"p_high_{self.name}_out": float(np.nanmax(p)),
            self.label: str(self.names[self.group == weakest].min()),
        }
