"""Sign tests and the signed-rank test (METHODS section 6)."""

from __future__ import annotations

import numpy as np
import scipy

from analysis.engine import LEVEL
from analysis.engine.inference.alternative import Alternative
from analysis.engine.inference.outcome import (
    Outcome,
    Question,
    TestDefinition,
    normal_p,
)
from analysis.engine.inference.parametric import NO_VALUE, collect_car
from analysis.engine.inference.ranks import doubled_ranks
from analysis.engine.inference.states import Floats, Part, State

#: Below this many events the sign tests use the exact binomial distribution.
EXACT_BELOW = 30
#: Up to this many events the signed-rank distribution is enumerated.
ENUMERATED_UP_TO = 250


def binomial_chances(n: int, share: float) -> Floats:
    """Return the chance of 0..n hits."""
    k = np.arange(n + 1)
    log = (
        scipy.special.gammaln(n + 1)
        - scipy.special.gammaln(k + 1)
        - scipy.special.gammaln(n - k + 1)
    )
    return np.asarray(np.exp(log + k * np.log(share) + (n - k) * np.log1p(-share)))


def binomial_p(hits: int, n: int, share: float) -> float:
    """Two-sided exact p: the probability of all counts no likelier than the one observed."""
    chance = binomial_chances(n, share)
    return float(min(1.0, chance[chance <= chance[hits] * (1 + 1e-7)].sum()))


def _finish_signs(state: State, question: Question, share: float) -> Outcome:
    """Compare the number of positive CAR with a share of them.

    Notes
    -----
    z = (n+ - N p) / sqrt(N p (1 - p)), p = 1/2 or the mean over events of the share of positive
    estimation residuals; zeros are not positive. Below 30 events p comes from the binomial.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1980). Journal of Financial Economics 8, 205-258.
    Cowan, A. R. (1992). Nonparametric event study tests. Review of Quantitative Finance and
    Accounting 2, 343-358.
    """
    car = state.gathered["car"]
    n = len(car)
    if n == 0:
        return question.inapplicable(0, NO_VALUE)
    if not 0 < share < 1:
        return question.inapplicable(n, "every estimation residual has the same sign")
    positive = int((car > 0).sum())
    z = (positive - n * share) / np.sqrt(n * share * (1 - share))
    flags: tuple[str, ...] = ()
    p_value, tails, side = normal_p(z), None, question.options.alternative
    if n < EXACT_BELOW:
        p_value = binomial_p(positive, n, share)
        chance = binomial_chances(n, share)
        tails = float(chance[: positive + 1].sum()), float(chance[positive:].sum())
        ends = {"less": float(chance[0]), "greater": float(chance[-1])}
        smallest = ends.get(side, min(binomial_p(0, n, share), binomial_p(n, n, share)))
        if smallest > LEVEL:
            flags = (f"cannot reject at 5 % with {n} events: smallest p is {smallest:.3f}",)
    return question.found(
        n,
        statistic=z,
        p_value=p_value,
        estimate=car.mean(),
        flags=flags,
        details={
            "positive": float(positive),
            "share": share,
            "attainable level": attainable_level(n, share, alternative=side),
        },
        tails=tails,
    )


def attainable_level(n: int, share: float, *, alternative: Alternative = "two-sided") -> float:
    """Return how often a sign test of n events rejects at 5 % when its null is true.

    Notes
    -----
    The chance of all counts whose own p-value is at most 5 %: exact below 30 events, from
    the limits of the normal approximation from there on.
    """
    if alternative != "two-sided":
        return _one_sided_level(n, share if alternative == "greater" else 1 - share)
    if n < EXACT_BELOW:
        chance = binomial_chances(n, share)
        return float(sum(c for k, c in enumerate(chance) if binomial_p(k, n, share) <= LEVEL))
    half = float(scipy.special.ndtri(1 - LEVEL / 2) * np.sqrt(n * share * (1 - share)))
    low, high = np.floor(n * share - half), np.ceil(n * share + half)
    return float(scipy.special.bdtr(low, n, share) + scipy.special.bdtrc(high - 1, n, share))


def _one_sided_level(n: int, share: float) -> float:
    """Return the chance of the counts that are too many at 5 %."""
    if n < EXACT_BELOW:
        above = np.cumsum(binomial_chances(n, share)[::-1])
        return float(above[above <= LEVEL].max(initial=0.0))
    least = np.ceil(n * share - scipy.special.ndtri(LEVEL) * np.sqrt(n * share * (1 - share)))
    return float(scipy.special.bdtrc(least - 1, n, share))


def _finish_sign(state: State, question: Question) -> Outcome:
    return _finish_signs(state, question, 0.5)


def _collect_generalized(part: Part) -> State:
    fit = part.abnormal.fit
    share = part.abnormal.memo("positive_share", lambda: _positive_share(fit.residuals))
    return State(gathered={"car": part.sums.car}, summed={"share": np.array(share.sum())})


def _positive_share(residuals: Floats) -> Floats:
    n = np.isfinite(residuals).sum(axis=1)
    return np.asarray((residuals > 0).sum(axis=1) / np.maximum(n, 1))


