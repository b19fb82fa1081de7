"""The days around one piece of news in one market: price, what was expected of it, and the band."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.chapters.shared.moves import Move
from analysis.chapters.shared.ordinary import Ordinary

if TYPE_CHECKING:
    from analysis.reactions.store import StudyStore

Floats = npt.NDArray[np.float64]

WEEK = 5
"""Sessions after which a page says what became of a move."""
_GONE = 0.25
"""Usual swings within which a lead counts as gone."""


@dataclass(frozen=True, eq=False, repr=False)
class PricePath:
    """Closes around a session and where the band of its verdict lies.

    Attributes
    ----------
    move
        The move on day 0.
    day : ndarray of int, shape (n,)
        Event days, from some before to some after day 0.
    session : tuple of str
        Their dates.
    price : ndarray of shape (n,)
        Closes in the currency of the market; where the last close before the news is not known,
        that one is 100. NaN where there is none.
    expected, low, high : ndarray of shape (n,)
        From day -1 on: where the expected moves would have put the price, and the range 19 of 20
        ordinary stretches end in. NaN before, and where there are too few ordinary stretches.
    lead : ndarray of shape (n,)
        Summed moves beyond the expected since day 0, decimal; NaN before.
    known_price
        Whether ``price`` is in currency.
    """

    move: Move
    day: npt.NDArray[np.int64]
    session: tuple[str, ...]
    price: Floats
    expected: Floats
    low: Floats
    high: Floats
    lead: Floats
    known_price: bool

    def relative(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return price, expected and band as changes from the last close before the news."""
        base = self.base
        return (
            self.price / base - 1,
            self.expected / base - 1,
            self.low / base - 1,
            self.high / base - 1,
        )

    @property
    def base(self) -> float:
        """The last close before the news."""
        found: Floats = self.price[self.day == -1]
        return float(found[0]) if len(found) else float("nan")

    def gone_by(self) -> str:
        """Return the session within a week by which the lead was gone; empty if it was not."""
        scale = self.move.count.scale if self.move.count else float("nan")
        later = (self.day >= 1) & (self.day <= WEEK) & (np.abs(self.lead) <= _GONE * scale)
        found = np.flatnonzero(later)
        return self.session[found[0]] if len(found) else ""

    def after_week(self) -> tuple[str, float]:
        """Return the last session of the week after, and the lead then; empty if unknown."""
        later = np.flatnonzero((self.day >= 1) & (self.day <= WEEK) & np.isfinite(self.lead))
        return (self.session[later[-1]], float(self.lead[later[-1]])) if len(later) else ("", 0.0)

    def table(self) -> pd.DataFrame:
        """Return what is drawn, a row for every session."""
        return pd.DataFrame(
            {
                "market": self.move.market, "event_day": self.day, "session": self.session,
                "price": self.price, "expected": self.expected, "low": self.low, "high": self.high,
            }
        )  # fmt: skip


def price_path(
    store: StudyStore, move: Move, ordinary: Ordinary, closes: pd.DataFrame | None = None
) -> PricePath | None:
    """Return the days around a move; None if it has no figure.

    Parameters
    ----------
    store
        The study.
    move
        The move on day 0.
    ordinary
        Ordinary days under the model of the study.
    closes
        Closes by date and symbol; None if they are not at hand.
    """
    days = store.abnormal_returns
    days = days[
        (days["event_id"] == move.event_id)
        & (days["market"] == move.market)
        & (days["model"] == store.spec.study.model)
        & ~days["candidate"].astype(bool)
    ].sort_values("event_day")
    if not move.known or days.empty:
        return None
    day = days["event_day"].to_numpy(dtype=np.int64)
    ret, normal, ar = (days[name].to_numpy(dtype=float) for name in ("ret", "normal_ret", "ar"))
    logs = store.spec.study.return_kind == "log"
    base, known = _base(closes, move)
    price = base * _grown(ret, day, logs)
    after = day >= 0
    expected = np.where(after, base * _grown(np.where(after, normal, 0.0), day, logs), np.nan)
    half = _half_widths(move, ordinary, day)
    if logs:
        low, high = expected * np.exp(-half), expected * np.exp(half)
    else:
        low, high = expected - base * half, expected + base * half
    lead = np.where(after, np.cumsum(np.where(after, ar, 0.0)), np.nan)
    session = tuple(str(at) for at in days["session"])
    path = PricePath(move, day, session, price, expected, low, high, lead, known)
    return _from_last_close(path, base, move.before)


def _from_last_close(path: PricePath, base: float, before: str) -> PricePath:
    """Let the expected path and its band start at the last close before the news."""
    first = path.day == -1
    if not first.any():
        edge = np.concatenate
        return PricePath(
            path.move, edge([[-1], path.day]), (before, *path.session),
            edge([[base], path.price]), edge([[base], path.expected]), edge([[base], path.low]),
            edge([[base], path.high]), edge([[np.nan], path.lead]), path.known_price,
        )  # fmt: skip
    for values in (path.expected, path.low, path.high):
        values[first] = base
    return path


def _base(closes: pd.DataFrame | None, move: Move) -> tuple[float, bool]:
    if closes is not None and move.market in closes:
        at = pd.Timestamp(move.before) if move.before else pd.NaT
        if at in closes.index:
            value = float(closes[move.market].to_numpy(dtype=float)[closes.index.get_loc(at)])
            if isfinite(value) and value > 0:
                return value, True
    return 100.0, False


def _grown(returns: Floats, day: npt.NDArray[np.int64], logs: bool) -> Floats:
    """Compound returns so that the close of day -1 is 1; NaN from a gap outwards."""
    steps = returns if logs else np.log1p(returns)
    out = np.full(len(day), np.nan)
    later = day >= 0
    out[later] = np.exp(np.cumsum(steps[later]))
    before = np.flatnonzero(day < 0)
    if len(before):
        back = np.concatenate([[0.0], np.cumsum(steps[before][::-1][:-1])])
        out[before[::-1]] = np.exp(-back)
    return out


def _half_widths(move: Move, ordinary: Ordinary, day: npt.NDArray[np.int64]) -> Floats:
    """Return half the range of ordinary stretches up to each day, decimal; NaN before day 0."""
    out = np.full(len(day), np.nan)
    if move.count is None:
        return out
    longest = int(day[-1]) + 1
    reach = [move.count.reach, *(r for r, _ in ordinary.stretches(move.market, longest))]
    for place, number in enumerate(day):
        if 0 <= number < len(reach):
            out[place] = reach[number] * move.count.scale
    return out
