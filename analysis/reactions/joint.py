"""Joint placebo on the markets' own prices: every reaction of the grid in the same draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine import LEVEL
from analysis.engine.inference.joint_placebo import family_p, omnibus
from analysis.engine.inference.multiple import benjamini_hochberg, benjamini_yekutieli, holm
from analysis.engine.panel import EventPanel
from analysis.errors import InputError
from analysis.reactions.day_zero import DayZero, day_zero
from analysis.reactions.instants import PlaceboInstants, placebo_instants
from analysis.reactions.market_data import MarketData, sort_rows
from analysis.reactions.pooled import scopes
from analysis.tasks import connected, join_arrays

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: The standard error of a p of 5 % is then .003.
N_DRAWS = 5000
#: Draws one task makes; bounds memory, and says which draws share a seed.
DRAWS_PER_TASK = 5000

FAMILY_COLUMNS = [
    "event_id", "market", "model", "window", "day0", "statistic", "p_placebo", "p_single", "p_max",
    "p_stepdown", "p_circular", "p_holm", "p_bh", "p_by", "n_family", "expected_beyond", "n_days",
    "n_draws", "seed", "share_blank", "reason",
]  # fmt: skip
#: Why a reaction of the family has no p among the others.
NO_DRAW = "no joint draw has an ordinary day for it"
OMNIBUS_COLUMNS = [
    "scope", "market", "model", "statistic", "placebo_mean", "placebo_low", "placebo_high",
    "p_value", "n_reactions", "n_beyond", "share_blank", "n_days", "n_draws", "seed",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Grid:
    """Distinct reactions: one cell per market and day 0, with the events that share it.

    Attributes
    ----------
    market : tuple of str
        Market of each cell.
    row : ndarray of shape (n_cells,)
        Day 0, a position on the market's axis.
    first : ndarray of shape (n_cells,)
        Position among the events of the first event with this day 0.
    members : tuple of tuple of int
        Positions of all events of each cell.
    """

    market: tuple[str, ...]
    row: Ints
    first: Ints
    members: tuple[tuple[int, ...], ...]


def distinct_cells(
    market_data: MarketData, events: Sequence[Event], days: Mapping[str, DayZero]
) -> Grid:
    """Join events that share a day 0 in a market; cells without a statistic are left out."""
    place = {(r.event_id, r.market): r.row for r in market_data.reactions}
    found: dict[tuple[str, int], list[int]] = {}
    for market in days:
        for i, event in enumerate(events):
            row = place.get((event.id, market))
            if row is not None and np.isfinite(days[market].scaled[row]):
                found.setdefault((market, row), []).append(i)
    return Grid(
        market=tuple(key[0] for key in found),
        row=np.array([key[1] for key in found], dtype=np.int64),
        first=np.array([members[0] for members in found.values()], dtype=np.int64),
        members=tuple(tuple(members) for members in found.values()),
    )


def gather(
    instants: PlaceboInstants, drawn: Ints, grid: Grid, values: Mapping[str, Floats]
) -> Floats:
    """Return the statistics of all cells at drawn instants, (n_draws, n_cells); NaN: blank."""
    out = np.empty((len(drawn), len(grid.market)))
    names = np.array(grid.market)
    for market in instants.markets:
        mine = np.flatnonzero(names == market)
        out[:, mine] = instants.values(drawn, grid.first[mine], market, values[market])
    return out


def drawn_statistics(
    instants: PlaceboInstants,
    grid: Grid,
    values: Mapping[str, Floats],
    *,
    n_draws: int,
    seed: int,
    scheduler: str | None = None,
) -> Floats:
    """Return the statistics of all cells in joint draws, shape (n_draws, n_cells).

    Draws are made 5,000 to a task: the first 5,000 from the seed itself, the k-th further ones from
    its k-th child, so that they do not depend on who makes them.

    Raises
    ------
    InputError
        If there is to be no draw.
    StudyError
        If a task fails for good.
    """
    if n_draws < 1:
        raise InputError("n_draws", n_draws, "it must be 1 or more.", "For example 5000.")
    batches = [
        (k, min(DRAWS_PER_TASK, n_draws - first))
        for k, first in enumerate(range(0, n_draws, DRAWS_PER_TASK))
    ]
    asked = (instants, grid, dict(values), seed)
    with connected(scheduler) as where:
        found = where.run("joint draws", _draw_batch, batches, asked, merge=join_arrays)
    return found.complete()["drawn"]


def _draw_batch(
    batch: tuple[int, int], asked: tuple[PlaceboInstants, Grid, Mapping[str, Floats], int]
) -> dict[str, Floats]:
    (k, count), (instants, grid, values, seed) = batch, asked
    child = np.random.SeedSequence(seed, spawn_key=(k,) if k else ())
    drawn = instants.draw(count, np.random.default_rng(child))
    return {"drawn": gather(instants, drawn, grid, values)}


def joint_tables(
    market_data: MarketData,
    panel: EventPanel,
    events: Sequence[Event],
    placebo: pd.DataFrame | None = None,
    *,
    n_draws: int = N_DRAWS,
    scheduler: str | None = None,
) -> dict[str, pd.DataFrame]:
    """Return ``family`` and ``omnibus``: every reaction on day 0 in the same joint draws.

    Parameters
    ----------
    market_data, panel, events
        As in :func:`analysis.reactions.together.together_tables`.
    placebo
        The ``placebo`` table, whose p-values Holm, Benjamini-Hochberg and Benjamini-Yekutieli
        adjust over the distinct reactions; None to use each cell's p in the joint draws.
    n_draws
        Draws of instants, the same for all markets.
    scheduler
        Where draws are made, as in :func:`analysis.tasks.connected`; the figures do not depend
        on it.

    Notes
    -----
    The statistic is the abnormal return, standardised by its forecast error and by the volatility
    forecast of the day before, over the root of the benchmark closes it spans. ``family`` has one
    family per model: ``p_stepdown`` moves blocks of neighbouring events; ``p_circular`` moves the
    whole catalogue as one, which keeps volatility clustering, and is step-down too; its floor is 1
    over the days of the circle. A reaction that every draw leaves blank has a ``reason`` in place
    of p, and is not one of ``n_family``. ``omnibus`` gives the mean |z| of all distinct reactions
    of a scope (catalogue, article, category) in all markets and in each: one direction-free answer.
    """
    families: list[pd.DataFrame] = []
    answers: list[dict[str, object]] = []
    for model in market_data.models:
        days = day_zero(market_data, panel, model)
        grid = distinct_cells(market_data, events, days)
        instants = placebo_instants(
            market_data, events, {market: day.admissible for market, day in days.items()}
        )
        if not (len(grid.market) and len(instants.day)):
            continue
        drawn = drawn_statistics(
            instants,
            grid,
            {market: day.scaled for market, day in days.items()},
            n_draws=n_draws,
            seed=market_data.run.study.seed,
            scheduler=scheduler,
        )
        family = _family(market_data, model, days, grid, instants, placebo, drawn, events)
        families.append(family.explode("event_id", ignore_index=True))
        answers.extend(_omnibus(family, drawn, events))
    return {
        "family": sort_rows(_stack(families), ["event_id", "market", "model"]),
        "omnibus": sort_rows(
            pd.DataFrame(answers, columns=OMNIBUS_COLUMNS), ["scope", "market", "model"]
        ),
    }


def _stack(families: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if not families:
        return pd.DataFrame(columns=FAMILY_COLUMNS)
    return pd.concat(families, ignore_index=True)[FAMILY_COLUMNS]


def _omnibus(
    family: pd.DataFrame, drawn: Floats, events: Sequence[Event]
) -> Iterator[dict[str, object]]:
    """Hold the mean |z| of every scope, in all markets and in each, against the joint draws."""
    for scope, ids in scopes(events).items():
        mine = np.array([not set(ids).isdisjoint(members) for members in family["event_id"]])
        for market in ("all", *dict.fromkeys(family["market"])):
            use = mine if market == "all" else mine & (family["market"] == market).to_numpy()
            if use.any():
                row = family[use]
                yield {
                    "scope": scope,
                    "market": market,
                    **row.iloc[0][["model", "n_days", "n_draws", "seed"]],
                    **asdict(omnibus(row["statistic"].to_numpy(), drawn[:, use])),
                    "n_reactions": len(row),
                    "n_beyond": int((row["p_placebo"] <= LEVEL).sum()),
                }


def _family(
    market_data: MarketData,
    model: str,
    days: Mapping[str, DayZero],
    grid: Grid,
    instants: PlaceboInstants,
    placebo: pd.DataFrame | None,
    drawn: Floats,
    events: Sequence[Event],
) -> pd.DataFrame:
    scaled = {market: day.scaled for market, day in days.items()}
    observed = np.array(
        [scaled[market][row] for market, row in zip(grid.market, grid.row, strict=True)]
    )
    joint = family_p(observed, drawn)
    circular = family_p(observed, gather(instants, instants.circle(), grid, scaled))
    ids = [event.id for event in events]
    own = _own_p(placebo, model, [ids[i] for i in grid.first], grid.market)
    p = np.where(np.isfinite(own), own, joint.p_single)
    return pd.DataFrame(
        {
            "market": grid.market,
            "model": model,
            "window": "[0,0]",
            "day0": [
                str(market_data.sessions[m].session[row])
                for m, row in zip(grid.market, grid.row, strict=True)
            ],
            "statistic": observed,
            "p_placebo": p,
            "p_single": joint.p_single,
            "p_max": joint.p_max,
            "p_stepdown": joint.p_stepdown,
            "p_circular": circular.p_stepdown,
            "p_holm": holm(p),
            "p_bh": benjamini_hochberg(p),
            "p_by": benjamini_yekutieli(p),
            "n_family": int(np.isfinite(joint.p_stepdown).sum()),
            "expected_beyond": joint.expected_beyond,
            "n_days": len(instants.day),
            "n_draws": len(drawn),
            "seed": market_data.run.study.seed,
            "share_blank": joint.share_blank,
            "reason": np.where(np.isfinite(joint.p_stepdown), "", NO_DRAW),
            "event_id": [[ids[i] for i in members] for members in grid.members],
        }
    )


def _own_p(
    placebo: pd.DataFrame | None, model: str, ids: Sequence[str], markets: Sequence[str]
) -> Floats:
    if placebo is None or placebo.empty:
        return np.full(len(ids), np.nan)
    keep = (placebo["model"] == model) & (placebo["window"] == "[0,0]") & ~placebo["candidate"]
    known = placebo[keep].set_index(["event_id", "market"])["p_value"]
    wanted = pd.MultiIndex.from_arrays([list(ids), list(markets)])
    return np.asarray(known.reindex(wanted).to_numpy(dtype=float))
