"""The figures sentences are made from: reactions side by side, joined where they are one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from analysis.chapters.shared.rows import Row, records
from analysis.engine import LEVEL
from analysis.reactions.study_tables import USABLE

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore
    from analysis.seeds.catalogue import Seeds

#: A reaction stands out if its placebo p is at most this.
STANDS_OUT = LEVEL


def distinct_reactions(store: StudyStore) -> pd.DataFrame:
    """Return one row per market and distinct day 0: events that share a session are joined.

    Columns: market, day0, event_ids (tuple), ar, se, sar, t p-value, placebo p-values, mde,
    ambiguous, p_largest (over day-0 candidates of any of the events). The smallest p comes first;
    those without one follow, the largest scaled return first.
    """
    rows = reaction_figures(store)
    rows = rows[rows["status"].isin(USABLE)]
    joined = rows.groupby(["market", "day0"], sort=False)
    frame = joined.first().drop(columns="event_id")
    frame["event_ids"] = joined["event_id"].agg(tuple)
    frame["ambiguous"] = joined["ambiguous"].any()
    frame["p_largest"] = joined["p_largest"].max()
    frame = frame.reset_index()
    bare = frame["p_value"].isna()
    ranked = frame[~bare].sort_values("p_value", kind="stable")
    others = frame[bare].sort_values("sar", key=lambda sar: -sar.abs(), kind="stable")
    return (
        pd.concat([ranked, others], ignore_index=True)
        if bare.any()
        else ranked.reset_index(drop=True)
    )


def reaction_figures(store: StudyStore, model: str | None = None) -> pd.DataFrame:
    """Return one row per event and market with its day-0 figures side by side.

    Parameters
    ----------
    store
        The study.
    model
        Normal-return model; None for the chosen one.

    Returns
    -------
    DataFrame
        Columns of ``reactions`` plus ret, benchmark_ret, ar, se, sar (day 0, decimal), p_t
        (classical), and from the placebo comparison: statistic, p_value, p_twice_tail, p_raw,
        p_all, p_implied, direction, n_placebo, mde, scale, q, n_beyond, p_largest (largest over
        candidates), p_least and p_most (over the variants).
    """
    return _reaction_figures(store, model or store.spec.study.model).copy()


def event_rows(
    store: StudyStore, seeds: Seeds, event_id: str, model: str | None = None
) -> list[Row]:
    """Return the day-0 figures of an event, one row per market in the order of the seeds."""
    figures = reaction_figures(store, model)
    mine = {row["market"]: row for row in records(figures[figures["event_id"] == event_id])}
    return [mine[m.symbol] for m in seeds.markets if m.symbol in mine]


@lru_cache(maxsize=8)
def _reaction_figures(store: StudyStore, model: str) -> pd.DataFrame:
    key = ["event_id", "market"]
    days = store.abnormal_returns
    days = days[(days["model"] == model) & (days["event_day"] == 0) & ~days["candidate"]]
    days = days[[*key, "ret", "benchmark_ret", "ar", "se", "sar", "span"]]
    placebo = store.placebo
    placebo = placebo[(placebo["model"] == model) & (placebo["window"] == "[0,0]")]
    largest = placebo.groupby(key)["p_value"].max().rename("p_largest").reset_index()
    main = placebo[~placebo["candidate"]].rename(columns={"n": "n_placebo"})
    main = main[
        [*key, "statistic", "p_value", "p_twice_tail", "p_raw", "p_all", "p_implied",
         "direction", "n_placebo", "mde", "scale", "q", "n_beyond"]
    ]  # fmt: skip
    tests = store.tests
    classical = tests[
        (tests["scope"] == "event")
        & (tests["test"] == "ar_t")
        & (tests["model"] == model)
        & (tests["window"] == "[0,0]")
    ][[*key, "p_value"]].rename(columns={"p_value": "p_t"})
    frame = store.reactions
    ways = store.variants[store.variants["model"] == model].groupby(key)["p_value"]
    span = ways.agg(p_least="min", p_most="max").reset_index()
    for part in (days, classical, main, largest, span):
        frame = frame.merge(part, on=key, how="left", validate="one_to_one")
    return frame


def variants(row: Row) -> list[float]:
    """Return the smallest and largest p of one reaction over the one named set of variants."""
    return [float(row[name]) for name in ("p_least", "p_most") if pd.notna(row[name])]


def in_market_order(frame: pd.DataFrame, seeds: Seeds) -> pd.DataFrame:
    """Sort rows by scope or event where there is one, then by market as the seeds list them."""
    order = {market.symbol: i for i, market in enumerate(seeds.markets)}
    keys = [c for c in ("scope",) if c in frame]
    rank = frame["market"].map(order)
    ranked = frame.assign(_rank=rank)
    return ranked.sort_values([*keys, "_rank"], kind="stable").drop(columns="_rank")
