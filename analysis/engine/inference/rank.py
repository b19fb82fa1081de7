"""Rank tests of Corrado and of Corrado and Zivney (METHODS section 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from analysis.engine.abnormal import Abnormal
from analysis.engine.inference.outcome import (
    Outcome,
    Question,
    TestDefinition,
    normal_p,
)
from analysis.engine.inference.parametric import NO_VALUE
from analysis.engine.inference.ranks import Doubled, doubled_ranks
from analysis.engine.inference.states import (
    Floats,
    Part,
    State,
    mean_car,
    n_used,
)

#: Rows whose signs are counted at once; bounds memory, not results.
_SIGNED = 1024
#: Points of N(0,1) at which one-sided and two-sided tests reject at 5 %.
_NORMAL_95, _NORMAL_975 = 1.6448536269514722, 1.959963984540054


@dataclass(frozen=True, eq=False)
class RankSums:
    """Sums over events of scores on every estimation and event day.

    Attributes
    ----------
    deviation, scaled : ndarray of shape (T + L,)
        Sums of K - (M_i + 1)/2 and of K/(M_i + 1) - 1/2.
    n : ndarray of shape (T + L,)
        Events with a value on that day.
    """

    deviation: Floats
    scaled: Floats
    n: Floats


def rank_sums(abnormal: Abnormal) -> tuple[RankSums, Floats]:
    """Rank every event over its estimation and event days and sum by day scores and signs."""

    def make() -> tuple[RankSums, Floats]:
        e, ar = abnormal.fit.residuals, abnormal.ar
        ranks = doubled_ranks(e, ar)
        return _rank_sums(ranks), sign_sums(e, ar, ranks)

    return abnormal.memo("rank_sums", make)


def _rank_sums(ranks: Doubled) -> RankSums:
    n_rows, days = ranks.shape
    if ranks.all():
        n = np.full(days, float(n_rows))
        deviation = ranks.sum(axis=0, dtype=np.int64) / 2 - n * (days + 1) / 2
        return RankSums(deviation, deviation / (days + 1), n)
    present = ranks > 0
    size = present.sum(axis=1)
    centred = np.where(present, ranks / 2 - (size[:, None] + 1) / 2, 0.0)
    return RankSums(
        deviation=centred.sum(axis=0),
        scaled=(centred / (size[:, None] + 1)).sum(axis=0),
        n=present.sum(axis=0).astype(float),
    )


def sign_sums(e: Floats, ar: Floats, ranks: Doubled) -> Floats:
    """Sum over events, day by day, the sign of a value less the median of all its days.

    Ranks say it where none is missing and half of them lie above the middle, half below.
    """
    middle, half = ranks.shape[1] + 1, ranks.shape[1] // 2
    total = np.zeros(ranks.shape[1])
    for start in range(0, len(ranks), _SIGNED):
        some = slice(start, start + _SIGNED)
        above, below = ranks[some] > middle, ranks[some] < middle
        unclear = (above.sum(axis=1) != half) | (below.sum(axis=1) != half)
        unclear |= ~ranks[some].all(axis=1)
        if unclear.any():
            values = np.concatenate([e[some][unclear], ar[some][unclear]], axis=1)
            median = _medians(values)
            above[unclear], below[unclear] = values > median, values < median
        total += above.sum(axis=0)
        total -= below.sum(axis=0)
    return total


def _medians(values: Floats) -> Floats:
    """Return the median of each row without its missing values, as a column."""
    ordered = np.sort(values, axis=1)  # NaN sorts last
    size = np.isfinite(values).sum(axis=1, keepdims=True)
    middle = np.concatenate([(size - 1) // 2, size // 2], axis=1)
    return np.asarray(np.take_along_axis(ordered, middle, axis=1).mean(axis=1, keepdims=True))


def _collect(part: Part, sums: RankSums, score: Floats) -> State:
    days = part.abnormal.columns(part.window)
    n_estimation = part.abnormal.fit.residuals.shape[1]
    tested = np.zeros(len(score))
    tested[n_estimation + days.start : n_estimation + days.stop] = len(part.abnormal)
    return State(
        summed={"score": score, "n": sums.n, "tested": tested, **part.totals()},
    )


def _collect_corrado(part: Part) -> State:
    sums, _ = rank_sums(part.abnormal)
    return _collect(part, sums, sums.deviation)


def _collect_zivney(part: Part) -> State:
    sums, _ = rank_sums(part.abnormal)
    return _collect(part, sums, sums.scaled)


def _collect_zivney_sign(part: Part) -> State:
    return _collect(part, *rank_sums(part.abnormal))


def _prepare_spread(part: Part) -> State:
    """Sum what the cross-sectional spread of SAR on every event day needs."""
    sar = part.abnormal.sar
    present = np.isfinite(sar)
    filled = np.where(present, sar, 0.0)
    return State(
        summed={
            "n": present.sum(axis=0).astype(float),
            "sum": filled.sum(axis=0),
            "squares": (filled**2).sum(axis=0),
        }
    )


def _settle_spread(prepared: State, question: Question) -> State:
    sums = prepared.summed
    n = sums["n"]
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (sums["squares"] - sums["sum"] ** 2 / n) / (n - 1)
        spread = np.where((n > 1) & (variance > 0), np.sqrt(np.maximum(variance, 0)), np.nan)
    return State(summed={"spread": spread})


def _collect_zivney_adjusted(part: Part) -> State:
    ab, spread = part.abnormal, part.prepared.summed["spread"]
    found = ab.memo(
        ("rank_sums_adjusted", spread.tobytes()),
        lambda: _rank_sums(
            doubled_ranks(ab.fit.residuals / ab.fit.sigma[:, None], ab.sar / spread)
        ),
    )
    return _collect(part, found, found.scaled)


def _finish_mean(state: State, question: Question) -> Outcome:
    return _finish(state, question, root=False)


def _finish_root(state: State, question: Question) -> Outcome:
    return _finish(state, question, root=True)


def _finish_sign(state: State, question: Question) -> Outcome:
    return _finish(state, question, root=True, signs=True)


def _finish(state: State, question: Question, *, root: bool, signs: bool = False) -> Outcome:
    """Compare tested days with all days: mean scores, or sums over the root of N.

    Notes
    -----
    z = sqrt L x mean of the tested days' scores / S, S^2 the mean square of the scores of all days.
    Corrado: the score of a day is the mean over events of K - (M_i + 1)/2, K the rank among the
    M_i values the event has. Corrado and Zivney: the sum over events of K/(M_i + 1) - 1/2, or of
    the sign of AR less its median, over the root of the events with a value on that day.

    References
    ----------
    Corrado, C. J. (1989). A nonparametric test for abnormal security-price performance in event
    studies. Journal of Financial Economics 23, 385-395.
    Corrado, C. J. and Zivney, T. L. (1992). The specification and power of the sign test in event
    study hypothesis tests using daily stock returns. Journal of Financial and Quantitative
    Analysis 27, 465-478.
    Cowan, A. R. (1992). Nonparametric event study tests. Review of Quantitative Finance and
    Accounting 2, 343-358.
    """
    counts, n = state.summed["n"], n_used(state)
    there = counts > 0
    tested = there & (state.summed["tested"] > 0)
    if n == 0:
        return question.inapplicable(n, NO_VALUE)
    if not tested.any():
        return question.inapplicable(n, f"it needs two events with a value, there is {n}")
    score = state.summed["score"][there] / (np.sqrt(counts[there]) if root else counts[there])
    spread = np.sqrt(np.mean(score**2))
    if not spread > 0:
        return question.inapplicable(n, "all values are tied")
    days = score[tested[there]]
    z = np.sqrt(len(days)) * days.mean() / spread
    bound = np.sqrt((1 if signs else 3) * n * question.n_days)
    flags: tuple[str, ...] = ()
    critical = _NORMAL_975 if question.options.alternative == "two-sided" else _NORMAL_95
    if bound < critical and abs(z) < critical:
        said = "1 event" if n == 1 else f"{n} events"
        flags = (f"cannot reject at 5 % with {said}: |z| stays near or below {bound:.2f}",)
    return question.found(
        n,
        statistic=z,
        p_value=normal_p(z),
        estimate=mean_car(state),
        flags=flags,
        details={"attainable level": _sign_level(n, spread, question)} if signs else None,
    )


def _sign_level(n_events: int, spread: float, question: Question) -> float:
    """Return the level a sum of signs attains at 5 %, given its spread on other days.

    Signs of events that share sessions are no independent draws: their spread is taken as 1.
    """
    n_signs = n_events * question.n_days
    spread = 1.0 if question.sample.sharing else spread
    sides = 2 if question.options.alternative == "two-sided" else 1
    critical = _NORMAL_975 if sides == 2 else _NORMAL_95
    most = int(np.ceil((n_signs - critical * spread * np.sqrt(n_signs)) / 2)) - 1
    return float(sides * scipy.special.bdtr(most, n_signs, 0.5)) if most >= 0 else 0.0


_NULL = "the event days rank like any other day"

CORRADO_RANK_Z = TestDefinition(
    code="corrado_rank_z",
    title="Corrado rank z",
    null=_NULL,
    source="Corrado 1989; Cowan 1992",
    reference="N(0,1)",
    collect=_collect_corrado,
    finish=_finish_mean,
    full_days=True,
    every_day=True,
    independent=False,
    any_variance=False,
    common_dates=True,
)
CORRADO_ZIVNEY_Z = TestDefinition(
    code="corrado_zivney_z",
    title="Corrado-Zivney rank z",
    null=_NULL,
    source="Corrado, Zivney 1992",
    reference="N(0,1)",
    collect=_collect_zivney,
    finish=_finish_root,
    every_day=True,
    independent=False,
    any_variance=False,
    common_dates=True,
)
CORRADO_ZIVNEY_ADJUSTED_Z = TestDefinition(
    code="corrado_zivney_adjusted_z",
    title="Corrado-Zivney rank z, variance-adjusted",
    null="the event days rank like any other day, whatever the event does to the variance",
    source="Corrado, Zivney 1992",
    reference="N(0,1)",
    collect=_collect_zivney_adjusted,
    finish=_finish_root,
    prepare=_prepare_spread,
    settle=_settle_spread,
    symmetric=True,
    every_day=True,
    holds_from=20,
    independent=False,
    common_dates=True,
)
CORRADO_ZIVNEY_SIGN_Z = TestDefinition(
    code="corrado_zivney_sign_z",
    title="Corrado-Zivney sign z",
    null="the event days lie above the median as often as any other day",
    source="Corrado, Zivney 1992",
    reference="N(0,1)",
    collect=_collect_zivney_sign,
    finish=_finish_sign,
    every_day=True,
    independent=False,
    common_dates=True,
)
