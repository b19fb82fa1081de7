"""What a test takes for granted, and what its own events show against it (METHODS section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.engine.inference.outcome import TestDefinition


@dataclass(frozen=True, slots=True)
class Sample:
    """The events of a row, and what they show of the assumptions of a test.

    Attributes
    ----------
    n_partial, n_left_out : int
        Events of the row with a missing day, and usable events that do not count in the window.
    sharing, staggered : int
        Events that share a tested session with another one, and with one of another day 0.
    spread : float
        Variance of SCAR over the one their estimation days foretell; NaN below two events.
    spread_bound : float
        The 5 % point of that ratio: chi-square(N - 1) over N - 1.
    skewness : float
        Skewness of the pooled standardised estimation residuals.
    thinning : float
        Mean over estimation days of N / N_t, N_t the events of the row with a value on that day:
        what missing days add to the variance of an estimation-day average.
    """

    n_partial: int = 0
    n_left_out: int = 0
    sharing: int = 0
    staggered: int = 0
    spread: float = float("nan")
    spread_bound: float = float("nan")
    skewness: float = float("nan")
    thinning: float = 1.0


#: Of a row nothing is known yet.
UNSEEN = Sample()

#: Skewness of estimation residuals, in absolute value, beyond which symmetry is not assumed
#: (METHODS section 6: at 2 tests that need it reject .08 to .32).
MOST_SKEWED = 1.0
#: Thinning of estimation days beyond which a spread of day averages is not that of the tested day.
MOST_THINNED = 1.15


def broken_assumptions(test: TestDefinition, sample: Sample, n_events: int) -> tuple[str, ...]:
    """Say what these events show against a test, and which test to read instead.

    Notes
    -----
    Spread: s^2 of SCAR over the mean of df/(df - 2), beyond the 5 % point of chi-square(N - 1) over
    N - 1. Skewness: m3 / m2^(3/2) of residuals over sigma, beyond 1. Thinning: mean of N / N_t.

    References
    ----------
    Boehmer, E., Musumeci, J. and Poulsen, A. B. (1991). Event-study methodology under conditions of
    event-induced variance. Journal of Financial Economics 30, 253-272.
    """
    robust = (
        "bmp_t"
        if test.independent
        else "corrado_zivney_sign_z"
        if test.common_dates
        else "kolari_pynnonen_t"
    )
    seen = (
        (
            n_events < test.holds_from,
            f"its size is known to fail below {test.holds_from} events",
            "generalized_sign_z" if test.independent else "corrado_zivney_sign_z",
        ),
        (
            test.independent and sample.sharing > 0,
            f"{sample.sharing} events share sessions, but this test takes them as independent",
            "kolari_pynnonen_t",
        ),
        (
            test.common_dates and sample.staggered > 0,
            f"{sample.staggered} events share sessions with events of other dates, but this test "
            "allows for dependence on common dates only",
            "kolari_pynnonen_t",
        ),
        (
            not test.any_variance and sample.spread > sample.spread_bound,
            f"these events vary {sample.spread:.3g} times as much as their estimation days "
            f"foretell (5 % point {sample.spread_bound:.3g})",
            robust,
        ),
        (
            test.symmetric and abs(sample.skewness) > MOST_SKEWED,
            f"estimation residuals have a skewness of {sample.skewness:+.2f}",
            "generalized_sign_z" if test.independent else "corrado_rank_z",
        ),
        (
            test.full_days and sample.thinning > MOST_THINNED,
            f"missing days make averages of estimation days vary {sample.thinning:.3g} times as "
            "much as those of as many events as counted here, so it rejects too seldom",
            "corrado_zivney_z",
        ),
    )
    return tuple(f"{words}: read {instead}" for broken, words, instead in seen if broken)
