"""Placebo inference: how unusual a reaction is among days without a catalogued event.

Pure functions on arrays of statistics; METHODS section 7 states the rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.engine import LEVEL

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Fewest placebo sessions of the same span class before spans are pooled instead.
FEWEST_OF_SPAN = 19


@dataclass(frozen=True, eq=False, repr=False)
class PlaceboSample:
    """The same statistic at every session of one market, for one model and window.

    Attributes
    ----------
    row : ndarray of shape (n,)
        Session on the market's axis; ascending.
    scaled : ndarray of shape (n,)
        SAR or SCAR times sigma / h, with h the volatility forecast of the day before.
    raw : ndarray of shape (n,)
        SAR or SCAR.
    scale : ndarray of shape (n,)
        What one unit of ``scaled`` is in decimal return.
    total : ndarray of shape (n,)
        AR or CAR, decimal.
    span : ndarray of shape (n,)
        Benchmark closes inside the interval of day 0.
    holds_event : ndarray of bool, shape (n,)
        Whether the tested window holds the day 0 of a catalogued event.
    """

    row: npt.NDArray[np.intp]
    scaled: Floats
    raw: Floats
    scale: Floats
    total: Floats
    span: npt.NDArray[np.int64]
    holds_event: Bools

    def position(self, row: int) -> int | None:
        """Return where a session stands in the sample; None if it has no full windows."""
        at = int(np.searchsorted(self.row, row))
        return at if at < len(self.row) and self.row[at] == row else None


@dataclass(frozen=True, slots=True)
class Placebo:
    """How unusual one reaction is among its placebo sessions.

    Attributes
    ----------
    statistic : float
        The standardised statistic, scaled by the volatility forecast of the day before.
    p_value : float
        (1 + #{|placebo| >= |statistic|}) / (n + 1), the main form.
    p_twice_tail : float
        Twice the smaller one-sided p, at most 1.
    p_up, p_down : float
        One-sided: as large, or as small, as observed.
    p_raw : float
        The main form without the volatility forecast.
    p_all : float
        The main form with no session but the event's own left out.
    n, floor : int, float
        Placebo sessions and the smallest p they allow, 1/(n+1).
    span_pooled : bool
        True if too few sessions had the same span, so that all are compared, each divided by
        the root of its span.
    mde : float
        Smallest effect, decimal, that this comparison finds at 5 % with probability 0.8.
    scale : float
        What one unit of ``statistic`` is in decimal return; p, interval and ``mde`` use it.
    q, k : float, int
        The k-th largest |placebo statistic|, k = floor(.05 (n + 1)); NaN where k is 0.
    n_beyond : int
        Placebo sessions as unusual; it stands out at 5 % if n_beyond + 1 <= (n + 1)/20.
    """

    statistic: float
    p_value: float
    p_twice_tail: float
    p_up: float
    p_down: float
    p_raw: float
    p_all: float
    n: int
    floor: float
    span_pooled: bool
    mde: float
    scale: float
    q: float
    k: int
    n_beyond: int

    @property
    def interval(self) -> tuple[float, float]:
        """All effects, decimal, that the test does not reject at 5 %: |AR - d| <= scale x q."""
        return self.scale * (self.statistic - self.q), self.scale * (self.statistic + self.q)

    @property
    def bound(self) -> float:
        """The larger end of an interval that holds zero: smaller than this either way; else NaN."""
        low, high = self.interval
        return max(-low, high) if low <= 0 <= high else float("nan")

    def p_implied(self, direction: str) -> float:
        """One-sided p in the direction the article implied; NaN where it implied none."""
        return {"up": self.p_up, "down": self.p_down}.get(direction, float("nan"))


def admissible(sample: PlaceboSample, position: int) -> tuple[Bools, bool]:
    """Return which sessions a reaction is compared with, and whether spans are pooled.

    A session is admissible if its tested window holds no catalogued day 0 and its day 0 spans as
    many benchmark closes; with fewer than 19 of those, sessions of every span are used.
    """
    free = ~sample.holds_event
    same = free & (sample.span == sample.span[position])
    if sample.span[position] == 1 or same.sum() >= FEWEST_OF_SPAN:
        return same, False
    return free, True


def place(sample: PlaceboSample, position: int) -> Placebo:
    """Rank the reaction at one session of the sample among its placebo sessions.

    Raises
    ------
    ValueError
        If no session is admissible.
    """
    chosen, pooled = admissible(sample, position)
    if not chosen.any():
        raise ValueError("no placebo session has full windows and no catalogued event")
    divisor = np.sqrt(np.maximum(sample.span, 1)) if pooled else np.ones(len(sample.row))
    scaled, raw = sample.scaled / divisor, sample.raw / divisor
    observed, placebo = scaled[position], scaled[chosen]
    n = len(placebo)
    others = np.arange(len(sample.row)) != position
    up, down = share_beyond(observed, placebo), share_beyond(-observed, -placebo)
    scale = float(sample.scale[position] * divisor[position])
    k, q = critical_point(placebo)
    return Placebo(
        statistic=float(observed),
        p_value=share_beyond(abs(observed), np.abs(placebo)),
        p_twice_tail=min(1.0, 2 * min(up, down)),
        p_up=up,
        p_down=down,
        p_raw=share_beyond(abs(raw[position]), np.abs(raw[chosen])),
        p_all=share_beyond(abs(observed), np.abs(scaled[others])),
        n=n,
        floor=1 / (n + 1),
        span_pooled=pooled,
        mde=detectable(placebo) * scale,
        scale=scale,
        q=q,
        k=k,
        n_beyond=int((np.abs(placebo) >= abs(observed)).sum()),
    )


def share_beyond(observed: float, placebo: Floats) -> float:
    """Return (1 + #{placebo >= observed}) / (n + 1), the placebo p of one tail.

    Notes
    -----
    The observed value counts among its own comparisons, so that p is never zero and P(p <= a) is
    at most a where the observed value is exchangeable with the n others.

    References
    ----------
    Phipson, B. and Smyth, G. K. (2010). Permutation P-values should never be zero. Statistical
    Applications in Genetics and Molecular Biology 9, article 39.
    """
    return float((1 + (placebo >= observed).sum()) / (len(placebo) + 1))


def critical_point(placebo: Floats) -> tuple[int, float]:
    """Return k = floor(.05 (n + 1)) and the k-th largest |placebo|; NaN where k is 0.

    A statistic beyond it, and no other, has a placebo p of at most 5 %.
    """
    k = int(np.floor(LEVEL * (len(placebo) + 1)))
    return k, float(np.sort(np.abs(placebo))[-k]) if k else float("nan")


def detectable(placebo: Floats) -> float:
    """Return the minimum detectable effect in units of the statistic.

    Parameters
    ----------
    placebo : ndarray of shape (n,)
        The statistic where there was no event.

    Returns
    -------
    float
        Smallest effect d such that ``placebo + d`` and ``placebo - d`` are rejected, on average,
        at 5 % with probability 0.8; inf if n is too small to reject at all.

    Notes
    -----
    The critical value is that of `critical_point`. It never uses the observed effect: power at
    the observed effect says no more than p does.

    References
    ----------
    Bloom, H. S. (1995). Minimum detectable effects: a simple way to report the statistical power
    of experimental designs. Evaluation Review 19, 547-556.
    """
    m, critical = critical_point(placebo)
    if m < 1:
        return float("inf")
    # |z + d| > c and |z - d| > c, one share for both signs: each is a step function of d.
    low, high = 0.0, 2 * float(np.abs(placebo).max()) + 1e-12
    for _ in range(60):
        middle = (low + high) / 2
        beyond = (np.count_nonzero(np.abs(placebo + d) > critical) for d in (middle, -middle))
        found = sum(count / len(placebo) for count in beyond)
        low, high = (low, middle) if found / 2 >= 0.8 else (middle, high)
    return high
