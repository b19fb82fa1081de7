"""Which test to believe when: size and power of every test in simulated markets.

The design is that of Brown and Warner (1985): many panels without an effect, then with known ones,
with few and many events, on different dates and on one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.engine import LEVEL
from analysis.engine.abnormal import Abnormal
from analysis.engine.inference import TESTS, TestOptions, run_test
from analysis.engine.panel import Window
from analysis.engine.recovery import wilson_interval
from analysis.engine.results import window_label
from analysis.engine.simulate import SimulationSpec, simulated_abnormal
from analysis.engine.spec import StudySpec
from analysis.errors import InputError
from analysis.tasks import connected, join_arrays

Floats = npt.NDArray[np.float64]

#: The levels papers print.
LEVELS = (0.01, 0.05, 0.10)
#: Panels simulated by one task; bounds memory, not results.
_BATCH = 250
#: Residuals of two securities on one session correlate by this much, and have these tails.
_CORRELATION, _TAILS = 0.15, 5.0

_MARKET = SimulationSpec(
    n_sessions=240, before=135, after=15, correlation=_CORRELATION, tails=_TAILS
)

#: What the markets of a study are like, by name.
SCENARIOS: Mapping[str, SimulationSpec] = {
    "staggered": _MARKET,
    "clustered": replace(_MARKET, dates="clustered"),
    "variance": replace(_MARKET, event_variance=2.0),
}


@dataclass(frozen=True, eq=False, repr=False)
class SizeStudy:
    """How often tests reject, without an effect and with known ones.

    Attributes
    ----------
    size : DataFrame
        Columns scenario, n_events, window, test, level, rate (share of panels without an effect
        in which p <= level), low, high (95 % Wilson), n_panels (where the test applied),
        attainable (mean level at 5 % that a test on signs or signed ranks can attain, else NaN).
    power : DataFrame
        Columns scenario, n_events, window, test, effect (decimal, on day 0), rate (at 5 %), low,
        high, n_panels.
    n_panels : int
        Panels per scenario and number of events.
    scenarios : mapping of str to SimulationSpec
        What the markets were like.
    """

    size: pd.DataFrame
    power: pd.DataFrame
    n_panels: int
    scenarios: Mapping[str, SimulationSpec]

    def __repr__(self) -> str:
        return (
            f"SizeStudy({self.n_panels} panels, {len(self.size)} sizes, {len(self.power)} powers)"
        )

    def holds(self, level: float = LEVEL) -> pd.DataFrame:
        """Return, test by test and case by case, whether the size may be its level.

        Returns
        -------
        DataFrame
            Index test; columns (scenario, n_events); values ``True`` where the Wilson interval
            holds the level, ``False`` where it does not, missing where the test never applied.
        """
        chosen = self.size[np.isclose(self.size["level"], level) & (self.size["n_panels"] > 0)]
        kept = chosen.assign(holds=(chosen["low"] <= level) & (level <= chosen["high"]))
        return kept.pivot(index="test", columns=["scenario", "n_events"], values="holds")


def size_study(
    n_panels: int = 1000,
    seed: int = 0,
    *,
    n_events: Sequence[int] = (5, 20, 50),
    effects: Sequence[float] = (0.005, 0.01, 0.02),
    scenarios: Mapping[str, SimulationSpec] = SCENARIOS,
    tests: Sequence[str] = tuple(TESTS),
    windows: Sequence[Window] = ((0, 0),),
    scheduler: str | None = None,
) -> SizeStudy:
    """Measure size and power of tests.

    Parameters
    ----------
    n_panels
        Panels for each scenario and number of events.
    seed
        Parent of all seeds; every test sees the same panels.
    n_events
        Events per panel.
    effects
        Abnormal returns added on day 0 for power, decimal; every panel serves again for each. Not
        where the event changes the variance: what fails to hold its size there has no power.
    scenarios
        What the markets are like, by name.
    tests
        Codes of tests; ``code:all_pairs`` for the form that counts every pair fully.
    windows
        Windows tested.
    scheduler
        Where panels are simulated, as in :func:`analysis.tasks.connected`; the figures do not
        depend on it.

    Raises
    ------
    InputError
        If there is no such test, or a number is too small.
    StudyError
        If a task fails for good.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1985). Using daily stock returns: the case of event studies.
    Journal of Financial Economics 14, 3-31.
    """
    if n_panels < 1 or not n_events or min(n_events) < 1:
        raise InputError("n_panels", n_panels, "there must be a panel, and an event in it.")
    for name in tests:
        if name.partition(":")[0] not in TESTS:
            raise InputError.choice("tests", name, TESTS)
    first, last = min(w[0] for w in windows), max(w[1] for w in windows)
    study = StudySpec(
        estimation_window=(-130, -11), event_window=(min(first, -5), max(last, 10)), seed=seed
    )
    asked = [
        _Case(
            scenario=scenario,
            market=replace(market, n_events=n, n_sessions=_fitting(market, n)),
            study=study,
            seed=seed,
            effects=(0.0, *(effects if market.event_variance == 1 else ())),
            tests=tuple(tests),
            windows=tuple(windows),
        )
        for scenario, market in scenarios.items()
        for n in n_events
    ]
    batches = [
        (number, case, first, min(_BATCH, n_panels - first))
        for number, case in enumerate(asked)
        for first in range(0, n_panels, _BATCH)
    ]
    with connected(scheduler) as where:
        found = where.run("panels", _p_values, batches, merge=join_arrays).complete()
    size, power = [], []
    for (number, window, test, effect), values in found.items():
        p, attained = values.T
        case = asked[number].label | {"window": window_label(window), "test": test}
        if effect == 0:
            known = attained[np.isfinite(p)]
            size += [
                case | {"level": at} | _rate(p, at) | {"attainable": _mean(known)} for at in LEVELS
            ]
        power.append(case | {"effect": effect} | _rate(p, LEVEL))
    return SizeStudy(pd.DataFrame(size), pd.DataFrame(power), n_panels, dict(scenarios))


def dependence_study(
    n_panels: int = 1000, seed: int = 0, *, n_events: int = 20, window: Window = (-5, 5)
) -> SizeStudy:
    """Show why correlations must be weighted by the sessions that events share.

    Parameters
    ----------
    n_panels, seed
        As in :func:`size_study`.
    n_events
        Events per panel.
    window
        Window tested beside day 0; longer windows overlap more.

    Returns
    -------
    SizeStudy
        Scenarios ``clustered`` (one date), ``bunched`` (consecutive dates: windows overlap) and
        ``staggered``, for a test that takes events as independent, and for both ways to weight.
    """
    bunched = replace(_MARKET, n_sessions=_MARKET.before + _MARKET.after + n_events)
    return size_study(
        n_panels,
        seed,
        n_events=(n_events,),
        effects=(),
        scenarios={
            "clustered": SCENARIOS["clustered"],
            "bunched": bunched,
            "staggered": SCENARIOS["staggered"],
        },
        tests=("bmp_t", "kolari_pynnonen_t", "kolari_pynnonen_t:all_pairs"),
        windows=((0, 0), window),
    )


def _fitting(market: SimulationSpec, n_events: int) -> int:
    """Keep at least the sessions asked for, and enough for different day 0s."""
    return max(market.n_sessions, market.before + market.after + n_events)


@dataclass(frozen=True, slots=True)
class _Case:
    """One kind of market, and what is asked of its panels."""

    scenario: str
    market: SimulationSpec
    study: StudySpec
    seed: int
    effects: tuple[float, ...]
    tests: tuple[str, ...]
    windows: tuple[Window, ...]

    @property
    def label(self) -> dict[str, object]:
        return {"scenario": self.scenario, "n_events": self.market.n_events}


#: p-values and attainable levels, a row a panel, by number of the case, window, test and effect.
_Found = dict[tuple[int, Window, str, float], Floats]


def _p_values(batch: tuple[int, _Case, int, int]) -> _Found:
    """Simulate one batch of panels of a case: its number, the case, the first panel, how many."""
    number, case, first, count = batch
    panels = simulated_abnormal(
        case.market, case.study, n_panels=count, seed=case.seed, first=first
    )
    found: _Found = {
        (number, window, test, effect): np.full((count, 2), np.nan)
        for window in case.windows
        for test in case.tests
        for effect in case.effects
    }
    for i, abnormal in enumerate(panels):
        for effect in case.effects:
            moved = _with_effect(abnormal, effect)
            for window in case.windows:
                for test in case.tests:
                    found[number, window, test, effect][i] = _p_value(test, moved, window)
    return found


def _with_effect(abnormal: Abnormal, effect: float) -> Abnormal:
    if effect == 0:
        return abnormal
    days = np.arange(abnormal.event_window[0], abnormal.event_window[1] + 1)
    return abnormal.shifted(np.where(days == 0, effect, 0.0))


def _p_value(test: str, abnormal: Abnormal, window: Window) -> tuple[float, float]:
    code, _, form = test.partition(":")
    options = TestOptions(dependence="all_pairs") if form else TestOptions()
    found = run_test(code, [abnormal], window, options)
    return found.p_value, float(found.details.get("attainable level", np.nan))


def _mean(values: Floats) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else float("nan")


def _rate(p_values: Floats, level: float) -> dict[str, float]:
    applied = p_values[np.isfinite(p_values)]
    n = len(applied)
    hits = int((applied <= level).sum())
    low, high = wilson_interval(hits, n)
    return {"rate": hits / n if n else np.nan, "low": low, "high": high, "n_panels": n}
