"""What choices do to a single reaction: placebo variants, the minute of the news, conformal p."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy

from analysis.engine import LEVEL
from analysis.engine.inference.conformal import conformal_p
from analysis.engine.inference.placebo import FEWEST_OF_SPAN, share_beyond
from analysis.engine.models import MODELS, TOTAL_REACTION, WITHOUT_BENCHMARK
from analysis.engine.rows import window_label
from analysis.reactions.market_data import MarketData
from analysis.reactions.placebo import catalogue_rows
from analysis.reactions.specification import Specification, every_session

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


VARIANT_COLUMNS = [
    "event_id", "market", "model", "day0", "variant", "statistic", "p_value", "n",
]  # fmt: skip
DOUBT_COLUMNS = [
    "event_id", "market", "model", "window", "day0", "n_candidates", "estimate", "p_value",
    "p_best", "p_worst", "estimate_low", "estimate_high", "verdict",
]  # fmt: skip
CONFORMAL_COLUMNS = [
    "event_id", "market", "model", "window", "day0", "p_conformal", "floor", "n_days",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlaceboVariant:
    """One reasonable way to run the placebo test.

    Attributes
    ----------
    name : str
        In words.
    length, gap : int or None
        Estimation window; None for that of the run.
    decay : float or None
        Of the volatility forecast; None for the raw statistic.
    tail : str
        ``"abs"``, ``"twice"`` (twice the smaller tail), or ``"t"``: the t-test of one event, which
        compares with no other day.
    leave_out : bool
        Whether catalogued day 0s are left out of estimation windows.
    margin : int
        Sessions on either side of a catalogued day 0 that are no placebo either.
    return_kind : str
        ``"simple"`` or ``"log"``; log is exact for one day.
    everything : bool
        Whether days of other catalogued events are compared with, too.
    """

    name: str
    length: int | None = None
    gap: int | None = None
    decay: float | None = 0.94
    tail: str = "abs"
    leave_out: bool = False
    margin: int = 0
    return_kind: str = "simple"
    everything: bool = False


#: The named set of every page: forms of p, scales, estimation windows; each further benchmark of a
#: market is one more.
VARIANTS = (
    PlaceboVariant("main"),
    PlaceboVariant("twice the smaller tail", tail="twice"),
    PlaceboVariant("raw, no volatility forecast", decay=None),
    PlaceboVariant("forecast decay .90", decay=0.90),
    PlaceboVariant("forecast decay .97", decay=0.97),
    PlaceboVariant("estimation window of 60 days", length=60),
    PlaceboVariant("estimation window of 90 days", length=90),
    PlaceboVariant("estimation window of 180 days", length=180),
    PlaceboVariant("gap of 20 days", gap=20),
    PlaceboVariant("events left out of estimation", leave_out=True),
    PlaceboVariant("neighbours of events no placebo", margin=1),
    PlaceboVariant("log returns", return_kind="log"),
    PlaceboVariant("days of other events compared too", everything=True),
    PlaceboVariant("t-test", decay=None, tail="t"),
)


def against(benchmark: str) -> str:
    """Name the variant of another benchmark."""
    return f"against {benchmark}"


def variant_table(market_data: MarketData, yardsticks: pd.DataFrame | None = None) -> pd.DataFrame:
    """Give the day-0 placebo p of every reaction under every variant; no star is picked.

    One row per event, market, model and variant. Sessions of the same span are compared where
    there are 19, as in the main form. With the ``yardsticks`` table every further benchmark of a
    market is a variant, too.
    """
    parts = [
        part
        for market in market_data.markets
        for model in market_data.models
        for part in _variants(market_data, market.symbol, model)
        if len(part)
    ]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=VARIANT_COLUMNS)
    if yardsticks is not None:
        table = pd.concat([table, _by_benchmark(market_data, yardsticks)], ignore_index=True)
    return table.sort_values(["event_id", "market", "model"], kind="stable", ignore_index=True)


def _by_benchmark(market_data: MarketData, yardsticks: pd.DataFrame) -> pd.DataFrame:
    own = yardsticks["market"].map(dict(market_data.benchmarks))
    further = yardsticks[(yardsticks["benchmark"] != "") & (yardsticks["benchmark"] != own)]
    named = further.assign(variant=further["benchmark"].map(against))
    return named.rename(columns={"p": "p_value"})[VARIANT_COLUMNS]


def _variants(market_data: MarketData, market: str, model: str) -> Iterator[pd.DataFrame]:
    """Yield a table for each variant: of thousands of events all rows at once take much room."""
    sessions, aligned = market_data.sessions[market], market_data.aligned[market]
    news = np.zeros(len(sessions.session), dtype=bool)
    news[catalogue_rows(market_data.reactions_of(market), sessions)] = True
    mine = [r for r in market_data.reactions_of(market) if r.day0 is not None]
    row_of = {r.event_id: r.row for r in mine if r.row is not None}
    for variant in VARIANTS:
        statistic = _statistic(market_data, market, model, variant, news)
        out = _widened(news, variant.margin) & (not variant.everything)
        quiet = ~out & np.isfinite(statistic)
        tested = [event_id for event_id, row in row_of.items() if np.isfinite(statistic[row])]
        kept: dict[int, tuple[float, float, int]] = {}  # events of one day share its figures
        for row in {row_of[event_id] for event_id in tested}:
            others = quiet & (np.arange(len(quiet)) != row)
            chosen, values = _same_span(statistic, others, aligned.span, row)
            if variant.tail == "t":
                p, n = _t(market_data, model, float(statistic[row])), 0
            else:
                p, n = _p(float(values[row]), values[chosen], variant.tail), int(chosen.sum())
            kept[row] = float(values[row]), p, n
        yield pd.DataFrame(
            [
                (event_id, market, model, str(sessions.session[row]), variant.name, *kept[row])
                for event_id, row in ((one, row_of[one]) for one in tested)
            ],
            columns=VARIANT_COLUMNS,
        )


def _statistic(
    market_data: MarketData, market: str, model: str, variant: PlaceboVariant, news: Bools
) -> Floats:
    aligned = market_data.aligned[market]
    ret, factor = aligned.ret, aligned.benchmark_ret
    if variant.return_kind != market_data.run.study.return_kind and variant.return_kind == "log":
        ret, factor = np.log1p(ret), np.log1p(factor)
    start, end = market_data.run.study.estimation_window
    choice = Specification(
        model=model,
        length=end - start + 1 if variant.length is None else variant.length,
        gap=-1 - end if variant.gap is None else variant.gap,
        return_kind=variant.return_kind,
        benchmark=market_data.benchmarks[market],
    )
    found = every_session(
        ret,
        None if model in WITHOUT_BENCHMARK else factor,
        choice,
        [(0, 0)],
        left_out=news if variant.leave_out else None,
        decay=0.94 if variant.decay is None else variant.decay,
    )
    statistic: Floats = (found.scar if variant.decay is None else found.scaled)[0]
    return statistic


def _widened(news: Bools, margin: int) -> Bools:
    wide = news.copy()
    for step in range(1, margin + 1):
        wide[step:] |= news[:-step]
        wide[:-step] |= news[step:]
    return wide


def _same_span(
    statistic: Floats, quiet: Bools, span: npt.NDArray[np.int64], row: int
) -> tuple[Bools, Floats]:
    same = quiet & (span == span[row])
    if span[row] == 1 or same.sum() >= FEWEST_OF_SPAN:
        return same, statistic
    return quiet, statistic / np.sqrt(np.maximum(span, 1))


def _t(market_data: MarketData, model: str, statistic: float) -> float:
    """Return the two-sided p of AR/(sigma sqrt C) of one event."""
    df = market_data.run.study.n_estimation - MODELS[model].fewest_coefficients
    return float(2 * scipy.special.stdtr(df, -abs(statistic)))


def _p(observed: float, placebo: Floats, tail: str) -> float:
    if tail == "abs":
        return share_beyond(abs(observed), np.abs(placebo))
    up, down = share_beyond(observed, placebo), share_beyond(-observed, -placebo)
    return min(1.0, 2 * min(up, down))


def doubt_table(placebo: pd.DataFrame) -> pd.DataFrame:
    """Carry ambiguous instants through: best, worst and main p over every candidate day 0.

    Parameters
    ----------
    placebo
        The ``placebo`` table of a study.

    Returns
    -------
    DataFrame
        One row per event, market, model and window with more than one candidate day 0. ``verdict``
        is ``robust: stands out``, ``robust: does not stand out``, or ``depends on the minute`` if p
        is at most 5 % on one candidate and not on another, or the sign changes while one is.
    """
    keys = ["event_id", "market", "model", "window"]
    rows = [
        {**dict(zip(keys, key, strict=True)), **_doubt(group)}
        for key, group in placebo.groupby(keys, sort=True)
        if len(group) > 1
    ]
    return pd.DataFrame(rows, columns=DOUBT_COLUMNS)


def _doubt(group: pd.DataFrame) -> Mapping[str, object]:
    main = group[~group["candidate"].astype(bool)]
    p = group["p_value"].to_numpy(dtype=float)
    estimate = group["estimate"].to_numpy(dtype=float)
    unusual = p <= LEVEL
    if unusual.all() and (np.sign(estimate) == np.sign(estimate[0])).all():
        verdict = "robust: stands out"
    elif unusual.any():
        verdict = "depends on the minute"
    else:
        verdict = "robust: does not stand out"
    return {
        "day0": str(main["day0"].iloc[0]) if len(main) else "",
        "n_candidates": len(group),
        "estimate": float(main["estimate"].iloc[0]) if len(main) else float("nan"),
        "p_value": float(main["p_value"].iloc[0]) if len(main) else float("nan"),
        "p_best": float(p.min()),
        "p_worst": float(p.max()),
        "estimate_low": float(estimate.min()),
        "estimate_high": float(estimate.max()),
        "verdict": verdict,
    }


def conformal_table(market_data: MarketData) -> pd.DataFrame:
    """Give conformal p-values of every reaction and window (Chernozhukov, Wuthrich, Zhu 2021).

    The model is refitted on estimation and tested days under no effect, one row per event, market,
    model (``market_model`` and ``constant_mean``) and window. The gap is left out, as the study
    leaves it out; the days before and after it are joined for the cyclic shifts.
    """
    rows: list[dict[str, object]] = []
    start, end = market_data.run.study.estimation_window
    for market in market_data.markets:
        sessions, aligned = market_data.sessions[market.symbol], market_data.aligned[market.symbol]
        mine = [r for r in market_data.reactions_of(market.symbol) if r.day0 is not None]
        at = np.array([r.row for r in mine], dtype=np.int64)
        for model in ("market_model", TOTAL_REACTION):
            for first, last in market_data.run.study.windows or ():
                days = np.concatenate([np.arange(start, end + 1), np.arange(first, last + 1)])
                inside = (at + start >= 0) & (at + last < len(sessions.session))
                index = np.where(inside, at, -start)[:, None] + days
                y, x = aligned.ret[index], aligned.benchmark_ret[index]
                inside &= np.isfinite(y).all(axis=1) & np.isfinite(x).all(axis=1)
                if not inside.any():
                    continue
                factors = None if model == TOTAL_REACTION else x[inside, :, None]
                p = conformal_p(y[inside], factors, n_event=last - first + 1)
                for j, value in zip(np.flatnonzero(inside), p, strict=True):
                    rows.append(
                        {
                            "event_id": mine[j].event_id,
                            "market": market.symbol,
                            "model": model,
                            "window": window_label((first, last)),
                            "day0": str(mine[j].day0),
                            "p_conformal": float(value),
                            "floor": 1 / len(days),
                            "n_days": len(days),
                        }
                    )
    table = pd.DataFrame(rows, columns=CONFORMAL_COLUMNS)
    keys = ["event_id", "market", "window", "model"]
    return table.sort_values(keys, kind="stable", ignore_index=True)
