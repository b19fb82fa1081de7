"""Which pairs of markets a picture can show: where there are many, the most unusual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.reactions.together import FOLLOWED, unusual_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analysis.chapters.shared.rows import Row
    from analysis.reactions.store import StudyStore

#: Panels, and rows, that a reader can take in.
PANELS, ROWS = min(FOLLOWED, 10), 16
#: Markets up to which numbers fit into the cells of a matrix.
MARKETS = 8
#: Markets of one event that get a panel of their own.
EVENT_MARKETS = 4


def of_pairs(
    rows: pd.DataFrame, study: StudyStore, most: int, names: tuple[str, str]
) -> pd.DataFrame:
    """Return the rows of the most unusual pairs, in their order; all where there are few.

    Parameters
    ----------
    rows
        One or more rows for every pair.
    study
        Its correlations say which pairs are unusual: by the placebo p of total reactions.
    most
        Pairs that are kept.
    names
        Columns with the two markets, in any order.
    """
    both = [frozenset(pair) for pair in zip(rows[names[0]], rows[names[1]], strict=True)]
    if len(set(both)) <= most:
        return rows
    kept = set(unusual_pairs(study.correlations, most))
    return rows[np.array([pair in kept for pair in both])]


def of_markets(rows: Sequence[Row], most: int = EVENT_MARKETS) -> list[Row]:
    """Return the rows of the most unusual markets, in their order; all where there are few."""
    ranked = sorted(rows, key=lambda row: row["p_value"] if row["p_value"] >= 0 else 2.0)
    kept = {row["market"] for row in ranked[:most]}
    return [row for row in rows if row["market"] in kept]


def which_markets(shown: int, of: int) -> str:
    """Say in a caption that not all markets are drawn; empty where all are."""
    return f" Drawn: the {shown} most unusual of {of} markets." if shown < of else ""


def which_pairs(shown: int, of: int, *, kept: str = "Drawn") -> str:
    """Say in a caption that not all pairs are drawn; empty where all are."""
    if shown >= of:
        return ""
    return f" {kept}: {shown} of {of} pairs, those with the smallest placebo p of total reactions."
