"""The study of how the markets' reactions move together, against what is normal for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.correlation import (
    Comovement,
    comovement,
    correlation_interval,
    on_same_cells,
    two_sided_p,
)
from analysis.engine.inference.placebo import PlaceboSample
from analysis.engine.models import TOTAL_REACTION
from analysis.engine.panel import EventPanel
from analysis.reactions.headline import HEADLINE_COLUMNS, PairCells, headline
from analysis.reactions.instants import PlaceboInstants, placebo_instants
from analysis.reactions.market_data import MarketData, event_instant, iso_dates
from analysis.reactions.placebo import catalogue_rows, placebo_sample
from analysis.sessions import aligned_returns, first_close_after

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

N_DRAWS = 5000
N_SHOWN = 500

CORRELATION_COLUMNS = [
    "market_a", "market_b", "kind", "model", "n", "pearson", "spearman", "share_same_sign", "low",
    "high", "placebo_low", "placebo_median", "placebo_high", "p_placebo", "p_placebo_spearman",
    "p_placebo_sign", "n_days", "n_draws", "seed", "leader",
]  # fmt: skip
DRAW_COLUMNS = [
    "market_a", "market_b", "kind", "model", "draw", "pearson", "spearman", "share_same_sign",
]  # fmt: skip
PAIR_COLUMNS = [
    "market_a", "market_b", "model", "event_ids", "day0_a", "day0_b", "sar_a", "sar_b", "ar_a",
    "ar_b",
]  # fmt: skip
DAY_COLUMNS = [
    "market", "model", "session", "ar", "statistic", "raw", "span", "holds_event",
]  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class DayZero:
    """Day-0 figures of one market and model at every session, NaN where there are none.

    Attributes
    ----------
    sample : PlaceboSample
        The placebo sample they come from.
    ar, sar, scaled : ndarray of shape (R,)
        Abnormal return (decimal), standardised, and standardised by the forecast of the day
        before and by the root of the span.
    admissible : ndarray of bool, shape (R,)
        Full windows and no catalogued day 0.
    """

    sample: PlaceboSample
    ar: Floats
    sar: Floats
    scaled: Floats
    admissible: npt.NDArray[np.bool_]


def day_zero(market_data: MarketData, panel: EventPanel, model: str) -> dict[str, DayZero]:
    """Compute day-0 figures at every session of every market."""
    spec = replace(market_data.run.study, model=model)
    found = {}
    for column, market in enumerate(panel.securities):
        events = catalogue_rows(market_data.reactions_of(market), market_data.sessions[market])
        found[market] = spread(
            placebo_sample(panel, spec, column, (0, 0), events),
            len(market_data.sessions[market].session),
        )
    return found


def spread(sample: PlaceboSample, n_sessions: int) -> DayZero:
    """Lay a placebo sample on the whole session axis of its market."""

    def on_axis(values: Floats) -> Floats:
        out = np.full(n_sessions, np.nan)
        out[sample.row] = values
        return out

    admissible = np.zeros(n_sessions, dtype=bool)
    admissible[sample.row[~sample.holds_event]] = True
    return DayZero(
        sample=sample,
        ar=on_axis(sample.total),
        sar=on_axis(sample.raw),
        scaled=on_axis(sample.scaled / np.sqrt(np.maximum(sample.span, 1))),
        admissible=admissible,
    )


def together_tables(
    market_data: MarketData, panel: EventPanel, events: Sequence[Event]
) -> dict[str, pd.DataFrame]:
    """Return ``correlations``, ``placebo_correlations``, ``reaction_pairs`` and ``together``.

    Reactions are correlated in standard errors (SAR): raw returns would let a few days decide.

    Parameters
    ----------
    market_data, panel
        Sessions and returns.
    events
        Events whose reactions are paired; day 0s of the whole catalogue stay out of the placebo.
    """
    main, total = market_data.run.study.model, TOTAL_REACTION
    days = {model: day_zero(market_data, panel, model) for model in market_data.models}
    instants = placebo_instants(
        market_data, events, {market: day.admissible for market, day in days[main].items()}
    )
    rng = np.random.default_rng(market_data.run.study.seed)
    drawn = instants.draw(N_DRAWS, rng) if len(instants.day) and events else None
    rows: list[dict[str, object]] = []
    shown: list[pd.DataFrame] = []
    points: list[pd.DataFrame] = []
    cells: dict[tuple[str, str], list[PairCells]] = {}
    for a, b in combinations(panel.securities, 2):
        pairs = event_pairs(market_data, events, a, b, days[main])
        for kind, model in (("reaction", main), ("reaction_total", total)):
            x, y = (days[model][market].sar for market in (a, b))
            found = comovement(x[pairs.row_a], y[pairs.row_b])
            cell = _cells(instants, drawn, pairs, (a, b), (x, y))
            draws, same = _draws(cell)
            rows.append(_reaction_row(a, b, kind, model, found, draws, same, instants, market_data))
            shown.append(_shown(a, b, kind, model, draws))
            if cell is not None:
                cells.setdefault((kind, model), []).append(cell)
        rows.extend(_normal_rows(market_data, a, b))
        points.extend(
            _points(market_data, pairs, a, b, model, days[model]) for model in market_data.models
        )
    answers = [
        {"kind": kind, "model": model, "n_draws": N_DRAWS, "seed": market_data.run.study.seed}
        | dict(headline(found, instants))
        for (kind, model), found in cells.items()
    ]
    return {
        "correlations": pd.DataFrame(rows, columns=CORRELATION_COLUMNS),
        "placebo_correlations": _stacked(shown, DRAW_COLUMNS),
        "reaction_pairs": _stacked(points, PAIR_COLUMNS),
        "together": pd.DataFrame(answers, columns=HEADLINE_COLUMNS),
    }


@dataclass(frozen=True, eq=False, repr=False)
class EventPairs:
    """Distinct pairs of day 0s of the same events in two markets.

    Attributes
    ----------
    row_a, row_b : ndarray of shape (n_pairs,)
        Day 0s, positions on each market's axis; no pair twice.
    first : ndarray of shape (n_pairs,)
        Position among the events of the first event with this pair.
    event_ids : tuple of tuple of str
        The events of each pair.
    """

    row_a: Ints
    row_b: Ints
    first: Ints
    event_ids: tuple[tuple[str, ...], ...]


def event_pairs(
    market_data: MarketData, events: Sequence[Event], a: str, b: str, days: Mapping[str, DayZero]
) -> EventPairs:
    """Pair the day 0s of two markets; events with the same pair are one observation."""
    row_of = {(r.event_id, r.market): r.row for r in market_data.reactions}
    found: dict[tuple[int, int], list[int]] = {}
    for i, event in enumerate(events):
        row_a, row_b = row_of.get((event.id, a)), row_of.get((event.id, b))
        if row_a is None or row_b is None:
            continue
        if np.isfinite(days[a].sar[row_a]) and np.isfinite(days[b].sar[row_b]):
            found.setdefault((row_a, row_b), []).append(i)
    keys = sorted(found)
    return EventPairs(
        row_a=np.array([key[0] for key in keys], dtype=np.int64),
        row_b=np.array([key[1] for key in keys], dtype=np.int64),
        first=np.array([found[key][0] for key in keys], dtype=np.int64),
        event_ids=tuple(tuple(events[i].id for i in found[key]) for key in keys),
    )


def _cells(
    instants: PlaceboInstants,
    drawn: Ints | None,
    pairs: EventPairs,
    markets: tuple[str, str],
    values: tuple[Floats, Floats],
) -> PairCells | None:
    """Return the scaled reactions of a pair and those at drawn instants; None without any."""
    if drawn is None or len(pairs.first) < 3:
        return None
    x, y = (
        instants.values(drawn, pairs.first, market, value)
        for value, market in zip(values, markets, strict=True)
    )
    return PairCells(pairs.first, values[0][pairs.row_a], values[1][pairs.row_b], x, y)


def _draws(cell: PairCells | None) -> tuple[Comovement | None, Comovement | None]:
    """Compute the statistics at placebo instants, and the observed ones on the same pairs."""
    if cell is None:
        return None, None
    here = on_same_cells(cell.x, cell.x_drawn + cell.y_drawn)
    there = np.broadcast_to(cell.y, here.shape)
    return comovement(cell.x_drawn, cell.y_drawn), comovement(here, there)


def _reaction_row(
    a: str,
    b: str,
    kind: str,
    model: str,
    found: Comovement,
    draws: Comovement | None,
    same: Comovement | None,
    instants: PlaceboInstants,
    market_data: MarketData,
) -> dict[str, object]:
    row: dict[str, object] = {
        "market_a": a,
        "market_b": b,
        "kind": kind,
        "model": model,
        "n": int(found.n[0]),
        "n_days": len(instants.day),
        "n_draws": 0 if draws is None else len(draws.pearson),
        "seed": market_data.run.study.seed,
        "leader": "",
    }
    fields = {"pearson": "p_placebo", "spearman": "p_placebo_spearman"}
    fields |= {"share_same_sign": "p_placebo_sign"}
    for name, p in fields.items():
        row[name] = float(getattr(found, name)[0])
        if draws is not None and same is not None:
            row[p] = two_sided_p(getattr(same, name), getattr(draws, name))
    if draws is not None:
        low, median, high = np.nanquantile(draws.pearson, [0.025, 0.5, 0.975])
        row |= {"placebo_low": low, "placebo_median": median, "placebo_high": high}
    return row


def _shown(a: str, b: str, kind: str, model: str, draws: Comovement | None) -> pd.DataFrame:
    """Return the first draws, enough to draw their distribution."""
    if draws is None:
        return pd.DataFrame(columns=DRAW_COLUMNS)
    count = min(N_SHOWN, len(draws.pearson))
    return pd.DataFrame(
        {
            "market_a": a,
            "market_b": b,
            "kind": kind,
            "model": model,
            "draw": np.arange(count),
            "pearson": draws.pearson[:count],
            "spearman": draws.spearman[:count],
            "share_same_sign": draws.share_same_sign[:count],
        }
    )


def _points(
    market_data: MarketData,
    pairs: EventPairs,
    a: str,
    b: str,
    model: str,
    days: Mapping[str, DayZero],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "market_a": a,
            "market_b": b,
            "model": model,
            "event_ids": [";".join(ids) for ids in pairs.event_ids],
            "day0_a": iso_dates(market_data.sessions[a].session[pairs.row_a]),
            "day0_b": iso_dates(market_data.sessions[b].session[pairs.row_b]),
            "sar_a": days[a].sar[pairs.row_a],
            "sar_b": days[b].sar[pairs.row_b],
            "ar_a": days[a].ar[pairs.row_a],
            "ar_b": days[b].ar[pairs.row_b],
        }
    )


def _stacked(parts: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=columns)


def _normal_rows(market_data: MarketData, a: str, b: str) -> Iterator[dict[str, object]]:
    leader, follower = by_close_order(market_data, a, b)
    pairs = {
        "normal_clock": clock_pairs(market_data, leader, follower),
        "normal_same_date": same_date_pairs(market_data, a, b),
    }
    for kind, (x, y) in pairs.items():
        found = comovement(x, y)
        rng = np.random.default_rng([market_data.run.study.seed, len(x)])
        low, high = correlation_interval(x, y, rng=rng)
        yield {
            "market_a": a,
            "market_b": b,
            "kind": kind,
            "model": "",
            "n": int(found.n[0]),
            "pearson": float(found.pearson[0]),
            "spearman": float(found.spearman[0]),
            "share_same_sign": float(found.share_same_sign[0]),
            "low": low,
            "high": high,
            "n_days": len(x),
            "n_draws": 0,
            "seed": market_data.run.study.seed,
            "leader": leader if kind == "normal_clock" else "",
        }


def by_close_order(market_data: MarketData, a: str, b: str) -> tuple[str, str]:
    """Return two markets in the order in which they close after the usual event.

    The usual event comes at the median UTC time of day of the catalogue; each market is placed by
    its median closing time after that.
    """
    day = 86400
    moments = np.array(
        [event_instant(event) for event in market_data.events], dtype="datetime64[s]"
    )
    usual = float(np.median(moments.astype(np.int64) % day)) if len(moments) else 0.0

    def wait(market: str) -> float:
        closes = market_data.sessions[market].close_at.astype("datetime64[s]").astype(np.int64)
        return float(np.median((closes - usual) % day))

    return (a, b) if wait(a) <= wait(b) else (b, a)


def clock_pairs(market_data: MarketData, leader: str, follower: str) -> tuple[Floats, Floats]:
    """Pair each quiet session of the follower with the leader's return before its close.

    The leader's return is compounded over its closes between two closes of the follower; pairs
    without such a close, or that hold a catalogued day 0 of either market, are left out.
    """
    first, second = market_data.sessions[leader], market_data.sessions[follower]
    paired = aligned_returns(second, first, return_kind=market_data.run.study.return_kind)
    held = np.concatenate([[0], np.cumsum(_event_days(market_data, leader))])
    at = first_close_after(first.close_at, second.close_at)
    news = np.diff(held[at], prepend=0) > 0
    keep = (paired.span > 0) & ~news & ~_event_days(market_data, follower)
    keep &= np.isfinite(paired.ret) & np.isfinite(paired.benchmark_ret)
    return paired.benchmark_ret[keep], paired.ret[keep]


def same_date_pairs(market_data: MarketData, a: str, b: str) -> tuple[Floats, Floats]:
    """Pair returns by calendar date, the naive way, without catalogued day 0s of either market."""
    quiet = {}
    for market in (a, b):
        keep = ~_event_days(market_data, market)
        quiet[market] = pd.Series(
            market_data.aligned[market].ret[keep], index=market_data.sessions[market].session[keep]
        )
    both = pd.concat(quiet, axis=1, join="inner").dropna()
    return both[a].to_numpy(), both[b].to_numpy()


def _event_days(market_data: MarketData, market: str) -> npt.NDArray[np.bool_]:
    sessions = market_data.sessions[market]
    days = np.zeros(len(sessions.session), dtype=bool)
    days[catalogue_rows(market_data.reactions_of(market), sessions)] = True
    return days


def placebo_day_table(market_data: MarketData, panel: EventPanel) -> pd.DataFrame:
    """Return one row per market, model and session of the day-0 placebo sample."""
    parts = []
    for model in market_data.models:
        for market, day in day_zero(market_data, panel, model).items():
            sample = day.sample
            parts.append(
                pd.DataFrame(
                    {
                        "market": market,
                        "model": model,
                        "session": iso_dates(market_data.sessions[market].session[sample.row]),
                        "ar": sample.total,
                        "statistic": sample.scaled,
                        "raw": sample.raw,
                        "span": sample.span,
                        "holds_event": sample.holds_event,
                    }
                )
            )
    return _stacked(parts, DAY_COLUMNS)
