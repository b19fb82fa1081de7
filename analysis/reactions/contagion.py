"""Co-movement on the markets' own prices: lead and lag, event against calm, spill-over, paths.

Arrays: ``analysis.engine.contagion``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, fields
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine.contagion import (
    EventVersusCalm,
    cdcc,
    event_versus_calm,
    ewma_correlation,
)
from analysis.engine.correlation import (
    comovement,
    correlation_intervals,
    on_same_cells,
    permutation_p,
    row_correlation,
    two_sided_p,
)
from analysis.engine.models import TOTAL_REACTION
from analysis.engine.panel import EventPanel
from analysis.engine.regression import newey_west, row_slopes
from analysis.reactions.clock_pairs import ClockPair, clock_pairs_of
from analysis.reactions.day_zero import day_zero
from analysis.reactions.event_pairs import paired, usable_rows
from analysis.reactions.instants import placebo_instants
from analysis.reactions.market_data import MarketData, iso_dates
from analysis.reactions.pooled import scopes
from analysis.sessions import first_close_after

if TYPE_CHECKING:
    from analysis.seeds.events import Event

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: News travels round the world within a session; the second shows that it is over.
LAGS = (-2, -1, 0, 1, 2)
#: The standard error of a p of 5 % is then .005.
N_DRAWS = 2000
#: Above so many pairs a permutation p adds nothing to the placebo.
FEW_PAIRS = 15

LEAD_LAG_COLUMNS = [
    "leader", "follower", "days", "lag", "n", "pearson", "low", "high", "placebo_low",
    "placebo_high", "p_placebo", "n_draws",
]  # fmt: skip
SPILLOVER_COLUMNS = [
    "from", "to", "days", "n", "slope", "se", "t", "benchmark_slope", "r2", "p_placebo",
    "placebo_low", "placebo_high", "n_draws",
]  # fmt: skip
PATH_COLUMNS = ["leader", "follower", "session", "ewma", "cdcc", "holds_event"]
SMALL_COLUMNS = [
    "scope", "market_a", "market_b", "model", "n", "pearson", "spearman", "share_same_sign",
    "p_permutation", "floor", "low_left_out", "high_left_out",
]  # fmt: skip


def _shifted(values: npt.NDArray[np.generic], lag: int, fill: object) -> npt.NDArray[np.generic]:
    """Return ``values[s - lag]`` at s."""
    out = np.full(values.shape, fill, dtype=values.dtype)
    if lag == 0:
        return values.copy()
    if lag > 0:
        out[lag:] = values[:-lag]
    else:
        out[:lag] = values[-lag:]
    return out


def lead_lag_table(
    market_data: MarketData, panel: EventPanel, events: Sequence[Event], *, n_draws: int = N_DRAWS
) -> pd.DataFrame:
    """Correlate the follower's session s with the leader's interval s - lag, lags -2 to +2.

    ``days`` is ``quiet`` (no catalogued day 0 in either interval; block-bootstrap interval) or
    ``events`` (distinct day 0s of the follower; placebo range). A positive lag means that the
    leader moved that many of the follower's sessions earlier than the clock pairs them.
    """
    admissible = {m: d.admissible for m, d in day_zero(market_data, panel, TOTAL_REACTION).items()}
    instants = placebo_instants(market_data, events, admissible)
    rng = np.random.default_rng(market_data.run.study.seed)
    drawn = instants.draw(n_draws, rng) if len(instants.day) and events else None
    rows: list[dict[str, object]] = []
    series: list[tuple[Floats, Floats]] = []
    at = {m.symbol: _event_sessions(market_data, events, m.symbol) for m in market_data.markets}
    for pair in clock_pairs_of(market_data):
        day0, first = at[pair.follower]
        null = None if drawn is None else instants.rows(drawn, first, pair.follower)
        for lag in LAGS:
            x = np.asarray(_shifted(pair.x, lag, np.nan), dtype=float)
            noisy = np.asarray(_shifted(pair.news, lag, True), dtype=bool)
            named = {"leader": pair.leader, "follower": pair.follower, "lag": lag}
            keep = ~noisy & ~pair.news & np.isfinite(x) & np.isfinite(pair.y)
            series.append((x[keep], pair.y[keep]))
            rows.append(named | _quiet_lag(*series[-1]))
            rows.append(named | _event_lag(x, pair.y, day0, null))
    for row, (low, high) in zip(
        rows[::2],
        correlation_intervals(series, seed=market_data.run.study.seed).tolist(),
        strict=True,
    ):
        row |= {"low": low, "high": high}
    return pd.DataFrame(rows, columns=LEAD_LAG_COLUMNS)


def _event_sessions(
    market_data: MarketData, events: Sequence[Event], market: str
) -> tuple[Ints, Ints]:
    """Return distinct day-0 rows in one market, and the first event of each."""
    position = {event.id: i for i, event in enumerate(events)}
    found: dict[int, int] = {}
    for reaction in market_data.reactions_of(market):
        row = reaction.row
        if row is not None and reaction.event_id in position:
            found[row] = min(found.get(row, len(position)), position[reaction.event_id])
    rows = sorted(found)
    return np.array(rows, dtype=np.int64), np.array([found[r] for r in rows], dtype=np.int64)


def _quiet_lag(x: Floats, y: Floats) -> dict[str, object]:
    return {"days": "quiet", "n": len(x), "pearson": float(comovement(x, y).pearson[0])}


def _blank(values: Floats, rows: Ints) -> Floats:
    """Return values at rows, NaN where a row is -1: blank in that draw."""
    return np.where(rows < 0, np.nan, values[rows])


def _event_lag(x: Floats, y: Floats, at: Ints, null: Ints | None) -> dict[str, object]:
    found = comovement(x[at], y[at])
    row: dict[str, object] = {
        "days": "events",
        "n": int(found.n[0]),
        "pearson": float(found.pearson[0]),
        "n_draws": 0 if null is None else len(null),
    }
    if null is not None and found.n[0] >= 3:
        there = _blank(x, null), _blank(y, null)
        draws = row_correlation(*there)
        low, high = np.nanquantile(draws, [0.025, 0.975])
        row |= {"placebo_low": float(low), "placebo_high": float(high)}
        here = on_same_cells(x[at], there[0] + there[1]), np.broadcast_to(y[at], null.shape)
        row["p_placebo"] = two_sided_p(row_correlation(*here), draws)
    return row


def contagion_table(
    market_data: MarketData, panel: EventPanel, events: Sequence[Event]
) -> pd.DataFrame:
    """Compare event days with calm ones: raw and Forbes-Rigobon, with block bootstraps.

    Event pairs are the distinct pairs of day-0 total abnormal returns; calm pairs the clock-aligned
    returns of quiet sessions. x is the leader. A difference is never called contagion: common news
    reaches all markets, which the adjustment assumes away.
    """
    days = day_zero(market_data, panel, TOTAL_REACTION)
    usable, rows = usable_rows(market_data, events, days), []
    for pair in clock_pairs_of(market_data):
        pairs = paired(events, usable[pair.leader], usable[pair.follower])
        x_event, y_event = days[pair.leader].ar[pairs.row_a], days[pair.follower].ar[pairs.row_b]
        found = event_versus_calm(x_event, y_event, *pair.quiet, seed=market_data.run.study.seed)
        rows.append({"leader": pair.leader, "follower": pair.follower} | asdict(found))
    names = [field.name for field in fields(EventVersusCalm)]
    return pd.DataFrame(rows, columns=["leader", "follower", *names])


def spillover_table(
    market_data: MarketData, panel: EventPanel, events: Sequence[Event], *, n_draws: int = N_DRAWS
) -> pd.DataFrame:
    """Regress the next market's return on the first one's abnormal return, given the benchmark.

    From New York (the benchmark's time zone) to the next Asian session, and from an Asian session
    to the New York session that closes next. The regressors are the abnormal return of the sending
    market beyond the benchmark, and the benchmark's return that belongs to the receiving session.
    ``days``: ``quiet`` with Newey-West errors (5 lags), or ``events`` (the sending session is a
    catalogued day 0) with White's errors and the placebo distribution of the slope over jointly
    drawn instants.
    """
    days = day_zero(market_data, panel, market_data.run.study.model)
    instants = placebo_instants(market_data, events, {m: d.admissible for m, d in days.items()})
    rng = np.random.default_rng(market_data.run.study.seed)
    drawn = instants.draw(n_draws, rng) if len(instants.day) and events else None
    rows: list[dict[str, object]] = []
    for source, target in _across_the_night(market_data):
        after = _next_session(market_data, source, target)
        inside = after < len(market_data.sessions[target].session)
        safe = np.where(inside, after, 0)
        y = np.where(inside, market_data.aligned[target].ret[safe], np.nan)
        benchmark = np.where(inside, market_data.aligned[target].benchmark_ret[safe], np.nan)
        quiet = days[source].admissible & inside & ~market_data.event_days[target][safe]
        at, first = _event_sessions(market_data, events, source)
        null = None if drawn is None else instants.rows(drawn, first, source)
        named = {"from": source, "to": target}
        sent = days[source].ar
        rows.append(named | _slope(y, sent, benchmark, np.flatnonzero(quiet), None))
        rows.append(named | _slope(y, sent, benchmark, at, null))
    return pd.DataFrame(rows, columns=SPILLOVER_COLUMNS)


def _across_the_night(market_data: MarketData) -> Iterator[tuple[str, str]]:
    """Yield both directions between markets in the benchmark's time zone and all others."""
    symbols = [m.symbol for m in market_data.markets]
    home = {
        name: market_data.sessions[name].timezone
        == market_data.sessions[market_data.benchmarks[name]].timezone
        for name in symbols
    }
    for a, b in combinations(symbols, 2):
        if home[a] != home[b]:
            yield a, b
            yield b, a


def _next_session(market_data: MarketData, source: str, target: str) -> Ints:
    """Return the target's first session whose close is later than each close of the source."""
    close_at = market_data.sessions[source].close_at
    return first_close_after(market_data.sessions[target].close_at, close_at).astype(np.int64)


def _slope(
    y: Floats, sent: Floats, benchmark: Floats, rows: npt.NDArray[np.integer], null: Ints | None
) -> dict[str, object]:
    keep = rows[np.isfinite(y[rows]) & np.isfinite(sent[rows]) & np.isfinite(benchmark[rows])]
    out: dict[str, object] = {
        "days": "quiet" if null is None else "events",
        "n": len(keep),
        "n_draws": 0 if null is None else len(null),
    }
    if len(keep) < 6:  # twice the coefficients
        return out
    design = np.column_stack([np.ones(len(keep)), sent[keep], benchmark[keep]])
    found = newey_west(y[keep], design, lags=5 if null is None else 0)
    out |= {
        "slope": float(found.coef[1]),
        "se": float(found.se[1]),
        "t": float(found.coef[1] / found.se[1]),
        "benchmark_slope": float(found.coef[2]),
        "r2": found.r2,
    }
    if null is not None:
        there = [_blank(values, null) for values in (y, sent, benchmark)]
        draws = row_slopes(*there)
        if not np.isfinite(draws).any():  # no other moment of the calendar has all three
            return out
        low, high = np.nanquantile(draws, [0.025, 0.975])
        out |= {"placebo_low": float(low), "placebo_high": float(high)}
        here = on_same_cells(y[rows], there[0] + there[1] + there[2])
        same = row_slopes(here, *(np.broadcast_to(v[rows], here.shape) for v in (sent, benchmark)))
        out["p_placebo"] = two_sided_p(same, draws)
    return out


def path_table(
    market_data: MarketData, only: Collection[frozenset[str]] | None = None
) -> pd.DataFrame:
    """Return EWMA and cDCC(1,1) correlation paths of every pair on clock-aligned returns.

    ``only`` names the pairs to follow where there are too many to look at; None for all. Event days
    stay in; ``holds_event`` marks them. For cDCC each return is first standardised by a GARCH(1,1)
    with a constant mean.
    """
    parts = [
        part
        for pair in clock_pairs_of(market_data)
        if only is None or {pair.leader, pair.follower} in only
        for part in _paths(market_data, pair)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=PATH_COLUMNS)


def _paths(market_data: MarketData, pair: ClockPair) -> Iterator[pd.DataFrame]:
    keep = np.flatnonzero(np.isfinite(pair.x) & np.isfinite(pair.y))
    if len(keep) < 100:
        return
    x, y = pair.x[keep], pair.y[keep]
    found = cdcc(garch_standardised(x), garch_standardised(y))
    yield pd.DataFrame(
        {
            "leader": pair.leader,
            "follower": pair.follower,
            "session": iso_dates(market_data.sessions[pair.follower].session[keep]),
            "ewma": ewma_correlation(x - x.mean(), y - y.mean()),
            "cdcc": found.correlation,
            "holds_event": pair.news[keep],
        }
    )


def garch_standardised(returns: Floats) -> Floats:
    """Return residuals over their GARCH(1,1) standard deviation; constant mean, Gaussian QML."""
    from arch import arch_model

    model = arch_model(returns * 100, mean="Constant", vol="GARCH", p=1, q=1, rescale=False)
    found = model.fit(disp="off", show_warning=False)
    return np.asarray(found.std_resid, dtype=float)


def small_table(
    market_data: MarketData, panel: EventPanel, events: Sequence[Event]
) -> pd.DataFrame:
    """Correlate reactions within each article and category, where pairs are few.

    Exact permutation p with its floor (up to 8 pairs; random orders above), and the range of r with
    one pair left out. No interval: with five pairs it would be everything.
    """
    rows: list[dict[str, object]] = []
    by_id = {event.id: event for event in events}
    rng = np.random.default_rng(market_data.run.study.seed)
    for model in market_data.models:
        days = day_zero(market_data, panel, model)
        for scope, ids in scopes(events).items():
            chosen = [by_id[i] for i in dict.fromkeys(ids)]
            usable = usable_rows(market_data, chosen, days)
            for a, b in combinations(panel.securities, 2):
                pairs = paired(chosen, usable[a], usable[b])
                if 3 <= len(pairs.row_a) <= FEW_PAIRS:
                    x, y = days[a].sar[pairs.row_a], days[b].sar[pairs.row_b]
                    named = {"scope": scope, "market_a": a, "market_b": b, "model": model}
                    rows.append(named | _small(x, y, rng))
    return pd.DataFrame(rows, columns=SMALL_COLUMNS)


def _small(x: Floats, y: Floats, rng: np.random.Generator) -> dict[str, object]:
    found = comovement(x, y)
    p, floor = permutation_p(x, y, rng=rng, n_draws=1999)
    n = len(x)
    without = ~np.eye(n, dtype=bool)
    left = row_correlation(
        np.tile(x, (n, 1))[without].reshape(n, n - 1), np.tile(y, (n, 1))[without].reshape(n, n - 1)
    )
    known = left[np.isfinite(left)]
    return {
        "n": n,
        "pearson": float(found.pearson[0]),
        "spearman": float(found.spearman[0]),
        "share_same_sign": float(found.share_same_sign[0]),
        "p_permutation": p,
        "floor": floor,
        "low_left_out": float(known.min()) if len(known) else float("nan"),
        "high_left_out": float(known.max()) if len(known) else float("nan"),
    }