def _finish_generalized(state: State, question: Question) -> Outcome:
    n = len(state.gathered["car"])
    return _finish_signs(state, question, float(state.summed["share"]) / n if n else 0.5)


def signed_ranks(values: Floats) -> tuple[float, Floats]:
    """Sum the ranks of |x| of positive x; zeros are dropped.

    Returns
    -------
    w_plus : float
        Sum of positive ranks.
    ranks : ndarray
        Average ranks of the values that are not zero.
    """
    kept = values[values != 0]
    if not len(kept):
        return 0.0, kept
    ranks = doubled_ranks(np.abs(kept)[None, :])[0] / 2
    return float(ranks[kept > 0].sum()), ranks


def signed_rank_chances(ranks: Floats) -> Floats:
    """Return the chance of twice the positive sum being 0, 1, 2, ... over all 2^N signs."""
    steps = np.rint(2 * ranks).astype(int)
    chance = np.zeros(steps.sum() + 1)
    chance[0] = 1.0
    reached = 0
    for step in steps:
        chance[: reached + step + 1] *= 0.5
        chance[step : reached + step + 1] += chance[: reached + 1].copy()
        reached += step
    return chance


def signed_rank_p(w_plus: float, ranks: Floats) -> float:
    """Two-sided exact p of the signed-rank sum over all 2^N signs, ties kept."""
    return min(1.0, 2 * min(signed_rank_tails(w_plus, ranks)))


def signed_rank_tails(w_plus: float, ranks: Floats) -> tuple[float, float]:
    """Exact chances of a signed-rank sum this small or smaller, and this large or larger."""
    chance = signed_rank_chances(ranks)
    at = round(2 * w_plus)
    return float(chance[: at + 1].sum()), float(chance[at:].sum())


def _finish_wilcoxon(state: State, question: Question) -> Outcome:
    """Sum the ranks of positive CAR among all by size; zeros are dropped.

    Notes
    -----
    W+ = sum of the ranks of |CAR| where CAR > 0; p from its distribution over all 2^N signs, above
    250 events from N(sum R / 2, sum R^2 / 4) with a correction of 1/2.

    References
    ----------
    Wilcoxon, F. (1945). Individual comparisons by ranking methods. Biometrics Bulletin 1, 80-83.
    """
    car = state.gathered["car"]
    w_plus, ranks = signed_ranks(car)
    n = len(ranks)
    if n == 0:
        return question.inapplicable(len(car), "no event has an abnormal return other than zero")
    flags: tuple[str, ...] = ()
    details: dict[str, float | str] = {"zeros dropped": float(len(car) - n)} if n < len(car) else {}
    sided = 1 if question.options.alternative == "two-sided" else 0
    if n <= ENUMERATED_UP_TO:
        p_value = signed_rank_p(w_plus, ranks)
        tails = signed_rank_tails(w_plus, ranks)
        details["attainable level"] = _signed_rank_level(ranks, sides=1 + sided)
    else:
        spread, away = np.sqrt((ranks**2).sum()) / 2, w_plus - ranks.sum() / 2
        p_value = normal_p(max(0.0, abs(away) - 0.5) / spread)
        below, above = (scipy.special.ndtr((sign * away + 0.5) / spread) for sign in (1, -1))
        tails = float(below), float(above)
        flags = (f"normal approximation, exact up to {ENUMERATED_UP_TO} events",)
    if 2.0 ** (sided - n) > LEVEL:
        flags = (f"cannot reject at 5 % with {n} events: smallest p is {2.0 ** (sided - n):.3f}",)
    return question.found(
        len(car),
        statistic=w_plus,
        p_value=p_value,
        estimate=car.mean(),
        flags=flags,
        details=details,
        tails=tails,
    )


def _signed_rank_level(ranks: Floats, *, sides: int) -> float:
    """Return how often the exact test rejects at 5 % when its null is true."""
    tail = np.cumsum(signed_rank_chances(ranks))
    return float(sides * tail[sides * tail <= LEVEL].max(initial=0.0))


SIGN_Z = TestDefinition(
    code="sign_z",
    title="Sign z",
    null="an abnormal return is as likely positive as not",
    source="Brown, Warner 1980",
    reference="exact binomial below N = 30, else N(0,1)",
    collect=collect_car,
    finish=_finish_sign,
    symmetric=True,
    every_day=True,
    scaled=False,
)
GENERALIZED_SIGN_Z = TestDefinition(
    code="generalized_sign_z",
    title="Generalised sign z",
    null="abnormal returns are positive as often as in the estimation window",
    source="Cowan 1992",
    reference="exact binomial below N = 30, else N(0,1)",
    collect=_collect_generalized,
    finish=_finish_generalized,
    every_day=True,
)
WILCOXON = TestDefinition(
    code="wilcoxon",
    title="Wilcoxon signed ranks",
    null="abnormal returns are symmetric about zero",
    source="Wilcoxon 1945",
    reference="exact",
    collect=collect_car,
    finish=_finish_wilcoxon,
    symmetric=True,
    every_day=True,
    scaled=False,
)
