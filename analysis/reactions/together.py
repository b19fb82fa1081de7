"""The study of how the markets' reactions move together, against what is normal for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.correlation import (
    Comovement,
    comovement,
    correlation_intervals,
    two_sided_p,
)
from analysis.engine.models import TOTAL_REACTION
from analysis.engine.paired import Pair, Side
from analysis.engine.panel import EventPanel
from analysis.reactions.clock_pairs import clock_pairs_of, same_date_pairs
from analysis.reactions.day_zero import DayZero, day_zero
from analysis.reactions.event_pairs import EventPairs, event_pairs_of
from analysis.reactions.headline import HEADLINE_COLUMNS, MeanCorrelation
from analysis.reactions.instants import PlaceboInstants, placebo_instants
from analysis.reactions.market_data import MarketData, iso_dates

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: The standard error of a p of 5 % is then .003.
N_DRAWS = 5000
#: Draws of a pair that are written down: enough to draw their distribution, less for many pairs.
N_SHOWN, MOST_SHOWN = 500, 30_000
#: Fewest pairs of day 0s that are correlated against placebo moments.
FEWEST = 3
#: Markets whose draws are at hand at a time, and how many sets of draws that may be.
TILE, MOST_SIDES = 24, 128
#: Pairs that are looked at one by one where there are more.
FOLLOWED = 15
#: Pairs between two words on how far it is.
TOLD_EVERY = 500

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


def together_tables(
    market_data: MarketData,
    panel: EventPanel,
    events: Sequence[Event],
    *,
    tell: Callable[[str], object] | None = None,
) -> dict[str, pd.DataFrame]:
    """Return ``correlations``, ``placebo_correlations``, ``reaction_pairs`` and ``together``.

    Reactions are correlated in standard errors (SAR): raw returns would let a few days decide.

    Parameters
    ----------
    market_data, panel
        Sessions and returns.
    events
        Events whose reactions are paired; day 0s of the whole catalogue stay out of the placebo.
    tell
        Called with a sentence now and then where there are many pairs.
    """
    main, seed = market_data.run.study.model, market_data.run.study.seed
    days = {model: day_zero(market_data, panel, model) for model in market_data.models}
    instants = placebo_instants(
        market_data, events, {market: day.admissible for market, day in days[main].items()}
    )
    drawn = (
        instants.draw(N_DRAWS, np.random.default_rng(seed))
        if len(instants.day) and events
        else None
    )
    pairs = event_pairs_of(market_data, events, days[main])
    kinds = {"reaction": main, "reaction_total": TOTAL_REACTION}
    named = {"n_days": len(instants.day), "seed": seed, "leader": ""}
    found = {
        kind: _reactions(
            {"kind": kind, "model": model, **named},
            pairs,
            _Draws(instants, drawn, days[model]),
            tell,
        )
        for kind, model in kinds.items()
    }
    normal = _normal_rows(market_data)
    rows = [
        row
        for i in range(len(pairs))
        for row in (*(found[kind].rows[i] for kind in kinds), *normal[2 * i : 2 * i + 2])
    ]
    answers = [
        {"kind": kind, "model": kinds[kind], "n_draws": N_DRAWS, "seed": seed} | dict(one.headline)
        for kind, one in found.items()
        if one.headline
    ]
    return {
        "correlations": pd.DataFrame(rows, columns=CORRELATION_COLUMNS),
        "placebo_correlations": _stacked(
            [found[kind].shown[i] for i in range(len(pairs)) for kind in kinds], DRAW_COLUMNS
        ),
        "reaction_pairs": _points(market_data, pairs, days),
        "together": pd.DataFrame(answers, columns=HEADLINE_COLUMNS),
    }


@dataclass(frozen=True, eq=False, repr=False)
class _Found:
    """What all pairs gave for one kind of reaction, in the order of the pairs."""

    rows: list[dict[str, object]]
    shown: list[pd.DataFrame]
    headline: Mapping[str, object]


class _Draws:
    """The scaled reactions of markets at drawn instants; each set is made once for many pairs."""

    def __init__(
        self, instants: PlaceboInstants, drawn: Ints | None, days: Mapping[str, DayZero]
    ) -> None:
        self.instants, self.drawn, self.days = instants, drawn, days
        self._side = lru_cache(maxsize=MOST_SIDES)(self._made)

    def pair(self, names: tuple[str, str], pairs: EventPairs) -> Pair | None:
        """Return two markets in the same draws; None without draws or with too few pairs."""
        if self.drawn is None or len(pairs.first) < FEWEST:
            return None
        first = pairs.first.tobytes()
        a, b = pairs.row_a.tobytes(), pairs.row_b.tobytes()
        return Pair(self._side(names[0], first, a), self._side(names[1], first, b))

    def _made(self, market: str, first: bytes, rows: bytes) -> Side:
        sar, at = self.days[market].sar, np.frombuffer(first, dtype=np.int64)
        drawn = self.instants.values(np.asarray(self.drawn), at, market, sar)
        return Side(sar[np.frombuffer(rows, dtype=np.int64)], drawn)


def _reactions(
    named: Mapping[str, object],
    pairs: Mapping[tuple[str, str], EventPairs],
    draws: _Draws,
    tell: Callable[[str], object] | None,
) -> _Found:
    """Correlate one kind of reaction in every pair of markets."""
    enough = [p.first for p in pairs.values() if len(p.first) >= FEWEST]
    used = np.unique(np.concatenate(enough)) if enough else np.empty(0, dtype=np.int64)
    mean = MeanCorrelation(draws.instants, used) if enough and draws.drawn is not None else None
    shown = min(N_SHOWN, MOST_SHOWN // max(len(pairs), 1))
    found: dict[tuple[str, str], tuple[dict[str, object], pd.DataFrame]] = {}
    for names in _by_tile(pairs):
        both = draws.pair(names, pairs[names])
        row = {"market_a": names[0], "market_b": names[1], **named}
        x, y = (
            draws.days[market].sar[rows]
            for market, rows in zip(names, (pairs[names].row_a, pairs[names].row_b), strict=True)
        )
        row |= _observed(comovement(x, y))
        moved = None if both is None else both.comovement()
        if both is not None and moved is not None and mean is not None:
            mean.add(both, pairs[names].first)
            row |= _against(both.observed(), moved)
        found[names] = row, _shown(row, moved, shown)
        if tell is not None and len(found) % TOLD_EVERY == 0:
            tell(f"Pairs of markets: {len(found):,} of {len(pairs):,}, {named['model']}")
    rows, frames = zip(*(found[names] for names in pairs), strict=True) if pairs else ((), ())
    return _Found(list(rows), list(frames), mean.row() if mean is not None else {})


def _by_tile(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Order pairs so that neighbours share their markets, whose draws are then at hand."""
    place = {name: i // TILE for i, name in enumerate(dict.fromkeys(chain.from_iterable(pairs)))}
    return sorted(pairs, key=lambda names: (place[names[0]], place[names[1]]))


_STATISTICS = {
    "pearson": "p_placebo",
    "spearman": "p_placebo_spearman",
    "share_same_sign": "p_placebo_sign",
}


def _observed(found: Comovement) -> dict[str, object]:
    figures = {name: float(getattr(found, name)[0]) for name in _STATISTICS}
    return {"n": int(found.n[0]), "n_draws": 0, **figures}


def _against(same: Comovement, draws: Comovement) -> dict[str, object]:
    """Hold the observed figures, on the cells of each draw, against the draws."""
    low, median, high = np.nanquantile(draws.pearson, [0.025, 0.5, 0.975])
    row: dict[str, object] = {
        p: two_sided_p(getattr(same, name), getattr(draws, name)) for name, p in _STATISTICS.items()
    }
    row |= {"placebo_low": low, "placebo_median": median, "placebo_high": high}
    return row | {"n_draws": len(draws.pearson)}


def _shown(row: Mapping[str, object], draws: Comovement | None, count: int) -> pd.DataFrame:
    """Return the first draws, enough to draw their distribution."""
    if draws is None:
        return pd.DataFrame(columns=DRAW_COLUMNS)
    named = {name: row[name] for name in ("market_a", "market_b", "kind", "model")}
    figures = {name: getattr(draws, name)[:count] for name in _STATISTICS}
    return pd.DataFrame(named | {"draw": np.arange(min(count, len(draws.n)))} | figures)


def _points(
    market_data: MarketData,
    pairs: Mapping[tuple[str, str], EventPairs],
    days: Mapping[str, Mapping[str, DayZero]],
) -> pd.DataFrame:
    """Return every pair of day-0 reactions under every model."""
    dates = {market: iso_dates(s.session) for market, s in market_data.sessions.items()}
    columns: dict[str, list[object]] = {name: [] for name in PAIR_COLUMNS}
    for (a, b), pair in pairs.items():
        for model in market_data.models:
            figures = {"market_a": [a] * len(pair.first), "market_b": [b] * len(pair.first)}
            figures |= {"model": [model] * len(pair.first)}
            figures |= {"event_ids": [";".join(ids) for ids in pair.event_ids]}
            for side, market, rows in (("a", a, pair.row_a), ("b", b, pair.row_b)):
                day = days[model][market]
                figures |= {f"day0_{side}": dates[market][rows].tolist()}
                figures |= {f"sar_{side}": day.sar[rows].tolist()}
                figures |= {f"ar_{side}": day.ar[rows].tolist()}
            for name, values in figures.items():
                columns[name].extend(values)
    return pd.DataFrame(columns)


def _stacked(parts: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    full = [part for part in parts if len(part)]
    return pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=columns)


def _normal_rows(market_data: MarketData) -> list[dict[str, object]]:
    """Return two rows of every pair of markets: by the clock, and by the date."""
    named = combinations([m.symbol for m in market_data.markets], 2)
    rows: list[dict[str, object]] = []
    series: list[tuple[Floats, Floats]] = []
    for (a, b), clock, dated in zip(
        named, clock_pairs_of(market_data), same_date_pairs(market_data), strict=True
    ):
        kinds = {"normal_clock": (clock.leader, clock.quiet), "normal_same_date": ("", dated)}
        for kind, (leader, (x, y)) in kinds.items():
            series.append((x, y))
            row = {"market_a": a, "market_b": b, "kind": kind, "model": "", "n_days": len(x)}
            row |= {"seed": market_data.run.study.seed, "leader": leader}
            rows.append(row | _observed(comovement(x, y)))
    bounds = correlation_intervals(series, seed=market_data.run.study.seed)
    return [
        row | {"low": low, "high": high}
        for row, (low, high) in zip(rows, bounds.tolist(), strict=True)
    ]


def unusual_pairs(correlations: pd.DataFrame, most: int) -> list[frozenset[str]]:
    """Return the pairs of markets whose total reactions have the smallest placebo p."""
    rows = correlations[correlations["kind"] == "reaction_total"]
    apart = -(rows["pearson"] - rows["placebo_median"]).abs()
    order = rows.assign(apart=apart).sort_values(["p_placebo", "apart"], kind="stable")[:most]
    return [frozenset(p) for p in zip(order["market_a"], order["market_b"], strict=True)]


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
