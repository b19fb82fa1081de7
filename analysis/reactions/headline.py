"""One answer to whether markets react together: the mean correlation of all pairs.

Single pairs are a table: with the same link and larger common news on a few days a pair looks more
alike in half of all simulations. The mean has one joint placebo p, and is said with its range
without any one date and without any one month (METHODS section 8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.engine.correlation import (
    FEWEST_FOR_INTERVAL,
    correlations_without,
    on_same_cells,
    two_sided_p,
)
from analysis.engine.inference.joint_placebo import blocks
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


@dataclass(frozen=True, eq=False, repr=False)
class PairCells:
    """The scaled reactions of one pair of markets, and the same in joint draws.

    Attributes
    ----------
    first : ndarray of shape (n,)
        Position among the events of the first event with this pair of day 0s.
    x, y : ndarray of shape (n,)
        Scaled reactions of the two markets.
    x_drawn, y_drawn : ndarray of shape (n_draws, n)
        The same at drawn instants; NaN where blank.
    """

    first: Ints
    x: Floats
    y: Floats
    x_drawn: Floats
    y_drawn: Floats


def headline(pairs: Sequence[PairCells], instants: PlaceboInstants) -> Mapping[str, object]:
    """Return the mean of the pairs' correlations with its joint p and leave-out ranges.

    Below 10 distinct dates no range of the placebo is given, and no range without a date.
    """
    date = np.asarray(np.busday_offset("1970-01-01", instants.position, roll="forward"))
    used = np.unique(np.concatenate([pair.first for pair in pairs]))
    cluster = blocks(instants.position, 1)
    n_dates = len(np.unique(cluster[used]))
    mean, same, drawn = _means(pairs, [np.ones(len(pair.first), dtype=bool) for pair in pairs])
    out: dict[str, object] = {
        "mean_correlation": float(mean[0]),
        "p_placebo": two_sided_p(same[0], drawn[0]),
        "n_market_pairs": len(pairs),
        "n_dates": n_dates,
        "share_blank": float(np.mean([_blank(pair) for pair in pairs])),
    }
    if n_dates < FEWEST_FOR_INTERVAL:
        return out
    low, median, high = np.nanquantile(drawn[0], [0.025, 0.5, 0.975])
    out |= {"placebo_low": low, "placebo_median": median, "placebo_high": high}
    out |= _ranges("left", "date_left_out", pairs, cluster, used, date)
    months = date.astype("datetime64[M]")
    return out | _ranges("month", "month_left_out", pairs, months, used, months)


def _blank(pair: PairCells) -> float:
    return float(np.isnan(pair.x_drawn + pair.y_drawn).mean())


def _means(pairs: Sequence[PairCells], keep: Sequence[Bools]) -> tuple[Floats, Floats, Floats]:
    """Return the observed mean, that on the cells of each draw, and that of the draws.

    Shapes (n_groups,), (n_groups, n_draws), (n_groups, n_draws); one group where ``keep`` is flat.
    """
    found, same, drawn = [], [], []
    for pair, kept in zip(pairs, keep, strict=True):
        here = on_same_cells(pair.x, pair.x_drawn + pair.y_drawn)
        groups = np.atleast_2d(kept)
        found.append(correlations_without(pair.x[None], pair.y[None], groups)[:, 0])
        same.append(correlations_without(here, np.broadcast_to(pair.y, here.shape), groups))
        drawn.append(correlations_without(pair.x_drawn, pair.y_drawn, groups))
    known = np.isfinite(same) & np.isfinite(drawn)
    count = np.maximum(known.sum(axis=0), 1)
    means = [np.where(known, values, 0.0).sum(axis=0) / count for values in (same, drawn)]
    means = [np.where(known.any(axis=0), mean, np.nan) for mean in means]
    return np.nanmean(found, axis=0), means[0], means[1]


def _ranges(
    name: str,
    label: str,
    pairs: Sequence[PairCells],
    group: npt.NDArray[np.generic],
    used: Ints,
    names: npt.NDArray[np.datetime64],
) -> dict[str, object]:
    """Leave out one group of events at a time; which one weakens the answer most is named."""
    groups = np.unique(group[used])
    if len(groups) < 2:
        return {}
    fewer = [
        replace(pair, x_drawn=pair.x_drawn[:RANGE_DRAWS], y_drawn=pair.y_drawn[:RANGE_DRAWS])
        for pair in pairs
    ]
    mean, same, drawn = _means(fewer, [group[pair.first] != groups[:, None] for pair in pairs])
    p = np.array([two_sided_p(*both) for both in zip(same, drawn, strict=True)])
    weakest = groups[int(np.nanargmax(p))]
    return {
        f"low_{name}_out": float(mean.min()),
        f"high_{name}_out": float(mean.max()),
        f"p_low_{name}_out": float(np.nanmin(p)),
        f"p_high_{name}_out": float(np.nanmax(p)),
        label: str(names[group == weakest].min()),
    }
