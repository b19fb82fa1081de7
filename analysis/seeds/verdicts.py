"""Price checks: what closes must show for a claim to hold, and whether they do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import pandas as pd

from analysis.wording import day, percent, signed

STATISTICS = ("return", "sign", "return_relative_to", "above_moving_average")
DIRECTIONS = ("up", "down", "none")

SUPPORTED = "supported"
CONTRADICTED = "contradicted"
OTHER_SIZE = "right direction, other size"
NOT_CHECKABLE = "not checkable"
ORDINARY = "supported, ordinary in size"
PARTLY = "supported in part"
VERDICTS = (SUPPORTED, CONTRADICTED, OTHER_SIZE, NOT_CHECKABLE, ORDINARY, PARTLY)
"""The last two come from bars alone."""

HEDGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "nearly": (-1.0, 0.0),
        "almost": (-1.0, 0.0),
        "about": (-1.0, 1.0),
        "around": (-1.0, 1.0),
        "roughly": (-1.0, 1.0),
        "more than": (0.0, math.inf),
        "over": (0.0, math.inf),
        "at least": (0.0, math.inf),
        "less than": (-math.inf, 0.0),
        "under": (-math.inf, 0.0),
        "up to": (-math.inf, 0.0),
    }
)
"""What each hedge word accepts: from and to, in units of the last printed digit around the size."""

PLAIN = (-0.5, 0.5)
"""What a size without a hedge word accepts: whatever rounds to it."""

_SLACK = 1e-12
"""Room for binary rounding at the ends of an accepted range (returns are of order 0.01)."""


@dataclass(frozen=True, slots=True)
class PriceCheck:
    """What closes must show for a claim to hold.

    Attributes
    ----------
    series
        Symbol of the series.
    from_, to
        Session dates of the two closes; ``from_`` is None for ``above_moving_average``.
    statistic
        One of `STATISTICS`. ``return``: close-to-close simple return. ``sign``: the same, but only
        its direction counts. ``return_relative_to``: return less that of ``benchmark`` between the
        same dates. ``above_moving_average``: close over the mean of the last ``sessions`` closes,
        that of ``to`` included, less 1.
    direction
        ``"up"``, ``"down"``, or ``"none"`` (no move beyond ``tolerance``).
    size
        What the article prints, without sign, decimal; None if it prints no figure.
    tolerance
        One unit of the last digit the article prints, decimal; 0 without a size.
    hedge
        Word of `HEDGES` before the figure; None if there is none.
    benchmark
        Symbol ``return_relative_to`` compares with.
    sessions
        Number of sessions ``above_moving_average`` averages over.
    """

    series: str
    from_: date | None
    to: date
    statistic: str
    direction: str
    size: float | None = None
    tolerance: float = 0.0
    hedge: str | None = None
    benchmark: str | None = None
    sessions: int | None = None

    @property
    def accepted(self) -> tuple[float, float]:
        """Range of moves in the claimed direction that meets the claim, decimal, ends included."""
        if self.direction == "none":
            return -self.tolerance, self.tolerance
        if self.size is None:
            return 0.0, math.inf
        below, above = PLAIN if self.hedge is None else HEDGES[self.hedge]
        return max(self.size + below * self.tolerance, 0.0), self.size + above * self.tolerance


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check against closes.

    Attributes
    ----------
    check
        What was asked.
    figure
        The statistic, decimal; None if a close is missing.
    verdict, text
        One of `VERDICTS`, and the figure or the reason in words.
    """

    check: PriceCheck
    figure: float | None
    verdict: str
    text: str


def run_check(check: PriceCheck, closes: pd.DataFrame, *, names: Mapping[str, str]) -> CheckResult:
    """Compute the statistic of a check and hold it against what the claim needs.

    Parameters
    ----------
    check
        What is asked.
    closes : DataFrame of shape (n_sessions, n_series)
        Closes by session date and symbol; a NaN that is needed makes the check not checkable, and
        an average is taken over the sessions of the series that have a close.
    names
        Display names of symbols; a symbol that is not among them is shown as it is.
    """
    try:
        figure = _FIGURES[check.statistic](check, closes)
    except _NoCloseError as reason:
        return CheckResult(check, None, NOT_CHECKABLE, f"{reason}.")
    return CheckResult(check, figure, meets(check, figure), _sentence(check, figure, names))


