"""Closes held against the low, the high and the adjusted close of their own rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

#: A close may lie outside low and high by this share of itself: rounding, closing auctions.
_SLACK = 0.005
#: A step of adjusted over plain close beyond this is a split, or a very large dividend.
_STEP = 0.06
#: A dividend explains a step if it is this near to it.
_NEAR = 0.25


def odd_columns(frame: pd.DataFrame, source: str) -> tuple[str, ...]:
    """Say what the columns of price bars tell against each other.

    Parameters
    ----------
    frame
        Columns day, symbol, close, and any of low, high, adj_close, dividends.
    source
        For messages.
    """
    return tuple(
        f"{source}: {sentence}"
        for symbol, rows in frame.groupby("symbol", sort=False)
        for sentence in _of_symbol(str(symbol), rows.sort_values("day"))
    )


def _of_symbol(symbol: str, rows: pd.DataFrame) -> Iterator[str]:
    close = rows["close"]
    out = pd.Series(False, index=rows.index)
    if "high" in rows:
        out |= (rows["high"] > 0) & (close > rows["high"] * (1 + _SLACK))
    if "low" in rows:
        out |= (rows["low"] > 0) & (close < rows["low"] * (1 - _SLACK))
    if out.any():
        first = rows.loc[out, "day"].iloc[0]
        yield (
            f"the close of {symbol} lies outside low and high on {int(out.sum())} days, the first "
            f"{pd.Timestamp(first).date()}: are columns mixed up, or adjusted differently"
        )
    if "adj_close" in rows and (rows["adj_close"] > 0).any():
        yield from _steps(symbol, rows[(rows["adj_close"] > 0) & (close > 0)])


def _steps(symbol: str, rows: pd.DataFrame) -> Iterator[str]:
    """Find days on which adjusted and plain close part: a split is in one of them only."""
    ratio = rows["adj_close"] / rows["close"]
    step = (ratio / ratio.shift()).fillna(1.0)
    size = pd.Series(np.abs(np.log(step.to_numpy(dtype=float))), index=step.index)
    if "dividends" in rows:
        paid = (rows["dividends"] / rows["close"].shift()).fillna(0.0)
        size = size.where((size - paid).abs() > _NEAR * paid, 0.0)
    far = size > _STEP
    if far.any():
        at = int(np.argmax(size.to_numpy()))
        yield (
            f"close and adjusted close of {symbol} part by a factor of {step.iloc[at]:.3g} on "
            f"{pd.Timestamp(rows['day'].iloc[at]).date()}: a split that only one of them has, or a "
            "very large dividend"
        )
