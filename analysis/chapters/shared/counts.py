"""How unusual a move is: of so many ordinary days, how many were as unusual."""

from __future__ import annotations

from dataclasses import dataclass

#: At most one ordinary day in so many may be as unusual as a move that stands out.
ONE_IN = 20


UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class Count:
    """How unusual a move is: of ``n`` ordinary days ``k`` were as unusual.

    Attributes
    ----------
    k, n
        The count.
    scale
        The usual swing: what one unit of the statistic is, decimal.
    reach
        Usual swings that 19 of 20 ordinary days stay within; NaN for too few days.
    together
        Share of joint placebo draws whose most unusual reaction is as unusual; NaN if unknown.
    mde
        Move that would be caught four times in five, decimal.
    statistic
        Distance from what was expected, in usual swings.
    """

    k: int
    n: int
    scale: float = UNKNOWN
    reach: float = UNKNOWN
    together: float = UNKNOWN
    mde: float = UNKNOWN
    statistic: float = UNKNOWN

    @property
    def share(self) -> float:
        """(k + 1) / (n + 1), the placebo p."""
        return (self.k + 1) / (self.n + 1)

    @property
    def stands_out(self) -> bool:
        """Whether at most one ordinary day in twenty was as unusual."""
        return ONE_IN * (self.k + 1) <= self.n + 1

    @property
    def enough(self) -> bool:
        """Whether there are enough ordinary days for anything to stand out."""
        return self.n + 1 >= ONE_IN

    @property
    def survives(self) -> bool:
        """Whether it still stands out when all reactions are judged together."""
        return self.stands_out and ONE_IN * self.together <= 1

    @property
    def half(self) -> float:
        """Half the band that 19 of 20 ordinary days stay within, decimal."""
        return self.scale * self.reach