def meets(check: PriceCheck, figure: float) -> str:
    """Return the verdict on a figure: whether it has the direction and the size that is claimed."""
    move = -figure if check.direction == "down" else figure
    low, high = check.accepted
    if low - _SLACK <= move <= high + _SLACK and (check.direction == "none" or move > 0):
        return SUPPORTED
    return OTHER_SIZE if check.direction != "none" and move > 0 else CONTRADICTED


class _NoCloseError(Exception):
    """A check needs a close that is not there; the message is the reason."""


def _return(check: PriceCheck, closes: pd.DataFrame) -> float:
    return _simple_return(closes, check.series, check)


def _relative_return(check: PriceCheck, closes: pd.DataFrame) -> float:
    own = _simple_return(closes, check.series, check)
    return own - _simple_return(closes, str(check.benchmark), check)


def _distance_to_average(check: PriceCheck, closes: pd.DataFrame) -> float:
    last = _close(closes, check.series, check.to)
    count = int(check.sessions or 0)
    own = closes[check.series].loc[: pd.Timestamp(check.to)].dropna().iloc[-count:]
    if len(own) < count:
        raise _NoCloseError(
            f"The average of {count} sessions needs that many closes of {check.series}; "
            f"up to {day(check.to)} there are {len(own)}"
        )
    return float(last / own.mean() - 1)


def _simple_return(closes: pd.DataFrame, symbol: str, check: PriceCheck) -> float:
    start = _close(closes, symbol, check.from_)
    return _close(closes, symbol, check.to) / start - 1


def _close(closes: pd.DataFrame, symbol: str, at: date | None) -> float:
    if symbol not in closes.columns:
        raise _NoCloseError(f"The prices have no series {symbol}")
    stamp = pd.Timestamp(str(at))
    value = float(closes[symbol].get(stamp, math.nan))
    if math.isnan(value):
        raise _NoCloseError(f"{symbol} has no close on {day(stamp)}")
    return value


_FIGURES: Mapping[str, Callable[[PriceCheck, pd.DataFrame], float]] = MappingProxyType(
    {
        "return": _return,
        "sign": _return,
        "return_relative_to": _relative_return,
        "above_moving_average": _distance_to_average,
    }
)


def _sentence(check: PriceCheck, figure: float, names: Mapping[str, str]) -> str:
    name = names.get(check.series, check.series)
    moved = percent(figure, 2)
    if check.statistic == "above_moving_average":
        return (
            f"{name} closed {moved} from the average of its last {check.sessions} sessions on "
            f"{day(check.to)}; {wanted(check)}."
        )
    span = f"from the close of {day(str(check.from_))} to that of {day(check.to)}"
    if check.statistic == "return_relative_to":
        benchmark = names.get(str(check.benchmark), str(check.benchmark))
        points = f"{signed(figure * 100)} percentage points relative to {benchmark}"
        return f"{name} moved {points} {span}; {wanted(check)}."
    return f"{name} moved {moved} {span}; {wanted(check)}."


def wanted(check: PriceCheck) -> str:
    """Say what meets a check, e.g. 'nearly 0.7 % is met by +0.60 % to +0.70 %'."""
    if check.direction == "none":
        return f"the claim allows {check.tolerance * 100:.2f} % either way"
    if check.statistic == "above_moving_average":
        return f"the claim needs it {'above' if check.direction == 'up' else 'below'}"
    if check.size is None:
        return f"the claim needs a {'rise' if check.direction == 'up' else 'fall'}"
    digits = max(0, round(-math.log10(check.tolerance * 100)))
    printed = f"{check.hedge or ''} {check.size * 100:.{digits}f} %".strip()
    sign = -1 if check.direction == "down" else 1
    low, high = check.accepted
    top = "or more" if math.isinf(high) else f"to {percent(sign * high, 2)}"
    return f"{printed} is met by {percent(sign * low, 2)} {top}"
