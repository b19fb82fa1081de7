"""Figures of the founding sentences, derived again from the CSV files beside the pages.

It shares no code with ``analysis``: pandas and numpy only, and the rules as METHODS states them.
Run ``python tests/restated.py FOLDER`` on a folder of a report's data to print them.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

TOTAL = "constant_mean"


@cache
def read(folder: Path, name: str) -> pd.DataFrame:
    """Read one table, once; empty texts stay empty."""
    frame = pd.read_csv(folder / f"{name}.csv")
    for column in frame.columns.intersection(["benchmark", "event_ids", "scope"]):
        frame[column] = frame[column].fillna("")
    return frame


def reactions(folder: Path, model: str) -> pd.DataFrame:
    """One row per distinct reaction on day 0: market, session, statistic, p, effect."""
    rows = read(folder, "placebo")
    rows = rows[(rows.window == "[0,0]") & (rows.model == model) & ~rows.candidate.astype(bool)]
    return rows.drop_duplicates(["market", "day0"])


def place(folder: Path, market: str, model: str, session: str) -> dict[str, float]:
    """Rank one session among the ordinary days: p, k, q and days as unusual."""
    days = read(folder, "placebo_days")
    days = days[(days.market == market) & (days.model == model)]
    mine = days[days.session == session].iloc[0]
    quiet = days[~days.holds_event.astype(bool)]
    same = quiet[quiet.span == mine.span]
    if mine.span == 1 or len(same) >= 19:
        sizes, own = same.statistic.abs(), abs(mine.statistic)
    else:
        sizes = quiet.statistic.abs() / np.sqrt(np.maximum(quiet.span, 1))
        own = abs(mine.statistic) / np.sqrt(max(mine.span, 1))
    n, beyond = len(sizes), int((sizes >= own).sum())
    k = int((n + 1) // 20)
    q = float(np.sort(sizes)[-k]) if k else float("nan")
    scale = abs(mine.ar) / own
    return {
        "ar": mine.ar, "n": n, "n_beyond": beyond, "k": k, "q": q, "p": (beyond + 1) / (n + 1),
        "low": mine.ar - scale * q, "high": mine.ar + scale * q,
    }  # fmt: skip


def mean_size(folder: Path, model: str) -> float:
    """Mean |z| of all distinct reactions, over the root of the benchmark closes spanned."""
    days = read(folder, "placebo_days")
    days = days[days.model == model].set_index(["market", "session"])
    found = reactions(folder, model)
    at = days.loc[list(zip(found.market, found.day0, strict=True))]
    return float((at.statistic.abs() / np.sqrt(np.maximum(at["span"], 1))).mean())


def mean_correlation(folder: Path, model: str) -> float:
    """Mean over pairs of markets of the correlation of reactions in standard errors."""
    pairs = read(folder, "reaction_pairs")
    pairs = pairs[pairs.model == model]
    return float(
        np.mean([p.sar_a.corr(p.sar_b) for _, p in pairs.groupby(["market_a", "market_b"])])
    )


def signed_mean(folder: Path, model: str) -> tuple[float, int, int]:
    """Mean day-0 reaction the way implied, its sessions, and how many went that way."""
    rows = read(folder, "placebo")
    rows = rows[(rows.window == "[0,0]") & (rows.model == model) & ~rows.candidate.astype(bool)]
    rows = rows[rows.direction.isin(["up", "down"])]
    signs = rows.groupby(["market", "day0"]).direction.agg(set)
    effect = rows.groupby(["market", "day0"]).estimate.first()
    clear = signs[signs.map(len) == 1]
    moved = effect[clear.index] * clear.map(lambda s: 1 if s == {"up"} else -1)
    return float(moved.mean()), len(moved), int((moved > 0).sum())


def not_noticed(folder: Path, model: str) -> dict[str, tuple[int, int, float, float, float]]:
    """By market: reactions within ordinary days, all, and what they had to reach to be noticed."""
    found = reactions(folder, model)
    out = {}
    for market, part in found.groupby("market"):
        quiet = part[part.p_value > 0.05].mde
        out[str(market)] = (len(quiet), len(part), quiet.min(), quiet.median(), quiet.max())
    return out


def doubtful(folder: Path) -> tuple[int, int, int]:
    """Event-market pairs whose day 0 is in doubt, that share it with another event, and all."""
    rows = pd.read_csv(folder / "reactions.csv", keep_default_na=False)
    day0 = rows.groupby(["market", "day0"]).event_id.transform("size")
    return int((rows.ambiguous.astype(str) == "True").sum()), int((day0 > 1).sum()), len(rows)


def false_share(folder: Path, model: str) -> float:
    """Smallest p of all reactions after Benjamini and Hochberg, from their placebo p."""
    p = np.sort(reactions(folder, model).p_value.to_numpy())
    return float(min(1.0, (p * len(p) / np.arange(1, len(p) + 1)).min()))


def main(folder: str) -> None:
    """Print the figures of both yardsticks."""
    for model in sorted(set(read(Path(folder), "placebo").model)):
        found = reactions(Path(folder), model)
        mean, sessions, ways = signed_mean(Path(folder), model)
        print(f"{model}: {len(found)} reactions, {(found.p_value <= 0.05).sum()} stand out")
        print(f"  mean |z| {mean_size(Path(folder), model):.4f}")
        print(f"  mean correlation of pairs {mean_correlation(Path(folder), model):.4f}")
        print(f"  as implied {mean:+.4%} over {sessions} sessions, {ways} that way")


if __name__ == "__main__":
    main(sys.argv[1])
