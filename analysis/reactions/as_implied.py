"""Whether categories moved markets the way their articles implied, against joint placebo draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.inference.joint_placebo import blocks, share_at_least
from analysis.engine.inference.sign_flip import sign_flip, wild_cluster_bootstrap
from analysis.engine.panel import EventPanel
from analysis.reactions.day_zero import DayZero, day_zero
from analysis.reactions.instants import PlaceboInstants, placebo_instants
from analysis.reactions.joint import N_DRAWS, distinct_cells
from analysis.reactions.market_data import MarketData, sort_rows
from analysis.reactions.pooled import scopes

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POOLED_COLUMNS = [
    "scope", "market", "model", "sample", "estimate", "statistic", "p_joint", "p_joint_two_sided",
    "p_sign_flip", "sign_floor", "p_wild", "n_sessions", "n_dates", "n_as_implied", "low_left_out",
    "high_left_out", "p_worst_left_out", "n_draws", "seed", "reason", "p_low_left_out",
    "p_high_left_out", "date_left_out", "low_month_out", "high_month_out", "p_low_month_out",
    "p_high_month_out", "month_left_out", "share_blank", "n_left_out", "assumes",
]  # fmt: skip
#: What the tests of a signed mean take for granted.
POOLED_ASSUMES = (
    "placebo instants are exchangeable with those of the events (p_joint); dates are independent "
    "and symmetric (p_sign_flip, p_wild)"
)


def pooled_table(
    market_data: MarketData, panel: EventPanel, events: Sequence[Event], *, n_draws: int = N_DRAWS
) -> pd.DataFrame:
    """Test whether each category moved each market the way its articles implied.

    The estimate is the mean day-0 abnormal return over distinct sessions, each signed by the
    implied direction; sessions that are given both directions are left out. It is compared with the
    same mean at jointly drawn placebo instants, by exact sign flips of dates, and from 10 dates by
    the wild cluster bootstrap. Events on neighbouring weekdays are one date there. The p to read
    is ``p_joint_two_sided``: directions were read from articles written after the move, so the
    one-sided ``p_joint`` counts only where they were fixed beforehand. Beside it stand its range
    without any one date and without any one month, and which one weakens it most;
    ``p_worst_left_out`` is the largest one-sided p. Market ``all`` joins the sessions of every
    market.

    ``sample`` is ``all``, ``unconfounded`` (events without confounders) or ``unambiguous`` (day 0
    does not depend on the minute).
    """
    rows: list[dict[str, object]] = []
    for model in market_data.models:
        days = day_zero(market_data, panel, model)
        instants = placebo_instants(market_data, events, {m: d.admissible for m, d in days.items()})
        if not len(instants.day) or not events:
            continue
        drawn = instants.draw(n_draws, np.random.default_rng(market_data.run.study.seed))
        for scope, ids in scopes(events).items():
            if scope.startswith("article:"):
                continue
            for sample in ("all", "unconfounded", "unambiguous"):
                named = {"scope": scope, "model": model, "sample": sample}
                parts = {}
                for market, day in days.items():
                    chosen = _sample(market_data, events, ids, market, sample)
                    parts[market] = _signed(
                        market_data, events, chosen, market, day, instants, drawn
                    )
                parts["all"] = _joined(list(parts.values()))
                rows.extend(
                    named
                    | {"market": market, "n_draws": n_draws, "seed": market_data.run.study.seed}
                    | _pooled(part)
                    for market, part in parts.items()
                )
    table = pd.DataFrame(rows, columns=POOLED_COLUMNS)
    return sort_rows(table, ["scope", "market", "model", "sample"])


def _sample(
    market_data: MarketData, events: Sequence[Event], ids: Sequence[str], market: str, sample: str
) -> set[str]:
    chosen = set(ids)
    if sample == "unconfounded":
        return {event.id for event in events if event.id in chosen and not event.confounders}
    if sample == "unambiguous":
        ambiguous = {r.event_id for r in market_data.reactions_of(market) if r.ambiguous}
        return chosen - ambiguous
    return chosen


@dataclass(frozen=True, eq=False, repr=False)
class _Signed:
    """Signed day-0 figures of distinct sessions, and the same at placebo instants.

    ``n_left_out`` counts sessions with an implied direction that do not count: without a figure, or
    with both directions.
    """

    ar: Floats
    observed: Floats
    null: Floats
    cluster: Ints
    date: npt.NDArray[np.datetime64]
    n_left_out: int


def _signed(
    market_data: MarketData,
    events: Sequence[Event],
    chosen: set[str],
    market: str,
    day: DayZero,
    instants: PlaceboInstants,
    drawn: Ints,
) -> _Signed:
    implied = {"up": 1.0, "down": -1.0}
    pointed = [
        event
        for event in events
        if event.id in chosen and event.expected_direction.get(market, "none") in implied
    ]
    position = {event.id: i for i, event in enumerate(events)}
    grid = distinct_cells(market_data, pointed, {market: day})
    cells = []
    for row, members in zip(grid.row, grid.members, strict=True):
        signs = {implied[pointed[i].expected_direction[market]] for i in members}
        if len(signs) == 1:
            cells.append((row, position[pointed[members[0]].id], signs.pop()))
    named = {event.id for event in pointed}
    there = [r for r in market_data.reactions_of(market) if r.event_id in named]
    row, first = (np.array([cell[k] for cell in cells], dtype=np.int64) for k in (0, 1))
    sign = np.array([cell[2] for cell in cells])
    date = blocks(instants.position, 1)
    return _Signed(
        ar=sign * day.ar[row],
        observed=sign * day.scaled[row],
        null=sign * instants.values(drawn, first, market, day.scaled),
        cluster=date[first],
        date=np.busday_offset("1970-01-01", instants.position[first], roll="forward"),
        n_left_out=len({r.row for r in there if r.row is not None}) - len(cells),
    )


def _joined(parts: Sequence[_Signed]) -> _Signed:
    return _Signed(
        ar=np.concatenate([part.ar for part in parts]),
        observed=np.concatenate([part.observed for part in parts]),
        null=np.concatenate([part.null for part in parts], axis=1),
        cluster=np.concatenate([part.cluster for part in parts]),
        date=np.concatenate([part.date for part in parts]),
        n_left_out=sum(part.n_left_out for part in parts),
    )


def _pooled(found: _Signed) -> dict[str, object]:
    ar, observed, null = found.ar, found.observed, found.null
    n = len(ar)
    row: dict[str, object] = {
        "n_sessions": n,
        "n_left_out": found.n_left_out,
        "assumes": POOLED_ASSUMES,
    }
    if not n:
        return row | {"n_dates": 0, "reason": "no session with one implied direction"}
    flips = sign_flip(observed, found.cluster)
    rng = np.random.default_rng(n)
    wild = wild_cluster_bootstrap(observed, found.cluster, rng=rng, n_draws=1999)
    every = _joint_p(found, np.ones(n, dtype=bool))
    row |= {
        "estimate": float(ar.mean()),
        "statistic": float(observed.mean()),
        "p_joint": every[0],
        "p_joint_two_sided": every[1],
        "p_sign_flip": flips.p_value,
        "sign_floor": flips.floor,
        "p_wild": wild.p_value,
        "n_dates": flips.n_clusters,
        "n_as_implied": int((ar > 0).sum()),
        "reason": wild.reason,
        "share_blank": float(np.isnan(null).mean()),
    }
    return row | _left_out(found)


def _joint_p(found: _Signed, keep: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """One- and two-sided p of the sum of some cells, against draws on the same cells."""
    null = found.null[:, keep]
    present = np.isfinite(null)
    observed = np.where(present.any(axis=1), present @ found.observed[keep], np.nan)
    drawn = np.nansum(null, axis=1)
    return (
        share_at_least(observed, drawn),
        share_at_least(np.abs(observed), np.abs(drawn)),
    )


def _p_without(found: _Signed, kept: npt.NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return the p of each choice of cells, shape (n_choices, n): totals less what is left out."""
    present, out = np.isfinite(found.null), (~kept.T).astype(float)
    there = present.astype(float)
    parts = (there, there * found.observed, np.where(present, found.null, 0.0))
    count, observed, drawn = (part.sum(axis=1, keepdims=True) - part @ out for part in parts)
    observed[count < 0.5] = np.nan  # no cell is left in the draw
    return [
        (share_at_least(o, d), share_at_least(np.abs(o), np.abs(d)))
        for o, d in zip(observed.T, drawn.T, strict=True)
    ]


def _left_out(found: _Signed) -> dict[str, object]:
    """Leave out one date, then one month, at a time: ranges of the mean and of the joint p."""
    out: dict[str, object] = {}
    months = found.date.astype("datetime64[M]")
    for name, groups in (("left", found.cluster), ("month", months)):
        if len(np.unique(groups)) < 2:
            continue
        kept = [groups != group for group in np.unique(groups)]
        means = [float(found.ar[keep].mean()) for keep in kept]
        p = np.array(_p_without(found, np.array(kept)))
        weakest = found.date[~kept[int(p[:, 1].argmax())]].min()
        out |= {
            f"low_{name}_out": min(means),
            f"high_{name}_out": max(means),
            f"p_low_{name}_out": float(p[:, 1].min()),
            f"p_high_{name}_out": float(p[:, 1].max()),
        }
        if name == "left":
            out |= {"date_left_out": str(weakest), "p_worst_left_out": float(p[:, 0].max())}
        else:
            out["month_left_out"] = str(weakest.astype("datetime64[M]"))
    return out
