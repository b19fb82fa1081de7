"""Which pairs of markets a picture can show: where there are many, the most unusual ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.reactions.together import FOLLOWED, unusual_pairs

if TYPE_CHECKING:
    import pandas as pd

    from analysis.reactions.store import StudyStore

#: Panels, and rows, that a reader can take in.
PANELS, ROWS = FOLLOWED, 30


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


def which_pairs(shown: int, of: int) -> str:
    """Say in a caption that not all pairs are drawn; empty where all are."""
    if shown >= of:
        return ""
    return f" Drawn: {shown} of {of} pairs, those with the smallest placebo p of total reactions."
