"""Closes held against the low, the high and the adjusted close of their own rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

#: What a close of the same row is held against.
OWN_COLUMNS = ("low", "high", "adj_close", "dividends", "capital_gains")
#: A close may lie outside low and high by this share of itself: rounding, closing auctions.
_SLACK = 0.005
#: A step of adjusted over plain close beyond this is a split, or a very large dividend.
_STEP = 0.06
#: A dividend explains a step if it is this near to it; all of them, what adjusting takes off.
_NEAR = 0.25
#: Beneath this share of the price, rounding explains what they differ by.
_UNPAID, _CENT = 0.005, 0.01


def odd_columns(frame: pd.DataFrame, source: str) -> tuple[str, ...]:
    """Say what the columns of price bars tell against each other.

    Parameters
    ----------
    frame
        Columns day, symbol, close, and any of low, high, adj_close, dividends, capital_gains.
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
        yield from _steps(symbol, rows)


def _steps(symbol: str, rows: pd.DataFrame) -> Iterator[str]:
    """Find where adjusted and plain close part otherwise than by what was paid."""
    there = (rows["adj_close"] > 0) & (rows["close"] > 0)
    known = [name for name in ("dividends", "capital_gains") if name in rows]
    paid = rows[known].clip(lower=0).sum(axis=1) / rows["close"].where(rows["close"] > 0).shift()
    taken = -np.log1p(-paid.fillna(0.0).clip(upper=0.99).to_numpy(dtype=float))
    expected = pd.Series(taken.cumsum(), index=rows.index)[there]
    shares = rows["adj_close"][there] / rows["close"][there]
    parted = pd.Series(np.log(shares.to_numpy(dtype=float)), index=shares.index)
    steps = pd.DataFrame({"step": parted.diff(), "paid": expected.diff()}).fillna(0.0)
    far = (steps["step"] - steps["paid"]).abs()
    far = far.where((far > _STEP) & (far > _NEAR * steps["paid"]), 0.0)
    if far.any():
        at = int(np.argmax(far.to_numpy()))
        yield (
            f"close and adjusted close of {symbol} part by a factor of "
            f"{np.exp(steps['step'].iloc[at]):.3g} on "
            f"{pd.Timestamp(rows['day'][there].iloc[at]).date()}: a split that only one of them "
            "has, or a very large dividend"
        )
    elif known and len(parted):
        ends = rows["adj_close"][there].iloc[[0, -1]]
        yield from _sums(
            symbol,
            parted.iloc[-1] - parted.iloc[0],
            steps["paid"].sum(),
            float((_CENT / ends).sum()),
        )


def _sums(symbol: str, parted: float, paid: float, rounding: float) -> Iterator[str]:
    """Hold what adjusted closes take off over the whole span against what was paid in it."""
    if abs(parted - paid) > max(_UNPAID, _NEAR * paid) + rounding:
        yield (
            f"dividends and capital gains of {symbol} come to {-np.expm1(-paid):.2%} of its price, "
            f"while its adjusted closes take off {-np.expm1(-parted):.2%}: one of them is not "
            "complete"
        )
