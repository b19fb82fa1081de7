"""What prices say of a claim, as one of four codes; a claim of an effect needs more than a sign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine import LEVEL
from analysis.engine.inference.placebo import FEWEST_OF_SPAN, share_beyond
from analysis.engine.models import TOTAL_REACTION
from analysis.reactions.market_data import MarketData
from analysis.seeds.verdicts import (
    CONTRADICTED,
    NOT_CHECKABLE,
    ORDINARY,
    OTHER_SIZE,
    PARTLY,
    SUPPORTED,
)

if TYPE_CHECKING:
    from analysis.seeds.claims import Claim
    from analysis.seeds.verdicts import PriceCheck

Floats = npt.NDArray[np.float64]

UNDISTINGUISHED, UNDECIDED = "undistinguished", "undecided"

_PLAIN = {
    SUPPORTED: "supported",
    CONTRADICTED: "contradicted",
    OTHER_SIZE: UNDECIDED,
    NOT_CHECKABLE: UNDECIDED,
    ORDINARY: "supported",
    PARTLY: UNDECIDED,
}


def with_codes(
    judged: pd.DataFrame,
    claims: Iterable[Claim],
    market_data: MarketData,
    placebo_days: pd.DataFrame,
) -> pd.DataFrame:
    """Add the code of every claim, and the p-value a claim of an effect rests on.

    Parameters
    ----------
    judged
        What `analysis.seeds.claims.judge_all` gives.
    claims
        The claims, in the same order.
    market_data, placebo_days
        Sessions, and the table of every ordinary day.

    Returns
    -------
    DataFrame
        ``code``: ``supported``; ``contradicted``; ``undistinguished``, an effect claimed with the
        right sign on an ordinary day; ``undecided``, which closes cannot tell (none to compare, or
        the right direction with another size than printed). ``p_effect``: the largest p over the
        checks of a claimed effect, each day by its own yardstick; NaN for a plain price fact.
    """
    days = {
        (str(market), str(model)): part
        for (market, model), part in placebo_days.groupby(["market", "model"])
    }
    codes, p = [], []
    for claim, verdict in zip(claims, judged["verdict"], strict=True):
        found = [_p(check, market_data, days) for check in claim.checks]
        known = [value for value in found if not np.isnan(value)]
        largest = max(known) if claim.asserts == "effect" and known else float("nan")
        codes.append(_code(claim, str(verdict), largest))
        p.append(largest)
    return judged.assign(code=codes, p_effect=p).astype({"code": object, "p_effect": float})


def _code(claim: Claim, verdict: str, p: float) -> str:
    if claim.asserts != "effect" or verdict in (CONTRADICTED, NOT_CHECKABLE):
        return _PLAIN[verdict]
    if np.isnan(p) and verdict != ORDINARY:
        return UNDECIDED
    if p > LEVEL or verdict == ORDINARY:
        return UNDISTINGUISHED
    return _PLAIN[verdict]


def _p(
    check: PriceCheck,
    market_data: MarketData,
    days: Mapping[tuple[str, str], pd.DataFrame],
) -> float:
    """How unusual the session of a check is; NaN if it is not one session of a study market."""
    if check.statistic == "return_relative_to":
        usual = market_data.benchmarks.get(check.series) == check.benchmark
        model = market_data.run.study.model if usual else ""
    else:
        model = TOTAL_REACTION
    part = days.get((check.series, model))
    if part is None or not _one_session(check, market_data):
        return float("nan")
    mine = part[part["session"] == str(check.to)]
    if mine.empty:
        return float("nan")
    row, others = mine.iloc[0], part[~part["holds_event"] & (part["session"] != str(check.to))]
    same = others[others["span"] == row["span"]]
    if row["span"] != 1 and len(same) < FEWEST_OF_SPAN:
        return share_beyond(_over_span(mine)[0], _over_span(others))
    return share_beyond(abs(float(row["statistic"])), np.abs(same["statistic"].to_numpy()))


def _over_span(part: pd.DataFrame) -> Floats:
    root = np.sqrt(np.maximum(part["span"].to_numpy(), 1))
    return np.asarray(np.abs(part["statistic"].to_numpy()) / root)


def _one_session(check: PriceCheck, market_data: MarketData) -> bool:
    """Tell whether a check runs from one close to the next of its market."""
    if check.from_ is None or check.series not in market_data.sessions:
        return False
    sessions = market_data.sessions[check.series]
    priced = sessions.session[np.isfinite(sessions.price)]
    first, last = np.searchsorted(priced, np.array([check.from_, check.to], dtype="datetime64[D]"))
    return bool(last - first == 1)
